//! The hosts of a part of the traffic, names and networks: as they are typed, and which of a log's hosts they are.

use std::fmt;

use ipnetwork::IpNetwork;

use crate::words::short_hosts;

/// A host, or a network of hosts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AskedHost {
    /// Addresses that begin with a prefix; a single one has all its bits.
    Network(IpNetwork),
    /// A name: the log's, or the short one that the picture has, in any case.
    Name(String),
}

impl AskedHost {
    /// What a text names, without its quotes.
    pub fn of(text: &str) -> Self {
        match text.parse::<IpNetwork>() {
            Ok(network) => Self::Network(network),
            Err(_) => Self::Name(text.to_owned()),
        }
    }

    fn is(&self, host: &str, short: Option<&String>) -> bool {
        match self {
            Self::Network(network) => host.parse().is_ok_and(|address| network.contains(address)),
            Self::Name(name) => {
                let is = |own: &str| {
                    own.eq_ignore_ascii_case(name) || !own.is_ascii() && own.to_lowercase() == name.to_lowercase()
                };
                is(host) || short.is_some_and(|short| is(short))
            }
        }
    }
}

/// Without the length of the prefix where it is a single address.
impl fmt::Display for AskedHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Network(network) if is_single(network) => network.ip().fmt(f),
            Self::Network(network) => network.fmt(f),
            Self::Name(name) => f.write_str(name),
        }
    }
}

fn is_single(network: &IpNetwork) -> bool {
    network.prefix() == if network.is_ipv4() { 32 } else { 128 }
}

/// Which of a log's hosts are asked for, all where nothing is; and the first of `asked` that is none of them.
pub fn chosen<'a>(asked: &'a [AskedHost], hosts: &[String]) -> (Vec<bool>, Option<&'a AskedHost>) {
    if asked.is_empty() {
        return (vec![true; hosts.len()], None);
    }
    let has_names = asked.iter().any(|asked| matches!(asked, AskedHost::Name(_)));
    let shorts = if has_names { short_hosts(hosts) } else { Vec::new() };
    let mut is_found = vec![false; asked.len()];
    let is_chosen = hosts.iter().enumerate().map(|(index, host)| {
        let mut any = false;
        for (asked, found) in asked.iter().zip(&mut is_found) {
            if asked.is(host, shorts.get(index)) {
                *found = true;
                any = true;
            }
        }
        any
    });
    let is_chosen = is_chosen.collect();
    let strange = asked.iter().zip(is_found).find(|(_, found)| !found);
    (is_chosen, strange.map(|(asked, _)| asked))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_asked_for_by_names_and_networks() {
        let hosts = [
            "groucho-tokyo",
            "groucho-oregon",
            "10.1.2.3",
            "10.1.3.3",
            "2001:db8::1",
            "",
        ]
        .map(str::to_owned);
        let found = |texts: &[&str]| {
            let asked: Vec<AskedHost> = texts.iter().map(|text| AskedHost::of(text)).collect();
            let (chosen, strange) = chosen(&asked, &hosts);
            let chosen: Vec<usize> = (0..hosts.len()).filter(|index| chosen[*index]).collect();
            (chosen, strange.map(ToString::to_string))
        };
        for (asked, expected) in [
            (&[][..], &[0, 1, 2, 3, 4, 5][..]),
            (&["tokyo"], &[0]),
            (&["Groucho-TOKYO", "oregon"], &[0, 1]),
            (&["10.1.2.0/24"], &[2]),
            (&["10.1.2.99/16"], &[2, 3]),
            (&["10.1.3.3"], &[3]),
            (&["2001:db8::/32", "no host named"], &[4, 5]),
        ] {
            assert_eq!(found(asked), (expected.to_vec(), None), "{asked:?}");
        }
        assert_eq!(found(&["tokyo", "osaka"]), (vec![0], Some("osaka".to_owned())));
        assert_eq!(found(&["192.0.2.0/24"]), (vec![], Some("192.0.2.0/24".to_owned())));
        assert_eq!(AskedHost::of("10.1.2.3/32").to_string(), "10.1.2.3");
    }
}
