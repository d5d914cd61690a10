//! Attempts by detached workers, which have no database: the keys promised to them, and how their answers end
//! jobs.
//!
//! The rows decide. Before a request is sent, the job is claimed, its looks have ids, and their blobs have
//! rows. An answer names only the job and the attempt; owner and keys come from the rows, so that a wrong or
//! forged answer cannot end another user's job.

use drape_core::id::{JobId, LookId, PhotoId, UserId};
use drape_core::job::State;
use sqlx::Row as _;

use crate::blobs::key;
use crate::group::finish::{Ending, Finished};
use crate::job::{self, select_jobs};
use crate::lease::{Claim, Fence};
use crate::retry;
use crate::{Millis, NewLook, Pictures, Size, Store, StoreError};

/// How long after `until` the rows of promised blobs stay, so that late bytes are found and deleted: clocks
/// differ, and large uploads take time. Milliseconds.
const MARGIN: Millis = 3_600_000;

/// An attempt for a detached worker.
#[derive(Debug, Clone)]
pub struct Dispatched {
    /// The claim.
    pub claim: Claim,
    /// The keys of its photos; deleted photos are absent.
    pub photos: Vec<(PhotoId, String)>,
    /// The keys for its looks: full, view and thumb of each.
    pub looks: Vec<[String; 3]>,
    /// Key of an object that exists as long as the looks are wanted.
    pub ticket: String,
}

/// A look by a detached worker; its bytes are under the promised keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DistantLook {
    /// The photo from which it was made.
    pub photo: PhotoId,
    /// MIME type of the full size.
    pub content_type: &'static str,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Bytes of its pictures: full, view, thumb.
    pub bytes: [u64; 3],
    /// The seed.
    pub seed: u64,
    /// The report of the look, as JSON.
    pub report: String,
}

