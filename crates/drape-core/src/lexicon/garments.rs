//! Surface forms of garments: `|` between forms, a space where a form may be written apart, with
//! a hyphen or as one word. English plurals are found by rule.

use super::word::Attr::{self, Detail as D, Fit as F, Length as L, Material as M, Sleeves as S};
use super::word::{Attr::Colour as C, Attr::Pattern as P, Either, Word};
use crate::style::GarmentKind::{self, *};
use crate::style::{ColourName, Detail, Fit, Length, Material, Pattern, Shade, Sleeves, Slot};

/// Words that always mean this garment, with the attributes that the word itself implies.
pub(super) static NOUNS: &[(GarmentKind, &[Attr], &str)] = &[
    // Upper
    (Shirt, &[], "셔츠|셔쓰|샤쓰|남방|난방|남방 셔츠|shirt|button up|button up shirt"),
    (Shirt, &[D(Detail::ButtonDown)], "button down shirt|버튼 다운 셔츠"),
    (Shirt, &[M(Material::Denim)], "청 셔츠|청 남방|데님 셔츠|데님 남방|denim shirt|chambray shirt|chambray"),
    (Shirt, &[M(Material::Flannel)], "flannel shirt|플란넬 셔츠|플란넬 남방"),
    (DressShirt, &[], "와이 셔츠|y셔츠|정장 셔츠|드레스 셔츠|수트 셔츠|dress shirt"),
    (
        OxfordShirt,
        &[],
        "옥스퍼드 셔츠|옥스포드 셔츠|oxford shirt|oxford button down|oxford button down shirt",
    ),
    (TShirt, &[], "티 셔츠|티샤쓰|티셔쓰|티|라운드 티|t shirt|tee|tee shirt|t"),
    (
        PoloShirt,
        &[P(Pattern::HorizontalStripes), S(Sleeves::Long)],
        "럭비 셔츠|럭비 티|럭비 티셔츠|럭비 폴로|rugby shirt|rugby polo|rugby jersey",
    ),
    (TShirt, &[S(Sleeves::Short)], "반팔 티|반팔 티셔츠|반소매 티|반소매 티셔츠"),
    (TShirt, &[S(Sleeves::Long)], "긴팔 티|긴팔 티셔츠|긴소매 티|긴소매 티셔츠|롱 슬리브 티"),
    (TShirt, &[D(Detail::VNeck)], "브이넥 티|v넥 티|브이넥 티셔츠|v넥 티셔츠"),
    (TShirt, &[C(ColourName::White, None)], "백티"),
    (
        PoloShirt,
        &[],
        "폴로 셔츠|폴로 티|폴로 티셔츠|폴로|피케 셔츠|피케 티|피케 티셔츠|피케|카라 티|카라티셔츠|polo shirt|polo|polo tee|pique shirt|\
            golf shirt",
    ),
    (Blouse, &[], "블라우스|브라우스|블라우즈|blouse"),
    (Sweater, &[], "스웨터|스웨타|세타|쉐터|풀오버|sweater|jumper|pullover"),
    (Knit, &[], "니트 티|니트 탑|니트웨어|니트 상의|knitwear|knit top|knitted top"),
    (
        Turtleneck,
        &[],
        "목폴라|목폴라 티|목폴라 니트|폴라 티|폴라 니트|폴라|터틀넥 니트|터틀넥 스웨터|터틀넥 티|turtleneck knit|turtle neck sweater|\
            turtleneck top|turtleneck jumper|roll neck|roll neck sweater|polo neck|polo neck sweater|반폴라|모크넥|\
            mock neck|mock neck sweater",
    ),
    (
        Hoodie,
        &[],
        "후드 티|후드 티셔츠|후디|후드 셔츠|후드 맨투맨|hoodie|hoody|hooded sweatshirt|hooded sweater",
    ),
    (
        Hoodie,
        &[D(Detail::ZipUp)],
        "후드 집업|집업 후드|집업 후디|집업 후드티|후집|후드 지퍼|zip hoodie|zip up hoodie|zipped hoodie",
    ),
    (
        Sweatshirt,
        &[],
        "맨투맨|맨투맨 티|맨투맨 티셔츠|스웨트 셔츠|스웻 셔츠|스웨트셔쓰|sweat shirt|crew neck sweatshirt",
    ),
    (
        TankTop,
        &[],
        "탱크 탑|탱크톱|나시 티|나시|민소매 티|민소매 티셔츠|끈나시|런닝 셔츠|난닝구|tank top|tank|sleeveless tee|singlet",
    ),
    (
        CropTop,
        &[],
        "크롭 티|크롭 티셔츠|크롭 탑|크롭톱|배꼽 티|crop top|cropped top|crop tee|bralette|브라 탑|튜브 탑|tube top",
    ),
    (Camisole, &[], "캐미솔|카미솔|캐미숄|슬립 탑|camisole|cami|cami top"),
    (Bustier, &[], "뷔스티에|뷔스티에 탑|뷰스티에|부스티에|코르셋|bustier|corset|corset top"),
    (Bodysuit, &[], "바디 수트|바디 슈트|보디 수트|body suit"),
    (
        Top,
        &[D(Detail::OffShoulder)],
        "오프숄더 탑|오프 숄더 블라우스 탑|off shoulder top|off the shoulder top",
    ),
    (
        Jersey,
        &[],
        "축구 유니폼|축구 저지|야구 유니폼|농구 유니폼|유니폼 티|레플리카|저지 티|football shirt|soccer jersey|football jersey|\
            basketball jersey|baseball jersey|football top",
    ),
    (Tunic, &[], "튜닉|튜닉 블라우스|tunic|tunic top"),
    // Outer
    (
        Jacket,
        &[],
        "재킷|자켓|쟈켓|자켙|재킽|쟈킷|자킷|잠바|점퍼|잠바떼기|쟘바|블루종|블루종 자켓|blouson|jacket|jaket|work jacket|워크 자켓|워크 재킷|\
            chore jacket|초어 자켓|track jacket|트랙 탑|트랙 자켓|트랙 재킷|사파리|사파리 자켓|야상|야상 점퍼|야전 상의|field jacket|\
            safari jacket|utility jacket|바이커 점퍼|숏 자켓|overshirt|shacket",
    ),
    (Jacket, &[M(Material::Tweed)], "트위드 자켓|트위드 재킷|tweed jacket|샤넬 자켓|샤넬 재킷"),
    (
        Jacket,
        &[M(Material::Suede)],
        "스웨이드 자켓|스웨이드 재킷|스웨이드 점퍼|쎄무 자켓|세무 자켓|suede jacket",
    ),
    (Jacket, &[M(Material::Corduroy)], "골덴 자켓|골덴 재킷"),
    (Jacket, &[M(Material::Shearling)], "shearling jacket|무톤 자켓|무톤 재킷|sheepskin jacket"),
    (
        Jacket,
        &[D(Detail::DoubleBreasted)],
        "더블 자켓|더블 재킷|더블브레스트 자켓|더블브레스티드 재킷|double breasted jacket",
    ),
    (
        Blazer,
        &[],
        "블레이저|블레이져|블래이저|블레이저 자켓|블레이저 재킷|마이|콤비|콤비 자켓|콤비 재킷|blazer|blazer jacket|sport coat|sports jacket|\
            sports coat",
    ),
    (
        SuitJacket,
        &[],
        "정장 자켓|정장 재킷|정장 상의|정장 마이|수트 자켓|수트 재킷|슈트 자켓|슈트 재킷|양복 자켓|양복 재킷|양복 상의|양복 윗도리|suit jacket|suit coat|\
            dinner jacket|tuxedo jacket|턱시도 자켓|턱시도 재킷",
    ),
    (
        LeatherJacket,
        &[],
        "가죽 자켓|가죽 재킷|가죽 쟈켓|가죽 점퍼|가죽 잠바|가죽 블루종|레더 자켓|레더 재킷|라이더 자켓|라이더 재킷|라이더스 자켓|라이더스 재킷|라이더|라이더스|바이커 자켓|\
            바이커 재킷|leather jacket|leather blouson|biker jacket|moto jacket|motorcycle jacket|rider jacket|\
            riders jacket|leather biker jacket",
    ),
    (
        DenimJacket,
        &[],
        "청 자켓|청 재킷|청 쟈켓|청 잠바|청 점퍼|데님 자켓|데님 재킷|데님 쟈켓|데님 점퍼|진 자켓|트러커 자켓|트러커 재킷|denim jacket|jean jacket|\
            jeans jacket|trucker jacket|denim trucker jacket",
    ),
    (
        BomberJacket,
        &[],
        "봄버 자켓|봄버 재킷|보머 자켓|보머 재킷|봄버|항공 점퍼|항공 잠바|항공 자켓|ma 1|ma1 자켓|bomber jacket|bomber|flight jacket",
    ),
    (
        VarsityJacket,
        &[],
        "바시티 자켓|바시티 재킷|버시티 자켓|바시티|야구 점퍼|야구 잠바|과잠|스타디움 자켓|스타디움 점퍼|레터맨 자켓|레터맨 재킷|varsity jacket|\
            letterman jacket|letterman|baseball jacket|varsity",
    ),
    (
        Windbreaker,
        &[],
        "바람막이|바람막이 자켓|바람막이 재킷|바람막이 점퍼|윈드 브레이커|wind breaker|shell jacket|rain shell|windcheater|\
            windbreaker jacket|윈드 자켓",
    ),
    (Anorak, &[], "아노락|아노락 자켓|아노락 점퍼|아노락 집업|anorak|anorak jacket"),
    (
        PaddedJacket,
        &[],
        "패딩 점퍼|패딩 잠바|패딩 자켓|패딩 재킷|파딩|푸퍼|푸퍼 자켓|푸퍼 패딩|오리털 점퍼|오리털 잠바|솜 점퍼|padded jacket|puffer jacket|puffer|\
            puffa jacket|puffer coat|quilted jacket|누빔 자켓|누빔 재킷|퀼팅 자켓|퀼팅 재킷|깔깔이|경량 패딩|padding",
    ),
    (
        PaddedJacket,
        &[M(Material::Down)],
        "다운 자켓|다운 재킷|다운 점퍼|다운 패딩|구스 다운|구스 다운 패딩|down jacket|down puffer",
    ),
    (
        PaddedJacket,
        &[L(Length::Short)],
        "숏 패딩|숏 패딩 점퍼|쇼트 패딩|크롭 패딩|short padding|short puffer|cropped puffer",
    ),
    (
        PaddedJacket,
        &[L(Length::Long)],
        "롱 패딩|롱패딩 점퍼|롱 패딩 코트|벤치 파카|벤치 코트|long padding|long padded coat|long puffer|long puffer coat|\
            long padded jacket",
    ),
    (
        FleeceJacket,
        &[],
        "플리스 자켓|플리스 재킷|플리스 집업|플리스 점퍼|후리스 자켓|후리스 재킷|후리스 집업|뽀글이|뽀글이 자켓|뽀글이 점퍼|fleece jacket|fleece zip up|\
            fleece pullover|teddy jacket",
    ),
    (
        Coat,
        &[],
        "코트|코오트|외투|하프 코트|피 코트|맥 코트|발마칸|발마칸 코트|테디 코트|coat|pea coat|mac coat|balmacaan|wrap coat|teddy coat",
    ),
    (Coat, &[L(Length::Long)], "롱 코트|long coat|맥시 코트"),
    (
        Coat,
        &[D(Detail::DoubleBreasted)],
        "더블 코트|더블브레스트 코트|더블브레스티드 코트|double breasted coat",
    ),
    (Coat, &[D(Detail::SingleBreasted)], "싱글 코트|single breasted coat"),
    (Coat, &[M(Material::Shearling)], "무스탕 코트|무톤 코트|shearling coat|sheepskin coat"),
    (Coat, &[M(Material::Fur)], "퍼 코트|모피 코트|모피|밍크 코트|fur coat|faux fur coat"),
    (Coat, &[D(Detail::Belted)], "로브 코트|랩 코트|핸드메이드 벨티드 코트"),
    (
        TrenchCoat,
        &[],
        "트렌치 코트|트렌치|바바리|바바리 코트|버버리 코트|트랜치 코트|트랜치|trench coat|trench",
    ),
    (
        Overcoat,
        &[],
        "오버 코트|오버코우트|체스터 코트|체스터필드|체스터필드 코트|그레이트 코트|over coat|chesterfield coat|chesterfield|top coat|\
            greatcoat",
    ),
    (
        DuffleCoat,
        &[],
        "더플 코트|더플|떡볶이 코트|토글 코트|duffle coat|duffel coat|duffle|duffel|toggle coat",
    ),
    (Parka, &[], "파카|파커|개파카|parka|fishtail parka|피쉬테일 파카"),
    (Cardigan, &[], "가디건|카디건|가디간|카디간|가디겐|cardigan|cardi"),
    (Vest, &[], "조끼|베스트|쪼끼|질레|vest|gilet|body warmer"),
    (
        Vest,
        &[M(Material::Knit)],
        "니트 조끼|니트 베스트|스웨터 조끼|스웨터 베스트|뜨개 조끼|sweater vest|knit vest|knitted vest",
    ),
    (
        Vest,
        &[D(Detail::Padded)],
        "패딩 조끼|패딩 베스트|누빔 조끼|퀼팅 조끼|puffer vest|padded vest|quilted vest|down vest",
    ),
    (
        Waistcoat,
        &[],
        "정장 조끼|수트 조끼|수트 베스트|정장 베스트|양복 조끼|웨이스트 코트|waistcoat|suit vest",
    ),
    (Cape, &[], "케이프|망토|케이프 코트|판초|폰초|cape|cape coat|poncho|cloak"),
    (Raincoat, &[], "우비|레인 코트|비옷|우의|rain coat|rain jacket|레인 자켓|slicker"),
    (Robe, &[], "가운|로브|robe|dressing gown|duster|더스터"),
    (Jeogori, &[], "저고리|한복 저고리|한복 상의|jeogori|hanbok jacket|hanbok top"),
    (Durumagi, &[], "두루마기|도포|durumagi|hanbok coat"),
    // Trousers
    (Trousers, &[], "바지|팬츠|긴 바지|기본 바지|팬쓰|trousers|trouser|pants|pant"),
    (
        Trousers,
        &[F(Fit::Bootcut)],
        "나팔 바지|부츠컷 팬츠|부츠컷 바지|플레어 팬츠|flared trousers|flared pants|flares|bell bottoms|bell bottom|\
            bootcut trousers|boot cut pants",
    ),
    (
        Trousers,
        &[F(Fit::Loose)],
        "배기 팬츠|배기 바지|배기|힙합 바지|baggy pants|baggy trousers|몸빼|하렘 팬츠",
    ),
    (Trousers, &[F(Fit::Straight)], "일자 바지|일자핏 바지|스트레이트 팬츠"),
    (Trousers, &[F(Fit::Skinny)], "스키니 팬츠|스키니 바지|쫄바지"),
    (Trousers, &[M(Material::Leather)], "가죽 바지|가죽 팬츠|레더 팬츠|leather trousers|leather pants"),
    (Trousers, &[M(Material::Corduroy)], "골덴 바지|cords|corduroys"),
    (
        Jeans,
        &[],
        "청 바지|데님 팬츠|데님 바지|데님 진|진 바지|진즈|쳥바지|jeans|jean|denim pants|denim trousers|denim jeans|denims",
    ),
    (
        Jeans,
        &[F(Fit::Wide)],
        "와이드 청바지|와이드 데님|와이드 진|와이드 데님 팬츠|통 청바지|와이드 핏 청바지|와이드 데님 바지",
    ),
    (Jeans, &[F(Fit::Skinny)], "스키니 진|스키니 청바지|skinny jeans"),
    (
        Jeans,
        &[F(Fit::Bootcut)],
        "부츠컷 청바지|부츠컷 데님|부츠컷 진|부츠컷 데님 팬츠|나팔 청바지|flared jeans|boot cut jeans",
    ),
    (Jeans, &[F(Fit::Straight)], "일자 청바지|일자 데님|스트레이트 진|스트레이트 데님|일자핏 청바지"),
    (Jeans, &[F(Fit::Relaxed)], "맘 진|mom jeans|mom jean|dad jeans|boyfriend jeans|보이프렌드 진"),
    (Jeans, &[D(Detail::Ripped)], "찢청|찢어진 청바지|찢 청바지|ripped jeans|distressed jeans|torn jeans"),
    (Jeans, &[C(ColourName::DenimBlue, Some(Shade::Light))], "연청 데님|연청 바지|연청 진|연청 데님 팬츠"),
    (Jeans, &[C(ColourName::DenimBlue, None)], "중청 데님|중청 바지|중청 진|중청 데님 팬츠"),
    (
        Jeans,
        &[C(ColourName::DenimBlue, Some(Shade::Dark))],
        "진청 데님|진청 바지|진청 진|생지 데님|생지 청바지|진청 데님 팬츠|raw denim|raw denim jeans",
    ),
    (Jeans, &[C(ColourName::Black, None)], "흑청 데님|흑청 바지|흑청 진|흑청 데님 팬츠"),
    (Trousers, &[C(ColourName::White, None)], "백바지"),
    (
        Chinos,
        &[],
        "치노|치노 팬츠|치노 바지|치노스|면 바지|면 팬츠|코튼 팬츠|chinos|chino|chino pants|chino trousers|khakis",
    ),
    (Slacks, &[], "슬랙스|슬렉스|슬랙|슬랙스 바지|슬랙스 팬츠|slacks|dress pants|dress trousers"),
    (
        SuitTrousers,
        &[],
        "정장 바지|정장 팬츠|정장 하의|수트 팬츠|수트 바지|슈트 팬츠|슈트 바지|양복 바지|양복 하의|suit trousers|suit pants|tuxedo trousers|\
            tuxedo pants|턱시도 바지",
    ),
    (
        WideTrousers,
        &[],
        "와이드 팬츠|와이드 바지|와이드핏 팬츠|와이드 핏 바지|통 바지|통 넓은 바지|통이 넓은 바지|와이드팬쓰|wide trousers|wide pants|\
            wide leg trousers|wide leg pants|wide legged trousers|wide legged pants|palazzo pants|palazzos|\
            wide fit pants|wide fit trousers",
    ),
    (
        CargoTrousers,
        &[],
        "카고 바지|카고 팬츠|카고|건빵 바지|카고팬쓰|cargo|cargo trousers|cargo pants|cargos|combat trousers",
    ),
    (
        Joggers,
        &[],
        "조거 팬츠|조거 바지|조거|트랙 팬츠|joggers|jogger|jogger pants|jogging pants|track pants",
    ),
    (
        Sweatpants,
        &[],
        "트레이닝 바지|트레이닝 팬츠|추리닝 바지|츄리닝 바지|운동복 바지|스웻 팬츠|스웨트 팬츠|체육복 바지|sweat pants|training pants|trackies|\
            tracksuit bottoms|tracksuit pants",
    ),
    (
        Shorts,
        &[],
        "반바지|숏 팬츠|쇼츠|숏츠|핫 팬츠|버뮤다 팬츠|버뮤다|하프 팬츠|5부 바지|오부 바지|shorts|short pants|bermuda shorts|bermudas|\
            hot pants|cargo shorts|카고 반바지",
    ),
    (
        DenimShorts,
        &[],
        "청 반바지|데님 반바지|데님 쇼츠|데님 숏팬츠|청 숏팬츠|데님 숏츠|denim shorts|jean shorts|jorts|cut offs",
    ),
    (Baji, &[], "한복 바지|baji|hanbok trousers|hanbok pants"),
    (Culottes, &[], "큐롯|큘로트|퀼로트|치마 바지|culottes|culotte"),
    // Skirt
    (
        Skirt,
        &[],
        "치마|스커트|스커투|skirt|랩 스커트|wrap skirt|머메이드 스커트|mermaid skirt|캉캉 치마|캉캉 스커트|플레어 스커트|flared skirt|샤 스커트|\
            튤 스커트|tulle skirt|tutu",
    ),
    (MiniSkirt, &[], "미니 스커트|미니 치마|미니스커투|짧은 치마|짧은 스커트|mini skirt|short skirt"),
    (
        PleatedSkirt,
        &[],
        "플리츠 스커트|플리츠 치마|플릿 스커트|주름 치마|주름 스커트|pleated skirt|pleats skirt",
    ),
    (
        PencilSkirt,
        &[],
        "펜슬 스커트|펜슬 치마|연필 치마|h라인 치마|h 라인 스커트|에이치라인 스커트|정장 치마|정장 스커트|pencil skirt|h line skirt",
    ),
    (ALineSkirt, &[], "a라인 치마|a 라인 스커트|에이라인 치마|에이 라인 스커트|a line skirt"),
    (
        LongSkirt,
        &[],
        "롱 스커트|롱 치마|긴 치마|긴 스커트|롱스커투|맥시 스커트|맥시 치마|long skirt|maxi skirt|full length skirt",
    ),
    (DenimSkirt, &[], "청 치마|데님 스커트|데님 치마|청 스커트|denim skirt|jean skirt"),
    (TennisSkirt, &[], "테니스 스커트|테니스 치마|테니스스커투|테니스 스컷|tennis skirt|tennis skort|skort"),
    (Chima, &[], "한복 치마|chima|hanbok skirt"),
    // Dress
    (
        Dress,
        &[],
        "원피스|원피쓰|드레스|드래스|랩 원피스|뷔스티에 원피스|dress|frock|sun dress|wrap dress|cocktail dress|one piece|칵테일 드레스|\
            선드레스|tea dress",
    ),
    (Dress, &[L(Length::Mini)], "미니 원피스|미니 드레스|mini dress"),
    (Dress, &[L(Length::Long)], "롱 원피스|긴 원피스|롱 드레스|long dress"),
    (Dress, &[L(Length::Maxi)], "맥시 원피스|맥시 드레스|maxi dress|full length dress"),
    (Dress, &[L(Length::Midi)], "미디 원피스|미디 드레스|midi dress"),
    (ShirtDress, &[], "셔츠 원피스|셔츠 드레스|남방 원피스|shirt dress"),
    (SlipDress, &[], "슬립 원피스|슬립 드레스|끈 원피스|나시 원피스|slip dress|cami dress"),
    (
        KnitDress,
        &[],
        "니트 원피스|니트 드레스|니트원피쓰|knit dress|knitted dress|sweater dress|jumper dress",
    ),
    (
        EveningDress,
        &[],
        "이브닝 드레스|이브닝 원피스|이브닝 가운|파티 드레스|파티 원피스|evening dress|evening gown|gown|ball gown|prom dress|\
            party dress",
    ),
    (WeddingDress, &[], "웨딩 드레스|wedding dress|wedding gown|bridal gown|bridal dress"),
    (
        Jumpsuit,
        &[],
        "점프 수트|점프 슈트|점프숫|올인원|우주복|롬퍼|jump suit|romper|playsuit|boiler suit|coveralls",
    ),
    (Overalls, &[], "멜빵 바지|오버올|오버롤|오버롤즈|멜빵 청바지|overalls|overall|dungarees|dungaree"),
    (Dress, &[M(Material::Denim)], "멜빵 치마|청 원피스|데님 원피스|denim dress|pinafore dress"),
    // Footwear
    (Shoes, &[], "구두|정장 구두|dress shoes|dress shoe"),
    (
        Sneakers,
        &[],
        "운동화|스니커즈|스니커|스니커스|런닝화|러닝화|러닝슈즈|컨버스|캔버스화|단화|농구화|덩크|에어포스|삼바|어글리 슈즈|골프화|테니스화|축구화|반스|sneakers|sneaker|\
            trainers|trainer|running shoes|tennis shoes|kicks|converse|high tops|chucks|plimsolls|\
            canvas shoes|athletic shoes|chunky sneakers",
    ),
    (
        Boots,
        &[],
        "부츠|워커|군화|장화|레인 부츠|어그|어그 부츠|웨스턴 부츠|카우보이 부츠|닥터마틴|등산화|하이킹 부츠|팀버랜드|boots|boot|combat boots|work boots|\
            rain boots|cowboy boots|wellies|ugg boots|uggs|hiking boots|snow boots|western boots|doc martens|\
            biker boots|hiking shoes|스노우 부츠|방한화",
    ),
    (
        Boots,
        &[L(Length::Long)],
        "롱 부츠|긴 부츠|싸이하이 부츠|사이하이 부츠|니하이 부츠|long boots|thigh high boots|over the knee boots",
    ),
    (Boots, &[L(Length::Knee)], "무릎 부츠|knee high boots|knee boots"),
    (
        AnkleBoots,
        &[],
        "앵클 부츠|첼시 부츠|첼시|발목 부츠|숏 부츠|데저트 부츠|ankle boots|ankle boot|chelsea boots|chelseas|booties|desert boots|\
            chukka boots",
    ),
    (
        Loafers,
        &[],
        "로퍼|로파|페니 로퍼|보트 슈즈|드라이빙 슈즈|loafers|loafer|penny loafers|moccasins|boat shoes|slip ons",
    ),
    (
        Oxfords,
        &[],
        "옥스퍼드|옥스포드|옥스퍼드화|옥스퍼드 슈즈|옥스포드 슈즈|옥스포드화|옥스퍼드 구두|더비|더비 슈즈|브로그|윙팁|몽크 스트랩|oxfords|oxford shoes|oxford|\
            derbies|derby shoes|brogues|wingtips|monk straps|derbys",
    ),
    (
        Heels,
        &[],
        "힐|하이 힐|굽|펌프스|스틸레토|스틸레토 힐|뾰족구두|킬힐|웨지힐|플랫폼 힐|미들힐|통굽|heels|high heels|heel|pumps|stilettos|\
            stiletto heels|kitten heels|wedges|court shoes|stiletto",
    ),
    (
        Sandals,
        &[],
        "샌들|샌달|쪼리|조리|플립플랍|스트랩 샌들|글래디에이터 샌들|버켄스탁|sandals|sandal|flip flops|espadrilles|birkenstocks|\
            strappy sandals",
    ),
    (
        Flats,
        &[],
        "플랫 슈즈|플랫|발레 슈즈|발레 플랫|메리제인|메리제인 슈즈|flats|ballet flats|ballet shoes|ballerinas|flat shoes|mary janes|\
            mary jane shoes|mary jane",
    ),
    (
        Slippers,
        &[],
        "슬리퍼|쓰레빠|슬리빠|실내화|뮬|블로퍼|슬라이드|slippers|slipper|slides|mules|clogs|crocs|크록스",
    ),
    // Legwear
    (Tights, &[], "타이즈|타이츠|팬티 스타킹|tights|pantyhose"),
    (Leggings, &[], "레깅스|레깅쓰|쫄쫄이|요가 팬츠|leggings|legging|yoga pants"),
    (Stockings, &[], "스타킹|가터 스타킹|망사 스타킹|stockings|stocking|fishnets|nylons"),
    (Socks, &[], "양말|삭스|발목 양말|crew socks|ankle socks|socks|sock"),
    (
        KneeSocks,
        &[],
        "니 삭스|무릎 양말|긴 양말|오버니삭스|하이삭스|반스타킹|knee socks|knee high socks|knee highs|over the knee socks|\
            long socks",
    ),
    // Accessory
    (Tie, &[], "넥타이|타이|tie|neck tie"),
    (BowTie, &[], "나비 넥타이|보타이|보우 타이|bow tie"),
    (
        Scarf,
        &[],
        "스카프|목도리|머플러|쁘띠 스카프|숄|반다나|scarf|scarves|muffler|shawl|bandana|neckerchief|pashmina",
    ),
    (
        Hat,
        &[],
        "모자|햇|페도라|중절모|버킷 햇|벙거지|벙거지 모자|밀짚 모자|카우보이 모자|갓|hat|fedora|bucket hat|straw hat|sun hat|cowboy hat|\
            top hat|panama hat|wide brim hat",
    ),
    (
        Cap,
        &[],
        "캡|볼 캡|야구 모자|캡 모자|스냅백|cap|baseball cap|ball cap|snapback|trucker cap|trucker hat|baseball hat",
    ),
    (
        Beanie,
        &[],
        "비니|털 모자|니트 모자|군밤 모자|beanie|woolly hat|knit hat|knit cap|knitted hat|wool hat",
    ),
    (Beret, &[], "베레모|베레|베레 모자|빵모자|beret"),
    (Belt, &[], "벨트|허리띠|혁대|belt"),
    (Suspenders, &[], "멜빵|서스펜더|suspenders|braces"),
    (
        Bag,
        &[],
        "가방|크로스 백|숄더 백|메신저 백|bag|cross body bag|shoulder bag|messenger bag|satchel|crossbody|fanny pack|\
            belt bag|힙색|슬링백|서류 가방|briefcase",
    ),
    (Backpack, &[], "백팩|배낭|책가방|학생 가방|rucksack|back pack|school bag"),
    (ToteBag, &[], "토트 백|에코 백|쇼퍼백|천 가방|tote bag|tote|canvas bag|eco bag|shopper bag"),
    (
        Handbag,
        &[],
        "핸드 백|손가방|클러치|클러치 백|미니 백|파우치|hand bag|purse|clutch|clutch bag|mini bag",
    ),
    (Glasses, &[], "안경|뿔테 안경|뿔테|glasses|eyeglasses|spectacles|specs|horn rimmed glasses"),
    (Glasses, &[C(ColourName::Gold, None)], "금테 안경|금테|gold rimmed glasses"),
    (Glasses, &[C(ColourName::Silver, None)], "은테 안경|은테|silver rimmed glasses"),
    (Sunglasses, &[], "선글라스|썬글라스|선글라쓰|썬그라스|색안경|sunglasses|sunnies"),
    (Watch, &[], "시계|손목 시계|메탈 시계|watch|watches|wristwatch"),
    (
        Necklace,
        &[],
        "목걸이|네크리스|네크레스|펜던트|초커|체인 목걸이|necklace|pendant|choker|chain necklace",
    ),
    (Necklace, &[C(ColourName::White, None)], "진주 목걸이|pearl necklace|pearls"),
    (Earrings, &[], "귀걸이|귀고리|이어링|피어싱|earring|ear rings|hoops|studs|hoop earrings"),
    (Earrings, &[C(ColourName::White, None)], "진주 귀걸이|pearl earrings"),
    (Bracelet, &[], "팔찌|브레이슬릿|뱅글|bracelet|bangle"),
    (Ring, &[], "반지|ring"),
    (Gloves, &[], "장갑|글러브|벙어리 장갑|gloves|glove|mittens|mitten"),
    (Hairband, &[], "머리띠|헤어 밴드|헤드밴드|머리끈|리본 머리띠|hair band|head band|hair tie|alice band"),
    (Brooch, &[], "브로치|브로찌|뱃지|배지|brooch|lapel pin|badge"),
];

