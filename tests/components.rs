//! The components, built by the plugin itself against an engine in this process.
//!
//! `UPDATE=1 cargo test --test components` writes the trees in `tests/components/` anew. The names of
//! children are part of the interface: another name replaces what people have deployed.

#![allow(clippy::unwrap_used)]

#[path = "components/bidops.rs"]
mod bidops;

use std::{env, fs, path::Path};

use std::time::Duration;

use agentic::model::Shape;
use agentic::server::Provider;
use agentic::{engine::proto::ConstructResponse, kinds};
use fake_engine::{Behaviour, FakeEngine, Registration, component, serve, wire};
use serde_json::{Value as Json, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tonic::Status;

const STACK: &str = "agentic:index:AgenticStack";
const SERVICE: &str = "agentic:index:FargateService";
const DATABASE: &str = "agentic:index:DbWithReplica";
const CLUSTER: &str = "agentic:index:AuroraCluster";
const CACHE: &str = "agentic:index:RedisCache";
const SITE: &str = "agentic:index:StaticSite";
const SCHEDULE: &str = "agentic:index:ScheduledTask";
const AGENT: &str = "agentic:index:AgentRuntime";

/// Builds a component in a preview, where nothing is known of what is to be made.
async fn preview(token: &str, name: &str, inputs: Json) -> (FakeEngine, Result<Json, Status>) {
    let engine = FakeEngine::preview().await;
    load(&engine).await;
    let answer = engine.construct(component(token, name, inputs)).await;
    let state = answer.map(|answer| Json::Object(wire::from_struct(&answer.state.unwrap())));
    assert_eq!(engine.violations(), Vec::<String>::new());
    (engine, state)
}

async fn load(engine: &FakeEngine) {
    let client = serve(Provider::new(Some(engine.address()))).await;
    let config = json!({
        "region": "us-east-1", "accessKey": "test", "secretKey": "test",
        "endpoint": zones().await, "maxRetries": 0,
    });
    engine.load(client, config).await.unwrap();
}

/// An AWS that has one hosted zone, `example.com`, and three zones, knows the account, and refuses
/// everything else.
async fn zones() -> String {
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
struct Slow {
    engine: std::sync::Arc<FakeEngine>,
    building: tokio::task::JoinHandle<Result<ConstructResponse, Status>>,
}

impl Slow {
    async fn build(token: &str, name: &str, inputs: Json, held: &[&str]) -> Self {
        let engine = std::sync::Arc::new(FakeEngine::update().await);
        load(&engine).await;
        held.iter().for_each(|name| engine.behave(name, Behaviour::Hold));
        engine.make(made);
        let (builder, request) = (engine.clone(), component(token, name, inputs));
        let building = tokio::spawn(async move { builder.construct(request).await });
        Slow { engine, building }
    }

    /// Whether these are registered while what is held is not there.
    async fn has_begun(&mut self, names: &[&str]) {
        for name in names {
            tokio::select! {
                biased;
                () = self.engine.wait_started(name) => {}
                ended = &mut self.building => panic!("it ends without {name}: {ended:?}"),
            }
        }
    }

    async fn has_not_begun(&self, names: &[&str]) {
        tokio::time::sleep(Duration::from_millis(300)).await;
        for name in names {
            let is_there = self.engine.registrations().iter().any(|registration| registration.is(name));
            assert!(!is_there, "{name} is registered before what it needs");
        }
    }

    /// Lets go what is held, and sees the component done.
    async fn ends(self, held: &[&str]) {
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
fn made(registration: &Registration) -> Json {
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

fn assert_tree(name: &str, engine: &FakeEngine) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/components/{name}.txt"));
    let tree = engine.tree();
    if env::var_os("UPDATE").is_some() {
        fs::write(&file, &tree).unwrap();
    }
    let committed = fs::read_to_string(&file).unwrap_or_default();
    assert!(tree == committed, "tests/components/{name}.txt is not what is built:\n{tree}");
}

fn platform() -> Json {
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

#[tokio::test]
async fn a_stack_has_these_children() {
    let (engine, state) = preview(STACK, "shop", platform()).await;
    state.unwrap();
    assert_tree("stack", &engine);
}

/// A stack whose users sign in, whose services keep files, and whose account is audited.
fn guarded() -> Json {
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

#[tokio::test]
async fn a_stack_with_users_files_and_an_audit_has_these_children() {
    let (engine, state) = preview(STACK, "shop", guarded()).await;
    state.unwrap();
    assert_tree("identity", &engine);
}

#[tokio::test]
async fn a_service_by_itself_has_these_children() {
    let inputs = json!({
        "vpcId": "vpc-1", "subnetIds": ["subnet-1", "subnet-2"], "image": "ghcr.io/acme/api:1", "port": 8000,
        "expose": "public", "scaling": { "min": 1, "max": 3, "requestsPerTarget": 100 },
        "secrets": { "KEY": "arn:aws:secretsmanager:us-east-1:1:secret:key-abcdef" },
    });
    let (engine, state) = preview(SERVICE, "api", inputs).await;
    state.unwrap();
    assert_tree("service", &engine);
}

#[tokio::test]
async fn a_database_by_itself_has_these_children() {
    let inputs = json!({ "vpcId": "vpc-1", "subnetIds": ["subnet-1", "subnet-2"], "replicas": 2, "monitoringInterval": 60 });
    let (engine, state) = preview(DATABASE, "orders", inputs).await;
    state.unwrap();
    assert_tree("database", &engine);
}

#[tokio::test]
async fn a_database_behind_a_proxy_has_these_children() {
    let inputs = json!({
        "vpcId": "vpc-1", "subnetIds": ["subnet-1", "subnet-2"], "replicas": 0, "calledBy": ["sg-1"],
        "port": 6000, "proxy": { "maxConnectionsPercent": 80 },
    });
    let (engine, state) = preview(DATABASE, "orders", inputs).await;
    state.unwrap();
    assert_tree("proxied", &engine);
    // Callers are let in at the proxy, and the proxy at the database.
    let rule = |name: &str| engine.registration(name).inputs;
    assert_eq!(rule("orders-db-proxy-sg-caller-sg-1")["fromPort"], 5432);
    assert_eq!(rule("orders-db-sg-proxy")["fromPort"], 6000);
    assert_eq!(rule("orders-db-proxy")["requireTls"], true);
    assert!(engine.registrations().iter().all(|made| made.name() != "orders-db-sg-caller-sg-1"));
    assert!(engine.is_deleted_before("orders-db-proxy-target", "orders-db-secret-version"));
}

/// Builds a component in a deployment that makes all of its children.
async fn deploy(token: &str, name: &str, inputs: Json) -> FakeEngine {
    let engine = FakeEngine::update().await;
    load(&engine).await;
    engine.make(made);
    engine.construct(component(token, name, inputs)).await.unwrap();
    assert_eq!(engine.violations(), Vec::<String>::new());
    engine
}

#[tokio::test]
async fn with_iam_each_service_logs_in_to_the_database_as_itself() {
    let mut inputs = platform();
    inputs["database"]["login"] = json!("iam");
    inputs["services"]["nightly-jobs"] = json!({ "image": "ghcr.io/acme/jobs:1", "database": true });
    let engine = deploy(STACK, "shop", inputs.clone()).await;
    assert_eq!(registered(&engine, "shop-database-primary")["iamDatabaseAuthenticationEnabled"], true);
    let begin = "arn:aws:rds-db:us-east-1:*:dbuser:resourceid.of.shop-database-primary";
    for (service, user) in [("api", "api"), ("nightly-jobs", "nightly_jobs")] {
        let policy = registered(&engine, &format!("shop-{service}-task-policy"))["policy"].to_string();
        assert!(policy.contains("rds-db:connect") && policy.contains(&format!("{begin}/{user}")), "{policy}");
        assert!(!policy.contains("secretsmanager"), "{policy}");
        let task = registered(&engine, &format!("shop-{service}-task"))["containerDefinitions"].to_string();
        for word in ["DATABASE_HOST", "DATABASE_PORT", "DATABASE_NAME", "DATABASE_USER", user] {
            assert!(task.contains(word), "{word} is not in {task}");
        }
        assert!(!task.contains("DATABASE_URL"), "{task}");
    }
    let execution = registered(&engine, "shop-task-execution-policy")["policy"].to_string();
    assert!(!execution.contains("database/master"), "{execution}");
    // Who has no database has the role of all, and no right to log in.
    registered(&engine, "shop-task-role");
    assert!(engine.registrations().iter().all(|made| made.name() != "shop-web-task-role"));

    inputs["database"]["proxy"] = json!({});
    inputs["database"]["replicas"] = json!(0);
    let engine = deploy(STACK, "shop", inputs).await;
    let proxy = registered(&engine, "shop-database-db-proxy");
    assert_eq!((&proxy["defaultAuthScheme"], &proxy["requireTls"]), (&json!("IAM_AUTH"), &json!(true)));
    assert!(proxy.get("auths").is_none_or(|auths| auths == &json!([])), "{proxy}");
    let policy = registered(&engine, "shop-database-db-proxy-policy")["policy"].to_string();
    assert!(policy.contains(&format!("{begin}/*")) && !policy.contains("secretsmanager"), "{policy}");
    let policy = registered(&engine, "shop-api-task-policy")["policy"].to_string();
    assert!(policy.contains("/api") && !policy.contains("resourceid.of.shop-database-primary"), "{policy}");
}

#[tokio::test]
async fn with_rotation_rds_keeps_the_password_and_services_read_it_when_they_connect() {
    let mut inputs = platform();
    inputs["database"]["rotation"] = json!({ "automaticallyAfterDays": 30 });
    inputs["database"]["secretKeys"] = json!({ "host": "DB_HOST" });
    let (_, state) = preview(STACK, "shop", inputs.clone()).await;
    let told = String::from_utf8_lossy(state.unwrap_err().details()).into_owned();
    for (path, reason) in
        [("database.replicas", "RDS makes no replica"), ("database.secretKeys", "takes a Lambda function")]
    {
        assert!(told.contains(path) && told.contains(reason), "{path}: {reason} is not in\n{told}");
    }
    inputs["database"]["replicas"] = json!(0);
    inputs["database"]["secretKeys"] = json!({});
    let (engine, state) = preview(STACK, "shop", inputs).await;
    state.unwrap();
    let primary = registered(&engine, "shop-database-primary");
    assert_eq!(primary["manageMasterUserPassword"], true);
    assert!(primary.get("password").is_none(), "{primary}");
    let rotation = registered(&engine, "shop-database-db-secret-rotation");
    assert_eq!(rotation["rotationRules"], json!({ "automaticallyAfterDays": 30 }));
    let names: Vec<String> = engine.registrations().iter().map(|made| made.name().to_owned()).collect();
    for made in ["db-password", "db-secret", "db-secret-version"] {
        assert!(!names.contains(&format!("shop-database-{made}")), "{made} is made");
    }
    assert!(names.contains(&"shop-api-task-policy".to_owned()), "{names:?}");
}

#[tokio::test]
async fn an_aurora_cluster_has_the_insights_of_an_instance() {
    let inputs = json!({ "vpcId": "vpc-1", "subnetIds": ["subnet-1", "subnet-2"], "insights": "advanced" });
    let (engine, state) = preview(CLUSTER, "orders", inputs.clone()).await;
    state.unwrap();
    let cluster = registered(&engine, "orders-aurora");
    assert_eq!(
        (
            &cluster["databaseInsightsMode"],
            &cluster["performanceInsightsEnabled"],
            &cluster["performanceInsightsRetentionPeriod"]
        ),
        (&json!("advanced"), &json!(true), &json!(465))
    );
    let mut wrong = inputs;
    wrong["performanceInsightsEnabled"] = json!(false);
    wrong["login"] = json!("iam");
    wrong["proxy"] = json!({ "requireTls": false });
    let (_, state) = preview(CLUSTER, "orders", wrong).await;
    let told = String::from_utf8_lossy(state.unwrap_err().details()).into_owned();
    for (path, reason) in
        [("insights", "requires performanceInsightsEnabled"), ("proxy.requireTls", "which requires TLS")]
    {
        assert!(told.contains(path) && told.contains(reason), "{path}: {reason} is not in\n{told}");
    }
}

/// A stack with a preset, as few words as it takes.
fn preset(name: &str) -> Json {
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

#[tokio::test]
async fn a_stack_of_each_preset_has_these_children() {
    for name in ["development", "staging", "production"] {
        let (engine, state) = preview(STACK, "shop", preset(name)).await;
        state.unwrap();
        assert_tree(name, &engine);
    }
}

#[tokio::test]
async fn without_nat_tasks_are_in_public_subnets_of_one_zone() {
    let (engine, state) = preview(STACK, "shop", preset("development")).await;
    state.unwrap();
    for service in ["web", "api", "worker"] {
        let network = &engine.registration(&format!("shop-{service}-service")).inputs["networkConfiguration"];
        assert_eq!(network["assignPublicIp"], true, "{service}");
        assert_eq!(network["subnets"].as_array().unwrap().len(), 1, "{service}");
    }
    let made = |part: &str| {
        engine
            .registrations()
            .iter()
            .filter(|made| made.name().contains(part) && !made.name().ends_with("-rt"))
            .count()
    };
    // AWS wants two zones for load balancers and databases, and for nothing else.
    assert_eq!((made("public-subnet"), made("private-subnet"), made("db-subnet-")), (2, 2, 3));
    assert_eq!((made("-nat"), made("-eip")), (0, 0));
}

#[tokio::test]
async fn private_tasks_without_nat_have_endpoints() {
    let mut inputs = preset("development");
    inputs["network"] = json!({ "endpoints": ["ecr.api", "ecr.dkr", "s3", "logs", "secretsmanager"] });
    let (engine, state) = preview(STACK, "shop", inputs.clone()).await;
    state.unwrap();
    let api = &engine.registration("shop-api-service").inputs["networkConfiguration"];
    assert_eq!(api["assignPublicIp"], false);
    let endpoint = engine.registration("shop-endpoint-ecr-api").inputs;
    assert_eq!(endpoint["serviceName"], "com.amazonaws.us-east-1.ecr.api");
    assert_eq!(
        (&endpoint["vpcEndpointType"], &endpoint["privateDnsEnabled"]),
        (&json!("Interface"), &json!(true))
    );
    let gateway = engine.registration("shop-endpoint-s3").inputs;
    assert_eq!(gateway["vpcEndpointType"], "Gateway");
    assert_eq!(gateway["routeTableIds"].as_array().unwrap().len(), 3);
    assert!(engine.is_deleted_before("shop-api-service", "shop-endpoint-ecr-dkr"));

    // What tasks lack is told, and images that endpoints do not lead to.
    inputs["network"]["endpoints"] = json!(["ecr.api", "s3"]);
    inputs["services"]["worker"]["image"] = json!("nginx:1.29");
    let told = format!("{:?}", preview(STACK, "shop", inputs).await.1.unwrap_err());
    assert!(
        told.contains("lacks ecr.dkr, logs, secretsmanager, which the tasks of api, worker need"),
        "{told}"
    );
    assert!(told.contains("services.worker.image"), "{told}");
}

#[tokio::test]
async fn a_regional_nat_gateway_is_one_for_all_zones() {
    let mut inputs = platform();
    inputs["network"]["nat"] = json!("regional");
    inputs["network"]["cidrMasks"] = json!({ "public": 24, "private": 24, "database": 28 });
    inputs["network"]["flowLogs"] = json!({ "trafficType": "REJECT", "retentionInDays": 7 });
    let (engine, state) = preview(STACK, "shop", inputs).await;
    state.unwrap();
    let gateway = engine.registration("shop-nat-regional").inputs;
    assert_eq!(gateway["availabilityMode"], "regional");
    assert!(gateway.get("subnetId").is_none() && gateway.get("allocationId").is_none());
    assert!(engine.registrations().iter().all(|made| !made.name().ends_with("-eip")));
    assert_eq!(engine.registration("shop-db-subnet-2").inputs["cidrBlock"], "10.1.6.0/28");
    assert_eq!(engine.registration("shop-private-subnet-2").inputs["cidrBlock"], "10.1.4.0/24");
    let log = engine.registration("shop-flow-log").inputs;
    assert_eq!((&log["trafficType"], &log["maxAggregationInterval"]), (&json!("REJECT"), &json!(600)));
    assert_eq!(engine.registration("shop-flow-logs").inputs["retentionInDays"], 7);
}

#[tokio::test]
async fn cloudfront_is_in_front_of_a_load_balancer_within_the_vpc() {
    let mut inputs = platform();
    inputs["domain"] = json!({ "zone": "example.com", "subdomain": "app" });
    inputs["waf"] = json!({});
    inputs["edge"] = json!({ "originReadTimeout": 60 });
    let (engine, state) = preview(STACK, "shop", inputs.clone()).await;
    let state = state.unwrap();
    assert_tree("edge", &engine);
    assert_eq!(state["url"], "https://app.example.com");
    let balancer = engine.registration("shop-public-alb").inputs;
    assert_eq!(balancer["internal"], true);
    // Nobody on the internet reaches it.
    let open = engine
        .registrations()
        .into_iter()
        .filter(|made| made.inputs.get("cidrIpv4").is_some_and(|range| range == "0.0.0.0/0"));
    let open: Vec<String> =
        open.map(|made| made.name().to_owned()).filter(|name| !name.ends_with("-out")).collect();
    assert_eq!(open, Vec::<String>::new());
    let distribution = engine.registration("shop-edge").inputs;
    assert_eq!(distribution["aliases"], json!(["app.example.com"]));
    assert_eq!(distribution["origins"][0]["vpcOriginConfig"]["originReadTimeout"], 60);
    let acl = engine.registration("shop-edge-waf").inputs;
    assert_eq!((&acl["scope"], &acl["region"]), (&json!("CLOUDFRONT"), &json!("us-east-1")));
    assert_eq!(engine.registration("shop-certificate").inputs["region"], "us-east-1");
    assert_eq!(engine.registration("shop-record-aaaa").inputs["type"], "AAAA");
    assert_eq!(
        engine.registration("shop-web-service").inputs["networkConfiguration"]["assignPublicIp"],
        false
    );

    inputs["services"]["web"]["expose"] = json!("internal");
    inputs["services"]["web"]["paths"] = json!(["/web/*"]);
    let told = format!("{:?}", preview(STACK, "shop", inputs).await.1.unwrap_err());
    assert!(told.contains("is given, but no service is public"), "{told}");
}

#[tokio::test]
async fn services_read_the_secrets_of_the_stack_by_name() {
    let mut inputs = platform();
    inputs["secrets"] = json!({
        "login": { "template": { "username": "postgres" }, "excludeCharacters": "\"@/\\" },
        "api": { "values": { "OPENAI_API_KEY": "sk-1", "COOKIE_KEY": "c-1" } },
        "token": {},
    });
    inputs["services"]["api"]["secrets"] =
        json!({ "OPENAI_API_KEY": "api:OPENAI_API_KEY", "TOKEN": "token", "LOGIN": "login" });
    let (engine, state) = preview(STACK, "shop", inputs.clone()).await;
    state.unwrap();
    let version = engine.registration("shop-api-secret-version");
    let values = serde_json::to_string(&version.inputs["secretString"]).unwrap();
    assert!(values.contains("sk-1") && values.contains("COOKIE_KEY"), "{values}");
    assert_eq!(engine.registration("shop-login-secret-value").inputs["excludeCharacters"], "\"@/\\");
    assert_eq!(engine.registration("shop-api-secret").inputs["preferredName"], "shop/dev/api");
    // Tasks wait for what is in a secret, and may read it.
    assert!(engine.is_deleted_before("shop-api-service", "shop-token-secret-version"));
    assert!(engine.is_deleted_before("shop-task-execution-policy", "shop-api-secret"));

    inputs["services"]["api"]["secrets"] = json!({ "TOKEN": "tokne", "OTHER": "mail" });
    inputs["secrets"]["token"] = json!({ "value": "t", "values": { "a": "b" } });
    let told = format!("{:?}", preview(STACK, "shop", inputs).await.1.unwrap_err());
    for expected in [
        "services.api.secrets.TOKEN",
        "did you mean",
        "services.api.secrets.OTHER",
        "add it to secrets of the stack",
        "secrets.token.values",
    ] {
        assert!(told.contains(expected), "{expected} is not in {told}");
    }
}

#[tokio::test]
async fn a_preset_nobody_knows_is_told_with_the_nearest() {
    let told = format!("{:?}", preview(STACK, "shop", preset("prodution")).await.1.unwrap_err());
    assert!(told.contains("is \\\"prodution\\\"; give one of development, staging, production"), "{told}");
    assert!(told.contains("did you mean"), "{told}");
}

#[tokio::test]
async fn a_cluster_by_itself_has_these_children() {
    let inputs = json!({
        "vpcId": "vpc-1", "subnetIds": ["subnet-1", "subnet-2"], "instances": 2, "calledBy": ["sg-1"],
        "secretKeys": { "host": "DB_HOST" },
    });
    let (engine, state) = preview(CLUSTER, "orders", inputs).await;
    state.unwrap();
    assert_tree("cluster", &engine);
    assert!(engine.is_deleted_before("orders-aurora-2", "orders-aurora"));
}

#[tokio::test]
async fn a_cache_by_itself_has_these_children() {
    let inputs =
        json!({ "vpcId": "vpc-1", "subnetIds": ["subnet-1", "subnet-2"], "nodes": 2, "calledBy": ["sg-1"] });
    let (engine, state) = preview(CACHE, "sessions", inputs).await;
    state.unwrap();
    assert_tree("cache", &engine);
}

#[tokio::test]
async fn a_site_by_itself_has_these_children() {
    let inputs = json!({
        "domain": "app.example.com", "certificateArn": "arn:aws:acm:us-east-1:1:certificate/1", "singlePage": true,
        "contentVersion": "1", "names": { "bucket": "example-app" },
    });
    let (engine, state) = preview(SITE, "app", inputs).await;
    state.unwrap();
    assert_tree("site", &engine);
}

#[tokio::test]
async fn a_scheduled_task_by_itself_has_these_children() {
    let inputs = json!({
        "rate": "rate(1 minute)", "clusterArn": "arn:aws:ecs:us-east-1:1:cluster/main",
        "taskDefinitionArn": "arn:aws:ecs:us-east-1:1:task-definition/jobs:3",
        "roleArns": ["arn:aws:iam::1:role/task"], "subnetIds": ["subnet-1"], "securityGroupIds": ["sg-1"],
        "command": ["php", "artisan", "schedule:run"],
    });
    let (engine, state) = preview(SCHEDULE, "nightly", inputs).await;
    state.unwrap();
    assert_tree("schedule", &engine);
}

#[tokio::test]
async fn an_agent_by_itself_has_these_children() {
    let inputs = json!({
        "vpcId": "vpc-1", "subnetIds": ["subnet-1", "subnet-2"], "protocol": "MCP",
        "reaches": [{ "securityGroupId": "sg-1", "port": 5432 }],
        "authorizer": {
            "discoveryUrl": "https://example.com/.well-known/openid-configuration", "allowedClients": ["web"],
        },
        "endpoints": { "prod": "3", "dev": "latest" }, "tracing": true,
        "memory": { "strategies": ["SEMANTIC", "USER_PREFERENCE"] },
        "secrets": { "KEY": "arn:aws:secretsmanager:us-east-1:1:secret:key-abcdef" },
        "models": ["eu.anthropic.claude-sonnet-4-5-20250929-v1:0"],
    });
    let (engine, state) = preview(AGENT, "workflow", inputs).await;
    state.unwrap();
    assert_tree("agent", &engine);
}

fn agents() -> Json {
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

#[tokio::test]
async fn a_stack_with_agents_has_these_children() {
    let (engine, state) = preview(STACK, "shop", agents()).await;
    state.unwrap();
    assert_tree("stack-agents", &engine);
}

#[tokio::test]
async fn agents_have_the_rights_of_their_grants_and_no_others() {
    let mut inputs = agents();
    // Versions of the fake engine are no numbers.
    inputs["agents"]["workflow"]["endpoints"] = json!({});
    inputs["agents"]["assistant"]["image"] = json!("public.ecr.aws/acme/assistant:1.0");
    let mut slow = Slow::build(STACK, "shop", inputs, &["shop-cluster"]).await;
    slow.has_begun(&["shop-workflow-own-policy", "shop-assistant-own-policy"]).await;
    let actions = |name: &str| {
        let made = slow.engine.registrations();
        let policy = made.iter().find(|made| made.is(name)).unwrap();
        let policy = wire::from_struct(policy.request.object.as_ref().unwrap())["policy"].clone();
        let policy: Json = policy.as_str().map_or(policy.clone(), |text| serde_json::from_str(text).unwrap());
        let statements = policy["Statement"].as_array().unwrap().clone();
        let all = statements.iter().flat_map(|statement| statement["Action"].as_array().unwrap().clone());
        let mut all: Vec<String> = all.map(|action| action.as_str().unwrap().to_owned()).collect();
        all.sort();
        all.dedup();
        all
    };
    for name in ["shop-workflow-policy", "shop-assistant-policy"] {
        assert!(actions(name).iter().all(|action| !action.contains('*')), "{name}");
    }
    let reads =
        ["s3:GetObject", "s3:ListBucket", "ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath"];
    assert_eq!(actions("shop-assistant-own-policy"), reads);
    assert_eq!(
        actions("shop-workflow-own-policy"),
        [
            "bedrock:GetDataAutomationProject",
            "bedrock:GetDataAutomationStatus",
            "bedrock:GetKnowledgeBase",
            "bedrock:InvokeDataAutomationAsync",
            "bedrock:Retrieve",
            "s3:DeleteObject",
            "s3:GetObject",
            "s3:ListBucket",
            "s3:PutObject",
            "secretsmanager:GetSecretValue",
            "ssm:GetParameter",
            "ssm:GetParameters",
            "ssm:GetParametersByPath",
        ]
    );
}

#[tokio::test]
async fn what_is_wrong_with_agents_is_told_at_once() {
    let mut inputs = agents();
    inputs["agents"]["workflow"]["code"] =
        json!({ "bucket": "code", "key": "a.zip", "entryPoint": ["main.py"] });
    inputs["agents"]["workflow"]["grants"]["buckets"] = json!({ "document": "write" });
    inputs["agents"]["workflow"]["grants"]["calls"] = json!(["apu"]);
    inputs["agents"]["assistant"]["authorizer"] =
        json!({ "discoveryUrl": "https://example.com/.well-known/openid-configuration" });
    inputs["agents"]["assistant"]["endpoints"] = json!({ "prod-eu": "newest" });
    inputs["agents"]["assistant"]["grants"] = json!({ "database": true, "cache": true });
    inputs["agents"]["web"] = json!({ "image": "ghcr.io/acme/web:1" });
    let (_, state) = preview(STACK, "shop", inputs).await;
    let status = state.unwrap_err();
    let told = String::from_utf8_lossy(status.details()).into_owned();
    for (path, reason) in [
        ("agents.workflow.code", "conflicts with image"),
        (
            "agents.workflow.grants.buckets.document",
            "the stack has no such bucket; did you mean \"documents\"?",
        ),
        ("agents.workflow.grants.calls[0]", "the stack has no such service; did you mean \"api\"?"),
        ("agents.assistant.authorizer.allowedAudience", "is missing; give allowedAudience or allowedClients"),
        ("agents.assistant.endpoints", "the name of a Bedrock agent runtime endpoint consists of letters"),
        ("agents.assistant.endpoints", "is \"newest\"; give the number of a version"),
        ("agents.assistant.grants.database", "is true, but the agent is in no VPC"),
        ("agents.assistant.grants.cache", "is true, but the stack has no cache"),
        ("agents.web", "is the name of a service as well"),
        ("agents.web.image", "an agent runtime takes images from Amazon ECR"),
    ] {
        assert!(told.contains(path) && told.contains(reason), "{path}: {reason} is not in\n{told}");
    }
}

#[tokio::test]
async fn mistakes_in_the_two_plans_are_told_at_once() {
    let mut inputs = platform();
    inputs["preset"] = json!("prod");
    inputs["proxy"] = json!({});
    inputs["services"]["web"]["deployment"] = json!({ "canaryPercent": 5, "rollbackOn": { "http5xx": -1 } });
    inputs["services"]["api"]["deployment"] = json!({ "strategy": "blue", "stepPercent": 1 });
    inputs["services"]["api"]["auth"] = json!({ "jwt": { "issuer": "https://id.example.com" } });
    inputs["services"]["worker"] =
        json!({ "image": "ghcr.io/acme/worker:1", "deployment": { "strategy": "linear" }, "cache": true });
    inputs["database"]["insights"] = json!("advanced");
    inputs["database"]["performanceInsightsEnabled"] = json!(false);
    inputs["database"]["login"] = json!("token");
    inputs["parameters"] = json!({ "prompt": { "text": "x".repeat(5000) }, "empty": "" });
    let (engine, state) = preview(STACK, "shop", inputs).await;
    let told = String::from_utf8_lossy(state.unwrap_err().details()).into_owned();
    for (path, reason) in [
        ("preset", "did you mean \"production\"?"),
        ("proxy", "there is no such property"),
        ("services.web.deployment.canaryPercent", "is for the strategy \"canary\""),
        ("services.web.deployment.rollbackOn.http5xx", "is -1"),
        ("services.api.deployment.strategy", "did you mean \"blueGreen\"?"),
        ("services.api.deployment.stepPercent", "is 1"),
        ("services.api.auth.jwt.jwksEndpoint", "is missing"),
        ("services.api.auth", "requires the public load balancer"),
        ("services.worker.deployment.strategy", "the service has no load balancer"),
        ("services.worker.cache", "the stack has no cache"),
        ("database.insights", "requires performanceInsightsEnabled"),
        ("database.login", "give one of password, iam"),
        ("parameters.prompt", "has 5011 bytes"),
        ("parameters.empty", "is empty"),
    ] {
        assert!(told.contains(path) && told.contains(reason), "{path}: {reason} is not in\n{told}");
    }
    assert!(engine.registrations().iter().all(|made| !made.request.custom));
}

#[tokio::test]
async fn a_certificate_makes_https_without_a_zone() {
    let mut inputs = platform();
    inputs["domain"] = json!({ "certificateArn": "arn:aws:acm:us-east-1:1:certificate/1" });
    let (engine, state) = preview(STACK, "shop", inputs).await;
    state.unwrap();
    let has = |name: &str| engine.registrations().iter().any(|registration| registration.name() == name);
    assert!(has("shop-public-alb-https") && has("shop-public-alb-sg-443"));
    assert!(!has("shop-record") && !has("shop-certificate"));
}

#[tokio::test]
async fn services_that_share_a_security_group_have_one() {
    let mut inputs = platform();
    inputs["sharedSecurityGroup"] = json!(true);
    inputs["names"] = json!({ "cluster": "main", "web-logs": "/ecs/web" });
    let (engine, state) = preview(STACK, "shop", inputs).await;
    assert_eq!(state.unwrap()["clusterName"], "main");
    let mut names: Vec<String> =
        engine.registrations().iter().map(|registration| registration.name().to_owned()).collect();
    names.sort();
    let is_group = |name: &&String| name.ends_with("-sg") && !name.contains("caller");
    let groups: Vec<&String> = names.iter().filter(is_group).collect();
    assert_eq!(
        groups,
        ["shop-database-db-sg", "shop-internal-alb-sg", "shop-public-alb-sg", "shop-services-sg"]
    );
    for rule in
        ["shop-services-sg-public-3000", "shop-services-sg-internal-8000", "shop-internal-alb-sg-services"]
    {
        assert!(names.iter().any(|name| name == rule), "{rule} is not among {names:?}");
    }
    assert!(engine.is_deleted_before("shop-api-service", "shop-services-sg-internal-8000"));
}

#[tokio::test]
async fn what_holds_others_is_deleted_after_them() {
    let (engine, state) = preview(STACK, "shop", platform()).await;
    state.unwrap();
    for (first, second) in [
        ("shop-public-subnet-1", "shop-vpc"),
        ("shop-nat", "shop-nat-eip"),
        ("shop-nat", "shop-public-route"),
        ("shop-api-service", "shop-private-route"),
        ("shop-api-service", "shop-internal-alb-http"),
        ("shop-internal-alb-http", "shop-api-tg"),
        ("shop-api-service", "shop-cluster"),
        ("shop-api-scaling", "shop-api-service"),
        ("shop-api-cpu-scaling", "shop-api-scaling"),
        ("shop-api-service", "shop-task-execution-policy"),
        ("shop-database-replica", "shop-database-primary"),
        ("shop-database-primary", "shop-database-db-subnet-group"),
        ("shop-database-db-subnet-group", "shop-db-subnet-1"),
        ("shop-api-service", "shop-database-db-secret-version"),
        ("shop-api-reach-database-db-sg", "shop-database-db-sg"),
    ] {
        assert!(engine.is_deleted_before(first, second), "{first} must go before {second}");
    }
}

#[tokio::test]
async fn only_who_uses_the_database_waits_for_it() {
    let (engine, state) = preview(STACK, "shop", platform()).await;
    state.unwrap();
    assert!(engine.waits_for("shop-api-service", "shop-database-primary"));
    assert!(!engine.waits_for("shop-web-service", "shop-database-primary"));
}

#[tokio::test]
async fn a_password_is_secret_wherever_it_goes() {
    let inputs = json!({ "vpcId": "vpc-1", "subnetIds": ["subnet-1", "subnet-2"] });
    let (engine, state) = preview(DATABASE, "orders", inputs).await;
    state.unwrap();
    for (name, property) in [("orders-primary", "password"), ("orders-db-secret-version", "secretString")] {
        let request = engine.registration(name).request;
        let object = wire::from_struct(&request.object.unwrap());
        assert!(
            wire::is_secret(&object[property]),
            "{property} of {name} is {}",
            wire::show(&object[property])
        );
    }
}

#[tokio::test]
async fn all_that_is_wrong_is_told_before_anything_is_registered() {
    let inputs = json!({
        "project": "shop", "environment": "dev", "netwrok": {},
        "services": { "web": { "expose": "public", "cpu": 300, "memory": "much" } },
    });
    let (engine, state) = preview(STACK, "shop", inputs).await;
    let told = format!("{:?}", state.unwrap_err());
    for expected in
        ["netwrok", "did you mean", "services.web.port", "services.web.cpu", "services.web.memory"]
    {
        assert!(told.contains(expected), "{expected} is not in {told}");
    }
    assert!(engine.registrations().iter().all(|registration| registration.name() != "shop"));
}

/// What is wrong with a part of a stack is told of the stack, in the words of the program, and before
/// any child is registered.
#[tokio::test]
async fn what_is_wrong_with_a_part_is_told_of_the_stack() {
    let service = json!({ "image": "i", "port": 80, "expose": "public" });
    let with = |key: &str, value: Json| {
        let mut service = service.clone();
        service[key] = value;
        json!({ "services": { "web": service } })
    };
    let site = |site: Json| json!({ "sites": { "app": site } });
    let schedule = json!({ "service": "web", "rate": "every day" });
    let moment = json!({ "useLatestRestorableTime": true });
    for (part, path) in [
        (site(json!({ "otherDomains": ["www.example.com"] })), "sites.app.domain"),
        (site(json!({ "domain": "app.example.com" })), "sites.app.zone"),
        (site(json!({ "domain": "app.example.com.", "zone": "example.com" })), "sites.app.domain"),
        (json!({ "services": { "web": service }, "schedules": { "a": schedule } }), "schedules.a.rate"),
        (with("healthCheckPath", json!("health")), "services.web.healthCheckPath"),
        (with("paths", json!(["/1", "/2", "/3", "/4", "/5", "/6"])), "services.web.paths"),
        (json!({ "cache": { "engineVersion": "seven" } }), "cache.engineVersion"),
        (with("auth", json!({ "cognito": {} })), "services.web.auth"),
        (with("auth", json!({ "cognito": {}, "jwt": {} })), "services.web.auth.jwt"),
        (with("userPool", json!(true)), "services.web.userPool"),
        (with("volumes", json!({ "data": { "path": "data" } })), "services.web.volumes.data.path"),
        (json!({ "cache": { "maintenanceWindow": "sunday" } }), "cache.maintenanceWindow"),
        (json!({ "database": { "preferredBackupWindow": "3" } }), "database.preferredBackupWindow"),
        (json!({ "database": { "allowReplacement": ["motor"] } }), "database.allowReplacement[0]"),
        (json!({ "database": { "restoreToPointInTime": moment } }), "database.restoreToPointInTime"),
        (
            json!({ "database": {
                "preferredBackupWindow": "04:00-05:00",
                "preferredMaintenanceWindow": "sun:04:30-sun:05:30",
            } }),
            "database.preferredMaintenanceWindow",
        ),
        (
            json!({ "aurora": { "preferredMaintenanceWindow": "sunday" } }),
            "aurora.preferredMaintenanceWindow",
        ),
        (json!({ "aurora": { "allowReplacement": ["motor"] } }), "aurora.allowReplacement[0]"),
        (json!({ "aurora": { "secretKeys": { "hots": "HOST" } } }), "aurora.secretKeys.hots"),
        (
            json!({ "aurora": {
                "snapshotIdentifier": "s",
                "restoreToPointInTime": { "sourceClusterIdentifier": "a", "useLatestRestorableTime": true },
            } }),
            "aurora.restoreToPointInTime",
        ),
    ] {
        let mut inputs = json!({ "project": "shop", "environment": "dev" });
        inputs.as_object_mut().unwrap().extend(part.as_object().unwrap().clone());
        let (engine, state) = preview(STACK, "shop", inputs).await;
        let told = state.expect_err(path);
        assert_eq!(told.message(), "the arguments are wrong", "{path}");
        let details = String::from_utf8_lossy(told.details()).into_owned();
        assert!(details.contains(path), "{path} is not in {details}");
        assert!(engine.registrations().iter().all(|registration| registration.name() != "shop"), "{path}");
    }
}

#[tokio::test]
async fn a_service_that_is_added_leaves_the_others_as_they_are() {
    let (engine, state) = preview(STACK, "shop", platform()).await;
    state.unwrap();
    let before: Vec<String> =
        engine.registrations().iter().map(|registration| registration.urn.clone()).collect();
    let mut more = platform();
    more["services"]["admin"] = json!({ "port": 80, "expose": "public", "paths": ["/admin/*"] });
    let (larger, state) = preview(STACK, "shop", more).await;
    state.unwrap();
    for urn in before {
        let (old, new) = (engine.registration(&urn).request.object, larger.registration(&urn).request.object);
        let is_of_all = urn.contains("policy") || urn.contains("shop-settled");
        assert!(old == new || is_of_all || urn.contains("AgenticStack::shop"), "{urn} changes");
    }
}

#[tokio::test]
async fn the_roles_of_a_stack_open_what_all_containers_need() {
    let mut inputs = platform();
    let secret = "arn:aws:secretsmanager:us-east-1:1:secret:router-abcdef";
    let image = "1.dkr.ecr.us-east-1.amazonaws.com/router:1";
    inputs["services"]["web"]["image"] = json!("ghcr.io/acme/web:1");
    inputs["services"]["api"]["image"] = json!("ghcr.io/acme/api:1");
    inputs["services"]["web"]["sidecars"] =
        json!({ "router": { "image": image, "secrets": { "KEY": secret } } });
    inputs["database"]["kmsKeyId"] = json!("4b9e");
    let (engine, state) = preview(STACK, "shop", inputs).await;
    state.unwrap();
    let policy = |name: &str| {
        let object = wire::from_struct(&engine.registration(name).request.object.unwrap());
        object["policy"].as_str().unwrap().to_owned()
    };
    let execution = policy("shop-task-execution-policy");
    for expected in [secret, "arn:aws:ecr:us-east-1:1:repository/router", "key/4b9e"] {
        assert!(execution.contains(expected), "{expected} is not in {execution}");
    }
    assert!(policy("shop-task-policy").contains("key/4b9e"));
}

#[tokio::test]
async fn requests_are_counted_at_the_load_balancer_of_the_stack() {
    let mut inputs = platform();
    inputs["services"]["web"]["scaling"] = json!({ "min": 1, "max": 2, "requestsPerTarget": 100 });
    let (engine, state) = preview(STACK, "shop", inputs.clone()).await;
    state.unwrap();
    assert!(engine.waits_for("shop-web-requests-scaling", "shop-public-alb"));
    inputs["services"]["web"]["expose"] = json!("none");
    let (_, state) = preview(STACK, "shop", inputs).await;
    assert!(format!("{:?}", state.unwrap_err()).contains("services.web.scaling.requestsPerTarget"));
}

#[tokio::test]
async fn a_service_that_calls_more_keeps_the_rules_it_has() {
    let (engine, state) = preview(STACK, "shop", platform()).await;
    state.unwrap();
    let mut more = platform();
    more["services"]["jobs"] = json!({ "port": 80, "expose": "internal", "paths": ["/jobs/*"] });
    more["services"]["api"]["calls"] = json!(["jobs"]);
    let (larger, state) = preview(STACK, "shop", more).await;
    state.unwrap();
    let rule = "shop-api-reach-database-db-sg";
    assert_eq!(engine.registration(rule).request.object, larger.registration(rule).request.object);
    larger.registration("shop-api-reach-internal-alb-sg");
}

#[tokio::test]
async fn what_cannot_leave_its_network_is_replaced_with_it() {
    let mut inputs = platform();
    inputs["cache"] = json!({});
    let (engine, state) = preview(STACK, "shop", inputs).await;
    state.unwrap();
    for name in [
        "shop-igw",
        "shop-nat",
        "shop-nat-eip",
        "shop-public-alb",
        "shop-internal-alb",
        "shop-database-db-subnet-group",
        "shop-cache-redis-subnet-group",
        "shop-web-service",
    ] {
        let trigger = engine.registration(name).request.replacement_trigger;
        assert!(
            trigger.is_some_and(|trigger| wire::has_unknown(&wire::from_value(&trigger))),
            "{name} stays behind"
        );
    }
    // Their kinds have to be asked: they hold data.
    for name in ["shop-database-primary", "shop-cache-redis"] {
        assert!(engine.registration(name).request.replacement_trigger.is_none(), "{name} loses its data");
    }
    let (engine, state) =
        preview(DATABASE, "orders", json!({ "vpcId": "vpc-1", "subnetIds": ["subnet-a", "subnet-b"] })).await;
    state.unwrap();
    let trigger = engine.registration("orders-db-subnet-group").request.replacement_trigger.unwrap();
    assert_eq!(wire::from_value(&trigger), json!("vpc-1"));
}

#[tokio::test]
async fn one_subnet_is_in_one_zone() {
    let place = json!({ "vpcId": "vpc-1", "subnetIds": ["subnet-1"] });
    let mut service = place.clone();
    service["image"] = json!("ghcr.io/acme/api:1");
    service["port"] = json!(80);
    let (_, state) = preview(SERVICE, "api", service.clone()).await;
    state.unwrap();
    service["expose"] = json!("public");
    for (token, inputs) in [(DATABASE, place.clone()), (CLUSTER, place), (SERVICE, service)] {
        let (_, state) = preview(token, "one", inputs).await;
        let told = format!("{:?}", state.unwrap_err());
        assert!(told.contains("subnetIds") && told.contains("two") && told.contains("ones"), "{told}");
    }
}

#[tokio::test]
async fn a_zone_keeps_its_parts_whatever_others_there_are() {
    let with = |zones: Json, nat: &str| {
        let mut inputs = platform();
        inputs["network"] = json!({ "cidrBlock": "10.1.0.0/16", "availabilityZones": zones, "nat": nat });
        inputs
    };
    let (both, state) = preview(STACK, "shop", with(json!(["us-east-1a", "us-east-1b"]), "perAz")).await;
    state.unwrap();
    let (later, state) = preview(STACK, "shop", with(json!(["us-east-1c", "us-east-1b"]), "perAz")).await;
    state.unwrap();
    let names = |engine: &FakeEngine| -> Vec<String> {
        engine.registrations().iter().map(|registration| registration.name().to_owned()).collect()
    };
    let (before, after) = (names(&both), names(&later));
    let is_of = |name: &&String, zone: &str| {
        name.ends_with(&format!("-{zone}")) || name.contains(&format!("-{zone}-"))
    };
    for name in before.iter().filter(|name| is_of(name, "2")) {
        let (old, new) = (both.registration(name).request.object, later.registration(name).request.object);
        assert_eq!(old, new, "{name} changes");
    }
    let gone: Vec<&String> = before.iter().filter(|name| !after.contains(name)).collect();
    assert!(
        gone.contains(&&"shop-nat".to_owned()) && gone.contains(&&"shop-private-rt".to_owned()),
        "{gone:?}"
    );
    assert!(gone.iter().all(|name| !is_of(name, "2")), "{gone:?}");
    let (single, state) = preview(STACK, "shop", with(json!(["us-east-1b", "us-east-1c"]), "single")).await;
    state.unwrap();
    let names = names(&single);
    assert!(names.contains(&"shop-nat-2".to_owned()) && names.contains(&"shop-private-route".to_owned()));
}

#[tokio::test]
async fn nothing_but_tasks_waits_for_nat() {
    let mut inputs = platform();
    inputs["cache"] = json!({});
    inputs["sites"] = json!({ "docs": {} });
    inputs["names"] = json!({ "docs-bucket": "example-docs" });
    let held = ["shop-nat", "shop-nat-eip"];
    let mut slow = Slow::build(STACK, "shop", inputs, &held).await;
    slow.has_begun(&[
        "shop-database-primary",
        "shop-database-replica",
        "shop-cache-redis",
        "shop-public-alb-http",
        "shop-internal-alb-http",
        "shop-docs-distribution",
        // These are in public subnets, whose way does not lead there.
        "shop-web-service",
        "shop-web-cpu-scaling",
        "shop-api-task",
        "shop-api-sg-load-balancer",
    ])
    .await;
    slow.has_not_begun(&["shop-private-route", "shop-api-service"]).await;
    slow.ends(&held).await;
}

#[tokio::test]
async fn sites_wait_for_nothing_of_the_network() {
    let mut inputs = platform();
    inputs["sites"] = json!({ "docs": {} });
    inputs["names"] = json!({ "docs-bucket": "example-docs" });
    let mut slow = Slow::build(STACK, "shop", inputs, &["shop-vpc"]).await;
    slow.has_begun(&["shop-docs-bucket-policy", "shop-cluster", "shop-task-execution-policy"]).await;
    slow.has_not_begun(&["shop-igw", "shop-public-alb-sg", "shop-database-db-sg"]).await;
    slow.ends(&["shop-vpc"]).await;
}

#[tokio::test]
async fn only_https_waits_for_the_certificate() {
    let mut inputs = platform();
    inputs["domain"] = json!({ "zone": "example.com", "subdomain": "shop" });
    let held = ["shop-certificate-validation"];
    let mut slow = Slow::build(STACK, "shop", inputs, &held).await;
    slow.has_begun(&["shop-database-primary", "shop-api-service", "shop-public-alb", "shop-record"]).await;
    slow.has_begun(&["shop-web-task", "shop-web-sg-load-balancer"]).await;
    // Nobody is sent to HTTPS before it is there.
    slow.has_not_begun(&["shop-public-alb-https", "shop-public-alb-http", "shop-web-service"]).await;
    slow.ends(&held).await;
}

#[tokio::test]
async fn services_wait_for_the_primary_and_not_for_replicas() {
    let mut slow = Slow::build(STACK, "shop", platform(), &["shop-database-replica"]).await;
    slow.has_begun(&["shop-api-service", "shop-api-cpu-high"]).await;
    slow.ends(&["shop-database-replica"]).await;
    let mut slow = Slow::build(STACK, "shop", platform(), &["shop-database-primary"]).await;
    slow.has_begun(&["shop-web-service", "shop-api-logs", "shop-api-sg", "shop-database-db-secret"]).await;
    slow.has_not_begun(&["shop-api-service", "shop-database-replica", "shop-database-db-secret-version"])
        .await;
    slow.ends(&["shop-database-primary"]).await;

    let mut inputs = platform();
    inputs["database"] = Json::Null;
    inputs["aurora"] = json!({ "instances": 3 });
    let held = ["shop-database-aurora-2", "shop-database-aurora-3"];
    let mut slow = Slow::build(STACK, "shop", inputs, &held).await;
    slow.has_begun(&["shop-api-service"]).await;
    slow.ends(&held).await;
}

#[tokio::test]
async fn a_dashboard_waits_for_what_it_names() {
    let mut inputs = platform();
    inputs["dashboard"] = json!(true);
    let held = ["shop-database-replica", "shop-database-db-secret-version", "shop-nat"];
    inputs["services"]["api"]["database"] = json!(false);
    inputs["services"]["api"]["placement"] = json!("public");
    let mut slow = Slow::build(STACK, "shop", inputs, &held).await;
    slow.has_begun(&["shop-dashboard"]).await;
    slow.ends(&held).await;
}

#[tokio::test]
async fn a_cluster_writes_before_it_has_readers() {
    let inputs = json!({ "vpcId": "vpc-1", "subnetIds": ["subnet-1", "subnet-2"], "instances": 2 });
    let mut slow = Slow::build(CLUSTER, "orders", inputs, &["orders-aurora-1"]).await;
    slow.has_begun(&["orders-db-secret-version"]).await;
    slow.has_not_begun(&["orders-aurora-2"]).await;
    slow.ends(&["orders-aurora-1"]).await;
}

#[tokio::test]
async fn a_service_starts_when_all_that_its_tasks_need_is_there() {
    let inputs = json!({
        "vpcId": "vpc-1", "subnetIds": ["subnet-1", "subnet-2"], "image": "ghcr.io/acme/api:1", "port": 8000,
        "expose": "public",
    });
    for held in
        ["api-sg-out", "api-sg-load-balancer", "api-alb-http", "api-alb-sg-out", "api-execution-policy"]
    {
        let mut slow = Slow::build(SERVICE, "api", inputs.clone(), &[held]).await;
        slow.has_begun(&["api-cluster", "api-logs", "api-alb"]).await;
        slow.has_not_begun(&["api-service"]).await;
        slow.ends(&[held]).await;
    }
    let mut inputs = platform();
    inputs["sharedSecurityGroup"] = json!(true);
    for held in ["shop-services-sg-out", "shop-private-subnet-1-rt", "shop-services-sg-internal-8000"] {
        let mut slow = Slow::build(STACK, "shop", inputs.clone(), &[held]).await;
        slow.has_begun(&["shop-database-primary"]).await;
        slow.has_not_begun(&["shop-api-service"]).await;
        slow.ends(&[held]).await;
    }
}

#[tokio::test]
async fn what_fails_takes_only_what_needs_it_along() {
    let setup = fake_engine::Setup { continue_on_error: true, ..Default::default() };
    let engine = FakeEngine::start(setup).await;
    load(&engine).await;
    engine.behave("shop-database-primary", Behaviour::Fail("no capacity".into()));
    engine.make(made);
    engine.construct(component(STACK, "shop", platform())).await.unwrap();
    assert_eq!(engine.violations(), Vec::<String>::new());
    engine.registration("shop-web-cpu-scaling");
    assert!(engine.registrations().iter().all(|made| !made.is("shop-api-service")));
}

#[tokio::test]
async fn production_is_guarded_and_the_rest_is_easily_thrown_away() {
    for (environment, is_production) in [("production", true), ("dev", false)] {
        let mut inputs = platform();
        inputs["environment"] = json!(environment);
        inputs["buckets"] = Json::Null;
        let (engine, state) = preview(STACK, "shop", inputs).await;
        state.unwrap();
        let input = |name: &str, argument: &str| engine.registration(name).inputs[argument].clone();
        for balancer in ["shop-public-alb", "shop-internal-alb"] {
            assert_eq!(input(balancer, "enableDeletionProtection"), is_production);
        }
        assert_eq!(input("shop-web-repository", "forceDelete"), !is_production);
        assert_eq!(input("shop-database-primary", "deletionProtection"), is_production);
        let logs = if is_production { json!(["postgresql", "upgrade"]) } else { json!([]) };
        assert_eq!(input("shop-database-primary", "enabledCloudwatchLogsExports"), logs);
    }
    let mut inputs = platform();
    inputs["environment"] = json!("production");
    inputs["deletionProtection"] = json!(false);
    inputs["repositories"] = json!({ "forceDelete": true });
    let (engine, state) = preview(STACK, "shop", inputs).await;
    state.unwrap();
    assert_eq!(engine.registration("shop-public-alb").inputs["enableDeletionProtection"], false);
    assert_eq!(engine.registration("shop-database-primary").inputs["deletionProtection"], false);
    assert_eq!(engine.registration("shop-web-repository").inputs["forceDelete"], true);
}

/// Builds the platform where another one was deployed before. Gives the children and the error.
async fn after(before: Json, changes: &[(&str, Json)]) -> (Vec<String>, String) {
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

#[tokio::test]
async fn what_would_lose_data_is_refused_before_any_other_child() {
    let mut inputs = platform();
    inputs["names"] = json!({ "vpc": "main" });
    let changes = [
        ("/project", json!("bee")),
        ("/database/engineVersion", json!("16.4")),
        ("/network/cidrBlock", json!("10.9.0.0/16")),
    ];
    let (children, told) = after(inputs.clone(), &changes).await;
    assert_eq!(children, ["shop", "shop-settled"]);
    for expected in [
        "project",
        r#"changed from \"shop-dev\" to \"bee\", which would replace the database by a new, empty one"#,
        "database.engineVersion",
        r#"changed from \"15\" to \"16\", another major version"#,
        "network.cidrBlock",
        r#"changed from \"10.1.0.0/16\" to \"10.9.0.0/16\", but the database cannot leave its VPC"#,
    ] {
        assert!(told.contains(expected), "{expected} is not in {told}");
    }
    assert_eq!(told.matches("changed from").count(), 3, "{told}");

    // Another environment is no other database where the program gives it its name.
    inputs["names"] = json!({ "primary": "orders" });
    inputs["database"]["allowMajorVersionUpgrade"] = json!(true);
    let changes = [("/environment", json!("test")), ("/database/engineVersion", json!("16.4"))];
    let (children, told) = after(inputs, &changes).await;
    assert_eq!(told, "");
    assert!(children.len() > 50);
}

/// A service behind its own load balancer, with these arguments beside.
fn behind(more: Json) -> Json {
    let mut inputs = json!({
        "vpcId": "vpc-1", "subnetIds": ["subnet-1", "subnet-2"], "image": "ghcr.io/acme/api:1", "port": 8000,
        "expose": "public", "cpu": 512, "memory": 1024,
    });
    inputs.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    inputs
}

#[tokio::test]
async fn a_service_that_shifts_requests_has_these_children() {
    let inputs = behind(json!({
        "deployment": {
            "strategy": "canary", "canaryPercent": 10, "stepMinutes": 5, "bakeMinutes": 10,
            "test": { "header": "x-test" },
            "rollbackOn": { "http5xx": 10, "alarms": ["orders-late"] },
            "hooks": [
                { "at": "POST_TEST_TRAFFIC_SHIFT", "lambda": "arn:aws:lambda:us-east-1:1:function:check" },
                { "at": "POST_SCALE_UP", "pause": { "minutes": 30 } },
            ],
        },
        "capacity": { "fargate": 1, "spot": 3, "base": 1 },
        "tracing": {},
        "sidecars": { "statsd": { "image": "statsd:1", "udpPort": 8125, "cpu": 32, "memory": 64 } },
        "scaling": {
            "min": 1, "max": 4, "cpu": 70, "fast": true,
            "schedule": { "night": { "schedule": "cron(0 20 * * ? *)", "timezone": "Europe/Berlin", "max": 1 } },
        },
    }));
    let (engine, state) = preview(SERVICE, "api", inputs).await;
    state.unwrap();
    assert_tree("shifting", &engine);
}

/// What the engine was asked to register under this name.
fn registered(engine: &FakeEngine, name: &str) -> Json {
    Json::Object(wire::from_struct(&engine.registration(name).request.object.unwrap()))
}

#[tokio::test]
async fn a_second_target_group_stays_when_a_service_rolls_again() {
    for (recorded, leads) in [("later", "forward"), ("first", "fixed-response")] {
        let engine = FakeEngine::update().await;
        load(&engine).await;
        engine.make(move |registration| {
            let mut outputs = made(registration);
            if registration.request.r#type.ends_with(":Settled") {
                outputs["values"] = json!({ "deployment": recorded });
            }
            outputs
        });
        engine.construct(component(SERVICE, "api", behind(json!({})))).await.unwrap();
        assert_eq!(engine.violations(), Vec::<String>::new());
        let rule = registered(&engine, "api-rule");
        assert_eq!((&rule["shifted"], &rule["priority"]), (&json!(true), &json!(50_000)));
        assert!(rule["actions"][0]["targetGroupArn"].is_string(), "{rule}");
        let service = registered(&engine, "api-service");
        assert!(service["loadBalancers"][0]["advancedConfiguration"]["alternateTargetGroupArn"].is_string());
        assert!(service.get("deploymentConfiguration").is_none(), "{service}");
        assert_eq!(service["deploymentCircuitBreaker"]["enable"], true);
        // What ran before there was a rule for the rest keeps its way while that is made.
        let listener = registered(&engine, "api-alb-http");
        assert_eq!(listener["defaultActions"][0]["type"], leads, "{recorded}");
    }
}

#[tokio::test]
async fn services_of_a_stack_shift_behind_one_load_balancer() {
    let mut inputs = platform();
    inputs["services"]["web"]["deployment"] = json!({ "strategy": "blueGreen", "test": { "port": 8443 } });
    inputs["services"]["admin"] = json!({
        "port": 80, "expose": "public", "paths": ["/admin/*"],
        "deployment": { "strategy": "linear", "test": { "port": 8443 } },
    });
    let (engine, state) = preview(STACK, "shop", inputs).await;
    state.unwrap();
    let listeners =
        engine.registrations().into_iter().filter(|it| it.request.r#type.ends_with("lb:Listener"));
    let mut names: Vec<String> = listeners.map(|it| it.name().to_owned()).collect();
    names.sort();
    assert_eq!(names, ["shop-internal-alb-http", "shop-public-alb-http", "shop-public-alb-test-8443"]);
    for (service, priority) in [("web", 50_000), ("admin", 0)] {
        for rule in [format!("shop-{service}-rule"), format!("shop-{service}-test-rule")] {
            let rule = registered(&engine, &rule);
            assert_eq!(rule["shifted"], true);
            let is_test = rule["conditions"][0].get("httpHeader").is_some();
            assert!(priority == 0 || is_test || rule["priority"] == priority, "{rule}");
        }
        let policy = registered(&engine, &format!("shop-{service}-deployment-policy"));
        assert!(policy.get("policy").is_some(), "{policy}");
    }
    assert_eq!(registered(&engine, "shop-public-alb-sg-8443")["toPort"], 8443);
    // The other services are as they were.
    let api = registered(&engine, "shop-api-service");
    assert!(api["loadBalancers"][0].get("advancedConfiguration").is_none(), "{api}");
}

#[tokio::test]
async fn a_stack_that_is_retained_says_what_stays() {
    let mut inputs = platform();
    inputs["onDestroy"] = json!("retain");
    let (engine, state) = preview(STACK, "shop", inputs.clone()).await;
    state.unwrap();
    for made in engine.registrations().into_iter().filter(|made| made.request.custom) {
        let stays = made.request.retain_on_delete == Some(true);
        let is_record = made.request.r#type.ends_with(":Retained");
        assert_eq!(stays, !is_record, "{}", made.urn);
        assert!(
            !stays || made.request.replace_on_changes.is_empty(),
            "{} stays beside its successor",
            made.urn
        );
    }
    let recorded = registered(&engine, "shop-retained")["resources"].clone();
    assert_eq!(recorded["shop-vpc"], "agentic:ec2:Vpc");
    assert_eq!(recorded["shop-api-service"], "agentic:ecs:Service");
    assert!(recorded.get("shop-settled").is_none() && recorded.get("shop-api").is_none(), "{recorded}");
    inputs["onDestroy"] = json!("delete");
    let (engine, state) = preview(STACK, "shop", inputs).await;
    state.unwrap();
    assert!(engine.registrations().iter().all(|made| made.request.retain_on_delete.is_none()));
    assert_eq!(registered(&engine, "shop-retained")["resources"], json!({}));
}

#[tokio::test]
async fn what_a_program_watches_is_made_of_its_arguments() {
    let mut inputs = platform();
    inputs["dashboard"] = json!(true);
    inputs["dashboardMetrics"] = json!([
        { "namespace": "BidOpsAI/Agents", "metricName": "TaskErrors", "statistic": "Sum", "dimensions": { "Agent": "parser" } },
    ]);
    inputs["alarms"] = json!({ "custom": { "slow": {
        "namespace": "BidOpsAI/Agents", "metricName": "TaskDuration", "threshold": 300_000, "evaluationPeriods": 2,
    }}});
    inputs["logs"] = json!({
        "metrics": { "errors": { "pattern": "ERROR", "services": ["api"] } },
        "queries": { "slow": "filter duration > 1000" },
    });
    inputs["repositories"] =
        json!({ "keepTagged": 10, "keepUntagged": 5, "expireAfterDays": 90, "immutableTags": true });
    for service in ["web", "api"] {
        inputs["services"][service]["imageTag"] = json!("1.4.2");
    }
    let slow = Slow::build(STACK, "shop", inputs, &[]).await;
    let engine = slow.engine.clone();
    slow.ends(&[]).await;
    let alarm = registered(&engine, "shop-slow-alarm");
    assert_eq!((&alarm["threshold"], &alarm["statistic"]), (&json!(300_000), &json!("Average")));
    assert_eq!(alarm["alarmDescription"], "TaskDuration is beyond 300000");
    let filter = registered(&engine, "shop-api-errors-filter");
    assert_eq!(filter["metricTransformation"]["namespace"], "shop-dev/dev");
    assert!(engine.registrations().iter().all(|made| !made.is("shop-web-errors-filter")));
    let query = registered(&engine, "shop-slow-query");
    assert_eq!(query["logGroupNames"].as_array().unwrap().len(), 2, "{query}");
    let body = registered(&engine, "shop-dashboard")["dashboardBody"].as_str().unwrap().to_owned();
    assert!(body.contains(r#"[["BidOpsAI/Agents","TaskErrors","Agent","parser"]]"#), "{body}");
    let repository = registered(&engine, "shop-api-repository");
    assert_eq!(repository["imageTagMutability"], "IMMUTABLE");
    let expiry = registered(&engine, "shop-api-repository-expiry")["policy"].as_str().unwrap().to_owned();
    let expiry: Json = serde_json::from_str(&expiry).unwrap();
    let rules: Vec<(Json, Json)> = expiry["rules"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rule| (rule["selection"]["tagStatus"].clone(), rule["selection"]["countNumber"].clone()))
        .collect();
    assert_eq!(
        rules,
        [(json!("untagged"), json!(5)), (json!("tagged"), json!(10)), (json!("any"), json!(90))]
    );
}

#[tokio::test]
async fn an_engine_that_is_too_old_is_told_which_version_it_must_have() {
    let setup = fake_engine::Setup { lacks: ["replacementTrigger".to_owned()].into(), ..Default::default() };
    let engine = FakeEngine::start(setup).await;
    load(&engine).await;
    let told = engine.construct(component(SITE, "docs", json!({}))).await.unwrap_err();
    assert!(told.message().contains("needs Pulumi 3.208.0 or later"), "{told:?}");
    assert!(engine.registrations().iter().all(|made| !made.request.r#type.starts_with("agentic:")));
}

#[tokio::test]
async fn children_ask_for_the_plugin_that_the_program_asked_for() {
    let engine = FakeEngine::preview().await;
    let client = serve(Provider::new(Some(engine.address()))).await;
    let source = ("0.0.9", "https://plugins.example.com/agentic");
    let config = json!({
        "region": "us-east-1", "accessKey": "test", "secretKey": "test", "endpoint": zones().await,
        "maxRetries": 0, "version": source.0, "pluginDownloadURL": source.1,
    });
    engine.load(client, config).await.unwrap();
    engine.construct(component(SITE, "docs", json!({}))).await.unwrap();
    let registrations = engine.registrations();
    let children: Vec<_> = registrations.iter().filter(|made| made.request.custom).collect();
    assert!(!children.is_empty());
    for child in children {
        let request = &child.request;
        assert_eq!((request.version.as_str(), request.plugin_download_url.as_str()), source, "{}", child.urn);
    }
}
