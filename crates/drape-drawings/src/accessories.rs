//! Accessories of cloth and leather: ties, scarves, hats, belts, bags, gloves.

use drape_core::style::GarmentKind;

use crate::jewellery;
use crate::path::{mirror, symmetric};
use crate::sketch::{Lay, Sketch};

const GOLD: &str = "#c9ad6a";

/// Draws accessories.
pub(crate) fn draw(s: &mut Sketch<'_>) {
    use GarmentKind as K;
    match s.tones.kind {
        K::Tie => tie(s),
        K::BowTie => bow_tie(s),
        K::Scarf => scarf(s),
        K::Hat => hat(s),
        K::Cap => cap(s),
        K::Beanie => beanie(s),
        K::Beret => beret(s),
        K::Belt => belt(s),
        K::Suspenders => suspenders(s),
        K::Backpack => backpack(s),
        K::ToteBag => tote(s),
        K::Handbag => handbag(s),
        K::Bag => shoulder_bag(s),
        K::Gloves => gloves(s),
        K::Hairband => hairband(s),
        _ => jewellery::draw(s),
    }
}

fn tie(s: &mut Sketch<'_>) {
    let inside = s.tones.inside.clone();
    s.stroke("M172 60Q150 30 200 22Q250 30 228 60", &inside, 15.0);
    let ground = s.tones.ground.clone();
    s.strap("M172 58Q152 32 200 24Q248 32 228 58", &ground, 12.0);
    s.piece("M196 92L214 92L236 352L222 384L206 356Z", Lay::Left);
    s.cloth("M186 94L214 94C222 190 234 290 240 372L200 424L160 372C166 290 178 190 186 94Z");
    s.fold("M196 108Q194 140 188 176", 4.0);
    s.fold("M208 108Q210 130 212 156", 3.0);
    s.piece("M168 52Q200 62 232 52L218 98Q200 104 182 98Z", Lay::Right);
    s.fold("M192 62Q196 78 194 96", 3.0);
}

fn bow_tie(s: &mut Sketch<'_>) {
    let ground = s.tones.ground.clone();
    s.strap("M120 232Q60 190 200 176Q340 190 280 232", &ground, 8.0);
    s.cloths("M208 226C240 200 296 176 316 190C330 214 330 266 316 288C296 300 240 278 208 252Z");
    s.folds("M216 232Q250 216 284 214", 4.0);
    s.folds("M216 246Q250 260 280 266", 3.4);
    s.cloths("M214 240Q266 232 322 238L322 246Q266 242 214 244Z");
    s.cloth("M184 218Q200 212 216 218Q222 240 216 262Q200 268 184 262Q178 240 184 218Z");
    s.fold("M196 222Q192 240 196 258", 3.0);
}

fn scarf(s: &mut Sketch<'_>) {
    let fringe = |s: &mut Sketch<'_>, from: f32, to: f32, y: f32, slope: f32| {
        let dim = s.tones.ground.clone();
        for k in 0..9_u8 {
            let share = f32::from(k) / 8.0;
            let x = from + (to - from) * share;
            let y = y + slope * share;
            s.stroke(&format!("M{x} {y}Q{} {} {} {}", x + 2.0, y + 12.0, x - 1.0, y + 24.0), &dim, 3.0);
        }
    };
    fringe(s, 212.0, 270.0, 368.0, -6.0);
    s.piece("M206 160Q232 240 208 368L274 362Q290 250 252 150Z", Lay::Left);
    s.fold("M226 200Q246 280 236 352", 6.0);
    fringe(s, 122.0, 190.0, 396.0, 6.0);
    s.piece("M152 160Q134 280 118 396L194 402Q206 280 214 160Z", Lay::Right);
    s.fold("M170 210Q160 300 152 388", 6.0);
    s.fold("M192 190Q190 280 180 380", 4.0);
    let inside = s.tones.inside.clone();
    s.trim(&symmetric("M200 66Q250 66 262 92Q240 116 200 118"), &inside);
    s.cloth("M122 96C116 138 160 184 214 182C262 178 290 136 280 92Q262 122 204 124Q146 124 122 96Z");
    s.cloth(
        "M122 96Q130 66 200 60Q270 64 280 92Q276 112 262 118Q256 84 200 80Q152 82 140 116Q124 112 122 96Z",
    );
    s.fold("M140 130Q190 166 258 136", 5.0);
    s.fold("M150 150Q200 178 250 158", 4.0);
}

