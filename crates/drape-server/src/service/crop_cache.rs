//! Pictures of garments that were cut out lately, kept in memory: a look's owner sees one before it is
//! sent, and the service that it is sent to may fetch it twice.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use drape_core::id::LookId;

/// Most pictures kept; the oldest goes first.
const CAPACITY: usize = 16;

/// The pictures. Before it asks, a caller checks that the look still exists.
#[derive(Default)]
pub(crate) struct CropCache(Mutex<VecDeque<Entry>>);

/// A garment of a look by its number, and its picture; none where it cannot be seen well enough.
struct Entry {
    look: LookId,
    garment: u32,
    picture: Option<Bytes>,
}

impl CropCache {
    /// What was kept for a garment, if it is still there.
    pub(crate) fn get(&self, look: LookId, garment: u32) -> Option<Option<Bytes>> {
        let entries = self.entries();
        let entry = entries.iter().find(|e| e.look == look && e.garment == garment);
        entry.map(|e| e.picture.clone())
    }

    /// Keeps a picture, or that there is none.
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
