//! JSON, as the programs of `dialects/` write it: an object a record, one a line, behind each other, in an
//! array, or in a large object; as they are, or wrapped in another object.
//!
//! Which dialect an object is of is told by its keys, object by object: a file may hold several. The
//! objects are not made into trees; each is walked once (`paths.rs`). A line that is damaged costs itself;
//! where objects are not one a line, reading goes on at the next that begins like the first.

mod dialect;
mod dialects;
mod layout;
mod log;
mod objects;
mod paths;
mod plans;
mod rules;
mod scan;
mod texts;

use std::sync::Arc;

use crate::input::error::InputError;
use crate::input::format::{About, Begin, Begun, Format, Start};
use dialects::ALL;
use layout::{Layout, Sample};
use log::Log;
use paths::{Found, keys_of};

/// Number of bytes in which each dialect with records of connections as a whole has one: flows are told of
/// when they end, and much else before.
const WHOLE_BYTES: usize = 2 << 20;

/// The format.
pub(super) struct Json;

const NAME: &str = "json";

impl Format for Json {
    fn about(&self) -> About {
        About {
            name: NAME,
            title: "JSON, each object in one of the dialects below",
            counted: "as its dialect says",
            measures: About::EVERY,
        }
    }

    fn dialects(&self) -> Vec<About> {
        ALL.iter().map(|dialect| dialect.about).collect()
    }

    fn takes_columns(&self) -> bool {
        true
    }

    fn begin(&self, start: &Start<'_>) -> Begin {
        let asked = start.options.format.as_deref();
        let asked = ALL.iter().copied().find(|dialect| Some(dialect.about.name) == asked);
        let other = |what: &str| {
            Begin::Other(InputError::OtherFormat {
                name: start.name.to_owned(),
                format: asked.map_or(NAME, |dialect| dialect.about.name),
                what: what.to_owned(),
            })
        };
        let mut log = Log::new(asked, start.options);
        let sample = {
            let mut found = Found::default();
            Sample::take(start.bytes, |object| log.plans.knows(&mut found, object))
        };
        let Some(first) = sample.objects.first() else {
            let begins = matches!(start.bytes.trim_ascii_start().first(), Some(b'{' | b'['));
            return if begins && !start.whole {
                Begin::More
            } else {
                other("no JSON object was found in it")
            };
        };
        let known = log.learn(start.bytes, &sample);
        if known.is_empty() {
            let others = start.formats.iter().copied();
            let others: Vec<_> = others.filter(|format| format.about().name != NAME).collect();
            if asked.is_none()
                && let Some(begin) = texts::begin(start, &sample, &others)
            {
                return begin;
            }
            let begins = matches!(start.bytes.trim_ascii_start().first(), Some(b'{' | b'['));
            return match begins {
                true => Begin::Refused(unknown(start, &start.bytes[first.clone()])),
                false => other("no object was found in it that is a record of traffic"),
            };
        }
        if !start.whole && start.bytes.len() < WHOLE_BYTES && log.misses_whole(&known) {
            return Begin::More;
        }
        log.layout = Layout::of(start.bytes, &sample);
        let titles: Vec<&str> = known.iter().map(|known| known.title).collect();
        let taken = known.first().map_or(&[][..], |known| &known.taken);
        Begin::Head(Begun {
            taken: format!("read as {}: {}", titles.join(" and "), taken.join(", ")),
            head: Arc::new(log),
            at: 0,
            places: 0,
            remarks: Vec::new(),
        })
    }
}

/// The error of a log in JSON whose objects are of no dialect.
fn unknown(start: &Start<'_>, object: &[u8]) -> InputError {
    InputError::OtherFormat {
        name: start.name.to_owned(),
        format: NAME,
        what: format!(
            "its first object has {}; expected a time, a protocol and a destination port; name them by `--columns \
             time=...,protocol=...,port=...`",
            keys_of(object)
        ),
    }
}

#[cfg(test)]
mod tests;
