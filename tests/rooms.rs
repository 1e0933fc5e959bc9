//! The rooms of `provider/` depend in one direction, as `docs/design.md` says.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Each room, and what it may use.
const ROOMS: [(&str, &[&str]); 6] = [
    ("main", &["package", "server"]),
    ("package", &["server", "components", "kinds", "engine", "model"]),
    ("server", &["components", "kinds", "aws", "engine", "model"]),
    ("components", &["kinds", "aws", "engine", "model"]),
    ("kinds", &["aws", "engine", "model"]),
    ("aws", &["engine", "model"]),
];

#[test]
fn no_room_reaches_up() {
    let rooms = BTreeMap::from(ROOMS);
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        let room = room_of(&file);
        if room == "lib" {
            continue;
        }
        let may = rooms.get(room).unwrap_or_else(|| panic!("docs/design.md has no room for {file}"));
        for used in used(&text).filter(|used| *used != room && !may.contains(used)) {
            wrong.push(format!("{file} uses {used}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_kind_knows_the_list_of_all() {
    let knows = |(file, text): &(String, String)| {
        let code = text.split("[cfg(test)]").next().unwrap_or_default();
        let names = ["registry::", "kinds::find", "kinds::ALL", "kinds::FUNCTIONS"];
        room_of(file) == "kinds" && file != "kinds/mod.rs" && names.iter().any(|name| code.contains(name))
    };
    let wrong: Vec<String> = sources().into_iter().filter(knows).map(|(file, _)| file).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

/// The files of `provider/`, by their paths within it.
fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("provider");
    let mut found = Vec::new();
    let mut directories = vec![root.clone()];
    while let Some(directory) = directories.pop() {
        let paths = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
        let (inner, files): (Vec<PathBuf>, Vec<PathBuf>) = paths.partition(|path| path.is_dir());
        directories.extend(inner);
        for path in files.into_iter().filter(|path| path.extension().is_some_and(|ext| ext == "rs")) {
            let name = path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
            found.push((name, fs::read_to_string(&path).unwrap()));
        }
    }
    assert!(found.len() > 100, "provider/ is not where it was");
    found
}

fn room_of(file: &str) -> &str {
    file.split(['/', '.']).next().unwrap_or_default()
}

/// The rooms that a file names, by `crate::`, or by `agentic::` in `main.rs`.
fn used(text: &str) -> impl Iterator<Item = &str> {
    let starts = ["crate::", "agentic::"].into_iter().flat_map(|root| text.split(root).skip(1));
    starts
        .flat_map(|rest| {
            // `use crate::{aws::tags, model::Path};`
            let (list, is_list) = match rest.strip_prefix('{') {
                Some(list) => (list.split('}').next().unwrap_or_default(), true),
                None => (rest, false),
            };
            let parts = if is_list { list.split(',').collect() } else { vec![list] };
            parts.into_iter().map(|part| {
                let part = part.trim_start();
                let end = part.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(part.len());
                &part[..end]
            })
        })
        .filter(|room| ROOMS.iter().any(|(name, _)| name == room) || ["engine", "model"].contains(room))
}
