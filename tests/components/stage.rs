//! What the tests of components share: programs, an engine that builds them, and an AWS that knows zones.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use std::{env, fs};

use agentic::engine::proto::ConstructResponse;
use agentic::kinds;
use agentic::model::Shape;
use agentic::server::Provider;
use fake_engine::{Behaviour, FakeEngine, Registration, component, serve, wire};
use serde_json::{Value as Json, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tonic::Status;

pub const STACK: &str = "agentic:index:AgenticStack";
pub const SERVICE: &str = "agentic:index:FargateService";
pub const DATABASE: &str = "agentic:index:DbWithReplica";
pub const CLUSTER: &str = "agentic:index:AuroraCluster";
pub const CACHE: &str = "agentic:index:RedisCache";
pub const SITE: &str = "agentic:index:StaticSite";
pub const SCHEDULE: &str = "agentic:index:ScheduledTask";
pub const AGENT: &str = "agentic:index:AgentRuntime";

/// Builds a component in a preview, where nothing is known of what is to be made.
pub async fn preview(token: &str, name: &str, inputs: Json) -> (FakeEngine, Result<Json, Status>) {
    let engine = FakeEngine::preview().await;
    load(&engine).await;
    let answer = engine.construct(component(token, name, inputs)).await;
    let state = answer.map(|answer| Json::Object(wire::from_struct(&answer.state.unwrap())));
    assert_eq!(engine.violations(), Vec::<String>::new());
    (engine, state)
}

pub async fn load(engine: &FakeEngine) {
    let client = serve(Provider::new(Some(engine.address()))).await;
    let config = json!({
        "region": "us-east-1", "accessKey": "test", "secretKey": "test",
        "endpoint": zones().await, "maxRetries": 0,
    });
    engine.load(client, config).await.unwrap();
}

/// An AWS that has one hosted zone, `example.com`, and three zones, knows the account, and refuses
/// everything else.
pub async fn zones() -> String {
    const ZONE: &str = "<HostedZone><Id>/hostedzone/Z1</Id><Name>example.com.</Name>\
                        <CallerReference>1</CallerReference></HostedZone>";
    const TAGS: &str = "<ResourceTagSet><ResourceType>hostedzone</ResourceType><ResourceId>Z1</ResourceId>\
                        </ResourceTagSet>";
    const IDENTITY: &str = "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>123456789012\
                            </Account></GetCallerIdentityResult></GetCallerIdentityResponse>";
    let zones: String = ["a", "b", "c"]
        .map(|letter| {
            format!(
                "<item><zoneName>us-east-1{letter}</zoneName><zoneState>available</zoneState>\
                 <zoneId>use1-az{letter}</zoneId><zoneType>availability-zone</zoneType></item>"
            )
        })
        .concat();
    let zones = format!(
        "<DescribeAvailabilityZonesResponse><availabilityZoneInfo>{zones}</availabilityZoneInfo>\
         </DescribeAvailabilityZonesResponse>"
    );
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let answer = |path: &str| {
        if path == "/" {
            return Some(IDENTITY.to_owned());
        }
        let listed = "<IsTruncated>false</IsTruncated><MaxItems>9</MaxItems>";
        let (operation, body) = match path.strip_prefix("/2013-04-01/")? {
            path if path.starts_with("hostedzonesbyname") => {
                ("ListHostedZonesByName", format!("<HostedZones>{ZONE}</HostedZones>{listed}"))
            }
            path if path.starts_with("hostedzone/Z1") => ("GetHostedZone", ZONE.to_owned()),
            path if path.starts_with("tags/") => ("ListTagsForResource", TAGS.to_owned()),
            _ => return None,
        };
        Some(format!("<{operation}Response>{body}</{operation}Response>"))
    };
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            // A client may hold connections open that it sends nothing on.
            let zones = zones.clone();
            tokio::spawn(async move {
                let mut request = vec![0; 16 << 10];
                let length = stream.read(&mut request).await.unwrap_or_default();
                let request = String::from_utf8_lossy(&request[..length]).into_owned();
                let path = request.split(' ').nth(1).unwrap_or_default();
                let asked = request.contains("Action=DescribeAvailabilityZones").then_some(zones);
                let (status, body) = match asked.or_else(|| answer(path)) {
                    Some(body) => ("200 OK", body),
                    None => ("400 Bad Request", String::new()),
                };
                let head =
                    format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close", body.len());
                let _ = stream.write_all(format!("{head}\r\n\r\n{body}").as_bytes()).await;
            });
        }
    });
    format!("http://{address}")
}

/// A component that is made while some resources take their time.
pub struct Slow {
    pub engine: Arc<FakeEngine>,
    building: tokio::task::JoinHandle<Result<ConstructResponse, Status>>,
}

