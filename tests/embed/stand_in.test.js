'use strict';

// The whole resource, Lua included, restarted again and again in the stand-in of the game server, against the CAD
// simulator, with a shift of officers at work: nothing grows.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { spawnSync } = require('node:child_process');
const { createHost } = require('../fxhost/host');
const { startCad, BUILD, RESOURCE, KEY } = require('../fxhost/resource/cad');

const FIXTURES = path.resolve(__dirname, '../fxhost/fixtures');
const LIMIT_MS = 60000;
const RESTARTS = 100;
// Resident memory may grow by this much between the 20th and the 100th restart. The stand-in keeps all JavaScript in one
// environment: what a load of the addon registers there stays until the process ends (about 50 KiB each), and the Lua
// of each life, in WebAssembly, waits for the garbage collectors: 34 MiB were measured. What the addon itself leaves
// behind is measured in restarts.test.js, where an environment ends with its resource. Bridges themselves are counted by their threads and descriptors.
const GROWTH_KIB = 65536;
const MIDDLE = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

const entries = (folder) => fs.readdirSync(folder).length;
function measure() {
  if (globalThis.gc) globalThis.gc();
  return {
    threads: entries('/proc/self/task'),
    descriptors: entries('/proc/self/fd'),
    timers: process.getActiveResourcesInfo().filter((name) => /Timeout|Immediate/.test(name)).length,
    resident_kib: Math.round(process.memoryUsage.rss() / 1024),
  };
}

test(`${RESTARTS} restarts of the resource under load: flat, and each panic at a stop arrives`, async (t) => {
  const cad = await startCad(['--rate-scale', '0']);
  const host = await createHost({
    resources: [RESOURCE, FIXTURES],
    cfgText: `set sonoran_apiKey "${KEY}"\nset sonoran_bridge_url "${cad.http_url}"\nensure sonoran_bridge\nensure script_author`,
    clock: 'real',
    players: 32,
  });
  t.after(async () => {
    host.close();
    await cad.stop();
  });
  const ready = (n) => host.until(() => host.console.find('runs:').length >= n, { limitMs: LIMIT_MS, what: `start ${n}` });
  await ready(1);
  const stopped = [];
  const flushes = [];
  for (let n = 0; n < RESTARTS; n += 1) {
    host.start('script_author');
    await host.run(0.05);
    host.command('allduty');
    host.command('statusround');
    await host.run(0.1);
    const [ok, message] = host.callExport('sonoran_bridge', 'setPanic', `stop-${n}`, true);
    assert.ok(ok, message);
    const began = performance.now();
    host.stop('sonoran_bridge');
    flushes.push(performance.now() - began);
    stopped.push(measure());
    host.console.clear();
    // A key of its own for each, and so a budget of its own: the module keeps a key's budget over restarts.
    host.command(`sonoran_apiKey ${KEY}.${n}`);
    host.start('sonoran_bridge');
    await ready(1);
  }
  assert.deepEqual(host.scriptErrors, []);
  const { units } = await cad.stats();
  for (let n = 0; n < RESTARTS; n += 1) assert.equal(units[`stop-${n}`]?.panic, true, `the panic at stop ${n}`);
  const at = (n) => Object.fromEntries(Object.keys(stopped[0]).map((key) => [key, MIDDLE(stopped.slice(n - 5, n + 5).map((one) => one[key]))]));
  const [early, late] = [at(20), at(RESTARTS - 5)];
  t.diagnostic(`at stop 20 ${JSON.stringify(early)}, at the end ${JSON.stringify(late)}; ` +
    `a stop takes ${MIDDLE(flushes).toFixed(0)} ms (at most ${Math.max(...flushes).toFixed(0)})`);
  for (const key of ['threads', 'descriptors', 'timers']) assert.equal(late[key], early[key], key);
  assert.ok(late.resident_kib - early.resident_kib <= GROWTH_KIB, 'memory');
});

test('the process ends without a stop, with the resource at work: no crash', () => {
  const source = `
    const { createHost } = require(${JSON.stringify(path.resolve(__dirname, '../fxhost/host'))});
    const { startCad, RESOURCE, KEY } = require(${JSON.stringify(path.resolve(__dirname, '../fxhost/resource/cad'))});
    (async () => {
      const cad = await startCad();
      const host = await createHost({ resources: [RESOURCE], clock: 'real', players: 16, cfgText:
        'set sonoran_apiKey "' + KEY + '"\\nset sonoran_bridge_url "' + cad.http_url + '"\\nset sonoran_bridge_tracking "all"\\nensure sonoran_bridge' });
      await host.until(() => host.console.find('runs:').length > 0, { limitMs: ${LIMIT_MS}, what: 'the start' });
      for (let n = 0; n < 10; n += 1) host.callExport('sonoran_bridge', 'setPanic', 'unit-' + n, true);
      process.exit(0);
    })();`;
  const ran = spawnSync(process.execPath, ['-e', source], { env: { ...process.env, SONORAN_BUILD: BUILD }, timeout: LIMIT_MS });
  assert.deepEqual([ran.status, ran.signal, ran.stderr.toString()], [0, null, '']);
});
