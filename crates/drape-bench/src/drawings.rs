//! `cargo xtask bench drawings`: every drawing of the catalogue, for viewing in a browser.

use std::fmt::Write;
use std::path::Path;

use drape_catalogue::demo;
use drape_core::language::Language;
use drape_core::style::{Colour, ColourName, Garment, GarmentKind, Material, Pattern};
use drape_core::{lexicon, sentence::Sentence};

/// Writes the drawings and one page per sheet (`kinds.html` ...) into a folder.
pub(crate) fn run(folder: &Path, sentences: &[String]) -> Result<(), String> {
    std::fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let plain = |kind: &GarmentKind| (kind.to_string(), drape_drawings::garment(&Garment::new(*kind)));
    sheet(folder, "kinds", GarmentKind::ALL.iter().map(plain))?;
    let colours = [ColourName::Navy, ColourName::Cream, ColourName::Red, ColourName::Sage];
    let coloured = |k: usize, kind| Garment {
        colour: Some(Colour::new(colours[k % colours.len()], None)),
        ..Garment::new(kind)
    };
    let patterns = Pattern::ALL.iter().enumerate().map(|(k, pattern)| {
        let kind = [GarmentKind::Shirt, GarmentKind::Dress][k % 2];
        (
            pattern.to_string(),
            drape_drawings::garment(&Garment { pattern: Some(*pattern), ..coloured(k, kind) }),
        )
    });
    sheet(folder, "patterns", patterns)?;
    let materials = Material::ALL.iter().enumerate().map(|(k, material)| {
        let kind = [GarmentKind::Jacket, GarmentKind::Skirt, GarmentKind::Top][k % 3];
        (
            material.to_string(),
            drape_drawings::garment(&Garment { material: Some(*material), ..coloured(k, kind) }),
        )
    });
    sheet(folder, "materials", materials)?;
    let products = demo::products();
    let titled = products
        .iter()
        .map(|p| (p.title(Language::English).to_owned(), drape_drawings::garment(&p.garment())));
    sheet(folder, "products", titled)?;
    let mut outfits = Vec::new();
    for sentence in sentences {
        let style = lexicon::read(&Sentence::parse(sentence).map_err(|e| format!("{sentence}: {e}"))?);
        outfits.push((sentence.clone(), drape_drawings::outfit(&style.garments)));
    }
    sheet(folder, "outfits", outfits.into_iter())
}

fn sheet(folder: &Path, name: &str, drawings: impl Iterator<Item = (String, String)>) -> Result<(), String> {
    let mut page = String::from(
        "<!doctype html><meta charset=\"utf-8\">\
         <style>figure{display:inline-block;margin:0;width:230px;font:11px sans-serif}</style>\n",
    );
    let write =
        |path: &Path, text: &str| std::fs::write(path, text).map_err(|e| format!("{}: {e}", path.display()));
    for (k, (title, svg)) in drawings.enumerate() {
        let file = format!("{name}-{k:03}.svg");
        write(&folder.join(&file), &svg)?;
        let title = title.replace('&', "&amp;").replace('<', "&lt;");
        // Writing to a string cannot fail.
        let _ = writeln!(
            page,
            "<figure><img src=\"{file}\" width=\"230\" alt=\"\"><figcaption>{title}</figcaption></figure>"
        );
    }
    let path = folder.join(format!("{name}.html"));
    write(&path, &page)?;
    println!("{}", path.display());
    Ok(())
}
