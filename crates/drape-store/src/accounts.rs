//! Users with and without accounts, and the tokens that stand for them.
//!
//! A token is random and known to its holder only; the database has its SHA-256. A guest is a user
//! without e-mail address and with an end; signing up keeps the user and everything of theirs.

use drape_core::id::{TokenId, UserId};
use drape_core::language::Language;
use sqlx::Row as _;
use sqlx::any::AnyRow;

use crate::{Millis, Store, StoreError};

/// A user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Id.
    pub id: UserId,
    /// Absent for guests.
    pub email: Option<String>,
    /// What they want to be called.
    pub nickname: String,
    /// PHC string; absent for guests.
    pub password_hash: Option<String>,
    /// Language of pages and messages.
    pub language: Language,
    /// Days that their photos and looks are kept.
    pub keep_days: u32,
    /// When they came.
    pub created_at: Millis,
    /// When a guest and everything of theirs goes.
    pub expires_at: Option<Millis>,
}

/// Whom to remember.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// Lower-cased address.
    pub email: String,
    /// 3 to 20 characters.
    pub nickname: String,
    /// PHC string.
    pub password_hash: String,
}

/// What a token may do and how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// Of a browser or of the seed's client; ends.
    Session,
    /// Of a program; stays until it is revoked.
    ApiKey,
}

/// Who is asking.
#[derive(Debug, Clone)]
pub struct Session {
    /// The token that was shown.
    pub token: TokenId,
    /// Its kind.
    pub kind: TokenKind,
    /// Whose it is.
    pub user: Account,
}

/// A token as its owner sees it in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// To revoke it by.
    pub id: TokenId,
    /// Session or key.
    pub kind: TokenKind,
    /// What its owner calls it; a short form of the browser for sessions.
    pub name: String,
    /// When it was made.
    pub created_at: Millis,
    /// When it was last used, to the hour.
    pub seen_at: Millis,
}

/// The rows that [`account`] reads.
macro_rules! select_users {
    ($rest:literal) => {
        concat!("SELECT id, email, nickname, password_hash, language, keep_days, created_at, expires_at FROM users ", $rest)
    };
}

impl TokenKind {
    fn id(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::ApiKey => "api_key",
        }
    }

    fn of_id(id: &str) -> Self {
        if id == "api_key" { Self::ApiKey } else { Self::Session }
    }
}

impl Store {
    /// A new guest, who goes at `expires_at` with everything of theirs.
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

    /// A new account.
    ///
    /// # Errors
    /// [`StoreError::Taken`] if the address has one already.
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
            "INSERT INTO users (id, email, nickname, password_hash, language, keep_days, turn, revision, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, 0, 0, ?, ?)",
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

