"""What can be wrong with bytes."""


class WireError(ValueError):
    """Bytes or values that the format does not allow.

    Attributes:
        reason: what is wrong, without place and field.
        offset: byte offset of the fault in the input, None when the fault is in a value to encode.
        field: name of the field or datapoint, None when the frame as a whole is wrong.
    """

    def __init__(self, message: str, *, offset: int | None = None, field: str | None = None) -> None:
        place = "" if offset is None else f" at byte {offset}"
        name = "" if field is None else f"{field}: "
        super().__init__(f"{name}{message}{place}")
        self.reason = message
        self.offset = offset
        self.field = field


class Truncated(WireError):
    """The input ends before the field does."""


class Overlong(WireError):
    """The input goes on after the frame or the field has ended."""


class ReservedBits(WireError):
    """Bits that must be zero are set."""


class OutOfRange(WireError):
    """A value outside the limits of its field."""


class Malformed(WireError):
    """A field holds something that the format does not know."""


class WrongMic(WireError):
    """The integrity code does not belong to these bytes, this key and this counter."""


class WrongChecksum(WireError):
    """The checksum does not belong to these bytes: noise on the air, or not this kind of frame."""


class UnknownDatapoint(WireError):
    """The product has no datapoint of that name."""
