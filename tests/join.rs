//! Films in parts: shards and ranges of frames, put together by `portbloom join`, and all that may be wrong with them.
#![expect(clippy::unwrap_used, reason = "these are tests")]

#[expect(dead_code, reason = "each test file uses a part of this")]
mod common;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use common::{Folder, Running, wait_until};
use portbloom::output::h264::{H264Settings, SegmentEncoder, Starters};
use portbloom::output::mark::Mark;
use portbloom::output::mp4::{Mp4Settings, Mp4Writer};
use portbloom::output::pixels::I420;
use portbloom::output::whole_file::WholeFile;

/// A film of 345 frames, in seven segments.
const FILM: &str = "render log.csv --size 64x64 --duration 11s --quiet";

fn folder() -> Folder {
    let folder = Folder::new();
    folder.succeed("synth --events 3000 --span 6h --hosts 12 -o log.csv");
    folder
}

/// The same with four shards of that film, `1.mp4` to `4.mp4`, and the film, `whole.mp4`.
fn shards() -> Folder {
    let folder = folder();
    for shard in 1..=4 {
        folder.succeed(&format!("{FILM} --shard {shard}/4 -o {shard}.mp4"));
    }
    folder.succeed(&format!("{FILM} -o whole.mp4"));
    folder
}

/// The words of the last `portbloom` line in a message, without that name.
fn line_in(message: &str) -> String {
    let (_, line) = message.rsplit_once("portbloom ").expect("a command");
    line.trim().to_owned()
}

#[test]
fn shards_are_the_film_of_one_run_to_the_last_bit() {
    let folder = folder();
    folder.write(
        "plan.json",
        r#"{"portbloom_plan": 1, "title": "Parts",
            "chapters": [{"at": "2026-01-01T00:00:00Z", "title": "Night"}, {"at": "2026-01-01T03:10:00Z", "title": "Dawn"}],
            "captions": [{"at": "2026-01-01T01:00:00Z", "secs": 3, "text": "One hour"}]}"#,
    );
    for (name, more) in [
        ("plain", ""),
        ("told", "--direct --hold-end 1s"),
        ("planned", "--plan plan.json --duration 24s"),
        (
            "paced",
            "--speed 2026-01-01T02:00..2026-01-01T02:10=1/4 --view ports,hosts --fps 30000/1001",
        ),
    ] {
        let film = match more.contains("--duration") {
            true => FILM.replace("--duration 11s ", ""),
            false => FILM.to_owned(),
        };
        folder.succeed(&format!("{film} {more} -o {name}.mp4"));
        for of in [1, 3, 7] {
            let mut parts = Vec::new();
            for shard in (1..=of).rev() {
                let part = format!("{name}-{of}-{shard}.mp4");
                folder.succeed(&format!("{film} {more} --shard {shard}/{of} -o {part} --jobs {shard}"));
                parts.push(part);
            }
            let joined = format!("{name}-{of}.mp4");
            let said = folder.succeed(&format!("join {} -o {joined}", parts.join(" ")));
            assert!(said.contains(&format!("of {of} part")), "{said}");
            assert!(folder.read(&joined) == folder.read(&format!("{name}.mp4")), "{joined}");
        }
    }
    let chapters = Command::new("ffprobe")
        .args(["-v", "error", "-show_chapters"])
        .arg(folder.path("planned-3.mp4"))
        .output();
    let chapters = String::from_utf8(chapters.expect("ffprobe runs").stdout).unwrap();
    assert!(
        chapters.contains("title=Night") && chapters.contains("title=Dawn"),
        "{chapters}"
    );
}

