//! Reports on wishes other than garments to put on; they follow from style and photo alone.

use drape_core::report::{Outcome, Reason, WishReport};
use drape_core::style::{SceneKind, Style};

use crate::parse::label::Label;
use crate::parse::labelled::Parse;

/// Reports on everything but garments to put on: parts to leave out or to keep, scene, moods, seasons.
pub(crate) fn other_wishes(style: &Style, parse: &Parse) -> Vec<WishReport> {
    let language = style.language;
    let mut out = Vec::new();
    for part in &style.without {
        let label = Label::ALL.into_iter().find(|l| l.id() == part.id());
        let worn = label.is_none_or(|l| parse.shares[l] > 0.002);
        let asked = language
            .pick(format!("{} 없이", part.name(language)), format!("without {}", part.name(language)));
        let (outcome, reasons) = if worn {
            (Outcome::NotPossible, vec![Reason::CannotRemove])
        } else {
            (Outcome::Done, Vec::new())
        };
        out.push(WishReport::new(asked, part.id(), outcome, reasons));
    }
    for part in &style.keep {
        let asked =
            language.pick(format!("{} 그대로", part.name(language)), format!("keep {}", part.name(language)));
        out.push(WishReport::new(asked, part.id(), Outcome::Done, Vec::new()));
    }
    if let Some(scene) = &style.scene {
        let (outcome, reasons) = match scene.kind {
            SceneKind::Studio
            | SceneKind::PlainWhite
            | SceneKind::PlainGrey
            | SceneKind::PlainColour
            | SceneKind::Gradient
            | SceneKind::Blurred => (Outcome::Done, Vec::new()),
            SceneKind::Gym => (Outcome::Approximated, vec![Reason::SceneSuggested]),
            _ => (Outcome::Approximated, vec![Reason::SceneDrawn]),
        };
        out.push(WishReport::new(scene.describe(language), scene.kind.id(), outcome, reasons));
    }
    let moods = style.moods.iter().map(|m| (m.name(language), m.id()));
    let seasons = style.seasons.iter().map(|s| (s.name(language), s.id()));
    for (name, id) in moods.chain(seasons) {
        out.push(WishReport::new(name.to_owned(), id, Outcome::Approximated, vec![Reason::NoEffect]));
    }
    out
}
