//! Places indoors: a room and its furniture.

use super::canvas::Canvas;
use super::floor::Shade;
use super::furniture;
use super::place::{Drawn, Wish};
use super::room::Room;
use super::shot::Shot;

/// Draws a furnished room.
pub(super) fn draw(shot: Shot, wish: &Wish) -> Drawn {
    let seed = wish.seed ^ 0x200;
    let room = Room::of(wish.kind, &shot, wish.seed);
    let mut canvas = Canvas::shaded(shot, |x, y| room.seen(&shot, x, y, seed));
    furniture::furnish(&mut canvas, &room, wish.kind, seed);
    let canvas = canvas.through_lens();
    // Light from many sides: soft shadows, away from the windows.
    let shade = Shade { falls: (-0.7 * room.way, 0.5), ..Shade::from_light(&shot, 0.26, 0.20) };
    Drawn { canvas, floor: room.floor, shade: Some(shade), cast: Some(0.45) }
}
