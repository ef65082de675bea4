//! Connections that honeypots logged as text: Cowrie's `New connection: 192.0.2.1:4000 (198.51.100.7:2222)`
//! and the `ACCEPT host=192.0.2.1 port=4000` of Endlessh and endlessh-go.
//!
//! Sources: <https://github.com/cowrie/cowrie>, `cowrie/ssh/factory.py` and `core/output.py`;
//! <https://github.com/skeeto/endlessh>, `endlessh.c`; <https://github.com/shizunge/endlessh-go>. Each
//! connection counts once, as a packet of TCP; other lines tell of what came of it. Endlessh does not name
//! its own port: it is taken to be 22.

use crate::input::fields::{Field, Fields};
use crate::input::format::About;
use crate::input::pairs::Pairs;
use crate::input::stamp::{Stamp, of_day};
use crate::input::syslog::Message;

use super::message::{Lines, Packets, Said};
use crate::input::formats::ends::End;

/// Cowrie's log as text.
pub(super) struct CowrieText;

/// The log of Endlessh.
pub(super) struct Endlessh;

const fn name_of(field: Field) -> &'static str {
    match field {
        Field::Time => "time",
        Field::Protocol => "protocol",
        Field::Port => "port",
        Field::Packets => "packets",
        Field::Bytes => "bytes",
        Field::Code | Field::Country => "country",
    }
}

impl Lines for CowrieText {
    fn about(&self) -> About {
        About {
            name: "cowrie-text",
            title: "Cowrie's log as text",
            counted: "each new connection as one packet; the host is the honeypot's address",
            measures: About::RECORDS,
        }
    }

    fn fields(&self) -> &'static str {
        "both ends of each new connection, TCP, and the line's time"
    }

    fn read<'l>(&self, message: &Message<'l>, packets: &mut Packets<'l>) -> Said {
        const NEW: &[u8] = b"New connection: ";
        let Some(at) = memchr::memmem::find(message.line, NEW) else {
            return if is_cowrie(message.line) {
                Said::Other
            } else {
                Said::Nothing
            };
        };
        let mut words = message.line[at + NEW.len()..].split(|byte| *byte == b' ');
        let from = words.next().unwrap_or_default();
        let to = words
            .next()
            .and_then(|word| word.strip_prefix(b"(")?.strip_suffix(b")"));
        let Some(to) = to else {
            return Said::Unreadable("connection has no two ends; expected `a:p (b:q)`".to_owned());
        };
        let (from, to) = (by_last_colon(from), by_last_colon(to));
        packets.fields = Fields {
            protocol: b"TCP",
            port: to.port,
            no_packet: true,
            source: from.address,
            destination: to.address,
            no_country: true,
            ..Fields::default()
        };
        Said::Packets
    }

    fn name_of(&self, field: Field) -> &'static str {
        name_of(field)
    }
}

/// Whether a line is Cowrie's: a time and a part of it in square brackets, `[HoneyPotSSHTransport,1,192.0.2.1] `.
fn is_cowrie(line: &[u8]) -> bool {
    const PARTS: [&[u8]; 6] = [
        b"[cowrie.",
        b"[HoneyPot",
        b"[SSHChannel",
        b"[CowrieTelnet",
        b"[SSHService",
        b"[twisted.",
    ];
    let begin = &line[..line.len().min(80)];
    memchr::memchr(b'[', begin).is_some_and(|at| PARTS.iter().any(|part| line[at..].starts_with(part)))
}

/// An address and a port behind the last colon, as Python writes them: `2001:db8::1:4000`.
fn by_last_colon(text: &[u8]) -> End<'_> {
    match memchr::memrchr(b':', text) {
        Some(colon) => End::of(&text[..colon], &text[colon + 1..]),
        None => End::of(text, b""),
    }
}

impl Lines for Endlessh {
    fn about(&self) -> About {
        About {
            name: "endlessh",
            title: "Endlessh and endlessh-go",
            counted: "each connection that was accepted as one packet to TCP 22, since the log names no port; the host \
                      is the one that logged it",
            measures: About::RECORDS,
        }
    }

