-- The Lua 5.4 module against the CAD simulator: lua module_test.lua <cpath> <cad_simulator>

package.cpath = arg[1]
local sonoran_bridge = require 'sonoran_bridge'

local KEY = 'lua-key-0815'
local passed, failed = 0, 0

local function check(good, what)
  if good then
    passed = passed + 1
  else
    failed = failed + 1
    print(('  failed, line %d: %s'):format(debug.getinfo(2, 'l').currentline, what))
  end
end

-- A refusal: nil, a message with `part` in it, the name of the code.
local function refused(code, part, result, message, name)
  check(result == nil and name == code and tostring(message):find(part, 1, true), ('%s / %s'):format(message, name))
end

-- The simulator ends when the pipe to it closes; its ready line comes by a file.
local ready_file = os.tmpname()
local simulator = assert(io.popen(("'%s' --with-parent --key %s --unknown-unit nobody --ready-file '%s' > /dev/null")
  :format(arg[2], KEY, ready_file), 'w'))
local url
local until_s = os.time() + 20
repeat
  local file = io.open(ready_file)
  local line = file and file:read('l')
  url = line and line:match('"http_url":"(.-)"')
  if file then
    file:close()
  end
until url or os.time() > until_s
assert(url, 'cad_simulator did not start')

print('settings')
check(#sonoran_bridge.version() > 0, 'version')
check(#sonoran_bridge.settings() >= 20 and sonoran_bridge.settings()[1].name == 'sonoran_apiKey', 'settings')
refused('invalid_argument', 'a table of settings', sonoran_bridge.create('key'))
refused('invalid_setting', 'sonoran_apiKey', sonoran_bridge.create {})
refused('invalid_setting', "'far'", sonoran_bridge.create { sonoran_apiKey = KEY, sonoran_bridge_moved_m = 'far' })
refused('invalid_argument', 'names of settings', sonoran_bridge.create { KEY })

local bridge = assert(sonoran_bridge.create {
  sonoran_apiKey = KEY, sonoran_bridge_url = url, sonoran_bridge_moved_m = 3, sonoran_bridge_identifier_prefix = true })
check(bridge:setting('sonoran_bridge_moved_m') == '3', 'a number as a setting')
check(bridge:setting('sonoran_bridge_identifier_prefix') == 'true', 'a boolean as a setting')
check(bridge:setting('sonoran_apiKey') == nil, 'the key is not told')

print('bad arguments')
refused('invalid_argument', 'must be a text', bridge:set_panic(7, true))
refused('invalid_argument', 'true or false', bridge:set_panic('a', 1))
refused('invalid_argument', '10000 bytes', bridge:set_panic(('x'):rep(10000), true))
refused('invalid_argument', 'UTF-8', bridge:set_panic('\xff', true))
refused('invalid_argument', 'whole number', bridge:set_status('a', 1.5))
refused('invalid_argument', '-1', bridge:set_status('a', -1))
refused('invalid_argument', 'whole number', bridge:heartbeat(-1))
refused('invalid_argument', 'is not a finite number', bridge:push_position { unit = 'a', x = 0 / 0, y = 0, z = 0, heading = 0 })
refused('invalid_argument', 'The unit id is empty', bridge:push_position {})
refused('invalid_argument', 'a table', bridge:push_position(3))
local none, message, code, taken = bridge:push_positions {
  { unit = 'a', x = 1, y = 2, z = 3, heading = 4 }, 'nonsense', { unit = 'b', x = 1, y = 2, z = 3, heading = 4 } }
check(none == nil and code == 'invalid_argument' and taken == 2, 'the good ones are taken')
check(message:find('Element 2', 1, true), message)

print('round trip')
local function await(ticket)
  local limit = os.time() + 20
  while os.time() < limit do
    for _, event in ipairs(bridge:poll(1)) do
      if event.ticket == ticket then
        return event
      end
    end
  end
  return { error = { kind = 'nothing came' } }
end
check(bridge:heartbeat(5) == true, 'heartbeat')
check(bridge:push_positions { { unit = 'unit-1', x = 1.0, y = 2.0, z = 3.0, heading = 4.0, location = 'Main Street' } } == 1,
  'push_positions')
local panic = bridge:set_panic('unit-1', true)
local answer = await(panic)
check(answer.ok and answer.status == 200 and answer.deduplicated == false, 'the panic is answered')
answer = await(bridge:set_panic('unit-1', true))
check(answer.ok and answer.deduplicated, 'a repeat is answered as one')
check(await(bridge:set_status('unit-1', 3)).ok, 'the status is answered')
answer = await(bridge:set_panic('nobody', true))
check(not answer.ok and answer.error.kind == 'not_found' and #answer.error.traceId > 0, 'an unknown unit')

print('events')
refused('invalid_argument', 'no JSON object with a type', bridge:push_event('{}'))
refused('invalid_argument', 'one JSON object', bridge:push_event({}))
refused('not_trusted', 'no key', bridge:push_event('{"type":"EVENT_UNIT_LOGOUT","data":{"identId":41}}'))
check(bridge:push_event(('{"key":"%s","type":"event_unit_logout","data":{"identId":41}}'):format(KEY)), 'push_event')
local pushed
for _ = 1, 1000000 do
  for _, event in ipairs(bridge:poll(1)) do
    pushed = event.type == 'push' and event or pushed
  end
  if pushed then break end
end
check(pushed and pushed.event == 'EVENT_UNIT_LOGOUT' and pushed.body == '{"identId":41}' and pushed.json and pushed.source == 'cad',
  'the event comes')

print('calls')
answer = await(bridge:call('getServers'))
check(answer.ok and answer.status == 200 and #answer.body > 0, 'a call without arguments')
answer = await(bridge:call('createDispatchCall',
  '{"origin":0,"status":1,"priority":2,"title":"x","communityUserIds":[],"metaData":{"id":9007199254740993}}', { deadline_ms = 20000 }))
check(answer.ok, 'a call with arguments: ' .. tostring(answer.error and answer.error.detail))
refused('invalid_argument', 'getCalls', bridge:call('getcalls', '{}'))
refused('invalid_argument', 'text', bridge:call(7))
refused('invalid_argument', 'JSON', bridge:call('getServers', {}))
refused('invalid_argument', 'deadline', bridge:call('getServers', '{}', { deadline_ms = 1 }))
refused('invalid_argument', 'whole number', bridge:call('getServers', '{}', { deadline_ms = 1.5 }))
refused('invalid_argument', 'options', bridge:call('getServers', '{}', 7))
refused('invalid_argument', 'bytes', bridge:call('getServers', '{}', { attachment = 7 }))
refused('invalid_argument', 'A ticket', bridge:cancel('x'))
check(bridge:cancel(999999) == true, 'an unknown ticket does nothing')
check(bridge:expected_wait('getServers') == 0 or type(bridge:expected_wait('getServers')) == 'number', 'expected_wait')
check(bridge:expected_wait('nonsense') == false, 'expected_wait of no operation')
-- Five getCalls a minute: the sixth waits, and can be cancelled.
for i = 1, 5 do
  check(await(bridge:call('getCalls', ('{"closedLimit":%d,"closedOffset":0,"type":100}'):format(i))).ok, 'getCalls')
end
local sixth = bridge:call('getCalls', '{"closedLimit":9,"closedOffset":0,"type":100}')
check(bridge:expected_wait('getCalls') > 1, 'the budget is spent')
check(bridge:cancel(sixth) == true and await(sixth).error.kind == 'cancelled', 'cancelled')
check(bridge:flush(15000) == true, 'flush')
check(bridge:remove_unit('unit-1') == true, 'remove_unit')
check(bridge:units():sub(1, 1) == '{' and bridge:units(3):sub(1, 1) == '{', 'units')
check(bridge:stats():sub(1, 1) == '{' and not bridge:stats():find(KEY, 1, true), 'stats')
check(math.type(bridge:pending()) == 'integer', 'pending')

print('a full queue')
do
  -- Nothing listens there, so the calls wait: 60 MiB hold 62 of a million bytes each.
  local full <close> = assert(sonoran_bridge.create { sonoran_apiKey = KEY, sonoran_bridge_url = 'http://127.0.0.1:9' })
  local note = ('{"callId":1,"note":"%s"}'):format(('x'):rep(1000000))
  local taken = 0
  while taken < 70 and full:call('addCallNote', note, { deadline_ms = 600000 }) do
    taken = taken + 1
  end
  check(taken == 62, taken .. ' large calls were taken')
  refused('queue_full', '64 MiB of them, wait', full:call('addCallNote', note))
  check(full:call('create911Call', '{"isEmergency":true,"caller":"J","location":"E","description":"S"}'), 'an emergency call is taken')
  check(full:set_panic('unit-1', true), 'a panic is taken')
end

print('ending')
check(bridge:destroy(2000).panics == 0, 'nothing is left')
refused('shutting_down', 'was destroyed', bridge:set_panic('a', true))
refused('shutting_down', 'was destroyed', bridge:destroy())
do
  local short <close> = assert(sonoran_bridge.create { sonoran_apiKey = KEY, sonoran_bridge_url = url })
  check(short:heartbeat(1) == true, 'a bridge that is closed by its scope')
end
sonoran_bridge.create { sonoran_apiKey = KEY, sonoran_bridge_url = url }
collectgarbage()

simulator:close()
os.remove(ready_file)
print(('%d passed, %d failed'):format(passed, failed))
os.exit(failed == 0)
