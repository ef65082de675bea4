//! Made-up logs of any size: a heavy-tailed mix of countries and ports, day and night, floods, scans
//! and worms. The same for the same seed on every machine.
//!
//! Owns the text of such a log: CSV in the columns of the built-in sample. Rows come in the order of
//! time, one slot after another, and none is kept. Knows no file and no picture.

mod hosts;
mod plan;
mod random;
mod world;

use hosts::Hosts;
use plan::{Clock, Episode, Kind, Plan, SLOTS, source_weights};
use random::{Lottery, Random, zipf};
use world::{COUNTRIES, TCP_PORTS, UDP_PORTS};

pub use hosts::MAX_HOSTS;

/// First line of the text.
pub const HEADER: &str = "datetime,host,proto,type,spt,dpt,cc,country\n";

/// The shortest span: a nanosecond for each slot of the plan.
pub const MIN_SPAN_NS: i64 = SLOTS as i64;

/// The most rows: weights of a slot stay within 64 bits.
pub const MAX_EVENTS: u64 = 100_000_000_000;

const NS_PER_SEC: i64 = 1_000_000_000;
const SECS_PER_DAY: i64 = 86_400;

/// Pings in 65536 rows of everyday traffic.
const ICMP_OF_65536: u16 = 3_300;
/// Rows without a country in 65536 rows of everyday traffic.
const NO_COUNTRY_OF_65536: u16 = 200;
/// One row in 4096 goes to any port at all.
const ANY_PORT_OF_4096: u64 = 1;
/// Ports with a little traffic, beside those that are always knocked at.
const QUIET_TCP: usize = 1200;
const QUIET_UDP: usize = 400;
/// Share of everyday traffic to the quiet ports.
const QUIET_SHARE: f64 = 0.07;
/// The share of UDP among the ports that are always knocked at.
const UDP_SHARE: f64 = 0.22;

/// The log to make up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recipe {
    /// Rows, without the header: 1 to [`MAX_EVENTS`].
    pub events: u64,
    /// The same seed makes the same log.
    pub seed: u64,
    /// First instant, Unix nanoseconds.
    pub start_ns: i64,
    /// Length in nanoseconds, at least [`MIN_SPAN_NS`]; `start_ns + span_ns` must be an `i64`.
    pub span_ns: i64,
    /// Hosts that packets go to, 1 to [`MAX_HOSTS`], some of the packets in sweeps over all of them; `None` for nine
    /// that are not swept.
    pub hosts: Option<u32>,
}

/// A log in the making.
pub struct Synth {
    recipe: Recipe,
    plan: Plan,
    slot: u64,
    /// Countries by the hour of day.
    countries: Vec<Lottery>,
    /// Ports by country: an index into `busy`, or the one after its last for a quiet port.
    ports: Vec<Lottery>,
    busy: Vec<Destination>,
    quiet: Vec<Destination>,
    quiet_ports: Lottery,
    hosts: Hosts,
    /// `,CC,Name` and the line's end, by country; the last has neither.
    endings: Vec<Vec<u8>>,
    clock: ClockText,
}

/// Something out of the ordinary that a log was made up with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// What it is.
    pub kind: KnownKind,
    /// Code of the country that it comes from; `None` where it comes from everywhere.
    pub country: Option<&'static str>,
    /// Protocol and port that it goes to, TCP being true; `None` where it goes to many.
    pub port: Option<(bool, u16)>,
    /// First instant, Unix nanoseconds, and the first after it.
    pub start_ns: i64,
    /// See [`Known::start_ns`].
    pub end_ns: i64,
    /// About its rows.
    pub rows: u64,
}

/// Kinds of what is out of the ordinary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KnownKind {
    /// One country to one port of one host.
    Flood,
    /// One country to many ports.
    Scan,
    /// One country to one port of all hosts.
    Sweep,
    /// One port from everywhere.
    Worm,
}

/// Where a packet goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Destination {
    tcp: bool,
    port: u16,
}

