//! Plan: what the sentence asks for against what the photo shows.
//!
//! Every garment of the style ends in exactly one [`GarmentReport`]: done, approximated or not
//! possible, with the reasons. Nothing is skipped silently.

use drape_core::colour::Oklab;
use drape_core::language::Language;
use drape_core::style::{
    Colour, ColourName, Garment, GarmentKind, Material, Part, Pattern, SceneKind, Shade, Slot, Style,
};
use serde::Serialize;

use crate::parse::{Joint, Label, Parse};

/// How far a wish was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// As asked.
    Done,
    /// Visible in the picture, with the differences that the reasons name.
    Approximated,
    /// Not in the picture.
    NotPossible,
}

/// Why something is not exactly as asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "reason")]
pub enum Reason {
    /// Another garment was worn there; its shape stays.
    WornShapeKept {
        /// The label of the garment in the photo.
        worn: Label,
    },
    /// The named cut (length, sleeves, fit, details) cannot be made; it stays as worn.
    CutKept {
        /// The words of the cut, in the report's language.
        asked: String,
    },
    /// Nothing of the kind is visible in the photo.
    NotVisible,
    /// It would be hidden under another garment of the style.
    Hidden,
    /// Another garment of the style already has its place.
    PlaceTaken,
    /// Neither colour, pattern nor material was named, so there is nothing to change.
    NothingToChange,
    /// The dress was divided at the waist.
    DressDivided,
    /// The parser is not sure of this garment; look before you share.
    LowConfidence,
    /// This engine does not add or remove things.
    CannotAdd,
    /// See [`Reason::CannotAdd`].
    CannotRemove,
    /// The place is suggested by colour and light, not shown.
    SceneSuggested,
    /// A mood or season; it helps to choose an outfit and changes nothing else.
    NoEffect,
}

/// What became of one wish.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GarmentReport {
    /// The wish in words, in the language of the sentence.
    pub asked: String,
    /// Id of the kind of garment, or of the scene, mood or season.
    pub kind: &'static str,
    /// The style word that stood for it, if it was not named itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expanded: Option<String>,
    /// How far it was met.
    pub outcome: Outcome,
    /// Why not exactly.
    pub reasons: Vec<Reason>,
    /// Mean parser confidence over the garment, 0..=1; absent where nothing was painted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f32>,
    /// Colour measured in the look: median over the garment; absent where nothing was painted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measured: Option<Measured>,
}

/// A colour as found in the look.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Measured {
    /// Id of the nearest named colour.
    pub name: &'static str,
    /// Median as `#rrggbb`, sRGB.
    pub hex: String,
    /// Share of the photo's pixels that the garment covers, 0..=1.
    pub share: f32,
}

/// Which part of the labelled area is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    Whole,
    AboveWaist,
    BelowWaist,
}

/// What a garment is to look like.
#[derive(Debug, Clone)]
pub(crate) struct Paint {
    /// Ground colour; none keeps the worn colour.
    pub(crate) ground: Option<Oklab>,
    pub(crate) pattern: Option<Pattern>,
    /// Colours beside the ground's; as many as the pattern needs.
    pub(crate) others: Vec<Oklab>,
    pub(crate) material: Option<Material>,
}

/// One garment to paint.
#[derive(Debug, Clone)]
pub(crate) struct Task {
    /// Index into [`Plan::reports`].
    pub(crate) report: usize,
    pub(crate) labels: Vec<Label>,
    pub(crate) section: Section,
    /// For accessories: only components whose centre lies here (fractions of the person's height
    /// from its top, and of the photo's width).
    pub(crate) place: Option<(f32, f32)>,
    pub(crate) slot: Slot,
    pub(crate) paint: Paint,
}

/// What to do, and what to say about it.
pub(crate) struct Plan {
    pub(crate) tasks: Vec<Task>,
    pub(crate) reports: Vec<GarmentReport>,
    pub(crate) scene: Option<(SceneKind, Option<Oklab>)>,
}

