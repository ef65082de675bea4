//! The time that a film takes: the sum of every stage, and each span of it where a trace is wanted.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Instant;

use serde::Serialize;

use super::painter::PainterKind;

/// A part of the work on a film.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Reading the log.
    Parse,
    /// Bubbles and the layout.
    Aggregate,
    /// Opening the adapter and uploading.
    Upload,
    /// `Scene::frame`.
    Scene,
    /// Drawing, where the CPU does it.
    Draw,
    /// Recording and submitting commands.
    Commands,
    /// The GPU drawing, by its own clock; only where it has one. Frames of several threads overlap.
    GpuDraw,
    /// The GPU converting to planes.
    GpuConvert,
    /// The GPU copying pictures to memory that the CPU reads.
    GpuCopy,
    /// Waiting for the GPU.
    Readback,
    /// Waiting for the file: for a segment that is near enough to its end, or to hand one over.
    Backpressure,
    /// RGBA to the encoder's planes.
    Convert,
    /// Encoding.
    Encode,
    /// Writing the file.
    Mux,
}

impl Stage {
    /// Every stage, in the order of the film.
    pub const ALL: [Self; 14] = [
        Self::Parse,
        Self::Aggregate,
        Self::Upload,
        Self::Scene,
        Self::Draw,
        Self::Commands,
        Self::GpuDraw,
        Self::GpuConvert,
        Self::GpuCopy,
        Self::Readback,
        Self::Backpressure,
        Self::Convert,
        Self::Encode,
        Self::Mux,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Parse => "parse",
            Self::Aggregate => "aggregate",
            Self::Upload => "upload",
            Self::Scene => "scene",
            Self::Draw => "draw",
            Self::Commands => "commands",
            Self::GpuDraw => "gpu_draw",
            Self::GpuConvert => "gpu_convert",
            Self::GpuCopy => "gpu_copy",
            Self::Readback => "readback",
            Self::Backpressure => "backpressure",
            Self::Convert => "convert",
            Self::Encode => "encode",
            Self::Mux => "mux",
        }
    }

    const fn what(self) -> &'static str {
        match self {
            Self::Parse => "reading the log",
            Self::Aggregate => "bubbles and layout",
            Self::Upload => "adapter and upload",
            Self::Scene => "laying out frames",
            Self::Draw => "drawing on the CPU",
            Self::Commands => "recording and submitting",
            Self::GpuDraw => "the GPU drawing, by its clock",
            Self::GpuConvert => "the GPU converting to planes",
            Self::GpuCopy => "the GPU copying to the CPU",
            Self::Readback => "waiting for the GPU",
            Self::Backpressure => "waiting for the file",
            Self::Convert => "to the encoder's planes",
            Self::Encode => "encoding",
            Self::Mux => "writing the file",
        }
    }

    /// Whether it is a part of the work where that kind of painter draws.
    fn takes_part(self, painter: PainterKind) -> bool {
        match self {
            Self::Draw => painter == PainterKind::Cpu,
            Self::Commands | Self::GpuDraw | Self::GpuConvert | Self::GpuCopy | Self::Readback => {
                painter == PainterKind::Gpu
            }
            _ => true,
        }
    }

    /// Whether the GPU spends it.
    const fn is_gpu(self) -> bool {
        matches!(self, Self::GpuDraw | Self::GpuConvert | Self::GpuCopy)
    }

    /// Whether it is part of making frames, and so of the film's wall clock.
    const fn is_film(self) -> bool {
        !matches!(self, Self::Parse | Self::Aggregate | Self::Upload)
    }
}

/// The time of every stage, added up over threads.
#[derive(Debug)]
pub struct Stages {
    begun: Instant,
    ns: [AtomicU64; Stage::ALL.len()],
    /// The GPU's clock in ticks, and ours in nanoseconds, at the same moment: the end of the GPU's first work.
    gpu_epoch: OnceLock<(u64, u64)>,
    glyph_uploads: AtomicU64,
    /// The spans themselves; none are kept without a trace.
    spans: Option<Mutex<Vec<Span>>>,
}

/// One piece of work on one thread.
#[derive(Debug)]
struct Span {
    stage: Stage,
    lane: String,
    start_ns: u64,
    length_ns: u64,
}

impl Stages {
    /// Starts the clock; keeps every span where a trace is wanted (some hundred bytes a frame).
    pub fn new(trace: bool) -> Self {
        Self {
            begun: Instant::now(),
            ns: Default::default(),
            gpu_epoch: OnceLock::new(),
            glyph_uploads: AtomicU64::new(0),
            spans: trace.then(Mutex::default),
        }
    }

