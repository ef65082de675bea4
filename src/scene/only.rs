//! A part of the traffic: that of some countries, to some hosts, to some ports. As it is typed (`CN`,
//! `"South Korea":rdp`, `CN,RU@tokyo:tcp/22,23,6000-6100`), and as a filter of a log's bubbles.
//! Traffic that is left out leaves its place empty: ports and rows stay where the whole log has them.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::asked_hosts::{self, AskedHost};
use crate::log::Log;
use crate::model::{Port, Protocol, Source};
use crate::words::{
    self, country_code, near_names, network_fault, ports_of_service, service_names, short_hosts, shown_host,
    spoken_name,
};

/// The traffic that is shown. Without countries, that of all; without hosts or ports, to every one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Only {
    /// Codes or names, as typed; `Other` for all that are pooled, `Unknown` for rows without one.
    countries: Vec<String>,
    hosts: Vec<AskedHost>,
    ports: Vec<Ports>,
}

/// Ports of one protocol whose numbers follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Ports {
    protocol: Protocol,
    first: u16,
    last: u16,
}

/// A text that names no part of the traffic.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum OnlyError {
    /// A part is empty, or all of it.
    #[error("{EXPECTED}")]
    Empty,
    /// After the colon, something that is no port.
    #[error("`{found}` is no port and no service{}; {EXPECTED}", also_near(near))]
    NoPort {
        /// The text.
        found: String,
        /// Services of similar names.
        near: Vec<&'static str>,
    },
    /// A range of ports that ends before it begins.
    #[error("`{0}`: the first port of a range is its lowest, like 6000-6100")]
    Backwards(String),
    /// Countries and ports in one list.
    #[error("`{0}` has countries and ports in one list: put a colon between them, like CN,RU:ssh,tcp/23")]
    Mixed(String),
    /// After the sign of hosts, something that looks like a network and is none.
    #[error("`{found}` is no network: {why}")]
    NoNetwork {
        /// The text.
        found: String,
        /// What is wrong with it.
        why: String,
    },
    /// A quote that is not closed.
    #[error("`{0}`: a quote is opened and not closed")]
    Quote(String),
}

/// The forms that a text may have.
const EXPECTED: &str = "expected countries like CN,\"South Korea\", hosts like @tokyo,10.1.2.0/24, ports like \
    ssh,tcp/22,6000-6100, or several: CN:ssh, CN@tokyo:ssh";

/// The reason why a part of the traffic shows nothing.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum NoTraffic {
    /// A name that neither the log nor the table of countries has.
    #[error("`{name}` is no country of the log{ports}{}", also_near(near))]
    NoCountry {
        /// The name.
        name: String,
        /// And no service either, where it may have been meant for one.
        ports: &'static str,
        /// Names of the log's countries, and services, that are like it.
        near: Vec<String>,
    },
    /// A host that the log does not have.
    #[error("`{name}` is no host of the log{}", also_near(near))]
    NoHost {
        /// The name or the network.
        name: String,
        /// Names of the log's hosts that are like it.
        near: Vec<String>,
    },
    /// All names are known, but there is nothing.
    #[error("the log has no packets {0} in its time range")]
    Nothing(String),
}

fn also_near(near: &[impl AsRef<str>]) -> String {
    let near: Vec<&str> = near.iter().map(AsRef::as_ref).collect();
    match near.split_last() {
        None => String::new(),
        Some((one, [])) => format!("; did you mean {one}?"),
        Some((last, others)) => format!("; did you mean {} or {last}?", others.join(", ")),
    }
}

impl FromStr for Only {
    type Err = OnlyError;

