# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drive the emulator with ``partnercenterservices``, a client generated from Microsoft's Swagger of 2019.

It knows nothing of this emulator, so what it can do here, other clients of the real service can do as well.

    pip install partnercenterservices "setuptools<81"   # it imports pkg_resources
    PYTHONPATH=tests/emulator python tests/emulator/foreign_client.py --python PYTHON_WITH_THE_EMULATORS_REQUIREMENTS

The client is called for everything except setting passwords: its password model has the type of .NET's SecureString,
an object without members, which can carry no text in either direction. The one change made to it here gives that
member the type ``str``, since a user cannot be created without a password.
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

from microsoft.store.partnercenterservices import MicrosoftPartnerStoreApis
from microsoft.store.partnercenterservices import models as shapes
from msrest.authentication import BasicTokenAuthentication

from partnercenter_emulator.launcher import Emulator, running_emulator

PREFIX = "MicrosoftPartnerSdkContractsV1"
User = getattr(shapes, f"{PREFIX}CustomerUser")
PasswordProfile = getattr(shapes, f"{PREFIX}ContractsPasswordProfile")
PasswordProfile._attribute_map["password"]["type"] = "str"


def expect(what: str, condition: object) -> None:
    """The client returns nothing instead of raising for 4xx, so each answer is looked at."""
    if not condition:
        raise SystemExit(f"failed: {what}")
    print(f"ok: {what}")


def drive(emulator: Emulator) -> None:
    """Customer: list, get. Users: list, get, create, delete; what is deleted is among the inactive ones."""
    client: Any = MicrosoftPartnerStoreApis(
        BasicTokenAuthentication({"access_token": emulator.access_token}), emulator.api_url
    )
    client.config.connection.verify = emulator.ca_path
    reading = client.getvversioncustomerscustomer
    known = emulator.customers[0]
    customer_id, version = known["id"], "1"

    customers = client.getvversioncustomersfilterfilter.value(version)
    expect("customers are listed", customers and len(customers.items) == len(emulator.customers))
    customer = reading.id(customer_id, version)
    expect("a customer is read", customer and customer.company_profile.domain == known["domain"])

    page = reading.value6(customer_id, version, size=500)
    expect("users are listed", page and {user.id for user in page.items} == {user["id"] for user in known["users"]})
    user = reading.id2(customer_id, known["users"][0]["id"], version)
    expect("a user is read", user and user.user_principal_name == known["users"][0]["user_principal_name"])

    made = client.postvversioncustomerscustomer.idusers(
        customer_id,
        User(
            usage_location="US",
            user_principal_name=f"foreign.client@{known['domain']}",
            first_name="Foreign",
            last_name="Client",
            display_name="Foreign Client",
            password_profile=PasswordProfile(password="Made-by-strangers-1", force_change_password=True),
        ),
        version,
    )
    expect("a user is created", made and made.id and made.state == "active")
    expect("the created user is read", reading.id2(customer_id, made.id, version).display_name == "Foreign Client")
    expect("its password is as sent", emulator.passwords()[made.id]["current"] == "Made-by-strangers-1")
    roles = reading.iddirectoryroles(customer_id, made.id, version)
    expect("its roles are read", roles and roles.items == [])

    client.deletevversioncustomerscustomer.id2(customer_id, made.id, version)
    inactive = reading.value6(
        customer_id, version, filter='{"Field":"UserState","Value":"Inactive","Operator":"equals"}'
    )
    expect("the user is deleted", inactive and [user.id for user in inactive.items] == [made.id])
    statuses = {entry["status"] for entry in emulator.journal()}
    expect(f"no request was refused: {sorted(statuses)}", statuses <= {200, 201, 204})


def main() -> None:
    """Start an emulator, and drive it."""
    parser = argparse.ArgumentParser(description="Drive the emulator with the package partnercenterservices.")
    parser.add_argument("--python", default=sys.executable, help="interpreter that has the emulator's requirements")
    options = parser.parse_args()
    with running_emulator(customers=3, users=20, python=options.python) as emulator:
        drive(emulator)


if __name__ == "__main__":
    main()
