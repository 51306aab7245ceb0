# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sign-in outlives its jobs: 200 simulated days of jobs as AWX runs them, each in a folder that is thrown away.

AWX's own code makes the environment of each job from the sample credential type, and the emulator's clock goes on
between two jobs. A refresh token ends 90 days after its issue here, however often it is used. Some jobs are those of
ansible-runner, which plan a rotation by the playbook; the others sign in, and read a customer, by the engine in a
process of their own.
"""

from __future__ import annotations

import json
import multiprocessing
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from jobs import ADDRESSES, Jobs, inject
from rotating import vault_password_file

DAYS = 200
DAY = 86_400.0
VAULT_PASSWORD = "a password of the vault"
#: Jobs in all, and of how many one is run by ansible-runner.
LENGTHS = pytest.mark.parametrize(
    ("count", "one_of"), [(10, 10), pytest.param(100, 20, marks=pytest.mark.custody)], ids=["short", "in full"]
)


@pytest.fixture(scope="module")
def running() -> Any:
    from partnercenter_emulator.launcher import running_emulator

    with running_emulator(customers=1, users=3) as emulator:
        yield emulator


@pytest.fixture
def emulator(running: Any) -> Any:
    running.reset()
    running.knobs(refresh_token_clock="issue")
    return running


@dataclass
class Job:
    """What became of one job."""

    failed: bool
    message: str
    warnings: list[str]


@dataclass
class Template:
    """A job template of AWX. ``credential`` holds what somebody typed into the credential besides the application."""

    emulator: Any
    folder: Path
    credential: dict[str, str]
    count: int = 0

    def run(self, *, by_runner: bool = False) -> Job:
        self.count += 1
        return self._by_runner() if by_runner else self._by_the_engine()

    def _by_runner(self) -> Job:
        customer = self.emulator.customers[0]
        users = [{"user_principal_name": user["user_principal_name"]} for user in customer["users"]]
        host = {"partnercenter_customer_id": customer["id"], "partnercenter_users": users}
        store = {"type": "file", "path": str(self.folder / "lasting")}
        jobs = Jobs(
            self.emulator,
            self.folder / f"runner-{self.count}",
            {"ANSIBLE_VAULT_PASSWORD_FILE": vault_password_file(self.folder, VAULT_PASSWORD)},
            {"all": {"hosts": {customer["domain"]: host}}},
            {"user_password_rotation_rotation_id": "2026-11", "user_password_rotation_store": store},
            credential=self.credential,
        )
        status, events = jobs("rotate_user_passwords", "--check")
        shutil.rmtree(jobs.folder)
        screen = "\n".join(event["stdout"] for event in events)
        return Job(status != 0, screen, re.findall(r"\[WARNING\]: ([^\x1b\r\n]*)", screen))

    def _by_the_engine(self) -> Job:
        private = self.folder / f"private-{self.count}"
        names = ("tenant_id", "client_id", "client_secret")
        inputs = {name: str(getattr(self.emulator, name)) for name in names} | self.credential
        environment = inject(inputs, private)
        environment |= {f"PARTNERCENTER_{name.upper()}": str(getattr(self.emulator, name)) for name in ADDRESSES}
        environment["ANSIBLE_HOME"] = str(private / "home")
        with multiprocessing.get_context("fork").Pool(1) as process:
            result = process.apply(sign_in, (environment, self.emulator.customers[0]["id"]))
        shutil.rmtree(private)
        return Job(result["failed"], result["msg"], result.get("warnings", []))


def sign_in(environment: dict[str, str], customer_id: str) -> dict[str, Any]:
    """A task that checks the sign-in, in the process of a job."""
    from ansible.parsing.dataloader import DataLoader
    from ansible.parsing.vault import VaultSecret

    from ansible_collections.csp.partnercenter.plugins.module_utils._ansible import sign_in as entrance
    from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.validation import validated
    from ansible_collections.csp.partnercenter.plugins.plugin_utils._controller import controller_context

    loader = DataLoader()
    loader.set_vault_secrets([("default", VaultSecret(VAULT_PASSWORD.encode()))])
    params = validated({"operation": "check", "customer_id": customer_id}, entrance.specification())
    return entrance.sign_in(params, controller_context(loader, None, environment))


@pytest.fixture
def lasting(tmp_path: Path) -> dict[str, str]:
    """The input of the credential that names the store of the passwords."""
    return {"refresh_token_store": json.dumps({"type": "file", "path": str(tmp_path / "lasting")})}


def seed(emulator: Any) -> dict[str, str]:
    return {"refresh_token": emulator.new_refresh_token()}


def days_ago(emulator: Any, given: dict[str, str]) -> float:
    """How long before the newest of all a refresh token was used, or else was made."""
    tokens = emulator.control("GET", "/refresh_tokens")
    (its_own,) = [item for item in tokens if given["refresh_token"].endswith(item["ends_with"])]
    return float(max(item["last_used"] for item in tokens) - its_own["last_used"]) / DAY


@LENGTHS
def test_with_a_store_no_job_fails_to_sign_in(
    emulator: Any, tmp_path: Path, lasting: dict[str, str], count: int, one_of: int, figure: Callable[[str], None]
) -> None:
    """The credential holds the same old seed all the time; it is used once."""
    given = seed(emulator)
    template = Template(emulator, tmp_path, given | lasting)
    jobs = []
    for number in range(1, count + 1):
        jobs.append(template.run(by_runner=number % one_of == 0))
        emulator.advance(DAYS / count * DAY)
    assert [job.message for job in jobs if job.failed] == []
    assert not [text for job in jobs for text in job.warnings if "refresh token" in text]
    redeemed = [entry for entry in emulator.token_journal() if entry["grant_type"] == "refresh_token"]
    assert {entry["status"] for entry in redeemed} == {200} and len(redeemed) == count
    assert days_ago(emulator, given) == pytest.approx(DAYS - DAYS / count, abs=0.1), "by the first job alone"
    by_runner = count // one_of
    figure(
        f"{count} jobs in {DAYS} days with a store ({by_runner} of ansible-runner, {count - by_runner} of the engine "
        f"alone): {len(redeemed)} sign-ins, none failed, the seed was used once"
    )


@LENGTHS
def test_without_a_store_every_job_warns_until_they_stop(
    emulator: Any, tmp_path: Path, count: int, one_of: int, figure: Callable[[str], None]
) -> None:
    template = Template(emulator, tmp_path, seed(emulator))
    jobs = [template.run(by_runner=True)]
    while not jobs[-1].failed:
        emulator.advance(DAYS / count * DAY)
        jobs.append(template.run(by_runner=len(jobs) % one_of == 0))
    *good, last = jobs
    day = len(good) * DAYS / count
    assert 90 <= day < 90 + DAYS / count
    for job in good:
        (warning,) = [text for text in job.warnings if "refresh token" in text]
        assert "is thrown away with a job of AWX. The given one ends at most 90 days after it was made" in warning
        assert warning.endswith("set refresh_token_store, in which every run keeps the newest one")
    for job in (last, template.run(by_runner=True)):
        assert job.failed and "AADSTS700082" in job.message
        assert "sign in again (playbook csp.partnercenter.sign_in)" in job.message
        assert "set refresh_token_store" in job.message
    # Somebody does what the message says.
    lasting = {"refresh_token_store": json.dumps({"type": "file", "path": str(tmp_path / "lasting")})}
    template.credential = seed(emulator) | lasting
    assert not template.run().failed
    figure(
        f"without a store, a job every {DAYS / count:g} days: {len(good)} jobs signed in and warned, the job of day "
        f"{day:g} stopped with the number, the reason and what to do"
    )


@pytest.mark.parametrize("end", ["expired", "revoked"])
def test_a_fresh_seed_replaces_a_stored_token_that_is_dead(
    emulator: Any, tmp_path: Path, lasting: dict[str, str], end: str
) -> None:
    template = Template(emulator, tmp_path, seed(emulator) | lasting)
    assert not template.run().failed
    if end == "expired":
        emulator.advance(100 * DAY)
    else:
        emulator.new_refresh_token(revoke_all=True)
    stopped = template.run()
    assert stopped.failed and "sign in again (playbook csp.partnercenter.sign_in)" in stopped.message
    assert "The refresh token that is given besides the store is not accepted either" in stopped.message

    template.credential = seed(emulator) | lasting
    again = template.run()
    assert not again.failed and any("does not accept the refresh token in" in text for text in again.warnings)
    after = template.run()
    assert not after.failed and not after.warnings


def test_a_stale_seed_never_replaces_a_stored_token_that_works(
    emulator: Any, tmp_path: Path, lasting: dict[str, str]
) -> None:
    """As that of another job template, whose credential nobody has touched since."""
    stale = seed(emulator)
    emulator.advance(30 * DAY)
    template = Template(emulator, tmp_path, seed(emulator) | lasting)
    assert not template.run().failed
    other = Template(emulator, tmp_path / "other", stale | lasting)
    assert not other.run().failed
    assert days_ago(emulator, stale) == pytest.approx(30, abs=0.1), "it was never used"
