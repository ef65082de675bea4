//! What a film tells besides its log: captions, speeds, cards, as plans, files and options say, on the clock of the
//! log that is shown.

use std::collections::HashSet;
use std::fs;
use std::ops::Range;
use std::path::Path;

use anyhow::{Context as _, bail};

use super::clock::{AHEAD_MS, film_ms, first_frames, frame_at_ms};
use super::highlights;
use super::report::reason_text;
use super::sums::{Sums, hosts, ports, sources};
use crate::direct::{Found, plan_of, told};
use crate::input;
use crate::log::Log;
use crate::model::{Port, Reason};
use crate::plan::{self, Caption, Cue, CueTime, Factor, Kind, Plan, Speed, Time, reading_secs};
use crate::scene::{self, Card, Cards, Scene, SceneSettings};
use crate::settings::{Telling, ViewSettings};
use crate::timeline::{ONE, SpeedRange, SpeedsError, TimelineError};
use crate::words::{counted, figure, grouped, measured, spoken_duration, time_text, utc};

/// The largest file of a plan or of captions.
const MOST_BYTES: u64 = 16 << 20;
/// Sources, ports and hosts that a card names of each.
const NAMED: usize = 3;

/// A plan, and what options add to it.
#[derive(Clone, Debug, Default)]
pub struct Told {
    plan: Plan,
    /// The name of the plan's file, for messages.
    plan_name: String,
    cues: Vec<Cue>,
    cues_name: String,
    speeds: Vec<Speed>,
    /// Film time before and after the film, in nanoseconds.
    holds_ns: [i64; 2],
}

impl Told {
    /// Reads what was asked for.
    ///
    /// # Errors
    /// A file that cannot be read, with the line or the key.
    pub fn read(telling: &Telling) -> anyhow::Result<Self> {
        let mut told = Self::default();
        if let Some(path) = &telling.plan {
            told.plan_name = path.display().to_string();
            told.plan = Plan::from_json(&text_of(path)?).with_context(|| told.plan_name.clone())?;
        }
        if let Some(path) = &telling.captions {
            told.cues_name = path.display().to_string();
            told.cues = plan::read_cues(&text_of(path)?).with_context(|| told.cues_name.clone())?;
        }
        told.speeds = told.plan.speeds.clone();
        let asked = telling.speeds.iter();
        told.speeds.extend(asked.map(|speed| Speed {
            from: Time(speed.from_ns),
            to: Time(speed.to_ns),
            speed: speed.factor,
        }));
        let cards = [&told.plan.cards.start, &told.plan.cards.end];
        let planned_ns = cards.map(|card| card.as_ref().map_or(0, |card| (card.secs * 1e9) as i64));
        told.holds_ns = [0, 1].map(|end| telling.holds_ns[end].unwrap_or(planned_ns[end]));
        Ok(told)
    }

    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Tells what was found in a log.
    pub fn take_found(&mut self, found: &Found, log: &Log) {
        let clock = log.unstretched();
        let findings = told(&found.ranked(clock), clock);
        self.plan_name = "--direct".to_owned();
        self.plan = plan_of(&findings, clock, found.fingerprint());
        self.speeds.splice(0..0, self.plan.speeds.iter().cloned());
        for (hold_ns, card) in self
            .holds_ns
            .iter_mut()
            .zip([&self.plan.cards.start, &self.plan.cards.end])
        {
            if let Some(card) = card.as_ref().filter(|_| *hold_ns == 0) {
                *hold_ns = (card.secs * 1e9) as i64;
            }
        }
    }

    /// Whether the film is anywhere slower, faster or still.
    pub fn changes_speed(&self) -> bool {
        !self.speeds.is_empty() || self.holds_ns != [0; 2]
    }

