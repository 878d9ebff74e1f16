-- The name that the Lua module gives for each code: lua codes.lua <cpath>, with the module over the stub. Prints `<what> <code>:<name>`.

package.cpath = arg[1]
local sonoran_bridge = require 'sonoran_bridge'

for code = 1, 8 do
  local text = ('%d'):format(code)
  local bridge = assert(sonoran_bridge.create { stub_code = text })
  local function tell(what, ok, message, name)
    assert(ok == nil and message == 'The stub refuses.', what)
    print(('%s %d:%s'):format(what, code, name))
  end
  tell('open', sonoran_bridge.create { stub_create = text })
  tell('panic', bridge:set_panic('unit', true))
  tell('status', bridge:set_status('unit', 1))
  tell('call', bridge:call('getCalls'))
  tell('cancel', bridge:cancel(1))
  tell('remove', bridge:remove_unit('unit'))
  tell('location', bridge:set_location('unit', 'Base'))
  tell('heartbeat', bridge:heartbeat(1))
  tell('push', bridge:push_event('{}'))
  tell('log_level', bridge:set_log_level('debug'))
  tell('diagnose', bridge:diagnose())
  tell('unit', bridge:unit_state('unit'))
  tell('position', bridge:push_position { unit = 'unit', x = 1, y = 1, z = 1, heading = 1 })
  tell('positions', bridge:push_positions { { unit = 'unit', x = 1, y = 1, z = 1, heading = 1 } })
  tell('flush', bridge:flush())
end
