//! What is told of a film, as one page of HTML that needs nothing else: no network, no other code. The film, its events
//! by the clock, what the log holds, and what was left out of it.

mod escape;
mod picture;
mod url;

use std::fmt::Write as _;

use serde::Serialize;

use escape::{json_in_html, text};
use picture::{bar, histogram};

pub use picture::Histogram;
pub use url::url_path;

/// How the page looks.
const STYLE: &str = include_str!("page.css");
/// What it does.
const SCRIPT: &str = include_str!("page.js");

/// The contents of a page.
#[derive(Clone, Debug)]
pub struct Page {
    /// The film's title.
    pub title: String,
    /// What the log is, in a sentence or two.
    pub summary: String,
    /// The film.
    pub film: Film,
    /// What happens in it, in its order.
    pub events: Vec<Event>,
    /// What its captions say, in its order.
    pub cues: Vec<Cue>,
    /// The parts of the film.
    pub chapters: Vec<Chapter>,
    /// The log's traffic over its time.
    pub histogram: Histogram,
    /// The busiest of the log, by kind.
    pub tables: Vec<Table>,
    /// What was read, and what of it was left out: names and amounts.
    pub account: Vec<(String, String)>,
    /// What has to be said besides.
    pub remarks: Vec<String>,
}

/// The film of a page.
#[derive(Clone, Debug)]
pub struct Film {
    /// Where it is, as a URL from the page; nothing where it is within.
    pub url: Option<String>,
    /// Its type, like `video/mp4`.
    pub mime: &'static str,
    /// Width and height in pixels.
    pub size_px: [u32; 2],
    /// Frames a second as a fraction.
    pub fps: (u32, u32),
    /// Frames in all.
    pub frames: u64,
    /// Its poster, as a `data:` URL.
    pub poster: String,
    /// The picture that is shown of it elsewhere, as a URL from the page, if there is one.
    pub share: Option<String>,
}

/// Something that happens in a film.
#[derive(Clone, Debug)]
pub struct Event {
    /// The frame that the page seeks.
    pub frame: u64,
    /// Its moment of the log.
    pub time: String,
    /// What happens.
    pub text: String,
    /// Its kind, like `flood`.
    pub kind: Option<&'static str>,
}

/// What a caption says.
#[derive(Clone, Debug, Serialize)]
pub struct Cue {
    /// Seconds of film at which it appears.
    pub from: f64,
    /// The same when it goes.
    pub to: f64,
    /// What it says.
    pub text: String,
}

/// A part of a film.
#[derive(Clone, Debug)]
pub struct Chapter {
    /// Its first frame.
    pub first_frame: u64,
    /// Its name.
    pub title: String,
}

/// The busiest of a kind.
#[derive(Clone, Debug)]
pub struct Table {
    /// `Sources`.
    pub title: String,
    /// What is counted: `packets`.
    pub measure: String,
    /// Names, amounts, and these as texts.
    pub rows: Vec<(String, u64, String)>,
    /// How many more there are, as text, if there are any.
    pub more: Option<String>,
}

impl Film {
    fn rate(&self) -> f64 {
        f64::from(self.fps.0) / f64::from(self.fps.1)
    }

    /// Seconds from the beginning to a frame.
    fn secs(&self, frame: u64) -> f64 {
        frame as f64 / self.rate()
    }
}

/// What the script knows.
#[derive(Serialize)]
struct Data<'a> {
    fps: f64,
    frames: u64,
    mime: &'a str,
    cues: &'a [Cue],
}

impl Page {
    /// The page before and behind the place of a film within it, in base64; both together where the film is elsewhere.
    #[must_use]
    pub fn html(&self) -> [String; 2] {
        let mut before = String::with_capacity(1 << 16);
        self.head(&mut before);
        self.body(&mut before);
        let data = Data {
            fps: self.film.rate(),
            frames: self.film.frames,
            mime: self.film.mime,
            cues: &self.cues,
        };
        put(
            &mut before,
            format_args!(
                "<script type=\"application/json\" id=\"data\">{}</script>\n",
                json_in_html(&data)
            ),
        );
        let mut behind = String::new();
        if self.film.url.is_none() {
            before += "<script type=\"text/plain\" id=\"film\">";
            behind += "</script>\n";
        }
        put(
            &mut behind,
            format_args!("<script>\n{SCRIPT}</script>\n</body>\n</html>\n"),
        );
        [before, behind]
    }

