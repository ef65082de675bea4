//! CSV that the web interface of Palo Alto's firewalls exports of its traffic and threat logs.
//!
//! Source: <https://docs.paloaltonetworks.com>, syslog field descriptions, whose names the columns have. The start and
//! the end of a session are rows of their own: a row counts by the packets that those before it did not tell. Private addresses have a range in place of
//! a country.

use crate::input::columns::Meaning;
use crate::input::fields::Fields;
use crate::input::format::About;
use crate::input::formats::tables::kind::Kind;
use crate::input::record::{Address, Telling};

pub(in crate::input::formats::tables) const PALO_ALTO: Kind = Kind {
    fields: &[
        (Meaning::Time, "generate_time"),
        (Meaning::Time, "generated_time"),
        (Meaning::Time, "receive_time"),
        (Meaning::Packets, "packets_sent"),
        (Meaning::Packets, "packets"),
        (Meaning::Packets, "repeat_count"),
        (Meaning::Bytes, "bytes_sent"),
        (Meaning::Bytes, "bytes"),
    ],
    extras: &["session_id", "source_port"],
    adapt: Some(adapt),
    ..Kind::new(
        About {
            name: "palo-alto-csv",
            title: "CSV of Palo Alto's web interface",
            counted: "each session, by its packets; the host is the device, else the destination; rows of a session that tell \
                      of no more packets are repeats",
            measures: About::EVERY,
        },
        &[
            &["receive_time"],
            &["source_address"],
            &["destination_address"],
            &["destination_port"],
        ],
    )
};

fn adapt<'a>(fields: &mut Fields<'a>, extras: &[&'a [u8]]) {
    let [session, port] = *extras else { return };
    if fields.country.first().is_some_and(u8::is_ascii_digit) {
        fields.no_country = true;
    }
    if !matches!(session, b"" | b"0")
        && let Address::Text(source) = fields.source
    {
        // Numbers of sessions are used again.
        fields.tie = fields.tie.told_by([session, source, port]);
        fields.tie.telling = Telling::Sums;
    }
}
