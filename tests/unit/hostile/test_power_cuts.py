# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The power fails, or the disk does, at every system call of a whole run: no password is lost, and nothing is untrue.

Each cut leaves one of the states in which POSIX allows a disk to be found: see :mod:`support.power`.
"""

from __future__ import annotations

import errno
import itertools
import json
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base import safe_folders
from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import PartnerCenterError
from ansible_collections.csp.partnercenter.plugins.module_utils._base.secret import Secret
from ansible_collections.csp.partnercenter.plugins.module_utils._password.ledger.fingerprint import key_from_file
from ansible_collections.csp.partnercenter.plugins.module_utils._password.plan import Step
from ansible_collections.csp.partnercenter.plugins.module_utils._rotation.cycle import Cycle
from ansible_collections.csp.partnercenter.plugins.module_utils._rotation.planning import Mode
from ansible_collections.csp.partnercenter.plugins.module_utils._sign_in.token_file import TokenFile
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.records import Slot, Subject
from ansible_collections.csp.partnercenter.tests.unit.password.builders import CUSTOMER, PASSWORD, intent, user_id
from ansible_collections.csp.partnercenter.tests.unit.password.runs import Playbook
from ansible_collections.csp.partnercenter.tests.unit.rotation.job import Job
from ansible_collections.csp.partnercenter.tests.unit.rotation.service import World
from ansible_collections.csp.partnercenter.tests.unit.support.fake_service import FakeService
from ansible_collections.csp.partnercenter.tests.unit.support.kits import PlainCipher
from ansible_collections.csp.partnercenter.tests.unit.support.power import Disk, PowerCut

#: States that are tried after each cut.
STATES = 3
DISK_ERRORS = (errno.ENOSPC, errno.EROFS, errno.EIO)

Rotate = Callable[[World], Cycle]
#: Rotations before, new passwords, and the run.
ROTATIONS: dict[str, tuple[int, int, Rotate]] = {
    "the first rotation": (0, 1, lambda world: world.run("r1")),
    "the second rotation": (1, 1, lambda world: world.run("r2")),
    "a rollback": (2, 0, lambda world: world.run("back", mode=Mode.ROLLBACK)),
}


def rotated(folder: Path, before: int) -> World:
    folder.mkdir()
    world = World(folder)
    for number in range(1, before + 1):
        world.run(f"r{number}")
    return world


def cuts(folder: Path) -> Iterator[tuple[int, int, Path]]:
    """Yield the call that is cut, the seed of the state after it, and a folder of its own, until the test breaks."""
    for call in itertools.count(1):
        for seed in range(STATES):
            yield call, seed, folder / f"{call}-{seed}"


def told(world: World) -> list[str]:
    """Return the ids of the events that a reader of the log finds. A line that was torn is no event."""
    path = world.root / "events.jsonl"
    ids = []
    for line in path.read_bytes().splitlines() if path.exists() else ():
        with suppress(ValueError):
            ids.append(str(json.loads(line)["id"]))
    return ids


@pytest.mark.parametrize(("before", "new", "rotate"), ROTATIONS.values(), ids=ROTATIONS)
def test_after_a_power_cut_the_live_password_is_in_the_store_and_the_next_run_finishes(
    tmp_path: Path, before: int, new: int, rotate: Rotate
) -> None:
    for call, seed, folder in cuts(tmp_path):
        world, cut = rotated(folder, before), True
        passwords = len(world.set_passwords)
        with suppress(PowerCut), Disk(folder).watched(cut_at=call, seed=seed):
            rotate(world)
            cut = False
        assert world.users.live in world.known(), (call, seed)
        sent = len(world.users.requests)
        rotate(world)
        assert world.users.live == world.stored(Slot.CURRENT), (call, seed)
        assert len(world.set_passwords) - passwords == new, (call, seed)
        assert sorted(told(world)) == sorted({request.trace.request_id for request in world.users.requests})
        assert rotate(world).decision.plan.step is Step.KEEP, (call, seed)
        if not cut:
            assert len(world.users.requests) == sent, "after a run that ended, the next one sends nothing"
            break
    assert call > 30


def test_after_a_power_cut_a_given_password_is_not_forgotten(tmp_path: Path) -> None:
    intents = [intent(number, rotation_id="r1") for number in (1, 2)]
    for call, seed, folder in cuts(tmp_path):
        folder.mkdir()
        service, cut = FakeService().with_users(2), True

        def run(service: FakeService = service, folder: Path = folder) -> list[str]:
            key = key_from_file(str(folder / "keys" / "ledger.key"))
            return Playbook(service, folder / "ledger", key).outcomes(intents)

        with suppress(PowerCut), Disk(folder).watched(cut_at=call, seed=seed):
            run()
            cut = False
        sent = len(service.patches)
        assert set(run()) <= {"applied", "resumed", "unchanged"}, (call, seed)
        assert list(service.live.values()) == [PASSWORD] * 2, (call, seed)
        assert len(service.patches) <= 3, "only the request of which nothing was known is sent again"
        assert run() == ["unchanged"] * 2, (call, seed)
        if not cut:
            assert len(service.patches) == sent == 2
            break
    assert call > 20


@pytest.mark.parametrize("encrypt", [False, True])
def test_after_a_power_cut_the_token_file_holds_a_complete_token(tmp_path: Path, encrypt: bool) -> None:
    for call, seed, folder in cuts(tmp_path):
        folder.mkdir()
        path, cut = str(folder / "token"), True
        TokenFile(path, PlainCipher).write(Secret("first"), encrypt=encrypt)
        with suppress(PowerCut), Disk(folder).watched(cut_at=call, seed=seed):
            file = TokenFile(path, PlainCipher)
            with file.held():
                file.save(Secret("second"))
            cut = False
        token = TokenFile(path, PlainCipher).load().reveal()
        assert token == "second" if not cut else token in ("first", "second"), (call, seed)
        if not cut:
            break
    assert call > 4


@pytest.mark.parametrize("lasting", [False, True], ids=["one call fails", "all calls fail from then on"])
def test_whatever_fails_on_the_disk_no_password_is_lost_and_no_outcome_is_untrue(tmp_path: Path, lasting: bool) -> None:
    for call in itertools.count(1):
        (tmp_path / f"{call}").mkdir()
        job = Job(tmp_path / f"{call}", FakeService().with_users(2))
        disk = Disk(job.root)
        with disk.watched(fail_at=call, error=DISK_ERRORS[call % 3], lasting=lasting):
            outcomes = attempted(job)
        for number, outcome in enumerate(outcomes, 1):
            live, stored = job.service.live.get((CUSTOMER, user_id(number))), passwords_of(job, number)
            assert live in {None, *stored.values()}, call
            assert outcome != "applied" or live == stored[Slot.CURRENT], call
            assert outcome in ("applied", "resumed", "unchanged") or outcome in FAILED, call
        assert [row.error for row in job.run(users=2).users] == [None, None], call
        for number in (1, 2):
            assert passwords_of(job, number)[Slot.CURRENT] == job.service.live[CUSTOMER, user_id(number)], call
        assert job.outcomes(users=2) == ["unchanged"] * 2, call
        if disk.calls < call:
            break
    assert call > 50


FAILED = ("rejected", "unknown", "deferred")


def attempted(job: Job) -> list[str]:
    """Return the outcomes; a store that cannot be used stops the task before anything is sent."""
    try:
        return job.outcomes(users=2)
    except PartnerCenterError:
        assert job.service.patches == []
        return []


def passwords_of(job: Job, number: int) -> dict[Slot, str]:
    stored = job.store.load(Subject(CUSTOMER, user_id(number)), read_only=True)
    slots = [slot for slot in Slot if stored and stored.document.version_in(slot)]
    return {slot: job.store.password(stored, slot).reveal() for slot in slots if stored}


def test_the_disk_forgets_what_was_not_synchronised(tmp_path: Path) -> None:
    states = {state_after(tmp_path / f"{seed}", seed, synchronised=False) for seed in range(40)}
    assert {None, b"", b"whole"} < states
    assert any(state and state.endswith(b"\0") for state in states)


def test_the_disk_keeps_what_was_synchronised(tmp_path: Path) -> None:
    assert {state_after(tmp_path / f"{seed}", seed, synchronised=True) for seed in range(40)} == {b"whole"}


def state_after(folder: Path, seed: int, *, synchronised: bool) -> bytes | None:
    """Return the content of a new file after a power cut."""
    folder.mkdir()
    with Disk(folder).watched(cut_at=100, seed=seed):
        descriptor = os.open(folder / "file", os.O_CREAT | os.O_WRONLY, 0o600)
        os.write(descriptor, b"whole")
        if synchronised:
            os.fsync(descriptor)
            safe_folders.sync(str(folder))
        os.close(descriptor)
    return (folder / "file").read_bytes() if (folder / "file").exists() else None
