//! Readings of sentences by stylists other than the lexicon, stored with the job that runs.

use crate::lease::Claim;
use crate::{Store, StoreError};

impl Store {
    /// Stores the style that a running job continues with, and the note on its reading, both as JSON. A job
    /// gets them only once, so that another attempt does not ask the stylist again.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when the lease is lost or the job has a reading.
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
