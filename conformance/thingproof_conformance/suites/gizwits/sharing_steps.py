"""Steps of cases about sharing: a device that can be shared, invitations, their answers, messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from thingproof_conformance import expect
from thingproof_conformance.suites.gizwits.products import EXTENDED
from thingproof_conformance.suites.gizwits.steps import ask, devices_of
from thingproof_conformance.vendor_target import SUCCESS

if TYPE_CHECKING:
    from thingproof_conformance.client import Answer
    from thingproof_conformance.vendors.gizwits import Device, GizwitsTarget, User

NORMAL, QR = 0, 1
WAITING, ACCEPTED, REFUSED, CANCELLED = 0, 1, 2, 3


def shared_device(gizwits: GizwitsTarget) -> tuple[User, Device]:
    """An owner with a device of a product with sharing."""
    return gizwits.bound(gizwits.new_product(EXTENDED, sharing=True))


def share(
    gizwits: GizwitsTarget, user: User, device: Device, *, expected: int | str | None = SUCCESS, **body: Any
) -> Answer:
    """Create an invitation with the given members."""
    members = {"type": NORMAL, "did": device.did, **body}
    return ask(gizwits, "sharing.create", user, json=members, expected=expected)


def invite(gizwits: GizwitsTarget, owner: User, device: Device, receiver: User, **body: Any) -> int:
    """Invite a user; the number of the invitation."""
    return int(share(gizwits, owner, device, uid=receiver.uid, **body)["id"])


def respond(
    gizwits: GizwitsTarget, user: User, number: int, status: int = ACCEPTED, *, expected: Any = SUCCESS
) -> Answer:
    """Accept or reject an invitation."""
    parts = {"path": {"id": number}, "query": {"status": status}}
    return ask(gizwits, "sharing.respond", user, expected=expected, **parts)


def cancel(gizwits: GizwitsTarget, user: User, number: int, *, expected: Any = SUCCESS) -> Answer:
    """Cancel an invitation."""
    return ask(gizwits, "sharing.cancel", user, path={"id": number}, expected=expected)


def add_guest(gizwits: GizwitsTarget, owner: User, device: Device, **body: Any) -> tuple[User, int]:
    """A fresh guest of a device, with the number of the accepted invitation."""
    guest = gizwits.new_user()
    number = invite(gizwits, owner, device, guest, **body)
    respond(gizwits, guest, number)
    return guest, number


def scan_code(gizwits: GizwitsTarget, owner: User, device: Device, **body: Any) -> str:
    """The code of a fresh invitation by QR code."""
    content = share(gizwits, owner, device, type=QR, **body)["qr_content"]
    expect.matches(r"type=share&code=[0-9a-f]{32}", content, "qr_content")
    return str(content).rpartition("=")[2]


def code_call(
    gizwits: GizwitsTarget, user: User, code: str, *, accept: bool, expected: Any = SUCCESS
) -> Answer:
    """Look at a code, or accept what it offers."""
    operation = "sharing.code.accept" if accept else "sharing.code.get"
    return ask(gizwits, operation, user, path={"code": code}, expected=expected)


def sent(gizwits: GizwitsTarget, user: User, **query: Any) -> list[dict[str, Any]]:
    """The invitations a user sent."""
    answer = ask(gizwits, "sharing.list", user, query={"sharing_type": 0, **query})
    rows: list[dict[str, Any]] = answer["objects"]
    return rows


def received(gizwits: GizwitsTarget, user: User, **query: Any) -> list[dict[str, Any]]:
    """The invitations a user received."""
    answer = ask(gizwits, "sharing.list", user, query={"sharing_type": 1, **query})
    rows: list[dict[str, Any]] = answer["objects"]
    return rows


def status_of(gizwits: GizwitsTarget, owner: User, number: int) -> int:
    """The status of an invitation as its sender sees it."""
    return next(int(row["status"]) for row in sent(gizwits, owner, limit=100) if row["id"] == number)


def messages_of(gizwits: GizwitsTarget, user: User, kind: int = 1) -> list[dict[str, Any]]:
    """A user's messages of a type, newest first."""
    answer = ask(gizwits, "messages.list", user, query={"type": kind, "limit": 100})
    rows: list[dict[str, Any]] = answer["objects"]
    return rows


def the_message(gizwits: GizwitsTarget, user: User) -> dict[str, Any]:
    """The only message a user has."""
    rows = messages_of(gizwits, user)
    expect.equal(1, len(rows), "number of messages")
    return rows[0]


def masks_of(member: str, plain: str) -> tuple[str, str]:
    """How a username, email or phone may be shown (gizwits.contra.14): by the examples, by the tables."""
    if member == "phone":
        return (f"{plain[:3]}****{plain[7:]}",) * 2
    local, at, domain = plain.partition("@")
    place = len(local) - 4 if member == "email" else (len(local) - 4) // 2
    by_table = f"{local[:place]}****{local[place + 4 :]}"
    return f"{local[0]}****{local[-1]}{at}{domain}", f"{by_table}{at}{domain}"


def check_masked(member: str, plain: str, shown: Any) -> None:
    """A value of somebody else has its middle hidden, by either reading."""
    by_example, by_table = masks_of(member, plain)
    expect.either(
        "gizwits.contra.14",
        a=lambda: expect.equal(by_example, shown, member),
        b=lambda: expect.equal(by_table, shown, member),
    )


def role_of(gizwits: GizwitsTarget, user: User, device: Device) -> str | None:
    """A user's role on a device as the list of devices shows it, None without the device."""
    found = [row["role"] for row in devices_of(gizwits, user, limit=100) if row["did"] == device.did]
    return found[0] if found else None


def give_up(gizwits: GizwitsTarget, user: User, device: Device) -> None:
    """A user unbinds a device."""
    ask(gizwits, "bindings.unbind", user, json={"devices": [{"did": device.did}]})
