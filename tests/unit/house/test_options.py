# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every option, against the documentation that users read, and against the roles that pass it on."""

from __future__ import annotations

import ast
from typing import Any

import pytest
import yaml
from ansible.module_utils.basic import PASSWORD_MATCH

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible import arguments
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.arguments import (
    connection,
    credentials,
    gateway,
    many_users,
    sessions,
    store,
    trigger,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.environment import variable, with_environment
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.intents import (
    _CUSTOMER_KEYS,
    _USER_KEYS,
    _inherit,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.texts import _TIMES
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.records import Slot
from ansible_collections.csp.partnercenter.plugins.plugin_utils._play_action import make_role
from ansible_collections.csp.partnercenter.tests.unit.support.documentation import (
    ACTIONS,
    HOME,
    MODULES,
    PLUGINS,
    ROLES,
    Options,
    action_spec,
    documented,
    fragment,
    module_spec,
    own_options,
    plugin,
    role_file,
    role_options,
    values,
)

#: Names of secret options, at any depth; ``access_key_id`` is a name, not a secret.
SECRETS = {
    "password",
    "client_secret",
    "certificate_passphrase",
    "refresh_token",
    "access_token",
    "ledger_key",
    "token",
    "secret_id",
    "jwt",
    "secret_access_key",
    "session_token",
    "passphrase",
}
LOOKUP, INVENTORY = "partnercenter_password", "partnercenter"
PASSWORD_MODULES = ["partnercenter_user_password", "partnercenter_user_password_rotation"]

#: Each role and the module that it hands its options to.
HANDED_TO = {
    "user_password_reset": "partnercenter_user_password",
    "user_password_rotation": "partnercenter_user_password_rotation",
}
#: What a role has for itself, without its prefix. ``batch_size`` of release 0.1.0 is accepted and does nothing.
OF_THE_ROLE = {
    "user_password_reset": {"batch_size"},
    "user_password_rotation": {"batch_size", "hooks_before", "hooks_after", "report_folder", "report_formats"},
}
#: Options of a module that no variable of a role stands for.
NOT_OF_THE_ROLE = {
    **dict.fromkeys(
        [*credentials(), *connection(), *gateway()],
        "from the environment or module_defaults, once for all tasks",
    ),
    **dict.fromkeys(["customer_id", "customer_domain"], "the host's own, partnercenter_customer_id or _domain"),
    "users": "the host's list partnercenter_users",
    **dict.fromkeys(["user_id", "user_principal_name"], "each user's own, in partnercenter_users"),
    "password": "each user's own, in partnercenter_users",
}
#: Options without a default in the roles, so that ``module_defaults`` count where the variable is not set.
NO_DEFAULT = {*sessions(), "password_writeback"}
#: Variables that hold a secret. Ansible quotes the lines around a template that fails, so they are not declared.
UNDECLARED = {"user_password_reset": {"ledger_key"}, "user_password_rotation": set[str]()}


def compare(spec: Options, options: Options, place: str = "") -> None:
    assert set(spec) == set(options), place
    for name, rules in spec.items():
        described, here = options[name], f"{place}{name}"
        for key in ("type", "elements", "choices", "default"):
            assert rules.get(key) == described.get(key), f"{here}: {key}"
        for key in ("required", "aliases"):
            assert bool(rules.get(key)) == bool(described.get(key)), f"{here}: {key}"
        assert described.get("description"), f"{here}: description"
        compare(rules.get("options", {}), described.get("suboptions", {}), f"{here}.")


def spec_of(module: str) -> Options:
    return module_spec(module) or action_spec(module)


def deep(spec: Options) -> list[tuple[str, Options]]:
    """Each option at any depth."""
    return [pair for name, rules in spec.items() for pair in [(name, rules), *deep(rules.get("options", {}))]]


@pytest.mark.parametrize("module", MODULES)
def test_every_option_of_a_module_is_documented_with_its_type_choices_and_default(module: str) -> None:
    compare(spec_of(module), documented("modules", module))


@pytest.mark.parametrize("action", ACTIONS)
def test_a_module_takes_the_same_options_in_the_controller_and_elsewhere(action: str) -> None:
    assert module_spec(action) in (None, action_spec(action))


def test_each_module_has_its_action_plugin_and_is_in_the_group_for_defaults() -> None:
    runtime = yaml.safe_load((HOME / "meta/runtime.yml").read_text(encoding="utf-8"))
    # It is a task that hides nothing, so no credentials may reach it.
    assert runtime["action_groups"] == {"all": [module for module in MODULES if module != "partnercenter_outcome"]}
    assert ACTIONS == MODULES


@pytest.mark.parametrize("concern", sorted(file.stem for file in (PLUGINS / "doc_fragments").glob("*.py")))
def test_a_fragment_documents_the_options_of_the_function_of_its_name(concern: str) -> None:
    compare(getattr(arguments, concern)() if fragment(concern) else {}, fragment(concern))


@pytest.mark.parametrize("module", PASSWORD_MODULES)
def test_a_user_of_a_list_has_every_option_that_a_task_has_for_its_only_user(module: str) -> None:
    spec = spec_of(module)
    user = spec["users"]["options"]
    assert {name: spec[name] for name in user} == user
    one = {name: f"value of {name}" for name in user}
    assert (
        _inherit({name: value for name, value in one.items() if name in (*_USER_KEYS, *_CUSTOMER_KEYS)}, one)
        == {"password": None} | one
    )


def test_an_option_that_is_a_time_takes_what_yaml_makes_of_one() -> None:
    described = {name for module in MODULES for name, rules in documented("modules", module).items() if is_time(rules)}
    assert set(_TIMES) == described


def is_time(rules: Options) -> bool:
    return str(rules["description"][0]).startswith("A time in ISO 8601")


@pytest.mark.parametrize("module", MODULES)
def test_every_secret_is_declared_as_one_and_nothing_else_is(module: str) -> None:
    for name, rules in deep(spec_of(module)):
        assert bool(rules.get("no_log")) == (name in SECRETS), name
        assert "no_log" in rules or not PASSWORD_MATCH.search(name), f"{name}: Ansible would warn about its name"


@pytest.mark.parametrize("module", MODULES)
def test_an_option_names_the_environment_variable_that_stands_in_for_it(module: str) -> None:
    options = documented("modules", module)
    for name in spec_of(module):
        filled = with_environment({name: None}, {variable(name): "from the environment"})[name] is not None
        assert filled == (f"E({variable(name)})" in str(options[name]["description"])), name


# Plugins


def test_the_inventory_documents_the_credentials_and_the_connection_that_it_uses() -> None:
    options, own = documented("inventory", INVENTORY), own_options("inventory", INVENTORY)
    compare(credentials() | connection(), {name: rules for name, rules in options.items() if name not in own})


@pytest.mark.parametrize("part", ["credentials", "connection"])
def test_plugins_name_the_environment_variables_for_ansible(part: str) -> None:
    spec = {"credentials": credentials, "connection": connection}[part]()
    named = {name: rules["env"] for name, rules in fragment(f"{part}.plugins").items()}
    filled = {name for name in spec if with_environment({name: None}, {variable(name): "x"})[name]}
    filled.discard("refresh_token_store")  # Ansible itself takes no dictionary from there; the plugins do
    assert named == {name: [{"name": variable(name)}] for name in filled}


@pytest.mark.parametrize(
    ("files", "kind", "name"),
    [
        (["lookup/partnercenter_password.py"], "lookup", LOOKUP),
        (
            [
                "inventory/partnercenter.py",
                "plugin_utils/_inventory_hosts.py",
                "module_utils/_ansible/population.py",
            ],
            "inventory",
            INVENTORY,
        ),
    ],
)
def test_a_plugin_reads_the_options_that_it_documents(files: list[str], kind: str, name: str) -> None:
    read = {option for file in files for option in options_read(ast.parse((PLUGINS / file).read_text()))}
    # Ansible's own: the terms, the mark of the file, and what its fragments document.
    ansible = {"_terms", "plugin", "cache", "strict", "compose", "groups", "keyed_groups"}
    assert read - ansible == set(own_options(kind, name)) - ansible | ({"store"} if kind == "lookup" else set())


def options_read(tree: ast.AST) -> set[str]:
    """What is asked for by ``get_option("…")`` and ``options["…"]``."""
    read: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(attr="get_option" | "get_option_and_origin"), args=[ast.Constant(name)]):
                read.add(str(name))
            case ast.Subscript(value=ast.Name("options"), slice=ast.Constant(name)):
                read.add(str(name))
    return read


def test_the_lookup_takes_the_stores_of_the_modules() -> None:
    options = documented("lookup", LOOKUP)
    compare(store(), {"store": options["store"]})
    assert options["version"]["choices"] == [slot.value for slot in Slot]


def test_the_lookup_masks_every_secret_of_a_store(monkeypatch: pytest.MonkeyPatch) -> None:
    module, spec = plugin("lookup", LOOKUP), store()["store"]["options"]
    given = {"store": {name: f"/value/of/{name}" for name in spec}, "version": "current"}
    lookup = module.LookupModule.__new__(module.LookupModule)
    lookup._loader, lookup.get_option = None, given.get
    lookup.get_option_and_origin = lambda name: (None, "default")
    masked: list[str] = []
    monkeypatch.setattr(module, "mask", masked.append)
    monkeypatch.setattr(module, "make_store", lambda options, context: None)
    lookup._passwords([], None)
    assert masked == [f"/value/of/{name}" for name, rules in spec.items() if rules.get("no_log")]


# Roles


@pytest.fixture(params=sorted(HANDED_TO))
def role(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def of_the_module(role: str) -> dict[str, Any]:
    """The options of the role that are the module's, without the role's prefix."""
    prefix = f"{role}_"
    options = {
        name.removeprefix(prefix): rules for name, rules in role_options(role).items() if name.startswith(prefix)
    }
    return {name: rules for name, rules in options.items() if name not in OF_THE_ROLE[role]}


def test_each_role_is_compared() -> None:
    assert set(HANDED_TO) == {folder.name for folder in ROLES.iterdir()}


def test_a_role_hands_its_variables_to_its_module(role: str) -> None:
    meant = make_role(role)
    assert meant.module == f"csp.partnercenter.{HANDED_TO[role]}" and meant.spec == spec_of(HANDED_TO[role])


def test_a_role_declares_what_it_passes(role: str) -> None:
    wanted = {name for name in spec_of(HANDED_TO[role]) if name not in NOT_OF_THE_ROLE}
    assert set(of_the_module(role)) == wanted - UNDECLARED[role]


def test_the_defaults_of_a_role_are_those_of_its_module(role: str) -> None:
    defaults = role_file(role, "defaults/main.yml")
    declared = {name: rules["default"] for name, rules in role_options(role).items() if "default" in rules}
    assert declared == defaults
    spec = spec_of(HANDED_TO[role])
    for name, rules in of_the_module(role).items():
        if name in NO_DEFAULT:
            assert "default" not in rules, name
        elif "default" in spec[name]:
            assert rules["default"] == spec[name]["default"], name


def test_a_role_names_the_choices_of_its_module(role: str) -> None:
    spec = spec_of(HANDED_TO[role])
    for name, rules in of_the_module(role).items():
        if choices := spec[name].get("choices"):
            assert set(rules.get("choices") or values(rules)) >= set(choices), name


def test_roles_describe_the_same_option_in_the_same_words() -> None:
    reset, rotation = (of_the_module(role) for role in sorted(HANDED_TO))
    for name in set(trigger() | many_users()) - {"max_resets"}:
        assert reset[name]["description"] == rotation[name]["description"], name
