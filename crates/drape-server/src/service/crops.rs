//! Pictures of one garment of a look, without face, hair and skin. They are cut out on request, never stored,
//! and shown to the look's owner and, through a link that expires, to an external service.
//!
//! The link contains a random token and nothing about its owner. Its row in the database names the garment,
//! the look, the owner and the expiry, so every process on the same database can serve it, and deleting the
//! look ends it.

use std::sync::Arc;

use bytes::Bytes;
use drape_core::id::{LookId, UserId};
use drape_core::photo::{Format, Photo};
use drape_core::style::Slot;
use drape_store::{Look, LookGarment, Size, now};

use crate::app::App;
use crate::{Problem, token};

/// An open link.
pub(crate) struct Link {
    /// The whole address.
    pub(crate) url: String,
    hash: String,
}

impl App {
    /// One garment of a look by itself, as PNG; none if it is not visible enough.
    pub(crate) async fn crop(&self, look: &Look, garment: u32) -> Result<Option<Bytes>, Problem> {
        if let Some(found) = self.crops.get(look.id, garment) {
            return Ok(found);
        }
        let slots: Vec<Slot> = self.garments(look).iter().map(|g| g.garment.slot).collect();
        let slot = *slots.get(garment as usize).ok_or(Problem::NotFound)?;
        let bytes = self.store.look_bytes(look, Size::View).await?;
        let gate = Arc::clone(&self.upload_gate);
        let permit = gate.acquire_owned().await.map_err(|_| Problem::Internal)?;
        let parser = Arc::clone(&self.parser);
        let cut = move || {
            let _permit = permit;
            let photo = Photo::decode(&bytes).map_err(|e| e.to_string())?;
            let parse = parser.parse(&photo).map_err(|e| e.to_string())?;
            let cut = drape_retouch::cut_out(&photo, &parse, slot, &slots);
            cut.map(|c| c.encode(Format::Png).map(Bytes::from)).transpose().map_err(|e| e.to_string())
        };
        let made = crate::http::trace::blocking(cut).await.map_err(|_| Problem::Internal)?;
        let made = made.map_err(|error| {
            tracing::error!(look = %look.id, error, "a garment cannot be cut out");
            Problem::Internal
        })?;
        self.crops.keep(look.id, garment, made.clone());
        Ok(made)
    }

    /// Opens a link to the picture of a garment. Only this function makes such links, so a bucket that signs
    /// links itself could replace them here.
    ///
    /// # Errors
    /// [`Problem::Internal`] if `public_url` is not set: services could not fetch the picture.
    pub(crate) async fn open_crop(&self, owner: UserId, look: LookId, garment: u32) -> Result<Link, Problem> {
        let base = self.settings.base();
        if base.is_empty() {
            return Err(Problem::Internal);
        }
        let shown = token::new("");
        let hash = token::hash(&shown);
        let until = now() + i64::from(self.settings.crop_seconds) * 1000;
        self.store.open_crop(owner, LookGarment { look, garment }, &hash, until, now()).await?;
        Ok(Link { url: format!("{base}/crops/{shown}"), hash })
    }

    /// Ends a link. If that fails, the link still expires.
    pub(crate) async fn close_crop(&self, link: &Link) {
        if let Err(e) = self.store.close_crop(&link.hash).await {
            tracing::warn!(error = %e, "a link to a garment ends by its time only");
        }
    }
}