#[test]
fn shards_of_uncompressed_films_and_pictures_are_those_of_one_run() {
    let folder = folder();
    let film = FILM.replace("11s", "1s");
    folder.succeed(&format!("{film} -o whole.y4m"));
    fs::create_dir(folder.path("whole")).unwrap();
    folder.succeed(&format!("{film} -o whole/%03d.png"));
    for shard in 1..=3 {
        folder.succeed(&format!("{film} --shard {shard}/3 -o {shard}.y4m"));
        fs::create_dir(folder.path(&format!("p{shard}"))).unwrap();
        folder.succeed(&format!("{film} --shard {shard}/3 -o p{shard}/%03d.png"));
    }
    // A decoder that is not ours takes the mark for a comment.
    assert_eq!(
        folder.frames("2.y4m") + folder.frames("1.y4m") + folder.frames("3.y4m"),
        folder.frames("whole.y4m")
    );
    folder.succeed("join 3.y4m 1.y4m 2.y4m -o joined.y4m");
    assert!(folder.read("joined.y4m") == folder.read("whole.y4m"));
    fs::create_dir(folder.path("joined")).unwrap();
    folder.succeed("join p2/%03d.png p1/%03d.png p3/%03d.png -o joined/%03d.png");
    let pictures = |name: &str| {
        let mut all: Vec<_> = fs::read_dir(folder.path(name))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        all.sort();
        let bytes = all
            .iter()
            .map(|path| (path.file_name().unwrap().to_owned(), fs::read(path).unwrap()));
        bytes.collect::<Vec<_>>()
    };
    assert!(pictures("joined") == pictures("whole"));
    // One folder for all shards.
    fs::create_dir(folder.path("all")).unwrap();
    for shard in 1..=3 {
        folder.succeed(&format!("{film} --shard {shard}/3 -o all/%03d.png"));
    }
    fs::create_dir(folder.path("again")).unwrap();
    folder.succeed("join all/%03d.png -o again/%03d.png");
    assert!(pictures("again") == pictures("whole"));

    let said = folder.fail("join all/%03d.png -o again/%03d.png");
    assert!(said.contains("`again/000.png` exists"), "{said}");
    fs::remove_file(folder.path("p2/040.png")).unwrap();
    let said = folder.fail("join p1/%03d.png p2/%03d.png p3/%03d.png -o joined/f%03d.png");
    assert!(said.contains("the frames 40..41 are missing"), "{said}");
    let said = folder.fail("join 1.y4m 3.y4m -o gap.y4m");
    assert!(
        said.contains("are missing") && said.contains("with --shard 2/3"),
        "{said}"
    );
    let whole = folder.fail("join whole.y4m -o copy.y4m");
    assert!(whole.contains("`whole.y4m` is no part of a film"), "{whole}");
    let whole = folder.fail("join whole/%03d.png -o f%03d.png");
    assert!(whole.contains("`whole/000.png` is no part of a film"), "{whole}");
    let cut = folder.read("2.y4m");
    folder.write("2.y4m", &cut[..cut.len() - 100]);
    let said = folder.fail("join 1.y4m 2.y4m 3.y4m -o gap.y4m");
    assert!(
        said.contains("`2.y4m` ends early") && said.contains("--shard 2/3"),
        "{said}"
    );
}

#[test]
fn parts_cut_anywhere_have_the_pictures_of_their_parts() {
    let folder = folder();
    // A lone frame before another, and parts that begin and end within segments.
    let edges = [0, 1, 2, 51, 52, 130, 170, 345];
    let mut names = Vec::new();
    let mut pictures = Vec::new();
    for two in edges.windows(2) {
        let name = format!("{}.mp4", two[0]);
        folder.succeed(&format!("{FILM} --frames {}..{} -o {name}", two[0], two[1]));
        pictures.extend(folder.decode(&name, [64, 64]));
        names.push(name);
    }
    folder.succeed(&format!("join {} -o joined.mp4", names.join(" ")));
    assert_eq!(folder.frames("joined.mp4"), 345);
    let joined = folder.decode("joined.mp4", [64, 64]);
    assert!(joined == pictures);
    // To be seen from any of its segments.
    let sought = Command::new("ffmpeg")
        .args(["-v", "error", "-ss", "2.1", "-i"])
        .arg(folder.path("joined.mp4"))
        .args(["-frames:v", "1", "-f", "null", "-"])
        .output()
        .unwrap();
    assert!(sought.status.success() && sought.stderr.is_empty());
}

