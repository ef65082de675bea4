//! `portbloom frame`: one frame as a picture, and the scene behind it as data.

use std::cmp::Reverse;
use std::path::Path;

use anyhow::bail;

use super::outcome::Outcome;
use super::painter::Painter;
use super::stages::Stages;
use super::{clear_rests, open_scene, write_json};
use crate::gpu::{Context, Renderer, RendererSettings};
use crate::log::Log;
use crate::output::png::{to_straight_alpha, write_png};
use crate::raster::Raster;
use crate::scene::{Departing, Frame, Scene};
use crate::settings::{FrameSettings, Moment};
use crate::unit;
use crate::words::{counted, grouped, utc};

/// Nanoseconds of a day.
const DAY_NS: i64 = 24 * 3600 * 1_000_000_000;

/// Makes the picture, and the data where it was asked for, from the same frame.
///
/// # Errors
/// Whatever stands in the way, with what to do about it.
pub fn still(settings: &FrameSettings) -> anyhow::Result<Outcome> {
    for output in [Some(&settings.output), settings.json.as_ref()].into_iter().flatten() {
        clear_rests(output, settings.view.quiet);
    }
    let scene = open_scene(&settings.view, &Stages::new(false))?;
    let number = number_of(settings.moment, &scene)?;
    let painter = Painter::open_for_still(&settings.view.adapter)?;
    let frame = scene.frame(number);
    let view = &settings.view;
    let rgba = match &painter {
        Painter::Gpu(context) => drawn(context, &scene, &frame, view.transparent)?,
        Painter::Cpu => drawn_on_cpu(&scene, &frame, view.transparent)?,
    };
    save(rgba, scene.size_px(), settings.dpi, &settings.output, view.force)?;
    if let Some(path) = &settings.json {
        write_json(path, settings.view.force, &scene.describe(&frame))?;
    }
    if !settings.view.quiet {
        say!(
            "{}: frame {number} of {} ({} UTC{}), drawn by {}",
            settings.output.display(),
            grouped(scene.frames()),
            scene.clock(frame.data_time_ns),
            if settings.moment == Moment::Busiest {
                ", the busiest; --at TIME shows another"
            } else {
                ""
            },
            painter.name()
        );
    }
    Ok(Outcome::of(&scene.log().losses))
}

/// The pixels of a frame by a graphics adapter.
pub(super) fn drawn(context: &Context, scene: &Scene, frame: &Frame, transparent: bool) -> anyhow::Result<Vec<u8>> {
    let settings = RendererSettings {
        transparent,
        ..RendererSettings::default()
    };
    Ok(Renderer::new(context, scene, settings)?.still(frame)?)
}

/// The pixels of a frame, drawn by the CPU.
pub(super) fn drawn_on_cpu(scene: &Scene, frame: &Frame, transparent: bool) -> anyhow::Result<Vec<u8>> {
    let mut raster = Raster::new(scene, transparent)?;
    raster.draw(frame);
    Ok(raster.rgba())
}

/// Writes premultiplied pixels as a PNG, with its dots per inch if there is a number.
pub(super) fn save(
    mut rgba: Vec<u8>,
    size_px: [u32; 2],
    dpi: Option<u16>,
    path: &Path,
    force: bool,
) -> anyhow::Result<()> {
    to_straight_alpha(&mut rgba);
    write_png(path, force, size_px, &rgba, dpi)?;
    Ok(())
}

/// The frame that a moment means.
pub(super) fn number_of(moment: Moment, scene: &Scene) -> anyhow::Result<u64> {
    let frames = scene.frames();
    let log = scene.log();
    match moment {
        Moment::Frame(number) if number < frames => Ok(number),
        Moment::Frame(number) => bail!(
            "--frame {number}: the film has {}, 0 to {}",
            counted(frames, "frame"),
            frames - 1
        ),
        Moment::Time(time_ns) => frame_at(time_ns, log),
        Moment::TimeOfDay(since_midnight_ns) => {
            let start_ns = log.timeline.start_ns;
            let until_ns = (since_midnight_ns - start_ns).rem_euclid(DAY_NS);
            frame_at(start_ns.saturating_add(until_ns), log)
        }
        Moment::Busiest => Ok(busiest(log)),
    }
}

/// The frame nearest to a data time.
fn frame_at(time_ns: i64, log: &Log) -> anyhow::Result<u64> {
    match log.frame_at(time_ns) {
        Some(number) => Ok(number),
        None => {
            let timeline = log.unstretched();
            let (start, end) = (utc(timeline.start_ns), utc(timeline.end_ns));
            bail!("--at {}: the film runs from {start} to {end}", utc(time_ns))
        }
    }
}

/// The frame in which the largest bubble is half-way of those that fly when the most packets do.
pub(super) fn busiest(log: &Log) -> u64 {
    let timeline = &log.timeline;
    let bubbles = || {
        log.bubbles
            .arrivals(0..log.bubbles.len())
            .map(|(offset_ns, _, packets)| (offset_ns, packets))
    };
    let (mut most, mut first) = (0, 0);
    let taken = || Departing::of(&log.bubbles);
    unit::each_run(timeline, taken(), taken(), |frames, packets, _| {
        if packets > most {
            (most, first) = (packets, frames.start);
        }
    });
    let flying = timeline.arrived_ns(first)..timeline.departed_ns(first);
    let largest = bubbles()
        .skip_while(|(offset_ns, _)| *offset_ns <= flying.start)
        .take_while(|(offset_ns, _)| *offset_ns <= flying.end)
        // Of equals, the first to depart.
        .max_by_key(|(offset_ns, packets)| (*packets, Reverse(*offset_ns)));
    largest.map_or(first, |(offset_ns, _)| {
        let half_way_secs = timeline.departure_secs(offset_ns) + timeline.travel_ns as f64 / 2e9;
        ((half_way_secs * timeline.fps.as_f64()) as u64).min(timeline.frames() - 1)
    })
}
