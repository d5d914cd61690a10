//! Trousers and shorts.

use drape_core::style::{Detail, Fit, GarmentKind, Length};

use crate::path::{mirror, symmetric};
use crate::sketch::Sketch;

/// The height of the waist of trousers and skirts.
pub(crate) const WAIST: f32 = 62.0;

/// Half widths of a leg, from the middle line.
struct Leg {
    waist: f32,
    hip: f32,
    knee: f32,
    hem_outer: f32,
    hem_inner: f32,
    end: f32,
    /// Where the legs part.
    crotch: f32,
}

/// Draws trousers and shorts.
pub(crate) fn draw(s: &mut Sketch<'_>) {
    use GarmentKind as K;
    let kind = s.tones.kind;
    let short = matches!(kind, K::Shorts | K::DenimShorts);
    let (waist, hip, knee, hem_outer, hem_inner): (f32, f32, f32, f32, f32) = match kind {
        K::Jeans => (60.0, 78.0, 76.0, 78.0, 22.0),
        K::WideTrousers | K::Culottes => (60.0, 84.0, 104.0, 122.0, 12.0),
        K::CargoTrousers => (62.0, 84.0, 88.0, 86.0, 22.0),
        K::Joggers | K::Sweatpants => (60.0, 84.0, 84.0, 68.0, 26.0),
        K::Baji => (64.0, 104.0, 124.0, 84.0, 24.0),
        K::Shorts | K::DenimShorts => (62.0, 84.0, 94.0, 96.0, 10.0),
        _ => (60.0, 79.0, 75.0, 71.0, 25.0),
    };
    let spread: f32 = match s.tones.fit {
        Some(Fit::Skinny) => -13.0,
        Some(Fit::Slim | Fit::Tailored) => -6.0,
        Some(Fit::Wide | Fit::Oversized) => 30.0,
        Some(Fit::Loose | Fit::Relaxed) => 12.0,
        Some(Fit::Bootcut) => 20.0,
        _ => 0.0,
    };
    let knee_spread = if s.tones.fit == Some(Fit::Bootcut) { -2.0 } else { spread * 0.7 };
    let end = match s.tones.length {
        _ if short => 250.0,
        Some(Length::Mini | Length::Short) => 250.0,
        Some(Length::Knee | Length::Cropped) => 300.0,
        Some(Length::Midi) => 400.0,
        _ if kind == K::Culottes => 350.0,
        _ => 500.0,
    };
    let leg = Leg {
        waist,
        hip: hip + spread.max(-6.0) * 0.25,
        knee: knee + knee_spread,
        hem_outer: hem_outer + spread,
        hem_inner: (hem_inner - spread * 0.3).clamp(6.0, 34.0),
        end,
        crotch: 192.0,
    };
    legs(s, &leg);
    match kind {
        K::Jeans | K::DenimShorts => jeans(s, &leg),
        K::Joggers | K::Sweatpants => joggers(s, &leg),
        K::Baji => baji(s, &leg),
        K::Shorts if s.tones.has(Detail::Pleated) => slacks(s, &leg, true),
        K::Shorts => drawn_waist(s, &leg),
        K::CargoTrousers => {
            slacks(s, &leg, false);
            cargo(s, &leg);
        }
        K::Chinos => slacks(s, &leg, false),
        _ => slacks(s, &leg, true),
    }
}

impl Leg {
    fn outline(&self) -> String {
        let side = if self.end < 420.0 {
            format!("L{} {}", 200.0 + self.hem_outer, self.end)
        } else {
            let knee = WAIST + (self.end - WAIST) * 0.62;
            format!(
                "C{} 220 {} {} {} {knee} L{} {}",
                200.0 + self.hip + 1.0,
                200.0 + self.knee,
                knee - 40.0,
                200.0 + self.knee,
                200.0 + self.hem_outer,
                self.end
            )
        };
        let half = (self.hem_outer + self.hem_inner) / 2.0;
        symmetric(&format!(
            "M200 {} Q{} {} {} {WAIST} C{} 100 {} 130 {} 166 {side} Q{} {} {} {} L{} {} Q206 {} 200 {}",
            WAIST + 5.0,
            200.0 + self.waist * 0.5,
            WAIST + 5.0,
            200.0 + self.waist,
            200.0 + self.waist + 5.0,
            200.0 + self.hip,
            200.0 + self.hip,
            200.0 + half,
            self.end + 6.0,
            200.0 + self.hem_inner,
            self.end + 4.0,
            208.0,
            self.crotch + 24.0_f32.min(self.end - self.crotch),
            self.crotch + 4.0,
            self.crotch,
        ))
    }
}

