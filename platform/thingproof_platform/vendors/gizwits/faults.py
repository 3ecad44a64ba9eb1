"""Faults of this vendor that can be switched on, to prove that a suite notices; one row each, by class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thingproof_platform.core.faults import rows

if TYPE_CHECKING:
    from thingproof_platform.core.faults import FaultDefinition

FAULTS: Final[tuple[FaultDefinition, ...]] = (
    *rows(
        "shape",
        ("booleans_as_words", "the latest values show true and false instead of 1 and 0"),
        ("enumerations_as_numbers", "the latest values show order numbers instead of labels"),
        ("expiry_as_text", "the expiry of a token is a string"),
        ("transmitted_values", "the latest values show numbers without ratio and addition"),
    ),
    *rows(
        "status",
        ("m2m_unreachable", "the device network does not answer"),
        ("registration_busy", "a registration is always in progress already"),
    ),
    *rows(
        "auth",
        ("accept_any_signature", "a wrong bind signature is accepted"),
        ("ignore_signature_window", "a bind timestamp of any age is accepted"),
        ("accept_any_application_auth", "a wrong application digest is accepted"),
        ("accept_user_token_for_sms", "a user token is accepted where an application token belongs"),
        ("accept_weak_password", "short and simple passwords are accepted"),
        ("skip_product_check", "applications see products that are not theirs"),
        ("accept_any_region", "third parties are accepted in every region"),
    ),
    *rows(
        "state",
        ("ignore_owner", "anybody can bind a device that has an owner"),
        ("first_binder_normal", "the first user of a device gets the role normal"),
        ("new_account_each_time", "an anonymous user registering again becomes another user"),
        ("show_disabled_always", "deregistered devices are listed unasked"),
        ("lose_remark", "remark and alias of a binding are not kept"),
    ),
    *rows(
        "time",
        ("log_in_milliseconds", "log timestamps are milliseconds"),
        ("latest_forever", "values older than 24 hours are served"),
        ("accept_any_log_span", "logs of any period are served"),
    ),
    *rows(
        "order",
        ("log_unsorted", "the log comes in no order"),
        ("log_sort_ignored", "the log is always descending"),
        ("bindings_oldest_first", "bindings are listed oldest first"),
    ),
    *rows(
        "device",
        ("command_all_flags", "commands set every writable datapoint"),
        ("raw_reversed", "raw commands are sent backwards"),
        ("no_acknowledgement", "reports that ask for an acknowledgement get none"),
        ("accept_any_passcode", "devices log in with any passcode"),
    ),
)
