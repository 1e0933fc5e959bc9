//! Texts that tell things apart.

use sha2::{Digest, Sha256};

/// A text that no other process makes: 32 hexadecimal digits.
pub fn unheard_of() -> String {
    digest(&[&random()])
}

/// 32 hexadecimal digits that only these parts give.
pub fn digest(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    parts.iter().for_each(|part| hash.update(part));
    hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// Random bytes; without randomness they are merely less unusual.
pub fn random() -> [u8; 16] {
    let mut random = [0; 16];
    let _ = getrandom::fill(&mut random);
    random
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_follows_from_its_parts_and_a_random_text_from_nothing() {
        assert_eq!(digest(&[b"a", b"b"]), digest(&[b"a", b"b"]));
        assert_ne!(digest(&[b"a"]), digest(&[b"b"]));
        assert_eq!(digest(&[]).len(), 32);
        assert_ne!(unheard_of(), unheard_of());
    }
}
