//! What Argus' `ra` prints with `-c ,` or another sign between its columns: a conversation a row.
//!
//! Source: <https://openargus.org>, ra(1). The source is the side that began, unless the direction points back (`<-`):
//! then it is the destination. Records of other kinds than IP's are counted by their name (`man`, `arp`, `llc`). Times
//! may lack their date.

use crate::input::columns::Meaning;
use crate::input::fields::Fields;
use crate::input::format::About;
use crate::input::formats::tables::kind::Kind;

pub(in crate::input::formats::tables) const ARGUS: Kind = Kind {
    fields: &[
        (Meaning::Packets, "srcpkts"),
        (Meaning::Packets, "totpkts"),
        (Meaning::Bytes, "srcbytes"),
        (Meaning::Bytes, "totbytes"),
    ],
    extras: &["dir", "sport", "dstpkts", "dstbytes"],
    adapt: Some(adapt),
    ..Kind::new(
        About {
            name: "argus",
            title: "Argus, as ra -c , prints it",
            counted: "each conversation, by the packets of the side that began it, else of both; the host is the other side",
            measures: About::EVERY,
        },
        &[
            &["starttime", "stime"],
            &["srcaddr"],
            &["dir"],
            &["dstaddr"],
            &["dport"],
        ],
    )
};

fn adapt<'a>(fields: &mut Fields<'a>, extras: &[&'a [u8]]) {
    if extras[0] == b"<-" {
        (fields.source, fields.destination) = (fields.destination, fields.source);
        fields.port = extras[1];
        if !extras[2].is_empty() {
            fields.packets = extras[2];
        }
        if !extras[3].is_empty() {
            fields.bytes = extras[3];
        }
    }
}
