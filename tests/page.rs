//! The page of a film, in a browser.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "these are tests")]

#[path = "support/browser.rs"]
mod browser;
#[expect(dead_code, reason = "each test file uses a part of this")]
mod common;

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};

use browser::Browser;
use common::Folder;

const PLAN: &str = r#"{
    "portbloom_plan": 1,
    "title": "Nine honeypots </script><b>\"July\"</b>",
    "captions": [
        {"at": "2013-07-24T06:45:00Z", "text": "A scan from <i>Vietnam</i> & others", "kind": "scan", "score": 3},
        {"at": "2013-07-24T07:45:00Z", "secs": 3, "text": "Iran floods UDP 2193 on tokyo: 11,116 packets in 10 minutes", "score": 20,
         "kind": "flood", "peak": "2013-07-24T07:46:25Z", "about": {"source": "IR", "port": "udp/2193"}},
        {"at": "2013-07-24T08:05:00Z", "text": "Afterwards", "score": 1}
    ],
    "chapters": [{"at": "2013-07-24T07:45:00Z", "title": "The flood"}]
}"#;

/// A folder with a film of the flood and its page.
fn made(options: &str) -> Folder {
    let folder = Folder::new();
    folder.write("plan.json", PLAN);
    folder.succeed(&format!(
        "render --plan plan.json --frames 6700..6800 --size 640x360 --quiet --page film.html {options}"
    ));
    folder
}

fn skipped() {
    eprintln!("skipped: there is no Chromium here (./setup.sh --tests installs it)");
}

/// Notes the frame that the film shows, whenever it shows another.
const WATCH: &str = "(() => { const film = document.querySelector('video'); const note = (_, frame) => { \
    window.last = Math.round(frame.mediaTime * 25); film.requestVideoFrameCallback(note); }; film.requestVideoFrameCallback(note); })()";
/// The frame that it shows, some time after it has found it.
const SHOWN: &str = "new Promise(shown => document.querySelector('video').addEventListener('seeked', \
    () => setTimeout(() => shown(window.last), 400), {once: true}))";

/// Seeks by click and by keyboard, on a page that was opened.
fn seek(browser: &mut Browser) {
    let ready = "new Promise(ready => { const film = document.querySelector('video'); \
        if (film.readyState > 1) ready(film.duration); else film.addEventListener('loadeddata', () => ready(film.duration)); })";
    assert_eq!(browser.value(ready), 4.0);
    browser.value(WATCH);
    // The flood departs in frame 6717, of a part from frame 6700.
    for (number, frame) in [(2, 17), (3, 21), (1, 5)] {
        browser.value(&format!("window.shown = {SHOWN}, 0"));
        browser.click(&format!("li:nth-child({number}) a"));
        assert_eq!(browser.value("window.shown"), frame, "event {number}");
    }
    assert_eq!(browser.value("location.hash"), "#t=0.2");
    assert_eq!(
        browser.value("document.querySelector('.now').textContent"),
        "A scan from <i>Vietnam</i> & others"
    );
    // By Tab and Enter, and by N and P.
    browser.value(&format!(
        "window.shown = {SHOWN}, document.querySelector('li:nth-child(1) a').focus()"
    ));
    browser.press("Tab", 9);
    browser.press("Enter", 13);
    assert_eq!(browser.value("window.shown"), 17);
    assert_eq!(
        browser.value("document.querySelector('[aria-current]').dataset.frame"),
        "17"
    );
    for (key, frame) in [("n", 21), ("p", 17)] {
        browser.value(&format!("window.shown = {SHOWN}, 0"));
        browser.press(key, key.to_ascii_uppercase().as_bytes()[0].into());
        assert_eq!(browser.value("window.shown"), frame, "{key}");
    }
    assert_eq!(browser.value("document.querySelector('video').paused"), true);
}

fn file_url(path: &Path) -> String {
    format!("file://{}", path.display())
}

