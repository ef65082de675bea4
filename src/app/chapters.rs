//! What players are told of a film on its own clock: chapters, captions, and the moment that stands for it.

use std::ops::Range;

use super::clock::{film_ms, first_frames, frame_at};
use super::still::busiest;
use super::told::planned;
use crate::log::Log;
use crate::output::chapters::Chapter;
use crate::plan::{Cue, CueTime, Plan};
use crate::scene::{self, Scene};
use crate::timeline::Timeline;

/// The shortest chapter, in seconds of film: players and sites refuse shorter ones.
const LEAST_SECS: u64 = 10;
/// Film time before and after the poster's frame for which its caption stands there, long enough that it is not fading.
const POSTER_MS: i64 = 2000;

/// The chapters of a whole film: those of a plan. One that would begin sooner than 10 s after the one before is a part of
/// that. The film's own title is the first, unless the plan has one there. Without any in the plan there are none.
pub fn chapters(plan: &Plan, log: &Log, title: &str) -> Vec<Chapter> {
    let timeline = &log.timeline;
    let least = least_frames(timeline);
    let times_ns: Vec<i64> = plan.chapters.iter().map(|chapter| chapter.at.0).collect();
    let begun = plan.chapters.iter().zip(first_frames(&times_ns, log));
    let mut begun: Vec<Chapter> = begun
        .filter_map(|(chapter, first_frame)| {
            Some(Chapter {
                first_frame: first_frame?,
                title: chapter.title.clone(),
            })
        })
        .collect();
    begun.sort_by_key(|chapter| chapter.first_frame);
    let mut all: Vec<Chapter> = Vec::with_capacity(begun.len() + 1);
    if let Some(first) = begun.first() {
        let own = if title.is_empty() { &log.source } else { title };
        let title = if first.first_frame < least { &first.title } else { own };
        all.push(Chapter {
            first_frame: 0,
            title: title.to_owned(),
        });
    }
    for chapter in begun {
        let before = all.last().map_or(0, |before| before.first_frame);
        if chapter.first_frame - before >= least && timeline.frames() - chapter.first_frame >= least {
            all.push(chapter);
        }
    }
    all
}

/// The chapters of a film that has only some runs of frames of a whole one: each begins with the run that it begins in,
/// or where it is in that; of those that would be shorter than 10 s, the first is left.
pub fn of_cuts(chapters: &[Chapter], scene: &Scene) -> Vec<Chapter> {
    of_runs(chapters, &scene.cuts(), least_frames(&scene.log().timeline))
}

/// The same of runs, each with its place in the film. A run that begins a little before a chapter does is of that
/// chapter: the one before has ended but for a rest. What would be a chapter at the end, and too short, is of the one
/// before.
fn of_runs(chapters: &[Chapter], runs: &[(u64, Range<u64>)], least: u64) -> Vec<Chapter> {
    let mut all: Vec<Chapter> = Vec::new();
    for (first, run) in runs {
        let mut own = within(chapters, run);
        if own.get(1).is_some_and(|second| second.first_frame < least) && run.start > 0 {
            own.remove(0);
            own[0].first_frame = 0;
        }
        for chapter in own {
            let first_frame = first + chapter.first_frame;
            if all
                .last()
                .is_none_or(|before| first_frame - before.first_frame >= least)
            {
                all.push(Chapter {
                    first_frame,
                    title: chapter.title,
                });
            }
        }
    }
    let end = runs.last().map_or(0, |(first, run)| first + run.end - run.start);
    all.pop_if(|last| last.first_frame > 0 && end - last.first_frame < least);
    all
}

/// The chapters of some frames of a film, with their own times, by the same rules: the first begins with them.
pub fn of_part(chapters: &[Chapter], frames: &Range<u64>, timeline: &Timeline) -> Vec<Chapter> {
    of_runs(chapters, &[(0, frames.clone())], least_frames(timeline))
}

/// The chapters that begin or go on in some frames, counted from the first of these.
fn within(chapters: &[Chapter], frames: &Range<u64>) -> Vec<Chapter> {
    let begun = chapters.partition_point(|chapter| chapter.first_frame <= frames.start);
    chapters[begun.saturating_sub(1)..]
        .iter()
        .take_while(|chapter| chapter.first_frame < frames.end)
        .map(|chapter| Chapter {
            first_frame: chapter.first_frame.saturating_sub(frames.start),
            title: chapter.title.clone(),
        })
        .collect()
}

