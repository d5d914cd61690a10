//! Products from external services, and the picture of a garment that is sent to them.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::Response;
use drape_core::recommender::Product;
use drape_store::now;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::looks::id_of;
use crate::Problem;
use crate::app::Shared;
use crate::http::visitor::Signed;
use crate::routes::crops;
use crate::service::lens::not_offered;

/// A garment to look for elsewhere.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct Elsewhere {
    /// `lens`: Google Lens, through SerpAPI.
    #[schema(example = "lens")]
    source: String,
    /// Number of the garment in the look's style, from 0.
    garment: u32,
    /// `true`: you agree that the picture of this garment is sent there.
    #[serde(default)]
    consent: bool,
}

/// Products like one garment.
#[derive(Serialize, ToSchema)]
pub(crate) struct FoundElsewhere {
    /// The garment, in words.
    garment: String,
    /// Where they were found: `lens`, or `catalogue` if Lens found none.
    source: &'static str,
    /// Why they are from the catalogue: `nothing`, `not_visible`, `timeout`, `unreachable`, `quota`,
    /// `refused`, `failed`, `malformed`.
    reason: Option<&'static str>,
    /// The reason as a sentence, in the language of the answer.
    message: Option<String>,
    /// When prices and stock were read.
    as_of: i64,
    /// Best first: `title`, `link`, `source`, `price` (`value`, `amount`, `currency`), `thumbnail`,
    /// `rating`, `reviews`, `in_stock`. Loading a `thumbnail` tells its host what you look at.
    #[schema(value_type = Vec<Object>)]
    products: Vec<Product>,
}

/// Look for products like one garment elsewhere
///
/// Where the operator switched Google Lens on, a picture of this garment alone is shown to Google through
/// SerpAPI: cut out of the look, everything else painted grey, no face, hair or skin in it, under an address
/// that ends with the answer, with the language of the answer and nothing else. Without `consent` nothing
/// is sent and nothing is answered. Answers are kept for an hour. The request is a POST because data leaves
/// this server.
#[utoipa::path(post, path = "/looks/{id}/recommendations", tag = "products", security(("token" = [])),
    params(("id" = String, Path)), request_body = Elsewhere,
    responses((status = 200, body = FoundElsewhere), (status = 404),
        (status = 422, description = "Not switched on here, or no consent"),
        (status = 429, description = "Too many questions; see Retry-After")))]
pub(crate) async fn look(
    State(app): State<Shared>,
    signed: Signed,
    Path(id): Path<String>,
    Json(form): Json<Elsewhere>,
) -> Result<Json<FoundElsewhere>, Problem> {
    let look = app.store.look(signed.user(), id_of(&id)?, now()).await?;
    if app.settings.recommender.as_ref().is_none_or(|r| r.name() != form.source) {
        return Err(not_offered());
    }
    if !form.consent {
        return Err(Problem::invalid(
            "consent",
            "얼굴 없이 이 옷만 오려 낸 그림이 구글로 나가요. 괜찮다면 consent를 true로 보내 주세요.",
            "A picture of this garment alone, without your face, goes to Google. \
             If you agree, set consent to true.",
        ));
    }
    let who = (signed.user(), &signed.caller);
    let made = app.look_elsewhere(who, &look, form.garment, signed.language).await?;
    Ok(Json(FoundElsewhere {
        garment: made.asked,
        source: made.source,
        reason: made.reason,
        message: made.note,
        as_of: made.found.as_of,
        products: made.found.products,
    }))
}

/// The picture of one garment of a look, as it would be sent elsewhere
#[utoipa::path(get, path = "/looks/{id}/garments/{number}/picture", tag = "products",
    security(("token" = [])), params(("id" = String, Path), ("number" = u32, Path)),
    responses((status = 200, content_type = "image/png"),
        (status = 404, description = "There is no such look or garment, or it cannot be seen well enough")))]
pub(crate) async fn picture(
    State(app): State<Shared>,
    signed: Signed,
    Path((id, number)): Path<(String, u32)>,
) -> Result<Response, Problem> {
    let look = app.store.look(signed.user(), id_of(&id)?, now()).await?;
    app.crop(&look, number).await?.map(crops::answer).ok_or(Problem::NotFound)
}
