# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# /// script
# requires-python = ">=3.11"
# dependencies = ["nox>=2025.2.9", "antsibull-nox>=1.10", "uv"]
# ///
"""All commands of the project: `python3 noxfile.py --list` names them, `python3 noxfile.py -s NAME -- ARGS` runs one.

Nothing but Python 3.11 or newer is needed: run by a Python without nox, this file first makes an environment in
`.nox/bootstrap`. `uv run noxfile.py -s NAME` and `pipx run noxfile.py -s NAME` work as well.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT / "tests" / "tools"))

import bootstrap

try:
    import nox
    from antsibull_nox import load_antsibull_nox_toml
except ImportError:
    if __name__ != "__main__":
        raise
    bootstrap.restart(Path(__file__).resolve())

bootstrap.done()

import ansible_test
import awx_collection
import collection_tree
import cores
import docs_site
import execution_environment
import interpreters
import proofs
from running import SIDE_BY_SIDE, WAITING, collection_env, install, run_pytest, run_sessions

os.environ.setdefault("UV_PYTHON_DOWNLOADS", "never")
os.environ.setdefault("NOX_SCRIPT_MODE", "none")  # the environment is complete already

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_venv = "yes"
nox.options.sessions = ["lint", "units"]

load_antsibull_nox_toml()  # license-check, extra-checks


@nox.session(python=False, default=False)
def test(session: nox.Session) -> None:
    """Everything that gates a change."""
    run_sessions(session, "lint", "docs", "build", "ee", "demo")
    for name in ("units", "acceptance", "graph_client", "link_client", "integration", "sanity"):
        session.notify(name)


@nox.session
def lint(session: nox.Session) -> None:
    """Style, types, Ansible content, licence headers, action groups."""
    session.notify("license-check")
    session.notify("extra-checks")
    install(session, "lint")
    session.run("ruff", "check", "--output-format=concise", ".")
    session.run("ruff", "format", "--check", ".")
    emulators = ("partnercenter_emulator", "key_vault_emulator", "password_pusher_emulator", "local_server")
    plugins = "ansible_collections.csp.partnercenter.plugins"
    packages = (f"{plugins}.module_utils", f"{plugins}.plugin_utils._report", *emulators)
    mypy = ["mypy", "--config-file", "tests/mypy.ini", *(part for name in packages for part in ("-p", name))]
    session.run(*mypy, env={"MYPYPATH": collection_env()["PYTHONPATH"]})
    programs = ROOT / "playbooks" / "files"
    scripts = [str(program) for program in sorted(programs.glob("*.py"))]
    session.run("mypy", "--config-file", "tests/mypy.ini", *scripts, env={"MYPYPATH": str(programs)})
    with collection_tree.copied() as collection, session.chdir(collection):
        # ansible-lint looks at the options of a task only where the module has no action plugin
        shutil.rmtree("plugins/action", ignore_errors=True)
        tree = f"{collection.parents[2]}{os.pathsep}{awx_collection.fetched(session)}"
        # antsibull-changelog indents its data in its own way
        options = ["--offline", "--strict", "--exclude", "changelogs/changelog.yaml"]
        session.run("ansible-lint", *options, env={"ANSIBLE_COLLECTIONS_PATH": tree})


@nox.session
def units(session: nox.Session) -> None:
    """Unit tests. Arguments go to pytest."""
    run_pytest(session, "tests/unit", *SIDE_BY_SIDE)


@nox.session(default=False)
def acceptance(session: nox.Session) -> None:
    """Real playbooks against the emulator, one file per promise. Arguments go to pytest."""
    run_pytest(session, "tests/acceptance", *WAITING, AWX_COLLECTION_PATH=str(awx_collection.fetched(session)))


for proof in proofs.SESSIONS:
    nox.session(default=False)(proof)


@nox.session(default=False)
def docs(session: nox.Session) -> None:
    """Documentation of plugins, roles and changelog; builds the site, and prints where it is."""
    install(session, "docs")
    env = collection_env() | {"HOME": session.create_tmp()}  # antsibull-docs writes a log there
    docs_site.lint(session, env)
    session.run("antsibull-changelog", "lint")
    docs_site.check_samples(session)
    session.log(f"the documentation: {docs_site.build(session, env)}")


@nox.session(default=False)
def accessibility(session: nox.Session) -> None:
    """Runs axe-core in a browser on each kind of page of the site that the session docs has built."""
    session.install("--quiet", "axe-playwright-python>=0.1.4", "playwright>=1.49")
    session.run("python", "tests/tools/site_axe.py", str(docs_site.TARGET / "html"))


@nox.session(default=False)
def build(session: nox.Session) -> None:
    """Builds the tarball, installs it offline, verifies it, and imports it as Galaxy would."""
    install(session, "importer")
    place = Path(session.create_tmp()).resolve()
    shutil.rmtree(place)
    session.run("ansible-galaxy", "collection", "build", "--output-path", str(place))
    (tarball,) = place.glob("*.tar.gz")
    env = {"HOME": str(place / "home"), "ANSIBLE_COLLECTIONS_PATH": str(place / "installed")}
    session.run("ansible-galaxy", "collection", "install", "--offline", str(tarball), env=env)
    session.run("ansible-galaxy", "collection", "verify", "--offline", "csp.partnercenter", env=env)
    with session.chdir(place):
        log = str(session.run("python", "-m", "galaxy_importer.main", tarball.name, silent=True))
    session.log(log)
    if "WARNING:" in log or "ERROR:" in log:
        session.error("galaxy-importer has objections")


@nox.session(default=False)
def ee(session: nox.Session) -> None:
    """Makes and checks the build context of the execution environment. `-- build [BASE_IMAGE]` runs the demo in it."""
    install(session, "ee")
    place = execution_environment.create(session)
    execution_environment.check(session, place)
    if session.posargs[:1] == ["build"]:
        execution_environment.build(session, place, *(session.posargs[1:] or [None]))


#: Those that gate a change; the session `cores` takes all.
SANITY = ("2.19", "2.21")
found = {core: interpreters.find(versions) for core, versions in (cores.PYTHONS | cores.COMING).items()}


@nox.session(python=False, default=False)
def sanity(session: nox.Session) -> None:
    """`ansible-test sanity` on the oldest and the newest supported pair of ansible-core and Python."""
    for core in SANITY:
        if not found[core]:
            session.warn(
                f"sanity with ansible-core {core} does NOT run: no Python {' or '.join(cores.PYTHONS[core])} here"
            )
    if not any(found[core] for core in SANITY):
        session.error("no Python for any of them")
    run_sessions(session, *(f"sanity-{core}" for core in SANITY if found[core]))


def sanity_with(core: str) -> None:
    @nox.session(name=f"sanity-{core}", python=str(found[core]), default=False)
    def run(session: nox.Session) -> None:
        session.install(cores.wanted(core))
        ansible_test.run(session, "sanity", *session.posargs)


for core in found:
    if found[core]:
        sanity_with(core)


@nox.session(python=str(found["2.19"]) if found["2.19"] else None, default=False)
def integration(session: nox.Session) -> None:
    """`ansible-test integration`: one module against the emulator, as Ansible's own tools run it."""
    session.install(cores.wanted("2.19"), "-r", "tests/integration/requirements.txt")
    ansible_test.run(session, "integration", *session.posargs)


