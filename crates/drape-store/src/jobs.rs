//! Jobs as their owners see them: created, read, cancelled; and how long the queue is.
//!
//! The queue is fair by turns (start-time fair queueing): a job's turn is the clock's or one after
//! its owner's last job, whichever is later, and jobs run in the order of turns. Twenty jobs of one
//! user lie twenty turns deep; another's first job comes right after those that already run.

use std::sync::Mutex;
use std::sync::PoisonError;

use drape_core::id::{JobId, LookId, PhotoId, UserId};
use drape_core::job::{FailureReason, State};
use drape_core::language::Language;
use serde_json::json;
use sqlx::Row as _;
use sqlx::any::AnyRow;

use crate::accounts::{code, days, language};
use crate::events::record;
use crate::{Event, Millis, Store, StoreError};

/// A job fails for good after this many failed attempts.
pub const MAX_ATTEMPTS: u32 = 3;
/// Most looks per job.
pub const MAX_VARIATIONS: u32 = 4;

/// A job of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Id.
    pub id: JobId,
    /// Where it is.
    pub state: State,
    /// As typed.
    pub sentence: String,
    /// The style to make, as JSON; the reading of the sentence, or that reading edited.
    pub style: String,
    /// The photos to choose from.
    pub photos: Vec<PhotoId>,
    /// Number of looks.
    pub variations: u32,
    /// Seed of the first look; the next have the next seeds.
    pub seed: u64,
    /// Engine that shall make it.
    pub engine: String,
    /// Language of the owner when they asked.
    pub language: Language,
    /// How often a worker took it.
    pub attempt: u32,
    /// How often that failed.
    pub failures: u32,
    /// Stage of the running attempt.
    pub stage: Option<String>,
    /// Steps done.
    pub step: u32,
    /// Steps in all, 0 when not known yet.
    pub total: u32,
    /// Why it failed.
    pub reason: Option<FailureReason>,
    /// When it was asked for.
    pub created_at: Millis,
    /// When a worker first took it.
    pub started_at: Option<Millis>,
    /// When it ended.
    pub finished_at: Option<Millis>,
    /// When it and its looks go by themselves.
    pub expires_at: Millis,
    pub(crate) turn: i64,
}

/// A job to queue. The caller has checked that the photos are the owner's.
#[derive(Debug, Clone)]
pub struct NewJob {
    /// As typed.
    pub sentence: String,
    /// The style to make, as JSON.
    pub style: String,
    /// 1 or more.
    pub photos: Vec<PhotoId>,
    /// 1 to [`MAX_VARIATIONS`].
    pub variations: u32,
    /// Seed of the first look.
    pub seed: u64,
    /// Engine that shall make it.
    pub engine: &'static str,
    /// Language of the owner.
    pub language: Language,
    /// The caller's own name for this request; a second one with the same key answers the same job.
    pub idempotency_key: Option<String>,
    /// SHA-256 (hex) of the request, to tell a repetition from another request with the same key.
    pub request_hash: String,
}

/// How busy the server is.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Queue {
    /// Jobs that wait.
    pub queued: u32,
    /// Jobs that run.
    pub running: u32,
    /// Workers seen in the last half minute.
    pub workers: u32,
    /// Median time of one look over the last twenty jobs, milliseconds; 0 before the first.
    pub per_look: Millis,
}

#[derive(Default)]
pub(crate) struct QueueCache(Mutex<Option<(Millis, Queue)>>);

/// The rows that [`job`] reads.
macro_rules! select_jobs {
    ($rest:literal) => {
        concat!(
            "SELECT id, user_id, state, sentence, style, photo_ids, variations, seed, engine, language, turn, attempt, \
             failures, stage, step, total, reason, created_at, started_at, finished_at, expires_at FROM jobs ",
            $rest
        )
    };
}
pub(crate) use select_jobs;

impl Job {
    /// The JSON of an event: what the job is now.
    pub(crate) fn snapshot(&self, looks: &[LookId]) -> String {
        json!({
            "id": self.id,
            "state": self.state,
            "stage": self.stage,
            "step": self.step,
            "total": self.total,
            "reason": self.reason,
            "attempt": self.attempt,
            "looks": looks,
        })
        .to_string()
    }
}

