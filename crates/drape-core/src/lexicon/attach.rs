//! Gives every attribute to its garment, and makes the kind of every garment precise.

use super::phrases::{Head, Of, Phrase, Said, is_pattern};
use super::word::{Attr, Link, Mark};
use crate::style::{
    Colour, ColourName, Detail, Fit, Garment, GarmentKind, Length, Material, Pattern, Shade, Slot,
};

/// Gives attributes without a head to the head that they describe, extends denials over lists, drops garments
/// that are named only to be exchanged, and shares colours. Returns the attributes that belong to no head.
pub(super) fn settle(phrases: &mut Vec<Phrase>) -> Vec<Said> {
    pass_on(phrases);
    let mut lost = Vec::new();
    let mut went_back = false;
    for at in 0..phrases.len() {
        if phrases[at].head.is_some() || phrases[at].said.is_empty() || phrases[at].all {
            went_back = false;
            continue;
        }
        let mut said = std::mem::take(&mut phrases[at].said);
        if phrases[at].no {
            continue;
        }
        match direction(phrases, at, &said, went_back) {
            Direction::Back(to) => {
                let after_pattern = phrases[to].said.last().is_some_and(|s| is_pattern(s.attr));
                if phrases[at].link == Link::On && after_pattern {
                    said.iter_mut().for_each(|said| said.of = Of::Ground);
                }
                phrases[to].said.append(&mut said);
                went_back = true;
            }
            Direction::On(to) => {
                if phrases[to].link == Link::Or {
                    // "red or blue": take the first.
                    phrases[to].said.retain(|said| !matches!(said.attr, Attr::Colour(..) | Attr::Shade(_)));
                }
                said.append(&mut phrases[to].said);
                phrases[to].said = said;
                phrases[to].link = phrases[at].link;
                went_back = false;
            }
            Direction::Nowhere => lost.append(&mut said),
        }
    }
    phrases.retain(|phrase| phrase.head.is_some() || phrase.all);
    carry_denials(phrases);
    exchange(phrases);
    share_colours(phrases);
    lost
}

/// Whether the phrase names clothes, not shoes or a bag.
fn dresses(phrase: &Phrase) -> bool {
    let slot = phrase.kind().map(GarmentKind::slot);
    slot.is_some_and(|slot| !matches!(slot, Slot::Footwear | Slot::Legwear | Slot::Accessory))
}

/// "black classic coat", 교복 치마: a style word right before a garment describes that garment, and so do the
/// attributes of the style word.
fn pass_on(phrases: &mut [Phrase]) {
    for at in (1..phrases.len()).rev() {
        let (word, garment) = (&phrases[at - 1], &phrases[at]);
        let Some((Head::Style { outfit, .. }, _)) = word.head else { continue };
        let tells = garment.link == Link::Adjacent
            && garment.kind().is_some()
            && word.mark.is_none()
            && !word.no
            && garment.wearable()
            && (if outfit.clothes { garment.bare() && dresses(garment) } else { !word.look });
        if tells {
            let mut said = std::mem::take(&mut phrases[at - 1].said);
            said.append(&mut phrases[at].said);
            phrases[at].said = said;
            phrases[at].link = phrases[at - 1].link;
            phrases[at - 1].tells = true;
        }
    }
}

enum Direction {
    Back(usize),
    On(usize),
    Nowhere,
}

