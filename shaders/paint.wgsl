// Draws the things of a tile in their order, a workgroup a tile, four pixels an invocation. The pixels are
// blended where they are computed, and rounded to whole steps each time: `src/raster/canvas.rs` blends alike.

@group(0) @binding(0) var<uniform> tiles: Tiles;
@group(0) @binding(1) var<storage, read> marks: array<Mark>;
@group(0) @binding(2) var<storage, read> discs: array<Disc>;
@group(0) @binding(3) var<storage, read> masks: array<u32>;
@group(0) @binding(4) var picture: texture_storage_2d<rgba8unorm, write>;

const TILE_PX: u32 = 16u;
// Rows of pixels from one pixel of an invocation to its next.
const ROWS: u32 = 4u;
// Invocations, and words of a mask that they look through at a time.
const BATCH: u32 = 64u;

// Words of a batch with only the bits of what touches the tile.
var<workgroup> found: array<u32, BATCH>;
// Which of those words have a bit, for batches with even and with odd numbers.
var<workgroup> filled: array<atomic<u32>, 4>;

// Four pixels, in steps of 0 to 255, premultiplied.
struct Pixels {
    red: vec4<f32>,
    green: vec4<f32>,
    blue: vec4<f32>,
    alpha: vec4<f32>,
}

@compute @workgroup_size(16, 4)
fn paint(
    @builtin(workgroup_id) tile: vec3<u32>,
    @builtin(local_invocation_id) at: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let tile_px = tile.xy * TILE_PX;
    let cell = tile_px / tiles.cell_px;
    let mask = (cell.y * tiles.cells.x + cell.x) * tiles.words;
    // Centres of the tile's first and last pixel.
    let low_px = vec2<f32>(tile_px) + 0.5;
    let high_px = low_px + f32(TILE_PX - 1u);
    let x = low_px.x + f32(at.x);
    let y = low_px.y + f32(at.y) + vec4<f32>(0.0, 1.0, 2.0, 3.0) * f32(ROWS);

    var pixels: Pixels;
    pixels.red = vec4<f32>(tiles.ground.r);
    pixels.green = vec4<f32>(tiles.ground.g);
    pixels.blue = vec4<f32>(tiles.ground.b);
    pixels.alpha = vec4<f32>(tiles.ground.a);
    if local < 4u {
        atomicStore(&filled[local], 0u);
    }
    for (var first = 0u; first < tiles.words; first += BATCH) {
        let word = first + local;
        var bits = 0u;
        if word < tiles.words {
            bits = touching(word, masks[mask + word], low_px, high_px);
        }
        // Until all have drawn what was found before.
        workgroupBarrier();
        let now = (first / BATCH % 2u) * 2u;
        found[local] = bits;
        if bits != 0u {
            atomicOr(&filled[now + local / 32u], 1u << (local % 32u));
        }
        if local < 2u {
            atomicStore(&filled[2u - now + local], 0u);
        }
        workgroupBarrier();
        for (var part = 0u; part < 2u; part++) {
            var left = atomicLoad(&filled[now + part]);
            while left != 0u {
                let at_word = part * 32u + firstTrailingBit(left);
                left &= left - 1u;
                pixels = with_word(pixels, first + at_word, found[at_word], x, y);
            }
        }
    }
    store(tile_px + at.xy, vec4<f32>(pixels.red.x, pixels.green.x, pixels.blue.x, pixels.alpha.x));
    store(tile_px + at.xy + vec2<u32>(0u, ROWS), vec4<f32>(pixels.red.y, pixels.green.y, pixels.blue.y, pixels.alpha.y));
    store(tile_px + at.xy + vec2<u32>(0u, 2u * ROWS), vec4<f32>(pixels.red.z, pixels.green.z, pixels.blue.z, pixels.alpha.z));
    store(tile_px + at.xy + vec2<u32>(0u, 3u * ROWS), vec4<f32>(pixels.red.w, pixels.green.w, pixels.blue.w, pixels.alpha.w));
}

