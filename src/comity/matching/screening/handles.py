"""Tables as compiled code holds them: one reference each instead of all their arrays.

Kernels are written against the tables' own classes; what they are given is a handle with the same fields. Handing
over dozens of arrays at every call would cost more than most calls do, and compiling it a minute.
"""

from __future__ import annotations

from typing import Any

from numba import types
from numba.experimental import structref

from comity.matching.compiled import compiled
from comity.matching.screening.chunks import Chunks, Slate
from comity.matching.screening.columns import Joined, Names, Owners, Tokens
from comity.matching.screening.numbers import Numbers
from comity.matching.screening.scratch import Asked, Desk, Found, Room, Sought, Units


class _Struct(types.StructRef):
    def preprocess_fields(self, fields: Any) -> Any:
        return tuple((name, types.unliteral(kind)) for name, kind in fields)


@structref.register
class _TokensType(_Struct):
    pass


@structref.register
class _NamesType(_Struct):
    pass


@structref.register
class _JoinedType(_Struct):
    pass


@structref.register
class _OwnersType(_Struct):
    pass


@structref.register
class _NumbersType(_Struct):
    pass


@structref.register
class _FoundType(_Struct):
    pass


@structref.register
class _SoughtType(_Struct):
    pass


@structref.register
class _AskedType(_Struct):
    pass


@structref.register
class _UnitsType(_Struct):
    pass


@structref.register
class _DeskType(_Struct):
    pass


@structref.register
class _RoomType(_Struct):
    pass


@structref.register
class _ChunksType(_Struct):
    pass


@structref.register
class _SlateType(_Struct):
    pass


class TokensHandle(structref.StructRefProxy):
    """:class:`Tokens` in compiled code."""

    def __new__(cls, *fields: Any) -> Any:
        """The handle of a table's fields."""
        return _tokens(fields)


class NamesHandle(structref.StructRefProxy):
    """:class:`Names` in compiled code."""

    def __new__(cls, *fields: Any) -> Any:
        """The handle of a table's fields."""
        return _names(fields)


class JoinedHandle(structref.StructRefProxy):
    """:class:`Joined` in compiled code."""

    def __new__(cls, *fields: Any) -> Any:
        """The handle of a table's fields."""
        return _joined(fields)


class OwnersHandle(structref.StructRefProxy):
    """:class:`Owners` in compiled code."""

    def __new__(cls, *fields: Any) -> Any:
        """The handle of a table's fields."""
        return _owners(fields)


class NumbersHandle(structref.StructRefProxy):
    """:class:`Numbers` in compiled code."""

    def __new__(cls, *fields: Any) -> Any:
        """The handle of a table's fields."""
        return _numbers(fields)


class FoundHandle(structref.StructRefProxy):
    """:class:`Found` in compiled code."""

    def __new__(cls, *fields: Any) -> Any:
        """The handle of a table's fields."""
        return _found(fields)


class SoughtHandle(structref.StructRefProxy):
    """:class:`Sought` in compiled code."""

    def __new__(cls, *fields: Any) -> Any:
        """The handle of a table's fields."""
        return _sought(fields)


class AskedHandle(structref.StructRefProxy):
    """:class:`Asked` in compiled code."""

    def __new__(cls, *fields: Any) -> Any:
        """The handle of a table's fields."""
        return _asked(fields)


class UnitsHandle(structref.StructRefProxy):
    """:class:`Units` in compiled code."""

    def __new__(cls, *fields: Any) -> Any:
        """The handle of a table's fields."""
        return _units(fields)


class DeskHandle(structref.StructRefProxy):
    """:class:`Desk` in compiled code."""

    def __new__(cls, *fields: Any) -> Any:
        """The handle of a table's fields."""
        return _desk(fields)


class RoomHandle(structref.StructRefProxy):
    """:class:`Room` in compiled code."""

    def __new__(cls, *fields: Any) -> Any:
        """The handle of a table's fields."""
        return _room(fields)


class SlateHandle(structref.StructRefProxy):
    """:class:`Slate` in compiled code."""

    def __new__(cls, *fields: Any) -> Any:
        """The handle of a table's fields."""
        return _slate(fields)


class ChunksHandle(structref.StructRefProxy):
    """:class:`Chunks` in compiled code."""

    def __new__(cls, *fields: Any) -> Any:
        """The handle of a table's fields."""
        return _chunks(fields)


structref.define_proxy(SlateHandle, _SlateType, list(Slate._fields))
structref.define_proxy(ChunksHandle, _ChunksType, list(Chunks._fields))
structref.define_proxy(TokensHandle, _TokensType, list(Tokens._fields))
structref.define_proxy(NamesHandle, _NamesType, list(Names._fields))
structref.define_proxy(JoinedHandle, _JoinedType, list(Joined._fields))
structref.define_proxy(OwnersHandle, _OwnersType, list(Owners._fields))
structref.define_proxy(NumbersHandle, _NumbersType, list(Numbers._fields))
structref.define_proxy(FoundHandle, _FoundType, list(Found._fields))
structref.define_proxy(SoughtHandle, _SoughtType, list(Sought._fields))
structref.define_proxy(AskedHandle, _AskedType, list(Asked._fields))
structref.define_proxy(UnitsHandle, _UnitsType, list(Units._fields))
structref.define_proxy(DeskHandle, _DeskType, list(Desk._fields))
structref.define_proxy(RoomHandle, _RoomType, list(Room._fields))


@compiled
def _tokens(fields):  # type: ignore[no-untyped-def]
    return TokensHandle(*fields)


@compiled
def _names(fields):  # type: ignore[no-untyped-def]
    return NamesHandle(*fields)


@compiled
def _joined(fields):  # type: ignore[no-untyped-def]
    return JoinedHandle(*fields)


@compiled
def _owners(fields):  # type: ignore[no-untyped-def]
    return OwnersHandle(*fields)


@compiled
def _numbers(fields):  # type: ignore[no-untyped-def]
    return NumbersHandle(*fields)


@compiled
def _found(fields):  # type: ignore[no-untyped-def]
    return FoundHandle(*fields)


@compiled
def _sought(fields):  # type: ignore[no-untyped-def]
    return SoughtHandle(*fields)


@compiled
def _asked(fields):  # type: ignore[no-untyped-def]
    return AskedHandle(*fields)


@compiled
def _units(fields):  # type: ignore[no-untyped-def]
    return UnitsHandle(*fields)


@compiled
def _desk(fields):  # type: ignore[no-untyped-def]
    return DeskHandle(*fields)


@compiled
def _room(fields):  # type: ignore[no-untyped-def]
    return RoomHandle(*fields)


@compiled
def _chunks(fields):  # type: ignore[no-untyped-def]
    return ChunksHandle(*fields)


@compiled
def _slate(fields):  # type: ignore[no-untyped-def]
    return SlateHandle(*fields)
