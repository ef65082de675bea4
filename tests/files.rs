//! No command replaces a file that it reads or wrote itself, and no film that was begun is lost:
//! names, links, special files, full disks, killed runs.

#[expect(dead_code, reason = "each test file uses a part of this")]
mod common;

use std::fs;
#[cfg(unix)]
use std::os::unix::fs::symlink;
use std::process::{Command, Output, Stdio};

use common::{Folder, wait_until};

/// A log of a few packets.
const LOG: &str = "datetime,proto,dpt,cc\n\
                   2013-07-24 09:40:00,TCP,1433,CN\n\
                   2013-07-24 09:41:00,UDP,53,IR\n\
                   2013-07-24 09:43:00,TCP,22,US\n";
/// Options of a small film.
const SMALL: &str = "--size 64x64";

/// The binary with arguments split at blanks, for runs whose stdout counts.
fn command(folder: &Folder, arguments: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portbloom"));
    command.current_dir(folder.path("")).args(arguments.split_whitespace());
    command
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Runs a command that must refuse to replace `name`, with and without `--force`, and must leave it
/// as it is and make nothing; each time within the time that a check takes.
fn refused(folder: &Folder, line: &str, name: &str) {
    let before = folder.names();
    let bytes = fs::read(folder.path(name)).ok();
    for line in [line.to_owned(), format!("{line} --force")] {
        let ran = folder.run(&line);
        assert_eq!(ran.code, Some(2), "{line}: {}", ran.stderr);
        assert!(ran.stderr.contains("is named twice"), "{line}: {}", ran.stderr);
        // The first thing that is said of a log is what it left out, and of a film its size.
        assert_eq!(ran.stderr.lines().count(), 1, "{line}: {}", ran.stderr);
        assert_eq!(folder.names(), before, "{line}");
        assert_eq!(fs::read(folder.path(name)).ok(), bytes, "{line}");
    }
}

#[test]
fn a_percent_sign_in_a_name_hides_nothing() {
    let folder = Folder::new();
    for name in ["log%d.mp4", "log%d.y4m", "log%d.csv", "f2.png", "f%d.csv"] {
        folder.write(name, LOG);
    }
    for (line, name) in [
        ("render log%d.mp4 -o log%d.mp4", "log%d.mp4"),
        ("render log%d.y4m -o log%d.y4m", "log%d.y4m"),
        ("render log%d.csv -o x.mp4 --report log%d.csv", "log%d.csv"),
        ("render log%d.csv -o x.mp4 --trace log%d.csv", "log%d.csv"),
        ("render log%d.mp4 -o log%d.mp4 --encoder ffmpeg", "log%d.mp4"),
        ("render f2.png -o f%d.png --frames 0..3", "f2.png"),
        ("render f2.png -o ./f%d.png", "f2.png"),
        ("render f2.png -o f%01d.png", "f2.png"),
        ("render log%d.csv f2.png -o f%d.png", "f2.png"),
        ("render log%d.csv -o f%d.png --report f0.png", "f0.png"),
        ("render log%d.csv -o f%03d.png --trace f001.png", "f001.png"),
        ("render log%d.csv -o f%03d.png --report ./f001.png", "f001.png"),
        ("render log%d.csv -o x%d.mp4 --report x%d.mp4", "x%d.mp4"),
        ("frame --frame 0 log%d.csv -o x%d.png --json x%d.png", "x%d.png"),
        ("frame --frame 0 f2.png -o f2.png", "f2.png"),
    ] {
        refused(&folder, &format!("{line} {SMALL}"), name);
    }
    // Numbers that are not written are nobody's.
    folder.succeed(&format!("render f2.png -o f%d.png --frames 0..2 {SMALL}"));
    folder.succeed(&format!(
        "render f2.png -o f%d.png --frames 3..4 {SMALL} --report f%d.json"
    ));
    let names = ["f%d.csv", "f%d.json", "f0.png", "f1.png", "f2.png", "f3.png"];
    assert!(
        names.iter().all(|name| folder.path(name).exists()),
        "{:?}",
        folder.names()
    );
    assert_eq!(folder.read("f2.png"), LOG.as_bytes());
}

#[test]
fn every_command_keeps_what_it_reads_and_what_it_wrote() {
    let folder = Folder::new();
    folder.write("log.csv", LOG);
    folder.write("two.csv", LOG);
    fs::create_dir(folder.path("sub")).unwrap();
    let absolute = folder.path("log.csv");
    let absolute = absolute.display();
    for line in [
        format!("render log.csv -o film.mp4 --report {absolute}"),
        "render log.csv -o film.mp4 --report sub/../log.csv".to_owned(),
        "render *.csv -o film.mp4 --report two.csv".to_owned(),
        "render t?o.csv -o film.mp4 --trace two.csv".to_owned(),
        "render log.csv two.csv -o film.mp4 --trace two.csv".to_owned(),
        "render log.csv -o film.mp4 --trace film.mp4".to_owned(),
        "render log.csv -o film.mp4 --report r.json --trace ./r.json".to_owned(),
        "render log.csv --sink null --report r.json --trace r.json".to_owned(),
        "render log.csv -o film.mp4 --report Film.MP4".to_owned(),
        "render log.csv -o film.mkv --encoder ffmpeg --report film.mkv".to_owned(),
        "frame --frame 0 log.csv -o a.png --json A.png".to_owned(),
        "frame --frame 0 log.csv -o a.png --json log.csv".to_owned(),
    ] {
        refused(&folder, &format!("{line} {SMALL}"), "log.csv");
    }
    for line in [
        "preview log.csv --report log.csv",
        "prepare log.csv -o log.csv",
        "prepare *.csv -o two.csv",
        "prepare log.csv two.csv -o ./two.csv",
    ] {
        refused(&folder, line, "log.csv");
    }
    assert_eq!(folder.read("two.csv"), LOG.as_bytes());
}

#[test]
#[cfg(unix)]
fn links_hide_nothing() {
    let folder = Folder::new();
    folder.write("log.csv", LOG);
    fs::create_dir(folder.path("sub")).unwrap();
    fs::hard_link(folder.path("log.csv"), folder.path("hard.mp4")).unwrap();
    fs::hard_link(folder.path("log.csv"), folder.path("n7.png")).unwrap();
    symlink("log.csv", folder.path("soft.mp4")).unwrap();
    symlink("../log.csv", folder.path("sub/up.json")).unwrap();
    symlink("log.csv", folder.path("s5.png")).unwrap();
    symlink(".", folder.path("here")).unwrap();
    symlink("nothing.png", folder.path("nothing.json")).unwrap();
    symlink("q1.png", folder.path("q3.png")).unwrap();
    for line in [
        "render log.csv -o hard.mp4",
        "render log.csv -o soft.mp4",
        "render soft.mp4 -o film.mp4 --report log.csv",
        "render log.csv -o film.mp4 --report sub/up.json",
        "render log.csv -o film.mp4 --report here/film.mp4",
        "render log.csv -o n%d.png",
        "render log.csv -o s%d.png --frames 0..9",
        "render log.csv -o here/k%d.png --report k3.png",
        "frame --frame 0 log.csv -o nothing.png --json nothing.json",
        // Its fourth picture would replace its second.
        "render log.csv -o q%d.png --frames 0..9",
    ] {
        refused(&folder, &format!("{line} {SMALL}"), "log.csv");
    }
    assert_eq!(folder.read("hard.mp4"), LOG.as_bytes());
}

#[test]
#[cfg(unix)]
fn a_link_of_an_output_stays_a_link() {
    let folder = Folder::new();
    folder.write("log.csv", LOG);
    fs::create_dir(folder.path("sub")).unwrap();
    symlink("sub/film.mp4", folder.path("film.mp4")).unwrap();
    let line = format!("render log.csv -o film.mp4 --frames 0..2 {SMALL}");
    let error = folder.fail(&line);
    assert!(error.contains("--force"), "{error}");
    folder.succeed(&format!("{line} --force"));
    assert!(fs::read_link(folder.path("film.mp4")).is_ok());
    assert_eq!(folder.frames("sub/film.mp4"), 2);
    assert_eq!(
        fs::read_dir(folder.path("sub")).unwrap().count(),
        1,
        "nothing hidden is left"
    );
}

#[test]
#[cfg(target_os = "linux")]
fn special_files_are_written_into_and_not_replaced() {
    let folder = Folder::new();
    folder.write("log.csv", LOG);
    let before = fs::symlink_metadata("/dev/stdout").unwrap().file_type();
    let frame = format!("frame --frame 0 log.csv {SMALL} --force -o a.png --json /dev/stdout");
    for line in [frame.clone(), frame.replace("/dev/stdout", "/proc/self/fd/1")] {
        let output = command(&folder, &line).output().unwrap();
        assert!(output.status.success(), "{}", said(&output));
        let scene: serde_json::Value = serde_json::from_slice(&output.stdout).expect("the scene is on stdout");
        assert!(scene.is_object());
    }
    assert_eq!(fs::symlink_metadata("/dev/stdout").unwrap().file_type(), before);
    // A link to standard output, and standard output in a file behind what is there.
    symlink("/dev/stdout", folder.path("out.json")).unwrap();
    folder.write("told", "before\n");
    let told = fs::File::options().append(true).open(folder.path("told")).unwrap();
    let ran = command(&folder, &frame.replace("/dev/stdout", "out.json"))
        .stdout(told)
        .status();
    assert!(ran.unwrap().success());
    let told = folder.read("told");
    assert!(told.starts_with(b"before\n{") && told.ends_with(b"}\n"));
    assert!(fs::read_link(folder.path("out.json")).is_ok());
    // A device that takes all, and one that is full.
    folder.succeed(&format!(
        "render log.csv -o film.mp4 {SMALL} --report /dev/null --trace /dev/null"
    ));
    assert!(!fs::metadata("/dev/null").unwrap().is_file());
    let full = folder.run(&format!("frame --frame 0 log.csv {SMALL} -o b.png --json /dev/full"));
    assert!(
        full.code == Some(1) && full.stderr.contains("no room"),
        "{}",
        full.stderr
    );
    for line in ["render log.csv -o null.mp4", "prepare log.csv -o null.mp4"] {
        symlink("/dev/null", folder.path("null.mp4")).ok();
        let error = folder.fail(&format!("{line} --force"));
        assert!(error.contains("has to be a file"), "{error}");
    }
}

#[test]
#[cfg(unix)]
fn a_named_pipe_takes_a_film_and_a_report() {
    let folder = Folder::new();
    folder.write("log.csv", LOG);
    for name in ["film.y4m", "report.json"] {
        assert!(
            Command::new("mkfifo")
                .arg(folder.path(name))
                .status()
                .unwrap()
                .success()
        );
    }
    let read = |name: &str| {
        let path = folder.path(name);
        std::thread::spawn(move || fs::read(path).unwrap())
    };
    let (film, report) = (read("film.y4m"), read("report.json"));
    folder.succeed(&format!(
        "render log.csv -o film.y4m --frames 0..3 {SMALL} --report report.json"
    ));
    let film = film.join().unwrap();
    assert!(film.starts_with(b"YUV4MPEG2 W64 H64 "));
    let frame = "FRAME\n".len() + 64 * 64 * 3 / 2;
    let header = film.iter().position(|&byte| byte == b'\n').unwrap_or(0) + 1;
    assert_eq!(film.len(), header + 3 * frame);
    assert!(serde_json::from_slice::<serde_json::Value>(&report.join().unwrap()).is_ok());
    assert_eq!(folder.names(), ["film.y4m", "log.csv", "report.json"]);
    let line = format!("render log.csv -o film.y4m {SMALL} --report film.y4m");
    let error = folder.refuse(&line);
    assert!(error.contains("is named twice"), "{error}");
}

#[test]
#[cfg(unix)]
fn standard_input_and_output_are_files_too() {
    let folder = Folder::new();
    folder.write("log.csv", LOG);
    let open = || {
        fs::File::options()
            .append(true)
            .read(true)
            .open(folder.path("log.csv"))
            .unwrap()
    };
    for line in [
        "render log.csv -o -",
        "profile log.csv",
        "frame --frame 0 log.csv -o a.png --json /dev/stdout",
    ] {
        let output = command(&folder, line).stdout(open()).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{line}");
        assert!(said(&output).contains("is named twice"), "{line}: {}", said(&output));
    }
    let output = command(&folder, "render - -o film.mp4 --report log.csv --force")
        .stdin(open())
        .output();
    let output = output.unwrap();
    assert!(said(&output).contains("is named twice"), "{}", said(&output));
    let output = command(&folder, "render log.csv -o - --report /dev/stdout")
        .output()
        .unwrap();
    assert!(said(&output).contains("is named twice"), "{}", said(&output));
    assert_eq!(folder.read("log.csv"), LOG.as_bytes());
}

// Films that end early

/// Runs the binary with files of at most `blocks` of 1024 bytes, as on a disk that is full then.
#[cfg(unix)]
fn with_file_limit(folder: &Folder, blocks: u32, arguments: &str) -> (Option<i32>, String) {
    let script = format!("ulimit -f {blocks}; exec \"$0\" {arguments} --adapter software");
    let output = Command::new("bash")
        .args(["-c", &script, env!("CARGO_BIN_EXE_portbloom")])
        .current_dir(folder.path(""))
        .output()
        .expect("bash runs");
    (output.status.code(), said(&output))
}

/// The number in `NAME holds the first N of M frames`.
fn frames_told(said: &str, name: &str) -> u64 {
    let told = said.split(&format!("`{name}` holds the first ")).nth(1);
    let number = told.and_then(|told| told.split(' ').next()?.replace(',', "").parse().ok());
    number.unwrap_or_else(|| panic!("no frames of {name} in: {said}"))
}

#[test]
#[cfg(unix)]
fn a_full_disk_keeps_the_pictures_before_it() {
    let part = "render --frames 6000..7000 --size 320x180";
    for (name, partial, blocks, more) in [
        ("film.mp4", "film.partial.mp4", 700, "--jobs 2"),
        ("film.mp4", "film.partial.mp4", 700, "--jobs 1"),
        ("film.y4m", "film.partial.y4m", 1000, ""),
        ("film.mkv", "film.partial.mkv", 500, "--encoder ffmpeg --codec ffv1"),
    ] {
        let folder = Folder::new();
        let (code, said) = with_file_limit(&folder, blocks, &format!("{part} -o {name} {more} --quality 100"));
        assert_eq!(code, Some(1), "{name}: {said}");
        assert_eq!(folder.names(), [partial], "{name}: {said}");
        let told = frames_told(&said, partial);
        assert!(told > 5 && said.contains("of 1,000 frames"), "{name}: {said}");
        let played = if name == "film.mkv" {
            told
        } else {
            folder.frames(partial)
        };
        assert_eq!(told, played, "{name}: {said}");
        if name != "film.mkv" {
            assert!(said.contains("no room for"), "{name}: {said}");
            assert_eq!(
                said.trim_end().lines().last().map(|line| line.contains("holds")),
                Some(true)
            );
        }
    }
}

/// A largest file size, like a quota, is no property of the disk.
#[test]
#[cfg(target_os = "linux")]
fn a_limit_of_the_system_keeps_a_film_that_ffmpeg_has_to_close() {
    let part = "render --frames 6000..8000 --size 320x180 --encoder ffmpeg";
    for (name, codec) in [("film.mp4", "mpeg4"), ("film.mov", "qtrle"), ("film.mp4", "libx264")] {
        let folder = Folder::new();
        let partial = name.replace('.', ".partial.");
        let (code, said) = with_file_limit(
            &folder,
            3000,
            &format!("{part} --codec {codec} --quality 100 -o {name}"),
        );
        assert_eq!(
            (code, folder.names()),
            (Some(1), vec![partial.clone()]),
            "{codec}: {said}"
        );
        assert!(
            said.contains("no room for") && said.contains("file too large"),
            "{codec}: {said}"
        );
        assert_eq!(frames_told(&said, &partial), folder.frames(&partial), "{codec}: {said}");
    }
    let folder = Folder::new();
    let (code, said) = with_file_limit(&folder, 40, &format!("{part} -o film.mp4"));
    assert_eq!((code, folder.names()), (Some(1), vec![]), "{said}");
    assert!(said.contains("no room for `film.mp4`"), "{said}");
}

/// A film on a disk of three megabytes ends while there is room to close it.
#[test]
#[cfg(target_os = "linux")]
fn a_disk_that_fills_up_keeps_a_film_that_ffmpeg_has_to_close() {
    for (name, codec) in [("f.mp4", "mpeg4"), ("f.mov", "qtrle"), ("f.mp4", "libx264")] {
        let folder = Folder::new();
        let disk = folder.path("disk");
        std::fs::create_dir(&disk).unwrap();
        let mount = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=3m", "tmpfs"])
            .arg(&disk)
            .stderr(Stdio::null())
            .status();
        if !mount.is_ok_and(|status| status.success()) {
            eprintln!("not root, or no right to mount: the full disk is left to those who have it");
            return;
        }
        let part = "render --frames 6000..8000 --size 320x180 --encoder ffmpeg --quality 100 --force";
        let ran = folder.run(&format!("{part} --codec {codec} -o disk/{name}"));
        let partial = name.replace('.', ".partial.");
        let left: Vec<_> = std::fs::read_dir(&disk)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        let kept = disk
            .join(&partial)
            .exists()
            .then(|| folder.frames(&format!("disk/{partial}")));
        let unmounted = Command::new("umount").arg(&disk).status();
        assert!(
            unmounted.is_ok_and(|status| status.success()),
            "umount {}",
            disk.display()
        );
        assert_eq!(
            (ran.code, left),
            (Some(1), vec![partial.clone()]),
            "{codec}: {}",
            ran.stderr
        );
        let told = frames_told(&ran.stderr, &format!("disk/{partial}"));
        assert!(
            told > 20 && kept == Some(told) && ran.stderr.contains("no room for"),
            "{codec}, {kept:?}: {}",
            ran.stderr
        );
    }
}

#[test]
#[cfg(unix)]
fn a_full_disk_keeps_numbered_pictures_that_are_there() {
    let folder = Folder::new();
    let line = "render --size 64x64 --frames 0..6 -o %d.png --force";
    folder.succeed(line);
    let before: Vec<_> = (0..6).map(|number| folder.read(&format!("{number}.png"))).collect();
    let (code, said) = with_file_limit(&folder, 0, line);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("no room for"), "{said}");
    let after: Vec<_> = (0..6).map(|number| folder.read(&format!("{number}.png"))).collect();
    assert!(folder.names().len() == 6 && before == after, "{:?}", folder.names());
}

