//! CSV of pmacct: a flow of one direction a row, of as many of its keys as were configured.
//!
//! Source: <https://github.com/pmacct/pmacct>, CONFIG-KEYS, `aggregate`.

use crate::input::columns::Meaning;
use crate::input::format::About;
use crate::input::formats::tables::kind::Kind;

pub(in crate::input::formats::tables) const PMACCT: Kind = Kind {
    fields: &[(Meaning::Time, "timestamp_start"), (Meaning::Time, "stamp_inserted")],
    one_way: true,
    ..Kind::new(
        About {
            name: "pmacct-csv",
            title: "CSV of pmacct",
            counted: "each flow, by its packets, when it started or was stored; the host is the destination; the way from a \
                      server is a reply",
            measures: About::EVERY,
        },
        &[
            &["src_ip", "ip_src"],
            &["dst_port", "port_dst"],
            &["protocol", "ip_proto"],
            &["timestamp_start", "stamp_inserted"],
        ],
    )
};
