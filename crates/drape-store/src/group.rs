//! Group commit: what waits to be written while a transaction runs goes into the next one together,
//! so that many clients cost few transactions and nobody waits for the sake of a group.
//!
//! Each kind of change is one function over all changes of its kind (`finish_all`, `create_all`,
//! `claim_all`), and the events of all are numbered at once. A change that is refused leaves the
//! others alone; when the database refuses a group, each change is tried by itself: there its locks are
//! taken in an order in which few can wait for each other.

use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use drape_core::id::JobId;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use crate::claims::Want;
use crate::create::Create;
use crate::ends::Ending;
use crate::events::{Note, record};
use crate::rows::again;
use crate::{Claim, Finished, Job, Store, StoreError};

/// Most changes in one transaction: it holds the only writing connection for some milliseconds.
const MOST_TOGETHER: usize = 64;
/// Most changes that wait; callers beyond are told that the store is busy.
const MOST_WAITING: usize = 10_000;

/// A change that can be made together with others.
pub(crate) enum Change {
    Create(Create),
    Claim(Want),
    Finish(Ending),
}

/// What a change led to.
pub(crate) enum Outcome {
    Created(Job),
    /// The job of an earlier request with the same key.
    Existing(JobId),
    Claimed(Vec<Claim>),
    Finished(Finished),
}

type Answer = Result<Outcome, StoreError>;

struct Waiting {
    change: Change,
    answer: oneshot::Sender<Answer>,
}

/// The changes that wait.
#[derive(Default)]
pub(crate) struct Group(Mutex<Line>);

#[derive(Default)]
struct Line {
    waiting: VecDeque<Waiting>,
    /// Claims of workers that have nothing to do: they go into the group of the next new job.
    parked: VecDeque<(u64, Waiting)>,
    /// Number of the claim parked last.
    last: u64,
    /// Whether a task writes them; it ends when nothing waits.
    writing: bool,
}

impl Store {
    /// Makes a change in the next group. Once this is called the change is made, whether or not the
    /// caller still waits.
    pub(crate) async fn change(&self, change: Change) -> Answer {
        let (answer, told) = oneshot::channel();
        let start = {
            let mut line = self.inner.group.0.lock().unwrap_or_else(PoisonError::into_inner);
            if line.waiting.len() >= MOST_WAITING {
                return Err(StoreError::Busy { limit: MOST_WAITING as u32, own: false });
            }
            line.waiting.push_back(Waiting { change, answer });
            !std::mem::replace(&mut line.writing, true)
        };
        if start {
            // On a thread of its own: statements go to and fro between it and the thread of the connection,
            // and must not wait in line behind requests.
            let (writer, runtime) = (Writer { store: self.clone(), ended: false }, Handle::current());
            tokio::task::spawn_blocking(move || runtime.block_on(write(writer)));
        }
        told.await.unwrap_or(Err(StoreError::Database(sqlx::Error::WorkerCrashed)))
    }

    /// Leaves a claim to the group of the next new job. Answers nothing when it was not taken within
    /// `at_most`, or when jobs may have come otherwise.
    pub(crate) async fn park(&self, want: Want, at_most: Duration) -> Option<Answer> {
        let (answer, mut told) = oneshot::channel();
        let lock = || self.inner.group.0.lock().unwrap_or_else(PoisonError::into_inner);
        let number = {
            let mut line = lock();
            line.last += 1;
            let number = line.last;
            line.parked.push_back((number, Waiting { change: Change::Claim(want), answer }));
            number
        };
        tokio::select! {
            biased;
            claims = &mut told => return claims.ok(),
            () = self.hub().rung() => {}
            () = tokio::time::sleep(at_most) => {}
        }
        let parked = {
            let mut line = lock();
            let before = line.parked.len();
            line.parked.retain(|(n, _)| *n != number);
            line.parked.len() < before
        };
        // What a group has taken is answered soon.
        if parked { None } else { told.await.ok() }
    }

