//! `drape serve` and `drape worker`: the one place that chooses implementations, from settings.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use drape_core::engine::Engine;
use drape_core::language::Language;
use drape_core::stylist::{Lexicon, Stylist};
use drape_server::{App, ConnectionLimits, Offer, Rates, Settings};
use drape_store::{Limits, Store, StoreError};
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::arguments::{DataArgs, ServeArgs, WorkerArgs};
use crate::engine_name::EngineName;
use crate::failure::Failure;
use crate::lang::Lang;
use crate::log::{self, Log, LogLines};
use crate::parts::Part;
use crate::{sagemaker, terminal};

pub(crate) fn run(args: &ServeArgs, lang: Option<Lang>) -> Result<(), Failure> {
    let language = terminal::language(lang, None);
    check(args, language)?;
    let runtime = runtime()?;
    let log = start_log(&args.data, "drape-server", runtime.handle(), language)?;
    let served = runtime.block_on(serve(args, language));
    log.end();
    served
}

fn start_log(
    data: &DataArgs,
    service: &'static str,
    runtime: &Handle,
    language: Language,
) -> Result<Log, Failure> {
    let lines = LogLines { filter: &data.log, format: data.log_format };
    log::start(&data.otel, lines, service, runtime, language)
}

pub(crate) fn work(args: &WorkerArgs, lang: Option<Lang>) -> Result<(), Failure> {
    let language = terminal::language(lang, None);
    args.data.otel.check(language)?;
    let runtime = runtime()?;
    let log = start_log(&args.data, "drape-worker", runtime.handle(), language)?;
    let worked = runtime.block_on(async {
        if args.detached {
            return work_detached(args, language).await;
        }
        let metrics = metrics(args.metrics_listen, language).await?;
        let queues = args.data.queue.open(args.data.lease_seconds, language).await?;
        let store = open(&args.data, language).await?;
        let engines = engines(&args.data, &parser(language)?, language).await?;
        let stylist = args.data.stylist.stylist(language)?;
        let stop = signals();
        let mut workers = JoinSet::new();
        if let Some(queues) = queues {
            workers.spawn(drape_worker::ring::listen(store.clone(), queues, stop.clone()));
        }
        let hired = (&engines[..], &stylist, args.workers);
        start_workers(&mut workers, &store, hired, &args.data, &stop);
        show(metrics, Some(&store));
        terminal::say("working");
        while workers.join_next().await.is_some() {}
        store.close().await;
        Ok(())
    });
    log.end();
    worked
}

/// A listener for metrics, and their recorder.
type Metrics = Option<(TcpListener, drape_server::PrometheusHandle)>;

async fn metrics(address: Option<SocketAddr>, language: Language) -> Result<Metrics, Failure> {
    let Some(address) = address else { return Ok(None) };
    // Install the recorder before anything is counted.
    let handle = drape_server::recorder().map_err(Failure::internal)?;
    Ok(Some((listen(address, "--metrics-listen", language).await?, handle)))
}

fn show(metrics: Metrics, store: Option<&Store>) {
    let Some((listener, handle)) = metrics else { return };
    if let Ok(address) = listener.local_addr() {
        tracing::info!(%address, "metrics");
    }
    tokio::spawn(drape_server::serve_metrics(listener, handle, store.cloned()));
}

