//! Packets that access lists of Cisco's routers and switches logged: `%SEC-6-IPACCESSLOGP: list 101 denied
//! tcp 192.0.2.1(4000) -> 198.51.100.7(23), 1 packet`.
//!
//! Source: Cisco, "IOS System Message Guide", SEC and IPV6_ACL
//! (<https://www.cisco.com/c/en/us/td/docs/ios/system/messages/guide/consol_smg.html>). A line is told for
//! the first packet of a kind, and every five minutes for those that came since: each counts by its own
//! number. A packet may be one way of a conversation, so replies are told by ports.

use crate::input::fields::{Field, Fields};
use crate::input::format::About;
use crate::input::record::Sign;
use crate::input::syslog::Message;

use super::message::{Lines, Packets, Said};
use crate::input::formats::ends::{End, one_way};

/// The format.
pub(super) struct Ios;

impl Lines for Ios {
    fn about(&self) -> About {
        About {
            name: "cisco-ios",
            title: "Cisco IOS access lists",
            counted: "each line by its number of packets; the host is the one that logged it, else the destination \
                      address; packets back to whoever began are replies",
            measures: About::WITHOUT_BYTES,
        }
    }

    fn fields(&self) -> &'static str {
        "addresses, protocol, port and packets of each line, and its time and host"
    }

    fn read<'l>(&self, message: &Message<'l>, packets: &mut Packets<'l>) -> Said {
        let Some(at) = memchr::memmem::find(message.line, b"ACCESSLOG") else {
            return Said::Nothing;
        };
        let Some(colon) = memchr::memchr(b':', &message.line[at..]) else {
            return Said::Nothing;
        };
        let before = &message.line[..at];
        let is_message = memchr::memrchr(b'%', before).is_some_and(|percent| !before[percent..].contains(&b' '));
        if !is_message {
            return Said::Nothing;
        }
        let kind = message.line[at + 9..at + colon].trim_ascii();
        let text = &message.line[at + colon + 1..];
        let Some(fields) = fields(text, kind) else {
            return Said::Unreadable(
                "line is not as it should be; expected a verdict, a protocol, two ends and a number of packets"
                    .to_owned(),
            );
        };
        packets.fields = Fields {
            host: message.host,
            ..fields
        };
        Said::Packets
    }

    fn name_of(&self, field: Field) -> &'static str {
        match field {
            Field::Time => "time",
            Field::Protocol => "protocol",
            Field::Port => "destination port",
            Field::Packets => "packets",
            Field::Bytes => "bytes",
            Field::Code | Field::Country => "country",
        }
    }
}

/// ` list 101 denied tcp 192.0.2.1(4000) (Gi0/1 0011.2233.4455) -> 198.51.100.7(23), 1 packet`. Lists of
/// sources alone (`S`) have neither a protocol nor a destination.
fn fields<'l>(text: &'l [u8], kind: &[u8]) -> Option<Fields<'l>> {
    let mut words = text.split(|byte| *byte == b' ').filter(|word| !word.is_empty());
    words.find(|word| matches!(*word, b"denied" | b"permitted" | b"deny" | b"permit"))?;
    let protocol = if kind == b"S" { &b"IP"[..] } else { words.next()? };
    let from = words.next()?;
    let mut to = &b""[..];
    let mut word = words.next()?;
    if kind != b"S" {
        while word != b"->" {
            word = words.next()?;
        }
        to = words.next()?;
        word = words.next()?;
    }
    // The kind of an ICMP message, or an interface, may stand before the number.
    while !words.clone().next()?.starts_with(b"packet") {
        word = words.next()?;
    }
    let (from, to) = (
        End::by_bracket(from),
        End::by_bracket(to.strip_suffix(b",").unwrap_or(to)),
    );
    Some(Fields {
        protocol,
        port: to.port,
        packets: word,
        source: from.address,
        destination: to.address,
        no_country: true,
        tie: one_way(protocol, &from, &to, Sign::None),
        ..Fields::default()
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{ports, read};
    use crate::model::Reason;

    #[test]
    fn messages_are_read_as_they_are_documented() {
        let head = "Jan  2 10:11:13 192.0.2.254 123: *Jan  2 10:11:12.123: %SEC-6-IPACCESSLOG";
        let text = format!(
            "{head}P: list 101 denied tcp 192.0.2.1(4000) -> 198.51.100.7(23), 1 packet\n\
             {head}P: list x permitted udp 192.0.2.1(4001) (GigabitEthernet0/1 0011.2233.4455) -> 198.51.100.7(53), 12 packets\n\
             {head}DP: list 101 denied icmp 192.0.2.1 -> 198.51.100.7 (8/0), 4 packets\n\
             {head}NP: list 101 denied 47 192.0.2.1 -> 198.51.100.7, 1 packet\n\
             {head}S: list 1 denied 192.0.2.1 2 packets\n\
             {head}P: list 101 denied tcp 192.0.2.1(4000) -> 198.51\n\
             Jan  2 10:11:14 r1 124: Jan  2 10:11:14 UTC: %IPV6_ACL-6-ACCESSLOGP: list v6/10 denied tcp 2001:db8::1(4000) -> 2001:db8::2(445), 3 packets\n"
        );
        let log = read(&text);
        assert_eq!(ports(&log), ["TCP 23", "UDP 53", "TCP 445"]);
        let packets: Vec<u64> = log.events.iter().map(|event| event.packets).collect();
        assert_eq!(packets, [1, 12, 3]);
        let protocols = ["GRE", "ICMP", "IP"].map(|name| (name.to_owned(), 1));
        assert_eq!(log.other_protocols, protocols.into());
        assert_eq!((log.rows, log.left_out[&Reason::Unreadable].rows), (7, 1));
        assert_eq!(log.names.hosts, ["192.0.2.254", "r1"]);
    }
}
