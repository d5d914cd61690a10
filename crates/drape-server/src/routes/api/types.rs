//! The JSON of `/api/v1`: requests and answers.

use drape_core::answer::NoAnswer;
use drape_core::engine::{Settings, Stage, Subject};
use drape_core::id::{JobId, LookId, PhotoId, ReceiptId, ShareId, TokenId, UserId, WebhookId};
use drape_core::job::{FailureReason, State};
use drape_core::language::Language;
use drape_core::report::Report;
use drape_core::style::Style;
use drape_retouch::Quality;
use drape_store as store;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Problem;

/// A user.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Account {
    #[schema(value_type = String, format = Uuid)]
    pub(crate) id: UserId,
    /// Absent for guests.
    pub(crate) email: Option<String>,
    pub(crate) nickname: String,
    /// Whether this is a guest. A guest and everything they uploaded are deleted at `expires_at`.
    pub(crate) guest: bool,
    /// Days that photos and looks are kept.
    pub(crate) keep_days: u32,
    pub(crate) language: Language,
    /// Milliseconds since 1970.
    pub(crate) created_at: i64,
    /// When a guest is deleted, in milliseconds since 1970; absent for accounts.
    pub(crate) expires_at: Option<i64>,
}

impl From<store::Account> for Account {
    fn from(a: store::Account) -> Self {
        Self {
            id: a.id,
            guest: a.email.is_none(),
            email: a.email,
            nickname: a.nickname,
            keep_days: a.keep_days,
            language: a.language,
            created_at: a.created_at,
            expires_at: a.expires_at,
        }
    }
}

/// Signing up.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct SignUp {
    #[schema(example = "name@example.com")]
    pub(crate) email: String,
    /// 3 to 20 characters.
    pub(crate) nickname: String,
    /// 8 to 128 characters with a letter, a digit and a symbol, without spaces.
    #[schema(format = Password)]
    pub(crate) password: String,
}

/// Signing in.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct LogIn {
    pub(crate) email: String,
    #[schema(format = Password)]
    pub(crate) password: String,
}

/// A user with a new token.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Entered {
    /// Send it as `Authorization: Bearer TOKEN`. It is shown only here.
    pub(crate) token: String,
    /// For how many seconds it is valid.
    pub(crate) expires_in: i64,
    pub(crate) account: Account,
}

/// What to change. Fields that are absent keep their value.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct AccountChange {
    pub(crate) nickname: Option<String>,
    /// Ends all other sessions.
    #[schema(format = Password)]
    pub(crate) password: Option<String>,
    /// The present password; required with `password`.
    #[schema(format = Password)]
    pub(crate) current_password: Option<String>,
    pub(crate) language: Option<Language>,
    /// For how many days photos and looks are kept, 1 to 365; also applies to those that exist.
    pub(crate) keep_days: Option<u32>,
}

/// A new key for programs.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct NewApiKey {
    /// A name for it, of your choice.
    pub(crate) name: String,
}

/// A key for programs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ApiKey {
    #[schema(value_type = String, format = Uuid)]
    pub(crate) id: TokenId,
    pub(crate) name: String,
    /// The key itself; only in the answer to the request that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<String>,
    pub(crate) created_at: i64,
    /// When it was last used, to the hour.
    pub(crate) seen_at: i64,
}

/// An uploaded photo.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Photo {
    #[schema(value_type = String, format = Uuid)]
    pub(crate) id: PhotoId,
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// Size of the kept file.
    pub(crate) bytes: u64,
    /// The result of the check: whether the photo can be styled, and why not.
    pub(crate) quality: Option<Quality>,
    /// The advice in words.
    pub(crate) advice: Vec<String>,
    /// Address of the picture; add `?size=view` or `?size=thumb` for smaller ones.
    pub(crate) picture: String,
    pub(crate) created_at: i64,
    /// When it is deleted, in milliseconds since 1970.
    pub(crate) expires_at: i64,
}

impl Photo {
    pub(crate) fn of(photo: &store::Photo, language: Language) -> Self {
        let quality = crate::service::photos::quality(photo);
        let advice = quality.iter().flat_map(|q| &q.advice).map(|a| a.message(language).to_owned());
        Self {
            id: photo.id,
            width: photo.width,
            height: photo.height,
            bytes: photo.bytes,
            advice: advice.collect(),
            quality,
            picture: format!("/api/v1/photos/{}/picture", photo.id),
            created_at: photo.created_at,
            expires_at: photo.expires_at,
        }
    }
}

/// Photos to upload.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
pub(crate) struct PhotoForm {
    /// One or more JPEG, PNG or WebP files of at most 20 MB and 50 megapixels; up to five.
    #[schema(value_type = Vec<String>, format = Binary)]
    photo: Vec<u8>,
    /// `true`: this is me, or I have permission.
    consent: bool,
}

