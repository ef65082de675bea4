// RGBA to NV12, BT.709 limited range (ITU-R BT.709-6, section 3; chroma is the mean of four pixels,
// as `yuv` makes it on the CPU: a test holds them within one step of each other).
// One invocation turns 4x2 pixels into two words of luma and one of chroma.

struct Nv12 {
    // Width and height of the picture in pixels, both even.
    size_px: vec2<u32>,
    // Words of four samples from one row to the next, in both planes.
    row_words: u32,
    padding: u32,
}

@group(0) @binding(0) var picture: texture_2d<f32>;
@group(0) @binding(1) var<storage, read_write> planes: array<u32>;
@group(0) @binding(2) var<uniform> nv12: Nv12;

const LUMA: vec3<f32> = vec3<f32>(0.2126, 0.7152, 0.0722);

fn rgb(x: u32, y: u32) -> vec3<f32> {
    // The last block of a row may reach beyond a width that is no multiple of four.
    return textureLoad(picture, vec2<u32>(min(x, nv12.size_px.x - 1u), y), 0).rgb;
}

// A sample of 0 to 255 at its place in a word.
fn sample_bits(value: f32, place: u32) -> u32 {
    return u32(clamp(value + 0.5, 0.0, 255.0)) << (place * 8u);
}

fn luma_word(a: vec3<f32>, b: vec3<f32>, c: vec3<f32>, d: vec3<f32>) -> u32 {
    return sample_bits(16.0 + 219.0 * dot(a, LUMA), 0u)
        | sample_bits(16.0 + 219.0 * dot(b, LUMA), 1u)
        | sample_bits(16.0 + 219.0 * dot(c, LUMA), 2u)
        | sample_bits(16.0 + 219.0 * dot(d, LUMA), 3u);
}

fn chroma_pair(mean: vec3<f32>, place: u32) -> u32 {
    let luma = dot(mean, LUMA);
    return sample_bits(128.0 + 224.0 * (mean.b - luma) / 1.8556, place)
        | sample_bits(128.0 + 224.0 * (mean.r - luma) / 1.5748, place + 1u);
}

@compute @workgroup_size(16, 8)
fn convert(@builtin(global_invocation_id) id: vec3<u32>) {
    let x = id.x * 4u;
    let y = id.y * 2u;
    if x >= nv12.size_px.x || y >= nv12.size_px.y {
        return;
    }
    let a0 = rgb(x, y);
    let a1 = rgb(x + 1u, y);
    let a2 = rgb(x + 2u, y);
    let a3 = rgb(x + 3u, y);
    let b0 = rgb(x, y + 1u);
    let b1 = rgb(x + 1u, y + 1u);
    let b2 = rgb(x + 2u, y + 1u);
    let b3 = rgb(x + 3u, y + 1u);
    planes[y * nv12.row_words + id.x] = luma_word(a0, a1, a2, a3);
    planes[(y + 1u) * nv12.row_words + id.x] = luma_word(b0, b1, b2, b3);
    planes[(nv12.size_px.y + id.y) * nv12.row_words + id.x] =
        chroma_pair((a0 + a1 + b0 + b1) * 0.25, 0u) | chroma_pair((a2 + a3 + b2 + b3) * 0.25, 2u);
}
