'use strict';

// The status page and the metrics over real HTTP: who is let in, what they are given, and what everybody else is told.

const assert = require('node:assert/strict');
const http = require('node:http');
const net = require('node:net');
const { test } = require('node:test');
const { askerOf } = require('../lib/ask');
const { serverOf, officer } = require('./server');

const TOKEN = 'a-page-token.of_30~letters+/==';
const FREE = 'set rateLimiter_http_sonoran_bridge_rate "100000"\nset rateLimiter_http_sonoran_bridge_burst "100000"';

/** A server with the page, and `ask` of lib/ask.js. */
async function paged(t, { token = TOKEN, cfg = '', ...options } = {}) {
  const s = await serverOf(t, { cfg: `${FREE}\n${token === null ? '' : `set sonoran_bridge_page_token "${token}"`}\n${cfg}`, ...options });
  const url = await s.host.httpUrl();
  s.url = url;
  s.ask = askerOf(s.host, url);
  s.bearer = (path, more = {}) => s.ask(path, { headers: { Authorization: `Bearer ${TOKEN}`, ...more } });
  s.signIn = (token, headers = {}) => s.ask('/sonoran_bridge/', {
    method: 'POST', body: `token=${encodeURIComponent(token)}`, headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers } });
  return s;
}

const PATHS = ['/', '/data', '/data?log=0', '/metrics', '/page.js', '/page.css', '/uplot.js', '/fxmanifest.lua', '/nothing', '/..%2Fx'];

test('without the convar there is no handler: the server of the game answers nobody', async (t) => {
  const s = await paged(t, { token: null });
  await s.said('runs:');
  let answered = false;
  const request = http.get(`${s.url}/sonoran_bridge/`, { agent: false }, () => {
    answered = true;
  });
  request.on('error', () => {});
  await s.host.run(0.3);
  request.destroy();
  assert.equal(answered, false);
  assert.equal(s.call('status')[0].page.on, false);
});

for (const [what, token] of [['too short', 'short'], ['too long', 'x'.repeat(129)], ['with a blank', 'a token with blanks in it'], ['with a comma', 'a,token,with,commas,in,it']]) {
  test(`a token that is ${what} is refused in a sentence that does not show it, and the bridge runs`, async (t) => {
    const s = await paged(t, { token });
    await s.said('runs:');
    const lines = s.host.console.find('sonoran_bridge_page_token');
    assert.equal(lines.length, 1, lines.join('\n'));
    assert.match(lines[0], /so there is no status page/);
    assert.ok(!s.host.console.lines.join('\n').includes(token));
    assert.equal(s.call('status')[0].page.on, false);
  });
}

test('without the token every path is 401 with the same answer, which has no word about the server', async (t) => {
  const s = await paged(t);
  await s.said('runs:');
  const first = await s.ask('/sonoran_bridge/');
  for (const path of PATHS) {
    for (const method of ['GET', 'PUT', 'DELETE', 'OPTIONS']) {
      const got = await s.ask(`/sonoran_bridge${path}`, { method });
      assert.equal(got.status, 401, `${method} ${path}`);
      assert.equal(got.body, first.body);
      assert.deepEqual({ ...got.headers, date: '' }, { ...first.headers, date: '' }, path);
    }
  }
  const told = JSON.stringify(first).toLowerCase();
  const version = s.call('status')[0].version;
  for (const word of [version, 'running', 'cad', 'unit', 'player', 'fivem', TOKEN.toLowerCase(), s.cad.key.toLowerCase(), 'sonoran cad']) {
    assert.ok(!told.includes(word), `it says '${word}'`);
  }
  assert.equal(first.headers['www-authenticate'], 'Bearer');
  assert.equal(first.headers['cache-control'], 'no-store');
});

