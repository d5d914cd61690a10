//! The soft mask of a worn garment.

use drape_core::style::Slot;

use crate::parse::label::Label;
use crate::parse::labelled::Parse;
use crate::parse::proportions::{in_band, waist_row};
use crate::raster::components::components;
use crate::raster::plane::{Plane, smoothstep};

/// The part of the labelled area that a garment takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    Whole,
    AboveWaist,
    BelowWaist,
}

/// Where in the parse a garment lies.
#[derive(Debug, Clone)]
pub(crate) struct Area {
    pub(crate) labels: Vec<Label>,
    pub(crate) section: Section,
    /// For accessories: only components whose centre lies here, in heights of the person from its top.
    pub(crate) band: Option<(f32, f32)>,
}

/// The soft mask of a garment at the working size.
pub(crate) fn mask(parse: &Parse, slot: Slot, area: &Area) -> Plane {
    let (w, h) = parse.working_size();
    let mut mask = Plane::filled(w, h, 0.0);
    // If part of a skirt is labelled dress, that part lies below the waist.
    let lower = matches!(slot, Slot::Skirt | Slot::Trousers) && area.section == Section::Whole;
    let top = if lower { waist_row(parse) as usize * w } else { 0 };
    for label in &area.labels {
        let soft = &parse.soft[*label];
        let from = if *label == Label::Dress { top.min(w * h) } else { 0 };
        mask.data[from..].iter_mut().zip(&soft.data[from..]).for_each(|(m, s)| *m += s);
    }
    // Compare with the strongest rival, so that the mask keeps a sharp edge where the parser wavers between
    // two garments.
    let mut rival = vec![0.0_f32; w * h];
    for (label, soft) in parse.soft.iter().filter(|(l, _)| !area.labels.contains(l)) {
        // The background is no rival: soft edges against it are real (hair, wool, motion).
        let keep = if label == Label::Background { 0.0 } else { 1.0 };
        rival.iter_mut().zip(&soft.data).for_each(|(r, s)| *r = r.max(s * keep));
    }
    let away = &parse.soft[Label::Background];
    for ((m, r), b) in mask.data.iter_mut().zip(&rival).zip(&away.data) {
        let among = smoothstep(0.38, 0.62, *m / (*m + r).max(1e-4));
        *m = among * (1.0 - b);
    }
    if area.section != Section::Whole {
        let waist = waist_row(parse);
        let blend = (h as f32 * 0.004).max(1.0);
        for (i, m) in mask.data.iter_mut().enumerate() {
            let below = smoothstep(waist - blend, waist + blend, (i / w) as f32);
            *m *= if area.section == Section::BelowWaist { below } else { 1.0 - below };
        }
    }
    if let Some(band) = area.band {
        let parts = components(w, h, |i| mask.data[i] > 0.3);
        let keep: Vec<bool> = parts.bounds.iter().map(|b| in_band(parse, band, b)).collect();
        for (m, &id) in mask.data.iter_mut().zip(&parts.ids) {
            if id == u32::MAX || !keep[id as usize] {
                *m = 0.0;
            }
        }
    } else {
        drop_specks(&mut mask);
    }
    mask
}

/// Removes pieces far smaller than the garment, which are more often mistakes than cuffs.
fn drop_specks(mask: &mut Plane) {
    let parts = components(mask.width, mask.height, |i| mask.data[i] > 0.4);
    let Some(&largest) = parts.sizes.iter().max() else { return };
    for (m, &id) in mask.data.iter_mut().zip(&parts.ids) {
        if id != u32::MAX && parts.sizes[id as usize] * 250 < largest {
            *m = 0.0;
        }
    }
}
