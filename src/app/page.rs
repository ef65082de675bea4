//! The page of a film: gathers what it tells from the log, the plan and the film itself.

use std::ops::Range;
use std::path::{Component, Path, PathBuf};

use anyhow::Context as _;

use super::chapters::{self, cues, number_here, poster};
use super::replacing::Replacing;
use super::report::reason_text;
use super::still::drawn_on_cpu;
use super::sums::{Sums, ports, sources};
use super::told::{Told, sums};
use crate::log::Log;
use crate::output::inline::{self, in_base64};
use crate::output::png::{encoded_png, to_straight_alpha};
use crate::page::{Chapter, Cue, Event, Film, Histogram, Page, SHARE_PX, Table, url_path};
use crate::plan::CueTime;
use crate::scene::Scene;
use crate::words::{
    amount_text, capital, counted, exact_duration, grouped, measured, plural, spoken_duration, time_text,
};

/// Rows of a table.
const ROWS: usize = 12;
/// Columns of the histogram.
const COLUMNS: u64 = 240;
/// The poster within the page is as wide as this, or as the film.
const POSTER_PX: u32 = 1280;

/// What a page is made of.
pub struct Contents<'a> {
    pub scene: &'a Scene,
    pub told: &'a Told,
    /// The hosts of the log, the busiest first.
    pub hosts: &'a Sums,
    /// The frames of the film.
    pub frames: Range<u64>,
    /// The film's file.
    pub film: &'a Path,
    /// Whether it is to be within the page.
    pub embed: bool,
    /// The picture that is shown of the page elsewhere.
    pub share: Option<&'a Path>,
}

impl Contents<'_> {
    /// Writes the page.
    ///
    /// # Errors
    /// A file could not be read or written.
    pub fn write(&self, page: &Replacing) -> anyhow::Result<()> {
        let [before, behind] = self.page(&page.path)?.html();
        let mut file = page.create()?;
        file.write(before.as_bytes())?;
        if self.embed {
            inline::copy(self.film, &mut file)?;
        }
        file.write(behind.as_bytes())?;
        file.finish()?;
        Ok(())
    }

    /// The picture that is shown of the page elsewhere, as PNG.
    ///
    /// # Errors
    /// It could not be drawn.
    pub fn share_png(&self) -> anyhow::Result<Vec<u8>> {
        self.picture(SHARE_PX)
    }

    fn picture(&self, size_px: [u32; 2]) -> anyhow::Result<Vec<u8>> {
        let (number, shown) = poster(self.told.plan(), self.scene, &self.frames);
        let shown = shown.as_ref().unwrap_or(self.scene).resized(size_px);
        let mut rgba = drawn_on_cpu(&shown, &shown.frame(number), false)?;
        to_straight_alpha(&mut rgba);
        encoded_png(size_px, &rgba, None).context("the poster")
    }

    fn page(&self, path: &Path) -> anyhow::Result<Page> {
        let scene = self.scene;
        let log = scene.log();
        let title = match scene.settings().title.as_str() {
            "" => log.source.clone(),
            title => title.to_owned(),
        };
        let data = log.unstretched();
        let summary = format!(
            "{}. {} to {} UTC.",
            sums(log),
            time_text(data.start_ns),
            time_text(data.end_ns)
        );
        let [width, height] = scene.size_px();
        let poster_px = [width, height].map(|side| {
            let width = width.max(POSTER_PX);
            (u64::from(side) * u64::from(POSTER_PX) / u64::from(width)).max(16) as u32 & !1
        });
        let chapters = chapters::chapters(self.told.plan(), log, &title);
        let chapters = chapters::of_cuts(&chapters, scene);
        let chapters = chapters::of_part(&chapters, &self.frames, &log.timeline).into_iter();
        let said = cues(scene, &self.frames).into_iter();
        Ok(Page {
            summary,
            film: Film {
                url: (!self.embed).then(|| relative_url(path, self.film)),
                mime: mime(self.film),
                size_px: scene.size_px(),
                fps: (log.timeline.fps.num, log.timeline.fps.den),
                frames: self.frames.end - self.frames.start,
                poster: format!("data:image/png;base64,{}", in_base64(&self.picture(poster_px)?)),
                share: self.share.map(|share| relative_url(path, share)),
            },
            events: self.events(),
            cues: said
                .filter_map(|cue| match cue.at {
                    CueTime::Film { from_ms, to_ms } => Some(Cue {
                        from: from_ms as f64 / 1e3,
                        to: to_ms? as f64 / 1e3,
                        text: cue.text,
                    }),
                    CueTime::Data(_) => None,
                })
                .collect(),
            chapters: chapters
                .map(|chapter| Chapter {
                    first_frame: chapter.first_frame,
                    title: chapter.title,
                })
                .collect(),
            histogram: histogram(log),
            tables: self.tables(),
            account: account(scene, &self.frames),
            remarks: log.losses.iter().chain(&log.warnings).cloned().collect(),
            title,
        })
    }

    /// What captions tell of, at the frame by which it has begun.
    fn events(&self) -> Vec<Event> {
        let log = self.scene.log();
        let mut events: Vec<Event> = self
            .told
            .moments(log)
            .into_iter()
            .filter_map(|moment| {
                let fps = log.timeline.fps;
                let ms = u128::from(moment.film_ms.max(0).unsigned_abs()) * u128::from(fps.num);
                let whole = ms.div_ceil(1000 * u128::from(fps.den)) as u64;
                let time_ns = moment.time_ns.unwrap_or_else(|| log.data_time_ns(&log.timeline, whole));
                let frame = number_here(whole, self.scene)?;
                self.frames.contains(&frame).then(|| Event {
                    frame: frame - self.frames.start,
                    time: format!("{} UTC", time_text(time_ns)),
                    text: moment.text,
                    kind: moment.kind.map(|kind| kind.name()),
                })
            })
            .collect();
        events.sort_by_key(|event| event.frame);
        events
    }

    fn tables(&self) -> Vec<Table> {
        let log = self.scene.log();
        let table = |noun: &str, sums: &Sums| {
            let rows = sums.iter().take(ROWS);
            (!sums.is_empty()).then(|| Table {
                title: capital(&plural(noun)),
                measure: capital(log.measure.name()),
                rows: rows
                    .map(|(name, packets)| (name.clone(), *packets, amount_text(*packets, log.measure)))
                    .collect(),
                more: (sums.len() > ROWS).then(|| grouped((sums.len() - ROWS) as u64)),
            })
        };
        let tables = [
            table(log.source_kind.noun(), &sources(log)),
            table("port", &ports(log)),
            table("host", self.hosts),
        ];
        tables.into_iter().flatten().collect()
    }
}