impl Reason {
    /// For people.
    pub fn message(&self, language: Language) -> String {
        let worn_name = |label: &Label| match label {
            Label::Upper => language.pick("상의", "top"),
            Label::Outer => language.pick("겉옷", "jacket or coat"),
            Label::Trousers => language.pick("바지", "trousers"),
            Label::Skirt => language.pick("치마", "skirt"),
            Label::Dress => language.pick("원피스", "dress"),
            Label::Legwear => language.pick("레그웨어", "legwear"),
            Label::Footwear => language.pick("신발", "shoes"),
            _ => language.pick("소품", "accessory"),
        };
        match self {
            Self::WornShapeKept { worn } => language.pick(
                format!("사진 속 {}의 모양을 그대로 두고 바꿨습니다", worn_name(worn)),
                format!("the shape of the {} in the photo was kept", worn_name(worn)),
            ),
            Self::CutKept { asked } => language.pick(
                format!("'{asked}'은(는) 만들 수 없어 입은 그대로 두었습니다"),
                format!("the cut stays as worn; not made: {asked}"),
            ),
            Self::NotVisible => language
                .pick("사진에 보이지 않습니다", "nothing of the kind is visible in the photo")
                .to_owned(),
            Self::Hidden => {
                language.pick("다른 옷에 가려집니다", "it would be hidden under another garment").to_owned()
            }
            Self::PlaceTaken => language
                .pick(
                    "같은 자리에 다른 옷을 먼저 입혔습니다",
                    "another garment of the sentence has its place",
                )
                .to_owned(),
            Self::NothingToChange => language
                .pick(
                    "색·무늬·소재를 말하지 않아 입은 그대로 두었습니다",
                    "no colour, pattern or material was named, so it stays as worn",
                )
                .to_owned(),
            Self::DressDivided => language
                .pick("원피스를 허리에서 나누어 바꿨습니다", "the dress was divided at the waist")
                .to_owned(),
            Self::LowConfidence => language
                .pick(
                    "옷의 경계가 확실하지 않습니다. 미리보기로 봐 주세요",
                    "the outline is uncertain; take it as a preview",
                )
                .to_owned(),
            Self::CannotAdd => language
                .pick(
                    "이 엔진은 없는 것을 더할 수 없습니다",
                    "this engine cannot add what is not in the photo",
                )
                .to_owned(),
            Self::CannotRemove => language
                .pick("이 엔진은 입은 것을 없앨 수 없습니다", "this engine cannot take things off")
                .to_owned(),
            Self::SceneSuggested => language
                .pick("색과 빛으로 분위기만 냈습니다", "suggested by colour and light, not shown in detail")
                .to_owned(),
            Self::NoEffect => language
                .pick(
                    "옷차림을 고르는 데에만 쓰이고 그림을 바꾸지 않습니다",
                    "understood, but it changes nothing by itself",
                )
                .to_owned(),
        }
    }
}

/// What the photo shows of each garment.
struct Worn<'a> {
    parse: &'a Parse,
    taken: Vec<(Label, Section)>,
}

impl Worn<'_> {
    /// Whether enough of a label is visible to work on.
    fn has(&self, label: Label) -> bool {
        let least = match label {
            Label::Footwear | Label::Legwear => 0.004,
            _ => 0.02,
        };
        let person = self.parse.person_share().max(1e-6);
        self.parse.shares[label as usize] / person >= least && self.parse.confidence[label as usize] >= 0.4
    }

    fn free(&self, label: Label, section: Section) -> bool {
        !self
            .taken
            .iter()
            .any(|&(l, s)| l == label && (s == section || s == Section::Whole || section == Section::Whole))
    }

    fn available(&self, label: Label, section: Section) -> bool {
        self.has(label) && self.free(label, section) && !(label == Label::Upper && self.torn())
    }

    /// One dark jacket that the parser takes for jacket here and shirt there: what it calls a
    /// shirt has the jacket's colour, and it is sure of neither.
    fn torn(&self) -> bool {
        let (outer, upper) = (Label::Outer, Label::Upper);
        let unsure = self.parse.confidence[outer as usize].min(self.parse.confidence[upper as usize]) < 0.66;
        self.has(outer) && unsure && self.parse.tone(outer).distance(self.parse.tone(upper)) < 5.0
    }
}

