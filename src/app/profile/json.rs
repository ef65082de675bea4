//! A profile as JSON, with the names of render's report where it tells the same: [`Report`].
//!
//! [`Report`]: super::super::report::Report

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;

use super::super::report::{LeftOutReport, Line, Packets};
use super::memory::film_bytes;
use super::text::BinSummary;
use crate::model::{Port, Protocol, Source};
use crate::profile::{self, BUBBLES_ERROR, Count, Drawn, Profile, Reached, SCAN_ERROR};
use crate::words::{SEVERAL_HOSTS_TEXT, spoken_name, utc};

/// Entries of the lists of countries, ports and hosts.
const TOP: usize = 20;

/// The JSON that `profile --json` prints.
#[derive(Debug, Serialize)]
pub(super) struct ProfileReport<'a> {
    portbloom: &'static str,
    source: &'a str,
    files: &'a [String],
    rows: u64,
    drawable: u64,
    left_out: BTreeMap<&'static str, u64>,
    first_lines: BTreeMap<&'static str, Vec<Line>>,
    packets: Packets,
    other_protocols: &'a BTreeMap<String, u64>,
    group_by: String,
    measure: &'static str,
    formats: &'a [String],
    warnings: &'a [String],
    #[serde(flatten)]
    drawn: Option<DrawnReport<'a>>,
}

#[derive(Debug, Serialize)]
struct DrawnReport<'a> {
    first: String,
    last: String,
    steps_back: u64,
    furthest_step_back_secs: f64,
    gaps: Vec<Gap>,
    protocols: BTreeMap<&'static str, CountReport>,
    countries: usize,
    ports: BTreeMap<&'static str, usize>,
    hosts: usize,
    top_countries: Vec<TopSource<'a>>,
    top_ports: Vec<TopPort>,
    top_hosts: Vec<TopHost<'a>>,
    packets_per_bin: BinReport,
    bursts: Vec<Burst<'a>>,
    port_scans: Vec<Scan<'a, CountryName<'a>>>,
    country_scans: Vec<Scan<'a, PortName>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    top_addresses: Vec<TopAddress<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    address_scans: Vec<AddressScan<'a>>,
    bins: Vec<Choice>,
    #[serde(flatten)]
    film: Option<Film>,
    no_film: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct Gap {
    from: String,
    to: String,
    secs: f64,
}

#[derive(Debug, Serialize)]
struct CountReport {
    rows: u64,
    packets: u64,
}

#[derive(Debug, Serialize)]
struct CountryName<'a> {
    country: &'a str,
    name: &'a str,
}

#[derive(Debug, Serialize)]
struct PortName {
    protocol: &'static str,
    port: u16,
}

#[derive(Debug, Serialize)]
struct TopSource<'a> {
    #[serde(flatten)]
    country: CountryName<'a>,
    packets: u64,
}

#[derive(Debug, Serialize)]
struct TopPort {
    #[serde(flatten)]
    port: PortName,
    packets: u64,
}

#[derive(Debug, Serialize)]
struct TopHost<'a> {
    host: &'a str,
    packets: u64,
}

#[derive(Debug, Serialize)]
struct TopAddress<'a> {
    address: &'a str,
    #[serde(flatten)]
    country: CountryName<'a>,
    packets: u64,
    may_miss_packets: u64,
}

#[derive(Debug, Serialize)]
struct AddressScan<'a> {
    address: &'a str,
    #[serde(flatten)]
    country: CountryName<'a>,
    kind: &'static str,
    targets: u64,
    ports: u64,
    hosts: u64,
    exact: bool,
    from: String,
    to: String,
    #[serde(flatten)]
    around: Option<Around>,
    packets: u64,
}

#[derive(Debug, Serialize)]
struct BinReport {
    bin_secs: f64,
    bins: usize,
    empty: u64,
    least: u64,
    median: u64,
    p99: u64,
    most: u64,
    histogram: Vec<Bucket>,
}

#[derive(Debug, Serialize)]
struct Bucket {
    from: u64,
    to: u64,
    bins: u64,
}

/// The hosts that were reached: the name of one, or a number.
#[derive(Debug, Serialize)]
struct HostsReport<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    host: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hosts: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hosts_exact: Option<bool>,
}

#[derive(Debug, Serialize)]
struct Burst<'a> {
    #[serde(flatten)]
    country: CountryName<'a>,
    #[serde(flatten)]
    port: PortName,
    #[serde(flatten)]
    hosts: Option<HostsReport<'a>>,
    peak: String,
    /// The moment for `frame --at` in which its largest bubble flies.
    #[serde(skip_serializing_if = "Option::is_none")]
    frame_at: Option<String>,
    #[serde(flatten)]
    around: Option<Around>,
    peak_packets: u64,
    may_miss_packets: u64,
    usual: u64,
    from: String,
    to: String,
    packets: u64,
}

