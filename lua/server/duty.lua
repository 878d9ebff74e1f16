-- Decides whose position is sent (convar sonoran_bridge_tracking): players whom scripts marked; also players whom the CAD
-- lists as active units; or all players.

Duty = {}

local LATE_MS = 10000 -- interval of comparing players with the list, in case a change was missed

local marked = Players.keyed()  -- by player: a script marked them as on duty
local tracked = Players.keyed() -- by player: their position is sent
local active = {} -- by community user id: the CAD lists it as an active unit
local bare = {}   -- by id without its prefix: the number of listed ids with a prefix that match it
local listed = false -- the CAD's list has come
local list        -- the players in `tracked` as a list; nil when it must be rebuilt
local listeners = {}

local function without_prefix(id)
  return id:match('^[%w_]+:(.+)$')
end

-- Whether the CAD lists this id. Only one side may have a prefix such as license:
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

-- Calls `fn(player, on)` when a player's tracking changes.
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

-- Sets or removes a script's mark. Removing a mark creates no entry for a player who has left: a script may do that in its
-- own playerDropped handler, which may run after this resource's.
function Duty.set(player, on)
  if on then
    Players.join(player)
    marked[player] = true
  else
    marked[player] = nil
  end
  judge(player)
end

-- Whether the CAD lists a unit as active; nil when that is not known, because the CAD is not asked or has not answered
-- yet.
function Duty.is_active(id)
  if Bridge.settings.sonoran_bridge_tracking ~= 'cad' or not listed then
    return nil
  end
  return is_active(id)
end

-- Whether the player is a unit: the CAD lists them or, if it is not asked for its list, they are tracked.
function Duty.is_unit(player)
  if Bridge.settings.sonoran_bridge_tracking ~= 'cad' then
    return tracked[player] == true
  end
  local id = Identity.of(player)
  return id ~= nil and is_active(id)
end

-- Calls `fn(id)` for each id that the CAD lists.
function Duty.each_active(fn)
  for id in pairs(active) do
    fn(id)
  end
end

function Duty.is_marked(player)
  return marked[player] == true
end

function Duty.is_tracked(player)
  return tracked[player] == true
end

-- Gives the reason why a player is not tracked, as a sentence.
function Duty.why_untracked(player)
  local mode = Bridge.settings.sonoran_bridge_tracking
  local unmarked = 'no script has put them on duty (setOnDuty)'
  if mode == 'all' then
    return 'They have just joined.'
  elseif mode ~= 'cad' then
    return ('sonoran_bridge_tracking is %s, and %s.'):format(mode, unmarked)
  elseif not next(active) then
    return ('The CAD has listed no active unit so far, and %s.'):format(unmarked)
  end
  local id, message = Identity.of(player)
  return id and ('The CAD does not list %s as an active unit, and %s.'):format(Identity.shown(id), unmarked) or message
end

-- The tracked players, as a list of server ids. Callers must not change it.
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

-- Handles news of the CAD's active units: {full =, added =, removed =}, see SB_EVENT_ACTIVE_UNITS. After a reload the old
-- list is used until the new one arrives.
function Duty.hear(news)
  listed = true
  if news.full then
    active, bare = {}, {}
  end
  count(news.removed, false)
  count(news.added, true)
  refresh_all()
end

Bridge.on_active_units(Duty.hear)

-- A player's id has changed.
Identity.on_change(judge)

Players.on_join(judge)

Players.on_leave(function(player)
  turn(player, false)
end)

-- A player's identifier may become known late, and news may have been missed.
Loop.every('duty', LATE_MS, function()
  if Bridge.settings.sonoran_bridge_tracking == 'cad' and next(active) then
    refresh_all()
  end
end)

-- The tracking mode may have changed. The sweep also finds players who joined before this resource started.
Bridge.on_ready(function()
  Players.sweep()
  refresh_all()
end)
