//! `cargo xtask bench sheet`: photos and looks side by side, because figures do not show everything.

use std::path::Path;

use drape_core::lexicon;
use drape_core::sentence::Sentence;
use drape_retouch::{Engine, Options};
use image::{RgbImage, imageops};

use super::{classes, load, names};
use crate::Data;

pub(crate) fn run(data: &Data, out: &Path, width: u32, sentences: &[String]) -> Result<(), String> {
    let tile = (width, width * 50 / 33);
    let classes = classes(&data.data)?;
    let engine = Engine::load().map_err(|e| e.to_string())?;
    let names = names(data)?;
    let mut sheet = RgbImage::new(tile.0 * (sentences.len() as u32 + 1), tile.1 * names.len() as u32);
    for (row, name) in names.iter().enumerate() {
        let item = load(&data.data, &classes, name)?;
        let mut put = |picture: &RgbImage, column: usize| {
            let (w, h) = picture.dimensions();
            let k = (tile.0 as f32 / w as f32).min(tile.1 as f32 / h as f32);
            let small = imageops::resize(
                picture,
                (w as f32 * k) as u32,
                (h as f32 * k) as u32,
                imageops::FilterType::Triangle,
            );
            imageops::replace(
                &mut sheet,
                &small,
                i64::from(tile.0) * column as i64,
                i64::from(tile.1) * row as i64,
            );
        };
        put(&item.photo.pixels, 0);
        for (column, text) in sentences.iter().enumerate() {
            let style = lexicon::read(&Sentence::parse(text).map_err(|e| e.to_string())?);
            match engine.style(&item.photo, &style, Options::default(), &mut |_| true) {
                Ok(look) => {
                    put(&look.picture.pixels, column + 1);
                    for garment in &look.report.garments {
                        println!(
                            "{} | {text} | {} | {:?} {:?}",
                            item.name, garment.asked, garment.outcome, garment.reasons
                        );
                    }
                }
                Err(e) => println!("{} | {text} | {e}", item.name),
            }
        }
    }
    sheet.save(out).map_err(|e| format!("{}: {e}", out.display()))
}
