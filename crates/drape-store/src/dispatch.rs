//! Attempts that are made elsewhere, by workers without a database: what they are promised, and how what
//! they answer becomes an end like any other.
//!
//! The row stays the truth. A dispatched job is claimed; its looks have their ids, and their blobs their
//! rows, before anything is sent. An answer names job and attempt, and everything else (whose it is,
//! where the looks are) comes from the rows: a wrong or forged answer can end nobody else's job.

use drape_core::id::{JobId, LookId, PhotoId, UserId};
use drape_core::job::State;
use sqlx::Row as _;

use crate::blobs::key;
use crate::group::finish::{Ending, Finished};
use crate::job::{self, select_jobs};
use crate::lease::{Claim, Fence};
use crate::retry;
use crate::{Millis, NewLook, Pictures, Size, Store, StoreError};

/// How long after the last moment to write a late blob is still looked for: clocks differ, and large
/// uploads take their time.
const MARGIN: Millis = 3_600_000;

/// An attempt that was handed over.
#[derive(Debug, Clone)]
pub struct Dispatched {
    /// The claim.
    pub claim: Claim,
    /// The keys of its photos; those that are gone are absent.
    pub photos: Vec<(PhotoId, String)>,
    /// The keys under which its looks are to be written: full, view, thumb of each.
    pub looks: Vec<[String; 3]>,
    /// An object that is there as long as the looks are wanted.
    pub ticket: String,
}

/// A look that was made elsewhere; its bytes are under the keys that were promised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DistantLook {
    /// The photo it was made from.
    pub photo: PhotoId,
    /// MIME type of the full size.
    pub content_type: &'static str,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Bytes of its pictures: full, view, thumb.
    pub bytes: [u64; 3],
    /// The seed.
    pub seed: u64,
    /// What was asked, done and measured, as JSON.
    pub report: String,
}

impl Store {
    /// Promises the looks of claimed jobs to whoever gets them; they may be written until `until`.
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
            // By a try before this one whose answer was lost; the transaction holds all or nothing.
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

    /// The attempt that an answer names, if it was handed over and still runs.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] if it has ended or never was.
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

    /// [`Store::finish`] of looks that lie under the keys that they were promised.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when the lease is lost or the attempt was promised nothing;
    /// [`StoreError::Row`] when there are not as many looks as were asked for.
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

    /// Takes the tickets of attempts away that have ended, so that who still works on them stops, and
    /// deletes what else is doomed. Run it every few seconds where jobs are handed over.
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

    /// How many attempts of an engine are handed over and have not begun, and how many run.
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
