//! Hosts between sources and ports: gates that bubbles pass, in step with the film without them. No GPU.

mod support;

use std::collections::{BTreeMap, BTreeSet};

use portbloom::log::{Grouping, Log};
use portbloom::scene::{Align, Focus, Frame, Label, Scene, SceneSettings, Target};
use portbloom::timeline::{NS, TimeSpec};
use support::{flow_log, hosts_log, hosts_scene_of, ink, log_of, sample, sample_by, sample_with_hosts, scene_of};

const SIZES: [(u32, u32); 5] = [(1280, 720), (3840, 2160), (1280, 960), (1080, 1920), (2560, 1080)];

/// Packets and rows of a flow log, with the hosts that they went to.
fn flows_to_hosts() -> String {
    let mut text = String::new();
    let hosts = ["fe80::1", "mail.example.org", "10.0.0.9", ""];
    for (row, line) in flow_log().lines().enumerate() {
        let host = if row == 0 { "host" } else { hosts[row % 4] };
        text += &format!("{line},{host}\n");
    }
    text
}

/// Packets that leave together from a source for a port, by time, source and port.
fn departures(log: &Log, frame: &Frame) -> BTreeMap<(i64, u32, u32), u64> {
    let mut sums = BTreeMap::new();
    for bubble in log.bubbles.range(frame.alive.clone()) {
        *sums.entry((bubble.offset_ns, bubble.source, bubble.port)).or_insert(0) += bubble.packets;
    }
    sums
}

#[test]
fn films_with_hosts_are_in_step_with_those_without() {
    let spec = TimeSpec {
        bin_ns: Some(600 * NS),
        ..TimeSpec::default()
    };
    let many = hosts_log(30_000, 3000);
    let flows = flows_to_hosts();
    for (name, plain, hosts) in [
        ("the sample", sample(1280, 720), sample_with_hosts(1280, 720)),
        (
            "many hosts",
            scene_of(&many, &spec, 44, 1280, 720),
            hosts_scene_of(&many, &spec, 1280, 720),
        ),
        (
            "flows",
            scene_of(&flows, &spec, 44, 1280, 720),
            hosts_scene_of(&flows, &spec, 1280, 720),
        ),
    ] {
        assert_eq!(
            (plain.frames(), plain.sizes()),
            (hosts.frames(), hosts.sizes()),
            "{name}"
        );
        assert!(hosts.log().bubbles.len() > plain.log().bubbles.len());
        let last = plain.frames() - 1;
        for index in 0..100_u64 {
            let k = (index + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) % (last + 1);
            let (a, b) = (plain.frame(k), hosts.frame(k));
            assert_eq!(
                (&a.counts, a.totals, a.in_flight),
                (&b.counts, b.totals, b.in_flight),
                "{name}, frame {k}"
            );
            assert_eq!(
                departures(plain.log(), &a),
                departures(hosts.log(), &b),
                "{name}, frame {k}"
            );
            let (a, b) = (plain.describe(&a), hosts.describe(&b));
            for (a, b) in a.ports.iter().zip(&b.ports) {
                assert_eq!((a.protocol, a.port), (b.protocol, b.port));
                // Sums in another order differ in their last bits, and what is no longer felt is left out.
                let away = (a.heat - b.heat).abs();
                assert!(away <= 1e-6 * a.heat.abs() + 1e-9, "{name}, frame {k}: {a:?} {b:?}");
            }
            assert!(a.hosts.is_none());
            let to_hosts: u64 = b.hosts.unwrap().iter().map(|host| host.packets).sum();
            assert_eq!(
                Some(to_hosts),
                b.totals.udp.zip(b.totals.tcp).map(|(udp, tcp)| udp + tcp),
                "{name}, frame {k}"
            );
        }
    }
}

