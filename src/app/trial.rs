//! Which of two painters is faster: both make frames on all threads, in turns, since the speed of machines changes
//! from moment to moment. What happens once is done before that and does not count.

use std::thread;
use std::time::Duration;

/// The time for which a painter makes frames in its turn. Each thread makes one at least.
const TURN: Duration = Duration::from_millis(50);
/// Turns of each painter, at most and at least.
const TURNS: [usize; 2] = [4, 2];
/// No turns are begun after those of both painters have taken this long.
const ENOUGH: Duration = Duration::from_millis(250);
/// Where one painter was so many times as fast in each turn as the other in any, no more turns are needed.
const CLEAR: f64 = 1.25;
/// A film that the CPU makes within this time is not worth a look at the GPU.
const SHORT_SECS: f64 = 2.0;

/// One thread's work on a film. What happens once is behind it when it is made.
pub trait Worker: Send {
    /// Makes the next frame.
    ///
    /// # Errors
    /// The painter or the encoder failed.
    fn make(&mut self) -> anyhow::Result<()>;
}

/// A team of workers, each made on a thread of its own, by its number.
///
/// # Errors
/// The first of `make`.
pub fn team<W: Send>(threads: usize, make: impl Fn(usize) -> anyhow::Result<W> + Sync) -> anyhow::Result<Vec<W>> {
    all(0..threads, make)
}

/// Frames a second that all threads make in one turn, by a clock.
///
/// # Errors
/// The first of a worker.
pub fn turn(workers: &mut [impl Worker], now: impl Fn() -> Duration + Sync) -> anyhow::Result<f64> {
    let rates = all(workers, |worker: &mut _| {
        let start = now();
        let mut made = 0_u32;
        loop {
            worker.make()?;
            made += 1;
            let took = now() - start;
            if took >= TURN {
                return Ok(f64::from(made) / took.as_secs_f64());
            }
        }
    })?;
    Ok(rates.into_iter().sum())
}

/// Frames a second that two warm teams make, the medians of their turns. The first team has had its first
/// turn already, with this result.
///
/// # Errors
/// The first of a worker.
pub fn rates<W: Worker>(
    first_rate: f64,
    [ones, others]: [&mut [W]; 2],
    now: impl Fn() -> Duration + Sync,
) -> anyhow::Result<[f64; 2]> {
    let start = now();
    let mut rates = [vec![first_rate], vec![turn(others, &now)?]];
    let [most, least] = TURNS;
    while rates[1].len() < least || rates[1].len() < most && !is_clear(&rates) && now() - start < ENOUGH {
        // Whoever was second is first, so that neither always has the machine as the other left it.
        if rates[1].len() % 2 == 1 {
            rates[1].push(turn(others, &now)?);
            rates[0].push(turn(ones, &now)?);
        } else {
            rates[0].push(turn(ones, &now)?);
            rates[1].push(turn(others, &now)?);
        }
    }
    Ok(rates.map(median))
}

/// Whether every turn of one team was far faster than any of the other's.
fn is_clear(rates: &[Vec<f64>; 2]) -> bool {
    let [ones, others] = rates.each_ref().map(|rates| {
        let least = rates.iter().copied().fold(f64::INFINITY, f64::min);
        [least, rates.iter().copied().fold(0.0, f64::max)]
    });
    ones[0] > CLEAR * others[1] || others[0] > CLEAR * ones[1]
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    let middle = rates.len() / 2;
    if rates.len() % 2 == 1 {
        rates[middle]
    } else {
        f64::midpoint(rates[middle - 1], rates[middle])
    }
}