fn direction(phrases: &[Phrase], at: usize, said: &[Said], went_back: bool) -> Direction {
    let takes = |phrase: &Phrase| phrase.wearable() || matches!(phrase.head, Some((Head::Background, _)));
    let before = (0..at).rev().find(|&i| takes(&phrases[i]));
    let follows = at + 1 < phrases.len()
        && !matches!(phrases[at + 1].link, Link::With | Link::In | Link::On | Link::For);
    let next = (at + 1 < phrases.len()).then_some(at + 1).filter(|_| follows || before.is_none());
    // A phrase without a head passes on the attributes that it gets.
    let next = next.filter(|&i| phrases[i].wearable() || phrases[i].head.is_none());
    let colours_only = said.iter().all(|said| matches!(said.attr, Attr::Colour(..) | Attr::Shade(_)));
    let list = |i: usize| {
        let phrase = &phrases[i];
        phrase.link == Link::And && !phrase.article && (phrase.head.is_none() || phrase.has_colour())
    };
    match (phrases[at].link, before, next) {
        (_, None, Some(on)) => Direction::On(on),
        (_, None, None) => Direction::Nowhere,
        (Link::With, Some(_), Some(on)) if colours_only && list(on) && phrases[on].wearable() => {
            Direction::On(on)
        }
        (Link::In | Link::On | Link::With | Link::Adjacent, Some(back), _) => Direction::Back(back),
        (Link::And | Link::Or, Some(back), _) if went_back => Direction::Back(back),
        (Link::And | Link::Or, Some(_), Some(on)) => Direction::On(on),
        (Link::Break | Link::For, Some(back), Some(on)) => {
            let unfit =
                phrases[on].kind().is_some_and(|kind| said.iter().any(|said| !suits(said.attr, kind)));
            let open = if colours_only { !phrases[back].has_colour() } else { phrases[back].said.is_empty() };
            if open || unfit { Direction::Back(back) } else { Direction::On(on) }
        }
        (Link::And | Link::Or, Some(back), None) => Direction::Back(back),
        (Link::Break | Link::For, Some(back), None) => {
            if colours_only && phrases[back].has_colour() {
                Direction::Nowhere
            } else {
                Direction::Back(back)
            }
        }
    }
}

/// "no hat, scarf or gloves": a denial extends over a list of garments without attributes.
fn carry_denials(phrases: &mut [Phrase]) {
    for at in 1..phrases.len() {
        let (before, phrase) = (&phrases[at - 1], &phrases[at]);
        let slot = |phrase: &Phrase| phrase.kind().map(GarmentKind::slot);
        let same = slot(before) == slot(phrase);
        let goes_on = match phrase.link {
            Link::Or => phrase.bare(),
            Link::And | Link::Break => phrase.bare() && same,
            _ => false,
        };
        if before.no && goes_on && !phrase.article {
            phrases[at].no = true;
        }
        let (before, phrase) = (&phrases[at - 1], &phrases[at]);
        if before.keep && matches!(phrase.link, Link::And | Link::Or) && phrase.bare() && !phrase.article {
            phrases[at].keep = true;
        }
    }
}

/// 하의는 청바지, "replace the skirt with jeans", 재킷을 코트로: only the second garment is worn.
fn exchange(phrases: &mut Vec<Phrase>) {
    let mut at = 0;
    while at + 1 < phrases.len() {
        let (first, second) = (&phrases[at], &phrases[at + 1]);
        let refined = first.bare()
            && first.mark.is_some()
            && second.link == Link::Adjacent
            && second.kind().is_some_and(|kind| goes_on(first, kind));
        let joined =
            second.mark == Some(Mark::Goal) || matches!(second.link, Link::In | Link::With | Link::For);
        let replaced = first.mark == Some(Mark::Object) && second.kind().is_some() && joined;
        let worn = first.wearable() && second.wearable();
        if worn && first.kind().is_some() && (refined || replaced) {
            phrases.remove(at);
        } else {
            at += 1;
        }
    }
}

/// Whether the garment is the precise name of a phrase that names only a place.
fn goes_on(first: &Phrase, kind: GarmentKind) -> bool {
    let Some((Head::Garment { kind: general, place, .. }, _)) = first.head else { return false };
    let slot = place.unwrap_or(general.slot());
    slot == kind.slot() || (place == Some(Slot::Trousers) && kind.slot() == Slot::Skirt)
}

/// "black jacket and trousers", 블랙 재킷과 바지: both have the colour.
fn share_colours(phrases: &mut [Phrase]) {
    for at in 1..phrases.len() {
        let (before, phrase) = (&phrases[at - 1], &phrases[at]);
        let (Some(first), Some(second)) = (before.kind(), phrase.kind()) else { continue };
        let alike = second.slot() != Slot::Accessory || first.slot() == Slot::Accessory;
        let plain = second.material().is_none() && !phrase.article && phrase.bare();
        if phrase.link != Link::And || !plain || !alike || !before.wearable() || !phrase.wearable() {
            continue;
        }
        let shared: Vec<Said> = before
            .said
            .iter()
            .copied()
            .filter(|said| said.of != Of::Trim && matches!(said.attr, Attr::Colour(..) | Attr::Shade(_)))
            .collect();
        let patterned = before.said.iter().any(|said| is_pattern(said.attr));
        if !patterned {
            phrases[at].said = shared;
        }
    }
}

