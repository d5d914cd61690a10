//! Glasses, watches and jewellery.

use drape_core::style::GarmentKind;

use crate::path::{mirror, symmetric};
use crate::sketch::Sketch;

/// Draws things of metal, stone or glass.
pub(crate) fn draw(s: &mut Sketch<'_>) {
    use GarmentKind as K;
    match s.tones.kind {
        K::Glasses => glasses(s, false),
        K::Sunglasses => glasses(s, true),
        K::Watch => watch(s),
        K::Necklace => necklace(s),
        K::Earrings => earrings(s),
        K::Bracelet => bracelet(s),
        K::Ring => ring(s),
        _ => brooch(s),
    }
}

fn glasses(s: &mut Sketch<'_>, dark: bool) {
    let ground = s.tones.ground.clone();
    s.strap("M112 196Q92 160 84 132Q84 122 94 124", &ground, 6.0);
    s.strap("M288 196Q308 160 316 132Q316 122 306 124", &ground, 6.0);
    let lens = "M216 208Q222 192 262 192Q306 192 310 210Q312 276 268 280Q222 280 216 208Z";
    if dark {
        s.shape(lens, "#2b2926", 0.92);
        s.shape(&mirror(lens), "#2b2926", 0.92);
        s.shape("M232 204Q252 198 270 200L240 258Q226 240 232 204Z", "#fff", 0.16);
        s.shape("M108 204Q128 198 146 200L116 258Q102 240 108 204Z", "#fff", 0.16);
    } else {
        s.shape(lens, "#dfe9ec", 0.75);
        s.shape(&mirror(lens), "#dfe9ec", 0.75);
        s.shape("M238 204Q256 200 272 202L246 262Q230 246 238 204Z", "#fff", 0.55);
        s.shape("M114 204Q132 200 148 202L122 262Q106 246 114 204Z", "#fff", 0.55);
    }
    let frame = if dark { 9.0 } else { 6.5 };
    s.strap(lens, &ground, frame);
    s.strap(&mirror(lens), &ground, frame);
    s.strap("M184 212Q200 200 216 212", &ground, frame * 0.8);
    s.strap("M310 208L318 202", &ground, frame);
    s.strap("M90 208L82 202", &ground, frame);
    if s.tones.pattern.is_some() {
        let second = s.tones.second.clone();
        for x in [226.0, 250.0, 282.0, 300.0] {
            s.stroke(&format!("M{x} 194L{} 198", x + 6.0), &second, 3.0);
            s.stroke(&mirror(&format!("M{x} 194L{} 198", x + 6.0)), &second, 3.0);
        }
    }
}

fn watch(s: &mut Sketch<'_>) {
    let leather = s.tones.material == Some(drape_core::style::Material::Leather);
    let metal = if leather { "#c9c6bf".to_owned() } else { s.tones.ground.clone() };
    s.cloth("M170 60L230 60L236 172L164 172Z");
    s.cloth("M164 288L236 288L230 412Q200 424 170 412Z");
    if leather {
        s.stitch("M176 66L170 166M224 66L230 166M170 294L176 406M230 294L224 406");
        for k in 0..4_u8 {
            s.disc((200.0, 340.0 + 18.0 * f32::from(k)), 2.8, &s.tones.inside.clone());
        }
    } else {
        for k in 0..6_u8 {
            let y = 66.0 + 18.0 * f32::from(k);
            s.seam(&format!("M168 {y}L232 {y}M168 {}L232 {}", y + 232.0, y + 232.0));
        }
        s.seam("M188 60L186 172M212 60L214 172M186 288L188 412M214 288L212 412");
    }
    s.trim("M270 222L282 222L282 240L270 240Z", &metal);
    s.disc((200.0, 230.0), 74.0, &metal);
    s.disc((200.0, 230.0), 66.0, "#8b8579");
    s.disc((200.0, 230.0), 63.0, "#f8f6f0");
    for k in 0..12_u8 {
        let turn = f32::from(k) * std::f32::consts::TAU / 12.0;
        let (x, y) = (turn.sin(), -turn.cos());
        s.stroke(
            &format!("M{} {}L{} {}", 200.0 + 50.0 * x, 230.0 + 50.0 * y, 200.0 + 57.0 * x, 230.0 + 57.0 * y),
            "#3a3732",
            if k % 3 == 0 { 3.6 } else { 1.8 },
        );
    }
    s.stroke("M200 230L178 204", "#2b2926", 4.4);
    s.stroke("M200 230L228 194", "#2b2926", 3.2);
    s.stroke("M200 240L206 272", "#b04a3a", 1.6);
    s.disc((200.0, 230.0), 4.4, "#2b2926");
    s.shape("M150 214Q168 176 206 172Q172 190 158 226Z", "#fff", 0.6);
}

fn necklace(s: &mut Sketch<'_>) {
    let (ground, line) = (s.tones.ground.clone(), s.tones.line.clone());
    let chain = "M98 80C98 200 150 272 200 292C250 272 302 200 302 80";
    s.stroke(chain, &line, 5.0);
    s.stroke(chain, &ground, 3.0);
    s.stitched(chain, "#fff6dc");
    s.disc((200.0, 298.0), 7.0, &ground);
    let stone = if s.tones.two_tone { s.tones.second.clone() } else { "#bfe0e6".to_owned() };
    s.trim(&symmetric("M200 304C226 322 236 346 230 366C222 386 212 392 200 394"), &ground);
    s.trim(&symmetric("M200 320C216 332 224 348 220 362C214 376 208 380 200 381"), &stone);
    s.shape("M190 338Q196 330 202 330Q194 344 192 358Z", "#fff", 0.7);
}

