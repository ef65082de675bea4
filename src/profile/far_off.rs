//! Packets that are far in time from nearly all others, as those of a clock that was not set. Knows no log:
//! only spans of time, in their order, and the number of things in each.

const DAY_NS: i64 = 86_400_000_000_000;

/// A gap of a day or more counts if it is this many times as long as the time that nearly all things take.
const FACTOR: i64 = 20;

/// With fewer than one in this many things before it, a gap counts if all last more than four times as long as they
/// would without those.
const RARE: u64 = 1000;
const RARE_FACTOR: i64 = 3;

/// Things that are near to each other in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Time of the first, Unix nanoseconds.
    pub first_ns: i64,
    /// Time of the last.
    pub last_ns: i64,
    /// Number of things, at least 1.
    pub count: u64,
}

/// Few things on one side of a long gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FarOff {
    /// Length of the gap in nanoseconds.
    pub gap_ns: i64,
    /// Number of things that are far off.
    pub count: u64,
    /// Time of the nearest thing on the other side of the gap, Unix nanoseconds.
    pub edge_ns: i64,
}

/// The things that are far off before and behind the others, of `total` in all; the spans from the first on,
/// and from the last back.
pub fn far_off(
    total: u64,
    from_first: impl Iterator<Item = Span> + Clone,
    from_last: impl Iterator<Item = Span> + Clone,
) -> [Option<FarOff>; 2] {
    // The most that may be far off: some, and few of all.
    let some = (total / 50).clamp(5, 10_000).min(total / 4);
    let is_long = |gap_ns: i64, usual_ns: i64| gap_ns >= DAY_NS && gap_ns / FACTOR > usual_ns;
    let far = beyond(some, from_first.clone(), from_last.clone(), is_long);
    let rare = total.saturating_sub(1) / RARE;
    let is_long = |gap_ns: i64, usual_ns: i64| gap_ns / RARE_FACTOR >= usual_ns.max(1);
    let rare = beyond(rare, from_first, from_last, is_long);
    [far[0].or(rare[0]), far[1].or(rare[1])]
}

/// The things before and behind a gap that is long, `most` of them at most on a side.
fn beyond(
    most: u64,
    from_first: impl Iterator<Item = Span>,
    from_last: impl Iterator<Item = Span>,
    is_long: impl Fn(i64, i64) -> bool,
) -> [Option<FarOff>; 2] {
    if most == 0 {
        return [None; 2];
    }
    // Backwards, times are mirrored.
    let mirrored = from_last.map(|span| Span {
        first_ns: !span.last_ns,
        last_ns: !span.first_ns,
        ..span
    });
    let (before, bulk_start_ns) = longest_gap(most, from_first);
    let (behind, bulk_end_ns) = longest_gap(most, mirrored);
    let usual_ns = (!bulk_end_ns).saturating_sub(bulk_start_ns);
    let is_long = |far: &FarOff| is_long(far.gap_ns, usual_ns);
    let behind = behind.map(|far| FarOff {
        edge_ns: !far.edge_ns,
        ..far
    });
    [before.filter(is_long), behind.filter(is_long)]
}

/// The longest gap with `most` things or fewer before it, and the time of the first thing behind those.
fn longest_gap(most: u64, spans: impl Iterator<Item = Span>) -> (Option<FarOff>, i64) {
    let (mut count, mut last_ns, mut longest) = (0, None, None::<FarOff>);
    for span in spans {
        if let Some(last_ns) = last_ns {
            let gap_ns = span.first_ns.saturating_sub(last_ns);
            if longest.is_none_or(|longest| gap_ns >= longest.gap_ns) {
                longest = Some(FarOff {
                    gap_ns,
                    count,
                    edge_ns: span.first_ns,
                });
            }
        }
        count += span.count;
        last_ns = Some(span.last_ns);
        if count > most {
            return (longest, span.first_ns);
        }
    }
    (longest, last_ns.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(spans: &[(i64, i64, u64)]) -> [Option<FarOff>; 2] {
        let spans: Vec<Span> = spans
            .iter()
            .map(|&(first, last, count)| Span {
                first_ns: first * DAY_NS,
                last_ns: last * DAY_NS,
                count,
            })
            .collect();
        let total = spans.iter().map(|span| span.count).sum();
        far_off(total, spans.iter().copied(), spans.iter().rev().copied())
    }

    #[test]
    fn few_things_beyond_a_long_gap_are_far_off() {
        let far = |gap, count, edge| {
            Some(FarOff {
                gap_ns: gap * DAY_NS,
                count,
                edge_ns: edge * DAY_NS,
            })
        };
        assert_eq!(found(&[(0, 0, 1), (100, 102, 60)]), [far(100, 1, 100), None]);
        assert_eq!(
            found(&[(100, 102, 60), (200, 201, 2), (900, 901, 1)]),
            [None, far(699, 1, 201)]
        );
        assert_eq!(
            found(&[(0, 1, 2), (100, 102, 60), (300, 300, 1)]),
            [far(99, 2, 100), far(198, 1, 102)]
        );
        // One in a thousand: three quarters of the time are its.
        assert_eq!(found(&[(0, 0, 1), (4, 5, 1000)]), [far(4, 1, 4), None]);
        assert_eq!(found(&[(0, 1, 5000), (8, 8, 2)]), [None, far(7, 2, 1)]);
        for usual in [
            &[(0, 0, 1), (2, 5, 1000)][..],
            &[(0, 0, 2), (4, 5, 1000)],
            &[(0, 0, 1), (30, 32, 60)],
            &[(0, 0, 30), (100, 102, 60)],
            &[(0, 0, 1), (100, 100, 1), (101, 101, 1)],
            &[(0, 400, 100)],
            &[],
        ] {
            assert_eq!(found(usual), [None; 2], "{usual:?}");
        }
    }
}
