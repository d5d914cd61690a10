//! Queues between machines, from settings: rings for attached workers, requests for detached ones.

use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use drape_core::language::Language;
use drape_core::stylist::Stylist;
use drape_remote::sqs::{Prefix, Queues};
use drape_store::Store;
use drape_worker::detached::{self, Handing};
use drape_worker::ring;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::failure::Failure;
use crate::parts::Part;

/// Where the queues are.
#[derive(Args, Clone)]
pub(crate) struct QueueArgs {
    /// Queues of SQS whose names begin so (`PREFIX-rings`, `-requests`, `-responses`, `-dead`); made where
    /// they are missing. Without it workers look into the database by themselves
    #[arg(long, env = "DRAPE_QUEUE", value_name = "sqs://PREFIX", help_heading = "Queue")]
    pub(crate) queue: Option<Prefix>,
    /// Address of something that speaks like SQS
    #[arg(long, env = "DRAPE_QUEUE_ENDPOINT", value_name = "URL", help_heading = "Queue")]
    pub(crate) queue_endpoint: Option<String>,
}

/// Which jobs go to detached workers.
#[derive(Args, Clone)]
pub(crate) struct HandingArgs {
    /// Engines whose jobs are handed to detached workers (`drape worker --detached`) by --queue; commas
    #[arg(
        long,
        env = "DRAPE_HAND_OVER",
        value_name = "ENGINE",
        value_delimiter = ',',
        help_heading = "Queue"
    )]
    pub(crate) hand_over: Vec<String>,
    /// Most jobs of an engine that lie in the queue for detached workers; the others wait in the database
    #[arg(long, env = "DRAPE_HAND_OVER_WINDOW", default_value_t = 8, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000), help_heading = "Queue")]
    pub(crate) hand_over_window: u32,
    /// Seconds after which a job that no detached worker began with is handed over anew
    #[arg(long, env = "DRAPE_HAND_OVER_SECONDS", default_value_t = 600, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=86_400), help_heading = "Queue")]
    pub(crate) hand_over_seconds: u32,
    /// Seconds that a detached worker may take for a job
    #[arg(long, env = "DRAPE_DETACHED_SECONDS", default_value_t = 7200, value_name = "N", value_parser = clap::value_parser!(u32).range(60..=86_400), help_heading = "Queue")]
    pub(crate) detached_seconds: u32,
}

impl QueueArgs {
    /// Opens the queues, if they are set.
    pub(crate) async fn open(
        &self,
        lease_seconds: u32,
        language: Language,
    ) -> Result<Option<Queues>, Failure> {
        let Some(prefix) = &self.queue else {
            if self.queue_endpoint.is_some() {
                return Err(Failure::input(language.pick(
                    "--queue-endpoint: --queue sqs://이름과 함께 써 주세요.",
                    "--queue-endpoint goes together with --queue sqs://PREFIX.",
                )));
            }
            return Ok(None);
        };
        Part::Cloud.needed_by(&format!("--queue {prefix}"), language)?;
        let visibility = Duration::from_secs(u64::from(lease_seconds) * 2);
        let opened = Queues::open(prefix, self.queue_endpoint.as_deref(), visibility).await;
        opened.map(Some).map_err(|e| {
            Failure::input(language.pick(
                format!("{prefix}: 대기열을 쓸 수 없어요. 주소, 키와 권한을 확인해 주세요. ({e})"),
                format!("{prefix}: the queues cannot be used. Check their address, keys and rights. ({e})"),
            ))
        })
    }
}

impl HandingArgs {
    /// Refuses handing over without queues.
    pub(crate) fn check(&self, queue: &QueueArgs, language: Language) -> Result<(), Failure> {
        if self.hand_over.is_empty() || queue.queue.is_some() {
            return Ok(());
        }
        Err(Failure::input(language.pick(
            "--hand-over: --queue sqs://이름과 함께 써 주세요.",
            "--hand-over goes together with --queue sqs://PREFIX.",
        )))
    }

    /// Starts the server's tasks for its queues.
    pub(crate) fn start(
        &self,
        tasks: &mut JoinSet<()>,
        store: &Store,
        queues: &Queues,
        stylist: &Arc<dyn Stylist>,
        lease_seconds: u32,
        stop: &watch::Receiver<bool>,
    ) {
        tasks.spawn(ring::ring_out(store.clone(), queues.clone(), stop.clone()));
        if self.hand_over.is_empty() {
            return;
        }
        let handing = Handing {
            stylist: Arc::clone(stylist),
            name: format!("{}-{}-hands", std::process::id(), drape_store::now()),
            engines: self.hand_over.clone(),
            window: self.hand_over_window,
            lease: i64::from(lease_seconds) * 1000,
            first_word: i64::from(self.hand_over_seconds) * 1000,
            at_most: i64::from(self.detached_seconds) * 1000,
        };
        tasks.spawn(detached::hand_over(store.clone(), queues.clone(), handing.clone(), stop.clone()));
        tasks.spawn(detached::collect(store.clone(), queues.clone(), handing, stop.clone()));
    }
}
