//! The parts of garments worn on the upper body: outline, sleeves, necklines, collars, hoods and hems.

use drape_core::style::Sleeves;

use crate::path::{mirror, symmetric};
use crate::sketch::Sketch;
use crate::tones::Tones;

/// The height at which the shoulders meet the neck.
pub(crate) const NECK: f32 = 84.0;

/// Half widths and heights of a body piece, around x = 200.
#[derive(Clone, Copy)]
pub(crate) struct Torso {
    pub(crate) neck: f32,
    /// How deep the neckline goes.
    pub(crate) depth: f32,
    pub(crate) shoulder: f32,
    pub(crate) chest: f32,
    pub(crate) waist: f32,
    pub(crate) hip: f32,
    pub(crate) hem: f32,
    /// Whether the neckline comes to a point.
    pub(crate) pointed: bool,
    /// Whether the hem is cut in a curve.
    pub(crate) tail: bool,
    /// How high the fronts part above the hem.
    pub(crate) cut: f32,
}

/// A sleeve on the right.
pub(crate) struct Sleeve {
    pub(crate) outline: String,
    /// The band at its end.
    pub(crate) cuff: String,
    /// Lines along the cuff, for ribs.
    pub(crate) ribs: String,
}

impl Torso {
    /// A straight body as wide as the garment's fit says.
    pub(crate) fn straight(tones: &Tones, hem: f32) -> Self {
        let k = tones.width();
        Self {
            neck: 33.0,
            depth: 24.0,
            shoulder: 86.0 * k.sqrt(),
            chest: 82.0 * k,
            waist: 80.0 * k,
            hip: 82.0 * k,
            hem,
            pointed: false,
            tail: false,
            cut: 0.0,
        }
    }

    /// The same body, its waist narrowed by `by` on each side.
    pub(crate) fn waisted(self, by: f32) -> Self {
        Self { waist: self.waist - by, ..self }
    }

    pub(crate) fn outline(&self) -> String {
        let Self { neck, depth, shoulder, chest, waist, hip, hem, .. } = *self;
        let front = NECK + depth;
        let neckline = if self.pointed {
            format!("L{} {NECK}", 200.0 + neck)
        } else {
            format!("Q{} {front} {} {NECK}", 200.0 + neck * 0.9, 200.0 + neck)
        };
        let end = if self.tail {
            format!(
                "{} {} Q{} {} {} {} Q{} {} 200 {}",
                200.0 + hip,
                hem - 34.0,
                200.0 + hip - 8.0,
                hem - 2.0,
                200.0 + hip * 0.55,
                hem + 7.0,
                200.0 + hip * 0.25,
                hem + 13.0,
                hem + 13.0
            )
        } else if self.cut > 0.0 {
            format!(
                "{} {hem} Q{} {} {} {} Q205 {} 200 {}",
                200.0 + hip,
                200.0 + hip * 0.7,
                hem + 6.0,
                200.0 + hip * 0.42,
                hem + 7.0,
                hem + 6.0,
                hem - self.cut
            )
        } else {
            format!("{} {hem} Q{} {} 200 {}", 200.0 + hip, 200.0 + hip * 0.5, hem + 6.0, hem + 6.0)
        };
        let middle = hem.min(330.0) * 0.5 + 115.0;
        symmetric(&format!(
            "M200 {front} {neckline} L{} 105 Q{} 138 {} 182 C{} 215 {} {} {} {middle} C{} {} {} {} {end}",
            200.0 + shoulder,
            200.0 + chest - 5.0,
            200.0 + chest,
            200.0 + chest,
            200.0 + waist,
            middle - 32.0,
            200.0 + waist,
            200.0 + waist,
            middle + 34.0,
            200.0 + hip,
            hem - 60.0,
        ))
    }

    /// The inside of the back, seen through the neckline.
    pub(crate) fn back(&self) -> String {
        let front = NECK + self.depth;
        let n = 200.0 + self.neck;
        let neckline = if self.pointed {
            format!("L200 {front}")
        } else {
            format!("Q{} {front} 200 {front}", 200.0 + self.neck * 0.9)
        };
        symmetric(&format!("M200 73 Q{} 74 {n} {NECK} {neckline}", 200.0 + self.neck * 0.7))
    }

