// Marks by the raster units: rectangles with round corners, filled or as rings.

struct Mark {
    @location(0) rect_px: vec4<f32>,
    @location(1) color: vec4<f32>,
    @location(2) corner_px: f32,
    @location(3) stroke_px: f32,
}

struct Shape {
    @builtin(position) clip: vec4<f32>,
    @location(0) offset_px: vec2<f32>,
    @location(1) @interpolate(flat) color: vec4<f32>,
    // Half width, half height, corner radius, line width of the ring (0: filled).
    @location(2) @interpolate(flat) shape: vec4<f32>,
}

@vertex
fn vs_main(@builtin(vertex_index) vertex: u32, mark: Mark) -> Shape {
    let center_px = (mark.rect_px.xy + mark.rect_px.zw) * 0.5;
    let half_px = (mark.rect_px.zw - mark.rect_px.xy) * 0.5;
    // One pixel around for the soft edge, and half the ring's line.
    let offset_px = (corner(vertex) * 2.0 - 1.0) * (half_px + 1.0 + mark.stroke_px * 0.5);
    var out: Shape;
    out.clip = clip_from_px(center_px + offset_px);
    out.offset_px = offset_px;
    out.color = mark.color;
    out.shape = vec4<f32>(half_px, mark.corner_px, mark.stroke_px);
    return out;
}

@fragment
fn fs_main(in: Shape) -> @location(0) vec4<f32> {
    return premultiplied(in.color.rgb, in.color.a * mark_coverage(in.offset_px, in.shape));
}
