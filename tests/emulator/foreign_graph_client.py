# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drive the emulator's Microsoft Graph with ``msgraph-sdk``, the client that Microsoft generates from its own metadata.

It knows nothing of this emulator, so what it can do here, other clients of the real service can do as well.

    pip install -r tests/requirements/graph_client.txt
    PYTHONPATH=tests/emulator python tests/emulator/foreign_graph_client.py

The client is as it is installed; it is told another address, another CA, and the host that it may send tokens to.
Tokens come from MSAL, by the partner's refresh token at the authority of the customer.
"""

from __future__ import annotations

import argparse
import asyncio
import ssl
import sys
import time
from typing import Any

import httpx
import msal
import requests
from azure.core.credentials import AccessToken
from kiota_abstractions.api_error import APIError
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_authentication_azure.azure_identity_authentication_provider import AzureIdentityAuthenticationProvider
from msgraph import GraphRequestAdapter, GraphServiceClient
from msgraph.generated.audit_logs.directory_audits.directory_audits_request_builder import (
    DirectoryAuditsRequestBuilder as Audits,
)
from msgraph.generated.models.password_profile import PasswordProfile
from msgraph.generated.models.user import User
from msgraph.generated.users.item.authentication.methods.item.reset_password.reset_password_post_request_body import (
    ResetPasswordPostRequestBody,
)
from msgraph.generated.users.item.user_item_request_builder import UserItemRequestBuilder as Item
from msgraph.generated.users.users_request_builder import UsersRequestBuilder as Users
from msgraph_core import GraphClientFactory
from msgraph_core.tasks.page_iterator import PageIterator

from partnercenter_emulator.graph.knobs import SCOPES
from partnercenter_emulator.launcher import Emulator, running_emulator

PASSWORD = "Made-by-strangers-1"
SCOPE = "https://graph.microsoft.com/.default"
PASSWORD_METHOD = "28c10230-6103-485e-b985-444c60001490"


def expect(what: str, condition: object) -> None:
    """Say what works; end at the first thing that does not."""
    if not condition:
        raise SystemExit(f"failed: {what}")
    print(f"ok: {what}")


class Partner:
    """The partner's account in a customer's tenant, as an Azure credential."""

    def __init__(self, emulator: Emulator, customer_id: str) -> None:
        self.refresh_token: str = emulator.refresh_token
        session = requests.Session()
        session.trust_env = False
        session.verify = emulator.ca_path
        self.token: AccessToken | None = None
        self.application = msal.ConfidentialClientApplication(
            emulator.client_id,
            client_credential=emulator.client_secret,
            authority=f"{emulator.authority_url}/{customer_id}",
            instance_discovery=False,
            http_client=session,
        )

    async def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        """A token by the refresh token, once."""
        if self.token is not None:
            return self.token
        result = self.application.acquire_token_by_refresh_token(self.refresh_token, scopes=[SCOPE])
        expect("MSAL gets a token for the tenant of the customer", "access_token" in result)
        self.token = AccessToken(result["access_token"], int(time.time()) + result["expires_in"])
        return self.token

    async def close(self) -> None:
        """Nothing is open."""

    async def __aenter__(self) -> Partner:
        return self

    async def __aexit__(self, *details: object) -> None:
        await self.close()


def client_for(emulator: Emulator, customer_id: str) -> GraphServiceClient:
    """The SDK's client with its own middleware, at the address of the emulator."""
    context = ssl.create_default_context(cafile=emulator.ca_path)
    transport = httpx.AsyncClient(verify=context, trust_env=False, base_url=f"{emulator.graph_url}/v1.0")
    with_middleware = GraphClientFactory.create_with_default_middleware(client=transport)
    provider = AzureIdentityAuthenticationProvider(Partner(emulator, customer_id), allowed_hosts=["127.0.0.1"])
    adapter = GraphRequestAdapter(provider, client=with_middleware)
    adapter.base_url = f"{emulator.graph_url}/v1.0"
    return GraphServiceClient(request_adapter=adapter)


def selecting(builder: Any, parameters: str, **members: Any) -> Any:
    """A request configuration with query parameters."""
    return RequestConfiguration(query_parameters=getattr(builder, parameters)(**members))