impl Synth {
    /// Plans a log; its rows come from [`Synth::write_slot`].
    #[must_use]
    pub fn new(recipe: Recipe) -> Self {
        let clock = Clock {
            start_ns: recipe.start_ns,
            span_ns: recipe.span_ns,
        };
        let mut random = Random::of_part(recipe.seed, u64::MAX - 1);
        let weights: Vec<f64> = zipf(TCP_PORTS.len(), 1.0)
            .map(|weight| weight * (1.0 - UDP_SHARE))
            .chain(zipf(UDP_PORTS.len(), 1.0).map(|weight| weight * UDP_SHARE))
            .collect();
        let ports = COUNTRIES
            .iter()
            .map(|_| {
                // Each country has its own favourites.
                let mut weights: Vec<f64> = weights.iter().map(|weight| weight * random.heavy()).collect();
                let all: f64 = weights.iter().sum();
                weights.push(all * QUIET_SHARE);
                Lottery::new(&weights, 11)
            })
            .collect();
        let mut any = |count| (0..count).map(|_| random.within(1, 65_535) as u16).collect::<Vec<_>>();
        let quiet = destinations(&any(QUIET_TCP), &any(QUIET_UDP));
        let quiet_weights: Vec<f64> = zipf(QUIET_TCP, 30.0).chain(zipf(QUIET_UDP, 30.0)).collect();
        let mut endings: Vec<Vec<u8>> = COUNTRIES.iter().map(|(code, name, _)| ending(code, name)).collect();
        endings.push(b",,\n".to_vec());
        let hosts = Hosts::new(recipe.hosts);
        Self {
            recipe,
            plan: Plan::new(recipe.events, recipe.seed, clock, hosts.len(), recipe.hosts.is_some()),
            slot: 0,
            countries: (0..24).map(|hour| Lottery::new(&source_weights(hour), 12)).collect(),
            ports,
            busy: destinations(&TCP_PORTS, &UDP_PORTS),
            quiet,
            quiet_ports: Lottery::new(&quiet_weights, 13),
            hosts,
            endings,
            clock: ClockText::default(),
        }
    }

    /// What is out of the ordinary in the log.
    pub fn known(&self) -> impl Iterator<Item = Known> + '_ {
        self.plan.episodes.iter().map(|episode| {
            let code = |country: usize| COUNTRIES.get(country).map(|(code, ..)| *code);
            let (kind, country, port) = match episode.kind {
                Kind::Flood { country, tcp, port } => (KnownKind::Flood, code(country), Some((tcp, port))),
                Kind::Scan { country, .. } => (KnownKind::Scan, code(country), None),
                Kind::HostSweep { country, port } => (KnownKind::Sweep, code(country), Some((true, port))),
                Kind::Worm { tcp, port } => (KnownKind::Worm, None, Some((tcp, port))),
            };
            Known {
                kind,
                country,
                port,
                start_ns: self.plan.clock.slot_ns(episode.first_slot),
                end_ns: self.plan.clock.slot_ns(episode.first_slot + episode.slots),
                rows: episode.rows() as u64,
            }
        })
    }

    /// Adds the rows of the next slot of time to `text`; returns how many, and `None` after the last.
    pub fn write_slot(&mut self, text: &mut Vec<u8>) -> Option<u64> {
        let slot = self.plan.slot(self.slot)?;
        let mut random = Random::of_part(self.recipe.seed, self.slot);
        let start_ns = self.plan.clock.slot_ns(self.slot);
        let length_ns = self.plan.clock.slot_ns(self.slot + 1) - start_ns;
        let countries = &self.countries[self.plan.clock.hour(self.slot)];
        let everyday = Everyday {
            countries,
            ports: &self.ports,
            busy: &self.busy,
            quiet: &self.quiet,
            quiet_ports: &self.quiet_ports,
            hosts: &self.hosts,
        };
        for row in 0..slot.rows {
            let (which, when) = halves(random.next());
            // In the order of time without sorting: each row has an equal part of the slot, and falls
            // anywhere in it.
            let part = (u128::from(row) << 32) + u128::from(when);
            let within = (part / u128::from(slot.rows)) as u32;
            let time_ns = start_ns + ((i128::from(length_ns) * i128::from(within)) >> 32) as i64;
            let mut pick = (u64::from(which) * slot.weight) >> 32;
            let packet = if pick < slot.background {
                everyday.packet(&mut random)
            } else {
                pick -= slot.background;
                let mut episodes = slot.episodes.iter();
                loop {
                    match episodes.next() {
                        Some((_, weight)) if pick >= *weight => pick -= weight,
                        Some((index, _)) => {
                            let episode = &self.plan.episodes[*index];
                            break Packet::of(episode, self.slot, within, countries, &self.hosts, &mut random);
                        }
                        None => break everyday.packet(&mut random),
                    }
                }
            };
            self.clock.write(time_ns.div_euclid(NS_PER_SEC), text);
            packet.write(&self.hosts, &self.endings, text);
        }
        self.slot += 1;
        Some(slot.rows)
    }
}

