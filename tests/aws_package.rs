//! What Pulumi's AWS package has of the resources of this one, held against the schema: no argument is
//! lost in silence, and no output is less sure.
//!
//! `tools/aws-package` writes down the names and types.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::io::{self, Write as _};

use agentic::kinds::{self, Description};
use serde::Deserialize;
use serde_json::Value as Json;

#[derive(Deserialize)]
struct Package {
    version: String,
    resources: BTreeMap<String, Entry>,
    functions: BTreeMap<String, Entry>,
}

/// Names with types; a `!` marks an argument that must be given, a `?` an output that may be missing, and
/// `string|Role` one for whose text a resource may stand.
#[derive(Deserialize)]
struct Entry {
    inputs: BTreeMap<String, String>,
    outputs: BTreeMap<String, String>,
}

/// Outputs that are always there in that package, and here only sometimes, each with the reason.
const NOT_ALWAYS: &[(&str, &str)] = &[
    ("agentic:autoscaling:Group.launchTemplate", "a group with mixedInstancesPolicy has none"),
    ("agentic:autoscaling:Group.mixedInstancesPolicy", "a group with launchTemplate has none"),
    ("agentic:bedrock:AgentcoreGateway.protocolType", "a gateway to runtimes has none"),
    ("agentic:cloudfront:Function.liveStageEtag", "a function that is not published has none"),
    ("agentic:ec2:Instance.associatePublicIpAddress", "AWS does not tell what was asked for"),
    ("agentic:ec2:Instance.ebsOptimized", "AWS picks it by the type"),
    ("agentic:ec2:Instance.iamInstanceProfile", "an instance may have none"),
    ("agentic:ec2:Instance.keyName", "an instance may have none"),
    ("agentic:ec2:Instance.userDataBase64", "an instance has user data in one form only"),
    ("agentic:ec2:NetworkAcl.egress", "rules that are not listed are resources of their own"),
    ("agentic:ec2:NetworkAcl.ingress", "rules that are not listed are resources of their own"),
    ("agentic:ec2:NetworkInterface.attachments", "an attachment that is not given is left alone"),
    ("agentic:ec2:RouteTable.routes", "routes that are not listed are resources of their own"),
    ("agentic:ec2:SecurityGroup.egress", "rules that are not listed are resources of their own"),
    ("agentic:ec2:SecurityGroup.ingress", "rules that are not listed are resources of their own"),
    ("agentic:ec2:SecurityGroupRule.securityGroupRuleId", "several rules have no single ID"),
    ("agentic:ec2:SecurityGroupRule.sourceSecurityGroupId", "a rule for ranges has none"),
    ("agentic:iam:Role.inlinePolicies", "what a program does not list is left alone, and not asked for"),
    ("agentic:iam:Role.managedPolicyArns", "what a program does not list is left alone, and not asked for"),
    ("agentic:rds:Cluster.databaseInsightsMode", "a cluster may have none"),
    ("agentic:rds:Cluster.performanceInsightsKmsKeyId", "a cluster without Performance Insights has none"),
    (
        "agentic:rds:Cluster.performanceInsightsRetentionPeriod",
        "a cluster without Performance Insights has none",
    ),
    ("agentic:s3:Bucket.acl", "a setting that is left out may be a resource of its own"),
    ("agentic:s3:Bucket.corsRules", "a setting that is left out may be a resource of its own"),
    ("agentic:s3:Bucket.lifecycleRules", "a setting that is left out may be a resource of its own"),
    ("agentic:s3:Bucket.logging", "there is none unless it is switched on"),
    ("agentic:s3:Bucket.objectLockConfiguration", "there is none unless it is switched on"),
    ("agentic:s3:Bucket.policy", "a setting that is left out may be a resource of its own"),
    (
        "agentic:s3:Bucket.serverSideEncryptionConfiguration",
        "a setting that is left out may be a resource of its own",
    ),
    ("agentic:s3:Bucket.versioning", "a setting that is left out may be a resource of its own"),
    ("agentic:s3:Bucket.website", "a setting that is left out may be a resource of its own"),
    ("agentic:s3:BucketAcl.accessControlPolicy", "a canned list is told by its name"),
    ("agentic:s3:BucketLifecycleConfiguration.transitionDefaultMinimumObjectSize", "AWS picks it"),
    ("agentic:s3:BucketObject.acl", "S3 tells grants, and no name of a list"),
    ("agentic:s3:BucketObject.bucketKeyEnabled", "S3 tells it only where there is one"),
    ("agentic:s3:BucketObject.contentType", "S3 tells it only where there is one"),
    ("agentic:s3:BucketObject.etag", "S3 tells it only where there is one"),
    ("agentic:s3:BucketObject.kmsKeyId", "S3 tells it only where there is one"),
    ("agentic:s3:BucketObject.serverSideEncryption", "S3 tells it only where there is one"),
    ("agentic:s3:BucketObject.versionId", "S3 tells it only where there is one"),
    ("agentic:s3:BucketWebsiteConfiguration.routingRuleDetails", "a website may have no rules"),
    ("agentic:servicediscovery:Service.namespaceId", "older services tell it in dnsConfig alone"),
    ("agentic:servicediscovery:Service.type", "AWS tells another form of it"),
];