    /// Adds the time since `start`, spent by this thread.
    pub fn add(&self, stage: Stage, start: Instant) {
        let start_ns = start.duration_since(self.begun).as_nanos() as u64;
        let length_ns = start.elapsed().as_nanos() as u64;
        self.ns[stage as usize].fetch_add(length_ns, Ordering::Relaxed);
        if let Some(spans) = &self.spans {
            let lane = std::thread::current().name().unwrap_or("thread").to_owned();
            let span = Span {
                stage,
                lane,
                start_ns,
                length_ns,
            };
            spans.lock().unwrap_or_else(PoisonError::into_inner).push(span);
        }
    }

    /// Adds glyphs that a thread brought to the GPU.
    pub fn add_glyph_uploads(&self, count: u64) {
        self.glyph_uploads.fetch_add(count, Ordering::Relaxed);
    }

    /// Adds work of the GPU that just ended, from one tick of its clock to another.
    pub fn add_gpu(&self, stage: Stage, [start, end]: [u64; 2], ns_per_tick: f64) {
        let now_ns = || self.begun.elapsed().as_nanos() as u64;
        let (epoch, ours_ns) = *self.gpu_epoch.get_or_init(|| (end, now_ns()));
        let ns = |ticks: u64, since: u64| (ticks.wrapping_sub(since) as i64 as f64 * ns_per_tick) as i64;
        let start_ns = ours_ns.saturating_add_signed(ns(start, epoch));
        let length_ns = ns(end, start).max(0) as u64;
        self.ns[stage as usize].fetch_add(length_ns, Ordering::Relaxed);
        if let Some(spans) = &self.spans {
            let span = Span {
                stage,
                lane: "GPU".to_owned(),
                start_ns,
                length_ns,
            };
            spans.lock().unwrap_or_else(PoisonError::into_inner).push(span);
        }
    }

    /// Seconds since the clock was started.
    pub fn total_secs(&self) -> f64 {
        self.begun.elapsed().as_secs_f64()
    }

    /// Seconds of one stage so far, all threads together.
    pub fn secs(&self, stage: Stage) -> f64 {
        self.ns[stage as usize].load(Ordering::Relaxed) as f64 / 1e9
    }

    /// Seconds by the stage's name, and `total`.
    pub fn all_secs(&self, total_secs: f64, painter: PainterKind) -> BTreeMap<&'static str, f64> {
        let stages = Stage::ALL.iter().filter(|stage| stage.takes_part(painter));
        let stages = stages.map(|stage| (stage.name(), self.secs(*stage)));
        stages.chain([("total", total_secs)]).collect()
    }

    /// A table for people: each stage's time, its share of the film's wall clock on each of its
    /// threads, and which stage the others waited for.
    pub fn table(&self, film_secs: f64, frames: u64, jobs: usize, painter: PainterKind) -> String {
        let share = |secs: f64, threads: usize| 100.0 * secs / threads as f64 / film_secs.max(f64::MIN_POSITIVE);
        let mut text = format!(
            "{:<13} {:>9} {:>8} {:>8}  of a film of {film_secs:.2} s\n",
            "stage", "seconds", "threads", "share"
        );
        for stage in Stage::ALL.into_iter().filter(|stage| stage.takes_part(painter)) {
            let one = stage.is_gpu() || !stage.is_film() || stage == Stage::Mux;
            let threads = if one { 1 } else { jobs };
            let secs = self.secs(stage);
            let share = if stage.is_film() {
                format!("{:.1}%", share(secs, threads))
            } else {
                "-".to_owned()
            };
            text += &format!(
                "{:<13} {secs:>9.3} {threads:>8} {share:>8}  {}\n",
                stage.name(),
                stage.what()
            );
        }
        let sum = |stages: &[Stage]| stages.iter().map(|stage| self.secs(*stage)).sum::<f64>();
        let own = if painter == PainterKind::Cpu {
            ("drawing (scene, draw)", Stage::Draw)
        } else {
            ("drawing (scene, commands)", Stage::Commands)
        };
        // Without a clock of its own the GPU is as busy as the threads wait for it, at least.
        let gpu =
            sum(&[Stage::GpuDraw, Stage::GpuConvert, Stage::GpuCopy]).max(self.secs(Stage::Readback) / jobs as f64);
        let lanes = [
            (own.0, share(sum(&[Stage::Scene, own.1]), jobs)),
            ("the graphics adapter", share(gpu, 1)),
            (
                "encoding (convert, encode)",
                share(sum(&[Stage::Convert, Stage::Encode]), jobs),
            ),
            ("the file", share(self.secs(Stage::Mux), 1)),
        ];
        let uploads = self.glyph_uploads.load(Ordering::Relaxed);
        if painter == PainterKind::Gpu {
            text += &format!("glyph uploads a frame: {:.1}\n", uploads as f64 / frames.max(1) as f64);
        }
        let busiest = lanes
            .iter()
            .max_by(|a, b| a.1.total_cmp(&b.1))
            .map_or("", |lane| lane.0);
        text + "bottleneck: " + busiest
    }

    /// The spans as a Chrome trace, one lane a thread and one for the GPU.
    ///
    /// Format: "Trace Event Format", complete events (`ph: X`) in microseconds.
    pub fn trace(&self) -> Trace {
        let spans = self
            .spans
            .as_ref()
            .map(|spans| std::mem::take(&mut *spans.lock().unwrap_or_else(PoisonError::into_inner)));
        let spans = spans.unwrap_or_default();
        let mut lanes: BTreeMap<String, usize> = BTreeMap::new();
        for span in &spans {
            let next = lanes.len();
            lanes.entry(span.lane.clone()).or_insert(next);
        }
        let mut events: Vec<TraceEvent> = lanes
            .iter()
            .map(|(name, lane)| TraceEvent {
                name: "thread_name",
                phase: "M",
                process: 1,
                lane: *lane,
                start_us: 0.0,
                length_us: None,
                arguments: Some(LaneName { name: name.clone() }),
            })
            .collect();
        events.extend(spans.iter().map(|span| TraceEvent {
            name: span.stage.name(),
            phase: "X",
            process: 1,
            lane: lanes[&span.lane],
            start_us: span.start_ns as f64 / 1e3,
            length_us: Some(span.length_ns as f64 / 1e3),
            arguments: None,
        }));
        Trace { events, unit: "ms" }
    }
}

