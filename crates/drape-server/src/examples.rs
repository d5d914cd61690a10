//! The examples on the landing page: public-domain photos of this repository and looks that the
//! engine made of them (`cargo xtask examples` makes them again).

use drape_core::language::Language;

/// A photo, a sentence, and the look.
pub(crate) struct Example {
    /// Address of the photo.
    pub(crate) photo: &'static str,
    /// Address of the look.
    pub(crate) look: &'static str,
    korean: &'static str,
    english: &'static str,
}

impl Example {
    /// The sentence that made it.
    pub(crate) fn sentence(&self, language: Language) -> &'static str {
        language.pick(self.korean, self.english)
    }
}

/// In the order of the page.
pub(crate) const ALL: [Example; 4] = [
    Example {
        photo: "/assets/examples/hopper.jpg",
        look: "/assets/examples/hopper-tartan.jpg",
        korean: "초록 타탄체크 재킷",
        english: "green tartan jacket",
    },
    Example {
        photo: "/assets/examples/hopper.jpg",
        look: "/assets/examples/hopper-burgundy.jpg",
        korean: "버건디 블레이저에 하늘색 셔츠",
        english: "burgundy blazer, sky blue shirt",
    },
    Example {
        photo: "/assets/examples/astronaut.jpg",
        look: "/assets/examples/astronaut-navy.jpg",
        korean: "네이비 블레이저에 흰 셔츠",
        english: "navy blazer, white shirt",
    },
    Example {
        photo: "/assets/examples/astronaut.jpg",
        look: "/assets/examples/astronaut-knit.jpg",
        korean: "흰 니트",
        english: "white knit",
    },
];
