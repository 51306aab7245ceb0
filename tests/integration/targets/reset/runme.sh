#!/usr/bin/env bash
# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

set -eu

# ansible-test runs a copy of this folder, and says where the collection is.
collection="${ANSIBLE_COLLECTIONS_PATH%%:*}/ansible_collections/csp/partnercenter"
export PYTHONPATH="$collection/tests/emulator${PYTHONPATH:+:$PYTHONPATH}"
exec python run.py "$@"
