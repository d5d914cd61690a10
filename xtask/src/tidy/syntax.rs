//! The modules, items, imports and named paths of a source file, read from its tokens. Code that only tests
//! compile is left out.
//!
//! Tokens are used rather than a syntax tree, because they also cover the contents of macros, and a `use` is
//! easy to read from them. Unlike in a text search, strings and comments are not code.

use std::collections::BTreeSet;
use std::str::FromStr as _;

use proc_macro2::{Delimiter, Group, Ident, Spacing, TokenStream, TokenTree};

/// The modules of a file; the first is the file itself.
pub(super) struct Source {
    pub(super) scopes: Vec<Scope>,
}

/// A module within a file.
#[derive(Default)]
pub(super) struct Scope {
    pub(super) name: String,
    /// The enclosing scope; none for the file.
    pub(super) parent: Option<usize>,
    /// Modules in separate files.
    pub(super) files: Vec<ModuleFile>,
    /// Names of the items that it defines.
    pub(super) items: BTreeSet<String>,
    pub(super) types: Vec<TypeItem>,
    pub(super) imports: Vec<Import>,
    pub(super) mentions: Vec<Mention>,
}

/// `mod name;`
pub(super) struct ModuleFile {
    pub(super) name: String,
    /// The value of `#[path = ".."]`, relative to the folder of the declaring file.
    pub(super) path: Option<String>,
}

/// A struct, enum, union, trait or alias.
pub(super) struct TypeItem {
    pub(super) name: String,
    /// Whether it is `pub` without restriction.
    pub(super) public: bool,
    pub(super) line: usize,
}

/// One name of a `use`.
pub(super) struct Import {
    /// The name that it gets in this scope; `*` for all names, `_` for none.
    pub(super) alias: String,
    pub(super) path: Vec<String>,
    /// Whether it is re-exported (`pub use`, however restricted).
    pub(super) public: bool,
    pub(super) line: usize,
}

/// A path in the code, or a single name that may be an item's.
pub(super) struct Mention {
    pub(super) path: Vec<String>,
    pub(super) line: usize,
}

/// Reads a file.
pub(super) fn read(text: &str) -> Result<Source, String> {
    let tokens = TokenStream::from_str(text)
        .map_err(|e| format!("{e} in line {}: cannot be read", e.span().start().line))?;
    let mut reader = Reader { scopes: vec![Scope::default()] };
    reader.walk(tokens, 0, Place::Module);
    Ok(Source { scopes: reader.scopes })
}

/// The surroundings of tokens.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    /// Between the items of a module.
    Module,
    /// In an item, a body, an attribute or a macro.
    Within,
}

/// Words that begin an item whose name follows.
const ITEMS: [&str; 8] = ["struct", "enum", "union", "trait", "type", "fn", "const", "static"];

/// Words of the language that do not begin a path.
const KEYWORDS: [&str; 33] = [
    "as", "async", "await", "break", "continue", "dyn", "else", "extern", "false", "for", "if", "impl", "in",
    "let", "loop", "match", "move", "mut", "ref", "return", "true", "unsafe", "where", "while", "const",
    "static", "fn", "struct", "enum", "trait", "type", "mod", "gen",
];

struct Reader {
    scopes: Vec<Scope>,
}

