//! `drape serve` and `drape worker`: the one place that picks implementations, from settings.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use drape_core::engine::Engine;
use drape_core::language::Language;
use drape_core::stylist::{Lexicon, Stylist};
use drape_server::{App, Offer, Rates, Settings};
use drape_store::{Limits, Store};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::cli::{DataArgs, EngineName, Lang, LogFormat, ServeArgs, WorkerArgs};
use crate::{Failure, terminal};

pub(crate) fn run(args: &ServeArgs, lang: Option<Lang>) -> Result<(), Failure> {
    let language = terminal::language(lang, None);
    start_log(&args.data)?;
    check(args, language)?;
    runtime()?.block_on(serve(args, language))
}

pub(crate) fn work(args: &WorkerArgs, lang: Option<Lang>) -> Result<(), Failure> {
    let language = terminal::language(lang, None);
    start_log(&args.data)?;
    runtime()?.block_on(async {
        let store = open(&args.data, language).await?;
        let engines = engines(&args.data, &parser(language)?, language).await?;
        let stylist = args.data.stylist.stylist(language)?;
        let stop = signals();
        let mut workers = JoinSet::new();
        let hired = (&engines[..], &stylist, args.workers);
        start_workers(&mut workers, &store, hired, &args.data, &stop);
        terminal::say("working");
        while workers.join_next().await.is_some() {}
        store.close().await;
        Ok(())
    })
}

async fn serve(args: &ServeArgs, language: Language) -> Result<(), Failure> {
    let listener = listen(args.listen, language).await?;
    let metrics = match args.metrics_listen {
        Some(address) => {
            let handle = drape_server::recorder().map_err(Failure::internal)?;
            Some((listen(address, language).await?, handle))
        }
        None => None,
    };
    let store = open(&args.data, language).await?;
    let parser = parser(language)?;
    let stop = signals();
    // A server without workers offers Gemini and asks nothing: it needs no key.
    let stylist: Arc<dyn Stylist> = match args.workers {
        0 => Arc::new(Lexicon),
        _ => args.data.stylist.stylist(language)?,
    };
    let engines = if args.workers > 0 { engines(&args.data, &parser, language).await? } else { Vec::new() };
    let settings = Settings {
        public_url: args.public_url.clone(),
        cors: args.cors_origin.clone(),
        proxy_header: args.proxy_header.clone(),
        guest_hours: args.guest_hours,
        keep_days: args.keep_days,
        engines: offers(args, &engines),
        rates: Rates {
            sign_ups: args.rate_sign_ups,
            logins: args.rate_logins,
            uploads: args.rate_uploads,
            jobs: args.rate_jobs,
            elsewhere: args.recommender.rate_lens,
        },
        private_webhooks: args.private_webhooks,
        seed_wait: args.seed_wait_seconds,
        gemini: args.data.stylist.gemini(),
        recommender: args.recommender.recommender(args.public_url.as_deref(), language)?,
        ..Settings::default()
    };
    let app = App::new(store.clone(), parser, settings, stop.clone())
        .await
        .map_err(|e| Failure::internal(e.message(language)))?;
    let mut workers = JoinSet::new();
    let hired = (&engines[..], &stylist, args.workers);
    start_workers(&mut workers, &store, hired, &args.data, &stop);
    if let Some((listener, handle)) = metrics {
        if let Ok(address) = listener.local_addr() {
            tracing::info!(%address, "metrics");
        }
        tokio::spawn(drape_server::serve_metrics(listener, handle, store.clone()));
    }
    let address = listener.local_addr().map_err(|e| Failure::internal(e.to_string()))?;
    terminal::say(&format!("listening on http://{address}"));
    let served = drape_server::serve(app, listener, stop).await;
    // Whoever works finishes the step at hand and gives the job back.
    while workers.join_next().await.is_some() {}
    store.close().await;
    served.map_err(|e| Failure::internal(e.to_string()))
}

/// An engine, and what is said of it.
struct Chosen {
    engine: Arc<dyn Engine>,
    /// Most jobs taken at once.
    batch: u32,
    /// Pixels of the side of its pictures, of engines that paint some.
    side: Option<u32>,
}

