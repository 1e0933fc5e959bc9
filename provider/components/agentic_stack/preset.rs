//! Presets: other defaults for the sizes, the redundancy and the guards of a stack.

use crate::model::{Object, Value};

/// The presets, in the order of the columns of the table.
pub const PRESETS: [&str; 3] = ["development", "staging", "production"];

/// An argument, and what it is in each preset where the program leaves it out. A `*` stands for each
/// of a map.
struct Row {
    argument: &'static str,
    values: [Given; 3],
}

/// A value of the table.
#[derive(Clone, Copy)]
enum Given {
    /// As without a preset.
    Nothing,
    Flag(bool),
    Number(i64),
    Text(&'static str),
    Texts(&'static [&'static str]),
    Fields(&'static [(&'static str, Given)]),
}

use Given::{Fields, Flag, Nothing, Number, Text, Texts};

/// What a preset gives. `docs/presets.md` shows it.
#[rustfmt::skip]
const TABLE: &[Row] = &[
    row("network.zones", [Number(1), Number(2), Number(3)]),
    row("network.nat", [Text("none"), Text("single"), Text("perAz")]),
    row("deletionProtection", [Flag(false), Flag(true), Flag(true)]),
    row("repositories.forceDelete", [Flag(true), Flag(false), Flag(false)]),
    row("services.*.cpu", [Number(256), Number(512), Number(1024)]),
    row("services.*.memory", [Number(512), Number(1024), Number(2048)]),
    row("services.*.desiredCount", [Number(1), Number(2), Number(3)]),
    row("services.*.scaling", [Nothing, Nothing, Fields(&[("min", Number(2)), ("max", Number(10)), ("cpu", Number(70))])]),
    row("services.*.alarmThresholds", [Nothing, Nothing, Fields(&[("cpu", Number(80)), ("memory", Number(85))])]),
    row("database.instanceClass", [Text("db.t3.micro"), Text("db.t3.small"), Text("db.r6g.large")]),
    row("database.multiAz", [Flag(false), Flag(false), Flag(true)]),
    row("database.replicas", [Number(0), Number(0), Number(0)]),
    row("database.backupRetentionPeriod", [Number(1), Number(7), Number(30)]),
    row("database.performanceInsightsEnabled", [Flag(false), Flag(true), Flag(true)]),
    row("database.logExports", [Nothing, Nothing, Texts(&["postgresql", "upgrade"])]),
    row("aurora.instanceClass", [Text("db.t4g.medium"), Text("db.t4g.medium"), Text("db.r6g.large")]),
    row("aurora.instances", [Number(1), Number(1), Number(2)]),
    row("aurora.backupRetentionPeriod", [Number(1), Number(7), Number(30)]),
    row("aurora.logExports", [Nothing, Nothing, Texts(&["postgresql"])]),
    row("logs.retentionInDays", [Number(7), Number(30), Number(180)]),
    row("alarms.enabled", [Flag(false), Flag(false), Flag(true)]),
    row("alarms.database", [Nothing, Nothing, Fields(&[("cpu", Number(80)), ("connections", Number(80))])]),
    row("alarms.loadBalancer", [Nothing, Nothing, Fields(&[("errors", Number(10))])]),
];

const fn row(argument: &'static str, values: [Given; 3]) -> Row {
    Row { argument, values }
}

/// What is made where a program leaves it out. All else in the table is filled in where it is there.
const MADE: [&str; 4] = ["network", "repositories", "logs", "alarms"];

/// Puts in what the preset gives, where the program gives nothing. One that is not known, or that there
/// is not, gives nothing; the check of the argument tells of it.
pub fn fill(fields: &mut Object) {
    let preset = fields.get("preset").map(Value::peel).and_then(Value::as_str);
    let Some(column) = preset.and_then(|preset| PRESETS.iter().position(|known| *known == preset)) else {
        return;
    };
    let scaled = own_scaling(fields);
    for row in TABLE {
        let Some(value) = row.values[column].value() else { continue };
        let path: Vec<&str> = row.argument.split('.').collect();
        let [parent, .., name] = path.as_slice() else {
            put(fields, row.argument, &value);
            continue;
        };
        let is_absent = fields.get(*parent).is_none_or(Value::is_null);
        if is_absent && MADE.contains(parent) {
            fields.insert((*parent).to_owned(), Value::Object(Object::new()));
        }
        let Some(parent) = fields.get_mut(*parent).and_then(inside) else { continue };
        if path.len() == 2 {
            put(parent, name, &value);
            continue;
        }
        for (item, fields) in parent {
            // Who scales says how many tasks there are.
            if *name == "desiredCount" && scaled.contains(item) {
                continue;
            }
            if let Some(fields) = inside(fields) {
                put(fields, name, &value);
            }
        }
    }
}

/// The services that the program scales itself.
fn own_scaling(fields: &Object) -> Vec<String> {
    let services = match fields.get("services").map(Value::peel) {
        Some(Value::Object(services)) => services,
        _ => return Vec::new(),
    };
    let scales = |service: &Value| match service.peel() {
        Value::Object(service) => service.get("scaling").is_some_and(|scaling| !scaling.is_null()),
        _ => false,
    };
    services.iter().filter(|(_, service)| scales(service)).map(|(name, _)| name.clone()).collect()
}

fn put(fields: &mut Object, name: &str, value: &Value) {
    if fields.get(name).is_none_or(Value::is_null) {
        fields.insert(name.to_owned(), value.clone());
    }
}