#[test]
fn what_is_missing_is_named_with_the_command_that_makes_it() {
    let folder = shards();
    let said = folder.fail("join 4.mp4 1.mp4 3.mp4 -o film.mp4");
    assert!(
        said.contains("the frames 50..150 are missing; this makes them: portbloom render log.csv"),
        "{said}"
    );
    let line = line_in(&said);
    assert!(
        line.ends_with("--shard 2/4") && line.contains("-o film.50-150.mp4"),
        "{line}"
    );
    folder.succeed(&line);
    folder.succeed("join 4.mp4 1.mp4 3.mp4 film.50-150.mp4 -o film.mp4");
    assert!(folder.read("film.mp4") == folder.read("whole.mp4"));

    let said = folder.fail("join 2.mp4 4.mp4 5.mp4 -o other.mp4");
    assert!(said.contains("there is no `5.mp4`"), "{said}");
    assert!(
        said.contains("the frames 0..50 and another stretch are missing; this makes the first of them"),
        "{said}"
    );
    assert!(line_in(&said).ends_with("--shard 1/4"), "{said}");

    // Parts that are ranges of frames.
    folder.succeed(&format!("{FILM} --frames 60..150 -o range.mp4"));
    folder.succeed(&format!("{FILM} --frames ..60 -o begin.mp4"));
    let said = folder.fail("join range.mp4 begin.mp4 -o other.mp4");
    let line = line_in(&said);
    assert!(line.ends_with("--frames 150..345"), "{line}");
    folder.succeed(&line);
    folder.succeed("join range.mp4 begin.mp4 other.150-345.mp4 -o other.mp4");
    assert!(folder.decode("other.mp4", [64, 64]).len() == 345);
}

#[test]
fn parts_that_do_not_belong_together_are_named() {
    let folder = shards();
    folder.succeed("synth --events 3000 --span 6h --seed 2 -o log-2.csv");
    for (name, film, difference) in [
        (
            "size",
            FILM.replace("64x64", "66x64"),
            "its size is 66x64, and not 64x64",
        ),
        (
            "rate",
            FILM.replace("11s", "11s --fps 24"),
            "its rate is 24, and not 25",
        ),
        (
            "log",
            FILM.replace("log.csv", "log-2.csv --title log"),
            "its log is another",
        ),
        (
            "quality",
            format!("{FILM} --quality 60"),
            "its settings are others (--quality 60)",
        ),
        (
            "length",
            FILM.replace("11s", "12s"),
            "the length of its film is 370 frames, and not 345 frames",
        ),
    ] {
        folder.succeed(&format!("{film} --shard 2/4 -o {name}.mp4"));
        let said = folder.fail(&format!("join {name}.mp4 1.mp4 3.mp4 4.mp4 -o film.mp4"));
        let want = format!("`{name}.mp4` is not of the film of `1.mp4`: {difference}");
        assert!(said.contains(&want), "{said}");
        assert!(said.contains("--shard 2/4"), "{said}");
    }
    // Another version: its number stands in the mark as text.
    let version = env!("CARGO_PKG_VERSION");
    let mut part = folder.read("2.mp4");
    let at = part
        .windows(version.len())
        .position(|bytes| bytes == version.as_bytes())
        .expect("the version");
    part[at] = b'9';
    folder.write("version.mp4", &part);
    let said = folder.fail("join 1.mp4 version.mp4 3.mp4 4.mp4 -o film.mp4");
    let want = format!("its version of portbloom is 9{}, and not {version}", &version[1..]);
    assert!(said.contains(&want), "{said}");

    let said = folder.fail("join 1.mp4 2.mp4 3.mp4 2.mp4 4.mp4 -o film.mp4");
    assert!(
        said.contains("`2.mp4` and `2.mp4` both hold the frames 50..150"),
        "{said}"
    );
    folder.succeed(&format!("{FILM} --frames 40..60 -o across.mp4"));
    let said = folder.fail("join 1.mp4 2.mp4 3.mp4 4.mp4 across.mp4 -o film.mp4");
    assert!(
        said.contains("`1.mp4` and `across.mp4` both hold the frames 40..50"),
        "{said}"
    );
    let said = folder.fail("join whole.mp4 -o film.mp4");
    assert!(
        said.contains("`whole.mp4` is no part of a film: it has no mark"),
        "{said}"
    );
    folder.write("text.mp4", "no film");
    let said = folder.fail("join text.mp4 1.mp4 2.mp4 3.mp4 4.mp4 -o film.mp4");
    assert!(
        said.contains("`text.mp4` is no part of a film: it is no MP4 film"),
        "{said}"
    );
}

