//! CSV that PCAPdroid exports of a device's connections: a connection a row.
//!
//! Source: <https://github.com/emanuele-f/PCAPdroid>. The source is the side that began.

use crate::input::columns::Meaning;
use crate::input::format::About;
use crate::input::formats::tables::kind::Kind;

pub(in crate::input::formats::tables) const PCAPDROID: Kind = Kind {
    fields: &[
        (Meaning::Time, "firstseen"),
        (Meaning::Packets, "pktssent"),
        (Meaning::Bytes, "bytessent"),
    ],
    ..Kind::new(
        About {
            name: "pcapdroid",
            title: "CSV of PCAPdroid",
            counted: "each connection, by the packets sent; the host is the destination",
            measures: About::EVERY,
        },
        &[
            &["ipproto"],
            &["srcip"],
            &["dstip"],
            &["dstport"],
            &["app"],
            &["firstseen"],
        ],
    )
};
