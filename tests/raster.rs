//! The rasteriser on the CPU: the same picture as the GPU's, and each frame the same whatever was
//! drawn before it.

mod support;

use portbloom::crew::Crew;
use portbloom::gpu::{Context, Renderer, RendererSettings};
use portbloom::raster::{Raster, TILE_PX};
use portbloom::scene::colors::Theme;
use portbloom::scene::{Focus, Scene, SceneSettings};
use portbloom::timeline::{NS, TimeSpec};
use support::adapter::context;
use support::{
    compare_with_reference, flow_log, hosts_log, hosts_scene_of, sample, sample_with_hosts, scene_of, wide_log,
};

/// How far two pictures are apart.
#[derive(Debug)]
struct Apart {
    /// Steps of 255, on average over the samples.
    mean: f64,
    /// Share of pixels of which a sample is more than 2 steps apart.
    far: f64,
    /// Steps at most.
    most: u8,
}

impl Apart {
    /// Compares RGBA bytes of equal length.
    fn of(a: &[u8], b: &[u8]) -> Self {
        assert_eq!(a.len(), b.len());
        let steps = || a.iter().zip(b).map(|(a, b)| a.abs_diff(*b));
        let pixels = a.chunks_exact(4).zip(b.chunks_exact(4));
        let far = pixels.filter(|(a, b)| a.iter().zip(*b).any(|(a, b)| a.abs_diff(*b) > 2));
        Self {
            mean: steps().map(f64::from).sum::<f64>() / a.len() as f64,
            far: far.count() as f64 / (a.len() / 4) as f64,
            most: steps().max().unwrap_or(0),
        }
    }

    /// Whether the eye cannot tell them apart: less than a step on average, and at most 2 at 99.9% of pixels.
    fn is_close(&self) -> bool {
        self.mean < 1.0 && self.far <= 0.001
    }
}

#[test]
fn the_cpu_draws_what_the_gpu_draws() {
    let [raster_units, tiles] = [false, true].map(|tiles| {
        let mut context = context();
        context.draw_tiles(tiles);
        context
    });
    // A quiet night, the scan, the flood, the end.
    let moments = [300, 1958, 6740, u64::MAX];
    for (size_px, moments) in [
        ([64, 64], &moments[..]),
        ([320, 180], &moments),
        ([641, 361], &moments),
        ([600, 800], &moments),
        ([1280, 720], &moments),
        ([1920, 1080], &moments[1..3]),
        ([3840, 2160], &moments[2..3]),
    ] {
        let dark = sample(size_px[0], size_px[1]);
        let light = Scene::new(
            dark.log().clone(),
            SceneSettings {
                theme: Theme::Light,
                ..dark.settings().clone()
            },
        );
        for (background, scene, transparent) in
            [("dark", &dark, false), ("light", &light, false), ("none", &dark, true)]
        {
            let settings = RendererSettings {
                transparent,
                ..RendererSettings::default()
            };
            let mut gpu = [&raster_units, &tiles].map(|context| Renderer::new(context, scene, settings).unwrap());
            for k in moments {
                let frame = scene.frame((*k).min(scene.frames() - 1));
                let mut cpu = Raster::new(scene, transparent).unwrap();
                cpu.draw(&frame);
                for (way, gpu) in ["raster units", "tiles"].iter().zip(&mut gpu) {
                    let apart = Apart::of(&cpu.rgba(), &gpu.still(&frame).unwrap());
                    // Where a label is three pixels tall and a pixel holds ten ports, rounding to 8 bits shows more.
                    let is_tiny = size_px[1] < 180;
                    let is_close = apart.is_close() || is_tiny && apart.mean < 1.0 && apart.far <= 0.02;
                    assert!(
                        is_close,
                        "{size_px:?}, {background}, frame {}, {way}: {apart:?}",
                        frame.number
                    );
                }
            }
        }
    }
}

#[test]
fn bubbles_that_pass_gates_are_the_same_on_both() {
    let dense = hosts_scene_of(&hosts_log(20_000, 5000), &TimeSpec::default(), 1280, 720);
    let upright = sample_with_hosts(600, 800);
    for tiles in [false, true] {
        let mut context = context();
        context.draw_tiles(tiles);
        for (scene, moments) in [(&dense, [300, 2000]), (&upright, [1872, 6740])] {
            let mut gpu = Renderer::new(&context, scene, RendererSettings::default()).unwrap();
            for k in moments {
                // The gate of a bubble, and everything.
                let plain = scene.frame(k);
                let gate = Some(scene.gate_of(plain.alive.start + plain.alive.len() / 2) as u32);
                for focus in [
                    Focus::default(),
                    Focus {
                        gate,
                        ..Focus::default()
                    },
                ] {
                    let frame = scene.moment(k, 0, focus);
                    let mut cpu = Raster::new(scene, false).unwrap();
                    cpu.draw(&frame);
                    let apart = Apart::of(&cpu.rgba(), &gpu.still(&frame).unwrap());
                    assert!(apart.is_close(), "frame {k}, {focus:?}, tiles {tiles}: {apart:?}");
                }
            }
        }
    }
}

