//! Frames as data: the table of "What a frame shows", on the sample and on small logs. No GPU.

mod support;

use std::cmp::Reverse;

use portbloom::model::Protocol;
use portbloom::scene::colors::Theme;
use portbloom::scene::{Focus, Frame, Scene, SceneSettings, Target};
use portbloom::timeline::{NS, TimeSpec};
use support::{flow_log, ink, sample, sample_log, scene_of, wide_log};

const MOMENTS: [u64; 6] = [0, 71, 1887, 6690, 6740, 8133];

#[test]
fn the_last_frame_has_counted_every_packet() {
    let scene = sample(1280, 720);
    let last = scene.frame(scene.frames() - 1);
    assert_eq!(last.totals[..2], scene.log().packets);
    assert!(last.alive.len() <= 1);
    assert_eq!(scene.frame(0).totals, [0; 3]);
}

#[test]
fn alive_is_what_has_departed_and_not_arrived() {
    let scene = sample(1280, 720);
    let log = scene.log();
    for k in MOMENTS {
        let frame = scene.frame(k);
        let v = log.timeline.film_secs(k);
        let departures = log
            .bubbles
            .iter()
            .map(|bubble| bubble.offset_ns as f64 / (7500.0 * 1e9));
        let alive = departures
            .filter(|departure| *departure <= v && v < departure + 2.8)
            .count();
        assert_eq!(frame.alive.len(), alive, "frame {k}");
        assert_eq!(frame.order.len(), alive);
    }
}

#[test]
fn the_large_are_drawn_under_the_small() {
    let scene = sample(1280, 720);
    let bubbles = &scene.log().bubbles;
    for k in MOMENTS {
        let frame = scene.frame(k);
        let drawn = frame
            .order
            .iter()
            .map(|index| (Reverse(bubbles.packets(*index as usize)), *index));
        assert!(drawn.is_sorted_by(|a, b| a < b), "frame {k}");
        for (index, landing_px) in frame.order.iter().zip(&frame.landings_px) {
            let slot = bubbles.port(*index as usize) as usize;
            assert_eq!(*landing_px, scene.end_px(slot, &frame)[1], "frame {k}");
        }
    }
}

#[test]
fn a_frame_is_the_same_whatever_was_asked_before() {
    let (one, other) = (sample(1280, 720), sample(1280, 720));
    for k in MOMENTS {
        let frame = one.frame(k);
        let _ = other.frame(8133 - k);
        assert_eq!(other.frame(k), frame);
    }
}

#[test]
fn small_and_large_pictures_show_the_same_composition() {
    let (small, large) = (sample(1280, 720), sample(3840, 2160));
    for k in MOMENTS {
        let (a, b) = (small.frame(k), large.frame(k));
        assert_eq!(a.labels.len(), b.labels.len(), "frame {k}");
        for (a, b) in a.labels.iter().zip(&b.labels) {
            assert_eq!((&a.text, a.color), (&b.text, b.color));
            for (a, b) in [(a.x_px, b.x_px), (a.baseline_px, b.baseline_px), (a.size_px, b.size_px)] {
                assert!((a * 3.0 - b).abs() < 0.05, "frame {k}: {a} {b}");
            }
        }
        let (a, b) = (small.describe(&a), large.describe(&b));
        for (a, b) in a.bubbles.iter().zip(&b.bubbles) {
            for (a, b) in [(a.x, b.x), (a.y, b.y), (a.radius, b.radius)] {
                assert!((a * 3.0 - b).abs() < 0.05, "frame {k}: {a} {b}");
            }
        }
    }
}

