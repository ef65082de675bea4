//! What is worth telling in a log, found in one pass over its rows, or over its bubbles, in bounded memory: floods, scans,
//! sweeps, worms, silences, and what appears for the first time.
//!
//! What is counted and found does not depend on a film; the rank of a finding does, since what is seen for long counts
//! more. `docs/plan.md` has the definitions. Rows tell more than bubbles: which address scans, and how long the last
//! packets of a bubble came. The same for the same log in whatever order its rows come, as long as nothing has to be
//! forgotten, which begins with some four hundred thousand sums of a cell each.

mod choice;
mod counts;
mod draft;
mod finding;
mod floods;
mod late;
mod text;
mod waves;

pub use choice::told;
pub use draft::plan_of;
pub use finding::Finding;

use counts::{Counts, pair_parts, port_of};
use text::Told;
use waves::{Known, Span, Wave};

use crate::counting::{Few, Lossy};
use crate::log::Log;
use crate::model::{Batch, Event, Measure, Names, Reading, SEVERAL_HOSTS, Source, SourceKind, address_text};
use crate::plan::{Kind, fingerprint};
use crate::profile::ScanKind;
use crate::timeline::{TimeSpec, Timeline, TimelineError};
use crate::words::{short_hosts, shown_host};

/// Least things in a window of a wave, by its length: ports of a scan, sources of a worm.
const LEAST_THINGS: [u64; 4] = [10; 4];
/// Least hosts of a sweep, and in windows of more than a cell.
const LEAST_HOSTS: u64 = 5;
const LEAST_HOSTS_LONG: u64 = 20;
/// Hosts of a log up to which a picture has a short name for each.
const MOST_SHORT: usize = 5000;

/// Takes in a log.
#[derive(Debug)]
pub struct Finder {
    counts: Counts,
    start_ns: Option<i64>,
    end_ns: Option<i64>,
}

/// What was found in a log.
#[derive(Clone, Debug)]
pub struct Found {
    /// Name of the log in messages.
    pub source: String,
    /// What of it was found, in no order and without scores.
    findings: Vec<Finding>,
    ends_ns: Option<(i64, i64)>,
    events: u64,
    packets: [u64; 2],
    sources: usize,
    ports: usize,
}

/// The names and kinds that findings are told with.
struct Telling<'a> {
    names: &'a Names,
    /// The new number of each source and host, by that of events; none where they have it already.
    numbers: Option<&'a [Vec<u32>; 2]>,
    short_hosts: Vec<String>,
    has_hosts: bool,
    measure: Measure,
    source_kind: &'a SourceKind,
}

impl Finder {
    /// Begins with a log of which a time range is looked at: those bounds of it that were given.
    #[must_use]
    pub fn new(start_ns: Option<i64>, end_ns: Option<i64>) -> Self {
        Self {
            counts: Counts::new(),
            start_ns,
            end_ns,
        }
    }

    /// Takes in rows, with their addresses where the batch has them.
    pub fn add(&mut self, batch: &Batch<'_>) {
        let start_ns = self.start_ns.unwrap_or(i64::MIN);
        let end_ns = self.end_ns.unwrap_or(i64::MAX);
        self.counts.add_batch(batch, |time_ns| {
            start_ns <= time_ns && (time_ns < end_ns || end_ns == i64::MAX)
        });
    }

    /// What was found in a log, when all of it was taken in; `reading` is what reading it gave at the end.
    #[must_use]
    pub fn finish(self, reading: &Reading) -> Found {
        let (names, numbers) = reading.names.clone().sorted();
        let telling = Telling::new(&names, Some(&numbers), reading.measure, &reading.source_kind);
        found(self.counts, &telling, reading.source.clone())
    }
}

/// What is found in a log of which only the bubbles are there.
#[must_use]
pub fn found_in(log: &Log) -> Found {
    let mut counts = Counts::new();
    for bubble in log.bubbles.iter() {
        let Some(port) = log.ends.get(bubble.port as usize).port() else {
            continue;
        };
        counts.add(&Event {
            time_ns: log
                .timeline
                .start_ns
                .saturating_add(log.data_offset_ns(bubble.offset_ns)),
            port,
            source: bubble.source,
            host: bubble.host,
            packets: bubble.packets,
        });
    }
    let telling = Telling::new(&log.names, None, log.measure, &log.source_kind);
    found(counts, &telling, log.source.clone())
}

impl Found {
    /// The clock of the film that times mean for the log; `None` where nothing of it can be drawn.
    ///
    /// # Errors
    /// [`TimelineError`], as of a film.
    pub fn timeline(&self, spec: &TimeSpec) -> Option<Result<Timeline, TimelineError>> {
        let (first_ns, last_ns) = self.ends_ns?;
        Some(Timeline::settle_for(spec, first_ns, last_ns, self.events))
    }

    /// All findings with their scores in a film, the strongest first.
    #[must_use]
    pub fn ranked(&self, timeline: &Timeline) -> Vec<Finding> {
        choice::ranked(&self.findings, timeline)
    }

