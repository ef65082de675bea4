//! The rasteriser on the CPU: the same picture as the GPU's, and each frame the same whatever was
//! drawn before it.

mod support;

use portbloom::crew::Crew;
use portbloom::gpu::{Renderer, RendererSettings};
use portbloom::raster::{Raster, TILE_PX};
use portbloom::scene::Focus;
use portbloom::timeline::{NS, TimeSpec};
use support::{Difference, compare_with_reference, context, sample, scene_of, wide_log};

/// Samples of a picture that are more than `steps` apart.
fn apart(a: &[u8], b: &[u8], steps: u8) -> usize {
    a.iter().zip(b).filter(|(a, b)| a.abs_diff(**b) > steps).count()
}

#[test]
fn the_cpu_draws_what_the_gpu_draws() {
    let context = context();
    for (width, height, transparent) in [(1280, 720, false), (640, 360, true), (600, 800, false)] {
        let scene = sample(width, height);
        let settings = RendererSettings {
            transparent,
            ..RendererSettings::default()
        };
        let mut gpu = Renderer::new(&context, &scene, settings).unwrap();
        // A quiet night, the scan, the flood, the end.
        for k in [0, 300, 1958, 6740, scene.frames() - 1] {
            let frame = scene.frame(k);
            let mut cpu = Raster::new(&scene, transparent).unwrap();
            cpu.draw(&frame);
            let expected = gpu.still(&frame).unwrap();
            let (near, far) = (apart(&cpu.rgba(), &expected, 2), apart(&cpu.rgba(), &expected, 6));
            let all = expected.len();
            assert!(
                near * 2000 <= all && far * 20_000 <= all,
                "frame {k} at {width}x{height}: of {all} samples {near} are more than 2 steps apart, {far} more than 6"
            );
        }
        let (one, next) = (scene.frame(6740), scene.frame(6741));
        let mut cpu = Raster::new(&scene, transparent).unwrap();
        cpu.draw(&one);
        let drawn = cpu.rgba();
        cpu.draw(&next);
        assert!(!Difference::of(&drawn, &cpu.rgba()).is_small(), "frames are told apart");
    }
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
    let slot = (0..scene.log().ports.len()).find(|slot| scene.port(*slot).number == 1433);
    let slot = slot.map(|slot| slot as u32);
    assert!(row.is_some() && slot.is_some());
    let nothing = Focus::default();
    // A country, a port, both; nothing between and after them.
    let mut pictures = Vec::new();
    for focus in [
        nothing,
        Focus { row, slot: None },
        Focus { row: None, slot },
        nothing,
        Focus { row, slot },
        nothing,
    ] {
        let frame = scene.moment(6740, 5, focus);
        cpu.draw(&frame);
        let mut alone = Raster::new(&scene, false).unwrap();
        alone.draw(&frame);
        assert!(cpu.rgba() == alone.rgba(), "{focus:?} depends on what was drawn before");
        let expected = gpu.still(&frame).unwrap();
        let (near, far) = (apart(&cpu.rgba(), &expected, 2), apart(&cpu.rgba(), &expected, 6));
        let all = expected.len();
        assert!(
            near * 2000 <= all && far * 20_000 <= all,
            "{focus:?}: of {all} samples {near} and {far}"
        );
        pictures.push(cpu.rgba());
    }
    for (one, other) in [(0, 1), (0, 2), (0, 4), (1, 2), (1, 4), (2, 4)] {
        assert!(
            apart(&pictures[one], &pictures[other], 20) > 1000,
            "{one} and {other} are told apart"
        );
    }
    assert!(pictures[0] == pictures[3] && pictures[0] == pictures[5]);
}
