-- Who is on the server, and the tables that are keyed by players: an entry never outlives its player.

Players = {}

local SWEEP_MS = 30000 -- how often what is kept is compared with the server's own list

local kept = {}     -- the tables that Players.keyed gave
local joins, leaves = {}, {} -- functions
local counts = { swept = 0, met = 0 }

-- A table keyed by server id: an entry ends with its player. With `fresh`, which makes an entry, also a function that
-- gives a player's entry and makes it when they have none.
function Players.keyed(fresh)
  local entries = {}
  kept[#kept + 1] = entries
  return entries, fresh and function(player)
    local mine = entries[player]
    if not mine then
      mine = fresh()
      entries[player] = mine
    end
    return mine
  end
end

local present = Players.keyed() -- by player: true
local doubted = {}              -- by player: the last sweep did not find them in the server's list, though they have a name

-- `fn(player)` for everybody who joins, or who was there before this resource.
function Players.on_join(fn)
  joins[#joins + 1] = fn
end

-- `fn(player)` for everybody who leaves, while what is kept of them is still there.
function Players.on_leave(fn)
  leaves[#leaves + 1] = fn
end

function Players.is_present(player)
  return present[player] == true
end

-- The players present, in no order: for pairs(). Not to be changed.
function Players.present()
  return present
end

function Players.join(player)
  if present[player] then
    return
  end
  present[player] = true
  for i = 1, #joins do
    Loop.guard('players', joins[i], player)
  end
end

function Players.leave(player)
  for i = 1, #leaves do
    Loop.guard('players', leaves[i], player)
  end
  for i = 1, #kept do
    kept[i][player] = nil
  end
  doubted[player] = nil
end

-- An event's `source` as a server id, or nil.
function Players.source(value)
  local player = math.tointeger(tonumber(value))
  return player and player > 0 and player or nil
end

-- Compares what is kept with the server's list. Another resource may name a player to this one after its own
-- playerDropped, for nothing says whose handler runs first; and a join may have been missed.
function Players.sweep()
  local listed = {}
  for _, text in ipairs(GetPlayers()) do
    listed[math.tointeger(tonumber(text)) or 0] = true
  end
  listed[0] = nil
  local ghosts = {}
  for i = 1, #kept do
    for player in pairs(kept[i]) do
      if not listed[player] then
        ghosts[player] = true
      end
    end
  end
  for player in pairs(doubted) do
    if not ghosts[player] then
      doubted[player] = nil
    end
  end
  for player in pairs(ghosts) do
    -- Somebody who is just joining may have a name before the list has them.
    if GetPlayerName(tostring(player)) and not doubted[player] then
      doubted[player] = true
    else
      counts.swept = counts.swept + 1
      Players.leave(player)
    end
  end
  for player in pairs(listed) do
    if not present[player] then
      counts.met = counts.met + 1
      Players.join(player)
    end
  end
end

-- How many are present, how many entries are kept of them in all, how many players a sweep took away or found.
function Players.counts()
  local there, entries = 0, 0
  for _ in pairs(present) do
    there = there + 1
  end
  for i = 1, #kept do
    for _ in pairs(kept[i]) do
      entries = entries + 1
    end
  end
  return { present = there, entries = entries, swept = counts.swept, met = counts.met }
end

AddEventHandler('playerJoining', function()
  local player = Players.source(source)
  if player then
    Players.join(player)
  end
end)

AddEventHandler('playerDropped', function()
  local player = Players.source(source)
  if player then
    Players.leave(player)
  end
end)

Loop.every('players', SWEEP_MS, Players.sweep)
