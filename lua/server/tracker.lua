-- Tells the native module which units the tracked players have, and reads the places that it asks for. When a place is read,
-- and whose, is the module's decision alone (docs/design.md, "The game thread"). It asks at most once a tick, and what was
-- read goes back as the answer, so a turn is one crossing whatever the number of players. Numbers cross as integers in one
-- flat list, which is many times cheaper than tables or floats. A unit's id crosses once; from then on the player's server id
-- stands for it (its slot). Texts cross when they have changed. What failed to cross is told again.

Tracker = {}

local LOOK_MS <const> = 5000  -- interval of checking a player's id
local SCAN_MS <const> = 1000  -- interval of looking for players whose id is to be checked, where nothing is known to have changed
local SAME_HEADING <const> = -2147483648 -- SB_SAME_HEADING
-- Coordinates beyond these are not real: a ped that is not synchronised reads as -27648 on an axis or as (0, 0, -1700).
local FAR_M2 <const> = 27600 ^ 2 -- squared, for x and y
local DEEP_M <const> = -1690
local HIGH_M <const> = Bridge.Limits.COORDINATE_MAX_M

local GetPlayerPed, GetEntityCoords, GetEntityHeading = GetPlayerPed, GetEntityCoords, GetEntityHeading
local pcall = pcall

local reports = Reports.latest()
local last = Players.keyed() -- by player: {unit, told: its id has crossed, tried: it may have crossed, look_at: when
                             -- the id is checked again, text: their server id as text, at: when their place was read,
                             -- report, location, vehicle: as told}
local holders = {} -- by unit: how many players in `last` have it
local said = {}    -- by unit: the warning about several holders was printed
local fresh = {}   -- players whose unit id has not crossed, in order
local freed = {}   -- players who have no unit, but whose slot is still bound in the module
local counts = { crossings = 0, positions = 0, unknown = 0, astray = 0, failed_crossings = 0, untaken = 0 }
local flat, texts, units = {}, {}, {} -- what crosses; reused each time. `flat` and `texts` are the last answer's until the next
local filled = 0   -- numbers in `flat`
local changed = false -- somebody is tracked anew, or their id has changed
local scan_at = 0  -- when all players are looked at again
local sees         -- whether this server knows where players are (OneSync)

local function clear(list)
  for i = #list, 1, -1 do
    list[i] = nil
  end
end

-- One crossing: true and its result, or false.
local function cross(verb, ...)
  local ok, taken, result = pcall(Bridge.call, verb, ...)
  if not ok then
    Loop.failed('tracker', taken)
  elseif taken then
    return true, result
  end
  counts.failed_crossings = counts.failed_crossings + 1
  return false
end

