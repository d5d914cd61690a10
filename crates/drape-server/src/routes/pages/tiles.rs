//! Style tiles: a word that stands for an outfit, with a picture of the outfit.

use std::sync::LazyLock;

use axum::extract::{Path, Query};
use axum::http::HeaderMap;
use axum::response::Response;
use drape_core::language::Language;
use drape_core::lexicon;
use drape_core::sentence::Sentence;

use super::assets;
use crate::Problem;

/// A word, and the sentence that it stands for.
pub(crate) struct Tile {
    /// The id in addresses and forms.
    pub(crate) id: &'static str,
    korean: (&'static str, &'static str),
    english: (&'static str, &'static str),
}

impl Tile {
    /// The text on the tile.
    pub(crate) fn label(&self, language: Language) -> &'static str {
        language.pick(self.korean.0, self.english.0)
    }

    /// The sentence that the tile puts into the sentence box.
    pub(crate) fn sentence(&self, language: Language) -> &'static str {
        language.pick(self.korean.1, self.english.1)
    }

    /// The versioned address of its picture.
    pub(crate) fn address(&self) -> String {
        let drawn = PICTURES.iter().find(|(id, ..)| *id == self.id);
        format!("/assets/tiles/{}.svg?v={}", self.id, drawn.map_or("", |d| d.2.as_str()))
    }
}

const fn tile(
    id: &'static str,
    korean: (&'static str, &'static str),
    english: (&'static str, &'static str),
) -> Tile {
    Tile { id, korean, english }
}

/// The nine styles of the former service, then occasions.
pub(crate) const ALL: [Tile; 14] = [
    tile("spring", ("봄 스타일", "봄 스타일"), ("Spring", "spring style")),
    tile("street", ("스트릿", "스트릿"), ("Street", "street style")),
    tile("amekaji", ("아메카지", "아메카지"), ("Amekaji", "amekaji")),
    tile("sporty", ("스포티", "스포티"), ("Sporty", "sporty")),
    tile("summer", ("청량한 여름옷", "청량한 여름옷"), ("Fresh summer", "fresh summer")),
    tile(
        "rugby",
        ("럭비셔츠", "네이비와 초록 가로 줄무늬 폴로 셔츠에 베이지 치노 팬츠"),
        ("Rugby shirt", "navy and green horizontally striped polo shirt, beige chinos"),
    ),
    tile(
        "muted",
        ("톤다운", "토프 니트에 차콜 슬랙스와 갈색 로퍼"),
        ("Toned down", "taupe knit, charcoal slacks, brown loafers"),
    ),
    tile("office", ("MZ오피스", "MZ오피스"), ("MZ office", "MZ office")),
    tile("casual", ("데일리 캐주얼", "데일리 캐주얼"), ("Daily casual", "casual")),
    tile("school", ("교복", "교복"), ("School uniform", "school uniform")),
    tile("suit", ("정장", "정장"), ("Suit", "suit")),
    tile("hanbok", ("한복", "한복"), ("Hanbok", "hanbok")),
    tile("party", ("파티", "파티"), ("Party", "party")),
    tile("vacation", ("바캉스", "바캉스"), ("Vacation", "vacation")),
];

/// The tile with an id.
pub(crate) fn find(id: &str) -> Option<&'static Tile> {
    ALL.iter().find(|tile| tile.id == id)
}

/// Id, picture and version of each tile.
static PICTURES: LazyLock<Vec<(&'static str, String, String)>> = LazyLock::new(|| {
    let drawn = ALL.iter().filter_map(|tile| {
        let style = lexicon::read(&Sentence::parse(tile.korean.1).ok()?);
        let picture = drape_drawings::outfit(&style.garments);
        let version = assets::version(picture.as_bytes());
        Some((tile.id, picture, version))
    });
    drawn.collect()
});

/// `GET /assets/tiles/{id}.svg`.
pub(crate) async fn picture(
    Path(name): Path<String>,
    Query(asked): Query<assets::Version>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let id = name.strip_suffix(".svg").ok_or(Problem::NotFound)?;
    let (_, picture, version) = PICTURES.iter().find(|d| d.0 == id).ok_or(Problem::NotFound)?;
    let exact = asked.v.as_deref() == Some(version);
    Ok(assets::answer("image/svg+xml", picture.as_bytes(), version, exact, &headers))
}
