-- Presses: panics and statuses that scripts set for players. A lookup of the player's id may be under way (Lookups). A press
-- waits for it, for at most two seconds; the script is told at once that the press was taken. When the CAD refuses a press
-- because it does not know the id, the press is sent again under the id that is found later, unless a newer one replaced it.

Presses = {}

local STEP_MS = 100
local HELD = 64         -- presses of one player that wait for a lookup; one more sends all of them under the id that is known
local AGAIN_MS = 60000  -- how long a refused press waits for a better id
local TRIES = 4         -- how often one press is sent, at most
local OTHERS = 1024     -- units that were pressed while another press waited
local VERBS = { 'panic', 'status' }
local DOUBTS = { not_found = true, rejected = true } -- kinds of errors that can mean that the CAD does not know the unit

-- By player: {newest: their newest press by verb, held: the presses that wait for a lookup, due: when these are sent in any
-- case, again: by verb the press that the CAD refused}
local players, entry = Players.keyed(function()
  return { newest = {}, held = {}, again = {} }
end)
local waiting = {} -- by player: their entry in `players`, while a press is held or must be sent again
local others = {}  -- by verb and unit, while a press waits: the newest press that was sent, {order, value}
local others_count = 0
local overflow = false -- there were more than OTHERS such units
local order = 0
local counts = { held = 0, again = 0, given_up = 0 }

-- Updates `waiting`: a player is in it while one of their presses waits.
local function note(player, mine)
  waiting[player] = (mine.held[1] or next(mine.again)) and mine or nil
  if not next(waiting) and others_count > 0 then
    others, others_count, overflow = {}, 0, false
  end
end

-- Remembers that a press is sent for `unit`, while another press waits that may turn out to be for the same unit.
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
  Bridge.answered(press.callback, press.answer, { resource = press.caller, operation = Bridge.OPERATIONS[press.verb],
    unit = press.unit, player = press.player })
end

local refused

-- Sends a press under the id that is known now; gives the results of Bridge.want.
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
  -- While this press waited, another script pressed the same unit by its id. That newer press must win.
  if newer and newer.order > press.order then
    others[press.verb .. unit] = newer
    Bridge.want(press.verb, nil, unit, newer.value, nil, newer.caller)
  end
  return taken, value
end

-- Handles the CAD's refusal of a press; gives whether the press is kept, to be sent again.
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

-- Sends the held presses in order, under the id that is known now. A callback may press again in the meantime; that press is
-- sent last.
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
      Log.warning(message, { resource = press.caller, operation = Bridge.OPERATIONS[press.verb], unit = press.unit,
        player = press.player })
    end
    i = i + 1
  end
  mine.held = table.move(held, i, #held, 1, {})
  mine.releasing = false
  note(player, mine)
end

-- Sends refused presses again under another id, if one is known now. `known`: the vendor's resource has just answered.
local function again(player, mine, known)
  local unit = next(mine.again) and Identity.of(player)
  for _, verb in ipairs(VERBS) do
    local press = mine.again[verb]
    if not press then
      -- No press of this verb was refused.
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

-- Sends a press of a player, or holds it while the player is looked up.
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

-- Sets a panic (boolean) or status (number) for a unit as scripts name it. Gives true and {wait_s = seconds that it waits;
-- absent: it does not wait; false: until the CAD answers again}; true alone when it is kept until the bridge has started; or
-- false and a message. Does not yield.
function Presses.want(verb, callback, named, value)
  local player, unit, message = Identity.named(named)
  if not player and not unit then
    return Bridge.refuse(callback, 'invalid_argument', message)
  end
  local caller = Bridge.caller()
  return Bridge.run(callback, function()
    if player then
      player, message = Identity.player(player) -- checked again: it may have been kept until the bridge had started
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

-- Calls `fn(player, mine)` for each player with a waiting press. `fn` may change `waiting`.
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

-- Gives up all refused presses of a player.
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

-- Sends all held presses now.
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

-- Sends a player's waiting presses under the id that is known now. `known`: the vendor's resource has just answered.
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

-- This covers a lookup whose end is never reported.
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
