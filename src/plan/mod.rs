//! A plan: what a film tells of its log, as JSON that people edit. Its captions, chapters, speeds and cards, and the
//! log that it was made for. `docs/plan.md` has the schema.

mod cues;
mod subtitles;
mod time;

use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use cues::{Cue, CueTime, CuesError, read_cues, reading_secs};
pub use subtitles::{srt, web_vtt};
pub use time::Time;

/// The version of the schema that is written, and the newest that is read.
pub const VERSION: u32 = 1;

/// The most captions, chapters or speeds of a plan.
pub const MOST: usize = 10_000;

/// The longest time that a caption or a card stands, in seconds of film.
pub const MOST_SECS: f64 = 3600.0;

/// The most lines of a card.
pub const MOST_LINES: usize = 40;

/// The most letters of a text.
pub const MOST_LETTERS: usize = 1000;

/// What a film tells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Version of the schema; the file is known by this key.
    pub portbloom_plan: u32,
    /// The film's title, in place of the log's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What the log was in which its events were found; see [`fingerprint`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    /// What is said while the film goes on.
    #[serde(default)]
    pub captions: Vec<Caption>,
    /// The parts of the film that players list.
    #[serde(default)]
    pub chapters: Vec<Chapter>,
    /// Where the film is slower or faster.
    #[serde(default)]
    pub speeds: Vec<Speed>,
    /// What stands before and after it.
    #[serde(default)]
    pub cards: Cards,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            portbloom_plan: VERSION,
            title: None,
            fingerprint: None,
            captions: Vec::new(),
            chapters: Vec::new(),
            speeds: Vec::new(),
            cards: Cards::default(),
        }
    }
}

/// A sentence that stands for some seconds, and what it is about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Caption {
    /// The moment of which it speaks: when the first bubble of an event leaves. It appears 0.4 s of film before.
    pub at: Time,
    /// Seconds of film that it stands; where none are given, as many as its text takes to be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secs: Option<f64>,
    /// What it says.
    pub text: String,
    /// What kind of event it tells of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    /// How much the event stands out, as events are ranked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
    /// The moment at which the event is at its height.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak: Option<Time>,
    /// The first moment after the event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Time>,
    /// What is lit while it stands.
    #[serde(default, skip_serializing_if = "About::is_nothing")]
    pub about: About,
}

/// Kinds of events; `docs/plan.md` says when something is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Many packets of one source to one port of a host.
    Flood,
    /// One source at far more ports or hosts than usual.
    Scan,
    /// One source at one port of most hosts.
    Sweep,
    /// One port of which far more sources ask than usual.
    Worm,
    /// A time without packets, or a host that stops for good.
    Silence,
    /// A busy port or source that appears late.
    First,
    /// What somebody wrote.
    Note,
}

impl Kind {
    /// The word for it in a plan.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Flood => "flood",
            Self::Scan => "scan",
            Self::Sweep => "sweep",
            Self::Worm => "worm",
            Self::Silence => "silence",
            Self::First => "first",
            Self::Note => "note",
        }
    }
}

/// What an event is about: each is the log's own name. What is not named is any.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// The source's code: `IR`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The port: `udp/2193`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<String>,
    /// The host: `groucho-tokyo`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
}

impl About {
    /// Whether nothing is named.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// A part of the film that players list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chapter {
    /// Where it begins.
    pub at: Time,
    /// What it is called.
    pub title: String,
}

/// A time range that is shown slower or faster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Speed {
    /// Its first moment.
    pub from: Time,
    /// The first moment after it.
    pub to: Time,
    /// `1/2`, `1/4` or `1/8` of the film's pace, or `4` times it.
    pub speed: Factor,
}

/// How much slower or faster than the film's pace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Factor {
    /// An eighth of the pace.
    #[serde(rename = "1/8")]
    Eighth,
    /// A quarter of the pace.
    #[serde(rename = "1/4")]
    Quarter,
    /// Half of the pace.
    #[serde(rename = "1/2")]
    Half,
    /// The pace itself.
    #[serde(rename = "1")]
    One,
    /// Four times the pace.
    #[serde(rename = "4")]
    Four,
}

impl Factor {
    /// The names of all that change the speed.
    pub const NAMES: [&str; 4] = ["1/8", "1/4", "1/2", "4"];

    /// The factor of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "1/8" => Some(Self::Eighth),
            "1/4" => Some(Self::Quarter),
            "1/2" => Some(Self::Half),
            "1" => Some(Self::One),
            "4" => Some(Self::Four),
            _ => None,
        }
    }

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Eighth => "1/8",
            Self::Quarter => "1/4",
            Self::Half => "1/2",
            Self::One => "1",
            Self::Four => "4",
        }
    }
}

