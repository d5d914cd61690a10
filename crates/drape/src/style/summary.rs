//! The terminal's message when the looks are made: their files, and the outcome of each wish.

use drape_core::engine::Drawn;
use drape_core::language::Language;
use drape_core::report::{Outcome, Painted, Reason, Report, WishReport};

use super::report::Asked;
use crate::terminal::say;

/// Describes the first look; its variations differ only in shade and pattern.
pub(super) fn say_all(asked: &Asked<'_>, drawn: &[Drawn], seconds: f32, language: Language) {
    let Some(first) = drawn.first() else { return };
    let names: Vec<String> = asked.paths.iter().map(|p| p.display().to_string()).collect();
    let used = (asked.photos.len() > 1).then(|| asked.photos[first.photo].display().to_string());
    let mut lines = match &first.report.painted {
        Some(painted) => painted_anew(&names.join(", "), painted, seconds, language),
        None => {
            let used = used.map(|file| (file, asked.photos.len()));
            retouched(&names.join(", "), &first.report, used, seconds, language)
        }
    };
    lines.extend(first.report.garments.iter().map(|wish| wish_line(wish, language)));
    if !first.report.not_understood.is_empty() {
        let words = first.report.not_understood.join(", ");
        lines.push(
            language.pick(format!("  이해하지 못한 말: {words}"), format!("  not understood: {words}")),
        );
    }
    for line in lines {
        say(&line);
    }
}

/// `used`: the chosen photo, and the number of photos.
fn retouched(
    names: &str,
    report: &Report,
    used: Option<(String, usize)>,
    seconds: f32,
    language: Language,
) -> Vec<String> {
    let [done, near, not] =
        [Outcome::Done, Outcome::Approximated, Outcome::NotPossible].map(|outcome| report.count(outcome));
    let mut lines = vec![language.pick(
        format!("{names}: 완료 {done}, 비슷하게 {near}, 불가 {not} · {seconds:.1}초"),
        format!("{names}: {done} done, {near} approximated, {not} not possible · {seconds:.1} s"),
    )];
    lines.extend(used.map(|(file, photos)| {
        language.pick(
            format!("  사진 {photos}장 가운데 옷이 가장 잘 보이는 {file}을(를) 썼어요"),
            format!("  of {photos} photos, {file} shows the clothes best and was used"),
        )
    }));
    if report.retouched.as_ref().is_some_and(|retouched| retouched.other_people > 0) {
        let several = language.pick(
            "  사진에 여러 사람이 있어서 가장 크게 나온 사람만 바꿨어요",
            "  there are several people in the photo; only the largest was styled",
        );
        lines.push(several.to_owned());
    }
    lines
}

fn painted_anew(names: &str, painted: &Painted, seconds: f32, language: Language) -> Vec<String> {
    let Painted { steps, width, height, photos, .. } = painted;
    let plural = if *photos == 1 { "photo" } else { "photos" };
    let mut lines = vec![language.pick(
        format!("{names}: {width}x{height}, {steps}단계, 사진 {photos}장 · {seconds:.1}초"),
        format!("{names}: {width}x{height}, {steps} steps, {photos} {plural} · {seconds:.1} s"),
    )];
    lines.extend(painted.likeness.map(|cosine| {
        language.pick(
            format!("  닮은 정도 {cosine:.2} (1에 가까울수록 사진과 비슷한 얼굴). AI가 새로 그린 그림이에요"),
            format!(
                "  likeness {cosine:.2} (closer to 1: more like the photos). The picture was painted by AI"
            ),
        )
    }));
    lines
}

fn wish_line(wish: &WishReport, language: Language) -> String {
    let told = wish.reasons.contains(&Reason::ToldToModel);
    let mark = match wish.outcome {
        Outcome::Done | Outcome::Approximated if wish.preview => language.pick("미리보기", "preview"),
        Outcome::Done => language.pick("완료", "done"),
        Outcome::Approximated if told => language.pick("요청", "asked"),
        Outcome::Approximated => language.pick("비슷하게", "approximated"),
        Outcome::NotPossible => language.pick("불가", "not possible"),
    };
    // The mark already says that the wish was told to the model.
    let reasons = wish.reasons.iter().filter(|reason| **reason != Reason::ToldToModel);
    let reasons: Vec<String> = reasons.map(|reason| reason.message(language)).collect();
    let why = if reasons.is_empty() { String::new() } else { format!(" — {}", reasons.join("; ")) };
    let from = wish.expanded.as_ref();
    let from = from.map(|word| language.pick(format!(" ('{word}'에서)"), format!(" (from “{word}”)")));
    let sure = wish.confidence.map(|confidence| (confidence * 100.0).round());
    let sure = sure.map(|c| language.pick(format!(" (확신 {c} %)"), format!(" ({c} % sure)")));
    let [from, sure] = [from, sure].map(Option::unwrap_or_default);
    format!("  {mark}: {}{from}{sure}{why}", wish.asked)
}