impl Slow {
    pub async fn build(token: &str, name: &str, inputs: Json, held: &[&str]) -> Self {
        let engine = Arc::new(FakeEngine::update().await);
        load(&engine).await;
        held.iter().for_each(|name| engine.behave(name, Behaviour::Hold));
        engine.make(made);
        let (builder, request) = (engine.clone(), component(token, name, inputs));
        let building = tokio::spawn(async move { builder.construct(request).await });
        Slow { engine, building }
    }

    /// Whether these are registered while what is held is not there.
    pub async fn has_begun(&mut self, names: &[&str]) {
        for name in names {
            tokio::select! {
                biased;
                () = self.engine.wait_started(name) => {}
                ended = &mut self.building => panic!("it ends without {name}: {ended:?}"),
            }
        }
    }

    pub async fn has_not_begun(&self, names: &[&str]) {
        tokio::time::sleep(Duration::from_millis(300)).await;
        for name in names {
            let is_there = self.engine.registrations().iter().any(|registration| registration.is(name));
            assert!(!is_there, "{name} is registered before what it needs");
        }
    }

    /// Lets go what is held, and sees the component done.
    pub async fn ends(self, held: &[&str]) {
        held.iter().for_each(|name| self.engine.release(name));
        let built = tokio::time::timeout(Duration::from_secs(60), self.building).await;
        let begun = || self.engine.registrations().into_iter().map(|made| made.urn).collect::<Vec<_>>();
        built.unwrap_or_else(|_| panic!("it does not end; begun are {:#?}", begun())).unwrap().unwrap();
        assert_eq!(self.engine.violations(), Vec::<String>::new());
        let components = self.engine.registrations().into_iter().filter(|made| !made.request.custom);
        let untold: Vec<String> = components.filter(|made| !made.completed).map(|made| made.urn).collect();
        assert_eq!(untold, Vec::<String>::new());
    }
}

/// Outputs as AWS could give them.
pub fn made(registration: &Registration) -> Json {
    let (token, name) = (registration.request.r#type.as_str(), registration.name());
    let arn = format!("arn:aws:service:us-east-1:123456789012:thing/app/{name}/1");
    let mut outputs = json!({});
    for field in kinds::find(token).unwrap().describe().state.fields {
        outputs[field.name] = match field.shape {
            _ if field.name.to_lowercase().ends_with("arn") => json!(arn),
            Shape::String => json!(format!("{}.of.{name}", field.name.to_lowercase())),
            Shape::Integer | Shape::Number => json!(1),
            Shape::Boolean => json!(false),
            Shape::Array(_) => json!([]),
            _ => json!({}),
        };
    }
    if ["lb:", "acm:Certificate", "secretsmanager:", "sns:"].iter().any(|module| token.contains(module)) {
        outputs["id"] = json!(arn);
    }
    const PREFIXES: [(&str, &str); 5] = [
        ("ec2:Eip", "eipalloc"),
        ("ec2:InternetGateway", "igw"),
        ("ec2:NatGateway", "nat"),
        ("ec2:RouteTable", "rtb"),
        ("ec2:SecurityGroup", "sg"),
    ];
    if let Some((_, prefix)) = PREFIXES.iter().find(|(kind, _)| token.ends_with(kind)) {
        outputs["id"] = json!(format!("{prefix}-{name}"));
    }
    if token.ends_with("acm:Certificate") {
        outputs["domainValidationOptions"] = json!([{
            "domainName": "shop.example.com", "resourceRecordName": "_1.shop.example.com",
            "resourceRecordType": "CNAME", "resourceRecordValue": "_2.acm.example.com",
        }]);
    }
    outputs
}

pub fn assert_tree(name: &str, engine: &FakeEngine) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/components/{name}.txt"));
    let tree = engine.tree();
    if env::var_os("UPDATE").is_some() {
        fs::write(&file, &tree).unwrap();
    }
    let committed = fs::read_to_string(&file).unwrap_or_default();
    assert!(tree == committed, "tests/components/{name}.txt is not what is built:\n{tree}");
}

/// Builds a component in a deployment that makes all of its children.
pub async fn deploy(token: &str, name: &str, inputs: Json) -> FakeEngine {
    let engine = FakeEngine::update().await;
    load(&engine).await;
    engine.make(made);
    engine.construct(component(token, name, inputs)).await.unwrap();
    assert_eq!(engine.violations(), Vec::<String>::new());
    engine
}

/// What the engine was asked to register under this name.
pub fn registered(engine: &FakeEngine, name: &str) -> Json {
    Json::Object(wire::from_struct(&engine.registration(name).request.object.unwrap()))
}

