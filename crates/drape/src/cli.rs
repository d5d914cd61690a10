//! The arguments; their help texts are the program's manual.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use drape_core::language::Language;

/// See yourself in a style that you describe in one sentence.
/// 한 문장으로 말한 스타일을 입은 내 모습을 봅니다.
#[derive(Parser)]
#[command(name = "drape", version, about, max_term_width = 100)]
pub(crate) struct Cli {
    /// Language of messages / 메시지 언어 [default: of the sentence, else of the system]
    #[arg(long, global = true, env = "DRAPE_LANG", value_enum)]
    pub(crate) lang: Option<Lang>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Lang {
    /// 한국어
    Ko,
    /// English
    En,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Change the clothes in a photo to what a sentence asks for / 사진 속 옷을 문장대로 바꾸기
    Style(StyleArgs),
    /// Label every pixel of a photo: hair, skin, garments / 사진의 픽셀마다 이름 붙이기
    Parse(ParseArgs),
    /// Show how a sentence is understood / 문장을 어떻게 이해하는지 보기
    Read(ReadArgs),
}

#[derive(Args)]
#[command(
    override_usage = "drape style <PHOTO>... <SENTENCE> [OPTIONS]",
    after_help = "Examples:\n  drape style me.jpg \"navy blazer, white shirt\" --out look.png\n  drape style me.jpg \"흰 블라우스에 체크무늬 치마\" --variations 4 --json report.json\n\nThe face and hair in the photo are never touched, and the photo never leaves this machine."
)]
pub(crate) struct StyleArgs {
    /// One or more photos of the same person (JPEG, PNG, WebP), then the sentence.
    /// Of several photos the one that shows the clothes best is used
    #[arg(required = true, num_args = 2.., value_names = ["PHOTO", "SENTENCE"])]
    pub(crate) input: Vec<OsString>,
    /// Where the picture goes: .png, .jpg or .webp; variations get a number before the ending
    #[arg(short, long, default_value = "look.png", value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// 0 paints exactly what was asked; other seeds vary shade and pattern, each always the same way
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub(crate) seed: u64,
    /// How many pictures, each a little different
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=8))]
    pub(crate) variations: u8,
    /// Write a report: reading, what was done per garment, measured colours, times
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct ParseArgs {
    /// A photo (JPEG, PNG, WebP)
    pub(crate) photo: PathBuf,
    /// Where the labels go: an 8-bit grey PNG, pixel = label number (0 background, 1 hair, 2 skin,
    /// 3 upper, 4 trousers, 5 skirt, 6 dress, 7 footwear, 8 legwear, 9 accessory, 10 outer)
    #[arg(short, long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Write the photo with coloured labels and joints over it
    #[arg(long, value_name = "FILE")]
    pub(crate) overlay: Option<PathBuf>,
    /// Write a report: share and confidence per label, person box, joints, times
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct ReadArgs {
    /// What you would say, in Korean or English
    pub(crate) sentence: OsString,
    /// Print the reading as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

impl From<Lang> for Language {
    fn from(lang: Lang) -> Self {
        match lang {
            Lang::Ko => Self::Korean,
            Lang::En => Self::English,
        }
    }
}
