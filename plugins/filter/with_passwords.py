# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter ``with_passwords``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.texts import secret
from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import InputError
from ansible_collections.csp.partnercenter.plugins.module_utils._base.identifiers import (
    folded,
    known_guid,
    principal_name,
)
from ansible_collections.csp.partnercenter.plugins.plugin_utils._untrusted import untrusted

DOCUMENTATION = r"""
name: with_passwords
short_description: Joins declared users with passwords that are kept elsewhere
version_added: 0.1.0
description:
  - Adds to each user of a list its password out of a mapping. The result is a secret; use it in tasks with C(no_log).
positional: passwords, problem
options:
  _input:
    description: Users with C(user_principal_name) or C(user_id).
    type: list
    elements: dict
    required: true
  passwords:
    description:
      - Passwords by principal name or id. Upper and lower case of ASCII letters are the same.
      - Each must be a text. Put one that looks like a number into quotes, and one with braces behind C(!unsafe) or into
        a variable that is encrypted with C(ansible-vault encrypt_string).
    type: dict
    required: true
  problem:
    description: Return the sentence of what is wrong, without any value, or empty text where nothing is.
    type: bool
    default: false
    version_added: 1.0.0
author:
  - The contributors of csp.partnercenter (@csp-partnercenter)
"""

EXAMPLES = r"""
- name: Set passwords that are kept in an encrypted file of variables
  csp.partnercenter.partnercenter_user_password:
    customer_domain: customer-001.example.com
    users: "{{ declared_users | csp.partnercenter.with_passwords(vault_passwords) }}"
  no_log: true
"""

RETURN = r"""
_value:
  description: The same users, each with its C(password). With O(problem), a text.
  type: raw
"""

_UNREADABLE = (
    "the users or passwords cannot be read: a variable in them is not defined, or a password holds two braces and is "
    "not marked with !unsafe"
)
_KEYS = ("user_principal_name", "user_id")


def with_passwords(users: Any, passwords: Any, problem: bool = False) -> Any:
    try:
        joined = _joined(users, passwords)
    except InputError as error:
        wrong = str(error)
    except Exception:
        # Since ansible-core 2.19 values are rendered when they are touched, and what it says of one quotes it.
        wrong = _UNREADABLE
    else:
        return "" if problem else untrusted(joined)
    if problem:
        return untrusted(wrong)
    raise AnsibleFilterError(wrong) from None


def _joined(users: Any, passwords: Any) -> list[dict[str, Any]]:
    known = _by_name(passwords)
    if isinstance(users, (str, Mapping)) or not isinstance(users, Iterable):
        raise InputError("users", "must be a list of dictionaries")
    return [_with_password(f"users[{position}]", user, known) for position, user in enumerate(users)]


def _by_name(passwords: Any) -> dict[str, Any]:
    """Two entries whose names are the same for the service are an error: one of them is an old password, perhaps."""
    if not isinstance(passwords, Mapping):
        raise InputError("passwords", "must be a dictionary with a password for each principal name or id")
    known: dict[str, Any] = {}
    for name, password in passwords.items():
        if folded(str(name)) in known:
            raise InputError("passwords", f"has two entries for {_shown(name, 'one user')}, in upper and lower case")
        known[folded(str(name))] = password
    return known


def _with_password(place: str, user: Any, known: Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(user, Mapping):
        raise InputError(place, "must be a dictionary")
    names = [user[key] for key in _KEYS if user.get(key)]
    if not names:
        raise InputError(place, "has neither user_principal_name nor user_id")
    found = [folded(str(name)) for name in names if folded(str(name)) in known]
    if not found:
        raise InputError(place, f"there is no password for {_shown(names[0], 'this user')}")
    try:
        password = secret(known[found[0]])
    except TypeError as error:
        raise InputError(place, f"the password of {_shown(names[0], 'this user')} {error}") from None
    return {**user, "password": password}


def _shown(name: Any, instead: str) -> str:
    """The name where it is one: anything else may be a password in the wrong place."""
    text = str(name)
    try:
        return known_guid(text) or principal_name(text, "name")
    except InputError:
        return instead


class FilterModule:
    """The filters of this file, as Ansible loads them."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"with_passwords": with_passwords}
