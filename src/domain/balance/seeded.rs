//! Numbers that a seed draws: the same on every machine, and not for secrets, as whoever knows the seed knows them all.

/// What a seed gives to a packet and an assessor: 32 bits, whatever else is in the round.
pub(super) fn weight(seed: u64, packet: &str, assessor: &str) -> u32 {
    let mut state = scramble(seed);
    for text in [packet, assessor] {
        // The length goes first: two texts never run into each other.
        state = scramble(state ^ u64::try_from(text.len()).unwrap_or(u64::MAX));
        for chunk in text.as_bytes().chunks(8) {
            let word = chunk.iter().fold(0, |word, byte| word << 8 | u64::from(*byte));
            state = scramble(state ^ word);
        }
    }
    // The upper half: SplitMix64 mixes it best.
    u32::try_from(state >> 32).unwrap_or(u32::MAX)
}

/// One step of SplitMix64 (Steele, Lea and Flood, 2014).
fn scramble(state: u64) -> u64 {
    let state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_splitmix64() {
        // The first numbers that the reference implementation draws from seed 1234567.
        let step = 0x9e37_79b9_7f4a_7c15_u64;
        let drawn: Vec<u64> = (0..3)
            .map(|turn| scramble(1_234_567_u64.wrapping_add(step.wrapping_mul(turn))))
            .collect();
        assert_eq!(
            drawn,
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]
        );
    }

    #[test]
    fn texts_do_not_run_into_each_other() {
        assert_ne!(weight(1, "ab", "c"), weight(1, "a", "bc"));
        assert_ne!(weight(1, "a", "b"), weight(1, "b", "a"));
        assert_ne!(weight(1, "a", "b"), weight(2, "a", "b"));
    }
}
