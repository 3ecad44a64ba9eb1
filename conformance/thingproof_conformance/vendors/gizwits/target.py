"""The Gizwits Open API as suites use it: applications, users, products, devices and hardware."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from thingproof_conformance.client import NO_CODE
from thingproof_conformance.names import PASSWORD
from thingproof_conformance.recorder import RECORDER
from thingproof_conformance.sockets import AppSocket
from thingproof_conformance.vendor_target import UNSET, Call, VendorTarget
from thingproof_conformance.vendors.gizwits import hardware
from thingproof_conformance.vendors.gizwits.communication_log import log_arrivals
from thingproof_conformance.vendors.gizwits.standing import Standing
from thingproof_conformance.vendors.gizwits.subjects import Application, Device, Product, User, md5
from thingproof_conformance.vendors.gizwits.valid import ONLINE, VALID_CALLS
from thingproof_conformance.verdicts import Inconclusive, NotApplicable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from thingproof_conformance.client import Answer
    from thingproof_conformance.events import Arrival
    from thingproof_contracts import Code, Operation
    from thingproof_sim.api import LiveDevice, LiveFleet

APPLICATION_ID = "x-gizwits-application-id"
USER_TOKEN = "x-gizwits-user-token"  # noqa: S105 - the name of a header
APPLICATION_TOKEN = "x-gizwits-application-token"  # noqa: S105 - the name of a header
APPLICATION_AUTH = "x-gizwits-application-auth"
TIMESTAMP = "x-gizwits-timestamp"
SIGNATURE = "x-gizwits-signature"
SOCKET_PATH = "/ws/app/v1"


class GizwitsTarget(VendorTarget):
    """The Gizwits surface of a target."""

    vendor = "gizwits"
    _application: Application | None = None
    _standing: Standing | None = None
    _proven: frozenset[str] = frozenset()

    # Subjects.

    @property
    def application(self) -> Application:
        """The application calls are made for: the target file's, or one seeded at the first use."""
        if self._application is None:
            values = self.part.values
            if "app_id" in values:
                self._application = Application(values["app_id"], values.get("app_secret", ""))
            else:
                self._application = self.new_application()
        return self._application

    def forget(self) -> None:
        """Forget seeded subjects, after the target was reset."""
        self._application = None
        standing, self._standing = self._standing, None
        self._proven = frozenset()
        if standing is not None and standing.fleet is not None:
            standing.fleet.stop()

    def close(self) -> None:
        """Switch the standing device off and close the connections."""
        self.forget()
        super().close()

    def valid_call(self, operation: str) -> Call:
        """A call that succeeds, on standing subjects; proven once before anything is spoilt."""
        make = VALID_CALLS.get(operation)
        if make is None:
            raise Inconclusive(
                f"no valid call of {operation} is known; add it to vendors/gizwits/valid/", harness=True
            )
        standing = self._subjects
        if operation in ONLINE and standing.fleet is None:
            self._bring_online(standing)
        if operation not in self._proven:
            self.prepare(operation, lambda: self.perform(make(self, standing)))
            self._proven |= {operation}
        return make(self, standing)

    def _bring_online(self, standing: Standing) -> None:
        """Switch the standing device on; a device of the target file has to be online by itself."""
        if "seed" in self.offered:
            standing.fleet = self._switch_on(standing.device)
        elif not self._details(standing.owner, standing.device.did)["is_online"]:
            raise NotApplicable(f"the target file's device {standing.device.did} is not online")

    def foreign_token(self) -> str:
        """The valid token of a user of another application."""
        return self._subjects.foreigner.token

    def expired_token(self) -> str:
        """The token of a fresh user, a second after its expiry; moves the clock (gizwits.md:165)."""
        user = self.new_user()
        self.control.freeze()
        self.control.advance(user.expire_at - self.now() + 1)
        return user.token

    @property
    def _subjects(self) -> Standing:
        if self._standing is None:
            self._standing = Standing(self)
        return self._standing

    def new_application(self, **fields: Any) -> Application:
        """Seed an application; fields as of the control surface (super, region, oauth_keys, products)."""
        row = self._seed("applications", fields)
        return Application(row["app_id"], row["app_secret"])

    def new_product(
        self,
        definition: str | Mapping[str, Any] = "air_conditioner",
        *,
        sharing: bool = False,
        **changes: Any,
    ) -> Product:
        """Seed a product with fresh keys, from a profile's name or a mapping."""
        row: Mapping[str, Any]
        if isinstance(definition, str):
            from thingproof_sim import api  # noqa: PLC0415 - only cases with hardware need the simulator

            row = api.product(definition)
        else:
            row = definition
        keys = {"product_key": self.names.hex(32), "product_secret": self.names.hex(32)}
        mapping = {**row, **keys, "sharing": sharing, **changes}
        seeded = self._seed("products", mapping)
        return Product({**mapping, **seeded})

    def new_device(self, product: Product | None = None, **fields: Any) -> Device:
        """Seed a device of a product (of a fresh one when not given)."""
        product = product or self.new_product()
        row = self._seed("devices", {"product_key": product.product_key, "mac": self.names.mac(), **fields})
        code = str(row.get("qr_content", ""))
        return Device(row["did"], row["mac"], row["passcode"], product, code)

    def qr_content(self, product: Product, mac: str) -> str:
        """What the vendor's QR code service makes of an address, whether or not a device has it."""
        row = self._seed("qr_codes", {"product_key": product.product_key, "mac": mac})
        return str(row["qr_content"])

    def new_user(
        self, how: str = "username", *, application: Application | None = None, password: str = PASSWORD
    ) -> User:
        """Register a user: how is username, anonymous, email or phone (needs the outbox)."""
        self.need("fresh-accounts")
        application = application or self.application
        identity = self._identity(how, application, password)
        answer = self.prepare(
            "gizwits.users.create",
            lambda: self.call("gizwits.users.create", json=identity, app_id=application.app_id),
        )
        known = {name: identity.get(name) for name in ("username", "password", "phone", "email", "phone_id")}
        return User(answer["uid"], answer["token"], answer["expire_at"], application.app_id, **known)

    def bind(self, user: User, device: Device, **body: Any) -> Answer:
        """Bind a device to a user by its MAC address; gives the answer of bind_mac."""
        return self.call(
            "gizwits.bindings.bind_mac",
            token=user,
            app_id=user.app_id,
            headers=self.signature(device.product),
            json={"product_key": device.product.product_key, "mac": device.mac, **body},
        )

    def bound(self, product: Product | None = None) -> tuple[User, Device]:
        """A fresh user with a fresh device bound; the target file's where nothing can be seeded."""
        if "seed" not in self.offered and product is None:
            return self._declared()
        user, device = self.new_user(), self.new_device(product)
        self.prepare("gizwits.bindings.bind_mac", lambda: self.bind(user, device))
        return user, device

    def _declared(self) -> tuple[User, Device]:
        """The user and the device of the target file."""
        values = self.part.values
        lacking = [name for name in ("username", "password", "device") if name not in values]
        if lacking:
            raise NotApplicable(f"the target offers no seed, and its file no {', '.join(lacking)}")
        login = {name: values[name] for name in ("username", "password")}
        answer = self.prepare("gizwits.users.login", lambda: self.call("gizwits.users.login", json=login))
        user = User(answer["uid"], answer["token"], answer["expire_at"], self.application.app_id, **login)
        details = self._details(user, values["device"])
        told = {**details, **values}
        product = Product(
            {
                "name": "declared",
                "product_key": told["product_key"],
                "product_secret": values.get("product_secret", ""),
                "datapoints": [],
                "control": self._harmless_control(told["product_key"]),
            }
        )
        code = values.get("qr_content", "")
        return user, Device(values["device"], told["mac"], told["passcode"], product, code)

    def _details(self, user: User, did: str) -> dict[str, Any]:
        """What the cloud tells the user about a device."""
        answer = self.prepare(
            "gizwits.devices.get",
            lambda: self.call(
                "gizwits.devices.get", token=user, app_id=user.app_id, path={"did": did}, expect="success"
            ),
        )
        return dict(answer.body)

    def _harmless_control(self, product_key: str) -> dict[str, Any]:
        """Attributes that a product surely takes: its first writable bit, or nothing known."""
        query = {"product_key": product_key}
        answer = self.prepare(
            "gizwits.datapoint.get", lambda: self.call("gizwits.datapoint.get", query=query, expect="success")
        )
        rows = [row for entity in answer.body.get("entities", []) for row in entity.get("attrs", [])]
        bits = (
            row["name"]
            for row in rows
            if row["data_type"] == "bool" and row["type"] in ("status_writable", "W")
        )
        return dict.fromkeys(list(bits)[:1], 1)

    def hardware(self, device: Device, **options: Any) -> LiveDevice:
        """A simulated device of this identity, online; it is switched off when the case ends."""
        return self.fleet(device, **options).device(device.did)

    def fleet(self, device: Device, **options: Any) -> LiveFleet:
        """The same as a fleet of one, with its ledger; the options are those of `api.single_device`."""
        fleet = self._switch_on(device, **options)
        self.close_later(fleet.stop)
        live = fleet.device(device.did)
        RECORDER.frame_sources.append(lambda: hardware.frames(fleet, live))
        return fleet

    def _switch_on(self, device: Device, **options: Any) -> LiveFleet:
        self.need("hardware")
        return hardware.switch_on(self.part.mqtt or "", device, seed=int(self.names.hex(8), 16), **options)

    def app_socket(self, user: User, **login: Any) -> AppSocket:
        """An app's WebSocket, logged in as a user; it is closed when the case ends.

        `login` changes the fields of login_req, e.g. auto_subscribe=False.
        """
        self.need("websocket")
        socket = AppSocket(f"{self.part.ws}{SOCKET_PATH}")
        self.close_later(socket.close)
        data = {
            "appid": user.app_id,
            "uid": user.uid,
            "token": user.token,
            "p0_type": "attrs_v4",
            "heartbeat_interval": 180,
            "auto_subscribe": True,
        }
        socket.command("login_req", {**data, **login})
        answer = socket.wait_for(lambda message: message.of("login_res"))
        if answer is None or not answer.body["data"].get("success"):
            said = "nothing" if answer is None else answer.text
            raise Inconclusive(f"the application socket does not log in: {said}")
        return socket

    # Headers.

    def signature(self, product: Product, timestamp: float | str | None = None) -> dict[str, str]:
        """The headers that sign a binding: lower(md5(product_secret + timestamp)) (gizwits.md:193)."""
        if not product.product_secret:
            raise NotApplicable("the target file gives no product_secret")
        stamp = str(int(self.now())) if timestamp is None else str(timestamp)
        return {TIMESTAMP: stamp, SIGNATURE: md5(product.product_secret + stamp)}

    def identify(self, operation: Operation, call: Call) -> dict[str, str]:
        """Application id and token headers of a call."""
        headers = {}
        app_id = self.application.app_id if call.app_id is UNSET else call.app_id
        if app_id is not None:
            headers[APPLICATION_ID] = str(getattr(app_id, "app_id", app_id))
        if call.token is not None:
            name = APPLICATION_TOKEN if "app_token" in operation.security else USER_TOKEN
            headers[name] = str(getattr(call.token, "token", call.token))
        return headers

    def error_code_of(self, status: int, body: Any) -> Code | None:
        """`error_code` of a refusal; NO_CODE for a refusal without a code."""
        if isinstance(body, dict) and isinstance(body.get("error_code"), int):
            return int(body["error_code"])
        return None if status < 400 else NO_CODE

    def observe(self, answer: Answer) -> None:
        """Note the events a log shows."""
        if answer.operation == "gizwits.devices.raw_data":
            RECORDER.events.update(arrival.event for arrival in log_arrivals(answer))

    def log(self, user: User, device: Device, kind: str = "cmd", span_s: int = 3600) -> list[Arrival]:
        """The entries of a device's log of the last hour, oldest first; kind is cmd or online."""
        now = int(self.now())
        answer = self.call(
            "gizwits.devices.raw_data",
            token=user,
            app_id=user.app_id,
            path={"did": device.did},
            query={"type": kind, "start_time": now - span_s, "end_time": now, "limit": 1000, "sort": "asc"},
        )
        return log_arrivals(answer)

    def _identity(self, how: str, application: Application, password: str) -> dict[str, Any]:
        if how == "username":
            return {"username": self.names.text("user"), "password": password}
        if how == "anonymous":
            return {"phone_id": self.names.text("phone")}
        if how == "email":
            return {"email": self.names.email(), "password": password}
        if how == "phone":
            phone = self.names.phone()
            return {"phone": phone, "password": password, "code": self.sms_code(phone, application)}
        raise Inconclusive(f"new_user({how!r}): write username, anonymous, email or phone", harness=True)

    def app_token(self, application: Application | None = None) -> str:
        """A token of an application (POST /app/request_token)."""
        application = application or self.application
        answer = self.prepare(
            "gizwits.users.request_token",
            lambda: self.call(
                "gizwits.users.request_token",
                app_id=application.app_id,
                headers={APPLICATION_AUTH: application.auth},
            ),
        )
        return str(answer["token"])

    def sms_code(self, phone: str, application: Application | None = None) -> str:
        """Have a code sent to a phone and read it in the outbox."""
        self.need("outbox")
        application = application or self.application
        token = self.app_token(application)
        self.prepare(
            "gizwits.users.sms_code",
            lambda: self.call(
                "gizwits.users.sms_code", app_id=application.app_id, token=token, json={"phone": phone}
            ),
        )
        messages = self.control.outbox("sms", phone)
        if not messages or messages[-1].code is None:
            raise Inconclusive(f"no SMS to {phone} is in the outbox")
        RECORDER.events.add("gizwits.event.sms.sent")
        return messages[-1].code

    def captcha(self, application: Application | None = None) -> tuple[str, str]:
        """A fresh picture: its id, and the text it shows as the outbox tells it."""
        self.need("outbox")
        application = application or self.application
        token = self.app_token(application)
        answer = self.prepare(
            "gizwits.users.captcha.get",
            lambda: self.call("gizwits.users.captcha.get", app_id=application.app_id, token=token),
        )
        messages = self.control.outbox("captcha", answer["captcha_id"])
        if not messages or messages[-1].code is None:
            raise Inconclusive(f"no captcha {answer['captcha_id']} is in the outbox")
        return str(answer["captcha_id"]), messages[-1].code

    def _seed(self, table: str, row: Mapping[str, Any]) -> dict[str, Any]:
        if "seed" not in self.offered:
            raise NotApplicable("the target does not offer seed")
        seeded = self.control.seed(self.vendor, {table: [dict(row)]})
        return dict(seeded[table][0])
