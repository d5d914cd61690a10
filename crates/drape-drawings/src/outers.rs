//! Outerwear without lapels: zips, hoods, quilting, knitted fronts.

use drape_core::style::{Detail, GarmentKind, Length, Material, Sleeves};

use crate::hanbok;
use crate::path::{mirror, symmetric};
use crate::sketch::{Lay, Sketch};
use crate::tailored::coat_hem;
use crate::torso::{NECK, Torso};

/// Draws outerwear without lapels.
pub(crate) fn draw(s: &mut Sketch<'_>) {
    use GarmentKind as K;
    match s.tones.kind {
        K::LeatherJacket => biker(s),
        K::DenimJacket => trucker(s),
        K::BomberJacket => bomber(s, false),
        K::VarsityJacket => bomber(s, true),
        K::Windbreaker | K::Anorak => shell(s),
        K::PaddedJacket => padded(s, Sleeves::Long),
        K::FleeceJacket => fleece(s),
        K::DuffleCoat => duffle(s),
        K::Parka => parka(s),
        K::Raincoat => raincoat(s),
        K::Cardigan => cardigan(s),
        K::Vest
            if matches!(s.tones.material, Some(Material::Down | Material::Nylon | Material::Polyester)) =>
        {
            padded(s, Sleeves::Sleeveless);
        }
        K::Vest => vest(s),
        K::Jeogori => hanbok::jeogori(s, false),
        K::Durumagi => hanbok::jeogori(s, true),
        _ => blouson(s),
    }
}

fn slanted_pockets(s: &mut Sketch<'_>, y: f32) {
    s.cloths(&format!("M240 {y}L248 {}L232 {}L223 {}Z", y + 3.0, y + 50.0, y + 46.0));
    s.stitches(&format!("M243 {}L228 {}", y + 4.0, y + 46.0));
}

fn stand_collar(s: &mut Sketch<'_>, ribbed: bool) {
    let inside = s.tones.inside.clone();
    s.trim(&symmetric("M200 60Q228 60 236 72Q226 100 200 104"), &inside);
    let half = "M200 100Q226 98 236 70L244 92Q232 118 200 122";
    if ribbed {
        let lines: String = (-6..=6)
            .map(|k| {
                let t = k as f32 / 7.0;
                let y = 100.0 - 28.0 * t * t;
                format!("M{} {y}L{} {}", 200.0 + 37.0 * t, 200.0 + 43.0 * t, y + 21.0)
            })
            .collect();
        s.ribs(&symmetric(half), &lines);
    } else {
        s.cloth(&symmetric(half));
    }
}

fn blouson(s: &mut Sketch<'_>) {
    let hem = match s.tones.length {
        None => 346.0,
        Some(Length::Cropped | Length::Mini | Length::Short) => 292.0,
        Some(_) => 420.0,
    };
    let torso = Torso { depth: 26.0, ..Torso::straight(s.tones, hem) };
    s.body(&torso, Sleeves::Long);
    s.cuffs(&torso, Sleeves::Long);
    s.seams(&format!("M{} 106Q250 150 212 152", 200.0 + torso.shoulder - 4.0));
    let (l, r) = (200.0 - torso.hip, 200.0 + torso.hip);
    let band = hem - 20.0;
    s.cloth(&format!(
        "M{l} {band}Q200 {} {r} {band}L{} {hem}Q200 {} {} {hem}Z",
        band + 10.0,
        r - 3.0,
        hem + 10.0,
        l + 3.0
    ));
    s.stitch(&format!("M{l} {}Q200 {} {r} {}", band + 4.0, band + 14.0, band + 4.0));
    slanted_pockets(s, hem.min(346.0) - 106.0);
    if s.tones.has(Detail::ZipUp) {
        s.zip(200.0, 112.0, hem + 6.0);
    } else {
        s.seam(&format!("M191 112L191 {}", hem + 4.0));
        s.stitch(&format!("M209 112L209 {}", hem + 4.0));
        s.buttons(200.0, 130.0, hem - 8.0, if hem < 300.0 { 5 } else { 6 }, 4.2);
    }
    s.collar(148.0);
}

