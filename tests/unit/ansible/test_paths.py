# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Relative paths of options begin at the inventory or the playbook, never in the current folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible import context

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible import (
    arguments,
    audit_info,
    customer_info,
    handover,
    password,
    rotation,
    sign_in,
    user,
    user_info,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.environment import variable
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.paths import (
    absolute,
    environment_with_absolute_paths,
    with_absolute_paths,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import InputError
from ansible_collections.csp.partnercenter.plugins.plugin_utils._base_folder import base_folder

SPECS = {
    "user_password": password.specification,
    "user_password_rotation": rotation.specification,
    "user": user.specification,
    "user_password_handover": handover.specification,
    "sign_in": sign_in.specification,
    "credentials": arguments.credentials,
}
BASE = "/srv/inventory"


@pytest.fixture(autouse=True)
def cwd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def paths_in(spec: arguments.Spec) -> dict[str, Any]:
    """The options that are paths, each with a relative value."""
    found: dict[str, Any] = {name: "a/../b" for name, rules in spec.items() if rules["type"] == "path"}
    inner = {name: paths_in(rules["options"]) for name, rules in spec.items() if rules["type"] == "dict"}
    return found | {name: members for name, members in inner.items() if members}


def flat(value: Any) -> list[Any]:
    return [leaf for member in value.values() for leaf in flat(member)] if isinstance(value, dict) else [value]


@pytest.mark.parametrize("make", SPECS.values(), ids=SPECS)
def test_every_option_that_is_a_path_begins_at_the_base(make: Callable[[], arguments.Spec]) -> None:
    spec = make()
    given = paths_in(spec)
    assert len(flat(given)) >= 5
    made = with_absolute_paths(given, spec, BASE)
    assert set(flat(made)) == {"/srv/inventory/b"} and len(flat(made)) == len(flat(given))
    with pytest.raises(InputError, match="is a relative path, and nothing says where it begins"):
        with_absolute_paths(given, spec, None)


def test_the_reading_modules_have_no_other_paths() -> None:
    for make in (user_info.specification, customer_info.specification, audit_info.specification):
        others = set(paths_in(make())) - set(paths_in(arguments.credentials() | arguments.connection()))
        assert not others


def test_a_path_of_an_option_of_an_option_is_named_in_full() -> None:
    with pytest.raises(InputError, match=r"^store\.path: "):
        with_absolute_paths({"store": {"path": "x"}}, arguments.store(), None)


def test_so_do_those_that_the_environment_stands_in_for() -> None:
    spec = rotation.specification() | password.specification()
    named = [variable(name) for name, rules in spec.items() if rules["type"] == "path" and name != "event_log"]
    environment = dict.fromkeys([*named, "PARTNERCENTER_STORE_PATH", "ANSIBLE_HOME"], "x") | {"OTHER": "x"}
    made = environment_with_absolute_paths(environment, BASE)
    assert made == dict.fromkeys(environment, "/srv/inventory/x") | {"OTHER": "x"}
    assert environment_with_absolute_paths({"PARTNERCENTER_LEDGER": ""}, None) == {"PARTNERCENTER_LEDGER": ""}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/abs/x", "/abs/x"),
        ("~/x", "/home/ada/x"),
        ("$HOME/x", "/home/ada/x"),
        (" x ", "/srv/inventory/x"),
        ("./x/..", "/srv/inventory"),
        ("", ""),
    ],
)
def test_what_is_absolute_stays_what_it_is(monkeypatch: pytest.MonkeyPatch, path: str, expected: str) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    assert absolute(path, BASE, "ledger") == expected


@pytest.mark.parametrize("path", ["$NOT_SET_HERE/x", "${NOT_SET_HERE}", "~nobody-of-this-name/x"])
def test_a_folder_with_a_forgotten_variables_name_is_never_made(path: str) -> None:
    with pytest.raises(InputError, match="ledger: begins with a variable that is not set, or a user"):
        absolute(path, BASE, "ledger")


def test_what_an_earlier_release_left_in_the_current_folder_is_not_begun_anew_elsewhere(cwd: Path) -> None:
    (cwd / "passwords").mkdir()
    with pytest.raises(InputError, match=f"begins in {BASE}, and is not there.*write {cwd}/passwords"):
        absolute("passwords", BASE, "store.path")
    (cwd / "inventory" / "passwords").mkdir(parents=True)
    assert absolute("passwords", str(cwd / "inventory"), "store.path") == f"{cwd}/inventory/passwords"


class TestTheBase:
    @pytest.fixture(autouse=True)
    def sources(self, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
        def given(*sources: str) -> None:
            monkeypatch.setattr(context, "CLIARGS", {"inventory": list(sources)})

        given("/nonexistent", "localhost,")
        return given

    def test_is_the_folder_of_the_hosts_inventory(self) -> None:
        assert base_folder({"inventory_dir": "/srv/inventory", "playbook_dir": "/srv/play"}) == "/srv/inventory"

    def test_for_localhost_and_added_hosts_it_is_that_of_the_first_inventory(
        self, cwd: Path, sources: Callable[..., None]
    ) -> None:
        (cwd / "hosts.yml").write_text("")
        (cwd / "folder").mkdir()
        variables = {"inventory_dir": None, "playbook_dir": "/srv/play"}
        sources("localhost,", str(cwd / "hosts.yml"), str(cwd / "folder"))
        assert base_folder(variables) == str(cwd)
        sources(str(cwd / "folder"))
        assert base_folder(variables) == str(cwd / "folder")

    @pytest.mark.parametrize("folder", [None, "None", ""])
    def test_without_an_inventory_file_it_is_that_of_the_playbook(self, folder: str | None) -> None:
        """ansible-core has the text ``None`` for a list of hosts."""
        assert base_folder({"inventory_dir": folder, "playbook_dir": "/srv/play"}) == "/srv/play"

    @pytest.mark.parametrize("folder", ["/x/ansible_collections/csp/partnercenter/playbooks", None])
    def test_without_an_inventory_it_is_never_in_an_installed_collection(self, folder: str | None) -> None:
        assert base_folder({"playbook_dir": folder}) is None
