# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Azure Key Vault's secrets, as far as azure-keyvault-secrets uses them, in memory.

From Microsoft's reference of the data plane (secrets, api-version 7.4 and later): versions, tags, attributes, soft
delete, paging by ``nextLink``, limits of names, tags and values, and the challenge that tells a client where to sign
in. The token endpoint of that authority is here as well.
"""