/// Runs a worker that has only queues and pictures.
async fn work_detached(args: &WorkerArgs, language: Language) -> Result<(), Failure> {
    let (places, needs) = (&args.data.places, |what: &str| {
        Failure::input(
            language
                .pick(format!("--detached: {what}와 함께 써 주세요."), format!("--detached needs {what}.")),
        )
    });
    places.blobs.check(language)?;
    if places.database.is_some() {
        return Err(Failure::input(language.pick(
            "--detached는 데이터베이스를 쓰지 않아요. --database를 빼 주세요.",
            "--detached works without a database; leave out --database.",
        )));
    }
    let Some(blobs) = &places.blobs.blobs else { return Err(needs("--blobs s3://BUCKET/PREFIX")) };
    let metrics = metrics(args.metrics_listen, language).await?;
    let queues = args.data.queue.open(args.data.lease_seconds, language).await?;
    let Some(queues) = queues else { return Err(needs("--queue sqs://PREFIX")) };
    let bucket = drape_store::Bucket::open(blobs, &places.blobs.options()).await.map_err(|e| match e {
        StoreError::NotBuilt(_) => Part::Cloud.absent("--blobs", language),
        e => Failure::input(language.pick(
            format!("{blobs}: 사진 저장소를 쓸 수 없어요. ({e})"),
            format!("{blobs}: cannot be used for the pictures ({e})."),
        )),
    })?;
    let engines = engines(&args.data, &parser(language)?, language).await?;
    let [chosen] = &engines[..] else {
        return Err(Failure::input(language.pick(
            "--detached: 엔진을 하나만 골라 주세요. 엔진마다 작업자를 따로 실행해 주세요.",
            "--detached takes one engine; start a worker for each.",
        )));
    };
    let stop = signals();
    let (process, started) = (std::process::id(), drape_store::now());
    let mut workers = JoinSet::new();
    for k in 0..args.workers {
        let engine = Arc::clone(&chosen.engine);
        // Process numbers are unique only within one machine, so add a random number.
        let name = format!("{process}-{started}-{:08x}-{}-{k}", rand::random::<u32>(), engine.name());
        let worker =
            drape_worker::detached::Detached { name, engine, queues: queues.clone(), bucket: bucket.clone() };
        workers.spawn(drape_worker::detached::work(worker, stop.clone()));
    }
    show(metrics, None);
    terminal::say("working");
    while workers.join_next().await.is_some() {}
    Ok(())
}

async fn serve(args: &ServeArgs, language: Language) -> Result<(), Failure> {
    let listener = listen(args.listen, "--listen", language).await?;
    let metrics = metrics(args.metrics_listen, language).await?;
    args.handing.check(&args.data.queue, language)?;
    let queues = args.data.queue.open(args.data.lease_seconds, language).await?;
    let store = open(&args.data, language).await?;
    let parser = parser(language)?;
    let stop = signals();
    // A server without workers offers Gemini but sends nothing to it, so it needs no key.
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
        connections: ConnectionLimits {
            connections: args.connections as usize,
            ..ConnectionLimits::default()
        },
        upload_room: args.upload_room,
        link_seconds: args.blobs_links,
        private_webhooks: args.private_webhooks,
        former_wait: args.former_wait_seconds,
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
    if let Some(queues) = &queues {
        args.handing.start(&mut workers, &store, queues, &stylist, args.data.lease_seconds, &stop);
    }
    show(metrics, Some(&store));
    let address = listener.local_addr().map_err(|e| Failure::internal(e.to_string()))?;
    terminal::say(&format!("listening on http://{address}"));
    let served = drape_server::serve(app, listener, stop).await;
    // Each worker finishes its current step and gives its job back.
    while workers.join_next().await.is_some() {}
    store.close().await;
    served.map_err(|e| Failure::internal(e.to_string()))
}

/// An engine, and its properties for workers and offers.
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
                batch: data.batch.unwrap_or(chosen.batch).min(chosen.batch),
                poll: Duration::from_millis(500),
                stylist: Arc::clone(stylist),
            };
            workers.spawn(drape_worker::work(store.clone(), engine, options, stop.clone()));
        }
    }
}

