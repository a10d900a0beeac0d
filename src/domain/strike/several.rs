//! Texts that are read together: a name may begin in one and end in the next.

use zeroize::Zeroizing;

use super::{Known, Strike, find, merge};

/// What should be struck out of each of some texts, by itself and read together with the others, in their order.
#[must_use]
pub fn find_in_several(known: &Known, texts: &[&str]) -> Vec<Vec<Strike>> {
    let (mut all, mut places) = (Zeroizing::new(String::new()), Vec::with_capacity(texts.len()));
    for text in texts {
        let text = text.trim_end();
        places.push(all.len()..all.len() + text.len());
        all.push_str(text);
        all.push(' ');
    }
    let together = if texts.len() > 1 { find(known, &all) } else { Vec::new() };
    texts
        .iter()
        .zip(places)
        .map(|(text, place)| {
            let over = together.iter().filter(|own| own.start < place.end && place.start < own.end);
            let over = over.map(|own| Strike {
                start: own.start.max(place.start) - place.start,
                end: own.end.min(place.end) - place.start,
                reason: own.reason,
            });
            merge(text, find(known, text).into_iter().chain(over))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::{Person, Reason};
    use super::*;

    #[test]
    fn a_name_over_two_texts_is_found_in_both() {
        let known = Known::new([Person { name: "Cherotich Onyango", ..Person::default() }], []);
        let texts = ["I know Chero \n", "tich well", "Onyango too", ""];
        let found = find_in_several(&known, &texts);
        let pieces: Vec<Vec<&str>> = found
            .iter()
            .zip(texts)
            .map(|(own, text)| own.iter().map(|strike| &text[strike.start..strike.end]).collect())
            .collect();
        assert_eq!(pieces, [vec!["Chero"], vec!["tich"], vec!["Onyango"], vec![]]);
        assert!(found.iter().flatten().all(|own| own.reason == Reason::PartOfName));
        assert!(find_in_several(&known, &["I know Chero"])[0].is_empty());
        assert!(find_in_several(&known, &[]).is_empty());
    }
}
