//! The forms of the lexicon, letter by letter, so that one walk over the text finds all of them.

use super::word::Word;

/// The meaning of a form.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    pub(super) word: Word,
    /// Stands only behind another word.
    pub(super) particle: bool,
}

/// The least number of letters of a word in which a typing error is forgiven; shorter words are too similar.
const LONG: usize = 6;

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

    /// The meaning of the form that is one typing error away: an extra, missing, wrong or swapped letter, but
    /// not the first, in a word of at least [`LONG`] letters.
    pub(super) fn near(&self, word: &[char]) -> Option<Word> {
        let (first, rest) = word.split_first()?;
        if word.len() < LONG {
            return None;
        }
        let node = self.child(0, *first)?;
        self.slip(node, rest, 1)
    }

    /// The meaning of `rest`, read from a node with exactly one typing error at letter `at` or later.
    fn slip(&self, node: usize, rest: &[char], at: usize) -> Option<Word> {
        let end = |node: usize, rest: &[char], length: usize| {
            let node = rest.iter().try_fold(node, |node, &c| self.child(node, c))?;
            self.nodes[node].word.filter(|word| length >= LONG && word.is_name())
        };
        let length = at + rest.len();
        if let [first, after @ ..] = rest {
            if let Some(word) = end(node, after, length - 1) {
                return Some(word);
            }
            if let [second, after @ ..] = after
                && let Some(word) = self
                    .child(node, *second)
                    .and_then(|node| self.child(node, *first))
                    .and_then(|n| end(n, after, length))
            {
                return Some(word);
            }
        }
        for &(c, child) in self.nodes[node].next.iter().filter(|(c, _)| c.is_ascii_lowercase()) {
            let child = child as usize;
            let missing = end(child, rest, length + 1);
            let wrong = || {
                rest.split_first()
                    .filter(|(typed, _)| **typed != c)
                    .and_then(|(_, after)| end(child, after, length))
            };
            if let Some(word) = missing.or_else(wrong) {
                return Some(word);
            }
        }
        let (first, after) = rest.split_first()?;
        self.slip(self.child(node, *first)?, after, at + 1)
    }

    fn child(&self, node: usize, c: char) -> Option<usize> {
        let next = &self.nodes[node].next;
        next.binary_search_by_key(&c, |&(c, _)| c).ok().map(|at| next[at].1 as usize)
    }

    /// A walk from the root.
    pub(super) fn walk(&self) -> Walk<'_> {
        Walk { trie: self, node: 0 }
    }
}

impl Walk<'_> {
    /// Takes one letter; false where no form goes on with it.
    pub(super) fn step(&mut self, c: char) -> bool {
        let child = self.trie.child(self.node, c);
        self.node = child.unwrap_or(self.node);
        child.is_some()
    }

    /// The meanings of the form that ends here.
    pub(super) fn entries(&self) -> impl Iterator<Item = Entry> + use<> {
        let node = &self.trie.nodes[self.node];
        let word = node.word.map(|word| Entry { word, particle: false });
        let particle = node.particle.map(|word| Entry { word, particle: true });
        word.into_iter().chain(particle)
    }
}