fn biker(s: &mut Sketch<'_>) {
    let torso = Torso { depth: 26.0, shoulder: 90.0, ..Torso::straight(s.tones, 330.0) }.waisted(5.0);
    s.body(&torso, Sleeves::Long);
    let inside = s.tones.inside.clone();
    s.trim("M166 80Q200 66 234 80L196 196L178 176Z", &inside);
    s.shape("M189 88L211 88L211 97L189 97Z", "#efe9dc", 0.7);
    s.cloth("M165 80Q200 58 235 80L230 89Q200 74 170 89Z");
    s.piece(&mirror("M226 112L262 132L286 160Q250 176 222 214Q214 160 226 112Z"), Lay::Left);
    s.piece("M226 112L262 130L292 150Q262 190 176 214Q214 170 226 112Z", Lay::Right);
    s.cloths("M235 79Q254 88 260 104L266 128L252 130L225 112Q233 100 235 79Z");
    s.disc((250.0, 122.0), 2.2, "#c9c6bf");
    s.disc((150.0, 122.0), 2.2, "#c9c6bf");
    s.disc((278.0, 152.0), 2.2, "#c9c6bf");
    s.strap("M176 214Q186 270 200 334", "#c9c6bf", 3.0);
    s.stitched("M176 214Q186 270 200 334", "#77736b");
    s.strap("M228 252L262 238", "#c9c6bf", 3.0);
    s.strap("M152 262L130 246", "#c9c6bf", 3.0);
    s.strap("M238 204L268 196", "#c9c6bf", 2.6);
    let (l, r) = (200.0 - torso.hip, 200.0 + torso.hip);
    s.cloth(&format!("M{l} 306Q200 318 {r} 306L{} 332Q200 342 {} 332Z", r - 2.0, l + 2.0));
    s.stroke("M214 313L236 312L236 334L214 336Z", "#c9c6bf", 2.6);
    s.seams(&format!("M{} 106Q252 128 232 124", 200.0 + torso.shoulder - 6.0));
    s.cloths("M262 97L290 105L288 114L262 106Z");
    let x = 200.0 + torso.shoulder;
    for side in [x + 22.0, 400.0 - x - 22.0] {
        s.stroke(&format!("M{side} 306L{side} 344"), "#c9c6bf", 2.2);
    }
}

fn trucker(s: &mut Sketch<'_>) {
    let torso = Torso { depth: 26.0, ..Torso::straight(s.tones, 336.0) };
    s.body(&torso, Sleeves::Long);
    s.cuffs(&torso, Sleeves::Long);
    let thread = "#c99a5b";
    let both = |s: &mut Sketch<'_>, d: &str| {
        s.seam(d);
        s.seam(&mirror(d));
        s.stitched(d, thread);
        s.stitched(&mirror(d), thread);
    };
    both(s, "M209 160L283 160");
    both(s, "M232 186L222 316");
    both(s, "M262 186L254 316");
    s.cloths("M224 160L270 160L270 176L247 186L224 176Z");
    both(s, "M228 164L266 164L266 174L247 182L228 174Z");
    s.button((247.0, 176.0), 2.8);
    s.button((153.0, 176.0), 2.8);
    let (l, r) = (200.0 - torso.hip, 200.0 + torso.hip);
    s.cloth(&format!("M{l} 316Q200 326 {r} 316L{} 336Q200 346 {} 336Z", r - 3.0, l + 3.0));
    s.stitched(&format!("M{l} 320Q200 330 {r} 320"), thread);
    s.cloth("M190 112L210 112L210 342L190 342Z");
    s.stitched("M193 112L193 340", thread);
    s.stitched("M207 112L207 340", thread);
    for k in 0..6_u8 {
        s.disc((200.0, 130.0 + 39.6 * f32::from(k)), 3.8, "#b98a55");
    }
    s.collar(150.0);
    s.stitched("M206 113L231 142L242 98", thread);
    s.stitched(&mirror("M206 113L231 142L242 98"), thread);
}

