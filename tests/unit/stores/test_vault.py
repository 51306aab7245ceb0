# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A real OpenBao in each state that it may be in, and with each right that a token may lack."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import StoreError
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.base import Store
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.records import Slot, Subject
from ansible_collections.csp.partnercenter.tests.unit.hostile.store_clients import Wire, in_json, store_of
from ansible_collections.csp.partnercenter.tests.unit.support.clock import never_wait
from ansible_collections.csp.partnercenter.tests.unit.support.kits import (
    NOW,
    Kit,
    canary,
    new_subject,
    passwords,
    rotated,
    staged,
    with_all_passwords,
)
from ansible_collections.csp.partnercenter.tests.unit.support.openbao import MOUNT, OpenBao, openbao
from ansible_collections.csp.partnercenter.tests.unit.support.server import running

GUIDE = Path(__file__).resolve().parents[3] / "docs" / "docsite" / "rst" / "guide_rotation.rst"
RULE = re.compile(r'path "(?P<path>[^"]+)" \{\s*capabilities = \[(?P<rights>[^\]]+)\]')


def documented(number: int, prefix: str) -> dict[str, list[str]]:
    """The rights by path of a policy in the guide, for this prefix."""
    policies = GUIDE.read_text(encoding="utf-8").split(".. code-block:: text\n\n   path ")
    rules = f"path {policies[number]}".partition("\n\n")[0]
    assert 'path "secret/' in rules
    return {
        rule["path"].replace("/partnercenter/", f"/{prefix}/"): re.findall(r'"(\w+)"', rule["rights"])
        for rule in RULE.finditer(rules)
    }


def with_rights(kit: Kit, server: OpenBao, rights: dict[str, list[str]]) -> Store:
    rules = [f"{path}: {', '.join(allowed)}" for path, allowed in rights.items() if allowed]
    return kit.make(token=server.token(*rules), prefix=kit._prefix)


def told(call: Callable[[], object]) -> str:
    with pytest.raises(StoreError) as caught:
        call()
    assert caught.value.__cause__ is None
    return str(caught.value)


def test_a_consumer_reads_one_field(hashi_vault: Kit) -> None:
    subject, password = new_subject(), canary()
    rotated(hashi_vault.make(), subject, "r1", password)
    found = hashi_vault.make()._api.read(f"{hashi_vault._prefix}/{subject.customer_id}/{subject.user_id}")  # type: ignore[attr-defined]
    assert found.version == 5
    assert set(found.fields) == {"document", "password", "check"} and found.fields["password"] == password.reveal()
    assert password.reveal() not in found.fields["document"] + found.fields["check"]


class TestPolicies:
    """The policies of the guide on rotations."""

    def test_the_first_one_is_enough_for_whatever_a_store_does(self, hashi_vault: Kit, vault_server: OpenBao) -> None:
        store = with_rights(hashi_vault, vault_server, documented(1, hashi_vault._prefix))
        store.check()
        subject = with_all_passwords(store)
        store.check([subject])
        assert list(store.places()) == [Subject(subject.customer_id, subject.user_id)]
        assert store.find(str(subject.user_principal_name)) == subject
        assert set(passwords(store, subject)) == set(Slot)

    @pytest.mark.parametrize("right", ["create", "read", "update", "list"])
    def test_one_right_less_is_named(self, hashi_vault: Kit, vault_server: OpenBao, right: str) -> None:
        rights = documented(1, hashi_vault._prefix)
        assert right in {allowed for several in rights.values() for allowed in several}
        store = with_rights(
            hashi_vault,
            vault_server,
            {path: [allowed for allowed in several if allowed != right] for path, several in rights.items()},
        )

        def whole_life() -> None:
            store.check([new_subject()])
            with_all_passwords(store)
            list(store.places())

        place = f"{MOUNT}/{'metadata' if right == 'list' else 'data'}/{hashi_vault._prefix}"
        assert f"no policy of the token allows {right} on {place}" in told(whole_life)

    @pytest.mark.parametrize(("right", "written"), [("create", 0), ("update", 1)])
    def test_a_token_that_may_not_ask_for_its_rights_is_told_at_the_write(
        self, hashi_vault: Kit, vault_server: OpenBao, right: str, written: int
    ) -> None:
        allowed = {"create", "read", "update"} - {right}
        rule = f"{MOUNT}/data/{hashi_vault._prefix}/*: {', '.join(sorted(allowed))}"
        store = hashi_vault.make(token=vault_server.token(rule, no_default_policy=True))
        subject = new_subject()
        store.check([subject])
        stored = rotated(hashi_vault.make(), subject, "r1") if written else None
        document = staged(subject, stored, "r2")
        sentence = told(lambda: store.compare_and_set(stored, document, new_password=canary()))
        assert f"no policy of the token allows {right} on {MOUNT}/data/{hashi_vault._prefix}" in sentence

    def test_the_second_one_is_enough_for_the_lookup_and_no_more(self, hashi_vault: Kit, vault_server: OpenBao) -> None:
        subject = with_all_passwords(hashi_vault.make())
        reader = with_rights(hashi_vault, vault_server, documented(2, hashi_vault._prefix))
        reader.check([subject], write=False)
        assert reader.find(str(subject.user_principal_name)) == subject
        assert passwords(reader, subject) == passwords(hashi_vault.make(), subject)
        assert "no policy of the token allows create on" in told(lambda: reader.check([subject]))


