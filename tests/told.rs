//! What a film tells besides its log: captions, speeds and cards, in every view, whoever draws them.

#![expect(clippy::unwrap_used, reason = "these are tests")]

#[expect(dead_code, reason = "each test file uses a part of this")]
mod common;
mod support;

use common::Folder;
use portbloom::gpu::{Renderer, RendererSettings};
use portbloom::log::{Grouping, Log, View};
use portbloom::model::{Port, Protocol};
use portbloom::raster::Raster;
use portbloom::scene::{Caption, Card, Focus, Scene, SceneSettings};
use portbloom::timeline::{ONE, SpeedRange, TimeSpec};
use support::adapter::context;
use support::{Difference, compare_with_reference, hosts_log, ink, log_of, sample_by, sample_log};

const MINUTE: i64 = 60_000_000_000;
/// From the start of July to the bins of the flood.
const FLOOD_NS: i64 = (23 * 24 + 7) * 60 * MINUTE + 45 * MINUTE;

fn range(from_ns: i64, to_ns: i64, speed: u32) -> SpeedRange {
    SpeedRange { from_ns, to_ns, speed }
}

/// The sample with the flood at an eighth of the speed, two fast days, and two seconds before and three after.
fn paced(log: &Log) -> Log {
    let ranges = [
        range(FLOOD_NS, FLOOD_NS + 15 * MINUTE, ONE / 8),
        range(2 * 1440 * MINUTE, 4 * 1440 * MINUTE, 4 * ONE),
    ];
    log.at_speeds(&ranges, [2_000_000_000, 3_000_000_000]).unwrap()
}

fn flood() -> Caption {
    Caption {
        time_ns: None,
        from_ms: 0,
        to_ms: i64::MAX,
        text: "Iran floods UDP 2193 on tokyo: 11,116 packets in 10 minutes".to_owned(),
        source: Some("IR".to_owned()),
        port: Some(Port {
            protocol: Protocol::Udp,
            number: 2193,
        }),
        host: Some("groucho-tokyo".to_owned()),
    }
}

fn settings(size_px: [u32; 2], captions: Vec<Caption>) -> SceneSettings {
    SceneSettings {
        size_px,
        countries: 44,
        title: "Test".to_owned(),
        captions,
        cards: [
            Some(card(&["first line", "and a second one that is a little longer"])),
            Some(card(&["one"])),
        ],
        ..SceneSettings::default()
    }
}

fn card(lines: &[&str]) -> Card {
    Card {
        title: "A title".to_owned(),
        lines: lines.iter().map(|line| (*line).to_owned()).collect(),
    }
}

/// Frames all over a film.
fn some_frames(frames: u64, count: u64) -> impl Iterator<Item = u64> {
    (0..count).map(move |index| index * (frames - 1) / (count - 1))
}

#[test]
fn what_has_left_is_what_the_clock_has_come_to_at_any_speed() {
    for grouping in [Grouping::Ports, Grouping::PortsByHost] {
        let log = sample_by(&TimeSpec::default(), grouping);
        let (plain, paced) = (
            Scene::new(log.clone(), settings([320, 180], Vec::new())),
            Scene::new(paced(&log), settings([320, 180], Vec::new())),
        );
        assert_eq!(plain.sizes(), paced.sizes());
        // Besides two seconds and three: 15 minutes at an eighth are 7 times 3 frames more, each of their ramps 12.5 for
        // what would be 7; two days at four times the speed are 3/4 of 576 frames less, each of their ramps 12.5 for
        // what would be 31.
        let more = paced.frames() as i64 - plain.frames() as i64 - 125;
        assert!((-439..-436).contains(&more), "{more} frames more");
        for number in some_frames(paced.frames(), 400) {
            let frame = paced.frame(number);
            let left: u64 = frame.totals.iter().chain(&frame.in_flight).sum();
            // By the frame's own time, and by that of the next, which its counters reach.
            let come_to = |number: u64| -> u64 {
                let time_ns = paced.log().data_time_ns(&paced.log().timeline, number);
                let offset_ns = time_ns - log.timeline.start_ns;
                let departed = log.bubbles.departed_by(offset_ns);
                log.bubbles.range(0..departed).map(|bubble| bubble.packets).sum()
            };
            // Before the first packet, time stands at the start, at which none leaves.
            assert!(
                (come_to(number)..=come_to(number + 1)).contains(&left),
                "frame {number}: {left}"
            );
        }
        let last = paced.frame(paced.frames() - 1);
        assert_eq!(last.totals, plain.frame(plain.frames() - 1).totals);
        assert_eq!(paced.frame(0).totals, [0; 3]);
    }
}

