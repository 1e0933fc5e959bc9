//! Versions of engines: which of those that AWS offers is meant by one that a program gives.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use super::context::Cx;
use super::error::Result;
use crate::model::{Failures, In, Prop};

/// The versions of an engine, asked for once.
type Asked = Arc<OnceCell<Vec<String>>>;

/// The versions of engines that a service offers in a region, each engine asked for once.
#[derive(Clone, Default)]
struct Known(Arc<Mutex<HashMap<String, Asked>>>);

/// A service, named by its client, that offers engines in versions.
pub trait Engines: 'static {
    const SERVICE: &str;

    /// The versions of an engine that the service offers, asked of AWS.
    fn versions(cx: &Cx, engine: &str) -> impl Future<Output = Result<Vec<String>>> + Send;
}

/// The version to ask `S` for; as it is where the service does not tell what it offers.
pub async fn asked<S: Engines>(cx: &Cx, engine: Option<&str>, wanted: Option<&str>) -> Option<String> {
    let wanted = wanted?;
    let found = match engine {
        Some(engine) => offered::<S>(cx, engine).await.ok(),
        None => None,
    };
    let picked = found.and_then(|offered| pick(&offered, wanted));
    Some(picked.unwrap_or_else(|| wanted.to_owned()))
}

/// Notes a version that `S` does not offer, nor a later one of its line.
pub async fn check<S: Engines, A>(
    cx: &Cx,
    engine: &In<String>,
    (name, version): (Prop<A>, &In<String>),
    failures: &mut Failures,
) {
    let (Some(engine), Some(wanted)) = (engine.get(), version.get()) else { return };
    let Ok(offered) = offered::<S>(cx, engine).await else { return };
    if !offered.is_empty() && pick(&offered, wanted).is_none() {
        let region = cx.region().unwrap_or_default();
        let reason = format!(
            "is {wanted:?}, which {} does not offer for {engine} in {region}; give one of {}, or its first part alone",
            S::SERVICE,
            choices(&offered)
        );
        failures.add(name, reason);
    }
}

async fn offered<S: Engines>(cx: &Cx, engine: &str) -> Result<Vec<String>> {
    let known = cx.aws.shared::<(Known, S), Known>(cx.region().unwrap_or_default(), Known::default);
    let cell = {
        let mut known = known.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry(engine.to_owned()).or_default().clone()
    };
    cell.get_or_try_init(|| S::versions(cx, engine)).await.cloned()
}

/// What to ask for, for a version that a program gives: that, where it is offered, and otherwise
/// the newest of its line. Nothing where its line is offered no more.
///
/// `16` and `8.0` are lines themselves; `16.3` is of the line `16`, and later ones are as good.
pub fn pick(offered: &[String], wanted: &str) -> Option<String> {
    // ElastiCache calls the line 6 of Redis `6.x`.
    let wanted = wanted.strip_suffix(".x").unwrap_or(wanted);
    if offered.iter().any(|version| version == wanted) {
        return Some(wanted.to_owned());
    }
    let newest_of = |line: &str| {
        let line = format!("{line}.");
        offered.iter().filter(|version| version.starts_with(&line)).max_by(|a, b| compare(a, b))
    };
    let of_itself = newest_of(wanted);
    let of_line = || {
        let (line, _) = wanted.rsplit_once('.')?;
        newest_of(line).filter(|newest| compare(newest, wanted) == Ordering::Greater)
    };
    of_itself.or_else(of_line).cloned()
}

/// What a person can choose from: the newest of each line.
pub fn choices(offered: &[String]) -> String {
    let mut lines: Vec<(&str, &String)> = Vec::new();
    for version in offered {
        let line = version.rsplit_once('.').map_or(version.as_str(), |(line, _)| line);
        match lines.iter_mut().find(|(known, _)| *known == line) {
            Some((_, newest)) if compare(version, newest) == Ordering::Greater => *newest = version,
            Some(_) => {}
            None => lines.push((line, version)),
        }
    }
    lines.sort_by(|(_, a), (_, b)| compare(a, b));
    lines.iter().map(|(_, version)| version.as_str()).collect::<Vec<_>>().join(", ")
}

fn compare(a: &str, b: &str) -> Ordering {
    let parts = |version: &str| -> Vec<(u64, String)> {
        let parts = version.split(['.', '-']);
        parts.map(|part| (part.parse().unwrap_or_default(), part.to_owned())).collect()
    };
    parts(a).cmp(&parts(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_that_is_gone_means_the_newest_of_its_line() {
        let offered = ["15.13", "15.15", "15.9", "16.9", "16.11", "8.0.37", "8.0.44", "8.4.7"];
        let offered = offered.map(str::to_owned);
        let picked = |wanted: &str| pick(&offered, wanted);
        let pairs =
            [("15.13", "15.13"), ("15.4", "15.15"), ("15", "15.15"), ("16.1", "16.11"), ("8.0", "8.0.44")];
        for (wanted, found) in pairs {
            assert_eq!(picked(wanted).as_deref(), Some(found), "{wanted}");
        }
        assert_eq!(picked("8.0.20").as_deref(), Some("8.0.44"));
        for gone in ["14", "14.3", "15.99", "1", "8.1.0"] {
            assert_eq!(picked(gone), None, "{gone}");
        }
        assert_eq!(choices(&offered), "8.0.44, 8.4.7, 15.15, 16.11");
    }
}
