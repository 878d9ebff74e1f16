'use strict';

const assert = require('node:assert/strict');
const path = require('node:path');
const { test } = require('node:test');
const { createHost } = require('../host');
const { writeResources } = require('./sandbox');

const FIXTURES = path.join(__dirname, '..', 'fixtures');

// A bridge that answers everything after 20 ms, to try the script author's resource without native code.
const BRIDGE = {
  sonoran_bridge: {
    'server.js': `
  global.calls = [];
  const answered = (name) => (unit, value, callback) => {
    calls.push([name, unit, value]);
    if (unit === 'bad') return [false, 'the unit is bad'];
    setTimeout(() => callback({ ok: unit !== 'gone', status: unit !== 'gone' ? 200 : 404, deduplicated: false,
      error: unit !== 'gone' ? undefined : { kind: 'not_found', detail: 'no such unit' } }), 20);
    return true;
  };
  exports('setPanic', answered('setPanic'));
  exports('setStatus', answered('setStatus'));
  for (const name of ['setOnDuty', 'setCommunityUserId', 'removeUnit', 'pushPositions']) {
    exports(name, (...args) => { calls.push([name, ...args]); return true; });
  }
  exports('status', () => ({ state: 'running' }));`,
  },
};

async function both(t) {
  const folder = writeResources(t, BRIDGE);
  const host = await createHost({
    clock: 'virtual',
    clients: 1,
    resources: [
      path.join(folder, 'sonoran_bridge'),
      path.join(FIXTURES, 'sonorancad'),
      path.join(FIXTURES, 'script_author'),
    ],
  });
  t.after(() => host.close());
  return host;
}

const calls = (host) => JSON.parse(host.evaluate('sonoran_bridge', 'js', 'JSON.stringify(calls)'));

test("the script author's commands call the bridge, and its answers are counted", async (t) => {
  const host = await both(t);
  host.addPlayers(3);
  for (const line of [
    'duty 1',
    'allduty off',
    'panic 1',
    'panic unit-7 off',
    'unitstatus 2 BUSY',
    'unitstatus unit-7 2',
    'linkunit 1 abc',
    'forgetunit 2',
    'dronepos d1 1 2 3 90 Alta',
    'panic bad',
    'panic gone',
  ])
    host.command(line);
  await host.run(0.2);
  assert.deepEqual(
    calls(host).map((call) => call.filter((one) => one !== null).slice(0, 3)),
    [
      ['setOnDuty', 1, true],
      ['setOnDuty', 1, false],
      ['setOnDuty', 2, false],
      ['setOnDuty', 3, false],
      ['setPanic', 1, true],
      ['setPanic', 'unit-7', false],
      ['setStatus', 2, 'BUSY'],
      ['setStatus', 'unit-7', 2],
      ['setCommunityUserId', 1, 'abc'],
      ['removeUnit', 2],
      ['pushPositions', [{ unit: 'd1', x: 1, y: 2, z: 3, heading: 90, location: 'Alta' }]],
      ['setPanic', 'bad', true],
      ['setPanic', 'gone', true],
    ],
  );
  const [results] = host.callExport('script_author', 'results');
  assert.deepEqual(
    { ...results, refusals: null, errors: null },
    { calls: 13, refused: 1, answered: 5, ok: 4, failed: 1, deduplicated: 0, refusals: null, errors: null },
  );
  assert.deepEqual([results.refusals, results.errors], [['the unit is bad'], ['no such unit']]);
  assert.deepEqual(host.command('bridgestatus'), ['{"state":"running"}']);
  assert.equal(host.scriptErrors.length, 0);
});

test("the panic button goes from a player's game through the server to the bridge and back", async (t) => {
  const host = await both(t);
  const player = host.addPlayer({});
  await host.ticks(1);
  host.playerCommand(player.source, 'panic');
  await host.run(0.2);
  assert.deepEqual(
    calls(host).map((call) => call.slice(0, 3)),
    [['setPanic', player.source, true]],
  );
  assert.deepEqual(
    host.sent.map(({ name, target, args }) => [name, target, args]),
    [['script_author:answer', player.source, [true]]],
  );
  host.clientEvent(player.source, 'script_author:panicButton', 'not a boolean');
  await host.ticks(1);
  assert.equal(calls(host).length, 1);
});

test("the vendor's stand-in knows who is linked, and forgets who leaves", async (t) => {
  const host = await both(t);
  const player = host.addPlayer({});
  const id = () => host.callExport('sonorancad', 'getPlayerCommunityUserId', player.source);
  assert.deepEqual(
    id().filter((one) => one !== null),
    [],
  );
  host.command(`sonorancad_link ${player.source} cad-77`);
  assert.deepEqual(id(), ['cad-77']);
  host.dropPlayer(player.source);
  assert.deepEqual(
    id().filter((one) => one !== null),
    [],
  );
});
