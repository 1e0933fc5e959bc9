//! The derive and the decoder together, on a small struct that has one of everything.

#![allow(clippy::unwrap_used)]

use super::*;
use std::collections::BTreeMap;

/// A port.
#[derive(Clone, Debug, PartialEq, Model)]
struct Port {
    /// The number.
    #[model(range = 0..=65535)]
    number: i64,
    /// The protocol.
    #[model(default = "tcp", one_of = ["tcp", "udp"])]
    protocol: String,
    /// The weight.
    #[model(default = 1, numbers = [1, 10])]
    weight: i64,
}

/// A thing.
#[derive(Clone, Debug, PartialEq, Model)]
struct ThingArgs {
    /// The name of it. It is short.
    #[model(replace, length = 1..=8)]
    name: String,
    /// A password.
    #[model(in_place, secret)]
    password: Option<String>,
    /// Ports.
    #[model(in_place, set, default = [])]
    ports: Vec<Port>,
    /// Tags.
    #[model(in_place, default = {})]
    tags: BTreeMap<String, String>,
    /// A policy.
    #[model(in_place, alias = "document")]
    policy: Option<Json>,
}

fn read(json: serde_json::Value) -> (ThingInputs, Vec<String>) {
    let Value::Object(fields) = Value::from_json(&json) else { panic!("not an object") };
    let mut failures = Failures::new();
    let input = ThingArgs::read(&fields, &mut failures);
    (input, failures.iter().map(ToString::to_string).collect())
}

#[test]
fn defaults_and_other_spellings_are_put_in_place() {
    let (input, failures) = read(serde_json::json!({
        "name": "a", "ports": [{"number": 80}], "document": {"b": 1}, "password": null
    }));
    assert_eq!(failures, Vec::<String>::new());
    let args = ThingArgs::settle_fields(&input, &Path::root(), &mut Failures::new()).unwrap();
    assert_eq!(args.ports, [Port { number: 80, protocol: "tcp".into(), weight: 1 }]);
    assert_eq!(args.policy, Some(Json(serde_json::json!({"b": 1}))));
    assert!(args.tags.is_empty() && args.password.is_none());
}

#[test]
fn a_text_number_or_boolean_is_what_is_wanted_in_its_place() {
    let (input, failures) = read(serde_json::json!({
        "name": 256, "ports": [{"number": "443", "weight": " 10 "}], "tags": {"on": true, "share": 0.5, "all": -1}
    }));
    assert_eq!(failures, Vec::<String>::new());
    let args = ThingArgs::settle_fields(&input, &Path::root(), &mut Failures::new()).unwrap();
    assert_eq!(
        (args.name.as_str(), &args.ports),
        ("256", &vec![Port { number: 443, protocol: "tcp".into(), weight: 10 }])
    );
    let tags = [("all", "-1"), ("on", "true"), ("share", "0.5")];
    assert_eq!(args.tags, tags.map(|(key, value)| (key.to_owned(), value.to_owned())).into());
}

#[test]
fn facts_are_not_judged_but_must_be_readable() {
    let facts = |json: serde_json::Value| {
        let Value::Object(fields) = Value::from_json(&json) else { panic!("not an object") };
        let mut failures = Failures::of_facts();
        let input = ThingArgs::read(&fields, &mut failures);
        let args = ThingArgs::settle_fields(&input, &Path::root(), &mut failures);
        args.filter(|_| failures.is_empty()).ok_or(failures)
    };
    let port = serde_json::json!({"number": 70_000, "protocol": "sctp", "weight": 7, "colour": "red"});
    let args = facts(serde_json::json!({"name": "much too long", "ports": [port], "size": 1})).unwrap();
    assert_eq!(args.name, "much too long");
    assert_eq!(args.ports, [Port { number: 70_000, protocol: "sctp".into(), weight: 7 }]);
    let unreadable = facts(serde_json::json!({"ports": [{"number": "http"}], "tags": true})).unwrap_err();
    let at: std::collections::BTreeSet<_> =
        unreadable.iter().filter_map(|failure| failure.path.top()).collect();
    assert_eq!(at.into_iter().collect::<Vec<_>>(), ["name", "ports", "tags"]);
}

