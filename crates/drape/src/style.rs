//! `drape style`: photos and a sentence in, pictures out.

mod painted;

use std::path::{Path, PathBuf};
use std::time::Instant;

use drape_core::language::Language;
use drape_core::lexicon;
use drape_core::photo::Photo;
use drape_core::report::Outcome;
use drape_core::sentence::Sentence;
use drape_retouch::{Engine, EngineError, Look, Options, Parse, Step};
use serde_json::json;

use crate::cli::{Lang, StyleArgs, StyleEngine};
use crate::files::{self, Target};
use crate::terminal::{Progress, say};
use crate::{Failure, terminal};

pub(crate) fn run(args: &StyleArgs, lang: Option<Lang>) -> Result<(), Failure> {
    let start = Instant::now();
    let (text, photos) = args.input.split_last().ok_or_else(|| Failure::input("nothing to do"))?;
    let photos: Vec<&Path> = photos.iter().map(Path::new).collect();
    let text = text.to_string_lossy();
    let language = terminal::language(lang, Some(&text));
    if Path::new(text.as_ref()).is_file() {
        return Err(Failure::input(language.pick(
            format!("문장이 없습니다. 사진 뒤에 원하는 스타일을 따옴표로 적어 주세요: drape style {text} \"남색 정장\""),
            format!("The sentence is missing. After the photos, say in quotes what to wear: drape style {text} \"navy suit\""),
        )));
    }
    let sentence = Sentence::parse(&text).map_err(|e| Failure::input(e.message(language)))?;
    let style = lexicon::read(&sentence);
    let format = files::format(&args.out, language)?;
    let paths = out_paths(&args.out, args.variations);
    let targets: Vec<Target> =
        paths.iter().map(|p| Target::check(p, &photos, language)).collect::<Result<_, _>>()?;
    let json = args.json.as_ref().map(|p| Target::check(p, &photos, language)).transpose()?;

    if args.engine == StyleEngine::Photomaker {
        let asked = painted::Asked { args, sentence: &sentence, style: &style, photos: &photos, language };
        return painted::run(&asked, &paths, &targets, json, format);
    }
    let progress = Progress::new();
    let failed = |e: &EngineError| {
        progress.clear();
        match e {
            EngineError::NoPerson | EngineError::NoClothes => Failure::input(e.message(language)),
            EngineError::Cancelled => Failure::internal(e.message(language)),
            EngineError::Failed(why) => Failure::internal(format!("{} ({why})", e.message(language))),
        }
    };
    progress.show(&Step::Parse.message(language));
    let engine = Engine::load().map_err(|e| failed(&e))?;
    let chosen = best(&engine, &photos, language).inspect_err(|_| progress.clear())?;

    let mut looks = Vec::new();
    for (k, target) in targets.iter().enumerate() {
        let seed = args.seed.wrapping_add(k as u64);
        let mut tell = |step: Step| {
            let which =
                if targets.len() > 1 { format!(" ({}/{})", k + 1, targets.len()) } else { String::new() };
            progress.show(&format!("{}{which}", step.message(language)));
            true
        };
        let look = engine
            .style_parsed(&chosen.photo, &chosen.parse, &style, Options { seed }, &mut tell)
            .map_err(|e| failed(&e))?;
        let bytes = look.picture.encode(format).map_err(|e| Failure::internal(e.to_string()))?;
        target.write(&bytes).inspect_err(|_| progress.clear())?;
        looks.push(look);
    }
    progress.clear();
    if let Some(target) = json {
        target.write(&report(&sentence, &chosen, &paths, &looks)?)?;
    }
    summary(&chosen, &paths, &looks, photos.len(), start.elapsed().as_secs_f32(), language);
    Ok(())
}

/// `look.png`, or `look-1.png` ... for several.
fn out_paths(out: &Path, variations: u8) -> Vec<PathBuf> {
    if variations == 1 {
        return vec![out.to_owned()];
    }
    let stem = out.file_stem().unwrap_or_default().to_string_lossy();
    let ending = out.extension().unwrap_or_default().to_string_lossy();
    (1..=variations).map(|k| out.with_file_name(format!("{stem}-{k}.{ending}"))).collect()
}

/// The photo to work on.
struct Chosen {
    path: PathBuf,
    photo: Photo,
    parse: Parse,
}

