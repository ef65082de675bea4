//! The layout of frames: `Scene::new(log, settings)`, then `scene.frame(k)` for any k.
//! A pure function of the two, without a GPU, without I/O and without the frame before.

mod asked_hosts;
mod captions;
mod cards;
pub mod colors;
mod column;
mod departing;
pub mod describe;
mod focus;
mod gates;
mod headline;
mod heat;
mod layout;
pub mod motion;
mod named;
mod only;
mod panels;
mod pick;
mod rows;
mod text;
mod wrapping;

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;
use std::thread;

use crate::crew;
use crate::log::{Bubble, Bubbles, End, Grouping, HostPlaces, Log};
use crate::timeline::{ONE, Timeline};
use crate::unit::{Ahead, Sizes, Sums};
use crate::words;
use captions::{Captions, Now, Wrapped};
use cards::card_at;
use column::{Column, Part, Place};
use focus::{Flight, Lit};
use gates::{Gates, StandingGates, host_column};
use headline::headline;
use heat::{Counters, Heat, PortHeat};
use layout::{Layout, NAMED_PORT};
use named::Named;
use panels::Shape;

pub use crate::log::{SIDES, View};
pub use captions::Caption;
pub use cards::{Card, Cards};
pub use departing::Departing;
pub use focus::{DIM, Focus, LitHosts};
pub use layout::{Align, Face, Label, Mark, shortened};
pub use only::{NoTraffic, Only, OnlyError};
pub use pick::Target;
pub use rows::SourceRow;
pub use text::{FONTS, Placed, Texts, Typesetter, missing_letters};

/// Heat up to which a port has no label where ports are crowded, in units: a tenth of what is read
/// at 4K. A frame then lays out what is hot, and none of the ten thousands that are not quite cold.
const COOL: f64 = 0.02;

/// Share of a flight after which its port has its whole name.
const NAMED_BY: f32 = 0.25;

/// The settings of a scene.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SceneSettings {
    /// Width and height in pixels.
    pub size_px: [u32; 2],
    /// Sources with a row of their own; the others are pooled.
    pub countries: usize,
    /// Title; an empty one is not shown.
    pub title: String,
    /// Background and ink.
    pub theme: colors::Theme,
    /// The part of the traffic to show; `None` for all of it.
    pub only: Option<Only>,
    /// The filter by which rows of the log were left out, as it was typed: the title names it.
    pub filter: Option<String>,
    /// Packets of a bubble of the radius that a single one has where bubbles are few; `None` for as many as it takes
    /// to leave the picture open.
    pub unit: Option<u64>,
    /// What stands at the ends of flights. Hosts take a log whose bubbles are told apart by them.
    pub view: View,
    /// Whether bubbles to ports pass their hosts on the way; for such a log, too.
    pub hosts: bool,
    /// Whether texts and bubbles are larger, for a small screen.
    pub large: bool,
    /// What is said while the film goes on, in any order.
    pub captions: Vec<Caption>,
    /// What stands while the film stands still, before and after it.
    pub cards: Cards,
    /// The frames of the whole film that this one has, in its order; all where there are none.
    pub cuts: Vec<Range<u64>>,
}

/// A log laid out for one picture size: everything that does not change from frame to frame.
#[derive(Debug)]
pub struct Scene {
    /// The part of the log that is shown, as it was read.
    log: Arc<Log>,
    /// The same as the view shows it.
    flights: Arc<Log>,
    settings: SceneSettings,
    layout: Layout,
    sizes: Sizes,
    rows: Vec<SourceRow>,
    /// Row of each of the log's countries.
    row_of_source: Vec<u32>,
    /// A hash of each country's code.
    source_seeds: Vec<u32>,
    end_seeds: Vec<u32>,
    heat: Arc<Heat>,
    counters: Arc<Counters>,
    named: Arc<Named>,
    captions: Captions,
    gates: Option<Arc<Gates>>,
    /// The hosts at the ends of flights, where those are in view.
    hosts: Option<Arc<HostSide>>,
    /// The ends of the part of the traffic that is shown.
    shown: Arc<Lit>,
    /// Whether a side's ports are too many for a tick each.
    crowded: [bool; SIDES],
    ticks_per_sec: u32,
    frames: u64,
    /// The name of each end, by slot.
    end_texts: Vec<Arc<str>>,
    service_texts: Vec<Option<Arc<str>>>,
    /// The names of the rows are the last of them.
    statics: Vec<Label>,
    /// Height of each column of the activity line, as a share of the highest.
    activity: Vec<f32>,
    /// The most packets that a row has on each side, those of UDP and TCP together: the longest bar.
    largest_counts: [u64; SIDES],
}

/// What the hosts at the ends of flights are.
#[derive(Debug)]
struct HostSide {
    places: Arc<HostPlaces>,
    /// Packets that have arrived by place; what flies elsewhere is counted behind the last.
    counters: Counters,
    /// The most packets that a place has: the longest bar.
    largest_count: u64,
}

/// One frame: small tables, no per-bubble work beyond ordering those alive.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// Its number in the film.
    pub number: u64,
    /// Film time in seconds.
    pub film_secs: f64,
    /// Data time, Unix nanoseconds, rounded down.
    pub data_time_ns: i64,
    /// Film time in ticks, for the shader.
    pub now_tick: u32,
    /// The bubbles alive: a contiguous slice of those sorted by departure.
    pub alive: Range<usize>,
    /// Indices of the bubbles alive in drawing order: the largest first, so that none hides a smaller.
    pub order: Vec<u32>,
    /// The heights at which those bubbles land now, parallel to `order`: the middle of their port's place, in pixels.
    pub landings_px: Vec<f32>,
    /// The heights at which they pass their gates, parallel to `order`; empty where there are none.
    pub gates_px: Vec<f32>,
    gates: Option<StandingGates>,
    /// The columns of ends, by side.
    columns: [Column; SIDES],
    /// How bright the places of hosts are at the ends of flights, 0 to 1; empty where they are not in view.
    host_lights: Vec<f32>,
    /// Packets arrived, by row and side.
    pub counts: Vec<[u64; SIDES]>,
    /// Their sums.
    pub totals: [u64; SIDES],
    /// Packets that have departed and not arrived, by side.
    pub in_flight: [u64; SIDES],
    /// Rectangles and rings, in drawing order, under the bubbles.
    pub marks: Vec<Mark>,
    /// Texts that change, over the bubbles.
    pub labels: Vec<Label>,
    /// The source row and the port that are lit.
    pub focus: Focus,
    /// Share of its opacity that what is not lit keeps.
    pub dim: f32,
    /// Share of its opacity that everything keeps behind a card.
    behind: f32,
}

impl Frame {
    /// Whether the texts that are the same in every frame look different in this one:
    /// [`Scene::restyled_labels`] has them.
    #[must_use]
    pub fn restyles(&self) -> bool {
        self.focus.is_some() || self.behind < 1.0
    }
}

impl Scene {
    /// Lays out a log.
    #[must_use]
    pub fn new(log: impl Into<Arc<Log>>, settings: SceneSettings) -> Self {
        let log = log.into();
        Self::made(&log, Arc::clone(&log), settings)
    }

