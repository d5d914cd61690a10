//! A query: one garment of a look to find products for, and the score of each product.

use drape_core::colour::Oklab;
use drape_core::style::{Fit, Garment, GarmentKind, Length, Material, Pattern, Sleeves};
use serde::{Deserialize, Serialize};

use crate::filters::Filters;
use crate::kinship::kinship;
use crate::product::{Availability, Gender, Product};

/// One garment to find products for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Query {
    /// The kind of garment.
    pub kind: GarmentKind,
    /// Its colour, as measured in the picture or as asked for; `None` if any will do.
    #[serde(default)]
    pub colour: Option<Oklab>,
    /// Its pattern; `None` for plain cloth.
    #[serde(default)]
    pub pattern: Option<Pattern>,
    /// Its material; `None` if any will do.
    #[serde(default)]
    pub material: Option<Material>,
    /// Its length; `None` if any will do.
    #[serde(default)]
    pub length: Option<Length>,
    /// Its sleeves; `None` if any will do.
    #[serde(default)]
    pub sleeves: Option<Sleeves>,
    /// Its fit; `None` if any will do.
    #[serde(default)]
    pub fit: Option<Fit>,
    /// The wearer: goods cut for others rank lower. To leave them out, filter by gender.
    #[serde(default)]
    pub gender: Option<Gender>,
    /// Conditions that every product found meets.
    #[serde(default)]
    pub filters: Filters,
}

impl Query {
    /// A garment, with the colour that was measured in the picture or else the one asked for.
    pub fn of(garment: &Garment, measured: Option<Oklab>) -> Self {
        Self {
            kind: garment.kind,
            colour: measured.or_else(|| garment.colour.as_ref().map(|c| c.oklab)),
            pattern: garment.pattern.filter(|p| *p != Pattern::Solid),
            material: garment.material.or_else(|| garment.kind.material()),
            length: garment.length.or_else(|| garment.kind.usual_length()),
            sleeves: garment.sleeves.or_else(|| garment.kind.usual_sleeves()),
            fit: garment.fit,
            gender: None,
            filters: Filters::default(),
        }
    }

    /// How similar a product is to the garment, 0 to 1, regardless of filters; 0 for goods worn elsewhere.
    ///
    /// The factors are kinship, colour, the other traits asked for, the wearer and availability. They are
    /// multiplied, so the right cloth never makes up for a wrong colour, nor for a wrong kind.
    pub fn score(&self, product: &Product) -> f32 {
        let measures = Measures::of(self);
        let scale = measures.kinship[product.kind as usize];
        scale * measures.likeness(&Traits::of(product))
    }
}

/// The distance of two colours in OKLab, with both opponent axes doubled, which follows the eye better. A
/// just noticeable difference is about 0.02.
pub(crate) fn colour_distance(a: Oklab, b: Oklab) -> f32 {
    square_distance(a, b).sqrt()
}

fn square_distance(p: Oklab, q: Oklab) -> f32 {
    let (dl, da, db) = (p.l - q.l, p.a - q.a, p.b - q.b);
    dl * dl + 4.0 * (da * da + db * db)
}

/// Distance at which a colour counts about half.
const COLOUR_WIDTH: f32 = 0.13;

/// The traits of a product that count for its score: its colour and one byte for each other.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Traits {
    pub(crate) colour: Oklab,
    pub(crate) codes: [u8; 8],
}

const _: () = assert!(Pattern::ALL.len() < 31 && Material::ALL.len() < 31, "codes are below 32");

/// Indices into `Traits::codes`.
pub(crate) const PATTERN: usize = 0;
pub(crate) const MATERIAL: usize = 1;
const LENGTH: usize = 2;
const SLEEVES: usize = 3;
const FIT: usize = 4;
pub(crate) const GENDER: usize = 5;
pub(crate) const AVAILABILITY: usize = 6;

/// The code of a value that may be missing: 0 if it is.
pub(crate) fn code(value: Option<u8>) -> u8 {
    value.map_or(0, |v| v + 1)
}

impl Traits {
    pub(crate) fn of(product: &Product) -> Self {
        let garment = product.kind;
        let pattern = product.pattern.filter(|p| *p != Pattern::Solid);
        let material = product.material.or_else(|| garment.material());
        let length = product.length.or_else(|| garment.usual_length());
        let sleeves = product.sleeves.or_else(|| garment.usual_sleeves());
        Self {
            colour: product.colour.oklab,
            codes: [
                code(pattern.map(|p| p as u8)),
                code(material.map(|m| m as u8)),
                code(length.map(|l| l as u8)),
                code(sleeves.map(|s| s as u8)),
                code(product.fit.map(|f| f as u8)),
                product.gender as u8,
                product.availability as u8,
                0,
            ],
        }
    }
}

/// A query turned into tables, so that a product is scored by looking up.
pub(crate) struct Measures {
    colour: Option<Oklab>,
    /// By code, each value times the weight of its trait.
    tables: [[f32; 32]; 5],
    gender: [f32; 3],
    availability: [f32; 3],
    /// By kind.
    pub(crate) kinship: [f32; GarmentKind::ALL.len()],
}