test('the token by POST becomes a cookie for this path that no script reads; it stands in no URL and in no page', async (t) => {
  const s = await paged(t);
  const got = await s.signIn(TOKEN);
  assert.equal(got.status, 303);
  assert.equal(got.headers.location, '/sonoran_bridge/');
  assert.deepEqual(got.headers['set-cookie'], [`sonoran_bridge_page=${TOKEN}; Path=/sonoran_bridge/; HttpOnly; SameSite=Strict`]);
  const [secure] = (await s.signIn(TOKEN, { Origin: 'https://owner.users.cfx.re' })).headers['set-cookie'];
  assert.match(secure, /; Secure$/);
  const cookie = { Cookie: `other=1; sonoran_bridge_page=${TOKEN}; more=2` };
  for (const [path, kind] of [['/', 'text/html'], ['/page.css', 'text/css'], ['/page.js', 'text/javascript'], ['/uplot.js', 'text/javascript'],
    ['/uplot.css', 'text/css'], ['/data', 'application/json'], ['/metrics', 'text/plain']]) {
    const page = await s.ask(`/sonoran_bridge${path}`, { headers: cookie });
    assert.equal(page.status, 200, path);
    assert.ok(page.headers['content-type'].startsWith(kind), `${path}: ${page.headers['content-type']}`);
    assert.ok(!page.body.includes(TOKEN), `${path} shows the token`);
    assert.ok(!page.body.includes(s.cad.key), `${path} shows the key`);
    assert.match(page.headers['content-security-policy'], /script-src 'self';/);
    assert.ok(!page.headers['content-security-policy'].includes('unsafe'));
    assert.equal(page.headers['x-content-type-options'], 'nosniff');
    assert.equal(page.headers['referrer-policy'], 'no-referrer');
  }
  for (const path of [`/?token=${encodeURIComponent(TOKEN)}`, `/data?token=${TOKEN}`]) {
    assert.equal((await s.ask(`/sonoran_bridge${path}`)).status, 401, 'a token in a URL is none');
  }
  const out = await s.ask('/sonoran_bridge/out', { method: 'POST', headers: cookie });
  assert.equal(out.status, 303);
  assert.match(out.headers['set-cookie'][0], /^sonoran_bridge_page=; .*Max-Age=0$/);
  assert.equal((await s.ask('/sonoran_bridge/nothing', { headers: cookie })).status, 404);
  assert.equal((await s.ask('/sonoran_bridge/data', { method: 'DELETE', headers: cookie })).status, 405);
});

test('whatever differs from the token is refused: a letter, its length, its case, bytes that are no text', async (t) => {
  const s = await paged(t, { cfg: '' });
  await s.said('runs:');
  for (let i = 0; i < TOKEN.length; i += 1) {
    const other = `${TOKEN.slice(0, i)}${TOKEN[i] === 'Z' ? 'Y' : 'Z'}${TOKEN.slice(i + 1)}`;
    assert.equal(s.lua('sonoran_bridge', `return PageGuard.judge('10.0.0.${i}:1', '${other}')`)[0], 'refused', `letter ${i}`);
  }
  assert.equal(s.lua('sonoran_bridge', `return PageGuard.judge('10.0.1.1:1', '${TOKEN}')`)[0], 'welcome');
  const wrong = [TOKEN.slice(0, -1), `${TOKEN}x`, TOKEN.toUpperCase(), '', 'x', 'x'.repeat(5000), `${TOKEN}\u0000`, 'ä'.repeat(20), '%', '%zz', TOKEN.replace('a', 'b')];
  for (const token of wrong.slice(0, 9)) assert.notEqual((await s.signIn(token)).status, 303, token.slice(0, 40));
  for (const body of ['', 'x', 'token', 'token=', '&&&', 'nottoken=' + encodeURIComponent(TOKEN), '\u0000', '{"token":"x"}']) {
    const got = await s.ask('/sonoran_bridge/', { method: 'POST', body });
    assert.equal(got.status, 401, body);
  }
  assert.deepEqual(s.host.scriptErrors, []);
});

