"""Runtimes, endpoints, memories, gateways and targets of Bedrock AgentCore.

https://docs.aws.amazon.com/bedrock-agentcore-control/latest/APIReference/Welcome.html
"""

import copy
import random
import string
from datetime import UTC, datetime

from extended_moto.stand_in.table import Change, Members, Refused, Table, Tags

SERVICE = "bedrock-agentcore-control"
ARN = "arn:aws:bedrock-agentcore:{region}:{account}:"
IDENTITY = ARN + "workload-identity-directory/default/workload-identity/"
GONE = "ResourceNotFoundException"
TAGS = Tags(arn="resourceArn")


def settle_runtime(change: Change) -> None:
    """Each change makes a version, which the endpoint DEFAULT follows.

    https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/agent-runtime-versioning.html
    """
    runtime, endpoints = change.resource, change.all("AgentRuntimeEndpoint")
    own = [endpoint for endpoint in endpoints if endpoint["agentRuntimeId"] == runtime["agentRuntimeId"]]
    if change.operation == "DeleteAgentRuntime":
        if any(endpoint["name"] != "DEFAULT" for endpoint in own):
            message = "Agent runtime cannot be deleted while it has endpoints. Delete all endpoints first."
            raise Refused("ConflictException", message)
        endpoints[:] = [endpoint for endpoint in endpoints if endpoint not in own]
        return
    # https://docs.aws.amazon.com/bedrock-agentcore-control/latest/APIReference/API_LifecycleConfiguration.html
    given = runtime.get("lifecycleConfiguration") or {}
    runtime["lifecycleConfiguration"] = {"idleRuntimeSessionTimeout": 900, "maxLifetime": 28800, **given}
    version = str(int(runtime.get("agentRuntimeVersion", "0")) + 1)
    runtime["agentRuntimeVersion"] = version
    identity = IDENTITY.format_map(vars(change.place)) + runtime["agentRuntimeId"]
    runtime["workloadIdentityDetails"] = {"workloadIdentityArn": identity}
    shown = {name: value for name, value in runtime.items() if not name.startswith("_")}
    runtime["_versions"] = {**runtime.get("_versions", {}), version: copy.deepcopy(shown)}
    for endpoint in own:
        if endpoint["name"] == "DEFAULT":
            endpoint.update(liveVersion=version, targetVersion=version, lastUpdatedAt=datetime.now(UTC))
    if not own:
        now = datetime.now(UTC)
        endpoints.append(
            {
                "agentRuntimeArn": runtime["agentRuntimeArn"],
                "agentRuntimeEndpointArn": f"{runtime['agentRuntimeArn']}/runtime-endpoint/DEFAULT",
                "agentRuntimeId": runtime["agentRuntimeId"],
                "createdAt": now,
                "id": f"DEFAULT-{chance()}",
                "lastUpdatedAt": now,
                "liveVersion": version,
                "name": "DEFAULT",
                "status": "READY",
                "targetVersion": version,
                "_tags": {},
            }
        )


def version(request: Members, runtime: Members) -> Members:
    wanted = request.get("agentRuntimeVersion", runtime["agentRuntimeVersion"])
    if wanted not in runtime["_versions"]:
        raise Refused(GONE, f"Version {wanted} of agent runtime {runtime['agentRuntimeId']} was not found.")
    found: Members = runtime["_versions"][wanted]
    return found


def settle_endpoint(change: Change) -> None:
    endpoint = change.resource
    runtimes = change.all("AgentRuntime")
    runtime = next(one for one in runtimes if one["agentRuntimeId"] == endpoint["agentRuntimeId"])
    if change.operation == "DeleteAgentRuntimeEndpoint":
        if endpoint["name"] == "DEFAULT":
            raise Refused("ConflictException", "The DEFAULT endpoint cannot be deleted.")
        return
    # Without a version, an endpoint that is made has the newest, and one that is changed keeps its own.
    wanted = endpoint.pop("agentRuntimeVersion", None) or endpoint.get("targetVersion")
    wanted = wanted or runtime["agentRuntimeVersion"]
    version({"agentRuntimeVersion": wanted}, runtime)
    endpoint.update(
        agentRuntimeArn=runtime["agentRuntimeArn"],
        agentRuntimeEndpointArn=f"{runtime['agentRuntimeArn']}/runtime-endpoint/{endpoint['name']}",
        endpointName=endpoint["name"],
        liveVersion=wanted,
        targetVersion=wanted,
    )


