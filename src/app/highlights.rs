//! A film of the strongest events alone: which frames of the whole film it has.

use std::ops::Range;

use super::clock::{AHEAD_MS, film_ms, frame_at_ms};
use crate::log::Log;
use crate::plan::{Caption, Plan, reading_secs};

/// Film time before the caption of an event from which on it is shown.
const BEFORE_MS: i64 = 600;
/// Film time of an event, from its first departure on, that is shown at most: of a scan that takes half a minute, its
/// beginning.
const MOST_MS: i64 = 9000;
/// Film time after its caption has gone, or its bubbles have landed.
const AFTER_MS: i64 = 400;
/// Runs that are closer than this are one.
const JOINED_MS: i64 = 1500;

/// The frames of the strongest events of a plan, as many as fit into `length_ns` of film, and at least the strongest;
/// with the time that the film stands still, before and after, where that fits as well.
pub fn cuts(plan: &Plan, log: &Log, length_ns: i64) -> Vec<Range<u64>> {
    let timeline = &log.timeline;
    let last_ms = (timeline.film_secs(timeline.frames()) * 1e3) as i64;
    let mut ranked: Vec<&Caption> = plan.captions.iter().collect();
    // Of equals, the first in the plan.
    ranked.sort_by(|a, b| b.score.unwrap_or(0.0).total_cmp(&a.score.unwrap_or(0.0)));
    let length_ms = length_ns / 1_000_000;
    let still = still_ms(log);
    let still_in_all_ms = length_of(&still);
    let mut shown: Vec<(i64, i64)> = Vec::new();
    for caption in ranked {
        let Some(span) = span(caption, log, last_ms) else {
            continue;
        };
        let with = united(shown.iter().copied().chain([span]));
        if shown.is_empty() || length_of(&with) + still_in_all_ms <= length_ms {
            shown = with;
        }
    }
    // The sums before the title, where there is room for one of them alone.
    for card in still.into_iter().rev().filter(|(from, to)| from < to) {
        let with = united(shown.iter().copied().chain([card]));
        if !shown.is_empty() && length_of(&with) <= length_ms {
            shown = with;
        }
    }
    let frame = |ms: i64| frame_at_ms(ms, timeline).min(timeline.frames());
    let mut frames: Vec<Range<u64>> = shown.into_iter().map(|(from, to)| frame(from)..frame(to)).collect();
    frames.retain(|cut| cut.start < cut.end);
    // What is asked for is kept to the frame, where the strongest alone is longer.
    let mut left = frame(length_ms.max(1)).max(1);
    for cut in &mut frames {
        cut.end = cut.end.min(cut.start + left);
        left -= cut.end - cut.start;
    }
    frames.retain(|cut| cut.start < cut.end);
    frames
}

/// The film time in which a film stands still, before and after, in milliseconds.
pub fn still_ms(log: &Log) -> [(i64, i64); 2] {
    let timeline = &log.timeline;
    let last_ms = (timeline.film_secs(timeline.frames()) * 1e3) as i64;
    let [before_ms, after_ms] = log.holds_secs().map(|secs| (secs * 1e3) as i64);
    [(0, before_ms), (last_ms - after_ms, last_ms)]
}

/// The film time of an event, in milliseconds; none outside of the film.
fn span(caption: &Caption, log: &Log, last_ms: i64) -> Option<(i64, i64)> {
    let from_ms = film_ms(caption.at.0, log)?;
    let travel_ms = log.timeline.travel_ns / 1_000_000;
    let until_ms = caption
        .until
        .and_then(|until| film_ms(until.0 - 1, log))
        .unwrap_or(from_ms);
    let secs = caption.secs.unwrap_or_else(|| reading_secs(&caption.text));
    let said_ms = from_ms - AHEAD_MS + (secs * 1e3) as i64;
    let to_ms = said_ms.max((until_ms + travel_ms).min(from_ms + MOST_MS)) + AFTER_MS;
    Some(((from_ms - AHEAD_MS - BEFORE_MS).max(0), to_ms.min(last_ms)))
}

/// Spans in order; those that touch are one.
fn united(spans: impl Iterator<Item = (i64, i64)>) -> Vec<(i64, i64)> {
    let mut spans: Vec<(i64, i64)> = spans.collect();
    spans.sort_unstable();
    let mut united: Vec<(i64, i64)> = Vec::with_capacity(spans.len());
    for (from, to) in spans {
        match united.last_mut() {
            Some(last) if from <= last.1 + JOINED_MS => last.1 = last.1.max(to),
            _ => united.push((from, to)),
        }
    }
    united
}

fn length_of(spans: &[(i64, i64)]) -> i64 {
    spans.iter().map(|(from, to)| to - from).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::open_scene;
    use crate::app::stages::Stages;
    use crate::settings::RenderSettings;

    fn scene(length: &str) -> crate::scene::Scene {
        let words = [
            "portbloom",
            "render",
            "--sink=null",
            "--size=64x64",
            "--quiet",
            "--highlights",
            length,
        ];
        let view = RenderSettings::from_words(&words).unwrap().view;
        open_scene(&view, &Stages::new(false)).unwrap()
    }

    #[test]
    fn a_minute_of_july_2013_has_the_flood_and_the_scans() {
        let scene = scene("60s");
        assert!((40 * 25..=60 * 25).contains(&scene.frames()), "{}", scene.frames());
        let cuts = scene.cuts();
        assert!(cuts.len() > 3, "{cuts:?}");
        let end = |(first, cut): &(u64, Range<u64>)| (first + cut.end - cut.start, cut.end);
        for pair in cuts.windows(2) {
            assert!(
                end(&pair[0]).0 == pair[1].0 && end(&pair[0]).1 < pair[1].1.start,
                "{cuts:?}"
            );
        }
        let plan = Plan::default();
        assert!(super::cuts(&plan, scene.log(), 60_000_000_000).is_empty());
        // The flood departs in the middle of one, and the last has the card.
        let log = scene.log();
        let flood = log.frame_at(1_374_651_985_000_000_000).unwrap();
        assert!(cuts.iter().any(|(_, cut)| cut.contains(&flood)), "{cuts:?}");
        assert_eq!(cuts.last().map(|(_, cut)| cut.end), Some(log.timeline.frames()));
        // A frame is that of the whole film.
        let (first, cut) = &cuts[1];
        let whole = crate::scene::SceneSettings {
            cuts: Vec::new(),
            ..scene.settings().clone()
        };
        let whole = crate::scene::Scene::new(log.clone(), whole);
        let (here, there) = (scene.frame(first + 3), whole.frame(cut.start + 3));
        assert_eq!((here.number, there.number), (first + 3, cut.start + 3));
        assert_eq!(
            (here.labels, here.marks, here.order),
            (there.labels, there.marks, there.order)
        );
    }

    #[test]
    fn a_film_of_a_second_has_a_second_of_the_strongest() {
        assert_eq!(scene("1s").frames(), 25);
    }
}
