# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every kind of link service does: Password Pusher by its stand-in, response wrapping by a real OpenBao."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import hvac
import pytest
from password_pusher_emulator.app import TOKEN, PasswordPusher, Push, opened, serving

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import InputError
from ansible_collections.csp.partnercenter.plugins.module_utils._base.secret import Secret
from ansible_collections.csp.partnercenter.plugins.module_utils._links.link import Link, LinkError, LinkService
from ansible_collections.csp.partnercenter.plugins.module_utils._links.registry import make_links
from ansible_collections.csp.partnercenter.tests.unit.support.clock import never_wait
from ansible_collections.csp.partnercenter.tests.unit.support.engine import everything_shown
from ansible_collections.csp.partnercenter.tests.unit.support.openbao import OpenBao

CANARY = 'Ca"na\\ry-link-7'


@dataclass
class Place:
    """One link service. ``opened`` is what a caller reads by a link; None where it has ended."""

    options: dict[str, Any]
    opened: Callable[[Link], str | None]

    def make(self, **more: Any) -> LinkService:
        return make_links(self.options | more, {})


@pytest.fixture(scope="module")
def instance() -> Iterator[PasswordPusher]:
    with serving() as found:
        yield found


@pytest.fixture
def pusher(instance: PasswordPusher) -> Iterator[PasswordPusher]:
    yield instance
    instance.fault = None
    instance.pushes.clear()


@pytest.fixture
def password_pusher(pusher: PasswordPusher) -> Place:
    options = {"type": "password_pusher", "url": pusher.url, "token": TOKEN}
    return Place(options, lambda link: opened(link.text))


@pytest.fixture
def hashi_vault_wrapping(vault_server: OpenBao) -> Place:
    def unwrapped(link: Link) -> str | None:
        try:
            answer = hvac.Client(vault_server.url, token=link.text).sys.unwrap()
        except hvac.exceptions.InvalidRequest:
            return None
        return str(answer["data"]["password"])

    token = vault_server.token("sys/wrapping/wrap: update", "sys/wrapping/unwrap: update", no_default_policy=True)
    return Place({"type": "hashi_vault", "url": vault_server.url, "token": token}, unwrapped)


@pytest.fixture(params=["password_pusher", "hashi_vault_wrapping"])
def place(request: pytest.FixtureRequest) -> Place:
    found: Place = request.getfixturevalue(request.param)
    return found


