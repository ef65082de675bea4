//! Where the panels of a picture stand: ports, hosts, or both, and in each the fields in which bubbles fly from
//! sources to ends. Lengths of the composition are in units, of which [`Panels::unit_px`] is one; all else is in pixels.

use crate::log::{SIDES, View};
use crate::unit::HEIGHT;

/// Distance of texts and lines from the picture's edge.
pub const MARGIN: f32 = 80.0;
/// Top and bottom of the columns; what is in the lower half is counted from the picture's bottom.
pub const COLUMN: [f32; 2] = [186.0, 1936.0];
/// Units of pictures for small screens are larger by this.
const LARGE: f32 = 1.4;
/// Height of a line of a caption.
pub const CAPTION_LINE: f32 = 72.0;
/// Room above and below captions.
const CAPTION_GAP: f32 = 44.0;
/// Half the width kept for source names between two fields.
pub const NAME_HALF: f32 = 176.0;

/// Below this width the composition shrinks: in pictures as wide as high or wider, and in those of 9:16 or narrower.
const FULL_WIDTH: [f32; 2] = [3240.0, 2700.0];
/// Width over height of pictures from which to which the one becomes the other.
const UPRIGHT: [f32; 2] = [1.0, 9.0 / 16.0];
/// Width over height of pictures from which on two panels stand beside each other, and below each other else.
const BESIDE: f32 = 1.4;
/// The width of two panels beside each other.
const BOTH_WIDTH: f32 = 3840.0;
/// Share of it that ports have, with two fields: hosts have one.
const PORTS_SHARE: f32 = 0.6;
/// Distance of the port columns from their panel's edge: as a share of its width, and at least.
const PORT_X: [f32; 2] = [0.166, 537.0];
/// The same with hosts beside them.
const NEAR_PORT_X: [f32; 2] = [0.174, 400.0];
/// Distance of sources and of hosts from the edges of their panel, as a share of its width.
const HOST_X: f32 = 0.3;
/// The same with ports beside them: of sources, and of hosts.
const NEAR_HOST_X: [f32; 2] = [0.31, 0.34];
/// Distance of names from the line that they stand at.
const GAP: f32 = 12.0;
/// Length of the longest bar beside a name, with its panel alone, and with another beside it.
const BAR: [f32; 2] = [320.0, 150.0];

/// The field between sources and the ends of one side.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Field {
    /// The x at which bubbles leave.
    pub from_px: f32,
    /// The x at which they land: the inner edge of the column of ends.
    pub to_px: f32,
    /// The x at which the bars of sources begin.
    pub bar_px: f32,
    /// The direction of those bars: -1 to the left, 1 to the right.
    pub bar_out: f32,
    /// Whether there is room for those bars.
    pub has_bars: bool,
    /// How far its panel is below the uppermost.
    pub down_px: f32,
    /// The outer edge of its heading.
    pub edge_px: f32,
}

impl Field {
    /// The direction of its flights: -1 to the left, 1 to the right.
    pub fn out(&self) -> f32 {
        if self.to_px < self.from_px { -1.0 } else { 1.0 }
    }
}

/// What the panels of a picture follow from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shape {
    /// Width and height of the picture, in pixels.
    pub size_px: [f32; 2],
    /// What is in view.
    pub view: View,
    /// Whether texts and bubbles are larger, for a small screen.
    pub large: bool,
    /// The most lines that a caption of the film has.
    pub caption_lines: usize,
}

impl Shape {
    /// Room between the columns and the foot of the picture that is kept for captions, in units.
    fn captions(&self) -> f32 {
        match self.caption_lines {
            0 => 0.0,
            lines => CAPTION_GAP + lines as f32 * CAPTION_LINE,
        }
    }
}

/// The panels of a picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Panels {
    view: View,
    /// Pixels in a unit.
    pub unit_px: f32,
    /// Height of a panel, with the foot of the picture.
    pub height_px: f32,
    /// Height of what is below the columns: captions, activity and dates.
    pub foot_px: f32,
    /// The fields of UDP, TCP and hosts; of those that are not in view, zeros.
    pub fields: [Field; SIDES],
    /// Where clock and title stand.
    pub middle_px: f32,
    /// The width that they have, with the headings beside them.
    pub head_px: f32,
    /// Length of the longest bar, in units.
    pub bar: f32,
    /// Radius of a bubble over that in a picture of one panel.
    pub shrink: f32,
}