/// Countries, ports and hosts that everyday traffic is drawn from, at one hour of the day.
struct Everyday<'a> {
    countries: &'a Lottery,
    ports: &'a [Lottery],
    busy: &'a [Destination],
    quiet: &'a [Destination],
    quiet_ports: &'a Lottery,
    hosts: &'a Hosts,
}

/// One row, without its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Packet {
    host: usize,
    /// `None` stands for ICMP.
    destination: Option<Destination>,
    source_port: u16,
    /// Index into the endings.
    country: usize,
}

impl Everyday<'_> {
    fn packet(&self, random: &mut Random) -> Packet {
        let (country, host) = halves(random.next());
        let (port, rest) = halves(random.next());
        let (kind, source) = ((rest >> 16) as u16, rest as u16);
        let mut country = self.countries.draw(country);
        let busy = self.ports[country].draw(port);
        let destination = if kind < ICMP_OF_65536 {
            None
        } else if let Some(found) = self.busy.get(busy) {
            Some(*found)
        } else {
            let (any, quiet) = halves(random.next());
            Some(if (u64::from(any) * 4096) >> 32 < ANY_PORT_OF_4096 {
                Destination {
                    tcp: quiet & 1 == 0,
                    port: (quiet >> 16) as u16,
                }
            } else {
                self.quiet[self.quiet_ports.draw(quiet)]
            })
        };
        // Half of all scanners send from port 6000.
        let source_port = if source.is_multiple_of(2) { 6000 } else { source | 1024 };
        if u16::MAX - kind < NO_COUNTRY_OF_65536 {
            country = COUNTRIES.len();
        }
        Packet {
            host: self.hosts.draw(host),
            destination,
            source_port,
            country,
        }
    }
}

impl Packet {
    /// A row of an episode, `within` 2^32 of a slot.
    fn of(episode: &Episode, slot: u64, within: u32, countries: &Lottery, hosts: &Hosts, random: &mut Random) -> Self {
        let (host, source_port) = (episode.host, episode.source_port);
        match episode.kind {
            Kind::Flood { country, tcp, port } => Self {
                host,
                destination: Some(Destination { tcp, port }),
                source_port,
                country,
            },
            Kind::Scan {
                country,
                first,
                stride,
                ports,
            } => {
                let index = ((episode.progress(slot, within) * u64::from(ports)) >> 16) as u16;
                let port = first + stride * index;
                Self {
                    host,
                    destination: Some(Destination { tcp: true, port }),
                    source_port,
                    country,
                }
            }
            Kind::HostSweep { country, port } => Self {
                host: ((episode.progress(slot, within) * hosts.len() as u64) >> 16) as usize,
                destination: Some(Destination { tcp: true, port }),
                source_port,
                country,
            },
            Kind::Worm { tcp, port } => {
                let (which, any) = halves(random.next());
                // Half of them anywhere, half where most computers are awake.
                let country = if any & 1 == 0 {
                    ((u64::from(which) * COUNTRIES.len() as u64) >> 32) as usize
                } else {
                    countries.draw(which)
                };
                Self {
                    host: hosts.draw(any),
                    destination: Some(Destination { tcp, port }),
                    source_port: 1024 | (any >> 8) as u16,
                    country,
                }
            }
        }
    }

