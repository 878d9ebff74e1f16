-- The exports for other resources; lua/types/sonoran_bridge.lua has their types for editors. Every export except isReady and
-- status gives two values, and neither is nil: true and the value ({} when there is none), or false and a message. The game
-- packs the results of an export as one table and loses every value behind a nil. The exports are written in Lua, because
-- one in JavaScript can give only one value.

local STATUS = { UNAVAILABLE = 0, BUSY = 1, AVAILABLE = 2, ENROUTE = 3, ON_SCENE = 4, OFFLINE = 100 }
local JsonText, CallOptions, Limits = Bridge.JsonText, Bridge.CallOptions, Bridge.Limits
local kind_of = CallOptions.kind_of
local NUMBERS, TEXTS = { 'x', 'y', 'z', 'heading' }, { 'location', 'peer', 'vehicle', 'kind' } -- of a position
local FIELDS = {
  unit = true, x = true, y = true, z = true, heading = true, location = true, peer = true, vehicle = true, kind = true,
  siren = true,
}
local POSITION_BYTES = 512 -- counted for each kept position, with its texts

-- Exports `fn`, which gives true and perhaps a value, or false and a message. With `group`, only resources that
-- sonoran_bridge_allow gives this group may call it. Exports that take a callback check this themselves, so that they can
-- answer the callback.
local function offer(name, fn, group)
  Bridge.offer(name, function(...)
    local message = group and Allow.check(Bridge.caller(), group)
    if message then
      return Bridge.refuse(nil, 'invalid_argument', message)
    end
    local ok, value = fn(...)
    if value == nil then
      value = ok and {} or 'It was refused, and nothing said why.'
    end
    return ok and true or false, value
  end)
end

-- Wraps an author's callback for Bridge; gives nil without one, or nil and a message when it cannot be called.
local function callback_of(given)
  if given == nil then
    return nil
  elseif not Bridge.callable(given) then
    return nil, ('The callback must be a function; got %s.'):format(type(given))
  end
  return Bridge.callback(given)
end

local function refuse(callback, message)
  return Bridge.refuse(callback, 'invalid_argument', message)
end

-- Gives an author's callback for a press; or nil and a message, which the callback has been told then, when the callback or
-- the press is refused.
local function admitted(given, group)
  local callback, message = callback_of(given)
  if message then
    return nil, message
  end
  message = Allow.check(Bridge.caller(), group)
  if message then
    refuse(callback, message)
    return nil, message
  end
  return callback
end

-- Gives true alone, or false and a message, and drops further results of the door.
local function outcome(ok, message)
  if ok then
    return true
  end
  return false, message
end

-- setPanic(unit, on[, callback]) -> true and {wait_s = seconds that the press waits because the panic budget is spent;
-- absent: it does not wait; false: until the CAD answers, or the bridge has started}; or false and a message
offer('setPanic', function(unit, on, given)
  local callback, message = admitted(given, 'panic')
  if message then
    return false, message
  elseif type(on) ~= 'boolean' then
    return refuse(callback, ('setPanic takes true or false as its second argument; got %s.'):format(type(on)))
  end
  local ok, value = Presses.want('panic', callback, unit, on)
  return ok, value or { wait_s = false } -- kept until the bridge has started
end)

-- setStatus(unit, status[, callback]) -> true, or false and a message; status is a number or a name: 'ENROUTE'
offer('setStatus', function(unit, status, given)
  local callback, message = admitted(given, 'status')
  if message then
    return false, message
  end
  local value = status
  if type(status) == 'string' then
    value = STATUS[status:upper()] or math.tointeger(tonumber(status))
  end
  value = type(value) == 'number' and math.tointeger(value) or nil
  if not value or value < 0 or value > Limits.STATUS_MAX then
    return refuse(callback, ('The status is %s; it must be a whole number from 0 to %d, or one of UNAVAILABLE, '
      .. 'BUSY, AVAILABLE, ENROUTE, ON_SCENE, OFFLINE.'):format(Identity.shown(status), Limits.STATUS_MAX))
  end
  return Presses.want('status', callback, unit, value)
end)

-- Gives a message when the form of a position is wrong, else nil. This checks types and characters; the module checks bounds
-- (sb_push_positions).
local function check_position(position)
  if kind_of(position) ~= 'table' then
    return ('A position is a table with unit, x, y, z and heading; got %s.'):format(kind_of(position))
  end
  for name in pairs(position) do
    if not FIELDS[name] then
      return ('A position has no field %s; it has unit, x, y, z, heading, location, peer, vehicle, kind and siren.')
        :format(Identity.shown(name))
    end
  end
  for _, name in ipairs(NUMBERS) do
    local value = position[name]
    if type(value) ~= 'number' and not (name == 'heading' and value == nil) then
      return ('The %s of a position must be a number; got %s.'):format(name, Identity.shown(value))
    end
  end
  local _, _, message = Identity.named(position.unit)
  if message then
    return message
  end
  for _, name in ipairs(TEXTS) do
    message = position[name] ~= nil and Text.check(position[name])
    if message then
      return ('The %s of a position %s.'):format(name, message)
    end
  end
  if position.siren ~= nil and type(position.siren) ~= 'boolean' then
    return ('The siren of a position is true or false; got %s.'):format(Identity.shown(position.siren))
  end
