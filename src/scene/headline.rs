//! The title of a picture: the log's, and what of it is shown. Where the line is too short, lists give up their ends
//! first, then the title its own, so that each thing that was asked for is still named.

use super::layout::shortened;
use super::only::Only;

/// Letters that a filter keeps where there is no room for all of it.
const FILTER_LETTERS: [usize; 3] = [usize::MAX, 40, 24];
/// Letters that a title keeps, and items of a list, from the most to the least.
const KEPT: [(usize, usize); 6] = [
    (usize::MAX, usize::MAX),
    (usize::MAX, 3),
    (usize::MAX, 2),
    (16, 2),
    (16, 1),
    (0, 1),
];

/// A line of at most `most` letters: a title, the part of the traffic that is shown, and the filter by which rows were
/// left out.
pub fn headline(title: &str, only: Option<&Only>, filter: Option<&str>, most: usize) -> String {
    let line = |(title_letters, items), filter_letters| {
        let mut parts = Vec::new();
        if title_letters > 0 && !title.is_empty() {
            parts.push(shortened(title, title_letters));
        }
        parts.extend(only.map(|only| format!("only {}", only.spoken_within(items))));
        parts.extend(filter.map(|filter| format!("where {}", shortened(filter, filter_letters))));
        parts.join(" · ")
    };
    if only.is_none() && filter.is_none() {
        return shortened(title, most);
    }
    let mut lines = FILTER_LETTERS
        .into_iter()
        .flat_map(|letters| KEPT.map(|kept| line(kept, letters)));
    let fitting = lines.find(|line| line.chars().count() <= most);
    fitting.unwrap_or_else(|| shortened(&line((0, 1), FILTER_LETTERS[2]), most))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LOG: &str = "honeypots of the spring of 2026";
    const HOSTS: &str = "CN,RU,US,VN@tokyo,oregon,sydney,dublin:tcp/22,23,80,443";

    fn of(title: &str, only: &str, filter: &str, most: usize) -> String {
        let only = (!only.is_empty()).then(|| only.parse().unwrap());
        headline(title, only.as_ref(), Some(filter).filter(|text| !text.is_empty()), most)
    }

    #[test]
    fn what_is_shown_is_named_behind_the_title() {
        for (title, only, filter, expected) in [
            ("july", "", "", "july"),
            ("", "CN:ssh", "", "only China to TCP 22 ssh"),
            ("july", "CN:ssh", "", "july · only China to TCP 22 ssh"),
            ("july", "", "port < 1024", "july · where port < 1024"),
            (
                "july",
                "@tokyo",
                "udp\nand\tport == 53",
                "july · only tokyo · where udp and port == 53",
            ),
        ] {
            assert_eq!(of(title, only, filter, 100), expected);
        }
    }

    #[test]
    fn a_short_line_names_some_of_each_list() {
        for (most, expected) in [
            (
                140,
                "honeypots of the spring of 2026 · only China, Russia and 2 more to tokyo, oregon and 2 more on TCP 22 \
                 ssh, TCP 23 telnet and 2 more",
            ),
            (
                125,
                "honeypots of th… · only China, Russia and 2 more to tokyo, oregon and 2 more on TCP 22 ssh, TCP 23 \
                 telnet and 2 more",
            ),
            (
                100,
                "honeypots of th… · only China and 3 more to tokyo and 3 more on TCP 22 ssh and 3 more",
            ),
            (67, "only China and 3 more to tokyo and 3 more on TCP 22 ssh and 3 more"),
            (30, "only China and 3 more to toky…"),
        ] {
            assert_eq!(of(LOG, HOSTS, "", most), expected, "{most}");
        }
        let filter = "udp and port in {1..1023, 8080} and host == 10.0.0.0/8 and packets > 10";
        assert_eq!(of(LOG, "", filter, 96), format!("honeypots of th… · where {filter}"));
        assert_eq!(of(LOG, "", filter, 78), format!("where {filter}"));
        assert_eq!(
            of(LOG, "CN", filter, 80),
            "honeypots of th… · only China · where udp and port in {1..1023, 8080} and hos…"
        );
    }

    proptest! {
        #[test]
        fn no_line_is_too_long(title in ".{0,60}", filter in ".{0,90}", most in 0_usize..150) {
            let line = of(&title, HOSTS, &filter, most);
            prop_assert!(line.chars().count() <= most.max(1), "{}", line);
        }
    }
}