/// Whether an attribute makes sense on a kind of garment.
pub(super) fn suits(attr: Attr, kind: GarmentKind) -> bool {
    let slot = kind.slot();
    let body = matches!(slot, Slot::Upper | Slot::Outer | Slot::Dress);
    match attr {
        Attr::Detail(Detail::DoubleBreasted | Detail::SingleBreasted | Detail::LapelPeak) => {
            slot == Slot::Outer
        }
        Attr::Detail(Detail::Ripped | Detail::HighWaist | Detail::Pleated) => {
            matches!(slot, Slot::Trousers | Slot::Skirt | Slot::Dress)
        }
        Attr::Detail(Detail::Padded | Detail::ZipUp | Detail::Belted) => slot != Slot::Accessory,
        Attr::Detail(_) | Attr::Sleeves(_) => body,
        _ => true,
    }
}

/// Puts attributes on the garment that token `head` names. Returns the tokens of those that do not fit.
pub(super) fn put(garment: &mut Garment, said: &[Said], head: usize) -> Vec<usize> {
    let mut unused = colour(garment, said, head);
    for &Said { attr, token, of } in said {
        let placed = match attr {
            Attr::Colour(..) | Attr::Shade(_) => true,
            _ if of == Of::Trim => true,
            Attr::Pattern(pattern) => set(&mut garment.pattern, pattern),
            Attr::Stripes => set(&mut garment.pattern, stripes(garment.kind)),
            Attr::Material(material) => {
                if garment.material == garment.kind.material() {
                    garment.material = None;
                }
                set(&mut garment.material, material)
            }
            Attr::Length(length) => set(&mut garment.length, length),
            Attr::Sleeves(sleeves) => set(&mut garment.sleeves, sleeves),
            Attr::Fit(fit) => set(&mut garment.fit, fit),
            Attr::Detail(detail) => {
                if !garment.details.contains(&detail) {
                    garment.details.push(detail);
                }
                true
            }
        };
        if !placed {
            unused.push(token);
        }
    }
    unused
}

/// Fills in the attributes that the word itself implies, where the sentence names none.
pub(super) fn fill(garment: &mut Garment, attrs: &[Attr]) {
    for &attr in attrs {
        match attr {
            Attr::Colour(name, shade) if garment.colour.is_none() => {
                garment.colour = Some(Colour::new(name, shade));
            }
            Attr::Pattern(pattern) => garment.pattern = garment.pattern.or(Some(pattern)),
            Attr::Material(material) => garment.material = garment.material.or(Some(material)),
            Attr::Length(length) => garment.length = garment.length.or(Some(length)),
            Attr::Sleeves(sleeves) => garment.sleeves = garment.sleeves.or(Some(sleeves)),
            Attr::Fit(fit) => garment.fit = garment.fit.or(Some(fit)),
            Attr::Detail(detail) if !garment.details.contains(&detail) => garment.details.push(detail),
            _ => {}
        }
    }
}

/// Sets a value unless another one is set. True if it is set now.
fn set<T: Copy + PartialEq>(place: &mut Option<T>, value: T) -> bool {
    *place.get_or_insert(value) == value
}

/// A named colour, and its position among the attributes.
struct Named {
    name: ColourName,
    shade: Option<Shade>,
    of: Of,
    at: usize,
}

/// Sets the colours of a garment: that of the ground and those of the pattern. Returns the tokens of shades
/// without a colour.
fn colour(garment: &mut Garment, said: &[Said], head: usize) -> Vec<usize> {
    let (mut colours, mut unused) = (Vec::<Named>::new(), Vec::new());
    let mut waiting: Option<(Shade, usize)> = None;
    for (at, &Said { attr, token, of }) in said.iter().enumerate() {
        match attr {
            Attr::Shade(shade) => {
                unused.extend(waiting.take().map(|(_, token)| token));
                waiting = Some((shade, token));
            }
            Attr::Colour(name, shade) => {
                let taken = if shade.is_none() { waiting.take() } else { None };
                colours.push(Named { name, shade: shade.or(taken.map(|(shade, _)| shade)), of, at });
            }
            _ => {}
        }
    }
    if let Some((shade, token)) = waiting {
        match colours.last_mut() {
            Some(last) if last.shade.is_none() => last.shade = Some(shade),
            _ if garment.material == Some(Material::Denim) => {
                let at = said.len();
                colours.push(Named { name: ColourName::DenimBlue, shade: Some(shade), of: Of::Cloth, at });
            }
            _ => unused.push(token),
        }
    }
    // "blue striped white shirt": a colour between pattern and noun belongs to the ground.
    let pattern = said.iter().position(|said| is_pattern(said.attr) && said.token < head);
    let behind = |c: &Named| {
        pattern.is_some_and(|pattern| c.at > pattern && said[c.at..].iter().all(|s| s.token < head))
    };
    let cloth = |c: &Named| c.of != Of::Trim;
    let ground = colours
        .iter()
        .position(|c| c.of == Of::Ground)
        .or_else(|| colours.iter().position(|c| cloth(c) && behind(c)))
        .or_else(|| colours.iter().position(cloth));
    if let Some(ground) = ground {
        let first = colours.remove(ground);
        colours.insert(0, first);
    }
    for Named { name, shade, of, .. } in colours {
        let colour = Colour::new(name, shade);
        if garment.colour.is_none() && of != Of::Trim {
            garment.colour = Some(colour);
        } else if garment.colour.as_ref() != Some(&colour) && !garment.pattern_colours.contains(&colour) {
            garment.pattern_colours.push(colour);
        }
    }
    unused
}

