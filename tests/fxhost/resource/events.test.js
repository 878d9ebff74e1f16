'use strict';

// The events of the CAD as scripts hear them: by the export `on`, by CAD.on in Lua and JavaScript, by the server event.

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { RESOURCE } = require('./cad');
const { serverOf, FIXTURES } = require('./server');
const { writeResources } = require('../test/sandbox');

const ENSURE = ['sonoran_bridge', 'script_author', 'dispatch_author'];

/** A server whose bridge can be given events as they come by HTTP. */
async function server(t, more = {}) {
  const s = await serverOf(t, { ensure: ENSURE, ...more });
  const key = more.key ?? s.cad.key;
  const pushText = (text) => s.lua('sonoran_bridge', `return Door.cross('push', [==[${text}]==])`);
  /** Gives the bridge an event; gives its answer. */
  const push = (type, data) => pushText(JSON.stringify({ key, type, data }));
  /** Lets `resource` listen, in Lua, and keep what it hears in a global of that name; what `on` gave. */
  const listen = (resource, type, name, body = '', options = 'nil') =>
    s.lua(resource, `${name} = {}; return exports.sonoran_bridge:on('${type}', function(event) ${name}[#${name} + 1] = event ${body} end, ${options})`);
  const heard = (resource, name) => s.lua(resource, `return ${name}`)[0];
  /** Waits until a resource has heard so many. */
  const hears = (resource, name, count) =>
    s.until(`${count} events in ${resource}`, () => heard(resource, name).length >= count);
  const runs = () => s.said('runs:');
  const js = () => s.host.callExport('js_dispatch_author', 'log')[0];
  const step = (name, ...values) => {
    s.host.triggerEvent('js_dispatch_author:do', name, ...values);
    return js().filter((one) => one.step === name).pop();
  };
  return { ...s, push, pushText, listen, heard, hears, runs, js, step };
}

test('a listener hears the events of its type, in whatever case it is named, and * hears all, listed or not', async (t) => {
  const s = await server(t);
  await s.runs();
  assert.deepEqual(s.listen('script_author', 'event_unit_status', 'statuses'), [true, 1]);
  assert.deepEqual(s.listen('dispatch_author', '*', 'all'), [true, 2]);
  assert.deepEqual(s.push('EVENT_UNIT_STATUS', { identIds: [41], status: 3 })[0], true);
  s.push('EVENT_UNIT_LOGOUT', { identId: 41 });
  s.push('event_of_the_future', [{ a: null, b: [1, 2.5, 'ä'] }]);
  s.push('GET_LOGS', undefined);
  await s.hears('dispatch_author', 'all', 4);
  assert.deepEqual(s.heard('script_author', 'statuses'), [
    { type: 'EVENT_UNIT_STATUS', source: 'cad', data: { identIds: [41], status: 3 } },
  ]);
  assert.deepEqual(s.heard('dispatch_author', 'all'), [
    { type: 'EVENT_UNIT_STATUS', source: 'cad', data: { identIds: [41], status: 3 } },
    { type: 'EVENT_UNIT_LOGOUT', source: 'cad', data: { identId: 41 } },
    { type: 'EVENT_OF_THE_FUTURE', source: 'cad', data: { b: [1, 2.5, 'ä'] } },
    { type: 'GET_LOGS', source: 'cad' },
  ]);
  assert.deepEqual(s.host.scriptErrors, []);
});

