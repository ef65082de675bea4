//! The composition: where the parts of a picture stand and how large they are.
//! One unit is a 2160th of the picture's height, so 720p and 4K show the same picture; in pictures
//! narrower than 3:2 it shrinks with the width, and the columns take the height that is left.
//! All that leaves here is in pixels.

use std::sync::Arc;

use super::cards::Card;
use super::colors::{self, Palette, Rgba, Theme};
use super::column::{self, Place};
use super::panels::{CAPTION_LINE, COLUMN, Field, MARGIN, Panels, Shape};
use super::rows::SourceRow;
use super::wrapping::in_lines;
use crate::log::SIDES;
use crate::model::Measure;
use crate::timeline::{NS, Timeline};
use crate::unit::{HEIGHT, RADIUS, Sizes};
use crate::words::{civil, clock_text, figure, figure_of, short_amount, spoken_duration};

/// Largest offset of a bubble from its port at landing.
const JITTER: f32 = 9.0;
/// Distance of gates from the bars, as a share of the way to the ports: a third of a wide picture from its edge.
const GATE_SHARE: f32 = 0.43;
/// Half the height of a gate at most, and its width when it is quiet and when it is hot.
const GATE_HALF: f32 = 32.0;
const GATE_WIDTH: [f32; 2] = [4.0, 12.0];
/// Opacity of a gate when it is quiet and when it is hot.
const GATE_OPACITY: [f32; 2] = [0.3, 0.95];
/// Font sizes of the name of a gate, quiet and hot.
const GATE_NAME: [f32; 2] = [30.0, 44.0];
/// Font sizes of the name of a host at the end of flights, quiet and hot, where hosts are few.
const HOST_NAME: [f32; 2] = [36.0, 56.0];
/// Distance of names of hosts from the ends of flights.
const HOST_GAP: f32 = 24.0;
/// Share of the room beside hosts that their names have, where their packets stand behind them.
const HOST_NAMES: f32 = 0.56;
/// Room beside many hosts from which on their packets stand there.
const WIDE_HOSTS: f32 = 640.0;
/// Names of hosts are not shown up to the first size, and wholly from the second on: 8 pixels at 720p.
const HOST_LEGIBLE: [f32; 2] = [20.0, 24.0];
/// Size of a source's packets over that of its name.
const COUNT_SIZE: f32 = 0.86;
/// Doublings of the heat after which a gate is as bright as it gets.
const GATE_BRIGHT: f32 = 8.0;
/// Characters of the longest name of a gate shown whole: `2001:db8:1234:5678::/64, 37 hosts`.
const GATE_CHARS: f32 = 36.0;
/// Share of the column that the names of quiet gates take at most, so that hot ones can grow.
const GATES_SHARE: f32 = 0.72;
/// Length of a tick beside a port column.
const TICK: f32 = 15.0;
/// Ticks that may lie on each other. The sample's film at 720p and more has 4.4 at most.
const MOST_TICKS: f32 = 5.0;
/// Rows of the source column are at most this far apart.
const ROW_PITCH: f32 = 64.0;
/// Font size over the distance of rows, and the largest.
const NAME_SIZE: [f32; 2] = [0.78, 34.0];
/// Characters of the longest name shown whole.
const NAME_CHARS: usize = 25;
/// Labels below this size are ticks: at 720p it is 10 pixels, the least that is read on a slide.
const LEGIBLE: f32 = 30.0;
/// Labels fade in over this much of their size. Of those in a frame a twentieth is then on its way, at a contrast below
/// 4.5:1; over 4 it was a tenth, and over 1 those at the edge of a full column blink.
const FADE: f32 = 2.0;
/// Labels are fully opaque from this size on.
const BOLD: f32 = 56.0;
/// The largest label.
const LARGEST: f32 = 124.0;
/// Opacity of the least label: its contrast is 4.5:1 at least.
const LEAST_OPACITY: f32 = 0.62;
/// Services are named beside labels from this size on.
const SERVICE_FROM: f32 = 34.0;
/// Font sizes of services.
const SERVICE: [f32; 2] = [30.0, 34.0];
/// Size of the label of a port to which a large bubble flies.
pub const NAMED_PORT: f32 = 48.0;
/// Font size of the name of a bubble.
const FLIGHT_NAME: f32 = 30.0;
/// Packets in flight are told from this share of those that have arrived on.
const IN_FLIGHT_SHARE: u64 = 20;
/// The headings of the sides.
const HEADINGS: [&str; SIDES] = ["UDP", "TCP", "Hosts"];
/// Baseline of the dates.
const AXIS_Y: f32 = 2116.0;
/// Middle of the legend's circles.
const LEGEND_Y: f32 = 2058.0;
/// The line at the bottom: base and height of the activity.
const ACTIVITY: [f32; 2] = [2076.0, 92.0];
/// Units of the circles in the legend, from the right edge inwards.
const LEGEND_UNITS: [u64; 3] = [100, 10, 1];
/// The text beside the smallest dot of the legend, which some bubbles are that have fewer packets.
const LESS: &str = "less";
/// Font size of the legend and the dates.
const SMALL: f32 = 30.0;
/// Font size of captions.
const CAPTION: f32 = 56.0;
/// Letters of a line of a caption, at most.
const CAPTION_LETTERS: usize = 72;
/// Radius of the ring around what a caption speaks of.
const POINTER: f32 = 22.0;
/// Font sizes of a card: its heading and its lines.
const CARD: [f32; 2] = [104.0, 54.0];
/// Distance of a card's lines, over their font size.
const CARD_LINE: f32 = 1.7;
/// Letters of a title for which there has to be room between the counters, and its baseline and size where it stands
/// above the clock.
const TITLE_LETTERS: f32 = 30.0;
const TITLE_ABOVE: [f32; 2] = [30.0, 28.0];
/// Letters of a line of a card, at most.
const CARD_LETTERS: usize = 110;
/// A card that is too long is smaller by this, as many times as it takes, and this many times at most.
const CARD_STEP: f32 = 0.85;
const CARD_STEPS: i32 = 12;
/// The legend takes at most this share of the picture's width; circles that do not fit are left out.
const LEGEND_SHARE: f32 = 0.3;
/// Advance of a digit of IBM Plex Sans, in em.
const DIGIT_EM: f32 = 0.6;
/// Advance of a letter in the name of a bubble, which has figures and capitals, in em.
const NAME_EM: f32 = 0.58;
/// Advance of a letter of IBM Plex Sans, in em: a little more than the average of lower-case ones.
const LETTER_EM: f32 = 0.52;