fn legs(s: &mut Sketch<'_>, leg: &Leg) {
    let w = 200.0 + leg.waist;
    let inside = s.tones.inside.clone();
    s.trim(
        &symmetric(&format!(
            "M200 {} Q230 {} {w} {WAIST} Q230 {} 200 {}",
            WAIST - 4.0,
            WAIST - 4.0,
            WAIST + 6.0,
            WAIST + 6.0
        )),
        &inside,
    );
    let outline = leg.outline();
    s.cloth(&outline);
    s.clip(&outline);
    // Each leg is a tube of its own: light in its middle, shade at the inside.
    let (o, i, e) = (leg.hem_outer, leg.hem_inner, leg.end);
    let c = 200.0 + (o + i) / 2.0;
    s.shape(
        &format!(
            "M200 {}L{} {e}L{} {e}L214 {}Z",
            leg.crotch - 20.0,
            200.0 + i - 8.0,
            200.0 + i + 14.0,
            leg.crotch
        ),
        "#000",
        0.09,
    );
    s.shape(
        &mirror(&format!(
            "M200 {}L{} {e}L{} {e}L214 {}Z",
            leg.crotch - 20.0,
            200.0 + i - 8.0,
            200.0 + i + 14.0,
            leg.crotch
        )),
        "#000",
        0.09,
    );
    if e > 280.0 {
        s.folds(&format!("M{} 220Q{} 300 {} {}", c - 2.0, c + 6.0, c + 4.0, e - 70.0), 5.0);
        s.folds(&format!("M{} {}Q{} {} {} {}", c - 16.0, e - 36.0, c, e - 28.0, c + 14.0, e - 38.0), 3.0);
    }
    s.folds(&format!("M208 {}Q220 {} 232 {}", leg.crotch - 2.0, leg.crotch - 8.0, leg.crotch - 16.0), 2.8);
    s.unclip();
}

/// The band at the waist, that half width, with loops or without.
pub(crate) fn waistband(s: &mut Sketch<'_>, w: f32, loops: bool) {
    let band = symmetric(&format!(
        "M200 {} Q{} {} {} {WAIST} L{} {} Q{} {} 200 {}",
        WAIST + 6.0,
        200.0 + w * 0.5,
        WAIST + 5.0,
        200.0 + w,
        200.0 + w + 2.5,
        WAIST + 17.0,
        200.0 + w * 0.5,
        WAIST + 23.0,
        WAIST + 23.0
    ));
    s.cloth(&band);
    if loops {
        for x in [222.0, 246.0] {
            s.cloths(&format!(
                "M{x} {}L{} {}L{} {}L{x} {}Z",
                WAIST + 1.0,
                x + 6.0,
                WAIST,
                x + 6.0,
                WAIST + 25.0,
                WAIST + 26.0
            ));
        }
    }
}

fn fly(s: &mut Sketch<'_>, colour: &str) {
    s.seam("M200 86L200 188");
    s.stitched("M216 86L216 146Q214 162 202 168", colour);
}