/// The direction of stripes if the sentence names none: along the body on shirts, trousers and suits, across
/// it on knitwear and loose garments.
fn stripes(kind: GarmentKind) -> Pattern {
    match (kind, kind.slot()) {
        (GarmentKind::Tie | GarmentKind::BowTie, _) => Pattern::DiagonalStripes,
        (
            GarmentKind::Shirt | GarmentKind::DressShirt | GarmentKind::OxfordShirt | GarmentKind::Blouse,
            _,
        )
        | (GarmentKind::ShirtDress | GarmentKind::Jumpsuit | GarmentKind::Overalls, _) => {
            Pattern::VerticalStripes
        }
        (GarmentKind::Cardigan, _) => Pattern::HorizontalStripes,
        (_, Slot::Outer | Slot::Trousers) => Pattern::VerticalStripes,
        _ => Pattern::HorizontalStripes,
    }
}

/// Makes the kind more precise by an attribute: a jacket of leather is a leather jacket.
pub(super) fn refine(garment: &mut Garment) {
    use GarmentKind as K;
    let pleated = garment.details.contains(&Detail::Pleated);
    let padded = garment.details.contains(&Detail::Padded);
    let denim_blue = garment.colour.as_ref().is_some_and(|c| c.name == ColourName::DenimBlue);
    let kind = match (garment.kind, garment.material) {
        (K::Jacket, Some(Material::Leather)) => K::LeatherJacket,
        (K::Jacket, Some(Material::Denim)) => K::DenimJacket,
        (K::Jacket, Some(Material::Fleece)) => K::FleeceJacket,
        (K::Jacket, Some(Material::Down)) => K::PaddedJacket,
        (K::Jacket, _) if padded => K::PaddedJacket,
        (K::Trousers, Some(Material::Denim)) => K::Jeans,
        (K::Trousers, None) if denim_blue => K::Jeans,
        (K::Jacket, None) if denim_blue => K::DenimJacket,
        (K::Skirt, None) if denim_blue => K::DenimSkirt,
        (K::Shorts, None) if denim_blue => K::DenimShorts,
        (K::Trousers, _) if garment.fit == Some(Fit::Wide) => K::WideTrousers,
        (K::Shorts, Some(Material::Denim)) => K::DenimShorts,
        (K::Skirt, Some(Material::Denim)) => K::DenimSkirt,
        (K::Skirt, _) if pleated => K::PleatedSkirt,
        (K::Skirt, _) if garment.length == Some(Length::Mini) => K::MiniSkirt,
        (K::Skirt, _) if garment.length == Some(Length::Long) => K::LongSkirt,
        (K::Dress, Some(Material::Knit)) => K::KnitDress,
        (kind, _) => kind,
    };
    if kind == garment.kind {
        return;
    }
    // The kind now implies the attribute, so it is removed.
    match kind {
        K::PleatedSkirt => garment.details.retain(|&detail| detail != Detail::Pleated),
        K::PaddedJacket => garment.details.retain(|&detail| detail != Detail::Padded),
        K::WideTrousers => garment.fit = None,
        K::MiniSkirt | K::LongSkirt => garment.length = None,
        K::KnitDress | K::FleeceJacket => garment.material = None,
        _ => {}
    }
    garment.kind = kind;
    garment.slot = kind.slot();
    garment.material = garment.material.or(kind.material());
}
