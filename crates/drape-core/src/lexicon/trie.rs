//! The forms of the lexicon, letter by letter, so that one walk over the text finds all of them.

use super::word::Word;

/// What a form means.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    pub(super) word: Word,
    /// Stands only behind another word.
    pub(super) particle: bool,
}

#[derive(Default)]
struct Node {
    /// Sorted by letter.
    next: Vec<(char, u32)>,
    word: Option<Word>,
    particle: Option<Word>,
}

/// A prefix tree; node 0 is the root.
pub(super) struct Trie {
    nodes: Vec<Node>,
}

/// A place in the tree while text is read.
pub(super) struct Walk<'a> {
    trie: &'a Trie,
    node: usize,
}

impl Default for Trie {
    fn default() -> Self {
        Self { nodes: vec![Node::default()] }
    }
}

impl Trie {
    /// Adds a form; each space in it may be written or left out. The first meaning of a form stays.
    pub(super) fn insert(&mut self, form: &str, word: Word, particle: bool) {
        self.grow(0, form, word, particle);
    }

    fn grow(&mut self, node: usize, rest: &str, word: Word, particle: bool) {
        let mut chars = rest.chars();
        let Some(c) = chars.next() else {
            let node = &mut self.nodes[node];
            let place = if particle { &mut node.particle } else { &mut node.word };
            place.get_or_insert(word);
            return;
        };
        if c == ' ' {
            self.grow(node, chars.as_str(), word, particle);
        }
        let child = match self.nodes[node].next.binary_search_by_key(&c, |&(c, _)| c) {
            Ok(at) => self.nodes[node].next[at].1 as usize,
            Err(at) => {
                let child = self.nodes.len();
                self.nodes.push(Node::default());
                self.nodes[node].next.insert(at, (c, child as u32));
                child
            }
        };
        self.grow(child, chars.as_str(), word, particle);
    }

    /// A walk from the root.
    pub(super) fn walk(&self) -> Walk<'_> {
        Walk { trie: self, node: 0 }
    }
}

impl Walk<'_> {
    /// Takes one letter; false where no form goes on with it.
    pub(super) fn step(&mut self, c: char) -> bool {
        let next = &self.trie.nodes[self.node].next;
        let found = next.binary_search_by_key(&c, |&(c, _)| c);
        if let Ok(at) = found {
            self.node = next[at].1 as usize;
        }
        found.is_ok()
    }

    /// The meanings of the form that ends here.
    pub(super) fn entries(&self) -> impl Iterator<Item = Entry> + use<> {
        let node = &self.trie.nodes[self.node];
        let word = node.word.map(|word| Entry { word, particle: false });
        let particle = node.particle.map(|word| Entry { word, particle: true });
        word.into_iter().chain(particle)
    }
}
