//! Turns style words into outfits, in which garments named in the sentence replace the usual ones.

use std::str::FromStr;

use super::attach;
use super::phrases::Said;
use super::word::{Attr, Gender, Outfit};
use crate::style::{Colour, Detail, Garment, GarmentKind, Part, Slot};

/// A garment of an outfit. A colour of the style word goes to the main garments.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Item {
    pub(super) main: bool,
    pub(super) garment: Garment,
}

impl Outfit {
    /// The garments for a gender, if the sentence names one.
    pub(super) fn items(&self, gender: Option<Gender>) -> Vec<Item> {
        let wanted = match gender {
            Some(Gender::Women) => self.women,
            Some(Gender::Men) => self.men,
            None => self.any,
        };
        let line = if wanted.is_empty() { self.any } else { wanted };
        line.split(';').filter_map(|item| parse(item.trim())).collect()
    }
}

/// A garment from the canonical line; `None` if a word is in no vocabulary.
fn parse(line: &str) -> Option<Item> {
    let (main, line) = line.strip_prefix('*').map_or((false, line), |rest| (true, rest));
    let mut words = line.split(' ');
    let mut garment = Garment::new(words.next()?.parse().ok()?);
    let (mut name, mut shade) = (None, None);
    for word in words {
        let (field, value) = word.split_once('=')?;
        match field {
            "colour" => name = Some(value.parse().ok()?),
            "shade" => shade = Some(value.parse().ok()?),
            "pattern" => garment.pattern = Some(value.parse().ok()?),
            "pattern_colours" => {
                for value in value.split(',') {
                    garment.pattern_colours.push(Colour::new(value.parse().ok()?, None));
                }
            }
            "material" => garment.material = Some(value.parse().ok()?),
            "length" => garment.length = Some(value.parse().ok()?),
            "sleeves" => garment.sleeves = Some(value.parse().ok()?),
            "fit" => garment.fit = Some(value.parse().ok()?),
            "details" => {
                garment.details = value.split(',').map(Detail::from_str).collect::<Result<_, _>>().ok()?;
            }
            _ => return None,
        }
    }
    garment.colour = name.map(|name| Colour::new(name, shade));
    Some(Item { main, garment })
}

/// The outfit of a style word, without garments whose place is taken. The word's attributes go to the main
/// garments. Also returns the tokens of attributes that fit none.
pub(super) fn expand(
    items: Vec<Item>,
    word: &str,
    said: &[Said],
    worn: &[GarmentKind],
    gone: &[Part],
) -> (Vec<Garment>, Vec<usize>) {
    let mut items = items;
    replace_dress(&mut items, worn);
    items.retain(|item| {
        let kind = item.garment.kind;
        !worn.iter().any(|&worn| displaces(worn, kind)) && !gone.iter().any(|part| part.covers(kind))
    });
    let mut unused = Vec::new();
    for said in said {
        let mut placed = false;
        for item in items.iter_mut().filter(|item| item.main && attach::suits(said.attr, item.garment.kind)) {
            clear(&mut item.garment, said.attr);
            placed = true;
        }
        if !placed && !matches!(said.attr, Attr::Shade(_)) {
            unused.push(said.token);
        }
    }
    for item in items.iter_mut().filter(|item| item.main) {
        let kind = item.garment.kind;
        let said: Vec<Said> = said.iter().copied().filter(|said| attach::suits(said.attr, kind)).collect();
        unused.extend(attach::put(&mut item.garment, &said, usize::MAX));
    }
    let garments = items.into_iter().map(|item| Garment {
        text: word.to_owned(),
        expanded: Some(word.to_owned()),
        ..item.garment
    });
    (garments.collect(), unused)
}

