//! A part of the traffic: one country's, one port's, or one country's to one port. As it is typed
//! (`CN`, `tcp/1433`, `CN:tcp/1433`), and as a filter of a log's bubbles.
//! What is left out leaves its place: ports and rows stay where the whole log has them.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::log::Log;
use crate::model::{Port, Protocol};

/// Which traffic is shown. Without a country, everyone's; without a port, to every port.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Only {
    /// A country's code; `Other` for all that are pooled, `Unknown` for rows without one.
    pub country: Option<String>,
    /// A port.
    pub port: Option<Port>,
}

/// A text that names no part of the traffic.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("expected a port like tcp/1433, a country's code like CN, or both: CN:tcp/1433")]
pub struct OnlyError;

impl FromStr for Only {
    type Err = OnlyError;

    fn from_str(text: &str) -> Result<Self, OnlyError> {
        let (country, port) = match text.rsplit_once(':') {
            Some((country, port)) => (Some(country), Some(port)),
            None if text.contains('/') => (None, Some(text)),
            None => (Some(text), None),
        };
        if country.is_some_and(str::is_empty) {
            return Err(OnlyError);
        }
        Ok(Self {
            country: country.map(str::to_owned),
            port: port.map(port_of).transpose()?,
        })
    }
}

fn port_of(text: &str) -> Result<Port, OnlyError> {
    let (name, number) = text.split_once('/').ok_or(OnlyError)?;
    let protocol = Protocol::ALL
        .into_iter()
        .find(|protocol| protocol.name().eq_ignore_ascii_case(name))
        .ok_or(OnlyError)?;
    let number = number.parse().map_err(|_| OnlyError)?;
    Ok(Port { protocol, number })
}

impl fmt::Display for Only {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(country) = &self.country {
            f.write_str(country)?;
        }
        if let Some(port) = self.port {
            let joint = if self.country.is_some() { ":" } else { "" };
            write!(f, "{joint}{}/{}", port.protocol.name().to_lowercase(), port.number)?;
        }
        Ok(())
    }
}

impl Only {
    /// The log with the bubbles of this traffic alone. Ports, countries and the clock stay those of
    /// the whole; `packets` are those left. `is_other` tells which countries are pooled.
    pub(super) fn filter(&self, log: &Log, is_other: impl Fn(usize) -> bool) -> Log {
        let wanted: Vec<bool> = (log.names.countries.iter().enumerate())
            .map(|(index, country)| match self.country.as_deref() {
                None => true,
                Some("Other") => is_other(index) || country.code == "Other",
                Some(code) => country.code.eq_ignore_ascii_case(code),
            })
            .collect();
        let slot = self.port.map(|port| log.ports.binary_search(&port).ok());
        let all = &log.bubbles;
        let mut bubbles = all.emptied();
        let mut packets = [0; 2];
        for bubble in all.iter() {
            let to = bubble.port as usize;
            if wanted[bubble.country as usize] && slot.is_none_or(|slot| slot == Some(to)) {
                bubbles.push(&bubble);
                packets[usize::from(to >= log.udp_ports)] += bubble.packets;
            }
        }
        bubbles.shrink_to_fit();
        log.with(bubbles, packets)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_what_is_written() {
        for text in ["CN", "tcp/1433", "CN:udp/53", "Other", "Unknown:tcp/22"] {
            assert_eq!(text.parse::<Only>().unwrap().to_string(), text);
        }
        assert_eq!("TCP/80".parse::<Only>().unwrap().to_string(), "tcp/80");
        for bad in ["", "tcp/", "tcp/70000", "icmp/1", "CN:", ":tcp/80", "CN:80"] {
            assert_eq!(bad.parse::<Only>(), Err(OnlyError), "{bad}");
        }
    }
}
