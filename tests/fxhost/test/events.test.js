'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { hostOf } = require('./sandbox');

const LISTENER = {
  'server.lua': `
    heard = {}
    local function note(tag) return function(...) heard[#heard + 1] = { tag, source, ... } end end
    AddEventHandler('local:only', note('local'))
    RegisterNetEvent('net:open', note('open'))
    RegisterServerEvent('net:late') AddEventHandler('net:late', note('late'))
    AddEventHandler('playerDropped', note('dropped'))
    AddEventHandler('playerJoining', note('joining'))`,
  'server.js': `
    globalThis.heard = [];
    const note = (tag) => (...args) => heard.push([tag, global.source, ...args]);
    on('local:only', note('local'));
    onNet('net:open', note('open'));
    on('playerDropped', note('dropped'));`,
};

const heard = (host) => ({
  lua: host.evaluate('one', 'lua', 'return heard')[0],
  js: JSON.parse(host.evaluate('one', 'js', 'JSON.stringify(heard)')),
});

test('a local event reaches both runtimes of every resource, with source empty', async (t) => {
  const host = await hostOf(t, { one: LISTENER, two: { 'server.lua': '' } });
  host.evaluate('two', 'lua', `TriggerEvent('local:only', 1, { a = 'b' })`);
  assert.deepEqual(heard(host), { lua: [['local', '', 1, { a: 'b' }]], js: [['local', '', 1, { a: 'b' }]] });
});

test('a net event of a client has the player as source, a number, and arrives with the next tick', async (t) => {
  const host = await hostOf(t, { one: LISTENER });
  const player = host.addPlayer({});
  host.clientEvent(player.source, 'net:open', 'text', 5);
  host.clientEvent(player.source, 'net:late');
  assert.equal(heard(host).js.length, 0);
  await host.ticks(1);
  assert.deepEqual(heard(host).js, [['open', player.source, 'text', 5]]);
  assert.deepEqual(heard(host).lua.slice(-2), [
    ['open', player.source, 'text', 5],
    ['late', player.source],
  ]);
});

test('an event that is not registered for the net does not run when a client sends it', async (t) => {
  const host = await hostOf(t, { one: LISTENER });
  const player = host.addPlayer({});
  await host.ticks(1);
  const before = heard(host);
  host.clientEvent(player.source, 'local:only', 1);
  host.clientEvent(player.source, 'playerDropped', 'forged');
  await host.ticks(1);
  assert.deepEqual(heard(host), before);
  assert.equal(host.console.find('event local:only was not safe for net').length, 1);
  assert.equal(host.console.find('Event playerDropped was not safe for net').length, 1);
});

test('bytes that are no arguments hurt nobody', async (t) => {
  const host = await hostOf(t, { one: LISTENER });
  const { source } = host.addPlayer({});
  await host.ticks(1);
  const before = heard(host).lua.length;
  for (const bytes of [
    [],
    [0xc1],
    [0x05],
    [0x92, 0x01],
    [0xdd, 0xff, 0xff, 0xff, 0xff],
    [0xa3, 0x61],
    [0x91, 0xdf, 0xff, 0xff, 0xff, 0xff],
    Array(4000).fill(0x91),
  ]) {
    host.clientEventRaw(source, 'net:late', Uint8Array.from(bytes));
    await host.ticks(1);
  }
  assert.equal(heard(host).lua.length, before);
  host.clientEvent(source, 'net:late', 'well');
  await host.ticks(1);
  assert.deepEqual(heard(host).lua.slice(-1), [['late', source, 'well']]);
});

test('only a player who is there can send', async (t) => {
  const host = await hostOf(t, { one: LISTENER });
  assert.throws(() => host.clientEvent(99, 'net:open'), /there is no player 99/);
});

test('playerDropped has the source and the reason, while the player can still be asked about', async (t) => {
  const host = await hostOf(t, {
    one: LISTENER,
    two: {
      'server.lua': `AddEventHandler('playerDropped', function(reason)
      print(('%s left: %s, %d online'):format(GetPlayerName(source), reason, GetNumPlayerIndices()))
    end)`,
    },
  });
  const player = host.addPlayer({ name: 'Ada' });
  await host.ticks(1);
  host.dropPlayer(player.source, 'Timed out');
  assert.deepEqual(heard(host).js, [['dropped', player.source, 'Timed out']]);
  assert.deepEqual(heard(host).lua.slice(-1), [['dropped', player.source, 'Timed out']]);
  assert.equal(host.console.find('Ada left: Timed out, 1 online').length, 1);
  assert.deepEqual(host.evaluate('one', 'lua', `return GetNumPlayerIndices(), GetPlayerName(${player.source})`), [
    0,
    null,
  ]);
});

