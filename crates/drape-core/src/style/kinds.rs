//! The table of garment kinds: one row for each kind, with every fact about it.
//!
//! The reader takes a kind's material from here, the engines how it is cut, worn and coloured, the catalogue
//! its usual length and sleeves. A new kind is a row here, its words in the lexicon and, if it is to be
//! drawn, a sewing pattern in the engine.

use super::palette::{ColourName, ColourName as C};
use super::words::{Length, Material, Material as M, Sleeves, Slot};
use crate::vocabulary::words;
use {Distinctness as D, SewingPattern as P};

/// The facts about a kind of garment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Facts {
    /// Where on the body it is worn.
    pub slot: Slot,
    /// The pattern it is sewn from; `None` for kinds that are only recoloured.
    pub sewn_as: Option<SewingPattern>,
    /// How far its cut sets it apart from other kinds worn at the same place.
    pub cut: Distinctness,
    /// What it can be worn over.
    pub over: Over,
    /// Whether a top or jacket opens in front, so that what is worn below it can be seen.
    pub opens: bool,
    /// Where a top or jacket usually ends: centimetres below the hip joints.
    pub hem: f32,
    /// The length it usually has.
    pub length: Option<Length>,
    /// The sleeves it usually has; `None` for kinds that are as often without as with.
    pub sleeves: Option<Sleeves>,
    /// Of accessories: where the middle of one lies, in heights of the person from the top.
    pub band: Option<(f32, f32)>,
    /// The material that the word itself says: a leather jacket is of leather.
    pub material: Option<Material>,
    /// Fabrics that it is usually made of, the commonest first.
    pub materials: &'static [Material],
    /// The colour that the word suggests if the sentence names none; `None` if it suggests no colour.
    pub colour: Option<ColourName>,
    /// The colour it is drawn in where neither `colour`, the sentence nor the photo suggests one.
    pub drawn_in: ColourName,
}

/// A jacket whose hem usually lies further than this below the hip joints is a coat, cm.
const COAT_HEM: f32 = 14.0;

impl Facts {
    /// The facts about most kinds that are worn at a place.
    const fn of(slot: Slot) -> Self {
        Self {
            slot,
            sewn_as: match slot {
                Slot::Skirt => Some(P::Skirt),
                Slot::Trousers => Some(P::Trousers),
                _ => None,
            },
            cut: D::Common,
            over: match slot {
                Slot::Outer => Over::Jacket,
                _ => Over::Skin,
            },
            opens: true,
            hem: 3.0,
            length: match slot {
                Slot::Trousers => Some(Length::Ankle),
                _ => None,
            },
            sleeves: match slot {
                Slot::Upper | Slot::Outer | Slot::Dress => Some(Sleeves::Long),
                _ => None,
            },
            band: None,
            material: None,
            materials: &[],
            colour: None,
            drawn_in: C::Navy,
        }
    }

    /// Whether a jacket is a coat: it usually reaches well below the hips.
    pub fn is_coat(&self) -> bool {
        self.slot == Slot::Outer && self.hem > COAT_HEM
    }
}

/// The sewing patterns that garments are drawn from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SewingPattern {
    /// A tailored jacket or coat with lapels.
    Lapels,
    /// A jacket closed by a zip, with a standing collar, a hood or a ribbed neck.
    Zipped,
    /// A trucker jacket.
    Denim,
    /// A motorcycle jacket.
    Biker,
    /// A cardigan.
    Cardigan,
    /// A hoodie.
    Hoodie,
    /// A shirt with collar and buttons.
    Shirt,
    /// Knitwear and sweatshirts: ribbed hem and cuffs.
    Pullover,
    /// A vest with a deep opening.
    Waistcoat,
    /// A T-shirt.
    Tee,
    /// A skirt below the worn top's bodice.
    Dress,
    /// The upper garment of a hanbok, short or long.
    Jeogori,
    /// A skirt from the waist.
    Skirt,
    /// The full skirt of a hanbok, from the chest.
    Chima,
    /// Trousers of any length.
    Trousers,
    /// A tie.
    Tie,
    /// A bow tie.
    BowTie,
    /// A scarf around the neck.
    Scarf,
}

/// How far the cut of a kind sets it apart from others that are worn at the same place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Distinctness {
    /// The word names a place on the body and no cut, as "jacket" does, so any worn garment there passes for
    /// it.
    Open,
    /// A worn garment of the place passes for it.
    Common,
    /// It has a cut that others do not have, but the worn one may well have it.
    Own,
    /// It has a cut that others do not have and that the worn one hardly ever has.
    Rare,
}

