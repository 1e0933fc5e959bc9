//! The names that a component gives in AWS.

/// The names of the parts of one component: a pattern with a place for the type.
#[derive(Clone, Debug, PartialEq)]
pub struct Names(String);

impl Names {
    /// Names by a pattern such as `shop-dev-{type}`.
    pub fn by(pattern: &str) -> Self {
        Names(pattern.to_owned())
    }

    /// The name of a thing of this type, such as `vpc` or `nodejs-task`.
    pub fn of(&self, kind: &str) -> String {
        self.0.replace("{type}", kind)
    }
}

/// Holds a pattern of a part of a stack against the one place that it has.
pub fn check_type(pattern: &str) -> Result<(), String> {
    check(pattern, &["{type}"])
}

fn check(pattern: &str, places: &[&str]) -> Result<(), String> {
    if !pattern.contains("{type}") {
        return Err(format!("is {pattern:?}; it needs the place {{type}}, so that names differ"));
    }
    let rest = places.iter().fold(pattern.to_owned(), |rest, place| rest.replace(place, ""));
    match rest.find(['{', '}']) {
        Some(_) => Err(format!("is {pattern:?}; its places are {}", places.join(" "))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_pattern_with_the_type_in_its_place() {
        assert_eq!(Names::by("shop-dev-api-{type}").of("task"), "shop-dev-api-task");
    }

    #[test]
    fn a_pattern_without_the_type_is_refused() {
        assert!(check_type("api-{type}").is_ok());
        assert!(check_type("api").is_err() && check_type("{type}-{region}").is_err());
    }
}