/// The side of a text that is at its position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Its start.
    Left,
    /// Its middle.
    Center,
    /// Its end.
    Right,
}

/// Cut of the typeface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Face {
    /// IBM Plex Sans Regular.
    Regular,
    /// IBM Plex Sans Medium.
    Medium,
}

/// A line of text.
#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    /// The text itself.
    pub text: Arc<str>,
    /// Position of its start, middle or end, in pixels.
    pub x_px: f32,
    /// Position of its baseline.
    pub baseline_px: f32,
    /// Font size.
    pub size_px: f32,
    /// The side of the text that `x_px` is: its start, middle or end.
    pub align: Align,
    /// Cut.
    pub face: Face,
    /// Colour and opacity.
    pub color: Rgba,
}

/// A rectangle, or a ring where `stroke_px` is above 0. 32 bytes, as the GPU holds it.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Mark {
    /// Left, top, right, bottom in pixels.
    pub rect_px: [f32; 4],
    /// Colour and opacity.
    pub color: Rgba,
    /// Radius of the corners.
    pub corner_px: f32,
    /// Width of the ring's line, 0 for a filled rectangle.
    pub stroke_px: f32,
    /// Fills up the 32 bytes.
    pub padding: u32,
}

impl Mark {
    fn filled(rect_px: [f32; 4], color: Rgba) -> Self {
        Self {
            rect_px,
            color,
            corner_px: 0.0,
            stroke_px: 0.0,
            padding: 0,
        }
    }
}

/// A host at the end of flights, as it is in a frame.
#[derive(Debug)]
pub struct HostMark<'a> {
    pub place: Place,
    /// How bright it is, 0 to 1.
    pub light: f32,
    /// Whether all hosts have room for their names.
    pub is_few: bool,
    /// Its name, where it has one in the picture.
    pub name: Option<&'a Arc<str>>,
    /// Its packets as a share of the most that any has in the film.
    pub share: f32,
    /// Its packets in words.
    pub count: String,
    /// The share of its opacity that it keeps.
    pub lit: f32,
}

/// Sizes and positions for one picture size.
#[derive(Clone, Debug)]
pub struct Layout {
    palette: &'static Palette,
    width_px: f32,
    height_px: f32,
    panels: Panels,
    /// Pixels in a unit.
    unit: f32,
    row_pitch_px: f32,
    rows_top_px: f32,
    name_px: f32,
    sizes: Sizes,
    /// What is counted.
    measure: Measure,
    legend: Vec<LegendRing>,
    /// The text before the circles of the legend: `packets in 5 min`.
    legend_text: String,
    /// Where that text ends, and where the legend begins.
    legend_px: [f32; 2],
}

/// A circle of the legend.
#[derive(Clone, Debug)]
struct LegendRing {
    text: String,
    center_px: f32,
    radius_px: f32,
    text_px: f32,
}

impl Layout {
    /// The composition for a picture with `rows` rows in the middle, whose bubbles are the
    /// packets of `bin_ns` nanoseconds, of these sizes.
    pub fn new(picture: &Shape, rows: usize, theme: Theme, bin_ns: i64, sizes: Sizes, measure: Measure) -> Self {
        let [width_px, height_px] = picture.size_px;
        let panels = Panels::new(picture);
        let unit = panels.unit_px;
        let column_px = panels.column_px();
        let row_pitch_px = (column_px / rows.max(1) as f32).min(ROW_PITCH * height_px / HEIGHT);
        let rows_top_px = COLUMN[0] * unit + (column_px - row_pitch_px * rows as f32) / 2.0;
        let name_px = (row_pitch_px * NAME_SIZE[0]).min(NAME_SIZE[1] * unit);
        let mut layout = Self {
            palette: theme.palette(),
            width_px,
            height_px,
            panels,
            unit,
            row_pitch_px,
            rows_top_px,
            name_px,
            sizes,
            measure,
            legend: Vec::new(),
            legend_text: format!("{measure} in {}", spoken_duration(bin_ns.unsigned_abs())),
            legend_px: [0.0; 2],
        };
        layout.place_legend();
        layout
    }

    /// From the right edge inwards: a number, its circle, the next number ...
    fn place_legend(&mut self) {
        let right = self.width_px - self.margin_px();
        let mut left = right;
        let unit = self.sizes.unit;
        let one_unit_px = self.one_unit_px();
        let measure = self.measure;
        // A circle of more packets than can be counted is left out.
        let rings = LEGEND_UNITS.into_iter().filter_map(|units| {
            let text = short_amount(unit.checked_mul(units)?, measure);
            Some((text, one_unit_px * (units as f32).sqrt()))
        });
        let dot = self.sizes.enlarges().then(|| (LESS.to_owned(), self.least_px()));
        for (text, radius_px) in rings.chain(dot) {
            let text_px = left - text.len() as f32 * DIGIT_EM * SMALL * self.unit;
            let center_px = text_px - 12.0 * self.unit - radius_px;
            let next = center_px - radius_px - 36.0 * self.unit;
            if right - next < LEGEND_SHARE * self.width_px {
                self.legend.push(LegendRing {
                    text,
                    center_px,
                    radius_px,
                    text_px,
                });
                left = next;
            }
        }
        // The activity line ends a little before the text.
        let text_em = self.legend_text.chars().count() as f32 * LETTER_EM;
        self.legend_px = [left, left - (text_em * SMALL + 70.0) * self.unit];
    }

    pub fn unit_px(&self) -> f32 {
        self.unit
    }

    pub fn one_unit_px(&self) -> f32 {
        RADIUS * self.unit * self.panels.shrink
    }

    pub fn least_px(&self) -> f32 {
        self.sizes.least * self.unit * self.panels.shrink
    }

    pub fn jitter_px(&self) -> f32 {
        JITTER * self.unit
    }

    pub fn column_px(&self) -> f32 {
        self.panels.column_px()
    }

