"""Who may do what with networks: the permission matrix."""

from thingproof_conformance.cases import case
from thingproof_conformance.suites.sylvia import permissions
from thingproof_conformance.vendors.sylvia import SylviaTarget


@case("sylvia.network.create", kind="permission")
@permissions.parametrize("sylvia.network.create")
def test_create__permissions(sylvia: SylviaTarget, permission: permissions.Permission) -> None:
    """Each role gets what the matrix says, and changes no more."""
    permissions.judge(sylvia, permission)


@case("sylvia.network.count", kind="permission")
@permissions.parametrize("sylvia.network.count")
def test_count__permissions(sylvia: SylviaTarget, permission: permissions.Permission) -> None:
    """Each role gets what the matrix says, and changes no more."""
    permissions.judge(sylvia, permission)


@case("sylvia.network.list", kind="permission")
@permissions.parametrize("sylvia.network.list")
def test_list__permissions(sylvia: SylviaTarget, permission: permissions.Permission) -> None:
    """Each role gets what the matrix says, and changes no more."""
    permissions.judge(sylvia, permission)


@case("sylvia.network.get", kind="permission")
@permissions.parametrize("sylvia.network.get")
def test_get__permissions(sylvia: SylviaTarget, permission: permissions.Permission) -> None:
    """Each role gets what the matrix says, and changes no more."""
    permissions.judge(sylvia, permission)


@case("sylvia.network.update", kind="permission")
@permissions.parametrize("sylvia.network.update")
def test_update__permissions(sylvia: SylviaTarget, permission: permissions.Permission) -> None:
    """Each role gets what the matrix says, and changes no more."""
    permissions.judge(sylvia, permission)


@case("sylvia.network.delete", kind="permission")
@permissions.parametrize("sylvia.network.delete")
def test_delete__permissions(sylvia: SylviaTarget, permission: permissions.Permission) -> None:
    """Each role gets what the matrix says, and changes no more."""
    permissions.judge(sylvia, permission)
