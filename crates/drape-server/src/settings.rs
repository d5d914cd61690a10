//! The server's settings. `drape serve` makes them from flags and environment variables.

use std::sync::Arc;
use std::time::Duration;

use drape_core::recommender::Recommender;

use crate::Problem;
use crate::http::connections::ConnectionLimits;
use crate::http::limit::Rates;
use crate::service::engines::{Kind, Offer};

/// The server's settings.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Address under which people reach the server, such as `https://drape.example`; decides on `Secure`
    /// cookies and links.
    pub public_url: Option<String>,
    /// Origins whose pages may call the API.
    pub cors: Vec<String>,
    /// Header in which our own proxy names the client's address; without it the connection's address counts.
    pub proxy_header: Option<String>,
    /// Hours after which a guest is deleted with everything of theirs.
    pub guest_hours: u32,
    /// Days that photos and looks of a new account are kept.
    pub keep_days: u32,
    /// Engines that new jobs may ask for, the default first; at least one.
    pub engines: Vec<Offer>,
    /// How often each kind of action is allowed.
    pub rates: Rates,
    /// How long the server waits for clients, and how many may be connected.
    pub connections: ConnectionLimits,
    /// Megabytes of memory for all uploads together while they arrive and wait; one form may take 101.
    pub upload_room: u32,
    /// Whether webhooks may go to addresses of this machine and of private networks.
    pub private_webhooks: bool,
    /// Seconds that the former service's `POST /api/styling/words` waits for its look.
    pub former_wait: u64,
    /// Whether people may let Gemini read their sentence; some worker must be set up for it.
    pub gemini: bool,
    /// Finds products externally, with the user's consent each time; needs `public_url`.
    pub recommender: Option<Arc<dyn Recommender>>,
    /// Seconds for which a link to a picture in the bucket is valid; the server redirects owners' browsers to
    /// such links. With 0, pictures come through the server. Has no effect where pictures are files.
    pub link_seconds: u32,
    /// Most seconds for which an external service can fetch the picture of a garment; the link ends earlier
    /// when the service has answered.
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
            connections: ConnectionLimits::default(),
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

impl Settings {
    /// Whether people reach the server over https, so that cookies may be `Secure`.
    pub(crate) fn secure(&self) -> bool {
        self.public_url.as_deref().is_some_and(|u| u.starts_with("https://"))
    }

    /// How long links to pictures in the bucket are valid; none if the server serves the pictures itself.
    pub(crate) fn link_for(&self) -> Option<Duration> {
        (self.link_seconds > 0).then(|| Duration::from_secs(self.link_seconds.into()))
    }

    /// [`public_url`](Self::public_url) without a slash at its end; empty where it is not set.
    pub(crate) fn base(&self) -> &str {
        self.public_url.as_deref().unwrap_or_default().trim_end_matches('/')
    }

    /// The engine with this name, or the default.
    ///
    /// # Errors
    /// [`Problem::Invalid`] with the engines on offer.
    pub(crate) fn offer(&self, id: Option<&str>) -> Result<Offer, Problem> {
        let mut offers = self.engines.iter();
        let found = match id {
            Some(id) => offers.find(|offer| offer.id == id),
            None => offers.next(),
        };
        found.copied().ok_or_else(|| {
            let ids: Vec<&str> = self.engines.iter().map(|offer| offer.id).collect();
            let ids = ids.join(", ");
            Problem::invalid(
                "engine",
                format!("이 서버에 없는 엔진이에요. 고를 수 있는 엔진: {ids}."),
                format!("This server has no such engine. It offers: {ids}."),
            )
        })
    }

    /// How the engine of a job works, whether it is still on offer or not.
    pub(crate) fn kind(&self, id: &str) -> Kind {
        self.engines.iter().find(|offer| offer.id == id).map_or_else(|| Kind::of(id), |o| o.kind)
    }
}
