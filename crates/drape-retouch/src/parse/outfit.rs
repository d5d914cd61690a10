//! Decides for the photo as a whole which garments are worn.
//!
//! The network labels pixel by pixel, so it may call one black dress a T-shirt here, a skirt there and a
//! dress in between. Naming two garments of similar colour therefore has a cost, and the choice of garments
//! that best explains the pixels after this cost wins. This is the label cost of Delong, Osokin, Isack and
//! Boykov, "Fast Approximate Energy Minimization with Label Costs" (CVPR 2010); with five garments, every
//! choice can be tried.

use drape_core::colour::Lab;

use super::label::{Label, PerLabel};
use crate::raster::plane::{Plane, smoothstep};

/// Pairs of garments that the network confuses. The cost of naming both, in log probability per pixel of the
/// person, holds in full up to the first colour difference (CIEDE2000) and falls to zero at the second.
const TAKEN_FOR: [(Label, Label, f32, (f32, f32)); 6] = [
    (Label::Upper, Label::Dress, 0.10, (8.0, 16.0)),
    (Label::Skirt, Label::Dress, 0.10, (8.0, 16.0)),
    (Label::Trousers, Label::Dress, 0.10, (8.0, 16.0)),
    (Label::Trousers, Label::Skirt, 0.10, (8.0, 16.0)),
    // A black top under a black jacket is common, so naming both costs less.
    (Label::Upper, Label::Outer, 0.05, (4.0, 9.0)),
    (Label::Dress, Label::Outer, 0.05, (4.0, 9.0)),
];
/// A label with fewer pixels than this has no colour to compare.
const LEAST: usize = 20;
/// Probability that a left-out label keeps, so that no single pixel rules a choice out.
const FLOOR: f32 = 0.02;

/// Settles the soft labels (softmax, at any size); `picture`: R, G, B in -1..=1 of the same view.
pub(crate) fn settle(labels: &mut PerLabel<Plane>, picture: &[Plane; 3]) {
    let background = &labels[Label::Background];
    let (w, h) = (background.width, background.height);
    let strongest: Vec<Label> = (0..w * h).map(|i| strongest(labels, i)).collect();
    let small = [0, 1, 2].map(|c| picture[c].reduced(w, h));
    let tones = PerLabel::of(|label| tone(&strongest, &small, label));
    let costs: Vec<(Label, Label, f32)> = TAKEN_FOR
        .iter()
        .filter_map(|&(a, b, cost, (alike, unlike))| {
            let apart = tones[a]?.distance(tones[b]?);
            Some((a, b, cost * smoothstep(unlike, alike, apart)))
        })
        .filter(|(_, _, cost)| *cost > 0.0)
        .collect();
    if costs.is_empty() {
        return;
    }
    let mut doubtful: Vec<Label> = costs.iter().flat_map(|(a, b, _)| [*a, *b]).collect();
    doubtful.sort_unstable();
    doubtful.dedup();
    let person: Vec<usize> = (0..w * h).filter(|&i| labels[Label::Background].data[i] < 0.5).collect();
    // The best explanation of each pixel by a label that is not in doubt.
    let others: Vec<f32> = person
        .iter()
        .map(|&i| {
            let rest = Label::ALL.into_iter().filter(|l| !doubtful.contains(l));
            rest.map(|l| labels[l].data[i]).fold(0.0, f32::max)
        })
        .collect();
    let worth = |worn: &[Label]| {
        let cost: f32 =
            costs.iter().filter(|(a, b, _)| worn.contains(a) && worn.contains(b)).map(|(_, _, c)| c).sum();
        let explained = person.iter().zip(&others).map(|(&i, &other)| {
            let best = worn.iter().map(|&l| labels[l].data[i]).fold(other, f32::max);
            (best + FLOOR).ln()
        });
        explained.sum::<f32>() - cost * person.len() as f32
    };
    let choice = |bits: usize| -> Vec<Label> {
        doubtful.iter().enumerate().filter(|(n, _)| bits >> n & 1 == 1).map(|(_, l)| *l).collect()
    };
    let choices = (1..1_usize << doubtful.len()).map(choice).map(|worn| (worth(&worn), worn));
    let Some((_, worn)) = choices.max_by(|a, b| a.0.total_cmp(&b.0)) else { return };
    let dropped: Vec<Label> = doubtful.into_iter().filter(|l| !worn.contains(l)).collect();
    if !dropped.is_empty() {
        hand_over(labels, &dropped);
    }
}

