"""Every number of the platform that a document gives as a default or leaves open, in one place.

Where a document can be read in two ways and both are met in the field, a switch stands here too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

_MINUTE = 60.0
_HOUR = 3600.0
_DAY = 86400.0
_SCHEMES: Final = {
    "data_channel": ("amqp", "amqps", "mqtt", "mqtts"),
    "instance_channel": ("mqtt", "mqtts"),  # a broadcast: what nobody listens to must not be kept
}


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds and counts. A limit of 0 a minute means no limit."""

    token_lifetime: float = 7 * _DAY  # gizwits.md:165
    application_token_lifetime: float = 7 * _DAY
    code_lifetime: float = _DAY  # gizwits.md:508
    signature_window: float = 5 * _MINUTE  # gizwits.md:749
    latest_age: float = _DAY  # gizwits.md:1092
    log_age: float = 7 * _DAY  # gizwits.md:1350
    log_span: float = 2 * _DAY  # gizwits.md:1373
    log_reach: int = 5000  # gizwits.md:1392
    log_page: int = 1000  # gizwits.md:1393
    page: int = 20  # gizwits.md:1393
    log_kept: float = 8 * _DAY  # a day more than is served
    expired_token_kept: float = 30 * _DAY  # so long "expired" is told apart from "unknown"
    captcha_lifetime: float = 10 * _MINUTE
    reset_link_lifetime: float = _DAY
    aggregates_kept: float = 400 * _DAY  # so that a year can be compared by months
    sharing_lifetime: float = _DAY  # gizwits.md:1559
    sharing_code_lifetime: float = 15 * _MINUTE  # gizwits.md:1559
    offline_grace: float = 5.0  # the offline process of gizwits.md:1367
    command_lifetime: float = _MINUTE
    duplicate_window: float = 10 * _MINUTE
    heartbeat_longest: float = 3 * _MINUTE
    heartbeat_slack: float = 1.5  # times the announced interval before a session is closed
    sms_per_phone_per_minute: int = 5
    login_failures_per_minute: int = 20
    registrations_per_minute: int = 0
    email_activation: bool = False
    session_messages_per_second: int = 200
    text_length: int = 1024  # longest remark, alias, name
    bearer_token_lifetime: float = _HOUR  # of the tokens an OAuth2 client gets
    list_page: int = 100  # sylvia.md:219
    addresses_per_call: int = 1024  # sylvia.md:805
    address_digits: int = 32  # 128 bits; the document writes bytes (sylvia.contra.9)
    downlink_buffer_lifetime: float = _DAY  # sylvia.contra.23
    expired_buffers_dropped: bool = False  # else they stay listed (sylvia.contra.24)
    unknown_user_units_refused: bool = False  # 404 instead of 204 (sylvia.contra.2)
    missing_token_is_malformed: bool = False  # 400 err_param instead of 401 err_auth (sylvia.contra.5)
    data_channel: str = ""  # URI of the message broker that gets every message on broker.data; "" is none
    instance_channel: str = ""  # MQTT URI on which other instances hear of changes; "" is none
    short_message_code: bool = False  # err_intmsg instead of err_int_msg (sylvia.contra.13)

    def __post_init__(self) -> None:
        """Refuse addresses of message brokers nothing can be sent to; a ValueError says which and why."""
        for name, schemes in _SCHEMES.items():
            address = str(getattr(self, name))
            if address and (urlsplit(address).scheme not in schemes or not urlsplit(address).hostname):
                raise ValueError(
                    f"{name}: {address!r}: write {' or '.join(schemes)}, e.g. mqtt://127.0.0.1:18840"
                )
