//! Pictures as a graphics adapter draws them: references, purity, and the two stories in pixels.

#![expect(clippy::unwrap_used, reason = "these are tests")]

mod support;

use std::collections::VecDeque;

use portbloom::gpu::{Extent, Readout, Renderer, RendererSettings};
use portbloom::output::picture::Picture;
use portbloom::output::pixels::I420;
use portbloom::output::png::to_straight_alpha;
use portbloom::scene::colors;
use support::adapter::context;
use support::{Difference, compare_with_reference, sample, scene_of};

/// The frame that shows a moment of the sample.
fn frame_at(scene: &portbloom::scene::Scene, time: &str) -> u64 {
    scene
        .log()
        .timeline
        .frame_at(portbloom::input::parse_time_ns(time).unwrap())
        .unwrap()
}

/// Compares the frame of the sample that `choose` picks with its reference.
fn look(name: &str, choose: impl Fn(&portbloom::scene::Scene) -> u64) {
    let context = context();
    let scene = sample(640, 360);
    let frame = scene.frame(choose(&scene));
    let rgba = Renderer::new(&context, &scene, RendererSettings::default())
        .unwrap()
        .still(&frame)
        .unwrap();
    compare_with_reference(name, [640, 360], &rgba);
}

#[test]
fn the_flood_looks_as_it_did() {
    look("flood", |scene| frame_at(scene, "2013-07-24T09:40"));
}

#[test]
fn the_scan_looks_as_it_did() {
    look("scan", |scene| frame_at(scene, "2013-07-07T20:00"));
}

#[test]
fn the_first_frame_looks_as_it_did() {
    look("first", |_| 0);
}

#[test]
fn the_last_frame_looks_as_it_did() {
    look("last", |scene| scene.frames() - 1);
}

#[test]
fn a_comparison_can_fail() {
    let context = context();
    let scene = sample(640, 360);
    let mut renderer = Renderer::new(&context, &scene, RendererSettings::default()).unwrap();
    let mut still = |k: u64| renderer.still(&scene.frame(k)).unwrap();
    let (one, next) = (still(6740), still(6741));
    assert!(Difference::of(&one, &one).is_small());
    assert!(
        !Difference::of(&one, &next).is_small(),
        "two frames in a row are told apart"
    );
}

#[test]
fn a_frame_alone_equals_the_frame_in_the_film_byte_for_byte() {
    let context = context();
    let scene = sample(640, 360);
    let mut film = Renderer::new(&context, &scene, RendererSettings::default()).unwrap();
    let range = 6700..6760;
    let picked = [6701, 6735, 6758];

    // As the film does it: three frames in flight, their buffers going round.
    let mut free: Vec<_> = (0..3).map(|_| film.staging()).collect();
    let mut flights = VecDeque::new();
    let mut in_film = Vec::new();
    for k in range.map(Some).chain([None; 3]) {
        if free.is_empty() || k.is_none() {
            let pixels = film.wait(flights.pop_front().unwrap()).unwrap();
            if picked.contains(&pixels.frame_number()) {
                in_film.push((pixels.frame_number(), pixels.to_tight()));
            }
            free.push(pixels.into_staging());
        }
        if let Some(k) = k {
            flights.push_back(
                film.submit(&scene.frame(k), free.pop().unwrap(), Extent::Changes)
                    .unwrap(),
            );
        }
    }
    assert_eq!(in_film.len(), picked.len());
    for (k, pixels) in in_film {
        let mut alone = Renderer::new(&context, &scene, RendererSettings::default()).unwrap();
        assert!(
            alone.still(&scene.frame(k)).unwrap() == pixels,
            "frame {k} depends on those before it"
        );
    }
}

#[test]
fn a_width_that_needs_padded_rows_comes_back_straight() {
    let context = context();
    // 1000 bytes a row, padded to 1024.
    let scene = sample(250, 140);
    let rgba = Renderer::new(&context, &scene, RendererSettings::default())
        .unwrap()
        .still(&scene.frame(6740))
        .unwrap();
    assert_eq!(rgba.len(), 250 * 140 * 4);
    let background = |pixel: &[u8]| pixel == colors::Theme::Dark.palette().background;
    // The left and right edges are empty in every row, which a slip of 24 bytes a row would break.
    for row in rgba.chunks_exact(1000) {
        assert!(background(&row[..4]) && background(&row[996..]));
    }
}