impl Reader {
    fn walk(&mut self, tokens: TokenStream, scope: usize, place: Place) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        let mut public = Visibility::Private;
        let mut path = None;
        let mut for_tests = false;
        while at < tokens.len() {
            match &tokens[at] {
                TokenTree::Punct(p) if p.as_char() == '#' => {
                    let inner = is_punct(tokens.get(at + 1), '!');
                    let Some(attribute) = group(tokens.get(at + 1 + usize::from(inner)), Delimiter::Bracket)
                    else {
                        at += 1;
                        continue;
                    };
                    if !inner {
                        for_tests |= only_for_tests(attribute);
                        path = value_of_path(attribute).or(path);
                        if !is_condition(attribute) {
                            self.walk(attribute.stream(), scope, Place::Within);
                        }
                    }
                    at += 2 + usize::from(inner);
                    continue;
                }
                _ if for_tests => {
                    at = after_item(&tokens, at, place);
                    (for_tests, path, public) = (false, None, Visibility::Private);
                    continue;
                }
                // The name of a lifetime is not a path.
                TokenTree::Punct(p) if p.as_char() == '\'' => at += 2,
                // Nor is the name of a field or method; `..` is a range.
                TokenTree::Punct(p) if p.as_char() == '.' => {
                    let range = at > 0 && is_punct(tokens.get(at - 1), '.') || p.spacing() == Spacing::Joint;
                    at += if !range && ident(tokens.get(at + 1)).is_some() { 2 } else { 1 };
                }
                // `::name` starts at a crate, or belongs to the type before it.
                TokenTree::Punct(_) if double_colon(&tokens, at) => {
                    at += 2;
                    if ident(tokens.get(at)).is_some() {
                        at = path_at(&tokens, at).1;
                    }
                }
                TokenTree::Punct(p) => {
                    if p.as_char() == ';' {
                        (path, public) = (None, Visibility::Private);
                    }
                    at += 1;
                }
                TokenTree::Group(group) => {
                    self.walk(group.stream(), scope, Place::Within);
                    if group.delimiter() == Delimiter::Brace {
                        (path, public) = (None, Visibility::Private);
                    }
                    at += 1;
                }
                TokenTree::Ident(word) => {
                    let name = text(word);
                    if name == "pub" {
                        let restricted = group(tokens.get(at + 1), Delimiter::Parenthesis).is_some();
                        public = if restricted { Visibility::Restricted } else { Visibility::Public };
                        at += 1 + usize::from(restricted);
                        continue;
                    }
                    at = self.word(&tokens, at, scope, place, (public, &mut path));
                    if ITEMS.contains(&name.as_str()) || ["use", "mod"].contains(&name.as_str()) {
                        public = Visibility::Private;
                    }
                }
                TokenTree::Literal(_) => at += 1,
            }
        }
    }

    /// Reads the item or path that begins with a word. Returns where it ends.
    fn word(
        &mut self,
        tokens: &[TokenTree],
        at: usize,
        scope: usize,
        place: Place,
        (public, path): (Visibility, &mut Option<String>),
    ) -> usize {
        let name = ident(tokens.get(at)).unwrap_or_default();
        let next = ident(tokens.get(at + 1)).filter(|n| !KEYWORDS.contains(&n.as_str()));
        match (name.as_str(), next) {
            // `use<'a>` in a type captures lifetimes.
            ("use", _) if !is_punct(tokens.get(at + 1), '<') => {
                let end = (at..tokens.len()).find(|i| is_punct(tokens.get(*i), ';')).unwrap_or(tokens.len());
                let public = public != Visibility::Private;
                imports(&tokens[at + 1..end], &[], public, &mut self.scopes[scope].imports);
                end + 1
            }
            ("mod", Some(name)) => {
                if let Some(body) = group(tokens.get(at + 2), Delimiter::Brace) {
                    self.scopes.push(Scope { name, parent: Some(scope), ..Scope::default() });
                    let inner = self.scopes.len() - 1;
                    self.walk(body.stream(), inner, Place::Module);
                } else {
                    self.scopes[scope].files.push(ModuleFile { name, path: path.take() });
                }
                at + 3
            }
            ("macro_rules", _) => {
                let Some(name) = ident(tokens.get(at + 2)) else { return at + 1 };
                self.scopes[scope].items.insert(name);
                at + 3
            }
            (word, Some(name)) if ITEMS.contains(&word) => {
                if place == Place::Module {
                    let line = line(&tokens[at]);
                    if !["fn", "const", "static"].contains(&word) {
                        let public = public == Visibility::Public;
                        self.scopes[scope].types.push(TypeItem { name: name.clone(), public, line });
                    }
                    self.scopes[scope].items.insert(name);
                }
                at + 2
            }
            (word, _) if KEYWORDS.contains(&word) => at + 1,
            _ => {
                let (path, end) = path_at(tokens, at);
                if place == Place::Module && is_punct(tokens.get(end), '!') {
                    self.made_by_macro(tokens.get(end + 1), scope);
                }
                let called = is_punct(tokens.get(end), '!')
                    || group(tokens.get(end), Delimiter::Parenthesis).is_some();
                let item = path.len() > 1 || called || path[0].starts_with(|c: char| c.is_ascii_uppercase());
                if item {
                    self.scopes[scope].mentions.push(Mention { path, line: line(&tokens[at]) });
                }
                end
            }
        }
    }

    /// The types that a macro between items makes: the names in its input that have a doc comment.
    fn made_by_macro(&mut self, input: Option<&TokenTree>, scope: usize) {
        let Some(TokenTree::Group(input)) = input else { return };
        let tokens: Vec<TokenTree> = input.stream().into_iter().collect();
        for pair in tokens.windows(2) {
            if let [TokenTree::Group(before), TokenTree::Ident(name)] = pair
                && before.delimiter() == Delimiter::Bracket
                && ident(before.stream().into_iter().next().as_ref()).is_some_and(|n| n == "doc")
                && name.to_string().starts_with(|c: char| c.is_ascii_uppercase())
            {
                let name = text(name);
                self.scopes[scope].items.insert(name.clone());
                self.scopes[scope].types.push(TypeItem { name, public: true, line: line(&pair[1]) });
            }
        }
    }
}

