//! A provider plugged into the engine.

use std::{
    result::Result,
    sync::{Arc, Mutex},
};

use agentic_pulumi::engine::proto::{self, *};
use prost::Message;
use prost_types::Any;
use serde_json::json;
use tonic::{Code, Request, Response, Status};

use crate::{COMPONENT, Program, SUBNET, VPC, custom, object};
use fake_engine::{
    FakeEngine, Outcome, component, serve,
    wire::{self, Object, UNKNOWN},
};

#[tokio::test]
async fn it_is_configured_as_the_engine_does() {
    let (engine, provider) = loaded(FakeEngine::update().await).await;
    let configured = provider.configured.lock().unwrap().clone().unwrap();
    assert_eq!(configured["region"], "eu-central-1");
    assert_eq!(configured["retries"], "3");
    assert_eq!(configured["tags"], r#"{"a":"b"}"#);
    assert_eq!(*provider.engine_address.lock().unwrap(), engine.address());
    let refused = engine.load(serve(provider).await, json!({ "wrong": true })).await;
    assert_eq!(refused.unwrap_err().message(), "wrong: is not known");
}

#[tokio::test]
async fn it_checks_and_creates_custom_resources() {
    let (engine, _) = loaded(FakeEngine::update().await).await;
    let mut program = Program::of(&engine).await;
    let stack = engine.stack_urn();
    let vpc = RegisterResourceRequest {
        custom_timeouts: Some(register_resource_request::CustomTimeouts {
            create: "1h30m".into(),
            ..Default::default()
        }),
        ..custom(VPC, "vpc", &stack, json!({ "cidrBlock": "10.0.0.0/16" }))
    };
    let vpc = program.register(vpc).await.unwrap();
    assert_eq!(vpc.id, "id-of-vpc");
    assert_eq!(object(&vpc), json!({ "cidrBlock": "10.0.0.0/16", "tenancy": "default", "timeout": 5400 }),);
}

#[tokio::test]
async fn its_failures_fail_the_resource() {
    for (name, reason, id) in [
        ("unchecked", "cidrBlock: is missing", ""),
        ("refused", "no more", ""),
        ("partial", "never became ready", "half"),
        ("idless", "was created without an id", ""),
        ("unknown", "was created with an unknown `arn`", ""),
    ] {
        let (engine, _) = loaded(FakeEngine::update().await).await;
        let program = Program::of(&engine).await;
        let hung = program.spawn(custom(VPC, name, &engine.stack_urn(), json!({})));
        engine.wait_finished(name).await;
        let failed = engine.registration(name);
        let Outcome::Failed(message) = &failed.outcome else {
            panic!("{:?}", failed.outcome);
        };
        assert!(message.ends_with(reason), "{message}");
        assert_eq!(failed.id, id);
        let exists = engine.deletion_rounds().iter().flatten().any(|urn| *urn == failed.urn);
        assert_eq!(exists, name == "partial");
        hung.abort();
    }
}

#[tokio::test]
async fn it_previews() {
    let (engine, _) = loaded(FakeEngine::preview().await).await;
    let program = Program::of(&engine).await;
    let inputs = json!({ "cidrBlock": UNKNOWN });
    let vpc = program.custom(VPC, "vpc", &engine.stack_urn(), inputs).await;
    assert_eq!(vpc.id, "");
    assert_eq!(object(&vpc)["cidrBlock"], UNKNOWN);
}

#[tokio::test]
async fn it_answers_invokes() {
    let (engine, _) = loaded(FakeEngine::preview().await).await;
    let mut program = Program::of(&engine).await;
    let args = json!({ "known": 1, "unknown": UNKNOWN });
    let answer = program.invoke("agentic:index:echo", args).await.unwrap();
    assert_eq!(answer, json!({ "args": { "known": 1 }, "preview": true }));
    let urn = engine.program_resource(custom(VPC, "vpc", "", json!({ "a": 1 })));
    let found = program.invoke("pulumi:pulumi:getResource", json!({ "urn": urn })).await.unwrap();
    assert_eq!((&found["id"], &found["state"]), (&json!("vpc-vpc"), &json!({ "a": 1 })));
    let missing = program.invoke("pulumi:pulumi:getResource", json!({ "urn": "urn" })).await;
    assert_eq!(missing.unwrap_err().message(), "unknown resource urn");
}

#[tokio::test]
async fn it_constructs_components() {
    let (engine, _) = loaded(FakeEngine::update().await).await;
    let user = engine.program_resource(custom(VPC, "user", "", json!({})));
    let inputs = json!({ "cidr": wire::output(Some("10.0.0.0/8".into()), false, &[&user]) });
    let constructed = engine.construct(component(COMPONENT, "net", inputs)).await.unwrap();
    assert_eq!(constructed.urn, engine.urn(&engine.stack_urn(), COMPONENT, "net"));
    let child = engine.registration("net-subnet");
    assert_eq!(child.property_dependencies("cidr").first(), Some(&user));
    assert_eq!(wire::from_struct(&constructed.state.unwrap())["child"], child.id);
    assert!(engine.is_deleted_before("net-subnet", "user"));
    assert_eq!(engine.logs()[0].message, "constructing net");

    // The same, but asked for by a program.
    let remote = RegisterResourceRequest {
        custom: false,
        remote: true,
        ..custom(COMPONENT, "other", &engine.stack_urn(), json!({ "cidr": "10.0.0.0/8" }))
    };
    let remote = Program::of(&engine).await.register(remote).await.unwrap();
    let child = engine.registration("other-subnet");
    assert_eq!(object(&remote), json!({ "child": child.id }));
    assert_eq!(remote.property_dependencies["child"].urns, [child.urn]);
}

#[tokio::test]
async fn an_unfinished_component_is_a_broken_rule() {
    let (engine, _) = loaded(FakeEngine::update().await).await;
    let refused = engine.construct(component(COMPONENT, "unfinished", json!({}))).await;
    assert_eq!(refused.unwrap_err().code(), Code::Internal);
    assert!(engine.violations()[0].ends_with("its outputs were not registered"));
}

async fn loaded(engine: FakeEngine) -> (FakeEngine, Scripted) {
    let provider = Scripted::default();
    let config = json!({ "region": "eu-central-1", "retries": 3, "tags": { "a": "b" } });
    engine.load(serve(provider.clone()).await, config).await.unwrap();
    (engine, provider)
}

/// Behaves by the name of the resource.
#[derive(Clone, Default)]
struct Scripted {
    engine_address: Arc<Mutex<String>>,
    configured: Arc<Mutex<Option<Object>>>,
}

impl Scripted {
    fn handshake(&self, request: ProviderHandshakeRequest) -> Result<ProviderHandshakeResponse, Status> {
        *self.engine_address.lock().unwrap() = request.engine_address;
        Ok(ProviderHandshakeResponse {
            accept_secrets: true,
            accept_resources: true,
            accept_outputs: true,
            ..ProviderHandshakeResponse::default()
        })
    }

    fn check_config(&self, request: CheckRequest) -> Result<CheckResponse, Status> {
        let is_wrong = request.news.as_ref().unwrap().fields.contains_key("wrong");
        let failure = CheckFailure { property: "wrong".into(), reason: "is not known".into() };
        Ok(CheckResponse {
            inputs: request.news,
            failures: if is_wrong { vec![failure] } else { Vec::new() },
        })
    }

    fn configure(&self, request: ConfigureRequest) -> Result<ConfigureResponse, Status> {
        let args = wire::from_struct(&request.args.unwrap());
        *self.configured.lock().unwrap() = Some(args);
        Ok(ConfigureResponse::default())
    }

    fn check(&self, request: CheckRequest) -> Result<CheckResponse, Status> {
        let mut inputs = wire::from_struct(&request.news.unwrap());
        inputs.insert("tenancy".into(), "default".into());
        let failure = CheckFailure { property: "cidrBlock".into(), reason: "is missing".into() };
        Ok(CheckResponse {
            inputs: Some(wire::to_struct(&inputs)),
            failures: if request.name == "unchecked" { vec![failure] } else { Vec::new() },
        })
    }

    fn create(&self, request: CreateRequest) -> Result<CreateResponse, Status> {
        let mut outputs = wire::from_struct(&request.properties.unwrap());
        outputs.insert("timeout".into(), request.timeout.into());
        match request.name.as_str() {
            "refused" => return Err(Status::failed_precondition("no more")),
            "partial" => return Err(partial(&outputs)),
            "unknown" => drop(outputs.insert("arn".into(), UNKNOWN.into())),
            _ => {}
        }
        let has_id = !request.preview && request.name != "idless";
        let id = has_id.then(|| format!("id-of-{}", request.name));
        Ok(CreateResponse {
            id: id.unwrap_or_default(),
            properties: Some(wire::to_struct(&outputs)),
            ..CreateResponse::default()
        })
    }

    fn invoke(&self, request: InvokeRequest) -> Result<InvokeResponse, Status> {
        let args = wire::from_struct(&request.args.unwrap());
        let answer = json!({ "args": args, "preview": request.preview });
        Ok(InvokeResponse {
            r#return: Some(wire::to_struct(&wire::object(answer))),
            ..InvokeResponse::default()
        })
    }

    async fn construct(&self, request: ConstructRequest) -> Result<ConstructResponse, Status> {
        let endpoint = format!("http://{}", request.monitor_endpoint);
        let mut monitor =
            resource_monitor_client::ResourceMonitorClient::connect(endpoint.clone()).await.unwrap();
        let log = LogRequest {
            severity: LogSeverity::Info.into(),
            message: format!("constructing {}", request.name),
            ..LogRequest::default()
        };
        engine_client::EngineClient::connect(endpoint).await.unwrap().log(log).await?;
        let itself = RegisterResourceRequest {
            r#type: request.r#type,
            name: request.name.clone(),
            parent: request.parent,
            ..RegisterResourceRequest::default()
        };
        let urn = monitor.register_resource(itself).await?.into_inner().urn;
        let mut child = custom(SUBNET, &format!("{}-subnet", request.name), &urn, json!({}));
        child.object = request.inputs;
        let behind = request.input_dependencies.into_iter();
        child.property_dependencies = behind
            .map(|(key, named)| {
                let urns = named.urns;
                (key, register_resource_request::PropertyDependencies { urns })
            })
            .collect();
        let child = monitor.register_resource(child).await?.into_inner();
        let state = Some(wire::to_struct(&wire::object(json!({ "child": child.id }))));
        if request.name != "unfinished" {
            let outputs = RegisterResourceOutputsRequest { urn: urn.clone(), outputs: state.clone() };
            monitor.register_resource_outputs(outputs).await?;
        }
        let behind = construct_response::PropertyDependencies { urns: vec![child.urn] };
        Ok(ConstructResponse { urn, state, state_dependencies: [("child".to_owned(), behind)].into() })
    }
}

fn partial(outputs: &Object) -> Status {
    let detail = ErrorResourceInitFailed {
        id: "half".into(),
        properties: Some(wire::to_struct(outputs)),
        ..ErrorResourceInitFailed::default()
    };
    let message = "never became ready";
    let status = proto::rpc::Status {
        code: Code::Unknown.into(),
        message: message.into(),
        details: vec![Any {
            type_url: "type.googleapis.com/pulumirpc.ErrorResourceInitFailed".into(),
            value: detail.encode_to_vec(),
        }],
    };
    Status::with_details(Code::Unknown, message, status.encode_to_vec().into())
}

/// The service of [`Scripted`]: what it does, what it awaits, and what it has not.
macro_rules! service {
    (
        does { $($does:ident($does_in:ty) -> $does_out:ty,)* }
        awaits { $($awaits:ident($awaits_in:ty) -> $awaits_out:ty,)* }
        lacks { $($lacks:ident($lacks_in:ty) -> $lacks_out:ty,)* }
    ) => {
        #[tonic::async_trait]
        impl resource_provider_server::ResourceProvider for Scripted {
            type ListStream = tokio_stream::Empty<Result<ListResponse, Status>>;

            $(async fn $does(&self, request: Request<$does_in>) -> Result<Response<$does_out>, Status> {
                Ok(Response::new(Scripted::$does(self, request.into_inner())?))
            })*
            $(async fn $awaits(&self, request: Request<$awaits_in>) -> Result<Response<$awaits_out>, Status> {
                Ok(Response::new(Scripted::$awaits(self, request.into_inner()).await?))
            })*
            $(async fn $lacks(&self, _: Request<$lacks_in>) -> Result<Response<$lacks_out>, Status> {
                Err(Status::unimplemented(stringify!($lacks)))
            })*
        }
    };
}

service! {
    does {
        handshake(ProviderHandshakeRequest) -> ProviderHandshakeResponse,
        check_config(CheckRequest) -> CheckResponse,
        configure(ConfigureRequest) -> ConfigureResponse,
        check(CheckRequest) -> CheckResponse,
        create(CreateRequest) -> CreateResponse,
        invoke(InvokeRequest) -> InvokeResponse,
    }
    awaits {
        construct(ConstructRequest) -> ConstructResponse,
    }
    lacks {
        parameterize(ParameterizeRequest) -> ParameterizeResponse,
        get_schema(GetSchemaRequest) -> GetSchemaResponse,
        diff_config(DiffRequest) -> DiffResponse,
        call(CallRequest) -> CallResponse,
        diff(DiffRequest) -> DiffResponse,
        read(ReadRequest) -> ReadResponse,
        list(ListRequest) -> Self::ListStream,
        update(UpdateRequest) -> UpdateResponse,
        delete(DeleteRequest) -> (),
        cancel(()) -> (),
        get_plugin_info(()) -> PluginInfo,
        attach(PluginAttach) -> (),
        get_mapping(GetMappingRequest) -> GetMappingResponse,
        get_mappings(GetMappingsRequest) -> GetMappingsResponse,
    }
}
