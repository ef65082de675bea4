//! CSV of packets whose columns are the fields of scapy's layers, as scripts write it: a packet a row.
//!
//! Source: <https://scapy.readthedocs.io>, layers IP, TCP and UDP. Names that several layers have (`flags`, `chksum`) come
//! more than once.

use crate::input::format::About;
use crate::input::formats::tables::kind::Kind;

pub(in crate::input::formats::tables) const SCAPY: Kind = Kind {
    one_way: true,
    ..Kind::new(
        About {
            name: "scapy",
            title: "CSV of scapy's fields",
            counted: "each packet; the host is its destination; the way from a server is a reply",
            measures: About::EVERY,
        },
        &[
            &["ihl"],
            &["chksum"],
            &["proto"],
            &["src"],
            &["dst"],
            &["dport"],
            &["time"],
        ],
    )
};
