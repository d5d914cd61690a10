//! The clothes of a hanbok: jeogori and durumagi, and jacket and skirt together.

use crate::path::symmetric;
use crate::sketch::Sketch;
use crate::skirts::gathers;
use crate::tailored::coat_hem;

/// Draws a jeogori, or a durumagi, which is the long one.
pub(crate) fn jeogori(s: &mut Sketch<'_>, long: bool) {
    let hem = if long { coat_hem(s, 520.0) } else { 232.0 };
    let flare = if long { 124.0 } else { 70.0 };
    // Sleeves with the round lower edge of a hanbok.
    s.cloths(&format!(
        "M262 96L352 {}Q362 {} 352 {}C330 {} 300 {} 262 {}Z",
        if long { 238.0 } else { 190.0 },
        if long { 262.0 } else { 216.0 },
        if long { 288.0 } else { 246.0 },
        if long { 290.0 } else { 262.0 },
        236.0,
        if long { 196.0 } else { 188.0 },
    ));
    if !long {
        let second = if s.tones.two_tone { s.tones.second.clone() } else { s.tones.pale.clone() };
        s.trims("M346 186L356 196Q364 218 354 246L344 253Q354 220 340 181Z", &second);
    }
    let inside = s.tones.inside.clone();
    s.trim("M172 84Q200 70 228 84L200 150Z", &inside);
    let half = format!(
        "M200 110L232 84L266 96Q262 150 {} 190L{} {hem}Q240 {} 200 {}",
        200.0 + 66.0,
        200.0 + flare,
        hem + 9.0,
        hem + 9.0
    );
    let outline = symmetric(&half);
    s.cloth(&outline);
    s.clip(&outline);
    if long {
        s.folds("M236 240Q262 380 280 520", 7.0);
        s.folds("M216 260Q226 400 230 525", 5.0);
    }
    s.folds("M252 130Q244 160 250 196", 4.0);
    s.unclip();
    s.trim("M172 84Q200 68 228 84L228 110L200 146L172 110Z", &inside);
    // The band of the collar, crossed, with its white strip.
    let second = if s.tones.two_tone { s.tones.second.clone() } else { s.tones.dim.clone() };
    s.trim("M166 80L178 78Q184 130 212 164L206 182Q166 140 166 80Z", &second);
    s.trim("M234 80L222 78Q216 132 176 182L188 196Q234 150 234 80Z", &second);
    s.stroke("M176 80Q182 124 202 152", "#fbf9f3", 4.6);
    s.stroke("M224 80Q219 126 194 160", "#fbf9f3", 4.6);
    // The ribbons.
    let ribbon = second;
    let end = if long { 400.0 } else { 352.0 };
    s.trim(&format!("M186 186Q196 250 182 {}L202 {}Q212 250 200 190Z", end - 40.0, end - 36.0), &ribbon);
    s.trim(&format!("M196 188Q220 260 214 {end}L234 {}Q236 250 208 184Z", end - 4.0), &ribbon);
    s.trim("M190 180Q230 168 262 190Q236 206 196 194Z", &ribbon);
    s.trim("M184 178L206 178L208 196L188 200Z", &ribbon);
}

/// Draws the skirt with a jeogori over it, down to `end`.
pub(crate) fn hanbok(s: &mut Sketch<'_>, end: f32) {
    let skirt = symmetric(&format!(
        "M200 176L252 172C290 250 340 400 352 {end}Q276 {} 200 {}",
        end + 20.0,
        end + 22.0
    ));
    s.cloth(&skirt);
    gathers(s, &skirt, 52.0, 148.0, 190.0, end);
    let jacket = if s.tones.two_tone { s.tones.second.clone() } else { "#f5ecd9".to_owned() };
    let accent = s.tones.third.clone();
    s.trims("M258 96L346 196Q356 218 344 246C322 262 290 232 262 188Z", &jacket);
    s.trims("M338 186L348 198Q356 218 345 245L334 248Q344 218 330 178Z", &accent);
    s.folds("M276 130Q300 170 322 208", 4.0);
    s.trim("M172 84Q200 70 228 84L200 150Z", "#cfc4b0");
    let body = symmetric("M200 110L230 84L264 96Q260 150 264 186L262 204Q232 216 200 218");
    s.trim(&body, &jacket);
    s.folds("M250 130Q240 166 246 204", 4.0);
    s.trim("M166 80L178 78Q184 128 210 158L204 176Q166 138 166 80Z", &accent);
    s.trim("M234 80L222 78Q216 130 178 176L190 190Q234 148 234 80Z", &accent);
    s.stroke("M176 80Q182 122 201 148", "#fdfbf6", 4.6);
    s.stroke("M224 80Q219 124 195 155", "#fdfbf6", 4.6);
    s.trim("M188 182Q198 260 184 340L202 344Q214 262 202 186Z", &accent);
    s.trim("M198 184Q222 270 216 384L236 380Q238 262 210 180Z", &accent);
    s.trim("M192 176Q232 164 264 186Q238 202 198 190Z", &accent);
    s.trim("M186 174L208 174L210 192L190 196Z", &accent);
}
