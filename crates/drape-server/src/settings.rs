//! How the server behaves. `drape serve` makes it from its settings.

use std::sync::Arc;
use std::time::Duration;

use drape_core::recommender::Recommender;

use crate::Problem;
use crate::http::connections::ConnectionLimits;
use crate::http::limit::Rates;
use crate::service::engines::{Kind, Offer};

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
    /// How long clients are waited for, and how many may be connected.
    pub connections: ConnectionLimits,
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
    /// Seconds that owners' browsers may fetch a picture from the bucket itself, by a link to which the
    /// server sends them; 0 lets pictures come through the server. Nothing happens where pictures are
    /// files.
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

    /// How long a link is valid by which browsers fetch a picture from the bucket; none where they may not.
    pub(crate) fn link_for(&self) -> Option<Duration> {
        (self.link_seconds > 0).then(|| Duration::from_secs(self.link_seconds.into()))
    }

    /// [`public_url`](Self::public_url) without a slash at its end; empty where it is not set.
    pub(crate) fn base(&self) -> &str {
        self.public_url.as_deref().unwrap_or_default().trim_end_matches('/')
    }

    /// The engine of this name, or the server's own choice.
    ///
    /// # Errors
    /// [`Problem::Invalid`] with those that are offered.
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

    /// How the engine of a job works, offered still or not.
    pub(crate) fn kind(&self, id: &str) -> Kind {
        self.engines.iter().find(|offer| offer.id == id).map_or_else(|| Kind::of(id), |o| o.kind)
    }
}
