//! Chooses the file that draws a kind of place.

use drape_core::colour::Oklab;
use drape_core::style::SceneKind;

use super::place::{Drawn, Wish};
use super::shot::Shot;
use super::{backdrop, foliage, hanok, indoors, rooftop, shore, street};

/// Draws the place of a wish, as the lens shows it.
pub(super) fn draw(shot: Shot, wish: &Wish) -> Drawn {
    use SceneKind as S;
    match wish.kind {
        S::Gradient => backdrop::gradient(shot, wish),
        S::PlainWhite | S::PlainColour => {
            backdrop::plain(shot, wish.colour.unwrap_or(Oklab { l: 0.965, a: 0.0, b: 0.0 }), wish.seed)
        }
        S::PlainGrey => {
            backdrop::plain(shot, wish.colour.unwrap_or(Oklab { l: 0.78, a: 0.0, b: 0.0 }), wish.seed)
        }
        S::Park | S::Garden | S::Forest | S::Campus | S::Snow => foliage::draw(shot, wish),
        S::Beach | S::Sunset => shore::draw(shot, wish),
        S::Street | S::NightCity => street::draw(shot, wish),
        S::Hanok => hanok::draw(shot, wish),
        S::Rooftop => rooftop::draw(shot, wish),
        S::Office | S::Cafe | S::Home | S::Library | S::School | S::Gym | S::Airport | S::WeddingHall => {
            indoors::draw(shot, wish)
        }
        S::Studio | S::Blurred => backdrop::studio(shot, wish),
    }
}
