//! What examples need and this package has no kind for: made with AWS's own API.

use agentic::aws::{Aws, Error, Settings};
use agentic::model::{Object, Value};

use crate::plugin::REGION;
use crate::world::{Verdict, World};

/// The properties of the thing of this name, which is made anew; nothing where the name is unknown.
pub async fn make(world: &World, name: &str) -> Option<Verdict<Object>> {
    let made = match name {
        "zone" => zone(world, "example.com").await,
        "zoneB" => zone(world, "example.org").await,
        "egressGateway" | "egressGatewayB" => egress_gateway(world).await,
        "peering" => peering(world, "vpcB").await,
        "peeringB" => peering(world, "vpcC").await,
        "options" | "optionsB" => option_group(world, name).await,
        "bus" => event_bus(world, "orders").await,
        "image" | "imageB" => image(world, name).await,
        "profile" => instance_profile(world, "host").await,
        "agent" | "agentB" => agent_runtime(world, name).await,
        _ => return None,
    };
    Some(made.map(|id| Object::from([("id".to_owned(), Value::from(id))])))
}

async fn zone(world: &World, name: &str) -> Verdict<String> {
    let client = clients(world).await?.client::<aws_sdk_route53::Client>(None).map_err(text)?;
    let made = client.create_hosted_zone().name(name).caller_reference(name).send().await;
    let made = made.map_err(|error| text(error.into()))?;
    Ok(made.hosted_zone().map(|zone| zone.id().to_owned()).unwrap_or_default())
}

async fn egress_gateway(world: &World) -> Verdict<String> {
    let vpc = world.need("vpc").await?.id;
    let client = clients(world).await?.client::<aws_sdk_ec2::Client>(None).map_err(text)?;
    let made = client.create_egress_only_internet_gateway().vpc_id(vpc).send().await;
    let made = made.map_err(|error| text(error.into()))?.egress_only_internet_gateway;
    Ok(made.and_then(|made| made.egress_only_internet_gateway_id).unwrap_or_default())
}

async fn peering(world: &World, other: &str) -> Verdict<String> {
    let (vpc, peer) = (world.need("vpc").await?.id, world.need(other).await?.id);
    let client = clients(world).await?.client::<aws_sdk_ec2::Client>(None).map_err(text)?;
    let made = client.create_vpc_peering_connection().vpc_id(vpc).peer_vpc_id(peer).send().await;
    let made = made.map_err(|error| text(error.into()))?.vpc_peering_connection;
    Ok(made.and_then(|made| made.vpc_peering_connection_id).unwrap_or_default())
}

async fn option_group(world: &World, name: &str) -> Verdict<String> {
    let client = clients(world).await?.client::<aws_sdk_rds::Client>(None).map_err(text)?;
    let make = client.create_option_group().option_group_name(name).option_group_description(name);
    let made = make.engine_name("mysql").major_engine_version("8.0").send().await;
    made.map_err(|error| text(error.into()))?;
    Ok(name.to_owned())
}

async fn image(world: &World, name: &str) -> Verdict<String> {
    let client = clients(world).await?.client::<aws_sdk_ec2::Client>(None).map_err(text)?;
    let made = client.register_image().name(name).send().await.map_err(|error| text(error.into()))?;
    Ok(made.image_id.unwrap_or_default())
}

async fn instance_profile(world: &World, name: &str) -> Verdict<String> {
    let client = clients(world).await?.client::<aws_sdk_iam::Client>(None).map_err(text)?;
    let make = client.create_instance_profile().instance_profile_name(name).send().await;
    make.map_err(|error| text(error.into()))?;
    Ok(name.to_owned())
}

async fn event_bus(world: &World, name: &str) -> Verdict<String> {
    let client = clients(world).await?.client::<aws_sdk_eventbridge::Client>(None).map_err(text)?;
    client.create_event_bus().name(name).send().await.map_err(|error| text(error.into()))?;
    Ok(name.to_owned())
}

async fn clients(world: &World) -> Verdict<Aws> {
    let settings = Settings {
        region: Some(REGION.to_owned()),
        access_key: Some("local".to_owned()),
        secret_key: Some("local".to_owned()),
        endpoint: Some(world.aws.endpoint()),
        ..Settings::default()
    };
    Aws::new(settings).await.map_err(text)
}

fn text(error: Error) -> String {
    error.to_string()
}

/// An agent runtime that has been changed once, so that it has two versions.
async fn agent_runtime(world: &World, name: &str) -> Verdict<String> {
    use aws_sdk_bedrockagentcorecontrol::types::{
        AgentRuntimeArtifact, ContainerConfiguration, NetworkConfiguration, NetworkMode,
    };
    let client =
        clients(world).await?.client::<aws_sdk_bedrockagentcorecontrol::Client>(None).map_err(text)?;
    let role = "arn:aws:iam::123456789012:role/agent";
    let artifact = |tag: &str| {
        let uri = format!("123456789012.dkr.ecr.{REGION}.amazonaws.com/agent:{tag}");
        let container = ContainerConfiguration::builder().container_uri(uri).build();
        container.map(AgentRuntimeArtifact::ContainerConfiguration).map_err(|error| error.to_string())
    };
    let network = NetworkConfiguration::builder().network_mode(NetworkMode::Public).build();
    let network = network.map_err(|error| error.to_string())?;
    let make = client.create_agent_runtime().agent_runtime_name(name).role_arn(role);
    let made =
        make.agent_runtime_artifact(artifact("1")?).network_configuration(network.clone()).send().await;
    let id = made.map_err(|error| text(error.into()))?.agent_runtime_id;
    let change = client.update_agent_runtime().agent_runtime_id(&id).role_arn(role);
    let changed = change.agent_runtime_artifact(artifact("2")?).network_configuration(network).send().await;
    changed.map_err(|error| text(error.into()))?;
    Ok(id)
}
