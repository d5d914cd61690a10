//! The values that a torch file's program makes, and the tree built from its last value.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::storage::{Element, Storage};
use super::value::Value;
use super::view::View;

/// Most values in the result, where a shared value counts once per reference.
const RESULT: usize = 1 << 20;
/// Most bytes of text in the result.
const RESULT_TEXT: usize = 64 << 20;
/// Deepest nesting of collections.
const DEPTH: usize = 32;

/// The functions and classes that a file may name.
#[derive(Debug, Clone, Copy)]
pub(super) enum Global {
    /// `collections.OrderedDict`.
    Dict,
    /// `torch._utils._rebuild_tensor_v2`.
    Tensor,
    /// `torch._utils._rebuild_parameter`.
    Parameter,
    /// `torch.FloatStorage` ...
    Storage(Element),
}

impl Global {
    pub(super) fn named(module: &str, name: &str) -> Option<Self> {
        match (module, name) {
            ("collections", "OrderedDict") => Some(Self::Dict),
            ("torch._utils", "_rebuild_tensor_v2") => Some(Self::Tensor),
            ("torch._utils", "_rebuild_parameter") => Some(Self::Parameter),
            ("torch", _) => Element::named(name).map(Self::Storage),
            _ => None,
        }
    }
}

pub(super) type Id = u32;

#[derive(Debug)]
pub(super) enum Node {
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Rc<str>),
    Sequence(Rc<Vec<Id>>),
    Dict(Vec<(Id, Id)>),
    Global(Global),
    Storage(Rc<Storage>),
    Tensor(Box<View>),
    Other(Rc<str>),
}

/// Errors are texts here; the machine adds the place in the program.
pub(super) type Step<T> = Result<T, String>;

/// The tree below a node, within bounds; a value with several references appears once per reference.
///
/// # Errors
/// The flaw, in words.
pub(super) fn value(nodes: &[Node], root: Id) -> Step<Value> {
    Tree { nodes, left: (RESULT, RESULT_TEXT) }.value(root, 0)
}

struct Tree<'a> {
    nodes: &'a [Node],
    /// Values and bytes of text that may still be made.
    left: (usize, usize),
}

impl Tree<'_> {
    fn value(&mut self, id: Id, depth: usize) -> Step<Value> {
        if depth > DEPTH {
            return Err(format!("collections deeper than {DEPTH}"));
        }
        self.spend(0)?;
        let nodes = self.nodes;
        Ok(match &nodes[id as usize] {
            Node::None | Node::Global(_) | Node::Storage(_) => Value::None,
            Node::Bool(yes) => Value::Bool(*yes),
            Node::Int(n) => Value::Int(*n),
            Node::Float(x) => Value::Float(*x),
            Node::Tensor(view) => Value::Tensor((**view).clone()),
            Node::Text(text) => {
                self.spend(text.len())?;
                Value::Text(text.to_string())
            }
            Node::Other(text) => {
                self.spend(text.len())?;
                Value::Other(text.to_string())
            }
            Node::Sequence(items) => {
                Value::List(items.iter().map(|item| self.value(*item, depth + 1)).collect::<Step<_>>()?)
            }
            Node::Dict(entries) => {
                let mut out = BTreeMap::new();
                for (key, value) in entries {
                    let key = match &nodes[*key as usize] {
                        Node::Text(text) => text.to_string(),
                        Node::Int(n) => n.to_string(),
                        _ => return Err("a key that is neither text nor a whole number".to_owned()),
                    };
                    self.spend(key.len())?;
                    out.insert(key, self.value(*value, depth + 1)?);
                }
                Value::Dict(out)
            }
        })
    }

    fn spend(&mut self, text: usize) -> Step<()> {
        let (values, texts) = self.left;
        let left = values.checked_sub(1).zip(texts.checked_sub(text));
        self.left = left.ok_or_else(|| "more values than a model has".to_owned())?;
        Ok(())
    }
}
