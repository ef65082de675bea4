//! Flows as nProbe and ntopng write them: with names of NetFlow fields, with their numbers, and as rows of
//! ntopng's database.
//!
//! Sources: <https://www.ntop.org/guides/nprobe/flow_information_elements.html>,
//! <https://www.ntop.org/guides/ntopng/flow_dump/clickhouse/index.html>. A flow with packets of both ways has the
//! direction of its first; one without is one way. Both families of addresses may be there, of which one is
//! zero.

use std::net::IpAddr;

use super::super::dialect::{Dialect, Object};
use super::super::rules::{number_address, one_way};
use crate::input::columns::Meaning;
use crate::input::fields::Fields;
use crate::input::format::About;
use crate::input::record::{Address, Sign};

pub(super) static NPROBE: Dialect = Dialect {
    about: About {
        name: "nprobe",
        title: "nProbe and ntopng, JSON with names or numbers of NetFlow fields",
        counted: "each flow, by its packets from the source; the host is the destination address; of flows of one way, \
                  ways back are replies",
        measures: About::EVERY,
    },
    marks: &[&["L4_DST_PORT", "11"], &["IPV4_DST_ADDR", "12", "IPV6_DST_ADDR", "28"]],
    fields: &[
        (
            Meaning::Time,
            &["FIRST_SWITCHED", "22", "@timestamp", "LAST_SWITCHED", "21"],
        ),
        (Meaning::Protocol, &["PROTOCOL", "4"]),
        (Meaning::Source, &["IPV4_SRC_ADDR", "8"]),
        (Meaning::SourcePort, &["L4_SRC_PORT", "7"]),
        (Meaning::Destination, &["IPV4_DST_ADDR", "12"]),
        (Meaning::Port, &["L4_DST_PORT", "11"]),
        (Meaning::Packets, &["IN_PKTS", "2"]),
        (Meaning::Bytes, &["IN_BYTES", "1"]),
        (Meaning::Code, &["SRC_IP_COUNTRY"]),
    ],
    extras: &["IPV6_SRC_ADDR", "27", "IPV6_DST_ADDR", "28", "OUT_PKTS", "24"],
    whole: None,
    read: |object, mut fields, add| {
        read_addresses(
            &mut fields,
            [0, 1].map(|index| object.extra(index)),
            [2, 3].map(|index| object.extra(index)),
        );
        if object.extra(4).is_empty() && object.extra(5).is_empty() {
            fields.tie = one_way(&fields, object.source_port(), Sign::None);
        }
        add(&fields);
    },
};

pub(super) static NTOPNG: Dialect = Dialect {
    about: About {
        name: "ntopng",
        title: "rows of ntopng's database (ClickHouse), JSON",
        counted: "each flow, by its packets; the host is the destination address; there are no replies",
        measures: About::EVERY,
    },
    marks: &[&["FIRST_SEEN"], &["IP_DST_PORT"]],
    fields: &[
        (Meaning::Time, &["FIRST_SEEN"]),
        (Meaning::Protocol, &["PROTOCOL"]),
        (Meaning::Source, &["IPV4_SRC_ADDR"]),
        (Meaning::SourcePort, &["IP_SRC_PORT"]),
        (Meaning::Destination, &["IPV4_DST_ADDR"]),
        (Meaning::Port, &["IP_DST_PORT"]),
        (Meaning::Packets, &["SRC2DST_PACKETS", "PACKETS"]),
        (Meaning::Bytes, &["SRC2DST_BYTES", "TOTAL_BYTES"]),
    ],
    extras: &["IPV6_SRC_ADDR", "IPV6_DST_ADDR", "SRC_COUNTRY_CODE"],
    whole: None,
    read: |object: &Object<'_>, mut fields, add| {
        read_addresses(&mut fields, [object.extra(0), b""], [object.extra(1), b""]);
        // Two letters in a number of 16 bits.
        let code = object.extra(2);
        let letters = str::from_utf8(code)
            .ok()
            .and_then(|code| code.parse().ok())
            .map(u16::to_be_bytes);
        match letters {
            Some(letters) if letters.iter().all(u8::is_ascii_uppercase) => add(&Fields {
                code: &letters,
                no_country: false,
                ..fields
            }),
            Some(_) => add(&fields),
            None => add(&Fields {
                code,
                no_country: fields.no_country && code.is_empty(),
                ..fields
            }),
        }
    },
};

/// Takes IPv4 addresses that are numbers, and addresses of IPv6 where those of IPv4 are zero.
fn read_addresses<'a>(fields: &mut Fields<'a>, source6: [&'a [u8]; 2], destination6: [&'a [u8]; 2]) {
    for (address, six) in [(&mut fields.source, source6), (&mut fields.destination, destination6)] {
        if let Address::Text(text) = *address
            && let Some(number) = number_address(text)
        {
            *address = Address::Ip(number);
        }
        let six = six.into_iter().find(|text| !text.is_empty());
        if address.ip().is_none_or(is_zero)
            && let Some(six) = six
            && Address::Text(six).ip().is_some_and(|six| !is_zero(six))
        {
            *address = Address::Text(six);
        }
    }
}

fn is_zero(address: IpAddr) -> bool {
    address.is_unspecified()
}
