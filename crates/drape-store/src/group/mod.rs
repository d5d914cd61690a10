//! Group commit: the changes that arrive while a transaction runs are written together in the next one, so
//! that many clients cost few transactions and no change waits for a group to fill.
//!
//! Three lanes, one per kind of change: ends of jobs ([`finish`]), new jobs ([`create`]), claims
//! ([`claim`]). Each of these modules writes all changes of its kind with a few statements, and the events
//! of all are numbered at once. A refused change leaves the others alone. When the database refuses a whole
//! group, its changes are written one by one: they then take their locks in an order in which few
//! transactions can wait for each other.

pub(crate) mod claim;
pub(crate) mod create;
pub(crate) mod finish;

use std::collections::{HashSet, VecDeque};
use std::slice::from_ref;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use drape_core::id::JobId;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use crate::lease::Claim;
use crate::record::{Note, record};
use crate::retry;
use crate::rows::Tx;
use crate::{Store, StoreError};

use claim::Claiming;
use create::{Created, Creating};
use finish::{Ending, Finished};

/// Most changes of one kind in one transaction, which holds the only writing connection for some
/// milliseconds.
const MOST_TOGETHER: usize = 64;
/// Most changes that wait; further callers are told that the store is busy.
const MOST_WAITING: usize = 10_000;

/// A kind of change that is written together with others of its kind.
pub(crate) trait Change: Sized {
    /// The result of the change.
    type Made;

    /// The lane in which changes of this kind wait.
    fn lane(lanes: &mut Lanes) -> &mut Lane<Self>;
}

impl Change for Ending {
    type Made = Finished;

    fn lane(lanes: &mut Lanes) -> &mut Lane<Self> {
        &mut lanes.ends
    }
}

impl Change for Creating {
    type Made = Created;

    fn lane(lanes: &mut Lanes) -> &mut Lane<Self> {
        &mut lanes.new
    }
}

impl Change for Claiming {
    type Made = Vec<Claim>;

    fn lane(lanes: &mut Lanes) -> &mut Lane<Self> {
        &mut lanes.claims
    }
}

type Answer<C> = Result<<C as Change>::Made, StoreError>;

/// A change and the caller who waits for its answer.
struct Waiting<C: Change> {
    change: C,
    caller: oneshot::Sender<Answer<C>>,
}

/// Changes of one kind, oldest first.
pub(crate) struct Lane<C: Change>(VecDeque<Waiting<C>>);

impl<C: Change> Default for Lane<C> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

/// All changes that wait.
#[derive(Default)]
pub(crate) struct Lanes {
    ends: Lane<Ending>,
    new: Lane<Creating>,
    claims: Lane<Claiming>,
    /// Claims of idle workers: they join the next group that has a new job.
    parked: VecDeque<(u64, Waiting<Claiming>)>,
    /// Number of the claim that was parked last.
    last_parked: u64,
    /// Whether a task writes; it ends when no change waits.
    writing: bool,
}

/// The write queue of a store.
#[derive(Default)]
pub(crate) struct Group(Mutex<Lanes>);

impl Group {
    fn lanes(&self) -> MutexGuard<'_, Lanes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store {
    /// Writes a change with the next group. From this call on it is written even if the caller stops
    /// waiting.
    pub(crate) async fn write<C: Change>(&self, change: C) -> Answer<C> {
        let (caller, answer) = oneshot::channel();
        let idle = {
            let mut lanes = self.inner.group.lanes();
            if lanes.waiting() >= MOST_WAITING {
                return Err(StoreError::Busy { limit: MOST_WAITING as u32, own: false });
            }
            C::lane(&mut lanes).0.push_back(Waiting { change, caller });
            !std::mem::replace(&mut lanes.writing, true)
        };
        if idle {
            // Use a thread of its own: each statement crosses to the connection's thread and back, and must
            // not queue behind requests.
            let (writer, runtime) = (Writer { store: self.clone(), ended: false }, Handle::current());
            tokio::task::spawn_blocking(move || runtime.block_on(writer.run()));
        }
        answer.await.unwrap_or(Err(StoreError::Database(sqlx::Error::WorkerCrashed)))
    }