/// The visibility of an item.
#[derive(Clone, Copy, PartialEq)]
enum Visibility {
    Private,
    Restricted,
    Public,
}

/// The names of a `use`, below a prefix.
fn imports(tokens: &[TokenTree], prefix: &[String], public: bool, found: &mut Vec<Import>) {
    for tree in tokens.split(|t| is_punct(Some(t), ',')) {
        let Some(first) = tree.first() else { continue };
        let line = line(first);
        let mut path = prefix.to_vec();
        let mut alias = None;
        let mut renamed = false;
        let mut nested = false;
        // `use ::a`: an empty name stands for the crates.
        if double_colon(tree, 0) && path.is_empty() {
            path.push(String::new());
        }
        for token in tree {
            match token {
                TokenTree::Ident(word) if renamed => alias = Some(text(word)),
                TokenTree::Ident(word) if *word == "as" => renamed = true,
                // `{self}` is the module around the braces.
                TokenTree::Ident(word) if *word == "self" && !path.is_empty() => {}
                TokenTree::Ident(word) => path.push(text(word)),
                TokenTree::Punct(p) if p.as_char() == '*' => alias = Some("*".to_owned()),
                TokenTree::Punct(p) if p.as_char() == '_' => alias = Some("_".to_owned()),
                TokenTree::Group(group) => {
                    let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                    imports(&inner, &path, public, found);
                    nested = true;
                }
                _ => {}
            }
        }
        if !nested {
            let alias = alias.or_else(|| path.last().cloned()).unwrap_or_default();
            found.push(Import { alias, path, public, line });
        }
    }
}

/// `a::b::c`, and its end.
fn path_at(tokens: &[TokenTree], mut at: usize) -> (Vec<String>, usize) {
    let mut path = Vec::new();
    while let Some(name) = ident(tokens.get(at)) {
        path.push(name);
        at += 1;
        if !double_colon(tokens, at) || ident(tokens.get(at + 2)).is_none() {
            break;
        }
        at += 2;
    }
    (path, at)
}