test('what is not right is refused with a sentence, and one ends one\'s own listeners only', async (t) => {
  const s = await server(t);
  const on = (args) => s.lua('script_author', `return exports.sonoran_bridge:on(${args})`);
  const off = (resource, args) => s.lua(resource, `return exports.sonoran_bridge:off(${args})`);
  const refused = (given, pattern) => {
    assert.equal(given[0], false);
    assert.match(given[1], pattern);
  };
  refused(on('nil, print'), /a text, like 'EVENT_911', or '\*' for all; got a nil/);
  refused(on('print, print'), /got a function/);
  refused(on("'', print"), /1 to 128 printable/);
  refused(on("('E'):rep(129), print"), /1 to 128 printable/);
  refused(on("'EVENT 911', print"), /without spaces/);
  refused(on("'EVENT_911', 'print'"), /second argument of on is a function; got a string/);
  refused(on("'EVENT_911', print, 7"), /options must be a table; got a number/);
  assert.equal(s.host.console.find(/does not list/).length, 0);
  const [taken, id] = on("'EVENT_91', print");
  assert.equal(taken, true, 'any type may come one day');
  on("'EVENT_91', print");
  assert.equal(s.host.console.find(/listens to EVENT_91, which docs\/events.md does not list\. \[resource script_author\]/).length, 1, 'said once');
  refused(off('dispatch_author', id), /The resource dispatch_author has no listener 1/);
  refused(off('script_author', "'1'"), /named by the number that on\(\) gave/);
  refused(off('script_author', '99'), /no listener 99/);
  assert.deepEqual(off('script_author', id), [true, []]);
  refused(off('script_author', id), /no listener 1/);
  for (let i = 1; i < 256; i += 1) assert.equal(on("'EVENT_911', print")[0], true);
  refused(on("'EVENT_911', print"), /script_author listens 256 times already, which is its share/);
  assert.equal(s.listen('dispatch_author', '*', 'all')[0], true, 'a share is one resource\'s');
});

test('what nobody listens to does not cross, and what crosses is decoded once', async (t) => {
  const s = await server(t);
  await s.runs();
  s.lua('sonoran_bridge', `
    decodes, crossed = 0, {}
    local decode = json.decode
    json.decode = function(text) if text:find('identI') then decodes = decodes + 1 end return decode(text) end
    Bridge.on_push(function(pushed) crossed[#crossed + 1] = pushed.event end)`);
  s.push('EVENT_UNIT_STATUS', { identIds: [1], status: 1 });
  s.listen('script_author', 'EVENT_UNIT_LOGOUT', 'first');
  s.listen('dispatch_author', 'EVENT_UNIT_LOGOUT', 'second');
  s.push('EVENT_UNIT_STATUS', { identIds: [2], status: 1 });
  s.push('EVENT_UNIT_LOGOUT', { identId: 3 });
  await s.hears('dispatch_author', 'second', 1);
  assert.deepEqual(s.heard('script_author', 'first'), s.heard('dispatch_author', 'second'));
  assert.deepEqual(s.lua('sonoran_bridge', 'return crossed, decodes'), [['EVENT_UNIT_LOGOUT'], 1]);
  // raw: nothing is decoded here.
  s.listen('script_author', 'EVENT_UNIT_LOGIN', 'raw', '', '{ raw = true }');
  s.pushText(`{"key":"${s.cad.key}","type":"EVENT_UNIT_LOGIN","data":{"identId": 9007199254740993 }}`);
  await s.hears('script_author', 'raw', 1);
  assert.deepEqual(s.heard('script_author', 'raw'), [{ type: 'EVENT_UNIT_LOGIN', source: 'cad', data: '{"identId": 9007199254740993 }', json: true }]);
  assert.deepEqual(s.lua('sonoran_bridge', 'return decodes'), [1]);
});

test('data that are too long or too deep to be decoded come as a text', async (t) => {
  const s = await server(t);
  await s.runs();
  s.listen('script_author', '*', 'all');
  s.listen('script_author', '*', 'raw', '', '{ raw = true }');
  const long = { message: 'x'.repeat(65536) };
  const deep = `${'['.repeat(80)}${']'.repeat(80)}`;
  s.push('EVENT_STATION_ALERT', long);
  s.pushText(`{"key":"${s.cad.key}","type":"EVENT_DEEP","data":${deep}}`);
  s.push('EVENT_WORD', 'a text of its own');
  await s.hears('script_author', 'raw', 3);
  const [alert, nested, word] = s.heard('script_author', 'all').map((one) => one.data);
  assert.equal(alert, JSON.stringify(long));
  assert.equal(nested, deep);
  assert.equal(word, 'a text of its own');
  assert.deepEqual(s.heard('script_author', 'raw').map((one) => one.json), [false, false, true]);
});

