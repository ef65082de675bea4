// Non-linear RGB to BT.709 limited range (ITU-R BT.709-6, section 3) in integers, rounded to nearest.
// The twin of `src/output/bt709.rs`: a test holds the two equal over all colours.

// Weights of red, green and blue in luma, in 32,768ths of a step for each step of a channel.
const LUMA: vec3<i32> = vec3<i32>(5983, 20127, 2032);
// 16, and half a step to round by.
const LUMA_OFFSET: i32 = 540672;
const LUMA_BITS: u32 = 15u;

// Weights in the blue and the red difference of the sum of four pixels, in 262,144ths.
const BLUE_DIFFERENCE: vec3<i32> = vec3<i32>(-6596, -22188, 28784);
const RED_DIFFERENCE: vec3<i32> = vec3<i32>(28784, -26145, -2639);
// 128, and half a step to round by.
const CHROMA_OFFSET: i32 = 33685504;
const CHROMA_BITS: u32 = 18u;

// A pixel as a texture of eight bits a channel gives it, in channels of 0 to 255.
fn channels(color: vec3<f32>) -> vec3<i32> {
    return vec3<i32>(color * 255.0 + 0.5);
}

// Luma of a pixel, 16 to 235.
fn luma(rgb: vec3<i32>) -> u32 {
    return u32((dot(rgb, LUMA) + LUMA_OFFSET) >> LUMA_BITS);
}

// Blue and red difference of four pixels, 16 to 240, by the sum of their channels.
fn chroma(sum: vec3<i32>) -> vec2<u32> {
    let differences = vec2<i32>(dot(sum, BLUE_DIFFERENCE), dot(sum, RED_DIFFERENCE));
    return vec2<u32>((differences + CHROMA_OFFSET) >> vec2<u32>(CHROMA_BITS));
}