class TestStates:
    """What the server says of itself, in our own words."""

    def test_a_sealed_server(self, hashi_vault: Kit, vault_server: OpenBao, monkeypatch: pytest.MonkeyPatch) -> None:
        never_wait(monkeypatch)
        vault_server.client.sys.seal()
        try:
            assert "Vault is sealed, on standby" in told(lambda: hashi_vault.make().check([new_subject()]))
        finally:
            vault_server.unseal()
        hashi_vault.make().check([new_subject()])

    def test_a_token_that_was_revoked(self, hashi_vault: Kit, vault_server: OpenBao) -> None:
        token = vault_server.token(f"{MOUNT}/data/*: create, read, update")
        store, subject = hashi_vault.make(token=token), new_subject()
        stored = store.compare_and_set(None, staged(subject), new_password=canary())
        vault_server.client.auth.token.revoke(token)
        document = stored.document.mark_sent(owner="a:b", now=NOW)
        sentence = told(lambda: store.compare_and_set(stored, document))
        assert "it does not know the token, which has expired, was revoked" in sentence and token not in sentence

    def test_a_token_that_nobody_knows(self, hashi_vault: Kit) -> None:
        sentence = told(lambda: hashi_vault.make(token="canary-wrong").load(new_subject()))
        assert "it does not know the token" in sentence and "canary-wrong" not in sentence

    def test_no_token_at_all(self, hashi_vault: Kit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HOME", str(tmp_path))
        sentence = told(lambda: hashi_vault.make(token=None).load(new_subject()))
        assert "no token was given, and no Vault Agent adds one" in sentence

    def test_an_engine_that_is_not_there_is_no_empty_store(self, hashi_vault: Kit, vault_server: OpenBao) -> None:
        def sentence(token: str) -> str:
            return told(lambda: hashi_vault.make(mount_point="kv/", token=token).load(new_subject()))

        assert "no such engine: check mount_point and namespace" in sentence(vault_server.root)
        assert "read on kv/data/" in sentence(hashi_vault.options["token"])

    def test_an_engine_of_version_1_is_refused_before_anything(self, hashi_vault: Kit, vault_server: OpenBao) -> None:
        vault_server.client.sys.enable_secrets_engine("kv", "first", options={"version": "1"})
        try:
            token = vault_server.token("first/*: create, read, update, list")
            store = hashi_vault.make(mount_point="first", token=token)
            assert "this is no KV engine of version 2: name another" in told(lambda: store.check([new_subject()]))
        finally:
            vault_server.client.sys.disable_secrets_engine("first")

    def test_a_namespace_is_a_store_of_its_own(self, hashi_vault: Kit, vault_server: OpenBao) -> None:
        vault_server.client.sys.create_namespace("team")
        inside = vault_server.client_with(vault_server.root, "team")
        inside.sys.enable_secrets_engine("kv", MOUNT, options={"version": "2"})
        policy = vault_server.policy(f"{MOUNT}/data/*: create, read, update", client=inside)
        token = inside.auth.token.create(policies=[policy])["auth"]["client_token"]
        store, subject, password = hashi_vault.make(namespace="team", token=token), new_subject(), canary()
        rotated(store, subject, "r1", password)
        assert passwords(store, subject) == {Slot.CURRENT: password.reveal()}
        assert hashi_vault.make().load(subject) is None
        outside, lost = (hashi_vault.make(namespace=name, token=token) for name in (None, "missing"))
        assert "check mount_point, prefix and namespace" in told(lambda: outside.load(subject))
        assert "check mount_point and namespace" in told(lambda: lost.load(subject))

    def test_what_is_stored_outlives_a_restart(self, hashi_vault: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
        never_wait(monkeypatch)
        with openbao(durable=True) as server:
            token = server.token(f"{MOUNT}/data/*: create, read, update")
            store, subject, password = hashi_vault.make(url=server.url, token=token), new_subject(), canary()
            before = rotated(store, subject, "r1", password)
            server.stop()
            assert "Vault cannot be reached: nothing listens there" in told(lambda: store.load(subject))
            server.start()
            assert "Vault is sealed, on standby" in told(lambda: store.load(subject))
            server.unseal()
            assert passwords(store, subject) == {Slot.CURRENT: password.reveal()}
            store.compare_and_set(before, staged(subject, before, "r2"), new_password=canary())


class TestLostAnswers:
    """A connection that ends without an answer is tried again: nobody knows whether the server did what was asked."""

    @pytest.mark.parametrize("done", [False, True])
    def test_every_call_survives_one(
        self, hashi_vault: Kit, vault_server: OpenBao, monkeypatch: pytest.MonkeyPatch, done: bool
    ) -> None:
        never_wait(monkeypatch)
        heads: set[bytes] = set()

        def losing(connection: socket.socket, request: bytes) -> bool:
            """Lose the first answer to each request, whether the server has seen it (``done``) or not."""
            first = request not in heads
            heads.add(request)
            answer = passed_on(vault_server, request) if done or not first else b""
            if not first:
                connection.sendall(answer)
            return False

        subject, password = new_subject(), canary()
        with running(losing) as between:
            store = hashi_vault.make(url=between.url)
            store.check([subject])
            stored = rotated(store, subject, "r1", password)
            assert int(stored.revision) == 5, "each write was made once"
            assert store.find(str(subject.user_principal_name)) == subject
        assert passwords(hashi_vault.make(), subject) == {Slot.CURRENT: password.reveal()}

    def test_another_runs_write_is_not_taken_for_a_lost_one(
        self, hashi_vault: Kit, vault_server: OpenBao, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        never_wait(monkeypatch)
        subject = new_subject()
        before = rotated(hashi_vault.make(), subject, "r1")
        others = []

        def losing(connection: socket.socket, request: bytes) -> bool:
            if request.startswith((b"POST", b"PUT")) and not others:
                others.append(hashi_vault.make().compare_and_set(before, theirs, new_password=canary()))
                return False
            connection.sendall(passed_on(vault_server, request))
            return False

        theirs, ours = staged(subject, before, "r2"), staged(subject, before, "r2")
        with running(losing) as between:
            store = hashi_vault.make(url=between.url)
            assert "another run has changed the document" in told(
                lambda: store.compare_and_set(before, ours, new_password=canary())
            )
        found = hashi_vault.make().load(subject)
        assert found is not None and found.document == theirs

    @pytest.mark.parametrize("status", [429, 500, 502, 503])
    def test_a_refusal_that_passes_is_waited_for(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int
    ) -> None:
        wire, answers = Wire(), [in_json({"errors": ["canary"]}, status)] * 2
        wire.put_in(monkeypatch)
        wire.follow = lambda _url: answers.pop() if answers else in_json({"errors": []}, 404)
        assert store_of("hashi_vault", tmp_path).load(new_subject()) is None
        assert len(wire.seen) == 3


def passed_on(server: OpenBao, request: bytes) -> bytes:
    """The server's answer to a request on a connection of its own."""
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(request.replace(b"Connection: keep-alive", b"Connection: close"))
        return b"".join(iter(lambda: connection.recv(65536), b""))
