# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of everything that puts a password behind a one-time link."""

from __future__ import annotations


class ModuleDocFragment:
    """Options of every kind of link service, in one dictionary."""

    DOCUMENTATION = r"""
options:
  link:
    description:
      - The service that keeps the password behind a one-time link.
    type: dict
    required: true
    suboptions:
      type:
        description:
          - V(password_pusher) is an instance of Password Pusher with version 2 of its API.
          - V(hashi_vault) is response wrapping of HashiCorp Vault or OpenBao. It needs C(hvac). The link is a token
            that is typed into a page of its user interface, or into C(vault unwrap).
        type: str
        choices: [password_pusher, hashi_vault]
        required: true
      url:
        description:
          - The address of the service. For V(hashi_vault), E(VAULT_AGENT_ADDR) or E(VAULT_ADDR) is used if it is not
            set. It must begin with C(https://). Only a loopback address may begin with C(http://).
          - The password is sent there, so the host must be allowed by E(PARTNERCENTER_ALLOWED_HOSTS) in the environment
            of the Ansible process. The environment of a play or task does not count.
        type: str
      public_url:
        description: The address that links begin with, if callers reach the service by another one than O(link.url).
          Its host must be allowed in the same way. A link that leads to any other address is refused.
        type: str
      token:
        description:
          - For V(password_pusher), the API token of an account. If not set, E(PARTNERCENTER_LINK_TOKEN) is used. It is
            needed, because without an account a link could not be ended.
          - For V(hashi_vault), a token with the right C(update) on C(sys/wrapping/wrap) and C(sys/wrapping/unwrap). If
            not set, E(VAULT_TOKEN) or what C(vault login) has left is used.
        type: str
      ca_path:
        description: A CA bundle in PEM form. If not set, E(VAULT_CACERT) or E(REQUESTS_CA_BUNDLE) is used.
        type: path
      days:
        description: For V(password_pusher), the number of days after which the link ends, V(1) to V(90). The default is
          V(1).
        type: int
      views:
        description: For V(password_pusher), how often the link can be opened, V(1) to V(100). The default is V(1).
        type: int
      retrieval_step:
        description: For V(password_pusher), whether the link leads to a page with a button first, so that a chat
          program that looks at links does not use it up. The default is V(true).
        type: bool
      passphrase:
        description: For V(password_pusher), a text that must be typed in to open the link. Tell it to the caller in
          another way than the link. If this text is in a variable of a job, it can be seen there.
        type: str
      minutes:
        description: For V(hashi_vault), the number of minutes after which the token ends. The default is V(60).
        type: int
      namespace:
        description: For V(hashi_vault), the namespace. If not set, E(VAULT_NAMESPACE) is used.
        type: str
      auth_method:
        description: For V(hashi_vault), how to sign in, as in O(store.auth_method).
        type: str
      auth_mount:
        description: For V(hashi_vault), where the method is, as in O(store.auth_mount).
        type: str
      role_id:
        description: For V(hashi_vault), as O(store.role_id).
        type: str
      secret_id:
        description: For V(hashi_vault), as O(store.secret_id).
        type: str
      role:
        description: For V(hashi_vault), as O(store.role).
        type: str
      jwt:
        description: For V(hashi_vault), as O(store.jwt).
        type: str
      jwt_file:
        description: For V(hashi_vault), as O(store.jwt_file).
        type: path
"""
