//! The password of the SMTP interface of Amazon SES, which follows from a secret access key.
//! <https://docs.aws.amazon.com/ses/latest/dg/smtp-credentials.html#smtp-credentials-convert>

use aws_smithy_types::base64;
use sha2::{Digest, Sha256};

/// The block of SHA-256, in bytes.
const BLOCK: usize = 64;

/// The version of the algorithm, which comes first in the password.
const VERSION: u8 = 4;

pub(super) fn password(secret: &str, region: &str) -> String {
    let start = format!("AWS4{secret}").into_bytes();
    let steps = ["11111111", region, "ses", "aws4_request", "SendRawEmail"];
    let signature = steps.iter().fold(start, |key, step| hmac(&key, step.as_bytes()));
    base64::encode([&[VERSION], signature.as_slice()].concat())
}

/// HMAC with SHA-256: <https://www.rfc-editor.org/rfc/rfc2104>.
fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut block = if key.len() > BLOCK { Sha256::digest(key).to_vec() } else { key.to_vec() };
    block.resize(BLOCK, 0);
    let padded = |pad: u8| block.iter().map(|byte| byte ^ pad).collect::<Vec<u8>>();
    let inner = Sha256::new().chain_update(padded(0x36)).chain_update(message).finalize();
    Sha256::new().chain_update(padded(0x5c)).chain_update(inner).finalize().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// <https://www.rfc-editor.org/rfc/rfc4231#section-4>
    #[test]
    fn codes_are_those_of_the_standard() {
        assert_eq!(
            hex(&hmac(b"Jefe", b"what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        assert_eq!(
            hex(&hmac(&[0xaa; 131], b"Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        );
    }
    /// As the script of that page gives it.
    #[test]
    fn a_password_follows_from_the_secret_and_the_region() {
        for (secret, region, expected) in [
            ("some+secret+key", "eu-central-1", "BMXhUYlu5Z3gSXVQORxlVa7XPaz91aGWdfHxvkOZdWZ2"),
            ("some+secret+key", "us-west-1", "BH+jbMzper5WwlwUar9E1ySBqHa9whi0GPo+sJ0mVYJj"),
            ("another+secret+key", "us-west-1", "BKVmjjMDFk/qqw8EROW99bjCS65PF8WKvK5bSr4Y6EqF"),
        ] {
            assert_eq!(password(secret, region), expected);
        }
    }
}
