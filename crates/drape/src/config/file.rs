//! The settings file: TOML whose keys are the names of flags. A table named after a command holds values for
//! that command only. An unknown key or a value of the wrong type is refused with its line.

use std::ops::Range;
use std::path::{Path, PathBuf};

use clap::{Arg, ArgAction};
use drape_core::language::Language;
use toml_edit::{Document, Item, TableLike, Value};

use super::contents::contents;
use super::settings::{is_number, settings};
use crate::failure::Failure;

/// A settings file whose every key is known and of the right type.
pub(super) struct File {
    name: PathBuf,
    entries: Vec<Entry>,
}

/// One key.
struct Entry {
    /// The commands that the tables are named after, outermost first; empty for all commands.
    path: Vec<String>,
    /// Name of the flag.
    long: String,
    line: usize,
    given: Given,
}

/// The value of a key.
enum Given {
    Values(Vec<String>),
    /// `{ file = "…" }`: the contents of another file, for secrets.
    Contents(PathBuf),
}

impl File {
    pub(super) fn read(name: &Path, command: &clap::Command, language: Language) -> Result<Self, Failure> {
        let shown = name.display();
        let text = std::fs::read_to_string(name).map_err(|e| {
            Failure::input(language.pick(
                format!("{shown}: 설정 파일을 읽을 수 없어요. ({e})"),
                format!("{shown}: the settings file cannot be read ({e})."),
            ))
        })?;
        let mut file = Self { name: name.to_owned(), entries: Vec::new() };
        let lines = Lines(&text);
        let document = Document::parse(text.as_str()).map_err(|e| {
            // Show only the place and the cause: the line itself may hold a secret.
            let place = file.place(lines.of(e.span()), language);
            Failure::input(format!("{place}: {}", e.message()))
        })?;
        file.table(document.as_table(), &[], command, &lines, language)?;
        Ok(file)
    }

    /// The line and the values for a flag of the command `path`. The table nearest to the command wins.
    pub(super) fn values(
        &self,
        path: &[String],
        long: &str,
        language: Language,
    ) -> Result<Option<(usize, Vec<String>)>, Failure> {
        let fits = |e: &&Entry| e.long == long && path.starts_with(&e.path);
        let Some(entry) = self.entries.iter().filter(fits).max_by_key(|e| e.path.len()) else {
            return Ok(None);
        };
        let values = match &entry.given {
            Given::Values(values) => values.clone(),
            Given::Contents(path) => vec![contents(path, &self.place(entry.line, language), language)?],
        };
        Ok(Some((entry.line, values)))
    }

    /// The name of a line in messages.
    pub(super) fn place(&self, line: usize, language: Language) -> String {
        let name = self.name.display();
        language.pick(format!("{name} {line}번째 줄"), format!("{name}, line {line}"))
    }

