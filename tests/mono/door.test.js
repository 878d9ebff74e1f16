'use strict';

// Which door opens and what is said about it, and what the C# door does when things are wrong: in the stand-in, with
// real Mono. What the resource does over it is tested by tests/fxhost/resource with SONORAN_DOOR=mono.

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { test } = require('node:test');
const { createHost } = require('../fxhost/host');
const { BUILD, RESOURCE, KEY } = require('../fxhost/resource/cad');

const MONO = path.join(BUILD, 'mono', 'mono_host.exe');
const ADDON = 'bin/linux-x64/sonoran_bridge.node';
const LIBRARY = 'bin/linux-x64/libsonoran_bridge.so';
const LIMIT_MS = 60000;

/** The staged resource, or a changed copy of it, in the stand-in. */
async function hostOf(t, { change, door, runtimeOrder = ['lua', 'js'] } = {}) {
  let folder = RESOURCE;
  if (change) {
    const parent = fs.mkdtempSync(path.join(os.tmpdir(), 'sonoran-'));
    t.after(() => fs.rmSync(parent, { recursive: true }));
    folder = path.join(parent, 'sonoran_bridge');
    fs.cpSync(RESOURCE, folder, { recursive: true });
    change(folder);
  }
  const host = await createHost({
    resources: [folder],
    mono: MONO,
    runtimeOrder,
    convars: { ...(door && { sonoran_bridge_host: door }), sonoran_apiKey: KEY, sonoran_bridge_url: 'http://127.0.0.1:9' },
  });
  t.after(() => host.close());
  const said = (text) => host.until(() => host.console.find(text).length > 0, { limitMs: LIMIT_MS, what: String(text) });
  return { host, said };
}

const without = (...files) => (folder) => files.forEach((file) => fs.rmSync(path.join(folder, file)));

for (const runtimeOrder of [['lua', 'js', 'mono'], ['mono', 'js', 'lua']]) {
  test(`auto takes Node's door and leaves Mono's library closed; Mono's when the addon is missing (${runtimeOrder})`, async (t) => {
    const first = await hostOf(t, { runtimeOrder });
    await first.said('opens in Node.js; Mono was not asked');
    assert.ok(!fs.readFileSync(`/proc/${first.host.mono.child.pid}/maps`, 'utf8').includes('libsonoran_bridge'));
    const second = await hostOf(t, { runtimeOrder, change: without(ADDON) });
    await second.said(/opens in Mono; not in Node\.js: The file bin\/linux-x64\/sonoran_bridge\.node is missing/);
    await second.said('runs:');
    assert.deepEqual(second.host.scriptErrors, []);
  });
}

test('neither opens: one line has both reasons, and every call is answered with it', async (t) => {
  const { host, said } = await hostOf(t, { change: without(ADDON, LIBRARY) });
  const both = /Node\.js: The file .*\.node is missing;.* Mono: The file .*\.so is missing;/;
  await said(both);
  const [ok, why] = host.callExport('sonoran_bridge', 'setPanic', 'unit-1', true);
  assert.equal(ok, false);
  assert.match(why, both);
  assert.deepEqual(host.scriptErrors, []);
});

const instead = (source) => (folder) => {
  const file = path.join(folder, 'instead.c');
  fs.writeFileSync(file, source);
  execFileSync('cc', ['-shared', '-fPIC', file, '-o', path.join(folder, LIBRARY)]);
};
for (const [name, change, sentence] of [
  ['another version of the interface', instead('int sb_abi_version(void) { return 99; }'), /speaks version 99/],
  ['a library that lacks a function', instead('int sb_abi_version(void) { return 1; }'), /has no function sb_version/],
  ['a file that is no library', (folder) => fs.writeFileSync(path.join(folder, LIBRARY), 'no'), /could not be opened \(.+\); unpack/],
]) {
  test(`${name}: one sentence, and the host goes on`, async (t) => {
    const { host, said } = await hostOf(t, { change, door: 'mono' });
    await said(sentence);
    assert.deepEqual(host.scriptErrors, []);
    assert.ok(host.mono.lives());
  });
}

test('whatever a verb is given, it answers [true, ...] or [false, sentence], and throws nothing', async (t) => {
  const { host, said } = await hostOf(t, { door: 'mono' });
  await said('runs:');
  const odd = [null, true, '', 'x'.repeat(70000), '\u0000', -1, 1e300, Number.NaN, 2 ** 53, [], {}, [[]], { a: [1] }, [1, 2], ['a', null, {}, 1, 2]];
  const verbs = ['ping', 'positions', 'unbind', 'units', 'panic', 'status', 'call', 'cancel', 'wait', 'remove', 'heartbeat', 'stats', 'none'];
  let turn = 0;
  for (const verb of verbs) {
    for (const first of odd) {
      const [answer] = host.callExport('sonoran_bridge', 'monoDoor', verb, first, odd[turn % 15], odd[(turn * 7) % 15]);
      turn += 1;
      assert.ok(answer[0] === true || (answer[0] === false && typeof answer[1] === 'string'), `${verb}: ${JSON.stringify(answer)}`);
      assert.ok(answer[0] || !answer[1].includes('defect'), `${verb}: ${answer[1]}`);
    }
  }
  assert.deepEqual(host.scriptErrors, []);
});

test('stopped and started 30 times: no thread or descriptor is left behind; a server may end without a stop', async (t) => {
  const { host, said } = await hostOf(t, { door: 'mono' });
  await said('runs:');
  const { pid } = host.mono.child;
  const seen = () => {
    host.mono.ask('memory');
    const threads = Number(/^Threads:\s+(\d+)/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);
    return { threads, files: fs.readdirSync(`/proc/${pid}/fd`).length };
  };
  let before;
  for (let i = 0; i < 30; i += 1) {
    if (i === 10) before = seen();
    host.console.clear();
    assert.ok(host.restart('sonoran_bridge'));
    await said('runs:');
  }
  const after = seen();
  assert.ok(after.threads <= before.threads, `${before.threads} threads became ${after.threads}`);
  assert.ok(after.files <= before.files, `${before.files} descriptors became ${after.files}`);
  assert.equal(await host.mono.close(), 0);
});
