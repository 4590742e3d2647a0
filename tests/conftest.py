"""What all tests share: no consent from the environment, and patience on a busy machine."""

from __future__ import annotations

import os

from hypothesis import settings

# pins would take this as permission to load any pickle; no test may pass because of it.
os.environ.pop("PINS_ALLOW_PICKLE_READ", None)

# A deadline would fail on a machine that does something else; `timeout` in pyproject.toml is ours.
settings.register_profile("steady", deadline=None, print_blob=True)
settings.load_profile("steady")
