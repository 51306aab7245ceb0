# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Signing in by hand once, and checking what came of it: parameters in, a result without any token out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from .._base.errors import CredentialError, InputError
from .._base.identifiers import domain, guid
from .._entra.entra import Entra, Granted
from .._entra.kept import LIFETIME, TokenKeeper
from .._http.transport import RequestsTransport
from .._sign_in.findings import Reach, Signed, reach
from .._sign_in.flows import Person, by_browser, by_device_code
from .._sign_in.token_file import TokenFile
from .boundary import guarded
from .connecting import credentials, keeper, open_partner_center, settings
from .environment import with_environment
from .surroundings import Surroundings


def sign_in(params: Mapping[str, Any], around: Surroundings) -> dict[str, Any]:
    """The whole task. Never raises."""
    work = _check if params["operation"] == "check" else _sign_in
    return guarded(lambda: work(with_environment(params, around.environment), around))


def _sign_in(params: Mapping[str, Any], around: Surroundings) -> dict[str, Any]:
    who = credentials(params, around, interactive=True)
    kept = keeper(params, who, around)
    if kept is None or who.access_token:
        raise InputError(
            "refresh_token_file", "or refresh_token_store is needed: where the refresh token is to be kept"
        )
    if not 1 <= params["patience"] <= 3600:
        raise InputError("patience", "must be from 1 to 3600 seconds")
    if not 0 <= params["redirect_port"] <= 65535:
        raise InputError("redirect_port", "must be from 0 to 65535")
    if isinstance(kept, TokenFile) and params["encrypt"]:
        kept.check_encryption(params["vault_id"])
    kept.check(write=not around.check_mode)
    checked_settings = settings(params, around)
    entra = Entra(who, checked_settings, RequestsTransport(checked_settings))
    if around.check_mode:
        return {
            "changed": True,
            "failed": False,
            "msg": f"would sign in and save the refresh token in {kept.describe()}",
        }
    person = Person(around.show, around.cancelled, float(params["patience"]))
    if params["flow"] == "device_code":
        granted = by_device_code(entra, person)
    else:
        granted = by_browser(entra, person, params["redirect_port"])
    signed, now = _proven(entra, granted, kept, params), datetime.now(UTC)
    return {
        "changed": True,
        "failed": False,
        **_row(signed, kept, now, now),
        "msg": f"{signed.account or 'the account'} signed in; {_kept(kept, now)}",
    }


def _proven(entra: Entra, granted: Granted, kept: TokenKeeper, params: Mapping[str, Any]) -> Signed:
    """Saves what unattended runs will be able to use, and nothing else: it is redeemed as they will redeem it."""
    signed = Signed.read_from(granted.access_token)
    if problems := signed.problems():
        raise CredentialError(f"nothing was saved: {'; '.join(problems)}")
    if granted.refresh_token is None:
        raise CredentialError("Entra ID gave no refresh token: the application needs the permission offline_access")
    newest = entra.redeem(granted.refresh_token).refresh_token or granted.refresh_token
    if isinstance(kept, TokenFile):
        kept.write(newest, vault_id=params["vault_id"], encrypt=params["encrypt"])
    else:
        with kept.held():
            kept.save(newest)
    return signed


def _check(params: Mapping[str, Any], around: Surroundings) -> dict[str, Any]:
    customer_id = guid(params["customer_id"], "customer_id") if params["customer_id"] else None
    wanted_domain = domain(params["customer_domain"], "customer_domain") if params["customer_domain"] else None
    who = credentials(params, around)
    kept = keeper(params, who, around)
    saved_at = kept.saved_at() if kept else None
    connection = open_partner_center(params, around)
    signed = Signed.read_from(connection.tokens.token())
    problems = signed.problems()
    renewed_at = kept.saved_at() if kept else None
    result: dict[str, Any] = {"changed": False, **_row(signed, kept, saved_at, renewed_at)}
    if wanted_domain and not customer_id:
        customer_id = connection.customers.find(wanted_domain).id
    if customer_id:
        found = reach(connection, customer_id)
        result["customer"] = _customer_row(found)
        problems += [f"customer {found.name or found.customer_id}: {found.error}"] if found.error else []
    account = signed.account or "the account"
    good = f"{account} is signed in" + (f" and reaches customer {found.name or customer_id}" if customer_id else "")
    good += f"; {_kept(kept, renewed_at)}" if kept else ""
    return result | {"failed": bool(problems), "msg": f"{account}: {'; '.join(problems)}" if problems else good}


def _row(
    signed: Signed, kept: TokenKeeper | None, saved_at: datetime | None, renewed_at: datetime | None
) -> dict[str, Any]:
    return {
        "account": signed.account,
        "object_id": signed.object_id,
        "tenant_id": signed.tenant_id,
        "multi_factor": signed.mfa,
        "app_and_user": signed.app_and_user,
        "kept_in": kept.describe() if kept else None,
        "valid_until": _day(renewed_at),
        "saved_at": saved_at.astimezone(UTC).isoformat(timespec="seconds") if saved_at else None,
    }


def _kept(kept: TokenKeeper, since: datetime | None) -> str:
    until = f", and is good until {_day(since)} if no run renews it before" if since else ""
    return f"the refresh token is in {kept.describe()}{until}"


def _day(since: datetime | None) -> str | None:
    """When a refresh token of that time ends, if nobody redeems it."""
    return f"{(since + LIFETIME).astimezone(UTC):%Y-%m-%d}" if since else None


def _customer_row(found: Reach) -> dict[str, Any]:
    row: dict[str, Any] = {
        "customer_id": found.customer_id,
        "name": found.name,
        "reads_customer": found.reads_customer,
        "reads_users": found.reads_users,
        "reads_roles": found.reads_roles,
    }
    return row | ({"error": found.error.details()} if found.error else {})
