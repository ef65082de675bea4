//! Commands about logs, as a user runs them: `profile` tells what is in one, `synth` makes one up.
#![expect(clippy::unwrap_used, reason = "these are tests")]

#[expect(dead_code, reason = "each test file uses a part of this")]
mod common;

use std::io::Read as _;
use std::process::{Command, Stdio};

use common::Folder;
use serde_json::Value;

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

// What is in a log

fn account(folder: &Folder, arguments: &str) -> Value {
    serde_json::from_str(&printed(folder, &format!("profile --json {arguments}"))).unwrap()
}

#[test]
fn a_profile_says_what_the_report_of_a_film_says() {
    let folder = Folder::new();
    folder.write(
        "log.csv",
        "datetime,proto,dpt,cc,count\n2013-07-01 00:00:00,TCP,80,US,3\n2013-07-01 00:09:00,UDP,53,DE,1\n\
         2013-07-01 00:01:00,ICMP,,US,2\nyesterday,TCP,80,US,1\n2013-07-01 00:02:00,TCP,http,US,1\n",
    );
    for log in ["", "log.csv"] {
        folder.succeed(&format!(
            "render {log} --frames 0..1 --size 64x64 --report report.json -o film.mp4 --force"
        ));
        let (report, profile) = (folder.json("report.json"), account(&folder, log));
        for key in [
            "source",
            "rows",
            "drawable",
            "left_out",
            "first_lines",
            "packets",
            "bubbles",
            "ports",
            "countries",
            "start",
            "end",
            "bin_secs",
            "pace_secs",
            "travel_secs",
            "fps",
        ] {
            assert!(!report[key].is_null(), "{key}");
            assert_eq!(profile[key], report[key], "{key} of {log}");
        }
    }
    let profile = account(&folder, "log.csv");
    assert_eq!(
        profile["left_out"],
        serde_json::json!({"no_port": 1, "outside_window": 0, "unreadable": 2})
    );
    assert_eq!(profile["first_lines"]["unreadable"][1]["line"], 6);
    assert_eq!(
        profile["protocols"],
        serde_json::json!({"tcp": {"packets": 3, "rows": 1}, "udp": {"packets": 1, "rows": 1}})
    );
    assert_eq!(
        (&profile["steps_back"], &profile["top_hosts"][0]["host"]),
        (&0.into(), &"".into())
    );
    assert_eq!(profile["first"], "2013-07-01T00:00:00Z");
}

#[test]
fn the_profile_of_the_sample_names_its_flood_and_its_scans() {
    let folder = Folder::new();
    let profile = account(&folder, "");
    assert_eq!(
        (&profile["frames"], &profile["bubbles"]),
        (&8134.into(), &39_337.into())
    );
    assert_eq!(
        (&profile["film_secs"], &profile["one_minute_pace_secs"]),
        (&325.36.into(), &40_320.0.into())
    );
    let flood = &profile["bursts"][0];
    assert_eq!(
        (&flood["country"], &flood["name"], &flood["port"]),
        (&"IR".into(), &"Iran".into(), &2193.into())
    );
    assert_eq!(
        (&flood["peak"], &flood["peak_packets"]),
        (&"2013-07-24T07:45:00Z".into(), &5716.into())
    );
    let scan = &profile["port_scans"][1];
    assert_eq!((&scan["country"], &scan["many"]), (&"VN".into(), &241.into()));
    assert_eq!(
        (&scan["from"], &scan["to"]),
        (&"2013-07-07T08:00:00Z".into(), &"2013-07-08T15:00:00Z".into())
    );
    let histogram = profile["packets_per_bin"]["histogram"].as_array().unwrap();
    let bins: u64 = histogram.iter().map(|bucket| bucket["bins"].as_u64().unwrap()).sum();
    assert_eq!(bins, 8064);

    let text = printed(&folder, "profile");
    for expected in [
        "rows      79,832: 72,599 can be drawn",
        "7,233 without a TCP or UDP port (ICMP 7,233)",
        "2013-07-24 07:45     5,716  Iran to UDP 2193",
        "2013-07-07 08:00 to 2013-07-08 15:00  Vietnam: 241 ports",
        "by default the film lasts 5m25s: 8,134 frames at 2h5m of the log a second",
        "one minute needs --duration 60s, 11h12m a second",
    ] {
        assert!(text.contains(expected), "{expected} in\n{text}");
    }
    assert!(
        text.lines()
            .all(|line| line.chars().count() <= 160 && line.trim_end() == line)
    );
}

#[test]
fn a_profile_reads_whatever_a_film_is_made_of() {
    let folder = Folder::new();
    folder.succeed("synth --events 30k --span 1d -o one.csv.gz -q");
    folder.succeed("synth --events 30k --span 1d --seed 2 --start 2026-01-02 -o two.csv.zst -q");
    let both = account(&folder, "*.csv.*");
    assert_eq!(
        (&both["rows"], &both["files"]),
        (&60_000.into(), &serde_json::json!(["one.csv.gz", "two.csv.zst"]))
    );
    assert_eq!(both["steps_back"], 0);
    let turned = account(&folder, "two.csv.zst one.csv.gz");
    assert_eq!(turned["steps_back"], 1);
    for key in [
        "packets",
        "bubbles",
        "bursts",
        "port_scans",
        "country_scans",
        "packets_per_bin",
        "bins",
    ] {
        assert_eq!(both[key], turned[key], "{key}");
    }
    // Nothing to draw is still something to tell.
    folder.write("ping.csv", "time,proto,dpt\n2013-07-01,ICMP,\n");
    let ping = account(&folder, "ping.csv");
    assert_eq!(
        (&ping["rows"], &ping["drawable"], &ping["bursts"]),
        (&1.into(), &0.into(), &Value::Null)
    );
    assert!(printed(&folder, "profile ping.csv").contains("rows      1: 0 can be drawn"));
    // Times as far apart as they get give no film, and a profile.
    folder.write("wide.csv", "time,proto,dpt\n1700-01-01,TCP,1\n2200-01-01,TCP,2\n");
    let wide = account(&folder, "wide.csv");
    assert_eq!((&wide["drawable"], &wide["frames"]), (&2.into(), &Value::Null));
    assert!(wide["no_film"].as_str().unwrap().contains("292 years"));
    assert!(printed(&folder, "profile wide.csv").contains("no film by default: "));
    assert!(
        folder
            .fail("profile none.csv")
            .starts_with("none.csv: cannot open the log")
    );
    folder.write("bad.csv", "time,proto,dpt\n2013-07-01,TCP,1\nnever,TCP,2\n");
    assert!(
        folder
            .fail("profile --strict bad.csv")
            .starts_with("bad.csv:3: `time` is \"never\"")
    );
}
