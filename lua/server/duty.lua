-- Whose position is sent: players that scripts marked, or all (convar sonoran_bridge_tracking).

Duty = {}

local present = {} -- by player: he is on the server
local marked = {}  -- by player: a script said that he is on duty
local tracked = {} -- by player: his position is sent
local list         -- the players in `tracked`; nil when it has to be made anew
local listeners = {}

local function wanted(player)
  return present[player] and (marked[player] or Bridge.settings.sonoran_bridge_tracking == 'all') or false
end

-- `fn(player, on)` when somebody's tracking changes.
function Duty.on_change(fn)
  listeners[#listeners + 1] = fn
end

local function judge(player)
  local on = wanted(player)
  if (tracked[player] or false) == on then
    return
  end
  tracked[player] = on or nil
  list = nil
  for _, fn in ipairs(listeners) do
    fn(player, on)
  end
end

-- A connected player is on duty, or not, as a script says.
function Duty.set(player, on)
  present[player] = true
  marked[player] = on or nil
  judge(player)
end

function Duty.is_tracked(player)
  return tracked[player] == true
end

-- The players to track now, as a list of server ids; not to be changed.
function Duty.players()
  if not list then
    list = {}
    for player in pairs(tracked) do
      list[#list + 1] = player
    end
  end
  return list
end

function Duty.forget(player)
  present[player], marked[player] = nil, nil
  judge(player)
end

local function see(player)
  present[player] = true
  judge(player)
end

AddEventHandler('playerJoining', function()
  local player = math.tointeger(tonumber(source))
  if player then
    see(player)
  end
end)

-- The tracking mode may have changed. Who was there before this resource is seen here.
Bridge.on_ready(function()
  for _, player in ipairs(GetPlayers()) do
    see(math.tointeger(tonumber(player)))
  end
end)
