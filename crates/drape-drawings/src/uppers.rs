//! Shirts, tees, knits and tops.

use drape_core::style::{Detail, Fit, GarmentKind, Length, Sleeves};

use crate::path::symmetric;
use crate::sketch::Sketch;
use crate::torso::{NECK, Torso};

/// Draws tops: garments of the upper body that are worn under outerwear.
pub(crate) fn draw(s: &mut Sketch<'_>) {
    use GarmentKind as K;
    let kind = s.tones.kind;
    match kind {
        K::Shirt | K::DressShirt | K::OxfordShirt => shirt(s),
        K::Blouse => blouse(s),
        K::PoloShirt => polo(s),
        K::Hoodie => sweat(s, true),
        K::Sweatshirt => sweat(s, false),
        K::Sweater | K::Knit | K::Turtleneck => knit(s),
        K::TankTop => tank(s),
        K::Camisole | K::Bustier => strappy(s),
        K::Bodysuit => bodysuit(s),
        K::Tunic => tunic(s),
        _ => tee(s),
    }
}

fn hem(s: &Sketch<'_>, usual: f32) -> f32 {
    match s.tones.length {
        Some(Length::Cropped) => usual - 70.0,
        Some(Length::Mini | Length::Short) => usual - 20.0,
        Some(Length::Knee | Length::Midi) => usual + 40.0,
        Some(Length::Long | Length::Maxi | Length::Ankle) => usual + 55.0,
        None => usual,
    }
}

fn neckline(s: &Sketch<'_>, torso: Torso) -> Torso {
    if s.tones.has(Detail::VNeck) {
        Torso { pointed: true, depth: 66.0, ..torso }
    } else if s.tones.has(Detail::OffShoulder) {
        Torso { neck: torso.shoulder - 6.0, depth: 34.0, ..torso }
    } else {
        torso
    }
}

fn tee(s: &mut Sketch<'_>) {
    use GarmentKind as K;
    let kind = s.tones.kind;
    let usual = if kind == K::CropTop { 262.0 } else { 336.0 };
    let hem = if kind == K::CropTop { usual } else { hem(s, usual) };
    let torso = neckline(s, Torso::straight(s.tones, hem));
    let torso = match kind {
        K::CropTop | K::Top if s.tones.fit.is_none() => {
            Torso { chest: 72.0, waist: 66.0, hip: 68.0, shoulder: 76.0, ..torso }
        }
        _ => torso,
    };
    let sleeves = s.tones.sleeves_or_usual();
    s.body(&torso, sleeves);
    if let Some(sleeve) = torso.sleeve(sleeves)
        && sleeves == Sleeves::Short
    {
        s.seams(&sleeve.cuff);
    }
    if kind == K::Jersey {
        let second = s.tones.second.clone();
        let x = 200.0 + torso.chest;
        s.clip(&torso.outline());
        let d = format!("M{} 170L{x} 170L{} {hem}L{} {hem}Z", x - 13.0, x + 8.0, x - 7.0);
        s.trims(&d, &second);
        s.unclip();
        if s.tones.pattern.is_none() {
            let d = "M186 196L208 176L219 176L219 250L205 250L205 196L190 206Z";
            s.shape(d, &second, 0.95);
        }
        s.trim(&torso.neckband(10.0), &second);
    } else {
        s.neck_ribs(&torso, 9.0);
    }
    s.hem_stitch(&torso);
}

fn shirt(s: &mut Sketch<'_>) {
    let torso = Torso { tail: true, depth: 26.0, ..Torso::straight(s.tones, hem(s, 352.0)) };
    let sleeves = s.tones.sleeves_or_usual();
    s.body(&torso, sleeves);
    s.cuffs(&torso, sleeves);
    if sleeves == Sleeves::Long {
        let x = 200.0 + torso.shoulder + 22.0;
        s.button((x, 340.0), 2.6);
        s.button((400.0 - x, 340.0), 2.6);
    }
    s.seams(&format!("M{} 105Q240 112 214 116", 200.0 + torso.shoulder - 8.0));
    s.placket(112.0, torso.hem + 12.0, 6);
    s.chest_pocket(226.0, 172.0);
    s.collar(if s.tones.kind == GarmentKind::DressShirt { 150.0 } else { 144.0 });
    s.button((200.0, 116.0), 3.2);
    if s.tones.has(Detail::ButtonDown) || s.tones.kind == GarmentKind::OxfordShirt {
        s.button((233.0, 137.0), 2.2);
        s.button((167.0, 137.0), 2.2);
    }
}

