// Marks: rectangles with round corners, filled or as rings, anti-aliased by their distance field.

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

// Signed distance to a box with round corners, in pixels, negative inside.
fn box_distance(offset: vec2<f32>, half: vec2<f32>, corner_px: f32) -> f32 {
    let q = abs(offset) - half + corner_px;
    return length(max(q, vec2<f32>(0.0))) + min(max(q.x, q.y), 0.0) - corner_px;
}

@fragment
fn fs_main(in: Shape) -> @location(0) vec4<f32> {
    // A plain rectangle covers each pixel by the product of its coverage across and down: exact,
    // also for lines thinner than a pixel.
    let low = clamp(in.offset_px + in.shape.xy + 0.5, vec2<f32>(0.0), vec2<f32>(1.0));
    let high = clamp(in.shape.xy - in.offset_px + 0.5, vec2<f32>(0.0), vec2<f32>(1.0));
    let covered = max(low + high - 1.0, vec2<f32>(0.0));
    var coverage = covered.x * covered.y;
    if in.shape.z > 0.0 {
        let distance_px = box_distance(in.offset_px, in.shape.xy, in.shape.z);
        let filled = clamp(0.5 - distance_px, 0.0, 1.0);
        let ring = clamp(0.5 + in.shape.w * 0.5 - abs(distance_px), 0.0, 1.0);
        coverage = select(filled, ring, in.shape.w > 0.0);
    }
    return premultiplied(in.color.rgb, in.color.a * coverage);
}
