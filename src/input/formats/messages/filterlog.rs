//! Packets that pfSense and OPNsense logged: a line of commas by the program `filterlog`, a packet each.
//!
//! Source: <https://docs.netgate.com/pfsense/en/latest/monitoring/logs/raw-filter-format.html>. A packet may
//! be one way of a conversation, so replies are told by its flags and ports. Lines of translations (`rdr`,
//! `nat`, `binat`) tell of packets that a line of `pass` or `block` tells of as well, and do not count.

use crate::input::fields::{Field, Fields};
use crate::input::format::About;
use crate::input::syslog::Message;
use crate::words::counted;

use super::message::{Lines, Packets, Said};
use crate::input::formats::ends::{End, one_way, sign};

/// The format.
pub(super) struct Filterlog;

/// Fields that are looked at, counted from 0.
const MOST_FIELDS: usize = 24;

impl Lines for Filterlog {
    fn about(&self) -> About {
        About {
            name: "filterlog",
            title: "pfSense and OPNsense filterlog",
            counted: "each line of pass or block as one packet; the host is the one that logged it, else the \
                      destination address; packets back to whoever began are replies",
            measures: About::EVERY,
        }
    }

    fn fields(&self) -> &'static str {
        "source, destination, protocol and destination port, and the line's time and host"
    }

    fn read<'l>(&self, message: &Message<'l>, packets: &mut Packets<'l>) -> Said {
        if message.program != b"filterlog" {
            return Said::Nothing;
        }
        let mut fields = [&b""[..]; MOST_FIELDS];
        let mut count = 0;
        for (field, text) in fields.iter_mut().zip(message.text.split(|byte| *byte == b',')) {
            *field = text;
            count += 1;
        }
        let (protocol, ends, flags, length) = match fields[8] {
            b"4" if count > 19 => (16, [18, 20, 19, 21], 23, 17),
            b"6" if count > 16 => (12, [15, 17, 16, 18], 20, 14),
            version => {
                let version = String::from_utf8_lossy(&version[..version.len().min(8)]);
                return Said::Unreadable(format!(
                    "line has {}, the ninth of them \"{}\"; expected version 4 of IP and 20 fields, or \
                     version 6 and 17",
                    counted(count as u64, "field"),
                    version.escape_debug()
                ));
            }
        };
        if matches!(fields[6], b"rdr" | b"nat" | b"binat") {
            return Said::Other;
        }
        let [source, source_port, destination, port] = ends.map(|at| fields[at]);
        let protocol = fields[protocol];
        let has_ports = protocol.eq_ignore_ascii_case(b"tcp") || protocol.eq_ignore_ascii_case(b"udp");
        // Other protocols have something else there.
        let [source_port, port] = [source_port, port].map(|port| if has_ports { port } else { b"" });
        let (from, to) = (End::of(source, source_port), End::of(destination, port));
        let has = |flag: u8| fields[flags].contains(&flag);
        packets.fields = Fields {
            protocol,
            port: to.port,
            bytes: fields[length],
            host: message.host,
            source: from.address,
            destination: to.address,
            no_country: true,
            tie: one_way(protocol, &from, &to, sign(has(b'S'), has(b'A'))),
            ..Fields::default()
        };
        Said::Packets
    }

    fn name_of(&self, field: Field) -> &'static str {
        match field {
            Field::Time => "time",
            Field::Protocol => "protocol",
            Field::Port => "destination port",
            Field::Packets => "packets",
            Field::Bytes => "length",
            Field::Code | Field::Country => "country",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{ports, read};
    use crate::model::Reason;

    #[test]
    fn packets_of_both_versions_are_read() {
        let text = "Jan  2 10:11:12 filterlog[123]: 5,,,1000000103,igb0,match,block,in,4,0x0,,245,54321,0,none,6,tcp,40,\
                    192.0.2.1,198.51.100.7,40000,23,0,S,123456,,1024,,\n\
                    <134>1 2026-01-02T10:11:13+00:00 fw filterlog 123 - [meta sequenceId=\"1\"] 9,,,0f1e-aa,em0,match,pass,out,6,\
                    0x00,0x00000,64,UDP,17,60,2001:db8::1,2001:db8::2,40000,53,40\n\
                    Jan  2 10:11:14 fw filterlog: 5,,,1,igb0,match,block,in,4,0x0,,245,1,0,none,1,icmp,40,192.0.2.1,\
                    198.51.100.7,request,1,2,64\n\
                    Jan  2 10:11:15 fw filterlog: 5,,,1,igb0,match,rdr,in,4,0x0,,245,1,0,none,6,tcp,40,192.0.2.1,\
                    198.51.100.7,40000,8080,0,S,1,,1,,\n\
                    Jan  2 10:11:16 fw filterlog: 5,,,1,igb0,match,block,in,4,0x0,,245,1,0,none,6,tcp,40,192.0.2.9,\
                    198.51.100.7,443,50000,0,FA,1,,1,,\n\
                    Jan  2 10:11:17 fw filterlog: 5,,,1,igb0,match,block,in,4,0x0\n";
        let log = read(text);
        assert_eq!(ports(&log), ["TCP 23", "UDP 53"]);
        assert_eq!(log.names.hosts, ["198.51.100.7", "fw"]);
        assert_eq!(log.other_protocols, [("ICMP".to_owned(), 1)].into());
        assert_eq!(log.left_out[&Reason::Reply].rows, 1);
        let unreadable = &log.left_out[&Reason::Unreadable].first_rows;
        assert_eq!((unreadable.len(), log.rows), (1, 5));
        assert!(
            unreadable[0]
                .what
                .starts_with("line has 10 fields, the ninth of them \"4\"")
        );
    }
}
