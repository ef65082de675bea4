//! The remark on a film that is short since there is little to see.

use crate::log::Log;
use crate::timeline::TimeSpec;
use crate::words::{counted, exact_duration};

/// The remark on a film that chose longer bins than the length of its log alone would give, since it has few rows.
pub fn remark(log: &Log, spec: &TimeSpec) -> Option<String> {
    let bin_ns = log.timeline.bin_ns;
    let of_many_ns = log.bin_of_many_ns(spec);
    (of_many_ns < bin_ns).then(|| {
        format!(
            "{} make a short film, in bins of {}: --bin {} or --duration makes a longer one",
            counted(log.drawable_rows, "row"),
            exact_duration(bin_ns),
            exact_duration(of_many_ns)
        )
    })
}
