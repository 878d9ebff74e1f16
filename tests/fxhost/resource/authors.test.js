'use strict';

// The real resource as an author who works in JavaScript uses it (fixtures/js_author): every export, its two values, its
// refusals and its callbacks, as the docs say. tests/mono/author.test.js does the same in C#.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { createHost } = require('../host');
const { writeResources } = require('../test/sandbox');
const { startCad, RESOURCE } = require('./cad');
const { serverOf, officer } = require('./server');

async function author(t, more = {}) {
  const s = await serverOf(t, { ensure: ['sonoran_bridge', 'js_author'], ...more });
  const log = () => s.host.callExport('js_author', 'log')[0];
  /** Does a step; gives what the export returned. */
  const step = (name, ...values) => {
    s.host.triggerEvent('js_author:do', name, ...values);
    const entry = log()
      .filter((one) => one.answer === undefined || one.answer === null)
      .pop();
    assert.equal(
      entry.step,
      name,
      `${name} did not come to its end: ${s.host.scriptErrors.map((one) => one.message)}`,
    );
    return entry.gave;
  };
  const answers = (name) =>
    log()
      .filter((one) => one.step === name && one.answer)
      .map((one) => one.answer);
  const answer = async (name, n = 1) => {
    await s.until(`answer ${n} to ${name}`, () => answers(name).length >= n);
    return answers(name)[n - 1];
  };
  return { ...s, step, answers, answer };
}

test('what is taken is true and a value, in JavaScript an array of two', async (t) => {
  const s = await author(t);
  const player = s.host.addPlayer(officer(1));
  await s.said('runs:');
  assert.deepEqual(s.step('panic', 'unit-1', true), [true, []]);
  assert.deepEqual(s.step('status', 'unit-1', 'ENROUTE'), [true, []]);
  assert.deepEqual(s.step('status', player.source, 2), [true, []]);
  assert.deepEqual(s.step('status', { unit: '17' }, 2), [true, []]);
  assert.deepEqual(s.step('positions', ['a', 'b', 'c']), [true, { taken: 3 }]);
  assert.deepEqual(s.step('position', 'd'), [true, { taken: 1 }]);
  assert.deepEqual(s.step('remove', 'd'), [true, []]);
  assert.deepEqual(s.step('duty', player.source, true), [true, []]);
  assert.deepEqual(s.step('link', player.source, 'unit-9'), [true, []]);
  assert.deepEqual(s.step('who', player.source), [true, 'unit-9']);
  assert.deepEqual(s.step('link', player.source, null), [true, []]);
  assert.deepEqual(s.step('who', player.source), [true, 'officer1']);
  assert.equal(s.step('ready'), true);
  const [taken, number] = s.step('call', 'getServers', {});
  assert.equal(taken, true);
  assert.equal(Number.isInteger(number), true);
  const [again, next] = s.step('callWithoutCallback', 'getServers', {});
  assert.deepEqual([again, next], [true, number + 1]);
  await s.seen(
    'all of it',
    ({ units }) => units['unit-1'] && units['unit-1'].panic && units['unit-1'].status === 3 && units.a && units.c,
  );
  await s.until('running in status()', () => s.step('stats') === 'running');
  assert.deepEqual(s.host.scriptErrors, []);
});

test('what is refused is false and a message, and a callback is told of it', async (t) => {
  const s = await author(t);
  await s.said('runs:');
  const refused = (pattern, name, ...values) => {
    const given = s.step(name, ...values);
    assert.equal(given.length, 2, name);
    assert.equal(given[0], false, name);
    assert.match(given[1], pattern);
  };
  refused(/no player 99/, 'panic', 99, true);
  refused(/may mean a player or a unit/, 'status', '17', 2);
  refused(/true or false as its second argument/, 'panic', 'unit-1', 'yes');
  refused(/The status is 'SLEEPING'/, 'status', 'unit-1', 'SLEEPING');
  refused(/x of a position must be a number.* 0 of 1 were taken/, 'badPositions', [{ unit: 'a', y: 1, z: 1 }]);
  refused(/no field 'speed'/, 'badPositions', { unit: 'a', x: 1, y: 1, z: 1, speed: 3 });
  refused(/list of positions/, 'badPositions', 'here');
  refused(/unit id is empty/, 'remove', '');
  refused(/no player 99/, 'duty', 99, true);
  refused(/community user id is empty/, 'link', s.host.addPlayer(officer(1)).source, '');
  refused(/no player 99/, 'who', 99);
  refused(/noSuchOperation/, 'call', 'noSuchOperation', {});
  refused(/deadline_ms .* got -5/, 'call', 'getServers', {}, { deadline_ms: -5 });
  refused(/callback must be a function; got string/, 'wrongCallback', 'not a function');
  assert.equal(s.step('cancel')[0], false);
  const kinds = (name) => s.answers(name).map((answer) => [answer.ok, answer.status, answer.error.kind]);
  assert.deepEqual(kinds('panic'), [
    [false, 0, 'invalid_argument'],
    [false, 0, 'invalid_argument'],
  ]);
  assert.deepEqual(kinds('status'), [
    [false, 0, 'invalid_argument'],
    [false, 0, 'invalid_argument'],
  ]);
  assert.deepEqual(kinds('call'), [
    [false, 0, 'invalid_argument'],
    [false, 0, 'invalid_argument'],
  ]);
  assert.match(s.answers('status')[1].error.detail, /The status is 'SLEEPING'/);
  assert.deepEqual(s.host.scriptErrors, []);
});

