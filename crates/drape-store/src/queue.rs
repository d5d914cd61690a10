//! Load of the server, position of a job in the queue, and its expected time.
//!
//! Each engine has a queue of its own, with its own time per look; jobs for other engines do not count. The
//! queue is cached: it is read from the database at most once a second, and changes of this process are
//! applied to it in between.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use drape_core::id::JobId;
use drape_core::job::State;

use crate::{Job, Millis, Store, StoreError};

/// Greatest age of cached values, milliseconds.
const FRESH: Millis = 1_000;
/// Least number of steps from which the remaining time is estimated by steps.
const MANY_STEPS: u32 = 8;

/// Load of the server, or of one engine.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Queue {
    /// Queued jobs.
    pub queued: u32,
    /// Running jobs.
    pub running: u32,
    /// Workers seen in the last half minute.
    pub workers: u32,
    /// Median time of one look over the last twenty jobs, milliseconds; 0 before the first.
    pub per_look: Millis,
}

/// The cached queue.
#[derive(Default)]
pub(crate) struct Cache(Mutex<Known>);

#[derive(Default)]
struct Known {
    /// Load by engine, with the time of reading; the empty name is all engines.
    busy: HashMap<String, (Millis, Queue)>,
    read_at: Option<Millis>,
    /// Engine and looks of each queued job, in the order of the queue.
    line: BTreeMap<(i64, JobId), (String, u32)>,
}

impl Cache {
    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Applies a change of a job that this process made.
    pub(crate) fn moved(&self, job: &Job) {
        let mut known = self.lock();
        if job.state == State::Queued {
            known.line.insert((job.turn, job.id), (job.engine.clone(), job.variations));
        } else {
            known.line.remove(&(job.turn, job.id));
        }
    }
}

impl Store {
    /// Number of jobs that run before this one, and milliseconds until it is probably done. `None` for jobs
    /// that have ended. The time is absent until a job of the engine has been measured, or enough steps of
    /// this job.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn position(
        &self,
        job: &Job,
        now: Millis,
    ) -> Result<Option<(u32, Option<Millis>)>, StoreError> {
        let queue = self.queue_of(&job.engine, now).await?;
        let own = queue.per_look * i64::from(job.variations);
        match job.state {
            State::Running => {
                let spent = now - job.began_at.or(job.started_at).unwrap_or(now);
                // Many equal steps measure better than other jobs, which may be larger or smaller.
                if job.total >= MANY_STEPS && job.step > 1 {
                    let left = spent * i64::from(job.total.saturating_sub(job.step)) / i64::from(job.step);
                    return Ok(Some((0, Some(left.max(500)))));
                }
                Ok(Some((0, (queue.per_look > 0).then_some((own - spent).max(500)))))
            }
            State::Queued => {
                let (ahead, looks) = self.ahead(job, now).await?;
                let waiting = (looks + i64::from(queue.running)) * queue.per_look;
                let left = waiting / i64::from(queue.workers.max(1)) + own;
                Ok(Some((ahead + queue.running, (queue.per_look > 0).then_some(left))))
            }
            _ => Ok(None),
        }
    }

    /// Load of the server, at most a second old.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn queue(&self, now: Millis) -> Result<Queue, StoreError> {
        self.queue_of("", now).await
    }

    /// Load of one engine, at most a second old; of all engines for an empty name.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn queue_of(&self, engine: &str, now: Millis) -> Result<Queue, StoreError> {
        let cached = self.inner.queue.lock().busy.get(engine).copied();
        if let Some((at, queue)) = cached
            && (at..at + 1_000).contains(&now)
        {
            return Ok(queue);
        }
        let (queued, running, workers): (i64, i64, i64) = sqlx::query_as(
            "SELECT (SELECT COUNT(*) FROM jobs WHERE state = 'queued' AND (? = '' OR engine = ?)), \
             (SELECT COUNT(*) FROM jobs WHERE state = 'running' AND (? = '' OR engine = ?)), \
             (SELECT COUNT(*) FROM workers WHERE seen_at > ? AND (? = '' OR engine = ?))",
        )
        .bind(engine)
        .bind(engine)
        .bind(engine)
        .bind(engine)
        .bind(now - 30_000)
        .bind(engine)
        .bind(engine)
        .fetch_one(self.read())
        .await?;
        let recent: Vec<(i64, i64)> = sqlx::query_as(
            "SELECT finished_at - COALESCE(began_at, started_at), variations FROM jobs \
             WHERE state = 'done' AND finished_at > ? AND (? = '' OR engine = ?) \
             ORDER BY finished_at DESC LIMIT 20",
        )
        .bind(now - 24 * 3_600_000)
        .bind(engine)
        .bind(engine)
        .fetch_all(self.read())
        .await?;
        let mut times: Vec<i64> = recent.iter().map(|(ms, looks)| ms / (*looks).max(1)).collect();
        times.sort_unstable();
        let count = |n: i64| u32::try_from(n).unwrap_or(u32::MAX);
        let queue = Queue {
            queued: count(queued),
            running: count(running),
            workers: count(workers),
            per_look: times.get(times.len() / 2).copied().unwrap_or(0),
        };
        self.inner.queue.lock().busy.insert(engine.to_owned(), (now, queue));
        Ok(queue)
    }

    /// Number of jobs queued before this one for the same engine, and the number of their looks.
    async fn ahead(&self, job: &Job, now: Millis) -> Result<(u32, i64), StoreError> {
        let fresh = self.inner.queue.lock().read_at.is_some_and(|at| (at..at + FRESH).contains(&now));
        if !fresh {
            let rows: Vec<(i64, String, String, i64)> =
                sqlx::query_as("SELECT turn, id, engine, variations FROM jobs WHERE state = 'queued'")
                    .fetch_all(self.read())
                    .await?;
            let mut line = BTreeMap::new();
            for (turn, id, engine, looks) in rows {
                line.insert(
                    (turn, id.parse().map_err(StoreError::row)?),
                    (engine, u32::try_from(looks).map_err(StoreError::row)?),
                );
            }
            let mut known = self.inner.queue.lock();
            known.line = line;
            known.read_at = Some(now);
        }
        let known = self.inner.queue.lock();
        let before = known.line.range(..(job.turn, job.id)).filter(|(_, (engine, _))| *engine == job.engine);
        Ok(before.fold((0, 0), |(jobs, looks), (_, (_, more))| (jobs + 1, looks + i64::from(*more))))
    }
}