    fn fields(&self) -> &'static str {
        "host as the source, TCP 22, and the line's time"
    }

    fn read<'l>(&self, message: &Message<'l>, packets: &mut Packets<'l>) -> Said {
        let of = |word: &[u8]| memchr::memmem::find(message.line, word);
        let Some(at) = of(b"ACCEPT host=") else {
            return if of(b"CLOSE host=").is_some() {
                Said::Other
            } else {
                Said::Nothing
            };
        };
        let Some((_, source)) = Pairs::of(&message.line[at + 7..])
            .next()
            .filter(|(_, value)| !value.is_empty())
        else {
            return Said::Unreadable("`host` is empty; expected an address".to_owned());
        };
        let mut fields = Fields {
            protocol: b"TCP",
            port: b"22",
            no_packet: true,
            // Without a host, the head has the first word in its place.
            host: if message.host == b"ACCEPT" { b"" } else { message.host },
            source: End::of(source, b"").address,
            no_country: true,
            ..Fields::default()
        };
        if message.stamp == Stamp::None
            && let Some((stamp, time)) = of_glog(message.line)
        {
            (packets.stamp, fields.time) = (stamp, time);
        }
        packets.fields = fields;
        Said::Packets
    }

    fn name_of(&self, field: Field) -> &'static str {
        name_of(field)
    }
}

/// The time of a line of Go's glog, `I0102 10:11:12.123456`, and its text.
fn of_glog(line: &[u8]) -> Option<(Stamp, &[u8])> {
    let [b'I' | b'W' | b'E', digits @ .., b' '] = line.get(..6)? else {
        return None;
    };
    let digits = str::from_utf8(digits).ok()?;
    let (of_day_ns, rest) = of_day(&line[6..])?;
    let (month, day) = (digits.get(..2)?.parse().ok()?, digits.get(2..)?.parse().ok()?);
    let exists = (1..=12).contains(&month) && (1..=31).contains(&day);
    let stamp = Stamp::Yearless { month, day, of_day_ns };
    exists.then_some((stamp, &line[..line.len() - rest.len()]))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{ports, read, sources};

    #[test]
    fn connections_to_cowrie() {
        let text = "2026-01-02T10:11:12.000000Z [cowrie.ssh.factory.CowrieSSHFactory] New connection: 192.0.2.1:4000 (198.51.100.7:2222) [session: abc]\n\
                    2026-01-02T10:11:13.000000Z [HoneyPotSSHTransport,1,192.0.2.1] login attempt [root/x] failed\n\
                    2026-01-02 10:11:14+0000 [cowrie.telnet.factory.HoneyPotTelnetFactory] New connection: 2001:db8::1:4001 (2001:db8::2:2223) [session: T1]\n\
                    2026-01-02T10:11:15.000000Z [cowrie.ssh.factory.CowrieSSHFactory] New connection: 192.0.2.1:40\n";
        let log = read(text);
        assert_eq!(ports(&log), ["TCP 2222", "TCP 2223"]);
        assert_eq!(sources(text), ["192.0.2.1", "2001:db8::1"]);
        assert_eq!(log.names.hosts, ["198.51.100.7", "2001:db8::2"]);
        assert_eq!(log.events[1].time_ns, 1_767_348_674_000_000_000);
        assert_eq!(log.rows, 3);
    }

    #[test]
    fn connections_to_endlessh() {
        let text = "2026-01-02T10:11:12.123Z ACCEPT host=::ffff:192.0.2.1 port=4000 fd=4 n=1/4096\n\
                    2026-01-02T10:12:12.123Z CLOSE host=::ffff:192.0.2.1 port=4000 fd=4 time=60.0 bytes=100\n\
                    Jan  2 10:11:12 trap endlessh[12]: 2026-01-02T10:11:12.123Z ACCEPT host=192.0.2.2 port=4001 fd=5 n=2/4096\n\
                    I0102 10:11:12.123456       1 main.go:93] ACCEPT host=192.0.2.3 port=4002 n=1/4096\n";
        let log = read(text);
        assert_eq!(ports(&log), ["TCP 22"; 3]);
        assert_eq!(sources(text), ["192.0.2.1", "192.0.2.2", "192.0.2.3"]);
        assert_eq!(log.names.hosts, ["", "trap"]);
        assert_eq!(log.events[1].time_ns, 1_767_348_672_123_000_000);
    }
}