test('a form that is too large, has no length, or never arrives is refused, and only so many are waited for', async (t) => {
  const s = await paged(t);
  assert.equal((await s.ask('/sonoran_bridge/', { method: 'POST', body: `token=${'x'.repeat(1100)}` })).status, 413);
  assert.equal((await s.ask('/sonoran_bridge/', { method: 'POST', body: 'token=x', headers: { 'Transfer-Encoding': 'chunked' } })).status, 401);
  assert.equal((await s.ask('/sonoran_bridge/', { method: 'POST' })).status, 401);
  const sockets = [];
  const answers = [];
  for (let i = 0; i < 20; i += 1) {
    const socket = net.connect(new URL(s.url).port, '127.0.0.1');
    socket.on('data', (data) => answers.push(data.toString().split('\r\n')[0]));
    socket.on('error', () => {});
    socket.write('POST /sonoran_bridge/ HTTP/1.1\r\nHost: x\r\nContent-Length: 20\r\n\r\ntoken=');
    sockets.push(socket);
  }
  await s.until('a refusal of those beyond 16', () => answers.length >= 4);
  assert.deepEqual(new Set(answers), new Set(['HTTP/1.1 429 Too Many Requests']));
  assert.equal(answers.length, 4);
  sockets.forEach((socket) => socket.destroy());
  await s.host.run(0.3);
  assert.equal((await s.signIn(TOKEN)).status, 303, 'those who went away hold no place');
});

test('after 20 wrong tokens of an address every request of it is a constant 429 until a minute is over', async (t) => {
  const s = await paged(t, { host: {} });
  await s.said('runs:');
  for (let i = 0; i < 30; i += 1) assert.equal((await s.ask('/sonoran_bridge/')).status, 401, 'none at all is no wrong one');
  for (let i = 0; i < 20; i += 1) {
    const path = ['/', '/data', '/metrics'][i % 3];
    const headers = i % 2 === 0 ? { Authorization: `Bearer wrong-token-number-${i}` } : { Cookie: `sonoran_bridge_page=wrong-token-number-${i}` };
    assert.equal((await s.ask(`/sonoran_bridge${path}`, { headers })).status, 401, `try ${i}`);
  }
  const answers = [await s.bearer('/sonoran_bridge/'), await s.bearer('/sonoran_bridge/metrics'), await s.ask('/sonoran_bridge/'),
    await s.signIn(TOKEN), await s.signIn('wrong'), await s.ask('/sonoran_bridge/data', { headers: { Cookie: `sonoran_bridge_page=${TOKEN}` } })];
  for (const got of answers) {
    assert.equal(got.status, 429);
    assert.equal(got.body, 'Too many requests.');
    assert.equal(got.headers['retry-after'], '60');
  }
  assert.equal(s.call('status')[0].page.wrong, 20);
  assert.equal(s.call('status')[0].page.blocked, answers.length);
  // A minute later, by the clock that the guard reads.
  s.lua('sonoran_bridge', 'local before = GetGameTimer; GetGameTimer = function() return before() + 60001 end');
  assert.equal((await s.bearer('/sonoran_bridge/')).status, 200);
});

test('addresses are counted apart, IPv6 by its network, and their number has a bound', async (t) => {
  const s = await paged(t);
  await s.said('runs:');
  const judge = (address, token) => s.lua('sonoran_bridge', `return PageGuard.judge('${address}', ${token === null ? 'nil' : `'${token}'`})`)[0];
  for (let i = 0; i < 20; i += 1) judge(`192.0.2.1:${1000 + i}`, 'wrong');
  assert.equal(judge('192.0.2.1:5', TOKEN), 'blocked');
  assert.equal(judge('[::ffff:192.0.2.1]:5', TOKEN), 'blocked', 'the same in IPv6');
  assert.equal(judge('192.0.2.2:5', TOKEN), 'welcome');
  for (let i = 0; i < 20; i += 1) judge(`[2001:db8:0:1::${i.toString(16)}]:1`, 'wrong');
  assert.equal(judge('[2001:DB8:0:1:ffff::1]:1', TOKEN), 'blocked');
  assert.equal(judge('[2001:db8:0:2::1]:1', TOKEN), 'welcome');
  s.lua('sonoran_bridge', "for i = 1, 3000 do PageGuard.judge(('10.%d.%d.1:1'):format(i // 250, i % 250), 'wrong') end");
  assert.equal(judge('203.0.113.1:1', TOKEN), 'blocked', 'those beyond the bound are counted together');
  assert.equal(judge('10.0.1.1:1', TOKEN), 'welcome');
  s.lua('sonoran_bridge', 'local before = GetGameTimer; GetGameTimer = function() return before() + 60001 end');
  assert.equal(judge('203.0.113.1:1', 'wrong'), 'refused', 'and forgotten after their minute');
  assert.equal(judge('203.0.113.1:1', TOKEN), 'welcome');
});

