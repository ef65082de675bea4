//! Commands about logs, as a user runs them: `synth` makes one up.
#![expect(clippy::unwrap_used, reason = "these are tests")]

#[expect(dead_code, reason = "each test file uses a part of this")]
mod common;

use std::io::Read as _;
use std::process::{Command, Stdio};

use common::Folder;

/// The binary with arguments split at blanks, for runs whose stdout counts.
fn command(folder: &Folder, arguments: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portbloom"));
    command.current_dir(folder.path("")).args(arguments.split_whitespace());
    command
}

/// Stdout of a command that must succeed.
fn printed(folder: &Folder, arguments: &str) -> String {
    let output = command(folder, arguments).output().unwrap();
    assert!(output.status.success(), "{arguments}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

// Made-up logs

#[test]
fn a_made_up_log_is_the_same_wherever_it_goes() {
    let folder = Folder::new();
    let recipe = "synth --events 20k --seed 9 --start 2025-06-01 --span 2d";
    let text = printed(&folder, &format!("{recipe} -o -"));
    assert_eq!(text.lines().count(), 20_001);
    assert_eq!(text.lines().next(), Some("datetime,host,proto,type,spt,dpt,cc,country"));
    let said = folder.succeed(&format!("{recipe} -o log.csv"));
    assert!(said.starts_with("log.csv: 20000 rows, 1.1 MiB in "), "{said}");
    folder.succeed(&format!("{recipe} -o log.csv.gz -q"));
    folder.succeed(&format!("{recipe} -o log.csv.zst -q"));
    assert_eq!(folder.read("log.csv"), text.as_bytes());
    let mut unzipped = String::new();
    let gzip = folder.read("log.csv.gz");
    flate2::read::GzDecoder::new(&gzip[..])
        .read_to_string(&mut unzipped)
        .unwrap();
    assert!(unzipped == text);
    assert_eq!(
        zstd::decode_all(&folder.read("log.csv.zst")[..]).unwrap(),
        text.as_bytes()
    );
    assert_ne!(
        printed(&folder, "synth --events 20k --seed 8 --start 2025-06-01 --span 2d -o -"),
        text
    );
}

#[test]
fn a_made_up_log_shows_a_flood_and_a_scan() {
    let folder = Folder::new();
    folder.succeed("synth --events 100k -o log.csv");
    folder.succeed("render log.csv --frames 0..2 --size 64x64 --report report.json -o film.mp4");
    let report = folder.json("report.json");
    assert_eq!(report["rows"], 100_000);
    assert_eq!(report["left_out"]["unreadable"], 0);
    assert!(report["left_out"]["no_port"].as_u64().is_some_and(|rows| rows > 1000));
    assert_eq!(report["start"], "2026-01-01T00:00:00Z");
    assert_eq!(report["end"], "2026-01-29T00:00:00Z");
    assert_eq!(report["bin_secs"], 300.0);
    // By the rows themselves: in five minutes, the most of one country to one port, and the most
    // ports of one country.
    let text = String::from_utf8(folder.read("log.csv")).unwrap();
    let mut packets = std::collections::BTreeMap::<_, u32>::new();
    let mut ports = std::collections::BTreeMap::<_, std::collections::BTreeSet<&str>>::new();
    for line in text.lines().skip(1).filter(|line| !line.contains(",ICMP,")) {
        let fields: Vec<&str> = line.splitn(8, ',').collect();
        let bin = (&line[..13], line[14..16].parse::<u32>().unwrap() / 5);
        *packets.entry((bin, fields[2], fields[5], fields[6])).or_default() += 1;
        ports.entry((bin, fields[6])).or_default().insert(fields[5]);
    }
    let flood = packets.values().max().copied();
    let sweep = ports.values().map(|ports| ports.len()).max();
    assert!(flood > Some(500), "{flood:?}");
    assert!(sweep > Some(50), "{sweep:?}");
}

#[test]
fn a_made_up_log_that_cannot_be_is_refused() {
    let folder = Folder::new();
    folder.write("log.csv", "mine");
    assert!(folder.fail("synth -o log.csv").contains("add --force"));
    assert!(folder.fail("synth -o no/log.csv").contains("there is no folder `no`"));
    assert!(folder.fail("synth --span 1us -o new.csv").starts_with("--span: "));
    assert!(
        folder
            .fail("synth --start 2262-01-01 --span 300d -o new.csv")
            .contains("2262")
    );
    for typed in [
        "synth",
        "synth -o x.csv --events 0",
        "synth -o x.csv --events 101G",
        "synth -o x.csv --start 1500-01-01",
    ] {
        assert_eq!(folder.run(typed).code, Some(2), "{typed}");
    }
    assert_eq!(folder.read("log.csv"), b"mine");
    folder.succeed("synth --events 10 -o log.csv --force --quiet");
    assert_eq!(String::from_utf8(folder.read("log.csv")).unwrap().lines().count(), 11);
}

#[test]
fn a_reader_that_has_enough_ends_a_made_up_log_without_an_error() {
    let folder = Folder::new();
    let mut running = command(&folder, "synth --events 10M -o -")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut head = [0; 1000];
    running.stdout.take().unwrap().read_exact(&mut head).unwrap();
    let status = running.wait().unwrap();
    assert_eq!(status.code(), Some(0));
}

#[test]
#[cfg(unix)]
fn a_made_up_log_that_is_cut_short_leaves_no_file() {
    let folder = Folder::new();
    let running = folder.start("synth --events 10G -o log.csv.gz", Stdio::null());
    common::wait_until("a part is on the disk", || {
        folder
            .names()
            .iter()
            .any(|name| folder.path(name).metadata().is_ok_and(|found| found.len() > 100_000))
    });
    let sent = Command::new("kill")
        .args(["-s", "INT", &running.0.id().to_string()])
        .status();
    assert!(sent.is_ok_and(|status| status.success()));
    let ran = running.end();
    assert_eq!(ran.code, Some(130), "{}", ran.stderr);
    assert!(ran.stderr.contains("no file is left of it"), "{}", ran.stderr);
    assert!(folder.names().is_empty(), "{:?}", folder.names());
}
