//! What times mean that lack their year, their date or their zone: the clock by which a log's lines are read.
//!
//! A time without a year is of the year that brings it nearest to the lines above it; the first is of the
//! year that puts the log's last line, or where that is not known the first, nearest before the time at
//! which the log was written: a date in its name, else when it was modified. Times of day go by days in
//! the same way. The clock is moved by lines, so it is handed on from piece to piece, and what comes of a
//! log does not depend on how it is cut.

use super::format::Start;
use super::stamp::{NS_PER_DAY, NS_PER_SEC, Stamp, date_ns};
use super::time::TimeError;
use super::time_reader::TimeReader;
use crate::words::{civil, time_text, utc_text};

/// The clock is moved when a line is farther from it than this.
const STEP_NS: u64 = 30 * NS_PER_DAY as u64;

/// The same for times of day.
const DAY_STEP_NS: u64 = NS_PER_DAY as u64 / 12;

/// Half a year: a time without a year is at most so far from the clock.
const HALF_YEAR_NS: u64 = 365 * NS_PER_DAY as u64 / 2;

/// Lines may be so much later than their file, whose clock and zone may be others.
const SLACK_NS: i64 = NS_PER_DAY;

/// The same for times of day, of which a day is too much.
const DAY_SLACK_NS: i64 = NS_PER_DAY / 12;

/// Told of the first line that is later than the log.
pub(super) const LATE: &str =
    "is later than the log itself: the log may go over more than a year, and its years may be others than those shown";

/// The clock of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Clock {
    /// The zone of times that name none. All times here are those of its clocks, as if it were UTC.
    times: TimeReader,
    /// The time from which on lines are later than the log.
    written_ns: i64,
    /// A time near those of the lines that come next, if any line before had one.
    near_ns: Option<i64>,
    /// Whether a line was later than the log.
    late: bool,
}

/// A time that was read by the clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Read {
    pub time_ns: i64,
    /// The clock for the lines below, where it is moved.
    pub moved: Option<Clock>,
}

impl Clock {
    /// The clock of a log whose first and last lines have these times, and what it takes for granted.
    pub fn new(start: &Start<'_>, first: Stamp, last: Stamp) -> (Self, Option<String>) {
        let named = date_in(start.name, civil(start.modified_ns).year());
        let slack_ns = if matches!(first, Stamp::OfDay(_)) {
            DAY_SLACK_NS
        } else {
            SLACK_NS
        };
        let written_ns = named.unwrap_or(start.modified_ns.saturating_add(slack_ns));
        let last_ns = before(last, written_ns);
        let first_ns = before(first, last_ns.unwrap_or(written_ns));
        let clock = Self {
            times: start.options.times(),
            written_ns,
            near_ns: first_ns,
            late: false,
        };
        let lacking = match (first, &start.options.timezone) {
            (Stamp::Yearless { .. }, None) => "year nor zone",
            (Stamp::Yearless { .. }, Some(_)) => "year",
            (Stamp::OfDay(_), None) => "date nor zone",
            (Stamp::OfDay(_), Some(_)) => "date",
            (Stamp::Local(_), None) => {
                let remark = "its times have no zone: they are taken to be UTC, unless --timezone names another";
                return (clock, Some(remark.to_owned()));
            }
            _ => return (clock, None),
        };
        let remark = first_ns.map(|first_ns| {
            let by = match named {
                Some(_) => "the date in the log's name".to_owned(),
                None => format!(
                    "the time when it was written, {}",
                    utc_text(start.modified_ns / NS_PER_SEC * NS_PER_SEC)
                ),
            };
            let neither = if lacking.contains(" nor ") { "neither" } else { "no" };
            format!(
                "its times have {neither} {lacking}: the first is taken to be {}, by {by}",
                time_text(first_ns)
            )
        });
        (clock, remark)
    }