    /// Makes changes in one transaction: ends first, then new jobs, then claims, which may take them.
    async fn write_group(&self, tx: crate::rows::Tx, changes: &[&Change]) -> Result<Vec<Answer>, StoreError> {
        let mut tx = tx;
        let mut answers: Vec<Option<Answer>> = changes.iter().map(|_| None).collect();
        let mut notes: Vec<Note> = Vec::new();
        let mut taken: HashSet<JobId> = HashSet::new();
        let mut made: Vec<JobId> = Vec::new();
        let all = || changes.iter().enumerate();
        let ends: Vec<_> =
            all().filter_map(|(k, c)| if let Change::Finish(e) = c { Some((k, e)) } else { None }).collect();
        if !ends.is_empty() {
            for (k, answer) in self.finish_all(&mut tx, &ends, &mut notes).await? {
                answers[k] = Some(answer.map(Outcome::Finished));
            }
        }
        let new: Vec<_> =
            all().filter_map(|(k, c)| if let Change::Create(n) = c { Some((k, n)) } else { None }).collect();
        if !new.is_empty() {
            for (k, answer) in self.create_all(&mut tx, &new, &mut notes).await? {
                if let Ok(Outcome::Created(job)) = &answer {
                    made.push(job.id);
                }
                answers[k] = Some(answer);
            }
        }
        for (k, change) in all() {
            if let Change::Claim(want) = change {
                let claims = self.claim_all(&mut tx, want, &mut notes).await?;
                taken.extend(claims.iter().map(|c| c.job.id));
                answers[k] = Some(Ok(Outcome::Claimed(claims)));
            }
        }
        let events = record(&mut tx, &notes).await?;
        tx.commit().await?;
        for answer in answers.iter().flatten() {
            match answer {
                Ok(Outcome::Created(job)) => self.inner.queue.moved(job),
                Ok(Outcome::Claimed(claims)) => claims.iter().for_each(|c| self.inner.queue.moved(&c.job)),
                _ => {}
            }
        }
        for (note, event) in notes.iter().zip(events) {
            self.hub().publish(note.owner, event);
        }
        if made.iter().any(|job| !taken.contains(job)) {
            self.hub().ring();
        }
        Ok(answers.into_iter().flatten().collect())
    }
}

impl Line {
    /// The changes that are written together now.
    fn next(&mut self) -> Vec<Waiting> {
        let most = self.waiting.len().min(MOST_TOGETHER);
        let mut group: Vec<Waiting> = self.waiting.drain(..most).collect();
        let new = group
            .iter()
            .filter_map(|w| if let Change::Create(new) = &w.change { Some(new.now) } else { None });
        if let Some(now) = new.max() {
            let claims = self.parked.drain(..).map(|(_, waiting)| waiting).filter(|w| !w.answer.is_closed());
            group.extend(claims.map(|mut claim| {
                if let Change::Claim(want) = &mut claim.change {
                    want.now = now;
                }
                claim
            }));
        }
        group
    }
}

/// The task that writes; should it panic, the next change starts another.
struct Writer {
    store: Store,
    ended: bool,
}

impl Drop for Writer {
    fn drop(&mut self) {
        if !self.ended {
            let mut line = self.store.inner.group.0.lock().unwrap_or_else(PoisonError::into_inner);
            // Those who wait are told by the loss of their answers.
            line.waiting.clear();
            line.writing = false;
        }
    }
}

async fn write(mut writer: Writer) {
    write_all(&writer.store).await;
    writer.ended = true;
}

async fn write_all(store: &Store) {
    let line = || store.inner.group.0.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        // While the connection is busy more gather.
        let begun = store.begin().await;
        let group = line().next();
        let (changes, callers): (Vec<Change>, Vec<_>) =
            group.into_iter().map(|w| (w.change, w.answer)).unzip();
        let together: Vec<&Change> = changes.iter().collect();
        let mut answers = match begun {
            Ok(tx) => store.write_group(tx, &together).await,
            Err(e) => Err(e),
        };
        if let Err(why) = &answers
            && (changes.len() > 1 || why.is_conflict())
        {
            tracing::debug!(error = %why, changes = changes.len(), "written one by one");
            let mut alone = Vec::new();
            for change in &changes {
                alone.push(again!(one(store, change)));
            }
            answers = Ok(alone);
        }
        // Fails only for callers who are gone.
        match answers {
            Ok(answers) => callers.into_iter().zip(answers).for_each(|(caller, a)| drop(caller.send(a))),
            Err(why) => {
                if let Some(caller) = callers.into_iter().next() {
                    drop(caller.send(Err(why)));
                }
            }
        }
        let mut line = line();
        if line.waiting.is_empty() {
            // Under the lock, so that the next change sees that nobody writes.
            line.writing = false;
            return;
        }
    }
}

async fn one(store: &Store, change: &Change) -> Answer {
    let tx = store.begin().await?;
    let mut answers = store.write_group(tx, &[change]).await?;
    answers.pop().unwrap_or(Err(StoreError::NotFound))
}
