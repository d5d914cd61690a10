//! Makes the generative engine from settings: finds its files, and turns photos of people into portraits for
//! it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use drape_core::language::Language;
use drape_core::photo::Photo;
use drape_models::Models;
use drape_photomaker::engine::{Engine, Faces, Setup};
use drape_photomaker::error::Error;
use drape_photomaker::face::FaceModel;
use drape_photomaker::load::Files;
use drape_photomaker::schedulers::Kind as Scheduler;
use drape_photomaker::weights::{Kind, PhotoMaker};
use image::RgbImage;

use super::args::{Device, PaintArgs, Stored};
use super::loaded::Loaded;
use crate::failure::Failure;
use crate::places;

/// The model that needs the face models.
const FACES_FOR: &str = "photomaker-v2";

/// Models to look for when none is named; the best for pictures of people first.
const MODELS: [&str; 3] = ["realvisxl-v5", "realvisxl-v4", "sdxl-base"];

impl PaintArgs {
    /// The engine. Its files are located now and read when they are first needed.
    fn engine(&self, parser: &Arc<drape_retouch::Engine>, language: Language) -> Result<Engine, Failure> {
        let files = self.files(language)?;
        let mut setup = Setup { files, processor: self.device == Device::Cpu, ..Setup::default() };
        setup.stored = match self.weights {
            Stored::File => None,
            Stored::Bf16 => Some(Kind::Bf16),
            Stored::F16 => Some(Kind::F16),
        };
        if let Some(name) = &self.scheduler {
            let names = Scheduler::ALL.map(Scheduler::name).join(", ");
            setup.scheduler = Some(Scheduler::named(name).ok_or_else(|| {
                Failure::input(language.pick(
                    format!("--scheduler {name}: {names} 가운데 하나를 골라 주세요."),
                    format!("--scheduler {name}: choose one of {names}."),
                ))
            })?);
        }
        if let Some(folder) = &self.face_model {
            setup.faces = Some(self.faces(folder, language)?);
        }
        if !self.whole_photos {
            let parser = Arc::clone(parser);
            setup.portraits = Some(Arc::new(move |photo: &Photo| {
                parser.parse(photo).ok().and_then(|parse| drape_retouch::portrait(&parse, photo))
            }));
        }
        Ok(Engine::new(setup))
    }

    /// The engine with its model in memory.
    pub(crate) fn loaded(
        &self,
        parser: &Arc<drape_retouch::Engine>,
        language: Language,
    ) -> Result<Loaded, Failure> {
        let engine = self.engine(parser, language)?;
        let side = engine.prepare().map_err(|error| {
            let message = error.message(language);
            match error {
                Error::Compute(_) | Error::Cancelled | Error::Memory { .. } => Failure::internal(message),
                _ => Failure::input(message),
            }
        })?;
        let side = u32::try_from(side).map_err(|e| Failure::internal(e.to_string()))?;
        Ok(Loaded { engine: Arc::new(engine), side })
    }

    /// Embeds faces for PhotoMaker v2, whose face models are not for commercial use.
    fn faces(&self, folder: &Path, language: Language) -> Result<Arc<Faces>, Failure> {
        if !self.accept_non_commercial.iter().any(|name| name == FACES_FOR) {
            return Err(Failure::input(language.pick(
                format!("얼굴 모델은 비상업용이에요. 비상업용으로만 쓴다면 --accept-non-commercial {FACES_FOR}를 함께 적어 주세요."),
                format!("Face models are not for commercial use. If your use is not commercial, add --accept-non-commercial {FACES_FOR}."),
            )));
        }
        let model = FaceModel::open(folder).map_err(|e| {
            Failure::input(language.pick(
                format!("얼굴 모델을 열 수 없어요: {e}. 얼굴 탐지(SCRFD)와 인식(ArcFace) ONNX 파일이 든 폴더를 --face-model로 알려 주세요."),
                format!("The face model cannot be opened: {e}. Name a folder with a face detector (SCRFD) and recogniser (ArcFace) in ONNX with --face-model."),
            ))
        })?;
        Ok(Arc::new(move |photo: &RgbImage| model.embed(photo)))
    }