    /// The time that a line's stamp means.
    ///
    /// # Errors
    /// [`TimeError`] for no time, or one out of range.
    #[inline]
    pub fn read(&self, stamp: Stamp) -> Result<Read, TimeError> {
        let found = match stamp {
            Stamp::None => None,
            Stamp::Utc(time_ns) => return Ok(Read { time_ns, moved: None }),
            Stamp::Local(time_ns) => {
                let time_ns = self.times.utc_ns(time_ns)?;
                return Ok(Read { time_ns, moved: None });
            }
            Stamp::Yearless { .. } | Stamp::OfDay(_) => match self.near_ns {
                None => before(stamp, self.written_ns).map(|time_ns| (time_ns, STEP_NS)),
                Some(near_ns) => nearest(stamp, near_ns),
            },
        };
        let (local_ns, step_ns) = found.ok_or(TimeError::Unrecognised)?;
        let time_ns = self.times.utc_ns(local_ns)?;
        let late = self.late || local_ns > self.written_ns;
        let near = self
            .near_ns
            .is_some_and(|near_ns| local_ns.abs_diff(near_ns) <= step_ns);
        if near && late == self.late {
            return Ok(Read { time_ns, moved: None });
        }
        let moved = Some(Self {
            near_ns: if near { self.near_ns } else { Some(local_ns) },
            late,
            ..self.clone()
        });
        Ok(Read { time_ns, moved })
    }

    /// Whether the move to this clock is by the first line that is later than the log.
    pub fn is_first_late(&self, moved: &Self) -> bool {
        moved.late && !self.late
    }
}

/// The time nearest to another that a stamp can mean, and how far it may be from it before the clock is moved.
#[inline]
fn nearest(stamp: Stamp, near_ns: i64) -> Option<(i64, u64)> {
    match stamp {
        Stamp::Yearless { month, day, of_day_ns } => {
            let (month, day) = (i64::from(month), i64::from(day));
            let near_year = year_of(near_ns);
            let in_year = |year: i64| date_ns(year, month, day)?.checked_add(of_day_ns);
            if let Some(time_ns) = in_year(near_year)
                && time_ns.abs_diff(near_ns) <= HALF_YEAR_NS
            {
                return Some((time_ns, STEP_NS));
            }
            // Eight years: 29 February is that rare around 1900 and 2100.
            let years = near_year - 8..=near_year + 8;
            let time_ns = years
                .filter_map(in_year)
                .min_by_key(|time_ns| time_ns.abs_diff(near_ns))?;
            Some((time_ns, STEP_NS))
        }
        Stamp::OfDay(of_day_ns) => {
            let midnight_ns = near_ns.div_euclid(NS_PER_DAY) * NS_PER_DAY;
            let days = [-1, 0, 1].into_iter();
            let times = days.filter_map(|day| midnight_ns.checked_add(day * NS_PER_DAY)?.checked_add(of_day_ns));
            Some((times.min_by_key(|time_ns| time_ns.abs_diff(near_ns))?, DAY_STEP_NS))
        }
        Stamp::None | Stamp::Utc(_) | Stamp::Local(_) => None,
    }
}

/// The last time up to another that a stamp can mean.
fn before(stamp: Stamp, limit_ns: i64) -> Option<i64> {
    match stamp {
        Stamp::None => None,
        Stamp::Utc(time_ns) | Stamp::Local(time_ns) => Some(time_ns),
        Stamp::Yearless { month, day, of_day_ns } => {
            let year = year_of(limit_ns);
            let in_year = |year: i64| date_ns(year, i64::from(month), i64::from(day))?.checked_add(of_day_ns);
            let mut years = (year - 8..=year).rev().filter_map(in_year);
            years.find(|time_ns| *time_ns <= limit_ns)
        }
        Stamp::OfDay(of_day_ns) => {
            let midnight_ns = limit_ns.div_euclid(NS_PER_DAY) * NS_PER_DAY;
            let time_ns = midnight_ns.checked_add(of_day_ns)?;
            if time_ns <= limit_ns {
                return Some(time_ns);
            }
            time_ns.checked_sub(NS_PER_DAY)
        }
    }
}

/// The year of a time.
///
/// Howard Hinnant's `civil_from_days`, <https://howardhinnant.github.io/date_algorithms.html>.
#[inline]
fn year_of(time_ns: i64) -> i64 {
    let days = time_ns.div_euclid(NS_PER_DAY) + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    // Years begin in March there: from day 306 on it is January.
    year_of_era + era * 400 + i64::from(day_of_year >= 306)
}