    pub fn column_top_px(&self, side: usize) -> f32 {
        COLUMN[0] * self.unit + self.field(side).down_px
    }

    /// Sides in view, from UDP on.
    pub fn sides(&self) -> impl Iterator<Item = usize> + use<> {
        self.panels.sides()
    }

    /// The panels in view, each by one of its sides.
    pub fn panels(&self) -> impl Iterator<Item = usize> + use<> {
        self.panels.by_side()
    }

    /// The field of a side.
    pub fn field(&self, side: usize) -> &Field {
        &self.panels.fields[side]
    }

    /// The height of something in the lower half of the composition.
    fn lower_px(&self, y: f32) -> f32 {
        self.height_px - (HEIGHT - y) * self.unit
    }

    pub fn row_y_px(&self, row: usize) -> f32 {
        self.rows_top_px + (row as f32 + 0.5) * self.row_pitch_px
    }

    /// The x at which bubbles land: the inner edge of a column.
    pub fn end_x_px(&self, side: usize) -> f32 {
        self.field(side).to_px
    }

    /// The x at which bubbles pass gates: a third of a wide picture from its edge.
    pub fn gate_x_px(&self, side: usize) -> f32 {
        let Field { from_px, to_px, .. } = self.field(side);
        from_px + (to_px - from_px) * GATE_SHARE
    }

    /// How bright a gate of some heat is, in units of packets: 0 when it is cold, 1 at most.
    pub fn gate_light(glow: f32) -> f32 {
        ((1.0 + glow).log2() / GATE_BRIGHT).clamp(0.0, 1.0)
    }

    /// Font size of the name of a gate as bright as `light`, where `names` share a column.
    pub fn gate_name_px(&self, names: usize, light: f32) -> f32 {
        let quiet_px = GATES_SHARE * self.column_px() / (names.max(1) as f32 * column::LINE);
        let growth = GATE_NAME[1] / GATE_NAME[0] - 1.0;
        quiet_px.min(GATE_NAME[0] * self.unit) * (1.0 + growth * light)
    }

    /// Half the height of a gate.
    pub fn gate_half_px(&self, place: &Place) -> f32 {
        (0.3 * place.height).min(GATE_HALF * self.unit)
    }

    /// A gate at a height. `lit` is the share of its opacity that it keeps.
    pub fn gate(&self, side: usize, place: &Place, y_px: f32, light: f32, lit: f32, marks: &mut Vec<Mark>) {
        self.host_line([self.gate_x_px(side), y_px], place, light, lit, marks);
    }

    /// An upright line at the place of a host.
    fn host_line(&self, [x_px, y_px]: [f32; 2], place: &Place, light: f32, lit: f32, marks: &mut Vec<Mark>) {
        let half_px = self.gate_half_px(place);
        let across_px = between(GATE_WIDTH, light) * self.unit / 2.0;
        marks.push(Mark::filled(
            [x_px - across_px, y_px - half_px, x_px + across_px, y_px + half_px],
            colors::with_alpha(self.palette.ink, between(GATE_OPACITY, light) * lit),
        ));
    }

    /// The name of a gate, whose middle is at a height: above it where gates are few, else beside it.
    pub fn gate_label(&self, side: usize, place: &Place, y_px: f32, light: f32, is_few: bool, name: &str) -> Label {
        let x_px = self.gate_x_px(side);
        let out = self.field(side).out();
        // The name keeps between the bars and the ports, also when it is hot.
        let Field { from_px, to_px, .. } = *self.field(side);
        let [inner_px, outer_px] = [from_px, to_px].map(|end| (end - x_px).abs());
        let (x_px, baseline_px, align, room_px) = if is_few {
            let baseline_px = y_px - self.gate_half_px(place) - 10.0 * self.unit;
            (x_px, baseline_px, Align::Center, 2.0 * inner_px.min(outer_px))
        } else {
            let align = if out < 0.0 { Align::Right } else { Align::Left };
            let gap_px = 12.0 * self.unit;
            let baseline_px = y_px + 0.33 * place.size;
            (x_px + out * gap_px, baseline_px, align, outer_px - 4.0 * gap_px)
        };
        let largest_px = if is_few { GATE_NAME[1] * self.unit } else { place.size };
        let most = (room_px / (NAME_EM * largest_px)).clamp(1.0, GATE_CHARS);
        Label {
            text: shortened(name, most as usize).into(),
            x_px,
            baseline_px,
            size_px: place.size,
            align,
            face: Face::Regular,
            color: colors::with_alpha(self.palette.ink, between([LEAST_OPACITY, 1.0], light)),
        }
    }

    /// The font size that a port of this heat, in units of packets, asks for: 38 for the first, 63 for five, 114 for
    /// a hundred, never above [`LARGEST`].
    pub fn wanted_px(&self, felt: f64) -> f32 {
        // The power of 3/4 by roots, which are instructions of the processor.
        let root = (1.0 + felt).log2().sqrt();
        let power = root * root.sqrt();
        let size = (38.0 * power).min(14.0 + 24.0 * power);
        (size as f32).min(LARGEST) * self.unit
    }

    /// Opacity of a port's label, 0 where it is drawn as a tick.
    pub fn label_opacity(&self, size_px: f32) -> f32 {
        let size = size_px / self.unit;
        if size < LEGIBLE {
            return 0.0;
        }
        // So that a tick does not turn into a label at once.
        let appear = ((size - LEGIBLE) / FADE).clamp(0.0, 1.0);
        let heat = ((size - LEGIBLE) / (BOLD - LEGIBLE)).clamp(0.0, 1.0);
        appear * (LEAST_OPACITY + (1.0 - LEAST_OPACITY) * heat)
    }