    /// Lays out a log as another one is: with its rows and ports, its unit and the scale of its bars. What the other
    /// does not have, ports apart, is pooled.
    #[must_use]
    pub fn like(log: &Log, other: &Log, settings: SceneSettings) -> Self {
        let [log, other] = log.united(other);
        Self::made(&other, Arc::new(log), settings)
    }

    /// Lays out a log, with the rows, unit and scale of another that has the same countries and ports.
    fn made(scale: &Log, whole: Arc<Log>, settings: SceneSettings) -> Self {
        let sends = |country: usize| whole.source_packets[country] > 0;
        let (mut rows, row_of_source) = rows::rows(scale, sends, settings.countries, settings.theme);
        let sizes = sizes(scale, settings.unit.or(scale.unit));
        let (shape, lines) = shape(&settings);
        let layout = Layout::new(
            &shape,
            rows.len(),
            settings.theme,
            whole.timeline.bin_ns,
            sizes,
            whole.measure,
        );
        for (index, row) in rows.iter_mut().enumerate() {
            row.y_px = layout.row_y_px(index);
        }
        let read = match &settings.only {
            None => Arc::clone(&whole),
            Some(only) => {
                let other = rows.iter().position(|row| row.code == words::OTHER);
                Arc::new(only.filter(&whole, |source| Some(row_of_source[source] as usize) == other))
            }
        };
        let needs_hosts = settings.hosts || settings.view.has_hosts();
        let places = needs_hosts.then(|| Arc::new(HostPlaces::new(scale, &whole)));
        let log = match (&places, read.grouping) {
            (None, Grouping::Ports) => Arc::clone(&read),
            (None, Grouping::PortsByHost) => Arc::new(read.joined_by_port()),
            (Some(places), _) => match settings.view {
                View::Ports => Arc::clone(&read),
                view => Arc::new(read.in_view(view, settings.hosts, places)),
            },
        };
        let timeline = log.timeline;
        let key = |bubble: &Bubble| line_of(bubble, &log, &row_of_source, rows.len());
        // Each looks at all bubbles: with 18.6 million of them it is worth a thread.
        let (heat, counters, named, largest_counts, activity) = thread::scope(|scope| {
            let heat = scope.spawn(|| Heat::new(&log.bubbles, &timeline));
            let counters = scope.spawn(|| Counters::new(&log.bubbles, rows.len() * layout.panels().count(), key));
            let named = scope.spawn(|| Named::new(&log, sizes));
            // The bars keep the scale of the whole log, so that a part of it can be told from the whole.
            let largest = largest_counts(scale, rows.len(), &row_of_source);
            let activity = activity(&log, layout.activity_columns());
            (joined(heat), joined(counters), joined(named), largest, activity)
        });
        let crowded = [0, 1, 2].map(|side| Layout::is_crowded(log.ends.slots(side).len()));
        let slots = 0..log.ends.len();
        let end_texts = slots.clone().map(|slot| log.ends.name(slot)).collect();
        let service_texts = slots.map(|slot| log.ends.note(slot).map(Arc::from)).collect();
        let gates = places.as_ref().filter(|_| settings.hosts && settings.view.has_ports());
        let gates = gates.map(|places| Arc::new(Gates::new(&log, Arc::clone(places))));
        let hosts = places.filter(|_| settings.view.has_hosts());
        let hosts = hosts.map(|places| Arc::new(HostSide::new(places, &log, scale)));
        let shown = match &settings.only {
            None => Lit::everything(),
            Some(_) => {
                let flights = flights(&log, 0..log.bubbles.len(), &row_of_source, gates.as_deref());
                Lit::places([rows.len(), log.ends.len(), gate_count(gates.as_deref())], flights)
            }
        };
        let statics = statics(&layout, &settings, &rows, &shown, log.unstretched());
        let places = Places::new(&settings, &log, &row_of_source, gates.as_deref(), hosts.as_deref());
        let captions = Captions::new(&settings.captions, lines, |caption| places.focus(caption));
        Self {
            shown: Arc::new(shown),
            ticks_per_sec: timeline.ticks_per_sec(),
            frames: timeline.frames(),
            source_seeds: source_seeds(&log),
            end_seeds: end_seeds(&log),
            log: read,
            flights: log,
            settings,
            layout,
            sizes,
            rows,
            row_of_source,
            heat: Arc::new(heat),
            counters: Arc::new(counters),
            named: Arc::new(named),
            captions,
            gates,
            hosts,
            crowded,
            end_texts,
            service_texts,
            statics,
            activity,
            largest_counts,
        }
    }

    /// The same scene for another picture size; shares what does not depend on it.
    #[must_use]
    pub fn resized(&self, size_px: [u32; 2]) -> Self {
        self.laid_out_again(SceneSettings {
            size_px,
            ..self.settings.clone()
        })
    }

    /// The same scene with other captions; shares what does not depend on them.
    #[must_use]
    pub fn with_captions(&self, captions: Vec<Caption>) -> Self {
        self.laid_out_again(SceneSettings {
            captions,
            ..self.settings.clone()
        })
    }

    /// The same scene with other cards.
    #[must_use]
    pub fn with_cards(mut self, cards: Cards) -> Self {
        // Nothing else depends on them.
        self.settings.cards = cards;
        self
    }

    /// The scene of the whole film, where this one has some runs of its frames.
    #[must_use]
    pub fn whole(&self) -> Self {
        self.laid_out_again(SceneSettings {
            cuts: Vec::new(),
            ..self.settings.clone()
        })
    }

    /// The same log with settings that differ in size, captions or cuts.
    fn laid_out_again(&self, settings: SceneSettings) -> Self {
        let bin_ns = self.flights.timeline.bin_ns;
        let (shape, lines) = shape(&settings);
        let layout = Layout::new(
            &shape,
            self.rows.len(),
            settings.theme,
            bin_ns,
            self.sizes,
            self.flights.measure,
        );
        let mut rows = self.rows.clone();
        for (index, row) in rows.iter_mut().enumerate() {
            row.y_px = layout.row_y_px(index);
        }
        let statics = statics(&layout, &settings, &rows, &self.shown, self.flights.unstretched());
        let places = Places::new(
            &settings,
            &self.flights,
            &self.row_of_source,
            self.gates.as_deref(),
            self.hosts.as_deref(),
        );
        let captions = Captions::new(&settings.captions, lines, |caption| places.focus(caption));
        Self {
            log: Arc::clone(&self.log),
            flights: Arc::clone(&self.flights),
            activity: activity(&self.flights, layout.activity_columns()),
            settings,
            layout,
            sizes: self.sizes,
            rows,
            row_of_source: self.row_of_source.clone(),
            source_seeds: self.source_seeds.clone(),
            end_seeds: self.end_seeds.clone(),
            heat: Arc::clone(&self.heat),
            counters: Arc::clone(&self.counters),
            named: Arc::clone(&self.named),
            captions,
            gates: self.gates.clone(),
            hosts: self.hosts.clone(),
            shown: Arc::clone(&self.shown),
            crowded: self.crowded,
            ticks_per_sec: self.ticks_per_sec,
            frames: self.frames,
            end_texts: self.end_texts.clone(),
            service_texts: self.service_texts.clone(),
            statics,
            largest_counts: self.largest_counts,
        }
    }

