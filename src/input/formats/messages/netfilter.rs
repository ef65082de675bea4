//! Packets that Linux' firewall logged: iptables, nftables and what is built on them, such as UFW, Proxmox
//! and the sensors of DShield. A line a packet, `IN=eth0 OUT= ... SRC=... DST=... PROTO=TCP SPT=... DPT=...`,
//! behind words of the rule.
//!
//! Source: Linux, `net/ipv4/netfilter/nf_log_syslog.c`; `ufw(8)`, "LOGGING"; Proxmox VE, `pve-firewall(8)`.
//! Each line counts as one packet. A packet may be one way of a conversation, so replies are told by its
//! flags and ports. UFW logs a packet twice when it audits: a line of another verdict that follows
//! `[UFW AUDIT]` of the same packet is a repeat.

use crate::input::fields::{Field, Fields};
use crate::input::format::About;
use crate::input::record::Telling;
use crate::input::stamp::{Stamp, read_stamp};
use crate::input::syslog::Message;

use super::message::{Lines, Packets, Said};
use crate::input::formats::ends::{End, one_way, sign};

/// The format.
pub(super) struct Netfilter;

/// The values of a line that are read.
#[derive(Default)]
struct Values<'l> {
    source: &'l [u8],
    destination: &'l [u8],
    protocol: &'l [u8],
    source_port: &'l [u8],
    port: &'l [u8],
    id: &'l [u8],
    length: &'l [u8],
    /// Words between the reserved bits and the urgent pointer: flags of TCP.
    flags: &'l [u8],
}

impl<'l> Values<'l> {
    /// Reads the values behind `IN=`, up to a packet that the packet quotes, which stands in brackets.
    #[inline]
    fn of(text: &'l [u8]) -> Self {
        let mut values = Self::default();
        let mut flags_at = None;
        for equals in memchr::memchr_iter(b'=', text) {
            let rest = &text[equals + 1..];
            let value = || &rest[..memchr::memchr(b' ', rest).unwrap_or(rest.len())];
            // Four letters are compared at once, as a number.
            let Some(key) = text[..equals].last_chunk::<4>() else {
                continue;
            };
            let field = match key {
                b" SRC" => &mut values.source,
                b" DST" => &mut values.destination,
                b"ROTO" => &mut values.protocol,
                b" SPT" => &mut values.source_port,
                b" DPT" => &mut values.port,
                b" LEN" if values.length.is_empty() => &mut values.length,
                [_, b' ', b'I', b'D'] => &mut values.id,
                b" RES" => {
                    flags_at = Some(equals + 1);
                    continue;
                }
                b"URGP" => {
                    values.flags = flags_at.map_or(&[], |at| &text[at..equals]);
                    continue;
                }
                b"[SRC" => break,
                _ => continue,
            };
            *field = value();
        }
        values
    }

    fn has_flag(&self, flag: &[u8]) -> bool {
        self.flags.split(|byte| *byte == b' ').any(|word| word == flag)
    }
}

impl Lines for Netfilter {
    fn about(&self) -> About {
        About {
            name: "netfilter",
            title: "Linux firewall (iptables, nftables, UFW, Proxmox, DShield)",
            counted: "each line as one packet; the host is the one that logged it, else the destination address; \
                      packets back to whoever began are replies, and a verdict of UFW behind its audit of the same \
                      packet is a repeat",
            measures: About::EVERY,
        }
    }

    fn fields(&self) -> &'static str {
        "SRC, DST, PROTO, DPT, and the line's time and host"
    }

    fn read<'l>(&self, message: &Message<'l>, packets: &mut Packets<'l>) -> Said {
        let text = message.text;
        let Some((before, inside)) = split(text) else {
            return Said::Nothing;
        };
        let values = Values::of(inside);
        let protocol = match values.protocol {
            [] if memchr::memmem::find(inside, b" ARP ").is_some() => b"ARP",
            [] => return Said::Unreadable("`PROTO` is missing; expected a line that was not cut off".to_owned()),
            protocol => protocol,
        };
        let from = End::of(values.source, values.source_port);
        let to = End::of(values.destination, values.port);
        let sign = sign(values.has_flag(b"SYN"), values.has_flag(b"ACK"));
        let mut fields = Fields {
            protocol,
            port: values.port,
            bytes: values.length,
            host: message.host,
            source: from.address,
            destination: to.address,
            no_country: true,
            tie: one_way(protocol, &from, &to, sign),
            ..Fields::default()
        };
        if let Some(at) = memchr::memrchr(b'[', before)
            && let Some(verdict) = before[at + 1..].strip_prefix(b"UFW ")
        {
            let packet = [
                values.source,
                values.destination,
                values.source_port,
                values.port,
                values.id,
                values.length,
            ];
            fields.tie = fields.tie.told_by(packet.into_iter().chain([protocol]));
            fields.tie.telling = match verdict.starts_with(b"AUDIT") {
                true => Telling::Announces,
                false => Telling::Follows,
            };
        }
        if message.stamp == Stamp::None
            && let Some(proxmox) = proxmox(before)
        {
            (packets.stamp, fields.time, fields.host) = proxmox;
        }
        packets.fields = fields;
        Said::Packets
    }

    fn name_of(&self, field: Field) -> &'static str {
        match field {
            Field::Time => "time",
            Field::Protocol => "PROTO",
            Field::Port => "DPT",
            Field::Packets => "packets",
            Field::Bytes => "LEN",
            Field::Code | Field::Country => "country",
        }
    }
}

