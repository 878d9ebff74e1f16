'use strict';

// Operations of the CAD called by name from Lua: by the export `call`, and by lua/cad.lua in a resource of an author.

const assert = require('node:assert/strict');
const path = require('node:path');
const { test, describe } = require('node:test');
const { writeResources } = require('../test/sandbox');
const { RESOURCE, MONO_RESOURCE, DOOR } = require('./cad');
const { serverOf, FIXTURES, KEY, LIMIT_MS } = require('./server');

const WITH_CAD = { ensure: ['sonoran_bridge', 'dispatch_author'] };
const UNITS = '{ includeOffline = false, onlyUnits = true, limit = 50, offset = 0 }';

/** Runs a call in dispatch_author and waits for its answer: what `code` gives to `done(...)`, as JSON. */
async function answerOf(s, code) {
  s.lua('dispatch_author', `answers = answers or {} answers[#answers + 1] = false local n = #answers
    local function done(value) answers[n] = json.encode(value) end
    CreateThread(function() ${code} end)`);
  const n = s.lua('dispatch_author', 'return #answers')[0];
  const answer = () => s.lua('dispatch_author', `return answers[${n}]`)[0];
  await s.until(`an answer to ${code}`, answer);
  return JSON.parse(answer());
}

test('a call by name: arguments leave as they are, the answer comes to the callback, parsed', async (t) => {
  const s = await serverOf(t, WITH_CAD);
  const answer = await answerOf(s, `exports.sonoran_bridge:call('createDispatchCall', {
    origin = 0, status = 1, priority = 2, title = '10-50 "big" ünit', notes = {}, communityUserIds = {},
    extra = { id = 9007199254740993, least = math.mininteger, third = 0.1 + 0.2, whole = 3.0, vector = vector3(1.5, 2.0, -3.0) },
    metaData = { id = 9007199254740993, third = 0.1 + 0.2, night = true, postal = '0042', of = { 1, 2 } },
  }, done)`);
  assert.equal(answer.ok, true, JSON.stringify(answer));
  assert.equal(answer.status, 200);
  assert.equal(typeof answer.body, 'object');
  const [request] = await s.cad.requests('createDispatchCall');
  assert.equal(request.method, 'POST');
  assert.match(request.body, /"id":9007199254740993[,}]/);
  assert.match(request.body, /"least":-9223372036854775808[,}]/);
  assert.match(request.body, /"third":0\.30000000000000004[,}]/);
  assert.match(request.body, /"whole":3[,}]/);
  const sent = JSON.parse(request.body);
  assert.equal(sent.title, '10-50 "big" ünit');
  assert.deepEqual(sent.notes, []);
  assert.deepEqual(sent.extra.vector, { x: 1.5, y: 2, z: -3 });
  // The CAD takes texts only there.
  assert.deepEqual(sent.metaData, { id: '9007199254740993', third: '0.30000000000000004', night: 'true', postal: '0042', of: '[1,2]' });
  assert.deepEqual(s.host.scriptErrors, []);
});

test('an author\'s resource: calls with a callback, calls in a thread, and ready', async (t) => {
  const s = await serverOf(t, WITH_CAD);
  const log = () => s.host.callExport('dispatch_author', 'log')[0];
  await s.until('ready', () => log().includes('ready'));
  s.host.command('10-50 Elm Street');
  await s.until('the call', () => log().includes('call opened'));
  s.host.command('onduty');
  await s.until('the units', () => log().some((line) => /^\d+ units$/.test(line)));
  assert.deepEqual(s.host.scriptErrors, []);
  const [request] = await s.cad.requests('createDispatchCall');
  assert.equal(JSON.parse(request.body).address, 'Elm Street');
  assert.equal(request.headers ? 'seen' : 'none', 'seen');
});