    fn from_str(text: &str) -> Result<Self, OnlyError> {
        if let Some((countries, rest)) = at_hosts(text) {
            let (hosts, ports) = hosts_and_ports(rest)?;
            let countries = match countries.trim() {
                "" => Vec::new(),
                countries => countries_of(&split(countries, ',')?)?,
            };
            return Ok(Self {
                countries,
                hosts,
                ports,
            });
        }
        let lists = split(text, ':')?;
        match lists.as_slice() {
            [one] => {
                let items = split(one, ',')?;
                let ports: Result<Vec<_>, _> = ports_of(&items);
                match ports {
                    Ok(ports) => Ok(Self {
                        ports,
                        ..Self::default()
                    }),
                    // `tcp/70000` was meant for a port: a `/` is in no country's name.
                    Err(error) if one.contains('/') && items.len() == 1 => Err(error),
                    Err(error @ (OnlyError::Empty | OnlyError::Backwards(_))) => Err(error),
                    Err(_) if items.iter().any(|item| ports_of(&[item]).is_ok() || item.contains('/')) => {
                        Err(OnlyError::Mixed(text.to_owned()))
                    }
                    Err(_) => Ok(Self {
                        countries: countries_of(&items)?,
                        ..Self::default()
                    }),
                }
            }
            [countries @ .., ports] => Ok(Self {
                countries: countries_of(&split(&countries.join(":"), ',')?)?,
                hosts: Vec::new(),
                ports: ports_of(&split(ports, ',')?)?,
            }),
            [] => Err(OnlyError::Empty),
        }
    }
}

/// What stands before and after the sign of hosts, `@` or `>`, that is not in quotes.
fn at_hosts(text: &str) -> Option<(&str, &str)> {
    let mut quoted = false;
    let sign = text.char_indices().find(|(_, letter)| {
        quoted ^= *letter == '"';
        !quoted && matches!(letter, '@' | '>')
    });
    sign.map(|(at, _)| (&text[..at], &text[at + 1..]))
}

/// Hosts, and behind a colon ports. An address of IPv6 that has ports behind it, or others beside it, is in quotes.
fn hosts_and_ports(text: &str) -> Result<(Vec<AskedHost>, Vec<Ports>), OnlyError> {
    let alone = AskedHost::of(text.trim());
    if matches!(alone, AskedHost::Network(_)) {
        return Ok((vec![alone], Vec::new()));
    }
    let hosts = |items: &str| -> Result<Vec<AskedHost>, OnlyError> {
        let names = countries_of(&split(items, ',')?)?;
        let fault = names.iter().find_map(|name| Some((name, network_fault(name)?)));
        if let Some((found, why)) = fault {
            let found = found.clone();
            return Err(OnlyError::NoNetwork { found, why });
        }
        Ok(names.iter().map(|name| AskedHost::of(name)).collect())
    };
    match split(text, ':')?.as_slice() {
        [names @ .., ports] if !names.is_empty() => Ok((hosts(&names.join(":"))?, ports_of(&split(ports, ',')?)?)),
        _ => Ok((hosts(text)?, Vec::new())),
    }
}

/// The parts of a text between signs that are not in quotes.
fn split(text: &str, sign: char) -> Result<Vec<&str>, OnlyError> {
    let (mut parts, mut from, mut quoted) = (Vec::new(), 0, false);
    for (at, letter) in text.char_indices() {
        if letter == '"' {
            quoted = !quoted;
        } else if letter == sign && !quoted {
            parts.push(text[from..at].trim());
            from = at + letter.len_utf8();
        }
    }
    if quoted {
        return Err(OnlyError::Quote(text.to_owned()));
    }
    parts.push(text[from..].trim());
    Ok(parts)
}

/// Names of countries or hosts, without their quotes.
fn countries_of(items: &[&str]) -> Result<Vec<String>, OnlyError> {
    let unquoted = |item: &&str| {
        let inner = item.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        let name = inner.map_or_else(|| (*item).to_owned(), |inner| inner.replace("\"\"", "\""));
        if name.is_empty() {
            Err(OnlyError::Empty)
        } else {
            Ok(name)
        }
    };
    items.iter().map(unquoted).collect()
}