#[test]
fn the_flood_from_iran_is_huge_and_hides_nothing() {
    let context = context();
    let scene = sample(1280, 720);
    let frame = scene.frame(frame_at(&scene, "2013-07-24T09:40"));
    let description = scene.describe(&frame);
    let flood = description.bubbles.iter().max_by_key(|bubble| bubble.packets).unwrap();
    assert_eq!((flood.country, flood.port, flood.packets), ("IR", Some(2193), 5716));
    let rgba = Renderer::new(&context, &scene, RendererSettings::default())
        .unwrap()
        .still(&frame)
        .unwrap();
    let pixel = |x: f32, y: f32| {
        let at = (y.round() as usize * 1280 + x.round() as usize) * 4;
        [rgba[at], rgba[at + 1], rgba[at + 2]].map(i32::from)
    };
    let background = colors::Theme::Dark.palette().background.map(i32::from);
    let color = u32::from_str_radix(&flood.color[1..], 16).unwrap();
    let color = [color >> 16 & 255, color >> 8 & 255, color & 255].map(|byte| byte as i32);

    // A quarter of the picture's height in radius; tinted with Iran's colour everywhere inside.
    assert!(flood.radius > 0.24 * 720.0, "{}", flood.radius);
    let mut tinted = 0;
    let mut seen = 0;
    for step in 0..360 {
        let angle = (step as f32).to_radians();
        let (x, y) = (
            flood.x + angle.cos() * flood.radius * 0.97,
            flood.y + angle.sin() * flood.radius * 0.97,
        );
        if !(0.0..1279.0).contains(&x) || !(0.0..719.0).contains(&y) {
            continue;
        }
        seen += 1;
        // At the rim's inner side the pixel lies on the way from the background to the colour.
        let found = pixel(x, y);
        tinted += usize::from(
            (0..3).all(|part| found[part] > background[part] && found[part] <= color[part].max(found[part])),
        );
    }
    assert!(seen > 300 && tinted > seen * 9 / 10, "{tinted} of {seen}");
    // Its fill is thin: the way from background to colour is less than a third done beside its centre.
    let inside = pixel(flood.x - flood.radius * 0.9, flood.y);
    let share = f64::from(inside[2] - background[2]) / f64::from(color[2] - background[2]);
    assert!(share > 0.08 && share < 0.34, "{share}");

    // The single packets under it still shine through: each is far brighter than the fill around it.
    let within = |x: f32, y: f32| (x - flood.x).hypot(y - flood.y) < flood.radius * 0.9;
    let small: Vec<_> = description
        .bubbles
        .iter()
        .filter(|bubble| bubble.packets <= 3 && within(bubble.x, bubble.y))
        .collect();
    assert!(small.len() >= 3);
    for bubble in small {
        let found: i32 = pixel(bubble.x, bubble.y).iter().sum();
        assert!(
            found > inside.iter().sum::<i32>() + 120,
            "{}/{} is hidden",
            bubble.country,
            bubble.port.unwrap_or_default()
        );
    }
}

#[test]
fn a_bubble_is_drawn_where_the_data_says() {
    let context = context();
    let log = "datetime,host,proto,dpt,cc,country\n2020-01-01 00:00:01,h,TCP,80,FR,France\n2020-01-01 00:00:09,h,UDP,53,FR,France\n";
    let scene = scene_of(log, &Default::default(), 44, 640, 360);
    let mut renderer = Renderer::new(&context, &scene, RendererSettings::default()).unwrap();
    for k in [5, 27, 60] {
        let frame = scene.frame(k);
        let description = scene.describe(&frame);
        assert_eq!(description.bubbles.len(), 1, "frame {k}");
        let bubble = &description.bubbles[0];
        let rgba = renderer.still(&frame).unwrap();
        let mut empty = frame.clone();
        empty.order.clear();
        let without = renderer.still(&empty).unwrap();
        // The middle of all that the bubble changes, weighed by how much, is its centre.
        let (mut sum, mut x, mut y) = (0.0_f32, 0.0, 0.0);
        for (index, (with, without)) in rgba.chunks_exact(4).zip(without.chunks_exact(4)).enumerate() {
            let weight: f32 = with.iter().zip(without).map(|(a, b)| f32::from(a.abs_diff(*b))).sum();
            sum += weight;
            x += weight * ((index % 640) as f32 + 0.5);
            y += weight * ((index / 640) as f32 + 0.5);
        }
        assert!(
            (x / sum - bubble.x).abs() < 0.2 && (y / sum - bubble.y).abs() < 0.2,
            "frame {k}: {} {}",
            x / sum,
            y / sum
        );
    }
}

