//! What YAF's `yafscii --tabular` prints: a flow of both directions a row, `|` between padded columns.
//!
//! Source: <https://tools.netsa.cert.org/yaf/yafscii.html>. Without `--print-header` there is no header. The source is
//! the side that began, `pkt` are its packets.

use crate::input::columns::Meaning;
use crate::input::format::About;
use crate::input::formats::tables::kind::Kind;

pub(in crate::input::formats::tables) const YAF: Kind = Kind {
    fields: &[
        (Meaning::Time, "start_time"),
        (Meaning::Packets, "pkt"),
        (Meaning::Bytes, "oct"),
    ],
    delimiter: Some(b'|'),
    headers: &[
        "start-time|end-time|duration|rtt|proto|sip|sp|dip|dp|iflags|uflags|riflags|ruflags|isn|risn|tag|rtag|pkt|oct|rpkt|roct|end-reason",
    ],
    ..Kind::new(
        About {
            name: "yaf",
            title: "YAF, as yafscii --tabular prints it",
            counted: "each flow, by the packets of the side that began it; the host is the other side",
            measures: About::EVERY,
        },
        &[&["start_time"], &["end_time"], &["rtt"], &["sip"], &["dip"], &["dp"]],
    )
};
