//! Outerwear with lapels: blazers, coats, waistcoats, robes.

use drape_core::style::{Detail, GarmentKind, Length, Sleeves};

use crate::path::{mirror, symmetric};
use crate::sketch::{Lay, Sketch};
use crate::torso::Torso;

/// Draws jackets and coats with lapels.
pub(crate) fn draw(s: &mut Sketch<'_>) {
    use GarmentKind as K;
    match s.tones.kind {
        K::Coat | K::Overcoat => coat(s),
        K::TrenchCoat => trench(s),
        K::Waistcoat => waistcoat(s),
        K::Robe => robe(s),
        K::Cape => cape(s),
        _ => blazer(s),
    }
}

/// The hem of a coat of that length.
pub(crate) fn coat_hem(s: &Sketch<'_>, usual: f32) -> f32 {
    match s.tones.length {
        Some(Length::Cropped) => 280.0,
        Some(Length::Mini | Length::Short) => 390.0,
        Some(Length::Knee) => 480.0,
        Some(Length::Midi) => 520.0,
        Some(Length::Long | Length::Maxi | Length::Ankle) => 560.0,
        None => usual,
    }
}

/// Lining, back of the collar, both lapels; `to` is where they meet, `edge` on which x.
fn lapels(s: &mut Sketch<'_>, to: f32, edge: f32, peak: bool, width: f32) {
    let inside = s.tones.inside.clone();
    s.trim(&format!("M166 80Q200 66 234 80L{edge} {to}L186 {}Z", to - 30.0), &inside);
    s.shape("M189 88L211 88L211 98L189 98Z", "#efe9dc", 0.8);
    s.cloth("M165 80Q200 58 235 80L230 89Q200 74 170 89Z");
    let tip = if peak { (284.0 + width, 112.0) } else { (276.0 + width, 137.0) };
    let lapel = |end: f32| {
        format!(
            "M226 113L254 {}L{} {}Q{} 188 {end} {to}Q222 178 226 113Z",
            if peak { 127.0 } else { 136.0 },
            tip.0,
            tip.1,
            264.0 + width * 0.6
        )
    };
    s.piece(&mirror(&lapel(400.0 - edge)), Lay::Left);
    s.piece(&lapel(edge), Lay::Right);
    let collar =
        format!("M235 79Q252 86 257 100L{} {}L252 132L225 113Q233 100 235 79Z", 267.0 + width * 0.5, 125.0);
    s.cloths(&collar);
}

fn flap_pocket(s: &mut Sketch<'_>, y: f32) {
    s.cloths(&format!("M222 {y}L266 {}L268 {}L223 {}Z", y - 3.0, y + 13.0, y + 16.0));
}

fn sleeve_buttons(s: &mut Sketch<'_>, torso: &Torso) {
    let x = 200.0 + torso.shoulder + 20.0;
    for k in 0..3_u8 {
        let y = 322.0 + 9.0 * f32::from(k);
        s.button((x, y), 2.4);
        s.button((400.0 - x, y), 2.4);
    }
}

fn blazer(s: &mut Sketch<'_>) {
    let double = s.tones.has(Detail::DoubleBreasted);
    let hem = if s.tones.length == Some(Length::Cropped) { 290.0 } else { 362.0 };
    let torso = Torso {
        cut: if double { 0.0 } else { 30.0 },
        shoulder: 90.0 * s.tones.width().sqrt(),
        ..Torso::straight(s.tones, hem)
    };
    let torso = torso.waisted(8.0);
    s.body(&torso, Sleeves::Long);
    s.seams("M246 182Q238 240 244 300");
    let peak = double || s.tones.has(Detail::LapelPeak);
    if double {
        lapels(s, 250.0, 178.0, peak, 0.0);
        s.seam(&format!("M178 250L178 {}", hem + 5.0));
        for y in [256.0, 288.0] {
            s.button((190.0, y), 4.4);
            s.button((228.0, y), 4.4);
        }
        s.button((184.0, 224.0), 4.0);
        s.button((236.0, 224.0), 4.0);
    } else {
        lapels(s, 240.0, 202.0, peak, 0.0);
        s.seam(&format!("M202 240Q203 290 201 {}", hem - 30.0));
        s.buttons(206.0, 252.0, 290.0, 2, 4.4);
    }
    let y = if hem < 300.0 { 252.0 } else { 298.0 };
    flap_pocket(s, y);
    s.cloth("M240 186L268 181L269 189L241 194Z");
    sleeve_buttons(s, &torso);
}

fn coat(s: &mut Sketch<'_>) {
    let hem = coat_hem(s, if s.tones.kind == GarmentKind::Overcoat { 545.0 } else { 500.0 });
    let double = s.tones.has(Detail::DoubleBreasted);
    let torso = Torso {
        hip: 96.0 * s.tones.width(),
        shoulder: 92.0 * s.tones.width().sqrt(),
        ..Torso::straight(s.tones, hem)
    };
    s.body(&torso, Sleeves::Long);
    s.folds(&format!("M246 330Q254 420 250 {}", hem - 16.0), 6.0);
    let edge = if double { 174.0 } else { 200.0 };
    lapels(s, 244.0, edge, double || s.tones.has(Detail::LapelPeak), 6.0);
    s.seam(&format!("M{edge} 244L{edge} {}", hem + 5.0));
    if double {
        for y in [262.0, 306.0, 350.0] {
            s.button((188.0, y), 5.2);
            s.button((232.0, y), 5.2);
        }
    } else {
        s.buttons(207.0, 260.0, 376.0, 3, 5.4);
    }
    s.cloths("M224 318L272 312L274 332L226 338Z");
    s.stitches("M228 333L270 328");
    if s.tones.has(Detail::Belted) {
        belt(s, &torso, 276.0);
    } else {
        sleeve_buttons(s, &torso);
    }
}