/// Ports of a list. A number takes the protocol of the item before it, and is of both where there was
/// none: `tcp/22,23`, `53`.
fn ports_of(items: &[&str]) -> Result<Vec<Ports>, OnlyError> {
    let mut ports = Vec::new();
    let mut protocols = Protocol::ALL.to_vec();
    for item in items {
        let no_port = || OnlyError::NoPort {
            found: (*item).to_owned(),
            near: near_names(item, service_names()),
        };
        if item.is_empty() {
            return Err(OnlyError::Empty);
        }
        if let Some(whole) = protocol_of(item) {
            protocols = vec![whole];
            ports.push(Ports {
                protocol: whole,
                first: 0,
                last: u16::MAX,
            });
            continue;
        }
        let numbers = match item.split_once('/') {
            Some((protocol, numbers)) => {
                protocols = vec![protocol_of(protocol).ok_or_else(no_port)?];
                numbers
            }
            None => item,
        };
        if let Some((first, last)) = range_of(numbers) {
            if first > last {
                return Err(OnlyError::Backwards((*item).to_owned()));
            }
            ports.extend(protocols.iter().map(|protocol| Ports {
                protocol: *protocol,
                first,
                last,
            }));
            continue;
        }
        // `tcp/dns` is one of the two that the service has.
        let wanted: Vec<Port> = ports_of_service(numbers)
            .filter(|port| !item.contains('/') || protocols.contains(&port.protocol))
            .collect();
        if wanted.is_empty() {
            return Err(no_port());
        }
        ports.extend(wanted.into_iter().map(Ports::from));
    }
    Ok(ports)
}

fn protocol_of(text: &str) -> Option<Protocol> {
    Protocol::ALL
        .into_iter()
        .find(|protocol| protocol.name().eq_ignore_ascii_case(text))
}

/// `22` or `6000-6100`.
fn range_of(text: &str) -> Option<(u16, u16)> {
    let number = |text: &str| {
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| text.parse().ok())?
    };
    match text.split_once('-') {
        None => number(text).map(|number| (number, number)),
        Some((first, last)) => Some((number(first)?, number(last)?)),
    }
}

impl From<Port> for Ports {
    fn from(port: Port) -> Self {
        Self {
            protocol: port.protocol,
            first: port.number,
            last: port.number,
        }
    }
}

impl Ports {
    fn contains(self, port: Port) -> bool {
        self.protocol == port.protocol && (self.first..=self.last).contains(&port.number)
    }

    /// As people say it: `TCP 1433 ms-sql`, `UDP 6000-6100`, `all of TCP`.
    fn spoken(self) -> String {
        let Self { protocol, first, last } = self;
        match (first, last) {
            (0, u16::MAX) => format!("all of {protocol}"),
            _ if first == last => words::port_text(Port {
                protocol,
                number: first,
            }),
            _ => format!("{protocol} {first}-{last}"),
        }
    }
}

/// Written so that it is read again as the same.
impl fmt::Display for Only {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quoted = |name: &String| {
            let is_port = ports_of(&[name]).is_ok();
            let plain = !is_port && is_plain(name) && !name.contains('/');
            if plain {
                name.clone()
            } else {
                format!("\"{}\"", name.replace('"', "\"\""))
            }
        };
        let countries: Vec<String> = self.countries.iter().map(quoted).collect();
        f.write_str(&countries.join(","))?;
        for (index, host) in self.hosts.iter().enumerate() {
            f.write_str(if index > 0 { "," } else { "@" })?;
            let name = host.to_string();
            // A name that reads as a network is none: it was taken for one.
            if is_plain(&name) {
                f.write_str(&name)?;
            } else {
                write!(f, "\"{}\"", name.replace('"', "\"\""))?;
            }
        }
        let has_before = !self.countries.is_empty() || !self.hosts.is_empty();
        if has_before && !self.ports.is_empty() {
            f.write_str(":")?;
        }
        let mut before = None;
        for (index, ports) in self.ports.iter().enumerate() {
            f.write_str(if index > 0 { "," } else { "" })?;
            let Ports { protocol, first, last } = *ports;
            let name = protocol.name().to_lowercase();
            match (first, last) {
                (0, u16::MAX) => write!(f, "{name}")?,
                _ if before == Some(protocol) => {}
                _ => write!(f, "{name}/")?,
            }
            match (first, last) {
                (0, u16::MAX) => {}
                _ if first == last => write!(f, "{first}")?,
                _ => write!(f, "{first}-{last}")?,
            }
            before = Some(protocol);
        }
        Ok(())
    }
}

