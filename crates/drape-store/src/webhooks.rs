//! Webhooks, which are notified when jobs end, and their messages. The transaction that ends the job writes
//! the messages; they are sent until they arrive or have failed too often.

use drape_core::id::{DeliveryId, JobId, UserId, WebhookId};
use sqlx::Row as _;
use sqlx::any::AnyRow;

use crate::retry;
use crate::{Millis, Store, StoreError};

/// An address that is notified when jobs of its owner end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Id.
    pub id: WebhookId,
    /// The address.
    pub url: String,
    /// Secret that signs its messages, base64.
    pub secret: String,
    /// When it was made.
    pub created_at: Millis,
}

/// A message to a webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Id, the same in every attempt.
    pub id: DeliveryId,
    /// The job that ended.
    pub job: JobId,
    /// `pending`, `delivered` or `failed`.
    pub state: String,
    /// Attempts so far.
    pub attempt: u32,
    /// HTTP status of the last answer.
    pub status: Option<u16>,
    /// When the next attempt is due.
    pub next_at: Millis,
    /// JSON body.
    pub payload: String,
    /// Address of the webhook.
    pub url: String,
    /// Secret that signs it, base64.
    pub secret: String,
}

/// Selects the columns that [`delivery`] reads.
macro_rules! select_deliveries {
    ($rest:literal) => {
        concat!(
            "SELECT d.id AS id, d.job_id AS job_id, d.state AS state, d.attempt AS attempt, \
             d.status AS status, d.next_at AS next_at, d.payload AS payload, w.url AS url, \
             w.secret AS secret FROM deliveries d, webhooks w ",
            $rest
        )
    };
}

impl Store {
    /// Adds a webhook.
    ///
    /// # Errors
    /// [`StoreError::Busy`] if the user has five already.
    pub async fn add_webhook(
        &self,
        owner: UserId,
        url: &str,
        secret: &str,
        now: Millis,
    ) -> Result<Webhook, StoreError> {
        const MOST: u32 = 5;
        if self.webhooks(owner).await?.len() >= MOST as usize {
            return Err(StoreError::Busy { limit: MOST, own: true });
        }
        let hook =
            Webhook { id: WebhookId::new(), url: url.to_owned(), secret: secret.to_owned(), created_at: now };
        sqlx::query("INSERT INTO webhooks (id, user_id, url, secret, created_at) VALUES (?, ?, ?, ?, ?)")
            .bind(hook.id.to_string())
            .bind(owner.to_string())
            .bind(url)
            .bind(secret)
            .bind(now)
            .execute(&self.inner.write)
            .await?;
        Ok(hook)
    }

    /// The webhooks of a user.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn webhooks(&self, owner: UserId) -> Result<Vec<Webhook>, StoreError> {
        let rows: Vec<(String, String, String, i64)> =
            sqlx::query_as("SELECT id, url, secret, created_at FROM webhooks WHERE user_id = ? ORDER BY id")
                .bind(owner.to_string())
                .fetch_all(&self.inner.write)
                .await?;
        rows.into_iter()
            .map(|(id, url, secret, created_at)| {
                Ok(Webhook { id: id.parse().map_err(StoreError::row)?, url, secret, created_at })
            })
            .collect()
    }

    /// Deletes a webhook with its messages.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if the user has no such webhook.
    pub async fn delete_webhook(&self, owner: UserId, id: WebhookId) -> Result<(), StoreError> {
        retry::on_conflict(|| async {
            let mut tx = self.begin().await?;
            let (owner, id) = (owner.to_string(), id.to_string());
            let gone = sqlx::query("DELETE FROM webhooks WHERE user_id = ? AND id = ?")
                .bind(&owner)
                .bind(&id)
                .execute(&mut *tx)
                .await?
                .rows_affected();
            if gone == 0 {
                return Err(StoreError::NotFound);
            }
            sqlx::query("DELETE FROM deliveries WHERE user_id = ? AND webhook_id = ?")
                .bind(&owner)
                .bind(&id)
                .execute(&mut *tx)
                .await?;
            tx.commit().await?;
            Ok(())
        })
        .await
    }

    /// The last 50 messages to a webhook, newest first.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if the user has no such webhook.
    pub async fn deliveries(&self, owner: UserId, hook: WebhookId) -> Result<Vec<Delivery>, StoreError> {
        if !self.webhooks(owner).await?.iter().any(|w| w.id == hook) {
            return Err(StoreError::NotFound);
        }
        let rows = sqlx::query(select_deliveries!(
            "WHERE d.user_id = ? AND d.webhook_id = ? AND w.id = d.webhook_id ORDER BY d.id DESC LIMIT 50"
        ))
        .bind(owner.to_string())
        .bind(hook.to_string())
        .fetch_all(self.read())
        .await?;
        rows.iter().map(delivery).collect()
    }

    /// Takes the messages that are due: the next attempt of each moves to `again_at`, so that a sender that
    /// dies loses no message.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn take_deliveries(&self, again_at: Millis, now: Millis) -> Result<Vec<Delivery>, StoreError> {
        let rows = sqlx::query(select_deliveries!(
            "WHERE d.state = 'pending' AND d.next_at <= ? AND w.id = d.webhook_id ORDER BY d.next_at LIMIT 50"
        ))
        .bind(now)
        .fetch_all(self.read())
        .await?;
        let mut taken = Vec::new();
        for row in &rows {
            let delivery = delivery(row)?;
            let mine = sqlx::query(
                "UPDATE deliveries SET attempt = attempt + 1, next_at = ? \
                 WHERE id = ? AND state = 'pending' AND attempt = ?",
            )
            .bind(again_at)
            .bind(delivery.id.to_string())
            .bind(i64::from(delivery.attempt))
            .execute(&self.inner.write)
            .await?
            .rows_affected();
            if mine == 1 {
                taken.push(Delivery { attempt: delivery.attempt + 1, ..delivery });
            }
        }
        Ok(taken)
    }

    /// Records the result of an attempt: delivered, or to be tried again at `again_at`, or given up.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn settle_delivery(
        &self,
        id: DeliveryId,
        status: Option<u16>,
        again_at: Option<Millis>,
    ) -> Result<(), StoreError> {
        let delivered = status.is_some_and(|s| (200..300).contains(&s));
        let state = match again_at {
            _ if delivered => "delivered",
            Some(_) => "pending",
            None => "failed",
        };
        sqlx::query(
            "UPDATE deliveries SET state = ?, status = ?, next_at = COALESCE(?, next_at) WHERE id = ?",
        )
        .bind(state)
        .bind(status.map(i64::from))
        .bind(again_at)
        .bind(id.to_string())
        .execute(&self.inner.write)
        .await?;
        Ok(())
    }
}

fn delivery(row: &AnyRow) -> Result<Delivery, StoreError> {
    let status: Option<i64> = row.try_get("status")?;
    Ok(Delivery {
        id: row.try_get::<String, _>("id")?.parse().map_err(StoreError::row)?,
        job: row.try_get::<String, _>("job_id")?.parse().map_err(StoreError::row)?,
        state: row.try_get("state")?,
        attempt: u32::try_from(row.try_get::<i64, _>("attempt")?).map_err(StoreError::row)?,
        status: status.and_then(|s| u16::try_from(s).ok()),
        next_at: row.try_get("next_at")?,
        payload: row.try_get("payload")?,
        url: row.try_get("url")?,
        secret: row.try_get("secret")?,
    })
}
