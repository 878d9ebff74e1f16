-- Logs the units of players who have left off the CAD, if the convar sonoran_bridge_logoff_on_leave says so. A player
-- who comes back within the grace stays; everybody stays when the server or this resource stops. All units that are due
-- share one call.

Logoff = {}

local STEP_MS = 1000
local TOGETHER = 128     -- units in one call
local KEPT = 2048        -- players whose grace has not ended; beyond, the oldest is forgotten
local LOADING_MS = 300000 -- how long a player who connects again may take to load the game
local REASON = 'Left the game server'

local waiting = {}     -- in the order in which they left: {unit, identifier, due}
local closing = false  -- the server is shutting down
local counts = { left = 0, back = 0, logged_off = 0, refused = 0, forgotten = 0 }

local function on()
  return Bridge.settings.sonoran_bridge_logoff_on_leave == 'true'
end

local function grace_ms()
  return 1000 * (math.tointeger(tonumber(Bridge.settings.sonoran_bridge_logoff_grace_s)) or 30)
end

-- Whether this player is on the server again.
local function is_back(one)
  for player in pairs(Players.present()) do
    if Identity.of(player) == one.unit or one.identifier and Identity.identifier(player) == one.identifier then
      return true
    end
  end
  return false
end

local function log_off(units)
  local kicks = {}
  for i, unit in ipairs(units) do
    kicks[i] = { communityUserId = unit, reason = REASON }
  end
  local arguments = Bridge.JsonText.encode({ body = kicks })
  Bridge.ask('kickUnit', arguments, function(answer)
    if answer.ok then
      counts.logged_off = counts.logged_off + #units
    else
      counts.refused = counts.refused + #units
      Log.warning(('%s of players who have left could not be logged off the CAD: %s'):format(
        Bridge.counted(#units, 'unit', 'units'), answer.error.detail), { operation = 'kickUnit', trace = answer.error.traceId })
    end
  end)
end

-- Logs off the players whose grace is over and who are not back.
function Logoff.step()
  local now = GetGameTimer()
  -- While the CAD is away they wait. Otherwise a late call would log off a player who is back by then.
  local can = Bridge.state == 'ready' and not State.trouble()
  local units, rest = {}, {}
  for _, one in ipairs(waiting) do
    if is_back(one) then
      counts.back = counts.back + 1
    elseif now >= one.due and #units < TOGETHER and can then
      units[#units + 1] = one.unit
    else
      rest[#rest + 1] = one
    end
  end
  waiting = rest
  if units[1] then
    log_off(units)
  end
end

-- docs/stats.md
function Logoff.counts()
  local all = { waiting = #waiting }
  for name, count in pairs(counts) do
    all[name] = count
  end
  return all
end

-- Only for units: players whom the CAD lists or, if it is not asked for its list, whose position was sent.
Players.on_leave(function(player)
  if not on() or closing or not Duty.is_unit(player) then
    return
  end
  counts.left = counts.left + 1
  if #waiting >= KEPT then
    table.remove(waiting, 1)
    counts.forgotten = counts.forgotten + 1
  end
  waiting[#waiting + 1] = { unit = Identity.of(player), identifier = Identity.identifier(player),
    due = GetGameTimer() + grace_ms() }
end)

-- A player who connects counts as coming back.
AddEventHandler('playerConnecting', function()
  local player = Players.source(source)
  local identifier = player and waiting[1] and Identity.identifier(player)
  if not identifier then
    return
  end
  for _, one in ipairs(waiting) do
    if one.identifier == identifier then
      one.due = math.max(one.due, GetGameTimer() + LOADING_MS)
    end
  end
end)

-- txAdmin fires this before it drops all players.
AddEventHandler('txAdmin:events:serverShuttingDown', function()
  closing, waiting = true, {}
end)

Loop.every('logoff', STEP_MS, function()
  if waiting[1] then
    Logoff.step()
  end
end)
