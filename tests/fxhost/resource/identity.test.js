'use strict';

// Who a player is, beside the vendor's resource (fixtures/sonorancad) in every state that it was seen in: absent, slow,
// restarting, failing, silent, answering nonsense. Nothing that a script calls may wait for it.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { describe, test } = require('node:test');
const { RESOURCE } = require('./cad');
const { serverOf, officer } = require('./server');

const FIXTURES = path.resolve(__dirname, '../fixtures');
const VENDOR = 'ensure sonorancad';

const lookups = (s) => s.call('status')[0].lookups;
const idOf = (s, player) => s.call('getCommunityUserId', player.source).at(-1);
const answers = (s, count) => s.until(`${count} answers`, () => s.results().answered >= count);

/** A server with the vendor's resource in the modes of `modes`, and `count` players whose links are `link(n)`. */
async function beside(t, { count = 1, modes = {}, link = () => undefined, ...options } = {}) {
  const s = await serverOf(t, { cfg: VENDOR, ...options });
  for (const [name, value] of Object.entries(modes)) s.host.command(`sonorancad_${name} ${value}`);
  const players = Array.from({ length: count }, (_, i) => s.host.addPlayer(officer(i + 1)));
  players.forEach((player, i) => {
    const id = link(i + 1);
    if (id) s.host.command(`sonorancad_link ${player.source} ${id}`);
  });
  await s.said('runs:');
  return { ...s, players };
}

/** Presses panic outside every thread, where a call that yields is an error: what setPanic gives. */
function pressOutside(s, player, on = true) {
  return s.lua(
    'script_author',
    `return exports.sonoran_bridge:setPanic(${player.source}, ${on}, function(answer)
       answers = (answers or '') .. '${on ? 'on' : 'off'}:' .. tostring(answer.ok) .. ' '
     end)`,
  );
}

test('a script, then the vendor\'s resource, then an identifier say who a player is', async (t) => {
  const s = await beside(t, { count: 3, link: (n) => (n < 3 ? `vendor-${n}` : undefined) });
  const [a, b, c] = s.players;
  await s.until('the look-ups', () => lookups(s).found === 2 && lookups(s).missing === 1);
  s.host.command(`linkunit ${a.source} script-a`);
  assert.deepEqual([a, b, c].map((player) => idOf(s, player)), ['script-a', 'vendor-2', 'officer3']);
  s.lua('script_author', `exports.sonoran_bridge:setCommunityUserId(${a.source}, nil)`);
  assert.equal(idOf(s, a), 'vendor-1');
  assert.deepEqual(s.host.scriptErrors, []);
});

test('a panic waits for the look-up under way, and the script that pressed does not', async (t) => {
  const s = await beside(t, { modes: { delay: 800 }, link: () => 'vendor-1' });
  const [player] = s.players;
  await s.until('the look-up', () => lookups(s).under_way === 1);
  const [ok, value] = pressOutside(s, player);
  assert.equal(ok, true);
  assert.ok(value.wait_s > 0 && value.wait_s <= 2, JSON.stringify(value));
  assert.equal(s.call('status')[0].presses.holding, 1);
  await s.seen('the panic', ({ units }) => units['vendor-1'] && units['vendor-1'].panic);
  assert.equal((await s.cad.stats()).units.officer1, undefined, 'nothing was said of the identifier');
  await s.until('the answer', () => s.lua('script_author', 'return answers')[0] === 'on:true ');
  assert.deepEqual(s.host.scriptErrors, []);
});

