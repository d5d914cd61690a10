//! Colours as cloth has them: named, shaded, and measured in OKLab.
//!
//! The values are those of woven cloth under neutral light, so black is not `#000000` (cloth reflects a few
//! per cent) and white is not `#ffffff`.

use serde::{Deserialize, Serialize};

use crate::colour::Oklab;
use crate::language::Language;
use crate::vocabulary::words;

macro_rules! palette {
    ($($word:ident $id:tt $korean:literal $english:literal $rgb:literal;)*) => {
        words! {
            /// The base name of a colour.
            ColourName { $($word $id $korean $english;)* }
        }

        impl ColourName {
            /// 8-bit sRGB of cloth of this colour under neutral light.
            pub fn srgb8(self) -> [u8; 3] {
                let [_, r, g, b] = match self { $(Self::$word => u32::to_be_bytes($rgb)),* };
                [r, g, b]
            }
        }
    };
}

palette! {
    Black "black" "검은색" "black" 0x1b1a1c;
    White "white" "흰색" "white" 0xf4f2ee;
    Grey "grey" "회색" "grey" 0x8b8c8e;
    Charcoal "charcoal" "차콜" "charcoal" 0x3b3d41;
    Silver "silver" "은색" "silver" 0xbcbec2;
    Ivory "ivory" "아이보리" "ivory" 0xf0e9d8;
    Cream "cream" "크림색" "cream" 0xefe4c9;
    Beige "beige" "베이지" "beige" 0xd5c3a5;
    Tan "tan" "탄색" "tan" 0xbf9a6d;
    Camel "camel" "카멜" "camel" 0xb58a57;
    Khaki "khaki" "카키" "khaki" 0x7d7650;
    Olive "olive" "올리브" "olive" 0x5f6136;
    Brown "brown" "갈색" "brown" 0x6a4630;
    Chocolate "chocolate" "초콜릿색" "chocolate" 0x472e23;
    Chestnut "chestnut" "밤색" "chestnut" 0x743f2c;
    Caramel "caramel" "캐러멜색" "caramel" 0xa5692f;
    Navy "navy" "네이비" "navy" 0x232c47;
    Blue "blue" "파란색" "blue" 0x2f5fa8;
    RoyalBlue "royal_blue" "로열 블루" "royal blue" 0x2b49a6;
    SkyBlue "sky_blue" "하늘색" "sky blue" 0x93bfe0;
    BabyBlue "baby_blue" "베이비 블루" "baby blue" 0xb7d3e8;
    Cobalt "cobalt" "코발트색" "cobalt" 0x1f45ac;
    Indigo "indigo" "인디고" "indigo" 0x34396b;
    Teal "teal" "청록색" "teal" 0x1f6a6c;
    Turquoise "turquoise" "터키석색" "turquoise" 0x3db3ae;
    Cyan "cyan" "시안" "cyan" 0x2fb4cb;
    Mint "mint" "민트" "mint" 0xaedfc8;
    Green "green" "초록색" "green" 0x2f7d4a;
    ForestGreen "forest_green" "짙은 숲색" "forest green" 0x27462f;
    Emerald "emerald" "에메랄드" "emerald" 0x0f7a57;
    Lime "lime" "연두색" "lime" 0xa6cf4a;
    Sage "sage" "세이지" "sage" 0xa0ad90;
    Moss "moss" "이끼색" "moss" 0x6b7145;
    Yellow "yellow" "노란색" "yellow" 0xf1cf45;
    Mustard "mustard" "머스터드" "mustard" 0xc6952e;
    Lemon "lemon" "레몬색" "lemon" 0xf3e57a;
    Gold "gold" "금색" "gold" 0xc6a250;
    Orange "orange" "주황색" "orange" 0xe27a2f;
    Tangerine "tangerine" "귤색" "tangerine" 0xec8a33;
    Apricot "apricot" "살구색" "apricot" 0xf2bd92;
    Peach "peach" "피치" "peach" 0xf5c3a7;
    Coral "coral" "코랄" "coral" 0xea7a68;
    Salmon "salmon" "연어색" "salmon" 0xeb9382;
    Red "red" "빨간색" "red" 0xb9282e;
    Scarlet "scarlet" "다홍색" "scarlet" 0xc8302a;
    Crimson "crimson" "크림슨" "crimson" 0x9f1f35;
    Burgundy "burgundy" "버건디" "burgundy" 0x5e1f2d;
    Wine "wine" "와인색" "wine" 0x68233a;
    Maroon "maroon" "마룬" "maroon" 0x58211f;
    Brick "brick" "벽돌색" "brick" 0x9c4a38;
    Rust "rust" "러스트" "rust" 0xa2532c;
    Pink "pink" "분홍색" "pink" 0xeaa6b8;
    HotPink "hot_pink" "핫핑크" "hot pink" 0xe0478c;
    Rose "rose" "장미색" "rose" 0xcf6f80;
    Blush "blush" "블러시" "blush" 0xeccac4;
    DustyPink "dusty_pink" "더스티 핑크" "dusty pink" 0xc99a9a;
    Fuchsia "fuchsia" "푸크시아" "fuchsia" 0xc02f86;
    Magenta "magenta" "마젠타" "magenta" 0xb32a7a;
    Purple "purple" "보라색" "purple" 0x66407f;
    Violet "violet" "바이올렛" "violet" 0x7a58a6;
    Lavender "lavender" "라벤더" "lavender" 0xbfb2da;
    Lilac "lilac" "라일락" "lilac" 0xc8abd0;
    Plum "plum" "자두색" "plum" 0x5c2f4d;
    Mauve "mauve" "모브" "mauve" 0xa8869a;
    Taupe "taupe" "토프" "taupe" 0x877a6c;
    Sand "sand" "모래색" "sand" 0xcfba94;
    Oatmeal "oatmeal" "오트밀" "oatmeal" 0xdcd2bf;
    Ecru "ecru" "에크루" "ecru" 0xe6dcc3;
    Champagne "champagne" "샴페인색" "champagne" 0xe6d3b1;
    Bronze "bronze" "브론즈" "bronze" 0x86653b;
    Copper "copper" "구리색" "copper" 0xab6642;
    DenimBlue "denim_blue" "데님 블루" "denim blue" 0x4a6588;
    Multicolour "multicolour" "여러 색" "multicolour" 0x9a8a86;
}

