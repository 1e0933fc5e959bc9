"""How long a deployment takes at AWS's durations, over the longest chain of what really has to wait."""

from bench import chart
from bench.deployment import Node, deployed, length
from bench.figures import clock, ratio
from bench.report import PAGE, Part
from bench.world import wanted_plans

DRAWN = "stage3v3"


def run() -> Part:
    part = Part("Critical path")
    worst = 0.0
    scales = []
    for plan in wanted_plans():
        made = deployed(plan)
        chain = made.chain()
        floor = length(chain)
        by_output = length(made.chain(by_output=True))
        script = sum(node.weight for node in made.nodes.values())
        part.add(
            f"{plan}, `up`",
            f"{clock(made.makespan)} min",
            f"floor {clock(floor)} ({way(chain)}); wired by outputs alone {clock(by_output)}; "
            f"one after the other {clock(script)}",
            f"{ratio(made.makespan, floor)} floor, aim 1.05",
        )
        worst = max(worst, made.makespan / floor)
        if made.services:
            chain = made.chain(to=made.services)
            floor = length(chain)
            by_output = length(made.chain(by_output=True, to=made.services))
            part.add(
                f"{plan}, the application answers",
                f"{clock(made.answers)} min",
                f"floor {clock(floor)} ({way(chain)}); wired by outputs alone {clock(by_output)}",
                f"{ratio(made.answers, floor)} floor, aim 1.05",
            )
        if plan == DRAWN:
            chart.draw(made, PAGE.with_suffix(".svg"))
        scales.append(f"{made.scale} ({plan})")
    part.notes = [
        "The true CLI and a debug build of the plugin, on a local AWS that is faster than AWS by "
        f"{', '.join(scales)}: each second that this machine is busy counts that many times. Times are AWS's, from the "
        "first call to the last answer. The floor is the longest chain in the graph of the state (`pulumi stack "
        "export`), each resource with the time that the local AWS takes for it. Wired by outputs alone is the same "
        "inventory with the edges of its arguments only, as programs on `@pulumi/aws` are written; they do not wait "
        "for routes and rights that no argument names, and their tasks fail until those are there. One after the other "
        "is a script with waiters.",
    ]
    part.headline = {"path": f"{worst:.2f}"}
    return part


def way(chain: list[Node]) -> str:
    return " → ".join(f"{node.kind.rsplit(':', 1)[1]} {clock(node.weight)}" for node in chain if node.weight >= 10)
