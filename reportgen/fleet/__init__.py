"""Many reports at the same time: on this machine's cores, or on a cluster's.

The unit of work is a `Task`: a name, and JSON that says what to do. What does it is named as
``module:function``, so that a process elsewhere can import it. Each task is done in a process of
its own, which is killed with all it started when it is over, passes a limit, or when we are gone;
one that takes its process down twice is set aside, and the others go on.
"""

from __future__ import annotations

from reportgen.fleet.forked import ForkedCrew
from reportgen.fleet.progress import Progress
from reportgen.fleet.task import Crew, Outcome, Task, raise_failures

__all__ = ["Crew", "ForkedCrew", "Outcome", "Progress", "Task", "raise_failures"]
