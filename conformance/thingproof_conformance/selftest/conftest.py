"""pytester runs small suites as a stranger would."""

from __future__ import annotations

pytest_plugins = ["pytester"]
