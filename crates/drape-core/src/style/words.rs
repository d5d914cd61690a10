//! The closed vocabularies: every word is written once, with its id and its two names.

use crate::vocabulary::words;

macro_rules! garments {
    ($($slot:ident { $($word:ident $id:tt $korean:literal $english:literal;)* })*) => {
        words! {
            /// What a garment is, independent of how it looks.
            GarmentKind { $($($word $id $korean $english;)*)* }
        }

        impl GarmentKind {
            /// Where on the body it is worn.
            pub fn slot(self) -> Slot {
                match self { $($(Self::$word)|* => Slot::$slot),* }
            }
        }
    };
}

words! {
    /// Where on the body a garment is worn.
    Slot {
        Upper "upper" "상의" "top";
        Outer "outer" "아우터" "outerwear";
        Trousers "trousers" "바지" "trousers";
        Skirt "skirt" "치마" "skirt";
        Dress "dress" "원피스" "dress";
        Footwear "footwear" "신발" "shoes";
        Legwear "legwear" "레그웨어" "legwear";
        Accessory "accessory" "액세서리" "accessories";
    }
}

garments! {
    Upper {
        Shirt "shirt" "셔츠" "shirt";
        DressShirt "dress_shirt" "드레스 셔츠" "dress shirt";
        OxfordShirt "oxford_shirt" "옥스퍼드 셔츠" "oxford shirt";
        TShirt "t_shirt" "티셔츠" "t-shirt";
        PoloShirt "polo_shirt" "폴로 셔츠" "polo shirt";
        Blouse "blouse" "블라우스" "blouse";
        Sweater "sweater" "스웨터" "sweater";
        Turtleneck "turtleneck" "터틀넥" "turtleneck";
        Knit "knit" "니트" "knit";
        Hoodie "hoodie" "후드티" "hoodie";
        Sweatshirt "sweatshirt" "맨투맨" "sweatshirt";
        TankTop "tank_top" "민소매 티" "tank top";
        CropTop "crop_top" "크롭탑" "crop top";
        Camisole "camisole" "캐미솔" "camisole";
        Bustier "bustier" "뷔스티에" "bustier";
        Bodysuit "bodysuit" "바디수트" "bodysuit";
        Top "top" "상의" "top";
        Jersey "jersey" "저지 티" "jersey";
        Tunic "tunic" "튜닉" "tunic";
    }
    Outer {
        Jacket "jacket" "재킷" "jacket";
        Blazer "blazer" "블레이저" "blazer";
        SuitJacket "suit_jacket" "정장 재킷" "suit jacket";
        LeatherJacket "leather_jacket" "가죽 재킷" "leather jacket";
        DenimJacket "denim_jacket" "청재킷" "denim jacket";
        BomberJacket "bomber_jacket" "봄버 재킷" "bomber jacket";
        VarsityJacket "varsity_jacket" "바시티 재킷" "varsity jacket";
        Windbreaker "windbreaker" "바람막이" "windbreaker";
        Anorak "anorak" "아노락" "anorak";
        PaddedJacket "padded_jacket" "패딩" "padded jacket";
        FleeceJacket "fleece_jacket" "플리스 재킷" "fleece jacket";
        Coat "coat" "코트" "coat";
        TrenchCoat "trench_coat" "트렌치코트" "trench coat";
        Overcoat "overcoat" "오버코트" "overcoat";
        DuffleCoat "duffle_coat" "더플코트" "duffle coat";
        Parka "parka" "파카" "parka";
        Cardigan "cardigan" "가디건" "cardigan";
        Vest "vest" "조끼" "vest";
        Waistcoat "waistcoat" "정장 조끼" "waistcoat";
        Cape "cape" "케이프" "cape";
        Raincoat "raincoat" "우비" "raincoat";
        Robe "robe" "가운" "robe";
        Jeogori "jeogori" "저고리" "jeogori";
        Durumagi "durumagi" "두루마기" "durumagi";
    }
    Trousers {
        Trousers "trousers" "바지" "trousers";
        Jeans "jeans" "청바지" "jeans";
        Chinos "chinos" "치노 팬츠" "chinos";
        Slacks "slacks" "슬랙스" "slacks";
        SuitTrousers "suit_trousers" "정장 바지" "suit trousers";
        WideTrousers "wide_trousers" "와이드 팬츠" "wide trousers";
        CargoTrousers "cargo_trousers" "카고 바지" "cargo trousers";
        Joggers "joggers" "조거 팬츠" "joggers";
        Sweatpants "sweatpants" "트레이닝 바지" "sweatpants";
        Shorts "shorts" "반바지" "shorts";
        DenimShorts "denim_shorts" "데님 반바지" "denim shorts";
        Baji "baji" "한복 바지" "baji";
        Culottes "culottes" "큐롯" "culottes";
    }
    Skirt {
        Skirt "skirt" "치마" "skirt";
        MiniSkirt "mini_skirt" "미니스커트" "mini skirt";
        PleatedSkirt "pleated_skirt" "플리츠스커트" "pleated skirt";
        PencilSkirt "pencil_skirt" "펜슬스커트" "pencil skirt";
        ALineSkirt "a_line_skirt" "A라인 스커트" "A-line skirt";
        LongSkirt "long_skirt" "롱스커트" "long skirt";
        DenimSkirt "denim_skirt" "청치마" "denim skirt";
        TennisSkirt "tennis_skirt" "테니스스커트" "tennis skirt";
        Chima "chima" "한복 치마" "chima";
    }
    Dress {
        Dress "dress" "원피스" "dress";
        ShirtDress "shirt_dress" "셔츠 원피스" "shirt dress";
        SlipDress "slip_dress" "슬립 원피스" "slip dress";
        KnitDress "knit_dress" "니트 원피스" "knit dress";
        EveningDress "evening_dress" "이브닝드레스" "evening dress";
        WeddingDress "wedding_dress" "웨딩드레스" "wedding dress";
        Jumpsuit "jumpsuit" "점프수트" "jumpsuit";
        Overalls "overalls" "멜빵바지" "overalls";
        Hanbok "hanbok" "한복" "hanbok";
    }
    Footwear {
        Shoes "shoes" "구두" "shoes";
        Sneakers "sneakers" "운동화" "sneakers";
        Boots "boots" "부츠" "boots";
        AnkleBoots "ankle_boots" "앵클부츠" "ankle boots";
        Loafers "loafers" "로퍼" "loafers";
        Oxfords "oxfords" "옥스퍼드화" "oxfords";
        Heels "heels" "힐" "heels";
        Sandals "sandals" "샌들" "sandals";
        Flats "flats" "플랫슈즈" "flats";
        Slippers "slippers" "슬리퍼" "slippers";
    }
    Legwear {
        Tights "tights" "타이츠" "tights";
        Leggings "leggings" "레깅스" "leggings";
        Stockings "stockings" "스타킹" "stockings";
        Socks "socks" "양말" "socks";
        KneeSocks "knee_socks" "니삭스" "knee socks";
    }
    Accessory {
        Tie "tie" "넥타이" "tie";
        BowTie "bow_tie" "나비넥타이" "bow tie";
        Scarf "scarf" "스카프" "scarf";
        Hat "hat" "모자" "hat";
        Cap "cap" "야구모자" "cap";
        Beanie "beanie" "비니" "beanie";
        Beret "beret" "베레모" "beret";
        Belt "belt" "벨트" "belt";
        Suspenders "suspenders" "멜빵" "suspenders";
        Bag "bag" "가방" "bag";
        Backpack "backpack" "백팩" "backpack";
        ToteBag "tote_bag" "토트백" "tote bag";
        Handbag "handbag" "핸드백" "handbag";
        Glasses "glasses" "안경" "glasses";
        Sunglasses "sunglasses" "선글라스" "sunglasses";
        Watch "watch" "시계" "watch";
        Necklace "necklace" "목걸이" "necklace";
        Earrings "earrings" "귀걸이" "earrings";
        Bracelet "bracelet" "팔찌" "bracelet";
        Ring "ring" "반지" "ring";
        Gloves "gloves" "장갑" "gloves";
        Hairband "hairband" "머리띠" "hairband";
        Brooch "brooch" "브로치" "brooch";
    }
}

