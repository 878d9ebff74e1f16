-- Reads where the tracked players are and hands over what changed: one crossing into the native module an interval,
-- whatever the number of players. Numbers cross as integers in one flat list, because that is many times cheaper than
-- tables or floats; texts cross when they changed.

Tracker = {}

local REFRESH_MS = 30000 -- a player that stands still is handed over again after this time, so that he is not stale
local SLICE = 256        -- players read in one tick

local last = {} -- by player: {x, y, z, heading, unit, location, vehicle, at}
local counts = { crossings = 0, positions = 0, unknown = 0 }

local function forget(player)
  local known = last[player]
  if not known then
    return
  end
  last[player] = nil
  Bridge.call('bind', nil, player, false)
  Bridge.call('remove', nil, known.unit)
end

-- The player's state in `last`, with his unit bound; nil when nobody knows who he is.
local function known_as(player)
  local unit = Identity.of(player)
  local known = last[player]
  if known and known.unit == unit then
    return known
  end
  forget(player)
  if not unit then
    counts.unknown = counts.unknown + 1
    return nil
  end
  local ok = Bridge.call('bind', nil, player, unit)
  if not ok then
    return nil
  end
  known = { unit = unit, at = -REFRESH_MS }
  last[player] = known
  return known
end

local function round(value)
  return math.floor(value + 0.5)
end

-- Adds the player to the lists when there is news of him.
local function read(player, now, flat, texts)
  local ped = GetPlayerPed(tostring(player))
  if not ped or ped == 0 then
    return
  end
  local known = known_as(player)
  if not known then
    return
  end
  local at = GetEntityCoords(ped)
  local x, y, z = round(at.x * 10), round(at.y * 10), round(at.z * 10)
  local heading = round(GetEntityHeading(ped)) % 360
  local report = Reports.of(player)
  local location, vehicle = report and report[1] or known.location, report and report[2] or known.vehicle
  local described = location ~= known.location or vehicle ~= known.vehicle
  if not described and x == known.x and y == known.y and z == known.z and heading == known.heading
    and now - known.at < REFRESH_MS then
    return
  end
  if described then
    local n = #texts
    texts[n + 1] = player
    texts[n + 2] = location ~= known.location and location or false
    texts[n + 3] = vehicle ~= known.vehicle and vehicle or false
    known.location, known.vehicle = location, vehicle
  end
  known.x, known.y, known.z, known.heading, known.at = x, y, z, heading, now
  local n = #flat
  flat[n + 1], flat[n + 2], flat[n + 3], flat[n + 4], flat[n + 5] = player, x, y, z, heading
end

function Tracker.step()
  local flat, texts = {}, {}
  local now = GetGameTimer()
  for i, player in ipairs(Duty.players()) do
    if i % SLICE == 0 then
      Wait(0)
    end
    -- He may have left, or gone off duty, while others were read.
    if Duty.is_tracked(player) and GetPlayerName(tostring(player)) then
      read(player, now, flat, texts)
    end
  end
  if #flat > 0 then
    counts.crossings = counts.crossings + 1
    counts.positions = counts.positions + #flat // 5
    Bridge.call('positions', nil, flat, #texts > 0 and texts or nil)
  end
end

function Tracker.forget(player)
  forget(player)
end

function Tracker.counts()
  return counts
end

-- Units by player, for the console.
function Tracker.units()
  local units = {}
  for player, known in pairs(last) do
    units[player] = known.unit
  end
  return units
end

-- A module that has just been opened knows nobody.
Bridge.on_ready(function()
  last = {}
  Identity.forget_cached()
end)

Duty.on_change(function(player, on)
  if not on then
    forget(player)
  end
end)