    fn head(&self, html: &mut String) {
        let title = text(&self.title);
        let summary = text(&self.summary);
        put(
            html,
            format_args!(
                "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
                 <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
                 <meta name=\"color-scheme\" content=\"light dark\">\n\
                 <title>{title}</title>\n<meta name=\"description\" content=\"{summary}\">\n\
                 <meta name=\"generator\" content=\"portbloom {}\">\n\
                 <meta property=\"og:type\" content=\"video.other\">\n<meta property=\"og:title\" content=\"{title}\">\n\
                 <meta property=\"og:description\" content=\"{summary}\">\n\
                 <link rel=\"icon\" href=\"data:,\">\n",
                env!("CARGO_PKG_VERSION")
            ),
        );
        if let Some(share) = &self.film.share {
            put(
                html,
                format_args!(
                    "<meta property=\"og:image\" content=\"{}\">\n<meta property=\"og:image:width\" content=\"{}\">\n\
                     <meta property=\"og:image:height\" content=\"{}\">\n\
                     <meta name=\"twitter:card\" content=\"summary_large_image\">\n",
                    text(share),
                    SHARE_PX[0],
                    SHARE_PX[1]
                ),
            );
        }
        put(
            html,
            format_args!(
                "<script type=\"application/ld+json\">{}</script>\n<style>\n{STYLE}</style>\n</head>\n",
                json_in_html(&self.linked_data())
            ),
        );
    }

    /// The film as search engines know it (`schema.org`).
    fn linked_data(&self) -> serde_json::Value {
        let secs = |frame| (self.film.secs(frame) * 1e3).round() / 1e3;
        let ends = self.chapters.iter().skip(1).map(|chapter| chapter.first_frame);
        let clips = self.chapters.iter().zip(ends.chain([self.film.frames]));
        let clips: Vec<serde_json::Value> = clips
            .map(|(chapter, end)| {
                serde_json::json!({
                    "@type": "Clip",
                    "name": chapter.title,
                    "startOffset": secs(chapter.first_frame),
                    "endOffset": secs(end),
                    "url": format!("#t={}", secs(chapter.first_frame)),
                })
            })
            .collect();
        let mut video = serde_json::json!({
            "@context": "https://schema.org",
            "@type": "VideoObject",
            "name": self.title,
            "description": self.summary,
            "duration": format!("PT{}S", secs(self.film.frames)),
            "encodingFormat": self.film.mime,
            "width": self.film.size_px[0],
            "height": self.film.size_px[1],
        });
        if let Some(video) = video.as_object_mut() {
            let urls = [("contentUrl", &self.film.url), ("thumbnailUrl", &self.film.share)];
            for (key, url) in urls {
                if let Some(url) = url {
                    video.insert(key.to_owned(), url.clone().into());
                }
            }
            if !clips.is_empty() {
                video.insert("hasPart".to_owned(), clips.into());
            }
        }
        video
    }

    fn body(&self, html: &mut String) {
        let film = &self.film;
        let [width, height] = film.size_px;
        let source = film
            .url
            .as_ref()
            .map_or_else(String::new, |url| format!(" src=\"{}\"", text(url)));
        put(
            html,
            format_args!(
                "<body>\n<header>\n<h1><bdi>{}</bdi></h1>\n<p>{}</p>\n</header>\n<main>\n\
                 <section class=\"film\" aria-label=\"Film\">\n\
                 <video controls muted playsinline preload=\"metadata\" width=\"{width}\" height=\"{height}\" \
                 poster=\"{}\"{source}>This browser does not play {}.</video>\n\
                 <p class=\"now\" aria-live=\"polite\"></p>\n<p class=\"hint\">{}</p>\n</section>\n",
                text(&self.title),
                text(&self.summary),
                film.poster,
                film.mime,
                match self.events.len() {
                    0 => "The film is silent.",
                    _ =>
                        "The film is silent; what happens is in the list. <kbd>N</kbd> and <kbd>P</kbd> go to the next event and the one before.",
                }
            ),
        );
        self.list(html);
        put(
            html,
            format_args!(
                "<section class=\"log\" aria-labelledby=\"log\">\n<h2 id=\"log\">What the log holds</h2>\n{}<div class=\"tables\">\n",
                histogram(&self.histogram)
            ),
        );
        for table in &self.tables {
            write_table(table, html);
        }
        put(
            html,
            format_args!(
                "</div>\n</section>\n<section class=\"account\" aria-labelledby=\"account\">\n<h2 id=\"account\">What was read, and what was left out</h2>\n<dl>\n"
            ),
        );
        for (name, amount) in &self.account {
            put(
                html,
                format_args!("<div><dt>{}</dt><dd>{}</dd></div>\n", text(name), text(amount)),
            );
        }
        *html += "</dl>\n";
        if !self.remarks.is_empty() {
            *html += "<ul>\n";
            for remark in &self.remarks {
                put(html, format_args!("<li>{}</li>\n", text(remark)));
            }
            *html += "</ul>\n";
        }
        *html += "</section>\n</main>\n<footer>Made by portbloom.</footer>\n";
    }

