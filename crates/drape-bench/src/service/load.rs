//! Closed loops: each client has one job in flight and asks for the next when it is done.

use std::future::Future;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::figures::quantile;

/// The counts of all clients of a measurement.
#[derive(Default)]
pub(crate) struct Measured {
    /// Milliseconds of each job that began after the warm-up and ended in time.
    pub(crate) latencies: Vec<f32>,
    /// Jobs that failed.
    pub(crate) errors: usize,
    /// Length of the measurement.
    pub(crate) seconds: f64,
}

/// The figures of a measurement.
#[derive(Clone, Copy)]
pub(crate) struct Figures {
    pub(crate) per_second: f32,
    pub(crate) p50: f32,
    pub(crate) p99: f32,
    pub(crate) errors: usize,
}

impl Measured {
    pub(crate) fn figures(mut self) -> Figures {
        Figures {
            per_second: self.latencies.len() as f32 / self.seconds as f32,
            p50: quantile(&mut self.latencies, 0.5),
            p99: quantile(&mut self.latencies, 0.99),
            errors: self.errors,
        }
    }
}

/// Runs each client's loop of jobs for a time, the first fifth of it as warm-up. `start` opens a client and
/// returns a function that does one job. Call it in a `LocalSet`.
pub(crate) async fn closed<C, Open, Job>(
    clients: usize,
    seconds: f64,
    open: Open,
    job: impl AsyncFn(&mut C) -> Result<(), String> + 'static,
) -> Result<Measured, String>
where
    C: 'static,
    Open: Fn(usize) -> Job,
    Job: Future<Output = Result<C, String>>,
{
    let mut states = Vec::new();
    for k in 0..clients {
        states.push(open(k).await?);
    }
    let job = Rc::new(job);
    let warm = Instant::now() + Duration::from_secs_f64(seconds / 5.0);
    let end = warm + Duration::from_secs_f64(seconds);
    let mut running = JoinSet::new();
    for mut state in states {
        let job = Rc::clone(&job);
        running.spawn_local(async move {
            let mut measured = Measured::default();
            loop {
                let before = Instant::now();
                if before >= end {
                    return measured;
                }
                if let Err(why) = job(&mut state).await {
                    measured.errors += 1;
                    if measured.errors == 1 {
                        println!("  a job failed: {why}");
                    }
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    continue;
                }
                if before >= warm && Instant::now() <= end {
                    measured.latencies.push(before.elapsed().as_secs_f32() * 1e3);
                }
            }
        });
    }
    let mut all = Measured { seconds, ..Measured::default() };
    while let Some(one) = running.join_next().await {
        let one = one.map_err(|e| e.to_string())?;
        all.latencies.extend(one.latencies);
        all.errors += one.errors;
    }
    Ok(all)
}
