//! CSV of the honeypot Heralding: a login that was tried, or a session, a row.
//!
//! Source: <https://github.com/johnnykv/heralding>. The protocol is a service, over TCP. The first try of a session is
//! counted; times are UTC.

use crate::input::fields::Fields;
use crate::input::format::About;
use crate::input::formats::tables::kind::Kind;

pub(in crate::input::formats::tables) const HERALDING: Kind = Kind {
    extras: &["session_id"],
    adapt: Some(adapt),
    ..Kind::new(
        About {
            name: "heralding-csv",
            title: "CSV of Heralding",
            counted: "each session, when it tried its first login; the host is the destination; further tries are repeats",
            measures: About::RECORDS,
        },
        &[
            &["session_id"],
            &["auth_id", "num_auth_attempts"],
            &["source_ip"],
            &["destination_port"],
            &["protocol"],
        ],
    )
};

fn adapt<'a>(fields: &mut Fields<'a>, extras: &[&'a [u8]]) {
    fields.protocol = b"6";
    fields.no_packet = true;
    if !extras[0].is_empty() {
        fields.tie = fields.tie.told_by([extras[0]]);
    }
}
