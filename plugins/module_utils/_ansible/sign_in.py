# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The entrance ``partnercenter_sign_in``: signs in by hand once, and checks sign-ins. No result holds a token."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from .._base.errors import CredentialError, InputError
from .._base.identifiers import domain, guid, known_guid
from .._base.workers import for_each
from .._entra.entra import Entra, Granted
from .._entra.token_source import LIFETIME, TokenKeeper
from .._http.transport import RequestsTransport
from .._sign_in.consent import PERMISSIONS, Consent, Consents, ConsentState
from .._sign_in.findings import Signed, reach
from .._sign_in.flows import Person, by_browser, by_device_code
from .._sign_in.token_file import TokenFile
from .arguments import Spec, connection, credentials
from .boundary import guarded
from .connecting import credentials_of, keeper_of, open_partner_center, open_tenants, settings_of
from .environment import with_environment
from .rows import consent_row, reach_row, signed_row
from .task_context import TaskContext
from .telling import counted

_PERMISSION = re.compile(r"[A-Za-z][A-Za-z0-9.-]{2,99}")
_CONSENT_WORDS = {
    ConsentState.PRESENT: "consent is there",
    ConsentState.GRANTED: "consent granted",
    ConsentState.WOULD_GRANT: "consent would be granted",
    ConsentState.FAILED: "consent not granted",
}


def specification() -> Spec:
    """All options of the module."""
    own: Spec = {
        "operation": {"type": "str", "choices": ["sign_in", "check"], "default": "sign_in"},
        "flow": {"type": "str", "choices": ["device_code", "authorization_code"], "default": "device_code"},
        "redirect_port": {"type": "int", "default": 8400},
        "patience": {"type": "int", "default": 900},
        "encrypt": {"type": "bool", "default": True},
        "vault_id": {"type": "str"},
        "customer_id": {"type": "str"},
        "customer_domain": {"type": "str"},
        "grant_consent": {"type": "list", "elements": "str"},
        "consent_permissions": {"type": "list", "elements": "str", "default": list(PERMISSIONS)},
    }
    return own | credentials() | connection()


