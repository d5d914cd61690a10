//! The report of each look: the wishes, the prompt, and how the picture was made.

use std::collections::BTreeMap;
use std::time::Duration;

use drape_core::engine::{Drawn, Request};
use drape_core::photo::Photo;
use drape_core::report::{Outcome, Painted, Reason, Report, WishReport};

use super::identity::Known;
use super::sample::{Pictures, RunSettings};
use super::setup::ENGINE;
use crate::load::Loaded;
use crate::prompt::Prompt;

pub(super) fn drawn(
    request: &Request<'_>,
    loaded: &Loaded,
    wanted: &RunSettings,
    known: &Known,
    pictures: Pictures,
    [loading, learning]: [Duration; 2],
) -> Vec<Drawn> {
    let Pictures { looks, prompt, denoising, decoding } = pictures;
    let garments = wishes(request, &prompt);
    let left = request.style.not_understood.iter().filter(|w| !prompt.handed_on.contains(w));
    let not_understood: Vec<String> = left.cloned().collect();
    let tenths = |d: Duration| (d.as_secs_f32() * 10_000.0).round() / 10.0;
    let milliseconds: BTreeMap<String, f32> =
        [("load", loading), ("identity", learning), ("denoise", denoising), ("decode", decoding)]
            .map(|(stage, time)| (stage.to_owned(), tenths(time)))
            .into();
    let pixels = |side: usize| u32::try_from(side).unwrap_or(u32::MAX);
    looks
        .into_iter()
        .zip(request.seeds)
        .map(|(made, &seed)| Drawn {
            photo: known.first,
            report: Report {
                garments: garments.clone(),
                not_understood: not_understood.clone(),
                subject: Some(request.subject),
                settings: Some(request.settings.clone()),
                milliseconds: milliseconds.clone(),
                painted: Some(Painted {
                    prompt: prompt.text.clone(),
                    negative_prompt: prompt.negative.clone(),
                    handed_on: prompt.handed_on.clone(),
                    ai_generated: true,
                    picture_seed: made.seed,
                    best_of: u32::try_from(wanted.best_of).unwrap_or(u32::MAX),
                    photos: known.photos,
                    likeness: Some(made.likeness).filter(|cosine| cosine.is_finite()),
                    steps: u32::try_from(wanted.steps).unwrap_or(u32::MAX),
                    guidance: wanted.guidance,
                    scheduler: wanted.scheduler.name().to_owned(),
                    few_step: loaded.few_step.is_some(),
                    width: pixels(wanted.width),
                    height: pixels(wanted.height),
                }),
                ..Report::new(ENGINE, request.style, seed)
            },
            picture: Photo { pixels: made.picture, icc: None },
        })
        .collect()
}

/// One entry per wish: garments first, in the order of the reading.
fn wishes(request: &Request<'_>, prompt: &Prompt) -> Vec<WishReport> {
    let style = request.style;
    let language = style.language;
    let outcome = |told: bool| {
        if told {
            (Outcome::Approximated, vec![Reason::ToldToModel])
        } else {
            (Outcome::NotPossible, vec![Reason::PromptFull])
        }
    };
    let wish = |asked: String, kind: &'static str, told: bool| {
        let (outcome, reasons) = outcome(told);
        WishReport::new(asked, kind, outcome, reasons)
    };
    let garments = style.garments.iter().zip(&prompt.garments).map(|(garment, told)| {
        let (outcome, reasons) = outcome(*told);
        WishReport::of_garment(garment, language, outcome, reasons)
    });
    let mut out: Vec<WishReport> = garments.collect();
    out.extend(style.scene.iter().map(|s| wish(s.describe(language), s.kind.id(), prompt.scene)));
    let moods = style.moods.iter().zip(&prompt.moods);
    out.extend(moods.map(|(m, told)| wish(m.name(language).to_owned(), m.id(), *told)));
    let seasons = style.seasons.iter().zip(&prompt.seasons);
    out.extend(seasons.map(|(s, told)| wish(s.name(language).to_owned(), s.id(), *told)));
    for part in &style.without {
        let name = part.name(language);
        out.push(wish(language.pick(format!("{name} 없이"), format!("without {name}")), part.id(), true));
    }
    for part in &style.keep {
        let name = part.name(language);
        let asked = language.pick(format!("{name} 그대로"), format!("{name} kept"));
        out.push(WishReport::new(asked, part.id(), Outcome::NotPossible, vec![Reason::PaintedAnew]));
    }
    out
}
