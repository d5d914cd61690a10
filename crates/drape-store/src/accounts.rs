//! Users with and without accounts. A guest is a user without an email address who expires; signing up keeps
//! the user and all their data.

use drape_core::id::{TokenId, UserId};
use drape_core::language::Language;
use sqlx::Row as _;
use sqlx::any::AnyRow;

use crate::retry;
use crate::rows::Tx;
use crate::{Millis, Store, StoreError};

/// A user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Id.
    pub id: UserId,
    /// Absent for guests.
    pub email: Option<String>,
    /// The name that they chose.
    pub nickname: String,
    /// PHC string; absent for guests.
    pub password_hash: Option<String>,
    /// Language of pages and messages.
    pub language: Language,
    /// Days after which their photos and looks expire.
    pub keep_days: u32,
    /// When they signed up, or came as a guest.
    pub created_at: Millis,
    /// When a guest expires with all their data; absent for accounts.
    pub expires_at: Option<Millis>,
}

/// An account to create.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// Email address in lower case.
    pub email: String,
    /// 3 to 20 characters.
    pub nickname: String,
    /// PHC string.
    pub password_hash: String,
}

/// Changes of an account; `None` leaves a field as it is.
#[derive(Debug, Clone, Copy, Default)]
pub struct AccountChange<'a> {
    /// New nickname.
    pub nickname: Option<&'a str>,
    /// New language of pages and messages.
    pub language: Option<Language>,
    /// New password.
    pub password: Option<NewPassword<'a>>,
}

/// A new password. It ends all sessions of the user but one.
#[derive(Debug, Clone, Copy)]
pub struct NewPassword<'a> {
    /// PHC string.
    pub hash: &'a str,
    /// The session that continues.
    pub keep: TokenId,
}

/// Selects the columns that [`account`] reads.
macro_rules! select_users {
    ($rest:literal) => {
        concat!(
            "SELECT id, email, nickname, password_hash, language, keep_days, created_at, expires_at \
             FROM users ",
            $rest
        )
    };
}

impl Store {
    /// Adds a guest, who expires at `expires_at` with all their data.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn add_guest(
        &self,
        language: Language,
        expires_at: Millis,
        now: Millis,
    ) -> Result<Account, StoreError> {
        let account = Account {
            id: UserId::new(),
            email: None,
            nickname: language.pick("손님", "Guest").to_owned(),
            password_hash: None,
            language,
            keep_days: 1,
            created_at: now,
            expires_at: Some(expires_at),
        };
        self.insert(&account).await?;
        Ok(account)
    }

    /// Adds an account.
    ///
    /// # Errors
    /// [`StoreError::Taken`] if the address has an account.
    pub async fn add_account(
        &self,
        new: &NewAccount,
        language: Language,
        keep_days: u32,
        now: Millis,
    ) -> Result<Account, StoreError> {
        let account = Account {
            id: UserId::new(),
            email: Some(new.email.clone()),
            nickname: new.nickname.clone(),
            password_hash: Some(new.password_hash.clone()),
            language,
            keep_days,
            created_at: now,
            expires_at: None,
        };
        self.insert(&account).await?;
        Ok(account)
    }

    async fn insert(&self, a: &Account) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO users (id, email, nickname, password_hash, language, keep_days, turn, revision, \
             created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, 0, 0, ?, ?)",
        )
        .bind(a.id.to_string())
        .bind(a.email.as_deref())
        .bind(a.nickname.as_str())
        .bind(a.password_hash.as_deref())
        .bind(code(a.language))
        .bind(i64::from(a.keep_days))
        .bind(a.created_at)
        .bind(a.expires_at)
        .execute(&self.inner.write)
        .await
        .map_err(taken)?;
        Ok(())
    }

    /// Turns a guest into an account; their photos and looks now expire after `keep_days`.
    ///
    /// # Errors
    /// [`StoreError::Taken`] if the address has an account, [`StoreError::NotFound`] if the user is not a
    /// guest, or no longer one.
    pub async fn upgrade_guest(
        &self,
        user: UserId,
        new: &NewAccount,
        keep_days: u32,
        now: Millis,
    ) -> Result<Account, StoreError> {
        retry::on_conflict(|| async {
            let mut tx = self.begin().await?;
            let changed = sqlx::query(
                "UPDATE users SET email = ?, nickname = ?, password_hash = ?, keep_days = ?, \
                 expires_at = NULL WHERE id = ? AND email IS NULL AND expires_at > ?",
            )
            .bind(new.email.as_str())
            .bind(new.nickname.as_str())
            .bind(new.password_hash.as_str())
            .bind(i64::from(keep_days))
            .bind(user.to_string())
            .bind(now)
            .execute(&mut *tx)
            .await
            .map_err(taken)?
            .rows_affected();
            if changed == 0 {
                return Err(StoreError::NotFound);
            }
            sqlx::query("DELETE FROM tokens WHERE user_id = ?")
                .bind(user.to_string())
                .execute(&mut *tx)
                .await?;
            keep_everything(&mut tx, user, now + days(keep_days)).await?;
            tx.commit().await?;
            self.inner.sessions.forget(user);
            self.account(user).await
        })
        .await
    }

    /// A user by id.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn account(&self, user: UserId) -> Result<Account, StoreError> {
        let row = sqlx::query(select_users!("WHERE id = ?"))
            .bind(user.to_string())
            .fetch_optional(&self.inner.write)
            .await?;
        account(&row.ok_or(StoreError::NotFound)?)
    }

    /// The account with an email address (in lower case).
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn account_of_email(&self, email: &str) -> Result<Option<Account>, StoreError> {
        let row =
            sqlx::query(select_users!("WHERE email = ?")).bind(email).fetch_optional(self.read()).await?;
        row.as_ref().map(account).transpose()
    }

    /// Changes an account.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if the user is gone.
    pub async fn update_account(
        &self,
        user: UserId,
        change: AccountChange<'_>,
    ) -> Result<Account, StoreError> {
        retry::on_conflict(|| async {
            let mut tx = self.begin().await?;
            let id = user.to_string();
            if let Some(nickname) = change.nickname {
                sqlx::query("UPDATE users SET nickname = ? WHERE id = ?")
                    .bind(nickname)
                    .bind(&id)
                    .execute(&mut *tx)
                    .await?;
            }
            if let Some(language) = change.language {
                sqlx::query("UPDATE users SET language = ? WHERE id = ?")
                    .bind(code(language))
                    .bind(&id)
                    .execute(&mut *tx)
                    .await?;
            }
            if let Some(NewPassword { hash, keep }) = change.password {
                sqlx::query("UPDATE users SET password_hash = ? WHERE id = ?")
                    .bind(hash)
                    .bind(&id)
                    .execute(&mut *tx)
                    .await?;
                sqlx::query("DELETE FROM tokens WHERE user_id = ? AND kind = 'session' AND id <> ?")
                    .bind(&id)
                    .bind(keep.to_string())
                    .execute(&mut *tx)
                    .await?;
            }
            tx.commit().await?;
            self.inner.sessions.forget(user);
            self.account(user).await
        })
        .await
    }

    /// Sets how long photos and looks of a user are kept, including existing ones.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if the user is gone.
    pub async fn set_keep_days(
        &self,
        user: UserId,
        keep_days: u32,
        now: Millis,
    ) -> Result<Account, StoreError> {
        retry::on_conflict(|| async {
            let mut tx = self.begin().await?;
            sqlx::query("UPDATE users SET keep_days = ? WHERE id = ? AND expires_at IS NULL")
                .bind(i64::from(keep_days))
                .bind(user.to_string())
                .execute(&mut *tx)
                .await?;
            keep_everything(&mut tx, user, now + days(keep_days)).await?;
            tx.commit().await?;
            self.inner.sessions.forget(user);
            self.account(user).await
        })
        .await
    }
}

