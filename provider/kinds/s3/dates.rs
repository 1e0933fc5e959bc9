//! Dates of lifecycle rules: midnight UTC.

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

use crate::model::Value;

const MIDNIGHT: &str = "T00:00:00Z";

/// A date as a program says it: a day, or its midnight.
pub(super) fn date(text: &str) -> Option<DateTime> {
    let whole = if text.contains('T') { text.to_owned() } else { format!("{text}{MIDNIGHT}") };
    DateTime::from_str(&whole, Format::DateTime).ok()
}

pub(super) fn told_date(date: &DateTime) -> Option<String> {
    date.fmt(Format::DateTime).ok()
}

/// The same as a day alone.
pub(super) fn told_day(date: &DateTime) -> Option<String> {
    told_date(date).map(|text| text.trim_end_matches(MIDNIGHT).to_owned())
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html>
pub(super) fn check_date(text: &str) -> Result<(), String> {
    match date(text).is_some_and(is_midnight) && text.contains('T') {
        true => Ok(()),
        false => Err(format!("is {text:?}; give midnight UTC of a day, such as 2030-01-01T00:00:00Z")),
    }
}

/// The same for a date that may be a day alone.
pub(super) fn check_day(text: &str) -> Result<(), String> {
    match date(text).is_some_and(is_midnight) {
        true => Ok(()),
        false => Err(format!("is {text:?}; give a day, such as 2030-01-01")),
    }
}

/// Whether two texts are one day.
pub(super) fn same_day(one: &Value, other: &Value) -> bool {
    let day = |value: &Value| value.as_str().and_then(date);
    day(one).is_some_and(|one| day(other) == Some(one))
}

fn is_midnight(date: DateTime) -> bool {
    const DAY: i64 = 24 * 60 * 60;
    date.secs() % DAY == 0 && date.subsec_nanos() == 0
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_date_is_midnight() {
        assert!(check_date("2030-01-01T00:00:00Z").is_ok());
        assert!(check_date("2030-01-01T01:00:00+01:00").is_err(), "AWS tells it in UTC");
        assert!(check_date("2030-01-01").is_err() && check_date("2030-01-01T12:00:00Z").is_err());
    }

    #[test]
    fn a_day_may_stand_for_its_midnight() {
        assert!(check_day("2030-01-01").is_ok() && check_day("2030-01-01T00:00:00Z").is_ok());
        assert!(check_day("2030-01-01T12:00:00Z").is_err() && check_day("January").is_err());
        assert!(same_day(&"2030-01-01".into(), &"2030-01-01T00:00:00Z".into()));
        assert!(!same_day(&"2030-01-01".into(), &"2030-01-02".into()));
        assert_eq!(told_day(&date("2030-01-01").unwrap()).as_deref(), Some("2030-01-01"));
    }
}