test('who has not been looked up presses first of all, and those who wait leave in the order of their presses', async (t) => {
  const s = await beside(t, { count: 20, modes: { delay: 400 }, link: (n) => `vendor-${n}` });
  const last = s.players[19];
  await s.until('a look-up of the others', () => lookups(s).under_way > 0);
  assert.ok(lookups(s).waiting > 0);
  pressOutside(s, last, true);
  s.lua('script_author', `exports.sonoran_bridge:setStatus(${last.source}, 'BUSY')`);
  pressOutside(s, last, false);
  s.lua('script_author', `exports.sonoran_bridge:setStatus(${last.source}, 'ENROUTE')`);
  await s.until('both answers', () => s.lua('script_author', 'return answers')[0] === 'on:true off:true ');
  const presses = (await s.cad.requests('setUnitPanic')).map((one) => JSON.parse(one.body));
  assert.deepEqual(presses.map((body) => [body.communityUserIds ?? body.accIds, body.isPanic]), [
    [['vendor-20'], true],
    [['vendor-20'], false],
  ]);
  await s.seen('the last status', ({ units }) => units['vendor-20'] && units['vendor-20'].status === 3);
});

test('48 players whom the vendor\'s resource does not know are on the map at once, and its requests are not spent', async (t) => {
  const s = await beside(t, { count: 48, modes: { delay: 300 }, cfg: `set sonoran_bridge_tracking "all"\n${VENDOR}` });
  await s.seen('all of them', ({ units }) => Array.from({ length: 48 }, (_, i) => units[`officer${i + 1}`]).every(Boolean));
  await s.host.run(4);
  const found = lookups(s);
  assert.ok(found.asked <= 12, `the vendor's resource was asked ${found.asked} times: 3 of 15 a minute are for who presses`);
  const [most] = s.lua('sonorancad', 'return most_under_way');
  assert.ok(most <= 6, `${most} look-ups at once: 2 of 8 places are for who presses`);
  assert.deepEqual(s.host.scriptErrors, []);
});

test('twenty who press at once are looked up eight at a time, and all of their panics arrive', async (t) => {
  const s = await beside(t, { count: 30, modes: { delay: 1500 }, link: (n) => `vendor-${n}` });
  await s.until('the look-ups', () => lookups(s).under_way === 6);
  const pressed = s.players.map((player) => player.source).slice(10);
  for (const source of pressed) s.host.command(`panic ${source}`);
  await answers(s, 20);
  await s.until('the look-ups after them', () => s.lua('sonorancad', 'return asked')[0] >= 12);
  const [most, stamps] = s.lua('sonorancad', "return most_under_way, table.concat(stamps, ' ')");
  assert.equal(most, 8);
  const asked = stamps.split(' ').map((stamp) => Number(stamp.split('@')[0]));
  assert.ok(asked.slice(6).every((source) => pressed.includes(source)), `who did not press was asked about first: ${asked}`);
  const { units } = await s.cad.stats();
  for (const n of pressed) assert.ok([`officer${n}`, `vendor-${n}`].some((id) => units[id] && units[id].panic), `officer ${n}`);
});

test('a restart of the vendor\'s resource amid a look-up stops nothing: tracking goes on, the panic arrives', async (t) => {
  const s = await beside(t, { count: 2, modes: { delay: 1500 }, cfg: `set sonoran_bridge_tracking "all"\n${VENDOR}` });
  const [player] = s.players;
  for (const one of s.players) one.move({ kind: 'drive', speed: 40 });
  await s.until('the look-ups', () => lookups(s).under_way === 2);
  pressOutside(s, player);
  s.host.restart('sonorancad');
  await s.seen('the panic', ({ units }) => units.officer1 && units.officer1.panic);
  await s.until('its answer', () => s.lua('script_author', 'return answers')[0] === 'on:true ');
  assert.equal(lookups(s).abandoned, 2);
  const before = (await s.cad.stats()).units.officer1.locations;
  await s.seen('further positions', ({ units }) => units.officer1.locations > before);
  assert.deepEqual(s.host.scriptErrors, []);
});

test('a look-up that is never answered gives its place back after two seconds, and is told nothing more', async (t) => {
  const s = await beside(t, { modes: { delay: -1 } });
  const [player] = s.players;
  await s.until('the look-up', () => lookups(s).under_way === 1);
  pressOutside(s, player);
  await s.seen('the panic', ({ units }) => units.officer1 && units.officer1.panic);
  assert.deepEqual([lookups(s).abandoned, lookups(s).under_way, lookups(s).late], [1, 0, 0]);
  await s.until('its answer', () => s.lua('script_author', 'return answers')[0] === 'on:true ');
});

