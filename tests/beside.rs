//! What stands beside a film and in it for players: chapters, subtitles, a poster.

#![expect(clippy::unwrap_used, reason = "these are tests")]

#[expect(dead_code, reason = "each test file uses a part of this")]
mod common;

use std::path::Path;
use std::process::{Command, Stdio};

use common::{Folder, wait_until};

/// Two chapters and three captions: at 1:12.96, 4:04.80 and 4:28.68 of the sample's film.
const PLAN: &str = r#"{
    "portbloom_plan": 1,
    "title": "A <title> & more",
    "captions": [
        {"at": "2013-07-07T08:00:00Z", "text": "First scan", "score": 9},
        {"at": "2013-07-22T06:00:00Z", "secs": 5, "text": "A scan & a <b>bold</b> one", "score": 8},
        {"at": "2013-07-24T07:45:00Z", "text": "Iran floods UDP 2193", "score": 20, "peak": "2013-07-24T07:46:25Z",
         "about": {"source": "IR", "port": "udp/2193"}}
    ],
    "chapters": [
        {"at": "2013-07-24T07:45:00Z", "title": "The flood"},
        {"at": "2013-07-07T08:00:00Z", "title": "First; scan = \"1\""}
    ]
}"#;
/// The frames around the flood, from 4:26 to 4:30.
const FLOOD: &str = "--plan plan.json --frames 6650..6750 --size 320x180 --quiet";
/// A part with room for two chapters, of ten seconds each at least: from 4:12 to 4:40.
const PART: &str = "--plan plan.json --fps 5 --frames 1260..1400 --size 320x180 --quiet";

/// The chapters that ffprobe lists: where they begin in milliseconds, and their titles.
fn chapters(film: &Path) -> Vec<(u64, String)> {
    let output = Command::new("ffprobe")
        .args(["-v", "error", "-show_chapters", "-of", "json"])
        .arg(film)
        .output()
        .expect("ffprobe runs: install ffmpeg (./setup.sh --tests does)");
    let said: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let chapters = said["chapters"].as_array().unwrap().iter();
    let ms = |value: &serde_json::Value| (value.as_str().unwrap().parse::<f64>().unwrap() * 1e3).round() as u64;
    chapters
        .map(|chapter| {
            (
                ms(&chapter["start_time"]),
                chapter["tags"]["title"].as_str().unwrap().to_owned(),
            )
        })
        .collect()
}

#[test]
fn a_part_of_a_film_has_its_chapters_in_every_container() {
    let folder = Folder::new();
    folder.write("plan.json", PLAN);
    // The flood departs at 4:28.68; its chapter begins 0.4 s before, in frame 1341.
    let expected = [(0, "First; scan = \"1\"".to_owned()), (16_200, "The flood".to_owned())];
    folder.succeed(&format!("render {PART} -o film.mp4"));
    assert_eq!(chapters(&folder.path("film.mp4")), expected);
    for film in ["by-ffmpeg.mp4", "film.mkv", "film.webm"] {
        folder.succeed(&format!("render {PART} --encoder ffmpeg -o {film}"));
        assert_eq!(chapters(&folder.path(film)), expected, "{film}");
    }
    // Of four seconds with the flood, its chapter is all there is.
    folder.succeed(&format!("render {FLOOD} -o flood.mp4"));
    assert_eq!(chapters(&folder.path("flood.mp4")), [(0, "The flood".to_owned())]);
    folder.succeed("render --frames 6650..6750 --size 320x180 --quiet -o plain.mp4");
    assert!(chapters(&folder.path("plain.mp4")).is_empty());
    assert_eq!(folder.frames("plain.mp4"), 100);
}

/// What is left of a film by ffmpeg has no chapters beyond its end, and its subtitles beside it.
#[cfg(unix)]
#[test]
fn a_film_that_was_cut_short_has_what_stands_beside_it_and_no_more() {
    let folder = Folder::new();
    folder.write("plan.json", PLAN);
    let film = "render --plan plan.json --size 1280x720 --encoder ffmpeg --subtitles srt --poster p.png";
    let running = folder.start(&format!("{film} --codec libx264 -o film.mkv"), Stdio::null());
    let begun = || {
        let hidden = folder.names().into_iter().filter(|name| name.starts_with('.'));
        hidden
            .filter_map(|name| folder.path(&name).metadata().ok())
            .any(|file| file.len() > 0)
    };
    wait_until("ffmpeg writes", begun);
    running.send("INT");
    let ran = running.end();
    assert_eq!(ran.code, Some(130), "{}", ran.stderr);
    assert_eq!(
        folder.names(),
        ["film.partial.mkv", "film.partial.srt", "plan.json"],
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("--subtitles srt --poster p.png"), "{}", ran.stderr);
    // As readable as any file.
    let mode = |name: &str| folder.path(name).metadata().unwrap().permissions();
    assert_eq!(mode("film.partial.mkv"), mode("plan.json"));
    // The first scan begins after 73 seconds.
    let listed = chapters(&folder.path("film.partial.mkv"));
    assert_eq!(listed, [(0, "A <title> & more".to_owned())]);
    assert!(folder.frames("film.partial.mkv") > 0);
}

