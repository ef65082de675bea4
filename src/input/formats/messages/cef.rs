//! Events of any device in ArcSight's Common Event Format, `CEF:0|vendor|product|version|id|name|severity|`
//! and pairs, and in IBM's Log Event Extended Format, `LEEF:1.0|vendor|product|version|id|` and pairs behind
//! tabs.
//!
//! Sources: ArcSight, "Implementing ArcSight Common Event Format";  IBM, "QRadar LEEF Guide"
//! (<https://www.ibm.com/docs/en/dsm?topic=overview-leef-event-components>). Counted are events with a
//! source and a destination port, by their number; what they are is up to the device, so nothing is known of
//! replies and repeats. Other events are not counted.

use crate::input::fields::{Field, Fields};
use crate::input::format::About;
use crate::input::pairs::Extension;
use crate::input::stamp::{Stamp, read_stamp};
use crate::input::syslog::Message;

use super::message::{Lines, Packets, Said};
use crate::input::formats::ends::End;

/// The format.
pub(super) struct Cef;

/// Number of bytes of the longest name of a sign between pairs, `0x0009`.
const MOST_DELIMITER_BYTES: usize = 6;

/// A tab as rsyslog writes it into its files.
const ESCAPED_TAB: &[u8] = b"#011";

/// The values of an event.
#[derive(Default)]
struct Values<'l> {
    source: &'l [u8],
    destination: &'l [u8],
    /// The IPv6 addresses, which some devices have in fields of their own.
    six: [&'l [u8]; 2],
    port: &'l [u8],
    protocol: &'l [u8],
    packets: &'l [u8],
    /// Those from the source to the destination.
    bytes: &'l [u8],
    host: &'l [u8],
    /// When it began, when it was received, when it ended.
    times: [&'l [u8]; 3],
    /// The source's country, whose code some devices have.
    country: Option<&'l [u8]>,
    /// Texts that the device labels, and their labels.
    labelled: [[&'l [u8]; 2]; 6],
}

impl<'l> Values<'l> {
    fn take(&mut self, key: &'l [u8], value: &'l [u8]) {
        let field = match key {
            b"src" | b"srcIP" => &mut self.source,
            b"dst" | b"dstIP" => &mut self.destination,
            b"c6a2" => &mut self.six[0],
            b"c6a3" => &mut self.six[1],
            b"dpt" | b"dstPort" => &mut self.port,
            b"proto" => &mut self.protocol,
            b"cnt" | b"srcPackets" => &mut self.packets,
            b"in" | b"srcBytes" => &mut self.bytes,
            b"dvchost" | b"deviceExternalId" | b"identHostName" if self.host.is_empty() => &mut self.host,
            b"start" => &mut self.times[0],
            b"rt" | b"devTime" => &mut self.times[1],
            b"end" => &mut self.times[2],
            b"FTNTFGTsrccountry" | b"srcCountry" | b"sourceGeoCountryCode" => self.country.get_or_insert(b""),
            [b'c', b's', number @ b'1'..=b'6', rest @ ..] if rest.is_empty() || rest == b"Label" => {
                &mut self.labelled[usize::from(number - b'1')][usize::from(!rest.is_empty())]
            }
            _ => return,
        };
        *field = value;
    }

    /// The source's country; none where the event has no such field.
    fn country(&self) -> Option<&'l [u8]> {
        let labelled = self.labelled.iter().find(|[_, label]| {
            let has = |word: &[u8]| label.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word));
            has(b"countr") && (has(b"source") || has(b"src"))
        });
        self.country.or(labelled.map(|[country, _]| *country))
    }
}

impl Lines for Cef {
    fn about(&self) -> About {
        About {
            name: "cef",
            title: "CEF and LEEF events of any device",
            counted: "each event with a source and a destination port, by its number; the host is the device, else the \
                      one that logged it, else the destination address",
            measures: About::EVERY,
        }
    }