def sign_in(params: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """Run the whole task. Never raises."""
    filled = with_environment(params, context.environment)
    if params["operation"] == "check":
        return guarded(lambda: _check(filled, context))
    return guarded(lambda: _sign_in(filled | _other_place_left_out(params, filled), context))


def _other_place_left_out(given: Mapping[str, Any], filled: Mapping[str, Any]) -> dict[str, None]:
    """Return the change that leaves one place to save the token in: that of the task, and of a job's two the store."""
    file, store = given["refresh_token_file"], given["refresh_token_store"]
    if file and store:
        message = "exactly one of refresh_token_file and refresh_token_store is needed; both were given"
        raise InputError("refresh_token_file", message)
    return {"refresh_token_store" if file or not filled["refresh_token_store"] else "refresh_token_file": None}


def _sign_in(params: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    partner = credentials_of(params, context, interactive=True)
    keeper = keeper_of(params, partner, context)
    if keeper is None or partner.access_token:
        message = "one of refresh_token_file and refresh_token_store is needed, to save the refresh token there"
        raise InputError("refresh_token_file", message)
    if not 1 <= params["patience"] <= 3600:
        raise InputError("patience", "must be from 1 to 3600 seconds")
    if not 0 <= params["redirect_port"] <= 65535:
        raise InputError("redirect_port", "must be from 0 to 65535")
    if isinstance(keeper, TokenFile) and params["encrypt"]:
        keeper.check_encryption(params["vault_id"])
    keeper.check(write=not context.check_mode)
    settings = settings_of(params, context)
    entra = Entra(partner, settings, RequestsTransport(settings))
    if context.check_mode:
        message = f"would sign in and save the refresh token in {keeper.describe()}"
        return {"changed": True, "failed": False, "msg": message}
    person = Person(context.show, context.cancelled, float(params["patience"]))
    if params["flow"] == "device_code":
        granted = by_device_code(entra, person)
    else:
        granted = by_browser(entra, person, params["redirect_port"])
    signed, now = _proven(entra, granted, keeper, params), datetime.now(UTC)
    return {
        "changed": True,
        "failed": False,
        **_row(signed, keeper, now, now),
        "msg": f"{signed.account or 'the account'} signed in; {_kept(keeper, now)}",
    }


def _proven(entra: Entra, granted: Granted, keeper: TokenKeeper, params: Mapping[str, Any]) -> Signed:
    """Redeem the token as unattended runs will do, and save it only if that works."""
    signed = Signed.read_from(granted.access_token)
    if problems := signed.problems():
        raise CredentialError(f"nothing was saved: {'; '.join(problems)}")
    if granted.refresh_token is None:
        raise CredentialError("Entra ID gave no refresh token: the application needs the permission offline_access")
    newest = entra.redeem(granted.refresh_token).refresh_token or granted.refresh_token
    if isinstance(keeper, TokenFile):
        keeper.write(newest, vault_id=params["vault_id"], encrypt=params["encrypt"])
    else:
        with keeper.held():
            keeper.save(newest)
    return signed


def _check(params: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    customer_id = guid(params["customer_id"], "customer_id") if params["customer_id"] else None
    wanted_domain = domain(params["customer_domain"], "customer_domain") if params["customer_domain"] else None
    keeper = keeper_of(params, credentials_of(params, context), context)
    saved_at = keeper.saved_at() if keeper else None
    service = open_partner_center(params, context)
    signed = Signed.read_from(service.tokens.token())
    problems = signed.problems()
    renewed_at = keeper.saved_at() if keeper else None
    result: dict[str, Any] = {"changed": False, **_row(signed, keeper, saved_at, renewed_at)}
    account = signed.account or "the account"
    good = f"{account} is signed in"
    if wanted_domain and not customer_id:
        customer_id = service.customers.find(wanted_domain).id
    if customer_id:
        reached = reach(service, customer_id)
        result["customer"] = reach_row(reached)
        problems += [f"customer {reached.name or customer_id}: {reached.error}"] if reached.error else []
        good += f" and reaches customer {reached.name or customer_id}"
    if params["grant_consent"]:
        consents = [] if problems else _consents(params, context)
        result["consents"] = [consent_row(item) for item in consents]
        result["changed"] = any(item.state in (ConsentState.GRANTED, ConsentState.WOULD_GRANT) for item in consents)
        problems += [
            f"customer {item.customer_id}: {item.message}" for item in consents if item.state is ConsentState.FAILED
        ]
        good += f"; {_told(consents)}"
    good += f"; {_kept(keeper, renewed_at)}" if keeper else ""
    return result | {"failed": bool(problems), "msg": f"{account}: {'; '.join(problems)}" if problems else good}


def _consents(params: Mapping[str, Any], context: TaskContext) -> list[Consent]:
    """Grant the consent of the customers that are named; nobody else is asked."""
    permissions = params["consent_permissions"]
    if not permissions or not all(_PERMISSION.fullmatch(name) for name in permissions):
        raise InputError("consent_permissions", f"must be names of permissions, such as {PERMISSIONS[0]}")
    names = [known_guid(name) or domain(name, "grant_consent") for name in params["grant_consent"]]
    customers, tokens = open_partner_center(params, context).customers, open_tenants(params, context)
    application = guid(params["client_id"], "client_id")
    consents = Consents(customers, tokens, application, permissions, check_mode=context.check_mode)
    ids = [known_guid(name) or customers.find(name).id for name in names]
    return for_each(consents.ensure, list(dict.fromkeys(ids)), workers=settings_of(params, context).concurrency)


def _told(consents: Sequence[Consent]) -> str:
    """Return how many customers there are of each state, and what a consent lacks that was there before."""
    counts = Counter(item.state for item in consents)
    told = [
        f"{_CONSENT_WORDS[state]} for {counted(counts[state], 'customer')}" for state in ConsentState if counts[state]
    ]
    lacking = [f"{item.customer_id} ({', '.join(item.missing)})" for item in consents if item.missing]
    return ", ".join(told) + (f"; permissions that a consent does not name: {'; '.join(lacking)}" if lacking else "")


def _row(
    signed: Signed, keeper: TokenKeeper | None, saved_at: datetime | None, renewed_at: datetime | None
) -> dict[str, Any]:
    kept_in = keeper.describe() if keeper else None
    return signed_row(signed, kept_in=kept_in, saved_at=saved_at, valid_until=_last_day(renewed_at))


def _kept(keeper: TokenKeeper, renewed_at: datetime | None) -> str:
    until = f", and is good until {_last_day(renewed_at)} if no run renews it before" if renewed_at else ""
    return f"the refresh token is in {keeper.describe()}{until}"


def _last_day(renewed_at: datetime | None) -> str | None:
    """The day on which a refresh token ends if no run redeems it before."""
    return f"{(renewed_at + LIFETIME).astimezone(UTC):%Y-%m-%d}" if renewed_at else None
