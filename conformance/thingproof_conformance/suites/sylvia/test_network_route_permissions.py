"""Who may do what with network routes: the permission matrix."""

from thingproof_conformance.cases import case
from thingproof_conformance.suites.sylvia import permissions
from thingproof_conformance.vendors.sylvia import SylviaTarget


@case("sylvia.network_route.create", kind="permission")
@permissions.parametrize("sylvia.network_route.create")
def test_create__permissions(sylvia: SylviaTarget, permission: permissions.Permission) -> None:
    """Each role gets what the matrix says, and changes no more."""
    permissions.judge(sylvia, permission)


@case("sylvia.network_route.count", kind="permission")
@permissions.parametrize("sylvia.network_route.count")
def test_count__permissions(sylvia: SylviaTarget, permission: permissions.Permission) -> None:
    """Each role gets what the matrix says, and changes no more."""
    permissions.judge(sylvia, permission)


@case("sylvia.network_route.list", kind="permission")
@permissions.parametrize("sylvia.network_route.list")
def test_list__permissions(sylvia: SylviaTarget, permission: permissions.Permission) -> None:
    """Each role gets what the matrix says, and changes no more."""
    permissions.judge(sylvia, permission)


@case("sylvia.network_route.delete", kind="permission")
@permissions.parametrize("sylvia.network_route.delete")
def test_delete__permissions(sylvia: SylviaTarget, permission: permissions.Permission) -> None:
    """Each role gets what the matrix says, and changes no more."""
    permissions.judge(sylvia, permission)