#[test]
fn a_page_plays_from_a_file_without_any_network() {
    let Some(mut browser) = Browser::open() else {
        return skipped();
    };
    let folder = made("-o film.mp4");
    assert_eq!(folder.names(), ["film.html", "film.mp4", "film.share.png", "plan.json"]);
    browser.display([1440, 900], "dark");
    browser.go(&file_url(&folder.path("film.html")));
    seek(&mut browser);
    assert_eq!(
        browser.value("document.title"),
        "Nine honeypots </script><b>\"July\"</b>"
    );
    assert_eq!(browser.value("document.querySelectorAll('h1 b, li i').length"), 0);
    assert_eq!(
        browser.value("document.querySelector('video').textTracks[0].cues.length"),
        3
    );
    let (requests, complaints) = browser.requests_and_complaints();
    assert!(complaints.is_empty(), "{complaints:?}");
    assert!(
        requests
            .iter()
            .all(|url| url.starts_with("file:") || url.starts_with("data:")),
        "{requests:?}"
    );
    // A link to a moment.
    browser.go(&format!("{}#t=0:2", file_url(&folder.path("film.html"))));
    assert_eq!(
        browser.value("Math.floor(document.querySelector('video').currentTime * 25)"),
        50
    );
}

#[test]
fn a_page_fits_narrow_and_wide_displays() {
    let Some(mut browser) = Browser::open() else {
        return skipped();
    };
    let folder = made("-o film.mp4");
    let shots = std::env::var_os("PORTBLOOM_TEST_SHOTS").map(PathBuf::from);
    for (width, scheme) in [
        (400, "light"),
        (400, "dark"),
        (1440, "light"),
        (1440, "dark"),
        (320, "dark"),
        (800, "light"),
    ] {
        browser.display([width, 900], scheme);
        browser.go(&format!("{}#t=1.4", file_url(&folder.path("film.html"))));
        let over = browser.value("document.documentElement.scrollWidth - document.documentElement.clientWidth");
        assert_eq!(over, 0, "{width} pixels");
        let light = scheme == "light";
        let ground = browser.value("getComputedStyle(document.body).backgroundColor");
        assert_eq!(ground == "rgb(250, 248, 243)", light, "{ground}");
        assert!(worst_contrast(&mut browser) >= 4.5, "{width} {scheme}");
        if let Some(shots) = &shots {
            browser.screenshot(&shots.join(format!("{width}-{scheme}.png")));
        }
    }
}

/// The least contrast of a text with its ground (WCAG 2.2, 1.4.3).
fn worst_contrast(browser: &mut Browser) -> f64 {
    let script = "(() => { \
        const parts = color => color.match(/[\\d.]+/g).map(Number); \
        const light = color => { const [r, g, b] = parts(color).map(part => { part /= 255; \
            return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; }; \
        const ground = thing => { for (; thing; thing = thing.parentElement) { const color = getComputedStyle(thing).backgroundColor; \
            if ((parts(color)[3] ?? 1) > 0) return color; } return 'rgb(255, 255, 255)'; }; \
        let worst = 21; \
        for (const thing of document.querySelectorAll('body *')) { \
            if (![...thing.childNodes].some(node => node.nodeType === 3 && node.data.trim()) || thing.closest('script, video')) continue; \
            const [a, b] = [light(getComputedStyle(thing).color), light(ground(thing))].sort((a, b) => b - a); \
            worst = Math.min(worst, (a + 0.05) / (b + 0.05)); } \
        return worst; })()";
    browser.value(script).as_f64().unwrap()
}

#[test]
fn a_page_is_one_file_where_that_is_asked_for() {
    let Some(mut browser) = Browser::open() else {
        return skipped();
    };
    let folder = made("--embed -o film.mp4");
    assert_eq!(folder.names(), ["film.html", "film.mp4", "plan.json"]);
    fs::remove_file(folder.path("film.mp4")).unwrap();
    browser.go(&file_url(&folder.path("film.html")));
    seek(&mut browser);
    let (requests, complaints) = browser.requests_and_complaints();
    assert!(complaints.is_empty(), "{complaints:?}");
    assert!(requests.iter().all(|url| !url.starts_with("http")), "{requests:?}");
}

#[test]
fn a_page_plays_from_a_server() {
    let Some(mut browser) = Browser::open() else {
        return skipped();
    };
    let folder = made("-o film.mp4");
    let address = serve(folder.path(""));
    browser.go(&format!("http://{address}/film.html"));
    seek(&mut browser);
    let (requests, complaints) = browser.requests_and_complaints();
    assert!(complaints.is_empty(), "{complaints:?}");
    let own = format!("http://{address}/film.");
    assert!(
        requests
            .iter()
            .all(|url| url.starts_with(&own) || url.starts_with("data:")),
        "{requests:?}"
    );
}

