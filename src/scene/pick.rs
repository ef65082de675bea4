//! Finds the bubble, port, host, gate or source under the pointer, and the place of the activity line.
//! Reads a frame's tables; draws nothing.

use super::{Frame, Scene};

/// Something to point at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A bubble, by its index in the log.
    Bubble(usize),
    /// A port or a host, by its slot.
    End(usize),
    /// A gate, by its number.
    Gate(usize),
    /// A row of the middle column.
    Row(usize),
}

/// A bubble is hit this far beyond its rim, in units: a single packet at 720p has a radius of 2.3 pixels.
const SLACK: f32 = 8.0;
/// Larger bubbles than this, in units, let through what they fly over: names and ports come first.
const SMALL: f32 = 60.0;

impl Scene {
    /// The target at a position of a frame, in pixels: the smallest bubble there, else the port, host, gate or
    /// source, else a large bubble.
    #[must_use]
    pub fn pick(&self, frame: &Frame, at_px: [f32; 2]) -> Option<Target> {
        let bubble = self.bubble_at(frame, at_px);
        match bubble {
            Some((index, radius_px)) if radius_px <= SMALL * self.unit_px() => Some(Target::Bubble(index)),
            _ => (self.end_at(frame, at_px).map(Target::End))
                .or_else(|| self.gate_at(frame, at_px).map(Target::Gate))
                .or_else(|| self.row_at(at_px).map(Target::Row))
                .or_else(|| bubble.map(|(index, _)| Target::Bubble(index))),
        }
    }

    /// The smallest bubble at a position, and its radius in pixels.
    fn bubble_at(&self, frame: &Frame, [x, y]: [f32; 2]) -> Option<(usize, f32)> {
        // Drawn last, on top: the smallest.
        (0..frame.order.len()).rev().find_map(|at| {
            let index = frame.order[at] as usize;
            let placed = self.placed_at(at, frame);
            let [away_x, away_y] = [placed.center_px[0] - x, placed.center_px[1] - y];
            let reach_px = placed.radius_px + SLACK * self.unit_px();
            (away_x * away_x + away_y * away_y <= reach_px * reach_px).then_some((index, placed.radius_px))
        })
    }

    /// The port or host whose label or tick is at a position.
    fn end_at(&self, frame: &Frame, [x, y]: [f32; 2]) -> Option<usize> {
        self.layout
            .sides()
            .find_map(|side| self.end_of_side_at(side, frame, [x, y]))
    }

    fn end_of_side_at(&self, side: usize, frame: &Frame, [x, y]: [f32; 2]) -> Option<usize> {
        let slots = self.slots(side);
        let next = slots.start + partition_point(slots.len(), |at| self.end_px(slots.start + at, frame)[1] < y);
        // Of a host, all the room for its name and its packets. The nearer of the two; the larger label where it covers both.
        let candidates = [next.checked_sub(1), Some(next)].into_iter().flatten();
        let hit = |slot: usize| {
            let [port_x, port_y] = self.end_px(slot, frame);
            let place = self.place(slot, &frame.columns);
            let size_px = place.size;
            let outwards_px = (x - port_x) * self.layout.field(side).out();
            // A label of five digits and its service's name; a tick is as wide as the finger needs.
            let (wide_px, tall_px) = if side == 2 {
                (self.layout.host_width_px(), 0.5 * size_px.max(0.6 * place.height))
            } else {
                (5.0 * size_px, 0.5 * size_px)
            };
            let reach_px = wide_px.max(60.0 * self.unit_px());
            let tall_px = tall_px.max(5.0 * self.unit_px());
            let inside = (-12.0 * self.unit_px()..reach_px).contains(&outwards_px);
            let away_px = (port_y - y).abs();
            (inside && away_px <= tall_px).then_some((slot, away_px / tall_px))
        };
        let hits = candidates.filter(|slot| slots.contains(slot)).filter_map(hit);
        hits.min_by(|a, b| a.1.total_cmp(&b.1)).map(|(slot, _)| slot)
    }

    /// The gate that is at a position, or whose name is.
    fn gate_at(&self, frame: &Frame, [x, y]: [f32; 2]) -> Option<usize> {
        let (gates, standing) = (self.gates.as_ref()?, frame.gates.as_ref()?);
        // By the nearer one.
        let away_px = self.gates_x_px().map(|gate_px| (x - gate_px).abs());
        let side = usize::from(away_px[1] < away_px[0]);
        let unit_px = self.unit_px();
        let top_px = self.layout.column_top_px(side);
        let is_hit = |number: usize| {
            let place = &standing.places[number];
            let y_px = top_px + place.center;
            let near_px = SLACK * unit_px;
            let half_px = self.layout.gate_half_px(place) + near_px;
            let on_gate = (x - self.gates_x_px()[side]).abs() <= 2.0 * near_px && (y - y_px).abs() <= half_px;
            let few = gates.places().are_few();
            let label = || {
                self.layout
                    .gate_label(side, place, y_px, standing.lights[number], few, gates.name(number))
            };
            let on_name = || {
                let [left, top, right, bottom] = self.layout.text_box_px(&label());
                (left..=right).contains(&x) && (top..=bottom).contains(&y)
            };
            on_gate || gates.is_named(number) && on_name()
        };
        // A name may reach over the places of its quiet neighbours.
        gates.of_side(side).filter(|number| is_hit(*number)).min_by(|a, b| {
            let away_px = |number: usize| (top_px + standing.places[number].center - y).abs();
            away_px(*a).total_cmp(&away_px(*b))
        })
    }

    /// The row whose name or bars are at a position.
    fn row_at(&self, [x, y]: [f32; 2]) -> Option<usize> {
        let pitch_px = self.layout.row_pitch_px();
        self.layout.panels().find_map(|side| {
            let [left_px, right_px] = self.layout.names_between_px(side);
            let y = y - self.layout.field(side).down_px;
            let is_beside = (left_px..=right_px).contains(&x);
            self.rows
                .iter()
                .position(|row| is_beside && (row.y_px - y).abs() <= pitch_px / 2.0)
        })
    }

    /// The row of a bubble.
    #[must_use]
    pub fn row_of(&self, bubble: usize) -> usize {
        self.row_of_source[self.flights.bubbles.source(bubble) as usize] as usize
    }

    /// Radius of a bubble in pixels.
    #[must_use]
    pub fn radius_px(&self, bubble: usize) -> f32 {
        let packets = self.flights.bubbles.packets(bubble) as f32;
        super::motion::radius(packets, self.one_packet_px(), self.least_px())
    }

    /// The activity line with its playhead: left, top, right, bottom in pixels.
    #[must_use]
    pub fn activity_px(&self) -> [f32; 4] {
        self.layout.activity_px()
    }
}

/// The first number of `0..count` that is not `low`, by halving; those that are low come first.
fn partition_point(count: usize, low: impl Fn(usize) -> bool) -> usize {
    let (mut from, mut to) = (0, count);
    while from < to {
        let middle = from + (to - from) / 2;
        if low(middle) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    from
}
