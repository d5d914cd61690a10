//! Passwords: argon2id on blocking threads, few at a time, so that many simultaneous logins neither stall the
//! server nor exhaust its memory.

use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

use crate::Problem;

/// Hashes and checks passwords.
#[derive(Clone)]
pub(crate) struct Passwords {
    gate: Arc<Semaphore>,
    /// Checked if there is no account, so that the answer takes as long.
    nobody: Arc<str>,
}

/// 19 MiB, two passes, one lane: OWASP's first recommendation for argon2id (Password Storage Cheat
/// Sheet, 2024).
fn argon2() -> Argon2<'static> {
    let params = Params::new(19 * 1024, 2, 1, None).expect("these parameters are within argon2's ranges");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn hash(password: &str, salt: &[u8; 16]) -> Result<String, Problem> {
    let salt = SaltString::encode_b64(salt).map_err(|_| Problem::Internal)?;
    let hash = argon2().hash_password(password.as_bytes(), &salt).map_err(|_| Problem::Internal)?;
    Ok(hash.to_string())
}

impl Passwords {
    /// `at_once`: most hashes computed at the same time.
    pub(crate) fn new(at_once: usize) -> Result<Self, Problem> {
        let nobody = hash("nobody has this password", &rand::random())?;
        Ok(Self { gate: Arc::new(Semaphore::new(at_once)), nobody: nobody.into() })
    }

    /// PHC string of a new password.
    pub(crate) async fn hash(&self, password: String) -> Result<String, Problem> {
        self.run(move || hash(&password, &rand::random())).await?
    }

    /// Whether the password matches the hash. Without a hash it takes as long and is wrong.
    pub(crate) async fn check(&self, password: String, known: Option<String>) -> Result<bool, Problem> {
        let exists = known.is_some();
        let known = known.unwrap_or_else(|| self.nobody.to_string());
        let right = self
            .run(move || {
                PasswordHash::new(&known)
                    .is_ok_and(|h| argon2().verify_password(password.as_bytes(), &h).is_ok())
            })
            .await?;
        Ok(right && exists)
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
        let wait = tokio::time::timeout(Duration::from_secs(5), Arc::clone(&self.gate).acquire_owned());
        let Ok(Ok(permit)) = wait.await else { return Err(Problem::Full { retry_after: 5 }) };
        let task = crate::http::trace::blocking(move || {
            let _permit = permit;
            work()
        });
        task.await.map_err(|_| Problem::Internal)
    }
}