impl Store {
    /// Queues a job. With an idempotency key that was used for the same request, answers that job and
    /// `false`.
    ///
    /// # Errors
    /// [`StoreError::Taken`] for a key that was used for another request, [`StoreError::Busy`] when
    /// the user or everybody has too much waiting, [`StoreError::NotFound`] when the user is gone.
    pub async fn create_job(
        &self,
        owner: UserId,
        new: NewJob,
        now: Millis,
    ) -> Result<(Job, bool), StoreError> {
        let limits = self.limits().clone();
        if self.queue(now).await?.queued >= limits.jobs_queued {
            return Err(StoreError::Busy { limit: limits.jobs_queued, own: false });
        }
        let user = owner.to_string();
        let mut tx = self.begin().await?;
        if let Some(key) = &new.idempotency_key {
            let row: Option<(String, String)> =
                sqlx::query_as("SELECT id, request_hash FROM jobs WHERE user_id = ? AND idempotency_key = ?")
                    .bind(&user)
                    .bind(key)
                    .fetch_optional(&mut *tx)
                    .await?;
            if let Some((id, hash)) = row {
                tx.rollback().await?;
                if hash != new.request_hash {
                    return Err(StoreError::Taken("idempotency_key"));
                }
                return Ok((self.job(owner, id.parse().map_err(StoreError::row)?).await?, false));
            }
        }
        let (active,): (i64,) =
            sqlx::query_as("SELECT COUNT(*) FROM jobs WHERE user_id = ? AND state IN ('queued', 'running')")
                .bind(&user)
                .fetch_one(&mut *tx)
                .await?;
        if active >= i64::from(limits.jobs_per_user) {
            return Err(StoreError::Busy { limit: limits.jobs_per_user, own: true });
        }
        let cost = i64::from(new.variations);
        // The job's cost moves its owner's next job back, so that four variations count as four jobs.
        sqlx::query(
            "UPDATE users SET turn = (CASE WHEN turn < (SELECT turn FROM queue_clock WHERE id = 1) THEN (SELECT turn FROM queue_clock WHERE id = 1) ELSE turn END) + ?, revision = revision + 1 WHERE id = ?",
        )
        .bind(cost)
        .bind(&user)
        .execute(&mut *tx)
        .await?;
        let row: Option<(i64, i64, Option<i64>)> =
            sqlx::query_as("SELECT turn, keep_days, expires_at FROM users WHERE id = ?")
                .bind(&user)
                .fetch_optional(&mut *tx)
                .await?;
        let (turn, keep, ends) = row.ok_or(StoreError::NotFound)?;
        let job = Job {
            id: JobId::new(),
            state: State::Queued,
            sentence: new.sentence,
            style: new.style,
            photos: new.photos,
            variations: new.variations,
            seed: new.seed,
            engine: new.engine.to_owned(),
            language: new.language,
            attempt: 0,
            failures: 0,
            stage: None,
            step: 0,
            total: 0,
            reason: None,
            created_at: now,
            started_at: None,
            finished_at: None,
            expires_at: ends.unwrap_or(now + days(u32::try_from(keep).map_err(StoreError::row)?)),
            turn: turn - cost,
        };
        let id = job.id.to_string();
        sqlx::query("INSERT INTO jobs (id, user_id, state, sentence, style, photo_ids, variations, seed, engine, language, turn, attempt, run_after, failures, step, total, idempotency_key, request_hash, created_at, expires_at) VALUES (?, ?, 'queued', ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, 0, 0, ?, ?, ?, ?)")
            .bind(&id)
            .bind(&user)
            .bind(&job.sentence)
            .bind(&job.style)
            .bind(serde_json::to_string(&job.photos).map_err(StoreError::row)?)
            .bind(cost)
            .bind(job.seed.cast_signed())
            .bind(&job.engine)
            .bind(code(job.language))
            .bind(job.turn)
            .bind(new.idempotency_key.as_deref())
            .bind(&new.request_hash)
            .bind(now)
            .bind(job.expires_at)
            .execute(&mut *tx)
            .await?;
        let data = job.snapshot(&[]);
        let revision = record(&mut tx, &user, &id, &data, now, true).await?;
        tx.commit().await?;
        self.hub().publish(owner, Event { revision, job: job.id, data: data.into() });
        self.hub().ring();
        Ok((job, true))
    }