describe('arguments that cannot be sent are one message, and nothing leaves', () => {
  const CASES = [
    ["CAD.getServers.await({ [1] = 'a', b = 2 })", /table of arguments is neither a list without holes nor/],
    ['CAD.createDispatchCall.await({ title = 0 / 0 })', /argument title is NaN/],
    ['CAD.createDispatchCall.await({ notes = { { at = print } } })', /argument notes\[1\]\.at is a function/],
    ["CAD.createDispatchCall.await({ title = '\\xff' })", /title is not valid UTF-8/],
    ["CAD.createDispatchCall.await('{')", /JSON|object/],
    ['CAD.createDispatchCall.await(7)', /must be a table, or JSON as a text; got a number/],
    ['CAD.getCurrentCall.await({})', /accountUuid/],
    ['CAD.getCurrentCall.await({ accountUuid = "u", colour = "red" })', /colour/],
    [`CAD.getActiveUnits.await(${UNITS}, { deadline_ms = 5 })`, /deadline/],
  ];
  test('each of them', async (t) => {
    const s = await serverOf(t, WITH_CAD);
    await s.said('runs:');
    for (const [code, expected] of CASES) {
      const { ok, error, text } = await answerOf(s, `local ok, e = pcall(function() return ${code} end)
        done({ ok = ok, error = not ok and type(e) == 'table' and { kind = e.kind, detail = e.detail } or tostring(e), text = tostring(e) })`);
      assert.equal(ok, false, code);
      assert.equal(error.kind, 'invalid_argument', `${code}: ${JSON.stringify(error)}`);
      assert.match(error.detail, expected);
      assert.match(text, /^CAD\.\w+: .* \(invalid_argument\)$/s);
    }
    const stats = await s.cad.stats();
    assert.equal(stats.operations.createDispatchCall.requests, 0);
  });

  test('an unknown operation is named with its nearest', async (t) => {
    const s = await serverOf(t, WITH_CAD);
    await s.said('runs:');
    const [message] = s.lua('dispatch_author', "return select(2, pcall(function() return CAD.getCall end))");
    assert.match(message, /no operation getCall; did you mean getCalls\?/);
    const answer = await answerOf(s, "exports.sonoran_bridge:call('getcalls', {}, done)");
    assert.equal(answer.error.kind, 'invalid_argument');
    assert.match(answer.error.detail, /getCalls/);
  });
});

