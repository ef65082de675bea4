// What is drawn tile by tile, without raster units: the marks of a frame, and over them its bubbles.
//
// The picture is cut into cells, and cells into tiles. Each cell has a mask, one bit for each thing that may be
// seen in it, in drawing order: marks from bit 0, bubbles from the first whole word after them. `touch.wgsl`
// sets the bits, `paint.wgsl` draws what they say.

struct Tiles {
    // The colour of empty ground, premultiplied, in steps of 0 to 255.
    ground: vec4<f32>,
    // Cells across and down.
    cells: vec2<u32>,
    // Width and height of a cell in pixels.
    cell_px: u32,
    // Words of a mask.
    words: u32,
    // Marks, and the words that they take.
    marks: u32,
    mark_words: u32,
    bubbles: u32,
    padding: u32,
}

// `Mark` in `src/scene/layout.rs`.
struct Mark {
    // Left, top, right, bottom.
    rect_px: vec4<f32>,
    // Packed sRGB bytes, and opacity.
    color: u32,
    corner_px: f32,
    stroke_px: f32,
    padding: u32,
}

// How far a mark may be seen beyond its rectangle: its soft edge, and half the ring's line.
fn reach_px(mark: Mark) -> f32 {
    return 1.0 + mark.stroke_px * 0.5;
}
