-- The native module, for the other Lua files: calls go through `Bridge.call`, from the first moment on. What is called
-- before the module is ready is kept in order and done then.

Bridge = {
  state = 'starting', -- 'starting', 'ready', 'failed'
  reason = nil,       -- why it failed, one sentence
  settings = {},      -- name -> text, as in force
  version = nil,
  door = nil,         -- through which script runtime the module was opened: 'Node.js', 'Mono'
}

local RESOURCE = GetCurrentResourceName()
local KEPT = 4096      -- calls kept before the module is ready; beyond, a call is refused
local START_MS = 10000 -- how long the resource may take to start
local LOADED_MS = 1000 -- how long after that an export of its JavaScript or C# may still be missing

-- The ways into the native module, by the convar sonoran_bridge_host; each is an export of this resource.
local NODE = { name = 'Node.js', export = 'door' }
local MONO = { name = 'Mono', export = 'monoDoor' }
local DOORS = { node = { NODE }, mono = { MONO }, auto = { NODE, MONO } }
local HOST = 'sonoran_bridge_host'

local JsonText = assert(load(LoadResourceFile(RESOURCE, 'lua/json_text.lua'), '@@' .. RESOURCE .. '/lua/json_text.lua'))()

Bridge.JsonText = JsonText

local kept = {}    -- {callback, function, number of the call or nil} in order
local waiting = {} -- by ticket: {callback, and for a panic or status what to press again: verb, unit, value; for a call
                   -- its number and whether its body stays a text: call, raw}
local tickets = {} -- by number of a call: its ticket
local calls = 0    -- numbers given; they do not begin anew with a reload, as tickets do
local ready = {}   -- functions to run at each (re)start
local hears = {}   -- functions for what the module has found out about active units
local counts = { kept = 0, refused = 0 }
local door = NODE

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

-- One crossing into the door's runtime: true and the result; or false, a sentence, and the kind of the refusal.
local function cross(verb, ...)
  local own = exports[RESOURCE]
  local answer, trace = own[door.export](own, verb, ...)
  if type(answer) ~= 'table' then -- how the game's C# tells of an exception
    return false, ('%s failed: %s'):format(door.name, tostring(trace or 'no answer'))
  end
  return answer[1], answer[2], answer[3]
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

-- Wants a unit's panic (boolean) or status (number): true, nil, and for how many seconds it waits for its budget (nil:
-- not at all; false: until the CAD answers again); or false and a sentence. `callback`, if any, is given the CAD's answer
-- later, or the refusal at once.
function Bridge.want(verb, callback, unit, value)
  if Bridge.state ~= 'ready' then
    return Bridge.refuse(callback, 'unavailable', Bridge.reason or 'The bridge is still starting.')
  end
  local ok, result, kind = cross(verb, callback ~= nil, unit, value)
  if not ok then
    return Bridge.refuse(callback, kind or 'invalid_argument', result)
  end
  waiting[result[1]] = { callback = callback, verb = verb, unit = unit, value = value }
  local wait_s = result[2]
  if wait_s == 0 then
    wait_s = nil
  end
  return true, nil, wait_s
end

-- Asks the CAD for `operation` with `arguments` as JSON text: the call's number, or false and a sentence; `callback` is
-- given the answer, or the refusal. `raw`: the answer's body stays a text.
function Bridge.ask(operation, arguments, callback, deadline_ms, attachment, raw)
  calls = calls + 1
  local call = calls
  local taken, why = Bridge.run(callback, function()
    local ok, ticket, kind = cross('call', callback ~= nil, operation, arguments, deadline_ms or 0, attachment or false)
    if not ok then
      return Bridge.refuse(callback, kind or 'invalid_argument', ticket)
    end
    waiting[ticket] = { callback = callback, call = call, raw = raw }
    tickets[call] = ticket
    return true
  end, call)
  return taken and call, why
end

-- Cancels a call by its number: true, or false and a sentence.
function Bridge.cancel(call)
  if tickets[call] then
    return Bridge.call('cancel', tickets[call])
  end
  for i, one in ipairs(kept) do
    if one[3] == call then
      table.remove(kept, i)
      if one[1] then
        tell(one[1], { ok = false, status = 0, deduplicated = false, error = { kind = 'cancelled', title = 'Cancelled',
          detail = 'The call was cancelled before it left.' } })
      end
      return true
    end
  end
  return false, ('No call %s waits for an answer.'):format(call)
end

