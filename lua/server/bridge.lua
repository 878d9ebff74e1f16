-- The native module, for the other Lua files: calls go through `Bridge.call`, from the first moment on. What is called
-- before the module is ready is kept in order and done then.

Bridge = {
  state = 'starting', -- 'starting', 'ready', 'failed'
  reason = nil,       -- why it failed, one sentence
  settings = {},      -- name -> text, as in force
  version = nil,
}

local RESOURCE = GetCurrentResourceName()
local KEPT = 4096      -- calls kept before the module is ready; beyond, a call is refused
local START_MS = 10000 -- how long the resource's JavaScript may take to appear

local kept = {}    -- {callback, function} in order
local waiting = {} -- by ticket: {callback, and for a panic or status what to press again: verb, unit, value}
local ready = {}   -- functions to run at each (re)start
local counts = { kept = 0, refused = 0 }

-- Functions of other resources arrive as tables that can be called.
function Bridge.callable(value)
  if type(value) == 'function' then
    return true
  end
  local meta = type(value) == 'table' and getmetatable(value)
  return meta and meta.__call ~= nil or false
end

-- In a thread of its own: a callback that waits must not hold up the answers behind it.
local function tell(callback, answer)
  Citizen.CreateThreadNow(function()
    local ok, why = pcall(callback, answer)
    if not ok then
      print(('^3a callback failed: %s^7'):format(why))
    end
  end)
end

-- Gives a refusal to whoever asked, also through the callback: false and the sentence.
function Bridge.refuse(callback, kind, sentence)
  counts.refused = counts.refused + 1
  if callback then
    tell(callback, { ok = false, status = 0, deduplicated = false,
      error = { kind = kind, title = 'Not sent', detail = sentence } })
  end
  return false, sentence
end

-- One crossing into JavaScript: true and the result, or false and a sentence.
local function cross(verb, ...)
  local answer = exports[RESOURCE]:door(verb, ...)
  return answer[1], answer[2]
end

-- Does `verb` over there: true and its result, or false and a sentence.
function Bridge.call(verb, ...)
  if Bridge.state ~= 'ready' then
    return Bridge.refuse(nil, 'unavailable', Bridge.reason or 'The bridge is still starting.')
  end
  local ok, result = cross(verb, ...)
  if not ok then
    counts.refused = counts.refused + 1
  end
  return ok, result
end

-- Wants a unit's panic (boolean) or status (number): true, or false and a sentence. `callback`, if any, is given the
-- CAD's answer later, or the refusal at once.
function Bridge.want(verb, callback, unit, value)
  if Bridge.state ~= 'ready' then
    return Bridge.refuse(callback, 'unavailable', Bridge.reason or 'The bridge is still starting.')
  end
  local ok, ticket = cross(verb, callback ~= nil, unit, value)
  if not ok then
    return Bridge.refuse(callback, 'invalid_argument', ticket)
  end
  waiting[ticket] = { callback = callback, verb = verb, unit = unit, value = value }
  return true
end

-- Runs `fn` now when the module is ready, else keeps it until it is: who a player is depends on settings that only
-- the module has read. Gives what `fn` gives, or true when it is kept.
function Bridge.run(callback, fn)
  if Bridge.state == 'ready' then
    return fn()
  elseif Bridge.state == 'failed' then
    return Bridge.refuse(callback, 'unavailable', Bridge.reason)
  elseif #kept >= KEPT then
    return Bridge.refuse(callback, 'queue_full',
      ('%d calls wait for the bridge to start; this one was not taken.'):format(KEPT))
  end
  counts.kept = counts.kept + 1
  kept[#kept + 1] = { callback, fn }
  return true
end

-- Runs `fn` whenever the module has become ready: before what was kept, and again after a reload.
function Bridge.on_ready(fn)
  ready[#ready + 1] = fn
end

-- A setting as text. Before the module is ready, and has checked it, the convar as it stands.
function Bridge.setting(name, default)
  local value = Bridge.settings[name] or GetConvar(name, '')
  return value ~= '' and value or default
end

function Bridge.counts()
  return counts
end

-- Answers that somebody wants to see, or that failed; and the tickets of the others.
local function on_events(answers, done)
  for _, ticket in ipairs(done) do
    waiting[ticket] = nil
  end
  for _, answer in ipairs(answers) do
    local call = waiting[answer.ticket]
    waiting[answer.ticket] = nil
    answer.ticket = nil
    if call and call.callback then
      tell(call.callback, answer)
    elseif not answer.ok and answer.error.kind ~= 'shutting_down' then
      print(('^3warning: %s^7'):format(answer.error.detail))
    end
  end
end

local function fail(why)
  Bridge.state, Bridge.reason = 'failed', why
  local lost = kept
  kept = {}
  for _, call in ipairs(lost) do
    Bridge.refuse(call[1], 'unavailable', why)
  end
end

-- Presses again, in order, what the bridge before a reload had not brought to an end.
local function press_again(unanswered)
  local tickets = {}
  for ticket in pairs(unanswered) do
    tickets[#tickets + 1] = ticket
  end
  table.sort(tickets)
  for _, ticket in ipairs(tickets) do
    local call = unanswered[ticket]
    local ok, why = Bridge.want(call.verb, call.callback, call.unit, call.value)
    if not ok and not call.callback then
      print(('^3warning: %s^7'):format(why))
    end
  end
end

local function adopt(opened)
  local unanswered = waiting
  waiting = {}
  Bridge.state, Bridge.reason = 'ready', nil
  Bridge.version, Bridge.settings = opened.version, opened.settings
  for _, fn in ipairs(ready) do
    fn()
  end
  press_again(unanswered)
  local now_due = kept
  kept = {}
  for _, call in ipairs(now_due) do
    local ok, why = call[2]()
    if not ok and not call[1] then
      print(('^3warning: %s^7'):format(why))
    end
  end
end

-- Opens the module, or opens it anew with the convars of now. On a fault nothing changes: what ran goes on.
function Bridge.open()
  local ok, opened = cross('open', on_events)
  if ok then
    adopt(opened)
  elseif Bridge.state ~= 'ready' then
    fail(opened)
  end
  return ok, not ok and opened or nil
end

-- JavaScript may load after Lua; its export is there at the latest when all of the resource has started.
function Bridge.start()
  local began = GetGameTimer()
  while not pcall(cross, 'ping') do
    if GetGameTimer() - began > START_MS then
      fail('The resource\'s JavaScript did not start; look for its error above.')
      return false, Bridge.reason
    end
    Wait(0)
  end
  return Bridge.open()
end
