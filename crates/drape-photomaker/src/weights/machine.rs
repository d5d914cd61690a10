//! The stack machine that runs a torch file's program without running anything else.
//!
//! A pickle is a program, and Python's machine calls any function that the file names. This machine knows
//! only the instructions that `torch.save` writes for dictionaries of tensors, and only the few functions
//! that such a file needs (`Global`); it refuses everything else by name and place. A file can make it
//! allocate a bounded amount of memory only.
//!
//! Sources: Python's `pickletools` for the instructions; torch's `_utils.py` for the arguments of the
//! rebuilding functions.

use std::collections::HashMap;
use std::rc::Rc;

use super::node::{self, Global, Id, Node, Step};
use super::storage::{AXES, Archive};
use super::value::Value;

/// Most values that a program may make.
const NODES: usize = 4 << 20;

/// The machine, with the program and the archive that it draws on.
pub(super) struct Machine<'a, 'b> {
    program: &'a [u8],
    archive: &'b mut Archive<'a>,
    at: usize,
    nodes: Vec<Node>,
    stack: Vec<Id>,
    marks: Vec<usize>,
    memo: HashMap<u32, Id>,
}

impl<'a, 'b> Machine<'a, 'b> {
    pub(super) fn new(program: &'a [u8], archive: &'b mut Archive<'a>) -> Self {
        Self {
            program,
            archive,
            at: 0,
            nodes: Vec::new(),
            stack: Vec::new(),
            marks: Vec::new(),
            memo: HashMap::new(),
        }
    }

    /// Runs to the end; the result is the last value on the stack.
    ///
    /// # Errors
    /// The flaw, and where it is.
    pub(super) fn run(mut self) -> Step<Value> {
        let result = self.steps().and_then(|root| node::value(&self.nodes, root));
        result.map_err(|detail| format!("{detail} (at byte {} of data.pkl)", self.at))
    }

    fn steps(&mut self) -> Step<Id> {
        let [start, protocol] = self.bytes()?;
        if start != 0x80 || !(2..=5).contains(&protocol) {
            return Err("not a pickle of protocol 2 to 5".to_owned());
        }
        loop {
            let [op] = self.bytes()?;
            if op == b'.' {
                return self.pop();
            }
            self.step(op)?;
        }
    }

    fn step(&mut self, op: u8) -> Step<()> {
        if self.literal(op)? || self.collection(op)? || self.memo(op)? || self.object(op)? {
            Ok(())
        } else {
            Err(format!("refused: instruction 0x{op:02x}{}", instruction(op)))
        }
    }

