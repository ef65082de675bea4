//! The fields of a row and what they mean, in any format of text: time, protocol, port, packets, source
//! and receiving host. A format only finds them. Knows no format and no file.

use std::borrow::Cow;

use crate::model::{MOST_PACKETS, Measure, Port, Protocol};

use super::names::stands_for_none;
use super::record::{Address, Amounts, Origin, Tie};
use super::time::TimeError;
use super::time_reader::TimeReader;

/// Number of characters of a value that a message quotes: enough to find it by, and to fit a terminal's line.
const QUOTED_CHARS: usize = 40;

/// The fields of a row as a format found them, without blanks around them. A field is empty where the
/// row has none.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Fields<'a> {
    pub time: &'a [u8],
    pub protocol: &'a [u8],
    pub port: &'a [u8],
    pub packets: &'a [u8],
    /// Number of bytes, read where they are measured.
    pub bytes: &'a [u8],
    /// Whether the record of a row without a number of packets is no packet itself.
    pub no_packet: bool,
    /// Code of the source country.
    pub code: &'a [u8],
    /// Name of the source country.
    pub country: &'a [u8],
    /// Name of the receiving host.
    pub host: &'a [u8],
    /// Address of the source.
    pub source: Address<'a>,
    /// Port of the source, where a format needs it for the tie.
    pub source_port: &'a [u8],
    /// Address of the receiving host.
    pub destination: Address<'a>,
    /// The time, where the format reads it by itself; `time` is its text all the same, for messages.
    pub time_ns: Option<i64>,
    /// Value of the column that sources are grouped by, where they are.
    pub group: &'a [u8],
    /// Whether the log has no countries: then they are those of the sources' addresses.
    pub no_country: bool,
    /// Whether points part the digits of numbers in threes, and a comma parts whole from fraction.
    pub points: bool,
    pub tie: Tie,
}

impl<'a> Fields<'a> {
    /// Where the packets are from.
    #[inline]
    pub fn origin(&self) -> Origin<'a> {
        if self.no_country {
            Origin::Address
        } else {
            Origin::Named {
                code: self.code,
                name: self.country,
            }
        }
    }

    /// Reads a number of the row, however its digits are parted.
    #[inline]
    fn number<T>(&self, text: &[u8], read: impl FnOnce(&[u8]) -> Option<T>) -> Option<T> {
        if self.points {
            read(&by_commas(text))
        } else {
            read(text)
        }
    }
}

/// A field that a message may be about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Time,
    Protocol,
    Port,
    Packets,
    Bytes,
    Code,
    Country,
}

/// The meaning of a row, its country and host apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Row {
    /// Packets to a port.
    Drawable { time_ns: i64, port: Port, amounts: Amounts },
    /// A protocol without ports, or a port that is not given; the field that says so.
    NoPort { amounts: Amounts, field: Field },
}

/// The reason why a row cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    Time(TimeError),
    NoProtocol,
    Port,
    Packets,
    Bytes,
    Code,
    Country,
}

impl Row {
    /// Reads all of a row but its country and host, and its bytes where they are measured.
    #[inline]
    pub fn read(fields: &Fields<'_>, times: &TimeReader, measure: Measure) -> Result<Self, Fault> {
        // The time first, of every row: without one it is no row, whatever its protocol.
        let time_ns = match fields.time_ns {
            Some(time_ns) => time_ns,
            None => times.read(fields.time).map_err(Fault::Time)?,
        };
        let packets = fields.number(fields.packets, amount).ok_or(Fault::Packets)?;
        let bytes = match measure {
            Measure::Bytes => fields.number(fields.bytes, amount).ok_or(Fault::Bytes)?,
            Measure::Packets | Measure::Records => None,
        };
        let amounts = Amounts {
            packets: packets.unwrap_or(1),
            has_packets: packets.is_some() || !fields.no_packet,
            bytes,
        };
        let protocol = match transport_of(fields.protocol) {
            Some(protocol) => protocol,
            None if fields.protocol.is_empty() => return Err(Fault::NoProtocol),
            None => {
                return Ok(Self::NoPort {
                    amounts,
                    field: Field::Protocol,
                });
            }
        };
        let number = match fields.number(fields.port, port_number) {
            Some(number) => number,
            None if fields.port.is_empty() || stands_for_none(fields.port) => {
                return Ok(Self::NoPort {
                    amounts,
                    field: Field::Port,
                });
            }
            None => return Err(Fault::Port),
        };
        let port = Port { protocol, number };
        Ok(Self::Drawable { time_ns, port, amounts })
    }
}