    #[expect(clippy::too_many_arguments, reason = "what a label depends on, each used once")]
    pub fn port_label(
        &self,
        side: usize,
        y_px: f32,
        size_px: f32,
        opacity: f32,
        lit: f32,
        digits: &Arc<str>,
        service: Option<&Arc<str>>,
        labels: &mut Vec<Label>,
    ) {
        let out = self.field(side).out();
        let align = if out < 0.0 { Align::Right } else { Align::Left };
        let x_px = self.end_x_px(side) + out * (TICK + 9.0) * self.unit;
        // Half the height of the digits, 0.698 em in IBM Plex Sans, below the middle.
        let baseline_px = y_px + 0.349 * size_px;
        let face = Face::Regular;
        labels.push(Label {
            text: Arc::clone(digits),
            x_px,
            baseline_px,
            size_px,
            align,
            face,
            color: colors::with_alpha(self.palette.ink, opacity * lit),
        });
        let size = size_px / self.unit;
        if let Some(service) = service.filter(|_| size > SERVICE_FROM) {
            let shown = ((size - SERVICE_FROM) / 8.0).min(1.0);
            labels.push(Label {
                text: Arc::clone(service),
                x_px: x_px + out * (digits.len() as f32 * DIGIT_EM * size_px + 14.0 * self.unit),
                baseline_px,
                size_px: (0.36 * size_px).clamp(SERVICE[0] * self.unit, SERVICE[1] * self.unit),
                align,
                face,
                color: colors::with_alpha(self.palette.muted, shown * lit),
            });
        }
    }

    /// A quiet port: a fine line beside the column, longer the nearer it is to being read.
    pub fn port_tick(&self, side: usize, y_px: f32, place: &Place, share: f32, marks: &mut Vec<Mark>) {
        let near = (place.size / self.unit / LEGIBLE).clamp(0.0, 1.0);
        let from = self.end_x_px(side) + self.field(side).out() * 6.0 * self.unit;
        let to = from + self.field(side).out() * TICK * self.unit * (0.6 + 0.4 * near);
        let half_px = self.tick_px() / 2.0;
        // Ticks closer than 3 units run into each other: each then takes a part of the light.
        let crowded = (place.height / (3.0 * self.unit)).clamp(0.15, 1.0);
        let color = colors::with_alpha(self.palette.faint, share * crowded * (0.5 + 0.5 * near));
        marks.push(Mark::filled(
            [from.min(to), y_px - half_px, from.max(to), y_px + half_px],
            color,
        ));
    }

    /// Many quiet ports below each other, closer than lines can be drawn: the light of all their ticks.
    /// `lit` is the share of its opacity that it keeps.
    pub fn port_band(
        &self,
        side: usize,
        [top_px, bottom_px]: [f32; 2],
        pitch_px: f32,
        lit: f32,
        marks: &mut Vec<Mark>,
    ) {
        let from = self.end_x_px(side) + self.field(side).out() * 6.0 * self.unit;
        let to = from + self.field(side).out() * TICK * self.unit * 0.6;
        let crowded = (pitch_px / (3.0 * self.unit)).clamp(0.15, 1.0);
        // The exponent is the number of ticks that lie on each other at any height.
        let light = 1.0 - (1.0 - 0.5 * crowded).powf(self.ticks_at_a_height(pitch_px));
        marks.push(Mark::filled(
            [from.min(to), top_px, from.max(to), bottom_px],
            colors::with_alpha(self.palette.faint, light * lit),
        ));
    }

    /// Height of a tick.
    fn tick_px(&self) -> f32 {
        2.0 * (0.7 * self.unit).max(0.25)
    }

    /// Ticks that lie on each other at any height, where quiet ports are a pitch apart.
    fn ticks_at_a_height(&self, pitch_px: f32) -> f32 {
        self.tick_px() / pitch_px.max(1e-6)
    }

    /// Whether quiet ports are so close that their ticks are drawn as one band. One by one, each of many would
    /// add less than a step of 8 bits, and be lost in rounding: measured at 320x180, 15 steps too dark.
    pub fn is_band(&self, pitch_px: f32) -> bool {
        self.ticks_at_a_height(pitch_px) > MOST_TICKS
    }

    /// Whether a number of ports on one side is larger than a column has units: their ticks are not drawn
    /// one by one then.
    pub fn is_crowded(ports: usize) -> bool {
        ports as f32 > COLUMN[1] - COLUMN[0]
    }

    /// A source's packets so far on one side, as a share of the most that any has in the film. By
    /// square root, like the bubbles' radius: a bar of twice the length is four times the packets.
    /// `lit` is the share of its opacity that it keeps.
    pub fn bar(&self, side: usize, row: &SourceRow, share: f32, lit: f32, marks: &mut Vec<Mark>) {
        if share <= 0.0 {
            return;
        }
        let half_px = self.row_pitch_px.min(40.0 * self.unit) * 0.3;
        let Field {
            bar_px: from,
            bar_out,
            down_px,
            ..
        } = *self.field(side);
        let to = from + bar_out * (share.sqrt() * self.panels.bar * self.unit).max(self.unit);
        let y_px = row.y_px + down_px;
        let rect_px = [from.min(to), y_px - half_px, from.max(to), y_px + half_px];
        marks.push(Mark::filled(rect_px, colors::with_alpha(row.color, 0.5 * lit)));
    }

    /// The packets of a source in a panel of hosts, at the end of its bar.
    pub fn row_count(&self, row: &SourceRow, share: f32, count: &str, lit: f32) -> Label {
        let Field { bar_px, down_px, .. } = *self.field(2);
        let end_px = bar_px - share.sqrt() * self.panels.bar * self.unit;
        let size_px = self.name_px * COUNT_SIZE;
        Label {
            text: count.into(),
            x_px: end_px - 12.0 * self.unit,
            baseline_px: row.y_px + down_px + 0.349 * size_px,
            size_px,
            align: Align::Right,
            face: Face::Regular,
            color: colors::with_alpha(self.palette.muted, lit),
        }
    }

    /// Font size of the name of a host as bright as `light` at the end of flights; 0 where it is too small to be drawn.
    pub fn host_name_px(&self, name: &str, place: &Place, light: f32, is_few: bool) -> f32 {
        let size_px = if is_few {
            let letters = name.chars().count().min(NAME_CHARS) as f32;
            let fitting_px = (self.host_room_px() / (letters * LETTER_EM)).min(0.38 * place.height);
            (between(HOST_NAME, light) * self.unit).min(fitting_px.max(HOST_LEGIBLE[1] * self.unit))
        } else {
            place.size
        };
        if size_px / self.unit > HOST_LEGIBLE[0] {
            size_px
        } else {
            0.0
        }
    }

