//! Garments of a new shape, on a figure with known labels and joints: the drawn garment lies where its
//! pattern says, bared areas are filled, and the head stays unchanged.

mod figure;
mod outfits;
mod shapes;