test('a token that reload changes closes the door to the old one; one that it takes away closes the page', async (t) => {
  const s = await paged(t);
  await s.said('runs:');
  assert.equal((await s.bearer('/sonoran_bridge/')).status, 200);
  s.host.convars.set('sonoran_bridge_page_token', 'another-token-of-the-page');
  assert.equal((await s.bearer('/sonoran_bridge/')).status, 200, 'not before the reload');
  s.host.command('sonoran_bridge reload');
  await s.host.run(0.2);
  assert.equal((await s.bearer('/sonoran_bridge/')).status, 401);
  assert.equal((await s.ask('/sonoran_bridge/', { headers: { authorization: 'bearer another-token-of-the-page' } })).status, 200);
  s.host.convars.set('sonoran_bridge_page_token', '');
  s.host.command('sonoran_bridge reload');
  await s.host.run(0.2);
  const gone = await s.ask('/sonoran_bridge/', { headers: { Authorization: 'Bearer another-token-of-the-page' } });
  assert.equal(gone.status, 404);
});

test('the data are what status() says, with the units, who is not on the map and why, and the log', async (t) => {
  const s = await paged(t, { cfg: 'set sonoran_bridge_position_interval_ms "250"\nset sonoran_bridge_tracking "marked"' });
  const [one, two] = [s.host.addPlayer(officer(1)), s.host.addPlayer({ ...officer(2), name: '<script>alert(1)</script>' })];
  await s.said('runs:');
  s.call('setOnDuty', one.source, true);
  await s.seen('the place', (now) => now.units.officer1);
  s.call('setPanic', one.source, true);
  await s.seen('the panic', (now) => now.units.officer1.panic);
  const until = async (what, condition) => {
    for (let i = 0; ; i += 1) {
      const data = JSON.parse((await s.bearer('/sonoran_bridge/data?log=0')).body);
      if (condition(data)) return data;
      assert.ok(i < 100, `${what} was not seen: ${JSON.stringify(data).slice(0, 2000)}`);
      await s.host.run(0.1);
    }
  };
  const data = await until('the unit in panic', ({ units: { rows }, own }) => rows.length === 1 && rows[0][6] === 2 && rows[0][5] !== null && own.absent_count === 1);
  assert.deepEqual([data.units.piece, data.units.of, data.units.panics], [0, 1, 1]);
  assert.deepEqual(data.units.rows[0].slice(0, 4), ['officer1', 10, 20, 90]);
  // In Lua what is empty has no kind, and null is nothing; what is a time, or counts the questions, is left out.
  const plain = (report) => JSON.parse(JSON.stringify(report), (name, one) => {
    if (/_s$|^(latency_ms|settings|page|version|expected_wait_s|left)$/.test(name)) return undefined;
    return one === null || (typeof one === 'object' && Object.keys(one).length === 0) ? undefined : one;
  });
  for (let round = 0; ; round += 1) {
    const before = plain(s.call('status')[0]);
    const { module, own } = JSON.parse((await s.bearer('/sonoran_bridge/data?log=0')).body);
    const after = plain(s.call('status')[0]);
    // The comparison needs a moment in which nothing changed.
    if (JSON.stringify(before) !== JSON.stringify(after) || own.status.tracker.bound !== after.tracker.bound) { // looked at every 5 s
      assert.ok(round < 100, 'it never stands still');
      await s.host.run(0.1);
      continue;
    }
    const { door, players, tracker, ...ofModule } = after;
    assert.deepEqual(plain({ ...own.status, players: own.status.players.present, tracker: own.status.tracker.bound }),
      { door, players: players.present, tracker: tracker.bound });
    const only = Object.keys(plain(module));
    assert.ok(only.length > 8);
    assert.deepEqual(plain(module), Object.fromEntries(Object.entries(ofModule).filter(([name]) => only.includes(name))));
    break;
  }
  assert.deepEqual(data.own.absent, [{ player: two.source, name: '<script>alert(1)</script>',
    why: 'sonoran_bridge_tracking is marked, and no script has put them on duty (setOnDuty).' }]);
  assert.ok(data.own.log.some((line) => line.includes('runs:')), JSON.stringify(data.own.log));
  const again = JSON.parse((await s.bearer(`/sonoran_bridge/data?log=${data.own.log_newest}`)).body);
  assert.equal(again.own.log.length, again.own.log_newest - data.own.log_newest, 'only what is new');
  s.lua('sonoran_bridge', "for i = 1, 300 do Log.info(('line %d'):format(i)) end");
  const many = JSON.parse((await s.bearer(`/sonoran_bridge/data?log=${again.own.log_newest}`)).body);
  assert.equal(many.own.log.length, 200);
  assert.match(many.own.log.at(-1), /line 300$/);
});

