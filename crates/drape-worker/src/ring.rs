//! Rings across machines: whoever queues a job says "look" on a queue, and attached workers elsewhere do
//! not wait for their next poll. A ring says nothing else; lost or repeated it is harmless.

use std::time::Duration;

use drape_remote::sqs::Queues;
use drape_store::Store;
use tokio::sync::watch;

/// Rings less than this apart are one.
const TOGETHER: Duration = Duration::from_millis(20);

/// Passes on that this process has queued jobs, until `stop` turns true.
pub async fn ring_out(store: Store, queues: Queues, mut stop: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            () = store.queued_here() => {}
            _ = stop.changed() => return,
        }
        if let Err(e) = queues.rings.send("look").await {
            tracing::debug!(error = %e, "nobody is rung; they look by themselves");
        }
        tokio::time::sleep(TOGETHER).await;
    }
}

/// Wakes a worker of this process when somebody rings, until `stop` turns true.
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
                tracing::warn!(error = %e, "no rings are heard; the worker looks by itself");
                tokio::time::sleep(Duration::from_secs(5)).await;
            }
        }
    }
}
