//! Packets that MikroTik's RouterOS logged: `input: in:ether1 out:(unknown 0), ..., proto TCP (SYN),
//! 192.0.2.1:4000->198.51.100.7:23, len 40`, behind a head of syslog or in a file of the router.
//!
//! Source: <https://help.mikrotik.com/docs/spaces/ROS/pages/328094/Log>. Each line counts as one packet. It may
//! be one way of a conversation, so replies are told by its flags and ports. Where an address was translated,
//! the ends behind `NAT` are passed over.

use crate::input::fields::{Field, Fields};
use crate::input::format::About;
use crate::input::syslog::Message;

use super::message::{Lines, Packets, Said};
use crate::input::formats::ends::{End, one_way, sign};

/// The format.
pub(super) struct Mikrotik;

impl Lines for Mikrotik {
    fn about(&self) -> About {
        About {
            name: "mikrotik",
            title: "MikroTik RouterOS firewall",
            counted: "each line as one packet; the host is the one that logged it, else the destination address; \
                      packets back to whoever began are replies",
            measures: About::EVERY,
        }
    }

    fn fields(&self) -> &'static str {
        "proto, the ends on both sides of ->, and the line's time and host"
    }

    fn read<'l>(&self, message: &Message<'l>, packets: &mut Packets<'l>) -> Said {
        let Some(at) = memchr::memmem::find(message.line, b" proto ") else {
            return Said::Nothing;
        };
        let (before, text) = (&message.line[..at], &message.line[at + 7..]);
        let has = |word: &[u8]| memchr::memmem::find(before, word).is_some();
        if !has(b" in:") || !has(b" out:") {
            return Said::Nothing;
        }
        let end = text
            .iter()
            .position(|byte| matches!(byte, b' ' | b','))
            .unwrap_or(text.len());
        let (protocol, mut rest) = text.split_at(end);
        let mut flags = &b""[..];
        if let Some(inner) = rest.strip_prefix(b" (")
            && let Some(bracket) = memchr::memchr(b')', inner)
        {
            (flags, rest) = inner.split_at(bracket);
            rest = &rest[1..];
        }
        let length = memchr::memmem::find(rest, b", len ").map_or(&b""[..], |at| &rest[at + 6..]);
        let digits = length.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let bytes = &length[..digits];
        let ends = rest
            .strip_prefix(b", ")
            .map(|ends| &ends[..memchr::memchr(b',', ends).unwrap_or(ends.len())]);
        let arrow = ends.and_then(|ends| Some((ends, memchr::memmem::find(ends, b"->")?)));
        let Some((ends, arrow)) = arrow else {
            return Said::Unreadable("line has no two ends; expected `a:p->b:q` behind the protocol".to_owned());
        };
        let (from, to) = (End::by_colon(&ends[..arrow]), End::by_colon(&ends[arrow + 2..]));
        let has_flag = |flag: &[u8]| flags.split(|byte| *byte == b',').any(|found| found == flag);
        packets.fields = Fields {
            protocol,
            port: to.port,
            bytes,
            // A host that is one of the router's own words.
            host: if memchr::memchr(b',', message.host).is_some() {
                b""
            } else {
                message.host
            },
            source: from.address,
            destination: to.address,
            no_country: true,
            tie: one_way(protocol, &from, &to, sign(has_flag(b"SYN"), has_flag(b"ACK"))),
            ..Fields::default()
        };
        Said::Packets
    }

    fn name_of(&self, field: Field) -> &'static str {
        match field {
            Field::Time => "time",
            Field::Protocol => "proto",
            Field::Port => "destination port",
            Field::Packets => "packets",
            Field::Bytes => "len",
            Field::Code | Field::Country => "country",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{ports, read, sources};
    use crate::model::Reason;

    #[test]
    fn packets_are_read_as_routers_write_them() {
        let rule = "in:ether1 out:(unknown 0), src-mac 00:11:22:33:44:55, proto";
        let text = format!(
            "Jan  2 10:11:12 router firewall,info drop input: {rule} TCP (SYN), 192.0.2.1:4000->198.51.100.7:23, len 40\n\
             jan/02/2026 10:11:12 firewall,info input: {rule} UDP, 192.0.2.2:4001->198.51.100.7:53, len 60\n\
             2026-01-02 10:11:12 firewall,info forward: in:ether1 out:bridge, connection-state:new,dnat proto TCP (SYN), \
             192.0.2.3:4002->203.0.113.1:8080, NAT 192.0.2.3:4002->(203.0.113.1:8080->10.0.0.5:80), len 52\n\
             <134>firewall,info input: {rule} TCP (SYN), [2001:db8::1]:4003->[2001:db8::2]:445, len 60\n\
             Jan  2 10:11:12 router firewall,info input: {rule} ICMP (type 8, code 0), 192.0.2.1->198.51.100.7, len 56\n\
             Jan  2 10:11:12 router firewall,info input: {rule} 47, 192.0.2.1->198.51.100.7, len 56\n\
             Jan  2 10:11:12 router firewall,info input: {rule} TCP (ACK,FIN), 192.0.2.9:443->198.51.100.7:50000, len 56\n\
             Jan  2 10:11:12 router firewall,info input: {rule} TCP (SYN), 192.0\n\
             Jan  2 10:11:12 router system,info,account user admin logged in\n"
        );
        let log = read(&text);
        assert_eq!(ports(&log), ["TCP 23", "UDP 53", "TCP 8080"]);
        assert_eq!(sources(&text), ["192.0.2.1", "192.0.2.2", "192.0.2.3"]);
        assert_eq!(log.names.hosts, ["router", "198.51.100.7", "203.0.113.1"]);
        let protocols = ["GRE", "ICMP"].map(|name| (name.to_owned(), 1));
        assert_eq!(log.other_protocols, protocols.into());
        let left = |reason| log.left_out[&reason].rows;
        // One has no time, and one no ends.
        assert_eq!((left(Reason::Reply), left(Reason::Unreadable)), (1, 2));
    }
}
