//! A log at speeds of its own: its bubbles in stretched time, and the way back to the times of its data.

use std::sync::Arc;

use super::Log;
use super::bubbles::Bubbles;
use super::paced::Paced;
use crate::timeline::{FASTEST, ONE, SpeedRange, Speeds, Timeline, TimelineError};

/// Parts of a second of film that departures are rounded down to: 15 microseconds, a clock tick of shaders.
const PARTS: i64 = 1 << 16;

impl Log {
    /// The same log at other speeds in some time ranges, counted from its start, standing still for `holds_ns`
    /// nanoseconds of film before its first moment and after its last flight. A log that has speeds gets these
    /// instead of them.
    ///
    /// # Errors
    /// [`TimelineError`]: ranges that overlap, a film that is too long.
    pub fn at_speeds(&self, ranges: &[SpeedRange], holds_ns: [i64; 2]) -> Result<Self, TimelineError> {
        let data = *self.unstretched();
        let pace = |film_ns| data.data_of_film_ns(film_ns);
        let speeds = Speeds::new(data.span_ns(), pace, ranges, holds_ns)?;
        let timeline = data.stretched(&speeds)?;
        let tick_ns = (data.data_of_film_ns(1_000_000_000) / PARTS).max(1);
        let counts = [self.ends.len(), self.names.sources.len(), self.names.hosts.len()];
        let moved = self.bubbles.iter().map(|mut bubble| {
            let stretched_ns = speeds.stretched_ns(self.data_offset_ns(bubble.offset_ns));
            bubble.offset_ns = stretched_ns - stretched_ns.rem_euclid(tick_ns);
            bubble
        });
        // Departures that have become one are put in order again.
        let bubbles = Bubbles::new(tick_ns, counts).ordered(moved, self.bubbles.len());
        let unit_ns = self
            .paced
            .as_ref()
            .map_or_else(|| self.bubbles.unit_ns(), |paced| paced.unit_ns);
        Ok(Self {
            bubbles: Arc::new(bubbles),
            timeline,
            paced: Some(Arc::new(Paced { speeds, data, unit_ns })),
            ..self.clone()
        })
    }

    /// The clock of its data: start, end and bin are times of the log, whatever the film's speeds.
    #[must_use]
    pub fn unstretched(&self) -> &Timeline {
        self.paced.as_ref().map_or(&self.timeline, |paced| &paced.data)
    }

    /// Nanoseconds by which times of bubbles are too early, at most: those of long logs and at other speeds are rounded.
    #[must_use]
    pub fn rounding_ns(&self) -> i64 {
        let unit_ns = self.bubbles.unit_ns();
        let fastest = i64::from(FASTEST / ONE);
        self.paced
            .as_ref()
            .map_or(unit_ns, |paced| paced.unit_ns.max(unit_ns.saturating_mul(fastest)))
    }

    /// The data time of a bubble that departs at an offset, from the start of the time range.
    #[must_use]
    pub fn data_offset_ns(&self, offset_ns: i64) -> i64 {
        let Some(paced) = &self.paced else { return offset_ns };
        // The first moment that departs then, among those that the log has.
        let after_ns = paced.speeds.data_ns(offset_ns - 1) + i64::from(offset_ns > paced.speeds.holds_ns()[0]);
        let units = after_ns / paced.unit_ns + i64::from(after_ns % paced.unit_ns > 0);
        units.saturating_mul(paced.unit_ns)
    }

    /// The departure of what happens at a data time, both from the start of the time range.
    #[must_use]
    pub fn departure_ns(&self, data_offset_ns: i64) -> i64 {
        let Some(paced) = &self.paced else {
            return data_offset_ns;
        };
        paced.speeds.stretched_ns(data_offset_ns)
    }

    /// Data time of frame `k`, Unix nanoseconds, by this log's clock or one of finer frames.
    #[must_use]
    pub fn data_time_ns(&self, clock: &Timeline, k: u64) -> i64 {
        let time_ns = clock.data_time_ns(k);
        let Some(paced) = &self.paced else { return time_ns };
        let start_ns = paced.data.start_ns;
        let offset_ns = time_ns.saturating_sub(start_ns);
        // While the last bubbles fly it goes on at the film's pace, as in a film without speeds.
        let behind_ns = offset_ns.saturating_sub(paced.speeds.stretched_end_ns());
        let flight_ns = paced.data.data_of_film_ns(paced.data.travel_ns);
        let offset_ns = paced
            .speeds
            .data_ns(offset_ns)
            .saturating_add(behind_ns.clamp(0, flight_ns));
        start_ns.saturating_add(offset_ns)
    }

    /// The frame whose data time is nearest to `time_ns`; `None` outside of the film.
    #[must_use]
    pub fn frame_at(&self, time_ns: i64) -> Option<u64> {
        let start_ns = self.timeline.start_ns;
        let offset_ns = time_ns.checked_sub(start_ns).filter(|offset_ns| *offset_ns >= 0)?;
        self.timeline
            .frame_at(start_ns.saturating_add(self.departure_ns(offset_ns)))
    }

    /// The speed at frame `k` of this log's clock or one of finer frames, in 128ths of the film's pace.
    #[must_use]
    pub fn speed(&self, clock: &Timeline, k: u64) -> u32 {
        let offset_ns = clock.departed_ns(k);
        self.paced.as_ref().map_or(ONE, |paced| paced.speeds.speed(offset_ns))
    }

    /// Film time before the first moment and after the last flight, in seconds.
    #[must_use]
    pub fn holds_secs(&self) -> [f64; 2] {
        let Some(paced) = &self.paced else { return [0.0; 2] };
        paced
            .speeds
            .holds_ns()
            .map(|hold_ns| paced.data.departure_secs(hold_ns))
    }
}
