//! A profile as text for people: as wide as the terminal, with bars of block characters.

use super::super::report::{LeftOutReport, without};
use super::memory::film_bytes;
use crate::model::{Measure, Protocol, Reason};
use crate::profile::{Burst, Drawn, Film, Profile, Reached, Scan, TopAddress};
use crate::words::{
    SEVERAL_HOSTS_TEXT, amount_text, counted, grouped, later_time_text, measured, plural, port_text, printable_line,
    short_count, short_duration, shown_host, spoken_name, time_text, utc,
};

/// Columns of text where standard output is no terminal.
const DEFAULT_WIDTH: usize = 100;
/// Text does not get narrower or wider than this.
const WIDTHS: (usize, usize) = (60, 160);
/// Rows of the lists of countries, ports and hosts.
const TOP: usize = 8;
/// Bursts, scans and gaps of a kind that are told.
const TOLD: usize = 5;
/// Rows of the picture of packets over time.
const ROWS: usize = 3;
/// Columns between lists side by side.
const GUTTER: usize = 3;
const BARS: [char; 9] = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];
const HEIGHTS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Columns of the terminal that standard output is.
pub(super) fn terminal_width() -> usize {
    let (least, most) = WIDTHS;
    terminal_size::terminal_size().map_or(DEFAULT_WIDTH, |(width, _)| usize::from(width.0).clamp(least, most))
}

/// The spread of packets over bins.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BinSummary {
    pub empty: u64,
    pub least: u64,
    pub median: u64,
    pub p99: u64,
    pub most: u64,
    /// Least and most packets, and the number of bins that have them: 0, 1, 2 to 3, 4 to 7, and so on.
    pub histogram: Vec<(u64, u64, u64)>,
}

impl BinSummary {
    /// Of bins, of which there is at least one. The median and the 99th percentile are numbers of
    /// packets that a bin has: the least that half, or 99 in 100, of all bins do not exceed.
    pub fn new(bins: &[u64]) -> Self {
        let mut sorted = bins.to_vec();
        sorted.sort_unstable();
        let rank = |percent: usize| {
            let rank = (sorted.len() * percent).div_ceil(100).max(1) - 1;
            sorted.get(rank).copied().unwrap_or_default()
        };
        let mut histogram: Vec<(u64, u64, u64)> = Vec::new();
        for packets in &sorted {
            let (from, to) = match packets {
                0 => (0, 0),
                some => (1 << some.ilog2(), (1_u64 << some.ilog2()) - 1 + (1 << some.ilog2())),
            };
            match histogram.last_mut() {
                Some(last) if last.0 == from => last.2 += 1,
                _ => histogram.push((from, to, 1)),
            }
        }
        Self {
            empty: sorted.partition_point(|packets| *packets == 0) as u64,
            least: rank(0),
            median: rank(50),
            p99: rank(99),
            most: rank(100),
            histogram,
        }
    }
}

/// The whole text.
pub(super) fn write(profile: &Profile, width: usize) -> String {
    let mut text = String::new();
    line(&mut text, &printable_line(&profile.source));
    if profile.files.len() > 1 {
        for file in &profile.files {
            line(&mut text, &format!("  {}", printable_line(file)));
        }
    }
    for format in &profile.formats {
        line(&mut text, &printable_line(format));
    }
    text.push('\n');
    write_rows(profile, &mut text);
    if let Some(drawn) = &profile.drawn {
        write_times(drawn, profile.measure, &mut text);
        write_tops(drawn, profile, width, &mut text);
        write_bins(drawn, profile.measure, width, &mut text);
        write_unusual(drawn, profile, &mut text);
        write_addresses(drawn, profile.measure, &mut text);
        write_film(drawn, &mut text);
    }
    for warning in &profile.warnings {
        line(&mut text, &format!("\nnote: {warning}"));
    }
    text
}

/// Adds a line, without blanks at its end.
fn line(text: &mut String, line: &str) {
    text.push_str(line.trim_end());
    text.push('\n');
}

