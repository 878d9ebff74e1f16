'use strict';

// Everything that is kept about a player goes with the player, whatever the order in which resources hear that they left.

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { serverOf, officer } = require('./server');

const AWAY = 'set sonoran_bridge_url "http://127.0.0.1:9"\nset sonoran_bridge_tracking "marked"\nensure sonorancad';
const report = (s) => s.call('status')[0];

/** What a script does in its own playerDropped, which here comes after the bridge's. */
const late = (s, code) => s.lua('script_author', `AddEventHandler('playerDropped', function()
  local bridge, player = exports.sonoran_bridge, source
  ${code}
end)`);

test('taking a mark away in a script\'s playerDropped makes nothing', async (t) => {
  const s = await serverOf(t, { cfg: AWAY, host: { clock: 'virtual', tickMs: 100 } });
  await s.said('runs:');
  late(s, 'gone = bridge:setOnDuty(player, false)');
  const player = s.host.addPlayer(officer(1));
  await s.host.run(1);
  s.host.command(`duty ${player.source}`);
  await s.host.run(1);
  s.host.dropPlayer(player.source);
  assert.deepEqual(s.lua('script_author', 'return gone'), [true]);
  const { present, entries } = report(s).players;
  assert.deepEqual({ present, entries }, { present: 0, entries: 0 });
});

test('what a script names in its playerDropped is swept', async (t) => {
  const s = await serverOf(t, { cfg: AWAY, host: { clock: 'virtual', tickMs: 100 } });
  await s.said('runs:');
  late(s, `bridge:setOnDuty(player, true)
    bridge:setCommunityUserId(player, 'ghost')
    bridge:setPanic(player, true)
    bridge:getCommunityUserId(player)`);
  for (let i = 0; i < 5; i += 1) {
    const player = s.host.addPlayer(officer(i + 1));
    await s.host.run(0.2);
    s.host.dropPlayer(player.source);
  }
  assert.ok(report(s).players.entries > 0, 'there is something to sweep');
  await s.host.run(65);
  const { present, entries, swept } = report(s).players;
  assert.deepEqual({ present, entries, swept }, { present: 0, entries: 0, swept: 5 });
  assert.equal(report(s).tracker.bound, 0);
  assert.equal(report(s).units.known, 0);
});

test('a ghost\'s end takes nothing from the officer who is back under another server id', async (t) => {
  const s = await serverOf(t, { cfg: 'set sonoran_bridge_tracking "marked"' });
  await s.said('runs:');
  late(s, 'bridge:setOnDuty(player, true)');
  const before = s.host.addPlayer(officer(1));
  await s.until('the join', () => report(s).players.present === 1);
  s.host.dropPlayer(before.source);
  const after = s.host.addPlayer(officer(1));
  await s.until('the join again', () => report(s).players.present === 2);
  s.host.command(`duty ${after.source}`);
  await s.until('the place', () => report(s).units.known === 1);
  await s.until('that the tracker has both', () => report(s).tracker.bound >= 1);
  s.lua('sonoran_bridge', 'Players.sweep()');
  assert.equal(report(s).players.present, 1);
  assert.equal(report(s).units.known, 1);
});

test('a join that was missed is met by the sweep', async (t) => {
  const s = await serverOf(t, { cfg: AWAY, host: { clock: 'virtual', tickMs: 100 } });
  await s.said('runs:');
  s.host.players.add(officer(1));
  await s.host.run(35);
  const { present, met } = report(s).players;
  assert.deepEqual({ present, met }, { present: 1, met: 1 });
});

test('100,000 joins and leaves leave nothing: entries, memory, look-ups a join', { timeout: 240000 }, async (t) => {
  const JOINS = 100000;
  const BATCH = 10000;
  const s = await serverOf(t, { cfg: AWAY, host: { clock: 'virtual', tickMs: 100 }, ensure: ['sonoran_bridge'] });
  await s.said('runs:');
  const kib = () => s.lua('sonoran_bridge', 'collectgarbage() collectgarbage() return collectgarbage("count")')[0];
  // As a script's own playerDropped after this resource's; called here, because 100,000 events of a second resource take long.
  s.lua('sonoran_bridge', 'marks = function(player) Duty.set(player, true) end unmarks = function(player) Duty.set(player, false) end');
  const sizes = [];
  let source = 0;
  for (let batch = 0; batch < JOINS / BATCH; batch += 1) {
    for (let i = 0; i < BATCH; i += 1) {
      source = (source % 65535) + 1;
      s.host.addPlayer({ source, identifiers: [`license:${batch}-${i}`] });
      if (i % 10 === 9) {
        await s.host.ticks(1);
        s.lua('sonoran_bridge', `for player = ${source - 9}, ${source} do marks(player) end`);
        await s.host.ticks(1);
        for (const one of s.host.players.sources()) s.host.dropPlayer(one);
        s.lua('sonoran_bridge', `for player = ${source - 9}, ${source} do unmarks(player) end`);
      }
    }
    const { players, lookups, tracker } = report(s);
    sizes.push({ kib: kib(), entries: players.entries, waiting: lookups.waiting, bound: tracker.bound });
  }
  t.diagnostic(JSON.stringify(sizes));
  assert.ok(sizes.every((size) => size.entries === 0 && size.waiting === 0 && size.bound === 0), JSON.stringify(sizes));
  const [early, final] = [sizes[1].kib, sizes.at(-1).kib];
  assert.ok(final < early + 64, `${early.toFixed(0)} KiB after 20,000 joins, ${final.toFixed(0)} after 100,000`);
  const { asked } = report(s).lookups;
  const minutes = s.host.clock.now() / 60000;
  assert.ok(asked <= 15 * (minutes + 1), `${asked} look-ups in ${minutes.toFixed(1)} minutes`);
  assert.deepEqual(s.host.scriptErrors, []);
});
