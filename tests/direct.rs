//! What stands out in logs: in the sample, in made-up ones, in one in which nothing does.
#![expect(clippy::unwrap_used, reason = "a test that cannot run should say so loudly")]

#[expect(dead_code, reason = "each test file uses a part of this")]
mod common;
#[expect(dead_code, reason = "the bench adds tallies up")]
#[path = "support/known.rs"]
mod known;

use common::Folder;
use serde_json::Value;

/// Standard output of a command that succeeds.
fn printed(folder: &Folder, arguments: &str) -> String {
    let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_portbloom"));
    command.current_dir(folder.path("")).args(arguments.split_whitespace());
    let ran = command.output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8(ran.stdout).unwrap()
}

fn listed(folder: &Folder, arguments: &str) -> Vec<Value> {
    let report: Value = serde_json::from_str(&printed(folder, &format!("direct -q --json {arguments}"))).unwrap();
    report["findings"].as_array().unwrap().clone()
}

fn texts(findings: &[Value]) -> Vec<&str> {
    findings.iter().map(|one| one["text"].as_str().unwrap()).collect()
}

#[test]
fn july_2013_tells_its_flood_and_its_scans_first() {
    let folder = Folder::new();
    let findings = listed(&folder, "");
    assert_eq!(
        texts(&findings)[..3],
        [
            "Iran floods UDP 2193 on tokyo: 11,116 packets in 10 minutes",
            "A scan from Vietnam: 241 ports in 40 hours",
            "A scan from Vietnam: 487 ports in 45 hours",
        ]
    );
    let frames: Vec<u64> = findings[..3].iter().map(|one| one["frame"].as_u64().unwrap()).collect();
    // By the bubbles themselves the scans depart in frames 1824 and 6120.
    assert!(
        frames[0] == 6717 && frames[1].abs_diff(1824) <= 1 && frames[2].abs_diff(6120) <= 1,
        "{frames:?}"
    );
    // The others are short scans, which there are, and none that is hardly worth telling.
    for one in &findings[3..] {
        assert!(one["kind"] == "scan" && one["score"].as_f64() < Some(10.0), "{one}");
        assert!(one["score"].as_f64() >= Some(3.0), "{one}");
        assert!(one["ports"].as_u64() >= Some(10), "{one}");
    }
    assert!(findings.len() >= 5 && findings.len() <= 12);
    assert!(texts(&findings).iter().all(|text| text.chars().count() <= 66));
    // A caption every eight seconds at most.
    let mut secs: Vec<f64> = findings.iter().map(|one| one["film_secs"].as_f64().unwrap()).collect();
    secs.sort_by(f64::total_cmp);
    assert!(secs.windows(2).all(|pair| pair[1] - pair[0] >= 8.0), "{secs:?}");
}

