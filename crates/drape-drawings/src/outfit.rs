//! The places of an outfit's garments in a flat-lay.

use drape_core::style::{Garment, Slot};

use crate::sheet::Frame;

/// The garments to show, in the order in which they are drawn, each with its place.
pub(crate) fn arrange(garments: &[Garment]) -> Vec<(&Garment, Frame)> {
    let first = |slot: Slot| garments.iter().find(|g| g.slot == slot);
    let frame = |left: f32, top: f32, width: f32, height: f32| Frame { left, top, width, height, most: 0.95 };
    let dress = first(Slot::Dress);
    let outer = first(Slot::Outer);
    let upper = first(Slot::Upper);
    let bottom = first(Slot::Trousers).or_else(|| first(Slot::Skirt));
    let shoes = first(Slot::Footwear).or_else(|| first(Slot::Legwear));
    let accessories = garments.iter().filter(|g| matches!(g.slot, Slot::Accessory | Slot::Legwear));
    let mut small: Vec<&Garment> =
        accessories.filter(|g| shoes.is_none_or(|s| !std::ptr::eq(s, *g))).collect();
    let mut places = Vec::new();
    let tall_outer = outer.is_some_and(|g| g.kind.usual_length().is_some());
    match (outer, upper, bottom, dress) {
        (Some(outer), Some(upper), Some(bottom), _) => {
            places.push((upper, frame(214.0, 16.0, 196.0, 196.0)));
            places.push((bottom, frame(240.0, 170.0, 150.0, 288.0)));
            places.push((outer, frame(18.0, 26.0, 236.0, if tall_outer { 330.0 } else { 262.0 })));
        }
        (None, Some(upper), Some(bottom), _) => {
            places.push((bottom, frame(222.0, 122.0, 176.0, 334.0)));
            places.push((upper, frame(22.0, 24.0, 256.0, 270.0)));
        }
        (outer, upper, bottom, dress) => {
            let main = [dress, bottom, upper].into_iter().flatten();
            let mut frames = [frame(196.0, 24.0, 220.0, 410.0), frame(24.0, 150.0, 190.0, 220.0)].into_iter();
            if let Some(outer) = outer {
                let alone = dress.is_none() && upper.is_none() && bottom.is_none();
                let place =
                    if alone { frame(110.0, 24.0, 260.0, 350.0) } else { frame(18.0, 26.0, 232.0, 310.0) };
                places.extend(main.zip(&mut frames));
                places.push((outer, place));
            } else {
                let alone = main.clone().count() == 1;
                let mut frames = if alone {
                    vec![frame(if shoes.is_some() { 176.0 } else { 118.0 }, 22.0, 244.0, 410.0)]
                } else {
                    vec![frame(196.0, 24.0, 220.0, 410.0), frame(24.0, 60.0, 190.0, 220.0)]
                }
                .into_iter();
                places.extend(main.zip(&mut frames));
            }
        }
    }
    if places.is_empty() {
        // Shoes and small things only: in a row of large ones.
        let all: Vec<&Garment> = garments.iter().take(4).collect();
        let columns = if all.len() > 1 { 2.0 } else { 1.0 };
        let side = 440.0 / columns;
        return all
            .into_iter()
            .enumerate()
            .map(|(k, g)| {
                let (column, row) = ((k % 2) as f32, (k / 2) as f32);
                (g, frame(20.0 + side * column, 20.0 + side * row, side - 12.0, side - 12.0))
            })
            .collect();
    }
    if let Some(shoes) = shoes {
        places.push((shoes, frame(34.0, 338.0, 150.0, 120.0)));
    }
    let spots = [(388.0, 340.0), (394.0, 40.0)];
    small.truncate((5_usize.saturating_sub(places.len())).min(spots.len()));
    for (g, (left, top)) in small.into_iter().zip(spots) {
        places.push((g, frame(left, top, 86.0, 112.0)));
    }
    places
}
