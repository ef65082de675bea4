// Where the bubbles of a frame are and what they look like: discs with a translucent fill and a crisp rim.
// The functions up to `fade` are the twin of `src/scene/motion.rs`: same names, same order.

struct Bubble {
    tick: u32,
    route: u32,
    packets: f32,
    seed: u32,
}

// A row of the source column: where its bubbles depart to each side, and their colour as packed sRGB bytes.
struct Row {
    starts_px: array<vec2<f32>, 3>,
    color: u32,
    padding: u32,
}

// A bubble to be drawn: where it is in `bubbles`, and where it lands and passes its gate, in pixels from the top.
struct Flight {
    index: u32,
    landing_px: f32,
    gate_px: f32,
    // The number of that gate, 0 where there are none.
    gate: u32,
}

@group(0) @binding(1) var<storage, read> bubbles: array<Bubble>;
@group(0) @binding(2) var<storage, read> flights: array<Flight>;
@group(0) @binding(3) var<storage, read> rows: array<Row>;

const FADE_IN: f32 = 0.03;
const FADE_OUT: f32 = 0.96;
const EASE: f32 = 0.6;
const GATE: f32 = 0.45;
const FAINTEST: f32 = 0.5;
const SLOT_BITS: u32 = 20u;

fn progress(now_tick: u32, tick: u32, flights_per_tick: f32) -> f32 {
    let ticks = select(0u, now_tick - tick, now_tick > tick);
    return clamp(f32(ticks) * flights_per_tick, 0.0, 1.0);
}

fn pcg(word: u32) -> u32 {
    let state = word * 747796405u + 2891336453u;
    let mixed = ((state >> ((state >> 28u) + 4u)) ^ state) * 277803737u;
    return (mixed >> 22u) ^ mixed;
}

fn jitter(bubble: Bubble) -> vec2<f32> {
    let hash = pcg(bubble.tick ^ bubble.seed);
    return vec2<f32>(unit(hash & 0xffffu), unit(hash >> 16u));
}

fn unit(bits: u32) -> f32 {
    return f32(bits) / 32767.5 - 1.0;
}

fn smooth_step(t: f32) -> f32 {
    return t * t * (3.0 - 2.0 * t);
}

fn position(t: f32, start: vec2<f32>, end: vec2<f32>) -> vec2<f32> {
    let across = t + (smooth_step(t) - t) * EASE;
    return vec2<f32>(start.x + (end.x - start.x) * across, start.y + (end.y - start.y) * smooth_step(t));
}

fn position_by(t: f32, start: vec2<f32>, gate: vec2<f32>, end: vec2<f32>) -> vec2<f32> {
    let near = smooth_step(min(t / GATE, (1.0 - t) / (1.0 - GATE)));
    let far_y = select(end.y, start.y, t < GATE);
    let free = position(t, start, end);
    let passing = position(GATE, start, end);
    return vec2<f32>(free.x + (gate.x - passing.x) * near, far_y + (gate.y - far_y) * near);
}

fn radius(packets: f32, one_packet_px: f32, least_px: f32) -> f32 {
    return max(one_packet_px * sqrt(packets), least_px);
}

fn faintness(packets: f32, one_packet_px: f32, least_px: f32) -> f32 {
    let size_px = one_packet_px * sqrt(packets);
    let share = size_px / max(size_px, least_px);
    return max(share * share, FAINTEST);
}

fn fade(t: f32) -> f32 {
    return clamp(t / FADE_IN, 0.0, 1.0) * clamp((1.0 - t) / (1.0 - FADE_OUT), 0.0, 1.0);
}

// Whether a bubble is lit: 1, or the share of its opacity that it keeps.
fn light(bubble: Bubble, gate: u32) -> f32 {
    let slot = bubble.route & ((1u << SLOT_BITS) - 1u);
    let row = bubble.route >> SLOT_BITS;
    let is_to_host = slot >= frame.sides_from.y;
    let to = select(frame.focus_slot, frame.focus_host, is_to_host);
    let by_itself = is_to_host && frame.focus_host != frame.focus_slot;
    let lit = (frame.focus_row == ANY || frame.focus_row == row)
        && (to == ANY || to == slot)
        && (by_itself || frame.focus_gate == ANY || frame.focus_gate == gate);
    return select(frame.dim, 1.0, lit);
}

// Centre of a bubble now, in pixels, and its progress.
fn place(bubble: Bubble, landing_px: f32, gate_px: f32) -> vec3<f32> {
    let slot = bubble.route & ((1u << SLOT_BITS) - 1u);
    let side = select(0u, 1u, slot >= frame.sides_from.x) + select(0u, 1u, slot >= frame.sides_from.y);
    let start = rows[bubble.route >> SLOT_BITS].starts_px[side];
    let end_px = vec2<f32>(frame.ends_x_px[side], landing_px);
    let end = end_px + jitter(bubble) * frame.jitter_px;
    let t = progress(frame.now_tick, bubble.tick, frame.flights_per_tick);
    // What flies to hosts passes no gate.
    if frame.has_gates == 0u || side == 2u {
        return vec3<f32>(position(t, start, end), t);
    }
    let gate = vec2<f32>(frame.gates_x_px[side], gate_px);
    return vec3<f32>(position_by(t, start, gate, end), t);
}

// The disc of a flight now.
fn disc_of(flight: Flight) -> Disc {
    let bubble = bubbles[flight.index];
    let placed = place(bubble, flight.landing_px, flight.gate_px);
    let radius_px = radius(bubble.packets, frame.one_packet_px, frame.least_px);
    // The larger, the more translucent: 12 units of radius (3 packets) are nearly opaque, a flood
    // of 5,716 packets (529 units) keeps a seventh, so that what it flies over shines through.
    let size = max(radius_px / (12.0 * frame.unit_px), 1.0);
    let opacity = fade(placed.z) * light(bubble, flight.gate) * faintness(bubble.packets, frame.one_packet_px, frame.least_px);
    // The rim grows slowly with the bubble, from 1.6 units to at most 6.
    let rim_px = clamp(0.012 * radius_px, 1.6 * frame.unit_px, 6.0 * frame.unit_px);

    var disc: Disc;
    disc.center_px = placed.xy;
    disc.radius_px = radius_px;
    disc.rim_px = max(rim_px, 1.0);
    // Never less than what can be told from the background.
    disc.fill = max(0.86 * pow(size, -0.48), 0.04) * opacity;
    disc.rim = 0.95 * pow(size, -0.08) * opacity;
    disc.color = rows[bubble.route >> SLOT_BITS].color;
    return disc;
}
