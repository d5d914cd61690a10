//! Checks an invocation: the request for the engine, and the place for its looks.

use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use bytes::Bytes;
use drape_core::engine::{OutOfRange, OwnedRequest, Setting, Settings, Subject};
use drape_core::language::Language;
use drape_core::lexicon;
use drape_core::photo::Photo;
use drape_core::sentence::Sentence;
use drape_core::style::Style;
use serde_json::{Map, Value};

use super::error::InvocationError;
use super::limits::Limits;
use super::prefixed_store::{ObjectKey, PrefixedStore};
use super::wire::{Invocation, PictureFormat};

/// Most bytes of all photos that are fetched from the object store, 64 MiB.
const FETCHED: u64 = 64 << 20;
/// Most steps that use the sentence alone, as in the reference and in the engine.
const MERGE_CAP: u32 = 30;

/// An invocation whose fields can be used; its photos are still to be fetched and decoded.
#[derive(Debug)]
pub(super) struct CheckedInvocation {
    /// The engine's request. It has no owner, so that the engine remembers nothing of a person.
    pub(super) request: OwnedRequest,
    pub(super) format: PictureFormat,
    /// The key of each look; empty if the looks go into the answer.
    pub(super) output: Vec<ObjectKey>,
    /// Photos in base64.
    inline: Vec<String>,
    /// Photos in the object store.
    keys: Vec<ObjectKey>,
}

/// Parses a body. Some clients put all fields but `inputs` into `parameters`; these are read as if they stood
/// beside `inputs`.
pub(super) fn parse(body: &[u8]) -> Result<Invocation, InvocationError> {
    let mut fields: Map<String, Value> =
        serde_json::from_slice(body).map_err(|e| InvocationError::json(&e))?;
    // Any other value is later refused as an unknown field.
    if fields.get("parameters").is_some_and(Value::is_object)
        && let Some(Value::Object(inner)) = fields.remove("parameters")
    {
        for (name, value) in inner {
            if fields.insert(name.clone(), value).is_some() {
                return Err(InvocationError::field(
                    name,
                    "parameters 안과 밖에 같은 필드가 있어요.",
                    "The field is both in parameters and beside it.",
                ));
            }
        }
    }
    serde_json::from_value(Value::Object(fields)).map_err(|e| InvocationError::json(&e))
}

impl CheckedInvocation {
    /// Checks everything that can be checked without the photos.
    pub(super) fn new(
        asked: Invocation,
        limits: &Limits,
        store: Option<&PrefixedStore>,
        random: u64,
    ) -> Result<Self, InvocationError> {
        let settings = settings(&asked)?;
        let seeds = seeds(&asked, limits, random)?;
        let photos = asked.input_id_images.len() + asked.input_id_keys.len();
        if photos == 0 || photos > limits.photos {
            let most = limits.photos;
            return Err(InvocationError::field(
                "input_id_images",
                format!("사진은 1장에서 {most}장까지예요. 받은 사진: {photos}장."),
                format!("Send 1 to {most} photos; {photos} came."),
            ));
        }
        let key = |field: &str, text: &str| {
            let store = store.ok_or_else(|| InvocationError::no_blobs(field))?;
            store.key(text).map_err(|e| InvocationError::key(field, e))
        };
        let keys: Vec<ObjectKey> =
            asked.input_id_keys.iter().map(|t| key("input_id_keys", t)).collect::<Result<_, _>>()?;
        let format = asked.format.unwrap_or_default();
        let output = match (&asked.output_prefix, asked.output_keys.as_slice()) {
            (None, []) => Vec::new(),
            (Some(prefix), []) => {
                let name = |k| format!("{}/{k}.{}", prefix.trim_end_matches('/'), format.extension());
                (0..seeds.len()).map(|k| key("output_prefix", &name(k))).collect::<Result<_, _>>()?
            }
            (None, named) if named.len() == seeds.len() => {
                named.iter().map(|t| key("output_keys", t)).collect::<Result<Vec<_>, _>>()?
            }
            (None, _) => {
                return Err(InvocationError::field(
                    "output_keys",
                    "그림마다 키를 하나씩 적어 주세요.",
                    "Name one key per look.",
                ));
            }
            (Some(_), _) => return Err(together("output_keys", "output_prefix")),
        };
        let distinct: HashSet<&ObjectKey> = output.iter().chain(&keys).collect();
        if distinct.len() < output.len() + keys.len() {
            return Err(InvocationError::field(
                "output_keys",
                "같은 키를 두 번 쓸 수 없어요.",
                "A key can be used only once.",
            ));
        }
        let (style, subject) = style(&asked)?;
        let request = OwnedRequest { owner: None, style, subject, settings, seeds };
        Ok(Self { request, format, output, inline: asked.input_id_images, keys })
    }

