//! The look of a material: its weave as a tile of black and white films, its gloss, and its opacity.

use drape_core::style::Material;

use crate::tile::Tile;

/// The weave of a material; `None` for a smooth one.
pub(crate) fn weave(material: Material) -> Option<Tile> {
    let films = match material {
        Material::Knit | Material::Mohair => KNIT,
        Material::Denim => DENIM,
        Material::Corduroy => CORDUROY,
        Material::Linen => LINEN,
        Material::Canvas => CANVAS,
        Material::Tweed => TWEED,
        Material::Wool | Material::Cashmere | Material::Flannel => WOOL,
        Material::Fleece | Material::Shearling | Material::Fur => FLEECE,
        Material::Leather => LEATHER,
        Material::Suede => SUEDE,
        Material::Lace => LACE,
        Material::Sequin => SEQUIN,
        Material::Mesh => MESH,
        Material::Jersey | Material::Cotton => JERSEY,
        Material::Nylon => NYLON,
        Material::Silk
        | Material::Satin
        | Material::Polyester
        | Material::Chiffon
        | Material::Velvet
        | Material::Down => return None,
    };
    Some(films.tile())
}

/// How much a material shines: the opacity of its brightest light.
pub(crate) fn gloss(material: Option<Material>) -> f32 {
    match material {
        Some(Material::Satin) => 0.44,
        Some(Material::Silk | Material::Leather) => 0.32,
        Some(Material::Sequin) => 0.40,
        Some(Material::Nylon | Material::Down) => 0.22,
        Some(Material::Velvet) => 0.24,
        _ => 0.0,
    }
}

/// The opacity of the cloth.
pub(crate) fn opacity(material: Option<Material>) -> f32 {
    match material {
        Some(Material::Chiffon) => 0.84,
        Some(Material::Lace | Material::Mesh) => 0.93,
        _ => 1.0,
    }
}

/// The films of a weave, on a tile of this width and height.
struct Films {
    size: (f32, f32),
    lines: &'static [Lines],
    specks: &'static [Speck],
}

/// Lines of one colour: the path, its colour, opacity and width.
type Lines = (&'static str, &'static str, f32, f32);

