# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: partnercenter_sign_in
short_description: Signs in to Partner Center by hand once, and checks sign-ins
version_added: 0.1.0
description:
  - A person signs in with multi-factor authentication, and the refresh token is saved for unattended runs. No token is
    ever shown.
  - Before it is saved, the refresh token is redeemed once, as unattended runs will do.
  - Always runs in the controller's process.
author:
  - The contributors of csp.partnercenter (@csp-partnercenter)
extends_documentation_fragment:
  - csp.partnercenter.attributes
  - csp.partnercenter.credentials
  - csp.partnercenter.connection
attributes:
  check_mode:
    support: full
    description: Can run in C(check_mode) and predict changes.
    details:
      - With O(operation=sign_in), everything is checked that needs no network, and nobody has to sign in.
      - With O(operation=check), check mode grants no consent (O(grant_consent)), and makes no other difference.
  diff_mode:
    support: none
    description: A token must not be shown.
  idempotent:
    support: partial
    description: Whether a second run of the same task changes nothing.
    details:
      - O(operation=sign_in) asks for a sign-in at each run.
      - O(operation=check) changes nothing, except that the refresh token is replaced by the new one that Entra ID
        issues. With O(grant_consent), a consent that is there is left as it is.
  async:
    support: none
    description: Supports C(async).
