-- Reports of players' clients: street, zone and vehicle, which only the client knows. No client is trusted: a report is
-- bounded text, and one of these kinds of vehicle.

Reports = {}

local Limits = Bridge.Limits
local BURST = 5            -- token bucket of each player: its size,
local PER_SECOND = 2       -- and reports added per second

local VEHICLE_BYTES = 64   -- of the game's name of a model
local KINDS = { -- as plugin/core/vehicle_kind.cpp has them
  foot = true, police = true, fire = true, ems = true, car = true, motorcycle = true, bicycle = true, boat = true,
  plane = true, helicopter = true,
}

local latest = Players.keyed() -- by player: {location, vehicle, kind, siren}
local budget = Players.keyed() -- by player: {left, at}
local refused = { not_tracked = 0, too_many = 0, malformed = 0 }

local function may_report(player)
  local now = GetGameTimer()
  local mine = budget[player] or { BURST, now }
  mine[1] = math.min(BURST, mine[1] + (now - mine[2]) / 1000 * PER_SECOND)
  mine[2] = now
  budget[player] = mine
  if mine[1] < 1 then
    return false
  end
  mine[1] = mine[1] - 1
  return true
end

-- The game's names of models have no slash. With one it might be the address of a file, which the map would show to all
-- dispatchers; only scripts of the server may give one.
local function is_good(location, vehicle, kind, siren)
  return not Text.check(location, Limits.LOCATION_SIZE) and not Text.check(vehicle, VEHICLE_BYTES)
    and not vehicle:find('/', 1, true) and type(kind) == 'string' and KINDS[kind] and type(siren) == 'boolean'
end

RegisterNetEvent('sonoran_bridge:report', function(location, vehicle, kind, siren)
  local player = Players.source(source)
  if not player or not GetPlayerName(tostring(player)) then
    return
  elseif not may_report(player) then
    refused.too_many = refused.too_many + 1
  elseif not Duty.is_tracked(player) then
    refused.not_tracked = refused.not_tracked + 1
  elseif not is_good(location, vehicle, kind, siren) then
    refused.malformed = refused.malformed + 1
  else
    latest[player] = { location, vehicle, kind, siren }
  end
end)

-- A client that has just started asks whether it should report.
RegisterNetEvent('sonoran_bridge:hello', function()
  local player = Players.source(source)
  if player and GetPlayerName(tostring(player)) and may_report(player) then
    TriggerClientEvent('sonoran_bridge:watch', player, Duty.is_tracked(player))
  end
end)

Duty.on_change(function(player, on)
  if not on then
    latest[player] = nil
  end
  if GetPlayerName(tostring(player)) then
    TriggerClientEvent('sonoran_bridge:watch', player, on)
  end
end)

-- By player: {location, vehicle, kind, siren}, a new table for each report. Callers must not change it.
function Reports.latest()
  return latest
end

function Reports.refused()
  return refused
end
