//! Fetches one file from the hub: asks about it, then fetches it in parallel parts or, if the server does not
//! support ranges, as a whole. Failures are retried after growing pauses.

use std::ops::Range;
use std::path::Path;
use std::time::Duration;

use futures::{TryStreamExt as _, stream};
use reqwest::{Response, StatusCode};
use tokio::io::{AsyncSeekExt as _, AsyncWriteExt as _};

use crate::error::PullError;
use crate::hub::{self, Announced, Hub, Part, Trouble};
use crate::journal::{self, Identity, Journal};
use crate::options::{Event, PullOptions, Reporter};
use crate::registry::File;

/// Longest pause that a server may ask for.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
/// Longest time that one request may take, however slowly it goes on.
const ATTEMPT: Duration = Duration::from_secs(900);
/// Bytes per second below which a whole file is given up.
const SLOWEST: u64 = 16 << 10;
/// Most attempts at one part, even if each brings a little.
const MOST: u32 = 100;
/// After this many wrong parts the server is not asked for parts any more.
const WRONG: u32 = 2;

/// Why fetching a file ended before it was whole.
pub(crate) enum Stop {
    /// The file on the hub has changed.
    Changed,
    /// The server does not support ranges.
    NoRanges,
    /// Another attempt would fail, too.
    Failed(PullError),
}

impl From<PullError> for Stop {
    fn from(error: PullError) -> Self {
        Self::Failed(error)
    }
}

/// One file being fetched.
pub(crate) struct Fetch<'a> {
    pub(crate) hub: &'a Hub,
    pub(crate) file: &'a File,
    /// The path of the finished file.
    pub(crate) target: &'a Path,
    pub(crate) options: &'a PullOptions,
    pub(crate) report: &'a Reporter<'a>,
}