    /// What of the log is shown, in words: the part of the traffic, and the filter by which rows were left out; `None`
    /// where that is all of it.
    #[must_use]
    pub fn part_text(&self) -> Option<String> {
        let (only, filter) = (self.settings.only.as_ref(), self.settings.filter.as_deref());
        let is_part = only.is_some() || filter.is_some();
        is_part.then(|| headline("", only, filter, usize::MAX))
    }

    /// The part that this scene shows of the same log read in another way, as with its hosts told apart.
    #[must_use]
    pub fn part_of<'a>(&self, log: &'a Log) -> Cow<'a, Log> {
        let Some(only) = &self.settings.only else {
            return Cow::Borrowed(log);
        };
        let has_row = |code: &str| self.rows.iter().any(|row| row.code == code);
        Cow::Owned(only.filter(log, |source| !has_row(&log.names.sources[source].code)))
    }

    /// Checks that the part of the traffic asked for is there.
    ///
    /// # Errors
    /// [`NoTraffic`]: the log has none of it, or no source of that name.
    pub fn check_only(&self) -> Result<(), NoTraffic> {
        self.settings.only.as_ref().map_or(Ok(()), |only| only.check(&self.log))
    }

    /// The captions that are seen, in the order of the film: the milliseconds of film from which and to which each
    /// stands, and its text.
    pub fn said(&self) -> impl Iterator<Item = (i64, i64, &str)> {
        self.captions
            .seen()
            .map(|caption| (caption.from_ms, caption.to_ms, &*caption.text))
    }

    /// Number of frames in the film.
    #[must_use]
    pub fn frames(&self) -> u64 {
        match self.settings.cuts.as_slice() {
            [] => self.frames,
            cuts => cuts.iter().map(|cut| cut.end - cut.start).sum(),
        }
    }

    /// The frames of the whole film that this one has, each run with the number of its first frame in this one.
    #[must_use]
    pub fn cuts(&self) -> Vec<(u64, Range<u64>)> {
        if self.settings.cuts.is_empty() {
            return vec![(0, 0..self.frames)];
        }
        let mut first = 0;
        let placed = self.settings.cuts.iter().map(|cut| {
            let placed = (first, cut.clone());
            first += cut.end - cut.start;
            placed
        });
        placed.collect()
    }

    /// The number in the whole film of one of this one's frames.
    fn number_in_whole(&self, number: u64) -> u64 {
        let mut left = number;
        for cut in &self.settings.cuts {
            let length = cut.end - cut.start;
            if left < length {
                return cut.start + left;
            }
            left -= length;
        }
        number
    }

    /// The log behind the picture, whose flights end at ports.
    #[must_use]
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// The same log as the view shows it: bubbles and slots of frames are its.
    #[must_use]
    pub fn flights(&self) -> &Log {
        &self.flights
    }

    /// Bytes of memory that grow with the bubbles: the log's columns and what frames need besides.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        let shown = Some(&self.flights.bubbles).filter(|bubbles| !Arc::ptr_eq(bubbles, &self.log.bubbles));
        self.log.bubbles.heap_bytes()
            + shown.map_or(0, |bubbles| bubbles.heap_bytes())
            + self.counters.heap_bytes()
            + self.hosts.as_ref().map_or(0, |hosts| hosts.counters.heap_bytes())
    }

    /// Width and height in pixels.
    #[must_use]
    pub fn size_px(&self) -> [u32; 2] {
        self.settings.size_px
    }

    /// The rows of the middle column, from the top.
    #[must_use]
    pub fn rows(&self) -> &[SourceRow] {
        &self.rows
    }

    /// The points from which the bubbles of a row depart to each side, in pixels.
    #[must_use]
    pub fn departures_px(&self, row: usize) -> [[f32; 2]; SIDES] {
        let y = self.rows[row].y_px;
        [0, 1, 2].map(|side| {
            let field = self.layout.field(side);
            [field.from_px, y + field.down_px]
        })
    }

    /// Texts that are the same in every frame.
    #[must_use]
    pub fn static_labels(&self) -> &[Label] {
        &self.statics
    }

    /// The same as a frame with a focus or a card shows them: what is not lit steps back.
    #[must_use]
    pub fn restyled_labels(&self, frame: &Frame) -> Vec<Label> {
        let lit = self.lit(frame.focus, frame.dim, frame.alive.clone());
        let mut labels = self.statics.clone();
        labels.truncate(labels.len() - self.rows.len() * self.layout.panels().count());
        labels.extend(row_labels(&self.layout, &self.rows, &lit));
        fade(&mut labels, frame.behind);
        labels
    }

    /// A data time as the picture's clock says it: within the time range.
    #[must_use]
    pub fn clock(&self, time_ns: i64) -> String {
        let timeline = self.flights.unstretched();
        words::clock_text(
            timeline.nearest_ns(time_ns),
            timeline.pace_secs() / timeline.fps.as_f64(),
        )
    }

    /// The colours it is drawn with.
    #[must_use]
    pub fn palette(&self) -> &'static colors::Palette {
        self.settings.theme.palette()
    }

    /// The settings of the scene.
    #[must_use]
    pub fn settings(&self) -> &SceneSettings {
        &self.settings
    }

    /// How bubbles are sized.
    #[must_use]
    pub fn sizes(&self) -> Sizes {
        self.sizes
    }

    /// Radius of a bubble of one packet, in pixels, but for the least.
    #[must_use]
    pub fn one_packet_px(&self) -> f32 {
        self.layout.one_unit_px() / (self.sizes.unit as f32).sqrt()
    }

    /// The least radius of a bubble, in pixels; 0 where there is none.
    #[must_use]
    pub fn least_px(&self) -> f32 {
        self.layout.least_px()
    }

    /// Largest part of the jitter at the destination, in pixels.
    #[must_use]
    pub fn jitter_px(&self) -> f32 {
        self.layout.jitter_px()
    }

    /// Pixels in a unit of the composition; see `layout.rs`.
    #[must_use]
    pub fn unit_px(&self) -> f32 {
        self.layout.unit_px()
    }

    /// Flights in a tick: what a tick adds to a bubble's progress.
    #[must_use]
    pub fn flights_per_tick(&self) -> f32 {
        let ticks = self.flights.timeline.travel_ns as f64 / 1e9 * f64::from(self.ticks_per_sec);
        (1.0 / ticks) as f32
    }

    /// Some bubbles as the GPU holds them, sorted by departure.
    pub fn instances(&self, range: Range<usize>) -> impl Iterator<Item = motion::Instance> {
        self.flights.bubbles.range(range).map(|bubble| self.instance(&bubble))
    }

    fn instance(&self, bubble: &Bubble) -> motion::Instance {
        let row = self.row_of_source[bubble.source as usize];
        motion::Instance {
            tick: self
                .flights
                .timeline
                .departure_tick(bubble.offset_ns, self.ticks_per_sec),
            route: bubble.port | row << motion::SLOT_BITS,
            packets: bubble.packets as f32,
            seed: motion::pcg(self.end_seeds[bubble.port as usize] ^ self.source_seeds[bubble.source as usize]),
        }
    }

    /// Frame `k`, for any `k`, in any order.
    #[must_use]
    pub fn frame(&self, k: u64) -> Frame {
        self.moment(k, 0, Focus::default())
    }

    /// Parts of a frame that [`Scene::moment`] knows.
    #[must_use]
    pub fn parts(&self) -> u32 {
        self.flights.timeline.in_parts().1
    }

    /// The picture between frame `number` and the next, `part` of [`Scene::parts`] of the way,
    /// with something lit. Part 0 with nothing lit is the frame itself.
    #[must_use]
    pub fn moment(&self, number: u64, part: u32, focus: Focus) -> Frame {
        let log = &self.flights;
        let (fine, parts) = log.timeline.in_parts();
        // Of a whole frame, the film's own clock, where the film has one to compute with.
        let whole = self.number_in_whole(number);
        let (timeline, k, counted_k) = if part == 0 {
            (&log.timeline, whole, whole)
        } else {
            let k = whole * u64::from(parts) + u64::from(part);
            (&fine, k, k + u64::from(parts) - 1)
        };
        let bubbles = &log.bubbles;
        let alive = bubbles.departed_by(timeline.arrived_ns(k))..bubbles.departed_by(timeline.departed_ns(k));
        let now_tick = timeline.frame_tick(k, self.ticks_per_sec);
        let ((columns, host_lights), order) = crew::both(
            || self.columns(timeline, k, now_tick, alive.clone()),
            || largest_first(bubbles, alive.clone()),
        );
        let landings_px = self.landings_px(&order, &columns);
        let gates = self.gates_at(timeline, k, now_tick, alive.clone());
        let gates_px = gates
            .as_ref()
            .map_or_else(Vec::new, |gates| self.gates_px(&order, gates));

        let counted = bubbles.departed_before(timeline.counted_before_ns(counted_k));
        let key = |bubble: &Bubble| line_of(bubble, log, &self.row_of_source, self.rows.len());
        let lines = self.counters.at(bubbles, counted, key);
        let counts = counts_of(&lines, self.rows.len(), self.settings.view);
        let mut totals = [0; SIDES];
        for count in &counts {
            totals.iter_mut().zip(count).for_each(|(total, count)| *total += count);
        }
        let mut in_flight = [0; SIDES];
        for (_, slot, packets) in bubbles.arrivals(counted.min(alive.end)..alive.end) {
            in_flight[self.flights.ends.side(slot)] += packets;
        }

        let film_secs = timeline.film_secs(k);
        let caption = self.captions.at(film_secs);
        let card = card_at(
            &self.settings.cards,
            film_secs,
            log.holds_secs(),
            log.timeline.film_secs(self.frames),
        );
        // What is pointed at is lit, whatever a caption speaks of.
        let (focus, dim) = match &caption {
            Some(now) if !focus.is_some() => (now.caption.focus, now.dim()),
            _ => (focus, DIM),
        };
        let lit = self.lit(focus, dim, alive.clone());
        let mut frame = Frame {
            number,
            film_secs,
            data_time_ns: log.data_time_ns(timeline, k),
            now_tick,
            alive,
            order,
            landings_px,
            gates_px,
            gates,
            columns,
            host_lights,
            counts,
            totals,
            in_flight,
            marks: Vec::with_capacity(self.activity.len() + 2 * self.rows.len() + 2048),
            labels: Vec::with_capacity(64),
            focus,
            dim,
            behind: card.map_or(1.0, |card| card.behind()),
        };
        self.draw_activity(&mut frame);
        self.draw_bars(&lit, &mut frame);
        self.draw_ports(&lit, &mut frame);
        let names = self.flight_names(&frame);
        self.draw_hosts(&lit, counted, &mut frame);
        self.draw_gates(&lit, &names, &mut frame);
        let counts = [frame.totals, frame.in_flight];
        self.layout
            .head(frame.data_time_ns, counts, log.unstretched(), &mut frame.labels);
        if let Some(speed) = speed_text(log.speed(timeline, k)) {
            let letters = self.clock(frame.data_time_ns).chars().count();
            self.layout.speed(speed, letters, &mut frame.labels);
        }
        let names = names.into_iter().map(|(label, _)| label);
        frame.labels.extend(names.filter(|label| label.color[3] > 0));
        if let Some(now) = &caption {
            self.draw_caption(now, &mut frame);
        }
        if let Some(now) = card {
            fade(&mut frame.labels, frame.behind);
            for mark in &mut frame.marks {
                mark.color = colors::with_alpha(mark.color, frame.behind);
            }
            self.layout.card(now.card, now.opacity, &mut frame.labels);
        }
        frame
    }

    /// A caption, and what points at what it speaks of.
    fn draw_caption(&self, now: &Now<'_>, frame: &mut Frame) {
        let Now { caption, opacity } = *now;
        let Focus { row, slot, .. } = caption.focus;
        let own = caption.focus.host_slot().filter(|host| Some(*host) != slot);
        if let Some(row) = row.and_then(|row| self.rows.get(row as usize)) {
            for side in self.layout.panels() {
                self.layout.row_pointer(side, row, opacity, &mut frame.marks);
            }
        }
        for slot in slot.into_iter().chain(own) {
            let y_px = self.port_y_px(slot as usize, &frame.columns);
            let side = self.flights.ends.side(slot);
            self.layout.pointer(side, y_px, opacity, &mut frame.marks);
        }
        self.layout.caption(&caption.lines, opacity, &mut frame.labels);
    }

    /// The things that are lit while some bubbles are alive: by a focus, or all that are shown.
    fn lit(&self, focus: Focus, dim: f32, alive: Range<usize>) -> Cow<'_, Lit> {
        if !focus.is_some() {
            return Cow::Borrowed(&self.shown);
        }
        let gates = self.gates.as_deref();
        let flights = flights(&self.flights, alive, &self.row_of_source, gates);
        let counts = [self.rows.len(), self.flights.ends.len(), gate_count(gates)];
        Cow::Owned(Lit::new(counts, focus, dim, flights))
    }

    fn draw_activity(&self, frame: &mut Frame) {
        let timeline = self.flights.unstretched();
        let since_start = i128::from(frame.data_time_ns) - i128::from(timeline.start_ns);
        let played = (since_start as f64 / timeline.span_ns() as f64).clamp(0.0, 1.0) as f32;
        self.layout.activity(&self.activity, played, &mut frame.marks);
        self.layout.legend_rings(&mut frame.marks);
    }

    fn draw_bars(&self, lit: &Lit, frame: &mut Frame) {
        for (index, (row, counts)) in self.rows.iter().zip(&frame.counts).enumerate() {
            for side in self.layout.sides().filter(|side| self.layout.field(*side).has_bars) {
                let share = (counts[side] as f64 / self.largest_counts[side] as f64) as f32;
                self.layout.bar(side, row, share, lit.row(index), &mut frame.marks);
                if side == 2 && counts[side] > 0 {
                    let count = words::figure(counts[side], self.flights.measure);
                    frame
                        .labels
                        .push(self.layout.row_count(row, share, &count, lit.row(index)));
                }
            }
        }
    }

    /// Names beside the large bubbles in flight, with their boxes.
    fn flight_names(&self, frame: &Frame) -> Vec<(Label, [f32; 4])> {
        let bubbles = &self.flights.bubbles;
        let mut names: Vec<(Label, [f32; 4])> = Vec::new();
        for index in self.named.among(bubbles, frame.alive.clone()) {
            let bubble = bubbles.get(index);
            let source = words::spoken_name(&self.flights.names.sources[bubble.source as usize]);
            let packets = words::figure(bubble.packets, self.flights.measure);
            let full = self.flights.end_full_name(bubble.port as usize);
            let side = self.flights.ends.side(bubble.port);
            let gate = self.gates.as_ref().filter(|_| side < 2);
            let gate = gate.map(|gates| gates.name(gates.number(side, bubble.host)));
            // The port's name stands where the bubble flies to, so the source is kept longest.
            let mut texts = match gate {
                None => vec![format!("{source} → {full} · {packets}")],
                Some(host) => vec![
                    format!("{source} → {host} → {full} · {packets}"),
                    format!("{source} → {host} · {packets}"),
                ],
            };
            texts.push(format!("{source} · {packets}"));
            let placed = self.placed(index, frame);
            let Some(mut label) = self
                .layout
                .flight_name(side, &texts, placed.center_px, placed.radius_px)
            else {
                continue;
            };
            // Of names that come near each other, the smaller bubble's gives way.
            let place = self.layout.text_box_px(&label);
            let near = names.iter().map(|(_, other)| self.layout.apart(place, *other));
            let opacity = placed.fade * near.fold(1.0, f32::min);
            label.color = colors::with_alpha(label.color, opacity);
            names.push((label, place));
        }
        names
    }

    /// The columns of ends at frame `k` of a clock, while some bubbles are alive, and how bright hosts are.
    fn columns(&self, timeline: &Timeline, k: u64, now_tick: u32, alive: Range<usize>) -> ([Column; SIDES], Vec<f32>) {
        // Labels are as large as the heat has units.
        let unit = self.sizes.unit as f64;
        let cold = unit * if self.is_crowded() { COOL / 200.0 } else { heat::COLD };
        let heats = self.heat.at(&self.flights.bubbles, k, timeline, cold);
        let named = self.named_ports(timeline, k, now_tick, alive);
        let [tcp_from, hosts_from] = self.flights.ends.sides_from();
        let (ports, hosts) = heats.split_at(heats.partition_point(|heat| heat.slot < hosts_from));
        let (udp, tcp) = ports.split_at(ports.partition_point(|heat| heat.slot < tcp_from));
        let column = |side: usize, heats: &[PortHeat]| {
            let slots = self.slots(side);
            let cool = if self.crowded[side] { unit * COOL } else { 0.0 };
            let warm = heats.iter().filter(|heat| heat.felt > cool);
            let wanted_px = |heat: &PortHeat| self.layout.wanted_px((heat.felt - cool) / unit);
            let wishes = warm.map(|heat| (heat.slot - slots.start as u32, wanted_px(heat)));
            let mut wanted = Vec::with_capacity(heats.len());
            wanted.extend(wishes.filter(|(_, wish)| *wish > 0.0));
            for (slot, share) in named.iter().filter(|(slot, _)| slots.contains(slot)) {
                let (number, wish) = ((slot - slots.start) as u32, share * self.layout.unit_px() * NAMED_PORT);
                match wanted.binary_search_by_key(&number, |(number, _)| *number) {
                    Ok(at) => wanted[at].1 = wanted[at].1.max(wish),
                    Err(at) => wanted.insert(at, (number, wish)),
                }
            }
            column::arrange(slots.len() as u32, &wanted, self.layout.column_px())
        };
        let (udp, tcp) = crew::both(|| column(0, udp), || column(1, tcp));
        let (hosts, host_lights) = self.host_column(hosts);
        ([udp, tcp, hosts], host_lights)
    }

    /// The column of hosts, and how bright they are.
    fn host_column(&self, heats: &[PortHeat]) -> (Column, Vec<f32>) {
        let Some(HostSide { places, .. }) = self.hosts.as_deref() else {
            return Default::default();
        };
        let mut lights = vec![0.0; places.count()];
        for heat in heats {
            let place = (heat.slot - self.flights.ends.hosts_from()) as usize;
            lights[place] = Layout::gate_light((heat.felt / self.sizes.unit as f64) as f32);
        }
        (host_column(places, &lights, &self.layout), lights)
    }

    /// The ports to which bubbles with names fly, and the share of their labels that is due: they grow while the
    /// bubble departs, and stay until they have become hot.
    fn named_ports(&self, timeline: &Timeline, k: u64, now_tick: u32, alive: Range<usize>) -> Vec<(usize, f32)> {
        let arrived_ns = timeline.arrived_ns(k);
        let ahead = self.announced(arrived_ns, timeline, now_tick, alive.end);
        ahead.map(|(bubble, share)| (bubble.port as usize, share)).collect()
    }

    /// The bubbles with names that departed before one and have not arrived yet, or only just, where what departed up
    /// to `arrived_ns` has; and the share that is due of what announces each.
    fn announced(
        &self,
        arrived_ns: i64,
        timeline: &Timeline,
        now_tick: u32,
        end: usize,
    ) -> impl Iterator<Item = (Bubble, f32)> {
        let bubbles = &self.flights.bubbles;
        let landed_ns = arrived_ns.saturating_sub(timeline.data_ns(heat::ATTACK_SECS));
        let start = bubbles.departed_by(landed_ns).min(end);
        let ticks_per_sec = self.ticks_per_sec;
        let flights_per_tick = self.flights_per_tick();
        let named = self.named.among(bubbles, start..end).into_iter().map(move |index| {
            let bubble = bubbles.get(index);
            let tick = timeline.departure_tick(bubble.offset_ns, ticks_per_sec);
            let t = motion::progress(now_tick, tick, flights_per_tick);
            (bubble, motion::smooth_step((t / NAMED_BY).min(1.0)))
        });
        named.filter(|(_, share)| *share > 0.0)
    }

    /// The slots of the ports on one side.
    fn slots(&self, side: usize) -> Range<usize> {
        self.flights.ends.slots(side)
    }

    fn is_crowded(&self) -> bool {
        self.crowded.contains(&true)
    }

    /// The place of a port's slot in its column.
    fn place(&self, slot: usize, columns: &[Column; SIDES]) -> Place {
        let side = self.flights.ends.side(slot as u32);
        columns[side].place((slot - self.slots(side).start) as u32)
    }

    /// The points at which bubbles land in a frame, in pixels.
    fn landings_px(&self, order: &[u32], columns: &[Column; SIDES]) -> Vec<f32> {
        let ports = order
            .iter()
            .map(|index| self.flights.bubbles.port(*index as usize) as usize);
        if 4 * order.len() < self.flights.ends.len() {
            return ports.map(|slot| self.port_y_px(slot, columns)).collect();
        }
        // Nearly as many bubbles as ports: all places once, in order, rather than each by a search.
        let mut all_px = Vec::with_capacity(self.flights.ends.len());
        for (side, column) in columns.iter().enumerate() {
            let top_px = self.layout.column_top_px(side);
            column.centers(&mut |center| all_px.push(top_px + center));
        }
        ports.map(|slot| all_px[slot]).collect()
    }

    fn port_y_px(&self, slot: usize, columns: &[Column; SIDES]) -> f32 {
        self.layout.column_top_px(self.flights.ends.side(slot as u32)) + self.place(slot, columns).center
    }

    /// The point at which bubbles to the port in a slot land in a frame: x and y in pixels.
    #[must_use]
    pub fn end_px(&self, slot: usize, frame: &Frame) -> [f32; 2] {
        let x_px = self.layout.end_x_px(self.flights.ends.side(slot as u32));
        [x_px, self.port_y_px(slot, &frame.columns)]
    }

    /// Whether bubbles pass gates.
    #[must_use]
    pub fn has_gates(&self) -> bool {
        self.gates.is_some()
    }

    /// The x at which bubbles pass their gates on each side, from the left, in pixels.
    #[must_use]
    pub fn gates_x_px(&self) -> [f32; 2] {
        [0, 1].map(|side| self.layout.gate_x_px(side))
    }

    /// The gates at frame `k` of a clock, while some bubbles are alive, if there are any.
    fn gates_at(&self, timeline: &Timeline, k: u64, now_tick: u32, alive: Range<usize>) -> Option<StandingGates> {
        let gates = self.gates.as_ref()?;
        let log = &self.flights;
        let passed_ns = gates::passing(timeline).arrived_ns(k);
        let announced = self.announced(passed_ns, timeline, now_tick, alive.end);
        Some(gates.stand(log, timeline, k, self.sizes.unit, announced, &self.layout))
    }

    /// The heights at which bubbles pass their gates, in pixels.
    fn gates_px(&self, order: &[u32], standing: &StandingGates) -> Vec<f32> {
        order
            .iter()
            .map(|index| self.gate_px(*index as usize, standing).unwrap_or(0.0))
            .collect()
    }

    /// The height at which a bubble passes its gate in pixels; none for one that flies to a host.
    fn gate_px(&self, index: usize, standing: &StandingGates) -> Option<f32> {
        // Gates are in the first panel.
        let place = standing.places.get(self.gate_of(index))?;
        Some(self.layout.column_top_px(0) + place.center)
    }

    /// The number of the gate that a bubble passes; 0 where there are none, and more than any has where the bubble
    /// flies to a host.
    #[must_use]
    pub fn gate_of(&self, bubble: usize) -> usize {
        let bubbles = &self.flights.bubbles;
        self.gates.as_ref().map_or(0, |gates| {
            gates.number(self.flights.ends.side(bubbles.port(bubble)), bubbles.host(bubble))
        })
    }

    /// What the gate with a number is called in the picture, and the packets that pass it, if there is one.
    #[must_use]
    pub fn gate(&self, number: usize) -> Option<(&str, u64)> {
        let gates = self.gates.as_ref().filter(|gates| number < gates.len())?;
        Some((gates.name(number), gates.packets(number)))
    }

    fn draw_gates(&self, lit: &Lit, names: &[(Label, [f32; 4])], frame: &mut Frame) {
        let (Some(gates), Some(standing)) = (&self.gates, &frame.gates) else {
            return;
        };
        let layout = &self.layout;
        for (number, (place, light)) in standing.places.iter().zip(&standing.lights).enumerate() {
            let side = gates.side(number);
            let y_px = layout.column_top_px(side) + place.center;
            let share = lit.gate(number);
            layout.gate(side, place, y_px, *light, share, &mut frame.marks);
            if !gates.is_named(number) {
                continue;
            }
            let is_few = gates.places().are_few();
            let mut label = layout.gate_label(side, place, y_px, *light, is_few, gates.name(number));
            // The name of a bubble in flight goes over that of a gate.
            let covered = |(name, place): &(Label, [f32; 4])| {
                f32::from(name.color[3]) / 255.0 * (1.0 - layout.apart(layout.text_box_px(&label), *place))
            };
            let free = 1.0 - names.iter().map(covered).fold(0.0, f32::max);
            label.color = colors::with_alpha(label.color, share * free);
            if label.color[3] > 0 {
                frame.labels.push(label);
            }
        }
    }

    fn draw_hosts(&self, lit: &Lit, counted: usize, frame: &mut Frame) {
        let Some(HostSide {
            places,
            counters,
            largest_count,
        }) = self.hosts.as_deref()
        else {
            return;
        };
        let counts = counters.at(&self.flights.bubbles, counted, |bubble| place_of(bubble, &self.flights));
        let first_slot = self.slots(2).start;
        for (number, light) in (0..).zip(&frame.host_lights) {
            let host = layout::HostMark {
                place: frame.columns[2].place(number),
                light: *light,
                is_few: places.are_few(),
                name: places.is_named(number).then(|| places.name(number)),
                share: (counts[number as usize][0] as f64 / *largest_count as f64) as f32,
                count: words::figure(counts[number as usize][0], self.flights.measure),
                lit: lit.slot(first_slot + number as usize),
            };
            self.layout.host(&host, &mut frame.marks, &mut frame.labels);
        }
    }

    /// The names of the hosts that a gate with a number stands for.
    #[must_use]
    pub fn hosts_of_gate(&self, number: usize) -> Vec<&str> {
        let Some(gates) = &self.gates else { return Vec::new() };
        self.names_at(gates.places(), gates.place(number))
    }

    /// The names of the hosts at a place.
    #[must_use]
    pub fn hosts_at(&self, place: u32) -> Vec<&str> {
        let Some(hosts) = &self.hosts else { return Vec::new() };
        self.names_at(&hosts.places, place)
    }

    /// The names of the places of hosts, where hosts are shown.
    #[must_use]
    pub fn host_names(&self) -> &[Arc<str>] {
        let of_ends = self.hosts.as_ref().map(|hosts| &*hosts.places);
        let places = of_ends.or_else(|| self.gates.as_ref().map(|gates| gates.places()));
        places.map_or(&[], HostPlaces::names)
    }

    fn names_at(&self, places: &HostPlaces, place: u32) -> Vec<&str> {
        let hosts = places.hosts_at(place);
        hosts
            .map(|host| self.flights.names.hosts[host as usize].as_str())
            .collect()
    }

    /// Packets to a place of hosts in the time range, where hosts are in view.
    #[must_use]
    pub fn host_packets(&self, place: u32) -> u64 {
        let Some(hosts) = &self.hosts else { return 0 };
        let all = self.flights.bubbles.len();
        hosts
            .counters
            .at(&self.flights.bubbles, all, |bubble| place_of(bubble, &self.flights))[place as usize][0]
    }

    /// The x at which bubbles land on each side, in pixels.
    #[must_use]
    pub fn ends_x_px(&self) -> [f32; SIDES] {
        [0, 1, 2].map(|side| self.layout.end_x_px(side))
    }

    fn draw_ports(&self, lit: &Lit, frame: &mut Frame) {
        let columns = &frame.columns;
        let drawn = |side: usize| {
            let mut drawn = (Vec::new(), Vec::new());
            self.draw_column(side, &columns[side], lit, &mut drawn.0, &mut drawn.1);
            drawn
        };
        let (left, right) = crew::both(|| drawn(0), || drawn(1));
        for (marks, labels) in [left, right] {
            frame.marks.extend(marks);
            frame.labels.extend(labels);
        }
    }

    fn draw_column(&self, side: usize, column: &Column, lit: &Lit, marks: &mut Vec<Mark>, labels: &mut Vec<Label>) {
        let first_slot = self.slots(side).start;
        let top_px = self.layout.column_top_px(side);
        for part in column.parts() {
            match part {
                Part::Labelled(number, place) => {
                    let slot = first_slot + number as usize;
                    self.draw_port(side, slot, &place, lit.slot(slot), marks, labels);
                }
                Part::Quiet(_, count, top)
                    if self.crowded[side] || lit.is_everything() && self.layout.is_band(column.quiet()) =>
                {
                    let pitch = column.quiet();
                    let ends = [top, top + f64::from(count) * f64::from(pitch)];
                    let ends_px = ends.map(|end| top_px + end as f32);
                    self.layout.port_band(side, ends_px, pitch, lit.crowd(), marks);
                }
                Part::Quiet(first, count, top) => {
                    for below in 0..count {
                        let place = column.quiet_place(below, top);
                        let y_px = top_px + place.center;
                        let share = lit.slot(first_slot + (first + below) as usize);
                        self.layout.port_tick(side, y_px, &place, share, marks);
                    }
                }
            }
        }
    }

    /// A port that is warm; `lit` is the share of its opacity that it keeps.
    fn draw_port(
        &self,
        side: usize,
        slot: usize,
        place: &Place,
        lit: f32,
        marks: &mut Vec<Mark>,
        labels: &mut Vec<Label>,
    ) {
        let y_px = self.layout.column_top_px(side) + place.center;
        let opacity = self.layout.label_opacity(place.size);
        if opacity > 0.0 {
            self.layout.port_label(
                side,
                y_px,
                place.size,
                opacity,
                lit,
                &self.end_texts[slot],
                self.service_texts[slot].as_ref(),
                labels,
            );
        }
        if opacity < 1.0 {
            self.layout.port_tick(side, y_px, place, (1.0 - opacity) * lit, marks);
        }
    }

    /// The end in a slot.
    #[must_use]
    pub fn end(&self, slot: usize) -> End {
        self.flights.ends.get(slot)
    }
}

