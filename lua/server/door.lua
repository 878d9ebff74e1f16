-- Chooses the host adapter (door), and makes calls into it. A door is an export of this resource's JavaScript (bridge/node)
-- or of the C# resource (bridge/mono).

Door = {
  name = nil, -- of the runtime that opened the module: 'Node.js' or 'Mono'; nil: none yet
}

local RESOURCE = GetCurrentResourceName()
local START_MS = 10000 -- how long this resource may take to start
local LOADED_MS = 1000 -- how long after that the export of the JavaScript or C# may still be missing

-- The doors, by the value of the convar sonoran_bridge_host.
local NODE = { name = 'Node.js', resource = RESOURCE, export = 'door' }
local MONO = { name = 'Mono', resource = RESOURCE .. '_mono', export = 'monoDoor' } -- a resource of its own, opt-in
local DOORS = { node = { NODE }, mono = { MONO }, auto = { NODE, MONO } }
local HOST = 'sonoran_bridge_host'

local chosen = NODE

-- One call into a runtime: true and the result; or false, a message, and the kind of the error.
local function cross_by(one, verb, ...)
  local there, answer, trace = pcall(function(...)
    local own = exports[one.resource]
    return own[one.export](own, ...)
  end, verb, ...)
  if not there then
    return false, ('%s failed: %s'):format(one.name, tostring(answer or 'its script is not there'))
  end
  if type(answer) ~= 'table' then -- this is how the game's C# reports an exception
    return false, ('%s failed: %s'):format(one.name, tostring(trace or 'no answer'))
  end
  return answer[1], answer[2], answer[3]
end

-- The same into the chosen runtime.
function Door.cross(verb, ...)
  return cross_by(chosen, verb, ...)
end

-- What the chosen runtime can call the function by, from bytes to bytes; false where it has no use for it, or where the server's
-- Lua gives no references. One that is not taken stays for as long as the resource runs.
function Door.reference(fn)
  local give = Citizen.GetFunctionReference
  return chosen == NODE and give ~= nil and give(fn)
end

-- The resource whose runtime was chosen.
function Door.resource()
  return chosen.resource
end

-- Gives a message when a door cannot be called, else nil.
local function absent(one)
  local state = GetResourceState(one.resource)
  if one.resource ~= RESOURCE and state ~= 'started' and state ~= 'starting' then
    return ('The resource %s does not run (it is %s); put  ensure %s  before this one, see docs/platforms.md.'):format(
      one.resource, state, one.resource)
  end
end

-- Asks the chosen door whether its native library opens: true, or false and a message. JavaScript and C# may load after Lua,
-- so this waits for their export until the whole resource has started.
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

-- Chooses the door and prints which it is: true, or false and a message about each door. The doors are asked in order. A
-- door that was not chosen never opens a bridge, so there are never two bridges.
function Door.find()
  local host = GetConvar(HOST, 'auto')
  local doors = DOORS[host] or DOORS.auto -- the module refuses a wrong value, with a message
  local reasons = {}
  for _, one in ipairs(doors) do
    chosen = one
    local ok, message = false, absent(one)
    if message and #doors > 1 then
      break -- Mono's door is not installed
    elseif not message then
      ok, message = knock()
    end
    if ok then
      Door.name = one.name
      Log.info(('The native module opens in %s%s.'):format(one.name, #doors == 1
        and (', as %s says'):format(HOST) or #reasons == 0 and '; Mono was not asked'
        or ('; not in %s'):format(table.concat(reasons, ' '):gsub('%.$', ''))))
      return true
    end
    reasons[#reasons + 1] = ('%s: %s'):format(one.name, message)
  end
  return false, table.concat(reasons, ' ')
end

-- What a door tells about its runtime and its native file, as a table, whether the file opened or not. Asks the chosen
-- door, or Node's when none opens; nil when it cannot be asked.
function Door.about()
  local ok, about = cross_by(Door.name and chosen or NODE, 'about')
  return ok and type(about) == 'table' and about or nil
end

-- Asks the library that remembers which settings this process trusts: gives its answer, or nil when no library opens. Node's
-- library is asked wherever it opens, whichever door is used. Otherwise a change of sonoran_bridge_host would lead to a
-- library that remembers nothing.
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
