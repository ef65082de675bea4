// Finds the cells that each thing touches, and the disc of each bubble. One invocation for each bit of a mask.

@group(0) @binding(4) var<uniform> tiles: Tiles;
@group(0) @binding(5) var<storage, read> marks: array<Mark>;
@group(0) @binding(6) var<storage, read_write> discs: array<Disc>;
// The masks of all cells, row by row from the top left.
@group(0) @binding(7) var<storage, read_write> masks: array<atomic<u32>>;

@compute @workgroup_size(64)
fn touch(@builtin(global_invocation_id) id: vec3<u32>) {
    let bit = id.x;
    let first_bubble = tiles.mark_words * 32u;
    if bit < tiles.marks {
        let mark = marks[bit];
        let reach = reach_px(mark);
        set_bits(bit, mark.rect_px.xy - reach, mark.rect_px.zw + reach);
    } else if bit >= first_bubble && bit - first_bubble < tiles.bubbles {
        let number = bit - first_bubble;
        let disc = disc_of(flights[number]);
        discs[number] = disc;
        let reach = disc.radius_px + 0.5;
        if disc.rim > 0.0 {
            set_bits(bit, disc.center_px - reach, disc.center_px + reach);
        }
    }
}

// Sets a bit in the masks of all cells that a box touches.
fn set_bits(bit: u32, low_px: vec2<f32>, high_px: vec2<f32>) {
    if any(high_px <= vec2<f32>(0.0)) || any(low_px >= frame.size_px) {
        return;
    }
    let last_px = frame.size_px - 1.0;
    let low = vec2<u32>(clamp(low_px, vec2<f32>(0.0), last_px)) / tiles.cell_px;
    let high = vec2<u32>(clamp(high_px, vec2<f32>(0.0), last_px)) / tiles.cell_px;
    for (var y = low.y; y <= high.y; y++) {
        for (var x = low.x; x <= high.x; x++) {
            let cell = y * tiles.cells.x + x;
            atomicOr(&masks[cell * tiles.words + bit / 32u], 1u << (bit % 32u));
        }
    }
}
