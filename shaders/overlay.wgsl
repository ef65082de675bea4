// What lies over a picture in a window: triangles with a colour at each corner, times a texture. Few
// instructions: a software adapter runs each for every pixel, both sides of a branch among them.

struct Corner {
    @location(0) at_points: vec2<f32>,
    @location(1) texture_at: vec2<f32>,
    // Premultiplied, as what it is drawn over.
    @location(2) color: vec4<f32>,
}

struct Shape {
    @builtin(position) clip: vec4<f32>,
    @location(0) texture_at: vec2<f32>,
    @location(1) color: vec4<f32>,
}

@group(0) @binding(0) var<uniform> window_points: vec2<f32>;
@group(0) @binding(1) var colors: texture_2d<f32>;
@group(0) @binding(2) var smooth_sampler: sampler;

@vertex
fn vs_main(corner: Corner) -> Shape {
    let unit = corner.at_points / window_points;
    var out: Shape;
    out.clip = vec4<f32>(unit.x * 2.0 - 1.0, 1.0 - unit.y * 2.0, 0.0, 1.0);
    out.texture_at = corner.texture_at;
    out.color = corner.color;
    return out;
}

@fragment
fn fs_main(in: Shape) -> @location(0) vec4<f32> {
    return in.color * textureSampleLevel(colors, smooth_sampler, in.texture_at, 0.0);
}
