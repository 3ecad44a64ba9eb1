"""Device linkage, the rules engine called D3 (gizwits.md:2221): definition, evaluation, engine."""