@nox.session(python=str(found["2.21"]) if found["2.21"] else None, default=False)
def sbom(session: nox.Session) -> None:
    """Lists the Python packages of the execution environment, with versions and licences (CycloneDX)."""
    install(session, "sbom")
    execution_environment.write_bill(session)


@nox.session(default=False)
def emulator(session: nox.Session) -> None:
    """Runs the emulator by hand: `-s emulator -- --help`."""
    session.install("--quiet", "-r", "tests/emulator/requirements.txt")
    session.run("python", "-m", "partnercenter_emulator", *session.posargs, env=collection_env())


@nox.session(default=False)
def graph_client(session: nox.Session) -> None:
    """Microsoft's own client of Graph drives the emulator."""
    install(session, "graph_client")
    session.run("python", "tests/emulator/foreign_graph_client.py", env=collection_env())


@nox.session(default=False)
def link_client(session: nox.Session) -> None:
    """The client of Password Pusher drives the stand-in for its server."""
    install(session, "link_client")
    session.run("python", "tests/emulator/foreign_link_client.py", env=collection_env())


@nox.session(default=False)
def benchmark(session: nox.Session) -> None:
    """Ways to reset many users, side by side: `-s benchmark -- --help`."""
    install(session, "test")
    session.run("python", "tests/benchmark/run_benchmark.py", *session.posargs, env=collection_env())


@nox.session(default=False)
def demo(session: nox.Session) -> None:
    """The main job, shown: emulator, example inventory, playbooks."""
    install(session, "play")
    session.run("python", "tests/demo/run_demo.py", *session.posargs, env=collection_env())


if __name__ == "__main__":
    nox.main()
