//! How long each stage takes on the built-in sample, named `stage/variant/size`.
//! `cargo bench` runs all, `cargo bench -- film` some. Figures and machines: `benches/README.md`.
#![expect(clippy::unwrap_used, reason = "a bench that cannot run should say so loudly")]

use std::collections::VecDeque;
use std::hint::black_box;
use std::thread;
use std::time::Duration;

use clap::Parser;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use portbloom::app;
use portbloom::cli::{Cli, Command};
use portbloom::gpu::{AdapterChoice, Context, Renderer, RendererSettings};
use portbloom::input::{self, Options, Source};
use portbloom::log::Log;
use portbloom::output::h264::{DEFAULT_QUALITY, H264Settings, SegmentEncoder};
use portbloom::output::pixels::I420;
use portbloom::scene::{Scene, SceneSettings};
use portbloom::settings::RenderSettings;
use portbloom::timeline::TimeSpec;

const SIZES: [(&str, [u32; 2]); 2] = [("1080p", [1920, 1080]), ("4k", [3840, 2160])];

/// Ten seconds of film: an ordinary morning, the flood from Iran, and the hours after it.
const FRAMES: std::ops::Range<u64> = 6600..6850;

fn sample() -> Log {
    Log::new(
        input::read(&Source::Sample, &Options::default()).unwrap(),
        &TimeSpec::default(),
    )
    .unwrap()
}

fn scene(size_px: [u32; 2]) -> Scene {
    Scene::new(
        sample(),
        SceneSettings {
            size_px,
            countries: 44,
            title: "Bench".to_owned(),
            ..SceneSettings::default()
        },
    )
}

/// The adapter to measure: `PORTBLOOM_BENCH_ADAPTER`, like `--adapter`; software by default.
fn adapter() -> AdapterChoice {
    let Ok(choice) = std::env::var("PORTBLOOM_BENCH_ADAPTER")
        .unwrap_or_else(|_| "software".to_owned())
        .parse();
    choice
}

fn ingest(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("ingest");
    let rows = input::read(&Source::Sample, &Options::default()).unwrap().rows;
    group.throughput(Throughput::Elements(rows));
    group.bench_function("read/july", |bench| {
        bench.iter(|| input::read(&Source::Sample, &Options::default()).unwrap())
    });
    let reading = input::read(&Source::Sample, &Options::default()).unwrap();
    group.bench_function("aggregate/july", |bench| {
        bench.iter_batched(
            || reading.clone(),
            |reading| Log::new(reading, &TimeSpec::default()).unwrap(),
            criterion::BatchSize::LargeInput,
        );
    });
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

/// Drawn and read back, as a film does it, and thrown away.
fn frames(criterion: &mut Criterion) {
    let context = Context::new(&adapter()).unwrap();
    let mut group = criterion.benchmark_group("frame");
    group.sample_size(10).measurement_time(Duration::from_secs(10));
    group.throughput(Throughput::Elements(50));
    for (name, size_px) in SIZES {
        let scene = scene(size_px);
        let mut renderer = Renderer::new(&context, &scene, RendererSettings::default()).unwrap();
        let mut free: Vec<_> = (0..3).map(|_| renderer.staging()).collect();
        let mut numbers = FRAMES.cycle();
        group.bench_function(format!("offscreen/{name}"), |bench| {
            bench.iter(|| {
                let mut flights = VecDeque::new();
                for _ in 0..50 {
                    if free.is_empty() {
                        let pixels = renderer.wait(flights.pop_front().unwrap()).unwrap();
                        black_box(pixels.bytes()[0]);
                        free.push(pixels.into_staging());
                    }
                    let frame = scene.frame(numbers.next().unwrap());
                    flights.push_back(renderer.submit(&frame, free.pop().unwrap()).unwrap());
                }
                for flight in flights {
                    free.push(renderer.wait(flight).unwrap().into_staging());
                }
            });
        });
    }
    group.finish();
}

/// The whole command but for reading the log, to a file in a temporary folder.
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

/// Segments of frames that are ready in memory, by one encoder after the other or two side by side.
fn encoders(criterion: &mut Criterion) {
    const SEGMENT: usize = 25;
    let context = Context::new(&adapter()).unwrap();
    let mut group = criterion.benchmark_group("encode");
    group.sample_size(10).measurement_time(Duration::from_secs(10));
    group.throughput(Throughput::Elements(2 * SEGMENT as u64));
    for (name, size_px) in SIZES {
        let [width, height] = size_px;
        let scene = scene(size_px);
        let mut renderer = Renderer::new(&context, &scene, RendererSettings::default()).unwrap();
        let pictures: Vec<I420> = FRAMES
            .take(SEGMENT)
            .map(|number| {
                let mut planes = I420::new(width, height);
                planes.fill_from_rgba(&renderer.still(&scene.frame(number)).unwrap(), width as usize * 4);
                planes
            })
            .collect();
        let settings = H264Settings::new(width, height, (25, 1), DEFAULT_QUALITY).unwrap();
        let segment = || {
            let mut encoder = SegmentEncoder::new(&settings).unwrap();
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

criterion_group!(benches, ingest, scenes, frames, encoders, films);
criterion_main!(benches);
