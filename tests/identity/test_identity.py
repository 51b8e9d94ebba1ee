"""Passwords, codes, accounts, sign-in, sessions and form tokens."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta
from itertools import count

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.errors import InputRefused, RuleRefused
from comity.identity.account import Account, Grant, new_account, roles_at
from comity.identity.csrf import check_csrf, csrf_token
from comity.identity.passwords import COST, Cost, check_password, decoy, hash_password, password_defects
from comity.identity.session import Ended, Session, new_session, resume, token_digest
from comity.identity.signin import FREE_FAILURES, LONGEST_DELAY, SAYS, Refused, SignedIn, delay_after, sign_in
from comity.identity.totp import (
    STEP_SECONDS,
    accept_code,
    code_at,
    counter_at,
    new_secret,
    provisioning_uri,
    qr_svg,
)

CHEAP = Cost(passes=1, memory=64, lanes=1)
NOW = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)
PASSWORD = "correct horse battery"
SEED = count(1)


def draw(size: int) -> bytes:
    return next(SEED).to_bytes(4, "big") * (size // 4)


SECRET = new_secret(draw)
YEAR = Grant("duty_officer", NOW - timedelta(days=1), NOW + timedelta(days=365))
HASH = hash_password(PASSWORD, "ada", draw, cost=CHEAP)
ACCOUNT = new_account("ada", "0123456789abcdef", "QN.bureau", (YEAR,), (HASH, SECRET))


def code(now: datetime = NOW, secret: str = SECRET) -> str:
    return code_at(secret, counter_at(now))


def attempt(account: Account | None, password: str = PASSWORD, given_code: str = "", now: datetime = NOW) -> object:
    return sign_in(account, password, given_code if given_code != "" else code(now), now, cost=CHEAP)


def good(result: object) -> SignedIn:
    assert isinstance(result, SignedIn)
    return result


def refused(result: object) -> Refused:
    assert isinstance(result, Refused)
    return result


# Passwords


def test_a_password_is_argon2id_with_the_chosen_cost_and_salt() -> None:
    stored = hash_password(PASSWORD, "ada", lambda size: b"\x01" * size)
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert stored == hash_password(PASSWORD, "ada", lambda size: b"\x01" * size)
    checked = check_password(stored, PASSWORD)
    assert (checked.right, checked.outdated) == (True, False)
    assert check_password(stored, "correct horse batterz").right is False


def test_a_hash_of_other_cost_is_right_and_outdated() -> None:
    checked = check_password(HASH, PASSWORD, cost=Cost(passes=2, memory=64, lanes=1))
    assert (checked.right, checked.outdated) == (True, True)


@pytest.mark.parametrize("stored", ["", "plain", "$argon2id$broken", "$argon2id$v=19$m=64,t=1,p=1$AAAA$BBBB"])
def test_a_broken_hash_opens_for_nobody(stored: str) -> None:
    assert check_password(stored, PASSWORD, cost=CHEAP).right is False


def test_all_findings_about_a_password_come_at_once() -> None:
    with pytest.raises(InputRefused) as found:
        hash_password("AdaAdaAda", "ada", draw, cost=CHEAP)
    says = [defect.says for defect in found.value.defects]
    assert len(says) == 3
    assert "9 characters" in says[0]
    assert "login" in says[1]
    assert "repeats" in says[2]
    assert "at least 12" in str(password_defects("", "ada")[0])
    assert password_defects(PASSWORD, "ada") == []
    assert "1024 bytes" in password_defects("abcdefghijkl" * 100, "x-y")[0].says


def test_nobody_signs_in_with_the_decoy() -> None:
    assert decoy(CHEAP) == decoy(CHEAP)
    assert check_password(decoy(CHEAP), PASSWORD, cost=CHEAP).right is False
    assert f"m={COST.memory},t={COST.passes},p={COST.lanes}" in decoy()


# Codes


def test_codes_agree_with_rfc_6238() -> None:
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    for seconds, expected in ((59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")):
        assert code_at(secret, counter_at(datetime.fromtimestamp(seconds, UTC))) == expected


def test_a_code_is_taken_once_within_one_step_either_way() -> None:
    here = counter_at(NOW)
    for step in (-1, 0, 1):
        assert accept_code(SECRET, code_at(SECRET, here + step), NOW, 0) == here + step
    for step in (-2, 2):
        assert accept_code(SECRET, code_at(SECRET, here + step), NOW, 0) is None
    assert accept_code(SECRET, code(), NOW, here) is None
    assert accept_code(SECRET, code_at(SECRET, here - 1), NOW, here) is None
    assert accept_code(SECRET, f"{code()[:3]} {code()[3:]}", NOW, here - 1) == here


@given(st.text(max_size=12))
def test_any_typed_text_is_answered(text: str) -> None:
    found = accept_code(SECRET, text, NOW, 0)
    assert (found is not None) == (text.replace(" ", "") in {code_at(SECRET, counter_at(NOW) + i) for i in (-1, 0, 1)})


def test_an_authenticator_reads_the_uri_and_the_picture_is_inert() -> None:
    uri = provisioning_uri(SECRET, "ada", "Comity Belmora")
    parsed = pyotp.parse_uri(uri)
    assert isinstance(parsed, pyotp.TOTP)
    assert (parsed.secret, parsed.name, parsed.issuer) == (SECRET, "ada", "Comity Belmora")
    assert parsed.at(NOW) == code()
    assert parsed.interval == STEP_SECONDS
    picture = ET.fromstring(qr_svg(uri))
    assert picture.tag.endswith("svg")
    text = qr_svg(uri)
    assert "style=" not in text
    assert "<script" not in text
    assert "href" not in text


# Accounts


def test_roles_hold_between_their_dates() -> None:
    later = Grant("reviewer", NOW + timedelta(days=1))
    account = new_account("ada", "0123456789abcdef", "QN.bureau", (YEAR, later), (HASH, SECRET))
    assert roles_at(account, NOW) == {"duty_officer"}
    assert roles_at(account, NOW + timedelta(days=2)) == {"duty_officer", "reviewer"}
    assert roles_at(account, NOW + timedelta(days=365)) == {"reviewer"}
    assert roles_at(account, NOW - timedelta(days=2)) == frozenset()


def test_all_defects_of_an_account_come_at_once() -> None:
    bad = Grant("wizard", NOW, NOW)
    with pytest.raises(InputRefused) as found:
        new_account("Ada L.", "ada", "bureau", (bad,), (HASH, SECRET))
    assert [defect.field for defect in found.value.defects] == ["login", "pseudonym", "agency", "roles", "roles"]
    with pytest.raises(InputRefused, match="no role"):
        new_account("ada", "0123456789abcdef", "QN.bureau", (), (HASH, SECRET))


# Signing in


def test_password_and_code_open_and_clear_the_failures() -> None:
    failed = refused(attempt(ACCOUNT, "wrong password!"))
    assert failed.account is not None
    assert failed.account.failures == 1
    result = good(attempt(failed.account))
    assert result.roles == {"duty_officer"}
    assert (result.account.failures, result.account.locked_until) == (0, None)
    assert result.account.last_counter == counter_at(NOW)
    assert result.rehash is False


def test_a_code_seen_over_the_shoulder_is_of_no_use() -> None:
    used = good(attempt(ACCOUNT)).account
    assert refused(attempt(used)).cause == "code"


def test_every_refusal_reads_the_same() -> None:
    locked = refused(attempt(ACCOUNT, "wrong password!")).account
    while locked is not None and locked.locked_until is None:
        locked = refused(attempt(locked, "wrong password!")).account
    expired = new_account("bob", "f" * 16, "QN.bureau", (Grant("reviewer", NOW + timedelta(1)),), (HASH, SECRET))
    unenrolled = new_account("eve", "e" * 16, "QN.bureau", (YEAR,), (HASH, ""))
    answers = {
        "unknown": attempt(None),
        "password": attempt(ACCOUNT, "wrong password!"),
        "code": attempt(ACCOUNT, given_code="000000"),
        "delayed": attempt(locked),
        "no_role": attempt(expired),
    }
    assert {cause: refused(answer).cause for cause, answer in answers.items()} == {cause: cause for cause in answers}
    assert {refused(answer).says for answer in answers.values()} == {SAYS}
    assert refused(attempt(unenrolled, given_code=code_at("A" * 32, counter_at(NOW)))).cause == "code"


def test_delays_grow_and_end_and_never_shut_anybody_out() -> None:
    account: Account | None = ACCOUNT
    now, pauses = NOW, []
    for _ in range(14):
        assert account is not None
        account = refused(attempt(account, "wrong password!", now=now)).account
        assert account is not None
        pauses.append(account.locked_until - now if account.locked_until is not None else timedelta(0))
        early = refused(attempt(account, now=now)) if pauses[-1] > timedelta(0) else None
        assert early is None or (early.cause, early.account) == ("delayed", account)
        now += pauses[-1]
    assert pauses[: FREE_FAILURES - 1] == [timedelta(0)] * (FREE_FAILURES - 1)
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST_DELAY == delay_after(10**9)
    assert good(attempt(account, now=now)).account.failures == 0


def test_an_outdated_hash_asks_to_be_renewed() -> None:
    assert good(sign_in(ACCOUNT, PASSWORD, code(), NOW, cost=Cost(passes=2, memory=64, lanes=1))).rehash is True


# Sessions


def test_only_the_digest_of_a_token_is_kept() -> None:
    token, session = new_session(draw, "ada", NOW)
    assert len(token) == 43
    assert token not in str(session)
    assert session.digest == token_digest(token)
    assert new_session(draw, "ada", NOW)[0] != token


def test_a_session_ends_by_idleness_by_length_and_by_another_token() -> None:
    token, session = new_session(draw, "ada", NOW, idle=timedelta(minutes=10), longest=timedelta(hours=1))
    used = resume(session, token, NOW + timedelta(minutes=9))
    assert isinstance(used, Session)
    assert isinstance(resume(used, token, NOW + timedelta(minutes=18)), Session)
    for at, cause, who in ((10, "idle", token), (60, "longest", token), (1, "token", "other"), (1, "token", "\udcff")):
        ended = resume(session, who, NOW + timedelta(minutes=at))
        assert isinstance(ended, Ended)
        assert ended.cause == cause
        assert "sign in" in ended.says


def test_a_clock_set_back_does_not_shorten_a_session() -> None:
    token, session = new_session(draw, "ada", NOW)
    back = resume(session, token, NOW - timedelta(minutes=5))
    assert isinstance(back, Session)
    assert back.seen == NOW


# Form tokens


def test_a_form_token_holds_for_its_session_and_key_and_looks_different_each_time() -> None:
    key, digest = b"k" * 32, "a" * 64
    first, second = csrf_token(key, digest, draw), csrf_token(key, digest, draw)
    assert first != second
    check_csrf(key, digest, first)
    check_csrf(key, digest, second)
    for wrong_key, wrong_digest in ((b"l" * 32, digest), (key, "b" * 64)):
        with pytest.raises(RuleRefused, match="Load the page again"):
            check_csrf(wrong_key, wrong_digest, first)


@given(st.one_of(st.text(max_size=100), st.binary(max_size=90).map(lambda raw: raw.hex())))
def test_no_other_text_is_a_form_token(text: str) -> None:
    with pytest.raises(RuleRefused):
        check_csrf(b"k" * 32, "a" * 64, text)
