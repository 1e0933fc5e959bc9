//! A task definition: what containers run together, with how much CPU and memory.

use std::collections::BTreeMap;

use aws_sdk_ecs::Client;
use aws_sdk_ecs::types::{self, Compatibility, TaskDefinitionField, TaskDefinitionStatus};

use super::containers::{self, HostPort};
use super::size::{check_cpu, check_fargate, check_memory, same_cpu, same_memory};
use super::{EcsTags, pairs, small, tag_list, tag_map};
use crate::aws::context::Cx;
use crate::aws::error::{ErrorKind, Result, found};
use crate::aws::owner::{Standing, TOKEN};
use crate::engine::names::{NameRule, PLAIN};
use crate::engine::unsupported::Unsupported;
use crate::kinds::{Actions, Kind, Live, TaggedBy, Update, search, standing};
use crate::model::{Failures, Json, Model, Path};

/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html>
const ECS_FAMILY: NameRule = NameRule { what: "task definition family", ..PLAIN };

/// A revision of an ECS task definition: the containers that run together, with their CPU and
/// memory. A revision is immutable: a change registers a new revision, and deregisters the old one
/// once it is no longer referenced. Task definitions are free of charge.
#[derive(Clone, Debug, Model)]
pub struct TaskDefinitionArgs {
    /// The family: the name that all revisions of the task definition share.
    #[model(replace, autoname)]
    pub family: String,
    /// The container definitions, as a list or as JSON text, with the fields of the ECS API. The
    /// order of containers, environment variables, secrets, port mappings and mount points does not
    /// matter.
    #[model(replace, same = containers::same, check = containers::check)]
    pub container_definitions: Json,
    /// The CPU of the task in CPU units, such as `256`, or in vCPUs, such as `1 vCPU`. One vCPU is
    /// 1024 CPU units. Required on Fargate.
    #[model(replace, same = same_cpu, check = check_cpu)]
    pub cpu: Option<String>,
    /// The memory of the task in MiB, such as `512`, or in GB, such as `1 GB`. Required on Fargate,
    /// where each amount of CPU allows certain amounts of memory.
    #[model(replace, same = same_memory, check = check_memory)]
    pub memory: Option<String>,
    /// The network mode of the containers. Must be `awsvpc` on Fargate. Defaults to `bridge` on
    /// Linux instances.
    #[model(replace, aws_default, told, imported, one_of = ["awsvpc", "bridge", "host", "none"])]
    pub network_mode: Option<String>,
    /// The launch types that the task definition is validated against.
    #[model(replace, set, default = [], one_of = ["EC2", "FARGATE", "EXTERNAL", "MANAGED_INSTANCES"])]
    pub requires_compatibilities: Vec<String>,
    /// The ARN of the task execution role, with which ECS pulls images, reads secrets and writes
    /// logs.
    #[model(replace)]
    pub execution_role_arn: Option<String>,
    /// The ARN of the task role, whose permissions the containers of the task have.
    #[model(replace)]
    pub task_role_arn: Option<String>,
    /// The operating system and CPU architecture of the task. Defaults to Linux on `X86_64`.
    #[model(replace)]
    pub runtime_platform: Option<RuntimePlatform>,
    /// The volumes that containers can mount.
    #[model(replace, set, default = [])]
    pub volumes: Vec<TaskDefinitionVolume>,
    /// The ephemeral storage of a Fargate task. Defaults to 20 GiB.
    #[model(replace)]
    pub ephemeral_storage: Option<EphemeralStorage>,
    /// The process namespace of the containers: shared within the task (`task`), or with the host
    /// (`host`). If omitted, each container has a namespace of its own.
    #[model(replace, one_of = ["task", "host"])]
    pub pid_mode: Option<String>,
    /// Whether AWS Fault Injection Service may inject faults into the task.
    #[model(replace, default = false)]
    pub enable_fault_injection: bool,
    /// Whether the revision stays active when the resource is replaced or deleted.
    #[model(in_place, default = false, write_only)]
    pub skip_destroy: bool,
    /// The tags of the revision.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
}