fn hat(s: &mut Sketch<'_>) {
    s.cloth(
        "M54 262C60 236 130 236 200 238C270 236 340 236 346 262C350 290 270 304 200 304C130 304 50 290 \
        54 262Z",
    );
    s.stitch("M66 266Q90 294 200 296Q310 294 334 266");
    s.cloth(
        "M116 258C116 200 126 148 152 142Q176 138 200 152Q224 138 248 142C274 148 284 200 284 258Q240 \
        274 200 274Q160 274 116 258Z",
    );
    s.fold("M200 154Q196 178 200 202", 6.0);
    s.folds("M256 152Q236 176 244 206", 5.0);
    let band = if s.tones.two_tone { s.tones.second.clone() } else { s.tones.inside.clone() };
    s.trim("M116 232Q160 250 200 250Q240 250 284 232L284 258Q240 276 200 276Q160 276 116 258Z", &band);
    s.trim("M130 238L146 243L148 269L128 262Z", &band);
}

fn cap(s: &mut Sketch<'_>) {
    s.cloth("M106 258C98 176 140 126 206 126C272 126 306 178 300 256Q250 240 200 246Q150 248 106 258Z");
    s.seam("M206 126Q196 180 198 246");
    s.seam("M206 126Q142 150 134 252");
    s.seam("M206 126Q268 152 268 244");
    s.stitch("M200 128Q190 180 193 246");
    s.button((206.0, 126.0), 6.0);
    let visor = if s.tones.two_tone { s.tones.second.clone() } else { s.tones.ground.clone() };
    s.trim(
        "M106 258Q150 246 200 245Q250 240 300 256Q330 270 352 296Q348 308 318 300Q230 272 140 286Q112 278 \
        106 258Z",
        &visor,
    );
    for d in ["M122 266Q220 244 306 268", "M128 275Q230 256 326 286", "M136 281Q230 264 338 297"] {
        s.stitch(d);
    }
    let mark = if s.tones.two_tone { s.tones.second.clone() } else { s.tones.seam.clone() };
    s.stroke("M176 216L188 182L200 208L212 182L224 216", &mark, 6.0);
    s.disc((150.0, 172.0), 2.6, &s.tones.seam.clone());
    s.disc((252.0, 170.0), 2.6, &s.tones.seam.clone());
}

fn beanie(s: &mut Sketch<'_>) {
    let outline = symmetric("M200 108C256 108 294 156 298 250Q250 266 200 266");
    s.cloth(&outline);
    s.clip(&outline);
    for k in -6..=6_i8 {
        let t = f32::from(k) / 6.5;
        s.fold(&format!("M{} 112Q{} 160 {} 262", 200.0 + 18.0 * t, 200.0 + 84.0 * t, 200.0 + 98.0 * t), 3.0);
    }
    s.unclip();
    let lines: String = (-11..=11)
        .map(|k| {
            let t = k as f32 / 11.6;
            let y = 246.0 - 8.0 * t * t;
            format!("M{} {y}L{} {}", 200.0 + 104.0 * t, 200.0 + 102.0 * t, y + 62.0)
        })
        .collect();
    s.ribs(&symmetric("M200 246Q264 246 304 236Q312 268 302 298Q256 310 200 310"), &lines);
    s.trim("M236 268L270 264L270 288L236 292Z", "#8a5a34");
}

fn beret(s: &mut Sketch<'_>) {
    s.stroke("M214 128Q216 116 210 106", &s.tones.line.clone(), 7.0);
    s.cloth(
        "M80 232C66 176 130 124 212 126C300 128 346 178 332 222C322 258 280 268 232 268C180 272 92 272 \
        80 232Z",
    );
    s.fold("M110 208Q160 156 240 148", 8.0);
    s.fold("M130 244Q220 252 306 216", 7.0);
    s.fold("M180 256Q250 256 300 236", 4.0);
    s.trim(
        "M130 256Q200 276 284 252Q290 266 282 278Q204 300 136 280Q126 268 130 256Z",
        &s.tones.inside.clone(),
    );
    s.stitch("M134 268Q204 288 284 264");
}

