# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The store of generated passwords."""

from __future__ import annotations


class ModuleDocFragment:
    """Options of every kind of store, in one dictionary."""

    DOCUMENTATION = r"""
options:
  store:
    description:
      - Where generated passwords are kept. The default is a V(file) store.
    type: dict
    suboptions:
      type:
        description:
          - V(file) keeps one YAML file for each user, its values encrypted with ansible-vault.
          - V(azure_keyvault) needs C(azure-keyvault-secrets) and C(azure-identity), V(hashi_vault) needs C(hvac) and
            a KV engine of version 2, V(aws_secretsmanager) needs C(boto3).
        type: str
        choices: [file, azure_keyvault, hashi_vault, aws_secretsmanager]
        default: file
      path:
        description:
          - For V(file), the folder. If not set, E(PARTNERCENTER_STORE_PATH) is used, and
            C($ANSIBLE_HOME/partnercenter/passwords) after that.
          - A relative path begins in the folder of the inventory file, or, where there is none, of the playbook; never
            in the current folder. Where there is neither it is refused, as for a playbook of this collection without
            an inventory file. C({{ inventory_dir }}/passwords) says the same at a glance. A store that is made anew is
            told.
          - A folder that everybody can write is refused. What its group can write is told.
        type: path
      vault_id:
        description:
          - For V(file), the vault id to encrypt with. The default is the first one that Ansible was given.
          - The check over each file is made with the same vault password. Reading needs this password, by any vault id.
        type: str
      prefix:
        description: For the others, what the names of all secrets begin with. The default is V(partnercenter).
        type: str
      ca_path:
        description: For the others, a CA bundle in PEM form. If not set, E(VAULT_CACERT), E(AWS_CA_BUNDLE) or
          E(REQUESTS_CA_BUNDLE) is used, as the SDK of the store does.
        type: path
      vault_url:
        description:
          - For V(azure_keyvault), the URL of the vault. If not set, E(AZURE_KEYVAULT_URL) is used.
          - Another host than C(*.vault.azure.net) and those of the other clouds must be allowed, see O(store.url).
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
          Without it, and without O(store.access_token), azure-identity finds the identity of the machine or job.
        type: str
      access_token:
        description: For V(azure_keyvault), an access token that somebody else made.
        type: str
      authority_url:
        description:
          - For V(azure_keyvault), another sign-in service than Microsoft's public one.
          - Another host than those of Microsoft's clouds must be allowed, see O(store.url).
        type: str
      url:
        description:
          - For V(hashi_vault), the address, or that of a Vault Agent on this machine. If not set,
            E(VAULT_AGENT_ADDR) or E(VAULT_ADDR) is used. A Unix socket is not supported.
          - The host must be allowed by the environment of Ansible's own process, with E(PARTNERCENTER_ALLOWED_HOSTS) or
            E(VAULT_ADDR). That of a play or task does not count.
        type: str
      namespace:
        description: For V(hashi_vault), the namespace. If not set, E(VAULT_NAMESPACE) is used.
        type: str
      mount_point:
        description: For V(hashi_vault), where the KV engine is mounted. The default is V(secret).
        type: str
      token:
        description: For V(hashi_vault), a token. If not set, E(VAULT_TOKEN) is used, and C(~/.vault-token) after that,
          which C(vault login) leaves. Not needed where the address is that of a Vault Agent on this machine which adds
          its own.
        type: str
      role_id:
        description: For V(hashi_vault), the role to sign in with, instead of a token. It signs in again before what it
          got ends.
        type: str
      secret_id:
        description: For V(hashi_vault), the secret of that role.
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
          - For V(aws_secretsmanager), another endpoint than the region's.
          - A host that is not one of AWS Secrets Manager must be allowed, see O(store.url).
        type: str
      kms_key_id:
        description: For V(aws_secretsmanager), the key to encrypt with.
        type: str
      access_key_id:
        description: For V(aws_secretsmanager), an access key. If not set, and no profile is given, E(AWS_ACCESS_KEY_ID)
          is used, with E(AWS_SECRET_ACCESS_KEY) and E(AWS_SESSION_TOKEN), and what the AWS SDK finds after that.
        type: str
      secret_access_key:
        description: For V(aws_secretsmanager), the secret of the access key.
        type: str
      session_token:
        description: For V(aws_secretsmanager), the session token of temporary credentials.
        type: str
"""
