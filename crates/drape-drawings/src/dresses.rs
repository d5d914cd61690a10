//! Garments that cover the whole body: dresses, jumpsuits, overalls.

use drape_core::style::{Detail, GarmentKind, Length, Sleeves};

use crate::hanbok;
use crate::path::{mirror, symmetric};
use crate::sketch::Sketch;
use crate::skirts::gathers;
use crate::torso::Torso;

/// Draws garments in one piece.
pub(crate) fn draw(s: &mut Sketch<'_>) {
    use GarmentKind as K;
    match s.tones.kind {
        K::ShirtDress => shirt_dress(s),
        K::SlipDress => slip(s),
        K::KnitDress => knit(s),
        K::EveningDress => evening(s),
        K::WeddingDress => wedding(s),
        K::Jumpsuit => jumpsuit(s),
        K::Overalls => overalls(s),
        K::Hanbok => hanbok::hanbok(s, hem(s, 520.0)),
        _ => dress(s),
    }
}

fn hem(s: &Sketch<'_>, usual: f32) -> f32 {
    match s.tones.length {
        Some(Length::Mini | Length::Short | Length::Cropped) => 350.0,
        Some(Length::Knee) => 410.0,
        Some(Length::Midi) => 470.0,
        Some(Length::Long | Length::Ankle) => 530.0,
        Some(Length::Maxi) => 560.0,
        None => usual,
    }
}

fn dress(s: &mut Sketch<'_>) {
    let end = hem(s, 450.0);
    let pointed = s.tones.has(Detail::VNeck);
    let off = s.tones.has(Detail::OffShoulder);
    let torso = Torso {
        neck: if off { 72.0 } else { 42.0 },
        depth: if pointed { 72.0 } else { 42.0 },
        shoulder: 78.0,
        chest: 68.0,
        pointed,
        ..Torso::straight(s.tones, 240.0)
    };
    let sleeves = s.tones.sleeves.unwrap_or(Sleeves::Short);
    if let Some(sleeve) = torso.sleeve(sleeves) {
        s.cloths(&sleeve.outline);
        if sleeves != Sleeves::Short {
            s.cloths(&sleeve.cuff);
        }
    }
    let inside = s.tones.inside.clone();
    s.trim(&torso.back(), &inside);
    let front = 84.0 + torso.depth;
    let neck = 200.0 + torso.neck;
    let line = if pointed { format!("L{neck} 84") } else { format!("Q{} {front} {neck} 84", neck - 4.0) };
    let shoulder = if sleeves == Sleeves::Sleeveless { neck + 22.0 } else { 278.0 };
    let flare = 78.0 + (end - 240.0) * 0.27;
    let outline = symmetric(&format!(
        "M200 {front}{line}L{shoulder} {}Q260 140 268 178C264 210 254 226 252 242C270 290 {} {} {} {end}\
            Q{} {} 200 {}",
        if shoulder > 270.0 { 104.0 } else { 92.0 },
        186.0 + flare,
        end - 80.0,
        200.0 + flare,
        200.0 + flare * 0.5,
        end + 13.0,
        end + 13.0
    ));
    s.cloth(&outline);
    gathers(s, &outline, 48.0, flare, 250.0, end);
    s.clip(&outline);
    s.folds("M254 190Q238 214 240 240", 4.0);
    s.seam("M140 240Q200 254 260 240");
    s.seam("M140 246Q200 260 260 246");
    s.unclip();
    s.cloth(&torso.neckband(5.0));
    s.stitch(&format!("M{} {}Q200 {} {} {}", 203.0 - flare, end - 9.0, end + 17.0, 197.0 + flare, end - 9.0));
    if s.tones.has(Detail::Belted) {
        s.trim("M146 236Q200 250 254 236L255 250Q200 264 145 250Z", &s.tones.dim.clone());
    }
}