#[test]
fn bubbles_pass_the_gate_of_their_host_at_45_hundredths_of_their_flight() {
    let scene = sample_with_hosts(1280, 720);
    let log = scene.log();
    let (mut before, mut after) = (0, 0);
    for k in [1872, 6740] {
        let frame = scene.frame(k);
        let hosts = scene.describe(&frame).hosts.unwrap();
        for bubble in frame.alive.clone() {
            let found = log.bubbles.get(bubble);
            let gate = &hosts[scene.gate_of(bubble)];
            let full = &log.names.hosts[found.host as usize];
            assert!(full.ends_with(gate.name), "{full} through {}", gate.name);
            let flown = log.timeline.film_secs(k) - log.timeline.departure_secs(found.offset_ns);
            let [x, y] = scene.placed(bubble, &frame).center_px;
            let out = |x: f32| (x - 640.0).abs();
            match flown / 2.8 {
                share if share < 0.44 => {
                    before += 1;
                    assert!(out(x) <= out(gate.x), "{share} of its flight");
                }
                share if share > 0.46 => {
                    after += 1;
                    assert!(out(x) >= out(gate.x), "{share} of its flight");
                }
                _ => assert!(
                    (y - gate.y).abs() < 5.0 && (x - gate.x).abs() < 10.0,
                    "{x} {y}: {gate:?}"
                ),
            }
        }
    }
    assert!(before > 50 && after > 50, "{before} {after}");
}

#[test]
fn a_gate_glows_by_the_packets_that_have_passed() {
    let csv = "time,proto,dpt,cc,host,packets\n0,TCP,80,CN,a,100\n0,TCP,80,CN,b,1\n600,TCP,80,CN,a,1\n";
    let spec = TimeSpec {
        bin_ns: Some(NS),
        pace_ns: Some(100 * NS),
        ..TimeSpec::default()
    };
    let scene = hosts_scene_of(csv, &spec, 1280, 720);
    let heat = |k: u64| {
        let hosts = scene.describe(&scene.frame(k)).hosts.unwrap();
        [hosts[2].heat, hosts[3].heat]
    };
    // 0.45 of 2.8 s are 31.5 frames.
    assert_eq!(heat(31), [0.0, 0.0]);
    let fades = |frames: f64| (-frames / 25.0 / 1.6).exp();
    for k in [32, 40, 100] {
        let [a, b] = heat(k);
        assert!(
            (a / (100.0 * fades(k as f64 - 31.5)) - 1.0).abs() < 1e-6,
            "frame {k}: {a}"
        );
        assert!((b / a - 0.01).abs() < 1e-6, "frame {k}: {b}");
    }
}

#[test]
fn a_flood_names_its_host_before_it_gets_there() {
    let scene = sample_with_hosts(3840, 2160);
    for k in [6735, 6740, 6750] {
        let frame = scene.frame(k);
        let text = |text: &&Label| text.text.starts_with("Iran → tokyo → UDP 2193 · 5,716");
        assert!(frame.labels.iter().any(|label| text(&label)), "frame {k}");
        // Nothing on its side is as bright.
        let left = frame
            .labels
            .iter()
            .filter(|label| label.x_px == scene.gates_x_px()[0] && label.align == Align::Center);
        let largest = left.max_by(|a, b| a.size_px.total_cmp(&b.size_px)).unwrap();
        assert_eq!(&*largest.text, "tokyo", "frame {k}");
    }
}

#[test]
fn the_scan_from_vietnam_is_a_fan_behind_its_hosts() {
    let scene = sample_with_hosts(1280, 720);
    let frame = scene.frame(1872);
    let log = scene.log();
    let (mut gates, mut ports) = (BTreeSet::new(), BTreeSet::new());
    for bubble in frame.alive.clone() {
        let found = log.bubbles.get(bubble);
        if log.names.sources[found.source as usize].code == "VN" {
            gates.insert(scene.gate_of(bubble));
            ports.insert(found.port);
        }
    }
    assert!(gates.len() >= 6 && ports.len() > 30, "{gates:?} {ports:?}");
}

#[test]
fn up_to_twelve_hosts_all_have_names_and_stand_as_far_apart() {
    let scene = sample_with_hosts(1280, 720);
    let hosts = scene.describe(&scene.frame(6740)).hosts.unwrap();
    let names: Vec<&str> = hosts.iter().map(|host| host.name).collect();
    let nine = [
        "eu",
        "groucho-norcal",
        "oregon",
        "sa",
        "singapore",
        "sydney",
        "tokyo",
        "us-east",
        "zeppo-norcal",
    ];
    assert_eq!(names, [nine, nine].concat());
    let far: Vec<f32> = hosts.windows(2).map(|pair| pair[1].y - pair[0].y).collect();
    assert!(
        far[..8]
            .iter()
            .chain(&far[9..])
            .all(|far_px| (far_px - far[0]).abs() < 0.01),
        "{far:?}"
    );
    assert!(hosts.iter().all(|host| host.size >= 9.9));
}