#[test]
fn the_small_and_the_large_of_a_flow_log_are_the_same_on_both() {
    let scene = scene_of(&flow_log(), &TimeSpec::default(), 44, 1280, 720);
    assert!(scene.sizes().unit > 1);
    for tiles in [false, true] {
        let mut context = context();
        context.draw_tiles(tiles);
        let mut gpu = Renderer::new(&context, &scene, RendererSettings::default()).unwrap();
        for k in [1000, 4000] {
            let frame = scene.frame(k);
            let mut cpu = Raster::new(&scene, false).unwrap();
            cpu.draw(&frame);
            let apart = Apart::of(&cpu.rgba(), &gpu.still(&frame).unwrap());
            assert!(apart.is_close(), "frame {k}, tiles {tiles}: {apart:?}");
        }
    }
}

#[test]
fn tiles_hold_tens_of_thousands_of_bubbles() {
    let dense = TimeSpec {
        bin_ns: Some(5 * NS),
        pace_ns: Some(10_000 * NS),
        ..TimeSpec::default()
    };
    let scene = scene_of(&wide_log(200_000), &dense, 44, 1280, 720);
    let mut context = context();
    context.draw_tiles(true);
    let still = |context: &Context| {
        let mut gpu = Renderer::new(context, &scene, RendererSettings::default()).unwrap();
        gpu.still(&scene.frame(100)).unwrap()
    };
    let mut gpu = Renderer::new(&context, &scene, RendererSettings::default()).unwrap();
    let mut pictures = Vec::new();
    for k in [100, 402, 100] {
        let frame = scene.frame(k);
        assert!(frame.order.len() > 10_000);
        let mut cpu = Raster::new(&scene, false).unwrap();
        cpu.draw(&frame);
        let picture = gpu.still(&frame).unwrap();
        let apart = Apart::of(&cpu.rgba(), &picture);
        assert!(apart.is_close() && apart.most < 8, "frame {k}: {apart:?}");
        pictures.push(picture);
    }
    // The same frame is the same bytes, whatever was drawn before it.
    assert!(pictures[0] == pictures[2] && pictures[0] != pictures[1]);
    drop(gpu);

    // Where the device has room for the bubbles and not for the masks, the raster units draw.
    context.most_buffer_bytes = 1 << 20;
    let little = still(&context);
    context.draw_tiles(false);
    assert!(little == still(&context) && little != pictures[0]);
}

#[test]
fn frames_are_told_apart() {
    let scene = sample(1280, 720);
    let mut cpu = Raster::new(&scene, false).unwrap();
    let [one, next] = [6740, 6741].map(|k| {
        cpu.draw(&scene.frame(k));
        cpu.rgba()
    });
    assert!(!Apart::of(&one, &next).is_close());
    assert!(Apart::of(&one, &one).is_close());
}

#[test]
fn the_flood_looks_as_it_did() {
    let scene = sample(640, 360);
    let time_ns = portbloom::input::parse_time_ns("2013-07-24T09:40").unwrap();
    let number = scene.log().timeline.frame_at(time_ns).unwrap();
    let mut raster = Raster::new(&scene, false).unwrap();
    raster.draw(&scene.frame(number));
    compare_with_reference("flood", [640, 360], &raster.rgba());
}

#[test]
fn hosts_look_as_they_did() {
    let nine = sample_with_hosts(640, 360);
    let many = hosts_scene_of(&hosts_log(20_000, 500), &TimeSpec::default(), 640, 360);
    for (name, scene, number) in [("hosts-9", nine, 6740), ("hosts-500", many, 2000)] {
        let mut raster = Raster::new(&scene, false).unwrap();
        raster.draw(&scene.frame(number));
        compare_with_reference(name, [640, 360], &raster.rgba());
    }
}

#[test]
fn a_picture_beyond_all_reason_is_refused() {
    let scene = sample(20_000, 64);
    let error = Raster::new(&scene, false).map(|_| ()).unwrap_err().to_string();
    assert!(error.contains("20000x64") && error.contains("16384"), "{error}");
}

