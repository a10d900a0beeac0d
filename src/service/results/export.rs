//! The results of a round as a table for other programs.

use chrono::NaiveDate;
use rust_xlsxwriter::{Format, Workbook, XlsxError};
use serde_json::json;

use super::round::{self, ResultRow, RoundResults};
use crate::domain::id::Id;
use crate::domain::role::Permission;
use crate::domain::scores::{Mean, Place, two_decimals};
use crate::service::context::Context;
use crate::service::error::ServiceError;
use crate::service::session::Staff;
use crate::store::audit;

/// What kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Comma-separated values (RFC 4180), UTF-8.
    Csv,
    /// A workbook.
    Xlsx,
}

impl Kind {
    /// How the name of the file ends.
    #[must_use]
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
        }
    }
}

/// A file.
#[derive(Clone)]
pub struct Export {
    /// What it is called: the round, the day, and the entry of the audit that tells who made it.
    pub name: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// A cell.
enum Cell {
    Text(String),
    Number(f64),
    Empty,
}

/// The results of a round as a file. It takes a fresh proof, and is in the audit before it is handed out.
///
/// # Errors
/// [`ServiceError::Forbidden`]; [`ServiceError::ProofNeeded`]; [`ServiceError::NotFound`].
pub fn export(ctx: &Context, who: &Staff, slug: &str, kind: Kind) -> Result<Export, ServiceError> {
    who.session.must_be_fresh(ctx)?;
    let results = round::compute(ctx, round::find(ctx, who, slug)?)?;
    let ids: Vec<&Id> = results.rows.iter().map(|row| &row.id).collect();
    let detail =
        json!({ "applications": ids, "results": results.round.id, "export": kind.ending() });
    let actor = who.acting(Permission::ReadApplications);
    let entry = ctx.audit(&actor, audit::LISTED, None, &detail)?;
    let name = file_name(slug, ctx.today(), &entry.id, kind);
    let table = table(&results);
    let bytes = match kind {
        Kind::Csv => csv(&table)?,
        Kind::Xlsx => xlsx(&table).map_err(ServiceError::internal)?,
    };
    ctx.store.write(move |connection| audit::insert(connection, &entry))?;
    Ok(Export { name, bytes })
}

fn file_name(slug: &str, day: NaiveDate, entry: &Id, kind: Kind) -> String {
    let mark = entry.as_str().get(..8).unwrap_or_default();
    format!("results-{slug}-{day}-{mark}.{}", kind.ending())
}

fn table(results: &RoundResults) -> Vec<Vec<Cell>> {
    let mut head: Vec<String> = [
        "Place",
        "Complete",
        "Application",
        "GitHub username",
        "Total",
        "Passes",
        "Assessors’ mean",
        "Spread",
        "Lowest",
        "Highest",
        "Adjusted mean",
        "Handed in",
        "Asked",
        "Staff points missing",
        "Outliers",
    ]
    .map(str::to_owned)
    .to_vec();
    head.extend(results.criteria.iter().map(|own| format!("{} (of {})", own.name, own.points)));
    let mut table = vec![head.into_iter().map(Cell::Text).collect()];
    table.extend(results.rows.iter().map(row));
    table
}

fn row(row: &ResultRow) -> Vec<Cell> {
    let (place, complete) = match row.place {
        Place::Ranked(place) => (whole(place), "yes"),
        Place::Provisional(place) => (whole(place), "no"),
        Place::Unscored => (Cell::Empty, "no"),
    };
    let passes = match row.passes {
        Some(true) => "yes",
        Some(false) => "no",
        None => "",
    };
    let mean = |mean: Option<Mean>| number(mean.map(Mean::value));
    let points = |points: Option<u32>| number(points.map(f64::from));
    let mut cells = vec![
        place,
        Cell::Text(complete.to_owned()),
        Cell::Text(row.reference.clone()),
        Cell::Text(row.username.expose().to_owned()),
        mean(row.total),
        Cell::Text(passes.to_owned()),
        mean(row.mean),
        number(row.spread),
        points(row.range.map(|range| range.lowest)),
        points(row.range.map(|range| range.highest)),
        number(row.adjusted),
        whole(row.given),
        whole(row.asked),
        whole(row.staff_missing),
        whole(row.outliers.len()),
    ];
    cells.extend(row.criteria.iter().map(|(own, _)| mean(*own)));
    cells
}

fn whole(number: usize) -> Cell {
    u32::try_from(number).map_or(Cell::Empty, |number| Cell::Number(number.into()))
}

fn number(number: Option<f64>) -> Cell {
    number.filter(|number| number.is_finite()).map_or(Cell::Empty, Cell::Number)
}

/// A text that no spreadsheet takes for a formula: those that would begin one are led by an apostrophe, as OWASP advises.
fn harmless(text: &str) -> String {
    let begins = text.chars().next();
    if begins.is_some_and(|first| "=+-@\t\r\n|%".contains(first)) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

fn csv(table: &[Vec<Cell>]) -> Result<Vec<u8>, ServiceError> {
    let mut writer =
        ::csv::WriterBuilder::new().terminator(::csv::Terminator::CRLF).from_writer(Vec::new());
    for row in table {
        let cells = row.iter().map(|cell| match cell {
            Cell::Text(text) => harmless(text),
            Cell::Number(number) if number.fract() == 0.0 => format!("{number:.0}"),
            Cell::Number(number) => two_decimals(*number),
            Cell::Empty => String::new(),
        });
        writer.write_record(cells).map_err(ServiceError::internal)?;
    }
    writer.into_inner().map_err(|error| ServiceError::internal(error.error()))
}

fn xlsx(table: &[Vec<Cell>]) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let (bold, hundredths) = (Format::new().set_bold(), Format::new().set_num_format("0.00"));
    let sheet = book.add_worksheet();
    sheet.set_name("Results")?;
    sheet.set_freeze_panes(1, 0)?;
    for (row, cells) in (0_u32..).zip(table) {
        for (column, cell) in (0_u16..).zip(cells) {
            match cell {
                // Written as a text: a workbook tells formulas from texts by themselves.
                Cell::Text(text) if row == 0 => {
                    sheet.write_string_with_format(row, column, text, &bold)?;
                }
                Cell::Text(text) => {
                    sheet.write_string(row, column, harmless(text))?;
                }
                Cell::Number(number) if number.fract() == 0.0 => {
                    sheet.write_number(row, column, *number)?;
                }
                Cell::Number(number) => {
                    sheet.write_number_with_format(row, column, *number, &hundredths)?;
                }
                Cell::Empty => {}
            }
        }
    }
    book.save_to_buffer()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for formula in ["=1+1", "+1", "-1", "@sum(a1)", "\t=1", "\r=1", "|cmd", "%x"] {
            let table =
                vec![vec![Cell::Text(formula.to_owned()), Cell::Text("a,\"b\"".to_owned())]];
            let text = String::from_utf8(csv(&table).unwrap()).unwrap();
            let bare = text.trim_start_matches('"');
            assert!(bare.starts_with(&format!("'{formula}")), "{text:?}");
            assert!(text.ends_with("\"a,\"\"b\"\"\"\r\n"), "{text:?}");
        }
        assert_eq!(harmless("nova-1 = 2"), "nova-1 = 2");
        assert_eq!(
            &xlsx(&[vec![Cell::Text("=1".to_owned()), Cell::Number(1.5)]]).unwrap()[..2],
            b"PK"
        );
    }
}