    /// Fetches the photos that are in the object store.
    pub(super) async fn fetch(&self, store: Option<&PrefixedStore>) -> Result<Vec<Bytes>, InvocationError> {
        let mut fetched = Vec::with_capacity(self.keys.len());
        let mut room = FETCHED;
        // Keys have already been refused if there is no object store.
        let Some(store) = store else { return Ok(fetched) };
        for (k, key) in self.keys.iter().enumerate() {
            let bytes = store.get(key, room).await.map_err(|e| {
                tracing::warn!(error = %e, "a photo cannot be fetched");
                InvocationError::store()
            })?;
            let bytes = bytes.ok_or_else(|| InvocationError::gone(format!("input_id_keys[{k}]")))?;
            room -= bytes.len() as u64;
            fetched.push(bytes);
        }
        Ok(fetched)
    }

    /// All photos, each decoded once as a check. Blocks.
    pub(super) fn photos(&self, fetched: Vec<Bytes>) -> Result<Vec<Bytes>, InvocationError> {
        let mut photos = Vec::with_capacity(self.inline.len() + fetched.len());
        for (k, text) in self.inline.iter().enumerate() {
            let field = format!("input_id_images[{k}]");
            let bytes = decoded(text).ok_or_else(|| {
                InvocationError::field(
                    field.clone(),
                    "사진은 base64로 보내 주세요. 주소는 받지 않아요.",
                    "Send photos in base64. Addresses are not fetched.",
                )
            })?;
            Photo::decode(&bytes).map_err(|e| InvocationError::photo(field, &e))?;
            photos.push(bytes.into());
        }
        for (k, bytes) in fetched.into_iter().enumerate() {
            Photo::decode(&bytes).map_err(|e| InvocationError::photo(format!("input_id_keys[{k}]"), &e))?;
            photos.push(bytes);
        }
        Ok(photos)
    }
}

/// The language to answer in: the body's, else the header's, else that of the sentence.
pub(super) fn language(asked: &Invocation, header: Option<Language>) -> Language {
    let text = || asked.inputs.as_deref().map(Language::of_text);
    asked.language.or(header).or_else(text).unwrap_or(Language::English)
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    let text = match text.strip_prefix("data:image/") {
        Some(rest) => rest.split_once(";base64,")?.1,
        None => text,
    };
    let text = text.trim();
    let engine = if text.ends_with('=') { STANDARD } else { STANDARD_NO_PAD };
    engine.decode(text).or_else(|_| STANDARD.decode(text)).ok()
}

fn together(field: &'static str, other: &str) -> InvocationError {
    InvocationError::field(
        field,
        format!("{other}와(과) 함께 쓸 수 없어요."),
        format!("It cannot be used together with {other}."),
    )
}

/// The clothes, and the subject who wears them.
fn style(asked: &Invocation) -> Result<(Style, Subject), InvocationError> {
    let subject = asked.subject;
    match (&asked.inputs, &asked.style) {
        (Some(_), Some(_)) => Err(together("style", "inputs")),
        (None, Some(style)) => Ok((style.clone().tidied(), subject.unwrap_or_default())),
        (None, None) => Err(InvocationError::field(
            "inputs",
            "inputs에 입고 싶은 옷을 적거나 style을 보내 주세요.",
            "Describe in inputs what to wear, or send a style.",
        )),
        (Some(text), None) => {
            let (text, of_prompt) = without_trigger(text);
            let sentence = Sentence::parse(text).map_err(|e| {
                InvocationError::field("inputs", e.message(Language::Korean), e.message(Language::English))
            })?;
            Ok((lexicon::read(&sentence), subject.or(of_prompt).unwrap_or_default()))
        }
    }
}

/// A prompt of the former service without its final class word and trigger, and the subject that the class
/// word names.
fn without_trigger(text: &str) -> (&str, Option<Subject>) {
    let trimmed = text.trim_end();
    let Some(rest) = trimmed.strip_suffix("img").filter(|r| r.ends_with(char::is_whitespace)) else {
        return (text, None);
    };
    let rest = rest.trim_end();
    let (before, word) = rest.rsplit_once(char::is_whitespace).unwrap_or(("", rest));
    let subject = match word.to_ascii_lowercase().as_str() {
        "woman" | "women" => Subject::Woman,
        "man" | "men" => Subject::Man,
        "girl" | "girls" => Subject::Girl,
        "boy" | "boys" => Subject::Boy,
        "person" | "people" => Subject::Person,
        _ => return (rest, None),
    };
    (before, Some(subject))
}