end

-- Gives one position or a list of positions as a list; or nil and a message. A table that is neither is refused as a whole.
local function list_of(value)
  if kind_of(value) ~= 'table' then
    return nil, ('pushPositions takes a list of positions; got %s.'):format(kind_of(value))
  end
  for name in pairs(FIELDS) do -- first, because the order of a table's keys is not defined
    if value[name] ~= nil then
      return { value }
    end
  end
  local count, most = 0, 0
  for key in pairs(value) do
    if math.type(key) ~= 'integer' or key < 1 then
      return nil, ('pushPositions takes one position or a list of positions; got a table with the key %s.'):format(
        Identity.shown(key))
    end
    count, most = count + 1, math.max(most, key)
  end
  if count ~= most then
    return nil, ('pushPositions takes a list without holes; of %d places in this one %d %s empty.'):format(most,
      most - count, most - count == 1 and 'is' or 'are')
  end
  return value
end

-- Hands over checked positions in one crossing: gives how many were taken, and a message about the first that was not.
local function push(positions)
  local list, n, first = {}, 0, nil
  for _, position in ipairs(positions) do
    local unit, message = Identity.unit(position.unit)
    if unit then
      list[n + 1], list[n + 2], list[n + 3], list[n + 4] = unit, position.x, position.y, position.z
      list[n + 5], list[n + 6] = position.heading or 0.0, position.location or false
      list[n + 7], list[n + 8] = position.peer or false, position.vehicle or false
      list[n + 9], list[n + 10] = position.kind or false, position.siren == nil and 0 or position.siren and 1 or -1
      n = n + 10
    end
    first = first or message
  end
  if n == 0 then
    return 0, first
  end
  local ok, result = Bridge.call('units', list)
  if not ok then
    return 0, first or result
  end
  return result.taken, first or result.message
end