#[test]
fn planes_made_on_the_gpu_are_those_made_on_the_cpu() {
    // Sides that are no multiples of a tile's, or of a workgroup's, and such that are.
    for (width, height) in [(250, 140), (640, 360), (128, 32)] {
        for direct in [true, false] {
            let mut context = context();
            context.is_direct &= direct;
            let scene = sample(width, height);
            let mut rgba = Renderer::new(&context, &scene, RendererSettings::default()).unwrap();
            let settings = RendererSettings {
                readout: Readout::Planes,
                timings: true,
                ..Default::default()
            };
            let mut renderer = Renderer::new(&context, &scene, settings).unwrap();
            let mut by_gpu = I420::new(width, height);
            // Two segments of a film, three frames in flight, their buffers going round.
            let mut free: Vec<_> = (0..3).map(|_| renderer.staging()).collect();
            let mut flights = VecDeque::new();
            let segments = [(6735, Extent::Whole), (4000, Extent::Whole)];
            let frames = segments.iter().flat_map(|(first, extent)| {
                (0..8).map(move |k| (first + k, if k == 0 { *extent } else { Extent::Changes }))
            });
            let mut changed = Vec::new();
            let mut last = Vec::new();
            for next in frames.map(Some).chain([None; 3]) {
                if free.is_empty() || next.is_none() {
                    let pixels = renderer.wait(flights.pop_front().unwrap()).unwrap();
                    let (tiles, stamps) = pixels.tiles();
                    by_gpu.fill(Picture::Tiles { tiles, stamps });
                    changed.push(stamps.iter().zip(&last).filter(|(new, old)| new != old).count());
                    last = stamps.to_vec();
                    let number = pixels.frame_number();
                    if renderer.has_timestamps() {
                        let spans = pixels.gpu_spans();
                        assert!(0 < spans.draw[0] && spans.draw[0] < spans.draw[1], "{spans:?}");
                        assert!(
                            spans.draw[1] <= spans.convert[1] && spans.convert[1] <= spans.copy[1],
                            "{spans:?}"
                        );
                    }
                    free.push(pixels.into_staging());

                    let mut by_cpu = I420::new(width, height);
                    let still = rgba.still(&scene.frame(number)).unwrap();
                    by_cpu.fill_from_rgba(&still, width as usize * 4);
                    let planes = [
                        (by_cpu.y(), by_gpu.y()),
                        (by_cpu.u(), by_gpu.u()),
                        (by_cpu.v(), by_gpu.v()),
                    ];
                    for (plane, (cpu, gpu)) in planes.into_iter().enumerate() {
                        assert!(cpu == gpu, "frame {number}, plane {plane} of {width}x{height}");
                    }
                }
                if let Some((number, extent)) = next {
                    let flight = renderer.submit(&scene.frame(number), free.pop().unwrap(), extent);
                    flights.push_back(flight.unwrap());
                }
            }
            // Some tiles changed from frame to frame, and most did not.
            assert_eq!(changed.len(), 16);
            let some = changed[1..8].iter().all(|count| (1..last.len()).contains(count));
            assert!(some, "{changed:?} of {}", last.len());
        }
    }
}

