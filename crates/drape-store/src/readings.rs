//! Readings of sentences by stylists other than the lexicon: made while the job runs, and kept in its row.

use crate::lease::Claim;
use crate::{Store, StoreError};

impl Store {
    /// Keeps the style that a running job goes on with and what happened when its sentence was read, both
    /// as JSON; only once per job, so that another attempt does not ask again.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when the lease is lost or the sentence was read already.
    pub async fn keep_reading(&self, claim: &Claim, style: &str, note: &str) -> Result<(), StoreError> {
        let update = sqlx::query(
            "UPDATE jobs SET style = ?, reading = ? WHERE id = ? AND attempt = ? AND state = 'running' \
             AND reading IS NULL",
        )
        .bind(style)
        .bind(note);
        let kept = claim.fence().bind(update).execute(&self.inner.write).await?.rows_affected();
        if kept == 0 { Err(StoreError::Fenced) } else { Ok(()) }
    }
}