fn shirt_dress(s: &mut Sketch<'_>) {
    let end = hem(s, 470.0);
    let torso = Torso { tail: true, depth: 26.0, hip: 108.0, ..Torso::straight(s.tones, end) }.waisted(10.0);
    let sleeves = s.tones.sleeves_or_usual();
    s.body(&torso, sleeves);
    s.cuffs(&torso, sleeves);
    let outline = torso.outline();
    gathers(s, &outline, 60.0, 96.0, 284.0, end);
    s.placket(112.0, end + 12.0, 7);
    s.chest_pocket(226.0, 168.0);
    s.chest_pocket(138.0, 168.0);
    let w = torso.waist + 3.0;
    s.cloth(&format!(
        "M{} 268Q200 280 {} 268L{} 284Q200 296 {} 284Z",
        200.0 - w,
        200.0 + w,
        200.0 + w,
        200.0 - w
    ));
    s.cloth("M204 284Q220 320 216 356L232 354Q234 316 214 280Z");
    s.cloth("M202 282Q194 310 184 334L199 338Q208 312 210 284Z");
    s.cloth("M194 272L214 272L216 294L193 294Z");
    s.collar(144.0);
}

fn slip(s: &mut Sketch<'_>) {
    let end = hem(s, 460.0);
    let ground = s.tones.ground.clone();
    s.strap("M158 132Q156 96 166 62", &ground, 2.6);
    s.strap("M242 132Q244 96 234 62", &ground, 2.6);
    let inside = s.tones.inside.clone();
    s.trim(&symmetric("M200 128Q240 128 262 164L262 178L200 178"), &inside);
    let outline = symmetric(&format!(
        "M200 164Q222 152 243 126Q258 150 266 176C262 214 250 232 252 256C262 300 284 400 292 {end}Q246 {} \
            200 {}",
        end + 12.0,
        end + 12.0
    ));
    s.cloth(&outline);
    s.clip(&outline);
    s.fold("M206 176Q190 240 214 330", 7.0);
    s.folds(&format!("M244 190Q226 300 256 {end}"), 6.0);
    s.fold(&format!("M176 280Q170 380 184 {end}"), 8.0);
    s.fold("M164 176Q200 196 236 178", 3.0);
    s.unclip();
    s.stitches("M206 166Q226 154 242 134");
    s.stitch(&format!("M110 {}Q200 {} 290 {}", end - 8.0, end + 16.0, end - 8.0));
}

fn knit(s: &mut Sketch<'_>) {
    let end = hem(s, 460.0);
    let torso = Torso {
        depth: 20.0,
        shoulder: 80.0,
        chest: 72.0,
        waist: 66.0,
        hip: 78.0,
        ..Torso::straight(s.tones, end)
    };
    let sleeves = s.tones.sleeves_or_usual();
    s.body(&torso, sleeves);
    s.ribbed_cuffs(&torso, sleeves);
    s.clip(&torso.outline());
    let ribs: String = (-9..=9)
        .map(|k| {
            format!(
                "M{} 118Q{} 300 {} {}",
                200.0 + k as f32 * 8.2,
                200.0 + k as f32 * 7.0,
                200.0 + k as f32 * 8.4,
                end + 6.0
            )
        })
        .collect();
    s.seam(&ribs);
    s.unclip();
    s.ribbed_hem(&torso, 22.0);
    s.neck_ribs(&torso, 13.0);
}

