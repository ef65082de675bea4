//! Parts in the order of their film: whether they are of one film and are all of it, or what is wrong.
//!
//! Knows marks and ranges of frames, and no files.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::command::{of_part, shell_line};
use crate::output::mark::{Mark, Part, frames_of_shard};
use crate::output::numbered::Pattern;
use crate::words::{counted, grouped};

/// Problems that a message names, at most.
const MOST_TOLD: usize = 3;

/// Puts parts in the order of their film, which will be `output`. `faults` are messages on parts that are of no use,
/// with their names.
///
/// # Errors
/// One line on what is missing, twice, alien or of no use, with the command that makes what is missing.
pub fn in_order(mut parts: Vec<Part>, faults: &[(PathBuf, String)], output: &Path) -> Result<Vec<Part>, String> {
    let mut problems: Vec<String> = faults.iter().map(|(_, fault)| fault.clone()).collect();
    let Some(film) = film_of(&parts) else {
        return Err(told(&problems, None));
    };
    let (own, alien): (Vec<_>, Vec<_>) = parts
        .into_iter()
        .partition(|part| difference(&part.mark, &film.mark).is_none());
    parts = own;
    for part in &alien {
        let difference = difference(&part.mark, &film.mark).unwrap_or_default();
        let (path, other) = (part.path.display(), film.path.display());
        problems.push(format!("`{path}` is not of the film of `{other}`: {difference}"));
    }
    parts.sort_by_key(|part| (part.frames.start, part.frames.end));
    for two in parts.windows(2) {
        let [first, second] = two else { continue };
        if second.frames.start < first.frames.end {
            let both = second.frames.start..first.frames.end.min(second.frames.end);
            problems.push(format!(
                "`{}` and `{}` both hold the frames {}: leave one out",
                first.path.display(),
                second.path.display(),
                range(&both)
            ));
        }
    }
    let gaps = gaps(&parts, film.mark.film_frames);
    for part in parts.iter().filter(|_| !gaps.is_empty()) {
        // What was cut short may have its rest in another part; pictures may be in several folders.
        let (held, asked) = (part.count(), part.mark.frames.end - part.mark.frames.start);
        if held < asked && Pattern::from_path(&part.path).is_none() {
            problems.push(format!(
                "`{}` was cut short: it holds the first {} of its {}",
                part.path.display(),
                grouped(held),
                counted(asked, "frame")
            ));
        }
    }
    if problems.is_empty() && gaps.is_empty() {
        return Ok(parts);
    }
    let again = match (faults, gaps.len()) {
        ([(path, _)], 1) => Some(path.as_path()),
        _ => None,
    };
    Err(told(&problems, missing(&gaps, &film.mark, output, again)))
}

/// A part of the film that most parts are of; of several films the one that is named first.
fn film_of(parts: &[Part]) -> Option<Part> {
    let mut films: BTreeMap<_, (usize, usize)> = BTreeMap::new();
    for (index, part) in parts.iter().enumerate() {
        let Mark {
            portbloom,
            log,
            settings,
            film_frames,
            ..
        } = &part.mark;
        let (count, _) = films
            .entry((portbloom, log, settings, film_frames))
            .or_insert((0, index));
        *count += 1;
    }
    let (_, first) = films
        .into_values()
        .max_by_key(|(count, first)| (*count, usize::MAX - first))?;
    parts.get(first).cloned()
}

/// In what a part is of another film, if it is.
fn difference(own: &Mark, film: &Mark) -> Option<String> {
    let rate = |(num, den): (u32, u32)| {
        if den == 1 {
            num.to_string()
        } else {
            format!("{num}/{den}")
        }
    };
    let size = |[width, height]: [u32; 2]| format!("{width}x{height}");
    let mut differences = Vec::new();
    let mut compare = |what: &str, own: &str, film: &str| {
        if own != film {
            differences.push(format!("{what} is {own}, and not {film}"));
        }
    };
    compare("its version of portbloom", &own.portbloom, &film.portbloom);
    compare("its size", &size(own.size), &size(film.size));
    compare("its rate", &rate(own.fps), &rate(film.fps));
    let frames = [own, film].map(|mark| counted(mark.film_frames, "frame"));
    compare("the length of its film", &frames[0], &frames[1]);
    if differences.is_empty() && own.log != film.log {
        differences.push("its log is another".to_owned());
    }
    if differences.is_empty() && own.settings != film.settings {
        let other = |word: &&String| !film.command.contains(word);
        let words: Vec<String> = own.command.iter().filter(other).cloned().collect();
        let named = if words.is_empty() {
            String::new()
        } else {
            format!(" ({})", shell_line(&words))
        };
        differences.push(format!("its settings are others{named}"));
    }
    (!differences.is_empty()).then(|| differences.join(", "))
}

