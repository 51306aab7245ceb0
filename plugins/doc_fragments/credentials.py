# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of everything that signs in."""

from __future__ import annotations


class ModuleDocFragment:
    """Credentials of the partner's account."""

    DOCUMENTATION = r"""
options:
  tenant_id:
    description:
      - The partner's tenant, a GUID or one of its domains.
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
      - Exactly one of O(client_secret), O(certificate_path), and O(client_assertion_file) is needed with a refresh
        token.
      - If not set, the environment variable E(PARTNERCENTER_CLIENT_SECRET) is used.
    type: str
  certificate_path:
    description:
      - A file with the application's certificate and private key, both in PEM form, or a C(.pfx) file.
      - If not set, the environment variable E(PARTNERCENTER_CERTIFICATE_PATH) is used.
    type: path
  certificate_passphrase:
    description:
      - The passphrase of the private key in O(certificate_path).
      - If not set, the environment variable E(PARTNERCENTER_CERTIFICATE_PASSPHRASE) is used.
    type: str
  client_assertion_file:
    description:
      - A file with a federated token of the platform that the job runs on. It is read anew at each use.
      - If not set, the environment variable E(PARTNERCENTER_CLIENT_ASSERTION_FILE) is used.
    type: path
  refresh_token:
    description:
      - A refresh token that was made by a sign-in with multi-factor authentication for this application.
      - Exactly one of O(refresh_token) and O(refresh_token_file) is needed, or O(access_token) alone.
      - If not set, the environment variable E(PARTNERCENTER_REFRESH_TOKEN) is used.
    type: str
  refresh_token_file:
    description:
      - A file that holds the refresh token and nothing else.
      - If not set, the environment variable E(PARTNERCENTER_REFRESH_TOKEN_FILE) is used.
    type: path
  access_token:
    description:
      - An access token for Partner Center that somebody else made. It stands alone and cannot be renewed.
      - If not set, the environment variable E(PARTNERCENTER_ACCESS_TOKEN) is used.
    type: str
"""