    /// One job of a user.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if the user has none of that id.
    pub async fn job(&self, owner: UserId, id: JobId) -> Result<Job, StoreError> {
        let row = sqlx::query(select_jobs!("WHERE user_id = ? AND id = ?"))
            .bind(owner.to_string())
            .bind(id.to_string())
            .fetch_optional(self.read())
            .await?;
        job(&row.ok_or(StoreError::NotFound)?)
    }

    /// The jobs of a user, newest first, from before `before` where given.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn jobs(
        &self,
        owner: UserId,
        before: Option<JobId>,
        limit: u32,
    ) -> Result<Vec<Job>, StoreError> {
        let rows = sqlx::query(select_jobs!("WHERE user_id = ? AND id < ? ORDER BY id DESC LIMIT ?"))
            .bind(owner.to_string())
            .bind(before.map_or_else(|| "~".to_owned(), |b| b.to_string()))
            .bind(i64::from(limit))
            .fetch_all(self.read())
            .await?;
        rows.iter().map(job).collect()
    }

    /// `queued | running -> cancelled`. A worker that runs it learns so between two stages.
    /// A job that has ended stays as it is.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if the user has no such job.
    pub async fn cancel_job(&self, owner: UserId, id: JobId, now: Millis) -> Result<Job, StoreError> {
        let mut tx = self.begin().await?;
        let changed = sqlx::query(
            "UPDATE jobs SET state = 'cancelled', finished_at = ?, lease_until = NULL, worker = NULL WHERE user_id = ? AND id = ? AND state IN ('queued', 'running')",
        )
        .bind(now)
        .bind(owner.to_string())
        .bind(id.to_string())
        .execute(&mut *tx)
        .await?
        .rows_affected();
        if changed == 0 {
            tx.rollback().await?;
            return self.job(owner, id).await;
        }
        self.ended(&mut tx, owner, id, now).await?.publish(self, tx).await
    }

    /// The job as the transaction left it, its event and its webhook messages recorded.
    pub(crate) async fn ended(
        &self,
        tx: &mut sqlx::Transaction<'_, sqlx::Any>,
        owner: UserId,
        id: JobId,
        now: Millis,
    ) -> Result<Changed, StoreError> {
        let (user, key) = (owner.to_string(), id.to_string());
        let row = sqlx::query(select_jobs!("WHERE user_id = ? AND id = ?"))
            .bind(&user)
            .bind(&key)
            .fetch_one(&mut **tx)
            .await?;
        let job = job(&row)?;
        let looks = if job.state == State::Done { self.look_ids(tx, &key).await? } else { Vec::new() };
        let data = job.snapshot(&looks);
        let revision = record(tx, &user, &key, &data, now, false).await?;
        if job.state.ended() {
            self.queue_deliveries(tx, &user, &key, &data, now).await?;
        }
        Ok(Changed { owner, event: Event { revision, job: id, data: data.into() }, job })
    }

    async fn look_ids(
        &self,
        tx: &mut sqlx::Transaction<'_, sqlx::Any>,
        job: &str,
    ) -> Result<Vec<LookId>, StoreError> {
        let rows: Vec<(String,)> = sqlx::query_as("SELECT id FROM looks WHERE job_id = ? ORDER BY number")
            .bind(job)
            .fetch_all(&mut **tx)
            .await?;
        rows.into_iter().map(|(id,)| id.parse().map_err(StoreError::row)).collect()
    }

    /// How many jobs run before a queued one, and how many milliseconds until a job is likely done.
    /// `None` for jobs that have ended; the time is absent until the first job has been measured.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn position(
        &self,
        job: &Job,
        now: Millis,
    ) -> Result<Option<(u32, Option<Millis>)>, StoreError> {
        let queue = self.queue(now).await?;
        let own = queue.per_look * i64::from(job.variations);
        match job.state {
            State::Running => {
                let spent = now - job.started_at.unwrap_or(now);
                Ok(Some((0, (queue.per_look > 0).then_some((own - spent).max(500)))))
            }
            State::Queued => {
                let (ahead, looks): (i64, i64) = sqlx::query_as(
                    "SELECT COUNT(*), COALESCE(CAST(SUM(variations) AS SIGNED), 0) FROM jobs WHERE state = 'queued' AND (turn < ? OR (turn = ? AND id < ?))",
                )
                .bind(job.turn)
                .bind(job.turn)
                .bind(job.id.to_string())
                .fetch_one(self.read())
                .await?;
                let ahead = u32::try_from(ahead).map_err(StoreError::row)?;
                let waiting = (looks + i64::from(queue.running)) * queue.per_look;
                let left = waiting / i64::from(queue.workers.max(1)) + own;
                Ok(Some((ahead + queue.running, (queue.per_look > 0).then_some(left))))
            }
            _ => Ok(None),
        }
    }

    /// How busy the server is, at most a second old.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn queue(&self, now: Millis) -> Result<Queue, StoreError> {
        let cached = *self.inner.queue.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, queue)) = cached
            && (at..at + 1_000).contains(&now)
        {
            return Ok(queue);
        }
        let (queued, running, workers): (i64, i64, i64) = sqlx::query_as(
            "SELECT (SELECT COUNT(*) FROM jobs WHERE state = 'queued'), (SELECT COUNT(*) FROM jobs WHERE state = 'running'), (SELECT COUNT(*) FROM workers WHERE seen_at > ?)",
        )
        .bind(now - 30_000)
        .fetch_one(self.read())
        .await?;
        let recent: Vec<(i64, i64)> = sqlx::query_as(
            "SELECT finished_at - started_at, variations FROM jobs WHERE state = 'done' AND finished_at > ? ORDER BY finished_at DESC LIMIT 20",
        )
        .bind(now - 24 * 3_600_000)
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
        *self.inner.queue.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, queue));
        Ok(queue)
    }
}

