//! The roles of a system of two agents: each has just what its plan lists.

use serde_json::{Value as Json, json};

use super::stage::{STACK, Slow, preview, registered};

/// What of the system counts for its roles.
fn bidops() -> Json {
    let model = "anthropic.claude-3-5-sonnet-20241022-v2:0";
    let agent = |grants: Json| {
        json!({
            "image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/bidops/agent:v1.0.0", "metrics": ["BidOpsAI/Agents"], "tracing": true, "models": [model],
            "secrets": { "DATABASE_SECRET_ARN": "database" }, "grants": grants,
        })
    };
    json!({
        "project": "bidopsai", "environment": "staging",
        "names": { "documents-bucket": "bids-documents", "data-automation-bucket": "bids-processed" },
        "buckets": { "documents": { "infrequentAccessAfterDays": 90 } },
        "dataAutomation": { "infrequentAccessAfterDays": 90 },
        "parameters": { "agents/parser": { "model": model }, "features/greeting": "Good morning" },
        "secrets": { "database": { "values": { "host": "bids.internal" }, "kmsKeyId": "alias/bids" } },
        "roles": { "agent-execution": {
            "service": "bedrock-agentcore.amazonaws.com", "logGroups": ["/bidopsai/staging/*"], "tracing": true,
            "grants": { "parameters": { "agents": "read" } },
        }},
        "agents": {
            "workflow": agent(json!({
                "buckets": { "documents": "write" }, "parameters": { "agents": "read" },
                "knowledgeBases": { "KB12345678": "read" }, "dataAutomation": "write",
            })),
            "assistant": agent(json!({
                "buckets": { "documents": "read" }, "parameters": { "agents": "read" },
                "knowledgeBases": { "KB12345678": "read" },
            })),
        },
    })
}

/// Each action of a role with the resources that it is allowed on, and its condition.
fn rights(policies: &[Json]) -> Vec<(String, Vec<String>, String)> {
    let texts = |value: &Json| -> Vec<String> {
        let all = value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
        all.iter().map(|text| text.as_str().unwrap().to_owned()).collect()
    };
    let documents = policies.iter().map(|policy| match policy {
        Json::String(text) => serde_json::from_str(text).unwrap(),
        other => other.clone(),
    });
    let statements = documents.flat_map(|policy: Json| policy["Statement"].as_array().unwrap().clone());
    let mut all: Vec<_> = statements
        .flat_map(|statement| {
            assert_eq!(statement["Effect"], "Allow");
            let condition = statement.get("Condition").map_or(String::new(), Json::to_string);
            let resources = texts(&statement["Resource"]);
            let actions = texts(&statement["Action"]);
            actions.into_iter().map(move |action| (action, resources.clone(), condition.clone()))
        })
        .collect();
    all.sort();
    all
}

const ARN: &str = "arn:aws:service:us-east-1:123456789012:thing/app";
const XRAY: [&str; 4] =
    ["xray:GetSamplingRules", "xray:GetSamplingTargets", "xray:PutTelemetryRecords", "xray:PutTraceSegments"];

/// Rights as lists of actions, resources and a condition.
fn listed(lists: &[(&[&str], &[&str], Json)]) -> Vec<(String, Vec<String>, String)> {
    let mut all: Vec<_> = lists
        .iter()
        .flat_map(|(actions, resources, condition)| {
            let condition = if condition.is_null() { String::new() } else { condition.to_string() };
            let resources: Vec<String> = resources.iter().map(ToString::to_string).collect();
            actions.iter().map(move |action| (action.to_string(), resources.clone(), condition.clone()))
        })
        .collect();
    all.sort();
    all
}

