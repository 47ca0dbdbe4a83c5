//! Rates by CPU time, workloads taking turns so that whatever else the machine does falls on all.

use rustix::time::{ClockId, clock_gettime};
use std::error::Error;

/// How long and how often.
#[derive(Clone, Copy)]
pub(crate) struct Meter {
    /// CPU seconds of one turn.
    pub(crate) seconds: f64,
    /// Turns of each workload, a shorter one to warm up not counted.
    pub(crate) rounds: usize,
}

/// What fails while measuring; the message names no value.
pub(crate) type Failure = Box<dyn Error>;

/// A named workload: does a piece of work and says how many units it was.
pub(crate) struct Workload<'a> {
    pub(crate) name: &'static str,
    pub(crate) turn: Box<dyn FnMut() -> Result<u64, Failure> + 'a>,
}

impl<'a> Workload<'a> {
    pub(crate) fn new(name: &'static str, turn: impl FnMut() -> Result<u64, Failure> + 'a) -> Self {
        Self {
            name,
            turn: Box::new(turn),
        }
    }
}

/// For each workload its units per CPU second, one figure for each round.
pub(crate) struct Rates(Vec<(&'static str, Vec<f64>)>);

impl Rates {
    pub(crate) fn to_json(&self) -> serde_json::Value {
        self.0
            .iter()
            .map(|(name, rates)| {
                (
                    (*name).to_owned(),
                    serde_json::Value::from(rates.as_slice()),
                )
            })
            .collect()
    }
}

impl Meter {
    /// Runs the workloads in turn.
    pub(crate) fn rates(self, mut workloads: Vec<Workload<'_>>) -> Result<Rates, Failure> {
        let mut rates: Vec<_> = workloads
            .iter()
            .map(|work| (work.name, Vec::new()))
            .collect();
        for work in &mut workloads {
            one_turn(work, self.seconds / 4.0)?;
        }
        for _ in 0..self.rounds {
            for (work, (_, seen)) in workloads.iter_mut().zip(&mut rates) {
                seen.push(one_turn(work, self.seconds)?);
            }
        }
        Ok(Rates(rates))
    }
}

fn one_turn(work: &mut Workload<'_>, seconds: f64) -> Result<f64, Failure> {
    let began = cpu_seconds();
    let mut units = 0;
    loop {
        units += (work.turn)()?;
        let used = cpu_seconds() - began;
        if used >= seconds {
            #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
            return Ok(units as f64 / used);
        }
    }
}

/// User and system time of all threads of this process.
fn cpu_seconds() -> f64 {
    let now = clock_gettime(ClockId::ProcessCPUTime);
    #[expect(
        clippy::cast_precision_loss,
        reason = "seconds since the process began"
    )]
    let seconds = now.tv_sec as f64 + now.tv_nsec as f64 / 1e9;
    seconds
}
