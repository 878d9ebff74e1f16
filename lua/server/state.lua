-- Tells other resources each change of the state of the bridge and the CAD: by the event sonoran_bridge:state, and by
-- functions that were given to onState. A change is {state =, reason =, hub =}, texts as in status() (docs/stats.md);
-- `hub` is '' when the CAD's hub is not used.

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

-- Why requests are held up, in the module's words; nil while it runs.
function State.trouble()
  return now.state ~= 'running' and now.reason ~= '' and now.reason or nil
end

-- Calls `fn` with the present state and with every change: true; or false and a message.
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

-- Changes that the native module reports.
Bridge.on_change(change)

-- The bridge does not run: `state` is 'failed' or 'stopped'.
Bridge.on_end(function(state, reason)
  change(state, reason, '')
end)

Bridge.on_ready(function()
  if now.state == 'failed' then -- the bridge runs now; the module reports the next change
    change('starting', '', '')
  end
end)

AddEventHandler('onResourceStop', function(resource)
  listeners[resource] = nil
end)