/// What both agents may do to run, log, trace and publish.
fn common(agent: &str) -> Vec<(String, Vec<String>, String)> {
    let logs = format!(
        "arn:aws:logs:us-east-1:*:log-group:/aws/bedrock-agentcore/runtimes/bidopsai_staging_{agent}_runtime*"
    );
    let streams = format!("{logs}:log-stream:*");
    let directory = "arn:aws:bedrock-agentcore:us-east-1:*:workload-identity-directory/default";
    let identity = format!("{directory}/workload-identity/bidopsai_staging_{agent}_runtime*");
    let metrics =
        json!({ "StringEquals": { "cloudwatch:namespace": ["bedrock-agentcore", "BidOpsAI/Agents"] } });
    let through = json!({ "StringLike": { "kms:ViaService": "secretsmanager.us-east-1.amazonaws.com*" } });
    let tokens: [&str; 3] = [
        "bedrock-agentcore:GetWorkloadAccessToken",
        "bedrock-agentcore:GetWorkloadAccessTokenForJWT",
        "bedrock-agentcore:GetWorkloadAccessTokenForUserId",
    ];
    listed(&[
        (&["logs:CreateLogGroup", "logs:DescribeLogStreams"], &[&logs], Json::Null),
        (&["logs:DescribeLogGroups"], &["arn:aws:logs:us-east-1:*:log-group:*"], Json::Null),
        (&["logs:CreateLogStream", "logs:PutLogEvents"], &[&streams], Json::Null),
        (&["cloudwatch:PutMetricData"], &["*"], metrics),
        (&tokens, &[directory, &identity], Json::Null),
        (
            &["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            &["arn:aws:ecr:us-east-1:123456789012:repository/bidops/agent"],
            Json::Null,
        ),
        (&["ecr:GetAuthorizationToken"], &["*"], Json::Null),
        (&XRAY, &["*"], Json::Null),
        (&["secretsmanager:GetSecretValue"], &[&format!("{ARN}/bidops-database-secret/1")], Json::Null),
        (&["kms:Decrypt"], &["arn:aws:kms:us-east-1:*:key/*"], through),
        (
            &["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"],
            &["arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-3-5-sonnet-20241022-v2:0"],
            Json::Null,
        ),
        (
            &["bedrock:GetKnowledgeBase", "bedrock:Retrieve"],
            &["arn:aws:bedrock:us-east-1:*:knowledge-base/KB12345678"],
            Json::Null,
        ),
        (&["ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath"], &PARAMETERS, Json::Null),
    ])
}

const PARAMETERS: [&str; 2] = [
    "arn:aws:ssm:us-east-1:*:parameter/bidopsai/staging/agents",
    "arn:aws:ssm:us-east-1:*:parameter/bidopsai/staging/agents/*",
];

#[tokio::test]
async fn each_role_has_what_its_plan_lists_and_nothing_else() {
    let slow = Slow::build(STACK, "bidops", bidops(), &[]).await;
    let engine = slow.engine.clone();
    slow.ends(&[]).await;
    let of = |names: &[&str]| {
        rights(&names.iter().map(|name| registered(&engine, name)["policy"].clone()).collect::<Vec<_>>())
    };
    let documents = format!("{ARN}/bidops-documents-bucket/1");
    let processed = format!("{ARN}/bidops-data-automation-bucket/1");
    let (objects, outcomes) = (format!("{documents}/*"), format!("{processed}/*"));
    let change: [&str; 3] = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"];

    let workflow = listed(&[
        (&["s3:ListBucket"], &[&documents], Json::Null),
        (&change, &[&objects], Json::Null),
        (&["s3:ListBucket"], &[&processed], Json::Null),
        (&change, &[&outcomes], Json::Null),
        (
            &["bedrock:GetDataAutomationProject", "bedrock:InvokeDataAutomationAsync"],
            &[
                &registered_id("bidops-data-automation"),
                "arn:aws:bedrock:us-east-1:*:data-automation-profile/*",
            ],
            Json::Null,
        ),
        (
            &["bedrock:GetDataAutomationStatus"],
            &["arn:aws:bedrock:us-east-1:*:data-automation-invocation/*"],
            Json::Null,
        ),
    ]);
    let assistant = listed(&[
        (&["s3:ListBucket"], &[&documents], Json::Null),
        (&["s3:GetObject"], &[&objects], Json::Null),
    ]);
    for (agent, own) in [("workflow", workflow), ("assistant", assistant)] {
        let found = of(&[&format!("bidops-{agent}-policy"), &format!("bidops-{agent}-own-policy")]);
        let mut wanted = [common(agent), own].concat();
        wanted.sort();
        assert_eq!(found, wanted, "{agent}");
    }
    let logs = "arn:aws:logs:us-east-1:*:log-group:/bidopsai/staging/*";
    let base = listed(&[
        (&["logs:CreateLogGroup", "logs:DescribeLogStreams"], &[logs], Json::Null),
        (&["logs:CreateLogStream", "logs:PutLogEvents"], &[&format!("{logs}:log-stream:*")], Json::Null),
        (&XRAY, &["*"], Json::Null),
        (&["ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath"], &PARAMETERS, Json::Null),
    ]);
    assert_eq!(of(&["bidops-agent-execution-role-policy"]), base);

    // Who assumes them.
    for role in ["bidops-workflow-role", "bidops-assistant-role", "bidops-agent-execution-role"] {
        let trust = registered(&engine, role)["assumeRolePolicy"].clone();
        let trust: Json = trust.as_str().map_or(trust.clone(), |text| serde_json::from_str(text).unwrap());
        assert_eq!(
            trust["Statement"][0]["Principal"],
            json!({ "Service": "bedrock-agentcore.amazonaws.com" })
        );
    }

    // IAM knows no resource for these, as the pages of the services say:
    // https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html
    // https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
    // https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html
    let anywhere = [&["cloudwatch:PutMetricData", "ecr:GetAuthorizationToken"][..], &XRAY].concat();
    let policies = engine.registrations().into_iter().filter(|it| it.request.r#type.ends_with(":RolePolicy"));
    let names: Vec<String> = policies.map(|policy| policy.name().to_owned()).collect();
    assert_eq!(names.len(), 5, "{names:?}");
    for (action, resources, _) in of(&names.iter().map(String::as_str).collect::<Vec<_>>()) {
        assert!(!action.contains('*'), "{action}");
        assert!(!resources.contains(&"*".to_owned()) || anywhere.contains(&action.as_str()), "{action}");
    }
}

/// The ID that a resource has here.
fn registered_id(name: &str) -> String {
    format!("project-{name}")
}

#[tokio::test]
async fn agents_alone_need_no_cluster_and_no_network() {
    let slow = Slow::build(STACK, "bidops", bidops(), &[]).await;
    let engine = slow.engine.clone();
    slow.ends(&[]).await;
    let types: Vec<String> = engine.registrations().into_iter().map(|it| it.request.r#type).collect();
    for absent in ["agentic:ecs:", "agentic:ec2:", "agentic:lb:", "agentic:rds:"] {
        assert!(!types.iter().any(|it| it.starts_with(absent)), "{absent}");
    }
    let roles = types.iter().filter(|it| *it == "agentic:iam:Role").count();
    assert_eq!(roles, 3);
    // A plain text is stored as it is, an object as JSON.
    assert_eq!(registered(&engine, "bidops-features-greeting-parameter")["insecureValue"], "Good morning");
    // The variable of an agent names the secret of the stack.
    let variables = registered(&engine, "bidops-workflow-runtime")["environmentVariables"].clone();
    assert_eq!(variables["DATABASE_SECRET_ARN"], format!("{ARN}/bidops-database-secret/1"));
    for bucket in ["documents", "data-automation"] {
        let rules = registered(&engine, &format!("bidops-{bucket}-bucket"))["lifecycleRules"].clone();
        let rules = rules.as_array().unwrap();
        let rule = rules.iter().find(|rule| rule["id"] == "infrequent-access").unwrap();
        assert_eq!(rule["transitions"], json!([{ "days": 90, "storageClass": "STANDARD_IA" }]));
    }

    // An agent in the VPC, a database or a cache brings the network, and no cluster.
    let network = |inputs: Json| async move {
        let slow = Slow::build(STACK, "bidops", inputs, &[]).await;
        let engine = slow.engine.clone();
        slow.ends(&[]).await;
        let has = |token: &str| engine.registrations().iter().any(|it| it.request.r#type == token);
        (has("agentic:ec2:Vpc"), has("agentic:ecs:Cluster"))
    };
    let mut inside = bidops();
    inside["agents"]["assistant"]["network"] = json!("vpc");
    assert_eq!(network(inside).await, (true, false));
    let mut cached = bidops();
    cached["cache"] = json!({});
    assert_eq!(network(cached).await, (true, false));
    let mut served = bidops();
    served["services"] = json!({ "api": { "image": "ghcr.io/acme/api:1" } });
    assert_eq!(network(served).await, (true, true));
}

#[tokio::test]
async fn what_agents_and_roles_name_is_there() {
    let mut inputs = bidops();
    inputs["agents"]["workflow"]["secrets"] = json!({ "A": "databse", "B": "database:host" });
    inputs["buckets"]["documents"]["infrequentAccessAfterDays"] = json!(29);
    inputs["roles"] = json!({ "Base": {
        "service": "bedrock", "logGroups": ["*"], "secrets": ["slack"],
        "grants": { "buckets": { "document": "read" }, "calls": ["api"], "database": true },
    }});
    inputs["logs"] = json!({ "metrics": { "errors": { "pattern": "ERROR", "services": ["workflw"] } } });
    let (engine, state) = preview(STACK, "bidops", inputs).await;
    let told = format!("{:?}", String::from_utf8_lossy(state.unwrap_err().details()));
    for expected in [
        "agents.workflow.secrets.A",
        "did you mean \\\"database\\\"",
        "agents.workflow.secrets.B",
        "secrets are read as a whole here",
        "buckets.documents.infrequentAccessAfterDays",
        "roles.Base",
        "roles.Base.service",
        "roles.Base.logGroups[0]",
        "roles.Base.secrets[0]",
        "roles.Base.grants.buckets.document",
        "roles.Base.grants.calls",
        "roles.Base.grants.database",
        "logs.metrics.errors.services[0]",
    ] {
        assert!(told.contains(expected), "{expected} is not in {told}");
    }
    assert!(engine.registrations().iter().all(|made| made.name() != "bidops"));
}