/// The operating system and CPU architecture of a task.
#[derive(Clone, Debug, Model)]
pub struct RuntimePlatform {
    /// The CPU architecture. Images must be built for it.
    #[model(default = "X86_64", one_of = ["X86_64", "ARM64"])]
    pub cpu_architecture: String,
    /// The operating system family, such as `LINUX` or `WINDOWS_SERVER_2022_CORE`.
    #[model(default = "LINUX")]
    pub operating_system_family: String,
}

/// A volume that containers can mount.
#[derive(Clone, Debug, Model)]
pub struct TaskDefinitionVolume {
    /// The name of the volume, which mount points refer to.
    pub name: String,
    /// The path on the container instance, for tasks on EC2.
    pub host_path: Option<String>,
    /// The EFS file system of the volume.
    pub efs_volume_configuration: Option<EfsVolume>,
    /// Whether the volume is configured by the service at launch, as for EBS volumes.
    #[model(default = false)]
    pub configure_at_launch: bool,
}

/// An EFS file system that is used as a volume.
#[derive(Clone, Debug, Model)]
pub struct EfsVolume {
    /// The ID of the EFS file system.
    pub file_system_id: String,
    /// The directory of the EFS file system to mount. With an access point, it must be omitted or
    /// `/`.
    #[model(default = "/")]
    pub root_directory: String,
    /// Whether data is encrypted in transit between the task and EFS. Must be `ENABLED` with an
    /// access point or IAM authorization. Defaults to `DISABLED`.
    #[model(aws_default, resets, one_of = ["ENABLED", "DISABLED"])]
    pub transit_encryption: Option<String>,
    /// The port for encrypted traffic. If omitted, the EFS mount helper chooses the port.
    #[model(aws_default, resets)]
    pub transit_encryption_port: Option<i64>,
    /// The authorization configuration of the EFS file system.
    pub authorization_config: Option<EfsAuthorization>,
}

/// The authorization configuration of an EFS file system.
#[derive(Clone, Debug, Model)]
pub struct EfsAuthorization {
    /// The ID of the EFS access point.
    pub access_point_id: Option<String>,
    /// Whether the task role is used to mount the file system. Defaults to `DISABLED`.
    #[model(aws_default, resets, one_of = ["ENABLED", "DISABLED"])]
    pub iam: Option<String>,
}

/// The ephemeral storage of a Fargate task.
#[derive(Clone, Debug, Model)]
pub struct EphemeralStorage {
    /// The size of the ephemeral storage in GiB.
    #[model(range = 21..=200)]
    pub size_in_gib: i64,
}

/// What AWS says of a revision of a task definition.
#[derive(Clone, Debug, Model)]
pub struct TaskDefinitionState {
    /// The ARN of the revision.
    pub arn: String,
    /// The ARN without the revision, which refers to the latest active revision.
    pub arn_without_revision: String,
    /// The number of the revision.
    pub revision: i64,
}

/// A revision of an ECS task definition.
pub struct TaskDefinition;

impl Kind for TaskDefinition {
    const TOKEN: &'static str = "agentic:ecs:TaskDefinition";
    const ID: &'static str =
        "the ARN of the revision, such as `arn:aws:ecs:us-east-1:123456789012:task-definition/app:7`";
    const TAGS: TaggedBy = TaggedBy::service::<EcsTags>();
    const ACTIONS: Actions = Actions {
        create: &[
            "ecs:DescribeTaskDefinition",
            "ecs:RegisterTaskDefinition",
            "ecs:DeregisterTaskDefinition",
            "iam:PassRole",
        ],
        read: &["ecs:DescribeTaskDefinition"],
        update: &[],
        delete: &["ecs:DeregisterTaskDefinition", "ecs:DescribeTaskDefinition", "ecs:UntagResource"],
    };
    const NAME: Option<&'static NameRule> = Some(&ECS_FAMILY);
    const SHARES_NAME: bool = true;

    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::TASK_DEFINITION;

