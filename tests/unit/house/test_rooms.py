# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The folders of ``plugins/module_utils`` and the directions of their imports (docs/architecture.md)."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._links.options import KINDS as LINKS
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.options import KINDS

PLUGINS = Path(__file__).resolve().parents[3] / "plugins"
ENGINE = PLUGINS / "module_utils"
COLLECTION = "ansible_collections.csp.partnercenter.plugins"

#: Each folder, and what its files may import besides their own folder.
ROOMS = {
    "_base": "",
    "_http": "_base",
    "_directory": "_base",
    "_entra": "_base _http",
    "_stores": "_base _http _entra",
    # A link service of Vault signs in as the store does.
    "_links": "_base _http _stores",
    "_partner_center": "_base _http _entra _directory",
    "_graph": "_base _http _entra _directory",
    "_password": "_base _directory",
    "_sign_in": "_base _entra _directory _stores",
    "_rotation": "_base _directory _stores _password",
    "_handover": "_base _directory _stores _links _password _rotation",
    "_users": "_base _directory _stores _links _password _rotation _handover",
    "_readiness": "_base _directory",
    "_ansible": (
        "_base _http _entra _directory _partner_center _graph _stores _links _password _sign_in _rotation _handover "
        "_users _readiness"
    ),
}
#: Libraries, and the only file that may import each.
ONLY_IMPORTERS = {
    "requests": "_http/transport.py",
    "urllib3": "_http/transport.py",
    "msal": "_entra/entra.py",
    "hvac": "_stores/vault_api.py",
    "boto3": "_stores/aws_api.py",
    "botocore": "_stores/aws_api.py",
    "azure": "_stores/key_vault_api.py",
    "xkcdpass": "_rotation/generator.py",
}

#: How a file becomes durable or locked: in ``_base`` only.
DURABLE = {"os.replace", "os.rename", "os.link", "os.fsync", "os.fdatasync", "os.truncate", "os.ftruncate"}
LOCKING = {"fcntl.flock", "fcntl.lockf"}
#: The same of a module with another name, or of a path. Only ``replace`` is a word for texts and times as well.
DURABLE_BY_ANY_NAME = {name.partition(".")[2] for name in DURABLE | LOCKING} - {"replace", "truncate"}

#: Each way to a directory of users, and who may know that it is this one: who chooses it, and who shows records that
#: no other way has. Everybody else knows the port.
WAYS = {
    "_partner_center": {"_ansible/connecting.py", "_ansible/audit_info.py", "_ansible/rows.py"},
    "_graph": {"_ansible/connecting.py"},
}
#: What is about Partner Center alone: its audit log, and the sign-in to it.
OWN_ENTRANCES = {"_ansible/audit_info.py", "_ansible/sign_in.py"}
ENGINES = ("_password", "_rotation", "_handover", "_users")
#: Words of one service in the code of the engines. ``audit_timeout`` is an option of the modules.
OF_ONE_SERVICE = re.compile(r"audit(?!_timeout)|partner[_ ]center|graph\b|ms-(request|correlation)id", re.IGNORECASE)

FILES = sorted(ENGINE.rglob("*.py"))


def name_of(file: Path) -> str:
    return str(file.relative_to(ENGINE))


def imported(file: Path) -> Iterator[str]:
    """The absolute names of the modules that a file imports, wherever in the file it does."""
    package = [*COLLECTION.split("."), *file.relative_to(PLUGINS).parts[:-1]]
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*start, *([node.module] if node.module else [])])
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def test_every_folder_has_its_place() -> None:
    assert {file.relative_to(ENGINE).parts[0] for file in FILES} == set(ROOMS)


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_imports_go_one_way(file: Path) -> None:
    room, prefix = file.relative_to(ENGINE).parts[0], f"{COLLECTION}."
    names = [name.removeprefix(prefix) for name in imported(file) if name.startswith(prefix)]
    used = {name.removeprefix("module_utils.").split(".")[0] for name in names if name != "module_utils"}
    assert used <= {room, *ROOMS[room].split()}, f"{name_of(file)} imports {sorted(used)}"


def test_no_two_files_need_each_other() -> None:
    """Nor do more of them in a circle, by an import in a function either."""
    modules = {f"{COLLECTION}.module_utils.{name_of(file)[:-3].replace('/', '.')}": file for file in FILES}
    needs = {name: modules.keys() & set(imported(file)) - {name} for name, file in modules.items()}
    TopologicalSorter(needs).prepare()  # raises CycleError, which names the files


@pytest.mark.parametrize("way", WAYS)
def test_who_chooses_a_way_is_who_knows_it(way: str) -> None:
    prefix = f"{COLLECTION}.module_utils.{way}."
    users = {name_of(file) for file in FILES if any(name.startswith(prefix) for name in imported(file))}
    assert {name for name in users if not name.startswith(f"{way}/")} == WAYS[way]


def test_only_what_is_about_partner_center_asks_for_it_by_name() -> None:
    asking = {name_of(file) for file in FILES if "open_partner_center" in file.read_text()}
    assert asking == {"_ansible/connecting.py", *OWN_ENTRANCES}