    fn fields(&self) -> &'static str {
        "start or rt (devTime), src, dst, proto, dpt (dstPort), cnt"
    }

    fn read<'l>(&self, message: &Message<'l>, packets: &mut Packets<'l>) -> Said {
        let mut values = Values::default();
        if let Some(at) = memchr::memmem::find(message.line, b"CEF:") {
            let Some(text) = behind_bars(&message.line[at..], 7) else {
                return Said::Nothing;
            };
            Extension::of(text).for_each(|(key, value)| values.take(key, value));
        } else if let Some(at) = memchr::memmem::find(message.line, b"LEEF:") {
            let line = &message.line[at..];
            let Some(mut text) = behind_bars(line, 5) else {
                return Said::Nothing;
            };
            let mut between = b'\t';
            // The second version names the sign between pairs, in front of another bar.
            if line.starts_with(b"LEEF:2")
                && let Some(bar) = text
                    .iter()
                    .take(MOST_DELIMITER_BYTES + 1)
                    .position(|byte| *byte == b'|')
            {
                between = delimiter(&text[..bar]);
                text = &text[bar + 1..];
            }
            let mut take = |pair: &'l [u8]| {
                if let Some(equals) = memchr::memchr(b'=', pair) {
                    values.take(pair[..equals].trim_ascii(), pair[equals + 1..].trim_ascii());
                }
            };
            if memchr::memchr(between, text).is_some() {
                text.split(|byte| *byte == between).for_each(take);
            } else if between == b'\t' && memchr::memmem::find(text, ESCAPED_TAB).is_some() {
                let mut rest = text;
                while let Some(tab) = memchr::memmem::find(rest, ESCAPED_TAB) {
                    take(&rest[..tab]);
                    rest = &rest[tab + ESCAPED_TAB.len()..];
                }
                take(rest);
            } else {
                // Some devices put blanks there, as CEF does.
                Extension::of(text).for_each(|(key, value)| values.take(key, value));
            }
        } else {
            return Said::Nothing;
        }
        let [source, destination] = [(values.source, 0), (values.destination, 1)]
            .map(|(address, at)| if address.is_empty() { values.six[at] } else { address });
        if source.is_empty() || (values.port.is_empty() && values.protocol.is_empty()) {
            return Said::Other;
        }
        let (from, to) = (End::of(source, b""), End::of(destination, values.port));
        let mut fields = Fields {
            protocol: values.protocol,
            port: to.port,
            packets: if values.packets == b"0" { b"" } else { values.packets },
            bytes: values.bytes,
            host: if values.host.is_empty() {
                message.host
            } else {
                values.host
            },
            source: from.address,
            destination: to.address,
            no_country: values.country().is_none(),
            ..Fields::default()
        };
        match values.country().unwrap_or_default() {
            code @ [_, _] => fields.code = code,
            name => fields.country = name,
        }
        let own = values.times.iter().find_map(|text| Some((read_stamp(text)?.0, *text)));
        // A head may say more than a time without a year.
        if let Some((stamp, text)) = own
            && !matches!(
                (stamp, message.stamp),
                (Stamp::Yearless { .. } | Stamp::OfDay(_), Stamp::Utc(_))
            )
        {
            (packets.stamp, fields.time) = (stamp, text);
        }
        packets.fields = fields;
        Said::Packets
    }

    fn name_of(&self, field: Field) -> &'static str {
        match field {
            Field::Time => "rt",
            Field::Protocol => "proto",
            Field::Port => "dpt",
            Field::Packets => "cnt",
            Field::Bytes => "in",
            Field::Code | Field::Country => "source country",
        }
    }
}

/// What follows a number of bars; those behind a backslash are part of a name.
fn behind_bars(text: &[u8], bars: usize) -> Option<&[u8]> {
    let is_bar = |at: &usize| !text[..*at].ends_with(b"\\");
    let last = memchr::memchr_iter(b'|', text).filter(is_bar).nth(bars - 1)?;
    Some(&text[last + 1..])
}

/// The sign between pairs by the name that LEEF's second version has for it: itself, or its number in one to four
/// hexadecimal digits behind `0x` or `x`.
fn delimiter(name: &[u8]) -> u8 {
    if let [sign] = name {
        return *sign;
    }
    let digits = name
        .strip_prefix(b"0")
        .unwrap_or(name)
        .strip_prefix(b"x")
        .unwrap_or_default();
    let add = |number: u32, digit: &u8| Some(number * 16 + char::from(*digit).to_digit(16)?);
    let number = digits.iter().try_fold(0, add).filter(|number| *number > 0);
    number.and_then(|number| u8::try_from(number).ok()).unwrap_or(b'\t')
}

#[cfg(test)]
mod tests {
    use super::super::tests::{countries, ports, read, sources};