#[test]
fn drawing_what_changed_gives_the_same_bytes_as_drawing_everything() {
    for (width, height, transparent) in [(1280, 720, false), (850, 478, true)] {
        let scene = sample(width, height);
        let mut film = Raster::new(&scene, transparent).unwrap();
        let mut kept = 0;
        let mut held: Vec<u64> = Vec::new();
        // A quiet night, the flood arriving, jumps there and back, a frame again.
        let jumps = [0, 6740, 6740, 8133, 100, 1713, 1763, 1714, 1764, 6800, 1715];
        let frames: Vec<u64> = (300..330).chain(6705..6730).chain(jumps).collect();
        for k in &frames {
            let frame = scene.frame(*k);
            film.draw(&frame);
            let mut alone = Raster::new(&scene, transparent).unwrap();
            alone.draw(&frame);
            assert!(
                film.rgba() == alone.rgba(),
                "frame {k} at {width}x{height} depends on those before it"
            );
            assert_eq!(film.stamps(), alone.stamps());
            kept += held.iter().zip(film.stamps()).filter(|(old, new)| old == new).count();
            held = film.stamps().to_vec();
        }
        let tiles = width.div_ceil(TILE_PX[0]) * height.div_ceil(TILE_PX[1]);
        assert_eq!(held.len(), tiles as usize);
        let all = held.len() * frames.len();
        assert!(kept * 2 > all, "only {kept} of {all} tiles were kept");
    }
}

#[test]
fn a_crew_lays_out_and_draws_what_one_does() {
    // Few bubbles, and ten thousands of them, with more arrivals still felt than are summed up in one go.
    let dense = TimeSpec {
        bin_ns: Some(5 * NS),
        pace_ns: Some(10_000 * NS),
        ..TimeSpec::default()
    };
    let dense = scene_of(&wide_log(200_000), &dense, 44, 1280, 720);
    let crew = Crew::new(3).unwrap();
    for (scene, frames) in [(sample(850, 478), [300, 6740, 6741]), (dense, [100, 400, 402])] {
        let mut one = Raster::new(&scene, false).unwrap();
        let mut many = Raster::new(&scene, false).unwrap();
        for k in frames {
            let frame = scene.frame(k);
            one.draw(&frame);
            crew.work(|| {
                let same = scene.frame(k);
                assert!(same == frame, "frame {k} is laid out in another way");
                many.draw(&same);
            });
            assert!(one.rgba() == many.rgba(), "frame {k} is drawn in another way");
            assert_eq!(one.stamps(), many.stamps());
        }
    }
}

#[test]
fn what_is_not_lit_steps_back_as_on_the_gpu() {
    let context = context();
    let scene = sample(1280, 720);
    let mut gpu = Renderer::new(&context, &scene, RendererSettings::default()).unwrap();
    let mut cpu = Raster::new(&scene, false).unwrap();
    let row = scene
        .rows()
        .iter()
        .position(|row| row.code == "CN")
        .map(|row| row as u32);
    let slot = (0..scene.log().ends.len()).find(|slot| scene.end(*slot).port().unwrap().number == 1433);
    let slot = slot.map(|slot| slot as u32);
    assert!(row.is_some() && slot.is_some());
    let nothing = Focus::default();
    // A country, a port, both; nothing between and after them.
    let mut pictures = Vec::new();
    for focus in [
        nothing,
        Focus { row, ..nothing },
        Focus { slot, ..nothing },
        nothing,
        Focus { row, slot, ..nothing },
        nothing,
    ] {
        let frame = scene.moment(6740, 5, focus);
        cpu.draw(&frame);
        let mut alone = Raster::new(&scene, false).unwrap();
        alone.draw(&frame);
        assert!(cpu.rgba() == alone.rgba(), "{focus:?} depends on what was drawn before");
        let expected = gpu.still(&frame).unwrap();
        let apart = Apart::of(&cpu.rgba(), &expected);
        assert!(apart.is_close(), "{focus:?}: {apart:?}");
        pictures.push(cpu.rgba());
    }
    for (one, other) in [(0, 1), (0, 2), (0, 4), (1, 2), (1, 4), (2, 4)] {
        let apart = Apart::of(&pictures[one], &pictures[other]);
        assert!(!apart.is_close() && apart.most > 20, "{one} and {other}: {apart:?}");
    }
    assert!(pictures[0] == pictures[3] && pictures[0] == pictures[5]);
}
