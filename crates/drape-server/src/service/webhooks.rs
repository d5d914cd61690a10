//! Messages to webhooks: signed, retried, and never sent into the server's own network.
//!
//! The signature follows the Standard Webhooks specification 1.0.0: HMAC-SHA256 over
//! `id.timestamp.body`, base64, with the `whsec_` secret.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use drape_store::{Delivery, Millis, now};
use hmac::{Hmac, Mac};
use reqwest::Url;
use sha2::Sha256;

use crate::Problem;
use crate::app::Shared;

/// Pauses before the second attempt, the third, and so on; after the last attempt the message is given up.
const PAUSES: [Millis; 6] = [5_000, 30_000, 120_000, 600_000, 3_600_000, 21_600_000];

/// A new secret, in the format of the specification.
pub(crate) fn new_secret() -> String {
    let random: [u8; 24] = rand::random();
    format!("whsec_{}", STANDARD.encode(random))
}

/// Checks an address that messages may go to. Its host is checked again whenever a message is sent.
pub(crate) fn address(text: &str, private: bool) -> Result<Url, Problem> {
    let refused = || {
        Problem::invalid("url", "공개된 https 주소를 적어 주세요.", "Give an https address of a public host.")
    };
    let url = Url::parse(text.trim()).map_err(|_| refused())?;
    let plain = url.username().is_empty() && url.password().is_none() && text.len() <= 500;
    let secure = url.scheme() == "https" || private && url.scheme() == "http";
    let host = url.host_str().ok_or_else(refused)?;
    let name = host.trim_end_matches('.');
    let here = name == "localhost" || name.ends_with(".localhost");
    let literal: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
    if plain && secure && (private || literal.is_none_or(public) && !here) { Ok(url) } else { Err(refused()) }
}

/// Sends due messages until the server stops.
pub(crate) async fn deliver(app: Shared, mut stop: tokio::sync::watch::Receiver<bool>) {
    // Fails only if a provider was installed before.
    let _ = rustls::crypto::ring::default_provider().install_default();
    loop {
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(1)) => {}
            _ = stop.changed() => return,
        }
        // If the server dies while it sends a message, the message is due again after a minute.
        let due = match app.store.take_deliveries(now() + 60_000, now()).await {
            Ok(due) => due,
            Err(e) => {
                tracing::error!(error = %e, "webhook messages cannot be read");
                continue;
            }
        };
        let sent = due.into_iter().map(|delivery| one(&app, delivery));
        futures::future::join_all(sent).await;
    }
}

async fn one(app: &Shared, delivery: Delivery) {
    let status = send(&delivery, app.settings.private_webhooks).await;
    let pause = PAUSES.get(delivery.attempt.saturating_sub(1) as usize);
    let again = pause.map(|p| now() + p);
    let outcome = match status {
        Some(s) if (200..300).contains(&s) => "delivered",
        _ if again.is_some() => "retried",
        _ => "failed",
    };
    metrics::counter!("drape_webhooks_total", "outcome" => outcome).increment(1);
    if let Err(e) = app.store.settle_delivery(delivery.id, status, again).await {
        tracing::error!(delivery = %delivery.id, error = %e, "a webhook message cannot be settled");
    }
}

/// Posts one message. Returns the status of the answer, or none.
async fn send(delivery: &Delivery, private: bool) -> Option<u16> {
    let url = address(&delivery.url, private).ok()?;
    let host = url.host_str()?.to_owned();
    // Resolve the name here and pin the connection to the checked address: otherwise the name could change to
    // an internal address between the check and the call.
    let port = url.port_or_known_default()?;
    let found: Vec<SocketAddr> =
        tokio::net::lookup_host((host.trim_matches(['[', ']']), port)).await.ok()?.collect();
    let target = found.into_iter().find(|a| private || public(a.ip()))?;
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .timeout(Duration::from_secs(15))
        .resolve(&host, target)
        .build()
        .ok()?;
    let (id, stamp) = (delivery.id.to_string(), (now() / 1000).to_string());
    let signature = sign(&delivery.secret, &id, &stamp, &delivery.payload)?;
    let answer = client
        .post(url)
        .header("content-type", "application/json")
        .header("user-agent", concat!("drape/", env!("CARGO_PKG_VERSION")))
        .header("webhook-id", id)
        .header("webhook-timestamp", stamp)
        .header("webhook-signature", signature)
        .body(delivery.payload.clone())
        .send()
        .await
        .ok()?;
    Some(answer.status().as_u16())
}

fn sign(secret: &str, id: &str, stamp: &str, body: &str) -> Option<String> {
    let key = STANDARD.decode(secret.strip_prefix("whsec_")?).ok()?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
    mac.update(format!("{id}.{stamp}.{body}").as_bytes());
    Some(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
}

/// Whether an address belongs neither to this machine nor to a private network.
fn public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(a) => {
            let [first, second, ..] = a.octets();
            !(a.is_private()
                || a.is_loopback()
                || a.is_link_local()
                || a.is_broadcast()
                || a.is_documentation()
                || a.is_unspecified()
                || a.is_multicast()
                || first == 0
                || first >= 240
                // Shared address space (RFC 6598), benchmarking (RFC 2544), protocol assignments.
                || first == 100 && (64..128).contains(&second)
                || first == 198 && (18..20).contains(&second)
                || first == 192 && second == 0)
        }
        IpAddr::V6(a) => {
            if let Some(v4) = a.to_ipv4_mapped() {
                return public(IpAddr::V4(v4));
            }
            // Only global unicast (2000::/3), without documentation, 6to4 and Teredo.
            let [first, second, ..] = a.segments();
            (first & 0xe000) == 0x2000
                && first != 0x2002
                && !(first == 0x2001 && (second == 0xdb8 || second < 0x200))
        }
    }
}
