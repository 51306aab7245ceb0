# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""AWS Secrets Manager: one secret for each user, ``<prefix>/<customer id>/<user id>``.

A password is one version of the secret; the version's token is the password's id in the document. ``AWSPENDING``,
``AWSCURRENT`` and ``AWSPREVIOUS`` point to the passwords, so that consumers need to know nothing of this collection.
The document is a version as well, and the label ``PARTNERCENTER`` points to the valid one. A write moves that label
from the loaded document to the new one, in one durable step: AWS refuses it when the label has moved meanwhile.

The other labels follow: ``AWSCURRENT`` moves just before a promotion is written (the pending password is live by
then), ``AWSPENDING`` just after a write. If a run is killed in between, the next load or write corrects the labels.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from .._base import hosts
from .._base.errors import InputError, StoreError
from .._base.identifiers import known_guid, random_id
from .._base.secret import Secret
from .aws_api import AwsApi, AwsRefused, described, region_of
from .base import Context, Store, Stored, staged_version
from .document import Document
from .options import StoreOptions
from .records import Slot, Subject
from .remote import RemoteStore, as_json

_DOCUMENT, _PENDING, _CURRENT = "PARTNERCENTER", "AWSPENDING", "AWSCURRENT"
#: A new version needs a label. These two move from version to version.
_NEW_DOCUMENT, _NEW_PASSWORD = "PARTNERCENTER_DOCUMENT", "PARTNERCENTER_PASSWORD"
#: The tag of our secrets. Its value is the secret's first version, which holds no password.
_TAG, _NAME_TAG = "partnercenter", "user_principal_name"
_NO_PASSWORD_YET = "(no password was set yet)"
_TAGGABLE = re.compile(r"[A-Za-z0-9_.:/=+@-]+")

#: The form of a region, which becomes part of messages.
_REGION = re.compile(r"[a-z]+(-[a-z]+)+-[0-9]+")
_ID = re.compile(r"[A-Za-z0-9-]{1,64}")

#: Tries, and seconds between them, to wait for another run that has made a secret and not labelled it yet.
_TRIES, _PAUSE = 8, 0.25


def make(options: StoreOptions, context: Context) -> Store:
    """Return the store; without credentials, boto3 uses its usual places. Raises :class:`InputError`."""
    session = {**_credentials(options), "region_name": _region(options)}
    api = AwsApi(session, options.url("endpoint_url", known=hosts.SECRETS_MANAGER), options.ca_path("AWS_CA_BUNDLE"))
    return SecretsManager(api, options.prefix(), options.text("kms_key_id"), os.path.join(context.home, "locks"))


def _credentials(options: StoreOptions) -> dict[str, str | None]:
    """Return the given credentials, else the given profile, else those in the environment of play and task."""
    names = ("access_key_id", "secret_access_key", "session_token")
    given = [options.secret(name) for name in names]
    profile = options.text("profile")
    if not options.together("access_key_id", "secret_access_key") and profile is None:
        found = [options.secret(name, f"AWS_{name.upper()}") for name in names]
        given = found if found[0] and found[1] else given
        profile = None if given[0] else options.text("profile", "AWS_PROFILE")
    keys = {f"aws_{name}": secret.reveal() if secret else None for name, secret in zip(names, given, strict=True)}
    return {"profile_name": profile, **keys}


def _region(options: StoreOptions) -> str:
    region = options.text("region", "AWS_REGION", "AWS_DEFAULT_REGION")
    try:
        region = region or region_of(options.text("profile", "AWS_PROFILE"))
    except AwsRefused as problem:
        raise InputError(options.place("profile"), problem.sentence) from None
    if region is None:
        raise InputError(options.place("region"), "is missing: give it, or AWS_REGION, or a profile that has one")
    if not _REGION.fullmatch(region):
        raise InputError(options.place("region"), "is not the name of a region, such as eu-central-1")
    return region


