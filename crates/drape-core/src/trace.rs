//! Position of a request or a job in a trace, across processes: W3C Trace Context, level 1
//! (<https://www.w3.org/TR/trace-context-1/>).
//!
//! A request continues the trace that its caller names, or begins one. A job keeps the position of the
//! request that asked for it, and every process that works on the job continues from there.

use std::fmt;
use std::str::FromStr;

use crate::id::JobId;

/// The id of a trace, never zero; shown as 32 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TraceId(u128);

/// The id of one piece of work within a trace, never zero; shown as 16 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SpanId(u64);

/// One piece of work and the trace that it belongs to; shown as a `traceparent` of 55 characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Trace {
    id: TraceId,
    span: SpanId,
    sampled: bool,
}

/// The text is not a `traceparent`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a traceparent")]
pub struct NotATrace;

impl TraceId {
    /// The id of this number.
    pub fn new(random: u128) -> Self {
        Self(random.max(1))
    }

    /// Its number.
    pub fn number(self) -> u128 {
        self.0
    }
}

impl SpanId {
    /// The id of this number.
    pub fn new(random: u64) -> Self {
        Self(random.max(1))
    }

    /// Its number.
    pub fn number(self) -> u64 {
        self.0
    }
}

impl Trace {
    /// Begins a trace; both numbers should be random.
    pub fn begin(id: u128, span: u64) -> Self {
        Self { id: TraceId::new(id), span: SpanId::new(span), sampled: true }
    }

    /// A piece of work within this one; its number should be random.
    #[must_use]
    pub fn child(self, span: u64) -> Self {
        Self { span: SpanId::new(span), ..self }
    }

    /// The trace of a job that was stored without one, by an earlier version; the same in every process.
    pub fn of_job(job: JobId) -> Self {
        let digits = job.to_string().replace('-', "");
        let number = u128::from_str_radix(&digits, 16).unwrap_or(1);
        Self::begin(number, number as u64)
    }

    /// Id of the trace.
    pub fn id(self) -> TraceId {
        self.id
    }

    /// Id of the piece of work.
    pub fn span(self) -> SpanId {
        self.span
    }

    /// Whether the trace is to be recorded; its beginner decides.
    pub fn sampled(self) -> bool {
        self.sampled
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Display for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{}-{}-{:02x}", self.id, self.span, u8::from(self.sampled))
    }
}

impl FromStr for TraceId {
    type Err = NotATrace;

    fn from_str(text: &str) -> Result<Self, NotATrace> {
        let digits = Some(text).filter(|t| t.len() == 32 && hexadecimal(t)).ok_or(NotATrace)?;
        let number = u128::from_str_radix(digits, 16).map_err(|_| NotATrace)?;
        if number == 0 { Err(NotATrace) } else { Ok(Self(number)) }
    }
}

impl FromStr for SpanId {
    type Err = NotATrace;

    fn from_str(text: &str) -> Result<Self, NotATrace> {
        let digits = Some(text).filter(|t| t.len() == 16 && hexadecimal(t)).ok_or(NotATrace)?;
        let number = u64::from_str_radix(digits, 16).map_err(|_| NotATrace)?;
        if number == 0 { Err(NotATrace) } else { Ok(Self(number)) }
    }
}

impl FromStr for Trace {
    type Err = NotATrace;

    /// Reads a `traceparent` of version 00, or the part of a later version that equals it (section 4.3 of
    /// the specification).
    fn from_str(text: &str) -> Result<Self, NotATrace> {
        let (fixed, rest) = text.split_at_checked(55).ok_or(NotATrace)?;
        let parts: Vec<&str> = fixed.split('-').collect();
        let [version, id, span, flags] = parts[..] else { return Err(NotATrace) };
        let known = version == "00" && rest.is_empty();
        let later = version != "00" && version != "ff" && (rest.is_empty() || rest.starts_with('-'));
        let hex = |t: &str| t.len() == 2 && hexadecimal(t);
        if !hex(version) || !hex(flags) || !known && !later {
            return Err(NotATrace);
        }
        let flags = u8::from_str_radix(flags, 16).map_err(|_| NotATrace)?;
        Ok(Self { id: id.parse()?, span: span.parse()?, sampled: flags & 1 == 1 })
    }
}

/// Lower-case digits only, as the specification demands; `from_str_radix` also takes capitals and a sign.
fn hexadecimal(text: &str) -> bool {
    text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}
