//! What every handler works with: the store, the parser, settings, limits, secrets. Made once.

use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderValue;
use drape_core::recommender::Recommender;
use drape_store::{Millis, Store};
use tokio::sync::Semaphore;

use crate::http::connections::Patience;
use crate::http::limit::{Limits, Rates};
use crate::http::render;
use crate::service::engines::Offer;
use crate::service::password::Passwords;
use crate::service::{crops, lens};
use crate::{Problem, token};

/// How the server behaves; all from flags or environment variables of `drape serve`.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where people reach it, such as `https://drape.example`; decides on `Secure` cookies and links.
    pub public_url: Option<String>,
    /// Origins whose pages may call the API.
    pub cors: Vec<String>,
    /// Header in which a proxy of ours names the client's address; none: the connection's address.
    pub proxy_header: Option<String>,
    /// Hours after which a guest and everything of theirs goes.
    pub guest_hours: u32,
    /// Days that photos and looks of a new account are kept.
    pub keep_days: u32,
    /// Engines that new jobs may ask for, the default first; at least one.
    pub engines: Vec<Offer>,
    /// How often things may be done.
    pub rates: Rates,
    /// How long clients are waited for.
    pub patience: Patience,
    /// Megabytes of all uploads together that are in memory while they come in and wait for their turn;
    /// 101 is what one form may hold.
    pub upload_room: u32,
    /// Whether webhooks may go to addresses of this machine and its networks.
    pub private_webhooks: bool,
    /// Seconds that the former service's `POST /api/styling/words` waits for its look.
    pub former_wait: u64,
    /// Whether people may let Gemini read their sentence; some worker has to be set up for it.
    pub gemini: bool,
    /// Who finds products elsewhere, for people who say so each time; needs `public_url`.
    pub recommender: Option<Arc<dyn Recommender>>,
    /// Seconds that owners' browsers may fetch a picture from the bucket itself, by a link to which the server
    /// sends them; 0 lets pictures come through the server. Nothing happens where pictures are files.
    pub link_seconds: u32,
    /// Seconds that the picture of a garment can be fetched at most; it ends when the answer is there.
    pub crop_seconds: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            public_url: None,
            cors: Vec::new(),
            proxy_header: None,
            guest_hours: 24,
            keep_days: 30,
            engines: vec![Offer::of(drape_retouch::ENGINE)],
            rates: Rates::default(),
            patience: Patience::default(),
            upload_room: 512,
            private_webhooks: false,
            former_wait: 600,
            gemini: false,
            recommender: None,
            link_seconds: 0,
            crop_seconds: 300,
        }
    }
}

/// The server's inside; shared by all handlers.
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
    /// What pages may load, and from where.
    pub(crate) policy: HeaderValue,
    /// Megabytes of uploads in memory.
    pub(crate) upload_room: Arc<Semaphore>,
    /// Photos decoded and parsed at the same time; the rest wait in line.
    pub(crate) upload_gate: Arc<Semaphore>,
    /// Garments cut out lately.
    pub(crate) crops: crops::Recent,
    /// Questions to a recommender elsewhere at the same time.
    pub(crate) elsewhere_gate: Semaphore,
    /// Exports made at the same time.
    pub(crate) export_gate: Semaphore,
    /// Turns true when the server stops; streams end then.
    pub(crate) stopping: tokio::sync::watch::Receiver<bool>,
}

/// As handlers get it.
pub(crate) type Shared = Arc<App>;

impl App {
    /// Makes the server's inside.
    ///
    /// # Errors
    /// [`Problem::Internal`] if the store does not answer, or no engine is offered; the cause is in the log.
    pub async fn new(
        store: Store,
        parser: Arc<drape_retouch::Engine>,
        settings: Settings,
        stopping: tokio::sync::watch::Receiver<bool>,
    ) -> Result<Arc<Self>, Problem> {
        if settings.engines.is_empty() {
            tracing::error!("no engine is offered");
            return Err(Problem::Internal);
        }
        let link_secret = store.secret("links", rand::random()).await?;
        let policy = render::policy(linked_origin(&store, settings.link_seconds).await?.as_deref())?;
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
            crops: crops::Recent::default(),
            elsewhere_gate: Semaphore::new(lens::AT_ONCE),
            export_gate: Semaphore::new(1),
            stopping,
        }))
    }

    /// Whether people reach the server over https, so that cookies may be `Secure`.
    pub(crate) fn secure(&self) -> bool {
        self.settings.public_url.as_deref().is_some_and(|u| u.starts_with("https://"))
    }

    /// For how long browsers may fetch pictures from the bucket themselves, if they may.
    pub(crate) fn link_for(&self) -> Option<Duration> {
        (self.settings.link_seconds > 0).then(|| Duration::from_secs(self.settings.link_seconds.into()))
    }

    /// The text that a picture link signs.
    fn link_text(owner: drape_core::id::UserId, path: &str, until: Millis) -> String {
        format!("{owner}\n{path}\n{until}")
    }

    /// A link to a picture of `owner` that works for whoever has it, until it ends.
    pub(crate) fn signed_link(&self, owner: drape_core::id::UserId, path: &str, until: Millis) -> String {
        let signature = token::sign(&self.link_secret, &Self::link_text(owner, path, until));
        format!("{path}?owner={owner}&until={until}&signature={signature}")
    }

    /// Whether a link to a picture is one of ours and not over.
    pub(crate) fn link_holds(
        &self,
        owner: drape_core::id::UserId,
        path: &str,
        until: Millis,
        signature: &str,
        now: Millis,
    ) -> bool {
        until > now && token::signed(&self.link_secret, &Self::link_text(owner, path, until), signature)
    }
}

/// Where the bucket's links point to, when browsers are sent there.
async fn linked_origin(store: &Store, seconds: u32) -> Result<Option<String>, Problem> {
    if seconds == 0 {
        return Ok(None);
    }
    let Some(link) = store.bucket().link("origin", Duration::from_secs(60)).await? else { return Ok(None) };
    let url: axum::http::Uri = link.parse().map_err(|_| Problem::Internal)?;
    match (url.scheme_str(), url.authority()) {
        (Some(scheme), Some(authority)) => Ok(Some(format!("{scheme}://{authority}"))),
        _ => Err(Problem::Internal),
    }
}