/// Whether an attribute is a `cfg`, whose words are not paths.
fn is_condition(attribute: &Group) -> bool {
    ident(attribute.stream().into_iter().next().as_ref()).is_some_and(|word| word.starts_with("cfg"))
}

/// Whether an attribute restricts the following code to tests.
fn only_for_tests(attribute: &Group) -> bool {
    let words: Vec<TokenTree> = attribute.stream().into_iter().collect();
    let first = ident(words.first()).unwrap_or_default();
    // `#[test]` or `#[tokio::test]`; the function's body is not part of the product.
    let last = words.iter().rev().find_map(|w| ident(Some(w))).unwrap_or_default();
    if first == "test" || double_colon(&words, 1) && last == "test" {
        return true;
    }
    let condition = group(words.get(1), Delimiter::Parenthesis);
    first == "cfg" && condition.is_some_and(|c| needs_test(&c.stream().into_iter().collect::<Vec<_>>()))
}

/// Whether a condition of `cfg` is true only in tests.
fn needs_test(condition: &[TokenTree]) -> bool {
    let word = ident(condition.first()).unwrap_or_default();
    let inner = group(condition.get(1), Delimiter::Parenthesis).filter(|_| word == "all");
    let inner: Vec<TokenTree> = inner.into_iter().flat_map(|i| i.stream()).collect();
    word == "test" || !inner.is_empty() && inner.split(|t| is_punct(Some(t), ',')).any(needs_test)
}

/// `#[path = "file.rs"]`
fn value_of_path(attribute: &Group) -> Option<String> {
    let words: Vec<TokenTree> = attribute.stream().into_iter().collect();
    if ident(words.first())? != "path" {
        return None;
    }
    words.get(2).map(|value| value.to_string().trim_matches('"').to_owned())
}

/// The end of the item that begins here.
fn after_item(tokens: &[TokenTree], at: usize, place: Place) -> usize {
    let import = ident(tokens.get(at)).is_some_and(|word| word == "use");
    for (i, token) in tokens.iter().enumerate().skip(at) {
        let ends = match token {
            TokenTree::Punct(p) => p.as_char() == ';' || place == Place::Within && p.as_char() == ',',
            TokenTree::Group(g) => g.delimiter() == Delimiter::Brace && !import,
            _ => false,
        };
        if ends {
            return i + 1;
        }
    }
    tokens.len()
}

fn line(token: &TokenTree) -> usize {
    token.span().start().line
}

fn text(ident: &Ident) -> String {
    let name = ident.to_string();
    name.strip_prefix("r#").map_or(name.clone(), str::to_owned)
}

fn ident(token: Option<&TokenTree>) -> Option<String> {
    match token? {
        TokenTree::Ident(word) => Some(text(word)),
        _ => None,
    }
}

fn group(token: Option<&TokenTree>, delimiter: Delimiter) -> Option<&Group> {
    match token? {
        TokenTree::Group(group) if group.delimiter() == delimiter => Some(group),
        _ => None,
    }
}

fn is_punct(token: Option<&TokenTree>, c: char) -> bool {
    matches!(token, Some(TokenTree::Punct(p)) if p.as_char() == c)
}

