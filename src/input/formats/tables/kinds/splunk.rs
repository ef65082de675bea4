//! CSV that Splunk exports: an event a row, with the fields of the model Network Traffic.
//!
//! Source: <https://docs.splunk.com/Documentation/CIM/latest/User/NetworkTraffic>. A cell may hold several values with line
//! ends between them, of which the first counts.

use crate::input::columns::Meaning;
use crate::input::fields::Fields;
use crate::input::format::About;
use crate::input::formats::tables::kind::Kind;
use crate::input::record::Address;

pub(in crate::input::formats::tables) const SPLUNK: Kind = Kind {
    fields: &[
        (Meaning::Time, "time"),
        (Meaning::Protocol, "transport"),
        (Meaning::Protocol, "proto"),
        (Meaning::Protocol, "protocol"),
        (Meaning::Source, "src_ip"),
        (Meaning::Source, "src"),
        (Meaning::Destination, "dest_ip"),
        (Meaning::Destination, "dest"),
        (Meaning::Port, "dest_port"),
    ],
    adapt: Some(adapt),
    ..Kind::new(
        About {
            name: "splunk-csv",
            title: "CSV of Splunk",
            counted: "each event, by its packets; the host is the one named, else the destination",
            measures: About::EVERY,
        },
        &[
            &["time"],
            &["dest_port"],
            &["raw", "sourcetype", "splunk_server", "linecount"],
        ],
    )
};

fn adapt<'a>(fields: &mut Fields<'a>, _: &[&'a [u8]]) {
    let texts = [
        &mut fields.time,
        &mut fields.protocol,
        &mut fields.port,
        &mut fields.packets,
        &mut fields.bytes,
    ];
    for text in texts
        .into_iter()
        .chain([&mut fields.code, &mut fields.country, &mut fields.host])
    {
        *text = first(text);
    }
    for address in [&mut fields.source, &mut fields.destination] {
        if let Address::Text(text) = address {
            *text = first(text);
        }
    }
}

/// The first line of several.
fn first(values: &[u8]) -> &[u8] {
    let end = memchr::memchr(b'\n', values).unwrap_or(values.len());
    values[..end].trim_ascii()
}
