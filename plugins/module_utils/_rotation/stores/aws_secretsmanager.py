# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""AWS Secrets Manager: one secret for each user, ``<prefix>/<customer id>/<user id>``.

A password is one version of the secret, its token the password's version; ``AWSPENDING``, ``AWSCURRENT`` and
``AWSPREVIOUS`` point to them, so that consumers need to know nothing of this collection. The document is a version
as well, and the label ``PARTNERCENTER`` points to the valid one. To move that label from the document that was loaded
to the new one is the one durable step of a write: the service refuses it when the label is elsewhere meanwhile.

The other labels follow: ``AWSCURRENT`` moves just before a promotion is written (by then the pending password is
live), ``AWSPENDING`` just after a write. A kill in between leaves labels that the next load or write puts right.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..._service import hosts
from ..._service.errors import InputError
from ..._service.identifiers import known_guid, random_id
from ..._service.secret import Secret
from ..document import Document
from ..records import Slot, Subject
from .aws_api import AwsApi, Refused, tags_of
from .base import Context, Store, Stored, staged_version
from .options import Options
from .remote import RemoteStore, as_json

_DOCUMENT, _PENDING, _CURRENT = "PARTNERCENTER", "AWSPENDING", "AWSCURRENT"
#: A version needs a label when it is made; these two go from each to the next.
_NEW_DOCUMENT, _NEW_PASSWORD = "PARTNERCENTER_DOCUMENT", "PARTNERCENTER_PASSWORD"
#: The tag that marks a secret as ours; its value is the secret's first version, which holds no password.
_TAG, _NAME_TAG = "partnercenter", "user_principal_name"
_NO_PASSWORD_YET = "(no password was set yet)"
_TAGGABLE = re.compile(r"[A-Za-z0-9_.:/=+@-]+")

#: The region is part of messages: nothing else may slip into them.
_REGION = re.compile(r"[a-z]+(-[a-z]+)+-[0-9]+")

#: How long the run that has just made the secret gets for labelling it: tries, and seconds between them.
_TRIES, _PAUSE = 8, 0.25


def make(options: Options, context: Context) -> Store:
    """Without credentials boto3 looks where it always looks."""
    options.together("access_key_id", "secret_access_key")
    secret_key, session_token = options.secret("secret_access_key"), options.secret("session_token")
    region = options.needed("region", "AWS_REGION", "AWS_DEFAULT_REGION")
    if not _REGION.fullmatch(region):
        raise InputError(options.place("region"), "is not the name of a region, such as eu-central-1")
    session = {
        "region_name": region,
        "profile_name": options.text("profile"),
        "aws_access_key_id": options.text("access_key_id"),
        "aws_secret_access_key": secret_key.reveal() if secret_key else None,
        "aws_session_token": session_token.reveal() if session_token else None,
    }
    endpoint = options.url("endpoint_url", known=hosts.SECRETS_MANAGER)
    api = AwsApi(session, endpoint, options.ca_path("AWS_CA_BUNDLE"))
    return SecretsManager(api, options.prefix(), options.text("kms_key_id"), os.path.join(context.home, "locks"))