describe('each kind of failure comes to the callback and to await with the same fields', () => {
  const away = (cad) => cad.http_url;
  // A deadline leaves a busy machine the time to get to the CAD.
  const CASES = [
    ['unauthorized', { key: 'another-key' }, {}],
    ['not_found', { cfg: 'set sonoran_serverId "77"' }, { traceId: true }],
    ['rejected', {}, { traceId: true, faults: { status: 422 } }],
    ['rate_limited', {}, { faults: { status: 429, retry_after: '300' }, deadline_ms: 4000, retryAfter: true }],
    ['unavailable', { url: away }, { faults: { refuse: true }, deadline_ms: 4000 }],
    ['timeout', {}, { faults: { stall: 'BEFORE' }, deadline_ms: 4000 }],
    ['outcome_unknown', {}, { faults: { stall: 'BEFORE' }, deadline_ms: 4000, operation: 'createDispatchCall' }],
  ];
  for (const [kind, options, { faults, deadline_ms, operation = 'getActiveUnits', traceId, retryAfter }] of CASES) {
    test(kind, async (t) => {
      const s = await serverOf(t, { ...WITH_CAD, ...options });
      await s.said('runs:');
      await s.seen('a heartbeat', (now) => now.operations.heartbeat.requests > 0);
      if (faults) await s.cad.faults(faults);
      const args = operation === 'getActiveUnits' ? UNITS
        : "{ origin = 0, status = 1, priority = 2, title = 'x', communityUserIds = {} }";
      const limit = deadline_ms ? `, { deadline_ms = ${deadline_ms} }` : '';
      // Asked together, so that two queries share one request and its fate.
      const { answer, raised } = await answerOf(s, `local first = promise.new()
        CAD.${operation}(${args}, function(given) first:resolve(given) end${limit})
        local ok, e = pcall(CAD.${operation}.await, ${args}${limit})
        done({ answer = Citizen.Await(first), raised = { ok = ok, kind = e.kind, title = e.title, detail = e.detail,
          status = e.status, traceId = e.traceId, retryAfter_s = e.retryAfter_s, operation = e.operation, text = tostring(e) } })`);
      assert.equal(answer.ok, false);
      assert.equal(answer.error.kind, kind, JSON.stringify(answer));
      assert.equal(raised.ok, false);
      assert.equal(raised.kind, kind, JSON.stringify(raised));
      assert.equal(raised.operation, operation);
      for (const one of [answer.error, raised]) {
        assert.ok(one.title.length > 0 && one.detail.length > 0, JSON.stringify(one));
        if (traceId) assert.ok(one.traceId.length > 0, JSON.stringify(one));
        // What is left of the CAD's 300 s when it is told: never more, and not in other units.
        if (retryAfter) assert.ok(one.retryAfter_s > 200 && one.retryAfter_s <= 300, JSON.stringify(one));
        else assert.equal(one.retryAfter_s, undefined, JSON.stringify(one));
      }
      assert.ok(raised.text.startsWith(`CAD.${operation}: ${raised.detail} (${kind}`), raised.text);
      assert.equal(s.host.console.find(options.key || KEY).length, 0, 'the key is not shown');
    });
  }

  test('queue_full', async (t) => {
    const s = await serverOf(t, WITH_CAD);
    await s.said('runs:');
    await s.seen('a heartbeat', (now) => now.operations.heartbeat.requests > 0);
    // The CAD asks for a wait that is longer than the test: all notes wait.
    await s.cad.faults({ status: 429, retry_after: '590', only: 'addCallNote' });
    const { first, answer, raised } = await answerOf(s, `local first
      local note, options = { callId = 1, note = 'x' }, { deadline_ms = 600000 }
      for i = 1, 128 do CAD.addCallNote(note, function(given) first = first or given end, options) end
      local beyond = promise.new()
      CAD.addCallNote(note, function(given) beyond:resolve(given) end, options)
      local ok, e = pcall(CAD.addCallNote.await, note, options)
      done({ answer = Citizen.Await(beyond), first = first, raised = { ok = ok, kind = e.kind, title = e.title,
        detail = e.detail, status = e.status, operation = e.operation } })`);
    assert.equal(first, undefined, 'those within the bound go on waiting');
    assert.equal(answer.ok, false);
    assert.equal(answer.status, 0);
    assert.equal(raised.ok, false);
    assert.equal(raised.operation, 'addCallNote');
    for (const one of [answer.error, raised]) {
      assert.equal(one.kind, 'queue_full', JSON.stringify(one));
      assert.equal(one.detail, '128 calls of addCallNote by the resource dispatch_author wait already, which is its share; this one was not taken.');
    }
    assert.equal(s.call('status')[0].resources.dispatch_author.refused, 2);
    assert.deepEqual(s.host.scriptErrors, []);
  });

  test('queue_full, where the library itself is full: the bytes of all resources together', async (t) => {
    const authors = ['script_author', 'dispatch_author', 'sonorancad', 'fourth'];
    const folder = writeResources(t, { fourth: { 'server.lua': '' } });
    const s = await serverOf(t, {
      resources: [RESOURCE, ...(DOOR.mono ? [MONO_RESOURCE] : []), FIXTURES, path.join(folder, 'fourth')],
      ensure: ['sonoran_bridge', ...authors],
    });
    await s.said('runs:');
    await s.seen('a heartbeat', (now) => now.operations.heartbeat.requests > 0);
    await s.cad.faults({ status: 429, retry_after: '590', only: 'addCallNote' });
    // No share of 16 MiB is reached, and 60 of these leave next to nothing of the 60 MiB for other calls than emergencies.
    const sent = authors.map((author) => s.lua(author, `local text = '{"callId":1,"note":"' .. ('x'):rep(1040000) .. '"}'
      local taken, told = 0, ''
      for i = 1, 15 do
        if exports.sonoran_bridge:call('addCallNote', text, nil, { deadline_ms = 600000 }) then taken = taken + 1 end
      end
      return taken`)[0]);
    assert.deepEqual(sent, [15, 15, 15, 15]);
    const ask = (author, code) => s.lua(author, `told = nil
      local text = '{"callId":1,"note":"' .. ('x'):rep(900000) .. '"}'
      ${code}`);
    const note = (author) => ask(author, "return exports.sonoran_bridge:call('addCallNote', text, function(answer) told = answer.error end, { deadline_ms = 600000 })");
    const [taken, why] = note('sonorancad');
    assert.deepEqual([taken, why], [false, '16384 calls, or 64 MiB of them, wait (the last of either are kept for create911Call); this one was not taken.']);
    assert.equal(s.lua('sonorancad', 'return told.kind')[0], 'queue_full');
    assert.equal(s.lua('sonorancad', 'return told.detail')[0], why);
    const emergency = "{ isEmergency = true, caller = 'Jane', location = 'Elm Street', description = 'Smoke' }";
    ask('sonorancad', `exports.sonoran_bridge:call('create911Call', ${emergency}, function(answer) told = answer.ok end)`);
    await s.until('the emergency call', () => s.lua('sonorancad', 'return told')[0] === true);
    assert.equal(s.call('setPanic', 'unit-1', true)[0], true);
    await s.seen('a press', (now) => now.units['unit-1'] && now.units['unit-1'].panic);
    await s.until('the count', () => s.call('status')[0].refused.calls === 1);
    assert.deepEqual(s.host.scriptErrors, []);
  });

  test('cancelled', async (t) => {
    const s = await serverOf(t, WITH_CAD);
    await s.said('runs:');
    await s.seen('a heartbeat', (now) => now.operations.heartbeat.requests > 0);
    await s.cad.faults({ stall: 'BEFORE' });
    const answer = await answerOf(s, `local handle = CAD.getActiveUnits(${UNITS}, done) Wait(100) assert(CAD.cancel(handle))`);
    assert.equal(answer.error.kind, 'cancelled');
    const [ok, message] = s.lua('dispatch_author', 'return CAD.cancel(1)');
    assert.equal(ok, false);
    assert.match(message, /No call 1 waits/);
  });

  test('shutting_down, when the bridge is reloaded or stopped', async (t) => {
    const s = await serverOf(t, WITH_CAD);
    await s.said('runs:');
    await s.seen('a heartbeat', (now) => now.operations.heartbeat.requests > 0);
    await s.cad.faults({ stall: 'BEFORE' });
    const asked = answerOf(s, `CAD.getActiveUnits(${UNITS}, done)`);
    await s.host.run(0.2);
    s.host.command('sonoran_bridge reload');
    assert.equal((await asked).error.kind, 'shutting_down');
    await s.said('were read again');
    const again = answerOf(s, `CAD.getActiveUnits(${UNITS}, done)`);
    await s.host.run(0.2);
    s.host.stop('sonoran_bridge');
    assert.equal((await again).error.kind, 'shutting_down');
  });
});