    /// What tells the log from others in a plan; `None` where nothing of it can be drawn.
    #[must_use]
    pub fn fingerprint(&self) -> Option<String> {
        let (first_ns, _) = self.ends_ns?;
        Some(fingerprint(self.packets, self.sources, self.ports, first_ns))
    }
}

impl<'a> Telling<'a> {
    fn new(
        names: &'a Names,
        numbers: Option<&'a [Vec<u32>; 2]>,
        measure: Measure,
        source_kind: &'a SourceKind,
    ) -> Self {
        let hosts = &names.hosts;
        let short = if hosts.len() <= MOST_SHORT {
            short_hosts(hosts)
        } else {
            Vec::new()
        };
        Self {
            names,
            numbers,
            short_hosts: short,
            has_hosts: hosts.iter().any(|host| !host.is_empty()),
            measure,
            source_kind,
        }
    }

    fn number(&self, kind: usize, number: u32) -> usize {
        self.numbers.map_or(number, |numbers| numbers[kind][number as usize]) as usize
    }

    fn source(&self, number: u32) -> Source {
        self.names.sources[self.number(0, number)].clone()
    }

    /// The name of a host in the log and in a picture; none where it has none, or where it is several.
    fn host(&self, number: Option<u32>) -> Option<(String, String)> {
        let number = number.filter(|number| *number != SEVERAL_HOSTS)?;
        let index = self.number(1, number);
        let name = self.names.hosts.get(index).filter(|name| !name.is_empty())?;
        let short = self.short_hosts.get(index).cloned();
        Some((name.clone(), short.unwrap_or_else(|| shown_host(name))))
    }

    /// A finding with its sentence.
    fn told(&self, mut finding: Finding, host: Option<u32>, counted: (u64, bool)) -> Finding {
        let host = self.host(host);
        if !self.has_hosts {
            finding.hosts = None;
        }
        let (usual, exact) = counted;
        let told = Told {
            measure: self.measure,
            source_kind: self.source_kind,
            host: host.as_ref().map(|(_, short)| short.as_str()),
            all_hosts: if self.has_hosts {
                self.names.hosts.len() as u64
            } else {
                0
            },
            usual,
            exact,
        };
        (finding.text, finding.title) = text::write(&finding, &told);
        finding.host = host.map(|(name, _)| name);
        finding
    }
}

/// A finding of a kind, of which nothing else is known yet.
fn finding(kind: Kind, at_ns: i64, until_ns: i64, above: f64) -> Finding {
    Finding {
        kind,
        at_ns,
        until_ns,
        peak_ns: at_ns,
        text: String::new(),
        title: String::new(),
        above,
        score: 0.0,
        source: None,
        port: None,
        host: None,
        packets: None,
        ports: None,
        sources: None,
        hosts: None,
        address: None,
        by_address: false,
    }
}

fn found(mut counts: Counts, telling: &Telling<'_>, source: String) -> Found {
    counts.close();
    let mut findings = Vec::new();
    let ends_ns = counts.ends_ns();
    if let Some(ends_ns) = ends_ns {
        let (first_ns, last_ns) = ends_ns;
        let span = Span {
            first: counts.grid.cell(first_ns),
            end: counts.grid.cell(last_ns) + 1,
        };
        add_address_scans(&mut counts, telling, &mut findings);
        add_scans(&mut counts, span, telling, &mut findings);
        add_sweeps(&mut counts, span, telling, &mut findings);
        add_worms(&mut counts, span, telling, &mut findings);
        add_late(&counts, ends_ns, telling, &mut findings);
        add_floods(&mut counts, telling, &mut findings);
    }
    let packets_of = |sums: &[counts::Sum]| sums.iter().map(|sum| sum.packets).sum();
    let (udp, tcp) = counts.of_ports.split_at(1 << 16);
    let some = |sums: &[counts::Sum]| sums.iter().filter(|sum| sum.packets > 0).count();
    Found {
        source,
        findings,
        ends_ns,
        events: counts.events,
        packets: [packets_of(udp), packets_of(tcp)],
        sources: some(&counts.of_sources),
        ports: some(&counts.of_ports),
    }
}

fn add_floods(counts: &mut Counts, telling: &Telling<'_>, findings: &mut Vec<Finding>) {
    for flood in floods::floods(counts, telling.measure) {
        let (source, slot) = pair_parts(flood.pair);
        let told = Finding {
            peak_ns: flood.peak_ns,
            source: Some(telling.source(source)),
            port: Some(port_of(slot)),
            packets: Some(flood.sum.packets),
            hosts: Some(crate::counting::HostSet::hosts(&flood.hosts).count().0),
            ..finding(Kind::Flood, flood.sum.first_ns, flood.sum.last_ns, flood.above)
        };
        findings.push(telling.told(told, flood.hosts.one(), (0, true)));
    }
}

