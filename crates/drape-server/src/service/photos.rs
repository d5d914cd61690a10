//! Uploads: within limits, really decoded, turned upright, encoded again without metadata, and
//! checked at once for what can be made of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::Body;
use axum::extract::multipart::{Field, MultipartError, MultipartRejection};
use axum::extract::{FromRequest, Multipart, Request};
use bytes::{Bytes, BytesMut};
use drape_core::id::UserId;
use drape_core::photo::Photo;
use drape_retouch::Quality;
use drape_store::{KEPT_SIDE, NewPhoto, Pictures, now};
use futures::StreamExt as _;
use tokio::sync::OwnedSemaphorePermit;

use crate::Problem;
use crate::app::{App, Shared};
use crate::http::limit::Deed;
use crate::http::visitor::Caller;

/// Most bytes of one uploaded photo.
pub(crate) const MAX_UPLOAD: usize = 20 << 20;
/// Most photos in one request.
pub(crate) const MAX_FILES: usize = 5;

/// Most fields of one form, files among them.
const MOST_FIELDS: usize = 32;
/// Most bytes of a field that is no file.
const MAX_FIELD: usize = 8 << 10;

/// Most bytes of a form that are read and belong to no field that was read: what comes before the first,
/// and their headers, which are otherwise gathered as long as they come.
const MAX_BETWEEN: usize = 1 << 20;

/// A form with files as it comes in.
pub(crate) struct Incoming {
    form: Multipart,
    /// Bytes that came in and were not read as part of a field.
    between: Arc<AtomicUsize>,
}

impl FromRequest<Shared> for Incoming {
    type Rejection = MultipartRejection;

    async fn from_request(request: Request, app: &Shared) -> Result<Self, MultipartRejection> {
        let between = Arc::new(AtomicUsize::new(0));
        let came = Arc::clone(&between);
        let request = request.map(|body| {
            Body::from_stream(body.into_data_stream().map(move |piece| {
                let piece = piece?;
                let before = came.fetch_add(piece.len(), Ordering::Relaxed);
                if before + piece.len() > MAX_BETWEEN {
                    return Err(axum::Error::new("too much of the form is in no field"));
                }
                Ok(piece)
            }))
        });
        Ok(Self { form: Multipart::from_request(request, app).await?, between })
    }
}

/// What an upload form holds.
#[derive(Default)]
pub(crate) struct Upload {
    /// The files of the fields `photo`, `photos`, `images` or `multipartFile`, in order.
    pub(crate) files: Vec<Bytes>,
    /// Whether the box "this is me, or I have permission" is ticked.
    pub(crate) consent: bool,
    /// What the files take of the room for uploads.
    room: Vec<OwnedSemaphorePermit>,
}

impl Upload {
    /// Reads a form as it comes in; stops at the first byte too many, and where there is no room for more.
    pub(crate) async fn read(app: &App, incoming: Incoming) -> Result<Self, Problem> {
        let Incoming { mut form, between } = incoming;
        let mut upload = Self::default();
        let mut fields = 0;
        while let Some(field) = form.next_field().await.map_err(|e| broken(&e))? {
            fields += 1;
            if fields > MOST_FIELDS {
                return Err(Problem::invalid(
                    "form",
                    format!("양식의 칸은 {MOST_FIELDS}개까지 보낼 수 있습니다."),
                    format!("A form has at most {MOST_FIELDS} fields."),
                ));
            }
            let name = field.name().unwrap_or_default().to_owned();
            match name.as_str() {
                "photo" | "photos" | "images" | "multipartFile" => {
                    let bytes = limited(field, &between, MAX_UPLOAD, Some((app, &mut upload.room))).await?;
                    // A browser sends an empty file for a field in which nothing was chosen.
                    if !bytes.is_empty() {
                        if upload.files.len() == MAX_FILES {
                            return Err(Problem::invalid(
                                "photo",
                                format!("사진은 한 번에 {MAX_FILES}장까지 올릴 수 있습니다."),
                                format!("At most {MAX_FILES} photos can be uploaded at a time."),
                            ));
                        }
                        upload.files.push(bytes);
                    }
                }
                "consent" => {
                    let bytes = limited(field, &between, MAX_FIELD, None).await?;
                    let text = String::from_utf8_lossy(&bytes);
                    upload.consent = matches!(text.trim(), "on" | "true" | "1" | "yes");
                }
                // Nothing is asked for under other names.
                _ => {
                    limited(field, &between, MAX_FIELD, None).await?;
                }
            }
        }
        Ok(upload)
    }
}