/// A heading and what it is about, aligned with the others.
fn fact(text: &mut String, name: &str, what: &str) {
    line(text, &format!("{name:<10}{what}"));
}

fn write_rows(profile: &Profile, text: &mut String) {
    let rows = grouped(profile.rows);
    fact(
        text,
        "rows",
        &format!("{rows}: {} can be drawn", grouped(profile.drawable)),
    );
    let left_out = LeftOutReport::new(&profile.left_out, &profile.files);
    for reason in Reason::ALL {
        let rows = left_out.rows[reason.key()];
        if rows == 0 {
            continue;
        }
        let what = match reason {
            Reason::OutsideRange => "outside the time range".to_owned(),
            Reason::NoPort => {
                let mut protocols: Vec<_> = profile.other_protocols.iter().collect();
                protocols.sort_by_key(|(_, rows)| std::cmp::Reverse(**rows));
                let named = protocols.iter().take(4).map(|(name, rows)| {
                    let name = if name.is_empty() { "others" } else { name };
                    format!("{} {}", printable_line(name), grouped(**rows))
                });
                let named = named.collect::<Vec<_>>().join(", ");
                if named.is_empty() {
                    "without a TCP or UDP port".to_owned()
                } else {
                    format!("without a TCP or UDP port ({named})")
                }
            }
            Reason::NothingMeasured => without(profile.measure).to_owned(),
            Reason::Filtered => "that --where leaves out".to_owned(),
            Reason::Reply => "that are replies".to_owned(),
            Reason::Repeat => "that tell of a connection again".to_owned(),
            Reason::Unreadable => "that cannot be read".to_owned(),
        };
        fact(text, "", &format!("{} {what}", grouped(rows)));
        let first = &left_out.first_lines[reason.key()];
        for found in first.iter().filter(|_| reason.is_fault()) {
            let file = found
                .file
                .as_deref()
                .map_or_else(String::new, |file| format!("{}, ", printable_line(file)));
            let what = match found.what.as_str() {
                "" => String::new(),
                what => format!(": {what}"),
            };
            fact(text, "", &format!("  {file}{}{what}", found.place_text));
        }
    }
}

fn write_times(drawn: &Drawn, measure: Measure, text: &mut String) {
    let span = drawn.last_ns.abs_diff(drawn.first_ns);
    let (first, last) = (time_text(drawn.first_ns), time_text(drawn.last_ns));
    fact(
        text,
        "time",
        &format!("{first} to {last}, UTC: {}", short_duration(span)),
    );
    let order = match drawn.steps_back {
        0 => "by time".to_owned(),
        steps => format!(
            "{} {} back in time, by {} at most",
            counted(steps, "row"),
            if steps == 1 { "goes" } else { "go" },
            short_duration(drawn.furthest_step_back_ns)
        ),
    };
    fact(text, "order", &order);
    let gap = |(from, to): &(i64, i64)| format!("{} from {}", short_duration(to.abs_diff(*from)), time_text(*from));
    let gaps = drawn.gaps.iter().take(TOLD).map(gap).collect::<Vec<_>>();
    let bin = short_duration(drawn.bin_ns.unsigned_abs());
    match gaps.split_first() {
        None => fact(text, "gaps", &format!("none longer than a bin ({bin})")),
        Some((first, rest)) => {
            fact(text, "gaps", &format!("longest {first}"));
            for gap in rest {
                fact(text, "", &format!("        {gap}"));
            }
        }
    }
    let [udp, tcp] = drawn.protocols;
    let all = udp.packets + tcp.packets;
    let of = |protocol: Protocol, packets| {
        format!(
            "{protocol} {} ({})",
            amount_text(packets, measure),
            percent(packets, all)
        )
    };
    let packets = amount_text(all, measure);
    let (udp, tcp) = (of(Protocol::Udp, udp.packets), of(Protocol::Tcp, tcp.packets));
    fact(text, measure.name(), &format!("{packets}: {udp}, {tcp}"));
}