    type Args = TaskDefinitionArgs;
    type State = TaskDefinitionState;

    const FORESEES: bool = true;

    async fn foresee(
        cx: &Cx,
        _old: Option<&TaskDefinitionInputs>,
        new: &TaskDefinitionInputs,
        _failures: &mut Failures,
    ) {
        let Some(Json(containers)) = new.container_definitions.get() else { return };
        for path in containers::ignored(containers) {
            cx.progress.warn(&format!(
                "containerDefinitions{path} has no effect: ECS has no such property of a container; remove it"
            ));
        }
    }

    fn rules(args: &TaskDefinitionInputs, failures: &mut Failures) {
        let on_fargate = args
            .requires_compatibilities
            .get()
            .is_some_and(|all| all.iter().any(|one| one.get().is_some_and(|one| one == "FARGATE")));
        if on_fargate {
            check_fargate(args, failures);
        }
        for (index, volume) in args.volumes.get().into_iter().flatten().enumerate() {
            let efs = volume.get().and_then(|volume| volume.efs_volume_configuration.get());
            let Some((efs, access)) = efs.and_then(|efs| Some((efs, efs.authorization_config.get()?))) else {
                continue;
            };
            let needs_encryption =
                access.access_point_id.is_set() || access.iam.get().is_some_and(|iam| iam == "ENABLED");
            let encrypted = efs.transit_encryption.is_unknown()
                || efs.transit_encryption.get().is_some_and(|wish| wish == "ENABLED");
            if needs_encryption && !encrypted {
                // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_EFSVolumeConfiguration.html
                let at = Path::from(TaskDefinitionArgs::VOLUMES)
                    .index(index)
                    .key(TaskDefinitionVolume::EFS_VOLUME_CONFIGURATION)
                    .key(EfsVolume::TRANSIT_ENCRYPTION);
                failures.add(at, "is not ENABLED; an access point and IAM authorization need it");
            }
        }
    }

    async fn create(cx: &Cx, args: &TaskDefinitionArgs) -> Result<String> {
        let leftover = search(cx, || left(cx, &args.family)).await?;
        if let Some((left, arn)) = &leftover
            && means(left.args.clone(), args)
        {
            return Ok(arn.clone());
        }
        let registered = register(cx, args).await?;
        if let Some((_, arn)) = leftover {
            deregister(cx, &arn).await?;
        }
        Ok(registered)
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let Some((definition, tags)) = find(cx, id).await? else { return Ok(None) };
        live(&definition, &tags).map(Some)
    }

    async fn refresh(cx: &Cx, id: &str, old: &TaskDefinitionArgs) -> Result<Option<Live<Self>>> {
        let Some(mut live) = Self::read(cx, id).await? else { return Ok(None) };
        live.args = beside(old, live.args);
        Ok(Some(live))
    }

    async fn delete(cx: &Cx, id: &str, args: &TaskDefinitionArgs) -> Result<()> {
        if args.skip_destroy {
            // Without our tag, a later resource does not take it for a leftover of its own.
            cx.client::<Client>()?.untag_resource().resource_arn(id).tag_keys(TOKEN).send().await?;
            return Ok(());
        }
        match deregister(cx, id).await {
            // Deregistered before: the code for it is the one for any wrong argument.
            Err(error) if error.kind() == ErrorKind::Invalid && find(cx, id).await?.is_none() => Ok(()),
            done => done,
        }
    }
}

/// The revision of this ARN, or the newest of this family, with its tags. Deregistered ones are gone.
async fn find(cx: &Cx, arn_or_family: &str) -> Result<Option<(types::TaskDefinition, Vec<types::Tag>)>> {
    if let Some(told) = cx.told(&arn_or_family.to_owned()) {
        return Ok(Some(told));
    }
    let request = cx.client::<Client>()?.describe_task_definition().task_definition(arn_or_family);
    let Some(answer) = found(request.include(TaskDefinitionField::Tags).send().await)? else {
        return Ok(None);
    };
    let active = answer.task_definition.filter(|it| it.status() == Some(&TaskDefinitionStatus::Active));
    Ok(active.map(|definition| (definition, answer.tags.unwrap_or_default())))
}

