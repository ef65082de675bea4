//! Runs the real binary in a folder of its own, and looks at its films with decoders that are not ours.

use std::ffi::OsStr;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// No run here takes a tenth of it; one that hangs fails instead of hanging the tests.
const LONGEST: Duration = Duration::from_secs(120);
/// Where the binary under test is.
const BINARY: &str = env!("CARGO_BIN_EXE_portbloom");

/// A folder that starts empty and goes with the test; every command runs in it.
pub struct Folder(TempDir);

/// How a command ended. Whatever it did, stdout was empty.
pub struct Ran {
    pub code: Option<i32>,
    pub stderr: String,
}

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.path(name), bytes).expect("the temporary folder takes files");
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}; there are {:?}", self.names()))
    }

    pub fn json(&self, name: &str) -> Value {
        serde_json::from_slice(&self.read(name)).expect("JSON")
    }

    /// Everything in it, hidden files too, sorted.
    pub fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.path()).expect("the temporary folder");
        let mut names: Vec<String> = entries
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    /// The binary, with the software adapter unless `arguments` (split at blanks) name another.
    pub fn run(&self, arguments: &str) -> Ran {
        self.run_with(&arguments.split_whitespace().collect::<Vec<_>>(), b"")
    }

    pub fn run_with<A: AsRef<OsStr>>(&self, arguments: &[A], stdin: &[u8]) -> Ran {
        let output = assert_cmd::Command::new(BINARY)
            .args(with_adapter(arguments))
            .current_dir(self.0.path())
            .write_stdin(stdin)
            .timeout(LONGEST)
            .output()
            .expect("the binary runs");
        assert!(output.stdout.is_empty(), "stdout stays free");
        Ran {
            code: output.status.code(),
            stderr: String::from_utf8(output.stderr).expect("messages are UTF-8"),
        }
    }

    /// Runs a command that must succeed; gives what it said.
    pub fn succeed(&self, arguments: &str) -> String {
        let ran = self.run(arguments);
        assert_eq!(ran.code, Some(0), "{arguments}: {}", ran.stderr);
        ran.stderr
    }

    /// Runs a command that must fail with exit code 1, one line on stderr and no new file; gives the
    /// line without the program's name.
    pub fn fail(&self, arguments: &str) -> String {
        self.fail_with(&arguments.split_whitespace().collect::<Vec<_>>(), b"")
    }

    pub fn fail_with<A: AsRef<OsStr>>(&self, arguments: &[A], stdin: &[u8]) -> String {
        self.fail_by(1, arguments, stdin)
    }

    /// The same for a command line that is wrong by itself, whose exit code is 2.
    pub fn refuse(&self, arguments: &str) -> String {
        self.fail_by(2, &arguments.split_whitespace().collect::<Vec<_>>(), b"")
    }

    fn fail_by<A: AsRef<OsStr>>(&self, code: i32, arguments: &[A], stdin: &[u8]) -> String {
        let before = self.names();
        let mut arguments: Vec<&OsStr> = arguments.iter().map(AsRef::as_ref).collect();
        arguments.push(OsStr::new("--quiet"));
        let ran = self.run_with(&arguments, stdin);
        assert_eq!(ran.code, Some(code), "{arguments:?}: {}", ran.stderr);
        assert_eq!(self.names(), before, "{arguments:?} leaves no file");
        let line = ran.stderr.strip_suffix('\n').unwrap_or(&ran.stderr);
        assert_eq!(line.lines().count(), 1, "one line: {line}");
        assert!(!line.chars().any(char::is_control), "{line:?}");
        let message = line.strip_prefix("portbloom: ");
        message.unwrap_or_else(|| panic!("no name before: {line}")).to_owned()
    }

    /// The binary at work, for tests that disturb it; its stderr is piped.
    pub fn start(&self, arguments: &str, stdin: Stdio) -> Running {
        let child = Command::new(BINARY)
            .args(with_adapter(&arguments.split_whitespace().collect::<Vec<_>>()))
            .current_dir(self.0.path())
            .stdin(stdin)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn();
        Running(child.expect("the binary runs"))
    }

    /// A still and the scene behind it: `frame` with these arguments.
    pub fn scene(&self, arguments: &str) -> Value {
        self.succeed(&format!(
            "frame {arguments} -o still.png --json scene.json --force --quiet"
        ));
        self.json("scene.json")
    }

    /// What `ffprobe` says of a film's only stream, all its frames counted.
    pub fn probe(&self, film: &str) -> Value {
        let output = Command::new("ffprobe")
            .args(["-v", "warning", "-count_frames", "-show_streams", "-of", "json"])
            .arg(self.path(film))
            .output();
        let report: Value = serde_json::from_slice(&sound("ffprobe", film, output)).expect("JSON");
        let streams = report["streams"].as_array().expect("streams");
        assert_eq!(streams.len(), 1, "{film}");
        streams[0].clone()
    }

    /// Frames that a film plays.
    pub fn frames(&self, film: &str) -> u64 {
        let probed = self.probe(film);
        let frames = probed["nb_read_frames"].as_str().and_then(|text| text.parse().ok());
        frames.unwrap_or_else(|| panic!("{film}: {probed}"))
    }

    /// All pictures of a film as its stream holds them.
    pub fn decode(&self, film: &str, [width, height]: [usize; 2]) -> Vec<Yuv> {
        let output = Command::new("ffmpeg")
            .args(["-v", "warning", "-i"])
            .arg(self.path(film))
            .args(["-f", "rawvideo", "-pix_fmt", "yuv420p", "-fps_mode", "passthrough", "-"])
            .output();
        let bytes = sound("ffmpeg", film, output);
        let length = width * height * 3 / 2;
        assert_eq!(bytes.len() % length, 0, "whole pictures");
        let split = |picture: &[u8]| {
            let (y, chroma) = picture.split_at(width * height);
            let (u, v) = chroma.split_at(width * height / 4);
            Yuv {
                width,
                planes: [y.to_vec(), u.to_vec(), v.to_vec()],
            }
        };
        bytes.chunks(length).map(split).collect()
    }
}

