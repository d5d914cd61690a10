//! Surface forms of attributes, places, moods and seasons. `|` between forms, a space where a form may be
//! written apart, with a hyphen or as one word.

use super::word::{Attr, Word};
use crate::style::ColourName::{self, *};
use crate::style::{Detail, Fit, Length, Material, Mood, Pattern, SceneKind, Season, Shade, Sleeves};

pub(super) static COLOURS: &[(ColourName, Option<Shade>, &str)] = &[
    (
        Black,
        None,
        "검정|검은|검정색|검은색|까만|까만색|까망|까망색|검정빛|검은빛|블랙|흑색|시커먼|거무스름한|black|jet black|noir",
    ),
    (
        White,
        None,
        "흰|하얀|하양|흰색|하얀색|하양색|새하얀|화이트|백색|순백|순백색|순백의|흰빛|white|snow white",
    ),
    (
        Grey,
        None,
        "회색|그레이|그래이|회색빛|쥐색|잿빛|재색|멜란지|멜란지 그레이|grey|gray|heather grey|heather gray|ash grey|ash gray",
    ),
    (Charcoal, None, "차콜|먹색|챠콜|차콜 그레이|차콜색|목탄색|charcoal|charcoal grey|charcoal gray"),
    (Silver, None, "은색|실버|은빛|실버색|은|silver"),
    (Ivory, None, "아이보리|상아색|아이보리색|상아빛|미색|오프 화이트|ivory|off white"),
    (Cream, None, "크림|크림색|크림 화이트|우유색|우유빛|바닐라|버터색|cream|vanilla|butter|creme"),
    (Beige, None, "베이지|베이지색|배이지|베이쥐|누드|누드톤|누드색|beige|nude"),
    (Tan, None, "탄색|황갈색|탠|tan"),
    (Camel, None, "카멜|카멜색|낙타색|캐멀|camel"),
    (Khaki, None, "카키|카키색|카키그린|khaki"),
    (
        Olive,
        None,
        "올리브|올리브색|국방색|올리브 그린|군복색|olive|olive green|army green|military green|olive drab",
    ),
    (Brown, None, "갈색|브라운|갈색빛|고동색|커피색|흙색|brown|coffee|espresso"),
    (Chocolate, None, "초콜릿|초콜릿색|초코|초코색|초코 브라운|초콜렛|초콜렛색|chocolate|chocolate brown"),
    (Chestnut, None, "밤색|체스넛|마룬브라운|chestnut"),
    (Caramel, None, "캐러멜|카라멜|캬라멜|캐러멜색|카라멜색|caramel|cognac|코냑"),
    (
        Navy,
        None,
        "네이비|남색|곤색|감색|네이비색|네이비 블루|남빛|내이비|네비|진남색|navy|navy blue|midnight blue",
    ),
    (Blue, None, "파란|파랑|파란색|파랑색|퍼런|푸른|푸른색|푸른빛|블루|청색|새파란|blue"),
    (RoyalBlue, None, "로열 블루|로얄 블루|로얄블루색|royal blue"),
    (SkyBlue, None, "하늘색|하늘|스카이 블루|스카이블루색|하늘빛|소라색|소라|sky blue|powder blue"),
    (BabyBlue, None, "베이비 블루|아기 하늘색|baby blue|ice blue|아이스 블루"),
    (Cobalt, None, "코발트|코발트 블루|코발트색|cobalt|cobalt blue|electric blue"),
    (Indigo, None, "인디고|쪽빛|인디고 블루|남보라|indigo|indigo blue"),
    (Teal, None, "청록|청록색|틸|teal|petrol blue"),
    (Turquoise, None, "터키석|터키색|터콰이즈|옥색|터키 블루|turquoise|aqua|aquamarine"),
    (Cyan, None, "시안|시안색|cyan"),
    (Mint, None, "민트|민트색|박하색|민트 그린|mint|mint green"),
    (Green, None, "초록|초록색|녹색|그린|풀색|푸르딩딩한|새파란초록|green"),
    (
        ForestGreen,
        None,
        "포레스트 그린|딥 그린|숲색|다크 그린 포레스트|짙은 숲색|bottle green|forest green|hunter green",
    ),
    (Emerald, None, "에메랄드|에메랄드색|에메랄드 그린|emerald|emerald green"),
    (Lime, None, "연두|연두색|라임|라임색|연둣빛|라임그린|lime|lime green|chartreuse|yellow green"),
    (Sage, None, "세이지|세이지 그린|쑥색|sage|sage green"),
    (Moss, None, "이끼색|모스 그린|모스|moss|moss green"),
    (Yellow, None, "노란|노랑|노란색|노랑색|옐로우|옐로|샛노란|누런|황색|yellow"),
    (Mustard, None, "머스타드|머스터드|겨자색|머스타드색|머스터드색|겨자|mustard|mustard yellow|ochre"),
    (Lemon, None, "레몬|레몬색|레몬 옐로우|lemon|lemon yellow"),
    (Gold, None, "금색|골드|금빛|황금색|골드색|금|황금빛|gold|golden"),
    (Orange, None, "주황|주황색|오렌지|오렌지색|당근색|orange"),
    (Tangerine, None, "귤색|탠저린|감귤색|tangerine"),
    (Apricot, None, "살구|살구색|애프리콧|살색|apricot"),
    (Peach, None, "피치|복숭아색|복숭아|피치색|복숭아빛|peach"),
    (Coral, None, "코랄|산호색|코랄 핑크|코랄색|산호|coral|coral pink"),
    (Salmon, None, "연어색|새먼|샐먼|연어|salmon|salmon pink"),
    (Red, None, "빨간|빨강|빨간색|빨강색|붉은|붉은색|레드|적색|새빨간|시뻘건|red"),
    (Scarlet, None, "다홍|다홍색|스칼렛|주홍|주홍색|scarlet"),
    (Crimson, None, "크림슨|진홍|진홍색|심홍색|crimson"),
    (Burgundy, None, "버건디|버건디색|자주|자주색|자줏빛|버간디|자주빛|burgundy|oxblood"),
    (Wine, None, "와인|와인색|와인 레드|와인빛|포도주색|wine|wine red|bordeaux"),
    (Maroon, None, "마룬|마룬색|적갈색|고동빛|maroon"),
    (Brick, None, "벽돌색|브릭|벽돌|brick|brick red"),
    (Rust, None, "러스트|녹슨색|러스트색|rust|terracotta|테라코타|burnt orange"),
    (Pink, None, "분홍|분홍색|핑크|핑크색|분홍빛|핑크빛|연지색|pink"),
    (HotPink, None, "핫 핑크|핫핑크색|쨍한 핑크|진분홍|진분홍색|꽃분홍|꽃분홍색|hot pink|shocking pink"),
    (Rose, None, "장미색|장밋빛|로즈|로즈 핑크|rose|rose gold|로즈 골드|rose pink"),
    (Blush, None, "블러시|블러쉬|블러쉬 핑크|블러시 핑크|blush|blush pink"),
    (
        DustyPink,
        None,
        "더스티 핑크|인디 핑크|인디핑크색|말린 장미|말린 장미색|dusty pink|dusty rose|indie pink",
    ),
    (Fuchsia, None, "푸크시아|퓨시아|푸시아|자홍|자홍색|fuchsia|fuschia"),
    (Magenta, None, "마젠타|마젠타색|magenta"),
    (Purple, None, "보라|보라색|퍼플|보랏빛|보라빛|purple"),
    (Violet, None, "바이올렛|제비꽃색|바이올렛색|violet"),
    (Lavender, None, "라벤더|라벤더색|라벤다|lavender"),
    (Lilac, None, "라일락|라일락색|lilac"),
    (Plum, None, "자두색|플럼|자두|가지색|plum|aubergine|eggplant"),
    (Mauve, None, "모브|모브색|mauve"),
    (Taupe, None, "토프|타우프|토프색|taupe|greige|그레이지"),
    (Sand, None, "모래색|샌드|샌드 베이지|모랫빛|sand|sand beige"),
    (Oatmeal, None, "오트밀|오트밀색|오트|오트 베이지|oatmeal|oat"),
    (Ecru, None, "에크루|에크류|생지색|ecru"),
    (Champagne, None, "샴페인|샴페인색|샴페인 골드|champagne"),
    (Bronze, None, "브론즈|청동색|구릿빛|bronze"),
    (Copper, None, "구리색|코퍼|copper"),
    (DenimBlue, None, "데님 블루|데님색|청바지색|denim blue"),
    (
        Multicolour,
        None,
        "멀티 컬러|알록달록|알록달록한|무지개|무지개색|레인보우|여러 색|다채로운|형형색색|multicoloured|multicolored|multi colour|multi color|\
            rainbow|colourful|colorful",
    ),
    (Pink, Some(Shade::Light), "연분홍|연분홍색|연핑크|baby pink|베이비 핑크|라이트 핑크"),
    (Pink, Some(Shade::Pastel), "벚꽃색"),
    (Grey, Some(Shade::Light), "연회색|연그레이"),
    (Grey, Some(Shade::Dark), "진회색|진그레이"),
    (Brown, Some(Shade::Dark), "흑갈색|진갈색|진밤색"),
    (Brown, Some(Shade::Light), "연갈색"),
    (DenimBlue, Some(Shade::Light), "light wash|light washed|acid wash"),
    (DenimBlue, None, "mid wash|medium wash"),
    (DenimBlue, Some(Shade::Dark), "dark wash|dark washed|인디고 생지"),
];

