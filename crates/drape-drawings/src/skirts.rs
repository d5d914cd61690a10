//! Skirts, and the gathers that fan out from a band.

use drape_core::style::{Detail, GarmentKind, Length};

use crate::path::{mirror, symmetric};
use crate::sketch::{Lay, Sketch};
use crate::tones::Tones;
use crate::trousers::{WAIST, waistband};

/// Draws skirts.
pub(crate) fn draw(s: &mut Sketch<'_>) {
    let cut = Cut::of(s.tones);
    if s.tones.kind == GarmentKind::Chima {
        chima(s, cut.end.max(430.0));
        return;
    }
    let w = 200.0 + cut.waist;
    let inside = s.tones.inside.clone();
    s.trim(&symmetric(&format!("M200 58Q230 58 {w} {WAIST}Q230 68 200 68")), &inside);
    let outline = symmetric(&cut.half());
    s.piece(&outline, Lay::Straight);
    s.clip(&outline);
    if cut.pleats {
        pleats(s, &cut);
    } else if s.tones.kind == GarmentKind::PencilSkirt {
        slit(s, &cut);
    } else {
        folds(s, &cut);
    }
    s.unclip();
    let denim = s.tones.kind == GarmentKind::DenimSkirt;
    waistband(s, cut.waist, denim);
    if denim {
        jeans_seams(s, &cut);
    } else {
        if !cut.pleats {
            let (x, end) = (200.0 + cut.flare, cut.end);
            s.stitch(&format!("M{} {}Q200 {} {} {}", 401.0 - x, end - 8.0, end + 16.0, x - 1.0, end - 8.0));
        }
        s.button((w - 10.0, 75.0), 3.0);
    }
}

/// Pleats of half a skirt.
const PLEATS: i32 = 8;

/// The cut of a skirt: half widths, and where it ends.
struct Cut {
    waist: f32,
    hip: f32,
    flare: f32,
    end: f32,
    pleats: bool,
}

impl Cut {
    fn of(tones: &Tones) -> Self {
        use GarmentKind as K;
        let kind = tones.kind;
        let (waist, flare, end): (f32, f32, f32) = match kind {
            K::MiniSkirt => (62.0, 96.0, 226.0),
            K::TennisSkirt => (60.0, 112.0, 226.0),
            K::PleatedSkirt => (58.0, 122.0, 330.0),
            K::PencilSkirt => (60.0, 72.0, 312.0),
            K::ALineSkirt => (58.0, 122.0, 300.0),
            K::LongSkirt => (58.0, 118.0, 430.0),
            K::DenimSkirt => (62.0, 92.0, 260.0),
            _ => (60.0, 102.0, 296.0),
        };
        let end = match tones.length {
            Some(Length::Mini | Length::Short | Length::Cropped) => 226.0,
            Some(Length::Knee) => 300.0,
            Some(Length::Midi) => 360.0,
            Some(Length::Long | Length::Maxi | Length::Ankle) => 430.0,
            None => end,
        };
        let hip = if kind == K::PencilSkirt || kind == K::DenimSkirt {
            waist + 26.0
        } else {
            waist + (flare - waist) * 0.42
        };
        let pleats = matches!(kind, K::PleatedSkirt | K::TennisSkirt) || tones.has(Detail::Pleated);
        Self { waist, hip, flare, end, pleats }
    }

    /// The right half of the outline.
    fn half(&self) -> String {
        let &Self { waist, hip, flare, end, pleats } = self;
        let (w, x) = (200.0 + waist, 200.0 + flare);
        let mut half = format!(
            "M200 67Q{} 67 {w} {WAIST}C{} 100 {} 130 {} 160L{x} {end}",
            200.0 + waist * 0.5,
            w + 6.0,
            200.0 + hip - 2.0,
            200.0 + hip
        );
        if pleats {
            for k in (0..PLEATS).rev() {
                let at = 200.0 + flare * (k as f32 + 0.5) / (PLEATS as f32 + 0.5);
                let sag = 12.0 * (1.0 - ((at - 200.0) / flare).powi(2));
                half.push_str(&format!("L{} {}L{} {}", at + 4.0, end + sag + 5.0, at, end + sag));
            }
            half.push_str(&format!("L200 {}", end + 12.0));
        } else {
            half.push_str(&format!("Q{} {} 200 {}", 200.0 + flare * 0.5, end + 12.0, end + 12.0));
        }
        half
    }
}