fn add_address_scans(counts: &mut Counts, telling: &Telling<'_>, findings: &mut Vec<Finding>) {
    let length_ns = counts.grid.length_ns();
    for scan in counts.targets.iter_mut().flat_map(|targets| targets.scans(length_ns)) {
        if scan.above < waves::BEGINS {
            continue;
        }
        let (at_ns, until_ns) = scan.dense_ns;
        // Of few hosts, those of many ports are told by these.
        let is_one_port = scan.kind == ScanKind::Hosts;
        let told = Finding {
            peak_ns: middle(at_ns, until_ns),
            source: Some(telling.source(scan.source)),
            port: scan.one_port.filter(|_| is_one_port).map(port_of),
            packets: Some(scan.packets),
            ports: Some(scan.ports),
            hosts: Some(scan.hosts),
            address: address_text(scan.address),
            by_address: true,
            ..finding(Kind::Scan, at_ns, until_ns - 1, scan.targets as f64)
        };
        findings.push(telling.told(told, scan.one_host, (0, scan.exact)));
    }
}

fn middle(from_ns: i64, to_ns: i64) -> i64 {
    from_ns + to_ns.saturating_sub(from_ns) / 2
}

/// The waves of each series, as findings of a kind.
fn waves_of(
    mut counted: Lossy<Few>,
    span: Span,
    least: [u64; 4],
    cell_ns: impl Fn(i64) -> i64,
    mut add: impl FnMut(u64, &Wave, Finding),
) {
    // Tables that were joined know what they forgot.
    let known = Known::new(span, &counted);
    for (key, series) in counted.take_series() {
        for wave in known.waves(&series, least) {
            let [at_ns, until_ns, from_ns, to_ns] = [wave.from, wave.to, wave.peak.0, wave.peak.1].map(&cell_ns);
            let mut told = finding(Kind::Scan, at_ns, until_ns - 1, wave.above);
            told.peak_ns = middle(from_ns, to_ns);
            add(key, &wave, told);
        }
    }
}

fn add_scans(counts: &mut Counts, span: Span, telling: &Telling<'_>, findings: &mut Vec<Finding>) {
    let grid = counts.grid;
    let counted = std::mem::replace(&mut counts.ports, Lossy::new(0));
    waves_of(
        counted,
        span,
        LEAST_THINGS,
        |cell| grid.start_ns(cell),
        |source, wave, told| {
            let told = Finding {
                source: Some(telling.source(source as u32)),
                ports: Some(wave.things),
                ..told
            };
            findings.push(telling.told(told, None, (wave.usual, wave.exact)));
        },
    );
}

fn add_worms(counts: &mut Counts, span: Span, telling: &Telling<'_>, findings: &mut Vec<Finding>) {
    let grid = counts.grid;
    let counted = std::mem::replace(&mut counts.sources, Lossy::new(0));
    waves_of(
        counted,
        span,
        LEAST_THINGS,
        |cell| grid.start_ns(cell),
        |slot, wave, told| {
            let told = Finding {
                kind: Kind::Worm,
                port: Some(port_of(slot as u32)),
                sources: Some(wave.things),
                ..told
            };
            findings.push(telling.told(told, None, (wave.usual, wave.exact)));
        },
    );
}

fn add_sweeps(counts: &mut Counts, span: Span, telling: &Telling<'_>, findings: &mut Vec<Finding>) {
    let grid = counts.grid;
    let counted = std::mem::replace(&mut counts.hosts, Lossy::new(0));
    if !telling.has_hosts {
        return;
    }
    let half = (telling.names.hosts.len() as u64).div_ceil(2);
    let [one, long] = [LEAST_HOSTS, LEAST_HOSTS_LONG].map(|least| least.max(half));
    waves_of(
        counted,
        span,
        [one, long, long, long],
        |cell| grid.start_ns(cell),
        |pair, wave, told| {
            let (source, slot) = pair_parts(pair);
            let told = Finding {
                kind: Kind::Sweep,
                source: Some(telling.source(source)),
                port: Some(port_of(slot)),
                hosts: Some(wave.things),
                ..told
            };
            findings.push(telling.told(told, None, (wave.usual, wave.exact)));
        },
    );
}

fn add_late(counts: &Counts, ends_ns: (i64, i64), telling: &Telling<'_>, findings: &mut Vec<Finding>) {
    for silence in late::silences(counts) {
        let told = finding(Kind::Silence, silence.from_ns, silence.to_ns, silence.above);
        findings.push(telling.told(told, None, (0, true)));
    }
    if telling.has_hosts {
        for (host, silence) in late::stopped_hosts(counts) {
            let told = finding(Kind::Silence, silence.from_ns, silence.to_ns, silence.above);
            findings.push(telling.told(told, Some(host), (0, true)));
        }
    }
    let first = |sum: &counts::Sum| Finding {
        packets: Some(sum.packets),
        ..finding(Kind::First, sum.first_ns, sum.first_ns, 1.0)
    };
    for slot in late::late(&counts.of_ports, ends_ns) {
        let told = Finding {
            port: Some(port_of(slot)),
            ..first(&counts.of_ports[slot as usize])
        };
        findings.push(telling.told(told, None, (0, true)));
    }
    for source in late::late(&counts.of_sources, ends_ns) {
        let told = Finding {
            source: Some(telling.source(source)),
            ..first(&counts.of_sources[source as usize])
        };
        findings.push(telling.told(told, None, (0, true)));
    }
}
