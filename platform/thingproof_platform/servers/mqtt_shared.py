"""Shared subscriptions: `$share/<group>/<filter>`; each message goes to one member of the group.

Part of MQTT 5 (section 4.8.2), which brokers in the field offer to clients of MQTT 3.1.1 as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from amqtt.session import Session

PREFIX: Final = "$share/"


def split_share(topic_filter: str) -> tuple[str, str] | None:
    """Group and filter of a shared subscription; None when it is one but malformed."""
    group, slash, inner = topic_filter.removeprefix(PREFIX).partition("/")
    if not group or not slash or not inner or "+" in group or "#" in group:
        return None
    return group, inner


class SharedGroup:
    """The members of one group with one filter; they take turns."""

    def __init__(self) -> None:
        self._members: list[tuple[Session, int]] = []
        self._turn = 0

    def add(self, session: Session, qos: int) -> None:
        """A client subscribes, or subscribes again with another QoS."""
        for place, (member, _) in enumerate(self._members):
            if member.client_id == session.client_id:
                self._members[place] = (session, qos)
                return
        self._members.append((session, qos))

    def remove(self, session: Session) -> None:
        """A client is no member any more."""
        self._members = [member for member in self._members if member[0].client_id != session.client_id]

    def next(self, may_receive: Callable[[Session], bool]) -> tuple[Session, int] | None:
        """Whose turn it is: connected members first, then one that is away and keeps its session."""
        away = None
        for _ in range(len(self._members)):
            self._turn = (self._turn + 1) % len(self._members)
            session, qos = self._members[self._turn]
            if not may_receive(session):
                continue
            if session.transitions.state == "connected":
                return session, qos
            if away is None and not session.clean_session:
                away = (session, qos)
        return away

    def __len__(self) -> int:
        return len(self._members)


class SharedSubscriptions:
    """Every group, by the filter its members share."""

    def __init__(self) -> None:
        self._groups: dict[str, dict[str, SharedGroup]] = {}

    def add(self, topic_filter: str, session: Session, qos: int) -> None:
        """A client subscribes to `$share/...`, which has been found well-formed."""
        found = split_share(topic_filter)
        assert found is not None
        group, inner = found
        self._groups.setdefault(inner, {}).setdefault(group, SharedGroup()).add(session, qos)

    def remove(self, topic_filter: str, session: Session) -> None:
        """A client lets go of `$share/...`; harmless when it had not subscribed."""
        found = split_share(topic_filter)
        groups = None if found is None else self._groups.get(found[1])
        if found is None or groups is None or found[0] not in groups:
            return
        groups[found[0]].remove(session)
        if not groups[found[0]]:
            del groups[found[0]]
        if not groups:
            del self._groups[found[1]]

    def of(self, topic_filters: Iterable[str]) -> Iterator[SharedGroup]:
        """The groups that share one of these filters."""
        if self._groups:
            for topic_filter in topic_filters:
                yield from self._groups.get(topic_filter, {}).values()

    def filters(self) -> Iterable[str]:
        """Every filter that is shared."""
        return self._groups
