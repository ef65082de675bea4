//! The whole command, as a user runs it: films decoded again, scenes recomputed, bad input refused.

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};

use common::{BT601, BT709, Folder, Ran, Rgb, wait_until};
use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use portbloom::words::grouped;
use serde_json::Value;

/// Frames of the sample's film, and the one with the flood from Iran in full flight.
const SAMPLE_FRAMES: u64 = 8134;
const FLOOD: u64 = 6740;
/// Behind everything: the dark theme's background.
const BACKGROUND: [u8; 3] = [8, 10, 15];
/// Two rows, both fine.
const SMALL: &str = "datetime,proto,dpt,cc\n2013-07-01 00:00:00,TCP,80,US\n2013-07-01 00:01:00,UDP,53,DE\n";

/// A JSON array's members.
fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

fn count(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("{value} is no count"))
}

fn keys(value: &Value) -> Vec<&str> {
    let object = value.as_object().unwrap_or_else(|| panic!("{value} is no object"));
    object.keys().map(String::as_str).collect()
}

/// `[udp, tcp]` of an object that has both.
fn packets(value: &Value) -> [u64; 2] {
    ["udp", "tcp"].map(|protocol| count(&value[protocol]))
}

/// A log whose bubbles of single size would cover all: fifty rows a second of thousands of packets.
fn crowded() -> String {
    let rows = (0..3000).map(|row| format!("{},TCP,{},C{},{}\n", row / 50, row % 90, row % 7, 1000 + row));
    "time,proto,dpt,cc,packets\n".to_owned() + &rows.collect::<String>()
}

#[test]
fn the_unit_is_that_of_the_whole_and_told() {
    let folder = Folder::new();
    folder.write("log.csv", crowded());
    let unit_of = |arguments: &str| {
        folder.succeed(&format!(
            "frame --frame 9 -o still.png --json scene.json --force {arguments}"
        ));
        count(&folder.json("scene.json")["unit"])
    };
    let unit = unit_of("log.csv --size 128x72");
    assert!(unit >= 100, "{unit}");
    assert_eq!(unit_of("log.csv --size 640x360"), unit);
    assert_eq!(unit_of("log.csv --size 64x64 --only C1:tcp/8"), unit);
    assert_eq!(unit_of("log.csv --size 64x64 --unit 10k"), 10_000);
    folder.succeed("prepare log.csv -o log.bloom");
    assert_eq!(unit_of("log.bloom --size 64x64"), unit);
    let report = |log: &str| {
        let part = "--frames 5..7 --size 64x64 --sink null --report report.json --force";
        folder.succeed(&format!("render {log} {part}"));
        folder.json("report.json")
    };
    let told = report("log.csv");
    assert_eq!((count(&told["unit"]), &told["options"]["unit"]), (unit, &Value::Null));
    // One that was asked for when the log was prepared stays with it, and goes on.
    folder.succeed("prepare log.csv --unit 700 -o 700.bloom");
    folder.succeed("prepare 700.bloom -o again.bloom");
    assert_eq!(count(&report("again.bloom")["unit"]), 700);
    let told = report("again.bloom --unit 3");
    assert_eq!((count(&told["unit"]), count(&told["options"]["unit"])), (3, 3));
    // `auto` is asked for, too.
    assert_eq!(count(&report("again.bloom --unit auto")["unit"]), unit);
    folder.succeed("prepare 700.bloom --unit auto -o auto.bloom");
    assert_eq!(count(&report("auto.bloom")["unit"]), unit);
    let ran = folder.run("render log.csv --frames 0..1 --size 64x64 --sink null");
    let line = format!("a bubble of the unit is {} packets", grouped(unit));
    assert!(ran.stderr.contains(&line), "{}", ran.stderr);
    for wrong in ["0", "1.5", "1e30", "-5", "none"] {
        let ran = folder.run(&format!("render log.csv --sink null --unit {wrong}"));
        assert_eq!(ran.code, Some(2), "{}", ran.stderr);
        assert!(
            ran.stderr.contains("expected auto, or a whole number"),
            "{}",
            ran.stderr
        );
    }
}

#[test]
fn a_film_of_few_rows_is_short_and_says_why() {
    let folder = Folder::new();
    folder.write("log.csv", SMALL.replace("00:01:00", "01:00:00"));
    let said = folder.succeed("render log.csv --size 64x64 --sink null --report report.json");
    let why = "2 rows make a short film, in bins of 15s: --bin 500ms or --duration makes a longer one";
    assert!(said.contains(why), "{said}");
    let frames = |folder: &Folder| count(&folder.json("report.json")["frames"]);
    assert!(frames(&folder) < 15 * 25);
    let said = folder.succeed("render log.csv --size 64x64 --sink null --report report.json --force --bin 500ms");
    assert!(!said.contains("short film") && frames(&folder) > 4 * 60 * 25, "{said}");
}

#[test]
fn a_picture_for_print_is_on_white_and_says_its_size() {
    let folder = Folder::new();
    folder.write("log.csv", SMALL);
    folder.succeed("frame log.csv --frame 9 --size 128x72 --background white --dpi 300 -o still.png");
    let bytes = folder.read("still.png");
    assert!(bytes.windows(4).any(|name| name == b"pHYs"));
    let corner = image::load_from_memory(&bytes).unwrap().to_rgba8().get_pixel(0, 0).0;
    assert_eq!(corner, [255; 4]);
    let ink_of = |ink: &str| {
        folder.succeed(&format!(
            "frame log.csv --frame 9 --size 640x360 --background none --ink {ink} -o {ink}.png"
        ));
        let pixels = image::load_from_memory(&folder.read(&format!("{ink}.png")))
            .unwrap()
            .to_rgba8();
        let opaque = pixels.pixels().filter(|pixel| pixel.0[3] > 150);
        let sums: Vec<u32> = opaque
            .map(|pixel| pixel.0[..3].iter().map(|byte| u32::from(*byte)).sum())
            .collect();
        sums.iter().sum::<u32>() / sums.len() as u32
    };
    assert!(ink_of("light") > 2 * ink_of("dark"));
    let ran = folder.run("frame log.csv --frame 9 --ink dark -o other.png");
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("--ink is for --background none"), "{}", ran.stderr);
}

#[test]
fn a_week_is_laid_out_as_the_whole() {
    let folder = Folder::new();
    let rows = (0..400).map(|row| format!("{},TCP,{},C{}\n", row * 3600, 20 + row % 40, row % 9));
    let rows: Vec<String> = rows.collect();
    let rows_of_twelve = (0..12).map(|row| format!("{},TCP,22,D{row:02}\n", row * 3600));
    folder.write(
        "strange.csv",
        format!("time,proto,dpt,cc\n0,TCP,22,C0\n{}", rows_of_twelve.collect::<String>()),
    );
    folder.write("whole.csv", format!("time,proto,dpt,cc\n{}", rows.concat()));
    folder.write("part.csv", format!("time,proto,dpt,cc\n{}", rows[..30].concat()));
    let scene = |arguments: &str| {
        folder.succeed(&format!(
            "frame {arguments} --frame 9 --size 320x180 -o still.png --json scene.json --force"
        ));
        folder.json("scene.json")
    };
    let (alone, laid_out) = (
        scene("part.csv --bin 1h"),
        scene("part.csv --bin 1h --layout-of whole.csv"),
    );
    let whole = scene("whole.csv --bin 1h");
    let places = |scene: &Value, list: &str| -> Vec<(String, String)> {
        let things = scene[list].as_array().unwrap().iter();
        things
            .map(|thing| (format!("{}{}", thing["port"], thing["code"]), thing["x"].to_string()))
            .collect()
    };
    assert_eq!(places(&laid_out, "countries"), places(&whole, "countries"));
    assert_eq!(places(&laid_out, "ports"), places(&whole, "ports"));
    assert_ne!(places(&alone, "ports"), places(&whole, "ports"));
    let said = folder.run("frame strange.csv --bin 1h --frame 0 --size 64x64 -o strange.png --layout-of whole.csv");
    assert!(
        said.stderr.contains(
            "strange.csv: has 12 countries that whole.csv has not, pooled as `Other`: D00, D01, D02, D03, D04, D05, \
             D06, D07, D08, D09 and 2 more\n"
        ),
        "{}",
        said.stderr
    );
    let said = folder.run("frame part.csv --bin 1h --frame 0 --size 64x64 -o part.png --layout-of whole.csv");
    assert!(!said.stderr.contains("pooled as"), "{}", said.stderr);
    let error = folder.fail("frame part.csv --frame 0 -o other.png --layout-of missing.csv");
    assert!(error.contains("--layout-of: missing.csv"), "{error}");
    let ran = folder.run("frame part.csv --frame 0 -o other.png --json whole.csv --force --layout-of whole.csv");
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("the log of --layout-of"), "{}", ran.stderr);
}

#[test]
fn hosts_are_shown_where_a_log_names_some() {
    let folder = Folder::new();
    folder.write(
        "log.csv",
        "time,proto,dpt,cc,host\n0,TCP,80,CN,web-a\n0,TCP,22,CN,web-b\n9,UDP,53,US,web-a\n",
    );
    folder.succeed("frame log.csv --hosts --frame 0 --size 320x180 -o hosts.png --json hosts.json");
    folder.succeed("frame log.csv --frame 0 --size 320x180 -o plain.png --json plain.json");
    let [hosts, plain] = ["hosts.json", "plain.json"].map(|name| folder.json(name));
    let names: Vec<&str> = list(&hosts["hosts"])
        .iter()
        .filter_map(|host| host["name"].as_str())
        .collect();
    assert_eq!(names, ["a", "b", "a", "b"]);
    assert!(plain.get("hosts").is_none());
    assert!(folder.read("hosts.png") != folder.read("plain.png"));
    // Of a log without hosts, and of one that is laid out as such a log.
    folder.write("none.csv", "time,proto,dpt,cc\n0,TCP,80,CN\n9,UDP,53,US\n");
    assert_eq!(
        folder.fail("render none.csv --hosts -o film.mp4"),
        "--hosts: none.csv: names no hosts: it has no field for them, or an empty one; name the field that has them: \
         --columns host=NAME"
    );
    let error = folder.fail("frame log.csv --hosts --frame 0 -o other.png --layout-of none.csv");
    assert!(
        error.starts_with("--layout-of: --hosts: none.csv: names no hosts: "),
        "{error}"
    );
    folder.succeed("frame log.csv --hosts --frame 0 --size 320x180 -o same.png --layout-of log.csv");
    assert!(folder.read("same.png") == folder.read("hosts.png"));
}

