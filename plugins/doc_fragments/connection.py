# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of everything that connects."""

from __future__ import annotations

from ansible_collections.csp.partnercenter.plugins.module_utils._http.retry import PASSING


class ModuleDocFragment:
    """The connection: URLs, credentials, proxy and waiting times."""

    # With a type: the linter of ansible-test reads constant texts only, and fails at one that is put together.
    DOCUMENTATION: str = (
        r"""
requirements:
  - python >= 3.11
  - requests >= 2.32.4
  - urllib3 >= 2.0.7
  - msal >= 1.35.0
options:
  cloud:
    description:
      - The Microsoft cloud of the customers. Only V(public) is supported, because Partner Center does not reset
        passwords in the other clouds.
      - If not set, the environment variable E(PARTNERCENTER_CLOUD) is used, and V(public) after that.
    type: str
  api_url:
    description:
      - Scheme, host, and port of the API. It must begin with C(https://). Only a loopback address may begin with
        C(http://).
      - A host that is not Microsoft's must be allowed by E(PARTNERCENTER_ALLOWED_HOSTS) or E(PARTNERCENTER_API_URL) in
        the environment of the Ansible process. The environment of a play or task does not count.
      - If not set, the environment variable E(PARTNERCENTER_API_URL) is used, and
        U(https://api.partnercenter.microsoft.com) after that.
    type: str
  authority_url:
    description:
      - Scheme, host, and port of the sign-in service.
      - A host that is not Microsoft's must be allowed by E(PARTNERCENTER_ALLOWED_HOSTS) or
        E(PARTNERCENTER_AUTHORITY_URL) in the environment of the Ansible process. The environment of a play or task does
        not count.
      - If not set, the environment variable E(PARTNERCENTER_AUTHORITY_URL) is used, and
        U(https://login.microsoftonline.com) after that.
    type: str
  ca_path:
    description:
      - A file with the trusted certificate authorities (CA bundle), in PEM form. TLS is always verified.
      - If not set, the environment variables E(PARTNERCENTER_CA_PATH), E(REQUESTS_CA_BUNDLE), and E(CURL_CA_BUNDLE) are
        used, in this order, and the bundle of C(requests) after that.
      - A relative path starts at the folder of the inventory file, or of the playbook if there is no inventory file. If
        the module runs on another machine, the path must be absolute.
    type: path
  timeout:
    description:
      - Seconds to wait for a connection and for an answer, V(1) to V(600).
      - If not set, the environment variable E(PARTNERCENTER_TIMEOUT) is used, and V(60) after that.
    type: float
notes:
  - E(PARTNERCENTER_ALLOWED_HOSTS) lists the hosts that may receive secrets besides the known ones, separated by commas,
    such as V(vault.example.com), V(vault.example.com:8200), or V(*.example.com). It is read from the environment of the
    Ansible process on the controller. A loopback address is allowed, unless that environment names another address for
    the sign-in service or the store.
  - Proxies are taken from the environment variables E(HTTPS_PROXY), E(ALL_PROXY), and E(NO_PROXY).
  - A call is repeated after time-outs, lost connections, and the statuses """
        + ", ".join(map(str, sorted(PASSING)))
        + r""", with the same
    request id and body, up to five calls in all. Answers of 429 do not count; the module waits for as long as
    C(Retry-After) asks. It gives up when no call was answered for 300 seconds.
"""
    )

    # What inventory and lookup plugins add to the above.
    PLUGINS = r"""
options:
  cloud:
    env:
      - name: PARTNERCENTER_CLOUD
  api_url:
    env:
      - name: PARTNERCENTER_API_URL
  authority_url:
    env:
      - name: PARTNERCENTER_AUTHORITY_URL
  ca_path:
    env:
      - name: PARTNERCENTER_CA_PATH
  timeout:
    env:
      - name: PARTNERCENTER_TIMEOUT
"""