/// Countries, ports and hosts: side by side where there is room.
fn write_tops(drawn: &Drawn, profile: &Profile, width: usize, text: &mut String) {
    let (source, measure) = (profile.source_kind.noun(), profile.measure);
    let sources = top(measure, source, drawn.sources.len(), &drawn.sources, |one| {
        printable_line(spoken_name(one)).into_owned()
    });
    let ports = top(measure, "port", drawn.ports.len(), &drawn.ports, |port| {
        port_text(*port)
    });
    let hosts = top(measure, "host", drawn.hosts.len(), &drawn.hosts, |host| {
        match host.as_str() {
            "" => "(not named)".to_owned(),
            host => printable_line(host).into_owned(),
        }
    });
    let columns: Vec<Top> = if drawn.hosts.iter().all(|(host, _)| host.is_empty()) {
        vec![sources, ports]
    } else {
        vec![sources, ports, hosts]
    };
    text.push('\n');
    let each = (width + GUTTER) / columns.len() - GUTTER;
    if each >= 30 {
        let columns: Vec<Vec<String>> = columns.iter().map(|top| top.lines(each)).collect();
        let rows = columns.iter().map(Vec::len).max().unwrap_or(0);
        for row in 0..rows {
            let cells = columns.iter().map(|column| column.get(row).map_or("", String::as_str));
            let cells = cells.map(|cell| format!("{cell:<each$}"));
            line(text, &cells.collect::<Vec<_>>().join(&" ".repeat(GUTTER)));
        }
    } else {
        for top in columns {
            for cell in top.lines(width.min(60)) {
                line(text, &cell);
            }
        }
    }
}

/// The first of a list by packets.
struct Top {
    heading: String,
    rows: Vec<(String, u64)>,
    all: u64,
    measure: Measure,
}

fn top<T>(measure: Measure, noun: &str, count: usize, list: &[(T, u64)], named: impl Fn(&T) -> String) -> Top {
    let rows = list.iter().take(TOP).map(|(one, packets)| (named(one), *packets));
    Top {
        heading: counted(count as u64, noun),
        rows: rows.collect(),
        all: list.iter().map(|(_, packets)| packets).sum(),
        measure,
    }
}

impl Top {
    fn lines(&self, width: usize) -> Vec<String> {
        let most = self.rows.first().map_or(1, |(_, packets)| *packets);
        let digits = self
            .rows
            .iter()
            .map(|(_, packets)| amount_text(*packets, self.measure).len());
        let digits = digits.max().unwrap_or(0);
        // Name, packets, share, bar, with a blank between; a bar of three columns says something still.
        let name_width = width.saturating_sub(digits + 9).clamp(8, 20);
        let bar_width = width.saturating_sub(name_width + digits + 6).min(30);
        let row = |(name, packets): &(String, u64)| {
            let name = cut(name, name_width);
            let share = 100.0 * *packets as f64 / self.all.max(1) as f64;
            let bar = bar(*packets, most, bar_width);
            format!(
                "{name:<name_width$} {:>digits$} {share:>2.0}% {bar}",
                amount_text(*packets, self.measure)
            )
        };
        std::iter::once(self.heading.clone())
            .chain(self.rows.iter().map(row))
            .collect()
    }
}

