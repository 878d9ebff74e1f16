-- Asks the vendor's resource who a player is. Its export waits for the vendor's own HTTP request, so each look-up has a
-- thread of its own, and nothing here ever waits for one: an answer is told to whoever listens.

Lookups = {}

local RESOURCE = 'sonorancad'
local COMPAT = 'sonoran_bridge_compat' -- in that resource's manifest, 'yes': it asks this bridge, so it is not asked
local UNIT_BYTES = Bridge.Limits.UNIT_ID_SIZE
local STEP_MS = 100     -- interval of the checks for what is due
local LOOK_MS = 2000    -- how long an answer is waited for
local PLACES = 8        -- look-ups under way at once
local A_MINUTE = 15     -- look-ups begun in any 60 s: the vendor's resource spends requests of the same key on them
local KEPT_PLACES = 2   -- of these two, what is kept for players who press
local KEPT_A_MINUTE = 3
local PAUSE_MS = 10000  -- between two look-ups of one player, when the first found no id
local RESTART_MS = 30000 -- how long a stopped resource is expected back
local SILENT = 8        -- look-ups without an answer, in a row, that make the resource count as silent
local SILENT_MS = 60000 -- interval of asking a silent resource; it doubles with each further silence,
local SILENT_MOST_MS = 600000 -- up to this: each thread that asks may wait for ever

Lookups.MS = LOOK_MS

local PRESSED, FIRST, AGAIN = 1, 2, 3 -- who comes first
local RANKS = { first = FIRST, again = AGAIN }

local wanted = Players.keyed() -- by player: {rank, order}
-- By player: {current: the look-up under way, order: of the newest that was answered, not_before: when they may be asked
-- about again}
local looks, entry = Players.keyed(function()
  return { order = 0, not_before = 0 }
end)
local running = {} -- look-ups under way: {player, began, order, mine: the player's entry in `looks`, over}
local begun = {}   -- when the last A_MINUTE look-ups began; a ring
local orders, starts = 0, 0
local seen_at      -- when the resource could be asked
local silent = 0   -- look-ups without an answer in a row
local listeners = {}
local counts = { asked = 0, found = 0, missing = 0, failed = 0, abandoned = 0, late = 0, refused = 0 }

-- Whether the vendor's resource can be asked now.
function Lookups.possible()
  if GetResourceState(RESOURCE) ~= 'started' or GetResourceMetadata(RESOURCE, COMPAT, 0) == 'yes' then
    return false
  end
  seen_at = GetGameTimer()
  return true
end

-- Whether it can be asked now, or could be a short time ago: it may be restarting.
function Lookups.hopeful()
  return Lookups.possible() or seen_at ~= nil and GetGameTimer() - seen_at < RESTART_MS
end

-- `fn(player, answered, id)` when a look-up has ended: with an answer (id: nil when that resource knows none), or without.
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

-- Whether the other resource's answer can be an id.
local function sane(id)
  return type(id) == 'string' and id ~= '' and not Text.check(id, UNIT_BYTES)
end

-- A look-up's thread has come back; perhaps long after it was given up, and the player may have left since.
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
  elseif look.order > mine.order then -- an older answer than one that is known says nothing
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

-- Whether another look-up may begin. Ranks below the first leave places free.
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

-- Its thread may wait in the other resource for ever; its place is free from now on.
local function abandon(look, now)
  leave_place(look)
  counts.abandoned = counts.abandoned + 1
  if looks[look.player] == look.mine then
    look.mine.not_before = now + PAUSE_MS
    tell(look.player, false)
  end
end

-- Gives up look-ups that take too long, and begins those that are due.
function Lookups.step()
  local now = GetGameTimer()
  while running[1] and now - running[1].began >= LOOK_MS do -- they stand in the order in which they began
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

-- Asks about a player when there is a place for it: `first`, nothing is known of them; `again`, what is known is old.
function Lookups.want(player, rank)
  if not wanted[player] then
    want(player, RANKS[rank])
  end
end

-- The same for a player who presses, before all others. For how many milliseconds at most a look-up of theirs is under
-- way from now on; nil when none is.
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

-- The look-ups so far: docs/stats.md.
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

-- A stopped resource never answers what it was asked, so its look-ups are given up.
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
