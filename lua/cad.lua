-- The CAD's operations by name, for resources of script authors:
--
--   server_scripts { '@sonoran_bridge/lua/cad.lua', 'server.lua' }      -- in fxmanifest.lua
--
--   CAD.getCalls({ closedLimit = 5 }, function(answer) ... end)         -- answer.ok, .status, .body or .error
--   local calls = CAD.getCalls.await({ closedLimit = 5 })               -- in a thread; raises what answer.error has
--   CAD.ready(function() ... end)                                       -- once the bridge runs
--   CAD.on('EVENT_911', function(event) ... end)                        -- event.type, .data, .source; docs/events.md
--
-- Arguments are a table with all parameters and body fields of the operation side by side, or JSON as a text. A call that is
-- made while sonoran_bridge is stopped or starting is kept until the bridge runs, at most until the call's deadline.

-- The name of the folder that this file was read from; docs/install.md is about names other than sonoran_bridge.
local BRIDGE = debug.getinfo(1, 'S').source:match('^@@([^/]+)/lua/cad%.lua$') or 'sonoran_bridge'
local KEPT = 1024          -- calls kept while the bridge is not running; a further call is refused
local KEPT_BYTES = 16 * 1048576 -- the same for the bytes of their arguments
local CALL_BYTES = 256     -- counted for each call besides its arguments
local LOOK_MS = 100        -- interval of checking for the bridge

local function part(file)
  local text = assert(LoadResourceFile(BRIDGE, file), ('%s has no file %s; unpack the whole package again'):format(BRIDGE, file))
  return text, ('@@%s/%s'):format(BRIDGE, file)
end

local Limits = assert(load(part('lua/limits.lua')))()
local Answer = assert(load(part('lua/answer.lua')))()
local JsonText = assert(load(part('lua/json_text.lua')))(Limits)
local CallOptions = assert(load(part('lua/call_options.lua')))(Limits)
local callable = CallOptions.callable

local operations = {} -- by name
for _, row in ipairs(json.decode((part('config/operations.json')))) do
  operations[row.operationId] = true
end

