//! Words that join, deny, keep or have no meaning here. `|` between forms, a space where a form may be
//! written apart, with a hyphen or as one word.

use super::word::{Gender, Link, Mark, Word};

static WORDS: &[(Word, &str)] = &[
    (
        Word::Accessories,
        "액세서리|악세사리|악세서리|액세사리|장신구|소품|accessory|accessories|jewellery|jewelry|주얼리|쥬얼리",
    ),
    (
        Word::Gender(Gender::Men),
        "남자|남성|남성용|남성복|남자용|남자 옷|아저씨|형|오빠|남학생|남친용|men|man|mens|male|guy|guys|boy|boys|masculine|menswear|\
            gentlemen|for men|for him|신랑|아빠|할아버지|소년",
    ),
    (
        Word::Gender(Gender::Women),
        "여자|여성|여성용|여성복|여자용|여자 옷|아가씨|언니|누나|여학생|women|woman|womens|female|lady|ladies|girl|girls|womenswear|\
            for women|for her|신부|엄마|할머니",
    ),
    (
        Word::Look,
        "룩|스타일|스타일링|패션|코디|코디네이션|복장|차림|옷차림|룩북|감성룩|의상|스타일의 옷|look|looks|style|styled|styling|outfit|outfits|\
            fashion|attire|ensemble|getup|aesthetic|core",
    ),
    (Word::Background, "배경|뒷배경|배경지|벽|백그라운드|바깥 배경|background|backdrop|wall"),
    (Word::Ground, "바탕|바탕색|베이스|base|ground"),
    (
        Word::Trim,
        "단추|버튼|카라|깃|주머니|포켓|끈|밑창|안감|끝단|collar|button|pocket|trim|trims|piping|laces|lining|sole|cuff|hem|\
            edges|stitching|lapel|라펠",
    ),
    (Word::Stuff, "소재|재질|원단|천|소재감|fabric|material|cloth|textile"),
    (
        Word::All,
        "올|전부|모두|온통|위 아래|위아래로|위아래 다|상하의|전신|머리부터 발끝까지|싹 다|싹|전체|전체적으로|all|entirely|head to toe|\
            from head to toe|total|everything|completely|fully|all over|monochrome",
    ),
    (Word::Link(Link::With), "그리고|또|또한|거기에|게다가"),
    (Word::Link(Link::And), "및|더하기|and|n|plus|as well as|앤|앤드"),
    (Word::Link(Link::For), "for"),
    (Word::Link(Link::Or), "or|nor|이나|혹은|또는"),
    (
        Word::Link(Link::With),
        "with|add|adding|include|including|put on|over|under|underneath|beneath|on top of|paired with|\
            matched with|along with|together with|layered over|worn over|worn with|layered with|\
            layered under|combined with|w|plus a|atop|featuring|having|has|have|against|그 위에|그 안에",
    ),
    (Word::Link(Link::In), "in|of|made of|made from|to|into"),
    (Word::Link(Link::On), "on|upon"),
    (
        Word::Link(Link::Break),
        "at|by|then|but|while|from|near|around|inside|front|during|standing|walking|sitting|posing",
    ),
    (Word::Article, "a|an|one|한 벌의|another|a pair of|pair of|pairs of|a set of"),
    (
        Word::NoBefore,
        "no|without|without any|not wearing|not wear|not|minus|instead of|rather than|except|except for|\
            excluding|leave out|skip|skip the|remove|remove the|lose the|ditch the|drop the|take off|노|\
            dont wear|do not wear|dont want|do not want|never|without the|without a|free of|lacking|none",
    ),
    (
        Word::NoAfter,
        "없이|없는|없게|말고|말구|빼고|빼 줘|빼 주세요|빼서|뺀|제외|제외하고|제외한|대신|대신에|안 입고|안 입은|안 신고|안 매고|안 맨|안 쓰고|안 쓴|안 하고|안 한|안 메고|\
            벗고|벗은|벗겨 줘|벗겨|아닌|아니고|아니라|싫어|싫고|싫어요|필요 없어|필요 없고|없애 줘|없었으면|하지 말고|하지 마|입지 말고|매지 말고|쓰지 말고|신지 말고|\
            매지 않고|쓰지 않고|입지 않고|신지 않고|입지 않은|매지 않은|쓰지 않은|신지 않은|안 맸으면|제거|제거해줘|지워줘|없음|안돼|금지|필요 없음|빼",
    ),
    (
        Word::KeepBefore,
        "keep|keeping|leave|dont change|do not change|dont touch|do not touch|not change|same|retain|\
            maintain|preserve|keep on|without changing|not changing|leave alone",
    ),
    (
        Word::KeepAfter,
        "그대로|유지|고정|냅둬|놔둬|내버려 둬|놔두고|냅두고|바꾸지 말고|바꾸지 마|바꾸지 않고|건드리지 말고|건드리지 마|그냥 두고|그냥 둬|남겨 두고|남겨줘|남겨|as is|\
            unchanged|the same|as it is|as they are|안 바꾸고",
    ),
    (Word::Swap, "change|swap|replace|switch|turn|exchange|substitute|trade|convert"),
    (Word::DressIn, "dress in|dress for|dress like|dress as"),
    // English words without a meaning for clothes.
    (
        Word::Filler,
        "i|im|id|ill|ive|me|my|mine|myself|you|your|he|she|his|her|hers|him|they|them|their|we|us|our|it|its|\
            the|this|that|these|those|there|some|any|someone|somebody|want|wants|wanted|would|like|likes|\
            love|loves|need|needs|wish|try|trying|could|can|should|will|shall|may|might|must|let|lets|please|\
            pls|plz|thanks|thank|hi|hello|hey|ok|okay|yes|so|just|only|also|too|very|really|quite|super|more|\
            most|little|bit|a bit|a little|slightly|somewhat|kind|kinda|sort|type|wear|wears|wearing|worn|\
            wore|keep it|keep them|on top|dress me|dress me in|dress them|dress me up|dress up|dress up in|\
            dress him in|dress her in|dressed|dressed in|dressed up|dressing|put|putting|show|showing|see|\
            make|making|made|give|giving|get|getting|got|pick|choose|find|create|generate|render|imagine|\
            picture|photo|photograph|image|photos|pictures|shot|selfie|model|person|people|human|figure|body|\
            be|is|am|are|was|were|been|being|do|does|did|dont|go|goes|going|goes with|come|comes|match|\
            matching|matches|matched|matchy|combo|combination|pair|pairs|paired|pairing|layer|layers|layered|\
            layering|tuck|tucked|tucked in|untucked|top of|set|clothes|clothing|garment|garments|apparel|\
            piece|pieces|item|items|wardrobe|closet|something|anything|thing|things|stuff|vibe|vibes|feel|\
            feeling|mood|theme|themed|inspired|ish|type of|touch|hint|accent|accents|accented|accessorized|\
            accessorised|colour|color|coloured|colored|colours|colors|hue|shade|tone|tones|toned|tint|\
            pattern|patterns|patterned|design|designs|designed|detail|details|detailing|fit|fits|fitting|cut|\
            length|sized|size|sleeve|sleeves|collared|nice|good|great|best|beautiful|pretty|handsome|\
            gorgeous|perfect|lovely looking|cool|awesome|fancy|attractive|good looking|new|long time|such|as|\
            if|when|where|which|who|what|how|than|up|out|off|about|both|each|every|same time|time|day|today|\
            tonight|now|here|together|well|maybe|perhaps|ideally|preferably|possibly|use|using|look like|\
            looks like|look good|looking|appear|appearing|seen|scene|setting|place|location|view|outdoors|\
            indoors|outside|taken|full|half|other|others|else|but also|because|since|although|though|however|\
            instead|rather|off to|go to|attending|attend|visit|visiting|party going|event|occasion|\
            traditional|middle|front of|in front of|backed|s|m|re|ve|ll|way|classy look|final|generally|\
            simply|easy|easily|old|young|year|years|korean|tall|shoulder|shoulders|waist|neck|head|wrist|\
            feet|hand|hands|legs|weather|cold|hot|lol|haha|yeah|lace up|laced|button front|button through",
    ),
    // Korean words without a meaning for clothes.
    (
        Word::Filler,
        "나|나는|저|저는|내|제|내가|제가|나를|나한테|나에게|저에게|저한테|우리|이|그|저기|여기|이거|그거|좀|조금|조금만|아주|매우|정말|진짜|너무|살짝|약간|꼭|그냥|막|더|덜|\
            많이|되게|엄청|굉장히|무척|완전|같은|같이|함께|비슷한|비슷하게|처럼|옷|옷을|의류|벌|한 벌|켤레|한 켤레|느낌|분위기|무드|감성|바이브|풍|계열|톤|색|색깔|색상|컬러|\
            빛|빛깔|무늬|무늬가|패턴|핏|기장|길이|소매|디자인|디테일|포인트|포인트로|세트|사진|사진을|이미지|그림으로|모델|사람|인물|얼굴|몸|예쁜|예쁘게|이쁜|이쁘게|멋진|멋있는|\
            멋있게|멋지게|멋|좋은|좋게|좋겠어|좋겠어요|좋겠다|좋을|어울리는|어울리게|잘|어울려|새|새로운|다른|어떤|무슨|모든|아무|것|거|걸|게|건|거로|것으로|걸로|때|날|오늘|\
            내일|지금|이제|요즘|갈|가는|갈 때|가기|입을|입기|위한|용|용도|용으로|위해|그런|이런|저런|안|안에|속에|위|위에|아래|아래에|밑|밑에|겉에|겉|옆|옆에|앞|앞에서|뒤|\
            뒤에|곳|곳에서|장소|어디|중|중에|하나|한|한개|두|개|정도|쯤|스러운|제발|네|응|음|안녕|안녕하세요|감사합니다|고마워|고마워요|감사|그럼|근데|하지만|그런데|그래서|\
            왜냐하면|대충|적당히|적당한|알아서|추천|부탁|모습|모양|전통|젊은|요|정|세련|기본|베이직|베이식|데일리로|평소|완벽한|완벽하게|트렌디한|트렌디|트렌디하게|유행하는|최신|\
            인기|핫한|유행|한국|한국적인|포함|포함해서|부분|쪽|편|전체에|느낌적인|때문에|당일|시절|시대|어깨|허리|손목|발목|가슴|다리|머리|목에|손에|발에|은은한|은은하게|\
            하늘하늘|하늘하늘한|살랑살랑한|자연스럽게|자연스러운|멋스러운|멋스럽게|추운|더운|채|채로|비 오는|비 오는 날|비 내리는|맑은 날|흐린 날|날씨|계절|있는|달린|들어간|박힌|\
            프린트된|그려진|새겨진|장식된|처리된|섞인|들어있는|되어 있는|된",
    ),
    // Verbs; any ending may follow.
    (
        Word::Verb,
        "입은|입고|입어|입혀|입히|입는|입었|입으|입게|입지|입던|입힌|입혔|입자|입도록|입음|갈아입|차려입|껴입|받쳐 입|걸쳐 입|맞춰 입|신은|신고|신겨|신어|신을|신는|신었|신으|\
            신게|신긴|신기|신도록|쓰고|쓴|써줘|써서|쓰게|씌워|씌운|씌우|쓰도록|쓸|매고|맨|매줘|매서|매게|매도록|맸|메고|멘|메게|메도록|메줘|멨|들고|들어|든|들게|들도록|들려|\
            차고|찬|채워|차게|끼고|낀|끼워|두르|두른|둘러|둘렀|걸치|걸친|걸쳐|걸쳤|착용|착장|매치|매칭|매칭한|코디해|코디한|코디하|스타일링해|스타일링한|레이어드|레이어링|겹쳐|\
            받쳐|넣어|넣은|넣고|바꿔|바꾸|바꿨|바뀐|변경|교체|갈아|변신|변환|합성|적용|보여|보고|보이|보일|보자|만들|해 줘|해 주|해줄|해 봐|해서|했으면|하면|하고 싶|하는|\
            하도록|할래|할게|해라|해요|합니다|했어|되게 해|되는|되어|돼|주세요|주라|줘|줘요|주면|줄래|주실|싶어|싶은|싶다|싶습니다|싶네|싶어요|싶|원해|원하|원합|원한|필요|\
            부탁해|부탁드|부탁합|추천해|추천하|골라|찾아|찍은|찍고|찍어|찍는|찍힌|서 있|앉아|앉은|걷는|걷고|있고|있어|있게|있으면|있었|달려|장식|처리|맞춘|맞춰|맞추|맞는|통일|\
            통일해|깔맞춤|어울리|이었으면|였으면|이면|이었|이에요|이야|예요|입니다|인데|이고|이며|으면|가고|가서|갈 거|갈 건데|가려|가볼|간|가는데|놀러|다니|나가|나온|나오|\
            떠나|느껴지|나게|풍기|두고|둬|둔|두면|놔|하고서|하며|하면서|묶은|묶고|묶어|접은|접어|꾸며|꾸민|연출|표현|완성|생각|준비|참석|출발|올린|올려|내려|대고|챙겨|챙긴|\
            더해|더한|추가|섞은|섞어|조합|합쳐|곁들|가미|살린|살려|강조",
    ),
];

