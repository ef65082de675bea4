//! Every kind of output but the built-in film: Y4M, PNG files, none, ffmpeg; colours, transparency, profile, trace.

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
    let remedy = "add --force to replace it, or begin with the first picture that is missing: --frames 6749..";
    assert!(error.contains("06746.png") && error.contains(remedy), "{error}");
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
    let stages = [
        "parse",
        "aggregate",
        "upload",
        "scene",
        "convert",
        "encode",
        "mux",
        "backpressure",
    ];
    let by_gpu = ["commands", "gpu_draw", "gpu_convert", "gpu_copy", "readback"];
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

/// The encoders that the ffmpeg of this machine has.
fn encoders() -> String {
    let output = Command::new("ffmpeg").args(["-hide_banner", "-encoders"]).output();
    String::from_utf8_lossy(&output.expect("ffmpeg runs").stdout).into_owned()
}

/// All pictures of a film as RGBA, by ffmpeg, with the colours that its tags say.
fn decoded(path: &Path, decoder: &[&str], matrix: &str) -> Vec<u8> {
    let scale = format!("scale=flags=accurate_rnd+full_chroma_int+full_chroma_inp{matrix}");
    let output = Command::new("ffmpeg")
        .args(["-v", "error"])
        .args(decoder)
        .arg("-i")
        .arg(path)
        .args([
            "-fps_mode",
            "passthrough",
            "-vf",
            &scale,
            "-f",
            "rawvideo",
            "-pix_fmt",
            "rgba",
            "-",
        ])
        .output()
        .expect("ffmpeg runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// How far decoded pictures are from the true ones, over blocks of 10 by 10 pixels so that coarse
/// chroma counts as what it is seen as: the mean distance, of colours over black where these are
/// not grey, and of alpha everywhere.
fn distance(film: &[u8], pictures: &[Vec<u8>]) -> [f64; 2] {
    let whole = pictures.concat();
    assert_eq!(film.len(), whole.len(), "as many pictures");
    let mean = |rgba: &[u8], picture: usize, x: usize, y: usize| -> [f64; 4] {
        let mut sums = [0.0; 4];
        for (dx, dy) in (0..100).map(|at| (at % 10, at / 10)) {
            let at = ((picture * 180 + y * 10 + dy) * 320 + x * 10 + dx) * 4;
            let alpha = f64::from(rgba[at + 3]) / 255.0;
            for (channel, sum) in sums.iter_mut().enumerate().take(3) {
                *sum += f64::from(rgba[at + channel]) * alpha / 100.0;
            }
            sums[3] += alpha * 255.0 / 100.0;
        }
        sums
    };
    let mut distances = [0.0; 2];
    let mut coloured = 0.0;
    let blocks = pictures.len() * 32 * 18;
    for block in 0..blocks {
        let (picture, x, y) = (block / (32 * 18), block % 32, block / 32 % 18);
        let (a, b) = (mean(film, picture, x, y), mean(&whole, picture, x, y));
        let [least, most] = [f64::min, f64::max].map(|of| b[..3].iter().copied().fold(b[0], of));
        if most - least >= 24.0 {
            distances[0] += (0..3).map(|channel| (a[channel] - b[channel]).abs()).sum::<f64>() / 3.0;
            coloured += 1.0;
        }
        distances[1] += (a[3] - b[3]).abs() / blocks as f64;
    }
    assert!(coloured > 30.0, "{coloured} blocks have a colour");
    [distances[0] / coloured, distances[1]]
}

#[test]
fn every_codec_and_background_shows_its_colours() {
    let folder = Folder::new();
    let encoders = encoders();
    let part = "--frames 6738..6741 --size 320x180 --quality 95";
    // Codec, file, decoder, most that colours may be off. Those without a place for the matrix are
    // told it, as players guess it by the size.
    let by_hand = ":in_color_matrix=bt709";
    let rows: [(&str, &str, &str, &[&str], f64); 19] = [
        ("libx264", "mp4", "", &["dark", "light"], 0.7),
        ("libx265", "mp4", "", &["dark", "light"], 0.7),
        ("libx265", "mov", "", &["dark"], 0.7),
        ("libvpx-vp9", "webm", "", &["dark", "light", "none"], 0.7),
        ("libsvtav1", "mkv", "", &["dark", "light"], 1.0),
        ("libaom-av1", "mkv", "", &["dark"], 1.0),
        ("prores_ks", "mov", "", &["dark", "light", "none"], 0.7),
        ("ffv1", "mkv", "", &["dark", "light", "none"], 0.7),
        ("qtrle", "mov", "", &["dark", "light", "none"], 0.0),
        ("png", "mov", "", &["dark", "light", "none"], 0.0),
        ("utvideo", "mkv", "", &["dark", "light", "none"], 0.7),
        ("dnxhd", "mov", "", &["dark", "light"], 0.7),
        ("apng", "apng", "", &["dark", "light"], 0.0),
        ("gif", "gif", "", &["dark", "light"], 2.0),
        ("libx264rgb", "mkv", "", &["dark"], 0.7),
        ("mpeg2video", "ts", "", &["dark"], 1.0),
        ("mpeg4", "avi", by_hand, &["dark"], 1.0),
        ("libtheora", "ogv", by_hand, &["dark"], 1.5),
        ("libvpx", "webm", by_hand, &["dark"], 1.0),
    ];
    let (mut tried, mut wrong) = (0, Vec::new());
    for background in ["dark", "light", "none"] {
        folder.succeed(&format!(
            "render {part} --background {background} -o {background}%d.png"
        ));
        let pictures: Vec<_> = (6738..6741)
            .map(|number| first_rgba(&folder.path(&format!("{background}{number}.png")), &[]))
            .collect();
        for (codec, ending, matrix, backgrounds, most) in rows {
            if !backgrounds.contains(&background) || !encoders.contains(&format!(" {codec} ")) {
                continue;
            }
            tried += 1;
            let name = format!("{codec}-{background}.{ending}");
            folder.succeed(&format!(
                "render {part} --background {background} --encoder ffmpeg --codec {codec} -o {name}"
            ));
            let decoder: &[&str] = match (codec, background) {
                ("libvpx-vp9", "none") => &["-c:v", "libvpx-vp9"],
                _ => &[],
            };
            let film = decoded(&folder.path(&name), decoder, matrix);
            let [colours, alpha] = distance(&film, &pictures);
            let other = decoded(&folder.path(&name), decoder, ":in_color_matrix=bt601");
            let [by_bt601, _] = distance(&other, &pictures);
            println!("{name}: colours {colours:.3}, alpha {alpha:.3}; by BT.601 {by_bt601:.3}");
            // Nothing has nearly no colour to be off.
            let most = if background == "none" { most.min(0.4) } else { most };
            if colours > most || alpha > 1.0 {
                wrong.push(format!("{name}: colours {colours:.3}, alpha {alpha:.3}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(
        tried >= 20,
        "{tried} codecs: install ffmpeg with its codecs (./setup.sh --tests does)"
    );
}

#[test]
fn transparent_prores_says_bt709_in_its_frames() {
    let folder = Folder::new();
    folder.succeed(&format!("render {PART} --encoder ffmpeg --background none -o film.mov"));
    let output = Command::new("ffprobe")
        .args(["-v", "error", "-select_streams", "v:0", "-show_frames"])
        .arg(folder.path("film.mov"))
        .output()
        .unwrap();
    let frames = String::from_utf8(output.stdout).unwrap();
    for tag in ["color_space=bt709", "color_primaries=bt709", "color_transfer=bt709"] {
        assert_eq!(frames.matches(tag).count(), 10, "{tag}");
    }
}

#[test]
fn hevc_in_mp4_and_mov_is_named_hvc1() {
    let folder = Folder::new();
    for (name, tag) in [("film.mp4", "hvc1"), ("film.mov", "hvc1"), ("film.mkv", "[0][0][0][0]")] {
        folder.succeed(&format!("render {PART} --encoder ffmpeg --codec libx265 -o {name}"));
        let probed = probe(&folder.path(name));
        assert!(
            probed.contains(&format!("codec_tag_string={tag}\n")),
            "{name}: {probed}"
        );
    }
}

#[test]
fn quality_counts_for_prores() {
    let folder = Folder::new();
    let bytes = |name: &str, more: &str| {
        folder.succeed(&format!("render {PART} --encoder ffmpeg {more} -o {name}"));
        folder.read(name).len()
    };
    for transparent in ["", "--background none"] {
        let small = bytes("small.mov", &format!("{transparent} --force --quality 0"));
        let usual = bytes("usual.mov", &format!("{transparent} --force"));
        let large = bytes("large.mov", &format!("{transparent} --force --quality 100"));
        assert!(
            small * 2 < large && small < usual && usual < large,
            "{small}, {usual}, {large}"
        );
    }
}

#[test]
fn options_that_make_another_film_are_refused_and_others_pass() {
    let folder = Folder::new();
    let run = |options: &str, file: &str| {
        let line = format!("render {PART} --encoder ffmpeg --codec libx264 -o {file}");
        folder.run_with(&words(&line, &["--encoder-args", options]), b"")
    };
    for options in [
        "-ss 0.1",
        "-t 0.1",
        "-to 0.1",
        "-frames:v 3",
        "-fs 2000",
        "-preset fast other.mkv",
        "other.mkv -t 1",
        "-f null",
        "-r 5",
        "-s 64x64",
        "-vf fps=5",
        "-pix_fmt gray",
        "-color_range pc",
        "-vf trim=end_frame=3",
        "-filter:v select=0",
        "-vsync drop -r 1",
        "-map 0",
        "-c:v mpeg4",
        "-y",
        "-n",
        "-h",
        "-preset",
    ] {
        let ran = run(options, "film.mkv");
        assert_eq!(ran.code, Some(2), "{options}: {}", ran.stderr);
        assert!(
            ran.stderr.contains("--encoder-args") && ran.stderr.lines().count() == 1,
            "{}",
            ran.stderr
        );
        assert!(folder.names().is_empty(), "{options}: {:?}", folder.names());
    }
    for (number, options) in ["-preset fast -g 5", "-vf format=yuv444p", "-an -bf 0 -metadata title=t"]
        .into_iter()
        .enumerate()
    {
        let name = format!("{number}.mp4");
        let ran = run(options, &name);
        assert_eq!(ran.code, Some(0), "{options}: {}", ran.stderr);
        assert!(probe(&folder.path(&name)).contains("nb_read_frames=10"), "{options}");
    }
}

#[test]
fn a_film_with_other_frames_than_went_in_is_an_error() {
    let folder = Folder::new();
    // An option of the encoder's own, which no list can judge: it leaves out pictures that are like the last.
    let leaves_out = "-skip_threshold 100000000";
    for ending in ["avi", "mkv", "mp4"] {
        let line = format!("render {PART} --encoder ffmpeg --codec mpeg4 -o film.{ending}");
        let ran = folder.run_with(&words(&line, &["--encoder-args", leaves_out]), b"");
        assert_eq!(ran.code, Some(1), "{}", ran.stderr);
        let told = format!("10 frames for `film.{ending}` and made 1");
        assert!(ran.stderr.contains(&told), "{}", ran.stderr);
        assert!(folder.path(&format!("film.partial.{ending}")).exists());
        assert!(!folder.path(&format!("film.{ending}")).exists());
    }
}

#[test]
fn a_gif_takes_one_hint() {
    let folder = Folder::new();
    let error = folder.refuse(&format!("render {PART} -o film.gif"));
    assert!(error.contains("add --encoder ffmpeg"), "{error}");
    folder.succeed(&format!("render {PART} -o film.gif --encoder ffmpeg"));
    assert!(probe(&folder.path("film.gif")).contains("nb_read_frames=10"));
}

#[test]
fn films_of_many_files_are_refused_and_odd_names_are_files() {
    let folder = Folder::new();
    for name in ["film.m3u8", "film.mpd", "f%d.png", "film.jpg", "F.M3U8"] {
        let line = format!("render {PART} --encoder ffmpeg --codec libx264 -o {name}");
        let error = folder.refuse(&line);
        assert!(error.contains("many files"), "{error}");
    }
    // Before a hint that would be followed for nothing.
    for line in ["film.mpd --encoder ffmpeg", "film.m3u8"] {
        let error = folder.refuse(&format!("render {PART} -o {line}"));
        assert!(error.contains("many files"), "{error}");
    }
    for name in ["film%d.mkv", "-film.mkv", "a:b.mkv"] {
        folder.succeed(&format!("render {PART} --encoder ffmpeg --output=./{name}"));
        assert!(folder.path(name).exists());
    }
    assert_eq!(folder.names().len(), 3);
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
        let error = folder.refuse(&format!("render {PART} {arguments}"));
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
