'use strict';

// The messages of the resource's JavaScript in real Nodes: of other versions, and with native files switched off.

const assert = require('node:assert/strict');
const path = require('node:path');
const { test } = require('node:test');
const { spawnSync } = require('node:child_process');
const { RESOURCE } = require('../fxhost/resource/cad');

const node = (name) => path.join(__dirname, 'node_modules', name, 'bin', 'node');

function said(program, ...switches) {
  const ran = spawnSync(program, [...switches, path.join(__dirname, 'loaded.js'), RESOURCE]);
  assert.equal(ran.status, 0, ran.stderr.toString());
  return ran.stdout.toString();
}

// If the addon opens, the next message is about the missing key.
const OPEN = /sonoran_apiKey is not set/;
const OFF = /^This build of the server does not let resources open native files \(ERR_DLOPEN_DISABLED\); update the server artifact, or use the folder sonoran_bridge_mono/;

test('Node 22 opens the addon', () => assert.match(said(process.execPath), OPEN));
test('Node 20 opens the addon', () => assert.match(said(node('node20')), OPEN));
test('Node 16 is told to be too old, though it has the same Node-API', () => {
  assert.match(said(node('node16')), /^This server runs Node\.js 16\.\d+\.\d+, which is too old; update the server artifact to one with Node\.js 22\.$/);
});

test('with --permission native files stay closed until --allow-addons', () => {
  const reads = ['--permission', '--allow-fs-read=*'];
  assert.match(said(process.execPath, ...reads), OFF);
  assert.match(said(process.execPath, ...reads, '--allow-addons'), OPEN);
  assert.match(said(process.execPath, '--permission', `--allow-fs-read=${__dirname}/*`, `--allow-fs-read=${RESOURCE}/*`, '--allow-addons'), OPEN,
    'reading the resource\'s own folder is enough');
});

test("in the game server's own version, with what its sandbox allows: reading resources, and addons", () => {
  assert.equal(process.version, 'v22.22.0', 'the package node of tests/fxhost');
  const switches = ['--permission', '--allow-addons', `--allow-fs-read=${path.dirname(RESOURCE)}/*`, `--allow-fs-read=${__dirname}/*`];
  assert.match(said(process.execPath, ...switches), OPEN);
  // With a key the bridge opens, polls and closes there.
  const ran = spawnSync(process.execPath, [...switches, path.join(__dirname, 'loaded.js'), RESOURCE, 'key', 'http://127.0.0.1:9']);
  assert.equal(ran.status, 0, ran.stderr.toString());
  assert.match(ran.stdout.toString(), /^opened 0\.\d+\.\d+, closed$/m, 'beside what the bridge says at its start');
});

test('with --no-addons as well', () => assert.match(said(process.execPath, '--no-addons'), OFF));
