//! How long each stage takes on the built-in sample, named `stage/variant/size`.
//! `cargo bench` runs all, `cargo bench -- film` some. Figures and machines: `benches/README.md`.
#![expect(clippy::unwrap_used, reason = "a bench that cannot run should say so loudly")]

use std::cell::LazyCell;
use std::collections::VecDeque;
use std::hint::black_box;
use std::net::IpAddr;
use std::thread;
use std::time::Duration;

use clap::Parser;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use portbloom::app;
use portbloom::cli::{Cli, Command};
use portbloom::crew::Crew;
use portbloom::geo::{self, CountryChoice, Tables};
use portbloom::gpu::{AdapterChoice, Context, Extent, Readout, Renderer, RendererSettings};
use portbloom::input::{self, LogPart, Options};
use portbloom::log::{Grouping, Log, LogBuilder};
use portbloom::model::{Batch, Event, Place, PlaceUnit, Port, Protocol, Reading};
use portbloom::output::h264::{H264Settings, SegmentEncoder, Starters};
use portbloom::output::picture::{Picture, Tiles};
use portbloom::output::pixels::I420;
use portbloom::output::quality::DEFAULT_QUALITY;
use portbloom::raster::{Raster, TILE_PX};
use portbloom::scene::{Departing, Scene, SceneSettings};
use portbloom::settings::RenderSettings;
use portbloom::synth::{HEADER, Recipe, Synth};
use portbloom::timeline::TimeSpec;
use portbloom::unit::Sums;

const SIZES: [(&str, [u32; 2]); 2] = [("1080p", [1920, 1080]), ("4k", [3840, 2160])];

/// Ten seconds of film: an ordinary morning, the flood from Iran, and the hours after it.
const FRAMES: std::ops::Range<u64> = 6600..6850;

