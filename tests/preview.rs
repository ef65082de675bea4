//! The window, as a user has it: a real one under Xvfb, real keys and a real pointer (xdotool), what
//! it shows compared with what `portbloom frame` draws.
#![cfg(target_os = "linux")]

#[expect(dead_code, reason = "each test file uses a part of this")]
mod common;
#[path = "support/drag.rs"]
mod drag;
#[path = "support/drag_wayland.rs"]
mod drag_wayland;

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use common::{Folder, Running, wait_until};
use image::RgbaImage;
use serde_json::Value;

/// The window is at the top left of the screen, and smaller: the pointer can be beside it.
const SCREEN: [u32; 2] = [1400, 820];
const WINDOW: [u32; 2] = [960, 540];
/// The flood from Iran in full flight.
const FLOOD: u64 = 6740;
/// A small log.
const TWO_PACKETS: &str = "datetime,proto,dpt,cc\n2013-07-01 00:00:00,TCP,80,US\n2013-07-01 00:01:00,UDP,53,DE\n";
/// Where the note stands that says what is pinned, from the left and the bottom of the window.
const NOTE: [u32; 2] = [400, 110];

/// A screen of our own.
struct Screen {
    server: Child,
    display: String,
    manager: Option<Child>,
}

impl Screen {
    fn new() -> Self {
        let [width, height] = SCREEN;
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-noreset", "-nolisten", "tcp"])
            .args(["-screen", "0", &format!("{width}x{height}x24")])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot run Xvfb: {error}; run ./setup.sh --tests"));
        let mut number = String::new();
        let pipe = server.stdout.take().expect("stdout is piped");
        BufReader::new(pipe)
            .read_line(&mut number)
            .expect("Xvfb says its display");
        assert!(!number.trim().is_empty(), "Xvfb has no display for us");
        let screen = Self {
            server,
            display: format!(":{}", number.trim()),
            manager: None,
        };
        screen.point_beside();
        screen
    }

    /// The same with a window manager, as desktops have one.
    fn managed() -> Self {
        let mut screen = Self::new();
        let manager = screen
            .command("openbox")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let manager = manager.unwrap_or_else(|error| panic!("cannot run openbox: {error}; run ./setup.sh --tests"));
        screen.manager = Some(manager);
        wait_until("the window manager is there", || drag::has_manager(&screen.display));
        screen
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env("DISPLAY", &self.display).env_remove("WAYLAND_DISPLAY");
        command
    }

    /// A program of the set-up; what it printed.
    fn run(&self, program: &str, arguments: &[&str]) -> Vec<u8> {
        let output = self.command(program).args(arguments).output();
        let output = output.unwrap_or_else(|error| panic!("cannot run {program}: {error}; run ./setup.sh --tests"));
        let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{program} {arguments:?}: {complaint}");
        output.stdout
    }

    /// Opens the window and waits until its frame is shown.
    fn open<'a>(&'a self, folder: &'a Folder, arguments: &str) -> Preview<'a> {
        let [width, height] = WINDOW;
        let adapter = if arguments.contains("--adapter") {
            ""
        } else {
            "--adapter software"
        };
        let line =
            format!("preview {arguments} --window {width}x{height} {adapter} --report report.json --force --quiet");
        let mut command = self.command(env!("CARGO_BIN_EXE_portbloom"));
        let child = command
            .args(line.split_whitespace())
            .current_dir(folder.path(""))
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn();
        let running = Running(child.expect("the binary runs"));
        let mut preview = Preview {
            screen: self,
            folder,
            running,
            window: String::new(),
        };
        wait_until("the window opens", || {
            // It has the log's name once that is on show.
            let found = self
                .command("xdotool")
                .args(["search", "--onlyvisible", "--name", " - portbloom"])
                .output();
            let found = found.unwrap_or_else(|error| panic!("cannot run xdotool: {error}; run ./setup.sh --tests"));
            let text = String::from_utf8_lossy(&found.stdout).into_owned();
            preview.window = text.lines().next().unwrap_or_default().to_owned();
            !preview.window.is_empty()
        });
        // Without a window manager it takes the keyboard itself.
        wait_until("the window has the keyboard", || self.has_keyboard(&preview.window));
        preview
    }

    fn has_keyboard(&self, window: &str) -> bool {
        let focused = self.command("xdotool").arg("getwindowfocus").output();
        let focused = focused.unwrap_or_else(|error| panic!("cannot run xdotool: {error}; run ./setup.sh --tests"));
        String::from_utf8_lossy(&focused.stdout).trim() == window
    }

