# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter ``rotation_declarations``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.csp.partnercenter.plugins.plugin_utils._declarations import DeclarationError, read_declarations
from ansible_collections.csp.partnercenter.plugins.plugin_utils._untrusted import untrusted

DOCUMENTATION = r"""
name: rotation_declarations
short_description: Reads declared rotations, and refuses what is wrong in them with its line
version_added: 0.1.0
description:
  - Reads the text of a C(rotations.yml) and returns its customers with their users.
  - Unknown keys, keys that are there twice, passwords, templates, and malformed values are refused with file and line.
  - A user, a customer, or the file says when by C(rotation_id), C(not_before), or C(max_age). The nearest counts alone.
positional: name, problem
options:
  _input:
    description: The text of the file.
    type: str
    required: true
  name:
    description: What to call the file in errors.
    type: str
    default: rotations.yml
  problem:
    description: Whether to return what is wrong, as a sentence (empty where nothing is), rather than the customers.
    type: bool
    default: false
    version_added: 1.0.0
author:
  - The contributors of csp.partnercenter (@csp-partnercenter)
"""

EXAMPLES = r"""
- name: Show who is declared
  ansible.builtin.debug:
    msg: "{{ lookup('ansible.builtin.file', 'rotations.yml') | csp.partnercenter.rotation_declarations }}"
"""

RETURN = r"""
_value:
  description: The customers in the order of the file. With O(problem), a text.
  type: list
  elements: dict
  contains:
    name:
      description: The customer's domain or id in small letters, for use as a host's name.
      type: str
      returned: success
    customer_id:
      description: The customer's tenant id.
      type: str
      returned: if it was declared
    customer_domain:
      description: One of the customer's domains.
      type: str
      returned: if it was declared
    users:
      description: The users, each with what counts for it, as C(partnercenter_users) of the roles.
      type: list
      elements: dict
      returned: success
"""


def rotation_declarations(text: str, name: str = "rotations.yml", problem: bool = False) -> Any:
    try:
        customers = read_declarations(text, name)
    except DeclarationError as error:
        if problem:
            return untrusted(str(error))
        raise AnsibleFilterError(str(error)) from None
    return "" if problem else untrusted(customers)


class FilterModule:
    """The filters of this file, as Ansible loads them."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"rotation_declarations": rotation_declarations}