#[test]
#[cfg(unix)]
fn a_name_that_is_taken_meanwhile_costs_no_work() {
    let begun = |folder: &Folder| {
        let running = folder.start(
            "render --size 320x180 --frames 6500..6800 --jobs 1 -o film.mp4",
            Stdio::null(),
        );
        wait_until("it has begun", || {
            folder.names().iter().any(|name| name.starts_with(".portbloom-"))
        });
        running
    };
    let folder = Folder::new();
    let running = begun(&folder);
    folder.write("film.mp4", "theirs");
    let ran = running.end();
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("whole and is called `film-2.mp4`"),
        "{}",
        ran.stderr
    );
    assert_eq!(folder.names(), ["film-2.mp4", "film.mp4"]);
    assert_eq!(folder.read("film.mp4"), b"theirs");
    assert_eq!(folder.frames("film-2.mp4"), 300);

    // Cut short, with a folder in place of the partial film, and an older one.
    let folder = Folder::new();
    fs::create_dir(folder.path("film.partial.mp4")).unwrap();
    folder.write("film.partial-2.mp4", "older");
    let running = begun(&folder);
    wait_until("a part is on the disk", || {
        let names = folder.names();
        let hidden = names.iter().find(|name| name.starts_with(".portbloom-"));
        hidden.is_some_and(|name| folder.path(name).metadata().is_ok_and(|found| found.len() > 20_000))
    });
    running.send("INT");
    let ran = running.end();
    assert_eq!(ran.code, Some(130), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("film.partial-3.mp4 holds the first"),
        "{}",
        ran.stderr
    );
    assert_eq!(folder.read("film.partial-2.mp4"), b"older");
    assert!(folder.frames("film.partial-3.mp4") > 0);
}

