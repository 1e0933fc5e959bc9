"""Draws a deployment as bars over time."""

from pathlib import Path

import matplotlib

from bench.deployment import Deployment, length

matplotlib.use("svg")

from matplotlib import pyplot

MINUTE = 60
PLAIN, CRITICAL, NOTICING = "#9db4c9", "#c8553d", "#333333"


def draw(made: Deployment, path: Path) -> None:
    """One bar for each change that takes time; those of the critical path stand out, and its floor is a line."""
    critical = {node.urn for node in made.chain()}
    rows = [
        (span, node.name, node.urn in critical)
        for node in made.nodes.values()
        for span in node.spans
        if span.seconds >= 3
    ]
    rows.sort(key=lambda row: (row[0].begun, row[1]))
    settings = {"svg.hashsalt": "agentic", "svg.fonttype": "none", "font.family": "sans-serif", "font.size": 9}
    with matplotlib.rc_context(settings):
        figure, axes = pyplot.subplots(figsize=(10, 0.28 * len(rows) + 1.2))
        for at, (span, _, is_critical) in enumerate(rows):
            color = CRITICAL if is_critical else PLAIN
            axes.barh(at, span.seconds / MINUTE, left=span.begun / MINUTE, color=color, height=0.7)
            late = max(span.late, 0) / MINUTE
            axes.barh(at, late, left=(span.begun + span.seconds) / MINUTE, color=NOTICING, height=0.25)
        for moment, label, align in [
            (length(made.chain()), "floor", "right"),
            (made.makespan, "up ends", "left"),
            (made.answers, "application answers", "left"),
        ]:
            axes.axvline(moment / MINUTE, color=NOTICING, linewidth=0.8, linestyle="--")
            axes.annotate(label, (moment / MINUTE, -0.9), ha=align, annotation_clip=False, fontsize=8)
        axes.set_yticks(range(len(rows)), [name for _, name, _ in rows])
        axes.invert_yaxis()
        axes.set_xlabel(
            f"minutes on AWS; red is the critical path, dark the time until the end was noticed ({made.plan})"
        )
        axes.spines[["top", "right"]].set_visible(False)
        figure.savefig(path, format="svg", bbox_inches="tight", metadata={"Date": None})
        pyplot.close(figure)
