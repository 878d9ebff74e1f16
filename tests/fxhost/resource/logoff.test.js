'use strict';

// Players who leave the server are logged off the CAD, if the convar says so: together, after their grace, unless they are back.

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { serverOf, officer } = require('./server');

const ON = 'set sonoran_bridge_logoff_on_leave "true"\nset sonoran_bridge_tracking "all"';

const CLOCK = 'local real = GetGameTimer passed = 0 GetGameTimer = function() return real() + passed end';

/** A server with officers whose positions are sent, and a clock of the resource that `pass` puts on. */
async function shift(t, { cfg = ON, officers = 3 } = {}) {
  const s = await serverOf(t, { cfg });
  const players = Array.from({ length: officers }, (_, n) => s.host.addPlayer(officer(n + 1)));
  await s.said('runs:');
  s.lua('sonoran_bridge', CLOCK);
  await s.until('that all are units', () => players.every((one) => s.lua('sonoran_bridge', `return Duty.is_unit(${one.source})`)[0] === true));
  const pass = (seconds) => s.lua('sonoran_bridge', `passed = passed + ${1000 * seconds} Logoff.step()`);
  const counts = () => s.call('status')[0].logoff;
  const kicks = async () => (await s.cad.requests('kickUnit')).map((one) => JSON.parse(one.body));
  return { s, players, pass, counts, kicks };
}

test('those who left leave the CAD in one request, after their grace and not before', async (t) => {
  const { s, players, pass, counts, kicks } = await shift(t);
  s.host.dropPlayer(players[0].source, 'Timed out');
  s.host.dropPlayer(players[1].source, 'Exiting');
  pass(29);
  assert.equal(counts().waiting, 2);
  pass(2);
  await s.until('the answer', () => counts().logged_off === 2);
  assert.deepEqual(await kicks(), [[{ communityUserId: 'officer1', reason: 'Left the game server' }, { communityUserId: 'officer2', reason: 'Left the game server' }]]);
  assert.deepEqual(s.host.scriptErrors, []);
});

test('who comes back in time stays, under the same identifier or the same unit; who is loading has longer', async (t) => {
  const { s, players, pass, counts, kicks } = await shift(t);
  for (const player of players) s.host.dropPlayer(player.source);
  s.host.addPlayer(officer(1));
  const other = s.host.addPlayer({ identifiers: ['license:somebody'] });
  await s.host.ticks(3);
  s.call('setCommunityUserId', other.source, 'officer2');
  // The third player connects, and is not on the server yet.
  const loading = s.host.players.add({ ...officer(3), loading: true });
  s.host.events.trigger('playerConnecting', s.host.packed(['', '']), `internal-net:${loading.source}`);
  pass(40);
  assert.deepEqual([counts().back, counts().waiting, counts().logged_off], [2, 1, 0]);
  s.host.players.remove(loading.source); // gave up
  pass(300);
  await s.until('the third', () => counts().logged_off === 1);
  assert.deepEqual((await kicks()).flat().map((one) => one.communityUserId), ['officer3']);
});

test('nobody is logged off by default, nor when the server goes down, nor who is no unit', async (t) => {
  const off = await shift(t, { cfg: 'set sonoran_bridge_tracking "all"' });
  off.s.host.dropPlayer(off.players[0].source);
  off.pass(60);
  assert.deepEqual([off.counts().left, off.counts().waiting], [0, 0]);

  const down = await shift(t);
  down.s.host.dropPlayer(down.players[0].source);
  down.s.host.triggerEvent('txAdmin:events:serverShuttingDown', { delay: 5000 });
  for (const player of down.players.slice(1)) down.s.host.dropPlayer(player.source, 'Server shutting down');
  down.pass(60);
  assert.deepEqual([down.counts().waiting, await down.kicks()], [0, []]);

  const listed = await shift(t, { cfg: 'set sonoran_bridge_logoff_on_leave "true"', officers: 0 });
  const civilian = listed.s.host.addPlayer(officer(9));
  await listed.s.host.ticks(3);
  listed.s.host.dropPlayer(civilian.source);
  listed.pass(60);
  assert.equal(listed.counts().left, 0, 'the CAD does not list them');
});

test('while the CAD is away they wait, and who comes back meanwhile stays', async (t) => {
  const { s, players, pass, counts, kicks } = await shift(t);
  await s.cad.faults({ refuse: true });
  s.call('setPanic', 'somebody', true);
  await s.said(/cannot be connected to/);
  s.host.dropPlayer(players[0].source);
  s.host.dropPlayer(players[1].source);
  pass(31);
  pass(60);
  assert.deepEqual([counts().waiting, counts().logged_off, counts().refused], [2, 0, 0]);
  s.host.addPlayer(officer(1));
  await s.host.ticks(3);
  await s.cad.faults({});
  await s.until('the other', () => counts().logged_off === 1);
  assert.equal(counts().back, 1);
  assert.deepEqual((await kicks()).flat().map((one) => one.communityUserId), ['officer2']);
});

test('a stop of the resource logs nobody off; a refusal of the CAD is said', async (t) => {
  const { s, players, pass, counts, kicks } = await shift(t);
  await s.cad.faults({ only: 'kickUnit', status: 403 });
  s.host.dropPlayer(players[0].source);
  pass(31);
  await s.said(/^warning: 1 unit of players who have left could not be logged off the CAD: .* \[kickUnit, trace \S+\]$/);
  assert.equal(counts().refused, 1);
  await s.cad.faults({});
  const before = (await kicks()).length;
  s.host.dropPlayer(players[1].source);
  s.host.restart('sonoran_bridge');
  await s.until('that it runs again', () => s.host.console.find('runs:').length === 2);
  s.lua('sonoran_bridge', CLOCK);
  pass(60);
  await s.host.run(0.3);
  assert.equal((await kicks()).length, before);
});
