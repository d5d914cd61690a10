//! Finds the pixels of the person to style and clears those of other people.

use image::GrayImage;

use crate::raster::components::components;
use crate::raster::window::Bounds;

/// Keeps the largest person only. Returns how many others of at least a quarter of that size there were, and
/// the pixels that are background now. Specks away from the person are cleared too.
pub(crate) fn keep_largest_person(labels: &mut [u8], w: usize, h: usize) -> (usize, Vec<usize>) {
    let parts = components(w, h, |i| labels[i] != 0);
    let Some(largest) = parts.sizes.iter().copied().max() else { return (0, Vec::new()) };
    let mut others = 0;
    let keep: Vec<bool> = parts
        .sizes
        .iter()
        .enumerate()
        .map(|(k, &n)| {
            if n == largest {
                return true;
            }
            // A bag on a long strap or a leg behind a bench is cut off from the person by a narrow gap.
            let near = parts.bounds[k].overlaps_grown(
                parts.bounds[parts.sizes.iter().position(|&m| m == largest).unwrap_or(k)],
                h / 40,
            );
            if n * 4 > largest {
                others += 1;
                return false;
            }
            near && n * 400 > largest
        })
        .collect();
    let gone = |i: &usize| parts.ids[*i] != u32::MAX && !keep[parts.ids[*i] as usize];
    let cleared: Vec<usize> = (0..labels.len()).filter(gone).collect();
    cleared.iter().for_each(|&i| labels[i] = 0);
    (others, cleared)
}

pub(crate) fn person_bounds(labels: &GrayImage) -> Bounds {
    let mut b = Bounds { left: labels.width(), top: labels.height(), right: 0, bottom: 0 };
    for (y, row) in labels.rows().enumerate() {
        let mut person = row.enumerate().filter(|(_, p)| p.0[0] != 0).map(|(x, _)| x as u32);
        if let Some(first) = person.next() {
            let last = person.next_back().unwrap_or(first);
            let y = y as u32;
            b = Bounds {
                left: b.left.min(first),
                top: b.top.min(y),
                right: b.right.max(last + 1),
                bottom: y + 1,
            };
        }
    }
    if b.right == 0 { Bounds { left: 0, top: 0, right: labels.width(), bottom: labels.height() } } else { b }
}