test('of many units an answer has a piece, the one that was asked for', async (t) => {
  const s = await paged(t);
  await s.said('runs:');
  s.lua('script_author', `local list = {} for n = 1, 600 do list[n] = { unit = 'drone-' .. n, x = n + 0.0, y = 2.0, z = 3.0 } end
    exports.sonoran_bridge:pushPositions(list)`);
  const piece = async (n) => JSON.parse((await s.bearer(`/sonoran_bridge/data?log=0&units=${n}`)).body).units;
  for (let round = 0; (await piece(0)).of !== 5; round += 1) {
    assert.ok(round < 100, 'the units never came');
    await s.host.run(0.1);
  }
  const pieces = [];
  for (let n = 0; n < 5; n += 1) pieces.push(await piece(n));
  assert.deepEqual(pieces.map((one) => [one.piece, one.of, one.rows.length]), [[0, 5, 128], [1, 5, 128], [2, 5, 128], [3, 5, 128], [4, 5, 88]]);
  assert.equal(new Set(pieces.flatMap((one) => one.rows.map(([unit]) => unit))).size, 600);
  for (const [asked, given] of [[5, 0], [4294967297, 1], ['99999999999999999999', 0], ['x', 0], ['', 0], ['-1', 0]]) assert.equal((await piece(asked)).piece, given, String(asked));
  assert.deepEqual(s.host.scriptErrors, []);
});

test('where the bridge does not start the page says why', async (t) => {
  const s = await paged(t, { cfg: 'set sonoran_serverId "none"' });
  await s.said('does not run:');
  const data = JSON.parse((await s.bearer('/sonoran_bridge/data')).body);
  assert.equal(data.own.status.state, 'failed');
  assert.match(data.own.status.reason, /sonoran_serverId/);
  assert.deepEqual(data.units, { piece: 0, of: 1, panics: 0, rows: [] });
  assert.match((await s.bearer('/sonoran_bridge/metrics')).body, /sonoran_bridge_state\{state="failed"\} 1/);
});

test('the console tells the address, of TLS where the server has one', async (t) => {
  const s = await paged(t, { cfg: 'set web_baseUrl "owner-abc.users.cfx.re"' });
  await s.said('https://owner-abc.users.cfx.re/sonoran_bridge/');
  assert.equal(s.host.console.find('plain HTTP').length, 0);
  const late = await paged(t);
  await late.said('runs:');
  assert.equal(late.host.console.find('The status page is at').length, 0, 'it waits for the server to learn it');
  late.host.convars.set('web_baseUrl', 'https://late.users.cfx.re/');
  await late.said('https://late.users.cfx.re/sonoran_bridge/');
});

test('an error in the page is answered, and said once', async (t) => {
  const s = await paged(t);
  await s.said('runs:');
  s.lua('sonoran_bridge', "PageData.text = function() error('a defect') end");
  assert.equal((await s.bearer('/sonoran_bridge/data')).status, 500);
  assert.equal((await s.bearer('/sonoran_bridge/data')).status, 500);
  assert.equal(s.host.console.find('a defect').length, 1);
  assert.equal((await s.bearer('/sonoran_bridge/')).status, 200);
});