    /// Width of the room that the texts of a host at the end of flights share.
    fn host_room_px(&self) -> f32 {
        self.width_px - self.margin_px() - (self.end_x_px(2) + HOST_GAP * self.unit)
    }

    /// Width of the room beside hosts at the ends of flights.
    pub fn host_width_px(&self) -> f32 {
        self.width_px - self.margin_px() - self.end_x_px(2)
    }

    /// Where source names stand, in the first panel.
    pub fn names_px(&self) -> f32 {
        self.panels().next().map_or(0.0, |side| self.panels.names_px(side))
    }

    /// A host at the end of flights: a mark that is brighter the hotter it is, its name, a bar and its packets.
    pub fn host(&self, host: &HostMark<'_>, marks: &mut Vec<Mark>, labels: &mut Vec<Label>) {
        let unit = self.unit;
        let (x_px, y_px) = (self.end_x_px(2), self.column_top_px(2) + host.place.center);
        let ink = |opacity: f32| colors::with_alpha(self.palette.ink, opacity * host.lit);
        self.host_line([x_px, y_px], &host.place, host.light, host.lit, marks);
        let Some(name) = host.name else { return };
        let text_px = x_px + HOST_GAP * unit;
        let room_px = self.host_room_px();
        let size_px = self.host_name_px(name, &host.place, host.light, host.is_few);
        if size_px <= 0.0 {
            return;
        }
        let small_px = SMALL * unit;
        let is_narrow = !host.is_few && room_px < WIDE_HOSTS * unit;
        let (name_y_px, line_y_px, name_room_px) = if host.is_few {
            // The packets stand under the name.
            let apart_px = (size_px + small_px) / 2.0 + 6.0 * unit;
            (y_px - 0.4 * apart_px, y_px + 0.6 * apart_px, room_px)
        } else {
            let share = if is_narrow { 1.0 } else { HOST_NAMES };
            (y_px, y_px, share * room_px)
        };
        // The smallest fade, so that a name does not come or go at once.
        let shown = ((size_px / unit - HOST_LEGIBLE[0]) / (HOST_LEGIBLE[1] - HOST_LEGIBLE[0])).clamp(0.0, 1.0);
        let letters = (name_room_px / (LETTER_EM * size_px)) as usize;
        labels.push(Label {
            text: shortened(name, letters.min(NAME_CHARS)).into(),
            x_px: text_px,
            baseline_px: name_y_px + 0.349 * size_px,
            size_px,
            align: Align::Left,
            face: Face::Regular,
            color: ink(shown * between([LEAST_OPACITY, 1.0], host.light)),
        });
        if host.share <= 0.0 || is_narrow {
            return;
        }
        let (line_px, count_px) = if host.is_few {
            (text_px, small_px)
        } else {
            (text_px + name_room_px, small_px.min(size_px))
        };
        let half_px = 0.3 * count_px;
        // The count takes what it takes, and the bar what is left.
        let text_room_px = (host.count.chars().count() as f32 * DIGIT_EM * count_px) + 12.0 * unit;
        let longest_px = (text_px + room_px - line_px - text_room_px).clamp(0.0, self.panels.bar * unit);
        let bar_px = (host.share.sqrt() * longest_px).max(unit);
        let rect_px = [line_px, line_y_px - half_px, line_px + bar_px, line_y_px + half_px];
        marks.push(Mark::filled(rect_px, ink(0.35 * shown)));
        labels.push(Label {
            text: host.count.as_str().into(),
            x_px: line_px + bar_px + 12.0 * unit,
            baseline_px: line_y_px + 0.349 * count_px,
            size_px: count_px,
            align: Align::Left,
            face: Face::Regular,
            color: colors::with_alpha(self.palette.muted, shown * host.lit),
        });
    }

    pub fn activity_columns(&self) -> usize {
        // Three units a column: 1 pixel at 720p, 3 at 4K. At least half a pixel, so that the columns of a pixel do
        // not add up the rounding of each.
        let column_px = (3.0 * self.unit).max(0.5);
        ((self.activity_right_px() - self.margin_px()) / column_px).max(1.0) as usize
    }

    /// The activity line with its playhead: left, top, right, bottom.
    pub fn activity_px(&self) -> [f32; 4] {
        let base = self.lower_px(ACTIVITY[0]);
        let (top, bottom) = (base - (ACTIVITY[1] + 8.0) * self.unit, base + 8.0 * self.unit);
        [self.margin_px(), top, self.activity_right_px(), bottom]
    }

    pub fn row_pitch_px(&self) -> f32 {
        self.row_pitch_px
    }

    /// The room kept for names in the panel of a side, and the first bit of the bars: its left and right ends.
    pub fn names_between_px(&self, side: usize) -> [f32; 2] {
        let Field { from_px, bar_px, .. } = *self.field(side);
        let left_px = if side == 2 {
            bar_px
        } else {
            2.0 * self.names_px() - from_px
        };
        let bit_px = 24.0 * self.unit;
        [left_px - bit_px, if side == 2 { from_px } else { from_px + bit_px }]
    }

    fn margin_px(&self) -> f32 {
        MARGIN * self.unit
    }

    fn activity_right_px(&self) -> f32 {
        self.legend_px[1]
    }

    /// The log's activity, brighter up to the playhead, which stands at `played` of its length.
    pub fn activity(&self, shares: &[f32], played: f32, marks: &mut Vec<Mark>) {
        let left = self.margin_px();
        let width = self.activity_right_px() - left;
        let step = width / shares.len() as f32;
        let base = self.lower_px(ACTIVITY[0]);
        let head = left + width * played;
        for (index, share) in shares.iter().enumerate() {
            let from = left + index as f32 * step;
            let to = from + step * 0.8;
            let height = (share * ACTIVITY[1] * self.unit).max(self.unit);
            let color = self.palette.activity[usize::from(from > head)];
            marks.push(Mark::filled([from, base - height, to, base], color));
        }
        let half = 1.5 * self.unit;
        let top = base - (ACTIVITY[1] + 8.0) * self.unit;
        marks.push(Mark::filled(
            [head - half, top, head + half, base + 8.0 * self.unit],
            self.palette.playhead,
        ));
    }

