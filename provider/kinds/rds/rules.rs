//! What RDS allows of instances and of clusters alike.
//! <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html>,
//! <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html>

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

use super::DB_SNAPSHOT;
use crate::aws::windows::Window;
use crate::kinds::REGION;
use crate::model::{Failures, In, Model, Path, Prop};

/// How often the operating system can be measured, in seconds; 0 stands for not at all.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html>
pub const MONITORING_INTERVALS: [i64; 7] = [0, 1, 5, 10, 15, 30, 60];

/// The fewest minutes of a window.
const WINDOW: u32 = 30;

/// An argument with its name.
pub type Named<'a, A, T> = (Prop<A>, &'a In<T>);

/// That a password is of the length that the engine takes, and that only one side makes it. No
/// message says anything about the password itself.
pub fn login<A>(password: Named<A, String>, managed: &In<bool>, most: usize, failures: &mut Failures) {
    let (name, password) = password;
    if password.is_set() && managed.get() == Some(&true) {
        let reason = "is given, but manageMasterUserPassword is true, with which RDS generates the password; give only one of them";
        failures.add(name, reason);
    }
    let Some(password) = password.get() else { return };
    if !(8..=most).contains(&password.chars().count()) {
        failures.add(name, format!("is too short or too long; give 8 to {most} characters"));
    }
}

/// That backups and maintenance do not get into each other's way.
pub fn windows<A>(backup: Named<A, String>, maintenance: Named<A, String>, failures: &mut Failures) {
    let daily = backup.1.get().and_then(|text| Window::of_day(text, WINDOW).ok());
    let weekly = maintenance.1.get().and_then(|text| Window::of_week(text, WINDOW).ok());
    let (Some(daily), Some(weekly), Some(text)) = (daily, weekly, backup.1.get()) else { return };
    if daily.meets(&weekly) {
        let reason = format!("overlaps with the {} {text}; AWS does not allow that", backup.0);
        failures.add(maintenance.0, reason);
    }
}

/// How the operating system and the database are watched.
pub fn watching<A>(
    interval: &In<i64>,
    role: Named<A, String>,
    retention: Named<A, i64>,
    failures: &mut Failures,
) {
    if interval.get().is_some_and(|interval| *interval > 0) && !role.1.is_set() {
        let reason = "is missing; give the role with which RDS sends metrics to CloudWatch Logs, or a monitoringInterval of 0";
        failures.add(role.0, reason);
    }
    insights_days(retention, failures);
}

/// How long the data of Performance Insights can be kept.
pub fn insights_days<A>(retention: Named<A, i64>, failures: &mut Failures) {
    if let Some(&days) = retention.1.get()
        && days != 7
        && days != 731
        && !(days % 31 == 0 && (1..=23).contains(&(days / 31)))
    {
        let reason = format!("is {days}; give 7, a multiple of 31 for 1 to 23 months, or 731");
        failures.add(retention.0, reason);
    }
}

/// That only logs are exported that the engine has.
pub fn logs<A>(logs: Named<A, Vec<In<String>>>, legal: &[&str], failures: &mut Failures) {
    let given = logs.1.get().into_iter().flatten().enumerate();
    for (index, name) in given.filter_map(|(index, name)| Some((index, name.get()?))) {
        if !legal.contains(&name.as_str()) {
            let at = Path::from(logs.0).index(index);
            failures.add(at, format!("is {name:?}; this engine has {}", legal.join(", ")));
        }
    }
}

/// That a database comes from one place only, of those that may be given.
pub fn one_origin<A>(origins: &[(Prop<A>, bool)], failures: &mut Failures) {
    let given: Vec<_> = origins.iter().filter(|(_, is_set)| *is_set).map(|(name, _)| *name).collect();
    if let [first, second, ..] = given.as_slice() {
        failures.add(*second, format!("conflicts with {first}; give only one of them"));
    }
}

/// That a moment in a backup is said in one way.
pub fn moment<A, B>(at: Prop<A>, time: Named<B, String>, latest: &In<bool>, failures: &mut Failures) {
    if (latest.get() == Some(&true)) == time.1.is_set() && !latest.is_unknown() {
        let reason = format!("needs either {}, or useLatestRestorableTime as true", time.0);
        failures.add(at, reason);
    }
}

/// That `allowReplacement` names properties.
pub fn replaceable<T: Model, A>(allowed: Named<A, Vec<In<String>>>, what: &str, failures: &mut Failures) {
    let (argument, allowed) = allowed;
    let allowed = allowed.get().into_iter().flatten().enumerate();
    for (index, name) in allowed.filter_map(|(index, name)| Some((index, name.get()?))) {
        if T::TABLE.field(name).is_none() && name != REGION {
            let at = Path::from(argument).index(index);
            failures.add(
                at,
                format!("is {name:?}, which is not a property of a {what}; give the name of a property"),
            );
        }
    }
}

pub fn known(value: &In<String>) -> Option<&str> {
    value.get().map(String::as_str)
}

/// Holds a password against the characters that RDS takes. The answer says nothing about it.
pub fn check_password(password: &str) -> Result<(), String> {
    let is_legal = |c: char| c.is_ascii_graphic() && !['/', '@', '"'].contains(&c);
    match password.chars().all(is_legal) {
        true => Ok(()),
        false => Err("has a character that RDS does not take; use printable ASCII characters other than / @ \" and space".to_owned()),
    }
}

pub fn check_snapshot_name(name: &str) -> Result<(), String> {
    DB_SNAPSHOT.check(name)
}

pub fn check_time(text: &str) -> Result<(), String> {
    time(text).map(drop)
}

/// A moment in UTC.
pub fn time(text: &str) -> Result<DateTime, String> {
    let time = DateTime::from_str(text, Format::DateTime);
    time.map_err(|_| format!("is {text:?}; give a time in UTC, such as 2026-03-01T12:00:00Z"))
}

pub fn check_backup_window(text: &str) -> Result<(), String> {
    Window::of_day(text, WINDOW).map(drop)
}

pub fn check_maintenance_window(text: &str) -> Result<(), String> {
    Window::of_week(text, WINDOW).map(drop)
}