/// Results of look-ups that have the type of the resource here, and another one there.
const AS_THE_RESOURCE: &[&str] = &[
    "agentic:ecs:getCluster.serviceConnectDefaults",
    "agentic:ecs:getService.serviceRegistries",
    "agentic:alb:getLoadBalancer.connectionLogs",
    "agentic:alb:getTargetGroup.deregistrationDelay",
    "agentic:lb:getLoadBalancer.connectionLogs",
    "agentic:lb:getTargetGroup.deregistrationDelay",
];

fn package() -> Package {
    serde_json::from_str(include_str!("aws-package.json")).unwrap()
}

fn describe(token: &str) -> Description {
    kinds::find(token).unwrap_or_else(|| panic!("there is no {token}: run tools/aws-package")).describe()
}

/// The type of a property, as the file has it.
fn kind(property: &Json) -> &str {
    match (property["type"].as_str(), property["$ref"].as_str()) {
        (Some("array"), _) => "list",
        (Some("object"), _) => "map",
        (Some("integer"), _) => "number",
        (Some(plain), _) => plain,
        (None, Some(reference)) if !reference.ends_with("Any") => "object",
        _ if resource(property).is_some() => "string",
        _ => "any",
    }
}

/// The resource that may stand for its ID in a property, or in the items of a list.
fn resource(property: &Json) -> Option<&str> {
    let property = property.get("items").unwrap_or(property);
    let either = property["oneOf"].as_array()?;
    let reference = either.iter().find_map(|one| one["$ref"].as_str()?.strip_prefix("#/resources/"))?;
    reference.rsplit(':').next()
}

fn is_alike(ours: &str, theirs: &str) -> bool {
    let theirs = theirs.trim_end_matches(['!', '?']).split('|').next().unwrap_or_default();
    ours == theirs || [ours, theirs].contains(&"any")
}