#[test]
fn labels_never_overlap_and_stay_in_the_picture() {
    let usual = [(1280, 720), (3840, 2160), (1280, 960), (1080, 1920), (2560, 1080)].map(|size| (size, false));
    let large = [(1080, 1080), (1080, 1920), (1920, 1080)].map(|size| (size, true));
    for ((width, height), large) in usual.into_iter().chain(large) {
        let mut scene = sample(width, height);
        if large {
            let settings = SceneSettings {
                large,
                countries: 20,
                ..scene.settings().clone()
            };
            scene = Scene::new(scene.log().clone(), settings);
        }
        for k in (0..scene.frames()).step_by(331).chain(MOMENTS) {
            let frame = scene.frame(k);
            let boxes: Vec<_> = scene
                .static_labels()
                .iter()
                .chain(&frame.labels)
                .map(|label| (label, ink(label)))
                .collect();
            for (index, (label, a)) in boxes.iter().enumerate() {
                assert!(
                    a[0] >= 0.0 && a[1] >= 0.0 && a[2] <= width as f32 && a[3] <= height as f32,
                    "{label:?} leaves the picture"
                );
                for (other, b) in &boxes[index + 1..] {
                    let apart = a[2] <= b[0] || b[2] <= a[0] || a[3] <= b[1] || b[3] <= a[1];
                    assert!(
                        apart,
                        "{width}x{height}, large {large}, frame {k}: {} and {} overlap",
                        label.text, other.text
                    );
                }
            }
        }
    }
}

#[test]
fn ports_stand_in_order_and_hot_ones_push_their_neighbours_apart() {
    let scene = sample(1280, 720);
    let udp = scene.log().ends.slots(0).len();
    for k in MOMENTS {
        let frame = scene.frame(k);
        let ports_px: Vec<_> = (0..scene.log().ends.len())
            .map(|slot| scene.end_px(slot, &frame))
            .collect();
        for side in [&ports_px[..udp], &ports_px[udp..]] {
            assert!(side.is_sorted_by(|a, b| a[1] <= b[1]), "frame {k}");
        }
    }
    let quiet = scene.frame(0);
    let busy = scene.frame(1887);
    let slot = (0..scene.log().ends.len())
        .find(|slot| scene.end(*slot).port().unwrap().number == 1433 && *slot >= udp)
        .unwrap();
    let y_px = |slot: usize, frame: &portbloom::scene::Frame| scene.end_px(slot, frame)[1];
    let room = |frame: &portbloom::scene::Frame| y_px(slot + 1, frame) - y_px(slot - 1, frame);
    assert!(room(&busy) > 10.0 * room(&quiet), "{} {}", room(&busy), room(&quiet));
    assert!(
        busy.labels.iter().any(|label| &*label.text == "1433")
            && busy.labels.iter().any(|label| &*label.text == "ms-sql")
    );
}

#[test]
fn the_slow_scan_from_vietnam_goes_through_the_ports_in_order() {
    let scene = sample(1280, 720);
    let frame = scene.frame(1887);
    let description = scene.describe(&frame);
    let mut scan: Vec<_> = description
        .bubbles
        .iter()
        .filter(|bubble| bubble.country == "VN" && (1000..1100).contains(&bubble.port.unwrap()))
        .collect();
    assert!(scan.len() >= 50, "{}", scan.len());
    scan.sort_by(|a, b| a.departure_secs.total_cmp(&b.departure_secs));
    // Nine hosts are scanned side by side, a port at a time, none more than three ports behind.
    let mut highest = 0;
    for bubble in &scan {
        let port = bubble.port.unwrap();
        assert!(port + 3 >= highest, "{} after {highest}", port);
        highest = highest.max(port);
    }
    assert!(highest >= scan[0].port.unwrap() + 25);
    // A line to the right: the earlier, the nearer to the ports.
    let climbs = scan.windows(2).filter(|pair| pair[1].x <= pair[0].x + 6.0).count();
    assert!(climbs * 10 >= (scan.len() - 1) * 9);
}

#[test]
fn the_busiest_stand_in_the_middle_and_the_rest_are_pooled() {
    let scene = sample(1280, 720);
    let rows = scene.rows();
    assert_eq!(rows.len(), 45);
    assert_eq!((rows[44].code.as_str(), rows[44].name.as_str()), ("Other", "Other"));
    assert!(rows.iter().any(|row| row.code == "Unknown"));
    let counts = scene.frame(scene.frames() - 1).counts;
    let total = |row: usize| counts[row].iter().sum::<u64>();
    let busiest = (0..44).max_by_key(|row| total(*row)).unwrap();
    assert_eq!(busiest, 22);
    for row in 0..22 {
        assert!(total(row) <= total(row + 1), "above the middle");
        assert!(row + 24 > 43 || total(row + 23) >= total(row + 24), "below the middle");
    }
    for (code, name) in [
        ("IR", "Iran"),
        ("KR", "South Korea"),
        ("VN", "Vietnam"),
        ("RU", "Russia"),
    ] {
        assert_eq!(rows.iter().find(|row| row.code == code).unwrap().name, name);
    }
}

