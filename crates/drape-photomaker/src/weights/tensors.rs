//! The tensors of a component by name, and the record of which of them a model asked for.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::view::View;
use crate::error::{Error, Problem, Result};

/// All tensors of one component, by name.
#[derive(Debug, Default)]
pub struct Tensors {
    component: String,
    entries: BTreeMap<String, View>,
    asked: RefCell<BTreeSet<String>>,
    problems: RefCell<Vec<Problem>>,
}

impl Tensors {
    /// The tensors of `component` (`unet`, `vae`, `id_encoder` ...).
    pub fn new(component: &str, entries: BTreeMap<String, View>) -> Self {
        Self { component: component.to_owned(), entries, ..Self::default() }
    }

    /// The name of the component, for messages.
    pub fn component(&self) -> &str {
        &self.component
    }

    /// Every tensor by name.
    pub fn entries(&self) -> &BTreeMap<String, View> {
        &self.entries
    }

    /// Every tensor by name, to change them: LoRAs are added this way.
    pub fn entries_mut(&mut self) -> &mut BTreeMap<String, View> {
        &mut self.entries
    }

    /// The scope of whole names.
    pub fn root(&self) -> Scope<'_> {
        Scope { tensors: self, prefix: String::new() }
    }

    /// Checks that the model took every tensor: names those that were missing, had another shape, or were
    /// left over. Names for which `ignored` answers true may be left over.
    ///
    /// # Errors
    /// [`Error::Tensors`] with every problem.
    pub fn finish(&self, ignored: impl Fn(&str) -> bool) -> Result<()> {
        let mut problems = self.problems.borrow().clone();
        let asked = self.asked.borrow();
        let left = self.entries.keys().filter(|k| !asked.contains(*k) && !ignored(k));
        problems.extend(left.map(|k| Problem::Extra(k.clone())));
        if problems.is_empty() {
            return Ok(());
        }
        Err(Error::Tensors { component: self.component.clone(), problems })
    }
}

/// A scope of [`Tensors`]: names are relative to its prefix.
#[derive(Debug, Clone)]
pub struct Scope<'a> {
    tensors: &'a Tensors,
    prefix: String,
}

impl Scope<'_> {
    /// The scope `name` below this one.
    pub fn at(&self, name: impl std::fmt::Display) -> Self {
        Self { tensors: self.tensors, prefix: self.name(name) }
    }

    /// The tensor `name`, which must have this shape.
    ///
    /// A missing tensor, or one of another shape, is recorded for [`Tensors::finish`], and a view without
    /// bytes is returned, so that all problems of a file are named at once.
    pub fn get(&self, name: &str, shape: &[usize]) -> View {
        let name = self.name(name);
        self.tensors.asked.borrow_mut().insert(name.clone());
        let problem = match self.tensors.entries.get(&name) {
            Some(view) if view.shape() == shape => return view.clone(),
            Some(view) => Problem::Shape { name, found: view.shape().to_vec(), wanted: shape.to_vec() },
            None => Problem::Missing(name),
        };
        self.tensors.problems.borrow_mut().push(problem);
        View::absent(shape)
    }

    /// The shape of the tensor `name`, if it exists: for sizes that no configuration gives.
    pub fn shape(&self, name: &str) -> Option<&[usize]> {
        self.tensors.entries.get(&self.name(name)).map(View::shape)
    }

    /// How many of `name.0`, `name.1` ... there are.
    pub fn count(&self, name: &str) -> usize {
        let start = format!("{}.", self.name(name));
        let numbers = self.tensors.entries.range(start.clone()..).take_while(|(k, _)| k.starts_with(&start));
        let number = |k: &str| k[start.len()..].split('.').next().and_then(|n| n.parse::<usize>().ok());
        numbers.filter_map(|(k, _)| number(k)).max().map_or(0, |n| n + 1)
    }

    fn name(&self, name: impl std::fmt::Display) -> String {
        if self.prefix.is_empty() { name.to_string() } else { format!("{}.{name}", self.prefix) }
    }
}