/// Whether a name needs no quotes.
fn is_plain(name: &str) -> bool {
    !name.contains([',', ':', '"', '@', '>']) && name.trim() == name && !name.is_empty()
}

impl Only {
    /// The traffic of a country, to a port; of all, to all, where one is not named.
    #[must_use]
    pub fn new(country: Option<&str>, port: Option<Port>) -> Self {
        Self {
            countries: country.map(str::to_owned).into_iter().collect(),
            hosts: Vec::new(),
            ports: port.map(Ports::from).into_iter().collect(),
        }
    }

    /// The part of it that goes to some hosts, by their names or networks.
    #[must_use]
    pub fn to_hosts(mut self, hosts: &[&str]) -> Self {
        let named = hosts
            .iter()
            .map(|host| if host.is_empty() { words::NO_HOST_TEXT } else { host });
        self.hosts = named.map(AskedHost::of).collect();
        self
    }

    /// Whether it takes a log whose bubbles are told apart by their hosts.
    #[must_use]
    pub fn asks_for_hosts(&self) -> bool {
        !self.hosts.is_empty()
    }

    /// As people say it: `China to TCP 1433 ms-sql`, `China to tokyo on TCP 1433 ms-sql`.
    #[must_use]
    pub fn spoken(&self) -> String {
        self.spoken_within(usize::MAX)
    }

    /// The same with at most `items` of each list: `China, Russia and 3 more`.
    pub(super) fn spoken_within(&self, items: usize) -> String {
        let listed = |names: &[String]| {
            if names.len() <= items {
                return names.join(", ");
            }
            let (first, more) = names.split_at(items);
            format!("{} and {} more", first.join(", "), more.len())
        };
        let named = |name: &String| {
            country_code(name)
                .and_then(words::country_name)
                .unwrap_or(name)
                .to_owned()
        };
        let countries: Vec<String> = self.countries.iter().map(named).collect();
        let ports: Vec<String> = self.ports.iter().map(|ports| ports.spoken()).collect();
        let hosts: Vec<String> = self.hosts.iter().map(|host| shown_host(&host.to_string())).collect();
        let ports = match (listed(&hosts), listed(&ports)) {
            (hosts, ports) if hosts.is_empty() => ports,
            (hosts, ports) if ports.is_empty() => hosts,
            (hosts, ports) => format!("{hosts} on {ports}"),
        };
        match (listed(&countries), ports) {
            (countries, ports) if ports.is_empty() => countries,
            (countries, ports) if countries.is_empty() => ports,
            (countries, ports) => format!("{countries} to {ports}"),
        }
    }

    /// Whether a bubble to a port is of this traffic, whoever sent it.
    fn has_port(&self, port: Port) -> bool {
        self.ports.is_empty() || self.ports.iter().any(|ports| ports.contains(port))
    }

    /// The log with the bubbles of this traffic alone. Ports, countries and the clock stay those of
    /// the whole; `packets` are those left. `is_other` tells which countries are pooled.
    pub(super) fn filter(&self, log: &Log, is_other: impl Fn(usize) -> bool) -> Log {
        let named: Vec<Named> = self.countries.iter().map(|name| Named::new(name)).collect();
        let wanted: Vec<bool> = (log.names.sources.iter().enumerate())
            .map(|(index, country)| {
                let is_named = |named: &Named| {
                    named.is(country) || named.name.eq_ignore_ascii_case(words::OTHER) && is_other(index)
                };
                named.is_empty() || named.iter().any(is_named)
            })
            .collect();
        let slots: Vec<bool> = log.ends.ports().map(|port| self.has_port(port)).collect();
        let (hosts, _) = asked_hosts::chosen(&self.hosts, &log.names.hosts);
        // Of several hosts it is not known which.
        let to_several = self.hosts.is_empty();
        let all = &log.bubbles;
        let mut bubbles = all.emptied();
        let mut packets = [0; 2];
        for bubble in all.iter() {
            let to = bubble.port as usize;
            let host = hosts.get(bubble.host as usize).copied().unwrap_or(to_several);
            if wanted[bubble.source as usize] && slots[to] && host {
                bubbles.push(&bubble);
                packets[log.ends.side(bubble.port)] += bubble.packets;
            }
        }
        bubbles.shrink_to_fit();
        log.with(bubbles, packets)
    }

