# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controller's process: Ansible's settings, its vault secrets, stores of refresh tokens, masking.

Where ansible-core can mask secrets in its output (2.22 and later), it is told every secret of the engine: passwords
that are generated or read from a store, access tokens and refresh tokens. A module on another machine tells it nothing,
because ansible-core would send the secrets from there to the controller.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from ansible import constants

from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.paths import environment_with_absolute_paths
from ansible_collections.csp.partnercenter.plugins.module_utils._ansible.task_context import TaskContext
from ansible_collections.csp.partnercenter.plugins.module_utils._base.secret import Secret
from ansible_collections.csp.partnercenter.plugins.module_utils._sign_in.token_store import PLACE, TokenInStore
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.records import Subject
from ansible_collections.csp.partnercenter.plugins.plugin_utils._vault_cipher import vault_cipher

try:
    from ansible.module_utils.secrets import register_secret
except ImportError:  # before 2.22
    register_secret = None

#: Keeps refresh tokens apart from passwords in a store that is not a folder.
_PREFIX = "partnercenter-sign-in"
#: A shorter secret would hide harmless words.
_SHORTEST_MASKED = 8


def mask(secret: str) -> None:
    """Let ansible-core hide a secret in all output, where it can."""
    if register_secret is not None and len(secret) >= _SHORTEST_MASKED:
        register_secret(secret)


Secret.mask = mask


def controller_context(loader: Any, base: str | None, environment: Mapping[str, str] | None = None) -> TaskContext:
    """Return the context of what runs in the controller's process. Relative paths begin in ``base``.

    ``environment`` is that of play and task. Raises :class:`InputError`.
    """
    home = constants.config.get_config_value("ANSIBLE_HOME")
    return TaskContext(
        environment_with_absolute_paths({**os.environ, "ANSIBLE_HOME": home, **(environment or {})}, base),
        cipher=lambda vault_id: vault_cipher(loader, vault_id),
        token_store=token_store,
    )


def token_store(options: Mapping[str, Any], context: TaskContext, subject: Subject) -> TokenInStore:
    """Return the keeper of the refresh token in the store that ``options`` describe; raises :class:`InputError`."""
    # Imported here: most tasks keep their token elsewhere, and need none of the stores.
    from ansible_collections.csp.partnercenter.plugins.module_utils._stores.registry import make_store

    given = {name: value for name, value in options.items() if value is not None}
    if given.get("type", "file") == "file":
        given = {"path": os.path.join(context.home, "refresh_tokens")} | given
    else:
        given = {"prefix": _PREFIX} | given
    return TokenInStore(make_store(given, context.for_stores(), PLACE), subject)
