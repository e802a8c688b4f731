"""Every value at its limit gets its verdict, and no refusal tells of the value."""

from base64 import b64decode
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from sentra.core.endpoints import canonical_endpoint, canonical_host
from sentra.core.errors import WrongValue
from sentra.core.keys import checked_public_key, checked_secret_key, key_text
from sentra.core.names import checked_interface_name, checked_line, checked_notes, checked_peer_name, tidied_line
from tests.core.boundaries import KEYS, ROWS, Refused, Row, secret_key
from tests.scale import scaled


def verdict(check: Callable[[Any], Any], value: Any) -> Any:
    try:
        return check(value)
    except WrongValue as error:
        return Refused(error.code)


def name_of(row: Row) -> str:
    check = row[0].func if isinstance(row[0], partial) else row[0]
    return f"{check.__name__}({ascii(row[1])[:60]})"


@pytest.mark.parametrize("row", ROWS, ids=name_of)
def test_S53_a_value_at_its_limit_gets_its_verdict(row: Row) -> None:
    check, value, expected = row

    assert verdict(check, value) == expected


def test_S53_there_are_enough_rows() -> None:
    assert len(ROWS) >= 160


@pytest.mark.parametrize("row", [row for row in ROWS if isinstance(row[2], Refused)], ids=name_of)
def test_a_refusal_is_a_sentence_without_the_value(row: Row) -> None:
    check, value, _ = row

    with pytest.raises(WrongValue) as caught:
        check(value)

    message = str(caught.value)
    assert message.endswith((".", "?"))
    assert message.isprintable()
    if isinstance(value, str) and len(value) > 20:
        assert value not in message


@pytest.mark.parametrize("row", [row for row in KEYS if row[2] == Refused("key-low-order")], ids=name_of)
def test_S53_a_point_of_low_order_is_one_for_x25519_too(row: Row) -> None:
    with pytest.raises(ValueError, match="shared key"):
        X25519PrivateKey.generate().exchange(X25519PublicKey.from_public_bytes(b64decode(row[1])))


@settings(max_examples=scaled(300, 20_000), deadline=None)
@given(st.binary(min_size=32, max_size=32))
def test_a_public_key_is_refused_exactly_where_x25519_gives_zero(raw: bytes) -> None:
    try:
        X25519PrivateKey.generate().exchange(X25519PublicKey.from_public_bytes(raw))
    except ValueError:
        assert verdict(checked_public_key, key_text(raw)) == Refused("key-low-order")
    else:
        assert verdict(checked_public_key, key_text(raw)) == key_text(raw)


def test_a_secret_key_is_kept_and_not_shown() -> None:
    key = key_text(bytes(range(32)))

    assert checked_secret_key(key).reveal() == bytes(range(32))
    assert key not in repr(checked_secret_key(key))
    assert verdict(secret_key, key[:-2] + "==") == Refused("key")


@settings(max_examples=scaled(500, 50_000), deadline=None)
@given(st.text(max_size=80))
def test_what_is_checked_once_stays_as_it_is(text: str) -> None:
    for check in (
        checked_interface_name,
        checked_peer_name,
        checked_line,
        checked_notes,
        canonical_endpoint,
        canonical_host,
    ):
        result = verdict(check, text)
        assert isinstance(result, Refused) or check(result) == result


@settings(max_examples=scaled(500, 50_000), deadline=None)
@given(st.text(max_size=80))
def test_every_text_can_be_tidied_into_a_line(text: str) -> None:
    line = tidied_line(text, 60)

    assert checked_line(line, 60) == line
    if (
        not isinstance(verdict(checked_peer_name, text), Refused)
        and "  " not in text.strip()
        and text.strip().isascii()
    ):
        assert line == text.strip()
