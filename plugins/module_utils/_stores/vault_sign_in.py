# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sign-in of a store to HashiCorp Vault or OpenBao: by a token, an AppRole, a JWT, or the account of a pod."""

from __future__ import annotations

import ipaddress
import os
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from .._base.errors import InputError
from .._base.secret import Secret, one_line, read_text
from .options import StoreOptions

_METHODS = ("token", "approle", "jwt", "kubernetes")
#: The options that only these methods read.
_BELONGS = {
    "token": ("token",),
    "role_id": ("approle",),
    "secret_id": ("approle",),
    "role": ("jwt", "kubernetes"),
    "jwt": ("jwt",),
    "jwt_file": ("jwt", "kubernetes"),
    "auth_mount": ("approle", "jwt", "kubernetes"),
}
#: The variable in which GitLab puts a token for Vault, in its own documentation.
_VARIABLE = "VAULT_ID_TOKEN"
#: Where Kubernetes puts the token of a pod's account.
_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount/token"
_TOKEN = re.compile(r"[!-~]+")

#: Parts of Vault's refusals, and what they mean. The first one that fits counts.
_REASONS = (
    ("invalid role or secret id", "check role_id, and make a new secret_id: it may have expired, or have been used up"),
    ("could not be found", "it has no such role: check role and auth_mount"),
    ("invalid role name", "it has no such role: check role and auth_mount"),
    ("is expired", "the token has expired: jwt_file must be one that is kept fresh, or the job must get a new token"),
    ("(aud)", "the token is for another audience than bound_audiences of the role"),
    ("(iss)", "the token is of another issuer than bound_issuer of the auth method"),
    ("(sub)", "the token is of another subject than bound_subject of the role"),
    ("claim", "a claim of the token is not as the role demands: check bound_claims of the role"),
    ("signature", "Vault does not know the key that signed the token: check the keys or URLs of the auth method"),
    ("not authorized", "the role is not for this service account: check its names and namespaces"),
)
_UNKNOWN = "check that the auth method is enabled there, and that the role allows this sign-in"


@dataclass(frozen=True)
class SignIn:
    """A token, or a role and what proves it; neither where a Vault Agent adds its own token.

    ``role`` is the role_id of an AppRole. ``proof`` is its secret_id, or a JWT; one in ``file`` is read at each
    sign-in, because the platform keeps it fresh. ``place`` names the option of the proof.
    """

    method: str = "token"
    token: Secret | None = None
    role: str = ""
    proof: Secret | None = None
    file: str | None = None
    mount: str = ""
    place: str = ""

    def log_in(self, client: Any) -> Any:
        """Return the answer of Vault; from now on the client of hvac has the token. Raises as hvac does."""
        given = one_line(read_text(self.file, self.place), self.place) if self.file else self.proof
        secret = given.reveal() if given else ""
        match self.method:
            case "approle":
                return client.auth.approle.login(role_id=self.role, secret_id=secret, mount_point=self.mount)
            case "jwt":
                return client.auth.jwt.jwt_login(role=self.role, jwt=secret, path=self.mount)
            case _:
                return client.auth.kubernetes.login(role=self.role, jwt=secret, mount_point=self.mount)

    def refused(self, errors: object) -> str:
        """Return why Vault refuses it, in our own words: its own may quote the token."""
        text = " ".join(map(str, errors)).lower() if isinstance(errors, list) else ""
        reason = next((meaning for part, meaning in _REASONS if part in text), _UNKNOWN)
        role = "" if self.method == "approle" else f", role {self.role}"
        return f"Vault does not accept the sign-in by {self.method} at auth/{self.mount}{role}: {reason}"


def make_sign_in(options: StoreOptions, url: str) -> SignIn:
    """Read the options of the sign-in; raises an :class:`InputError` that names one."""
    by_role = options.text("role_id") or options.text("secret_id")
    method = options.text("auth_method") or ("approle" if by_role else "token")
    if method not in _METHODS:
        raise InputError(options.place("auth_method"), f"must be one of {', '.join(_METHODS)}")
    for option, methods in _BELONGS.items():
        if method not in methods and options.text(option) is not None:
            what = f"belongs to auth_method {' or '.join(methods)}, and this store signs in by {method}"
            raise InputError(options.place(option), f"{what}: leave it out, or change auth_method")
    if method == "token":
        return SignIn(token=_token(options, url))
    mount = (options.text("auth_mount") or method).strip("/").removeprefix("auth/")
    if method == "approle":
        if not options.together("role_id", "secret_id"):
            raise InputError(options.place("role_id"), "is missing, and secret_id: auth_method is approle")
        role, proof = options.text("role_id") or "", options.secret("secret_id")
        return SignIn(method, role=role, proof=proof, mount=mount, place=options.place("secret_id"))
    role = options.text("role") or ""
    if not role:
        raise InputError(options.place("role"), f"is missing: the role of auth/{mount} in Vault to sign in with")
    file = options.path("jwt_file")
    if file and options.text("jwt") is not None:
        raise InputError(options.place("jwt"), "give either jwt or jwt_file")
    if method == "kubernetes":
        return SignIn(method, role=role, file=file or _ACCOUNT, mount=mount, place=options.place("jwt_file"))
    proof = None if file else options.secret("jwt", _VARIABLE)
    if not file and proof is None:
        raise InputError(
            options.place("jwt_file"),
            f"is missing: give it, or jwt, or have the job set {_VARIABLE}, as id_tokens of GitLab does",
        )
    return SignIn(method, role=role, proof=proof, file=file, mount=mount, place=options.place("jwt_file"))


def _token(options: StoreOptions, url: str) -> Secret | None:
    """Return a token. A Vault Agent, which listens on this machine, may have one of its own."""
    token = options.secret("token", "VAULT_TOKEN") or _token_of_the_command_line(options)
    if token is None and not _is_here(url):
        raise InputError(
            options.place("token"),
            "is missing: give it, or VAULT_TOKEN; or sign in by auth_method, or with 'vault login', which leaves a "
            "token in ~/.vault-token; or give the address of a Vault Agent on this machine as url",
        )
    if token is not None and not _TOKEN.fullmatch(token.reveal()):
        raise InputError(options.place("token"), "has characters that no token has, such as blanks or line breaks")
    return token


def _token_of_the_command_line(options: StoreOptions) -> Secret | None:
    """Return what ``vault login`` has left."""
    path = os.path.expanduser("~/.vault-token")
    return Secret(read_text(path, options.place("token"))) if os.path.exists(path) else None


def _is_here(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
