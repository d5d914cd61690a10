//! The content of a torch file: dictionaries and lists of tensors, texts and numbers.

use std::collections::BTreeMap;

use super::view::View;

/// The content of a torch file.
#[derive(Debug, Clone)]
pub enum Value {
    /// A tensor, in place.
    Tensor(View),
    /// A tensor that is no weight (bytes, truth values, other whole numbers): its type and shape.
    Other(String),
    /// A dictionary; keys that are whole numbers are written out.
    Dict(BTreeMap<String, Value>),
    /// A list or tuple.
    List(Vec<Value>),
    /// Text.
    Text(String),
    /// A whole number.
    Int(i64),
    /// A number.
    Float(f64),
    /// Yes or no.
    Bool(bool),
    /// Nothing.
    None,
}

impl Value {
    /// The dictionary, if it is one.
    pub fn dict(&self) -> Option<&BTreeMap<String, Self>> {
        match self {
            Self::Dict(entries) => Some(entries),
            _ => None,
        }
    }

    /// The tensors of a state dictionary, which may lie under `state_dict` as training programs save it.
    /// Tensors that are no weights are left out.
    ///
    /// # Errors
    /// In words, the content that is no tensor.
    pub fn into_tensors(self) -> Result<BTreeMap<String, View>, String> {
        let Self::Dict(mut entries) = self else { return Err("no dictionary of tensors".to_owned()) };
        if let Some(Self::Dict(_)) = entries.get("state_dict") {
            let inner = entries.remove("state_dict").expect("it was just seen");
            return inner.into_tensors();
        }
        let mut tensors = BTreeMap::new();
        for (name, value) in entries {
            match value {
                Self::Tensor(view) => _ = tensors.insert(name, view),
                Self::Other(_) => {}
                Self::Dict(_) | Self::List(_) => {
                    return Err(format!("`{name}` is no tensor but a collection"));
                }
                _ => return Err(format!("`{name}` is no tensor")),
            }
        }
        Ok(tensors)
    }
}