local handles = 0
local asked = {} -- by handle: {callback, id: the bridge's number of the call}
local kept = {}  -- {handle, operation, text, options, bytes, deadline}, in order
local kept_bytes = 0
local looking = false

-- Ends a call and answers its callback, once.
local function finish(handle, answer)
  local call = asked[handle]
  asked[handle] = nil
  if call and call.callback then
    Citizen.CreateThreadNow(function() -- so that an error of the callback ends only its own thread
      call.callback(answer)
    end)
  end
end

-- Hands a call to the bridge: gives false when the bridge is not running; else true, whether the call was taken, and the
-- message if not.
local function hand_over(call)
  local handle = call.handle
  local there, taken, value = pcall(function()
    return exports[BRIDGE]:call(call.operation, call.text, function(answer)
      answer.body, answer.json = JsonText.decode(answer.body, answer.json), nil
      finish(handle, answer)
    end, call.options)
  end)
  if not there then
    return false
  end
  if taken and asked[handle] then
    asked[handle].id = value
  end
  return true, taken, not taken and value or nil
end

local function absent()
  local state = GetResourceState(BRIDGE)
  return ('The resource %s is not there to take the call (it is %s); is it ensured in server.cfg?'):format(BRIDGE, state)
end

local function keep(call)
  kept[#kept + 1] = call
  kept_bytes = kept_bytes + call.bytes
end

-- Hands over the kept calls as soon as the bridge runs.
local function drain_kept()
  if looking then
    return
  end
  looking = true
  CreateThread(function()
    while kept[1] do
      local started = GetResourceState(BRIDGE) == 'started'
      local now = GetGameTimer()
      local waiting = kept
      kept, kept_bytes = {}, 0
      for _, call in ipairs(waiting) do
        if asked[call.handle] and not (started and hand_over(call)) then
          if now >= call.deadline then
            finish(call.handle, Answer.refused('unavailable', absent()))
          else
            keep(call)
          end
        end
      end
      Wait(LOOK_MS)
    end
    looking = false
  end)
end

-- Makes a call: gives a handle for CAD.cancel, or false and a message. The callback is answered in both cases.
local function ask(operation, arguments, callback, options)
  if callback == nil and options == nil and callable(arguments) then
    arguments, callback = nil, arguments
  end
  if callback ~= nil and not callable(callback) then
    return false, ('The callback of CAD.%s must be a function; got a %s.'):format(operation, type(callback))
  end
  handles = handles + 1
  local handle = handles
  asked[handle] = { callback = callback }
  local message, text = CallOptions.check(options), nil
  if not message then
    text, message = JsonText.encode(arguments)
  end
  if not text then
    finish(handle, Answer.refused('invalid_argument', message))
    return false, message
  end
  local deadline_ms = options and options.deadline_ms
  local call = { handle = handle, operation = operation, text = text,
    options = { deadline_ms = deadline_ms, attachment = options and options.attachment, raw = true } }
  if not kept[1] and GetResourceState(BRIDGE) == 'started' then
    local there, taken, refusal = hand_over(call)
    if there then
      return taken and handle, refusal
    end
  end
  call.bytes = CALL_BYTES + #text + #(call.options.attachment or '')
  if #kept >= KEPT or kept_bytes + call.bytes > KEPT_BYTES then
    message = ('%d calls of %d bytes wait for the resource %s to start; this one was not taken.'):format(#kept, kept_bytes,
      BRIDGE)
    finish(handle, Answer.refused('queue_full', message))
    return false, message
  end
  call.deadline = GetGameTimer() + (deadline_ms or Limits.DEADLINE_DEFAULT_MS)
  keep(call)
  drain_kept()
  return handle
end

-- The metatable of the error that .await raises. It has the fields of answer.error, `operation` and `status`, and prints as
-- one line.
local failure = {
  __name = 'CAD error',
  __tostring = function(self)
    return ('CAD.%s: %s (%s%s)'):format(self.operation, self.detail, self.kind,
      self.traceId and ', traceId ' .. self.traceId or '')
  end,
}

local function await(operation, arguments, options)
  local outcome, answer = promise.new(), nil
  local taken, message = ask(operation, arguments, function(given)
    answer = given
    outcome:resolve(given)
  end, options)
  if not answer then
    answer = taken and Citizen.Await(outcome) or Answer.refused('invalid_argument', message)
  end
  if answer.ok then
    return answer.body, answer.status
  end
  local raised = { operation = operation, status = answer.status }
  for name, value in pairs(answer.error) do
    raised[name] = value
  end
  error(setmetatable(raised, failure))
end

-- The edit distance of two texts.
local function distance(a, b)
  local before = {}
  for j = 0, #b do
    before[j] = j
  end
  for i = 1, #a do
    local now = { [0] = i }
    for j = 1, #b do
      local change = a:byte(i) == b:byte(j) and 0 or 1
      now[j] = math.min(before[j] + 1, now[j - 1] + 1, before[j - 1] + change)
    end
    before = now
  end
  return before[#b]
end

local function nearest(name)
  local best, least
  for operation in pairs(operations) do
    local far = distance(name:lower(), operation:lower())
    if not least or far < least or (far == least and operation < best) then
      best, least = operation, far
    end
  end
  return best
end

local function is_ready()
  if GetResourceState(BRIDGE) ~= 'started' then
    return false
  end
  local there, ready = pcall(function()
    return exports[BRIDGE]:isReady()
  end)
  return there and ready == true
end

CAD = {
  object = JsonText.object, -- makes an empty table {} instead of []
  list = JsonText.list,
  null = JsonText.null,
  -- CAD.ready(fn): runs fn once the bridge has started with good settings; CAD.ready.await() waits for that.
  ready = setmetatable({
    await = function()
      while not is_ready() do
        Wait(LOOK_MS)
      end
    end,
  }, {
    __call = function(self, fn)
      CreateThread(function()
        self.await()
        fn()
      end)
    end,
  }),
}

-- CAD.cancel(handle): true, or false and a message. The call's callback gets the kind `cancelled`.
function CAD.cancel(handle)
  local call = asked[handle]
  if call and call.id then
    local taken, message = exports[BRIDGE]:cancel(call.id)
    return taken, not taken and message or nil
  elseif call then
    finish(handle, Answer.cancelled())
    return true
  end
  return false, ('No call %s waits for an answer.'):format(tostring(handle))
end

setmetatable(CAD, {
  __index = function(self, name)
    if not operations[name] then
      error(type(name) == 'string' and ('The CAD has no operation %s; did you mean %s?'):format(name, nearest(name))
        or 'An operation of the CAD is named by a text.', 2)
    end
    local operation = setmetatable({
      await = function(arguments, options)
        return await(name, arguments, options)
      end,
    }, {
      __call = function(_, arguments, callback, options)
        return ask(name, arguments, callback, options)
      end,
    })
    rawset(self, name, operation)
    return operation
  end,
})

-- This resource's handlers of the CAD's events. One listener of the bridge serves all handlers of a type.
local streams = {}  -- by type: {type, id = the bridge's number of the listener, handlers = {handle, fn} in order}
local stream_of = {} -- by handle: its stream

-- Each handler runs in a thread of its own, so that its error ends only that thread.
local function hear(stream, event)
  local data = JsonText.decode(event.data, event.json)
  for _, one in ipairs(stream.handlers) do -- the list is replaced and never changed
    if stream_of[one.handle] then
      Citizen.CreateThreadNow(function()
        one.fn({ type = event.type, source = event.source, data = data })
      end)
    end
  end
end

-- Asks the bridge for the events of a stream: nil when the bridge is not running; else whether it agreed, and a message.
local function listen(stream)
  if GetResourceState(BRIDGE) ~= 'started' then
    return nil
  end
  local there, taken, value = pcall(function()
    return exports[BRIDGE]:on(stream.type, function(event)
      hear(stream, event)
    end, { raw = true })
  end)
  if not there then
    return nil
  end
  stream.id = taken and value or nil
  return taken, not taken and value or nil
end

-- CAD.on(type, fn): gives a handle for CAD.off; or false and a message. fn gets each event of the type ('*': of all types)
-- from now on, also after the bridge starts later or restarts.
function CAD.on(type, fn)
  if _G.type(type) ~= 'string' then
    return false, ("CAD.on takes the type of an event, like 'EVENT_911', as a text; got a %s."):format(_G.type(type))
  elseif not callable(fn) then
    return false, ('The handler of CAD.on must be a function; got a %s.'):format(_G.type(fn))
  end
  type = type:upper()
  local stream = streams[type] or { type = type, handlers = {} }
  if not stream.id then
    local taken, message = listen(stream)
    if taken == false then
      return false, message
    end
  end
  handles = handles + 1
  streams[type] = stream
  stream_of[handles] = stream
  local fresh = { table.unpack(stream.handlers) }
  fresh[#fresh + 1] = { handle = handles, fn = fn }
  stream.handlers = fresh
  return handles
end

-- CAD.off(handle): true; or false and a message.
function CAD.off(handle)
  local stream = stream_of[handle]
  if not stream then
    return false, ('CAD.on gave no handle %s that is still heard.'):format(tostring(handle))
  end
  stream_of[handle] = nil
  local fresh = {}
  for _, one in ipairs(stream.handlers) do
    if one.handle ~= handle then
      fresh[#fresh + 1] = one
    end
  end
  stream.handlers = fresh
  if not fresh[1] then
    streams[stream.type] = nil
    if stream.id then
      pcall(function()
        exports[BRIDGE]:off(stream.id)
      end)
    end
  end
  return true
end

AddEventHandler('onServerResourceStart', function(resource)
  if resource ~= BRIDGE then
    return
  end
  for _, stream in pairs(streams) do
    if not stream.id then
      local taken, message = listen(stream)
      if taken == false then
        print(('^3warning: CAD.on hears no %s: %s^7'):format(stream.type, message))
      end
    end
  end
end)

-- The calls that the bridge had when it began to stop. They fail once it has stopped.
local orphans = {}

AddEventHandler('onResourceStop', function(resource)
  if resource == BRIDGE then
    for _, stream in pairs(streams) do
      stream.id = nil
    end
    for handle, call in pairs(asked) do
      if call.id then
        orphans[#orphans + 1] = handle
      end
    end
  end
end)

AddEventHandler('onServerResourceStop', function(resource)
  if resource == BRIDGE then
    local stopped = orphans
    orphans = {}
    for _, handle in ipairs(stopped) do
      finish(handle, Answer.stopped(('%s was stopped before the CAD answered.'):format(BRIDGE)))
    end
  end
end)