def settle_memory(change: Change) -> None:
    """Strategies have names in requests, and types and ids in answers."""
    memory = change.resource
    if change.operation == "DeleteMemory":
        memory["memoryId"] = memory["id"]
        return
    memory["indexedKeys"] = memory.get("indexedKeys", []) + memory.pop("addIndexedKeys", [])
    asked = memory.pop("memoryStrategies", None) or {}
    asked = {"addMemoryStrategies": asked} if isinstance(asked, list) else asked
    strategies: list[Members] = memory.setdefault("strategies", [])
    for gone in asked.get("deleteMemoryStrategies", []):
        found = strategy(strategies, gone["memoryStrategyId"])
        strategies.remove(found)
    for changed in asked.get("modifyMemoryStrategies", []):
        found = strategy(strategies, changed["memoryStrategyId"])
        if "description" in changed:
            found["description"] = changed["description"]
        found.update(namespaces_of(changed, found["namespaces"]))
        if "configuration" in changed:
            found["configuration"] = {**found.get("configuration", {}), **changed["configuration"]}
        found["updatedAt"] = datetime.now(UTC)
    for added in asked.get("addMemoryStrategies", []):
        strategies.append(new_strategy(strategies, added))


TYPES = {
    "semanticMemoryStrategy": "SEMANTIC",
    "summaryMemoryStrategy": "SUMMARIZATION",
    "userPreferenceMemoryStrategy": "USER_PREFERENCE",
    "episodicMemoryStrategy": "EPISODIC",
    "customMemoryStrategy": "CUSTOM",
}


def strategy(strategies: list[Members], id: str) -> Members:
    found = next((one for one in strategies if one["strategyId"] == id), None)
    if found is None:
        raise Refused("ValidationException", f"Memory strategy {id} was not found.")
    return found


def namespaces_of(given: Members, otherwise: list[str]) -> dict[str, list[str]]:
    """Two names for the same: the first is the earlier one."""
    namespaces = given.get("namespaceTemplates") or given.get("namespaces") or otherwise
    return {"namespaces": namespaces, "namespaceTemplates": namespaces}


def new_strategy(strategies: list[Members], added: Members) -> Members:
    ((form, given),) = added.items()
    if any(one["name"] == given["name"] for one in strategies):
        raise Refused("ValidationException", f"A memory strategy with the name {given['name']} already exists.")
    now = datetime.now(UTC)
    id = f"{given['name']}-{chance()}"
    made = {
        "strategyId": id,
        "name": given["name"],
        "type": TYPES[form],
        # https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/memory-organization.html
        **namespaces_of(given, [f"/strategies/{id}/actors/{{actorId}}/"]),
        "status": "ACTIVE",
        "createdAt": now,
        "updatedAt": now,
    }
    if "description" in given:
        made["description"] = given["description"]
    if "configuration" in given:
        made["configuration"] = configuration(given["configuration"])
    return made


OVERRIDES = {
    "semanticOverride": "SEMANTIC_OVERRIDE",
    "summaryOverride": "SUMMARY_OVERRIDE",
    "userPreferenceOverride": "USER_PREFERENCE_OVERRIDE",
    "episodicOverride": "EPISODIC_OVERRIDE",
    "selfManagedConfiguration": "SELF_MANAGED",
}
EXTRACTIONS = {
    "semanticOverride": "semanticExtractionOverride",
    "userPreferenceOverride": "userPreferenceExtractionOverride",
    "episodicOverride": "episodicExtractionOverride",
}
CONSOLIDATIONS = {
    "semanticOverride": "semanticConsolidationOverride",
    "summaryOverride": "summaryConsolidationOverride",
    "userPreferenceOverride": "userPreferenceConsolidationOverride",
    "episodicOverride": "episodicConsolidationOverride",
}


def configuration(given: Members) -> Members:
    """A custom configuration as answers show it."""
    ((form, asked),) = given.items()
    shown: Members = {"type": OVERRIDES[form]}
    if form == "selfManagedConfiguration":
        return {**shown, "selfManagedConfiguration": asked}
    if "extraction" in asked:
        shown["extraction"] = {"customExtractionConfiguration": {EXTRACTIONS[form]: asked["extraction"]}}
    if "consolidation" in asked:
        inner = {CONSOLIDATIONS[form]: asked["consolidation"]}
        shown["consolidation"] = {"customConsolidationConfiguration": inner}
    return shown


def settle_gateway(change: Change) -> None:
    gateway = change.resource
    if change.operation == "DeleteGateway":
        if any(target["gatewayId"] == gateway["gatewayId"] for target in change.all("GatewayTarget")):
            message = f"Gateway {gateway['gatewayId']} has targets associated with it. Delete all targets first."
            raise Refused("ConflictException", message)
        return
    if change.operation == "CreateGateway":
        # IDs have no capital letters, whatever the name has.
        id = gateway["gatewayId"].lower()
        url = f"https://{id}.gateway.bedrock-agentcore.{change.place.region}.amazonaws.com/mcp"
        arn = ARN.format_map(vars(change.place)) + f"gateway/{id}"
        gateway.update(gatewayId=id, gatewayArn=arn, gatewayUrl=url)
    identity = IDENTITY.format_map(vars(change.place)) + gateway["gatewayId"]
    gateway["workloadIdentityDetails"] = {"workloadIdentityArn": identity}