pub(super) static SHADES: &[(Shade, &str)] = &[
    (Shade::Light, "연한|라이트|연|밝은 톤의|옅은톤|light|lighter"),
    (Shade::Dark, "진한|진|어두운|짙은|다크|어두운 톤의|dark|darker"),
    (Shade::Pale, "옅은|엷은|흐린|페일|희미한|pale"),
    (Shade::Deep, "깊은|딥|딥한|deep|rich"),
    (Shade::Bright, "밝은|브라이트|환한|화사한|bright"),
    (Shade::Vivid, "쨍한|선명한|비비드|비비드한|원색|강렬한|vivid|intense|bold"),
    (Shade::Pastel, "파스텔|파스텔 톤|파스텔톤의|파스텔 컬러|pastel"),
    (
        Shade::Muted,
        "톤 다운|톤다운된|뮤트|뮤트톤|뮤티드|차분한|탁한|물 빠진|빛바랜|muted|dusty|faded|washed out|soft",
    ),
    (Shade::Neon, "형광|네온|형광색|네온색|neon|fluorescent|fluoro"),
];

pub(super) static PATTERNS: &[(Pattern, &str)] = &[
    (Pattern::Solid, "무지|민무늬|단색|무늬 없는|무늬없이|솔리드|무늬가 없는|plain|solid|unpatterned"),
    (
        Pattern::VerticalStripes,
        "세로 줄무늬|세로 스트라이프|세로 줄|vertical stripes|vertical stripe|vertical striped|vertically striped",
    ),
    (
        Pattern::HorizontalStripes,
        "가로 줄무늬|가로줄|가로 스트라이프|단가라|보더|보더 무늬|마린 스트라이프|horizontal stripes|horizontal stripe|horizontal striped|\
            horizontally striped|breton|breton stripe|breton stripes|breton striped",
    ),
    (
        Pattern::Pinstripes,
        "핀 스트라이프|초크 스트라이프|잔 줄무늬|pinstripes|pin stripe|pin striped|chalk stripe|chalk striped",
    ),
    (
        Pattern::DiagonalStripes,
        "사선 줄무늬|사선 스트라이프|대각선 줄무늬|대각선 스트라이프|사선|레지멘탈|diagonal stripes|diagonal stripe|diagonal striped|\
            diagonally striped|regimental|regimental stripe|regimental striped",
    ),
    (
        Pattern::Check,
        "체크|첵|쳌|체크 무늬|격자|격자무늬|바둑판무늬|윈도우 페인|윈도우 체크|마드라스 체크|마드라스|버팔로 체크|check|checked|checkered|chequered|\
            checks|plaid|windowpane|madras|buffalo check|buffalo plaid|checker",
    ),
    (Pattern::Tartan, "타탄|타탄 체크|타탄체크무늬|tartan|tartan check|tartan plaid"),
    (Pattern::Gingham, "깅엄|깅엄 체크|깅험|깅험 체크|깅검|gingham|gingham check"),
    (
        Pattern::Houndstooth,
        "하운드 투스|하운드투스 체크|하운드투쓰|하운즈투스|사냥개 이빨무늬|hounds tooth|houndstooth check|dogtooth",
    ),
    (
        Pattern::GlenCheck,
        "글렌 체크|글렌|글랜 체크|프린스 오브 웨일즈|glen check|glen plaid|prince of wales|prince of wales check",
    ),
    (Pattern::Argyle, "아가일|아가일 체크|아가일무늬|마름모|마름모무늬|argyle|argyll"),
    (
        Pattern::PolkaDot,
        "도트|땡땡이|물방울|물방울 무늬|땡땡이 무늬|폴카 도트|도트 무늬|점무늬|점박이|polka dot|polka dots|polka dotted|dotted|dots|spotted|\
            spots|dot",
    ),
    (
        Pattern::Floral,
        "하와이안|하와이|알로하|트로피컬|야자수 무늬|hawaiian|aloha|tropical|tropical print|플라워|꽃|플로럴|플로랄|꽃 무늬|꽃 프린트|플라워 패턴|\
            플라워 프린트|floral|flower|flowers|flower print|flowered|flowery|floral print|floral prints",
    ),
    (Pattern::Paisley, "페이즐리|페이즐리무늬|paisley|paisley print"),
    (
        Pattern::Animal,
        "동물무늬|동물 무늬|애니멀|애니멀 프린트|호피|호피 무늬|레오파드|레오파드무늬|표범 무늬|지브라|젖소무늬|젖소 무늬|cow print|얼룩말 무늬|뱀피|뱀피무늬|얼룩무늬|레오파트|\
            leopard|leopard print|animal print|zebra|zebra print|snake print|snakeskin|tiger print|\
            cheetah print|cheetah|animal prints",
    ),
    (
        Pattern::Camouflage,
        "카모|카모플라주|카무플라주|카모플라쥬|카무플라쥬|밀리터리 무늬|군복 무늬|camouflage|camo|camo print|military print",
    ),
    (
        Pattern::ColourBlock,
        "배색|컬러 블록|컬러 블럭|투 톤|colour block|color block|colour blocked|color blocked|two tone|colour blocking|\
            color blocking",
    ),
    (Pattern::DenimWash, "워싱|워시드|빈티지 워싱|스톤 워싱|돌청|washed|stone washed|stonewash"),
    (Pattern::TieDye, "타이 다이|홀치기 염색|tie dye|tie dyed"),
    (
        Pattern::Graphic,
        "그래픽|프린팅|프린트|로고|레터링|캐릭터|나염|그림|그래픽 프린트|graphic|graphic print|logo|printed|print|lettering|slogan|band",
    ),
    (
        Pattern::Geometric,
        "기하학|기하학적|기하학 무늬|기하학적 무늬|지오메트릭|geometric|geometric print|geo print|abstract",
    ),
    (Pattern::Herringbone, "헤링본|해링본|헤링본무늬|herringbone"),
];