#[test]
#[cfg(unix)]
fn a_report_does_not_replace_what_the_film_became() {
    let folder = Folder::new();
    let running = folder.start(
        "render --size 320x180 --jobs 1 -o film.mp4 --report film.partial.mp4 --force",
        Stdio::null(),
    );
    wait_until("a part is on the disk", || {
        let names = folder.names();
        let hidden = names.iter().find(|name| name.starts_with(".portbloom-"));
        hidden.is_some_and(|name| folder.path(name).metadata().is_ok_and(|found| found.len() > 150_000))
    });
    running.send("INT");
    let ran = running.end();
    assert!(
        ran.stderr.contains("film.partial.mp4 holds the first"),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr.contains("film.partial.mp4` exists and is kept"),
        "{}",
        ran.stderr
    );
    assert!(folder.frames("film.partial.mp4") > 0);
}

#[test]
#[cfg(target_os = "linux")]
fn a_report_that_cannot_be_written_is_told_before_the_film() {
    let folder = Folder::new();
    let error = folder.fail(&format!(
        "render --frames 0..2 -o film.mp4 --report /proc/r.json {SMALL}"
    ));
    assert!(error.contains("cannot write `/proc/r.json`"), "{error}");
}

#[test]
#[cfg(unix)]
fn a_killed_run_is_told_of_and_its_frames_are_kept() {
    for (name, partial, more) in [
        ("film.mp4", "film.partial.mp4", "--quality 100"),
        ("film.y4m", "film.partial.y4m", ""),
        ("film.mkv", "film.partial.mkv", "--encoder ffmpeg --codec ffv1"),
    ] {
        let folder = Folder::new();
        let line = format!("render --size 320x180 --jobs 1 {more} -o {name}");
        let running = folder.start(&line, Stdio::null());
        wait_until("a part is on the disk", || {
            let names = folder.names();
            let hidden = names.iter().find(|name| name.starts_with(".portbloom-"));
            hidden.is_some_and(|name| folder.path(name).metadata().is_ok_and(|found| found.len() > 600_000))
        });
        // Another run for the same name leaves it alone while it lives.
        folder.succeed(&format!("render --size 64x64 --frames 0..2 -o {name} --force {more}"));
        assert_eq!(folder.names().len(), 2, "{:?}", folder.names());
        running.send("KILL");
        running.end();
        assert_eq!(folder.names().len(), 2, "the hidden file stays behind");
        if name == "film.mkv" {
            // ffmpeg sees the end of its input, and closes the film.
            std::thread::sleep(std::time::Duration::from_secs(1));
        }
        let said = folder.succeed(&format!("render --size 64x64 --frames 0..2 -o {name} --force {more}"));
        assert!(
            said.contains(&format!("an earlier run for `{name}` was killed")),
            "{said}"
        );
        assert!(said.contains(&format!("`{partial}`")), "{said}");
        let names = folder.names();
        assert!(names.len() == 2 && names.contains(&partial.to_owned()), "{names:?}");
        let kept = folder.frames(partial);
        assert!(
            kept > 5 && said.contains(&portbloom::words::counted(kept, "frame")),
            "{kept}: {said}"
        );
    }
}

