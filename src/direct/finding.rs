//! A finding: something in a log that is worth telling.

use crate::model::{Port, Source};
use crate::plan::{About, Kind};

/// Something in a log that is worth telling.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// Its kind.
    pub kind: Kind,
    /// Its first moment, Unix nanoseconds.
    pub at_ns: i64,
    /// Its last moment.
    pub until_ns: i64,
    /// When it is at its height: a time at which a bubble of it leaves.
    pub peak_ns: i64,
    /// What is told of it: a sentence of 66 letters at most.
    pub text: String,
    /// What it is, in a few words.
    pub title: String,
    /// How far it is above the usual.
    pub above: f64,
    /// Its rank among others of the same film; 0 before it has one.
    pub score: f64,
    /// Its source, where it has one.
    pub source: Option<Source>,
    /// Its port, where it is one.
    pub port: Option<Port>,
    /// Its host by the log's name, where it is one.
    pub host: Option<String>,
    /// Packets of a flood, or of an address that scans.
    pub packets: Option<u64>,
    /// Different ports of a scan, sources of a worm, hosts of a scan or of a sweep; large numbers are estimates.
    pub ports: Option<u64>,
    /// See [`Finding::ports`].
    pub sources: Option<u64>,
    /// See [`Finding::ports`].
    pub hosts: Option<u64>,
    /// The address that a scan is from, where the log has addresses.
    pub address: Option<String>,
    pub(super) by_address: bool,
}

impl Finding {
    /// What it is about, as a plan has it.
    #[must_use]
    pub fn about(&self) -> About {
        About {
            source: self.source.as_ref().map(|source| source.code.clone()),
            port: self.port.map(|port| port.to_string()),
            host: self.host.clone(),
        }
    }

    /// The key of an order that follows from what findings are.
    pub(super) fn order(&self) -> impl Ord + use<'_> {
        let source = self.source.as_ref().map(|source| source.code.as_str());
        (
            self.at_ns,
            self.kind,
            source,
            self.port,
            self.host.as_deref(),
            self.until_ns,
            self.text.as_str(),
        )
    }

    /// Whether it is a sweep of the packets of a flood: host by host, each gets many.
    pub(super) fn is_of_packets(&self, flood: &Self) -> bool {
        let overlaps = self.at_ns <= flood.until_ns && flood.at_ns <= self.until_ns;
        let same = self.source == flood.source && self.port == flood.port;
        flood.kind == Kind::Flood && same && overlaps && flood.hosts.is_some_and(|hosts| hosts > 1)
    }

    /// Whether it tells all that a weaker one tells.
    pub(super) fn tells_of(&self, weaker: &Self) -> bool {
        let overlaps = self.at_ns <= weaker.until_ns && weaker.at_ns <= self.until_ns;
        let same_source = self.source == weaker.source;
        let same_port = self.port == weaker.port;
        match weaker.kind {
            Kind::Flood | Kind::Note => false,
            // A scan by an address is one of its country, too; two addresses scan side by side.
            Kind::Scan => self.kind == Kind::Scan && overlaps && same_source && !(self.by_address && weaker.by_address),
            // Each source of a worm goes over hosts.
            Kind::Sweep => {
                let of_source = same_source && (self.kind == Kind::Scan || (self.kind == Kind::Sweep && same_port));
                overlaps && (of_source || (self.kind == Kind::Worm && same_port))
            }
            Kind::Worm => self.kind == Kind::Worm && overlaps && same_port,
            Kind::Silence => self.kind == Kind::Silence && overlaps && weaker.host.is_some() && self.host.is_none(),
            // Another finding tells what comes of it, though a stray packet may have come before.
            Kind::First => {
                let is_it = if weaker.port.is_some() { same_port } else { same_source };
                weaker.at_ns <= self.until_ns && is_it && self.kind != Kind::First
            }
        }
    }
}
