//! The order of findings, and those that a film tells.

use super::finding::Finding;
use crate::counting::score;
use crate::plan::Kind;
use crate::timeline::Timeline;

/// Findings of a film, at most.
const MOST: usize = 12;
/// A finding of a lower score tells of next to nothing: it is none, or where others like it came before, not told again.
const LEAST_SCORE: f64 = 3.0;
/// Seconds of film between two of them, at least.
const APART_SECS: f64 = 8.0;

/// Findings with their scores in a film, the strongest first: `log2(1 + above) * sqrt(seconds of film)`, with the flight
/// of its last packets, halved for each earlier one of the same kind, source and port. Of those that tell the same of the
/// same time, the strongest is left, and nothing of next to no score.
pub(super) fn ranked(findings: &[Finding], timeline: &Timeline) -> Vec<Finding> {
    let travel_secs = timeline.travel_ns as f64 / 1e9;
    let secs_of = |length_ns: u64| length_ns as f64 / 1e9 / timeline.pace_secs();
    let mut ranked: Vec<Finding> = findings.to_vec();
    for finding in &mut ranked {
        let secs = secs_of(finding.until_ns.abs_diff(finding.at_ns));
        finding.score = match finding.kind {
            // A film has nothing to show of it.
            Kind::Silence | Kind::First | Kind::Note => score(finding.above, travel_secs),
            // Its targets by the second.
            Kind::Scan if finding.by_address => score(finding.above / secs.max(1.0), secs + travel_secs),
            Kind::Scan | Kind::Flood | Kind::Sweep | Kind::Worm => score(finding.above, secs + travel_secs),
        };
    }
    let sweeps: Vec<Finding> = ranked
        .iter()
        .filter(|finding| finding.kind == Kind::Sweep)
        .cloned()
        .collect();
    ranked.retain(|finding| !sweeps.iter().any(|sweep| sweep.is_of_packets(finding)));
    sort(&mut ranked);
    let mut kept: Vec<Finding> = Vec::new();
    for finding in ranked {
        if is_enough(&finding) && kept.iter().all(|stronger| !stronger.tells_of(&finding)) {
            kept.push(finding);
        }
    }
    let same = |a: &Finding, b: &Finding| a.kind == b.kind && a.source == b.source && a.port == b.port;
    let earlier: Vec<i32> = kept
        .iter()
        .map(|finding| {
            let before = kept
                .iter()
                .filter(|other| other.at_ns < finding.at_ns && same(finding, other));
            before.count().min(60) as i32
        })
        .collect();
    for (finding, earlier) in kept.iter_mut().zip(earlier) {
        // To three places, as a plan has it.
        finding.score = (finding.score * 0.5_f64.powi(earlier) * 1000.0).round() / 1000.0;
    }
    sort(&mut kept);
    kept
}

/// Whether it is worth telling. What begins is, where it is not told of already, however little it is seen.
fn is_enough(finding: &Finding) -> bool {
    finding.score >= LEAST_SCORE || finding.kind == Kind::First
}

fn sort(findings: &mut [Finding]) {
    findings.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.order().cmp(&b.order())));
}

/// The findings that a film tells, of those that are ranked: the strongest, none of them too soon after or before a
/// stronger one, and none that is hardly worth it after those like it before.
#[must_use]
pub fn told(ranked: &[Finding], timeline: &Timeline) -> Vec<Finding> {
    let at_secs = |finding: &Finding| timeline.departure_secs(finding.at_ns.saturating_sub(timeline.start_ns));
    let mut told: Vec<Finding> = Vec::new();
    for finding in ranked.iter().filter(|finding| is_enough(finding)) {
        let far = |other: &Finding| (at_secs(other) - at_secs(finding)).abs() >= APART_SECS;
        if told.len() < MOST && told.iter().all(far) {
            told.push(finding.clone());
        }
    }
    told
}
