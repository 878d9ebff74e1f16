'use strict';

// sonoran_bridge_allow: which resource may call what.

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { serverOf } = require('./server');

const ENSURE = ['sonoran_bridge', 'script_author', 'dispatch_author', 'sonorancad'];
const withRules = (t, rules) => serverOf(t, { ensure: ENSURE, cfg: `set sonoran_bridge_allow "${rules}"` });

const CALLS = {
  query: "call('getCalls', { closedLimit = 5 })",
  command: "call('addCallNote', { callId = 1, note = 'x' })",
  panicByName: "call('setUnitPanic', { communityUserId = 'unit-1', isPanic = true })",
  panic: "setPanic('unit-1', true)",
  status: "setStatus('unit-1', 3)",
  statusByName: "call('setUnitStatus', { communityUserId = 'unit-1', status = 3 })",
  push: "pushPositions({ unit = 'unit-1', x = 1.0, y = 2.0, z = 3.0 })",
  remove: "removeUnit('unit-1')",
  duty: 'setOnDuty(1, true)',
  id: "setCommunityUserId(1, 'unit-1')",
};

/** The names of the CALLS that a resource may make. A refusal must name the convar and the resource. */
function allowed(s, resource) {
  return Object.entries(CALLS).filter(([, call]) => {
    const [ok, message] = s.lua(resource, `return exports.sonoran_bridge:${call}`);
    if (ok) return true;
    assert.ok(message.startsWith(`The resource ${resource} may not call `), `${call}: ${message}`);
    assert.match(message, /the convar sonoran_bridge_allow does not give it that/);
    return false;
  }).map(([name]) => name);
}

async function serverWithPlayer(t, rules) {
  const s = await withRules(t, rules);
  s.host.addPlayer({ identifiers: ['license:one'] });
  await s.said('runs:');
  return s;
}

test('unset, every resource may call everything', async (t) => {
  const s = await serverWithPlayer(t, '');
  assert.deepEqual(allowed(s, 'script_author'), Object.keys(CALLS));
});

test('a resource may call what its entry and that of * give it, by operation and by group', async (t) => {
  const s = await serverWithPlayer(t, ' script_author : panic,status , players;dispatch_author: addCallNote, positions ;*:queries; ');
  assert.deepEqual(allowed(s, 'script_author'), ['query', 'panicByName', 'panic', 'status', 'statusByName', 'duty', 'id']);
  assert.deepEqual(allowed(s, 'dispatch_author'), ['query', 'command', 'push', 'remove']);
  assert.deepEqual(allowed(s, 'sonorancad'), ['query']);
});

test('who is in no entry may call nothing, and its callback is told; what asks nothing of the CAD is free', async (t) => {
  const s = await serverWithPlayer(t, 'script_author: all');
  assert.deepEqual(allowed(s, 'script_author'), Object.keys(CALLS));
  assert.deepEqual(allowed(s, 'dispatch_author'), []);
  s.lua('dispatch_author', "exports.sonoran_bridge:call('getCalls', {}, function(answer) told = answer.error.detail end)");
  await s.until('the callback', () => s.lua('dispatch_author', 'return told')[0]);
  assert.equal(s.lua('dispatch_author', 'return told')[0], 'The resource dispatch_author may not call getCalls: the convar '
    + 'sonoran_bridge_allow does not give it that, nor the group queries.');
  assert.equal(s.lua('dispatch_author', 'return exports.sonoran_bridge:isReady()')[0], true);
  assert.equal(s.lua('dispatch_author', 'return type(exports.sonoran_bridge:status().state)')[0], 'string');
  await s.seen('the call of script_author', (now) => now.operations.getCalls.requests > 0);
  assert.equal((await s.cad.requests('getCalls')).length, 1, 'and no other');
});

for (const [rules, expected] of [
  ['script_author', /sonoran_bridge_allow has 'script_author', but an entry is a resource, a colon and what it may call/],
  ['script_author: getCall', /sonoran_bridge_allow gives the resource script_author 'getCall', but it takes operations of docs\/operations\.md/],
  ['script_author:', /gives the resource script_author ''/],
  [': queries', /has ': queries'/],
  ['a: queries, b: panic', /gives the resource a 'b: panic'/],
]) {
  test(`a malformed value is refused at start, and lets nobody in: ${rules}`, async (t) => {
    const s = await withRules(t, rules);
    await s.said('sonoran_bridge does not run:');
    assert.match(s.host.console.find('sonoran_bridge does not run:').join('\n'), expected);
    const [ok] = s.lua('script_author', `return exports.sonoran_bridge:${CALLS.panic}`);
    assert.equal(ok, false);
    assert.equal((await s.cad.requests()).length, 0);
  });
}