    /// Leaves a claim to the next group that has a new job. `None` if no group took it within `at_most`, or
    /// if a job may have been queued by other means.
    pub(crate) async fn park(&self, claim: Claiming, at_most: Duration) -> Option<Answer<Claiming>> {
        let (caller, mut answer) = oneshot::channel();
        let number = {
            let mut lanes = self.inner.group.lanes();
            lanes.last_parked += 1;
            let number = lanes.last_parked;
            lanes.parked.push_back((number, Waiting { change: claim, caller }));
            number
        };
        tokio::select! {
            biased;
            claims = &mut answer => return claims.ok(),
            () = self.hub().rung() => {}
            () = tokio::time::sleep(at_most) => {}
        }
        let still_parked = {
            let mut lanes = self.inner.group.lanes();
            let before = lanes.parked.len();
            lanes.parked.retain(|(n, _)| *n != number);
            lanes.parked.len() < before
        };
        // A claim that a group has taken is answered soon.
        if still_parked { None } else { answer.await.ok() }
    }

    /// Makes changes in one transaction: ends, then new jobs, then claims, which may take the new jobs.
    async fn write_together(&self, mut tx: Tx, changes: Changes<'_>) -> Result<Results, StoreError> {
        let mut notes: Vec<Note> = Vec::new();
        let mut made = Results::default();
        if !changes.ends.is_empty() {
            made.ends = finish::finish_all(&mut tx, changes.ends, &mut notes).await?;
        }
        if !changes.new.is_empty() {
            let limit = self.limits().jobs_per_user;
            made.new = create::create_all(&mut tx, changes.new, limit, &mut notes).await?;
        }
        for claiming in changes.claims {
            made.claims.push(Ok(claim::claim(&mut tx, claiming, &mut notes).await?));
        }
        let events = record(&mut tx, &notes).await?;
        tx.commit().await?;
        let new: Vec<_> = made.new_jobs().collect();
        let taken: Vec<_> = made.claims.iter().flatten().flatten().map(|claim| &claim.job).collect();
        new.iter().chain(&taken).for_each(|job| self.inner.queue.moved(job));
        for (note, event) in notes.iter().zip(events) {
            self.hub().publish(note.owner, event);
        }
        let taken: HashSet<JobId> = taken.iter().map(|job| job.id).collect();
        if new.iter().any(|job| !taken.contains(&job.id)) {
            self.hub().ring();
        }
        Ok(made)
    }
}

impl Lanes {
    fn waiting(&self) -> usize {
        self.ends.0.len() + self.new.0.len() + self.claims.0.len()
    }

    /// Takes the changes for the next transaction.
    fn next(&mut self) -> Taken {
        let mut taken = Taken { ends: self.ends.take(), new: self.new.take(), claims: self.claims.take() };
        if let Some(now) = taken.new.changes.iter().map(|new| new.now).max() {
            for (_, Waiting { change, caller }) in self.parked.drain(..) {
                if !caller.is_closed() {
                    taken.claims.changes.push(Claiming { now, ..change });
                    taken.claims.callers.push(caller);
                }
            }
        }
        taken
    }

    /// Drops every change; the callers notice because their answer channels close.
    fn clear(&mut self) {
        self.ends.0.clear();
        self.new.0.clear();
        self.claims.0.clear();
    }
}

/// Changes of one kind that left their lane together, and their callers in the same order.
struct TakenLane<C: Change> {
    changes: Vec<C>,
    callers: Vec<oneshot::Sender<Answer<C>>>,
}

impl<C: Change> Lane<C> {
    fn take(&mut self) -> TakenLane<C> {
        let most = self.0.len().min(MOST_TOGETHER);
        let (changes, callers) = self.0.drain(..most).map(|w| (w.change, w.caller)).unzip();
        TakenLane { changes, callers }
    }
}

impl<C: Change> TakenLane<C> {
    fn answer(self, answers: Vec<Answer<C>>) {
        for (caller, answer) in self.callers.into_iter().zip(answers) {
            // Fails only if the caller is gone.
            let _ = caller.send(answer);
        }
    }
}