impl Fetch<'_> {
    /// Asks for one byte to learn about the file, and whether the server supports ranges.
    pub(crate) async fn ask(&self) -> Result<(Announced, bool), PullError> {
        let url = self.hub.url(self.file);
        let mut tries = Tries::new(self);
        loop {
            match self.hub.get(&url, Part::Range(0, 1, None)).await {
                Ok((answer, announced)) => return Ok((announced, answer.status() != StatusCode::OK)),
                Err(trouble) => tries.pause(trouble).await?,
            }
        }
    }

    /// Writes the file's bytes to `target.part`, all of them, and closes it.
    pub(crate) async fn run(&self, announced: &Announced, ranges: bool) -> Result<(), Stop> {
        if let (true, Some(size)) = (ranges, announced.size) {
            match self.parts(announced, size).await {
                Err(Stop::NoRanges) => {}
                ended => return ended,
            }
        }
        self.whole(announced).await
    }

    async fn parts(&self, announced: &Announced, size: u64) -> Result<(), Stop> {
        let identity = Identity {
            address: self.file.address(),
            size,
            etag: announced.etag.clone(),
            sha256: announced.sha256.clone().or_else(|| self.file.sha256.clone()),
        };
        let journal = Journal::open(self.target, &identity).map_err(PullError::io(self.target))?;
        self.report.reset(journal.bytes());
        let missing = journal.missing(size, self.options.chunk);
        stream::iter(missing.into_iter().map(Ok))
            .try_for_each_concurrent(self.options.parallel.max(1), |range| {
                self.part(announced, range, &journal)
            })
            .await?;
        let part = journal.close().map_err(PullError::io(self.target))?;
        let file = tokio::fs::File::options().write(true).open(&part).await;
        let file = file.map_err(PullError::io(&part))?;
        // Cut off bytes of a longer earlier version of the file.
        file.set_len(size).await.map_err(PullError::io(&part))?;
        Ok(())
    }

    async fn part(&self, announced: &Announced, range: Range<u64>, journal: &Journal) -> Result<(), Stop> {
        let failed = || PullError::io(journal.part());
        let file = tokio::fs::File::options().write(true).open(journal.part()).await;
        let mut file = file.map_err(failed())?;
        let mut tries = Tries::new(self);
        let mut mistakes = 0;
        let mut at = range.start;
        while at < range.end {
            let begin = at;
            file.seek(std::io::SeekFrom::Start(at)).await.map_err(failed())?;
            let attempt = self.attempt(announced, &mut at, range.end, &mut file);
            let ended = tokio::time::timeout(ATTEMPT, attempt).await;
            // Only bytes that are on disk may be recorded.
            file.flush().await.map_err(failed())?;
            file.sync_data().await.map_err(failed())?;
            journal.finish(begin..at).map_err(failed())?;
            match ended {
                Ok(Ok(())) => {}
                Ok(Err(Ended::Stop(stop))) => return Err(stop),
                Ok(Err(Ended::Wrong)) => {
                    mistakes += 1;
                    if mistakes >= WRONG {
                        return Err(Stop::NoRanges);
                    }
                    tries.pause(Trouble::Again("a wrong part".to_owned(), None)).await?;
                }
                Ok(Err(Ended::Trouble(trouble))) => {
                    tries.progress(at - begin);
                    tries.pause(trouble).await?;
                }
                Err(_) => {
                    tries.progress(at - begin);
                    tries.pause(Trouble::Again("too slow".to_owned(), None)).await?;
                }
            }
        }
        Ok(())
    }

    async fn attempt(
        &self,
        announced: &Announced,
        at: &mut u64,
        end: u64,
        file: &mut tokio::fs::File,
    ) -> Result<(), Ended> {
        let url = self.hub.url(self.file);
        let asked = Part::Range(*at, end, announced.etag.as_deref());
        let (answer, now) = self.hub.get(&url, asked).await.map_err(Ended::Trouble)?;
        if !now.same(announced) {
            return Err(Ended::Stop(Stop::Changed));
        }
        if answer.status() != StatusCode::PARTIAL_CONTENT {
            return Err(Ended::Stop(Stop::NoRanges));
        }
        // A shorter range than asked for is fine, another one is not.
        let given = hub::part(answer.headers()).filter(|(s, e)| s == at && *s < *e && *e <= end);
        let Some((_, until)) = given else { return Err(Ended::Wrong) };
        self.pour(answer, at, Some(until), file).await
    }

    /// Fetches the whole file in one answer; every attempt starts at the beginning.
    async fn whole(&self, announced: &Announced) -> Result<(), Stop> {
        journal::discard(self.target).map_err(PullError::io(self.target))?;
        let part = journal::beside(self.target, journal::PART);
        let url = self.hub.url(self.file);
        let mut tries = Tries::new(self);
        loop {
            self.report.reset(0);
            let mut file = tokio::fs::File::create(&part).await.map_err(PullError::io(&part))?;
            let mut at = 0;
            let answered = match self.hub.get(&url, Part::Whole).await {
                Ok((_, now)) if !now.same(announced) => return Err(Stop::Changed),
                Ok((answer, now)) if answer.status() == StatusCode::OK => {
                    let slowest = ATTEMPT + Duration::from_secs(now.size.unwrap_or(100 << 30) / SLOWEST);
                    let pour = self.pour(answer, &mut at, now.size, &mut file);
                    let slow = || Ended::Trouble(Trouble::Again("too slow".to_owned(), None));
                    tokio::time::timeout(slowest, pour).await.unwrap_or_else(|_| Err(slow()))
                }
                Ok(_) if announced.size == Some(0) => Ok(()),
                Ok(_) => Err(Ended::Trouble(Trouble::Again("a part instead of the whole".to_owned(), None))),
                Err(trouble) => Err(Ended::Trouble(trouble)),
            };
            file.flush().await.map_err(PullError::io(&part))?;
            match answered {
                Ok(()) => {
                    file.sync_all().await.map_err(PullError::io(&part))?;
                    return Ok(());
                }
                Err(Ended::Stop(stop)) => return Err(stop),
                Err(Ended::Trouble(trouble)) => tries.pause(trouble).await?,
                Err(Ended::Wrong) => tries.pause(Trouble::Again("a wrong part".to_owned(), None)).await?,
            }
        }
    }

    /// Writes an answer's bytes to the file from `at` up to `end`; moves `at` along.
    async fn pour(
        &self,
        mut answer: Response,
        at: &mut u64,
        end: Option<u64>,
        file: &mut tokio::fs::File,
    ) -> Result<(), Ended> {
        let written = |e| Ended::Stop(Stop::Failed(PullError::io(self.target)(e)));
        let again = |why: String| Ended::Trouble(Trouble::Again(why, None));
        while let Some(bytes) = answer.chunk().await.map_err(|e| again(hub::why(e)))? {
            let number = bytes.len() as u64;
            if end.is_some_and(|end| *at + number > end) {
                return Err(again("more bytes than announced".to_owned()));
            }
            file.write_all(&bytes).await.map_err(written)?;
            *at += number;
            self.report.add(number);
        }
        if end.is_some_and(|end| *at < end) {
            return Err(again("fewer bytes than announced".to_owned()));
        }
        Ok(())
    }
}

enum Ended {
    Trouble(Trouble),
    Wrong,
    Stop(Stop),
}

/// Counts attempts and waits between them.
struct Tries<'a> {
    fetch: &'a Fetch<'a>,
    /// Attempts since the last one that brought bytes.
    fruitless: u32,
    all: u32,
}

impl<'a> Tries<'a> {
    fn new(fetch: &'a Fetch<'a>) -> Self {
        Self { fetch, fruitless: 0, all: 0 }
    }

    fn progress(&mut self, bytes: u64) {
        if bytes > 0 {
            self.fruitless = 0;
        }
    }

    async fn pause(&mut self, trouble: Trouble) -> Result<(), PullError> {
        let (why, asked) = match trouble {
            Trouble::Fatal(error) => return Err(error),
            Trouble::Again(why, asked) => (why, asked),
        };
        let Fetch { options, file, .. } = self.fetch;
        let url = || self.fetch.hub.url(file);
        self.fruitless += 1;
        self.all += 1;
        if self.fruitless >= options.attempts.max(1) || self.all >= MOST {
            return Err(PullError::Network { url: url(), why });
        }
        if let Some(asked) = asked.filter(|a| *a > LONGEST_PAUSE) {
            return Err(PullError::Later { url: url(), seconds: asked.as_secs() });
        }
        let doubled = options.backoff.saturating_mul(1 << self.fruitless.saturating_sub(1).min(6));
        let pause = asked.unwrap_or(doubled.min(Duration::from_secs(30)));
        self.fetch.report.say(&Event::Retry { path: &file.path, why: &why, pause });
        tokio::time::sleep(pause).await;
        Ok(())
    }
}