    /// Rings of the legend: what 1, 10 and 100 units look like, and the least that is still seen.
    pub fn legend_rings(&self, marks: &mut Vec<Mark>) {
        let y = self.lower_px(LEGEND_Y);
        for LegendRing {
            center_px: x,
            radius_px: radius,
            ..
        } in &self.legend
        {
            marks.push(Mark {
                rect_px: [x - radius, y - radius, x + radius, y + radius],
                color: self.palette.faint,
                corner_px: *radius,
                stroke_px: 2.4 * self.unit,
                padding: 0,
            });
        }
    }

    /// Letters of a title.
    pub fn title_letters(&self) -> usize {
        self.title_place().0
    }

    /// Letters of a title, its baseline and its size: it stands between the counters, each of at most 640 units, at 20
    /// units a letter; where there is no room for that, above the clock.
    fn title_place(&self) -> (usize, f32, f32) {
        let head = self.panels.head_px / self.unit - 2.0 * MARGIN;
        let between = (head - 2.0 * (640.0 + 40.0)) / 20.0;
        if between < TITLE_LETTERS {
            let [baseline, size] = TITLE_ABOVE;
            return ((head / (size * 20.0 / 36.0)).max(0.0) as usize, baseline, size);
        }
        (between as usize, 144.0, 36.0)
    }

    /// Title, headings, legend and dates. The title has at most [`Self::title_letters`].
    pub fn static_labels(&self, title: &str, timeline: &Timeline) -> Vec<Label> {
        let mut labels = Vec::with_capacity(24);
        let (_, baseline, size) = self.title_place();
        labels.push(self.label(
            title,
            self.panels.middle_px,
            baseline,
            size,
            Align::Center,
            Face::Regular,
            self.palette.muted,
        ));
        for side in self.sides() {
            let [heading, _] = self.head_lines(side);
            labels.push(Label {
                size_px: 64.0 * self.unit,
                face: Face::Medium,
                color: self.palette.ink,
                ..self.small(HEADINGS[side], heading, self.edge_align(side), self.palette.ink)
            });
        }
        // The middle of digits and small letters is about a third of their size above the baseline.
        let baseline_px = self.lower_px(LEGEND_Y) + 0.34 * SMALL * self.unit;
        for ring in &self.legend {
            labels.push(self.small(&ring.text, [ring.text_px, baseline_px], Align::Left, self.palette.muted));
        }
        labels.push(self.small(
            &self.legend_text,
            [self.legend_px[0], baseline_px],
            Align::Right,
            self.palette.muted,
        ));
        self.axis(timeline, &mut labels);
        labels.retain(|label| !label.text.is_empty());
        labels
    }

    /// The name of a row in the panel of a side.
    pub fn row_label(&self, side: usize, row: &SourceRow, lit: f32) -> Label {
        Label {
            text: shortened(&row.name, NAME_CHARS).into(),
            x_px: self.panels.names_px(side),
            // Lower-case letters are 0.516 em high, capitals 0.698: the eye's middle is 0.3 em up.
            baseline_px: row.y_px + self.field(side).down_px + 0.33 * self.name_px,
            size_px: self.name_px,
            align: if side == 2 { Align::Right } else { Align::Center },
            face: Face::Regular,
            color: colors::with_alpha(row.color, lit),
        }
    }

    /// Dates under the activity line, at most a dozen and no more than fit.
    fn axis(&self, timeline: &Timeline, labels: &mut Vec<Label>) {
        let left = self.margin_px();
        let width = self.activity_right_px() - left;
        // The longest text, 23:59:59, takes 120 units.
        let most = ((width / (170.0 * self.unit)) as i64).clamp(1, 12);
        let step = axis_step(timeline.span_ns(), most);
        let mut time_ns = timeline.start_ns.div_euclid(step).saturating_mul(step);
        while time_ns < timeline.end_ns {
            if time_ns >= timeline.start_ns {
                let share = (time_ns - timeline.start_ns) as f64 / timeline.span_ns() as f64;
                let x = left + width * share as f32;
                // A text that would run into the legend is left out.
                if share < 0.96 {
                    let at = [x, self.lower_px(AXIS_Y)];
                    labels.push(self.small(&axis_text(time_ns, step), at, Align::Left, self.palette.muted));
                }
            }
            let Some(next) = time_ns.checked_add(step) else { break };
            time_ns = next;
        }
    }

    /// The name of a bubble above it, within the field that it flies through, where no other label is: the first of
    /// `texts` that fits.
    pub fn flight_name(&self, side: usize, texts: &[String], [x_px, y_px]: [f32; 2], radius_px: f32) -> Option<Label> {
        let size_px = FLIGHT_NAME * self.unit;
        let gap_px = 10.0 * self.unit;
        let ends = [self.field(side).from_px, self.field(side).to_px];
        let [left, right] = [ends[0].min(ends[1]) + gap_px, ends[0].max(ends[1]) - gap_px];
        let width_px = |text: &str| text.chars().count() as f32 * NAME_EM * size_px;
        let text = texts.iter().find(|text| width_px(text) <= right - left)?;
        let half_px = width_px(text) / 2.0;
        let top_px = self.column_top_px(side) + size_px;
        let bottom_px = self.column_top_px(side) + self.column_px();
        Some(Label {
            text: text.as_str().into(),
            x_px: x_px.clamp(left + half_px, right - half_px),
            baseline_px: (y_px - radius_px - gap_px).clamp(top_px, bottom_px),
            size_px,
            align: Align::Center,
            face: Face::Medium,
            color: self.palette.ink,
        })
    }

    /// About the box of a label: left, top, right, bottom.
    pub fn text_box_px(&self, label: &Label) -> [f32; 4] {
        let half_px = label.text.chars().count() as f32 * NAME_EM * label.size_px / 2.0;
        let middle_px = match label.align {
            Align::Left => label.x_px + half_px,
            Align::Center => label.x_px,
            Align::Right => label.x_px - half_px,
        };
        let [left, right] = [middle_px - half_px, middle_px + half_px];
        [left, label.baseline_px - label.size_px, right, label.baseline_px]
    }

