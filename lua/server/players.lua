-- Which players are on the server, and tables keyed by player, whose entries are removed when the player leaves.

Players = {}

local SWEEP_MS = 30000 -- interval of comparing the tables with the server's own list

local kept = {}     -- the tables that Players.keyed has made
local joins, leaves = {}, {} -- functions
local counts = { swept = 0, met = 0 }

-- Gives a table keyed by server id, whose entries are removed when the player leaves. With `fresh`, which makes an entry, also
-- gives a function that returns a player's entry and makes it if there is none.
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
local doubted = {}              -- by player: the last sweep did not find them in the server's list, although they have a name

-- Calls `fn(player)` for every player who joins, or who was there before this resource started.
function Players.on_join(fn)
  joins[#joins + 1] = fn
end

-- Calls `fn(player)` for every player who leaves, before their entries are removed.
function Players.on_leave(fn)
  leaves[#leaves + 1] = fn
end

function Players.is_present(player)
  return present[player] == true
end

-- The present players as keys of a table, in no order. Callers must not change it.
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

-- Compares the tables with the server's list. Another resource may name a player to this one after they have left, because
-- the order of playerDropped handlers is not defined. A join may also have been missed.
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
    -- A player who is just joining may have a name before they are in the list.
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

-- The number of present players.
function Players.count()
  local there = 0
  for _ in pairs(present) do
    there = there + 1
  end
  return there
end

-- See docs/stats.md.
function Players.counts()
  local entries = 0
  for i = 1, #kept do
    for _ in pairs(kept[i]) do
      entries = entries + 1
    end
  end
  return { present = Players.count(), entries = entries, swept = counts.swept, met = counts.met }
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
