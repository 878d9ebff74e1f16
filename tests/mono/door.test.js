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
const { BUILD, RESOURCE, MONO_RESOURCE, KEY } = require('../fxhost/resource/cad');

const MONO = path.join(BUILD, 'mono', 'mono_host.exe');
const ADDON = 'bin/linux-x64/sonoran_bridge.node';
const LIBRARY = '../sonoran_bridge_mono/bin/linux-x64/libsonoran_bridge.so'; // from the resource's folder
const LIMIT_MS = 60000;

/** The staged resource and its C# door, or changed copies of them, in the stand-in. `mono`: the door runs. */
async function hostOf(t, { change, door, runtimeOrder = ['lua', 'js'], mono = true } = {}) {
  let folder = RESOURCE;
  let doorFolder = MONO_RESOURCE;
  if (change) {
    const parent = fs.mkdtempSync(path.join(os.tmpdir(), 'sonoran-'));
    t.after(() => fs.rmSync(parent, { recursive: true }));
    folder = path.join(parent, 'sonoran_bridge');
    fs.cpSync(RESOURCE, folder, { recursive: true });
    doorFolder = `${folder}_mono`;
    fs.cpSync(MONO_RESOURCE, doorFolder, { recursive: true });
    change(folder);
  }
  const host = await createHost({
    resources: [folder, doorFolder],
    cfgText: `${mono ? 'ensure sonoran_bridge_mono\n' : ''}ensure sonoran_bridge`,
    mono: MONO,
    runtimeOrder,
    convars: { ...(door && { sonoran_bridge_host: door }), sonoran_apiKey: KEY, sonoran_bridge_url: 'http://127.0.0.1:9' },
  });
  t.after(() => host.close());
  const said = (text) => host.until(() => host.console.find(text).length > 0, { limitMs: LIMIT_MS, what: String(text) });
  return { host, said, folder, doorFolder };
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

const OPENS = /^info: The native module opens in /;
const maps = (pid) => fs.readFileSync(`/proc/${pid}/maps`, 'utf8');

for (const { door, change, opens, line } of [
  { door: 'node', opens: 'Node.js', line: 'info: The native module opens in Node.js, as sonoran_bridge_host says.' },
  { door: 'mono', opens: 'Mono', line: 'info: The native module opens in Mono, as sonoran_bridge_host says.' },
  { door: 'auto', opens: 'Node.js', line: 'info: The native module opens in Node.js; Mono was not asked.' },
  { door: 'auto', change: without(ADDON), opens: 'Mono',
    line: 'info: The native module opens in Mono; not in Node.js: The file bin/linux-x64/sonoran_bridge.node is missing; '
      + 'unpack the whole package into resources/sonoran_bridge again.' },
]) {
  test(`sonoran_bridge_host ${door}${change ? ', the addon missing' : ''}: one line, one bridge, in ${opens}, a reload included`, async (t) => {
    const { host, said, folder } = await hostOf(t, { change: change || (() => {}), door });
    await said('runs:');
    const lines = () => host.console.find(OPENS);
    assert.deepEqual(lines(), [line]);
    assert.equal(host.callExport('sonoran_bridge', 'status')[0].door, opens);
    host.command('sonoran_bridge reload');
    await said('were read again');
    assert.deepEqual(lines(), [line]);
    // The other door has no open bridge, and says so.
    const other = opens === 'Mono' ? 'sonoran_bridge:door' : 'sonoran_bridge_mono:monoDoor';
    const [[ok, message]] = host.evaluate('sonoran_bridge', 'lua', `return exports.${other}('stats')`);
    assert.equal(ok, false);
    assert.match(message, /The bridge is not open|is missing/);
    if (opens === 'Mono') assert.ok(maps(host.mono.child.pid).includes(path.join(folder, LIBRARY)));
    assert.deepEqual(host.scriptErrors, []);
  });
}

for (const [door, change, message] of [
  ['node', without(ADDON), /does not run: Node\.js: The file bin\/linux-x64\/sonoran_bridge\.node is missing/],
  ['mono', without(LIBRARY), /does not run: Mono: The file bin\/linux-x64\/libsonoran_bridge\.so is missing/],
]) {
  test(`sonoran_bridge_host ${door}, its file missing: the other door, which would open, is not tried`, async (t) => {
    const { host, said, folder } = await hostOf(t, { change, door });
    await said(message);
    assert.equal(host.console.find('opens in').length, 0);
    assert.ok(!maps(host.mono.child.pid).includes('libsonoran_bridge'));
    if (door === 'mono') assert.deepEqual(host.callExport('sonoran_bridge', 'setPanic', 'unit-1', true)[0], false);
    assert.ok(fs.existsSync(path.join(folder, door === 'node' ? LIBRARY : ADDON)));
  });
}

test('both doors know the same verbs, and no other', async (t) => {
  const text = (...parts) => fs.readFileSync(path.join(__dirname, '../..', ...parts), 'utf8');
  const [, table] = /const verbs = \{\n([^]*?)\n {2}\};/.exec(text('bridge/node/sonoran_bridge.js'));
  const inNode = [...table.matchAll(/^ {4}(\w+)[:(]/gm)].map((found) => found[1]).sort();
  const [, dictionary] = /verbs_ = new Dictionary[^{]*\{\n([^]*?)\n {12}\};/.exec(text('bridge/mono/Door.cs'));
  const inMono = [...dictionary.matchAll(/^ {16}\{ "(\w+)", /gm)].map((found) => found[1]).sort();
  assert.deepEqual(inMono, inNode);
  // The lists of the sources are right: each door knows the verb, whatever it answers without arguments.
  const { host, said } = await hostOf(t, {});
  await said('runs:');
  for (const door of ['sonoran_bridge:door', 'sonoran_bridge_mono:monoDoor']) {
    const answer = (verb) => host.evaluate('sonoran_bridge', 'lua', `return exports.${door}('${verb}')`)[0];
    for (const none of ['none', 'constructor', 'toString', '']) {
      assert.deepEqual(answer(none).slice(0, 2), [false, `The door has no verb ${none}.`], door);
    }
    // open and close would change which bridge is open; the tests above call them.
    for (const verb of inNode.filter((one) => one !== 'open' && one !== 'close')) {
      const [ok, result] = answer(verb);
      assert.ok(ok === true || !String(result).includes('has no verb'), `${door}: ${verb}`);
    }
  }
});

test('where the C# door does not run, auto does not ask for it, and mono says how it would', async (t) => {
  const auto = await hostOf(t, { mono: false, change: without(ADDON) });
  await auto.said(/does not run: Node\.js: The file bin\/linux-x64\/sonoran_bridge\.node is missing/);
  assert.equal(auto.host.console.find('Mono').length, 0);
  const mono = await hostOf(t, { mono: false, door: 'mono' });
  await mono.said(/does not run: Mono: The resource sonoran_bridge_mono does not run \(it is \w+\); put {2}ensure sonoran_bridge_mono {2}before this one/);
});

test('the C# door stops while it is used: everybody is answered, and a reload finds it again', async (t) => {
  const { host, said } = await hostOf(t, { door: 'mono' });
  await said('runs:');
  host.stop('sonoran_bridge_mono');
  const [ok, message] = host.callExport('sonoran_bridge', 'setPanic', 'unit-1', true);
  assert.equal(ok, false);
  assert.match(message, /The resource sonoran_bridge_mono was stopped; start it, then type {2}sonoran_bridge reload\./);
  await host.ticks(2);
  host.start('sonoran_bridge_mono');
  host.command('sonoran_bridge reload');
  await said('were read again');
  assert.equal(host.callExport('sonoran_bridge', 'setPanic', 'unit-1', true)[0], true);
  assert.deepEqual(host.scriptErrors, []);
});

test('neither opens: one line has both reasons, and every call is answered with it', async (t) => {
  const { host, said } = await hostOf(t, { change: without(ADDON, LIBRARY) });
  const both = /Node\.js: The file .*\.node is missing;.* Mono: The file .*\.so is missing;/;
  await said(both);
  const [ok, message] = host.callExport('sonoran_bridge', 'setPanic', 'unit-1', true);
  assert.equal(ok, false);
  assert.match(message, both);
  assert.deepEqual(host.scriptErrors, []);
});

const instead = (source) => (folder) => {
  const file = path.join(folder, 'instead.c');
  fs.writeFileSync(file, source);
  execFileSync('cc', ['-shared', '-fPIC', file, '-o', path.join(folder, LIBRARY)]);
};
for (const [name, change, expected] of [
  ['another version of the interface', instead('int sb_abi_version(void) { return 99; }'), /speaks version 99/],
  ['a library that lacks a function', instead('int sb_abi_version(void) { return 1; }'), /has no function sb_version/],
  ['a file that is no library', (folder) => fs.writeFileSync(path.join(folder, LIBRARY), 'no'), /could not be opened \(.+\); unpack/],
]) {
  test(`${name}: one message, and the host goes on`, async (t) => {
    const { host, said } = await hostOf(t, { change, door: 'mono' });
    await said(expected);
    assert.deepEqual(host.scriptErrors, []);
    assert.ok(host.mono.lives());
  });
}

test('whatever a verb is given, it answers [true, ...] or [false, message], and throws nothing', async (t) => {
  const { host, said } = await hostOf(t, { door: 'mono' });
  await said('runs:');
  const odd = [null, true, '', 'x'.repeat(70000), '\u0000', -1, 1e300, Number.NaN, 2 ** 53, [], {}, [[]], { a: [1] }, [1, 2], ['a', null, {}, 1, 2]];
  const verbs = ['ping', 'bind', 'units', 'panic', 'status', 'call', 'cancel', 'wait', 'remove', 'heartbeat', 'stats', 'about', 'log_level', 'diagnose', 'unit', 'none'];
  let turn = 0;
  for (const verb of verbs) {
    for (const first of odd) {
      const [answer] = host.callExport('sonoran_bridge_mono', 'monoDoor', verb, first, odd[turn % 15], odd[(turn * 7) % 15]);
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