pub(super) static STRIPES: &str =
    "스트라이프|줄 무늬|스트라입|스트라이브|줄|stripes|stripe|striped|stripey|stripy";

pub(super) static MATERIALS: &[(Material, &str)] = &[
    (Material::Cotton, "면|코튼|순면|면 소재|옥스포드 천|cotton"),
    (
        Material::Leather,
        "가죽|레더|레자|인조 가죽|양가죽|소가죽|비건 레더|에나멜|leather|faux leather|patent leather|patent|vegan leather|pleather",
    ),
    (Material::Suede, "스웨이드|세무|쎄무|스웨드|suede"),
    (
        Material::Knit,
        "뜨개|뜨개질한|꽈배기|케이블|케이블 니트 소재|골지|knitted|cable knit|cable knitted|ribbed|crochet|rib knit|chunky knit",
    ),
    (
        Material::Wool,
        "울|양모|모직|울 소재|램스울|메리노|메리노 울|wool|woollen|woolen|lambswool|merino|merino wool",
    ),
    (Material::Cashmere, "캐시미어|캐쉬미어|카시미어|cashmere"),
    (Material::Tweed, "트위드|tweed"),
    (Material::Silk, "실크|비단|명주|silk|silky"),
    (Material::Satin, "새틴|샤틴|사틴|공단|satin"),
    (Material::Linen, "리넨|린넨|마 소재|린낸|linen"),
    (Material::Velvet, "벨벳|벨로아|벨루어|우단|비로드|velvet|velour|velvety"),
    (Material::Corduroy, "코듀로이|코르덴|골덴|corduroy|cord"),
    (Material::Nylon, "나일론|nylon"),
    (Material::Polyester, "폴리에스터|폴리|polyester"),
    (Material::Chiffon, "시폰|쉬폰|쉬퐁|시퐁|chiffon"),
    (Material::Lace, "레이스|lace|lacy"),
    (Material::Fur, "퍼|페이크 퍼|인조 퍼|밍크|털|fur|faux fur|furry"),
    (Material::Sequin, "시퀸|스팽글|스팽클|반짝이|글리터|sequin|sequins|sequined|sequinned|glitter|sparkly"),
    (Material::Mesh, "메시|메쉬|망사|mesh|fishnet"),
    (Material::Down, "다운|거위털|오리털|구스|down"),
    (Material::Flannel, "플란넬|플라넬|융|flannel"),
    (Material::Canvas, "캔버스|canvas"),
    (Material::Mohair, "모헤어|mohair"),
];

