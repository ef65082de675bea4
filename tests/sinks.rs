//! Every kind of output but the built-in film: Y4M, PNG files, none, ffmpeg; transparency, profile, trace.

#[expect(dead_code, reason = "each test file uses a part of this")]
mod common;

use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use common::Folder;

/// Frames of the morning of the flood, small.
const PART: &str = "--frames 6738..6748 --size 320x180";

/// A part of the name of Mesa's software adapter: a Vulkan driver on the CPU, in place of a GPU.
const SOFTWARE_ADAPTER: &str = "llvmpipe";

/// The binary with arguments split at blanks, for runs whose stdout counts.
fn command(folder: &Folder, arguments: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portbloom"));
    command
        .current_dir(folder.path(""))
        .args(arguments.split_whitespace())
        .args(["--adapter", "software"]);
    command
}

/// What ffprobe says of the picture stream, as `key=value` lines.
fn probe(path: &Path) -> String {
    let output = Command::new("ffprobe")
        .args([
            "-v",
            "error",
            "-count_frames",
            "-select_streams",
            "v:0",
            "-show_streams",
        ])
        .arg(path)
        .output()
        .expect("ffprobe runs: install ffmpeg (./setup.sh --tests does)");
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("ffprobe speaks UTF-8")
}

/// The RGBA pixels of the first frame, decoded by ffmpeg.
fn first_rgba(path: &Path, arguments: &[&str]) -> Vec<u8> {
    let Output { status, stdout, stderr } = Command::new("ffmpeg")
        .args(["-v", "error"])
        .args(arguments)
        .arg("-i")
        .arg(path)
        .args(["-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "rgba", "-"])
        .output()
        .expect("ffmpeg runs: install it (./setup.sh --tests does)");
    assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
    stdout
}

#[test]
fn y4m_is_a_header_and_the_pictures_and_the_same_on_stdout() {
    let folder = Folder::new();
    folder.succeed(&format!("render {PART} --fps 30000/1001 -o film.y4m"));
    let file = folder.read("film.y4m");
    let header = b"YUV4MPEG2 W320 H180 F30000:1001 Ip A1:1 C420jpeg XCOLORRANGE=LIMITED\n";
    assert!(file.starts_with(header));
    assert_eq!(file.len(), header.len() + 10 * (6 + 320 * 180 * 3 / 2));
    let output = command(
        &folder,
        &format!("render {PART} --fps 30000/1001 --quiet --jobs 3 -o -"),
    )
    .output()
    .unwrap();
    assert!(output.status.success() && output.stderr.is_empty());
    assert!(output.stdout == file, "the same bytes for any number of encoders");
    let probed = probe(&folder.path("film.y4m"));
    for expected in [
        "nb_read_frames=10",
        "r_frame_rate=30000/1001",
        "color_range=tv",
        "pix_fmt=yuv420p",
    ] {
        assert!(probed.contains(expected), "{expected}: {probed}");
    }
}

#[test]
fn a_reader_of_stdout_that_goes_away_is_a_success() {
    let folder = Folder::new();
    let mut running = command(&folder, "render --size 320x180 -o -")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut begun = [0; 1000];
    running.stdout.take().unwrap().read_exact(&mut begun).unwrap();
    let output = running.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(!said.contains("panicked") && !said.contains("interrupted"), "{said}");
}

#[test]
fn numbered_pictures_are_the_frames_and_keep_files_in_their_way() {
    let folder = Folder::new();
    std::fs::create_dir(folder.path("frames")).unwrap();
    folder.succeed(&format!("render {PART} -o frames/%05d.png"));
    let names: Vec<_> = (6738..6748).map(|number| format!("{number:05}.png")).collect();
    let mut found: Vec<_> = std::fs::read_dir(folder.path("frames"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    found.sort();
    assert_eq!(found, names);
    folder.succeed("frame --frame 6740 --size 320x180 -o still.png");
    assert!(
        folder.read("frames/06740.png") == folder.read("still.png"),
        "the same picture"
    );
    assert!(folder.read("frames/06741.png") != folder.read("still.png"));

    folder.write("frames/06748.png", "precious");
    let error = folder.fail("render --frames 6746..6750 --size 320x180 -o frames/%05d.png");
    assert!(error.contains("06746.png") && error.contains("--force"), "{error}");
    assert_eq!(folder.read("frames/06748.png"), b"precious");
    let error = folder.fail(&format!("render {PART} -o nowhere/%d.png"));
    assert!(error.contains("nowhere"), "{error}");
}

#[test]
fn the_null_sink_leaves_nothing_and_takes_no_output() {
    let folder = Folder::new();
    let said = folder.succeed(&format!("render {PART} --sink null"));
    assert!(said.contains("10 frames in"), "{said}");
    assert!(folder.names().is_empty());
    let run = folder.run(&format!("render {PART} --sink null -o film.mp4"));
    assert_eq!(run.code, Some(2));
}

#[test]
fn a_profile_names_every_stage_and_the_bottleneck() {
    let folder = Folder::new();
    let stages = ["parse", "aggregate", "upload", "scene", "convert", "encode", "mux"];
    let by_gpu = ["commands", "gpu", "readback", "backpressure"];
    for (adapter, part, none) in [
        ("software", &["draw"][..], &by_gpu[..]),
        (SOFTWARE_ADAPTER, &by_gpu, &["draw"]),
    ] {
        let said = folder.succeed(&format!(
            "render {PART} --adapter {adapter} --timings --force -o film.mp4"
        ));
        let has = |stage: &str| said.contains(&format!("\n{stage} "));
        for stage in stages.iter().chain(part) {
            assert!(has(stage), "{adapter}, {stage}: {said}");
        }
        assert!(
            said.contains("\nbottleneck: ") && !none.iter().any(|stage| has(stage)),
            "{said}"
        );
    }
}

#[test]
fn a_graphics_adapter_s_film_is_the_same_for_any_number_of_encoders() {
    let folder = Folder::new();
    for (jobs, name) in [(1, "one.mp4"), (3, "three.mp4")] {
        folder.succeed(&format!(
            "render --frames 6690..6800 --size 320x180 --adapter {SOFTWARE_ADAPTER} --jobs {jobs} -o {name}"
        ));
    }
    assert!(folder.read("one.mp4") == folder.read("three.mp4"));
}

#[test]
fn a_trace_has_a_lane_for_every_thread() {
    let folder = Folder::new();
    folder.succeed(&format!("render {PART} --jobs 1 --trace trace.json -o film.mp4"));
    let trace = folder.json("trace.json");
    let events = trace["traceEvents"].as_array().unwrap();
    let lanes: Vec<_> = events
        .iter()
        .filter(|event| event["ph"] == "M")
        .map(|event| event["args"]["name"].as_str().unwrap())
        .collect();
    for lane in ["main", "encode 0", "mux"] {
        assert!(lanes.contains(&lane), "{lanes:?}");
    }
    let encoded = events.iter().filter(|event| event["name"] == "encode").count();
    assert_eq!(encoded, 10);
    for event in events.iter().filter(|event| event["ph"] == "X") {
        assert!(event["ts"].as_f64().unwrap() >= 0.0 && event["dur"].as_f64().unwrap() >= 0.0);
    }
}

#[test]
fn ffmpeg_makes_any_codec_with_the_right_tags() {
    let folder = Folder::new();
    let encoder = "--encoder ffmpeg --codec libx264";
    let line = format!("render {PART} {encoder} -o film.mkv");
    let ran = folder.run_with(&words(&line, &["--encoder-args", "-preset veryfast"]), b"");
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let probed = probe(&folder.path("film.mkv"));
    for expected in [
        "codec_name=h264",
        "nb_read_frames=10",
        "color_range=tv",
        "color_space=bt709",
        "color_primaries=bt709",
        "color_transfer=bt709",
    ] {
        assert!(probed.contains(expected), "{expected}: {probed}");
    }
    assert_eq!(folder.names(), ["film.mkv"]);
}

/// A line split at blanks, and words that hold blanks.
fn words<'a>(line: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    line.split_whitespace().chain(more.iter().copied()).collect()
}

#[test]
fn transparency_survives_where_the_codec_holds_it() {
    let folder = Folder::new();
    folder.succeed(&format!("render {PART} --encoder ffmpeg --background none -o film.mov"));
    folder.succeed(&format!(
        "render {PART} --encoder ffmpeg --background none -o film.webm"
    ));
    for (name, decoder) in [("film.mov", &[][..]), ("film.webm", &["-c:v", "libvpx-vp9"])] {
        let rgba = first_rgba(&folder.path(name), decoder);
        assert_eq!(rgba.len(), 320 * 180 * 4);
        let alpha = |x: usize, y: usize| rgba[(y * 320 + x) * 4 + 3];
        assert!(
            alpha(2, 90) < 8,
            "{name}: the background is transparent, {}",
            alpha(2, 90)
        );
        let opaque = (0..320 * 180).filter(|pixel| rgba[pixel * 4 + 3] > 150).count();
        assert!(opaque > 200, "{name}: names and bubbles are not, {opaque}");
    }
}

#[test]
fn what_ffmpeg_cannot_do_is_said_in_its_words() {
    let folder = Folder::new();
    let error = folder.run(&format!("render {PART} --encoder ffmpeg --codec nonsense -o film.mkv"));
    assert_eq!(error.code, Some(1));
    assert!(error.stderr.contains("Unknown encoder 'nonsense'"), "{}", error.stderr);
    assert!(folder.names().is_empty());
    let without = command(&folder, &format!("render {PART} --encoder ffmpeg -o film.mkv"))
        .env("PATH", folder.path(""))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&without.stderr);
    assert_eq!(without.status.code(), Some(1));
    assert!(
        said.contains("needs the program ffmpeg") && !said.contains("packets"),
        "before the log is read: {said}"
    );
}

#[test]
fn options_that_do_not_fit_the_output_are_refused() {
    let folder = Folder::new();
    for (arguments, expected) in [
        ("--background none -o film.mp4", "cannot hold transparency"),
        ("--background none -o film.y4m", "cannot hold transparency"),
        ("--background none -o -", "cannot hold transparency"),
        (
            "--background none --encoder ffmpeg --codec libx264 -o film.mkv",
            "libx264 cannot hold transparency",
        ),
        ("--codec libx264 -o film.mp4", "--codec is for ffmpeg"),
        ("--encoder-args -an -o film.mp4", "--encoder-args is for ffmpeg"),
        ("--encoder ffmpeg -o -", "needs a file"),
        ("--encoder ffmpeg -o film.xyz", "--codec"),
    ] {
        let error = folder.fail(&format!("render {PART} {arguments}"));
        assert!(error.contains(expected), "{arguments}: {error}");
    }
}

#[test]
#[cfg(unix)]
fn a_film_by_ffmpeg_cut_short_holds_the_frames_made_so_far() {
    let folder = Folder::new();
    let running = folder.start(
        "render --size 320x180 --encoder ffmpeg --codec ffv1 -o film.mkv",
        Stdio::null(),
    );
    common::wait_until("a part of the film is on the disk", || {
        let names = folder.names();
        let part = names.iter().find(|name| name.starts_with(".portbloom-"));
        part.is_some_and(|part| folder.path(part).metadata().is_ok_and(|found| found.len() > 200_000))
    });
    running.send("INT");
    let ran = running.end();
    assert_eq!(ran.code, Some(130), "{}", ran.stderr);
    assert_eq!(folder.names(), ["film.partial.mkv"]);
    let probed = probe(&folder.path("film.partial.mkv"));
    let frames = probed
        .lines()
        .find_map(|line| line.strip_prefix("nb_read_frames="))
        .unwrap();
    assert!(
        ran.stderr.contains(&format!(
            "holds the first {} of",
            portbloom::words::grouped(frames.parse().unwrap())
        )),
        "{frames}: {}",
        ran.stderr
    );
}
