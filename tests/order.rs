//! The same events are the same picture, to the byte, in whatever order and files they come.

#![cfg(feature = "prepared")]
#![expect(clippy::unwrap_used, reason = "these are tests")]

mod support;

use std::fmt::Write as _;
use std::fs::File;
use std::path::Path;

use portbloom::gpu::{Renderer, RendererSettings};
use portbloom::input::prepared::{StoredAccount, StoredBubble, write};
use portbloom::input::{self, LogPart, MadeFor, Options};
use portbloom::log::{Grouping, Log, LogBuilder};
use portbloom::model::SEVERAL_HOSTS;
use portbloom::raster::Raster;
use portbloom::scene::{Scene, SceneSettings};
use portbloom::timeline::{NS, TimeSpec};
use proptest::prelude::*;
use support::adapter::context;

const BIN_NS: i64 = 10 * NS;
/// Frames that are compared: bubbles fly in each, more or fewer by the log.
const FRAMES: [u64; 3] = [12, 40, 75];

/// A row of a log; the words are indices into the lists below.
#[derive(Clone, Copy, Debug)]
struct Event {
    time_secs: u32,
    udp: bool,
    port: u16,
    country: (usize, usize),
    host: usize,
    packets: u32,
}

/// Codes and names: some that ISO has, some that only the log knows, none; and spellings.
const CODES: [&str; 7] = ["US", "us", "CN", "Z1", "Z2", "", "QQQ"];
const NAMES: [&str; 5] = ["", "Far Away", "Atlantis", "US", "Ys"];
const HOSTS: [&str; 4] = ["tokyo", "", "oregon", "a"];

fn events() -> impl Strategy<Value = Vec<Event>> {
    let country = (0..CODES.len(), 0..NAMES.len());
    let event = (0_u32..300, any::<bool>(), 1_u16..6, country, 0..HOSTS.len(), 1_u32..4);
    let event = event.prop_map(|(time, udp, port, country, host, packets)| Event {
        // Many leave at once.
        time_secs: time / 4 * 4,
        udp,
        port,
        country,
        host,
        packets,
    });
    prop::collection::vec(event, 2..120)
}

/// How some events are kept in a file.
#[derive(Clone, Copy, Debug)]
enum Kept {
    Csv,
    Prepared,
    /// Prepared, as another engine would: rows in any order, and nothing beside them.
    Foreign,
}

fn csv(events: &[Event], named: bool) -> String {
    let mut text = "ts,proto,dpt,cc,country,host,packets\n".to_owned();
    for event in events {
        let protocol = if event.udp { "UDP" } else { "TCP" };
        let (code, name) = (CODES[event.country.0], if named { NAMES[event.country.1] } else { "" });
        let (time, port, host, packets) = (event.time_secs, event.port, HOSTS[event.host], event.packets);
        writeln!(text, "{time},{protocol},{port},{code},{name},{host},{packets}").unwrap();
    }
    text
}

fn read(paths: &[std::path::PathBuf]) -> (Log, StoredAccount) {
    let sources: Vec<LogPart> = paths.iter().cloned().map(LogPart::File).collect();
    let spec = TimeSpec {
        bin_ns: Some(BIN_NS),
        ..TimeSpec::default()
    };
    let mut log = LogBuilder::new(spec, Grouping::Ports);
    let options = Options {
        strict: true,
        ..Options::default()
    };
    let reading = input::stream(&sources, &options, &mut |_| {}, &mut |batch| log.add(batch)).unwrap();
    let account = StoredAccount::new(&reading);
    (log.finish(reading).unwrap(), account)
}

/// Writes the bubbles of a log that was read from CSV.
fn prepare(csv: &Path, prepared: &Path, foreign: bool) {
    let (log, account) = read(&[csv.to_owned()]);
    let start_ns = log.timeline.start_ns;
    let mut rows: Vec<StoredBubble> = (log.bubbles.iter())
        .map(|bubble| StoredBubble {
            bin_start_ns: start_ns + bubble.offset_ns / BIN_NS * BIN_NS,
            first_ns: start_ns + bubble.offset_ns,
            country: bubble.source,
            port: log.ends.get(bubble.port as usize).port().unwrap(),
            packets: bubble.packets,
            host: (bubble.host != SEVERAL_HOSTS).then_some(bubble.host),
        })
        .collect();
    let account = if foreign {
        rows.reverse();
        let half = rows.len() / 2;
        rows.rotate_left(half);
        StoredAccount::default()
    } else {
        account.with_names(&log.names)
    };
    write(
        File::create(prepared).unwrap(),
        rows.into_iter(),
        &log.names,
        &account,
        MadeFor {
            measure: portbloom::model::Measure::Packets,
            bin_ns: BIN_NS,
            starts_ns: None,
            unit: None,
        },
    )
    .unwrap();
}

