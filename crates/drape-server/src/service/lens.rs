//! Searches an external service for products like one garment of a look, only with the owner's consent each
//! time. The catalogue answers if the service finds nothing.
//!
//! The flow: results of the last hour -> else the garment cut out of the look -> a link to the picture -> the
//! recommender -> the link ends -> the results are kept for an hour. The request never fails because the
//! service does: the catalogue answers instead, with a sentence that says why.

use std::sync::Arc;
use std::time::Duration;

use drape_core::answer::NoAnswer;
use drape_core::id::UserId;
use drape_core::language::Language;
use drape_core::recommender::{Ask, Found, Recommender};
use drape_store::{Look, LookGarment, now};
use tracing::Instrument as _;

use crate::Problem;
use crate::app::App;
use crate::http::limit::Deed;
use crate::http::visitor::Caller;
use crate::service::products::Wanted;

/// How long a request waits for its turn.
const TURN: Duration = Duration::from_secs(5);
/// Most products asked for.
const LIMIT: usize = 12;
/// The name of the service for people.
const SERVICE: &str = "Google Lens";

/// Products for one garment, from the service or the catalogue.
pub(crate) struct Recommended {
    /// The garment in words.
    pub(crate) asked: String,
    /// Name of the recommender that found them.
    pub(crate) source: &'static str,
    pub(crate) found: Found,
    /// Why the asked service did not find them: a word for programs.
    pub(crate) reason: Option<&'static str>,
    /// The same as a sentence.
    pub(crate) note: Option<String>,
}

/// Why the service gave no products.
enum Why {
    /// The garment is not visible enough to be cut out.
    NotVisible,
    NoAnswer(NoAnswer),
}

impl Why {
    fn id(&self) -> &'static str {
        match self {
            Self::NotVisible => "not_visible",
            Self::NoAnswer(why) => why.id(),
        }
    }

    fn message(&self, language: Language) -> String {
        let why = match self {
            Self::NotVisible => {
                let korean = "이 옷은 사진에서 또렷이 보이지 않아서 보내지 않았어요";
                language
                    .pick(korean, "This garment cannot be seen clearly enough, so nothing was sent")
                    .to_owned()
            }
            Self::NoAnswer(NoAnswer::Nothing) => language
                .pick("Google Lens가 비슷한 상품을 찾지 못했어요", "Google Lens found no similar product")
                .to_owned(),
            Self::NoAnswer(why) => why.message(SERVICE, language),
        };
        let instead = language
            .pick("대신 이 가게의 상품을 보여 드려요.", "Here are products of our own catalogue instead.");
        format!("{why}. {instead}")
    }
}

impl App {
    /// Finds products like one garment (by number, from 0) of a user's look with the service that the
    /// operator switched on. The caller has checked the user's consent.
    ///
    /// # Errors
    /// [`Problem::Invalid`] if no service is switched on, [`Problem::NotFound`] for a garment number beyond
    /// the look's garments, [`Problem::TooMany`] and [`Problem::Full`].
    pub(crate) async fn look_elsewhere(
        self: &Arc<Self>,
        (owner, caller): (UserId, &Caller),
        look: &Look,
        number: u32,
        language: Language,
    ) -> Result<Recommended, Problem> {
        let Some(service) = self.settings.recommender.clone() else { return Err(not_offered()) };
        let wanted = self.garments(look).into_iter().nth(number as usize).ok_or(Problem::NotFound)?;
        let kept = self.store.found(owner, look.id, language, now()).await?;
        if let Some((_, found)) = kept.into_iter().find(|(k, _)| *k == number) {
            metrics::counter!("drape_recommendations_total", "outcome" => "kept").increment(1);
            return match found.products.is_empty() {
                true => self.instead(&wanted, &Why::NoAnswer(NoAnswer::Nothing), language).await,
                false => Ok(of(&wanted, service.name(), found, language)),
            };
        }
        self.limits.count(Deed::ElsewhereFrom, &caller.address.to_string())?;
        self.limits.count(Deed::Elsewhere, &owner.to_string())?;
        // A task of its own goes on if the caller disconnects: the search is paid for, and the link must end.
        let (app, at) = (Arc::clone(self), look.clone());
        let asked = async move {
            let found = app.ask(service.as_ref(), owner, &at, number, language).await;
            (found, service.name())
        };
        let asked = tokio::spawn(asked.in_current_span());
        let (found, name) = asked.await.map_err(|_| Problem::Internal)?;
        match found? {
            Ok(found) => Ok(of(&wanted, name, found, language)),
            Err(why) => self.instead(&wanted, &why, language).await,
        }
    }

