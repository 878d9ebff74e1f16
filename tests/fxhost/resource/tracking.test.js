'use strict';

// Where players are, and who is believed to be where: what Lua's side and the module's believe of the same players, when
// peds vanish, crossings fail, players share a unit, come and go.

const assert = require('node:assert/strict');
const { describe, test } = require('node:test');
const { createRandom } = require('../lib/random');
const { DOOR } = require('./cad');
const { serverOf, officer, LIMIT_MS } = require('./server');

const ALL = 'set sonoran_bridge_tracking "all"\nset sonoran_bridge_position_interval_ms "250"';
const GONE_PED = 999999; // no entity: a native that reads it raises an error
const MINUTE_S = 60;

const tracker = (s) => s.call('status')[0].tracker;
const players = (s, count) => Array.from({ length: count }, (_, i) => s.host.addPlayer(officer(i + 1)));
const drive = (list) => list.forEach((player) => player.move({ kind: 'drive', speed: 40 }));
const located = (...ids) => ({ units }) => ids.every((id) => units[id] && units[id].locations > 0);

/**
 * What both sides believe: how many players' units have crossed, how many units each side has a place of, rows refused.
 * Without a bridge, as between a restart and its start, there is no module's side.
 */
function beliefs(s) {
  const report = s.call('status')[0];
  return { lua: report.tracker.units, module: report.units && report.units.known, bound: report.tracker.bound, refused: report.refused && report.refused.positions };
}

