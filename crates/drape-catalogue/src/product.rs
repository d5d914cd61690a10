//! Products of shops, described in the words of shopping feeds (availability, gender, item group) and in
//! those of Drape (kind, colour, pattern, material).

use std::fmt;
use std::str::FromStr;

use drape_core::language::Language;
use drape_core::style::{
    Colour, Detail, Fit, Garment, GarmentKind, Length, Material, Pattern, Sleeves, Slot,
};
use serde::{Deserialize, Serialize};

/// One thing that can be bought, in one colour.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Product {
    /// The shop's id, unique in a catalogue.
    pub id: String,
    /// The id that variants (colours, sizes) of one article share; `None` for an article without variants.
    pub item_group_id: Option<String>,
    /// Title in Korean.
    pub title_ko: String,
    /// Title in English.
    pub title_en: String,
    /// The brand.
    pub brand: String,
    /// The kind of garment.
    pub kind: GarmentKind,
    /// Where it is worn; always `kind.slot()`.
    pub slot: Slot,
    /// The colour of the ground.
    pub colour: Colour,
    /// Colours beside the ground's.
    #[serde(default)]
    pub further_colours: Vec<Colour>,
    /// The pattern on the ground; `None` for plain cloth.
    #[serde(default)]
    pub pattern: Option<Pattern>,
    /// The cloth, if known.
    #[serde(default)]
    pub material: Option<Material>,
    /// The length, if known.
    #[serde(default)]
    pub length: Option<Length>,
    /// The sleeves, if known.
    #[serde(default)]
    pub sleeves: Option<Sleeves>,
    /// The fit, if known.
    #[serde(default)]
    pub fit: Option<Fit>,
    /// Parts and finishes, each once.
    #[serde(default)]
    pub details: Vec<Detail>,
    /// For whom it is cut.
    pub gender: Gender,
    /// The price.
    pub price: Price,
    /// Its availability.
    pub availability: Availability,
    /// The shop's page about it.
    #[serde(default)]
    pub link: Option<String>,
    /// Its picture.
    pub picture: Picture,
    /// The rating by buyers.
    #[serde(default)]
    pub rating: Option<Rating>,
    /// When price and availability were last true, milliseconds since 1970 UTC.
    pub updated_at: u64,
}

impl Product {
    /// The title in a language.
    pub fn title(&self, language: Language) -> &str {
        language.pick(&self.title_ko, &self.title_en)
    }

    /// The product as something to wear, to draw it or to try it on.
    pub fn garment(&self) -> Garment {
        Garment {
            colour: Some(self.colour.clone()),
            pattern: self.pattern,
            pattern_colours: self.further_colours.clone(),
            material: self.material.or_else(|| self.kind.material()),
            length: self.length,
            sleeves: self.sleeves,
            fit: self.fit,
            details: self.details.clone(),
            ..Garment::new(self.kind)
        }
    }
}

/// The picture of a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Picture {
    /// The shop's picture.
    Url(String),
    /// The shop has none: the product is drawn, from [`Product::garment`].
    Drawn,
}

/// A rating by buyers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Rating {
    /// Mean, 1 to 5.
    pub stars: f32,
    /// The number of reviews.
    pub reviews: u32,
}

/// An amount of money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Price {
    /// In the currency's smallest unit: won, cents.
    pub minor_units: u64,
    /// The currency.
    pub currency: Currency,
}

impl Price {
    /// Won.
    pub const fn krw(won: u64) -> Self {
        Self { minor_units: won, currency: Currency::KRW }
    }

    /// As people read it: `89,000원`, `KRW 89,000`, `USD 59.90`.
    pub fn display(self, language: Language) -> String {
        let digits = self.currency.minor_digits();
        let unit = 10_u64.pow(digits);
        let mut amount = grouped(self.minor_units / unit);
        if digits > 0 {
            let rest = self.minor_units % unit;
            let width = digits as usize;
            amount.push_str(&format!(".{rest:0width$}"));
        }
        match language {
            Language::Korean if self.currency == Currency::KRW => format!("{amount}원"),
            _ => format!("{} {amount}", self.currency),
        }
    }
}

/// `1234567` as `1,234,567`.
fn grouped(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (k, digit) in digits.chars().enumerate() {
        if k > 0 && (digits.len() - k).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A currency by its ISO 4217 code: three capital letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Currency([u8; 3]);

impl Currency {
    /// South Korean won.
    pub const KRW: Self = Self(*b"KRW");

    /// Decimal digits of the smallest unit: none for won and yen, three for some dinars, else two.
    pub fn minor_digits(self) -> u32 {
        match &self.0 {
            b"KRW" | b"JPY" | b"VND" | b"CLP" | b"ISK" | b"UGX" | b"XAF" | b"XOF" | b"XPF" | b"PYG"
            | b"RWF" => 0,
            b"BHD" | b"IQD" | b"JOD" | b"KWD" | b"LYD" | b"OMR" | b"TND" => 3,
            _ => 2,
        }
    }
}

/// A code that is not in the vocabulary it should be in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown {vocabulary}: {code:?}")]
pub struct UnknownCode {
    /// The vocabulary: `currency`, `gender` ...
    pub vocabulary: &'static str,
    /// The unknown code.
    pub code: String,
}

impl FromStr for Currency {
    type Err = UnknownCode;

    fn from_str(code: &str) -> Result<Self, UnknownCode> {
        <[u8; 3]>::try_from(code.as_bytes())
            .ok()
            .filter(|letters| letters.iter().all(u8::is_ascii_uppercase))
            .map(Self)
            .ok_or_else(|| UnknownCode { vocabulary: "currency", code: code.to_owned() })
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|letter| write!(f, "{}", char::from(*letter)))
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.to_string()
    }
}

impl TryFrom<String> for Currency {
    type Error = UnknownCode;

    fn try_from(code: String) -> Result<Self, UnknownCode> {
        code.parse()
    }
}

macro_rules! codes {
    ($(#[$doc:meta])* $name:ident $vocabulary:literal {
        $($word:ident $id:literal $korean:literal $english:literal;)*
    }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name {
            $(#[doc = concat!($english, " · ", $korean)] #[serde(rename = $id)] $word,)*
        }

        impl $name {
            /// Every one, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$word),*];

            /// The id in JSON, in feeds and in addresses.
            pub fn id(self) -> &'static str {
                match self { $(Self::$word => $id),* }
            }

            /// The name that people read.
            pub fn name(self, language: Language) -> &'static str {
                match self { $(Self::$word => language.pick($korean, $english)),* }
            }
        }

        impl FromStr for $name {
            type Err = UnknownCode;

            fn from_str(id: &str) -> Result<Self, UnknownCode> {
                match id {
                    $($id => Ok(Self::$word),)*
                    _ => Err(UnknownCode { vocabulary: $vocabulary, code: id.to_owned() }),
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.id())
            }
        }
    };
}

codes! {
    /// For whom a product is cut.
    Gender "gender" {
        Women "women" "여성" "women";
        Men "men" "남성" "men";
        Unisex "unisex" "남녀공용" "unisex";
    }
}

codes! {
    /// Whether a product can be had.
    Availability "availability" {
        InStock "in_stock" "재고 있음" "in stock";
        OutOfStock "out_of_stock" "품절" "out of stock";
        Preorder "preorder" "예약 판매" "preorder";
    }
}

impl Gender {
    /// Whether a garment cut for one can be worn by the other.
    pub fn compatible(self, other: Self) -> bool {
        self == other || self == Self::Unisex || other == Self::Unisex
    }
}