/// The words of the rule, and the values behind them from `IN=` on; none where it is another line. The
/// rule's words may touch it.
#[inline]
fn split(text: &[u8]) -> Option<(&[u8], &[u8])> {
    for equals in memchr::memchr_iter(b'=', text) {
        if !text[..equals].ends_with(b"IN") {
            continue;
        }
        let value = &text[equals + 1..];
        let blank = memchr::memchr(b' ', value)?;
        if value[blank..].starts_with(b" OUT=") {
            return Some((&text[..equals - 2], &value[blank..]));
        }
    }
    None
}

/// Time, its text and the guest of a line of Proxmox: `100 6 tap100i0-IN 02/Jan/2026:10:11:12 +0000 policy DROP: `.
fn proxmox(before: &[u8]) -> Option<(Stamp, &[u8], &[u8])> {
    let mut words = before.split(|byte| *byte == b' ');
    let guest = words.next().filter(|guest| guest.iter().all(u8::is_ascii_digit))?;
    let (level, chain) = (words.next()?, words.next()?);
    let rest = &before[guest.len() + level.len() + chain.len() + 3..];
    let (stamp, length) = read_stamp(rest)?;
    Some((stamp, &rest[..length], if guest == b"0" { b"" } else { guest }))
}

#[cfg(test)]
mod tests {
    use crate::input::Options;
    use crate::input::whole::{Whole, read_from};
    use crate::model::{Protocol, Reason};

    const SYN: &str =
        "LEN=40 TOS=0x00 PREC=0x00 TTL=245 ID=54321 PROTO=TCP SPT=40000 DPT=23 WINDOW=1024 RES=0x00 SYN URGP=0";

    fn read_with(text: &str, options: &Options) -> Whole {
        read_from(text.as_bytes(), "ufw.log-20260103", options).unwrap()
    }

    fn read(text: &str) -> Whole {
        read_with(text, &Options::default())
    }

    fn ports(log: &Whole) -> Vec<(Protocol, u16)> {
        log.events
            .iter()
            .map(|event| (event.port.protocol, event.port.number))
            .collect()
    }

    #[test]
    fn packets_are_read_behind_heads_of_all_kinds() {
        let line =
            format!("IN=eth0 OUT= MAC=00:11:22:33:44:55:66:77:88:99:aa:bb:08:00 SRC=192.0.2.1 DST=198.51.100.7 {SYN}");
        for (head, host) in [
            ("Jan  2 10:11:12 web kernel: [12345.678901] [UFW BLOCK] ", "web"),
            ("Jan  2 10:11:12 web kernel: DROPPED", "web"),
            ("<4>Jan  2 10:11:12 web kernel: ", "web"),
            ("2026-01-02T11:11:12+01:00 web kernel: nft#1: ", "web"),
            ("1767348672 sensor kernel:[12.3] DSHIELDINPUT ", "sensor"),
            ("1767348672 sensor kernel: DSHIELDINPUT ", "sensor"),
            ("100 6 tap100i0-IN 02/Jan/2026:10:11:12 +0000 policy DROP: ", "100"),
            ("0 5 PVEFW-HOST-IN 02/Jan/2026:10:11:12 +0000 DROP: ", "198.51.100.7"),
            ("[Fri Jan  2 10:11:12 2026] ", "198.51.100.7"),
        ] {
            let log = read(&format!("{head}{line}\n"));
            assert_eq!(ports(&log), [(Protocol::Tcp, 23)], "{head}");
            assert_eq!(log.events[0].time_ns, 1_767_348_672_000_000_000, "{head}");
            assert_eq!(log.names.hosts, [host], "{head}");
            assert!(log.formats[0].starts_with("read as Linux firewall"));
        }
    }