test('source is the one of the event, also when events nest, and gone afterwards', async (t) => {
  const host = await hostOf(t, {
    one: {
      'server.lua': `
    RegisterNetEvent('outer', function()
      local mine = source
      TriggerEvent('inner')
      print(('outer %s %s'):format(mine, source))
    end)
    AddEventHandler('inner', function() print(('inner "%s"'):format(source)) end)`,
    },
  });
  const player = host.addPlayer({});
  host.clientEvent(player.source, 'outer');
  await host.ticks(1);
  assert.deepEqual(
    host.console.lines.filter((line) => /^(outer|inner)/.test(line)),
    ['inner ""', `outer ${player.source} ${player.source}`],
  );
  assert.deepEqual(host.evaluate('one', 'lua', 'return source'), [null]);
});

test('handlers run in the order of registration, past one that fails, and can be removed', async (t) => {
  const host = await hostOf(t, {
    one: {
      'server.lua': `
    AddEventHandler('e', function() print('first') end)
    AddEventHandler('e', function() error('second fails') end)
    local third = AddEventHandler('e', function() print('third') end)
    AddEventHandler('stop', function() RemoveEventHandler(third) end)`,
    },
  });
  host.triggerEvent('e');
  assert.deepEqual(
    host.console.lines.filter((line) => /^(first|third)$/.test(line)),
    ['first', 'third'],
  );
  assert.equal(host.scriptErrors.length, 1);
  assert.match(host.scriptErrors[0].message, /second fails/);
  host.triggerEvent('stop');
  host.triggerEvent('e');
  assert.deepEqual(
    host.console.lines.filter((line) => /^(first|third)$/.test(line)),
    ['first', 'third', 'first'],
  );
});

test('a handler may wait, and may cancel the event', async (t) => {
  const host = await hostOf(t, {
    one: {
      'server.lua': `
    AddEventHandler('slow', function() Wait(50) print('woke at ' .. GetGameTimer()) end)
    AddEventHandler('ask', function() CancelEvent() end)`,
    },
  });
  host.triggerEvent('slow');
  await host.ticks(10);
  assert.deepEqual(host.console.find('woke at'), ['woke at 64']);
  assert.equal(host.triggerEvent('ask'), false);
  assert.equal(host.triggerEvent('nobody listens'), true);
});

test('what the server sends to clients is recorded, and reaches those that run scripts', async (t) => {
  const host = await hostOf(
    t,
    {
      one: {
        'server.lua': '',
        'server.js': '',
        'client.lua': `RegisterNetEvent('hello', function(who) print(('hello %s from %s'):format(who, source)) end)`,
      },
    },
    { clients: 2 },
  );
  host.addPlayers(3);
  host.evaluate('one', 'lua', `TriggerClientEvent('hello', 2, 'two') TriggerClientEvent('hello', -1, { all = true })`);
  host.evaluate('one', 'js', `emitNet('bye', 3, 'js')`);
  assert.deepEqual(
    host.sent.map(({ name, target, args }) => [name, target, args]),
    [
      ['hello', 2, ['two']],
      ['hello', -1, [{ all: true }]],
      ['bye', 3, ['js']],
    ],
  );
  await host.ticks(1);
  assert.equal(host.console.entries.filter((entry) => entry.channel === 'client 2:one').length, 2);
  assert.equal(host.console.entries.filter((entry) => entry.channel === 'client 1:one').length, 1);
});

test('a payload is unpacked like results: a map gives what lies at 1 and on, nil nothing, any other value is no event', async (t) => {
  const host = await hostOf(t, {
    one: {
      'server.lua': `seen = {} RegisterNetEvent('odd', function(...) seen[#seen + 1] = select('#', ...) .. ' ' .. tostring((...)) end)`,
    },
  });
  const player = host.addPlayer();
  for (const bytes of [
    [0x81, 0x01, 0xa1, 0x61],
    [0x81, 0xa1, 0x61, 0x01],
    [0xc0],
    [0xc2],
    [0x05],
    [0xa1, 0x61],
    [0x92, 0x01, 0xc0],
  ]) {
    host.clientEventRaw(player.source, 'odd', new Uint8Array(bytes));
  }
  await host.ticks(1);
  assert.deepEqual(host.evaluate('one', 'lua', 'return seen'), [['1 a', '0 nil', '0 nil', '0 nil', '1 1']]);
  assert.deepEqual(host.scriptErrors, []);
});
