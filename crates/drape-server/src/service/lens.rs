//! Products like one garment of a look from a service of others, only when its owner has said so, each
//! time; and from the catalogue where that gives none.
//!
//! The flow: what was found within the hour -> the garment cut out of the look -> a link to that -> the
//! recommender -> the link ends -> kept for an hour. The owner's answer never fails for want of the
//! service: the catalogue answers instead, with a sentence that says why.

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

/// How long one waits for its turn.
const TURN: Duration = Duration::from_secs(5);
/// Products asked for.
const LIMIT: usize = 12;
/// What people know the service as.
const SERVICE: &str = "Google Lens";

/// Products for one garment, wherever they come from.
pub(crate) struct Recommended {
    /// The garment in words.
    pub(crate) asked: String,
    /// Who found them.
    pub(crate) source: &'static str,
    pub(crate) found: Found,
    /// Why they are not from whom they were asked of: a word for programs.
    pub(crate) reason: Option<&'static str>,
    /// The same as a sentence.
    pub(crate) note: Option<String>,
}

/// Why the service has not answered.
enum Why {
    /// The garment cannot be seen well enough to be cut out.
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
    /// Products like one garment (by number, from 0) of a user's look, from the service that the operator
    /// switched on. The caller has made sure that the user wants that.
    ///
    /// # Errors
    /// [`Problem::Invalid`] where no service is switched on, [`Problem::NotFound`] for a garment that the
    /// look has not, [`Problem::TooMany`] and [`Problem::Full`].
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
        // It goes on when the caller leaves: the answer is paid for, and the link must end.
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
            // That there is nothing stays true for a while, too.
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

    /// The catalogue's products like a garment, through the same port as others'.
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
