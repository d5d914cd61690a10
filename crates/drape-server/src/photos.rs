//! Uploads: within limits, really decoded, turned upright, encoded again without metadata, and
//! checked at once for what can be made of them.

use std::sync::Arc;

use axum::extract::Multipart;
use axum::extract::multipart::{Field, MultipartError};
use bytes::{Bytes, BytesMut};
use drape_core::id::UserId;
use drape_core::photo::Photo;
use drape_retouch::Quality;
use drape_store::{NewPhoto, now};
use drape_worker::pictures;

use crate::Problem;
use crate::app::App;
use crate::limit::Deed;
use crate::visitor::Caller;

/// Most bytes of one uploaded photo.
pub(crate) const MAX_UPLOAD: usize = 20 << 20;
/// Most photos in one request.
pub(crate) const MAX_FILES: usize = 5;

/// What an upload form holds.
#[derive(Default)]
pub(crate) struct Upload {
    /// The files of the fields `photo`, `photos`, `images` or `multipartFile`, in order.
    pub(crate) files: Vec<Bytes>,
    /// Whether the box "this is me, or I have permission" is ticked.
    pub(crate) consent: bool,
    /// Every other field, as text.
    pub(crate) fields: Vec<(String, String)>,
}

impl Upload {
    /// Reads a form as it comes in; stops at the first byte too many.
    pub(crate) async fn read(mut form: Multipart) -> Result<Self, Problem> {
        let mut upload = Self::default();
        while let Some(field) = form.next_field().await.map_err(|e| broken(&e))? {
            let name = field.name().unwrap_or_default().to_owned();
            match name.as_str() {
                "photo" | "photos" | "images" | "multipartFile" => {
                    let bytes = limited(field, MAX_UPLOAD).await?;
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
                _ => {
                    let bytes = limited(field, 8 << 10).await?;
                    let text = String::from_utf8_lossy(&bytes).into_owned();
                    if name == "consent" {
                        upload.consent = matches!(text.trim(), "on" | "true" | "1" | "yes");
                    } else {
                        upload.fields.push((name, text));
                    }
                }
            }
        }
        Ok(upload)
    }
}

async fn limited(mut field: Field<'_>, most: usize) -> Result<Bytes, Problem> {
    let mut bytes = BytesMut::new();
    while let Some(chunk) = field.chunk().await.map_err(|e| broken(&e))? {
        if bytes.len() + chunk.len() > most {
            return Err(Problem::TooLarge { megabytes: (most >> 20).max(1) as u32 });
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.freeze())
}

fn broken(error: &MultipartError) -> Problem {
    if error.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
        return Problem::TooLarge { megabytes: (MAX_UPLOAD >> 20) as u32 };
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
            let photo = Photo::decode(&bytes)?.reduced(pictures::KEPT_SIDE);
            let parse = parser.parse(&photo).map_err(|e| {
                tracing::error!(error = %e, "a photo cannot be parsed");
                Problem::Internal
            })?;
            let quality = Quality::of(&photo, &parse);
            if let (false, Some(advice)) = (quality.usable, quality.advice.first()) {
                return Err(Problem::Unsuitable(*advice));
            }
            let pictures = pictures::of_photo(&photo).map_err(|e| {
                tracing::error!(error = %e, "a photo cannot be encoded");
                Problem::Internal
            })?;
            Ok((pictures, quality))
        };
        let (pictures, quality) = crate::trace::blocking(check).await.map_err(|_| Problem::Internal)??;
        let text = serde_json::to_string(&quality).map_err(|_| Problem::Internal)?;
        let photo = self.store.add_photo(owner, NewPhoto { pictures, quality: text }, now()).await?;
        Ok((photo, quality))
    }
}

/// The quality of a kept photo.
pub(crate) fn quality(photo: &drape_store::Photo) -> Option<Quality> {
    serde_json::from_str(&photo.quality).ok()
}