fn jeans(s: &mut Sketch<'_>, leg: &Leg) {
    let thread = "#c8964f";
    waistband(s, leg.waist, true);
    fly(s, thread);
    let w = 200.0 + leg.waist;
    let pocket = format!("M{} 86Q{} 122 {} 124", w - 34.0, w - 26.0, 200.0 + leg.hip - 6.0);
    s.seams(&pocket);
    s.stitched(&pocket, thread);
    s.stitched(&mirror(&pocket), thread);
    s.stitched(&format!("M{} 83Q200 90 {} 83", 400.0 - w - 1.0, w + 1.0), thread);
    let hem = format!(
        "M{} {}Q{} {} {} {}",
        200.0 + leg.hem_outer - 1.0,
        leg.end - 9.0,
        200.0 + (leg.hem_outer + leg.hem_inner) / 2.0,
        leg.end - 3.0,
        200.0 + leg.hem_inner,
        leg.end - 5.0
    );
    s.stitched(&hem, thread);
    s.stitched(&mirror(&hem), thread);
    let side = format!(
        "M{} 128C{} 200 {} 260 {} {}",
        195.0 + leg.hip,
        195.0 + leg.hip,
        195.0 + leg.knee,
        195.0 + leg.hem_outer,
        leg.end - 8.0
    );
    s.stitched(&side, thread);
    s.stitched(&mirror(&side), thread);
    s.disc((200.0, 76.0), 5.0, "#b98a55");
    s.disc((w - 30.0, 90.0), 1.8, "#b98a55");
    s.disc((400.0 - w + 30.0, 90.0), 1.8, "#b98a55");
    if s.tones.has(Detail::Ripped) {
        for (x, y) in [(240.0, 268.0), (150.0, 290.0), (246.0, 340.0)] {
            s.shape(
                &format!(
                    "M{} {y}Q{x} {} {} {y}Q{x} {} {} {y}Z",
                    x - 18.0,
                    y - 10.0,
                    x + 18.0,
                    y + 12.0,
                    x - 18.0
                ),
                "#f0ece2",
                0.85,
            );
            s.stroke(
                &format!(
                    "M{} {}L{} {}M{} {}L{} {}",
                    x - 13.0,
                    y - 2.0,
                    x + 13.0,
                    y - 2.0,
                    x - 12.0,
                    y + 3.0,
                    x + 12.0,
                    y + 3.0
                ),
                "#b9c2cc",
                1.0,
            );
        }
    }
}

fn slacks(s: &mut Sketch<'_>, leg: &Leg, crease: bool) {
    waistband(s, leg.waist, true);
    let seam = s.tones.seam.clone();
    fly(s, &seam);
    s.button((206.0, 76.0), 3.4);
    let w = 200.0 + leg.waist;
    s.seams(&format!("M{} 86L{} 136", w - 12.0, 200.0 + leg.hip - 3.0));
    let c = 200.0 + (leg.hem_outer + leg.hem_inner) / 2.0;
    if crease {
        s.seams(&format!("M232 86Q{} 240 {c} {}", 232.0 + (c - 232.0) * 0.4, leg.end + 3.0));
        s.fold("M232 88L236 140", 3.0);
        s.fold(&mirror("M232 88L236 140"), 3.0);
    } else {
        s.stitches(&format!(
            "M{} {}L{} {}",
            200.0 + leg.hem_outer - 1.0,
            leg.end - 10.0,
            200.0 + leg.hem_inner,
            leg.end - 6.0
        ));
    }
    if s.tones.has(Detail::Pleated) {
        s.folds("M246 88L252 150", 3.4);
        s.seams("M244 86L250 140");
    }
    if s.tones.has(Detail::Belted) {
        s.trim(&symmetric(&format!("M200 70Q230 69 {w} 64L{} 76Q230 82 200 83", w + 2.0)), "#4a3022");
        s.stroke("M190 68L212 68L212 86L190 86Z", "#c9ad6a", 3.0);
    }
}

fn cargo(s: &mut Sketch<'_>, leg: &Leg) {
    let x = 200.0 + leg.knee;
    s.cloths(&format!("M{} 236L{} 232L{} 302L{} 308Z", x - 46.0, x + 7.0, x + 9.0, x - 44.0));
    s.cloths(&format!("M{} 226L{} 221L{} 246L{} 252Z", x - 49.0, x + 10.0, x + 11.0, x - 48.0));
    s.stitches(&format!("M{} 248L{} 242", x - 46.0, x + 8.0));
    s.seams(&format!("M{} 254L{} 304", x - 20.0, x - 18.0));
    s.button((x - 38.0, 243.0), 2.6);
    s.button((400.0 - x + 38.0, 243.0), 2.6);
}

