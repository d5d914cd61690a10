//! `drape style`: photos and a sentence in, pictures out. Every engine is called through its port, as workers
//! call it.

mod report;
mod summary;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use drape_core::engine::{Engine, EngineFailure, Progress as Step, Request, Setting, Settings, Stage};
use drape_core::job::FailureReason;
use drape_core::language::Language;
use drape_core::lexicon;
use drape_core::sentence::Sentence;

use self::report::Asked;
use crate::arguments::{StyleArgs, StyleEngine};
use crate::failure::Failure;
use crate::files::{self, Target};
use crate::lang::Lang;
use crate::terminal::{self, Progress};

pub(crate) fn run(args: &StyleArgs, lang: Option<Lang>) -> Result<(), Failure> {
    let start = Instant::now();
    let (text, photos) = args.input.split_last().ok_or_else(|| Failure::input("nothing to do"))?;
    let photos: Vec<&Path> = photos.iter().map(Path::new).collect();
    let text = text.to_string_lossy();
    let language = terminal::language(lang, Some(&text));
    if Path::new(text.as_ref()).is_file() {
        return Err(Failure::input(language.pick(
            format!(
                "문장이 없어요. 사진 뒤에 원하는 스타일을 따옴표로 적어 주세요: \
                 drape style {text} \"남색 정장\""
            ),
            format!(
                "The sentence is missing. After the photos, write in quotes what to wear: \
                 drape style {text} \"navy suit\""
            ),
        )));
    }
    // Refuse bad input before a model is loaded.
    let sentence = Sentence::parse(&text).map_err(|e| Failure::input(e.message(language)))?;
    let style = lexicon::read(&sentence);
    let settings = settings(args, language)?;
    if photos.len() > args.engine.most_photos() {
        return Err(too_many(photos.len(), args.engine.most_photos(), language));
    }
    let format = files::format(&args.out, language)?;
    let paths = out_paths(&args.out, args.variations);
    let targets: Vec<Target> =
        paths.iter().map(|p| Target::check(p, &photos, language)).collect::<Result<_, _>>()?;
    let json = args.json.as_ref().map(|p| Target::check(p, &photos, language)).transpose()?;
    let bytes: Vec<Vec<u8>> =
        photos.iter().map(|p| files::photo_bytes(p, language)).collect::<Result<_, _>>()?;

    let progress = Progress::new();
    progress.show(Stage::Load.name(language));
    let engine = load(args, language).inspect_err(|_| progress.clear())?;
    let seeds: Vec<u64> = (0..u64::from(args.variations)).map(|k| args.seed.wrapping_add(k)).collect();
    let slices: Vec<&[u8]> = bytes.iter().map(Vec::as_slice).collect();
    let request = Request {
        photos: &slices,
        style: &style,
        seeds: &seeds,
        subject: args.subject.into(),
        settings: &settings,
        owner: None,
    };
    let generated = engine.generate(request, &mut |step: Step| {
        let share = if step.total > 0 { format!(" {}/{}", step.step, step.total) } else { String::new() };
        progress.show(&format!("{}{share}", step.stage.name(language)));
        true
    });
    progress.clear();
    let drawn = generated.map_err(|failure| failed(&failure, &photos, language))?;
    for (look, target) in drawn.iter().zip(&targets) {
        let bytes = look.picture.encode(format).map_err(|e| Failure::internal(e.to_string()))?;
        target.write(&bytes)?;
    }
    let asked = Asked { sentence: &sentence, photos: &photos, bytes: &bytes, paths: &paths };
    if let Some(target) = json {
        target.write(report::json(&asked, &drawn)?.as_bytes())?;
    }
    summary::say_all(&asked, &drawn, start.elapsed().as_secs_f32(), language);
    Ok(())
}

impl StyleEngine {
    /// Most photos of one request.
    fn most_photos(self) -> usize {
        match self {
            Self::Retouch => usize::MAX,
            Self::Photomaker => drape_core::engine::MOST_PHOTOS,
        }
    }
}

/// The engine, with everything it needs in memory.
fn load(args: &StyleArgs, language: Language) -> Result<Arc<dyn Engine>, Failure> {
    let parser = drape_retouch::Engine::load().map(Arc::new);
    let parser = parser.map_err(|e| Failure::internal(e.message(language)))?;
    Ok(match args.engine {
        StyleEngine::Retouch => parser,
        StyleEngine::Photomaker => args.paint.loaded(&parser, language)?.engine,
    })
}

/// The settings that the arguments name.
fn settings(args: &StyleArgs, language: Language) -> Result<Settings, Failure> {
    // Anything that is not a number of steps is out of range, like 0.
    let steps = args.steps.map(|steps| u32::try_from(steps).unwrap_or(0));
    let mut settings = Settings {
        steps,
        guidance: args.guidance,
        negative: args.negative.clone(),
        best_of: args.best_of,
        style_strength: args.style_strength,
        ..Settings::default()
    };
    if let Some(size) = &args.size {
        let sides = size
            .split_once(['x', 'X', '×'])
            .and_then(|(w, h)| Some((w.trim().parse::<u32>().ok()?, h.trim().parse::<u32>().ok()?)));
        let Some((width, height)) = sides else {
            return Err(Failure::input(language.pick(
                format!("--size {size}: 832x1216처럼 적어 주세요."),
                format!("--size {size}: write it like 832x1216."),
            )));
        };
        (settings.width, settings.height) = (Some(width), Some(height));
    }
    settings.check().map_err(|why| {
        let flag = match why.0 {
            Setting::Width | Setting::Height | Setting::Size => "--size",
            Setting::Steps => "--steps",
            Setting::Guidance => "--guidance",
            Setting::Negative => "--negative",
            Setting::BestOf => "--best-of",
            Setting::StyleStrength => "--style-strength",
        };
        Failure::input(format!("{flag}: {}", why.message(language)))
    })?;
    Ok(settings)
}

/// `look.png`, or `look-1.png` and so on for several.
fn out_paths(out: &Path, variations: u8) -> Vec<PathBuf> {
    if variations == 1 {
        return vec![out.to_owned()];
    }
    let stem = out.file_stem().unwrap_or_default().to_string_lossy();
    let ending = out.extension().unwrap_or_default().to_string_lossy();
    (1..=variations).map(|k| out.with_file_name(format!("{stem}-{k}.{ending}"))).collect()
}

fn too_many(photos: usize, most: usize, language: Language) -> Failure {
    Failure::input(language.pick(
        format!("사진이 {photos}장이에요. {most}장까지 쓸 수 있어요."),
        format!("{photos} photos were given; at most {most} can be used."),
    ))
}

/// Bad input gives exit code 2, a failure of the machine 1.
fn failed(failure: &EngineFailure, photos: &[&Path], language: Language) -> Failure {
    let EngineFailure::Failed { reason, detail } = failure else {
        return Failure::internal(language.pick("작업이 취소됐어요.", "The job was cancelled."));
    };
    let message = reason.message(language);
    match (reason, photos) {
        (FailureReason::NoPerson | FailureReason::NoClothes | FailureReason::NoFace, [photo]) => {
            Failure::input(format!("{}: {message}", photo.display()))
        }
        (FailureReason::NoPerson | FailureReason::NoClothes | FailureReason::NoFace, _) => {
            Failure::input(message)
        }
        _ => Failure::internal(format!("{message} ({detail})")),
    }
}
