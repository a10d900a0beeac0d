//! Pages and forms as a browser reads them.

use reqwest::header::HeaderMap;
use scraper::{ElementRef, Html, Selector};

/// An answer of the site.
#[derive(Clone, Debug)]
pub struct Page {
    /// The status code.
    pub status: u16,
    /// The header lines.
    pub headers: HeaderMap,
    /// The path, with the query, that gave it.
    pub url: String,
    /// The body.
    pub html: String,
}

impl Page {
    /// Goes on if the status is the expected one, else fails with the page.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{} says:\n{}", self.url, self.html);
        self
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The text of the first element, as a person reads it.
    #[track_caller]
    pub fn text_of(&self, css: &str) -> String {
        let found = self.texts_of(css);
        found.into_iter().next().unwrap_or_else(|| self.lacks(css))
    }

    /// The text of every element.
    pub fn texts_of(&self, css: &str) -> Vec<String> {
        self.select(css, |element| words(&element.text().collect::<String>()))
    }

    /// The text of the first element, with every space and line end that is in it.
    #[track_caller]
    pub fn exact_text_of(&self, css: &str) -> String {
        let found = self.exact_texts_of(css);
        found.into_iter().next().unwrap_or_else(|| self.lacks(css))
    }

    /// The text of every element, with every space and line end that is in it.
    pub fn exact_texts_of(&self, css: &str) -> Vec<String> {
        self.select(css, |element| element.text().collect())
    }

    /// An attribute of every element that has it.
    pub fn attributes(&self, css: &str, name: &str) -> Vec<String> {
        self.select(css, |element| element.attr(name).map(ToOwned::to_owned))
            .into_iter()
            .flatten()
            .collect()
    }

    /// Whether there is such an element.
    pub fn has(&self, css: &str) -> bool {
        !self.select(css, |_| ()).is_empty()
    }

    /// Where the link with this text leads.
    #[track_caller]
    pub fn link(&self, text: &str) -> String {
        let links = self.select("a[href]", |link| {
            (
                words(&link.text().collect::<String>()),
                link.attr("href").unwrap_or_default().to_owned(),
            )
        });
        let found = links.into_iter().find(|(shown, _)| shown == text);
        found.unwrap_or_else(|| self.lacks(&format!("link “{text}”"))).1
    }

    /// What the summary of errors at the top of a page says, one entry a line.
    pub fn errors(&self) -> Vec<String> {
        self.texts_of(".error-summary li")
    }

    /// The form that matches.
    #[track_caller]
    pub fn form(&self, css: &str) -> Form {
        let document = Html::parse_document(&self.html);
        let form = document.select(&selector(css)).next();
        Form::read(&document, form.unwrap_or_else(|| self.lacks(css)), &self.url)
    }

    fn select<T>(&self, css: &str, each: impl FnMut(ElementRef<'_>) -> T) -> Vec<T> {
        Html::parse_document(&self.html).select(&selector(css)).map(each).collect()
    }

    #[track_caller]
    fn lacks(&self, what: &str) -> ! {
        panic!("{} ({}) has no {what}:\n{}", self.url, self.status, self.html)
    }
}

fn selector(css: &str) -> Selector {
    Selector::parse(css).expect("the selector of a test is one")
}

/// White space as it is shown: one space for each run, none at the ends.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A form with what is filled in, and what can be.
#[derive(Clone, Debug)]
pub struct Form {
    /// `GET` or `POST`.
    pub method: String,
    /// Where it is sent.
    pub action: String,
    controls: Vec<Control>,
}

#[derive(Clone, Debug)]
struct Control {
    name: String,
    value: String,
    kind: Kind,
}

#[derive(Clone, Debug, PartialEq)]
enum Kind {
    Text,
    Hidden,
    /// Sent only while it is ticked, or chosen among those of its name.
    Tick {
        on: bool,
        radio: bool,
    },
    /// The values that can be chosen.
    Select(Vec<String>),
    /// Sent only if it is the one that is pressed.
    Button {
        pressed: bool,
    },
}

impl Form {
    fn read(document: &Html, form: ElementRef<'_>, url: &str) -> Self {
        let owner = form.attr("id");
        let all = selector("input, textarea, select, button");
        let controls = document.select(&all).filter(|control| match control.attr("form") {
            Some(named) => Some(named) == owner,
            None => control.ancestors().any(|node| node.id() == form.id()),
        });
        let mut controls: Vec<Control> =
            controls.filter(|control| !is_disabled(*control)).filter_map(read).collect();
        // Enter presses the first button.
        if let Some(button) =
            controls.iter_mut().find(|control| matches!(control.kind, Kind::Button { .. }))
        {
            button.kind = Kind::Button { pressed: true };
        }
        Self {
            method: form.attr("method").unwrap_or("get").to_ascii_uppercase(),
            action: form
                .attr("action")
                .filter(|action| !action.is_empty())
                .unwrap_or(url)
                .to_owned(),
            controls,
        }
    }