/// The places of some bubbles of a log.
fn flights<'a>(
    log: &'a Log,
    range: Range<usize>,
    row_of_source: &'a [u32],
    gates: Option<&'a Gates>,
) -> impl Iterator<Item = Flight> + 'a {
    log.bubbles.range(range).map(move |bubble| Flight {
        row: row_of_source[bubble.source as usize],
        slot: bubble.port,
        is_to_host: log.ends.side(bubble.port) == 2,
        gate: gates.map_or(0, |gates| gates.number(log.ends.side(bubble.port), bubble.host) as u32),
    })
}

/// Number of gates.
fn gate_count(gates: Option<&Gates>) -> usize {
    gates.map_or(0, Gates::numbers)
}

/// Indices of some bubbles, the largest first, those of one size by index.
fn largest_first(bubbles: &Bubbles, range: Range<usize>) -> Vec<u32> {
    // Most bubbles have a few packets: those are counted rather than compared, which took a tenth of
    // the time of a dense frame.
    const FEW: usize = 64;
    let few = |index: &usize| Some(bubbles.packets(*index) as usize).filter(|packets| *packets < FEW);
    let mut order: Vec<u32> = Vec::with_capacity(range.len());
    let mut counts = [0; FEW];
    for index in range.clone() {
        match few(&index) {
            Some(packets) => counts[packets] += 1,
            None => order.push(index as u32),
        }
    }
    order.sort_unstable_by_key(|index| (std::cmp::Reverse(bubbles.packets(*index as usize)), *index));
    let mut starts = [0; FEW];
    let mut next = order.len();
    for (start, count) in starts.iter_mut().zip(counts).rev() {
        *start = next;
        next += count;
    }
    order.resize(range.len(), 0);
    for index in range {
        if let Some(packets) = few(&index) {
            order[starts[packets]] = index as u32;
            starts[packets] += 1;
        }
    }
    order
}

