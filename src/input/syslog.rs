//! The head that stands before the messages of a syslog: time, host and program. Knows no message.
//!
//! Heads are of RFC 5424 (<https://www.rfc-editor.org/rfc/rfc5424>) or of RFC 3164
//! (<https://www.rfc-editor.org/rfc/rfc3164>) as it is practised: with or without a priority, a host and a
//! program, with times of all kinds (see `stamp.rs`). A collector sets its own before the sender's: then
//! the host is the sender's, and the time the last of those that say most, a year and a zone.

use super::stamp::{Stamp, read_stamp};

/// Heads before one message, at most.
const MOST_HEADS: usize = 4;

/// Names of hosts and programs are shorter than this (RFC 5424, section 6).
const MOST_NAME_BYTES: usize = 255;

/// A line of a log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Message<'l> {
    /// All of it.
    pub line: &'l [u8],
    pub stamp: Stamp,
    /// The stamp as it is written.
    pub time: &'l [u8],
    /// Name or address of the sender; empty where there is none.
    pub host: &'l [u8],
    /// The program, without its process number; empty where there is none.
    pub program: &'l [u8],
    /// What follows the head.
    pub text: &'l [u8],
}

impl<'l> Message<'l> {
    /// Takes a line apart; one without a head is all text.
    #[inline]
    pub fn of(line: &'l [u8]) -> Self {
        let mut message = Self {
            line,
            text: line,
            ..Self::default()
        };
        for _ in 0..MOST_HEADS {
            if !message.take_head() {
                break;
            }
        }
        message
    }

    /// Takes a head off the text; false where there is none.
    fn take_head(&mut self) -> bool {
        let mut text = self.text.trim_ascii_start();
        let mut found = false;
        if let Some(rest) = without_priority(text) {
            if let Some(rest) = without_version(rest)
                && self.take_5424(rest)
            {
                return true;
            }
            text = rest;
            found = true;
        }
        if let Some((stamp, length)) = read_stamp(text) {
            let (time, rest) = text.split_at(length);
            self.take_stamp(stamp, time);
            let rest = without_kiwi(rest.trim_ascii_start());
            match rest.strip_prefix(b":") {
                // Nothing but a time, as Cisco's devices write it.
                Some(rest) => text = rest.trim_ascii_start(),
                // The program's own time.
                None if !self.program.is_empty() => text = rest,
                None => text = self.take_host(rest),
            }
        } else if !found {
            return false;
        }
        if let Some((program, rest)) = program(text) {
            self.program = program;
            text = rest.trim_ascii_start();
        }
        self.text = text;
        true
    }

    /// Takes a head of RFC 5424 behind its version.
    fn take_5424(&mut self, text: &'l [u8]) -> bool {
        let mut words = [&b""[..]; 5];
        let mut rest = text;
        for word in &mut words {
            let Some(blank) = memchr::memchr(b' ', rest) else {
                return false;
            };
            (*word, rest) = (&rest[..blank], &rest[blank + 1..]);
        }
        let [time, host, program, ..] = words;
        let stamp = match time {
            b"-" => Stamp::None,
            _ => match read_stamp(time) {
                Some((stamp, length)) if length == time.len() => stamp,
                _ => return false,
            },
        };
        let Some(rest) = without_structured_data(rest) else {
            return false;
        };
        self.take_stamp(stamp, time);
        if host != b"-" {
            self.host = host;
        }
        self.program = if program == b"-" { b"" } else { program };
        let rest = rest.trim_ascii_start();
        self.text = rest.strip_prefix(b"\xef\xbb\xbf").unwrap_or(rest);
        true
    }

    /// Takes a time, unless one before says more.
    fn take_stamp(&mut self, stamp: Stamp, time: &'l [u8]) {
        // A router that was never set to the time has a `*` before it.
        let says = |stamp: Stamp, time: &[u8]| match stamp {
            Stamp::None => 0,
            _ if time.starts_with(b"*") => 1,
            Stamp::OfDay(_) => 2,
            Stamp::Yearless { .. } => 3,
            Stamp::Local(_) => 4,
            Stamp::Utc(_) => 5,
        };
        if says(stamp, time) >= says(self.stamp, self.time) && stamp != Stamp::None {
            (self.stamp, self.time) = (stamp, time);
        }
    }

