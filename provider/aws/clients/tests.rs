#![allow(clippy::unwrap_used)]

use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextRef;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;

/// What the server does with a request.
#[derive(Clone, Copy)]
enum Reply {
    /// Reads it and closes the connection.
    Close,
    /// Promises more than it sends.
    Cut,
    Answer(u16, &'static str),
}

/// A server of one answer.
struct Server {
    url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    async fn start(reply: Reply) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = requests.clone();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = Vec::new();
                let mut buffer = [0; 4096];
                while !is_whole(&request) {
                    match stream.read(&mut buffer).await {
                        Ok(0) | Err(_) => break,
                        Ok(read) => request.extend_from_slice(&buffer[..read]),
                    }
                }
                if request.is_empty() {
                    continue;
                }
                seen.lock().unwrap().push(String::from_utf8_lossy(&request).into_owned());
                let (status, body, more) = match reply {
                    Reply::Close => continue,
                    Reply::Cut => (200, "<", 100),
                    Reply::Answer(status, body) => (status, body, 0),
                };
                let length = body.len() + more;
                let text = format!(
                    "HTTP/1.1 {status} X\r\nconnection: close\r\nx-amzn-requestid: r-1\r\ncontent-length: {length}\r\n\r\n{body}"
                );
                let _ = stream.write_all(text.as_bytes()).await;
            }
        });
        Server { url, requests }
    }

    fn settings(&self) -> Settings {
        settings(&self.url, "eu-central-1")
    }

    async fn aws(&self) -> Aws {
        Aws::new(self.settings()).await.unwrap()
    }

    fn count(&self) -> usize {
        self.requests.lock().unwrap().len()
    }
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request).to_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next());
    body.len() >= length.map_or(0, |length| length.trim().parse().unwrap())
}

fn settings(url: &str, region: &str) -> Settings {
    Settings {
        region: Some(region.to_owned()),
        access_key: Some("AKIAEXAMPLE".to_owned()),
        secret_key: Some("very-secret".to_owned()),
        endpoint: Some(url.to_owned()),
        max_retries: Some(1),
        ..Settings::default()
    }
}

async fn create(aws: &Aws) -> Error {
    let ec2: aws_sdk_ec2::Client = aws.client(None).unwrap();
    ec2.create_vpc().cidr_block("10.0.0.0/16").send().await.map_err(Error::from).unwrap_err()
}

async fn describe(aws: &Aws) -> Error {
    let ec2: aws_sdk_ec2::Client = aws.client(None).unwrap();
    ec2.describe_vpcs().send().await.map_err(Error::from).unwrap_err()
}

#[tokio::test]
async fn a_change_whose_answer_is_lost_is_not_sent_again() {
    for reply in [Reply::Close, Reply::Cut] {
        let server = Server::start(reply).await;
        let error = create(&server.aws().await).await;
        assert_eq!((error.kind(), server.count()), (ErrorKind::Network, 1), "{error}");
        assert!(error.is_temporary());
    }
}

#[tokio::test]
async fn a_read_whose_answer_is_lost_is_sent_again() {
    for reply in [Reply::Close, Reply::Cut] {
        let server = Server::start(reply).await;
        let error = describe(&server.aws().await).await;
        assert_eq!((error.kind(), server.count()), (ErrorKind::Network, 2), "{error}");
    }
}

#[tokio::test]
async fn a_fault_of_aws_ends_a_change_but_not_a_read() {
    const FAULT: &str = "<Response><Errors><Error><Code>InternalError</Code><Message>Oops</Message></Error></Errors></Response>";
    let server = Server::start(Reply::Answer(500, FAULT)).await;
    let aws = server.aws().await;
    let error = create(&aws).await;
    assert_eq!((error.kind(), error.code(), server.count()), (ErrorKind::Network, Some("InternalError"), 1));
    describe(&aws).await;
    assert_eq!(server.count(), 3);
}