fn double_colon(tokens: &[TokenTree], at: usize) -> bool {
    is_punct(tokens.get(at), ':') && is_punct(tokens.get(at + 1), ':')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> Scope {
        read(text).expect("correct Rust").scopes.swap_remove(0)
    }

    fn imported(text: &str) -> Vec<(String, String)> {
        file(text).imports.into_iter().map(|i| (i.alias, i.path.join("::"))).collect()
    }

    fn mentioned(text: &str) -> Vec<String> {
        file(text).mentions.into_iter().map(|m| m.path.join("::")).collect()
    }

    #[test]
    fn every_form_of_use_is_read() {
        let found = imported(
            "use crate::a::{self, b::{C as D, *}, e};\npub(crate) use super::super::f;\nuse ::std::io;\n\
             fn g() { use self::h::I as _; }",
        );
        let expected = [
            ("a", "crate::a"),
            ("D", "crate::a::b::C"),
            ("*", "crate::a::b"),
            ("e", "crate::a::e"),
            ("f", "super::super::f"),
            ("io", "::std::io"),
            ("_", "self::h::I"),
        ];
        assert_eq!(found, expected.map(|(alias, path)| (alias.to_owned(), path.to_owned())));
        let public: Vec<bool> =
            file("use a::b;\npub(super) use c::d;").imports.iter().map(|i| i.public).collect();
        assert_eq!(public, [false, true]);
    }

    #[test]
    fn paths_are_found_in_bodies_types_and_macros() {
        let found = mentioned(
            "fn f(x: Vec<crate::a::B>) -> super::C { print!(\"{}\", crate::d::e(x.field, 'l')) ; g::<H>() }",
        );
        assert_eq!(found, ["Vec", "crate::a::B", "super::C", "print", "crate::d::e", "H"]);
    }

    #[test]
    fn fields_lifetimes_strings_comments_and_other_crates_are_no_paths() {
        let found = mentioned(
            "#[derive(I)] #[cfg(J)] fn f<'B>(b: &'B u8) { /* A::b */ b.c(); ::std::d(); \"E::f\"; \
                0..Len::MAX }",
        );
        assert_eq!(found, ["derive", "I", "Len::MAX"]);
    }

    #[test]
    fn what_only_tests_compile_is_left_out() {
        let found = file(
            "#[cfg(test)] use crate::a::B;\n#[cfg(test)] mod tests { use crate::c::D; }\n\
             #[cfg(all(test, unix))] fn e() { crate::f::g() }\n#[test] fn h() { crate::i::j() }\n\
             #[cfg(not(test))] fn k() { crate::l::m() }\nstruct N;",
        );
        assert_eq!(found.imports.len(), 0);
        assert_eq!(found.mentions.iter().map(|m| m.path.join("::")).collect::<Vec<_>>(), ["crate::l::m"]);
        assert_eq!(found.items, BTreeSet::from(["k".to_owned(), "N".to_owned()]));
    }

    #[test]
    fn items_are_those_of_the_module_and_types_say_whether_they_are_public() {
        let found = file(
            "pub struct A(u8);\npub(crate) enum B {}\ntype C = u8;\n\
             impl A { pub type D = u8; pub fn e() {} }\n\
             pub const fn f() {}\nmacro_rules! g { () => {} }\nwords! {\n/// Documented.\nH { I \"i\"; } }",
        );
        let items: Vec<&str> = found.items.iter().map(String::as_str).collect();
        assert_eq!(items, ["A", "B", "C", "H", "f", "g"]);
        let types: Vec<(&str, bool, usize)> =
            found.types.iter().map(|t| (t.name.as_str(), t.public, t.line)).collect();
        assert_eq!(types, [("A", true, 1), ("B", false, 2), ("C", false, 3), ("H", true, 9)]);
    }

    #[test]
    fn modules_are_told_apart() {
        let source = read("mod a;\n#[path = \"other.rs\"] mod b;\nmod c { pub mod d; use super::E; }");
        let source = source.expect("correct Rust");
        let files: Vec<_> =
            source.scopes[0].files.iter().map(|f| (f.name.as_str(), f.path.as_deref())).collect();
        assert_eq!(files, [("a", None), ("b", Some("other.rs"))]);
        let inner = &source.scopes[1];
        assert_eq!((inner.name.as_str(), inner.parent), ("c", Some(0)));
        assert_eq!(
            (inner.files[0].name.as_str(), inner.imports[0].path.join("::").as_str()),
            ("d", "super::E")
        );
    }

    #[test]
    fn what_is_no_rust_is_told_with_its_line() {
        assert!(read("fn a() {}\nfn b( {").is_err_and(|why| why.contains("line 2")));
    }
}
