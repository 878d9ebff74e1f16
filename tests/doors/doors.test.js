'use strict';

// The kind that scripts get for each code of the C interface is sb_code_name's, at every door. Each door runs over a
// library that refuses everything with one code and has names of its own for them (stub.c).

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { test } = require('node:test');
const { createHost } = require('../fxhost/host');
const { BUILD, RESOURCE, MONO_RESOURCE, KEY } = require('../fxhost/resource/cad');

const STUB = path.join(BUILD, 'doors');
const MONO = path.join(BUILD, 'mono', 'mono_host.exe');
const CODES = [1, 2, 3, 4, 5, 6, 7, 8];
const MESSAGE = 'The stub refuses.';
const LIMIT_MS = 60000;

// The verbs of a door that the bridge may refuse, with arguments of the right types.
const VERBS = [
  ['panic', "true, 'unit', true"],
  ['status', "true, 'unit', 1"],
  ['call', "true, 'getCalls', '{}', 0, false"],
  ['cancel', '1'],
  ['remove', "'unit'"],
  ['location', "'unit', 'Base'"],
  ['bind', "{ 1, 'unit' }"],
  ['bind', "{ 1, '' }"],
  ['heartbeat', '1'],
  ['push', "'{}'"],
  ['log_level', '1'],
  ['diagnose', ''],
  ['unit', "'unit'"],
];

/** The resource with the stub below its doors, in the stand-in; `door` is the one that opens. */
async function serverOf(t, door) {
  const parent = fs.mkdtempSync(path.join(os.tmpdir(), 'sonoran-'));
  t.after(() => fs.rmSync(parent, { recursive: true }));
  const folder = path.join(parent, 'sonoran_bridge');
  fs.cpSync(RESOURCE, folder, { recursive: true });
  const replace = (file, by) => {
    fs.rmSync(`${file}.sum`, { force: true });
    fs.copyFileSync(path.join(STUB, by), file);
  };
  replace(path.join(folder, 'bin/linux-x64/sonoran_bridge.node'), 'sonoran_bridge.node');
  const resources = [folder];
  if (door === 'mono') {
    fs.cpSync(MONO_RESOURCE, `${folder}_mono`, { recursive: true });
    replace(path.join(`${folder}_mono`, 'bin/linux-x64/libsonoran_bridge.so'), 'libsonoran_bridge.so');
    resources.push(`${folder}_mono`);
  }
  const host = await createHost({
    resources,
    cfgText: `${door === 'mono' ? 'ensure sonoran_bridge_mono\n' : ''}ensure sonoran_bridge`,
    ...(door === 'mono' && { mono: MONO }),
    convars: { sonoran_bridge_host: door, sonoran_apiKey: KEY, stub_code: '0' },
  });
  t.after(() => host.close());
  await host.until(() => host.console.find('runs:').length > 0, { limitMs: LIMIT_MS, what: 'the start' });
  return host;
}

for (const [door, name] of [['node', 'sonoran_bridge:door'], ['mono', 'sonoran_bridge_mono:monoDoor']]) {
  const skip = door === 'mono' && !fs.existsSync(MONO) && 'there is no Mono here';
  test(`${door}: each verb gives the name of each code`, { skip }, async (t) => {
    const host = await serverOf(t, door);
    const ask = (verb, args) => host.evaluate('sonoran_bridge', 'lua', `return exports.${name}('${verb}'${args && `, ${args}`})`)[0];
    for (const code of CODES) {
      host.command(`set stub_create ${code}`);
      assert.deepEqual(ask('open', ''), [false, MESSAGE, `stub ${code}`], 'open');
      host.command('set stub_create 0');
      host.command(`set stub_code ${code}`);
      assert.equal(ask('open', '')[0], true);
      for (const [verb, args] of VERBS) {
        assert.deepEqual(ask(verb, args), [false, MESSAGE, `stub ${code}`], verb);
      }
      const [taken, units] = ask('units', "{ 'unit', 1, 1, 1, 1, false, false, false, false, 0 }");
      assert.deepEqual([taken, units.taken, units.message], [true, 0, MESSAGE]);
    }
    // An author sees it as the kind of the answer's error.
    for (const code of CODES) {
      host.command(`set stub_code ${code}`);
      assert.equal(ask('open', '')[0], true);
      host.evaluate('sonoran_bridge', 'lua', `seen = {}
        for what, ask in pairs({ panic = function(tell) Bridge.want('panic', tell, 'unit', true) end,
            status = function(tell) Bridge.want('status', tell, 'unit', 1) end,
            call = function(tell) Bridge.ask('getCalls', '{}', tell) end }) do
          ask(function(answer) seen[what] = answer.error.kind end)
        end`);
      const kind = `stub ${code}`;
      assert.deepEqual(host.evaluate('sonoran_bridge', 'lua', 'return seen')[0], { panic: kind, status: kind, call: kind });
    }
    assert.deepEqual(host.scriptErrors, []);
  });
}

test('the Lua module: each function gives the name of each code', { skip: !process.env.SONORAN_LUA && 'there is no Lua here' }, () => {
  const lines = execFileSync(process.env.SONORAN_LUA, [path.join(__dirname, 'codes.lua'), path.join(STUB, 'lua/?.so')], { encoding: 'utf8' })
    .trim().split('\n');
  const functions = ['open', 'panic', 'status', 'call', 'cancel', 'remove', 'location', 'heartbeat', 'push', 'log_level', 'diagnose', 'unit', 'position', 'positions', 'flush'];
  assert.deepEqual(lines, CODES.flatMap((code) => functions.map((what) => `${what} ${code}:stub ${code}`)));
});