def in_days(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()


def raising(error: Exception) -> Callable[..., Any]:
    def instead(**_options: Any) -> Any:
        raise error

    return instead


def told(call: Callable[[], object]) -> str:
    """The sentence of a failure, which shows neither the password nor a token."""
    with pytest.raises(LinkError) as caught:
        call()
    shown = everything_shown(caught.value)
    assert CANARY not in shown and TOKEN not in shown and caught.value.__cause__ is None
    return str(caught.value)


def test_a_link_is_opened_once(place: Place) -> None:
    link = place.make().make(Secret(CANARY), "INC-1")
    assert place.opened(link) == CANARY
    assert place.opened(link) is None


def test_a_link_has_an_end(place: Place) -> None:
    link = place.make().make(Secret(CANARY), "INC-1")
    assert datetime.now(UTC) < link.expires_at <= datetime.now(UTC) + timedelta(days=1)
    assert link.views == 1


def test_a_link_is_no_part_of_what_is_shown(place: Place) -> None:
    link = place.make().make(Secret(CANARY), "INC-1")
    assert link.text not in repr(link) and link.handle not in repr(link) and CANARY not in repr(link)


def test_an_ended_link_leads_nowhere(place: Place) -> None:
    service = place.make()
    link = service.make(Secret(CANARY), "INC-1")
    service.expire(link.handle)
    assert place.opened(link) is None
    service.expire(link.handle)


def test_an_opened_link_may_be_ended(place: Place) -> None:
    service = place.make()
    link = service.make(Secret(CANARY), "INC-1")
    assert place.opened(link) == CANARY
    service.expire(link.handle)


def test_a_wrong_token_is_told(place: Place) -> None:
    sentence = told(lambda: place.make(token="wrong-token").make(Secret(CANARY), "INC-1"))
    assert "token" in sentence and place.options["url"] in sentence


def test_nobody_there(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    never_wait(monkeypatch)
    sentence = told(lambda: place.make(url="http://127.0.0.1:9").make(Secret(CANARY), "INC-1"))
    assert "cannot be reached" in sentence


def test_another_option_is_refused(place: Place) -> None:
    with pytest.raises(InputError, match=r"link\.kms_key_id: is not an option of this link service"):
        place.make(kms_key_id="x")


def test_a_host_that_is_not_allowed_gets_no_password(place: Place) -> None:
    with pytest.raises(InputError, match=r"link\.url: leads to links\.unknown\.org"):
        place.make(url="https://links.unknown.org")


def test_a_kind_that_is_not_there() -> None:
    with pytest.raises(InputError, match=r"link\.type: must be one of password_pusher, hashi_vault"):
        make_links({"type": "other"}, {})


class TestPasswordPusher:
    def test_it_asks_for_what_is_wanted(self, password_pusher: Place, pusher: PasswordPusher) -> None:
        service = password_pusher.make(days=3, views=2, passphrase="blue door", retrieval_step=False)
        link = service.make(Secret(CANARY), "INC-1")
        (push,) = pusher.pushes.values()
        assert (push.payload, push.note, push.passphrase) == (CANARY, "INC-1", "blue door")
        assert (push.days, push.views, push.retrieval_step, push.owned) == (3, 2, False, True)
        assert link.text == f"{pusher.url}/p/{push.url_token}" and link.views == 2

    def test_the_first_page_is_one_with_a_button(self, password_pusher: Place, pusher: PasswordPusher) -> None:
        assert password_pusher.make().make(Secret(CANARY), "INC-1").text.endswith("/r")

    @pytest.mark.parametrize(
        ("fault", "sentence"),
        [
            ("down", "it answered 503, as no Password Pusher does"),
            ("page", "its answer names no link"),
            ("defaults", "the link does not end after 1 days"),
            ("elsewhere", "its links lead to another address"),
        ],
    )
    def test_an_odd_answer_is_no_link(
        self, password_pusher: Place, pusher: PasswordPusher, fault: str, sentence: str
    ) -> None:
        pusher.fault = fault
        assert sentence in told(lambda: password_pusher.make().make(Secret(CANARY), "INC-1"))
        ended = [push.payload is None for push in pusher.pushes.values()]
        assert ended == [] if fault == "down" else ended == [fault != "page"], "what is named is ended again"

    def test_too_many_views_are_no_link(self, password_pusher: Place, pusher: PasswordPusher) -> None:
        pusher.fault = "defaults"
        sentence = told(lambda: password_pusher.make(days=7, views=2).make(Secret(CANARY), "INC-1"))
        assert "can be opened more than 2 times" in sentence

    @pytest.mark.parametrize("days", [3, 8])
    def test_days_that_the_hosted_edition_has_no_number_for_are_asked_for_as_days(
        self, password_pusher: Place, pusher: PasswordPusher, monkeypatch: pytest.MonkeyPatch, days: int
    ) -> None:
        service: Any = password_pusher.make(days=days)
        asked: list[Any] = []
        ask = service._ask

        def noted(method: str, path: str, content: Any = None) -> Any:
            asked.append(content)
            return ask(method, path, content)

        monkeypatch.setattr(service, "_ask", noted)
        service.make(Secret(CANARY), "INC-1")
        push = asked[0]["push"]
        assert push["expire_after_days"] == days and ("expire_after_duration" in push) == (days == 3)

    @pytest.mark.parametrize(
        ("changed", "sentence"),
        [
            ({"expired": True}, "the link has ended before it was used"),
            ({"expire_after_days": 2}, "the link does not end after 1 days"),
            ({"expire_after_days": None, "expires_at": "soon"}, "the link does not end after 1 days"),
            ({"expire_after_days": None, "expires_at": "2026-01-01T00:00:00"}, "the link does not end after 1 days"),
            ({"expire_after_days": None, "expires_at": in_days(2)}, "the link does not end after 1 days"),
            ({"expire_after_days": None, "expires_at": in_days(1)}, None),
            ({"expire_after_views": None}, "can be opened more than 1 times"),
            ({"expire_after_views": None, "views_total": 1}, None),
            ({"url_token": "../admin"}, "its answer names no link"),
        ],
    )
    def test_a_link_counts_only_if_it_is_as_it_was_asked_for(
        self,
        password_pusher: Place,
        pusher: PasswordPusher,
        monkeypatch: pytest.MonkeyPatch,
        changed: dict[str, Any],
        sentence: str | None,
    ) -> None:
        content = Push.content
        monkeypatch.setattr(Push, "content", lambda push: content(push) | changed)
        if sentence is None:
            assert password_pusher.opened(password_pusher.make().make(Secret(CANARY), "INC-1")) == CANARY
            return
        assert sentence in told(lambda: password_pusher.make().make(Secret(CANARY), "INC-1"))
        assert [push.payload is None for push in pusher.pushes.values()] == ["url_token" not in changed]

    def test_without_its_address_it_is_no_link(
        self, password_pusher: Place, pusher: PasswordPusher, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(pusher, "_push", lambda _request: None)
        sentence = told(lambda: password_pusher.make().make(Secret(CANARY), "INC-1"))
        assert "it does not tell the address of the link" in sentence

    def test_a_link_that_cannot_be_ended_is_told(self, password_pusher: Place, pusher: PasswordPusher) -> None:
        service = password_pusher.make()
        link = service.make(Secret(CANARY), "INC-1")
        pusher.fault = "stuck"
        assert link.text not in told(lambda: service.expire(link.handle))

    def test_the_token_may_come_from_the_environment(self, password_pusher: Place, pusher: PasswordPusher) -> None:
        given = {"type": "password_pusher", "url": pusher.url}
        assert make_links(given, {"PARTNERCENTER_LINK_TOKEN": TOKEN}).make(Secret(CANARY), "INC-1")
        with pytest.raises(InputError, match=r"link\.token: is missing"):
            make_links(given, {})

    @pytest.mark.parametrize(("name", "value"), [("days", 91), ("days", 0), ("views", 101), ("views", True)])
    def test_a_limit_out_of_range(self, password_pusher: Place, name: str, value: Any) -> None:
        with pytest.raises(InputError, match=rf"link\.{name}: must be a whole number from 1 to"):
            password_pusher.make(**{name: value})

    def test_the_first_page_is_wanted_or_not(self, password_pusher: Place) -> None:
        with pytest.raises(InputError, match=r"link\.retrieval_step: must be true or false"):
            password_pusher.make(retrieval_step="no")

    def test_without_an_address_there_is_no_link_service(self, password_pusher: Place) -> None:
        with pytest.raises(InputError, match=r"link\.url: is missing: the address of the link service"):
            password_pusher.make(url=None)


class TestVault:
    def test_the_code_is_for_a_page_and_lives_as_long_as_is_wanted(self, hashi_vault_wrapping: Place) -> None:
        link = hashi_vault_wrapping.make(minutes=5).make(Secret(CANARY), "INC-1")
        assert link.page == f"{hashi_vault_wrapping.options['url']}/ui/vault/tools/unwrap"
        assert link.expires_at <= datetime.now(UTC) + timedelta(minutes=5)

    def test_the_page_may_have_another_address(self, hashi_vault_wrapping: Place) -> None:
        service = hashi_vault_wrapping.make(public_url="https://vault.contoso.com")
        page = service.make(Secret(CANARY), "INC-1").page
        assert page == "https://vault.contoso.com/ui/vault/tools/unwrap"

    def test_without_the_right_it_is_named(self, hashi_vault_wrapping: Place, vault_server: OpenBao) -> None:
        token = vault_server.token("secret/*: read", no_default_policy=True)
        sentence = told(lambda: hashi_vault_wrapping.make(token=token).make(Secret(CANARY), "INC-1"))
        assert "no policy of the token allows update on sys/wrapping/wrap" in sentence

    def test_the_policy_default_is_enough(self, hashi_vault_wrapping: Place, vault_server: OpenBao) -> None:
        service = hashi_vault_wrapping.make(token=vault_server.token("secret/*: read"))
        service.expire(service.make(Secret(CANARY), "INC-1").handle)

    def test_a_server_that_wraps_for_longer(
        self, hashi_vault_wrapping: Place, vault_server: OpenBao, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        service: Any = hashi_vault_wrapping.make(minutes=5)
        wrap = service._wrapping.wrap
        monkeypatch.setattr(service._wrapping, "wrap", lambda password, seconds: wrap(password, 2 * seconds))
        assert "would live longer than link.minutes" in told(lambda: service.make(Secret(CANARY), "INC-1"))

    @pytest.mark.parametrize(
        "answer",
        [
            {},
            {"wrap_info": None},
            {"wrap_info": {"token": "hvs.canary-8"}},
            {"wrap_info": {"token": "short", "ttl": 60}},
            {"wrap_info": {"token": "two lines\n of text", "ttl": 60}},
            {"wrap_info": {"token": "hvs.canary-8", "ttl": "60"}},
        ],
    )
    def test_an_odd_answer_is_no_link(self, hashi_vault_wrapping: Place, answer: Any) -> None:
        service: Any = hashi_vault_wrapping.make()
        service._wrapping._client = SimpleNamespace(
            secrets=SimpleNamespace(kv=SimpleNamespace(v2=None)),
            sys=SimpleNamespace(wrap=lambda **_options: answer),
        )
        sentence = told(lambda: service.make(Secret(CANARY), "INC-1"))
        assert "Vault gave no usable answer" in sentence and "hvs.canary-8" not in sentence

    def test_an_address_without_response_wrapping(self, hashi_vault_wrapping: Place) -> None:
        service: Any = hashi_vault_wrapping.make()
        refusal = hvac.exceptions.InvalidPath(errors=["no handler for route"])
        service._wrapping._client = SimpleNamespace(
            secrets=SimpleNamespace(kv=SimpleNamespace(v2=None)), sys=SimpleNamespace(wrap=raising(refusal))
        )
        assert "does not offer response wrapping" in told(lambda: service.make(Secret(CANARY), "INC-1"))

    def test_a_link_that_cannot_be_ended_is_told(self, hashi_vault_wrapping: Place, vault_server: OpenBao) -> None:
        link = hashi_vault_wrapping.make().make(Secret(CANARY), "INC-1")
        token = vault_server.token("sys/wrapping/wrap: update", no_default_policy=True)
        sentence = told(lambda: hashi_vault_wrapping.make(token=token).expire(link.handle))
        assert "no policy of the token allows update on sys/wrapping/unwrap" in sentence
        assert link.text not in sentence and hashi_vault_wrapping.opened(link) == CANARY
