//! Any other log of pairs, `key=value`, whose keys are the usual ones: of firewalls such as Sophos and
//! SonicWall, and of programs that log so.
//!
//! A line counts that has a source, a destination port and a protocol, by its number of packets where it has
//! one. Nothing is known of replies and repeats. Sources: Sophos, "Sophos Firewall syslog guide"; SonicWall,
//! "SonicOS Log Events Reference Guide"; and the names of the Elastic Common Schema and Splunk's Common
//! Information Model.

use crate::input::fields::{Field, Fields};
use crate::input::format::About;
use crate::input::pairs::Pairs;
use crate::input::stamp::{Stamp, read_stamp, stamp_of};
use crate::input::syslog::Message;

use super::message::{Lines, Packets, Said};
use crate::input::formats::ends::End;

/// The format.
pub(super) struct Keyed;

/// Keys are compared by so many of their letters and digits.
const MOST_KEY_BYTES: usize = 24;

/// What a key is for.
#[derive(Clone, Copy)]
enum Meaning {
    Source,
    Destination,
    Port,
    Protocol,
    Packets,
    Bytes,
    Country,
    Host,
    Time,
    Date,
    TimeOfDay,
    Zone,
}

impl Meaning {
    fn of(key: &[u8]) -> Option<Self> {
        let mut letters = [0; MOST_KEY_BYTES];
        let mut length = 0;
        for byte in key.iter().filter(|byte| byte.is_ascii_alphanumeric()) {
            *letters.get_mut(length)? = byte.to_ascii_lowercase();
            length += 1;
        }
        Some(match &letters[..length] {
            b"src" | b"srcip" | b"sip" | b"srcaddr" | b"saddr" | b"source" | b"sourceip" | b"sourceaddress"
            | b"ipsrc" | b"srcipaddr" | b"srcaddress" | b"sourceipaddress" => Self::Source,
            b"dst"
            | b"dstip"
            | b"dip"
            | b"dstaddr"
            | b"daddr"
            | b"dest"
            | b"destip"
            | b"destination"
            | b"destinationip"
            | b"destinationaddress"
            | b"ipdst"
            | b"dstipaddr"
            | b"dstaddress"
            | b"destaddress"
            | b"destinationipaddress" => Self::Destination,
            b"dpt" | b"dport" | b"dstport" | b"destport" | b"destinationport" | b"dstpt" | b"portdst" => Self::Port,
            b"proto" | b"protocol" | b"transport" | b"ipproto" | b"ipprotocol" | b"protocolid"
            | b"networktransport" => Self::Protocol,
            b"packets" | b"pkts" | b"count" | b"cnt" | b"sentpkt" | b"sentpkts" | b"sentpackets" | b"sourcepackets"
            | b"packetcount" => Self::Packets,
            b"bytes" | b"octets" | b"sentbyte" | b"sentbytes" | b"bytessent" | b"srcbytes" | b"sourcebytes" => {
                Self::Bytes
            }
            b"srccountry" | b"sourcecountry" | b"srccountrycode" | b"sourcegeocountryisocode" | b"srccc" => {
                Self::Country
            }
            b"devname" | b"hostname" | b"sensor" | b"device" | b"devicename" | b"dvc" | b"dvchost"
            | b"observername" => Self::Host,
            b"eventtime" | b"timestamp" | b"datetime" | b"ts" | b"starttime" | b"devtime" | b"rt" | b"eventstart" => {
                Self::Time
            }
            b"date" => Self::Date,
            b"time" => Self::TimeOfDay,
            b"tz" | b"timezone" => Self::Zone,
            _ => return None,
        })
    }
}

impl Lines for Keyed {
    fn about(&self) -> About {
        About {
            name: "pairs",
            title: "lines of pairs, key=value, with the usual keys",
            counted: "each line with a source, a destination port and a protocol, by its number of packets where it has \
                      one; the host is the one named, else the one that logged it, else the destination address",
            measures: About::EVERY,
        }
    }