    /// A band of this width along the neckline.
    pub(crate) fn neckband(&self, width: f32) -> String {
        let front = NECK + self.depth;
        let n = 200.0 + self.neck;
        if self.pointed {
            return symmetric(&format!(
                "M200 {front} L{n} {NECK} L{} {} L200 {}",
                n + width * 0.8,
                NECK + 3.0,
                front + width * 1.5
            ));
        }
        symmetric(&format!(
            "M200 {front} Q{} {front} {n} {NECK} L{} {} Q{} {} 200 {}",
            200.0 + self.neck * 0.9,
            n + width * 0.8,
            NECK + 3.0,
            200.0 + self.neck * 0.95 + width,
            front + width,
            front + width
        ))
    }

    /// The sleeve of a length; `None` for sleeveless.
    pub(crate) fn sleeve(&self, sleeves: Sleeves) -> Option<Sleeve> {
        Some(match sleeves {
            Sleeves::Sleeveless => return None,
            Sleeves::Short => self.short_sleeve(),
            Sleeves::Puff => self.puff_sleeve(),
            Sleeves::Half => self.long_sleeve(282.0, 12.0),
            Sleeves::Rolled => self.long_sleeve(262.0, 26.0),
            Sleeves::Long => self.long_sleeve(346.0, 22.0),
        })
    }

    fn short_sleeve(&self) -> Sleeve {
        let Armhole { s, a, wide } = self.armhole();
        let (ox, oy, ix, iy) = (s + 45.0 + wide, 198.0, a + 5.0, 216.0);
        Sleeve {
            outline: format!(
                "M{s} 103 C{} 111 {} 150 {ox} {oy} L{ix} {iy} L{} 186Q{} 140 {s} 103Z",
                s + 22.0,
                s + 38.0,
                a - 4.0,
                a - 26.0
            ),
            cuff: format!("M{ox} {oy} L{ix} {iy} L{} {} L{} {}Z", ix - 1.0, iy - 9.0, ox - 2.5, oy - 10.0),
            ribs: String::new(),
        }
    }

    fn puff_sleeve(&self) -> Sleeve {
        let Armhole { s, a, .. } = self.armhole();
        Sleeve {
            outline: format!(
                "M{} 104 C{} 78 {} 118 {} 186 Q{} 206 {} 208 L{} 214 C{} 206 {} 196 {} 184Q{} 140 {s} 103Z",
                s - 10.0,
                s + 32.0,
                s + 68.0,
                s + 56.0,
                s + 52.0,
                s + 44.0,
                a + 6.0,
                a,
                a - 2.0,
                a - 4.0,
                a - 26.0
            ),
            cuff: format!("M{} 207 L{} 219 L{} 227 L{} 215Z", s + 46.0, s + 44.0, a + 7.0, a + 7.0),
            ribs: String::new(),
        }
    }

    /// A straight sleeve that ends at the height `end`, with a cuff of the height `band`.
    fn long_sleeve(&self, end: f32, band: f32) -> Sleeve {
        let Armhole { s, a, wide } = self.armhole();
        let t = (end - 190.0) / 156.0;
        let (ox, ix) = (s + 45.0 + 8.0 * t + wide, s + 10.0 + 7.0 * t - wide * 0.2);
        Sleeve {
            outline: format!(
                "M{s} 103 C{} 113 {} {} {ox} {end} L{ix} {} C{} {} {} {} {} 184Q{} 140 {s} 103Z",
                s + 25.0,
                s + 41.0 + wide,
                150.0 + (end - 150.0) * 0.45,
                end + 7.0,
                ix - 6.0,
                end - 50.0 * t,
                a + 5.0,
                184.0 + (end - 184.0) * 0.45,
                a - 4.0,
                a - 26.0
            ),
            cuff: format!(
                "M{ox} {end} L{ix} {} L{} {} L{} {}Z",
                end + 7.0,
                ix - 3.0,
                end + 7.0 - band,
                ox - 2.0,
                end - band
            ),
            ribs: (1..7)
                .map(|k| {
                    let share = k as f32 / 7.0;
                    let x = ix + (ox - ix) * share;
                    let y = end + 7.0 - 7.0 * share;
                    format!("M{x} {y}L{} {}", x - 3.0, y - band)
                })
                .collect(),
        }
    }