    /// Takes the host at the beginning of a text, if there is one; returns what follows.
    #[inline]
    fn take_host(&mut self, text: &'l [u8]) -> &'l [u8] {
        let Some(blank) = text.iter().position(|byte| matches!(byte, b' ' | b'\t')) else {
            return text;
        };
        let (word, rest) = (&text[..blank], text[blank..].trim_ascii_start());
        let odd = |byte: &u8| {
            matches!(
                byte,
                b'=' | b',' | b'[' | b']' | b'<' | b'{' | b'"' | b'|' | b'%' | b'('
            )
        };
        let is_host =
            !word.is_empty() && word.len() <= MOST_NAME_BYTES && !word.ends_with(b":") && !word.iter().any(odd);
        if !is_host || read_stamp(text).is_some() {
            return text;
        }
        self.host = word;
        // `host : %ASA-6-302013: ...`
        rest.strip_prefix(b": ").map_or(rest, <[u8]>::trim_ascii_start)
    }
}

/// What follows a priority, `<134>`.
fn without_priority(text: &[u8]) -> Option<&[u8]> {
    let rest = text.strip_prefix(b"<")?;
    let digits = rest.iter().take(3).take_while(|byte| byte.is_ascii_digit()).count();
    let rest = rest[digits..].strip_prefix(b">")?;
    (digits > 0).then(|| rest.trim_ascii_start())
}

/// What follows the version of RFC 5424.
fn without_version(text: &[u8]) -> Option<&[u8]> {
    text.strip_prefix(b"1 ")
}

/// What follows structured data: `-`, or `[id name="value"]` once or several times.
fn without_structured_data(text: &[u8]) -> Option<&[u8]> {
    if let Some(rest) = text.strip_prefix(b"-") {
        return Some(rest);
    }
    let mut rest = text;
    while rest.starts_with(b"[") {
        let (mut quoted, mut escaped) = (false, false);
        let end = rest.iter().position(|byte| {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => quoted = !quoted,
                b']' => return !quoted,
                _ => {}
            }
            false
        })?;
        rest = &rest[end + 1..];
    }
    (rest.len() < text.len()).then_some(rest)
}

/// What follows the priority of Kiwi's files, `Local4.Warning`.
fn without_kiwi(text: &[u8]) -> &[u8] {
    const LEVELS: [&[u8]; 8] = [
        b"Emerg",
        b"Alert",
        b"Critical",
        b"Error",
        b"Warning",
        b"Notice",
        b"Info",
        b"Debug",
    ];
    let letters = text
        .iter()
        .take(16)
        .take_while(|byte| byte.is_ascii_alphanumeric())
        .count();
    let rest = text[letters..].strip_prefix(b".").unwrap_or_default();
    let level = LEVELS.iter().find(|level| rest.starts_with(level));
    match level.map(|level| &rest[level.len()..]) {
        Some(rest) if matches!(rest.first(), Some(b' ' | b'\t')) => rest.trim_ascii_start(),
        _ => text,
    }
}

