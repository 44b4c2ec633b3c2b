//! Times this program against the least that any program could cost, and
//! against what people use today, all in one interleaved run:
//!
//! ```text
//! cargo bench
//! ```
//!
//! Machines are noisy and drift, so only ratios are worth quoting, and each is
//! the median of ratios within pairs: the two of a pair run right after each
//! other, and pairs of all kinds take turns.

mod contenders;
mod stopwatch;

use std::error::Error;
use std::time::Duration;

use tempfile::TempDir;

use contenders::{APPLY, BASH, Contender, FLOOR, contenders};
use stopwatch::{median, percentile};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const ROUNDS: usize = 150;

/// How much more than an empty program an apply with nothing to do may cost.
const MOST_TO_FLOOR: f64 = 1.25;

/// How much faster than the three lines of bash it has to be.
const LEAST_TO_BASH: f64 = 7.0;

/// A contender and what it is compared with, and what came of each pair.
struct Comparison {
    contender: usize,
    base: usize,
    times: Vec<Duration>,
    ratios: Vec<f64>,
}

fn main() -> Result<()> {
    let scratch = TempDir::new()?;
    let mut contenders = contenders(scratch.path())?;
    for contender in &mut contenders {
        contender.prepare()?;
        contender.time()?;
    }
    let mut comparisons: Vec<Comparison> = (1..contenders.len())
        .flat_map(|contender| [FLOOR, APPLY].map(|base| (contender, base)))
        .filter(|(contender, base)| contender != base)
        .filter(|(contender, base)| *base == FLOOR || !contenders[*contender].is_fresh)
        .map(|(contender, base)| Comparison {
            contender,
            base,
            times: Vec::with_capacity(ROUNDS),
            ratios: Vec::with_capacity(ROUNDS),
        })
        .collect();
    for _ in 0..ROUNDS {
        for comparison in &mut comparisons {
            comparison.run(&mut contenders)?;
        }
    }
    print_table(&contenders, &comparisons);
    hold_bars(&comparisons)
}

impl Comparison {
    /// Runs one pair. Before each of the two an empty program runs untimed, so
    /// that both find the processor's and the kernel's caches as that leaves
    /// them, and not as some other contender does.
    fn run(&mut self, contenders: &mut [Contender]) -> Result<()> {
        let [base, time] = [self.base, self.contender].map(|index| {
            contenders[index].prepare()?;
            contenders[FLOOR].time()?;
            contenders[index].time()
        });
        let time = time?;
        self.times.push(time);
        self.ratios.push(time.as_secs_f64() / base?.as_secs_f64());
        Ok(())
    }
}

fn print_table(contenders: &[Contender], comparisons: &[Comparison]) {
    println!("medians of {ROUNDS} interleaved pairs; wall time per run in microseconds");
    println!();
    println!("| contender                   |  time | to an empty main | to apply, no-op |");
    println!("| --------------------------- | ----: | ---------------: | --------------: |");
    for (index, contender) in contenders.iter().enumerate().skip(1) {
        let found = |base| find(comparisons, index, base);
        let ratio = |base| {
            found(base).map_or(String::new(), |found| {
                format!("{:.2}", median(&found.ratios))
            })
        };
        let times = found(FLOOR).map_or(&[][..], |found| &found.times);
        let time = percentile(times, 50).as_secs_f64() * 1e6;
        let (to_floor, to_apply) = (ratio(FLOOR), ratio(APPLY));
        println!(
            "| {:27} | {time:5.0} | {to_floor:>16} | {to_apply:>15} |",
            contender.name
        );
    }
    println!();
}

fn find(comparisons: &[Comparison], contender: usize, base: usize) -> Option<&Comparison> {
    let mut all = comparisons.iter();
    all.find(|comparison| (comparison.contender, comparison.base) == (contender, base))
}

/// Fails if nothing to do costs more than it may.
fn hold_bars(comparisons: &[Comparison]) -> Result<()> {
    let ratio = |contender, base| {
        let found = find(comparisons, contender, base).ok_or("not compared")?;
        Ok::<f64, Box<dyn Error>>(median(&found.ratios))
    };
    let (to_floor, to_bash) = (ratio(APPLY, FLOOR)?, ratio(BASH, APPLY)?);
    println!("apply with nothing to do: {to_floor:.2} of an empty main, at most {MOST_TO_FLOOR}");
    println!("and {to_bash:.1} times faster than bash, at least {LEAST_TO_BASH}");
    if to_floor > MOST_TO_FLOOR || to_bash < LEAST_TO_BASH {
        return Err("a bar is not held; if the machine is busy, try again when it is not".into());
    }
    Ok(())
}