fn pleats(s: &mut Sketch<'_>, cut: &Cut) {
    let &Cut { waist, hip, flare, end, .. } = cut;
    for k in -PLEATS..=PLEATS {
        let share = (k as f32 + 0.5) / (PLEATS as f32 + 0.5);
        let (a, b) = (200.0 + waist * share, 200.0 + flare * share);
        let c = 200.0 + (hip * share);
        s.seam(&format!("M{a} 80Q{c} 150 {b} {}", end + 20.0));
        s.shape(
            &format!(
                "M{a} 84Q{c} 150 {b} {}L{} {}Q{} 150 {a} 84Z",
                end + 20.0,
                b + flare / 16.0,
                end + 20.0,
                c + 3.0
            ),
            "#000",
            0.11,
        );
    }
}

/// Darts and the slit of a pencil skirt.
fn slit(s: &mut Sketch<'_>, cut: &Cut) {
    let end = cut.end;
    s.seams("M234 86L238 130");
    s.seam(&format!("M200 {}L200 {}", end - 46.0, end + 14.0));
    s.folds(&format!("M250 180Q246 240 252 {end}"), 5.0);
}

fn folds(s: &mut Sketch<'_>, cut: &Cut) {
    let &Cut { waist, hip, flare, end, .. } = cut;
    for (a, b) in [(0.25, 0.22), (0.62, 0.60)] {
        s.folds(
            &format!(
                "M{} 110Q{} {} {} {}",
                200.0 + waist * a,
                200.0 + flare * b * 0.8,
                (end + 110.0) / 2.0,
                200.0 + flare * b,
                end + 8.0
            ),
            6.0,
        );
    }
    s.folds(
        &format!(
            "M{} 150Q{} {} {} {}",
            200.0 + hip * 0.9,
            200.0 + flare * 0.84,
            end - 40.0,
            200.0 + flare * 0.86,
            end
        ),
        4.0,
    );
}

/// The seams, pockets and button of jeans.
fn jeans_seams(s: &mut Sketch<'_>, cut: &Cut) {
    let &Cut { waist, hip, flare, end, .. } = cut;
    let (w, x) = (200.0 + waist, 200.0 + flare);
    let thread = "#c8964f";
    s.seam(&format!("M200 86L200 {}", end + 12.0));
    s.stitched("M216 86L216 146Q214 162 202 168", thread);
    let pocket = format!("M{} 86Q{} 122 {} 124", w - 34.0, w - 26.0, 200.0 + hip - 4.0);
    s.stitched(&pocket, thread);
    s.stitched(&mirror(&pocket), thread);
    s.stitched(
        &format!("M{} {}Q200 {} {} {}", 400.0 - x + 2.0, end - 9.0, end + 3.0, x - 2.0, end - 9.0),
        thread,
    );
    s.disc((200.0, 76.0), 5.0, "#b98a55");
}

/// The long gathered skirt of a hanbok, from a band at the chest.
fn chima(s: &mut Sketch<'_>, end: f32) {
    let outline =
        symmetric(&format!("M200 90L248 86C280 150 326 300 342 {end}Q270 {} 200 {}", end + 18.0, end + 20.0));
    s.cloth(&outline);
    gathers(s, &outline, 48.0, 142.0, 92.0, end);
    let second = if s.tones.two_tone { s.tones.second.clone() } else { "#f6f2ea".to_owned() };
    s.trim(&symmetric("M200 62Q230 62 250 60L252 92Q230 98 200 98"), &second);
    s.strap("M168 64Q160 40 172 22", &second, 6.0);
    s.strap("M232 64Q240 40 228 22", &second, 6.0);
    s.trim("M206 92Q222 150 214 206L228 204Q238 150 216 90Z", &second);
}

/// Gathers that fan out from a band.
pub(crate) fn gathers(s: &mut Sketch<'_>, outline: &str, top: f32, bottom: f32, from: f32, to: f32) {
    s.clip(outline);
    for k in -7..=7_i8 {
        let share = f32::from(k) / 7.6;
        let (a, b) = (200.0 + top * share, 200.0 + bottom * share);
        let middle = a + (b - a) * 0.36;
        s.fold(
            &format!("M{a} {from}Q{middle} {} {b} {}", from + (to - from) * 0.5, to + 18.0),
            if k % 2 == 0 { 4.5 } else { 2.6 },
        );
    }
    s.unclip();
}
