//! Words that stand for an outfit, and the outfits. Garments are written as in the canonical line of a style;
//! `*` marks those that take the colour, material or fit of the style word.

use super::word::{Outfit, Word};
use crate::style::{Mood, Season};

macro_rules! outfits {
    (@clothes clothes) => { true };
    (@clothes look) => { false };
    ($($what:ident $forms:literal { $any:literal, $women:literal, $men:literal })*) => {
        &[$(Outfit {
            forms: $forms,
            clothes: outfits!(@clothes $what),
            any: $any,
            women: $women,
            men: $men,
        }),*]
    };
}

/// Quiet colours, for a sentence that names only a shade.
pub(super) static MUTED: &[Outfit] = outfits! {
    look "톤온톤|톤 다운 룩|톤 다운 코디|톤 다운 스타일|톤 온 톤|톤온톤 룩|톤온톤 코디|무채색 룩|tone on tone|tonal look|muted tones|\
        toned down" {
        "*jacket colour=taupe material=wool; knit colour=oatmeal; slacks colour=grey fit=relaxed; \
            loafers colour=brown material=suede",
        "*coat colour=taupe material=wool; knit colour=oatmeal; slacks colour=grey fit=wide; \
            loafers colour=brown material=suede", "" }
};

/// Named looks.
pub(super) static NAMED: &[Outfit] = outfits! {
    clothes "정장|수트|슈트|양복|정장 세트|정장 한 벌|수트 셋업|정장 셋업|셋업 정장|신사복|suit|two piece suit|pant suit|power suit|\
        suit and tie look" {
        "*suit_jacket colour=charcoal; dress_shirt colour=white; *suit_trousers colour=charcoal; \
            oxfords colour=black",
        "*suit_jacket colour=charcoal; blouse colour=white; *suit_trousers colour=charcoal; \
            heels colour=black",
        "*suit_jacket colour=charcoal; dress_shirt colour=white; *suit_trousers colour=charcoal; \
            tie colour=navy; oxfords colour=black" }
    clothes "쓰리피스|쓰리 피스 정장|쓰리피스 수트|스리피스 정장|three piece suit|three piece" {
        "*suit_jacket colour=charcoal; *waistcoat colour=charcoal; dress_shirt colour=white; \
            *suit_trousers colour=charcoal; tie colour=burgundy; oxfords colour=black", "", "" }
    clothes "턱시도|턱시도 정장|연미복|예복|tuxedo|tux|black tie|black tie outfit" {
        "*suit_jacket colour=black material=wool; dress_shirt colour=white; \
            *suit_trousers colour=black material=wool; bow_tie colour=black; oxfords colour=black", "", "" }
    clothes "교복|학생복|스쿨 룩|school uniform|uniform|schoolgirl|schoolboy" {
        "*blazer colour=navy; dress_shirt colour=white; pleated_skirt colour=grey pattern=check; \
            tie colour=navy; knee_socks colour=white; loafers colour=black",
        "",
        "*blazer colour=navy; dress_shirt colour=white; slacks colour=grey; tie colour=navy; \
            loafers colour=black" }
    clothes "한복|전통 한복|생활 한복|개량 한복|전통 의상|hanbok|korean traditional clothes|traditional korean clothes|\
        korean traditional dress" {
        "*jeogori colour=ivory material=silk; *chima colour=crimson material=silk; flats colour=ivory",
        "",
        "*jeogori colour=ivory material=silk; *baji colour=grey material=silk; shoes colour=black" }
    clothes "비즈니스 캐주얼|비지니스 캐주얼|비즈니스 캐쥬얼|비지니스 캐쥬얼|비캐|세미 정장|스마트 캐주얼|오피스 캐주얼|세미 캐주얼|business casual|\
        smart casual|biz casual" {
        "*blazer colour=navy; oxford_shirt colour=white; chinos colour=beige; loafers colour=brown",
        "*blazer colour=navy; blouse colour=ivory; slacks colour=beige; loafers colour=brown",
        "" }
    look "청청|청청 패션|청청 룩|데님 온 데님|더블 데님|double denim|denim on denim|canadian tuxedo" {
        "*denim_jacket colour=denim_blue; t_shirt colour=white; *jeans colour=denim_blue; \
            sneakers colour=white", "", "" }
    look "코티지코어|코티지 코어|전원풍|cottagecore|cottage core" {
        "*dress colour=cream pattern=floral material=cotton length=midi sleeves=puff_sleeves; \
            cardigan colour=sage; boots colour=brown material=leather; hat colour=beige", "",
        "*shirt colour=cream material=linen; vest colour=sage material=knit; \
            trousers colour=brown material=corduroy; boots colour=brown material=leather" }
    look "다크 아카데미아|다크 아카데미|dark academia|light academia|academia" {
        "*blazer colour=brown pattern=check material=tweed; turtleneck colour=cream; \
            trousers colour=brown shade=dark material=wool; loafers colour=brown",
        "*blazer colour=brown pattern=check material=tweed; turtleneck colour=cream; \
            pleated_skirt colour=brown pattern=check; tights colour=black; loafers colour=brown", "" }
    look "클린걸|클린 걸|clean girl" {
        "*tank_top colour=white; slacks colour=beige fit=wide; cardigan colour=cream; sneakers colour=white; \
            earrings colour=gold", "", "" }
    look "졸업식|졸업식 룩|졸업사진|졸업 사진|상견례|상견례룩|학부모룩|graduation|graduation outfit" {
        "*blazer colour=navy; shirt colour=white; slacks colour=beige; loafers colour=brown",
        "*jacket colour=ivory material=tweed; blouse colour=white; skirt colour=ivory material=tweed; \
            heels colour=beige", "" }
    look "소풍|소풍룩|피크닉|피크닉룩|나들이|나들이룩|picnic|picnic outfit" {
        "*shirt colour=sky_blue pattern=gingham; t_shirt colour=white; shorts colour=beige; \
            sneakers colour=white; tote_bag colour=ivory material=canvas",
        "*dress colour=white pattern=gingham pattern_colours=red length=midi; cardigan colour=ivory; \
            sneakers colour=white; hat colour=beige", "" }
    look "페스티벌|페스티벌룩|콘서트|콘서트룩|festival|festival outfit|concert" {
        "*t_shirt colour=black pattern=graphic; denim_shorts colour=denim_blue shade=light; \
            boots colour=black; sunglasses colour=black",
        "*crop_top colour=white; denim_shorts colour=denim_blue shade=light; \
            boots colour=brown material=suede; sunglasses colour=black", "" }
    look "골프|골프룩|골프웨어|golf|golf outfit|golf wear" {
        "*polo_shirt colour=white; slacks colour=navy fit=slim; sneakers colour=white; cap colour=white; \
            belt colour=white",
        "*polo_shirt colour=white; tennis_skirt colour=navy; knee_socks colour=white; sneakers colour=white; \
            cap colour=white", "" }
    look "테니스룩|테니스웨어|테니스 코어|tennis|tenniscore|tennis outfit|tennis look" {
        "*polo_shirt colour=white; shorts colour=white; socks colour=white; sneakers colour=white; \
            cap colour=white",
        "*polo_shirt colour=white; tennis_skirt colour=white; socks colour=white; sneakers colour=white; \
            cap colour=white", "" }
    look "아메카지|아메카지룩|아메리칸 캐주얼|아메리칸 캐쥬얼|amekaji|american casual|workwear|워크 웨어" {
        "*jacket colour=olive material=cotton; shirt colour=navy pattern=check material=flannel; \
            t_shirt colour=white; jeans colour=denim_blue shade=dark fit=straight; \
            boots colour=brown material=leather; beanie colour=charcoal", "", "" }
    look "mz 오피스|mz 오피스룩|mz 사원|엠지 오피스|mz 출근|mz office|mz office look|mz office worker" {
        "*blazer colour=grey fit=oversized; t_shirt colour=white; slacks colour=charcoal fit=wide; \
            loafers colour=black; tote_bag colour=black material=leather; glasses colour=black",
        "*cardigan colour=ivory length=cropped; t_shirt colour=white; slacks colour=grey fit=wide; \
            loafers colour=black; tote_bag colour=black material=leather", "" }
    clothes "청량한 여름 옷|청량한 여름|청량 여름|청량한 여름 코디|시원한 여름옷|시원한 여름|시원한 여름 코디|청량한 여름룩|fresh summer|\
        fresh summer clothes|refreshing summer|cool summer clothes" {
        "*shirt colour=sky_blue material=linen sleeves=short_sleeves fit=relaxed; \
            shorts colour=white material=linen; sandals colour=tan",
        "*dress colour=sky_blue material=linen length=midi sleeves=sleeveless; sandals colour=white; \
            hat colour=beige", "" }
    look "올드 머니|상류층|재벌|재벌가|스텔스 럭셔리|조용한 럭셔리|old money|quiet luxury|stealth wealth" {
        "*cardigan colour=cream material=cashmere; polo_shirt colour=white material=knit; \
            slacks colour=beige material=wool; loafers colour=brown material=suede; watch colour=gold",
        "*cardigan colour=cream material=cashmere; blouse colour=white material=silk; \
            slacks colour=beige material=wool; loafers colour=brown material=leather; earrings colour=white",
        "" }
    look "y2k|와이투케이|세기말|2000년대|2000s|y2k fashion" {
        "*crop_top colour=pink; cargo_trousers colour=denim_blue shade=light material=denim fit=wide; \
            sneakers colour=white; belt colour=silver; sunglasses colour=pink", "",
        "*t_shirt colour=sky_blue pattern=graphic fit=oversized; \
            jeans colour=denim_blue shade=light fit=wide; sneakers colour=white; beanie colour=grey" }
    clothes "애슬레저|애슬래저|애슬레져|운동복|원마일 웨어|활동복|체육복|요가복|헬스복|athleisure|activewear|gym wear|workout clothes|\
        gym clothes|athletic wear|exercise clothes" {
        "*sweatshirt colour=grey; *joggers colour=black; sneakers colour=white; cap colour=black",
        "*sweatshirt colour=grey length=cropped; *leggings colour=black; sneakers colour=white; \
            cap colour=ivory", "" }
    clothes "추리닝|츄리닝|트레이닝 복|트레이닝 세트|트랙 수트|트레이닝 셋업|track suit|sweatsuit" {
        "*jacket colour=navy details=zip_up; *joggers colour=navy; t_shirt colour=white; \
            sneakers colour=white", "", "" }
    look "고프 코어|아웃도어|아웃도어룩|캠핑룩|캠핑|gorp core|gorp|outdoor|camping" {
        "*windbreaker colour=olive material=nylon; fleece_jacket colour=beige; \
            cargo_trousers colour=charcoal material=nylon; sneakers colour=grey; cap colour=black; \
            backpack colour=black material=nylon", "", "" }
    clothes "등산복|등산|등산룩|하이킹|하이킹복|산행|트레킹|hiking|hiking clothes|hiking outfit|mountain climbing|trekking|\
        hiking gear" {
        "*windbreaker colour=red material=nylon; \
            t_shirt colour=grey material=polyester sleeves=long_sleeves; \
            trousers colour=charcoal material=nylon; boots colour=brown; \
            backpack colour=navy material=nylon; cap colour=black", "", "" }
    look "그런지|그런지룩|grunge|grungy" {
        "*shirt colour=red pattern=check pattern_colours=black material=flannel fit=oversized; \
            t_shirt colour=black pattern=graphic; jeans colour=denim_blue shade=light details=ripped; \
            boots colour=black material=leather", "", "" }
    look "꾸안꾸|꾸민 듯 안 꾸민|무심한 듯|내추럴|내추럴한|내츄럴|effortless|effortlessly|effortlessly chic|natural look|off duty|\
        model off duty" {
        "*knit colour=oatmeal fit=relaxed; t_shirt colour=white; jeans colour=denim_blue fit=straight; \
            sneakers colour=white",
        "*cardigan colour=oatmeal fit=relaxed; t_shirt colour=white; jeans colour=denim_blue fit=straight; \
            flats colour=black", "" }
    clothes "하객|하객 룩|하객 패션|하객복|결혼식 하객|결혼식 하객룩|결혼식 룩|결혼식 복장|결혼식 옷|wedding guest|wedding guest outfit|\
        guest at a wedding|wedding look|wedding outfit" {
        "*dress colour=dusty_pink material=chiffon length=midi; heels colour=beige; handbag colour=beige; \
            earrings colour=gold",
        "",
        "*suit_jacket colour=navy; dress_shirt colour=sky_blue shade=pale; *suit_trousers colour=navy; \
            tie colour=burgundy; oxfords colour=brown" }
    look "출근 룩|출근|출근 복장|출근복|오피스 룩|직장인|직장인룩|회사원|회사룩|회사원룩|사무실룩|출근용|office look|office style|office outfit|\
        office wear|work outfit|work look|workwear for the office|office worker|corporate|office attire|\
        office clothes" {
        "*blazer colour=charcoal; shirt colour=sky_blue shade=pale; slacks colour=black; \
            loafers colour=black",
        "*blazer colour=beige; blouse colour=white; slacks colour=black; heels colour=black",
        "" }
    look "캠퍼스 룩|대학생|대학생룩|새내기|새내기룩|개강|개강 룩|여대생|남대생|등교룩|학교룩|campus look|campus style|campus outfit|\
        college look|college style|college student|student look|university student|back to school" {
        "*varsity_jacket colour=navy pattern_colours=white; sweatshirt colour=grey; \
            jeans colour=denim_blue fit=straight; sneakers colour=white; backpack colour=black",
        "*cardigan colour=sky_blue; t_shirt colour=white; pleated_skirt colour=beige; socks colour=white; \
            sneakers colour=white; tote_bag colour=ivory material=canvas",
        "" }
    look "데이트 룩|데이트|소개팅|데이트 코디|데이트 복장|소개팅 룩|데이트할 때|date look|date|date night|date outfit|first date|\
        date night outfit" {
        "*knit colour=cream; slacks colour=charcoal; loafers colour=brown",
        "*dress colour=ivory pattern=floral material=chiffon length=midi; cardigan colour=cream; \
            flats colour=beige; handbag colour=brown",
        "*knit colour=cream; shirt colour=white; slacks colour=charcoal; loafers colour=brown; \
            watch colour=silver" }
    clothes "면접|면접 룩|면접 복장|면접복|면접 정장|취준생|취업|interview|job interview|interview outfit|interview look|\
        interview attire" {
        "*suit_jacket colour=navy; dress_shirt colour=white; *suit_trousers colour=navy; \
            oxfords colour=black",
        "*suit_jacket colour=black; blouse colour=white; pencil_skirt colour=black; heels colour=black; \
            stockings colour=beige",
        "*suit_jacket colour=navy; dress_shirt colour=white; *suit_trousers colour=navy; \
            tie colour=navy pattern=diagonal_stripes; oxfords colour=black" }
    look "파티|파티 룩|연말 파티|클럽룩|클럽|연말룩|연말 모임|파티복|party|party look|party outfit|night out|clubbing|club|\
        cocktail party" {
        "*blazer colour=black material=velvet; shirt colour=black material=satin; \
            slacks colour=black fit=slim; loafers colour=black material=leather",
        "*slip_dress colour=black material=satin; heels colour=silver; earrings colour=silver; \
            handbag colour=silver", "" }
    look "힙합|힙합룩|힙합퍼|힙합 전사|래퍼|힙한|힙하게|힙|hip hop|rapper|hip" {
        "*hoodie colour=black fit=oversized; jeans colour=denim_blue fit=loose; sneakers colour=white; \
            cap colour=black; necklace colour=gold", "", "" }
    look "놈코어|놈코어룩|norm core" {
        "*t_shirt colour=grey; jeans colour=denim_blue fit=straight; sneakers colour=white; cap colour=navy",
            "", "" }
    look "시티 보이|시티보이룩|시티 걸|city boy|city girl" {
        "*shirt colour=sky_blue fit=oversized; t_shirt colour=white; wide_trousers colour=beige; \
            sneakers colour=white; cap colour=navy; tote_bag colour=ivory material=canvas", "", "" }
    look "발레 코어|발레코어룩|발레리나|발레|ballet core|ballerina|ballet" {
        "*cardigan colour=blush length=cropped details=belted; camisole colour=white; \
            skirt colour=blush material=chiffon; tights colour=white; flats colour=pink material=satin", "",
            "" }
    look "블록 코어|블록코어룩|블로크 코어|bloke core|football fan" {
        "*jersey colour=red pattern_colours=white; t_shirt colour=white sleeves=long_sleeves; \
            jeans colour=denim_blue shade=light fit=loose; sneakers colour=white", "", "" }
    look "걸리시|걸리쉬|걸리시룩|소녀|소녀스러운|소녀 감성|소녀소녀한|소녀 같은|girlish|girly|coquette" {
        "*blouse colour=ivory material=lace sleeves=puff_sleeves; mini_skirt colour=pink; \
            socks colour=white material=lace; flats colour=white; hairband colour=pink", "", "" }
    look "페미닌|페미닌한|페미닌룩|여성스러운|여성스럽게|여리여리한|여성미 있는|feminine" {
        "*blouse colour=ivory material=chiffon; long_skirt colour=beige material=satin; heels colour=beige; \
            handbag colour=ivory; earrings colour=gold", "", "" }
    look "댄디|댄디한|댄디하게|댄디룩|댄디남|신사|신사적인|젠틀한|젠틀|젠틀맨|dandy|gentleman|gentlemanly|dapper" {
        "*coat colour=camel; turtleneck colour=black; slacks colour=charcoal fit=slim; loafers colour=brown; \
            watch colour=silver", "", "" }
    look "클래식|클래식한|클래식하게|클래식룩|고전적인|정통|classic|timeless|classical|ivy classic" {
        "*trench_coat colour=beige; shirt colour=white; slacks colour=navy; loafers colour=brown",
        "*trench_coat colour=beige; blouse colour=white; slacks colour=navy; flats colour=black; \
            scarf colour=navy",
        "" }
    look "섹시|섹시한|섹시하게|관능적인|매혹적인|섹시룩|sexy|seductive|sensual|sultry" {
        "*slip_dress colour=black material=satin; heels colour=black; earrings colour=gold",
        "",
        "*shirt colour=black material=silk fit=slim; slacks colour=black fit=slim; loafers colour=black" }
    look "남친 룩|남자친구룩|남친|훈남|훈남룩|boyfriend look|boyfriend style" {
        "*cardigan colour=navy; t_shirt colour=white; slacks colour=grey; sneakers colour=white", "", "" }
    look "여친 룩|여자친구룩|여친|훈녀룩|girlfriend look|girlfriend style" {
        "*knit colour=ivory; long_skirt colour=beige; flats colour=white; handbag colour=beige", "", "" }
    look "여행 룩|여행|공항 룩|공항 패션|휴가|휴가룩|바캉스|바캉스 룩|휴양지|휴양지룩|리조트룩|여행 코디|travel|vacation|holiday|resort|\
        vacation look|airport look|airport fashion|travel look|travel outfit" {
        "*shirt colour=white material=linen fit=relaxed; trousers colour=beige material=linen; \
            sandals colour=tan; sunglasses colour=black; tote_bag colour=ivory material=canvas",
        "*dress colour=white material=linen length=maxi sleeves=sleeveless; sandals colour=tan; \
            hat colour=beige; sunglasses colour=black", "" }
    clothes "홈 웨어|잠옷|파자마|실내복|이지웨어|라운지웨어|homewear|pajamas|pyjamas|lounge wear|pjs" {
        "*sweatshirt colour=oatmeal fit=relaxed; *sweatpants colour=oatmeal; slippers colour=ivory", "", "" }
    look "밀리터리|밀리터리룩|군복|군인|army|military" {
        "*parka colour=khaki; t_shirt colour=black; cargo_trousers colour=olive; \
            boots colour=black material=leather", "", "" }
    look "마린 룩|마린|세일러|세일러룩|해군|nautical|sailor|marine" {
        "*t_shirt colour=white pattern=horizontal_stripes pattern_colours=navy sleeves=long_sleeves; \
            trousers colour=white; sneakers colour=navy", "", "" }
    clothes "아이돌|아이돌룩|무대 의상|케이팝|k pop|idol|k pop idol|stage outfit" {
        "*leather_jacket colour=black length=cropped; t_shirt colour=white; trousers colour=black fit=wide; \
            boots colour=black; necklace colour=silver",
        "*crop_top colour=white; tennis_skirt colour=white; jacket colour=silver length=cropped; \
            boots colour=white; earrings colour=silver", "" }
    look "테크 웨어|사이버펑크|tech wear|cyberpunk" {
        "*windbreaker colour=black material=nylon details=hooded; t_shirt colour=black; \
            cargo_trousers colour=black material=nylon; boots colour=black; backpack colour=black", "", "" }
    clothes "장례식|장례식룩|상복|조문|조문룩|조문 복장|장례식 복장|funeral|mourning" {
        "*suit_jacket colour=black; dress_shirt colour=white; *suit_trousers colour=black; tie colour=black; \
            shoes colour=black",
        "*blazer colour=black; blouse colour=black; slacks colour=black; flats colour=black", "" }
};

