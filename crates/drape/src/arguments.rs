//! The arguments of the commands that work with photos and jobs; their help texts are the program's manual.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::engine_name::{EngineName, EngineParser};
use crate::lang::LogFormat;
use crate::log::OtelArgs;
use crate::paint::PaintArgs;
use crate::places::PlaceArgs;
use crate::queue::HandingArgs;
use crate::queue::QueueArgs;
use crate::remote::RecommenderArgs;
use crate::remote::StylistArgs;
use crate::sagemaker::SageMakerArgs;

#[derive(Args)]
#[command(
    override_usage = "drape style <PHOTO>... <SENTENCE> [OPTIONS]",
    after_help = "Examples:\n  drape style me.jpg \"navy blazer, white shirt\" --out look.png\n  drape style me.jpg \"흰 블라우스에 체크무늬 치마\" --variations 4 --json report.json\n  drape style me1.jpg me2.jpg \"red coat in the snow\" --engine photomaker --subject woman\n\nWith the engine retouch the face and hair in the photo are never touched; photomaker paints a whole\nnew picture. The photos never leave this machine."
)]
pub(crate) struct StyleArgs {
    /// One or more photos of the same person (JPEG, PNG, WebP), then the sentence.
    /// Of several photos retouch uses the one that shows the clothes best; photomaker uses up to eight
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
    /// What makes the picture
    #[arg(long, value_enum, default_value = "retouch")]
    pub(crate) engine: StyleEngine,
    /// photomaker: who is in the photos
    #[arg(long, value_enum, default_value = "person")]
    pub(crate) subject: SubjectName,
    /// photomaker: steps of denoising, 1 to 100 [default: 50, or what a few-step LoRA wants]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub(crate) steps: Option<i64>,
    /// photomaker: how strictly the sentence is followed, 1 (not at all) to 30 [default: 5]
    #[arg(long, value_name = "G", allow_negative_numbers = true)]
    pub(crate) guidance: Option<f64>,
    /// photomaker: size of the picture, multiples of 8, 832x1216 for example [default: the model's]
    #[arg(long, value_name = "WxH")]
    pub(crate) size: Option<String>,
    /// photomaker: what shall not be in the picture, in English
    #[arg(long, value_name = "TEXT")]
    pub(crate) negative: Option<String>,
    /// photomaker: pictures made for each that is kept, 1 to 4; the one most like the photos is kept
    #[arg(long, value_name = "N")]
    pub(crate) best_of: Option<u32>,
    /// photomaker: percent of the steps that see the sentence alone, 0 to 100: less follows the face more,
    /// more follows the sentence more [default: 20]
    #[arg(long, value_name = "PERCENT")]
    pub(crate) style_strength: Option<u32>,
    #[command(flatten)]
    pub(crate) paint: PaintArgs,
}

/// What makes a picture of `drape style`.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum StyleEngine {
    /// Changes the clothes in the photo itself, on this machine's processor
    Retouch,
    /// Paints a new picture of the person: SDXL with PhotoMaker, with weights of your own
    Photomaker,
}

/// Who is in the photos.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SubjectName {
    /// A person
    Person,
    /// A woman
    Woman,
    /// A man
    Man,
    /// A girl
    Girl,
    /// A boy
    Boy,
}

impl From<SubjectName> for drape_core::engine::Subject {
    fn from(name: SubjectName) -> Self {
        match name {
            SubjectName::Person => Self::Person,
            SubjectName::Woman => Self::Woman,
            SubjectName::Man => Self::Man,
            SubjectName::Girl => Self::Girl,
            SubjectName::Boy => Self::Boy,
        }
    }
}