/// The program at the beginning of a text, as in `kernel: ` and `filterlog[123]: `, and what follows it.
#[inline]
fn program(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let in_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/');
    let length = text
        .iter()
        .take(MOST_NAME_BYTES)
        .take_while(|byte| in_name(byte))
        .count();
    let (name, mut rest) = text.split_at(length);
    if let Some(inner) = rest.strip_prefix(b"[") {
        let end = inner.iter().take(MOST_NAME_BYTES).position(|byte| *byte == b']')?;
        rest = &inner[end + 1..];
    }
    let rest = rest.strip_prefix(b":")?;
    // Addresses have colons, too.
    let ends = matches!(rest.first(), None | Some(b' ' | b'[' | b'%'));
    (length > 0 && ends).then_some((name, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Time, host, program and text of a line.
    fn parts(line: &str) -> [&str; 4] {
        let message = Message::of(line.as_bytes());
        let parts = [message.time, message.host, message.program, message.text];
        parts.map(|part| std::str::from_utf8(part).unwrap())
    }

    #[test]
    fn heads_of_all_kinds() {
        for (line, expected) in [
            (
                "Jan  2 10:11:12 fw kernel: [12.5] IN=eth0",
                ["Jan  2 10:11:12", "fw", "kernel", "[12.5] IN=eth0"],
            ),
            (
                "<134>Jan  2 10:11:12 fw filterlog[123]: 5,,,1",
                ["Jan  2 10:11:12", "fw", "filterlog", "5,,,1"],
            ),
            (
                "Jan  2 10:11:12 filterlog[123]: 5,,,1",
                ["Jan  2 10:11:12", "", "filterlog", "5,,,1"],
            ),
            (
                "<134>1 2026-01-02T10:11:12+01:00 fw filterlog 123 - [meta id=\"]\\\"\"][x] 5,,,1",
                ["2026-01-02T10:11:12+01:00", "fw", "filterlog", "5,,,1"],
            ),
            (
                "<134>1 2026-01-02T10:11:12Z fw - - - - \u{feff}5,,,1",
                ["2026-01-02T10:11:12Z", "fw", "", "5,,,1"],
            ),
            ("<134>1 - fw app - - - x", ["", "fw", "app", "x"]),
            (
                "2026-01-02T10:11:12.5+01:00 fw kernel: IN=",
                ["2026-01-02T10:11:12.5+01:00", "fw", "kernel", "IN="],
            ),
            (
                "1767348672 sensor kernel:[12.5] DSHIELDINPUT IN=",
                ["1767348672", "sensor", "kernel", "[12.5] DSHIELDINPUT IN="],
            ),
            (
                "Jan 02 2026 10:11:12 asa : %ASA-6-302013: Built",
                ["Jan 02 2026 10:11:12", "asa", "", "%ASA-6-302013: Built"],
            ),
            (
                "<166>Jan 02 2026 10:11:12: %ASA-6-302013: Built",
                ["Jan 02 2026 10:11:12", "", "", "%ASA-6-302013: Built"],
            ),
            ("<166>%ASA-6-302013: Built", ["", "", "", "%ASA-6-302013: Built"]),
            (
                "<13>date=2026-01-02 time=10:11:12",
                ["", "", "", "date=2026-01-02 time=10:11:12"],
            ),
            (
                "2026-01-02 10:11:12\tLocal4.Warning\t10.0.0.1\t%ASA-4-106023: Deny",
                ["2026-01-02 10:11:12", "10.0.0.1", "", "%ASA-4-106023: Deny"],
            ),
            (
                "Jan  2 10:11:12 router firewall,info input: in:ether1",
                ["Jan  2 10:11:12", "router", "", "firewall,info input: in:ether1"],
            ),
            (
                "jan/02/2026 10:11:12 firewall,info input: in:ether1",
                ["jan/02/2026 10:11:12", "", "", "firewall,info input: in:ether1"],
            ),
            ("IN=eth0 OUT=", ["", "", "", "IN=eth0 OUT="]),
            ("", ["", "", "", ""]),
        ] {
            assert_eq!(parts(line), expected, "{line:?}");
        }
    }

    #[test]
    fn of_several_heads_the_host_is_the_last_and_the_time_that_which_says_most() {
        for (line, time, host) in [
            (
                "2026-01-02T10:11:13Z relay <134>Jan  2 11:11:12 fw kernel: x",
                "2026-01-02T10:11:13Z",
                "fw",
            ),
            (
                "Jan  2 10:11:13 relay 2026-01-02T10:11:12Z fw kernel: x",
                "2026-01-02T10:11:12Z",
                "fw",
            ),
            (
                "Jan  2 10:11:13 trap endlessh[1]: 2026-01-02T10:11:12Z ACCEPT x",
                "2026-01-02T10:11:12Z",
                "trap",
            ),
            (
                "Jan  2 10:11:13 relay Jan  2 10:11:12 fw kernel: x",
                "Jan  2 10:11:12",
                "fw",
            ),
            (
                "Jan  2 10:11:13 10.0.0.1 123: *Mar  1 00:00:05.123: %SEC-6-X: list",
                "Jan  2 10:11:13",
                "10.0.0.1",
            ),
            (
                "Jan  2 10:11:13 10.0.0.1 123: Jan  2 10:11:12.123 UTC: %SEC-6-X: list",
                "Jan  2 10:11:12.123 UTC",
                "10.0.0.1",
            ),
        ] {
            let parts = parts(line);
            assert_eq!([parts[0], parts[1]], [time, host], "{line:?}");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(
            bytes in proptest::collection::vec(any::<u8>(), 0..60),
            text in "(<[0-9]{0,4}>)?(1 )?(Jan  2 10:11:12|-|2026-01-02T10:11:12Z)?[ a-z\\[\\]:\"=.-]{0,40}",
        ) {
            Message::of(&bytes);
            let message = Message::of(text.as_bytes());
            prop_assert!(text.as_bytes().ends_with(message.text));
        }
    }
}