/// Where a garment goes.
struct Place {
    labels: Vec<Label>,
    section: Section,
    reasons: Vec<Reason>,
}

/// Matches every wish to the photo.
pub(crate) fn plan(style: &Style, parse: &Parse) -> Plan {
    let language = style.language;
    let mut worn = Worn { parse, taken: Vec::new() };
    let mut reports: Vec<GarmentReport> = style.garments.iter().map(|g| report_of(g, language)).collect();
    let mut tasks = Vec::new();
    let mut slots: Vec<Slot> = Vec::new();
    let asks = |slot: Slot| style.garments.iter().any(|g| g.slot == slot);

    // What the photo shows for certain is given out before anything has to make do.
    let order = |g: &Garment| match g.slot {
        Slot::Dress => 0,
        Slot::Outer => 1,
        Slot::Upper => 2,
        _ => 3,
    };
    let mut indices: Vec<usize> = (0..style.garments.len()).collect();
    indices.sort_by_key(|&i| (style.garments[i].expanded.is_some(), order(&style.garments[i])));
    for i in indices {
        let garment = &style.garments[i];
        let report = &mut reports[i];
        if style.keep.iter().any(|part| part.covers(garment.kind)) {
            report.reasons.push(Reason::NothingToChange);
            continue;
        }
        if garment.slot != Slot::Accessory && slots.contains(&garment.slot) {
            report.outcome = Outcome::NotPossible;
            report.reasons.push(Reason::PlaceTaken);
            continue;
        }
        let place = if garment.slot == Slot::Accessory {
            accessory_place(garment.kind, parse).ok_or(Reason::CannotAdd)
        } else {
            place_of(garment.slot, &worn, &asks)
        };
        let place = match place {
            Ok(place) => place,
            Err(reason) => {
                report.outcome = Outcome::NotPossible;
                report.reasons.push(reason);
                continue;
            }
        };
        slots.push(garment.slot);
        worn.taken.extend(place.labels.iter().map(|&l| (l, place.section)));
        report.reasons.extend(place.reasons);
        let cut = cut_words(garment, language);
        if !cut.is_empty() {
            report.reasons.push(Reason::CutKept { asked: cut });
        }
        let Some(paint) = paint_of(garment) else {
            report.reasons.push(Reason::NothingToChange);
            report.outcome = if report.reasons.len() > 1 { Outcome::Approximated } else { Outcome::Done };
            continue;
        };
        let pixels: f32 = place.labels.iter().map(|&l| parse.shares[l as usize]).sum();
        let sure: f32 =
            place.labels.iter().map(|&l| parse.shares[l as usize] * parse.confidence[l as usize]).sum();
        let confidence = sure / pixels.max(1e-6);
        if confidence < 0.62 {
            report.reasons.push(Reason::LowConfidence);
        }
        report.confidence = Some(confidence);
        report.outcome = if report.reasons.is_empty() { Outcome::Done } else { Outcome::Approximated };
        let at = (garment.slot == Slot::Accessory).then(|| accessory_band(garment.kind)).flatten();
        tasks.push(Task {
            report: i,
            labels: place.labels,
            section: place.section,
            place: at,
            slot: garment.slot,
            paint,
        });
    }
    add_unclaimed_twins(&mut tasks, parse, style);
    reports.extend(other_wishes(style, parse));
    let scene = style.scene.as_ref().map(|s| (s.kind, s.colour.as_ref().map(|c| c.oklab)));
    Plan { tasks, reports, scene }
}

