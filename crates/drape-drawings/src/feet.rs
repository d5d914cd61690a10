//! Shoes, as pairs seen from the side, and legwear.

use drape_core::style::{GarmentKind, Length};

use crate::path::{mirror, symmetric};
use crate::sketch::{Lay, Sketch};

/// Draws a pair of shoes: the same shoe twice, one behind the other.
pub(crate) fn shoes(s: &mut Sketch<'_>) {
    let top = match s.tones.kind {
        GarmentKind::Boots => -24.0,
        GarmentKind::AnkleBoots => 40.0,
        GarmentKind::Flats | GarmentKind::Slippers | GarmentKind::Loafers => 122.0,
        _ => 100.0,
    };
    for at in ["translate(46 -84)", "translate(-26 34)"] {
        s.turn(at);
        s.shape("M70 306Q200 296 352 306Q340 322 200 322Q80 322 70 306Z", "#3a2f28", 0.16);
        shoe(s);
        s.unturn();
    }
    s.grow(&format!("M50 {top}L396 356"));
}

fn shoe(s: &mut Sketch<'_>) {
    use GarmentKind as K;
    match s.tones.kind {
        K::Sneakers => sneaker(s),
        K::Boots => boot(s, 66.0),
        K::AnkleBoots => boot(s, 152.0),
        K::Loafers => loafer(s),
        K::Heels => heel(s),
        K::Sandals => sandal(s),
        K::Flats => flat(s),
        K::Slippers => slide(s),
        _ => oxford(s),
    }
}

fn sneaker(s: &mut Sketch<'_>) {
    let inside = s.tones.inside.clone();
    s.trim("M94 200Q130 184 190 198L180 226L104 226Z", &inside);
    s.piece(
        "M84 288C76 252 82 220 92 198Q104 190 116 198Q128 224 158 218L190 194Q198 190 204 198C222 226 \
        258 242 300 252Q334 262 337 290Q200 300 84 288Z",
        Lay::Straight,
    );
    let dim = s.tones.dim.clone();
    s.trim("M284 248Q334 258 337 290L262 293Q262 266 284 248Z", &dim);
    s.trim("M86 234L112 226L122 290L84 288Q80 262 86 234Z", &dim);
    let second = if s.tones.two_tone { s.tones.second.clone() } else { s.tones.pale.clone() };
    s.trim("M136 288Q170 268 192 232L214 244Q196 276 166 291Z", &second);
    s.stitch("M160 224L192 200Q212 232 258 250");
    for k in 0..5_u8 {
        let (x, y) = (186.0 + 15.0 * f32::from(k), 204.0 + 11.0 * f32::from(k));
        s.strap(&format!("M{} {}L{} {}", x - 12.0, y + 14.0, x + 8.0, y), "#fbfaf6", 4.2);
    }
    s.trim("M80 282Q200 294 338 284Q346 300 334 310Q328 314 300 314L92 314Q74 312 80 282Z", "#f6f4ee");
    s.stitch("M86 299Q200 305 338 299");
}

fn boot(s: &mut Sketch<'_>, top: f32) {
    let ankle = s.tones.kind == GarmentKind::AnkleBoots;
    let inside = s.tones.inside.clone();
    s.trim(&format!("M98 {top}Q140 {} 184 {top}Q140 {} 98 {top}Z", top - 9.0, top + 12.0), &inside);
    s.cloth(&format!(
        "M98 {top}Q140 {} 184 {top}C186 {} 184 200 194 222C226 248 300 246 330 272Q338 282 334 \
        296L88 296C84 262 96 220 98 {top}Z",
        top + 13.0,
        top + 60.0
    ));
    s.fold("M104 232Q140 246 186 222", 4.0);
    s.fold("M110 252Q150 256 200 236", 4.0);
    s.fold("M214 250Q262 262 300 262", 5.0);
    if ankle {
        let dim = s.tones.inside.clone();
        s.trim(
            &format!(
                "M124 {}L160 {}Q158 210 150 246Q136 246 128 240Q122 200 124 {}Z",
                top + 8.0,
                top + 8.0,
                top + 8.0
            ),
            &dim,
        );
        s.strap("M94 150L94 130", &s.tones.ground.clone(), 4.0);
    } else {
        s.seam(&format!("M141 {}Q136 200 128 294", top + 8.0));
        s.stitch(&format!("M100 {}Q140 {} 184 {}", top + 16.0, top + 28.0, top + 16.0));
        s.fold("M106 180Q140 190 184 178", 4.0);
    }
    s.trim("M84 294L336 294Q344 304 330 310L170 308L150 306L150 326L84 326Q80 310 84 294Z", "#2a211c");
    s.stitched("M152 300L332 301", "#b59b7a");
}