-- pushPositions({{unit =, x =, y =, z =, heading =, location =, peer =, vehicle =, kind =, siren =}, ...}) -> true and {taken =
-- how many}; or false and a message. A table that is neither a position nor a list without holes is refused as a whole. Of a list with bad
-- positions the good ones are taken; the message is about the first bad one, and says how many were taken.
offer('pushPositions', function(given)
  local positions, malformed = list_of(given)
  if not positions then
    return false, malformed
  end
  local good, first = {}, nil
  for _, position in ipairs(positions) do
    local message = check_position(position)
    if not message then
      good[#good + 1] = position
    end
    first = first or message
  end
  local taken
  local ok, message = Bridge.run(nil, function()
    local refused
    taken, refused = push(good)
    return refused == nil, refused
  end, { bytes = #good * POSITION_BYTES })
  taken = taken or (ok and #good or 0) -- nil: it did not run now
  first = first or (not ok and message or nil)
  if first then
    return false, ('%s %d of %d %s taken.'):format(first, taken, #positions, taken == 1 and 'was' or 'were')
  end
  return true, { taken = taken }
end, 'positions')

-- removeUnit(unit): forgets its position at once
offer('removeUnit', function(unit)
  local _, _, message = Identity.named(unit)
  if message then
    return false, message
  end
  return outcome(Bridge.run(nil, function()
    local id
    id, message = Identity.unit(unit)
    if not id then
      return false, message
    end
    return outcome(Bridge.call('remove', id))
  end))
end, 'positions')

-- setLocation(unit, text): the map shows this text as its place, instead of the street; nil: the street again
offer('setLocation', function(unit, text)
  local player, id, message = Identity.named(unit)
  if not message and text ~= nil then
    message = text == '' and 'is empty; nil shows the street again' or Text.check(text, Limits.LOCATION_SIZE)
    message = message and ('The location %s.'):format(message)
  end
  if message then
    return false, message
  end
  local owner = Bridge.caller()
  return outcome(Bridge.run(nil, function()
    return Locations.set(player, id, text, owner)
  end, { bytes = text and #text or 0 }))
end, 'positions')

-- setOnDuty(player, on): their position is sent, whatever the CAD's list says; false removes this mark
offer('setOnDuty', function(player, on)
  local known, message = Identity.player(player)
  if not known then
    return false, message
  elseif type(on) ~= 'boolean' then
    return false, ('setOnDuty takes true or false as its second argument; got %s.'):format(type(on))
  end
  Duty.set(known, on)
  return true
end, 'players')

-- setCommunityUserId(player, id): sets who a player is in the CAD; nil: as their identifiers say
offer('setCommunityUserId', function(player, id)
  local known, message = Identity.player(player)
  if not known then
    return false, message
  end
  message = id ~= nil and (id == '' and 'is empty' or Text.check(id, Limits.UNIT_ID_SIZE))
  if message then
    return false, ('The community user id %s.'):format(message)
  end
  Identity.set(known, id)
  return true
end, 'players')

-- getCommunityUserId(player) -> true and the id; or false and a message
offer('getCommunityUserId', function(player)
  local known, message = Identity.player(player)
  if not known then
    return false, message
  end
  local id
  id, message = Identity.of(known)
  return id ~= nil, id or message
end)

-- call(operation, arguments[, callback[, options]]) -> true and the call's number, or false and a message. arguments: a
-- table, or JSON as a text. options: deadline_ms; attachment (base64 of the bytes for uploadBodycamRecording); raw (the
-- answer's body stays text).
offer('call', function(operation, arguments, given, options)
  local callback, message = callback_of(given)
  message = message or CallOptions.check(options)
  if message then
    return refuse(callback, message)
  elseif type(operation) ~= 'string' then
    return refuse(callback, ('The operation is named by a text, like getCalls; got a %s.'):format(kind_of(operation)))
  end
  message = Allow.check(Bridge.caller(), operation)
  if message then
    return refuse(callback, message)
  end
  local text
  text, message = JsonText.encode(arguments)
  if not text then
    return refuse(callback, message)
  end
  options = options or {}
  return Bridge.ask(operation, text, callback, math.tointeger(options.deadline_ms), options.attachment, options.raw)
end)

-- on(type, fn[, options]) -> true and the listener's number, or false and a message. type: of an event of the CAD, in upper
-- or lower case, or '*'. fn(event): {type =, data =, source = 'cad' or 'bridge'}. options: raw, the event's data stay a
-- text.
offer('on', function(type, fn, options)
  if not Bridge.callable(fn) then
    return false, ('The second argument of on is a function; got a %s.'):format(kind_of(fn))
  elseif options ~= nil and kind_of(options) ~= 'table' then
    return false, ('The options must be a table; got a %s.'):format(kind_of(options))
  end
  return Events.on(Bridge.caller(), type, fn, options and options.raw or false)
end, 'events')

-- off(number of the listener) -> true and {}, or false and a message; a resource can remove only its own listeners
offer('off', function(listener)
  local number = type(listener) == 'number' and math.tointeger(listener)
  if not number then
    return false, ('A listener is named by the number that on() gave; got %s.'):format(Identity.shown(listener))
  end
  return outcome(Events.off(Bridge.caller(), number))
end)

-- cancel(number of the call) -> true and {}, or false and a message. A resource can cancel only its own calls.
offer('cancel', function(call)
  local number = type(call) == 'number' and math.tointeger(call)
  if not number then
    return false, ('A call is named by the number that call() gave; got %s.'):format(Identity.shown(call))
  end
  return outcome(Bridge.cancel(number))
end)

-- onState(fn) -> true and {}, or false and a message; fn is told how it is now and every change:
-- {state =, reason =, hub =}, see State
offer('onState', function(given)
  local callback, message = callback_of(given)
  if not callback then
    return false, message or 'onState takes a function; got nil.'
  end
  return State.listen(Bridge.caller(), callback)
end)

-- isReady() -> true; or false and a message: the bridge is still starting, or the reason why it does not run
Bridge.offer('isReady', function()
  if Bridge.state == 'ready' then
    return true
  end
  return false, Bridge.reason or 'The bridge is still starting.'
end)

-- Adds the counters of the Lua files to a report.
local function add_own(report)
  report.door = Door.name
  report.tracker = Tracker.counts()
  report.players = Players.counts()
  report.lookups = Lookups.counts()
  report.presses = Presses.counts()
  report.loops = Loop.errors()
  report.reports_refused = Reports.refused()
  report.calls = Bridge.counts()
  report.resources = Shares.counts()
  report.events = Events.counts()
  report.page = Page.counts()
  report.logoff = Logoff.counts()
end

-- status() -> a table: state, reason, tracked, and the module's own report (docs/stats.md)
local function status()
  local report = {}
  if Bridge.state == 'ready' then
    local ok, stats = Bridge.call('stats')
    report = ok and json.decode(stats) or {}
  else
    report.state, report.reason = Bridge.state, Bridge.reason
  end
  add_own(report)
  return report
end
Bridge.status = status
Bridge.offer('status', status)