const SMALL: &str = "datetime,host,proto,dpt,cc,country\n\
    2020-01-01 00:00:00,a,TCP,0,FR,France\n\
    2020-01-01 00:00:01,b,TCP,0,FR,France\n\
    2020-01-01 00:00:10,a,UDP,65535,,\n\
    2020-01-01 00:00:20,a,TCP,443,QX,Far Far Away\n\
    2020-01-01 00:00:30,a,TCP,443,,Atlantis\n";

#[test]
fn countries_without_a_code_or_a_name_have_their_rows() {
    let spec = TimeSpec {
        bin_ns: Some(5 * NS),
        ..TimeSpec::default()
    };
    let scene = scene_of(SMALL, &spec, 44, 640, 360);
    let names: Vec<_> = scene
        .rows()
        .iter()
        .map(|row| (row.code.as_str(), row.name.as_str()))
        .collect();
    for expected in [
        ("FR", "France"),
        ("Unknown", "Unknown"),
        ("QX", "Far Far Away"),
        ("Atlantis", "Atlantis"),
    ] {
        assert!(names.contains(&expected), "{names:?}");
    }
    assert_eq!(scene.frames(), (25.0 * (35.0 / 125.0 + 2.8_f64)).ceil() as u64);
    let pooled = scene_of(SMALL, &spec, 1, 640, 360);
    let codes: Vec<_> = pooled.rows().iter().map(|row| row.code.as_str()).collect();
    assert_eq!(codes, ["FR", "Other"]);
    let frame = pooled.frame(10);
    let description = pooled.describe(&frame);
    let codes: Vec<_> = description.bubbles.iter().map(|bubble| bubble.country).collect();
    assert_eq!(
        codes,
        ["FR", "Unknown", "QX", "Atlantis"],
        "a pooled bubble keeps its own country"
    );
    assert_eq!(
        (description.bubbles[0].host, description.bubbles[1].host),
        (None, Some("a"))
    );
}

#[test]
fn bubbles_leave_their_country_and_land_at_their_port() {
    let spec = TimeSpec {
        bin_ns: Some(5 * NS),
        travel_ns: 4 * NS,
        ..TimeSpec::default()
    };
    let scene = scene_of(SMALL, &spec, 44, 640, 360);
    let place = |scene: &Scene, k: u64| {
        let frame = scene.frame(k);
        let [x, y] = scene.placed(0, &frame).center_px;
        (x, y, frame)
    };
    let row = scene.rows().iter().position(|row| row.code == "FR").unwrap();
    let from = scene.departures_px(row)[Protocol::Tcp.index()];
    let (x, y, _) = place(&scene, 0);
    assert_eq!([x, y], from);
    let (x, y, frame) = place(&scene, 99);
    let [port_x, port_y] = scene.end_px(scene.log().bubbles.port(0) as usize, &frame);
    let reach = scene.jitter_px() + 4.0;
    assert!(
        (x - port_x).abs() < reach && (y - port_y).abs() < reach,
        "{x} {y}, {port_x} {port_y}"
    );
    let mut last = from[0];
    for k in 1..100 {
        let (x, _, _) = place(&scene, k);
        assert!(x > last, "frame {k} does not go on");
        last = x;
    }
}

#[test]
fn a_bubble_takes_16_bytes_at_most() {
    let spec = TimeSpec {
        bin_ns: Some(5 * NS),
        ..TimeSpec::default()
    };
    let scene = scene_of(&wide_log(200_000), &spec, 44, 640, 360);
    let bubbles = scene.log().bubbles.len();
    assert!(bubbles > 190_000 && scene.log().ends.len() > 50_000, "{bubbles}");
    let each = scene.heap_bytes() as f64 / bubbles as f64;
    // 4 of time, 4 of packets, 4 of port, country and host, a quarter of counters, and some rest.
    assert!(each <= 12.5, "{each} bytes a bubble");
    assert!(size_of::<portbloom::scene::motion::Instance>() == 16);
    let sample = sample(640, 360);
    assert!(sample.heap_bytes() <= 16 * sample.log().bubbles.len());
}

