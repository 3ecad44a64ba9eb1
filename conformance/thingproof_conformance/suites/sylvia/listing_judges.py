"""How the rules of count and list calls are judged: a table from their wording to a function."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property, partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from thingproof_conformance import expect
from thingproof_conformance.suites.sylvia.populations import PAGE, Population, Row, crowd, populate
from thingproof_conformance.vendor_target import ANY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from thingproof_conformance.client import Answer
    from thingproof_conformance.vendors.sylvia import SylviaTarget, User

FIELDS: Final = {
    "unit": "unitId",
    "application": "applicationId",
    "network": "networkId",
    "device": "deviceId",
    "owner": "ownerId",
    "addr": "networkAddr",
}
"""Filter -> the member of an entry it is about; others have the same name."""
SORTED: Final = {
    "application": "applicationCode",
    "network": "networkCode",
    "addr": "networkAddr",
    "created": "createdAt",
    "modified": "modifiedAt",
    "expired": "expiredAt",
}
"""Sort key -> the member of an entry it is about; others have the same name."""
IDENTIFIERS: Final = {
    "device_route": "routeId",
    "network_route": "routeId",
    "dldata_buffer": "dataId",
}
TIES: Final = {
    "unit": ("name:asc", "code"),
    "application": ("name:desc", "code"),
    "network": ("name:asc", "code"),
    "device": ("profile:desc", "addr"),
    "device_route": ("application:desc", "addr"),
    "network_route": ("application:asc", "network"),
    "dldata_buffer": ("application:desc", "created"),
}
"""A key that several entries share, and a second one, which is tried in both orders."""
TIME: Final = r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})"


class Listing:
    """One count or list call, and entries it can find."""

    def __init__(self, target: SylviaTarget, operation: str) -> None:
        self.target = target
        self.operation = operation
        _, self.tag, name = operation.split(".")
        self.counts = name == "count"

    @property
    def identifier(self) -> str:
        """The member that names an entry."""
        return IDENTIFIERS.get(self.tag, f"{self.tag}Id")

    @cached_property
    def population(self) -> Population:
        """Four entries, and as many of another unit that must never show."""
        populate(self.target, self.tag)
        return populate(self.target, self.tag)

    def ask(
        self, token: User | None = None, *, expected: int | str | None = "success", **query: Any
    ) -> Answer:
        """Call it, as the administrator unless somebody else is named."""
        caller = token or self.target.admin
        return self.target.call(self.operation, token=caller, query=query, expect=expected)

    def entries(self, token: User | None = None, **query: Any) -> list[Row]:
        """What the list call shows within the population."""
        query = {**self.population.scope, **query}
        return list(self.ask(token, **query)["data"])

    def finds(self, rows: Iterable[Row], token: User | None = None, **query: Any) -> None:
        """The call finds exactly these rows of the population, or tells their number."""
        wanted = list(rows)
        query = {**self.population.scope, **query}
        answer = self.ask(token, **query)
        if self.counts:
            expect.equal(len(wanted), answer["data"]["count"], f"the count for {query}")
            return
        names = {row[self.identifier] for row in wanted}
        expect.equal(names, {row[self.identifier] for row in answer["data"]}, f"the entries for {query}")

    def holding(self, word: str, member: str) -> list[Row]:
        """The rows whose member holds a word, ignoring case."""
        return [row for row in self.population.rows if word.lower() in row[member].lower()]


def left_out(listing: Listing, *_names: str) -> None:
    """Without any filter all entries show; to the owner as to the administrator."""
    listing.finds(listing.population.rows)
    own: Row = {} if listing.tag == "unit" else listing.population.scope
    listing.finds(listing.population.rows, listing.population.caller, **own)


def number(listing: Listing) -> None:
    """The answer is a number, and nothing else."""
    data = listing.ask(**listing.population.scope)["data"]
    expect.true(isinstance(data, dict), "data is an object", actual=data)
    expect.equal(len(listing.population.rows), data["count"], "data.count")


def same_number(listing: Listing) -> None:
    """Count and list agree, for every filter the count call takes."""
    row = listing.population.rows[0]
    queries: list[dict[str, Any]] = [{}]
    queries += [
        {name: row[FIELDS.get(name, name)]}
        for name in (each.name for each in listing.target.contract.operations[listing.operation].parameters)
        if FIELDS.get(name, name) in row and name not in listing.population.scope
    ]
    for query in queries:
        wanted = len(listing.target.listed(listing.tag, **{**listing.population.scope, **query}))
        answer = listing.ask(**{**listing.population.scope, **query})
        expect.equal(wanted, answer["data"]["count"], f"the count for {query}")


def whole(listing: Listing) -> None:
    """The entries themselves are shown, each once, with the values they were made with."""
    shown = {row[listing.identifier]: row for row in listing.entries()}
    expect.equal(len(listing.population.rows), len(listing.entries()), "the number of entries")
    for row in listing.population.rows:
        entry = shown.get(row[listing.identifier], {})
        expect.equal(row, {name: entry.get(name) for name in row}, "an entry")


def filtered(listing: Listing, name: str) -> None:
    """A filter by an id keeps the entries of that id; one that nothing has keeps none."""
    member = FIELDS.get(name, name)
    if name == "member":
        members(listing)
        return
    for value in sorted({row[member] for row in listing.population.rows}):
        by_value: Row = {name: value}
        listing.finds([row for row in listing.population.rows if row[member] == value], **by_value)
    if name not in listing.population.scope:
        unknown: Row = {name: listing.target.names.hex(20)}
        listing.finds([], **unknown)


def members(listing: Listing) -> None:
    """A filter by a member keeps the units the user is a member of."""
    member, rows = listing.target.new_user(), listing.population.rows
    for row in rows[1:3]:
        body = {"data": {"memberIds": [listing.population.caller.user_id, member.user_id]}}
        path = {"unitId": row["unitId"]}
        listing.target.call("sylvia.unit.update", token=listing.target.admin, path=path, json=body)
    listing.finds(rows[1:3], member=member.user_id)
    listing.finds(rows, member=listing.population.caller.user_id)
    listing.finds([], member=listing.target.new_user().user_id)


def network_of_devices(listing: Listing) -> None:
    """Devices are filtered by the id of a network; the public code takes its code (sylvia.contra.6)."""

    def by(member: str) -> Callable[[], None]:
        def reading() -> None:
            for value in sorted({row[member] for row in listing.population.rows}):
                wanted = [row for row in listing.population.rows if row[member] == value]
                listing.finds(wanted, network=value)

        return reading

    listing.finds([], network=listing.target.names.hex(20))
    expect.either("sylvia.contra.6", a=by("networkId"), b=by("networkCode"))


def for_administrators(listing: Listing, name: str) -> None:
    """A filter for administrators has no effect when a normal user gives it."""
    caller, rows = listing.population.caller, listing.population.rows
    other = listing.target.new_user()
    query = {name: other.user_id}
    answer = listing.ask(caller, **query)
    if listing.counts:
        expect.equal(len(rows), answer["data"]["count"], f"the count a normal user gets for {name}")
    else:
        found = {row["unitId"] for row in answer["data"]}
        expect.equal({row["unitId"] for row in rows}, found, f"what a normal user gets for {name}")


def containing(listing: Listing, member: str) -> None:
    """A word keeps the entries that hold it, in whatever case it is written."""
    rows = listing.population.rows
    word = rows[3][member][-6:]
    for text in (word, word.upper(), word.lower(), rows[0][member].swapcase()):
        wanted = listing.holding(text, member)
        expect.true(len(wanted) < len(rows), "the word is not in every entry", actual=text)
        listing.finds(wanted, contains=text)
    listing.finds([], contains=listing.target.names.hex(12))


def equal(listing: Listing, name: str) -> None:
    """The whole value counts, in whatever case it is written."""
    member = FIELDS.get(name, name)
    for row in listing.population.rows[:2]:
        value = row[member]
        wanted = [each for each in listing.population.rows if each[member] == value]
        listing.finds(wanted, **{name: value})
        listing.finds([], **{name: value[:-1]})

        other: Row = {name: value.upper()}
        if name == "code":
            expect.either(
                "sylvia.contra.36",
                a=partial(listing.finds, wanted, **other),
                b=partial(listing.finds, [], **other),
            )
        else:
            listing.finds(wanted, **other)


def excluding(listing: Listing) -> None:
    """Beside a code a word has no effect."""
    row = listing.population.rows[0]
    listing.finds([row], code=row["code"], contains=listing.target.names.hex(12))
    listing.finds([], code=listing.target.names.hex(12), contains=row["code"])


def unit_needed(listing: Listing) -> None:
    """A normal user has to name a unit; administrators may leave it out and see all."""
    answer = listing.ask(listing.population.caller, expected=ANY)
    expect.refused(answer, "err_param")
    other = populate(listing.target, listing.tag)
    for caller in (listing.target.admin, listing.target.manager):
        if listing.counts:
            count = listing.ask(caller)["data"]["count"]
            expect.true(count >= 2 * len(other.rows), "both units are counted", actual=count)
            continue
        found = {row[listing.identifier] for row in listing.ask(caller, limit=0)["data"]}
        for row in (*listing.population.rows, *other.rows):
            expect.contains(row[listing.identifier], found, "an entry of either unit")


def unit_unknown(listing: Listing) -> None:
    """A unit that does not exist is refused, to everybody."""
    unknown = listing.target.names.hex(22)
    for caller in (listing.target.admin, listing.population.caller):
        answer = listing.ask(caller, unit=unknown, expected=ANY)
        expect.refused(answer, "err_broker_unit_not_exist")


def public_only(listing: Listing) -> None:
    """An empty unit keeps the public networks, for administrators; others learn nothing by it."""
    network, private = listing.target.new_network(public=True), listing.population.rows[0]
    for caller in (listing.target.admin, listing.target.manager):
        for code, wanted in ((network.code, 1), (private["code"], 0)):
            answer = listing.ask(caller, unit="", code=code)
            found = answer["data"]["count"] if listing.counts else len(answer["data"])
            expect.equal(wanted, found, f"the public networks of code {code}")
    expect.refused(listing.ask(listing.population.caller, unit="", expected=ANY))


def array(listing: Listing) -> None:
    """format=array leaves the envelope away; another format is none."""
    plain = listing.ask(**listing.population.scope)
    bare = listing.ask(**listing.population.scope, format="array")
    expect.true(isinstance(bare.body, list), "the body is an array", actual=bare.body)
    expect.equal(plain["data"], bare.body, "the entries with format=array")
    other = listing.ask(**listing.population.scope, format="table", expected=ANY)
    expect.either(
        "sylvia.contra.39",
        a=lambda: expect.refused(other, "err_param"),
        b=lambda: expect.accepted(other),
    )


def enveloped(listing: Listing) -> None:
    """Without a format the entries are in data."""
    answer = listing.ask(**listing.population.scope)
    expect.true(isinstance(answer.body, dict), "the body is an object", actual=answer.body)
    expect.equal(len(listing.population.rows), len(answer["data"]), "the number of entries in data")


def offset(listing: Listing) -> None:
    """So many entries are skipped, none without an offset."""
    everything = listing.entries()
    for count in (0, 1, 3, 4, 5):
        expect.equal(everything[count:], listing.entries(offset=count), f"the entries from {count} on")
    for wrong in ("-1", "1.5", "one", ""):
        answer = listing.ask(**listing.population.scope, offset=wrong, expected=ANY)
        expect.refused(answer, "err_param")


def limit(listing: Listing) -> None:
    """No more than so many entries, a hundred without a limit; pages follow each other."""
    everything = listing.entries()
    for count in (1, 3, 4, 5):
        expect.equal(everything[:count], listing.entries(limit=count), f"the first {count} entries")
    expect.equal(everything[1:3], listing.entries(offset=1, limit=2), "the second page")
    for wrong in ("-1", "1.5", "one", ""):
        answer = listing.ask(**listing.population.scope, limit=wrong, expected=ANY)
        expect.refused(answer, "err_param")
    many = crowd(listing.target, listing.tag)
    expect.equal(PAGE, len(listing.ask(**many.scope)["data"]), "the entries without a limit")


def unlimited(listing: Listing) -> None:
    """limit=0 gives all entries, more than a page holds."""
    many = crowd(listing.target, listing.tag)
    found = listing.ask(**many.scope, limit=0)["data"]
    expect.equal(len(many.rows), len({row[listing.identifier] for row in found}), "the entries with limit=0")
    rest = listing.ask(**many.scope, limit=0, offset=PAGE)["data"]
    expect.equal(found[PAGE:], rest, f"the entries from {PAGE} on with limit=0")


def sorting(listing: Listing, keys: str) -> None:
    """Entries come in the order of a key, or of several; other keys and orders are refused."""
    for key in keys.split(", "):
        for order in ("asc", "desc"):
            in_order(listing, f"{key}:{order}", listing.entries(sort=f"{key}:{order}"))
    shared, second = TIES[listing.tag]
    for order in ("asc", "desc"):
        both = f"{shared},{second}:{order}"
        in_order(listing, both, listing.entries(sort=both))
    first = keys.split(", ", maxsplit=1)[0]
    for wrong in (
        "",
        first,
        f"{first}:up",
        "colour:asc",
        f"{first}:asc,",
        f"{first}:false",
        f"{first}:asc:asc",
    ):
        answer = listing.ask(**listing.population.scope, sort=wrong, expected=ANY)
        expect.refused(answer, "err_param")


def default_order(listing: Listing, text: str) -> None:
    """Without sort the entries come in the documented order (`created:false` is descending)."""
    in_order(listing, text.replace(":false", ":desc"), listing.entries())


def in_order(listing: Listing, sort: str, entries: list[Row]) -> None:
    """Each entry is where the keys put it; entries that share all keys may stand either way."""
    expect.equal(len(listing.population.rows), len(entries), f"the number of entries with sort={sort}")
    keys = [part.split(":") for part in sort.split(",")]
    expect.true(
        len({tuple(row[SORTED.get(key, key)] for key, _ in keys) for row in entries}) > 1,
        "the entries differ in what they are sorted by",
        actual=sort,
    )
    for first, second in pairwise(entries):
        for key, order in keys:
            member = SORTED.get(key, key)
            if first[member] == second[member]:
                continue
            low, high = (first, second) if order == "asc" else (second, first)
            if not low[member] < high[member]:
                shown = [row[member] for row in entries]
                expect.fail(f"{member} is out of order", expected=f"sort={sort}", actual=shown)
            break


def moment(listing: Listing, name: str) -> None:
    """A time is one of RFC 3339, and about now."""
    for row in listing.entries():
        expect.matches(TIME, row[name], name)


def null_for_public(listing: Listing, name: str) -> None:
    """Null tells a public network, and nothing else does."""
    for row in listing.entries():
        expect.true(row[name], f"{name} of what is in a private network is set", actual=row)
    network = listing.target.new_network(public=True)
    if listing.tag == "network":
        found = listing.ask(unit="", code=network.code)["data"]
    else:
        unit = listing.target.new_unit()
        listing.target.new_device(network, unit=unit)
        found = listing.ask(unit=unit.unit_id)["data"]
        expect.equal([unit.unit_id], [row["unitId"] for row in found], "unitId of the device")
    expect.equal([None], [row[name] for row in found], name)


@dataclass(frozen=True, slots=True)
class JudgeRow:
    """A wording of rules and the function that judges them."""

    name: str
    pattern: re.Pattern[str]
    judge: Callable[..., None] = field(repr=False)
    by_word: bool = False
    """A case for each word the pattern finds."""
    contradiction: str | None = None
    names: tuple[str, ...] = ()
    """The operations it is for; empty for all."""
    also: tuple[str, ...] = ()
    """Rules of every operation that the case proves, too."""


def _row(name: str, pattern: str, judged: Callable[..., None], **more: Any) -> JudgeRow:
    return JudgeRow(name, re.compile(pattern), judged, **more)


DEVICES: Final = ("sylvia.device.count", "sylvia.device.list")
JUDGES: Final = (
    _row("left_out", r"\w+ may be left out", left_out),
    _row("number", r"The call answers only a number", number, also=("sylvia.global.r3",)),
    _row("number", r"200 carries data\.count", number),
    _row("same_as_list", r"count equals the number", same_number),
    _row("entries", r"The call answers the entries", whole),
    _row("fields", r"Every listed field is present", whole),
    _row(
        "filter_network",
        r"network keeps only entries",
        network_of_devices,
        contradiction="sylvia.contra.6",
        names=DEVICES,
    ),
    _row("filter", r"(\w+) keeps only entries of that", filtered, by_word=True),
    _row("administrators", r"(owner|member) is meant for admin", for_administrators, by_word=True),
    _row("contains", r"contains keeps entries whose (\w+)", containing, by_word=True),
    _row("equals", r"(code) filters by equality", equal, by_word=True, contradiction="sylvia.contra.36"),
    _row("equals", r"(\w+) filters by equality", equal, by_word=True),
    _row("excludes_contains", r"When code is given, contains", excluding),
    _row("unit_needed", r"A user without admin or manager role must give unit", unit_needed),
    _row("unit_unknown", r"400 err_broker_unit_not_exist when", unit_unknown, also=("sylvia.global.r8",)),
    _row("public_only", r"An empty unit parameter", public_only),
    _row("array", r"format=array answers", array, contradiction="sylvia.contra.39"),
    _row("enveloped", r"Without format the array", enveloped),
    _row("offset", r"offset skips", offset),
    _row("unlimited", r"limit=0 answers every entry", unlimited),
    _row("limit", r"limit caps", limit),
    _row("sort", r"sort takes .* keys are ([\w, ]+); other", sorting, by_word=True),
    _row("default_order", r"Without sort the order is (\S+?)\.?$", default_order, by_word=True),
    _row("null_for_public", r"(unitId|unitCode) is null exactly", null_for_public, by_word=True),
    _row("time", r"(\w+At) is an RFC 3339", moment, by_word=True),
)
