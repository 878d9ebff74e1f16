'use strict';

// The examples of README.md run as they stand there, and do what is said beside them.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { serverOf, officer } = require('./server');

const README = fs.readFileSync(path.resolve(__dirname, '../../../README.md'), 'utf8');
const BLOCKS = [...README.matchAll(/^```lua\n([\s\S]*?)^```$/gm)].map((one) => one[1]);
const [EXPORTS, CAD, EVENTS] = [/^local cad = exports/, /^CAD\.getCalls/, /^CAD\.on/].map((begin) => BLOCKS.find((block) => begin.test(block)));
const [, JAVASCRIPT] = /^```js\n([\s\S]*?)^```$/m.exec(README);

test('the example of the exports marks, presses, sets and pushes', async (t) => {
  const s = await serverOf(t);
  const player = s.host.addPlayer(officer(1));
  await s.said('runs:');
  s.host.evaluate('script_author', 'lua', `source = ${player.source}\n${EXPORTS}`);
  await s.said(/^true\tnil$/); // the panic's callback: answer.ok, and no error
  assert.equal(s.host.console.find(/^1$/).length, 1, 'pushPositions took one');
  await s.seen(
    'all of it',
    ({ units }) =>
      units.officer1 && units.officer1.panic && units.officer1.locations > 0 && units['license:abc123'].status === 3,
  );
  await s.seen('the drone', ({ units }) => units['drone-1'] && units['drone-1'].locations > 0);
  assert.deepEqual(s.host.scriptErrors, []);
});

test('the example of the operations asks, creates and waits for the bridge', async (t) => {
  const s = await serverOf(t, { ensure: ['sonoran_bridge', 'dispatch_author'] });
  await s.said('runs:');
  s.host.evaluate('dispatch_author', 'lua', `CreateThread(function() ${CAD}\n created = body end)`);
  await s.said('the bridge runs');
  await s.said(/^\d+$/); // how many calls are active
  await s.until('the call', () => s.lua('dispatch_author', 'return created and created.callId ~= nil')[0] === true);
  assert.deepEqual(s.host.scriptErrors, []);
});

/** Gives the bridge an event as it comes by HTTP. */
const push = (s, type, data) =>
  s.lua('sonoran_bridge', `return Door.cross('push', [==[${JSON.stringify({ key: s.cad.key, type, data })}]==])`);

test('the example of the events prints what happened', async (t) => {
  const s = await serverOf(t, { ensure: ['sonoran_bridge', 'dispatch_author'] });
  await s.said('runs:');
  s.lua('dispatch_author', EVENTS);
  push(s, 'EVENT_UNIT_PANIC', { identIds: [41], isPanic: true });
  await s.said(/^EVENT_UNIT_PANIC\tcad\t\{.*41.*\}$/);
  assert.deepEqual(s.host.scriptErrors, []);
});

test('the example in JavaScript asks and listens', async (t) => {
  const s = await serverOf(t, { ensure: ['sonoran_bridge', 'js_dispatch_author'] });
  await s.said('runs:');
  const listening = JAVASCRIPT.replace(/^CAD\.off.*$/m, '');
  assert.notEqual(listening, JAVASCRIPT);
  s.host.evaluate('js_dispatch_author', 'js', `(async () => { ${listening} console.log('active', ActiveCalls.length); globalThis.heard = handle; })()`);
  await s.said(/^active \d+$/);
  push(s, 'EVENT_911', { call: { callId: 120, caller: 'Ana Ruiz' } });
  await s.said('Ana Ruiz');
  assert.equal(s.host.evaluate('js_dispatch_author', 'js', 'CAD.off(globalThis.heard)'), true);
  assert.deepEqual(s.host.scriptErrors, []);
});

test('every export that the README names is one, and none is left out', async (t) => {
  const s = await serverOf(t);
  await s.said('runs:');
  const [, list] = /^The exports \(([^)]*)\)/m.exec(README);
  const named = [...list.matchAll(/`(\w+)`/g)].map((one) => one[1]).sort();
  const { handles } = s.host.resources.get('sonoran_bridge');
  const offered = [...handles]
    .map((event) => /^__cfx_export_sonoran_bridge_(\w+)$/.exec(event))
    .filter((one) => one && !/door$/i.test(one[1]))
    .map((one) => one[1])
    .sort();
  assert.deepEqual(named, offered);
});
