-- What the game server's Lua offers besides natives: threads, events, exports, function references. `host` has the
-- functions of the stand-in; scripts never see it.

local host, is_server, resource_name, vector_metas = ...

local unpack = table.unpack

Citizen = {}

function Citizen.Trace(text)
  host.trace(tostring(text))
end

function print(...)
  local parts = table.pack(...)
  for i = 1, parts.n do
    parts[i] = tostring(parts[i])
  end
  host.trace(table.concat(parts, '\t') .. '\n')
end

------------------------------------------------------------------------------------------------------ threads

local threads = {} -- by coroutine: {co, name, wake, order, id}
local heap = {}    -- those that sleep, the next one first
local by_id = {}
local next_id, next_order = 0, 0
local PARKED = {}

local function before(a, b)
  return a.wake < b.wake or (a.wake == b.wake and a.order < b.order)
end

local function sleep(thread, wake)
  next_order = next_order + 1
  thread.wake, thread.order = wake, next_order
  local i = #heap + 1
  while i > 1 do
    local parent = i // 2
    if not before(thread, heap[parent]) then
      break
    end
    heap[i] = heap[parent]
    i = parent
  end
  heap[i] = thread
end

local function pop()
  local first, last = heap[1], table.remove(heap)
  local size = #heap
  if size > 0 then
    local i = 1
    while true do
      local child = 2 * i
      if child > size then
        break
      end
      if child < size and before(heap[child + 1], heap[child]) then
        child = child + 1
      end
      if not before(heap[child], last) then
        break
      end
      heap[i] = heap[child]
      i = child
    end
    heap[i] = last
  end
  return first
end

local function finish(thread)
  threads[thread.co] = nil
  by_id[thread.id] = nil
end

local function resume(thread, ...)
  local ok, wait = coroutine.resume(thread.co, ...)
  if not ok then
    finish(thread)
    host.fail(('%s: %s'):format(thread.name, debug.traceback(thread.co, tostring(wait))))
    coroutine.close(thread.co)
  elseif coroutine.status(thread.co) == 'dead' then
    finish(thread)
  elseif wait ~= PARKED then
    sleep(thread, host.now() + math.max(tonumber(wait) or 0, 0))
  end
end

local function new_thread(fn, name)
  next_id = next_id + 1
  local thread = { co = coroutine.create(fn), name = name, id = next_id }
  threads[thread.co] = thread
  by_id[thread.id] = thread
  return thread
end

-- Runs fn at once up to its first Wait; true when it waits.
function Citizen.CreateThreadNow(fn, name)
  local thread = new_thread(fn, name)
  resume(thread)
  return coroutine.status(thread.co) ~= 'dead'
end

function Citizen.CreateThread(fn)
  local thread = new_thread(fn, 'thread')
  sleep(thread, host.now())
  return thread.id
end

function Citizen.SetTimeout(ms, fn)
  local thread = new_thread(fn, 'timeout')
  sleep(thread, host.now() + math.max(tonumber(ms) or 0, 0))
  return thread.id
end

function Citizen.ClearTimeout(id)
  local thread = by_id[id]
  if thread then
    thread.cancelled = true
    finish(thread)
  end
end

function Citizen.Wait(ms)
  coroutine.yield(ms or 0)
end

function Citizen.Await(p)
  local co = coroutine.running()
  local thread = threads[co]
  assert(thread, 'Current execution context is not in the scheduler, you should use CreateThread / SetTimeout or '
    .. 'Event system (AddEventHandler) to be able to Await')
  if p.state == 0 then
    local function wake()
      if threads[co] == thread then
        resume(thread)
      end
    end
    p:next(wake, wake)
    coroutine.yield(PARKED)
  end
  if p.state == 4 then
    error(p.value, 2)
  end
  return p.value
end

Wait, CreateThread = Citizen.Wait, Citizen.CreateThread
SetTimeout, ClearTimeout = Citizen.SetTimeout, Citizen.ClearTimeout