test('events come in order, each once, also through a reload that a handler causes', async (t) => {
  const s = await server(t);
  await s.runs();
  s.listen('script_author', 'EVENT_UNIT_LOGOUT', 'all', "if event.data.identId == 50 then ExecuteCommand('sonoran_bridge reload') end");
  for (let i = 1; i <= 200; i += 1) assert.equal(s.push('EVENT_UNIT_LOGOUT', { identId: i })[0], true);
  await s.hears('script_author', 'all', 200);
  assert.deepEqual(s.heard('script_author', 'all').map((one) => one.data.identId), Array.from({ length: 200 }, (_, i) => i + 1));
  assert.equal(s.push('EVENT_UNIT_LOGOUT', { identId: 201 })[0], true);
  await s.hears('script_author', 'all', 201);
  assert.ok(s.host.console.find(/read again/).length > 0, 'it was reloaded');
});

test('a tick brings one event at least, and no more when the scripts take long', async (t) => {
  const s = await server(t);
  await s.runs();
  s.listen('script_author', 'EVENT_UNIT_LOGOUT', 'all', 'local until_s = os.clock() + 0.003 while os.clock() < until_s do end');
  for (let i = 1; i <= 8; i += 1) s.push('EVENT_UNIT_LOGOUT', { identId: i });
  await s.hears('script_author', 'all', 1); // the others wait now, in the module or fetched
  for (let i = s.heard('script_author', 'all').length; i < 8; i += 1) {
    await s.host.ticks(1);
    assert.equal(s.heard('script_author', 'all').length, i + 1);
  }
});

test('a handler that fails is named once and harms nobody; one that waits holds up nobody and has a bound', async (t) => {
  const s = await server(t);
  await s.runs();
  s.listen('script_author', 'EVENT_UNIT_LOGOUT', 'failing', "error('the author made a mistake')");
  s.listen('script_author', 'EVENT_UNIT_LOGOUT', 'waiting', 'Wait(60000000)');
  s.listen('dispatch_author', 'EVENT_UNIT_LOGOUT', 'good');
  for (let i = 1; i <= 70; i += 1) s.push('EVENT_UNIT_LOGOUT', { identId: i });
  await s.hears('dispatch_author', 'good', 70);
  assert.equal(s.heard('script_author', 'failing').length, 70, 'it goes on being called');
  assert.equal(s.heard('script_author', 'waiting').length, 64);
  assert.equal(s.host.console.find(/A handler for EVENT_UNIT_LOGOUT failed: .* \[resource script_author\]/).length, 1);
  assert.equal(s.host.console.find(/64 calls of a handler for EVENT_UNIT_LOGOUT still wait.* \[resource script_author\]/).length, 1);
  const { events } = s.call('status')[0];
  assert.deepEqual(events.script_author, { listeners: 2, given: 134, failed: 70, dropped: 6 });
  assert.deepEqual(events.dispatch_author, { listeners: 1, given: 70, failed: 0, dropped: 0 });
});

test('listeners end with their resource, also those that it adds while it stops, and no life hears for another', async (t) => {
  const s = await server(t);
  await s.runs();
  s.listen('script_author', '*', 'before');
  s.lua('script_author', `AddEventHandler('onResourceStop', function(name)
    if name == 'script_author' then exports.sonoran_bridge:on('EVENT_UNIT_LOGOUT', print) end
  end)`);
  s.listen('dispatch_author', 'EVENT_UNIT_LOGOUT', 'good');
  s.push('EVENT_UNIT_LOGOUT', { identId: 1 });
  await s.hears('dispatch_author', 'good', 1);
  s.host.stop('script_author');
  await s.host.ticks(2);
  s.push('EVENT_UNIT_LOGOUT', { identId: 2 });
  await s.hears('dispatch_author', 'good', 2);
  assert.equal(s.call('status')[0].events.script_author.listeners, 0);
  assert.equal(s.host.console.find(/A handler for .* failed/).length, 0);
  s.host.start('script_author');
  s.listen('script_author', 'EVENT_UNIT_LOGOUT', 'after');
  s.push('EVENT_UNIT_LOGOUT', { identId: 3 });
  await s.hears('script_author', 'after', 1);
  await s.host.run(0.1);
  assert.equal(s.heard('script_author', 'after').length, 1);
});

