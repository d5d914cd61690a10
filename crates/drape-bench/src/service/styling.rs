//! Clients that make real looks for a time: no error but 429, fair shares, no memory leak.

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use super::http::{Connection, header};
use super::server::{Ends, Server};

/// The clients' sentences, in turn.
const SENTENCES: [&str; 4] =
    ["navy blazer, white shirt", "burgundy jacket", "check shirt, grey trousers", "초록색 재킷, 흰 셔츠"];

/// Runs the clients and prints the figures; an error if a target is missed.
pub(crate) async fn run(clients: usize, seconds: u64) -> Result<(), String> {
    let server = Server::start("retouch", &[])?;
    let photo = std::fs::read("examples/grace-hopper.jpg").map_err(|e| format!("examples: {e}"))?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let idle = server.memory();
    println!("\n{clients} clients styling for {seconds} s, each a guest of its own");
    println!(
        "  idle server, parser loaded: {:.0} MB resident, {:.0} MB at most (target 150)",
        idle.0, idle.1
    );
    let mut users = Vec::new();
    let before = Instant::now();
    for _ in 0..clients {
        users.push(server.guest(&photo).await?);
    }
    println!("  {clients} uploads with their checks: {:.1} s", before.elapsed().as_secs_f32());
    let start = server.memory();
    let (errors, refused) = (Rc::new(Cell::new(0_u32)), Rc::new(Cell::new(0_u32)));
    let begin = Instant::now();
    let end = begin + Duration::from_secs(seconds);
    let mut running = tokio::task::JoinSet::new();
    for (k, user) in users.into_iter().enumerate() {
        let (errors, refused, port) = (Rc::clone(&errors), Rc::clone(&refused), server.port);
        running.spawn_local(async move {
            let mut looks = 0_u32;
            let Ok(ends) = Ends::follow(port, &user).await else {
                errors.set(errors.get() + 1);
                return looks;
            };
            let mut connection = None;
            for sentence in (k..).map(|n| SENTENCES[n % SENTENCES.len()]) {
                if Instant::now() >= end {
                    break;
                }
                let fail = |why: String| {
                    println!("  client {k}: {why}");
                    errors.set(errors.get() + 1);
                };
                let open = match connection.take() {
                    Some(open) => Ok(open),
                    None => Connection::open(port).await,
                };
                let mut open = match open {
                    Ok(open) => open,
                    Err(e) => {
                        fail(e.to_string());
                        tokio::time::sleep(Duration::from_millis(200)).await;
                        continue;
                    }
                };
                let answer = match open.ask(&user.wish(sentence)).await {
                    Ok(answer) => answer,
                    Err(e) => {
                        fail(e.to_string());
                        continue;
                    }
                };
                connection = Some(open);
                match answer.status {
                    202 => {
                        let place = header(&answer.head, "location").unwrap_or_default();
                        let job = place.rsplit('/').next().unwrap_or_default();
                        // Jobs still waiting at the end are no error.
                        match tokio::time::timeout_at(end.into(), ends.of(job)).await {
                            Ok(Ok(())) => looks += 1,
                            Ok(Err(why)) => fail(why),
                            Err(_) => break,
                        }
                    }
                    429 => {
                        refused.set(refused.get() + 1);
                        tokio::time::sleep(Duration::from_millis(500)).await;
                    }
                    other => fail(format!("answered {other}")),
                }
            }
            looks
        });
    }
    let half = async {
        tokio::time::sleep_until((begin + Duration::from_secs(seconds) / 2).into()).await;
        server.memory()
    };
    let gather = async {
        let mut shares = Vec::new();
        while let Some(looks) = running.join_next().await {
            shares.push(looks.map_err(|e| e.to_string())?);
        }
        Ok::<_, String>(shares)
    };
    let (half, shares) = tokio::join!(half, gather);
    let shares = shares?;
    let full = server.memory();
    let looks: u32 = shares.iter().sum();
    let (least, most) =
        (shares.iter().min().copied().unwrap_or(0), shares.iter().max().copied().unwrap_or(0));
    println!(
        "  {looks} looks, {:.2} a second; {least} to {most} per client; {} errors; {} answers 429",
        f64::from(looks) / seconds as f64,
        errors.get(),
        refused.get()
    );
    println!(
        "  memory: {:.0} MB before, {:.0} MB after half of it, {:.0} MB at the end, {:.0} MB at most",
        start.0, half.0, full.0, full.1
    );
    if errors.get() > 0 {
        return Err(format!("{} errors other than 429", errors.get()));
    }
    if idle.0 > 150.0 {
        return Err(format!("the idle server takes {:.0} MB", idle.0));
    }
    if most > least + 2 {
        return Err(format!("unfair: {least} to {most} looks per client"));
    }
    Ok(())
}
