//! Claims in a group's transaction: `queued -> running` in the order of turns.

use std::collections::HashSet;

use drape_core::id::JobId;
use drape_core::job::State;
use sqlx::Row as _;

use crate::job::{self, select_jobs};
use crate::lease::{Claim, ClaimRequest, Fence};
use crate::record::Note;
use crate::rows::{self, Tx};
use crate::{Millis, StoreError};

/// A claim to write.
pub(crate) struct Claiming {
    pub(crate) request: ClaimRequest,
    pub(crate) now: Millis,
}

/// Gives queued jobs to a worker; none if no job waits for its engine.
pub(crate) async fn claim(
    tx: &mut Tx,
    Claiming { request, now }: &Claiming,
    notes: &mut Vec<Note>,
) -> Result<Vec<Claim>, StoreError> {
    let found = sqlx::query(select_jobs!(
        "WHERE state = 'queued' AND run_after <= ? AND engine = ? ORDER BY turn, id LIMIT ?"
    ))
    .bind(now)
    .bind(&request.engine)
    .bind(i64::from(request.most))
    .fetch_all(&mut **tx)
    .await?;
    let mut claims = Vec::with_capacity(found.len());
    for row in &found {
        claims.push(Claim::new(job::job(row)?, job::owner(row)?));
    }
    if claims.is_empty() {
        return Ok(claims);
    }
    let before: Vec<Fence> = claims.iter().map(Claim::fence).collect();
    let any = Fence::any(&before);
    let update = rows::query(format!(
        "UPDATE jobs SET state = 'running', attempt = attempt + 1, worker = ?, lease_until = ?, \
         started_at = COALESCE(started_at, ?), began_at = NULL, stage = NULL, step = 0, total = 0 \
         WHERE state = 'queued' AND ({any})"
    ))
    .bind(&request.worker)
    .bind(now + request.lease)
    .bind(now);
    let taken = Fence::bind_all(&before, update).execute(&mut **tx).await?.rows_affected();
    for claim in &mut claims {
        claim.job.attempt += 1;
        claim.job.state = State::Running;
        claim.job.began_at = None;
        claim.job.started_at = claim.job.started_at.or(Some(*now));
    }
    if taken < claims.len() as u64 {
        // Another writer of the database took some jobs between the two statements.
        retain_own(tx, &request.worker, &mut claims).await?;
    }
    notes.extend(claims.iter().map(|claim| claim.job.note(claim.owner, &[], *now)));
    if let Some(turn) = claims.iter().map(|c| c.job.turn).max() {
        sqlx::query("UPDATE queue_clock SET turn = ? WHERE id = 1 AND turn < ?")
            .bind(turn)
            .bind(turn)
            .execute(&mut **tx)
            .await?;
    }
    Ok(claims)
}

/// Keeps the claims whose rows name this worker and attempt.
async fn retain_own(tx: &mut Tx, worker: &str, claims: &mut Vec<Claim>) -> Result<(), StoreError> {
    let fences: Vec<Fence> = claims.iter().map(Claim::fence).collect();
    let any = Fence::any(&fences);
    let select = rows::query(format!("SELECT id FROM jobs WHERE worker = ? AND ({any})")).bind(worker);
    let mut own: HashSet<JobId> = HashSet::new();
    for row in Fence::bind_all(&fences, select).fetch_all(&mut **tx).await? {
        own.insert(row.try_get::<String, _>("id")?.parse().map_err(StoreError::row)?);
    }
    claims.retain(|claim| own.contains(&claim.job.id));
    Ok(())
}
