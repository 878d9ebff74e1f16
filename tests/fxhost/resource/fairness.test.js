'use strict';

// Several resources share one bridge: none takes all places, bytes or presses, none ends another's call or hears its answer.

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { serverOf, officer } = require('./server');

const AUTHORS = { ensure: ['sonoran_bridge', 'script_author', 'dispatch_author', 'sonorancad'] };
const SLOW = { status: 429, retry_after: '590' };
const PATIENT = '{ deadline_ms = 600000 }';
const EMERGENCY = "{ isEmergency = true, caller = 'Jane', location = 'Elm Street', description = 'Smoke' }";

/** A server on which calls of `operation` wait: the CAD asks for more time than a test has. */
async function waiting(t, operation) {
  const s = await serverOf(t, AUTHORS);
  await s.said('runs:');
  await s.seen('a heartbeat', (now) => now.operations.heartbeat.requests > 0);
  await s.cad.faults({ ...SLOW, only: operation });
  return s;
}

/** Makes `count` calls as `resource`: how many were taken, and what the last refusal says. */
function flood(s, resource, operation, args, count) {
  return s.lua(resource, `local taken, message = 0, nil
    for i = 1, ${count} do
      local ok, value = exports.sonoran_bridge:call('${operation}', ${args}, nil, ${PATIENT})
      if ok then taken = taken + 1 else message = value end
    end
    return taken, message or ''`);
}

const held = (s, resource) => s.call('status')[0].resources[resource];

test('400 emergency calls by one resource leave places to others, and each is told its share', async (t) => {
  const s = await waiting(t, 'create911Call');
  const [taken, message] = flood(s, 'script_author', 'create911Call', EMERGENCY, 400);
  assert.equal(taken, 128);
  assert.equal(message, '128 calls of create911Call by the resource script_author wait already, which is its share; this one was not taken.');
  assert.deepEqual(flood(s, 'dispatch_author', 'create911Call', EMERGENCY, 10), [10, '']);
  assert.equal(held(s, 'script_author').calls, 128);
  assert.equal(held(s, 'script_author').refused, 272);
  assert.ok(held(s, 'script_author').bytes > 0);
  assert.equal(held(s, 'dispatch_author').calls, 10);
  assert.equal(held(s, 'dispatch_author').refused, 0);
  await s.until('all of them in the queue', () => s.call('status')[0].classes.command.pending === 138);
  // A resource whose places are all taken has those of other operations.
  assert.deepEqual(flood(s, 'script_author', 'getServers', '{}', 1), [1, '']);
});

test('what all resources together may have waiting of an operation is told to the one that comes too late', async (t) => {
  const s = await waiting(t, 'addCallNote');
  const NOTE = "{ callId = 1, note = 'x' }";
  for (const author of ['script_author', 'dispatch_author']) assert.deepEqual(flood(s, author, 'addCallNote', NOTE, 128), [128, '']);
  s.lua('sonorancad', `exports.sonoran_bridge:call('addCallNote', ${NOTE}, function(answer) said = answer.error.detail end, ${PATIENT})`);
  await s.until('the answer', () => s.lua('sonorancad', 'return said')[0]);
  assert.equal(s.lua('sonorancad', 'return said')[0], '256 calls of addCallNote wait already; this one was not taken.');
});

test('72 large calls by one resource leave bytes to others; emergency calls have bytes of their own', async (t) => {
  const s = await waiting(t, 'addCallNote');
  const large = "{ callId = 1, note = ('x'):rep(1000000) }";
  const [taken, message] = flood(s, 'script_author', 'addCallNote', large, 72);
  assert.equal(taken, 16);
  assert.match(message, /^Calls of 16000\d+ bytes by the resource script_author wait already, and its share is 16 MiB; this one of 1000\d+ bytes was not taken\.$/);
  assert.deepEqual(flood(s, 'dispatch_author', 'addCallNote', large, 1), [1, '']);
  const emergency = EMERGENCY.replace("'Smoke'", "('x'):rep(900000)");
  await s.cad.faults({ ...SLOW });
  assert.deepEqual(flood(s, 'script_author', 'create911Call', emergency, 1), [1, ''], 'beside the share of other calls');
  const [two, full] = flood(s, 'script_author', 'create911Call', emergency, 5);
  assert.equal(two, 1, 'half of the reserve for emergencies');
  assert.match(full, /its share is 2 MiB of emergency calls/);
  assert.deepEqual(flood(s, 'dispatch_author', 'create911Call', emergency, 2), [2, '']);
});

test('an answer gives the place back', async (t) => {
  const s = await serverOf(t, AUTHORS);
  await s.said('runs:');
  s.lua('script_author', "exports.sonoran_bridge:call('getServers', {}, function(answer) first = answer.ok end)");
  assert.equal(held(s, 'script_author').calls, 1);
  await s.until('the answer', () => s.lua('script_author', 'return first')[0]);
  assert.equal(held(s, 'script_author').calls, 0);
  assert.equal(held(s, 'script_author').bytes, 0);
  s.lua('script_author', "exports.sonoran_bridge:setStatus('unit-1', 3, function(answer) second = answer.ok end)");
  assert.equal(held(s, 'script_author').statuses, 1);
  await s.until('the answer', () => s.lua('script_author', 'return second')[0]);
  assert.equal(held(s, 'script_author').statuses, 0);
  // A call that the door refuses holds nothing either.
  flood(s, 'script_author', 'getServer', '{}', 1);
  assert.equal(held(s, 'script_author').calls, 0);
});