/// Days in milliseconds.
pub(crate) fn days(days: u32) -> Millis {
    i64::from(days) * 86_400_000
}

/// Sets the expiry of all data of a user.
async fn keep_everything(tx: &mut Tx, user: UserId, until: Millis) -> Result<(), StoreError> {
    let user = user.to_string();
    for sql in [
        "UPDATE photos SET expires_at = ? WHERE user_id = ?",
        "UPDATE looks SET expires_at = ? WHERE user_id = ?",
        "UPDATE jobs SET expires_at = ? WHERE user_id = ?",
        // Only blobs of stored photos and looks: pending and doomed ones keep their expiry.
        "UPDATE blobs SET expires_at = ? WHERE user_id = ? AND thing_id IN \
         (SELECT id FROM photos WHERE user_id = blobs.user_id \
         UNION SELECT id FROM looks WHERE user_id = blobs.user_id)",
    ] {
        sqlx::query(sql).bind(until).bind(&user).execute(&mut **tx).await?;
    }
    Ok(())
}

/// The two-letter code of a language.
pub(crate) fn code(language: Language) -> &'static str {
    language.pick("ko", "en")
}

/// The language with a two-letter code.
pub(crate) fn language(code: &str) -> Language {
    Language::of_locale(code)
}

fn taken(error: sqlx::Error) -> StoreError {
    if StoreError::is_unique(&error) { StoreError::Taken("email") } else { error.into() }
}

pub(crate) fn account(row: &AnyRow) -> Result<Account, StoreError> {
    Ok(Account {
        id: row.try_get::<String, _>("id")?.parse().map_err(StoreError::row)?,
        email: row.try_get("email")?,
        nickname: row.try_get("nickname")?,
        password_hash: row.try_get("password_hash")?,
        language: language(&row.try_get::<String, _>("language")?),
        keep_days: u32::try_from(row.try_get::<i64, _>("keep_days")?).map_err(StoreError::row)?,
        created_at: row.try_get("created_at")?,
        expires_at: row.try_get("expires_at")?,
    })
}
