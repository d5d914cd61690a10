//! Keeps photos of a user: decodes them, turns them upright, encodes them again without metadata, and checks
//! at once whether they can be styled.

use std::sync::Arc;

use bytes::Bytes;
use drape_core::id::UserId;
use drape_core::photo::Photo;
use drape_retouch::Quality;
use drape_store::{KEPT_SIDE, NewPhoto, Pictures, now};

use crate::Problem;
use crate::app::App;
use crate::http::limit::Deed;
use crate::http::visitor::Caller;

impl App {
    /// Checks and keeps a photo. A photo without a person to style is refused with advice, and nothing of it
    /// is kept.
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