#[test]
#[cfg(unix)]
fn what_a_killed_run_left_of_other_files_is_removed() {
    let folder = Folder::new();
    let running = folder.start("synth --events 100M -o log.csv.gz", Stdio::null());
    wait_until("a part is on the disk", || folder.names().len() == 1);
    running.send("KILL");
    running.end();
    assert_eq!(folder.names().len(), 1);
    let said = folder.succeed("synth --events 1k -o log.csv.gz");
    assert!(said.contains("was killed") && said.contains("removed"), "{said}");
    assert_eq!(folder.names(), ["log.csv.gz"]);
}

#[test]
#[cfg(unix)]
fn an_ffmpeg_that_dies_leaves_what_plays() {
    let folder = Folder::new();
    let running = folder.start(
        "render --size 320x180 --encoder ffmpeg --codec ffv1 -o film.mkv",
        Stdio::null(),
    );
    wait_until("a part is on the disk", || {
        let names = folder.names();
        let hidden = names.iter().find(|name| name.starts_with(".portbloom-"));
        hidden.is_some_and(|name| folder.path(name).metadata().is_ok_and(|found| found.len() > 600_000))
    });
    let child = Command::new("pgrep")
        .args(["-P", &running.0.id().to_string()])
        .output()
        .unwrap();
    let child = String::from_utf8_lossy(&child.stdout).trim().to_owned();
    assert!(Command::new("kill").args(["-9", &child]).status().unwrap().success());
    let ran = running.end();
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    let told = frames_told(&ran.stderr, "film.partial.mkv");
    assert!(told > 5, "{}", ran.stderr);
    assert_eq!(folder.names(), ["film.partial.mkv"]);
}

/// `-` is standard output for reports as it is for films, and not a file of that name.
#[cfg(unix)]
#[test]
fn a_dash_is_standard_output_for_data_too() {
    let folder = Folder::new();
    let run = |line: &str| command(&folder, line).stdin(Stdio::null()).output().unwrap();
    let made = run("frame --frame 10 --size 320x180 --adapter software -o still.png --json -");
    let json: serde_json::Value = serde_json::from_slice(&made.stdout).unwrap();
    assert_eq!((made.status.code(), &json["frame"]), (Some(0), &10.into()));
    let refused = run("render --frames 0..3 --size 320x180 --adapter software -o - --report -");
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(
        refused.status.code() == Some(2) && said.contains("named twice"),
        "{said}"
    );
    assert_eq!(folder.names(), ["still.png"]);
}