test('the server event is fired for the types that a manifest asks for, while that resource runs', async (t) => {
  const listener = (manifest) => ({
    'fxmanifest.lua': `fx_version 'cerulean'\ngame 'gta5'\nlua54 'yes'\n${manifest}\nserver_script 'server.lua'`,
    'server.lua': `heard = {}
AddEventHandler('sonoran_bridge:event', function(type, data, source) heard[#heard + 1] = { type, data, source } end)`,
  });
  const folder = writeResources(t, {
    some: listener("sonoran_bridge_events { 'EVENT_911', 'event_unit_logout' }"),
    one: listener("sonoran_bridge_event 'EVENT_TONE'"),
    none: listener(''),
    odd: listener("sonoran_bridge_event 'EVENT 1'"),
  });
  const s = await server(t, { resources: [RESOURCE, folder], ensure: ['some', 'sonoran_bridge', 'one', 'none', 'odd'] });
  await s.runs();
  assert.equal(s.host.console.find(/manifest asks for an event that there cannot be: The type of an event has 1 to 128.* \[resource odd\]/).length, 1);
  const types = (resource) => s.heard(resource, 'heard').map((one) => one[0]);
  s.listen('one', 'EVENT_UNIT_STATUS', 'byOn'); // so it crosses, and still is no server event
  s.push('EVENT_911', { call: { callId: 120 } });
  s.push('EVENT_UNIT_STATUS', { identIds: [1], status: 2 });
  s.push('EVENT_TONE', { url: 'x', playTonesTo: [] });
  s.push('EVENT_UNIT_LOGOUT', { identId: 7 });
  await s.until('the last', () => types('none').includes('EVENT_UNIT_LOGOUT'));
  assert.deepEqual(s.heard('some', 'heard')[0], ['EVENT_911', { call: { callId: 120 } }, 'cad']);
  assert.deepEqual(types('none'), ['EVENT_911', 'EVENT_TONE', 'EVENT_UNIT_LOGOUT'], 'everybody hears it');
  s.host.stop('some');
  s.push('EVENT_911', { call: { callId: 121 } });
  s.push('EVENT_TONE', { url: 'y', playTonesTo: [] });
  await s.until('the tone', () => types('none').length >= 4);
  assert.equal(types('none').pop(), 'EVENT_TONE');
  s.host.start('some');
  s.push('EVENT_911', { call: { callId: 122 } });
  await s.until('the call', () => types('some').length === 1);
  assert.deepEqual(s.host.scriptErrors, []);
});

test('sonoran_bridge_allow says who may listen; the server event is for all or none', async (t) => {
  const folder = writeResources(t, {
    open: {
      'fxmanifest.lua': "fx_version 'cerulean'\ngame 'gta5'\nlua54 'yes'\nsonoran_bridge_event '*'\nserver_script 'server.lua'",
      'server.lua': "heard = {}\nAddEventHandler('sonoran_bridge:event', function(type) heard[#heard + 1] = type end)",
    },
  });
  for (const [rules, allowed, hears] of [['script_author: events; *: queries', ['script_author'], 0], ['*: events', ['script_author', 'dispatch_author'], 1]]) {
    const s = await server(t, { resources: [RESOURCE, FIXTURES, folder], ensure: [...ENSURE, 'open'], cfg: `set sonoran_bridge_allow "${rules}"` });
    await s.runs();
    for (const resource of ['script_author', 'dispatch_author']) {
      const [ok, why] = s.listen(resource, '*', 'all');
      assert.equal(ok, allowed.includes(resource));
      if (!ok) assert.match(why, /dispatch_author may not call events: the convar sonoran_bridge_allow does not give it that group/);
    }
    s.push('EVENT_TONE', { url: 'x', playTonesTo: [] });
    await s.hears('script_author', 'all', 1);
    assert.equal(s.heard('open', 'heard').length, hears);
  }
});