/// The engines of this process. A model that cannot be loaded is refused here, before a person waits for its
/// pictures.
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
            EngineName::Test(test) => Chosen { engine: test.engine(), batch: 32, side: None },
            EngineName::Photomaker => {
                tracing::info!(engine = name.id(), "loading the model");
                let (paint, parser) = (data.paint.clone(), Arc::clone(parser));
                let loading = tokio::task::spawn_blocking(move || paint.loaded(&parser, language));
                let loaded = loading.await.map_err(|e| Failure::internal(e.to_string()))??;
                let engine = drape_worker::WithPreview { quick: retouch(), engine: loaded.engine };
                Chosen { engine: Arc::new(engine), batch: 1, side: Some(loaded.side) }
            }
            EngineName::SageMaker(target) => {
                if chosen.iter().any(|c| c.engine.name() == sagemaker::ENGINE) {
                    return Err(Failure::input(language.pick(
                        "--engine: SageMaker 엔드포인트는 프로세스마다 하나만 쓸 수 있어요. 다른 하나는 drape worker를 따로 실행해 주세요.",
                        "--engine: one SageMaker endpoint per process. Start another `drape worker` for the other.",
                    )));
                }
                let painter =
                    data.sagemaker.engine(target.as_ref(), &data.places.blobs.options(), language).await?;
                let engine = drape_worker::WithPreview { quick: retouch(), engine: painter };
                Chosen { engine: Arc::new(engine), batch: 1, side: None }
            }
        };
        if chosen.iter().all(|c| c.engine.name() != one.engine.name()) {
            chosen.push(one);
        }
    }
    Ok(chosen)
}

/// The engines that people may choose.
fn offers(args: &ServeArgs, engines: &[Chosen]) -> Vec<Offer> {
    let names = if args.offer.is_empty() { &args.data.engine } else { &args.offer };
    let mut offers: Vec<Offer> = Vec::new();
    for name in names {
        let id = name.id();
        let mut offer = Offer::of(id);
        let here = engines.iter().find(|c| c.engine.name() == id);
        offer.side = here.and_then(|c| c.side).unwrap_or(offer.side);
        if offers.iter().all(|o| o.id != id) {
            offers.push(offer);
        }
    }
    offers
}

pub(crate) fn parser(language: Language) -> Result<Arc<drape_retouch::Engine>, Failure> {
    drape_retouch::Engine::load().map(Arc::new).map_err(|e| Failure::internal(e.message(language)))
}

async fn open(data: &DataArgs, language: Language) -> Result<Store, Failure> {
    let limits = Limits {
        jobs_per_user: data.jobs_per_user,
        jobs_queued: data.queue_length,
        photos_per_user: data.photos_per_user,
        queue_for: i64::from(data.queue_hours) * 3_600_000,
        ..Limits::default()
    };
    data.places.open(limits, language).await
}

pub(crate) async fn listen(
    address: SocketAddr,
    flag: &str,
    language: Language,
) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|e| {
        Failure::input(language.pick(
            format!(
                "{address}: 이 주소로 열 수 없어요. ({e}) {flag} 127.0.0.1:0으로 하면 빈 포트를 골라 줘요."
            ),
            format!("{address}: cannot listen there ({e}). {flag} 127.0.0.1:0 takes a free port."),
        ))
    })
}

/// Refuses settings that cannot work together, before anything starts.
pub(crate) fn check(args: &ServeArgs, language: Language) -> Result<(), Failure> {
    args.data.otel.check(language)?;
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
    let bucket = matches!(args.data.places.blobs.blobs, Some(drape_store::Blobs::S3 { .. }));
    if args.blobs_links > 0 && !bucket {
        return Err(Failure::input(language.pick(
            "--blobs-links: --blobs s3://버킷과 함께 써 주세요.",
            "--blobs-links goes together with --blobs s3://BUCKET.",
        )));
    }
    if args.metrics_listen.is_some_and(|m| m == args.listen && m.port() != 0) {
        return Err(Failure::input(language.pick(
            "--metrics-listen은 --listen과 다른 주소여야 해요.",
            "--metrics-listen must differ from --listen.",
        )));
    }
    Ok(())
}

pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Runtime::new().map_err(|e| Failure::internal(e.to_string()))
}

/// Turns true at the first signal to stop; a second signal ends the process.
pub(crate) fn signals() -> watch::Receiver<bool> {
    let (sender, receiver) = watch::channel(false);
    tokio::spawn(async move {
        stop_signal().await;
        tracing::info!("stopping; what runs finishes or is given back");
        // Fails only if every receiver is gone.
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
    // Fails only where there are no signals; then signals cannot stop the program.
    let _ = tokio::signal::ctrl_c().await;
}
