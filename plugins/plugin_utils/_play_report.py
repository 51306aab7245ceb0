# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report that a role writes once for its play: where it is wanted, which run it belongs to, and what is in it."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.paths import absolute
from ansible_collections.csp.partnercenter.plugins.module_utils._base import lock
from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import InputError
from ansible_collections.csp.partnercenter.plugins.plugin_utils._base_folder import base_folder
from ansible_collections.csp.partnercenter.plugins.plugin_utils._play_customers import LIMITS, Declared, listed
from ansible_collections.csp.partnercenter.plugins.plugin_utils._play_hosts import HostVariables
from ansible_collections.csp.partnercenter.plugins.plugin_utils._play_run import Done, smallest
from ansible_collections.csp.partnercenter.plugins.plugin_utils._report.run import Customer, Run, moment

#: How long another host may take to note that it reports.
_SECONDS = 60.0

#: The address of the job, by the variables that AWX, GitLab, GitHub and Azure DevOps set in its environment.
_JOBS = (
    "{AWX_HOST}/#/jobs/playbook/{JOB_ID}",
    "{CI_JOB_URL}",
    "{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}/actions/runs/{GITHUB_RUN_ID}",
    "{SYSTEM_COLLECTIONURI}{SYSTEM_TEAMPROJECT}/_build/results?buildId={BUILD_BUILDID}",
)


@dataclass(frozen=True)
class PlayReport:
    """A report that is wanted. ``state`` is a file of this Ansible run that remembers who has reported."""

    place: str
    kinds: Sequence[str]
    state: str
    started: str

    def write(
        self, everybody: Sequence[Declared], done: Done, problems: Mapping[str, str], hosts: Sequence[str], plan: bool
    ) -> str:
        """Write the report, and return its path; raises :class:`PartnerCenterError`."""
        working = [host for host in everybody if host.users]
        customers = [_customer(host, problems.get(host.host) or done.problems.get(host.host, "")) for host in working]
        known = {host.host for host in everybody}
        customers += [Customer(host, declared=0, problem=said) for host, said in problems.items() if host not in known]
        rotations = {str(user.get("rotation_id") or "") for host in working for user in host.users}
        run = Run(
            *self._identity(customers),
            operation=str(working[0].params["operation"]) if working else "rotate",
            plan=plan,
            rotation_id=rotations.pop() if len(rotations) == 1 else "",
            job=job_in(os.environ),
            limits={name: limit for name in LIMITS if (limit := smallest(working, name))},
            throttled=done.throttled,
            hosts=list(hosts),
        )
        # Imported where a report is wanted: most resets have none.
        from ansible_collections.csp.partnercenter.plugins.plugin_utils._report.writing import write_report

        paths = write_report(self.place, self.kinds, run, _rows(customers, done), customers)
        return paths.get("html") or self.place

    def _identity(self, customers: Sequence[Customer]) -> tuple[str, str]:
        """Return id and start of the run. Customers one after another are one run, until one has its turn again."""
        now = [[*customer.key] for customer in customers]
        # With the strategy free, hosts report at the same time.
        with open(self.state, "a+", encoding="utf-8") as file:
            lock.hold(file.fileno(), self.state, _SECONDS)
            file.seek(0)
            run = json.loads(file.read() or "{}")
            if not run or any(key in run["reported"] for key in now):
                stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
                run = {"id": f"{stamp}-{secrets.token_hex(4)}", "started": self.started, "reported": []}
            run["reported"] += now
            file.truncate(0)
            file.write(json.dumps(run))
        return run["id"], run["started"]


def job_in(environment: Mapping[str, str]) -> str:
    """Return the address of the job that runs in this environment; empty for a run by hand."""
    for address in _JOBS:
        with suppress(KeyError):
            return address.format_map(environment)
    return ""


def _customer(host: Declared, problem: str) -> Customer:
    return Customer(host.host, host.customer, str(host.users[0].get("customer_id") or ""), len(host.users), problem)


def _rows(customers: Sequence[Customer], done: Done) -> Iterator[dict[str, Any]]:
    for customer in customers:
        for row in done.rows.get(customer.host, ()):
            yield {**row, "host": customer.host, "customer": customer.name}


def wanted_report(prefix: str, variables: HostVariables, folder: str) -> PlayReport | None:
    """Return the report that the play's first host asks for; raises :class:`InputError`."""
    option = f"{prefix}report_folder"
    place = variables.get(option)
    if not place:
        return None
    from ansible_collections.csp.partnercenter.plugins.plugin_utils._report.writing import FILES

    kinds = listed(variables.get(f"{prefix}report_formats", list(FILES)))
    if unknown := sorted(set(kinds) - set(FILES)):
        raise InputError(f"{prefix}report_formats", f"{unknown[0]} is none of {', '.join(FILES)}")
    state = os.path.join(folder, "run.json")
    return PlayReport(absolute(str(place), base_folder(variables.raw), option), kinds, state, moment(datetime.now(UTC)))
