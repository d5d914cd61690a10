//! The engines that settings can name: by a word, or an endpoint by its address.

use std::ffi::OsStr;

use clap::builder::{PossibleValue, TypedValueParser};
use clap::error::ErrorKind;
use clap::{Arg, Command};
use drape_core::engine_id::EngineId;
use drape_remote::sagemaker::Target;

use crate::test_engines::TestEngine;

/// An engine by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum EngineName {
    /// Changes the clothes in the photo itself, on this machine's processor.
    Retouch,
    /// Paints a new picture of the person: SDXL with PhotoMaker, with weights of the operator's own.
    Photomaker,
    /// Calls a SageMaker endpoint. Only processes that run the engine know which one.
    SageMaker(Option<Target>),
    /// Makes no useful looks.
    Test(TestEngine),
}

/// Parses names, and lists the valid ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EngineParser {
    /// Engines that run in this process.
    AtWork,
    /// Engines that people may choose and that run in some process.
    Offered,
}

/// The form of an endpoint's address.
const ENDPOINT: &str = "sagemaker://ENDPOINT";

impl EngineName {
    /// The name in jobs, looks and settings.
    pub(crate) fn id(&self) -> &'static str {
        match self {
            Self::Retouch => EngineId::Retouch.id(),
            Self::Photomaker => EngineId::Photomaker.id(),
            Self::SageMaker(_) => EngineId::SageMaker.id(),
            Self::Test(engine) => engine.id(),
        }
    }
}

impl EngineParser {
    fn read(self, text: &str) -> Result<EngineName, String> {
        match EngineId::of_id(text) {
            Some(EngineId::Retouch) => Ok(EngineName::Retouch),
            Some(EngineId::Photomaker) => Ok(EngineName::Photomaker),
            Some(EngineId::SageMaker) if self == Self::Offered => Ok(EngineName::SageMaker(None)),
            _ if text.starts_with(EngineId::SageMaker.id()) => text
                .parse()
                .map(|target| EngineName::SageMaker(Some(target)))
                .map_err(|e| format!("{text}: {e}")),
            _ => TestEngine::of_id(text).map(EngineName::Test).ok_or_else(|| {
                format!(
                    "{text}: there is no such engine; choose retouch, photomaker or {ENDPOINT} / \
                     그런 엔진이 없어요. retouch, photomaker, {ENDPOINT} 가운데 고르세요"
                )
            }),
        }
    }
}

impl TypedValueParser for EngineParser {
    type Value = EngineName;

    fn parse_ref(
        &self,
        command: &Command,
        arg: Option<&Arg>,
        value: &OsStr,
    ) -> Result<EngineName, clap::Error> {
        self.read(&value.to_string_lossy()).map_err(|why| {
            let flag = arg.and_then(Arg::get_long).map(|name| format!("--{name} ")).unwrap_or_default();
            clap::Error::raw(ErrorKind::ValueValidation, format!("{flag}{why}\n")).with_cmd(command)
        })
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let endpoint = match self {
            Self::AtWork => PossibleValue::new(ENDPOINT),
            Self::Offered => PossibleValue::new(EngineId::SageMaker.id()),
        };
        let values = [
            PossibleValue::new(EngineId::Retouch.id())
                .help("Changes the clothes in the photo itself, on this machine's processor"),
            PossibleValue::new(EngineId::Photomaker.id())
                .help("Paints a new picture of the person: SDXL with PhotoMaker, with weights of your own"),
            endpoint.help("Asks a SageMaker endpoint of yours for the picture: photos leave this machine"),
        ];
        Some(Box::new(values.into_iter()))
    }
}