/// The outfit of every mood, in the order of [`Mood::ALL`], for a sentence that names no garment or says
/// "look".
pub(super) static OF_MOODS: &[Outfit] = outfits! {
    // Casual
    look "" {
        "*t_shirt colour=white; jeans colour=denim_blue; sneakers colour=white",
        "",
        "" }
    // Formal
    look "" {
        "*suit_jacket colour=black; dress_shirt colour=white; *suit_trousers colour=black; \
            oxfords colour=black",
        "*dress colour=black length=midi; heels colour=black; earrings colour=silver",
        "*suit_jacket colour=black; dress_shirt colour=white; *suit_trousers colour=black; tie colour=black; \
            oxfords colour=black" }
    // Business
    look "" {
        "*suit_jacket colour=navy; dress_shirt colour=white; *suit_trousers colour=navy; \
            oxfords colour=black",
        "*suit_jacket colour=navy; blouse colour=white; *suit_trousers colour=navy; heels colour=black",
        "" }
    // Sporty
    look "" {
        "*windbreaker colour=navy pattern_colours=white material=nylon; t_shirt colour=white; \
            *joggers colour=navy; sneakers colour=white",
        "",
        "" }
    // Romantic
    look "" {
        "*blouse colour=ivory material=lace; long_skirt colour=dusty_pink material=chiffon; \
            flats colour=beige; earrings colour=gold",
        "",
        "*knit colour=cream; shirt colour=white; slacks colour=beige; loafers colour=brown" }
    // Vintage
    look "" {
        "*cardigan colour=mustard material=wool; shirt colour=cream pattern=check; \
            trousers colour=brown material=corduroy; loafers colour=brown",
        "*dress colour=burgundy pattern=polka_dot pattern_colours=cream length=midi; cardigan colour=cream; \
            shoes colour=brown",
        "" }
    // Street
    look "" {
        "*hoodie colour=grey fit=oversized; cargo_trousers colour=black fit=wide; sneakers colour=white; \
            cap colour=black",
        "",
        "" }
    // Minimal
    look "" {
        "*knit colour=black; slacks colour=grey fit=straight; loafers colour=black",
        "",
        "" }
    // Luxurious
    look "" {
        "*coat colour=camel material=cashmere; knit colour=cream material=cashmere; \
            slacks colour=cream material=wool; loafers colour=brown material=leather; watch colour=gold",
        "*coat colour=camel material=cashmere; blouse colour=ivory material=silk; \
            slacks colour=cream material=wool; heels colour=beige; earrings colour=gold",
        "" }
    // Cute
    look "" {
        "*cardigan colour=pink; t_shirt colour=white; tennis_skirt colour=ivory; socks colour=white; \
            sneakers colour=white",
        "",
        "*sweatshirt colour=cream pattern=graphic; jeans colour=denim_blue shade=light; \
            sneakers colour=white; beanie colour=sky_blue" }
    // Chic
    look "" {
        "*blazer colour=black; t_shirt colour=white; slacks colour=black; loafers colour=black",
        "*blazer colour=black; camisole colour=white material=silk; slacks colour=black; heels colour=black",
        "" }
    // Elegant
    look "" {
        "*dress colour=navy material=satin length=midi; heels colour=silver; earrings colour=silver",
        "",
        "*suit_jacket colour=navy; turtleneck colour=ivory; *suit_trousers colour=navy; \
            loafers colour=black; watch colour=silver" }
    // Edgy
    look "" {
        "*leather_jacket colour=black; t_shirt colour=black; jeans colour=black fit=skinny details=ripped; \
            boots colour=black material=leather",
        "",
        "" }
    // Cosy
    look "" {
        "*cardigan colour=oatmeal material=wool fit=oversized; turtleneck colour=cream; \
            trousers colour=brown material=corduroy; boots colour=camel material=suede; scarf colour=beige",
        "",
        "" }
    // Fresh
    look "" {
        "*shirt colour=sky_blue material=cotton; t_shirt colour=white; jeans colour=denim_blue shade=light; \
            sneakers colour=white",
        "*blouse colour=white material=cotton; skirt colour=sky_blue; sneakers colour=white",
        "" }
    // Retro
    look "" {
        "*knit colour=orange pattern=horizontal_stripes pattern_colours=cream; \
            jeans colour=denim_blue fit=bootcut; sneakers colour=cream; sunglasses colour=brown",
        "",
        "" }
    // Preppy
    look "" {
        "*vest colour=navy pattern=argyle material=knit; oxford_shirt colour=white; \
            pleated_skirt colour=grey; knee_socks colour=navy; loafers colour=brown",
        "",
        "*vest colour=navy pattern=argyle material=knit; oxford_shirt colour=white; chinos colour=beige; \
            loafers colour=brown" }
    // Gothic
    look "" {
        "*blouse colour=black material=lace; long_skirt colour=black material=velvet; \
            boots colour=black material=leather; necklace colour=silver",
        "",
        "*leather_jacket colour=black; shirt colour=black; trousers colour=black fit=slim; \
            boots colour=black material=leather; necklace colour=silver" }
    // Bohemian
    look "" {
        "*blouse colour=ivory material=cotton sleeves=puff_sleeves; long_skirt colour=rust pattern=paisley; \
            sandals colour=brown material=leather; necklace colour=turquoise",
        "",
        "*shirt colour=ivory material=linen fit=loose; trousers colour=sand material=linen; \
            sandals colour=brown material=leather; necklace colour=brown" }
    // Clean
    look "" {
        "*shirt colour=white; slacks colour=navy; sneakers colour=white",
        "*blouse colour=white; slacks colour=beige; flats colour=beige",
        "" }
};

