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

use std::thread;

use counts::{Counts, Row, pair_parts};
use text::Told;
use waves::{Known, Least, Span, Wave};

use crate::counting::{Beside, Few, Grid, Lossy};
use crate::log::{Log, LogError};
use crate::model::{Batch, Event, Measure, Names, Port, Reading, SEVERAL_HOSTS, Source, SourceKind, address_text};
use crate::plan::{Kind, fingerprint};
use crate::profile::ScanKind;
use crate::profile::targets::TargetsByAddress;
use crate::timeline::{TimeSpec, Timeline};
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
    /// On a thread of its own: it takes longer than taking rows apart does.
    counts: Beside<Counts>,
    start_ns: Option<i64>,
    end_ns: Option<i64>,
    /// Whether rows are bubbles.
    of_bubbles: bool,
    /// The first and the last of all times.
    span_ns: Option<(i64, i64)>,
}

/// What was found in a log.
#[derive(Clone, Debug)]
pub struct Found {
    /// Name of the log in messages.
    pub source: String,
    /// What of it was found, in no order and without scores.
    findings: Vec<Finding>,
    /// Time of the first packet, and of the last; those of the time range, and of all.
    ends_ns: Option<(i64, i64)>,
    span_ns: Option<(i64, i64)>,
    asked_ns: [Option<i64>; 2],
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
    of_bubbles: bool,
}

impl Finder {
    /// Begins with a log of which a time range is looked at: those bounds of it that were given. `of_bubbles` where some
    /// of its rows are bubbles, which know when their first packet came, and not their last.
    #[must_use]
    pub fn new(start_ns: Option<i64>, end_ns: Option<i64>, of_bubbles: bool) -> Self {
        Self {
            counts: Beside::new(Counts::new),
            start_ns,
            end_ns,
            of_bubbles,
            span_ns: None,
        }
    }

    /// Takes in rows, with their addresses where the batch has them.
    pub fn add(&mut self, batch: &Batch<'_>) {
        let start_ns = self.start_ns.unwrap_or(i64::MIN);
        let end_ns = self.end_ns.unwrap_or(i64::MAX);
        for (index, event) in batch.events.iter().enumerate() {
            let time_ns = event.time_ns;
            let (first_ns, last_ns) = self.span_ns.unwrap_or((time_ns, time_ns));
            self.span_ns = Some((first_ns.min(time_ns), last_ns.max(time_ns)));
            if start_ns <= time_ns && (time_ns < end_ns || end_ns == i64::MAX) {
                let address = batch.addresses.get(index).copied().unwrap_or_default();
                self.counts.add(Row { event: *event, address });
            }
        }
    }