@pytest.mark.parametrize("file", [file for file in FILES if file.relative_to(ENGINE).parts[0] in ENGINES], ids=name_of)
def test_the_engines_name_nothing_of_one_service(file: Path) -> None:
    """Code and messages name no service. A docstring may name one as an example."""
    tree = ast.parse(file.read_text())
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node):
            node.body[0] = ast.Pass()
    assert not OF_ONE_SERVICE.findall(ast.unparse(tree))


@pytest.mark.parametrize("file", sorted(PLUGINS.rglob("*.py")), ids=lambda file: str(file.relative_to(PLUGINS)))
def test_a_library_has_one_importer(file: Path) -> None:
    libraries = {name.split(".")[0] for name in imported(file)}
    assert libraries.isdisjoint(name for name, importer in ONLY_IMPORTERS.items() if file != ENGINE / importer)


@pytest.mark.parametrize("file", sorted(PLUGINS.rglob("*.py")), ids=lambda file: str(file.relative_to(PLUGINS)))
def test_files_are_written_and_locked_in_one_place(file: Path) -> None:
    """All files are written by ``_base/durable.py`` and locked by ``_base/lock.py``."""
    if file.parent == ENGINE / "_base":
        return
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Attribute):
            assert ast.unparse(node) not in DURABLE | LOCKING and node.attr not in DURABLE_BY_ANY_NAME
    assert not {name for name in imported(file) if name in DURABLE | LOCKING or name == "fcntl"}


@pytest.mark.parametrize("file", [file for file in FILES if not name_of(file).startswith("_ansible/")], ids=name_of)
def test_the_engine_does_not_know_ansible(file: Path) -> None:
    assert not [name for name in imported(file) if name.split(".")[0] == "ansible"]


def test_every_file_is_imported() -> None:
    """The importer is a file of the plugins, not only a test."""
    files = [*FILES, *(PLUGINS / "plugin_utils").rglob("*.py")]
    modules = {".".join([COLLECTION, *file.relative_to(PLUGINS).with_suffix("").parts]): file for file in files}
    used = {(name, file) for file in PLUGINS.rglob("*.py") for name in imported(file)}
    # The registries load the one that is asked for.
    for room, kinds in (("_stores", KINDS), ("_links", LINKS)):
        used |= {(f"{COLLECTION}.module_utils.{room}.{kind}", ENGINE / room / "registry.py") for kind in kinds}
    idle = [name for name, own in modules.items() if not any(name == other and own != file for other, file in used)]
    assert not idle


def test_every_documentation_fragment_is_used() -> None:
    """Each part of a fragment is used."""
    texts = [file.read_text() for kind in ("modules", "lookup", "inventory") for file in (PLUGINS / kind).glob("*.py")]
    lines = {line.strip() for text in texts for line in text.splitlines()}
    for file in (PLUGINS / "doc_fragments").glob("*.py"):
        for part in re.findall(r"^    ([A-Z_]+) = ", file.read_text(), re.MULTILINE):
            name = file.stem if part == "DOCUMENTATION" else f"{file.stem}.{part.lower()}"
            assert f"- csp.partnercenter.{name}" in lines, name


@pytest.mark.parametrize("action", sorted(file.stem for file in (PLUGINS / "action").glob("*.py")))
def test_an_action_plugin_loads_no_store_and_no_library_of_one_before_it_is_needed(action: str) -> None:
    """Ansible loads it for each play that names it, whether its task runs or not."""
    code = f"import sys, {COLLECTION}.action.{action}; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(run.stdout.split())
    assert not loaded & {"hvac", "boto3", "botocore", "azure", "xkcdpass"}
    assert action.endswith(("rotation", "handover")) or f"{COLLECTION}.module_utils._stores.registry" not in loaded


@pytest.mark.parametrize(("role", "other"), [("reset", "_rotation"), ("rotation", "_password.ledger")])
def test_a_role_loads_nothing_that_only_the_other_one_needs(role: str, other: str) -> None:
    action = f"{COLLECTION}.plugin_utils._play_action"
    code = f"import sys, {action} as play; play.make_role('user_password_{role}'); print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not [name for name in run.stdout.split() if name.startswith(f"{COLLECTION}.module_utils.{other}")]


def test_no_two_public_classes_have_one_name() -> None:
    """What implements a part of the port is called as that part, and each way has the same names as the others."""
    places = defaultdict(list)
    for file in (file for file in FILES if name_of(file) != "_directory/directory.py"):
        room = file.relative_to(ENGINE).parts[0]
        for node in ast.parse(file.read_text()).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                name = node.name
                places[f"{room}.{name}" if room in WAYS else name].append(name_of(file))
    assert {name: where for name, where in places.items() if len(where) > 1} == {}


@pytest.mark.parametrize("file", sorted(PLUGINS.rglob("*.py")), ids=lambda file: str(file.relative_to(PLUGINS)))
def test_no_file_is_too_long_to_be_read_at_once(file: Path) -> None:
    """Documentation of options is data."""
    lines = len(file.read_text().splitlines())
    assert file.parent.name in ("modules", "doc_fragments") or lines <= 300, f"{lines} lines"
