//! What FortiGate logs as pairs: `date=2026-01-02 time=10:11:12 ... type="traffic" ... srcip=... dstip=...`,
//! with quotes or without, behind a head of syslog or not.
//!
//! Source: Fortinet, "FortiOS Log Message Reference" (<https://docs.fortinet.com/product/fortigate>). Counted
//! are lines with both ends. The first line of a session counts, as one packet where it tells none; the
//! others of the same `sessionid` and ends by the packets that were not told of before. Without any, as alerts in it
//! (`type="utm"`) are, they are repeats. The time is `eventtime`, else `date`, `time` and `tz`.

use crate::input::fields::{Field, Fields};
use crate::input::format::About;
use crate::input::pairs::Pairs;
use crate::input::record::Telling;
use crate::input::stamp::{Stamp, read_stamp, stamp_of};
use crate::input::syslog::Message;

use super::message::{Lines, Packets, Said};
use crate::input::formats::ends::End;

/// The format.
pub(super) struct Fortinet;

impl Lines for Fortinet {
    fn about(&self) -> About {
        About {
            name: "fortinet",
            title: "Fortinet FortiGate, as pairs",
            counted: "each session by sentpkt: one packet when it starts, the others by its end; the host is devname; \
                      lines that tell of no more packets, such as alerts, are repeats",
            measures: About::EVERY,
        }
    }

    fn fields(&self) -> &'static str {
        "eventtime or date and time, srcip, dstip, proto, dstport, sentpkt, srccountry, devname"
    }

    fn read<'l>(&self, message: &Message<'l>, packets: &mut Packets<'l>) -> Said {
        // The program of a head may have taken the first key for its own.
        let line = message.line;
        if memchr::memmem::find(line, b"logid=").is_none() || memchr::memmem::find(line, b"srcip=").is_none() {
            return if is_own(line) { Said::Other } else { Said::Nothing };
        }
        let [mut source, mut source_port, mut destination, mut session] = [&b""[..]; 4];
        let [mut date, mut time, mut zone, mut event, mut device] = [&b""[..]; 5];
        let mut fields = Fields::default();
        for (key, value) in Pairs::of(line) {
            match key {
                b"srcip" => source = value,
                b"srcport" => source_port = value,
                b"dstip" => destination = value,
                b"dstport" => fields.port = value,
                b"proto" => fields.protocol = value,
                b"sentpkt" if value != b"0" => fields.packets = value,
                b"sentbyte" => fields.bytes = value,
                b"srccountry" => fields.country = value,
                b"devname" => fields.host = value,
                b"devid" => device = value,
                b"sessionid" => session = value,
                b"eventtime" => event = value,
                b"date" => date = value,
                b"time" => time = value,
                b"tz" => zone = value,
                _ => {}
            }
        }
        if destination.is_empty() {
            return Said::Unreadable("`dstip` is missing; expected a line that was not cut off".to_owned());
        }
        let (from, to) = (End::of(source, source_port), End::of(destination, fields.port));
        (fields.source, fields.destination) = (from.address, to.address);
        if !matches!(session, b"" | b"0") {
            fields.tie = fields
                .tie
                .told_by([session, device, source, source_port, destination, fields.port]);
            fields.tie.telling = Telling::Sums;
        }
        if fields.host.is_empty() {
            fields.host = message.host;
        }
        (packets.stamp, fields.time) = match read_stamp(event) {
            Some((stamp @ Stamp::Utc(_), _)) => (stamp, event),
            _ => (stamp_of(date, time, zone), if date.is_empty() { time } else { date }),
        };
        packets.fields = fields;
        Said::Packets
    }

    fn name_of(&self, field: Field) -> &'static str {
        match field {
            Field::Time => "date",
            Field::Protocol => "proto",
            Field::Port => "dstport",
            Field::Packets => "sentpkt",
            Field::Bytes => "sentbyte",
            Field::Code | Field::Country => "srccountry",
        }
    }
}

/// Whether a line without two ends is of FortiGate all the same: an event of the system.
fn is_own(line: &[u8]) -> bool {
    memchr::memmem::find(line, b"logid=").is_some() && memchr::memmem::find(line, b"devid=").is_some()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{countries, ports, read};
    use crate::model::Reason;

    #[test]
    fn sessions_count_once() {
        let head = "date=2026-01-02 time=11:11:12 devname=\"fg\" devid=\"FG1\"";
        let end =
            "srcip=192.0.2.1 srcport=4000 srcintf=\"wan1\" dstip=198.51.100.7 dstport=23 srccountry=\"South Korea\"";
        let text = format!(
            "<189>{head} eventtime=1767348672000000000 tz=\"+0100\" logid=\"0000000013\" type=\"traffic\" subtype=\"forward\" \
             {end} sessionid=7 proto=6 action=\"start\" sentpkt=0\n\
             {head} eventtime=1767348699 logid=0000000013 type=traffic {end} sessionid=7 proto=6 action=close sentpkt=12 sentbyte=600\n\
             {head} eventtime=1767348700 logid=0419016384 type=utm subtype=ips {end} sessionid=7 proto=6 action=detected\n\
             {head} tz=\"+0100\" logid=\"0000000013\" type=\"traffic\" subtype=\"local\" {end} sessionid=8 proto=17 action=\"deny\" sentpkt=0\n\
             {head} tz=\"+0100\" logid=\"0419016384\" type=\"utm\" subtype=\"ips\" {end} sessionid=8 proto=17 action=\"dropped\"\n\
             {head} tz=\"+0100\" logid=\"0000000013\" type=\"traffic\" subtype=\"local\" {end} sessionid=0 proto=6 action=\"accept\" sentpkt=4\n\
             {head} logid=\"0100032001\" type=\"event\" subtype=\"system\" logdesc=\"login\"\n\
             {head} logid=\"0000000013\" type=\"traffic\" srcip=192.0.2.1\n"
        );
        let log = read(&text);
        assert_eq!(ports(&log), ["TCP 23", "TCP 23", "UDP 23", "TCP 23"]);
        let events = log.events.iter();
        let events: Vec<(i64, u64)> = events
            .map(|event| (event.time_ns / 1_000_000_000 - 1_767_348_672, event.packets))
            .collect();
        assert_eq!(events, [(0, 1), (27, 11), (0, 1), (0, 4)]);
        assert_eq!(log.names.hosts, ["fg"]);
        assert_eq!(countries(&log), ["South Korea"; 4]);
        assert_eq!(
            (
                log.left_out[&Reason::Repeat].rows,
                log.left_out[&Reason::Unreadable].rows
            ),
            (2, 1)
        );
    }
}