pub(super) static LENGTHS: &[(Length, &str)] = &[
    (Length::Cropped, "크롭|크롭한|크롭트|크롭 기장|짧은 기장|크롭기장의|cropped|crop"),
    (Length::Mini, "미니|미니 기장|mini"),
    (Length::Short, "기장이 짧은|길이가 짧은|짧은|숏|쇼트|짧게|short"),
    (Length::Knee, "무릎 길이|무릎 기장|무릎까지 오는|무릎 위|무릎길이의|무릎|knee length|knee"),
    (Length::Midi, "미디|미디 기장|미디 길이|midi|mid length|calf length|tea length"),
    (Length::Long, "롱|긴|긴 기장|롱 기장|길이가 긴|기장이 긴|길게|기다란|long|long line"),
    (Length::Maxi, "맥시|맥시 기장|발목까지 오는 긴|바닥까지 오는|맥시 길이|maxi|floor length|full length"),
    (Length::Ankle, "발목 길이|발목 기장|발목까지 오는|9부|구부|앵클|ankle length|ankle"),
];

pub(super) static SLEEVES: &[(Sleeves, &str)] = &[
    (Sleeves::Sleeveless, "소매 없는|소매가 없는|팔 없는|sleeveless|strapless"),
    (
        Sleeves::Short,
        "짧은 소매|소매가 짧은|소매 짧은|짧은 팔|숏 슬리브|short sleeve|short sleeves|short sleeved",
    ),
    (
        Sleeves::Half,
        "칠부|칠부 소매|7부|7부 소매|7부소매의|오부 소매|5부 소매|반소매 칠부|half sleeve|half sleeves|half sleeved|\
            three quarter sleeve|three quarter sleeves|three quarter sleeved|3 4 sleeve|3 4 sleeves|\
            elbow length sleeves",
    ),
    (Sleeves::Long, "long sleeve|long sleeves|long sleeved"),
    (
        Sleeves::Puff,
        "퍼프|퍼프 소매|퍼프 슬리브|풍선 소매|볼륨 소매|벌룬 소매|벌룬|뽕소매|puff sleeve|puff sleeves|puff sleeved|puffed sleeves|\
            puffy sleeves|balloon sleeves|balloon sleeve|puff",
    ),
    (
        Sleeves::Rolled,
        "소매 걷은|소매를 걷은|소매 걷어 올린|소매를 걷어 올린|롤업 소매|소매 롤업|롤업|걷은 소매|걷어 올린 소매|소매 접은|rolled sleeves|rolled sleeved|\
            rolled up sleeves|rolled sleeve|sleeves rolled up|sleeves rolled|with sleeves rolled up|rolled",
    ),
];