words! {
    /// A shade of a colour.
    Shade {
        Light "light" "연한" "light";
        Dark "dark" "진한" "dark";
        Pale "pale" "옅은" "pale";
        Deep "deep" "깊은" "deep";
        Bright "bright" "밝은" "bright";
        Vivid "vivid" "선명한" "vivid";
        Pastel "pastel" "파스텔" "pastel";
        Muted "muted" "차분한" "muted";
        Neon "neon" "형광" "neon";
    }
}

/// A colour of cloth.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Colour {
    /// The base.
    pub name: ColourName,
    /// The shade, if any.
    pub shade: Option<Shade>,
    /// The base with the shade applied, always a colour that sRGB can show.
    pub oklab: Oklab,
    /// The same as `#rrggbb`.
    pub hex: String,
}

impl Shade {
    /// The colour in this shade. Lightness moves part of the way to a goal, so that light colours stay below
    /// white; the hue is kept.
    pub fn apply(self, base: Oklab) -> Oklab {
        let towards = |goal: f32, part: f32| base.l + (goal - base.l) * part;
        let (l, chroma) = match self {
            Self::Light => (towards(0.95, 0.45).max(base.l), 0.80),
            Self::Pale => (towards(0.96, 0.65).max(base.l), 0.50),
            Self::Pastel => (towards(0.90, 0.70), 0.60),
            Self::Dark => ((base.l * 0.70).max(0.16), 0.85),
            Self::Deep => ((base.l * 0.84).max(0.18), 1.10),
            Self::Bright => (towards(0.86, 0.30).max(base.l), 1.15),
            Self::Vivid => (base.l, 1.35),
            Self::Muted => (towards(0.62, 0.15), 0.55),
            Self::Neon => (towards(0.88, 0.55), 1.60),
        };
        Oklab { l, a: base.a * chroma, b: base.b * chroma }
    }
}

impl Colour {
    /// The colour of that name and shade.
    pub fn new(name: ColourName, shade: Option<Shade>) -> Self {
        let base = Oklab::from_srgb8(name.srgb8());
        let wanted = shade.map_or(base, |shade| shade.apply(base));
        // Through 8 bits and back, so that the two forms never disagree.
        let rgb = wanted.to_srgb8();
        Self { name, shade, oklab: Oklab::from_srgb8(rgb), hex: wanted.hex() }
    }

    /// "dark green", "진한 초록색".
    pub fn name(&self, language: Language) -> String {
        let name = self.name.name(language);
        self.shade.map_or_else(|| name.to_owned(), |shade| format!("{} {name}", shade.name(language)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cloth_is_neither_pure_black_nor_pure_white() {
        let l = |name| Colour::new(name, None).oklab.l;
        assert!((l(ColourName::Black) - 0.22).abs() < 0.015, "{}", l(ColourName::Black));
        assert!((l(ColourName::White) - 0.96).abs() < 0.015, "{}", l(ColourName::White));
    }

    #[test]
    fn light_is_lighter_and_dark_is_darker_for_every_colour() {
        for &name in ColourName::ALL {
            let l = |shade| Colour::new(name, shade).oklab.l;
            assert!(l(Some(Shade::Light)) >= l(None) - 0.01, "{name}");
            assert!(l(Some(Shade::Dark)) < l(None), "{name}");
        }
    }
}