    /// The log at the speeds that were asked for.
    ///
    /// # Errors
    /// Speeds that overlap, a film that is too long.
    pub fn paced(&self, log: Log) -> anyhow::Result<Log> {
        if !self.changes_speed() {
            return Ok(log);
        }
        let start_ns = log.unstretched().start_ns;
        let ranges: Vec<SpeedRange> = self
            .speeds
            .iter()
            .map(|speed| SpeedRange {
                from_ns: speed.from.0.saturating_sub(start_ns),
                to_ns: speed.to.0.saturating_sub(start_ns),
                speed: in_128ths(speed.speed),
            })
            .collect();
        match log.at_speeds(&ranges, self.holds_ns) {
            Err(TimelineError::Speeds(SpeedsError::Overlap { at_ns })) => bail!(
                "two speeds for {}, one by --speed and one by {}: a range may begin where another ends, and not before",
                utc(start_ns.saturating_add(at_ns)),
                self.plan_name
            ),
            paced => Ok(paced?),
        }
    }

    /// Adds to a scene what is told of its log, at its speeds. Gives remarks on what does not fit it.
    pub fn add_to(&self, settings: &mut SceneSettings, view: &ViewSettings, log: &Log) -> Vec<String> {
        let mut remarks = Vec::new();
        if let Some(title) = self.plan.title.as_ref().filter(|_| view.title.is_none()) {
            settings.title.clone_from(title);
        }
        remarks.extend(self.strange(log));
        let planned: Vec<_> = self.plan.captions.iter().map(|caption| planned(caption, log)).collect();
        remarks.extend(outside(&self.plan_name, "caption", planned.iter().map(Option::is_some)));
        remarks.extend(self.about_nothing(log));
        let chapters: Vec<i64> = self.plan.chapters.iter().map(|chapter| chapter.at.0).collect();
        let chapters = first_frames(&chapters, log).into_iter();
        remarks.extend(outside(
            &self.plan_name,
            "chapter",
            chapters.map(|frame| frame.is_some()),
        ));
        let data = log.unstretched();
        let speeds = self.speeds.iter();
        let speeds = speeds.map(|speed| speed.from.0 < data.end_ns && data.start_ns < speed.to.0);
        let by_plan = self.plan.speeds.len();
        remarks.extend(outside(&self.plan_name, "speed", speeds.clone().take(by_plan)));
        remarks.extend(outside("--speed", "speed", speeds.skip(by_plan)));
        let cues: Vec<_> = self.cues.iter().map(|cue| asked(cue, log)).collect();
        remarks.extend(outside(&self.cues_name, "caption", cues.iter().map(Option::is_some)));
        if let Some(length_ns) = view.telling.highlights_ns {
            settings.cuts = highlights::cuts(&self.plan, log, length_ns);
            if settings.cuts.is_empty() {
                remarks.push("--highlights: nothing stands out in the log, so this is the whole film".to_owned());
            } else {
                remarks.extend(self.cut_out(&settings.cuts, &cues, log));
            }
        }
        settings.captions = planned.into_iter().chain(cues).flatten().collect();
        remarks
    }

    /// The cards of a scene, whose sums are those of what it shows.
    pub fn cards(&self, scene: &Scene) -> Cards {
        let planned = [&self.plan.cards.start, &self.plan.cards.end];
        [0, 1].map(|end| {
            let card = planned[end].as_ref();
            let title = card.and_then(|card| card.title.clone());
            let lines = card.and_then(|card| card.lines.clone());
            (self.holds_ns[end] > 0).then(|| Card {
                title: title.unwrap_or_else(|| scene.settings().title.clone()),
                lines: lines.unwrap_or_else(|| {
                    if end == 0 {
                        first_lines(scene)
                    } else {
                        last_lines(scene)
                    }
                }),
            })
        })
    }

    /// Remarks on what a film of the strongest events alone leaves out, though it was asked for.
    fn cut_out(&self, cuts: &[Range<u64>], cues: &[Option<scene::Caption>], log: &Log) -> Vec<String> {
        let timeline = &log.timeline;
        let is_seen = |from_ms: i64, to_ms: i64| {
            let (from, to) = (frame_at_ms(from_ms, timeline), frame_at_ms(to_ms, timeline));
            cuts.iter().any(|cut| cut.start < to && from < cut.end)
        };
        let cues = cues.iter().flatten();
        let left_out = cues.clone().filter(|cue| !is_seen(cue.from_ms, cue.to_ms)).count() as u64;
        let mut remarks = Vec::new();
        if left_out > 0 {
            remarks.push(format!(
                "--highlights: {} of {} of {} stand elsewhere in the film, and are not shown",
                grouped(left_out),
                counted(cues.count() as u64, "caption"),
                self.cues_name
            ));
        }
        let spans = highlights::still_ms(log);
        for (span, name) in spans.into_iter().zip(["before", "after"]) {
            if span.0 < span.1 && !is_seen(span.0, span.1) {
                remarks.push(format!("--highlights: there is no room for the card {name} the film"));
            }
        }
        remarks
    }