/// The likeliest label of a pixel.
fn strongest(labels: &PerLabel<Plane>, i: usize) -> Label {
    let best = labels.iter().max_by(|a, b| a.1.data[i].total_cmp(&b.1.data[i]));
    best.map_or(Label::Background, |(label, _)| label)
}

/// Divides the probability of the dropped garments among the others, in proportion to what each has of a
/// pixel.
fn hand_over(labels: &mut PerLabel<Plane>, dropped: &[Label]) {
    let heirs: Vec<Label> =
        Label::CLOTHES.into_iter().filter(|l| *l != Label::Footwear && !dropped.contains(l)).collect();
    for i in 0..labels[Label::Background].data.len() {
        let left: f32 = dropped.iter().map(|&l| labels[l].data[i]).sum();
        let have: f32 = heirs.iter().map(|&l| labels[l].data[i]).sum::<f32>().max(1e-9);
        heirs.iter().for_each(|&l| labels[l].data[i] *= 1.0 + left / have);
        dropped.iter().for_each(|&l| labels[l].data[i] = 0.0);
    }
}

/// Median colour of the pixels with this label; `None` where they are few.
fn tone(strongest: &[Label], picture: &[Plane; 3], label: Label) -> Option<Lab> {
    let pixels: Vec<usize> = (0..strongest.len()).filter(|&i| strongest[i] == label).collect();
    (pixels.len() >= LEAST).then(|| {
        Lab::from_srgb8([0, 1, 2].map(|c| {
            let mut values: Vec<u8> =
                pixels.iter().map(|&i| ((picture[c].data[i] + 1.0) * 127.5).round() as u8).collect();
            let middle = values.len() / 2;
            *values.select_nth_unstable(middle).1
        }))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIDE: usize = 30;

    /// A person in three bands of the given colours: top, dress and skirt. The two other labels are second
    /// most likely everywhere.
    fn bands(colours: [f32; 3]) -> (PerLabel<Plane>, [Plane; 3]) {
        let named = [Label::Upper, Label::Dress, Label::Skirt];
        let band = |y: usize| (y / 10).min(2);
        let labels = PerLabel::of(|label| {
            Plane::from_fn(SIDE, SIDE, |_, y| {
                let share = |l: Label| if l == named[band(y)] { 0.46 } else { 0.27 };
                if named.contains(&label) { share(label) } else { 0.0 }
            })
        });
        let picture = [0, 1, 2].map(|_| Plane::from_fn(SIDE, SIDE, |_, y| colours[band(y)]));
        (labels, picture)
    }

    fn named(labels: &PerLabel<Plane>) -> Vec<Label> {
        let mut named: Vec<Label> = (0..SIDE * SIDE).map(|i| strongest(labels, i)).collect();
        named.sort_unstable();
        named.dedup();
        named
    }

    #[test]
    fn garments_of_one_colour_are_settled_and_others_stay() {
        let (mut labels, black) = bands([-0.9; 3]);
        settle(&mut labels, &black);
        let left = named(&labels);
        assert!(left.len() < 3 && !left.is_empty(), "{left:?}");
        for i in 0..SIDE * SIDE {
            let sum: f32 = labels.values().iter().map(|l| l.data[i]).sum();
            assert!((sum - 1.0).abs() < 1e-4, "{sum}");
        }
        let (mut labels, gaudy) = bands([-0.9, 0.9, 0.0]);
        let before: Vec<Vec<f32>> = labels.values().iter().map(|l| l.data.clone()).collect();
        settle(&mut labels, &gaudy);
        assert!(labels.values().iter().zip(before).all(|(l, b)| l.data == b));
    }

    #[test]
    fn sure_garments_stay_whatever_their_colour() {
        let (mut labels, black) = bands([-0.9; 3]);
        for label in labels.values_mut() {
            label.data.iter_mut().for_each(|v| *v = if *v > 0.4 { 0.998 } else { *v / 270.0 });
        }
        settle(&mut labels, &black);
        assert_eq!(named(&labels).len(), 3);
    }
}