/// The outfit of every season, in the order of [`Season::ALL`], for a sentence that names nothing else.
pub(super) static OF_SEASONS: &[Outfit] = outfits! {
    // Spring
    look "" {
        "*cardigan colour=mint; t_shirt colour=white; jeans colour=denim_blue shade=light; \
            sneakers colour=white",
        "*trench_coat colour=beige; dress colour=white pattern=floral; flats colour=beige",
        "" }
    // Summer
    look "" {
        "*t_shirt colour=white material=cotton; shorts colour=beige; sneakers colour=white",
        "*dress colour=white material=linen sleeves=sleeveless; sandals colour=tan",
        "" }
    // Autumn
    look "" {
        "*trench_coat colour=beige; knit colour=brown; slacks colour=charcoal; loafers colour=brown",
        "",
        "" }
    // Winter
    look "" {
        "*coat colour=charcoal material=wool; turtleneck colour=ivory; slacks colour=black; \
            boots colour=black material=leather; scarf colour=grey",
        "",
        "" }
};

/// Every named look with its forms.
pub(super) fn words() -> impl Iterator<Item = (&'static str, Word)> {
    NAMED.iter().chain(MUTED).map(|outfit| (outfit.forms, Word::Style(outfit)))
}

/// The outfit of a mood.
pub(super) fn of_mood(mood: Mood) -> &'static Outfit {
    &OF_MOODS[mood as usize]
}

/// The outfit of a season.
pub(super) fn of_season(season: Season) -> &'static Outfit {
    &OF_SEASONS[season as usize]
}
