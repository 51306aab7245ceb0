# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Calls of AWS Secrets Manager with boto3, and sentences for its errors."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from .remote import sdk, unanswered

_REFUSED = "AWS does not accept the credentials: check the access key and its secret"
_SIGN_IN_AGAIN = (
    "the sign-in to AWS has expired, or nobody has signed in: run 'aws sso login' or 'aws login' (with --profile)"
)
_OF_THE_JOB = (
    "AWS does not accept the token of the job (AWS_WEB_IDENTITY_TOKEN_FILE): check the identity provider in IAM, and "
    "audience and subject in the trust policy of the role"
)
_CONFIGURATION = "the configuration of AWS cannot be read: check ~/.aws/config and ~/.aws/credentials of the job's user"

#: Sentences by AWS's code or by botocore's class of error. The most specific one comes first.
_SENTENCES = {
    "AccessDeniedException": "AWS refuses access: check the credentials and their policy",
    "AccessDenied": "AWS refuses access, as to the role that the profile or AWS_ROLE_ARN names: check the credentials "
    "and their policy, and the trust policy of the role",
    "UnrecognizedClientException": _REFUSED,
    "InvalidClientTokenId": _REFUSED,
    "InvalidSignatureException": f"{_REFUSED}, and the clock of this machine",
    "SignatureDoesNotMatch": f"{_REFUSED}, and the clock of this machine",
    "ExpiredTokenException": "the credentials of AWS have expired: sign in again, or make new ones",
    "ExpiredToken": "the credentials of AWS have expired: sign in again, or make new ones",
    "RequestExpired": "the clock of this machine is wrong, or the credentials of AWS have expired",
    "InvalidIdentityToken": _OF_THE_JOB,
    "IDPRejectedClaim": _OF_THE_JOB,
    "FileNotFoundError": "a file that the sign-in to AWS needs is not there, such as that of "
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "DecryptionFailure": "AWS cannot decrypt the secret: check access to its KMS key, and that it is enabled",
    "EncryptionFailure": "AWS cannot encrypt the secret: check access to its KMS key, and that it is enabled",
    "LimitExceededException": "a limit of AWS for secrets or their versions is reached",
    "InvalidRequestException": "the secret is scheduled for deletion: restore it, or wait until it is gone",
    "ResourceNotFoundException": "the secret, or a version of it, is gone",
    "ThrottlingException": "AWS has throttled the request for too long",
    "UnauthorizedSSOTokenError": _SIGN_IN_AGAIN,
    "SSOTokenLoadError": _SIGN_IN_AGAIN,
    "SSOError": _SIGN_IN_AGAIN,
    "TokenRetrievalError": _SIGN_IN_AGAIN,
    "LoginError": _SIGN_IN_AGAIN,
    "NoAuthTokenError": _SIGN_IN_AGAIN,
    "NoCredentialsError": "no credentials of AWS were found: give access_key_id and secret_access_key (or "
    "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY), or a profile, or give the machine or job a role",
    "PartialCredentialsError": "the credentials of AWS are incomplete: an access key and its secret belong together",
    "CredentialRetrievalError": "the credentials of AWS cannot be had from where the profile or the machine says",
    "ProfileNotFound": "the configuration of AWS has no such profile: check profile or AWS_PROFILE, and whose "
    "~/.aws/config it is",
    "ConfigParseError": _CONFIGURATION,
    "ConfigNotFound": _CONFIGURATION,
    "NoRegionError": "no region is known: give it, or AWS_REGION, or a profile that has one",
}
_PURPOSE = "for the store type aws_secretsmanager"
_CONNECTIONS = 64
_SECONDS = 30
_CODE = re.compile(r"[A-Za-z0-9]{1,60}")
_MOST_PAGES = 10_000

T = TypeVar("T")


