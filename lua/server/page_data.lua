-- Makes the data of the status page as one JSON text. JSON from the native module is inserted as text. What an answer costs
-- does not grow with the number of players: units come in pieces, and players are looked at in slices.

PageData = {}

local ABSENT = 100     -- players in the list of those who are not on the map; further ones are only counted
local ABSENT_MS = 5000 -- highest age of that list
local SLICE = 64       -- players that are looked at in one tick
local LOG_LINES = 200
local NO_UNITS = '{"piece":0,"of":1,"panics":0,"rows":[]}'

local looked = {}    -- the last result: {list, count, present, bound}; empty: none yet
local looked_at      -- when it was made
local looking = false

local function text_of(nothing, verb, ...)
  if Bridge.state ~= 'ready' then
    return nothing
  end
  local ok, text = Bridge.call(verb, ...)
  return ok and text or nothing
end

-- Finds the players who are not on the map, and why. Call it in a thread of its own.
local function look()
  local players = {}
  for player in pairs(Players.present()) do
    players[#players + 1] = player
  end
  local found = { list = {}, count = 0, present = #players, bound = 0 }
  for i, player in ipairs(players) do
    if i % SLICE == 0 then
      Wait(0)
    end
    if not Players.is_present(player) then
      found.present = found.present - 1
    else
      local why = Why.absent(player)
      found.bound = found.bound + (Tracker.is_bound(player) and 1 or 0)
      if why then
        found.count = found.count + 1
        if found.count <= ABSENT then
          found.list[found.count] = { player = player, name = GetPlayerName(tostring(player)), why = why }
        end
      end
    end
  end
  looked, looked_at = found, GetGameTimer()
end

local function look_again()
  if looking or looked_at and GetGameTimer() - looked_at < ABSENT_MS then
    return
  end
  looking = true
  CreateThread(function()
    Loop.guard('page', look)
    looking = false
  end)
end

-- `after`: the number of the newest log line that the page has. `piece`: of the list of units.
function PageData.text(after, piece)
  look_again()
  -- Of the fields that status() adds in Lua, only those that the page shows: all of them would cost more than the rest
  -- together.
  local own = { door = Door.name, players = { present = looked.present }, tracker = { bound = looked.bound } }
  if Bridge.state ~= 'ready' then
    own.state, own.reason = Bridge.state, Bridge.reason
  end
  own.version = Bridge.version
  own.settings = { url = Bridge.settings.sonoran_bridge_url, server = Bridge.settings.sonoran_serverId,
    tracking = Bridge.settings.sonoran_bridge_tracking }
  local newest = Log.newest()
  local lines = Log.last(math.min(LOG_LINES, math.max(newest - after, 0)))
  local rest = json.encode({ status = own, absent = looked.list, absent_count = looked.count, log = lines, log_newest = newest })
  return '{"module":' .. text_of('{}', 'stats') .. ',"units":' .. text_of(NO_UNITS, 'places', piece) .. ',"own":' .. rest .. '}'
end