    fn fields(&self) -> &'static str {
        "src, dst, dport, proto and their like, and the line's own time, or that of its head"
    }

    fn read<'l>(&self, message: &Message<'l>, packets: &mut Packets<'l>) -> Said {
        if memchr::memchr(b'=', message.line).is_none() {
            return Said::Nothing;
        }
        let mut fields = Fields::default();
        let [mut source, mut destination, mut date, mut time, mut zone, mut stamp] = [&b""[..]; 6];
        let mut country = None;
        for (key, value) in Pairs::of(message.line) {
            let Some(meaning) = Meaning::of(key) else { continue };
            let field = match meaning {
                Meaning::Source => &mut source,
                Meaning::Destination => &mut destination,
                Meaning::Port => &mut fields.port,
                Meaning::Protocol => &mut fields.protocol,
                Meaning::Packets => &mut fields.packets,
                Meaning::Bytes => &mut fields.bytes,
                Meaning::Country => country.get_or_insert(&b""[..]),
                Meaning::Host => &mut fields.host,
                Meaning::Time => &mut stamp,
                Meaning::Date => &mut date,
                Meaning::TimeOfDay => &mut time,
                Meaning::Zone => &mut zone,
            };
            // The first counts: those behind are of translations and of what is quoted.
            if field.is_empty() {
                *field = value;
            }
        }
        let (from, to) = (end(source), end(destination));
        if fields.port.is_empty() {
            fields.port = to.port;
        }
        if source.is_empty() || fields.protocol.is_empty() || (fields.port.is_empty() && destination.is_empty()) {
            return Said::Nothing;
        }
        // `proto=tcp/telnet`
        let slash = memchr::memchr(b'/', fields.protocol).unwrap_or(fields.protocol.len());
        fields.protocol = &fields.protocol[..slash];
        fields.no_country = country.is_none();
        match country.unwrap_or_default() {
            code if code.len() <= 3 => fields.code = code,
            name => fields.country = name,
        }
        if fields.host.is_empty() {
            fields.host = message.host;
        }
        if matches!(fields.packets, b"0" | b"-") {
            fields.packets = b"";
        }
        (fields.source, fields.destination) = (from.address, to.address);
        let own = read_stamp(stamp).or_else(|| read_stamp(time)).unwrap_or_default().0;
        packets.stamp = match own {
            Stamp::None | Stamp::OfDay(_) => stamp_of(date, time, zone),
            own => own,
        };
        fields.time = [stamp, date, time]
            .into_iter()
            .find(|text| !text.is_empty())
            .unwrap_or_default();
        packets.fields = fields;
        Said::Packets
    }

    fn name_of(&self, field: Field) -> &'static str {
        match field {
            Field::Time => "time",
            Field::Protocol => "proto",
            Field::Port => "dport",
            Field::Packets => "packets",
            Field::Bytes => "bytes",
            Field::Code | Field::Country => "country",
        }
    }
}

/// An address, and its port where it is there: `192.0.2.1`, `192.0.2.1:23:X1`.
fn end(text: &[u8]) -> End<'_> {
    let whole = End::by_colon(text);
    if whole.address.ip().is_some() {
        return whole;
    }
    match memchr::memrchr(b':', text) {
        Some(colon) => End::by_colon(&text[..colon]),
        None => whole,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{ports, read, sources};

    #[test]
    fn keys_are_known_however_they_are_written() {
        let text = "2026-01-02T10:11:12Z fw app: src_ip=192.0.2.1 dst_ip=198.51.100.7 dst_port=23 proto=TCP\n\
                    device=\"SFW\" date=2026-01-02 time=10:11:12 timezone=\"CET\" log_type=\"Firewall\" protocol=\"UDP\" src_ip=192.0.2.2 \
                    src_country_code=CHN dst_ip=198.51.100.7 dst_port=53 sent_pkts=4\n\
                    id=firewall time=\"2026-01-02 10:11:12\" fw=203.0.113.1 msg=\"dropped\" n=1 src=192.0.2.3:4000:X1 \
                    dst=198.51.100.7:445:X0 proto=tcp/445\n\
                    <13>{\"ts\"=\"1767348672.0\",\"Source.IP\"=\"2001:db8::1\",\"Destination.Port\"=\"80\",\"Network.Transport\"=\"tcp\"}\n\
                    2026-01-02T10:11:12Z fw app: proto=ICMP src=192.0.2.1 dst=198.51.100.7\n\
                    2026-01-02T10:11:12Z fw app: user=x action=login\n";
        let log = read(text);
        assert_eq!(ports(&log), ["TCP 23", "UDP 53", "TCP 445", "TCP 80"]);
        assert_eq!(sources(text), ["192.0.2.1", "192.0.2.2", "192.0.2.3", "2001:db8::1"]);
        for event in &log.events {
            assert_eq!(event.time_ns, 1_767_348_672_000_000_000);
        }
        assert_eq!(log.events[1].packets, 4);
        assert_eq!(log.names.hosts, ["fw", "SFW", "198.51.100.7", ""]);
        assert_eq!(log.other_protocols, [("ICMP".to_owned(), 1)].into());
        assert!(
            log.warnings
                .iter()
                .any(|warning| warning.starts_with("1 line of something else"))
        );
    }
}
