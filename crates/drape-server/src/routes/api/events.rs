//! Changes of jobs as they happen: server-sent events with resume.
//!
//! The id of an event is its number in the user's stream. A page that reconnects sends the last id it saw and
//! gets every event after it. Events of this process arrive without a query; once a second a query finds
//! those of other processes.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::sse::{Event as Sse, KeepAlive};
use axum::response::{IntoResponse, Response};
use drape_core::id::{JobId, UserId};
use drape_core::job::State as JobState;
use drape_store::{Event, Subscription, now};
use futures::Stream;
use futures::stream;

use super::jobs::id_of;
use crate::Problem;
use crate::app::Shared;
use crate::http::visitor::Signed;

/// How often the database is queried for events of other processes and for a queued job's position.
const GLANCE: Duration = Duration::from_secs(1);

/// Events of all your jobs
///
/// `event: job` with the job's `id`, `state`, `stage`, `step`, `total`, `preview` (the number of
/// the latest, absent where there is none), `reason`, `attempt` and `looks` as JSON. Send
/// `Last-Event-ID` to get what happened since; without it the stream begins now.
#[utoipa::path(get, path = "/events", tag = "events", security(("token" = [])),
    params(("Last-Event-ID" = Option<i64>, Header)),
    responses((status = 200, content_type = "text/event-stream")))]
pub(crate) async fn of_user(
    State(app): State<Shared>,
    signed: Signed,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let follower = Follower::new(&app, signed.user(), None, &headers).await?;
    Ok(answer(follower))
}

/// Events of one job, from its beginning or from `Last-Event-ID`, until it ends
///
/// Also `event: position` with `position` and `time_left` (milliseconds) every second while it waits or
/// runs.
#[utoipa::path(get, path = "/jobs/{id}/events", tag = "events", security(("token" = [])),
    params(("id" = String, Path), ("Last-Event-ID" = Option<i64>, Header)),
    responses((status = 200, content_type = "text/event-stream"), (status = 404)))]
pub(crate) async fn of_job(
    State(app): State<Shared>,
    signed: Signed,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let id = id_of(&id)?;
    app.store.job(signed.user(), id).await?;
    let follower = Follower::new(&app, signed.user(), Some(id), &headers).await?;
    Ok(answer(follower))
}

struct Follower {
    app: Shared,
    user: UserId,
    job: Option<JobId>,
    seen: i64,
    live: Subscription,
    ready: std::collections::VecDeque<Sse>,
    ended: bool,
    glance: tokio::time::Interval,
    stopping: tokio::sync::watch::Receiver<bool>,
}

fn answer(follower: Follower) -> Response {
    let sse = axum::response::Sse::new(follow(follower))
        .keep_alive(KeepAlive::new().interval(Duration::from_secs(15)));
    // Proxies that buffer answers would hold events back.
    ([("x-accel-buffering", "no")], sse).into_response()
}

impl Follower {
    async fn new(
        app: &Shared,
        user: UserId,
        job: Option<JobId>,
        headers: &HeaderMap,
    ) -> Result<Self, Problem> {
        // Subscribe first, then look back, so that no event is missed in between.
        let live = app.store.subscribe(user);
        let last = headers.get("last-event-id").and_then(|v| v.to_str().ok()).and_then(|v| v.parse().ok());
        let seen = match (last, job) {
            (Some(last), _) => last,
            (None, Some(_)) => 0,
            (None, None) => app.store.revision(user).await?,
        };
        let mut glance = tokio::time::interval(GLANCE);
        glance.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut follower = Self {
            app: app.clone(),
            user,
            job,
            seen,
            live,
            ready: std::collections::VecDeque::new(),
            ended: false,
            glance,
            stopping: app.stopping.clone(),
        };
        follower.catch_up().await?;
        Ok(follower)
    }

    /// Takes all events after the last one seen, from the database.
    async fn catch_up(&mut self) -> Result<(), Problem> {
        // `take` ignores events after the end of its job, so later events would be found again and again.
        while !self.ended {
            let events = self.app.store.events_after(self.user, self.seen).await?;
            if events.is_empty() {
                break;
            }
            events.into_iter().for_each(|e| self.take(&e));
        }
        Ok(())
    }

    fn take(&mut self, event: &Event) {
        if event.revision <= self.seen || self.ended {
            return;
        }
        self.seen = event.revision;
        if self.job.is_some_and(|j| j != event.job) {
            return;
        }
        self.ready
            .push_back(Sse::default().event("job").id(event.revision.to_string()).data(event.data.as_ref()));
        self.ended = self.job.is_some() && ended_state(&event.data);
    }

    async fn next(&mut self) -> Option<Sse> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(event);
            }
            if self.ended || *self.stopping.borrow() {
                return None;
            }
            tokio::select! {
                event = self.live.next() => match event {
                    Some(event) if event.revision == self.seen + 1 => self.take(&event),
                    // Events were missed, of this process or of another: look back.
                    _ => self.catch_up().await.ok()?,
                },
                _ = self.glance.tick() => {
                    self.catch_up().await.ok()?;
                    if let Some(id) = self.job && !self.ended {
                        // A job that was deleted, or that ended before events were kept, sends no further
                        // event.
                        let job = self.app.store.job(self.user, id).await.ok()?;
                        if job.state.ended() && self.ready.is_empty() {
                            return None;
                        }
                        if let Some((position, left)) = self.app.store.position(&job, now()).await.ok()? {
                            let data = serde_json::json!({"position": position, "time_left": left});
                            self.ready.push_back(Sse::default().event("position").data(data.to_string()));
                        }
                    }
                }
                _ = self.stopping.changed() => return None,
            }
        }
    }
}

fn ended_state(data: &str) -> bool {
    #[derive(serde::Deserialize)]
    struct Of {
        state: JobState,
    }
    serde_json::from_str::<Of>(data).is_ok_and(|of| of.state.ended())
}

fn follow(follower: Follower) -> impl Stream<Item = Result<Sse, Infallible>> {
    stream::unfold(follower, |mut follower| async move {
        let event = follower.next().await?;
        Some((Ok(event), follower))
    })
}
