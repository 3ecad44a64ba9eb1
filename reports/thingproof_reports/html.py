"""report.html: one page, self-contained, readable on a phone and without scripts."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from thingproof_reports.summary import KINDS
from thingproof_reports.verdicts import VERDICTS

if TYPE_CHECKING:
    from pathlib import Path

    from thingproof_reports.summary import Summary

LONGEST_BODY = 4000
"""Characters of a body that are shown; the rest is in the run file."""
VERDICT_WORDS = {
    "conformant": "conformant",
    "not_conformant": "not conformant",
    "partial": "conformant, partial",
    "unreachable": "target unreachable",
    "harness_error": "the harness failed",
    "unfinished": "unfinished",
}
VERDICT_SIGNS = {"passed": "✓", "non_strict": "≈", "not_applicable": "·", "inconclusive": "?", "failed": "✗"}
_TEMPLATES = ("report.html.j2", "macros.html.j2", "vendor.html.j2", "permissions.html.j2")


def write_html(summary: Summary, path: Path) -> Path:
    """Write the page; its path."""
    path.write_text(render(summary), encoding="utf-8")
    return path


def render(summary: Summary) -> str:
    """The page."""
    folder = files(__package__) / "templates"
    sources = {name: (folder / name).read_text(encoding="utf-8") for name in _TEMPLATES}
    environment = Environment(
        loader=DictLoader(sources),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(body=shown_body, words=words, target=shown_target, frame_bytes=frame_bytes)
    return environment.get_template("report.html.j2").render(
        summary=summary,
        style=Markup((folder / "style.css").read_text(encoding="utf-8")),  # noqa: S704 - our own file
        kinds=KINDS,
        verdicts=VERDICTS,
        signs=VERDICT_SIGNS,
        verdict_words=VERDICT_WORDS,
    )


def shown_body(body: Any) -> str:
    """A body as text: JSON indented, long ones cut with a note."""
    if body is None or body == "":
        return "(empty)"
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    if len(text) <= LONGEST_BODY:
        try:
            text = json.dumps(json.loads(text), ensure_ascii=False, indent=1)
        except ValueError:
            return text
    if len(text) > LONGEST_BODY:
        return f"{text[:LONGEST_BODY]}\n… {len(text) - LONGEST_BODY} more characters are in the run file"
    return text


def frame_bytes(frame: dict[str, Any]) -> str:
    """A frame's bytes in hexadecimal digits; nothing when its meaning is the same bytes as text."""
    digits, meaning = str(frame.get("hex") or ""), frame.get("meaning")
    return "" if meaning and digits == str(meaning).encode().hex() else digits


def words(name: str) -> str:
    """An identifier as words."""
    return name.replace("_", " ")


def shown_target(target: dict[str, Any]) -> str:
    """A target's name and address."""
    parts = [str(target[key]) for key in ("name", "url") if target.get(key)]
    return ", ".join(parts) or "unnamed target"
