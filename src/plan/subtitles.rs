//! Captions as the files that players show beside a film: WebVTT and SubRip (SRT).

use super::cues::{Cue, CueTime};

/// Captions as WebVTT; those without two times of the film are left out.
#[must_use]
pub fn web_vtt(cues: &[Cue]) -> String {
    let mut text = "WEBVTT\n".to_owned();
    for (from_ms, to_ms, said) in timed(cues) {
        let said = said.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        text += &format!("\n{} --> {}\n{said}\n", clock(from_ms, '.'), clock(to_ms, '.'));
    }
    text
}

/// Captions as SRT; those without two times of the film are left out. SRT has no way to write a sign that players
/// take for markup: those become signs that look like them.
#[must_use]
pub fn srt(cues: &[Cue]) -> String {
    let mut text = String::new();
    for (number, (from_ms, to_ms, said)) in (1..).zip(timed(cues)) {
        let blank = if number > 1 { "\n" } else { "" };
        let said = without_markup(&said);
        text += &format!(
            "{blank}{number}\n{} --> {}\n{said}\n",
            clock(from_ms, ','),
            clock(to_ms, ',')
        );
    }
    text
}

/// The cues that stand at times of the film, each in one line.
fn timed(cues: &[Cue]) -> impl Iterator<Item = (i64, i64, String)> {
    cues.iter().filter_map(|cue| match cue.at {
        CueTime::Film {
            from_ms,
            to_ms: Some(to_ms),
        } => {
            let words: Vec<&str> = cue
                .text
                .split(|letter: char| letter.is_whitespace() || letter.is_control())
                .collect();
            let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
            Some((from_ms, to_ms, words.join(" ")))
        }
        _ => None,
    })
}

fn without_markup(text: &str) -> String {
    let text = text.replace("-->", "→");
    let mut said = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let next = letters.peek().copied().unwrap_or(' ');
        said.push(match letter {
            '<' if next.is_ascii_alphanumeric() || next == '/' => '‹',
            '{' if next == '\\' => '(',
            letter => letter,
        });
    }
    said
}

/// `01:02:03.456`.
fn clock(ms: i64, point: char) -> String {
    let [hours, minutes, secs] = [ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60];
    format!("{hours:02}:{minutes:02}:{secs:02}{point}{:03}", ms % 1000)
}

#[cfg(test)]
mod tests {
    use super::super::read_cues;
    use super::*;

    fn cue(from_ms: i64, to_ms: i64, text: &str) -> Cue {
        Cue {
            at: CueTime::Film {
                from_ms,
                to_ms: Some(to_ms),
            },
            text: text.to_owned(),
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let cues = [
            cue(0, 3000, "Iran floods UDP 2193 on tokyo: 11,116 packets"),
            cue(268_680, 275_001, "AT&T, 3 < 4, \"quoted\""),
            cue(36_000_000, 36_000_001, "東京 – later"),
        ];
        assert_eq!(read_cues(&web_vtt(&cues)).unwrap(), cues);
        assert_eq!(read_cues(&srt(&cues)).unwrap(), cues);
        assert_eq!(
            web_vtt(&cues[1..2]),
            "WEBVTT\n\n00:04:28.680 --> 00:04:35.001\nAT&amp;T, 3 &lt; 4, \"quoted\"\n"
        );
        assert!(srt(&cues).starts_with("1\n00:00:00,000 --> 00:00:03,000\nIran"));
    }

    #[test]
    fn markup_is_text() {
        let wild = [cue(1000, 2000, "<i>a</i> --> &amp; </script>\nWEBVTT")];
        let read = read_cues(&web_vtt(&wild)).unwrap();
        assert_eq!(read, [cue(1000, 2000, "<i>a</i> --> &amp; </script> WEBVTT")]);
        let wild = [cue(1000, 2000, "<i>a</i> --> {\\an8} & </script>\nWEBVTT")];
        let read = read_cues(&srt(&wild)).unwrap();
        assert_eq!(read[0].text, "‹i>a‹/i> → (\\an8} & ‹/script> WEBVTT");
    }
}