#[test]
fn ten_thousands_of_ports_cost_a_frame_no_more_than_what_is_hot() {
    let spec = TimeSpec {
        bin_ns: Some(5 * NS),
        ..TimeSpec::default()
    };
    let scene = scene_of(&wide_log(100_000), &spec, 44, 1280, 720);
    let ports = scene.log().ends.len();
    let frame = scene.frame(scene.frames() / 2);
    assert!(
        ports > 50_000 && frame.marks.len() < 8000,
        "{ports} ports, {} marks",
        frame.marks.len()
    );
    // Every port still has its place, in order, and bubbles land there.
    let (udp, top, bottom) = (scene.log().ends.slots(0).len(), 186.0 / 3.0, 1936.0 / 3.0);
    for side in [0..udp, udp..ports] {
        let y_px: Vec<f32> = side.map(|slot| scene.end_px(slot, &frame)[1]).collect();
        assert!(y_px.is_sorted() && y_px[0] >= top && y_px[y_px.len() - 1] <= bottom);
    }
    for (index, landing_px) in frame.order.iter().zip(&frame.landings_px) {
        let slot = scene.log().bubbles.port(*index as usize) as usize;
        assert_eq!(*landing_px, scene.end_px(slot, &frame)[1]);
    }
    // The columns are drawn without gaps: what is not a label or its tick is a band.
    let description = scene.describe(&frame);
    let hot = description.ports.iter().filter(|port| port.heat > 0.5).count();
    // So many ports leave no room for a label, however hot.
    assert!(hot > 10 && description.ports.iter().all(|port| port.size == 0.0));
}

#[test]
fn a_moment_between_two_frames_lies_between_them() {
    let scene = sample(1280, 720);
    assert_eq!(scene.moment(6740, 0, Focus::default()), scene.frame(6740));
    let parts = scene.parts();
    let ticks: Vec<u32> = (0..parts)
        .map(|part| scene.moment(6740, part, Focus::default()).now_tick)
        .collect();
    let next = scene.frame(6741);
    assert!(
        ticks.is_sorted() && ticks[0] < ticks[1] && ticks[ticks.len() - 1] < next.now_tick,
        "{ticks:?}"
    );
    // Half-way in time is half-way in place, to the curve of the flight.
    let (now, between) = (scene.frame(6740), scene.moment(6740, parts / 2, Focus::default()));
    for bubble in now.alive.clone().filter(|bubble| next.alive.contains(bubble)) {
        let [a, b, c] = [&now, &between, &next].map(|frame| scene.placed(bubble, frame).center_px[0]);
        assert!((a.min(c) - 0.5..=a.max(c) + 0.5).contains(&b), "{bubble}: {a} {b} {c}");
    }
    // The counters of a moment never run ahead of the next frame's.
    assert!(
        now.totals
            .iter()
            .zip(&between.totals)
            .all(|(now, between)| now <= between)
    );
    assert!(
        between
            .totals
            .iter()
            .zip(&next.totals)
            .all(|(between, next)| between <= next)
    );
}

#[test]
fn a_part_of_the_traffic_keeps_its_place_in_the_whole() {
    let whole = sample(1280, 720);
    for (text, code, number) in [
        ("CN", Some("CN"), None),
        ("tcp/1433", None, Some(1433)),
        ("CN:tcp/1433", Some("CN"), Some(1433)),
    ] {
        let settings = SceneSettings {
            only: Some(text.parse().unwrap()),
            ..whole.settings().clone()
        };
        let part = Scene::new(whole.log().clone(), settings);
        assert_eq!(
            (part.frames(), part.rows(), &part.log().ends),
            (whole.frames(), whole.rows(), &whole.log().ends)
        );
        let matches = |scene: &Scene, bubble: usize| {
            let log = scene.log();
            let country = &log.names.sources[log.bubbles.source(bubble) as usize].code;
            let port = scene.end(log.bubbles.port(bubble) as usize).port().unwrap();
            let tcp = port.protocol == Protocol::Tcp;
            code.is_none_or(|code| code == country) && number.is_none_or(|number| tcp && number == port.number)
        };
        let kept = (0..whole.log().bubbles.len()).filter(|bubble| matches(&whole, *bubble));
        let packets: u64 = kept.map(|bubble| whole.log().bubbles.packets(bubble)).sum();
        assert!(
            (0..part.log().bubbles.len()).all(|bubble| matches(&part, bubble)),
            "{text}"
        );
        let last = part.frame(part.frames() - 1);
        assert_eq!(last.totals.iter().sum::<u64>(), packets, "{text}");
        assert!(packets > 1000, "{text}");
    }
}

