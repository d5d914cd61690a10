//! The closed vocabularies: every word is written once, with its id and its two names.

use crate::vocabulary::words;

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

words! {
    /// The pattern printed on or woven into the cloth.
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
    /// The material of the cloth.
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
    /// The sleeves.
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
