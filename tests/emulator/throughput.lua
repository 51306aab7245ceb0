-- Copyright (c) 2026, csp.partnercenter contributors
-- GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
-- SPDX-License-Identifier: GPL-3.0-or-later

-- For wrk: resets the password of one user after the other. Line 1 of the file named by EMULATOR_TARGETS is the
-- access token, each further line the path of a user.

local paths, headers = {}, {["Content-Type"] = "application/json", ["Accept"] = "application/json"}
local body = '{"passwordProfile":{"password":"Measured-2026-%d","forceChangePassword":true},'
  .. '"attributes":{"objectType":"CustomerUser"}}'
local count = 0

for line in io.lines(os.getenv("EMULATOR_TARGETS")) do
  if headers["Authorization"] then
    paths[#paths + 1] = line .. "/resetpassword"
  else
    headers["Authorization"] = "Bearer " .. line
  end
end

function request()
  count = count + 1
  headers["MS-RequestId"] = string.format("00000000-0000-4000-8000-%012d", count)
  headers["MS-CorrelationId"] = headers["MS-RequestId"]
  return wrk.format("PATCH", paths[count % #paths + 1], headers, body:format(count))
end

function done(summary, latency, requests)
  local errors = summary.errors
  print(string.format("PATCHes per second: %.0f", summary.requests / summary.duration * 1e6))
  print(string.format("errors: %d", errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
