//! The built-in demo catalogue: invented goods, so that a fresh installation has products to show. Any
//! likeness of brands, articles or prices to real ones is by chance.
//!
//! The goods are rows of `demo.tsv`; [`read`] also takes a table that a shop brings.

use std::str::FromStr;

use drape_core::style::{Colour, ColourName, GarmentKind, Shade};

use crate::product::{Availability, Picture, Price, Product, Rating};

const TABLE: &str = include_str!("demo.tsv");

/// Prices and availability of the demo goods are "as of" this moment: 2026-01-01 UTC.
const AS_OF: u64 = 1_767_225_600_000;

const COLUMNS: &str = "id\titem_group_id\tkind\tgender\tcolour\tfurther_colours\tpattern\tmaterial\tlength\t\
sleeves\tfit\tdetails\tprice_krw\tavailability\tstars\treviews\tbrand\ttitle_ko\ttitle_en";

/// Why a table of goods was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// The first line is not the line of column names.
    #[error("the first line has to name the columns: {COLUMNS}")]
    Columns,
    /// The number of fields differs from the number of columns.
    #[error("line {line}: {found} fields instead of 19")]
    Fields {
        /// Counted from 1.
        line: usize,
        /// The number of fields.
        found: usize,
    },
    /// A field holds a value that its column does not take.
    #[error("line {line}: unknown {column}: {value:?}")]
    Value {
        /// Counted from 1.
        line: usize,
        /// The column's name.
        column: &'static str,
        /// The value.
        value: String,
    },
}

/// The demo goods, in the order of the table.
pub fn products() -> Vec<Product> {
    read(TABLE, AS_OF).expect("the built-in table is valid: a test reads it")
}

/// Reads a table of goods: tab-separated, the first line names the columns as `demo.tsv` does, `-`
/// where there is nothing, lists joined by commas, a shade before its colour as in `light-blue`.
/// `updated_at` is when the table was true, milliseconds since 1970 UTC.
pub fn read(table: &str, updated_at: u64) -> Result<Vec<Product>, TableError> {
    let mut lines = table.lines().enumerate();
    if lines.next().is_none_or(|(_, first)| first != COLUMNS) {
        return Err(TableError::Columns);
    }
    lines
        .filter(|(_, text)| !text.is_empty())
        .map(|(k, text)| {
            let fields: Vec<&str> = text.split('\t').collect();
            let row = Row { line: k + 1, fields: &fields };
            if fields.len() == 19 {
                row.product(updated_at)
            } else {
                Err(TableError::Fields { line: row.line, found: fields.len() })
            }
        })
        .collect()
}

struct Row<'a> {
    line: usize,
    fields: &'a [&'a str],
}

impl Row<'_> {
    fn product(&self, updated_at: u64) -> Result<Product, TableError> {
        let kind: GarmentKind = self.parse(2, "kind")?;
        let stars: Option<f32> = self.maybe(14, "stars")?;
        let reviews: Option<u32> = self.maybe(15, "reviews")?;
        let further: Result<_, _> = self.list(5).map(|c| self.colour(c)).collect();
        let details: Result<_, _> = self.list(11).map(|d| self.value(d, "detail")).collect();
        Ok(Product {
            id: self.fields[0].to_owned(),
            item_group_id: self.maybe(1, "item_group_id")?,
            kind,
            slot: kind.slot(),
            gender: self.parse(3, "gender")?,
            colour: self.colour(self.fields[4])?,
            further_colours: further?,
            pattern: self.maybe(6, "pattern")?,
            material: self.maybe(7, "material")?,
            length: self.maybe(8, "length")?,
            sleeves: self.maybe(9, "sleeves")?,
            fit: self.maybe(10, "fit")?,
            details: details?,
            price: Price::krw(self.parse(12, "price")?),
            availability: self.parse::<Availability>(13, "availability")?,
            rating: stars.zip(reviews).map(|(stars, reviews)| Rating { stars, reviews }),
            brand: self.fields[16].to_owned(),
            title_ko: self.fields[17].to_owned(),
            title_en: self.fields[18].to_owned(),
            link: None,
            picture: Picture::Drawn,
            updated_at,
        })
    }

    fn value<T: FromStr>(&self, value: &str, column: &'static str) -> Result<T, TableError> {
        value.parse().map_err(|_| TableError::Value { line: self.line, column, value: value.to_owned() })
    }

    fn parse<T: FromStr>(&self, field: usize, column: &'static str) -> Result<T, TableError> {
        self.value(self.fields[field], column)
    }

    fn maybe<T: FromStr>(&self, field: usize, column: &'static str) -> Result<Option<T>, TableError> {
        if self.fields[field] == "-" { Ok(None) } else { self.parse(field, column).map(Some) }
    }

    fn list(&self, field: usize) -> impl Iterator<Item = &str> {
        self.fields[field].split(',').filter(|v| *v != "-")
    }

    /// `navy`, `light-blue`.
    fn colour(&self, text: &str) -> Result<Colour, TableError> {
        let (shade, name) = match text.split_once('-') {
            Some((shade, name)) => (Some(self.value::<Shade>(shade, "shade")?), name),
            None => (None, text),
        };
        Ok(Colour::new(self.value::<ColourName>(name, "colour")?, shade))
    }
}