test('an answer that comes late is used all the same', async (t) => {
  const s = await beside(t, { modes: { delay: 2600 }, link: () => 'vendor-1' });
  const [player] = s.players;
  await s.until('that it is given up', () => lookups(s).abandoned === 1);
  assert.equal(idOf(s, player), 'officer1');
  await s.until('the id', () => idOf(s, player) === 'vendor-1');
  assert.equal(lookups(s).late, 1);
});

test('an answer for who has left is nobody\'s', async (t) => {
  const s = await beside(t, { modes: { delay: 500 }, link: () => 'vendor-1' });
  const [first] = s.players;
  await s.until('the look-up', () => s.lua('sonorancad', 'return asked')[0] === 1);
  s.host.dropPlayer(first.source);
  s.host.command('sonorancad_delay 60000');
  const second = s.host.addPlayer({ ...officer(2), source: first.source });
  await s.host.run(1);
  assert.equal(idOf(s, second), 'officer2');
  assert.equal(lookups(s).found, 0);
});

describe('what the vendor\'s resource answers besides an id leaves the identifier in force', () => {
  for (const kind of ['bytes', 'bad_utf8', 'newline', 'direction', 'nul', 'number', 'table', 'yes']) {
    test(kind, async (t) => {
      const s = await beside(t, { modes: { say: kind } });
      await s.until('that it is refused', () => lookups(s).refused === 1);
      assert.equal(idOf(s, s.players[0]), 'officer1');
      pressOutside(s, s.players[0]);
      await s.seen('the panic', ({ units }) => units.officer1 && units.officer1.panic);
      assert.deepEqual(s.host.scriptErrors, []);
    });
  }
  test('an error', async (t) => {
    const s = await beside(t, { modes: { fail: 'on' } });
    await s.until('that it failed', () => lookups(s).failed === 1);
    pressOutside(s, s.players[0]);
    await s.seen('the panic', ({ units }) => units.officer1 && units.officer1.panic);
    assert.ok(s.host.scriptErrors.every((error) => error.resource === 'sonorancad'), JSON.stringify(s.host.scriptErrors));
  });
});

test('a sonorancad that asks this bridge is not asked', async (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'sonoran-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  fs.cpSync(path.join(FIXTURES, 'sonorancad'), path.join(folder, 'sonorancad'), { recursive: true });
  fs.appendFileSync(path.join(folder, 'sonorancad/fxmanifest.lua'), "\nsonoran_bridge_compat 'yes'\n");
  const s = await beside(t, { link: () => 'vendor-1', host: { resources: [RESOURCE, FIXTURES, folder] } });
  pressOutside(s, s.players[0]);
  await s.seen('the panic', ({ units }) => units.officer1 && units.officer1.panic);
  await s.host.run(1);
  assert.equal(lookups(s).asked, 0);
  assert.deepEqual(s.lua('sonorancad', 'return asked'), [0]);
});

