"""Faults of this vendor that can be switched on, to prove that a suite notices: by tag and class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thingproof_platform.core.faults import rows
from thingproof_platform.vendors.sylvia.faults_data_plane import DATA_PLANE_FAULTS

if TYPE_CHECKING:
    from thingproof_platform.core.faults import FaultDefinition

_OPERATION: Final = {"operation": str}
_RESOURCES: Final = ("unit", "application", "network", "device")
_LISTS: Final = (*_RESOURCES, "device_route", "network_route", "dldata_buffer")
_ROUTES: Final = ("device_route", "network_route")

FAULTS: Final[tuple[FaultDefinition, ...]] = (
    *DATA_PLANE_FAULTS,
    *rows(
        "condition",
        ("database_down", "calls fail with err_db", _OPERATION),
        ("messaging_down", "calls fail with err_int_msg", _OPERATION),
        ("resources_exhausted", "calls fail with err_rsc", _OPERATION),
        ("server_broken", "calls fail with err_unknown", _OPERATION),
    ),
    *rows(
        "auth",
        ("member_may_write", "members change what they may only see"),
        ("stranger_may_write", "anybody changes the units of others"),
        ("stranger_sees", "anybody sees the units of others"),
        ("member_sees_nothing", "members do not see their unit"),
        ("service_is_admin", "the role service is as good as admin"),
        ("manager_is_normal", "the role manager counts for nothing"),
        ("any_token_accepted", "an unknown token is taken for somebody's"),
        tags=_LISTS,
    ),
    *rows(
        "auth",
        ("admin_call_open", "everybody deletes the units of a user"),
        ("owner_id_for_everybody", "a normal user's ownerId takes effect"),
        ("normal_user_filters_units", "a normal user sees the units of the member asked for"),
        tags=("unit",),
    ),
    *rows(
        "auth",
        ("normal_user_uses_public", "normal users have public networks at their disposal"),
        ("network_of_any_unit", "a device is put on the private network of another unit"),
        ("bulk_deletes_other_units", "a bulk deletion takes devices of other units along"),
        tags=("network", "device"),
    ),
    *rows(
        "state",
        ("duplicate_code_accepted", "a code can be used twice"),
        ("codes_keep_case", "codes and profiles are stored as they are sent"),
        ("any_code", "codes and profiles may have any characters"),
        ("info_merged", "info of a change is merged into the old one"),
        ("empty_patch_accepted", "a change of nothing is answered as a success"),
        ("modified_at_stays", "modifiedAt does not follow changes"),
        tags=_RESOURCES,
    ),
    *rows(
        "state",
        ("any_owner", "an owner who does not exist is accepted"),
        ("any_member", "members who do not exist are accepted"),
        ("members_doubled", "who is named twice is a member twice"),
        ("owner_is_no_member", "the owner of a new unit is not in memberIds"),
        ("owner_dropped_from_members", "a change of memberIds can drop the owner"),
        ("deleted_units_stay", "a deleted unit is still there"),
        ("user_deletion_hits_all", "with a user's units those of everybody go"),
        tags=("unit",),
    ),
    *rows(
        "state",
        ("application_codes_global", "an application code can be used in one unit only"),
        ("any_host_uri", "any text is a host URI, stored as it is sent"),
        tags=("application", "network"),
    ),
    *rows(
        "state",
        ("cascade_forgets_routes", "routes stay when what they connect is deleted"),
        ("cascade_forgets_buffers", "waiting downlinks stay when what they belong to is deleted"),
        ("network_devices_stay", "devices stay when their network is deleted"),
        tags=_LISTS,
    ),
    *rows(
        "state",
        ("addresses_keep_case", "network addresses are stored and compared as they are sent"),
        ("duplicate_address_accepted", "an address of a network can be used twice"),
        ("moved_devices_lose_routes", "a device that moves loses its routes"),
        ("bulk_devices_nameless", "devices created in bulk have no name"),
        ("bulk_overwrites_existing", "a bulk creation changes devices that exist"),
        ("bulk_refuses_existing", "a bulk creation stops at a device that exists"),
        ("bulk_limit_ignored", "a bulk call takes any number of addresses"),
        ("range_limit_off", "a range of one address too many is accepted"),
        ("range_excludes_end", "the last address of a range is left out"),
        ("range_lengths_differ", "the ends of a range may differ in length"),
        ("range_odd_digits", "the ends of a range may have an odd number of digits"),
        tags=("device", "device_route"),
    ),
    *rows(
        "state",
        ("unit_mismatch_accepted", "a route can connect two units"),
        ("duplicate_route_accepted", "a route can be created twice"),
        ("route_network_filter_ignored", "the network filter of device routes is ignored"),
        tags=_ROUTES,
    ),
    *rows(
        "shape",
        ("version_always_json", "q of the version is ignored"),
        tags=("version",),
    ),
    *rows(
        "shape",
        ("format_ignored", "format=array is ignored", _OPERATION),
        ("public_unit_code_shown", "a device on a public network shows its unit's code"),
        ("public_unit_as_empty_text", "the unit of a public network is an empty text"),
        tags=_LISTS,
    ),
    *rows(
        "time",
        ("ids_off_creation", "the number of an id is not the moment of creation"),
        tags=_LISTS,
    ),
    *rows(
        "order",
        ("sort_ignored", "lists come in their default order whatever is asked for", _OPERATION),
        ("sort_descending_ignored", "lists come in ascending order only", _OPERATION),
        ("sort_first_key_only", "of several keys only the first counts", _OPERATION),
        ("offset_off_by_one", "an offset skips one entry too many", _OPERATION),
        ("limit_zero_is_default", "limit=0 answers one page", _OPERATION),
        ("count_off_by_one", "a count is one too many", _OPERATION),
        ("contains_case_sensitive", "contains heeds the case"),
        ("contains_from_start", "contains looks at the beginning only"),
        ("contains_beside_code", "contains counts although code is given"),
        ("code_case_sensitive", "the code filter heeds the case"),
        ("unit_filter_ignored", "the unit filter is ignored"),
        ("application_filter_ignored", "the application filter is ignored"),
        ("empty_unit_lists_all", "an empty unit lists private networks too"),
        tags=_LISTS,
    ),
    *rows(
        "status",
        ("unit_may_be_left_out", "a normal user may list without unit"),
        ("foreign_unit_lists_nothing", "a unit that does not exist has an empty list"),
        tags=_LISTS[1:],
    ),
)
