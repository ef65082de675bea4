//! The plan that findings make: captions in the order of time, chapters, slow motion for what would be over too soon, and
//! a card at the end.

use super::finding::Finding;
use crate::plan::{Caption, Card, Cards, Chapter, Factor, Kind, Plan, Speed, Time};
use crate::timeline::Timeline;

/// Seconds of film of a chapter, at least.
const CHAPTER_SECS: f64 = 10.0;
/// A flood that lasts less than this in film is slowed down.
const SLOW_BELOW_SECS: f64 = 1.0;
/// Seconds of film before and behind it that are slowed down with it.
const SLOW_AROUND_SECS: f64 = 0.1;
/// Seconds that the last card stands.
const CARD_SECS: f64 = 4.0;

/// The plan of a film that tells some findings ([`told`](super::told)). Without any it has nothing but the log's
/// fingerprint.
#[must_use]
pub fn plan_of(told: &[Finding], timeline: &Timeline, fingerprint: Option<String>) -> Plan {
    let mut in_time: Vec<&Finding> = told.iter().collect();
    in_time.sort_by(|a, b| a.order().cmp(&b.order()));
    let mut plan = Plan {
        fingerprint,
        ..Plan::default()
    };
    if in_time.is_empty() {
        return plan;
    }
    plan.captions = in_time.iter().map(|finding| caption(finding)).collect();
    plan.chapters = chapters(&in_time, timeline);
    plan.speeds = speeds(&in_time, timeline);
    plan.cards = Cards {
        start: None,
        end: Some(Card {
            secs: CARD_SECS,
            title: None,
            lines: None,
        }),
    };
    plan
}

fn caption(finding: &Finding) -> Caption {
    Caption {
        at: Time(finding.at_ns),
        secs: None,
        text: finding.text.clone(),
        kind: Some(finding.kind),
        score: Some(finding.score),
        peak: Some(Time(finding.peak_ns)),
        until: Some(Time(finding.until_ns.saturating_add(1))),
        about: finding.about(),
    }
}

/// A chapter for the beginning and one for each finding that is far enough from the one before, and from the end.
fn chapters(in_time: &[&Finding], timeline: &Timeline) -> Vec<Chapter> {
    let film_secs = timeline.film_secs(timeline.frames());
    let mut chapters = vec![Chapter {
        at: Time(timeline.start_ns),
        title: "Start".to_owned(),
    }];
    let mut last_secs = 0.0;
    for finding in in_time {
        let secs = timeline.departure_secs(finding.at_ns.saturating_sub(timeline.start_ns));
        if secs - last_secs >= CHAPTER_SECS && film_secs - secs >= CHAPTER_SECS {
            last_secs = secs;
            chapters.push(Chapter {
                at: Time(finding.at_ns),
                title: finding.title.clone(),
            });
        }
    }
    chapters
}

/// Slow motion for floods that last less than a second; none overlaps the one before.
fn speeds(in_time: &[&Finding], timeline: &Timeline) -> Vec<Speed> {
    let mut speeds: Vec<Speed> = Vec::new();
    let around_ns = timeline.data_ns(SLOW_AROUND_SECS);
    for finding in in_time.iter().filter(|finding| finding.kind == Kind::Flood) {
        let secs = timeline.departure_secs(finding.until_ns.saturating_sub(finding.at_ns));
        if secs >= SLOW_BELOW_SECS {
            continue;
        }
        // As slow as makes it last two seconds at most.
        let speed = match secs {
            ..0.25 => Factor::Eighth,
            ..0.5 => Factor::Quarter,
            _ => Factor::Half,
        };
        let from_ns = finding.at_ns.saturating_sub(around_ns).max(timeline.start_ns);
        let to_ns = finding.until_ns.saturating_add(around_ns).min(timeline.end_ns);
        if speeds.last().is_none_or(|last| last.to.0 <= from_ns) && from_ns < to_ns {
            speeds.push(Speed {
                from: Time(from_ns),
                to: Time(to_ns),
                speed,
            });
        }
    }
    speeds
}