#[test]
fn another_size_of_a_scene_is_the_scene_of_that_size() {
    let (small, large) = (sample(640, 360), sample(1920, 1080));
    let resized = small.resized([1920, 1080]);
    for k in [0, 6740, 8133] {
        assert_eq!(resized.frame(k), large.frame(k));
    }
    assert_eq!(
        (resized.rows(), resized.static_labels()),
        (large.rows(), large.static_labels())
    );
}

#[test]
fn what_is_not_lit_steps_back() {
    let scene = sample(1280, 720);
    let plain = scene.frame(6740);
    let china = scene.rows().iter().position(|row| row.code == "CN").unwrap();
    let focus = Focus {
        row: Some(china as u32),
        ..Focus::default()
    };
    let lit = scene.moment(6740, 0, focus);
    assert_eq!(
        (&lit.order, &lit.landings_px, &lit.counts),
        (&plain.order, &plain.landings_px, &plain.counts)
    );
    let alpha = |frame: &Frame, text: &str| {
        let label = frame.labels.iter().find(|label| &*label.text == text);
        label.unwrap_or_else(|| panic!("{text} has no label")).color[3]
    };
    // Bubbles from China fly to 1433, none to the sip port.
    assert_eq!(alpha(&lit, "1433"), alpha(&plain, "1433"));
    assert!(alpha(&lit, "5060") < alpha(&plain, "5060") / 3);
    let names = scene.restyled_labels(&lit);
    for (row, label) in scene.rows().iter().zip(&names[names.len() - scene.rows().len()..]) {
        assert_eq!(label.color[3] == 255, row.code == "CN", "{}", row.code);
    }
}

#[test]
fn the_pointer_finds_bubbles_ports_and_countries() {
    let scene = sample(1280, 720);
    let frame = scene.frame(6740);
    // Every bubble that no smaller one covers is found at its centre, unless it is large and over a name.
    let found = frame
        .alive
        .clone()
        .filter(|bubble| scene.pick(&frame, scene.placed(*bubble, &frame).center_px) == Some(Target::Bubble(*bubble)));
    assert!(found.count() * 10 > frame.alive.len() * 6);
    for (row, shown) in scene.rows().iter().enumerate() {
        let target = scene.pick(&frame, [640.0, shown.y_px]);
        assert!(
            target == Some(Target::Row(row)) || matches!(target, Some(Target::Bubble(_))),
            "{target:?}"
        );
    }
    let ports = scene.describe(&frame).ports;
    let sizes = ports.iter().map(|port| port.size);
    for (slot, size) in sizes.enumerate().filter(|(_, size)| *size > 12.0) {
        let [x, y] = scene.end_px(slot, &frame);
        let outwards = if slot < scene.log().ends.slots(0).len() {
            -1.0
        } else {
            1.0
        };
        assert_eq!(scene.pick(&frame, [x + outwards * size, y]), Some(Target::End(slot)));
    }
    assert_eq!(scene.pick(&frame, [20.0, 300.0]), None);
}

