//! The colours, pattern and material that a garment of a style is painted with.

use drape_core::colour::Oklab;
use drape_core::style::{Colour, ColourName, Garment, GarmentKind, Material, Pattern, Shade};

/// The look of a garment.
#[derive(Debug, Clone)]
pub(crate) struct Dye {
    /// Ground colour; `None` keeps the worn colour.
    pub(crate) ground: Option<Oklab>,
    pub(crate) pattern: Option<Pattern>,
    /// Colours beside the ground's; as many as the pattern needs.
    pub(crate) others: Vec<Oklab>,
    pub(crate) material: Option<Material>,
}

impl Dye {
    /// One colour and nothing else.
    pub(crate) fn plain(colour: Oklab) -> Self {
        Self { ground: Some(colour), pattern: None, others: Vec::new(), material: None }
    }
}

/// The look that a garment's words ask for; `None` when they name nothing that can be painted.
pub(crate) fn dye_of(garment: &Garment) -> Option<Dye> {
    let colour = |name| Colour::new(name, None).oklab;
    let multicolour = |c: &&Colour| c.name != ColourName::Multicolour;
    let mut ground = garment.colour.as_ref().filter(multicolour).map(|c| c.oklab);
    if garment.material == Some(Material::Denim) {
        // Blue denim is dyed with indigo, which is not the blue of paint.
        let asked = garment.colour.as_ref();
        if asked.is_none_or(|c| c.name == ColourName::Blue) {
            ground = Some(Colour::new(ColourName::DenimBlue, asked.and_then(|c| c.shade)).oklab);
        }
    }
    // "A trench coat" means a beige one, unless the sentence names a colour or a pattern.
    let nothing = garment.colour.is_none() && garment.pattern.is_none();
    if ground.is_none() && nothing {
        ground = garment.kind.facts().colour.map(colour);
    }
    let pattern = garment.pattern.filter(|p| *p != Pattern::Solid);
    let mut others: Vec<Oklab> =
        garment.pattern_colours.iter().filter(multicolour).map(|c| c.oklab).collect();
    if let Some(pattern) = pattern {
        let (usual_ground, usual) = usual_colours(pattern);
        let base = *ground.get_or_insert_with(|| colour(usual_ground));
        if others.is_empty() {
            others = usual.iter().map(|&n| colour(n)).collect();
            // A usual colour that would vanish on the ground gives way to its opposite.
            for other in &mut others {
                if (other.l - base.l).abs() < 0.14 && (other.a - base.a).hypot(other.b - base.b) < 0.07 {
                    *other = colour(if base.l > 0.6 { ColourName::Navy } else { ColourName::Ivory });
                }
            }
            // Washes are tone in tone: the second colour is a paler ground.
            if matches!(pattern, Pattern::DenimWash | Pattern::TieDye) {
                others = vec![Shade::Pale.apply(base)];
            }
        }
    }
    let plain = garment.pattern == Some(Pattern::Solid);
    let material = garment.material;
    if ground.is_none() && pattern.is_none() && material.is_none() && !plain {
        return None;
    }
    Some(Dye { ground, pattern, others, material })
}

/// The look of a drawn garment for which the sentence names none: the worn colour if a garment of its own
/// place is worn (`like`), else the kind's usual colour.
pub(crate) fn dye_unnamed(kind: GarmentKind, like: bool) -> Dye {
    let facts = kind.facts();
    let ground = (!like).then(|| Colour::new(facts.colour.unwrap_or(facts.drawn_in), None).oklab);
    Dye { ground, pattern: None, others: Vec::new(), material: None }
}

/// The ground and the other colours of a pattern for which the sentence names none.
fn usual_colours(pattern: Pattern) -> (ColourName, &'static [ColourName]) {
    use ColourName as C;
    match pattern {
        Pattern::Solid => (C::Grey, &[]),
        Pattern::VerticalStripes | Pattern::HorizontalStripes | Pattern::DiagonalStripes => {
            (C::White, &[C::Navy])
        }
        Pattern::Pinstripes => (C::Navy, &[C::Ivory]),
        Pattern::Check => (C::Beige, &[C::Brown, C::Ivory]),
        Pattern::Tartan => (C::Crimson, &[C::Navy, C::ForestGreen, C::Cream]),
        Pattern::Gingham => (C::White, &[C::Navy]),
        Pattern::Houndstooth | Pattern::GlenCheck | Pattern::Herringbone => (C::Ivory, &[C::Charcoal]),
        Pattern::Argyle => (C::Navy, &[C::Burgundy, C::Cream]),
        Pattern::PolkaDot => (C::Navy, &[C::White]),
        Pattern::Floral => (C::Ivory, &[C::Rose, C::Sage, C::Mustard]),
        Pattern::Paisley => (C::Burgundy, &[C::Cream, C::Teal]),
        Pattern::Animal => (C::Camel, &[C::Black, C::Chestnut]),
        Pattern::Camouflage => (C::Olive, &[C::ForestGreen, C::Tan, C::Black]),
        Pattern::ColourBlock => (C::White, &[C::Navy, C::Red]),
        Pattern::DenimWash => (C::DenimBlue, &[C::SkyBlue]),
        Pattern::TieDye => (C::White, &[C::SkyBlue, C::Pink]),
        Pattern::Graphic | Pattern::Geometric => (C::White, &[C::Black, C::Red]),
    }
}