pub(super) static FITS: &[(Fit, &str)] = &[
    (
        Fit::Slim,
        "슬림|슬림 핏|슬림한|딱 붙는|몸에 붙는|타이트|타이트한|타이트핏|붙는|핏된|슬림하게|slim|slim fit|slim fitting|slim cut|fitted|tight|\
            tight fitting|form fitting|bodycon|figure hugging",
    ),
    (Fit::Regular, "레귤러|레귤러 핏|정핏|기본 핏|스탠다드핏|regular|regular fit|classic fit|standard fit"),
    (
        Fit::Loose,
        "루즈|루즈 핏|루즈한|헐렁한|헐렁하게|넉넉한|넉넉하게|박시|박시한|박시핏|펑퍼짐한|품이 큰|낙낙한|통 큰|loose|loose fit|loose fitting|baggy|boxy|\
            roomy|slouchy|flowy|flowing|baggy fit",
    ),
    (
        Fit::Oversized,
        "오버 핏|오버 사이즈|오버사이즈드|오버핏의|빅사이즈|oversize|over sized|oversized fit|boyfriend",
    ),
    (Fit::Wide, "와이드|와이드 핏|통 넓은|통이 넓은|넓은|wide|wide leg|wide legged|wide fit"),
    (Fit::Skinny, "skinny|skinny fit|스키니 핏"),
    (
        Fit::Straight,
        "스트레이트|스트레이트 핏|일자|일자 핏|세미 와이드|straight|straight leg|straight fit|straight cut",
    ),
    (Fit::Bootcut, "나팔|플레어|부츠컷 핏|boot cut|flared|flare"),
    (Fit::Tailored, "테일러드|맞춤|테일러링|각 잡힌|tailored|bespoke|well fitted|structured|sharp"),
    (
        Fit::Relaxed,
        "릴렉스|릴랙스|릴렉스핏|릴렉스드|릴랙스드|릴랙스 핏|릴렉스드핏|여유로운|여유 있는|세미 오버핏|테이퍼드|relaxed|relaxed fit|relaxed fitting|\
            easy fit|comfort fit",
    ),
];