    #[test]
    fn other_protocols_and_packets_that_are_quoted() {
        let head = "Jan  2 10:11:12 web kernel: ";
        let text = format!(
            "{head}IN=eth0 OUT= SRC=192.0.2.1 DST=198.51.100.7 LEN=60 PROTO=UDP SPT=5353 DPT=1900 LEN=40\n\
             {head}IN=eth0 OUT= SRC=192.0.2.1 DST=198.51.100.7 LEN=56 PROTO=ICMP TYPE=3 CODE=3 \
             [SRC=198.51.100.7 DST=192.0.2.1 LEN=28 PROTO=UDP SPT=53 DPT=4000 LEN=8 ]\n\
             {head}IN=eth0 OUT= SRC=192.0.2.1 DST=198.51.100.7 LEN=56 PROTO=47\n\
             {head}IN=eth0 OUT= SRC=2001:db8::1 DST=2001:db8::2 LEN=60 PROTO=ICMPv6 TYPE=128 CODE=0\n\
             {head}IN=br0 OUT= ARP HTYPE=1 PTYPE=0x0800 OPCODE=1 MACSRC=00:11 IPSRC=192.0.2.1\n\
             {head}IN=eth0 OUT= SRC=192.0.2.1 DST=198.51.100.7 LEN=1500 PROTO=UDP\n"
        );
        let log = read(&text);
        assert_eq!(ports(&log), [(Protocol::Udp, 1900)]);
        let protocols = ["ARP", "GRE", "ICMP", "ICMPV6"].map(|name| (name.to_owned(), 1));
        assert_eq!(log.other_protocols, protocols.into());
        assert_eq!(log.left_out[&Reason::NoPort].rows, 5);
    }

    #[test]
    fn replies_and_audits_are_told_and_can_be_drawn() {
        let line = |tag: &str, ends: &str, flags: &str| {
            format!("Jan  2 10:11:12 web kernel: {tag} IN=eth0 OUT= {ends} LEN=40 ID=1 PROTO=TCP {flags} URGP=0\n")
        };
        let (there, back) = ("SRC=192.0.2.1 DST=198.51.100.7", "SRC=198.51.100.7 DST=192.0.2.1");
        let text = [
            line("[UFW AUDIT]", there, "SPT=4000 DPT=22 WINDOW=1 RES=0x00 SYN"),
            line("[UFW ALLOW]", there, "SPT=4000 DPT=22 WINDOW=1 RES=0x00 SYN"),
            line("[UFW AUDIT]", back, "SPT=22 DPT=4000 WINDOW=1 RES=0x00 ACK SYN"),
            line("[UFW BLOCK]", there, "SPT=4000 DPT=23 WINDOW=1 RES=0x00 SYN"),
            line("[UFW BLOCK]", there, "SPT=4000 DPT=23 WINDOW=1 RES=0x00 SYN"),
            line("[UFW BLOCK]", there, "SPT=443 DPT=50000 WINDOW=1 RES=0x00 ACK FIN"),
        ]
        .concat();
        let log = read(&text);
        assert_eq!(ports(&log), [22, 23, 23].map(|port| (Protocol::Tcp, port)));
        assert_eq!(
            (log.left_out[&Reason::Repeat].rows, log.left_out[&Reason::Reply].rows),
            (1, 2)
        );
        let all = Options {
            replies: true,
            repeats: true,
            ..Options::default()
        };
        assert_eq!(read_with(&text, &all).events.len(), 6);
    }

    #[test]
    fn years_are_told_and_lines_of_something_else() {
        let text = format!(
            "Dec 31 23:59:59 web kernel: IN=eth0 OUT= SRC=192.0.2.1 DST=198.51.100.7 {SYN}\n\
             Jan  1 00:00:00 web CRON[12]: (root) CMD (true)\n\
             Jan  1 00:00:01 web kernel: IN=eth0 OUT= SRC=192.0.2.1 DST=198.51.100.7 {SYN}\n\
             Jan  1 00:00:02 web kernel: IN=eth0 OUT= SRC=192.0.2.1 DST=198.51"
        );
        let log = read(&text);
        let times: Vec<i64> = log.events.iter().map(|event| event.time_ns / 1_000_000_000).collect();
        // `date -u -d "2025-12-31 23:59:59" +%s`
        assert_eq!(times, [1_767_225_599, 1_767_225_601]);
        for remark in [
            "its times have neither year nor zone: the first is taken to be 2025-12-31 23:59:59, by the date in the log's name",
            "1 line of something else among the records, the first at line 2: left out, and not counted as rows",
        ] {
            assert!(log.warnings.contains(&remark.to_owned()), "{:?}", log.warnings);
        }
        let unreadable = &log.left_out[&Reason::Unreadable].first_rows[0];
        assert_eq!((unreadable.place.number, log.rows), (4, 3));
        assert!(unreadable.what.starts_with("`PROTO` is missing"));
    }

    #[test]
    fn a_line_without_a_time_is_told() {
        let log = read(&format!(
            "[12345.678] IN=eth0 OUT= SRC=192.0.2.1 DST=198.51.100.7 {SYN}\n\
             1767348672 s kernel: IN=eth0 OUT= SRC=192.0.2.1 DST=198.51.100.7 {SYN}\n"
        ));
        assert_eq!(log.events.len(), 1);
        assert!(
            log.left_out[&Reason::Unreadable].first_rows[0]
                .what
                .starts_with("`time` is empty")
        );
    }
}