fn report_of(garment: &Garment, language: Language) -> GarmentReport {
    GarmentReport {
        asked: garment.describe(language),
        kind: garment.kind.id(),
        expanded: garment.expanded.clone(),
        outcome: Outcome::Done,
        reasons: Vec::new(),
        confidence: None,
        measured: None,
    }
}

/// Where a garment of a slot can be painted, or why nowhere.
fn place_of(slot: Slot, worn: &Worn<'_>, asks: &impl Fn(Slot) -> bool) -> Result<Place, Reason> {
    use Section::{AboveWaist, BelowWaist, Whole};
    let own = |label: Label| Ok(Place { labels: vec![label], section: Whole, reasons: Vec::new() });
    let instead = |label: Label| {
        Ok(Place {
            labels: vec![label],
            section: Whole,
            reasons: vec![Reason::WornShapeKept { worn: label }],
        })
    };
    let half =
        |section| Ok(Place { labels: vec![Label::Dress], section, reasons: vec![Reason::DressDivided] });
    let can = |label, section| worn.available(label, section);
    match slot {
        Slot::Outer if can(Label::Outer, Whole) => own(Label::Outer),
        Slot::Outer if can(Label::Upper, Whole) => instead(Label::Upper),
        Slot::Outer if can(Label::Dress, AboveWaist) && !asks(Slot::Dress) => {
            if asks(Slot::Trousers) || asks(Slot::Skirt) { half(AboveWaist) } else { instead(Label::Dress) }
        }
        Slot::Outer => Err(Reason::NotVisible),
        Slot::Upper if can(Label::Upper, Whole) => own(Label::Upper),
        Slot::Upper if worn.has(Label::Upper) => Err(Reason::Hidden),
        Slot::Upper if can(Label::Dress, AboveWaist) && !asks(Slot::Dress) => half(AboveWaist),
        Slot::Upper if can(Label::Outer, Whole) && !asks(Slot::Outer) => instead(Label::Outer),
        Slot::Upper => Err(if asks(Slot::Outer) { Reason::Hidden } else { Reason::NotVisible }),
        Slot::Trousers | Slot::Skirt => {
            let (own_label, other) = match slot {
                Slot::Trousers => (Label::Trousers, Label::Skirt),
                _ => (Label::Skirt, Label::Trousers),
            };
            if can(own_label, Whole) {
                own(own_label)
            } else if can(other, Whole)
                && !asks(if slot == Slot::Trousers { Slot::Skirt } else { Slot::Trousers })
            {
                instead(other)
            } else if can(Label::Dress, BelowWaist) && !asks(Slot::Dress) {
                half(BelowWaist)
            } else if can(Label::Legwear, Whole) && slot == Slot::Trousers && !asks(Slot::Legwear) {
                instead(Label::Legwear)
            } else {
                Err(Reason::NotVisible)
            }
        }
        Slot::Dress if can(Label::Dress, Whole) => own(Label::Dress),
        Slot::Dress => {
            let parts: Vec<Label> = [Label::Upper, Label::Skirt, Label::Trousers]
                .into_iter()
                .filter(|&l| can(l, Whole))
                .collect();
            if parts.is_empty() {
                if can(Label::Outer, Whole) && !asks(Slot::Outer) {
                    instead(Label::Outer)
                } else {
                    Err(Reason::NotVisible)
                }
            } else {
                let reasons = parts.iter().map(|&worn| Reason::WornShapeKept { worn }).collect();
                Ok(Place { labels: parts, section: Whole, reasons })
            }
        }
        Slot::Footwear if can(Label::Footwear, Whole) => own(Label::Footwear),
        Slot::Legwear if can(Label::Legwear, Whole) => own(Label::Legwear),
        Slot::Footwear | Slot::Legwear | Slot::Accessory => Err(Reason::NotVisible),
    }
}

