-- Panic and status as scripts want them of players. Who a player is may still be asked (Lookups): a press waits for that,
-- at most two seconds, and whoever pressed is told at once that it was taken. What the CAD refuses because it does not know
-- the id is sent again under the one that is found later, while nothing newer is wanted.

Presses = {}

local STEP_MS = 100
local HELD = 64         -- presses of one player that wait for a look-up; with one more, all of them leave as they are
local AGAIN_MS = 60000  -- how long a better id is waited for
local TRIES = 4         -- how often one press is sent at most
local OTHERS = 1024     -- units that others pressed while a press waited
local VERBS = { 'panic', 'status' }
local DOUBTS = { not_found = true, rejected = true } -- answers that say that the CAD does not know a unit

-- By player: {newest: by verb their newest press, held: list of those that wait for a look-up, due: when they leave in any
-- case, again: by verb the one that the CAD refused}
local players, entry = Players.keyed(function()
  return { newest = {}, held = {}, again = {} }
end)
local waiting = {} -- by player: their entry of `players`, while something is held or to be sent again
local others = {}  -- by verb and unit, while something waits: the newest press that left, {order, value}
local others_count = 0
local overflow = false -- more was wanted than `others` takes
local order = 0
local counts = { held = 0, again = 0, given_up = 0 }

-- Keeps `waiting` true of the player: they are in it while something of theirs waits.
local function note(player, mine)
  waiting[player] = (mine.held[1] or next(mine.again)) and mine or nil
  if not next(waiting) and others_count > 0 then
    others, others_count, overflow = {}, 0, false
  end
end

-- A press leaves for `unit`, while another one waits that may turn out to be of the same unit.
local function remember(press, unit)
  if not next(waiting) then
    return
  end
  local key = press.verb .. unit
  if not others[key] then
    if others_count >= OTHERS then
      overflow = true
      Presses.release()
      return
    end
    others_count = others_count + 1
  end
  others[key] = press
end

-- Ends a press with the CAD's refusal.
local function give_up(press)
  counts.given_up = counts.given_up + 1
  Bridge.answered(press.callback, press.answer)
end

local refused

-- Sends a press under the id that is known now; gives what Bridge.want gives.
local function send(press)
  local unit, message = press.named, nil
  if not unit then
    unit, message = Identity.of(press.player)
    unit = unit or press.fallback
  end
  if not unit then
    return Bridge.refuse(press.callback, 'invalid_argument', message)
  end
  press.unit = unit
  press.tries = press.tries + 1
  local newer = others[press.verb .. unit]
  remember(press, unit)
  local taken, value = Bridge.want(press.verb, press.callback, unit, press.value, press.player and function(answer)
    return refused(press, answer)
  end, press.caller)
  -- While it waited, another script pressed the same unit by its name: that press stays the last word.
  if newer and newer.order > press.order then
    others[press.verb .. unit] = newer
    Bridge.want(press.verb, nil, unit, newer.value, nil, newer.caller)
  end
  return taken, value
end

-- Takes the CAD's refusal of a press; gives whether the press is kept, to be sent again.
function refused(press, answer)
  local mine = players[press.player]
  if not DOUBTS[answer.error.kind] or not mine or mine ~= press.mine or mine.newest[press.verb] ~= press
    or press.tries >= TRIES then
    return false
  end
  press.answer = answer
  local unit = Identity.of(press.player)
  if unit and unit ~= press.unit then
    counts.again = counts.again + 1
    send(press)
    return true
  elseif not Identity.doubt(press.player) then
    return false
  end
  press.upto = GetGameTimer() + AGAIN_MS
  mine.again[press.verb] = press
  note(press.player, mine)
  return true
end

