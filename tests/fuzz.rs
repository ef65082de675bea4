//! Drives the fuzz targets of `fuzz/` on stable Rust: every seed of their corpus, and then changes of the
//! seeds, for some seconds. `fuzz/README.md` says how to run them for long.
#![expect(clippy::unwrap_used, reason = "these are tests")]

#[path = "../fuzz/targets/mod.rs"]
mod targets;

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

/// A test for each target, of the same name.
macro_rules! targets {
    ($($name:ident),* $(,)?) => {
        $(
            #[test]
            fn $name() {
                fuzz(stringify!($name), targets::$name::run);
            }
        )*
    };
}

targets![
    captures, csv, film, json, messages, only, plans, prepared, tables, times, wrappers
];

/// How long each target is run, in seconds, unless `PORTBLOOM_FUZZ_SECS` says otherwise.
const SECS: u64 = 2;

/// An input that takes longer than this hangs.
const LONGEST: Duration = Duration::from_secs(60);

/// Inputs are not grown beyond this many bytes.
const MOST_BYTES: usize = 1 << 15;

/// Inputs that are kept for the new ways that they took, at most.
const MOST_KEPT: usize = 4096;

/// Runs a target on its corpus and on changes of it. An input that fails is written to a file.
fn fuzz(name: &'static str, run: fn(&[u8]) -> u64) {
    if let Some(path) = env::var_os("PORTBLOOM_FUZZ_INPUT") {
        run(&fs::read(path).unwrap());
        return;
    }
    let secs = env::var("PORTBLOOM_FUZZ_SECS")
        .ok()
        .map_or(SECS, |secs| secs.parse().unwrap());
    let seed = env::var("PORTBLOOM_FUZZ_SEED")
        .ok()
        .map_or(1, |seed| seed.parse().unwrap());
    let seeds = corpus(name);
    assert!(!seeds.is_empty(), "fuzz/corpus/{name} has no seeds");
    let current = Arc::new(Mutex::new(Vec::new()));
    let (beat, beats) = sync_channel(0);
    let running = Arc::clone(&current);
    let worker = thread::spawn(move || {
        let mut random = Random(seed);
        let (mut kinds, mut kept) = (HashSet::new(), seeds.clone());
        let until = Instant::now() + Duration::from_secs(secs);
        let mut runs = 0_u64;
        while runs < seeds.len() as u64 || Instant::now() < until {
            let input = match seeds.get(runs as usize) {
                Some(seed) => seed.clone(),
                None => changed(&kept, &mut random),
            };
            runs += 1;
            running.lock().unwrap().clone_from(&input);
            if beat.send(()).is_err() {
                return;
            }
            match catch_unwind(AssertUnwindSafe(|| run(&input))) {
                Ok(kind) => {
                    if kinds.insert(kind) && kept.len() < MOST_KEPT {
                        kept.push(input);
                    }
                }
                Err(_) => panic!("{}", failed(name, &input, "failed, as told above")),
            }
        }
        println!("{name}: {runs} inputs, {} kinds of outcome", kinds.len());
    });
    loop {
        match beats.recv_timeout(LONGEST) {
            Ok(()) => {}
            Err(RecvTimeoutError::Timeout) => panic!("{}", failed(name, &current.lock().unwrap(), "hangs")),
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    worker.join().unwrap();
}

/// Writes an input to a file, and tells how to run it again.
fn failed(name: &str, input: &[u8], what: &str) -> String {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let path = folder.join(format!("fuzz-{name}-{}", input.len()));
    fs::write(&path, input).unwrap();
    format!(
        "{name}: an input of {} bytes {what}; again: PORTBLOOM_FUZZ_INPUT={} cargo test --test fuzz {name}",
        input.len(),
        path.display()
    )
}

/// The seeds of a target, by the names of their files.
fn corpus(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(name);
    let mut paths: Vec<PathBuf> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// Bytes that readers treat in ways of their own.
const TOKENS: [&[u8]; 24] = [
    b"\"",
    b"\"\"",
    b"'",
    b",",
    b";",
    b"\t",
    b"\n",
    b"\r",
    b"\r\n",
    b"\0",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\\",
    b"#",
    b":",
    b"-",
    b".",
    b"0",
    b"65536",
    b"18446744073709551616",
    b"time",
    b"sep=;\n",
    b"time,proto,dpt,cc\n",
    b"\x1f\x8b",
];

/// One of the inputs with some changes.
fn changed(inputs: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut bytes = inputs[random.below(inputs.len())].clone();
    for _ in 0..1 + random.below(6) {
        let at = random.below(bytes.len() + 1);
        let end = (at + 1 + random.below(24)).min(bytes.len());
        match random.below(9) {
            0 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
            1 if at < bytes.len() => bytes[at] = random.below(256) as u8,
            2 => bytes.truncate(at),
            3 => drop(bytes.drain(at..end)),
            4 => {
                let part = bytes[at..end].to_vec();
                let to = random.below(bytes.len() + 1);
                bytes.splice(to..to, part);
            }
            5 => {
                let other = &inputs[random.below(inputs.len())];
                let from = random.below(other.len() + 1);
                let length = random.below(200).min(other.len() - from);
                bytes.splice(at..at, other[from..from + length].iter().copied());
            }
            6 if at < bytes.len() => {
                let numbers = [0, 1, 0x7f, 0x80, 0xff, b'9'];
                bytes[at] = numbers[random.below(numbers.len())];
            }
            _ => {
                let token = TOKENS[random.below(TOKENS.len())];
                bytes.splice(at..at, token.iter().copied());
            }
        }
    }
    bytes.truncate(MOST_BYTES);
    bytes
}

/// SplitMix64 (Steele, Lea, Flood, 2014).
struct Random(u64);

impl Random {
    fn below(&mut self, count: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % count.max(1) as u64) as usize
    }
}