/// The shape of a picture of these settings, and the lines of its captions.
fn shape(settings: &SceneSettings) -> (Shape, Wrapped) {
    let shape = Shape {
        size_px: settings.size_px.map(|side| side as f32),
        view: settings.view,
        large: settings.large,
        caption_lines: 0,
    };
    let lines = Wrapped::new(&settings.captions, layout::caption_letters(&shape));
    let shape = Shape {
        caption_lines: lines.most_lines(),
        ..shape
    };
    (shape, lines)
}

/// Where the things stand in a picture that captions are about.
struct Places<'a> {
    log: &'a Log,
    view: View,
    row_of_source: &'a [u32],
    gates: Option<&'a Gates>,
    hosts: Option<&'a HostSide>,
    /// Indices by code and by name, of those that a caption names.
    sources: HashMap<&'a str, usize>,
    named_hosts: HashMap<&'a str, u32>,
}

impl<'a> Places<'a> {
    fn new(
        settings: &SceneSettings,
        log: &'a Log,
        row_of_source: &'a [u32],
        gates: Option<&'a Gates>,
        hosts: Option<&'a HostSide>,
    ) -> Self {
        let captions = settings.captions.iter();
        let codes: HashSet<&str> = captions
            .clone()
            .filter_map(|caption| caption.source.as_deref())
            .collect();
        let names: HashSet<&str> = captions.filter_map(|caption| caption.host.as_deref()).collect();
        let sources = log.names.sources.iter().map(|source| source.code.as_str());
        let all_hosts = log.names.hosts.iter().map(String::as_str);
        // The names of a log are looked at where a caption names one.
        let sources = sources.zip(0..).filter(|(code, _)| codes.contains(code));
        let named_hosts = all_hosts.zip(0..).filter(|(name, _)| names.contains(name));
        Self {
            log,
            view: settings.view,
            row_of_source,
            gates,
            hosts,
            sources: if codes.is_empty() {
                HashMap::new()
            } else {
                sources.collect()
            },
            named_hosts: if names.is_empty() {
                HashMap::new()
            } else {
                named_hosts.collect()
            },
        }
    }