test('a resource cancels its own calls only', async (t) => {
  const s = await waiting(t, 'addCallNote');
  const [, call] = s.lua('script_author', `return exports.sonoran_bridge:call('addCallNote', { callId = 1, note = 'x' },
    function(answer) ended = answer.error.kind end, ${PATIENT})`);
  const cancel = `return exports.sonoran_bridge:cancel(${call})`;
  assert.deepEqual(s.lua('dispatch_author', cancel),
    [false, `The call ${call} was made by another resource than dispatch_author; a resource can cancel its own calls only.`]);
  await s.host.run(0.3);
  assert.equal(s.lua('script_author', 'return ended')[0] ?? null, null);
  assert.equal(s.lua('script_author', cancel)[0], true);
  await s.until('the end', () => s.lua('script_author', 'return ended')[0] === 'cancelled');
});

test('60 odd panic calls by name leave the way free for a press', async (t) => {
  const s = await serverOf(t, AUTHORS);
  await s.said('runs:');
  const [taken] = s.lua('script_author', `local taken = 0
    for i = 1, 60 do
      taken = taken + (exports.sonoran_bridge:call('setUnitPanic', { roblox = i, isPanic = true }) and 1 or 0)
    end
    return taken`);
  assert.equal(taken, 60);
  await s.seen('the calls\' part of the budget', (now) => now.operations.setUnitPanic.requests >= 10);
  s.lua('dispatch_author', `ok, value = exports.sonoran_bridge:setPanic('pressed', true, function(answer) arrived = answer.ok end)`);
  assert.equal(s.lua('dispatch_author', 'return value.wait_s')[0] ?? null, null, 'it does not wait');
  await s.until('its answer', () => s.lua('dispatch_author', 'return arrived')[0]);
  const requests = await s.cad.requests('setUnitPanic');
  // A second copy of a request may leave where the machine is so busy that an answer takes seconds.
  const bodies = [...new Set(requests.map((one) => one.body))];
  assert.equal(bodies.length, 11, 'half of the 20 a minute, and the press');
  assert.match(bodies[10], /pressed/);
});

test('answers go to who asked, and not to the life after a restart', async (t) => {
  const s = await serverOf(t, AUTHORS);
  await s.said('runs:');
  await s.seen('a heartbeat', (now) => now.operations.heartbeat.requests > 0);
  const ask = (author, n) => s.lua(author, `heard = heard or {}
    exports.sonoran_bridge:call('getCalls', { closedLimit = ${n} }, function(answer) heard[#heard + 1] = '${author}' end)`);
  ask('script_author', 1);
  ask('dispatch_author', 2);
  for (const author of ['script_author', 'dispatch_author']) {
    await s.until(`the answer for ${author}`, () => s.lua(author, 'return #heard')[0] === 1);
    assert.equal(s.lua(author, 'return heard[1]')[0], author);
  }
  await s.cad.faults({ stall: 'BEFORE' });
  s.lua('dispatch_author', `exports.sonoran_bridge:call('getServers', {}, function() heard[#heard + 1] = 'old' end, { deadline_ms = 1500 })
    exports.sonoran_bridge:setPanic('old', true, function() heard[#heard + 1] = 'old' end)`);
  assert.equal(s.host.restart('dispatch_author'), true);
  s.lua('dispatch_author', 'heard = {}');
  await s.until('the end of the old call', () => held(s, 'dispatch_author').calls === 0);
  await s.cad.faults({});
  await s.until('the end of the old press', () => held(s, 'dispatch_author').panics === 0);
  assert.equal(s.lua('dispatch_author', 'return #heard')[0], 0);
  assert.equal(s.host.console.find('A callback failed').length, 0, 'nor is it looked for');
  assert.deepEqual(s.host.scriptErrors, []);
});

test('before the start one resource keeps half of the places, and panics and emergency calls have a reserve', async (t) => {
  const s = await serverOf(t, AUTHORS);
  assert.equal(s.call('status')[0].state, 'starting');
  const put = (author, code, count) => s.lua(author, `local taken, message = 0, ''
    for i = 1, ${count} do
      local ok, value = ${code}
      if ok then taken = taken + 1 else message = value end
    end
    return taken, message`);
  const remove = "exports.sonoran_bridge:removeUnit('unit-' .. i)";
  const [taken, message] = put('script_author', remove, 5000);
  assert.equal(taken, 2048);
  assert.match(message, /^2048 calls of \d+ bytes by the resource script_author wait for the bridge to start, and its share is 2048 and 8 MiB; this one was not taken\.$/);
  assert.equal(put('dispatch_author', remove, 5000)[0], 3584 - 2048, 'but for the reserve');
  assert.equal(put('sonorancad', remove, 1)[0], 0);
  assert.deepEqual(put('sonorancad', "exports.sonoran_bridge:setPanic('somebody', true)", 2), [2, '']);
  assert.deepEqual(put('sonorancad', `exports.sonoran_bridge:call('create911Call', ${EMERGENCY})`, 1), [1, '']);
  await s.seen('the panic', (now) => now.operations.setUnitPanic.requests > 0 && now.operations.create911Call.requests > 0);
});

test('one resource cannot have all statuses waiting', async (t) => {
  const s = await waiting(t, 'setUnitStatus');
  const set = "exports.sonoran_bridge:setStatus('unit-' .. i, 3)";
  const [taken, message] = s.lua('script_author', `local taken, message = 0, ''
    for i = 1, 5000 do local ok, value = ${set} if ok then taken = taken + 1 else message = value end end return taken, message`);
  assert.equal(taken, 4096);
  assert.match(message, /^4096 statuses set by the resource script_author wait already, which is its share/);
  assert.equal(s.lua('dispatch_author', "return (exports.sonoran_bridge:setStatus('mine', 3))")[0], true);
});