/// The frames of the shortest chapter.
fn least_frames(timeline: &Timeline) -> u64 {
    let fps = timeline.fps;
    (LEAST_SECS * u64::from(fps.num)).div_ceil(u64::from(fps.den))
}

/// The number in a film of a frame of the whole one, of which it may have only some runs.
pub fn number_here(whole: u64, scene: &Scene) -> Option<u64> {
    let mut cuts = scene.cuts().into_iter();
    cuts.find_map(|(first, cut)| cut.contains(&whole).then(|| first + whole - cut.start))
}

/// The frame that stands for some frames of a film, and the scene that shows it, where that is another: the strongest
/// event of the plan among them at its height, when its bubbles are half-way, with its caption; without events the
/// film's busiest frame. For a film of some runs of frames it is a frame of the whole one.
pub fn poster(plan: &Plan, scene: &Scene, frames: &Range<u64>) -> (u64, Option<Scene>) {
    if scene.settings().cuts.is_empty() {
        return poster_of_whole(plan, scene, frames);
    }
    let whole = scene.whole();
    let (number, shown) = poster_of_whole(plan, &whole, &(0..whole.frames()));
    (number, Some(shown.unwrap_or(whole)))
}

fn poster_of_whole(plan: &Plan, scene: &Scene, frames: &Range<u64>) -> (u64, Option<Scene>) {
    let log = scene.log();
    let timeline = &log.timeline;
    let half_way_ms = timeline.travel_ns / 2_000_000;
    let moment = |caption: &crate::plan::Caption| {
        let height_ns = caption.peak.as_ref().unwrap_or(&caption.at).0;
        let frame = frame_at(film_ms(height_ns, log)? + half_way_ms, timeline);
        frames.contains(&frame).then_some(frame)
    };
    let scored = plan.captions.iter().filter_map(|caption| {
        let score = caption.score?;
        Some((score, moment(caption)?, planned(caption, log)?))
    });
    // Of equals, the first.
    let strongest = scored.reduce(|best, next| if next.0 > best.0 { next } else { best });
    let Some((_, frame, caption)) = strongest else {
        return (busiest(log), None);
    };
    let now_ms = (timeline.film_secs(frame) * 1e3) as i64;
    let shown = scene::Caption {
        from_ms: now_ms - POSTER_MS,
        to_ms: now_ms + POSTER_MS,
        ..caption.clone()
    };
    // The others stay, so that the layout does; those that would stand at the same time do not.
    let apart =
        |other: &&scene::Caption| **other != caption && (other.to_ms <= shown.from_ms || other.from_ms >= shown.to_ms);
    let mut captions: Vec<_> = scene.settings().captions.iter().filter(apart).cloned().collect();
    captions.push(shown);
    (frame, Some(scene.with_captions(captions)))
}

