//! What the parts of a stack may be called.

/// A word that every name in AWS can hold.
pub fn check_word(text: &str, longest: usize) -> Result<(), String> {
    let is_legal = text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    let is_shaped =
        text.starts_with(|c: char| c.is_ascii_lowercase()) && !text.ends_with('-') && !text.contains("--");
    if is_legal && is_shaped && text.len() <= longest {
        return Ok(());
    }
    Err(format!(
        "is {text:?}; give up to {longest} lower-case letters, digits and single hyphens, beginning with a letter"
    ))
}

/// The longest name of a service, so that a target group can hold it with the stack's name.
pub const LONGEST_NAME: usize = 24;

pub const LATEST_ONCE: &str = "is \"latest\", which could be pushed only once with repositories.immutableTags; give the tag of a version";
