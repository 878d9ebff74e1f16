'use strict';

// Requests over a real socket for resources that have set a handler, and those that resources make.

const assert = require('node:assert/strict');
const http = require('node:http');
const net = require('node:net');
const { test } = require('node:test');
const { askerOf } = require('../lib/ask');
const { hostOf } = require('./sandbox');

const LIMIT_MS = 20000;
const MANIFEST = `fx_version 'cerulean'\nlua54 'yes'\nnode_version '22'\nserver_scripts { 'server.lua', 'server.js' }`;
const ECHO = {
  'fxmanifest.lua': MANIFEST,
  'server.lua': `
    SetHttpHandler(function(request, response)
      seen = request.path
      if request.path == '/fails' then error('bad handler') end
      if request.path == '/silent' then
        request.setCancelHandler(function() cancelled = true end)
        return
      end
      if request.path == '/parts' then
        response.writeHead(201, { ['Content-Type'] = 'text/plain', ['X-Two'] = { 'a', 'b' } })
        response.write('one ') response.write('two')
        response.send()
        return
      end
      if request.path == '/late' then
        SetTimeout(100, function() response.writeHead(202) response.send('later') end)
        return
      end
      local about = { method = request.method, path = request.path, address = request.address, headers = request.headers }
      if request.method == 'GET' then
        response.send(json.encode(about))
      else
        request.setDataHandler(function(body) about.body = body response.send(json.encode(about)) end)
      end
    end)`,
};

async function serverOf(t, resources = { echo: ECHO }, options = {}) {
  const host = await hostOf(t, resources, { clock: 'real', ...options });
  const url = await host.httpUrl();
  return { host, url, ask: askerOf(host, url) };
}

test('a request for /<resource>/... reaches the handler that the resource has set, and its answer comes back', async (t) => {
  const { ask } = await serverOf(t);
  const got = await ask('/echo/a/b?c=d', { headers: { 'X-Own': 'mine' } });
  assert.equal(got.status, 200);
  const about = JSON.parse(got.body);
  assert.equal(about.method, 'GET');
  assert.equal(about.path, '/a/b?c=d');
  assert.match(about.address, /^127\.0\.0\.1:\d+$/);
  assert.equal(about.headers['X-Own'], 'mine', 'names as they were written');
  assert.equal(JSON.parse((await ask('/ECHO')).body).path, '/', 'case of the name does not count');
});

test('a body is given whole to the data handler, as a text of its bytes', async (t) => {
  const { ask, host } = await serverOf(t);
  const text = 'ä€🚓'.repeat(50000);
  assert.equal(JSON.parse((await ask('/echo/x', { method: 'POST', body: text })).body).body, text);
  assert.equal(
    JSON.parse(
      (await ask('/echo/x', { method: 'POST', body: 'in parts', headers: { 'Transfer-Encoding': 'chunked' } })).body,
    ).body,
    'in parts',
  );
  assert.deepEqual(host.scriptErrors, []);
});

test('a request without a body never calls the data handler', async (t) => {
  const { host, url } = await serverOf(t);
  const request = http.request(`${url}/echo/none`, { method: 'POST', agent: false, headers: { 'Content-Length': 0 } });
  let answered = false;
  request.on('response', () => {
    answered = true;
  });
  request.on('error', () => {});
  request.end();
  await host.until(() => host.evaluate('echo', 'lua', 'return seen')[0] === '/none', {
    limitMs: LIMIT_MS,
    what: 'the request',
  });
  await host.run(0.2);
  assert.equal(answered, false);
  request.destroy();
});

test('more than 5 MiB end the connection', async (t) => {
  const { ask } = await serverOf(t);
  assert.match(
    (await ask('/echo/x', { method: 'POST', body: Buffer.alloc(6 * 1024 * 1024, 'x') })).error,
    /ECONNRESET|EPIPE/,
  );
  assert.equal((await ask('/echo/x', { method: 'POST', body: Buffer.alloc(5 * 1024 * 1024, 'x') })).status, 200);
});

test('a head of more than 50 headers ends the connection', async (t) => {
  const { ask } = await serverOf(t);
  const headers = (n) => Object.fromEntries(Array.from({ length: n }, (_, i) => [`X-${i}`, 'v']));
  assert.equal((await ask('/echo/x', { headers: headers(40) })).status, 200);
  assert.match((await ask('/echo/x', { headers: headers(60) })).error, /ECONNRESET/);
});

test('an answer may come in parts, with a status and headers of its own, and later', async (t) => {
  const { ask } = await serverOf(t);
  const parts = await ask('/echo/parts');
  assert.deepEqual(
    [parts.status, parts.body, parts.headers['content-type'], parts.headers['x-two']],
    [201, 'one two', 'text/plain', 'a, b'],
  );
  const late = await ask('/echo/late');
  assert.deepEqual([late.status, late.body], [202, 'later']);
});