test('CAD.on in Lua: several handlers of a type, an own error each, over a restart of the bridge and before its start', async (t) => {
  const s = await server(t, { ensure: ['dispatch_author'] });
  const lua = (code) => s.lua('dispatch_author', code);
  assert.deepEqual(lua(`
    first, second, all = {}, {}, {}
    a = CAD.on('event_unit_logout', function(event) first[#first + 1] = event error('the author made a mistake') end)
    b = CAD.on('EVENT_UNIT_LOGOUT', function(event) second[#second + 1] = event.data.identId end)
    c = CAD.on('*', function(event) all[#all + 1] = event.type end)
    return type(a), type(b), type(c)`), ['number', 'number', 'number']);
  assert.deepEqual(lua("return CAD.on(7, print)"), [false, "CAD.on takes the type of an event, like 'EVENT_911', as a text; got a number."]);
  assert.deepEqual(lua("return CAD.on('*', 7)"), [false, 'The handler of CAD.on must be a function; got a number.']);
  s.host.start('sonoran_bridge');
  await s.runs();
  await s.host.ticks(2);
  s.push('EVENT_UNIT_LOGOUT', { identId: 1 });
  await s.hears('dispatch_author', 'second', 1);
  assert.deepEqual(lua('return first, all'), [[{ type: 'EVENT_UNIT_LOGOUT', source: 'cad', data: { identId: 1 } }], ['EVENT_UNIT_LOGOUT']]);
  assert.equal(s.call('status')[0].events.dispatch_author.listeners, 2, 'one for a type');
  s.host.console.clear();
  s.host.restart('sonoran_bridge');
  await s.runs();
  await s.host.ticks(2);
  assert.equal(lua('return CAD.off(b)')[0], true);
  assert.match(lua('return CAD.off(b)')[1], /no handle \d+ that is still heard/);
  s.push('EVENT_UNIT_LOGOUT', { identId: 2 });
  await s.until('the second', () => lua('return #first')[0] === 2);
  assert.deepEqual(lua('return second'), [[1]]);
  assert.equal(lua('return CAD.off(a)')[0], true);
  s.push('EVENT_UNIT_LOGOUT', { identId: 3 });
  await s.until('the third', () => lua('return #all')[0] === 3);
  assert.deepEqual(lua('return #first'), [2]);
  assert.equal(s.call('status')[0].events.dispatch_author.listeners, 1);
});

test('CAD in JavaScript asks with promises: a body, an error with its kind, arguments that JSON cannot say', async (t) => {
  const s = await server(t, { ensure: ['sonoran_bridge', 'js_dispatch_author'] });
  await s.runs();
  const result = async (n) => {
    await s.until(`result ${n}`, () => s.js().filter((one) => one.operation).length >= n);
    return s.js().filter((one) => one.operation)[n - 1];
  };
  await s.until('ready', () => s.js().some((one) => one.ready));
  s.step('ask', 'getServers', {});
  assert.ok(Array.isArray((await result(1)).body.servers));
  s.step('ask', 'getTemplate', '{"recordTypeId":7}');
  assert.equal((await result(2)).kind, undefined);
  s.step('ask', 'getTemplate', {});
  assert.deepEqual([(await result(3)).kind, (await result(3)).isError, (await result(3)).status], ['invalid_argument', true, 0]);
  assert.match((await result(3)).message, /recordTypeId/);
  for (const [i, what, pattern] of [[4, 'nan', /note is NaN; a number must be finite/], [5, 'bigint', /note is a bigint; give the arguments as JSON text/], [6, 'function', /note is a function/]]) {
    s.step('odd', what);
    assert.equal((await result(i)).kind, 'invalid_argument');
    assert.match((await result(i)).message, pattern);
  }
  s.step('ask', 'getServers', {}, { deadline_ms: -1 });
  assert.match((await result(7)).message, /deadline_ms must be a whole number/);
  s.step('ask', 'getServers', [1]);
  assert.match((await result(8)).message, /must be an object, or JSON as a text; got an array/);
  assert.deepEqual(s.host.scriptErrors, []);
});