    #[test]
    fn pairs_of_leef_stand_behind_any_sign() {
        let head = "2026-01-02T10:11:12Z q LEEF:";
        for (version, between) in [
            ("1.0|IBM|IDS|1|deny|", "\t"),
            ("1.0|IBM|IDS|1|deny|", "#011"),
            ("1.0|IBM|IDS|1|deny|", " "),
            ("2.0|IBM|IDS|1|deny|", "\t"),
            ("2.0|IBM|IDS|1|deny||", "\t"),
            ("2.0|IBM|IDS|1|deny|^|", "^"),
            ("2.0|IBM|IDS|1|deny|x|", "x"),
            ("2.0|IBM|IDS|1|deny|x5E|", "^"),
            ("2.0|IBM|IDS|1|deny|x9|", "\t"),
            ("2.0|IBM|IDS|1|deny|0x009|", "\t"),
            ("2.0|IBM|IDS|1|deny|0x0009|", "\t"),
            ("2.0|IBM|IDS|1|deny|0x007C|", "|"),
        ] {
            let pairs = [
                "src=192.0.2.3",
                "dst=198.51.100.7",
                "srcPort=4000",
                "dstPort=22",
                "proto=TCP",
            ];
            let text = format!("{head}{version}{}\n", pairs.join(between));
            assert_eq!(ports(&read(&text)), ["TCP 22"], "{text}");
            assert_eq!(sources(&text), ["192.0.2.3"], "{text}");
        }
    }

    #[test]
    fn times_are_read_as_the_guides_have_them() {
        for time in [
            "1767348672000",
            "Jan 02 2026 10:11:12",
            "Jan 02 2026 10:11:12.000",
            "Jan 02 2026 10:11:12 UTC",
            "Jan 02 2026 10:11:12.000 GMT+00:00",
            "Jan 02 2026 11:11:12 GMT+01:00",
            "Jan 02 2026 10:11:12 +0000",
        ] {
            for (head, key, between) in [
                ("CEF:0|a|b|c|d|e|5|", "rt", " "),
                ("LEEF:1.0|a|b|c|d|", "devTime", "\t"),
            ] {
                let pairs = ["src=192.0.2.1", "dst=198.51.100.7", "dpt=23", "dstPort=23", "proto=TCP"].join(between);
                let text = format!("<13>{head}{key}={time}{between}{pairs}\n");
                let log = read(&text);
                assert_eq!(log.events[0].time_ns, 1_767_348_672_000_000_000, "{text}");
            }
        }
    }

    #[test]
    fn events_of_both_formats_are_read() {
        let text = "Jan  2 10:11:13 collector CEF:0|Vendor|Fire\\|wall|1|100|Traffic denied|5|rt=1767348672000 src=192.0.2.1 spt=4000 \
                    dst=198.51.100.7 dpt=23 proto=TCP cnt=3 dvchost=fw1 cs1Label=Source Country cs1=South Korea msg=a\\=b c\n\
                    <134>CEF:0|Fortinet|Fortigate|v7|13|traffic|3|start=Jan 02 2026 10:11:12 UTC: src=192.0.2.2 dst=198.51.100.7 dpt=53 \
                    proto=17 FTNTFGTsrccountry=China\n\
                    2026-01-02T10:11:12Z q LEEF:1.0|IBM|IDS|1|deny|src=192.0.2.3\tdst=198.51.100.7\tdstPort=22\tproto=tcp\n\
                    2026-01-02T10:11:12Z q LEEF:2.0|IBM|IDS|1|deny|^|src=192.0.2.4^dst=198.51.100.7^dstPort=80^proto=TCP^usrName=a b\n\
                    2026-01-02T10:11:12Z q LEEF:2.0|IBM|IDS|1|deny|0x7C|src=192.0.2.5|dst=198.51.100.7|dstPort=81|proto=TCP\n\
                    2026-01-02T10:11:12Z q CEF:0|V|P|1|2|Login|3|suser=x\n\
                    2026-01-02T10:11:12Z q CEF:0|V|P\n";
        let log = read(text);
        assert_eq!(ports(&log), ["TCP 23", "UDP 53", "TCP 22", "TCP 80", "TCP 81"]);
        assert_eq!(
            sources(text),
            ["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4", "192.0.2.5"]
        );
        assert_eq!(countries(&log)[..2], ["South Korea", "China"]);
        for event in &log.events {
            assert_eq!(event.time_ns, 1_767_348_672_000_000_000);
        }
        assert_eq!(log.events[0].packets, 3);
        assert_eq!(log.names.hosts, ["fw1", "198.51.100.7", "q"]);
        assert!(
            log.warnings
                .iter()
                .any(|warning| warning.starts_with("1 line of something else"))
        );
    }
}
