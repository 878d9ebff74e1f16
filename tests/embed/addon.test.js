'use strict';

// The addon alone, in plain Node: several environments, loads and ends of one process, and what a script may throw at it.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { spawn } = require('node:child_process');
const { Worker } = require('node:worker_threads');
const msgpack = require('../fxhost/node_modules/msgpack-lite');
const { startCad, BUILD, KEY } = require('../fxhost/resource/cad');

const ADDON = path.join(BUILD, 'lib', 'sonoran_bridge.node');
const LIMIT_MS = 60000;

// Stock Node shows its own simdjson to all; the game server's is hidden. Deep binding keeps an addon to its own.
const { RTLD_NOW, RTLD_DEEPBIND = 0 } = require('node:os').constants.dlopen;
const FLAGS = RTLD_NOW | RTLD_DEEPBIND;
const LOAD = `(file) => { const module = { exports: {} }; process.dlopen(module, file, ${FLAGS}); return module.exports; }`;
const open = eval(LOAD);

const addon = open(ADDON);
const count = (folder) => fs.readdirSync(folder).length;
const threads = () => count('/proc/self/task');

async function cadOf(t, options = []) {
  const cad = await startCad(['--rate-scale', '0', ...options]);
  t.after(() => cad.stop());
  return { cad, settings: { sonoran_apiKey: KEY, sonoran_bridge_url: cad.http_url } };
}

