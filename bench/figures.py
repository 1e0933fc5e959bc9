"""Small sums and how they are written."""

import statistics
from collections.abc import Sequence


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"


def mb(size: float) -> str:
    return f"{size / 1e6:.1f} MB"


def clock(seconds: float) -> str:
    """Minutes and seconds: `26:30`."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def ratio(ours: float, beside: float) -> str:
    return f"{ours / beside:.2f}x" if beside else "-"


def percent(part: float, whole: float) -> str:
    return f"{100 * part / whole:.0f} %" if whole else "-"
