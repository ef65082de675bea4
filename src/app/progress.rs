//! The progress of a film: a bar on a terminal, a plain line now and then elsewhere, or nothing.
//! All of it goes to stderr; stdout stays free.

use std::fmt::Write;
use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::input;
use crate::words::{counted, grouped, short_duration};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

/// A plain line this often where stderr is no terminal.
const PLAIN_EVERY: Duration = Duration::from_secs(10);

/// Shows frames done, rate and time left.
pub struct Progress {
    kind: Kind,
    total: u64,
    start: Instant,
}

enum Kind {
    Quiet,
    Bar(ProgressBar),
    Plain { last: Instant },
    Told(Arc<Tally>),
}

/// The progress of a film, for others to look at.
#[derive(Debug, Default)]
pub struct Tally {
    done: AtomicU64,
    all: AtomicU64,
}

impl Tally {
    /// Frames done, and all of them; zeros before the film has begun.
    #[must_use]
    pub fn frames(&self) -> (u64, u64) {
        (self.done.load(Ordering::Relaxed), self.all.load(Ordering::Relaxed))
    }
}

impl Progress {
    /// Begins at 0 of `total` frames.
    pub fn new(total: u64, quiet: bool) -> Self {
        let start = Instant::now();
        let kind = if quiet {
            Kind::Quiet
        } else if std::io::stderr().is_terminal() {
            let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr_with_hz(5));
            bar.set_style(style("{bar:32} {human_pos}/{human_len} frames{rate}{left}"));
            Kind::Bar(bar)
        } else {
            Kind::Plain { last: start }
        };
        Self { kind, total, start }
    }

    /// Begins at 0 of `total` frames, which `tally` is told and nobody else.
    pub fn told(total: u64, tally: &Arc<Tally>) -> Self {
        tally.all.store(total, Ordering::Relaxed);
        Self {
            kind: Kind::Told(Arc::clone(tally)),
            total,
            start: Instant::now(),
        }
    }

    /// Shows that `done` frames are encoded.
    pub fn set(&mut self, done: u64) {
        match &mut self.kind {
            Kind::Quiet => {}
            Kind::Told(tally) => tally.done.store(done, Ordering::Relaxed),
            Kind::Bar(bar) => bar.set_position(done),
            Kind::Plain { last } => {
                if last.elapsed() >= PLAIN_EVERY && done > 0 {
                    *last = Instant::now();
                    let per_sec = done as f64 / self.start.elapsed().as_secs_f64();
                    let left_secs = (self.total - done) as f64 / per_sec;
                    say!(
                        "{} of {}, {per_sec:.1} a second, {} left",
                        grouped(done),
                        counted(self.total, "frame"),
                        short_duration(1_000_000_000 * left_secs.ceil() as u64)
                    );
                }
            }
        }
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        if let Kind::Bar(bar) = &self.kind {
            bar.finish_and_clear();
        }
    }
}

/// A style by a template, which is a constant. It may use two keys beside those of `indicatif`, which are
/// empty before anything is done: `rate`, things a second, and `left`, the time left.
fn style(template: &str) -> ProgressStyle {
    let style = ProgressStyle::with_template(template).expect("the templates are constants and valid");
    // A write to a string does not fail.
    style
        .with_key("rate", |state: &ProgressState, text: &mut dyn Write| {
            if state.pos() > 0 && state.per_sec() > 0.0 {
                let _ = write!(text, "  {:.1} a second", state.per_sec());
            }
        })
        .with_key("left", |state: &ProgressState, text: &mut dyn Write| {
            if state.pos() > 0 && state.per_sec() > 0.0 {
                let _ = write!(text, "  {} left", short_duration(1_000_000_000 * state.eta().as_secs()));
            }
        })
}

/// The progress of reading a log, by its bytes: a bar on a terminal once it takes longer than a moment.
pub struct ReadProgress {
    shown: bool,
    start: Instant,
    bar: Option<ProgressBar>,
}

impl ReadProgress {
    /// Logs that are read within this time need no bar.
    const PATIENCE: Duration = Duration::from_millis(500);

    /// Nothing is shown yet.
    pub fn new(quiet: bool) -> Self {
        Self {
            shown: !quiet && std::io::stderr().is_terminal(),
            start: Instant::now(),
            bar: None,
        }
    }

    /// Shows how many bytes are read.
    pub fn set(&mut self, now: input::Progress) {
        if !self.shown || self.bar.is_none() && self.start.elapsed() < Self::PATIENCE {
            return;
        }
        let bar = self.bar.get_or_insert_with(|| {
            let bar = ProgressBar::with_draw_target(now.total_bytes, ProgressDrawTarget::stderr_with_hz(5));
            let template = match now.total_bytes {
                Some(_) => "{bar:32} {bytes} of {total_bytes} read  {bytes_per_sec}{left}",
                None => "{spinner} {bytes} read  {bytes_per_sec}",
            };
            bar.set_style(style(template));
            bar
        });
        bar.set_position(now.bytes);
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// The progress of making a log up, by its rows: a bar on a terminal once it takes longer than a moment.
pub struct WriteProgress {
    rows: u64,
    shown: bool,
    start: Instant,
    bar: Option<ProgressBar>,
}

impl WriteProgress {
    /// For a log of `rows` rows; nothing is shown yet.
    pub fn new(rows: u64, quiet: bool) -> Self {
        Self {
            rows,
            shown: !quiet && std::io::stderr().is_terminal(),
            start: Instant::now(),
            bar: None,
        }
    }

    /// Shows how many rows are written.
    pub fn set(&mut self, rows: u64) {
        if !self.shown || self.bar.is_none() && self.start.elapsed() < ReadProgress::PATIENCE {
            return;
        }
        let bar = self.bar.get_or_insert_with(|| {
            let bar = ProgressBar::with_draw_target(Some(self.rows), ProgressDrawTarget::stderr_with_hz(5));
            bar.set_style(style("{bar:32} {human_pos} of {human_len} rows{left}"));
            bar
        });
        bar.set_position(rows);
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