    /// Whether a log has all countries and hosts that are named and one of the ports, without a look at its bubbles.
    #[must_use]
    pub fn is_known_in(&self, log: &Log) -> bool {
        let known = |name: &String| {
            let named = Named::new(name);
            let countries = log.names.sources.iter().zip(&log.source_packets);
            name.eq_ignore_ascii_case(words::OTHER)
                || (countries.filter(|(_, packets)| **packets > 0)).any(|(country, _)| named.is(country))
        };
        let has_hosts = || asked_hosts::chosen(&self.hosts, &log.names.hosts).1.is_none();
        self.countries.iter().all(known) && has_hosts() && log.ends.ports().any(|port| self.has_port(port))
    }

    /// Checks what [`Only::filter`] left of a log.
    ///
    /// # Errors
    /// [`NoTraffic`]: a name is not known, or nothing is left.
    pub(super) fn check(&self, left: &Log) -> Result<(), NoTraffic> {
        let known = || {
            let countries = left.names.sources.iter().zip(&left.source_packets);
            countries
                .filter(|(_, packets)| **packets > 0)
                .map(|(country, _)| country)
        };
        for name in &self.countries {
            let named = Named::new(name);
            let is_known = name.eq_ignore_ascii_case(words::OTHER)
                || named.code.is_some()
                || known()
                    .chain(left.names.sources.first())
                    .any(|country| named.is(country));
            if !is_known {
                let services = self.ports.is_empty();
                let mut names: Vec<&str> = known().map(spoken_name).collect();
                if services {
                    service_names().for_each(|service| names.push(service));
                }
                let near = near_names(name, names.into_iter());
                return Err(NoTraffic::NoCountry {
                    name: name.clone(),
                    ports: if services { " and no service" } else { "" },
                    near: near.into_iter().map(str::to_owned).collect(),
                });
            }
        }
        if let (_, Some(host)) = asked_hosts::chosen(&self.hosts, &left.names.hosts) {
            let name = host.to_string();
            let shorts = short_hosts(&left.names.hosts);
            let hosts = left.names.hosts.iter().chain(&shorts).map(String::as_str);
            let near = near_names(&name, hosts.filter(|host| !host.is_empty()));
            return Err(NoTraffic::NoHost {
                near: near.into_iter().map(str::to_owned).collect(),
                name,
            });
        }
        if left.bubbles.is_empty() {
            let spoken = self.spoken();
            let from_to = if self.countries.is_empty() { "to" } else { "from" };
            return Err(NoTraffic::Nothing(format!("{from_to} {spoken}")));
        }
        Ok(())
    }
}

/// The name of a country, and the code that it stands for.
struct Named<'a> {
    name: &'a str,
    code: Option<&'static str>,
}

impl<'a> Named<'a> {
    fn new(name: &'a str) -> Self {
        let code = country_code(name);
        Self { name, code }
    }

