import * as pulumi from "@pulumi/pulumi";

type Text = pulumi.Input<string>;
type Texts = pulumi.Input<string[]>;
type Count = pulumi.Input<number>;
type Flag = pulumi.Input<boolean>;
type Map = { [key: string]: Text };

/**
 * A container of a task definition, in the names of the ECS API: `containerDefinitions` takes a JSON list of them.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
 */
export interface ContainerDefinition {
    name: Text;
    image?: Text;
    command?: Texts;
    cpu?: Count;
    credentialSpecs?: Texts;
    dependsOn?: ContainerDependency[];
    disableNetworking?: Flag;
    dnsSearchDomains?: Texts;
    dnsServers?: Texts;
    dockerLabels?: Map;
    dockerSecurityOptions?: Texts;
    entryPoint?: Texts;
    environment?: KeyValuePair[];
    environmentFiles?: EnvironmentFile[];
    essential?: Flag;
    extraHosts?: HostEntry[];
    firelensConfiguration?: FirelensConfiguration;
    healthCheck?: HealthCheck;
    hostname?: Text;
    interactive?: Flag;
    links?: Texts;
    linuxParameters?: LinuxParameters;
    logConfiguration?: LogConfiguration;
    memory?: Count;
    memoryReservation?: Count;
    mountPoints?: MountPoint[];
    portMappings?: PortMapping[];
    privileged?: Flag;
    pseudoTerminal?: Flag;
    readonlyRootFilesystem?: Flag;
    repositoryCredentials?: RepositoryCredentials;
    resourceRequirements?: ResourceRequirements[];
    restartPolicy?: ContainerRestartPolicy;
    secrets?: Secret[];
    startTimeout?: Count;
    stopTimeout?: Count;
    systemControls?: SystemControl[];
    ulimits?: Ulimit[];
    user?: Text;
    versionConsistency?: VersionConsistency;
    volumesFrom?: VolumeFrom[];
    workingDirectory?: Text;
}

/** Whether ECS resolves the tag of the image to a digest, so that all tasks of a deployment run the same image. */
export type VersionConsistency = "enabled" | "disabled";

/** A container that another one waits for. */
export interface ContainerDependency {
    containerName?: Text;
    condition?: Text;
}

/** An environment variable. */
export interface KeyValuePair {
    name: Text;
    value: Text;
}

/** A file of environment variables in S3. */
export interface EnvironmentFile {
    type: "s3";
    value: Text;
}

/** An entry of `/etc/hosts`. */
export interface HostEntry {
    hostname: Text;
    ipAddress: Text;
}

/** The log router of the task. */
export interface FirelensConfiguration {
    type: Text;
    options?: Map;
}

/** How ECS sees whether a container is healthy. */
export interface HealthCheck {
    command?: Texts;
    interval?: Count;
    retries?: Count;
    startPeriod?: Count;
    timeout?: Count;
}

/** Settings of the Linux kernel for a container. */
export interface LinuxParameters {
    capabilities?: KernelCapabilities;
    devices?: Device[];
    initProcessEnabled?: Flag;
    maxSwap?: Count;
    sharedMemorySize?: Count;
    swappiness?: Count;
    tmpfs?: Tmpfs[];
}

/** A Linux capability, such as `NET_ADMIN`. */
export type KernelCapability = string;

/** The Linux capabilities that a container gets or loses. */
export interface KernelCapabilities {
    add?: KernelCapability[];
    drop?: KernelCapability[];
}

/** A device of the host. */
export interface Device {
    hostPath: Text;
    containerPath?: Text;
    permissions?: Texts;
}

/** A file system in memory. */
export interface Tmpfs {
    containerPath: Text;
    size: Count;
    mountOptions?: Texts;
}

/** Where the output of a container goes. */
export type LogDriver =
    | "awsfirelens"
    | "awslogs"
    | "fluentd"
    | "gelf"
    | "journald"
    | "json-file"
    | "splunk"
    | "syslog";

/** Where the output of a container goes, and how. */
export interface LogConfiguration {
    logDriver: LogDriver;
    options?: Map;
    secretOptions?: Secret[];
}

/** Where a volume of the task appears in a container. */
export interface MountPoint {
    containerPath?: Text;
    readOnly?: Flag;
    sourceVolume?: Text;
}

/** The protocol of Service Connect. */
export type AppProtocol = "grpc" | "http" | "http2";

/** The protocol of a port. */
export type Protocol = "tcp" | "udp";

/** A port of a container. */
export interface PortMapping {
    appProtocol?: AppProtocol;
    containerPort?: Count;
    containerPortRange?: Text;
    hostPort?: Count;
    name?: Text;
    protocol?: Protocol;
}

/** The secret with which an image is pulled. */
export interface RepositoryCredentials {
    credentialsParameter: Text;
}

/** GPUs or other accelerators. */
export interface ResourceRequirements {
    type: Text;
    value: Text;
}

/** Whether a container is started again by itself. */
export interface ContainerRestartPolicy {
    enabled: Flag;
    ignoredExitCodes?: pulumi.Input<number[]>;
    restartAttemptPeriod?: Count;
}

/** An environment variable from Secrets Manager or Systems Manager. */
export interface Secret {
    name: Text;
    valueFrom: Text;
}

/** A kernel parameter of the container. */
export interface SystemControl {
    namespace?: Text;
    value?: Text;
}

/** The name of a resource limit. */
export type UlimitName =
    | "core"
    | "cpu"
    | "data"
    | "fsize"
    | "locks"
    | "memlock"
    | "msgqueue"
    | "nice"
    | "nofile"
    | "nproc"
    | "rss"
    | "rtprio"
    | "rttime"
    | "sigpending"
    | "stack";

/** A resource limit. */
export interface Ulimit {
    name: UlimitName;
    hardLimit: Count;
    softLimit: Count;
}

/** The volumes of another container. */
export interface VolumeFrom {
    sourceContainer?: Text;
    readOnly?: Flag;
}