#[test]
fn a_log_of_flow_records_is_seen_through() {
    let scene = scene_of(&flow_log(), &TimeSpec::default(), 44, 1280, 720);
    let log = scene.log();
    let bubbles = &log.bubbles;
    // Frame by frame, as the rule is written.
    let mut packets: Vec<u64> = (0..scene.frames())
        .map(|k| {
            let alive =
                bubbles.departed_by(log.timeline.arrived_ns(k))..bubbles.departed_by(log.timeline.departed_ns(k));
            alive.map(|index| bubbles.packets(index)).sum()
        })
        .collect();
    packets.sort_unstable();
    let [x, port_x] = [scene.departures_px(0)[1][0], scene.ends_x_px()[1]];
    let fields_px = f64::from(2.0 * (port_x - x) * 1750.0 / 3.0);
    let disc_px = std::f64::consts::PI * (7.0_f64 / 3.0).powi(2);
    let share = |rank: usize, unit: u64| packets[rank] as f64 / unit as f64 * disc_px / fields_px;
    let frames = packets.len();
    let largest = (0..bubbles.len()).map(|index| bubbles.packets(index)).max().unwrap();
    let open = |unit: u64| {
        share(frames.div_ceil(2) - 1, unit) <= 0.12
            && share((9 * frames).div_ceil(10) - 1, unit) <= 0.6
            && 7.0 * (largest as f64 / unit as f64).sqrt() <= 972.0
    };
    let mut units = (0..12).flat_map(|power| [1, 2, 5].map(|step| step * 10_u64.pow(power)));
    let unit = scene.sizes().unit;
    assert_eq!(units.find(|unit| open(*unit)), Some(unit));
    assert!(unit >= 100, "{unit}");
    // The rule is for the film, whatever is shown of it and how large.
    let part = SceneSettings {
        only: Some("CN:tcp/443".parse().unwrap()),
        ..scene.settings().clone()
    };
    assert_eq!(Scene::new(log.clone(), part).sizes(), scene.sizes());
    assert_eq!(scene.resized([600, 800]).sizes(), scene.sizes());
    let fixed = SceneSettings {
        unit: Some(7),
        ..scene.settings().clone()
    };
    assert_eq!(Scene::new(log.clone(), fixed).sizes().unit, 7);

    // The small are dots, the others as large as they have packets.
    let frame = scene.frame(scene.frames() / 2);
    let least_px = scene.least_px();
    assert!(least_px > 0.9 && least_px < 1.4, "{least_px}");
    for bubble in scene.describe(&frame).bubbles {
        let radius_px = 7.0 / 3.0 * (bubble.packets as f32 / unit as f32).sqrt();
        assert!((bubble.radius - radius_px.max(least_px)).abs() < 1e-3, "{bubble:?}");
    }
    let legend = scene
        .static_labels()
        .iter()
        .find(|label| &*label.text == "less")
        .unwrap();
    assert!(legend.x_px > 640.0);

    // Hot and quiet ports are told apart.
    let mut shares: Vec<f64> = (0..scene.frames())
        .step_by(97)
        .map(|k| {
            let ports = scene.describe(&scene.frame(k)).ports;
            let labels = ports.iter().filter(|port| port.size >= 20.0 / 3.0);
            let largest = ports.iter().filter(|port| port.size >= 0.999 * 124.0 / 3.0);
            largest.count() as f64 / labels.count().max(1) as f64
        })
        .collect();
    shares.sort_unstable_by(f64::total_cmp);
    assert!(shares[shares.len() / 2] <= 0.1, "{shares:?}");
}

#[test]
fn the_sample_has_the_unit_of_a_single_packet() {
    let scene = sample(1280, 720);
    assert_eq!((scene.sizes().unit, scene.least_px()), (1, 0.0));
    assert!(!scene.static_labels().iter().any(|label| &*label.text == "less"));
}

/// The frame of the sample at a time of the 24th of July 2013.
fn on_the_24th(scene: &Scene, hour: i64, minute: i64) -> Frame {
    let day_ns = scene.log().timeline.start_ns + 23 * 86_400 * NS;
    scene.frame(
        scene
            .log()
            .timeline
            .frame_at(day_ns + (60 * hour + minute) * 60 * NS)
            .unwrap_or_default(),
    )
}