fn belt(s: &mut Sketch<'_>) {
    s.piece(
        "M200 132C300 132 336 176 336 232C336 290 290 330 214 334L214 302C268 298 300 272 300 232C300 \
        194 268 166 200 166C132 166 100 194 100 232C100 272 132 298 186 302L186 334C110 330 64 290 64 232C64 \
        176 100 132 200 132Z",
        Lay::Straight,
    );
    s.stitch("M200 138C292 138 330 178 330 232C330 284 288 323 216 328");
    s.stitch("M200 138C108 138 70 178 70 232C70 284 112 323 184 328");
    s.cloth("M166 300L312 304Q330 318 312 334L166 338Z");
    s.stitch("M170 306L308 310Q320 318 308 328L170 332");
    for k in 0..4_u8 {
        s.disc((244.0 + 17.0 * f32::from(k), 319.0), 2.6, &s.tones.inside.clone());
    }
    s.stroke("M142 292L206 292L206 346L142 346Z", "#8d7640", 10.0);
    s.stroke("M142 292L206 292L206 346L142 346Z", GOLD, 7.5);
    s.stroke("M150 319L218 319", GOLD, 5.0);
    s.cloth("M222 296L234 296L234 342L222 342Z");
}

fn suspenders(s: &mut Sketch<'_>) {
    let ground = s.tones.ground.clone();
    s.strap("M132 372L132 110Q136 60 200 54Q264 60 268 110L268 372", &ground, 17.0);
    s.strap("M132 112Q150 190 200 240Q250 190 268 112", &ground, 17.0);
    if s.tones.pattern.is_some() {
        s.piece("M124 120L140 120L140 360L124 360Z", Lay::Straight);
        s.piece("M260 120L276 120L276 360L260 360Z", Lay::Straight);
    }
    s.strap("M200 240L200 372", &ground, 17.0);
    s.trim("M176 224L224 224L214 262L186 262Z", "#5a3a26");
    for x in [132.0, 200.0, 268.0] {
        s.trim(&format!("M{} 330L{} 330L{} 344L{} 344Z", x - 13.0, x + 13.0, x + 13.0, x - 13.0), "#c9c6bf");
        s.trim(&format!("M{} 370L{} 370L{} 408L{} 408Z", x - 10.0, x + 10.0, x + 13.0, x - 13.0), "#c9c6bf");
        s.stroke(&format!("M{} 390L{} 390", x - 8.0, x + 8.0), "#77736b", 2.0);
    }
}

fn backpack(s: &mut Sketch<'_>) {
    let dim = s.tones.dim.clone();
    s.strap("M174 92Q176 52 200 52Q224 52 226 92", &dim, 9.0);
    s.trims("M282 150Q318 200 306 340L288 350Q300 220 270 170Z", &dim);
    s.cloth(&symmetric("M200 80C262 80 296 116 298 180L304 372Q300 400 270 402L200 402"));
    s.seam("M106 176Q116 112 200 108Q284 112 294 176");
    s.zip(200.0, 112.0, 150.0);
    s.stroke("M112 172Q124 112 200 110Q276 112 288 172", "#c9c6bf", 2.0);
    s.cloth(
        "M122 250L278 250Q288 252 288 264L288 364Q286 382 270 382L130 382Q114 382 112 364L112 264Q112 \
        252 122 250Z",
    );
    s.stroke("M118 268L282 268", &s.tones.line.clone(), 5.0);
    s.stroke("M118 268L282 268", "#c9c6bf", 2.4);
    s.trim("M262 266L274 266L276 290L260 290Z", "#c9c6bf");
    s.trim("M176 196L224 196L224 226L176 226Z", "#7a5334");
    s.stitched("M180 200L220 200L220 222L180 222Z", "#d9b98c");
    s.stitch("M120 374Q200 380 280 374");
}

fn tote(s: &mut Sketch<'_>) {
    let dim = s.tones.dim.clone();
    s.strap("M154 190L158 96Q162 66 200 66Q238 66 242 96L246 190", &dim, 11.0);
    let inside = s.tones.inside.clone();
    s.trim("M98 166L302 166L298 186L102 186Z", &inside);
    s.cloth("M96 176L304 176L314 394Q314 404 304 404L96 404Q86 404 86 394Z");
    s.fold("M130 250Q124 330 132 390", 6.0);
    s.fold("M262 230Q276 320 266 396", 6.0);
    s.stitch("M94 192L306 192");
    let ground = s.tones.ground.clone();
    s.strap("M140 226L146 120Q150 84 200 84Q250 84 254 120L260 226", &ground, 11.0);
    for x in [140.0, 260.0] {
        s.stitch(&format!("M{} 206L{} 206L{} 230L{} 230Z", x - 6.0, x + 6.0, x + 6.0, x - 6.0));
    }
    if s.tones.pattern.is_none() {
        let seam = s.tones.seam.clone();
        s.stroke("M166 300Q200 270 234 300M172 318L228 318M180 332L220 332", &seam, 3.0);
    }
}