/// The end of the day, month or year that a file's name has: `ufw.log-20260103`, `2026-01.log`. A year
/// alone may be a model's number, so it must not be later than the file.
fn date_in(name: &str, modified_year: i16) -> Option<i64> {
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name).as_bytes();
    let mut found = None;
    let mut at = 0;
    while at < name.len() {
        let length = name[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let run = &name[at..at + length];
        let alone = at == 0 || !name[at - 1].is_ascii_alphanumeric();
        at += length.max(1);
        let number = |text: &[u8]| text.iter().fold(0_i64, |sum, byte| sum * 10 + i64::from(byte - b'0'));
        // A number of two digits behind a separator.
        let part = |at: usize| match name.get(at..) {
            Some([b'-' | b'_' | b'.', tens @ b'0'..=b'9', ones @ b'0'..=b'9', rest @ ..])
                if !rest.first().is_some_and(u8::is_ascii_digit) =>
            {
                Some(number(&[*tens, *ones]))
            }
            _ => None,
        };
        let (year, month, day) = match length {
            8 | 12 | 14 => (number(&run[..4]), Some(number(&run[4..6])), Some(number(&run[6..8]))),
            4 => {
                let month = part(at).filter(|month| (1..=12).contains(month));
                (number(run), month, month.and_then(|_| part(at + 3)))
            }
            _ => continue,
        };
        if !(1990..2100).contains(&year) {
            continue;
        }
        let end_ns = match (month, day) {
            (Some(month), Some(day)) => date_ns(year, month, day).and_then(|ns| ns.checked_add(NS_PER_DAY)),
            (Some(12), None) => date_ns(year + 1, 1, 1),
            (Some(month), None) => date_ns(year, month + 1, 1),
            (None, _) if alone && year <= i64::from(modified_year) => date_ns(year + 1, 1, 1),
            (None, _) => None,
        };
        found = end_ns.map(|end_ns| end_ns - 1).or(found);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::Options;
    use crate::input::parse_time_ns;
    use crate::input::stamp::read_stamp;
    use crate::words::utc;
    use proptest::prelude::*;

    fn stamp(text: &str) -> Stamp {
        read_stamp(text.as_bytes()).unwrap_or_default().0
    }

    /// The times of lines of a log of this name that was written at this time.
    fn times(name: &str, written: &str, lines: &[&str], know_last: bool) -> Vec<String> {
        let start = Start {
            options: &Options::default(),
            formats: &[],
            name,
            modified_ns: parse_time_ns(written).unwrap(),
            last: b"",
            bytes: b"",
            whole: true,
        };
        let last = if know_last {
            stamp(lines[lines.len() - 1])
        } else {
            Stamp::None
        };
        let (mut clock, _) = Clock::new(&start, stamp(lines[0]), last);
        let mut times = Vec::new();
        for line in lines {
            let Ok(read) = clock.read(stamp(line)) else {
                times.push("none".to_owned());
                continue;
            };
            let late = read.moved.as_ref().is_some_and(|moved| clock.is_first_late(moved));
            times.push(format!(
                "{}{}",
                &utc(read.time_ns)[..10],
                if late { " late" } else { "" }
            ));
            clock = read.moved.unwrap_or(clock);
        }
        times
    }

    #[test]
    fn the_year_is_that_of_the_file() {
        let lines = ["Dec 30 10:00:00", "Jan  2 10:00:00"];
        for know_last in [false, true] {
            assert_eq!(
                times("a.log", "2026-01-02 12:00", &lines, know_last),
                ["2025-12-30", "2026-01-02"]
            );
            assert_eq!(
                times("a.log", "2025-11-01", &lines, know_last),
                ["2024-12-30", "2025-01-02"]
            );
        }
        // Written in the middle of the log's months, long after it ended.
        let lines = ["Feb  1 10:00:00", "Mar  1 10:00:00", "May  1 10:00:00"];
        assert_eq!(
            times("a.log", "2026-04-01", &lines, true),
            ["2025-02-01", "2025-03-01", "2025-05-01"]
        );
        assert_eq!(
            times("a.log", "2026-04-01", &lines, false),
            ["2026-02-01", "2026-03-01", "2026-05-01 late"]
        );
        // A clock that is a few hours off.
        assert_eq!(
            times("a.log", "2026-01-01 20:00", &["Jan  2 08:00:00"], false),
            ["2026-01-02"]
        );
    }

    #[test]
    fn years_go_on_with_the_lines() {
        let lines: Vec<String> = (0..30)
            .map(|month| format!("{} 15 10:00:00", ["Jan", "Mar", "May", "Jul", "Sep", "Nov"][month % 6]))
            .collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let found = times("a.log", "2021-02-01", &lines, false);
        assert_eq!((&*found[0], &*found[1]), ("2021-01-15", "2021-03-15 late"));
        assert_eq!((&*found[6], &*found[29]), ("2022-01-15", "2025-11-15"));
        // A machine without a clock of its own begins in January, and is set then.
        let lines = ["Jul  1 10:00:00", "Jan  1 00:00:01", "Jul  1 10:00:05"];
        let found = times("a.log", "2026-07-02", &lines, true);
        assert_eq!((&*found[0], &*found[2]), ("2026-07-01", "2026-07-01"));
    }

    #[test]
    fn leap_days_are_of_leap_years() {
        assert_eq!(
            times("a.log", "2026-07-01", &["Feb 28 10:00:00", "Feb 29 10:00:00"], false),
            ["2026-02-28", "2024-02-29"]
        );
        assert_eq!(
            times("a.log", "2026-07-01", &["Feb 29 10:00:00", "Mar  1 10:00:00"], false)[1],
            "2024-03-01"
        );
    }

    #[test]
    fn days_go_on_with_the_times_of_day() {
        let lines = ["22:00:00", "23:59:59", "00:00:01", "12:00:00", "23:00:00", "01:00:00"];
        assert_eq!(
            times("x.txt", "2026-01-03 02:00", &lines[..3], true),
            ["2026-01-02", "2026-01-02", "2026-01-03"]
        );
        assert_eq!(
            times("x.txt", "2026-01-04 02:00", &lines, false)[2..],
            ["2026-01-04", "2026-01-04 late", "2026-01-04", "2026-01-05"]
        );
    }

    #[test]
    fn dates_in_names_of_files() {
        for (name, expected) in [
            ("ufw.log-20260103", Some("2026-01-04")),
            ("2025/ufw-2024-05.log.gz", Some("2024-06-01")),
            ("fw_2023.12.31.txt", Some("2024-01-01")),
            ("syslog-20251231235959.gz", Some("2026-01-01")),
            ("messages.2024", Some("2025-01-01")),
            ("dec-2024-12.log", Some("2025-01-01")),
            ("2030.log", None),
            ("server2019.log", None),
            ("ufw.log.1", None),
            ("20261399", None),
            ("log", None),
        ] {
            let found = date_in(name, 2026).map(|ns| utc(ns + 1)[..10].to_owned());
            assert_eq!(found.as_deref(), expected, "{name}");
        }
        assert_eq!(
            times("x-20250103", "2026-11-01", &["Jan  3 10:00:00"], false),
            ["2025-01-03"]
        );
    }

    proptest! {
        #[test]
        fn years_are_those_of_jiff(time_ns in any::<i64>()) {
            prop_assert_eq!(year_of(time_ns), i64::from(civil(time_ns).year()));
        }

        #[test]
        fn nothing_panics(
            near in any::<i64>(), written in any::<i64>(), month in 1..13_u8, day in 1..32_u8, of_day_ns in 0..NS_PER_DAY,
            name in "[-a-z0-9._]{0,20}",
        ) {
            let clock = Clock { times: Options::default().times(), written_ns: written, near_ns: Some(near), late: false };
            let _ = clock.read(Stamp::Yearless { month, day, of_day_ns });
            let _ = clock.read(Stamp::OfDay(of_day_ns));
            let _ = date_in(&name, 2026);
        }
    }
}
