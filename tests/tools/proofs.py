# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sessions that try in full length to break what the README claims. `-s test` runs them in a reduced form."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import awx_collection
import collection_tree
import covered
import nox
from cores import COMING, PYTHONS
from running import BALANCED, EMULATOR, ROOT, SIDE_BY_SIDE, collection_env, install, run_pytest

#: The tests of what talks to the services.
BELOW_THE_ENGINES = tuple(
    f"tests/unit/{room}" for room in ("base", "http", "entra", "directory", "partner_center", "graph", "links")
)

#: The newest that runs with Node.js 20, which Debian has.
GITLAB_CI_LOCAL = "gitlab-ci-local@4.73.0"


def sign_in(session: nox.Session) -> None:
    """The part of `acceptance` that is about signing in, looking around and the inventory. Arguments go to pytest."""
    found = (ROOT / "tests" / "acceptance").glob("test_*.py")
    parts = ("test_sign_in", "test_info", "test_inventory", "test_guards")
    run_pytest(session, *sorted(str(file.relative_to(ROOT)) for file in found if file.name.startswith(parts)))


def truth(session: nox.Session) -> None:
    """Idempotency and outcomes in full: the demo, 20 kills, 8 runs at once, a slow audit log, 10,000 users."""
    install(session, "test")
    for gateway in ("partner_center", "graph"):
        session.run("python", "tests/demo/run_demo.py", "--gateway", gateway, env=collection_env())
    parts = ("idempotency", "audit_log", "outcomes", "faults", "kills", "runs_at_once", "bad_evidence")
    parts += ("bad_input", "many_users", "graph", "benchmark", "main_job", "hostile_names", "ansible_ways")
    run_pytest(
        session,
        "-m",
        "not rotation and not faults and not fuzz",
        *(f"tests/acceptance/test_{part}.py" for part in parts),
    )


def rotation(session: nox.Session) -> None:
    """Rotation in full: kills at every step, 200 random ones, runs at once, clocks apart. Arguments go to pytest."""
    session.install("--quiet", "libfaketime>=3.0")  # only here: it is compiled when it is installed
    found = (ROOT / "tests" / "acceptance").glob("test_rotation*.py")
    files = sorted(str(file.relative_to(ROOT)) for file in found)
    run_pytest(session, "-m", "not truth and not fuzz", *files, "tests/unit/rotation", "tests/unit/stores", *BALANCED)


def custody(session: nox.Session) -> None:
    """The sign-in outlives its jobs: 100 jobs of AWX in 200 simulated days. Arguments go to pytest."""
    run_pytest(session, "-m", "", "tests/acceptance/test_custody.py")


def handover(session: nox.Session) -> None:
    """Each line of the tables in the guide for help desks, by real runs that are killed. Arguments go to pytest."""
    files = ("tests/acceptance/test_handover.py", "tests/acceptance/test_user_kills.py")
    run_pytest(session, "-m", "", *files, "tests/unit/handover", "tests/unit/users", *BALANCED)


def places(session: nox.Session) -> None:
    """Real places: OpenBao, git, ansible-rulebook (with Java), gitlab-ci-local (by npm), AWX's code. To pytest."""
    install(session, "places")
    node = Path(session.create_tmp()).resolve().parent / "node"  # kept: only the folder for temporary files is emptied
    if not shutil.which("java"):
        session.warn("there is no Java 17 or newer here: the rulebook does NOT run in ansible-rulebook")
    if shutil.which("npm"):
        session.run("npm", "install", "--silent", "--prefix", str(node), GITLAB_CI_LOCAL, external=True)
    else:
        session.warn("there is no npm here: the sample of GitLab does NOT run in gitlab-ci-local")
    path = f"{session.bin}{os.pathsep}{node / 'node_modules' / '.bin'}{os.pathsep}{os.environ['PATH']}"
    others = {"AWX_COLLECTION_PATH": str(awx_collection.fetched(session)), "PATH": path}
    names = ("rulebook", "pipelines", "awx", "custody", "runner", "rotation_kills", "git_store")
    files = [f"tests/acceptance/test_{name}.py" for name in names]
    stores = (
        "vault",
        "vault_sign_in",
        "git_store",
        "network_stores",
        "changed_by_hand",
        "store_contract",
        "store_crashes",
    )
    files += [f"tests/unit/stores/test_{name}.py" for name in stores]
    run_pytest(session, "-m", "places or not (truth or rotation or custody)", *files, *BALANCED, **others)


def faults(session: nox.Session) -> None:
    """Every fault of the emulator, in every form, by every way in. `-- --write` renews docs/fault_matrix.md."""
    run_pytest(session, "-m", "", "tests/acceptance/test_faults.py")


