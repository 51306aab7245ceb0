# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter ``absolute_place``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.paths import absolute
from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import InputError
from ansible_collections.csp.partnercenter.plugins.plugin_utils._base_folder import base_folder

DOCUMENTATION = r"""
name: absolute_place
short_description: Makes a relative path absolute, as the modules of this collection do
version_added: 0.2.0
description:
  - A relative path begins in the folder of the inventory file, or, where there is none, of the playbook; never in the
    current folder.
positional: option, inventory_dir, playbook_dir
options:
  _input:
    description: A path.
    type: str
    required: true
  option:
    description: The name of the option, for the sentence.
    type: str
    required: true
  inventory_dir:
    description: The variable C(inventory_dir) of a host.
    type: str
    default: ''
  playbook_dir:
    description: The variable C(playbook_dir).
    type: str
    default: ''
author:
  - The contributors of csp.partnercenter (@csp-partnercenter)
"""

EXAMPLES = r"""
- name: Show where the report is
  ansible.builtin.debug:
    msg: "{{ ('report' | csp.partnercenter.absolute_place('report_folder', inventory_dir, playbook_dir)).path }}"
"""

RETURN = r"""
_value:
  description: C(path), and C(problem), a sentence where there is no such path. The other one is empty.
  type: dict
"""


def absolute_place(path: Any, option: str, inventory_dir: Any = "", playbook_dir: Any = "") -> dict[str, str]:
    base = base_folder({"inventory_dir": inventory_dir, "playbook_dir": playbook_dir})
    try:
        return {"path": absolute(str(path or ""), base, option), "problem": ""}
    except InputError as error:
        return {"path": "", "problem": str(error)}


class FilterModule:
    """What Ansible asks for."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"absolute_place": absolute_place}