/// A command at work; it does not outlive its test.
pub struct Running(pub Child);

impl Running {
    /// Sends it a signal by its name.
    #[cfg(unix)]
    pub fn send(&self, signal: &str) {
        let arguments = ["-s", signal, &self.0.id().to_string()];
        let sent = Command::new("kill").args(arguments).status();
        assert!(sent.is_ok_and(|status| status.success()), "kill -s {signal}");
    }

    /// Exit code and stderr, once it has ended.
    pub fn end(mut self) -> Ran {
        wait_until("the command ends", || {
            self.0.try_wait().is_ok_and(|status| status.is_some())
        });
        let mut stderr = String::new();
        let mut pipe = self.0.stderr.take().expect("stderr is piped");
        pipe.read_to_string(&mut stderr).expect("messages are UTF-8");
        let code = self.0.wait().expect("it is our child").code();
        Ran { code, stderr }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Where it has ended there is nothing to stop.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits until `done` says so; a minute is an error.
pub fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < LONGEST / 2, "waited a minute until {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The arguments and `--adapter software`, unless they name an adapter or draw nothing.
fn with_adapter<A: AsRef<OsStr>>(arguments: &[A]) -> Vec<&OsStr> {
    let mut arguments: Vec<&OsStr> = arguments.iter().map(AsRef::as_ref).collect();
    let draws = arguments
        .first()
        .is_some_and(|first| *first == "render" || *first == "frame");
    if draws && !arguments.iter().any(|argument| *argument == "--adapter") {
        arguments.splice(1..1, ["--adapter", "software"].map(OsStr::new));
    }
    arguments
}

/// What a decoder printed; any complaint of it is a failure.
fn sound(program: &str, film: &str, output: std::io::Result<std::process::Output>) -> Vec<u8> {
    let output = output.unwrap_or_else(|error| panic!("cannot run {program}: {error}; run ./setup.sh --tests"));
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && complaints.trim().is_empty(),
        "{program} on {film}: {complaints}"
    );
    output.stdout
}

/// A picture as 4:2:0 planes.
#[derive(PartialEq)]
pub struct Yuv {
    width: usize,
    planes: [Vec<u8>; 3],
}

/// A picture as sRGB bytes.
pub struct Rgb {
    width: usize,
    height: usize,
    bytes: Vec<u8>,
}

/// Weights of red and blue in luma: ITU-R BT.709-6, item 3.2, and BT.601-7, item 2.5.1.
pub const BT709: [f64; 2] = [0.2126, 0.0722];
pub const BT601: [f64; 2] = [0.299, 0.114];

impl Rgb {
    pub fn open(path: &Path) -> Self {
        let picture = image::open(path).expect("a PNG").into_rgb8();
        Self {
            width: picture.width() as usize,
            height: picture.height() as usize,
            bytes: picture.into_raw(),
        }
    }