#[test]
fn a_time_is_found_at_any_speed_and_bubbles_keep_theirs() {
    let log = sample_log(&TimeSpec::default());
    let paced = paced(&log);
    let start_ns = log.timeline.start_ns;
    for number in some_frames(paced.timeline.frames() - 75, 300).skip(3) {
        let time_ns = paced.data_time_ns(&paced.timeline, number);
        if number >= 50 && time_ns < log.timeline.end_ns {
            let found = paced.frame_at(time_ns).unwrap();
            assert!(found.abs_diff(number) <= 1, "{number}: {found}");
        }
    }
    assert_eq!(paced.frame_at(start_ns - 1), None);
    let times = |log: &Log| -> Vec<(i64, u64)> {
        let mut times: Vec<_> = log
            .bubbles
            .iter()
            .map(|bubble| (log.data_offset_ns(bubble.offset_ns), bubble.packets))
            .collect();
        times.sort_unstable();
        times
    };
    // Four times as fast, several moments of the log may be one: there none is faster.
    let slow = log
        .at_speeds(&[range(FLOOD_NS, FLOOD_NS + 15 * MINUTE, ONE / 8)], [1_000_000_000, 0])
        .unwrap();
    assert_eq!(times(&slow), times(&log));
    // Speeds are given in place of others, not on top of them.
    let again = slow.at_speeds(&[], [0; 2]).unwrap();
    assert_eq!((again.timeline, times(&again)), (log.timeline, times(&log)));
}

