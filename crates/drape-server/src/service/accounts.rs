//! Signing up, in and out, as a guest or with an account. The API, the former service's routes and the pages
//! share these functions.

use drape_core::id::UserId;
use drape_core::language::Language;
use drape_store::{Account, AccountChange, NewAccount, NewPassword, Session, StoreError, TokenKind, now};

use crate::app::App;
use crate::http::limit::Deed;
use crate::http::visitor::Caller;
use crate::{Problem, token};

/// Milliseconds that a session lasts.
const SESSION: i64 = 30 * 86_400_000;

/// A user with a newly made token.
pub(crate) struct Entered {
    pub(crate) account: Account,
    pub(crate) token: String,
    /// Seconds that the token lasts.
    pub(crate) seconds: i64,
}

/// Which rules a new password follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rules {
    /// 8 to 128 characters.
    Own,
    /// 8 to 20 characters, like the former service's client.
    Former,
}

impl App {
    /// Makes a guest, who is deleted with all photos and looks after the guest hours.
    pub(crate) async fn enter_as_guest(
        &self,
        caller: &Caller,
        language: Language,
    ) -> Result<Entered, Problem> {
        self.limits.count(Deed::SignUp, &caller.address.to_string())?;
        let ends = now() + i64::from(self.settings.guest_hours) * 3_600_000;
        let account = self.store.add_guest(language, ends, now()).await?;
        self.enter(account, caller).await
    }

    /// Makes an account. A guest who signs up keeps photos and looks, but not the old tokens: others may know
    /// them, and an account is worth more than a guest's access.
    pub(crate) async fn sign_up(
        &self,
        guest: Option<&Session>,
        (email, nickname, password): (&str, &str, &str),
        rules: Rules,
        caller: &Caller,
        language: Language,
    ) -> Result<Entered, Problem> {
        self.limits.count(Deed::SignUp, &caller.address.to_string())?;
        let new = NewAccount {
            email: email_of(email)?,
            nickname: nickname_of(nickname)?,
            password_hash: self.passwords.hash(password_of(password, rules)?).await?,
        };
        let keep = self.settings.keep_days;
        let account = match guest.filter(|s| s.user.email.is_none()) {
            Some(guest) => match self.store.upgrade_guest(guest.user.id, &new, keep, now()).await {
                // The guest has just expired; make the account all the same.
                Err(StoreError::NotFound) => self.store.add_account(&new, language, keep, now()).await?,
                other => other?,
            },
            None => self.store.add_account(&new, language, keep, now()).await?,
        };
        self.enter(account, caller).await
    }

    /// Signs in with e-mail address and password. An unknown address takes as long as a wrong password and
    /// gets the same answer.
    pub(crate) async fn log_in(
        &self,
        email: &str,
        password: &str,
        caller: &Caller,
    ) -> Result<Entered, Problem> {
        self.limits.count(Deed::Login, &caller.address.to_string())?;
        let email = email.trim().to_lowercase();
        self.limits.count(Deed::LoginOf, &token::hash(&email))?;
        let account = self.store.account_of_email(&email).await?;
        let known = account.as_ref().and_then(|a| a.password_hash.clone());
        let password = if password.chars().count() > 128 { String::new() } else { password.to_owned() };
        let right = self.passwords.check(password, known).await?;
        match account {
            Some(account) if right => self.enter(account, caller).await,
            _ => Err(Problem::WrongPassword),
        }
    }

    /// Changes nickname, password or language of an account.
    pub(crate) async fn change_account(
        &self,
        session: &Session,
        nickname: Option<&str>,
        password: Option<&str>,
        language: Option<Language>,
        rules: Rules,
    ) -> Result<Account, Problem> {
        let nickname = nickname.map(nickname_of).transpose()?;
        let hash = match password {
            Some(_) if session.user.email.is_none() => {
                return Err(Problem::invalid("password", "먼저 가입해 주세요.", "Please sign up first."));
            }
            Some(password) => Some(self.passwords.hash(password_of(password, rules)?).await?),
            None => None,
        };
        let change = AccountChange {
            nickname: nickname.as_deref(),
            language,
            password: hash.as_deref().map(|hash| NewPassword { hash, keep: session.token }),
        };
        Ok(self.store.update_account(session.user.id, change).await?)
    }

    /// Sets how long the photos and looks of a user are kept.
    pub(crate) async fn keep_for(&self, user: UserId, days: u32) -> Result<Account, Problem> {
        if (1..=365).contains(&days) {
            Ok(self.store.set_keep_days(user, days, now()).await?)
        } else {
            Err(Problem::invalid(
                "keep_days",
                "보관 기간은 1일부터 365일까지 고를 수 있어요.",
                "Choose to keep things for 1 to 365 days.",
            ))
        }
    }

