"""Who may do what with units: the permission matrix."""

from thingproof_conformance.cases import case
from thingproof_conformance.suites.sylvia import permissions
from thingproof_conformance.vendors.sylvia import SylviaTarget


@case("sylvia.unit.create", kind="permission")
@permissions.parametrize("sylvia.unit.create")
def test_create__permissions(sylvia: SylviaTarget, permission: permissions.Permission) -> None:
    """Each role gets what the matrix says, and changes no more."""
    permissions.judge(sylvia, permission)


@case("sylvia.unit.count", kind="permission")
@permissions.parametrize("sylvia.unit.count")
def test_count__permissions(sylvia: SylviaTarget, permission: permissions.Permission) -> None:
    """Each role gets what the matrix says, and changes no more."""
    permissions.judge(sylvia, permission)


@case("sylvia.unit.list", kind="permission")
@permissions.parametrize("sylvia.unit.list")
def test_list__permissions(sylvia: SylviaTarget, permission: permissions.Permission) -> None:
    """Each role gets what the matrix says, and changes no more."""
    permissions.judge(sylvia, permission)


@case("sylvia.unit.get", kind="permission")
@permissions.parametrize("sylvia.unit.get")
def test_get__permissions(sylvia: SylviaTarget, permission: permissions.Permission) -> None:
    """Each role gets what the matrix says, and changes no more."""
    permissions.judge(sylvia, permission)


@case("sylvia.unit.update", kind="permission")
@permissions.parametrize("sylvia.unit.update")
def test_update__permissions(sylvia: SylviaTarget, permission: permissions.Permission) -> None:
    """Each role gets what the matrix says, and changes no more."""
    permissions.judge(sylvia, permission)


@case("sylvia.unit.delete", kind="permission")
@permissions.parametrize("sylvia.unit.delete")
def test_delete__permissions(sylvia: SylviaTarget, permission: permissions.Permission) -> None:
    """Each role gets what the matrix says, and changes no more."""
    permissions.judge(sylvia, permission)


@case("sylvia.unit.delete_by_user", kind="permission")
@permissions.parametrize("sylvia.unit.delete_by_user")
def test_delete_by_user__permissions(sylvia: SylviaTarget, permission: permissions.Permission) -> None:
    """Each role gets what the matrix says, and changes no more."""
    permissions.judge(sylvia, permission)