#[test]
fn the_commands_of_the_list_show_what_it_names() {
    let folder = Folder::new();
    let findings = listed(&folder, "");
    let flood = findings[0]["frame_command"]
        .as_str()
        .unwrap()
        .strip_prefix("portbloom ")
        .unwrap();
    folder.succeed(&format!("{flood} --size 640x360 --json scene.json"));
    let bubbles = folder.json("scene.json")["bubbles"].as_array().unwrap().clone();
    let largest = bubbles.iter().max_by_key(|bubble| bubble["packets"].as_u64()).unwrap();
    assert_eq!(
        (&largest["packets"], &largest["country"]),
        (&5716.into(), &"IR".into()),
        "{largest}"
    );
    // The line of a profile shows it, too.
    let profile: Value = serde_json::from_str(&printed(&folder, "profile --json")).unwrap();
    let at = profile["bursts"][0]["frame_at"].as_str().unwrap();
    folder.succeed(&format!(
        "frame --at {at} -o burst.png --size 640x360 --json burst.json"
    ));
    let bubbles = folder.json("burst.json")["bubbles"].as_array().unwrap().clone();
    assert!(bubbles.iter().any(|bubble| bubble["packets"] == 5716), "{bubbles:?}");
    let [start, end] = ["render_start", "render_end"].map(|key| profile["bursts"][0][key].as_str().unwrap());
    folder.succeed(&format!(
        "render --start {start} --end {end} --sink null --report burst-film.json --size 160x90"
    ));
    assert!(folder.json("burst-film.json")["packets"]["drawn"].as_u64() >= Some(11_116));
    let text = printed(&folder, "profile");
    assert!(
        text.contains(&format!("    frame --at {at}; render --start {start} --end {end}\n")),
        "{text}"
    );
    assert_eq!(profile["port_scans"][0]["render_end"], "2013-07-24T05:10:00Z");
    let film = findings[0]["render_command"]
        .as_str()
        .unwrap()
        .strip_prefix("portbloom ")
        .unwrap();
    let null = film.replace("-o flood-1.mp4", "--sink null --report film.json --size 160x90");
    folder.succeed(&null);
    assert!(folder.json("film.json")["packets"]["drawn"].as_u64() >= Some(11_116));
}

#[test]
fn a_plan_is_written_and_read() {
    let folder = Folder::new();
    folder.succeed("direct -o plan.json");
    let plan = folder.json("plan.json");
    let captions = plan["captions"].as_array().unwrap();
    let mut told: Vec<&Value> = captions.iter().map(|caption| &caption["text"]).collect();
    let findings = listed(&folder, "");
    let mut expected: Vec<&Value> = findings.iter().map(|one| &one["text"]).collect();
    told.sort_by_key(|text| text.to_string());
    expected.sort_by_key(|text| text.to_string());
    assert_eq!(told, expected);
    assert!(
        captions
            .windows(2)
            .all(|pair| pair[0]["at"].as_str() <= pair[1]["at"].as_str())
    );
    assert_eq!(plan["speeds"].as_array().unwrap().len(), 1);
    // It is that of this log, and no file is replaced unasked.
    let said = folder.succeed("frame --plan plan.json --frame 6720 -o still.png --size 640x360");
    assert!(!said.contains("plan.json"), "{said}");
    assert!(folder.fail("direct -o plan.json").contains("plan.json"));
    folder.succeed("direct -o plan.json --force -q");
}

#[test]
fn a_plan_of_a_log_of_years_is_known_again() {
    let folder = Folder::new();
    let mut log = "ts,proto,dpt,cc\n".to_owned();
    for at in 0..4000_u64 {
        log += &format!("{}.123456789,TCP,22,US\n", 1_200_000_017 + at * 100_003);
    }
    for at in 0..5000_u64 {
        log += &format!("{}.987654321,UDP,99,DE\n", 1_500_000_000 + at / 50);
    }
    folder.write("years.csv", &log);
    folder.succeed("direct years.csv -o plan.json -q");
    assert_eq!(folder.json("plan.json")["captions"].as_array().unwrap().len(), 1);
    // Bubbles of years have no nanoseconds, and films of other bins begin elsewhere.
    for options in [
        "",
        "--bin 1h",
        "--duration 60s",
        "--speed 2015-01-01..2016-01-01=4",
        "--hold-start 1s",
    ] {
        let said = folder.succeed(&format!(
            "frame years.csv --plan plan.json --frame 0 --size 320x180 --force -o a.png {options}"
        ));
        assert!(!said.contains("plan.json"), "{options}: {said}");
    }
    let said = folder.succeed("frame years.csv --plan plan.json --frame 0 --where tcp --force -o a.png");
    assert!(said.contains("plan.json: was made for another log"), "{said}");
}

