"""What vetiver does over time, without losing rows: windows of metrics, and pins of them.

``compute_metrics`` and ``pin_metrics`` take the place of vetiver's functions of these names;
vetiver's own ``plot_metrics``, and dashboards in R, read what they write. docs/vetiver.md lists
where the numbers differ, and why.
"""

from __future__ import annotations

from reportgen.vetiver.compute import compute_metrics
from reportgen.vetiver.pinning import pin_metrics, read_metrics

__all__ = ["compute_metrics", "pin_metrics", "read_metrics"]
