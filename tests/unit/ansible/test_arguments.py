# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The argument specs, against the documentation that users read."""

from __future__ import annotations

import importlib
from typing import Any

import pytest
import yaml

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.arguments import user_password

COLLECTION = "ansible_collections.csp.partnercenter.plugins"
MODULE = "partnercenter_user_password"
SECRETS = {"password", "client_secret", "certificate_passphrase", "refresh_token", "access_token", "ledger_key"}


def documented() -> dict[str, Any]:
    document = yaml.safe_load(importlib.import_module(f"{COLLECTION}.modules.{MODULE}").DOCUMENTATION)
    options: dict[str, Any] = document["options"]
    for name in document["extends_documentation_fragment"]:
        fragment = importlib.import_module(f"{COLLECTION}.doc_fragments.{name.rpartition('.')[2]}")
        options |= yaml.safe_load(fragment.ModuleDocFragment.DOCUMENTATION).get("options", {})
    return options


def compare(spec: dict[str, Any], options: dict[str, Any], place: str = "") -> None:
    assert set(spec) == set(options), place
    for name, rules in spec.items():
        described, here = options[name], f"{place}{name}"
        for key in ("type", "elements", "choices", "default"):
            assert rules.get(key) == described.get(key), f"{here}: {key}"
        if "options" in rules:
            compare(rules["options"], described["suboptions"], f"{here}.")


def test_every_option_is_documented_with_its_type_choices_and_default() -> None:
    compare(user_password(), documented())


def test_every_secret_is_declared_as_one() -> None:
    spec = user_password()
    nested = spec | spec["users"]["options"]
    assert {name for name, rules in nested.items() if rules.get("no_log")} >= SECRETS
    assert spec["users"]["options"]["password"]["no_log"] is True


@pytest.mark.parametrize("name", ["force_change_password", "update_password"])
def test_what_only_sounds_like_a_secret_is_declared_as_none(name: str) -> None:
    assert user_password()[name]["no_log"] is False