    fn files(&self, language: Language) -> Result<Files, Failure> {
        let models = self.models(language)?;
        let base = match &self.model {
            Some(model) => locate(&models, model, language)?,
            None => self.default_model(&models, language)?,
        };
        let beside = if base.is_dir() { Some(base.as_path()) } else { base.parent() };
        let photomaker = match &self.photomaker {
            Some(name) => Some(locate(&models, name, language)?),
            None if beside.and_then(PhotoMaker::find).is_some() => None,
            None => Some(locate(&models, "photomaker-v1", language)?),
        };
        let loras = self.lora.iter().map(|text| {
            let (name, strength) = match text.rsplit_once('=') {
                Some((name, strength)) => (name, strength.parse().ok()),
                None => (text.as_str(), Some(1.0)),
            };
            let strength = strength.filter(|s: &f32| s.is_finite()).ok_or_else(|| {
                Failure::input(language.pick(
                    format!("--lora {text}: 세기는 =0.8처럼 숫자로 적어 주세요."),
                    format!("--lora {text}: write the strength as a number, =0.8 for example."),
                ))
            })?;
            Ok((weights_file(locate(&models, name, language)?), strength))
        });
        let preview = match &self.preview_decoder {
            Some(name) => Some(locate(&models, name, language)?),
            None => models.find("taesdxl").ok().map(|found| found.dir),
        };
        Ok(Files {
            base,
            photomaker,
            loras: loras.collect::<Result<_, Failure>>()?,
            preview,
            tokenizer: None,
        })
    }

    fn models(&self, language: Language) -> Result<Models, Failure> {
        let folder = self.models.clone().unwrap_or_else(|| places::default_directory().join("models"));
        match &self.registry {
            None => Ok(Models::new(folder)),
            Some(file) => drape_models::Registry::default()
                .with_file(file)
                .map(|registry| Models::with_registry(folder, registry))
                .map_err(|e| Failure::input(e.message(language))),
        }
    }

    fn default_model(&self, models: &Models, language: Language) -> Result<PathBuf, Failure> {
        let found = MODELS.iter().find_map(|name| models.find(name).ok());
        found.map(|found| found.dir).ok_or_else(|| {
            Failure::input(language.pick(
                "photomaker 엔진에 쓸 모델이 없어요. `drape model pull sdxl-base`와 `drape model pull photomaker-v1`로 받거나, --model로 폴더를 알려 주세요. --engine retouch는 모델 없이도 쓸 수 있어요.",
                "The engine photomaker has no model yet. Fetch one with `drape model pull sdxl-base` and `drape model pull photomaker-v1`, or name a folder with --model. The engine retouch needs no model.",
            ))
        })
    }
}

/// A path that exists, or a model by name.
fn locate(models: &Models, name: &str, language: Language) -> Result<PathBuf, Failure> {
    let path = Path::new(name);
    if path.exists() {
        return Ok(path.to_owned());
    }
    if models.registry().get(name).is_none() && (name.contains(['/', '\\', '.'])) {
        return Err(Failure::input(language.pick(
            format!("{name}: 그런 파일이나 폴더가 없어요. 모델 이름은 `drape model list`로 볼 수 있어요."),
            format!("{name}: there is no such file or folder. `drape model list` shows the names of models."),
        )));
    }
    models.find(name).map(|found| found.dir).map_err(|e| Failure::input(e.message(language)))
}

/// The weights in the folder of a LoRA.
fn weights_file(path: PathBuf) -> PathBuf {
    if !path.is_dir() {
        return path;
    }
    let files = std::fs::read_dir(&path).into_iter().flatten().flatten().map(|e| e.path());
    let mut weights: Vec<PathBuf> =
        files.filter(|p| p.extension().is_some_and(|e| e == "safetensors")).collect();
    weights.sort();
    weights.into_iter().next().unwrap_or(path)
}
