"""How long after something is ready it is noticed, held against looking at a fixed pace."""

import math
from collections import defaultdict

from bench.deployment import Span, deployed
from bench.report import Part
from bench.world import wanted_plans

PACES = (10, 20, 30)


def run() -> Part:
    part = Part("Noticing")
    by_kind: dict[str, list[Span]] = defaultdict(list)
    sent: dict[str, int] = {}
    for plan in wanted_plans():
        made = deployed(plan)
        sent[plan] = made.calls
        for span in made.spans:
            if span.seconds >= 30:
                by_kind[f"{span.kind}, {span.operation}, {span.seconds:.0f} s"].append(span)
    for kind, spans in sorted(by_kind.items(), key=lambda item: -item[1][0].seconds):
        count = len(spans)
        late = sum(max(span.late, 0.0) for span in spans) / count
        looks = sum(span.looks for span in spans) / count
        seconds = spans[0].seconds
        part.add(
            f"{kind} ({count} times)",
            f"{late:.1f} s late, {looks:.0f} calls",
            # On the average half a pause is lost; the calls are those until the end is seen.
            "; ".join(f"every {pace} s: {pace / 2:.0f} s, {paced(pace, spans[:1])} calls" for pace in PACES),
            f"{100 * late / seconds:.1f} % of the time waited, aim 5 %",
        )
    every = [span for spans in by_kind.values() for span in spans]
    part.add(
        f"all {len(every)} waits",
        f"{sum(span.looks for span in every)} calls",
        "; ".join(f"every {pace} s: {paced(pace, every)} calls" for pace in PACES),
    )
    for plan, count in sent.items():
        part.add(f"{plan}, `up` at AWS's durations", f"{count} calls", "with all that is asked during its waits")
    part.notes = [
        "From the deployments of the part `path`: the local AWS takes note of when a change is over and of the first "
        "answer that shows it. Late are AWS's seconds, which hold the machine's own pauses too. At a fixed pace half a "
        "pause is lost on the average. The calls are answers that could have shown the end; one call may be for many.",
    ]
    return part


def paced(pace: int, spans: list[Span]) -> int:
    """How many calls it takes to see these ends at a fixed pace."""
    return sum(math.ceil(span.seconds / pace) for span in spans)