describe('what the CAD refuses under the identifier', () => {
  const unknown = { options: ['--unknown-unit', 'officer1'] };

  test('is sent again under the id that is found later, with one answer', async (t) => {
    const s = await beside(t, { ...unknown, modes: { delay: -1 } });
    const [player] = s.players;
    await s.until('that the look-up is given up', () => lookups(s).abandoned === 1);
    s.host.command('sonorancad_delay 200');
    s.host.command(`sonorancad_link ${player.source} vendor-1`);
    s.host.command(`panic ${player.source}`);
    s.host.command(`unitstatus ${player.source} 4`);
    await s.seen('both', ({ units }) => units['vendor-1'] && units['vendor-1'].panic && units['vendor-1'].status === 4);
    await answers(s, 2);
    await s.host.run(0.5);
    assert.deepEqual([s.results().answered, s.results().ok, s.results().failed], [2, 2, 0]);
    assert.equal(s.call('status')[0].presses.sent_again, 2);
    assert.equal(s.call('status')[0].presses.doubted, 0);
  });

  test('is sent again when a script says who the player is', async (t) => {
    const s = await beside(t, { ...unknown, modes: { delay: -1 } });
    const [player] = s.players;
    s.host.command(`panic ${player.source}`);
    await s.until('that it is refused', () => s.call('status')[0].presses.doubted === 1);
    s.host.command(`linkunit ${player.source} script-1`);
    await s.seen('the panic', ({ units }) => units['script-1'] && units['script-1'].panic);
    await answers(s, 1);
    assert.deepEqual([s.results().answered, s.results().ok], [1, 1]);
  });

  test('is sent no more when a newer press of the player overtakes it', async (t) => {
    const s = await beside(t, { ...unknown, modes: { delay: -1 } });
    const [player] = s.players;
    s.host.command(`panic ${player.source}`);
    await s.until('that it is refused', () => s.call('status')[0].presses.doubted === 1);
    s.host.command(`panic ${player.source} off`);
    await answers(s, 1);
    assert.equal(s.results().failed, 1, 'the first press is answered with the CAD\'s refusal');
    s.host.command(`linkunit ${player.source} script-1`);
    await answers(s, 2);
    const bodies = (await s.cad.requests('setUnitPanic')).map((one) => JSON.parse(one.body));
    assert.deepEqual(bodies.filter((body) => JSON.stringify(body).includes('script-1')).map((body) => body.isPanic), [false]);
    assert.deepEqual([s.results().answered, s.results().ok], [2, 1]);
  });

  test('is not sent again when it was overtaken before the refusal came', async (t) => {
    const s = await beside(t, { ...unknown, modes: { delay: -1 } });
    const [player] = s.players;
    await s.until('that the look-up is given up', () => lookups(s).abandoned === 1);
    await s.cad.faults({ delay_ms: 300, unknown_units: ['officer1'] });
    s.host.command(`panic ${player.source}`);
    await s.host.run(0.1);
    s.host.command(`panic ${player.source} off`);
    await s.until('that both are refused', () => s.results().answered === 1 && s.call('status')[0].presses.doubted === 1);
    s.host.command(`linkunit ${player.source} script-1`);
    await answers(s, 2);
    assert.deepEqual([s.results().answered, s.results().ok], [2, 1]);
    const { units } = await s.cad.stats();
    assert.equal(units['script-1'].panic, false);
    assert.equal((await s.cad.requests('setUnitPanic')).filter((one) => one.body.includes('script-1')).length, 1);
  });

  test('is answered with the refusal when the player leaves', async (t) => {
    const s = await beside(t, { ...unknown, modes: { delay: -1 } });
    const [player] = s.players;
    s.host.command(`panic ${player.source}`);
    await s.until('that it is refused', () => s.call('status')[0].presses.doubted === 1);
    s.host.dropPlayer(player.source);
    await answers(s, 1);
    assert.equal(s.results().failed, 1);
    assert.match(s.results().errors[0], /officer1/);
  });

  test('is answered with the refusal when the vendor\'s resource knows the player as nobody else', async (t) => {
    const s = await beside(t, { ...unknown, modes: { delay: 100 } });
    const [player] = s.players;
    await s.until('the look-up', () => lookups(s).missing === 1);
    s.host.command(`panic ${player.source}`);
    await answers(s, 1);
    assert.equal(s.results().failed, 1);
    assert.equal((await s.cad.requests('setUnitPanic')).length, 1);
  });

  test('is answered with the refusal at once when there is no resource of the vendor', async (t) => {
    const s = await serverOf(t, unknown);
    const player = s.host.addPlayer(officer(1));
    await s.said('runs:');
    s.host.command(`panic ${player.source}`);
    await answers(s, 1);
    assert.equal(s.results().failed, 1);
    assert.equal(s.call('status')[0].presses.doubted, 0);
  });
});