/// The photo that shows the clothes best: most of the body, surely labelled. An unreadable or
/// unsuitable photo among several is an error too: the person should know which one to replace.
fn best(engine: &Engine, paths: &[&Path], language: Language) -> Result<Chosen, Failure> {
    let mut best: Option<(f32, Chosen)> = None;
    for path in paths {
        let photo = files::photo(path, language)?;
        let parse = engine.parse(&photo).map_err(|e| Failure::internal(e.to_string()))?;
        drape_retouch::suitable(&parse)
            .map_err(|e| Failure::input(format!("{}: {}", path.display(), e.message(language))))?;
        let sure = drape_retouch::shown_clothes(&photo, &parse);
        if best.as_ref().is_none_or(|(most, _)| sure > *most) {
            best = Some((sure, Chosen { path: path.to_path_buf(), photo, parse }));
        }
    }
    best.map(|(_, chosen)| chosen).ok_or_else(|| Failure::input("no photo"))
}

fn report(
    sentence: &Sentence,
    chosen: &Chosen,
    paths: &[PathBuf],
    looks: &[Look],
) -> Result<Vec<u8>, Failure> {
    let one = |path: &PathBuf, look: &Look| -> Result<serde_json::Value, serde_json::Error> {
        let mut value = serde_json::to_value(&look.report)?;
        if let Some(fields) = value.as_object_mut() {
            fields.insert("file".to_owned(), json!(path));
        }
        Ok(value)
    };
    let build = || -> Result<String, serde_json::Error> {
        let all = paths.iter().zip(looks).map(|(p, l)| one(p, l)).collect::<Result<Vec<_>, _>>()?;
        let mut value = all.first().cloned().unwrap_or_default();
        if let Some(fields) = value.as_object_mut() {
            fields.insert("sentence".to_owned(), json!(sentence.as_str()));
            let (w, h) = chosen.photo.pixels.dimensions();
            fields.insert("photo".to_owned(), json!({"file": chosen.path, "width": w, "height": h}));
            if all.len() > 1 {
                fields.insert("variations".to_owned(), json!(all));
            }
        }
        serde_json::to_string_pretty(&value)
    };
    build().map(|s| (s + "\n").into_bytes()).map_err(|e| Failure::internal(format!("report: {e}")))
}

fn summary(
    chosen: &Chosen,
    paths: &[PathBuf],
    looks: &[Look],
    photos: usize,
    seconds: f32,
    language: Language,
) {
    let Some(first) = looks.first() else { return };
    let names: Vec<String> = paths.iter().map(|p| p.display().to_string()).collect();
    let count = |o: Outcome| first.report.count(o);
    let (done, near, not) = (count(Outcome::Done), count(Outcome::Approximated), count(Outcome::NotPossible));
    say(&language.pick(
        format!("{}: 완료 {done}, 비슷하게 {near}, 불가 {not} · {seconds:.1}초", names.join(", ")),
        format!(
            "{}: {done} done, {near} approximated, {not} not possible · {seconds:.1} s",
            names.join(", ")
        ),
    ));
    if photos > 1 {
        say(&language.pick(
            format!("  사진 {photos}장 가운데 {}을(를) 썼습니다", chosen.path.display()),
            format!("  of {photos} photos, {} shows the clothes best and was used", chosen.path.display()),
        ));
    }
    if first.report.retouched.as_ref().is_some_and(|r| r.other_people > 0) {
        say(language.pick(
            "  사진에 여러 사람이 있어 가장 크게 나온 사람만 바꿨습니다",
            "  there are several people in the photo; only the largest was styled",
        ));
    }
    for garment in &first.report.garments {
        let mark = match garment.outcome {
            Outcome::Done | Outcome::Approximated if garment.preview => language.pick("미리보기", "preview"),
            Outcome::Done => language.pick("완료", "done"),
            Outcome::Approximated => language.pick("비슷하게", "approximated"),
            Outcome::NotPossible => language.pick("불가", "not possible"),
        };
        let reasons: Vec<String> = garment.reasons.iter().map(|r| r.message(language)).collect();
        let why = if reasons.is_empty() { String::new() } else { format!(" — {}", reasons.join("; ")) };
        let from = garment
            .expanded
            .as_ref()
            .map(|w| language.pick(format!(" ('{w}'에서)"), format!(" (from “{w}”)")))
            .unwrap_or_default();
        let sure = garment
            .confidence
            .map(|c| (c * 100.0).round())
            .map(|c| language.pick(format!(" (확신 {c} %)"), format!(" ({c} % sure)")))
            .unwrap_or_default();
        say(&format!("  {mark}: {}{from}{sure}{why}", garment.asked));
    }
    if !first.report.not_understood.is_empty() {
        let words = first.report.not_understood.join(", ");
        say(&language.pick(format!("  이해하지 못한 말: {words}"), format!("  not understood: {words}")));
    }
}
