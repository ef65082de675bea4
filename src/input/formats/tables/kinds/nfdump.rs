//! What `nfdump -o csv` prints: a flow of one direction a row, and a summary of three lines behind the last.
//!
//! Source: <https://github.com/phaag/nfdump>, nfdump(1). Older versions (to 1.7.2) call the columns `ts`, `sa`, `dp`
//! and so on, newer ones `firstSeen`, `srcAddr`, `dstPort`. Times are local to the machine that printed them.

use crate::input::columns::Meaning;
use crate::input::fields::Fields;
use crate::input::format::About;
use crate::input::formats::tables::kind::Kind;
use crate::input::record::Sign;

pub(in crate::input::formats::tables) const NFDUMP: Kind = Kind {
    fields: &[
        (Meaning::Time, "ts"),
        (Meaning::Time, "firstseen"),
        (Meaning::Packets, "ipkt"),
        (Meaning::Packets, "packets"),
        (Meaning::Bytes, "ibyt"),
        (Meaning::Bytes, "bytes"),
    ],
    extras: &["flg", "flags"],
    adapt: Some(adapt),
    one_way: true,
    trailer: Some("Summary"),
    ..Kind::new(
        About {
            name: "nfdump",
            title: "CSV of nfdump",
            counted: "each flow, by its packets, when it was first seen; the host is the destination; the way from a server is \
                      a reply",
            measures: About::EVERY,
        },
        &[
            &["sa", "srcaddr"],
            &["da", "dstaddr"],
            &["dp", "dstport"],
            &["td", "duration"],
            &["pr", "proto"],
            &["te", "firstseen"],
        ],
    )
};

fn adapt<'a>(fields: &mut Fields<'a>, extras: &[&'a [u8]]) {
    let flags = if extras[0].is_empty() { extras[1] } else { extras[0] };
    // Those of all packets together: whoever sent nothing but a SYN began.
    if flags.contains(&b'S') && !flags.contains(&b'A') {
        fields.tie.sign = Sign::Opens;
    }
}
