'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { hostOf } = require('./sandbox');

const EMPTY = { one: { 'server.lua': '', 'server.js': '' } };
const lua = (host, code) => host.evaluate('one', 'lua', code);

test('players are asked about as on the game server', async (t) => {
  const host = await hostOf(t, EMPTY);
  host.addPlayer({
    name: 'Ada',
    identifiers: ['license:abc', 'steam:1100', 'discord:42'],
    x: 1.5,
    y: -2.5,
    z: 30,
    heading: 90,
  });
  host.addPlayer({ source: 7, vehicle: 'POLICE' });
  assert.deepEqual(lua(host, 'return GetPlayers()'), [['1', '7']]);
  assert.deepEqual(lua(host, `return GetNumPlayerIndices(), GetPlayerName(1), GetPlayerName('1'), GetPlayerName(99)`), [
    2,
    'Ada',
    'Ada',
    null,
  ]);
  assert.deepEqual(
    lua(
      host,
      `return GetPlayerIdentifiers(1), GetPlayerIdentifierByType('1', 'steam'), GetPlayerIdentifierByType(1, 'xbl')`,
    ),
    [['license:abc', 'steam:1100', 'discord:42'], 'steam:1100', null],
  );
  assert.deepEqual(
    lua(
      host,
      `local c = GetEntityCoords(GetPlayerPed(1)) return c.x, c.y, c.z, type(c), GetEntityHeading(GetPlayerPed('1'))`,
    ),
    [1.5, -2.5, 30, 'vector3', 90],
  );
  assert.deepEqual(
    lua(
      host,
      `local ped = GetPlayerPed(7) local v = GetVehiclePedIsIn(ped, false)
    return v ~= 0, GetEntityModel(v) == GetHashKey('police'), GetPedInVehicleSeat(v, -1) == ped,
      GetVehiclePedIsIn(GetPlayerPed(1), false)`,
    ),
    [true, true, true, 0],
  );
  assert.deepEqual([...host.evaluate('one', 'js', `GetEntityCoords(GetPlayerPed('1'))`)], [1.5, -2.5, 30]);
  assert.deepEqual([...host.evaluate('one', 'js', 'getPlayers()')], ['1', '7']);
});

test('entity 0 gives zeros, an entity that is gone is an error', async (t) => {
  const host = await hostOf(t, EMPTY);
  const player = host.addPlayer({});
  assert.deepEqual(
    lua(
      host,
      `return GetPlayerPed(99), GetEntityHeading(0), #GetEntityCoords(0), DoesEntityExist(0),
        DoesEntityExist(GetPlayerPed(1))`,
    ),
    [0, 0, 0, false, 1],
  );
  const ped = player.ped;
  host.dropPlayer(player.source);
  assert.throws(() => lua(host, `return GetEntityCoords(${ped})`), new RegExp(`invalid entity: ${ped}`));
  assert.throws(() => host.evaluate('one', 'js', `GetEntityHeading(${ped})`), new RegExp(`invalid entity: ${ped}`));
});

test('players move: standing, driving, walking and by a function; the same seed gives the same walk', async (t) => {
  const walk = async (seed) => {
    const host = await hostOf(t, EMPTY, { seed });
    const still = host.addPlayer({ x: 5, y: 5 });
    const drive = host.addPlayer({ heading: 90, movement: { kind: 'drive', speed: 10 } });
    const random = host.addPlayer({ movement: { kind: 'walk' } });
    const own = host.addPlayer({
      movement: (player, seconds) => {
        player.z += seconds;
      },
      z: 1,
    });
    await host.run(2);
    assert.deepEqual([still.x, still.y], [5, 5]);
    assert.ok(Math.abs(drive.x + 20) < 0.5 && Math.abs(drive.y) < 1e-6, `the driver is at ${drive.x}, ${drive.y}`);
    assert.ok(Math.abs(own.z - 3) < 0.1);
    assert.ok(Math.hypot(random.x, random.y) > 0.1);
    return [random.x, random.y, random.heading];
  };
  const first = await walk(3);
  assert.deepEqual(await walk(3), first);
  assert.notDeepEqual(await walk(4), first);
  const host = await hostOf(t, EMPTY);
  assert.throws(
    () => host.addPlayer({ movement: { kind: 'fly' } }),
    /movement.kind is 'fly': it must be one of still, drive/,
  );
});

