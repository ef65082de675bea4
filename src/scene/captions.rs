//! Captions: sentences that stand for some seconds of film, one at a time, and what they speak of.

use std::sync::Arc;

use super::focus::Focus;
use super::wrapping::in_lines;
use crate::model::Port;

/// Film time in which a caption appears, and in which it goes again, in milliseconds.
const FADE_MS: f64 = 200.0;
/// Share of its opacity that what steps back keeps while a caption stands.
const BACK: f32 = 0.45;
/// The most lines of a caption; a longer text is cut.
const MOST_LINES: usize = 3;

/// A sentence, the film time for which it stands, and what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caption {
    /// Milliseconds of film at which it appears.
    pub from_ms: i64,
    /// The same when it has gone.
    pub to_ms: i64,
    /// The moment of the log that it speaks of, Unix nanoseconds, where it names one.
    pub time_ns: Option<i64>,
    /// The text.
    pub text: String,
    /// Code of the source that is lit while it stands.
    pub source: Option<String>,
    /// The port that is lit.
    pub port: Option<Port>,
    /// The host that is lit, by the log's name of it.
    pub host: Option<String>,
}

/// The captions of a film, in its order.
#[derive(Debug, Default)]
pub(super) struct Captions {
    all: Vec<Standing>,
}

/// A caption as a scene shows it.
#[derive(Debug)]
pub(super) struct Standing {
    pub from_ms: i64,
    pub to_ms: i64,
    pub text: String,
    pub lines: Vec<Arc<str>>,
    /// What is lit.
    pub focus: Focus,
}

/// A caption in a frame.
#[derive(Clone, Copy, Debug)]
pub(super) struct Now<'a> {
    pub caption: &'a Standing,
    /// How far it has appeared, 0 to 1.
    pub opacity: f32,
}

impl Now<'_> {
    /// Share of its opacity that what steps back keeps.
    pub fn dim(&self) -> f32 {
        1.0 - (1.0 - BACK) * self.opacity
    }
}

/// The texts of captions in lines, in their order.
#[derive(Debug, Default)]
pub(super) struct Wrapped(Vec<Vec<Arc<str>>>);

impl Wrapped {
    /// Lines of at most `letters` letters.
    pub fn new(captions: &[Caption], letters: usize) -> Self {
        Self(captions.iter().map(|caption| wrapped(&caption.text, letters)).collect())
    }

    /// The most lines that one has.
    pub fn most_lines(&self) -> usize {
        self.0.iter().map(Vec::len).max().unwrap_or(0)
    }
}

impl Captions {
    /// Captions and their lines; `focus` is what each lights. Where two would stand at once, the first ends as the second
    /// begins.
    pub fn new(captions: &[Caption], lines: Wrapped, focus: impl Fn(&Caption) -> Focus) -> Self {
        let mut order: Vec<(&Caption, Vec<Arc<str>>)> = captions.iter().zip(lines.0).collect();
        order.sort_by_key(|(caption, _)| caption.from_ms);
        let mut all: Vec<Standing> = Vec::with_capacity(order.len());
        for (caption, lines) in order {
            if let Some(before) = all.last_mut() {
                before.to_ms = before.to_ms.min(caption.from_ms);
            }
            all.push(Standing {
                from_ms: caption.from_ms,
                to_ms: caption.to_ms,
                text: caption.text.clone(),
                lines,
                focus: focus(caption),
            });
        }
        Self { all }
    }

    /// Those that are seen, in the order of the film.
    pub fn seen(&self) -> impl Iterator<Item = &Standing> {
        self.all
            .iter()
            .filter(|caption| caption.from_ms < caption.to_ms && !caption.lines.is_empty())
    }

    /// The caption at a moment of the film, in seconds.
    pub fn at(&self, film_secs: f64) -> Option<Now<'_>> {
        let now_ms = film_secs * 1e3;
        let begun = self.all.partition_point(|caption| caption.from_ms as f64 <= now_ms);
        let caption = self.all.get(begun.checked_sub(1)?)?;
        let since = (now_ms - caption.from_ms as f64) / FADE_MS;
        let left = (caption.to_ms as f64 - now_ms) / FADE_MS;
        // The first frame of a caption shows some of it.
        let opacity = ((since + 0.2).min(left).min(1.0)) as f32;
        (opacity > 0.0).then_some(Now { caption, opacity })
    }
}

/// The lines of a caption.
fn wrapped(text: &str, letters: usize) -> Vec<Arc<str>> {
    cut(in_lines(text, letters), letters)
}

fn cut(mut lines: Vec<String>, letters: usize) -> Vec<Arc<str>> {
    if lines.len() > MOST_LINES {
        lines.truncate(MOST_LINES);
        if let Some(last) = lines.last_mut() {
            last.push('…');
            *last = super::layout::shortened(last, letters);
        }
    }
    lines.into_iter().map(Arc::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caption(from_ms: i64, to_ms: i64, text: &str) -> Caption {
        Caption {
            from_ms,
            to_ms,
            time_ns: None,
            text: text.to_owned(),
            source: None,
            port: None,
            host: None,
        }
    }

    #[test]
    fn one_stands_at_a_time_and_fades() {
        let captions = [
            caption(5000, 9000, "second"),
            caption(1000, 6000, "first"),
            caption(12_000, 14_000, "third"),
        ];
        let lines = Wrapped::new(&captions, 40);
        let captions = Captions::new(&captions, lines, |_| Focus::default());
        let at = |secs: f64| {
            let now = captions.at(secs)?;
            Some((now.caption.lines[0].to_string(), (now.opacity * 10.0).round()))
        };
        let first = |opacity| Some(("first".to_owned(), opacity));
        assert_eq!(at(0.999), None);
        assert_eq!([at(1.0), at(1.08), at(3.0)], [first(2.0), first(6.0), first(10.0)]);
        // It has gone when the next begins.
        assert_eq!([at(4.9), at(5.0)], [first(5.0), Some(("second".to_owned(), 2.0))]);
        assert_eq!([at(9.0), at(11.0)], [None, None]);
        assert_eq!(at(13.0), Some(("third".to_owned(), 10.0)));
        let seen: Vec<_> = captions
            .seen()
            .map(|caption| (caption.from_ms, caption.to_ms, &*caption.text))
            .collect();
        assert_eq!(
            seen,
            [(1000, 5000, "first"), (5000, 9000, "second"), (12_000, 14_000, "third")]
        );
        assert_eq!(Captions::default().at(1.0).map(|now| now.opacity), None);
    }

    #[test]
    fn three_lines_of_a_text_are_shown() {
        let text = "Iran floods UDP 2193 on tokyo: 11,116 packets in 10 minutes";
        let lines: Vec<String> = wrapped(text, 20).iter().map(|line| line.to_string()).collect();
        assert_eq!(lines, ["Iran floods UDP 2193", "on tokyo: 11,116", "packets in 10…"]);
    }
}