impl Panels {
    /// The panels of a picture.
    pub fn new(picture: &Shape) -> Self {
        let Shape {
            size_px: [width_px, height_px],
            view,
            large,
            ..
        } = *picture;
        let tall = height_px / HEIGHT;
        let shape = width_px / height_px;
        let beside = view == View::PortsAndHosts && shape >= BESIDE;
        let below = view == View::PortsAndHosts && !beside;
        let upright = ((UPRIGHT[0] - shape) / (UPRIGHT[0] - UPRIGHT[1])).clamp(0.0, 1.0);
        let full_width = if beside {
            BOTH_WIDTH
        } else if below {
            FULL_WIDTH[0]
        } else {
            FULL_WIDTH[0] + (FULL_WIDTH[1] - FULL_WIDTH[0]) * upright
        };
        let unit_px = tall * (width_px / tall / full_width).min(1.0) * if large { LARGE } else { 1.0 };
        let foot_px = (HEIGHT - COLUMN[1] + picture.captions()) * unit_px;
        let down_px = if below { (height_px - foot_px) / 2.0 } else { 0.0 };
        let ports_px = if beside { PORTS_SHARE * width_px } else { width_px };
        let margin_px = MARGIN * unit_px;
        let mut panels = Self {
            view,
            unit_px,
            // A gap of half the foot between panels below each other.
            height_px: if below { down_px + foot_px / 2.0 } else { height_px },
            foot_px,
            fields: [Field::default(); SIDES],
            middle_px: ports_px / 2.0,
            head_px: ports_px,
            bar: BAR[usize::from(beside)],
            // Of what is larger, bubbles are the least: they would cover the picture.
            shrink: if large { LARGE.sqrt().recip() } else { 1.0 },
        };
        if view.has_ports() {
            let [share, least] = if beside { NEAR_PORT_X } else { PORT_X };
            let from_edge_px = (ports_px * share).max(least * unit_px);
            for (side, out) in [(0, -1.0), (1, 1.0)] {
                let from_px = panels.middle_px + out * NAME_HALF * unit_px;
                let right_px = if beside { ports_px } else { ports_px - margin_px };
                panels.fields[side] = Field {
                    from_px,
                    to_px: panels.middle_px + out * (ports_px / 2.0 - from_edge_px),
                    bar_px: from_px,
                    bar_out: out,
                    has_bars: true,
                    down_px: 0.0,
                    edge_px: if out < 0.0 { margin_px } else { right_px },
                };
            }
        }
        if view.has_hosts() {
            let left_px = if beside { ports_px } else { 0.0 };
            let of_panel_px = width_px - left_px;
            let [from, to] = if beside { NEAR_HOST_X } else { [HOST_X; 2] };
            let from_px = left_px + of_panel_px * from;
            panels.fields[2] = Field {
                from_px,
                to_px: width_px - of_panel_px * to,
                bar_px: from_px - 2.0 * (NAME_HALF + GAP) * unit_px,
                bar_out: -1.0,
                // Beside ports, names of services stand there, and the bars beside the same names.
                has_bars: !beside,
                down_px,
                edge_px: width_px - margin_px,
            };
        }
        if large && view.has_hosts() && !beside {
            // Bars and their packets, of seven figures, stay in the picture.
            let room = (panels.fields[2].bar_px - margin_px) / unit_px - 180.0;
            panels.bar = panels.bar.min(room.max(20.0));
        }
        if beside || below {
            // Two panels have less room for bubbles, by their area.
            let one = Self::new(&Shape {
                view: View::Ports,
                ..*picture
            });
            let across_px = |panels: &Self| panels.fields[1].to_px - panels.fields[1].from_px;
            let area = |panels: &Self| across_px(panels) * panels.column_px();
            // In units, which differ.
            let share = area(&panels) / area(&one) * (one.unit_px / panels.unit_px).powi(2);
            panels.shrink *= share.sqrt().min(1.0);
        }
        panels
    }

    /// Height of the columns.
    pub fn column_px(&self) -> f32 {
        self.height_px - COLUMN[0] * self.unit_px - self.foot_px
    }

    /// Sides in view, from UDP on.
    pub fn sides(&self) -> impl Iterator<Item = usize> + use<> {
        let view = self.view;
        (0..SIDES).filter(move |side| if *side < 2 { view.has_ports() } else { view.has_hosts() })
    }

    /// The panels, each by one of its sides.
    pub fn by_side(&self) -> impl Iterator<Item = usize> + use<> {
        self.sides().filter(|side| *side != 0)
    }

    /// Where source names stand in the panel of a side: the x of their middle between two fields, of their end before
    /// one.
    pub fn names_px(&self, side: usize) -> f32 {
        if side == 2 {
            self.fields[2].from_px - GAP * self.unit_px
        } else {
            self.middle_px
        }
    }
}