/// Whether a revision is what these arguments would register.
fn means(found: TaskDefinitionObserved, wanted: &TaskDefinitionArgs) -> bool {
    Update::towards(wanted, beside(wanted, found)).replacing().is_none()
}

/// What AWS tells beside what was asked for: containers that mean the same are as asked for.
fn beside(asked: &TaskDefinitionArgs, mut told: TaskDefinitionObserved) -> TaskDefinitionObserved {
    let host_port = HostPort::of(told.network_mode.as_ref().and_then(Option::as_deref));
    let asked = &asked.container_definitions.0;
    told.container_definitions.take_if(|found| containers::mean_the_same(&found.0, asked, host_port));
    told
}

/// What an earlier attempt left: the latest revision of the family.
async fn left(cx: &Cx, family: &str) -> Result<Option<(Live<TaskDefinition>, String)>> {
    let Some((found, tags)) = find(cx, family).await? else { return Ok(None) };
    let arn = arn_of(&found);
    match standing::<TaskDefinition>(cx, &arn, cx.standing(pairs(&tags))) {
        Standing::Left(_) => Ok(Some((live(&found, &tags)?, arn))),
        _ => Ok(None),
    }
}

async fn register(cx: &Cx, args: &TaskDefinitionArgs) -> Result<String> {
    let platform = args.runtime_platform.as_ref().map(|platform| {
        types::RuntimePlatform::builder()
            .cpu_architecture(platform.cpu_architecture.as_str().into())
            .operating_system_family(platform.operating_system_family.as_str().into())
            .build()
    });
    let disk = args.ephemeral_storage.as_ref();
    let disk =
        disk.map(|disk| types::EphemeralStorage::builder().size_in_gib(small(disk.size_in_gib)).build());
    let needs: Vec<Compatibility> =
        args.requires_compatibilities.iter().map(|one| one.as_str().into()).collect();
    let volumes: Vec<types::Volume> = args.volumes.iter().map(write_volume).collect::<Result<_>>()?;
    let registered = cx
        .client::<Client>()?
        .register_task_definition()
        .family(&args.family)
        .set_container_definitions(Some(containers::write(&args.container_definitions.0)?))
        .set_cpu(args.cpu.clone())
        .set_memory(args.memory.clone())
        .set_network_mode(args.network_mode.as_deref().map(Into::into))
        .set_requires_compatibilities(Some(needs).filter(|needs| !needs.is_empty()))
        .set_execution_role_arn(args.execution_role_arn.clone())
        .set_task_role_arn(args.task_role_arn.clone())
        .set_runtime_platform(platform)
        .set_volumes(Some(volumes).filter(|volumes| !volumes.is_empty()))
        .set_ephemeral_storage(disk)
        .set_pid_mode(args.pid_mode.as_deref().map(Into::into))
        .set_enable_fault_injection(args.enable_fault_injection.then_some(true))
        .set_tags(tag_list(cx.owned(&args.tags)))
        .send()
        .await?;
    let Some(definition) = registered.task_definition else { return Ok(String::new()) };
    let arn = arn_of(&definition);
    cx.tell(arn.clone(), (definition, registered.tags.unwrap_or_default()));
    Ok(arn)
}

async fn deregister(cx: &Cx, arn: &str) -> Result<()> {
    cx.client::<Client>()?.deregister_task_definition().task_definition(arn).send().await?;
    Ok(())
}

fn arn_of(definition: &types::TaskDefinition) -> String {
    definition.task_definition_arn.clone().unwrap_or_default()
}

