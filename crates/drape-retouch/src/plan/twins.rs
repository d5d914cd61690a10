//! Finds labels that the parser gives to parts of one garment.

use drape_core::style::{Part, Slot, Style};

use super::task::Task;
use crate::parse::label::Label;
use crate::parse::labelled::Parse;
use crate::parse::proportions::waist_row;
use crate::recolour::mask::Section;

/// Mean probability from which on another label is the parser's second choice for a garment (see
/// [`leaning`]).
pub(super) const SECOND_THOUGHT: f32 = 0.15;

/// Colour difference (CIEDE2000) below which two labels count as the same cloth. Set by hand, with room for
/// light and shade on one garment.
const ONE_CLOTH: f32 = 9.0;
/// The same for a shirt under a jacket, where two garments of similar colour are common.
const ONE_CLOTH_UNDER_JACKET: f32 = 5.0;

/// Adds to each task the labels of other parts of the same garment: the parser often cuts one garment in two,
/// for example labels the skirt of a coat as a dress. Two labels are one garment if the sentence does not
/// mention the second, their colours agree, and the first is the parser's second choice for the second.
pub(super) fn add_unclaimed(tasks: &mut [Task], parse: &Parse, style: &Style) {
    const CONFUSED: [(Label, Label); 12] = [
        (Label::Outer, Label::Dress),
        (Label::Outer, Label::Upper),
        (Label::Upper, Label::Dress),
        (Label::Upper, Label::Outer),
        (Label::Dress, Label::Upper),
        (Label::Dress, Label::Outer),
        (Label::Dress, Label::Skirt),
        (Label::Skirt, Label::Dress),
        (Label::Skirt, Label::Trousers),
        (Label::Trousers, Label::Skirt),
        (Label::Trousers, Label::Legwear),
        (Label::Legwear, Label::Trousers),
    ];
    // A label belongs to one task only: painted twice, a pixel would lose its old colour twice.
    let mut claimed: Vec<Label> = tasks.iter().flat_map(|t| t.area.labels.clone()).collect();
    let lower_asked = tasks.iter().any(|t| matches!(t.slot, Slot::Skirt | Slot::Trousers));
    let upper_asked = tasks.iter().any(|t| matches!(t.slot, Slot::Upper | Slot::Outer));
    let dress_is_low = middle_row(parse, Label::Dress) > waist_row(parse);
    let kept = |label: Label| {
        style.keep.iter().any(|part| match part {
            Part::Slot(slot) => slot.id() == label.id(),
            Part::Kind(kind) => kind.slot().id() == label.id(),
        })
    };
    for task in tasks.iter_mut().filter(|t| t.area.section == Section::Whole && t.slot != Slot::Accessory) {
        for main in task.area.labels.clone() {
            for (_, twin) in CONFUSED.iter().filter(|(a, _)| *a == main) {
                let absent = parse.shares[*twin] == 0.0;
                // Bits of a "dress" between a top and a skirt belong to the one they lie on.
                let upper = matches!(task.slot, Slot::Upper | Slot::Outer);
                let elsewhere = *twin == Label::Dress
                    && if upper { lower_asked && dress_is_low } else { upper_asked && !dress_is_low };
                if absent || claimed.contains(twin) || kept(*twin) || elsewhere {
                    continue;
                }
                let colour = parse.tone(main).distance(parse.tone(*twin));
                // A shirt under a jacket is seldom a mistake of the parser, so their colours have to agree
                // closely.
                let under = main == Label::Outer && *twin == Label::Upper;
                let alike = colour < if under { ONE_CLOTH_UNDER_JACKET } else { ONE_CLOTH };
                if alike && leaning(parse, *twin, main) > SECOND_THOUGHT {
                    task.area.labels.push(*twin);
                    claimed.push(*twin);
                }
            }
        }
    }
}

/// The mean probability of the other label over the pixels of the first.
pub(super) fn leaning(parse: &Parse, label: Label, other: Label) -> f32 {
    let (own, other) = (&parse.soft[label].data, &parse.soft[other].data);
    let pixels = own.iter().zip(other).filter(|(own, other)| **own > 0.3 && own > other);
    let (n, sum) = pixels.fold((0.0_f32, 0.0), |(n, sum), (_, p)| (n + 1.0, sum + p));
    sum / n.max(1.0)
}

/// The mean row of a label's pixels in the working picture; 0 where it does not occur.
fn middle_row(parse: &Parse, label: Label) -> f32 {
    let soft = &parse.soft[label];
    let (mut sum, mut weight) = (0.0_f32, 0.0_f32);
    for (y, row) in soft.data.chunks_exact(soft.width).enumerate() {
        let n: f32 = row.iter().sum();
        (sum, weight) = (sum + n * y as f32, weight + n);
    }
    sum / weight.max(1.0)
}