/// What to make.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct NewJob {
    /// In Korean or English, at most 1000 characters; may be empty, which is casual clothes.
    #[serde(default)]
    #[schema(example = "navy double-breasted suit, burgundy tie")]
    pub(crate) sentence: String,
    /// The style of a reading (`POST /api/v1/readings`); it may be edited. If absent, the sentence is read.
    pub(crate) style: Option<Style>,
    /// One to five photos of yours; the one that shows the clothes best is used.
    #[schema(value_type = Vec<String>)]
    pub(crate) photos: Vec<PhotoId>,
    /// 1 to 4 looks.
    #[serde(default = "one")]
    #[schema(minimum = 1, maximum = 4, default = 1)]
    pub(crate) variations: u32,
    /// The same seed makes the same look; 0 paints exactly what was asked. If absent, a random one is
    /// chosen.
    pub(crate) seed: Option<u64>,
    /// An `id` of `GET /api/v1/engines`; if absent, the first one there.
    #[schema(example = "retouch")]
    pub(crate) engine: Option<String>,
    /// Who is in the photos, in their own words; `person` if absent. It is never guessed.
    #[schema(value_type = Option<Subject>, example = "person")]
    pub(crate) subject: Option<String>,
    /// Settings of the engine, for engines that have any.
    #[schema(value_type = Option<Settings>)]
    pub(crate) settings: Option<serde_json::Value>,
    /// Who reads the sentence: `lexicon`, a part of this server, or `gemini`, to which the sentence is
    /// sent; `lexicon` if absent.
    #[schema(example = "lexicon")]
    pub(crate) stylist: Option<String>,
}

/// Who read a sentence that was not only given to the lexicon.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReadBy {
    /// Who was asked.
    pub(crate) asked: String,
    /// Whose reading is used: the lexicon's if the one asked gave none.
    pub(crate) by: String,
    /// Why the reading of the one asked is not used.
    pub(crate) why: Option<NoAnswer>,
    /// Words of the answer that are in no vocabulary; they were left out.
    pub(crate) dropped: u32,
    /// The reason as a sentence, in the language of the answer.
    pub(crate) message: String,
}

fn one() -> u32 {
    1
}

/// A request for looks.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Job {
    #[schema(value_type = String, format = Uuid)]
    pub(crate) id: JobId,
    pub(crate) state: State,
    pub(crate) sentence: String,
    /// What it makes.
    pub(crate) style: Option<Style>,
    #[schema(value_type = Vec<String>)]
    pub(crate) photos: Vec<PhotoId>,
    pub(crate) variations: u32,
    pub(crate) seed: u64,
    pub(crate) engine: String,
    pub(crate) subject: Subject,
    pub(crate) settings: Option<Settings>,
    /// Who reads the sentence: `lexicon` or `gemini`.
    pub(crate) stylist: String,
    /// The result of asking another reader; absent for the lexicon, and before the sentence was read.
    pub(crate) reading: Option<ReadBy>,
    /// How many times a worker has taken it.
    pub(crate) attempt: u32,
    /// Stage of the running attempt; absent before the first.
    pub(crate) stage: Option<Stage>,
    pub(crate) step: u32,
    /// How many steps the stage has; 0 while that is unknown.
    pub(crate) total: u32,
    /// Address of its preview while it runs; absent if it has none.
    pub(crate) preview: Option<String>,
    /// Jobs that run before it; absent when it has ended.
    pub(crate) position: Option<u32>,
    /// Estimated milliseconds until it is done; absent when it has ended or nothing was measured yet.
    pub(crate) time_left: Option<i64>,
    /// Why it failed.
    pub(crate) reason: Option<FailureReason>,
    /// The reason in words.
    pub(crate) message: Option<String>,
    #[schema(value_type = Vec<String>)]
    pub(crate) looks: Vec<LookId>,
    pub(crate) created_at: i64,
    pub(crate) started_at: Option<i64>,
    pub(crate) finished_at: Option<i64>,
    /// When it and its looks are deleted, in milliseconds since 1970.
    pub(crate) expires_at: i64,
}

impl Job {
    pub(crate) fn of(
        job: store::Job,
        position: Option<(u32, Option<i64>)>,
        looks: Vec<LookId>,
        language: Language,
    ) -> Self {
        let reading = crate::service::styling::note(&job).map(|note| ReadBy {
            message: crate::service::styling::told(&note, language),
            asked: note.asked,
            by: note.by,
            why: note.why,
            dropped: note.dropped,
        });
        Self {
            stylist: job.stylist,
            reading,
            preview: job.preview.map(|_| format!("/api/v1/jobs/{}/preview", job.id)),
            id: job.id,
            state: job.state,
            sentence: job.sentence,
            style: serde_json::from_str(&job.style).ok(),
            photos: job.photos,
            variations: job.variations,
            seed: job.seed,
            engine: job.engine,
            subject: job.subject,
            settings: serde_json::from_str(&job.settings).ok(),
            attempt: job.attempt,
            stage: job.stage,
            step: job.step,
            total: job.total,
            position: position.map(|p| p.0),
            time_left: position.and_then(|p| p.1),
            reason: job.reason,
            message: job.reason.map(|r| r.message(language).to_owned()),
            looks,
            created_at: job.created_at,
            started_at: job.started_at,
            finished_at: job.finished_at,
            expires_at: job.expires_at,
        }
    }
}