    fn table(
        &mut self,
        table: &dyn TableLike,
        path: &[String],
        command: &clap::Command,
        lines: &Lines<'_>,
        language: Language,
    ) -> Result<(), Failure> {
        let known = settings(command);
        for (key, item) in table.iter() {
            let line = lines.of(table.key(key).and_then(toml_edit::Key::span).or(item.span()));
            let name = key.replace('_', "-");
            if let Item::Table(below) = item {
                let Some(child) = command.find_subcommand(&name) else {
                    let commands = command.get_subcommands().filter(|c| !settings(c).is_empty());
                    let names: Vec<&str> = commands.map(clap::Command::get_name).collect();
                    return Err(self.unknown(&format!("[{key}]"), &name, &names, line, language));
                };
                self.table(below, &[path, &[name]].concat(), child, lines, language)?;
                continue;
            }
            let Some((_, arg)) = known.iter().find(|(_, a)| a.get_long() == Some(&name)) else {
                let names: Vec<&str> = known.iter().filter_map(|(_, a)| a.get_long()).collect();
                return Err(self.unknown(&format!("`{key}`"), &name, &names, line, language));
            };
            if self.entries.iter().any(|e| e.long == name && e.path == path) {
                return Err(Failure::input(language.pick(
                    format!(
                        "{}: `{name}` 설정이 두 번 있어요. 하나만 남겨 주세요.",
                        self.place(line, language)
                    ),
                    format!("{}: `{name}` is set twice.", self.place(line, language)),
                )));
            }
            let given = given(item, arg).map_err(|wanted| {
                let place = self.place(line, language);
                Failure::input(match wanted {
                    ValueKind::Switch => language.pick(
                        format!("{place}: `{key}`에는 true나 false를 적어 주세요."),
                        format!("{place}: `{key}` wants true or false."),
                    ),
                    ValueKind::Number => language.pick(
                        format!("{place}: `{key}`에는 따옴표 없는 숫자를 적어 주세요."),
                        format!("{place}: `{key}` wants a number, without quotes."),
                    ),
                    ValueKind::Text => language.pick(
                        format!("{place}: `{key}`에는 따옴표로 묶은 글을 적어 주세요."),
                        format!("{place}: `{key}` wants text in quotes."),
                    ),
                    ValueKind::List => language.pick(
                        format!("{place}: `{key}`에는 [\"…\", \"…\"] 같은 목록이나 따옴표로 묶은 글을 적어 주세요."),
                        format!("{place}: `{key}` wants a list such as [\"…\", \"…\"], or text in quotes."),
                    ),
                })
            })?;
            self.entries.push(Entry { path: path.to_vec(), long: name, line, given });
        }
        Ok(())
    }

    fn unknown(&self, shown: &str, name: &str, known: &[&str], line: usize, language: Language) -> Failure {
        let place = self.place(line, language);
        let near = |k: &&&str| strsim::jaro_winkler(k, name);
        let nearest = known.iter().max_by(|a, b| near(a).total_cmp(&near(b))).copied().unwrap_or_default();
        let nearest = if shown.starts_with('[') { format!("[{nearest}]") } else { format!("`{nearest}`") };
        Failure::input(language.pick(
            format!("{place}: {shown} 설정은 없어요. 가장 비슷한 설정: {nearest}."),
            format!("{place}: there is no setting {shown}. The nearest is {nearest}."),
        ))
    }
}

/// The kind of value that an argument takes.
enum ValueKind {
    Switch,
    Number,
    Text,
    List,
}

/// The value of a key, in the form that clap's argument would receive.
fn given(item: &Item, arg: &Arg) -> Result<Given, ValueKind> {
    let wanted = match arg.get_action() {
        ArgAction::SetTrue | ArgAction::SetFalse => ValueKind::Switch,
        ArgAction::Append => ValueKind::List,
        _ if is_number(arg.get_value_parser()) => ValueKind::Number,
        _ => ValueKind::Text,
    };
    let one = |value: &Value| match (&wanted, value) {
        (ValueKind::Switch, Value::Boolean(b)) => Some(b.value().to_string()),
        (ValueKind::Number, Value::Integer(n)) => Some(n.value().to_string()),
        (ValueKind::Number, Value::Float(n)) => Some(n.value().to_string()),
        (ValueKind::Text | ValueKind::List, Value::String(s)) => Some(s.value().clone()),
        _ => None,
    };
    let found = match (&wanted, item) {
        (_, Item::Value(Value::InlineTable(table))) if table.len() == 1 => {
            table.get("file").and_then(Value::as_str).map(|file| Given::Contents(file.into()))
        }
        // clap flags are absent or have values, so an empty list is refused.
        (ValueKind::List, Item::Value(Value::Array(list))) if !list.is_empty() => {
            list.iter().map(one).collect::<Option<_>>().map(Given::Values)
        }
        (_, Item::Value(value)) => one(value).map(|value| Given::Values(vec![value])),
        _ => None,
    };
    found.ok_or(wanted)
}

/// Lines of the text, counted from one.
struct Lines<'a>(&'a str);

impl Lines<'_> {
    fn of(&self, span: Option<Range<usize>>) -> usize {
        let end = span.map_or(0, |s| s.start).min(self.0.len());
        1 + self.0.as_bytes()[..end].iter().filter(|b| **b == b'\n').count()
    }
}