    /// What a caption lights: of what it is about, the things that the picture has.
    fn focus(&self, caption: &Caption) -> Focus {
        let log = self.log;
        let row = caption.source.as_deref().and_then(|code| self.sources.get(code));
        let row = row.map(|source| self.row_of_source[*source]);
        let host = caption.host.as_deref().and_then(|name| self.named_hosts.get(name));
        let host = host.copied();
        let port = caption.port.and_then(|port| log.ends.slot_of(port));
        let port = port.map(|slot| slot as u32);
        let host_end = self.hosts.zip(host);
        let host_end = host_end.map(|(hosts, host)| log.ends.hosts_from() + hosts.places.of(host));
        // A gate of each side: that of the port, where one is named.
        let gate = self.gates.zip(host).zip(port);
        let gate = gate.map(|((gates, host), slot)| gates.number(log.ends.side(slot), host) as u32);
        // In a picture of both, each half shows of it what it can: where an end there is not known, what the source sends.
        let (slot, hosts) = match (self.view, port, host_end, row) {
            (View::PortsAndHosts, Some(port), Some(host), _) => (Some(port), LitHosts::To(host)),
            (View::PortsAndHosts, Some(port), None, Some(_)) => (Some(port), LitHosts::All),
            (View::PortsAndHosts, None, Some(host), Some(_)) => (None, LitHosts::To(host)),
            (_, port, host, _) => (port.or(host), LitHosts::InSlot),
        };
        Focus { row, slot, gate, hosts }
    }
}

