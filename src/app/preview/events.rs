//! What stands out in a film: the events on the seek bar and in the list, which P and N jump to. Those that the
//! captions of the film tell, where it has some, and else what is found in the log.

use super::super::clock::{frame_before, frames_in};
use crate::direct::{found_in, told};
use crate::log::Log;
use crate::scene::{Caption, Only, Scene};

/// Time before its first departure at which an event is shown, in seconds of film.
const LEAD_SECS: f64 = 0.4;
/// An event that began less than this time ago is not the previous one, in seconds of film.
const JUST_BEGUN_SECS: f64 = 1.2;

/// The events of a film, in the order of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Events {
    all: Vec<Event>,
    /// The number of frames after which an event has begun a while ago.
    just_begun: u64,
}

/// Something that stands out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The frame at which it is shown: shortly before it begins.
    pub frame: u64,
    /// When it begins, Unix nanoseconds.
    pub time_ns: i64,
    /// What is told of it.
    pub text: String,
    /// The traffic that it is, where it is some.
    pub only: Option<Only>,
}

impl Events {
    /// The events of a scene.
    #[must_use]
    pub fn of(scene: &Scene) -> Self {
        let log = scene.log();
        let captions = &scene.settings().captions;
        let mut all: Vec<Event> = if captions.is_empty() {
            found(log)
        } else {
            captions.iter().map(|caption| captioned(caption, log)).collect()
        };
        all.sort_by(|a, b| (a.frame, &a.text).cmp(&(b.frame, &b.text)));
        Self {
            all,
            just_begun: frames_in(JUST_BEGUN_SECS, &log.timeline),
        }
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> &[Event] {
        &self.all
    }

    /// The first event after a frame, with its place among all, from 0.
    #[must_use]
    pub fn after(&self, frame: u64) -> Option<(usize, &Event)> {
        self.at(self.all.partition_point(|event| event.frame <= frame))
    }

    /// The last event before a frame, but for one that has just begun, with its place among all.
    #[must_use]
    pub fn before(&self, frame: u64) -> Option<(usize, &Event)> {
        let earlier = self.all.partition_point(|event| event.frame + self.just_begun < frame);
        self.at(earlier.checked_sub(1)?)
    }

    fn at(&self, index: usize) -> Option<(usize, &Event)> {
        Some((index, self.all.get(index)?))
    }
}

/// What stands out among the bubbles of a log, as a plan would tell it.
fn found(log: &Log) -> Vec<Event> {
    let clock = log.unstretched();
    let findings = told(&found_in(log).ranked(clock), clock);
    let departure_ns = |time_ns: i64| log.departure_ns(time_ns.saturating_sub(clock.start_ns));
    findings
        .iter()
        .map(|finding| {
            let only = finding.source.as_ref().map(|source| source.code.as_str());
            Event {
                frame: frame_before(departure_ns(finding.at_ns), LEAD_SECS, &log.timeline),
                time_ns: finding.at_ns,
                text: finding.text.clone(),
                only: (only.is_some() || finding.port.is_some()).then(|| Only::new(only, finding.port)),
            }
        })
        .collect()
}

fn captioned(caption: &Caption, log: &Log) -> Event {
    let fps = log.timeline.fps.as_f64();
    let last = log.timeline.frames() - 1;
    let frame = ((caption.from_ms.max(0) as f64 / 1e3 * fps).ceil() as u64).min(last);
    let only = caption.source.is_some() || caption.port.is_some();
    Event {
        frame,
        time_ns: caption
            .time_ns
            .unwrap_or_else(|| log.unstretched().nearest_ns(log.data_time_ns(&log.timeline, frame))),
        text: caption.text.clone(),
        only: only.then(|| Only::new(caption.source.as_deref(), caption.port)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::open_scene;
    use crate::app::stages::Stages;
    use crate::settings::PreviewSettings;

    fn events(words: &[&str]) -> Events {
        let words = ["portbloom", "preview", "--quiet", "--size", "64x64"]
            .iter()
            .chain(words);
        let words: Vec<&str> = words.copied().collect();
        let view = PreviewSettings::from_words(&words).unwrap().view;
        Events::of(&open_scene(&view, &Stages::new(false)).unwrap())
    }

    #[test]
    fn july_2013_has_the_flood_and_both_scans() {
        let events = events(&[]);
        let texts: Vec<&str> = events.all().iter().map(|event| event.text.as_str()).collect();
        let (_, flood) = events.after(6700).unwrap();
        assert!(flood.text.starts_with("Iran floods UDP 2193"), "{texts:?}");
        // The first packet departs in frame 6718.
        assert_eq!(flood.frame, 6707);
        assert_eq!(
            flood.only.as_ref().map(ToString::to_string).as_deref(),
            Some("IR:udp/2193")
        );
        let scans = texts.iter().filter(|text| text.contains("Vietnam")).count();
        assert!(scans >= 2, "{texts:?}");
        // There and back.
        let (place, _) = events.after(6700).unwrap();
        assert_eq!(events.before(6750).map(|(place, _)| place), Some(place));
        assert_eq!(events.before(6720).map(|(place, _)| place), place.checked_sub(1));
        assert_eq!(events.before(0), None);
        assert_eq!(events.after(8133), None);
    }

    #[test]
    fn what_a_film_tells_are_its_events() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c.srt");
        std::fs::write(
            &path,
            "1\n00:00:10,000 --> 00:00:12,000\nsecond\n\n2\n00:00:01,000 --> 00:00:02,000\nfirst\n",
        )
        .unwrap();
        let events = events(&["--captions", path.to_str().unwrap()]);
        let told: Vec<(u64, &str)> = events
            .all()
            .iter()
            .map(|event| (event.frame, event.text.as_str()))
            .collect();
        assert_eq!(told, [(25, "first"), (250, "second")]);
        // What names a moment of the log is listed by that, and not by the one at which its caption appears.
        std::fs::write(&path, "2013-07-24 07:46:25,flood\n").unwrap();
        let said = self::events(&["--captions", path.to_str().unwrap()]);
        assert_eq!(said.all()[0].time_ns, 1_374_651_985_000_000_000);
    }
}