pub(super) static DETAILS: &[(Detail, &str)] = &[
    (
        Detail::DoubleBreasted,
        "더블 브레스트|더블 브레스티드|더블 버튼|더블 단추|더블|double breasted|double breast",
    ),
    (Detail::SingleBreasted, "싱글 브레스트|싱글 브레스티드|싱글 버튼|싱글|single breasted|single breast"),
    (
        Detail::Hooded,
        "후드 달린|후드가 달린|모자 달린|모자가 달린|후드 있는|hooded|hood|with a hood|with hood",
    ),
    (Detail::VNeck, "브이 넥|v 넥|브이 네크라인|v neck|v necked|v neckline"),
    (Detail::CrewNeck, "크루 넥|라운드 넥|라운드|crew neck|round neck|crew necked|round necked"),
    (
        Detail::HighNeck,
        "하이 넥|반목|차이나 카라|차이나넥|스탠드 카라|high neck|high necked|mandarin collar|stand collar|funnel neck|\
            high collar",
    ),
    (
        Detail::OffShoulder,
        "off shoulder|off the shoulder|off shoulders|어깨 드러난|어깨가 드러난|어깨 트인|원 숄더|one shoulder",
    ),
    (Detail::ButtonDown, "button down collar"),
    (Detail::Pleated, "주름|주름 잡힌|주름진|주름이 잡힌|핀턱|원턱|투턱|턱|pleated|pleats|pleat"),
    (
        Detail::Ripped,
        "찢어진|찢|디스트로이드|디스트로이|찢긴|구멍 난|해진|헤진|데미지|ripped|distressed|torn|destroyed|frayed",
    ),
    (
        Detail::ZipUp,
        "지퍼|지퍼 달린|하프 집업|반집업|지퍼가 달린|zipped|zipper|zip|half zip|quarter zip|full zip|with a zip|zippered",
    ),
    (
        Detail::HighWaist,
        "하이 웨이스트|하이 웨스트|하이라이즈|허리선 높은|배바지|high waist|high waisted|high rise|high waisted fit",
    ),
    (Detail::Padded, "누빔|누비|퀼팅|퀼티드|솜|패디드|padded|quilted|quilting"),
    (
        Detail::Belted,
        "벨티드|벨트 있는|벨트 달린|허리끈 있는|벨트로 묶은|허리 묶는|belted|with a belt attached|tie waist|waist tie|wrap",
    ),
    (Detail::LapelPeak, "피크드 라펠|피크 라펠|peak lapel|peaked lapel|peak lapels|peaked lapels"),
];

