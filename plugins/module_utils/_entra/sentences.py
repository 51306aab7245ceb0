# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sentences for Entra ID's refusals: what they mean, and what to do. By AADSTS number, never by text."""

from __future__ import annotations

import re

_AGAIN = "sign in again (playbook csp.partnercenter.sign_in)"
_AGAIN_WITH_MFA = "sign in again with multi-factor authentication (playbook csp.partnercenter.sign_in)"
_LOG = "the partner tenant's sign-in log names the policy"
_FEDERATION = "look at the application's federated credentials"

_BY_NUMBER: dict[int, str] = {
    # the refresh token
    50173: f"the refresh token was revoked, as after a change of the account's password: {_AGAIN}",
    70000: f"the refresh token is malformed, or of another application: look at client_id, and {_AGAIN}",
    70008: f"the refresh token or the code has expired because it was not used in time: {_AGAIN}",
    70043: f"the refresh token has expired by the sign-in frequency of a conditional access policy: {_AGAIN}",
    700082: f"the refresh token has expired because it was not used for 90 days: {_AGAIN}",
    700084: f"the refresh token is of a single page application and lived for a day: register http://localhost for "
    f"the platform Web, and {_AGAIN}",
    700025: "the refresh token is of a public client, and a proof of the application came with it: register "
    f"http://localhost for the platform Web, and {_AGAIN}",
    # the account
    50020: "the account is not of this tenant: look at tenant_id",
    50034: "the account does not exist in this tenant: look at tenant_id",
    50053: "the account is locked after too many wrong passwords, or the address is on a block list: try later",
    50055: "the account's password has expired: change it, then " + _AGAIN,
    50057: "the account is disabled: enable it, or sign in with another one",
    50105: "the account is not assigned to the application: assign it, in Enterprise applications",
    50126: "the account's name or password is wrong",
    # multi-factor authentication and conditional access
    50072: f"the account must register for multi-factor authentication: do so, then {_AGAIN}",
    50074: f"multi-factor authentication is required: {_AGAIN_WITH_MFA}",
    50076: f"multi-factor authentication is required: {_AGAIN_WITH_MFA}",
    50078: f"the multi-factor authentication has expired: {_AGAIN_WITH_MFA}",
    50079: f"the account must register for multi-factor authentication: do so, then {_AGAIN}",
    50131: f"a conditional access policy blocks this device or place: {_LOG}",
    50158: f"a conditional access policy demands another provider's check: {_AGAIN_WITH_MFA}",
    53000: f"conditional access demands a compliant device: exempt this account, or sign in from such a device; {_LOG}",
    53001: f"conditional access demands a domain-joined device: exempt this account; {_LOG}",
    53003: f"a conditional access policy blocks the sign-in, as of this place: {_LOG}",
    53004: f"the account must register for multi-factor authentication from a place that is trusted; {_LOG}",
    700003: f"the device is not in the tenant: sign in from a device that is, or by the device code flow; {_LOG}",
    # consent and registration
    50011: "the redirect address is not registered: add http://localhost for the platform Web",
    50194: "the application is of a single tenant: give tenant_id as that tenant, or register it for multiple tenants "
    "to use gateway: graph",
    50177: "the account is not of this tenant: look at tenant_id",
    5000224: "the tenant is not available any more: look at tenant_id",
    650051: "the application cannot be added to the tenant: look at the tenant's Enterprise applications",
    65001: "consent is missing: an administrator must grant the delegated permission Microsoft Partner Center "
    "user_impersonation to the application",
    65002: "consent must be configured in advance for this application: register one of your own",
    65004: "the sign-in or the consent was declined: sign in again and accept it",
    70011: "the scope is not known: the application needs the delegated permission Microsoft Partner Center "
    "user_impersonation",
    90094: "consent of an administrator is required: have one grant it to the application",
    500011: "Microsoft Partner Center is not known in this tenant: look at tenant_id, it must be the partner's own",
    650052: "Microsoft Partner Center is not known in this tenant: look at tenant_id, it must be the partner's own",
    650057: "the application does not list Microsoft Partner Center under its API permissions: add user_impersonation",
    700016: "the application is not in this tenant: look at client_id and tenant_id",
    7000112: "the application is disabled: enable it, in Enterprise applications",
    90002: "no such tenant: look at tenant_id",
    900021: "no such tenant: look at tenant_id",
    900023: "no such tenant: look at tenant_id",
    # the application's proof
    700021: "the assertion is of another application: look at client_id",
    700023: "the assertion is for another audience: look at authority_url and tenant_id",
    700024: "the assertion is outside its life time: look at the clock of this machine",
    700027: "the certificate is not registered with the application or has expired, or the signature is wrong",
    700211: f"no federated credential has this issuer: {_FEDERATION}",
    700212: f"no federated credential has this audience, which is api://AzureADTokenExchange by default: {_FEDERATION}",
    700213: f"no federated credential has this subject, such as the repository and its branch: {_FEDERATION}",
    7000215: "the client secret is wrong: use the secret's value and not its id",
    7000218: "the application must prove itself: give its secret or certificate; for the device code flow, set "
    "'Allow public client flows' in its registration",
    7000222: "the client secret has expired: make a new one in the application's registration",
    # the flow
    54005: f"the code was redeemed already: {_AGAIN}",
    70016: "nobody has signed in yet",
    70018: f"the code was mistyped: {_AGAIN}",
    70019: f"nobody signed in before the code expired: {_AGAIN}",
    501481: f"the code is of another sign-in: {_AGAIN}",
    900144: "the token request lacks a field: look at the credentials' options",
    9002313: "the token request is malformed: look at the credentials' options",
}

