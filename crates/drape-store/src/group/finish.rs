//! Ends in a group's transaction: `running -> done`, with the looks.

use std::collections::HashMap;

use drape_core::id::{JobId, LookId};
use drape_core::job::State;
use sqlx::Row as _;

use crate::blobs::keep;
use crate::job::{self, Job, select_jobs};
use crate::lease::{Claim, Fence};
use crate::looks::NewLook;
use crate::record::Note;
use crate::rows::{self, Tx};
use crate::{Millis, StoreError, previews};

/// How a job ended.
#[derive(Debug, Clone)]
pub struct Finished {
    /// The job as it is now.
    pub job: Job,
    /// Its looks, by number.
    pub looks: Vec<LookId>,
}

/// An end to write. The ids of its looks are chosen before the first try, so that a further try after a
/// lost reply finds its own looks.
#[derive(Clone)]
pub(crate) struct Ending {
    pub(crate) claim: Claim,
    pub(crate) looks: Vec<(LookId, NewLook)>,
    pub(crate) now: Millis,
}

/// Writes ends. Returns one answer per end, in the order of `ends`.
///
/// # Errors
/// [`StoreError::Fenced`] for the whole group if one of several lost its lease: writing them one by one shows
/// which.
pub(crate) async fn finish_all(
    tx: &mut Tx,
    ends: &[Ending],
    notes: &mut Vec<Note>,
) -> Result<Vec<Result<Finished, StoreError>>, StoreError> {
    let now = ends.iter().map(|e| e.now).max().unwrap_or(0);
    let fences: Vec<Fence> = ends.iter().map(|e| e.claim.fence()).collect();
    let any = Fence::any(&fences);
    let mut ends_at: HashMap<JobId, Millis> = HashMap::new();
    if ends.iter().any(|e| !e.looks.is_empty()) {
        // The owner may have changed the retention since the job was claimed.
        let sql = format!("SELECT id, expires_at FROM jobs WHERE state = 'running' AND ({any})");
        for row in Fence::bind_all(&fences, rows::query(sql)).fetch_all(&mut **tx).await? {
            let id = row.try_get::<String, _>("id")?.parse().map_err(StoreError::row)?;
            ends_at.insert(id, row.try_get("expires_at")?);
        }
    }
    let update = rows::query(format!(
        "UPDATE jobs SET state = 'done', finished_at = ?, lease_until = NULL, worker = NULL, stage = NULL, \
         step = total WHERE state = 'running' AND ({any})"
    ))
    .bind(now);
    let ended = Fence::bind_all(&fences, update).execute(&mut **tx).await?.rows_affected();
    if ended != ends.len() as u64 {
        return match ends {
            [end] => Ok(vec![end.committed(tx).await?.ok_or(StoreError::Fenced)]),
            _ => Err(StoreError::Fenced),
        };
    }
    let claims: Vec<&Claim> = ends.iter().map(|e| &e.claim).collect();
    previews::forget_all(tx, &claims).await?;
    let mut answers = Vec::with_capacity(ends.len());
    for end in ends {
        let expires_at = ends_at.get(&end.claim.job.id).copied().unwrap_or(end.claim.job.expires_at);
        let total = end.claim.total();
        let looks: Vec<LookId> = end.looks.iter().map(|l| l.0).collect();
        end.insert_looks(tx, expires_at).await?;
        let job = Job {
            state: State::Done,
            stage: None,
            step: total,
            total,
            finished_at: Some(now),
            expires_at,
            ..end.claim.job.clone()
        };
        notes.push(job.note(end.claim.owner, &looks, now));
        answers.push(Ok(Finished { job, looks }));
    }
    Ok(answers)
}

impl Ending {
    /// The result of this finish if an earlier try committed and only its reply was lost.
    async fn committed(&self, tx: &mut Tx) -> Result<Option<Finished>, StoreError> {
        let Some((first, _)) = self.looks.first() else { return Ok(None) };
        let known: Option<(String,)> = sqlx::query_as("SELECT id FROM looks WHERE id = ?")
            .bind(first.to_string())
            .fetch_optional(&mut **tx)
            .await?;
        if known.is_none() {
            return Ok(None);
        }
        let row = sqlx::query(select_jobs!("WHERE user_id = ? AND id = ?"))
            .bind(self.claim.owner.to_string())
            .bind(self.claim.job.id.to_string())
            .fetch_optional(&mut **tx)
            .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(Finished { job: job::job(&row)?, looks: self.looks.iter().map(|l| l.0).collect() }))
    }

    async fn insert_looks(&self, tx: &mut Tx, expires_at: Millis) -> Result<(), StoreError> {
        let (id, user) = (self.claim.job.id.to_string(), self.claim.owner.to_string());
        for (number, (look, new)) in (1_i64..).zip(&self.looks) {
            sqlx::query(
                "INSERT INTO looks (id, job_id, user_id, photo_id, number, content_type, width, height, \
                 seed, engine, report, created_at, expires_at) \
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            )
            .bind(look.to_string())
            .bind(&id)
            .bind(&user)
            .bind(new.photo.to_string())
            .bind(number)
            .bind(new.pictures.content_type)
            .bind(i64::from(new.pictures.width))
            .bind(i64::from(new.pictures.height))
            .bind(new.seed.cast_signed())
            .bind(&self.claim.job.engine)
            .bind(&new.report)
            .bind(self.now)
            .bind(expires_at)
            .execute(&mut **tx)
            .await?;
            keep(tx, &user, &look.to_string(), expires_at).await?;
        }
        Ok(())
    }
}