    /// Turns a guest into an account; photos and looks stay and are kept from now on for `keep_days`.
    ///
    /// # Errors
    /// [`StoreError::Taken`] if the address has an account, [`StoreError::NotFound`] if the user is no
    /// guest any more.
    pub async fn upgrade_guest(
        &self,
        user: UserId,
        new: &NewAccount,
        keep_days: u32,
        now: Millis,
    ) -> Result<Account, StoreError> {
        let mut tx = self.begin().await?;
        let changed = sqlx::query(
            "UPDATE users SET email = ?, nickname = ?, password_hash = ?, keep_days = ?, expires_at = NULL WHERE id = ? AND email IS NULL AND expires_at > ?",
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
        keep_everything(&mut tx, user, now + days(keep_days)).await?;
        tx.commit().await?;
        self.account(user).await
    }

    /// The user of an id.
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

    /// The account of an e-mail address (lower-cased).
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn account_of_email(&self, email: &str) -> Result<Option<Account>, StoreError> {
        let row =
            sqlx::query(select_users!("WHERE email = ?")).bind(email).fetch_optional(self.read()).await?;
        row.as_ref().map(account).transpose()
    }

    /// Changes what a user may change of themselves; `None` leaves a thing as it is. A new password
    /// ends all sessions but `keep`.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if the user is gone.
    pub async fn update_account(
        &self,
        user: UserId,
        nickname: Option<&str>,
        language: Option<Language>,
        password_hash: Option<(&str, TokenId)>,
    ) -> Result<Account, StoreError> {
        let mut tx = self.begin().await?;
        let id = user.to_string();
        if let Some(nickname) = nickname {
            sqlx::query("UPDATE users SET nickname = ? WHERE id = ?")
                .bind(nickname)
                .bind(&id)
                .execute(&mut *tx)
                .await?;
        }
        if let Some(language) = language {
            sqlx::query("UPDATE users SET language = ? WHERE id = ?")
                .bind(code(language))
                .bind(&id)
                .execute(&mut *tx)
                .await?;
        }
        if let Some((hash, keep)) = password_hash {
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
        self.account(user).await
    }

    /// How long the photos and looks of a user are kept, those that exist included.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if the user is gone.
    pub async fn set_keep_days(
        &self,
        user: UserId,
        keep_days: u32,
        now: Millis,
    ) -> Result<Account, StoreError> {
        let mut tx = self.begin().await?;
        sqlx::query("UPDATE users SET keep_days = ? WHERE id = ? AND expires_at IS NULL")
            .bind(i64::from(keep_days))
            .bind(user.to_string())
            .execute(&mut *tx)
            .await?;
        keep_everything(&mut tx, user, now + days(keep_days)).await?;
        tx.commit().await?;
        self.account(user).await
    }

    /// Remembers a token by its SHA-256 (hex).
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn add_token(
        &self,
        user: UserId,
        kind: TokenKind,
        hash: &str,
        name: &str,
        expires_at: Option<Millis>,
        now: Millis,
    ) -> Result<TokenId, StoreError> {
        let id = TokenId::new();
        sqlx::query("INSERT INTO tokens (hash, id, user_id, kind, name, created_at, seen_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
            .bind(hash)
            .bind(id.to_string())
            .bind(user.to_string())
            .bind(kind.id())
            .bind(name)
            .bind(now)
            .bind(now)
            .bind(expires_at)
            .execute(&self.inner.write)
            .await?;
        Ok(id)
    }

    /// Who holds a token, by its SHA-256 (hex); nobody when it is unknown, revoked or over.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn session(&self, hash: &str, now: Millis) -> Result<Option<Session>, StoreError> {
        let row = sqlx::query(
            "SELECT t.id AS token_id, t.kind AS kind, t.seen_at AS seen_at, u.id AS id, u.email AS email, u.nickname AS nickname, u.password_hash AS password_hash, u.language AS language, u.keep_days AS keep_days, u.created_at AS created_at, u.expires_at AS expires_at FROM tokens t, users u WHERE t.hash = ? AND u.id = t.user_id AND (t.expires_at IS NULL OR t.expires_at > ?) AND (u.expires_at IS NULL OR u.expires_at > ?)",
        )
        .bind(hash)
        .bind(now)
        .bind(now)
        .fetch_optional(self.read())
        .await?;
        let Some(row) = row else { return Ok(None) };
        let seen: Millis = row.try_get("seen_at")?;
        if now - seen > 3_600_000 {
            sqlx::query("UPDATE tokens SET seen_at = ? WHERE hash = ?")
                .bind(now)
                .bind(hash)
                .execute(&self.inner.write)
                .await?;
        }
        Ok(Some(Session {
            token: row.try_get::<String, _>("token_id")?.parse().map_err(StoreError::row)?,
            kind: TokenKind::of_id(&row.try_get::<String, _>("kind")?),
            user: account(&row)?,
        }))
    }

    /// The tokens of a user, newest first.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn tokens(&self, user: UserId, kind: TokenKind) -> Result<Vec<ApiKey>, StoreError> {
        let rows: Vec<(String, String, i64, i64)> = sqlx::query_as(
            "SELECT id, name, created_at, seen_at FROM tokens WHERE user_id = ? AND kind = ? ORDER BY id DESC",
        )
        .bind(user.to_string())
        .bind(kind.id())
        .fetch_all(self.read())
        .await?;
        rows.into_iter()
            .map(|(id, name, created_at, seen_at)| {
                Ok(ApiKey { id: id.parse().map_err(StoreError::row)?, kind, name, created_at, seen_at })
            })
            .collect()
    }

    /// Ends a token of a user.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if the user has no such token.
    pub async fn revoke_token(&self, user: UserId, token: TokenId) -> Result<(), StoreError> {
        let gone = sqlx::query("DELETE FROM tokens WHERE user_id = ? AND id = ?")
            .bind(user.to_string())
            .bind(token.to_string())
            .execute(&self.inner.write)
            .await?
            .rows_affected();
        if gone == 0 { Err(StoreError::NotFound) } else { Ok(()) }
    }
}

/// Days in milliseconds.
pub(crate) fn days(days: u32) -> Millis {
    i64::from(days) * 86_400_000
}

/// Moves the end of everything that a user has.
async fn keep_everything(
    tx: &mut sqlx::Transaction<'_, sqlx::Any>,
    user: UserId,
    until: Millis,
) -> Result<(), StoreError> {
    let user = user.to_string();
    for sql in [
        "UPDATE photos SET expires_at = ? WHERE user_id = ?",
        "UPDATE looks SET expires_at = ? WHERE user_id = ?",
        "UPDATE jobs SET expires_at = ? WHERE user_id = ?",
        // Only blobs that something refers to; pending and doomed ones keep their own end.
        "UPDATE blobs SET expires_at = ? WHERE user_id = ? AND thing_id IN (SELECT id FROM photos WHERE user_id = blobs.user_id UNION SELECT id FROM looks WHERE user_id = blobs.user_id)",
    ] {
        sqlx::query(sql).bind(until).bind(&user).execute(&mut **tx).await?;
    }
    Ok(())
}

/// The language as two letters.
pub(crate) fn code(language: Language) -> &'static str {
    language.pick("ko", "en")
}

/// The language of two letters.
pub(crate) fn language(code: &str) -> Language {
    Language::of_locale(code)
}

fn taken(error: sqlx::Error) -> StoreError {
    if StoreError::is_unique(&error) { StoreError::Taken("email") } else { error.into() }
}

fn account(row: &AnyRow) -> Result<Account, StoreError> {
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