#[test]
fn the_flood_has_its_name_while_it_flies_and_its_port_before_it_lands() {
    let scene = sample(1280, 720);
    let name = "Iran → UDP 2193 · 5,716";
    let slot = (0..scene.log().ends.slots(0).len())
        .find(|slot| scene.end(*slot).port().unwrap().number == 2193)
        .unwrap();
    for (hour, minute) in [(8, 10), (9, 0), (10, 30), (12, 0), (13, 0)] {
        let frame = on_the_24th(&scene, hour, minute);
        let label = frame.labels.iter().find(|label| &*label.text == name).unwrap();
        let flood = frame.order[0] as usize;
        let placed = scene.placed(flood, &frame);
        let ends = [scene.ends_x_px()[0], scene.departures_px(0)[0][0]];
        assert!(label.x_px > ends[0] && label.x_px < ends[1], "{label:?}");
        assert!((label.x_px - placed.center_px[0]).abs() < 200.0, "{label:?}");
        if hour > 8 {
            let port = frame.labels.iter().find(|label| &*label.text == "2193");
            assert!(port.is_some_and(|port| port.size_px >= 14.0), "{hour}:{minute}");
        }
        let size = scene.describe(&frame).ports[slot].size;
        // At first it is a tick that grows.
        assert!(hour == 8 || size > 0.0, "{hour}:{minute}");
    }
    // Nothing changes its size at once, when it lands either.
    let landing = on_the_24th(&scene, 13, 36).number;
    let sizes = (landing - 10..landing + 10).map(|k| scene.describe(&scene.frame(k)).ports[slot].size);
    let sizes: Vec<f32> = sizes.collect();
    assert!(sizes.iter().all(|size| *size > 12.0), "{sizes:?}");
    // A quiet hour names nothing.
    assert!(!scene.frame(300).labels.iter().any(|label| label.text.contains('→')));
}

#[test]
fn what_is_in_flight_is_told_where_it_matters() {
    let scene = sample(1280, 720);
    let frame = on_the_24th(&scene, 10, 30);
    assert_eq!((frame.totals[0], frame.totals[0] + frame.in_flight[0]), (6_001, 17_159));
    let told = frame
        .labels
        .iter()
        .find(|label| label.text.contains("in flight"))
        .unwrap();
    assert_eq!(&*told.text, "6,001 packets + 11,158 in flight");
    // Of TCP, it is next to nothing.
    let others = frame.labels.iter().filter(|label| label.text.contains("in flight"));
    assert_eq!(others.count(), 1);
    let last = scene.frame(scene.frames() - 1);
    assert_eq!(last.in_flight, [0; 3]);
    for k in [0, 500, 4000] {
        let frame = scene.frame(k);
        let alive: u64 = frame
            .alive
            .clone()
            .map(|index| scene.log().bubbles.packets(index))
            .sum();
        let flying: u64 = frame.in_flight.iter().sum();
        // Those that land before the frame ends have arrived.
        assert!(flying <= alive && flying + 60 > alive, "{k}: {flying} {alive}");
    }
}

/// Relative luminance, WCAG 2.1.
fn luminance(color: [f32; 3]) -> f32 {
    let [red, green, blue] = color.map(|byte| {
        let value = byte / 255.0;
        if value <= 0.040_45 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        }
    });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

#[test]
fn all_text_can_be_read_on_a_slide() {
    for theme in [Theme::Dark, Theme::Light, Theme::White] {
        let dark = sample(1280, 720);
        let settings = SceneSettings {
            theme,
            ..dark.settings().clone()
        };
        let scene = Scene::new(dark.log().clone(), settings);
        let ground = scene.palette().background;
        for k in MOMENTS {
            let frame = scene.frame(k);
            for label in scene.static_labels().iter().chain(&frame.labels) {
                // What appears or goes is on its way.
                let muted = label.color[..3] == scene.palette().muted[..3];
                if label.color[3] < if muted { 255 } else { 157 } {
                    continue;
                }
                assert!(label.size_px >= 9.99, "{label:?}");
                let alpha = f32::from(label.color[3]) / 255.0;
                let seen: [f32; 3] = std::array::from_fn(|channel| {
                    f32::from(ground[channel]) * (1.0 - alpha) + f32::from(label.color[channel]) * alpha
                });
                let of_ground = [ground[0], ground[1], ground[2]].map(f32::from);
                let [ink, ground] = [seen, of_ground].map(|color| luminance(color) + 0.05);
                assert!(ink.max(ground) / ink.min(ground) >= 4.5, "{theme:?}: {label:?}");
            }
        }
    }
}

