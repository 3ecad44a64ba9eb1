"""Units, applications, networks, devices, routes and buffers as answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from thingproof_platform.network.sylvia_queues import time_text

if TYPE_CHECKING:
    from thingproof_platform.vendors.sylvia.service.model import (
        Application,
        Buffer,
        Device,
        DeviceRoute,
        Network,
        NetworkRoute,
        Unit,
    )
    from thingproof_platform.vendors.sylvia.service.registry import Registry


def unit(row: Unit) -> dict[str, Any]:
    """One unit (sylvia.md:226)."""
    return {
        "unitId": row.id,
        "code": row.code,
        **_moments(row),
        "ownerId": row.owner,
        "memberIds": row.members,
        "name": row.name,
        "info": row.info,
    }


def application(registry: Registry, row: Application) -> dict[str, Any]:
    """One application (sylvia.md:422)."""
    return {
        "applicationId": row.id,
        "code": row.code,
        "unitId": row.unit,
        "unitCode": registry.unit_code(row.unit),
        **_moments(row),
        "hostUri": row.host_uri,
        "name": row.name,
        "info": row.info,
    }


def network(registry: Registry, row: Network) -> dict[str, Any]:
    """One network; unit id and code are null for a public one (sylvia.md:632)."""
    return {
        "networkId": row.id,
        "code": row.code,
        "unitId": row.unit or registry.public_unit,
        "unitCode": registry.unit_code(row.unit),
        **_moments(row),
        "hostUri": row.host_uri,
        "name": row.name,
        "info": row.info,
    }


def device(registry: Registry, row: Device) -> dict[str, Any]:
    """One device; its unit's code only on a private network (sylvia.md:988)."""
    return {
        "deviceId": row.id,
        "unitId": row.unit,
        "unitCode": registry.device_unit_code(row),
        "networkId": row.network,
        "networkCode": registry.network_code(row.network),
        "networkAddr": row.address,
        **_moments(row),
        "profile": row.profile,
        "name": row.name,
        "info": row.info,
    }


def device_route(registry: Registry, row: DeviceRoute) -> dict[str, Any]:
    """One route of a device, which shows the device as it is now (sylvia.md:1348)."""
    target = registry.devices.get(row.device)
    return {
        "routeId": row.id,
        "unitId": row.unit,
        "applicationId": row.application,
        "applicationCode": registry.application_code(row.application),
        "deviceId": row.device,
        "networkId": target.network if target else "",
        "networkCode": registry.network_code(target.network) if target else "",
        "networkAddr": target.address if target else "",
        "profile": target.profile if target else "",
        **_moments(row),
    }


def network_route(registry: Registry, row: NetworkRoute) -> dict[str, Any]:
    """One route of a network (sylvia.md:1488)."""
    return {
        "routeId": row.id,
        "unitId": row.unit,
        "applicationId": row.application,
        "applicationCode": registry.application_code(row.application),
        "networkId": row.network,
        "networkCode": registry.network_code(row.network),
        "createdAt": time_text(row.created_ms),
    }


def buffer(registry: Registry, row: Buffer) -> dict[str, Any]:
    """One waiting downlink (sylvia.md:1585)."""
    return {
        "dataId": row.id,
        "unitId": row.unit,
        "applicationId": row.application,
        "applicationCode": registry.application_code(row.application),
        "deviceId": row.device,
        "networkId": row.network,
        "networkAddr": row.address,
        "createdAt": time_text(row.created_ms),
        "expiredAt": time_text(row.expires_ms),
    }


def _moments(row: Unit | Application | Network | Device | DeviceRoute) -> dict[str, str]:
    return {"createdAt": time_text(row.created_ms), "modifiedAt": time_text(row.modified_ms)}
