//! A note on this machine of what an attempt is about to make, for things that have no tags.
//!
//! AWS tells of a route, a record or a policy neither whose it is nor since when it is there. So
//! that a process that is killed between the call and the answer makes nothing twice and leaves
//! nothing behind, the call is written down before; the next process reads it. There is nothing but
//! hashes in it, and what is older than an hour is dropped.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::aws::context::{Cx, digest};
use crate::aws::owner::RECENT;

/// Where more than this is written, what is old is dropped first.
const LARGE: u64 = 64 * 1024;

/// What this operation is about to make, and whether an attempt before it was.
#[derive(Clone)]
struct Attempt {
    mark: String,
    is_another: bool,
}

/// Notes that an attempt to make this for the resource begins. Without a place to write to, the
/// attempt goes on all the same.
pub fn begin(cx: &Cx, id: &str) {
    let attempt = Attempt { mark: mark(cx, id), is_another: began(cx, id) };
    write(&attempt.mark);
    cx.note(attempt);
}

/// Takes the note back: the attempt came to an end and made nothing.
pub fn withdraw(cx: &Cx) {
    if let Some(attempt) = cx.take_note::<Attempt>().filter(|attempt| !attempt.is_another) {
        write(&format!("{WITHDRAWN}{}", attempt.mark));
    }
}

/// What stands before a mark that counts no longer.
const WITHDRAWN: char = '-';

fn write(what: &str) {
    if let Some(path) = path() {
        let _ = add(&path, what);
    }
}

/// Adds a line. Several processes write at the same time, and none may lose a line of another.
fn add(path: &Path, what: &str) -> std::io::Result<()> {
    path.parent().map(fs::create_dir_all).transpose()?;
    let lock = OpenOptions::new().create(true).append(true).open(path.with_extension("lock"))?;
    lock.lock()?;
    if fs::metadata(path).is_ok_and(|file| file.len() > LARGE) && has_old(path) {
        let fresh: String = recent(path).map(|(time, mark)| format!("{time} {mark}\n")).collect();
        let new = path.with_extension("new");
        fs::write(&new, fresh)?;
        fs::rename(&new, path)?;
    }
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    file.write_all(format!("{} {what}\n", now()).as_bytes())
}

/// Whether the first line, which is the oldest, counts no longer.
fn has_old(path: &Path) -> bool {
    let text = fs::read_to_string(path).unwrap_or_default();
    let first = text.split_once(' ').and_then(|(time, _)| time.parse::<u64>().ok());
    first.is_none_or(|time| now().saturating_sub(time) > RECENT.as_secs())
}

/// Whether an attempt to make this for the resource began a short while ago, other than this one.
pub fn began(cx: &Cx, id: &str) -> bool {
    let mark = mark(cx, id);
    if let Some(attempt) = cx.noted::<Attempt>().filter(|attempt| attempt.mark == mark) {
        return attempt.is_another;
    }
    let all = path().into_iter().flat_map(|path| recent(&path));
    let mut about = all.filter(|(_, noted)| noted.trim_start_matches(WITHDRAWN) == mark);
    about.next_back().is_some_and(|(_, last)| last == mark)
}

/// Beside Pulumi's own files.
fn path() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let home = || Some(set("HOME").or_else(|| set("USERPROFILE"))?.join(".pulumi"));
    Some(set("PULUMI_HOME").or_else(home)?.join("agentic").join("attempts"))
}

fn recent(path: &Path) -> impl DoubleEndedIterator<Item = (u64, String)> + use<> {
    let (text, now) = (fs::read_to_string(path).unwrap_or_default(), now());
    let read = |line: &str| {
        let (time, mark) = line.split_once(' ')?;
        Some((time.parse::<u64>().ok()?, mark.to_owned()))
    };
    let lines: Vec<_> = text.lines().filter_map(read).collect();
    lines.into_iter().filter(move |(time, _)| now.saturating_sub(*time) <= RECENT.as_secs())
}

fn mark(cx: &Cx, id: &str) -> String {
    let region = cx.region().unwrap_or_default();
    digest(&[cx.token().as_bytes(), b"\n", region.as_bytes(), b"\n", id.as_bytes()])
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn no_process_loses_a_line_of_another_while_old_ones_are_dropped() {
        let home = std::env::temp_dir().join(format!("agentic-journal-{}", std::process::id()));
        let path = home.join("agentic").join("attempts");
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let old = format!("{} {}\n", now() - 2 * RECENT.as_secs(), "o".repeat(60));
        fs::write(&path, old.repeat(LARGE as usize / 60)).unwrap();
        let each = |writer: usize| {
            let path = path.clone();
            move || (0..200).for_each(|line| add(&path, &format!("{writer}-{line}")).unwrap())
        };
        std::thread::scope(|scope| (0..4).for_each(|writer| drop(scope.spawn(each(writer)))));
        let mut there: Vec<String> = recent(&path).map(|(_, mark)| mark).collect();
        there.sort();
        there.dedup();
        assert_eq!(there.len(), 800);
        assert!(fs::metadata(&path).unwrap().len() < LARGE);
        fs::remove_dir_all(home).unwrap();
    }
}
