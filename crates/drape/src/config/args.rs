//! The arguments of `drape config`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Args)]
pub(crate) struct ConfigArgs {
    #[command(subcommand)]
    pub(super) task: ConfigCommand,
}

#[derive(Subcommand)]
pub(super) enum ConfigCommand {
    /// Check a settings file, and print every setting in effect with secrets masked / 설정 파일 검사
    #[command(
        after_help = "The file is TOML. Its keys are the names of flags (listen = \"0.0.0.0:8080\"), for \
            every command that\nhas them; \
            a table such as [worker] holds what is for one command alone. A secret may stand in a file of\n\
            its own: database = { file = \"/run/secrets/database\" }. Every variable DRAPE_X may be given as \
            a file,\ntoo: DRAPE_X_FILE=/run/secrets/x. A flag counts more than the environment, that more \
            than the file."
    )]
    Check {
        /// The settings file [default: that of --config; without one, flags' defaults and environment]
        file: Option<PathBuf>,
        /// The command whose settings are printed
        #[arg(long = "for", value_name = "COMMAND", default_value = "serve")]
        command: String,
    },
}
