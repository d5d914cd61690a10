//! Checks AWS Signature Version 4. Written from the signing guide of the API reference ("Create a signed AWS
//! API request"), and without the client's own crates.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, Method, Uri};
use hmac::{Hmac, Mac as _};
use sha2::{Digest as _, Sha256};

/// Why a request is refused: the error's name, and its message.
pub(crate) type Refused = (&'static str, String);

/// An account, and the region that it may use.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) id: &'static str,
    pub(crate) secret: &'static str,
    pub(crate) region: &'static str,
}

/// Most seconds between the date of a request and the clock.
const SKEW: i64 = 300;

/// Checks a request at a time, in seconds since 1970.
pub(crate) fn check(
    account: &Account,
    now: i64,
    (method, uri, headers, body): (&Method, &Uri, &HeaderMap, &[u8]),
) -> Result<(), Refused> {
    let missing = || ("MissingAuthenticationTokenException", "Missing Authentication Token".to_owned());
    let incomplete = |why: &str| ("IncompleteSignatureException", why.to_owned());
    let header = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
    let authorization = header("authorization").ok_or_else(missing)?;
    let fields = authorization.strip_prefix("AWS4-HMAC-SHA256 ").ok_or_else(|| incomplete("algorithm"))?;
    let fields: BTreeMap<&str, &str> = fields.split(',').filter_map(|f| f.trim().split_once('=')).collect();
    let field = |name: &str| fields.get(name).copied().ok_or_else(|| incomplete(name));
    let (credential, signed, signature) =
        (field("Credential")?, field("SignedHeaders")?, field("Signature")?);
    let [id, day, region, service, end] = credential.split('/').collect::<Vec<_>>()[..] else {
        return Err(incomplete("credential"));
    };
    if id != account.id {
        return Err((
            "UnrecognizedClientException",
            "The security token included in the request is invalid.".to_owned(),
        ));
    }
    let date = header("x-amz-date").ok_or_else(|| incomplete("x-amz-date"))?;
    let refused = |why: String| ("InvalidSignatureException", why);
    if (region, service, end) != (account.region, "sagemaker", "aws4_request") || !date.starts_with(day) {
        return Err(refused(format!(
            "Credential should be scoped to {}/sagemaker, not {region}/{service}",
            account.region
        )));
    }
    let at = seconds(date).ok_or_else(|| incomplete("date"))?;
    if (now - at).abs() > SKEW {
        return Err(refused(format!("Signature expired: {date} is now earlier than the window")));
    }
    let signed: Vec<&str> = signed.split(';').collect();
    let must = ["host", "x-amz-date"].into_iter().map(str::to_owned);
    let own = headers.keys().map(|n| n.as_str().to_owned()).filter(|n| n.starts_with("x-amz"));
    if let Some(bare) = must.chain(own).find(|n| n != "x-amzn-trace-id" && !signed.contains(&n.as_str())) {
        return Err(refused(format!("{bare} is not signed")));
    }
    let mut canonical = format!("{method}\n{}\n{}\n", encoded(uri.path()), query(uri));
    for name in &signed {
        let values: Vec<String> = headers
            .get_all(*name)
            .iter()
            .map(|v| v.to_str().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" "))
            .collect();
        canonical += &format!("{name}:{}\n", values.join(","));
    }
    canonical += &format!("\n{}\n{}", signed.join(";"), hex(&Sha256::digest(body)));
    let scope = format!("{day}/{region}/{service}/{end}");
    let text = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{}", hex(&Sha256::digest(canonical)));
    let mut key = hmac(format!("AWS4{}", account.secret).as_bytes(), day);
    for part in [region, service, end] {
        key = hmac(&key, part);
    }
    if hex(&hmac(&key, &text)) == signature {
        Ok(())
    } else {
        Err(refused(
            "The request signature we calculated does not match the signature you provided.".to_owned(),
        ))
    }
}

fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("keys of any length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// Encodes every part of a path once more, as for all services but S3.
fn encoded(path: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~/".contains(&b);
    path.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

fn query(uri: &Uri) -> String {
    let mut pairs: Vec<&str> = uri.query().unwrap_or_default().split('&').filter(|p| !p.is_empty()).collect();
    pairs.sort_unstable();
    pairs.join("&")
}

/// `20261124T203841Z` in seconds since 1970 (days by Howard Hinnant's `days_from_civil`).
fn seconds(date: &str) -> Option<i64> {
    let number = |range: std::ops::Range<usize>| date.get(range)?.parse::<i64>().ok();
    let (y, m, d) = (number(0..4)?, number(4..6)?, number(6..8)?);
    let (hour, minute, second) = (number(9..11)?, number(11..13)?, number(13..15)?);
    let y = if m <= 2 { y - 1 } else { y };
    let (era, of_era) = (y.div_euclid(400), y.rem_euclid(400));
    let of_year = (153 * ((m + 9) % 12) + 2) / 5 + d - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    Some(days * 86_400 + hour * 3600 + minute * 60 + second)
}

/// Case `get-vanilla` of AWS's published test suite for Signature Version 4, which checks the implementation
/// above against a source independent of both ends.
#[test]
fn the_published_example_is_accepted() {
    let mut headers = HeaderMap::new();
    let mut add =
        |name: &'static str, value: &'static str| headers.insert(name, value.parse().expect("a value"));
    add("host", "example.amazonaws.com");
    add("x-amz-date", "20150830T123600Z");
    // The case's service is called `service`, so the whole check must not accept it.
    add(
        "authorization",
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
         SignedHeaders=host;x-amz-date, \
         Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
    );
    let account = Account {
        id: "AKIDEXAMPLE",
        secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
        region: "us-east-1",
    };
    let at = seconds("20150830T123600Z").expect("a date");
    assert_eq!(at, 1_440_938_160);
    let uri: Uri = "/".parse().expect("a path");
    let scope = check(&account, at, (&Method::GET, &uri, &headers, b"")).expect_err("another service");
    assert!(scope.1.contains("scoped"), "{scope:?}");
    let canonical = "GET\n/\n\nhost:example.amazonaws.com\nx-amz-date:20150830T123600Z\n\nhost;x-amz-date\n\
        e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let text = format!(
        "AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/us-east-1/service/aws4_request\n{}",
        hex(&Sha256::digest(canonical))
    );
    let mut key = hmac(format!("AWS4{}", account.secret).as_bytes(), "20150830");
    for part in ["us-east-1", "service", "aws4_request"] {
        key = hmac(&key, part);
    }
    assert_eq!(hex(&hmac(&key, &text)), "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
}