    /// Fills in, ticks, chooses or presses, as the control of that name asks for. A box is unticked by an empty value.
    #[track_caller]
    pub fn set(&mut self, name: &str, value: &str) {
        let known = self.names();
        let mut found = false;
        let presses = self.controls.iter().any(|control| {
            control.name == name
                && control.value == value
                && matches!(control.kind, Kind::Button { .. })
        });
        for control in &mut self.controls {
            let same = control.name == name;
            match &mut control.kind {
                Kind::Text if same => {
                    value.clone_into(&mut control.value);
                    found = true;
                }
                Kind::Tick { on, radio } if same => {
                    let matches = control.value == value;
                    *on = matches || (*on && !*radio && !value.is_empty());
                    found |= matches || (value.is_empty() && !*radio);
                }
                Kind::Select(values) if same && values.iter().any(|one| one == value) => {
                    value.clone_into(&mut control.value);
                    found = true;
                }
                Kind::Button { pressed } if presses => {
                    // Of two that do the same, one is pressed.
                    *pressed = same && control.value == value && !found;
                    found |= *pressed;
                }
                _ => {}
            }
        }
        assert!(
            found,
            "a person can't give {name:?} the value {value:?} in this form; it has {known:?}"
        );
    }

    /// The names of its controls, in order.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> =
            self.controls.iter().map(|control| control.name.clone()).collect();
        names.dedup();
        names
    }

    /// What is filled in under a name.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.sent().find(|control| control.name == name).map(|control| control.value.as_str())
    }

    /// What a browser sends.
    pub fn encoded(&self) -> String {
        let mut body = form_urlencoded::Serializer::new(String::new());
        for control in self.sent() {
            body.append_pair(&control.name, &with_crlf(&control.value));
        }
        body.finish()
    }

    /// The same as the parts of a form that brings a file, which is chosen in the control of that name.
    pub fn in_parts(&self, file: (&str, &str, &[u8])) -> Vec<u8> {
        let mut body = Vec::new();
        for control in self.sent() {
            body.extend(part(&control.name, &with_crlf(&control.value)));
        }
        let (control, name, content) = file;
        body.extend(file_part(control, name, content));
        body.extend(END.bytes());
        body
    }

    fn sent(&self) -> impl Iterator<Item = &Control> {
        self.controls.iter().filter(|control| {
            !control.name.is_empty()
                && !matches!(
                    control.kind,
                    Kind::Tick { on: false, .. } | Kind::Button { pressed: false }
                )
        })
    }
}

/// What stands between the parts of a form that brings a file.
const BOUNDARY: &str = "----WebKitFormBoundary7MA4YWxkTrZu0gW";
/// The type of the body of such a form.
pub const MULTIPART: &str = "multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW";

/// What stands after the last part.
pub const END: &str = "------WebKitFormBoundary7MA4YWxkTrZu0gW--\r\n";

/// A field, as a browser writes it.
pub fn part(name: &str, value: &str) -> Vec<u8> {
    format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
        .into_bytes()
}

/// A file, as a browser writes it. One that was not chosen has neither name nor content.
pub fn file_part(control: &str, name: &str, content: &[u8]) -> Vec<u8> {
    let name = name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A");
    let head = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{control}\"; filename=\"{name}\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n"
    );
    [head.as_bytes(), content, b"\r\n"].concat()
}

/// Line ends as they are sent: each of the three ways to write one becomes CRLF.
pub fn with_crlf(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n").replace('\n', "\r\n")
}

fn is_disabled(control: ElementRef<'_>) -> bool {
    let fieldset = |node| {
        ElementRef::wrap(node)
            .is_some_and(|e| e.value().name() == "fieldset" && e.attr("disabled").is_some())
    };
    control.attr("disabled").is_some() || control.ancestors().any(fieldset)
}