pub(super) static SCENES: &[(SceneKind, &str)] = &[
    (SceneKind::Studio, "스튜디오|촬영장|사진관|포토 스튜디오|화보 촬영장|studio|photo studio"),
    (
        SceneKind::Street,
        "거리|길거리|도심 거리|길에서|골목|골목길|도심|시내|도로|성수동|성수동 거리|홍대 거리|가로수길|강남|홍대|street|streets|city street|\
            city streets|alley|downtown|sidewalk|on the street|in the street|road|city",
    ),
    (SceneKind::Cafe, "카페|까페|커피 숍|찻집|cafe|café|coffee shop|coffee house"),
    (SceneKind::Office, "사무실|오피스|회사|회의실|사무공간|직장|office|workplace|meeting room|boardroom"),
    (
        SceneKind::Beach,
        "해변|바다|바닷가|해변가|백사장|해수욕장|해안|비치|모래사장|해운대|beach|seaside|seashore|ocean|sea|shore|by the sea|coast",
    ),
    (SceneKind::Park, "공원|한강|한강 공원|놀이공원|잔디밭|park"),
    (
        SceneKind::NightCity,
        "야경|도시 야경|밤거리|도시의 밤|밤 도시|도심 야경|밤의 도시|네온 사인|네온 거리|서울 야경|city at night|night city|city night|\
            city lights|night street|neon lights|night view|cityscape at night|neon city|nighttime city|\
            night in the city|street at night|streets at night|city street at night|city streets at night|\
            downtown at night|at night in the city|night skyline",
    ),
    (SceneKind::Forest, "숲|숲 속|산 속|수풀|산|산림|대나무숲|forest|woods|woodland|mountain|mountains"),
    (SceneKind::School, "학교|교실|교정|복도|운동장|school|classroom|schoolyard"),
    (
        SceneKind::Campus,
        "캠퍼스|대학|대학교|대학 캠퍼스|강의실|campus|university|college|college campus|university campus",
    ),
    (
        SceneKind::Home,
        "집|집 안|방|거실|침실|우리 집|방 안|내 방|home|house|living room|bedroom|at home|room",
    ),
    (
        SceneKind::WeddingHall,
        "예식장|결혼식장|웨딩 홀|결혼식|예식|wedding hall|wedding venue|wedding|chapel|wedding ceremony",
    ),
    (
        SceneKind::Hanok,
        "한옥|한옥 마을|고궁|경복궁|궁궐|궁|북촌|전주 한옥마을|창덕궁|hanok|palace|hanok village|gyeongbokgung|\
            traditional korean house",
    ),
    (
        SceneKind::Snow,
        "눈|눈밭|눈 오는|눈 내리는|눈길|눈 오는 날|눈 내리는 날|설원|눈 덮인|스키장|설경|눈 내린|눈 쌓인|snow|snowy|in the snow|snowfield|\
            ski slope|ski resort",
    ),
    (SceneKind::Rooftop, "옥상|루프 탑|테라스|roof top|roof|terrace"),
    (SceneKind::Library, "도서관|서재|서점|책방|library|bookstore|bookshop"),
    (
        SceneKind::Gym,
        "체육관|헬스장|짐|피트니스|헬스 클럽|피트니스 센터|농구장|운동하는 곳|gym|fitness center|fitness centre|gymnasium",
    ),
    (SceneKind::Airport, "공항|출국장|터미널|인천 공항|airport|terminal"),
    (
        SceneKind::Garden,
        "정원|화원|꽃밭|가든|식물원|뜰|마당|온실|garden|botanical garden|flower field|greenhouse|backyard",
    ),
    (
        SceneKind::Sunset,
        "노을|석양|해 질 녘|해질 무렵|일몰|저녁노을|선셋|노을 지는|노을진|해 지는|sunset|golden hour|dusk|sundown",
    ),
    (
        SceneKind::Gradient,
        "그라데이션|그러데이션|그라디언트|그라데이션 배경|그러데이션 배경|그라디언트 배경|gradient|gradient background|gradient backdrop",
    ),
    // The blurred own background. Every form names the background, so that "흐린 셔츠" stays a shirt.
    (
        SceneKind::Blurred,
        "배경 흐리게|배경 좀 흐리게|배경을 흐리게|배경을 좀 흐리게|배경은 흐리게|배경만 흐리게|뒷배경 흐리게|뒷배경을 흐리게|뒤 흐리게|흐린 배경|흐릿한 배경|흐릿하게 배경|배경 흐림|\
            배경 흐릿하게|배경을 흐릿하게|배경 블러|배경을 블러|블러 배경|배경 블러 처리|배경을 블러 처리|배경 날려|배경을 날려|배경 날리고|배경 뿌옇게|배경을 뿌옇게|아웃 포커스|\
            아웃 포커싱|아웃 오브 포커스|아웃 포커스 배경|보케|보케 배경|인물 모드|blurred background|blurry background|blur background|\
            blur the background|blur my background|blur out the background|background blur|\
            background blurred|background out of focus|out of focus background|out of focus|\
            unfocused background|defocused background|soft focus background|soft focus|bokeh|\
            bokeh background|portrait mode",
    ),
];