/// The same work for each of some things, on a thread of its own; what came of it, in their order.
fn all<T: Send, R: Send>(
    things: impl IntoIterator<Item = T>,
    work: impl Fn(T) -> anyhow::Result<R> + Sync,
) -> anyhow::Result<Vec<R>> {
    let work = &work;
    thread::scope(|scope| {
        let threads: Vec<_> = things
            .into_iter()
            .map(|thing| scope.spawn(move || work(thing)))
            .collect();
        let joined = threads.into_iter().map(thread::ScopedJoinHandle::join);
        joined
            .map(|done| done.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    })
}

/// The reason why the CPU draws a film that is too short for more measurements; `None` where it is not.
pub fn is_short(cpu_rate: f64, frames: u64) -> Option<String> {
    let secs = frames as f64 / cpu_rate;
    (secs < SHORT_SECS).then(|| format!("with the CPU it takes {:.2} s", secs.max(0.01)))
}

/// Whether a graphics adapter is to draw, and why.
pub fn is_for_gpu([cpu_rate, gpu_rate]: [f64; 2]) -> (bool, String) {
    let why =
        format!("of its frames {gpu_rate:.0} a second were made with the graphics adapter, {cpu_rate:.0} with the CPU");
    (gpu_rate > cpu_rate, why)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    /// A worker by a clock that goes on only while it works, in milliseconds.
    struct Fake<'a> {
        clock: &'a AtomicU64,
        /// Of each frame, over and over.
        frames_ms: &'a [u64],
        made: usize,
    }

    impl Worker for Fake<'_> {
        fn make(&mut self) -> anyhow::Result<()> {
            let ms = self.frames_ms[self.made % self.frames_ms.len()];
            self.clock.fetch_add(ms, Ordering::Relaxed);
            self.made += 1;
            Ok(())
        }
    }

    /// The rates of two workers that take so long to start, and for each frame; the milliseconds that it took to
    /// find them, and the frames that each made.
    fn tried(workers: [(u64, &[u64]); 2]) -> ([f64; 2], u64, [usize; 2]) {
        let clock = AtomicU64::new(0);
        let now = || Duration::from_millis(clock.load(Ordering::Relaxed));
        let made = |(start_ms, frames_ms)| {
            team(1, |_| {
                clock.fetch_add(start_ms, Ordering::Relaxed);
                Ok(Fake {
                    clock: &clock,
                    frames_ms,
                    made: 0,
                })
            })
            .unwrap()
        };
        let [ones, others] = workers;
        let mut ones = made(ones);
        let first = turn(&mut ones, now).unwrap();
        let mut others = made(others);
        let warm_ms = clock.load(Ordering::Relaxed);
        let rates = rates(first, [&mut ones, &mut others], now).unwrap();
        (
            rates,
            clock.load(Ordering::Relaxed) - warm_ms,
            [ones[0].made, others[0].made],
        )
    }

    #[test]
    fn a_slow_start_does_not_decide() {
        let ([one, other], ms, _) = tried([(0, &[20]), (2000, &[18])]);
        assert!(
            one < other && (one - 50.0).abs() < 1.0 && (other - 55.6).abs() < 1.0,
            "{one} {other}"
        );
        assert!(ms <= 500, "{ms}");
        let ([one, other], ..) = tried([(2000, &[18]), (0, &[20])]);
        assert!(one > other);
    }

    #[test]
    fn one_bad_moment_does_not_decide_and_a_clear_result_ends_the_trial() {
        // Its fifth frame takes a quarter of a second.
        let hiccup: Vec<u64> = (0..100).map(|frame| if frame == 4 { 250 } else { 9 }).collect();
        let ([one, other], ..) = tried([(0, &[10]), (0, &hiccup)]);
        assert!((one - 100.0).abs() < 1.0 && one < 2.0 * other, "{one} {other}");
        let (_, ms, made) = tried([(0, &[10]), (0, &[1])]);
        assert_eq!((ms, made), (150, [10, 100]));
        // Frames that are longer than a turn.
        let (_, ms, made) = tried([(0, &[200]), (0, &[190])]);
        assert_eq!((ms, made), (580, [2, 2]));
    }

    #[test]
    fn the_faster_one_draws_and_a_short_film_is_not_worth_a_look() {
        let (gpu, why) = is_for_gpu([316.0, 435.4]);
        assert!(gpu && why.contains("435") && why.contains("316"), "{why}");
        assert!(!is_for_gpu([4000.0, 860.0]).0);
        assert!(is_short(400.0, 700).is_some() && is_short(400.0, 8000).is_none());
        assert!(is_clear(&[vec![100.0, 130.0], vec![79.0, 20.0]]) && is_clear(&[vec![10.0], vec![20.0, 13.0]]));
        assert!(!is_clear(&[vec![100.0, 130.0], vec![81.0, 20.0]]));
        assert_eq!((median(vec![3.0, 1.0, 2.0]), median(vec![4.0, 1.0])), (2.0, 2.5));
    }
}