test('a panic that waits for a look-up is not lost when its player leaves', async (t) => {
  const s = await beside(t, { modes: { delay: -1 } });
  const [player] = s.players;
  await s.until('the look-up', () => lookups(s).under_way === 1);
  pressOutside(s, player);
  s.host.dropPlayer(player.source);
  await s.seen('the panic', ({ units }) => units.officer1 && units.officer1.panic);
  await s.until('its answer', () => s.lua('script_author', 'return answers')[0] === 'on:true ');
});

for (const order of [['lua', 'js'], ['js', 'lua']]) {
  test(`a panic that waits for a look-up is not lost when the bridge stops (${order.join(' before ')})`, async (t) => {
    const s = await beside(t, { modes: { delay: -1 }, host: { runtimeOrder: order } });
    await s.until('the look-up', () => lookups(s).under_way === 1);
    pressOutside(s, s.players[0]);
    assert.equal(s.call('status')[0].presses.holding, 1);
    s.host.stop('sonoran_bridge');
    assert.deepEqual(s.lua('script_author', 'return answers'), ['on:true ']);
    const { units } = await s.cad.stats();
    assert.equal(units.officer1 && units.officer1.panic, true);
    assert.deepEqual(s.host.scriptErrors, []);
  });
}

test('a unit named by its id while its player\'s press waits: the newer press has the last word', async (t) => {
  const s = await beside(t, { modes: { delay: 700 }, link: () => 'vendor-1' });
  const [player] = s.players;
  await s.until('the look-up', () => lookups(s).under_way === 1);
  s.lua('script_author', `exports.sonoran_bridge:setStatus(${player.source}, 1)`);
  s.lua('script_author', "exports.sonoran_bridge:setStatus('vendor-1', 4)");
  await s.until('the look-up\'s end', () => lookups(s).found === 1);
  await s.host.run(1);
  assert.equal((await s.cad.stats()).units['vendor-1'].status, 4);
});

