//! `cargo xtask bench sheet`: photos and looks side by side, for grading by eye.

use std::path::Path;

use drape_core::lexicon;
use drape_core::sentence::Sentence;
use drape_retouch::{Engine, Options};
use image::{RgbImage, imageops};

use crate::labelled::{Data, Labelled, classes, load, names};

/// The default sentences: recoloured garments and patterns, garments of another shape, and places, in both
/// languages. docs/pictures.md grades them.
const SENTENCES: [&str; 16] = [
    "burgundy shirt",
    "녹색 타탄체크 재킷",
    "베이지 바지",
    "navy polka dot dress",
    "흰 셔츠, 검정 바지",
    "blue and white vertical striped shirt",
    "navy double-breasted suit, white shirt, burgundy tie",
    "trench coat",
    "회색 후드티, 와이드 청바지",
    "흰 블라우스에 체크무늬 플리츠스커트",
    "한복",
    "black leather jacket",
    "초록 패딩, 빨간 목도리",
    "반팔 흰 티셔츠, 베이지 반바지",
    "camel coat in a park",
    "네이비 블레이저, 스튜디오 배경",
];

/// How a sheet is laid out.
pub(crate) struct Layout {
    /// Width of a picture, pixels.
    pub(crate) width: u32,
    /// Pictures per row, for one sheet per sentence; `None` for one sheet with a column per sentence.
    pub(crate) columns: Option<u32>,
    pub(crate) seed: u64,
}

struct Sheet {
    tile: (u32, u32),
    image: RgbImage,
}

impl Sheet {
    fn new(width: u32, columns: u32, rows: u32) -> Self {
        let tile = (width, width * 50 / 33);
        Self { tile, image: RgbImage::new(tile.0 * columns, tile.1 * rows) }
    }

    fn put(&mut self, picture: &RgbImage, column: u32, row: u32) {
        let (w, h) = picture.dimensions();
        let k = (self.tile.0 as f32 / w as f32).min(self.tile.1 as f32 / h as f32);
        let (w, h) = ((w as f32 * k) as u32, (h as f32 * k) as u32);
        let small = imageops::resize(picture, w, h, imageops::FilterType::Triangle);
        imageops::replace(
            &mut self.image,
            &small,
            i64::from(self.tile.0 * column),
            i64::from(self.tile.1 * row),
        );
    }

    fn save(&self, out: &Path) -> Result<(), String> {
        self.image.save(out).map_err(|e| format!("{}: {e}", out.display()))
    }
}

pub(crate) fn run(data: &Data, out: &Path, layout: &Layout, sentences: &[String]) -> Result<(), String> {
    let classes = classes(&data.data)?;
    let engine = Engine::load().map_err(|e| e.to_string())?;
    let names = names(data)?;
    let given: Vec<&str> = sentences.iter().map(String::as_str).collect();
    let sentences = if given.is_empty() { &SENTENCES[..] } else { &given };
    let Some(columns) = layout.columns else {
        let mut sheet = Sheet::new(layout.width, sentences.len() as u32 + 1, names.len() as u32);
        for (row, name) in (0..).zip(&names) {
            let item = load(&data.data, &classes, name)?;
            sheet.put(&item.photo.pixels, 0, row);
            for (column, text) in (1..).zip(sentences) {
                if let Some(look) = look(&engine, &item, text, layout.seed)? {
                    sheet.put(&look, column, row);
                }
            }
        }
        return sheet.save(out);
    };
    std::fs::create_dir_all(out).map_err(|e| format!("{}: {e}", out.display()))?;
    let rows = (names.len() as u32).div_ceil(columns);
    for (k, text) in sentences.iter().enumerate() {
        println!("## {}: {text}", k + 1);
        let mut sheet = Sheet::new(layout.width, columns, rows);
        for (place, name) in (0..).zip(&names) {
            let item = load(&data.data, &classes, name)?;
            if let Some(look) = look(&engine, &item, text, layout.seed)? {
                sheet.put(&look, place % columns, place / columns);
            }
        }
        sheet.save(&out.join(format!("{:02}.png", k + 1)))?;
    }
    Ok(())
}

/// Makes a look, and prints a line about each of its garments.
fn look(engine: &Engine, item: &Labelled, text: &str, seed: u64) -> Result<Option<RgbImage>, String> {
    let style = lexicon::read(&Sentence::parse(text).map_err(|e| e.to_string())?);
    match engine.style(&item.photo, &style, Options { seed }, &mut |_| true) {
        Ok(look) => {
            for garment in &look.report.garments {
                println!(
                    "{} | {text} | {} | {:?} {:?}",
                    item.name, garment.asked, garment.outcome, garment.reasons
                );
            }
            Ok(Some(look.picture.pixels))
        }
        Err(e) => {
            println!("{} | {text} | {e}", item.name);
            Ok(None)
        }
    }
}
