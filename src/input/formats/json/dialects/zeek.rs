//! Zeek's conn.log as JSON, an object a connection, `id.orig_h` and its like as one key or nested.
//!
//! Source: <https://docs.zeek.org/en/master/logs/conn.html>. The port is the responder's, so there are no
//! replies. Other logs of Zeek (dns, http, ssl) have the same keys for ends and tell of a connection as
//! often as it was used, and before it ends, which conn.log tells: the first record of each `uid` counts, as one
//! packet, and that of conn.log by the packets that were not told of before. So a connection counts that still runs
//! when the log ends.

use super::super::dialect::{Dialect, Object};
use crate::input::columns::Meaning;
use crate::input::fields::{Fields, sum};
use crate::input::format::About;
use crate::input::record::Telling;

pub(super) static ZEEK: Dialect = Dialect {
    about: About {
        name: "zeek-json",
        title: "Zeek conn.log, JSON",
        counted: "each connection, by its packets from the originator (`orig_pkts`); of records of other logs the first \
                  of each `uid` counts, the others are repeats; the host is the responder",
        measures: About::EVERY,
    },
    marks: &[&["id.resp_p"], &["id.orig_h"], &["ts"]],
    fields: &[
        (Meaning::Time, &["ts"]),
        (Meaning::Protocol, &["proto"]),
        (Meaning::Source, &["id.orig_h"]),
        (Meaning::Destination, &["id.resp_h"]),
        (Meaning::Port, &["id.resp_p"]),
        (Meaning::Packets, &["orig_pkts"]),
        (Meaning::Bytes, &["orig_ip_bytes", "orig_bytes"]),
        (Meaning::Code, &["orig_cc"]),
    ],
    extras: &["conn_state", "uid", "_path", "resp_ip_bytes", "resp_bytes"],
    whole: Some(is_conn),
    read: |object, mut fields, add| {
        let uid = object.extra(UID);
        let conn = is_conn(object);
        // A log of conn.log alone says of none which log it is of, and needs no account of connections.
        let conn_alone = object.records.whole && !object.records.parts && object.extra(PATH).is_empty();
        if !conn && (conn_alone || uid.is_empty() && object.records.whole) {
            fields.tie.telling = Telling::Beside;
        } else if !conn_alone && !uid.is_empty() {
            fields.tie = fields.tie.told_by([uid]);
            if conn {
                fields.tie.telling = Telling::Ends;
            }
        }
        // Zeek knows some connections only in part.
        if fields.protocol.is_empty() {
            fields.protocol = b"unknown_transport";
        }
        if !object.counts_bytes() {
            add(&fields);
            return;
        }
        let back = [RESP_IP_BYTES, RESP_BYTES].map(|index| object.extra(index));
        let back = back.into_iter().find(|bytes| !bytes.is_empty());
        add(&Fields {
            bytes: &sum(fields.bytes, back.unwrap_or_default()),
            ..fields
        });
    },
};

const STATE: usize = 0;
const UID: usize = 1;
const PATH: usize = 2;
const RESP_IP_BYTES: usize = 3;
const RESP_BYTES: usize = 4;

/// Whether an object is of conn.log, which alone has states.
fn is_conn(object: &Object<'_>) -> bool {
    object.extra(PATH) == b"conn" || !object.extra(STATE).is_empty()
}