#[tokio::test]
async fn a_throttled_change_is_sent_again() {
    const SLOWER: &str = "<Response><Errors><Error><Code>RequestLimitExceeded</Code><Message>Slower</Message></Error></Errors></Response>";
    let server = Server::start(Reply::Answer(503, SLOWER)).await;
    let error = create(&server.aws().await).await;
    assert_eq!((error.kind(), server.count()), (ErrorKind::Throttled, 2));
    assert_eq!(
        error.to_string(),
        "ec2:CreateVpc was throttled (RequestLimitExceeded): Slower. [request r-1]"
    );
}

#[tokio::test]
async fn a_used_up_quota_is_not_taken_for_throttling() {
    let server = Server::start(Reply::Answer(
        400,
        r#"{"__type":"LimitExceededException","message":"Too many clusters"}"#,
    ))
    .await;
    let ecs: aws_sdk_ecs::Client = server.aws().await.client(None).unwrap();
    let error = Error::from(ecs.create_cluster().cluster_name("a").send().await.unwrap_err());
    assert_eq!((error.kind(), server.count()), (ErrorKind::Limit, 1));
}

#[derive(Debug, Clone, Default)]
struct Attempts(Arc<AtomicUsize>);

impl Intercept for Attempts {
    fn name(&self) -> &'static str {
        "Attempts"
    }

    fn read_before_attempt(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> std::result::Result<(), BoxError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

#[tokio::test]
async fn a_change_that_was_never_sent_is_tried_again() {
    // Nobody listens on a port that was just given back.
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let aws = Aws::new(settings(&format!("http://127.0.0.1:{port}"), "xx-closed-1")).await.unwrap();
    let ec2: aws_sdk_ec2::Client = aws.client(None).unwrap();
    let attempts = Attempts::default();
    let call = ec2.create_vpc().customize().interceptor(attempts.clone());
    let error = Error::from(call.send().await.unwrap_err());
    assert_eq!((error.kind(), attempts.0.load(Ordering::Relaxed)), (ErrorKind::Network, 2));
    assert!(error.to_string().contains(&format!("no connection to 127.0.0.1:{port}")), "{error}");
}

#[tokio::test]
async fn an_unknown_host_names_the_region() {
    // The top-level domain .invalid has no hosts: RFC 2606.
    let settings = settings("http://ec2.us-nowhere-1.invalid", "us-nowhere-1");
    let error = create(&Aws::new(settings).await.unwrap()).await;
    assert_eq!(error.kind(), ErrorKind::Network);
    assert!(error.to_string().contains("the host ec2.us-nowhere-1.invalid has no address"), "{error}");
}

const CALLER: &str = "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>";

#[tokio::test]
async fn the_account_is_asked_for_once() {
    let server = Server::start(Reply::Answer(200, CALLER)).await;
    let aws = server.aws().await;
    aws.ensure_account_allowed().await.unwrap();
    assert_eq!(server.count(), 0, "nothing to check, so nothing is asked");
    let calls = (0..20).map(|_| aws.account_id());
    for account in futures::future::join_all(calls).await {
        assert_eq!(account.unwrap(), "111122223333");
    }
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn other_accounts_are_refused() {
    let server = Server::start(Reply::Answer(200, CALLER)).await;
    let settings = Settings { allowed_account_ids: vec!["999900001111".into()], ..server.settings() };
    let aws = Aws::new(settings).await.unwrap();
    for _ in 0..2 {
        let error = aws.ensure_account_allowed().await.unwrap_err();
        assert_eq!((error.kind(), server.count()), (ErrorKind::AccessDenied, 1));
        assert!(error.to_string().contains("111122223333"), "{error}");
    }

    let settings = Settings { allowed_account_ids: vec!["111122223333".into()], ..server.settings() };
    Aws::new(settings).await.unwrap().ensure_account_allowed().await.unwrap();
}

#[tokio::test]
async fn a_role_is_taken_on_once() {
    const ROLE: &str = "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2999-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>";
    let server = Server::start(Reply::Answer(200, ROLE)).await;
    let role = AssumeRole {
        role_arn: "arn:aws:iam::111122223333:role/deployer".into(),
        external_id: Some("shared-id".into()),
        duration_seconds: Some(900),
        ..AssumeRole::default()
    };
    let aws = Aws::new(Settings { assume_roles: vec![role], ..server.settings() }).await.unwrap();
    let ec2: aws_sdk_ec2::Client = aws.client(None).unwrap();
    let rds: aws_sdk_rds::Client = aws.client(None).unwrap();
    let _ = ec2.describe_vpcs().send().await;
    let _ = rds.describe_db_instances().send().await;
    let requests = server.requests.lock().unwrap().clone();
    let assumed: Vec<_> = requests.iter().filter(|r| r.contains("Action=AssumeRole")).collect();
    assert_eq!((assumed.len(), requests.len()), (1, 3));
    assert!(assumed[0].contains("RoleSessionName=pulumi-agentic"), "{}", assumed[0]);
    assert!(assumed[0].contains("ExternalId=shared-id") && assumed[0].contains("DurationSeconds=900"));
    assert!(assumed[0].contains("Credential=AKIAEXAMPLE/") && requests[2].contains("Credential=ASIAROLE/"));
}

#[tokio::test]
async fn a_role_that_may_not_be_taken_on_is_named() {
    const DENIED: &str = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>User: arn:aws:iam::1:user/u is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::2:role/deployer</Message></Error></ErrorResponse>";
    let server = Server::start(Reply::Answer(403, DENIED)).await;
    let role = AssumeRole { role_arn: "arn:aws:iam::2:role/deployer".into(), ..AssumeRole::default() };
    let aws = Aws::new(Settings { assume_roles: vec![role], ..server.settings() }).await.unwrap();
    let error = describe(&aws).await;
    assert_eq!((error.kind(), error.action()), (ErrorKind::AccessDenied, Some("sts:AssumeRole")));
    assert!(
        error.to_string().contains("role/deployer") && error.to_string().contains("trust policy"),
        "{error}"
    );
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn each_client_is_made_once_and_only_for_a_region() {
    let aws = Aws::new(settings("http://127.0.0.1:1", "eu-central-1")).await.unwrap();
    let of = |region: Option<&str>| aws.client::<aws_sdk_ec2::Client>(region).unwrap();
    let region = |client: &aws_sdk_ec2::Client| client.config().region().unwrap().to_string();
    assert_eq!(region(&of(None)), "eu-central-1");
    assert_eq!(region(&of(Some("eu-south-2"))), "eu-south-2");
    for bad in ["", "europe", "EU-central-1", "x.example/-"] {
        let error = aws.client::<aws_sdk_ec2::Client>(Some(bad)).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{bad}");
    }
}

#[tokio::test]
async fn half_a_key_and_a_short_session_are_refused() {
    let half = Settings { access_key: Some("AKIAEXAMPLE".into()), ..Settings::default() };
    assert_eq!(Aws::new(half).await.unwrap_err().kind(), ErrorKind::Credentials);
    let role = AssumeRole { duration_seconds: Some(60), ..AssumeRole::default() };
    let short = Settings { assume_roles: vec![role], ..settings("http://127.0.0.1:1", "eu-central-1") };
    assert_eq!(Aws::new(short).await.unwrap_err().kind(), ErrorKind::Invalid);
}

#[test]
fn secrets_are_not_shown() {
    let shown = format!("{:?}", Settings { token: Some("hush".into()), ..settings("http://x", "y") });
    assert!(!shown.contains("hush") && !shown.contains("very-secret") && !shown.contains("AKIA"), "{shown}");
}

#[test]
fn partitions() {
    let of = [("eu-central-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")];
    for (region, expected) in of.into_iter().chain([("eusc-de-east-1", "aws-eusc")]) {
        assert_eq!(partition(region), expected);
    }
}

/// Runs [`call_from_a_clean_process`] in a process of its own, with just these variables.
async fn call_with(variables: &[(&str, &str)]) -> String {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "aws::clients::tests::call_from_a_clean_process", "--nocapture"]);
    command.env_clear().env("AGENTIC_TEST", "1").envs(variables.iter().copied());
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[tokio::test]
async fn call_from_a_clean_process() {
    if std::env::var_os("AGENTIC_TEST").is_none() {
        return;
    }
    let profile = std::env::var("AGENTIC_PROFILE").ok();
    let aws = Aws::new(Settings { profile, ..Settings::default() }).await.unwrap();
    println!("region {:?}", aws.region());
    match aws.client::<aws_sdk_ec2::Client>(None) {
        Err(error) => println!("error {error}"),
        Ok(ec2) => match ec2.describe_vpcs().send().await.map_err(Error::from) {
            Err(error) => println!("error {:?} {error}", error.kind()),
            Ok(_) => println!("fine"),
        },
    }
}

#[tokio::test]
async fn the_environment_and_the_files_of_the_aws_cli_count() {
    let server = Server::start(Reply::Answer(200, "<DescribeVpcsResponse/>")).await;
    let path = std::env::temp_dir().join(format!("agentic-profiles-{}", std::process::id()));
    std::fs::write(
        &path,
        "[profile dev]\nregion = eu-west-3\naws_access_key_id = AKIAFILE\naws_secret_access_key = x\n",
    )
    .unwrap();
    let file = ("AWS_CONFIG_FILE", path.to_str().unwrap());
    let keys = [("AWS_ACCESS_KEY_ID", "AKIAENV"), ("AWS_SECRET_ACCESS_KEY", "x")];
    let last = || server.requests.lock().unwrap().pop().unwrap();

    let none = call_with(&[("AWS_EC2_METADATA_DISABLED", "true")]).await;
    assert!(none.contains("region None") && none.contains("agentic:region"), "{none}");

    let out =
        call_with(&[keys[0], keys[1], ("AWS_REGION", "eu-west-1"), ("AWS_ENDPOINT_URL", &server.url)]).await;
    assert!(out.contains("fine"), "{out}");
    assert!(last().contains("Credential=AKIAENV/") && server.count() == 0);

    let elsewhere = ("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
    let out =
        call_with(&[file, ("AWS_PROFILE", "dev"), elsewhere, ("AWS_ENDPOINT_URL_EC2", &server.url)]).await;
    assert!(out.contains("fine"), "{out}");
    let request = last();
    assert!(request.contains("Credential=AKIAFILE/") && request.contains("/eu-west-3/"), "{request}");

    let out =
        call_with(&[file, keys[0], keys[1], ("AGENTIC_PROFILE", "dev"), ("AWS_ENDPOINT_URL", &server.url)])
            .await;
    assert!(out.contains("fine"), "{out}");
    assert!(last().contains("Credential=AKIAFILE/"), "a named profile wins over keys in the environment");

    let missing =
        call_with(&[file, ("AGENTIC_PROFILE", "nobody"), ("AWS_REGION", "eu-west-1"), elsewhere]).await;
    assert!(missing.contains("error Credentials") && missing.contains("no profile 'nobody'"), "{missing}");

    let typo = [file, ("AWS_PROFILE", "nobody"), ("AWS_REGION", "eu-west-1"), elsewhere];
    let typo = call_with(&[&typo[..], &[("AWS_EC2_METADATA_DISABLED", "true")]].concat()).await;
    assert!(typo.contains("error Credentials") && typo.contains("no profile 'nobody'"), "{typo}");

    let no_keys = [("AWS_EC2_METADATA_DISABLED", "true"), ("AWS_REGION", "eu-west-1"), elsewhere];
    let no_keys = call_with(&no_keys).await;
    assert!(no_keys.contains("error Credentials") && no_keys.contains("no AWS credentials"), "{no_keys}");
    std::fs::remove_file(path).unwrap();
}
