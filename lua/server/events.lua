-- Delivers the CAD's events to scripts (docs/events.md): the listeners, and the server event sonoran_bridge:event.
--
-- The script runtime that holds the module knows which types have a listener. Events of other types do not cross into Lua,
-- and their JSON is not decoded.

Events = {}

local JsonText, CallOptions = Bridge.JsonText, Bridge.CallOptions
local RESOURCE = GetCurrentResourceName()
local LISTENERS = 256 -- listeners of one resource
local RUNNING = 64    -- waiting calls of one listener; beyond this its events are dropped
local TYPE_BYTES = 128
local ALL = '*'
local PUBLIC = 'sonoran_bridge:event' -- the server event
local METADATA = { 'sonoran_bridge_event', 'sonoran_bridge_events' } -- in the manifest of a resource that wants the server event

local listed = {} -- by type: it is in docs/events.md
for _, row in ipairs(json.decode(LoadResourceFile(RESOURCE, 'config/events.json')).events) do
  listed[row.type] = true
end

local listeners = {} -- by type: a list, in order. A list is replaced and never changed, so iterating over it is safe
local by_id = {}     -- by number: {id, type, owner, fn, raw, running: number of its waiting calls, gone, named}
local last_id = 0
local asked = {}     -- by type: the number of resources that want its server event
local asked_by = {}  -- by resource: the types whose server event it wants
local counts = {}    -- by resource: {listeners, given, failed, dropped}
local doubted = {}   -- by resource and type: the warning about an unknown type was printed

local function count_of(resource)
  counts[resource] = counts[resource] or { listeners = 0, given = 0, failed = 0, dropped = 0 }
  return counts[resource]
end

-- Whether the server event may be fired, which every resource receives.
local function is_public()
  return Allow.check(ALL, 'events') == nil
end

