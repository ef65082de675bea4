//! What `nfdump -o pipe` prints: a flow of one direction a row of numbers, without a header.
//!
//! Source: <https://github.com/phaag/nfdump>, nfdump(1), "pipe". An address is four numbers of 32 bits, of which IPv4
//! has the last. Times are milliseconds; versions before 1.7 had the milliseconds in fields of their own.

use std::net::{IpAddr, Ipv6Addr};

use crate::input::fields::Fields;
use crate::input::format::About;
use crate::input::formats::tables::kind::Kind;
use crate::input::record::Address;

pub(in crate::input::formats::tables) const NFDUMP_PIPE: Kind = Kind {
    extras: &["af", "sa0", "sa1", "sa2", "src_ip", "da0", "da1", "da2", "dst_ip"],
    adapt: Some(adapt),
    one_way: true,
    delimiter: Some(b'|'),
    headers: &[
        "af|first|last|protocol|sa0|sa1|sa2|src_ip|src_port|da0|da1|da2|dst_ip|dst_port|sas|das|in|out|flags|tos|packets|bytes",
    ],
    ..Kind::new(
        About {
            name: "nfdump-pipe",
            title: "nfdump -o pipe",
            counted: "as nfdump",
            measures: About::EVERY,
        },
        &[&["af"], &["sa0"], &["da0"], &["first"]],
    )
};

fn adapt<'a>(fields: &mut Fields<'a>, extras: &[&'a [u8]]) {
    if extras[0] == b"10" {
        fields.source = address(&extras[1..5]);
        fields.destination = address(&extras[5..9]);
    }
}

/// An IPv6 address of four numbers.
fn address<'a>(parts: &[&'a [u8]]) -> Address<'a> {
    let mut parts = parts.iter().map(|part| str::from_utf8(part).ok()?.parse::<u32>().ok());
    let bits = parts.try_fold(0_u128, |bits, part| Some(bits << 32 | u128::from(part?)));
    bits.map_or(Address::None, |bits| Address::Ip(IpAddr::V6(Ipv6Addr::from(bits))))
}