impl Fault {
    /// The fault of a row whose country cannot be one.
    #[cold]
    pub fn country(fields: &Fields<'_>) -> Self {
        if fields.code.is_empty() || stands_for_none(fields.code) {
            Self::Country
        } else {
            Self::Code
        }
    }

    /// The field that cannot be read.
    pub fn field(self) -> Field {
        match self {
            Self::Time(_) => Field::Time,
            Self::NoProtocol => Field::Protocol,
            Self::Port => Field::Port,
            Self::Packets => Field::Packets,
            Self::Bytes => Field::Bytes,
            Self::Code => Field::Code,
            Self::Country => Field::Country,
        }
    }

    /// The value that was expected.
    fn expected(self) -> String {
        match self {
            Self::Time(error) => error.to_string(),
            Self::NoProtocol => "expected TCP, UDP or another protocol".to_owned(),
            Self::Port => "expected a port number 0-65535".to_owned(),
            Self::Packets => format!("expected a number of packets, {MOST_PACKETS} or fewer"),
            Self::Bytes => format!("expected a number of bytes, {MOST_PACKETS} or fewer"),
            Self::Code | Self::Country => {
                "expected a country without control characters, stray quotes, delimiters and `#`".to_owned()
            }
        }
    }

    /// The value that was found in a field called `name`, and the one that was expected.
    pub fn describe(self, name: &str, fields: &Fields<'_>) -> String {
        format!("{}; {}", self.field().quote(name, fields), self.expected())
    }
}

impl Field {
    /// The field of a row.
    fn of<'a>(self, fields: &Fields<'a>) -> &'a [u8] {
        match self {
            Self::Time => fields.time,
            Self::Protocol => fields.protocol,
            Self::Port => fields.port,
            Self::Packets => fields.packets,
            Self::Bytes => fields.bytes,
            Self::Code => fields.code,
            Self::Country => fields.country,
        }
    }

    /// Name and value, as in `` `dpt` is "http" ``.
    pub fn quote(self, name: &str, fields: &Fields<'_>) -> String {
        let name = escape(name.as_bytes());
        match self.of(fields) {
            [] => format!("`{name}` is empty"),
            value => format!("`{name}` is \"{}\"", escape(value)),
        }
    }
}

/// TCP or UDP by name or number (<https://www.iana.org/assignments/protocol-numbers>); none for all else.
#[inline]
pub(super) fn transport(name: &[u8]) -> Option<Protocol> {
    match name {
        [b't' | b'T', b'c' | b'C', b'p' | b'P'] | b"6" => Some(Protocol::Tcp),
        [b'u' | b'U', b'd' | b'D', b'p' | b'P'] | b"17" => Some(Protocol::Udp),
        [b'0'..=b'9', ..] => match whole_number(name, 255) {
            Some(6) => Some(Protocol::Tcp),
            Some(17) => Some(Protocol::Udp),
            _ => None,
        },
        _ => None,
    }
}

/// The same for the values of a column, which may be stacks of protocols: `eth:ethertype:ip:tcp:ssh` is TCP, the outermost
/// that has ports.
#[inline]
pub(super) fn transport_of(name: &[u8]) -> Option<Protocol> {
    match transport(name) {
        None if name.contains(&b':') => {
            let parts = name.split(|byte| *byte == b':');
            // What follows ICMP is the packet that it quotes.
            parts.take_while(|part| !part.starts_with(b"icmp")).find_map(transport)
        }
        found => found,
    }
}

