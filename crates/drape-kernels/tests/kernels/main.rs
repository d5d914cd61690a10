//! Every operation against its plain definition in `f64`, on every vector unit that this machine has.

mod attention;
mod pointwise;
mod products;
mod reference;
mod units;
