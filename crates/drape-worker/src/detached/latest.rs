//! Progress on its way from the engine's thread to the queue. Only the latest is kept, so that a slow queue
//! neither stops the engine nor fills memory.

use std::sync::{Mutex, MutexGuard, PoisonError};

use drape_core::engine::Progress;
use tokio::sync::Notify;

/// The latest progress that has not been sent.
#[derive(Debug, Default)]
pub(super) struct LatestProgress {
    unsent: Mutex<Option<Progress>>,
    filled: Notify,
}

impl LatestProgress {
    /// Replaces unsent progress. An unsent preview stays unless there is a newer one.
    pub(super) fn put(&self, progress: Progress) {
        let mut unsent = self.lock();
        let preview = progress.preview.or_else(|| unsent.take()?.preview);
        *unsent = Some(Progress { preview, ..progress });
        self.filled.notify_one();
    }

    /// Waits for progress and takes it.
    pub(super) async fn take(&self) -> Progress {
        loop {
            if let Some(progress) = self.lock().take() {
                return progress;
            }
            self.filled.notified().await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Progress>> {
        self.unsent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use drape_core::engine::Stage;

    use super::*;

    fn step(step: u32, preview: Option<u8>) -> Progress {
        Progress { stage: Stage::Denoise, step, total: 4, preview: preview.map(|p| vec![p]) }
    }

    #[tokio::test]
    async fn the_latest_step_is_taken_once_with_the_latest_preview() {
        let latest = LatestProgress::default();
        latest.put(step(1, Some(1)));
        latest.put(step(2, Some(2)));
        latest.put(step(3, None));
        assert_eq!(latest.take().await, step(3, Some(2)));
        assert!(timeout(Duration::from_millis(20), latest.take()).await.is_err());
        let (taken, ()) = tokio::join!(latest.take(), async { latest.put(step(4, None)) });
        assert_eq!(taken, step(4, None));
    }
}