impl Measures {
    pub(crate) fn of(query: &Query) -> Self {
        let mut tables = [[0.0; 32]; 5];
        let mut weights = 0.0;
        let mut fill = |place: usize, weight: f32, like: &dyn Fn(usize) -> f32| {
            weights += weight;
            for (k, entry) in tables[place].iter_mut().enumerate() {
                *entry = weight * like(k);
            }
        };
        fill(PATTERN, 0.36, &|k| like_pattern(query.pattern, k));
        if let Some(material) = query.material {
            fill(MATERIAL, 0.30, &|k| like_material(material, k));
        }
        // A product that does not tell a trait may still have it, so it gets half.
        let exact = |asked: usize| {
            move |k: usize| {
                if k == asked + 1 {
                    1.0
                } else if k == 0 {
                    0.5
                } else {
                    0.0
                }
            }
        };
        if let Some(length) = query.length {
            fill(LENGTH, 0.14, &exact(length as usize));
        }
        if let Some(sleeves) = query.sleeves {
            fill(SLEEVES, 0.12, &exact(sleeves as usize));
        }
        if let Some(fit) = query.fit {
            fill(FIT, 0.08, &exact(fit as usize));
        }
        tables.iter_mut().flatten().for_each(|entry| *entry /= weights);
        let fits = |gender: &Gender| query.gender.is_none_or(|asked| asked.compatible(*gender));
        let mut by_gender = [1.0; 3];
        for gender in Gender::ALL {
            by_gender[*gender as usize] = if fits(gender) { 1.0 } else { 0.7 };
        }
        let mut availability = [1.0; 3];
        availability[Availability::OutOfStock as usize] = 0.85;
        availability[Availability::Preorder as usize] = 0.96;
        let mut kin = [0.0; GarmentKind::ALL.len()];
        for kind in GarmentKind::ALL {
            kin[*kind as usize] = kinship(query.kind, *kind);
        }
        Self { colour: query.colour, tables, gender: by_gender, availability, kinship: kin }
    }

    /// Likeness in everything but the kind, 0 to 1.
    pub(crate) fn likeness(&self, product: &Traits) -> f32 {
        let colour = self.colour.map_or(1.0, |asked| {
            (-square_distance(asked, product.colour) / (2.0 * COLOUR_WIDTH * COLOUR_WIDTH)).exp()
        });
        let rest: f32 =
            self.tables.iter().zip(product.codes).map(|(table, code)| table[usize::from(code & 31)]).sum();
        let gender = self.gender[usize::from(product.codes[GENDER])];
        let availability = self.availability[usize::from(product.codes[AVAILABILITY])];
        ((0.30 + 0.70 * colour) * (0.55 + 0.45 * rest.min(1.0)) * gender * availability).min(1.0)
    }
}

fn like_pattern(asked: Option<Pattern>, code: usize) -> f32 {
    let is = code.checked_sub(1).and_then(|k| Pattern::ALL.get(k).copied());
    match (asked, is) {
        (a, b) if a == b => 1.0,
        (Some(a), Some(b)) if pattern_family(a) == pattern_family(b) => 0.6,
        (Some(_), Some(_)) => 0.2,
        _ => 0.0,
    }
}

fn pattern_family(pattern: Pattern) -> u8 {
    match pattern {
        Pattern::VerticalStripes | Pattern::Pinstripes => 1,
        Pattern::HorizontalStripes | Pattern::DiagonalStripes => 2,
        Pattern::Check | Pattern::Tartan | Pattern::Gingham => 3,
        Pattern::Houndstooth | Pattern::GlenCheck | Pattern::Herringbone => 4,
        Pattern::Argyle | Pattern::Geometric => 5,
        Pattern::Floral | Pattern::Paisley => 6,
        Pattern::Animal | Pattern::Camouflage => 7,
        other => 16 + other as u8,
    }
}

fn like_material(asked: Material, code: usize) -> f32 {
    match code.checked_sub(1).and_then(|k| Material::ALL.get(k).copied()) {
        None => 0.4,
        Some(is) if is == asked => 1.0,
        Some(is) if material_family(is) == material_family(asked) => 0.6,
        Some(_) => 0.0,
    }
}

fn material_family(material: Material) -> u8 {
    match material {
        Material::Wool | Material::Cashmere | Material::Flannel | Material::Tweed => 1,
        Material::Knit | Material::Mohair => 2,
        Material::Silk | Material::Satin | Material::Chiffon => 3,
        Material::Leather | Material::Suede => 4,
        Material::Fur | Material::Shearling | Material::Fleece => 5,
        Material::Cotton | Material::Linen | Material::Canvas | Material::Jersey => 6,
        Material::Nylon | Material::Polyester | Material::Mesh => 7,
        other => 16 + other as u8,
    }
}