test('CAD in JavaScript keeps a call until the bridge runs, gives it up at its deadline or when told, and at a stop', async (t) => {
  const s = await server(t, { ensure: ['js_dispatch_author'] });
  const results = () => s.js().filter((one) => one.operation);
  s.step('ask', 'getServers', {}, { deadline_ms: 150 });
  await s.until('the deadline', () => results().length === 1);
  assert.equal(results()[0].kind, 'unavailable');
  assert.match(results()[0].message, /sonoran_bridge is not there to take the call \(it is stopped\)/);
  s.step('ask', 'getServers', {});
  assert.equal(s.step('cancel').gave, true);
  await s.until('the cancelling', () => results().length === 2);
  assert.equal(results()[1].kind, 'cancelled');
  assert.equal(s.step('cancel').gave, false, 'it has its answer');
  s.step('ask', 'getServers', {});
  s.host.start('sonoran_bridge');
  await s.until('the kept call', () => results().length === 3);
  assert.ok(results()[2].body.servers);
  await s.cad.faults({ stall: 'BEFORE', only: 'getServers' });
  s.step('ask', 'getServers', {});
  s.host.stop('sonoran_bridge');
  await s.until('the end', () => results().length === 4);
  assert.equal(results()[3].kind, 'shutting_down');
});

test('CAD.on in JavaScript: typed events, errors of a handler are its own, over a restart of the bridge', async (t) => {
  const s = await server(t, { ensure: ['js_dispatch_author', 'sonoran_bridge'] });
  await s.runs();
  await s.host.ticks(2);
  assert.match(s.step('wrong', 7, null).threw, /as a text; got a number/);
  assert.match(s.step('wrong', '*', null).threw, /must be a function; got a object/);
  s.step('hearBadly', '*', false);
  s.step('hearBadly', '*', true);
  const { gave: handle } = s.step('hear', 'event_911', 'emergency');
  s.step('hear', '*', 'all');
  s.push('EVENT_UNIT_STATUS', { identIds: [41], status: 3 });
  s.push('EVENT_911', { call: { callId: 120, caller: 'Ana Ruiz' } });
  const named = (name) => s.js().filter((one) => one.name === name);
  await s.until('all', () => named('all').length === 2);
  assert.deepEqual(s.js().find((one) => one.status), { status: 3 });
  assert.deepEqual(named('emergency'), [{ name: 'emergency', type: 'EVENT_911', data: { call: { callId: 120, caller: 'Ana Ruiz' } }, source: 'cad' }]);
  await s.until('the errors', () => s.host.console.find(/a handler of CAD.on\('\*'\) failed: Error: the author made a mistake, later/).length === 2);
  assert.equal(s.host.console.find(/failed: Error: the author made a mistake\b(?!,)/).length, 2);
  s.host.console.clear();
  s.host.restart('sonoran_bridge');
  await s.runs();
  await s.host.ticks(2);
  assert.equal(s.step('off', handle).gave, true);
  assert.equal(s.step('off', handle).gave, false);
  s.push('EVENT_911', { call: { callId: 121 } });
  await s.until('the third', () => named('all').length === 3);
  assert.equal(named('emergency').length, 1);
});

// ------------------------------------------------------------------------------------------------------- over the hub

const live = (t, more = {}) => server(t, { cfg: 'set sonoran_communityID "simcad"', ...more });
const up = (s) => s.until('the hub', () => s.call('status')[0].hub.state === 'up');

test('an event that the CAD pushes over its hub reaches scripts in Lua and JavaScript, each type with its example', async (t) => {
  const { events } = require('../../../config/events.json');
  const s = await live(t, { ensure: ['sonoran_bridge', 'script_author', 'js_dispatch_author'] });
  await s.runs();
  s.listen('script_author', '*', 'all');
  s.step('hear', '*', 'all');
  await up(s);
  for (const { type, example } of events) await s.cad.hub_push({ type, data: example });
  await s.hears('script_author', 'all', events.length);
  const inJs = () => s.js().filter((one) => one.name === 'all');
  await s.until('all in JavaScript', () => inJs().length === events.length);
  assert.deepEqual(inJs().map(({ type, data, source }) => ({ type, data, source })),
    events.map(({ type, example }) => ({ type, data: example ?? undefined, source: 'cad' })).map((one) => (one.data === undefined ? { ...one, data: null } : one)));
  assert.deepEqual(s.heard('script_author', 'all').map((one) => one.type), events.map(({ type }) => type));
  assert.deepEqual(s.host.scriptErrors, []);
});

