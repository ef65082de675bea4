//! The filter of `--where`: which records of a log are read, by what every log has. Its grammar is in the
//! style of Wireshark's display filters (see `parse.rs`).

mod error;
mod expression;
mod parse;
mod tokens;

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

pub use error::FilterError;
pub use expression::Facts;
#[cfg(feature = "prepared")]
use expression::{End, Number};
use expression::{Expression, Text, Thing};

use super::fields::escape;
use crate::model::Source;

/// A filter of records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    text: Arc<str>,
    expression: Arc<Expression>,
}

impl Filter {
    /// Whether it looks at the countries of sources.
    pub(super) fn asks_country(&self) -> bool {
        self.expression.asks(&[Thing::Text(Text::Country)])
    }

    /// Whether it looks at hosts.
    #[cfg(feature = "prepared")]
    pub(super) fn asks_host(&self) -> bool {
        self.expression
            .asks(&[Thing::Text(Text::Host), Thing::Address(End::Host)])
    }

    /// Whether it looks at numbers of packets.
    #[cfg(feature = "prepared")]
    pub(super) fn asks_packets(&self) -> bool {
        self.expression.asks(&[Thing::Number(Number::Packets)])
    }

    /// Whether it looks at the addresses of sources.
    #[cfg(feature = "prepared")]
    pub(super) fn asks_source_address(&self) -> bool {
        self.expression.asks(&[Thing::Address(End::Source)])
    }

    /// Whether a record passes.
    pub(super) fn passes(&self, facts: &Facts<'_>) -> bool {
        self.expression.passes(facts)
    }

    /// A remark for each name in it, compared with countries, that is neither that of a country nor of one of the
    /// log's sources.
    pub(super) fn remarks(&self, sources: &[Source]) -> Vec<String> {
        let is_source = |name: &str| {
            let mut names = sources.iter().flat_map(|source| [&source.code, &source.name]);
            names.any(|known| known.to_lowercase() == name)
        };
        let mut names = self.expression.unknown_countries();
        names.retain(|name| !is_source(name));
        names.dedup();
        let remark = |name: &str| {
            format!(
                "--where: `{}` is no country and no source of the log",
                escape(name.as_bytes())
            )
        };
        names.into_iter().map(remark).collect()
    }
}

impl FromStr for Filter {
    type Err = FilterError;

    fn from_str(text: &str) -> Result<Self, FilterError> {
        let expression = parse::parse(text).map_err(|error| error.of(text))?;
        Ok(Self {
            text: text.into(),
            expression: Arc::new(expression),
        })
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Protocol;
    use proptest::prelude::*;

    fn facts() -> Facts<'static> {
        Facts {
            time_ns: 1_374_658_800_000_000_000,
            protocol: Protocol::Udp,
            port: 53,
            packets: 12,
            source: Some([192, 0, 2, 7].into()),
            country: (b"IR", b"Iran, Islamic Republic of"),
            host: b"groucho-tokyo",
            destination: Some([10, 1, 2, 3].into()),
        }
    }

    fn passes(text: &str) -> bool {
        text.parse::<Filter>()
            .unwrap_or_else(|error| panic!("{error}"))
            .passes(&facts())
    }

    #[test]
    fn records_pass_what_is_true_of_them() {
        for text in [
            "udp",
            "UDP and port == 53",
            "udp && port in {1..1023, 8080}",
            "port in {53}",
            "port in {22 53}",
            "port == dns",
            "port in {ssh, dns}",
            "packets > 10 and packets <= 12 and packets lt 13 and packets ge 12",
            "protocol == udp",
            "protocol in {tcp, udp}",
            "not tcp",
            "!(tcp or port == 80)",
            "tcp or udp and port == 53",
            "source == 192.0.2.7",
            "source == 192.0.2.0/24",
            "source in {10.0.0.0/8, 192.0.2.0/24}",
            "source != 10.0.0.0/8",
            "source.country == IR",
            "source.country == Iran",
            "source.country != US",
            "country in {US, ir}",
            "source.country contains \"islamic\"",
            "source.country contains ran",
            "host == groucho-tokyo",
            "host == 10.0.0.0/8",
            "host contains tokyo",
            "host contains TOKYO",
            "host in {oregon, GROUCHO-TOKYO}",
            "destination == 10.1.2.3",
            "time >= 2013-07-24 and time < 2013-07-25",
            "time in {2013-07-24T09:00..2013-07-24T10:00}",
            "time == '2013-07-24 09:40:00'",
        ] {
            assert!(passes(text), "{text}");
            assert!(!passes(&format!("not ({text})")), "{text}");
        }
    }

