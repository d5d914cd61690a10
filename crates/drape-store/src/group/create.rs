//! New jobs in a group's transaction: each is the row that *is* the job, queued in the order of turns.

use std::collections::{BTreeSet, HashMap};

use drape_core::id::{JobId, PhotoId, UserId};
use drape_core::job::State;
use sqlx::Row as _;

use crate::accounts::{code, days};
use crate::job::{Job, NewJob};
use crate::record::Note;
use crate::rows::{self, Tx};
use crate::{Millis, StoreError};

/// A new job to write.
#[derive(Clone)]
pub(crate) struct Creating {
    /// Chosen before the first try, so that a further try after a lost reply makes no second job.
    id: JobId,
    owner: UserId,
    /// The owner, as text.
    user: String,
    new: NewJob,
    pub(crate) now: Millis,
}

/// The result of a request for a job.
pub(crate) enum Created {
    /// A new job.
    New(Box<Job>),
    /// The job of an earlier request with the same key.
    Earlier(JobId),
}

/// The owner of jobs that are being queued.
struct Owner {
    /// Turn of their next job.
    turn: i64,
    keep_days: u32,
    ends: Option<Millis>,
    /// Jobs queued or running.
    active: i64,
    /// Turns of refused jobs, which are given back.
    refused: i64,
    /// Whether all photos that their jobs of this group name are theirs.
    photos: bool,
}