pub(super) static MOODS: &[(Mood, &str)] = &[
    (
        Mood::Casual,
        "캐주얼|캐쥬얼|캐쥬얼한|캐주얼한|편안한|편한|편하게|데일리|일상적인|일상복|평상복|편안하게|casual|casually|laid back|everyday|comfortable|\
            comfy",
    ),
    (Mood::Formal, "포멀|포말|격식|격식 있는|격식 차린|정중한|점잖은|격식 있게|formal|formally|dressy"),
    (Mood::Business, "비즈니스|비지니스|사무적인|business|professional|professionally"),
    (
        Mood::Sporty,
        "스포티|스포티한|스포츠|스포츠웨어|활동적인|운동|sporty|sports|athletic|active|sportswear",
    ),
    (
        Mood::Romantic,
        "로맨틱|로맨틱한|로맨틱하게|낭만적인|사랑스러운|사랑스럽게|러블리|러블리한|romantic|lovely|dreamy|romantically",
    ),
    (Mood::Vintage, "빈티지|빈티지한|빈티지하게|구제|구제 느낌|vintage"),
    (Mood::Street, "스트릿|스트리트|스트릿한|스트리트한|스트리트웨어|스트릿 웨어|street wear"),
    (
        Mood::Minimal,
        "미니멀|미니멀한|미니멀하게|미니멀리즘|미니멀리스트|심플|심플한|심플하게|단순한|minimal|minimalist|minimalistic|simple|understated|\
            minimalism",
    ),
    (
        Mood::Luxurious,
        "고급스러운|고급스럽게|고급|고급진|럭셔리|럭셔리한|럭셔리하게|호화로운|명품|부티 나는|화려한|화려하게|luxurious|luxury|expensive|glamorous|glam|\
            lavish|posh|opulent",
    ),
    (
        Mood::Cute,
        "귀여운|귀엽게|귀여워|귀여움|큐트|큐트한|깜찍한|깜찍하게|앙증맞은|귀염|발랄한|발랄하게|cute|adorable|playful|kawaii|sweet",
    ),
    (
        Mood::Chic,
        "시크|시크한|시크하게|쉬크|쉬크한|세련된|세련되게|도시적인|모던|모던한|모던하게|도회적인|스타일리시한|스타일리쉬한|chic|stylish|sophisticated|modern|\
            sleek",
    ),
    (
        Mood::Elegant,
        "우아|우아한|우아하게|엘레강스|엘레강스한|엘레강트한|엘레강트|기품 있는|고상한|품격 있는|여신|elegant|graceful|elegantly|elegance|refined|\
            ladylike|classy",
    ),
    (
        Mood::Edgy,
        "엣지|엣지 있는|엣지 있게|파격적인|반항적인|펑크|락시크|강렬한 느낌|펑키한|펑크한|edgy|rebellious|punk|rock|rocker|rock chic",
    ),
    (
        Mood::Cosy,
        "포근한|포근하게|포근|따뜻한|따뜻하게|따듯한|따뜻|아늑한|아늑하게|아늑|cosy|cozy|warm|snug|comforting",
    ),
    (
        Mood::Fresh,
        "청량|청량한|청량하게|산뜻한|산뜻하게|산뜻|상큼한|상큼하게|상큼|싱그러운|시원한|시원하게|프레시|프레시한|상쾌한|풋풋한|fresh|refreshing|breezy|\
            cool summer|airy",
    ),
    (
        Mood::Retro,
        "레트로|레트로한|복고|복고풍|뉴트로|옛날|80년대|70년대|90년대|레트로하게|retro|old school|80s|70s|90s|60s|newtro|1980s|1990s|\
            1970s",
    ),
    (Mood::Preppy, "프레피|프레피한|프레피하게|아이비 리그|아이비|preppy|prep|ivy league|ivy"),
    (Mood::Gothic, "고딕|고스|고딕한|고스룩|고딕풍|고스로리|gothic|goth|gothy"),
    (
        Mood::Bohemian,
        "보헤미안|보헤미안풍|보호|히피|보헤미안한|에스닉|에스닉한|bohemian|boho|hippie|hippy|boho chic",
    ),
    (
        Mood::Clean,
        "깔끔|깔끔한|깔끔하게|단정한|단정하게|단정|클린|클린한|말끔한|정갈한|깨끗한|깨끗하게|말쑥한|말끔하게|clean|neat|tidy|crisp|smart|clean cut|\
            polished",
    ),
];

pub(super) static SEASONS: &[(Season, &str)] = &[
    (Season::Spring, "봄|봄철|봄날|봄옷|봄철에|spring|spring time"),
    (Season::Summer, "여름|여름철|한여름|여름옷|여름날|썸머|서머|summer|summery|summer time"),
    (Season::Autumn, "가을|가을철|가을옷|가을날|autumn|fall|autumnal"),
    (Season::Winter, "겨울|겨울철|한겨울|겨울옷|겨울날|winter|wintry|winter time"),
];

/// Every form of the tables above with its meaning.
pub(super) fn words() -> Vec<(&'static str, Word)> {
    let mut all = vec![(STRIPES, Word::Attr(Attr::Stripes))];
    all.extend(COLOURS.iter().map(|&(c, shade, forms)| (forms, Word::Attr(Attr::Colour(c, shade)))));
    all.extend(SHADES.iter().map(|&(v, forms)| (forms, Word::Attr(Attr::Shade(v)))));
    all.extend(PATTERNS.iter().map(|&(v, forms)| (forms, Word::Attr(Attr::Pattern(v)))));
    all.extend(MATERIALS.iter().map(|&(v, forms)| (forms, Word::Attr(Attr::Material(v)))));
    all.extend(LENGTHS.iter().map(|&(v, forms)| (forms, Word::Attr(Attr::Length(v)))));
    all.extend(SLEEVES.iter().map(|&(v, forms)| (forms, Word::Attr(Attr::Sleeves(v)))));
    all.extend(FITS.iter().map(|&(v, forms)| (forms, Word::Attr(Attr::Fit(v)))));
    all.extend(DETAILS.iter().map(|&(v, forms)| (forms, Word::Attr(Attr::Detail(v)))));
    all.extend(SCENES.iter().map(|&(v, forms)| (forms, Word::Scene(v))));
    all.extend(MOODS.iter().map(|&(v, forms)| (forms, Word::Mood(v))));
    all.extend(SEASONS.iter().map(|&(v, forms)| (forms, Word::Season(v))));
    all
}