#[test]
fn a_document_of_which_a_part_is_unknown_is_unknown_as_a_whole() {
    let document = |part: Value| {
        let mut fields = Object::from([("policy".to_owned(), Value::object([("arn", part)]))]);
        fill_defaults(ThingArgs::TABLE, &mut fields);
        fields.remove("policy").unwrap()
    };
    assert_eq!(document(Value::Unknown), Value::Unknown);
    assert_eq!(document(Value::Unknown.into_secret()), Value::Unknown.into_secret());
    let dependencies = Dependencies::from(["urn:a".to_owned()]);
    let from_a = OutputValue { value: None, secret: false, dependencies };
    let from_a = Value::Output(Box::new(from_a));
    assert_eq!(document(from_a.clone()), from_a);
    assert_eq!(document(Value::from("x")), Value::from(r#"{"arn":"x"}"#));
}

/// A place.
#[derive(Clone, Debug, PartialEq, Model)]
struct PlaceArgs {
    /// Its size.
    #[model(in_place, default = {})]
    size: Size,
}

/// A size.
#[derive(Clone, Debug, PartialEq, Model)]
struct Size {
    /// How wide.
    #[model(default = 7)]
    width: i64,
}

#[test]
fn what_is_left_out_as_a_whole_has_its_defaults_inside() {
    let input = PlaceArgs::read(&Object::new(), &mut Failures::new());
    let args = PlaceArgs::settle_fields(&input, &Path::root(), &mut Failures::new()).unwrap();
    assert_eq!(args.size.width, 7);
}

#[test]
fn all_failures_come_at_once_with_their_paths() {
    let (_, failures) = read(serde_json::json!({
        "nme": "a", "ports": [{"number": 70000}, {"number": 1.5, "protocol": "icmp", "weight": 5}, "x", {"number": "http"}], "policy": "{", "tags": {"a.b": []}
    }));
    let expected = [
        r#"nme: there is no such property; did you mean "name"?"#,
        "name: is missing; give a string: The name of it",
        "ports[0].number: is 70000; give a number from 0 to 65535",
        "ports[1].number: is a number with a fraction; give a whole number",
        r#"ports[1].protocol: is "icmp"; give one of tcp, udp"#,
        "ports[1].weight: is 5; give one of 1, 10",
        "ports[2]: is a string; give an object",
        "ports[3].number: is a string; give a whole number",
        r#"tags["a.b"]: is a list; give a string"#,
        "policy: is not JSON: EOF while parsing an object at line 1 column 1",
    ];
    assert_eq!(failures, expected);
}

#[test]
fn what_is_unknown_is_no_failure_but_cannot_be_settled() {
    let fields = Object::from([
        ("name".to_owned(), Value::Unknown),
        ("ports".to_owned(), Value::Array(vec![Value::Unknown])),
    ]);
    let mut failures = Failures::new();
    let input = ThingArgs::read(&fields, &mut failures);
    assert!(failures.is_empty());
    assert_eq!(ThingArgs::settle_fields(&input, &Path::root(), &mut failures), None);
    let paths: Vec<String> = failures.iter().map(|f| f.path.to_string()).collect();
    assert_eq!(paths, ["name", "ports[0]"]);
}

#[test]
fn secrets_and_dependencies_survive_the_way_through_an_input() {
    let output = OutputValue {
        value: Some(Value::from("hunter2")),
        secret: true,
        dependencies: Dependencies::from(["urn:a".to_owned()]),
    };
    let fields = Object::from([
        ("name".to_owned(), Value::from("a")),
        ("password".to_owned(), Value::Output(Box::new(output))),
    ]);
    let input = ThingArgs::read(&fields, &mut Failures::new());
    assert_eq!(ThingArgs::encode_input_fields(&input)["password"], fields["password"]);
    let mut found = Vec::new();
    ThingArgs::each_dependency(&input, &mut |name, urns| {
        found.extend((!urns.is_empty()).then_some((name, urns)))
    });
    assert_eq!(found, [("password", Dependencies::from(["urn:a".to_owned()]))]);
}

/// What several things have.
#[derive(Clone, Debug, PartialEq, Model)]
struct Shared {
    /// The label.
    #[model(length = 1..=4)]
    label: String,
    /// Keys.
    #[model(default = {}, alias = "keywords")]
    keys: BTreeMap<String, String>,
    /// The port.
    port: Option<Port>,
}

/// A thing that has more.
#[derive(Clone, Debug, PartialEq, Model)]
struct WholeArgs {
    #[model(flatten)]
    shared: Shared,
    /// How many.
    #[model(in_place, default = 1)]
    count: i64,
}

fn whole(json: serde_json::Value) -> (WholeInputs, Vec<String>) {
    let Value::Object(fields) = Value::from_json(&json) else { panic!("not an object") };
    let mut failures = Failures::new();
    let input = WholeArgs::read(&fields, &mut failures);
    (input, failures.iter().map(ToString::to_string).collect())
}

#[test]
fn what_is_flattened_stands_in_the_object_around_it() {
    assert_eq!(WholeArgs::TABLE.names().collect::<Vec<_>>(), ["count", "label", "keys", "keywords", "port"]);
    let (input, failures) =
        whole(serde_json::json!({ "label": "a", "keywords": { "b": "c" }, "port": { "number": 80 } }));
    assert_eq!(failures, Vec::<String>::new());
    let args = WholeArgs::settle_fields(&input, &Path::root(), &mut Failures::new()).unwrap();
    assert_eq!((args.count, args.shared.label.as_str(), args.shared.keys["b"].as_str()), (1, "a", "c"));
    let port = serde_json::json!({ "number": 80, "protocol": "tcp", "weight": 1 });
    let flat = serde_json::json!({ "count": 1, "label": "a", "keys": { "b": "c" }, "port": port });
    let Value::Object(flat) = Value::from_json(&flat) else { panic!("not an object") };
    assert_eq!(args.encode_fields(), flat);
    assert_eq!(WholeArgs::encode_input_fields(&input), flat);
}

#[test]
fn what_is_wrong_in_a_flattened_part_is_told_at_its_place_in_the_whole() {
    let (_, failures) = whole(serde_json::json!({ "lable": "a", "cuont": 2, "label": "much too long" }));
    let expected = [
        r#"cuont: there is no such property; did you mean "count"?"#,
        r#"lable: there is no such property; did you mean "label"?"#,
        "label: has 13 characters; give 1 to 4",
    ];
    assert_eq!(failures, expected);
    let mut failures = Failures::new();
    WholeArgs::settle_fields(&WholeInputs::default(), &Path::root(), &mut failures);
    assert!(failures.to_string().contains("label: is missing"));
}

#[test]
fn what_a_flattened_part_comes_from_is_known_by_its_own_name() {
    let urns = Dependencies::from(["urn:a".to_owned()]);
    let label = In::from("a").depending_on(&urns);
    let input =
        WholeInputs { shared: SharedInput { label, ..SharedInput::default() }, ..WholeInputs::default() };
    let mut found = Vec::new();
    WholeArgs::each_dependency(&input, &mut |name, of| found.extend((!of.is_empty()).then_some((name, of))));
    assert_eq!(found, [("label", urns)]);
}

#[test]
#[should_panic(expected = "a property comes twice")]
fn a_name_that_comes_twice_is_refused() {
    let field = |name| Field::new(name, "", Shape::String, false);
    let rules = &const { Rules { alias: Some("label"), ..Rules::new(false) } };
    let aliased = Field { rules, ..field("text") };
    table::join::<3>(&[&[field("label"), field("keys")], &[aliased]]);
}

#[test]
fn what_aws_tells_is_laid_over_what_was_asked_for() {
    let ports = vec![Port { number: 80, protocol: "tcp".to_owned(), weight: 1 }];
    let asked = ThingArgs {
        name: "a".to_owned(),
        password: Some("hunter2".to_owned()),
        ports: ports.clone(),
        tags: BTreeMap::new(),
        policy: Some(Json(serde_json::json!({}))),
    };
    let told = ThingObserved { name: Some("b".to_owned()), policy: Some(None), ..ThingObserved::default() };
    let shown = ThingArgs::encode_observed(&told);
    assert_eq!(Value::Object(shown).to_json().unwrap(), serde_json::json!({"name": "b", "policy": null}));
    let there = asked.clone().overlaid(told);
    let expected = ThingArgs { name: "b".to_owned(), policy: None, ..asked.clone() };
    assert_eq!(there, expected);
    assert_eq!(asked.clone().overlaid(expected.clone().into()), expected);
}

#[test]
fn what_aws_tells_is_taken_over_by_name() {
    let told = serde_json::json!({"name": "b", "ports": [{"number": 1}], "password": "x", "other": 1});
    let mut observed = ThingObserved::default();
    ThingArgs::observe(&mut observed, Value::from_json(&told).as_object().unwrap());
    assert_eq!((observed.name, observed.password), (Some("b".to_owned()), Some(Some("x".to_owned()))));
    // A part that lacks something is none.
    assert!(observed.ports.is_none() && observed.policy.is_none());
    assert_eq!(ThingArgs::observed_tags(&mut ThingObserved::default()), Some(&mut None));
}

/// What may be given in other ways.
#[derive(Model)]
#[allow(dead_code)]
struct Lenient {
    /// The role.
    #[model(or = "iam.Role")]
    role: Option<String>,
    /// The topics.
    #[model(or = "sns.Topic")]
    topics: Option<Vec<String>>,
    /// The labels.
    #[model(within = "tags")]
    labels: Option<BTreeMap<String, String>>,
}

#[test]
fn a_resource_stands_for_its_id() {
    let reference = |id: Option<&str>| {
        let (urn, id) = ("urn:role".to_owned(), id.map(str::to_owned));
        Value::Resource(ResourceRef { urn, id, package_version: String::new() })
    };
    let read = |value: Value| {
        let mut failures = Failures::new();
        let fields = Object::from([("role".to_owned(), value)]);
        (Lenient::read(&fields, &mut failures).role, failures.to_string())
    };
    assert_eq!(read(reference(Some("app"))), (In::from("app"), String::new()));
    assert!(read(reference(Some(""))).0.is_unknown());
    assert!(read(reference(Some("app")).into_secret()).0.secret);
    let (_, told) = read(reference(None));
    assert!(told.contains("a resource"), "a component has no ID: {told}");
    let fields = Object::from([("topics".to_owned(), Value::Array(vec![reference(Some("arn:1"))]))]);
    let topics = Lenient::read(&fields, &mut Failures::new()).topics;
    assert_eq!(topics.get().map(|topics| topics[0].clone()), Some(In::from("arn:1")));
}

#[test]
fn what_stands_in_an_object_of_its_own_is_taken_out() {
    let labels = |json: serde_json::Value| {
        let fields = Object::from([("labels".to_owned(), Value::from_json(&json))]);
        let mut failures = Failures::new();
        let read = Lenient::read(&fields, &mut failures).labels;
        assert_eq!(failures.to_string(), "");
        read.get().and_then(|labels| labels.get("team").cloned()).map(|team| team.get().cloned())
    };
    let team = Some(Some("a".to_owned()));
    assert_eq!(labels(serde_json::json!({"team": "a"})), team);
    assert_eq!(labels(serde_json::json!({"tags": {"team": "a"}})), team);
    assert_eq!(labels(serde_json::json!({"tags": "x", "team": "a"})), team);
}