    /// The events: links to their moments.
    fn list(&self, html: &mut String) {
        if self.events.is_empty() {
            return;
        }
        *html += "<section class=\"events\" aria-labelledby=\"events\">\n<h2 id=\"events\">What happens</h2>\n<ol>\n";
        for event in &self.events {
            let secs = self.film.secs(event.frame);
            let kind = event.kind.map_or_else(String::new, |kind| {
                format!("<span class=\"kind\">{}</span>", text(kind))
            });
            put(
                html,
                format_args!(
                    "<li><a href=\"#t={}\" data-frame=\"{}\"><span class=\"clock\">{}</span>\
                     <span class=\"what\"><bdi>{}</bdi><span class=\"when\">{}{kind}</span></span></a></li>\n",
                    (secs * 1e3).round() / 1e3,
                    event.frame,
                    clock(secs),
                    text(&event.text),
                    text(&event.time),
                ),
            );
        }
        *html += "</ol>\n</section>\n";
    }
}

/// Width and height of the picture that is shown of a page elsewhere.
pub const SHARE_PX: [u32; 2] = [1200, 630];

fn write_table(table: &Table, html: &mut String) {
    put(
        html,
        format_args!(
            "<table>\n<caption>{}</caption>\n<thead><tr><th scope=\"col\">Name</th><td></td><th scope=\"col\">{}</th></tr></thead>\n<tbody>\n",
            text(&table.title),
            text(&table.measure)
        ),
    );
    let most = table.rows.iter().map(|(_, amount, _)| *amount).max().unwrap_or(0);
    for (name, amount, figure) in &table.rows {
        put(
            html,
            format_args!(
                "<tr><th scope=\"row\"><bdi>{}</bdi></th><td>{}</td><td>{}</td></tr>\n",
                text(name),
                bar(*amount, most),
                text(figure)
            ),
        );
    }
    *html += "</tbody>\n";
    if let Some(more) = &table.more {
        put(
            html,
            format_args!(
                "<tfoot><tr><td colspan=\"3\">and {} more</td></tr></tfoot>\n",
                text(more)
            ),
        );
    }
    *html += "</table>\n";
}

/// A moment of the film: `4:28.7`.
fn clock(secs: f64) -> String {
    let tenths = (secs * 10.0).round() as u64;
    let (minutes, rest) = (tenths / 600, tenths % 600);
    if minutes >= 60 {
        return format!("{}:{:02}:{:02}.{}", minutes / 60, minutes % 60, rest / 10, rest % 10);
    }
    format!("{minutes}:{:02}.{}", rest / 10, rest % 10)
}

fn put(html: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a `String` never fails.
    let _ = html.write_fmt(arguments);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A page whose every text is hostile.
    fn hostile() -> (Page, &'static str) {
        let evil = "</script><img src=x onerror=\"alert('1')\">&amp;\u{202e}\0<!--";
        let own = || evil.to_owned();
        let page = Page {
            title: own(),
            summary: own(),
            film: Film {
                url: Some(own()),
                mime: "video/mp4",
                size_px: [320, 180],
                fps: (25, 1),
                frames: 8134,
                poster: "data:image/png;base64,AA==".to_owned(),
                share: Some(own()),
            },
            events: vec![Event {
                frame: 6707,
                time: own(),
                text: own(),
                kind: Some("flood"),
            }],
            cues: vec![Cue {
                from: 1.0,
                to: 2.0,
                text: own(),
            }],
            chapters: vec![Chapter {
                first_frame: 0,
                title: own(),
            }],
            histogram: Histogram {
                columns: vec![0, 5, 1],
                ends: [own(), own()],
                title: own(),
                most: own(),
            },
            tables: vec![Table {
                title: own(),
                measure: own(),
                rows: vec![(own(), 3, own())],
                more: Some(own()),
            }],
            account: vec![(own(), own())],
            remarks: vec![own()],
        };
        (page, evil)
    }

    #[test]
    fn texts_are_texts_wherever_they_stand() {
        let (page, evil) = hostile();
        let html = page.html().concat();
        assert!(!html.contains("<img") && !html.contains("<!--") && !html.contains('\0'));
        // As many scripts as the page has of its own.
        assert_eq!(html.matches("<script").count(), 3);
        assert_eq!(html.matches("</script").count(), 3);
        // What the script reads is what was said.
        let data = html
            .split_once("id=\"data\">")
            .unwrap()
            .1
            .split_once("</script>")
            .unwrap()
            .0;
        let data: serde_json::Value = serde_json::from_str(data).unwrap();
        assert_eq!(data["cues"][0]["text"], evil);
    }

    #[test]
    fn an_event_is_a_link_to_its_moment() {
        let html = hostile().0.html().concat();
        assert!(html.contains("<a href=\"#t=268.28\" data-frame=\"6707\"><span class=\"clock\">4:28.3</span>"));
        assert_eq!(
            [clock(0.0), clock(59.96), clock(3723.45)],
            ["0:00.0", "1:00.0", "1:02:03.5"]
        );
    }

    #[test]
    fn a_film_within_the_page_stands_between_its_two_parts() {
        let mut page = hostile().0;
        page.film.url = None;
        let [before, behind] = page.html();
        assert!(before.ends_with("<script type=\"text/plain\" id=\"film\">") && behind.starts_with("</script>"));
        // The player has no address of a film.
        assert!(before.contains("poster=\"data:image/png;base64,AA==\">"));
    }
}
