//! How values are written on pages.

use std::fmt::{self, Display, Write};

use askama::Values;
use askama::filters::HtmlSafeOutput;
use chrono::{DateTime, Datelike, NaiveDate, Timelike, Utc};

use crate::domain::secret::Secret;
use crate::domain::strike::MARK;

/// Writes an opened value on a page. It is the one way there: "where is something shown?" is a search for `|show`.
///
/// # Errors
/// None of its own.
#[askama::filter_fn]
pub fn show<'a>(value: &'a Secret, _: &dyn Values) -> askama::Result<HtmlSafeOutput<Escaped<'a>>> {
    Ok(HtmlSafeOutput(Escaped(value.expose())))
}

/// A text in which nothing is markup, and that a browser reads back as it was, a lone carriage return included.
pub struct Escaped<'a>(&'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut plain = 0;
        for (position, byte) in self.0.bytes().enumerate() {
            let written = match byte {
                b'&' => "&amp;",
                b'<' => "&lt;",
                b'>' => "&gt;",
                b'"' => "&quot;",
                b'\'' => "&#39;",
                b'\r' => "&#13;",
                _ => continue,
            };
            f.write_str(self.0.get(plain..position).unwrap_or_default())?;
            f.write_str(written)?;
            plain = position + 1;
        }
        f.write_str(self.0.get(plain..).unwrap_or_default())
    }
}

/// Writes an opened text in which something was struck out: [`show`], with words beside each mark for whoever hears the
/// page.
///
/// # Errors
/// None of its own.
#[askama::filter_fn]
pub fn show_struck<'a>(
    value: &'a Secret,
    _: &dyn Values,
) -> askama::Result<HtmlSafeOutput<StruckOut<'a>>> {
    Ok(HtmlSafeOutput(StruckOut(value.expose())))
}

/// A text with marks for what was struck out.
pub struct StruckOut<'a>(&'a str);

impl Display for StruckOut<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, text) in self.0.split(MARK).enumerate() {
            if position > 0 {
                f.write_str("<span class=\"struck\"><span aria-hidden=\"true\">")?;
                f.write_str(MARK)?;
                f.write_str("</span><span class=\"unseen\">[struck out]</span></span>")?;
            }
            Escaped(text).fmt(f)?;
        }
        Ok(())
    }
}

/// A moment, such as `22 November 2026, 18:00 UTC`.
///
/// # Errors
/// None of its own.
#[askama::filter_fn]
pub fn moment(time: &DateTime<Utc>, _: &dyn Values) -> askama::Result<HtmlSafeOutput<String>> {
    Ok(HtmlSafeOutput(moment_of(time)))
}

fn moment_of(time: &DateTime<Utc>) -> String {
    format!(
        "<time datetime=\"{}\">{}, {} UTC</time>",
        time.format("%Y-%m-%dT%H:%M:%SZ"),
        long_date(time.date_naive()),
        time.format("%H:%M")
    )
}

/// A day, such as `22 November 2026`.
///
/// # Errors
/// None of its own.
#[askama::filter_fn]
pub fn day(day: &NaiveDate, _: &dyn Values) -> askama::Result<HtmlSafeOutput<String>> {
    Ok(HtmlSafeOutput(day_of(*day)))
}

/// The day of a moment, such as `22 November 2026`.
///
/// # Errors
/// None of its own.
#[askama::filter_fn]
pub fn day_of_moment(
    time: &DateTime<Utc>,
    _: &dyn Values,
) -> askama::Result<HtmlSafeOutput<String>> {
    Ok(HtmlSafeOutput(day_of(time.date_naive())))
}

/// A moment for tables, such as `22 Nov 2026, 18:00`; the zone stands in the column's head.
///
/// # Errors
/// None of its own.
#[askama::filter_fn]
pub fn short_moment(
    time: &DateTime<Utc>,
    _: &dyn Values,
) -> askama::Result<HtmlSafeOutput<String>> {
    Ok(HtmlSafeOutput(short_moment_of(time)))
}