    fn write(self, hosts: &Hosts, endings: &[Vec<u8>], text: &mut Vec<u8>) {
        text.push(b',');
        text.extend_from_slice(hosts.name(self.host).as_bytes());
        match self.destination {
            Some(Destination { tcp, port }) => {
                text.extend_from_slice(if tcp { b",TCP,," } else { b",UDP,," });
                write_number(self.source_port, text);
                text.push(b',');
                write_number(port, text);
            }
            // Type 8: somebody pings.
            None => text.extend_from_slice(b",ICMP,8,,"),
        }
        text.extend_from_slice(&endings[self.country]);
    }
}

fn destinations(tcp: &[u16], udp: &[u16]) -> Vec<Destination> {
    let all = |tcp| move |port: &u16| Destination { tcp, port: *port };
    tcp.iter().map(all(true)).chain(udp.iter().map(all(false))).collect()
}

/// The end of a row; a name with a comma is quoted (RFC 4180, section 2).
fn ending(code: &str, name: &str) -> Vec<u8> {
    if name.contains(',') {
        format!(",{code},\"{name}\"\n").into_bytes()
    } else {
        format!(",{code},{name}\n").into_bytes()
    }
}

fn halves(bits: u64) -> (u32, u32) {
    ((bits >> 32) as u32, bits as u32)
}

/// Decimal digits, without leading zeros.
fn write_number(number: u16, text: &mut Vec<u8>) {
    let mut digits = [0; 5];
    let mut rest = number;
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    text.extend_from_slice(&digits[at..]);
}

/// `2013-07-24 09:40:05`, kept from row to row: the date changes once in a day.
#[derive(Clone, Debug)]
struct ClockText {
    day: i64,
    second: i64,
    text: [u8; 19],
}

impl Default for ClockText {
    fn default() -> Self {
        Self {
            day: i64::MIN,
            second: i64::MIN,
            text: *b"0000-00-00 00:00:00",
        }
    }
}

impl ClockText {
    /// Adds a time, Unix seconds.
    fn write(&mut self, second: i64, text: &mut Vec<u8>) {
        if second != self.second {
            self.second = second;
            let day = second.div_euclid(SECS_PER_DAY);
            if day != self.day {
                self.day = day;
                let (year, month, day) = civil(day);
                self.put(0, year / 100);
                self.put(2, year % 100);
                self.put(5, month);
                self.put(8, day);
            }
            let second = second.rem_euclid(SECS_PER_DAY);
            self.put(11, second / 3600);
            self.put(14, second / 60 % 60);
            self.put(17, second % 60);
        }
        text.extend_from_slice(&self.text);
    }

    fn put(&mut self, at: usize, number: i64) {
        self.text[at] = b'0' + (number / 10) as u8;
        self.text[at + 1] = b'0' + (number % 10) as u8;
    }
}