test('an error in a handler is printed and leaves the client without an answer; others are served', async (t) => {
  const { host, url, ask } = await serverOf(t);
  const request = http.get(`${url}/echo/fails`, { agent: false });
  let answered = false;
  request.on('response', () => {
    answered = true;
  });
  request.on('error', () => {});
  await host.until(() => host.scriptErrors.length === 1, { limitMs: LIMIT_MS, what: 'the error' });
  assert.match(host.scriptErrors[0].message, /bad handler/);
  assert.equal((await ask('/echo/x')).status, 200);
  assert.equal(answered, false);
  request.destroy();
});

test('a client that goes away is told to the handler', async (t) => {
  const { host, url } = await serverOf(t);
  const request = http.get(`${url}/echo/silent`, { agent: false });
  request.on('error', () => {});
  await host.until(() => host.evaluate('echo', 'lua', 'return seen')[0] === '/silent', {
    limitMs: LIMIT_MS,
    what: 'the request',
  });
  request.destroy();
  await host.until(() => host.evaluate('echo', 'lua', 'return cancelled')[0] === true, {
    limitMs: LIMIT_MS,
    what: 'the cancel',
  });
});

test('one address may ask one resource 25 times at once', async (t) => {
  const { ask, host } = await serverOf(t);
  const statuses = [];
  for (let i = 0; i < 40; i += 1) statuses.push((await ask('/echo/x')).status);
  assert.deepEqual(statuses.slice(0, 25), Array(25).fill(200));
  assert.ok(statuses.includes(429));
  host.convars.set('rateLimiter_http_echo_burst', '1000');
  host.convars.set('rateLimiter_http_echo_rate', '1000');
  await host.run(0.1);
  assert.equal((await ask('/echo/x')).status, 200);
});

test('a handler in JavaScript works alike', async (t) => {
  const { ask } = await serverOf(t, {
    js: {
      'fxmanifest.lua': MANIFEST,
      'server.lua': '',
      'server.js': `SetHttpHandler((request, response) => {
        request.setDataHandler((body) => { response.writeHead(200, { 'X-Size': String(body.byteLength) }); response.send(request.path); }, 'binary');
      });`,
    },
  });
  const got = await ask('/js/there', { method: 'POST', body: Buffer.from([0, 255, 254]) });
  assert.deepEqual([got.status, got.headers['x-size'], got.body], [200, '3', '/there']);
});

test('a stopped resource and one that never was get the answer of the server itself', async (t) => {
  const { ask, host } = await serverOf(t);
  host.stop('echo');
  for (const path of ['/echo/x', '/nobody/x', '/'])
    assert.match(JSON.parse((await ask(path)).body).version, /^FXServer/);
  host.start('echo');
  assert.equal((await ask('/echo/x')).status, 200);
});

test('garbage on the socket harms nobody', async (t) => {
  const { ask, url, host } = await serverOf(t);
  const socket = net.connect(new URL(url).port, '127.0.0.1');
  let closed = false;
  socket.on('close', () => {
    closed = true;
  });
  socket.on('error', () => {});
  socket.resume();
  socket.end('nonsense\r\n\r\n');
  await host.until(() => closed, { limitMs: LIMIT_MS, what: 'the end of the connection' });
  assert.equal((await ask('/echo/x')).status, 200);
});

test('PerformHttpRequest asks this machine and answers in an event of its resource; nobody else is asked', async (t) => {
  const { host, url } = await serverOf(t, {
    echo: ECHO,
    asker: { 'fxmanifest.lua': MANIFEST, 'server.lua': '', 'server.js': '' },
  });
  host.evaluate(
    'asker',
    'lua',
    `CreateThread(function()
      local status, body = PerformHttpRequestAwait('${url}/echo/x', 'POST', 'hello', { ['X-Own'] = 'mine' })
      first = { status, json.decode(body).body, json.decode(body).headers['X-Own'] }
    end)
    PerformHttpRequest('http://example.org/', function(status, body, _, failure) second = { status, body == nil, failure } end)`,
  );
  await host.until(() => host.evaluate('asker', 'lua', 'return first ~= nil and second ~= nil')[0], {
    limitMs: LIMIT_MS,
    what: 'both',
  });
  assert.deepEqual(host.evaluate('asker', 'lua', 'return first')[0], [200, 'hello', 'mine']);
  const [status, empty, failure] = host.evaluate('asker', 'lua', 'return second')[0];
  assert.deepEqual([status, empty], [0, true]);
  assert.match(failure, /nobody but this machine/);
});
