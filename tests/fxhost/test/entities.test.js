'use strict';

// What the server knows of players' peds, and when it knows nothing.

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { hostOf } = require('./sandbox');

const ONE = { one: { 'server.lua': '' } };
const lua = (host, code) => host.evaluate('one', 'lua', code);
const coords = (host, player) =>
  lua(
    host,
    `local c = GetEntityCoords(GetPlayerPed(${player.source})) return c.x, c.y, c.z, GetEntityHeading(GetPlayerPed(${player.source}))`,
  );

test('a player who is loading is listed and has no ped yet', async (t) => {
  const host = await hostOf(t, ONE);
  const player = host.addPlayer({ loading: true, x: 1, y: 2, z: 3, heading: 90 });
  assert.deepEqual(lua(host, `return GetPlayers(), GetPlayerPed(${player.source})`), [[String(player.source)], 0]);
  assert.deepEqual(coords(host, player), [0, 0, 0, 0]);
  player.spawn();
  assert.deepEqual(coords(host, player), [1, 2, 3, 90]);
});

test('a ped that is gone is still named by its player, and every question about it is an error', async (t) => {
  const host = await hostOf(t, ONE);
  const player = host.addPlayer({ x: 1, y: 2, z: 3, vehicle: 'POLICE' });
  const [ped] = lua(host, `return GetPlayerPed(${player.source})`);
  player.vanish();
  assert.deepEqual(lua(host, `return GetPlayerPed(${player.source})`), [ped]);
  assert.deepEqual(lua(host, `return DoesEntityExist(${ped}), GetAllPeds()`), [false, []]);
  for (const native of ['GetEntityCoords', 'GetEntityHeading', 'GetVehiclePedIsIn', 'GetEntityModel']) {
    assert.throws(() => lua(host, `${native}(${ped})`), new RegExp(`Tried to access invalid entity: ${ped}`), native);
  }
  player.spawn();
  assert.deepEqual(coords(host, player).slice(0, 3), [1, 2, 3]);
});

test('a ped that nobody has told the server about reads as places that are none', async (t) => {
  const host = await hostOf(t, ONE);
  const player = host.addPlayer({ x: 1, y: 2, z: 3, heading: 90 });
  player.unsync();
  assert.deepEqual(coords(host, player), [0, 0, -1700, 90]);
  player.unsync('xy');
  assert.deepEqual(coords(host, player), [-27648, -27648, 3, 90]);
  player.unsync('z');
  assert.deepEqual(coords(host, player), [1, 2, -27648, 90]);
  assert.throws(() => player.unsync('w'), /axes like 'xy'; got 'w'/);
});

test('an error of a native ends the thread that asked, and no other; it is printed once', async (t) => {
  const host = await hostOf(t, {
    one: {
      'server.lua': `
        turns, others = 0, 0
        function begin(player)
          CreateThread(function() while true do turns = turns + 1 GetEntityCoords(GetPlayerPed(player)) Wait(0) end end)
          CreateThread(function() while true do others = others + 1 Wait(0) end end)
        end`,
    },
  });
  const player = host.addPlayer();
  lua(host, `begin(${player.source})`);
  await host.ticks(5);
  player.vanish();
  await host.ticks(5);
  player.spawn();
  await host.ticks(20);
  const [turns, others] = lua(host, 'return turns, others');
  assert.equal(turns, 6);
  assert.equal(others, 30);
  assert.equal(host.scriptErrors.length, 1);
  assert.equal(host.console.find(/SCRIPT ERROR: .*Tried to access invalid entity/).length, 1);
});

test('without OneSync there are no peds and no vehicles', async (t) => {
  const host = await hostOf(t, ONE, { convars: { onesync: 'off' } });
  const player = host.addPlayer({ x: 1, y: 2, z: 3, vehicle: 'POLICE' });
  assert.deepEqual(lua(host, `return GetPlayerPed(${player.source}), GetAllPeds(), GetAllVehicles()`), [0, [], []]);
  assert.deepEqual(coords(host, player), [0, 0, 0, 0]);
  assert.throws(() => lua(host, `GetEntityCoords(${player.ped})`), /Tried to access invalid entity/);
  assert.deepEqual(lua(host, `return DoesEntityExist(${player.ped})`), [false]);
});

test('without OneSync a resource that needs it does not start', async (t) => {
  const manifest = `fx_version 'cerulean'\ndependency '/onesync'`;
  const off = await hostOf(t, { one: { 'fxmanifest.lua': manifest } }, { convars: { onesync: 'off' } });
  assert.equal(off.resources.state('one'), 'stopped');
  assert.equal(off.console.find('Resource one needs /onesync').length, 1);
  for (const onesync of ['on', 'legacy']) {
    const on = await hostOf(t, { one: { 'fxmanifest.lua': manifest } }, { convars: { onesync } });
    assert.equal(on.resources.state('one'), 'started');
  }
});
