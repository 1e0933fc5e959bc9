//! The engine's resource monitor, as a component sees it while it is constructed.

use std::collections::BTreeMap;

use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Status};

use super::proto as rpc;
use super::proto::construct_request::CustomTimeouts;
use super::proto::register_resource_request as fields;
use super::proto::resource_monitor_client::ResourceMonitorClient;
use super::wire;
use crate::model::{Dependencies, In, Object, Value};

/// As much as the engine's own limit, in bytes.
const LARGEST_MESSAGE: usize = 400 << 20;

/// Why a component stops being built.
#[derive(Debug)]
pub enum Stop {
    /// The engine is ending the deployment, for a reason that it has told already.
    Ended,
    /// A resource that others need failed, and the engine goes on with what does not need it.
    Skipped,
    /// The engine refused a request.
    Refused(Status),
}

/// The connection to the monitor of one deployment, and what all its registrations have in common.
#[derive(Clone)]
pub struct Monitor {
    client: ResourceMonitorClient<Channel>,
    pub preview: bool,
    source: Source,
    /// The provider for our own kinds, where the program gave one.
    provider: String,
    providers: BTreeMap<String, String>,
    timeouts: Option<fields::CustomTimeouts>,
    /// Whether the program said of the component that a deletion leaves it in place.
    retain: bool,
    stack_trace: String,
}

/// Which plugin the engine runs for a program: what the program's SDK has asked for, and the provider in the
/// state says. Whoever asks for another one gets another process.
#[derive(Clone, Debug, Default)]
pub struct Source {
    pub version: String,
    /// Where the engine downloads it; empty where the SDK does not say.
    pub download_url: String,
}

/// What the engine must be able to do, by the names of `SupportsFeature`.
const NEEDED: &str = "replacementTrigger";

/// A resource or component to be registered.
#[derive(Default)]
pub struct Registration {
    pub token: String,
    pub name: String,
    pub parent: String,
    /// Whether it is a resource of a kind; otherwise it is a component.
    pub custom: bool,
    pub object: Object,
    /// The resources that each property came from.
    pub dependencies: BTreeMap<String, Dependencies>,
    /// Resources that must be there first, beside those.
    pub depends_on: Dependencies,
    /// Properties whose changes are ignored.
    pub ignore_changes: Vec<String>,
    /// Properties whose changes replace the resource.
    pub replace_on_changes: Vec<String>,
    /// A value whose change replaces the resource, without its kind being asked.
    pub replacement_trigger: Option<Value>,
    /// Whether a deletion leaves it in place, and only forgets it.
    pub retain: bool,
}

/// What the engine says of a registered resource.
#[derive(Clone, Debug)]
pub struct Registered {
    pub urn: String,
    pub id: In<String>,
    /// Outputs, as the engine has them.
    pub object: Object,
    /// Whether outputs that are not there will come with the deployment.
    pub is_pending: bool,
    pub is_component: bool,
}

impl Monitor {
    pub fn of(request: &rpc::ConstructRequest, source: Source) -> Result<Self, Status> {
        let address = format!("http://{}", request.monitor_endpoint);
        let endpoint = Endpoint::from_shared(address).map_err(|error| {
            Status::invalid_argument(format!("the address of the monitor is not valid: {error}"))
        })?;
        let client = ResourceMonitorClient::new(endpoint.connect_lazy())
            .max_decoding_message_size(LARGEST_MESSAGE)
            .max_encoding_message_size(LARGEST_MESSAGE);
        Ok(Monitor {
            client,
            preview: request.dry_run,
            source,
            provider: request.providers.get("agentic").cloned().unwrap_or_default(),
            providers: request.providers.clone(),
            timeouts: request.custom_timeouts.as_ref().map(timeouts),
            retain: request.retain_on_delete.unwrap_or_default(),
            stack_trace: request.stack_trace_handle.clone(),
        })
    }

    /// Whether the engine is new enough for components.
    pub async fn is_new_enough(&self) -> Result<bool, Stop> {
        let request = rpc::SupportsFeatureRequest { id: NEEDED.to_owned() };
        match self.client.clone().supports_feature(request).await {
            Ok(answer) => Ok(answer.into_inner().has_support),
            Err(status) if status.code() == Code::Unimplemented => Ok(false),
            Err(status) => Err(stopped(status)),
        }
    }