fn write_bins(drawn: &Drawn, measure: Measure, width: usize, text: &mut String) {
    let summary = BinSummary::new(&drawn.bins);
    let bin = short_duration(drawn.bin_ns.unsigned_abs());
    line(text, &format!("\n{measure} in a bin of {bin}"));
    let [least, median, p99, most] =
        [summary.least, summary.median, summary.p99, summary.most].map(|amount| amount_text(amount, measure));
    let (empty, bins) = (grouped(summary.empty), counted(drawn.bins.len() as u64, "bin"));
    line(
        text,
        &format!("least {least}, median {median}, 99th percentile {p99}, most {most}; {empty} of {bins} empty"),
    );
    let label = |from: u64, to: u64| {
        if from == to {
            amount_text(from, measure)
        } else {
            format!("{}-{}", amount_text(from, measure), amount_text(to, measure))
        }
    };
    let rows: Vec<(String, u64)> = summary
        .histogram
        .iter()
        .map(|(from, to, bins)| (label(*from, *to), *bins))
        .collect();
    let label_width = rows.iter().map(|(label, _)| label.len()).max().unwrap_or(0);
    let most_bins = rows.iter().map(|(_, bins)| *bins).max().unwrap_or(1);
    let digits = grouped(most_bins).len();
    let bar_width = width.saturating_sub(label_width + digits + 2).min(50);
    for (label, bins) in rows {
        let bar = bar(bins, most_bins, bar_width);
        line(text, &format!("{label:>label_width$} {:>digits$} {bar}", grouped(bins)));
    }
    // The film's line at the bottom, by cube root as there.
    let columns = width.min(drawn.bins.len());
    let part = |column: usize| column * drawn.bins.len() / columns;
    let heights: Vec<f64> = (0..columns)
        .map(|column| {
            let bins = &drawn.bins[part(column)..part(column + 1)];
            bins.iter().copied().max().unwrap_or_default() as f64
        })
        .collect();
    let highest = heights.iter().copied().fold(1.0, f64::max).cbrt();
    line(text, "over time, by cube root");
    for row in (0..ROWS).rev() {
        let sign = |height: &f64| {
            let steps = (height.cbrt() / highest * (8 * ROWS) as f64).ceil() as usize;
            match steps.saturating_sub(8 * row) {
                0 => ' ',
                here => HEIGHTS[here.min(8) - 1],
            }
        };
        let signs: String = heights.iter().map(sign).collect();
        line(text, &signs);
    }
    let (first, last) = (time_text(drawn.first_ns), time_text(drawn.last_ns));
    let between = columns.saturating_sub(first.len() + last.len());
    if between > 0 {
        line(text, &format!("{first}{}{last}", " ".repeat(between)));
    }
}

fn write_unusual(drawn: &Drawn, profile: &Profile, text: &mut String) {
    let (source, measure) = (profile.source_kind.noun(), profile.measure);
    let bin = short_duration(drawn.bin_ns.unsigned_abs());
    line(
        text,
        &format!("\nbursts: one {source} to one port, {measure} in the highest bin of {bin}"),
    );
    none(drawn.bursts.is_empty(), text);
    for burst in drawn.bursts.iter().take(TOLD) {
        line(text, &burst_line(burst, drawn, measure));
    }
    line(text, &format!("\nscans: one {source} over many ports"));
    none(drawn.port_scans.is_empty(), text);
    for scan in drawn.port_scans.iter().take(TOLD) {
        line(
            text,
            &scan_line(scan, &printable_line(spoken_name(&scan.one)), "port", drawn, measure),
        );
    }
    line(text, &format!("\nscans: one port from many {}", plural(source)));
    none(drawn.source_scans.is_empty(), text);
    for scan in drawn.source_scans.iter().take(TOLD) {
        line(text, &scan_line(scan, &port_text(scan.one), source, drawn, measure));
    }
}

