//! What a list of applications is asked for.
//!
//! Filters stand in the address, so that a list can be kept as a bookmark. Names and addresses of people are searched
//! by POST: an address of a page stays in histories and in the logs of proxies, which no retention rule of ours reaches.

use actix_web::web;
use serde::Deserialize;

use crate::domain::application::Status;
use crate::domain::form::FieldError;
use crate::domain::secret::Secret;
use crate::service::list_applications::{ListPage, ListQuery, Sort};
use crate::web::filters::encoded;
use crate::web::form::Form;

/// What stands in the address.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Filters {
    /// A programme's slug; empty for all.
    pub programme: String,
    /// A round's slug; empty for all.
    pub round: String,
    /// A status' word; empty for all.
    pub status: String,
    /// `oldest`, else newest first.
    pub sort: String,
    /// Where the page begins.
    pub after: String,
}

/// Whom to look for.
#[derive(Clone, Default)]
pub(super) struct Search {
    /// A part of the name.
    pub name: Secret,
    /// The whole address.
    pub email: Secret,
    /// The whole GitHub username.
    pub github_username: Secret,
}

impl Filters {
    /// The filters that a search form carries along.
    pub(super) fn of(form: &Form) -> Self {
        let word = |name: &str| form.word(name).to_owned();
        Self {
            programme: word("programme"),
            round: word("round"),
            status: word("status"),
            sort: word("sort"),
            after: word("after"),
        }
    }

    /// The status that is asked for, if it is one that staff see.
    pub(super) fn wanted(&self) -> Option<Status> {
        let status = self.status.parse().ok()?;
        Status::SEEN_BY_STAFF.contains(&status).then_some(status)
    }

    /// What of it is no filter of this list. What can't be understood narrows nothing, and whoever set it would take the
    /// answer for what they asked.
    pub(super) fn broken(&self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if !self.status.is_empty() && self.wanted().is_none() {
            errors.push(wrong("status", format!("There is no status “{}”", self.status)));
        }
        if !matches!(self.sort.as_str(), "" | "oldest" | "newest") {
            errors.push(wrong("sort", format!("There is no order “{}”", self.sort)));
        }
        errors
    }

    /// What of it names no programme and no round that there are.
    pub(super) fn unknown(&self, there: &ListPage) -> Vec<FieldError> {
        let mut errors = Vec::new();
        let programme = &self.programme;
        if !programme.is_empty() && !there.programmes.iter().any(|(slug, _)| slug == programme) {
            errors.push(wrong("programme", format!("There is no programme “{programme}”")));
        }
        let round = &self.round;
        if !round.is_empty() && !there.rounds.iter().any(|(slug, _, _)| slug == round) {
            errors.push(wrong("round", format!("There is no round “{round}”")));
        }
        errors
    }

    /// Whether the oldest come first.
    pub(super) fn is_oldest_first(&self) -> bool {
        self.sort == "oldest"
    }

    /// Whether anything narrows the list.
    pub(super) fn narrow(&self) -> bool {
        !(self.programme.is_empty() && self.round.is_empty() && self.wanted().is_none())
    }

    /// The address of the list with another status.
    pub(super) fn with_status(&self, status: &str) -> String {
        Self { status: status.to_owned(), after: String::new(), ..self.clone() }.address()
    }

    /// The address of the list in another order.
    pub(super) fn with_sort(&self, sort: &str) -> String {
        Self { sort: sort.to_owned(), after: String::new(), ..self.clone() }.address()
    }

    /// The address of another page of the list.
    pub(super) fn with_after(&self, after: &str) -> String {
        Self { after: after.to_owned(), ..self.clone() }.address()
    }

    /// The address of the list.
    pub(super) fn address(&self) -> String {
        let query = self.in_query();
        let mark = if query.is_empty() { "" } else { "?" };
        format!("/staff/applications{mark}{query}")
    }