fn oxford(s: &mut Sketch<'_>) {
    let cap = s.tones.kind == GarmentKind::Oxfords;
    let inside = s.tones.inside.clone();
    s.trim("M96 216Q140 200 196 216L186 240L104 240Z", &inside);
    s.cloth(
        "M86 296C78 264 82 238 92 216Q100 210 110 216Q126 236 156 232L190 212Q200 208 206 216C226 238 \
        264 246 302 258Q340 270 338 296Z",
    );
    s.seam("M156 234Q176 262 200 294");
    s.stitch("M161 232Q181 260 205 294");
    s.stitch("M110 220Q108 256 124 294");
    if cap {
        s.seam("M284 252Q272 274 276 294");
        s.stitch("M289 254Q277 274 281 294");
        for y in [262.0_f32, 270.0, 278.0, 286.0] {
            s.disc((270.0 + (y - 274.0).abs() * 0.3, y), 1.3, &s.tones.seam.clone());
        }
    }
    s.shape("M226 250Q270 256 306 270Q266 266 226 262Z", "#fff", 0.28);
    for k in 0..4_u8 {
        let (x, y) = (178.0 + 13.0 * f32::from(k), 224.0 + 8.0 * f32::from(k));
        s.strap(&format!("M{x} {}L{} {}", y + 9.0, x + 17.0, y - 3.0), &s.tones.dim.clone(), 3.0);
    }
    s.trim("M82 294L340 294Q346 302 336 306L160 306L156 322L84 322Q80 306 82 294Z", "#2a1f19");
    s.stitched("M160 299L338 299", "#b59b7a");
}

fn loafer(s: &mut Sketch<'_>) {
    let inside = s.tones.inside.clone();
    s.trim("M94 226Q140 206 208 232L198 254L104 250Z", &inside);
    s.cloth(
        "M86 296C80 268 84 244 94 226Q104 222 112 230Q134 252 170 250L206 230Q220 228 232 238C264 250 \
        296 252 318 266Q338 278 336 296Z",
    );
    let pale = s.tones.pale.clone();
    s.trim("M216 240Q270 252 308 270Q312 280 300 282Q252 276 204 256Q206 246 216 240Z", &pale);
    s.stitch("M206 258Q252 280 304 284");
    s.cloth("M184 246L220 236Q230 262 216 295L186 295Q198 268 184 246Z");
    s.shape("M198 256L214 252L217 261L201 265Z", "#1c1512", 0.75);
    s.stitch("M114 234Q110 262 124 294");
    s.shape("M246 254Q280 262 300 272Q270 268 246 262Z", "#fff", 0.25);
    s.trim("M82 294L338 294Q344 302 332 306L158 306L154 320L84 320Q80 306 82 294Z", "#2a1f19");
}

fn heel(s: &mut Sketch<'_>) {
    let inside = s.tones.inside.clone();
    s.trim("M88 196Q120 190 150 216Q190 258 234 270L220 288Q150 270 100 226Z", &inside);
    s.trim("M84 214L104 236Q112 270 104 322L94 322Q92 262 80 226Z", &s.tones.dim.clone());
    s.cloth(
        "M84 192Q94 188 100 200Q120 236 170 264Q214 286 244 264Q268 262 296 278Q332 292 348 308Q350 316 \
        336 316L270 316C206 312 150 270 112 244Q84 236 80 222Q78 204 84 192Z",
    );
    s.shape("M250 276Q290 284 324 304Q284 298 250 288Z", "#fff", 0.30);
    s.fold("M96 214Q122 250 176 278", 4.0);
    s.stroke("M112 246C150 272 206 314 272 318L340 318", "#2a1f19", 4.0);
}

fn sandal(s: &mut Sketch<'_>) {
    s.trim(
        "M76 282Q130 270 190 282Q260 294 340 288Q352 296 340 306Q330 314 280 314L100 314Q72 312 76 282Z",
        "#c9a576",
    );
    s.trim("M78 300Q200 312 344 300Q344 312 326 318L96 318Q76 316 78 300Z", "#4a382c");
    s.cloth("M226 292Q236 246 270 240Q300 244 312 292L284 294Q276 266 266 266Q256 268 252 294Z");
    s.cloth("M130 288Q136 240 176 236Q206 246 214 292L190 292Q184 262 170 262Q156 266 152 288Z");
    s.cloth("M96 282Q84 236 100 210Q130 204 166 214L162 230Q128 222 112 226Q102 244 116 284Z");
    s.disc((150.0, 221.0), 5.0, "#c9ad6a");
    s.stitch("M232 288Q242 252 270 246Q294 250 306 288");
}

fn flat(s: &mut Sketch<'_>) {
    s.trim("M96 262Q150 246 250 270L236 292L108 290Z", "#e7d8c3");
    s.cloth(
        "M84 298C78 276 84 258 92 250Q102 248 108 260Q140 284 200 286Q236 284 254 262Q292 264 320 278\
        Q342 288 338 302Z",
    );
    s.strap("M94 250Q102 250 110 262Q142 284 200 286Q236 284 254 264", &s.tones.dim.clone(), 2.4);
    s.trim("M240 262Q224 244 218 254Q216 266 240 266Q262 266 264 254Q260 244 240 262Z", &s.tones.dim.clone());
    s.disc((240.0, 263.0), 4.0, &s.tones.dim.clone());
    s.shape("M272 272Q302 276 322 290Q294 286 272 280Z", "#fff", 0.28);
    s.trim("M82 296L340 300Q342 308 326 310L100 310Q80 308 82 296Z", "#2a1f19");
}