/// What stands before and after the film.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cards {
    /// Before the first packet leaves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Card>,
    /// After the last one has arrived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<Card>,
}

/// A page of text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// Seconds of film that it stands.
    pub secs: f64,
    /// Its heading; the film's title where none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The lines below it; where none are given, the sums of the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines: Option<Vec<String>>,
}

/// The reason why a plan cannot be used.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum PlanError {
    /// No JSON, or not that of a plan.
    #[error("it is no plan: {0}")]
    Json(String),
    /// Made by a newer portbloom.
    #[error("its schema is version {0}, and this portbloom knows {VERSION}")]
    Version(u32),
    /// A value that is not possible.
    #[error("{place}: {why}")]
    Value {
        /// Where it is: `captions[3].secs`.
        place: String,
        /// What was expected.
        why: String,
    },
}

impl Plan {
    /// Reads a plan.
    ///
    /// # Errors
    /// [`PlanError`], with the line or the key.
    pub fn from_json(json: &str) -> Result<Self, PlanError> {
        let json = json.strip_prefix('\u{feff}').unwrap_or(json);
        // An array would be taken for the values in their order.
        if json.trim_start().starts_with('[') {
            return Err(PlanError::Json("expected an object, not a list".to_owned()));
        }
        let plan: Self = serde_json::from_str(json).map_err(|error| PlanError::Json(error.to_string()))?;
        plan.checked()
    }

    /// The plan as JSON that people read, with a line end behind it.
    ///
    /// # Errors
    /// [`PlanError::Json`], for numbers that are none.
    pub fn to_json(&self) -> Result<String, PlanError> {
        let json = serde_json::to_string_pretty(self).map_err(|error| PlanError::Json(error.to_string()))?;
        Ok(json + "\n")
    }

    fn checked(self) -> Result<Self, PlanError> {
        if self.portbloom_plan == 0 || self.portbloom_plan > VERSION {
            return Err(PlanError::Version(self.portbloom_plan));
        }
        let lengths = [
            ("captions", self.captions.len()),
            ("chapters", self.chapters.len()),
            ("speeds", self.speeds.len()),
        ];
        for (place, length) in lengths {
            if length > MOST {
                return Err(bad(place, format!("{length} of them; a plan has at most {MOST}")));
            }
        }
        for (index, caption) in self.captions.iter().enumerate() {
            let place = |key: &str| format!("captions[{index}].{key}");
            caption.secs.map_or(Ok(()), |secs| check_secs(&place("secs"), secs))?;
            check_text(&place("text"), &caption.text)?;
        }
        for (index, chapter) in self.chapters.iter().enumerate() {
            check_text(&format!("chapters[{index}].title"), &chapter.title)?;
        }
        for (index, speed) in self.speeds.iter().enumerate() {
            if speed.to.0 <= speed.from.0 {
                return Err(bad(&format!("speeds[{index}].to"), "is not after `from`".to_owned()));
            }
        }
        let mut in_time: Vec<usize> = (0..self.speeds.len()).collect();
        in_time.sort_by_key(|index| self.speeds[*index].from);
        for pair in in_time.windows(2) {
            let [first, second] = [&self.speeds[pair[0]], &self.speeds[pair[1]]];
            if first.to > second.from {
                let why = format!("is within speeds[{}], which ends at {}", pair[0], first.to);
                return Err(bad(&format!("speeds[{}].from", pair[1]), why));
            }
        }
        for (name, card) in [("start", &self.cards.start), ("end", &self.cards.end)] {
            let Some(card) = card else { continue };
            check_secs(&format!("cards.{name}.secs"), card.secs)?;
            let lines = card.lines.as_ref().map_or(0, Vec::len);
            if lines > MOST_LINES {
                let why = format!("{lines} lines; a card has at most {MOST_LINES}");
                return Err(bad(&format!("cards.{name}.lines"), why));
            }
            for line in card.lines.iter().flatten() {
                check_text(&format!("cards.{name}.lines"), line)?;
            }
        }
        Ok(self)
    }
}

/// What tells one log from another in a plan, as people read it. Packets are those of the time range that can be
/// drawn; `first_ns` is the first of them, Unix nanoseconds.
#[must_use]
pub fn fingerprint(packets: [u64; 2], sources: usize, ports: usize, first_ns: i64) -> String {
    let [udp, tcp] = packets;
    let first = Time(first_ns);
    format!("udp {udp}, tcp {tcp}, sources {sources}, ports {ports}, from {first}")
}

fn check_secs(place: &str, secs: f64) -> Result<(), PlanError> {
    if secs > 0.0 && secs <= MOST_SECS {
        return Ok(());
    }
    Err(bad(place, format!("expected seconds above 0 and at most {MOST_SECS}")))
}