/// A group on its way to the database.
struct Taken {
    ends: TakenLane<Ending>,
    new: TakenLane<Creating>,
    claims: TakenLane<Claiming>,
}

impl Taken {
    fn changes(&self) -> Changes<'_> {
        Changes { ends: &self.ends.changes, new: &self.new.changes, claims: &self.claims.changes }
    }

    fn answer(self, made: Results) {
        self.ends.answer(made.ends);
        self.new.answer(made.new);
        self.claims.answer(made.claims);
    }
}

/// Changes for one transaction.
#[derive(Clone, Copy, Default)]
struct Changes<'a> {
    ends: &'a [Ending],
    new: &'a [Creating],
    claims: &'a [Claiming],
}

impl<'a> Changes<'a> {
    fn count(self) -> usize {
        self.ends.len() + self.new.len() + self.claims.len()
    }

    /// Each change as a group of its own.
    fn one_by_one(self) -> impl Iterator<Item = Self> + use<'a> {
        let ends = self.ends.iter().map(|end| Self { ends: from_ref(end), ..Self::default() });
        let new = self.new.iter().map(|new| Self { new: from_ref(new), ..Self::default() });
        let claims = self.claims.iter().map(|claim| Self { claims: from_ref(claim), ..Self::default() });
        ends.chain(new).chain(claims)
    }
}

/// Results of changes, in their order.
#[derive(Default)]
struct Results {
    ends: Vec<Answer<Ending>>,
    new: Vec<Answer<Creating>>,
    claims: Vec<Answer<Claiming>>,
}

impl Results {
    fn new_jobs(&self) -> impl Iterator<Item = &crate::Job> {
        self.new.iter().filter_map(|made| match made {
            Ok(Created::New(job)) => Some(job.as_ref()),
            _ => None,
        })
    }

    fn append(&mut self, other: Self) {
        self.ends.extend(other.ends);
        self.new.extend(other.new);
        self.claims.extend(other.claims);
    }

    /// Records why the only one of `changes` was not made.
    fn refuse(&mut self, changes: Changes<'_>, why: StoreError) {
        if !changes.ends.is_empty() {
            self.ends.push(Err(why));
        } else if !changes.new.is_empty() {
            self.new.push(Err(why));
        } else {
            self.claims.push(Err(why));
        }
    }
}

/// The task that writes. Should it panic, the next change starts another.
struct Writer {
    store: Store,
    ended: bool,
}

impl Writer {
    async fn run(mut self) {
        loop {
            // More changes gather while the connection is busy.
            let begun = self.store.begin().await;
            let taken = self.store.inner.group.lanes().next();
            let made = self.write(begun, taken.changes()).await;
            taken.answer(made);
            let mut lanes = self.store.inner.group.lanes();
            if lanes.waiting() == 0 {
                // Still under the lock, so that the next change finds no writer and starts one.
                lanes.writing = false;
                break;
            }
        }
        self.ended = true;
    }

    async fn write(&self, begun: Result<Tx, StoreError>, changes: Changes<'_>) -> Results {
        let together = match begun {
            Ok(tx) => self.store.write_together(tx, changes).await,
            Err(why) => Err(why),
        };
        let mut made = Results::default();
        match together {
            Ok(all) => return all,
            Err(why) if changes.count() == 1 && !why.is_conflict() => made.refuse(changes, why),
            Err(why) => {
                tracing::debug!(error = %why, changes = changes.count(), "written one by one");
                for change in changes.one_by_one() {
                    match retry::on_conflict(|| self.write_alone(change)).await {
                        Ok(one) => made.append(one),
                        Err(why) => made.refuse(change, why),
                    }
                }
            }
        }
        made
    }

    async fn write_alone(&self, change: Changes<'_>) -> Result<Results, StoreError> {
        self.store.write_together(self.store.begin().await?, change).await
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if !self.ended {
            let mut lanes = self.store.inner.group.lanes();
            lanes.clear();
            lanes.writing = false;
        }
    }
}