    /// Registers the component that a program asked for, with the options that it gave.
    pub async fn register_requested(
        &self,
        request: &rpc::ConstructRequest,
        object: &Object,
    ) -> Result<String, Stop> {
        let dependencies = request.input_dependencies.iter();
        let dependencies =
            dependencies.map(|(name, found)| (name.clone(), found.urns.iter().cloned().collect()));
        let registration = Registration {
            token: request.r#type.clone(),
            name: request.name.clone(),
            parent: request.parent.clone(),
            object: object.clone(),
            dependencies: dependencies.collect(),
            depends_on: request.dependencies.iter().cloned().collect(),
            ignore_changes: request.ignore_changes.clone(),
            ..Registration::default()
        };
        let request = rpc::RegisterResourceRequest {
            protect: request.protect,
            aliases: request.aliases.clone(),
            additional_secret_outputs: request.additional_secret_outputs.clone(),
            deleted_with: request.deleted_with.clone(),
            delete_before_replace: request.delete_before_replace.unwrap_or_default(),
            delete_before_replace_defined: request.delete_before_replace.is_some(),
            replace_on_changes: request.replace_on_changes.clone(),
            retain_on_delete: request.retain_on_delete,
            replace_with: request.replace_with.clone(),
            replacement_trigger: request.replacement_trigger.clone(),
            hooks: request.resource_hooks.as_ref().map(|hooks| fields::ResourceHooksBinding {
                before_create: hooks.before_create.clone(),
                after_create: hooks.after_create.clone(),
                before_update: hooks.before_update.clone(),
                after_update: hooks.after_update.clone(),
                before_delete: hooks.before_delete.clone(),
                after_delete: hooks.after_delete.clone(),
                on_error: hooks.on_error.clone(),
            }),
            ..self.request(registration)
        };
        Ok(self.send(request).await?.urn)
    }

    /// Registers a resource or component and waits until the engine is done with it.
    pub async fn register(&self, registration: Registration) -> Result<Registered, Stop> {
        let is_custom = registration.custom;
        let answer = self.send(self.request(registration)).await?;
        let is_pending = self.preview || answer.unknown;
        let id = if answer.id.is_empty() && is_custom { In::unknown() } else { In::known(answer.id.clone()) };
        let object = wire::decode(answer.object)
            .map_err(|malformed| Stop::Refused(Status::internal(malformed.to_string())))?;
        Ok(Registered {
            id: In { dependencies: Dependencies::from([answer.urn.clone()]), ..id },
            object,
            urn: answer.urn,
            is_pending,
            is_component: !is_custom,
        })
    }

    /// Says what a component's outputs are; once, when all its children are there.
    pub async fn register_outputs(&self, urn: &str, outputs: &Object) -> Result<(), Stop> {
        let request =
            rpc::RegisterResourceOutputsRequest { urn: urn.to_owned(), outputs: Some(wire::encode(outputs)) };
        self.client.clone().register_resource_outputs(request).await.map_err(stopped)?;
        Ok(())
    }

    fn request(&self, registration: Registration) -> rpc::RegisterResourceRequest {
        let mut all: Dependencies = registration.depends_on;
        let mut of_properties = BTreeMap::new();
        for (name, urns) in registration.dependencies {
            all.extend(urns.iter().cloned());
            if registration.object.contains_key(&name) {
                let urns = urns.into_iter().collect();
                of_properties.insert(name, fields::PropertyDependencies { urns });
            }
        }
        let source = if registration.custom { self.source.clone() } else { Source::default() };
        rpc::RegisterResourceRequest {
            r#type: registration.token,
            name: registration.name,
            parent: registration.parent,
            custom: registration.custom,
            object: Some(wire::encode(&registration.object)),
            dependencies: all.into_iter().collect(),
            property_dependencies: of_properties,
            ignore_changes: registration.ignore_changes,
            replace_on_changes: registration.replace_on_changes,
            replacement_trigger: registration.replacement_trigger.as_ref().map(wire::encode_value),
            provider: if registration.custom { self.provider.clone() } else { String::new() },
            providers: if registration.custom { BTreeMap::new() } else { self.providers.clone() },
            version: source.version,
            plugin_download_url: source.download_url,
            custom_timeouts: self.timeouts.clone(),
            retain_on_delete: (registration.custom && (self.retain || registration.retain)).then_some(true),
            accept_secrets: true,
            accept_resources: true,
            supports_partial_values: true,
            supports_result_reporting: true,
            alias_specs: true,
            parent_stack_trace_handle: self.stack_trace.clone(),
            ..Default::default()
        }
    }

    async fn send(
        &self,
        request: rpc::RegisterResourceRequest,
    ) -> Result<rpc::RegisterResourceResponse, Stop> {
        let answer = self.client.clone().register_resource(request).await.map_err(stopped)?.into_inner();
        match answer.result() {
            rpc::Result::Success => Ok(answer),
            rpc::Result::Fail | rpc::Result::Skip => Err(Stop::Skipped),
        }
    }
}

fn stopped(status: Status) -> Stop {
    match status.code() {
        Code::Unavailable | Code::Cancelled => Stop::Ended,
        _ => Stop::Refused(status),
    }
}

fn timeouts(given: &CustomTimeouts) -> fields::CustomTimeouts {
    fields::CustomTimeouts {
        create: given.create.clone(),
        update: given.update.clone(),
        delete: given.delete.clone(),
        read: given.read.clone(),
    }
}