fn read_sample(take: &mut dyn FnMut(&Batch<'_>)) -> Reading {
    input::stream(&[LogPart::Sample], &Options::default(), &mut |_| {}, take).unwrap()
}

fn sample() -> Log {
    let mut log = LogBuilder::new(TimeSpec::default(), Grouping::Ports);
    let reading = read_sample(&mut |batch| log.add(batch));
    log.finish(reading).unwrap()
}

fn scene(size_px: [u32; 2]) -> Scene {
    Scene::new(sample(), settings(size_px, false))
}

fn settings(size_px: [u32; 2], hosts: bool) -> SceneSettings {
    SceneSettings {
        size_px,
        countries: 44,
        title: "Bench".to_owned(),
        hosts,
        ..SceneSettings::default()
    }
}

/// Logs whose bubbles pass hosts: the sample's nine, and made-up ones.
const HOSTS: [(&str, Option<u32>); 3] = [("9", None), ("500", Some(500)), ("100k", Some(100_000))];

/// The sample, or a made-up log of so many hosts.
fn log_with_hosts(hosts: Option<u32>, grouping: Grouping) -> Log {
    let folder = tempfile::tempdir().unwrap();
    let part = match hosts {
        None => LogPart::Sample,
        Some(_) => {
            let mut synth = Synth::new(Recipe {
                events: 300_000,
                seed: 1,
                start_ns: 0,
                span_ns: 28 * 86_400 * 1_000_000_000,
                hosts,
            });
            let mut text = HEADER.as_bytes().to_vec();
            while synth.write_slot(&mut text).is_some() {}
            let path = folder.path().join("log.csv");
            std::fs::write(&path, text).unwrap();
            LogPart::File(path)
        }
    };
    let mut log = LogBuilder::new(TimeSpec::default(), grouping);
    let reading = input::stream(&[part], &Options::default(), &mut |_| {}, &mut |batch| log.add(batch));
    log.finish(reading.unwrap()).unwrap()
}

/// Frames with hosts, and without them of the same logs: laid out, and laid out and drawn by one thread of the CPU.
fn hosts(criterion: &mut Criterion) {
    for (name, hosts) in HOSTS {
        for (way, grouping) in [("hosts", Grouping::PortsByHost), ("no-hosts", Grouping::Ports)] {
            // Made lazily, so that other benches do not wait for it.
            let scene = LazyCell::new(|| {
                let settings = settings(SIZES[0].1, grouping == Grouping::PortsByHost);
                Scene::new(log_with_hosts(hosts, grouping), settings)
            });
            let mut group = criterion.benchmark_group("scene");
            group.throughput(Throughput::Elements(1));
            group.bench_function(format!("{way}/{name}"), |bench| {
                let mut numbers = FRAMES.cycle();
                bench.iter(|| black_box(scene.frame(numbers.next().unwrap())));
            });
            group.finish();
            let mut group = criterion.benchmark_group("frame");
            group.throughput(Throughput::Elements(1));
            for (size, size_px) in SIZES {
                group.bench_function(format!("cpu-{way}/{name}-{size}"), |bench| {
                    let scene = scene.resized(size_px);
                    let mut raster = Raster::new(&scene, false).unwrap();
                    let mut numbers = FRAMES.cycle();
                    bench.iter(|| {
                        raster.draw(&scene.frame(numbers.next().unwrap()));
                        black_box(raster.padded_rgba()[0])
                    });
                });
            }
            group.finish();
        }
    }
}

/// The adapter that draws: `PORTBLOOM_BENCH_ADAPTER`, read like `--adapter`. The CPU by default.
fn adapter() -> AdapterChoice {
    let Ok(choice) = std::env::var("PORTBLOOM_BENCH_ADAPTER")
        .unwrap_or_else(|_| "software".to_owned())
        .parse();
    choice
}

fn ingest(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("ingest");
    group.throughput(Throughput::Elements(read_sample(&mut |_| {}).rows));
    group.bench_function("read/july", |bench| bench.iter(|| read_sample(&mut |_| {})));
    group.bench_function("open/july", |bench| bench.iter(sample));
    group.finish();
}

/// Countries of random addresses, by the built-in table.
fn countries(criterion: &mut Criterion) {
    const COUNT: u64 = 1_000_000;
    let tables = Tables::open(geo::Options {
        countries: CountryChoice::BuiltIn,
        asns: None,
    });
    let tables = tables.unwrap();
    let random = |index: u64| index.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let v4 = |index| IpAddr::from(((random(index) >> 32) as u32).to_be_bytes());
    // In 2a00::/8, which has most ranges.
    let v6 = |index| IpAddr::from((0x2a << 120 | u128::from(random(index)) << 56).to_be_bytes());
    let mut group = criterion.benchmark_group("country");
    group.throughput(Throughput::Elements(COUNT));
    for (name, addresses) in [
        ("ipv4/1M", (0..COUNT).map(v4).collect::<Vec<_>>()),
        ("ipv6/1M", (0..COUNT).map(v6).collect()),
    ] {
        group.bench_function(name, |bench| {
            bench.iter(|| addresses.iter().filter_map(|address| tables.country(*address)).count())
        });
    }
    group.finish();
}

fn scenes(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("scene");
    for (name, size_px) in SIZES {
        let scene = scene(size_px);
        let mut numbers = FRAMES.cycle();
        group.throughput(Throughput::Elements(1));
        group.bench_function(format!("frame/{name}"), |bench| {
            bench.iter(|| black_box(scene.frame(numbers.next().unwrap())))
        });
    }
    let log = sample();
    group.bench_function("new/4k", |bench| {
        let settings = SceneSettings {
            size_px: [3840, 2160],
            countries: 44,
            title: String::new(),
            ..SceneSettings::default()
        };
        bench.iter_batched(
            || log.clone(),
            |log| Scene::new(log, settings.clone()),
            criterion::BatchSize::LargeInput,
        );
    });
    group.finish();
}

/// Number of events in the large log: `PORTBLOOM_BENCH_EVENTS`, a hundred million by default. Making that log
/// takes 3 GB of memory and half a minute.
fn large_events() -> u64 {
    std::env::var("PORTBLOOM_BENCH_EVENTS").map_or(100_000_000, |events| events.parse().unwrap())
}

/// A log of `events` events to every port there is, nearly every one a bubble of its own, at a pace that has
/// `alive` bubbles in flight at any time.
fn large_log(events: u64, alive: u64) -> Log {
    const STEP_NS: i64 = 40_000_000;
    // `alive` steps of data time go by in the 2.8 s of a flight.
    let mut log = LogBuilder::new(
        TimeSpec {
            bin_ns: Some(STEP_NS),
            pace_ns: Some(alive as i64 * STEP_NS * 10 / 28),
            ..TimeSpec::default()
        },
        Grouping::Ports,
    );
    let random =
        |index: u64| index.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ index.wrapping_mul(0xd1b5_4a32_d192_ed03) >> 29;
    let event = |index: u64| {
        let mixed = random(index);
        // Half of it goes to sixteen ports, the other half to all.
        let port = if mixed & 1 == 0 { mixed >> 60 } else { mixed >> 47 };
        Event {
            time_ns: index as i64 * STEP_NS,
            port: Port {
                protocol: Protocol::ALL[(port >> 16) as usize & 1],
                number: port as u16,
            },
            source: (mixed >> 20) as u32 % 137,
            host: (mixed >> 30) as u32 % 9,
            packets: 1 + (mixed >> 35) % 64 / 63 * 20,
        }
    };
    let mut start = 0;
    while start < events {
        let batch: Vec<Event> = (start..events.min(start + 8192)).map(event).collect();
        start += batch.len() as u64;
        log.add(&Batch {
            file: 0,
            events: &batch,
            place_offsets: &vec![0; batch.len()],
            addresses: &[],
            first_place: Place {
                unit: PlaceUnit::Line,
                number: 2,
            },
            bin_ns: None,
        });
    }
    let mut reading = read_sample(&mut |_| {});
    reading.left_out.clear();
    log.finish(reading).unwrap()
}

/// Frames of a long log with as many bubbles alive as in the sample: the log's length should cost nothing.
fn large_scenes(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("scene");
    group.throughput(Throughput::Elements(1));
    let small = scene(SIZES[1].1);
    let alive = FRAMES.map(|number| small.frame(number).alive.len() as u64).sum::<u64>() / (FRAMES.end - FRAMES.start);
    let settings = SceneSettings {
        size_px: SIZES[1].1,
        countries: 44,
        title: "Bench".to_owned(),
        ..SceneSettings::default()
    };
    // Made when it is measured, and not for every other bench.
    let large = LazyCell::new(|| {
        let large = Scene::new(large_log(large_events(), alive), settings);
        println!(
            "{alive} bubbles alive in the sample, {} in a log of {} bubbles and {} ports, {:.2} bytes a bubble",
            large.frame(large.frames() / 2).alive.len(),
            large.log().bubbles.len(),
            large.log().ends.len(),
            large.heap_bytes() as f64 / large.log().bubbles.len() as f64
        );
        large
    });
    let mut numbers = FRAMES.cycle();
    group.bench_function("frame-alike/july", |bench| {
        bench.iter(|| black_box(small.frame(numbers.next().unwrap())))
    });
    group.bench_function("frame-alike/100M", |bench| {
        let middle = large.frames() / 2;
        let mut numbers = (middle..middle + 250).cycle();
        bench.iter(|| black_box(large.frame(numbers.next().unwrap())))
    });
    // Ten bubbles a frame, as in the sample.
    let log = LazyCell::new(|| large_log(1_000_000, 700));
    group.throughput(Throughput::Elements(1_000_000));
    group.bench_function("unit/1M", |bench| {
        let bubbles = || Departing::of(&log.bubbles);
        let unit = || Sums::over(&log.timeline, bubbles(), bubbles(), log.bubbles.most_packets()).unit();
        bench.iter(|| black_box(unit()));
    });
    group.finish();
}

/// Numbers of bubbles alive in dense frames: those of logs of about 10 and 50 million rows at the default pace.
const DENSE: [(&str, u64); 2] = [("58k", 58_000), ("230k", 230_000)];

/// Frames with tens of thousands of bubbles, to all ports there are: laid out, and drawn by the CPU.
fn dense_frames(criterion: &mut Criterion) {
    const EVENTS: u64 = 4_000_000;
    for (alive, count) in DENSE {
        // Made lazily, so that other benches do not wait for it.
        let scene = LazyCell::new(|| {
            let settings = SceneSettings {
                size_px: [1920, 1080],
                countries: 44,
                title: "Bench".to_owned(),
                ..SceneSettings::default()
            };
            Scene::new(large_log(EVENTS, count), settings)
        });
        let numbers = |scene: &Scene| (scene.frames() / 2..scene.frames() / 2 + 50).cycle();
        let mut group = criterion.benchmark_group("scene");
        group.sample_size(20).throughput(Throughput::Elements(1));
        group.bench_function(format!("frame-dense/{alive}"), |bench| {
            let mut numbers = numbers(&scene);
            bench.iter(|| black_box(scene.frame(numbers.next().unwrap())));
        });
        group.finish();
        let mut group = criterion.benchmark_group("frame");
        group.sample_size(20).throughput(Throughput::Elements(1));
        for (name, size_px) in [("720p", [1280, 720]), ("1080p", [1920, 1080])] {
            group.bench_function(format!("cpu-dense-{alive}/{name}"), |bench| {
                let scene = scene.resized(size_px);
                let mut raster = Raster::new(&scene, false).unwrap();
                let mut numbers = numbers(&scene);
                // One frame after the other, as in a film. Layout is not measured here.
                bench.iter_batched(
                    || scene.frame(numbers.next().unwrap()),
                    |frame| raster.draw(&frame),
                    criterion::BatchSize::PerIteration,
                );
            });
            // Laid out and drawn by all cores, as for a window.
            group.bench_function(format!("crew-dense-{alive}/{name}"), |bench| {
                let scene = scene.resized(size_px);
                let mut raster = Raster::new(&scene, false).unwrap();
                let mut numbers = numbers(&scene);
                let crew = Crew::new(thread::available_parallelism().unwrap().get()).unwrap();
                bench.iter(|| crew.work(|| raster.draw(&scene.frame(numbers.next().unwrap()))));
            });
        }
        group.finish();
    }
}

/// The bubbles of a log in bins ten times as long, without its rows.
fn longer_bins(criterion: &mut Criterion) {
    const EVENTS: u64 = 4_000_000;
    let log = LazyCell::new(|| large_log(EVENTS, DENSE[0].1));
    let mut group = criterion.benchmark_group("log");
    group.sample_size(20).throughput(Throughput::Elements(EVENTS));
    group.bench_function("longer-bins/4M", |bench| {
        let spec = TimeSpec {
            bin_ns: Some(10 * log.timeline.bin_ns),
            ..TimeSpec::default()
        };
        bench.iter(|| black_box(log.on_clock(&spec).unwrap().bubbles.len()));
    });
    group.finish();
}

/// Frames drawn by one thread of the CPU, one after the other, and thrown away.
fn frames_by_cpu(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("frame");
    group.throughput(Throughput::Elements(1));
    for (name, size_px) in SIZES {
        let scene = scene(size_px);
        let mut raster = Raster::new(&scene, false).unwrap();
        let mut numbers = FRAMES.cycle();
        group.bench_function(format!("cpu/{name}"), |bench| {
            bench.iter(|| {
                raster.draw(&scene.frame(numbers.next().unwrap()));
                black_box(raster.padded_rgba()[0])
            });
        });
    }
    group.finish();
}

/// Frames drawn by a graphics adapter, read back as for a film, and thrown away: by its raster units, and tile
/// by tile.
fn frames_by_gpu(criterion: &mut Criterion) {
    const EVENTS: u64 = 4_000_000;
    let choice = adapter();
    if choice == AdapterChoice::Software {
        return;
    }
    let contexts = [("raster", false), ("tiles", true)].map(|(way, tiles)| {
        let mut context = Context::new(&choice).unwrap();
        context.draw_tiles(tiles);
        (way, context)
    });
    let dense = Scene::new(large_log(EVENTS, DENSE[0].1), scene(SIZES[0].1).settings().clone());
    let sample = scene(SIZES[0].1);
    let middle = dense.frames() / 2;
    let settings = RendererSettings {
        readout: Readout::Planes,
        ..RendererSettings::default()
    };
    let mut group = criterion.benchmark_group("frame");
    group.sample_size(10).measurement_time(Duration::from_secs(10));
    group.throughput(Throughput::Elements(50));
    for (log, scene, numbers) in [("", &sample, FRAMES), ("-dense-58k", &dense, middle..middle + 50)] {
        for (name, size_px) in SIZES {
            let scene = scene.resized(size_px);
            for (way, context) in &contexts {
                let mut renderer = Renderer::new(context, &scene, settings).unwrap();
                let mut free: Vec<_> = (0..3).map(|_| renderer.staging()).collect();
                let mut numbers = numbers.clone().cycle();
                group.bench_function(format!("gpu-{way}{log}/{name}"), |bench| {
                    // Layout is not measured here.
                    bench.iter_batched(
                        || -> Vec<_> { numbers.by_ref().take(50).map(|number| scene.frame(number)).collect() },
                        |frames| {
                            let mut flights = VecDeque::new();
                            for frame in &frames {
                                if free.is_empty() {
                                    let pixels = renderer.wait(flights.pop_front().unwrap()).unwrap();
                                    black_box(pixels.tiles().1[0]);
                                    free.push(pixels.into_staging());
                                }
                                flights.push_back(renderer.submit(frame, free.pop().unwrap(), Extent::Whole).unwrap());
                            }
                            for flight in flights {
                                free.push(renderer.wait(flight).unwrap().into_staging());
                            }
                        },
                        criterion::BatchSize::PerIteration,
                    );
                });
            }
        }
    }
    group.finish();
}

/// The whole command except for reading the log, to a file in a temporary folder.
fn films(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("film.mp4");
    let mut group = criterion.benchmark_group("film");
    group.sample_size(10).measurement_time(Duration::from_secs(20));
    group.throughput(Throughput::Elements(FRAMES.end - FRAMES.start));
    for (name, _) in SIZES {
        let range = format!("{}..{}", FRAMES.start, FRAMES.end);
        let adapter = adapter().to_string();
        let line = [
            "portbloom",
            "render",
            "--quiet",
            "--force",
            "--size",
            name,
            "--frames",
            &range,
            "--adapter",
            &adapter,
            "-o",
        ];
        let cli = Cli::parse_from(
            line.into_iter()
                .map(Into::into)
                .chain([output.clone().into_os_string()]),
        );
        let Command::Render(args) = cli.command else {
            unreachable!("the line says render")
        };
        let settings = RenderSettings::new(args).unwrap();
        group.bench_function(format!("mp4/{name}"), |bench| {
            bench.iter(|| app::render(&settings, &app::Interrupt::default()).unwrap())
        });
    }
    group.finish();
}

/// Encodes segments of frames that are in memory, by one encoder or by two side by side.
fn encoders(criterion: &mut Criterion) {
    // The length of a film's segments.
    const SEGMENT: usize = 50;
    let mut group = criterion.benchmark_group("encode");
    group.sample_size(10).measurement_time(Duration::from_secs(10));
    group.throughput(Throughput::Elements(2 * SEGMENT as u64));
    for (name, size_px) in SIZES {
        let [width, height] = size_px;
        let scene = scene(size_px);
        let mut raster = Raster::new(&scene, false).unwrap();
        let pictures: Vec<I420> = FRAMES
            .take(SEGMENT)
            .map(|number| {
                let mut planes = I420::new(width, height);
                raster.draw(&scene.frame(number));
                planes.fill(Picture::Rgba {
                    bytes: raster.padded_rgba(),
                    bytes_per_row: raster.bytes_per_row(),
                    tiles: Some(Tiles {
                        size_px: TILE_PX,
                        stamps: raster.stamps(),
                    }),
                });
                planes
            })
            .collect();
        let settings = H264Settings::new(width, height, (25, 1), DEFAULT_QUALITY).unwrap();
        let starters = Starters::default();
        let segment = || {
            let mut encoder = SegmentEncoder::new(&settings, &starters);
            for picture in &pictures {
                encoder.encode(picture).unwrap();
            }
            encoder.finish().data.len()
        };
        group.bench_function(format!("jobs-1/{name}"), |bench| bench.iter(|| segment() + segment()));
        group.bench_function(format!("jobs-2/{name}"), |bench| {
            bench.iter(|| {
                thread::scope(|scope| {
                    let other = scope.spawn(segment);
                    segment() + other.join().unwrap()
                })
            });
        });
    }
    group.finish();
}

criterion_group!(
    benches,
    ingest,
    countries,
    scenes,
    hosts,
    large_scenes,
    dense_frames,
    longer_bins,
    frames_by_cpu,
    frames_by_gpu,
    encoders,
    films
);
criterion_main!(benches);
