//! Loading, through the public API: checkpoints in every layout, torch files, PhotoMaker's file, LoRAs, and
//! everything that must be refused.
//!
//! `tests/data/*.bin` were written by `torch.save` of torch 2.15 (`legacy.bin` with
//! `_use_new_zipfile_serialization=False`).

mod checkpoints;
mod loras;
mod making;
mod mutations;
mod pickles;
mod refusals;