#[test]
fn upright_and_square_pictures_hold_the_flood_and_their_headings() {
    for (width, height) in [(1080, 1920), (1080, 1080), (800, 1000)] {
        let scene = sample(width, height);
        let frame = on_the_24th(&scene, 10, 30);
        let flood = scene.placed(frame.order[0] as usize, &frame);
        assert!(
            flood.radius_px < 0.25 * width as f32,
            "{width}x{height}: {}",
            flood.radius_px
        );
        let baseline = |text: &str| {
            let mut labels = scene.static_labels().iter().chain(&frame.labels);
            labels.find(|label| label.text.contains(text)).unwrap().baseline_px
        };
        let [heading, counter] = [baseline("UDP"), baseline("in flight")];
        assert!(
            counter - heading < 0.035 * width as f32,
            "{width}x{height}: {heading} {counter}"
        );
        // The columns take what is left.
        let [top, bottom] = [0, scene.log().ends.slots(0).len() - 1].map(|slot| scene.end_px(slot, &frame)[1]);
        assert!(bottom - top > 0.8 * height as f32, "{width}x{height}: {top} {bottom}");
    }
}

#[test]
fn a_part_of_the_traffic_is_named_and_the_rest_steps_back() {
    let whole = sample(1280, 720);
    let settings = SceneSettings {
        only: Some("CN:tcp/1433".parse().unwrap()),
        ..whole.settings().clone()
    };
    let part = Scene::new(whole.log().clone(), settings);
    assert!(
        part.static_labels()
            .iter()
            .any(|label| label.text.ends_with("only China to TCP 1433 ms-sql"))
    );
    let alpha = |scene: &Scene, name: &str| {
        let labels = scene.static_labels();
        labels.iter().find(|label| &*label.text == name).unwrap().color[3]
    };
    assert_eq!((alpha(&part, "China"), alpha(&whole, "Iran")), (255, 255));
    assert!(alpha(&part, "Iran") < 80);
}

#[test]
fn two_weeks_are_laid_out_as_one_log() {
    let whole = sample(1280, 720);
    let week = |first: i64| {
        let start_ns = whole.log().timeline.start_ns + first * 86_400 * NS;
        let spec = TimeSpec {
            start_ns: Some(start_ns),
            end_ns: Some(start_ns + 7 * 86_400 * NS),
            bin_ns: Some(300 * NS),
            ..TimeSpec::default()
        };
        sample_log(&spec)
    };
    let weeks = [week(0), week(7)];
    let scenes = weeks
        .each_ref()
        .map(|week| Scene::like(week, whole.log(), whole.settings().clone()));
    for (scene, week) in scenes.iter().zip(&weeks) {
        assert_eq!((scene.rows(), &scene.log().ends), (whole.rows(), &whole.log().ends));
        assert_eq!(scene.sizes(), whole.sizes());
        assert!(week.ends.len() < scene.log().ends.len());
        let last = scene.frame(scene.frames() - 1);
        assert_eq!(last.totals[..2], week.packets);
        // By country and port, nothing has moved.
        let sum = |log: &portbloom::log::Log, code: &str, number: u16| -> u64 {
            let of = |bubble: &portbloom::log::Bubble| {
                log.names.sources[bubble.source as usize].code == code
                    && log.ends.get(bubble.port as usize).port().unwrap().number == number
            };
            log.bubbles.iter().filter(of).map(|bubble| bubble.packets).sum()
        };
        for (code, number) in [("CN", 1433), ("US", 445), ("RU", 3389)] {
            assert_eq!(sum(scene.log(), code, number), sum(week, code, number));
        }
        // Equal counts are bars of equal length.
        let china = scene.rows().iter().position(|row| row.code == "CN").unwrap();
        assert!(last.counts[china][1] > 1000);
    }
    // What the other has not is pooled.
    let strange = scene_of(
        "time,proto,dpt,cc\n0,TCP,1433,CN\n1,TCP,7,ZW\n",
        &TimeSpec::default(),
        44,
        320,
        180,
    );
    let few = scene_of(
        "time,proto,dpt,cc\n0,TCP,1433,CN\n1,TCP,9,RU\n",
        &TimeSpec::default(),
        44,
        320,
        180,
    );
    let scene = Scene::like(strange.log(), few.log(), few.settings().clone());
    let codes: Vec<&str> = scene.rows().iter().map(|row| row.code.as_str()).collect();
    assert_eq!(codes, ["RU", "CN", "Other"]);
    assert_eq!(scene.log().ends.len(), 3);
    assert_eq!(
        scene.frame(scene.frames() - 1).counts,
        [[0, 0, 0], [0, 1, 0], [0, 1, 0]]
    );
}