    /// The lines of a caption, between the columns and the activity line.
    pub fn caption(&self, lines: &[Arc<str>], opacity: f32, labels: &mut Vec<Label>) {
        // In the middle of the room that the longest caption has.
        let foot = self.panels.foot_px / self.unit - (HEIGHT - COLUMN[1]);
        let middle = COLUMN[1] - foot / 2.0;
        for (number, line) in (0..).zip(lines) {
            let down = (number as f32 - (lines.len() as f32 - 1.0) / 2.0) * CAPTION_LINE;
            labels.push(Label {
                text: Arc::clone(line),
                x_px: self.width_px / 2.0,
                baseline_px: self.lower_px(middle + down) + 0.34 * CAPTION * self.unit,
                size_px: CAPTION * self.unit,
                align: Align::Center,
                face: Face::Medium,
                color: colors::with_alpha(self.palette.ink, opacity),
            });
        }
    }

    /// A ring around the place of an end that a caption speaks of.
    pub fn pointer(&self, side: usize, y_px: f32, opacity: f32, marks: &mut Vec<Mark>) {
        let (x, radius) = (self.end_x_px(side), POINTER * self.unit);
        marks.push(Mark {
            rect_px: [x - radius, y_px - radius, x + radius, y_px + radius],
            color: colors::with_alpha(self.palette.playhead, opacity),
            corner_px: radius,
            stroke_px: 4.0 * self.unit,
            padding: 0,
        });
    }

    /// A line under the name of a source that a caption speaks of, in the panel of a side.
    pub fn row_pointer(&self, side: usize, row: &SourceRow, opacity: f32, marks: &mut Vec<Mark>) {
        let width_px = row.name.chars().count().min(NAME_CHARS) as f32 * LETTER_EM * self.name_px;
        let x_px = self.panels.names_px(side);
        let [left, right] = if side == 2 {
            [x_px - width_px, x_px]
        } else {
            [x_px - width_px / 2.0, x_px + width_px / 2.0]
        };
        let top = row.y_px + self.field(side).down_px + 0.46 * self.name_px;
        marks.push(Mark::filled(
            [left, top, right, top + 4.0 * self.unit],
            colors::with_alpha(self.palette.playhead, opacity),
        ));
    }

    /// The speed of the film, behind a clock of some letters.
    pub fn speed(&self, text: &str, clock_letters: usize, labels: &mut Vec<Label>) {
        let x_px = self.panels.middle_px + (clock_letters as f32 * DIGIT_EM * 36.0 + 24.0) * self.unit;
        labels.push(self.label(text, x_px, 92.0, 36.0, Align::Left, Face::Medium, self.palette.playhead));
    }

    /// A page of text in the middle of the picture.
    pub fn card(&self, card: &Card, opacity: f32, labels: &mut Vec<Label>) {
        let title = std::iter::once((card.title.as_str(), CARD[0], Face::Medium, self.palette.ink));
        let lines = card.lines.iter();
        let lines = lines.map(|line| (line.as_str(), CARD[1], Face::Regular, self.palette.muted));
        let texts: Vec<_> = title.chain(lines).collect();
        let [width_px, height_px] = [self.width_px, self.height_px].map(|side| side - 2.0 * self.margin_px());
        // A long card is as small as it takes, down to what nobody could read.
        let mut shown = Vec::new();
        let mut shrink = 1.0;
        for step in 0..CARD_STEPS {
            shrink = CARD_STEP.powi(step);
            shown.clear();
            for (text, size, face, color) in &texts {
                let line_px = size * self.unit * shrink;
                let letters = (width_px / (LETTER_EM * line_px)) as usize;
                let lines = in_lines(text, letters.min(CARD_LETTERS)).into_iter();
                shown.extend(lines.map(|line| (line, line_px, *face, *color)));
            }
            if shown.iter().map(|(_, line_px, ..)| line_px * CARD_LINE).sum::<f32>() <= height_px {
                break;
            }
        }
        let fitting = (height_px / (CARD[1] * self.unit * shrink * CARD_LINE)) as usize;
        if shown.len() > fitting {
            shown.truncate(fitting.max(1));
            shown.last_mut().into_iter().for_each(|(line, ..)| line.push('…'));
        }
        let height_px: f32 = shown.iter().map(|(_, line_px, ..)| line_px * CARD_LINE).sum();
        let mut baseline_px = (self.height_px - height_px) / 2.0;
        for (line, line_px, face, color) in shown {
            baseline_px += line_px * CARD_LINE;
            labels.push(Label {
                text: line.into(),
                x_px: self.width_px / 2.0,
                baseline_px: baseline_px - 0.4 * line_px,
                size_px: line_px,
                align: Align::Center,
                face,
                color: colors::with_alpha(color, opacity),
            });
        }
    }

    /// How far two boxes are apart: 0 where they touch, 1 from half a line on.
    pub fn apart(&self, a: [f32; 4], b: [f32; 4]) -> f32 {
        let across = (b[0] - a[2]).max(a[0] - b[2]);
        let down = (b[1] - a[3]).max(a[1] - b[3]);
        (across.max(down) / (FLIGHT_NAME / 2.0 * self.unit)).clamp(0.0, 1.0)
    }

    /// Clock and counters of a frame: packets that have arrived, and those in flight, by side.
    pub fn head(
        &self,
        data_time_ns: i64,
        [totals, in_flight]: [[u64; SIDES]; 2],
        timeline: &Timeline,
        labels: &mut Vec<Label>,
    ) {
        let clock = clock_text(
            timeline.nearest_ns(data_time_ns),
            timeline.pace_secs() / timeline.fps.as_f64(),
        );
        labels.push(self.label(
            &clock,
            self.panels.middle_px,
            92.0,
            72.0,
            Align::Center,
            Face::Medium,
            self.palette.ink,
        ));
        for side in self.sides() {
            let (arrived, flying) = (totals[side], in_flight[side]);
            let mut count = figure_of(arrived, self.measure);
            if flying > 0 && flying >= arrived / IN_FLIGHT_SHARE {
                count += &format!(" + {} in flight", figure(flying, self.measure));
            }
            let [_, counter] = self.head_lines(side);
            labels.push(Label {
                size_px: 36.0 * self.unit,
                ..self.small(&count, counter, self.edge_align(side), self.palette.muted)
            });
        }
    }