/// Builds the platform where another one was deployed before. Gives the children and the error.
pub async fn after(before: Json, changes: &[(&str, Json)]) -> (Vec<String>, String) {
    let first = {
        let (engine, state) = preview(STACK, "shop", before.clone()).await;
        state.unwrap();
        engine.registration("shop-settled").inputs["values"].clone()
    };
    let engine = FakeEngine::preview().await;
    load(&engine).await;
    let answer = Behaviour::Answer { id: "settled".into(), outputs: json!({ "values": first, "count": 1 }) };
    engine.behave("shop-settled", answer);
    let mut inputs = before;
    for (path, value) in changes {
        *inputs.pointer_mut(path).unwrap() = value.clone();
    }
    let answer = engine.construct(component(STACK, "shop", inputs)).await;
    let children = engine.registrations().iter().map(|made| made.name().to_owned()).collect();
    let told = answer.err().map(|status| format!("{:?}", String::from_utf8_lossy(status.details())));
    (children, told.unwrap_or_default())
}

pub fn platform() -> Json {
    let task = json!({
        "cpu": 512, "memory": 1024, "desiredCount": 2,
        "scaling": { "min": 1, "max": 10, "cpu": 70, "memory": 80 },
    });
    let service = |more: Json| {
        let mut service = task.clone();
        service.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        service
    };
    json!({
        "project": "shop-dev",
        "environment": "dev",
        "network": { "cidrBlock": "10.1.0.0/16", "availabilityZones": ["us-east-1a", "us-east-1b"] },
        "services": {
            "web": service(json!({ "port": 3000, "expose": "public", "calls": ["api"] })),
            "api": service(json!({ "port": 8000, "expose": "internal", "database": true })),
        },
        "database": { "engineVersion": "15.13", "maxAllocatedStorage": 100 },
    })
}

/// A stack whose users sign in, whose services keep files, and whose account is audited.
pub fn guarded() -> Json {
    let jwt = json!({ "issuer": "https://id.example.com", "jwksEndpoint": "https://id.example.com/keys" });
    json!({
        "project": "shop", "environment": "dev",
        "network": { "cidrBlock": "10.1.0.0/16", "availabilityZones": ["us-east-1a", "us-east-1b"] },
        "domain": { "zone": "example.com", "subdomain": "app" },
        "userPool": { "schemas": [{ "name": "plan", "attributeDataType": "String", "mutable": true }] },
        "audit": { "retentionInDays": 365 },
        "services": {
            "web": {
                "image": "ghcr.io/acme/web:1", "port": 3000, "expose": "public", "userPool": true,
                "auth": { "cognito": {} }, "volumes": { "uploads": { "path": "/uploads" } },
            },
            "api": {
                "image": "ghcr.io/acme/api:1", "port": 8000, "expose": "public", "paths": ["/api/*"],
                "auth": { "jwt": jwt }, "volumes": { "uploads": { "path": "/in", "readOnly": true } },
            },
            "worker": { "image": "ghcr.io/acme/worker:1" },
        },
    })
}

/// A stack with a preset, as few words as it takes.
pub fn preset(name: &str) -> Json {
    json!({
        "project": "shop", "environment": "dev", "preset": name,
        "services": {
            "web": { "port": 3000, "expose": "public", "calls": ["api"] },
            "api": { "port": 8000, "expose": "internal", "database": true },
            "worker": {},
        },
        "database": { "engineVersion": "15.13" },
    })
}

pub fn agents() -> Json {
    let mut inputs = platform();
    inputs["names"] =
        json!({ "data-automation-bucket": "shop-dev-data-automation", "documents-bucket": "shop-documents" });
    inputs["buckets"] = json!({ "documents": {} });
    inputs["parameters"] = json!({ "agents/workflow": { "model": "claude", "chunk": 8000 }, "agents/flags": { "planner": true } });
    inputs["dataAutomation"] = json!({});
    inputs["agents"] = json!({
        "workflow": {
            "network": "vpc", "endpoints": { "prod": "latest" }, "memory": {},
            "image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/agents/workflow:1.0",
            "grants": {
                "database": true, "calls": ["api"], "buckets": { "documents": "write" },
                "parameters": { "agents": "read" }, "knowledgeBases": { "KB12345678": "read" },
                "dataAutomation": "write",
            },
        },
        "assistant": { "grants": { "buckets": { "documents": "read" }, "parameters": { "agents/flags": "read" } } },
    });
    inputs
}

/// A service behind its own load balancer, with these arguments beside.
pub fn behind(more: Json) -> Json {
    let mut inputs = json!({
        "vpcId": "vpc-1", "subnetIds": ["subnet-1", "subnet-2"], "image": "ghcr.io/acme/api:1", "port": 8000,
        "expose": "public", "cpu": 512, "memory": 1024,
    });
    inputs.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    inputs
}