#[test]
fn a_page_tells_what_the_log_holds() {
    let folder = made("-o film.mp4");
    let page = String::from_utf8(folder.read("film.html")).unwrap();
    for told in [
        "72,599 packets from 137 countries to 1,153 ports",
        "<bdi>United States</bdi>",
        "<bdi>TCP 1433 ms-sql</bdi>",
        "<caption>Hosts</caption>",
        "<bdi>tokyo</bdi>",
        "src=\"film.mp4\"",
        "<dt>Left out: rows without a TCP or UDP port</dt>",
        "og:image\" content=\"film.share.png\"",
        "\"@type\":\"Clip\"",
    ] {
        assert!(page.contains(told), "{told}");
    }
    let share = fs::File::open(folder.path("film.share.png")).unwrap();
    let reader = png_size(share);
    assert_eq!(reader, [1200, 630]);
    // The film is the one that is made without a page.
    folder.succeed("render --plan plan.json --frames 6700..6800 --size 640x360 --quiet -o other.mp4");
    assert!(folder.read("film.mp4") == folder.read("other.mp4"));
}

fn png_size(mut file: fs::File) -> [u32; 2] {
    let mut head = [0; 24];
    file.read_exact(&mut head).unwrap();
    [16, 20].map(|at| u32::from_be_bytes(head[at..at + 4].try_into().unwrap()))
}

#[test]
fn a_page_is_refused_where_no_browser_plays_the_film() {
    let folder = Folder::new();
    for (options, why) in [
        (
            "--page p.html --sink null",
            "--page stands beside a film that is a file",
        ),
        ("--page p.html -o film.y4m", "--page shows a film that browsers play"),
        ("--embed -o film.mp4", "--page"),
    ] {
        let ran = folder.run(&format!("render {options}"));
        assert_eq!(ran.code, Some(2));
        assert!(ran.stderr.contains(why), "{options}: {}", ran.stderr);
    }
    folder.write("p.html", "kept");
    let said = folder.fail("render no-such-log.csv --page p.html -o film.mp4");
    assert!(said.contains("`p.html` exists and is kept"), "{said}");
    assert_eq!(folder.read("p.html"), b"kept");
}

/// Serves the files of a folder, whole or in parts, as players ask for them.
fn serve(folder: PathBuf) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let folder = folder.clone();
            // A browser that goes away leaves its requests unanswered.
            std::thread::spawn(move || answer(stream, &folder));
        }
    });
    address
}

fn answer(mut stream: TcpStream, folder: &Path) -> Option<()> {
    let mut lines = BufReader::new(stream.try_clone().ok()?).lines();
    let request = lines.next()?.ok()?;
    let name = request.split(' ').nth(1)?.trim_start_matches('/').to_owned();
    let mut range = None;
    for line in lines.map_while(Result::ok).take_while(|line| !line.is_empty()) {
        let line = line.to_ascii_lowercase();
        range = range.or(line.strip_prefix("range: bytes=").map(str::to_owned));
    }
    let mut file = fs::File::open(folder.join(&name)).ok()?;
    let length = file.metadata().ok()?.len();
    let kind = if name.ends_with("html") {
        "text/html"
    } else {
        "video/mp4"
    };
    let (status, from, end, more) = match &range {
        None => ("200 OK", 0, length, String::new()),
        Some(range) => {
            let (from, to) = range.split_once('-')?;
            let from: u64 = from.parse().ok()?;
            let end = to.parse::<u64>().map_or(length, |to| to + 1);
            (
                "206 Partial Content",
                from,
                end,
                format!("Content-Range: bytes {from}-{}/{length}\r\n", end - 1),
            )
        }
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nAccept-Ranges: bytes\r\nConnection: close\r\n{more}\r\n",
        end - from
    );
    stream.write_all(head.as_bytes()).ok()?;
    file.seek(SeekFrom::Start(from)).ok()?;
    std::io::copy(&mut file.take(end - from), &mut stream).ok()?;
    Some(())
}
