# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reset by ``authentication/methods``: 202, then an operation that is polled (Graph contract, "Set (synced user)")."""

from __future__ import annotations

import asyncio
import secrets
import uuid
from typing import Any

from ..answers import Answer, Header
from ..service import set_password
from ..state import User, WritebackOperation
from .answers import configured_refusal, json_answer, missing
from .audit_log import RESET_BY_SERVICE
from .audits import audited
from .call import GraphCall
from .passwords import checked_password
from .query import context

#: The id that every user's password has among the authentication methods.
PASSWORD_METHOD = "28c10230-6103-485e-b985-444c60001490"
CLOUD_FAILURE = "OnPremisesSuccessCloudFailure"


def reset_password(call: GraphCall) -> Answer:
    """``POST /users/{id}/authentication/methods/{method}/resetPassword``; a password is made where none is given."""
    call.need("UserAuthenticationMethod.ReadWrite.All")
    user, service = call.user(call.segments[1]), call.service
    if call.segments[4].lower() != PASSWORD_METHOD:
        raise missing(call.segments[4])
    privileged = call.customer().is_privileged(user) and not call.outranks(user)
    call.outranks(user)
    own = user.id == call.caller.account_id
    knobs = service.knobs
    setting = knobs.graph_own_account_answer if own else knobs.graph_privileged_answer if privileged else "accept"
    if refusal := configured_refusal(setting, "The password of this user cannot be reset."):
        raise refusal
    given = call.document("newPassword").get("newPassword")
    password = (
        call.made_password(f"Wr1te-{secrets.token_urlsafe(9)}") if given is None else checked_password(call, given)
    )
    moment = service.clock.now()
    operation = WritebackOperation(str(uuid.uuid4()), user.id, moment, moment)
    service.state.operations[operation.id] = operation
    service.journal.counters.writebacks += 1
    service.journal.changed()
    if knobs.writeback_delay:
        task = asyncio.get_running_loop().create_task(_later(call, user, password, operation))
        call.background.add(task)
        task.add_done_callback(call.background.discard)
    else:
        _finish(call, user, password, operation)
    place = f"{call.base_url}/{call.version}/users/{user.id}/authentication/operations/{operation.id}"
    headers: list[Header] = [(b"location", f"{place}?aadgdc=EMUL1&aadgsu=emulator".encode())]
    if knobs.writeback_retry_after:
        headers.append((b"retry-after", str(knobs.writeback_retry_after).encode()))
    document: dict[str, Any] = {"@odata.context": context(call, "microsoft.graph.passwordResetResponse")}
    shown = document | {"newPassword": password} if given is None else {}
    return json_answer(knobs, shown, 202, tuple(headers))


async def _later(call: GraphCall, user: User, password: str, operation: WritebackOperation) -> None:
    await call.service.clock.sleep(call.service.knobs.writeback_delay / 2)
    operation.status, operation.last_action = "running", call.service.clock.now()
    await call.service.clock.sleep(call.service.knobs.writeback_delay / 2)
    _finish(call, user, password, operation)


def _finish(call: GraphCall, user: User, password: str, operation: WritebackOperation) -> None:
    """End an operation as the knobs say. On premises without the cloud: the password is set, its date stays."""
    service = call.service
    operation.last_action = service.clock.now()
    synced = user.last_directory_sync_time is not None
    result = service.knobs.writeback_result
    if result == "failed" or (synced and not service.knobs.writeback):
        operation.status = "failed"
        operation.detail = "The password could not be written back." if synced else "The password could not be reset."
        _audited(call, user, "failure", "OnPremisesFailure" if synced else "Failure")
        return
    if result == CLOUD_FAILURE and synced:
        user.set_password(password, True, service.clock.now(), dated=False)
        service.journal.counters.passwords_set += 1
        operation.detail = CLOUD_FAILURE
    else:
        set_password(service, user, password, True)
    operation.status = "succeeded"
    call.applied = True
    service.journal.changed()
    _audited(call, user, "success", operation.detail)


def _audited(call: GraphCall, user: User, result: str, reason: str) -> None:
    audited(call.service, call.caller, user, RESET_BY_SERVICE, call.client_request_id, result=result, reason=reason)


def get_operation(call: GraphCall) -> Answer:
    """``GET /users/{id}/authentication/operations/{id}``."""
    call.need("UserAuthenticationMethod.Read.All")
    user = call.user(call.segments[1])
    operation = call.service.state.operations.get(call.segments[4].lower())
    if operation is None or operation.user_id != user.id:
        raise missing(call.segments[4])
    form = "%Y-%m-%dT%H:%M:%SZ"
    document = {
        "@odata.context": f"{context(call, 'users')}('{user.id}')/authentication/operations/$entity",
        "id": operation.id,
        "status": operation.status,
        "statusDetail": operation.detail or None,
        "createdDateTime": operation.created.strftime(form),
        "lastActionDateTime": operation.last_action.strftime(form),
        "resourceLocation": f"{call.base_url}/{call.version}/users/{user.id}/authentication/methods/{PASSWORD_METHOD}",
    }
    return json_answer(call.service.knobs, document)
