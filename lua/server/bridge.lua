-- The native module as the other Lua files use it. Calls of scripts that come before the module is ready are kept, and made
-- in order once it is.

Bridge = {
  state = 'starting', -- 'starting', 'ready', 'failed', 'stopped'
  reason = nil,       -- message: why it failed or stopped
  settings = {},      -- by name: the value in force, as text
  version = nil,
}

local RESOURCE = GetCurrentResourceName()
local NAME = 'sonoran_bridge'   -- the name that other resources use, whatever the folder is called
local KEPT = 4096               -- calls kept before the module is ready; a further call is refused
local KEPT_BYTES = 16 * 1048576 -- the same for the bytes of their arguments
local KEPT_PART = 2             -- one resource keeps at most 1 / KEPT_PART of either
local KEPT_RESERVE = 8          -- the last 1 / KEPT_RESERVE of either is for panics and emergency calls
local CALL_BYTES = 256          -- counted for each call besides its arguments
local PLACEHOLDER = 'protection_initialized' -- the value that sonorancad.cfg gives the key

local function part(file, ...)
  return assert(load(LoadResourceFile(RESOURCE, file), ('@@%s/%s'):format(RESOURCE, file)))(...)
end

Bridge.Limits = part('lua/limits.lua')
local Answer = part('lua/answer.lua')
local JsonText = part('lua/json_text.lua', Bridge.Limits)

Bridge.CallOptions = part('lua/call_options.lua', Bridge.Limits)
Bridge.JsonText = JsonText

Bridge.OPERATIONS = { panic = 'setUnitPanic', status = 'setUnitStatus' } -- by verb
Log.set_level(GetConvar('sonoran_bridge_log_level', 'info'))