/// A disc: its centre, radius, colour and opacity.
type Speck = (f32, f32, f32, &'static str, f32);

impl Films {
    const fn lines(size: (f32, f32), lines: &'static [Lines]) -> Self {
        Self { size, lines, specks: &[] }
    }

    const fn specks(size: f32, specks: &'static [Speck]) -> Self {
        Self { size: (size, size), lines: &[], specks }
    }

    fn tile(&self) -> Tile {
        let lines = self.lines.iter().map(|(d, colour, opacity, width)| {
            let stroke = format!(r#"stroke="{colour}" stroke-opacity="{opacity}" stroke-width="{width}""#);
            format!(r#"<path d="{d}" fill="none" {stroke}/>"#)
        });
        let specks = self.specks.iter().map(|(x, y, r, colour, opacity)| {
            format!(r#"<circle cx="{x}" cy="{y}" r="{r}" fill="{colour}" fill-opacity="{opacity}"/>"#)
        });
        Tile::new(self.size.0, self.size.1, lines.chain(specks).collect())
    }
}

const KNIT: Films = Films::lines(
    (8.0, 9.0),
    &[
        ("M0 0L4 5L8 0M0 9L4 14L8 9M0 -9L4 -4L8 -9", "#000", 0.13, 1.6),
        ("M0 2.5L4 7.5L8 2.5M0 -6.5L4 -1.5L8 -6.5", "#fff", 0.13, 1.4),
    ],
);

const DENIM: Films = Films::lines(
    (5.0, 5.0),
    &[("M-1 4L4 -1M1.5 6.5L6.5 1.5", "#fff", 0.16, 1.1), ("M-1 6L6 -1", "#000", 0.10, 1.0)],
);

const CORDUROY: Films =
    Films::lines((7.0, 7.0), &[("M0.8 0L0.8 7", "#000", 0.24, 1.6), ("M4 0L4 7", "#fff", 0.14, 2.2)]);

const LINEN: Films = Films::lines(
    (9.0, 9.0),
    &[
        ("M2 0L2 9M6.5 0L6.5 9M0 5L9 5", "#000", 0.035, 0.8),
        ("M4 0L4 9M0 2L9 2M0 7.5L9 7.5", "#fff", 0.09, 0.8),
    ],
);

const CANVAS: Films = Films::lines(
    (6.0, 6.0),
    &[("M0 1.5L6 1.5M0 4.5L6 4.5", "#000", 0.07, 1.0), ("M1.5 0L1.5 6M4.5 0L4.5 6", "#fff", 0.10, 1.0)],
);

const TWEED: Films = Films::specks(
    19.0,
    &[
        (3.0, 4.0, 1.2, "#fff", 0.45),
        (11.0, 2.0, 1.0, "#000", 0.35),
        (7.0, 9.0, 1.1, "#fff", 0.30),
        (15.0, 12.0, 1.3, "#fff", 0.42),
        (4.0, 15.0, 1.2, "#000", 0.36),
        (12.0, 16.0, 1.0, "#c79a62", 0.6),
        (17.0, 6.0, 1.0, "#6d7f9b", 0.6),
    ],
);

const WOOL: Films = Films::specks(
    13.0,
    &[
        (2.0, 3.0, 0.7, "#fff", 0.16),
        (8.0, 1.0, 0.7, "#000", 0.13),
        (5.0, 7.0, 0.8, "#000", 0.11),
        (11.0, 9.0, 0.7, "#fff", 0.14),
        (1.0, 11.0, 0.6, "#000", 0.12),
    ],
);

const FLEECE: Films = Films::lines(
    (16.0, 14.0),
    &[
        (
            "M2 4C2 0 8 0 7 4C6 7 3 6 4 4M10 10C10 6 16 6 15 10C14 13 11 12 12 10M10 2C11 -1 15 0 14 3M1 11\
                C2 8 6 9 5 12",
            "#000",
            0.16,
            1.3,
        ),
        ("M3 5C4 1 8 2 7 6M11 11C12 7 16 8 15 12", "#fff", 0.25, 1.2),
    ],
);

const LEATHER: Films = Films::specks(
    12.0,
    &[
        (2.0, 2.0, 0.9, "#fff", 0.07),
        (7.0, 5.0, 1.1, "#000", 0.09),
        (4.0, 9.0, 0.9, "#fff", 0.06),
        (10.0, 10.0, 1.0, "#000", 0.07),
    ],
);

const SUEDE: Films = Films::lines(
    (7.0, 9.0),
    &[("M1 1L2 4M4 5L5 8", "#fff", 0.10, 1.3), ("M4 0L5 3M1 5L2 8", "#000", 0.08, 1.3)],
);

const LACE: Films = Films::lines(
    (24.0, 24.0),
    &[
        (
            "M12 4C15 7 15 9 12 12C9 9 9 7 12 4M12 20C15 17 15 15 12 12C9 15 9 17 12 20M4 12C7 9 9 9 12 12C9 \
                15 7 15 4 12M20 12C17 9 15 9 12 12C15 15 17 15 20 12",
            "#fff",
            0.55,
            1.2,
        ),
        ("M0 0L5 5M24 0L19 5M0 24L5 19M24 24L19 19M0 12L3 12M12 0L12 3", "#000", 0.18, 1.0),
    ],
);

const SEQUIN: Films = Films::specks(
    16.0,
    &[
        (4.0, 4.0, 3.6, "#fff", 0.22),
        (12.0, 4.0, 3.6, "#000", 0.16),
        (8.0, 11.0, 3.6, "#fff", 0.34),
        (0.0, 11.0, 3.6, "#000", 0.10),
        (16.0, 11.0, 3.6, "#000", 0.10),
        (7.0, 10.0, 1.0, "#fff", 0.8),
    ],
);

const MESH: Films = Films::specks(8.0, &[(2.0, 2.0, 1.2, "#000", 0.28), (6.0, 6.0, 1.2, "#000", 0.28)]);

const JERSEY: Films = Films::lines((4.0, 4.0), &[("M1 0L1 4", "#000", 0.035, 0.8)]);

const NYLON: Films = Films::lines((7.0, 7.0), &[("M0 0L7 0M0 0L0 7", "#fff", 0.07, 0.8)]);