impl Owner {
    /// Whether the photos of a job are its owner's. Each is looked up only if some photo of the group is not.
    async fn has(&self, tx: &mut Tx, creating: &Creating) -> Result<bool, StoreError> {
        if self.photos {
            return Ok(true);
        }
        for photo in &creating.new.photos {
            let (found,): (i64,) =
                sqlx::query_as("SELECT COUNT(*) FROM photos WHERE user_id = ? AND id = ? AND expires_at > ?")
                    .bind(&creating.user)
                    .bind(photo.to_string())
                    .bind(creating.now)
                    .fetch_one(&mut **tx)
                    .await?;
            if found == 0 {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Queues jobs. Returns one answer per job, in the order of `all`.
///
/// # Errors
/// [`StoreError::Taken`] for the whole group if two of its jobs have the same key: the second repeats the
/// first, which can be found only when they are written one by one.
pub(crate) async fn create_all(
    tx: &mut Tx,
    all: &[Creating],
    jobs_per_user: u32,
    notes: &mut Vec<Note>,
) -> Result<Vec<Result<Created, StoreError>>, StoreError> {
    let known = known_keys(tx, all).await?;
    let unknown: Vec<&Creating> = all.iter().filter(|c| c.earlier(&known).is_none()).collect();
    let mut owners = if unknown.is_empty() { HashMap::new() } else { advance(tx, &unknown).await? };
    let mut answers = Vec::with_capacity(all.len());
    let mut rows: Vec<(&Creating, Job)> = Vec::new();
    for creating in all {
        if let Some((id, hash)) = creating.earlier(&known) {
            let same = *hash == creating.new.request_hash;
            answers.push(if same {
                Ok(Created::Earlier(*id))
            } else {
                Err(StoreError::Taken("idempotency_key"))
            });
            continue;
        }
        let cost = i64::from(creating.new.variations);
        answers.push(match owners.get_mut(&creating.owner) {
            None => Err(StoreError::NotFound),
            Some(owner) if !owner.has(tx, creating).await? => {
                owner.refused += cost;
                Err(StoreError::NotFound)
            }
            Some(owner) if owner.active >= i64::from(jobs_per_user) => {
                owner.refused += cost;
                Err(StoreError::Busy { limit: jobs_per_user, own: true })
            }
            Some(owner) => {
                let job = creating.job(owner);
                owner.active += 1;
                owner.turn += cost;
                notes.push(job.note(creating.owner, &[], creating.now));
                rows.push((creating, job.clone()));
                Ok(Created::New(Box::new(job)))
            }
        });
    }
    for (id, owner) in owners.iter().filter(|(_, o)| o.refused > 0) {
        sqlx::query("UPDATE users SET turn = turn - ? WHERE id = ?")
            .bind(owner.refused)
            .bind(id.to_string())
            .execute(&mut **tx)
            .await?;
    }
    insert(tx, &rows).await?;
    Ok(answers)
}

impl Creating {
    pub(crate) fn new(owner: UserId, new: NewJob, now: Millis) -> Self {
        Self { id: JobId::new(), owner, user: owner.to_string(), new, now }
    }

    pub(crate) fn id(&self) -> JobId {
        self.id
    }

    /// The job of an earlier request with the same key, and the hash of that request.
    fn earlier<'k>(&self, known: &'k KnownKeys) -> Option<&'k (JobId, String)> {
        let key = self.new.idempotency_key.as_ref()?;
        known.get(&(self.user.clone(), key.clone()))
    }

    fn job(&self, owner: &Owner) -> Job {
        let new = &self.new;
        Job {
            id: self.id,
            state: State::Queued,
            sentence: new.sentence.clone(),
            style: new.style.clone(),
            photos: new.photos.clone(),
            variations: new.variations,
            seed: new.seed,
            engine: new.engine.to_owned(),
            subject: new.subject,
            settings: new.settings.clone(),
            stylist: new.stylist.to_owned(),
            reading: new.reading.clone(),
            language: new.language,
            trace: new.trace,
            attempt: 0,
            failures: 0,
            stage: None,
            step: 0,
            total: 0,
            preview: None,
            reason: None,
            created_at: self.now,
            started_at: None,
            began_at: None,
            finished_at: None,
            expires_at: owner.ends.unwrap_or(self.now + days(owner.keep_days)),
            turn: owner.turn,
        }
    }
}

/// Jobs of earlier requests and the hashes of those, by user and key.
type KnownKeys = HashMap<(String, String), (JobId, String)>;

/// The jobs of earlier requests with the keys of these.
///
/// # Errors
/// [`StoreError::Taken`] if two of these have the same key: they must be written one by one.
async fn known_keys(tx: &mut Tx, all: &[Creating]) -> Result<KnownKeys, StoreError> {
    let keys: Vec<(&str, &str)> =
        all.iter().filter_map(|c| Some((c.user.as_str(), c.new.idempotency_key.as_deref()?))).collect();
    let mut known = HashMap::new();
    if keys.is_empty() {
        return Ok(known);
    }
    let mut sorted = keys.clone();
    sorted.sort_unstable();
    if sorted.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(StoreError::Taken("idempotency_key"));
    }
    let any = rows::list(&keys, "user_id = ? AND idempotency_key = ?", " OR ");
    let mut select =
        rows::query(format!("SELECT user_id, idempotency_key, id, request_hash FROM jobs WHERE {any}"));
    for (user, key) in rows::padded(&keys) {
        select = select.bind(*user).bind(*key);
    }
    for row in select.fetch_all(&mut **tx).await? {
        let id = row.try_get::<String, _>("id")?.parse().map_err(StoreError::row)?;
        known.insert(
            (row.try_get("user_id")?, row.try_get("idempotency_key")?),
            (id, row.try_get("request_hash")?),
        );
    }
    Ok(known)
}

/// Advances the next turn of each owner by the cost of their jobs (four variations cost as much as four
/// jobs). Returns the owners; deleted ones are absent.
async fn advance(tx: &mut Tx, wanted: &[&Creating]) -> Result<HashMap<UserId, Owner>, StoreError> {
    let mut costs: Vec<(&str, i64)> = Vec::new();
    for create in wanted {
        let cost = i64::from(create.new.variations);
        match costs.iter_mut().find(|(user, _)| *user == create.user) {
            Some((_, all)) => *all += cost,
            None => costs.push((&create.user, cost)),
        }
    }
    let ids = rows::list(&costs, "?", ", ");
    let cases = rows::list(&costs, "WHEN ? THEN ?", " ");
    let mut update = rows::query(format!(
        "UPDATE users SET turn = (CASE WHEN turn < (SELECT turn FROM queue_clock WHERE id = 1) THEN \
         (SELECT turn FROM queue_clock WHERE id = 1) ELSE turn END) + (CASE id {cases} ELSE 0 END) \
         WHERE id IN ({ids})"
    ));
    for (user, cost) in rows::padded(&costs) {
        update = update.bind(*user).bind(*cost);
    }
    for (user, _) in rows::padded(&costs) {
        update = update.bind(*user);
    }
    update.execute(&mut **tx).await?;
    let named: BTreeSet<(&str, PhotoId)> =
        wanted.iter().flat_map(|c| c.new.photos.iter().map(|p| (c.user.as_str(), *p))).collect();
    let named: Vec<(&str, PhotoId)> = named.into_iter().collect();
    let now = wanted.iter().map(|c| c.now).max().unwrap_or(0);
    // Photos are looked up with their users, so that a user's job never counts another user's photo.
    let mut select = rows::query(format!(
        "SELECT id, turn, keep_days, expires_at, (SELECT COUNT(*) FROM jobs \
         WHERE jobs.user_id = users.id AND state IN ('queued', 'running')) AS active, \
         (SELECT COUNT(*) FROM photos WHERE photos.user_id = users.id AND photos.expires_at > ? \
         AND ({})) AS photos FROM users WHERE id IN ({ids})",
        rows::list(&named, "photos.user_id = ? AND photos.id = ?", " OR ")
    ))
    .bind(now);
    for (user, photo) in rows::padded(&named) {
        select = select.bind(*user).bind(photo.to_string());
    }
    for (user, _) in rows::padded(&costs) {
        select = select.bind(*user);
    }
    let mut owners = HashMap::new();
    for row in select.fetch_all(&mut **tx).await? {
        let user: String = row.try_get("id")?;
        let cost = costs.iter().find(|(u, _)| *u == user).map_or(0, |(_, cost)| *cost);
        let owner = Owner {
            turn: row.try_get::<i64, _>("turn")? - cost,
            keep_days: u32::try_from(row.try_get::<i64, _>("keep_days")?).map_err(StoreError::row)?,
            ends: row.try_get("expires_at")?,
            active: row.try_get("active")?,
            refused: 0,
            photos: row.try_get::<i64, _>("photos")? == named.iter().filter(|n| n.0 == user).count() as i64,
        };
        owners.insert(user.parse().map_err(StoreError::row)?, owner);
    }
    Ok(owners)
}

async fn insert(tx: &mut Tx, rows: &[(&Creating, Job)]) -> Result<(), StoreError> {
    const COLUMNS: &str = "jobs (id, user_id, state, sentence, style, photo_ids, variations, seed, engine, \
                           subject, settings, stylist, reading, language, trace, turn, attempt, run_after, \
                           failures, step, total, idempotency_key, request_hash, created_at, expires_at)";
    const ROW: &str = "?, ?, 'queued', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, 0, 0, ?, ?, ?, ?";
    for group in rows::groups(rows) {
        let mut query = rows::query(rows::insert(COLUMNS, ROW, group.len()));
        for (create, job) in group {
            query = query
                .bind(job.id.to_string())
                .bind(&create.user)
                .bind(&job.sentence)
                .bind(&job.style)
                .bind(serde_json::to_string(&job.photos).map_err(StoreError::row)?)
                .bind(i64::from(job.variations))
                .bind(job.seed.cast_signed())
                .bind(&job.engine)
                .bind(job.subject.id())
                .bind(&job.settings)
                .bind(&job.stylist)
                .bind(job.reading.as_deref())
                .bind(code(job.language))
                .bind(job.trace.to_string())
                .bind(job.turn)
                .bind(create.new.idempotency_key.as_deref())
                .bind(&create.new.request_hash)
                .bind(job.created_at)
                .bind(job.expires_at);
        }
        query.execute(&mut **tx).await?;
    }
    Ok(())
}
