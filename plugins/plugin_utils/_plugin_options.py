# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of a plugin that a file configures: checked without quoting a value, rendered, and secrets masked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ansible.errors import AnsibleError
from ansible.template import Templar

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.arguments import (
    Spec,
    connection,
    credentials,
    store,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.environment import with_environment
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.paths import with_absolute_paths
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.validation import validated
from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import InputError
from ansible_collections.csp.partnercenter.plugins.plugin_utils._controller import mask

try:
    from ansible.parsing.vault import EncryptedString
except ImportError:  # before 2.19
    from ansible.parsing.yaml.objects import AnsibleVaultEncryptedUnicode as EncryptedString

_TYPES = {"boolean": "bool", "integer": "int", "dictionary": "dict", "string": "str"}


def check_options(given: Mapping[str, Any], definitions: Mapping[str, Any]) -> None:
    """Refuse options that are unknown or do not fit their documentation; raises :class:`InputError`.

    Ansible ignores unknown options, and quotes a value that does not fit, even a secret.
    """
    validated({name: _decided(value) for name, value in given.items() if value is not None}, _spec(definitions))


def _decided(value: Any) -> Any:
    """Replace each value that is still encrypted by a text."""
    if isinstance(value, Mapping):
        return {name: _decided(member) for name, member in value.items()}
    return "encrypted" if isinstance(value, EncryptedString) else value


def _secret_options() -> frozenset[str]:
    return frozenset(secret_names(credentials() | store()))


def _spec(definitions: Mapping[str, Any]) -> Spec:
    spec: Spec = {}
    for name, rules in definitions.items():
        kind = rules.get("type", "raw")
        spec[name] = {"type": _TYPES.get(kind, kind)}
        spec[name] |= {key: rules[key] for key in ("choices", "elements") if rules.get(key)}
        spec[name] |= {"no_log": True} if name in _secret_options() else {}
        if rules.get("suboptions"):
            spec[name]["options"] = _spec(rules["suboptions"])
    return spec


def rendered_options(
    plugin: Any, names: Iterable[str], environment: Mapping[str, str], base: str | None
) -> dict[str, Any]:
    """Return the options of the plugin's file, with templates rendered, and those of the environment, as they are.

    Relative paths start at ``base``. Ansible's own handling of the environment is not used, because it does not know
    which credentials exclude each other.
    """
    templar = Templar(loader=plugin.loader, variables=plugin._vars)
    options = {}
    for name in names:
        value, origin = plugin.get_option_and_origin(name)
        options[name] = _rendered(name, value, templar) if origin == "Direct" else None
    filled = with_environment(options, environment)
    for secret in secrets_in(filled, credentials()):
        mask(secret)
    return with_absolute_paths(filled, credentials() | connection(), base)


def _rendered(name: str, value: Any, templar: Templar) -> Any:
    try:
        result = templar.template(value)
    except AnsibleError as error:
        # Its text may quote what a lookup gave.
        raise InputError(name, f"its template cannot be rendered ({type(error).__name__})") from None
    if isinstance(value, str) and not isinstance(result, str):
        raise InputError(name, "its template does not give a text")
    return result


def secrets_in(options: Mapping[str, Any], spec: Spec) -> Iterator[str]:
    """Yield the values of secret options, also those inside other options."""
    for name, rules in spec.items():
        value = options.get(name)
        if rules.get("no_log") and value:
            yield str(value)
        elif rules.get("options") and isinstance(value, Mapping):
            yield from secrets_in(value, rules["options"])


def secret_names(spec: Spec) -> Iterator[str]:
    """Yield the names of secret options, also those inside other options."""
    for name, rules in spec.items():
        if rules.get("no_log"):
            yield name
        yield from secret_names(rules.get("options", {}))