    fn armhole(&self) -> Armhole {
        Armhole {
            s: 200.0 + self.shoulder - 2.0,
            a: 200.0 + self.chest,
            wide: (self.chest - 82.0).max(0.0) * 0.6,
        }
    }
}

/// Where a sleeve begins.
struct Armhole {
    /// Across: the shoulder's end.
    s: f32,
    /// Across: the armpit.
    a: f32,
    /// How much wider the sleeve is than on a narrow body.
    wide: f32,
}

impl Sketch<'_> {
    /// Sleeves, the back of the neck, and the body with folds.
    pub(crate) fn body(&mut self, torso: &Torso, sleeves: Sleeves) {
        if let Some(sleeve) = torso.sleeve(sleeves) {
            self.cloths(&sleeve.outline);
            if sleeves == Sleeves::Long {
                let s = 200.0 + torso.shoulder;
                self.folds(&format!("M{} 240 Q{} 252 {} 250", s + 12.0, s + 24.0, s + 34.0), 3.0);
                self.folds(&format!("M{} 262 Q{} 270 {} 264", s + 14.0, s + 22.0, s + 30.0), 2.4);
            }
        }
        let inside = self.tones.inside.clone();
        self.trim(&torso.back(), &inside);
        let outline = torso.outline();
        self.cloth(&outline);
        self.clip(&outline);
        let (w, h) = (200.0 + torso.waist, torso.hem);
        self.folds(
            &format!("M{} 196 Q{} 226 {} {}", w - 6.0, w - 26.0, w - 30.0, 262.0_f32.min(h - 20.0)),
            5.0,
        );
        self.fold(&format!("M158 {} Q168 {} 164 {}", h - 92.0, h - 50.0, h - 14.0), 4.0);
        self.fold(&format!("M236 {} Q230 {} 238 {}", h - 78.0, h - 44.0, h - 8.0), 5.0);
        self.unclip();
    }

    /// Cuffs of cloth with a seam, on both sides.
    pub(crate) fn cuffs(&mut self, torso: &Torso, sleeves: Sleeves) {
        if let Some(sleeve) = torso.sleeve(sleeves) {
            self.cloths(&sleeve.cuff);
        }
    }

    /// Cuffs of ribs, on both sides.
    pub(crate) fn ribbed_cuffs(&mut self, torso: &Torso, sleeves: Sleeves) {
        if let Some(sleeve) = torso.sleeve(sleeves) {
            self.ribs(&sleeve.cuff, &sleeve.ribs);
            self.ribs(&mirror(&sleeve.cuff), &mirror(&sleeve.ribs));
        }
    }

    /// The hem as a band of ribs.
    pub(crate) fn ribbed_hem(&mut self, torso: &Torso, band: f32) {
        let (hip, hem) = (torso.hip, torso.hem);
        let outline = symmetric(&format!(
            "M200 {} Q{} {} {} {} Q{} {} {} {} Q{} {} 200 {}",
            hem - band + 6.0,
            200.0 + hip * 0.5,
            hem - band + 6.0,
            200.0 + hip + 0.5,
            hem - band,
            200.0 + hip - 2.0,
            hem - band * 0.4,
            200.0 + hip - 5.0,
            hem,
            200.0 + hip * 0.5,
            hem + 6.0,
            hem + 6.0
        ));
        let count = (hip / 5.0) as i32;
        let lines: String = (-count..=count)
            .map(|k| {
                let share = k as f32 / (count as f32 + 1.0);
                let sag = 6.0 * (1.0 - share * share);
                format!(
                    "M{} {}L{} {}",
                    200.0 + hip * share,
                    hem - band + sag,
                    200.0 + (hip - 4.0) * share,
                    hem + sag
                )
            })
            .collect();
        self.ribs(&outline, &lines);
    }

    /// A line of stitches above the hem.
    pub(crate) fn hem_stitch(&mut self, torso: &Torso) {
        let (hip, hem) = (torso.hip - 1.0, torso.hem - 8.0);
        self.stitch(&format!("M{} {hem}Q200 {} {} {hem}", 200.0 - hip, hem + 12.0, 200.0 + hip));
    }

    /// A band of ribs at the neckline.
    pub(crate) fn neck_ribs(&mut self, torso: &Torso, width: f32) {
        let front = NECK + torso.depth;
        let dim = self.tones.dim.clone();
        self.stroke(
            &format!("M{} {} Q200 66 {} {}", 201.0 - torso.neck, NECK - 2.0, 199.0 + torso.neck, NECK - 2.0),
            &dim,
            width * 0.6,
        );
        let lines = if torso.pointed {
            String::new()
        } else {
            (-5..=5)
                .map(|k| {
                    let t = k as f32 / 6.0;
                    let y = front - (front - NECK) * t * t;
                    let x = 200.0 + torso.neck * t;
                    format!("M{x} {y}L{} {}", x + width * t, y + width * (1.0 - t.abs() * 0.45))
                })
                .collect()
        };
        self.ribs(&torso.neckband(width), &lines);
    }

    /// A turned-down collar of two leaves, open or closed by its stand.
    pub(crate) fn collar(&mut self, point: f32) {
        let inside = self.tones.inside.clone();
        self.trim("M163 76Q200 58 237 76L200 114Z", &inside);
        self.cloth("M162 77Q200 54 238 77L233 83Q200 66 167 83Z");
        let leaf = format!("M201 111L236 74Q247 83 246 96L{} {point}Z", 234.0);
        self.cloths(&leaf);
        self.stitches(&format!("M206 113L231 {}L242 98", point - 6.0));
    }

    /// A placket with buttons from the collar down.
    pub(crate) fn placket(&mut self, from: f32, to: f32, buttons: u8) {
        let d = format!("M191 {from}L209 {from}L209 {to}L191 {to}Z");
        self.cloth(&d);
        self.stitch(&format!("M194 {from}L194 {to}"));
        self.stitch(&format!("M206 {from}L206 {to}"));
        self.buttons(200.0, from + 14.0, to - 20.0, buttons, 3.6);
    }

    /// A hood lying on the shoulders, with cords.
    pub(crate) fn hood(&mut self, cords: bool) {
        let inside = self.tones.inside.clone();
        self.cloth(&symmetric("M200 18C244 18 268 50 264 86C262 106 248 118 234 124Q216 134 200 138"));
        self.trim(&symmetric("M200 38C230 38 243 62 241 86Q236 112 200 128"), &inside);
        self.seam("M200 18L200 38");
        self.stitch(&symmetric("M200 31C236 31 250 60 248 87Q242 116 200 134"));
        self.folds("M252 50Q258 72 250 94", 5.0);
        if cords {
            let pale = self.tones.pale.clone();
            self.strap("M186 126Q182 160 186 192", &pale, 3.0);
            self.strap("M214 126Q219 156 213 186", &pale, 3.0);
            self.trim("M183 190L189 190L189 202L183 202Z", "#c9c6bf");
            self.trim("M210 184L216 184L216 196L210 196Z", "#c9c6bf");
        }
    }

    /// A patch pocket on the wearer's left, with a point.
    pub(crate) fn chest_pocket(&mut self, x: f32, y: f32) {
        self.cloth(&format!(
            "M{x} {y}L{} {y}L{} {}L{} {}L{x} {}Z",
            x + 36.0,
            x + 36.0,
            y + 36.0,
            x + 18.0,
            y + 43.0,
            y + 36.0
        ));
        self.stitch(&format!("M{} {}L{} {}", x, y + 7.0, x + 36.0, y + 7.0));
    }
}
