//! Events of changed jobs and, when a job ends, messages to webhooks; both are written in the transaction of
//! the change.

use std::collections::HashMap;
use std::sync::Arc;

use drape_core::id::{DeliveryId, JobId, UserId};
use sqlx::Row as _;

use crate::events::Event;
use crate::rows::{self, Tx};
use crate::{Millis, StoreError};

/// A change of a job, for which an event is written.
pub(crate) struct Note {
    pub(crate) owner: UserId,
    pub(crate) job: JobId,
    /// The job after the change; see [`Event::data`].
    pub(crate) data: Arc<str>,
    /// Whether the job has ended, so that webhooks are notified, too.
    pub(crate) ended: bool,
    pub(crate) at: Millis,
}

/// Writes an event for each change, and webhook messages for jobs that ended, in the transaction of the
/// changes. Returns the events in the order of the notes.
pub(crate) async fn record(tx: &mut Tx, notes: &[Note]) -> Result<Vec<Event>, StoreError> {
    if notes.is_empty() {
        return Ok(Vec::new());
    }
    let mut counts: Vec<(String, i64)> = Vec::new();
    for note in notes {
        let user = note.owner.to_string();
        match counts.iter_mut().find(|(u, _)| *u == user) {
            Some((_, count)) => *count += 1,
            None => counts.push((user, 1)),
        }
    }
    // Update before reading: on every database this locks the rows until the commit.
    let ids = rows::list(&counts, "?", ", ");
    let cases = rows::list(&counts, "WHEN ? THEN ?", " ");
    let mut update = rows::query(format!(
        "UPDATE users SET revision = revision + (CASE id {cases} ELSE 0 END) WHERE id IN ({ids})"
    ));
    for (user, count) in rows::padded(&counts) {
        update = update.bind(user).bind(*count);
    }
    for (user, _) in rows::padded(&counts) {
        update = update.bind(user);
    }
    update.execute(&mut **tx).await?;
    let mut select = rows::query(format!(
        "SELECT id, revision, (SELECT COUNT(*) FROM webhooks WHERE webhooks.user_id = users.id) AS hooks \
         FROM users WHERE id IN ({ids})"
    ));
    for (user, _) in rows::padded(&counts) {
        select = select.bind(user);
    }
    // The number of the latest event, and whether the user has webhooks.
    let mut next: HashMap<UserId, (i64, bool)> = HashMap::new();
    for row in select.fetch_all(&mut **tx).await? {
        let user: String = row.try_get("id")?;
        let count = counts.iter().find(|(u, _)| *u == user).map_or(0, |(_, c)| *c);
        let (revision, hooks): (i64, i64) = (row.try_get("revision")?, row.try_get("hooks")?);
        next.insert(user.parse().map_err(StoreError::row)?, (revision - count, hooks > 0));
    }
    let mut events = Vec::with_capacity(notes.len());
    for note in notes {
        let (revision, hooks) = next.get_mut(&note.owner).ok_or(StoreError::NotFound)?;
        *revision += 1;
        events.push(Event { revision: *revision, job: note.job, data: Arc::clone(&note.data) });
        if note.ended && *hooks {
            queue_deliveries(tx, note).await?;
        }
    }
    let both: Vec<(&Note, &Event)> = notes.iter().zip(&events).collect();
    for group in rows::groups(&both) {
        let sql = rows::insert(
            "events (user_id, revision, job_id, data, created_at)",
            "?, ?, ?, ?, ?",
            group.len(),
        );
        let mut insert = rows::query(sql);
        for (note, event) in group {
            insert = insert
                .bind(note.owner.to_string())
                .bind(event.revision)
                .bind(note.job.to_string())
                .bind(event.data.as_ref())
                .bind(note.at);
        }
        insert.execute(&mut **tx).await?;
    }
    Ok(events)
}

/// Writes one message for each webhook of the user.
async fn queue_deliveries(tx: &mut Tx, note: &Note) -> Result<(), StoreError> {
    let (user, now) = (note.owner.to_string(), note.at);
    let hooks: Vec<(String,)> =
        sqlx::query_as("SELECT id FROM webhooks WHERE user_id = ?").bind(&user).fetch_all(&mut **tx).await?;
    for (hook,) in hooks {
        sqlx::query(
            "INSERT INTO deliveries (id, webhook_id, user_id, job_id, state, attempt, next_at, payload, \
             created_at) VALUES (?, ?, ?, ?, 'pending', 0, ?, ?, ?)",
        )
        .bind(DeliveryId::new().to_string())
        .bind(hook)
        .bind(&user)
        .bind(note.job.to_string())
        .bind(now)
        .bind(format!("{{\"type\":\"job.ended\",\"timestamp\":{now},\"data\":{}}}", note.data))
        .bind(now)
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}
