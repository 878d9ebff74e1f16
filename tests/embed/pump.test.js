'use strict';

// The resource's JavaScript and addon in a Node that is run as the game server runs it (pump.cpp), against the CAD
// simulator. A threadsafe function would abort it, which the first tests show.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { test } = require('node:test');
const { spawnSync } = require('node:child_process');
const { BUILD } = require('../fxhost/resource/cad');
const { pump, cadOf, assertEnded } = require('./pump');

const THREADSAFE = path.join(BUILD, 'lib', 'threadsafe.node');
test('a threadsafe function works in plain Node, and aborts a Node that is pumped without a context', async (t) => {
  const plain = spawnSync(process.execPath, ['-e', `require(${JSON.stringify(THREADSAFE)}).call(() => console.log('called'))`]);
  assert.equal(plain.stdout.toString(), 'called\n');
  const run = await pump({ cad: await cadOf(t), config: { threadsafe: THREADSAFE } });
  assert.equal(run.signal, 'SIGABRT', run.errors);
  assert.match(run.errors, /InternalCallbackScope.*Assertion/);
});

test('the whole script: opened, positions, panic, status, answers polled, stopped', async (t) => {
  const cad = await cadOf(t);
  const run = await pump({ cad, config: { calls: 10, last: true } });
  assertEnded(run);
  const [report] = run.reports;
  assert.equal(report.answered, 10);
  assert.equal(report.failed, 0);
  assert.ok(report.read >= 128, `${report.read} places were read`);
  assert.equal(report.untaken, 0);
  const stats = await cad.stats();
  assert.equal(Object.keys(stats.units).length, 129, 'each unit, and the one that pressed as the resource stopped');
  assert.equal(stats.units['last-0'].panic, true);
  assert.equal(stats.units['unit-0-1'].panic, true);
  const updates = JSON.parse((await cad.requests('updateUnitLocations'))[0].body).updates;
  assert.equal(updates.length, 128);
  assert.ok(updates.some((update) => update.location === 'Vinewood Boulevard'));
});

test('a pending timer does not keep an environment that stops, and a call after the stop gets a message', async (t) => {
  // game.js leaves an interval and a timer of an hour behind; pump_node fails when a handle keeps the loop.
  const run = await pump({ cad: await cadOf(t) });
  assertEnded(run);
  assert.ok(run.lives[0].script.timer > 0, 'its timers ran');
  assert.match(run.lives[0].script.late, /not open/);
});

test('a CAD that does not answer: a stop gives up before the CAD has had its time, and says what was left', async (t) => {
  const cad = await cadOf(t, ['--stall', 'BEFORE']);
  // A request waits a minute for its answer, and is then sent again.
  const run = await pump({ cad, convars: { sonoran_bridge_read_timeout_ms: '60000' }, config: { unanswered: true, last: true, stop_ms: undefined } });
  assertEnded(run);
  t.diagnostic(`flush ${run.lives[0].script.flush_ms} ms of at most 1500, whole stop ${run.lives[0].stop_ms} ms`);
  assert.match(run.lives[0].script.lines.join('\n'), /stopped with .*panic.* not delivered to the CAD/);
  const panics = (await cad.requests('setUnitPanic')).map((request) => request.body);
  assert.equal(new Set(panics).size, panics.length, 'nothing was sent twice');
});

for (const end of ['exit', 'abandon']) {
  test(`a process that ends without a stop (${end}), over TLS, with requests under way, does not crash`, async (t) => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'sonoran-'));
    t.after(() => fs.rmSync(folder, { recursive: true }));
    const ca = path.join(folder, 'ca.pem');
    const cad = await cadOf(t, ['--ca-file', ca]);
    const convars = { sonoran_bridge_url: cad.https_url, sonoran_bridge_ca_file: ca };
    // Objects that are still in use at exit() are never freed; that is no leak.
    const env = { ASAN_OPTIONS: `${process.env.ASAN_OPTIONS || ''}:detect_leaks=0` };
    // From the middle of the first handshakes to the middle of the answers.
    for (const calls of [0, 1, 2, 6]) {
      assertEnded(await pump({ cad, environments: 3, end, convars, env, config: { units: 1024, calls, unanswered: true } }));
    }
    await cad.faults({ stall: 'BEFORE', rate_scale: 0 });
    assertEnded(await pump({ cad, environments: 3, end, convars, env, config: { calls: 2, unanswered: true } }));
  });
}