    pub fn at(&self, x: usize, y: usize) -> [u8; 3] {
        let start = (y * self.width + x) * 3;
        [self.bytes[start], self.bytes[start + 1], self.bytes[start + 2]]
    }

    /// Limited range 4:2:0, chroma as the mean of four pixels: BT.709-6, items 3.2 to 3.5.
    pub fn to_yuv(&self, [red, blue]: [f64; 2]) -> Yuv {
        let (mut y, mut u, mut v) = (Vec::new(), Vec::new(), Vec::new());
        let full = |x, y| {
            let [r, g, b] = self.at(x, y).map(|byte| f64::from(byte) / 255.0);
            let luma = red * r + (1.0 - red - blue) * g + blue * b;
            [luma, (b - luma) / (2.0 - 2.0 * blue), (r - luma) / (2.0 - 2.0 * red)]
        };
        for row in 0..self.height {
            y.extend((0..self.width).map(|x| (16.0 + 219.0 * full(x, row)[0]).round() as u8));
        }
        for row in (0..self.height).step_by(2) {
            for x in (0..self.width).step_by(2) {
                let four = [full(x, row), full(x + 1, row), full(x, row + 1), full(x + 1, row + 1)];
                let mean = |part: usize| four.iter().map(|pixel| pixel[part]).sum::<f64>() / 4.0;
                u.push((128.0 + 224.0 * mean(1)).round() as u8);
                v.push((128.0 + 224.0 * mean(2)).round() as u8);
            }
        }
        Yuv {
            width: self.width,
            planes: [y, u, v],
        }
    }
}

impl Yuv {
    /// Peak signal-to-noise ratio of each plane against another's, in dB.
    pub fn psnr(&self, other: &Self) -> [f64; 3] {
        std::array::from_fn(|plane| {
            let (a, b) = (&self.planes[plane], &other.planes[plane]);
            assert_eq!(a.len(), b.len());
            let squares: f64 = a
                .iter()
                .zip(b)
                .map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2))
                .sum();
            10.0 * (255.0 * 255.0 / (squares / a.len() as f64).max(1e-9)).log10()
        })
    }

    /// How much lighter this is than `still`, on average, where that is plainly red: there the
    /// weights of BT.601 and BT.709 differ by ten levels of luma.
    pub fn luma_where_red(&self, still: &Self) -> f64 {
        let [y, _, v] = &still.planes;
        let width = still.width;
        let red = (0..v.len()).filter(|&at| v[at] >= 160);
        let four = |at: usize| {
            let corner = at / (width / 2) * 2 * width + at % (width / 2) * 2;
            [corner, corner + 1, corner + width, corner + width + 1]
        };
        let differences: Vec<f64> = red
            .flat_map(four)
            .map(|at| f64::from(self.planes[0][at]) - f64::from(y[at]))
            .collect();
        assert!(differences.len() > 100, "{} red pixels", differences.len());
        differences.iter().sum::<f64>() / differences.len() as f64
    }
}