/// A log of files, each with some of the events, kept in some way.
fn log_of(folder: &Path, files: &[(&[Event], Kept)], named: bool) -> Log {
    let mut paths = Vec::new();
    for (index, (events, kept)) in files.iter().enumerate().filter(|(_, (events, _))| !events.is_empty()) {
        let text = folder.join(format!("{index}.csv"));
        std::fs::write(&text, csv(events, named)).unwrap();
        let prepared = folder.join(format!("{index}.bloom"));
        match kept {
            Kept::Csv => paths.push(text),
            Kept::Prepared | Kept::Foreign => {
                prepare(&text, &prepared, matches!(kept, Kept::Foreign));
                paths.push(prepared);
            }
        }
    }
    read(&paths).0
}

fn scene(log: Log, countries: usize) -> Scene {
    Scene::new(
        log,
        SceneSettings {
            size_px: [320, 180],
            countries,
            ..SceneSettings::default()
        },
    )
}

/// The pictures of some frames, and what they show as JSON.
fn shown(scene: &Scene) -> Vec<(Vec<u8>, String)> {
    let mut raster = Raster::new(scene, false).unwrap();
    let frames = FRAMES.map(|k| scene.frame(k.min(scene.frames() - 1)));
    let shown = frames.iter().map(|frame| {
        raster.draw(frame);
        let told = serde_json::to_string(&scene.describe(frame)).unwrap();
        (raster.rgba(), told)
    });
    shown.collect()
}

/// The same events in an order that a number chooses.
fn shuffled(events: &[Event], seed: u64) -> Vec<Event> {
    let mut events = events.to_vec();
    let mut state = seed | 1;
    for index in (1..events.len()).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        events.swap(index, (state >> 33) as usize % (index + 1));
    }
    events
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_order_of_rows_and_files_changes_no_byte(
        events in events(),
        seed in any::<u64>(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..3),
        kept in prop::collection::vec(prop::sample::select(&[Kept::Csv, Kept::Prepared, Kept::Foreign][..]), 4),
        countries in 1_usize..8,
    ) {
        let folder = tempfile::tempdir().unwrap();
        // Only the account has the names of countries that have a code too.
        let named = !kept.iter().any(|kept| matches!(kept, Kept::Foreign));
        let expected = shown(&scene(log_of(folder.path(), &[(&events, Kept::Csv)], named), countries));

        let turned = shuffled(&events, seed);
        let mut ends: Vec<usize> = cuts.iter().map(|cut| cut.index(turned.len())).collect();
        ends.push(turned.len());
        ends.sort_unstable();
        let starts = std::iter::once(0).chain(ends.iter().copied());
        let parts = starts.zip(&ends).map(|(start, end)| &turned[start..*end]);
        let files: Vec<(&[Event], Kept)> = parts.zip(kept).collect();
        let found = shown(&scene(log_of(folder.path(), &files, named), countries));
        for ((picture, told), (expected_picture, expected_told)) in found.iter().zip(&expected) {
            prop_assert_eq!(told, expected_told);
            prop_assert!(picture == expected_picture, "the pictures differ where the data does not");
        }
    }
}

#[test]
fn the_gpu_draws_the_same_bytes_too() {
    let context = context();
    let folder = tempfile::tempdir().unwrap();
    let random = |index: u32, below: u32| (index.wrapping_mul(0x9e37_79b9) >> 7) % below;
    let events: Vec<Event> = (0..400_u32)
        .map(|index| Event {
            time_secs: random(index, 60) * 4,
            udp: index % 3 == 0,
            port: 1 + random(index + 1000, 5) as u16,
            country: (random(index + 2000, 7) as usize, random(index + 3000, 5) as usize),
            host: index as usize % 4,
            packets: 1 + index % 2,
        })
        .collect();
    let turned = shuffled(&events, 5);
    let (one, other) = turned.split_at(150);
    let drawn = |files: &[(&[Event], Kept)]| {
        let scene = scene(log_of(folder.path(), files, true), 5);
        let mut renderer = Renderer::new(&context, &scene, RendererSettings::default()).unwrap();
        FRAMES.map(|k| renderer.still(&scene.frame(k)).unwrap())
    };
    let expected = drawn(&[(&events, Kept::Csv)]);
    assert!(drawn(&[(one, Kept::Prepared), (other, Kept::Csv)]) == expected);
    // The comparison can fail: one event less is another picture.
    assert!(drawn(&[(&events[1..], Kept::Csv)]) != expected);
}