async def drive(emulator: Emulator) -> None:
    """Read users in pages and by name, set passwords in both ways, end sessions, read roles and the audit log; then
    create a user, change and rename it, delete and restore it."""
    known = emulator.customers[0]
    client = client_for(emulator, known["id"])
    ordinary, special = known["users"], known["special_users"]

    page = await client.users.get(selecting(Users, "UsersRequestBuilderGetQueryParameters", top=8, select=["id"]))
    identifiers: list[str] = []

    def remember(user: Any) -> bool:
        identifiers.append(user.id)
        return True

    await PageIterator(page, client.request_adapter).iterate(remember)
    living = [*ordinary, *(user for kind, user in special.items() if kind != "deleted")]
    expect("users are listed over all pages", sorted(identifiers) == sorted(user["id"] for user in living))

    members = ["id", "userPrincipalName", "lastPasswordChangeDateTime", "onPremisesSyncEnabled", "passwordProfile"]
    select = selecting(Item, "UserItemRequestBuilderGetQueryParameters", select=members)
    before = await client.users.by_user_id(ordinary[0]["user_principal_name"]).get(select)
    expect("a user is read by principal name", before.id == ordinary[0]["id"] and before.password_profile is None)

    profile = PasswordProfile(password=PASSWORD, force_change_password_next_sign_in=True)
    await client.users.by_user_id(before.id).patch(User(password_profile=profile))
    expect("its password is as sent", emulator.passwords()[before.id]["current"] == PASSWORD)
    after = await client.users.by_user_id(before.id).get(select)
    expect("its date has moved", after.last_password_change_date_time > before.last_password_change_date_time)
    expect("it must be changed", after.password_profile.force_change_password_next_sign_in is True)

    answer = await client.users.by_user_id(before.id).revoke_sign_in_sessions.post()
    expect("its sessions are ended", answer.value is True)
    roles = await client.users.by_user_id(special["privileged"]["id"]).transitive_member_of.get()
    expect("roles are read", [role.display_name for role in roles.value] == ["Global Administrator"])

    synced = client.users.by_user_id(special["synced"]["id"])
    expect("a synced user is known as one", (await synced.get(select)).on_premises_sync_enabled is True)
    method = synced.authentication.methods.by_authentication_method_id(PASSWORD_METHOD)
    await method.reset_password.post(ResetPasswordPostRequestBody(new_password=PASSWORD))
    expect("its password is written back", emulator.passwords()[special["synced"]["id"]]["current"] == PASSWORD)

    wanted = f"activityDisplayName eq 'Reset user password' and targetResources/any(t:t/id eq '{before.id}')"
    parameters = selecting(Audits, "DirectoryAuditsRequestBuilderGetQueryParameters", filter=wanted)
    records = (await client.audit_logs.directory_audits.get(parameters)).value
    expect("the audit log knows of it", [record.initiated_by.user.id for record in records] == [emulator.account["id"]])

    await change_users(emulator, client, known["domain"])
    emulator.fault("throttle", target="graph", seconds=1)
    expect("it waits where it is told to", (await client.users.by_user_id(before.id).get(select)).id == before.id)
    try:
        await client.users.by_user_id(special["privileged"]["id"]).patch(User(password_profile=profile))
    except APIError as error:
        refusal = (error.response_status_code, getattr(error, "error", error).code)
        expect("a refusal is understood", refusal == (403, "Authorization_RequestDenied"))
    statuses = sorted({str(entry["status"]) for entry in emulator.journal()})
    expect(f"nothing else was refused: {statuses}", set(statuses) <= {"200", "201", "202", "204", "400", "403", "429"})


async def change_users(emulator: Emulator, client: GraphServiceClient, domain: str) -> None:
    """The life of one user."""
    name, new_name = f"ada@{domain}", f"ada.lovelace@{domain}"
    profile = PasswordProfile(password=PASSWORD, force_change_password_next_sign_in=True)
    wanted = User(account_enabled=True, display_name="Ada", mail_nickname="ada", user_principal_name=name)
    wanted.password_profile = profile
    made = await client.users.post(wanted)
    expect(
        "a user is created", made.user_principal_name == name and emulator.passwords()[made.id]["current"] == PASSWORD
    )
    one = client.users.by_user_id(made.id)
    await one.patch(User(user_principal_name=new_name, given_name="Ada", usage_location="GB"))
    read = await client.users.by_user_id(new_name).get()
    expect("it is renamed and changed", (read.id, read.given_name) == (made.id, "Ada"))
    try:
        await client.users.post(User(**{**wanted.__dict__, "user_principal_name": new_name}))
    except APIError as error:
        refusal = (error.response_status_code, getattr(error, "error", error).code)
        expect("its name is taken", refusal == (400, "Request_BadRequest"))
    await one.delete()
    deleted = (await client.directory.deleted_items.graph_user.get()).value
    expect("it is deleted", f"{made.id.replace('-', '')}{new_name}" in [item.user_principal_name for item in deleted])
    await client.directory.deleted_items.by_directory_object_id(made.id).restore.post()
    expect("it is restored", (await one.get()).user_principal_name == new_name)


def main() -> None:
    """Start an emulator, and drive it."""
    parser = argparse.ArgumentParser(description="Drive the emulator's Microsoft Graph with the package msgraph-sdk.")
    parser.add_argument("--python", default=sys.executable, help="interpreter that has the emulator's requirements")
    options = parser.parse_args()
    scopes = f"{SCOPES},User.ReadWrite.All"
    with running_emulator(
        customers=2, users=20, special_users=True, knobs={"graph_scopes": scopes}, python=options.python
    ) as emulator:
        asyncio.run(drive(emulator))


if __name__ == "__main__":
    main()
