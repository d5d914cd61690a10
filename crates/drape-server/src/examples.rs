//! The examples on the landing page: a public-domain photo of this repository and looks that the
//! engine made of it.

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
        look: "/assets/examples/hopper-floral.jpg",
        korean: "분홍 꽃무늬 재킷",
        english: "pink floral jacket",
    },
    Example {
        photo: "/assets/examples/hopper.jpg",
        look: "/assets/examples/hopper-pinstripe.jpg",
        korean: "네이비 핀스트라이프 정장 재킷",
        english: "navy pinstriped suit jacket",
    },
    Example {
        photo: "/assets/examples/hopper.jpg",
        look: "/assets/examples/hopper-corduroy.jpg",
        korean: "카멜 코듀로이 재킷",
        english: "camel corduroy jacket",
    },
];