fn handbag(s: &mut Sketch<'_>) {
    let ground = s.tones.ground.clone();
    s.strap("M142 208Q140 92 200 92Q260 92 258 208", &ground, 10.0);
    s.cloth(
        "M116 200L284 200Q300 202 306 222L326 352Q328 374 306 374L94 374Q72 374 74 352L94 222Q100 202 \
        116 200Z",
    );
    s.seam("M104 226L88 366M296 226L312 366");
    s.cloth(
        "M110 200L290 200Q298 204 300 220L292 268Q288 280 272 282L128 282Q112 280 108 268L100 220Q102 \
        204 110 200Z",
    );
    s.stitch("M106 222L114 266Q118 275 130 276L270 276Q282 275 286 266L294 222");
    s.trim("M182 264L218 264L218 300L182 300Z", GOLD);
    s.disc((200.0, 284.0), 6.0, "#8d7640");
    for x in [142.0, 258.0] {
        s.stroke(&format!("M{} 198L{} 198L{} 214L{} 214Z", x - 9.0, x + 9.0, x + 9.0, x - 9.0), GOLD, 4.0);
    }
    s.stitch("M84 364L316 364");
}

fn shoulder_bag(s: &mut Sketch<'_>) {
    let ground = s.tones.ground.clone();
    s.strap("M104 242C84 120 140 62 200 62C260 62 316 120 296 242", &ground, 8.0);
    s.cloth("M92 236Q200 222 308 236L314 350Q312 388 274 390L126 390Q88 388 86 350Z");
    s.cloth("M88 234Q200 216 312 234L316 296Q310 340 262 344L138 344Q90 340 84 296Z");
    s.stitch("M92 292Q98 332 140 336L260 336Q302 332 308 292");
    s.fold("M110 250Q104 300 120 330", 5.0);
    s.trim("M190 324L210 324L212 362L188 362Z", GOLD);
    for x in [104.0, 296.0] {
        s.stroke(&format!("M{x} 232L{x} 250"), GOLD, 9.0);
    }
}

fn gloves(s: &mut Sketch<'_>) {
    let hand = "M216 396L214 326C206 286 204 250 212 216Q216 206 226 214L230 250Q228 170 236 130Q244 118 252 \
        130L254 238Q254 150 262 108Q272 96 278 110L276 240Q280 160 290 126Q300 116 304 130L298 248Q306 196 \
        314 170Q324 162 326 176C326 240 316 300 296 332L294 396Z";
    let hand = hand.replace(
        "M216 396L214 326C206 286 204 250 212 216Q216 206 226 214L230 250",
        "M226 396L226 336C214 300 196 276 192 250Q196 236 208 246L230 274",
    );
    s.cloths(&hand);
    s.folds("M242 262Q256 252 262 300", 4.0);
    s.seams("M254 236L256 266M276 238L276 268M297 246L293 270");
    let lines: String =
        (1..10).map(|k| format!("M{} 350L{} 398", 224.0 + 7.4 * k as f32, 224.0 + 7.4 * k as f32)).collect();
    let cuff = "M224 346Q260 354 300 346L298 400Q260 408 222 400Z";
    s.ribs(cuff, &lines);
    s.ribs(&mirror(cuff), &mirror(&lines));
}

fn hairband(s: &mut Sketch<'_>) {
    let inside = s.tones.inside.clone();
    s.trim(
        "M106 350C70 220 110 116 200 114C290 116 330 220 294 350L282 348C308 228 276 140 200 138C124 140 \
        92 228 118 348Z",
        &inside,
    );
    s.cloth(
        "M102 350C58 208 106 92 200 90C294 92 342 208 298 350Q290 356 284 348C314 226 282 136 200 134\
        C118 136 86 226 116 348Q110 356 102 350Z",
    );
    s.cloth("M206 108Q238 66 268 72Q280 96 262 128Q236 134 206 116Z");
    s.cloth("M196 108Q164 66 134 72Q122 96 140 128Q166 134 196 116Z");
    s.cloth("M188 98Q200 92 212 98L214 126Q200 132 186 126Z");
    s.folds("M216 108Q236 90 256 92", 3.0);
    s.folds("M306 200Q312 250 300 310", 4.0);
}