fn start_workers(
    workers: &mut JoinSet<()>,
    store: &Store,
    (engines, stylist, number): (&[Chosen], &Arc<dyn Stylist>, u16),
    data: &DataArgs,
    stop: &watch::Receiver<bool>,
) {
    let process: u32 = std::process::id();
    let started = drape_store::now();
    for chosen in engines {
        for k in 0..number {
            let engine = Arc::clone(&chosen.engine);
            let options = drape_worker::Options {
                name: format!("{process}-{started}-{}-{k}", engine.name()),
                lease: i64::from(data.lease_seconds) * 1000,
                batch: chosen.batch,
                poll: Duration::from_millis(500),
                stylist: Arc::clone(stylist),
            };
            workers.spawn(drape_worker::work(store.clone(), engine, options, stop.clone()));
        }
    }
}

/// The engines of this process. A model that cannot be loaded is refused here, before anybody waits for
/// its pictures.
async fn engines(
    data: &DataArgs,
    parser: &Arc<drape_retouch::Engine>,
    language: Language,
) -> Result<Vec<Chosen>, Failure> {
    let mut chosen: Vec<Chosen> = Vec::new();
    for name in &data.engine {
        let retouch = || Arc::clone(parser) as Arc<dyn Engine>;
        let one = match name {
            EngineName::Retouch => Chosen { engine: retouch(), batch: 1, side: None },
            EngineName::Null => Chosen { engine: Arc::new(drape_worker::null::Null), batch: 32, side: None },
            EngineName::Still => {
                Chosen { engine: Arc::new(drape_worker::still::Still), batch: 32, side: None }
            }
            EngineName::Photomaker => {
                let painter = Arc::new(data.paint.engine(parser, language)?);
                tracing::info!(engine = drape_photomaker::engine::ENGINE, "loading the model");
                let loading = Arc::clone(&painter);
                let loaded = tokio::task::spawn_blocking(move || loading.prepare()).await;
                let side = loaded
                    .map_err(|e| Failure::internal(e.to_string()))?
                    .map_err(|e| Failure::input(e.message(language)))?;
                let engine = drape_worker::WithPreview { quick: retouch(), engine: painter };
                Chosen { engine: Arc::new(engine), batch: 1, side: u32::try_from(side).ok() }
            }
        };
        if chosen.iter().all(|c| c.engine.name() != one.engine.name()) {
            chosen.push(one);
        }
    }
    Ok(chosen)
}

/// What people may choose between.
fn offers(args: &ServeArgs, engines: &[Chosen]) -> Vec<Offer> {
    let names = if args.offer.is_empty() { &args.data.engine } else { &args.offer };
    let mut offers: Vec<Offer> = Vec::new();
    for name in names {
        let id = match name {
            EngineName::Retouch => drape_retouch::ENGINE,
            EngineName::Photomaker => drape_photomaker::engine::ENGINE,
            EngineName::Null => "null",
            EngineName::Still => "still",
        };
        let mut offer = Offer::of(id);
        let here = engines.iter().find(|c| c.engine.name() == id);
        offer.side = here.and_then(|c| c.side).unwrap_or(offer.side);
        if offers.iter().all(|o| o.id != id) {
            offers.push(offer);
        }
    }
    offers
}

fn parser(language: Language) -> Result<Arc<drape_retouch::Engine>, Failure> {
    drape_retouch::Engine::load().map(Arc::new).map_err(|e| Failure::internal(e.message(language)))
}