fn evening(s: &mut Sketch<'_>) {
    let end = hem(s, 570.0);
    let ground = s.tones.ground.clone();
    let sleeves = s.tones.sleeves.unwrap_or(Sleeves::Sleeveless);
    if sleeves == Sleeves::Sleeveless {
        s.strap("M152 132Q152 96 164 64", &ground, 7.0);
        s.strap("M248 132Q248 96 236 64", &ground, 7.0);
    } else {
        s.cloths("M246 126Q292 118 300 152Q304 182 296 206L272 196Q276 164 252 156Z");
    }
    let inside = s.tones.inside.clone();
    s.trim(&symmetric("M200 134Q240 130 262 156L260 190L200 190"), &inside);
    let outline = symmetric(&format!(
        "M200 186Q214 152 248 124Q262 146 264 170C260 206 244 226 246 252C266 300 268 360 268 420Q286 500 \
            318 {end}Q258 {} 200 {}",
        end + 18.0,
        end + 18.0
    ));
    s.cloth(&outline);
    s.clip(&outline);
    for (x, y) in [(150.0, 214.0), (158.0, 228.0), (168.0, 240.0)] {
        s.fold(&format!("M{} {y}Q200 {} 252 246", x - 8.0, y + 22.0), 3.0);
    }
    s.fold(&format!("M246 256Q210 380 226 {}", end + 14.0), 8.0);
    s.fold(&format!("M244 262Q250 420 280 {end}"), 7.0);
    s.fold(&format!("M170 290Q150 440 130 {end}"), 8.0);
    s.shape(
        &format!("M228 356Q218 470 214 {}L262 {}Q246 470 228 356Z", end + 20.0, end + 20.0),
        "#000",
        0.30,
    );
    s.unclip();
    s.seam(&format!("M228 356Q218 470 214 {}", end + 16.0));
    s.seam("M150 246Q200 262 250 246");
    s.disc((250.0, 248.0), 6.0, "#e8e2d4");
    s.disc((250.0, 248.0), 2.6, "#ffffff");
}

fn wedding(s: &mut Sketch<'_>) {
    let end = hem(s, 540.0);
    let sleeves = s.tones.sleeves.unwrap_or(Sleeves::Sleeveless);
    if let Some(sleeve) =
        (Torso { shoulder: 80.0, chest: 66.0, ..Torso::straight(s.tones, 250.0) }).sleeve(sleeves)
    {
        s.cloths(&sleeve.outline);
    }
    let skirt = symmetric(&format!(
        "M200 236L244 230C292 282 362 420 384 {end}Q300 {} 200 {}",
        end + 26.0,
        end + 28.0
    ));
    s.cloth(&skirt);
    gathers(s, &skirt, 46.0, 176.0, 244.0, end);
    let bodice =
        symmetric("M200 142Q214 120 240 122Q262 128 266 152C262 196 246 214 246 234Q222 250 200 256");
    s.cloth(&bodice);
    s.clip(&bodice);
    s.seams("M222 134Q228 190 218 250");
    s.seams("M246 132Q244 190 234 240");
    for (x, y) in [
        (200.0, 176.0),
        (218.0, 164.0),
        (182.0, 164.0),
        (208.0, 206.0),
        (190.0, 206.0),
        (232.0, 188.0),
        (168.0, 188.0),
        (200.0, 232.0),
        (222.0, 222.0),
        (178.0, 222.0),
    ] {
        let seam = s.tones.seam.clone();
        s.shape(
            &format!("M{x} {}Q{} {y} {x} {}Q{} {y} {x} {}Z", y - 7.0, x + 6.0, y + 7.0, x - 6.0, y - 7.0),
            &seam,
            0.35,
        );
        s.shape(
            &format!("M{} {y}Q{x} {} {} {y}Q{x} {} {} {y}Z", x - 7.0, y + 6.0, x + 7.0, y - 6.0, x - 7.0),
            &seam,
            0.35,
        );
    }
    s.unclip();
    let pale = s.tones.pale.clone();
    s.trim(&symmetric("M200 244Q226 240 246 228L248 242Q226 256 200 262"), &pale);
    s.stitched(
        &symmetric(&format!("M200 {}Q296 {} 372 {}L200 {}", end + 12.0, end + 10.0, end - 16.0, end + 12.0)),
        &s.tones.seam.clone(),
    );
    if sleeves == Sleeves::Sleeveless {
        let line = s.tones.seam.clone();
        s.stroke("M160 124Q156 92 168 66", &line, 1.6);
        s.stroke("M240 124Q244 92 232 66", &line, 1.6);
    }
}