/// Takes a share of their opacity from labels.
fn fade(labels: &mut [Label], share: f32) {
    for label in labels {
        label.color = colors::with_alpha(label.color, share);
    }
}

/// The speed of a film in words, in 128ths of its pace; none where it is about the pace.
fn speed_text(speed: u32) -> Option<&'static str> {
    match speed as f32 / ONE as f32 {
        share if share < 0.19 => Some("1/8 speed"),
        share if share < 0.37 => Some("1/4 speed"),
        share if share < 0.75 => Some("1/2 speed"),
        share if share > 2.5 => Some("4x speed"),
        _ => None,
    }
}

/// How the bubbles of a whole log are sized: a part of it, too, and whatever its speeds.
fn sizes(log: &Log, unit: Option<u64>) -> Sizes {
    if unit == Some(1) {
        return Sizes::default();
    }
    // Those that differ in their hosts alone count as one: the unit is that of the film without hosts.
    let is_stretched = !std::ptr::eq(log.unstretched(), &log.timeline);
    let sums = match log.grouping {
        Grouping::Ports if !is_stretched => {
            let bubbles = || Departing::of(&log.bubbles);
            Sums::over(log.unstretched(), bubbles(), bubbles(), log.bubbles.most_packets())
        }
        _ => {
            let by_port = || log.bubbles.by_port();
            let bubbles = || by_port().map(|(offset_ns, packets)| (log.data_offset_ns(offset_ns), packets));
            let most = bubbles().map(|(_, packets)| packets).max();
            let [departing, arriving] = [bubbles(), bubbles()].map(Ahead::of);
            Sums::over(log.unstretched(), departing, arriving, most.unwrap_or(0))
        }
    };
    sums.sizes(unit.unwrap_or_else(|| sums.unit()))
}

