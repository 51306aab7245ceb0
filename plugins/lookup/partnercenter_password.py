# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: partnercenter_password
short_description: Reads a rotated password from its store
version_added: 0.1.0
description:
  - Returns the password that M(csp.partnercenter.partnercenter_user_password_rotation) has put into a store. It does
    not ask Partner Center, and writes nothing.
  - If there is no password, the lookup fails and names the user. It never returns an empty text.
  - A user is identified by the object id. Each rotation updates the principal name in the store. If two stored users
    have the same name, or the name does not match, the lookup fails and names the ids.
  - With ansible-core 2.22 or later the password is masked in all output. With an earlier version, set C(no_log=true)
    for each task that uses the password.
author:
  - The contributors of csp.partnercenter (@csp-partnercenter)
extends_documentation_fragment:
  - csp.partnercenter.store
options:
  _terms:
    description:
      - Object ids (GUIDs) or user principal names of the users.
      - Use ids if another user may have got a name since the last rotation.
    type: list
    elements: str
    required: true
  customer_id:
    description:
      - The tenant id of the users' customer, a GUID.
      - Without it, the whole store is searched. This takes longer, and fails if a user is stored for two customers.
    type: str
    env:
      - name: PARTNERCENTER_CUSTOMER_ID
    vars:
      - name: partnercenter_customer_id
  version:
    description:
      - V(current) is the password of the last finished rotation.
      - V(pending) is the new password of a rotation that is not finished. It may or may not be valid already.
      - V(previous) is the one before V(current).
    type: str
    choices: [current, pending, previous]
    default: current
notes:
  - A V(file) store is decrypted with the vault secrets of the run (C(--vault-id)).
  - A file of a V(file) store can be loaded with C(vars_files) as well, and defines C(partnercenter_password),
    C(partnercenter_password_pending) and C(partnercenter_password_previous) where there are such passwords, and
    C(partnercenter_password_document). Then nothing checks whether the file was changed, and anybody who can write to
    it can run code in that play, as with each file of variables. This lookup checks the file, and treats nothing in it
    as a template.
  - A relative C(path) in C(store) starts at the folder of the inventory file, as for the rotation. Use the same
    inventory for both, or an absolute path.
seealso:
  - module: csp.partnercenter.partnercenter_user_password_rotation
"""

EXAMPLES = r"""
- name: Give the new password of a service account to its consumer
  ansible.builtin.uri:
    url: https://scheduler.example.com/api/credentials/backup
    method: PUT
    body_format: json
    body:
      user: svc-backup@contoso.onmicrosoft.com
      password: "{{ lookup('csp.partnercenter.partnercenter_password', 'svc-backup@contoso.onmicrosoft.com') }}"
  no_log: true

- name: Read from a vault, by ids
  ansible.builtin.template:
    src: backup.conf.j2
    dest: /etc/backup.conf
    mode: "0600"
  vars:
    backup_password: >-
      {{ lookup('csp.partnercenter.partnercenter_password', '22222222-2222-4222-8222-222222222222',
                customer_id='11111111-1111-4111-8111-111111111111',
                store={'type': 'azure_keyvault', 'vault_url': 'https://contoso.vault.azure.net'}) }}
  no_log: true
"""

RETURN = r"""
_raw:
  description: The passwords, in the order of the terms.
  type: list
  elements: str
"""

from typing import Any

from ansible.errors import AnsibleError
from ansible.plugins.lookup import LookupBase

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.arguments import store as store_spec
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.library_output import (
    library_output_taken_in,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.paths import with_absolute_paths
from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import InputError, PartnerCenterError
from ansible_collections.csp.partnercenter.plugins.module_utils._base.identifiers import guid
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.base import Store
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.records import Slot
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.registry import make_store
from ansible_collections.csp.partnercenter.plugins.plugin_utils._base_folder import base_folder
from ansible_collections.csp.partnercenter.plugins.plugin_utils._controller import controller_context, mask
from ansible_collections.csp.partnercenter.plugins.plugin_utils._plugin_options import (
    check_options,
    secrets_in,
)
from ansible_collections.csp.partnercenter.plugins.plugin_utils._untrusted import untrusted


class LookupModule(LookupBase):
    """Reads the store once for each term."""

    def run(self, terms: list[Any], variables: dict[str, Any] | None = None, **kwargs: Any) -> list[str]:
        message = ""
        try:
            check_options(kwargs, self.option_definitions)
            self.set_options(var_options=variables, direct=kwargs)
            with library_output_taken_in():
                return self._passwords(terms, base_folder(variables or {}))
        except PartnerCenterError as error:
            message = str(error)
        except AnsibleError:
            raise
        except Exception as error:
            message = f"an internal error of the collection ({type(error).__name__})"
        # Outside of the handler: nothing is chained to it, and no text of another error is shown.
        raise AnsibleError(f"partnercenter_password: {message}")

    def _passwords(self, terms: list[Any], base: str | None) -> list[str]:
        customer_id, origin = self.get_option_and_origin("customer_id")
        if customer_id and origin.startswith("var:"):  # Ansible does not render those
            customer_id = self._templar.template(customer_id)
        customer_id = guid(customer_id, "customer_id") if customer_id else None
        context = controller_context(self._loader, base).for_stores()
        spec = store_spec()["store"]["options"]
        options = with_absolute_paths(self.get_option("store") or {}, spec, base, "store")
        for secret in secrets_in(options, spec):
            mask(secret)
        store = make_store(options, context)
        slot = Slot(self.get_option("version"))
        passwords: list[str] = untrusted([self._password(store, term, customer_id, slot) for term in terms])
        return passwords

    def _password(self, store: Store, term: Any, customer_id: str | None, slot: Slot) -> str:
        if not isinstance(term, str) or not term.strip():
            raise InputError("user", "must be a name or an id; for a list of users, use query() with * before the list")
        subject = store.find(str(term), customer_id)
        stored = store.load(subject, read_only=True)
        if stored is None:
            raise store.problem(subject, "nothing is stored")
        return store.password(stored, slot).reveal()