fn long_legs(end: f32) -> &'static str {
    if end > 400.0 {
        "C282 360 286 430 286 500Q262 508 228 506L206 322Q203 312 200 312"
    } else {
        "C280 330 285 350 286 372Q262 380 226 376L206 326Q203 316 200 316"
    }
}

fn jumpsuit(s: &mut Sketch<'_>) {
    let torso =
        Torso { pointed: true, depth: 70.0, shoulder: 80.0, chest: 72.0, ..Torso::straight(s.tones, 250.0) };
    let sleeves = s.tones.sleeves.unwrap_or(Sleeves::Short);
    if let Some(sleeve) = torso.sleeve(sleeves) {
        s.cloths(&sleeve.outline);
    }
    let inside = s.tones.inside.clone();
    s.trim(&torso.back(), &inside);
    let short = matches!(s.tones.length, Some(Length::Mini | Length::Short));
    let outline = symmetric(&format!(
        "M200 154L233 84L278 105Q264 140 272 182C268 214 254 228 254 250C264 270 270 290 272 310{}",
        long_legs(if short { 370.0 } else { 500.0 })
    ));
    s.cloth(&outline);
    s.clip(&outline);
    s.folds("M258 194Q240 220 242 246", 4.0);
    s.folds("M232 268Q240 330 250 500", 5.0);
    s.folds("M212 306Q232 300 250 286", 3.0);
    s.unclip();
    s.seam("M200 154L200 310");
    s.cloths("M233 82L240 86Q244 108 236 132L202 160L200 154Z");
    s.buttons(200.0, 172.0, 232.0, 3, 3.4);
    s.cloth("M144 242Q200 256 256 242L257 258Q200 272 143 258Z");
    s.cloth("M204 256Q220 290 216 320L230 318Q234 286 214 252Z");
    s.cloth("M194 246L214 246L216 268L193 268Z");
    s.seams("M250 266L268 306");
}

fn overalls(s: &mut Sketch<'_>) {
    let ground = s.tones.ground.clone();
    let thread = "#c8964f";
    s.strap("M164 150Q148 100 172 44", &ground, 12.0);
    s.strap("M236 150Q252 100 228 44", &ground, 12.0);
    s.strap("M172 44Q200 30 228 44", &ground, 10.0);
    let inside = s.tones.inside.clone();
    s.trim("M132 222Q200 206 268 222L268 240L132 240Z", &inside);
    let short = matches!(s.tones.length, Some(Length::Mini | Length::Short));
    let outline = symmetric(&format!(
        "M200 138L248 138L252 196Q256 222 272 234C280 260 282 284 280 310{}",
        long_legs(if short { 370.0 } else { 500.0 })
    ));
    s.cloth(&outline);
    s.clip(&outline);
    s.folds("M232 330Q244 400 250 490", 5.0);
    s.folds("M210 312Q232 306 254 290", 3.0);
    s.unclip();
    s.cloth("M164 162L236 162L236 204L200 214L164 204Z");
    for d in ["M168 168L232 168", "M152 146L248 146", "M168 200L200 209L232 200"] {
        s.stitched(d, thread);
    }
    s.seam("M200 168L200 212");
    s.cloth("M130 234Q200 246 270 234L272 250Q200 262 128 250Z");
    s.stitched("M131 238Q200 250 269 238", thread);
    s.seam("M200 256L200 310");
    for d in ["M240 254Q248 290 274 292", "M274 306Q280 400 281 494"] {
        s.stitched(d, thread);
        s.stitched(&mirror(d), thread);
    }
    for x in [163.0, 237.0] {
        s.trim(&format!("M{} 140L{} 140L{} 166L{} 166Z", x - 9.0, x + 9.0, x + 7.0, x - 7.0), "#c9ad6a");
        s.disc((x, 158.0), 4.4, "#b98a55");
    }
    for y in [262.0, 280.0] {
        s.disc((272.0, y), 2.8, "#b98a55");
        s.disc((128.0, y), 2.8, "#b98a55");
    }
}