fn live(found: &types::TaskDefinition, tags: &[types::Tag]) -> Result<Live<TaskDefinition>> {
    let arn = arn_of(found);
    let network_mode = found.network_mode().map(|mode| mode.as_str().to_owned());
    let host_port = HostPort::of(network_mode.as_deref());
    let text = |text: &str| text.to_owned();
    let needs = found.requires_compatibilities().iter();
    let platform = found.runtime_platform().map(|platform| RuntimePlatform {
        cpu_architecture: platform.cpu_architecture().map_or("X86_64", |it| it.as_str()).to_owned(),
        operating_system_family: platform
            .operating_system_family()
            .map_or("LINUX", |it| it.as_str())
            .to_owned(),
    });
    let disk = found.ephemeral_storage().map(|disk| disk.size_in_gib.into());
    Ok(Live {
        args: TaskDefinitionObserved {
            family: found.family.clone(),
            container_definitions: Some(Json(containers::read(found.container_definitions(), host_port)?)),
            cpu: Some(found.cpu.clone()),
            memory: Some(found.memory.clone()),
            network_mode: Some(network_mode),
            requires_compatibilities: Some(needs.map(|it| text(it.as_str())).collect()),
            execution_role_arn: Some(found.execution_role_arn.clone()),
            task_role_arn: Some(found.task_role_arn.clone()),
            runtime_platform: Some(platform),
            volumes: Some(found.volumes().iter().map(read_volume).collect()),
            ephemeral_storage: Some(disk.map(|size_in_gib| EphemeralStorage { size_in_gib })),
            pid_mode: Some(found.pid_mode().map(|mode| text(mode.as_str()))),
            enable_fault_injection: Some(found.enable_fault_injection.unwrap_or_default()),
            tags: Some(tag_map(tags)),
            ..TaskDefinitionObserved::default()
        },
        state: TaskDefinitionState {
            arn_without_revision: arn.rsplit_once(':').map_or(arn.as_str(), |(family, _)| family).to_owned(),
            arn,
            revision: found.revision.into(),
        },
    })
}

fn write_volume(volume: &TaskDefinitionVolume) -> Result<types::Volume> {
    let host = volume
        .host_path
        .as_ref()
        .map(|path| types::HostVolumeProperties::builder().source_path(path).build());
    let efs = volume.efs_volume_configuration.as_ref().map(|efs| {
        let access = efs.authorization_config.as_ref().map(|access| {
            types::EfsAuthorizationConfig::builder()
                .set_access_point_id(access.access_point_id.clone())
                .set_iam(access.iam.as_deref().map(Into::into))
                .build()
        });
        types::EfsVolumeConfiguration::builder()
            .file_system_id(&efs.file_system_id)
            .root_directory(&efs.root_directory)
            .set_transit_encryption(efs.transit_encryption.as_deref().map(Into::into))
            .set_transit_encryption_port(efs.transit_encryption_port.map(small))
            .set_authorization_config(access)
            .build()
    });
    Ok(types::Volume::builder()
        .name(&volume.name)
        .set_host(host)
        .set_efs_volume_configuration(efs.transpose()?)
        .set_configured_at_launch(volume.configure_at_launch.then_some(true))
        .build())
}

fn read_volume(volume: &types::Volume) -> TaskDefinitionVolume {
    let efs = volume.efs_volume_configuration().map(|efs| EfsVolume {
        file_system_id: efs.file_system_id.clone(),
        root_directory: efs.root_directory().unwrap_or("/").to_owned(),
        transit_encryption: efs.transit_encryption().map(|it| it.as_str().to_owned()),
        transit_encryption_port: efs.transit_encryption_port.map(Into::into),
        authorization_config: efs.authorization_config().map(|access| EfsAuthorization {
            access_point_id: access.access_point_id.clone(),
            iam: access.iam().map(|it| it.as_str().to_owned()),
        }),
    });
    TaskDefinitionVolume {
        name: volume.name.clone().unwrap_or_default(),
        host_path: volume.host().and_then(|host| host.source_path.clone()),
        efs_volume_configuration: efs,
        configure_at_launch: volume.configured_at_launch.unwrap_or_default(),
    }
}
