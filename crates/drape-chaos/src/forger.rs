//! A fault injector between the service and its queue: it loses, doubles, delays and reorders messages,
//! replays old ones and adds meaningless ones. This covers everything that SQS may do, and more.

use std::time::Duration;

use drape_remote::sqs::{Prefix, Queue, QueueError, Queues};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::fleet::Where;
use crate::people::Chance;

/// Counts of tampered messages of one kind, by what was done to them.
#[derive(Default, Clone, Copy)]
pub(crate) struct Tampered {
    lost: usize,
    doubled: usize,
    late: usize,
    reordered: usize,
}

/// Counts of everything the forger did.
#[derive(Default)]
pub(crate) struct Forged {
    pub(crate) requests: Tampered,
    pub(crate) answers: Tampered,
    pub(crate) replayed: usize,
    pub(crate) poison: usize,
}

/// A task that tampers until it is stopped.
pub(crate) struct Forger {
    over: watch::Sender<bool>,
    task: JoinHandle<Forged>,
}

/// Pause between two rounds over the queues.
const PAUSE: Duration = Duration::from_millis(300);
/// How many old answers are kept for replay.
const REMEMBERED: usize = 400;

impl std::fmt::Display for Tampered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}, {}, {}, {}", self.lost, self.doubled, self.late, self.reordered)
    }
}

impl Forger {
    /// Starts the task.
    pub(crate) async fn start(places: &Where, seed: u64) -> Result<Self, String> {
        let queues = open(places).await?;
        let over = watch::Sender::new(false);
        let until = over.subscribe();
        let task = tokio::spawn(forge(queues, Chance::new(seed ^ 0xf0), until));
        Ok(Self { over, task })
    }

    /// Stops the task after the delayed messages are sent.
    pub(crate) async fn stop(self) -> Forged {
        self.over.send_replace(true);
        self.task.await.unwrap_or_default()
    }
}

/// The queues of a service.
pub(crate) async fn open(places: &Where) -> Result<Queues, String> {
    let prefix: Prefix = format!("sqs://{}", places.name).parse().map_err(|_| "a prefix".to_owned())?;
    // The credentials are those of the service's processes.
    let visibility = Duration::from_secs(crate::fleet::LEASE * 2);
    Queues::open(&prefix, Some(&places.queue), visibility).await.map_err(|e| e.to_string())
}

async fn forge(queues: Queues, mut chance: Chance, over: watch::Receiver<bool>) -> Forged {
    let mut forged = Forged::default();
    let mut old: Vec<String> = Vec::new();
    let mut late = tokio::task::JoinSet::new();
    while !*over.borrow() {
        tokio::time::sleep(PAUSE).await;
        // Errors are expected while the queue is paused.
        let _ = tamper(&queues.requests, &mut chance, &mut forged.requests, &mut late, None).await;
        let _ = tamper(&queues.responses, &mut chance, &mut forged.answers, &mut late, Some(&mut old)).await;
        if !old.is_empty() && chance.below(3) == 0 {
            let again = &old[chance.below(old.len() as u64) as usize];
            forged.replayed += usize::from(queues.responses.send(again).await.is_ok());
        }
        if chance.below(8) == 0 {
            let junk = junk(&mut chance);
            let queue = [&queues.requests, &queues.responses, &queues.rings][chance.below(3) as usize];
            forged.poison += usize::from(queue.send(&junk).await.is_ok());
        }
    }
    // Delayed messages are still sent.
    while late.join_next().await.is_some() {}
    forged
}

/// Takes some messages and tampers with each at random; a message that is put back counts as new.
async fn tamper(
    queue: &Queue,
    chance: &mut Chance,
    tampered: &mut Tampered,
    late: &mut tokio::task::JoinSet<()>,
    mut old: Option<&mut Vec<String>>,
) -> Result<(), QueueError> {
    for message in queue.receive(2, Duration::ZERO, Some(Duration::from_secs(30))).await? {
        if let Some(old) = old.as_deref_mut() {
            if old.len() >= REMEMBERED {
                old.swap_remove(chance.below(old.len() as u64) as usize);
            }
            old.push(message.body.clone());
        }
        let body = message.body.clone();
        match chance.below(20) {
            0 => tampered.lost += 1,
            1..=5 => {
                tampered.doubled += 1;
                for _ in 0..2 {
                    queue.send(&body).await?;
                }
            }
            6..=8 => {
                tampered.late += 1;
                let (queue, wait) = (queue.clone(), Duration::from_millis(1_000 + chance.below(7_000)));
                late.spawn(async move {
                    tokio::time::sleep(wait).await;
                    // If this fails, the message is lost, which SQS allows, too.
                    let _ = queue.send(&body).await;
                });
            }
            _ => {
                tampered.reordered += 1;
                queue.send(&body).await?;
            }
        }
        queue.delete(&message).await?;
    }
    Ok(())
}

/// A message that no reader understands.
fn junk(chance: &mut Chance) -> String {
    match chance.below(5) {
        0 => "{".to_owned(),
        1 => "{}".to_owned(),
        2 => "x".repeat(200_000),
        3 => format!("{}1{}", "[".repeat(5_000), "]".repeat(5_000)),
        _ => r#"{"version":1,"worker":"w","engine":"still","job":"00000000-0000-7000-8000-000000000000",
            "attempt":1,"kind":"done","looks":[]}"#
            .to_owned(),
    }
}
