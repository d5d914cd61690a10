//! Rings across machines: a process that queues a job sends "look" on a queue, so that attached workers
//! elsewhere do not wait for their next poll. A ring carries no other data, and a lost or repeated one is
//! harmless.

use std::time::Duration;

use drape_remote::sqs::Queues;
use drape_store::Store;
use tokio::sync::watch;

/// Jobs queued within this time are announced by one ring.
const TOGETHER: Duration = Duration::from_millis(20);

/// Rings when this process has queued jobs, until `stop` turns true.
pub async fn ring_out(store: Store, queues: Queues, mut stop: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            () = store.queued_here() => {}
            _ = stop.changed() => return,
        }
        if let Err(e) = queues.rings.send("look").await {
            tracing::debug!(error = %e, "no ring was sent; workers find the jobs at their next poll");
        }
        tokio::time::sleep(TOGETHER).await;
    }
}

/// Wakes the workers of this process at each ring, until `stop` turns true.
pub async fn listen(store: Store, queues: Queues, mut stop: watch::Receiver<bool>) {
    loop {
        let rung = tokio::select! {
            rung = queues.rings.receive(10, Duration::from_secs(20), None) => rung,
            _ = stop.changed() => return,
        };
        match rung {
            Ok(rings) => {
                for ring in &rings {
                    store.ring();
                    if let Err(e) = queues.rings.delete(ring).await {
                        tracing::debug!(error = %e, "a ring comes again");
                    }
                }
            }
            Err(e) => {
                tracing::warn!(error = %e, "no rings can be received; workers find jobs by polling");
                tokio::time::sleep(Duration::from_secs(5)).await;
            }
        }
    }
}