/// A day where no markup may stand, such as `22 November 2026`.
///
/// # Errors
/// None of its own.
#[askama::filter_fn]
pub fn day_text(day: &NaiveDate, _: &dyn Values) -> askama::Result<String> {
    Ok(long_date(*day))
}

/// A day as addresses have it, such as `2026-11-22`.
///
/// # Errors
/// None of its own.
#[askama::filter_fn]
pub fn iso_day(day: &NaiveDate, _: &dyn Values) -> askama::Result<String> {
    Ok(day.to_string())
}

/// The time of day, such as `18:00 UTC`; the day stands elsewhere.
///
/// # Errors
/// None of its own.
#[askama::filter_fn]
pub fn hour(time: &DateTime<Utc>, _: &dyn Values) -> askama::Result<HtmlSafeOutput<String>> {
    Ok(HtmlSafeOutput(format!(
        "<time datetime=\"{}\">{} UTC</time>",
        time.format("%Y-%m-%dT%H:%M:%SZ"),
        time.format("%H:%M")
    )))
}

/// The time of day to the second, such as `18:00:07`; day and zone stand elsewhere.
///
/// # Errors
/// None of its own.
#[askama::filter_fn]
pub fn clock_time(time: &DateTime<Utc>, _: &dyn Values) -> askama::Result<HtmlSafeOutput<String>> {
    Ok(HtmlSafeOutput(format!(
        "<time datetime=\"{}\">{}</time>",
        time.format("%Y-%m-%dT%H:%M:%SZ"),
        time.format("%H:%M:%S")
    )))
}

/// Written by hand, since a list has fifty of them, and a pattern for times is read anew each time.
fn short_moment_of(time: &DateTime<Utc>) -> String {
    let (year, month, day) = (time.year(), time.month(), time.day());
    let (hour, minute, second) = (time.hour(), time.minute(), time.second());
    let name = MONTHS.get(time.month0() as usize).copied().unwrap_or_default();
    format!(
        "<time datetime=\"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z\">\
         {day} {name} {year}, {hour:02}:{minute:02}</time>"
    )
}

/// The months as they are shortened in tables.
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

fn day_of(day: NaiveDate) -> String {
    format!("<time datetime=\"{}\">{}</time>", day.format("%Y-%m-%d"), long_date(day))
}

/// The month is written out: no reader has to guess which number is the day.
pub fn long_date(day: NaiveDate) -> String {
    format!("{} {} {}", day.day(), day.format("%B"), day.year())
}

/// A whole number with commas, such as `20,000`.
///
/// # Errors
/// None of its own.
#[askama::filter_fn]
pub fn thousands<N: Display>(number: N, _: &dyn Values) -> askama::Result<String> {
    Ok(grouped(&number.to_string()))
}

fn grouped(number: &str) -> String {
    let digits = number.trim_start_matches('-').len();
    let mut written = String::with_capacity(number.len() + digits / 3);
    for (position, digit) in number.chars().enumerate() {
        let left = number.len() - position;
        if left < digits && left.is_multiple_of(3) {
            written.push(',');
        }
        written.push(digit);
    }
    written
}

/// A paragraph of a consent text. Where it begins with a few words and a colon, they stand out; no letter changes.
///
/// # Errors
/// None of its own.
#[askama::filter_fn]
pub fn labelled(text: &str, _: &dyn Values) -> askama::Result<HtmlSafeOutput<String>> {
    Ok(HtmlSafeOutput(labelled_of(text)))
}

/// The most letters in a label.
const LABEL: usize = 12;

fn labelled_of(text: &str) -> String {
    match text.split_once(": ") {
        Some((label, rest)) if label.len() <= LABEL => {
            format!("<strong>{}:</strong> {}", Escaped(label), Escaped(rest))
        }
        _ => Escaped(text).to_string(),
    }
}

/// The `id` of a control: its name, with hyphens for dots, so that it is easy to point at from a style sheet.
///
/// # Errors
/// None of its own.
#[askama::filter_fn]
pub fn control_id(name: &str, _: &dyn Values) -> askama::Result<String> {
    Ok(id_of(name))
}

