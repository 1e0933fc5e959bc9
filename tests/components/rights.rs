//! What the roles of a stack allow, and who reads its secrets.

use fake_engine::wire;
use serde_json::{Value as Json, json};

use super::stage::{CLUSTER, DATABASE, STACK, Slow, agents, deploy, platform, preview, registered};

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
    for (path, reason) in [
        ("database.replicas", "RDS does not support replicas"),
        ("database.secretKeys", "takes a Lambda function"),
    ] {
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

/// The policies of a role take 10,240 characters, which the log groups of 500 services would not fit into.
#[tokio::test]
async fn the_role_of_many_services_writes_to_what_they_have_in_common() {
    let service = json!({ "image": "api:1", "port": 80 });
    let services: serde_json::Map<_, _> = (0..500).map(|at| (format!("s{at:03}"), service.clone())).collect();
    let mut program = platform();
    program["services"] = services.into();
    let (engine, built) = preview(STACK, "shop", program).await;
    built.unwrap();
    let policy = registered(&engine, "shop-task-execution-policy")["policy"].to_string();
    assert!(policy.contains("log-group:shop-dev-*-logs:*"), "{policy}");
    assert!(!policy.contains("s001"), "{policy}");
}
