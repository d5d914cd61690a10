//! The two languages that everything a user reads exists in.

use serde::{Deserialize, Serialize};

/// Korean or English.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum Language {
    /// 한국어
    #[serde(rename = "ko")]
    Korean,
    /// English
    #[serde(rename = "en")]
    English,
}

impl Language {
    /// The language of a POSIX locale such as `ko_KR.UTF-8`; English for all but Korean.
    pub fn of_locale(locale: &str) -> Self {
        if locale.to_ascii_lowercase().starts_with("ko") { Self::Korean } else { Self::English }
    }

    /// The language that a text is written in: Korean as soon as it holds one Hangul letter.
    pub fn of_text(text: &str) -> Self {
        let hangul = |c: char| {
            matches!(c,
            '\u{ac00}'..='\u{d7a3}' | '\u{1100}'..='\u{11ff}' | '\u{3131}'..='\u{318e}')
        };
        if text.chars().any(hangul) { Self::Korean } else { Self::English }
    }

    /// A time in milliseconds since 1970 as date and time of day, in UTC: "2026년 11월 24일 13:40 UTC",
    /// "24 Nov 2026, 13:40 UTC".
    pub fn date(self, at: i64) -> String {
        const MONTHS: [&str; 12] =
            ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        let minutes = at.div_euclid(60_000);
        let (year, month, day) = civil(minutes.div_euclid(1440));
        let (hour, minute) = (minutes.rem_euclid(1440) / 60, minutes.rem_euclid(60));
        let name = usize::try_from(month - 1).ok().and_then(|m| MONTHS.get(m)).copied().unwrap_or_default();
        self.pick(
            format!("{year}년 {month}월 {day}일 {hour:02}:{minute:02} UTC"),
            format!("{day} {name} {year}, {hour:02}:{minute:02} UTC"),
        )
    }

    /// One of two texts, by language.
    pub fn pick<T>(self, korean: T, english: T) -> T {
        match self {
            Self::Korean => korean,
            Self::English => english,
        }
    }
}

/// Year, month and day of a day number since 1970; Howard Hinnant's `civil_from_days`.
fn civil(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    (yoe + era * 400 + i64::from(month <= 2), month, doy - (153 * mp + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        assert_eq!(Language::English.date(1_709_164_800_000), "29 Feb 2024, 00:00 UTC");
        assert_eq!(Language::Korean.date(0), "1970년 1월 1일 00:00 UTC");
    }
}
