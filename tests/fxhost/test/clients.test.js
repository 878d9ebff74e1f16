'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { hostOf } = require('./sandbox');
const world = require('../lib/world');

const RESOURCE = {
  'fxmanifest.lua': `fx_version 'cerulean'\nlua54 'yes'\nserver_script 'server.lua'\nclient_script 'client.lua'`,
  'server.lua': `
    heard = {}
    RegisterNetEvent('one:place', function(street, zone, vehicle)
      heard[#heard + 1] = { source, street, zone, vehicle }
    end)`,
  'client.lua': `
    CreateThread(function()
      while true do
        local ped = PlayerPedId()
        local at = GetEntityCoords(ped)
        local street = GetStreetNameFromHashKey((GetStreetNameAtCoord(at.x, at.y, at.z)))
        local vehicle = GetVehiclePedIsIn(ped, false)
        local model = vehicle ~= 0 and GetDisplayNameFromVehicleModel(GetEntityModel(vehicle)) or ''
        TriggerServerEvent('one:place', street, GetLabelText(GetNameOfZone(at.x, at.y, at.z)), model)
        Wait(500)
      end
    end)
    RegisterCommand('where', function(_, args) TriggerServerEvent('one:place', 'asked', args[1], '') end, false)`,
};

test('client scripts run for the first n players, with the natives of the game', async (t) => {
  const host = await hostOf(t, { one: RESOURCE }, { clients: 1 });
  const first = host.addPlayer({ x: 130, y: 250, vehicle: 'POLICE' });
  host.addPlayer({ x: 0, y: 0 });
  await host.run(0.1);
  const [street] = world.streetsAt(130, 250);
  assert.deepEqual(host.evaluate('one', 'lua', 'return heard'), [
    [[first.source, street, world.label(world.zoneAt(130, 250)), 'POLICE']],
  ]);
});

test('a client sees only what setr shared, and other resources of the server not at all', async (t) => {
  const host = await hostOf(
    t,
    {
      one: {
        ...RESOURCE,
        'client.lua': `
    print(GetConvar('secret', 'hidden'), GetConvar('shared', 'hidden'), IsDuplicityVersion(), TriggerClientEvent)
    print(GetPlayers, GetNumPlayerIndices)
    print(pcall(function() return exports.one:count() end))`,
      },
    },
    { clients: 1, cfgText: 'set secret s\nsetr shared r\nensure one' },
  );
  host.addPlayer({});
  assert.ok(host.console.lines.includes('hidden\tr\tfalse\tnil'));
  assert.equal(host.console.find('No such export count in resource one').length, 1);
});

test('a chat command of a client script runs there', async (t) => {
  const host = await hostOf(t, { one: RESOURCE }, { clients: 1 });
  const player = host.addPlayer({});
  await host.run(0.1);
  host.playerCommand(player.source, 'where "over here"');
  await host.ticks(1);
  assert.deepEqual(host.evaluate('one', 'lua', 'return heard[#heard]'), [[player.source, 'asked', 'over here', '']]);
});

test('clients end with their player, and begin anew with the resource', async (t) => {
  const host = await hostOf(t, { one: RESOURCE }, { clients: 2 });
  const [one, two] = host.addPlayers(2);
  await host.run(0.1);
  host.dropPlayer(one.source);
  host.restart('one');
  await host.run(0.1);
  assert.deepEqual(host.evaluate('one', 'lua', 'return #heard, heard[1][1]'), [1, two.source]);
  assert.equal(host.clients.size, 1);
});

test('a resource that is server_only has no client scripts', async (t) => {
  const host = await hostOf(
    t,
    { one: { ...RESOURCE, 'fxmanifest.lua': `${RESOURCE['fxmanifest.lua']}\nserver_only 'yes'` } },
    { clients: 1 },
  );
  host.addPlayer({});
  await host.run(0.1);
  assert.deepEqual(host.evaluate('one', 'lua', 'return #heard'), [0]);
});

test("the time of clients is not the game thread's", async (t) => {
  const host = await hostOf(
    t,
    {
      one: {
        'fxmanifest.lua': `fx_version 'cerulean'\nlua54 'yes'\nclient_script 'client.lua'`,
        'client.lua': `CreateThread(function() while true do Wait(0) end end)`,
      },
    },
    { clients: 1 },
  );
  host.addPlayer({});
  await host.ticks(20);
  assert.equal(host.gameThread().all.total, 0);
  assert.ok(host.clientMeter.figures().resources.one.lua.total > 0);
});
