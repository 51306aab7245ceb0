# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Any answer of a store behind a network, through its real SDK; and the places to which the SDK sends a password."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import StoreError
from ansible_collections.csp.partnercenter.plugins.module_utils._base.secret import Secret
from ansible_collections.csp.partnercenter.plugins.module_utils._http.transport import Response
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.base import Store
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.document import Document
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.records import Slot, Subject
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.remote import as_json
from ansible_collections.csp.partnercenter.tests.unit.hostile.answers import responses
from ansible_collections.csp.partnercenter.tests.unit.hostile.conftest import Hammer
from ansible_collections.csp.partnercenter.tests.unit.hostile.store_clients import (
    OPTIONS,
    PREFIX,
    Wire,
    in_json,
    store_of,
)

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
SUBJECT = Subject("11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222", "ada@contoso.example")
VERSION, FIRST = "33333333-3333-4333-8333-333333333333", "44444444-4444-4444-8444-444444444444"
STAGED = Document(SUBJECT).stage(version=VERSION, rotation_id="r", owner="domain:host:1:a", now=NOW)
DOCUMENT = as_json(STAGED)
PASSWORD = Secret("Kanarie-7-staged")

_PLACE = f"{SUBJECT.customer_id}/{SUBJECT.user_id}"
_FIELDS = {"document": DOCUMENT, "password_pending": "Kanarie-7"}
_TAGS = {"partnercenter-revision": "1.0.0123456789abcdef"} | {
    f"partnercenter-document-{number:02d}": DOCUMENT[number * 256 :][:256] for number in range(len(DOCUMENT) // 256 + 1)
}
_KEY = f"https://contoso.vault.azure.net/secrets/{PREFIX}-{_PLACE.replace('/', '-')}--pending/{'0' * 32}"
_PROPERTIES = {"id": _KEY, "attributes": {"enabled": True, "created": 1793534400}, "tags": _TAGS}

#: One answer that is good for most calls of a store, each of which takes from it what it needs.
GOOD: dict[str, list[dict[str, Any]]] = {
    "hashi_vault": [
        {"data": {"data": _FIELDS, "metadata": {"version": 3}, "version": 4, "keys": [SUBJECT.customer_id]}},
        {"errors": ["check-and-set parameter did not match the current version"]},
    ],
    "azure_keyvault": [
        {"value": [_PROPERTIES], "nextLink": None, **_PROPERTIES, "tags": {"partnercenter-version": VERSION}},
        _PROPERTIES | {"value": "Kanarie-7"},
        {"value": [], "nextLink": f"{OPTIONS['azure_keyvault']['vault_url']}/secrets?api-version=7.5&$skiptoken=x"},
        {"error": {"code": "Forbidden", "message": "no"}},
    ],
    "aws_secretsmanager": [
        {
            "Name": f"{PREFIX}/{_PLACE}",
            "Tags": [{"Key": "partnercenter", "Value": FIRST}],
            "VersionIdsToStages": {VERSION: ["PARTNERCENTER", "AWSPENDING"]},
            "SecretString": DOCUMENT,
            "SecretList": [{"Name": f"{PREFIX}/{_PLACE}", "Tags": [{"Key": "partnercenter", "Value": FIRST}]}],
            "NextToken": None,
        },
        {"SecretList": [], "NextToken": "again"},
        {"__type": "AccessDeniedException", "message": "no"},
    ],
}


def everything(store: Store) -> list[object]:
    """All that is read of a store, and one write; each by itself, so that each comes to its own end."""
    ends: list[object] = []

    def end(work: Callable[[], object]) -> None:
        try:
            ends.append(work())
        except StoreError as error:
            ends.append(str(error))

    def password() -> object:
        stored = store.load(SUBJECT)
        return stored and store.password(stored, Slot.PENDING)

    end(lambda: store.check([SUBJECT]))
    end(lambda: (stored := store.load(SUBJECT)) and (stored.document.subject, stored.revision))
    end(password)
    end(lambda: list(store.places()))
    end(lambda: list(store.subjects(SUBJECT.customer_id)))
    end(lambda: store.compare_and_set(None, STAGED, new_password=PASSWORD).revision)
    return ends


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    wire = Wire()
    wire.put_in(monkeypatch)
    return wire


@pytest.mark.parametrize("kind", GOOD)
def test_any_answer(kind: str, wire: Wire, tmp_path: Path, hammer: Hammer) -> None:
    store = store_of(kind, tmp_path)

    def ask(answer: Response) -> list[object]:
        wire.answer = answer
        wire.seen.clear()
        return everything(store)

    hammer(f"answers of {kind}", responses(*GOOD[kind]), ask)


@pytest.mark.parametrize("kind", GOOD)
def test_good_answers_are_read(kind: str, wire: Wire, tmp_path: Path) -> None:
    """This shows that nearly good answers are tested beyond the first check."""
    wire.answer = in_json(GOOD[kind][0])
    stored = store_of(kind, tmp_path).load(SUBJECT)
    assert stored is not None and stored.document == STAGED


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("kind", GOOD)
def test_nothing_follows_a_redirect_to_another_host(kind: str, status: int, wire: Wire, tmp_path: Path) -> None:
    """An SDK would repeat the PUT there, with the password in it, or send its token along."""
    here = OPTIONS[kind].get("url") or OPTIONS[kind].get("vault_url") or "https://secretsmanager.eu-central-1."
    away = in_json({}, status, location="https://elsewhere.example/stolen")
    wire.follow = lambda url: in_json(GOOD[kind][0]) if url.startswith("https://elsewhere") else away
    store = store_of(kind, tmp_path)
    everything(store)
    with pytest.raises(StoreError):
        store.compare_and_set(None, STAGED, new_password=PASSWORD)
    assert wire.seen and all(url.startswith(here) for url, _headers, _body in wire.seen)


def test_a_next_page_at_another_host_is_not_asked_for(wire: Wire, tmp_path: Path) -> None:
    """Azure's SDK would send the token there, for a challenge that names that host."""
    here = OPTIONS["azure_keyvault"]["vault_url"]
    item = {"id": f"{here}/secrets/{PREFIX}-x", "attributes": {"enabled": True}}
    away = {"value": [item], "nextLink": "https://a.elsewhere.example/secrets?x=1"}
    sign_in = "https://login.microsoftonline.com/11111111-1111-4111-8111-111111111111"

    def follow(url: str) -> Response:
        resource = "https://vault.azure.net" if url.startswith(here) else "https://elsewhere.example"
        challenge = f'Bearer authorization="{sign_in}", resource="{resource}"'
        if not any(name.lower() == "authorization" for name in wire.seen[-1][1]):
            return in_json({}, 401, **{"www-authenticate": challenge})
        return in_json(away if url.startswith(here) else {"value": []})

    wire.follow = follow
    store = store_of("azure_keyvault", tmp_path)
    with pytest.raises(StoreError):
        list(store.places())
    with pytest.raises(StoreError):
        store.load(SUBJECT)
    assert wire.seen and all(url.startswith(here) for url, _headers, _body in wire.seen)