impl Store {
    /// Promises keys for the looks of a claimed job; a worker may write them until `until`.
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Blobs`].
    pub async fn dispatch(
        &self,
        claim: &Claim,
        until: Millis,
        now: Millis,
    ) -> Result<Dispatched, StoreError> {
        let looks: Vec<LookId> = (0..claim.job.variations).map(|_| LookId::new()).collect();
        let ticket = ticket(claim.owner, claim.fence());
        retry::on_outage(|| self.promise(claim, &looks, &ticket, until, now)).await?;
        self.bucket().put(&ticket, &bytes::Bytes::from_static(b"wanted\n")).await?;
        let photos = self.claimed_photos(std::slice::from_ref(claim), now).await?;
        let photos = photos.into_iter().flatten().map(|photo| {
            let key = key(claim.owner, &photo.id.to_string(), Size::Full);
            (photo.id, key)
        });
        let of = |look: &LookId| Size::ALL.map(|size| key(claim.owner, &look.to_string(), size));
        Ok(Dispatched {
            claim: claim.clone(),
            photos: photos.collect(),
            looks: looks.iter().map(of).collect(),
            ticket,
        })
    }

    async fn promise(
        &self,
        claim: &Claim,
        looks: &[LookId],
        ticket: &str,
        until: Millis,
        now: Millis,
    ) -> Result<(), StoreError> {
        let (job, user) = (claim.job.id.to_string(), claim.owner.to_string());
        let mut blobs: Vec<(String, String)> = vec![(ticket.to_owned(), job.clone())];
        for look in looks {
            let thing = look.to_string();
            blobs.extend(Size::ALL.map(|size| (key(claim.owner, &thing, size), thing.clone())));
        }
        let mut tx = self.begin().await?;
        let json = serde_json::to_string(looks).map_err(StoreError::row)?;
        let made = sqlx::query(
            "INSERT INTO dispatches (job_id, attempt, user_id, looks, until_at) VALUES (?, ?, ?, ?, ?)",
        )
        .bind(&job)
        .bind(i64::from(claim.job.attempt))
        .bind(&user)
        .bind(&json)
        .bind(until)
        .execute(&mut *tx)
        .await;
        match made {
            // An earlier try committed, and its reply was lost; it wrote all of the rows.
            Err(e) if StoreError::is_unique(&e) => return Ok(()),
            made => made?,
        };
        for (key, thing) in &blobs {
            sqlx::query(
                "INSERT INTO blobs (blob_key, user_id, thing_id, bytes, created_at, expires_at, hold_until) \
                 VALUES (?, ?, ?, 0, ?, ?, ?)",
            )
            .bind(key)
            .bind(&user)
            .bind(thing)
            .bind(now)
            .bind(until + MARGIN)
            .bind(until + MARGIN)
            .execute(&mut *tx)
            .await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// The dispatched attempt that an answer names, while it runs.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] if the attempt has ended or was never dispatched.
    pub async fn dispatched(&self, job: JobId, attempt: u32) -> Result<Claim, StoreError> {
        let select = sqlx::query(select_jobs!(
            "WHERE id = ? AND attempt = ? AND state = 'running' AND EXISTS \
             (SELECT 1 FROM dispatches WHERE dispatches.job_id = jobs.id \
             AND dispatches.attempt = jobs.attempt)"
        ));
        let row = Fence { job, attempt }.bind(select).fetch_optional(&self.inner.write).await?;
        let row = row.ok_or(StoreError::Fenced)?;
        Ok(Claim::new(job::job(&row)?, job::owner(&row)?))
    }

    /// [`Store::finish`] for looks whose bytes are under the promised keys.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when the lease is lost or the attempt was not dispatched;
    /// [`StoreError::Row`] for another number of looks, or other photos, than the job asks for.
    pub async fn finish_dispatched(
        &self,
        claim: &Claim,
        looks: Vec<DistantLook>,
        now: Millis,
    ) -> Result<Finished, StoreError> {
        let select = sqlx::query("SELECT looks FROM dispatches WHERE job_id = ? AND attempt = ?");
        let row = claim.fence().bind(select).fetch_optional(&self.inner.write).await?;
        let json: String = row.ok_or(StoreError::Fenced)?.try_get("looks")?;
        let ids: Vec<LookId> = serde_json::from_str(&json).map_err(StoreError::row)?;
        if ids.len() != looks.len() || looks.iter().any(|look| !claim.job.photos.contains(&look.photo)) {
            return Err(StoreError::row("other looks than were asked for"));
        }
        for (id, look) in ids.iter().zip(&looks) {
            for (size, bytes) in Size::ALL.into_iter().zip(look.bytes) {
                retry::on_conflict(|| self.measured(key(claim.owner, &id.to_string(), size), bytes)).await?;
            }
        }
        let new = |look: DistantLook| NewLook {
            photo: look.photo,
            pictures: Pictures {
                full: bytes::Bytes::new(),
                content_type: look.content_type,
                width: look.width,
                height: look.height,
                view: bytes::Bytes::new(),
                thumb: bytes::Bytes::new(),
            },
            seed: look.seed,
            report: look.report,
        };
        let looks = ids.into_iter().zip(looks.into_iter().map(new)).collect();
        let ending = Ending { claim: claim.clone(), looks, now };
        retry::on_outage(|| self.write(ending.clone())).await
    }

    async fn measured(&self, key: String, bytes: u64) -> Result<(), StoreError> {
        sqlx::query("UPDATE blobs SET bytes = ? WHERE blob_key = ?")
            .bind(i64::try_from(bytes).unwrap_or(i64::MAX))
            .bind(key)
            .execute(&self.inner.write)
            .await?;
        Ok(())
    }

    /// Deletes the tickets of ended attempts, so that workers that still draw them stop, and all other doomed
    /// blobs. Run it every few seconds if jobs are dispatched.
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Blobs`].
    pub async fn call_off(&self) -> Result<(), StoreError> {
        let ended: Vec<(String, i64, String)> = sqlx::query_as(
            "SELECT dispatches.job_id, dispatches.attempt, dispatches.user_id FROM dispatches \
             LEFT JOIN jobs ON jobs.id = dispatches.job_id AND jobs.attempt = dispatches.attempt \
             AND jobs.state = 'running' WHERE jobs.id IS NULL LIMIT 500",
        )
        .fetch_all(self.read())
        .await?;
        for (job, attempt, user) in ended {
            let (owner, id): (UserId, JobId) =
                (user.parse().map_err(StoreError::row)?, job.parse().map_err(StoreError::row)?);
            let fence = Fence { job: id, attempt: u32::try_from(attempt).map_err(StoreError::row)? };
            retry::on_conflict(|| self.call_off_one(owner, fence)).await?;
        }
        self.collect_blobs(None, 0).await?;
        Ok(())
    }

    async fn call_off_one(&self, owner: UserId, fence: Fence) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        sqlx::query("UPDATE blobs SET expires_at = 0 WHERE blob_key = ? AND expires_at > 0")
            .bind(ticket(owner, fence))
            .execute(&mut *tx)
            .await?;
        let delete = sqlx::query("DELETE FROM dispatches WHERE job_id = ? AND attempt = ?");
        fence.bind(delete).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Number of dispatched attempts for an engine that have not begun, and of those that run.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn handed_over(&self, engine: &str) -> Result<(u32, u32), StoreError> {
        let row = sqlx::query(
            "SELECT COUNT(*) AS whole, COUNT(jobs.began_at) AS begun FROM dispatches \
             JOIN jobs ON jobs.id = dispatches.job_id AND jobs.attempt = dispatches.attempt \
             WHERE jobs.state = ? AND jobs.engine = ?",
        )
        .bind(State::Running.id())
        .bind(engine)
        .fetch_one(self.read())
        .await?;
        let number = |name: &str| -> Result<u32, StoreError> {
            u32::try_from(row.try_get::<i64, _>(name)?).map_err(StoreError::row)
        };
        let begun = number("begun")?;
        Ok((number("whole")? - begun, begun))
    }
}

fn ticket(owner: UserId, Fence { job, attempt }: Fence) -> String {
    format!("{owner}/{job}/ticket-{attempt}")
}