    /// What the address of an application says of the list from which it is opened; empty for the plain list.
    pub(super) fn mark(&self) -> String {
        let query = self.in_query();
        if query.is_empty() { query } else { format!("?from={}", encoded(&query)) }
    }

    /// The list from which an application was opened. Whatever is no filter is left out, so that the way back
    /// leads to a list of ours and nowhere else.
    pub(super) fn come_from(text: &str) -> Self {
        web::Query::<Self>::from_query(text).map(web::Query::into_inner).unwrap_or_default()
    }

    /// The same list from its first page on.
    pub(super) fn at_first_page(&self) -> Self {
        Self { after: String::new(), ..self.clone() }
    }

    /// What is asked for, as the query of an address.
    pub(super) fn in_query(&self) -> String {
        let fields = [
            ("programme", &self.programme),
            ("round", &self.round),
            ("status", &self.status),
            ("sort", &self.sort),
            ("after", &self.after),
        ];
        let query: Vec<_> = fields
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={}", encoded(value)))
            .collect();
        query.join("&")
    }
}

fn wrong(field: &str, message: String) -> FieldError {
    FieldError { field: field.to_owned(), message }
}

impl Search {
    /// Whom a search form asks for.
    pub(super) fn of(form: &Form) -> Self {
        Self {
            name: form.value("name"),
            email: form.value("email"),
            github_username: form.value("github_username"),
        }
    }

    /// Whether anybody is looked for.
    pub(super) fn is_on(&self) -> bool {
        !(self.name.is_blank() && self.email.is_blank() && self.github_username.is_blank())
    }
}

/// What the service is asked.
pub(super) fn query(filters: &Filters, search: &Search) -> ListQuery {
    let chosen = |text: &str| {
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    };
    ListQuery {
        programme: chosen(&filters.programme),
        round: chosen(&filters.round),
        status: filters.wanted(),
        sort: if filters.is_oldest_first() { Sort::Oldest } else { Sort::Newest },
        after: chosen(&filters.after),
        email: chosen(search.email.expose()),
        github: chosen(search.github_username.expose()),
        name: chosen(search.name.expose()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_filter_begins_at_the_first_page() {
        let filters = Filters {
            programme: "project".to_owned(),
            after: "a/b".to_owned(),
            ..Filters::default()
        };
        assert_eq!(
            filters.with_status("in_review"),
            "/staff/applications?programme=project&status=in_review"
        );
        assert_eq!(filters.with_after("c+d"), "/staff/applications?programme=project&after=c%2Bd");
        assert_eq!(Filters::default().with_status(""), "/staff/applications");
    }

    #[test]
    fn the_way_back_is_a_list_of_ours_with_known_filters() {
        let filters = Filters {
            programme: "a&b=c".to_owned(),
            status: "submitted".to_owned(),
            after: "1-x".to_owned(),
            ..Filters::default()
        };
        let mark = filters.mark();
        let from = mark.strip_prefix("?from=").unwrap();
        assert!(!from.contains(['&', '=', '?']), "one value: {from}");
        let read = web::Query::<Vec<(String, String)>>::from_query(&mark[1..]).unwrap();
        assert_eq!(Filters::come_from(&read[0].1).address(), filters.address());
        assert_eq!(Filters::default().mark(), "");
        assert_eq!(
            Filters::come_from("sort=oldest&x=1").address(),
            "/staff/applications?sort=oldest"
        );
        for strange in
            ["https://evil.example/", "//evil.example", "sort=a&sort=b", "%", "name=Ada", ""]
        {
            assert_eq!(Filters::come_from(strange).address(), "/staff/applications", "{strange}");
        }
    }

    #[test]
    fn drafts_are_not_a_status_to_filter_by() {
        let filters = |status: &str| Filters { status: status.to_owned(), ..Filters::default() };
        assert_eq!(filters("submitted").wanted(), Some(Status::Submitted));
        assert_eq!(filters("draft").wanted(), None);
        assert_eq!(filters("x").wanted(), None);
    }
}
