'use strict';

// The real resource as an author who works in C# uses it (tests/fxhost/fixtures/csharp_author), through
// Exports["sonoran_bridge"]: the game gives C# the first result of an export and no other.

const assert = require('node:assert/strict');
const path = require('node:path');
const { test } = require('node:test');
const { createHost } = require('../fxhost/host');
const { startCad, BUILD, RESOURCE } = require('../fxhost/resource/cad');

const MONO = path.join(BUILD, 'mono', 'mono_host.exe');
const AUTHOR = path.join(BUILD, 'mono', 'csharp_author');
const LIMIT_MS = 60000;

async function author(t, { url } = {}) {
  const cad = await startCad([]);
  const host = await createHost({
    resources: [RESOURCE, AUTHOR],
    mono: MONO,
    convars: { sonoran_apiKey: cad.key, sonoran_bridge_url: url || cad.http_url, sonoran_bridge_host: 'node' },
    clock: 'real',
  });
  t.after(async () => {
    host.close();
    await cad.stop();
  });
  const until = (what, condition) => host.until(condition, { limitMs: LIMIT_MS, what });
  await until('the start', () => host.console.find('runs:').length > 0);
  const log = () => host.callExport('csharp_author', 'log')[0];
  /** Does a step; gives what the export returned to C#. */
  const step = (name, first = null, second = null) => {
    host.triggerEvent('csharp_author:do', name, first, second);
    const entry = log()
      .filter((one) => !one.answer)
      .pop();
    assert.ok(
      entry && entry.step === name,
      `${name} did not come to its end: ${host.console.lines.slice(-5).join('\n')}`,
    );
    return entry.gave;
  };
  const answers = (name) =>
    log()
      .filter((one) => one.answer && one.answer.step === name)
      .map((one) => one.answer);
  const answer = async (name, n = 1) => {
    await until(`answer ${n} to ${name}`, () => answers(name).length >= n);
    return answers(name)[n - 1];
  };
  return { host, cad, step, answers, answer, until };
}

const officer = { identifiers: ['license:officer1'], x: 1, y: 2, z: 3 };

test('what is taken is true, and callbacks are given the answer of the CAD', async (t) => {
  const s = await author(t);
  const player = s.host.addPlayer(officer);
  assert.equal(s.step('ready'), true);
  assert.equal(s.step('panic', 'unit-1', true), true);
  const panic = await s.answer('panic');
  assert.deepEqual([panic.ok, panic.status], [true, 200]);
  assert.equal(s.step('status', 'unit-1', 'ENROUTE'), true);
  assert.equal(s.step('status', player.source, 2), true);
  await s.answer('status', 2);
  assert.deepEqual(
    s.answers('status').map((one) => one.ok),
    [true, true],
  );
  assert.equal(s.step('positions', 'drone', 1), true);
  assert.equal(s.step('position', 'balloon', 1.5), true);
  assert.equal(s.step('remove', 'balloon'), true);
  assert.equal(s.step('duty', player.source, true), true);
  assert.equal(s.step('link', player.source, 'unit-9'), true);
  assert.equal(s.step('who', player.source), true);
  assert.equal(s.step('link', player.source, null), true);
  assert.equal(s.step('call', 'getServers'), true);
  const servers = await s.answer('call');
  assert.deepEqual([servers.ok, servers.status, Array.isArray(servers.body.servers)], [true, 200, true]);
  assert.equal(s.step('call', 'getTemplate', { recordTypeId: 7 }), true);
  assert.equal((await s.answer('call', 2)).ok, true);
  assert.equal(s.step('callWithDeadline', 'getServers', 5000), true);
  assert.equal((await s.answer('callWithDeadline')).ok, true);
  await s.until('running in status()', () => s.step('state') === 'running');
  await s.until('the positions', () => s.host.callExport('sonoran_bridge', 'status')[0].units.known >= 2);
  const { units } = await s.cad.stats();
  assert.deepEqual([units['unit-1'].panic, units['unit-1'].status], [true, 3]);
  assert.deepEqual(s.host.scriptErrors, []);
});

test('what is refused is false; why, the callback is told', async (t) => {
  const s = await author(t);
  assert.equal(s.step('panic', 99, true), false);
  assert.equal(s.step('panic', 'unit-1', 'yes'), false);
  assert.equal(s.step('status', 'unit-1', 'SLEEPING'), false);
  assert.equal(s.step('positions', 'drone', 'east'), false);
  assert.equal(s.step('remove', ''), false);
  assert.equal(s.step('duty', 99, true), false);
  assert.equal(s.step('link', 99, 'unit-9'), false);
  assert.equal(s.step('who', 99), false);
  assert.equal(s.step('call', 'noSuchOperation'), false);
  assert.equal(s.step('callWithDeadline', 'getServers', -5), false);
  assert.equal(s.step('cancel', 12345), false);
  assert.equal(s.step('noSuchExport'), 'there is no such export');
  const refusals = (name) => s.answers(name).map((one) => [one.ok, one.kind, one.detail]);
  assert.equal(refusals('panic').length, 2);
  for (const [name, pattern] of [
    ['panic', /no player 99|true or false/],
    ['status', /The status is 'SLEEPING'/],
    ['call', /noSuchOperation/],
    ['callWithDeadline', /got -5/],
  ]) {
    for (const [ok, kind, detail] of refusals(name)) {
      assert.deepEqual([ok, kind], [false, 'invalid_argument'], name);
      assert.match(detail, pattern);
    }
  }
  assert.deepEqual(s.host.scriptErrors, []);
});

test('callbacks in C# are answered before the stop of the bridge is over', async (t) => {
  const s = await author(t, { url: 'http://127.0.0.1:9' });
  assert.equal(s.step('panic', 'unit-1', true), true);
  assert.equal(
    s.step('call', 'createDispatchCall', { origin: 0, status: 1, priority: 2, title: 'x', communityUserIds: [] }),
    true,
  );
  s.host.stop('sonoran_bridge');
  for (const name of ['panic', 'call'])
    assert.deepEqual(
      s.answers(name).map((one) => [one.ok, one.kind]),
      [[false, 'shutting_down']],
      name,
    );
});

test('the first result alone arrives in C#, null where there is none; of an export that waits, in a task', async (t) => {
  const s = await author(t);
  s.host.evaluate('sonoran_bridge', 'lua', `exports('removeUnit', function() end)`);
  assert.equal(s.step('remove', 'unit-1'), null);
  s.host.evaluate('sonoran_bridge', 'lua', `exports('removeUnit', function() return nil, 'why' end)`);
  assert.equal(s.step('remove', 'unit-1'), null);
  s.host.evaluate('sonoran_bridge', 'lua', `exports('removeUnit', function() return 'first', 'second' end)`);
  assert.equal(s.step('remove', 'unit-1'), 'first');
  s.host.evaluate('sonoran_bridge', 'lua', `exports('later', function() Wait(50) return 'done', 'and more' end)`);
  assert.equal(s.step('later'), 'a task');
  assert.deepEqual(await s.answer('later'), { step: 'later', ok: 'done' });
});