#[test]
fn more_hosts_stand_in_the_order_of_their_addresses() {
    for (count, gates, named) in [
        (13, 13, 13),
        (60, 60, 60),
        (61, 61, 44),
        (500, 500, 44),
        (501, 1, 1),
        (5000, 32, 32),
    ] {
        let scene = hosts_scene_of(&hosts_log(20_000, count), &TimeSpec::default(), 1280, 720);
        let frame = scene.frame(2000);
        let hosts = scene.describe(&frame).hosts.unwrap();
        let [left, right] = [0, 1].map(|side| &hosts[side * hosts.len() / 2..(side + 1) * hosts.len() / 2]);
        assert!(
            left.len() >= gates && left.len() <= 500,
            "{count} hosts: {} gates",
            left.len()
        );
        let names =
            |hosts: &[portbloom::scene::describe::Host<'_>]| hosts.iter().filter(|host| host.size > 0.0).count();
        assert!(
            [left, right]
                .map(names)
                .iter()
                .all(|names| *names >= named.min(44) && *names <= named.max(44))
        );
        for side in [left, right] {
            assert!(side.is_sorted_by(|a, b| a.y < b.y), "{count} hosts");
            let address = |host: &portbloom::scene::describe::Host<'_>| {
                let text = host.name.split(['/', ',']).next().unwrap();
                text.parse::<std::net::Ipv4Addr>().unwrap()
            };
            assert!(side.is_sorted_by_key(address), "{count} hosts");
        }
        let joined = hosts.iter().filter(|host| host.name.ends_with(" hosts")).count();
        assert_eq!(joined > 0, count > 500);
    }
}

#[test]
fn a_frame_of_a_hundred_thousand_hosts_lays_out_a_few_hundred_gates() {
    let scene = hosts_scene_of(&hosts_log(100_000, 100_000), &TimeSpec::default(), 1280, 720);
    let frame = scene.frame(3000);
    let hosts = scene.describe(&frame).hosts.unwrap();
    assert!(hosts.len() <= 1000 && hosts.len() > 100, "{}", hosts.len());
    assert_eq!(frame.gates_px.len(), frame.order.len());
}

