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
    assert!(said.starts_with("log.csv: 20,000 rows, 1.1 MiB in "), "{said}");
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
    assert!(folder.refuse("synth --span 1us -o new.csv").starts_with("--span: "));
    assert!(
        folder
            .refuse("synth --start 2262-01-01 --span 300d -o new.csv")
            .contains("2262")
    );
    for typed in [
        "synth",
        "synth -o x.csv --events 0",
        "synth -o x.csv --events 101G",
        "synth -o x.csv --hosts 0",
        "synth -o x.csv --hosts 1000001",
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
    running.send("INT");
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
        serde_json::json!({"no_port": 1, "nothing_measured": 0, "filtered": 0, "reply": 0, "repeat": 0, "outside_range": 0, "unreadable": 2})
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
    // A bin of a day holds far more packets than one of five minutes.
    let unit_of = |secs: f64| {
        let bins = profile["bins"].as_array().unwrap();
        let bin = bins.iter().find(|bin| bin["bin_secs"] == secs).unwrap();
        bin["unit"].as_u64().unwrap()
    };
    assert_eq!((&profile["unit"], unit_of(300.0)), (&1.into(), 1));
    assert!(unit_of(86_400.0) >= 10);
    let flood = &profile["bursts"][0];
    assert_eq!(
        (&flood["country"], &flood["name"], &flood["port"]),
        (&"IR".into(), &"Iran".into(), &2193.into())
    );
    assert_eq!(
        (&flood["peak"], &flood["peak_packets"]),
        (&"2013-07-24T07:45:00Z".into(), &5716.into())
    );
    assert_eq!((&flood["host"], &flood["hosts"]), (&"groucho-tokyo".into(), &1.into()));
    let scan = &profile["port_scans"][1];
    assert_eq!((&scan["hosts"], &scan["hosts_exact"]), (&9.into(), &true.into()));
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
        "2013-07-24 07:45     5,716  Iran to UDP 2193 of groucho-tokyo; 11,116 from",
        "2013-07-07 08:00 to 2013-07-08 15:00  Vietnam: 241 ports, 9 of 9 hosts, ",
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

#[cfg(feature = "prepared")]
#[test]
fn a_profile_of_a_prepared_log_tells_the_hosts_that_it_knows() {
    let folder = Folder::new();
    folder.succeed("prepare --by-host -o apart.bloom -q");
    folder.succeed("prepare -o joined.bloom -q");
    let hosts = |profile: &Value| {
        let told = |kind: &str| (profile[kind][0]["host"].clone(), profile[kind][0]["hosts"].clone());
        [told("bursts"), told("port_scans")]
    };
    let flood = ("groucho-tokyo".into(), 1.into());
    assert_eq!(hosts(&account(&folder, "")), [flood.clone(), (Value::Null, 8.into())]);
    assert_eq!(
        hosts(&account(&folder, "apart.bloom")),
        [flood.clone(), (Value::Null, 8.into())]
    );
    // Bubbles to several hosts no longer tell to which.
    assert_eq!(
        hosts(&account(&folder, "joined.bloom")),
        [flood, ("(several hosts)".into(), Value::Null)]
    );
    assert!(printed(&folder, "profile joined.bloom").contains(" ports, several hosts, "));
}

#[test]
fn a_profile_says_nothing_of_hosts_where_a_log_has_none() {
    let folder = Folder::new();
    let mut log = "ts,proto,dpt,cc,srcip\n".to_owned();
    for minute in 0..100 {
        log += &format!("{},TCP,80,US,8.8.4.4\n", 60 * minute);
    }
    for port in 0..50 {
        log += &format!("{},TCP,{},CN,8.8.8.8\n", 3000 + port / 20, 1000 + port);
    }
    folder.write("log.csv", &log);
    let text = printed(&folder, "profile log.csv");
    assert!(text.contains("China: 50 ports, 50 packets"), "{text}");
    assert!(!text.contains(" hosts, "), "{text}");
    assert!(account(&folder, "log.csv")["port_scans"][0].get("hosts").is_none());
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

// Prepared logs

/// The picture and the scene of a moment, and the report of a film, of a log.
#[cfg(feature = "prepared")]
fn shown(folder: &Folder, log: &str, options: &str) -> (Vec<u8>, Value, Value) {
    folder.succeed(&format!(
        "frame {log} {options} --title T --size 320x180 -o still.png --json scene.json --force"
    ));
    folder.succeed(&format!(
        "render {log} --frames 0..2 --size 64x64 --report report.json -o film.mp4 --force"
    ));
    (
        folder.read("still.png"),
        folder.json("scene.json"),
        folder.json("report.json"),
    )
}

#[test]
#[cfg(feature = "prepared")]
fn a_prepared_log_shows_what_the_log_shows() {
    let folder = Folder::new();
    let said = folder.succeed("prepare -o july.bloom");
    assert!(said.contains("july.bloom: 39,337 bubbles in bins of 5m"), "{said}");
    folder.succeed("prepare --bin 1m -o minutes.bloom -q");
    let said = folder.succeed("prepare --by-host -o hosts.bloom");
    assert!(said.contains("hosts.bloom: 49,441 bubbles in bins of 5m"), "{said}");
    for options in [
        "--at 2013-07-24T07:52 --bin 5m",
        "--at 2013-07-07T12:00 --bin 5m --countries 10",
        "--at 2013-07-24T09:00 --bin 30m",
        "--at 2013-07-24T09:00 --bin 5m --start 2013-07-24 --end 2013-07-25T12:05",
        "--at 2013-07-20 --bin 5m --duration 60s",
        "--frame 8133",
    ] {
        let (picture, scene, report) = shown(&folder, "", options);
        for log in ["july.bloom", "minutes.bloom", "hosts.bloom"] {
            // Without --bin, a prepared log is shown by the bins that it was prepared with.
            if log == "minutes.bloom" && !options.contains("--bin") {
                continue;
            }
            let (prepared, prepared_scene, prepared_report) = shown(&folder, log, options);
            assert!(prepared == picture, "the picture of {log} {options}");
            assert_eq!(prepared_scene, scene, "{log} {options}");
            for key in [
                "rows",
                "drawable",
                "left_out",
                "first_lines",
                "packets",
                "countries",
                "ports",
            ] {
                assert_eq!(prepared_report[key], report[key], "{key} of {log}");
            }
        }
    }
    // The comparison can fail.
    assert_ne!(
        shown(&folder, "july.bloom", "--frame 4000").0,
        shown(&folder, "", "--frame 4001").0
    );
    let (log, prepared) = (account(&folder, ""), account(&folder, "july.bloom"));
    for key in [
        "rows",
        "drawable",
        "left_out",
        "packets",
        "other_protocols",
        "countries",
        "ports",
        "top_countries",
        "top_ports",
        "packets_per_bin",
        "bubbles",
        "frames",
        "one_minute_pace_secs",
    ] {
        assert_eq!(prepared[key], log[key], "{key}");
    }
    assert_eq!(prepared["bursts"][0], log["bursts"][0]);
}

#[test]
#[cfg(feature = "prepared")]
fn hosts_are_told_apart_only_where_there_are_some() {
    let folder = Folder::new();
    folder.write("none.csv", "time,proto,dpt\n2013-07-01,TCP,80\n2013-07-02,TCP,80\n");
    let error = folder.fail("prepare none.csv --by-host -o none.bloom");
    assert_eq!(
        error,
        "none.csv: names no hosts: it has no field for them, or an empty one; name the field that has them: \
         --columns host=NAME"
    );
    // What was joined cannot be told apart again.
    folder.succeed("prepare -o july.bloom -q");
    let error = folder.fail("prepare july.bloom --by-host -o hosts.bloom");
    assert!(
        error.contains("july.bloom: was prepared without telling hosts apart; prepare it again"),
        "{error}"
    );
    // Of several, the one that does not tell them apart is named.
    folder.write("a.csv", "time,proto,dpt,host\n2013-08-01,TCP,80,a\n");
    folder.write(
        "b.csv",
        "time,proto,dpt,host\n2013-08-01,TCP,80,a\n2013-08-01,TCP,80,b\n",
    );
    for (log, by_host) in [("a", "--by-host"), ("b", "")] {
        folder.succeed(&format!("prepare {log}.csv {by_host} --bin 5m -o {log}.bloom -q"));
    }
    for logs in ["a.bloom b.bloom", "b.bloom a.bloom"] {
        let error = folder.fail(&format!("frame {logs} --hosts --frame 0 -o still.png"));
        assert!(
            error.starts_with("--hosts: b.bloom: was prepared without telling hosts apart"),
            "{error}"
        );
    }
    // Nor can a filter ask for them.
    for filter in ["host==groucho-tokyo", "host==10.0.0.0/8", "not(host==groucho-tokyo)"] {
        let error = folder.fail(&format!("frame july.bloom --where {filter} --frame 0 -o still.png"));
        assert!(
            error.starts_with(
                "july.bloom: was prepared without telling hosts apart, so that --where cannot ask for them"
            ),
            "{error}"
        );
    }
    for (filter, expected) in [
        ("source==10.0.0.0/8", "no longer has the addresses of its sources"),
        (
            "udp or not(source in {10.0.0.1})",
            "ask for source.country, or prepare the log again with this --where",
        ),
    ] {
        let arguments = [
            "frame",
            "july.bloom",
            "--where",
            filter,
            "--frame",
            "0",
            "-o",
            "still.png",
        ];
        let error = folder.fail_with(&arguments, b"");
        assert!(error.contains(expected), "{error}");
    }
    // Nor for packets, where something else was counted.
    folder.write(
        "flows.csv",
        "time,proto,dpt,packets,bytes\n1,TCP,80,3,4000\n2,TCP,80,30,5000\n",
    );
    for measure in ["bytes", "records"] {
        folder.succeed(&format!(
            "prepare flows.csv --measure {measure} -o flows.bloom -q --force"
        ));
        let error = folder.fail(&format!(
            "frame flows.bloom --measure {measure} --where packets>10 --frame 0 -o still.png"
        ));
        assert_eq!(
            error,
            format!(
                "flows.bloom: its bubbles are {measure}, so that --where cannot ask for packets; prepare the log again \
                 with --measure packets, or with this --where"
            )
        );
    }
    folder.succeed("prepare flows.csv --measure bytes --where packets>10 -o flows.bloom -q --force");
    folder.succeed("frame flows.bloom --frame 0 --json flows.json -o still.png -q");
    assert_eq!(folder.json("flows.json")["bubbles"][0]["packets"], 5000);
    folder.succeed("prepare --by-host -o apart.bloom -q");
    folder.succeed("frame apart.bloom --where host==groucho-tokyo --frame 0 -o still.png --force");
    // Prepared again with longer bins, hosts stay apart.
    folder.succeed("prepare --by-host -o hosts.bloom -q");
    folder.succeed("prepare --by-host --bin 1h -o direct.bloom -q");
    folder.succeed("prepare hosts.bloom --by-host --bin 1h -o again.bloom -q");
    let (direct, again) = (account(&folder, "direct.bloom"), account(&folder, "again.bloom"));
    assert_eq!(direct["bubbles"], again["bubbles"]);
    assert_eq!(direct["top_ports"], again["top_ports"]);
}

#[test]
#[cfg(feature = "prepared")]
fn bins_that_a_prepared_log_does_not_have_are_refused() {
    let folder = Folder::new();
    folder.succeed("synth --events 20k --span 2d -o log.csv -q");
    folder.succeed("prepare log.csv --bin 10m -o ten.bloom -q");
    folder.succeed("prepare log.csv --bin 5m -o five.bloom -q");
    let fail = |arguments: &str| folder.fail(&format!("frame {arguments} --frame 0 -o still.png"));
    assert_eq!(
        fail("ten.bloom --bin 15m"),
        "--bin 15m: the prepared log has bins of 10m; choose a multiple, or prepare the log again with --bin 15m"
    );
    assert!(fail("ten.bloom --start 2026-01-01T00:05").starts_with("--start 2026-01-01T00:05:00Z: cuts a bin"));
    assert!(fail("ten.bloom five.bloom").contains("prepare them again with the same --bin"));
    assert!(
        folder
            .refuse("prepare log.csv -o log.csv --force")
            .contains("is named twice")
    );
    assert!(folder.fail("prepare log.csv -o five.bloom").contains("add --force"));
    assert!(
        folder
            .fail("prepare five.bloom --bin 1m -o one.bloom")
            .starts_with("--bin 1m: ")
    );
    assert!(
        folder
            .refuse("prepare log.csv -o -")
            .contains("it has to be a file: name one")
    );
    // Prepared again with longer bins, it is the log prepared with them.
    folder.succeed("prepare five.bloom --bin 10m -o again.bloom -q");
    let at = "--frame 40 --countries 20";
    assert!(shown(&folder, "again.bloom", at).0 == shown(&folder, "ten.bloom", at).0);
    // Two parts are the whole.
    folder.succeed("synth --events 20k --span 2d --start 2026-01-03 --seed 4 -o more.csv -q");
    folder.succeed("prepare more.csv --bin 5m -o more.bloom -q");
    let both = shown(&folder, "five.bloom more.bloom", at);
    assert!(both.0 == shown(&folder, "log.csv more.csv --bin 5m", at).0);
    assert!(both.0 == shown(&folder, "five.bloom more.csv", at).0);
}

#[test]
#[cfg(feature = "prepared")]
fn a_prepared_log_that_is_damaged_is_refused_with_a_reason() {
    let folder = Folder::new();
    folder.succeed("synth --events 5k --span 1d -o log.csv -q");
    folder.succeed("prepare log.csv -o log.bloom -q");
    let bytes = folder.read("log.bloom");
    for kept in [4, 5, 100, bytes.len() / 2, bytes.len() - 1] {
        folder.write("cut.bloom", &bytes[..kept]);
        for command in ["profile", "render --sink null"] {
            let error = folder.fail(&format!("{command} cut.bloom"));
            assert!(
                error.starts_with("cut.bloom: the Parquet file is damaged or was cut off"),
                "{kept}: {error}"
            );
        }
    }
    // Whatever byte is wrong, there is a message or a film, and no crash.
    let mut refused = 0;
    for at in (0..bytes.len()).step_by(bytes.len() / 60) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x55;
        folder.write("bad.bloom", &damaged);
        let ran = folder.run("render bad.bloom --frames 0..1 --size 64x64 --sink null --quiet");
        assert!(matches!(ran.code, Some(0 | 1)), "byte {at}: {}", ran.stderr);
        assert!(!ran.stderr.contains("panicked"), "byte {at}: {}", ran.stderr);
        refused += u32::from(ran.code == Some(1));
    }
    assert!(refused > 5, "{refused}");
    let piped = folder.fail_with(&["render", "-", "--sink", "null"], &bytes);
    assert!(piped.starts_with("standard input: is a Parquet file"), "{piped}");
}

// Logs as people have them

#[test]
fn every_format_is_in_the_table_of_formats() {
    let formats: Vec<Value> = serde_json::from_str(&printed(&Folder::new(), "formats --json")).unwrap();
    let table = include_str!("../docs/formats.md");
    let names = formats.iter().filter_map(|format| format["name"].as_str());
    let missing: Vec<&str> = names.filter(|name| !table.contains(&format!("`{name}`"))).collect();
    assert!(formats.len() > 50 && missing.is_empty(), "{missing:?}");
}

#[test]
fn a_packet_far_off_in_time_is_remarked_on_with_the_option_that_leaves_it_out() {
    let folder = Folder::new();
    folder.write("log.csv", include_bytes!("cases/time-outlier-1970.csv"));
    let start = "--start 2024-05-01T10:00:00Z";
    let said = folder.succeed("frame log.csv -o picture.png --size 64x64 --at 2024-05-01T10:10");
    let remark = said
        .lines()
        .find(|line| line.contains("before the bulk of the log"))
        .unwrap();
    assert!(
        remark.starts_with("log.csv: line 62 (1970-01-01T00:00:00Z) is "),
        "{remark}"
    );
    assert!(remark.ends_with(&format!(": leave that out with {start}")), "{remark}");
    // A profile counts packets in place of bubbles.
    let profile = command(&folder, "profile log.csv").output().unwrap();
    let told = String::from_utf8(profile.stdout).unwrap();
    let (place, share) = remark.strip_prefix("log.csv: ").unwrap().split_once(", ").unwrap();
    assert!(
        told.contains(&format!("note: {place}, 1 packet of 61 packets: leave")),
        "{told}"
    );
    assert!(share.starts_with("1 bubble of "), "{share}");
    let said = folder.succeed(&format!(
        "frame log.csv -o picture.png --size 64x64 --at 2024-05-01T10:10 --force {start}"
    ));
    assert!(!said.contains("the bulk of the log"), "{said}");
    // The same behind the others, in the second of two files.
    folder.write(
        "late.csv",
        "time,proto,dpt,cc\n2024-05-01 10:20:00,TCP,80,US\n2038-01-19 03:14:07,TCP,80,US\n",
    );
    let said = folder.succeed(&format!(
        "frame log.csv late.csv -o picture.png --size 64x64 --at 2024-05-01T10:10 --force {start}"
    ));
    let remark = said
        .lines()
        .find(|line| line.contains("behind the bulk of the log"))
        .unwrap();
    assert!(
        remark.contains("late.csv, line 3 (2038-01-19T03:14:07Z) is "),
        "{remark}"
    );
    let (_, end) = remark.split_once("leave that out with ").unwrap();
    let said = folder.succeed(&format!(
        "frame log.csv late.csv -o picture.png --size 64x64 --at 2024-05-01T10:10 --force {start} {end}"
    ));
    assert!(!said.contains("the bulk of the log"), "{said}");
    assert!(said.contains("61 packets"), "{said}");
    // It makes bins of a week, and all of a day is one bubble.
    let day: String = (0..86_400)
        .step_by(17)
        .map(|secs| format!("{},TCP,22,US\n", 1_772_323_200 + secs))
        .collect();
    folder.write("day.csv", format!("time,proto,dpt,cc\n0,TCP,22,US\n{day}"));
    let said = folder.succeed("frame day.csv -o picture.png --size 64x64 --force");
    assert!(
        said.contains("before the bulk of the log, 1 packet of 5,084 packets: leave that out with --start 2026-03-01"),
        "{said}"
    );
}

#[test]
#[cfg(unix)]
fn names_and_values_of_a_log_do_not_drive_the_terminal() {
    let folder = Folder::new();
    let name = "a\u{1b}[31m\u{9b}2J\u{202e}.csv";
    folder.write(
        name,
        "time,proto\u{1b}[0m,proto,dpt,cc,country,host\n0,x,TCP,80,\u{1b}]0;t\u{7},Evil\u{1b}[2J,h\u{1b}[1m\n\
         1,x,\u{1b}[5m,,US,,h\nt\u{1b}[3m,x,UDP,5,US,,h\n0,x,TCP,80,US,,h\u{1b}[1m\n",
    );
    let is_clean =
        |text: &str| !text.contains(|letter: char| letter.is_control() && letter != '\n' || letter == '\u{202e}');
    let arguments = [
        vec!["profile", name],
        vec!["profile", name, "--json"],
        vec!["frame", "--size", "\u{9b}31m\u{1b}[31m", "-o", "picture.png"],
        vec!["\u{85}\u{1b}c"],
        vec![
            "frame",
            name,
            "-o",
            "picture.png",
            "--size",
            "64x64",
            "--at",
            "1970-01-01",
        ],
        vec![
            "frame",
            name,
            "-o",
            "picture.png",
            "--force",
            "--strict",
            "--at",
            "1970-01-01",
        ],
        vec![
            "frame",
            "no\u{1b}[31m.csv",
            "-o",
            "picture.png",
            "--force",
            "--at",
            "1970-01-01",
        ],
    ];
    for (arguments, code) in arguments.iter().zip([0, 0, 2, 2, 0, 1, 2]) {
        let output = command(&folder, "").args(arguments).output().unwrap();
        let (told, said) = (
            String::from_utf8(output.stdout).unwrap(),
            String::from_utf8(output.stderr).unwrap(),
        );
        assert_eq!(output.status.code(), Some(code), "{said:?}");
        assert!(is_clean(&told), "{told:?}");
        assert!(is_clean(&said), "{said:?}");
        let shown = format!("{told}{said}");
        assert!(shown.contains("\\u{1b}") || shown.contains("\\u001b"), "{shown}");
    }
}

#[test]
fn a_prepared_log_of_more_names_than_a_dictionary_has_room_for_shows_what_the_log_shows() {
    let folder = Folder::new();
    // A dictionary of Parquet is full at 1 MiB: 24 letters and 4 bytes each, 45,000 times.
    let rows = (0..45_000).map(|row| {
        let (high, low) = (row / 250 % 250, row % 250);
        format!("{row},TCP,22,198.18.{high}.{low},host-{row:07}.example.com,{high:0>20}{low}\n")
    });
    folder.write(
        "names.csv",
        "time,proto,dpt,src,host,tenant\n".to_owned() + &rows.collect::<String>(),
    );
    for (prepared, grouping) in [("--by-host", ""), ("", "--group-by column:tenant")] {
        let view = if grouping.is_empty() { "--view hosts" } else { "" };
        folder.succeed(&format!(
            "prepare names.csv {prepared} {grouping} -o names.bloom --force"
        ));
        let options = format!("{view} --frame 400 --size 320x180 -o x.png --force --json");
        folder.succeed(&format!("frame names.csv {grouping} {options} log.json"));
        folder.succeed(&format!("frame names.bloom {options} prepared.json"));
        assert_eq!(folder.json("prepared.json"), folder.json("log.json"));
    }
}

#[test]
fn objects_of_any_names_are_measured_in_bytes() {
    let folder = Folder::new();
    folder.write(
        "any.json",
        r#"{"time":"2026-03-01T00:00:00Z","proto":"tcp","port":22,"cc":"US","packets":3,"bytes":300}"#,
    );
    let told: Value = serde_json::from_str(&printed(&folder, "profile any.json --measure bytes --json")).unwrap();
    assert_eq!(
        (&told["packets"]["drawn"], &told["measure"]),
        (&300.into(), &"bytes".into())
    );
}
