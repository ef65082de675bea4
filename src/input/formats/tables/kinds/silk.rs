//! What SiLK's `rwcut` prints: a flow of one direction a row, `|` between padded columns and at the end.
//!
//! Source: <https://tools.netsa.cert.org/silk/rwcut.html>. Any columns in any order. The port of ICMP is its type
//! and code; a sensor is the host.

use crate::input::columns::Meaning;
use crate::input::fields::Fields;
use crate::input::format::About;
use crate::input::formats::tables::kind::Kind;
use crate::input::record::Sign;

pub(in crate::input::formats::tables) const SILK: Kind = Kind {
    fields: &[(Meaning::Time, "stime")],
    extras: &["initialf", "initialflags", "flags"],
    adapt: Some(adapt),
    one_way: true,
    ..Kind::new(
        About {
            name: "silk",
            title: "SiLK, as rwcut prints it",
            counted: "each flow, by its packets, when it started; the host is the sensor, else the destination; the way from a \
                      server is a reply",
            measures: About::EVERY,
        },
        &[&["sip"], &["dip"], &["dport"], &["stime"], &["pro", "protocol"]],
    )
};

fn adapt<'a>(fields: &mut Fields<'a>, extras: &[&'a [u8]]) {
    let has = |flags: &[u8], flag: u8| flags.contains(&flag);
    let first = if extras[0].is_empty() { extras[1] } else { extras[0] };
    fields.tie.sign = match first {
        first if has(first, b'S') && has(first, b'A') => Sign::Answers,
        first if has(first, b'S') => Sign::Opens,
        // Those of all packets together: whoever sent nothing but a SYN began.
        _ if has(extras[2], b'S') && !has(extras[2], b'A') => Sign::Opens,
        _ => Sign::None,
    };
}
