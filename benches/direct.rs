//! How much of what made-up logs hold is found, and how much else: a table by kinds over many seeds.
//! `cargo bench --bench direct -- SEEDS [EVENTS]`. Without a number of seeds it measures nothing.

#[path = "../tests/support/known.rs"]
mod known;

use known::Tally;
use portbloom::synth::KnownKind;

const KINDS: [(&str, Option<KnownKind>); 5] = [
    ("floods", Some(KnownKind::Flood)),
    ("scans", Some(KnownKind::Scan)),
    ("sweeps", Some(KnownKind::Sweep)),
    ("worms", Some(KnownKind::Worm)),
    ("all", None),
];

fn main() {
    // Cargo adds `--bench`.
    let mut numbers = std::env::args()
        .skip(1)
        .filter_map(|argument| argument.parse::<u64>().ok());
    let Some(seeds) = numbers.next() else {
        println!("direct: no number of seeds was given");
        return;
    };
    let events = numbers.next().unwrap_or(300_000);
    let mut tallies = [Tally::default(); KINDS.len()];
    let mut worst = (1.0_f64, 1.0_f64);
    for seed in 1..=seeds {
        // Every other log has hosts that are swept.
        let hosts = [None, Some(60), None, Some(500)][seed as usize % 4];
        let log = known::findings(events, seed, hosts);
        for ((_, kind), tally) in KINDS.iter().zip(&mut tallies) {
            tally.add(known::tally(&log, *kind));
        }
        let all = known::tally(&log, None);
        worst = (worst.0.min(all.recall()), worst.1.min(all.precision()));
    }
    println!("{seeds} logs of {events} rows\n\n| kind | in the logs | recall | precision |\n| --- | --: | --: | --: |");
    for ((name, _), tally) in KINDS.iter().zip(tallies) {
        println!(
            "| {name} | {} | {:.3} | {:.3} |",
            tally.known,
            tally.recall(),
            tally.precision()
        );
    }
    println!("\nthe worst log: recall {:.3}, precision {:.3}", worst.0, worst.1);
}
