//! Shows a person the progress of a pull.

use std::io::{IsTerminal as _, Write as _};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use drape_core::language::Language;
use drape_models::{Event, readable};

use crate::terminal::complain;

/// Shows progress: one rewritten line on a terminal, plain lines elsewhere.
pub(super) struct Watch {
    language: Language,
    live: bool,
    now: Mutex<Now>,
}

struct Now {
    what: String,
    size: u64,
    /// When bytes were last shown, and how many the file had when it began.
    shown: Instant,
    began: Instant,
    from: Option<u64>,
}

impl Watch {
    pub(super) fn new(language: Language) -> Self {
        let now =
            Now { what: String::new(), size: 0, shown: Instant::now(), began: Instant::now(), from: None };
        Self { language, live: std::io::stderr().is_terminal(), now: Mutex::new(now) }
    }

    pub(super) fn hear(&self, event: Event<'_>) {
        let language = self.language;
        match event {
            Event::Waiting => self.line(
                language.pick(
                    "같은 모델을 받고 있는 다른 작업이 끝나기를 기다리고 있어요.",
                    "Waiting for another pull of this model to end.",
                ),
                true,
            ),
            Event::File { path, number, of, size } => {
                let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
                now.what = format!("[{number}/{of}] {path}");
                (now.size, now.began, now.from) = (size, Instant::now(), None);
                let size = if size > 0 { format!("  {}", readable(size)) } else { String::new() };
                let line = format!("{}{size}", now.what);
                drop(now);
                if !self.live {
                    self.line(&line, true);
                }
            }
            Event::Size(size) => self.now.lock().unwrap_or_else(PoisonError::into_inner).size = size,
            Event::Bytes(have) => self.bar(have, false),
            Event::Checked(have) => self.bar(have, true),
            Event::Retry { path, why, pause } => {
                let pause = pause.as_secs_f32();
                self.line(
                    &language.pick(
                        format!("{path}: 연결이 끊겼어요. ({why}) {pause:.1}초 뒤에 다시 시도해요."),
                        format!("{path}: interrupted ({why}). Trying again in {pause:.1} s."),
                    ),
                    true,
                );
            }
            Event::Again { path } => self.line(
                &language.pick(
                    format!("{path}: 받은 내용이 맞지 않아서 처음부터 다시 받아요."),
                    format!(
                        "{path}: the data received is not this file. Fetching it again from the beginning."
                    ),
                ),
                true,
            ),
            Event::Done { path, trusted_on_first_use: true } => self.line(
                &language.pick(
                    format!("{path}: 받았어요. 미리 알려진 체크섬이 없어서 지금 값을 믿고 기록했어요."),
                    format!("{path}: fetched; its checksum is trusted on first use and recorded."),
                ),
                true,
            ),
            Event::Done { path, .. } => self.line(
                &language.pick(
                    format!("{path}: 받았어요. 체크섬이 맞아요."),
                    format!("{path}: fetched, the checksum is right."),
                ),
                true,
            ),
            _ => {}
        }
    }

    fn bar(&self, have: u64, checking: bool) {
        if !self.live {
            return;
        }
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        let from = *now.from.get_or_insert(have);
        if now.shown.elapsed() < Duration::from_millis(100) {
            return;
        }
        now.shown = Instant::now();
        let size = now.size.max(have).max(1);
        let filled = usize::try_from(u128::from(have) * 20 / u128::from(size)).unwrap_or(0).min(20);
        let bar = format!("{}{}", "█".repeat(filled), "░".repeat(20 - filled));
        let rate = have.saturating_sub(from) as f64 / now.began.elapsed().as_secs_f64().max(0.1);
        let end = if checking {
            self.language.pick("확인 중", "checking").to_owned()
        } else {
            format!("{}/s", readable(rate as u64))
        };
        let percent = u128::from(have) * 100 / u128::from(size);
        let line =
            format!("{}  {bar} {percent:3} %  {} / {}  {end}", now.what, readable(have), readable(size));
        drop(now);
        self.line(&line, false);
    }

    /// Prints a line that stays, or one that the next line replaces, which only a terminal shows.
    pub(super) fn line(&self, text: &str, stays: bool) {
        match (self.live, stays) {
            (true, _) => {
                let mut err = std::io::stderr();
                let end = if stays { "\n" } else { "" };
                let _ = write!(err, "\r\x1b[K{text}{end}");
                let _ = err.flush();
            }
            (false, true) => complain(text),
            (false, false) => {}
        }
    }

    pub(super) fn clear(&self) {
        if self.live {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}
