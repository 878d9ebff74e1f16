'use strict';

// The addon where libnode is hidden from the global scope (host.cpp), as in the game server.

const assert = require('node:assert/strict');
const path = require('node:path');
const { test } = require('node:test');
const { spawnSync } = require('node:child_process');
const { BUILD } = require('../fxhost/resource/cad');

const HIDDEN = path.join(BUILD, 'bin', 'hidden_node');
const ADDON = path.join(BUILD, 'lib', 'sonoran_bridge.node');
const DECOY = path.join(BUILD, 'lib', 'libnode_decoy.so');
const LINKED = path.join(BUILD, 'lib', 'linked.node');

function run(source, before = '') {
  const ran = spawnSync(HIDDEN, ['-e', source], { env: { ...process.env, SONORAN_EMBED_BEFORE: before } });
  return { code: ran.status, out: ran.stdout.toString(), errors: ran.stderr.toString() };
}

const load = (file) => `process.stdout.write(typeof require(${JSON.stringify(file)}).open)`;

test('an ordinary addon, whose Node-API functions are linked, does not open there', () => {
  // It may end the process without an exception, which makes it a trap.
  const ran = run(`try { ${load(LINKED)} } catch (error) { process.stdout.write(error.code) }`);
  assert.notEqual(ran.out, 'undefined');
  assert.match(ran.out + ran.errors, /ERR_DLOPEN_FAILED|undefined symbol: napi_/);
});

test('ours opens there', () => {
  assert.deepEqual(run(load(ADDON)), { code: 0, out: 'function', errors: '' });
});

test('with another Node in the process, the one that loads the addon is asked', () => {
  assert.deepEqual(run(load(ADDON), DECOY), { code: 0, out: 'function', errors: '' });
});
