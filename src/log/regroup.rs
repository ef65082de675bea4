//! A log on another clock, made of its bubbles: rows are not kept, and reading them again takes time.
//! Possible where every new bin is a whole number of the old; the outcome is that of reading again.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use foldhash::fast::RandomState;

use super::bubbles::{Bubble, Bubbles, gcd};
use super::grouping::common_host;
use super::{AskedRange, Grouping, Log};
use crate::timeline::{TimeSpec, Timeline};

impl Log {
    /// This log as `spec` has it shown. `None` where that takes the rows: for another time range, for bins
    /// that cut those here, for a log in a view of hosts or at speeds of its own, or where there would be no film, which reading tells why.
    #[must_use]
    pub fn on_clock(&self, spec: &TimeSpec) -> Option<Self> {
        // Bubbles to hosts do not tell by which ports longer bins would have them depart.
        let to_ports = self.ends.hosts_from() as usize == self.ends.len();
        if self.asked != AskedRange::of(spec) || !to_ports || self.paced.is_some() {
            return None;
        }
        let (first_ns, last_ns) = self.span_ns;
        let timeline = Timeline::settle_for(spec, first_ns, last_ns, self.events).ok()?;
        let own = &self.timeline;
        // How much later the old clock starts.
        let later_ns = own.start_ns.checked_sub(timeline.start_ns)?;
        if timeline.bin_ns % own.bin_ns != 0 || later_ns % own.bin_ns != 0 {
            return None;
        }
        let same = timeline.bin_ns == own.bin_ns && later_ns == 0;
        Some(Self {
            bubbles: if same {
                Arc::clone(&self.bubbles)
            } else {
                Arc::new(self.regrouped(timeline.bin_ns, later_ns))
            },
            timeline,
            ..self.clone()
        })
    }

    /// The bubbles of longer bins, counted from `later_ns` before the start. The first of those that are
    /// one says when it departs, and they come in the order that they are to have.
    fn regrouped(&self, bin_ns: i64, later_ns: i64) -> Bubbles {
        let counts = [self.ends.len(), self.names.sources.len(), self.names.hosts.len()];
        let mut regrouped = Bubbles::new(gcd(self.bubbles.unit_ns(), later_ns), counts);
        let by_host = self.grouping == Grouping::PortsByHost;
        let mut bin: Vec<Bubble> = Vec::new();
        let mut end = |bin: &mut Vec<Bubble>| {
            if by_host {
                // A host that was met later departs with those before it.
                bin.sort_unstable_by_key(Bubble::order);
            }
            bin.drain(..).for_each(|bubble| regrouped.push(&bubble));
        };
        let mut bin_end_ns = 0;
        // Where a port, source and host is in the bin; where hosts are told apart, also its port and source.
        let mut known: HashMap<(u32, u32, Option<u32>), u32, RandomState> = HashMap::default();
        for mut bubble in self.bubbles.iter() {
            bubble.offset_ns += later_ns;
            if bubble.offset_ns >= bin_end_ns {
                end(&mut bin);
                known.clear();
                bin_end_ns = (bubble.offset_ns / bin_ns + 1).saturating_mul(bin_ns);
            }
            let next = bin.len() as u32;
            if by_host {
                let first = *known.entry((bubble.port, bubble.source, None)).or_insert(next);
                bubble.offset_ns = bin
                    .get(first as usize)
                    .map_or(bubble.offset_ns, |first| first.offset_ns);
            }
            match known.entry((bubble.port, bubble.source, by_host.then_some(bubble.host))) {
                Entry::Vacant(place) => {
                    place.insert(next);
                    bin.push(bubble);
                }
                Entry::Occupied(place) => {
                    let first = &mut bin[*place.get() as usize];
                    first.packets += bubble.packets;
                    first.host = common_host(first.host, bubble.host);
                }
            }
        }
        end(&mut bin);
        regrouped.shrink_to_fit();
        regrouped
    }
}