_GDAP = "an active GDAP relationship with a role for the account's security group (guide to Microsoft Graph)"
_POLICY = "exempt service providers, or this account, there; the customer's sign-in log names the policy"
_GONE = "no such tenant, or it was deleted: look at the customer's id"

#: What a number means where the tenant of a customer says it.
_BY_NUMBER_OF_A_CUSTOMER: dict[int, str] = {
    # the account in the customer's tenant
    50020: f"the account has no access to this customer: it needs {_GDAP}",
    50177: f"the account has no access to this customer: it needs {_GDAP}",
    50105: "the customer lets only assigned accounts use the application: the customer must take back 'Assignment "
    "required' in Enterprise applications",
    # consent
    65001: "the customer has not consented to the application for Microsoft Graph, or not to all of its permissions: "
    "grant the consent for this customer (guide to Microsoft Graph)",
    65004: "the consent was declined: grant the consent for this customer (guide to Microsoft Graph)",
    90094: "the consent of an administrator is needed: grant the consent for this customer (guide to Microsoft Graph)",
    650051: "the application cannot be added to the customer's tenant, perhaps because it is there already and was "
    "deleted: look at the customer's Enterprise applications, then grant the consent again",
    650052: "the customer's tenant does not know the application: grant the consent for this customer",
    700016: "the customer's tenant does not know the application: it must be multi-tenant, and the customer must have "
    "consented to it (guide to Microsoft Graph)",
    7000112: "the customer has disabled the application: the customer must enable it, in Enterprise applications",
    # conditional access of the customer
    50072: f"the customer demands a registration for multi-factor authentication: {_POLICY}",
    50074: f"the customer demands its own multi-factor authentication: {_POLICY}",
    50076: f"the customer demands its own multi-factor authentication: {_POLICY}",
    50078: f"the customer demands its own multi-factor authentication: {_POLICY}",
    50079: f"the customer demands a registration for multi-factor authentication: {_POLICY}",
    50131: f"the customer's conditional access blocks this device or place: {_POLICY}",
    50158: f"the customer's conditional access demands another provider's check: {_POLICY}",
    53000: f"the customer's conditional access demands a compliant device: {_POLICY}",
    53001: f"the customer's conditional access demands a domain-joined device: {_POLICY}",
    53003: f"the customer's conditional access blocks the sign-in: {_POLICY}",
    53004: f"the customer demands a registration for multi-factor authentication: {_POLICY}",
    # the tenant
    90002: _GONE,
    900021: _GONE,
    900023: _GONE,
    5000224: "the customer's tenant is not available any more, as one that is blocked or being deleted: look at the "
    "customer in Partner Center",
}

