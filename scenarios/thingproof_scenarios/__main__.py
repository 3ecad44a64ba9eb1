"""``python -m thingproof_scenarios`` is the ``thingproof`` command."""

from thingproof_scenarios.cli import main

main()