class SecretsManager(RemoteStore):
    """The store. The revision is the version of the document; ``parts`` are the versions by label at the load."""

    def __init__(self, api: AwsApi, prefix: str, kms_key_id: str | None, lock_folder: str) -> None:
        super().__init__(lock_folder)
        self._api = api
        self._prefix = prefix
        self._kms_key = {"KmsKeyId": kms_key_id} if kms_key_id else {}

    def describe(self) -> str:
        return f"AWS Secrets Manager in {self._api.region}, {self._prefix}"

    def load(self, subject: Subject, *, read_only: bool = False) -> Stored | None:
        labels = self._labels(subject)
        if labels is None:
            return None
        revision, first = labels.get(_DOCUMENT), labels[_TAG]
        if revision in (None, first):
            if labels.get(_CURRENT, first) != first:
                what = f"the label {_DOCUMENT} was taken away by hand, or {_CURRENT} was moved"
                raise self.damaged(subject, f"{what}. {self._anew(subject)}")
            return None
        document = self._document(self._value(subject, revision), subject)
        self._check_current(document, labels)
        stored = Stored(document, revision, labels)
        return stored if read_only else self._followed(stored)

    def _check_current(self, document: Document, labels: Mapping[str, str]) -> None:
        """Check that consumers get the current password, or the pending one if a run was killed in a promotion."""
        subject = document.subject
        expected = document.version_in(Slot.CURRENT) or labels[_TAG]
        found = labels.get(_CURRENT, expected)
        if found in (expected, document.version_in(Slot.PENDING)):
            return
        moved = f" --move-to-version-id {expected} --remove-from-version-id {found}" if _ID.fullmatch(found) else ""
        command = f"aws secretsmanager update-secret-version-stage --version-stage {_CURRENT}{moved}"
        raise self.damaged(
            subject,
            f"{_CURRENT} was moved by hand, and consumers get another value than the current password. Put it back: "
            f"'{command} --secret-id {self._name(subject)}'. If another one is live: {self._anew(subject)}",
        )

    def _anew(self, subject: Subject) -> str:
        command = f"aws secretsmanager delete-secret --force-delete-without-recovery --secret-id {self._name(subject)}"
        return f"Begin anew with '{command}'; the next run then makes and stores a new one"

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
        except AwsRefused as problem:
            raise self._failed(None, problem.sentence) from None
        for name, tags in secrets:
            customer, _slash, user = name.removeprefix(f"{self._prefix}/").partition("/")
            if known_guid(customer) and known_guid(user) and _TAG in tags:
                # The name is in the document; the one in the tag may be old.
                yield Subject(customer, user)

    def _read(self, stored: Stored, slot: Slot, version: str) -> Secret:
        return Secret(self._value(stored.document.subject, version))

    def _created(self, subject: Subject) -> dict[str, str]:
        """Return the labels of an empty secret, which is made if there is none; a conflict where it is not empty.

        AWS labels the first version ``AWSCURRENT``, so its content is one that cannot be mistaken for a password.
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
        except AwsRefused as problem:
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
        # The run that made the secret ended before labelling it.
        self._move(subject, _DOCUMENT, None, labels[_TAG])
        return {**labels, _DOCUMENT: labels[_TAG]}

    def _promoted(self, stored: Stored, version: str) -> dict[str, str]:
        """Move ``AWSCURRENT`` to the version, and return the labels; AWS moves ``AWSPREVIOUS`` by itself."""
        subject = stored.document.subject
        labels = self._labels(subject) or {}
        if labels.get(_DOCUMENT) != stored.revision:
            raise self._overtaken(subject)
        if labels.get(_CURRENT) != version:
            self._move(subject, _CURRENT, labels.get(_CURRENT), version)
        return {**labels, _CURRENT: version}

    def _followed(self, stored: Stored) -> Stored:
        """Move ``AWSPENDING`` to the pending password of the document, or remove it."""
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
        except AwsRefused as problem:
            # AWS also refuses a repeated request whose first answer was lost.
            if not problem.answered:
                raise self.problem(subject, problem.sentence) from None
            found = (self._labels(subject) or {}).get(label)
            if found == target:
                return
            raise (self._overtaken(subject) if found != source else self.problem(subject, problem.sentence)) from None

    def _overtaken(self, subject: Subject) -> StoreError:
        """Return a conflict with another run; raises :class:`DamagedSecretError` after a change by hand."""
        if self.load(subject, read_only=True) is None:
            return self.damaged(subject, "the secret was deleted, or begun anew, while this run worked on it")
        return self.conflict(subject)

    def _put(self, subject: Subject, version: str, value: str, label: str) -> None:
        """Write a new version and read it back: an emulator was seen to accept a used token with another value."""
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
        """Return the value of a version. A read without a version was seen to give the old value after a promotion."""
        answer = self._ask(subject, "get_secret_value", SecretId=self._name(subject), VersionId=version)
        return str(answer.get("SecretString", ""))

    def _labels(self, subject: Subject) -> dict[str, str] | None:
        """Return the versions by label, and the first version by the tag's name; None where there is no secret."""
        try:
            tags, deleted, versions = self._api.read(described, "describe_secret", SecretId=self._name(subject))
        except AwsRefused as problem:
            if problem.code == "ResourceNotFoundException":
                return None
            raise self.problem(subject, problem.sentence) from None
        if _TAG not in tags:
            raise self.damaged(subject, "what is stored there is not of this collection; it is left alone")
        if deleted:
            restore = f"'aws secretsmanager restore-secret --secret-id {self._name(subject)}'"
            what = "the secret was deleted, and is scheduled for deletion"
            raise self.damaged(subject, f"{what}: restore it ({restore}), or wait until it is gone to begin anew")
        return {_TAG: tags[_TAG], **versions}

    def _ask(self, subject: Subject, operation: str, **arguments: Any) -> dict[str, Any]:
        try:
            return self._api.call(operation, **arguments)
        except AwsRefused as problem:
            gone = problem.code == "ResourceNotFoundException"
            raise (self.damaged if gone else self.problem)(subject, problem.sentence) from None

    def _name(self, subject: Subject) -> str:
        return f"{self._prefix}/{subject.customer_id}/{subject.user_id}"
