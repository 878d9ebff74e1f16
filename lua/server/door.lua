-- The way into the native module: which script runtime opens it, and one crossing into that runtime. A way is an export of
-- this resource's JavaScript (bridge/node) or of the C# resource (bridge/mono).

Door = {
  name = nil, -- of the runtime that the module was opened in: 'Node.js', 'Mono'; nil: none yet
}

local RESOURCE = GetCurrentResourceName()
local START_MS = 10000 -- how long the resource may take to start
local LOADED_MS = 1000 -- how long after that an export of its JavaScript or C# may still be missing

-- The ways, by the convar sonoran_bridge_host.
local NODE = { name = 'Node.js', resource = RESOURCE, export = 'door' }
local MONO = { name = 'Mono', resource = RESOURCE .. '_mono', export = 'monoDoor' } -- a resource of its own, opt-in
local DOORS = { node = { NODE }, mono = { MONO }, auto = { NODE, MONO } }
local HOST = 'sonoran_bridge_host'

local chosen = NODE

-- One crossing into a runtime: true and the result; or false, a message, and the kind of the refusal.
local function cross_by(one, verb, ...)
  local there, answer, trace = pcall(function(...)
    local own = exports[one.resource]
    return own[one.export](own, ...)
  end, verb, ...)
  if not there then
    return false, ('%s failed: %s'):format(one.name, tostring(answer or 'its script is not there'))
  end
  if type(answer) ~= 'table' then -- how the game's C# tells of an exception
    return false, ('%s failed: %s'):format(one.name, tostring(trace or 'no answer'))
  end
  return answer[1], answer[2], answer[3]
end

-- The same into the runtime that was chosen.
function Door.cross(verb, ...)
  return cross_by(chosen, verb, ...)
end

-- The resource whose runtime was chosen.
function Door.resource()
  return chosen.resource
end

-- Why a door cannot be asked, as a message; nil when it can.
local function absent(one)
  local state = GetResourceState(one.resource)
  if one.resource ~= RESOURCE and state ~= 'started' and state ~= 'starting' then
    return ('The resource %s does not run (it is %s); put  ensure %s  before this one, see docs/platforms.md.'):format(
      one.resource, state, one.resource)
  end
end

-- Asks the chosen door whether its native library opens: true, or false and a message. JavaScript and C# may load after
-- Lua, so their export is waited for until the whole resource has started.
local function knock()
  local began, loaded = GetGameTimer(), nil
  while true do
    local there, fn = pcall(function()
      return exports[chosen.resource][chosen.export]
    end)
    if there and fn then
      local ok, message = Door.cross('ping')
      return ok, message
    end
    local now = GetGameTimer()
    if not loaded and GetResourceState(chosen.resource) == 'started' then
      loaded = now
    end
    if loaded and now - loaded > LOADED_MS or now - began > START_MS then
      return false, ('Its script did not start (there is no export %s); look for its error above.'):format(chosen.export)
    end
    Wait(0)
  end
end

-- Chooses the door and says on the console which it is: true, or false and why none opens. The doors are asked in order,
-- and a door that was not chosen never opens a bridge, so there are never two bridges.
function Door.find()
  local host = GetConvar(HOST, 'auto')
  local doors = DOORS[host] or DOORS.auto -- a wrong value is refused, with its message, by the module
  local reasons = {}
  for _, one in ipairs(doors) do
    chosen = one
    local ok, message = false, absent(one)
    if message and #doors > 1 then
      break -- Mono was not installed
    elseif not message then
      ok, message = knock()
    end
    if ok then
      Door.name = one.name
      print(('sonoran_bridge: the native module opens in %s%s.'):format(one.name, #doors == 1
        and (', as %s says'):format(HOST) or #reasons == 0 and '; Mono was not asked'
        or ('; not in %s'):format(table.concat(reasons, ' '):gsub('%.$', ''))))
      return true
    end
    reasons[#reasons + 1] = ('%s: %s'):format(one.name, message)
  end
  return false, table.concat(reasons, ' ')
end

-- Asks the library that remembers which settings this process trusts: what it says, or nil when none of them opens. It is
-- Node's where that opens, whatever door is used: else a change of sonoran_bridge_host would find a library that
-- remembers nothing.
function Door.ask_memory(verb, ...)
  for _, one in ipairs({ NODE, MONO }) do
    if not absent(one) then
      local ok, message, kind = cross_by(one, verb, ...)
      if ok or kind == 'not_trusted' then
        return ok, message
      end
    end
  end
end
