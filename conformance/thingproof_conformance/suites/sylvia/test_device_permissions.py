"""Who may do what with devices: the permission matrix."""

from thingproof_conformance.cases import case
from thingproof_conformance.suites.sylvia import permissions
from thingproof_conformance.vendors.sylvia import SylviaTarget


@case("sylvia.device.create", kind="permission")
@permissions.parametrize("sylvia.device.create")
def test_create__permissions(sylvia: SylviaTarget, permission: permissions.Permission) -> None:
    """Each role gets what the matrix says, and changes no more."""
    permissions.judge(sylvia, permission)


@case("sylvia.device.bulk", kind="permission")
@permissions.parametrize("sylvia.device.bulk")
def test_bulk__permissions(sylvia: SylviaTarget, permission: permissions.Permission) -> None:
    """Each role gets what the matrix says, and changes no more."""
    permissions.judge(sylvia, permission)


@case("sylvia.device.bulk_delete", kind="permission")
@permissions.parametrize("sylvia.device.bulk_delete")
def test_bulk_delete__permissions(sylvia: SylviaTarget, permission: permissions.Permission) -> None:
    """Each role gets what the matrix says, and changes no more."""
    permissions.judge(sylvia, permission)


@case("sylvia.device.range", kind="permission")
@permissions.parametrize("sylvia.device.range")
def test_range__permissions(sylvia: SylviaTarget, permission: permissions.Permission) -> None:
    """Each role gets what the matrix says, and changes no more."""
    permissions.judge(sylvia, permission)


@case("sylvia.device.range_delete", kind="permission")
@permissions.parametrize("sylvia.device.range_delete")
def test_range_delete__permissions(sylvia: SylviaTarget, permission: permissions.Permission) -> None:
    """Each role gets what the matrix says, and changes no more."""
    permissions.judge(sylvia, permission)


@case("sylvia.device.count", kind="permission")
@permissions.parametrize("sylvia.device.count")
def test_count__permissions(sylvia: SylviaTarget, permission: permissions.Permission) -> None:
    """Each role gets what the matrix says, and changes no more."""
    permissions.judge(sylvia, permission)


@case("sylvia.device.list", kind="permission")
@permissions.parametrize("sylvia.device.list")
def test_list__permissions(sylvia: SylviaTarget, permission: permissions.Permission) -> None:
    """Each role gets what the matrix says, and changes no more."""
    permissions.judge(sylvia, permission)


@case("sylvia.device.get", kind="permission")
@permissions.parametrize("sylvia.device.get")
def test_get__permissions(sylvia: SylviaTarget, permission: permissions.Permission) -> None:
    """Each role gets what the matrix says, and changes no more."""
    permissions.judge(sylvia, permission)


@case("sylvia.device.update", kind="permission")
@permissions.parametrize("sylvia.device.update")
def test_update__permissions(sylvia: SylviaTarget, permission: permissions.Permission) -> None:
    """Each role gets what the matrix says, and changes no more."""
    permissions.judge(sylvia, permission)


@case("sylvia.device.delete", kind="permission")
@permissions.parametrize("sylvia.device.delete")
def test_delete__permissions(sylvia: SylviaTarget, permission: permissions.Permission) -> None:
    """Each role gets what the matrix says, and changes no more."""
    permissions.judge(sylvia, permission)