/// Where on the person an accessory sits: band of its centre in heights of the person from the top.
fn accessory_band(kind: GarmentKind) -> Option<(f32, f32)> {
    match kind {
        GarmentKind::Hat | GarmentKind::Cap | GarmentKind::Beanie | GarmentKind::Beret => Some((-0.1, 0.09)),
        GarmentKind::Scarf => Some((0.13, 0.32)),
        GarmentKind::Bag | GarmentKind::Backpack | GarmentKind::ToteBag | GarmentKind::Handbag => {
            Some((0.3, 0.85))
        }
        _ => None,
    }
}

fn accessory_place(kind: GarmentKind, parse: &Parse) -> Option<Place> {
    let band = accessory_band(kind)?;
    let (w, h) = (parse.soft[0].width, parse.soft[0].height);
    let scale = h as f32 / parse.labels.height() as f32;
    let (top, tall) = (parse.person.top as f32 * scale, parse.person.height() as f32 * scale);
    let accessory = &parse.soft[Label::Accessory as usize];
    let parts = crate::people::components(w, h, |i| accessory.data[i] > 0.5);
    let person = parse.person_share() * (w * h) as f32;
    let fits = parts.sizes.iter().zip(&parts.bounds).any(|(&n, b)| {
        let centre = ((b.y0 + b.y1) as f32 / 2.0 - top) / tall;
        n as f32 > person * 0.008 && centre >= band.0 && centre < band.1
    });
    fits.then(|| Place {
        labels: vec![Label::Accessory],
        section: Section::Whole,
        reasons: vec![Reason::WornShapeKept { worn: Label::Accessory }],
    })
}

/// The words of the cut that this engine cannot make.
fn cut_words(garment: &Garment, language: Language) -> String {
    let mut words: Vec<&str> = Vec::new();
    words.extend(garment.length.map(|v| v.name(language)));
    words.extend(garment.sleeves.map(|v| v.name(language)));
    words.extend(garment.fit.map(|v| v.name(language)));
    words.extend(garment.details.iter().map(|v| v.name(language)));
    words.join(", ")
}

