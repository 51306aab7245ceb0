# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of a plugin's file: documented once, checked without their values, rendered, and masked after that."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader

from ansible_collections.csp.partnercenter.plugins.doc_fragments import connection as connection_docs
from ansible_collections.csp.partnercenter.plugins.doc_fragments import credentials as credentials_docs
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible import arguments, environment
from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import InputError
from ansible_collections.csp.partnercenter.plugins.plugin_utils import _controller
from ansible_collections.csp.partnercenter.plugins.plugin_utils._plugin_options import (
    check_options,
    rendered_options,
    secrets_in,
)
from ansible_collections.csp.partnercenter.tests.unit.support.engine import raised

try:
    from ansible.template import trust_as_template
except ImportError:  # before 2.19 all texts are trusted

    def trust_as_template(text: str) -> str:
        return text


FRAGMENTS = [
    (credentials_docs.ModuleDocFragment, arguments.credentials),
    (connection_docs.ModuleDocFragment, arguments.connection),
]


@pytest.mark.parametrize(("fragment", "spec"), FRAGMENTS)
def test_documentation_is_the_same_for_modules_and_plugins(fragment: Any, spec: Any) -> None:
    """The texts stand once; plugins add the variables of the environment, all that modules read as well."""
    options = yaml.safe_load(fragment.DOCUMENTATION)["options"]
    added = yaml.safe_load(fragment.PLUGINS)["options"]
    assert options.keys() == spec().keys()
    readable = environment.with_environment(dict.fromkeys(options), {environment.variable(o): "x" for o in options})
    from_environment = {option for option, value in readable.items() if value}
    # Credentials exclude each other, so that one may keep another from being read.
    alone = {o for o in options if environment.with_environment({o: None}, {environment.variable(o): "x"})[o]}
    # Ansible itself takes no dictionary from the environment.
    assert from_environment <= alone == set(added) | ({"refresh_token_store"} & set(options))
    for option, more in added.items():
        assert more == {"env": [{"name": environment.variable(option)}]}


DEFINITIONS = {
    "users": {"type": "str", "choices": ["none", "all"]},
    "timeout": {"type": "float"},
    "strict": {"type": "boolean"},
    "place": {"type": "dict", "suboptions": {"token": {"type": "str"}, "size": {"type": "integer"}}},
    "untyped": {},
}


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"user": "Kanarie"}, "user: no such option; did you mean users?"),
        ({"users": "Kanarie"}, "users: must be one of none, all"),
        ({"timeout": "Kanarie"}, "timeout: must be of the type float"),
        ({"strict": "{{ Kanarie }}"}, "strict: must be of the type bool"),
        ({"place": {"size": "Kanarie"}}, "place.size: must be of the type int"),
        ({"place": {"sise": "Kanarie"}}, "place.sise: no such option; did you mean size?"),
    ],
)
def test_mistakes_are_named_without_their_values(given: dict[str, Any], sentence: str) -> None:
    error = raised(lambda: check_options(given, DEFINITIONS))
    assert isinstance(error, InputError)
    assert str(error) == sentence


def test_what_fits_passes() -> None:
    good = {"users": "all", "timeout": "1.5", "strict": True, "place": {"size": 1}, "untyped": object()}
    check_options(good | {"users": None}, DEFINITIONS)


class Plugin:
    """The plugin's options as Ansible gives them: values and their origins."""

    def __init__(self, **values: tuple[Any, str]) -> None:
        self.loader = DataLoader()
        self._vars: dict[str, Any] = {"who": "contoso"}
        self._values = values

    def get_option_and_origin(self, name: str) -> tuple[Any, str]:
        return self._values.get(name, (None, "default"))


def rendered(plugin: Plugin, **variables: str) -> dict[str, Any]:
    names = ["tenant_id", "client_secret", "refresh_token", "access_token", "refresh_token_store"]
    return rendered_options(plugin, names, variables, "/srv/inventory")


def test_the_file_is_rendered_and_the_environment_is_not() -> None:
    plugin = Plugin(
        tenant_id=(trust_as_template("{{ who }}.example"), "Direct"),
        client_secret=("{{ 'from' ~ 'Ansible' }}", "env: PARTNERCENTER_CLIENT_SECRET"),
    )
    options = rendered(plugin, PARTNERCENTER_CLIENT_SECRET="{{ 1 + 1 }}")
    assert options["tenant_id"] == "contoso.example"
    assert options["client_secret"] == "{{ 1 + 1 }}"


def test_a_credential_of_the_file_leaves_the_environments_of_that_kind_alone() -> None:
    plugin = Plugin(access_token=("token", "Direct"), refresh_token=("other", "env: PARTNERCENTER_REFRESH_TOKEN"))
    options = rendered(plugin, PARTNERCENTER_REFRESH_TOKEN="other", PARTNERCENTER_TENANT_ID="a.example")
    assert options["access_token"] == "token"
    assert options["refresh_token"] is None
    assert options["tenant_id"] == "a.example"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{{ 'Kanarie' | nofilter }}", "client_secret: its template cannot be rendered ("),
        ("{{ undefined_of_the_tests }}", "client_secret: its template cannot be rendered ("),
        ("{{ ['Kanarie'] }}", "client_secret: its template does not give a text"),
    ],
)
def test_templates_that_give_nothing(text: str, sentence: str) -> None:
    error = raised(lambda: rendered(Plugin(client_secret=(trust_as_template(text), "Direct"))))
    assert str(error).startswith(sentence)
    assert "Kanarie" not in str(error)


def test_relative_paths_begin_at_the_file() -> None:
    plugin = Plugin(certificate_path=("keys/app.pem", "Direct"))
    names = ("certificate_path", "refresh_token_file")
    options = rendered_options(plugin, names, {"PARTNERCENTER_REFRESH_TOKEN_FILE": "token"}, "/srv/inventory")
    assert options["certificate_path"] == "/srv/inventory/keys/app.pem"
    assert options["refresh_token_file"] == "/srv/inventory/token"


def test_secrets_are_masked_as_rendered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Secrets inside of other options are masked as well, short ones never. Needs an ansible-core that can mask."""
    masked: list[str] = []
    monkeypatch.setattr(_controller, "register_secret", masked.append)
    plugin = Plugin(
        client_secret=(trust_as_template("{{ who }}-secret"), "Direct"),
        refresh_token_store=({"type": "hashi_vault", "url": "https://vault.example", "token": "vault-token"}, "Direct"),
        tenant_id=("tenant.example", "Direct"),
    )
    rendered(plugin)
    assert sorted(masked) == ["contoso-secret", "vault-token"]
    masked.clear()
    rendered(Plugin(client_secret=("short", "Direct")))
    assert masked == []


def test_every_secret_option_counts() -> None:
    found = list(secrets_in(dict.fromkeys(arguments.credentials(), "value"), arguments.credentials()))
    assert len(found) == sum(bool(rules.get("no_log")) for rules in arguments.credentials().values()) >= 4


def test_a_secret_that_is_no_text_is_refused_in_a_plugins_file_as_well() -> None:
    definitions = {
        "client_secret": {"type": "str"},
        "store": {"type": "dict", "suboptions": {"token": {"type": "str"}}},
    }
    for given, place in (({"client_secret": 12345678}, "client_secret"), ({"store": {"token": ["x"]}}, "store.token")):
        assert str(raised(partial(check_options, given, definitions))).startswith(f"{place}: must be a text")