-- Tells the module's runtime which types have a listener.
local function tell_wanted()
  if Bridge.state ~= 'ready' then
    return -- done when the module is ready
  end
  local types = {}
  for type in pairs(listeners) do
    types[#types + 1] = type
  end
  for type in pairs(is_public() and asked or {}) do
    if not listeners[type] then
      types[#types + 1] = type
    end
  end
  Bridge.call('listen', types)
end

-- Gives a type in the CAD's spelling; or nil and a message.
local function type_of(given)
  if type(given) ~= 'string' then
    return nil, ("The type of an event is a text, like 'EVENT_911', or '*' for all; got a %s."):format(
      CallOptions.kind_of(given))
  elseif given == '' or #given > TYPE_BYTES or given:find('[^\x21-\x7E]') then
    return nil, ("The type of an event has 1 to %d printable ASCII characters without spaces, like 'EVENT_911'; got %s.")
      :format(TYPE_BYTES, Identity.shown(given))
  end
  return given:upper()
end

-- An unknown type may be a future one; more often it is misspelt.
local function doubt(resource, type)
  local key = resource .. '\0' .. type
  if type ~= ALL and not listed[type] and not doubted[key] then
    doubted[key] = true
    Log.warning(('A script listens to %s, which docs/events.md does not list.'):format(type),
      { resource = resource, remedy = 'Is it spelt right?' })
  end
end

-- Gives a new list: `list` with `one` at its end, or without it; nil for an empty list.
local function changed(list, one, put)
  local fresh = {}
  for _, other in ipairs(list or {}) do
    if other ~= one then
      fresh[#fresh + 1] = other
    end
  end
  if put then
    fresh[#fresh + 1] = one
  end
  return fresh[1] and fresh or nil
end

-- Calls `fn` with each event of the type from now on, as long as `owner` runs. Gives true and the listener's number; or
-- false and a message. `raw`: the event's data stay text.
function Events.on(owner, given, fn, raw)
  local type, message = type_of(given)
  if not type then
    return false, message
  elseif count_of(owner).listeners >= LISTENERS then
    return false, ('The resource %s listens %d times already, which is its share; off ends a listener.'):format(owner,
      LISTENERS)
  end
  doubt(owner, type)
  last_id = last_id + 1
  local first = not listeners[type]
  local one = { id = last_id, type = type, owner = owner, fn = fn, raw = raw, running = 0 }
  by_id[last_id] = one
  listeners[type] = changed(listeners[type], one, true)
  counts[owner].listeners = counts[owner].listeners + 1
  if first then
    tell_wanted()
  end
  return true, one.id
end

local function remove(one)
  one.gone = true
  by_id[one.id] = nil
  listeners[one.type] = changed(listeners[one.type], one, false)
  counts[one.owner].listeners = counts[one.owner].listeners - 1
end

-- Removes a listener of `owner`: true; or false and a message.
function Events.off(owner, id)
  local one = by_id[id]
  if not one or one.owner ~= owner then -- the message does not reveal listeners of other resources
    return false, ('The resource %s has no listener %d.'):format(owner, id)
  end
  remove(one)
  tell_wanted()
  return true
end

-- Names a failing handler once, because its own runtime prints each error.
local function failed(one, message)
  count_of(one.owner).failed = count_of(one.owner).failed + 1
  if not one.named then
    one.named = true
    Log.warning(('A handler for %s failed: %s. It goes on being called, and this is said once.'):format(one.type,
      message ~= nil and tostring(message) or 'its error is in the lines above'), { resource = one.owner })
  end
end

-- Each call has a thread of its own, so that a handler that waits delays no other. The number of waiting calls is bounded.
local function give(one, event)
  local count = count_of(one.owner)
  if one.running >= RUNNING then
    count.dropped = count.dropped + 1
    if not one.late then
      one.late = true
      Log.warning(('%d calls of a handler for %s still wait; until one comes to its end, it is given no further event.')
        :format(RUNNING, one.type), { resource = one.owner })
    end
    return
  end
  count.given = count.given + 1
  one.running = one.running + 1
  Citizen.CreateThreadNow(function()
    local ok, message = pcall(one.fn, event)
    one.running = one.running - 1
    if not ok and not one.gone then
      failed(one, message)
    end
  end)
end

-- Delivers an event of the module: {event = its type, body = JSON text of its data, json = whether that is safe to decode,
-- bridge = whether a call of the bridge caused it}. Its data are decoded once, and only if a listener wants them decoded.
function Events.hear(pushed)
  local type = pushed.event
  local source = pushed.bridge and 'bridge' or 'cad'
  local decoded, data = false, nil
  local function value()
    if not decoded then
      decoded, data = true, JsonText.decode(pushed.body, pushed.json)
    end
    return data
  end
  for _, list in ipairs({ listeners[type] or {}, listeners[ALL] or {} }) do
    for _, one in ipairs(list) do
      if not one.gone then -- an earlier handler may have removed it
        give(one, one.raw and { type = type, source = source, data = pushed.body, json = pushed.json or false }
          or { type = type, source = source, data = value() })
      end
    end
  end
  if (asked[type] or asked[ALL]) and is_public() then
    TriggerEvent(PUBLIC, type, value(), source)
  end
end

Bridge.on_push(Events.hear)

-- By resource: the number of listeners, of delivered events, of failed handlers, and of events dropped because the handler
-- was waiting.
function Events.counts()
  return counts
end

-- Reads which server events a resource's manifest asks for.
local function read_manifest(resource)
  local types = {}
  for _, key in ipairs(METADATA) do
    for i = 0, GetNumResourceMetadata(resource, key) - 1 do
      local type, message = type_of(GetResourceMetadata(resource, key, i))
      if type and not types[type] then
        types[type] = true
        doubt(resource, type)
      elseif message then
        Log.warning(('A manifest asks for an event that there cannot be: %s'):format(message), { resource = resource })
      end
    end
  end
  return types
end

local function count_asked(resource, on)
  local types = on and read_manifest(resource) or asked_by[resource]
  if not types or (asked_by[resource] ~= nil) == on then
    return false
  end
  asked_by[resource] = on and types or nil
  for type in pairs(types) do
    local left = (asked[type] or 0) + (on and 1 or -1)
    asked[type] = left > 0 and left or nil
  end
  return next(types) ~= nil
end

for i = 0, GetNumResources() - 1 do
  local resource = GetResourceByFindIndex(i)
  if resource and GetResourceState(resource) == 'started' then
    count_asked(resource, true)
  end
end

AddEventHandler('onResourceStart', function(resource)
  if count_asked(resource, true) then
    tell_wanted()
  end
end)

-- Listeners end with their resource. A resource can add one while it stops, so this runs again after the stop.
local function forget(resource)
  local any = count_asked(resource, false)
  for _, one in pairs(by_id) do
    if one.owner == resource then
      remove(one)
      any = true
    end
  end
  if any then
    tell_wanted()
  end
end

AddEventHandler('onResourceStop', function(resource)
  if resource ~= RESOURCE then
    forget(resource)
  end
end)

AddEventHandler('onServerResourceStop', function(resource)
  if resource ~= RESOURCE and GetResourceState(resource) ~= 'started' then
    forget(resource)
  end
end)

-- The runtime may be another one, and sonoran_bridge_allow may have changed.
Bridge.on_ready(tell_wanted)
