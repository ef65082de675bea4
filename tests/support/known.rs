//! What is found in made-up logs, against what they were made up with.

use std::io::Write as _;

use portbloom::direct::{Finder, Finding};
use portbloom::input::{self, LogPart, Options};
use portbloom::model::Protocol;
use portbloom::plan::Kind;
use portbloom::synth::{HEADER, Known, KnownKind, Recipe, Synth};
use portbloom::timeline::TimeSpec;

/// Rows that something has at least to be looked for: a flood's packets, a scan's targets.
const LEAST_ROWS: u64 = 25;

/// How many of what a log was made up with were found, and how many findings are of that.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    pub known: usize,
    pub found: usize,
    pub findings: usize,
    pub right: usize,
}

impl Tally {
    /// The part of what is known that was found.
    pub fn recall(&self) -> f64 {
        self.found as f64 / self.known.max(1) as f64
    }

    /// The part of what was found that is known.
    pub fn precision(&self) -> f64 {
        self.right as f64 / self.findings.max(1) as f64
    }

    /// Both of several logs together.
    pub fn add(&mut self, other: Self) {
        self.known += other.known;
        self.found += other.found;
        self.findings += other.findings;
        self.right += other.right;
    }
}

/// The findings of a made-up log, all of them, and what it was made up with.
pub fn findings(events: u64, seed: u64, hosts: Option<u32>) -> (Vec<Finding>, Vec<Known>) {
    let mut log = Synth::new(Recipe {
        events,
        seed,
        start_ns: 1_767_225_600_000_000_000,
        span_ns: 28 * 86_400_000_000_000,
        hosts,
    });
    let known = log.known().filter(|known| known.rows >= LEAST_ROWS).collect();
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    let mut text = HEADER.as_bytes().to_vec();
    while log.write_slot(&mut text).is_some() {
        if text.len() > 1 << 20 {
            file.write_all(&text).expect("room for a log");
            text.clear();
        }
    }
    file.write_all(&text).expect("room for a log");
    let mut finder = Finder::new(None, None, false);
    let parts = [LogPart::File(file.path().to_owned())];
    let reading = input::stream(&parts, &Options::default(), &mut |_| {}, &mut |batch| finder.add(batch));
    let found = finder.finish(&reading.expect("a log that can be read"));
    let timeline = found.timeline(&TimeSpec::default()).expect("a film").expect("rows");
    (found.ranked(&timeline), known)
}

/// Counts what was found of one kind, or of all.
pub fn tally((findings, known): &(Vec<Finding>, Vec<Known>), kind: Option<KnownKind>) -> Tally {
    let of_kind = |one: &&Known| kind.is_none_or(|kind| kind == one.kind);
    let is_found = |one: &&Known| findings.iter().any(|finding| is_of(finding, one));
    let findings: Vec<&Finding> = findings
        .iter()
        .filter(|finding| kind.is_none_or(|kind| kinds_of(finding.kind).contains(&kind)))
        .collect();
    // A sweep is told as a scan where that is more, and the other way round.
    let right = findings
        .iter()
        .filter(|finding| known.iter().any(|one| is_of(finding, one)));
    Tally {
        known: known.iter().filter(of_kind).count(),
        found: known.iter().filter(of_kind).filter(is_found).count(),
        findings: findings.len(),
        right: right.count(),
    }
}

/// The kinds that a finding may be of.
fn kinds_of(kind: Kind) -> &'static [KnownKind] {
    match kind {
        Kind::Flood => &[KnownKind::Flood],
        Kind::Scan => &[KnownKind::Scan, KnownKind::Sweep],
        Kind::Sweep => &[KnownKind::Sweep],
        Kind::Worm => &[KnownKind::Worm],
        // What begins, begins with whatever it is.
        Kind::First => &[KnownKind::Flood, KnownKind::Scan, KnownKind::Sweep, KnownKind::Worm],
        Kind::Silence | Kind::Note => &[],
    }
}

/// Whether a finding is of something: of its kind, at its time, from its country, to its port.
fn is_of(finding: &Finding, known: &Known) -> bool {
    let source = finding.source.as_ref().map(|source| source.code.as_str());
    let port = finding.port.map(|port| (port.protocol == Protocol::Tcp, port.number));
    let same_source = source.is_none() || known.country.is_none() || source == known.country;
    let same_port = port.is_none() || known.port.is_none() || port == known.port;
    let shares = (source.is_some() && source == known.country) || (port.is_some() && port == known.port);
    let overlaps = finding.at_ns < known.end_ns && known.start_ns <= finding.until_ns;
    kinds_of(finding.kind).contains(&known.kind) && same_source && same_port && shares && overlaps
}
