//! Views of hosts: in step with those of ports, legible, and the same whoever draws them.

#![expect(clippy::unwrap_used, reason = "these are tests")]

mod support;

use portbloom::gpu::{Renderer, RendererSettings};
use portbloom::log::{Grouping, Log, View};
use portbloom::raster::Raster;
use portbloom::scene::{Frame, Label, Scene, SceneSettings, Target};
use portbloom::timeline::TimeSpec;
use support::adapter::context;
use support::{Difference, compare_with_reference, hosts_log, ink, log_of, sample_by, wide_log};

const VIEWS: [View; 3] = [View::Ports, View::Hosts, View::PortsAndHosts];

/// The sample, its bubbles told apart by their hosts.
fn sample() -> Log {
    sample_by(&TimeSpec::default(), Grouping::PortsByHost)
}

/// A scene of a log in a view, at a size in pixels.
fn scene_in(log: &Log, view: View, size_px: [u32; 2]) -> Scene {
    let settings = SceneSettings {
        size_px,
        countries: 44,
        title: "Test".to_owned(),
        view,
        ..SceneSettings::default()
    };
    Scene::new(log.clone(), settings)
}

/// Whole numbers that look random, the same in every run.
fn random(index: u64) -> u64 {
    let mixed = (index + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed ^ mixed >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 16
}

/// Frames of a film: the first, the last, and others between.
fn some_frames(frames: u64, count: u64) -> impl Iterator<Item = u64> {
    (0..count)
        .map(move |index| random(index) % frames)
        .chain([0, frames - 1])
}

/// What leaves at each moment, of the bubbles alive in a frame that fly to ports or to hosts: packets by departure and
/// source.
fn leaving(scene: &Scene, frame: &Frame, to_hosts: bool) -> Vec<(i64, u32, u64)> {
    let log = scene.flights();
    let mut sums: Vec<(i64, u32, u64)> = Vec::new();
    let mut bubbles: Vec<_> = log
        .bubbles
        .range(frame.alive.clone())
        .filter(|bubble| (log.ends.side(bubble.port) == 2) == to_hosts)
        .collect();
    bubbles.sort_by_key(|bubble| (bubble.offset_ns, bubble.source));
    for bubble in bubbles {
        match sums.last_mut() {
            Some((offset_ns, source, packets)) if (*offset_ns, *source) == (bubble.offset_ns, bubble.source) => {
                *packets += bubble.packets;
            }
            _ => sums.push((bubble.offset_ns, bubble.source, bubble.packets)),
        }
    }
    sums
}

#[test]
fn every_packet_leaves_and_lands_in_the_same_frame_in_every_view() {
    let spec = TimeSpec::default();
    for log in [
        sample(),
        log_of(&hosts_log(20_000, 3000), &spec, Grouping::PortsByHost),
        log_of(&wide_log(5000), &spec, Grouping::PortsByHost),
    ] {
        let [ports, hosts, both] = VIEWS.map(|view| scene_in(&log, view, [640, 360]));
        assert_eq!([hosts.frames(), both.frames()], [ports.frames(); 2]);
        assert_eq!([hosts.sizes(), both.sizes()], [ports.sizes(); 2]);
        // The film of ports is that of a log whose hosts are not told apart.
        let joined = scene_in(&log.joined_by_port(), View::Ports, [640, 360]);
        for number in some_frames(ports.frames(), 100) {
            let [to_ports, to_hosts, to_both] = [&ports, &hosts, &both].map(|scene| scene.frame(number));
            assert_eq!(to_ports, joined.frame(number));
            let sum = |[udp, tcp, _]: [u64; 3]| udp + tcp;
            for (of_ports, of_hosts, of_both) in [
                (to_ports.totals, to_hosts.totals, to_both.totals),
                (to_ports.in_flight, to_hosts.in_flight, to_both.in_flight),
            ]
            .into_iter()
            .chain((0..ports.rows().len()).map(|row| (to_ports.counts[row], to_hosts.counts[row], to_both.counts[row])))
            {
                let [udp, tcp, _] = of_ports;
                assert_eq!((of_hosts, of_both), ([0, 0, sum(of_ports)], [udp, tcp, sum(of_ports)]));
            }
            let expected = leaving(&ports, &to_ports, false);
            assert_eq!(leaving(&hosts, &to_hosts, true), expected);
            assert_eq!(leaving(&both, &to_both, true), expected);
            assert_eq!(leaving(&both, &to_both, false), expected);
            let [ports, hosts, both] = [(&ports, &to_ports), (&hosts, &to_hosts), (&both, &to_both)]
                .map(|(scene, frame)| scene.describe(frame));
            let heats =
                |ports: &[portbloom::scene::describe::Port]| ports.iter().map(|port| port.heat).collect::<Vec<_>>();
            // Sums that begin with another arrival are rounded otherwise.
            let pairs = heats(&both.ports).into_iter().zip(heats(&ports.ports));
            for (both, alone) in pairs {
                assert!(
                    (both - alone).abs() <= 1e-9 * alone,
                    "frame {number}: {both} in place of {alone}"
                );
            }
            assert_eq!(both.ports.len(), ports.ports.len());
            assert!(hosts.ports.is_empty() && ports.hosts.is_none());
            for described in [hosts, both] {
                let arrived: u64 = described.hosts.unwrap().iter().map(|host| host.packets).sum();
                assert_eq!(arrived, sum(to_ports.totals));
            }
        }
        let last = hosts.frame(hosts.frames() - 1);
        assert_eq!(last.totals, [0, 0, log.packets.iter().sum()]);
    }
}

#[test]
fn a_part_of_the_traffic_keeps_the_places_of_hosts() {
    let log = sample();
    let whole = scene_in(&log, View::Hosts, [640, 360]);
    let settings = SceneSettings {
        only: Some("IR@tokyo,oregon:udp/2193".parse().unwrap()),
        ..whole.settings().clone()
    };
    let part = Scene::new(log, settings);
    part.check_only().unwrap();
    let [whole, part] = [&whole, &part].map(|scene| {
        let frame = scene.frame(6800);
        let hosts = scene.describe(&frame).hosts.unwrap();
        hosts
            .iter()
            .map(|host| (host.name.to_owned(), host.x, host.y, host.packets))
            .collect::<Vec<_>>()
    });
    assert_eq!(whole.len(), 9);
    for ((name, x, y, _), (other, part_x, part_y, packets)) in whole.iter().zip(&part) {
        assert_eq!((name, x, y), (other, part_x, part_y));
        assert_eq!(*packets > 0, name == "tokyo", "{name}");
    }
}

#[test]
fn labels_do_not_overlap_and_stay_in_the_picture() {
    let spec = TimeSpec::default();
    let many = [12, 13, 60, 61, 500, 3000].map(|hosts| log_of(&hosts_log(5000, hosts), &spec, Grouping::PortsByHost));
    let sample = sample();
    for (width, height) in [
        (1280, 720),
        (3840, 2160),
        (1280, 960),
        (1080, 1920),
        (1080, 1080),
        (2560, 1080),
    ] {
        for view in [View::Hosts, View::PortsAndHosts] {
            for log in many.iter().chain([&sample]) {
                let scene = scene_in(log, view, [width, height]);
                for number in some_frames(scene.frames(), 4) {
                    let frame = scene.frame(number);
                    let boxes: Vec<_> = scene
                        .static_labels()
                        .iter()
                        .chain(&frame.labels)
                        .map(|label| (label, ink(label)))
                        .collect();
                    for (index, (label, a)) in boxes.iter().enumerate() {
                        let is_inside = a[0] >= 0.0 && a[1] >= 0.0 && a[2] <= width as f32 && a[3] <= height as f32;
                        assert!(is_inside, "{width}x{height} {view:?}: {label:?} leaves the picture");
                        // Names of large bubbles fly over what they fly over.
                        if label.text.contains('→') {
                            continue;
                        }
                        for (other, b) in boxes[index + 1..].iter().filter(|(other, _)| !other.text.contains('→')) {
                            let apart = a[2] <= b[0] || b[2] <= a[0] || a[3] <= b[1] || b[3] <= a[1];
                            assert!(
                                apart,
                                "{width}x{height} {view:?} frame {number}: {label:?} and {other:?} overlap"
                            );
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn data_has_the_size_of_each_label_that_is_drawn_and_of_no_other() {
    let near = |label: &Label, [x, y]: [f32; 2]| {
        let middle = label.baseline_px - 0.349 * label.size_px;
        (label.x_px - x).abs() < 90.0 && (middle - y).abs() < label.size_px
    };
    let mut small = 0;
    for hosts in [5, 60, 500] {
        let log = log_of(&hosts_log(5000, hosts), &TimeSpec::default(), Grouping::PortsByHost);
        let settings = SceneSettings {
            size_px: [1080, 1080],
            countries: 20,
            view: View::PortsAndHosts,
            large: true,
            ..SceneSettings::default()
        };
        let scene = Scene::new(log, settings);
        for number in some_frames(scene.frames(), 4) {
            let frame = scene.frame(number);
            let data = scene.describe(&frame);
            let ports = data.ports.iter().map(|port| {
                let is_named = |text: &str| text == port.port.to_string();
                (
                    port.size,
                    [port.x, port.y],
                    frame
                        .labels
                        .iter()
                        .find(|label| is_named(&label.text) && near(label, [port.x, port.y])),
                )
            });
            let of_hosts = data.hosts.as_deref().unwrap_or_default().iter().map(|host| {
                let is_named = |text: &str| match text.strip_suffix('…') {
                    Some(begin) => host.name.starts_with(begin),
                    None => text == host.name,
                };
                (
                    host.size,
                    [host.x, host.y],
                    frame
                        .labels
                        .iter()
                        .find(|label| is_named(&label.text) && near(label, [host.x, host.y])),
                )
            });
            for (size, at, label) in ports.chain(of_hosts) {
                assert_eq!(
                    label.map_or(0.0, |label| label.size_px),
                    size,
                    "{hosts} hosts, frame {number}, {at:?}: {label:?}"
                );
                small += usize::from(size == 0.0);
            }
        }
    }
    assert!(small > 0);
}

#[test]
fn the_pointer_finds_hosts_and_the_sources_of_each_panel() {
    let log = sample();
    for view in [View::Hosts, View::PortsAndHosts] {
        for size_px in [[1280, 720], [1080, 1920]] {
            let scene = scene_in(&log, view, size_px);
            let frame = scene.frame(300);
            let hosts = scene.describe(&frame).hosts.unwrap();
            let slots = scene.flights().ends.slots(2);
            assert_eq!(hosts.len(), slots.len());
            for (slot, host) in slots.zip(&hosts) {
                // At the first letter, and at the last.
                for letters in [1, host.name.len()] {
                    let at_px = [host.x + 0.5 * letters as f32 * host.size, host.y - 0.2 * host.size];
                    assert_eq!(scene.pick(&frame, at_px), Some(Target::End(slot)), "{}", host.name);
                }
            }
            let names = scene.static_labels();
            let names = &names[names.len() - scene.rows().len()..];
            for (row, label) in names.iter().enumerate() {
                let target = scene.pick(
                    &frame,
                    [label.x_px - label.size_px, label.baseline_px - 0.3 * label.size_px],
                );
                assert!(
                    target == Some(Target::Row(row)) || matches!(target, Some(Target::Bubble(_))),
                    "{target:?}"
                );
            }
        }
    }
}

#[test]
fn another_size_of_a_view_is_the_view_of_that_size() {
    let log = sample();
    for view in [View::Hosts, View::PortsAndHosts] {
        let [small, large] = [[640, 360], [1920, 1080]].map(|size_px| scene_in(&log, view, size_px));
        let resized = small.resized([1920, 1080]);
        assert_eq!(resized.frame(6740), large.frame(6740));
        assert_eq!(resized.static_labels(), large.static_labels());
    }
}

#[test]
fn the_cpu_draws_the_views_that_the_gpu_draws() {
    let log = sample();
    for tiles in [false, true] {
        let mut context = context();
        context.draw_tiles(tiles);
        for (view, hosts, size_px) in [
            (View::Hosts, false, [640, 360]),
            (View::PortsAndHosts, false, [1280, 720]),
            (View::PortsAndHosts, true, [600, 900]),
        ] {
            let settings = SceneSettings {
                hosts,
                ..scene_in(&log, view, size_px).settings().clone()
            };
            let scene = Scene::new(log.clone(), settings);
            let mut gpu = Renderer::new(&context, &scene, RendererSettings::default()).unwrap();
            for number in [1872, 6740] {
                let frame = scene.frame(number);
                let mut cpu = Raster::new(&scene, false).unwrap();
                cpu.draw(&frame);
                let difference = Difference::of(&cpu.rgba(), &gpu.still(&frame).unwrap());
                assert!(
                    difference.is_small(),
                    "{view:?}, gates {hosts}, tiles {tiles}: {difference:?}"
                );
            }
        }
    }
}

/// Compares the flood in a view with its reference.
fn look(name: &str, view: View, size_px: [u32; 2]) {
    let scene = scene_in(&sample(), view, size_px);
    let mut raster = Raster::new(&scene, false).unwrap();
    raster.draw(&scene.frame(6740));
    compare_with_reference(name, size_px, &raster.rgba());
}

#[test]
fn hosts_look_as_they_did() {
    look("view-hosts", View::Hosts, [640, 360]);
}

#[test]
fn ports_and_hosts_look_as_they_did() {
    look("view-both", View::PortsAndHosts, [640, 360]);
}

#[test]
fn ports_and_hosts_below_each_other_look_as_they_did() {
    look("view-both-upright", View::PortsAndHosts, [360, 640]);
}