class SecretsManager(RemoteStore):
    """The revision is the version of the document; ``parts`` are the versions by label, as they were when loaded."""

    TYPE = "aws_secretsmanager"

    def __init__(self, api: AwsApi, prefix: str, kms_key_id: str | None, lock_folder: str) -> None:
        super().__init__(lock_folder)
        self._api = api
        self._prefix = prefix
        self._kms_key = {"KmsKeyId": kms_key_id} if kms_key_id else {}

    def describe(self) -> str:
        return f"AWS Secrets Manager in {self._api.region}, {self._prefix}"

    def check(self, subjects: Sequence[Subject] = (), *, write: bool = True) -> None:
        """That it can be written is shown by staging, which comes before anything is sent."""
        for subject in subjects[:1] or [Subject(random_id(), random_id())]:
            self.load(subject, read_only=True)

    def load(self, subject: Subject, *, read_only: bool = False) -> Stored | None:
        labels = self._labels(subject)
        if labels is None or labels.get(_DOCUMENT) in (None, labels[_TAG]):
            return None
        revision = labels[_DOCUMENT]
        stored = Stored(self._document(self._value(subject, revision), subject), revision, labels)
        return stored if read_only else self._followed(stored)

    def compare_and_set(
        self, stored: Stored | None, document: Document, *, new_password: Secret | None = None
    ) -> Stored:
        subject, version = document.subject, staged_version(stored, document)
        held_before = {stored.document.version_in(slot) for slot in Slot} if stored else set()
        if version and new_password is None and version not in held_before:
            raise self.problem(subject, f"there is no {Slot.PENDING} password to be written")
        labels = dict(stored.parts) if stored else self._created(subject)
        base = stored.revision if stored else labels[_TAG]
        known = dict(stored.known) if stored else {}
        if version and new_password is not None:
            self._put(subject, version, new_password.reveal(), _NEW_PASSWORD)
            known[version] = new_password
        current = document.version_in(Slot.CURRENT)
        if current and stored and current == stored.document.version_in(Slot.PENDING):
            labels = self._promoted(stored, current)
        revision = random_id()
        self._put(subject, revision, as_json(document), _NEW_DOCUMENT)
        self._move(subject, _DOCUMENT, base, revision)
        kept = {held for slot in Slot if (held := document.version_in(slot))}
        known = {held: secret for held, secret in known.items() if held in kept}
        return self._followed(Stored(document, revision, {**labels, _DOCUMENT: revision}, known))

    def places(self, customer_id: str | None = None) -> Iterator[Subject]:
        start = f"{self._prefix}/{customer_id}/" if customer_id else f"{self._prefix}/"
        try:
            secrets = self._api.listed(start)
        except Refused as problem:
            raise self._failed(None, problem.sentence) from None
        for name, tags in secrets:
            customer, _slash, user = name.removeprefix(f"{self._prefix}/").partition("/")
            if known_guid(customer) and known_guid(user) and _TAG in tags:
                # A principal name that cannot be a tag is in the document only.
                yield Subject(customer, user, tags.get(_NAME_TAG))

    def _read(self, stored: Stored, slot: Slot, version: str) -> Secret:
        return Secret(self._value(stored.document.subject, version))

    def _created(self, subject: Subject) -> dict[str, str]:
        """The labels of a secret that holds nothing yet, made where there is none; a conflict where it holds more.

        The first version would be ``AWSCURRENT`` whatever its label, so it is one that cannot be taken for a password.
        """
        first = random_id()
        tags = {_TAG: first, _NAME_TAG: subject.user_principal_name or ""}
        try:
            self._api.call(
                "create_secret",
                Name=self._name(subject),
                ClientRequestToken=first,
                SecretString=_NO_PASSWORD_YET,
                Description="Kept by csp.partnercenter",
                Tags=[{"Key": key, "Value": value} for key, value in tags.items() if _TAGGABLE.fullmatch(value)],
                **self._kms_key,
            )
        except Refused as problem:
            if problem.code != "ResourceExistsException":
                raise self.problem(subject, problem.sentence) from None
            return self._empty(subject)
        self._move(subject, _DOCUMENT, None, first)
        return {_TAG: first, _CURRENT: first, _DOCUMENT: first}

    def _empty(self, subject: Subject) -> dict[str, str]:
        for _try in range(_TRIES):
            labels = self._labels(subject)
            if labels and _DOCUMENT in labels:
                if labels[_DOCUMENT] != labels[_TAG]:
                    raise self.conflict(subject)
                return labels
            time.sleep(_PAUSE)
        if not labels:
            raise self.conflict(subject)
        # Whoever made the secret died before labelling it.
        self._move(subject, _DOCUMENT, None, labels[_TAG])
        return {**labels, _DOCUMENT: labels[_TAG]}

    def _promoted(self, stored: Stored, version: str) -> dict[str, str]:
        """The labels after ``AWSCURRENT`` points to the version; ``AWSPREVIOUS`` follows by itself."""
        subject = stored.document.subject
        labels = self._labels(subject) or {}
        if labels.get(_DOCUMENT) != stored.revision:
            raise self.conflict(subject)
        if labels.get(_CURRENT) != version:
            self._move(subject, _CURRENT, labels.get(_CURRENT), version)
        return {**labels, _CURRENT: version}

    def _followed(self, stored: Stored) -> Stored:
        """With ``AWSPENDING`` where the document has the pending password, or nowhere."""
        wanted, found = stored.document.version_in(Slot.PENDING), stored.parts.get(_PENDING)
        if wanted == found:
            return stored
        self._move(stored.document.subject, _PENDING, found, wanted)
        labels = {label: version for label, version in stored.parts.items() if label != _PENDING}
        return replace(stored, parts={**labels, _PENDING: wanted} if wanted else labels)

    def _move(self, subject: Subject, label: str, source: str | None, target: str | None) -> None:
        versions = {"RemoveFromVersionId": source, "MoveToVersionId": target}
        given = {key: version for key, version in versions.items() if version}
        try:
            self._api.call("update_secret_version_stage", SecretId=self._name(subject), VersionStage=label, **given)
        except Refused as problem:
            # A repeated request, whose first answer was lost, is refused as well.
            if not problem.answered:
                raise self.problem(subject, problem.sentence) from None
            found = (self._labels(subject) or {}).get(label)
            if found == target:
                return
            raise (self.conflict(subject) if found != source else self.problem(subject, problem.sentence)) from None

    def _put(self, subject: Subject, version: str, value: str, label: str) -> None:
        """A new version, read back: an emulator was seen to accept a used token with another value."""
        self._ask(
            subject,
            "put_secret_value",
            SecretId=self._name(subject),
            ClientRequestToken=version,
            SecretString=value,
            VersionStages=[label],
        )
        if self._value(subject, version) != value:
            raise self.problem(subject, "what was written cannot be read back")

    def _value(self, subject: Subject, version: str) -> str:
        """Always by version: a read without one was seen to give the old value after a promotion."""
        answer = self._ask(subject, "get_secret_value", SecretId=self._name(subject), VersionId=version)
        return str(answer.get("SecretString", ""))

    def _labels(self, subject: Subject) -> dict[str, str] | None:
        """The version of each label, and the first version under the name of the tag; None where there is no secret."""
        try:
            tags, deleted, versions = self._api.read(_described, "describe_secret", SecretId=self._name(subject))
        except Refused as problem:
            if problem.code == "ResourceNotFoundException":
                return None
            raise self.problem(subject, problem.sentence) from None
        if _TAG not in tags:
            raise self.problem(subject, "what is stored there is not of this collection; it is left alone")
        if deleted:
            raise self.problem(subject, "the secret is scheduled for deletion: restore it, or wait until it is gone")
        return {_TAG: tags[_TAG], **versions}

    def _ask(self, subject: Subject, operation: str, **arguments: Any) -> dict[str, Any]:
        try:
            return self._api.call(operation, **arguments)
        except Refused as problem:
            raise self.problem(subject, problem.sentence) from None

    def _name(self, subject: Subject) -> str:
        return f"{self._prefix}/{subject.customer_id}/{subject.user_id}"


def _described(answer: Mapping[str, Any]) -> tuple[dict[str, str], bool, dict[str, str]]:
    """Tags, whether it is scheduled for deletion, and the version of each label."""
    versions = (answer.get("VersionIdsToStages") or {}).items()
    by_label = {str(label): str(version) for version, labels in versions for label in labels}
    return tags_of(answer), bool(answer.get("DeletedDate")), by_label