#[test]
fn the_order_of_rows_is_not_seen() {
    let folder = Folder::new();
    folder.succeed("synth --events 40k --seed 5 --hosts 40 -o log.csv -q");
    let text = String::from_utf8(folder.read("log.csv")).unwrap();
    let (header, rows) = text.split_once('\n').unwrap();
    let mut rows: Vec<&str> = rows.lines().collect();
    rows.sort_by_key(|row| {
        let hash = row
            .bytes()
            .fold(1_u64, |hash, byte| hash.wrapping_mul(31).wrapping_add(u64::from(byte)));
        hash.wrapping_mul(0x9e37_79b9_7f4a_7c15)
    });
    folder.write("shuffled.csv", format!("{header}\n{}\n", rows.join("\n")));
    let of = |log: &str| {
        let mut findings = listed(&folder, log);
        for one in &mut findings {
            let one = one.as_object_mut().unwrap();
            one.remove("frame_command");
            one.remove("render_command");
        }
        findings
    };
    let sorted = of("log.csv");
    assert!(sorted.len() > 5, "{sorted:?}");
    assert_eq!(sorted, of("shuffled.csv"));
}

#[test]
fn a_log_without_anything_has_no_findings() {
    let folder = Folder::new();
    let mut random = 7_u64;
    let mut next = |below: u64| {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) % below
    };
    // By countries and by addresses, many rows and few.
    for (rows, addresses) in [(60_000, false), (60_000, true), (40, false), (1, true)] {
        let mut log = "ts,proto,dpt,cc,host,srcip\n".to_owned();
        for _ in 0..rows {
            let country = ["CN", "US", "RU", "VN", "DE", "FR"][next(6) as usize];
            let address = if addresses {
                format!("192.0.2.{}", next(200))
            } else {
                String::new()
            };
            let (time, port, host) = (1_700_000_000 + next(2_000_000), 1000 + next(300), next(9));
            log += &format!("{time},TCP,{port},{country},h{host},{address}\n");
        }
        folder.write("noise.csv", &log);
        assert_eq!(
            texts(&listed(&folder, "noise.csv")),
            Vec::<&str>::new(),
            "{rows} {addresses}"
        );
        assert!(printed(&folder, "direct -q noise.csv").contains("noise.csv: nothing in it stands out"));
        folder.succeed("direct noise.csv -o plan.json --force -q");
        assert_eq!(folder.json("plan.json")["captions"].as_array().unwrap().len(), 0);
    }
    // No row that can be drawn.
    folder.write("ping.csv", "ts,proto,dpt,cc\n1,ICMP,,US\n");
    assert!(printed(&folder, "direct -q ping.csv").contains("nothing in it stands out"));
}

#[test]
fn what_made_up_logs_hold_is_found() {
    for (seed, hosts) in [(1, None), (2, Some(60)), (3, Some(500))] {
        let log = known::findings(300_000, seed, hosts);
        let all = known::tally(&log, None);
        assert!(all.recall() >= 0.9 && all.precision() >= 0.8, "seed {seed}: {all:?}");
    }
}

#[test]
fn odd_logs_are_listed_as_any() {
    let folder = Folder::new();
    let flood = |start: u64, columns: &str| -> String {
        (0..5000).map(|at| format!("{},{columns}\n", start + at / 50)).collect()
    };
    let quiet = |start: u64, columns: &str| -> String {
        (0..4000).map(|at| format!("{},{columns}\n", start + at * 30)).collect()
    };
    // In 1970, with hosts.
    let rows = quiet(0, "UDP,53,CN,a") + &flood(60_000, "UDP,2193,IR,b");
    folder.write("early.csv", format!("ts,proto,dpt,cc,host\n{rows}"));
    let said = listed(&folder, "early.csv");
    assert_eq!(texts(&said), ["Iran floods UDP 2193 on b: 5,000 packets in 99 seconds"]);
    // Without hosts, and by bytes.
    let rows = quiet(1_700_000_000, "TCP,22,US,40") + &flood(1_700_050_000, "UDP,99,DE,9000000000");
    folder.write("bytes.csv", format!("ts,proto,dpt,cc,bytes\n{rows}"));
    let said = listed(&folder, "bytes.csv");
    assert_eq!(texts(&said), ["Germany floods UDP 99: 5,000 packets in 99 seconds"]);
    let said = listed(&folder, "bytes.csv --measure bytes");
    assert_eq!(texts(&said), ["Germany floods UDP 99: 45 TB in 99 seconds"]);
    // As far apart as two rows may be.
    let rows = "1970-01-01T00:00:00Z,TCP,1,US\n2262-01-01T00:00:00Z,TCP,2,CN\n";
    folder.write("wide.csv", format!("ts,proto,dpt,cc\n{rows}"));
    assert!(listed(&folder, "wide.csv").is_empty());
}