/// Where the data is, and how work is shared out; the same for servers and workers.
#[derive(Args)]
pub(crate) struct DataArgs {
    #[command(flatten)]
    pub(crate) places: PlaceArgs,
    #[command(flatten)]
    pub(crate) queue: QueueArgs,
    /// Engines of the workers in this process, each with workers of its own; several times, or commas.
    /// After the name of an endpoint may follow `?region=..&variant=..` or `?async=1`
    #[arg(long, env = "DRAPE_ENGINE", value_parser = EngineParser::AtWork, default_value = "retouch", value_delimiter = ',', help_heading = "Engines and workers")]
    pub(crate) engine: Vec<EngineName>,
    /// Most jobs that a worker takes at once, below what its engine would take; for measurements
    #[arg(long, hide = true, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=32), help_heading = "Engines and workers")]
    pub(crate) batch: Option<u32>,
    /// Seconds after which the job of a worker that is not heard from is given to another
    #[arg(long, env = "DRAPE_LEASE_SECONDS", default_value_t = 30, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=3600), help_heading = "Queue")]
    pub(crate) lease_seconds: u32,
    /// Most jobs that one user may have waiting or running
    #[arg(
        long,
        env = "DRAPE_JOBS_PER_USER",
        default_value_t = 20,
        value_name = "N",
        help_heading = "Limits"
    )]
    pub(crate) jobs_per_user: u32,
    /// Most jobs that may wait in all; beyond it requests are answered 429
    #[arg(
        long,
        env = "DRAPE_QUEUE_LENGTH",
        default_value_t = 10_000,
        value_name = "N",
        help_heading = "Limits"
    )]
    pub(crate) queue_length: u32,
    /// Most photos that one user may keep
    #[arg(
        long,
        env = "DRAPE_PHOTOS_PER_USER",
        default_value_t = 50,
        value_name = "N",
        help_heading = "Limits"
    )]
    pub(crate) photos_per_user: u32,
    /// Hours after which a job that no worker took expires
    #[arg(long, env = "DRAPE_QUEUE_HOURS", default_value_t = 24, value_name = "N", help_heading = "Queue")]
    pub(crate) queue_hours: u32,
    /// Form of the log on stderr
    #[arg(
        long,
        env = "DRAPE_LOG_FORMAT",
        value_enum,
        default_value = "text",
        help_heading = "Log and metrics"
    )]
    pub(crate) log_format: LogFormat,
    /// What is logged: error, warn, info, debug, or per module as in `info,sqlx=warn`
    #[arg(
        long,
        env = "DRAPE_LOG",
        default_value = "info,sqlx=warn",
        value_name = "FILTER",
        help_heading = "Log and metrics"
    )]
    pub(crate) log: String,
    #[command(flatten)]
    pub(crate) otel: OtelArgs,
    #[command(flatten)]
    pub(crate) sagemaker: SageMakerArgs,
    #[command(flatten)]
    pub(crate) paint: PaintArgs,
    #[command(flatten)]
    pub(crate) stylist: StylistArgs,
}