def settle_target(change: Change) -> None:
    target = change.resource
    gateways = change.all("Gateway")
    gateway = next(one for one in gateways if one["gatewayId"] == target["gatewayId"])
    target["gatewayArn"] = gateway["gatewayArn"]
    target.setdefault("credentialProviderConfigurations", [])
    named = [other for other in change.all("GatewayTarget") if other["targetId"] != target["targetId"]]
    if any((other["gatewayId"], other["name"]) == (target["gatewayId"], target["name"]) for other in named):
        raise Refused("ConflictException", f"A target with the name {target['name']} already exists.")


def chance() -> str:
    return "".join(random.choices(string.ascii_letters + string.digits, k=10))


TABLES: tuple[Table, ...] = (
    Table(
        service=SERVICE,
        name="AgentRuntime",
        create="CreateAgentRuntime",
        read="GetAgentRuntime",
        update="UpdateAgentRuntime",
        delete="DeleteAgentRuntime",
        list="ListAgentRuntimes",
        items="agentRuntimes",
        key={"agentRuntimeId": "agentRuntimeId"},
        arn="agentRuntimeArn",
        missing=(GONE, "Agent runtime {} was not found."),
        made={
            "agentRuntimeId": "{agentRuntimeName}-{text10}",
            "agentRuntimeArn": ARN + "runtime/{agentRuntimeId}",
        },
        defaults={"networkConfiguration": {"networkMode": "PUBLIC"}},
        status=("status", "READY"),
        deleted={"status": "DELETING"},
        times=("createdAt", "lastUpdatedAt"),
        whole=True,
        view=version,
        unique=("agentRuntimeName",),
        taken=("ConflictException", "An agent with the specified name already exists: {}"),
        tags=TAGS,
        before=settle_runtime,
    ),
    Table(
        service=SERVICE,
        name="AgentRuntimeEndpoint",
        create="CreateAgentRuntimeEndpoint",
        read="GetAgentRuntimeEndpoint",
        update="UpdateAgentRuntimeEndpoint",
        delete="DeleteAgentRuntimeEndpoint",
        list="ListAgentRuntimeEndpoints",
        items="runtimeEndpoints",
        parents=("AgentRuntime",),
        key={"agentRuntimeId": "agentRuntimeId", "endpointName": "name"},
        arn="agentRuntimeEndpointArn",
        missing=(GONE, "Agent runtime endpoint {} was not found."),
        made={"id": "{name}-{text10}"},
        status=("status", "READY"),
        deleted={"status": "DELETING"},
        times=("createdAt", "lastUpdatedAt"),
        unique=("agentRuntimeId", "name"),
        taken=("ConflictException", "An endpoint with the specified name already exists: {}"),
        tags=TAGS,
        before=settle_endpoint,
    ),
    Table(
        service=SERVICE,
        name="Memory",
        create="CreateMemory",
        read="GetMemory",
        update="UpdateMemory",
        delete="DeleteMemory",
        list="ListMemories",
        items="memories",
        wrap="memory",
        key={"memoryId": "id"},
        arn="arn",
        missing=(GONE, "Memory not found: {}"),
        made={"id": "{name}-{text10}", "arn": ARN + "memory/{id}"},
        status=("status", "ACTIVE"),
        deleted={"status": "DELETING"},
        times=("createdAt", "updatedAt"),
        unique=("name",),
        taken=("ValidationException", "Memory with name {} already exists"),
        tags=TAGS,
        before=settle_memory,
    ),
    Table(
        service=SERVICE,
        name="Gateway",
        create="CreateGateway",
        read="GetGateway",
        update="UpdateGateway",
        delete="DeleteGateway",
        list="ListGateways",
        items="items",
        key={"gatewayIdentifier": "gatewayId"},
        arn="gatewayArn",
        missing=(GONE, "Gateway {} was not found."),
        made={"gatewayId": "{name}-{text10}"},
        status=("status", "READY"),
        deleted={"status": "DELETING"},
        times=("createdAt", "updatedAt"),
        whole=True,
        unique=("name",),
        taken=("ConflictException", "A gateway with the name {} already exists."),
        tags=TAGS,
        before=settle_gateway,
    ),
    Table(
        service=SERVICE,
        name="GatewayTarget",
        create="CreateGatewayTarget",
        read="GetGatewayTarget",
        update="UpdateGatewayTarget",
        delete="DeleteGatewayTarget",
        list="ListGatewayTargets",
        items="items",
        parents=("Gateway",),
        key={"gatewayIdentifier": "gatewayId", "targetId": "targetId"},
        arn="",
        missing=(GONE, "Target {} was not found."),
        made={"targetId": "{text10}"},
        status=("status", "READY"),
        deleted={"status": "DELETING"},
        times=("createdAt", "updatedAt"),
        whole=True,
        before=settle_target,
    ),
)
