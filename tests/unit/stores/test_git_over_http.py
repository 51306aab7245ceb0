# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The git store over HTTPS: git's own server behind a sign-in, and servers that refuse."""

from __future__ import annotations

import base64
import os
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from ansible_collections.csp.partnercenter.plugins.module_utils._base.errors import StoreError
from ansible_collections.csp.partnercenter.plugins.module_utils._stores.records import Slot
from ansible_collections.csp.partnercenter.tests.unit.support.kits import (
    Kit,
    canary,
    new_subject,
    passwords,
    rotated,
    staged,
)
from ansible_collections.csp.partnercenter.tests.unit.support.server import Authority, answering, http_answer, running

TOKEN = "canary-git-token"


@pytest.fixture(autouse=True)
def nobody_is_signed_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide the settings and credential helpers of the person who runs the tests."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def sign_in(monkeypatch: pytest.MonkeyPatch, token: str = TOKEN) -> None:
    """Give git a credential helper, as the environment of a job does."""
    helper = f"!f() {{ echo username=rotations; echo password={token}; }}; f"
    settings = {"COUNT": "1", "KEY_0": "credential.helper", "VALUE_0": helper}
    for name, value in settings.items():
        monkeypatch.setenv(f"GIT_CONFIG_{name}", value)


def git_server(folder: Path, *, may_push: bool = True) -> Callable[[socket.socket, bytes], None]:
    """Serve the repositories of a folder by git's own program, to those who have the token."""
    wanted = base64.b64encode(f"rotations:{TOKEN}".encode()).decode()

    def serve(connection: socket.socket, request: bytes) -> None:
        head, _line, body = request.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        method, target, _version = first.split()
        headers = {name.lower(): value.strip() for name, _colon, value in (line.partition(":") for line in lines)}
        if headers.get("authorization") != f"Basic {wanted}":
            connection.sendall(http_answer(status="401 Unauthorized", WWW_Authenticate='Basic realm="git"'))
            return
        if "receive-pack" in target and not may_push:
            connection.sendall(http_answer(status="403 Forbidden"))
            return
        path, _mark, query = target.partition("?")
        gateway = {"REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query, "REMOTE_USER": "rotations"}
        gateway |= {"GIT_PROJECT_ROOT": str(folder), "GIT_HTTP_EXPORT_ALL": "1", "CONTENT_LENGTH": str(len(body))}
        gateway["CONTENT_TYPE"] = headers.get("content-type", "")
        for name in ("content-encoding", "git-protocol"):
            if name in headers:
                gateway[f"HTTP_{name.upper().replace('-', '_')}"] = headers[name]
        environment = {"PATH": os.environ["PATH"], "HOME": str(folder), **gateway}
        answer = subprocess.run(
            ["git", "http-backend"], input=body, env=environment, capture_output=True, check=True
        ).stdout
        told, _line, content = answer.partition(b"\r\n\r\n")
        named = dict(line.split(": ", 1) for line in told.decode().split("\r\n"))
        connection.sendall(
            http_answer(content, status=named.pop("Status", "200 OK"), Content_Type=named["Content-Type"])
        )

    return serve


def test_a_rotation_over_https_with_a_credential_helper(
    git: Kit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = Authority(str(tmp_path))
    subject, secret = new_subject(), canary()
    with running(git_server(tmp_path), authority.server_context("127.0.0.1")) as server:
        options = {"repository": f"{server.url}/remote.git", "ca_path": authority.path}
        with pytest.raises(StoreError, match="it wants a sign-in, and git has none"):
            git.make(**options).load(subject)
        sign_in(monkeypatch, "canary-of-nobody")
        with pytest.raises(StoreError, match="it does not accept the sign-in"):
            git.make(**options).load(subject)
        sign_in(monkeypatch)
        with pytest.raises(StoreError, match="this machine does not trust its certificate"):
            git.make(repository=options["repository"]).load(subject)
        store = git.make(**options)
        store.check([subject])
        rotated(store, subject, "r1", secret)
        assert TOKEN not in store.describe()
        other = git.make(**options)
        assert [place.user_principal_name for place in other.places()] == [subject.user_principal_name]
    prefix = store.describe().rpartition(":")[2]
    assert passwords(git.make(prefix=prefix), subject) == {Slot.CURRENT: secret.reveal()}


def test_an_account_that_may_only_read(git: Kit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sign_in(monkeypatch)
    with running(git_server(tmp_path, may_push=False)) as server:
        store, subject = git.make(repository=f"{server.url}/remote.git"), new_subject()
        store.check([subject], write=False)
        for write in (
            lambda: store.check([subject]),
            lambda: store.compare_and_set(None, staged(subject), new_password=canary()),
        ):
            with pytest.raises(StoreError, match="the account may not do this: let it read, and push to this branch"):
                write()


@pytest.mark.parametrize(
    ("status", "headers", "sentence"),
    [
        ("404 Not Found", {}, "there is no repository, or the account may not see it"),
        ("403 Forbidden", {}, "the account may not do this"),
        ("302 Found", {"Location": "http://evil.example.org/remote.git/info/refs"}, "it names another address"),
        ("500 Internal Server Error", {}, "git does not get through"),
        ("200 OK", {"Content_Type": "text/html"}, "it does not answer as a server of git"),
        ("200 OK", {"Content_Type": "application/x-git-upload-pack-advertisement"}, "git does not get through"),
    ],
)
def test_a_server_that_refuses(git: Kit, status: str, headers: dict[str, str], sentence: str) -> None:
    with running(answering(b"<html>canary-of-a-page</html>", status=status, **headers)) as server:
        with pytest.raises(StoreError, match=sentence) as caught:
            git.make(repository=f"{server.url}/remote.git").load(new_subject())
        assert "canary-of-a-page" not in str(caught.value) and b"Authorization" not in b"".join(server.requests)
