//! The tables of `docs/PRIVACY.md`, in Markdown.

use super::{Basis, COLUMNS, Column, ITEMS, Item, Kept, Purpose, Surface, cookies};
use crate::domain::class::Class;
use crate::domain::retention::Rule;
use crate::domain::role::{Permission, Role};

/// Every table that follows from the inventory, under its heading.
#[must_use]
pub fn privacy_tables() -> String {
    [
        ("What is held", items()),
        ("Purposes and legal bases", purposes()),
        ("How long", rules()),
        ("Classes and surfaces", surfaces()),
        ("Roles", roles()),
        ("Cookies", cookies_table()),
        ("Columns of the database", columns()),
    ]
    .into_iter()
    .map(|(heading, table)| format!("### {heading}\n\n{table}"))
    .collect::<Vec<_>>()
    .join("\n")
}

fn table<const N: usize>(head: [&str; N], rows: impl Iterator<Item = [String; N]>) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let mut text = line(&head.map(str::to_owned));
    text.push_str(&line(&[const { "---" }; N].map(str::to_owned)));
    for row in rows {
        // A bar inside a cell would open another.
        text.push_str(&line(&row.map(|cell| cell.replace('|', "\\|"))));
    }
    text
}

fn items() -> String {
    let shown = |item: &Item| {
        let labels: Vec<_> = item.shown_to.iter().map(|audience| audience.label()).collect();
        if labels.is_empty() { "nobody".to_owned() } else { labels.join(", ") }
    };
    table(
        [
            "key",
            "item",
            "what it is",
            "class",
            "legal basis",
            "kept",
            "shown to",
            "source",
            "sealed in",
        ],
        ITEMS.iter().map(|item| {
            let slots: Vec<_> = item
                .slots
                .iter()
                .map(|slot| {
                    let (table, column) = slot.column();
                    format!("`{table}.{column}`")
                })
                .collect();
            [
                format!("`{}`", item.key),
                format!("{}{}", item.label, if item.optional { " (optional)" } else { "" }),
                item.what.to_owned(),
                item.class.map_or("–", Class::word).to_owned(),
                item.basis().label().to_owned(),
                kept(item.kept),
                shown(item),
                item.source.to_owned(),
                if slots.is_empty() { "–".to_owned() } else { slots.join(", ") },
            ]
        }),
    )
}

/// The rules by their words, since a table of their own says what they are.
fn kept(kept: Kept) -> String {
    match kept {
        Kept::Under(rules) => {
            rules.iter().map(|rule| format!("`{rule}`")).collect::<Vec<_>>().join(", ")
        }
        other => other.phrases().join("; "),
    }
}

fn purposes() -> String {
    table(
        ["purpose", "legal basis", "balancing", "items"],
        Purpose::ALL.into_iter().map(|purpose| {
            let keys: Vec<_> = ITEMS
                .iter()
                .filter(|item| item.purpose == purpose)
                .map(|item| format!("`{}`", item.key))
                .collect();
            let balancing = match purpose.basis() {
                Basis::LegitimateInterest { balancing } => balancing,
                _ => "–",
            };
            [
                purpose.text().to_owned(),
                purpose.basis().label().to_owned(),
                balancing.to_owned(),
                keys.join(", "),
            ]
        }),
    )
}

fn rules() -> String {
    table(
        ["rule", "record", "kept"],
        Rule::ALL
            .into_iter()
            .map(|rule| [format!("`{rule}`"), rule.subject().to_owned(), rule.phrase()]),
    )
}

fn surfaces() -> String {
    let words = |classes: &[Class]| match classes {
        [] => "–".to_owned(),
        _ => classes.iter().map(|class| class.word()).collect::<Vec<_>>().join(", "),
    };
    table(
        ["surface", "opens", "only seals"],
        Surface::ALL.into_iter().map(|surface| {
            [surface.word().to_owned(), words(surface.opens()), words(surface.only_seals())]
        }),
    )
}

fn roles() -> String {
    table(
        ["role", "what it is for", "may"],
        Role::ALL.into_iter().map(|role| {
            let may: Vec<_> = Permission::ALL
                .into_iter()
                .filter(|permission| permission.given_by().contains(&role))
                .map(Permission::label)
                .collect();
            let may = if may.is_empty() { "–".to_owned() } else { may.join(", ") };
            [role.label().to_owned(), role.description().to_owned(), may]
        }),
    )
}

fn cookies_table() -> String {
    table(
        ["name", "what it is for", "when it ends"],
        cookies::COOKIES.into_iter().map(|cookie| {
            [format!("`{}`", cookie.name), cookie.what_for.to_owned(), cookie.ends.to_owned()]
        }),
    )
}

fn columns() -> String {
    let mut tables: Vec<&str> = COLUMNS.iter().map(|(table, _, _)| *table).collect();
    tables.dedup();
    let of = |wanted: &str, fits: fn(&Column) -> bool| {
        let names: Vec<_> = COLUMNS
            .iter()
            .filter(|(table, _, holds)| *table == wanted && fits(holds))
            .map(|(_, column, _)| format!("`{column}`"))
            .collect();
        if names.is_empty() { "–".to_owned() } else { names.join(", ") }
    };
    table(
        ["table", "sealed", "blind indexes", "nothing personal"],
        tables.into_iter().map(|name| {
            [
                format!("`{name}`"),
                of(name, |holds| matches!(holds, Column::Sealed(_))),
                of(name, |holds| matches!(holds, Column::BlindIndex)),
                of(name, |holds| matches!(holds, Column::Plain(_))),
            ]
        }),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEGIN: &str = "<!-- tables: written by the program -->\n";
    const END: &str = "<!-- end of tables -->\n";

    /// Fails when the tables of the document are not those of the inventory.
    #[test]
    fn privacy_document() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/PRIVACY.md");
        let document = std::fs::read_to_string(path).unwrap();
        let (before, rest) = document.split_once(BEGIN).unwrap();
        let (_, after) = rest.split_once(END).unwrap();
        let renewed = format!("{before}{BEGIN}\n{}\n{END}{after}", privacy_tables());
        if document == renewed {
            return;
        }
        if std::env::var_os("ALMONER_BLESS").is_some() {
            std::fs::write(path, renewed).unwrap();
            return;
        }
        panic!(
            "docs/PRIVACY.md does not say what the inventory says. \
             To renew its tables: ALMONER_BLESS=1 cargo test --lib privacy_document"
        );
    }

    #[test]
    fn every_table_is_whole() {
        for block in privacy_tables().split("\n\n").filter(|block| block.starts_with('|')) {
            let bars: Vec<_> =
                block.lines().map(|line| line.replace("\\|", "").matches('|').count()).collect();
            assert!(bars.len() > 2 && bars.iter().all(|count| *count == bars[0]), "{block}");
        }
    }
}
