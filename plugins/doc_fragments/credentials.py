# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of everything that signs in."""

from __future__ import annotations

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.arguments import store

_OWN = ("type", "path", "prefix")
_STORE = "csp.partnercenter.partnercenter_user_password_rotation#module:store"
_KINDS = ", ".join(store()["store"]["options"]["type"]["choices"])
#: A store of tokens takes every option of a store of passwords.
_OTHERS = "".join(
    f"      {name}:\n        description: As O({_STORE}.{name}).\n        type: {rules['type']}\n"
    for name, rules in store()["store"]["options"].items()
    if name not in _OWN
)


class ModuleDocFragment:
    """Credentials of the partner's account."""

    # With a type: the linter of ansible-test reads constant texts only, and fails at one that is put together.
    DOCUMENTATION: str = (
        r"""
options:
  tenant_id:
    description:
      - The partner's tenant, as a GUID or as one of its domains.
      - If not set, the environment variable E(PARTNERCENTER_TENANT_ID) is used.
    type: str
  client_id:
    description:
      - The application (client) id of the application registration.
      - If not set, the environment variable E(PARTNERCENTER_CLIENT_ID) is used.
    type: str
  client_secret:
    description:
      - The value of a client secret of the application.
      - Exactly one of O(client_secret), O(certificate_path), O(client_assertion_file), and O(client_assertion_source)
        is needed with a refresh token.
      - If not set, the environment variable E(PARTNERCENTER_CLIENT_SECRET) is used.
    type: str
  certificate_path:
    description:
      - A file with the application's certificate and RSA private key, both in PEM form, or a PFX file.
      - The certificate is checked before anything is sent. A warning tells when it expires within 30 days.
      - If not set, the environment variable E(PARTNERCENTER_CERTIFICATE_PATH) is used.
      - A relative path starts at the folder of the inventory file, or of the playbook if there is no inventory file. If
        the module runs on another machine, the path must be absolute.
    type: path
  certificate_passphrase:
    description:
      - The passphrase of the private key in O(certificate_path).
      - If not set, the environment variable E(PARTNERCENTER_CERTIFICATE_PASSPHRASE) is used.
    type: str
  client_assertion_file:
    description:
      - A file with a federated token of the platform that the job runs on, such as a projected token of Kubernetes. The
        file is read again at each use.
      - If not set, the environment variable E(PARTNERCENTER_CLIENT_ASSERTION_FILE) is used.
      - A relative path starts at the folder of the inventory file, or of the playbook if there is no inventory file. If
        the module runs on another machine, the path must be absolute.
    type: path
  client_assertion_source:
    description:
      - The platform that issues a federated token for the job (workload identity federation). Then no client secret has
        to be stored.
      - V(github) asks GitHub Actions for a token whenever one is needed. The job needs the permission
        C(id-token) with C(write).
      - V(gitlab) reads GitLab's token from the environment variable that O(client_assertion_variable) names.
      - V(azure_devops) asks Azure DevOps for a token whenever one is needed, for the service connection
        O(client_assertion_service_connection). The step needs E(SYSTEM_ACCESSTOKEN).
      - If not set, the environment variable E(PARTNERCENTER_CLIENT_ASSERTION_SOURCE) is used.
    type: str
  client_assertion_variable:
    description:
      - For V(gitlab), the name of the environment variable, as the job declares it under C(id_tokens) with the
        audience V(api://AzureADTokenExchange). The default is V(PARTNERCENTER_ID_TOKEN).
      - If not set, the environment variable E(PARTNERCENTER_CLIENT_ASSERTION_VARIABLE) is used.
    type: str
  client_assertion_service_connection:
    description:
      - For V(azure_devops), the id of the service connection, a GUID.
      - If not set, the environment variables E(PARTNERCENTER_CLIENT_ASSERTION_SERVICE_CONNECTION) and
        E(AZURESUBSCRIPTION_SERVICE_CONNECTION_ID) are used, in this order.
    type: str
  refresh_token:
    description:
      - A refresh token from a sign-in with multi-factor authentication to this application.
      - One of O(refresh_token), O(refresh_token_file), and O(refresh_token_store) is needed, or O(access_token) alone.
      - Entra ID issues a new refresh token at each use. It cannot be saved here, and a warning says so. The given token
        expires 90 days after it was issued. With O(refresh_token_store) as well, the new ones are kept there.
      - If not set, the environment variable E(PARTNERCENTER_REFRESH_TOKEN) is used.
    type: str
  refresh_token_file:
    description:
      - A file that holds only the refresh token. M(csp.partnercenter.partnercenter_sign_in) writes it.
      - When Entra ID issues a new refresh token, the file is replaced before the new token is used, with mode 0600. A
        warning tells when the new token is lost because the folder cannot be written, as with a mounted secret, or is
        thrown away at the end of the job, as with AWX and pipelines. Use O(refresh_token_store) there as well.
      - The file may be encrypted with ansible-vault if the task runs in the controller's process. It stays encrypted.
      - If not set, the environment variable E(PARTNERCENTER_REFRESH_TOKEN_FILE) is used.
      - A relative path starts at the folder of the inventory file, or of the playbook if there is no inventory file. If
        the module runs on another machine, the path must be absolute.
    type: path
  refresh_token_store:
    description:
      - A store that holds the refresh token. M(csp.partnercenter.partnercenter_sign_in) puts it there. When Entra ID
        issues a new refresh token, it is stored before it is used.
      - O(refresh_token) or O(refresh_token_file) may be given as well. That token is used as long as the store holds
        none, and if Entra ID does not accept the stored one any more. It never replaces a stored token that works. The
        file is not written.
      - If not set, the environment variable E(PARTNERCENTER_REFRESH_TOKEN_STORE) is used. It holds the options as JSON,
        with absolute paths.
      - This works only if the task runs in the controller's process. O(tenant_id) must be a GUID.
      - The options are the same as for a store of passwords, see
        O(csp.partnercenter.partnercenter_user_password_rotation#module:store).
    type: dict
    suboptions:
      type:
        description: The kind of store.
        type: str
        choices: ["""
        + _KINDS
        + r"""]
        default: file
      path:
        description: For V(file), the folder. The default is C($ANSIBLE_HOME/partnercenter/refresh_tokens).
        type: path
      prefix:
        description: For the others, the prefix of the names of all secrets. The default is V(partnercenter-sign-in).
        type: str
"""
        + _OTHERS
        + r"""  access_token:
    description:
      - An access token for Partner Center from another source. It excludes all other credentials and cannot be renewed.
      - If not set, the environment variable E(PARTNERCENTER_ACCESS_TOKEN) is used.
    type: str
"""
    )

    # What inventory and lookup plugins add to the above.
    PLUGINS = r"""
options:
  tenant_id:
    env:
      - name: PARTNERCENTER_TENANT_ID
  client_id:
    env:
      - name: PARTNERCENTER_CLIENT_ID
  client_secret:
    env:
      - name: PARTNERCENTER_CLIENT_SECRET
  certificate_path:
    env:
      - name: PARTNERCENTER_CERTIFICATE_PATH
  certificate_passphrase:
    env:
      - name: PARTNERCENTER_CERTIFICATE_PASSPHRASE
  client_assertion_file:
    env:
      - name: PARTNERCENTER_CLIENT_ASSERTION_FILE
  client_assertion_source:
    env:
      - name: PARTNERCENTER_CLIENT_ASSERTION_SOURCE
  client_assertion_variable:
    env:
      - name: PARTNERCENTER_CLIENT_ASSERTION_VARIABLE
  client_assertion_service_connection:
    env:
      - name: PARTNERCENTER_CLIENT_ASSERTION_SERVICE_CONNECTION
  refresh_token:
    env:
      - name: PARTNERCENTER_REFRESH_TOKEN
  refresh_token_file:
    env:
      - name: PARTNERCENTER_REFRESH_TOKEN_FILE
  access_token:
    env:
      - name: PARTNERCENTER_ACCESS_TOKEN
"""