/// The number of a port: digits, or one of the notations of [`odd_whole_number`], perhaps with its protocol
/// (`80/tcp`).
#[inline]
pub(super) fn port_number(text: &[u8]) -> Option<u16> {
    let number = whole_number(text, u64::from(u16::MAX)).or_else(|| {
        let slash = memchr::memchr(b'/', text)?;
        transport(&text[slash + 1..]).and_then(|_| whole_number(&text[..slash], u64::from(u16::MAX)))
    });
    number.and_then(|number| u16::try_from(number).ok())
}

/// A number of packets or of bytes: `Some(None)` where there is none, and `None` where it cannot be one.
#[inline]
fn amount(text: &[u8]) -> Option<Option<u64>> {
    match text {
        [] => Some(None),
        digits => match whole_number(digits, MOST_PACKETS) {
            None if stands_for_none(digits) => Some(None),
            number => number.map(Some),
        },
    }
}

/// The sum of two numbers, each of which may be missing. Where both are, or one is no number, that one as it is written.
pub(super) fn sum<'a>(one: &'a [u8], other: &'a [u8]) -> Cow<'a, [u8]> {
    match (amount(one), amount(other)) {
        (Some(None), Some(None)) | (None, _) => Cow::Borrowed(one),
        (_, None) => Cow::Borrowed(other),
        (Some(one), Some(other)) => {
            // Each has less than 64 bits.
            let both = one.unwrap_or(0) + other.unwrap_or(0);
            Cow::Owned(both.to_string().into_bytes())
        }
    }
}

/// A whole number up to `most`, below 2^64: digits (`str::parse` would take a plus), or one of the
/// notations of [`odd_whole_number`].
#[inline]
pub(super) fn whole_number(text: &[u8], most: u64) -> Option<u64> {
    let mut sum = 0_u64;
    for byte in text {
        if !byte.is_ascii_digit() {
            return odd_whole_number(text, most);
        }
        // One more digit would not fit.
        if sum > u64::MAX / 10 - 1 {
            return None;
        }
        sum = sum * 10 + u64::from(byte - b'0');
    }
    (sum <= most && !text.is_empty()).then_some(sum)
}

/// A whole number as programs write it that take it for something else: `80.0` (pandas, for a column
/// with gaps), `8e3` and `1.5E+2`, `8,080` (Kibana).
#[cold]
fn odd_whole_number(text: &[u8], most: u64) -> Option<u64> {
    let (mantissa, exponent) = match memchr::memchr2(b'e', b'E', text) {
        Some(at) => {
            let exponent = &text[at + 1..];
            let exponent = exponent.strip_prefix(b"+").unwrap_or(exponent);
            (&text[..at], usize::try_from(plain_number(exponent)?).ok()?)
        }
        None => (text, 0),
    };
    let (whole, fraction) = match memchr::memchr(b'.', mantissa) {
        Some(at) => (&mantissa[..at], &mantissa[at + 1..]),
        None => (mantissa, &[][..]),
    };
    let mut digits = without_separators(whole)?;
    // The exponent moves the point; everything behind it must be zeros.
    let (moved, rest) = fraction.split_at(exponent.min(fraction.len()));
    digits.extend_from_slice(moved);
    if !rest.iter().all(|byte| *byte == b'0') {
        return None;
    }
    let zeros = exponent - moved.len();
    if digits.iter().any(|byte| *byte != b'0') {
        // 2^64 has 20 digits.
        if zeros > 20 {
            return None;
        }
        digits.resize(digits.len() + zeros, b'0');
    }
    plain_number(&digits).filter(|number| *number <= most)
}

/// A number as it is written where commas part digits in threes, for one that may be written by points: `1.234` and
/// `1.234,0` are 1234, and `80,0` is 80. Of one with neither sign, or with commas alone that part threes, all is left.
#[cold]
fn by_commas(text: &[u8]) -> Cow<'_, [u8]> {
    if !text.contains(&b'.') && (!text.contains(&b',') || without_separators(text).is_some()) {
        return Cow::Borrowed(text);
    }
    let swapped = text.iter().map(|byte| match byte {
        b'.' => b',',
        b',' => b'.',
        other => *other,
    });
    Cow::Owned(swapped.collect())
}