-- Marks everything about a player as not told: their unit crosses with the next crossing, their place and texts when they are
-- next read.
local function tell_anew(player, known)
  known.at, known.report = nil, nil
  known.location, known.vehicle, known.kind, known.siren = nil, nil, nil, nil
  if known.told then
    known.told = false
    fresh[#fresh + 1] = player
  end
end

-- Unbinds a slot in the module, which forgets a unit that has no slot left. Gives whether that has crossed.
local function free(player)
  return (cross('bind', { player, '' }))
end

local function forget(player)
  local known = last[player]
  if not known then
    return
  end
  last[player] = nil
  local unit = known.unit
  local left = holders[unit] - 1
  holders[unit] = left > 0 and left or nil
  said[unit] = left > 0 and said[unit] or nil
  if known.tried and not free(player) then
    freed[player] = true
  end
  if left > 0 then -- the module may still have the place of the player who has just let go of the unit
    for other, theirs in pairs(last) do
      if theirs.unit == unit then
        tell_anew(other, theirs)
      end
    end
  end
end

local function hold(player, unit)
  local count = (holders[unit] or 0) + 1
  holders[unit] = count
  if count > 1 and not said[unit] then
    said[unit] = true
    for other, theirs in pairs(last) do
      if theirs.unit == unit then
        Log.warning(('The players %d and %d are both the unit %s, so it jumps between them on the map.'):format(other,
          player, Identity.shown(unit)), { remedy = 'Give one of them another id with setCommunityUserId.' })
        return
      end
    end
  end
end

-- Gives the player's entry in `last` for their present unit; nil when their id is unknown.
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
  hold(player, unit)
  -- Spread out, so that not all players are checked in the same interval.
  known = { unit = unit, told = false, text = tostring(player),
    look_at = now + LOOK_MS * (player % 16 + 1) // 16 }
  last[player] = known
  fresh[#fresh + 1] = player
  return known
end

local function describe(player, known, report)
  local location, vehicle, kind, siren = report[1], report[2], report[3], report[4]
  local i = #texts
  texts[i + 1] = player
  texts[i + 2] = location ~= known.location and location or false
  texts[i + 3] = vehicle ~= known.vehicle and vehicle or false
  texts[i + 4] = kind ~= known.kind and kind or false
  texts[i + 5] = siren == known.siren and 0 or siren and 1 or -1
  known.location, known.vehicle, known.kind, known.siren = location, vehicle, kind, siren
end

-- Adds a player's place to the answer; with `whole` their heading too, and texts that have changed. This is the hot path: two
-- natives, or three, and no other call out of this file. A native raises an error for a ped that is gone.
local function read(player, whole, now)
  local known = last[player]
  if not known or not known.told then -- let go of since the module asked
    return
  end
  local ped = GetPlayerPed(known.text)
  if not ped or ped == 0 then
    return
  end
  local at = GetEntityCoords(ped)
  local x, y, z = at.x, at.y, at.z
  -- With NaN each comparison is false.
  if not (x * x < FAR_M2 and y * y < FAR_M2 and z > DEEP_M and z < HIGH_M) then
    counts.astray = counts.astray + 1
    return
  end
  local heading = SAME_HEADING
  if whole then
    heading = GetEntityHeading(ped)
    if heading ~= heading then
      counts.astray = counts.astray + 1
      return
    end
    heading = heading % 360 // 1 | 0
    local report = reports[player]
    if report and report ~= known.report then
      describe(player, known, report)
      known.report = report
    end
  end
  known.at = now
  local n = filled
  flat[n + 1], flat[n + 2], flat[n + 3] = player, (x * 10 + 0.5) // 1 | 0, (y * 10 + 0.5) // 1 | 0
  flat[n + 4], flat[n + 5] = (z * 10 + 0.5) // 1 | 0, heading
  filled = n + 5
end

-- Handles rows of the last answer that the module did not take, because it has no unit for a slot or no room.
local function untell_rows(untaken)
  counts.untaken = counts.untaken + untaken
  for i = 1, filled, 5 do
    local known = last[flat[i]]
    if known then
      tell_anew(flat[i], known)
    end
  end
end

-- Reads the places of these slots, in the form of sb_take_readings, and gives {rows, texts}. `untaken`: how many rows of the
-- last answer the module did not take.
function Tracker.read(slots, untaken)
  if untaken > 0 then
    untell_rows(untaken)
  end
  clear(texts)
  filled = 0
  local now = GetGameTimer()
  for i = 1, #slots do
    local slot = slots[i]
    local whole = slot >= 0
    local ok, message = pcall(read, whole and slot or -1 - slot, whole, now)
    if not ok then
      Loop.failed('tracker', message)
    end
  end
  for i = #flat, filled + 1, -1 do
    flat[i] = nil
  end
  counts.crossings = counts.crossings + 1
  counts.positions = counts.positions + filled // 5
  return { flat, texts }
end

Bridge.on_readings(function(slots, untaken)
  return Tracker.read(slots, untaken)
end)

-- Checks a player's id, and lists them when their unit has not crossed.
local function look(player, now)
  local known = last[player]
  -- The player may have left, or gone off duty, while others were looked at.
  if (not known or now >= known.look_at) and Duty.is_tracked(player) then
    known_as(player, now)
  end
end

-- Tells the units whose ids have not crossed, and the slots that nobody has any more, in one crossing.
local function tell_units()
  clear(units)
  for player in pairs(freed) do
    local known = last[player]
    if not known then
      local n = #units
      units[n + 1], units[n + 2] = player, ''
    end
  end
  local bound_from = #units
  for i = 1, #fresh do
    local player = fresh[i]
    local known = last[player]
    if known and not known.told and not known.listed then
      known.listed, known.tried = true, true
      local n = #units
      units[n + 1], units[n + 2] = player, known.unit
    end
  end
  if not units[1] then
    clear(fresh)
    return
  end
  local ok = cross('bind', units)
  counts.crossings = counts.crossings + (ok and 1 or 0)
  clear(fresh)
  for i = 1, #units, 2 do
    local player = units[i]
    if ok then
      freed[player] = nil -- unbound, or bound to another unit, for which their slot has let go of the old one
    end
    local known = i > bound_from and last[player]
    if known then
      known.listed, known.told = nil, ok
      if not ok then
        fresh[#fresh + 1] = player
      end
    end
  end
end

function Tracker.step()
  if not sees then
    return
  end
  local now = GetGameTimer()
  if changed or now >= scan_at then
    local players = Duty.players()
    changed, scan_at = false, now + SCAN_MS
    for i = 1, #players do
      local ok, message = pcall(look, players[i], now)
      if not ok then
        Loop.failed('tracker', message)
      end
    end
  end
  tell_units()
end

-- Without OneSync a server does not know where players are. Everything else works.
function Tracker.has_onesync()
  local off = GetConvar('onesync', '') == 'off' or GetConvar('onesync', '') == '' and GetConvar('onesync_enabled', '') == 'false'
  return not off and GetPlayerPed ~= nil and GetEntityCoords ~= nil and GetEntityHeading ~= nil
end

local function look_for_onesync()
  local before = sees
  sees = Tracker.has_onesync()
  if not sees and before ~= false then
    Log.warning('OneSync is off, so no position is sent: the server does not know where players are. Panic, status and '
      .. 'calls work.', { remedy = 'Put set onesync on into server.cfg, or switch it on in txAdmin, and restart the server.' })
  end
end

-- The player's id has changed, so it is checked again.
function Tracker.refresh(player)
  changed = true
  if last[player] then
    last[player].look_at = 0
  end
end

Identity.on_change(Tracker.refresh)

-- How many players have a unit that has crossed.
function Tracker.bound()
  local bound = 0
  for _, known in pairs(last) do
    bound = bound + (known.told and 1 or 0)
  end
  return bound
end

-- See docs/stats.md.
function Tracker.counts()
  local placed, seen = 0, {}
  for _, known in pairs(last) do
    if known.told then
      local shared = holders[known.unit] ~= 1
      if known.at and not (shared and seen[known.unit]) then
        seen[known.unit] = shared or nil
        placed = placed + 1
      end
    end
  end
  local all = { onesync = sees or false, bound = Tracker.bound(), units = placed }
  for name, count in pairs(counts) do
    all[name] = count
  end
  return all
end

-- Whether a player's unit has crossed into the module.
function Tracker.is_bound(player)
  local known = last[player]
  return known ~= nil and known.told == true
end

-- Whether their position was read as well.
function Tracker.is_placed(player)
  local known = last[player]
  return known ~= nil and known.told == true and known.at ~= nil
end

-- Why a player's place cannot be read now, as a sentence; nil when it can.
local function unreadable(player)
  local there, message = pcall(function()
    local ped = GetPlayerPed(tostring(player))
    if not ped or ped == 0 then
      return 'The server has no ped of theirs: they are still loading.'
    end
    local at = GetEntityCoords(ped)
    if not (at.x * at.x < FAR_M2 and at.y * at.y < FAR_M2 and at.z > DEEP_M and at.z < HIGH_M) then
      return ('Their place reads as %.0f, %.0f, %.0f, which is none: the server does not synchronise their ped.'):format(at.x,
        at.y, at.z)
    end
  end)
  if not there then
    return 'Their ped is gone.'
  end
  return message
end

-- The tracking of a player, for the console: {unit, told: it has crossed, read_ms: since their place was read last;
-- unreadable: why it cannot be read now}. Unknown fields are absent.
function Tracker.look_at(player)
  local known = last[player]
  return {
    unit = known and known.unit,
    told = known and known.told,
    read_ms = known and known.at and GetGameTimer() - known.at or nil,
    unreadable = unreadable(player),
  }
end

-- Units by player, for the console.
function Tracker.units()
  local found = {}
  for player, known in pairs(last) do
    found[player] = known.unit
  end
  return found
end

-- A module that has just been opened knows no units.
Bridge.on_ready(function()
  for player in pairs(last) do
    last[player] = nil
  end
  holders, said, freed, fresh, filled, changed = {}, {}, {}, {}, 0, true
  clear(texts)
  look_for_onesync()
end)

Duty.on_change(function(player, on)
  changed = true
  if not on then
    forget(player)
  end
end)

Players.on_leave(forget)
