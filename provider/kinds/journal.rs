//! A note on this machine of what an attempt is about to make, for things that have no tags.
//!
//! AWS tells of a route, a record or a policy neither whose it is nor since when it is there. So
//! that a process that is killed between the call and the answer makes nothing twice and leaves
//! nothing behind, the call is written down before; the next process reads it. There is nothing but
//! hashes in it, and what is older than an hour is dropped.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::PathBuf;
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
    let Some(path) = path() else { return };
    let line = format!("{} {what}\n", now());
    if fs::metadata(&path).is_ok_and(|file| file.len() > LARGE) {
        let fresh: String = recent(&path).map(|(time, mark)| format!("{time} {mark}\n")).collect();
        let _ = fs::write(&path, fresh);
    }
    let _ = path.parent().map(fs::create_dir_all);
    let file = OpenOptions::new().create(true).append(true).open(&path);
    let _ = file.and_then(|mut file| file.write_all(line.as_bytes()));
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

fn recent(path: &PathBuf) -> impl DoubleEndedIterator<Item = (u64, String)> + use<> {
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