/// The captions that stand in a part of a film, by its own times.
pub fn cues(scene: &Scene, part: &Range<u64>) -> Vec<Cue> {
    let timeline = &scene.log().timeline;
    let ms = |frame: u64| (timeline.film_secs(frame) * 1e3).round() as i64;
    let mut cues = Vec::new();
    for (first, cut) in scene.cuts() {
        // The frames of this run that are in the part, by their numbers here and in the whole film.
        let from = part.start.max(first);
        let to = part.end.min(first + cut.end - cut.start);
        if from >= to {
            continue;
        }
        let (start_ms, end_ms) = (ms(cut.start + from - first), ms(cut.start + to - first));
        let earlier_ms = ms(from - part.start);
        let cut = scene.said().map(|(from_ms, to_ms, text)| Cue {
            at: CueTime::Film {
                from_ms: from_ms.clamp(start_ms, end_ms) - start_ms + earlier_ms,
                to_ms: Some(to_ms.clamp(start_ms, end_ms) - start_ms + earlier_ms),
            },
            text: text.to_owned(),
        });
        let stands = |cue: &Cue| matches!(cue.at, CueTime::Film { from_ms, to_ms: Some(to_ms) } if from_ms < to_ms);
        cues.extend(cut.filter(stands));
    }
    cues
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::open_scene;
    use crate::app::stages::Stages;
    use crate::plan::{About, Caption, Time};
    use crate::settings::PreviewSettings;

    fn sample() -> Scene {
        let words = ["portbloom", "preview", "--size", "320x180", "--quiet"];
        let view = PreviewSettings::from_words(&words).unwrap().view;
        open_scene(&view, &Stages::new(false)).unwrap()
    }

    /// A moment of the sample's film, whose pace is a day in 11.52 s, from 3 July on.
    fn after_secs(scene: &Scene, secs: f64) -> Time {
        let timeline = &scene.log().timeline;
        Time(timeline.start_ns + (secs * timeline.pace_secs() * 1e9) as i64)
    }

    #[test]
    fn chapters_are_ten_seconds_long_at_least() {
        let scene = sample();
        let log = scene.log();
        let of = |times: &[f64]| -> Vec<(u64, String)> {
            let plan = Plan {
                chapters: times
                    .iter()
                    .map(|secs| crate::plan::Chapter {
                        at: after_secs(&scene, *secs),
                        title: format!("at {secs}"),
                    })
                    .collect(),
                ..Plan::default()
            };
            chapters(&plan, log, "film")
                .into_iter()
                .map(|chapter| (chapter.first_frame, chapter.title))
                .collect()
        };
        let chapter = |frame: u64, title: &str| (frame, title.to_owned());
        assert!(of(&[]).is_empty());
        // 0.4 s before what happens.
        assert_eq!(of(&[60.0]), [chapter(0, "film"), chapter(1490, "at 60")]);
        let several = of(&[65.0, 60.0, 70.4, 5.0, 319.0]);
        assert_eq!(
            several,
            [chapter(0, "at 5"), chapter(1490, "at 60"), chapter(1750, "at 70.4")]
        );
        // The film begins in the last of those before it; those behind it are none.
        assert_eq!(of(&[-5.0, -9.0, 400.0]), [chapter(0, "at -5")]);
        assert!(of(&[400.0]).is_empty());
    }

    fn chapter(first_frame: u64, title: &str) -> Chapter {
        Chapter {
            first_frame,
            title: title.to_owned(),
        }
    }

    #[test]
    fn a_part_has_the_chapters_that_are_in_it() {
        let whole = [chapter(0, "a"), chapter(300, "b"), chapter(600, "c")];
        let timeline = sample().log().timeline;
        let of = |frames| of_part(&whole, &frames, &timeline);
        assert_eq!(of(0..1000), whole);
        assert_eq!(of(310..850), [chapter(0, "b"), chapter(290, "c")]);
        assert_eq!(of(300..301), [chapter(0, "b")]);
        assert!(of_part(&[], &(0..10), &timeline).is_empty());
        // None is shorter than ten seconds, which are 250 frames, unless the part is.
        assert_eq!(of(310..849), [chapter(0, "b")]);
        assert_eq!(of(100..700), [chapter(0, "b")]);
        assert_eq!(of(280..320), [chapter(0, "b")]);
    }

    #[test]
    fn a_run_is_called_by_what_begins_in_it() {
        let whole = [chapter(0, "film"), chapter(1490, "scan"), chapter(3000, "flood")];
        // The first run begins 25 frames before the scan, the second long after the flood has begun.
        let runs = [(0, 1465..1800), (335, 4000..4300)];
        assert_eq!(of_runs(&whole, &runs, 250), [chapter(0, "scan"), chapter(335, "flood")]);
        // A whole film keeps its beginning, and a run that is too short has no chapter of its own.
        assert_eq!(of_runs(&whole, &[(0, 0..5000)], 250), whole);
        let short = [(0, 1465..1600), (135, 2990..3400)];
        assert_eq!(of_runs(&whole, &short, 250), [chapter(0, "scan")]);
    }

    #[test]
    fn the_poster_is_the_strongest_event_at_its_height() {
        let scene = sample();
        let caption = |at: f64, peak: f64, score: f64| Caption {
            at: after_secs(&scene, at),
            secs: None,
            text: format!("event {score}"),
            kind: None,
            score: Some(score),
            peak: Some(after_secs(&scene, peak)),
            until: None,
            about: About::default(),
        };
        let plan = Plan {
            captions: vec![
                caption(60.0, 70.0, 5.0),
                caption(100.0, 120.0, 9.0),
                caption(30.0, 31.0, 9.0),
            ],
            ..Plan::default()
        };
        let (frame, shown) = poster(&plan, &scene, &(0..scene.frames()));
        // 120 s, and half of a flight of 2.8 s.
        assert_eq!(frame, 3035);
        let shown = shown.unwrap().frame(frame);
        assert!(shown.labels.iter().any(|label| &*label.text == "event 9"));
        assert_eq!(poster(&plan, &scene, &(0..2000)).0, 810);
        // None of them is among these frames: the busiest of the film, when the flood from Iran flies.
        let (busiest, shown) = poster(&plan, &scene, &(5000..5100));
        assert!(shown.is_none() && (6717..6717 + 70).contains(&busiest));
    }
}