    /// What was found in a log, when all of it was taken in; `reading` is what reading it gave at the end.
    #[must_use]
    pub fn finish(self, reading: &Reading) -> Found {
        let (names, numbers) = reading.names.clone().sorted();
        let mut telling = Telling::new(&names, Some(&numbers), reading.measure, &reading.source_kind);
        telling.of_bubbles = self.of_bubbles;
        Found {
            span_ns: self.span_ns,
            asked_ns: [self.start_ns, self.end_ns],
            ..found(self.counts.finish(), &telling, reading.source.clone())
        }
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
    let mut telling = Telling::new(&log.names, None, log.measure, &log.source_kind);
    telling.of_bubbles = true;
    found(counts, &telling, log.source.clone())
}

impl Found {
    /// The clock of the film that times mean for the log; `None` where nothing of it can be drawn.
    ///
    /// # Errors
    /// [`LogError`], as of a film: nothing in the time range that was asked for, or a film that is too long.
    pub fn timeline(&self, spec: &TimeSpec) -> Result<Option<Timeline>, LogError> {
        match (self.ends_ns, self.span_ns) {
            (Some((first_ns, last_ns)), _) => Ok(Some(Timeline::settle_for(spec, first_ns, last_ns, self.events)?)),
            (None, Some((first_ns, last_ns))) => {
                Err(LogError::empty_range(&self.source, self.asked_ns, [first_ns, last_ns]))
            }
            (None, None) => Ok(None),
        }
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
            of_bubbles: false,
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
            of_bubbles: self.of_bubbles,
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
    let ends_ns = counts.ends_ns();
    let findings = ends_ns.map_or_else(Vec::new, |ends_ns| all(&mut counts, ends_ns, telling));
    let packets_of = |sums: &[counts::Sum]| sums.iter().map(|sum| sum.packets).sum();
    let (udp, tcp) = counts.of_ports.split_at(1 << 16);
    let some = |sums: &[counts::Sum]| sums.iter().filter(|sum| sum.packets > 0).count();
    Found {
        source,
        findings,
        ends_ns,
        span_ns: ends_ns,
        asked_ns: [None; 2],
        events: counts.events,
        packets: [packets_of(udp), packets_of(tcp)],
        sources: some(&counts.of_sources),
        ports: some(&counts.of_ports),
    }
}

/// All that is found. Each table is looked through on a thread of its own.
fn all(counts: &mut Counts, ends_ns: (i64, i64), telling: &Telling<'_>) -> Vec<Finding> {
    let (first_ns, last_ns) = ends_ns;
    let span = Span {
        first: counts.grid.cell(first_ns),
        end: counts.grid.cell(last_ns) + 1,
    };
    let [ports, sources, hosts] = [&mut counts.ports, &mut counts.sources, &mut counts.hosts]
        .map(|table| std::mem::replace(table, Lossy::new(0)));
    let pours = std::mem::replace(&mut counts.pours, Lossy::new(0));
    let targets = counts.targets.take();
    let (counts, grid) = (&*counts, counts.grid);
    thread::scope(|scope| {
        let threads = [
            scope.spawn(|| scans(ports, grid, span, telling)),
            scope.spawn(|| sweeps(hosts, grid, span, telling)),
            scope.spawn(|| worms(sources, grid, span, telling)),
            scope.spawn(|| floods(pours, counts, telling)),
        ];
        let mut findings = targets.map_or_else(Vec::new, |targets| address_scans(targets, grid, telling));
        findings.extend(late(counts, ends_ns, telling));
        for thread in threads {
            findings.extend(thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        findings
    })
}

fn floods(pours: Lossy<counts::Sum>, counts: &Counts, telling: &Telling<'_>) -> Vec<Finding> {
    let floods = floods::floods(pours, counts, telling.measure).into_iter();
    let told = floods.map(|flood| {
        let (source, slot) = pair_parts(flood.pair);
        let told = Finding {
            peak_ns: flood.peak_ns,
            source: Some(telling.source(source)),
            port: Some(Port::at(slot)),
            packets: Some(flood.sum.packets),
            hosts: (!flood.to_several).then(|| flood.hosts.count().0),
            ..finding(Kind::Flood, flood.sum.first_ns, flood.sum.last_ns, flood.above)
        };
        let host = flood.hosts.one().filter(|_| !flood.to_several);
        telling.told(told, host, (0, true))
    });
    told.collect()
}

fn address_scans(mut targets: TargetsByAddress, grid: Grid, telling: &Telling<'_>) -> Vec<Finding> {
    let scans = targets.scans(grid.length_ns()).into_iter();
    let told = scans.filter(|scan| scan.above >= waves::BEGINS).map(|scan| {
        let (at_ns, until_ns) = scan.dense_ns;
        // Of few hosts, those of many ports are told by these.
        let is_one_port = scan.kind == ScanKind::Hosts;
        let told = Finding {
            peak_ns: middle(at_ns, until_ns),
            source: Some(telling.source(scan.source)),
            port: scan.one_port.filter(|_| is_one_port).map(Port::at),
            packets: Some(scan.packets),
            ports: Some(scan.ports),
            hosts: Some(scan.hosts),
            address: address_text(scan.address),
            by_address: true,
            ..finding(Kind::Scan, at_ns, until_ns - 1, scan.targets as f64)
        };
        telling.told(told, scan.one_host, (0, scan.exact))
    });
    told.collect()
}

fn middle(from_ns: i64, to_ns: i64) -> i64 {
    from_ns + to_ns.saturating_sub(from_ns) / 2
}

/// The waves of each series of a table, as findings: `told` makes one of a key and a wave, and says of which kind it is.
fn waves_of(
    mut counted: Lossy<Few>,
    (grid, span): (Grid, Span),
    least: Least,
    telling: &Telling<'_>,
    told: impl Fn(u64, &Wave, Finding) -> Finding,
) -> Vec<Finding> {
    // Tables that were joined know what they forgot.
    let known = Known::new(span, &counted);
    let mut findings = Vec::new();
    for (key, series) in counted.take_series() {
        for wave in known.waves(&series, least) {
            let times_ns = [wave.from, wave.to, wave.peak.0, wave.peak.1].map(|cell| grid.start_ns(cell));
            let [at_ns, until_ns, from_ns, to_ns] = times_ns;
            let mut plain = finding(Kind::Scan, at_ns, until_ns - 1, wave.above);
            plain.peak_ns = middle(from_ns, to_ns);
            findings.push(telling.told(told(key, &wave, plain), None, (wave.usual, wave.exact)));
        }
    }
    findings
}

fn scans(ports: Lossy<Few>, grid: Grid, span: Span, telling: &Telling<'_>) -> Vec<Finding> {
    waves_of(ports, (grid, span), LEAST_THINGS, telling, |source, wave, told| {
        Finding {
            source: Some(telling.source(source as u32)),
            ports: Some(wave.things),
            ..told
        }
    })
}

fn worms(sources: Lossy<Few>, grid: Grid, span: Span, telling: &Telling<'_>) -> Vec<Finding> {
    waves_of(sources, (grid, span), LEAST_THINGS, telling, |slot, wave, told| {
        Finding {
            kind: Kind::Worm,
            port: Some(Port::at(slot as u32)),
            sources: Some(wave.things),
            ..told
        }
    })
}

fn sweeps(hosts: Lossy<Few>, grid: Grid, span: Span, telling: &Telling<'_>) -> Vec<Finding> {
    if !telling.has_hosts {
        return Vec::new();
    }
    let half = (telling.names.hosts.len() as u64).div_ceil(2);
    let [one, long] = [LEAST_HOSTS, LEAST_HOSTS_LONG].map(|least| least.max(half));
    let least = [one, long, long, long];
    waves_of(hosts, (grid, span), least, telling, |pair, wave, told| {
        let (source, slot) = pair_parts(pair);
        Finding {
            kind: Kind::Sweep,
            source: Some(telling.source(source)),
            port: Some(Port::at(slot)),
            hosts: Some(wave.things),
            ..told
        }
    })
}

fn late(counts: &Counts, ends_ns: (i64, i64), telling: &Telling<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
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
            port: Some(Port::at(slot)),
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
    findings
}