#[test]
fn parts_that_are_not_whole_are_named_with_the_command_that_makes_them() {
    let folder = shards();
    let whole = folder.read("2.mp4");
    let again = |bytes: &[u8], fault: &str| {
        folder.write("2.mp4", bytes);
        let said = folder.fail("join 1.mp4 2.mp4 3.mp4 4.mp4 -o film.mp4");
        assert!(said.contains(fault), "{said}");
        let line = line_in(&said);
        assert!(
            line.contains("-o 2.mp4") && line.ends_with("--shard 2/4 --force"),
            "{line}"
        );
        line
    };
    again(b"", "`2.mp4` is empty: it was cut short, or is still being written");
    // As it comes over a network.
    for bytes in [20, 1000, whole.len() / 2, whole.len() - 1] {
        again(&whole[..bytes], "`2.mp4` ");
    }
    let mut damaged = whole.clone();
    let end = damaged.len();
    damaged[end - 2000..].fill(0);
    let line = again(&damaged, "`2.mp4` is damaged");
    folder.succeed(&line);
    folder.succeed("join 1.mp4 2.mp4 3.mp4 4.mp4 -o film.mp4");
    assert!(folder.read("film.mp4") == folder.read("whole.mp4"));

    fs::remove_file(folder.path("2.mp4")).unwrap();
    let at_work = WholeFile::create(&folder.path("2.mp4"), false).unwrap();
    let said = folder.fail("join 1.mp4 2.mp4 3.mp4 4.mp4 -o other.mp4");
    assert!(
        said.contains("`2.mp4` is still being made by another run: wait for it"),
        "{said}"
    );
    drop(at_work);
    fs::create_dir(folder.path("folder.mp4")).unwrap();
    let said = folder.fail("join 1.mp4 folder.mp4 3.mp4 4.mp4 -o other.mp4");
    assert!(said.contains("`folder.mp4`"), "{said}");
}

#[cfg(unix)]
#[test]
fn a_film_that_was_ended_and_its_rest_are_the_film() {
    let folder = folder();
    let film = FILM.replace("64x64", "320x180").replace(" --quiet", "");
    let running = folder.start(&format!("{film} -o film.mp4 --jobs 1"), Stdio::null());
    wait_until("some frames are written", || {
        let hidden = folder.names().into_iter().find(|name| name.starts_with(".portbloom-"));
        hidden.is_some_and(|name| fs::metadata(folder.path(&name)).is_ok_and(|found| found.len() > 60_000))
    });
    running.send("INT");
    let ran = running.end();
    assert_eq!(ran.code, Some(130), "{}", ran.stderr);
    folder.succeed(&line_in(&ran.stderr));
    folder.succeed("join film.rest.mp4 film.partial.mp4 -o film.mp4");
    assert_eq!(folder.frames("film.mp4"), 345);
    let pictures = ["film.partial.mp4", "film.rest.mp4"].map(|name| folder.decode(name, [320, 180]));
    assert!(folder.decode("film.mp4", [320, 180]) == pictures.into_iter().flatten().collect::<Vec<_>>());
}