    /// A remark on what captions of a plan are about, and the log does not have.
    fn about_nothing(&self, log: &Log) -> Option<String> {
        let codes: HashSet<&str> = log.names.sources.iter().map(|source| source.code.as_str()).collect();
        let hosts: HashSet<&str> = log.names.hosts.iter().map(String::as_str).collect();
        let has_port = |text: &str| {
            let port: Option<Port> = text.parse().ok();
            port.is_some_and(|port| log.ends.slot_of(port).is_some())
        };
        let missing = self.plan.captions.iter().enumerate().filter_map(|(index, caption)| {
            let about = &caption.about;
            let missing = [
                ("source", about.source.as_deref().filter(|code| !codes.contains(code))),
                ("port", about.port.as_deref().filter(|port| !has_port(port))),
                ("host", about.host.as_deref().filter(|host| !hosts.contains(host))),
            ];
            let (kind, name) = missing.into_iter().find_map(|(kind, name)| Some((kind, name?)))?;
            Some(format!("captions[{index}].about.{kind} `{name}`"))
        });
        let missing: Vec<String> = missing.collect();
        let first = missing.first()?;
        let more = match missing.len() as u64 - 1 {
            0 => String::new(),
            more => format!(", nor what {} more are about", counted(more, "caption")),
        };
        let example = "expected its own names: IR, udp/2193, groucho-tokyo";
        Some(format!(
            "{}: the log does not have {first}{more}: {example}",
            self.plan_name
        ))
    }

    /// What captions tell of, by film time.
    pub fn moments(&self, log: &Log) -> Vec<Moment> {
        let planned = self.plan.captions.iter().filter_map(|caption| {
            Some(Moment {
                film_ms: film_ms(caption.at.0, log)?,
                time_ns: Some(caption.at.0),
                text: caption.text.clone(),
                kind: caption.kind,
            })
        });
        let asked = self.cues.iter().filter_map(|cue| {
            let (film_ms, time_ns) = match cue.at {
                CueTime::Film { from_ms, .. } => (from_ms, None),
                CueTime::Data(time_ns) => (film_ms(time_ns, log)?, Some(time_ns)),
            };
            Some(Moment {
                film_ms,
                time_ns,
                text: cue.text.clone(),
                kind: None,
            })
        });
        planned.chain(asked).collect()
    }

    /// A remark where a plan was made for another log.
    fn strange(&self, log: &Log) -> Option<String> {
        let planned = self.plan.fingerprint.as_ref()?;
        let own = fingerprint(log);
        (!is_same(planned, &own, log.rounding_ns())).then(|| {
            format!(
                "{}: was made for another log or another part of it ({planned}; this is {own})",
                self.plan_name
            )
        })
    }
}

/// Something that is told of.
pub struct Moment {
    /// Milliseconds of film at which it begins.
    pub film_ms: i64,
    /// The same in the log's time, where the plan or a table tells it.
    pub time_ns: Option<i64>,
    /// What is said.
    pub text: String,
    /// Its kind, where it has one.
    pub kind: Option<Kind>,
}

/// Whether two fingerprints are of one log, where times of the one are off by at most `rounding_ns`.
fn is_same(planned: &str, own: &str, rounding_ns: i64) -> bool {
    let parts = |text: &str| -> Option<(String, i64)> {
        let (counts, first) = text.rsplit_once(" from ")?;
        Some((counts.to_owned(), input::parse_time_ns(first).ok()?))
    };
    match (parts(planned), parts(own)) {
        (Some((counts, planned_ns)), Some((own_counts, own_ns))) => {
            counts == own_counts && planned_ns.abs_diff(own_ns) <= rounding_ns.unsigned_abs()
        }
        _ => planned == own,
    }
}