test('vectors calculate', async (t) => {
  const host = await hostOf(t, EMPTY);
  assert.deepEqual(
    lua(
      host,
      `local a, b = vector3(1, 2, 3), vec3(4, 6, 3)
    return #(b - a), (a + b).y, (a * 2).z, (-a).x, a == vector3(1.0, 2.0, 3.0), a == b, a.xy.y,
        tostring(vector2(1, 2)), type({})`,
    ),
    [5, 8, 6, -1, true, false, 2, 'vector2(1.000000, 2.000000)', 'table'],
  );
  assert.throws(() => lua(host, `local a = vector3(1, 2, 3) a.w = 1`), /cannot be changed/);
});

test('the key-value store outlives a restart of its resource', async (t) => {
  const host = await hostOf(t, { ...EMPTY, two: { 'server.lua': '' } });
  lua(host, `SetResourceKvp('key', 'value') SetResourceKvpInt('n', 5)`);
  host.restart('one');
  assert.deepEqual(
    lua(host, `return GetResourceKvpString('key'), GetResourceKvpInt('n'), GetResourceKvpString('none')`),
    ['value', 5, null],
  );
  assert.deepEqual(host.evaluate('two', 'lua', `return GetResourceKvpString('key')`), [null]);
});

test('json and msgpack of Lua', async (t) => {
  const host = await hostOf(t, EMPTY);
  assert.deepEqual(
    lua(
      host,
      `return json.encode({}), json.encode({ a = { 1, 2 } }), json.encode('ä'), json.encode(1.5), json.encode(3)`,
    ),
    ['[]', '{"a":[1,2]}', '"ä"', '1.5', '3'],
  );
  assert.deepEqual(
    lua(host, `local t = json.decode('{"a":[1,{"b":null}],"c":true}') return t.a[1], t.a[2].b, t.c, math.type(t.a[1])`),
    [1, null, true, 'integer'],
  );
  assert.throws(() => lua(host, `json.decode('{')`), /JSON/);
  assert.deepEqual(lua(host, `return #msgpack.pack({ 1, 2, 3 }), msgpack.unpack(msgpack.pack({ x = { 1, 'two' } }))`), [
    4,
    { x: [1, 'two'] },
  ]);
});

test('threads: Wait(0) is one tick, timeouts come in order, and may be cleared', async (t) => {
  const host = await hostOf(t, {
    one: {
      'server.lua': `
    order = {}
    local function note(what) order[#order + 1] = what end
    CreateThread(function() for i = 1, 3 do note('tick ' .. GetGameTimer()) Wait(0) end end)
    SetTimeout(100, function() note('late') end)
    SetTimeout(50, function() note('early') end)
    ClearTimeout(SetTimeout(60, function() note('never') end))
    note('loaded')`,
    },
  });
  await host.run(0.2);
  assert.deepEqual(lua(host, 'return order'), [['loaded', 'tick 16', 'tick 32', 'tick 48', 'early', 'late']]);
});

test('promises: Await gives the value, throws the reason, and all() waits for all', async (t) => {
  const host = await hostOf(t, {
    one: {
      'server.lua': `
    CreateThread(function()
      local p = promise.new()
      SetTimeout(20, function() p:resolve('done') end)
      print(Citizen.Await(p))
      local q = promise.new()
      SetTimeout(20, function() q:reject('no') end)
      print(pcall(Citizen.Await, q))
      local a, b = promise.new(), promise.new()
      SetTimeout(40, function() a:resolve(1) end) SetTimeout(20, function() b:resolve(2) end)
      print(json.encode(Citizen.Await(promise.all({ a, b }))))
      print(Citizen.Await(promise.new(function(r) r:resolve(5) end):next(function(v) return v + 1 end)))
    end)`,
    },
  });
  await host.run(0.3);
  assert.deepEqual(
    host.console.lines.filter((line) => /^(done|false|\[1|6)/.test(line)),
    ['done', 'false\tno', '[1,2]', '6'],
  );
});

test("JavaScript timers follow the game's clock", async (t) => {
  const host = await hostOf(t, {
    one: {
      'server.js': `
    global.order = [];
    setTimeout((a) => order.push('timeout ' + a), 40, 'x');
    const every = setInterval(() => { order.push('interval'); if (order.length > 3) clearInterval(every); }, 20);
    setImmediate(() => order.push('immediate'));
    clearTimeout(setTimeout(() => order.push('never'), 10));
    (async () => { await new Promise((resolve) => setTimeout(resolve, 30)); order.push('awaited'); })();`,
    },
  });
  await host.run(0.3);
  assert.deepEqual(
    [...host.evaluate('one', 'js', 'order')],
    ['immediate', 'interval', 'awaited', 'timeout x', 'interval'],
  );
});