/// Clears the outfit's own value of an attribute that the sentence names.
fn clear(garment: &mut Garment, attr: Attr) {
    match attr {
        Attr::Colour(..) => {
            garment.colour = None;
            garment.pattern_colours.clear();
        }
        Attr::Pattern(_) | Attr::Stripes => garment.pattern = None,
        Attr::Material(_) => garment.material = None,
        Attr::Length(_) => garment.length = None,
        Attr::Sleeves(_) => garment.sleeves = None,
        Attr::Fit(_) => garment.fit = None,
        Attr::Detail(_) | Attr::Shade(_) => {}
    }
}

/// A dress cannot be worn with another top or skirt, so beside a named one it is replaced by the missing
/// half.
fn replace_dress(items: &mut [Item], worn: &[GarmentKind]) {
    let wears = |slots: &[Slot]| worn.iter().any(|kind| slots.contains(&kind.slot()));
    let half = match (wears(&[Slot::Upper]), wears(&[Slot::Trousers, Slot::Skirt])) {
        (true, false) => GarmentKind::LongSkirt,
        (false, true) => GarmentKind::Blouse,
        _ => return,
    };
    for item in items.iter_mut().filter(|item| item.garment.slot == Slot::Dress) {
        item.garment = Garment {
            colour: item.garment.colour.clone(),
            material: item.garment.material,
            ..Garment::new(half)
        };
    }
}

/// Whether a named garment takes the place of one of the outfit.
fn displaces(worn: GarmentKind, kind: GarmentKind) -> bool {
    use GarmentKind as K;
    let jacket = matches!(kind, K::SuitJacket | K::Blazer);
    match (worn.slot(), kind.slot()) {
        // A coat goes over a suit, a waistcoat under it.
        (Slot::Outer, Slot::Outer) if jacket => !matches!(
            worn,
            K::Coat
                | K::TrenchCoat
                | K::Overcoat
                | K::DuffleCoat
                | K::Parka
                | K::PaddedJacket
                | K::Cape
                | K::Raincoat
                | K::Vest
                | K::Waistcoat
        ),
        (Slot::Upper, Slot::Accessory) => {
            matches!(kind, K::Tie | K::BowTie)
                && !matches!(worn, K::Shirt | K::DressShirt | K::OxfordShirt | K::Blouse)
        }
        (Slot::Accessory, Slot::Accessory) => family(worn) == family(kind),
        (Slot::Dress, Slot::Upper | Slot::Trousers | Slot::Skirt) => true,
        (Slot::Upper | Slot::Trousers | Slot::Skirt, Slot::Dress) => true,
        (Slot::Trousers | Slot::Skirt, Slot::Trousers | Slot::Skirt) => true,
        (Slot::Legwear, Slot::Legwear) => true,
        (worn, slot) => worn == slot,
    }
}

/// Accessories worn in the same place.
fn family(kind: GarmentKind) -> GarmentKind {
    use GarmentKind as K;
    match kind {
        K::BowTie => K::Tie,
        K::Cap | K::Beanie | K::Beret => K::Hat,
        K::Backpack | K::ToteBag | K::Handbag => K::Bag,
        K::Sunglasses => K::Glasses,
        kind => kind,
    }
}

#[cfg(test)]
mod tests {
    use super::super::outfits::{MUTED, NAMED, OF_MOODS, OF_SEASONS};
    use super::*;
    use crate::style::{Mood, Season};

    #[test]
    fn every_outfit_can_be_read_and_has_a_main_garment() {
        let outfits = NAMED.iter().chain(MUTED).chain(OF_MOODS).chain(OF_SEASONS);
        for outfit in outfits {
            for line in [outfit.any, outfit.women, outfit.men].into_iter().filter(|line| !line.is_empty()) {
                let items: Vec<_> = line.split(';').map(|item| parse(item.trim())).collect();
                assert!(items.iter().all(Option::is_some), "{}: {line}", outfit.forms);
                assert!(items.iter().flatten().any(|item| item.main), "{}: {line}", outfit.forms);
            }
        }
        assert_eq!((OF_MOODS.len(), OF_SEASONS.len()), (Mood::ALL.len(), Season::ALL.len()));
    }
}