/// The fields of an object, as far as they are known.
fn inside(value: &mut Value) -> Option<&mut Object> {
    match value {
        Value::Object(fields) => Some(fields),
        Value::Secret(value) => inside(value),
        Value::Output(output) => output.value.as_mut().and_then(inside),
        _ => None,
    }
}

impl Given {
    fn value(self) -> Option<Value> {
        Some(match self {
            Nothing => return None,
            Flag(flag) => Value::Bool(flag),
            Number(number) => Value::Number(number as f64),
            Text(text) => Value::from(text),
            Texts(texts) => Value::Array(texts.iter().map(|text| Value::from(*text)).collect()),
            Fields(fields) => {
                let fields =
                    fields.iter().filter_map(|(name, given)| Some(((*name).to_owned(), given.value()?)));
                Value::Object(fields.collect())
            }
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::components::agentic_stack::AgenticStackArgs;
    use crate::model::{Failures, Model, Shape};
    use serde_json::{Value as Json, json};

    fn filled(args: Json) -> Json {
        let mut fields = Value::from_json(&args).as_object().unwrap().clone();
        fill(&mut fields);
        Value::Object(fields).to_json().unwrap()
    }

    /// The value as the page shows it.
    fn shown(given: Given) -> String {
        match given {
            Nothing => "–".to_owned(),
            Flag(flag) => format!("`{flag}`"),
            Number(number) => format!("`{number}`"),
            Text(text) => format!("`{text:?}`"),
            Texts(texts) => format!("`{texts:?}`"),
            Fields(fields) => {
                let plain = |given: Given| shown(given).trim_matches('`').to_owned();
                let fields = fields.iter().map(|(name, given)| format!("{name}: {}", plain(*given)));
                format!("`{{ {} }}`", fields.collect::<Vec<_>>().join(", "))
            }
        }
    }

    /// `UPDATE=1 cargo test --lib presets` writes it anew.
    #[test]
    fn the_page_on_presets_has_the_table() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/presets.md");
        let page = std::fs::read_to_string(path).unwrap();
        let heads = PRESETS.map(|preset| format!("`{preset:?}`")).join(" | ");
        let mut table = format!("| argument | {heads} |\n|---|---|---|---|\n");
        for row in TABLE {
            let values = row.values.map(shown).join(" | ");
            table.push_str(&format!("| `{}` | {values} |\n", row.argument));
        }
        let start = page.find("| argument |").unwrap();
        let end = start + page[start..].find("\n\n").map_or(page.len() - start, |at| at + 1);
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(path, format!("{}{table}{}", &page[..start], &page[end..])).unwrap();
            return;
        }
        assert_eq!(&page[start..end], table, "docs/presets.md is stale");
    }

    #[test]
    fn every_row_names_an_argument_and_a_legal_value() {
        for row in TABLE {
            let mut table = AgenticStackArgs::TABLE;
            let mut names = row.argument.split('.').peekable();
            while let Some(name) = names.next() {
                let field = table.field(name).unwrap_or_else(|| panic!("there is no {}", row.argument));
                let mut shape = &field.shape;
                if names.next_if_eq(&"*").is_some() {
                    let Shape::Map(item) = shape else { panic!("{name} is no map") };
                    shape = item;
                }
                if let Shape::Object(inner) = shape {
                    table = inner;
                }
            }
        }
        for preset in PRESETS {
            let args = json!({
                "project": "shop", "environment": "dev", "preset": preset,
                "services": { "api": { "port": 80, "expose": "public", "database": true } }, "database": {},
            });
            let fields = filled(args);
            let fields = Value::from_json(&fields).as_object().unwrap().clone();
            let mut failures = Failures::new();
            let args = AgenticStackArgs::read(&fields, &mut failures);
            super::super::rules::check(&args, &mut failures);
            assert_eq!(failures.to_string(), "", "{preset}");
        }
    }

    #[test]
    fn what_a_program_gives_stays() {
        let args = filled(json!({
            "preset": "production",
            "network": { "zones": 2 },
            "services": { "api": { "cpu": 4096, "memory": 8192 }, "web": { "scaling": { "min": 1, "max": 2 } }, "job": {} },
            "database": { "instanceClass": "db.m7g.large", "multiAz": null },
            "alarms": { "enabled": false },
        }));
        assert_eq!(args["network"], json!({ "zones": 2, "nat": "perAz" }));
        let api = &args["services"]["api"];
        assert_eq!(
            (&api["cpu"], &api["memory"], &api["desiredCount"]),
            (&json!(4096), &json!(8192), &json!(3))
        );
        assert_eq!(args["services"]["web"]["scaling"], json!({ "min": 1, "max": 2 }));
        assert!(args["services"]["web"].get("desiredCount").is_none());
        assert_eq!(args["services"]["job"]["scaling"], json!({ "min": 2, "max": 10, "cpu": 70 }));
        assert_eq!(args["database"]["instanceClass"], "db.m7g.large");
        assert_eq!(args["database"]["multiAz"], true);
        assert_eq!(
            (&args["alarms"]["enabled"], &args["logs"]["retentionInDays"]),
            (&json!(false), &json!(180))
        );
        assert!(args.get("aurora").is_none());
    }

    #[test]
    fn without_a_preset_nothing_is_filled_in() {
        let args = json!({ "services": { "api": {} } });
        assert_eq!(filled(args.clone()), args);
        let unknown = json!({ "preset": "prod", "services": { "api": {} } });
        assert_eq!(filled(unknown.clone()), unknown);
    }
}
