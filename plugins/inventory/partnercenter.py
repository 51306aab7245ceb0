# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: partnercenter
short_description: Customers of a Microsoft partner as hosts, with their users
version_added: 0.1.0
description:
  - Reads the customers of a partner from Partner Center. Each customer is a host, with its users as a host variable on
    request. Or each user is a host.
  - It is configured by a file whose name ends with C(partnercenter.yml) or C(partnercenter.yaml).
  - The hosts are not machines. Their C(ansible_connection) is V(local), so that Ansible never connects to a customer's
    domain. O(compose) can set another connection.
author:
  - The contributors of csp.partnercenter (@csp-partnercenter)
extends_documentation_fragment:
  - csp.partnercenter.credentials
  - csp.partnercenter.credentials.plugins
  - csp.partnercenter.connection
  - csp.partnercenter.connection.plugins
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
notes:
  - Options for credentials and for the connection may be templates. Names that come from the service are never treated
    as templates.
  - If an inventory cannot be read, Ansible goes on without its hosts. Set E(ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED)
    to V(true) to stop instead.
options:
  plugin:
    description:
      - The name of this plugin.
    type: str
    required: true
    choices: [csp.partnercenter.partnercenter]
  hosts:
    description:
      - Whether customers or users are the hosts.
      - Each host has the variables C(partnercenter_customer_id), C(partnercenter_customer_domain), and
        C(partnercenter_customer_name).
      - With V(users) it has C(partnercenter_user_id), C(partnercenter_user_principal_name),
        C(partnercenter_user_display_name), C(partnercenter_user_federated), and C(partnercenter_user_synced) besides.
    type: str
    choices: [customers, users]
    default: customers
  users:
    description:
      - The content of the variable C(partnercenter_users) of each host. Reading the users takes one request for each
        page of a customer's users.
      - V(none) does not read users and sets no variable, unless O(hosts=users).
      - V(accounts) is a list that the roles and modules of this collection take as C(users), with
        C(user_principal_name).
      - V(details) is a list with C(user_id), C(user_principal_name), C(display_name), C(federated), and C(synced).
      - With O(hosts=users) the list holds the host's own user, and V(none) is the same as V(accounts).
    type: str
    choices: [none, accounts, details]
    default: none
  hostname:
    description:
      - The value from which the name of a host is made. The default is V(customer_domain) if hosts are customers, and
        V(user_principal_name) if they are users.
      - Names are in lower case, without accents, and a run of characters other than letters, digits, and C(. _ @ -)
        becomes C(_). If two customers or users would get the same host name, the id is appended to both, so that none
        hides the other. The id is also appended if the name would be empty, C(localhost), C(all), or C(ungrouped).
    type: str
    choices: [customer_domain, customer_id, company_name, user_principal_name, user_id]
  customer_ids:
    description:
      - Only customers with these tenant ids.
    type: list
    elements: str
  customer_domains:
    description:
      - Only customers with these domains, in addition to those of O(customer_ids).
    type: list
    elements: str
  name_prefix:
    description:
      - Only customers whose company name begins with this text, not case-sensitive.
      - It cannot be given together with O(customer_ids) or O(customer_domains).
    type: str
  user_names:
    description:
      - Only users whose principal name matches one of these shell patterns, not case-sensitive.
    type: list
    elements: str
  user_types:
    description:
      - Only users of these types. V(cloud) users can be reset. V(federated) users sign in at another identity provider.
        V(synced) users come from on-premises Active Directory.
      - The default is V(cloud), because a reset of the others is refused. With O(users=details), the default is all
        types.
      - Deleted users are never in the inventory.
    type: list
    elements: str
    choices: [cloud, federated, synced]
  privileged:
    description:
      - What to do with users who hold a directory role, such as Global Administrator. The modules refuse to reset them
        unless C(allow_privileged) is set.
      - V(exclude) reads the directory roles of each customer, one request for their list and one for each that is in
        use. If they cannot be read, O(on_unreadable) says what happens.
      - The default is V(exclude), because each tenant has a Global Administrator. With O(users=details), the default is
        V(include).
    type: str
    choices: [include, exclude]
    version_added: 1.0.0
  on_unreadable:
    description:
      - What to do if a named customer or its users cannot be read, for example because the account lacks a role there.
      - V(fail) stops with the customer's name and the reason.
      - V(warn) goes on with a warning. The host has no variable C(partnercenter_users), and the variable
        C(partnercenter_error) holds the reason. The result is not cached then.
    type: str
    choices: [fail, warn]
    default: fail
  concurrency:
    description:
      - The number of requests at the same time, V(1) to V(64).
    type: int
    default: 8
"""

EXAMPLES = r"""
# partnercenter.yml: every customer is a host. Credentials come from the environment (PARTNERCENTER_*).
plugin: csp.partnercenter.partnercenter

---
# contoso.partnercenter.yml: the service accounts of some customers, kept for an hour, ready for the roles
plugin: csp.partnercenter.partnercenter
name_prefix: Contoso
users: accounts
user_names: [svc-*]
privileged: exclude
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: ~/.cache/partnercenter
cache_timeout: 3600
keyed_groups:
  - key: partnercenter_customer_domain.split('.')[-1]
    prefix: domain

---
# users.partnercenter.yml: every user is a host, in a group for each customer
plugin: csp.partnercenter.partnercenter
hosts: users
tenant_id: "{{ lookup('ansible.builtin.env', 'PARTNER_TENANT') }}"
customer_domains: [contoso.onmicrosoft.com]
user_types: [cloud, synced]
on_unreadable: warn
compose:
  kind: "'synced' if partnercenter_user_synced else 'cloud'"