local kept = {}       -- in order: {callback, function, number of the call or nil, bytes, resource, place or nil}
local kept_bytes = 0
local kept_of = {}    -- by resource: {calls, bytes} that are kept
local lives = {}      -- by resource: how often it has stopped
local waiting = {}    -- by ticket: {callback, caller, place in the caller's share}; for a press also {verb, unit, value}, to
                      -- press it again; for a call also {call: its number, raw: whether its body stays text}
local leaving = {}    -- the same for the bridge that a reload ends
local reloading = false
local opening = false
-- By verb and unit, while a press waits for its answer: {waits = number of such presses, passed = the newest ticket that was
-- answered, or issued since a reload began}. A press older than `passed` must not be pressed again.
local presses = { panic = {}, status = {} }
local tickets = {}    -- by the number of a call: its ticket
local calls = 0       -- numbers given so far
local ready = {}   -- functions to run at each (re)start
local stops = {}   -- functions to run when the resource stops
local hears = {}   -- functions that get news of active units
local pushes = {}  -- functions that get the events of the CAD
local unheard = {} -- events of the CAD that these have not got yet, in order
local hearing = false -- one is being delivered now
local changes_to = {} -- functions that get changes of the state
local reads        -- the function that reads places
local ends = {}    -- functions to call when the bridge has ended
local counts = { kept = 0, refused = 0 }

Bridge.callable = Bridge.CallOptions.callable

-- The resource that is calling an export; our own if there is none.
function Bridge.caller()
  return GetInvokingResource() or RESOURCE
end

-- Wraps a function of the resource that is calling, for an answer later. If the function fails, the console names that
-- resource; the error itself is usually printed by that resource's own runtime. If the resource has stopped in the meantime,
-- the function is not called, even if a resource of the same name has started since.
function Bridge.callback(fn)
  local owner = Bridge.caller()
  local life = lives[owner]
  return function(answer)
    if lives[owner] ~= life then
      return
    end
    local ok, message = pcall(fn, answer)
    if not ok then
      Log.warning(('A callback failed: %s.'):format(message ~= nil and tostring(message)
        or 'its error is in the lines above'), { resource = owner })
    end
  end
end

-- Each callback runs in a thread of its own, so that one that waits does not delay the answers behind it.
local function tell(callback, answer)
  Citizen.CreateThreadNow(function()
    callback(answer)
  end)
end

-- Refuses a call: gives false and the message, and tells the callback as well. `caller`: the resource that made the
-- call, if it is not the one that calls now.
function Bridge.refuse(callback, kind, message, caller)
  counts.refused = counts.refused + 1
  if Log.debugs() then
    Log.debug(message, { resource = caller or Bridge.caller() })
  end
  if callback then
    tell(callback, Answer.refused(kind, message))
  end
  return false, message
end

-- Refuses a call because the bridge is not running.
local function refuse_now(callback)
  return Bridge.refuse(callback, Bridge.state == 'stopped' and 'shutting_down' or 'unavailable',
    Bridge.reason or 'The bridge is still starting.')
end

-- Whether the folder has another name. If a second copy has the right name, only that copy uses it.
local renamed = RESOURCE ~= NAME
local second = renamed and (GetResourceState(NAME) == 'started' or GetResourceState(NAME) == 'starting')

-- Exports a function under the folder's name and, if that is another name, also as sonoran_bridge.
function Bridge.offer(name, fn)
  exports(name, fn)
  if renamed and not second then
    AddEventHandler(('__cfx_export_%s_%s'):format(NAME, name), function(give)
      give(fn)
    end)
  end
end

-- Callers cache an export under the name that they used, and the game's scheduler drops the cache when a resource of that
-- name stops. If our folder has another name, no resource of that name ever stops. After a restart callers would keep the
-- exports of the previous run, and each call would fail. This event makes them drop the cache:
if renamed and not second then
  TriggerEvent('onServerResourceStop', NAME)
end

-- Calls `verb` of the native module: true and its result, or false and a message.
function Bridge.call(verb, ...)
  if Bridge.state ~= 'ready' then
    return refuse_now()
  end
  local ok, result = Door.cross(verb, ...)
  if not ok then
    counts.refused = counts.refused + 1
  end
  return ok, result
end

-- Counts a press that waits for its answer.
local function note_press(ticket, call)
  local units = presses[call.verb]
  local press = units[call.unit] or { waits = 0, passed = 0 }
  units[call.unit] = press
  press.waits = press.waits + 1
  if reloading then
    press.passed = ticket
  end
  waiting[ticket] = call
end

-- Counts a press as no longer waiting; gives whether a newer press of its unit has passed it.
local function note_end(ticket, call, answered)
  local units = presses[call.verb]
  local press = units[call.unit]
  local overtaken = ticket < press.passed
  press.waits = press.waits - 1
  if answered then
    press.passed = math.max(press.passed, ticket)
  end
  if press.waits == 0 then
    units[call.unit] = nil
  end
  return overtaken
end

-- Sets a unit's panic (boolean) or status (number). Gives true and {wait_s = seconds that it waits for its budget; absent:
-- it does not wait; false: until the CAD answers again}; or false and a message. `callback`, if any, gets the CAD's answer
-- later, or the refusal at once. `refused`, if any, gets an answer that is a refusal first; it returns true when it will
-- answer the callback itself. `caller` is the resource in whose share the press counts.
function Bridge.want(verb, callback, unit, value, refused, caller)
  if Bridge.state ~= 'ready' then
    return refuse_now(callback)
  end
  caller = caller or RESOURCE
  local place, full = Shares.press(caller, verb)
  if not place then
    return Bridge.refuse(callback, 'queue_full', full)
  end
  local ok, result, kind = Door.cross(verb, callback ~= nil, unit, value)
  if not ok then
    Shares.leave(place)
    return Bridge.refuse(callback, kind or 'invalid_argument', result)
  end
  note_press(result[1], { callback = callback, verb = verb, unit = unit, value = value, refused = refused, caller = caller,
    place = place })
  local wait_s = result[2]
  if wait_s == 0 then
    wait_s = nil
  end
  return true, { wait_s = wait_s }
end

-- Calls an operation of the CAD with `arguments` as JSON text: true and the call's number, or false and a message.
-- `callback` gets the answer or the refusal. `raw`: the answer's body stays text.
function Bridge.ask(operation, arguments, callback, deadline_ms, attachment, raw)
  calls = calls + 1
  local call, caller, bytes = calls, Bridge.caller(), #arguments + #(attachment or '')
  local place, full = Shares.call(caller, operation, bytes)
  if not place then
    return Bridge.refuse(callback, 'queue_full', full)
  end
  local taken, message = Bridge.run(callback, function()
    local ok, ticket, kind = Door.cross('call', callback ~= nil, operation, arguments, deadline_ms or 0, attachment or false)
    if not ok then
      Shares.leave(place)
      return Bridge.refuse(callback, kind or 'invalid_argument', ticket)
    end
    waiting[ticket] = { callback = callback, call = call, raw = raw, caller = caller, place = place, operation = operation }
    tickets[call] = ticket
    return true
  end, { call = call, bytes = bytes, place = place, urgent = operation == 'create911Call' })
  if not taken then
    Shares.leave(place)
  end
  return taken, taken and call or message
