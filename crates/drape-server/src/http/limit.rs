//! Limits how often one user or one address may act: token buckets in memory, in bounded number.

use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::Problem;

/// How often each kind of action is allowed.
#[derive(Debug, Clone)]
pub struct Rates {
    /// Accounts and guests per address and hour.
    pub sign_ups: u32,
    /// Attempts to sign in per ten minutes, per address and also per e-mail address.
    pub logins: u32,
    /// Photos per user and hour; ten times as many per address, which may be a school or an office.
    pub uploads: u32,
    /// Jobs per user and hour; ten times as many per address.
    pub jobs: u32,
    /// Requests to an external recommender per user and hour; ten times as many per address.
    pub elsewhere: u32,
}

impl Default for Rates {
    fn default() -> Self {
        Self { sign_ups: 30, logins: 20, uploads: 120, jobs: 240, elsewhere: 60 }
    }
}

pub(crate) struct Limits {
    sign_ups: Bucket,
    logins: Bucket,
    emails: Bucket,
    uploads: Bucket,
    uploads_from: Bucket,
    jobs: Bucket,
    jobs_from: Bucket,
    elsewhere: Bucket,
    elsewhere_from: Bucket,
}

/// The actions that are counted.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Deed {
    SignUp,
    Login,
    LoginOf,
    Upload,
    UploadFrom,
    Job,
    JobFrom,
    Elsewhere,
    ElsewhereFrom,
}

struct Bucket(DefaultKeyedRateLimiter<String>);

impl Bucket {
    fn new(times: u32, per: Duration) -> Self {
        let times = NonZeroU32::new(times).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::with_period(per / times.get()).unwrap_or_else(|| Quota::per_second(times));
        Self(RateLimiter::keyed(quota.allow_burst(times)))
    }

    fn check(&self, key: &str) -> Result<(), Problem> {
        // A full bucket holds no information; drop those when there are many.
        if self.0.len() > 50_000 {
            self.0.retain_recent();
        }
        self.0.check_key(&key.to_owned()).map_err(|until| {
            let wait = until.wait_time_from(DefaultClock::default().now());
            Problem::TooMany { retry_after: u32::try_from(wait.as_secs()).unwrap_or(u32::MAX).max(1) }
        })
    }
}

impl Limits {
    pub(crate) fn new(rates: &Rates) -> Self {
        let (hour, ten_minutes) = (Duration::from_secs(3600), Duration::from_secs(600));
        Self {
            sign_ups: Bucket::new(rates.sign_ups, hour),
            logins: Bucket::new(rates.logins, ten_minutes),
            emails: Bucket::new(rates.logins, ten_minutes),
            uploads: Bucket::new(rates.uploads, hour),
            uploads_from: Bucket::new(rates.uploads.saturating_mul(10), hour),
            jobs: Bucket::new(rates.jobs, hour),
            jobs_from: Bucket::new(rates.jobs.saturating_mul(10), hour),
            elsewhere: Bucket::new(rates.elsewhere, hour),
            elsewhere_from: Bucket::new(rates.elsewhere.saturating_mul(10), hour),
        }
    }

    /// Counts an action of a user or address.
    pub(crate) fn count(&self, deed: Deed, of: &str) -> Result<(), Problem> {
        match deed {
            Deed::SignUp => self.sign_ups.check(of),
            Deed::Login => self.logins.check(of),
            Deed::LoginOf => self.emails.check(of),
            Deed::Upload => self.uploads.check(of),
            Deed::UploadFrom => self.uploads_from.check(of),
            Deed::Job => self.jobs.check(of),
            Deed::JobFrom => self.jobs_from.check(of),
            Deed::Elsewhere => self.elsewhere.check(of),
            Deed::ElsewhereFrom => self.elsewhere_from.check(of),
        }
    }
}
