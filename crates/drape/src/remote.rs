//! Settings of external services that may read sentences and find products. Each is off until the operator
//! switches it on, and is then used only with a person's consent.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, ValueEnum};
use drape_core::language::Language;
use drape_core::recommender::Recommender;
use drape_core::stylist::{Lexicon, Stylist};
use drape_remote::gemini::{self, Gemini};
use drape_remote::lens::{self, Lens};
use drape_remote::{Key, SetUpError};

use crate::failure::Failure;

/// Who may read sentences.
#[derive(Args)]
#[command(next_help_heading = "Services of others")]
pub(crate) struct StylistArgs {
    /// Who may read sentences. With `gemini` people may choose to have theirs sent to Google's Gemini; the
    /// servers that offer it and the workers that ask it both need this
    #[arg(long, env = "DRAPE_STYLIST", value_enum, default_value = "lexicon")]
    stylist: StylistName,
    /// Model that is asked
    #[arg(long, env = "DRAPE_GEMINI_MODEL", default_value = gemini::MODEL, value_name = "NAME")]
    gemini_model: String,
    /// File that holds the key of the Gemini API; else the variable `DRAPE_GEMINI_KEY` does
    #[arg(long, env = "DRAPE_GEMINI_KEY_FILE", value_name = "FILE")]
    gemini_key_file: Option<PathBuf>,
    /// Where Gemini is served
    #[arg(long, env = "DRAPE_GEMINI_URL", default_value = gemini::ADDRESS, hide = true)]
    gemini_url: String,
}

/// Who may find products.
#[derive(Args)]
#[command(next_help_heading = "Services of others")]
pub(crate) struct RecommenderArgs {
    /// Who finds products. With `lens` people may choose, garment by garment, to have a picture of it
    /// without their face shown to Google Lens through SerpAPI; needs `--public-url`
    #[arg(long, env = "DRAPE_RECOMMENDER", value_enum, default_value = "catalogue")]
    recommender: RecommenderName,
    /// File that holds SerpAPI's key; else the variable `DRAPE_LENS_KEY` does
    #[arg(long, env = "DRAPE_LENS_KEY_FILE", value_name = "FILE")]
    lens_key_file: Option<PathBuf>,
    /// Questions to Google Lens per user and hour; ten times as many per address
    #[arg(long, env = "DRAPE_RATE_LENS", default_value_t = 60, value_name = "N")]
    pub(crate) rate_lens: u32,
    /// Where SerpAPI is
    #[arg(long, env = "DRAPE_LENS_URL", default_value = lens::ADDRESS, hide = true)]
    lens_url: String,
}

/// A stylist by name.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum StylistName {
    /// The program's own lexicon; nothing leaves
    Lexicon,
    /// Google's Gemini, where a person chooses it
    Gemini,
}

/// A recommender by name.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum RecommenderName {
    /// The catalogue; nothing leaves
    Catalogue,
    /// Google Lens through SerpAPI, where a person chooses it
    Lens,
}

impl StylistArgs {
    /// Whether people may choose Gemini.
    pub(crate) fn gemini(&self) -> bool {
        self.stylist == StylistName::Gemini
    }

    /// The stylist for jobs that name another one than the lexicon.
    pub(crate) fn stylist(&self, language: Language) -> Result<Arc<dyn Stylist>, Failure> {
        if !self.gemini() {
            return Ok(Arc::new(Lexicon));
        }
        let names = ("--stylist gemini", "--gemini-key-file", "DRAPE_GEMINI_KEY");
        let settings = gemini::Settings {
            address: self.gemini_url.clone(),
            model: self.gemini_model.clone(),
            key: key(names, self.gemini_key_file.as_deref(), language)?,
            timeout: gemini::TIMEOUT,
        };
        let made = Gemini::new(&settings).map_err(|e| refused("--stylist gemini", &e, language))?;
        Ok(Arc::new(made))
    }
}

impl RecommenderArgs {
    /// The recommender that finds products externally, if one is switched on.
    pub(crate) fn recommender(
        &self,
        public_url: Option<&str>,
        language: Language,
    ) -> Result<Option<Arc<dyn Recommender>>, Failure> {
        if self.recommender == RecommenderName::Catalogue {
            return Ok(None);
        }
        if public_url.is_none() {
            return Err(Failure::input(language.pick(
                "--recommender lens에는 --public-url이 필요해요. 구글이 그 주소에서 옷 그림을 가져가요.",
                "--recommender lens needs --public-url: it is where Google fetches the picture of a garment.",
            )));
        }
        let names = ("--recommender lens", "--lens-key-file", "DRAPE_LENS_KEY");
        let settings = lens::Settings {
            address: self.lens_url.clone(),
            key: key(names, self.lens_key_file.as_deref(), language)?,
            timeout: lens::TIMEOUT,
        };
        let made = Lens::new(&settings).map_err(|e| refused("--recommender lens", &e, language))?;
        Ok(Some(Arc::new(made)))
    }
}

/// The key from the file, else from the variable. Never from an argument: everyone on the machine can read
/// arguments in the list of processes.
fn key(
    (setting, flag, variable): (&str, &str, &str),
    file: Option<&Path>,
    language: Language,
) -> Result<Key, Failure> {
    let text = match file {
        Some(path) => std::fs::read_to_string(path).map_err(|e| {
            let path = path.display();
            Failure::input(language.pick(
                format!("{flag} {path}: 파일을 읽을 수 없어요. ({e})"),
                format!("{flag} {path}: the file cannot be read ({e})."),
            ))
        })?,
        None => std::env::var(variable).unwrap_or_default(),
    };
    Key::parse(&text).ok_or_else(|| {
        Failure::input(language.pick(
            format!(
                "{setting}에는 키가 필요해요. {flag}에 파일을 적거나 환경 변수 {variable}에 넣어 주세요."
            ),
            format!(
                "{setting} needs a key: name a file with {flag}, or put it into the variable {variable}."
            ),
        ))
    })
}

fn refused(setting: &str, error: &SetUpError, language: Language) -> Failure {
    Failure::input(language.pick(
        format!("{setting}: 설정을 쓸 수 없어요. ({error})"),
        format!("{setting}: the settings cannot be used ({error})."),
    ))
}