fn bomber(s: &mut Sketch<'_>, varsity: bool) {
    let torso = Torso { depth: 22.0, ..Torso::straight(s.tones, 338.0) };
    let torso = Torso { chest: torso.chest + 4.0, waist: torso.waist + 8.0, hip: torso.hip + 2.0, ..torso };
    s.body(&torso, Sleeves::Long);
    if varsity && let Some(sleeve) = torso.sleeve(Sleeves::Long) {
        let second = s.tones.second.clone();
        s.trims(&sleeve.outline, &second);
        s.folds("M304 240Q318 252 330 250", 3.0);
        s.cloth(&torso.outline());
    }
    s.ribbed_cuffs(&torso, Sleeves::Long);
    s.ribbed_hem(&torso, 28.0);
    let inside = s.tones.inside.clone();
    s.trim(&symmetric("M200 68Q226 68 234 80Q226 106 200 108"), &inside);
    let lines: String = (-6..=6)
        .map(|k| {
            let t = k as f32 / 7.0;
            let y = 107.0 - 26.0 * t * t;
            format!("M{} {y}L{} {}", 200.0 + 34.0 * t, 200.0 + 43.0 * t, y + 14.0)
        })
        .collect();
    s.ribs(&symmetric("M200 107Q227 106 235 78L245 88Q234 121 200 122"), &lines);
    slanted_pockets(s, 238.0);
    if varsity {
        let second = s.tones.second.clone();
        let (l, r) = (203.0 - torso.hip, 197.0 + torso.hip);
        for y in [318.0, 330.0] {
            s.stroke(&format!("M{l} {y}Q200 {} {r} {y}", y + 12.0), &second, 2.6);
        }
        s.stroke("M160 96Q172 114 200 115Q228 114 240 96", &second, 2.4);
        s.seam("M200 122L200 340");
        s.buttons(207.0, 138.0, 308.0, 6, 3.8);
        // A letter of felt.
        s.trim("M238 164L268 164L268 178L252 178L252 184L264 184L264 196L252 196L252 212L238 212Z", &second);
    } else {
        s.zip(200.0, 118.0, 340.0);
        s.strap("M298 190L306 222", "#c9c6bf", 2.4);
    }
}

fn shell(s: &mut Sketch<'_>) {
    let anorak = s.tones.kind == GarmentKind::Anorak;
    let torso = Torso { depth: 20.0, ..Torso::straight(s.tones, 356.0) };
    let torso = Torso { waist: torso.waist + 5.0, hip: torso.hip + 4.0, ..torso };
    s.body(&torso, Sleeves::Long);
    s.cuffs(&torso, Sleeves::Long);
    let outline = torso.outline();
    let second = if s.tones.two_tone { s.tones.second.clone() } else { s.tones.dim.clone() };
    s.clip(&outline);
    s.trim("M90 70L310 70L310 172Q200 198 90 172Z", &second);
    s.unclip();
    let hip = torso.hip - 2.0;
    s.stitch(&format!("M{} 344Q200 354 {} 344", 200.0 - hip, 200.0 + hip));
    if anorak {
        s.cloth("M128 236L272 236L272 312Q200 322 128 312Z");
        s.cloth("M126 232L274 232L274 252L126 252Z");
        s.stitch("M130 248L270 248");
        s.zip(200.0, 130.0, 226.0);
    } else {
        s.zip(200.0, 130.0, 360.0);
        s.strap("M232 296L246 240", "#c9c6bf", 2.6);
        s.strap("M168 296L154 240", "#c9c6bf", 2.6);
    }
    s.hood(true);
}

fn padded(s: &mut Sketch<'_>, sleeves: Sleeves) {
    let hem = coat_hem(s, 362.0);
    let torso = Torso { depth: 18.0, ..Torso::straight(s.tones, hem) };
    if let Some(sleeve) = torso.sleeve(sleeves) {
        let outline = sleeve.outline.clone();
        s.cloths(&outline);
        for (side, lay) in [(outline.clone(), 1.0_f32), (mirror(&outline), -1.0)] {
            s.clip(&side);
            for k in 0..8_u8 {
                let y = 140.0 + 29.0 * f32::from(k);
                let at = |x: f32| 200.0 + lay * x;
                let d = format!(
                    "M{} {}Q{} {} {} {}",
                    at(70.0),
                    y + 16.0,
                    at(112.0),
                    y + 16.0,
                    at(160.0),
                    y - 8.0
                );
                s.seam(&d);
                s.fold(&d, 4.0);
            }
            s.unclip();
        }
    }
    let mut half = String::from("M200 92L234 84L284 104");
    let (mut y, w) = (116.0, 200.0 + torso.chest + 4.0);
    let first = if sleeves == Sleeves::Sleeveless { w - 14.0 } else { w - 6.0 };
    half.push_str(&format!("Q{} 108 {first} 120", first + 4.0));
    y += 4.0;
    while y < hem - 20.0 {
        let next = y + 34.0;
        half.push_str(&format!("Q{} {} {} {next}", w + 9.0, y + 17.0, w));
        y = next;
    }
    half.push_str(&format!("L{} {}Q250 {} 200 {}", w - 4.0, y + 12.0, y + 20.0, y + 20.0));
    let outline = symmetric(&half);
    s.cloth(&outline);
    s.clip(&outline);
    let mut line = 154.0;
    while line < y + 4.0 {
        let d = format!("M100 {}Q200 {} 300 {}", line, line + 11.0, line);
        s.fold(&format!("M100 {}Q200 {} 300 {}", line + 4.0, line + 15.0, line + 4.0), 7.0);
        s.seam(&d);
        line += 34.0;
    }
    s.unclip();
    stand_collar(s, false);
    s.seam("M166 98Q200 120 234 98");
    s.zip(200.0, 102.0, y + 18.0);
    s.strap("M246 278L258 238", "#c9c6bf", 2.4);
    s.strap("M154 278L142 238", "#c9c6bf", 2.4);
    if s.tones.has(Detail::Hooded) {
        s.hood(false);
    }
}

