//! What a film tells besides its log: captions, speeds, cards, as plans, files and options say, on the clock of the
//! log that is shown.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, bail};

use super::clock::{AHEAD_MS, film_ms};
use super::highlights;
use super::sums::{Sums, hosts, ports, sources};
use crate::direct::{Found, plan_of, told};
use crate::log::Log;
use crate::model::{Port, Protocol};
use crate::plan::{self, Caption, Cue, CueTime, Factor, Kind, Plan, Speed, Time, reading_secs};
use crate::scene::{self, Card, SceneSettings};
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
                "two speeds for {}: a range may begin where another ends, and not before",
                utc(start_ns.saturating_add(at_ns))
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
        remarks.extend(outside(&self.plan_name, &planned));
        let cues: Vec<_> = self.cues.iter().map(|cue| asked(cue, log)).collect();
        remarks.extend(outside(&self.cues_name, &cues));
        settings.captions = planned.into_iter().chain(cues).flatten().collect();
        if let Some(length_ns) = view.telling.highlights_ns {
            settings.cuts = highlights::cuts(&self.plan, log, length_ns);
            if settings.cuts.is_empty() {
                remarks.push("--highlights: nothing stands out in the log, so this is the whole film".to_owned());
            }
        }
        let cards = [&self.plan.cards.start, &self.plan.cards.end];
        for (end, card) in cards.into_iter().enumerate() {
            if self.holds_ns[end] == 0 {
                continue;
            }
            let title = card.as_ref().and_then(|card| card.title.clone());
            let lines = card.as_ref().and_then(|card| card.lines.clone());
            settings.cards[end] = Some(Card {
                title: title.unwrap_or_else(|| settings.title.clone()),
                lines: lines.unwrap_or_else(|| if end == 0 { first_lines(log) } else { last_lines(log) }),
            });
        }
        remarks
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
        (*planned != own).then(|| {
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
    let bytes = fs::read(path).with_context(name)?;
    String::from_utf8(bytes).with_context(|| format!("{}: is not in UTF-8", name()))
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
        text: caption.text.clone(),
        source: about.source.clone(),
        port: about.port.as_deref().and_then(port_of),
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
        text: cue.text.clone(),
        source: None,
        port: None,
        host: None,
    })
}

/// `udp/2193` as a port.
fn port_of(text: &str) -> Option<Port> {
    let (protocol, number) = text.split_once('/')?;
    let protocol = match protocol.to_ascii_lowercase().as_str() {
        "udp" => Protocol::Udp,
        "tcp" => Protocol::Tcp,
        _ => return None,
    };
    Some(Port {
        protocol,
        number: number.parse().ok()?,
    })
}

/// A remark on captions that are outside of the film.
fn outside(name: &str, captions: &[Option<scene::Caption>]) -> Option<String> {
    let outside = captions.iter().filter(|caption| caption.is_none()).count() as u64;
    (outside > 0).then(|| {
        format!(
            "{name}: {} of {} outside of the film, and not shown",
            grouped(outside),
            counted(captions.len() as u64, "caption")
        )
    })
}

/// The lines of a card before the film: when, and how much.
fn first_lines(log: &Log) -> Vec<String> {
    let data = log.unstretched();
    let pace_ns = (data.pace_secs() * 1e9) as u64;
    vec![
        format!("{} to {} UTC", time_text(data.start_ns), time_text(data.end_ns)),
        sums(log),
        format!("a second is {}", spoken_duration(pace_ns)),
    ]
}

/// The lines of a card after it: its sums, the busiest, and what was left out.
fn last_lines(log: &Log) -> Vec<String> {
    let mut lines = vec![format!(
        "{}, in {}",
        sums(log),
        spoken_duration(log.unstretched().span_ns().unsigned_abs())
    )];
    lines.extend(busiest("from", &sources(log), log));
    lines.extend(busiest("to", &ports(log), log));
    lines.extend(busiest("at", &hosts(log), log));
    let left_out = log.rows - log.drawable_rows;
    if left_out > 0 {
        lines.push(format!(
            "{} of {} not shown: outside of the time range, without a port, or not readable",
            grouped(left_out),
            counted(log.rows, "row")
        ));
    }
    lines
}

/// Packets, sources and ports.
pub(super) fn sums(log: &Log) -> String {
    format!(
        "{} from {} to {}",
        measured(log.packets.iter().sum(), log.measure),
        counted(log.sources() as u64, log.source_kind.noun()),
        counted(log.ends.ports().count() as u64, "port"),
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
    use super::*;

    #[test]
    fn ports_are_named_as_plans_do() {
        let port = |protocol, number| Some(Port { protocol, number });
        assert_eq!(port_of("udp/2193"), port(Protocol::Udp, 2193));
        assert_eq!(port_of("TCP/22"), port(Protocol::Tcp, 22));
        assert_eq!([port_of("22"), port_of("tcp/70000"), port_of("icmp/1")], [None; 3]);
    }
}