fn blouse(s: &mut Sketch<'_>) {
    let torso = Torso { depth: 20.0, ..Torso::straight(s.tones, hem(s, 338.0)) }.waisted(3.0);
    let torso = neckline(s, torso);
    let sleeves = s.tones.sleeves_or_usual();
    s.body(&torso, sleeves);
    s.cuffs(&torso, sleeves);
    let y = NECK + torso.depth;
    s.folds("M214 126Q226 190 218 260", 5.0);
    s.folds("M240 124Q252 180 246 236", 4.0);
    s.placket(y + 6.0, torso.hem + 5.0, 5);
    s.trim(&torso.neckband(11.0), &s.tones.pale.clone());
    if s.tones.has(Detail::VNeck) {
        return;
    }
    // A bow at the neck.
    let bow = symmetric("M200 112C214 100 240 92 248 102C254 114 240 132 226 130C214 128 206 122 200 118");
    s.cloth("M196 116Q184 156 172 196L190 204Q200 160 203 120Z");
    s.cloth("M204 116Q216 150 226 184L210 196Q202 156 198 120Z");
    s.cloth(&bow);
    s.cloth("M193 107Q200 104 207 107L208 123Q200 126 192 123Z");
    s.folds("M212 114Q226 106 238 108", 2.4);
}

fn polo(s: &mut Sketch<'_>) {
    let torso = Torso { depth: 26.0, ..Torso::straight(s.tones, hem(s, 336.0)) };
    let sleeves = s.tones.sleeves_or_usual();
    s.body(&torso, sleeves);
    s.ribbed_cuffs(&torso, sleeves);
    s.hem_stitch(&torso);
    s.placket(112.0, 196.0, 3);
    if s.tones.two_tone && s.tones.pattern.is_none() {
        let second = s.tones.second.clone();
        s.trim("M163 76Q200 58 237 76L200 114Z", &s.tones.inside.clone());
        s.trim("M162 77Q200 54 238 77L233 83Q200 66 167 83Z", &second);
        s.trims("M201 111L236 74Q247 83 246 96L236 138Z", &second);
    } else {
        s.collar(138.0);
    }
    let seam = s.tones.seam.clone();
    s.disc((244.0, 176.0), 5.0, &seam);
}

fn sweat(s: &mut Sketch<'_>, hooded: bool) {
    let torso = Torso { depth: 20.0, ..Torso::straight(s.tones, hem(s, 344.0)) };
    let torso = Torso { chest: torso.chest + 4.0, waist: torso.waist + 6.0, hip: torso.hip + 3.0, ..torso };
    let sleeves = s.tones.sleeves_or_usual();
    s.body(&torso, sleeves);
    s.ribbed_cuffs(&torso, sleeves);
    s.ribbed_hem(&torso, 24.0);
    if hooded {
        let pocket =
            format!("M200 246 L240 246 Q246 270 262 292 L262 {} L200 {}", torso.hem - 22.0, torso.hem - 18.0);
        let pocket = symmetric(&pocket);
        s.cloth(&pocket);
        s.stitches("M236 251Q243 274 257 296");
        if s.tones.has(Detail::ZipUp) {
            s.zip(200.0, 132.0, torso.hem);
        }
        s.hood(true);
    } else {
        s.neck_ribs(&torso, 12.0);
        let seam = s.tones.seam.clone();
        s.stroke("M188 118L200 136L212 118", &seam, 1.2);
    }
}