/// The bytes of a field; room is taken for each megabyte before it is kept.
async fn limited(
    mut field: Field<'_>,
    between: &AtomicUsize,
    most: usize,
    mut room: Option<(&App, &mut Vec<OwnedSemaphorePermit>)>,
) -> Result<Bytes, Problem> {
    let mut bytes = BytesMut::new();
    while let Some(chunk) = field.chunk().await.map_err(|e| broken(&e))? {
        between.fetch_sub(chunk.len(), Ordering::Relaxed);
        let length = bytes.len() + chunk.len();
        if length > most {
            return Err(Problem::TooLarge { bytes: most });
        }
        let more = length.div_ceil(1 << 20) - bytes.len().div_ceil(1 << 20);
        if let (Some((app, taken)), 1..) = (&mut room, more) {
            let wanted = u32::try_from(more).map_err(|_| Problem::Internal)?;
            // Whoever waited here would hold what others wait for.
            let place = Arc::clone(&app.upload_room).try_acquire_many_owned(wanted);
            taken.push(place.map_err(|_| Problem::Full { retry_after: 10 })?);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.freeze())
}

fn broken(error: &MultipartError) -> Problem {
    if error.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
        return Problem::TooLarge { bytes: MAX_UPLOAD };
    }
    Problem::invalid(
        "photo",
        "업로드가 중간에 끊겼거나 형식이 올바르지 않습니다. 다시 올려 주세요.",
        "The upload was cut off or is not a form. Please upload again.",
    )
}

impl App {
    /// Checks and keeps a photo. One that shows nobody to style is refused with advice, and nothing
    /// of it is kept.
    pub(crate) async fn add_photo(
        &self,
        owner: UserId,
        caller: &Caller,
        bytes: Bytes,
    ) -> Result<(drape_store::Photo, Quality), Problem> {
        self.limits.count(Deed::UploadFrom, &caller.address.to_string())?;
        self.limits.count(Deed::Upload, &owner.to_string())?;
        let kept = self.store.photos(owner, now()).await?.len();
        let limit = self.store.limits().photos_per_user;
        if kept >= limit as usize {
            return Err(Problem::OwnLimit { limit });
        }
        let gate = Arc::clone(&self.upload_gate);
        let permit = gate.acquire_owned().await.map_err(|_| Problem::Internal)?;
        let parser = Arc::clone(&self.parser);
        let check = move || {
            let _permit = permit;
            let photo = Photo::decode(&bytes)?.reduced(KEPT_SIDE);
            let parse = parser.parse(&photo).map_err(|e| {
                tracing::error!(error = %e, "a photo cannot be parsed");
                Problem::Internal
            })?;
            let quality = Quality::of(&photo, &parse);
            if let (false, Some(advice)) = (quality.usable, quality.advice.first()) {
                return Err(Problem::Unsuitable(*advice));
            }
            let pictures = Pictures::of_photo(&photo).map_err(|e| {
                tracing::error!(error = %e, "a photo cannot be encoded");
                Problem::Internal
            })?;
            Ok((pictures, quality))
        };
        let (pictures, quality) =
            crate::http::trace::blocking(check).await.map_err(|_| Problem::Internal)??;
        let text = serde_json::to_string(&quality).map_err(|_| Problem::Internal)?;
        let photo = self.store.add_photo(owner, NewPhoto { pictures, quality: text }, now()).await?;
        Ok((photo, quality))
    }
}

/// The quality of a kept photo.
pub(crate) fn quality(photo: &drape_store::Photo) -> Option<Quality> {
    serde_json::from_str(&photo.quality).ok()
}