    /// Where the heading and the counter of a side stand: at the edge of its panel, at the height of clock and title.
    fn head_lines(&self, side: usize) -> [[f32; 2]; 2] {
        let Field { edge_px, down_px, .. } = *self.field(side);
        [92.0, 144.0].map(|baseline| [edge_px, down_px + baseline * self.unit])
    }

    fn edge_align(&self, side: usize) -> Align {
        if self.field(side).out() < 0.0 {
            Align::Left
        } else {
            Align::Right
        }
    }

    /// A small text at a position in pixels.
    fn small(&self, text: &str, [x_px, baseline_px]: [f32; 2], align: Align, color: Rgba) -> Label {
        Label {
            text: text.into(),
            x_px,
            baseline_px,
            size_px: SMALL * self.unit,
            align,
            face: Face::Regular,
            color,
        }
    }

    /// A text at `x_px`, its baseline and size in units.
    #[expect(
        clippy::too_many_arguments,
        reason = "a label has that many parts, and a builder would hide them"
    )]
    fn label(&self, text: &str, x_px: f32, baseline: f32, size: f32, align: Align, face: Face, color: Rgba) -> Label {
        Label {
            text: text.into(),
            x_px,
            baseline_px: baseline * self.unit,
            size_px: size * self.unit,
            align,
            face,
            color,
        }
    }
}

/// Letters of a line of a caption in a picture.
pub fn caption_letters(picture: &Shape) -> usize {
    let unit = Panels::new(picture).unit_px;
    let fitting = (picture.size_px[0] / unit - 2.0 * MARGIN) / (LETTER_EM * CAPTION);
    (fitting as usize).min(CAPTION_LETTERS)
}

/// What is a share of the way from one number to another.
fn between([from, to]: [f32; 2], share: f32) -> f32 {
    from + (to - from) * share
}

/// A text as one line of at most `most` characters.
#[must_use]
pub fn shortened(text: &str, most: usize) -> String {
    let line: String = text
        .chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect();
    if line.chars().count() <= most {
        return line;
    }
    let mut short: String = line.chars().take(most.saturating_sub(1)).collect();
    short.truncate(short.trim_end().len());
    short.push('…');
    short
}

const DAY_SECS: i64 = 86_400;

/// The shortest round step that gives at most `most` dates.
fn axis_step(span_ns: i64, most: i64) -> i64 {
    const STEPS_SECS: [i64; 19] = [
        1,
        2,
        5,
        10,
        30,
        60,
        120,
        300,
        600,
        1800,
        3600,
        7200,
        21_600,
        43_200,
        DAY_SECS,
        2 * DAY_SECS,
        7 * DAY_SECS,
        14 * DAY_SECS,
        28 * DAY_SECS,
    ];
    let long = 364 * DAY_SECS;
    let fits = |step: &i64| span_ns / NS / step < most;
    STEPS_SECS
        .into_iter()
        .find(fits)
        .unwrap_or_else(|| long * (span_ns / NS / long / most + 1))
        * NS
}

fn axis_text(time_ns: i64, step_ns: i64) -> String {
    let time = civil(time_ns);
    let format = match step_ns / NS {
        step if step >= 364 * DAY_SECS => "%Y",
        step if step >= DAY_SECS => "%b %-d",
        step if step >= 60 => "%H:%M",
        _ => "%H:%M:%S",
    };
    time.strftime(format).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::View;
    use crate::unit::FIELDS;

    fn wide(size_px: [f32; 2]) -> Shape {
        Shape {
            size_px,
            view: View::Ports,
            large: false,
            caption_lines: 0,
        }
    }

    #[test]
    fn the_legend_has_no_number_that_cannot_be() {
        let texts = |unit: u64| -> Vec<String> {
            let sizes = Sizes { unit, least: 0.0 };
            let layout = Layout::new(
                &wide([1920.0, 1080.0]),
                45,
                Theme::Dark,
                300 * NS,
                sizes,
                Measure::Packets,
            );
            let texts = layout.legend.into_iter().map(|ring| ring.text);
            texts.filter(|text| text != LESS).collect()
        };
        assert_eq!(texts(5_000_000_000_000_000_000), ["5E"]);
        assert_eq!(texts(1_000_000_000_000_000_000), ["10E", "1E"]);
        assert_eq!(texts(100_000_000_000_000_000), ["10E", "1E", "100P"]);
    }

    #[test]
    fn sizes_scale_with_the_picture() {
        let (small, large) = (
            Layout::new(
                &wide([1280.0, 720.0]),
                45,
                Theme::Dark,
                300 * NS,
                Sizes::default(),
                Measure::Packets,
            ),
            Layout::new(
                &wide([3840.0, 2160.0]),
                45,
                Theme::Dark,
                300 * NS,
                Sizes::default(),
                Measure::Packets,
            ),
        );
        for value in [
            Layout::one_unit_px,
            Layout::column_px,
            Layout::unit_px,
            Layout::jitter_px,
        ] {
            assert!((value(&large) / value(&small) - 3.0).abs() < 1e-4);
        }
        assert_eq!(large.one_unit_px(), 7.0);
        // The fields that the unit is computed for are those of this composition.
        let field_px = large.field(1).to_px - large.field(1).from_px;
        assert!((f64::from(2.0 * field_px * large.column_px()) / FIELDS - 1.0).abs() < 1e-6);
        assert!((large.end_x_px(0) / small.end_x_px(0) - 3.0).abs() < 1e-4);
    }

    #[test]
    fn long_names_are_cut() {
        assert_eq!(shortened("Iran", 25), "Iran");
        assert_eq!(shortened(&"ä".repeat(26), 25), format!("{}…", "ä".repeat(24)));
        assert_eq!(shortened("two\nlines", 25), "two lines");
        assert_eq!(
            shortened("Saint Vincent and the Grenadines", 25),
            "Saint Vincent and the Gr…"
        );
    }

    #[test]
    fn every_span_has_dates() {
        for span in [
            1,
            NS,
            90 * NS,
            3600 * NS,
            28 * DAY_SECS * NS,
            400 * DAY_SECS * NS,
            i64::MAX,
        ] {
            let step = axis_step(span, 12);
            assert!(step > 0 && span / step <= 12, "{span}: {step}");
        }
    }
}
