//! Captions in the files of others: WebVTT and SubRip (SRT), whose times are those of the film, and tables of a time
//! and a text. Told apart by their content.
//!
//! WebVTT: <https://www.w3.org/TR/webvtt1/>. SubRip has no standard; what players take is taken.

use thiserror::Error;

use super::{MOST, MOST_LETTERS, MOST_SECS};
use crate::input::parse_time_ns;

/// A sentence and the time for which it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Cue {
    /// When it stands.
    pub at: CueTime,
    /// The text, in one line.
    pub text: String,
}

/// When a cue stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CueTime {
    /// From a moment of the film to another, in milliseconds.
    Film {
        /// The first moment.
        from_ms: i64,
        /// The last, where there is one.
        to_ms: Option<i64>,
    },
    /// From a moment of the log, Unix nanoseconds.
    Data(i64),
}

/// The reason why captions cannot be read: a line, from 1, and what was expected there.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("line {line}: {why}")]
pub struct CuesError {
    /// The line.
    pub line: usize,
    /// What was expected.
    pub why: String,
}

/// Reads captions, in the order of the file; those without a text are left out.
///
/// # Errors
/// [`CuesError`], with the line.
pub fn read_cues(text: &str) -> Result<Vec<Cue>, CuesError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let is_web_vtt = text.starts_with("WEBVTT");
    let cues = if is_web_vtt || text.lines().any(|line| line.contains("-->")) {
        subtitles(&text, is_web_vtt)?
    } else {
        table(&text)?
    };
    // A film without captions has such a file beside it.
    if cues.is_empty() && !is_web_vtt {
        return Err(error(
            1,
            "no caption: expected WebVTT, SRT, or a table of a time and a text",
        ));
    }
    if cues.len() > MOST {
        return Err(error(1, format!("{} captions; a film has at most {MOST}", cues.len())));
    }
    Ok(cues)
}

/// The cues of WebVTT and SubRip: a line of times, and the lines of text up to an empty one.
fn subtitles(text: &str, is_web_vtt: bool) -> Result<Vec<Cue>, CuesError> {
    let mut cues = Vec::new();
    let mut lines = (1..).zip(text.lines()).peekable();
    while let Some((number, line)) = lines.next() {
        let Some((from, rest)) = line.split_once("-->") else {
            if ["NOTE", "STYLE", "REGION"].iter().any(|word| line.starts_with(word)) {
                // A block that is no cue.
                while lines.next_if(|(_, line)| !line.trim().is_empty()).is_some() {}
            }
            continue;
        };
        // What stands behind the second time says where on the screen; captions have a place of their own.
        let to = rest.split_whitespace().next().unwrap_or_default();
        let time = |text: &str| {
            film_time(text).ok_or_else(|| {
                error(
                    number,
                    format!("`{}` is no time of a film, like 00:01:12.500", text.trim()),
                )
            })
        };
        let (from_ms, to_ms) = (time(from)?, time(to)?);
        if to_ms < from_ms {
            return Err(error(number, "a caption ends before it begins"));
        }
        let mut said: Vec<&str> = Vec::new();
        while let Some((_, line)) = lines.next_if(|(_, line)| !line.trim().is_empty() && !line.contains("-->")) {
            said.push(line);
        }
        // The number of the next cue, where no empty line stands before it.
        let is_number = |line: &&str| line.trim().bytes().all(|byte| byte.is_ascii_digit());
        if lines.peek().is_some_and(|(_, line)| line.contains("-->")) {
            said.pop_if(|line| is_number(&*line));
        }
        let words: Vec<String> = said
            .iter()
            .flat_map(|line| {
                plain(line, is_web_vtt)
                    .split_whitespace()
                    .map(str::to_owned)
                    .collect::<Vec<_>>()
            })
            .collect();
        // One that stands for no time is not shown.
        if to_ms == from_ms {
            continue;
        }
        add(
            &mut cues,
            number,
            words.join(" "),
            CueTime::Film {
                from_ms,
                to_ms: Some(to_ms),
            },
        )?;
    }
    Ok(cues)
}

