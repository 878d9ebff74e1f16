-- Reads where the tracked players are and hands over what changed: one crossing into the native module an interval,
-- whatever the number of players. Numbers cross as integers in one flat list, because that is many times cheaper than
-- tables or floats; a unit's id crosses once, and stands behind its player's server id from then on; texts cross when
-- they changed.

Tracker = {}

local REFRESH_MS = 30000 -- a player that stands still is handed over again after this time, so that he is not stale
local LOOK_MS = 5000     -- how often it is looked up who a player is
local SLICE = 256        -- players read in one tick
local FAR_M2 = 1e12      -- the square of what sonoran_bridge.h takes as a coordinate

local GetPlayerPed, GetEntityCoords, GetEntityHeading = GetPlayerPed, GetEntityCoords, GetEntityHeading

local reports = Reports.latest()
local last = {} -- by player: {unit, look_at, text: his server id as a text, x, y, z, heading, report, location, vehicle, at}
local counts = { crossings = 0, positions = 0, unknown = 0, astray = 0 }
local flat, texts, units = {}, {}, {} -- of this interval: filled anew each time

local function clear(list)
  for i = #list, 1, -1 do
    list[i] = nil
  end
end

local function forget(player)
  local known = last[player]
  if not known then
    return
  end
  last[player] = nil
  Bridge.call('unbind', player, known.unit)
  -- What this interval has read of him is not to bring him back.
  for i = 1, #units, 2 do
    if units[i] == player then
      units[i + 1] = ''
    end
  end
end

-- The player's state in `last`, for his unit of now; nil when nobody knows who he is.
local function known_as(player, now)
  local unit = Identity.of(player)
  local known = last[player]
  if known and known.unit == unit then
    known.look_at = now + LOOK_MS
    return known
  end
  forget(player)
  if not unit then
    counts.unknown = counts.unknown + 1
    return nil
  end
  -- Not all at once: they are looked at in turn.
  known = { unit = unit, text = tostring(player), at = -REFRESH_MS, look_at = now + LOOK_MS * (player % 16 + 1) // 16 }
  last[player] = known
  local n = #units
  units[n + 1], units[n + 2] = player, unit
  return known
end

local function describe(player, known, report)
  local location, vehicle = report[1], report[2]
  local i = #texts
  texts[i + 1] = player
  texts[i + 2] = location ~= known.location and location or false
  texts[i + 3] = vehicle ~= known.vehicle and vehicle or false
  known.location, known.vehicle = location, vehicle
end

-- Adds the player to the lists when there is news of him; how many numbers `flat` has then. What a tick costs is made
-- here: three natives a player, and nothing else that leaves this file while he only moves.
local function read(player, known, now, n)
  local ped = GetPlayerPed(known.text)
  if not ped or ped == 0 then
    return n
  end
  local at, heading = GetEntityCoords(ped), GetEntityHeading(ped)
  local x, y, z = at.x, at.y, at.z
  -- Beyond the map, or no number at all (the comparison is false then): nothing that could be sent.
  if not (x * x + y * y + z * z < FAR_M2) or heading ~= heading then
    counts.astray = counts.astray + 1
    return n
  end
  x, y, z = (x * 10 + 0.5) // 1 | 0, (y * 10 + 0.5) // 1 | 0, (z * 10 + 0.5) // 1 | 0
  heading = heading % 360 // 1 | 0
  local report = reports[player]
  if x == known.x and y == known.y and z == known.z and heading == known.heading and report == known.report
    and now - known.at < REFRESH_MS then
    return n
  end
  if report and report ~= known.report then
    describe(player, known, report)
  end
  known.report = report
  known.x, known.y, known.z, known.heading, known.at = x, y, z, heading, now
  flat[n + 1], flat[n + 2], flat[n + 3], flat[n + 4], flat[n + 5] = player, x, y, z, heading
  return n + 5
end

function Tracker.step()
  clear(texts)
  clear(units)
  local n = 0
  local now = GetGameTimer()
  local players = Duty.players()
  for i = 1, #players do
    if i % SLICE == 0 then
      Wait(0)
    end
    local player = players[i]
    local known = last[player]
    if not known or now >= known.look_at then
      -- He may have left, or gone off duty, while others were read.
      known = Duty.is_tracked(player) and known_as(player, now)
    end
    if known then
      n = read(player, known, now, n)
    end
  end
  for i = #flat, n + 1, -1 do
    flat[i] = nil
  end
  if n > 0 then
    counts.crossings = counts.crossings + 1
    counts.positions = counts.positions + n // 5
    Bridge.call('positions', flat, texts, units)
  end
end

-- Who the player is has changed: he is looked at again.
function Tracker.refresh(player)
  if last[player] then
    last[player].look_at = 0
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
  local found = {}
  for player, known in pairs(last) do
    found[player] = known.unit
  end
  return found
end

-- A module that has just been opened knows nobody.
Bridge.on_ready(function()
  last = {}
end)

Duty.on_change(function(player, on)
  if not on then
    forget(player)
  end
end)