/// What a plan names to tell a log from others.
pub fn fingerprint(log: &Log) -> String {
    let first_ns = if log.bubbles.is_empty() {
        0
    } else {
        log.data_offset_ns(log.bubbles.get(0).offset_ns)
    };
    plan::fingerprint(
        log.packets,
        log.sources(),
        log.ends.ports().count(),
        log.unstretched().start_ns + first_ns,
    )
}

fn text_of(path: &Path) -> anyhow::Result<String> {
    let name = || path.display().to_string();
    let length = fs::metadata(path).with_context(name)?.len();
    if length > MOST_BYTES {
        bail!(
            "{}: {} bytes are too many for a plan or captions",
            name(),
            grouped(length)
        );
    }
    let bytes = input::in_utf8(&fs::read(path).with_context(name)?).with_context(name)?;
    String::from_utf8(bytes).with_context(|| format!("{}: is neither in UTF-8 nor in UTF-16 with its mark", name()))
}

fn in_128ths(factor: Factor) -> u32 {
    match factor {
        Factor::Eighth => ONE / 8,
        Factor::Quarter => ONE / 4,
        Factor::Half => ONE / 2,
        Factor::One => ONE,
        Factor::Four => ONE * 4,
    }
}

/// A caption of a plan on the clock of a film; none outside of it.
pub(super) fn planned(caption: &Caption, log: &Log) -> Option<scene::Caption> {
    let from_ms = film_ms(caption.at.0, log)? - AHEAD_MS;
    let secs = caption.secs.unwrap_or_else(|| reading_secs(&caption.text));
    let about = &caption.about;
    Some(scene::Caption {
        from_ms,
        to_ms: from_ms + (secs * 1e3) as i64,
        time_ns: Some(caption.at.0),
        text: caption.text.clone(),
        source: about.source.clone(),
        port: about.port.as_deref().and_then(|port| port.parse().ok()),
        host: about.host.clone(),
    })
}

/// A caption of a file.
fn asked(cue: &Cue, log: &Log) -> Option<scene::Caption> {
    let length_ms = (reading_secs(&cue.text) * 1e3) as i64;
    let (from_ms, to_ms) = match cue.at {
        CueTime::Film { from_ms, to_ms } => (from_ms, to_ms.unwrap_or(from_ms + length_ms)),
        CueTime::Data(time_ns) => {
            let from_ms = film_ms(time_ns, log)? - AHEAD_MS;
            (from_ms, from_ms + length_ms)
        }
    };
    let film_ms = (log.timeline.film_secs(log.timeline.frames()) * 1e3) as i64;
    (from_ms < film_ms).then(|| scene::Caption {
        from_ms,
        to_ms,
        time_ns: match cue.at {
            CueTime::Film { .. } => None,
            CueTime::Data(time_ns) => Some(time_ns),
        },
        text: cue.text.clone(),
        source: None,
        port: None,
        host: None,
    })
}

/// A remark on things of a kind that are outside of the film.
fn outside(name: &str, noun: &str, are_inside: impl Iterator<Item = bool>) -> Option<String> {
    let (mut all, mut outside) = (0, 0);
    for is_inside in are_inside {
        all += 1;
        outside += u64::from(!is_inside);
    }
    (outside > 0).then(|| {
        format!(
            "{name}: {} of {} outside of the film, and left out",
            grouped(outside),
            counted(all, noun)
        )
    })
}

/// The lines of a card before the film: when, how much, and of what it is a part.
fn first_lines(scene: &Scene) -> Vec<String> {
    let log = scene.log();
    let data = log.unstretched();
    let pace_ns = (data.pace_secs() * 1e9) as u64;
    let mut lines = vec![
        format!("{} to {} UTC", time_text(data.start_ns), time_text(data.end_ns)),
        sums(log),
        format!("a second is {}", spoken_duration(pace_ns)),
    ];
    lines.extend(scene.part_text());
    lines
}