/// A change that is written and waits for the commit to be told.
pub(crate) struct Changed {
    pub(crate) owner: UserId,
    pub(crate) job: Job,
    pub(crate) event: Event,
}

impl Changed {
    /// Commits, then tells.
    pub(crate) async fn publish(
        self,
        store: &Store,
        tx: sqlx::Transaction<'_, sqlx::Any>,
    ) -> Result<Job, StoreError> {
        tx.commit().await?;
        store.hub().publish(self.owner, self.event);
        Ok(self.job)
    }
}

pub(crate) fn owner(row: &AnyRow) -> Result<UserId, StoreError> {
    row.try_get::<String, _>("user_id")?.parse().map_err(StoreError::row)
}

pub(crate) fn job(row: &AnyRow) -> Result<Job, StoreError> {
    let number = |name: &str| -> Result<u32, StoreError> {
        u32::try_from(row.try_get::<i64, _>(name)?).map_err(StoreError::row)
    };
    let reason: Option<String> = row.try_get("reason")?;
    Ok(Job {
        id: row.try_get::<String, _>("id")?.parse().map_err(StoreError::row)?,
        state: row.try_get::<String, _>("state")?.parse().map_err(StoreError::row)?,
        sentence: row.try_get("sentence")?,
        style: row.try_get("style")?,
        photos: serde_json::from_str(&row.try_get::<String, _>("photo_ids")?).map_err(StoreError::row)?,
        variations: number("variations")?,
        seed: row.try_get::<i64, _>("seed")?.cast_unsigned(),
        engine: row.try_get("engine")?,
        language: language(&row.try_get::<String, _>("language")?),
        attempt: number("attempt")?,
        failures: number("failures")?,
        stage: row.try_get("stage")?,
        step: number("step")?,
        total: number("total")?,
        reason: reason.map(|r| r.parse().map_err(StoreError::row)).transpose()?,
        created_at: row.try_get("created_at")?,
        started_at: row.try_get("started_at")?,
        finished_at: row.try_get("finished_at")?,
        expires_at: row.try_get("expires_at")?,
        turn: row.try_get("turn")?,
    })
}