#[test]
fn every_argument_is_taken_or_refused() {
    let (package, schema) = (package(), agentic::package::schema());
    let mut problems = Vec::new();
    let (mut taken, mut all) = (0, 0);
    for (token, theirs) in &package.resources {
        let (about, ours) = (describe(token), &schema["resources"][token]["inputProperties"]);
        let is_alias = kinds::find(token).unwrap().token() != token;
        let own = if is_alias { kinds::unsupported_as(token) } else { about.unsupported };
        let refused = about.unsupported.iter().chain(kinds::unsupported_as(token));
        let refused: Vec<&str> = refused.map(|argument| argument.name).collect();
        for (name, theirs) in &theirs.inputs {
            let is_refused = refused.contains(&name.as_str());
            let demanded = schema["resources"][token]["requiredInputs"].as_array().unwrap();
            if demanded.iter().any(|it| it == name) && !theirs.ends_with('!') {
                problems.push(format!("{token}.{name} may be omitted there: mark it as optional_type"));
            }
            all += 1;
            taken += usize::from(!is_refused && !ours[name].is_null());
            if ours[name].is_null() {
                problems
                    .push(format!("{token}.{name} ({theirs}) is lost: take it, or add it to UNSUPPORTED"));
            } else if !is_refused && !is_alike(kind(&ours[name]), theirs) {
                problems.push(format!("{token}.{name} is a {} here and {theirs} there", kind(&ours[name])));
            }
        }
        for name in own.iter().map(|argument| argument.name) {
            if !theirs.inputs.contains_key(name) {
                problems.push(format!(
                    "{token}.{name} is refused, and no argument there: take it out of UNSUPPORTED"
                ));
            }
            if about.args.names().any(|own| own == name) {
                problems.push(format!("{token}.{name} has become an argument: take it out of UNSUPPORTED"));
            }
        }
    }
    let (kinds, version) = (package.resources.len(), &package.version);
    // Not `println`, which the test harness keeps to itself.
    let line = format!(
        "Pulumi's AWS package {version}: {taken} of {all} inputs of {kinds} resources are implemented, the others refused"
    );
    writeln!(io::stdout(), "{line}").unwrap();
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

#[test]
fn what_is_always_told_there_is_always_told_here() {
    let (package, schema) = (package(), agentic::package::schema());
    let mut problems = Vec::new();
    for (token, theirs) in &package.resources {
        let ours = &schema["resources"][token];
        let is_sure = |name: &str| ours["required"].as_array().unwrap().iter().any(|it| it == name);
        // What a name begins with is in the name.
        let sure = theirs.outputs.iter().filter(|(_, kind)| !kind.ends_with('?'));
        for (name, _) in sure.filter(|(name, _)| !name.ends_with("Prefix")) {
            let first = kinds::find(token).unwrap().token();
            let known = NOT_ALWAYS.iter().any(|(property, _)| *property == format!("{first}.{name}"));
            let is_there = !ours["properties"][name].is_null();
            if is_there && !is_sure(name) && !known {
                problems.push(format!("{token}.{name} is optional: mark it as told, or say why not"));
            }
            if known && (is_sure(name) || !is_there) {
                problems.push(format!("{token}.{name} is in NOT_ALWAYS for nothing"));
            }
        }
    }
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

/// Arguments that take an ID alone, each with the reason.
const IDS_ALONE: &[(&str, &str)] = &[(
    "agentic:ec2:Instance.iamInstanceProfile",
    "the SDK of Go would not compile: its generator imports the module of a resource and does not use it",
)];

/// A resource may be given where its ID is wanted, for each argument that takes one there.
#[test]
fn a_resource_stands_for_its_id_where_it_does_there() {
    let (package, schema) = (package(), agentic::package::schema());
    let (mut problems, mut found) = (Vec::new(), 0);
    for (token, theirs) in &package.resources {
        let ours = &schema["resources"][token]["inputProperties"];
        let unsupported = describe(token).unsupported;
        for (name, kind) in &theirs.inputs {
            let Some((_, wanted)) = kind.trim_end_matches('!').split_once('|') else { continue };
            found += 1;
            if unsupported.iter().any(|argument| argument.name == name) {
                continue;
            }
            let argument = format!("{token}.{name}");
            if IDS_ALONE.iter().any(|(alone, _)| *alone == argument) {
                continue;
            }
            if resource(&ours[name]) != Some(wanted) {
                problems.push(format!("{argument} takes a {wanted} there: give the field `or`"));
            }
        }
    }
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
    assert!(found > 7, "tests/aws-package.json tells of {found} arguments that take a resource");
}

#[test]
fn look_ups_take_the_same_arguments() {
    let (package, schema) = (package(), agentic::package::schema());
    let mut problems = Vec::new();
    for (token, theirs) in &package.functions {
        let ours = &schema["functions"][token];
        let function = kinds::find_function(token).unwrap();
        let refused: Vec<&str> = function.unsupported().iter().map(|argument| argument.name).collect();
        for (name, theirs) in &theirs.inputs {
            let ours = &ours["inputs"]["properties"][name];
            if ours.is_null() {
                problems
                    .push(format!("{token}.{name} ({theirs}) is lost: take it, or add it to UNSUPPORTED"));
            } else if !refused.contains(&name.as_str()) && !is_alike(kind(ours), theirs) {
                problems.push(format!("{token}.{name} is a {} here and {theirs} there", kind(ours)));
            }
        }
        for name in refused {
            let is_own = function.args().names().any(|own| own == name);
            if is_own || !theirs.inputs.contains_key(name) {
                problems.push(format!("{token}.{name} is in UNSUPPORTED for nothing"));
            }
        }
        for (name, theirs) in &theirs.outputs {
            let known = AS_THE_RESOURCE.contains(&format!("{token}.{name}").as_str());
            let ours = &ours["outputs"]["properties"][name];
            if !ours.is_null() && is_alike(kind(ours), theirs) == known {
                problems.push(format!("{token}.{name} is a {} here and {theirs} there", kind(ours)));
            }
        }
    }
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}