words! {
    /// What is printed on or woven into the cloth.
    Pattern {
        Solid "solid" "무지" "plain";
        VerticalStripes "vertical_stripes" "세로 줄무늬" "vertically striped";
        HorizontalStripes "horizontal_stripes" "가로 줄무늬" "horizontally striped";
        Pinstripes "pinstripes" "핀스트라이프" "pinstriped";
        DiagonalStripes "diagonal_stripes" "사선 줄무늬" "diagonally striped";
        Check "check" "체크" "checked";
        Tartan "tartan" "타탄체크" "tartan";
        Gingham "gingham" "깅엄체크" "gingham";
        Houndstooth "houndstooth" "하운드투스" "houndstooth";
        GlenCheck "glen_check" "글렌체크" "glen check";
        Argyle "argyle" "아가일" "argyle";
        PolkaDot "polka_dot" "물방울무늬" "polka dot";
        Floral "floral" "꽃무늬" "floral";
        Paisley "paisley" "페이즐리" "paisley";
        Animal "animal" "동물무늬" "animal print";
        Camouflage "camouflage" "카무플라주" "camouflage";
        ColourBlock "colour_block" "배색" "colour-block";
        DenimWash "denim_wash" "워싱" "washed";
        TieDye "tie_dye" "타이다이" "tie-dye";
        Graphic "graphic" "그래픽" "graphic";
        Geometric "geometric" "기하학무늬" "geometric";
        Herringbone "herringbone" "헤링본" "herringbone";
    }
}

