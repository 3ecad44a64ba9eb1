"""Which broker the devices of a vendor talk to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thingproof_platform.servers.mqtt import EmbeddedBroker
from thingproof_platform.servers.queue_broker import choose_queue_broker

if TYPE_CHECKING:
    import ssl
    from pathlib import Path

    from thingproof_platform.core.dialect import Dialect
    from thingproof_platform.core.world import World
    from thingproof_platform.servers.brokers import DeviceBroker
    from thingproof_platform.servers.certificates import Certificates
    from thingproof_platform.servers.settler import Settler


def choose_broker(
    name: str,
    *,
    dialect: Dialect,
    world: World,
    settler: Settler,
    host: str,
    ports: tuple[int, int],
    certificates: Certificates,
    tls: ssl.SSLContext,
    data_dir: Path | None,
) -> DeviceBroker | None:
    """Make the broker of that name for a vendor; None when the vendor has no MQTT.

    A vendor with queues gets a broker that is open to everyone: its users and the platform meet there.

    Raises:
        BrokerError: the name is neither a known broker nor a broker's URL.
    """
    if dialect.queues is not None:
        return choose_queue_broker(
            name,
            world=world,
            settler=settler,
            vendor=dialect.name,
            host=host,
            ports=ports,
            certificates=certificates,
            tls=tls,
            data_dir=data_dir,
        )
    # Imported here: most runs need the embedded broker only, and start faster without paho.
    from thingproof_platform.servers.external_broker import ExternalBroker  # noqa: PLC0415
    from thingproof_platform.servers.mosquitto import Mosquitto  # noqa: PLC0415

    if dialect.mqtt is None:
        return None
    side = dialect.mqtt(world)
    if name == "embedded":
        return EmbeddedBroker(side, settler, host=host, port=ports[0], tls_port=ports[1], tls=tls)
    if name == "mosquitto":
        return Mosquitto(
            side,
            world,
            settler,
            vendor=dialect.name,
            host=host,
            ports=ports,
            certificates=certificates,
            data_dir=data_dir,
        )
    return ExternalBroker(side, world, settler, vendor=dialect.name, url=name, data_dir=data_dir)
