//! Messages that no engine sends: each gets an answer or an error in words, and the plugin goes on.

use agentic::engine::proto as rpc;
use agentic::kinds;
use agentic::model::{Shape, Table};
use agentic::server::Provider;
use agentic::{components, server};
use fake_engine::{FakeEngine, component, serve};
use prost_types::{ListValue, Struct, Value, value::Kind};
use serde_json::json;
use tonic::{Code, Status};

/// Numbers that look random and are the same in each run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        // https://en.wikipedia.org/wiki/Xorshift
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % sides as u64).unwrap()
    }

    fn pick<T: Clone>(&mut self, items: &[T]) -> T {
        items[self.roll(items.len())].clone()
    }

    fn text(&mut self) -> String {
        let texts = [
            "",
            " ",
            "a",
            "-",
            "0",
            "*",
            "😀",
            "a\0b",
            "arn:",
            "arn:aws:iam",
            "10.0.0.0/33",
            "10.1.0.0/16",
            "::/0",
            "{",
            "{}",
            "[]",
            "{type}",
            "{\"Statement\":7}",
            "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
            "1b47061264138c4ac30d75fd1eb44270",
            "sun:04:30-sun:05:30",
            "03:00-04:00",
            "15.",
            "..",
            "/",
            "a/b/c/d",
        ];
        match self.roll(40) {
            0 => "x".repeat(5000),
            1 => "é".repeat(300),
            _ => self.pick(&texts).to_owned(),
        }
    }

    fn number(&mut self) -> f64 {
        self.pick(&[
            0.0,
            -1.0,
            1.0,
            1.5,
            80.0,
            65536.0,
            1e18,
            -1e300,
            f64::NAN,
            f64::INFINITY,
            f64::NEG_INFINITY,
            -0.0,
        ])
    }

    /// Any value; a deep one becomes rarer with the depth.
    fn value(&mut self, depth: usize) -> Value {
        let kind = match self.roll(if depth > 5 { 5 } else { 9 }) {
            0 => return Value { kind: None },
            1 => Kind::NullValue(0),
            2 => Kind::BoolValue(self.roll(2) == 0),
            3 => Kind::NumberValue(self.number()),
            4 => Kind::StringValue(self.text()),
            5 | 6 => {
                let count = self.roll(4);
                Kind::ListValue(ListValue { values: (0..count).map(|_| self.value(depth + 1)).collect() })
            }
            7 => Kind::StructValue(self.special(depth)),
            _ => {
                let count = self.roll(4);
                let fields = (0..count).map(|_| (self.text(), self.value(depth + 1)));
                Kind::StructValue(Struct { fields: fields.collect() })
            }
        };
        Value { kind: Some(kind) }
    }

    /// An object with Pulumi's signature, and whatever else.
    fn special(&mut self, depth: usize) -> Struct {
        let signatures = [
            "1b47061264138c4ac30d75fd1eb44270",
            "5cf8f730..126a8f31e491e813e4eb8e",
            "d0e6a833031e9bbcd3f4e8bde6ca49a4",
            "c44067f5952c0a294b673a41bacd8c17",
            "0def7320c3a5731c473e5ecbe6d01bc7",
            "not-a-signature",
        ];
        let signature = Value { kind: Some(Kind::StringValue(self.pick(&signatures).to_owned())) };
        let mut fields =
            std::collections::BTreeMap::from([("4dabf18193072939515e22adb298388d".to_owned(), signature)]);
        for key in ["value", "secret", "dependencies", "urn", "id", "text", "assets"] {
            if self.roll(2) == 0 {
                fields.insert(key.to_owned(), self.value(depth + 1));
            }
        }
        Struct { fields: fields.into_iter().collect() }
    }

    /// A value of a shape, mostly: further down anything may be wrong.
    fn shaped(&mut self, shape: &Shape, depth: usize) -> Value {
        if depth > 6 || self.roll(4) == 0 {
            return self.value(depth);
        }
        let kind = match shape {
            Shape::Boolean => Kind::BoolValue(true),
            Shape::Integer | Shape::Number => Kind::NumberValue(self.number()),
            Shape::Array(item) => {
                let count = self.roll(3);
                Kind::ListValue(ListValue {
                    values: (0..count).map(|_| self.shaped(item, depth + 1)).collect(),
                })
            }
            Shape::Map(item) => {
                let count = self.roll(3);
                let fields = (0..count).map(|_| (self.text(), self.shaped(item, depth + 1)));
                Kind::StructValue(Struct { fields: fields.collect() })
            }
            Shape::Object(table) => Kind::StructValue(self.object(table, depth + 1)),
            _ => Kind::StringValue(self.text()),
        };
        Value { kind: Some(kind) }
    }

    fn object(&mut self, table: &Table, depth: usize) -> Struct {
        let mut object = Struct::default();
        for field in table.fields {
            if self.roll(3) > 0 {
                object.fields.insert(field.name.to_owned(), self.shaped(&field.shape, depth));
            }
        }
        if self.roll(4) == 0 {
            object.fields.insert(self.text(), self.value(depth));
        }
        object
    }
}