    async fn ask(
        &self,
        service: &dyn Recommender,
        owner: UserId,
        look: &Look,
        number: u32,
        language: Language,
    ) -> Result<Result<Found, Why>, Problem> {
        let turn = tokio::time::timeout(TURN, self.elsewhere_gate.acquire()).await;
        let _turn = turn.ok().and_then(Result::ok).ok_or(Problem::Full { retry_after: 10 })?;
        let Some(wanted) = self.garments(look).into_iter().nth(number as usize) else {
            return Err(Problem::NotFound);
        };
        if !wanted.made || self.crop(look, number).await?.is_none() {
            return Ok(Err(Why::NotVisible));
        }
        let link = self.open_crop(owner, look.id, number).await?;
        let ask = Ask {
            garment: &wanted.garment,
            measured: wanted.measured,
            picture: Some(&link.url),
            language,
            limit: LIMIT,
            now: now(),
        };
        let found = service.recommend(ask).await;
        self.close_crop(&link).await;
        let outcome = found.as_ref().err().map_or("found", |why| why.id());
        metrics::counter!("drape_recommendations_total", "outcome" => outcome).increment(1);
        let keep = match &found {
            Ok(found) => Some(found.clone()),
            // Keep an empty result as well: it stays true for a while.
            Err(NoAnswer::Nothing) => Some(Found { products: Vec::new(), as_of: now() }),
            Err(_) => None,
        };
        if let Some(keep) = keep {
            let garment = LookGarment { look: look.id, garment: number };
            self.store.keep_found(owner, garment, language, &keep, now()).await?;
        }
        Ok(found.map_err(Why::NoAnswer))
    }

    /// The catalogue's products, with the reason why they are shown.
    async fn instead(&self, wanted: &Wanted, why: &Why, language: Language) -> Result<Recommended, Problem> {
        let found = self.in_catalogue(wanted, LIMIT, language).await;
        let mut out = of(wanted, drape_catalogue::CATALOGUE, found, language);
        out.reason = Some(why.id());
        out.note = Some(why.message(language));
        Ok(out)
    }

    /// The catalogue's products like a garment, through the port of external recommenders.
    pub(crate) async fn in_catalogue(&self, wanted: &Wanted, limit: usize, language: Language) -> Found {
        let catalogue: &dyn Recommender = self.catalogue.as_ref();
        let ask = Ask {
            garment: &wanted.garment,
            measured: wanted.measured,
            picture: None,
            language,
            limit,
            now: now(),
        };
        let found = catalogue.recommend(ask).await;
        found.unwrap_or_else(|_| Found { products: Vec::new(), as_of: now() })
    }
}

fn of(wanted: &Wanted, source: &'static str, found: Found, language: Language) -> Recommended {
    Recommended { asked: wanted.garment.describe(language), source, found, reason: None, note: None }
}

pub(crate) fn not_offered() -> Problem {
    Problem::invalid(
        "source",
        "이 서버에서는 Google Lens를 켜 두지 않았어요. 이 가게의 상품은 GET으로 볼 수 있어요.",
        "Google Lens is switched off on this server. GET returns products of the catalogue.",
    )
}
