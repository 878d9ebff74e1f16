-- Looks up players in the vendor's resource. Its export waits for the vendor's own HTTP request, so each lookup has a thread
-- of its own. Nothing here waits for a lookup; listeners get its answer.

Lookups = {}

local RESOURCE = 'sonorancad'
local COMPAT = 'sonoran_bridge_compat' -- 'yes' in that resource's manifest: it asks this bridge, so the bridge must not ask it
local UNIT_BYTES = Bridge.Limits.UNIT_ID_SIZE
local STEP_MS = 100     -- interval of the checks
local LOOK_MS = 2000    -- time limit of a lookup
local PLACES = 8        -- lookups at the same time
local A_MINUTE = 15     -- lookups begun in any 60 s: each makes the vendor's resource spend requests of the same key
local KEPT_PLACES = 2   -- how many of these two are reserved for players who press
local KEPT_A_MINUTE = 3
local PAUSE_MS = 10000  -- between two lookups of one player, when the first found no id
local RESTART_MS = 30000 -- how long a stopped resource counts as restarting
local SILENT = 8        -- lookups without an answer, in a row, after which the resource counts as silent
local SILENT_MS = 60000 -- interval of lookups in a silent resource; it doubles with each further silence,
local SILENT_MOST_MS = 600000 -- up to this: each thread that asks may wait for ever

Lookups.MS = LOOK_MS

local PRESSED, FIRST, AGAIN = 1, 2, 3 -- order of priority
local RANKS = { first = FIRST, again = AGAIN }