test('callbacks are given the answer of the CAD: its body as JavaScript values, or as a text', async (t) => {
  const s = await author(t);
  await s.said('runs:');
  s.step('panic', 'unit-1', true);
  const panic = await s.answer('panic');
  assert.deepEqual([panic.ok, panic.status, panic.deduplicated], [true, 200, false]);
  s.step('call', 'getServers', {});
  const servers = await s.answer('call');
  assert.deepEqual([servers.ok, servers.status, Array.isArray(servers.body.servers)], [true, 200, true]);
  s.step('call', 'getServers', {}, { raw: true });
  const raw = await s.answer('call', 2);
  assert.deepEqual(JSON.parse(raw.body).servers.length, servers.body.servers.length);
  s.step('call', 'getTemplate', '{"recordTypeId":7}');
  assert.equal((await s.answer('call', 3)).ok, true);
  assert.deepEqual(s.host.scriptErrors, []);
});

test('integers of JavaScript arrive whole, also beyond 32 bits', async (t) => {
  const s = await author(t);
  await s.said('runs:');
  s.step('call', 'getCharacters', { roblox: 8589934592123 });
  await s.answer('call');
  const [request] = await s.cad.requests('getCharacters');
  assert.match(request.target || request.path || JSON.stringify(request), /roblox=8589934592123(&|"|$)/);
});

test('a call that waits is given up by its number', async (t) => {
  const s = await author(t, { options: ['--rate-scale', '1'], url: () => 'http://127.0.0.1:9' });
  await s.said('runs:');
  const [taken] = s.step('call', 'createDispatchCall', {
    origin: 0,
    status: 1,
    priority: 2,
    title: 'x',
    communityUserIds: [],
  });
  assert.equal(taken, true);
  assert.deepEqual(s.step('cancel'), [true, []]);
  assert.equal((await s.answer('call')).error.kind, 'cancelled');
});

test('callbacks are answered before the stop of the bridge is over', async (t) => {
  const s = await author(t, { url: () => 'http://127.0.0.1:9' });
  await s.said('runs:');
  s.step('call', 'createDispatchCall', { origin: 0, status: 1, priority: 2, title: 'x', communityUserIds: [] });
  s.step('panic', 'unit-1', true);
  s.step('status', 'unit-1', 3);
  s.host.stop('sonoran_bridge');
  for (const name of ['call', 'panic', 'status']) {
    assert.deepEqual(
      s.answers(name).map((answer) => [answer.ok, answer.error.kind]),
      [[false, 'shutting_down']],
      name,
    );
  }
});

test('an error in a callback is named on the console, with the resource that it belongs to, and harms nothing else', async (t) => {
  const s = await author(t);
  await s.said('runs:');
  s.step('throwsInCallback', 'unit-1');
  await s.until('the error', () => s.host.console.find('the author made a mistake').length > 0);
  assert.deepEqual([...new Set(s.host.scriptErrors.map((error) => error.resource))], ['js_author']);
  s.step('panic', 'unit-1', true);
  assert.equal((await s.answer('panic')).ok, true);
});

test('under another folder name the exports answer as sonoran_bridge, also after a restart, to those who had asked before', async (t) => {
  const folder = writeResources(t, { user: { 'server.lua': '', 'server.js': '' } });
  fs.cpSync(RESOURCE, path.join(folder, 'sonoran_bridge-main'), { recursive: true });
  const cad = await startCad();
  const host = await createHost({
    resources: [folder],
    cfgText: `set sonoran_apiKey "${cad.key}"\nset sonoran_bridge_url "${cad.http_url}"\nensure sonoran_bridge-main\nensure user`,
  });
  t.after(async () => {
    host.close();
    await cad.stop();
  });
  const asked = () => [
    host.evaluate('user', 'lua', `return exports.sonoran_bridge:setStatus('unit-1', 2)`),
    JSON.parse(host.evaluate('user', 'js', `JSON.stringify(exports.sonoran_bridge.setStatus('unit-1', 2))`)),
  ];
  const taken = [
    [true, []],
    [true, []],
  ];
  assert.deepEqual(asked(), taken);
  host.restart('sonoran_bridge-main');
  assert.deepEqual(asked(), taken);
  await host.run(0.2);
  assert.deepEqual(asked(), taken);
});