#[test]
fn names_of_hosts_cover_no_other_text() {
    let names = [
        "x".repeat(10_000),
        "a\tb".to_owned(),
        "مضيف-طويل-الاسم".to_owned(),
        "h".to_owned(),
    ];
    let strange = names
        .iter()
        .enumerate()
        .fold("time,proto,dpt,cc,host\n".to_owned(), |text, (row, name)| {
            format!("{text}{row},TCP,80,CN,{name}\n{row},UDP,53,US,{name}\n")
        });
    for (width, height) in SIZES {
        let scenes = [
            (
                sample_with_hosts(width, height),
                vec![0, 71, 1872, 6740, 6700, 6765, 8133],
            ),
            (
                hosts_scene_of(&hosts_log(20_000, 60), &TimeSpec::default(), width, height),
                vec![500, 2000],
            ),
            (
                hosts_scene_of(&hosts_log(20_000, 400), &TimeSpec::default(), width, height),
                vec![500, 2000],
            ),
            (
                hosts_scene_of(&strange, &TimeSpec::default(), width, height),
                vec![0, 30, 60],
            ),
        ];
        for (which, (scene, frames)) in scenes.into_iter().enumerate() {
            for k in frames {
                let frame = scene.frame(k);
                let labels = scene.static_labels().iter().chain(&frame.labels);
                // Names that give way to another are seen through.
                let boxes: Vec<_> = labels
                    .filter(|label| label.color[3] > 40)
                    .map(|label| (label, ink(label)))
                    .collect();
                let gates = scene.gates_x_px();
                let is_gate = |label: &Label| gates.iter().any(|x_px| (label.x_px - x_px).abs() < 0.02 * width as f32);
                for (label, a) in boxes.iter().filter(|(label, _)| is_gate(label)) {
                    for (other, b) in boxes.iter().filter(|(other, _)| !std::ptr::eq(*other, *label)) {
                        let apart = a[2] <= b[0] || b[2] <= a[0] || a[3] <= b[1] || b[3] <= a[1];
                        assert!(
                            apart,
                            "{width}x{height} scene {which} frame {k}: {} and {}",
                            label.text, other.text
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn gates_are_pointed_at_and_the_others_step_back() {
    for scene in [
        sample_with_hosts(1280, 720),
        hosts_scene_of(&hosts_log(20_000, 400), &TimeSpec::default(), 1280, 720),
    ] {
        let frame = scene.frame(2000);
        let hosts = scene.describe(&frame).hosts.unwrap();
        let gates = 0..hosts.len();
        let found = gates.clone().filter(|gate| {
            let target = scene.pick(&frame, [hosts[*gate].x, hosts[*gate].y]);
            target == Some(Target::Gate(*gate)) || matches!(target, Some(Target::Bubble(_)))
        });
        assert_eq!(found.count(), hosts.len());
        let gate = scene.gate_of(frame.alive.start);
        assert_eq!(scene.gate(gate).unwrap().0, hosts[gate].name);
        assert_eq!(scene.gate(hosts.len()), None);
        let all: u64 = gates.map(|gate| scene.gate(gate).unwrap().1).sum();
        assert_eq!(all, scene.log().packets.iter().sum::<u64>());
        let focus = Focus {
            gate: Some(gate as u32),
            ..Focus::default()
        };
        let lit = scene.moment(2000, 0, focus);
        for bubble in frame.alive.clone() {
            let [lit, plain] = [&lit, &frame].map(|frame| scene.placed(bubble, frame).fade);
            if scene.gate_of(bubble) == gate {
                assert_eq!(lit, plain);
            } else {
                assert!(lit <= 0.22 * plain);
            }
        }
        let alphas = |frame: &Frame| -> u64 { frame.marks.iter().map(|mark| u64::from(mark.color[3])).sum() };
        assert!(alphas(&lit) < alphas(&frame));
    }
}

#[test]
fn of_a_part_of_the_traffic_gates_keep_their_places() {
    let whole = sample_with_hosts(1280, 720);
    let settings = SceneSettings {
        only: Some("IR:udp/2193".parse().unwrap()),
        ..whole.settings().clone()
    };
    let part = Scene::new(whole.log().clone(), settings);
    let [of_whole, of_part] = [&whole, &part].map(|scene| scene.frame(6740));
    let [of_whole, of_part_hosts] =
        [(&whole, &of_whole), (&part, &of_part)].map(|(scene, frame)| scene.describe(frame).hosts.unwrap());
    for (a, b) in of_whole.iter().zip(&of_part_hosts) {
        assert_eq!((a.name, a.x, a.y), (b.name, b.x, b.y));
    }
    // The flood is Tokyo's alone; the names of the others step back.
    let alpha = |text: &str, x_px: f32| {
        let labels = of_part
            .labels
            .iter()
            .filter(|label| &*label.text == text && label.x_px == x_px);
        labels.map(|label| label.color[3]).max().unwrap_or(0)
    };
    let [left, right] = part.gates_x_px();
    assert!(alpha("tokyo", left) > 200);
    assert!(alpha("oregon", left) < 60 && alpha("tokyo", right) < 60);
}

#[test]
fn a_week_with_hosts_is_laid_out_as_the_month() {
    let whole = sample_with_hosts(1280, 720);
    let start_ns = whole.log().timeline.start_ns;
    let spec = TimeSpec {
        start_ns: Some(start_ns),
        end_ns: Some(start_ns + 7 * 86_400 * NS),
        bin_ns: Some(300 * NS),
        ..TimeSpec::default()
    };
    let week = sample_by(&spec, Grouping::PortsByHost);
    let scene = Scene::like(&week, whole.log(), whole.settings().clone());
    let (of_week, of_whole) = (scene.frame(1000), whole.frame(1000));
    let [of_week, of_whole] = [(&scene, &of_week), (&whole, &of_whole)].map(|(scene, frame)| scene.describe(frame));
    for (a, b) in of_week.hosts.unwrap().iter().zip(&of_whole.hosts.unwrap()) {
        assert_eq!((a.name, a.x, a.y, a.packets), (b.name, b.x, b.y, b.packets));
    }
    // A host that the other log has not stands between its others.
    let [few, more] = ["b", "a"].map(|host| {
        let csv = format!("time,proto,dpt,cc,host\n0,TCP,80,CN,{host}\n1,TCP,80,CN,c\n");
        log_of(&csv, &TimeSpec::default(), Grouping::PortsByHost)
    });
    let scene = Scene::like(&few, &more, whole.settings().clone());
    let frame = scene.frame(0);
    let names: Vec<&str> = scene
        .describe(&frame)
        .hosts
        .unwrap()
        .iter()
        .map(|host| host.name)
        .collect();
    assert_eq!(names, ["a", "b", "c", "a", "b", "c"]);
    // Of many, those that are there have names, however busy others are elsewhere.
    let log_of_hosts = |hosts: std::ops::Range<usize>, packets: usize| {
        let rows = hosts.map(|host| format!("0,TCP,80,CN,10.0.{}.{},{packets}\n", host / 100, host % 100));
        let csv = format!("time,proto,dpt,cc,host,packets\n{}", rows.collect::<String>());
        log_of(&csv, &TimeSpec::default(), Grouping::PortsByHost)
    };
    let (here, busier) = (log_of_hosts(0..30, 1), log_of_hosts(100..200, 50));
    let scene = Scene::like(&here, &busier, whole.settings().clone());
    let frame = scene.frame(scene.frames() - 1);
    let hosts = scene.describe(&frame).hosts.unwrap();
    assert_eq!(hosts.len(), 2 * 130);
    let named: Vec<_> = hosts.iter().filter(|host| host.size > 0.0).collect();
    assert_eq!(named.len(), 2 * 44);
    let here = named.iter().filter(|host| host.name.starts_with("10.0.0."));
    assert_eq!(here.count(), 2 * 30);
}

#[test]
fn strange_names_and_no_names_make_sound_pictures() {
    let long = "n".repeat(10_000);
    for (csv, names) in [
        // One host; addresses and names; a row that names none.
        ("0,TCP,80,CN,10.0.0.1\n".to_owned(), vec!["10.0.0.1"]),
        (
            "0,TCP,80,CN,web\n0,TCP,80,CN,2001:db8::1\n0,TCP,80,CN,10.0.0.9\n0,TCP,80,CN,10.0.0.10\n0,TCP,80,CN,\n"
                .to_owned(),
            vec!["10.0.0.9", "10.0.0.10", "2001:db8::1", "web", "no host named"],
        ),
        (
            "0,TCP,80,CN,\u{202e}evil\n0,TCP,80,CN,b\u{1b}[31m\n".to_owned(),
            vec!["b [31m", "\\u{202e}evil"],
        ),
        (format!("0,TCP,80,CN,{long}\n0,TCP,80,CN,{long}1\n"), vec![]),
    ] {
        let scene = hosts_scene_of(
            &format!("time,proto,dpt,cc,host\n{csv}"),
            &TimeSpec::default(),
            1280,
            720,
        );
        let frame = scene.frame(20);
        let hosts = scene.describe(&frame).hosts.unwrap();
        let found: Vec<&str> = hosts[..hosts.len() / 2].iter().map(|host| host.name).collect();
        if names.is_empty() {
            assert!(
                found.len() == 2 && found[0] != found[1] && found.iter().all(|name| name.chars().count() < 70),
                "{found:?}"
            );
        } else {
            assert_eq!(found, names);
        }
    }
    // A log whose bubbles are not told apart by host has a gate for several.
    let csv = "time,proto,dpt,cc,host\n0,TCP,80,CN,a\n0,TCP,80,CN,b\n1,TCP,80,US,a\n";
    let log = log_of(
        csv,
        &TimeSpec {
            bin_ns: Some(300 * NS),
            ..TimeSpec::default()
        },
        Grouping::Ports,
    );
    let scene = Scene::new(
        log,
        SceneSettings {
            size_px: [1280, 720],
            countries: 44,
            hosts: true,
            ..SceneSettings::default()
        },
    );
    let frame = scene.frame(0);
    let names: Vec<&str> = scene
        .describe(&frame)
        .hosts
        .unwrap()
        .iter()
        .map(|host| host.name)
        .collect();
    assert_eq!(names, ["a", "several hosts", "a", "several hosts"]);
}
