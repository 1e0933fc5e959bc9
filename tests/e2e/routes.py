"""Where the requests of a stack go, before each call of a deployment and after it."""

from fnmatch import fnmatchcase
from typing import Any

from kit.local_aws import LocalAws

Call = dict[str, Any]

LAST = 100_000


class Requests:
    """The rules of every listener, and the target groups that tasks are in, followed through recorded calls."""

    def __init__(self, aws: LocalAws) -> None:
        # By listener and by rule, or "default": the place, the conditions, and the groups.
        self.rules: dict[str, dict[str, tuple[int, list[Any], list[str]]]] = {}
        for balancer in aws.call("elbv2", "describe_load_balancers")["LoadBalancers"]:
            arn = balancer["LoadBalancerArn"]
            for listener in aws.call("elbv2", "describe_listeners", LoadBalancerArn=arn)["Listeners"]:
                found = self.rules.setdefault(listener["ListenerArn"], {})
                for rule in aws.call("elbv2", "describe_rules", ListenerArn=listener["ListenerArn"])["Rules"]:
                    name = "default" if rule["IsDefault"] else rule["RuleArn"]
                    place = LAST if rule["IsDefault"] else int(rule["Priority"])
                    found[name] = (place, rule["Conditions"], groups(rule["Actions"]))
        # The groups that the tasks of each service are in.
        self.tasks: dict[str, set[str]] = {}
        for cluster in aws.call("ecs", "list_clusters")["clusterArns"]:
            arns = aws.call("ecs", "list_services", cluster=cluster)["serviceArns"]
            for service in aws.call("ecs", "describe_services", cluster=cluster, services=arns)["services"]:
                self.tasks[service["serviceName"]] = places(service["loadBalancers"])

    def led(self, path: str) -> dict[str, str]:
        """The group that gets the requests for a path, by listener; nothing where no service gets them."""
        found = {}
        for listener, rules in self.rules.items():
            for _, conditions, leads in sorted(rules.values(), key=lambda rule: rule[0]):
                if all(is_met(condition, path) for condition in conditions):
                    found[listener] = leads[0] if leads else ""
                    break
        return found

    def filled(self) -> set[str]:
        return set().union(*self.tasks.values())

    def follow(self, call: Call) -> None:
        params = call["params"]
        match call["operation"]:
            case "ModifyListener" if "DefaultActions" in params:
                self.rules[params["ListenerArn"]]["default"] = (LAST, [], groups(params["DefaultActions"]))
            case "CreateRule":
                rules = self.rules.setdefault(params["ListenerArn"], {})
                rules[f"new {len(rules)}"] = (int(params["Priority"]), params["Conditions"], groups(params["Actions"]))
            case "ModifyRule":
                rules = self.having(params["RuleArn"])
                place, conditions, leads = rules[params["RuleArn"]]
                conditions = params.get("Conditions", conditions)
                rules[params["RuleArn"]] = (
                    place,
                    conditions,
                    groups(params["Actions"]) if "Actions" in params else leads,
                )
            case "SetRulePriorities":
                for pair in params["RulePriorities"]:
                    rules = self.having(pair["RuleArn"])
                    if pair["RuleArn"] in rules:
                        rules[pair["RuleArn"]] = (int(pair["Priority"]), *rules[pair["RuleArn"]][1:])
            case "DeleteRule":
                self.having(params["RuleArn"]).pop(params["RuleArn"], None)
            case "UpdateService" if "loadBalancers" in params:
                name = params["service"].rsplit("/", 1)[-1]
                self.tasks[name] = places(params["loadBalancers"])
            case "CreateService":
                self.tasks[params["serviceName"]] = places(params.get("loadBalancers", []))
            case "DeleteService":
                self.tasks.pop(params["service"].rsplit("/", 1)[-1], None)

    def having(self, rule: str) -> dict[str, tuple[int, list[Any], list[str]]]:
        return next((rules for rules in self.rules.values() if rule in rules), {})

    def astray(self, calls: list[Call], paths: list[str]) -> list[str]:
        """What of the requests that some service gets all the time is lost on the way, in words.

        Requests for a path belong to one group before the deployment and to one after it, and in
        between to one of these two, while there are tasks in it.
        """
        start = {path: self.led(path) for path in paths}
        assert all(group in self.filled() for led in start.values() for group in led.values() if group)
        after = Requests.__new__(Requests)
        after.rules = {listener: dict(rules) for listener, rules in self.rules.items()}
        after.tasks = dict(self.tasks)
        for call in calls:
            after.follow(call)
        end = {path: after.led(path) for path in paths}
        told = []
        for call in calls:
            self.follow(call)
            for path in paths:
                for listener, group in self.led(path).items():
                    owners = {start[path].get(listener, ""), end[path].get(listener, "")}
                    if "" in owners:
                        continue
                    if group not in owners:
                        told.append(f"{path} goes to {group or 'nobody'} after {call['operation']}")
                    elif group not in self.filled():
                        told.append(f"{path} goes to {group} without tasks after {call['operation']}")
        return list(dict.fromkeys(told))


def places(entries: list[Any]) -> set[str]:
    """The groups of a service; of two, ECS says which one has the tasks."""
    alternates = {entry.get("advancedConfiguration", {}).get("alternateTargetGroupArn") for entry in entries}
    return ({entry["targetGroupArn"] for entry in entries} | alternates) - {None}


def groups(actions: list[Any]) -> list[str]:
    """The groups that actions send requests to."""
    found = []
    for action in (action for action in actions if action["Type"] == "forward"):
        several = action.get("ForwardConfig", {}).get("TargetGroups", [])
        found += [group["TargetGroupArn"] for group in several if int(group.get("Weight", 1)) > 0]
        found += [] if several else [action["TargetGroupArn"]]
    return found


def is_met(condition: dict[str, Any], path: str) -> bool:
    if condition["Field"] != "path-pattern":
        return False
    config = condition.get("PathPatternConfig") or condition
    patterns = config if isinstance(config, list) else config["Values"]
    return any(fnmatchcase(path, pattern) for pattern in patterns)