#: Numbers that say the same in every tenant: of the refresh token, the account itself, and the application's proof.
_CONCERN_ALL = frozenset(
    {50034, 50053, 50055, 50057, 50126, 50173, 50194, 54005, 70000, 70008, 70043, 700082, 700084, 700025, 900144}
    | {700021, 700023, 700024, 700027, 700211, 700212, 700213, 7000215, 7000218, 7000222, 9002313}
)

#: Refusals of a customer's tenant for want of consent.
_HEALED_BY_CONSENT = frozenset({65001, 65004, 90094, 650052, 700016})

#: Where the number is none of those: Entra's finer class of error.
_BY_SUBERROR: dict[str, str] = {
    "additional_action": f"the account must do something more, such as to register: {_AGAIN_WITH_MFA}",
    "bad_token": f"the refresh token has expired or was revoked: {_AGAIN}",
    "basic_action": f"the account must answer a challenge, such as multi-factor authentication: {_AGAIN_WITH_MFA}",
    "client_mismatch": f"the refresh token is of another application: look at client_id, and {_AGAIN}",
    "consent_required": "consent is missing: an administrator must grant it to the application",
    "message_only": f"a policy of the tenant blocks the sign-in: {_LOG}",
    "token_expired": f"the refresh token has expired: {_AGAIN}",
    "user_password_expired": f"the account's password has expired: change it, then {_AGAIN}",
}

_BY_ERROR: dict[str, str] = {
    "access_denied": "the sign-in was declined",
    "consent_required": "consent is missing: an administrator must grant it to the application",
    "interaction_required": _AGAIN_WITH_MFA,
    "invalid_client": "the application's secret, certificate or assertion is not accepted",
    "invalid_grant": f"the refresh token is not accepted: {_AGAIN}",
    "unauthorized_client": "the application may not do this: look at client_id and tenant_id",
}
#: For a number that is not in the table.
_UNKNOWN = "look it up at https://login.microsoftonline.com/error?code={}"
_NUMBER = re.compile(r"AADSTS(\d{4,9})\b", re.ASCII)


def of_refusal(codes: tuple[int, ...], error: str, suberror: str, *, customer: bool = False) -> str:
    """Return the sentence: by AADSTS number, else by the two words of OAuth and Entra, which are fixed ones.

    ``customer``: the tenant of a customer refused it, for a reason that concerns nobody else.
    """
    table = _BY_NUMBER | (_BY_NUMBER_OF_A_CUSTOMER if customer else {})
    what = "Entra ID refused the sign-in to the customer's tenant" if customer else "Entra ID refused the sign-in"
    for code in codes:
        if code in table:
            return f"{what} (AADSTS{code}): {table[code]}"
    meaning = _BY_SUBERROR.get(suberror)
    if codes:
        return f"{what} (AADSTS{codes[0]}): {meaning or _UNKNOWN.format(codes[0])}"
    meaning = meaning or _BY_ERROR.get(error) or "run again, and look at the tenant's sign-in log"
    return f"{what} ({error or 'without a reason'}): {meaning}"


def concerns_all(codes: tuple[int, ...]) -> bool:
    """Return whether a refusal with these AADSTS numbers would be the same in the tenant of each customer."""
    return any(code in _CONCERN_ALL for code in codes)


def lacks_consent(codes: tuple[int, ...]) -> bool:
    """Return whether a customer's refusal with these AADSTS numbers ends once the consent is granted."""
    return any(code in _HEALED_BY_CONSENT for code in codes)


def asks_to_sign_in_again(sentence: str) -> bool:
    """Return whether a sentence of these tables says that another sign-in is what helps."""
    return sentence.endswith((_AGAIN, _AGAIN_WITH_MFA))


def codes_in(description: str) -> list[int]:
    """Return the number in a redirect to this machine: it has no ``error_codes``, but begins with the number."""
    found = _NUMBER.match(description)
    return [int(found[1])] if found else []