local function tick()
  local now, newest = host.now(), next_order
  -- A thread that goes to sleep during this tick waits for the next one, so Wait(0) is one tick.
  local later = {}
  while heap[1] and heap[1].wake <= now do
    local thread = pop()
    if thread.order > newest then
      later[#later + 1] = thread
    elseif not thread.cancelled then
      resume(thread)
    end
  end
  for _, thread in ipairs(later) do
    sleep(thread, thread.wake)
  end
end

------------------------------------------------------------------------------------------------------- events

local events = {} -- by name: {handlers by key, safe}
local next_key = 10

local function entry_of(name)
  local entry = events[name]
  if not entry then
    entry = { handlers = {} }
    events[name] = entry
  end
  return entry
end

function AddEventHandler(name, handler)
  next_key = next_key + 1
  entry_of(name).handlers[next_key] = handler
  host.handle(name)
  return { key = next_key, name = name }
end

function RemoveEventHandler(handle)
  if not handle or not handle.key or not handle.name then
    error('Invalid event data passed to RemoveEventHandler()', 2)
  end
  events[handle.name].handlers[handle.key] = nil
end

function RegisterNetEvent(name, handler)
  entry_of(name).safe = true
  if handler then
    return AddEventHandler(name, handler)
  end
end

function TriggerEvent(name, ...)
  return host.event(name, ...)
end

if is_server then
  RegisterServerEvent = RegisterNetEvent

  function TriggerClientEvent(name, target, ...)
    host.client_event(name, target, ...)
  end

  function TriggerLatentClientEvent(name, target, _, ...)
    host.client_event(name, target, ...)
  end

  function GetPlayers()
    local players = {}
    for i = 0, GetNumPlayerIndices() - 1 do
      players[#players + 1] = GetPlayerFromIndex(i)
    end
    return players
  end

  local http_answers = {}
  AddEventHandler('__cfx_internal:httpResponse', function(token, status, body, headers, failure)
    local callback = http_answers[token]
    if callback then
      http_answers[token] = nil
      callback(status, body, headers, failure)
    end
  end)

  function PerformHttpRequest(url, callback, method, data, headers, options)
    local follow = true
    if options and options.followLocation ~= nil then
      follow = options.followLocation
    end
    local token = PerformHttpRequestInternalEx({
      url = url,
      method = method or 'GET',
      data = data or '',
      headers = headers or {},
      followLocation = follow,
    })
    http_answers[token] = callback
  end

  function PerformHttpRequestAwait(url, method, data, headers, options)
    local answer = promise.new()
    PerformHttpRequest(url, function(...)
      answer:resolve({ ... })
    end, method, data, headers, options)
    return unpack(Citizen.Await(answer))
  end

  function GetPlayerIdentifiers(player)
    local identifiers = {}
    for i = 0, GetNumPlayerIdentifiers(player) - 1 do
      identifiers[#identifiers + 1] = GetPlayerIdentifier(player, i)
    end
    return identifiers
  end
else
  function TriggerServerEvent(name, ...)
    host.server_event(name, ...)
  end

  function TriggerLatentServerEvent(name, _, ...)
    host.server_event(name, ...)
  end
end

-- Called by the host for each event that this runtime handles.
local function on_event(name, from, ...)
  local entry = events[name]
  if not entry or not next(entry.handlers) then
    return
  end
  local previous = _G.source
  _G.source = from
  if from:sub(1, 3) == 'net' then
    if not entry.safe then
      host.trace(('event %s was not safe for net\n'):format(name))
      _G.source = previous
      return
    end
    _G.source = tonumber(from:sub(5))
  elseif from:sub(1, 12) == 'internal-net' then
    _G.source = tonumber(from:sub(14))
  end
  local keys = {}
  for key in pairs(entry.handlers) do
    keys[#keys + 1] = key
  end
  table.sort(keys)
  local args = table.pack(...)
  for _, key in ipairs(keys) do
    local handler = entry.handlers[key]
    if handler then
      Citizen.CreateThreadNow(function()
        handler(unpack(args, 1, args.n))
      end, name)
    end
  end
  _G.source = previous
end

------------------------------------------------------------------------------------------ function references

-- What a call elsewhere gave: `ok` is nil when it failed there or nobody is there any more. Why, a caller is not told.
local function results(ok, ...)
  if not ok then
    error()
  end
  local first = ...
  if type(first) == 'table' and rawget(first, '__cfx_async_retval') then
    local p = promise.new()
    first.__cfx_async_retval(function(values, reason)
      if values then
        p:resolve(values)
      elseif reason then
        p:reject(reason)
      end
    end)
    return unpack(Citizen.Await(p))
  end
  return ...
end

-- What other runtimes can call a function by; nil for what is no function.
function Citizen.GetFunctionReference(fn)
  if type(fn) == 'table' and rawget(fn, '__cfx_functionReference') then
    return host.reference(function(...)
      return fn(...)
    end)
  end
  return type(fn) == 'function' and host.reference(fn) or nil
end

local reference_meta
reference_meta = {
  __call = function(self, ...)
    return results(host.invoke(rawget(self, '__cfx_functionReference'), ...))
  end,
  __gc = function(self)
    host.release(rawget(self, '__cfx_functionReference'))
  end,
  __index = function()
    error('Cannot index a funcref', 2)
  end,
  __newindex = function()
    error('Cannot set indexes on a funcref', 2)
  end,
}

-- Called by the host for a call of one of our functions from elsewhere: the table of its results, which the host packs;
-- nil when it failed. One that waits answers by a function; when its resource stops meanwhile, it never answers.
local function on_call(fn, ...)
  local values, failure, tell = false, nil, nil
  local args = table.pack(...)
  local waits = Citizen.CreateThreadNow(function()
    local ok, why = xpcall(function()
      values = { fn(unpack(args, 1, args.n)) }
    end, function(reason)
      return debug.traceback(tostring(reason), 2)
    end)
    if not ok then
      failure = why or ''
    end
    if tell then
      tell(values, failure)
    elseif failure then
      host.fail('ref call: ' .. failure)
    end
  end, 'ref call')
  if waits then
    return { {
      __cfx_async_retval = function(callback)
        tell = callback
      end,
    } }
  elseif failure then
    return nil
  end
  return values
end

------------------------------------------------------------------------------------------------------ exports

local cache = {}

local function export_event(resource, name)
  return ('__cfx_export_%s_%s'):format(resource, name)
end

AddEventHandler(is_server and 'onServerResourceStop' or 'onClientResourceStop', function(resource)
  cache[resource] = nil
end)

local function indented(text)
  return '  ' .. tostring(text):gsub('\n(.)', '\n  %1')
end

local function outcome(resource, name, ok, ...)
  if not ok then
    error(('\n^5 An error occurred while calling export `%s` in resource `%s`:\n%s\n^5 ---'):format(name, resource,
      indented((...))), 2)
  end
  return ...
end

exports = setmetatable({}, {
  __index = function(_, resource)
    return setmetatable({}, {
      __index = function(_, name)
        local known = cache[resource]
        if not known then
          known = {}
          cache[resource] = known
        end
        if not known[name] then
          TriggerEvent(export_event(resource, name), function(fn)
            known[name] = fn
          end)
          if not known[name] then
            error('No such export ' .. tostring(name) .. ' in resource ' .. tostring(resource), 2)
          end
        end
        local fn = known[name]
        return function(_, ...)
          return outcome(resource, name, pcall(fn, ...))
        end
      end,
      __newindex = function()
        error('cannot set values on an export resource', 2)
      end,
    })
  end,
  __newindex = function()
    error('cannot set values on exports', 2)
  end,
  __call = function(_, name, fn)
    AddEventHandler(export_event(resource_name, name), function(give)
      give(fn)
    end)
  end,
})

-- Exports that the manifest names are global functions.
for i = 0, GetNumResourceMetadata(resource_name, is_server and 'server_export' or 'export') - 1 do
  local name = GetResourceMetadata(resource_name, is_server and 'server_export' or 'export', i)
  AddEventHandler(export_event(resource_name, name), function(give)
    if _G[name] then
      give(_G[name])
    end
  end)
end

---------------------------------------------------------------------------------- natives that take functions

local register_command = RegisterCommand
function RegisterCommand(name, handler, restricted)
  register_command(name, host.reference(handler), restricted and true or false)
end

if SetHttpHandler then
  local set_http_handler = SetHttpHandler
  function SetHttpHandler(handler)
    set_http_handler(host.reference(handler))
  end
end

if AddConvarChangeListener then
  local add_listener = AddConvarChangeListener
  function AddConvarChangeListener(filter, handler)
    return add_listener(filter, host.reference(handler))
  end
end

--------------------------------------------------------------------------------------------- json and msgpack

json = {
  encode = function(value)
    return host.json_encode(value)
  end,
  decode = function(text)
    return host.json_decode(text)
  end,
}

msgpack = {
  pack = function(value)
    return host.pack(value)
  end,
  pack_args = function(...)
    return host.pack_args(...)
  end,
  unpack = function(bytes)
    return host.unpack(bytes)
  end,
  set_string = function(mode)
    host.string_mode(mode)
  end,
}

------------------------------------------------------------------------------------------- what is taken away

package, dofile, loadfile = nil, nil, nil

function require(name)
  error(("module '%s' not found"):format(tostring(name)), 2)
end

os = { time = os.time, date = os.date, clock = os.clock, difftime = os.difftime }

-- Files: reading, and only inside the resource.
io = {
  open = function(path, mode)
    if mode and not mode:match('^rb?$') then
      return nil, tostring(path) .. ': Permission denied', 13
    end
    local text = host.read_file(tostring(path))
    if not text then
      return nil, tostring(path) .. ': No such file or directory', 2
    end
    local at = 1
    local file = {}
    function file:read(how)
      how = tostring(how or 'l'):gsub('^%*', '')
      if how == 'a' then
        local rest = text:sub(at)
        at = #text + 1
        return rest
      end
      if at > #text then
        return nil
      end
      local line, following = text:match('^([^\n]*)\n?()', at)
      at = following
      return line
    end
    function file:lines()
      return function() return self:read('l') end
    end
    function file:close() return true end
    return file
  end,
}


return tick, on_event, on_call, reference_meta, vector_metas[2], vector_metas[3], vector_metas[4]