/// The lines of a card after it: its sums, the busiest, and what was left out.
fn last_lines(scene: &Scene) -> Vec<String> {
    let log = scene.log();
    let span = spoken_duration(log.unstretched().span_ns().unsigned_abs());
    let mut lines: Vec<String> = scene.part_text().into_iter().collect();
    lines.push(format!("{}, in {span}", sums(log)));
    lines.extend(busiest("from", &sources(log), log));
    lines.extend(busiest("to", &ports(log), log));
    lines.extend(busiest("at", &hosts(log), log));
    let mut left_out: Vec<(Reason, u64)> = log.left_out.iter().map(|(reason, left)| (*reason, left.rows)).collect();
    left_out.retain(|(_, rows)| *rows > 0);
    left_out.sort_by_key(|(_, rows)| std::cmp::Reverse(*rows));
    if !left_out.is_empty() {
        let (named, others) = left_out.split_at(left_out.len().min(NAMED));
        let why = named.iter();
        let mut why: Vec<String> = why
            .map(|(reason, rows)| format!("{} {}", grouped(*rows), reason_text(*reason, log.measure)))
            .collect();
        if !others.is_empty() {
            let rows = others.iter().map(|(_, rows)| rows).sum();
            why.push(format!("{} for other reasons", grouped(rows)));
        }
        lines.push(format!("left out of {}: {}", counted(log.rows, "row"), why.join(" · ")));
    }
    lines
}

/// Packets, sources and ports of what is shown.
pub(super) fn sums(log: &Log) -> String {
    format!(
        "{} from {} to {}",
        measured(log.packets.iter().sum(), log.measure),
        counted(sources(log).len() as u64, log.source_kind.noun()),
        counted(ports(log).len() as u64, "port"),
    )
}

/// The busiest of some things in a line.
fn busiest(word: &str, all: &Sums, log: &Log) -> Option<String> {
    let named: Vec<String> = all
        .iter()
        .take(NAMED)
        .map(|(name, packets)| format!("{name} {}", figure(*packets, log.measure)))
        .collect();
    (!named.is_empty()).then(|| format!("most {word} {}", named.join(" · ")))
}

#[cfg(test)]
mod tests {
    use super::super::stages::Stages;
    use super::super::{open_scene, open_told};
    use super::*;
    use crate::settings::PreviewSettings;

    fn view(options: &[&str]) -> ViewSettings {
        let words = ["portbloom", "preview", "--quiet", "--size", "320x180"];
        let words: Vec<&str> = words.iter().chain(options).copied().collect();
        PreviewSettings::from_words(&words).unwrap().view
    }

    #[test]
    fn a_card_has_the_sums_of_what_is_shown() {
        let lines = |options: &[&str]| -> Vec<String> {
            let scene = open_scene(&view(options), &Stages::new(false)).unwrap();
            let card = scene.settings().cards[1].clone();
            card.unwrap().lines
        };
        assert_eq!(
            lines(&["--hold-end=2s"])[..2],
            [
                "72,599 packets from 137 countries to 1,153 ports, in 28 days",
                "most from China 25,594 · Iran 11,278 · United States 11,007"
            ]
        );
        assert_eq!(
            lines(&["--hold-end=2s", "--only=IR", "--where=port > 100"]),
            [
                "only Iran · where port > 100",
                "11,274 packets from 1 country to 7 ports, in 28 days",
                "most from Iran 11,274",
                "most to UDP 2193 11,116 · TCP 445 smb 110 · TCP 3389 rdp 38",
                "left out of 79,832 rows: 9,320 that --where leaves out · 7,233 without a TCP or UDP port",
            ]
        );
        let scene = open_scene(&view(&["--hold-start=2s", "--only=IR"]), &Stages::new(false)).unwrap();
        let card = scene.settings().cards[0].clone().unwrap();
        assert_eq!(card.lines.last().map(String::as_str), Some("only Iran"));
    }

    #[test]
    fn hosts_are_those_of_what_is_shown() {
        let of = |options: &[&str]| open_told(&view(options), true, &Stages::new(false)).unwrap().hosts;
        assert_eq!(of(&[]).len(), 9);
        let iran = of(&["--only=IR:udp/2193"]);
        assert_eq!(iran, [("tokyo".to_owned(), 11_116)]);
    }
}