describe('what no JSON is', () => {
  test('comes as a text where the CAD answered well, and nothing is nil', async (t) => {
    const s = await serverOf(t, WITH_CAD);
    await s.said('runs:');
    const values = s.lua('sonoran_bridge', `
      local decode = Bridge.JsonText.decode
      local big = decode('{"n":9007199254740993,"list":[{"a":[]}],"none":null}', true)
      return decode('plain words'), decode(''), decode(' null ', true), decode('"text"', true), decode('7', true), math.type(big.n) == 'integer' and tostring(big.n), big.none, decode('[1]')`);
    assert.deepEqual(values, ['plain words', null, null, 'text', 7, '9007199254740993', null, '[1]']);
  });

  // The game server's decoder recurses, and so the stand-in's ends the process there.
  test('comes as a text where it nests deeper than 64, whoever answers and whatever type it is said to have', async (t) => {
    const s = await serverOf(t, WITH_CAD);
    await s.said('runs:');
    // An operation each: none has a budget for all of them.
    const CALLS = [
      'CAD.getServers({}, done)',
      "exports.sonoran_bridge:call('getInfo', {}, done)",
      "exports.sonoran_bridge:call('getTemplates', {}, done, { raw = true })",
    ];
    const nested = (depth) => '['.repeat(depth) + ']'.repeat(depth);
    const measured = (call) => call.replace('done', 'function(a) done({ a.ok, type(a.body), type(a.body) == "string" and #a.body, a.json }) end');
    const CASES = [
      [{ body: '['.repeat(1 << 20) }, '*', 1 << 20],
      [{ body: '['.repeat(1 << 20), content_type: 'text/plain' }, '*', 1 << 20],
      [{ body: nested(65) }, '*', 130],
      [{ body: '{"cut":' }, '*', 7],
      [{ body: nested(64) }, 'table', false],
    ];
    await s.cad.faults({ rate_scale: 0 });
    for (const [faults, kind, size] of CASES) {
      await s.cad.faults({ ...faults, rate_scale: 0 });
      for (const call of CALLS) {
        const raw = call.includes('raw');
        const [ok, type, bytes, json] = await answerOf(s, measured(call));
        assert.deepEqual([ok, type], [true, raw || kind === '*' ? 'string' : kind], `${call} ${faults.body.slice(0, 9)}`);
        assert.equal(bytes, raw && kind !== '*' ? 128 : size);
        assert.equal(json ?? null, raw && kind !== '*' ? true : null);
      }
    }
    // Not the CAD's word: asked again until its time is over.
    await s.cad.faults({ body: '['.repeat(1 << 20), status: 404, rate_scale: 0 });
    for (const call of CALLS) {
      const soon = call.includes('raw') ? call.replace('raw = true', 'raw = true, deadline_ms = 1000') : call.replace('done)', 'done, { deadline_ms = 1000 })');
      const [ok, type] = await answerOf(s, measured(soon));
      assert.equal(ok, false);
      assert.notEqual(type, 'table');
    }
    assert.deepEqual(s.host.scriptErrors, []);
  });
});