fn seeds(asked: &Invocation, limits: &Limits, random: u64) -> Result<Vec<u64>, InvocationError> {
    let number = |n: usize| {
        let most = limits.images;
        if (1..=most).contains(&n) {
            return Ok(n);
        }
        Err(InvocationError::field(
            "num_images",
            format!("그림은 1장에서 {most}장까지예요."),
            format!("Ask for 1 to {most} looks."),
        ))
    };
    if asked.seeds.is_empty() {
        let number = number(asked.num_images.unwrap_or(1) as usize)?;
        let first = asked.seed.unwrap_or(random);
        return Ok((0..number as u64).map(|k| first.wrapping_add(k)).collect());
    }
    if asked.seed.is_some() || asked.num_images.is_some() {
        return Err(together("seeds", "seed, num_images"));
    }
    number(asked.seeds.len())?;
    Ok(asked.seeds.clone())
}

fn settings(asked: &Invocation) -> Result<Settings, InvocationError> {
    let mut settings = asked.settings.clone().unwrap_or_default();
    let of_pipeline = asked.num_inference_steps;
    settings.steps = of_pipeline.or(settings.steps);
    settings.guidance = asked.guidance_scale.or(settings.guidance);
    settings.width = asked.width.or(settings.width);
    settings.height = asked.height.or(settings.height);
    let negative = asked.negative_prompt.clone().filter(|n| !n.trim().is_empty());
    settings.negative = negative.or(settings.negative);
    let out_of_range = |name: &'static str, why: OutOfRange| {
        InvocationError::field(name, why.message(Language::Korean), why.message(Language::English))
    };
    let (least, most) = Settings::STYLE_STRENGTH.into_inner();
    let strength = f64::from(least)..=f64::from(most);
    if let Some(percent) = asked.style_strength_ratio {
        if !strength.contains(&percent) {
            return Err(out_of_range("style_strength_ratio", OutOfRange(Setting::StyleStrength)));
        }
        settings.style_strength = Some(percent.round() as u32);
    }
    if let Some(step) = asked.start_merge_step {
        if asked.style_strength_ratio.is_some() {
            return Err(together("start_merge_step", "style_strength_ratio"));
        }
        let steps = settings.steps.filter(|n| Settings::STEPS.contains(n) && step <= MERGE_CAP.min(*n));
        let steps = steps.ok_or_else(|| {
            InvocationError::field(
                "start_merge_step",
                "start_merge_step은 num_inference_steps와 함께, 0에서 30 사이로 적어 주세요.",
                "Send start_merge_step, 0 to 30, together with num_inference_steps.",
            )
        })?;
        // The engine rounds steps * percent / 100 down. With at most 100 steps, a percentage that was rounded
        // up gives the same step.
        settings.style_strength = Some((step * 100).div_ceil(steps));
    }
    settings.check().map_err(|e| out_of_range(e.0.id(), e))?;
    Ok(settings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_merge_step_survives_as_a_percent() {
        for steps in 1..=100_u32 {
            for step in 0..=steps.min(MERGE_CAP) {
                let asked = Invocation {
                    num_inference_steps: Some(steps),
                    start_merge_step: Some(step),
                    ..Invocation::default()
                };
                let percent = settings(&asked).expect("settings").style_strength.expect("a strength");
                assert_eq!((steps * percent / 100).min(MERGE_CAP), step, "{step} of {steps}");
            }
        }
    }

    #[test]
    fn prompts_of_the_former_service_lose_their_trigger() {
        let cut = |text| without_trigger(text);
        assert_eq!(cut("hoodie, jeans women img"), ("hoodie, jeans", Some(Subject::Woman)));
        assert_eq!(cut("suit man img "), ("suit", Some(Subject::Man)));
        assert_eq!(cut("women img"), ("", Some(Subject::Woman)));
        assert_eq!(cut("hoodie, jeans"), ("hoodie, jeans", None));
        assert_eq!(cut("cardimg"), ("cardimg", None));
        assert_eq!(cut("red coat img"), ("red coat", None));
    }
}
