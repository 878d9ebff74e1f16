-- What other resources call. Every function gives true, or false and one sentence; lua/types/sonoran_bridge.lua has
-- their types for editors. They are written in Lua because an export written in JavaScript can give one value only.

local STATUS = { UNAVAILABLE = 0, BUSY = 1, AVAILABLE = 2, ENROUTE = 3, ON_SCENE = 4, OFFLINE = 100 }
local UNIT_BYTES = 128 -- as in sonoran_bridge.h
local JsonText = Bridge.JsonText
local TEXTS = { location = 160, peer = 64, vehicle = 64 }

-- A sentence when `callback` is given and cannot be called.
local function callback_fault(callback)
  if callback ~= nil and not Bridge.callable(callback) then
    return ('The callback must be a function; got %s.'):format(type(callback))
  end
end

local function refuse(callback, why)
  return Bridge.refuse(callback, 'invalid_argument', why)
end

local function unit_of(value)
  local unit, why = Identity.unit(value)
  if unit and #unit > UNIT_BYTES then
    return nil, ('The unit id has %d bytes; at most %d are taken.'):format(#unit, UNIT_BYTES)
  end
  return unit, why
end

-- True, or false and a sentence.
local function outcome(ok, why)
  if ok then
    return true
  end
  return false, why
end

local function want(verb, callback, unit, value)
  return Bridge.run(callback, function()
    local id, why = unit_of(unit)
    if not id then
      return refuse(callback, why)
    end
    return Bridge.want(verb, callback, id, value)
  end)
end

-- setPanic(unit, on[, callback]) -> true, nil, and for how many seconds the press waits because the panic budget is spent
-- (nil: not at all; false: until the CAD answers again); or false and a sentence
exports('setPanic', function(unit, on, callback)
  local why = callback_fault(callback)
  if why then
    return false, why
  elseif type(on) ~= 'boolean' then
    return refuse(callback, ('setPanic takes true or false as its second argument; got %s.'):format(type(on)))
  end
  return want('panic', callback, unit, on)
end)

-- setStatus(unit, status[, callback]) -> true, or false and a sentence; status is a number or a name: 'ENROUTE'
exports('setStatus', function(unit, status, callback)
  local why = callback_fault(callback)
  if why then
    return false, why
  end
  local value = status
  if type(status) == 'string' then
    value = STATUS[status:upper()] or math.tointeger(tonumber(status))
  end
  value = type(value) == 'number' and math.tointeger(value) or nil
  if not value or value < 0 or value > 1000 then
    return refuse(callback, ('The status is %s; it must be a whole number from 0 to 1000, or one of UNAVAILABLE, '
      .. 'BUSY, AVAILABLE, ENROUTE, ON_SCENE, OFFLINE.'):format(Identity.shown(status)))
  end
  return want('status', callback, unit, value)
end)

local function position_fault(position)
  if type(position) ~= 'table' then
    return ('A position is a table with unit, x, y, z and heading; got %s.'):format(type(position))
  end
  for _, name in ipairs({ 'x', 'y', 'z' }) do
    local value = position[name]
    if type(value) ~= 'number' or value ~= value or math.abs(value) == math.huge then
      return ('The %s of a position must be a finite number; got %s.'):format(name, Identity.shown(value))
    end
  end
  local heading = position.heading
  if heading ~= nil and (type(heading) ~= 'number' or heading ~= heading or math.abs(heading) == math.huge) then
    return ('The heading of a position must be a finite number; got %s.'):format(Identity.shown(heading))
  end
  for name, most in pairs(TEXTS) do
    local value = position[name]
    if value ~= nil and (type(value) ~= 'string' or not utf8.len(value)) then
      return ('The %s of a position must be UTF-8 text; got %s.'):format(name, Identity.shown(value))
    elseif value and #value > most then
      return ('The %s of a position has %d bytes; at most %d are taken.'):format(name, #value, most)
    end
  end
end

-- What the good ones among `positions` come to, in one crossing: how many were taken, and a sentence about the first
-- that was not.
local function push(positions)
  local list, n, first = {}, 0, nil
  for _, position in ipairs(positions) do
    local unit, why = unit_of(position.unit)
    if unit then
      list[n + 1], list[n + 2], list[n + 3], list[n + 4] = unit, position.x, position.y, position.z
      list[n + 5], list[n + 6] = position.heading or 0.0, position.location or false
      list[n + 7], list[n + 8] = position.peer or false, position.vehicle or false
      n = n + 8
    end
    first = first or why
  end
  if n == 0 then
    return 0, first
  end
  local ok, result = Bridge.call('units', list)
  if not ok then
    return 0, first or result
  end
  return result.taken, first or result.why
end

-- pushPositions({{unit =, x =, y =, z =, heading =, location =, peer =, vehicle =}, ...}) -> true, nil and how many; or
-- false, the sentence about the first that was refused, and how many were taken
exports('pushPositions', function(positions)
  if type(positions) ~= 'table' then
    return false, ('pushPositions takes a list of positions; got %s.'):format(type(positions)), 0
  end
  if positions.unit ~= nil then
    positions = { positions }
  end
  local good, first = {}, nil
  for _, position in ipairs(positions) do
    local why = position_fault(position)
    if not why then
      good[#good + 1] = position
    end
    first = first or why
  end
  local taken
  local ok, sentence = Bridge.run(nil, function()
    local why
    taken, why = push(good)
    return why == nil, why
  end)
  taken = taken or (ok and #good or 0) -- nil: it did not run now
  first = first or (not ok and sentence or nil)
  return first == nil, first, taken
end)

-- removeUnit(unit): its position is forgotten at once
exports('removeUnit', function(unit)
  return outcome(Bridge.run(nil, function()
    local id, why = unit_of(unit)
    if not id then
      return false, why
    end
    return outcome(Bridge.call('remove', id))
  end))
end)

-- setOnDuty(player, on): his position is sent, whatever the CAD says of him; false takes the mark away again
exports('setOnDuty', function(player, on)
  local known, why = Identity.player(player)
  if not known then
    return false, why
  elseif type(on) ~= 'boolean' then
    return false, ('setOnDuty takes true or false as its second argument; got %s.'):format(type(on))
  end
  Duty.set(known, on)
  return true
end)

-- setCommunityUserId(player, id): who a player is in the CAD; nil: as the identifiers say
exports('setCommunityUserId', function(player, id)
  local known, why = Identity.player(player)
  if not known then
    return false, why
  elseif id ~= nil and (type(id) ~= 'string' or id == '' or not utf8.len(id)) then
    return false, ('A community user id is UTF-8 text; got %s.'):format(Identity.shown(id))
  elseif id and #id > UNIT_BYTES then
    return false, ('The unit id has %d bytes; at most %d are taken.'):format(#id, UNIT_BYTES)
  end
  Identity.set(known, id)
  Duty.refresh(known)
  Tracker.refresh(known)
  return true
end)

-- getCommunityUserId(player) -> the id, or nil and a sentence
exports('getCommunityUserId', function(player)
  local known, why = Identity.player(player)
  if not known then
    return nil, why
  end
  return Identity.of(known)
end)

-- What is wrong with the options of a call, or nil.
local function options_fault(options)
  if options == nil then
    return nil
  elseif type(options) ~= 'table' then
    return ('The options must be a table; got a %s.'):format(type(options))
  elseif options.deadline_ms ~= nil and not math.tointeger(options.deadline_ms) then
    return ('The deadline_ms is a whole number of milliseconds; got %s.'):format(Identity.shown(options.deadline_ms))
  elseif options.attachment ~= nil and type(options.attachment) ~= 'string' then
    return ('The attachment is a text: base64 of the bytes; got a %s.'):format(type(options.attachment))
  end
end

-- call(operation, arguments[, callback[, options]]) -> the call's number, or false and a sentence. arguments: a table, or
-- JSON as a text. options: deadline_ms; attachment, base64 of the bytes for uploadBodycamRecording; raw, the answer's body
-- stays a text.
exports('call', function(operation, arguments, callback, options)
  local why = callback_fault(callback) or options_fault(options)
  if why then
    return refuse(Bridge.callable(callback) and callback or nil, why)
  elseif type(operation) ~= 'string' then
    return refuse(callback, ('The operation is named by a text, like getCalls; got a %s.'):format(type(operation)))
  end
  local text, fault = JsonText.encode(arguments)
  if not text then
    return refuse(callback, fault)
  end
  options = options or {}
  return Bridge.ask(operation, text, callback, math.tointeger(options.deadline_ms), options.attachment, options.raw)
end)

-- cancel(number of the call) -> true, or false and a sentence
exports('cancel', function(call)
  if not math.tointeger(call) then
    return false, ('A call is named by the number that call() gave; got %s.'):format(Identity.shown(call))
  end
  return outcome(Bridge.cancel(math.tointeger(call)))
end)

-- isReady() -> true; or false and one sentence: the bridge starts still, or why it does not run
exports('isReady', function()
  if Bridge.state == 'ready' then
    return true
  end
  return false, Bridge.reason or 'The bridge is still starting.'
end)

-- status() -> a table: state, reason, tracked, and the module's own report (docs/stats.md)
local function status()
  local report = {}
  if Bridge.state == 'ready' then
    local ok, stats = Bridge.call('stats')
    report = ok and json.decode(stats) or {}
  else
    report.state, report.reason = Bridge.state, Bridge.reason
  end
  report.door = Bridge.door
  report.tracker = Tracker.counts()
  report.reports_refused = Reports.refused()
  report.calls = Bridge.counts()
  return report
end
Bridge.status = status
exports('status', status)