/// What a garment can be worn over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Over {
    /// Skin, and other garments of its own place.
    Skin,
    /// A jacket, too.
    Jacket,
    /// A jacket or coat of any length.
    AnyJacket,
}

macro_rules! garments {
    ($($slot:ident {
        $($word:ident $id:tt $korean:literal $english:literal
            { $($fact:ident: $value:expr),* $(,)? };)*
    })*) => {
        words! {
            /// What a garment is, independent of how it looks.
            GarmentKind { $($($word $id $korean $english;)*)* }
        }

        impl GarmentKind {
            /// All facts about the kind.
            pub fn facts(self) -> &'static Facts {
                match self {
                    $($(Self::$word => const { &Facts { $($fact: $value,)* ..Facts::of(Slot::$slot) } },)*)*
                }
            }
        }
    };
}

garments! {
    Upper {
        Shirt "shirt" "셔츠" "shirt" {
            sewn_as: Some(P::Shirt), cut: D::Open, hem: 2.0, materials: &[M::Cotton, M::Linen],
            colour: Some(C::White),
        };
        DressShirt "dress_shirt" "드레스 셔츠" "dress shirt" {
            sewn_as: Some(P::Shirt), hem: 2.0, materials: &[M::Cotton, M::Silk, M::Linen],
            colour: Some(C::White),
        };
        OxfordShirt "oxford_shirt" "옥스퍼드 셔츠" "oxford shirt" {
            sewn_as: Some(P::Shirt), hem: 2.0, materials: &[M::Cotton, M::Linen], colour: Some(C::White),
        };
        TShirt "t_shirt" "티셔츠" "t-shirt" {
            sewn_as: Some(P::Tee), sleeves: Some(Sleeves::Short), drawn_in: C::White,
        };
        PoloShirt "polo_shirt" "폴로 셔츠" "polo shirt" {
            sewn_as: Some(P::Shirt), hem: 2.0, sleeves: Some(Sleeves::Short),
        };
        Blouse "blouse" "블라우스" "blouse" {
            sewn_as: Some(P::Shirt), cut: D::Open, hem: 2.0, materials: &[M::Cotton, M::Silk, M::Linen],
            colour: Some(C::Ivory),
        };
        Sweater "sweater" "스웨터" "sweater" {
            sewn_as: Some(P::Pullover), cut: D::Open, over: Over::Jacket,
            materials: &[M::Knit, M::Cashmere, M::Mohair], colour: Some(C::Cream),
        };
        Turtleneck "turtleneck" "터틀넥" "turtleneck" {
            sewn_as: Some(P::Pullover), materials: &[M::Knit, M::Cashmere, M::Mohair],
            colour: Some(C::Charcoal),
        };
        Knit "knit" "니트" "knit" {
            sewn_as: Some(P::Pullover), cut: D::Open, over: Over::Jacket,
            materials: &[M::Knit, M::Cashmere, M::Mohair], colour: Some(C::Cream),
        };
        Hoodie "hoodie" "후드티" "hoodie" {
            sewn_as: Some(P::Hoodie), over: Over::Jacket, hem: 5.0, colour: Some(C::Grey),
        };
        Sweatshirt "sweatshirt" "맨투맨" "sweatshirt" {
            sewn_as: Some(P::Pullover), over: Over::Jacket, hem: 5.0, colour: Some(C::Grey),
        };
        TankTop "tank_top" "민소매 티" "tank top" { sleeves: Some(Sleeves::Sleeveless) };
        CropTop "crop_top" "크롭탑" "crop top" { length: Some(Length::Cropped), sleeves: None };
        Camisole "camisole" "캐미솔" "camisole" { sleeves: Some(Sleeves::Sleeveless) };
        Bustier "bustier" "뷔스티에" "bustier" { sleeves: Some(Sleeves::Sleeveless) };
        Bodysuit "bodysuit" "바디수트" "bodysuit" { sleeves: None };
        Top "top" "상의" "top" { cut: D::Open, sleeves: None };
        Jersey "jersey" "저지 티" "jersey" {
            sewn_as: Some(P::Tee), sleeves: Some(Sleeves::Short), drawn_in: C::White,
        };
        Tunic "tunic" "튜닉" "tunic" { cut: D::Open };
    }
    Outer {
        Jacket "jacket" "재킷" "jacket" { sewn_as: Some(P::Lapels), cut: D::Open, hem: 9.0 };
        Blazer "blazer" "블레이저" "blazer" {
            sewn_as: Some(P::Lapels), hem: 9.0, materials: &[M::Wool, M::Cotton, M::Linen, M::Flannel],
            colour: Some(C::Navy),
        };
        SuitJacket "suit_jacket" "정장 재킷" "suit jacket" {
            sewn_as: Some(P::Lapels), hem: 9.0, materials: &[M::Wool, M::Cotton, M::Linen, M::Flannel],
            colour: Some(C::Navy),
        };
        LeatherJacket "leather_jacket" "가죽 재킷" "leather jacket" {
            sewn_as: Some(P::Biker), cut: D::Rare, hem: -2.0, material: Some(M::Leather),
            colour: Some(C::Black),
        };
        DenimJacket "denim_jacket" "청재킷" "denim jacket" {
            sewn_as: Some(P::Denim), cut: D::Rare, hem: -2.0, material: Some(M::Denim),
        };
        BomberJacket "bomber_jacket" "봄버 재킷" "bomber jacket" {
            sewn_as: Some(P::Zipped), cut: D::Rare, hem: -2.0, colour: Some(C::Olive),
        };
        VarsityJacket "varsity_jacket" "바시티 재킷" "varsity jacket" {
            sewn_as: Some(P::Zipped), cut: D::Rare, hem: -2.0, colour: Some(C::Navy),
        };
        Windbreaker "windbreaker" "바람막이" "windbreaker" {
            sewn_as: Some(P::Zipped), cut: D::Rare, colour: Some(C::Teal),
        };
        Anorak "anorak" "아노락" "anorak" {
            sewn_as: Some(P::Zipped), cut: D::Rare, opens: false, colour: Some(C::Teal),
        };
        PaddedJacket "padded_jacket" "패딩" "padded jacket" {
            sewn_as: Some(P::Zipped), cut: D::Rare, hem: 5.0, colour: Some(C::Black),
        };
        FleeceJacket "fleece_jacket" "플리스 재킷" "fleece jacket" {
            sewn_as: Some(P::Zipped), cut: D::Rare, colour: Some(C::Ivory),
        };
        Coat "coat" "코트" "coat" {
            sewn_as: Some(P::Lapels), cut: D::Open, hem: 40.0, length: Some(Length::Knee),
            materials: &[M::Wool, M::Cashmere, M::Tweed], colour: Some(C::Camel),
        };
        TrenchCoat "trench_coat" "트렌치코트" "trench coat" {
            sewn_as: Some(P::Lapels), cut: D::Own, hem: 46.0, length: Some(Length::Long),
            materials: &[M::Cotton, M::Linen], colour: Some(C::Beige),
        };
        Overcoat "overcoat" "오버코트" "overcoat" {
            sewn_as: Some(P::Lapels), hem: 46.0, length: Some(Length::Long),
            materials: &[M::Wool, M::Cashmere, M::Tweed], colour: Some(C::Camel),
        };
        DuffleCoat "duffle_coat" "더플코트" "duffle coat" {
            hem: 36.0, materials: &[M::Wool, M::Cashmere, M::Tweed], colour: Some(C::Camel),
        };
        Parka "parka" "파카" "parka" {
            sewn_as: Some(P::Zipped), cut: D::Rare, hem: 24.0, colour: Some(C::Olive),
        };
        Cardigan "cardigan" "가디건" "cardigan" {
            sewn_as: Some(P::Cardigan), cut: D::Rare, hem: 5.0,
            materials: &[M::Knit, M::Cashmere, M::Mohair], colour: Some(C::Ivory),
        };
        Vest "vest" "조끼" "vest" {
            sewn_as: Some(P::Waistcoat), cut: D::Own, hem: 0.0, sleeves: Some(Sleeves::Sleeveless),
            drawn_in: C::Charcoal,
        };
        Waistcoat "waistcoat" "정장 조끼" "waistcoat" {
            sewn_as: Some(P::Waistcoat), cut: D::Own, hem: 0.0, sleeves: Some(Sleeves::Sleeveless),
            drawn_in: C::Charcoal,
        };
        Cape "cape" "케이프" "cape" { hem: 30.0, sleeves: None };
        Raincoat "raincoat" "우비" "raincoat" {
            sewn_as: Some(P::Zipped), cut: D::Rare, hem: 34.0, colour: Some(C::Yellow),
        };
        Robe "robe" "가운" "robe" { hem: 46.0 };
        Jeogori "jeogori" "저고리" "jeogori" {
            sewn_as: Some(P::Jeogori), cut: D::Rare, over: Over::AnyJacket,
            materials: &[M::Silk, M::Cotton], colour: Some(C::Ivory),
        };
        Durumagi "durumagi" "두루마기" "durumagi" {
            sewn_as: Some(P::Jeogori), cut: D::Rare, over: Over::AnyJacket, hem: 56.0,
            length: Some(Length::Long), materials: &[M::Silk, M::Cotton], colour: Some(C::Ivory),
        };
    }
    Trousers {
        Trousers "trousers" "바지" "trousers" { cut: D::Open, drawn_in: C::Charcoal };
        Jeans "jeans" "청바지" "jeans" { material: Some(M::Denim) };
        Chinos "chinos" "치노 팬츠" "chinos" { materials: &[M::Cotton, M::Linen], colour: Some(C::Tan) };
        Slacks "slacks" "슬랙스" "slacks" {
            materials: &[M::Wool, M::Cotton, M::Linen, M::Flannel], colour: Some(C::Charcoal),
        };
        SuitTrousers "suit_trousers" "정장 바지" "suit trousers" {
            materials: &[M::Wool, M::Cotton, M::Linen, M::Flannel], colour: Some(C::Navy),
        };
        WideTrousers "wide_trousers" "와이드 팬츠" "wide trousers" { cut: D::Rare, drawn_in: C::Charcoal };
        CargoTrousers "cargo_trousers" "카고 바지" "cargo trousers" { colour: Some(C::Olive) };
        Joggers "joggers" "조거 팬츠" "joggers" { colour: Some(C::Grey) };
        Sweatpants "sweatpants" "트레이닝 바지" "sweatpants" { colour: Some(C::Grey) };
        Shorts "shorts" "반바지" "shorts" {
            cut: D::Rare, length: Some(Length::Short), drawn_in: C::Beige,
        };
        DenimShorts "denim_shorts" "데님 반바지" "denim shorts" {
            cut: D::Rare, length: Some(Length::Short), material: Some(M::Denim),
        };
        Baji "baji" "한복 바지" "baji" { cut: D::Rare, colour: Some(C::Grey) };
        Culottes "culottes" "큐롯" "culottes" { cut: D::Rare, drawn_in: C::Beige };
    }
    Skirt {
        Skirt "skirt" "치마" "skirt" {
            cut: D::Open, length: Some(Length::Knee), materials: &[M::Cotton, M::Wool, M::Corduroy],
            drawn_in: C::Black,
        };
        MiniSkirt "mini_skirt" "미니스커트" "mini skirt" {
            cut: D::Rare, length: Some(Length::Mini), drawn_in: C::Black,
        };
        PleatedSkirt "pleated_skirt" "플리츠스커트" "pleated skirt" {
            cut: D::Rare, length: Some(Length::Midi), materials: &[M::Polyester, M::Satin, M::Wool],
            colour: Some(C::Grey),
        };
        PencilSkirt "pencil_skirt" "펜슬스커트" "pencil skirt" {
            length: Some(Length::Knee), materials: &[M::Cotton, M::Wool, M::Corduroy],
            colour: Some(C::Black),
        };
        ALineSkirt "a_line_skirt" "A라인 스커트" "A-line skirt" {
            length: Some(Length::Knee), materials: &[M::Cotton, M::Wool, M::Corduroy], drawn_in: C::Black,
        };
        LongSkirt "long_skirt" "롱스커트" "long skirt" {
            cut: D::Rare, length: Some(Length::Long), materials: &[M::Polyester, M::Satin, M::Wool],
            drawn_in: C::Black,
        };
        DenimSkirt "denim_skirt" "청치마" "denim skirt" {
            length: Some(Length::Knee), material: Some(M::Denim),
        };
        TennisSkirt "tennis_skirt" "테니스스커트" "tennis skirt" {
            cut: D::Rare, length: Some(Length::Mini), colour: Some(C::White),
        };
        Chima "chima" "한복 치마" "chima" {
            sewn_as: Some(P::Chima), cut: D::Rare, length: Some(Length::Maxi),
            materials: &[M::Silk, M::Cotton], colour: Some(C::Burgundy),
        };
    }
    Dress {
        Dress "dress" "원피스" "dress" {
            sewn_as: Some(P::Dress), cut: D::Open, length: Some(Length::Midi), sleeves: None,
            materials: &[M::Cotton, M::Linen, M::Jersey],
        };
        ShirtDress "shirt_dress" "셔츠 원피스" "shirt dress" {
            sewn_as: Some(P::Dress), length: Some(Length::Midi), drawn_in: C::White,
        };
        SlipDress "slip_dress" "슬립 원피스" "slip dress" {
            sewn_as: Some(P::Dress), length: Some(Length::Midi), sleeves: Some(Sleeves::Sleeveless),
            drawn_in: C::Ivory,
        };
        KnitDress "knit_dress" "니트 원피스" "knit dress" {
            sewn_as: Some(P::Dress), length: Some(Length::Midi), drawn_in: C::Ivory,
        };
        EveningDress "evening_dress" "이브닝드레스" "evening dress" {
            sewn_as: Some(P::Dress), length: Some(Length::Maxi), sleeves: None, drawn_in: C::Black,
        };
        WeddingDress "wedding_dress" "웨딩드레스" "wedding dress" {
            sewn_as: Some(P::Dress), length: Some(Length::Maxi), sleeves: None, colour: Some(C::White),
        };
        Jumpsuit "jumpsuit" "점프수트" "jumpsuit" { length: Some(Length::Ankle), sleeves: None };
        Overalls "overalls" "멜빵바지" "overalls" { length: Some(Length::Ankle), sleeves: None };
        Hanbok "hanbok" "한복" "hanbok" { length: Some(Length::Maxi) };
    }
    Footwear {
        Shoes "shoes" "구두" "shoes" { };
        Sneakers "sneakers" "운동화" "sneakers" { };
        Boots "boots" "부츠" "boots" { };
        AnkleBoots "ankle_boots" "앵클부츠" "ankle boots" { };
        Loafers "loafers" "로퍼" "loafers" { };
        Oxfords "oxfords" "옥스퍼드화" "oxfords" { };
        Heels "heels" "힐" "heels" { };
        Sandals "sandals" "샌들" "sandals" { };
        Flats "flats" "플랫슈즈" "flats" { };
        Slippers "slippers" "슬리퍼" "slippers" { };
    }
    Legwear {
        Tights "tights" "타이츠" "tights" { };
        Leggings "leggings" "레깅스" "leggings" { };
        Stockings "stockings" "스타킹" "stockings" { };
        Socks "socks" "양말" "socks" { };
        KneeSocks "knee_socks" "니삭스" "knee socks" { };
    }
    Accessory {
        Tie "tie" "넥타이" "tie" { sewn_as: Some(P::Tie), colour: Some(C::Burgundy) };
        BowTie "bow_tie" "나비넥타이" "bow tie" { sewn_as: Some(P::BowTie), colour: Some(C::Black) };
        Scarf "scarf" "스카프" "scarf" {
            sewn_as: Some(P::Scarf), band: Some((0.13, 0.32)), colour: Some(C::Grey),
        };
        Hat "hat" "모자" "hat" { band: Some((-0.1, 0.09)) };
        Cap "cap" "야구모자" "cap" { band: Some((-0.1, 0.09)) };
        Beanie "beanie" "비니" "beanie" { band: Some((-0.1, 0.09)) };
        Beret "beret" "베레모" "beret" { band: Some((-0.1, 0.09)) };
        Belt "belt" "벨트" "belt" { };
        Suspenders "suspenders" "멜빵" "suspenders" { };
        Bag "bag" "가방" "bag" { band: Some((0.3, 0.85)) };
        Backpack "backpack" "백팩" "backpack" { band: Some((0.3, 0.85)) };
        ToteBag "tote_bag" "토트백" "tote bag" { band: Some((0.3, 0.85)) };
        Handbag "handbag" "핸드백" "handbag" { band: Some((0.3, 0.85)) };
        Glasses "glasses" "안경" "glasses" { };
        Sunglasses "sunglasses" "선글라스" "sunglasses" { };
        Watch "watch" "시계" "watch" { };
        Necklace "necklace" "목걸이" "necklace" { };
        Earrings "earrings" "귀걸이" "earrings" { };
        Bracelet "bracelet" "팔찌" "bracelet" { };
        Ring "ring" "반지" "ring" { };
        Gloves "gloves" "장갑" "gloves" { };
        Hairband "hairband" "머리띠" "hairband" { };
        Brooch "brooch" "브로치" "brooch" { };
    }
}

impl GarmentKind {
    /// Where on the body it is worn.
    pub fn slot(self) -> Slot {
        self.facts().slot
    }

    /// The material that the word itself says.
    pub fn material(self) -> Option<Material> {
        self.facts().material
    }

    /// The sleeves it usually has, where nothing else is said.
    pub fn usual_sleeves(self) -> Option<Sleeves> {
        self.facts().sleeves
    }

    /// The length it usually has, where nothing else is said.
    pub fn usual_length(self) -> Option<Length> {
        self.facts().length
    }
}