fn check_text(place: &str, text: &str) -> Result<(), PlanError> {
    if text.trim().is_empty() {
        return Err(bad(place, "the text is empty".to_owned()));
    }
    let letters = text.chars().count();
    if letters > MOST_LETTERS {
        return Err(bad(
            place,
            format!("a text of {letters} letters; at most {MOST_LETTERS} are possible"),
        ));
    }
    Ok(())
}

fn bad(place: &str, why: String) -> PlanError {
    PlanError::Value {
        place: place.to_owned(),
        why,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = r#"{
  "portbloom_plan": 1,
  "title": "Nine honeypots",
  "fingerprint": "udp 1, tcp 2, sources 3, ports 4, from 2013-07-01T00:03:57Z",
  "captions": [
    {
      "at": "2013-07-24T07:46:25Z",
      "secs": 6.5,
      "text": "Iran floods UDP 2193 on tokyo: 11,116 packets in 10 minutes",
      "kind": "flood",
      "score": 12.5,
      "peak": "2013-07-24T07:46:25.5Z",
      "until": "2013-07-24T07:56:47Z",
      "about": {
        "source": "IR",
        "port": "udp/2193",
        "host": "groucho-tokyo"
      }
    }
  ],
  "chapters": [
    {
      "at": "2013-07-01T00:00:00Z",
      "title": "Start"
    }
  ],
  "speeds": [
    {
      "from": "2013-07-24T07:45:00Z",
      "to": "2013-07-24T08:00:00Z",
      "speed": "1/8"
    }
  ],
  "cards": {
    "end": {
      "secs": 3.0,
      "lines": [
        "One"
      ]
    }
  }
}
"#;

    #[test]
    fn a_plan_is_read_as_it_is_written() {
        let plan = Plan::from_json(WHOLE).unwrap();
        assert_eq!(plan.captions[0].at.0, 1_374_651_985_000_000_000);
        assert_eq!(plan.to_json().unwrap(), WHOLE);
        assert_eq!(Plan::from_json(&format!("\u{feff}{WHOLE}")).unwrap(), plan);
        assert_eq!(Plan::from_json(r#"{"portbloom_plan": 1}"#).unwrap(), Plan::default());
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        for (from, to, expected) in [
            ("\"secs\": 6.5", "\"secs\": 0", "captions[0].secs: expected seconds"),
            ("\"secs\": 6.5", "\"secs\": 1e9", "captions[0].secs: expected seconds"),
            ("\"kind\": \"flood\"", "\"kind\": \"rain\"", "line 10 column 20"),
            ("\"at\": \"2013-07-24T07:46:25Z\"", "\"at\": \"soon\"", "line 7"),
            ("\"1/8\"", "\"1/9\"", "unknown variant `1/9`"),
            (
                "\"title\": \"Start\"",
                "\"title\": \" \"",
                "chapters[0].title: the text is empty",
            ),
            ("08:00:00Z", "07:45:00Z", "speeds[0].to: is not after"),
            ("\"portbloom_plan\": 1", "\"portbloom_plan\": 2", "version 2"),
            ("\"captions\"", "\"captoins\"", "unknown field `captoins`"),
        ] {
            assert!(WHOLE.contains(from), "{from}");
            let error = Plan::from_json(&WHOLE.replacen(from, to, 1)).unwrap_err().to_string();
            assert!(error.contains(expected), "{from} -> {to}: {error}");
        }
        let range =
            |from: &str, to: &str| format!(r#"{{"from": "2013-07-{from}", "to": "2013-07-{to}", "speed": "1/2"}}"#);
        let speeds = [range("24", "26"), range("20", "22"), range("21", "23")].join(",");
        let error = Plan::from_json(&format!(r#"{{"portbloom_plan": 1, "speeds": [{speeds}]}}"#)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "speeds[2].from: is within speeds[1], which ends at 2013-07-22T00:00:00Z"
        );
        let list = Plan::from_json("[1]").unwrap_err().to_string();
        assert_eq!(list, "it is no plan: expected an object, not a list");
        let lines = vec![r#""a""#; MOST_LINES + 1].join(",");
        let long = format!(r#"{{"portbloom_plan": 1, "cards": {{"end": {{"secs": 1, "lines": [{lines}]}}}}}}"#);
        let error = Plan::from_json(&long).unwrap_err().to_string();
        assert_eq!(error, "cards.end.lines: 41 lines; a card has at most 40");
        let many = format!(
            r#"{{"portbloom_plan": 1, "chapters": [{}]}}"#,
            vec![r#"{"at": "2013-07-01", "title": "a"}"#; MOST + 1].join(",")
        );
        assert!(
            Plan::from_json(&many)
                .unwrap_err()
                .to_string()
                .contains("at most 10000")
        );
    }
}
