//! Logs in parts: prepared each by itself, or as a folder of a data set, and shown as one.
#![cfg(feature = "prepared")]
#![expect(clippy::unwrap_used, reason = "these are tests")]

#[expect(dead_code, reason = "each test file uses a part of this")]
mod common;

use std::fs;

use common::Folder;

/// A log of three days, and its days.
fn folder() -> Folder {
    let folder = Folder::new();
    folder.succeed("synth --events 20k --span 3d --hosts 6 -o log.csv");
    let text = String::from_utf8(folder.read("log.csv")).unwrap();
    let (head, rows) = text.split_once('\n').unwrap();
    for day in 1..=3 {
        let name = format!("day=2026-01-0{day}");
        fs::create_dir_all(folder.path(&format!("raw/{name}"))).unwrap();
        let own = rows.lines().filter(|row| row.starts_with(&format!("2026-01-0{day}")));
        let own = own.map(|row| format!("{row}\n")).collect::<String>();
        folder.write(&format!("raw/{name}/part-0.csv"), format!("{head}\n{own}"));
    }
    // Every other row, as two sensors would tell of them: bubbles are of both.
    for odd in 0..2 {
        let own = rows.lines().enumerate().filter(|(index, _)| index % 2 == odd);
        let own = own.map(|(_, row)| format!("{row}\n")).collect::<String>();
        folder.write(&format!("sensor-{odd}.csv"), format!("{head}\n{own}"));
    }
    folder
}

/// The film of some logs, and what its report says of them.
fn shown(folder: &Folder, logs: &str) -> (Vec<u8>, [u64; 4]) {
    folder.succeed(&format!(
        "render {logs} --title parts --bin 10m --size 64x64 --quiet --force -o film.mp4 --report film.json"
    ));
    let report = folder.json("film.json");
    let numbers = [
        &report["rows"],
        &report["packets"]["drawn"],
        &report["left_out"]["no_port"],
        &report["unit"],
    ];
    (folder.read("film.mp4"), numbers.map(|number| number.as_u64().unwrap()))
}

#[test]
fn parts_in_any_order_are_the_log() {
    let folder = folder();
    fs::create_dir(folder.path("parts")).unwrap();
    for day in 1..=3 {
        let day = format!("day=2026-01-0{day}");
        folder.succeed(&format!(
            "prepare raw/{day}/part-0.csv --bin 10m -o parts/{day}.bloom --quiet"
        ));
    }
    for odd in 0..2 {
        folder.succeed(&format!(
            "prepare sensor-{odd}.csv --bin 10m -o sensor-{odd}.bloom --quiet"
        ));
    }
    let whole = shown(&folder, "log.csv");
    let day = |day: u32| format!("parts/day=2026-01-0{day}.bloom");
    for logs in [
        "parts/*.bloom".to_owned(),
        [day(3), day(1), day(2)].join(" "),
        "parts".to_owned(),
        "raw".to_owned(),
        "sensor-1.bloom sensor-0.bloom".to_owned(),
        format!("{} raw/day=2026-01-01 {}", day(3), day(2)),
    ] {
        assert!(shown(&folder, &logs) == whole, "{logs}");
    }
}

#[test]
fn what_engines_write_beside_data_is_none_of_it() {
    let folder = folder();
    let whole = shown(&folder, "log.csv");
    folder.write("raw/_SUCCESS", "");
    folder.write("raw/day=2026-01-02/.part-0.csv.crc", "crc");
    fs::create_dir(folder.path("raw/_delta_log")).unwrap();
    folder.write("raw/_delta_log/00000.json", "{\"commitInfo\": {}}");
    let (film, numbers) = shown(&folder, "raw");
    assert!(film == whole.0);
    assert_eq!(numbers, whole.1);
}

#[test]
fn parts_with_bins_of_their_own_are_refused() {
    let folder = folder();
    for (day, bin) in [(1, "10m"), (2, "1h")] {
        folder.succeed(&format!(
            "prepare raw/day=2026-01-0{day}/part-0.csv --bin {bin} -o {day}.bloom --quiet"
        ));
    }
    let said = folder.fail("render 1.bloom 2.bloom -o film.mp4");
    assert!(
        said.contains("2.bloom") && said.contains("1h") && said.contains("10m"),
        "{said}"
    );
}
