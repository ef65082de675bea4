// What every shader knows of a frame; `gpu/data.rs` holds the same struct, a test compares them.
struct FrameUniform {
    // Width and height of the picture in pixels.
    size_px: vec2<f32>,
    // Film time of this frame in ticks.
    now_tick: u32,
    // Share of a flight in a tick.
    flights_per_tick: f32,
    // Radius of a bubble of one packet, in pixels.
    one_packet_px: f32,
    // Largest offset of a bubble from its end at landing, in pixels.
    jitter_px: f32,
    // Pixels in a unit of the composition (a 2160th of the height).
    unit_px: f32,
    // Share of its opacity that a bubble keeps that is not lit.
    dim: f32,
    // Where bubbles land on each side, UDP, TCP and hosts: x in pixels.
    ends_x_px: vec3<f32>,
    // The least radius of a bubble in pixels, 0 where there is none.
    least_px: f32,
    // The first slots of the second and of the third side.
    sides_from: vec2<u32>,
    // The row and the slot that are lit; `ANY` is all of them.
    focus_row: u32,
    focus_slot: u32,
    // Where bubbles pass gates: x on the first and on the second side, in pixels; and whether there are any.
    gates_x_px: vec2<f32>,
    has_gates: u32,
    // Only bubbles that pass this gate are lit, or all.
    focus_gate: u32,
    // The slot to which bubbles that fly to hosts are lit, in place of `focus_slot`.
    focus_host: u32,
}

const ANY: u32 = 0xffffffffu;

@group(0) @binding(0) var<uniform> frame: FrameUniform;

// Pixels from the top left to clip space.
fn clip_from_px(px: vec2<f32>) -> vec4<f32> {
    let unit = px / frame.size_px;
    return vec4<f32>(unit.x * 2.0 - 1.0, 1.0 - unit.y * 2.0, 0.0, 1.0);
}

// sRGB bytes to premultiplied colour: blending happens in the non-linear space, as on the web.
fn premultiplied(rgb: vec3<f32>, alpha: f32) -> vec4<f32> {
    return vec4<f32>(rgb * alpha, alpha);
}

// Corner 0 to 3 of a triangle strip: (0,0), (1,0), (0,1), (1,1).
fn corner(index: u32) -> vec2<f32> {
    return vec2<f32>(f32(index & 1u), f32(index >> 1u));
}