/// What the values of a column tell of how its numbers are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Parted {
    /// Points part digits in threes.
    ByPoints,
    /// Points part whole from fraction.
    AtPoints,
    /// Nothing.
    Unknown,
}

impl Parted {
    /// What values tell: of `1.234` the point parts threes, of `80.0` the fraction. Where all have the same number of
    /// zeros behind a point, they are fractions.
    pub fn of<'v>(values: impl Iterator<Item = &'v [u8]>) -> Self {
        let (mut values_seen, mut zeros, mut threes) = (0, 0, 0);
        for value in values.filter(|value| value.first().is_some_and(u8::is_ascii_digit)) {
            values_seen += 1;
            let Some(point) = memchr::memchr(b'.', value) else {
                continue;
            };
            let whole = memchr::memchr(b',', value).map_or(value, |comma| &value[..comma]);
            let swapped: Vec<u8> = whole
                .iter()
                .map(|byte| if *byte == b'.' { b',' } else { *byte })
                .collect();
            if point > whole.len() || without_separators(&swapped).is_none() {
                return Self::AtPoints;
            }
            threes += 1;
            zeros += usize::from(&whole[point..] == b".000");
        }
        match threes {
            0 => Self::Unknown,
            _ if zeros == values_seen => Self::AtPoints,
            _ => Self::ByPoints,
        }
    }
}

/// Digits without the commas that part them in threes; `None` where commas stand elsewhere.
fn without_separators(text: &[u8]) -> Option<Vec<u8>> {
    let mut groups = text.split(|byte| *byte == b',');
    let first = groups.next()?;
    let mut digits = first.to_vec();
    for group in groups {
        if group.len() != 3 || first.is_empty() || first.len() > 3 {
            return None;
        }
        digits.extend_from_slice(group);
    }
    (!digits.is_empty()).then_some(digits)
}

fn plain_number(digits: &[u8]) -> Option<u64> {
    let all_digits = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    all_digits.then(|| str::from_utf8(digits).ok()?.parse().ok()).flatten()
}