groups:
  administrators: partnercenter_user_principal_name.startswith('admin')
keyed_groups:
  - key: partnercenter_customer_name
    prefix: customer
"""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from ansible.errors import AnsibleError, AnsibleParserError
from ansible.inventory.group import to_safe_group_name
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.arguments import connection, credentials
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.connecting import open_connection
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.library_output import (
    library_output_taken_in,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.population import (
    Selection,
    make_selection,
    read_population,
)
from ansible_collections.csp.partnercenter.plugins.module_utils._base import notices
from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import PartnerCenterError
from ansible_collections.csp.partnercenter.plugins.module_utils._base.secret import Secret
from ansible_collections.csp.partnercenter.plugins.module_utils._entra.access_token import described
from ansible_collections.csp.partnercenter.plugins.plugin_utils._controller import controller_context
from ansible_collections.csp.partnercenter.plugins.plugin_utils._inventory_hosts import hosts_of
from ansible_collections.csp.partnercenter.plugins.plugin_utils._plugin_options import check_options, rendered_options
from ansible_collections.csp.partnercenter.plugins.plugin_utils._untrusted import untrusted

#: Of what is kept in a cache; another number makes older caches count for nothing.
_FORM = 1


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):  # type: ignore[misc]
    """Makes hosts of customers and users, which it reads from the service or from the cache."""

    NAME = "csp.partnercenter.partnercenter"

    @staticmethod
    def _sanitize_group_name(name: str) -> str:
        """Make group names safe, whatever Ansible's setting says, because they contain names of the service."""
        return str(to_safe_group_name(name, force=True, silent=True))

    def verify_file(self, path: str) -> bool:
        return bool(super().verify_file(path)) and path.endswith(("partnercenter.yml", "partnercenter.yaml"))

    def set_options(self, task_keys: Any = None, var_options: Any = None, direct: Any = None) -> None:
        check_options(direct or {}, self.option_definitions)
        super().set_options(task_keys=task_keys, var_options=var_options, direct=direct)

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        super().parse(inventory, loader, path, cache)
        self._base = os.path.dirname(os.path.abspath(path))
        with _sentences():
            self._read_config_data(path)
            options = {name: self.get_option(name) for name in self.option_definitions}
            selection = make_selection(options, users=options["hosts"] == "users" or options["users"] != "none")
            hosts = hosts_of(self._customers(path, selection, use_cache=cache), options)
        for name, variables in hosts:
            self._add(name, variables)

    def _customers(self, path: str, selection: Selection, *, use_cache: bool) -> list[dict[str, Any]]:
        if not self.get_option("cache"):
            return self._read(selection, keep_as=None)
        key = f"{self.get_cache_key(path)}_{self._fingerprint(selection)}"
        try:
            cached: list[dict[str, Any]] | None = self._cache[key] if use_cache else None
        except KeyError:
            cached = None
        return self._read(selection, keep_as=key) if cached is None else cached

    def _read(self, selection: Selection, *, keep_as: str | None) -> list[dict[str, Any]]:
        context = controller_context(self.loader, self._base)
        params = rendered_options(self, [*credentials(), *connection()], context.environment, self._base)
        tolerant = self.get_option("on_unreadable") == "warn"
        params |= {"concurrency": self.get_option("concurrency")}
        try:
            with library_output_taken_in():
                population = read_population(open_connection(params, context), selection, tolerant=tolerant)
        finally:
            for notice in notices.take():
                self.display.warning(notice)
        for sentence in population.unreadable:
            self.display.warning(sentence)
        if keep_as and not population.unreadable:
            self._cache[keep_as] = population.customers
        return population.customers

    def _fingerprint(self, selection: Selection) -> str:
        """Return a key for the selection, the partner and the service: several partners may use the same file."""
        names = ("tenant_id", "client_id", "api_url", "access_token")
        context = controller_context(self.loader, self._base)
        asked_by = rendered_options(self, names, context.environment, self._base)
        token = asked_by.pop("access_token")
        account = described(Secret(token), lifetime=None, now=0.0).object_id if token else None
        text = json.dumps([_FORM, asdict(selection), asked_by, account], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def _add(self, name: str, variables: Mapping[str, Any]) -> None:
        """Add a host. ``variables`` come from the service, or from a cache that somebody else may have written."""
        strict = self.get_option("strict")
        variables = {variable: untrusted(value) for variable, value in variables.items()}
        self.inventory.add_host(name)
        self.inventory.set_variable(name, "ansible_connection", "local")
        for variable, value in variables.items():
            self.inventory.set_variable(name, variable, value)
        self._set_composite_vars(self.get_option("compose"), variables, name, strict=strict)
        self._add_host_to_composed_groups(self.get_option("groups"), variables, name, strict=strict)
        self._add_host_to_keyed_groups(self.get_option("keyed_groups"), variables, name, strict=strict)


@contextmanager
def _sentences() -> Iterator[None]:
    """Turn errors of the collection into Ansible's own, without the exception behind them."""
    try:
        yield
    except PartnerCenterError as error:
        raise AnsibleParserError(str(error)) from None
    except AnsibleError:
        raise
    except Exception as error:
        # The text of an exception that nobody foresaw may hold anything, a secret as well.
        kind = type(error).__name__
        raise AnsibleParserError(f"an internal error of the collection ({kind}); please report it") from None