/// The frames of a film that no part holds.
fn gaps(parts: &[Part], film_frames: u64) -> Vec<Range<u64>> {
    let mut gaps = Vec::new();
    let mut end = 0;
    for part in parts {
        if part.frames.start > end {
            gaps.push(end..part.frames.start);
        }
        end = end.max(part.frames.end);
    }
    if end < film_frames {
        gaps.push(end..film_frames);
    }
    gaps
}

/// What to say of gaps: which frames are missing, and the command that makes the first of them, as `again` where one part
/// is to be made again.
fn missing(gaps: &[Range<u64>], mark: &Mark, output: &Path, again: Option<&Path>) -> Option<String> {
    let gap = gaps.first()?;
    let others = match gaps.len() {
        1 => String::new(),
        2 => " and another stretch".to_owned(),
        more => format!(" and {} other stretches", grouped(more as u64 - 1)),
    };
    let missing = format!("the frames {}{others} are missing", range(gap));
    let (choice, made) = match shard_at(gap, mark) {
        Some((number, of, made)) => (["--shard".to_owned(), format!("{number}/{of}")], made),
        None => (["--frames".to_owned(), range(gap)], gap.clone()),
    };
    let them = if gaps.len() == 1 && made == *gap {
        "them"
    } else {
        "the first of them"
    };
    let name = again.map_or_else(|| new_name(output, &made), Path::to_owned);
    let Some(words) = of_part(&mark.command, &name) else {
        let choice = choice.join(" ");
        return Some(format!(
            "{missing}; the command that made the other parts makes {them} with {choice}"
        ));
    };
    let replacing = again.is_some_and(Path::exists).then(|| "--force".to_owned());
    let words: Vec<String> = words.into_iter().chain(choice).chain(replacing).collect();
    Some(format!("{missing}; this makes {them}: {}", shell_line(&words)))
}

/// The first shard of a gap, and its frames, where parts are shards and the gap begins with one.
fn shard_at(gap: &Range<u64>, mark: &Mark) -> Option<(u32, u32, Range<u64>)> {
    let (_, of) = mark.shard?;
    let shards = (1..=of).filter_map(|number| {
        let frames = frames_of_shard(number, of, mark.film_frames, mark.segment_frames)?;
        Some((number, of, frames))
    });
    let mut in_gap = shards.filter(|(_, _, frames)| frames.start == gap.start && frames.end <= gap.end);
    in_gap.next()
}

/// A name for the part that has these frames: `film.100-150.mp4`. Numbered pictures go with the others.
fn new_name(output: &Path, frames: &Range<u64>) -> PathBuf {
    if Pattern::from_path(output).is_some() {
        return output.to_owned();
    }
    let stem = output.file_stem().unwrap_or_default().to_string_lossy();
    let ending = output.extension().unwrap_or_default().to_string_lossy();
    output.with_file_name(format!("{stem}.{}-{}.{ending}", frames.start, frames.end))
}

fn range(frames: &Range<u64>) -> String {
    format!("{}..{}", frames.start, frames.end)
}

/// One line of problems, and what is missing.
fn told(problems: &[String], missing: Option<String>) -> String {
    let mut all: Vec<String> = problems.iter().take(MOST_TOLD).cloned().collect();
    if problems.len() > MOST_TOLD {
        all.push(format!(
            "{} more like that",
            grouped((problems.len() - MOST_TOLD) as u64)
        ));
    }
    all.extend(missing);
    all.join("; ")
}
