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

local kept = {}      -- {callback, function} in order
local callbacks = {} -- by ticket
local ready = {}     -- functions to run at each (re)start
local counts = { kept = 0, refused = 0 }

-- Functions of other resources arrive as tables that can be called.
function Bridge.callable(value)
  if type(value) == 'function' then
    return true
  end
  local meta = type(value) == 'table' and getmetatable(value)
  return meta and meta.__call ~= nil or false
end

local function tell(callback, answer)
  local ok, why = pcall(callback, answer)
  if not ok then
    print(('^3a callback failed: %s^7'):format(why))
  end
end

local function refuse(callback, kind, sentence)
  counts.refused = counts.refused + 1
  if callback then
    tell(callback, { ok = false, status = 0, deduplicated = false,
      error = { kind = kind, title = 'Not sent', detail = sentence } })
  end
  return false, sentence
end

-- One crossing into JavaScript: result, or nil and a sentence.
local function cross(verb, ...)
  local answer = exports[RESOURCE]:door(verb, ...)
  if answer[1] then
    return true, answer[2]
  end
  return false, answer[2]
end

local function perform(verb, callback, ...)
  local ok, result
  if verb == 'panic' or verb == 'status' then
    ok, result = cross(verb, callback ~= nil, ...)
  else
    ok, result = cross(verb, ...)
  end
  if not ok then
    return refuse(callback, 'invalid_argument', result)
  end
  if callback then
    callbacks[result] = callback
  end
  return true, result
end

-- Does `verb` over there. True (and its result), or false and a sentence; `callback`, for panic and status, is given
-- the CAD's answer later, or the refusal at once.
function Bridge.call(verb, callback, ...)
  if Bridge.state ~= 'ready' then
    return refuse(callback, 'unavailable', Bridge.reason or 'The bridge is still starting.')
  end
  return perform(verb, callback, ...)
end

-- Runs `fn` now when the module is ready, else keeps it until it is: who a player is depends on settings that only
-- the module has read. Gives what `fn` gives, or true when it is kept.
function Bridge.run(callback, fn)
  if Bridge.state == 'ready' then
    return fn()
  elseif Bridge.state == 'failed' then
    return refuse(callback, 'unavailable', Bridge.reason)
  elseif #kept >= KEPT then
    return refuse(callback, 'queue_full', ('%d calls wait for the bridge to start; this one was not taken.'):format(KEPT))
  end
  counts.kept = counts.kept + 1
  kept[#kept + 1] = { callback, fn }
  return true
end

-- Runs `fn` whenever the module has become ready: before what was kept, and again after a reload.
function Bridge.on_ready(fn)
  ready[#ready + 1] = fn
end

function Bridge.counts()
  return counts
end

local function on_events(answers)
  for _, answer in ipairs(answers) do
    local callback = callbacks[answer.ticket]
    callbacks[answer.ticket] = nil
    answer.ticket = nil
    if callback then
      tell(callback, answer)
    elseif not answer.ok and answer.error.kind ~= 'shutting_down' then
      print(('^3warning: %s^7'):format(answer.error.detail))
    end
  end
end

local function adopt(opened)
  Bridge.state, Bridge.reason = 'ready', nil
  Bridge.version, Bridge.settings = opened.version, opened.settings
  for _, fn in ipairs(ready) do
    fn()
  end
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
  if not ok then
    if Bridge.state ~= 'ready' then
      Bridge.state, Bridge.reason = 'failed', opened
      local lost = kept
      kept = {}
      for _, call in ipairs(lost) do
        refuse(call[1], 'unavailable', opened)
      end
    end
    return false, opened
  end
  -- Answers of the old one do not come any more.
  local orphans = callbacks
  callbacks = {}
  adopt(opened)
  for _, callback in pairs(orphans) do
    tell(callback, { ok = false, status = 0, deduplicated = false, error = { kind = 'shutting_down',
      title = 'Reloaded', detail = 'The bridge was reloaded before the CAD answered.' } })
  end
  return true
end

-- JavaScript may load after Lua; its export is there at the latest when all of the resource has started.
function Bridge.start()
  local began = GetGameTimer()
  repeat
    local there, ok, why = pcall(Bridge.open)
    if there then
      return ok, why
    end
    Wait(0)
  until GetGameTimer() - began > START_MS
  Bridge.state = 'failed'
  Bridge.reason = 'The resource\'s JavaScript did not start; look for its error above.'
  return false, Bridge.reason
end