fn slide(s: &mut Sketch<'_>) {
    let dim = s.tones.dim.clone();
    s.trim(
        "M72 276Q130 266 200 280Q280 292 340 282Q354 294 342 310Q330 320 280 320L104 320Q68 318 72 276Z",
        &dim,
    );
    s.stitch("M74 296Q200 308 346 298");
    s.cloth("M166 288Q184 238 240 230Q300 238 322 292Q250 304 166 288Z");
    s.stitch("M176 285Q192 246 240 238Q294 246 312 289");
    s.fold("M206 240Q240 232 280 256", 5.0);
    if s.tones.two_tone {
        let second = s.tones.second.clone();
        s.trim("M196 248Q240 226 292 256L296 274Q240 250 188 268Z", &second);
    }
}

/// Draws tights, leggings, stockings and socks.
pub(crate) fn legwear(s: &mut Sketch<'_>) {
    use GarmentKind as K;
    match s.tones.kind {
        K::Tights => legs(s, true),
        K::Leggings => legs(s, false),
        K::Stockings => sock(s, 60.0, true),
        K::KneeSocks => sock(s, 90.0, false),
        _ => sock(s, if s.tones.length == Some(Length::Ankle) { 246.0 } else { 190.0 }, false),
    }
}

fn legs(s: &mut Sketch<'_>, feet: bool) {
    let inside = s.tones.inside.clone();
    s.trim(&symmetric("M200 52Q232 52 252 58Q230 66 200 66"), &inside);
    let foot = if feet {
        "C260 320 252 380 250 420Q254 440 274 450Q282 462 262 464Q226 464 222 448C224 360 216 280 204 200\
            Q202 194 200 194"
    } else {
        "C260 320 250 390 248 440Q236 446 224 442C226 360 216 280 204 200Q202 194 200 194"
    };
    let outline = symmetric(&format!("M200 62Q232 62 252 57C264 100 270 140 268 180{foot}"));
    s.cloth(&outline);
    s.clip(&outline);
    s.folds("M240 200Q246 300 238 430", 8.0);
    s.folds("M208 190Q226 182 244 170", 2.6);
    s.unclip();
    s.cloth(&symmetric("M200 63Q232 63 252 57L256 80Q230 88 200 88"));
    s.stitch("M146 84Q200 96 254 84");
    s.seam("M200 88L200 194");
    if !feet {
        s.stitches("M225 434Q236 438 248 432");
    }
}

fn sock(s: &mut Sketch<'_>, top: f32, stocking: bool) {
    // The left one points left, the right one right, and both hang from the top.
    let leg = format!(
        "M212 {top}Q240 {} 268 {top}C{} {} 262 270 264 316C276 350 316 360 334 380Q342 404 316 408C276 412 \
            236 398 222 366C214 330 {} {} 212 {top}Z",
        top + 7.0,
        if stocking { 284.0 } else { 274.0 },
        top + 90.0,
        if stocking { 206.0 } else { 208.0 },
        top + 100.0
    );
    s.cloths(&leg);
    let dim = if s.tones.two_tone { s.tones.second.clone() } else { s.tones.dim.clone() };
    for side in [false, true] {
        let turn = |d: &str| if side { mirror(d) } else { d.to_owned() };
        s.trim(&turn("M304 362Q326 370 334 380Q342 404 316 408Q300 408 288 404Q290 376 304 362Z"), &dim);
        s.trim(&turn("M221 340Q240 350 246 372Q244 392 240 390Q226 380 221 364Z"), &dim);
        s.fold(&turn("M262 310Q250 330 258 346"), 4.0);
        s.fold(&turn(&format!("M244 {}Q252 {} 244 300", top + 40.0, (top + 340.0) / 2.0)), 7.0);
        let h = if stocking { 34.0 } else { 26.0 };
        let band = format!(
            "M211 {top}Q240 {} 269 {top}L271 {}Q240 {} 210 {}Z",
            top + 7.0,
            top + h,
            top + h + 7.0,
            top + h
        );
        let lines: String = (1..10)
            .map(|k| {
                let x = 211.0 + 5.8 * k as f32;
                format!("M{x} {}L{x} {}", top + 5.0, top + h + 5.0)
            })
            .collect();
        if stocking {
            s.trim(&turn(&band), &dim);
            s.stitch(&turn(&format!("M212 {}Q240 {} 270 {}", top + 10.0, top + 17.0, top + 10.0)));
            s.stitch(&turn(&format!(
                "M212 {}Q226 {} 240 {}Q256 {} 270 {}",
                top + 28.0,
                top + 14.0,
                top + 34.0,
                top + 14.0,
                top + 28.0
            )));
        } else {
            s.ribs(&turn(&band), &turn(&lines));
        }
    }
}
