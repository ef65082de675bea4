// RGBA to the samples that encoders take, tile by tile of 16x16 pixels, each with a stamp: a hash of its
// samples. Stands behind bt709.wgsl, whose arithmetic it uses; chroma is the mean of four pixels, sited in
// their centre. `output/pixels.rs` converts alike on the CPU, a test holds the two together.
// One invocation turns 4x2 pixels into two words of luma and one of chroma; a workgroup has four tiles.

struct Planes {
    // Width and height of the picture in pixels, both even.
    size_px: vec2<u32>,
    // Tiles across and down.
    tiles: vec2<u32>,
    // 1 where all tiles are to be written, 0 where those that changed will do.
    whole: u32,
    padding: u32,
}

// Words of a tile: 16 rows of 4 words of luma, then 8 rows of 4 words of chroma, blue and red in turn.
const TILE_WORDS: u32 = 96u;
const LUMA_WORDS: u32 = 64u;

@group(0) @binding(0) var picture: texture_2d<f32>;
// The tiles, row by row from the top left; then two words for each, its stamp.
@group(0) @binding(1) var<storage, read_write> samples: array<u32>;
@group(0) @binding(2) var<uniform> planes: Planes;
// Stamps of the picture before.
@group(0) @binding(3) var<storage, read_write> held: array<vec2<u32>>;

// Both halves of the stamps of a workgroup's tiles.
var<workgroup> stamps: array<atomic<u32>, 8>;

// Beyond the picture its last pixels go on.
fn rgb(x: u32, y: u32) -> vec3<i32> {
    let last = planes.size_px - 1u;
    return channels(textureLoad(picture, min(vec2<u32>(x, y), last), 0).rgb);
}

fn luma_word(a: vec3<i32>, b: vec3<i32>, c: vec3<i32>, d: vec3<i32>) -> u32 {
    return luma(a) | luma(b) << 8u | luma(c) << 16u | luma(d) << 24u;
}

// Two pairs of chroma, each of the sum of four pixels.
fn chroma_word(left: vec3<i32>, right: vec3<i32>) -> u32 {
    let a = chroma(left);
    let b = chroma(right);
    return a.x | a.y << 8u | b.x << 16u | b.y << 24u;
}

// PCG hash of one word (Jarzynski and Olano, "Hash Functions for GPU Rendering", JCGT 9(3), 2020): a
// permutation, so a tile in which one word changed always has another stamp.
fn pcg(word: u32) -> u32 {
    let state = word * 747796405u + 2891336453u;
    let mixed = ((state >> ((state >> 28u) + 4u)) ^ state) * 277803737u;
    return (mixed >> 22u) ^ mixed;
}

// The share of a word at a place of its tile in the two sums that are the tile's stamp.
fn share(word: u32, place: u32) -> vec2<u32> {
    let first = pcg(word ^ (place * 0x9e3779b9u));
    return vec2<u32>(first, pcg(first ^ (place + 0x85ebca6bu)));
}

@compute @workgroup_size(16, 8)
fn convert(@builtin(global_invocation_id) id: vec3<u32>, @builtin(local_invocation_id) at: vec3<u32>) {
    let local = at.y * 16u + at.x;
    if local < 8u {
        atomicStore(&stamps[local], 0u);
    }
    workgroupBarrier();

    let x = id.x * 4u;
    let y = id.y * 2u;
    let a0 = rgb(x, y);
    let a1 = rgb(x + 1u, y);
    let a2 = rgb(x + 2u, y);
    let a3 = rgb(x + 3u, y);
    let b0 = rgb(x, y + 1u);
    let b1 = rgb(x + 1u, y + 1u);
    let b2 = rgb(x + 2u, y + 1u);
    let b3 = rgb(x + 3u, y + 1u);
    let above = luma_word(a0, a1, a2, a3);
    let below = luma_word(b0, b1, b2, b3);
    let differences = chroma_word(a0 + a1 + b0 + b1, a2 + a3 + b2 + b3);

    // Places of the three words in their tile.
    let column = at.x % 4u;
    let above_at = at.y * 8u + column;
    let below_at = above_at + 4u;
    let chroma_at = LUMA_WORDS + at.y * 4u + column;
    let sum = share(above, above_at) + share(below, below_at) + share(differences, chroma_at);
    let slot = at.x / 4u * 2u;
    atomicAdd(&stamps[slot], sum.x);
    atomicAdd(&stamps[slot + 1u], sum.y);
    workgroupBarrier();

    let tile_at = vec2<u32>(id.x / 4u, id.y / 8u);
    let inside = all(tile_at < planes.tiles);
    let tile = select(0u, tile_at.y * planes.tiles.x + tile_at.x, inside);
    let stamp = vec2<u32>(atomicLoad(&stamps[slot]), atomicLoad(&stamps[slot + 1u]));
    let changed = any(stamp != held[tile]);
    if inside && (planes.whole == 1u || changed) {
        let start = tile * TILE_WORDS;
        samples[start + above_at] = above;
        samples[start + below_at] = below;
        samples[start + chroma_at] = differences;
    }
    // All have read the stamp of before when one of them writes the new one.
    storageBarrier();
    if inside && column == 0u && at.y == 0u {
        held[tile] = stamp;
        let end = planes.tiles.x * planes.tiles.y * TILE_WORDS;
        samples[end + tile * 2u] = stamp.x;
        samples[end + tile * 2u + 1u] = stamp.y;
    }
}
