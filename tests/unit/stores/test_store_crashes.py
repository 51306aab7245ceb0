# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A kill between any two calls of an SDK, of git, or of the file system: no password is lost."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._stores.base import Store, Stored
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.records import Slot, Subject
from ansible_collections.csp.partnercenter.tests.unit.support.kits import (
    NOW,
    Killed,
    Kit,
    PlainCipher,
    canary,
    finished,
    new_subject,
    passwords,
    rotated,
    rotated_at_once,
    staged,
)

#: More calls than any rotation needs; the test stops at the first one that is not killed.
MOST_CALLS = 80
INITIAL = "Initial-canary-1"

#: The passwords that the service was sent, in order; the last one is live.
Sent = list[str]


def rotate(store: Store, subject: Subject, sent: Sent) -> None:
    """Act as a run: resume a pending password, begin a rotation without one, and leave a finished one alone."""
    with store.lock(subject):
        stored = store.load(subject)
        if not begun(stored, "now"):
            stored = store.compare_and_set(stored, staged(subject, stored, "now"), new_password=canary())
        assert stored is not None
        finished(store, stored, sent.append)


def roll_back(store: Store, subject: Subject, sent: Sent) -> None:
    with store.lock(subject):
        stored = store.load(subject)
        assert stored is not None
        if not begun(stored, "back"):
            back = stored.document.start_rollback(rotation_id="back", owner="domain:host:1:a", now=NOW)
            stored = store.compare_and_set(stored, back)
        finished(store, stored, sent.append)


def begun(stored: Stored | None, rotation_id: str) -> bool:
    if stored is None:
        return False
    holders = (stored.document.pending, stored.document.current)
    return rotation_id in {holder.rotation_id for holder in holders if holder}


Operation = Callable[[Store, Subject, Sent], None]


def survives(kit: Kit, operation: Operation, *, before: int, calls: Sequence[int]) -> bool:
    """Return whether the last run was killed; the n-th run is killed at the n-th of ``calls``."""
    subject, sent = new_subject(), [INITIAL]
    for _rotation in range(before):
        password = canary()
        rotated_at_once(kit.make(), subject, password)
        sent.append(password.reveal())
    at_first, killed = len(sent), False
    for call in calls:
        killed = False
        try:
            operation(kit.killed_at(call), subject, sent)
        except Killed:
            killed = True
        known = passwords(kit.make(), subject)
        assert sent[-1] in known.values() or sent[-1] == INITIAL
        assert Slot.CURRENT in known or not before
        if not killed:
            break
    if killed:
        operation(kit.make(), subject, sent)
    known = passwords(kit.make(), subject)
    assert known[Slot.CURRENT] == sent[-1]
    assert Slot.PENDING not in known
    assert len(set(sent[at_first:])) == 1
    return killed


@pytest.mark.parametrize("before", [0, 1])
def test_a_rotation_survives_a_kill_at_any_call(remote_kit: Kit, before: int) -> None:
    step = 3 if remote_kit.kind == "git" else 3 - 2 * before
    calls = range(1, MOST_CALLS, step)
    assert next(call for call in calls if not survives(remote_kit, rotate, before=before, calls=[call])) > 7


def test_a_rotation_survives_a_second_kill(remote_kit: Kit) -> None:
    calls = ([call, call // 2] for call in range(4, MOST_CALLS, 6))
    assert any(not survives(remote_kit, rotate, before=1, calls=pair) for pair in calls)


def test_a_rollback_survives_a_kill_at_any_call(remote_kit: Kit) -> None:
    assert any(not survives(remote_kit, roll_back, before=2, calls=[call]) for call in range(2, MOST_CALLS, 4))


@pytest.mark.parametrize(("operation", "before"), [(rotate, 0), (rotate, 1), (roll_back, 2)])
def test_the_file_store_survives_a_kill_at_any_system_call(
    file: Kit, monkeypatch: pytest.MonkeyPatch, operation: Operation, before: int
) -> None:
    left = [0]
    for name in ("open", "write", "fsync", "rename", "mkdir"):
        monkeypatch.setattr(os, name, _dying(getattr(os, name), left))
    kit = FileKit(file.kind, file.options, file.home, "", cipher=PlainCipher, left=left)
    calls = range(1, 400, 1 + before)
    call = next(call for call in calls if not survives(kit, operation, before=before, calls=[call]))
    assert call > 30


class FileKit(Kit):
    """The file store has no SDK: its process dies at a system call."""

    def __init__(self, *arguments: Any, left: list[int], **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._left = left

    def make(self, **more: object) -> Store:
        self._left[0] = 0
        return super().make(**more)

    def killed_at(self, call: int) -> Store:
        store = self.make()
        self._left[0] = call
        return store


def _dying(real: Callable[..., Any], left: list[int]) -> Callable[..., Any]:
    """Dies once, when the counter comes to its end."""

    def instead(*arguments: Any, **named: Any) -> Any:
        if left[0]:
            left[0] -= 1
            if not left[0]:
                raise Killed
        return real(*arguments, **named)

    return instead


def test_aws_finishes_its_labels_with_the_next_load(aws_secretsmanager: Kit) -> None:
    subject = new_subject()
    rotated(aws_secretsmanager.make(), subject, "r1")
    store: Any = aws_secretsmanager.make()
    before = store.load(subject)
    document = staged(subject, before)
    real = store._api.call

    def dies_at_the_last_label(operation: str, **arguments: Any) -> Any:
        if arguments.get("VersionStage") == "AWSPENDING":
            raise Killed
        return real(operation, **arguments)

    store._api.call = dies_at_the_last_label
    with pytest.raises(Killed):
        store.compare_and_set(before, document, new_password=canary())
    found: Any = aws_secretsmanager.make()
    read = found.load(subject, read_only=True)
    assert read.document == document and "AWSPENDING" not in read.parts
    assert found.load(subject).parts["AWSPENDING"] == document.pending.version  # type: ignore[union-attr]
    assert "AWSPENDING" in found.load(subject, read_only=True).parts


@pytest.mark.parametrize("kind", ["azure_keyvault", "aws_secretsmanager"])
def test_consumers_get_what_is_live_between_the_steps_of_a_promotion(kind: str, request: pytest.FixtureRequest) -> None:
    kit: Kit = request.getfixturevalue(kind)
    subject, password = new_subject(), canary()
    rotated(kit.make(), subject, "r1")
    store = kit.make()
    stored = store.compare_and_set(store.load(subject), staged(subject, store.load(subject)), new_password=password)
    stored = store.compare_and_set(stored, stored.document.mark_sent(owner="a:b", now=NOW))
    stored = store.compare_and_set(stored, stored.document.mark_applied(now=NOW, evidence="exact"))
    last_write = {"azure_keyvault": 4, "aws_secretsmanager": 3}[kind]
    with pytest.raises(Killed):
        kit.killed_at(last_write).compare_and_set(stored, stored.document.promote())
    assert passwords(kit.make(), subject)[Slot.PENDING] == password.reveal()
    assert consumed(kit, subject) == password.reveal()


def consumed(kit: Kit, subject: Subject) -> str:
    """Return the password that a consumer with the SDK alone gets."""
    api: Any = kit.make()._api  # type: ignore[attr-defined]
    if kit.kind == "azure_keyvault":
        name = f"{kit._prefix}-{subject.customer_id}-{subject.user_id}"
        return str(api._connected().get_secret(name).value)
    name = f"{kit._prefix}/{subject.customer_id}/{subject.user_id}"
    return str(api.call("get_secret_value", SecretId=name, VersionStage="AWSCURRENT")["SecretString"])