/// What to paint; none when the garment names nothing that can be painted.
fn paint_of(garment: &Garment) -> Option<Paint> {
    let colour = |name| Colour::new(name, None).oklab;
    let multicolour = |c: &&Colour| c.name != ColourName::Multicolour;
    let mut ground = garment.colour.as_ref().filter(multicolour).map(|c| c.oklab);
    if ground.is_none() && garment.material == Some(Material::Denim) {
        ground = Some(colour(ColourName::DenimBlue));
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
            // Tone in tone for washes: the same cloth, paler.
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
    Some(Paint { ground, pattern, others, material })
}

/// The ground and the other colours that a pattern usually has where none is named.
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

/// The parser often cuts one garment in two (a coat's skirt read as a dress). A label that the
/// sentence does not speak of, of the same colour as its painted neighbour and much smaller, is
/// the same garment.
fn add_unclaimed_twins(tasks: &mut [Task], parse: &Parse, style: &Style) {
    const CONFUSED: [(Label, Label); 12] = [
        (Label::Outer, Label::Dress),
        (Label::Outer, Label::Upper),
        (Label::Upper, Label::Dress),
        (Label::Upper, Label::Outer),
        (Label::Dress, Label::Upper),
        (Label::Dress, Label::Outer),
        (Label::Dress, Label::Skirt),
        (Label::Skirt, Label::Dress),
        (Label::Skirt, Label::Trousers),
        (Label::Trousers, Label::Skirt),
        (Label::Trousers, Label::Legwear),
        (Label::Legwear, Label::Trousers),
    ];
    let claimed: Vec<Label> = tasks.iter().flat_map(|t| t.labels.clone()).collect();
    let kept = |label: Label| {
        style.keep.iter().any(|part| match part {
            Part::Slot(slot) => slot.id() == label.id(),
            Part::Kind(kind) => kind.slot().id() == label.id(),
        })
    };
    for task in tasks.iter_mut().filter(|t| t.section == Section::Whole && t.slot != Slot::Accessory) {
        for main in task.labels.clone() {
            for (_, twin) in CONFUSED.iter().filter(|(a, _)| *a == main) {
                let (n, m) = (parse.shares[*twin as usize], parse.shares[main as usize]);
                if n == 0.0 || claimed.contains(twin) || kept(*twin) || task.labels.contains(twin) {
                    continue;
                }
                let unsure = parse.confidence[*twin as usize] < 0.55;
                let colour = parse.tone(main).distance(parse.tone(*twin));
                // A shirt under a jacket is another garment far more often than a mistake.
                let under = main == Label::Outer && *twin == Label::Upper;
                let alike = if under { 5.0 } else { 9.0 };
                // One cloth that the parser cannot make up its mind about.
                let torn = colour < alike
                    && parse.confidence[*twin as usize].min(parse.confidence[main as usize]) < 0.66;
                if torn || (n < 0.6 * m && colour < alike) || (unsure && n < 0.5 * m && colour < 1.4 * alike)
                {
                    task.labels.push(*twin);
                }
            }
        }
    }
}

/// Reports on everything that is no garment to put on: what to take off, scene, moods, seasons.
fn other_wishes(style: &Style, parse: &Parse) -> Vec<GarmentReport> {
    let language = style.language;
    let entry = |asked: String, kind: &'static str, outcome: Outcome, reasons: Vec<Reason>| GarmentReport {
        asked,
        kind,
        expanded: None,
        outcome,
        reasons,
        confidence: None,
        measured: None,
    };
    let mut out = Vec::new();
    for part in &style.without {
        let label = Label::ALL.into_iter().find(|l| l.id() == part.id());
        let worn = label.is_none_or(|l| parse.shares[l as usize] > 0.002);
        let asked = language
            .pick(format!("{} 없이", part.name(language)), format!("without {}", part.name(language)));
        let (outcome, reasons) = if worn {
            (Outcome::NotPossible, vec![Reason::CannotRemove])
        } else {
            (Outcome::Done, Vec::new())
        };
        out.push(entry(asked, part.id(), outcome, reasons));
    }
    for part in &style.keep {
        let asked =
            language.pick(format!("{} 그대로", part.name(language)), format!("keep {}", part.name(language)));
        out.push(entry(asked, part.id(), Outcome::Done, Vec::new()));
    }
    if let Some(scene) = &style.scene {
        let exact = matches!(
            scene.kind,
            SceneKind::Studio | SceneKind::PlainWhite | SceneKind::PlainGrey | SceneKind::PlainColour
        );
        let (outcome, reasons) = if exact {
            (Outcome::Done, Vec::new())
        } else {
            (Outcome::Approximated, vec![Reason::SceneSuggested])
        };
        out.push(entry(scene.describe(language), scene.kind.id(), outcome, reasons));
    }
    let moods = style.moods.iter().map(|m| (m.name(language), m.id()));
    let seasons = style.seasons.iter().map(|s| (s.name(language), s.id()));
    for (name, id) in moods.chain(seasons) {
        out.push(entry(name.to_owned(), id, Outcome::Approximated, vec![Reason::NoEffect]));
    }
    out
}

/// The row, in the working picture, where a dress is divided: between ribs and hips.
pub(crate) fn waist_row(parse: &Parse) -> f32 {
    let scale = parse.soft[0].height as f32 / parse.labels.height() as f32;
    let mean = |a: Joint, b: Joint| match (parse.joint(a, 0.25), parse.joint(b, 0.25)) {
        (Some(p), Some(q)) => Some((p.1 + q.1) / 2.0),
        (Some(p), None) | (None, Some(p)) => Some(p.1),
        (None, None) => None,
    };
    let shoulders = mean(Joint::LeftShoulder, Joint::RightShoulder);
    let hips = mean(Joint::LeftHip, Joint::RightHip);
    let row = match (shoulders, hips) {
        (Some(s), Some(h)) => s + 0.72 * (h - s),
        // Proportions of a standing adult where the joints are not visible.
        _ => parse.person.top as f32 + 0.40 * parse.person.height() as f32,
    };
    row * scale
}