/// Texts that never change, the names of the rows last.
fn statics(
    layout: &Layout,
    settings: &SceneSettings,
    rows: &[SourceRow],
    shown: &Lit,
    timeline: &Timeline,
) -> Vec<Label> {
    let (only, filter) = (settings.only.as_ref(), settings.filter.as_deref());
    let title = headline(&settings.title, only, filter, layout.title_letters());
    let mut labels = layout.static_labels(&title, timeline);
    labels.extend(row_labels(layout, rows, shown));
    labels
}

/// The names of the rows, in every panel.
fn row_labels(layout: &Layout, rows: &[SourceRow], lit: &Lit) -> Vec<Label> {
    let label = |side| move |(index, row)| layout.row_label(side, row, lit.row(index));
    layout
        .panels()
        .flat_map(|side| rows.iter().enumerate().map(label(side)))
        .collect()
}

/// Where a bubble is counted: the line, which is its row, or in a second panel a row after those of the first; and
/// the first or second of its counts.
fn line_of(bubble: &Bubble, log: &Log, row_of_source: &[u32], rows: usize) -> (usize, usize) {
    let row = row_of_source[bubble.source as usize] as usize;
    match log.ends.side(bubble.port) {
        2 if log.ends.hosts_from() > 0 => (rows + row, 0),
        2 => (row, 0),
        side => (row, side),
    }
}

/// The counts of each row by side, of those of the lines that [`line_of`] gives.
fn counts_of(lines: &[[u64; 2]], rows: usize, view: View) -> Vec<[u64; SIDES]> {
    let ports = lines.iter().map(|[udp, tcp]| [*udp, *tcp]);
    match view {
        View::Ports => ports.map(|[udp, tcp]| [udp, tcp, 0]).collect(),
        View::Hosts => ports.map(|[hosts, _]| [0, 0, hosts]).collect(),
        View::PortsAndHosts => {
            let hosts = lines[rows..].iter();
            ports
                .zip(hosts)
                .map(|([udp, tcp], [hosts, _])| [udp, tcp, *hosts])
                .collect()
        }
    }
}

/// Where a bubble is counted at hosts: its place, or behind the last.
fn place_of(bubble: &Bubble, log: &Log) -> (usize, usize) {
    let places = log.ends.slots(2);
    let slot = bubble.port as usize;
    (slot.checked_sub(places.start).unwrap_or(places.len()), 0)
}

impl HostSide {
    /// The hosts of a log in a view of hosts, with the scale of another log, as it was read.
    fn new(places: Arc<HostPlaces>, log: &Log, scale: &Log) -> Self {
        let mut packets = vec![0_u64; places.count()];
        for bubble in scale.bubbles.iter() {
            if let Some(packets) = packets.get_mut(places.of(bubble.host) as usize) {
                *packets += bubble.packets;
            }
        }
        Self {
            counters: Counters::new(&log.bubbles, places.count() + 1, |bubble| place_of(bubble, log)),
            largest_count: packets.into_iter().max().unwrap_or(1).max(1),
            places,
        }
    }
}

/// A hash of each source's code, by index.
fn source_seeds(log: &Log) -> Vec<u32> {
    let sources = log.names.sources.iter();
    sources.map(|source| motion::pcg(colors::fnv(&source.code))).collect()
}

/// A hash of each end, by slot, as each source has one: together they are the jitter of the bubbles from one to the
/// other. A port's is its number, a host's a hash of its name.
fn end_seeds(log: &Log) -> Vec<u32> {
    let seed = |slot: usize| match log.ends.get(slot) {
        End::Port(port) => port.index(),
        End::Host(_) => colors::fnv(&log.ends.name(slot)),
    };
    (0..log.ends.len()).map(seed).collect()
}

/// The outcome of a thread; its panic goes on here.
fn joined<T>(thread: thread::ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// The most packets that a row has on each side, at least 1: of UDP and TCP together, and of both to hosts.
fn largest_counts(log: &Log, rows: usize, row_of_source: &[u32]) -> [u64; SIDES] {
    let mut counts = vec![[0_u64; 2]; rows];
    for bubble in log.bubbles.iter() {
        let row = row_of_source[bubble.source as usize];
        counts[row as usize][log.ends.side(bubble.port)] += bubble.packets;
    }
    let ports = counts.iter().flatten().copied().max().unwrap_or(1).max(1);
    let hosts = counts.iter().map(|[udp, tcp]| udp + tcp).max().unwrap_or(1).max(1);
    [ports, ports, hosts]
}

/// Height of each column of the activity line, by the cube root of its packets: a flood is a
/// hundred times an ordinary hour, and both must be seen.
fn activity(log: &Log, columns: usize) -> Vec<f32> {
    let mut packets = vec![0_u64; columns];
    let span = i128::from(log.unstretched().span_ns());
    // The first offset of the column after one: a division a column, not a bubble.
    let end_of = |column: usize| ((column as i128 + 1) * span + columns as i128 - 1) / columns as i128;
    let (mut column, mut end) = (0, end_of(0));
    for bubble in log.bubbles.iter() {
        let offset_ns = i128::from(log.data_offset_ns(bubble.offset_ns));
        while offset_ns >= end {
            column += 1;
            end = end_of(column);
        }
        packets[column] += bubble.packets;
    }
    let most = packets.iter().copied().max().unwrap_or(1).max(1) as f64;
    packets
        .into_iter()
        .map(|count| (count as f64 / most).cbrt() as f32)
        .collect()
}
