//! The commands.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::arguments::{ParseArgs, ReadArgs, ServeArgs, StyleArgs, WorkerArgs};
use crate::lang::Lang;

/// See yourself in a style that you describe in one sentence.
/// 한 문장으로 말한 스타일을 입은 내 모습을 보여 줘요.
#[derive(Parser)]
#[command(name = "drape", version = crate::parts::VERSION, about, max_term_width = 100)]
pub(crate) struct Cli {
    /// Language of messages / 메시지 언어 [default: of the sentence, else of the system]
    #[arg(long, global = true, env = "DRAPE_LANG", value_enum)]
    pub(crate) lang: Option<Lang>,
    /// Settings file (TOML, named like the flags); see `drape config check --help` / 설정 파일
    #[arg(long, global = true, env = "DRAPE_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Without one: `serve`
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Serve the web app and the API, with a worker, on one data directory / 웹 앱과 API 서버 실행
    Serve(Box<ServeArgs>),
    /// Work for servers on the same data directory / 같은 데이터 폴더를 쓰는 서버의 작업자 실행
    Worker(Box<WorkerArgs>),
    /// Bring the tables of the database up to date, as every start does / 데이터베이스 테이블을 최신으로
    Migrate(Box<crate::places::PlaceArgs>),
    /// Move everything from one database and picture store to another / 모든 데이터 옮기기
    Data(Box<crate::data::DataCommandArgs>),
    /// Answer requests of a SageMaker endpoint, in its container / SageMaker 컨테이너로 실행
    ServeModel(Box<crate::serve_model::ServeModelArgs>),
    /// Print every setting of `serve`, `worker` and `serve-model` as a table / 모든 설정을 표로 보기
    Settings,
    /// Settings files: check one, see what is in effect / 설정 파일 검사
    Config(crate::config::ConfigArgs),
    /// Ask a running server whether it is alive / 서버가 살아 있는지 묻기
    Health(crate::health::HealthArgs),
    /// Change the clothes in a photo to what a sentence asks for / 사진 속 옷을 문장대로 바꾸기
    Style(Box<StyleArgs>),
    /// Label every pixel of a photo: hair, skin, garments / 사진의 픽셀마다 이름 붙이기
    Parse(ParseArgs),
    /// Models made by others: list, fetch, check / 모델 받기와 확인
    Model(crate::model::ModelArgs),
    /// Show how a sentence is understood / 문장을 어떻게 이해하는지 보기
    Read(ReadArgs),
}

#[cfg(test)]
mod tests {
    use clap::{Arg, Command as Clap, CommandFactory as _};

    use super::Cli;

    #[test]
    fn verify_cli() {
        Cli::command().debug_assert();
    }

    /// Flattened arguments pass their heading on to later ones, so a setting could slip under another's
    /// heading.
    #[test]
    fn every_setting_of_the_service_stands_under_a_heading_of_its_own() {
        let cli = Cli::command();
        let of = |name: &str| cli.find_subcommand(name).expect("a command").clone();
        let heading = |command: &Clap, id: &str| {
            let arg: &Arg = command.get_arguments().find(|arg| arg.get_id() == id).expect("a setting");
            arg.get_help_heading().unwrap_or_default().to_owned()
        };
        let serve = of("serve");
        for (id, expected) in [
            ("database", "Storage"),
            ("keep_days", "Storage"),
            ("lease_seconds", "Queue"),
            ("engine", "Engines and workers"),
            ("workers", "Engines and workers"),
            ("model", "Generative engine"),
            ("sagemaker_prefix", "SageMaker endpoint"),
            ("rate_jobs", "Limits"),
            ("listen", "Network"),
            ("metrics_listen", "Log and metrics"),
        ] {
            assert_eq!(heading(&serve, id), expected, "{id}");
        }
        for command in [serve, of("worker")] {
            let bare = command.get_arguments().filter(|arg| arg.get_env().is_some());
            let bare: Vec<&str> = bare
                .filter(|arg| arg.get_help_heading().is_none())
                .map(|arg| arg.get_id().as_str())
                .collect();
            assert_eq!(bare, [] as [&str; 0], "{}", command.get_name());
        }
    }
}