fn knit(s: &mut Sketch<'_>) {
    let turtle = s.tones.kind == GarmentKind::Turtleneck || s.tones.has(Detail::HighNeck);
    let torso = Torso { depth: if turtle { 16.0 } else { 24.0 }, ..Torso::straight(s.tones, hem(s, 342.0)) };
    let torso = neckline(s, torso);
    let sleeves = s.tones.sleeves_or_usual();
    s.body(&torso, sleeves);
    s.ribbed_cuffs(&torso, sleeves);
    s.ribbed_hem(&torso, if turtle { 18.0 } else { 26.0 });
    if turtle {
        turtleneck(s);
    } else {
        s.neck_ribs(&torso, 12.0);
    }
    let cables = s.tones.kind == GarmentKind::Sweater
        && s.tones.pattern.is_none()
        && !matches!(s.tones.fit, Some(Fit::Slim));
    if cables {
        for x in [160.0, 200.0, 240.0] {
            cable(s, x, torso.hem);
        }
    }
}

/// The ribbed tube of a turtleneck, folded over.
fn turtleneck(s: &mut Sketch<'_>) {
    let lines: String = (-6..=6)
        .map(|k| {
            let x = k as f32 * 5.0;
            format!("M{} 64L{} {}", 200.0 + x * 0.95, 200.0 + x * 1.05, 104.0 - x.abs() * 0.35)
        })
        .collect();
    let tube = symmetric("M200 42 Q228 42 232 50 L236 92 Q222 106 200 107");
    s.ribs(&tube, &lines);
    s.cloth(&symmetric("M200 40 Q230 40 234 48 L237 76 Q222 86 200 87"));
    let inside = s.tones.inside.clone();
    s.trim(&symmetric("M200 38Q226 38 231 46Q222 53 200 53"), &inside);
    let lines: String = (-6..=6)
        .map(|k| {
            let x = k as f32 * 5.0;
            format!("M{} {}L{} {}", 200.0 + x, 53.0 - x.abs() * 0.12, 200.0 + x * 1.04, 87.0 - x.abs() * 0.25)
        })
        .collect();
    s.seam(&lines);
}

/// A cable stitch down the front at `x`, to above the hem.
fn cable(s: &mut Sketch<'_>, x: f32, hem: f32) {
    let mut y = if x == 200.0 { 136.0 } else { 124.0 };
    while y < hem - 44.0 {
        s.fold(
            &format!(
                "M{} {y}C{} {} {} {} {} {}",
                x - 7.0,
                x - 7.0,
                y + 12.0,
                x + 7.0,
                y + 10.0,
                x + 7.0,
                y + 22.0
            ),
            3.2,
        );
        s.seam(&format!(
            "M{} {y}C{} {} {} {} {} {}",
            x + 7.0,
            x + 7.0,
            y + 10.0,
            x - 7.0,
            y + 12.0,
            x - 7.0,
            y + 22.0
        ));
        y += 22.0;
    }
    s.seam(&format!(
        "M{} 130L{} {}M{} 130L{} {}",
        x - 12.0,
        x - 12.0,
        hem - 22.0,
        x + 12.0,
        x + 12.0,
        hem - 22.0
    ));
}

fn tank(s: &mut Sketch<'_>) {
    let hem = hem(s, 332.0);
    let k = s.tones.width();
    let (chest, hip) = (200.0 + 74.0 * k, 200.0 + 75.0 * k);
    let inside = s.tones.inside.clone();
    s.trim(&symmetric("M200 94Q222 94 231 74L240 74Q236 140 200 146"), &inside);
    let half = format!(
        "M200 142 Q232 138 234 74 L258 76 Q254 142 {chest} 176 C{} 230 {} 270 {hip} {hem} Q240 {} 200 {}",
        chest - 3.0,
        chest - 6.0,
        hem + 6.0,
        hem + 6.0
    );
    let outline = symmetric(&half);
    s.cloth(&outline);
    s.clip(&outline);
    s.folds("M262 200Q246 236 250 290", 5.0);
    s.unclip();
    let dim = s.tones.dim.clone();
    s.stroke("M166 75Q168 138 200 142Q232 138 234 75", &dim, 5.0);
    s.seam("M161 75Q163 142 200 147Q237 142 239 75");
    s.seams(&format!("M253 77Q249 146 {} 180", chest - 3.0));
    s.stitch(&format!("M{} {}Q200 {} {} {}", 401.0 - hip, hem - 8.0, hem + 4.0, hip - 1.0, hem - 8.0));
}