#[test]
#[cfg(feature = "prepared")]
fn a_prepared_log_shows_hosts_where_they_were_told_apart() {
    let folder = Folder::new();
    folder.succeed("prepare -o july.bloom -q");
    let error = folder.fail("frame july.bloom --hosts --frame 6740 -o other.png");
    assert_eq!(
        error,
        "--hosts: july.bloom: was prepared without telling hosts apart; prepare it again: portbloom prepare --by-host \
         LOG -o FILE"
    );
    folder.succeed("prepare --by-host -o hosts.bloom -q");
    let shown = |log: &str| {
        folder.succeed(&format!(
            "frame {log} --hosts --title July --frame 6740 --size 320x180 -o still.png --json scene.json --force"
        ));
        (folder.read("still.png"), folder.json("scene.json"))
    };
    assert!(shown("hosts.bloom") == shown(""));
}

#[test]
fn a_view_is_chosen_by_its_ends() {
    let folder = Folder::new();
    folder.write(
        "log.csv",
        "time,proto,dpt,cc,host\n0,TCP,80,CN,web-a\n0,TCP,22,CN,web-b\n9,UDP,53,US,web-a\n",
    );
    let keys = |view: &str| {
        let scene = folder.scene(&format!("log.csv {view} --frame 100 --size 320x180"));
        let names: Option<Vec<&str>> = scene["hosts"]
            .as_array()
            .map(|hosts| hosts.iter().filter_map(|host| host["name"].as_str()).collect());
        let totals: Vec<&String> = scene["totals"].as_object().unwrap().keys().collect();
        (
            scene["ports"].as_array().unwrap().len(),
            format!("{names:?} {totals:?}"),
        )
    };
    assert_eq!(keys(""), (3, r#"None ["tcp", "udp"]"#.to_owned()));
    assert_eq!(keys("--view hosts"), (0, r#"Some(["a", "b"]) ["hosts"]"#.to_owned()));
    let both = (3, r#"Some(["a", "b"]) ["hosts", "tcp", "udp"]"#.to_owned());
    assert_eq!(keys("--view ports,hosts"), both);
    assert_eq!(keys("--view hosts,Ports"), both);
    let gates = keys("--view ports,hosts --hosts");
    assert_eq!(
        gates.1,
        r#"Some(["a", "b", "a", "b", "a", "b"]) ["hosts", "tcp", "udp"]"#
    );
    let error = folder.refuse("frame log.csv --view hosts --hosts --frame 0 -o still.png --force");
    assert_eq!(
        error,
        "--hosts is for ports: it shows hosts on the way to them; leave it out with --view hosts"
    );
    folder.write("none.csv", "time,proto,dpt,cc\n0,TCP,80,CN\n9,UDP,53,US\n");
    assert_eq!(
        folder.fail("render none.csv --view hosts -o film.mp4"),
        "--view: none.csv: names no hosts: it has no field for them, or an empty one; name the field that has them: \
         --columns host=NAME"
    );
    // A part of the traffic by its hosts, in any view.
    let shown = |only: &str, view: &str| {
        folder.scene(&format!("log.csv --only {only} {view} --frame 100 --size 320x180"))["totals"].clone()
    };
    assert_eq!(shown("@b", ""), serde_json::json!({"udp": 0, "tcp": 1}));
    assert_eq!(shown("CN@web-a", "--view hosts"), serde_json::json!({"hosts": 1}));
    assert_eq!(
        shown("@a:tcp", "--view ports,hosts"),
        serde_json::json!({"udp": 0, "tcp": 1, "hosts": 1})
    );
    assert_eq!(
        folder.fail("frame log.csv --only @web-c --frame 0 -o other.png"),
        "--only @web-c: `web-c` is no host of the log; did you mean web-a or web-b?"
    );
    assert_eq!(
        folder.fail("frame log.csv --only @10.0.0.0/8 --frame 0 -o other.png"),
        "--only @10.0.0.0/8: `10.0.0.0/8` is no host of the log"
    );
    // Letters that the typeface lacks are told of hosts, too.
    folder.write(
        "far.csv",
        "time,proto,dpt,cc,host\n0,TCP,80,CN,\u{6771}\n9,UDP,53,US,web\n",
    );
    let said = folder.succeed("frame far.csv --view hosts --frame 0 --size 320x180 -o far.png");
    assert!(said.contains("the typeface has no \u{6771}"), "{said}");
    // The frames of a film of hosts are those of one of ports.
    let frames = |view: &str| {
        folder.succeed(&format!(
            "render log.csv {view} -o film.y4m --size 64x36 --report report.json --force"
        ));
        folder.json("report.json")["frames"].clone()
    };
    assert_eq!(frames("--view hosts"), frames(""));
    assert_eq!(frames("--view ports,hosts"), frames(""));
    let error = folder.fail("frame none.csv --only @a --frame 0 -o other.png");
    assert!(error.starts_with("--only: none.csv: names no hosts: "), "{error}");
}

// The film

#[test]
fn a_film_is_h264_in_bt709_limited_range_and_the_only_file_it_leaves() {
    let folder = Folder::new();
    folder.succeed("render --frames 6700..6760 --size 320x180 -o film.mp4");
    assert_eq!(folder.names(), ["film.mp4"]);
    let stream = folder.probe("film.mp4");
    for (key, value) in [
        ("codec_name", "h264"),
        ("pix_fmt", "yuv420p"),
        ("color_range", "tv"),
        ("color_space", "bt709"),
        ("color_transfer", "bt709"),
        ("color_primaries", "bt709"),
        ("r_frame_rate", "25/1"),
        ("avg_frame_rate", "25/1"),
        ("nb_read_frames", "60"),
        ("nb_frames", "60"),
        ("duration", "2.400000"),
    ] {
        assert_eq!(stream[key], value, "{key} of {stream}");
    }
    assert_eq!((&stream["width"], &stream["height"]), (&320.into(), &180.into()));

    let bytes = folder.read("film.mp4");
    let boxes = boxes(&bytes);
    let at = |kind: &str| boxes.iter().position(|found| found == kind);
    assert!(
        at("moov").is_some() && at("moov") < at("mdat"),
        "plays before it is loaded: {boxes:?}"
    );
    // ISO/IEC 14496-12, 12.1.5: primaries, transfer and matrix 1, and not the full range.
    let tag = b"colrnclx\0\x01\0\x01\0\x01\0";
    assert!(
        bytes.windows(tag.len()).any(|window| window == tag),
        "the container says so too"
    );
}

/// Types of the boxes of a file, outermost only (ISO/IEC 14496-12, 4.2).
fn boxes(bytes: &[u8]) -> Vec<String> {
    let mut kinds = Vec::new();
    let mut rest = bytes;
    while let Some((head, body)) = rest.split_at_checked(8) {
        let short = u32::from_be_bytes([head[0], head[1], head[2], head[3]]);
        let size = match short {
            1 => u64::from_be_bytes(body[..8].try_into().expect("eight bytes")) as usize,
            _ => short as usize,
        };
        kinds.push(String::from_utf8_lossy(&head[4..]).into_owned());
        rest = &rest[size..];
    }
    kinds
}

#[test]
fn a_frame_rate_is_kept_exactly() {
    let folder = Folder::new();
    for (rate, probed) in [("30000/1001", "30000/1001"), ("59.94", "2997/50"), ("1/2", "1/2")] {
        folder.succeed(&format!(
            "render --frames 0..9 --fps {rate} --size 64x64 -o film.mp4 --force"
        ));
        let stream = folder.probe("film.mp4");
        assert_eq!(
            (&stream["r_frame_rate"], &stream["nb_read_frames"]),
            (&probed.into(), &"9".into())
        );
    }
}

#[test]
fn frame_k_of_the_film_is_the_still_of_frame_k_in_the_same_colours() {
    let folder = Folder::new();
    let (first, last) = (FLOOD - 6, FLOOD + 6);
    folder.succeed(&format!(
        "render --frames {first}..{} --size 640x360 -o film.mp4",
        last + 1
    ));
    let film = folder.decode("film.mp4", [640, 360]);
    assert_eq!(film.len() as u64, last + 1 - first);
    for k in [first, FLOOD, last] {
        folder.succeed(&format!("frame --frame {k} --size 640x360 -o still.png --force"));
        let still = Rgb::open(&folder.path("still.png"));
        let (right, wrong) = (still.to_yuv(BT709), still.to_yuv(BT601));
        let here = film[(k - first) as usize].psnr(&right);
        assert!(here.iter().all(|&db| db >= 35.0), "frame {k}: {here:?}");
        // The comparison can fail: by time, and by colour.
        for other in [k.checked_sub(5), Some(k + 5)].into_iter().flatten() {
            if let Some(picture) = film.get(other.wrapping_sub(first) as usize) {
                let there = picture.psnr(&right)[0];
                assert!(
                    there < here[0] - 10.0,
                    "frame {k} against {other}: {there} and {here:?}"
                );
            }
        }
        let [here, off] = [&right, &wrong].map(|still| film[(k - first) as usize].luma_where_red(still));
        assert!(here.abs() < 1.0, "frame {k} is off by {here} where it is red");
        assert!(off.abs() > 4.0, "BT.601 would be off by {off}");
    }
}

#[test]
fn a_part_of_the_film_is_the_same_pictures_for_any_number_of_encoders() {
    let folder = Folder::new();
    // Segments end at multiples of 50 frames.
    folder.succeed("render --frames 6600..6820 --size 320x180 --jobs 3 -o three.mp4");
    folder.succeed("render --frames 6600..6820 --size 320x180 --jobs 1 -o one.mp4");
    assert!(folder.read("three.mp4") == folder.read("one.mp4"), "the same bytes");
    folder.succeed("render --frames 6650..6770 --size 320x180 -o part.mp4");
    let long = folder.decode("one.mp4", [320, 180]);
    let part = folder.decode("part.mp4", [320, 180]);
    assert_eq!((long.len(), part.len()), (220, 120));
    assert!(long[50..170] == part, "the same pictures");
    assert!(long[51..171] != part, "which differ from their neighbours");
}

#[test]
fn a_whole_film_has_all_its_frames_and_open_ranges_are_the_film_s_ends() {
    let folder = Folder::new();
    folder.write("log.csv", SMALL);
    // Two rows a minute apart, bins of 200 ms: a time range of 60.2 s, so 12.04 s and a flight of 2.8 s.
    for (range, frames) in [("", 371), ("--frames 300..", 71), ("--frames ..50", 50)] {
        folder.succeed(&format!(
            "render log.csv --pace 5s --size 64x64 {range} -o film.mp4 --force"
        ));
        assert_eq!(folder.frames("film.mp4"), frames, "{range}");
    }
}

// The scene

/// The drawable rows of the sample: time, protocol, port, country code.
fn sample_rows() -> Vec<(String, String, u16, String)> {
    let gzipped = include_bytes!("../data/marx-july-2013.csv.gz");
    let mut text = String::new();
    GzDecoder::new(gzipped.as_slice())
        .read_to_string(&mut text)
        .expect("the sample is gzipped text");
    let rows = text.lines().skip(1).filter_map(|line| {
        // Names are last: no quote and no comma stands before them.
        let fields: Vec<&str> = line.split(',').collect();
        let port = fields[5].parse().ok()?;
        Some((fields[0].to_owned(), fields[2].to_owned(), port, fields[6].to_owned()))
    });
    rows.collect()
}

/// The bubbles of a scene to one port from one country.
fn bubbles_of<'a>(scene: &'a Value, country: &'a str, protocol: &'a str) -> impl Iterator<Item = &'a Value> {
    let all = list(&scene["bubbles"]).iter();
    all.filter(move |bubble| bubble["country"] == country && bubble["protocol"] == protocol)
}

#[test]
fn the_flood_from_iran_is_huge_at_its_time_in_data_and_in_pixels() {
    let folder = Folder::new();
    let scene = folder.scene("--at 2013-07-24T09:40 --size 1280x720");
    assert_eq!(scene["frame"], FLOOD);
    assert_eq!(scene["data_time"], "2013-07-24T09:40:00Z");
    let flood = bubbles_of(&scene, "IR", "UDP")
        .max_by_key(|bubble| count(&bubble["packets"]))
        .unwrap();
    assert_eq!((&flood["port"], &flood["packets"]), (&2193.into(), &5716.into()));

    // The same from the log: the bin from 07:45 to 07:50.
    let rows = sample_rows();
    let mut times: Vec<&str> = rows
        .iter()
        .filter(|(time, protocol, port, country)| {
            protocol == "UDP"
                && *port == 2193
                && country == "IR"
                && time.starts_with("2013-07-24 07:4")
                && &time[15..16] >= "5"
        })
        .map(|(time, ..)| time.as_str())
        .collect();
    times.sort_unstable();
    assert_eq!(times.len(), 5716);
    let secs: f64 = times[0][17..].parse().unwrap();
    let minutes: f64 = times[0][14..16].parse().unwrap();
    let departure = ((23.0 * 24.0 + 7.0) * 60.0 + minutes + secs / 60.0) / 125.0;
    assert!(
        (number(&flood["departure_secs"]) - departure).abs() < 1e-6,
        "{flood}, {departure}"
    );
    let radius = 7.0 * 5716_f64.sqrt() * 720.0 / 2160.0;
    assert!((number(&flood["radius"]) - radius).abs() < 1e-3, "{flood}, {radius}");
    let film_secs = number(&scene["film_secs"]);
    assert!(departure <= film_secs && film_secs < departure + 2.8);

    // In flight between Iran and port 2193, and on its way from one to the other.
    let find = |list_of: &str, is: &dyn Fn(&Value) -> bool| list(&scene[list_of]).iter().find(|item| is(item)).cloned();
    let iran = find("countries", &|country| country["code"] == "IR").unwrap();
    let port = find("ports", &|port| port["protocol"] == "UDP" && port["port"] == 2193).unwrap();
    let [x, y] = ["x", "y"].map(|axis| number(&flood[axis]));
    assert_eq!(flood["color"], iran["color"]);
    assert!(
        number(&port["x"]) < x && x < number(&iran["x"]),
        "{port} {flood} {iran}"
    );
    let ends = [number(&port["y"]), number(&iran["y"])];
    assert!(
        ends[0].min(ends[1]) - 2.0 < y && y < ends[0].max(ends[1]) + 2.0,
        "{port} {flood} {iran}"
    );

    // Around its rim: outside nothing, the rim of its colour, inside a tint of it.
    let still = Rgb::open(&folder.path("still.png"));
    let hex = flood["color"].as_str().unwrap();
    let color: [f64; 3] =
        std::array::from_fn(|part| f64::from(u8::from_str_radix(&hex[1 + 2 * part..3 + 2 * part], 16).unwrap()));
    let free = free_angles(&scene, flood);
    assert!(free.len() > 60, "{} angles without anything near", free.len());
    let pixel = |angle: f64, from_centre: f64| {
        let (sin, cos) = angle.sin_cos();
        still.at((x + from_centre * cos) as usize, (y + from_centre * sin) as usize)
    };
    for angle in free {
        assert_eq!(pixel(angle, radius + 3.0), BACKGROUND, "beyond the rim at {angle}");
        let rim = share_of_color(pixel(angle, radius - 1.0), color);
        let fill = share_of_color(pixel(angle, radius - 6.0), color);
        assert!((0.3..1.0).contains(&rim), "rim at {angle}: {rim}");
        assert!((0.03..0.4).contains(&fill), "fill at {angle}: {fill}");
        assert!(fill < rim - 0.2, "the rim is crisp at {angle}: {fill}, {rim}");
    }

    // Four hours before there is no flood, and nothing at its rim.
    let before = folder.scene("--at 2013-07-24T05:40 --size 1280x720");
    assert!(
        list(&before["bubbles"])
            .iter()
            .all(|bubble| count(&bubble["packets"]) < 100)
    );
    let still = Rgb::open(&folder.path("still.png"));
    let tinted = |still: &Rgb| {
        (0..360)
            .filter(|step| {
                let (sin, cos) = f64::from(*step).to_radians().sin_cos();
                still.at((x + (radius - 1.0) * cos) as usize, (y + (radius - 1.0) * sin) as usize) != BACKGROUND
            })
            .count()
    };
    assert!(tinted(&still) < 60, "{} of 360", tinted(&still));
}

/// Angles at which nothing else is near the rim of `bubble`: no other bubble, no name, no port.
fn free_angles(scene: &Value, bubble: &Value) -> Vec<f64> {
    let [x, y, radius] = ["x", "y", "radius"].map(|key| number(&bubble[key]));
    let angles = (0..360).map(|step| f64::from(step).to_radians());
    let free = angles.filter(|angle| {
        let at = [x + radius * angle.cos(), y + radius * angle.sin()];
        let others = list(&scene["bubbles"]).iter().filter(|other| *other != bubble);
        let bubbles = others.map(|other| ["x", "y", "radius"].map(|key| number(&other[key])));
        let clear = bubbles.map(|[x, y, radius]| (x - at[0]).hypot(y - at[1]) - radius);
        // Bars and names stay right of 540 pixels, port labels left of their column.
        let column = number(&list(&scene["ports"])[0]["x"]);
        clear.fold(f64::INFINITY, f64::min) > 10.0 && at[0] < 540.0 && at[0] > column + 10.0
    });
    free.collect()
}

/// How much of `color` lies over the background in a pixel; it must be that colour, and no other.
fn share_of_color(pixel: [u8; 3], color: [f64; 3]) -> f64 {
    let over = |part: usize| f64::from(pixel[part]) - f64::from(BACKGROUND[part]);
    let full = |part: usize| color[part] - f64::from(BACKGROUND[part]);
    let dot: f64 = (0..3).map(|part| over(part) * full(part)).sum();
    let share = dot / (0..3).map(|part| full(part).powi(2)).sum::<f64>();
    for part in 0..3 {
        assert!(
            (over(part) - share * full(part)).abs() < 3.0,
            "{pixel:?} is no tint of {color:?}"
        );
    }
    share
}

#[test]
fn the_scan_from_vietnam_goes_through_the_ports_in_order() {
    let folder = Folder::new();
    let scene = folder.scene("--at 2013-07-07T13:15 --size 320x180");
    let mut first: BTreeMap<u64, f64> = BTreeMap::new();
    let mut bubbles = 0;
    for bubble in bubbles_of(&scene, "VN", "TCP").filter(|bubble| (1000..2000).contains(&count(&bubble["port"]))) {
        bubbles += 1;
        let departure = first.entry(count(&bubble["port"])).or_insert(f64::INFINITY);
        *departure = departure.min(number(&bubble["departure_secs"]));
    }
    assert!(bubbles >= 50, "{bubbles} bubbles");
    let ports: Vec<u64> = first.keys().copied().collect();
    assert!(ports.len() >= 30 && ports[0] == 1024, "{ports:?}");
    assert!(ports.windows(2).all(|pair| pair[1] == pair[0] + 1), "{ports:?}");
    let departures: Vec<f64> = first.into_values().collect();
    // One packet of it came late.
    let steps_back = departures.windows(2).filter(|pair| pair[1] < pair[0]).count();
    assert!(steps_back <= 1, "{departures:?}");
    // They land in port order too.
    for protocol in ["UDP", "TCP"] {
        let column: Vec<_> = list(&scene["ports"])
            .iter()
            .filter(|port| port["protocol"] == protocol)
            .collect();
        assert!(column.is_sorted_by(|a, b| count(&a["port"]) < count(&b["port"]) && number(&a["y"]) < number(&b["y"])));
    }
}

#[test]
fn scene_data_has_the_documented_keys_and_no_others() {
    let folder = Folder::new();
    let scene = folder.scene(&format!("--frame {FLOOD} --size 320x180"));
    // serde_json sorts the keys of a value.
    assert_eq!(
        keys(&scene),
        [
            "bubbles",
            "countries",
            "data_time",
            "film_secs",
            "frame",
            "frames",
            "in_flight",
            "measure",
            "ports",
            "size",
            "totals",
            "unit"
        ]
    );
    assert_eq!(scene["size"], serde_json::json!([320, 180]));
    for (array, expected) in [
        (
            "bubbles",
            &[
                "color",
                "country",
                "departure_secs",
                "host",
                "packets",
                "port",
                "protocol",
                "radius",
                "x",
                "y",
            ][..],
        ),
        ("ports", &["heat", "port", "protocol", "size", "x", "y"]),
        ("countries", &["code", "color", "name", "tcp", "udp", "x", "y"]),
    ] {
        assert!(!list(&scene[array]).is_empty());
        for item in list(&scene[array]) {
            assert_eq!(keys(item), expected, "{array}");
        }
    }
    assert_eq!(keys(&scene["totals"]), ["tcp", "udp"]);

    let countries = list(&scene["countries"]);
    assert_eq!(countries.len(), 45, "44 and the others");
    let codes: BTreeSet<&str> = countries
        .iter()
        .filter_map(|country| country["code"].as_str())
        .collect();
    assert!(codes.contains("Other") && codes.contains("Unknown"), "{codes:?}");
    let bubbles = list(&scene["bubbles"]);
    assert!(
        bubbles.iter().all(|bubble| bubble["country"] != "Other"),
        "a bubble keeps its own country"
    );
    assert!(
        bubbles
            .iter()
            .any(|bubble| !codes.contains(bubble["country"].as_str().unwrap())),
        "also a pooled one"
    );
    let hosts: Vec<&Value> = bubbles.iter().map(|bubble| &bubble["host"]).collect();
    assert!(hosts.iter().any(|host| host.is_null()) && hosts.iter().any(|host| host.is_string()));
    assert!(
        bubbles
            .iter()
            .all(|bubble| bubble["packets"] != 1 || bubble["host"].is_string())
    );
    let names = |code: &str| {
        countries
            .iter()
            .find(|country| country["code"] == code)
            .map(|country| &country["name"])
    };
    assert_eq!(
        (names("IR"), names("KR")),
        (Some(&"Iran".into()), Some(&"South Korea".into()))
    );
}

#[test]
fn the_counters_end_at_the_packets_of_the_log_and_always_add_up() {
    let folder = Folder::new();
    for (frame, expected) in [
        (0, Some([0, 0])),
        (FLOOD, None),
        (SAMPLE_FRAMES - 1, Some([17_959, 54_640])),
    ] {
        let scene = folder.scene(&format!("--frame {frame} --size 64x64"));
        let totals = packets(&scene["totals"]);
        let rows = list(&scene["countries"]).iter().map(packets);
        let sum = rows.fold([0, 0], |sum, row| [sum[0] + row[0], sum[1] + row[1]]);
        assert_eq!(totals, sum, "frame {frame}");
        if let Some(expected) = expected {
            assert_eq!(totals, expected, "frame {frame}");
        }
    }
    // A time range ends at its own packets, whatever the pooling.
    for countries in [0, 1, 250] {
        let range = "--start 2013-07-24 --end 2013-07-25 --pace 1d --bin 5m --size 64x64";
        let scene = folder.scene(&format!("{range} --countries {countries} --frame 94"));
        let rows = sample_rows();
        let day = |protocol: &str| {
            let rows = rows
                .iter()
                .filter(|row| row.0.starts_with("2013-07-24") && row.1 == protocol);
            rows.count() as u64
        };
        assert_eq!(packets(&scene["totals"]), [day("UDP"), day("TCP")]);
    }
}

/// A row of a made log: seconds into it, country, protocol, port, packets.
type Made = (i64, &'static str, &'static str, u16, u64);

/// Rows that no rule of a film knows of: times from a linear congruential generator, not in order.
fn made_rows() -> Vec<Made> {
    let mut state = 2013_u64;
    let mut random = |below: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let row = |_| {
        let country = ["US", "CN", "DE"][random(3) as usize];
        let protocol = ["UDP", "TCP"][random(2) as usize];
        let port = [22, 53, 80, 65535][random(4) as usize];
        (random(3600) as i64, country, protocol, port, 1 + random(9))
    };
    let mut rows: Vec<Made> = (0..300).map(row).collect();
    rows.push((0, "US", "TCP", 22, 1));
    rows
}

#[test]
fn bubbles_heat_and_counters_are_those_of_a_direct_sum() {
    let folder = Folder::new();
    let rows = made_rows();
    let mut text = "time,count,proto,port,cc\n".to_owned();
    for (secs, country, protocol, port, packets) in &rows {
        text += &format!("{},{packets},{protocol},{port},{country}\n", 1_372_636_800 + secs);
    }
    folder.write("log.csv", text);

    // Bubbles of a minute: first event and packets, by minute, country, protocol and port.
    let mut bubbles: BTreeMap<(i64, &str, &str, u16), (i64, u64)> = BTreeMap::new();
    for &(secs, country, protocol, port, packets) in &rows {
        let bubble = bubbles.entry((secs / 60, country, protocol, port)).or_insert((secs, 0));
        *bubble = (bubble.0.min(secs), bubble.1 + packets);
    }
    // 1500 s of data a second of film: everything below is in data seconds, so that nothing is rounded.
    let (pace, fps, travel) = (1500, 25, 4200);
    for frame in [0, 17, 40, 70, 110, 129] {
        let scene = folder.scene(&format!("log.csv --bin 1m --frame {frame} --size 320x180"));
        let now = frame * pace / fps;
        let alive: BTreeSet<String> = bubbles
            .iter()
            .filter(|(_, (first, _))| *first <= now && now < first + travel)
            .map(|((_, country, protocol, port), (first, packets))| {
                format!(
                    "{country} {protocol} {port} {packets} {:.6}",
                    *first as f64 / pace as f64
                )
            })
            .collect();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let shown: BTreeSet<String> = list(&scene["bubbles"])
            .iter()
            .map(|bubble| {
                let (country, protocol) = (text(&bubble["country"]), text(&bubble["protocol"]));
                let departure = number(&bubble["departure_secs"]);
                format!(
                    "{country} {protocol} {} {} {departure:.6}",
                    bubble["port"], bubble["packets"]
                )
            })
            .collect();
        assert_eq!(shown, alive, "alive in frame {frame}");

        for port in list(&scene["ports"]) {
            let mut heat = 0.0;
            for ((_, _, protocol, number), (first, packets)) in &bubbles {
                let since = now - (first + travel);
                if port["protocol"] == *protocol && port["port"] == *number && since >= 0 {
                    heat += *packets as f64 * (-(since as f64) / pace as f64 / 1.6).exp();
                }
            }
            assert!(
                (number(&port["heat"]) - heat).abs() <= 1e-5 * heat,
                "frame {frame}: {port}, {heat}"
            );
        }
        let mut totals = [0, 0];
        for ((_, _, protocol, _), (first, packets)) in &bubbles {
            if first + travel < now + pace / fps {
                totals[usize::from(*protocol == "TCP")] += packets;
            }
        }
        assert_eq!(packets(&scene["totals"]), totals, "frame {frame}");
    }
    let error = folder.fail("frame log.csv --bin 1m --frame 130 --size 320x180 -o x.png");
    assert_eq!(error, "--frame 130: the film has 130 frames, 0 to 129");
}

// The report

#[test]
fn the_report_of_the_sample_has_its_facts_and_reconciles() {
    let folder = Folder::new();
    folder.succeed("render --frames 0..5 --size 320x180 --report report.json -o film.mp4");
    assert_eq!(folder.names(), ["film.mp4", "report.json"]);
    let report = folder.json("report.json");
    assert_eq!((count(&report["rows"]), count(&report["drawable"])), (79_832, 72_599));
    assert_eq!(
        report["left_out"],
        serde_json::json!({"outside_range": 0, "no_port": 7233, "nothing_measured": 0, "filtered": 0, "reply": 0, "repeat": 0, "unreadable": 0})
    );
    assert_eq!(report["first_lines"]["no_port"][0]["line"], 4);
    assert_eq!((count(&report["bubbles"]), count(&report["countries"])), (39_337, 137));
    assert_eq!(packets(&report["ports"]), [243, 910]);
    assert_eq!(report["frames"], 5);
    assert_eq!(
        (&report["fps"], &report["size"]),
        (&"25".into(), &serde_json::json!([320, 180]))
    );
    assert_eq!(
        (number(&report["bin_secs"]), number(&report["pace_secs"])),
        (300.0, 7500.0)
    );
    assert_eq!(
        (&report["start"], &report["end"]),
        (&"2013-07-01T00:00:00Z".into(), &"2013-07-29T00:00:00Z".into())
    );
    assert_eq!(
        (&report["complete"], &report["output"]),
        (&true.into(), &"film.mp4".into())
    );
    assert!(report["adapter"].as_str().unwrap().ends_with("software"), "{report}");
    assert!(report["encoder"].as_str().unwrap().contains("H.264"), "{report}");
    assert!(number(&report["frames_per_second"]) > 0.0);
    for (stage, secs) in report["seconds"].as_object().unwrap() {
        // The GPU's own clock is read for a profile or a trace only.
        assert!(number(secs) > 0.0 || stage == "gpu", "{stage}");
    }
    reconciles(&report);
}

/// Rows and packets, drawn and left out, are the input.
fn reconciles(report: &Value) {
    let sum = |reasons: &Value| reasons.as_object().expect("an object").values().map(count).sum::<u64>();
    assert_eq!(
        count(&report["rows"]),
        count(&report["drawable"]) + sum(&report["left_out"])
    );
    let packets = &report["packets"];
    assert_eq!(
        count(&packets["input"]),
        count(&packets["drawn"]) + sum(&packets["left_out"])
    );
}

#[test]
fn the_report_of_a_time_range_counts_what_is_outside_and_what_cannot_be_read() {
    let folder = Folder::new();
    folder.write(
        "log.csv",
        "datetime,proto,dpt,cc,packets\n\
         2013-07-01 00:00:00,TCP,80,US,5\n\
         2013-07-02 00:00:00,TCP,80,US,7\n\
         2013-07-02 12:00:00,ICMP,,US,11\n\
         2013-07-02 13:00:00,UDP,http,US,13\n\
         never,UDP,53,US,1\n\
         2013-07-03 00:00:00,UDP,53,DE,17\n",
    );
    let said = folder.succeed(
        "render log.csv --start 2013-07-02 --end 2013-07-03 --pace 12h --frames 0..2 --size 64x64 \
         --report report.json -o film.mp4",
    );
    let report = folder.json("report.json");
    assert_eq!((count(&report["rows"]), count(&report["drawable"])), (6, 1));
    assert_eq!(
        report["left_out"],
        serde_json::json!({"outside_range": 2, "no_port": 1, "nothing_measured": 0, "filtered": 0, "reply": 0, "repeat": 0, "unreadable": 2})
    );
    assert_eq!(
        report["packets"],
        serde_json::json!({
            "input": 42, "drawn": 7, "left_out": {"outside_range": 22, "no_port": 11, "nothing_measured": 0, "filtered": 0, "reply": 0, "repeat": 0, "unreadable": 2}
        })
    );
    let lines = |reason: &str| {
        list(&report["first_lines"][reason])
            .iter()
            .map(|line| count(&line["line"]))
            .collect::<Vec<_>>()
    };
    assert_eq!(lines("outside_range"), [2, 7]);
    assert_eq!(lines("no_port"), [4]);
    assert_eq!(lines("unreadable"), [5, 6]);
    reconciles(&report);
    assert!(
        said.contains("2 rows that could not be read, the first at line 5: `dpt` is \"http\""),
        "{said}"
    );
    assert!(said.contains("2 rows outside the time range"), "{said}");
}

#[test]
fn the_report_of_another_time_range_of_the_sample_reconciles() {
    let folder = Folder::new();
    folder.succeed("render --start 2013-07-07 --end 2013-07-08 --frames 0..2 --size 64x64 --report r.json -o f.mp4");
    let report = folder.json("r.json");
    let rows = sample_rows();
    let inside = rows.iter().filter(|row| row.0.starts_with("2013-07-07")).count() as u64;
    assert_eq!(count(&report["drawable"]), inside);
    assert_eq!(count(&report["left_out"]["outside_range"]), 72_599 - inside);
    assert_eq!(count(&report["left_out"]["no_port"]), 7233, "counted wherever they are");
    reconciles(&report);
}

// Cut short, or in the way

#[test]
#[cfg(unix)]
fn a_film_cut_short_holds_the_frames_made_so_far_and_says_so() {
    for signal in ["INT", "TERM"] {
        let folder = Folder::new();
        let running = folder.start(
            "render --size 640x360 --quality 100 --jobs 1 --report report.json -o film.mp4",
            Stdio::null(),
        );
        wait_until("a part of the film is on the disk", || {
            let parts = folder.names();
            let part = parts
                .iter()
                .find(|name| name.starts_with(".portbloom-") && name.contains(".part"));
            part.is_some_and(|part| folder.path(part).metadata().is_ok_and(|found| found.len() > 200_000))
        });
        running.send(signal);
        let Ran { code, stderr: said } = running.end();
        assert_eq!(code, Some(130), "{signal}: {said}");
        assert_eq!(folder.names(), ["film.partial.mp4", "report.json"], "{signal}");
        let frames = folder.frames("film.partial.mp4");
        assert!(0 < frames && frames < SAMPLE_FRAMES, "{frames} frames");
        let (made, all) = (grouped(frames), grouped(SAMPLE_FRAMES));
        let message = format!("film.partial.mp4 holds the first {made} of {all} frames");
        assert!(said.contains(&message), "{said}, expected {message}");
        // The command for the rest begins where this one ended.
        let rest = said
            .lines()
            .find_map(|line| line.strip_prefix("  this makes the rest: portbloom "));
        let rest = rest.unwrap_or_else(|| panic!("{said}"));
        assert!(
            rest.contains("-o film.rest.mp4") && rest.contains("--size 640x360") && rest.contains("--quality 100"),
            "{rest}"
        );
        let open = format!("--frames {frames}..");
        assert!(rest.contains(&open), "{rest}");
        let two = format!("--frames {frames}..{}", frames + 2);
        folder.succeed(&rest.replace(&open, &two));
        assert_eq!(folder.frames("film.rest.mp4"), 2);
        let report = folder.json("report.json");
        assert_eq!(
            (&report["complete"], &report["frames"]),
            (&false.into(), &frames.into())
        );
    }
}

#[test]
#[cfg(unix)]
fn a_signal_ends_the_reading_of_a_log() {
    for signal in ["INT", "TERM"] {
        for line in [
            "render - --size 64x64 -o film.mp4",
            "profile -",
            "prepare - -o log.bloom",
        ] {
            if line.starts_with("prepare") && !cfg!(feature = "prepared") {
                continue;
            }
            let folder = Folder::new();
            let mut running = folder.start(line, Stdio::piped());
            let mut log = running.0.stdin.take().unwrap();
            // The pipe holds 64 KiB: once this is through, reading has begun and waits for more.
            log.write_all(&[SMALL.as_bytes(), &[b'\n'; 200_000]].concat()).unwrap();
            running.send(signal);
            let Ran { code, stderr: said } = running.end();
            assert_eq!(code, Some(130), "{signal}: {said}");
            assert_eq!(
                said,
                "portbloom: interrupted before anything was made; nothing is left\n"
            );
            drop(log);
        }
    }
}

#[test]
fn an_existing_file_is_kept_without_force_and_replaced_with_it() {
    let folder = Folder::new();
    folder.write("film.mp4", "precious");
    folder.write("still.png", "precious");
    let render = "render --frames 0..2 --size 64x64 -o film.mp4";
    let frame = "frame --frame 0 --size 64x64 -o still.png";
    for (command, name) in [(render, "film.mp4"), (frame, "still.png")] {
        let error = folder.fail(command);
        assert!(error.contains(name) && error.contains("--force"), "{error}");
        assert_eq!(folder.read(name), b"precious");
        folder.succeed(&format!("{command} --force"));
        assert_ne!(folder.read(name), b"precious");
    }
    assert_eq!(folder.frames("film.mp4"), 2);
    assert_eq!(folder.names(), ["film.mp4", "still.png"]);
}

#[test]
fn a_report_replaces_neither_the_log_nor_the_film() {
    let folder = Folder::new();
    folder.write("log.csv", SMALL);
    for (command, name) in [
        (
            "render log.csv --frames 0..2 --size 64x64 -o film.mp4 --report",
            "log.csv",
        ),
        (
            "render log.csv --frames 0..2 --size 64x64 -o film.mp4 --report",
            "./film.mp4",
        ),
        ("frame log.csv --frame 0 --size 64x64 -o still.png --json", "log.csv"),
        (
            "frame log.csv --frame 0 --size 64x64 -o still.png --json",
            "./still.png",
        ),
    ] {
        folder.refuse(&format!("{command} {name}"));
    }
    assert_eq!(folder.read("log.csv"), SMALL.as_bytes());
}

// Bad input

#[test]
fn a_log_that_is_none_is_refused_with_a_reason() {
    let folder = Folder::new();
    let header = "datetime,proto,dpt,cc\n";
    folder.write("empty.csv", "");
    folder.write("blank.csv", "\n \n\n");
    folder.write("header.csv", header);
    folder.write("columns.csv", "when,what,where\n1,2,3\n");
    folder.write("colons.csv", "datetime:proto:dpt\n2013-07-01:TCP:80\n");
    folder.write("icmp.csv", format!("{header}2013-07-01,ICMP,,US\n"));
    folder.write("rubbish.csv", format!("{header}yesterday,TCP,80,US\nnow,TCP,81,US\n"));
    folder.write("binary.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR");
    folder.write("cut.csv.gz", &gzip(SMALL.repeat(200).as_bytes())[..60]);
    std::fs::create_dir(folder.path("folder.csv")).unwrap();
    for (log, expected) in [
        ("missing.csv", "missing.csv: cannot open the log"),
        ("folder.csv", "folder.csv"),
        ("empty.csv", "empty.csv: is empty; expected a log"),
        ("blank.csv", "blank.csv: is empty"),
        ("header.csv", "header.csv: has a header and no rows"),
        ("columns.csv", "`when`, `what`, `where`"),
        (
            "colons.csv",
            "this line names `datetime:proto:dpt`; add or rename the column",
        ),
        ("icmp.csv", "icmp.csv: no row can be drawn: 1 row, none"),
        (
            "rubbish.csv",
            "rubbish.csv:2: `datetime` is \"yesterday\"; expected an existing date",
        ),
        ("rubbish.csv", "none of the 2 rows can be read"),
        (
            "binary.csv",
            "binary.csv: is binary data; check that this is the log you mean",
        ),
        ("cut.csv.gz", "cut.csv.gz: the gzip data ends early"),
    ] {
        let error = folder.fail(&format!("render {log} --size 64x64 -o film.mp4"));
        assert!(error.contains(expected), "{log}: {error}, expected {expected}");
        assert_eq!(
            folder.fail(&format!("frame {log} --frame 0 --size 64x64 -o still.png")),
            error
        );
    }
    folder.write(
        "some.csv",
        format!("{header}2013-07-01,ICMP,,US\n2013-07-01,TCP,80,US\n"),
    );
    let error = folder.fail("frame some.csv --where port==1 --frame 0 --size 64x64 -o still.png");
    let why = "no row can be drawn: 2 rows, 1 without TCP or UDP and a destination port, 1 left out by --where";
    assert!(error.contains(why), "{error}");
    let error = folder.fail("render columns.csv --size 64x64 -o film.mp4");
    for column in ["datetime", "proto", "dpt"] {
        assert!(error.contains(&format!("`{column}`")), "names what it needs: {error}");
    }
}

#[test]
fn a_row_that_cannot_be_read_is_counted_and_under_strict_an_error() {
    let folder = Folder::new();
    folder.write(
        "log.csv",
        format!("{SMALL}2013-07-01 00:00:30,TCP,http,US\nx,TCP,1,US\n"),
    );
    let said = folder.succeed("frame log.csv --frame 0 --size 64x64 -o still.png");
    assert!(
        said.contains("2 rows that could not be read, the first at line 4: `dpt` is \"http\""),
        "{said}"
    );
    let error = folder.fail("frame log.csv --strict --frame 0 --size 64x64 -o strict.png");
    assert!(
        error.starts_with("log.csv:4: `dpt` is \"http\"; expected a port number 0-65535"),
        "{error}"
    );
    folder.write("log.csv", SMALL);
    folder.succeed("frame log.csv --strict --frame 0 --size 64x64 -o strict.png");
}

#[test]
fn a_size_that_cannot_be_is_refused_before_the_log_is_read() {
    let folder = Folder::new();
    for (size, expected) in [
        ("641x361", "641x361"),
        ("640x361", "even"),
        ("0x0", "0x0"),
        ("0x360", "at least 16"),
        ("8x8", "at least 16"),
        ("9000x9000", "too large"),
        ("3842x2160", "too large"),
        ("2160x3842", "too large"),
        ("4294967294x4294967294", "too large"),
    ] {
        let error = folder.refuse(&format!("render missing.csv --size {size} -o film.mp4"));
        assert!(error.contains(expected), "{size}: {error}");
    }
    // A still knows no encoder, but the adapter has a limit too.
    let error = folder.refuse("frame --frame 0 --size 65536x64 -o still.png");
    assert!(error.contains("65536x64") && error.contains("--size"), "{error}");
}

#[test]
fn an_output_that_cannot_be_is_refused_before_the_log_is_read() {
    let folder = Folder::new();
    folder.write("file", "");
    std::fs::create_dir(folder.path("taken.mp4")).unwrap();
    std::fs::create_dir(folder.path("taken.png")).unwrap();
    for (output, expected) in [
        ("nowhere/film.mp4", "there is no folder `nowhere`"),
        ("file/film.mp4", "file/film.mp4"),
        ("taken.mp4", "`taken.mp4` is a folder"),
        ("film.avi", "a film is film.mp4, film.y4m"),
        ("film", "add --encoder ffmpeg"),
        ("film.png", "film-%05d.png"),
        ("film.mp4/", "film.mp4/"),
    ] {
        for force in ["", "--force"] {
            let line = format!("render missing.csv --size 64x64 -o {output} {force}");
            // A name that is no film's is wrong, whatever files there are.
            let error = if output.starts_with("film") && !output.contains('/') {
                folder.refuse(&line)
            } else {
                folder.fail(&line)
            };
            assert!(error.contains(expected), "{output}: {error}");
        }
    }
    for (output, expected) in [
        ("nowhere/still.png", "there is no folder `nowhere`"),
        ("taken.png", "`taken.png` is a folder"),
    ] {
        let error = folder.fail(&format!("frame missing.csv --frame 0 --size 64x64 -o {output}"));
        assert!(error.contains(expected), "{output}: {error}");
    }
    let error = folder.refuse("frame missing.csv --frame 0 --size 64x64 -o still.jpg");
    assert!(error.contains("end its name in .png"), "{error}");
    for (command, second) in [
        ("render missing.csv -o film.mp4 --report", "nowhere/report.json"),
        ("render missing.csv -o film.mp4 --report", "film.mp4"),
        ("frame missing.csv --frame 0 -o still.png --json", "nowhere/scene.json"),
        ("frame missing.csv --frame 0 -o still.png --json", "still.png"),
    ] {
        let line = format!("{command} {second}");
        let error = if second.starts_with("nowhere") {
            folder.fail(&line)
        } else {
            folder.refuse(&line)
        };
        assert!(error.contains(second), "{line}: {error}");
    }
}

#[test]
fn a_time_of_day_is_the_first_of_the_film_and_without_a_time_it_is_the_busiest() {
    let folder = Folder::new();
    let small = "--size 64x64";
    for (arguments, time) in [
        ("--at 04:00", "2013-07-01T04:00:00Z"),
        ("--at 4:00:00.0 --start 2013-07-24T04:00", "2013-07-24T04:00:00Z"),
        ("--at 04:00 --start 2013-07-24T04:05", "2013-07-25T04:00:00Z"),
        ("--at 00:00 --start 2013-07-24", "2013-07-24T00:00:00Z"),
    ] {
        assert_eq!(
            folder.scene(&format!("{arguments} {small}"))["data_time"],
            time,
            "{arguments}"
        );
    }
    // The flood from Iran, half-way: its bubble is in the middle of its field.
    let scene = folder.scene(small);
    let number = scene["frame"].as_u64().unwrap();
    let flood = bubbles_of(&scene, "IR", "UDP")
        .max_by_key(|bubble| count(&bubble["packets"]))
        .unwrap();
    assert_eq!(flood["packets"], 5716);
    let half_way = flood["departure_secs"].as_f64().unwrap() + 1.4;
    assert!((number as f64 / 25.0 - half_way).abs() <= 0.04, "{number}, {half_way}");
    // Of a part of the traffic, its own.
    let part = folder.scene(&format!("{small} --only DE:tcp"));
    assert_ne!(part["frame"], scene["frame"]);
    assert!(list(&part["bubbles"]).iter().all(|bubble| bubble["country"] == "DE"));
    assert!(!list(&part["bubbles"]).is_empty());
    let said = folder.run(&format!("frame {small} -o told.png")).stderr;
    assert!(said.contains("UTC, the busiest; --at TIME shows another)"), "{said}");
}

#[test]
fn frames_and_times_beyond_the_film_are_refused_with_its_ends() {
    let folder = Folder::new();
    for (arguments, expected) in [
        ("render --frames 8134..8135 -o film.mp4", "the film has 8,134 frames"),
        ("render --frames 8000..9000 -o film.mp4", "the film has 8,134 frames"),
        (
            "frame --frame 8134 -o still.png",
            "the film has 8,134 frames, 0 to 8133",
        ),
        ("frame --at 2013-06-30 -o still.png", "from 2013-07-01T00:00:00Z"),
        ("frame --at 2014-07-30 -o still.png", "the film runs from"),
        (
            "frame --at 20:00 --end 2013-07-01T12:00 -o still.png",
            "--at 2013-07-01T20:00:00Z: the film runs from",
        ),
        ("render --start 2020-01-01 -o film.mp4", "change --start or --end"),
        ("render --end 2013-07-01 -o film.mp4", "change --start or --end"),
        (
            "render --start 2013-07-01T00:00 --end 2013-07-01T00:01 -o film.mp4",
            "change --start or --end",
        ),
        ("render --pace 1ms -o film.mp4", "choose a faster --pace"),
        ("render --duration 1ms -o film.mp4", "the pace is too fast"),
    ] {
        let error = folder.fail(&format!("{arguments} --size 64x64"));
        assert!(error.contains(expected), "{arguments}: {error}");
    }
    for end in ["2013-07-02", "2013-07-01"] {
        let error = folder.refuse(&format!(
            "render missing.csv --start 2013-07-02 --end {end} -o film.mp4"
        ));
        assert!(error.contains("the time range is empty"), "{end}: {error}");
    }
}

#[test]
fn an_unknown_adapter_is_refused_with_those_found() {
    let folder = Folder::new();
    let error = folder.fail("render --adapter voodoo3 --size 64x64 -o film.mp4");
    let (wanted, found) = error.split_once("; found: ").unwrap();
    assert!(wanted.contains("voodoo3"), "{error}");
    assert!(found.contains("software"), "{error}");
    // A part of a name that was found will do.
    let software = found.split("; ").find(|adapter| adapter.ends_with("software")).unwrap();
    let (_index, described) = software.split_once(": ").unwrap();
    let name = described.split([' ', ',']).next().unwrap();
    folder.succeed(&format!(
        "render --adapter {} --frames 0..2 --size 64x64 -o film.mp4",
        name.to_uppercase()
    ));
}

#[test]
fn a_slip_on_the_command_line_is_a_usage_error() {
    let folder = Folder::new();
    for arguments in [
        "",
        "paint",
        "render",
        "render --no-such-option -o film.mp4",
        "render --size huge -o film.mp4",
        "render --fps 0 -o film.mp4",
        "render --fps 1/0 -o film.mp4",
        "render --start yesterday -o film.mp4",
        "render --bin 0s -o film.mp4",
        "render --bin -5m -o film.mp4",
        "render --pace 1h --duration 1m -o film.mp4",
        "render --frames 10..5 -o film.mp4",
        "render --frames 10..10 -o film.mp4",
        "render --countries 300 -o film.mp4",
        "render --jobs 0 -o film.mp4",
        "render --quality 300 -o film.mp4",
        "frame --frame 1 --at 2013-07-24 -o still.png",
        "frame --at 24:30 -o still.png",
        "frame --at noon -o still.png",
        "frame --frame 1",
    ] {
        let ran = folder.run(arguments);
        assert_eq!(ran.code, Some(2), "{arguments}: {}", ran.stderr);
        assert!(
            ran.stderr.contains("portbloom") || ran.stderr.contains("--help"),
            "{}",
            ran.stderr
        );
    }
    assert!(folder.names().is_empty());
    assert!(
        folder
            .refuse("render --quality 101 --size 64x64 -o film.mp4")
            .contains("0 to 100")
    );
}

/// Runs a command that fills its disk; gives its exit code, its last line and what it left there.
#[cfg(target_os = "linux")]
fn on_a_full_disk(arguments: &str) -> Option<(Option<i32>, String, Vec<String>)> {
    let folder = Folder::new();
    let disk = folder.path("disk");
    std::fs::create_dir(&disk).expect("the temporary folder takes folders");
    let mount = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=64k", "tmpfs"])
        .arg(&disk)
        .stderr(Stdio::null())
        .status();
    if !mount.is_ok_and(|status| status.success()) {
        return None;
    }
    let ran = folder.run(arguments);
    let left = std::fs::read_dir(&disk)
        .expect("the disk is there")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned());
    let left = left.collect();
    let unmounted = Command::new("umount").arg(&disk).status();
    assert!(
        unmounted.is_ok_and(|status| status.success()),
        "umount {}",
        disk.display()
    );
    let last = ran.stderr.lines().last().unwrap_or_default().to_owned();
    Some((ran.code, last, left))
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_one_clear_line_and_leaves_nothing() {
    for (arguments, name) in [
        (
            "render --frames 6700..6900 --size 640x360 -o disk/film.mp4",
            "disk/film.mp4",
        ),
        (
            "frame --frame 6740 --size 1920x1080 -o disk/still.png",
            "disk/still.png",
        ),
    ] {
        let Some((code, line, left)) = on_a_full_disk(arguments) else {
            eprintln!("not root, or no right to mount: the full disk is left to those who have it");
            return;
        };
        assert_eq!(code, Some(1), "{line}");
        assert!(line.starts_with(&format!("portbloom: no room for `{name}`")), "{line}");
        assert!(left.is_empty(), "{left:?}");
    }
}

#[test]
#[cfg(unix)]
fn a_file_size_limit_is_one_clear_line_and_leaves_nothing() {
    let folder = Folder::new();
    let binary = env!("CARGO_BIN_EXE_portbloom");
    let command = format!(
        "ulimit -f 20; exec {binary} render --adapter software --quiet --frames 6700..6900 --size 640x360 -o {}",
        folder.path("film.mp4").display()
    );
    let output = Command::new("sh").args(["-c", &command]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{}: {said}", output.status);
    assert!(said.starts_with("portbloom: no room for"), "{said}");
    assert!(folder.names().is_empty(), "{:?}", folder.names());
}

// Fine input

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).expect("memory takes bytes");
    encoder.finish().expect("memory takes bytes")
}

/// What the last frame of a log shows: `[udp, tcp]` packets and the countries with their names.
fn shown(folder: &Folder, log: &str, stdin: &[u8]) -> ([u64; 2], Vec<String>) {
    // A frame rate so slow that the film is one frame, which is both its first and its last.
    let arguments = [
        "frame",
        log,
        "--fps",
        "1/100",
        "--travel",
        "1s",
        "--duration",
        "1s",
        "--frame",
        "0",
        "--size",
        "64x64",
        "--strict",
        "--quiet",
        "-o",
        "still.png",
        "--json",
        "scene.json",
        "--force",
    ];
    let ran = folder.run_with(&arguments, stdin);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{log}");
    let scene = folder.json("scene.json");
    let countries = list(&scene["countries"]).iter().map(|country| {
        let text = |key: &str| country[key].as_str().unwrap_or_default().to_owned();
        format!("{}={}", text("code"), text("name"))
    });
    (packets(&scene["totals"]), countries.collect())
}

#[test]
fn unusual_logs_that_are_fine_are_read_whole() {
    let folder = Folder::new();
    let cases: [(&str, Vec<u8>, [u64; 2], &str); 17] = [
        ("plain", SMALL.into(), [1, 1], "DE=Germany US=United States"),
        ("crlf", SMALL.replace('\n', "\r\n").into(), [1, 1], "DE=Germany US=United States"),
        ("no last line end", SMALL.trim_end().into(), [1, 1], "DE=Germany US=United States"),
        ("byte-order mark", format!("\u{feff}{SMALL}").into(), [1, 1], "DE=Germany US=United States"),
        ("repeated headers", SMALL.repeat(3).into(), [3, 3], "DE=Germany US=United States"),
        ("gzip", gzip(SMALL.as_bytes()), [1, 1], "DE=Germany US=United States"),
        ("gzip in two members", [gzip(SMALL.as_bytes()), gzip(SMALL.as_bytes())].concat(), [2, 2], "DE=Germany US=United States"),
        (
            "times out of order",
            "datetime,proto,dpt,cc\n2013-07-02,TCP,1,US\n2013-07-01,TCP,1,US\n2013-07-03,UDP,1,US\n".into(),
            [1, 2],
            "US=United States",
        ),
        (
            "quoted fields with commas and line ends",
            "country,datetime,proto,dpt,note\n\"Nowhere, Republic of\",2013-07-01,TCP,80,\"one\ntwo \"\"three\"\"\"\n".into(),
            [0, 1],
            "Nowhere, Republic of=Nowhere, Republic of",
        ),
        (
            "the first port and the last",
            "datetime,proto,dpt,cc\n2013-07-01,UDP,0,US\n2013-07-01,TCP,65535,US\n2013-07-01,TCP,0,US\n".into(),
            [1, 2],
            "US=United States",
        ),
        ("one event", "datetime,proto,dpt\n2013-07-01,TCP,80\n".into(), [0, 1], "Unknown=Unknown"),
        ("one instant", format!("datetime,proto,dpt\n{}", "2013-07-01,TCP,80\n".repeat(9)).into(), [0, 9], "Unknown=Unknown"),
        (
            "a country never seen, one without a code, and none",
            "datetime,proto,dpt,cc,country\n2013-07-01,TCP,80,QZ,Zedland\n2013-07-01,TCP,80,,Atlantis\n2013-07-01,TCP,80,,\n".into(),
            [0, 3],
            "Atlantis=Atlantis QZ=Zedland Unknown=Unknown",
        ),
        (
            "a code that stands for no country, with a name",
            "datetime,proto,dpt,cc,country\n2013-07-01,TCP,80,ZZ,Zedland\n".into(),
            [0, 1],
            "Zedland=Zedland",
        ),
        (
            "semicolons between fields",
            "datetime;proto;dpt\n2013-07-01;TCP;80\n".into(),
            [0, 1],
            "Unknown=Unknown",
        ),
        (
            "other columns in another order",
            "a,DPORT,b,Protocol,c,Timestamp,count\n1,80,2,6,3,2013-07-01T00:00:00Z,40\n1,53,2,17,3,2013-07-01T00:00:01Z,2\n".into(),
            [2, 40],
            "Unknown=Unknown",
        ),
        (
            "times with zones",
            "time,proto,dpt\n2013-07-01T02:00:00+02:00,TCP,1\n2013-06-30T19:00:00-05:00,TCP,1\n1372636800,TCP,1\n".into(),
            [0, 3],
            "Unknown=Unknown",
        ),
    ];
    for (what, log, totals, countries) in cases {
        folder.write("log.csv", &log);
        let (found, mut rows) = shown(&folder, "log.csv", b"");
        rows.sort();
        assert_eq!((found, rows.join(" ")), (totals, countries.to_owned()), "{what}");
        assert_eq!(shown(&folder, "-", &log).0, totals, "{what}, from standard input");
    }
}

#[test]
fn times_with_zones_are_the_same_instants() {
    let folder = Folder::new();
    folder.write(
        "log.csv",
        "time,proto,dpt\n2013-07-01T02:00:00+02:00,TCP,1\n2013-06-30T19:00:00-05:00,TCP,1\n1372636800,TCP,1\n",
    );
    let scene = folder.scene("log.csv --frame 0 --size 64x64");
    assert_eq!(scene["data_time"], "2013-07-01T00:00:00Z");
    let bubbles = list(&scene["bubbles"]);
    assert_eq!((bubbles.len(), &bubbles[0]["packets"]), (1, &3.into()));
    assert!(bubbles[0]["host"].is_null(), "a log without hosts names none");
}

#[test]
fn a_film_of_one_event_or_one_instant_plays() {
    let folder = Folder::new();
    for rows in [1, 50] {
        folder.write(
            "log.csv",
            format!("datetime,proto,dpt\n{}", "2013-07-01,TCP,80\n".repeat(rows)),
        );
        folder.succeed("render log.csv --size 64x64 -o film.mp4 --force");
        // One bin of 40 ms, and the flight of 2.8 s.
        assert_eq!(folder.frames("film.mp4"), 71);
    }
}

// What it says

#[test]
fn quiet_says_nothing_and_others_hear_plain_lines() {
    let folder = Folder::new();
    let commands = [
        "render --frames 0..60 --size 64x64 -o film.mp4",
        "frame --frame 0 --size 64x64 -o still.png",
    ];
    for command in commands {
        let said = folder.succeed(command);
        assert!(
            said.ends_with('\n') && said.contains("software"),
            "names the adapter: {said}"
        );
        assert!(
            !said.chars().any(|letter| letter.is_control() && letter != '\n'),
            "{said:?}"
        );
        assert_eq!(folder.succeed(&format!("{command} --quiet --force")), "");
    }
}

#[test]
fn nobody_listening_is_no_reason_to_stop() {
    let folder = Folder::new();
    let mut running = folder.start("render --frames 0..60 --size 64x64 -o film.mp4", Stdio::null());
    drop(running.0.stderr.take());
    let status = running.0.wait().unwrap();
    assert_eq!(status.code(), Some(0));
    assert_eq!(folder.frames("film.mp4"), 60);
}

#[test]
fn help_and_version_are_on_stdout() {
    for (arguments, expected) in [
        (&["--version"][..], concat!("portbloom ", env!("CARGO_PKG_VERSION"))),
        (&["--help"], "render"),
        (&["render", "--help"], "--quality"),
        (&["help", "frame"], "--json"),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_portbloom"))
            .args(arguments)
            .output()
            .unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && output.stderr.is_empty());
        assert!(said.contains(expected), "{said}");
    }
}

#[test]
fn a_part_of_the_traffic_and_a_light_background() {
    let folder = Folder::new();
    folder.succeed("render --only IR:udp/2193 --frames 6720..6722 --size 320x180 -o film.mp4 --report report.json");
    let report = folder.json("report.json");
    let packets = &report["packets"];
    let known = count(&packets["drawn"]) + count(&packets["not_asked_for"]);
    let left_out = packets["left_out"].as_object().expect("reasons");
    let left_out: u64 = left_out.values().map(count).sum();
    assert_eq!(count(&packets["input"]), known + left_out);
    assert!(
        count(&packets["drawn"]) > 10_000 && count(&packets["not_asked_for"]) > 10_000,
        "{packets}"
    );

    let scene = folder.scene("--frame 6740 --only IR:udp/2193 --size 320x180 --background light");
    let bubbles = list(&scene["bubbles"]);
    assert!(!bubbles.is_empty());
    assert!(
        bubbles
            .iter()
            .all(|bubble| bubble["country"] == "IR" && bubble["port"] == 2193)
    );
    let still = Rgb::open(&folder.path("still.png"));
    assert_eq!(still.at(2, 90), [250, 248, 243]);

    let message = folder.fail("frame --frame 0 --only tcp/9 -o none.png");
    assert_eq!(
        message,
        "--only tcp/9: the log has no packets to TCP 9 discard in its time range"
    );
    let ran = folder.run("frame --frame 0 --only tcp/99999 -o none.png");
    assert!(
        ran.code == Some(2) && ran.stderr.contains("`tcp/99999` is no port"),
        "{}",
        ran.stderr
    );
}

#[test]
fn parts_of_the_traffic_are_named_as_people_name_them() {
    let folder = Folder::new();
    let rows = sample_rows();
    // The packets that the film of a part of the sample draws, and its name in the report.
    let drawn = |only: &str| {
        let render = "render --frames 0..1 --size 64x64 --sink null --force --report report.json --only";
        let mut words: Vec<&str> = render.split_whitespace().collect();
        words.push(only);
        let ran = folder.run_with(&words, b"");
        assert_eq!(ran.code, Some(0), "{only}: {}", ran.stderr);
        let report = folder.json("report.json");
        (
            count(&report["packets"]["drawn"]),
            report["only"].as_str().map(str::to_owned),
        )
    };
    let found = |wanted: &dyn Fn(&str, u16, &str) -> bool| {
        rows.iter().filter(|row| wanted(&row.1, row.2, &row.3)).count() as u64
    };
    for (only, name, wanted) in [
        ("China", "China", found(&|_, _, code| code == "CN")),
        (
            "ssh",
            "tcp/22",
            found(&|protocol, port, _| protocol == "TCP" && port == 22),
        ),
        (
            "CN:ssh",
            "CN:tcp/22",
            found(&|protocol, port, code| protocol == "TCP" && port == 22 && code == "CN"),
        ),
        (
            "South Korea:rdp",
            "South Korea:udp/3389,tcp/3389",
            found(&|_, port, code| port == 3389 && code == "KR"),
        ),
        // As the log calls it.
        (
            "\"Iran, Islamic Republic of\"",
            "\"Iran, Islamic Republic of\"",
            found(&|_, _, code| code == "IR"),
        ),
        (
            "CN,russia:tcp/22,23,6000-6100",
            "CN,russia:tcp/22,23,6000-6100",
            found(&|protocol, port, code| {
                protocol == "TCP" && ["CN", "RU"].contains(&code) && (matches!(port, 22 | 23 | 6000..=6100))
            }),
        ),
        ("53", "udp/53,tcp/53", found(&|_, port, _| port == 53)),
        ("udp", "udp", found(&|protocol, _, _| protocol == "UDP")),
    ] {
        assert!(wanted > 0, "{only}");
        assert_eq!(drawn(only), (wanted, Some(name.to_owned())), "{only}");
    }
    for (only, said) in [
        (
            "Chnia",
            "`Chnia` is no country of the log and no service; did you mean China?",
        ),
        ("shh", "did you mean ssh?"),
        ("Chnia:ssh", "`Chnia` is no country of the log; did you mean China?"),
        ("Andorra", "the log has no packets from Andorra in its time range"),
    ] {
        let error = folder.fail(&format!("frame --frame 0 -o none.png --only {only}"));
        assert!(error.contains(said), "{only}: {error}");
    }
}

#[test]
fn a_film_tells_its_bin_its_pace_and_how_long_it_is() {
    let folder = Folder::new();
    let said = folder.succeed("render --frames 0..1 --size 64x64 --sink null");
    assert!(said.contains("bin 5m, a second is 2h5m of the log"), "{said}");
    assert!(said.contains("1 frame (0.0 s)"), "{said}");
    let said = folder.succeed("render --duration 60s --size 64x64 --frames 0..1570 --sink null");
    assert!(said.contains("bin 26m53s, a second is 11h12m of the log"), "{said}");
    let length = "1,570 frames (62.8 s, of which the last bubbles' travel takes 2.8s)";
    assert!(said.contains(length), "{said}");
    folder.write("one.csv", "time,proto,dpt,cc\n0,TCP,80,US\n");
    let said = folder.succeed("frame one.csv --frame 0 --size 64x64 -o one.png");
    assert!(
        said.contains("1 packet (0 UDP, 1 TCP) in 1 bubble, 1 port, 1 country, "),
        "{said}"
    );
}

#[test]
fn letters_that_the_typeface_lacks_are_told() {
    let folder = Folder::new();
    let frame = |title: &str| {
        let words = [
            "frame", "--frame", "0", "--size", "64x64", "-o", "f.png", "--force", "--title", title,
        ];
        let ran = folder.run_with(&words, b"");
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        ran.stderr
    };
    assert!(!frame("Ödipus, Ελλάδα, Россия").contains("remark"));
    let said = frame("東京 and Honeypots");
    assert!(
        said.contains("the typeface has no 京東, which the picture shows as boxes"),
        "{said}"
    );
}

#[test]
fn a_report_holds_the_options_of_its_film() {
    let folder = Folder::new();
    folder.succeed(
        "render --only CN:ssh --title Quiet --frames 0..2 --size 64x64 --bin 10m --start 2013-07-02 \
         --background light --quality 50 --countries 9 --jobs 2 --travel 1s -o film.mp4 --report report.json",
    );
    let report = folder.json("report.json");
    assert_eq!(
        (&report["title"], &report["only"]),
        (&"Quiet".into(), &"CN:tcp/22".into())
    );
    let options = serde_json::json!({
        "start": "2013-07-02T00:00:00Z", "bin": "10m", "travel": "1s", "countries": 9, "background": "light",
        "adapter": "software", "encoder": "builtin", "quality": 50, "frames": "0..2", "jobs": 2, "strict": false,
        "group_by": "auto", "inner": false, "replies": false, "repeats": false, "view": "ports", "hosts": false,
    });
    assert_eq!(report["options"], options);
    assert_eq!(report.get("hosts"), None);
    for (asked, view, hosts) in [("--hosts", "ports", true), ("--view ports,hosts", "ports,hosts", false)] {
        folder.succeed(&format!(
            "render {asked} --geoip none --frames 0..2 --size 64x64 -o film.mp4 --report report.json --force"
        ));
        let report = folder.json("report.json");
        let options = &report["options"];
        assert_eq!(
            (
                &options["view"],
                &options["hosts"],
                &options["geoip"],
                count(&report["hosts"])
            ),
            (&view.into(), &hosts.into(), &"none".into(), 9)
        );
    }
    folder.succeed("render --frames 0..2 --size 64x64 -o plain.mp4 --report plain.json");
    let plain = folder.json("plain.json");
    assert_eq!(plain["title"], "Marx honeypots, July 2013");
    assert_eq!(plain["only"], Value::Null);
}

#[test]
fn the_clock_stays_within_the_time_range() {
    let folder = Folder::new();
    let said = folder.succeed("frame --frame 8133 --size 64x64 -o last.png");
    assert!(
        said.contains("frame 8133 of 8,134 (Sun 2013-07-28 23:59 UTC)"),
        "{said}"
    );
}

#[test]
#[cfg(feature = "prepared")]
fn what_keeps_a_log_from_being_prepared_is_told_by_the_options_of_prepare() {
    let folder = Folder::new();
    folder.write(
        "long.csv",
        "time,proto,dpt,cc\n2000-01-01,TCP,80,US\n2020-01-01,TCP,80,US\n",
    );
    let error = folder.fail("prepare long.csv --bin 1s -o long.bloom");
    assert!(
        error.contains("--bin 1s") && error.contains("choose a longer --bin"),
        "{error}"
    );
    for other in ["--pace", "--duration", "--start"] {
        assert!(!error.contains(other), "{error}");
    }
    let error = folder.fail("prepare long.csv --bin 300d -o long.bloom");
    assert!(
        error.contains("--bin 300d") && error.contains("choose a shorter --bin"),
        "{error}"
    );
    folder.succeed("prepare long.csv --bin 1m -o long.bloom");
}

#[test]
fn several_logs_patterns_and_zstd_are_one_log() {
    let folder = Folder::new();
    let rows = |port: u16| format!("datetime,proto,dpt,cc\n2013-07-01 00:00:00,TCP,{port},US\nx,TCP,1,US\n");
    folder.write("day-1.csv", rows(80));
    folder.write("day-2.csv.zst", zstd::encode_all(rows(443).as_bytes(), 3).unwrap());
    let mut gzipped = GzEncoder::new(Vec::new(), Compression::default());
    gzipped.write_all(rows(22).as_bytes()).unwrap();
    folder.write("day-3.csv.gz", gzipped.finish().unwrap());
    folder.succeed("render day-*.csv* -o film.y4m --size 64x36 --report report.json");
    let report = folder.json("report.json");
    assert_eq!((count(&report["rows"]), count(&report["ports"]["tcp"])), (6, 3));
    let unreadable = list(&report["first_lines"]["unreadable"]);
    let files: Vec<&str> = unreadable.iter().filter_map(|line| line["file"].as_str()).collect();
    assert_eq!(files, ["day-1.csv", "day-2.csv.zst", "day-3.csv.gz"]);
    let error = folder.fail("render night-*.csv -o night.y4m");
    assert!(error.contains("night-*.csv: no file matches"), "{error}");
}

#[test]
fn times_of_the_year_1_and_9999_are_left_out_and_said() {
    let folder = Folder::new();
    let log = "time,proto,dpt\n0001-01-01 00:00:00,TCP,80\n2013-07-01 00:00:00,TCP,80\n9999-12-31 23:59:59,UDP,53\n";
    folder.write("log.csv", log);
    let said = folder.succeed("render log.csv -o film.y4m --size 64x36 --report report.json");
    assert_eq!(folder.json("report.json")["left_out"]["unreadable"], 2);
    assert!(said.contains("expected a time from 1677-09-22 to 2262-04-10"), "{said}");
    // Times that fit, but too far apart for any film.
    folder.write(
        "wide.csv",
        "time,proto,dpt\n1700-01-01 00:00:00,TCP,80\n2200-01-01 00:00:00,TCP,80\n",
    );
    let error = folder.fail("render wide.csv -o wide.y4m --size 64x36");
    assert!(error.contains("--start and --end"), "{error}");
}

#[test]
fn a_log_of_many_countries_is_a_sound_film() {
    let folder = Folder::new();
    let mut log = "time,proto,dpt,cc\n".to_owned();
    for row in 0..50_000 {
        log += &format!("{},TCP,{},C{row}\n{},UDP,53,US\n", row / 100, row % 1000, row / 100);
    }
    folder.write("log.csv", log);
    folder.succeed("frame log.csv --frame 3 -o still.png --size 320x180 --json scene.json");
    let scene = folder.json("scene.json");
    let countries = list(&scene["countries"]);
    assert_eq!(countries.len(), 45);
    assert!(countries.iter().any(|country| country["code"] == "US") && countries[44]["code"] == "Other");
}

/// Three rows and all that a log may count, 2^63 - 1 of them; and one row more.
const MOST: [&str; 4] = [
    "2024-05-01 10:00:00,TCP,80,CN,a,4611686018427387904\n",
    "2024-05-01 10:00:01,UDP,53,CN,b,4611686018427387902\n",
    "2024-05-01 10:00:01,UDP,53,US,b,1\n",
    "2024-05-01 10:00:01,TCP,80,US,b,1\n",
];

#[test]
fn sums_of_up_to_2_to_63_are_right_and_what_is_beyond_is_told_before_the_first_frame() {
    let folder = Folder::new();
    let header = "time,proto,dpt,cc,host,packets\n";
    folder.write("most.csv", format!("{header}{}", MOST[..3].concat()));
    folder.write("beyond.csv", format!("{header}{}", MOST.concat()));
    folder.write(
        "single.csv",
        format!("{header}2024-05-01,TCP,80,CN,a,9223372036854775807\n"),
    );
    let mut logs = vec!["most.csv", "single.csv"];
    if cfg!(feature = "prepared") {
        folder.succeed("prepare most.csv --by-host -o most.bloom -q");
        folder.succeed("prepare single.csv -o single.bloom -q");
        logs.push("most.bloom");
    }
    for log in logs {
        for view in ["--view ports,hosts", "--hosts", ""] {
            let view = if log == "single.bloom" { "" } else { view };
            folder.succeed(&format!(
                "render {log} {view} --sink null --size 320x180 --report report.json --force -q"
            ));
            let frames = folder.json("report.json")["frames"].as_u64().expect("a number");
            assert_eq!(folder.json("report.json")["packets"]["drawn"], i64::MAX, "{log} {view}");
            folder.succeed(&format!(
                "frame {log} {view} --frame {} --size 320x180 -o still.png --json still.json --force -q",
                frames - 1
            ));
            let totals = folder.json("still.json")["totals"].clone();
            let [udp, tcp] = ["udp", "tcp"].map(|side| totals[side].as_u64().expect("a number"));
            assert_eq!(udp + tcp, i64::MAX as u64, "{log} {view}");
        }
        let profile = Command::new(env!("CARGO_BIN_EXE_portbloom"))
            .args(["profile", "--json", log])
            .current_dir(folder.path(""))
            .output()
            .expect("it runs");
        let profile: serde_json::Value = serde_json::from_slice(&profile.stdout).expect("JSON");
        assert_eq!(profile["packets"]["drawn"], i64::MAX, "{log}: {profile}");
    }
    let beyond = "with this file there are more than 9223372036854775807 packets, the most that can be counted";
    folder.write("row.csv", format!("{header}{}", MOST[3]));
    // What is left out counts as well: a sum is told right or not at all.
    folder.write(
        "left-out.csv",
        format!("{header}{}{}", MOST[0].replace("TCP", "ICMP"), MOST[..2].concat()),
    );
    let mut commands = vec!["profile beyond.csv", "frame most.csv row.csv --frame 0 -o x.png"];
    commands.extend(["render beyond.csv -o x.mp4", "render left-out.csv -o x.mp4"]);
    if cfg!(feature = "prepared") {
        commands.extend(["prepare beyond.csv -o x.bloom", "render most.bloom row.csv -o x.mp4"]);
        commands.push("render row.csv single.bloom -o x.mp4");
    }
    for command in commands {
        let error = folder.fail(command);
        assert!(error.contains(beyond), "{command}: {error}");
    }
}

#[test]
fn damage_costs_rows_in_captures_as_in_text_and_what_is_missing_the_exit_code() {
    let folder = Folder::new();
    let table = "time,proto,dpt,cc\n0,TCP,1,AA\nnoon,TCP,2,BB\n1,TCP,3,CC\n";
    let capture = std::fs::read("tests/logs/captures/odd.pcap").unwrap();
    let mut lying = capture.clone();
    // The length of the first packet.
    lying[32..36].copy_from_slice(&[0xff; 4]);
    folder.write("damaged.csv", table);
    folder.write("damaged.pcap", &lying);
    for name in ["damaged.csv", "damaged.pcap"] {
        let said = folder.succeed(&format!("frame {name} -o {name}.png --size 320x180"));
        assert!(said.contains("left out: 1 row that could not be read"), "{said}");
        folder.fail(&format!("frame {name} -o strict.png --strict"));
    }
    // As when tcpdump was killed: nothing is damaged.
    folder.write("cut.pcap", &capture[..capture.len() - 7]);
    let said = folder.succeed("frame cut.pcap -o cut.png --size 320x180 --strict");
    assert!(said.contains("the log ends in the middle of it"), "{said}");
    // Of a compressed log that ends early nobody knows how much is missing.
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(table.as_bytes()).unwrap();
    let gzip = gzip.finish().unwrap();
    folder.write("cut.csv.gz", &gzip[..gzip.len() - 6]);
    assert_eq!(folder.run("frame cut.csv.gz -o rest.png --size 320x180").code, Some(1));
}
