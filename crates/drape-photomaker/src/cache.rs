//! A small cache of results that may be asked for again.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// A bounded number of values of bounded age; the least recently used one goes first.
#[derive(Debug)]
pub(crate) struct Cache<K, V> {
    /// The most recently used one is last.
    entries: VecDeque<(K, V, Instant)>,
    most: usize,
    age: Duration,
}

impl<K: PartialEq, V: Clone> Cache<K, V> {
    pub(crate) fn new(most: usize, age: Duration) -> Self {
        Self { entries: VecDeque::new(), most, age }
    }

    pub(crate) fn get(&mut self, key: &K, now: Instant) -> Option<V> {
        self.forget(now);
        let at = self.entries.iter().position(|(k, ..)| k == key)?;
        let entry = self.entries.remove(at)?;
        let value = entry.1.clone();
        self.entries.push_back(entry);
        Some(value)
    }

    pub(crate) fn put(&mut self, key: K, value: V, now: Instant) {
        self.forget(now);
        self.entries.retain(|(k, ..)| *k != key);
        while self.entries.len() >= self.most {
            self.entries.pop_front();
        }
        self.entries.push_back((key, value, now));
    }

    /// Drops values that are too old, however often they were used.
    pub(crate) fn forget(&mut self, now: Instant) {
        let age = self.age;
        self.entries.retain(|(.., made)| now.duration_since(*made) < age);
    }
}
