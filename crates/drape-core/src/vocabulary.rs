//! Closed vocabularies: enums whose every word is written once, with its id and, where people read it, its
//! Korean and English name.
//!
//! `ids!` makes the enum, its id in JSON, SQL and logs, and the way back from an id; `words!` adds the names.
//! With the feature `schema` every vocabulary is also a schema of OpenAPI.

/// An id that is in none of the vocabularies.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown {vocabulary}: {word:?}")]
pub struct UnknownWord {
    /// The vocabulary.
    pub vocabulary: &'static str,
    /// The unknown id.
    pub word: String,
}

// Ids are `tt`: a `literal` reaches derive macros in an invisible group, in which utoipa finds no name.
macro_rules! ids {
    ($(#[$doc:meta])* $name:ident { $($(#[$word_doc:meta])* $word:ident $id:tt;)* }) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
        )]
        #[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
        pub enum $name { $($(#[$word_doc])* #[serde(rename = $id)] $word,)* }

        impl $name {
            /// Every word, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$word),*];

            /// The id in JSON, SQL and logs.
            pub const fn id(self) -> &'static str {
                match self { $(Self::$word => $id),* }
            }

            /// The word of that id.
            pub fn of_id(id: &str) -> Option<Self> {
                match id { $($id => Some(Self::$word),)* _ => None }
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::vocabulary::UnknownWord;

            fn from_str(id: &str) -> Result<Self, Self::Err> {
                Self::of_id(id).ok_or_else(|| $crate::vocabulary::UnknownWord {
                    vocabulary: stringify!($name),
                    word: id.to_owned(),
                })
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.id())
            }
        }
    };
}
pub(crate) use ids;

macro_rules! words {
    (
        $(#[$doc:meta])*
        $name:ident { $($(#[$word_doc:meta])* $word:ident $id:tt $korean:literal $english:literal;)* }
    ) => {
        $crate::vocabulary::ids! {
            $(#[$doc])*
            $name {
                $($(#[$word_doc])* #[doc = concat!("“", $english, "”, “", $korean, "”")] $word $id;)*
            }
        }

        impl $name {
            /// The name that people read.
            pub fn name(self, language: $crate::language::Language) -> &'static str {
                match self { $(Self::$word => language.pick($korean, $english)),* }
            }
        }
    };
}
pub(crate) use words;