local wanted = Players.keyed() -- by player: {rank, order}
-- By player: {current: the lookup under way, order: of the newest answered lookup, not_before: earliest time of the next
-- lookup}
local looks, entry = Players.keyed(function()
  return { order = 0, not_before = 0 }
end)
local running = {} -- lookups under way: {player, began, order, mine: the player's entry in `looks`, over}
local begun = {}   -- when the last A_MINUTE lookups began; a ring buffer
local orders, starts = 0, 0
local seen_at      -- when the resource was last available
local silent = 0   -- lookups without an answer in a row
local listeners = {}
local counts = { asked = 0, found = 0, missing = 0, failed = 0, abandoned = 0, late = 0, refused = 0 }

-- Whether the vendor's resource is available now.
function Lookups.possible()
  if GetResourceState(RESOURCE) ~= 'started' or GetResourceMetadata(RESOURCE, COMPAT, 0) == 'yes' then
    return false
  end
  seen_at = GetGameTimer()
  return true
end

-- Whether it is available now, or was a short time ago, because it may be restarting.
function Lookups.hopeful()
  return Lookups.possible() or seen_at ~= nil and GetGameTimer() - seen_at < RESTART_MS
end

-- Calls `fn(player, answered, id)` when a lookup has ended, with an answer (id is nil when that resource knows none) or
-- without.
function Lookups.on_end(fn)
  listeners[#listeners + 1] = fn
end

local function tell(player, answered, id)
  for i = 1, #listeners do
    Loop.guard('lookups', listeners[i], player, answered, id)
  end
end

local function leave_place(look)
  for i = 1, #running do
    if running[i] == look then
      table.remove(running, i)
      break
    end
  end
  look.over = true
  if look.mine.current == look then
    look.mine.current = nil
  end
end

-- Whether the other resource's answer is a possible id.
local function sane(id)
  return type(id) == 'string' and id ~= '' and not Text.check(id, UNIT_BYTES)
end

-- Called when a lookup's thread returns. The lookup may have been abandoned long ago, and the player may have left.
local function ended(look, ok, id)
  local late = look.over
  silent = 0
  leave_place(look)
  local mine = look.mine
  if looks[look.player] ~= mine then
    return
  elseif late then
    counts.late = counts.late + 1
  end
  if ok and id ~= nil and id ~= '' and not sane(id) then
    counts.refused = counts.refused + 1
    ok = false
  elseif not ok then
    counts.failed = counts.failed + 1
  end
  if not ok or id == nil or id == '' then
    mine.not_before = GetGameTimer() + PAUSE_MS
  end
  if not ok then
    if not late then
      tell(look.player, false)
    end
  elseif look.order > mine.order then -- an answer older than the known one is ignored
    mine.order = look.order
    local found = sane(id) and id or nil
    local name = found and 'found' or 'missing'
    counts[name] = counts[name] + 1
    tell(look.player, true, found)
  end
end

local function ask(player)
  return exports[RESOURCE]:getPlayerCommunityUserId(player)
end

local function begin(player, now)
  wanted[player] = nil
  orders, starts = orders + 1, starts + 1
  begun[starts % A_MINUTE] = now
  counts.asked = counts.asked + 1
  local mine = entry(player)
  local look = { player = player, began = now, order = orders, mine = mine }
  mine.current = look
  running[#running + 1] = look
  CreateThread(function()
    local ok, id = pcall(ask, player)
    Loop.guard('lookups', ended, look, ok, id)
  end)
end

-- Whether another lookup may begin. Lower ranks leave the reserved places free.
local function may_begin(rank, now)
  local kept = rank == PRESSED and 0 or KEPT_A_MINUTE
  local oldest = begun[(starts + 1 + kept) % A_MINUTE]
  if oldest and now - oldest < 60000 then
    return false
  elseif silent >= SILENT then
    local newest = begun[starts % A_MINUTE]
    local pause = math.min(SILENT_MS << math.min(silent - SILENT, 8), SILENT_MOST_MS)
    if newest and now - newest < pause then
      return false
    end
  end
  return #running < PLACES - (rank == PRESSED and 0 or KEPT_PLACES)
end

local function next_wanted(now)
  local best, least
  for player, want in pairs(wanted) do
    local mine = looks[player]
    if not (mine and (mine.current or now < mine.not_before))
      and (not least or want.rank < least.rank or want.rank == least.rank and want.order < least.order) then
      best, least = player, want
    end
  end
  return best, least and least.rank
end

-- Gives up a lookup and frees its place. Its thread may wait in the other resource for ever.
local function abandon(look, now)
  leave_place(look)
  counts.abandoned = counts.abandoned + 1
  if looks[look.player] == look.mine then
    look.mine.not_before = now + PAUSE_MS
    tell(look.player, false)
  end
end

-- Abandons lookups that take too long, and begins those that are due.
function Lookups.step()
  local now = GetGameTimer()
  while running[1] and now - running[1].began >= LOOK_MS do -- they are in the order in which they began
    silent = silent + 1
    abandon(running[1], now)
  end
  if not next(wanted) or not may_begin(PRESSED, now) or not Lookups.possible() then
    return
  end
  while true do
    local player, rank = next_wanted(now)
    if not player or not may_begin(rank, now) then
      return
    end
    begin(player, now)
  end
end

local function want(player, rank)
  local mine = wanted[player]
  if mine and mine.rank <= rank then
    return
  end
  orders = orders + 1
  wanted[player] = { rank = rank, order = orders }
end

-- Queues a lookup of a player. rank: 'first' when nothing is known of them, 'again' when what is known is old.
function Lookups.want(player, rank)
  if not wanted[player] then
    want(player, RANKS[rank])
  end
end

-- The same with the highest priority, for a player who presses. Gives for how many milliseconds, at most, their lookup will
-- still be under way; nil when none is.
function Lookups.hurry(player)
  local now = GetGameTimer()
  local mine = entry(player)
  if not mine.current then
    want(player, PRESSED)
    if now < mine.not_before or not may_begin(PRESSED, now) or not Lookups.possible() then
      return nil
    end
    begin(player, now)
  end
  return math.max(0, mine.current.began + LOOK_MS - now)
end

function Lookups.under_way(player)
  local mine = looks[player]
  return mine ~= nil and mine.current ~= nil
end

-- See docs/stats.md.
function Lookups.counts()
  local waiting = 0
  for _ in pairs(wanted) do
    waiting = waiting + 1
  end
  local all = { under_way = #running, waiting = waiting }
  for name, count in pairs(counts) do
    all[name] = count
  end
  return all
end

-- A stopped resource never answers, so its lookups are abandoned.
AddEventHandler('onServerResourceStop', function(resource)
  if resource == RESOURCE then
    local now = GetGameTimer()
    for _, look in ipairs({ table.unpack(running) }) do
      abandon(look, now)
    end
  end
end)

AddEventHandler('onServerResourceStart', function(resource)
  if resource == RESOURCE then
    silent = 0
  end
end)

Loop.every('lookups', STEP_MS, Lookups.step)