/// The rows of a table: a time and a text.
fn table(text: &str) -> Result<Vec<Cue>, CuesError> {
    let first = text.lines().next().unwrap_or_default();
    // The sign that ends the time: of times, only those of ISO 8601 may have a comma.
    let delimiter = ['\t', ';']
        .into_iter()
        .find(|sign| first.contains(*sign))
        .unwrap_or(',');
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter as u8)
        .from_reader(text.as_bytes());
    let mut cues = Vec::new();
    for (row, record) in reader.records().enumerate() {
        let record = record.map_err(|failure| {
            let line = failure.position().map_or(1, |place| place.line() as usize);
            error(line, "the row cannot be read")
        })?;
        let line = record.position().map_or(1, |place| place.line() as usize);
        let (Some(time), Some(text)) = (record.get(0).map(str::trim), record.get(1)) else {
            return Err(error(line, "expected a time and a text"));
        };
        let at = match (film_time(time), parse_time_ns(time)) {
            (Some(from_ms), _) => CueTime::Film { from_ms, to_ms: None },
            (None, Ok(time_ns)) => CueTime::Data(time_ns),
            // A heading.
            (None, Err(_)) if row == 0 && time.chars().all(char::is_alphabetic) => continue,
            (None, Err(_)) => {
                return Err(error(
                    line,
                    format!("`{time}` is no time of the log, like 2013-07-24 07:46, nor of the film, like 4:28.7"),
                ));
            }
        };
        // A text without quotes may have commas.
        let text: Vec<&str> = std::iter::once(text).chain(record.iter().skip(2)).collect();
        let words: Vec<String> = text.join(",").split_whitespace().map(str::to_owned).collect();
        add(&mut cues, line, words.join(" "), at)?;
    }
    Ok(cues)
}

fn add(cues: &mut Vec<Cue>, line: usize, text: String, at: CueTime) -> Result<(), CuesError> {
    let letters = text.chars().count();
    if letters > MOST_LETTERS {
        return Err(error(
            line,
            format!("a text of {letters} letters; at most {MOST_LETTERS} are possible"),
        ));
    }
    if !text.is_empty() {
        cues.push(Cue { at, text });
    }
    Ok(())
}

/// A time of the film in milliseconds: `1:12`, `00:01:12.500`, `1:12,5`; hours may be missing, and a fraction stands
/// behind a point or a comma.
fn film_time(text: &str) -> Option<i64> {
    let (clock, fraction) = text.trim().split_once(['.', ',']).unwrap_or((text.trim(), ""));
    let parts: Vec<&str> = clock.split(':').collect();
    let is_number = |part: &&str| !part.is_empty() && part.len() <= 6 && part.bytes().all(|byte| byte.is_ascii_digit());
    if !(2..=3).contains(&parts.len()) || !parts.iter().all(is_number) {
        return None;
    }
    let mut secs = 0_i64;
    for (place, part) in parts.iter().enumerate() {
        let number: i64 = part.parse().ok()?;
        if place > 0 && number >= 60 {
            return None;
        }
        secs = secs * 60 + number;
    }
    if fraction.len() > 9 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let millis: i64 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
    Some(secs * 1000 + millis)
}

/// A line of a cue without its markup: `<i>`, `<v Name>`, the signs that HTML writes in words, and in SRT, which has it
/// of SubStation Alpha, `{\an8}`.
fn plain(line: &str, is_web_vtt: bool) -> String {
    let mut text = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find(['<', '{']) {
        text.push_str(&rest[..at]);
        let tag = &rest[at..];
        let (close, is_tag) = match tag.as_bytes()[0] {
            b'<' => (
                '>',
                tag[1..].starts_with(|letter: char| letter.is_ascii_alphanumeric() || letter == '/'),
            ),
            _ => ('}', !is_web_vtt && tag.starts_with("{\\")),
        };
        match tag.find(close).filter(|_| is_tag) {
            Some(end) => rest = &tag[end + 1..],
            None => {
                text.push_str(&tag[..1]);
                rest = &tag[1..];
            }
        }
    }
    text.push_str(rest);
    for (name, sign) in [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&nbsp;", " "),
        ("&lrm;", ""),
        ("&rlm;", ""),
        ("&amp;", "&"),
    ] {
        text = text.replace(name, sign);
    }
    text
}

fn error(line: usize, why: impl Into<String>) -> CuesError {
    CuesError { line, why: why.into() }
}

