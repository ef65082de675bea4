//! CSV of CICFlowMeter, in its Java and Python versions, and of the data sets that were made by it: a conversation a
//! row.
//!
//! Source: <https://github.com/ahlashkari/CICFlowMeter>. The source is the side that began. Times have the day first.

use crate::input::columns::Meaning;
use crate::input::format::About;
use crate::input::formats::tables::kind::Kind;

pub(in crate::input::formats::tables) const CICFLOWMETER: Kind = Kind {
    fields: &[
        (Meaning::Packets, "total_fwd_packet"),
        (Meaning::Packets, "total_fwd_packets"),
        (Meaning::Packets, "tot_fwd_pkts"),
        (Meaning::Bytes, "total_length_of_fwd_packet"),
        (Meaning::Bytes, "total_length_of_fwd_packets"),
        (Meaning::Bytes, "totlen_fwd_pkts"),
    ],
    ..Kind::new(
        About {
            name: "cicflowmeter",
            title: "CSV of CICFlowMeter",
            counted: "each conversation, by the packets of the side that began it; the host is the other side",
            measures: About::EVERY,
        },
        &[
            &["total_fwd_packet", "total_fwd_packets", "tot_fwd_pkts"],
            &["dst_port", "destination_port"],
            &["flow_duration"],
        ],
    )
};