test('one vanished ped ends no other player\'s tracking, is counted, and is said once a minute', async (t) => {
  const s = await serverOf(t, { cfg: ALL, host: { clock: 'virtual', tickMs: 50 } });
  const [gone, other] = players(s, 2);
  await s.said('runs:');
  drive([gone, other]);
  await s.host.run(2);
  // The module's clock is the real one; here a stand-in asks for the places.
  s.lua('sonoran_bridge', `Citizen.CreateThread(function()
      while true do
        Wait(250)
        Tracker.read({ ${gone.source}, ${other.source} }, 0)
      end
    end)`);
  const ped = gone.ped;
  gone.ped = GONE_PED;
  const before = tracker(s).positions;
  await s.host.run(MINUTE_S);
  assert.ok(tracker(s).positions > before + 100, 'the other goes on');
  const loops = () => s.call('status')[0].loops;
  assert.ok(loops().tracker.errors > 100, JSON.stringify(loops()));
  assert.match(loops().tracker.last, /invalid entity/);
  const lines = () => s.host.console.find(/goes on after an error \(tracker/);
  assert.equal(lines().length, 1);
  await s.host.run(MINUTE_S);
  assert.equal(lines().length, 2);
  assert.match(lines()[1], /and \d{3} more since the last line/);
  gone.ped = ped;
  const back = tracker(s).positions;
  await s.host.run(2);
  assert.ok(tracker(s).positions >= back + 10, 'both are read again');
  assert.deepEqual(s.host.scriptErrors, []);
});

describe('every loop survives an error in one turn', () => {
  const LOOPS = {
    heartbeat: 'GetNumPlayerIndices',
    tracker: 'Duty.players',
    players: 'GetPlayers',
    lookups: 'GetResourceState',
    duty: 'Players.present',
  };
  for (const [loop, broken] of Object.entries(LOOPS)) {
    test(`${loop}, when ${broken} fails`, async (t) => {
      const s = await serverOf(t, { cfg: 'set sonoran_bridge_url "http://127.0.0.1:9"', host: { clock: 'virtual', tickMs: 50 } });
      const [one] = players(s, 1);
      await s.said('runs:');
      await s.host.run(1);
      // So that every loop has something to do.
      s.lua('sonoran_bridge', `Duty.hear({ full = true, added = { 'nobody' }, removed = {} })
        kept = ${broken}
        ${broken} = function() calls = (calls or 0) + 1 error('broken on purpose') end`);
      s.lua('sonoran_bridge', `Lookups.want(${one.source}, 'first')`);
      await s.host.run(35);
      const { errors } = s.call('status')[0].loops[loop];
      const [turns] = s.lua('sonoran_bridge', `local n = calls calls = 0 ${broken} = kept return n`);
      assert.ok(errors >= 1 && turns >= errors, `${errors} errors in ${turns} turns`);
      assert.ok(s.host.console.find(`goes on after an error (${loop}`).length >= 1);
      s.lua('sonoran_bridge', `local real = ${broken} calls = 0 ${broken} = function(...) calls = calls + 1 return real(...) end`);
      await s.host.run(35);
      assert.ok(s.lua('sonoran_bridge', 'return calls')[0] >= 1, 'its turns go on');
      assert.equal(s.call('status')[0].loops[loop].errors, errors);
    });
  }
});

test('the thread in a player\'s game survives an error in one turn, and says so once a minute', async (t) => {
  const s = await serverOf(t, { cfg: `${ALL}\nset sonoran_bridge_url "http://127.0.0.1:9"`, host: { clock: 'virtual', tickMs: 50, clients: 1 } });
  const [one] = players(s, 1);
  await s.said('runs:');
  await s.host.run(2);
  const game = s.host.clients.get(one.source).sides.get('sonoran_bridge').runtimes[0];
  const reports = () => s.host.console.find('goes on after an error (').length;
  game.evaluate("kept = GetStreetNameAtCoord GetStreetNameAtCoord = function() error('broken on purpose') end");
  await s.host.run(MINUTE_S + 5);
  assert.equal(reports(), 2);
  game.evaluate('GetStreetNameAtCoord = kept');
  one.enter('POLICE');
  await s.host.run(3);
  assert.equal(reports(), 2);
  assert.equal(s.lua('sonoran_bridge', `return Reports.latest()[${one.source}][2]`)[0].length > 0, true, 'it reports again');
  assert.deepEqual(s.host.scriptErrors, []);
});

test('a place that is none is not sent, and counted', async (t) => {
  const s = await serverOf(t, { cfg: ALL });
  const here = players(s, 7);
  const places = [[0, 0, -1700], [-27648, 5, 5], [5, 27600, 5], [5, -27648, 5], [27600, 0, 0], [Number.NaN, 0, 0], [27599, -27599, -1689]];
  here.forEach((player, i) => Object.assign(player, { x: places[i][0], y: places[i][1], z: places[i][2] }));
  await s.said('runs:');
  const stats = await s.seen('the one that is a place', located('officer7'));
  assert.deepEqual(Object.keys(stats.units), ['officer7']);
  assert.ok(tracker(s).astray >= 6);
  Object.assign(here[0], { x: 1, y: 2, z: 3 });
  await s.seen('the first, when it is one', located('officer1'));
});

test('a player whose ped comes late is on the map when it is there, with nobody else moving', async (t) => {
  const s = await serverOf(t, { cfg: ALL });
  const [late] = players(s, 1);
  const ped = late.ped;
  late.ped = 0;
  await s.said('runs:');
  await s.until('the binding', () => tracker(s).bound === 1);
  assert.equal(tracker(s).positions, 0);
  late.ped = ped;
  await s.seen('the place', located('officer1'));
  assert.equal(tracker(s).untaken, 0);
});

test('what did not cross, crosses with the next interval: units, places, streets', async (t) => {
  const s = await serverOf(t, { cfg: ALL });
  const [one] = players(s, 1);
  one.ped = 0;
  s.lua('sonoran_bridge', `local call = Bridge.call
    failing = 8
    Bridge.call = function(verb, ...)
      if verb == 'bind' and failing > 0 then
        failing = failing - 1
        if failing % 2 == 0 then error('broken on purpose') end
        return false, 'broken on purpose'
      end
      return call(verb, ...)
    end`);
  await s.said('runs:');
  await s.until('two failures', () => s.lua('sonoran_bridge', 'return failing')[0] <= 6);
  assert.equal(tracker(s).bound, 0, 'what has not crossed does not count as told');
  one.ped = 65537 + one.source - 0;
  s.host.clientEvent(one.source, 'sonoran_bridge:report', 'Main Street', 'POLICE', 'police', false);
  await s.until('the other failures', () => s.lua('sonoran_bridge', 'return failing')[0] === 0);
  await s.seen('the place', located('officer1'));
  const [first] = await s.cad.requests('updateUnitLocations');
  assert.equal(JSON.parse(first.body).updates[0].location, 'Main Street');
  assert.equal(tracker(s).failed_crossings, 8);
  assert.equal(tracker(s).bound, 1);
});

test('a unit of two players stays when one lets go, and is where the other is; the two are said once', async (t) => {
  const s = await serverOf(t, { cfg: ALL });
  const [one, two] = players(s, 2);
  await s.said('runs:');
  for (const player of [one, two]) s.host.command(`linkunit ${player.source} unit-7`);
  await s.seen('the unit', located('unit-7'));
  await s.until('that both have it', () => tracker(s).bound === 2 && beliefs(s).lua === 1);
  s.host.clientEvent(one.source, 'sonoran_bridge:report', 'Main Street', '', 'foot', false);
  s.host.clientEvent(two.source, 'sonoran_bridge:report', 'Vespucci', '', 'foot', false);
  await s.host.run(1);
  s.host.dropPlayer(two.source);
  const where = async () => (await s.cad.requests('updateUnitLocations')).flatMap((update) => JSON.parse(update.body).updates).at(-1);
  await s.seen('the place of who stayed', (stats) => stats.units['unit-7'].coordinates && stats.units['unit-7'].coordinates.x === one.x);
  assert.equal(s.call('status')[0].units.known, 1, 'somebody has it still');
  assert.equal((await where()).location, 'Main Street');
  s.host.dropPlayer(one.source);
  await s.until('that it is forgotten', () => s.call('status')[0].units.known === 0);
  assert.equal(s.host.console.find('are both the unit').length, 1);
});

test('while the hub is up sixty places a turn are read, few of them whole, everybody moves on the map, and nothing goes by HTTP', async (t) => {
  const s = await serverOf(t, { cfg: `${ALL}\nset sonoran_communityID "simcad"` });
  const list = players(s, 100);
  await s.said('runs:');
  await s.until('the hub', () => s.call('status')[0].hub.state === 'up');
  s.lua('sonoran_bridge', `local read = Tracker.read
    most, whole, places = 0, 0, 0
    Tracker.read = function(slots, untaken)
      most = math.max(most, #slots)
      for _, slot in ipairs(slots) do
        whole, places = whole + (slot >= 0 and 1 or 0), places + 1
      end
      return read(slots, untaken)
    end`);
  drive(list);
  await s.seen('three places of each', ({ units }) => list.every((_, i) => units[`officer${i + 1}`]?.locations >= 3));
  const [most, whole, places] = s.lua('sonoran_bridge', 'return most, whole, places');
  assert.ok(most <= 60, `${most} in one turn`);
  assert.ok(whole > 0 && whole < places, `${whole} of ${places} whole`);
  assert.equal(tracker(s).untaken, 0);
  assert.deepEqual(await s.cad.requests('updateUnitLocations'), []);
  assert.deepEqual(s.host.scriptErrors, []);
});

describe('how places cross in Node.js', { skip: DOOR.mono && 'is about JavaScript' }, () => {
  /** A server of one player in a street whose JavaScript has run `code` before the bridge is opened once more. */
  const reopened = async (t, code) => {
    const s = await serverOf(t, { cfg: ALL });
    const [one] = players(s, 1);
    await s.said('runs:');
    s.host.evaluate('sonoran_bridge', 'js', code);
    s.host.command('sonoran_bridge reload');
    await s.said('the convars were read again');
    s.host.clientEvent(one.source, 'sonoran_bridge:report', 'Main Street', 'POLICE', 'police', true);
    return { s, one };
  };
  const inStreet = async (s, street = 'Main Street') => {
    const sent = async () => (await s.cad.requests('updateUnitLocations')).flatMap((update) => JSON.parse(update.body).updates);
    const until = performance.now() + LIMIT_MS;
    while (!(await sent()).some(({ location }) => location === street)) {
      assert.ok(performance.now() < until, `no unit is in ${street}`);
      await s.host.run(0.2);
    }
  };

  test('as bytes that the addon writes and reads: the server\'s codec has no part in it', async (t) => {
    const { s } = await reopened(t, `const make = Citizen.makeFunctionReference;
      asked = 0;
      Citizen.makeFunctionReference = (reference) => {
        const call = make(reference);
        return (bytes) => { asked += 1; return call(bytes); };
      };
      msgpack_pack = msgpack_unpack = () => { throw new Error('the codec was used'); };`);
    await inStreet(s);
    assert.ok(s.host.evaluate('sonoran_bridge', 'js', 'asked') >= 1);
    assert.equal(s.host.console.find('were not all read').length, 0);
    assert.deepEqual(s.host.scriptErrors, []);
  });

  test('by the server\'s codec, where it gives no function from bytes to bytes', async (t) => {
    const { s } = await reopened(t, 'delete Citizen.makeFunctionReference;');
    await inStreet(s);
    assert.equal(s.host.console.find('were not all read').length, 0);
    assert.deepEqual(s.host.scriptErrors, []);
  });

  test('a text that the module refuses is said, and everything is told anew', async (t) => {
    const { s, one } = await reopened(t, '');
    await inStreet(s);
    s.lua('sonoran_bridge', `Reports.latest()[${one.source}] = { 'Main\\xff Street', 'POLICE', 'police', true }`);
    await s.said('The places of units were not all read: ');
    assert.ok(s.host.console.find(/were not all read: .*UTF-8/).length >= 1, s.host.console.find('were not all read')[0]);
    await s.until('that the rows count', () => tracker(s).untaken >= 1);
    s.host.clientEvent(one.source, 'sonoran_bridge:report', 'Vinewood', 'POLICE', 'police', true);
    await inStreet(s, 'Vinewood');
  });

  test('an answer that is none is said, and the bridge goes on', async (t) => {
    const { s, one } = await reopened(t, `const make = Citizen.makeFunctionReference;
      left = 3;
      Citizen.makeFunctionReference = (reference) => {
        const call = make(reference);
        return (bytes) => {
          if (left === 0) return call(bytes);
          left -= 1;
          if (left === 2) throw new Error('broken on purpose');
          return left === 1 ? new Uint8Array(0) : Uint8Array.of(0xc0);
        };
      };`);
    one.move({ kind: 'drive', speed: 40 });
    await inStreet(s);
    assert.equal(s.host.console.find('were not all read: broken on purpose').length, 1);
    assert.equal(s.host.console.find('were not all read: Lua gave no places; its error is above.').length, 2);
  });
});

test('both sides believe the same after random joins, leaves, renames, vanished peds and restarts', async (t) => {
  const seed = Number(process.env.SONORAN_SEED) || Date.now() % 1000000;
  t.diagnostic(`SONORAN_SEED=${seed}`);
  const random = createRandom(seed);
  const pick = (list) => list[Math.floor(random() * list.length)];
  const s = await serverOf(t, { cfg: ALL });
  await s.said('runs:');
  const here = new Map();
  const deeds = {
    join: () => {
      const player = s.host.addPlayer(officer(s.host.players.nextSource));
      here.set(player.source, player);
      drive([player]);
    },
    leave: () => here.size > 0 && s.host.dropPlayer(pick([...here.keys()])),
    rename: () => here.size > 0 && s.host.command(`linkunit ${pick([...here.keys()])} unit-${Math.floor(random() * 6)}`),
    vanish: () => here.size > 0 && Object.assign(pick([...here.values()]), { ped: pick([0, GONE_PED]) }),
    stray: () => here.size > 0 && Object.assign(pick([...here.values()]), { z: -1700 }),
    reload: () => s.host.command('sonoran_bridge reload'),
    restart: () => s.host.restart('sonoran_bridge'),
  };
  s.host.on('playerDropped', (player) => here.delete(player.source));
  const weights = { join: 10, leave: 6, rename: 8, vanish: 3, stray: 2, reload: 1, restart: 1 };
  const bag = Object.entries(weights).flatMap(([name, weight]) => Array(weight).fill(name));
  for (let round = 0; round < 12; round += 1) {
    for (let i = 0; i < 12; i += 1) {
      deeds[pick(bag)]();
      await s.host.run(0.05 * Math.floor(random() * 5));
    }
    for (const player of here.values()) {
      player.ped = 65537 + player.source;
      player.z = 30;
    }
    const units = () => new Set(Object.values(s.lua('sonoran_bridge', `local list = {} for player, unit in pairs(Tracker.units()) do
      list[#list + 1] = unit end return table.concat(list, '\\n')`)[0].split('\n').filter(Boolean)));
    try {
      await s.host.until(() => {
        const { lua, module, bound } = beliefs(s);
        return s.call('status')[0].state !== 'starting' && bound === here.size && lua === module && lua === units().size;
      }, { limitMs: LIMIT_MS, what: 'that both sides agree' });
    } catch (error) {
      assert.fail(`${error.message} in round ${round}: ${JSON.stringify(beliefs(s))}, ${here.size} players, units ${[...units()]}`);
    }
    assert.equal(beliefs(s).refused, 0, 'no row was of a slot that the module has no unit for');
  }
  assert.equal(tracker(s).untaken, 0);
});

describe('without OneSync', () => {
  const OFF = { onesync: 'off', onesync_enabled: 'false' };
  test('it starts, says so once, and panic, status and calls go on', async (t) => {
    const s = await serverOf(t, { cfg: ALL, host: { convars: OFF } });
    const [one] = players(s, 1);
    await s.said('runs:');
    await s.said(/OneSync is off, so no position is sent.*set onesync on/);
    s.host.command(`panic ${one.source}`);
    s.host.command(`unitstatus ${one.source} 4`);
    await s.seen('both', ({ units }) => units.officer1 && units.officer1.panic && units.officer1.status === 4);
    s.lua('script_author', "exports.sonoran_bridge:call('getServers', {}, function(answer) called = answer.ok end)");
    await s.until('the call', () => s.lua('script_author', 'return called')[0] === true);
    s.host.command('sonoran_bridge reload');
    await s.host.run(1);
    assert.equal(s.host.console.find('OneSync is off').length, 1);
    assert.equal(tracker(s).onesync, false);
    assert.deepEqual([tracker(s).bound, tracker(s).crossings], [0, 0], 'nothing is read');
    assert.equal((await s.cad.stats()).units.officer1.locations, 0);
    assert.deepEqual(s.host.scriptErrors, []);
  });
  test('natives that fail or are not there take nothing else with them', async (t) => {
    const s = await serverOf(t, { cfg: ALL });
    const [one] = players(s, 1);
    one.ped = GONE_PED;
    await s.said('runs:');
    s.host.command(`panic ${one.source}`);
    await s.seen('the panic', ({ units }) => units.officer1 && units.officer1.panic);
    await s.until('the error of a reading', () => s.call('status')[0].loops.tracker?.errors > 0);
  });
});