/// Packets over the log's time.
fn histogram(log: &Log) -> Histogram {
    let data = log.unstretched();
    let span_ns = data.span_ns().max(1).unsigned_abs();
    // Columns of whole bins, so that they have as many each.
    let bins = span_ns.div_ceil(data.bin_ns.unsigned_abs().max(1));
    let column_ns = bins.div_ceil(COLUMNS) * data.bin_ns.unsigned_abs();
    let mut columns = vec![0; span_ns.div_ceil(column_ns) as usize];
    let last = columns.len() - 1;
    for bubble in log.bubbles.iter() {
        let at = log.data_offset_ns(bubble.offset_ns).max(0).unsigned_abs() / column_ns;
        columns[(at as usize).min(last)] += bubble.packets;
    }
    let most = columns.iter().copied().max().unwrap_or(0);
    Histogram {
        columns,
        ends: [data.start_ns, data.end_ns].map(|time_ns| format!("{} UTC", time_text(time_ns))),
        title: format!("{} in {}", capital(log.measure.name()), spoken_duration(column_ns)),
        most: amount_text(most, log.measure),
    }
}

/// What was read, shown and left out.
fn account(scene: &Scene, frames: &Range<u64>) -> Vec<(String, String)> {
    let log = scene.log();
    let data = log.unstretched();
    let mut lines = vec![
        ("Log".to_owned(), log.source.clone()),
        ("Read".to_owned(), counted(log.rows, "row")),
        (
            "Shown".to_owned(),
            format!(
                "{}, {}",
                counted(log.drawable_rows, "row"),
                measured(log.packets.iter().sum(), log.measure)
            ),
        ),
    ];
    if let Some(only) = &scene.settings().only {
        lines.push(("Of these only".to_owned(), only.to_string()));
    }
    for (reason, left) in &log.left_out {
        let name = format!("Left out: rows {}", reason_text(*reason, log.measure));
        lines.push((name, grouped(left.rows)));
    }
    let pace_ns = (data.pace_secs() * 1e9).round() as u64;
    let shown_secs = (frames.end - frames.start) as f64 / data.fps.as_f64();
    let [width, height] = scene.size_px();
    lines.extend([
        (
            "A bubble is the packets of one source to one port in".to_owned(),
            exact_duration(data.bin_ns),
        ),
        ("A second of film is".to_owned(), spoken_duration(pace_ns)),
        ("Film".to_owned(), format!("{shown_secs:.1} s, {width}x{height}")),
    ]);
    for format in &log.formats {
        lines.push(("Format".to_owned(), format.clone()));
    }
    lines
}

/// The type of a film by the ending of its name.
fn mime(film: &Path) -> &'static str {
    let ending = film.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    match ending.as_str() {
        "webm" => "video/webm",
        "ogv" => "video/ogg",
        _ => "video/mp4",
    }
}

/// A file as a URL from the folder of a page.
fn relative_url(page: &Path, file: &Path) -> String {
    let folder = |path: &Path| {
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        std::path::absolute(parent.unwrap_or(Path::new("."))).and_then(|folder| folder.canonicalize())
    };
    let name = file.file_name().unwrap_or_default();
    let relative = match (folder(page), folder(file)) {
        (Ok(from), Ok(to)) => between(&from, &to).join(name),
        _ => PathBuf::from(name),
    };
    let parts = relative.components().filter_map(|part| match part {
        Component::Normal(name) => Some(url_path(&name.to_string_lossy())),
        Component::ParentDir => Some("..".to_owned()),
        _ => None,
    });
    parts.collect::<Vec<_>>().join("/")
}

/// The way from a folder to another.
fn between(from: &Path, to: &Path) -> PathBuf {
    let same = from
        .components()
        .zip(to.components())
        .take_while(|(a, b)| a == b)
        .count();
    let up = from.components().skip(same).map(|_| Component::ParentDir);
    up.chain(to.components().skip(same)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_found_from_the_folder_of_the_page() {
        let way = |from: &str, to: &str| between(Path::new(from), Path::new(to));
        assert_eq!(way("/a/b", "/a/b"), Path::new(""));
        assert_eq!(way("/a/b", "/a/c/d"), Path::new("../c/d"));
        assert_eq!(
            relative_url(Path::new("x.html"), Path::new("a film: 100%.mp4")),
            "a%20film%3A%20100%25.mp4"
        );
    }
}
