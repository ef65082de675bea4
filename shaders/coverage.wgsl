// The shapes that are drawn, and how much of a pixel they cover, by how far its centre is from theirs.

// A bubble as it is seen; `Disc` in `src/raster/shapes.rs`.
struct Disc {
    center_px: vec2<f32>,
    radius_px: f32,
    rim_px: f32,
    // Opacity of fill and rim.
    fill: f32,
    rim: f32,
    // Packed sRGB bytes.
    color: u32,
    padding: u32,
}

// Opacity of a disc at a distance from its centre; `shape` are its radius and the width of its rim in pixels,
// and the opacities of fill and rim.
fn disc_opacity(distance_px: f32, shape: vec4<f32>) -> f32 {
    let inside = clamp(shape.x - distance_px + 0.5, 0.0, 1.0);
    let in_rim = clamp(distance_px - (shape.x - shape.y) + 0.5, 0.0, 1.0);
    return inside * mix(shape.z, shape.w, in_rim);
}

// Signed distance to a box with round corners, in pixels, negative inside.
fn box_distance(offset: vec2<f32>, half: vec2<f32>, corner_px: f32) -> f32 {
    let q = abs(offset) - half + corner_px;
    return length(max(q, vec2<f32>(0.0))) + min(max(q.x, q.y), 0.0) - corner_px;
}

// Coverage of a mark at an offset from its centre; `shape` are half its width and height, the radius of its
// corners and the width of the ring's line (0: filled), in pixels.
fn mark_coverage(offset_px: vec2<f32>, shape: vec4<f32>) -> f32 {
    // A plain rectangle covers each pixel by the product of its coverage across and down: exact,
    // also for lines thinner than a pixel.
    let low = clamp(offset_px + shape.xy + 0.5, vec2<f32>(0.0), vec2<f32>(1.0));
    let high = clamp(shape.xy - offset_px + 0.5, vec2<f32>(0.0), vec2<f32>(1.0));
    let covered = max(low + high - 1.0, vec2<f32>(0.0));
    var coverage = covered.x * covered.y;
    if shape.z > 0.0 {
        let distance_px = box_distance(offset_px, shape.xy, shape.z);
        let filled = clamp(0.5 - distance_px, 0.0, 1.0);
        let ring = clamp(0.5 + shape.w * 0.5 - abs(distance_px), 0.0, 1.0);
        coverage = select(filled, ring, shape.w > 0.0);
    }
    return coverage;
}
