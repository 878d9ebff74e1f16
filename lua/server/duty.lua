-- Whose position is sent (convar sonoran_bridge_tracking): players that scripts marked; these and those whom the CAD lists
-- as active units; or all.

Duty = {}

local LATE_MS = 10000 -- how often players are compared with the list although neither is known to have changed

local marked = Players.keyed()  -- by player: a script said that they are on duty
local tracked = Players.keyed() -- by player: their position is sent
local active = {} -- by community user id: the CAD lists it as an active unit
local bare = {}   -- the same by the id without its prefix: how many ids with a prefix come to it
local list        -- the players in `tracked`; nil when it has to be made anew
local listeners = {}

local function without_prefix(id)
  return id:match('^[%w_]+:(.+)$')
end

-- Whether the CAD lists this id. One side may have a prefix such as license: which the other has not.
local function is_active(id)
  if active[id] then
    return true
  end
  local short = without_prefix(id)
  if short then
    return active[short] or false
  end
  return bare[id] ~= nil
end

local function wanted(player)
  if not Players.is_present(player) then
    return false
  end
  local mode = Bridge.settings.sonoran_bridge_tracking
  if marked[player] or mode == 'all' then
    return true
  elseif mode ~= 'cad' or not next(active) then
    return false
  end
  local id = Identity.of(player)
  return id ~= nil and is_active(id)
end

-- `fn(player, on)` when somebody's tracking changes.
function Duty.on_change(fn)
  listeners[#listeners + 1] = fn
end

local function turn(player, on)
  if (tracked[player] or false) == on then
    return
  end
  tracked[player] = on or nil
  list = nil
  for i = 1, #listeners do
    Loop.guard('duty', listeners[i], player, on)
  end
end

local function judge(player)
  turn(player, wanted(player))
end

-- A player is on duty as a script says, or no longer. Taking a mark away creates no entry for a player who has left: a
-- script does that in its own playerDropped, which may run after this resource's.
function Duty.set(player, on)
  if on then
    Players.join(player)
    marked[player] = true
  else
    marked[player] = nil
  end
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

local function refresh_all()
  for player in pairs(Players.present()) do
    Loop.guard('duty', judge, player)
  end
end

local function count(ids, on)
  for _, id in ipairs(ids) do
    if (active[id] or false) ~= on then
      active[id] = on or nil
      local short = without_prefix(id)
      if short then
        local left = (bare[short] or 0) + (on and 1 or -1)
        bare[short] = left > 0 and left or nil
      end
    end
  end
end

-- News of the CAD's active units: {full =, added =, removed =}, see SB_EVENT_ACTIVE_UNITS. After a reload the old list
-- stays in force until the new one is there.
function Duty.hear(news)
  if news.full then
    active, bare = {}, {}
  end
  count(news.removed, false)
  count(news.added, true)
  refresh_all()
end

Bridge.on_active_units(Duty.hear)

-- Who a player is has changed.
Identity.on_change(judge)

Players.on_join(judge)

Players.on_leave(function(player)
  turn(player, false)
end)

-- A player's identifier may come late, and news may have been missed.
Loop.every('duty', LATE_MS, function()
  if Bridge.settings.sonoran_bridge_tracking == 'cad' and next(active) then
    refresh_all()
  end
end)

-- The tracking mode may have changed. Who was there before this resource is seen here.
Bridge.on_ready(function()
  Players.sweep()
  refresh_all()
end)