describe('one value has one meaning', () => {
  const BOTH = /may mean a player or a unit; write tonumber\(id\) for a player and \{ unit = '(0*17)' \} for a unit/;
  const place = (unit) => `pushPositions({ { unit = ${unit}, x = 1, y = 2, z = 3 } })`;
  const WAYS = (unit) => [`setPanic(${unit}, true)`, `setStatus(${unit}, 4)`, place(unit), `removeUnit(${unit})`];

  test('a number is a player, a text is a unit, digits alone are refused, { unit = } is a unit', async (t) => {
    const s = await serverOf(t);
    const player = s.host.addPlayer({ ...officer(1), source: 17 });
    await s.said('runs:');
    const refused = (call, expected) => {
      const [ok, message] = s.lua('script_author', `return exports.sonoran_bridge:${call}`);
      assert.equal(ok, false, call);
      assert.match(message, expected, call);
    };
    const taken = (call) => assert.deepEqual(s.lua('script_author', `return (exports.sonoran_bridge:${call})`), [true], call);
    for (const on of [true, false]) {
      if (!on) s.host.dropPlayer(player.source);
      for (const text of ["'17'", "'0017'"]) WAYS(text).forEach((call) => refused(call, BOTH));
      WAYS("{ unit = '17' }").forEach(taken);
      WAYS("'unit 17'").forEach(taken);
      WAYS('17').forEach((call) => (on ? taken(call) : refused(call, /There is no player 17/)));
    }
    for (const odd of ['17.5', '0/0', '1e300', '-17', '0', '65536']) WAYS(odd).forEach((call) => refused(call, /A player is a server id/));
    for (const odd of ['{}', '{ 17 }', '{ unit = 17 }', '{ unit = {} }', "{ unit = '' }", '{ unit = print }', 'nil', 'true', 'print']) {
      WAYS(odd).forEach((call) => refused(call, /A unit is a player's server id|The unit id is empty/));
    }
    const stats = await s.seen('both units and the player', ({ units }) =>
      ['17', 'unit 17', 'officer1'].every((id) => units[id] && units[id].panic && units[id].status === 4));
    assert.deepEqual(Object.keys(stats.units).sort(), ['17', 'officer1', 'unit 17']);
    assert.deepEqual(s.host.scriptErrors, []);
  });

  test('where only a player can be meant, the digits of GetPlayers() are a player, and nothing else is', async (t) => {
    const s = await serverOf(t);
    const player = s.host.addPlayer(officer(1));
    await s.said('runs:');
    assert.equal(s.call('setOnDuty', String(player.source), true)[0], true);
    assert.deepEqual(s.call('getCommunityUserId', String(player.source)), [true, 'officer1']);
    for (const odd of ['0x1', ' 1', '1.0', '1e0', '', 'one', { unit: '1' }]) {
      const [ok, message] = s.call('setOnDuty', odd, true);
      assert.equal(ok, false, JSON.stringify(odd));
      assert.match(message, /A player is a server id, a whole number from 1 to 65535/);
    }
  });

  test('a text of digits is refused before the bridge has started, not when it is too late to say so', async (t) => {
    const s = await serverOf(t);
    assert.equal(s.call('isReady')[0], false);
    for (const [name, ...args] of [['setPanic', '17', true], ['setStatus', '17', 4], ['removeUnit', '17'], ['pushPositions', [{ unit: '17', x: 1, y: 2, z: 3 }]]]) {
      const [ok, message] = s.call(name, ...args);
      assert.equal(ok, false, name);
      assert.match(message, BOTH);
    }
  });
});

test('a resource that never answers is asked ever more rarely, and as before when it starts anew', async (t) => {
  const s = await beside(t, { count: 30, modes: { delay: -1 }, cfg: `set sonoran_bridge_url "http://127.0.0.1:9"\n${VENDOR}`, host: { clock: 'virtual', tickMs: 100 } });
  await s.host.run(3600);
  const { asked, abandoned, under_way: underWay } = lookups(s);
  assert.ok(asked >= 8 + 6 && asked <= 8 + 15, `${asked} look-ups in an hour: 8, then one after 1, 2, 4, 8 and each 10 minutes`);
  assert.equal(abandoned + underWay, asked);
  s.host.command('sonorancad_delay 0');
  s.host.restart('sonorancad');
  await s.host.run(60);
  assert.ok(lookups(s).missing >= 10, JSON.stringify(lookups(s)));
});

test('look-ups keep to 15 a minute and 8 at once for an hour of joins and presses', async (t) => {
  const s = await serverOf(t, { cfg: `set sonoran_bridge_url "http://127.0.0.1:9"\n${VENDOR}`, host: { clock: 'virtual', tickMs: 100 } });
  s.host.command('sonorancad_delay 900');
  const random = () => s.host.players.random();
  await s.said('runs:');
  for (let minute = 0; minute < 60; minute += 1) {
    for (let i = 0; i < 20; i += 1) {
      const joined = s.host.addPlayer(officer(s.host.players.nextSource));
      const sources = s.host.players.sources();
      if (sources.length > 40) s.host.dropPlayer(sources[Math.floor(random() * sources.length)]);
      if (random() < 0.9 && s.host.players.get(joined.source)) s.host.command(`panic ${joined.source}`);
      await s.host.run(3 * random() * 2);
    }
  }
  const [text, most] = s.lua('sonorancad', "return table.concat(stamps, ' '), most_under_way");
  const times = text.split(' ').map((stamp) => Number(stamp.split('@')[1]));
  const busiest = times.map((from, i) => times.slice(i).filter((at) => at - from < 60000).length);
  assert.ok(times.length > 300, `${times.length} look-ups in an hour`);
  assert.ok(Math.max(...busiest) <= 15, `${Math.max(...busiest)} look-ups in 60 s`);
  assert.ok(most <= 8, `${most} at once`);
  assert.deepEqual(s.host.scriptErrors, []);
});
