//! Requests for looks: one function for the API, the pages and the former service's client.

use drape_core::engine::{OutOfRange, Settings, Subject};
use drape_core::id::{PhotoId, UserId};
use drape_core::language::Language;
use drape_core::lexicon;
use drape_core::report::Report;
use drape_core::sentence::Sentence;
use drape_core::style::Style;
use drape_core::stylist::{LEXICON, Note};
use drape_store::{Job, Look, MAX_VARIATIONS, NewJob, now};
use serde::Serialize;

use crate::app::App;
use crate::http::limit::Deed;
use crate::http::visitor::Caller;
use crate::{Problem, token};

/// A request for looks.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Wish {
    /// The sentence as typed.
    pub(crate) sentence: String,
    /// The reading as its owner edited it; read from the sentence if absent.
    pub(crate) style: Option<Style>,
    /// At least one photo of the user.
    pub(crate) photos: Vec<PhotoId>,
    /// 1 to [`MAX_VARIATIONS`].
    pub(crate) variations: u32,
    /// A new random seed if absent.
    pub(crate) seed: Option<u64>,
    // The hash leaves out fields at their default, so that hashes of older requests stay valid.
    /// The server's first engine if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) engine: Option<String>,
    /// The kind of subject in the photos.
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) subject: Subject,
    /// Settings of the engine.
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) settings: Settings,
    /// The reader of the sentence. Naming one is the consent to send the sentence there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) stylist: Option<String>,
    /// The outcome of the reading for an earlier job, as JSON; the sentence is then not read again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reading: Option<String>,
}

impl Wish {
    /// A wish for one look with every default.
    pub(crate) fn new(sentence: String, photos: Vec<PhotoId>) -> Self {
        Self {
            sentence,
            style: None,
            photos,
            variations: 1,
            seed: None,
            engine: None,
            subject: Subject::default(),
            settings: Settings::default(),
            stylist: None,
            reading: None,
        }
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl App {
    /// Queues a job. For an earlier, equal request with the same key, returns that job and `false`.
    pub(crate) async fn submit(
        &self,
        owner: UserId,
        caller: &Caller,
        wish: Wish,
        idempotency_key: Option<&str>,
        language: Language,
    ) -> Result<(Job, bool), Problem> {
        self.limits.count(Deed::JobFrom, &caller.address.to_string())?;
        self.limits.count(Deed::Job, &owner.to_string())?;
        let key = idempotency_key.map(key_of).transpose()?;
        let sentence = Sentence::parse(&wish.sentence)?;
        let text = serde_json::to_string(&wish).map_err(|_| Problem::Internal)?;
        if !(1..=MAX_VARIATIONS).contains(&wish.variations) {
            return Err(Problem::invalid(
                "variations",
                format!("1부터 {MAX_VARIATIONS}까지 고를 수 있어요."),
                format!("Choose 1 to {MAX_VARIATIONS}."),
            ));
        }
        if wish.photos.is_empty() || wish.photos.len() > crate::http::upload::MAX_FILES {
            return Err(Problem::invalid(
                "photos",
                "사진을 한 장 이상, 다섯 장 이하로 골라 주세요.",
                "Choose one to five photos.",
            ));
        }
        let offer = self.settings.offer(wish.engine.as_deref())?;
        wish.settings.check().map_err(out_of_range)?;
        let stylist = self.stylist(wish.stylist.as_deref())?;
        let fresh = lexicon::read(&sentence);
        let style = wish.style.map_or_else(|| fresh.clone(), Style::tidied);
        // An edited style is used unchanged, and an empty sentence needs no reading.
        let edited = style != fresh.tidied() && wish.reading.is_none();
        let stylist = if edited || sentence.as_str().is_empty() { LEXICON } else { stylist };
        let new = NewJob {
            sentence: sentence.as_str().to_owned(),
            style: serde_json::to_string(&style).map_err(|_| Problem::Internal)?,
            photos: wish.photos,
            variations: wish.variations,
            // 52 bits: JSON readers keep such integers exactly.
            seed: wish.seed.unwrap_or_else(|| rand::random::<u64>() >> 12),
            engine: offer.id,
            subject: wish.subject,
            settings: serde_json::to_string(&wish.settings).map_err(|_| Problem::Internal)?,
            stylist,
            reading: wish.reading.filter(|_| stylist != LEXICON),
            language,
            idempotency_key: key,
            trace: caller.trace,
            request_hash: token::hash(&text),
        };
        let (job, new) = self.store.create_job(owner, new, now()).await?;
        if new {
            tracing::info!(job = %job.id, engine = job.engine, looks = job.variations, "queued");
        }
        Ok((job, new))
    }
}

/// Name of Gemini as a stylist, in jobs and settings.
pub(crate) const GEMINI: &str = "gemini";

impl App {
    /// The reader of a sentence: the lexicon, or one that the operator switched on.
    ///
    /// # Errors
    /// [`Problem::Invalid`] with the available readers.
    fn stylist(&self, name: Option<&str>) -> Result<&'static str, Problem> {
        match name {
            None | Some(LEXICON) => Ok(LEXICON),
            Some(GEMINI) if self.settings.gemini => Ok(GEMINI),
            Some(_) => {
                let names = if self.settings.gemini { "lexicon, gemini" } else { "lexicon" };
                Err(Problem::invalid(
                    "stylist",
                    format!("이 서버에서 문장을 읽을 수 있는 것: {names}."),
                    format!("On this server a sentence can be read by: {names}."),
                ))
            }
        }
    }
}

/// What happened when another reader than the lexicon read the sentence of a job.
pub(crate) fn note(job: &Job) -> Option<Note> {
    job.reading.as_deref().and_then(|text| serde_json::from_str(text).ok())
}

/// The report of a stored look; none where it cannot be read.
pub(crate) fn report(look: &Look) -> Option<Report> {
    serde_json::from_str(&look.report).ok()
}

/// The note as a sentence.
pub(crate) fn told(note: &Note, language: Language) -> String {
    let service = if note.asked == GEMINI { "Gemini" } else { note.asked.as_str() };
    match note.why {
        Some(why) => {
            let why = why.message(service, language);
            language.pick(
                format!("{why}. 그래서 우리 사전이 문장을 읽었어요."),
                format!("{why}, so our own lexicon read the sentence."),
            )
        }
        None if note.dropped > 0 => language.pick(
            format!("{service}가 문장을 읽었어요. 우리가 모르는 말 {}개는 뺐어요.", note.dropped),
            format!(
                "Read by {service}. Words of its answer that we do not know were left out: {}.",
                note.dropped
            ),
        ),
        None => language.pick(format!("{service}가 문장을 읽었어요."), format!("Read by {service}.")),
    }
}

fn out_of_range(what: OutOfRange) -> Problem {
    Problem::invalid(what.0.id(), what.message(Language::Korean), what.message(Language::English))
}

fn key_of(text: &str) -> Result<String, Problem> {
    if (1..=120).contains(&text.len()) && text.chars().all(|c| c.is_ascii_graphic()) {
        Ok(text.to_owned())
    } else {
        Err(Problem::invalid(
            "Idempotency-Key",
            "Idempotency-Key는 공백 없는 ASCII 문자 1~120자여야 해요.",
            "An Idempotency-Key has 1 to 120 ASCII characters without spaces.",
        ))
    }
}