fn strappy(s: &mut Sketch<'_>) {
    let bustier = s.tones.kind == GarmentKind::Bustier;
    let hem = hem(s, if bustier { 268.0 } else { 312.0 });
    let ground = s.tones.ground.clone();
    s.strap("M156 136Q152 96 160 66", &ground, if bustier { 6.0 } else { 3.0 });
    s.strap("M244 136Q248 96 240 66", &ground, if bustier { 6.0 } else { 3.0 });
    let inside = s.tones.inside.clone();
    s.trim(&symmetric("M200 130Q240 128 262 158L262 180L200 180"), &inside);
    let half = if bustier {
        format!(
            "M200 156 Q212 130 244 130 Q262 138 266 168 C264 200 252 216 254 {} L200 {}",
            hem - 8.0,
            hem + 14.0
        )
    } else {
        format!(
            "M200 160 Q222 150 244 130 Q256 150 270 172 C270 220 264 250 274 {hem} Q240 {} 200 {}",
            hem + 8.0,
            hem + 8.0
        )
    };
    let outline = symmetric(&half);
    s.cloth(&outline);
    s.clip(&outline);
    if bustier {
        s.seams(&format!("M222 140Q232 196 222 {}", hem + 8.0));
        s.seams(&format!("M248 164Q246 210 240 {hem}"));
        s.seams("M200 196Q226 204 262 178");
        s.seam(&format!("M200 156L200 {}", hem + 14.0));
    } else {
        s.folds("M246 176Q236 230 244 300", 5.0);
        s.fold("M204 168Q196 230 204 310", 6.0);
        s.stitch(&format!("M128 {}Q200 {} 272 {}", hem - 6.0, hem + 6.0, hem - 6.0));
        s.stitches("M206 162Q226 152 243 136");
    }
    s.unclip();
}

fn bodysuit(s: &mut Sketch<'_>) {
    let torso = Torso {
        neck: 44.0,
        depth: 40.0,
        shoulder: 76.0,
        chest: 70.0,
        waist: 58.0,
        hip: 66.0,
        hem: 310.0,
        pointed: false,
        tail: false,
        cut: 0.0,
    };
    let sleeves = s.tones.sleeves.unwrap_or(Sleeves::Long);
    if let Some(sleeve) = torso.sleeve(sleeves) {
        s.cloths(&sleeve.outline);
    }
    let inside = s.tones.inside.clone();
    s.trim(&torso.back(), &inside);
    let outline = symmetric(
        "M200 124Q240 124 244 84L276 105Q266 138 270 182C270 220 256 236 258 262C262 284 268 296 268 306C240 \
            318 222 344 216 384Q210 390 200 390",
    );
    s.cloth(&outline);
    s.clip(&outline);
    s.folds("M262 196Q240 226 240 262", 5.0);
    s.folds("M250 300Q226 318 212 350", 4.0);
    s.unclip();
    s.stitches("M262 302C236 314 216 342 210 380");
    s.neck_ribs(&torso, 7.0);
}

fn tunic(s: &mut Sketch<'_>) {
    let torso = Torso { pointed: true, depth: 62.0, ..Torso::straight(s.tones, hem(s, 388.0)) };
    let torso = Torso { hip: torso.hip + 14.0, ..torso };
    let sleeves = s.tones.sleeves_or_usual();
    s.body(&torso, sleeves);
    s.cuffs(&torso, sleeves);
    s.cloth(&torso.neckband(9.0));
    let ground = s.tones.dim.clone();
    s.strap("M196 148Q186 170 180 196", &ground, 2.0);
    s.strap("M204 148Q214 168 216 190", &ground, 2.0);
    s.seams(&format!(
        "M{} {}L{} {}",
        200.0 + torso.hip - 2.0,
        torso.hem - 60.0,
        200.0 + torso.hip - 8.0,
        torso.hem
    ));
    s.folds("M236 180Q242 280 250 380", 6.0);
    s.hem_stitch(&torso);
}