fn earrings(s: &mut Sketch<'_>) {
    let (ground, line) = (s.tones.ground.clone(), s.tones.line.clone());
    for x in [134.0, 266.0] {
        s.stroke(&format!("M{x} 156Q{} 118 {} 122", x + 2.0, x + 20.0), &line, 3.4);
        s.stroke(&format!("M{x} 156Q{} 118 {} 122", x + 2.0, x + 20.0), &ground, 2.0);
        s.disc((x, 164.0), 12.0, &ground);
        s.shape(
            &format!("M{} 160Q{} 154 {} 156Q{} 162 {} 168Z", x - 7.0, x - 3.0, x + 1.0, x - 4.0, x - 7.0),
            "#fff",
            0.7,
        );
        let hoop = format!(
            "M{x} 178C{} 184 {} 236 {} 262C{} 292 {} 300 {x} 300C{} 300 {} 292 {} 262C{} 236 {} 184 {x} 178Z",
            x + 30.0,
            x + 48.0,
            x + 46.0,
            x + 40.0,
            x + 18.0,
            x - 18.0,
            x - 40.0,
            x - 46.0,
            x - 48.0,
            x - 30.0
        );
        s.strap(&hoop, &ground, 8.0);
        s.stroke(&format!("M{} 222Q{} 252 {} 274", x - 42.0, x - 46.0, x - 36.0), "#fff6dc", 2.6);
        let stone = if s.tones.two_tone { s.tones.second.clone() } else { "#f4f0e6".to_owned() };
        s.disc((x, 316.0), 15.0, &stone);
        s.shape(
            &format!("M{} 312Q{} 304 {} 305Q{} 312 {} 320Z", x - 9.0, x - 4.0, x + 1.0, x - 5.0, x - 9.0),
            "#fff",
            0.8,
        );
    }
}

fn bracelet(s: &mut Sketch<'_>) {
    let (ground, line) = (s.tones.ground.clone(), s.tones.line.clone());
    let back = "M84 220C84 160 150 140 200 140C250 140 316 160 316 220";
    let front = "M84 220C84 290 150 316 200 316C250 316 316 290 316 220";
    s.stroke(back, &line, 15.0);
    s.stroke(back, &s.tones.inside.clone(), 12.0);
    s.stroke(front, &line, 21.0);
    s.stroke(front, &ground, 18.0);
    s.stroke("M96 246C112 288 156 306 200 308", "#fff6dc", 3.0);
    s.stitched("M92 236C104 292 150 322 200 322C250 322 296 292 308 236", &line);
    let stone = if s.tones.two_tone { s.tones.second.clone() } else { "#f4f0e6".to_owned() };
    for (x, y, r) in [(150.0, 306.0, 8.0), (200.0, 317.0, 11.0), (250.0, 306.0, 8.0)] {
        s.disc((x, y), r + 2.5, &ground);
        s.disc((x, y), r, &stone);
        s.disc((x - r * 0.3, y - r * 0.3), r * 0.25, "#ffffff");
    }
}

fn ring(s: &mut Sketch<'_>) {
    let (ground, line) = (s.tones.ground.clone(), s.tones.line.clone());
    let band = "M200 186C262 186 296 230 296 284C296 340 254 382 200 382C146 382 104 340 104 284C104 230 138 \
        186 200 186Z";
    s.stroke(band, &line, 24.0);
    s.stroke(band, &ground, 21.0);
    s.stroke("M116 250C124 224 148 200 182 194", "#fff6dc", 4.0);
    s.stroke("M250 366C272 350 286 328 290 300", "#fff6dc", 3.0);
    let stone = if s.tones.two_tone { s.tones.second.clone() } else { "#cfe6ec".to_owned() };
    s.trim("M158 150L172 196L228 196L242 150L232 150L220 182L180 182L168 150Z", &ground);
    s.trim(&symmetric("M200 98L236 98L258 128L200 190"), &stone);
    s.shape("M164 98L182 128L200 98Z", "#fff", 0.7);
    s.shape("M200 98L218 128L236 98Z", "#fff", 0.45);
    s.shape("M142 128L182 128L200 190Z", "#fff", 0.25);
    s.shape("M258 128L218 128L200 190Z", "#000", 0.10);
    s.seam("M142 128L258 128M164 98L182 128L200 98L218 128L236 98M182 128L200 190L218 128");
}

fn brooch(s: &mut Sketch<'_>) {
    let ground = s.tones.ground.clone();
    let stone = if s.tones.two_tone { s.tones.second.clone() } else { "#f4f0e6".to_owned() };
    for k in 0..8_u8 {
        let turn = f32::from(k) * std::f32::consts::TAU / 8.0;
        let (x, y) = (turn.cos(), turn.sin());
        let at = |along: f32, aside: f32| (200.0 + along * x - aside * y, 240.0 + along * y + aside * x);
        let (a, b, c, d) = (at(26.0, 0.0), at(74.0, 34.0), at(112.0, 0.0), at(74.0, -34.0));
        let petal =
            format!("M{} {}Q{} {} {} {}Q{} {} {} {}Z", a.0, a.1, b.0, b.1, c.0, c.1, d.0, d.1, a.0, a.1);
        s.trim(&petal, &ground);
        let (e, f) = (at(40.0, 0.0), at(92.0, 0.0));
        s.seam(&format!("M{} {}L{} {}", e.0, e.1, f.0, f.1));
        s.disc(at(104.0, 0.0), 5.0, &stone);
    }
    s.disc((200.0, 240.0), 36.0, &ground);
    s.disc((200.0, 240.0), 27.0, &stone);
    s.shape("M184 232Q190 220 204 219Q192 230 188 246Z", "#fff", 0.8);
}