/** Waits until `condition` gives something; `what` is said when it does not. */
async function until(what, condition) {
  const end = Date.now() + LIMIT_MS;
  for (;;) {
    const value = await condition();
    if (value) return value;
    assert.ok(Date.now() < end, `${what} did not come true within ${LIMIT_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Runs a script in a Node of its own, with ADDON and SETTINGS defined: {code, signal, errors}. */
function runNode(source, settings) {
  const head = `const addon = (${LOAD})(${JSON.stringify(ADDON)}); const settings = ${JSON.stringify(settings)};`;
  const child = spawn(process.execPath, ['-e', head + source], { stdio: ['ignore', 'inherit', 'pipe'] });
  const limit = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
  let errors = '';
  child.stderr.on('data', (part) => (errors += part));
  return new Promise((resolve) => {
    child.on('close', (code, signal) => {
      clearTimeout(limit);
      resolve({ code, signal, errors });
    });
  });
}

/**
 * A worker that opens bridges, presses a panic in each, and then does `then`. With `acquainted` it first waits until
 * each bridge has had an answer, so that its connection stands.
 */
function work(settings, { bridges = 1, name, acquainted = false, then = '' }) {
  return new Worker(
    `const { workerData, parentPort } = require('node:worker_threads');
     const addon = (${LOAD})(workerData.file);
     const pause = new Int32Array(new SharedArrayBuffer(4));
     const open = Array.from({ length: workerData.bridges }, () => addon.open(workerData.settings));
     if (${acquainted}) {
       for (const { id } of open) addon.panic(id, workerData.name + '-first', 1);
       for (const { id } of open) while (!addon.poll(id, 64).some((event) => event.ok)) Atomics.wait(pause, 0, 0, 1);
     }
     open.forEach(({ id }, n) => {
       addon.panic(id, workerData.name + '-' + n, 1);
       for (let i = 0; i < 100; i += 1) addon.positions(id, [workerData.name + i, i, i, i, i, 'Street', undefined, undefined, 'car', 1]);
     });
     parentPort.postMessage('open');
     ${then}`,
    { eval: true, workerData: { file: ADDON, settings, bridges, name } },
  );
}
const ended = (worker) => new Promise((resolve, reject) => worker.on('exit', resolve).on('error', reject));

/** What Lua answers with these rows and texts. */
const placesOf = (rows, texts = []) => msgpack.encode([[rows, texts]]);

test('rows of slots that nobody holds are not taken, and are counted as refused', async (t) => {
  const { settings } = await cadOf(t);
  const { id } = addon.open(settings);
  t.after(() => addon.close(id, 0));
  const row = (slot) => [slot, 10, 20, 30, 90];
  const push = (...slots) => slots.length - addon.answer(id, placesOf(slots.flatMap(row)), []);
  const refused = (n) => until(`${n} refused positions`, () => JSON.parse(addon.stats(id)).refused.positions === n);
  assert.equal(push(7), 0, 'no slot was ever held');
  addon.bind(id, 7, 'license:a');
  assert.equal(push(), 0, 'a binding crosses without a position');
  assert.equal(push(7, 8, -1, 65535, 7), 2);
  await refused(4);
  addon.bind(id, 7, '');
  assert.equal(push(7), 0, 'it was let go of');
  await refused(5);
  const { accepted } = JSON.parse(addon.stats(id)).classes.position;
  assert.equal(accepted, 2, 'what was handed over is taken or refused');
});

test('several environments at once, each with its own bridge, end by themselves with a bridge open', async (t) => {
  // A key each: bridges of one key share its budget, and 36 panics are more than a minute's.
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  const { cad, settings } = await cadOf(t, names.flatMap((name) => ['--key', `${KEY}.${name}`]));
  const before = threads();
  const codes = await Promise.all(names.map((name) =>
    ended(work({ ...settings, sonoran_apiKey: `${KEY}.${name}` }, { name, bridges: 3, acquainted: true }))));
  assert.deepEqual(codes, names.map(() => 0));
  // The environment's end flushes what waits: one round trip, for which a second is enough on any machine.
  const { units } = await cad.stats();
  for (const name of names) for (const n of [0, 1, 2]) assert.equal(units[`${name}-${n}`]?.panic, true, `${name}-${n}`);
  await until('the end of all threads', () => threads() <= before);
});

test('environments that are terminated at work, 50 times, leave no thread and no descriptor', async (t) => {
  const { settings } = await cadOf(t);
  const round = async (n) => {
    const worker = work(settings, { name: `t${n}`, then: 'for (;;) addon.poll(open[0].id, 64);' });
    await new Promise((resolve) => worker.once('message', resolve));
    await worker.terminate();
  };
  await round('first');
  const before = [threads(), count('/proc/self/fd')];
  for (let n = 0; n < 50; n += 1) await round(n);
  await until('that threads and descriptors are as before', () => threads() <= before[0] && count('/proc/self/fd') <= before[1]);
});

test('an environment that ends while the CAD hangs waits once for all its bridges, not once for each', async (t) => {
  const { cad, settings } = await cadOf(t, ['--stall', 'BEFORE']);
  // 1 s in all; one after the other they would take 40 s, and those that wait would find no answer and try again.
  const patience = { sonoran_bridge_read_timeout_ms: '10000' };
  assert.equal(await ended(work({ ...settings, ...patience }, { name: 'hang', bridges: 40 })), 0);
  const panics = (await cad.requests('setUnitPanic')).map((request) => request.body);
  assert.equal(new Set(panics).size, panics.length, 'no bridge lived long enough to try again');
});

test('loaded again in one environment, as a restart in the stand-in does: each load has bridges of its own', async (t) => {
  const { settings } = await cadOf(t);
  const [first, second] = [open(ADDON), open(ADDON)];
  const { id } = first.open(settings);
  assert.throws(() => second.stats(id), /No bridge is open under this number/);
  assert.equal(second.open(settings).id, 0);
  first.close(id, 0);
  assert.equal(typeof second.stats(0), 'string');
  second.close(0, 0);
});

test('the view of the counter is empty as soon as the bridge is closed', async (t) => {
  const { settings } = await cadOf(t);
  const { id, pending } = addon.open(settings);
  assert.equal(pending.length, 1);
  addon.panic(id, 'unit', 1);
  await until('an answer', () => Atomics.load(pending, 0) > 0);
  assert.equal(addon.pending(id), Atomics.load(pending, 0));
  addon.close(id, 0);
  assert.equal(pending.length, 0);
  assert.equal(pending.buffer.byteLength, 0);
  assert.equal(pending[0], undefined);
  assert.throws(() => addon.poll(id, 1), /No bridge is open/);
  // The next bridge in this place has a view of its own, and the old one stays empty.
  const next = addon.open(settings);
  assert.equal(next.id, id);
  assert.equal(next.pending.length, 1);
  assert.equal(pending.length, 0);
  addon.close(next.id, 0);
});

test('a process ends by itself with a bridge open: nothing of it keeps the loop', async (t) => {
  const { cad, settings } = await cadOf(t);
  const run = await runNode("addon.panic(addon.open(settings).id, 'natural', 1); setTimeout(() => {}, 3600000).unref();", settings);
  assert.deepEqual(run, { code: 0, signal: null, errors: '' });
  assert.equal((await cad.stats()).units.natural?.panic, true);
});

test('process.exit in the middle of the work, and an uncaught exception, are no crash', async (t) => {
  const { settings } = await cadOf(t);
  const busy = "const { id } = addon.open(settings); for (let i = 0; i < 200; i += 1) { addon.panic(id, 'u' + i, 1); addon.positions(id, ['u' + i, i, i, i, i, 0, 0, 0, 0, 0]); }";
  for (let n = 0; n < 5; n += 1) {
    assert.deepEqual(await runNode(`${busy} setTimeout(() => process.exit(7), ${n});`, settings), { code: 7, signal: null, errors: '' });
  }
  const thrown = await runNode(`${busy} throw new Error('mine');`, settings);
  assert.equal(thrown.code, 1);
  assert.match(thrown.errors, /Error: mine/);
});

test('a bridge may be opened and used while the environment ends', async (t) => {
  const { cad, settings } = await cadOf(t);
  const run = await runNode("process.on('exit', () => addon.panic(addon.open(settings).id, 'late', 1));", settings);
  assert.deepEqual(run, { code: 0, signal: null, errors: '' });
  assert.equal((await cad.stats()).units.late?.panic, true);
});

const NUMBERS = [NaN, Infinity, -Infinity, -1, 0.5, 1e300, -0, 2 ** 53, 4294967296];
const STRANGE = [undefined, null, '', '0', {}, [], () => {}, Symbol('s'), 5n, new Proxy({}, {}), new Int32Array(0), ...NUMBERS];

test('any value in any place of any function is an Error or an answer, and the bridge goes on', async (t) => {
  const { settings } = await cadOf(t);
  const { id } = addon.open(settings);
  const functions = Object.keys(addon).filter((name) => typeof addon[name] === 'function' && !['open', 'close'].includes(name));
  assert.ok(functions.length >= 10);
  const attempt = (name, ...args) => {
    try {
      addon[name](...args);
    } catch (error) {
      assert.ok(error instanceof Error && error.message.length > 10, `${name}: ${error}`);
    }
  };
  for (const name of functions) {
    for (const first of STRANGE) attempt(name, first);
    for (const second of STRANGE) {
      attempt(name, id, second);
      for (const third of STRANGE) {
        attempt(name, id, second, third, third, third, third, third, third, third);
        attempt(name, id, 'unit', third, second, third, second, third, second);
        attempt(name, id, 0, second, third);
      }
    }
  }
  for (const value of STRANGE) {
    attempt('open', value);
    if (!Object.is(value, -0)) attempt('close', value);
    attempt('open', { ...settings, sonoran_bridge_moved_m: value });
  }
  assert.equal(typeof JSON.parse(addon.stats(id)).state, 'string');
  // NaN as a count must not become the largest number: it once read and wrote out of bounds.
  assert.ok(Array.isArray(addon.poll(id, NaN)));
  addon.close(id, NaN);
  for (let other = 1; other < 64; other += 1) attempt('close', other, 0); // bridges that the attempts opened
});

test('big and broken texts are refused with a message', async (t) => {
  const { settings } = await cadOf(t);
  const { id } = addon.open(settings);
  t.after(() => addon.close(id, 0));
  const big = 'x'.repeat(64 * 1024 * 1024);
  assert.throws(() => addon.panic(id, big, 1), /unit/i);
  const here = (unit, ...texts) => [unit, 1, 2, 3, 4, ...texts, false, false, false, false, false].slice(0, 10);
  const { taken, message } = addon.positions(id, [...here('unit', big), ...here('a'), ...here(7), ...here('b', 'Street')]);
  assert.equal(taken, 2, 'a bad one keeps no other from being taken');
  assert.match(message, /location/, 'about the first');
  assert.deepEqual(addon.positions(id, []), { taken: 0 });
  assert.throws(() => addon.positions(id, ['unit', 1]), /10 elements/);
  assert.throws(() => addon.open({ ...settings, [big]: 'x' }), /setting/i);
  assert.throws(() => addon.open({ ...settings, sonoran_bridge_url: big }), /sonoran_bridge_url/);
  assert.throws(() => addon.panic(id, '', 1), /unit/i);
  const bytes = new Uint8Array(placesOf(new Array(5 * 200000).fill(-1)));
  assert.equal(addon.answer(id, bytes, []), 200000);
  addon.bind(id, 7, 'license:a');
  const refused = [];
  assert.equal(addon.answer(id, placesOf([7, 10, 20, 30, 90], [7, big, false, false, 0]), refused), 1, 'all rows count as not taken');
  assert.equal(refused.length, 1);
  assert.match(refused[0], /location/);
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  assert.throws(() => addon.answer(id, bytes, []), /gave no places/);
  assert.throws(() => addon.readings(id, new Uint8Array(1024), 0), /room for a question/);
});

test('an exception of the script passes through, and changes nothing', async (t) => {
  const { settings } = await cadOf(t);
  const mine = new Error('mine');
  const throwing = (target) => new Proxy(target, {
    get() { throw mine; },
    ownKeys() { throw mine; },
  });
  assert.throws(() => addon.open(throwing({})), (error) => error === mine || /open\(\) takes one object/.test(error.message));
  assert.throws(() => addon.open({ ...settings, get sonoran_apiKey() { throw mine; } }), (error) => error === mine);
  // A getter that opens and closes bridges of its own while the outer one is opened.
  const { id } = addon.open({
    ...settings,
    get sonoran_serverId() {
      const inner = addon.open(settings);
      addon.close(inner.id, 0);
      return '1';
    },
  });
  assert.equal(typeof addon.stats(id), 'string');
  // An element that closes the bridge for which the positions are.
  const position = ['unit', 1, 2, 3, 4, false, false, false, false, 0];
  Object.defineProperty(position, 9, { get: () => addon.close(id, 0) });
  assert.throws(() => addon.positions(id, position), /No bridge is open/);
});

test('the 65th bridge of an environment is refused, and a closed one makes room', async (t) => {
  const { settings } = await cadOf(t, ['--refuse']);
  const open = Array.from({ length: 64 }, () => addon.open(settings).id);
  assert.throws(() => addon.open(settings), /64 bridges are open/);
  addon.close(open[10], 0);
  assert.equal(addon.open(settings).id, open[10]);
  for (const id of open) addon.close(id, 0);
});