fn fleece(s: &mut Sketch<'_>) {
    let torso = Torso { depth: 20.0, ..Torso::straight(s.tones, 352.0) };
    s.body(&torso, Sleeves::Long);
    let second = if s.tones.two_tone { s.tones.second.clone() } else { s.tones.dim.clone() };
    if let Some(sleeve) = torso.sleeve(Sleeves::Long) {
        s.trims(&sleeve.cuff, &second);
    }
    stand_collar(s, false);
    s.zip(200.0, 106.0, 356.0);
    s.trim("M226 168L274 168L274 214L226 214Z", &second);
    s.stitch("M230 172L270 172L270 210L230 210Z");
    s.strap("M230 180L270 180", "#c9c6bf", 2.2);
    slanted_pockets(s, 262.0);
    s.stroke(&format!("M{} 352Q200 364 {} 352", 202.0 - torso.hip, 198.0 + torso.hip), &second, 5.0);
}

fn duffle(s: &mut Sketch<'_>) {
    let hem = coat_hem(s, 470.0);
    let torso = Torso { hip: 96.0, shoulder: 92.0, depth: 20.0, ..Torso::straight(s.tones, hem) };
    s.body(&torso, Sleeves::Long);
    s.cuffs(&torso, Sleeves::Long);
    s.seam(&format!("M188 120L188 {}", hem + 5.0));
    s.cloths("M226 330L278 330L278 396L226 396Z");
    s.cloths("M223 318L281 318L281 338L223 338Z");
    s.stitches("M227 334L277 334");
    for k in 0..4_u8 {
        let y = 164.0 + 48.0 * f32::from(k);
        for (a, b) in [(158.0, 178.0), (224.0, 242.0)] {
            s.trim(&format!("M{a} {}L{b} {}L{b} {}L{a} {}Z", y - 9.0, y - 7.0, y + 7.0, y + 9.0), "#3c2a20");
        }
        s.strap(&format!("M176 {y}Q200 {} 226 {y}", y + 3.0), "#3c2a20", 2.4);
        s.trim(
            &format!(
                "M186 {}L216 {}Q220 {y} 216 {}L186 {}Q182 {y} 186 {}Z",
                y - 5.0,
                y - 3.5,
                y + 3.5,
                y + 5.0,
                y - 5.0
            ),
            "#b48a5a",
        );
    }
    s.hood(false);
}

fn parka(s: &mut Sketch<'_>) {
    let hem = coat_hem(s, 440.0);
    let torso = Torso {
        hip: 92.0,
        shoulder: 92.0,
        depth: 20.0,
        chest: 88.0,
        waist: 84.0,
        ..Torso::straight(s.tones, hem)
    };
    s.body(&torso, Sleeves::Long);
    s.cuffs(&torso, Sleeves::Long);
    s.cloth(&format!("M190 122L216 122L216 {}L190 {}Z", hem + 5.0, hem + 5.0));
    s.stitch(&format!("M212 126L212 {hem}"));
    for k in 0..5_u8 {
        s.disc((203.0, 160.0 + 58.0 * f32::from(k)), 3.6, "#b8ae98");
    }
    let w = torso.waist;
    s.seam(&format!(
        "M{} 276Q200 288 {} 276M{} 284Q200 296 {} 284",
        201.0 - w,
        199.0 + w,
        201.0 - w,
        199.0 + w
    ));
    for (y, h) in [(176.0, 44.0), (312.0, 66.0)] {
        s.cloths(&format!("M228 {y}L276 {y}L276 {}L228 {}Z", y + h, y + h));
        s.cloths(&format!(
            "M226 {}L278 {}L278 {}L252 {}L226 {}Z",
            y - 6.0,
            y - 6.0,
            y + 10.0,
            y + 18.0,
            y + 10.0
        ));
        s.button((252.0, y + 9.0), 2.8);
        s.button((148.0, y + 9.0), 2.8);
    }
    s.hood(true);
    let fur = "#cdb590";
    let rim = symmetric("M200 128Q240 112 248 86C252 56 234 28 200 27");
    s.stroke(&rim, "#9c8462", 21.0);
    s.stroke(&rim, fur, 18.0);
    s.stitched(&rim, "#8e7650");
    s.stitched(&symmetric("M200 132Q244 116 252 88C256 54 236 24 200 22"), "#efe0c4");
}