/// Four pixels in and six samples out for each invocation, by the arithmetic of the shader that converts.
const FOURS: &str = concat!(
    include_str!("../shaders/bt709.wgsl"),
    "
    @group(0) @binding(0) var<storage, read> pixels: array<u32>;
    @group(0) @binding(1) var<storage, read_write> samples: array<u32>;

    @compute @workgroup_size(64)
    fn convert(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
        let at = id.y * groups.x * 64u + id.x;
        var word = 0u;
        var sum = vec3<i32>(0);
        for (var place = 0u; place < 4u; place += 1u) {
            let rgb = channels(unpack4x8unorm(pixels[4u * at + place]).rgb);
            word |= luma(rgb) << (8u * place);
            sum += rgb;
        }
        samples[2u * at] = word;
        let differences = chroma(sum);
        samples[2u * at + 1u] = differences.x | differences.y << 8u;
    }
    "
);

/// Runs [`FOURS`] on a software adapter, or on a graphics card where the tests draw with one.
fn fours_on_the_gpu(pixels: &[u32]) -> Vec<[u8; 6]> {
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
    let adapters = pollster::block_on(instance.enumerate_adapters(wgpu::Backends::PRIMARY));
    let wanted = std::env::var("PORTBLOOM_TEST_ADAPTER");
    let on_cpu = wanted.map_or(true, |wanted| wanted != "hardware");
    let adapter = adapters
        .into_iter()
        .find(|adapter| (adapter.get_info().device_type == wgpu::DeviceType::Cpu) == on_cpu)
        .expect("this test needs a software adapter (run ./setup.sh --tests), or the card that was asked for");
    let request = wgpu::DeviceDescriptor {
        required_limits: adapter.limits(),
        ..Default::default()
    };
    let (device, queue) = pollster::block_on(adapter.request_device(&request)).unwrap();
    let buffer = |bytes: usize, usage| {
        device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size: bytes as u64,
            usage,
            mapped_at_creation: false,
        })
    };
    let (fours, bytes) = (pixels.len() / 4, size_of_val(pixels));
    let input = buffer(bytes, wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_DST);
    let output = buffer(bytes / 2, wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC);
    let staging = buffer(bytes / 2, wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST);
    queue.write_buffer(&input, 0, bytemuck::cast_slice(pixels));
    let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
        label: None,
        source: wgpu::ShaderSource::Wgsl(FOURS.into()),
    });
    let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
        label: None,
        layout: None,
        module: &module,
        entry_point: Some("convert"),
        compilation_options: Default::default(),
        cache: None,
    });
    let bind_group = device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: None,
        layout: &pipeline.get_bind_group_layout(0),
        entries: &[&input, &output]
            .map(|buffer| buffer.as_entire_binding())
            .into_iter()
            .zip(0..)
            .map(|(resource, binding)| wgpu::BindGroupEntry { binding, resource })
            .collect::<Vec<_>>(),
    });
    let mut encoder = device.create_command_encoder(&Default::default());
    {
        let mut pass = encoder.begin_compute_pass(&Default::default());
        pass.set_pipeline(&pipeline);
        pass.set_bind_group(0, &bind_group, &[]);
        pass.dispatch_workgroups(1024, (fours / 64 / 1024) as u32, 1);
    }
    encoder.copy_buffer_to_buffer(&output, 0, &staging, 0, bytes as u64 / 2);
    queue.submit([encoder.finish()]);
    staging.map_async(wgpu::MapMode::Read, .., |mapped| mapped.unwrap());
    device.poll(wgpu::PollType::wait_indefinitely()).unwrap();
    let view = staging.get_mapped_range(..).unwrap();
    view.chunks_exact(8)
        .map(|eight| std::array::from_fn(|at| eight[at]))
        .collect()
}

