# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The KV engine, version 2, of HashiCorp Vault, as far as hvac uses it, in memory.

From HashiCorp's reference: check-and-set, versions and their metadata, soft delete, undelete, destroy, lists, AppRole,
capabilities. Policies are not emulated, but for a token that may only read.
"""
