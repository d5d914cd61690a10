//! Has sentences read by another stylist than the lexicon, if their owners chose one: once per job, between
//! the claim and the engine.
//!
//! A job is queued with the lexicon's reading. If it names another stylist, the process that claimed it asks
//! that stylist and stores the style, fenced by the attempt; later attempts use the stored style. If there is
//! no answer, the lexicon's style stays, and the note says why.

use drape_core::answer::NoAnswer;
use drape_core::sentence::Sentence;
use drape_core::stylist::{self, LEXICON, Note, Reading, Stylist};
use drape_store::{Claim, Store, StoreError};

/// Has the sentence of a claimed job read by the stylist that the job names, unless an earlier attempt did
/// so. Afterwards the claim has the style to use. `stylist` is the one that this process can ask.
///
/// # Errors
/// [`StoreError::Fenced`] when the lease is lost: drop the work. [`StoreError::Database`].
pub async fn read(store: &Store, claim: &mut Claim, stylist: &dyn Stylist) -> Result<(), StoreError> {
    let job = &mut claim.job;
    if job.stylist == LEXICON || job.reading.is_some() {
        return Ok(());
    }
    let note = match Sentence::parse(&job.sentence) {
        Ok(sentence) if stylist.name() == job.stylist => {
            let Reading { style, note } = stylist::read(stylist, &sentence).await;
            if note.why.is_none() {
                job.style = serde_json::to_string(&style).map_err(|e| StoreError::Row(e.to_string()))?;
            }
            note
        }
        _ => Note::instead_of(&job.stylist, NoAnswer::NotSetUp),
    };
    if let Some(why) = note.why {
        tracing::warn!(stylist = job.stylist, why = why.id(), "the lexicon's reading is used instead");
    }
    let outcome = note.why.map_or("read", NoAnswer::id);
    metrics::counter!("drape_readings_total", "stylist" => job.stylist.clone(), "outcome" => outcome)
        .increment(1);
    let text = serde_json::to_string(&note).map_err(|e| StoreError::Row(e.to_string()))?;
    job.reading = Some(text.clone());
    store.keep_reading(claim, &claim.job.style, &text).await
}
