-- How it is with the bridge and with the CAD, told to other resources when it changes: the event sonoran_bridge:state, and
-- whoever gave onState a function. A change is {state =, reason =, hub =}, texts as in status() (docs/stats.md); `hub` is ''
-- where the CAD's hub is not used.

State = {}

local OF_ONE = 16 -- functions that one resource may give

local now = { state = 'starting', reason = '', hub = '' }
local listeners = {} -- by resource: a list of functions

local function copy()
  return { state = now.state, reason = now.reason, hub = now.hub }
end

local function change(state, reason, hub)
  if state == now.state and reason == now.reason and hub == now.hub then
    return
  end
  now = { state = state, reason = reason, hub = hub }
  Log.debug(('The state is %s%s%s.'):format(state, reason ~= '' and ': ' .. reason or '', hub ~= '' and '; the hub is ' .. hub
    or ''))
  TriggerEvent('sonoran_bridge:state', copy())
  for _, mine in pairs(listeners) do
    for _, fn in ipairs(mine) do
      fn(copy())
    end
  end
end

-- Why requests are held up, as the module says it; nil while it runs.
function State.trouble()
  return now.state ~= 'running' and now.reason ~= '' and now.reason or nil
end

-- `fn` is told how it is now, and every change: true; or false and a message.
function State.listen(resource, fn)
  local mine = listeners[resource] or {}
  if #mine >= OF_ONE then
    return false, ('The resource %s has given onState %d functions already; this one was not taken.'):format(resource, OF_ONE)
  end
  listeners[resource] = mine
  mine[#mine + 1] = fn
  fn(copy())
  return true
end

-- What the native module has told.
Bridge.on_change(change)

-- It does not run: `state` is 'failed' or 'stopped'.
Bridge.on_end(function(state, reason)
  change(state, reason, '')
end)

Bridge.on_ready(function()
  if now.state == 'failed' then -- it runs after all; the module tells what comes of it
    change('starting', '', '')
  end
end)

AddEventHandler('onResourceStop', function(resource)
  listeners[resource] = nil
end)