/// Words for everything worn at one place, with the garment that they mean on their own.
pub(super) static PLACES: &[(Slot, GarmentKind, &str)] = &[
    (Slot::Upper, Top, "상의|윗옷|위에 옷|웃옷|윗도리|웃도리|탑|톱|top|upper body"),
    (Slot::Outer, Jacket, "겉옷|아우터|아웃터|outer|outerwear|outer layer"),
    (Slot::Trousers, Trousers, "하의|아랫도리|아래옷|bottom|bottoms"),
    (Slot::Footwear, Shoes, "신발|슈즈|shoe|shoes|footwear"),
];

pub(super) static EITHERS: &[Either] = &[
    Either {
        kind: Knit,
        noun: &[],
        attr: &[M(Material::Knit)],
        before: |k| {
            cloth(k) && k.material().is_none() && k.slot() != Slot::Trousers
                || matches!(k, Trousers | WideTrousers | Shorts)
        },
        forms: "니트|knit",
    },
    Either { kind: Jeans, noun: &[], attr: &[M(Material::Denim)], before: cloth, forms: "데님|denim" },
    Either {
        kind: Jeans,
        noun: &[C(ColourName::DenimBlue, Some(Shade::Light))],
        attr: &[C(ColourName::DenimBlue, Some(Shade::Light)), M(Material::Denim)],
        before: cloth,
        forms: "연청",
    },
    Either {
        kind: Jeans,
        noun: &[C(ColourName::DenimBlue, None)],
        attr: &[C(ColourName::DenimBlue, None), M(Material::Denim)],
        before: cloth,
        forms: "중청",
    },
    Either {
        kind: Jeans,
        noun: &[C(ColourName::DenimBlue, Some(Shade::Dark))],
        attr: &[C(ColourName::DenimBlue, Some(Shade::Dark)), M(Material::Denim)],
        before: cloth,
        forms: "진청|생지",
    },
    Either {
        kind: Jeans,
        noun: &[C(ColourName::Black, None)],
        attr: &[C(ColourName::Black, None), M(Material::Denim)],
        before: cloth,
        forms: "흑청",
    },
    Either {
        kind: Sweatshirt,
        noun: &[],
        attr: &[D(Detail::CrewNeck)],
        before: |k| matches!(k.slot(), Slot::Upper | Slot::Dress),
        forms: "crewneck",
    },
    Either {
        kind: Shirt,
        noun: &[D(Detail::ButtonDown)],
        attr: &[D(Detail::ButtonDown)],
        before: body,
        forms: "button down|버튼 다운",
    },
    Either { kind: PaddedJacket, noun: &[], attr: &[D(Detail::Padded)], before: outer, forms: "패딩" },
    Either { kind: Hoodie, noun: &[], attr: &[D(Detail::Hooded)], before: body, forms: "후드" },
    Either {
        kind: Jacket,
        noun: &[D(Detail::ZipUp)],
        attr: &[D(Detail::ZipUp)],
        before: body,
        forms: "집업|zip up",
    },
    Either {
        kind: Turtleneck,
        noun: &[],
        attr: &[D(Detail::HighNeck)],
        before: |k| k.slot() == Slot::Dress,
        forms: "터틀 넥|turtle neck",
    },
    Either {
        kind: TShirt,
        noun: &[S(Sleeves::Short)],
        attr: &[S(Sleeves::Short)],
        before: body,
        forms: "반팔|반소매|반 소매",
    },
    Either {
        kind: TShirt,
        noun: &[S(Sleeves::Long)],
        attr: &[S(Sleeves::Long)],
        before: body,
        forms: "긴 팔|긴 소매|롱 슬리브",
    },
    Either {
        kind: TankTop,
        noun: &[],
        attr: &[S(Sleeves::Sleeveless)],
        before: body,
        forms: "민소매|슬리브리스",
    },
    Either {
        kind: FleeceJacket,
        noun: &[],
        attr: &[M(Material::Fleece)],
        before: cloth,
        forms: "플리스|후리스|fleece",
    },
    Either {
        kind: Jacket,
        noun: &[M(Material::Shearling)],
        attr: &[M(Material::Shearling)],
        before: body,
        forms: "무스탕|무톤|shearling|mustang",
    },
    Either {
        kind: Jersey,
        noun: &[],
        attr: &[M(Material::Jersey)],
        before: |k| cloth(k) && k != TShirt,
        forms: "저지|jersey",
    },
    Either {
        kind: Jeans,
        noun: &[F(Fit::Skinny)],
        attr: &[F(Fit::Skinny)],
        before: |_| true,
        forms: "스키니",
    },
    Either {
        kind: Jeans,
        noun: &[F(Fit::Bootcut)],
        attr: &[F(Fit::Bootcut)],
        before: |_| true,
        forms: "부츠 컷",
    },
    Either {
        kind: PleatedSkirt,
        noun: &[],
        attr: &[D(Detail::Pleated)],
        before: |k| matches!(k.slot(), Slot::Skirt | Slot::Dress | Slot::Trousers),
        forms: "플리츠",
    },
    Either {
        kind: Top,
        noun: &[D(Detail::OffShoulder)],
        attr: &[D(Detail::OffShoulder)],
        before: body,
        forms: "오프 숄더",
    },
];

