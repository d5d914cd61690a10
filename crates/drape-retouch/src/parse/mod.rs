//! Photo -> parse: which pixel is hair, skin, upper, trousers ..., and where the joints are.
//!
//! The flow (`read`): `view` shows the `network` the whole photo and, when the person is small in it, the
//! person alone; `outfit` settles garments of one colour; `refine` fits the soft labels to the photo's own
//! edges (`guided`, `segment`); `person` leaves the largest person only. The answer is `labelled`, in words
//! of `label` and `joint`. The network runs on our own operations: `onnx` reads its weights, `convolution`
//! computes.

mod convolution;
mod guided;
pub(crate) mod joint;
pub(crate) mod label;
pub(crate) mod labelled;
pub(crate) mod network;
mod onnx;
mod outfit;
mod person;
pub(crate) mod proportions;
pub(crate) mod read;
mod refine;
mod segment;
mod view;