    /// Runs an instruction that pushes a constant, a number or a text; false for any other.
    fn literal(&mut self, op: u8) -> Step<bool> {
        match op {
            b'N' => self.push(Node::None)?,
            0x88 => self.push(Node::Bool(true))?,
            0x89 => self.push(Node::Bool(false))?,
            b'K' => {
                let [n] = self.bytes()?;
                self.push(Node::Int(n.into()))?;
            }
            b'M' => {
                let n = u16::from_le_bytes(self.bytes()?);
                self.push(Node::Int(n.into()))?;
            }
            b'J' => {
                let n = i32::from_le_bytes(self.bytes()?);
                self.push(Node::Int(n.into()))?;
            }
            0x8a => self.long()?,
            b'G' => {
                let x = f64::from_be_bytes(self.bytes()?);
                self.push(Node::Float(x))?;
            }
            b'X' => {
                let n = u32::from_le_bytes(self.bytes()?);
                self.text(n)?;
            }
            0x8c => {
                let [n] = self.bytes()?;
                self.text(n.into())?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Runs an instruction that makes or fills a list, tuple or dictionary; false for any other.
    fn collection(&mut self, op: u8) -> Step<bool> {
        match op {
            b'(' => self.marks.push(self.stack.len()),
            b']' | b')' => self.push(Node::Sequence(Rc::default()))?,
            b'}' => self.push(Node::Dict(Vec::new()))?,
            b't' | b'l' => {
                let items = self.marked()?;
                self.push(Node::Sequence(items.into()))?;
            }
            0x85..=0x87 => {
                let mut items = Vec::new();
                for _ in 0x85..=op {
                    items.push(self.pop()?);
                }
                items.reverse();
                self.push(Node::Sequence(items.into()))?;
            }
            b'a' => {
                let item = self.pop()?;
                self.append(&[item])?;
            }
            b'e' => {
                let items = self.marked()?;
                self.append(&items)?;
            }
            b's' => {
                let (value, key) = (self.pop()?, self.pop()?);
                self.insert(&[key, value])?;
            }
            b'u' => {
                let items = self.marked()?;
                self.insert(&items)?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Runs an instruction that stores in the memo or reads from it, or the frame that precedes a part of the
    /// program; false for any other.
    fn memo(&mut self, op: u8) -> Step<bool> {
        match op {
            b'q' => {
                let [n] = self.bytes()?;
                self.remember(n.into())?;
            }
            b'r' => {
                let n = u32::from_le_bytes(self.bytes()?);
                self.remember(n)?;
            }
            0x94 => {
                let n = self.memo.len();
                self.remember(u32::try_from(n).map_err(|e| e.to_string())?)?;
            }
            b'h' => {
                let [n] = self.bytes()?;
                self.recall(n.into())?;
            }
            b'j' => {
                let n = u32::from_le_bytes(self.bytes()?);
                self.recall(n)?;
            }
            0x95 => drop(self.bytes::<8>()?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Runs an instruction that names, refers to, makes or changes an object; false for any other.
    fn object(&mut self, op: u8) -> Step<bool> {
        match op {
            b'c' => {
                let (module, name) = (self.line()?, self.line()?);
                self.global(&module, &name)?;
            }
            0x93 => {
                let (name, module) = (self.pop()?, self.pop()?);
                let (module, name) = (self.string(module)?, self.string(name)?);
                self.global(&module, &name)?;
            }
            b'Q' => self.storage()?,
            b'R' => self.reduce()?,
            b'b' => self.build()?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn long(&mut self) -> Step<()> {
        let [n] = self.bytes()?;
        let digits = self.take(n.into())?;
        if digits.len() > 8 {
            return Err(format!("a whole number of {n} bytes"));
        }
        let negative = digits.last().is_some_and(|d| d & 0x80 != 0);
        let mut wide = [if negative { 0xff } else { 0 }; 8];
        wide[..digits.len()].copy_from_slice(digits);
        self.push(Node::Int(i64::from_le_bytes(wide)))
    }

    fn text(&mut self, length: u32) -> Step<()> {
        let bytes = self.take(length as usize)?;
        let text = std::str::from_utf8(bytes).map_err(|_| "text that is not UTF-8".to_owned())?;
        self.push(Node::Text(text.into()))
    }

    fn global(&mut self, module: &str, name: &str) -> Step<()> {
        match Global::named(module, name) {
            Some(global) => self.push(Node::Global(global)),
            None => Err(format!("refused: the file asks to run `{}.{}`", shown(module), shown(name))),
        }
    }

    fn append(&mut self, items: &[Id]) -> Step<()> {
        let to = self.top()?;
        match self.node_mut(to) {
            Node::Sequence(all) => Rc::make_mut(all).extend(items),
            _ => return Err("items for what is no list".to_owned()),
        }
        Ok(())
    }

    fn insert(&mut self, items: &[Id]) -> Step<()> {
        let to = self.top()?;
        if !items.len().is_multiple_of(2) {
            return Err("a key without its value".to_owned());
        }
        match self.node_mut(to) {
            Node::Dict(all) => all.extend(items.chunks_exact(2).map(|pair| (pair[0], pair[1]))),
            _ => return Err("items for what is no dictionary".to_owned()),
        }
        Ok(())
    }

    /// A reference to bytes outside of the program: `("storage", type, key, device, count)`.
    fn storage(&mut self) -> Step<()> {
        let id = self.pop()?;
        let parts = self.sequence(id)?;
        let &[what, kind, key, _device, count] = parts.as_slice() else {
            return Err(format!("a reference of {} parts", parts.len()));
        };
        let Node::Global(Global::Storage(element)) = *self.node(kind) else {
            return Err("a storage of no type".to_owned());
        };
        if &*self.string(what)? != "storage" {
            return Err("a reference to something else than a storage".to_owned());
        }
        let key = self.string(key)?;
        let count = self.size(count)?;
        let storage = self.archive.storage(&key, element, count)?;
        self.push(Node::Storage(Rc::new(storage)))
    }

    fn reduce(&mut self) -> Step<()> {
        let (arguments, function) = (self.pop()?, self.pop()?);
        let arguments = self.sequence(arguments)?;
        let Node::Global(global) = *self.node(function) else {
            return Err("refused: a call of what is no function".to_owned());
        };
        match (global, arguments.as_slice()) {
            (Global::Dict, []) => self.push(Node::Dict(Vec::new())),
            (Global::Tensor, &[storage, offset, shape, strides, ..]) => {
                let Node::Storage(storage) = self.node(storage) else {
                    return Err("a tensor without a storage".to_owned());
                };
                let storage = Rc::clone(storage);
                let offset = self.size(offset)?;
                let (shape, strides) = (self.sizes(shape)?, self.sizes(strides)?);
                match self.archive.tensor(&storage, offset, &shape, &strides)? {
                    Some(view) => self.push(Node::Tensor(Box::new(view))),
                    None => self.push(Node::Other(format!("{}{shape:?}", storage.element.name()).into())),
                }
            }
            (Global::Parameter, &[tensor, ..]) => {
                self.stack.push(tensor);
                Ok(())
            }
            (Global::Storage(element), _) => Err(format!("refused: a call of `torch.{}`", element.name())),
            (global, given) => Err(format!("{} arguments for {global:?}", given.len())),
        }
    }

    /// Attributes of an object: only a state dictionary may have any, the versions of its modules.
    fn build(&mut self) -> Step<()> {
        self.pop()?;
        let to = self.top()?;
        match self.node(to) {
            Node::Dict(_) => Ok(()),
            _ => Err("refused: attributes for what is no dictionary".to_owned()),
        }
    }

    fn push(&mut self, node: Node) -> Step<()> {
        if self.nodes.len() >= NODES {
            return Err("more values than a model has".to_owned());
        }
        let id = Id::try_from(self.nodes.len()).map_err(|e| e.to_string())?;
        self.nodes.push(node);
        self.stack.push(id);
        Ok(())
    }

    fn pop(&mut self) -> Step<Id> {
        let bottom = self.marks.last().copied().unwrap_or_default();
        match self.stack.len() > bottom {
            true => self.stack.pop().ok_or_else(|| "an empty stack".to_owned()),
            false => Err("nothing left on the stack".to_owned()),
        }
    }

    fn top(&self) -> Step<Id> {
        self.stack.last().copied().ok_or_else(|| "nothing left on the stack".to_owned())
    }

    fn marked(&mut self) -> Step<Vec<Id>> {
        let from = self.marks.pop().ok_or_else(|| "no mark on the stack".to_owned())?;
        Ok(self.stack.split_off(from))
    }

    fn remember(&mut self, place: u32) -> Step<()> {
        let top = self.top()?;
        self.memo.insert(place, top);
        Ok(())
    }

    fn recall(&mut self, place: u32) -> Step<()> {
        let id = *self.memo.get(&place).ok_or_else(|| format!("nothing at place {place} of the memo"))?;
        if self.stack.len() >= NODES {
            return Err("more values than a model has".to_owned());
        }
        self.stack.push(id);
        Ok(())
    }

    fn node(&self, id: Id) -> &Node {
        &self.nodes[id as usize]
    }

    fn node_mut(&mut self, id: Id) -> &mut Node {
        &mut self.nodes[id as usize]
    }

    fn string(&self, id: Id) -> Step<Rc<str>> {
        match self.node(id) {
            Node::Text(text) => Ok(Rc::clone(text)),
            _ => Err("no text where text belongs".to_owned()),
        }
    }

    fn sequence(&self, id: Id) -> Step<Rc<Vec<Id>>> {
        match self.node(id) {
            Node::Sequence(items) => Ok(Rc::clone(items)),
            _ => Err("no tuple where a tuple belongs".to_owned()),
        }
    }

    fn size(&self, id: Id) -> Step<usize> {
        match self.node(id) {
            Node::Int(n) => usize::try_from(*n).map_err(|_| format!("{n} as a size")),
            _ => Err("no whole number where a size belongs".to_owned()),
        }
    }

    fn sizes(&self, id: Id) -> Step<Vec<usize>> {
        let items = self.sequence(id)?;
        if items.len() > AXES {
            return Err(format!("a tensor of {} axes", items.len()));
        }
        items.iter().map(|n| self.size(*n)).collect()
    }

    fn take(&mut self, count: usize) -> Step<&'a [u8]> {
        let rest = self.program.get(self.at..).unwrap_or_default();
        let taken = rest.get(..count).ok_or_else(|| "the pickle ends too early".to_owned())?;
        self.at += count;
        Ok(taken)
    }

    fn bytes<const N: usize>(&mut self) -> Step<[u8; N]> {
        let taken = self.take(N)?;
        taken.try_into().map_err(|_| "the pickle ends too early".to_owned())
    }

    fn line(&mut self) -> Step<Rc<str>> {
        let rest = self.program.get(self.at..).unwrap_or_default();
        let end =
            rest.iter().position(|b| *b == b'\n').ok_or_else(|| "the pickle ends too early".to_owned())?;
        self.at += end + 1;
        std::str::from_utf8(&rest[..end]).map(Rc::from).map_err(|_| "a name that is not UTF-8".to_owned())
    }
}

/// Instructions that make objects or that no tensor file has, by their name in `pickletools`.
fn instruction(op: u8) -> &'static str {
    match op {
        b'i' => " (INST)",
        b'o' => " (OBJ)",
        b'P' => " (PERSID)",
        b'I' => " (INT)",
        b'V' => " (UNICODE)",
        b'S' | b'T' | b'U' => " (STRING)",
        b'0' => " (POP)",
        b'1' => " (POP_MARK)",
        b'2' => " (DUP)",
        b'B' | b'C' => " (BYTES)",
        0x80 => " (PROTO)",
        0x81 => " (NEWOBJ)",
        0x82..=0x84 => " (EXT)",
        0x8b => " (LONG4)",
        0x8d => " (BINUNICODE8)",
        0x8e => " (BINBYTES8)",
        0x8f..=0x91 => " (SET)",
        0x92 => " (NEWOBJ_EX)",
        0x96..=0x98 => " (BUFFER)",
        _ => "",
    }
}

/// A name out of a file, for a message: of bounded length and without control characters.
fn shown(name: &str) -> String {
    name.chars().take(64).flat_map(char::escape_debug).collect()
}