fn cloth(kind: GarmentKind) -> bool {
    !matches!(kind.slot(), Slot::Footwear | Slot::Legwear)
}

fn body(kind: GarmentKind) -> bool {
    matches!(kind.slot(), Slot::Upper | Slot::Outer | Slot::Dress)
}

fn outer(kind: GarmentKind) -> bool {
    kind.slot() == Slot::Outer
}

/// Last words of garment names that exist in several spellings, in both languages. "tennis skirt" is also
/// "tennis 스커트", and 바이커 재킷 also 바이커 자켓.
static ENDS: &[&str] = &[
    "jacket|재킷|자켓|쟈켓|자켙|쟈킷|자킷",
    "coat|코트",
    "shirt|셔츠|셔쓰",
    "t shirt|tee|티셔츠|티",
    "skirt|스커트|치마",
    "dress|원피스|드레스",
    "pants|trousers|팬츠|바지",
    "jeans|청바지|진|데님",
    "shorts|반바지|쇼츠|숏츠",
    "boots|부츠",
    "shoes|슈즈|구두|신발",
    "vest|베스트|조끼",
    "sweater|스웨터|니트",
    "top|탑|톱",
    "hat|모자|햇",
    "cap|캡|모자",
    "bag|백|가방",
    "socks|양말|삭스",
    "necklace|목걸이",
    "earrings|귀걸이|이어링",
    "glasses|안경",
];

/// The forms made from another by replacing its last word.
pub(super) fn respelled(form: &str) -> impl Iterator<Item = String> {
    let split = form.rsplit_once(' ');
    let groups =
        ENDS.iter().filter(move |group| split.is_some_and(|(_, end)| group.split('|').any(|e| e == end)));
    groups.flat_map(move |group| {
        let start = split.map_or("", |(start, _)| start);
        group.split('|').map(move |end| format!("{start} {end}"))
    })
}

/// Every form of the tables above with its meaning.
pub(super) fn words() -> impl Iterator<Item = (&'static str, Word)> {
    let nouns = NOUNS.iter().map(|&(kind, attrs, forms)| (forms, Word::Noun { kind, attrs }));
    let places = PLACES.iter().map(|&(slot, kind, forms)| (forms, Word::Place { slot, kind }));
    let eithers = EITHERS.iter().map(|either| (either.forms, Word::Either(either)));
    nouns.chain(places).chain(eithers)
}