class AwsRefused(Exception):
    """AWS refused a call, or did not answer. ``code`` is AWS's own, empty without an answer; ``sentence`` is ours."""

    def __init__(self, code: str, sentence: str | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.answered = bool(code)
        unusual = f"AWS did not accept the request ({code})" if code else "AWS gave no usable answer"
        self.sentence = sentence or _SENTENCES.get(code, unusual)


class AwsApi:
    """One client, made at the first call. Safe under threads. ``session`` holds the arguments of a boto3 session."""

    def __init__(self, session: Mapping[str, str | None], endpoint: str | None, ca_path: str | None) -> None:
        self._boto3 = sdk("boto3", "boto3", _PURPOSE)
        self._config = sdk("botocore.config", "boto3", _PURPOSE)
        self._errors = sdk("botocore.exceptions", "boto3", _PURPOSE)
        self._session, self._endpoint, self._ca_path = dict(session), endpoint, ca_path
        self._lock = threading.Lock()
        self._client: Any = None

    @property
    def region(self) -> str:
        return self._session["region_name"] or ""

    def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        """Return the answer; every error becomes :class:`AwsRefused`."""
        try:
            return dict(getattr(self._connected(), operation)(**arguments))
        except self._errors.ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            raise AwsRefused(code if _CODE.fullmatch(code) else "unknown") from None
        except Exception as error:  # botocore raises many kinds of errors for an answer that is not AWS's
            raise AwsRefused("", _sentence_of(error)) from None

    def read(self, reader: Callable[[dict[str, Any]], T], operation: str, **arguments: Any) -> T:
        """Return what ``reader`` reads from the answer; raises :class:`AwsRefused` where it cannot."""
        answer = self.call(operation, **arguments)
        try:
            return reader(answer)
        except (TypeError, ValueError, AttributeError, LookupError):
            raise AwsRefused("") from None

    def listed(self, start: str) -> list[tuple[str, dict[str, str]]]:
        """Return name and tags of every secret whose name begins with ``start``. Endless pages are refused."""
        results: list[tuple[str, dict[str, str]]] = []
        more: dict[str, str] = {}
        seen: set[str] = set()
        filters = [{"Key": "name", "Values": [start]}]
        while len(seen) < _MOST_PAGES:
            secrets, token = self.read(_page, "list_secrets", Filters=filters, MaxResults=100, **more)
            results += [(name, tags) for name, tags in secrets if name.startswith(start)]
            if not token:
                return results
            if token in seen:
                break
            seen.add(token)
            more = {"NextToken": token}
        raise AwsRefused("")

    def _connected(self) -> Any:
        with self._lock:
            if self._client is None:
                config = self._config.Config(
                    max_pool_connections=_CONNECTIONS,
                    connect_timeout=10,
                    read_timeout=_SECONDS,
                    retries={"mode": "standard", "max_attempts": 4},
                )
                self._client = self._boto3.Session(**self._session).client(
                    "secretsmanager", endpoint_url=self._endpoint, verify=self._ca_path, config=config
                )
            return self._client


def region_of(profile: str | None) -> str | None:
    """Return the region of the profile in the configuration of AWS; raises :class:`AwsRefused`."""
    boto3 = sdk("boto3", "boto3", _PURPOSE)
    try:
        region = boto3.Session(profile_name=profile).region_name
    except Exception as error:
        raise AwsRefused("", _sentence_of(error)) from None
    return region if isinstance(region, str) else None


def _sentence_of(error: Exception) -> str:
    known = (_SENTENCES.get(kind.__name__) for kind in type(error).__mro__)
    return next(filter(None, known), None) or unanswered("AWS Secrets Manager", error)


def tags_of(secret: Mapping[str, Any]) -> dict[str, str]:
    return {str(tag["Key"]): str(tag["Value"]) for tag in secret.get("Tags") or ()}


def described(answer: Mapping[str, Any]) -> tuple[dict[str, str], bool, dict[str, str]]:
    """Return the tags, whether the secret is scheduled for deletion, and the version of each label."""
    versions = (answer.get("VersionIdsToStages") or {}).items()
    by_label = {str(label): str(version) for version, labels in versions for label in labels}
    return tags_of(answer), bool(answer.get("DeletedDate")), by_label


def _page(answer: Mapping[str, Any]) -> tuple[list[tuple[str, dict[str, str]]], str]:
    secrets = [(str(secret["Name"]), tags_of(secret)) for secret in answer.get("SecretList") or ()]
    return secrets, str(answer.get("NextToken") or "")
