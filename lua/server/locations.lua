-- Texts that scripts show on the map as a unit's place, instead of the street (setLocation). They are kept here, because a
-- reload opens a module that knows none, and a player's unit may change.

Locations = {}

local UNITS = 2048      -- units that are named by their id
local FOLLOW_MS = 2000  -- interval of checking for units that have changed or become known

local of_player = Players.keyed() -- by player: {text, unit: the one whose place showed it last, owner}
local of_unit = {}                -- by unit: {text, owner}
local count = 0                   -- of the units in of_unit
local players_of = {}             -- by unit: the player whose text it has
local told = {}                   -- by unit: the text that the module has

-- Tells the module the text of a unit if it has another one: true, or false and a message.
local function settle(unit)
  local player = players_of[unit]
  local one = of_unit[unit] or player and of_player[player]
  local text = one and one.text or nil
  if told[unit] == text then
    return true
  end
  local ok, message = Bridge.call('location', unit, text or '')
  if ok then
    told[unit] = text
    return true
  end
  return false, message
end

local function let_go(player, mine)
  local unit = mine.unit
  mine.unit = nil
  if unit and players_of[unit] == player then
    players_of[unit] = nil
    settle(unit)
  end
end

-- Shows a player's text at their present unit.
local function follow(player)
  local mine = of_player[player]
  if not mine or Bridge.state ~= 'ready' then
    return true
  end
  local unit = Identity.of(player)
  if mine.unit ~= unit then
    let_go(player, mine)
    mine.unit = unit
  end
  if not unit then
    return true
  end
  players_of[unit] = player
  return settle(unit)
end

local function forget_player(player)
  local mine = of_player[player]
  of_player[player] = nil
  if mine and Bridge.state == 'ready' then
    let_go(player, mine)
  end
end

local function forget_unit(unit)
  if of_unit[unit] then
    of_unit[unit] = nil
    count = count - 1
    if Bridge.state == 'ready' then
      settle(unit)
    end
  end
end

-- Shows `text` as the place of a player, or of a unit by its id; nil: no longer. True, or false and a message.
function Locations.set(player, unit, text, owner)
  if not text then
    if player then
      forget_player(player)
    else
      forget_unit(unit)
    end
    return true
  elseif player then
    local mine = of_player[player] or {}
    mine.text, mine.owner = text, owner
    of_player[player] = mine
    local ok, message = follow(player)
    if not ok then
      forget_player(player)
    end
    return ok, message
  end
  if not of_unit[unit] and count >= UNITS then
    return false, ('%d units have a text of a script already; this one was not taken.'):format(UNITS)
  end
  count = count + (of_unit[unit] and 0 or 1)
  of_unit[unit] = { text = text, owner = owner }
  local ok, message = settle(unit)
  if not ok then
    forget_unit(unit)
  end
  return ok, message
end

Identity.on_change(follow)
Players.on_leave(forget_player)

-- Texts that did not cross, and units that have become known late.
Loop.every('locations', FOLLOW_MS, function()
  if Bridge.state ~= 'ready' then
    return
  end
  for player in pairs(of_player) do
    follow(player)
  end
  for unit in pairs(told) do
    settle(unit)
  end
end)

-- A module that has just been opened knows no text.
Bridge.on_ready(function()
  told, players_of = {}, {}
  for player, mine in pairs(of_player) do
    mine.unit = nil
    follow(player)
  end
  for unit in pairs(of_unit) do
    settle(unit)
  end
end)

-- The texts of a resource end with it.
AddEventHandler('onResourceStop', function(resource)
  for player, mine in pairs(of_player) do
    if mine.owner == resource then
      forget_player(player)
    end
  end
  for unit, one in pairs(of_unit) do
    if one.owner == resource then
      forget_unit(unit)
    end
  end
end)