/// The busiest addresses, and scans by one of them.
fn write_addresses(drawn: &Drawn, measure: Measure, text: &mut String) {
    if drawn.addresses.is_empty() {
        return;
    }
    line(text, "\naddresses");
    let top = &drawn.addresses[..drawn.addresses.len().min(TOP)];
    let width = top.iter().map(|top| top.address.len()).max().unwrap_or(0);
    let digits = top
        .iter()
        .map(|top| amount_text(top.packets, measure).len())
        .max()
        .unwrap_or(0);
    for TopAddress {
        address,
        source,
        packets,
        missing,
    } in top
    {
        let (packets, source) = (amount_text(*packets, measure), printable_line(spoken_name(source)));
        let missing = match missing {
            0 => String::new(),
            missing => format!(", up to {} more", amount_text(*missing, measure)),
        };
        line(
            text,
            &format!("  {address:<width$}  {packets:>digits$}  {source}{missing}"),
        );
    }
    line(text, "\nscans: one address over many ports of hosts");
    none(drawn.address_scans.is_empty(), text);
    for scan in drawn.address_scans.iter().take(TOLD) {
        line(
            text,
            &format!(
                "  {} to {}  {} ({}): {}, {}{}, {}{}, {}{}",
                time_text(scan.from_ns),
                later_time_text(scan.from_ns, scan.to_ns),
                scan.address,
                printable_line(spoken_name(&scan.source)),
                scan.kind.name(),
                if scan.exact { "" } else { "about " },
                counted(scan.targets, "target"),
                counted(scan.ports, "port"),
                if drawn.has_hosts {
                    format!(" on {}", of_hosts(scan.hosts, drawn))
                } else {
                    String::new()
                },
                measured(scan.packets, measure),
                shown_by(None, (scan.from_ns, scan.to_ns), drawn),
            ),
        );
    }
}

fn none(is_empty: bool, text: &mut String) {
    if is_empty {
        line(text, "  none");
    }
}

/// `6 of 9 hosts`.
fn of_hosts(count: u64, drawn: &Drawn) -> String {
    let all = counted(drawn.hosts.len() as u64, "host");
    format!("{} of {all}", grouped(count))
}

/// What is told of the hosts that were reached, between `before` and nothing else; empty where the log names none.
fn reached_text(reached: Option<&Reached>, before: &str, drawn: &Drawn) -> String {
    let hosts = match reached {
        None => return String::new(),
        Some(Reached::One(host)) => shown_host(host),
        Some(Reached::Many { count, exact: true }) => of_hosts(*count, drawn),
        Some(Reached::Many { count, exact: false }) => format!("about {}", of_hosts(*count, drawn)),
        Some(Reached::Several) => SEVERAL_HOSTS_TEXT.to_owned(),
    };
    format!("{before}{hosts}")
}

fn burst_line(burst: &Burst, drawn: &Drawn, measure: Measure) -> String {
    let peak = amount_text(burst.peak_packets, measure);
    let missing = match burst.missing {
        0 => String::new(),
        missing => format!(" (up to {} more)", amount_text(missing, measure)),
    };
    format!(
        "  {} {peak:>9}{missing}  {} to {}{}; {} from {} to {}, usually {} a bin{}",
        time_text(burst.peak_ns),
        printable_line(spoken_name(&burst.source)),
        port_text(burst.port),
        reached_text(burst.hosts.as_ref(), " of ", drawn),
        amount_text(burst.packets, measure),
        time_text(burst.from_ns),
        later_time_text(burst.from_ns, burst.to_ns),
        amount_text(burst.usual, measure),
        shown_by(drawn.shown_ns(burst), (burst.from_ns, burst.to_ns), drawn),
    )
}

/// A line below with the options for a picture at a moment, if any, and for a film of a time; empty where there is no
/// film.
fn shown_by(shown_ns: Option<i64>, (from_ns, to_ns): (i64, i64), drawn: &Drawn) -> String {
    let Some((from_ns, to_ns)) = drawn.around_ns(from_ns, to_ns) else {
        return String::new();
    };
    let frame = shown_ns.map_or_else(String::new, |shown_ns| format!("frame --at {}; ", utc(shown_ns)));
    format!("\n    {frame}render --start {} --end {}", utc(from_ns), utc(to_ns))
}

fn scan_line<T>(scan: &Scan<T>, one: &str, other: &str, drawn: &Drawn, measure: Measure) -> String {
    let about = if scan.exact { "" } else { "about " };
    format!(
        "  {} to {}  {one}: {about}{}{}, {}; usually {} in {}{}",
        time_text(scan.from_ns),
        later_time_text(scan.from_ns, scan.to_ns),
        counted(scan.many, other),
        reached_text(scan.hosts.as_ref(), ", ", drawn),
        measured(scan.packets, measure),
        grouped(scan.usual),
        short_duration(scan.cell_ns.unsigned_abs()),
        shown_by(None, (scan.from_ns, scan.to_ns), drawn),
    )
}