fn read(control: ElementRef<'_>) -> Option<Control> {
    let value = || control.attr("value").unwrap_or_default().to_owned();
    let (kind, value) = match (control.value().name(), control.attr("type").unwrap_or_default()) {
        ("textarea", _) => (Kind::Text, control.text().collect()),
        ("select", _) => {
            let options = selector("option");
            let written = |option: ElementRef<'_>| {
                option
                    .attr("value")
                    .map_or_else(|| words(&option.text().collect::<String>()), ToOwned::to_owned)
            };
            let chosen = control.select(&options).find(|option| option.attr("selected").is_some());
            let chosen = chosen.or_else(|| control.select(&options).next()).map(written);
            (
                Kind::Select(control.select(&options).map(written).collect()),
                chosen.unwrap_or_default(),
            )
        }
        ("button", "button" | "reset") | ("input", "button" | "reset" | "image" | "file") => {
            return None;
        }
        ("button", _) | (_, "submit") => (Kind::Button { pressed: false }, value()),
        (_, kind @ ("checkbox" | "radio")) => {
            let on = control.attr("checked").is_some();
            let value = control.attr("value").unwrap_or("on").to_owned();
            (Kind::Tick { on, radio: kind == "radio" }, value)
        }
        (_, "hidden") => (Kind::Hidden, value()),
        _ => (Kind::Text, value()),
    };
    Some(Control { name: control.attr("name").unwrap_or_default().to_owned(), value, kind })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORM: &str = r#"<!doctype html><title>t</title><h1>  One
        page </h1><form id="f" method="post" action="/save">
        <input type="hidden" name="token" value="abc"><input name="name" value="Ada">
        <textarea name="text">

two</textarea>
        <input type="checkbox" name="agree"><input type="checkbox" name="more" value="a" checked>
        <input type="checkbox" name="more" value="b"><input type="radio" name="age" value="young">
        <input type="radio" name="age" value="old" checked>
        <select name="kind"><option value="">Choose</option><option selected>Two  words</option></select>
        <input name="off" value="x" disabled><fieldset disabled><input name="off2" value="x"></fieldset>
        <button type="button" name="never" value="1">B</button>
        <button name="action" value="continue">Go on</button><button name="action" value="save">Save</button></form>
        <input form="f" name="outside" value="o"><input name="stray" value="s"><a href="/x?y">A  link</a>"#;

    fn page() -> Page {
        Page {
            status: 200,
            headers: HeaderMap::new(),
            url: "/here".to_owned(),
            html: FORM.to_owned(),
        }
    }

    #[test]
    fn a_form_sends_what_a_browser_sends() {
        let form = page().form("form");
        assert_eq!((form.method.as_str(), form.action.as_str()), ("POST", "/save"));
        assert_eq!(
            form.encoded(),
            "token=abc&name=Ada&text=%0D%0Atwo&more=a&age=old&kind=Two+words&action=continue&outside=o"
        );
    }

    #[test]
    fn filling_in_ticks_chooses_and_presses() {
        let mut form = page().form("#f");
        for (name, value) in [
            ("name", "Zoë & co"),
            ("agree", "on"),
            ("more", "b"),
            ("age", "young"),
            ("kind", ""),
            ("action", "save"),
        ] {
            form.set(name, value);
        }
        form.set("text", "a\nb");
        assert_eq!(
            form.encoded(),
            "token=abc&name=Zo%C3%AB+%26+co&text=a%0D%0Ab&agree=on&more=a&more=b&age=young&kind=&action=save&outside=o"
        );
        form.set("more", "");
        assert_eq!(form.value("more"), None);
        assert_eq!(form.value("text"), Some("a\nb"));
    }

    #[test]
    fn what_a_person_could_not_do_fails() {
        for (name, value) in [
            ("stray", "x"),
            ("token", "x"),
            ("off", "x"),
            ("age", "ancient"),
            ("age", ""),
            ("kind", "three"),
            ("agree", "yes"),
            ("action", "destroy"),
        ] {
            let mut form = page().form("#f");
            let tried = std::panic::catch_unwind(move || form.set(name, value));
            assert!(tried.is_err(), "{name}={value}");
        }
    }

    #[test]
    fn texts_are_read_as_shown() {
        let page = page();
        assert_eq!(page.text_of("h1"), "One page");
        assert_eq!(page.exact_text_of("textarea"), "\ntwo");
        assert_eq!(page.link("A link"), "/x?y");
        assert_eq!(page.attributes("a", "href"), ["/x?y"]);
        assert!(page.has("form") && !page.has("table") && page.errors().is_empty());
        assert!(std::panic::catch_unwind(|| self::page().text_of("h2")).is_err());
    }
}
