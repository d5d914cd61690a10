//! The examples on the landing page: public-domain photos from this repository, and looks that the engine
//! made from them.

use drape_core::language::Language;

/// The person in an example's photo.
pub(crate) struct Who {
    korean: &'static str,
    english: &'static str,
    /// Height of the photo for 512 pixels of width.
    pub(crate) height: u32,
}

/// A photo, a sentence, and the look.
pub(crate) struct Example {
    /// Address of the photo.
    pub(crate) photo: &'static str,
    /// Address of the look.
    pub(crate) look: &'static str,
    /// The person in the photo.
    pub(crate) who: &'static Who,
    korean: &'static str,
    english: &'static str,
}

impl Example {
    /// The sentence that made the look.
    pub(crate) fn sentence(&self, language: Language) -> &'static str {
        language.pick(self.korean, self.english)
    }
}

impl Who {
    /// Description of the photo.
    pub(crate) fn shown(&self, language: Language) -> &'static str {
        language.pick(self.korean, self.english)
    }
}

const HOPPER: Who = Who {
    korean: "검은 제복 재킷을 입은 그레이스 호퍼",
    english: "Grace Hopper in a black uniform jacket",
    height: 600,
};
const COLLINS: Who = Who {
    korean: "주황색 우주복을 입은 아일린 콜린스",
    english: "Eileen Collins in an orange space suit",
    height: 512,
};

/// In the order of the page.
pub(crate) const ALL: [Example; 4] = [
    Example {
        photo: "/assets/examples/hopper.jpg",
        look: "/assets/examples/hopper-tartan.jpg",
        who: &HOPPER,
        korean: "초록 타탄체크 재킷",
        english: "green tartan jacket",
    },
    Example {
        photo: "/assets/examples/collins.jpg",
        look: "/assets/examples/collins-suit.jpg",
        who: &COLLINS,
        korean: "네이비 정장에 흰 셔츠, 버건디 넥타이",
        english: "navy suit, white shirt, burgundy tie",
    },
    Example {
        photo: "/assets/examples/hopper.jpg",
        look: "/assets/examples/hopper-leather.jpg",
        who: &HOPPER,
        korean: "갈색 가죽 재킷",
        english: "brown leather jacket",
    },
    Example {
        photo: "/assets/examples/collins.jpg",
        look: "/assets/examples/collins-hoodie.jpg",
        who: &COLLINS,
        korean: "회색 후드티",
        english: "grey hoodie",
    },
];