fn raincoat(s: &mut Sketch<'_>) {
    let hem = coat_hem(s, 452.0);
    let torso = Torso { hip: 108.0, shoulder: 90.0, depth: 20.0, ..Torso::straight(s.tones, hem) };
    s.body(&torso, Sleeves::Long);
    s.cuffs(&torso, Sleeves::Long);
    s.folds(&format!("M252 260Q270 360 272 {}", hem - 12.0), 6.0);
    s.cloth(&format!("M188 122L214 122L214 {}L188 {}Z", hem + 5.0, hem + 5.0));
    for k in 0..5_u8 {
        s.disc((201.0, 152.0 + 62.0 * f32::from(k)), 4.2, "#e9e6df");
    }
    s.cloths("M228 312L280 312L282 332L228 332Z");
    s.shape("M132 150Q126 220 130 300L140 300Q134 220 142 150Z", "#fff", 0.30);
    s.shape("M246 146Q252 200 248 250L254 250Q258 200 254 146Z", "#fff", 0.25);
    s.hem_stitch(&torso);
    s.hood(false);
}

fn cardigan(s: &mut Sketch<'_>) {
    let hem = if s.tones.length.is_some() { coat_hem(s, 346.0).min(440.0) } else { 346.0 };
    let torso = Torso { pointed: true, depth: 118.0, ..Torso::straight(s.tones, hem) };
    s.body(&torso, Sleeves::Long);
    s.ribbed_cuffs(&torso, Sleeves::Long);
    s.ribbed_hem(&torso, 26.0);
    let v = NECK + torso.depth;
    let dim = s.tones.dim.clone();
    s.trim("M167 84Q200 66 233 84L228 90Q200 76 172 90Z", &dim);
    s.trims(
        &format!("M233 83L244 87Q232 150 211 {}L211 {}L200 {}L200 {v}Z", v + 8.0, hem + 5.0, hem + 6.0),
        &dim,
    );
    s.seams(&format!("M239 86Q227 150 206 {}L206 {hem}", v + 4.0));
    s.buttons(205.0, v + 12.0, hem - 10.0, 5, 4.4);
    s.cloths("M226 272L268 270L268 320L226 322Z");
    s.seams("M226 281L268 279");
}

fn vest(s: &mut Sketch<'_>) {
    let hem = 326.0;
    let torso = Torso {
        pointed: true,
        depth: 84.0,
        shoulder: 68.0,
        chest: 76.0,
        waist: 74.0,
        hip: 76.0,
        ..Torso::straight(s.tones, hem)
    };
    let inside = s.tones.inside.clone();
    s.trim(&torso.back(), &inside);
    let outline = symmetric(&format!(
        "M200 {}L233 84L268 98Q256 150 278 184C274 220 272 250 273 280L276 {hem}Q240 {} 200 {}",
        NECK + 84.0,
        hem + 6.0,
        hem + 6.0
    ));
    s.cloth(&outline);
    s.clip(&outline);
    s.folds("M262 204Q248 240 252 290", 5.0);
    s.unclip();
    s.ribbed_hem(&torso, 24.0);
    s.neck_ribs(&torso, 9.0);
    let dim = s.tones.dim.clone();
    s.trims("M268 98Q256 150 278 184L271 188Q248 152 260 96Z", &dim);
    if s.tones.two_tone && s.tones.pattern.is_none() {
        let second = s.tones.second.clone();
        s.stroke(&format!("M241 88L200 {}L159 88", NECK + 92.0), &second, 2.6);
    }
}
