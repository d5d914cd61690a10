//! The last table of `cargo xtask bench retouch`: photos as large as a phone's.

use std::time::Instant;

use drape_core::lexicon;
use drape_core::photo::Photo;
use drape_core::sentence::Sentence;
use drape_retouch::{Engine, Options};
use image::imageops::{self, FilterType};

use crate::figures::{peak_memory, quantile};
use crate::labelled::{Data, classes, load, names};

/// Height of the enlarged photos, pixels.
const TALL: u32 = 4080;
/// Number of photos.
const PHOTOS: usize = 3;

const SENTENCES: [(&str, &str); 3] = [
    ("recoloured", "navy jacket, white shirt, beige trousers"),
    ("replaced", "black padded jacket, beige wide trousers"),
    ("replaced, in a park", "black padded jacket, beige wide trousers, in a park"),
];

/// Enlarges the first photos and times their looks, parsing included.
pub(super) fn print(engine: &Engine, data: &Data) -> Result<(), String> {
    let classes = classes(&data.data)?;
    let mut times = SENTENCES.map(|_| Vec::new());
    let mut size = (0, 0);
    for name in names(data)?.iter().take(PHOTOS) {
        let pixels = load(&data.data, &classes, name)?.photo.pixels;
        let (w, h) = pixels.dimensions();
        size = (w * TALL / h, TALL);
        let photo =
            Photo { pixels: imageops::resize(&pixels, size.0, size.1, FilterType::Triangle), icc: None };
        for ((_, text), times) in SENTENCES.iter().zip(&mut times) {
            let style = lexicon::read(&Sentence::parse(text).map_err(|e| format!("{text}: {e}"))?);
            let start = Instant::now();
            engine.style(&photo, &style, Options::default(), &mut |_| true).map_err(|e| e.to_string())?;
            times.push(start.elapsed().as_secs_f32() * 1000.0);
        }
    }
    println!("\n| whole look at about {} x {} | median ms of {} |", size.0, size.1, times[0].len());
    println!("| --- | --- |");
    for ((what, _), times) in SENTENCES.iter().zip(&mut times) {
        println!("| {what} | {:.0} |", quantile(times, 0.5));
    }
    println!("\npeak memory after them: {:.0} MB", peak_memory());
    Ok(())
}