#[cfg(unix)]
#[test]
fn a_shard_that_was_killed_may_run_again_beside_its_twin() {
    let folder = shards();
    let film = FILM.replace("--quiet", "--force");
    let start = || folder.start(&format!("{film} --shard 2/4 -o 2.mp4"), Stdio::null());
    let mut killed = start();
    std::thread::sleep(std::time::Duration::from_millis(150));
    killed.0.kill().unwrap();
    let twins: Vec<Running> = (0..2).map(|_| start()).collect();
    for twin in twins {
        let ran = twin.end();
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    }
    folder.succeed("join 1.mp4 2.mp4 3.mp4 4.mp4 -o film.mp4");
    assert!(folder.read("film.mp4") == folder.read("whole.mp4"));
}

#[cfg(unix)]
#[test]
fn a_disk_that_fills_while_joining_keeps_nothing() {
    let folder = shards();
    let most_kib = fs::metadata(folder.path("whole.mp4")).unwrap().len() / 1024 - 8;
    let script = format!(
        "trap '' XFSZ; ulimit -f {}; exec \"$0\" join 1.mp4 2.mp4 3.mp4 4.mp4 -o film.mp4",
        most_kib * 2
    );
    let before = folder.names();
    let output = Command::new("sh")
        .args(["-c", &script, env!("CARGO_BIN_EXE_portbloom")])
        .current_dir(folder.path(""))
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("no room for `film.mp4`"), "{said}");
    assert_eq!(folder.names(), before);
}

/// Writes parts of two frames each, in the library, since a command for each would take minutes.
fn write_parts(folder: &Path, parts: u64) {
    let settings = H264Settings::new(64, 64, (25, 1), 70).unwrap();
    let container = Mp4Settings {
        width: 64,
        height: 64,
        fps: (25, 1),
    };
    let starters = Starters::default();
    let mut mark = Mark {
        portbloom: env!("CARGO_PKG_VERSION").to_owned(),
        log: "1".to_owned(),
        settings: "2".to_owned(),
        size: [64, 64],
        fps: (25, 1),
        frames: 0..2 * parts,
        film_frames: 2 * parts,
        segment_frames: 2,
        shard: None,
        painter: "a test".to_owned(),
        command: Vec::new(),
        chapters: Vec::new(),
    };
    let path = folder.join("whole.mp4");
    let mut whole = Mp4Writer::create(&path, false, container, 2 * parts, &[], Some(&mark)).unwrap();
    for part in 0..parts {
        let mut encoder = SegmentEncoder::new(&settings, &starters);
        for frame in 0..2 {
            let mut picture = I420::new(64, 64);
            picture.fill_from_rgba(&[(part * 7 + frame * 3) as u8; 64 * 64 * 4], 64 * 4);
            encoder.encode(&picture).unwrap();
        }
        let segment = encoder.finish();
        whole.write_segment(&segment).unwrap();
        mark.frames = 2 * part..2 * part + 2;
        let path = folder.join(format!("{part}.mp4"));
        let mut writer = Mp4Writer::create(&path, false, container, 2, &[], Some(&mark)).unwrap();
        writer.write_segment(&segment).unwrap();
        writer.finish().unwrap();
    }
    whole.finish().unwrap();
}

