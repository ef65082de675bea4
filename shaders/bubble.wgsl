// Bubbles by the raster units: a quad around each disc.

struct Corner {
    @builtin(position) clip: vec4<f32>,
    // Offset from the centre in pixels.
    @location(0) offset_px: vec2<f32>,
    @location(1) @interpolate(flat) color: vec3<f32>,
    // Radius and rim width in pixels, opacity of fill and rim.
    @location(2) @interpolate(flat) shape: vec4<f32>,
}

@vertex
fn vs_main(@builtin(vertex_index) vertex: u32, @builtin(instance_index) instance: u32) -> Corner {
    let disc = disc_of(flights[instance]);
    // One pixel around for the soft edge.
    let offset_px = (corner(vertex) * 2.0 - 1.0) * (disc.radius_px + 1.0);
    var out: Corner;
    out.clip = clip_from_px(disc.center_px + offset_px);
    out.offset_px = offset_px;
    out.color = unpack4x8unorm(disc.color).rgb;
    out.shape = vec4<f32>(disc.radius_px, disc.rim_px, disc.fill, disc.rim);
    return out;
}

@fragment
fn fs_main(in: Corner) -> @location(0) vec4<f32> {
    return premultiplied(in.color, disc_opacity(length(in.offset_px), in.shape));
}
