//! Garments of a new shape, on a figure whose labels and joints are known: what is drawn lies where the
//! pattern says, what it leaves bare is filled, and the head stays as it is.

mod figure;
mod outfits;
mod shapes;