    /// Whether a country is called so: by its code, its spoken name or the log's own, in any case.
    fn is(&self, country: &Source) -> bool {
        let is = |own: &str| {
            own.eq_ignore_ascii_case(self.name) || !own.is_ascii() && own.to_lowercase() == self.name.to_lowercase()
        };
        is(&country.code) || is(&country.name) || self.code == Some(country.code.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(typed: &str) -> String {
        let only = typed.parse::<Only>();
        let text = only.as_ref().map_or_else(ToString::to_string, ToString::to_string);
        if let Ok(only) = only {
            assert_eq!(text.parse::<Only>().as_ref(), Ok(&only), "{typed} is written {text}");
        }
        text
    }

    #[test]
    fn what_is_typed_is_what_is_written() {
        for same in [
            "CN",
            "tcp/1433",
            "CN:udp/53",
            "Other",
            "Unknown:tcp/22",
            "South Korea",
            "CN,RU:tcp/22,23,6000-6100,udp/53",
            "tcp",
            "CN:udp",
            "\"Korea, Republic of\":tcp/3389",
            "\"a:b\"",
            "\"a \"\"b\"\"\",CN",
            "\"ssh\"",
            "\"22\"",
            "@tokyo",
            "CN@tokyo",
            "CN,RU@tokyo,10.1.2.0/24:tcp/22,23",
            "@10.1.2.3",
            "@\"2001:db8::/32\",tokyo:udp/53",
            "\"a@b\"@\"c>d\"",
        ] {
            assert_eq!(text(same), same);
        }
        for (typed, written) in [
            ("TCP/80", "tcp/80"),
            (" CN , RU : tcp/22 , 23 ", "CN,RU:tcp/22,23"),
            ("53", "udp/53,tcp/53"),
            ("CN:80", "CN:udp/80,tcp/80"),
            ("ssh", "tcp/22"),
            ("SSH", "tcp/22"),
            ("CN:ssh", "CN:tcp/22"),
            ("South Korea:rdp", "South Korea:udp/3389,tcp/3389"),
            ("\"South Korea\":rdp", "South Korea:udp/3389,tcp/3389"),
            ("tcp/dns", "tcp/53"),
            ("dns", "udp/53,tcp/53"),
            ("ssh,udp/53", "tcp/22,udp/53"),
            ("0-65535", "udp,tcp"),
            ("CN>tokyo:ssh", "CN@tokyo:tcp/22"),
            (" > tokyo , oregon ", "@tokyo,oregon"),
            ("@2001:db8::1", "@\"2001:db8::1\""),
            ("@10.1.2.3/32:53", "@10.1.2.3:udp/53,tcp/53"),
        ] {
            assert_eq!(text(typed), written);
        }
    }

    #[test]
    fn what_is_no_part_of_the_traffic_is_told() {
        for (typed, said) in [
            ("", "expected countries"),
            ("CN:", "expected countries"),
            (":tcp/80", "expected countries"),
            ("CN,,RU", "expected countries"),
            ("tcp/", "`tcp/` is no port"),
            ("tcp/70000", "`tcp/70000` is no port"),
            ("tcp/-1", "`tcp/-1` is no port"),
            ("tcp/+1", "`tcp/+1` is no port"),
            ("icmp/1", "`icmp/1` is no port"),
            ("CN:shh", "`shh` is no port and no service; did you mean ssh?"),
            ("tcp/23-22", "the first port of a range"),
            ("CN,ssh", "put a colon between them"),
            ("CN,tcp/22", "put a colon between them"),
            ("\"CN", "a quote is opened"),
            ("CN@", "expected countries"),
            ("@:ssh", "expected countries"),
            ("@tokyo:", "expected countries"),
            (
                "CN@tokyo,10.1.2.0/40:ssh",
                "`10.1.2.0/40` is no network: `/40` is no length of a prefix, which is 0 to 32",
            ),
            (
                "@300.1.1.1/8",
                "`300.1.1.1/8` is no network: `300` is no number of an address",
            ),
            ("CN@tokyo:shh", "`shh` is no port and no service; did you mean ssh?"),
        ] {
            let error = typed.parse::<Only>().map_err(|error| error.to_string());
            assert!(
                error.as_ref().is_err_and(|error| error.contains(said)),
                "{typed}: {error:?}"
            );
        }
    }

    #[test]
    fn traffic_is_spoken_of_as_people_do() {
        for (typed, spoken) in [
            ("CN:tcp/1433", "China to TCP 1433 ms-sql"),
            ("cn,ru", "China, Russia"),
            ("tcp/22,6000-6100", "TCP 22 ssh, TCP 6000-6100"),
            ("south korea:udp", "South Korea to all of UDP"),
            ("Narnia", "Narnia"),
            ("IR@tokyo:udp/2193", "Iran to tokyo on UDP 2193"),
            ("@tokyo,10.1.2.0/24", "tokyo, 10.1.2.0/24"),
            ("@tokyo:ssh", "tokyo on TCP 22 ssh"),
        ] {
            assert_eq!(typed.parse::<Only>().unwrap().spoken(), spoken);
        }
    }
}