end

-- Updates the counters when a kept call is no longer kept.
local function drop_kept(one)
  local mine = kept_of[one[5]]
  mine.calls, mine.bytes = mine.calls - 1, mine.bytes - one[4]
  if mine.calls == 0 then
    kept_of[one[5]] = nil
  end
  kept_bytes = kept_bytes - one[4]
  Shares.leave(one[6])
end

-- Whether `caller` may cancel a call that `owner` made: true, or false and a message.
local function owns(caller, owner, call)
  if caller == owner then
    return true
  end
  return false, ('The call %d was made by another resource than %s; a resource can cancel its own calls only.'):format(call,
    caller)
end

-- Cancels a call by its number: true, or false and a message. Only the resource that made the call can cancel it.
function Bridge.cancel(call)
  local ticket = tickets[call]
  local under_way = ticket and (waiting[ticket] or leaving[ticket])
  if under_way then
    local own, message = owns(Bridge.caller(), under_way.caller, call)
    if not own then
      return false, message
    end
    return Bridge.call('cancel', ticket)
  end
  for i, one in ipairs(kept) do
    if one[3] == call then
      local own, message = owns(Bridge.caller(), one[5], call)
      if not own then
        return false, message
      end
      table.remove(kept, i)
      drop_kept(one)
      if one[1] then
        tell(one[1], Answer.cancelled())
      end
      return true
    end
  end
  return false, ('No call %s waits for an answer.'):format(call)
end

-- '1 call', '2 calls'
function Bridge.counted(count, one, many)
  return ('%d %s'):format(count, count == 1 and one or many)
end

