// A picture onto a window: pixel by pixel where both have the same size, stretched for the moment
// that a picture of the new size takes to be ready.

@group(0) @binding(0) var picture: texture_2d<f32>;
@group(0) @binding(1) var stretch: sampler;
@group(0) @binding(2) var<uniform> window_px: vec2<u32>;

// One triangle over the whole window.
@vertex
fn vs_main(@builtin(vertex_index) vertex: u32) -> @builtin(position) vec4<f32> {
    return vec4<f32>(f32(vertex & 1u) * 4.0 - 1.0, f32(vertex >> 1u) * 4.0 - 1.0, 0.0, 1.0);
}

@fragment
fn fs_exact(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    return vec4<f32>(textureLoad(picture, vec2<u32>(position.xy), 0).rgb, 1.0);
}

@fragment
fn fs_stretched(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let unit = position.xy / vec2<f32>(window_px);
    return vec4<f32>(textureSampleLevel(picture, stretch, unit, 0.0).rgb, 1.0);
}