/// Bytes of a log as a message can show them: on one line, valid UTF-8, and cut.
pub(super) fn escape(bytes: &[u8]) -> String {
    // Four bytes a character at most: bytes beyond are cut off, however many they are.
    let bytes = &bytes[..bytes.len().min(4 * (QUOTED_CHARS + 1))];
    let mut text = String::new();
    let mut chars = 0;
    for chunk in bytes.utf8_chunks() {
        let valid = chunk.valid().chars().map(|c| match c {
            '\'' | '"' => c.to_string(),
            _ => c.escape_debug().to_string(),
        });
        for shown in valid.chain(chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}"))) {
            if chars == QUOTED_CHARS {
                text.push('…');
                return text;
            }
            text.push_str(&shown);
            chars += 1;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn whole_numbers_however_they_are_written() {
        for (text, expected) in [
            ("0", Some(0)),
            ("00080", Some(80)),
            ("80.0", Some(80)),
            ("80.", Some(80)),
            ("8,080", Some(8080)),
            ("8,080.00", Some(8080)),
            ("8e3", Some(8000)),
            ("1.5E+2", Some(150)),
            ("6e+09", Some(6_000_000_000)),
            ("9007199254740993", Some((1 << 53) + 1)),
            ("9223372036854775807", Some(i64::MAX as u64)),
            ("9,223,372,036,854,775,807.0", Some(i64::MAX as u64)),
            ("92233720368547758.07e2", Some(i64::MAX as u64)),
            ("0e99999", Some(0)),
            ("", None),
            (".", None),
            (".5", None),
            ("80.5", None),
            ("1.55e1", None),
            ("+80", None),
            ("-1", None),
            ("8e-1", None),
            ("8e", None),
            ("e3", None),
            ("1e60", None),
            ("1e99999999999999999999", None),
            ("80,80", None),
            ("8080,000", None),
            (",080", None),
            ("8,,080", None),
            ("8 080", None),
            ("0x50", None),
            ("9223372036854775808", None),
            ("18446744073709551616", None),
            ("99999999999999999999999999", None),
        ] {
            assert_eq!(whole_number(text.as_bytes(), MOST_PACKETS), expected, "{text:?}");
        }
        for (text, expected) in [
            ("9223372036854775807", Some(i64::MAX as u64)),
            ("9,223,372,036,854,775,807.0", Some(i64::MAX as u64)),
            ("9223372036854775808", None),
            ("18446744073709551616", None),
            ("9e18", Some(9_000_000_000_000_000_000)),
            ("1e19", None),
            ("1e20", None),
        ] {
            assert_eq!(whole_number(text.as_bytes(), i64::MAX as u64), expected, "{text:?}");
        }
        assert_eq!(whole_number(b"65536", 65_535), None);
        assert_eq!(whole_number(b"65,536", 65_535), None);
    }

    #[test]
    fn ports_and_protocols_of_columns() {
        for (text, expected) in [
            ("80", Some(80)),
            ("80/tcp", Some(80)),
            ("5,900", Some(5900)),
            ("65536", None),
            ("80/http", None),
            ("/tcp", None),
            ("http", None),
        ] {
            assert_eq!(port_number(text.as_bytes()), expected, "{text}");
        }
        for (text, expected) in [
            ("eth:ethertype:ip:tcp:ssh", Some(Protocol::Tcp)),
            ("eth:ethertype:ipv6:udp:dns", Some(Protocol::Udp)),
            ("eth:ethertype:ip:icmp:ip:udp", None),
            ("eth:ethertype:arp", None),
            ("17", Some(Protocol::Udp)),
        ] {
            assert_eq!(transport_of(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn protocols_by_name_and_number() {
        for (text, expected) in [
            ("tcp", Some(Protocol::Tcp)),
            ("6", Some(Protocol::Tcp)),
            ("6.0", Some(Protocol::Tcp)),
            ("Udp", Some(Protocol::Udp)),
            ("17.0", Some(Protocol::Udp)),
            ("1", None),
            ("tcp6", None),
            ("", None),
        ] {
            assert_eq!(transport(text.as_bytes()), expected, "{text:?}");
        }
    }

    #[test]
    fn points_part_threes_where_they_do() {
        for (text, expected) in [
            ("1.234", Some(1234)),
            ("1.000", Some(1000)),
            ("1.234.567", Some(1_234_567)),
            ("1.234,0", Some(1234)),
            ("80,0", Some(80)),
            ("80", Some(80)),
            ("5,900", Some(5900)),
            ("80.5", None),
            ("12.34", None),
            ("80,5", None),
        ] {
            assert_eq!(
                whole_number(&by_commas(text.as_bytes()), MOST_PACKETS),
                expected,
                "{text:?}"
            );
        }
    }

    #[test]
    fn values_tell_what_points_are() {
        for (values, expected) in [
            (&["1.234", "12", "1.000"][..], Parted::ByPoints),
            (&["12", "1.000"], Parted::ByPoints),
            (&["1.234,00", "5,00"], Parted::ByPoints),
            (&["12.000", "1.000"], Parted::AtPoints),
            (&["12.0", "1.234"], Parted::AtPoints),
            (&["1,234.00"], Parted::AtPoints),
            (&["12", "", "-"], Parted::Unknown),
        ] {
            assert_eq!(
                Parted::of(values.iter().map(|value| value.as_bytes())),
                expected,
                "{values:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn numbers_are_those_that_were_written(number in 0..=1_u64 << 53, zeros in 0..4_usize) {
            let digits = number.to_string();
            let mut commas = String::new();
            for (at, digit) in digits.chars().enumerate() {
                if at > 0 && (digits.len() - at).is_multiple_of(3) {
                    commas.push(',');
                }
                commas.push(digit);
            }
            for text in [digits, format!("{number}.{}", "0".repeat(zeros)), commas] {
                prop_assert_eq!(whole_number(text.as_bytes(), MOST_PACKETS), Some(number), "{}", text);
            }
        }

        #[test]
        fn no_text_panics(text in "[0-9,.eE+-]{0,30}", most in any::<u64>()) {
            let _ = whole_number(text.as_bytes(), most);
        }
    }
}
