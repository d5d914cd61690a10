//! Tokens that stand for users. A token is random, and only its holder has it; the database has its SHA-256.
//!
//! Every request looks up the holder of its token, so holders are cached for a second. Changes and
//! revocations by this process clear the cache at once.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use drape_core::id::{TokenId, UserId};
use sqlx::Row as _;

use crate::accounts::account;
use crate::{Account, Millis, Store, StoreError};

/// How long the holder of a token is cached, milliseconds.
const KNOWN_FOR: Millis = 1_000;
/// Most tokens in the cache.
const MOST_KNOWN: usize = 10_000;

/// What a token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// A browser, or a client of the former service; expires.
    Session,
    /// A program; valid until it is revoked.
    ApiKey,
}

/// The user behind a request.
#[derive(Debug, Clone)]
pub struct Session {
    /// The token of the request.
    pub token: TokenId,
    /// Its kind.
    pub kind: TokenKind,
    /// The user.
    pub user: Account,
}

/// A token, as its owner sees it in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Id, for revoking it.
    pub id: TokenId,
    /// Session or key.
    pub kind: TokenKind,
    /// The name that its owner gave it; the browser for sessions.
    pub name: String,
    /// When it was made.
    pub created_at: Millis,
    /// When it was last used, to the hour.
    pub seen_at: Millis,
}

/// Cache of the holders of tokens.
#[derive(Default)]
pub(crate) struct Sessions(Mutex<Known>);

#[derive(Default)]
struct Known {
    holders: HashMap<String, (Millis, Session)>,
    /// Number of clearings: a session read before a clearing is not cached after it.
    changes: u64,
}

impl Sessions {
    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn get(&self, hash: &str, now: Millis) -> Option<Session> {
        let known = self.lock();
        let (until, session) = known.holders.get(hash)?;
        // A clock that is set back must not prolong the entry.
        (until - KNOWN_FOR..*until).contains(&now).then(|| session.clone())
    }

    fn changes(&self) -> u64 {
        self.lock().changes
    }

    fn put(&self, hash: &str, session: &Session, until: Millis, changes: u64) {
        let mut known = self.lock();
        if known.changes == changes {
            if known.holders.len() >= MOST_KNOWN {
                known.holders.clear();
            }
            known.holders.insert(hash.to_owned(), (until, session.clone()));
        }
    }

    /// Clears the cached tokens of a user who has changed.
    pub(crate) fn forget(&self, user: UserId) {
        let mut known = self.lock();
        known.changes += 1;
        known.holders.retain(|_, (_, session)| session.user.id != user);
    }
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
    /// Stores a token by its SHA-256 (hex).
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
        sqlx::query(
            "INSERT INTO tokens (hash, id, user_id, kind, name, created_at, seen_at, expires_at) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        )
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

    /// The holder of a token, by its SHA-256 (hex); `None` if it is unknown, revoked or expired. Revocations
    /// and changes by other processes are noticed within a second.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn session(&self, hash: &str, now: Millis) -> Result<Option<Session>, StoreError> {
        if let Some(session) = self.inner.sessions.get(hash, now) {
            return Ok(Some(session));
        }
        let changes = self.inner.sessions.changes();
        let row = sqlx::query(
            "SELECT t.id AS token_id, t.expires_at AS token_ends, t.kind AS kind, t.seen_at AS seen_at, \
             u.id AS id, u.email AS email, u.nickname AS nickname, u.password_hash AS password_hash, \
             u.language AS language, u.keep_days AS keep_days, u.created_at AS created_at, \
             u.expires_at AS expires_at FROM tokens t, users u \
             WHERE t.hash = ? AND u.id = t.user_id AND (t.expires_at IS NULL OR t.expires_at > ?) \
             AND (u.expires_at IS NULL OR u.expires_at > ?)",
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
        let session = Session {
            token: row.try_get::<String, _>("token_id")?.parse().map_err(StoreError::row)?,
            kind: TokenKind::of_id(&row.try_get::<String, _>("kind")?),
            user: account(&row)?,
        };
        let ends: Option<Millis> = row.try_get("token_ends")?;
        let until = [ends, session.user.expires_at, Some(now + KNOWN_FOR)].into_iter().flatten().min();
        self.inner.sessions.put(hash, &session, until.unwrap_or(now), changes);
        Ok(Some(session))
    }

    /// The tokens of a user, newest first.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn tokens(&self, user: UserId, kind: TokenKind) -> Result<Vec<ApiKey>, StoreError> {
        let rows: Vec<(String, String, i64, i64)> = sqlx::query_as(
            "SELECT id, name, created_at, seen_at FROM tokens WHERE user_id = ? AND kind = ? \
             ORDER BY id DESC",
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

    /// Revokes a token of a user.
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
        self.inner.sessions.forget(user);
        if gone == 0 { Err(StoreError::NotFound) } else { Ok(()) }
    }
}