async fn open(data: &DataArgs, language: Language) -> Result<Store, Failure> {
    let directory = data.data_dir.clone().unwrap_or_else(default_directory);
    let shown = directory.display();
    let refuse = |why: &dyn std::fmt::Display| {
        Failure::input(language.pick(
            format!("{shown}: 데이터 폴더를 쓸 수 없습니다. ({why}) --data-dir로 다른 폴더를 골라 주세요."),
            format!("{shown}: cannot be used as the data folder ({why}). Choose another with --data-dir."),
        ))
    };
    std::fs::create_dir_all(&directory).map_err(|e| refuse(&e))?;
    keep_private(&directory);
    let limits = Limits {
        jobs_per_user: data.jobs_per_user,
        jobs_queued: data.queue_length,
        photos_per_user: data.photos_per_user,
        queue_for: i64::from(data.queue_hours) * 3_600_000,
        ..Limits::default()
    };
    let store = Store::open(&directory, limits).await.map_err(|e| refuse(&e))?;
    tracing::info!(data = %shown, "data folder");
    Ok(store)
}

/// Photos of people: for the user who runs the server only.
#[cfg(unix)]
fn keep_private(directory: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    if let Err(e) = std::fs::set_permissions(directory, std::fs::Permissions::from_mode(0o700)) {
        tracing::warn!(error = %e, "the data folder cannot be made private");
    }
}

#[cfg(not(unix))]
fn keep_private(_: &Path) {}

/// `$XDG_DATA_HOME/drape`, `~/.local/share/drape`, or `drape-data` where there is no home.
pub(crate) fn default_directory() -> PathBuf {
    let set = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    set("XDG_DATA_HOME")
        .or_else(|| set("LOCALAPPDATA"))
        .or_else(|| set("HOME").map(|home| home.join(".local/share")))
        .map_or_else(|| PathBuf::from("drape-data"), |base| base.join("drape"))
}

async fn listen(address: std::net::SocketAddr, language: Language) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|e| {
        Failure::input(language.pick(
            format!(
                "{address}: 이 주소로 열 수 없습니다. ({e}) --listen 127.0.0.1:0은 빈 포트를 골라 줍니다."
            ),
            format!("{address}: cannot listen there ({e}). With --listen 127.0.0.1:0 a free port is taken."),
        ))
    })
}

/// Settings that cannot work together are refused before anything starts.
fn check(args: &ServeArgs, language: Language) -> Result<(), Failure> {
    let web = |url: &str| {
        let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
        rest.is_some_and(|r| !r.is_empty() && !r.contains(['?', '#', ' ']))
    };
    if let Some(url) = args.public_url.as_deref().filter(|u| !web(u)) {
        return Err(Failure::input(language.pick(
            format!("--public-url {url}: https://drape.example처럼 적어 주세요."),
            format!("--public-url {url}: write an address like https://drape.example."),
        )));
    }
    let origin = |o: &str| web(o) && o.matches('/').count() == 2;
    if let Some(bad) = args.cors_origin.iter().find(|o| !origin(o)) {
        return Err(Failure::input(language.pick(
            format!("--cors-origin {bad}: https://shop.example처럼 경로 없이 적어 주세요."),
            format!("--cors-origin {bad}: write an origin like https://shop.example, without a path."),
        )));
    }
    if args.metrics_listen.is_some_and(|m| m == args.listen && m.port() != 0) {
        return Err(Failure::input(language.pick(
            "--metrics-listen은 --listen과 다른 주소여야 합니다.",
            "--metrics-listen must differ from --listen.",
        )));
    }
    Ok(())
}

fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Runtime::new().map_err(|e| Failure::internal(e.to_string()))
}

fn start_log(data: &DataArgs) -> Result<(), Failure> {
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::try_new(&data.log).map_err(|e| Failure::input(format!("--log: {e}")))?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match data.log_format {
        LogFormat::Text => log.with_ansi(false).init(),
        LogFormat::Json => log.json().init(),
    }
    Ok(())
}

/// Turns true at the first signal to stop; the second ends the process.
fn signals() -> watch::Receiver<bool> {
    let (sender, receiver) = watch::channel(false);
    tokio::spawn(async move {
        stop_signal().await;
        tracing::info!("stopping; what runs finishes or is given back");
        // Fails only when nobody waits any more.
        let _ = sender.send(true);
        stop_signal().await;
        std::process::exit(1);
    });
    receiver
}

async fn stop_signal() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
            return;
        }
    }
    // Fails only where there are no signals; then nothing stops it this way.
    let _ = tokio::signal::ctrl_c().await;
}