#[test]
fn captions_and_cards_cover_no_other_text() {
    let spec = TimeSpec::default();
    let sample = sample_by(&spec, Grouping::PortsByHost);
    let many = log_of(&hosts_log(3000, 500), &spec, Grouping::PortsByHost);
    let long = Caption {
        text: "A sentence that somebody wrote about this log, which is so long that it takes more than one line, and then \
               some more of it, because people do, and in the end far more than anybody would ever want to read in a film"
            .to_owned(),
        ..flood()
    };
    let sizes = [
        ([1280, 720], false),
        ([3840, 2160], false),
        ([1280, 960], false),
        ([1080, 1920], false),
        ([2560, 1080], false),
        ([1080, 1080], true),
        ([1080, 1920], true),
        ([1920, 1080], true),
    ];
    for (size_px, large) in sizes {
        for (view, hosts) in [(View::Ports, true), (View::Hosts, false), (View::PortsAndHosts, false)] {
            for log in [&sample, &many] {
                for caption in [flood(), long.clone()] {
                    let settings = SceneSettings {
                        view,
                        hosts,
                        large,
                        countries: if large { 20 } else { 44 },
                        ..settings(size_px, vec![caption])
                    };
                    let scene = Scene::new(log.clone(), settings);
                    for number in some_frames(scene.frames(), 4) {
                        let frame = scene.frame(number);
                        let boxes: Vec<_> = scene
                            .restyled_labels(&frame)
                            .into_iter()
                            .chain(frame.labels.iter().cloned())
                            .filter(|label| label.color[3] > 0 && !label.text.contains('→'))
                            .map(|label| (ink(&label), label))
                            .collect();
                        let from = boxes.len() - scene_lines(&scene, &frame);
                        for (a, label) in &boxes[from..] {
                            assert!(
                                a[0] >= 0.0 && a[2] <= size_px[0] as f32,
                                "{size_px:?} {view:?}, large {large}: {label:?} leaves the picture"
                            );
                            for (b, other) in boxes.iter().filter(|(_, other)| other != label) {
                                let apart = a[2] <= b[0] || b[2] <= a[0] || a[3] <= b[1] || b[3] <= a[1];
                                assert!(
                                    apart,
                                    "{size_px:?} {view:?}, large {large}, frame {number}: {label:?} and {other:?}"
                                );
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The number of lines of the caption in a frame, which are its last labels.
fn scene_lines(scene: &Scene, frame: &portbloom::scene::Frame) -> usize {
    let text = &scene.settings().captions[0].text;
    let mut lines = 0;
    for label in frame.labels.iter().rev() {
        if !text.contains(label.text.trim_end_matches('…')) || label.text.len() < 8 {
            break;
        }
        lines += 1;
    }
    assert!((1..=3).contains(&lines), "{lines} lines of {text}");
    lines
}

#[test]
fn a_caption_lights_what_it_speaks_of() {
    let log = sample_by(&TimeSpec::default(), Grouping::PortsByHost);
    let mut caption = flood();
    (caption.from_ms, caption.to_ms) = (268_000, 274_000);
    let scene = Scene::new(log.clone(), settings([640, 360], vec![caption.clone()]));
    let (before, fading, standing) = (scene.frame(6690), scene.frame(6702), scene.frame(6740));
    assert!(!before.focus.is_some() && !before.restyles());
    let iran = scene.rows().iter().position(|row| row.code == "IR").unwrap() as u32;
    for frame in [&fading, &standing] {
        assert_eq!(frame.focus.row, Some(iran));
        let slot = frame.focus.slot.unwrap() as usize;
        assert_eq!(scene.flights().end_full_name(slot), "UDP 2193");
        assert!(frame.labels.iter().any(|label| *label.text == caption.text));
    }
    assert!(standing.dim < fading.dim && fading.dim < 1.0);
    // What is pointed at in a window is lit in place of it.
    let pointed = Focus {
        row: Some(3),
        ..Focus::default()
    };
    assert_eq!(scene.moment(6740, 0, pointed).focus, pointed);
    // What the log does not have is not lit, and nothing else steps back for it.
    caption.source = Some("XX".to_owned());
    (caption.port, caption.host) = (None, Some("nobody".to_owned()));
    let scene = Scene::new(log, settings([640, 360], vec![caption]));
    assert!(!scene.frame(6740).focus.is_some());
    // A resized scene is the scene of that size.
    let resized = scene.resized([1280, 720]);
    let anew = Scene::new(
        scene.log().clone(),
        settings([1280, 720], scene.settings().captions.clone()),
    );
    assert_eq!(resized.frame(6740), anew.frame(6740));
}

#[test]
fn a_caption_lights_both_halves_of_a_picture() {
    let log = sample_by(&TimeSpec::default(), Grouping::PortsByHost);
    let of = |source: Option<&str>, port: Option<Port>, host: Option<&str>, hosts: bool| {
        let caption = Caption {
            source: source.map(str::to_owned),
            host: host.map(str::to_owned),
            port,
            from_ms: 268_000,
            to_ms: 274_000,
            ..flood()
        };
        let settings = SceneSettings {
            view: View::PortsAndHosts,
            hosts,
            ..settings([1280, 720], vec![caption])
        };
        let scene = Scene::new(log.clone(), settings);
        let frame = scene.frame(6740);
        let full = |is_to_host: bool| -> (usize, usize) {
            let bubbles = scene.alive(&frame, 0..frame.order.len()).zip(&frame.order);
            let of_side = bubbles.filter(|(_, index)| {
                scene
                    .end(scene.flights().bubbles.port(**index as usize) as usize)
                    .port()
                    .is_none()
                    == is_to_host
            });
            let plain = scene.moment(
                6740,
                0,
                Focus {
                    row: Some(9999),
                    ..Focus::default()
                },
            );
            let dark: Vec<f32> = scene
                .alive(&plain, 0..plain.order.len())
                .map(|bubble| bubble.fade)
                .collect();
            let lit: Vec<bool> = of_side
                .map(|(bubble, index)| {
                    let at = plain.order.iter().position(|other| other == index).unwrap();
                    bubble.fade > 3.0 * dark[at]
                })
                .collect();
            (lit.iter().filter(|lit| **lit).count(), lit.len())
        };
        (full(false), full(true))
    };
    let flooded = flood().port;
    let tokyo = Some("groucho-tokyo");
    let (ports, to_hosts) = of(Some("IR"), flooded, tokyo, false);
    assert!(ports.0 > 0 && ports.0 < ports.1 / 2 && to_hosts.0 > 0 && to_hosts.0 < to_hosts.1 / 2);
    // With gates the same bubbles to hosts.
    assert_eq!(of(Some("IR"), flooded, tokyo, true).1.0, to_hosts.0);
    // Without the one or the other, what the source sends in that half.
    let all = of(Some("IR"), None, None, false);
    assert_eq!(of(Some("IR"), flooded, None, false), (ports, all.1));
    assert_eq!(of(Some("IR"), None, tokyo, false), (all.0, to_hosts));
    // Without a source, the half that has it alone.
    assert!(of(None, None, tokyo, false).0.0 == 0 && of(None, None, tokyo, false).1.0 >= to_hosts.0);
    assert!(of(None, flooded, None, false).1.0 == 0 && of(None, flooded, None, false).0.0 >= ports.0);
}

#[test]
fn the_cpu_draws_what_is_told_as_the_gpu_does() {
    let log = paced(&sample_by(&TimeSpec::default(), Grouping::PortsByHost));
    let flood = log.frame_at(log.timeline.start_ns + FLOOD_NS + 8 * MINUTE).unwrap();
    for tiles in [false, true] {
        let mut context = context();
        context.draw_tiles(tiles);
        let scene = Scene::new(log.clone(), settings([640, 360], vec![self::flood()]));
        let mut gpu = Renderer::new(&context, &scene, RendererSettings::default()).unwrap();
        // The same renderers draw one after the other: what is restyled for one frame is not for the next.
        let mut cpu = Raster::new(&scene, false).unwrap();
        for number in [0, 3, 45, flood, 1000, scene.frames() - 1] {
            let frame = scene.frame(number);
            cpu.draw(&frame);
            let difference = Difference::of(&cpu.rgba(), &gpu.still(&frame).unwrap());
            assert!(difference.is_small(), "frame {number}, tiles {tiles}: {difference:?}");
        }
    }
}

/// Compares a frame with its reference.
fn look(name: &str, scene: &Scene, number: u64) {
    let mut raster = Raster::new(scene, false).unwrap();
    raster.draw(&scene.frame(number));
    compare_with_reference(name, scene.size_px(), &raster.rgba());
}

#[test]
fn a_caption_and_a_slow_flood_look_as_they_did() {
    let log = paced(&sample_log(&TimeSpec::default()));
    let flood = log.frame_at(log.timeline.start_ns + FLOOD_NS + 8 * MINUTE).unwrap();
    look(
        "told-caption",
        &Scene::new(log, settings([640, 360], vec![self::flood()])),
        flood,
    );
}

#[test]
fn a_card_looks_as_it_did() {
    let log = paced(&sample_log(&TimeSpec::default()));
    look("told-card", &Scene::new(log, settings([640, 360], Vec::new())), 0);
}

const PLAN: &str = r#"{"portbloom_plan": 1, "title": "Nine honeypots",
    "captions": [{"at": "2013-07-24T07:46:25Z", "text": "Iran floods UDP 2193", "about": {"source": "IR", "port": "udp/2193"}},
                 {"at": "2014-07-24", "text": "too late"}],
    "speeds": [{"from": "2013-07-24T07:45:00Z", "to": "2013-07-24T08:00:00Z", "speed": "1/8"}],
    "cards": {"start": {"secs": 1}, "end": {"secs": 2}}}"#;

#[test]
fn a_part_of_a_film_with_a_plan_is_that_part_of_the_whole() {
    let folder = Folder::new();
    folder.write("plan.json", PLAN);
    let run = |frames: &str, name: &str| {
        folder.succeed(&format!(
            "render --plan plan.json --start 2013-07-24 --end 2013-07-25 --size 320x180 {frames} -o {name} --adapter software"
        ))
    };
    let said = run("", "whole.y4m");
    assert!(
        said.contains("plan.json: 1 of 2 captions outside of the film, and left out"),
        "{said}"
    );
    run("--frames ..100", "a.y4m");
    run("--frames 100..", "b.y4m");
    let (whole, mut a, b) = (folder.read("whole.y4m"), folder.read("a.y4m"), folder.read("b.y4m"));
    let header = b.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    a.extend(&b[header..]);
    assert!(whole == a, "{} bytes and {}", whole.len(), a.len());
}

#[test]
fn what_is_found_is_told_as_its_plan_tells_it() {
    let folder = Folder::new();
    folder.succeed("direct -o plan.json -q");
    for options in [
        "--frame 6800",
        "--hosts --at 2013-07-22T08:00",
        "--frame 8290 --view hosts",
    ] {
        let shown = |telling: &str| folder.scene(&format!("{options} --size 320x180 {telling}"));
        let by_plan = shown("--plan plan.json");
        assert_eq!(shown("--direct"), by_plan, "{options}");
    }
    assert!(folder.scene("--frame 6800 --size 320x180 --direct")["caption"].is_string());
}

#[test]
fn films_stand_still_and_go_slow_as_options_say() {
    let folder = Folder::new();
    let frames = |options: &str| -> u64 {
        let scene = folder.scene(&format!(
            "--frame 0 --start 2013-07-24 --end 2013-07-25 --size 320x180 {options}"
        ));
        scene["frames"].as_u64().unwrap()
    };
    let plain = frames("");
    assert_eq!(frames("--hold-start 2s --hold-end 1.2s"), plain + 80);
    let slow = frames("--speed 2013-07-24T07:45..2013-07-24T08:45=1/4");
    // 360 frames become 1440, and the ramps take 12.5 each, for what would be 7.8 at the film's pace.
    assert!((plain + 1088..plain + 1092).contains(&slow), "{plain} and {slow}");
    for (options, expected) in [
        (
            "--speed 2013-07-24..2013-07-25=1/3",
            "a speed is one of 1/8, 1/4, 1/2, 4",
        ),
        ("--speed 2013-07-25..2013-07-24=1/4", "its end is not after its start"),
        ("--speed 2013-07-24=1/4", "expected two times and a speed"),
        ("--hold-start 2h", "at most 3600 seconds"),
        (
            "--speed 2013-07-24T07:30..2013-07-24T09:00=1/2 --speed 2013-07-24T07:00..2013-07-24T08:00=1/4",
            "--speed 2013-07-24T07:00:00Z..2013-07-24T08:00:00Z=1/4 and --speed 2013-07-24T07:30:00Z..",
        ),
    ] {
        let ran = folder.run(&format!("frame {options} -o a.png"));
        let said = ran.stderr;
        assert_eq!(ran.code, Some(2), "{said}");
        assert!(said.contains(expected), "{options}: {said}");
    }
    // Whether one of a plan does is known when that is read.
    folder.write(
        "p.json",
        r#"{"portbloom_plan": 1, "speeds": [{"from": "2013-07-24T07:00", "to": "2013-07-24T08:00", "speed": "1/4"}]}"#,
    );
    let said = folder.fail("frame --plan p.json --speed 2013-07-24T07:30..2013-07-24T09:00=1/2 -o a.png");
    assert!(
        said.contains("two speeds for 2013-07-24T07:30:00Z, one by --speed and one by p.json"),
        "{said}"
    );
    // While the last bubbles fly on, the time of the data does, whatever the film's speeds.
    let last = |options: &str, frame: u64| -> String {
        let shown = folder.scene(&format!("--frame {frame} --size 320x180 {options}"));
        shown["data_time"].as_str().unwrap().to_owned()
    };
    // A frame is five minutes of the sample, and a flight 70 frames: the last is 69 frames behind the end of its data.
    assert_eq!(last("", 8133), "2013-07-29T05:45:00Z");
    let slow = "--speed 2013-07-24T07:00..2013-07-24T08:00=1/2 --hold-end 1s";
    let shown = folder.scene(&format!("--frame 0 --size 320x180 {slow}"));
    let frames = shown["frames"].as_u64().unwrap();
    for frame in [frames - 26, frames - 1] {
        assert!(last(slow, frame).starts_with("2013-07-29T05:"), "{}", last(slow, frame));
    }
}

#[test]
fn what_matches_nothing_is_told() {
    let folder = Folder::new();
    folder.write(
        "p.json",
        r#"{"portbloom_plan": 1,
            "captions": [{"at": "2013-07-10", "text": "x", "about": {"source": "XX"}},
                         {"at": "2013-07-11", "text": "y", "about": {"source": "CN", "port": "2193", "host": "tokyo"}},
                         {"at": "2013-07-12", "text": "z", "about": {"source": "CN", "host": "groucho-tokyo"}}],
            "chapters": [{"at": "2013-07-10", "title": "in"}, {"at": "2014-07-10", "title": "out"}],
            "speeds": [{"from": "2012-07-24", "to": "2012-07-25", "speed": "1/4"}]}"#,
    );
    let said = folder.succeed("frame --plan p.json --speed 2014-01-01..2014-01-02=4 --size 320x180 --frame 9 -o a.png");
    for expected in [
        "p.json: the log does not have captions[0].about.source `XX`, nor what 1 caption more are about",
        "p.json: 1 of 2 chapters outside of the film, and left out",
        "p.json: 1 of 1 speed outside of the film, and left out",
        "--speed: 1 of 1 speed outside of the film, and left out",
    ] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
    folder.write(
        "c.vtt",
        "WEBVTT\n\n00:01.000 --> 00:02.000\nfirst\n\n00:03.000 --> 00:04.000\nsecond\n",
    );
    let said = folder.succeed("render --sink null --size 64x64 --highlights 9s --hold-start 9s --captions c.vtt");
    assert!(
        said.contains("2 of 2 captions of c.vtt stand elsewhere in the film"),
        "{said}"
    );
    assert!(
        said.contains("--highlights: there is no room for the card before the film"),
        "{said}"
    );
}

#[test]
fn captions_of_others_are_shown_and_what_is_wrong_is_told_with_its_place() {
    let folder = Folder::new();
    folder.write("c.vtt", "WEBVTT\n\n00:01.000 --> 00:09.000\nHello\n");
    let shown = folder.scene("--frame 100 --size 320x180 --captions c.vtt");
    assert_eq!(shown["caption"], "Hello");
    folder.write("c.csv", "2013-07-01 05:00,Good morning\n");
    let shown = folder.scene("--frame 70 --size 320x180 --captions c.csv");
    assert_eq!(shown["caption"], "Good morning");
    folder.write("c.csv", "1:00,مرحبا\n");
    let said = folder.succeed("frame --frame 70 --size 320x180 --captions c.csv -o boxes.png");
    assert!(said.contains("the typeface has no "), "{said}");
    folder.write("strange.json", r#"{"portbloom_plan": 1, "fingerprint": "another"}"#);
    let said = folder.succeed("frame --frame 0 --size 320x180 --plan strange.json -o strange.png");
    assert!(said.contains("strange.json: was made for another log"), "{said}");
    for (name, text, expected) in [
        (
            "a.json",
            "{\"portbloom_plan\": 1,\n\"captions\": [{}]}",
            "a.json: it is no plan: missing field `at` at line 2",
        ),
        ("b.json", "time,text", "b.json: it is no plan: expected"),
        ("c.json", r#"{"portbloom_plan": 9}"#, "c.json: its schema is version 9"),
    ] {
        folder.write(name, text);
        let said = folder.fail(&format!("frame --plan {name} -o x.png"));
        assert!(said.contains(expected), "{said}");
    }
    folder.write("d.srt", "1\n00:00:01,000 --> soon\nx\n");
    let said = folder.fail("frame --captions d.srt -o x.png");
    assert!(said.contains("d.srt: line 2: `soon` is no time of a film"), "{said}");
    folder.write("e.srt", [0x31, 0xff, 0xfe, 0x00]);
    let said = folder.fail("frame --captions e.srt -o x.png");
    assert!(said.contains("e.srt: is neither in UTF-8 nor in UTF-16"), "{said}");
    // As Windows writes them.
    let utf16 = |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
    folder.write(
        "f.srt",
        utf16("\u{feff}1\r\n00:00:01,000 --> 00:00:09,000\r\nGrüße aus Tōkyō\r\n"),
    );
    let shown = folder.scene("--frame 100 --size 320x180 --captions f.srt");
    assert_eq!(shown["caption"], "Grüße aus Tōkyō");
    folder.write(
        "f.json",
        utf16("\u{feff}{\"portbloom_plan\": 1, \"fingerprint\": \"another\"}"),
    );
    let said = folder.succeed("frame --frame 0 --size 320x180 --plan f.json -o utf16.png");
    assert!(said.contains("f.json: was made for another log"), "{said}");
    assert!(
        folder
            .fail("frame --plan nowhere.json -o x.png")
            .contains("nowhere.json")
    );
    // A command never replaces what it reads.
    folder.write("plan.json", PLAN);
    let said = folder.refuse("frame --plan plan.json --json plan.json -o x.png --force");
    assert!(said.contains("plan.json"), "{said}");
    assert_eq!(folder.read("plan.json"), PLAN.as_bytes());
}
