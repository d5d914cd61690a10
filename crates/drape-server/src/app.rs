//! The state that every handler shares: store, parser, settings, limits, secrets. Made once at the start.

use std::sync::Arc;

use axum::http::HeaderValue;
use drape_core::id::UserId;
use drape_store::{Millis, Store};
use tokio::sync::{Semaphore, watch};

use crate::http::limit::Limits;
use crate::http::policy::policy;
use crate::service::crop_cache::CropCache;
use crate::service::password::Passwords;
use crate::settings::Settings;
use crate::{Problem, token};

/// Most simultaneous requests to external recommenders.
const ELSEWHERE_AT_ONCE: usize = 8;

/// The server's state, shared by all handlers.
pub struct App {
    pub(crate) store: Store,
    pub(crate) parser: Arc<drape_retouch::Engine>,
    /// Products to recommend.
    pub(crate) catalogue: Arc<drape_catalogue::Index>,
    pub(crate) settings: Settings,
    pub(crate) limits: Limits,
    pub(crate) passwords: Passwords,
    /// Signs links to pictures.
    pub(crate) link_secret: Vec<u8>,
    /// The content security policy of pages.
    pub(crate) policy: HeaderValue,
    /// Room for uploads in memory; a permit is a megabyte.
    pub(crate) upload_room: Arc<Semaphore>,
    /// Limits how many photos are decoded and parsed at once; the rest wait.
    pub(crate) upload_gate: Arc<Semaphore>,
    /// Recently cut-out garments.
    pub(crate) crops: CropCache,
    /// Limits simultaneous requests to external recommenders ([`ELSEWHERE_AT_ONCE`]).
    pub(crate) elsewhere_gate: Semaphore,
    /// Limits how many exports are made at once.
    pub(crate) export_gate: Semaphore,
    /// Turns true when the server stops; streams end then.
    pub(crate) stopping: watch::Receiver<bool>,
}

/// The state as handlers receive it.
pub(crate) type Shared = Arc<App>;

impl App {
    /// Makes the server's state.
    ///
    /// # Errors
    /// [`Problem::Internal`] if the store does not answer, or no engine is offered; the cause is in the log.
    pub async fn new(
        store: Store,
        parser: Arc<drape_retouch::Engine>,
        settings: Settings,
        stopping: watch::Receiver<bool>,
    ) -> Result<Arc<Self>, Problem> {
        if settings.engines.is_empty() {
            tracing::error!("no engine is offered");
            return Err(Problem::Internal);
        }
        let link_secret = store.secret("links", rand::random()).await?;
        let policy = policy(&store, settings.link_seconds).await?;
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Ok(Arc::new(Self {
            limits: Limits::new(&settings.rates),
            passwords: Passwords::new(cores)?,
            upload_room: Arc::new(Semaphore::new(settings.upload_room as usize)),
            store,
            parser,
            catalogue: Arc::new(drape_catalogue::Index::build(drape_catalogue::demo::products())),
            settings,
            link_secret,
            policy,
            upload_gate: Arc::new(Semaphore::new(1)),
            crops: CropCache::default(),
            elsewhere_gate: Semaphore::new(ELSEWHERE_AT_ONCE),
            export_gate: Semaphore::new(1),
            stopping,
        }))
    }

    /// The text that a picture link signs.
    fn link_text(owner: UserId, path: &str, until: Millis) -> String {
        format!("{owner}\n{path}\n{until}")
    }

    /// A link to a picture of `owner`. Anyone with the link can open it until it expires.
    pub(crate) fn signed_link(&self, owner: UserId, path: &str, until: Millis) -> String {
        let signature = token::sign(&self.link_secret, &Self::link_text(owner, path, until));
        format!("{path}?owner={owner}&until={until}&signature={signature}")
    }

    /// Whether this server signed the link and it has not expired.
    pub(crate) fn link_holds(
        &self,
        owner: UserId,
        path: &str,
        until: Millis,
        signature: &str,
        now: Millis,
    ) -> bool {
        until > now && token::signed(&self.link_secret, &Self::link_text(owner, path, until), signature)
    }
}
