# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The documentation in the collection's files: modules, argument specs, roles. They are read, not run."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any
from unittest.mock import patch

import yaml

Options = dict[str, Any]

COLLECTION = "csp.partnercenter"
HOME = Path(__file__).resolve().parents[3]
PLUGINS, ROLES = HOME / "plugins", HOME / "roles"
MODULES = sorted(file.stem for file in (PLUGINS / "modules").glob("*.py"))
#: Tasks of the roles, which are no entrances of their own.
OF_THE_PLAY = ("partnercenter_passwords_of_play", "partnercenter_outcome")
ACTIONS = sorted(file.stem for file in (PLUGINS / "action").glob("*.py"))


def plugin(kind: str, name: str) -> Any:
    return importlib.import_module(f"ansible_collections.{COLLECTION}.plugins.{kind}.{name}")


def fragment(name: str) -> Options:
    """The options of a documentation fragment, such as ``csp.partnercenter.connection.plugins``."""
    file, _dot, part = name.removeprefix(f"{COLLECTION}.").partition(".")
    text = getattr(plugin("doc_fragments", file).ModuleDocFragment, part.upper() or "DOCUMENTATION")
    return yaml.safe_load(text).get("options", {})


def documented(kind: str, name: str) -> Options:
    """The options of a module or plugin, with those of the collection's fragments. What is nearer wins, key by key."""
    document = yaml.safe_load(plugin(kind, name).DOCUMENTATION)
    sources = [document.get("options", {})]
    sources += [
        fragment(used) for used in document.get("extends_documentation_fragment", []) if used.startswith(COLLECTION)
    ]
    options: Options = {}
    for source in sources:
        for option, rules in source.items():
            options[option] = rules | options.get(option, {})
    return options


def own_options(kind: str, name: str) -> Options:
    return yaml.safe_load(plugin(kind, name).DOCUMENTATION).get("options", {})


def returned(module: str) -> Options:
    return yaml.safe_load(plugin("modules", module).RETURN)


def values(rules: Options) -> set[str]:
    """Return the values that a description names: ``V(value)``."""
    description = rules["description"]
    return set(re.findall(r"\bV\(([^)]+)\)", description if isinstance(description, str) else " ".join(description)))


def module_spec(name: str) -> Options | None:
    """The argument spec that the module's code uses; None where an action plugin does all the work."""
    module = plugin("modules", name)
    if not hasattr(module, "main"):
        return None
    with patch.object(module, "run_module") as run:
        module.main()
    return run.call_args.args[0]


def action_spec(name: str) -> Options:
    """The argument spec that the action plugin of this name uses."""
    action = plugin("action", name).ActionModule
    if name in OF_THE_PLAY:
        return action.specification()
    specification, _work = action.entrance
    return specification()


def role_file(role: str, path: str) -> Any:
    return yaml.safe_load((ROLES / role / path).read_text(encoding="utf-8"))


def role_options(role: str) -> Options:
    return role_file(role, "meta/argument_specs.yml")["argument_specs"]["main"]["options"]


def part(text: str, start: str, end: str) -> str:
    """Return the text from ``start`` to the first ``end`` after it."""
    return text[text.index(start) + len(start) :].partition(end)[0]
