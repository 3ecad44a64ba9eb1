"""What a finding shows: requests, answers and frames, readable, bounded and without secrets."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from thingproof_conformance.client import Exchange

HIDDEN = "***"
BODY_LIMIT = 4096
SECRET_HEADERS = frozenset(
    {
        "authorization",
        "cookie",
        "set-cookie",
        "x-gizwits-application-auth",
        "x-gizwits-application-token",
        "x-gizwits-signature",
        "x-gizwits-user-token",
    }
)
SECRET_FIELDS = (
    "access_token",
    "app_secret",
    "clientSecret",
    "new_pwd",
    "old_pwd",
    "passcode",
    "password",
    "product_secret",
    "refresh_token",
    "token",
)
VENDOR_FIELDS = {"gizwits": ("code",)}
"""Fields that are secret in the exchanges of one vendor; another's `code` names an error or a unit."""
_NAMES = "|".join(SECRET_FIELDS)


def _quoted(names: str) -> re.Pattern[str]:
    """A quoted name out of some, and its quoted value as the fifth group."""
    return re.compile(rf"""(["'])({names})\1(\s*:\s*)(["'])(.*?)\4""")


_QUOTED = _quoted(_NAMES)
_OF_VENDOR = {vendor: _quoted("|".join((_NAMES, *fields))) for vendor, fields in VENDOR_FIELDS.items()}
_QUERY = re.compile(rf"([?&](?:{_NAMES})=)([^&\s'\"]+)")
_SHORTEST_SECRET = 6


class Scrubber:
    """Takes secrets out of texts: by field name, and by value for those known."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets: set[str] = set()
        self.learn(secrets)

    def learn(self, secrets: Iterable[str]) -> None:
        """Know more secret values; very short ones would hide innocent text."""
        self._secrets |= {secret for secret in secrets if len(secret) >= _SHORTEST_SECRET}

    def learn_from(self, exchanges: Iterable[Exchange]) -> None:
        """Know the secrets that requests and answers carried in named places."""
        for exchange in exchanges:
            self.learn(value for name, value in exchange.request_headers.items() if name in SECRET_HEADERS)
            fields = _OF_VENDOR.get(exchange.operation.partition(".")[0], _QUOTED)
            for body in (exchange.request_body, exchange.response_body):
                if body:
                    text = body[:BODY_LIMIT].decode("utf-8", "replace")
                    self.learn(found[4] for found in fields.findall(text))

    def text(self, text: str) -> str:
        """The text with every secret hidden."""
        hidden = _QUOTED.sub(rf"\1\2\1\3\4{HIDDEN}\4", text)
        hidden = _QUERY.sub(rf"\1{HIDDEN}", hidden)
        for secret in self._secrets:
            hidden = hidden.replace(secret, HIDDEN)
        return hidden

    def headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Header lines with secret ones hidden."""
        return {
            name: HIDDEN if name.lower() in SECRET_HEADERS else self.text(value)
            for name, value in headers.items()
        }

    def body(self, body: bytes | None) -> str | None:
        """A body as bounded text without secrets."""
        if body is None:
            return None
        text = self.text(body[: 2 * BODY_LIMIT].decode("utf-8", "replace"))
        return text if len(text) <= BODY_LIMIT else f"{text[:BODY_LIMIT]}… ({len(body)} bytes)"

    def value(self, value: Any) -> Any:
        """An expected or actual value: texts scrubbed, anything else as its scrubbed repr."""
        if value is None or isinstance(value, (bool, int, float)):
            return value
        return self.text(value if isinstance(value, str) else repr(value))[:BODY_LIMIT]


def exchange_row(exchange: Exchange, scrubber: Scrubber) -> dict[str, Any]:
    """One exchange as it stands in the event stream."""
    return {
        "method": exchange.method,
        "url": scrubber.text(exchange.url),
        "request_headers": scrubber.headers(exchange.request_headers),
        "request_body": scrubber.body(exchange.request_body),
        "status": exchange.status,
        "response_headers": scrubber.headers(exchange.response_headers),
        "response_body": scrubber.body(exchange.response_body),
        "seconds": round(exchange.seconds, 6),
    }


def curl(exchange: Exchange, scrubber: Scrubber) -> str:
    """The exchange as a curl line; secrets are to be filled in."""
    words = ["curl", "-sS", "-X", exchange.method]
    for name, value in scrubber.headers(exchange.request_headers).items():
        words += ["-H", f"{name}: {value}"]
    body = scrubber.body(exchange.request_body)
    if body is not None:
        words += ["--data-raw", body]
    return shlex.join([*words, scrubber.text(exchange.url)])


def story(finding_text: str, rows: list[dict[str, Any]], curls: list[str], replay: str) -> str:
    """A failure as a person reads it: the finding, the whole sequence, and how to see it again."""
    lines = [finding_text, ""]
    for number, row in enumerate(rows, 1):
        lines.append(f"{number}. {row['method']} {row['url']}")
        if row["request_body"] is not None:
            lines.append(f"   > {row['request_body']}")
        lines.append(f"   < {row['status']} {row['response_body'] or ''}".rstrip())
    if curls:
        lines += ["", "the last request again:", "  " + curls[-1]]
    lines += ["", "this case again:", "  " + replay]
    return "\n".join(lines)
