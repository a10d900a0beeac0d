//! What an assessor undertakes before reading anything of a round.

/// The exact text, in paragraphs.
#[must_use]
pub fn text(organisation: &str) -> Vec<String> {
    [
        format!(
            "I assess applications for {organisation}. What I read here is given in confidence: I use it for my \
             assessment and for nothing else."
        ),
        "I show it to nobody, speak of it with nobody but the foundation’s staff, make no copies, and put none of it \
         into other services, those that write or summarise text included."
            .to_owned(),
        "I do not try to find out who an applicant is beyond the GitHub username that I am shown, and I do not get in \
         touch with applicants."
            .to_owned(),
        "If I know an applicant in a way that could sway me or look as if it did, I say so at once, also later on, and \
         do not assess that application."
            .to_owned(),
        "My comments name no person. When the round is over I keep nothing.".to_owned(),
    ]
    .into()
}

#[cfg(test)]
mod tests {
    #[test]
    fn it_names_the_organisation() {
        assert!(super::text("Example Foundation").concat().contains("Example Foundation"));
    }
}