test('calls before the bridge is ready are kept and done, or cancelled', async (t) => {
  const s = await serverOf(t, { host: { runtimeOrder: ['lua', 'js'] }, ...WITH_CAD });
  assert.equal(s.call('isReady')[0], false);
  const [taken, kept] = s.call('call', 'getServers', {});
  assert.equal(taken, true);
  assert.ok(kept >= 1);
  const first = answerOf(s, 'CAD.getServers({}, done)');
  // Its budget is 2 a minute, so that this one waits for long enough to be cancelled.
  const cancelled = answerOf(s, 'for i = 1, 2 do CAD.setCallouts({ callouts = {} }, function() end) end CAD.cancel(CAD.setCallouts({ callouts = {} }, done))');
  assert.equal((await cancelled).error.kind, 'cancelled');
  assert.equal((await first).ok, true);
  assert.deepEqual(s.call('isReady'), [true]);
  assert.equal(s.call('cancel', 99)[0], false);
  assert.equal(s.call('cancel', 'x')[0], false);
});

test('an author\'s resource may start before the bridge, and outlives its restarts', async (t) => {
  const s = await serverOf(t, { ensure: ['dispatch_author'] });
  const early = answerOf(s, 'CAD.getServers({}, done)');
  await s.host.run(0.3);
  if (DOOR.mono) s.host.start('sonoran_bridge_mono');
  s.host.start('sonoran_bridge');
  assert.equal((await early).ok, true);
  for (let i = 0; i < 2; i += 1) {
    assert.ok(s.host.restart('sonoran_bridge'));
    assert.equal((await answerOf(s, 'done({ ok = true, body = CAD.getServers.await() })')).ok, true);
  }
  s.host.stop('sonoran_bridge');
  const late = await answerOf(s, 'CAD.getServers({}, done, { deadline_ms = 300 })');
  assert.equal(late.error.kind, 'unavailable');
  assert.match(late.error.detail, /sonoran_bridge is not there to take the call \(it is stopped\)/);
  assert.deepEqual(s.host.scriptErrors, []);
});

test('a server that hangs while large answers come: every callback is called, and only what was answered is gone', async (t) => {
  const s = await serverOf(t, WITH_CAD);
  await s.said('runs:');
  await s.cad.faults({ only: 'getTemplates', huge: 4000000 });
  s.lua('dispatch_author', `ends = {}
    for i = 1, 42 do
      CAD.getTemplates({}, function(answer)
        ends[#ends + 1] = answer.ok and 'ok' or answer.error.kind .. ' ' .. answer.status .. ' ' .. tostring(answer.body)
      end)
    end
    Citizen.CreateThreadNow(function() local ok, e = pcall(CAD.getTemplates.await, {}) awaited = ok and 'ok' or tostring(e) end)`);
  // No tick comes until the bridge has dropped what it had to: 43 answers of 4 MB, of which 16 fit into 64 MiB.
  const dropped = () => s.call('status')[0].dropped_bodies;
  const end = Date.now() + LIMIT_MS;
  while (dropped() < 27 && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(dropped(), 27);
  const ends = () => s.lua('dispatch_author', 'return table.concat(ends, ",")')[0].split(',');
  await s.until('all callbacks', () => ends().length === 42);
  await s.until('await', () => s.lua('dispatch_author', 'return awaited')[0]);
  assert.equal(ends().filter((end) => end === 'answer_dropped 200 nil').length + ends().filter((end) => end === 'ok').length, 42);
  assert.ok(ends().filter((end) => end === 'ok').length <= 16);
  assert.deepEqual(s.host.scriptErrors, []);
});