/// Year, month and day of a day since 1970-01-01. Howard Hinnant, "chrono-Compatible Low-Level Date
/// Algorithms", `civil_from_days`.
fn civil(day: i64) -> (i64, i64, i64) {
    let day = day + 719_468;
    let era = day.div_euclid(146_097);
    let of_era = day.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, of_year - (153 * shifted + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};

    const DAY_NS: i64 = 86_400 * NS_PER_SEC;

    fn text(recipe: Recipe) -> String {
        let mut synth = Synth::new(recipe);
        let mut text = HEADER.as_bytes().to_vec();
        while synth.write_slot(&mut text).is_some() {}
        String::from_utf8(text).unwrap()
    }

    fn month(events: u64, seed: u64) -> Recipe {
        Recipe {
            events,
            seed,
            start_ns: 1_767_225_600 * NS_PER_SEC,
            span_ns: 28 * DAY_NS,
            hosts: None,
        }
    }

    #[test]
    fn a_seed_makes_the_same_log_everywhere() {
        // FNV-1a: any change of a byte shows. Logs made by older versions should stay as they are;
        // where a change is meant, it belongs in the CHANGELOG.
        let text = text(month(20_000, 1));
        let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        assert_eq!(format!("{hash:016x}"), "e734ce85b320b796");
        assert_ne!(self::text(month(20_000, 2)), text);
    }

    #[test]
    fn a_number_of_hosts_is_met_and_some_packets_sweep_over_all_of_them() {
        let recipe = Recipe {
            hosts: Some(500),
            ..month(100_000, 1)
        };
        let text = text(recipe);
        let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        assert_eq!(format!("{hash:016x}"), "25c4a51f2331d776");
        let rows = text.lines().skip(1).map(|line| line.split(',').collect::<Vec<_>>());
        let rows: Vec<Vec<&str>> = rows.collect();
        let hosts: BTreeSet<&str> = rows.iter().map(|row| row[1]).collect();
        assert_eq!(hosts.len(), 500);
        // In an hour, the most hosts of one country at one port.
        let mut reached = BTreeMap::<_, BTreeSet<&str>>::new();
        for row in &rows {
            reached
                .entry((&row[0][..13], row[5], row[6]))
                .or_default()
                .insert(row[1]);
        }
        let most = reached.values().map(BTreeSet::len).max();
        assert!(most > Some(60), "{most:?}");
    }

    #[test]
    fn rows_are_as_many_as_asked_for_and_in_the_order_of_time() {
        for events in [1, 7, 1000, 200_000] {
            let text = text(month(events, 5));
            let times: Vec<&str> = text.lines().skip(1).map(|line| &line[..19]).collect();
            assert_eq!(times.len() as u64, events);
            assert!(times.is_sorted());
            assert!(
                times
                    .iter()
                    .all(|time| ("2026-01-01 00:00:00".."2026-01-29").contains(time))
            );
        }
    }

    #[test]
    fn a_short_or_an_odd_span_is_kept_to() {
        for (start_ns, span_ns) in [(-1, MIN_SPAN_NS), (i64::MIN, i64::MAX), (0, 1_000_000_007)] {
            let recipe = Recipe {
                events: 5000,
                seed: 3,
                start_ns,
                span_ns,
                hosts: None,
            };
            let text = text(recipe);
            assert_eq!(text.lines().count(), 5001);
            assert!(text.lines().skip(1).map(|line| &line[..19]).is_sorted());
        }
    }

    #[test]
    fn times_are_those_of_jiff() {
        let mut clock = ClockText::default();
        for second in [
            -9_223_372_036,
            -1,
            0,
            951_782_399,
            951_782_400,
            1_709_164_800,
            4_107_542_399,
            9_223_372_036,
        ] {
            let mut text = Vec::new();
            clock.write(second, &mut text);
            let time = jiff::Timestamp::from_second(second).unwrap().to_string();
            assert_eq!(
                String::from_utf8(text).unwrap(),
                time.replace('T', " ").trim_end_matches('Z')
            );
        }
    }

    #[test]
    fn numbers_are_those_of_the_standard_library() {
        for number in 0..=u16::MAX {
            let mut text = Vec::new();
            write_number(number, &mut text);
            assert_eq!(text, number.to_string().as_bytes());
        }
    }

    #[test]
    fn there_is_day_and_night_and_a_heavy_tail() {
        let text = text(month(300_000, 1));
        let mut by_hour = [0_u32; 24];
        let (mut china, mut icmp, mut nobody) = (0, 0, 0);
        for line in text.lines().skip(1) {
            if line.ends_with(",CN,China") {
                china += 1;
                by_hour[line[11..13].parse::<usize>().unwrap()] += 1;
            }
            icmp += u32::from(line.contains(",ICMP,8,,"));
            nobody += u32::from(line.ends_with(",,"));
        }
        // Noon in China is at 4 UTC, 4 in the morning at 20 UTC.
        assert!(by_hour[4] > 2 * by_hour[20], "{by_hour:?}");
        assert!((30_000..150_000).contains(&china), "{china}");
        assert!((5_000..20_000).contains(&icmp), "{icmp}");
        assert!((200..2_000).contains(&nobody), "{nobody}");
    }
}