    #[test]
    fn it_is_known_whether_countries_are_looked_at() {
        let asks = |text: &str| text.parse::<Filter>().unwrap().asks_country();
        assert!(asks("udp or not (port == 53 and country contains a)"));
        assert!(!asks(
            "udp or not (port == 53 and host contains a) and source == 10.0.0.0/8"
        ));
    }

    #[test]
    fn what_is_not_known_is_no_value() {
        let nothing = Facts {
            source: None,
            country: (b"", b""),
            host: b"",
            destination: None,
            ..facts()
        };
        for text in [
            "source == 0.0.0.0/0",
            "source.country == US",
            "host contains a",
            "host == 0.0.0.0/0",
        ] {
            assert!(!text.parse::<Filter>().unwrap().passes(&nothing), "{text}");
        }
        let by_address = Facts { host: b"", ..facts() };
        assert!("host contains '10.1'".parse::<Filter>().unwrap().passes(&by_address));
    }

    #[test]
    fn faults_are_marked() {
        for (text, at, what) in [
            ("", 0, "expected a field"),
            ("udp and", 7, "expected a field"),
            ("udp port", 4, "expected `and`, `or` or the end, found `port`"),
            (
                "prot == 5",
                0,
                "expected a field such as proto or protocol or port, found `prot`",
            ),
            ("port == http8", 8, "expected a port"),
            ("port > 70000", 7, "expected a port"),
            ("port", 4, "expected =="),
            ("port in 5", 8, "expected `{`"),
            ("port in {5", 10, "expected `,` or `}`"),
            ("port in {5..1}", 9, "the first value of a range is its lowest"),
            ("(udp", 4, "expected `)`"),
            ("source == tokyo", 10, "expected an address"),
            ("source < 10.0.0.0/8", 7, "`source` is no number"),
            ("port contains 5", 5, "only `host`"),
            ("host == \"x", 8, "a quote is opened"),
            ("time > soon", 7, "expected a time"),
            ("packets == -x", 11, "expected a number of packets"),
            (
                "udp and host == 10.1.2.0/40",
                16,
                "expected an address or a network: `/40` is no length of a prefix, which is 0 to 32, found `10.1.2.0/40`",
            ),
            (
                "host in {tokyo, 300.1.1.1/8}",
                16,
                "expected an address or a network: `300` is no number",
            ),
            ("source != 10.0.0.0/33", 10, "expected an address or a network: `/33`"),
        ] {
            let error = text.parse::<Filter>().unwrap_err();
            assert_eq!(error.at, at, "{text}: {error}");
            assert!(error.to_string().starts_with(what), "{text}: {error}");
        }
        let error = "ü port".parse::<Filter>().unwrap_err().to_string();
        assert!(error.ends_with("\n  ü port\n  ^"), "{error}");
        let deep = "(".repeat(100_000) + "udp";
        assert!(
            deep.parse::<Filter>()
                .unwrap_err()
                .to_string()
                .starts_with("brackets are nested too deeply")
        );
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC{0,60}", words in "((udp|port|host|in|and|not|==|\\{|\\}|\\(|\\)|\\.\\.|5|10\\.0\\.0\\.0/8) ?){0,20}") {
            let _ = text.parse::<Filter>();
            if let Ok(filter) = words.parse::<Filter>() {
                let again: Filter = filter.to_string().parse().unwrap();
                prop_assert_eq!(filter.passes(&facts()), again.passes(&facts()));
            }
        }
    }
}