fn assert_in_words<T>(what: &str, answer: Result<T, Status>) {
    let Err(status) = answer else { return };
    let code = status.code();
    let in_words = !matches!(code, Code::Internal | Code::Unknown | Code::Unavailable | Code::DataLoss);
    assert!(in_words && !status.message().is_empty(), "{what}: {status:?}");
}

async fn provider() -> (FakeEngine, fake_engine::Provider) {
    let engine = FakeEngine::preview().await;
    let client = serve(Provider::new(Some(engine.address()))).await;
    let config = json!({
        "region": "us-east-1", "accessKey": "test", "secretKey": "test",
        // Nobody listens there.
        "endpoint": "http://127.0.0.1:9", "maxRetries": 0,
    });
    engine.load(client.clone(), config).await.unwrap();
    (engine, client)
}

#[tokio::test]
async fn no_arguments_of_a_resource_are_too_much() {
    let (_engine, mut client) = provider().await;
    let mut dice = Dice(0x2545_F491_4F6C_DD1D);
    for kind in kinds::ALL {
        let token = kind.token();
        let tables = kind.describe();
        for round in 0..12 {
            let urn = format!("urn:pulumi:s::p::{token}::n{round}");
            let what = format!("{token}, round {round}");
            let mut inputs = || Some(dice.object(tables.args, 0));
            let (olds, news) = (inputs(), inputs());
            let check = rpc::CheckRequest { urn: urn.clone(), olds, news, ..Default::default() };
            assert_in_words(&what, client.check(check).await);
            let (old_inputs, news) = (inputs(), inputs());
            let olds = Some(dice.object(tables.state, 0));
            let diff = rpc::DiffRequest {
                urn: urn.clone(),
                id: dice.text(),
                olds: olds.clone(),
                old_inputs: old_inputs.clone(),
                news: news.clone(),
                ..Default::default()
            };
            assert_in_words(&what, client.diff(diff).await);
            let create = rpc::CreateRequest {
                urn: urn.clone(),
                properties: news.clone(),
                preview: true,
                ..Default::default()
            };
            assert_in_words(&what, client.create(create).await);
            let update = rpc::UpdateRequest {
                urn,
                id: dice.text(),
                olds,
                news,
                old_inputs,
                preview: true,
                ..Default::default()
            };
            assert_in_words(&what, client.update(update).await);
        }
    }
}

#[tokio::test]
async fn no_arguments_of_a_component_are_too_much() {
    let (engine, _client) = provider().await;
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    for component_kind in components::ALL {
        for round in 0..12 {
            let token = component_kind.token();
            let mut request = component(token, &format!("n{round}"), json!({}));
            request.inputs = Some(dice.object(component_kind.args(), 0));
            assert_in_words(&format!("{token}, round {round}"), engine.construct(request).await);
        }
    }
}

#[tokio::test]
async fn what_another_name_of_a_kind_has_as_a_list_is_refused_under_that_name() {
    let (_engine, mut client) = provider().await;
    let on = Value { kind: Some(Kind::BoolValue(true)) };
    let list = Value { kind: Some(Kind::ListValue(ListValue { values: vec![on] })) };
    let news = Struct { fields: [("versionings".to_owned(), list)].into() };
    let check = |token: &str| rpc::CheckRequest {
        urn: format!("urn:pulumi:s::p::{token}::n"),
        news: Some(news.clone()),
        ..Default::default()
    };
    let refused = client.check(check("agentic:s3:BucketV2")).await.unwrap().into_inner();
    let told: Vec<_> = refused.failures.iter().map(|it| (it.property.as_str(), it.reason.as_str())).collect();
    let expected = "is not supported; give versioning, which is an object, or s3.BucketVersioning";
    assert!(
        told.iter().any(|(name, reason)| *name == "versionings" && reason.contains(expected)),
        "{told:?}"
    );
    assert!(!refused.inputs.unwrap().fields.contains_key("versionings"));
}

