//! What every kind has in common.

use super::*;

#[test]
fn every_kind_has_a_word_of_its_own() {
    for kind in FileKind::ALL {
        assert_eq!(kind.word().parse(), Ok(kind));
        assert!(!kind.label().is_empty() && !kind.noun().is_empty());
        assert!(kind.media_type().contains('/'));
        assert!(FileKind::accept().contains(kind.extension()));
        assert_eq!(
            kind.may_reach_assessors(),
            FileKind::accept_redacted().contains(kind.extension())
        );
    }
    assert_eq!("exe".parse::<FileKind>(), Err(NotAKind));
}
