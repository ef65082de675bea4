//! The motion of a bubble: the twin of `shaders/bubble.wgsl`, same names, same order, same arithmetic.
//! A test runs both over random bubbles. Knows a flight's two ends, not what stands there.

/// Share of a flight in which a bubble fades in after its departure.
pub const FADE_IN: f32 = 0.03;
/// Share of a flight from which on it fades out before its arrival.
pub const FADE_OUT: f32 = 0.96;
/// Weight of the smooth step in the way across; the rest is uniform, so that speed never stalls.
pub const EASE: f32 = 0.6;

/// Share of a flight after which a bubble passes its gate.
pub const GATE: f32 = 0.45;

/// Share of its opacity that the faintest bubble keeps that is drawn larger than it is.
pub const FAINTEST: f32 = 0.5;

/// Bits of [`Instance::route`] that hold the port slot: more than a million slots, as many as a log has hosts.
pub const SLOT_BITS: u32 = 20;

/// A bubble as the GPU holds it: 16 bytes.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Instance {
    /// Departure in ticks of film.
    pub tick: u32,
    /// Slot of the bubble's end in the low [`SLOT_BITS`], row of the source column above.
    pub route: u32,
    /// Packets, as a float.
    pub packets: f32,
    /// A hash of the bubble's source and port, which its jitter follows together with `tick`.
    pub seed: u32,
}

/// Share of the flight that is done, 0 to 1: an integer difference first, so nothing is lost to
/// rounding at the end of a long film.
#[must_use]
pub fn progress(now_tick: u32, tick: u32, flights_per_tick: f32) -> f32 {
    (now_tick.saturating_sub(tick) as f32 * flights_per_tick).clamp(0.0, 1.0)
}

/// PCG hash of one word (Jarzynski and Olano, "Hash Functions for GPU Rendering", JCGT 9(3), 2020).
#[must_use]
pub fn pcg(word: u32) -> u32 {
    let state = word.wrapping_mul(747_796_405).wrapping_add(2_891_336_453);
    let mixed = ((state >> ((state >> 28) + 4)) ^ state).wrapping_mul(277_803_737);
    (mixed >> 22) ^ mixed
}

/// The offset of a bubble's landing from its port: both parts from -1 to 1, by what the bubble is and not by how
/// the log numbers it.
#[must_use]
pub fn jitter(bubble: Instance) -> [f32; 2] {
    let hash = pcg(bubble.tick ^ bubble.seed);
    [unit(hash & 0xffff), unit(hash >> 16)]
}

/// Sixteen bits to -1 to 1.
fn unit(bits: u32) -> f32 {
    bits as f32 / 32767.5 - 1.0
}

/// The smooth step 3t² - 2t³.
#[must_use]
pub fn smooth_step(t: f32) -> f32 {
    t * t * (3.0 - 2.0 * t)
}

/// Centre of a bubble that has done `t` of its way from `from` to `to`, in pixels. Across it moves
/// at a nearly steady pace, up and down it follows the smooth step: streams part early and meet softly.
#[must_use]
pub fn position(t: f32, from: [f32; 2], to: [f32; 2]) -> [f32; 2] {
    let across = t + (smooth_step(t) - t) * EASE;
    [
        from[0] + (to[0] - from[0]) * across,
        from[1] + (to[1] - from[1]) * smooth_step(t),
    ]
}

/// Centre of a bubble that passes a gate on its way: it is there when it has done [`GATE`] of it, and moves level
/// then, so that its path has no corner.
#[must_use]
pub fn position_by(t: f32, from: [f32; 2], gate: [f32; 2], to: [f32; 2]) -> [f32; 2] {
    let near = smooth_step((t / GATE).min((1.0 - t) / (1.0 - GATE)));
    let far_y = if t < GATE { from[1] } else { to[1] };
    let free = position(t, from, to);
    let passing = position(GATE, from, to);
    [
        free[0] + (gate[0] - passing[0]) * near,
        far_y + (gate[1] - far_y) * near,
    ]
}

/// Radius in pixels: the area is proportional to the packets, down to the least that is still seen.
#[must_use]
pub fn radius(packets: f32, one_packet_px: f32, least_px: f32) -> f32 {
    (one_packet_px * packets.sqrt()).max(least_px)
}

/// Opacity of a bubble by its size: one that is drawn larger than it is is fainter, so that the light of a bundle is
/// its traffic.
#[must_use]
pub fn faintness(packets: f32, one_packet_px: f32, least_px: f32) -> f32 {
    let size_px = one_packet_px * packets.sqrt();
    let share = size_px / size_px.max(least_px);
    (share * share).max(FAINTEST)
}

/// Opacity of a bubble over its flight: it appears and lands within a tenth of a second.
#[must_use]
pub fn fade(t: f32) -> f32 {
    (t / FADE_IN).clamp(0.0, 1.0) * ((1.0 - t) / (1.0 - FADE_OUT)).clamp(0.0, 1.0)
}
