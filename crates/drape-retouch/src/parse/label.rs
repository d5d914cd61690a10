//! The labels of pixels, and tables with one value per label.

use std::ops::{Index, IndexMut};

use drape_core::style::Slot;
use serde::{Deserialize, Serialize};

/// What a pixel shows. The numbers are those of `labels.png`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Label {
    /// Everything but the person.
    Background = 0,
    /// Hair and beard.
    Hair = 1,
    /// Face, neck, arms, legs.
    Skin = 2,
    /// Shirts, tops, knitwear.
    Upper = 3,
    /// Trousers, jeans, shorts.
    Trousers = 4,
    /// Skirts.
    Skirt = 5,
    /// Dresses and jumpsuits.
    Dress = 6,
    /// Shoes and boots.
    Footwear = 7,
    /// Tights, leggings, socks.
    Legwear = 8,
    /// Bags, hats, glasses, belts, scarves, ties, jewellery.
    Accessory = 9,
    /// Coats, jackets, blazers, vests.
    Outer = 10,
}

impl Label {
    /// All labels, in the order of their numbers.
    pub const ALL: [Self; 11] = [
        Self::Background,
        Self::Hair,
        Self::Skin,
        Self::Upper,
        Self::Trousers,
        Self::Skirt,
        Self::Dress,
        Self::Footwear,
        Self::Legwear,
        Self::Accessory,
        Self::Outer,
    ];
    /// The labels of the person: all but the background.
    pub const PERSON: [Self; 10] = [
        Self::Hair,
        Self::Skin,
        Self::Upper,
        Self::Trousers,
        Self::Skirt,
        Self::Dress,
        Self::Footwear,
        Self::Legwear,
        Self::Accessory,
        Self::Outer,
    ];
    /// The labels that are garments.
    pub const CLOTHES: [Self; 7] =
        [Self::Upper, Self::Trousers, Self::Skirt, Self::Dress, Self::Footwear, Self::Legwear, Self::Outer];

    /// The parser's label for garments of a slot.
    pub(crate) fn of(slot: Slot) -> Self {
        match slot {
            Slot::Upper => Self::Upper,
            Slot::Outer => Self::Outer,
            Slot::Trousers => Self::Trousers,
            Slot::Skirt => Self::Skirt,
            Slot::Dress => Self::Dress,
            Slot::Footwear => Self::Footwear,
            Slot::Legwear => Self::Legwear,
            Slot::Accessory => Self::Accessory,
        }
    }

    /// Where a garment with this label is worn; `None` for the background, hair and skin.
    pub fn slot(self) -> Option<Slot> {
        Some(match self {
            Self::Background | Self::Hair | Self::Skin => return None,
            Self::Upper => Slot::Upper,
            Self::Trousers => Slot::Trousers,
            Self::Skirt => Slot::Skirt,
            Self::Dress => Slot::Dress,
            Self::Footwear => Slot::Footwear,
            Self::Legwear => Slot::Legwear,
            Self::Accessory => Slot::Accessory,
            Self::Outer => Slot::Outer,
        })
    }

    /// The label with this number in `labels.png`.
    pub fn of_pixel(pixel: u8) -> Option<Self> {
        Self::ALL.get(usize::from(pixel)).copied()
    }

    /// Its number in `labels.png`.
    pub const fn pixel(self) -> u8 {
        self as u8
    }

    /// Whether a pixel of `labels.png` has this label.
    #[inline]
    pub const fn is(self, pixel: u8) -> bool {
        self as u8 == pixel
    }

    /// The word used in JSON and tables.
    pub fn id(self) -> &'static str {
        const IDS: [&str; 11] = [
            "background",
            "hair",
            "skin",
            "upper",
            "trousers",
            "skirt",
            "dress",
            "footwear",
            "legwear",
            "accessory",
            "outer",
        ];
        IDS[self as usize]
    }

    /// A colour for overlays, sRGB.
    pub fn overlay(self) -> [u8; 3] {
        const COLOURS: [[u8; 3]; 11] = [
            [0, 0, 0],
            [128, 82, 38],
            [255, 201, 163],
            [229, 57, 53],
            [57, 73, 171],
            [216, 27, 167],
            [255, 214, 0],
            [0, 172, 193],
            [67, 160, 71],
            [251, 140, 0],
            [123, 31, 162],
        ];
        COLOURS[self as usize]
    }
}

/// One value per label.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PerLabel<T>([T; Label::ALL.len()]);

impl<T> PerLabel<T> {
    /// A table of the values that `value` returns, called for each label in the order of [`Label::ALL`].
    pub fn of(value: impl FnMut(Label) -> T) -> Self {
        Self(Label::ALL.map(value))
    }

    /// A table of the values that `change` makes of these.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> PerLabel<U> {
        PerLabel(self.0.map(change))
    }

    /// Labels and values, in the order of [`Label::ALL`].
    pub fn iter(&self) -> impl Iterator<Item = (Label, &T)> {
        Label::ALL.into_iter().zip(&self.0)
    }

    /// Labels and values to change, in the order of [`Label::ALL`].
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (Label, &mut T)> {
        Label::ALL.into_iter().zip(&mut self.0)
    }

    /// The values, in the order of [`Label::ALL`].
    pub(crate) fn values(&self) -> &[T] {
        &self.0
    }

    /// The values to change, in the order of [`Label::ALL`].
    pub(crate) fn values_mut(&mut self) -> &mut [T] {
        &mut self.0
    }
}

impl<T> TryFrom<Vec<T>> for PerLabel<T> {
    type Error = Vec<T>;

    /// The values in the order of [`Label::ALL`]; given back when there are more or fewer.
    fn try_from(values: Vec<T>) -> Result<Self, Vec<T>> {
        values.try_into().map(Self)
    }
}

impl<T> Index<Label> for PerLabel<T> {
    type Output = T;

    #[inline]
    fn index(&self, label: Label) -> &T {
        &self.0[label as usize]
    }
}

impl<T> IndexMut<Label> for PerLabel<T> {
    #[inline]
    fn index_mut(&mut self, label: Label) -> &mut T {
        &mut self.0[label as usize]
    }
}