#[cfg(unix)]
#[test]
fn a_thousand_parts_take_one_open_file_at_a_time() {
    let folder = Folder::new();
    write_parts(&folder.path(""), 1000);
    let script = "ulimit -n 24; rm -f film.mp4; exec \"$0\" join $(ls | grep -E '^[0-9]+[.]mp4$') -o film.mp4";
    let output = Command::new("sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_portbloom")])
        .current_dir(folder.path(""))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(folder.read("film.mp4") == folder.read("whole.mp4"));
    fs::remove_file(folder.path("500.mp4")).unwrap();
    let parts: Vec<String> = (0..1000).map(|part| format!("{part}.mp4")).collect();
    let said = folder.fail(&format!("join {} -o other.mp4", parts.join(" ")));
    assert!(
        said.contains("there is no `500.mp4`; the frames 1000..1002 are missing"),
        "{said}"
    );
}

#[test]
fn reports_are_joined() {
    let folder = folder();
    folder.succeed(&format!("{FILM} -o whole.mp4 --report whole.json"));
    for shard in 1..=3 {
        folder.succeed(&format!(
            "{FILM} --shard {shard}/3 -o {shard}.mp4 --report {shard}.json"
        ));
    }
    folder.succeed("join 1.mp4 2.mp4 3.mp4 -o film.mp4 --report film.json --reports 3.json 1.json 2.json");
    let (mut film, mut whole) = (folder.json("film.json"), folder.json("whole.json"));
    assert_eq!(film["parts"], 3);
    assert!(film["seconds"]["total"].as_f64() > folder.json("1.json")["seconds"]["total"].as_f64());
    for report in [&mut film, &mut whole] {
        let report = report.as_object_mut().unwrap();
        for key in ["seconds", "frames_per_second", "jobs", "parts", "output"] {
            report.remove(key);
        }
    }
    assert_eq!(film, whole);
    let join = "join 1.mp4 2.mp4 3.mp4 -o other.mp4 --report other.json --reports";
    let said = folder.fail(&format!("{join} 1.json 2.json"));
    assert!(said.contains("no report of the part `3.mp4`"), "{said}");
    let said = folder.fail(&format!("{join} 1.json 2.json 3.json whole.json"));
    assert!(said.contains("`whole.json` is not the report of a part"), "{said}");
    let said = folder.fail(&format!("{join} 1.json 2.json 2.json"));
    assert!(
        said.contains("`2.json` and `2.json` are reports of the same part"),
        "{said}"
    );
}

#[test]
fn lines_that_cannot_be_are_refused() {
    let folder = folder();
    for (line, why) in [
        ("render log.csv --shard 5/4 -o f.mp4", "like 1/4 for the first of four"),
        ("render log.csv --shard 0/4 -o f.mp4", "like 1/4"),
        ("render log.csv --shard 4 -o f.mp4", "like 1/4"),
    ] {
        let ran = folder.run(line);
        assert_eq!(ran.code, Some(2), "{line}");
        assert!(ran.stderr.contains(why), "{}", ran.stderr);
    }
    assert_eq!(
        folder.run("render log.csv --shard 1/4 --frames 0..9 -o f.mp4").code,
        Some(2)
    );
    let said = folder.refuse("render log.csv --shard 1/4 --encoder ffmpeg -o f.mkv");
    assert!(said.contains("portbloom join"), "{said}");
    let said = folder.fail(&format!("{} --shard 3/8 -o f.mp4", FILM.replace(" --quiet", "")));
    assert!(
        said.contains("--shard 3/8: the film has 345 frames, which is 7 segments of 50"),
        "{said}"
    );
    for (line, why) in [
        (
            "join a.mp4 -o film.mkv",
            "`film.mkv`: parts are put together to film.mp4",
        ),
        (
            "join a.y4m -o film.mp4",
            "`a.y4m` is not of the same kind as `film.mp4`",
        ),
        ("join p/%03d.png -o f.mp4", "`p/%03d.png` is not of the same kind"),
        ("join %03d.png -o f%03d.png", "holds pictures of a part"),
        ("join a.mp4 -o a.mp4", "`a.mp4` is named twice"),
    ] {
        let said = folder.refuse(line);
        assert!(said.contains(why), "{line}: {said}");
    }
}