/// A tied belt around the waist.
fn belt(s: &mut Sketch<'_>, torso: &Torso, y: f32) {
    let w = torso.waist + 3.0;
    s.cloth(&format!(
        "M{} {y}Q200 {} {} {y}L{} {}Q200 {} {} {}Z",
        200.0 - w,
        y + 10.0,
        200.0 + w,
        200.0 + w,
        y + 19.0,
        y + 29.0,
        200.0 - w,
        y + 19.0
    ));
    s.cloth(&format!(
        "M206 {}Q222 {} 220 {}L238 {}Q236 {} 214 {}Z",
        y + 20.0,
        y + 50.0,
        y + 96.0,
        y + 92.0,
        y + 50.0,
        y + 14.0
    ));
    s.cloth(&format!(
        "M202 {}Q198 {} 186 {}L202 {}Q212 {} 212 {}Z",
        y + 20.0,
        y + 48.0,
        y + 76.0,
        y + 82.0,
        y + 52.0,
        y + 16.0
    ));
    s.cloth(&format!("M196 {}L216 {}L218 {}L194 {}Z", y + 3.0, y + 3.0, y + 29.0, y + 29.0));
}

fn trench(s: &mut Sketch<'_>) {
    let hem = coat_hem(s, 530.0);
    let torso =
        Torso { hip: 104.0 * s.tones.width(), shoulder: 92.0, ..Torso::straight(s.tones, hem) }.waisted(6.0);
    s.body(&torso, Sleeves::Long);
    s.folds(&format!("M250 320Q262 430 260 {}", hem - 16.0), 6.0);
    s.folds(&format!("M232 330Q238 430 232 {}", hem - 10.0), 4.0);
    // The storm flap, on one shoulder.
    s.cloth("M238 96L288 106Q276 140 280 186Q256 196 228 178Z");
    s.stitch("M278 182Q256 190 230 174");
    lapels(s, 240.0, 172.0, false, 10.0);
    s.seam(&format!("M172 240L172 {}", hem + 5.0));
    for y in [214.0, 252.0, 326.0, 366.0] {
        s.button((186.0, y), 4.8);
        s.button((236.0, y), 4.8);
    }
    belt(s, &torso, 276.0);
    let metal = "#b59b6a";
    s.stroke("M190 279L220 279L220 305L190 305Z", metal, 3.0);
    s.cloths("M254 96L288 104L289 113L256 106Z");
    s.button((262.0, 102.0), 2.4);
    s.button((138.0, 102.0), 2.4);
    let x = 200.0 + torso.shoulder;
    s.cloths(&format!("M{} 322L{} 316L{} 326L{} 333Z", x + 11.0, x + 50.0, x + 51.0, x + 12.0));
    s.cloths("M252 336L268 332L282 372L266 378Z");
}

fn waistcoat(s: &mut Sketch<'_>) {
    let inside = s.tones.inside.clone();
    s.trim(&symmetric("M200 76Q224 76 234 84L262 96Q254 150 268 182L266 300L200 300"), &inside);
    let half = "M200 190L232 82L264 94Q254 148 274 182Q268 230 268 262L270 300L236 326L200 292";
    let outline = symmetric(half);
    s.cloth(&outline);
    s.clip(&outline);
    s.folds("M256 200Q246 240 250 290", 5.0);
    s.seams("M246 190Q236 240 242 310");
    s.unclip();
    s.seam("M200 190L200 292");
    s.stitches("M205 184L235 90");
    s.cloths("M222 262L262 254L263 263L223 271Z");
    s.cloth("M234 200L262 195L263 203L235 208Z");
    s.buttons(200.0, 204.0, 280.0, 5, 4.0);
}

fn robe(s: &mut Sketch<'_>) {
    let hem = coat_hem(s, 500.0);
    let torso = Torso { hip: 98.0, shoulder: 90.0, chest: 86.0, ..Torso::straight(s.tones, hem) };
    s.body(&torso, Sleeves::Long);
    s.cuffs(&torso, Sleeves::Long);
    let inside = s.tones.inside.clone();
    s.trim("M170 80Q200 66 230 80L192 266L184 250Z", &inside);
    s.cloth(&mirror(
        "M200 72Q228 72 238 82Q262 130 250 190Q236 240 206 262L202 236Q226 190 226 130Q226 98 200 84Z",
    ));
    s.cloth("M200 72Q228 72 238 82Q262 130 250 190Q232 250 186 284L178 264Q222 214 226 130Q226 98 200 84Z");
    s.seam(&format!("M184 286Q180 390 184 {}", hem + 4.0));
    belt(s, &torso, 272.0);
    s.cloths("M226 340L272 336L274 392L228 396Z");
    s.stitches("M228 350L272 346");
}

fn cape(s: &mut Sketch<'_>) {
    let inside = s.tones.inside.clone();
    s.trim("M166 80Q200 62 234 80L200 120Z", &inside);
    let outline = symmetric("M200 96L234 80Q276 96 300 160C326 240 342 300 352 352Q280 396 200 400");
    s.cloth(&outline);
    s.clip(&outline);
    s.folds("M240 110Q286 240 300 390", 7.0);
    s.folds("M222 130Q246 260 248 400", 6.0);
    s.folds("M266 130Q316 250 332 370", 5.0);
    s.unclip();
    s.seam("M200 118L200 400");
    s.seams("M262 232Q270 270 272 316");
    s.seams("M267 231Q275 270 277 315");
    s.stitch(&symmetric("M200 391Q278 388 348 345L200 391"));
    s.collar(142.0);
    s.buttons(206.0, 156.0, 300.0, 4, 5.0);
}
