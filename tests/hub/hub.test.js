'use strict';

// Microsoft's SignalR client against the simulator's hub, and against the golden records: it shares nothing with the
// module's reader and writer, nor with the simulator's.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const signalr = require('@microsoft/signalr');
const WebSocket = require('ws');
const { startCad, KEY } = require('../fxhost/resource/cad.js');

const GOLDEN = JSON.parse(fs.readFileSync(path.join(__dirname, '../golden/hub_records.json'), 'utf8'));
const END = '\x1e';
const COMMUNITY = 'simcad';
// Much longer than any step takes, because the machine may be busy.
const LONG_MS = 30000;

const place = (unit) => ({ communityUserId: unit, location: 'Alta St', coordinates: { x: 1, y: 2, z: 3, w: 4 } });

/** A promise that is settled from outside, with a time limit. */
function later(what) {
  const one = {};
  one.promise = new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${what} did not come`)), LONG_MS);
    one.resolve = (value) => {
      clearTimeout(timer);
      resolve(value);
    };
  });
  return one;
}

async function until(condition, what) {
  const limit = Date.now() + LONG_MS;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > limit) throw new Error(`${what} did not come`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** The hub of a simulator with these rules: Microsoft's client for it, and what it pushed. */
async function withHub(rules, use, options = {}) {
  const cad = await startCad(['--hub', JSON.stringify(rules)]);
  const events = [];
  const closed = later('the end of the connection');
  const connection = new signalr.HubConnectionBuilder()
    .withUrl(`${cad.http_url}/apiWsHub`, {
      transport: signalr.HttpTransportType.WebSockets,
      skipNegotiation: options.negotiates !== true,
    })
    .configureLogging(signalr.LogLevel.None)
    .build();
  connection.serverTimeoutInMilliseconds = options.timeout_ms ?? LONG_MS;
  connection.keepAliveIntervalInMilliseconds = options.ping_ms ?? 15000;
  connection.on('pushEvent', (event) => {
    events.push(typeof event === 'string' ? JSON.parse(event) : event);
    return options.result;
  });
  connection.onclose((error) => closed.resolve(error));
  const hub = {
    cad,
    connection,
    events,
    closed: closed.promise,
    authenticate: (key = KEY, server = 1) => connection.invoke('authenticatev2', COMMUNITY, key, server),
    arrived: (count) => until(() => events.length >= count, `event ${count}`),
  };
  try {
    await use(hub);
  } finally {
    closed.resolve();
    await connection.stop();
    await cad.stop();
  }
}

test('Microsoft reads each golden record for what it means', () => {
  const protocol = new signalr.JsonHubProtocol();
  const members = ['type', 'invocationId', 'target', 'arguments', 'result', 'error', 'allowReconnect'];
  for (const { name, text, means } of GOLDEN.received) {
    const read = protocol.parseMessages(text, signalr.NullLogger.instance);
    const meant = read.map((one) => Object.fromEntries(members.filter((each) => each in one).map((each) => [each, one[each]])));
    // The client has no streams that the CAD could ask for, and ignores the types 4 and 5.
    assert.deepEqual(meant, means.filter((one) => one.type !== 4 && one.type !== 5), name);
  }
});

test('Microsoft writes each golden record with the same members, and reads ours', () => {
  const protocol = new signalr.JsonHubProtocol();
  for (const { name, text, message } of GOLDEN.sent) {
    assert.equal(protocol.writeMessage(message), text, name);
    if ('type' in message) assert.deepEqual(protocol.parseMessages(text, signalr.NullLogger.instance), [message], name);
  }
});

test('Microsoft and the module say the same word for word', async () => {
  await withHub({}, async ({ cad, connection, authenticate }) => {
    await connection.start();
    assert.deepEqual(await authenticate(), { success: true, error: null, count: 1 });
    const said = (await cad.hub()).records.filter((one) => one.by === 'client').map((one) => one.text + END);
    const golden = (name) => GOLDEN.sent.find((one) => one.name === name).text;
    assert.equal(said[0], golden('handshake'));
    // Writers may order the members differently, but the values must be the same.
    const expected = JSON.parse(golden('authentication').slice(0, -1));
    assert.deepEqual(JSON.parse(said.find((one) => one.includes('authenticatev2')).slice(0, -1)), {
      ...expected,
      invocationId: '0',
      arguments: [COMMUNITY, KEY, 1],
    });
  });
});

test('events arrive in order, in every form', async () => {
  for (const rules of [{}, { objects: true }, { keyed: true, arrays: true }, { fragment: 7 }, { join_ms: 50 }]) {
    await withHub(rules, async ({ cad, connection, authenticate, events, arrived }) => {
      await connection.start();
      await authenticate();
      const pushed = Array.from({ length: 50 }, (_, n) => ({ type: `EVENT_${n}`, data: { n, text: 'Zoë ✓' } }));
      assert.equal((await cad.hub_push(pushed)).told, 50);
      await arrived(50);
      assert.deepEqual(
        events.map((one) => ({ type: one.type, data: Array.isArray(one.data) ? one.data[0] : one.data })),
        pushed,
        JSON.stringify(rules),
      );
      assert.equal('key' in events[0], rules.keyed === true);
    });
  }
});

test('a result that the hub wants comes back', async () => {
  await withHub(
    { wants_results: true },
    async ({ cad, connection, authenticate, arrived }) => {
      await connection.start();
      await authenticate();
      await cad.hub_push({ type: 'EVENT_X', data: {} });
      await arrived(1);
      const answer = await until(
        async () => (await cad.hub()).records.find((one) => one.by === 'client' && one.text.includes('"type":3')),
        'the result',
      );
      assert.deepEqual(JSON.parse(answer.text), { type: 3, invocationId: 's1', result: null });
    },
    { result: null },
  );
});

test('what is refused says why', async () => {
  await withHub({}, async ({ connection, authenticate }) => {
    await connection.start();
    assert.match((await connection.invoke('unitLocation', [place('a')])).error, /^Unauthenticated/);
    assert.equal((await authenticate('wrong')).success, false);
    assert.equal((await authenticate(KEY, 9)).success, false);
    await assert.rejects(connection.invoke('authenticatev2', COMMUNITY, KEY), /argument/);
    await assert.rejects(connection.invoke('noSuchMethod'), /does not exist/);
  });
  for (const [way, sees] of [
    ['REFUSED', (hub) => hub.authenticate().then((answer) => assert.equal(answer.success, false))],
    ['ERROR', (hub) => assert.rejects(hub.authenticate(), /authentication failed/)],
    ['CLOSED', (hub) => Promise.all([assert.rejects(hub.authenticate()), hub.closed])],
  ]) {
    await withHub({ authentication: way }, async (hub) => {
      await hub.connection.start();
      await sees(hub);
    });
  }
});

test('places are applied, at their pace and within 32 KiB', async () => {
  await withHub({ pace_ms: LONG_MS }, async ({ cad, connection, authenticate, closed }) => {
    await connection.start();
    await authenticate();
    assert.deepEqual(await connection.invoke('unitLocation', [place('a'), place('b')]), { success: true, error: null, count: 2 });
    assert.match((await connection.invoke('unitLocation', [place('a')])).error, /every 200ms/);
    assert.equal((await cad.stats()).units.b.location, 'Alta St');
    await Promise.all([assert.rejects(connection.invoke('unitLocation', [{ ...place('a'), location: 'x'.repeat(33000) }])), closed]);
    assert.match((await closed).message, /InvalidDataException.*32768/);
  });
});

test('it closes with a reason, and with and without leave to come back', async () => {
  for (const how of [{ error: 'Update' }, { error: 'Update', allowReconnect: true }, { code: 1011 }]) {
    await withHub({}, async ({ cad, connection, closed }) => {
      await connection.start();
      assert.equal((await cad.hub_close(how)).told, 1);
      const error = await closed;
      if (how.error) assert.match(error.message, /Update/);
    });
  }
});

test('who is refused at the door, and who must negotiate', async () => {
  await withHub({ direct: false }, async ({ connection }) => assert.rejects(connection.start()));
  await withHub(
    { direct: false },
    async ({ connection, authenticate }) => {
      await connection.start();
      assert.equal((await authenticate()).success, true);
    },
    { negotiates: true },
  );
  await withHub({ negotiate_error: 'Full' }, async ({ connection }) => assert.rejects(connection.start(), /Full/), { negotiates: true });
  await withHub({ handshake_error: 'Later' }, async ({ connection }) => assert.rejects(connection.start(), /Later/));
});

test('pings go both ways, and silence ends the connection on either side', async () => {
  await withHub(
    { ping_ms: 20 },
    async ({ cad, connection }) => {
      await connection.start();
      const said = await until(async () => {
        const seen = await cad.hub();
        return seen.records.some((one) => one.by === 'client' && one.text === '{"type":6}') && seen;
      }, 'a ping');
      assert.equal(said.connections.length, 1);
    },
    { ping_ms: 20 },
  );
  await withHub({ mute: true }, ({ connection }) => assert.rejects(connection.start()), { timeout_ms: 300 });
  await withHub({ ping_ms: 0 }, ({ connection, closed }) => connection.start().then(() => closed), { timeout_ms: 300 });
  await withHub({ timeout_ms: 300 }, async ({ connection, closed }) => {
    await connection.start();
    assert.match((await closed).message, /silent for too long/);
  });
});

test('what nobody knows yet harms nobody', async () => {
  const odd = [{ type: 2, invocationId: '9', item: 1 }, { type: 5, invocationId: '9' }, { type: 42 }, { type: 1, target: 'later', arguments: [] }];
  await withHub({ greeting: odd.map((one) => JSON.stringify(one) + END).join('') }, async ({ cad, connection, authenticate, arrived }) => {
    await connection.start();
    assert.equal((await authenticate()).success, true);
    await cad.hub_send(`${JSON.stringify({ type: 6, headers: { a: 'b' }, unknown: [1] })}${END}`);
    await cad.hub_push({ type: 'EVENT_X' });
    await arrived(1);
  });
});

// Microsoft's client wants whole records in a message, so these are read by hand.
test('one record comes in several messages, and a late completion after an event', async () => {
  const cad = await startCad(['--hub', JSON.stringify({ split: 16, late_ms: 200 })]);
  const socket = new WebSocket(`${cad.http_url.replace('http', 'ws')}/apiWsHub`);
  try {
    let bytes = '';
    let messages = 0;
    socket.on('message', (data) => {
      bytes += data;
      messages += 1;
    });
    await new Promise((resolve, reject) => socket.on('open', resolve).on('error', reject));
    assert.equal(socket.extensions, '', 'no compression is taken up');
    socket.send(GOLDEN.sent.find((one) => one.name === 'handshake').text);
    socket.send(`${JSON.stringify({ type: 1, invocationId: '1', target: 'authenticatev2', arguments: [COMMUNITY, KEY, 1] })}${END}`);
    await until(async () => (await cad.hub()).connections[0]?.authenticated, 'the authentication');
    await cad.hub_push({ type: 'EVENT_Ö', data: { text: 'ä'.repeat(40) } });
    await until(() => bytes.split(END).length === 4, 'three records');
    const [shaken, event, completion] = bytes.split(END).map((text) => text && JSON.parse(text));
    assert.deepEqual(shaken, {});
    assert.equal(event.target, 'pushEvent');
    assert.equal(completion.invocationId, '1');
    assert.ok(messages > 10, `${messages} messages`);
  } finally {
    socket.terminate();
    await cad.stop();
  }
});