#[tokio::test]
async fn what_there_is_not_is_refused() {
    let (_engine, mut client) = provider().await;
    let urn = |r#type: &str| format!("urn:pulumi:s::p::{}::n", r#type);
    for urn in [String::new(), "urn".into(), "::::::".into(), urn("agentic:ec2:Nothing"), urn("")] {
        let check = rpc::CheckRequest { urn: urn.clone(), ..Default::default() };
        let refused = client.check(check).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        assert!(refused.message().contains("there is no resource type"), "{refused:?}");
        let read = rpc::ReadRequest { urn: urn.clone(), id: "x".into(), ..Default::default() };
        assert_in_words(&urn, client.read(read).await);
        let delete = rpc::DeleteRequest { urn: urn.clone(), timeout: f64::NAN, ..Default::default() };
        assert_in_words(&urn, client.delete(delete).await);
    }
    let invoke = rpc::InvokeRequest { tok: "agentic:ec2:getNothing".into(), ..Default::default() };
    assert_eq!(client.invoke(invoke).await.unwrap_err().code(), Code::InvalidArgument);
    let call = rpc::CallRequest { tok: "x".into(), ..Default::default() };
    assert_eq!(client.call(call).await.unwrap_err().code(), Code::InvalidArgument);
    let construct = rpc::ConstructRequest { r#type: "agentic:index:Nothing".into(), ..Default::default() };
    assert_eq!(client.construct(construct).await.unwrap_err().code(), Code::InvalidArgument);
    let schema = rpc::GetSchemaRequest { version: 7, ..Default::default() };
    assert_eq!(client.get_schema(schema).await.unwrap_err().code(), Code::InvalidArgument);
    assert_eq!(
        client.parameterize(rpc::ParameterizeRequest::default()).await.unwrap_err().code(),
        Code::Unimplemented
    );
    // And it is still there.
    assert_eq!(client.get_plugin_info(()).await.unwrap().into_inner().version, server::VERSION);
}

#[tokio::test]
async fn what_is_nested_too_deep_is_told_with_its_path() {
    let (_engine, mut client) = provider().await;
    let deep = (0..200).fold(Value { kind: None }, |inner, _| {
        let fields = [("a".to_owned(), inner)].into();
        Value { kind: Some(Kind::StructValue(Struct { fields })) }
    });
    let news = Some(Struct { fields: [("policy".to_owned(), deep)].into() });
    let urn = "urn:pulumi:s::p::agentic:sns:Topic::n".to_owned();
    let refused = client.check(rpc::CheckRequest { urn, news, ..Default::default() }).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert!(refused.message().starts_with("policy.a.a"), "{refused:?}");
    assert!(refused.message().contains("nested 200 levels deep"), "{refused:?}");
}

#[tokio::test]
async fn no_settings_are_too_much() {
    let mut dice = Dice(0xD1B5_4A32_D192_ED03);
    let mut client = serve(Provider::new(None)).await;
    for round in 0..100 {
        let mut inputs = || match dice.value(0).kind {
            Some(Kind::StructValue(object)) => Some(object),
            kind => Some(Struct { fields: [(dice.text(), Value { kind })].into() }),
        };
        let (olds, news) = (inputs(), inputs());
        let check = rpc::CheckRequest { olds: olds.clone(), news: news.clone(), ..Default::default() };
        assert_in_words(&format!("round {round}"), client.check_config(check).await);
        let diff = rpc::DiffRequest { olds, news: news.clone(), old_inputs: inputs(), ..Default::default() };
        assert_in_words(&format!("round {round}"), client.diff_config(diff).await);
    }
    let known =
        ["region", "endpoint", "assumeRole", "defaultTags", "maxRetries", "profile", "skipRegionValidation"];
    for round in 0..100 {
        let fields = known.map(|name| (name.to_owned(), dice.value(0)));
        let news = Some(Struct { fields: fields.into() });
        assert_in_words(
            &format!("round {round}"),
            client.check_config(rpc::CheckRequest { news, ..Default::default() }).await,
        );
    }
}
