//! Recently cut-out pictures of garments, kept in memory: the owner of a look sees the picture before it is
//! sent, and the external service may fetch it twice.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use drape_core::id::LookId;

/// Most pictures kept; the oldest goes first.
const CAPACITY: usize = 16;

/// The pictures. Callers check first that the look still exists.
#[derive(Default)]
pub(crate) struct CropCache(Mutex<VecDeque<Entry>>);

/// A garment of a look by its number, and its picture; none if the garment is not visible enough.
struct Entry {
    look: LookId,
    garment: u32,
    picture: Option<Bytes>,
}

impl CropCache {
    /// The entry of a garment, if it is still kept.
    pub(crate) fn get(&self, look: LookId, garment: u32) -> Option<Option<Bytes>> {
        let entries = self.entries();
        let entry = entries.iter().find(|e| e.look == look && e.garment == garment);
        entry.map(|e| e.picture.clone())
    }

    /// Keeps a picture, or the fact that there is none.
    pub(crate) fn keep(&self, look: LookId, garment: u32, picture: Option<Bytes>) {
        let mut entries = self.entries();
        entries.push_back(Entry { look, garment, picture });
        while entries.len() > CAPACITY {
            entries.pop_front();
        }
    }

    fn entries(&self) -> MutexGuard<'_, VecDeque<Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
