-- Whose position is sent: players that scripts marked, or all (convar sonoran_bridge_tracking).

Duty = {}

local marked = {} -- by player
local listeners = {}

local function all()
  return Bridge.settings.sonoran_bridge_tracking == 'all'
end

-- `fn(player, on)` when somebody's tracking changes.
function Duty.on_change(fn)
  listeners[#listeners + 1] = fn
end

local function changed(player, on)
  for _, fn in ipairs(listeners) do
    fn(player, on)
  end
end

function Duty.set(player, on)
  if (marked[player] or false) == on then
    return
  end
  marked[player] = on or nil
  if not all() then
    changed(player, on)
  end
end

function Duty.is_tracked(player)
  return all() or marked[player] == true
end

-- The players to track now, as a list of server ids.
function Duty.players()
  local list = {}
  if all() then
    for _, player in ipairs(GetPlayers()) do
      list[#list + 1] = math.tointeger(tonumber(player))
    end
  else
    for player in pairs(marked) do
      list[#list + 1] = player
    end
  end
  return list
end

function Duty.forget(player)
  local tracked = Duty.is_tracked(player)
  marked[player] = nil
  if tracked then
    changed(player, false)
  end
end