fn write_film(drawn: &Drawn, text: &mut String) {
    match &drawn.film {
        Ok(film) => write_choices(drawn, film, text),
        Err(reason) => line(text, &format!("\nno film by default: {reason}")),
    }
}

fn write_choices(drawn: &Drawn, film: &Film, text: &mut String) {
    line(
        text,
        "\nfilms by bin length, 25 bins a second; memory of a film at 1080p",
    );
    line(
        text,
        &format!(
            "{:>8} {:>16} {:>12} {:>12} {:>8}",
            "bin", "bubbles", "film", "memory", "unit"
        ),
    );
    for choice in &drawn.choices {
        let is_default = choice.bin_ns == drawn.bin_ns;
        // Shorter ones are little more than the last flight.
        if !is_default && choice.film_secs < 5.0 {
            continue;
        }
        let about = if choice.exact { "" } else { "about " };
        line(
            text,
            &format!(
                "{:>8} {:>16} {:>12} {:>12} {:>8}{}",
                short_duration(choice.bin_ns.unsigned_abs()),
                format!("{about}{}", grouped(choice.bubbles)),
                secs(choice.film_secs),
                size(film_bytes(choice.bubbles)),
                short_count(choice.unit),
                if is_default { "  by default" } else { "" }
            ),
        );
    }
    let pace = secs(film.timeline.pace_secs());
    let minute = secs(film.minute_pace_secs);
    line(
        text,
        &format!(
            "by default the film lasts {}: {} at {pace} of the log a second; one minute needs --duration 60s, {minute} a second",
            secs(film.secs),
            counted(film.timeline.frames(), "frame"),
        ),
    );
}

/// The first letters of a text that fit.
fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let kept: String = text.chars().take(width - 1).collect();
    format!("{kept}…")
}

fn percent(part: u64, all: u64) -> String {
    format!("{:.1}%", 100.0 * part as f64 / all.max(1) as f64)
}

/// A bar of eighths of a column.
fn bar(part: u64, all: u64, width: usize) -> String {
    let eighths = (u128::from(part) * width as u128 * 8).div_ceil(u128::from(all.max(1))) as usize;
    let mut bar = "█".repeat(eighths / 8);
    if !eighths.is_multiple_of(8) {
        bar.push(BARS[eighths % 8]);
    }
    bar
}

fn secs(secs: f64) -> String {
    short_duration((secs * 1e9).round() as u64)
}

/// `512 MB`, `1.5 GB`.
fn size(bytes: u64) -> String {
    match bytes {
        0..1_000_000_000 => format!("{} MB", bytes.div_ceil(1_000_000)),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_for_people() {
        assert_eq!(percent(1, 3), "33.3%");
        assert_eq!(bar(1, 2, 4), "██");
        assert_eq!(bar(1, 1000, 4), "▏");
        assert_eq!(bar(0, 10, 4), "");
        assert_eq!(size(1_500_000_000), "1.5 GB");
        assert_eq!(cut("Bosnia and Herzegovina", 8), "Bosnia …");
    }

    #[test]
    fn a_summary_counts_every_bin_once() {
        let summary = BinSummary::new(&[0, 0, 1, 5, 7, 8, 100]);
        assert_eq!(
            (summary.least, summary.median, summary.p99, summary.most, summary.empty),
            (0, 5, 100, 100, 2)
        );
        let expected = [(0, 0, 2), (1, 1, 1), (4, 7, 2), (8, 15, 1), (64, 127, 1)];
        assert_eq!(summary.histogram, expected);
        let hundred: Vec<u64> = (1..=100).collect();
        let summary = BinSummary::new(&hundred);
        assert_eq!((summary.least, summary.median, summary.p99), (1, 50, 99));
        assert_eq!(BinSummary::new(&[u64::MAX]).histogram, [(1 << 63, u64::MAX, 1)]);
    }
}
