//! Chapters: the parts of a film that players list, each from a frame to the next one's.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

/// A part of a film that players list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chapter {
    /// Its first frame, from 0 in the film's file. The first chapter begins with the film.
    pub first_frame: u64,
    /// What it is called.
    pub title: String,
}

/// The chapters of a film of `frames` frames that begin in its first frames, each with its length in frames.
pub fn with_lengths(chapters: &[Chapter], frames: u64) -> impl Iterator<Item = (&Chapter, u64)> {
    let begun = chapters.iter().take_while(move |chapter| chapter.first_frame < frames);
    let ends = chapters.iter().skip(1).map(|chapter| chapter.first_frame);
    begun
        .zip(ends.chain(std::iter::once(frames)))
        .map(move |(chapter, end)| (chapter, end.min(frames) - chapter.first_frame))
}

/// The chapters in the notation of ffmpeg's `ffmetadata`, where a frame lasts `fps.1 / fps.0` seconds.
#[must_use]
pub fn ffmetadata(chapters: &[Chapter], frames: u64, fps: (u32, u32)) -> String {
    let mut text = ";FFMETADATA1\n".to_owned();
    for (chapter, length) in with_lengths(chapters, frames) {
        let start = chapter.first_frame;
        let end = start + length;
        // Writing to a `String` never fails.
        let _ = writeln!(
            text,
            "[CHAPTER]\nTIMEBASE={}/{}\nSTART={start}\nEND={end}\ntitle={}",
            fps.1,
            fps.0,
            escaped(&one_line(&chapter.title))
        );
    }
    text
}

fn escaped(title: &str) -> String {
    let mut text = String::with_capacity(title.len());
    for letter in title.chars() {
        if "=;#\\\n".contains(letter) {
            text.push('\\');
        }
        text.push(letter);
    }
    text
}

/// A title without line ends and other control characters.
#[must_use]
pub fn one_line(title: &str) -> String {
    title
        .chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect()
}

/// As much of the beginning of a title as `most` bytes hold, cut at a letter.
#[must_use]
pub fn beginning(title: &str, most: usize) -> &str {
    &title[..title.floor_char_boundary(most)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chapter(first_frame: u64, title: &str) -> Chapter {
        Chapter {
            first_frame,
            title: title.to_owned(),
        }
    }

    #[test]
    fn a_film_has_the_chapters_that_begin_in_it() {
        let chapters = [chapter(0, "a"), chapter(250, "b"), chapter(600, "c")];
        let lengths = |frames| -> Vec<u64> { with_lengths(&chapters, frames).map(|(_, length)| length).collect() };
        assert_eq!(lengths(1000), [250, 350, 400]);
        assert_eq!(lengths(600), [250, 350]);
        assert_eq!(lengths(251), [250, 1]);
        assert_eq!(lengths(100), [100]);
        assert!(with_lengths(&[], 100).next().is_none());
    }

    #[test]
    fn metadata_keeps_titles_of_any_letters() {
        let chapters = [chapter(0, "a=b; #1 \\ x\ny"), chapter(300, "Tōkyō")];
        assert_eq!(
            ffmetadata(&chapters, 700, (30000, 1001)),
            ";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1001/30000\nSTART=0\nEND=300\ntitle=a\\=b\\; \\#1 \\\\ x y\n\
             [CHAPTER]\nTIMEBASE=1001/30000\nSTART=300\nEND=700\ntitle=Tōkyō\n"
        );
    }

    #[test]
    fn titles_are_cut_at_letters() {
        assert_eq!(beginning("東京", 5), "東");
        assert_eq!(beginning("東京", 6), "東京");
        assert_eq!(beginning("abc", 255), "abc");
    }
}
