"""Who may do what with applications: the permission matrix."""

from thingproof_conformance.cases import case
from thingproof_conformance.suites.sylvia import permissions
from thingproof_conformance.vendors.sylvia import SylviaTarget


@case("sylvia.application.create", kind="permission")
@permissions.parametrize("sylvia.application.create")
def test_create__permissions(sylvia: SylviaTarget, permission: permissions.Permission) -> None:
    """Each role gets what the matrix says, and changes no more."""
    permissions.judge(sylvia, permission)


@case("sylvia.application.count", kind="permission")
@permissions.parametrize("sylvia.application.count")
def test_count__permissions(sylvia: SylviaTarget, permission: permissions.Permission) -> None:
    """Each role gets what the matrix says, and changes no more."""
    permissions.judge(sylvia, permission)


@case("sylvia.application.list", kind="permission")
@permissions.parametrize("sylvia.application.list")
def test_list__permissions(sylvia: SylviaTarget, permission: permissions.Permission) -> None:
    """Each role gets what the matrix says, and changes no more."""
    permissions.judge(sylvia, permission)


@case("sylvia.application.get", kind="permission")
@permissions.parametrize("sylvia.application.get")
def test_get__permissions(sylvia: SylviaTarget, permission: permissions.Permission) -> None:
    """Each role gets what the matrix says, and changes no more."""
    permissions.judge(sylvia, permission)


@case("sylvia.application.update", kind="permission")
@permissions.parametrize("sylvia.application.update")
def test_update__permissions(sylvia: SylviaTarget, permission: permissions.Permission) -> None:
    """Each role gets what the matrix says, and changes no more."""
    permissions.judge(sylvia, permission)


@case("sylvia.application.delete", kind="permission")
@permissions.parametrize("sylvia.application.delete")
def test_delete__permissions(sylvia: SylviaTarget, permission: permissions.Permission) -> None:
    """Each role gets what the matrix says, and changes no more."""
    permissions.judge(sylvia, permission)