words! {
    /// What the cloth is made of.
    Material {
        Cotton "cotton" "면" "cotton";
        Denim "denim" "데님" "denim";
        Leather "leather" "가죽" "leather";
        Suede "suede" "스웨이드" "suede";
        Knit "knit" "니트" "knit";
        Wool "wool" "울" "wool";
        Cashmere "cashmere" "캐시미어" "cashmere";
        Tweed "tweed" "트위드" "tweed";
        Silk "silk" "실크" "silk";
        Satin "satin" "새틴" "satin";
        Linen "linen" "리넨" "linen";
        Velvet "velvet" "벨벳" "velvet";
        Corduroy "corduroy" "코듀로이" "corduroy";
        Fleece "fleece" "플리스" "fleece";
        Nylon "nylon" "나일론" "nylon";
        Polyester "polyester" "폴리에스터" "polyester";
        Chiffon "chiffon" "시폰" "chiffon";
        Lace "lace" "레이스" "lace";
        Fur "fur" "퍼" "fur";
        Shearling "shearling" "무스탕" "shearling";
        Sequin "sequin" "시퀸" "sequin";
        Mesh "mesh" "메시" "mesh";
        Down "down" "다운" "down";
        Jersey "jersey" "저지" "jersey";
        Flannel "flannel" "플란넬" "flannel";
        Canvas "canvas" "캔버스" "canvas";
        Mohair "mohair" "모헤어" "mohair";
    }
}

words! {
    /// How far down the body a garment reaches.
    Length {
        Cropped "cropped" "크롭" "cropped";
        Mini "mini" "미니" "mini";
        Short "short" "짧은" "short";
        Knee "knee" "무릎 길이" "knee-length";
        Midi "midi" "미디" "midi";
        Long "long" "롱" "long";
        Maxi "maxi" "맥시" "maxi";
        Ankle "ankle" "발목 길이" "ankle-length";
    }
}

words! {
    /// What the sleeves are like.
    Sleeves {
        Sleeveless "sleeveless" "민소매" "sleeveless";
        Short "short_sleeves" "반팔" "short-sleeved";
        Half "half_sleeves" "칠부 소매" "half-sleeved";
        Long "long_sleeves" "긴팔" "long-sleeved";
        Puff "puff_sleeves" "퍼프소매" "puff-sleeved";
        Rolled "rolled_sleeves" "걷어 올린 소매" "rolled-sleeved";
    }
}

words! {
    /// How close to the body a garment is.
    Fit {
        Slim "slim" "슬림핏" "slim";
        Regular "regular" "레귤러핏" "regular-fit";
        Loose "loose" "루즈핏" "loose";
        Oversized "oversized" "오버핏" "oversized";
        Wide "wide" "와이드" "wide";
        Skinny "skinny" "스키니" "skinny";
        Straight "straight" "스트레이트" "straight";
        Bootcut "bootcut" "부츠컷" "bootcut";
        Tailored "tailored" "테일러드" "tailored";
        Relaxed "relaxed" "릴랙스핏" "relaxed";
    }
}

words! {
    /// A part or a finish that sets a garment apart.
    Detail {
        DoubleBreasted "double_breasted" "더블" "double-breasted";
        SingleBreasted "single_breasted" "싱글" "single-breasted";
        Hooded "hooded" "후드" "hooded";
        VNeck "v_neck" "브이넥" "V-neck";
        CrewNeck "crew_neck" "크루넥" "crew neck";
        HighNeck "high_neck" "하이넥" "high neck";
        OffShoulder "off_shoulder" "오프숄더" "off-shoulder";
        ButtonDown "button_down" "버튼다운" "button-down";
        Pleated "pleated" "주름" "pleated";
        Ripped "ripped" "찢어진" "ripped";
        ZipUp "zip_up" "집업" "zip-up";
        HighWaist "high_waist" "하이웨이스트" "high-waisted";
        Padded "padded" "누빔" "padded";
        Belted "belted" "벨티드" "belted";
        LapelPeak "lapel_peak" "피크드 라펠" "peak lapel";
    }
}