/// The `id` of a control.
#[must_use]
pub fn id_of(name: &str) -> String {
    name.replace('.', "-")
}

/// A text as part of a query or a path, percent-encoded.
///
/// # Errors
/// None of its own.
#[askama::filter_fn]
pub fn in_address(text: &str, _: &dyn Values) -> askama::Result<HtmlSafeOutput<String>> {
    Ok(HtmlSafeOutput(encoded(text)))
}

/// A text as part of a query or a path, percent-encoded.
#[must_use]
pub fn encoded(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            written.push(byte as char);
        } else {
            // Writing to a string does not fail.
            let _ = write!(written, "%{byte:02X}");
        }
    }
    written
}

/// A version in the address of a file.
///
/// # Errors
/// None of its own.
#[askama::filter_fn]
pub fn version(number: &u64, _: &dyn Values) -> askama::Result<HtmlSafeOutput<String>> {
    Ok(HtmlSafeOutput(format!("{number:016x}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use scraper::Html;

    fn read_back(text: &str) -> String {
        let page = format!("<!doctype html><p>{}</p>", Escaped(text));
        Html::parse_document(&page).root_element().text().collect()
    }

    proptest! {
        // A browser drops U+0000 whatever one writes, which is why forms refuse it.
        #[test]
        fn whatever_is_shown_reads_back_as_it_was(text in "[^\u{0}]*") {
            prop_assert_eq!(read_back(&text), text);
        }
    }

    #[test]
    fn nothing_becomes_markup() {
        assert_eq!(
            Escaped("<script>\"'&\r\n").to_string(),
            "&lt;script&gt;&quot;&#39;&amp;&#13;\n"
        );
        assert_eq!(read_back("</p><b>&lt;\r\u{1}\u{85}"), "</p><b>&lt;\r\u{1}\u{85}");
    }

    #[test]
    fn what_was_struck_out_is_said_in_words_too() {
        let written = StruckOut("I, <█████>, ask").to_string();
        assert_eq!(written.matches("aria-hidden").count(), 1);
        assert!(written.starts_with("I, &lt;<span") && written.ends_with("</span>&gt;, ask"));
        let page = Html::parse_document(&format!("<!doctype html><p>{written}</p>"));
        let heard: String = page.root_element().text().collect();
        assert_eq!(heard, "I, <█████[struck out]>, ask");
    }

    #[test]
    fn times_say_the_month_and_the_zone() {
        let time = "2026-11-02T08:05:09Z".parse::<DateTime<Utc>>().unwrap();
        assert_eq!(
            moment_of(&time),
            "<time datetime=\"2026-11-02T08:05:09Z\">2 November 2026, 08:05 UTC</time>"
        );
        assert_eq!(
            day_of(time.date_naive()),
            "<time datetime=\"2026-11-02\">2 November 2026</time>"
        );
        for month in 1..=12 {
            let time = time.with_month(month).unwrap();
            let wanted = time.format("<time datetime=\"%FT%TZ\">%-d %b %Y, %H:%M</time>");
            assert_eq!(short_moment_of(&time), wanted.to_string());
        }
    }

    #[test]
    fn amounts_are_grouped() {
        for (number, written) in [
            ("0", "0"),
            ("999", "999"),
            ("1000", "1,000"),
            ("1234567", "1,234,567"),
            ("-500", "-500"),
            ("-5000", "-5,000"),
        ] {
            assert_eq!(grouped(number), written);
        }
    }

    #[test]
    fn a_label_stands_out_and_no_letter_changes() {
        assert_eq!(labelled_of("What: a <b>: c"), "<strong>What:</strong> a &lt;b&gt;: c");
        assert_eq!(labelled_of("If you refuse it: nothing"), "If you refuse it: nothing");
        assert_eq!(labelled_of("No label."), "No label.");
    }

    #[test]
    fn addresses_are_encoded() {
        assert_eq!(encoded("a+b/c=ü"), "a%2Bb%2Fc%3D%C3%BC");
    }
}