#[test]
fn a_time_range_without_rows_is_refused_as_a_film_of_it_is() {
    let folder = Folder::new();
    for range in ["--start 2014-01-01", "--end 2013-01-01"] {
        let said = folder.fail(&format!("direct {range}"));
        assert_eq!(said, folder.fail(&format!("frame {range} -o a.png")));
        assert!(said.contains("no drawable row from"), "{said}");
    }
}

#[test]
fn a_flood_of_bubbles_lasts_as_long_as_is_known() {
    let folder = Folder::new();
    folder.succeed("prepare --by-host -o july.bloom -q");
    let said = listed(&folder, "july.bloom");
    assert_eq!(
        texts(&said)[0],
        "Iran floods UDP 2193 on tokyo: 11,116 packets in 9 minutes or more"
    );
    // Where bubbles do not tell hosts apart, their number is not known.
    folder.write("hosts.csv", {
        let quiet: String = (0..3000)
            .map(|at| format!("{},TCP,22,US,h{}\n", 1_700_000_000 + at * 30, at % 5))
            .collect();
        let flood = |at: u64| format!("{},UDP,99,DE,h{}\n", 1_700_050_000 + at / 50, at % 4);
        format!(
            "ts,proto,dpt,cc,host\n{quiet}{}",
            (0..5000).map(flood).collect::<String>()
        )
    });
    folder.succeed("prepare hosts.csv -o joined.bloom -q");
    let of = |log: &str| texts(&listed(&folder, log))[0].to_owned();
    assert_eq!(
        of("hosts.csv"),
        "Germany floods UDP 99 on 4 hosts: 5,000 packets in 99 seconds"
    );
    let joined = of("joined.bloom");
    assert!(
        joined.starts_with("Germany floods UDP 99: 5,000 packets in ") && joined.ends_with(" or more"),
        "{joined}"
    );
    // Nothing of the film's captions is another than the list's.
    let shown = folder.scene("july.bloom --direct --frame 6800 --size 320x180");
    assert_eq!(shown["caption"], said[0]["text"]);
}

#[test]
fn sources_are_written_as_the_log_does() {
    let folder = Folder::new();
    let mut log = "ts,proto,dpt,origin\n".to_owned();
    for at in 0..4000 {
        log += &format!("{},TCP,22,other\n", 1_700_000_000 + at * 30);
    }
    for at in 0..5000 {
        log += &format!("{},UDP,99,groucho-tokyo\n", 1_700_050_000 + at / 50);
    }
    folder.write("sensors.csv", &log);
    let said = listed(&folder, "sensors.csv --group-by column:origin");
    assert_eq!(
        texts(&said),
        ["groucho-tokyo floods UDP 99: 5,000 packets in 99 seconds"]
    );
}

#[test]
fn no_log_is_replaced_by_its_plan() {
    let folder = Folder::new();
    let log = "ts,proto,dpt,cc\n1700000000,TCP,22,US\n";
    folder.write("log.csv", log);
    let said = folder.refuse("direct log.csv -o log.csv --force");
    assert!(said.contains("named twice"), "{said}");
    assert_eq!(folder.read("log.csv"), log.as_bytes());
}