test('what the bridge did for a script and the CAD does not tell of is an event of the bridge', async (t) => {
  const s = await live(t);
  await s.runs();
  s.listen('dispatch_author', 'EVENT_DISPATCH_NEW', 'mine');
  s.lua('script_author', "exports.sonoran_bridge:call('createDispatchCall', { origin = 0, status = 1, priority = 2, title = '10-50', communityUserIds = {} })");
  await s.hears('dispatch_author', 'mine', 1);
  const [event] = s.heard('dispatch_author', 'mine');
  assert.equal(event.source, 'bridge');
  assert.equal(Number.isInteger(event.data.dispatch.callId), true);
});

test("a dispatcher's clearing lets the officer's next press reach the CAD at once, and a script hears of it", async (t) => {
  const s = await live(t);
  await s.runs();
  await up(s);
  s.listen('script_author', 'EVENT_UNIT_PANIC', 'cleared');
  const unit = { id: 41, status: 2, isPanic: false, data: { unitNum: '1', name: 'Unit 1', communityUserId: 'unit-1' } };
  await s.cad.hub_push({ type: 'EVENT_UNIT_LOGIN', data: { unit, isDispatch: false } });
  const presses = async () => (await s.cad.requests('setUnitPanic')).length;
  const press = () => s.lua('script_author', "return exports.sonoran_bridge:setPanic('unit-1', true, function(answer) answered = answer end)");
  const answered = async (n) => {
    await s.until('the answer', () => s.lua('script_author', 'return answered ~= nil')[0] === true);
    const [{ ok, deduplicated }] = s.lua('script_author', 'local last = answered answered = nil return last');
    assert.deepEqual([ok, await presses()], [true, n]);
    return deduplicated;
  };
  press();
  assert.equal(await answered(1), false);
  press();
  assert.equal(await answered(1), true, 'a repeat of what the CAD has');
  await s.cad.hub_push({ type: 'EVENT_UNIT_PANIC', data: { identIds: [41], isPanic: false } });
  await s.hears('script_author', 'cleared', 1);
  press();
  assert.equal(await answered(2), false);
});

test('status() and the console say since when the hub stands, why it ended, what came and what was dropped', async (t) => {
  const s = await live(t);
  await s.runs();
  await up(s);
  s.listen('script_author', 'EVENT_TONE', 'tones');
  await s.cad.hub_push([{ type: 'EVENT_TONE', data: { url: 'x', playTonesTo: [] } }, { type: 'EVENT_UNIT_LOGOUT', data: { identId: 7 } }]);
  await s.hears('script_author', 'tones', 1);
  const hub = () => s.call('status')[0].hub;
  await s.until('the report', () => hub().events.EVENT_TONE === 1);
  assert.equal(hub().events.EVENT_UNIT_LOGOUT, 1);
  assert.equal(typeof hub().connected_s, 'number');
  assert.equal(typeof hub().round_trip_ms, 'number');
  assert.equal(hub().dropped, 0);
  const lines = () => s.host.command('sonoran_bridge status').join('\n');
  assert.match(lines(), /events of the CAD: connected for \d+ s, 0 reconnects, round trip [\d.]+ ms\n +2 events \(EVENT_TONE 1, EVENT_UNIT_LOGOUT 1\), the last \d+ s ago; 0 dropped, 0 unreadable, 0 of an unknown kind\n +script_author: 1 listener, 1 given, 0 failed, 0 dropped\n/);
  await s.cad.hub_close({ error: 'Maintenance.', allowReconnect: true });
  await s.until('the second connection', () => hub().times_up === 2 && hub().state === 'up');
  assert.match(lines(), /connected for \d+ s, 1 reconnect, round trip [\d.]+ ms\n +ended: closed by the CAD 1; the last: .*Maintenance/);
});

test('without the community\'s id, or switched off, the console says how events would come', async (t) => {
  for (const [cfg, reason] of [['', /sonoran_communityID is not set/], ['set sonoran_communityID "simcad"\nset sonoran_bridge_live "off"', /sonoran_bridge_live/]]) {
    const s = await server(t, { cfg });
    await s.runs();
    assert.match(s.host.command('sonoran_bridge status').join('\n'), new RegExp(`events of the CAD: .*${reason.source}`));
  }
});