/// Korean particles and endings: they stand only behind another word in the same run of letters.
static PARTICLES: &[(Word, &str)] = &[
    (Word::Mark(Mark::Topic), "은|는|이|가|만|께서|이랑은"),
    (Word::Mark(Mark::Object), "을|를|만을"),
    (Word::Mark(Mark::Goal), "로|으로|색으로|색깔로"),
    (
        Word::Particle,
        "의|인|한|하게|해|하니|하지만|한데|함|적인|적으로|적|스러움|스러운|스럽게|스런|스럽고|풍의|풍으로|틱한|틱하게|같은|도|만으로|부터|까지|처럼|같이|보다|마다|이라도|라도|\
            든|용|들|이요|요|임|이다|다|야|이야|죠|지|네|이네|로서|의상|에서|에서의|에게|한테|께|라서|이라|라|인데|이고|고|색|색상|색깔|컬러|빛|톤|무늬|핏|느낌|느낌의|\
            느낌으로|계통|계열|계열의|의류|표|식|식의|형|스타일|으로는|로는|로도|으로도|된|되는",
    ),
    (Word::Link(Link::With), "에|에는|에다|에다가|에도|엔|위에|안에|속에|밑에|아래|아래에|에다가는"),
    (Word::Link(Link::And), "와|과|랑|이랑|하고|하구|이며|며"),
];

/// Every form of the first table with its meaning.
pub(super) fn words() -> impl Iterator<Item = (&'static str, Word)> {
    WORDS.iter().map(|&(word, forms)| (forms, word))
}

/// Every particle with its meaning.
pub(super) fn particles() -> impl Iterator<Item = (&'static str, Word)> {
    PARTICLES.iter().map(|&(word, forms)| (forms, word))
}