    /// The pointer beside the window.
    fn point_beside(&self) {
        self.point(SCREEN.map(|side| f64::from(side - 5)));
    }

    fn point(&self, [x, y]: [f64; 2]) {
        let at = [x, y].map(|px| (px.round() as i64).to_string());
        self.run("xdotool", &["mousemove", &at[0], &at[1]]);
    }

    /// Waits until a picture is shown at the top left, but for `without` at the lower left.
    fn shows(&self, what: &str, expected: &RgbaImage, without: [u32; 2]) {
        let (width, height) = expected.dimensions();
        let start = Instant::now();
        loop {
            let shot = self.shot([width, height]);
            let differing = shot
                .enumerate_pixels()
                .filter(|(x, y, pixel)| *pixel != expected.get_pixel(*x, *y))
                .filter(|(x, y, _)| *x >= without[0] || *y < height - without[1])
                .count();
            if differing == 0 {
                return;
            }
            if start.elapsed() > Duration::from_secs(30) {
                let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("window.png");
                shot.save(&path).expect("the picture can be written");
                panic!("{what}: {differing} pixels differ; {} is on the screen", path.display());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn shot(&self, [width, height]: [u32; 2]) -> RgbaImage {
        let area = format!("{width}x{height}+0+0");
        let bytes = self.run(
            "import",
            &["-silent", "-window", "root", "-crop", &area, "+repage", "png:-"],
        );
        image::load_from_memory(&bytes).expect("a PNG").into_rgba8()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // Where they have ended there is nothing to stop.
        if let Some(manager) = &mut self.manager {
            let _ = manager.kill();
            let _ = manager.wait();
        }
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// The window at work.
struct Preview<'a> {
    screen: &'a Screen,
    folder: &'a Folder,
    running: Running,
    window: String,
}

impl Preview<'_> {
    fn keys(&self, keys: &str) {
        let mut arguments = vec!["key", "--delay", "30"];
        arguments.extend(keys.split_whitespace());
        self.screen.run("xdotool", &arguments);
    }

    /// Width and height of the window.
    fn size(&self) -> [u32; 2] {
        let text = self
            .screen
            .run("xdotool", &["getwindowgeometry", "--shell", &self.window]);
        let text = String::from_utf8_lossy(&text).into_owned();
        let number = |name: &str| {
            let found = text.lines().find_map(|line| line.strip_prefix(name));
            found.and_then(|number| number.parse().ok()).expect("a geometry")
        };
        [number("WIDTH="), number("HEIGHT=")]
    }

    /// Whether a picture fills the window, wherever that is on the screen.
    fn holds(&self, picture: &RgbaImage) -> bool {
        let mut import = self.screen.command("import");
        let output = import.args(["-silent", "-window", &self.window, "png:-"]).output();
        let output = output.unwrap_or_else(|error| panic!("cannot run import: {error}; run ./setup.sh --tests"));
        // A window that is on its way back to the screen has no picture.
        let content = image::load_from_memory(&output.stdout);
        content.is_ok_and(|content| same(&content.into_rgba8(), picture))
    }

    fn click(&self, at: [f64; 2]) {
        self.screen.point(at);
        self.screen.run(
            "xdotool",
            &["mousemove_relative", "1", "0", "sleep", "0.1", "click", "1"],
        );
    }

    /// Closes the window by a key; its account of the session.
    fn close(self) -> Value {
        self.keys("q");
        let ran = self.running.end();
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        self.folder.json("report.json")
    }
}

/// The picture that `portbloom frame` draws.
fn still(folder: &Folder, arguments: &str) -> RgbaImage {
    // By who draws in the window: others' pictures are held to these in tests/raster.rs.
    let adapter = if arguments.contains("--adapter") {
        ""
    } else {
        "--adapter software"
    };
    folder.succeed(&format!("frame {arguments} {adapter} -o still.png --force --quiet"));
    image::open(folder.path("still.png")).expect("a PNG").into_rgba8()
}

fn flood_in_window(folder: &Folder) -> RgbaImage {
    let [width, height] = WINDOW;
    still(folder, &format!("--frame {FLOOD} --size {width}x{height}"))
}

/// The middle of a port's label in a scene.
fn label_of(scene: &Value, port: &Value) -> [f64; 2] {
    let ports = scene["ports"].as_array().expect("ports");
    let found = ports
        .iter()
        .find(|found| found["port"] == port["port"] && found["protocol"] == port["protocol"])
        .expect("the port has a place");
    [found["x"].as_f64().expect("x") + 40.0, found["y"].as_f64().expect("y")]
}

fn same(a: &RgbaImage, b: &RgbaImage) -> bool {
    a.as_raw() == b.as_raw()
}

#[test]
fn the_window_shows_the_frame_of_the_file_at_every_size() {
    let (folder, screen) = (Folder::new(), Screen::new());
    let preview = screen.open(&folder, &format!("--frame {FLOOD} --paused"));
    let expected = flood_in_window(&folder);
    screen.shows("the frame", &expected, [0, 0]);
    // The comparison can fail.
    let [width, height] = WINDOW;
    let next = still(&folder, &format!("--frame {} --size {width}x{height}", FLOOD + 1));
    assert!(!same(&next, &expected));
    preview.keys("shift+Right");
    screen.shows("the next frame", &next, [0, 0]);
    preview.keys("shift+Left");

    screen.run("xdotool", &["windowsize", &preview.window, "1280", "720"]);
    let larger = still(&folder, &format!("--frame {FLOOD} --size 1280x720"));
    screen.shows("the frame in a larger window", &larger, [0, 0]);
    // Taken off the screen, as when minimised, and put back.
    screen.run("xdotool", &["windowunmap", "--sync", &preview.window]);
    assert!(!same(&screen.shot([1280, 720]), &larger));
    screen.run("xdotool", &["windowmap", "--sync", &preview.window]);
    screen.shows("the frame after the window came back", &larger, [0, 0]);
    // The keyboard was lost with it: a click brings it back.
    preview.click([480.0, 5.0]);
    wait_until("the window has the keyboard again", || {
        screen.has_keyboard(&preview.window)
    });
    let report = preview.close();
    let adapter = report["adapter"].as_str().expect("a name");
    assert!(adapter.starts_with("the CPU, software, shown by "), "{adapter}");
    assert_eq!(
        (&report["frame"], &report["size"]),
        (&FLOOD.into(), &serde_json::json!([1280, 720]))
    );
}

#[test]
fn a_graphics_adapter_draws_the_frames_of_the_file_too() {
    let (folder, screen) = (Folder::new(), Screen::new());
    let arguments = format!("--frame {FLOOD} --adapter llvmpipe");
    let preview = screen.open(&folder, &format!("{arguments} --paused"));
    screen.shows(
        "the frame",
        &still(&folder, &format!("{arguments} --size 960x540")),
        [0, 0],
    );
    preview.keys("shift+Right");
    let next = format!("--frame {} --adapter llvmpipe --size 960x540", FLOOD + 1);
    screen.shows("the next frame", &still(&folder, &next), [0, 0]);
    let report = preview.close();
    let adapter = report["adapter"].as_str().expect("a name");
    assert!(adapter.starts_with("llvmpipe"), "{adapter}");
}

#[test]
fn keys_move_through_the_film() {
    let (folder, screen) = (Folder::new(), Screen::new());
    for (begin, keys, frame) in [
        (100, "shift+Right shift+Right Right shift+Left", 126),
        (100, "Left Left Left Left Left", 0),
        (100, "End", 8133),
        (100, "End Home shift+Right", 1),
        (6000, "n", 6110),
        (6000, "p p", 2741),
    ] {
        let preview = screen.open(&folder, &format!("--frame {begin} --paused"));
        preview.keys(keys);
        let report = preview.close();
        assert_eq!(
            (&report["frame"], &report["playing"]),
            (&frame.into(), &false.into()),
            "{keys}"
        );
    }
    let preview = screen.open(&folder, "--frame 100 --paused");
    preview.keys("Up Up Up Down l g");
    let report = preview.close();
    assert_eq!(
        [&report["speed"], &report["looping"], &report["skips_gaps"]],
        [&Value::from(5.0), &true.into(), &true.into()]
    );
}

#[test]
fn it_plays_by_the_wall_clock() {
    let (folder, screen) = (Folder::new(), Screen::new());
    let preview = screen.open(&folder, "--paused --size 320x180");
    screen.shows("the first frame", &still(&folder, "--frame 0 --size 960x540"), [0, 0]);
    let start = Instant::now();
    preview.keys("space");
    let started = Instant::now();
    std::thread::sleep(Duration::from_secs(2));
    let before_end = start.elapsed();
    let at_least = started.elapsed();
    preview.keys("space");
    let at_most = start.elapsed();
    let report = preview.close();
    let secs = report["frame"].as_f64().expect("a number") / 25.0;
    assert!(
        secs > at_least.as_secs_f64() - 0.1 && secs < at_most.as_secs_f64() + 0.1,
        "{secs} s of film in {before_end:?} to {at_most:?}"
    );
    assert_eq!(report["playing"], false);
    // Pictures between the frames of the film, where the machine has the time for them.
    let pictures = report["frame_times"]["pictures"].as_u64().expect("a count");
    assert!(pictures > 10, "{pictures}");
}

#[test]
fn the_pointer_seeks_asks_and_pins() {
    let (folder, screen) = (Folder::new(), Screen::new());
    let [width, height] = WINDOW;
    let size = format!("--size {width}x{height}");
    let preview = screen.open(&folder, &format!("--frame {FLOOD} --paused"));
    let plain = flood_in_window(&folder);
    screen.shows("the frame", &plain, [0, 0]);

    // A country lights up and the others step back.
    let scene = folder.scene(&format!("--frame {FLOOD} {size}"));
    let row = |code: &str| {
        let rows = scene["countries"].as_array().expect("rows");
        let row = rows.iter().find(|row| row["code"] == code).expect("a row");
        [row["x"].as_f64().expect("x"), row["y"].as_f64().expect("y")]
    };
    preview.click(row("CN"));
    screen.point_beside();
    let only = still(&folder, &format!("--frame {FLOOD} {size} --only CN"));
    assert!(!same(&only, &plain));
    screen.shows("China alone", &only, NOTE);
    screen.point(row("US"));
    let brightness = |shot: &RgbaImage, [x, y]: [f64; 2]| -> u64 {
        let part = image::imageops::crop_imm(shot, x as u32 - 30, y as u32 - 3, 60, 6).to_image();
        let light = |pixel: &image::Rgba<u8>| pixel.0[..3].iter().map(|part| u64::from(*part)).sum::<u64>();
        // Over the dark theme's background.
        part.pixels()
            .map(|pixel| light(pixel).saturating_sub(8 + 10 + 15))
            .sum()
    };
    // Its busiest port, away from the words beside the pointer.
    let ports = scene["ports"].as_array().expect("ports");
    let busiest = ports
        .iter()
        .find(|port| port["port"] == 1433 && port["protocol"] == "TCP")
        .expect("a port");
    let scene_only = folder.scene(&format!("--frame {FLOOD} {size} --only CN"));
    let label = label_of(&scene_only, busiest);
    let lit = brightness(&only, label);
    assert!(lit > 1000, "{lit}");
    wait_until("the others step back", || {
        brightness(&screen.shot(WINDOW), label) < lit / 2
    });
    screen.point_beside();
    preview.keys("Escape");
    screen.shows("all traffic again", &plain, [0, 0]);

    // Half-way along the line at the bottom.
    let line_px = |share: f64| [80.0 / 2160.0 * 540.0 * (1.0 - share) + share * 752.0, 519.0];
    preview.click(line_px(0.5));
    screen.point_beside();
    let report = preview.close();
    let frame = report["frame"].as_u64().expect("a frame");
    assert!((3900..4260).contains(&frame), "{frame}");
    assert_eq!(report["only"], Value::Null);
}

#[test]
fn pictures_films_and_commands_are_what_is_on_screen() {
    let (folder, screen) = (Folder::new(), Screen::new());
    folder.write("log.csv", TWO_PACKETS);
    let arguments = "log.csv --travel 1s --only US";
    let preview = screen.open(&folder, &format!("{arguments} --size 320x180 --paused --frame 5"));
    screen.shows(
        "the frame",
        &still(&folder, &format!("{arguments} --frame 5 --size 960x540")),
        NOTE,
    );

    preview.keys("F12");
    wait_until("the frame is saved", || {
        folder.path("portbloom-frame-00005.png").exists()
    });
    let saved = image::open(folder.path("portbloom-frame-00005.png"))
        .expect("a PNG")
        .into_rgba8();
    assert!(same(
        &saved,
        &still(&folder, &format!("{arguments} --size 320x180 --frame 5"))
    ));

    preview.keys("e");
    wait_until("the film is made", || folder.path("portbloom.mp4").exists());
    let film = folder.read("portbloom.mp4");
    preview.keys("c");
    let mut line = String::new();
    wait_until("the command is on the clipboard", || {
        let pasted = screen.command("xclip").args(["-o", "-selection", "clipboard"]).output();
        let pasted = pasted.unwrap_or_else(|error| panic!("cannot run xclip: {error}; run ./setup.sh --tests"));
        line = String::from_utf8_lossy(&pasted.stdout).into_owned();
        !line.is_empty()
    });
    let report = preview.close();
    assert_eq!(report["only"], "US");
    assert!(
        line.starts_with("portbloom render log.csv -o portbloom.mp4 --size 320x180"),
        "{line}"
    );
    // The line makes the film that the window made.
    let words: Vec<&str> = line.split_whitespace().skip(1).collect();
    let again: Vec<&str> = words
        .into_iter()
        .map(|word| if word == "portbloom.mp4" { "again.mp4" } else { word })
        .collect();
    let ran = folder.run_with(&again, b"");
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(folder.read("again.mp4") == film, "{line}");
}

#[test]
fn full_screen_minimised_and_back_under_a_window_manager() {
    let (folder, screen) = (Folder::new(), Screen::managed());
    let preview = screen.open(&folder, &format!("--frame {FLOOD} --paused"));
    let [width, height] = SCREEN;
    let window = flood_in_window(&folder);
    wait_until("the frame is in the window", || preview.holds(&window));

    preview.keys("F11");
    wait_until("the window is as large as the screen", || preview.size() == SCREEN);
    let full = still(&folder, &format!("--frame {FLOOD} --size {width}x{height}"));
    // The pointer is in the window now: beside it are the controls, at the bottom.
    screen.shows("the frame on the whole screen", &full, [width, height / 3]);
    preview.keys("Escape");
    wait_until("the window is as it was", || preview.size() == WINDOW);
    wait_until("the frame is in the window again", || preview.holds(&window));

    screen.run("xdotool", &["windowminimize", "--sync", &preview.window]);
    wait_until("the screen is empty", || {
        let shot = screen.shot(SCREEN);
        shot.pixels().map(|pixel| pixel.0).collect::<BTreeSet<_>>().len() < 10
    });
    screen.run("xdotool", &["windowactivate", "--sync", &preview.window]);
    wait_until("the frame is in the window that came back", || preview.holds(&window));
    preview.keys("shift+Right");
    let next = still(&folder, &format!("--frame {} --size 960x540", FLOOD + 1));
    wait_until("the next frame is in the window", || preview.holds(&next));
    preview.close();
}

#[test]
fn a_log_dropped_on_the_window_is_opened() {
    let (folder, screen) = (Folder::new(), Screen::new());
    folder.write("dropped here.csv", TWO_PACKETS);
    let preview = screen.open(&folder, &format!("--frame {FLOOD} --paused --only IR"));
    let title = || String::from_utf8_lossy(&screen.run("xdotool", &["getwindowname", &preview.window])).into_owned();
    assert!(!title().starts_with("dropped here"), "{}", title());
    drag::drop_file(&screen.display, &preview.window, &folder.path("dropped here.csv"));
    wait_until("the log is on show", || title().starts_with("dropped here"));
    // Another log begins at its start, with all of its traffic.
    folder.write("log.csv", TWO_PACKETS);
    let expected = still(&folder, "log.csv --frame 0 --size 960x540");
    let heading = 60;
    let below = |shot: &RgbaImage| image::imageops::crop_imm(shot, 0, heading, 960, 540 - heading).to_image();
    wait_until("its first frame is shown", || {
        same(&below(&screen.shot(WINDOW)), &below(&expected))
    });
    let report = preview.close();
    assert_eq!((&report["frame"], &report["only"]), (&0.into(), &Value::Null));

    // A file that is no log is refused, and the old one stays.
    let preview = screen.open(&folder, &format!("--frame {FLOOD} --paused"));
    folder.write("notes.txt", "there is no log in here\n");
    drag::drop_file(&screen.display, &preview.window, &folder.path("notes.txt"));
    let plain = flood_in_window(&folder);
    wait_until("it says so", || !same(&screen.shot(WINDOW), &plain));
    screen.shows("the old log under the message", &plain, [420, 220]);
    let report = preview.close();
    assert_eq!(report["frame"], FLOOD);
}

#[test]
fn paths_that_were_copied_are_opened_by_pasting() {
    let (folder, screen) = (Folder::new(), Screen::new());
    folder.write("one.csv", "datetime,proto,dpt,cc\n2013-07-01 00:00:00,TCP,80,US\n");
    folder.write(
        "the other.csv",
        "datetime,proto,dpt,cc\n2013-07-01 00:01:00,UDP,53,DE\n",
    );
    let preview = screen.open(&folder, &format!("--frame {FLOOD} --paused"));
    let title = || String::from_utf8_lossy(&screen.run("xdotool", &["getwindowname", &preview.window])).into_owned();
    let paste = |text: &str| {
        folder.write("copied.txt", text);
        let copied = folder.path("copied.txt");
        // xclip stays behind to serve what it holds, so its output must not be waited for.
        let xclip = screen
            .command("xclip")
            .args(["-selection", "clipboard"])
            .arg(copied)
            .status();
        let xclip = xclip.unwrap_or_else(|error| panic!("cannot run xclip: {error}; run ./setup.sh --tests"));
        assert!(xclip.success());
        preview.keys("ctrl+v");
    };
    let at = |name: &str| folder.path(name).to_str().expect("a path in Unicode").to_owned();
    paste(&format!(
        "{}\nfile://{}\n",
        at("one.csv"),
        at("the other.csv").replace(' ', "%20")
    ));
    wait_until("both are on show", || title().starts_with("one and 1 more"));

    let shown = screen.shot(WINDOW);
    paste("no such file.csv");
    wait_until("it says so", || !same(&screen.shot(WINDOW), &shown));
    assert!(title().starts_with("one and 1 more"), "{}", title());
    preview.close();
}

/// Width and height of the compositor's screen, at the top left of that which it is shown on.
const OUTPUT: [u32; 2] = [1280, 720];
/// The name of its socket.
const SOCKET: &str = "portbloom";

/// A compositor for Wayland, weston.
struct Compositor {
    /// Where its socket is.
    folder: tempfile::TempDir,
    _weston: Running,
}

impl Compositor {
    /// With a backend of weston's; that for X11 opens a window on a display.
    fn new(backend: &str, display: Option<&str>) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the socket");
        let mut weston = Command::new("weston");
        weston
            .arg(format!("--backend={backend}-backend.so"))
            .arg(format!("--width={}", OUTPUT[0]))
            .arg(format!("--height={}", OUTPUT[1]))
            .arg("--idle-time=0")
            .args(["--socket", SOCKET])
            .env("XDG_RUNTIME_DIR", folder.path())
            .envs(display.map(|display| ("DISPLAY", display)))
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let weston = weston.spawn();
        let weston = weston.unwrap_or_else(|error| panic!("cannot run weston: {error}; run ./setup.sh --tests"));
        let compositor = Self {
            folder,
            _weston: Running(weston),
        };
        wait_until("weston listens", || compositor.socket().exists());
        compositor
    }

    /// A program on it alone.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env("XDG_RUNTIME_DIR", self.folder.path())
            .env("WAYLAND_DISPLAY", SOCKET)
            .env_remove("DISPLAY");
        command
    }

    /// Opens the window on it.
    fn open(&self, folder: &Folder, line: &str) -> Running {
        let child = (self.command(env!("CARGO_BIN_EXE_portbloom")))
            .args(line.split_whitespace())
            .current_dir(folder.path(""))
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn();
        Running(child.expect("the binary runs"))
    }

    fn socket(&self) -> std::path::PathBuf {
        self.folder.path().join(SOCKET)
    }

    /// The text on its clipboard.
    fn pasted(&self) -> String {
        let pasted = self.command("wl-paste").output();
        let pasted = pasted.unwrap_or_else(|error| panic!("cannot run wl-paste: {error}; run ./setup.sh --tests"));
        String::from_utf8_lossy(&pasted.stdout).into_owned()
    }
}

/// Ends a window by Ctrl-C, and gives its report.
fn interrupted(running: Running, folder: &Folder) -> Value {
    running.send("INT");
    let ran = running.end();
    assert_eq!(ran.code, Some(130), "{}", ran.stderr);
    folder.json("report.json")
}

/// Whether there comes a line with a word.
fn is_told(pipe: &mut impl Read, word: &str) -> bool {
    let mut lines = BufReader::new(pipe).lines().map_while(Result::ok);
    lines.any(|line| line.contains(word))
}

#[test]
fn the_clipboard_of_wayland_is_read_and_written() {
    let (folder, screen) = (Folder::new(), Screen::new());
    let compositor = Compositor::new("x11", Some(&screen.display));
    folder.write("copied.csv", "datetime,proto,dpt,cc\n2013-07-01 00:00:00,TCP,80,US\n");
    let line = "preview --window 960x540 --adapter software --paused --report report.json --force --quiet";
    let running = compositor.open(&folder, line);
    let log = folder.path("copied.csv");
    // Until the window is there, and has been clicked, it gets no keys: once more, then.
    wait_until("a path is pasted, and the command for it is copied", || {
        let copied = compositor
            .command("wl-copy")
            .args(["--type", "text/plain"])
            .arg(&log)
            .status();
        let copied = copied.unwrap_or_else(|error| panic!("cannot run wl-copy: {error}; run ./setup.sh --tests"));
        assert!(copied.success());
        let in_the_middle = [
            "mousemove",
            "600",
            "330",
            "sleep",
            "0.2",
            "mousemove",
            "640",
            "330",
            "click",
            "1",
        ];
        screen.run("xdotool", &in_the_middle);
        screen.run(
            "xdotool",
            &[
                "sleep", "0.3", "key", "ctrl+v", "sleep", "0.7", "key", "c", "sleep", "0.5",
            ],
        );
        let text = compositor.pasted();
        text.starts_with("portbloom render") && text.contains("copied.csv")
    });
    // The clipboard's thread ends with the window.
    let report = interrupted(running, &folder);
    assert_ne!(report["frames"], 8134);
}

#[test]
fn a_log_dropped_on_the_window_is_opened_on_wayland() {
    let (folder, screen) = (Folder::new(), Screen::new());
    let compositor = Compositor::new("x11", Some(&screen.display));
    folder.write("dropped.csv", TWO_PACKETS);
    let line = format!(
        "preview --frame {FLOOD} --full-screen --adapter software --paused --report report.json --force --quiet"
    );
    let running = compositor.open(&folder, &line);
    let [width, height] = OUTPUT;
    let flood = still(&folder, &format!("--frame {FLOOD} --size {width}x{height}"));
    // The compositor always shows a pointer: it waits among the controls.
    let controls = [width, height / 3];
    let wait_there = || screen.point([20.0, f64::from(height - 20)]);
    wait_there();
    screen.shows("the flood", &flood, controls);

    // Drags from the window of one colour to a place with nothing under it.
    let drag = |kind, text: String| {
        let source = drag_wayland::source(&compositor.socket(), kind, text);
        let mut at = [0; 2];
        wait_until("there is something to drag", || {
            let shot = screen.shot(OUTPUT);
            let found = shot
                .enumerate_pixels()
                .filter(|(.., pixel)| pixel.0[..3] == drag_wayland::COLOR);
            let places: Vec<[u32; 2]> = found.map(|(x, y, _)| [x, y]).collect();
            at = places.get(places.len() / 2).copied().unwrap_or_default();
            places.len() == (drag_wayland::SIDE * drag_wayland::SIDE) as usize
        });
        // A compositor takes its time over where the pointer is.
        let point = |at: [u32; 2]| {
            screen.point(at.map(f64::from));
            std::thread::sleep(Duration::from_millis(200));
        };
        point(at);
        screen.run("xdotool", &["mousedown", "1", "sleep", "0.2"]);
        let far = if at[1] < height / 2 { height - 250 } else { 100 };
        point([width / 3, far]);
        point([width / 3 + 5, far]);
        screen.run("xdotool", &["mouseup", "1"]);
        let end = source.join().expect("the other side goes well");
        wait_there();
        end
    };

    // A text that is no file is refused.
    assert_eq!(
        drag("text/plain", "/dropped.csv".to_owned()),
        drag_wayland::End::Cancelled
    );
    screen.shows("the flood again", &flood, controls);

    let path = folder.path("dropped.csv");
    let uri = format!(
        "file://{}\r\n",
        path.to_str()
            .expect("a path in Unicode")
            .replace("dropped", "%64ropped")
    );
    assert_eq!(drag("text/uri-list", uri), drag_wayland::End::Finished);
    let expected = still(&folder, &format!("dropped.csv --frame 0 --size {width}x{height}"));
    screen.shows("the log", &expected, controls);
    let report = interrupted(running, &folder);
    assert_eq!((&report["frame"], &report["only"]), (&0.into(), &Value::Null));
}

#[test]
fn it_opens_on_wayland() {
    let folder = Folder::new();
    // A compositor without a screen: nothing can be typed or seen there, but it shows pictures.
    let compositor = Compositor::new("headless", None);
    for adapter in ["software", "llvmpipe"] {
        let line = format!("preview --window 640x360 --adapter {adapter} --report report.json --force");
        let mut running = compositor.open(&folder, &line);
        // It tells of the log when that is on show.
        let pipe = running.0.stderr.as_mut().expect("stderr is piped");
        assert!(is_told(pipe, "packets"), "{adapter}: it says nothing of the log");
        std::thread::sleep(Duration::from_secs(1));
        let report = interrupted(running, &folder);
        assert_eq!(report["size"], serde_json::json!([640, 360]), "{adapter}");
        let pictures = report["pictures"].as_u64().expect("a count");
        assert!(pictures > 3, "{adapter}: {pictures} pictures");
    }
}

#[test]
fn a_window_whose_compositor_is_gone_ends_and_says_so() {
    let folder = Folder::new();
    let compositor = Compositor::new("headless", None);
    let mut running = compositor.open(&folder, "preview --window 640x360 --adapter software");
    let pipe = running.0.stderr.as_mut().expect("stderr is piped");
    assert!(is_told(pipe, "packets"), "it says nothing of the log");
    drop(compositor);
    let ran = running.end();
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    let last = ran.stderr.lines().last().unwrap_or_default();
    assert_eq!(
        last, "portbloom: the display is gone, and the window with it",
        "{}",
        ran.stderr
    );
}

#[test]
fn without_a_display_it_says_so_and_what_to_do() {
    let folder = Folder::new();
    let output = Command::new(env!("CARGO_BIN_EXE_portbloom"))
        .args(["preview", "--title", "My log"])
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .env_remove("WAYLAND_SOCKET")
        .current_dir(folder.path(""))
        .output()
        .expect("the binary runs");
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(!text.contains(".rs"), "{text}");
    assert!(
        text.starts_with("portbloom: no display") && text.lines().count() == 1,
        "{text}"
    );
    assert!(
        text.contains("portbloom render -o film.mp4 --size 1920x1080 --title 'My log'"),
        "{text}"
    );
}

#[test]
fn a_compositor_that_is_gone_does_not_keep_it_from_x11() {
    let (folder, screen) = (Folder::new(), Screen::new());
    let socket = folder.path("a socket nobody listens at");
    drop(std::os::unix::net::UnixListener::bind(&socket).expect("a socket"));
    for stale in [
        &[("WAYLAND_DISPLAY", "wayland-nowhere")][..],
        &[("WAYLAND_DISPLAY", socket.to_str().expect("a path in Unicode"))],
        &[("WAYLAND_SOCKET", "99")],
    ] {
        let mut command = screen.command(env!("CARGO_BIN_EXE_portbloom"));
        let child = command
            .args([
                "preview",
                "--adapter",
                "software",
                "--window",
                "640x360",
                "--report",
                "report.json",
                "--force",
            ])
            .env("XDG_RUNTIME_DIR", folder.path(""))
            .envs(stale.iter().copied())
            .current_dir(folder.path(""))
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn();
        let mut running = Running(child.expect("the binary runs"));
        let pipe = running.0.stderr.as_mut().expect("stderr is piped");
        assert!(is_told(pipe, "packets"), "{stale:?}: it says nothing of the log");
        let report = interrupted(running, &folder);
        assert_eq!(report["size"], serde_json::json!([640, 360]), "{stale:?}");
    }
}

#[test]
fn without_a_graphics_driver_it_says_what_to_install() {
    let (folder, screen) = (Folder::new(), Screen::new());
    let mut command = screen.command(env!("CARGO_BIN_EXE_portbloom"));
    // Older loaders know the first name, newer ones the second.
    for name in ["VK_ICD_FILENAMES", "VK_DRIVER_FILES"] {
        command.env(name, folder.path("no driver.json"));
    }
    let output = command.args(["preview", "--quiet"]).output().expect("the binary runs");
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(
        text.starts_with("portbloom: no graphics adapter was found: install ") && text.lines().count() == 1,
        "{text}"
    );
    assert!(text.contains("films need none: portbloom render -o film.mp4"), "{text}");
}

#[test]
fn a_log_that_cannot_be_read_is_an_error_as_everywhere() {
    let (folder, screen) = (Folder::new(), Screen::new());
    for (arguments, message) in [
        ("missing.csv", "missing.csv: cannot open the log"),
        ("--only tcp/9", "--only tcp/9: the log has no packets to TCP 9"),
        ("--frame 9000", "--frame 9000: the film has 8,134 frames"),
        ("--background none", "a window cannot be transparent"),
    ] {
        let output = screen
            .command(env!("CARGO_BIN_EXE_portbloom"))
            .args(["preview", "--quiet", "--adapter", "software"])
            .args(arguments.split_whitespace())
            .current_dir(folder.path(""))
            .output()
            .expect("the binary runs");
        let text = String::from_utf8_lossy(&output.stderr);
        let code = if arguments.starts_with("--background") { 2 } else { 1 };
        assert_eq!(output.status.code(), Some(code), "{arguments}: {text}");
        assert!(text.contains(message), "{arguments}: {text}");
    }
}