// Those bits of a word whose things touch a box.
fn touching(word: u32, bits: u32, low_px: vec2<f32>, high_px: vec2<f32>) -> u32 {
    var touching = 0u;
    var left = bits;
    while left != 0u {
        let bit = firstTrailingBit(left);
        left &= left - 1u;
        var touches: bool;
        if word < tiles.mark_words {
            let mark = marks[word * 32u + bit];
            let reach = reach_px(mark);
            touches = all(mark.rect_px.xy - reach < high_px) && all(mark.rect_px.zw + reach > low_px);
        } else {
            let disc = (word - tiles.mark_words) * 32u + bit;
            let center_px = discs[disc].center_px;
            let away = center_px - clamp(center_px, low_px, high_px);
            let reach = discs[disc].radius_px + 0.5;
            touches = dot(away, away) < reach * reach;
        }
        touching |= select(0u, 1u << bit, touches);
    }
    return touching;
}

// Draws the things of a word over four pixels, which have one x and four y.
fn with_word(below: Pixels, word: u32, bits: u32, x: f32, y: vec4<f32>) -> Pixels {
    var pixels = below;
    var left = bits;
    while left != 0u {
        let bit = firstTrailingBit(left);
        left &= left - 1u;
        if word < tiles.mark_words {
            let mark = marks[word * 32u + bit];
            pixels = over(pixels, mark.color, mark_opacities(mark, x, y));
        } else {
            let disc = discs[(word - tiles.mark_words) * 32u + bit];
            pixels = over(pixels, disc.color, disc_opacities(disc, x, y));
        }
    }
    return pixels;
}

fn mark_opacities(mark: Mark, x: f32, y: vec4<f32>) -> vec4<f32> {
    let center_px = (mark.rect_px.xy + mark.rect_px.zw) * 0.5;
    let shape = vec4<f32>((mark.rect_px.zw - mark.rect_px.xy) * 0.5, mark.corner_px, mark.stroke_px);
    let across = x - center_px.x;
    let down = y - center_px.y;
    let coverage = vec4<f32>(
        mark_coverage(vec2<f32>(across, down.x), shape),
        mark_coverage(vec2<f32>(across, down.y), shape),
        mark_coverage(vec2<f32>(across, down.z), shape),
        mark_coverage(vec2<f32>(across, down.w), shape),
    );
    return coverage * (f32(mark.color >> 24u) / 255.0);
}

fn disc_opacities(disc: Disc, x: f32, y: vec4<f32>) -> vec4<f32> {
    let shape = vec4<f32>(disc.radius_px, disc.rim_px, disc.fill, disc.rim);
    let across = x - disc.center_px.x;
    let down = y - disc.center_px.y;
    let distance_px = sqrt(across * across + down * down);
    return vec4<f32>(
        disc_opacity(distance_px.x, shape),
        disc_opacity(distance_px.y, shape),
        disc_opacity(distance_px.z, shape),
        disc_opacity(distance_px.w, shape),
    );
}

// A colour over four pixels. Shares are 65,536ths, whole numbers as all that is computed with them.
fn over(below: Pixels, color: u32, opacity: vec4<f32>) -> Pixels {
    let share = round(opacity * WHOLE);
    let keep = WHOLE - share;
    var out: Pixels;
    out.red = blended(below.red, keep, share * f32(color & 255u));
    out.green = blended(below.green, keep, share * f32(color >> 8u & 255u));
    out.blue = blended(below.blue, keep, share * f32(color >> 16u & 255u));
    out.alpha = blended(below.alpha, keep, share * 255.0);
    return out;
}

const WHOLE: f32 = 65536.0;

fn blended(below: vec4<f32>, keep: vec4<f32>, add: vec4<f32>) -> vec4<f32> {
    return floor((below * keep + add + WHOLE * 0.5) / WHOLE);
}

fn store(px: vec2<u32>, color: vec4<f32>) {
    if all(px < textureDimensions(picture)) {
        textureStore(picture, px, color / 255.0);
    }
}