#[derive(Debug, Serialize)]
struct Scan<'a, T> {
    #[serde(flatten)]
    one: T,
    #[serde(flatten)]
    hosts: Option<HostsReport<'a>>,
    many: u64,
    exact: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<f64>,
    usual: u64,
    cell_secs: f64,
    from: String,
    to: String,
    #[serde(flatten)]
    around: Option<Around>,
    packets: u64,
}

/// The time range of a film of it alone, for `render --start --end`.
#[derive(Debug, Serialize)]
struct Around {
    render_start: String,
    render_end: String,
}

#[derive(Debug, Serialize)]
struct Choice {
    bin_secs: f64,
    bubbles: u64,
    exact: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<f64>,
    film_secs: f64,
    memory_bytes: u64,
    unit: u64,
}

/// The film by default.
#[derive(Debug, Serialize)]
struct Film {
    bubbles: u64,
    start: String,
    end: String,
    bin_secs: f64,
    pace_secs: f64,
    travel_secs: f64,
    frames: u64,
    fps: String,
    film_secs: f64,
    one_minute_pace_secs: f64,
    memory_bytes: u64,
    unit: u64,
}

impl<'a> ProfileReport<'a> {
    pub fn new(profile: &'a Profile) -> Self {
        let left_out = LeftOutReport::new(&profile.left_out, &profile.files);
        let drawn = profile.drawn.as_ref().map(DrawnReport::new);
        let packets = profile.drawn.as_ref().map_or(0, |drawn| {
            let [udp, tcp] = drawn.protocols;
            udp.packets + tcp.packets
        });
        Self {
            portbloom: env!("CARGO_PKG_VERSION"),
            source: &profile.source,
            files: &profile.files,
            rows: profile.rows,
            drawable: profile.drawable,
            left_out: left_out.rows,
            first_lines: left_out.first_lines,
            packets: Packets {
                not_asked_for: 0,
                input: profile.rows_packets,
                drawn: packets,
                left_out: left_out.packets,
            },
            other_protocols: &profile.other_protocols,
            group_by: profile.source_kind.to_string(),
            measure: profile.measure.name(),
            formats: &profile.formats,
            warnings: &profile.warnings,
            drawn,
        }
    }
}

impl<'a> DrawnReport<'a> {
    fn new(drawn: &'a Drawn) -> Self {
        let ports = |protocol| drawn.ports.iter().filter(|(port, _)| port.protocol == protocol).count();
        let count = |Count { rows, packets }| CountReport { rows, packets };
        let [udp, tcp] = drawn.protocols.map(count);
        let (film, no_film) = match &drawn.film {
            Ok(film) => (Some(Film::new(drawn, film)), None),
            Err(reason) => (None, Some(reason.as_str())),
        };
        Self {
            first: utc(drawn.first_ns),
            last: utc(drawn.last_ns),
            steps_back: drawn.steps_back,
            furthest_step_back_secs: drawn.furthest_step_back_ns as f64 / 1e9,
            gaps: drawn
                .gaps
                .iter()
                .map(|(from, to)| Gap {
                    from: utc(*from),
                    to: utc(*to),
                    secs: to.abs_diff(*from) as f64 / 1e9,
                })
                .collect(),
            protocols: [("udp", udp), ("tcp", tcp)].into(),
            countries: drawn.sources.len(),
            ports: [("udp", ports(Protocol::Udp)), ("tcp", ports(Protocol::Tcp))].into(),
            hosts: drawn.hosts.len(),
            top_countries: drawn
                .sources
                .iter()
                .take(TOP)
                .map(|(country, packets)| TopSource {
                    country: CountryName::new(country),
                    packets: *packets,
                })
                .collect(),
            top_ports: drawn
                .ports
                .iter()
                .take(TOP)
                .map(|(port, packets)| TopPort {
                    port: PortName::new(*port),
                    packets: *packets,
                })
                .collect(),
            top_hosts: drawn
                .hosts
                .iter()
                .take(TOP)
                .map(|(host, packets)| TopHost {
                    host,
                    packets: *packets,
                })
                .collect(),
            packets_per_bin: BinReport::new(drawn),
            bursts: drawn.bursts.iter().map(|burst| Burst::new(burst, drawn)).collect(),
            port_scans: drawn
                .port_scans
                .iter()
                .map(|scan| Scan::new(scan, CountryName::new(&scan.one), drawn))
                .collect(),
            country_scans: drawn
                .source_scans
                .iter()
                .map(|scan| Scan::new(scan, PortName::new(scan.one), drawn))
                .collect(),
            top_addresses: drawn
                .addresses
                .iter()
                .map(|top| TopAddress {
                    address: &top.address,
                    country: CountryName::new(&top.source),
                    packets: top.packets,
                    may_miss_packets: top.missing,
                })
                .collect(),
            address_scans: drawn
                .address_scans
                .iter()
                .map(|scan| AddressScan {
                    address: &scan.address,
                    country: CountryName::new(&scan.source),
                    kind: scan.kind.name(),
                    targets: scan.targets,
                    ports: scan.ports,
                    hosts: scan.hosts,
                    exact: scan.exact,
                    from: utc(scan.from_ns),
                    to: utc(scan.to_ns),
                    around: Around::new(scan.from_ns, scan.to_ns, drawn),
                    packets: scan.packets,
                })
                .collect(),
            bins: drawn.choices.iter().map(Choice::new).collect(),
            film,
            no_film,
        }
    }
}