#[derive(Args)]
#[command(
    after_help = "Prints `listening on http://...` on stdout when it is ready. The first signal (SIGTERM or\nCtrl-C) lets what runs finish or gives it back; the second ends the program at once."
)]
pub(crate) struct ServeArgs {
    /// Address to listen on; port 0 takes a free one
    #[arg(
        long,
        env = "DRAPE_LISTEN",
        default_value = "127.0.0.1:8080",
        value_name = "ADDRESS:PORT",
        help_heading = "Network"
    )]
    pub(crate) listen: SocketAddr,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    /// Workers in this process; 0 leaves the work to `drape worker`
    #[arg(long, env = "DRAPE_WORKERS", default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u16).range(0..=64), help_heading = "Engines and workers")]
    pub(crate) workers: u16,
    #[command(flatten)]
    pub(crate) handing: HandingArgs,
    /// Engines that people may choose, the first of them where they do not; workers of others than
    /// `--engine` names have to run elsewhere [default: those of `--engine`]
    #[arg(long, env = "DRAPE_OFFER", value_parser = EngineParser::Offered, value_delimiter = ',', value_name = "ENGINE", help_heading = "Engines and workers")]
    pub(crate) offer: Vec<EngineName>,
    /// Where people reach it, such as `https://drape.example`: makes cookies `Secure` and links whole
    #[arg(long, env = "DRAPE_PUBLIC_URL", value_name = "URL", help_heading = "Network")]
    pub(crate) public_url: Option<String>,
    /// Origin whose pages may call the API, such as `https://shop.example`; several times, or commas
    #[arg(
        long,
        env = "DRAPE_CORS_ORIGIN",
        value_name = "ORIGIN",
        value_delimiter = ',',
        help_heading = "Network"
    )]
    pub(crate) cors_origin: Vec<String>,
    /// Seconds that people's browsers may fetch their pictures from the bucket itself, by links that end: 0
    /// lets all pictures come through this server. For --blobs s3://…
    #[arg(long, env = "DRAPE_BLOBS_LINKS", default_value_t = 0, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=3600), help_heading = "Storage")]
    pub(crate) blobs_links: u32,
    /// Header in which a proxy of yours names the client, such as X-Forwarded-For
    #[arg(long, env = "DRAPE_PROXY_HEADER", value_name = "NAME", help_heading = "Network")]
    pub(crate) proxy_header: Option<String>,
    /// Address for Prometheus metrics, apart from the site; none without it
    #[arg(long, env = "DRAPE_METRICS_LISTEN", value_name = "ADDRESS:PORT", help_heading = "Log and metrics")]
    pub(crate) metrics_listen: Option<SocketAddr>,
    /// Hours after which a guest and everything of theirs is deleted
    #[arg(long, env = "DRAPE_GUEST_HOURS", default_value_t = 24, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=720), help_heading = "Storage")]
    pub(crate) guest_hours: u32,
    /// Days that photos and looks of an account are kept, until its owner says otherwise
    #[arg(long, env = "DRAPE_KEEP_DAYS", default_value_t = 30, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=365), help_heading = "Storage")]
    pub(crate) keep_days: u32,
    /// Accounts and guests per address and hour
    #[arg(
        long,
        env = "DRAPE_RATE_SIGN_UPS",
        default_value_t = 30,
        value_name = "N",
        help_heading = "Limits"
    )]
    pub(crate) rate_sign_ups: u32,
    /// Tries to sign in per address, and per e-mail address, and ten minutes
    #[arg(long, env = "DRAPE_RATE_LOGINS", default_value_t = 20, value_name = "N", help_heading = "Limits")]
    pub(crate) rate_logins: u32,
    /// Photos per user and hour; ten times as many per address
    #[arg(
        long,
        env = "DRAPE_RATE_UPLOADS",
        default_value_t = 120,
        value_name = "N",
        help_heading = "Limits"
    )]
    pub(crate) rate_uploads: u32,
    /// Jobs per user and hour; ten times as many per address
    #[arg(long, env = "DRAPE_RATE_JOBS", default_value_t = 240, value_name = "N", help_heading = "Limits")]
    pub(crate) rate_jobs: u32,
    /// Most connections at once; beyond it the one longest without a request is closed, and where all are in
    /// use new ones are answered 503. Needs about as many file descriptors (`ulimit -n`)
    #[arg(long, env = "DRAPE_CONNECTIONS", default_value_t = 800, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000), help_heading = "Limits")]
    pub(crate) connections: u32,
    /// Megabytes of uploads in memory at once, while they come in and wait to be read; beyond it uploads are
    /// answered 429
    #[arg(long, env = "DRAPE_UPLOAD_ROOM", default_value_t = 512, value_name = "MB", value_parser = clap::value_parser!(u32).range(101..=1_000_000), help_heading = "Limits")]
    pub(crate) upload_room: u32,
    /// Seconds that the route `POST /api/styling/words` of the former service waits for its look
    #[arg(
        long,
        env = "DRAPE_FORMER_WAIT_SECONDS",
        default_value_t = 600,
        value_name = "N",
        help_heading = "Network"
    )]
    pub(crate) former_wait_seconds: u64,
    /// Let webhooks go to http addresses and to this machine and its networks
    #[arg(long, env = "DRAPE_PRIVATE_WEBHOOKS", help_heading = "Network")]
    pub(crate) private_webhooks: bool,
    #[command(flatten)]
    pub(crate) recommender: RecommenderArgs,
}

#[derive(Args)]
pub(crate) struct WorkerArgs {
    #[command(flatten)]
    pub(crate) data: DataArgs,
    /// Jobs at the same time
    #[arg(long, env = "DRAPE_WORKERS", default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64), help_heading = "Engines and workers")]
    pub(crate) workers: u16,
    /// Address for Prometheus metrics; none without it
    #[arg(long, env = "DRAPE_METRICS_LISTEN", value_name = "ADDRESS:PORT", help_heading = "Log and metrics")]
    pub(crate) metrics_listen: Option<SocketAddr>,
    /// Work without a database: only --queue and --blobs, for servers that --hand-over jobs
    #[arg(long, env = "DRAPE_DETACHED", help_heading = "Queue")]
    pub(crate) detached: bool,
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
