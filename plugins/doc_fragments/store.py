# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The store of generated passwords."""

from __future__ import annotations

from ansible_collections.csp.partnercenter.plugins.module_utils._stores.options import KINDS

_KINDS = "".join(f"          - V({kind}) {text}\n" for kind, text in KINDS.items())


class ModuleDocFragment:
    """Options of every kind of store, in one dictionary."""

    # With a type: the linter of ansible-test reads constant texts only, and fails at one that is put together.
    DOCUMENTATION: str = (
        r"""
options:
  store:
    description:
      - Where generated passwords are kept. The default is a V(file) store.
    type: dict
    suboptions:
      type:
        description:
"""
        + _KINDS
        + f"""        type: str
        choices: [{", ".join(KINDS)}]
"""
        + r"""        default: file
      path:
        description:
          - For V(file), the folder. If not set, E(PARTNERCENTER_STORE_PATH) is used, and
            C($ANSIBLE_HOME/partnercenter/passwords) after that.
          - A relative path starts at the folder of the inventory file, or of your playbook if there is no inventory
            file, such as C({{ inventory_dir }}/passwords). If there is neither, for example for a playbook of this
            collection with C(-i host,), it is refused. A warning tells when a new store is created.
          - A folder that everybody can write to is refused. A warning tells when its group can write to it.
        type: path
      vault_id:
        description:
          - For V(file) and V(git), the vault id to encrypt with. The default is the first one that Ansible was given.
          - A check in each file is made with the same vault password. Reading needs this password, under any vault id.
        type: str
      prefix:
        description: For the others, the prefix of the names of all secrets, or the folder in the branch. The default is
          V(partnercenter).
        type: str
      ca_path:
        description: For the others, a CA bundle in PEM form. If not set, E(VAULT_CACERT), E(AWS_CA_BUNDLE),
          E(REQUESTS_CA_BUNDLE) or E(GIT_SSL_CAINFO) is used, as the SDK of the store does.
        type: path
      vault_url:
        description:
          - For V(azure_keyvault), the URL of the vault. If not set, E(AZURE_KEYVAULT_URL) is used.
          - A host that is not C(*.vault.azure.net), or that of another Azure cloud, must be allowed, see O(store.url).
        type: str
      tenant_id:
        description: For V(azure_keyvault), the tenant to sign in to. If not set, E(AZURE_TENANT_ID) is used.
        type: str
      client_id:
        description: For V(azure_keyvault), the application to sign in with; without O(store.client_secret), the managed
          or workload identity to choose. If not set, E(AZURE_CLIENT_ID) is used.
        type: str
      client_secret:
        description: For V(azure_keyvault), the secret of that application. If not set, E(AZURE_CLIENT_SECRET) is used.
          Without it, and without O(store.access_token), azure-identity uses the identity of the machine or job.
        type: str
      access_token:
        description: For V(azure_keyvault), an access token from another source.
        type: str
      authority_url:
        description:
          - For V(azure_keyvault), the address of a sign-in service that is not Microsoft's public one.
          - A host that is not one of Microsoft's must be allowed, see O(store.url).
        type: str
      url:
        description:
          - For V(hashi_vault), the address of the server, or of a Vault Agent on this machine. If not set,
            E(VAULT_AGENT_ADDR) or E(VAULT_ADDR) is used. A Unix socket is not supported.
          - The host must be allowed by E(PARTNERCENTER_ALLOWED_HOSTS) or E(VAULT_ADDR) in the environment of the
            Ansible process. The environment of a play or task does not count.
        type: str
      namespace:
        description: For V(hashi_vault), the namespace. If not set, E(VAULT_NAMESPACE) is used.
        type: str
      mount_point:
        description: For V(hashi_vault), where the KV engine is mounted. The default is V(secret).
        type: str
      token:
        description: For V(hashi_vault), a token. If not set, E(VAULT_TOKEN) is used, and C(~/.vault-token) after that,
          which C(vault login) writes. It is not needed with a Vault Agent on this machine that adds its own token.
        type: str
      auth_method:
        description:
          - For V(hashi_vault), how to sign in. V(token) uses O(store.token), V(approle) uses O(store.role_id), V(jwt) a
            token that the platform of a pipeline gives to the job, and V(kubernetes) the service account of the pod.
            The last two need O(store.role).
          - The default is V(approle) if O(store.role_id) is given, and V(token) if not.
          - The task signs in again, or renews the token, before it expires.
        type: str
        version_added: 1.0.0
      auth_mount:
        description: For V(hashi_vault), where the auth method is mounted. The default is the name of
          O(store.auth_method).
        type: str
        version_added: 1.0.0
      role:
        description: For V(hashi_vault), the role of the auth method V(jwt) or V(kubernetes) to sign in with.
        type: str
        version_added: 1.0.0
      jwt:
        description: For V(hashi_vault), the token of the job for V(jwt). If neither this nor O(store.jwt_file) is set,
          E(VAULT_ID_TOKEN) is used, into which C(id_tokens) of GitLab may put it.
        type: str
        version_added: 1.0.0
      jwt_file:
        description: For V(hashi_vault), a file with the token for V(jwt) or V(kubernetes). It is read at each sign-in.
          For V(kubernetes), the default is where Kubernetes puts the token of the pod's account.
        type: path
        version_added: 1.0.0
      role_id:
        description: For V(hashi_vault), the AppRole to sign in with, instead of a token.
        type: str
      secret_id:
        description: For V(hashi_vault), the secret id of that role.
        type: str
      region:
        description: For V(aws_secretsmanager), the region. If not set, E(AWS_REGION) or E(AWS_DEFAULT_REGION) is used,
          and the region of the profile after that.
        type: str
      profile:
        description: For V(aws_secretsmanager), a profile of the AWS configuration. If not set, and no access key is
          given, E(AWS_PROFILE) is used.
        type: str
      endpoint_url:
        description:
          - For V(aws_secretsmanager), an endpoint that is not the region's own.
          - A host that is not one of AWS Secrets Manager must be allowed, see O(store.url).
        type: str
      kms_key_id:
        description: For V(aws_secretsmanager), the KMS key to encrypt with.
        type: str
      access_key_id:
        description: For V(aws_secretsmanager), an access key. If not set, and no profile is given, E(AWS_ACCESS_KEY_ID)
          is used, with E(AWS_SECRET_ACCESS_KEY) and E(AWS_SESSION_TOKEN), and the other sources of the AWS SDK after
          that.
        type: str
      secret_access_key:
        description: For V(aws_secretsmanager), the secret of the access key.
        type: str
      session_token:
        description: For V(aws_secretsmanager), the session token of temporary credentials.
        type: str
      repository:
        description:
          - For V(git), the remote repository, such as C(https://git.example.com/passwords.git) or
            C(git@git.example.com:passwords.git), or an absolute path. If not set, E(PARTNERCENTER_STORE_REPOSITORY) is
            used.
          - A user name or password in an https URL is refused. Give git a credential helper, E(GIT_ASKPASS) or an SSH
            key in the environment of the Ansible process.
          - The host must be allowed by E(PARTNERCENTER_ALLOWED_HOSTS), or the whole value by
            E(PARTNERCENTER_STORE_REPOSITORY), in the environment of the Ansible process. The environment of a play or
            task does not count.
        type: str
      branch:
        description:
          - For V(git), the branch, which is made if it is not there. The default is V(partnercenter-passwords).
          - Use a branch of its own, because each step of a rotation is a commit.
        type: str
"""
    )