/// Seconds for which a text stands, where nothing says how long: a moment, and a twelfth for each letter.
#[must_use]
pub fn reading_secs(text: &str) -> f64 {
    (1.5 + text.chars().count() as f64 / 12.0)
        .clamp(3.0, 7.0)
        .min(MOST_SECS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn film(from_ms: i64, to_ms: i64, text: &str) -> Cue {
        Cue {
            at: CueTime::Film {
                from_ms,
                to_ms: Some(to_ms),
            },
            text: text.to_owned(),
        }
    }

    #[test]
    fn web_vtt_is_read() {
        let text = "\u{feff}WEBVTT - a title\r\n\r\nNOTE made by hand\r\n00:00.000 --> nothing\r\n\r\n\
                    STYLE\r\n::cue { color: red }\r\n\r\n\
                    flood\r\n04:28.700 --> 04:34.000 line:0 position:20%\r\n<v Jay>Iran &amp; <i>Tokyo</i>\r\n&lt;2193&gt;\r\n\r\n\
                    01:00:01.000 --> 01:00:02.000\r\nlater\r\n";
        assert_eq!(
            read_cues(text).unwrap(),
            [
                film(268_700, 274_000, "Iran & Tokyo <2193>"),
                film(3_601_000, 3_602_000, "later")
            ]
        );
    }

    #[test]
    fn srt_is_read_as_players_do() {
        // Out of order, without numbers, with a point, a blank too many and no line between two.
        let text = "2\n00:00:05,500 --> 00:00:07,000\nsecond {\\an8}one\n\n0:00:01.5  -->  0:00:02,25\n<b>first</b>\n00:09,000 --> 00:10,000\n3 < 4\n";
        assert_eq!(
            read_cues(text).unwrap(),
            [
                film(5500, 7000, "second one"),
                film(1500, 2250, "first"),
                film(9000, 10_000, "3 < 4")
            ]
        );
    }

    #[test]
    fn what_players_overlook_is_overlooked() {
        assert_eq!(read_cues("WEBVTT\n"), Ok(Vec::new()));
        // Signs of SubStation Alpha are markup in SRT alone.
        let said = "00:01.000 --> 00:02.000\n{\\an8}a <i>b</i>\n";
        assert_eq!(read_cues(said).unwrap(), [film(1000, 2000, "a b")]);
        let said = format!("WEBVTT\n\n{said}");
        assert_eq!(read_cues(&said).unwrap(), [film(1000, 2000, "{\\an8}a b")]);
        // The second stands for no time, and no empty line stands before the third.
        let text =
            "1\n00:01,000 --> 00:02,000\none\n2\n00:03,000 --> 00:03,000\ntwo\n3\n00:04,000 --> 00:05,000\n2013\n";
        assert_eq!(
            read_cues(text).unwrap(),
            [film(1000, 2000, "one"), film(4000, 5000, "2013")]
        );
    }

    #[test]
    fn tables_have_times_of_the_log_or_of_the_film() {
        let text = "time,text\n2013-07-24 07:46,\"Iran, a flood\"\n1:12,A slow scan, from Vietnam\n";
        let cues = read_cues(text).unwrap();
        assert_eq!(cues[0].at, CueTime::Data(1_374_651_960_000_000_000));
        assert_eq!(cues[0].text, "Iran, a flood");
        assert_eq!(
            cues[1],
            Cue {
                at: CueTime::Film {
                    from_ms: 72_000,
                    to_ms: None
                },
                text: "A slow scan, from Vietnam".to_owned()
            }
        );
        assert_eq!(read_cues("4:28.7\tflood\n").unwrap()[0].text, "flood");
        assert_eq!(
            read_cues("2013-07-24 07:46;flood, and more\n").unwrap()[0].text,
            "flood, and more"
        );
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        for (text, line, why) in [
            ("", 1, "no caption"),
            ("WEBVTT\n\n00:05.000 --> soon\nx\n", 3, "`soon` is no time"),
            ("1\n00:00:05,000 --> 00:00:04,000\nx\n", 2, "ends before it begins"),
            ("1\n00:61:05,000 --> 00:00:04,000\nx\n", 2, "is no time"),
            ("time,text\nyesterday,x\n", 2, "`yesterday` is no time of the log"),
            ("2013-07-24\n", 1, "expected a time and a text"),
        ] {
            let error = read_cues(text).unwrap_err();
            assert!(error.line == line && error.why.contains(why), "{text:?}: {error}");
        }
        let long = format!("1:12,{}", "x".repeat(1001));
        assert!(read_cues(&long).unwrap_err().why.contains("1001 letters"));
    }

    #[test]
    fn longer_texts_stand_longer() {
        for (letters, secs) in [(1, 3.0), (36, 4.5), (200, 7.0)] {
            assert_eq!(reading_secs(&"x".repeat(letters)), secs);
        }
    }
}
