'use strict';

// Several resources in one Mono, each a domain with a bridge of its own, against the CAD simulator; and restarts without
// end, which leave nothing behind.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { test } = require('node:test');
const { createHost } = require('../fxhost/host');
const { startCad, BUILD, RESOURCE, MONO_RESOURCE, KEY } = require('../fxhost/resource/cad');

const MONO = path.join(BUILD, 'mono', 'mono_host.exe');
const LIMIT_MS = 60000;

/** Copies of the resource under these names, stopped, in a stand-in of their own. */
async function hostOf(t, names) {
  const parent = fs.mkdtempSync(path.join(os.tmpdir(), 'sonoran-'));
  const cad = await startCad(['--rate-scale', '0']);
  // A door finds its bridge by its name.
  const folders = names.flatMap((name) => [path.join(parent, name), path.join(parent, `${name}_mono`)]);
  for (const folder of folders) fs.cpSync(folder.endsWith('_mono') ? MONO_RESOURCE : RESOURCE, folder, { recursive: true });
  const host = await createHost({
    resources: folders,
    mono: MONO,
    convars: { sonoran_bridge_host: 'mono', sonoran_bridge_url: cad.http_url },
    clock: 'real',
  });
  for (const name of names) {
    host.stop(name);
    host.stop(`${name}_mono`);
  }
  t.after(async () => {
    host.close();
    await cad.stop();
    fs.rmSync(parent, { recursive: true });
  });
  let keys = 0;
  /** Starts a resource, with a key of its own and so a budget of its own: the library keeps a key's budget. */
  const start = async (name) => {
    host.console.clear();
    host.command(`set sonoran_apiKey "${KEY}.${(keys += 1)}"`);
    assert.ok(host.start(`${name}_mono`), name);
    assert.ok(host.start(name), name);
    await host.until(() => host.console.find('runs:').length > 0, { limitMs: LIMIT_MS, what: `the start of ${name}` });
  };
  const press = (name, unit) => assert.equal(host.callExport(name, 'setPanic', unit, true)[0], true);
  const pressed = async (...units) => {
    const end = Date.now() + LIMIT_MS;
    for (;;) {
      const stats = await cad.stats();
      if (units.every((unit) => stats.units[unit] && stats.units[unit].panic)) return;
      assert.ok(Date.now() < end, `the panics of ${units} were not seen within ${LIMIT_MS} ms`);
      await host.run(0.05);
    }
  };
  /** The resources of the process after a garbage collection. */
  const held = () => {
    const managed = host.mono.ask('memory');
    const { pid } = host.mono.child;
    const status = fs.readFileSync(`/proc/${pid}/status`, 'utf8');
    const number = (name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)[1]);
    return { threads: number('Threads'), files: fs.readdirSync(`/proc/${pid}/fd`).length, resident_kib: number('VmRSS'), managed };
  };
  const stop = (name) => [name, `${name}_mono`].forEach((one) => host.stop(one));
  return { host, cad, start, stop, press, pressed, held };
}

test('three resources have a domain and a bridge each; when one stops, the others go on', async (t) => {
  const names = ['bridge_a', 'bridge_b', 'bridge_c'];
  const { host, cad, start, stop, press, pressed, held } = await hostOf(t, names);
  await start('bridge_a');
  const one = held();
  await start('bridge_b');
  await start('bridge_c');
  const three = held();
  assert.ok(three.threads > one.threads, `${one.threads} threads with one bridge, ${three.threads} with three`);
  for (const name of names) {
    press(name, `first-${name}`);
    assert.equal(host.callExport(name, 'status')[0].door, 'Mono');
  }
  await pressed(...names.map((name) => `first-${name}`));
  // Each bridge sent heartbeats with its own key.
  assert.ok((await cad.stats()).operations.heartbeat.requests >= 3);

  // A press that waits when its bridge stops is still delivered, and the other bridges go on.
  press('bridge_b', 'last-bridge_b');
  stop('bridge_b');
  assert.equal((await cad.stats()).units['last-bridge_b']?.panic, true);
  assert.throws(() => host.callExport('bridge_b', 'setPanic', 'nobody', true), /No such export/);
  for (const name of ['bridge_a', 'bridge_c']) press(name, `second-${name}`);
  await pressed('second-bridge_a', 'second-bridge_c');
  await start('bridge_b');
  press('bridge_b', 'again-bridge_b');
  await pressed('again-bridge_b');

  stop('bridge_b');
  stop('bridge_c');
  const after = held();
  assert.ok(after.threads <= one.threads, `${one.threads} threads with one bridge became ${after.threads}`);
  press('bridge_a', 'third-bridge_a');
  await pressed('third-bridge_a');
  assert.deepEqual(host.scriptErrors, []);
});

const RESTARTS = 60;
// Managed memory is the same to the byte as a rule. Of resident memory, Mono keeps about 50 KiB of each domain that had
// the library's functions as delegates, also when no bridge was opened in it; 4.5 MiB were measured between these stops.
const MANAGED_BYTES = 65536;
const GROWTH_KIB = 10240;
const MIDDLE = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

test(`${RESTARTS} restarts under load: each panic at a stop arrives, and nothing grows`, async (t) => {
  const { host, cad, start, stop, press, held } = await hostOf(t, ['sonoran_bridge']);
  const measures = [];
  for (let n = 0; n < RESTARTS; n += 1) {
    await start('sonoran_bridge');
    const units = Array.from({ length: 128 }, (_, i) => ({ unit: `unit-${i}`, x: n + i, y: 2 * i, z: 30 }));
    assert.deepEqual(host.callExport('sonoran_bridge', 'pushPositions', units), [true, { taken: 128 }]);
    await host.run(0.05);
    press('sonoran_bridge', `stop-${n}`);
    stop('sonoran_bridge');
    measures.push(held());
  }
  assert.deepEqual(host.scriptErrors, []);
  const { units } = await cad.stats();
  for (let n = 0; n < RESTARTS; n += 1) assert.equal(units[`stop-${n}`]?.panic, true, `the panic at stop ${n}`);
  const at = (from) => Object.fromEntries(Object.keys(measures[0]).map((key) => [key, MIDDLE(measures.slice(from, from + 10).map((one) => one[key]))]));
  const [early, late] = [at(10), at(RESTARTS - 10)];
  t.diagnostic(`around stop 15 ${JSON.stringify(early)}, at the end ${JSON.stringify(late)}`);
  assert.ok(late.threads <= early.threads, `${early.threads} threads became ${late.threads}`);
  assert.ok(late.files <= early.files, `${early.files} descriptors became ${late.files}`);
  assert.ok(late.managed - early.managed <= MANAGED_BYTES, `managed memory grew from ${early.managed} to ${late.managed} bytes`);
  assert.ok(late.resident_kib - early.resident_kib <= GROWTH_KIB, `resident memory grew from ${early.resident_kib} to ${late.resident_kib} KiB`);
});