def soak(session: nox.Session) -> None:
    """Half an hour of rotation at the limit of a service that fails, under `kill -9`: `-s soak -- --help`."""
    install(session, "test")
    session.run("python", "tests/soak/run_soak.py", *session.posargs, env=collection_env())


def leaks(session: nox.Session) -> None:
    """The leak canary in full, on each ansible-core: no secret shows anywhere. Arguments go to pytest."""
    others = {"AWX_COLLECTION_PATH": str(awx_collection.fetched(session))}
    run_pytest(session, "tests/acceptance/leaks/test_canary.py", **others)
    run_pytest(session, "-m", "leaks", "tests/acceptance/leaks", *BALANCED, **others)


def cores(session: nox.Session) -> None:
    """Plays, playbooks and GitOps on each ansible-core, then sanity with each. Arguments go to pytest."""
    parts = ("play", "role_and_playbooks", "gitops", "ansible_ways", "main_job", "rotation")
    parts += ("users", "handover", "check_customers")
    tests = [f"tests/acceptance/test_{part}.py" for part in parts]
    others = {"AWX_COLLECTION_PATH": str(awx_collection.fetched(session))}
    for core in (*PYTHONS, *COMING):
        session.log(f"ansible-core {core}")
        run_pytest(session, *tests, *BALANCED, ANSIBLE_CORE=core, **others)
    for core in (*PYTHONS, *COMING):
        session.notify(f"sanity-{core}")


def fuzz(session: nox.Session) -> None:
    """Hostile answers and input in full, with the oldest libraries at the end. Arguments go to pytest."""
    tried = (
        "-m",
        "not truth and not rotation and not faults and not leaks",
        "--hypothesis-profile",
        "fuzz",
        *SIDE_BY_SIDE,
    )
    names = ("network_guard", "hostile_names", "bad_input", "bad_evidence")
    files = [f"tests/acceptance/test_{name}.py" for name in names]
    run_pytest(session, *tried, "tests/unit/hostile", *BELOW_THE_ENGINES, "tests/unit/docs", *files)
    session.notify("guided")
    session.notify("oldest")


def guided(session: nox.Session) -> None:
    """The same parsers, fed by atheris for a minute each; says so where it does not install."""
    install(session, "test")
    try:
        session.install("--quiet", "atheris>=2.3")
    except nox.command.CommandFailed:
        session.warn("there is no atheris for this Python: nothing was tried by it")
        return
    session.run("python", "tests/fuzz/guided.py", *session.posargs, env=collection_env())


def oldest(session: nox.Session) -> None:
    """Exactly the lower bounds of what the collection asks for. Arguments go to pytest."""
    asked_for = (ROOT / "meta" / "ee-requirements.txt").read_text().splitlines()
    lowest = [line.replace(">=", "==") for line in asked_for if ">=" in line]
    session.install("--quiet", "-r", "tests/requirements/test.txt", *lowest)
    session.log(f"with {', '.join(lowest)}")
    files = (*BELOW_THE_ENGINES, "tests/unit/hostile", "tests/unit/sign_in", "tests/acceptance/test_outcomes.py")
    session.run("pytest", "-c", "tests/pytest.ini", *files, *SIDE_BY_SIDE, *session.posargs, env=collection_env())


def coverage(session: nox.Session) -> None:
    """What the unit tests reach of `module_utils`: 95 % of each package, 98 % of all lines, 96 % of all branches."""
    install(session, "coverage")
    place = Path(session.create_tmp()).resolve()
    reports = ("--cov-report=term", f"--cov-report=json:{place / 'report.json'}")
    measured = (f"--cov={ROOT / 'plugins' / 'module_utils'}", "--cov-config=tests/coverage.ini", *reports)
    tests = ("tests/unit", "--ignore=tests/unit/emulator")
    run_pytest(session, *tests, *measured, *BALANCED, COVERAGE_FILE=str(place / "data"))
    covered.check(session, place / "report.json")


def mutants(session: nox.Session) -> None:
    """Mutates what decides and remembers: the tests kill at least 85 %. Arguments go to `mutmut run`."""
    install(session, "mutants")
    mutation = ROOT / "tests" / "mutation"
    with collection_tree.copied() as collection, session.chdir(collection.parents[2]):
        shutil.copy(mutation / "mutmut.toml", "pyproject.toml")
        session.run("mutmut", "run", *session.posargs, env={"PYTHONPATH": str(EMULATOR)})
        session.run("python", str(mutation / "report.py"))


SESSIONS = (
    *(sign_in, custody, places, truth, rotation, handover, faults, leaks, cores, soak),
    *(fuzz, guided, oldest, coverage, mutants),
)
