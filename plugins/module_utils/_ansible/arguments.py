# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that several entrances share, one function for each concern. Each entrance holds its own options.

``plugins/doc_fragments`` documents the same concerns under the same names. Environment variables are read by
``environment.py``.
"""

from __future__ import annotations

from typing import Any

from .._links.options import KINDS as LINKS
from .._stores.options import KINDS

Spec = dict[str, dict[str, Any]]


def account() -> Spec:
    """One user of a customer."""
    return {
        "customer_id": {"type": "str"},
        "customer_domain": {"type": "str"},
        "user_id": {"type": "str"},
        "user_principal_name": {"type": "str"},
    }


def force_change_password() -> Spec:
    """The option by which the user must choose another password at the next sign-in."""
    # Ansible would take it for a secret because of its name.
    return {"force_change_password": {"type": "bool", "no_log": False}}


def trigger() -> Spec:
    """The options that say when a reset is due, and when it may happen."""
    return {
        "rotation_id": {"type": "str"},
        "not_before": {"type": "str"},
        "max_age": {"type": "str"},
        "window": {
            "type": "dict",
            "options": {
                "days": {"type": "list", "elements": "str"},
                "from": {"type": "str"},
                "to": {"type": "str"},
                "time_zone": {"type": "str"},
            },
        },
    }


def list_of(user: Spec) -> Spec:
    """The list of users. Each element takes the options of one user."""
    return {"users": {"type": "list", "elements": "dict", "options": user}}


def many_users() -> Spec:
    """The options of many users: how many at once, and which are left alone."""
    return {
        "endpoint": {"type": "str", "choices": ["resetpassword", "update", "auto"], "default": "auto"},
        "concurrency": {"type": "int", "default": 8},
        "on_error": {"type": "str", "choices": ["continue", "stop"], "default": "continue"},
        "max_resets": {"type": "int", "default": 0},
        "max_resets_per_customer": {"type": "int", "default": 0},
        "pilot": {"type": "int", "default": 0},
        "approved_plan": {"type": "str", "default": ""},
        "check_user": {"type": "bool", "default": True},
        "allow_synced": {"type": "bool", "default": False},
        "allow_privileged": {"type": "bool", "default": False},
        "allowed_roles": {"type": "list", "elements": "str", "default": []},
        "on_refused": {"type": "str", "choices": ["fail", "skip"], "default": "fail"},
    }


def store() -> Spec:
    """The place of generated passwords. Each kind of store reads its own options, see ``_stores``."""
    secret, plain = {"type": "str", "no_log": True}, {"type": "str"}
    return {
        "store": {
            "type": "dict",
            "options": {
                "type": {"type": "str", "choices": [*KINDS], "default": "file"},
                "prefix": plain,
                "ca_path": {"type": "path"},
            }
            | {"path": {"type": "path"}, "vault_id": plain}
            | {"vault_url": plain, "tenant_id": plain, "client_id": plain, "client_secret": secret}
            | {"access_token": secret, "authority_url": plain}
            | {"url": plain, "namespace": plain, "mount_point": plain, "token": secret}
            | {"auth_method": plain, "auth_mount": plain, "role_id": plain, "secret_id": secret}
            | {"role": plain, "jwt": secret, "jwt_file": {"type": "path"}}
            | {"region": plain, "profile": plain, "endpoint_url": plain, "kms_key_id": plain}
            | {"access_key_id": plain, "secret_access_key": secret, "session_token": secret}
            | {"repository": plain, "branch": plain},
        },
    }


def link() -> Spec:
    """The service that puts a password behind a one-time link. Each kind reads its own options, see ``_links``."""
    secret, plain = {"type": "str", "no_log": True}, {"type": "str"}
    return {
        "link": {
            "type": "dict",
            "required": True,
            "options": {
                "type": {"type": "str", "choices": [*LINKS], "required": True},
                "url": plain,
                "public_url": plain,
                "token": secret,
                "ca_path": {"type": "path"},
            }
            | {"days": {"type": "int"}, "views": {"type": "int"}, "retrieval_step": {"type": "bool"}}
            | {"passphrase": secret, "minutes": {"type": "int"}, "namespace": plain}
            | {"auth_method": plain, "auth_mount": plain, "role_id": plain, "secret_id": secret}
            | {"role": plain, "jwt": secret, "jwt_file": {"type": "path"}},
        },
    }


def generator() -> Spec:
    """The rules of generated passwords: of single characters, or of words. ``_rotation/generator.py`` reads them."""
    plain = {"type": "str"}
    return {
        "generator": {
            "type": "dict",
            "options": {
                "length": {"type": "int"},
                "symbols": plain,
                "classes": {"type": "list", "elements": "str"},
                "words": {"type": "int"},
                "separator": plain,
                "word_list": plain | {"choices": ["eff-long", "eff-short", "eff-special"]},
            },
        },
    }


def credentials() -> Spec:
    """Credentials of the partner's account."""
    return {
        "tenant_id": {"type": "str"},
        "client_id": {"type": "str"},
        "client_secret": {"type": "str", "no_log": True},
        "certificate_path": {"type": "path"},
        "certificate_passphrase": {"type": "str", "no_log": True},
        "client_assertion_file": {"type": "path"},
        "client_assertion_source": {"type": "str"},
        "client_assertion_variable": {"type": "str"},
        "client_assertion_service_connection": {"type": "str"},
        "refresh_token": {"type": "str", "no_log": True},
        "refresh_token_file": {"type": "path"},
        # Says where the token is kept; each secret inside is marked in store().
        "refresh_token_store": store()["store"] | {"no_log": False},
        "access_token": {"type": "str", "no_log": True},
    }


def gateway() -> Spec:
    """The service that is asked for users, and how fast."""
    limits = ("writes_per_customer", "writes", "units_per_customer", "units")
    return {
        "gateway": {"type": "str", "choices": ["partner_center", "graph"]},
        "graph_url": {"type": "str"},
        "graph_limits": {"type": "dict", "options": {name: {"type": "float"} for name in limits}},
    }


def sessions() -> Spec:
    """Options for sessions and for changes by somebody else: Microsoft Graph ends and tells them."""
    return {
        "revoke_sessions": {"type": "bool", "default": False},
        "on_drift": {"type": "str", "choices": ["report", "reset"], "default": "report"},
    }


def connection() -> Spec:
    """The options of the connection, and how long to wait."""
    return {
        "cloud": {"type": "str"},
        "api_url": {"type": "str"},
        "authority_url": {"type": "str"},
        "ca_path": {"type": "path"},
        "timeout": {"type": "float"},
    }