words! {
    /// Where the picture is taken.
    SceneKind {
        Studio "studio" "스튜디오" "studio";
        Street "street" "거리" "street";
        Cafe "cafe" "카페" "cafe";
        Office "office" "사무실" "office";
        Beach "beach" "해변" "beach";
        Park "park" "공원" "park";
        NightCity "night_city" "도시 야경" "city at night";
        Forest "forest" "숲" "forest";
        School "school" "학교" "school";
        Campus "campus" "캠퍼스" "campus";
        Home "home" "집" "home";
        WeddingHall "wedding_hall" "예식장" "wedding hall";
        Hanok "hanok" "한옥" "hanok";
        Snow "snow" "눈밭" "snow";
        Rooftop "rooftop" "옥상" "rooftop";
        Library "library" "도서관" "library";
        Gym "gym" "체육관" "gym";
        Airport "airport" "공항" "airport";
        Garden "garden" "정원" "garden";
        Sunset "sunset" "노을" "sunset";
        PlainWhite "plain_white" "흰색" "plain white";
        PlainGrey "plain_grey" "회색" "plain grey";
        PlainColour "plain_colour" "단색" "plain";
        Gradient "gradient" "그라데이션" "gradient";
        Blurred "blurred" "흐린" "blurred";
    }
}

words! {
    /// The mood of a style as a whole.
    Mood {
        Casual "casual" "캐주얼" "casual";
        Formal "formal" "포멀" "formal";
        Business "business" "비즈니스" "business";
        Sporty "sporty" "스포티" "sporty";
        Romantic "romantic" "로맨틱" "romantic";
        Vintage "vintage" "빈티지" "vintage";
        Street "street" "스트릿" "street style";
        Minimal "minimal" "미니멀" "minimal";
        Luxurious "luxurious" "고급스러움" "luxurious";
        Cute "cute" "귀여움" "cute";
        Chic "chic" "시크" "chic";
        Elegant "elegant" "우아함" "elegant";
        Edgy "edgy" "엣지" "edgy";
        Cosy "cosy" "포근함" "cosy";
        Fresh "fresh" "청량함" "fresh";
        Retro "retro" "레트로" "retro";
        Preppy "preppy" "프레피" "preppy";
        Gothic "gothic" "고딕" "gothic";
        Bohemian "bohemian" "보헤미안" "bohemian";
        Clean "clean" "깔끔함" "clean";
    }
}

words! {
    /// The season that a style is for.
    Season {
        Spring "spring" "봄" "spring";
        Summer "summer" "여름" "summer";
        Autumn "autumn" "가을" "autumn";
        Winter "winter" "겨울" "winter";
    }
}

impl GarmentKind {
    /// The material that the word itself says: a leather jacket is of leather.
    pub fn material(self) -> Option<Material> {
        match self {
            Self::LeatherJacket => Some(Material::Leather),
            Self::DenimJacket | Self::Jeans | Self::DenimShorts | Self::DenimSkirt => Some(Material::Denim),
            _ => None,
        }
    }

    /// The sleeves it usually has, where nothing else is said; none for what has no sleeves to speak of.
    pub fn usual_sleeves(self) -> Option<Sleeves> {
        match self {
            Self::TShirt | Self::PoloShirt | Self::Jersey => Some(Sleeves::Short),
            Self::TankTop
            | Self::Camisole
            | Self::Bustier
            | Self::Vest
            | Self::Waistcoat
            | Self::SlipDress => Some(Sleeves::Sleeveless),
            Self::Top | Self::CropTop | Self::Bodysuit | Self::Dress | Self::EveningDress => None,
            Self::WeddingDress | Self::Overalls | Self::Jumpsuit | Self::Cape => None,
            _ => match self.slot() {
                Slot::Upper | Slot::Outer | Slot::Dress => Some(Sleeves::Long),
                _ => None,
            },
        }
    }

    /// The length it usually has, where nothing else is said.
    pub fn usual_length(self) -> Option<Length> {
        match self {
            Self::CropTop => Some(Length::Cropped),
            Self::MiniSkirt | Self::TennisSkirt => Some(Length::Mini),
            Self::Shorts | Self::DenimShorts => Some(Length::Short),
            Self::Skirt | Self::PencilSkirt | Self::ALineSkirt | Self::DenimSkirt | Self::Coat => {
                Some(Length::Knee)
            }
            Self::PleatedSkirt | Self::Dress | Self::ShirtDress | Self::KnitDress | Self::SlipDress => {
                Some(Length::Midi)
            }
            Self::TrenchCoat | Self::Overcoat | Self::Durumagi | Self::LongSkirt => Some(Length::Long),
            Self::EveningDress | Self::WeddingDress | Self::Chima | Self::Hanbok => Some(Length::Maxi),
            Self::Jumpsuit | Self::Overalls => Some(Length::Ankle),
            _ => (self.slot() == Slot::Trousers).then_some(Length::Ankle),
        }
    }
}
