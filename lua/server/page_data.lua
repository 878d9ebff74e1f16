-- Makes the data of the status page as one JSON text. JSON from the native module is inserted as text.

PageData = {}

local ABSENT = 100   -- players not on the map that are listed; further ones are only counted
local ABSENT_MS = 5000 -- highest age of that list
local LOG_LINES = 200

local absent_list, absent_count, absent_at -- the last result; nil: none yet

local function text_of(verb, nothing)
  if Bridge.state ~= 'ready' then
    return nothing
  end
  local ok, text = Bridge.call(verb)
  return ok and text or nothing
end

-- Gives the players who are not on the map, with the reason: a list of the first ABSENT, and their number.
local function absent()
  local now = GetGameTimer()
  if absent_at and now - absent_at < ABSENT_MS then
    return absent_list, absent_count
  end
  local list, count = {}, 0
  for player in pairs(Players.present()) do
    local why = Tracker.why_absent(player)
    if why then
      count = count + 1
      if count <= ABSENT then
        list[count] = { player = player, name = GetPlayerName(tostring(player)), why = why }
      end
    end
  end
  absent_list, absent_count, absent_at = list, count, now
  return list, count
end

-- `after`: the number of the newest log line that the page has.
function PageData.text(after)
  -- Of the fields that status() adds in Lua, only those that the page shows: all of them would cost more than the rest
  -- together.
  local own = { door = Door.name, players = { present = Players.count() }, tracker = { bound = Tracker.bound() } }
  if Bridge.state ~= 'ready' then
    own.state, own.reason = Bridge.state, Bridge.reason
  end
  own.version = Bridge.version
  own.settings = { url = Bridge.settings.sonoran_bridge_url, server = Bridge.settings.sonoran_serverId,
    tracking = Bridge.settings.sonoran_bridge_tracking }
  local list, count = absent()
  local newest = Log.newest()
  local lines = Log.last(math.min(LOG_LINES, math.max(newest - after, 0)))
  return ('{"module":%s,"units":%s,"own":%s}'):format(text_of('stats', '{}'), text_of('places', '[]'), json.encode({
    status = own, absent = list, absent_count = count, log = lines, log_newest = newest }))
end