/// A gathered waist with a cord.
fn drawn_waist(s: &mut Sketch<'_>, leg: &Leg) {
    let w = leg.waist + 2.0;
    let band = symmetric(&format!(
        "M200 {} Q230 {} {} {} L{} {} Q230 {} 200 {}",
        WAIST + 4.0,
        WAIST + 3.0,
        200.0 + w,
        WAIST - 3.0,
        200.0 + w + 2.0,
        WAIST + 19.0,
        WAIST + 26.0,
        WAIST + 26.0
    ));
    let lines: String = (-11..=11)
        .map(|k| {
            let x = k as f32 * w / 12.0;
            format!(
                "M{} {}L{} {}",
                200.0 + x,
                WAIST + 4.0 - x.abs() * 0.08,
                200.0 + x * 1.02,
                WAIST + 25.0 - x.abs() * 0.09
            )
        })
        .collect();
    s.ribs(&band, &lines);
    s.strap("M194 78Q186 110 188 136", "#f1ece1", 2.6);
    s.strap("M206 78Q214 106 208 128", "#f1ece1", 2.6);
    let x = 200.0 + leg.waist;
    s.seams(&format!("M{} 90Q{} 120 {} 142", x - 14.0, x - 8.0, 200.0 + leg.hip - 3.0));
    s.stitches(&format!(
        "M{} {}L{} {}",
        200.0 + leg.hem_outer - 1.0,
        leg.end - 8.0,
        200.0 + leg.hem_inner,
        leg.end - 4.0
    ));
}

fn joggers(s: &mut Sketch<'_>, leg: &Leg) {
    let (o, i, e) = (200.0 + leg.hem_outer, 200.0 + leg.hem_inner, leg.end);
    drawn_waist(s, leg);
    let lines: String = (1..8)
        .map(|k| {
            let x = i + (o - i) * k as f32 / 8.0;
            format!("M{x} {}L{x} {}", e - 22.0, e + 3.0)
        })
        .collect();
    let cuff = format!(
        "M{} {}L{} {}L{} {e}L{} {}Z",
        i - 2.0,
        e - 22.0,
        o + 3.0,
        e - 24.0,
        o - 2.0,
        i + 2.0,
        e + 4.0
    );
    s.ribs(&cuff, &lines);
    s.ribs(&mirror(&cuff), &mirror(&lines));
    if s.tones.two_tone && s.tones.pattern.is_none() {
        let second = s.tones.second.clone();
        let outline = leg.outline();
        s.clip(&outline);
        let d = format!(
            "M{} 96C{} 220 {} 300 {} {e}",
            195.0 + leg.hip,
            193.0 + leg.hip,
            192.0 + leg.knee,
            o - 6.0
        );
        s.stroke(&d, &second, 6.0);
        s.stroke(&mirror(&d), &second, 6.0);
        s.unclip();
    }
}

fn baji(s: &mut Sketch<'_>, leg: &Leg) {
    let w = leg.waist;
    s.trim(
        &symmetric(&format!(
            "M200 {}Q230 {} {} {WAIST}L{} 92Q230 98 200 98",
            WAIST + 5.0,
            WAIST + 4.0,
            200.0 + w,
            204.0 + w
        )),
        "#f4f0e6",
    );
    s.folds("M228 100Q236 160 232 220", 5.0);
    s.folds("M256 98Q270 170 280 260", 5.0);
    let (o, i, e) = (200.0 + leg.hem_outer, 200.0 + leg.hem_inner, leg.end);
    let second = if s.tones.two_tone { s.tones.second.clone() } else { s.tones.dim.clone() };
    s.trims(
        &format!("M{} {}L{} {}L{} {e}L{} {}Z", i - 1.0, e - 18.0, o + 8.0, e - 20.0, o, i, e + 4.0),
        &second,
    );
    s.trims(
        &format!(
            "M{} {}L{} {}L{} {}L{} {}Z",
            o - 22.0,
            e - 16.0,
            o - 12.0,
            e - 18.0,
            o - 10.0,
            e + 14.0,
            o - 22.0,
            e + 14.0
        ),
        &second,
    );
    s.trim("M196 78Q178 130 184 170L198 168Q196 120 206 84Z", &second);
}