/// A finished picture.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Look {
    #[schema(value_type = String, format = Uuid)]
    pub(crate) id: LookId,
    #[schema(value_type = String, format = Uuid)]
    pub(crate) job: JobId,
    /// The photo it was made from, which may have been deleted since.
    #[schema(value_type = String, format = Uuid)]
    pub(crate) photo: PhotoId,
    /// Number among the variations, from 1.
    pub(crate) number: u32,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) seed: u64,
    pub(crate) engine: String,
    /// What was asked for, done and measured.
    pub(crate) report: Option<Report>,
    /// Always true: the picture was made by a program.
    pub(crate) ai_generated: bool,
    /// Address of the picture; add `?size=view` or `?size=thumb` for smaller ones.
    pub(crate) picture: String,
    pub(crate) created_at: i64,
    /// When it is deleted, in milliseconds since 1970.
    pub(crate) expires_at: i64,
}

impl From<&store::Look> for Look {
    fn from(l: &store::Look) -> Self {
        Self {
            id: l.id,
            job: l.job,
            photo: l.photo,
            number: l.number,
            width: l.width,
            height: l.height,
            seed: l.seed,
            engine: l.engine.clone(),
            report: crate::service::styling::report(l),
            ai_generated: true,
            picture: format!("/api/v1/looks/{}/picture", l.id),
            created_at: l.created_at,
            expires_at: l.expires_at,
        }
    }
}

/// A sentence to read.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct Sentence {
    #[schema(example = "흰 블라우스에 체크무늬 치마")]
    pub(crate) sentence: String,
}

/// How a sentence is understood.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Reading {
    /// The reading as one sentence, in the language of the answer.
    pub(crate) description: String,
    /// One description per garment.
    pub(crate) garments: Vec<String>,
    /// Words that carry meaning and were not used.
    pub(crate) not_understood: Vec<String>,
    /// The structured form, to be edited and sent with a job.
    pub(crate) style: Style,
}

impl Reading {
    pub(crate) fn of(style: Style, language: Language) -> Self {
        Self {
            description: style.describe(language),
            garments: style.garments.iter().map(|g| g.describe(language)).collect(),
            not_understood: style.not_understood.clone(),
            style,
        }
    }
}

/// For how long a share link works.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct NewShare {
    /// 1 to 720 hours; a week if absent.
    pub(crate) hours: Option<u32>,
}

/// A link that shows one look to anyone who has the link.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Share {
    #[schema(value_type = String, format = Uuid)]
    pub(crate) id: ShareId,
    /// The address; only in the answer to the request that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) url: Option<String>,
    pub(crate) created_at: i64,
    pub(crate) expires_at: i64,
}

/// An address that is told when jobs end.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct NewWebhook {
    /// `https://` address of a public host.
    pub(crate) url: String,
}

/// An address that is told when jobs end.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Webhook {
    #[schema(value_type = String, format = Uuid)]
    pub(crate) id: WebhookId,
    pub(crate) url: String,
    /// The secret that signs messages (Standard Webhooks); only in the answer to the request that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) secret: Option<String>,
    pub(crate) created_at: i64,
}

/// One message to a webhook.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Delivery {
    /// The same in every attempt; the `webhook-id` header.
    pub(crate) id: String,
    #[schema(value_type = String, format = Uuid)]
    pub(crate) job: JobId,
    /// `pending`, `delivered` or `failed`.
    pub(crate) state: String,
    pub(crate) attempt: u32,
    /// HTTP status of the last answer.
    pub(crate) status: Option<u16>,
}

/// The proof of a deletion.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Receipt {
    #[schema(value_type = String, format = Uuid)]
    pub(crate) id: ReceiptId,
    /// `photo`, `look`, `job` or `account`.
    pub(crate) what: String,
    /// How many `photos`, `looks`, `jobs`, `files`, `bytes`, `tokens`, `shares`, `accounts`.
    #[schema(value_type = Object)]
    pub(crate) deleted: store::Deleted,
    pub(crate) requested_at: i64,
    /// When the last byte was deleted; absent while files are still being deleted.
    pub(crate) completed_at: Option<i64>,
}

impl From<store::Receipt> for Receipt {
    fn from(r: store::Receipt) -> Self {
        Self {
            id: r.id,
            what: r.what,
            deleted: r.deleted,
            requested_at: r.requested_at,
            completed_at: r.completed_at,
        }
    }
}

/// A page of a list.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Page {
    /// Id of the last entry of the previous page.
    pub(crate) before: Option<String>,
    /// 1 to 100; 20 if absent.
    pub(crate) limit: Option<u32>,
}

impl Page {
    pub(crate) fn limit(&self) -> u32 {
        self.limit.unwrap_or(20).clamp(1, 100)
    }

    pub(crate) fn before<T: std::str::FromStr>(&self) -> Result<Option<T>, Problem> {
        let parse = |text: &String| text.parse().map_err(|_| Problem::NotFound);
        self.before.as_ref().map(parse).transpose()
    }
}