options:
  operation:
    description:
      - V(sign_in) lets a person sign in, and saves the refresh token in O(refresh_token_file) or
        O(refresh_token_store).
      - V(check) redeems the refresh token, and tells who is signed in and what is missing. It fails if something is
        missing.
    type: str
    choices: [sign_in, check]
    default: sign_in
  flow:
    description:
      - V(device_code) shows the address of a page and a code. Open the page in any browser and enter the code. The
        application's registration must allow public client flows.
      - V(authorization_code) shows an address. Open it in a browser that reaches this machine as C(localhost). The
        registration must have the redirect URI C(http://localhost) for the platform Web.
      - Some conditional access policies forbid the device code flow.
    type: str
    choices: [device_code, authorization_code]
    default: device_code
  redirect_port:
    description:
      - For O(flow=authorization_code), the port of this machine to which the browser returns. With V(0), any free port
        is used.
      - If the browser is on another machine, forward the port, for example with C(ssh -L 8400:localhost:8400
        controller).
    type: int
    default: 8400
  patience:
    description: The number of seconds to wait for the sign-in, V(1) to V(3600). Device codes of Entra ID are valid for
      V(900).
    type: int
    default: 900
  encrypt:
    description:
      - Whether O(refresh_token_file) is encrypted with ansible-vault. Its mode is 0600 in any case.
      - A module that runs on another machine needs a file that is not encrypted.
    type: bool
    default: true
  vault_id:
    description:
      - The vault id to encrypt O(refresh_token_file) with. The default is the first one that Ansible was given.
    type: str
  customer_id:
    description:
      - For O(operation=check), a customer's tenant id. The customer, a page of its users, and its directory roles are
        read.
      - Only a reset proves that the account may reset users, too.
    type: str
  customer_domain:
    description: For O(operation=check), one of the customer's domains instead of O(customer_id).
    type: str
  grant_consent:
    description:
      - For O(operation=check), customers on whose behalf consent to the application is granted for Microsoft Graph, if
        it is missing. Each is a tenant id or a domain. Without this option, no consent is ever granted.
      - The account must be in the partner's AdminAgents group, and hold the GDAP role Cloud Application Administrator
        or Application Administrator at these customers.
      - A consent that is there is not changed. If it lacks some of O(consent_permissions), the result tells which.
      - A customer that refuses the sign-in for another reason than missing consent fails, and the others are worked on.
    type: list
    elements: str
    version_added: 1.0.0
  consent_permissions:
    description: For O(grant_consent), the delegated permissions of Microsoft Graph to which the customers consent. The
      application's registration must have them.
    type: list
    elements: str
    default: [User-PasswordProfile.ReadWrite.All, User.Read.All, RoleManagement.Read.Directory]
    version_added: 1.0.0
seealso:
  - ref: ansible_collections.csp.partnercenter.docsite.guide_authentication
    description: How to register the application, and what each kind of credentials needs.
"""

EXAMPLES = r"""
- name: Sign in by a code, and keep the refresh token encrypted
  csp.partnercenter.partnercenter_sign_in:
    tenant_id: 11111111-1111-4111-8111-111111111111
    client_id: 22222222-2222-4222-8222-222222222222
    client_secret: "{{ client_secret }}"
    refresh_token_file: /etc/partnercenter/refresh_token

- name: Check who is signed in, and that a customer's users can be read
  csp.partnercenter.partnercenter_sign_in:
    operation: check
    refresh_token_file: /etc/partnercenter/refresh_token
    customer_domain: customer-001.example.com

- name: Grant the consent of two customers to the application, for Microsoft Graph
  csp.partnercenter.partnercenter_sign_in:
    operation: check
    refresh_token_file: /etc/partnercenter/refresh_token
    grant_consent:
      - customer-001.example.com
      - 33333333-3333-4333-8333-333333333333
"""

RETURN = r"""
msg:
  description: Who is signed in, which customer was reached, and where the refresh token is; or what is missing.
  returned: always
  type: str
  sample: admin@partner.example.com is signed in
account:
  description: The principal name of the account, if the token contains it.
  returned: if the sign-in was accepted
  type: str
object_id:
  description: The account's object id.
  returned: if the sign-in was accepted
  type: str
tenant_id:
  description: The tenant of the account.
  returned: if the sign-in was accepted
  type: str
multi_factor:
  description: Whether the sign-in was made with multi-factor authentication. It is null if the token does not tell.
  returned: if the sign-in was accepted
  type: bool
app_and_user:
  description: Whether the token was issued for an application and a user (App+User). It is null if the token does not
    tell.
  returned: if the sign-in was accepted
  type: bool
kept_in:
  description: Where the refresh token is saved. It is null if the token is an option's value.
  returned: if the sign-in was accepted
  type: str
saved_at:
  description:
    - The time when the refresh token was issued or last replaced, before this task. It is valid for 90 days from then
      on.
    - It is null if it is not known.
  returned: if the sign-in was accepted
  type: str
valid_until:
  description:
    - The day on which the refresh token ends if no run redeems it before, C(YYYY-MM-DD).
    - It is null if it is not known.
  returned: if the sign-in was accepted
  type: str
  version_added: 1.0.0
customer:
  description: What the account can read of the customer.
  returned: with O(customer_id) or O(customer_domain)
  type: dict
  contains:
    customer_id:
      description: The customer's tenant id.
      type: str
      returned: always
    name:
      description: The customer's company name.
      type: str
      returned: always
    reads_customer:
      description: Whether the customer can be read.
      type: bool
      returned: always
    reads_users:
      description: Whether the customer's users can be read, which needs App+User, GDAP, and MFA.
      type: bool
      returned: always
    reads_roles:
      description: Whether the customer's directory roles can be read.
      type: bool
      returned: always
    error:
      description: What went wrong and what to do, with C(status), C(code), C(request_id), and C(correlation_id).
      type: dict
      returned: if something cannot be read
consents:
  description: What became of the consent of each customer.
  returned: with O(grant_consent), if the sign-in was accepted
  type: list
  elements: dict
  version_added: 1.0.0
  contains:
    customer_id:
      description: The customer's tenant id.
      type: str
      returned: always
    state:
      description: V(present) if the consent was there, V(granted), V(would_grant) in check mode, or V(failed).
      type: str
      returned: always
    missing_permissions:
      description: The permissions that a consent which was there does not name.
      type: list
      elements: str
      returned: always
    error:
      description: What went wrong and what to do, with C(status), C(code), C(request_id), and C(correlation_id).
      type: dict
      returned: if it failed
error:
  description: What went wrong and what to do, with C(code), the AADSTS number, and C(correlation_id).
  returned: if the sign-in failed
  type: dict
"""