-- Runs `fn` now when the module is ready; otherwise keeps it until then, because who a player is depends on settings that
-- only the module has read. Gives the results of `fn`, or true when it is kept. `about`: {call = its number, if it can be
-- cancelled; bytes = of its arguments; place = its place in the caller's share; urgent = whether it may use the reserve}.
function Bridge.run(callback, fn, about)
  if Bridge.state == 'ready' then
    return fn()
  elseif Bridge.state ~= 'starting' then
    return refuse_now(callback)
  end
  about = about or {}
  local caller, bytes = Bridge.caller(), CALL_BYTES + (about.bytes or 0)
  local mine = kept_of[caller] or { calls = 0, bytes = 0 }
  local part = about.urgent and 1 or 1 - 1 / KEPT_RESERVE
  if mine.calls >= KEPT // KEPT_PART or mine.bytes + bytes > KEPT_BYTES // KEPT_PART then
    return Bridge.refuse(callback, 'queue_full', ('%s of %d bytes by the resource %s wait for the bridge to start, and its '
      .. 'share is %d and %d MiB; this one was not taken.'):format(Bridge.counted(mine.calls, 'call', 'calls'), mine.bytes,
      caller, KEPT // KEPT_PART, KEPT_BYTES // KEPT_PART // 1048576))
  elseif #kept >= KEPT * part or kept_bytes + bytes > KEPT_BYTES * part then
    return Bridge.refuse(callback, 'queue_full', ('%s of %d bytes wait for the bridge to start; this one was not taken.')
      :format(Bridge.counted(#kept, 'call', 'calls'), kept_bytes))
  end
  counts.kept = counts.kept + 1
  kept_bytes = kept_bytes + bytes
  mine.calls, mine.bytes = mine.calls + 1, mine.bytes + bytes
  kept_of[caller] = mine
  kept[#kept + 1] = { callback, fn, about.call, bytes, caller, about.place }
  return true
end

-- Takes all kept calls, in order.
local function take_kept()
  local taken = kept
  kept, kept_bytes, kept_of = {}, 0, {}
  return taken
end

-- Runs `fn` whenever the module has become ready: before the kept calls, and again after a reload.
function Bridge.on_ready(fn)
  ready[#ready + 1] = fn
end

-- `fn(slots, untaken)` reads places; see lua/server/tracker.lua.
function Bridge.on_readings(fn)
  reads = fn
end

-- Runs `fn` when the resource stops, while the module still accepts calls.
function Bridge.on_stop(fn)
  stops[#stops + 1] = fn
end

-- Calls `fn(state, reason, hub)` at each change of the state; see SB_EVENT_STATE.
function Bridge.on_change(fn)
  changes_to[#changes_to + 1] = fn
end

-- Calls `fn(state, reason)` when the bridge has failed or was stopped.
function Bridge.on_end(fn)
  ends[#ends + 1] = fn
end

-- Asks the module: 'diagnose' about the way to the CAD, 'unit' about the unit with an id. True, and `callback` gets an
-- answer whose body is a table (docs/stats.md); or false and a message.
function Bridge.inspect(callback, verb, ...)
  local ok, ticket = Bridge.call(verb, ...)
  if not ok then
    return false, ticket
  end
  waiting[ticket] = { callback = callback, caller = RESOURCE, operation = verb }
  return true
end

-- Calls `fn(news)` when the CAD's list of active units has changed; see SB_EVENT_ACTIVE_UNITS.
function Bridge.on_active_units(fn)
  hears[#hears + 1] = fn
end

-- Calls `fn(pushed)` with each event of the CAD whose type has a listener (the door's verb `listen`), in order; see
-- lua/server/events.lua.
function Bridge.on_push(fn)
  pushes[#pushes + 1] = fn
end

-- A setting as text. Before the module is ready, this is the convar, unchecked.
function Bridge.setting(name, default)
  local value = Bridge.settings[name] or GetConvar(name, '')
  return value ~= '' and value or default
end

function Bridge.counts()
  return counts
end

-- Removes a ticket's call from the waiting calls and gives it; nil for an unknown ticket.
local function take(ticket, answered)
  local from = waiting[ticket] and waiting or leaving
  local call = from[ticket]
  from[ticket] = nil
  Shares.leave(call and call.place)
  if call and call.verb then
    note_end(ticket, call, answered)
  elseif call and call.call then
    tickets[call.call] = nil
  end
  return call
end

-- Gives a callback its answer. Prints a failure as well: as a warning without a callback, else at the level debug.
-- `about`: whom it concerns, {resource =, operation =, unit =, player =}.
function Bridge.answered(callback, answer, about)
  if not answer.ok and answer.error.kind ~= 'shutting_down' and answer.error.kind ~= 'cancelled'
    and (not callback or Log.debugs()) then
    about = about or {}
    about.trace = answer.error.traceId
    Log[callback and 'debug' or 'warning'](answer.error.detail, about)
  end
  if callback then
    tell(callback, answer)
  end
end

-- The same for a call that was waiting; decodes its body first.
local function answer_to(call, answer)
  if call.callback and not call.raw then
    answer.body, answer.json = JsonText.decode(answer.body, answer.json), nil
  end
  if answer.ok or not call.refused or not call.refused(answer) then
    Bridge.answered(call.callback, answer, { resource = call.caller, operation = Bridge.OPERATIONS[call.verb] or call.operation,
      unit = call.unit })
  end
end

-- Delivers the CAD's events one after another. A listening script can reload the bridge, which brings further events during
-- a delivery; these wait for their turn.
local function hear_pushed()
  if hearing then
    return
  end
  hearing = true
  while unheard[1] do
    local one = table.remove(unheard, 1)
    for _, fn in ipairs(pushes) do
      Loop.guard('events', fn, one)
    end
  end
  hearing = false
end

-- Handles the events of one poll. `answers`: those with a callback, and failures. `done`: the tickets of all other answers.
-- `news`: changes of active units as JSON texts. `pushed`: events of the CAD. `lines`: lines of the log, each its level and
-- its text. `changes`: of how it is with the CAD, each its state, reason, and the hub's.
local function on_events(answers, done, news, pushed, lines, changes)
  for i = 1, #lines, 2 do
    Log.write(lines[i], lines[i + 1])
  end
  for _, ticket in ipairs(done) do
    take(ticket, true)
  end
  -- Remove all calls before any callback runs: a callback that reloads the bridge must not find answered calls.
  local due = {}
  for _, answer in ipairs(answers) do
    local unsent = not answer.ok and answer.error.kind == 'shutting_down'
    if not (reloading and unsent and leaving[answer.ticket]) then -- else settle() presses it again
      due[#due + 1] = { take(answer.ticket, not unsent) or {}, answer }
    end
  end
  for _, one in ipairs(due) do
    one[2].ticket = nil
    answer_to(one[1], one[2])
  end
  for i = 1, #changes, 3 do
    for _, fn in ipairs(changes_to) do
      Loop.guard('state', fn, changes[i], changes[i + 1], changes[i + 2])
    end
  end
  for _, text in ipairs(news) do
    local found = json.decode(text)
    for _, fn in ipairs(hears) do
      Loop.guard('active units', fn, found)
    end
  end
  for _, one in ipairs(pushed) do
    unheard[#unheard + 1] = one
  end
  hear_pushed()
end

-- Reads the places that the module wants to have now. Must not wait, because its answer is what the module gets.
local function read_places(slots, untaken)
  return Loop.guard('tracker', reads, slots, untaken) or { {}, {} }
end

-- Reports that the bridge has ended.
local function tell_end()
  for _, fn in ipairs(ends) do
    Loop.guard('state', fn, Bridge.state, Bridge.reason)
  end
end

local function fail(message)
  Bridge.state, Bridge.reason = 'failed', message
  tell_end()
  for _, call in ipairs(take_kept()) do
    Shares.leave(call[6])
    Bridge.refuse(call[1], 'unavailable', message, call[5])
  end
end

-- After a reload: presses panics and statuses again, in order, and fails calls, since these may have arrived. A press that a
-- newer press of its unit has passed is not repeated.
local function settle()
  local order, last = {}, { panic = {}, status = {} }
  for ticket, call in pairs(leaving) do
    order[#order + 1] = ticket
    if call.verb then
      last[call.verb][call.unit] = math.max(last[call.verb][call.unit] or 0, ticket)
    end
  end
  table.sort(order)
  for _, ticket in ipairs(order) do
    local call = leaving[ticket]
    leaving[ticket] = nil
    Shares.leave(call.place)
    if not call.verb then
      if call.call then
        tickets[call.call] = nil
      end
      if call.callback then
        tell(call.callback, Answer.failed('shutting_down', 'Reloaded', 'The bridge was reloaded before the CAD answered.'))
      end
    elseif note_end(ticket, call, false) or (call.verb == 'status' and ticket < last.status[call.unit]) then
      if call.callback then
        tell(call.callback, { ok = true, status = 0, deduplicated = true }) -- the module's own answer to a replaced press
      end
    else
      local ok, message = Bridge.want(call.verb, call.callback, call.unit, call.value, call.refused, call.caller)
      if not ok and not call.callback then
        Log.warning(message, { resource = call.caller, operation = Bridge.OPERATIONS[call.verb], unit = call.unit })
      end
    end
  end
end

-- Warns when the key goes to a host that is not the vendor's.
local function warn_of_destination()
  local url = Bridge.setting('sonoran_bridge_url', '')
  local host = url:match('^%a+://(%[[^%]]*%])') or url:match('^%a+://([^/:?#]*)') or url
  local name = '.' .. host:lower():gsub('%.$', '')
  if not url:lower():match('^https:') or name:sub(-#'.sonorancad.com') ~= '.sonorancad.com' then
    Log.warning(('The API key goes to %s, which is not a host of Sonoran CAD.'):format(host),
      { remedy = 'Remove sonoran_bridge_url from server.cfg unless that is what you want.' })
  end
end

local function adopt(opened)
  Bridge.state, Bridge.reason = 'ready', nil
  Bridge.version, Bridge.settings = opened.version, opened.settings
  Log.set_level(Bridge.settings.sonoran_bridge_log_level)
  Bridge.call('log_level', Log.level())
  for _, fn in ipairs(ready) do
    fn()
  end
  settle()
  for _, call in ipairs(take_kept()) do
    local ok, message = call[2]()
    if not ok and not call[1] then
      Log.warning(message, { resource = call[5] })
    end
  end
  warn_of_destination()
  TriggerEvent('sonoran_bridge:ready')
end

-- Gives a message when there is no API key to start with, else nil. The vendor's configuration protects the key: at first
-- its value is a placeholder, and a resource without permission to read it gets the default, as if it were not set.
function Bridge.check_key()
  local key = GetConvar('sonoran_apiKey', '')
  if key ~= '' and key ~= PLACEHOLDER then
    return nil
  end
  local remedy = ('put  set sonoran_apiKey "<key from Sonoran CAD>"  into server.cfg before the ensure line'
    .. ' and, where a line add_convar_permission protects the key as the configuration of sonorancad does, '
    .. ' add_convar_permission %s read sonoran_apiKey  before the first ensure; then restart the whole server'):format(
    RESOURCE)
  if key == PLACEHOLDER then
    return ('sonoran_apiKey is the word %s, which stands in the configuration of sonorancad in place of a key; %s.')
      :format(PLACEHOLDER, remedy)
  end
  return ('sonoran_apiKey is not set, or %s may not read it; %s.'):format(RESOURCE, remedy)
end

local function say_name()
  if second then
    Log.warning(('sonoran_bridge runs twice, in the folders %s and %s.'):format(NAME, RESOURCE),
      { remedy = 'Remove one of them.' })
  elseif renamed then
    Log.warning(("The folder of sonoran_bridge is named %s. exports.%s works all the same, but a resource with "
      .. "dependency '%s' or '@%s/lua/cad.lua' in its manifest does not start or finds no file."):format(RESOURCE, NAME, NAME,
      NAME), { remedy = ('Rename the folder to %s.'):format(NAME) })
  end
end

-- Confirms, at the console, the host or the setting for which an opening was refused: true, or false and a message.
function Bridge.trust(what)
  local ok, message = Door.ask_memory('trust', what)
  if ok == nil then
    return false, 'The native module did not open; nothing waits for being trusted.'
  end
  return ok, message
end

-- Opens the module, or reopens it with the present convars: true, or false and a message. When it fails, a running bridge
-- goes on unchanged. Only one opening at a time.
function Bridge.open()
  if opening then
    return false, 'The bridge is being opened already.'
  elseif Bridge.state == 'stopped' then
    return false, Bridge.reason
  end
  opening = true
  local ok, opened = true, nil
  if not Door.name then
    say_name()
    ok, opened = Door.find()
  end
  local message = ok and Bridge.check_key()
  if message then
    ok, opened = false, message
  end
  if ok then
    local trusted, refusal = Door.ask_memory('admit')
    if trusted == false then
      ok, opened = false, refusal
    end
  end
  if ok then
    ok, opened = Allow.read()
  end
  if ok then
    -- While the door opens the new bridge, it delivers the last answers of the one that it ends.
    leaving, waiting = waiting, {}
    reloading = true
    ok, opened = Door.cross('open', on_events, read_places, Door.reference(read_places))
    reloading = false
    if not ok then
      leaving, waiting = {}, leaving
    end
  end
  opening = false
  if ok then
    adopt(opened)
  elseif Bridge.state ~= 'ready' then
    fail(opened)
  end
  return ok, not ok and opened or nil
end

-- Stops the bridge and answers every waiting call. The door delivers the CAD's last answers.
local function stop(state, reason)
  for _, fn in ipairs(stops) do
    Loop.guard('stop', fn)
  end
  local ran = Bridge.state == 'ready'
  Bridge.state, Bridge.reason = state, reason
  tell_end()
  if ran then
    Door.cross('close')
  end
  for ticket in pairs(waiting) do
    answer_to(take(ticket, false), Answer.stopped('The bridge was stopped before the CAD answered.'))
  end
  for _, call in ipairs(take_kept()) do
    Shares.leave(call[6])
    refuse_now(call[1])
  end
  Log.fold(true)
end

AddEventHandler('onResourceStop', function(resource)
  if resource == RESOURCE then
    stop('stopped', 'The bridge was stopped.')
  elseif resource == Door.resource() and Door.name then
    stop('failed', ('The resource %s was stopped; start it, then type  sonoran_bridge reload.'):format(resource))
    Door.name = nil
  else
    lives[resource] = (lives[resource] or 0) + 1
  end
end)