/// A Chrome trace.
#[derive(Debug, Serialize)]
pub struct Trace {
    #[serde(rename = "traceEvents")]
    events: Vec<TraceEvent>,
    #[serde(rename = "displayTimeUnit")]
    unit: &'static str,
}

#[derive(Debug, Serialize)]
struct TraceEvent {
    name: &'static str,
    #[serde(rename = "ph")]
    phase: &'static str,
    #[serde(rename = "pid")]
    process: usize,
    #[serde(rename = "tid")]
    lane: usize,
    #[serde(rename = "ts")]
    start_us: f64,
    #[serde(rename = "dur", skip_serializing_if = "Option::is_none")]
    length_us: Option<f64>,
    #[serde(rename = "args", skip_serializing_if = "Option::is_none")]
    arguments: Option<LaneName>,
}

#[derive(Debug, Serialize)]
struct LaneName {
    name: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_names_the_stage_that_the_others_wait_for() {
        let stages = Stages::new(false);
        stages.ns[Stage::Encode as usize].store(9_000_000_000, Ordering::Relaxed);
        stages.ns[Stage::GpuDraw as usize].store(2_000_000_000, Ordering::Relaxed);
        stages.add_glyph_uploads(50);
        assert!(
            stages
                .table(5.0, 100, 2, PainterKind::Gpu)
                .contains("bottleneck: encoding")
        );
        let by_gpu = stages.table(5.0, 100, 8, PainterKind::Gpu);
        assert!(by_gpu.contains("bottleneck: the graphics adapter"), "{by_gpu}");
        assert!(by_gpu.contains("glyph uploads a frame: 0.5"), "{by_gpu}");
        stages.ns[Stage::GpuDraw as usize].store(0, Ordering::Relaxed);
        let on_cpu = stages.table(5.0, 100, 2, PainterKind::Cpu);
        assert!(
            on_cpu.contains("90.0%") && on_cpu.contains("bottleneck: encoding"),
            "{on_cpu}"
        );
        assert!(
            !on_cpu.contains("readback") && on_cpu.contains("drawing on the CPU"),
            "{on_cpu}"
        );
    }

    #[test]
    fn a_trace_has_a_lane_for_each_thread_and_the_gpu() {
        let stages = Stages::new(true);
        stages.add(Stage::Scene, Instant::now());
        // Ticks of two nanoseconds.
        stages.add_gpu(Stage::GpuCopy, [990, 1000], 2.0);
        stages.add_gpu(Stage::GpuDraw, [970, 980], 2.0);
        let trace = serde_json::to_value(stages.trace()).unwrap();
        let events = trace["traceEvents"].as_array().unwrap();
        let lanes: Vec<_> = events.iter().filter(|event| event["ph"] == "M").collect();
        assert_eq!(lanes.len(), 2);
        assert!(lanes.iter().any(|lane| lane["args"]["name"] == "GPU"));
        let gpu = |name: &str| events.iter().find(|event| event["name"] == name).unwrap();
        let us = |name: &str, what: &str| gpu(name)[what].as_f64().unwrap();
        assert_eq!((us("gpu_copy", "dur"), us("gpu_draw", "dur")), (0.02, 0.02));
        assert!((us("gpu_copy", "ts") - us("gpu_draw", "ts") - 0.04).abs() < 1e-6);
        let untraced = Stages::new(false);
        untraced.add(Stage::Scene, Instant::now());
        assert!(untraced.trace().events.is_empty());
    }
}
