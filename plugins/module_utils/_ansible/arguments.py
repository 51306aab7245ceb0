# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Argument specs, one function for each concern. Environment fall-backs are the boundary's: see ``environment.py``."""

from __future__ import annotations

from typing import Any

Spec = dict[str, dict[str, Any]]


def credentials() -> Spec:
    """Who signs in."""
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
        # Where it is kept; what is secret in it is marked there.
        "refresh_token_store": store()["store"] | {"no_log": False},
        "access_token": {"type": "str", "no_log": True},
    }


def connection() -> Spec:
    """Where to."""
    return {
        "cloud": {"type": "str"},
        "api_url": {"type": "str"},
        "authority_url": {"type": "str"},
        "ca_path": {"type": "path"},
        "timeout": {"type": "float"},
    }


def account() -> Spec:
    """Whom."""
    return {
        "customer_id": {"type": "str"},
        "customer_domain": {"type": "str"},
        "user_id": {"type": "str"},
        "user_principal_name": {"type": "str"},
    }


def password() -> Spec:
    """What."""
    return {
        "password": {"type": "str", "no_log": True},
        # Not a secret: whether the user has to choose another password at the next sign-in.
        "force_change_password": {"type": "bool", "no_log": False},
    }


def trigger() -> Spec:
    """When."""
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


def evidence() -> Spec:
    """By what it is known that nothing is due."""
    return {
        "update_password": {
            "type": "str",
            "choices": ["when_changed", "when_rotated", "when_older", "always"],
            # A policy, not a password.
            "no_log": False,
        },
        "evidence": {"type": "str", "choices": ["ledger", "audit_log"], "default": "ledger"},
        "audit_timeout": {"type": "float", "default": 120.0},
        "ledger": {"type": "path"},
        "ledger_key": {"type": "str", "no_log": True},
    }


def endpoint() -> Spec:
    """By which call a password is set."""
    # The name of a call of the service, not a password.
    return {"endpoint": {"type": "str", "choices": ["resetpassword", "update", "auto"], "default": "auto"}}


def guards() -> Spec:
    """Whom not to touch."""
    return {
        "check_user": {"type": "bool", "default": True},
        "allow_synced": {"type": "bool", "default": False},
        "allow_privileged": {"type": "bool", "default": False},
        "on_refused": {"type": "str", "choices": ["fail", "skip"], "default": "fail"},
    }


def lists() -> Spec:
    """How many at once."""
    return {
        "concurrency": {"type": "int", "default": 8},
        "on_error": {"type": "str", "choices": ["continue", "stop"], "default": "continue"},
        "max_resets": {"type": "int", "default": 0},
        "max_resets_per_customer": {"type": "int", "default": 0},
        "pilot": {"type": "int", "default": 0},
    }


def user_password() -> Spec:
    """All options of ``partnercenter_user_password``."""
    per_user = account() | password() | trigger()
    return (
        per_user
        | {"users": {"type": "list", "elements": "dict", "options": per_user}}
        | endpoint()
        | evidence()
        | guards()
        | lists()
        | credentials()
        | connection()
    )


def store() -> Spec:
    """Where generated passwords are kept; each kind of store has options of its own."""
    secret, plain = {"type": "str", "no_log": True}, {"type": "str"}
    return {
        "store": {
            "type": "dict",
            "options": {
                "type": {
                    "type": "str",
                    "choices": ["file", "azure_keyvault", "hashi_vault", "aws_secretsmanager"],
                    "default": "file",
                },
                "prefix": plain,
                "ca_path": {"type": "path"},
            }
            | {"path": {"type": "path"}, "vault_id": plain}
            | {"vault_url": plain, "tenant_id": plain, "client_id": plain, "client_secret": secret}
            | {"access_token": secret, "authority_url": plain}
            | {"url": plain, "namespace": plain, "mount_point": plain, "token": secret}
            | {"role_id": plain, "secret_id": secret}
            | {"region": plain, "profile": plain, "endpoint_url": plain, "kms_key_id": plain}
            | {"access_key_id": plain, "secret_access_key": secret, "session_token": secret},
        },
    }


def user_password_rotation() -> Spec:
    """All options of ``partnercenter_user_password_rotation``."""
    per_user = account() | {"force_change_password": password()["force_change_password"]} | trigger()
    return (
        per_user
        | {
            "users": {"type": "list", "elements": "dict", "options": per_user},
            "operation": {"type": "str", "choices": ["rotate", "resume", "verify", "rollback"], "default": "rotate"},
            "generator": {
                "type": "dict",
                "options": {
                    "length": {"type": "int"},
                    "symbols": {"type": "str"},
                    "classes": {"type": "list", "elements": "str"},
                },
            },
            "orphan_after": {"type": "int", "default": 5},
            "evidence": {"type": "str", "choices": ["store", "audit_log"], "default": "store"},
            "audit_timeout": {"type": "float", "default": 120.0},
            "event_log": {"type": "path"},
        }
        | endpoint()
        | store()
        | guards()
        | lists()
        | credentials()
        | connection()
    )