-- Sends what was held, in order, under the ids that are known now. A callback may press again meanwhile; that press leaves
-- last.
local function release(player, mine)
  if mine.releasing or not mine.held[1] then
    return
  end
  mine.releasing = true
  local held, i = mine.held, 1
  while held[i] and i <= 2 * HELD do
    local press = held[i]
    local ok, taken, message = pcall(send, press)
    if not ok then
      Loop.failed('presses', taken)
      taken, message = Bridge.refuse(press.callback, 'unavailable', 'The press could not be handed over; the console says why.')
    end
    if not taken and not press.callback then
      print(('^3warning: %s^7'):format(message))
    end
    i = i + 1
  end
  mine.held = table.move(held, i, #held, 1, {})
  mine.releasing = false
  note(player, mine)
end

-- Sends what the CAD refused under another id, if one is known now. `known`: the vendor's resource has just answered.
local function again(player, mine, known)
  local unit = next(mine.again) and Identity.of(player)
  for _, verb in ipairs(VERBS) do
    local press = mine.again[verb]
    if not press then
      -- Nothing of it was refused.
    elseif unit and unit ~= press.unit and not overflow then
      mine.again[verb] = nil
      counts.again = counts.again + 1
      send(press)
    elseif known or GetGameTimer() >= press.upto then
      mine.again[verb] = nil
      give_up(press)
    else
      Identity.doubt(player)
    end
  end
  note(player, mine)
end

-- A press of a player: sent, or held while it is asked who they are.
local function press_of(press)
  local player, verb = press.player, press.verb
  local mine = entry(player)
  press.mine = mine
  mine.newest[verb] = press
  local older = mine.again[verb]
  if older then
    mine.again[verb] = nil
    give_up(older)
  end
  local wait_ms = mine.held[1] and math.max(0, mine.due - GetGameTimer()) or Identity.wait_ms(player)
  if not wait_ms then
    note(player, mine)
    return send(press)
  end
  if not mine.held[1] then
    mine.due = GetGameTimer() + wait_ms
  end
  counts.held = counts.held + 1
  press.fallback = Identity.of(player)
  mine.held[#mine.held + 1] = press
  note(player, mine)
  if #mine.held > HELD then
    release(player, mine)
  end
  return true, { wait_s = verb == 'panic' and wait_ms / 1000 or nil }
end

-- Wants a panic (boolean) or status (number) of a unit as scripts name one: true and {wait_s = for how many seconds it waits;
-- absent: not at all; false: until the CAD answers again}, or true alone when it is kept until the bridge has started; or
-- false and a message. Does not yield.
function Presses.want(verb, callback, named, value)
  local player, unit, message = Identity.named(named)
  if not player and not unit then
    return Bridge.refuse(callback, 'invalid_argument', message)
  end
  local caller = Bridge.caller()
  return Bridge.run(callback, function()
    if player then
      player, message = Identity.player(player) -- it may have been kept until the bridge had started
      if not player then
        return Bridge.refuse(callback, 'invalid_argument', message)
      end
    end
    order = order + 1
    local press = { verb = verb, callback = callback, value = value, order = order, tries = 0, player = player, named = unit,
      caller = caller }
    if player then
      return press_of(press)
    end
    return send(press)
  end, { urgent = verb == 'panic' })
end

-- `fn(player, mine)` for each player of whom something waits; what it does for one may change `waiting`.
local function each_waiting(fn)
  local list = {}
  for player in pairs(waiting) do
    list[#list + 1] = player
  end
  for _, player in ipairs(list) do
    if waiting[player] then
      fn(player, waiting[player])
    end
  end
end

-- What the CAD refused stays refused.
local function give_up_all(player, mine)
  for _, verb in ipairs(VERBS) do
    local press = mine.again[verb]
    mine.again[verb] = nil
    if press then
      give_up(press)
    end
  end
  note(player, mine)
end

-- What is held leaves now.
function Presses.release()
  each_waiting(release)
end

function Presses.counts()
  local held, refusals = 0, 0
  for _, mine in pairs(waiting) do
    held = held + #mine.held
    for _ in pairs(mine.again) do
      refusals = refusals + 1
    end
  end
  return { held = counts.held, holding = held, sent_again = counts.again, given_up = counts.given_up, doubted = refusals }
end

-- What waits of a player looks for the id of now. `known`: the vendor's resource has just answered.
local function look_again(player, known)
  local mine = waiting[player]
  if mine then
    release(player, mine)
    again(player, mine, known)
  end
end

Lookups.on_end(look_again)

Identity.on_change(function(player)
  look_again(player, false)
end)

Players.on_leave(function(player)
  local mine = waiting[player]
  if mine then
    release(player, mine)
    give_up_all(player, mine)
  end
end)

Bridge.on_stop(function()
  Presses.release()
  each_waiting(give_up_all)
end)

-- For a look-up whose end is not told.
Loop.every('presses', STEP_MS, function()
  if not next(waiting) then
    return
  end
  local now = GetGameTimer()
  each_waiting(function(player, mine)
    if mine.held[1] and now >= mine.due then
      release(player, mine)
    end
    if next(mine.again) then
      again(player, mine, false)
    end
  end)
end)