impl<'a> CountryName<'a> {
    fn new(country: &'a Source) -> Self {
        Self {
            country: &country.code,
            name: spoken_name(country),
        }
    }
}

impl PortName {
    fn new(port: Port) -> Self {
        Self {
            protocol: port.protocol.name(),
            port: port.number,
        }
    }
}

impl BinReport {
    fn new(drawn: &Drawn) -> Self {
        let summary = BinSummary::new(&drawn.bins);
        Self {
            bin_secs: drawn.bin_ns as f64 / 1e9,
            bins: drawn.bins.len(),
            empty: summary.empty,
            least: summary.least,
            median: summary.median,
            p99: summary.p99,
            most: summary.most,
            histogram: summary
                .histogram
                .iter()
                .map(|(from, to, bins)| Bucket {
                    from: *from,
                    to: *to,
                    bins: *bins,
                })
                .collect(),
        }
    }
}

impl<'a> Burst<'a> {
    fn new(burst: &'a profile::Burst, drawn: &Drawn) -> Self {
        Self {
            country: CountryName::new(&burst.source),
            port: PortName::new(burst.port),
            hosts: burst.hosts.as_ref().map(HostsReport::new),
            peak: utc(burst.peak_ns),
            frame_at: drawn.shown_ns(burst).map(utc),
            around: Around::new(burst.from_ns, burst.to_ns, drawn),
            peak_packets: burst.peak_packets,
            may_miss_packets: burst.missing,
            usual: burst.usual,
            from: utc(burst.from_ns),
            to: utc(burst.to_ns),
            packets: burst.packets,
        }
    }
}

impl Around {
    fn new(from_ns: i64, to_ns: i64, drawn: &Drawn) -> Option<Self> {
        let (start_ns, end_ns) = drawn.around_ns(from_ns, to_ns)?;
        Some(Self {
            render_start: utc(start_ns),
            render_end: utc(end_ns),
        })
    }
}

impl<'a> HostsReport<'a> {
    fn new(reached: &'a Reached) -> Self {
        let (host, hosts, hosts_exact) = match reached {
            Reached::One(host) => (Some(Cow::from(host)), Some(1), Some(true)),
            Reached::Many { count, exact } => (None, Some(*count), Some(*exact)),
            // As in the list of hosts.
            Reached::Several => (Some(format!("({SEVERAL_HOSTS_TEXT})").into()), None, None),
        };
        Self {
            host,
            hosts,
            hosts_exact,
        }
    }
}

impl<'a, T> Scan<'a, T> {
    fn new<O>(scan: &'a profile::Scan<O>, one: T, drawn: &Drawn) -> Self {
        Self {
            around: Around::new(scan.from_ns, scan.to_ns, drawn),
            one,
            hosts: scan.hosts.as_ref().map(HostsReport::new),
            many: scan.many,
            exact: scan.exact,
            error: (!scan.exact).then_some(SCAN_ERROR),
            usual: scan.usual,
            cell_secs: scan.cell_ns as f64 / 1e9,
            from: utc(scan.from_ns),
            to: utc(scan.to_ns),
            packets: scan.packets,
        }
    }
}

impl Choice {
    fn new(choice: &profile::Choice) -> Self {
        Self {
            bin_secs: choice.bin_ns as f64 / 1e9,
            bubbles: choice.bubbles,
            exact: choice.exact,
            error: (!choice.exact).then_some(BUBBLES_ERROR),
            film_secs: choice.film_secs,
            memory_bytes: film_bytes(choice.bubbles),
            unit: choice.unit,
        }
    }
}

impl Film {
    fn new(drawn: &Drawn, film: &profile::Film) -> Self {
        let timeline = &film.timeline;
        let (bubbles, unit) = drawn
            .default_choice()
            .map_or((0, 1), |choice| (choice.bubbles, choice.unit));
        Self {
            bubbles,
            start: utc(timeline.start_ns),
            end: utc(timeline.end_ns),
            bin_secs: timeline.bin_ns as f64 / 1e9,
            pace_secs: timeline.pace_secs(),
            travel_secs: timeline.travel_ns as f64 / 1e9,
            frames: timeline.frames(),
            fps: timeline.fps.to_string(),
            film_secs: film.secs,
            one_minute_pace_secs: film.minute_pace_secs,
            memory_bytes: film_bytes(bubbles),
            unit,
        }
    }
}