/// A film that does not fit has its subtitles, too, or it is told that they are missing.
#[cfg(unix)]
#[test]
fn a_film_that_does_not_fit_has_its_subtitles() {
    let folder = Folder::new();
    folder.write("plan.json", PLAN);
    let binary = env!("CARGO_BIN_EXE_portbloom");
    let line = format!("{binary} render --adapter software --subtitles vtt {FLOOD} -o film.mp4");
    let ran = Command::new("sh")
        .args(["-c", &format!("ulimit -f 400; exec {line}")])
        .current_dir(folder.path(""))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stderr);
    assert_eq!(ran.status.code(), Some(1), "{said}");
    assert!(said.contains("film.partial.mp4` holds"), "{said}");
    assert!(folder.read("film.partial.vtt").starts_with(b"WEBVTT"), "{said}");
}

/// The chapters as a player lists them.
#[test]
fn mpv_lists_the_chapters() {
    if Command::new("mpv").arg("--version").output().is_err() {
        eprintln!("skipped: there is no mpv here (./setup.sh --tests installs it)");
        return;
    }
    let folder = Folder::new();
    folder.write("plan.json", PLAN);
    folder.succeed(&format!("render {PART} -o film.mp4"));
    let output = Command::new("mpv")
        .args(["--no-config", "--vo=null", "--ao=null", "--frames=1"])
        .arg("--term-playing-msg=${chapter-list/count}|${chapter-list/0/title}|${chapter-list/1/title}|${chapter-list/1/time}")
        .arg(folder.path("film.mp4"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("2|First; scan = \"1\"|The flood|00:00:16"), "{said}");
}

#[test]
fn subtitles_are_the_captions_by_the_times_of_the_part() {
    let folder = Folder::new();
    folder.write("plan.json", PLAN);
    folder.succeed(&format!("render {FLOOD} --subtitles vtt,srt -o film.mp4"));
    assert_eq!(folder.names(), ["film.mp4", "film.srt", "film.vtt", "plan.json"]);
    // From 0.4 s before frame 6717 of 25 a second: 268.28 s, and the part begins at 266 s and ends at 270 s.
    let vtt = String::from_utf8(folder.read("film.vtt")).unwrap();
    assert_eq!(vtt, "WEBVTT\n\n00:00:02.280 --> 00:00:04.000\nIran floods UDP 2193\n");
    let srt = String::from_utf8(folder.read("film.srt")).unwrap();
    assert_eq!(srt, "1\n00:00:02,280 --> 00:00:04,000\nIran floods UDP 2193\n");
    // They are captions again.
    folder.succeed("frame --captions film.vtt --frame 80 --size 320x180 --quiet -o a.png");
    folder.succeed("frame --captions film.srt --frame 80 --size 320x180 --quiet -o b.png");
    assert_eq!(folder.read("a.png"), folder.read("b.png"));

    folder.succeed("render --plan plan.json --frames 6100..6150 --size 320x180 --quiet --subtitles vtt -o scan.mp4");
    let vtt = String::from_utf8(folder.read("scan.vtt")).unwrap();
    assert!(vtt.contains("A scan &amp; a &lt;b&gt;bold&lt;/b&gt; one"), "{vtt}");
}

#[test]
fn files_beside_a_film_are_refused_before_the_log_is_read() {
    let folder = Folder::new();
    folder.write("film.vtt", "kept");
    let said = folder.fail("render no-such-log.csv --subtitles vtt -o film.mp4");
    assert!(said.contains("`film.vtt` exists and is kept"), "{said}");
    folder.write("log.srt", "time,source,protocol,dst_port\n");
    let said = folder.refuse("render log.srt --subtitles srt --force -o log.mp4");
    assert!(said.contains("named twice"), "{said}");
    for output in ["--sink null", "-o -", "-o f/%05d.png"] {
        let said = folder.refuse(&format!("render --subtitles vtt {output}"));
        assert!(
            said.contains("--subtitles stands beside a film that is a file"),
            "{said}"
        );
    }
    let said = folder.refuse("render --poster poster.jpg -o film.mp4");
    assert!(said.contains("a picture is written as .png"), "{said}");
}

#[test]
fn the_poster_shows_the_strongest_event() {
    let folder = Folder::new();
    folder.write("plan.json", PLAN);
    folder
        .succeed("render --plan plan.json --frames 6740..6760 --size 320x180 --quiet --poster poster.png --sink null");
    // The flood's largest bubble half-way: 1.4 s after 4:28.69, with its caption.
    folder.succeed("frame --plan plan.json --frame 6752 --size 320x180 --quiet -o half-way.png");
    assert_eq!(folder.read("poster.png"), folder.read("half-way.png"));
    // Without a plan it is the picture that `frame` shows by itself.
    folder.succeed("render --frames 0..2 --size 320x180 --quiet --poster busiest.png --sink null");
    folder.succeed("frame --size 320x180 --quiet -o frame.png");
    assert_eq!(folder.read("busiest.png"), folder.read("frame.png"));
}

#[test]
fn the_report_tells_that_the_flood_does_not_flash() {
    let folder = Folder::new();
    folder.succeed("render --frames 6700..6800 --size 320x180 --quiet --report report.json --sink null");
    assert_eq!(folder.json("report.json")["flashes"], 0);
}