#[test]
fn every_color_is_the_same_sample_on_the_gpu_and_the_cpu() {
    // All 2^24, in an order that brings different ones together: an odd factor, modulo 2^24.
    let pixels: Vec<u32> = (0..1_u32 << 24)
        .map(|at| at.wrapping_mul(0x9E_3779) & 0xFF_FFFF)
        .collect();
    let by_gpu = fours_on_the_gpu(&pixels);
    assert_eq!(by_gpu.len(), 1 << 22);
    // Each four is a square of a picture of two rows.
    let width = 8192;
    let mut planes = I420::new(width as u32, 2);
    let mut rgba = vec![0_u32; 2 * width];
    for (fours, by_gpu) in pixels.chunks(2 * width).zip(by_gpu.chunks(width / 2)) {
        for (at, four) in fours.chunks_exact(4).enumerate() {
            rgba[2 * at..][..2].copy_from_slice(&four[..2]);
            rgba[width + 2 * at..][..2].copy_from_slice(&four[2..]);
        }
        planes.fill_from_rgba(bytemuck::cast_slice(&rgba), 4 * width);
        for (at, by_gpu) in by_gpu.iter().enumerate() {
            let [above, below] = [0, width].map(|row| &planes.y()[row + 2 * at..][..2]);
            let by_cpu = [above[0], above[1], below[0], below[1], planes.u()[at], planes.v()[at]];
            assert_eq!(*by_gpu, by_cpu, "{:x?}", &fours[4 * at..][..4]);
        }
    }
}

#[test]
fn a_transparent_picture_over_the_background_is_the_opaque_one() {
    let context = context();
    let scene = sample(640, 360);
    let frame = scene.frame(6740);
    let opaque = Renderer::new(&context, &scene, RendererSettings::default())
        .unwrap()
        .still(&frame)
        .unwrap();
    let settings = RendererSettings {
        transparent: true,
        ..Default::default()
    };
    let mut rgba = Renderer::new(&context, &scene, settings)
        .unwrap()
        .still(&frame)
        .unwrap();
    to_straight_alpha(&mut rgba);
    assert_eq!(rgba[..4], [0; 4], "a corner shows nothing");
    assert!(
        rgba.chunks_exact(4).any(|pixel| pixel[3] == 255)
            && rgba.chunks_exact(4).any(|pixel| (1..255).contains(&pixel[3]))
    );
    // Where many thin marks overlap, eight bits of premultiplied colour lose a few steps.
    let mut far = 0;
    for (straight, opaque) in rgba.chunks_exact(4).zip(opaque.chunks_exact(4)) {
        let alpha = f32::from(straight[3]) / 255.0;
        for channel in 0..3 {
            let over = f32::from(straight[channel]) * alpha
                + f32::from(colors::Theme::Dark.palette().background[channel]) * (1.0 - alpha);
            let apart = (over - f32::from(opaque[channel])).abs();
            assert!(apart <= 10.0, "{straight:?} {opaque:?}");
            far += usize::from(apart > 3.0);
        }
    }
    assert!(far < opaque.len() / 200, "{far} of {} samples", opaque.len());
}

#[test]
fn a_device_with_little_room_draws_the_same_pictures() {
    let scene = sample(640, 360);
    let (mut whole, mut little) = (context(), context());
    // A device with little room has none for tiles: both are to draw with their raster units.
    whole.draw_tiles(false);
    little.draw_tiles(false);
    let near = [6700, 6701, 6703, 6702, 6690, 6740, 6735, 6680, 6660];
    let numbers = || [0, 71, 1887, 4000, 8133, 1887].into_iter().chain(near);
    let most_alive = numbers().map(|k| scene.frame(k).alive.len()).max().unwrap();
    // Room for the bubbles in flight and a few more: the ring goes round, forwards, backwards, with jumps.
    little.most_buffer_bytes = 16 * (most_alive as u64 + 7);
    assert!(most_alive + 7 < scene.log().bubbles.len() / 20);
    let mut whole = Renderer::new(&whole, &scene, RendererSettings::default()).unwrap();
    let mut streamed = Renderer::new(&little, &scene, RendererSettings::default()).unwrap();
    for k in numbers() {
        let frame = scene.frame(k);
        assert!(
            streamed.still(&frame).unwrap() == whole.still(&frame).unwrap(),
            "frame {k}"
        );
    }
}

#[test]
fn more_in_flight_than_the_device_holds_is_an_error_with_a_remedy() {
    let scene = sample(640, 360);
    let mut little = context();
    little.most_buffer_bytes = 16 * 50;
    let mut renderer = Renderer::new(&little, &scene, RendererSettings::default()).unwrap();
    let error = renderer.still(&scene.frame(6740)).unwrap_err().to_string();
    assert!(
        error.contains("bubbles in flight at once need") && error.contains("--travel"),
        "{error}"
    );
}