    /// Whether the password is the user's; asked before irreversible actions.
    pub(crate) async fn knows_password(&self, user: UserId, password: &str) -> Result<bool, Problem> {
        let account = self.store.account(user).await?;
        self.passwords.check(password.to_owned(), account.password_hash).await
    }

    /// Makes an API key; it is shown once.
    pub(crate) async fn make_api_key(
        &self,
        user: UserId,
        name: &str,
    ) -> Result<(drape_core::id::TokenId, String), Problem> {
        let name = name.trim();
        if name.is_empty() || name.chars().count() > 60 || name.chars().any(char::is_control) {
            return Err(Problem::invalid(
                "name",
                "키 이름을 60자 이하로 적어 주세요.",
                "Give the key a name of at most 60 characters.",
            ));
        }
        if self.store.tokens(user, TokenKind::ApiKey).await?.len() >= 20 {
            return Err(Problem::OwnLimit { limit: 20 });
        }
        let key = token::new("drape_key_");
        let id = self.store.add_token(user, TokenKind::ApiKey, &token::hash(&key), name, None, now()).await?;
        Ok((id, key))
    }

    /// Gives a session a new token and ends the old one.
    pub(crate) async fn renew(&self, session: &Session, caller: &Caller) -> Result<Entered, Problem> {
        let entered = self.enter(session.user.clone(), caller).await?;
        self.leave(session).await?;
        Ok(entered)
    }

    /// Ends a session. A session that has already ended is no error.
    pub(crate) async fn leave(&self, session: &Session) -> Result<(), Problem> {
        match self.store.revoke_token(session.user.id, session.token).await {
            Err(StoreError::NotFound) => Ok(()),
            other => Ok(other?),
        }
    }

    async fn enter(&self, account: Account, caller: &Caller) -> Result<Entered, Problem> {
        let now = now();
        let token = token::new("drape_");
        let ends = account.expires_at.unwrap_or(now + SESSION);
        self.store
            .add_token(account.id, TokenKind::Session, &token::hash(&token), &caller.browser, Some(ends), now)
            .await?;
        Ok(Entered { account, token, seconds: (ends - now) / 1000 })
    }
}

/// Checks an e-mail address by its form: something, `@`, a domain with a dot; at most 254 characters (RFC
/// 5321). Whether the address exists is not checked.
fn email_of(text: &str) -> Result<String, Problem> {
    let email = text.trim().to_lowercase();
    let shaped = email.split_once('@').is_some_and(|(local, domain)| {
        let labels: Vec<&str> = domain.split('.').collect();
        !local.is_empty()
            && local.len() <= 64
            && labels.len() >= 2
            && labels.iter().all(|l| !l.is_empty() && l.chars().all(|c| c.is_alphanumeric() || c == '-'))
    });
    let clean = !email.chars().any(|c| c.is_whitespace() || c.is_control() || "<>()[]\\,;:\"".contains(c));
    if shaped && clean && email.len() <= 254 {
        Ok(email)
    } else {
        Err(Problem::invalid(
            "email",
            "이메일 형식이 맞지 않아요. name@example.com처럼 적어 주세요.",
            "This is not an e-mail address. Write one like name@example.com.",
        ))
    }
}

fn nickname_of(text: &str) -> Result<String, Problem> {
    let name = text.trim();
    let long = (3..=20).contains(&name.chars().count());
    if long && !name.chars().any(char::is_control) {
        Ok(name.to_owned())
    } else {
        Err(Problem::invalid(
            "nickname",
            "닉네임은 3자 이상 20자 이하로 적어 주세요.",
            "Choose a nickname of 3 to 20 characters.",
        ))
    }
}

fn password_of(text: &str, rules: Rules) -> Result<String, Problem> {
    let most = if rules == Rules::Former { 20 } else { 128 };
    let has = |f: fn(char) -> bool| text.chars().any(f);
    let mixed = has(char::is_alphabetic)
        && has(|c| c.is_ascii_digit())
        && has(|c| !c.is_alphanumeric() && !c.is_whitespace());
    if (8..=most).contains(&text.chars().count()) && mixed && !has(char::is_whitespace) {
        Ok(text.to_owned())
    } else {
        Err(Problem::invalid(
            "password",
            format!("비밀번호는 8자 이상 {most}자 이하로, 글자·숫자·기호를 모두 넣고 공백 없이 적어 주세요."),
            format!(
                "Choose a password of 8 to {most} characters with a letter, a digit and a symbol, \
                 without spaces."
            ),
        ))
    }
}
