//! What is said of each look: what was asked, what the model was told, and how it was made. The same form
//! as the report of the engine that changes clothes in the photo.

use std::time::Duration;

use drape_core::engine::{Drawn, Request};
use drape_core::photo::Photo;
use serde_json::{Value, json};

use super::ENGINE;
use super::identity::Known;
use super::sample::{Pictures, Wanted};
use crate::load::Loaded;
use crate::prompt::Prompt;

pub(super) fn drawn(
    request: &Request<'_>,
    loaded: &Loaded,
    wanted: &Wanted,
    known: &Known,
    pictures: Pictures,
    [loading, learning]: [Duration; 2],
) -> Vec<Drawn> {
    let Pictures { looks, prompt, denoising, decoding } = pictures;
    let garments = wishes(request, &prompt);
    let left = request.style.not_understood.iter().filter(|w| !prompt.handed_on.contains(w));
    let not_understood: Vec<&String> = left.collect();
    let milliseconds = |d: Duration| u64::try_from(d.as_millis()).unwrap_or(u64::MAX);
    let few_step = loaded.few_step.is_some();
    looks
        .into_iter()
        .zip(request.seeds)
        .map(|(made, seed)| Drawn {
            photo: known.first,
            report: json!({
                "engine": ENGINE,
                "version": env!("CARGO_PKG_VERSION"),
                "ai_generated": true,
                "seed": seed,
                "picture_seed": made.seed,
                "style": request.style,
                "garments": garments,
                "not_understood": not_understood,
                "handed_on": prompt.handed_on,
                "prompt": prompt.text,
                "negative_prompt": prompt.negative,
                "subject": request.subject,
                "photos": known.photos,
                "likeness": made.likeness,
                "best_of": wanted.best_of,
                "steps": wanted.steps,
                "guidance": wanted.guidance,
                "scheduler": wanted.scheduler.name(),
                "few_step": few_step,
                "width": wanted.width,
                "height": wanted.height,
                "milliseconds": {
                    "load": milliseconds(loading),
                    "identity": milliseconds(learning),
                    "denoise": milliseconds(denoising),
                    "decode": milliseconds(decoding),
                },
            }),
            picture: Photo { pixels: made.picture, icc: None },
        })
        .collect()
}

/// One entry per wish: garments first, in the order of the reading.
fn wishes(request: &Request<'_>, prompt: &Prompt) -> Vec<Value> {
    let style = request.style;
    let language = style.language;
    let entry = |asked: String, kind: &str, told: bool| {
        let (outcome, reason) =
            if told { ("approximated", "told_to_model") } else { ("not_possible", "prompt_full") };
        json!({ "asked": asked, "kind": kind, "outcome": outcome, "reasons": [{ "reason": reason }] })
    };
    let mut out = Vec::new();
    for (garment, told) in style.garments.iter().zip(&prompt.garments) {
        let mut one = entry(garment.describe(language), garment.kind.id(), *told);
        if let Some(expanded) = &garment.expanded {
            one["expanded"] = json!(expanded);
        }
        out.push(one);
    }
    out.extend(style.scene.iter().map(|s| entry(s.describe(language), s.kind.id(), prompt.scene)));
    let moods = style.moods.iter().zip(&prompt.moods);
    out.extend(moods.map(|(m, told)| entry(m.name(language).to_owned(), m.id(), *told)));
    let seasons = style.seasons.iter().zip(&prompt.seasons);
    out.extend(seasons.map(|(s, told)| entry(s.name(language).to_owned(), s.id(), *told)));
    for part in &style.without {
        let name = part.name(language);
        out.push(entry(language.pick(format!("{name} 없이"), format!("without {name}")), part.id(), true));
    }
    for part in &style.keep {
        let name = part.name(language);
        let asked = language.pick(format!("{name} 그대로"), format!("{name} kept"));
        out.push(json!({ "asked": asked, "kind": part.id(), "outcome": "not_possible",
            "reasons": [{ "reason": "painted_anew" }] }));
    }
    out
}