-- Runs `fn` now when the module is ready, else keeps it until it is: who a player is depends on settings that only
-- the module has read. Gives what `fn` gives, or true when it is kept. `call`: its number, when it can be cancelled.
function Bridge.run(callback, fn, call)
  if Bridge.state == 'ready' then
    return fn()
  elseif Bridge.state == 'failed' then
    return Bridge.refuse(callback, 'unavailable', Bridge.reason)
  elseif #kept >= KEPT then
    return Bridge.refuse(callback, 'queue_full',
      ('%d calls wait for the bridge to start; this one was not taken.'):format(KEPT))
  end
  counts.kept = counts.kept + 1
  kept[#kept + 1] = { callback, fn, call }
  return true
end

-- Runs `fn` whenever the module has become ready: before what was kept, and again after a reload.
function Bridge.on_ready(fn)
  ready[#ready + 1] = fn
end

-- `fn(news)` when the module has found out which units are active; see SB_EVENT_ACTIVE_UNITS.
function Bridge.on_active_units(fn)
  hears[#hears + 1] = fn
end

-- A setting as text. Before the module is ready, and has checked it, the convar as it stands.
function Bridge.setting(name, default)
  local value = Bridge.settings[name] or GetConvar(name, '')
  return value ~= '' and value or default
end

function Bridge.counts()
  return counts
end

-- Answers that somebody wants to see, or that failed; the tickets of the others; news of active units, as JSON texts.
local function on_events(answers, done, news)
  for _, ticket in ipairs(done) do
    local call = waiting[ticket]
    waiting[ticket] = nil
    if call and call.call then
      tickets[call.call] = nil
    end
  end
  for _, answer in ipairs(answers) do
    local call = waiting[answer.ticket] or {}
    waiting[answer.ticket] = nil
    answer.ticket = nil
    if call.call then
      tickets[call.call] = nil
    end
    if call.callback then
      if not call.raw then
        answer.body = JsonText.decode(answer.body)
      end
      tell(call.callback, answer)
    elseif not answer.ok and answer.error.kind ~= 'shutting_down' and answer.error.kind ~= 'cancelled' then
      print(('^3warning: %s^7'):format(answer.error.detail))
    end
  end
  for _, text in ipairs(news) do
    local found = json.decode(text)
    for _, fn in ipairs(hears) do
      fn(found)
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

-- Ends what the bridge before a reload had not brought to an end: presses again, in order; a call is given back, because
-- it may have reached the CAD.
local function settle(unanswered)
  local order = {}
  for ticket in pairs(unanswered) do
    order[#order + 1] = ticket
  end
  table.sort(order)
  for _, ticket in ipairs(order) do
    local call = unanswered[ticket]
    if call.verb then
      local ok, why = Bridge.want(call.verb, call.callback, call.unit, call.value)
      if not ok and not call.callback then
        print(('^3warning: %s^7'):format(why))
      end
    else
      tickets[call.call] = nil
      if call.callback then
        tell(call.callback, { ok = false, status = 0, deduplicated = false, error = { kind = 'shutting_down',
          title = 'Reloaded', detail = 'The bridge was reloaded before the CAD answered.' } })
      end
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
  settle(unanswered)
  local now_due = kept
  kept = {}
  for _, call in ipairs(now_due) do
    local ok, why = call[2]()
    if not ok and not call[1] then
      print(('^3warning: %s^7'):format(why))
    end
  end
  TriggerEvent('sonoran_bridge:ready')
end

-- Asks a door whether its native library opens: true, or false and a sentence. JavaScript and C# may load after Lua; an
-- export is there at the latest when all of the resource has started.
local function knock()
  local began, loaded = GetGameTimer(), nil
  while true do
    local there, ok, why = pcall(cross, 'ping')
    if there then
      return ok, why
    end
    local now = GetGameTimer()
    if not loaded and GetResourceState(RESOURCE) == 'started' then
      loaded = now
    end
    if loaded and now - loaded > LOADED_MS or now - began > START_MS then
      return false, ('Its script did not start (there is no export %s); look for its error above.'):format(door.export)
    end
    Wait(0)
  end
end

-- Finds the door to use from now on, and says on the console which it is: true, or false and why none opens. The doors
-- are asked one after the other, and one that was not taken never opens a bridge, so there are never two.
local function find_door()
  local host = GetConvar(HOST, 'auto')
  local doors = DOORS[host] or DOORS.auto -- a wrong value is refused, with its sentence, by the module
  local reasons = {}
  for _, one in ipairs(doors) do
    door = one
    local ok, why = knock()
    if ok then
      Bridge.door = one.name
      print(('sonoran_bridge: the native module opens in %s%s.'):format(one.name, #doors == 1
        and (', as %s says'):format(HOST) or #reasons == 0 and '; Mono was not asked'
        or ('; not in %s'):format(table.concat(reasons, ' '):gsub('%.$', ''))))
      return true
    end
    reasons[#reasons + 1] = ('%s: %s'):format(one.name, why)
  end
  return false, table.concat(reasons, ' ')
end

-- Opens the module, or opens it anew with the convars of now. On a fault nothing changes: what ran goes on.
function Bridge.open()
  local ok, opened = true, nil
  if not Bridge.door then
    ok, opened = find_door()
  end
  if ok then
    ok, opened = cross('open', on_events)
  end
  if ok then
    adopt(opened)
  elseif Bridge.state ~= 'ready' then
    fail(opened)
  end
  return ok, not ok and opened or nil
end
