'use strict';

// The four attackers of docs/security.md against the real resource: a player's game, another resource, the network, and
// what answers in the CAD's place. Each test tries what that one can, and asserts what it gets: nothing of the key, no
// growth, and no press of another that is lost.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { describe, test } = require('node:test');
const { writeResources } = require('../test/sandbox');
const { RESOURCE, MONO_RESOURCE, DOOR } = require('./cad');
const { serverOf, foreign, officer, FIXTURES, LIMIT_MS } = require('./server');

// A key with the characters that texts of others spell in more than one way.
const ODD_KEY = 'k3y/with+odd&marks<0123456789>=';

/** The spellings in which the key could come back. */
function spellings(key) {
  const unicode = [...key].map((letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
  return [key, key.replaceAll('/', '\\/'), key.replaceAll('/', '\\u002f').replaceAll('&', '\\u0026'), unicode, encodeURIComponent(key), Buffer.from(key).toString('base64')];
}

/** The server of a test, with a resource `evil` beside the others: its files, in Lua and JavaScript. */
async function attacked(t, { evil = {}, ensure = ['sonoran_bridge', 'script_author', 'evil'], ...options } = {}) {
  const folder = writeResources(t, { evil: { 'server.lua': '', 'server.js': '', ...evil } });
  const s = await serverOf(t, {
    resources: [RESOURCE, ...(DOOR.mono ? [MONO_RESOURCE] : []), FIXTURES, path.join(folder, 'evil')],
    ensure,
    key: ODD_KEY,
    ...options,
    options: ['--key', ODD_KEY, ...(options.options || [])],
  });
  const heard = [];
  s.hear = (what) => heard.push(JSON.stringify(what) ?? '');
  /** Nothing that was printed, sent to a game, reported or answered has the key in it. */
  s.noKey = () => {
    const status = s.host.resources.state('sonoran_bridge') === 'started' ? s.call('status') : [];
    const everything = [
      ...s.host.console.entries.map((entry) => entry.raw ?? entry.text),
      ...s.host.sent.map((one) => JSON.stringify([one.name, one.args])),
      JSON.stringify(status),
      JSON.stringify(s.host.scriptErrors.map(String)),
      ...heard,
    ].join('\n');
    for (const spelling of spellings(ODD_KEY)) assert.ok(!everything.includes(spelling), `the key is seen, as ${spelling}`);
  };
  /** A press of somebody else arrives at the CAD. */
  let presses = 0;
  s.press = async () => {
    const unit = `pressed-${(presses += 1)}`;
    s.lua('script_author', `exports.sonoran_bridge:setPanic('${unit}', true)`);
    await s.seen(`the press of ${unit}`, (now) => now.units[unit] && now.units[unit].panic);
  };
  return s;
}

/** An authority of somebody else: its file, which goes away with the test. */
function authorityFile(t) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'sonoran-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  return path.join(folder, 'authority.pem');
}

describe("a player's game", () => {
  test('forged events, odd texts, other players’ ids and a flood change nothing, and a press arrives', async (t) => {
    const s = await attacked(t, { cfg: 'set sonoran_bridge_position_interval_ms "250"' });
    const [victim, hacker] = [s.host.addPlayer(officer(1)), s.host.addPlayer(officer(2))];
    await s.said('runs:');
    assert.equal(s.call('setOnDuty', victim.source, true)[0], true);
    await s.seen('the place of the victim', (now) => now.units.officer1);
    const odd = ['', '\u0000', '\u202eECILOP', 'x'.repeat(161), 'x'.repeat(100000), { deep: { deeper: [1, 2] } }, 7, true, [], null, '\ud800'];
    const [before, begun] = [s.host.sent.length, s.host.clock.now()];
    for (let i = 0; i < 100; i += 1) {
      for (const text of odd) s.host.clientEvent(hacker.source, 'sonoran_bridge:report', text, text, victim.source);
      s.host.clientEvent(hacker.source, 'sonoran_bridge:hello', victim.source);
      s.host.clientEventRaw(hacker.source, 'sonoran_bridge:report', Buffer.from([0xdf, 0xff, 0xff, 0xff, 0xff]));
      s.host.clientEventRaw(hacker.source, 'sonoran_bridge:report', Buffer.from('forged'));
      // Events of the server and of the bridge's own that no game may send.
      for (const name of ['playerDropped', 'playerJoining', 'onResourceStop', 'onServerResourceStop', 'sonoran_bridge:ready',
        '__cfx_export_sonoran_bridge_door', '__cfx_export_sonoran_bridge_setPanic']) {
        s.host.clientEvent(hacker.source, name, 'sonoran_bridge', victim.source);
      }
    }
    await s.host.run(1);
    // An answer for each report that a game may make: five at once, and two a second.
    const most = 5 + 2 * ((s.host.clock.now() - begun) / 1000);
    assert.ok(s.host.sent.length - before <= most, `${s.host.sent.length - before} events went to games`);
    assert.ok(s.host.sent.slice(before).every((one) => one.target === hacker.source), 'nobody else hears of it');
    await s.until('running', () => s.call('status')[0].state === 'running');
    const status = s.call('status')[0];
    assert.equal(status.players.present, 2);
    assert.ok(status.reports_refused.too_many > 1000, JSON.stringify(status.reports_refused));
    assert.equal(s.host.resources.state('sonoran_bridge'), 'started');
    const bodies = (await s.cad.requests()).map((one) => one.body).join('\n');
    for (const text of ['ECILOP', 'xxxxxxxx', 'forged', 'officer2']) assert.ok(!bodies.includes(text), `${text} reached the CAD`);
    await s.press();
    s.noKey();
  });

  test('a game that is believed says where its own player is, and no more', async (t) => {
    const s = await attacked(t, { cfg: 'set sonoran_bridge_position_interval_ms "250"\nset sonoran_bridge_tracking "all"' });
    const [victim, hacker] = [s.host.addPlayer(officer(1)), s.host.addPlayer(officer(2))];
    await s.said('runs:');
    await s.seen('both', (now) => now.units.officer1 && now.units.officer2);
    s.host.clientEvent(hacker.source, 'sonoran_bridge:report', 'Grove Street', 'POLICE', 'police', false, victim.source, 'officer1');
    hacker.move({ kind: 'drive', speed: 30 });
    victim.move({ kind: 'drive', speed: 30 });
    const end = Date.now() + LIMIT_MS;
    for (;;) {
      const places = (await s.cad.requests('updateUnitLocations')).flatMap((one) => JSON.parse(one.body).updates ?? []);
      const named = places.filter((one) => JSON.stringify(one).includes('Grove Street'));
      if (named.length > 0) {
        for (const one of named) assert.ok(JSON.stringify(one).includes('officer2'), JSON.stringify(one));
        break;
      }
      assert.ok(Date.now() < end, 'the street was not seen');
      await s.host.run(0.2);
    }
    s.noKey();
  });
});

describe('another resource', () => {
  test('reads nothing of the key: convar, door, exports, errors, logs', async (t) => {
    const s = await attacked(t, { cfg: 'add_convar_permission sonoran_bridge read sonoran_apiKey\nset sonoran_bridge_log_level "debug"' });
    await s.said('runs:');
    assert.deepEqual(s.lua('evil', "return GetConvar('sonoran_apiKey', 'nothing')"), ['nothing']);
    assert.equal(s.host.evaluate('evil', 'js', "GetConvar('sonoran_apiKey', 'nothing')"), 'nothing');
    for (const verb of ['open', 'stats', 'admit', 'trust', 'close', 'call', 'settings', '__proto__', 'constructor']) {
      const given = s.lua('evil', `local result = exports.sonoran_bridge:door('${verb}', function() end) return result[1], result[2]`);
      s.hear(given);
      assert.deepEqual(given, [false, 'The export door is for sonoran_bridge alone; use its other exports.']);
    }
    // Every export with arguments of every kind: what comes back, also by the callback, is collected.
    const kinds = ["nil", 'true', '0', '-1', '1.5', "''", "'%s%n\\0'", "('x'):rep(5000)", '{}', "{ unit = {} }", '{ { {} } }', 'function() end', 'setmetatable({}, { __index = error })'];
    s.hear(s.lua('evil', `heard = {}
      local function hear(answer) heard[#heard + 1] = json.encode(answer) end
      for _, name in ipairs({ 'setPanic', 'setStatus', 'pushPositions', 'removeUnit', 'setOnDuty', 'setCommunityUserId', 'getCommunityUserId',
          'call', 'cancel', 'isReady', 'status' }) do
        for _, a in ipairs({ ${kinds.slice(1).join(', ')} }) do
          for _, b in ipairs({ ${kinds.slice(1).join(', ')} }) do
            local fine, ok, value = pcall(function() return exports.sonoran_bridge[name](exports.sonoran_bridge, a, b, hear) end)
            heard[#heard + 1] = tostring(value)
          end
        end
      end`));
    for (const operation of ['getServers', 'getCalls', 'setServers']) s.lua('evil', `exports.sonoran_bridge:call('${operation}', {}, function(answer) heard[#heard + 1] = json.encode(answer) end)`);
    await s.host.run(0.5);
    s.hear(s.lua('evil', 'return heard')[0]);
    await s.press();
    s.noKey();
  });

  test('takes the key nowhere: another host, another key, files of authorities, upload folders, a word to the console', async (t) => {
    const s = await attacked(t);
    const other = await foreign(t);
    await s.seen('a heartbeat', (now) => now.operations.heartbeat.requests > 0);
    s.lua('evil', `SetConvar('sonoran_bridge_url', '${other.url}') SetConvar('sonoran_bridge_host', 'auto')`);
    s.host.restart('sonoran_bridge');
    await s.said(`names the host ${other.host} now`);
    s.lua('evil', `ExecuteCommand('sonoran_bridge trust ${other.host}') ExecuteCommand('sonoran_bridge reload')`);
    await s.host.run(0.3);
    // With a key of its own the bridge would send files of this machine to its host.
    s.lua('evil', `SetConvar('sonoran_apiKey', 'evil-key') SetConvar('sonoran_bridge_upload_folders', '/etc')`);
    s.host.restart('sonoran_bridge');
    await s.until('a second refusal', () => s.host.console.find(`names the host ${other.host} now`).length > 2);
    assert.deepEqual(other.requests, []);
    s.host.command(`set sonoran_apiKey "${s.cad.key}"`);
    s.host.command(`set sonoran_bridge_url "${s.cad.http_url}"`);
    s.host.command('set sonoran_bridge_upload_folders ""');
    s.host.command('sonoran_bridge reload');
    await s.press();
    assert.deepEqual(other.requests, []);
    s.noKey();
  });

  test('floods with everything at once, and cancels every call: the press, calls and cancellations of others go on', async (t) => {
    const s = await attacked(t);
    await s.said('runs:');
    await s.seen('a heartbeat', (now) => now.operations.heartbeat.requests > 0);
    await s.cad.faults({ status: 429, retry_after: '590', only: 'addCallNote' });
    const [, own] = s.lua('script_author', `return exports.sonoran_bridge:call('addCallNote', { callId = 1, note = 'mine' },
      function(answer) ended = answer.error.kind end, { deadline_ms = 600000 })`);
    s.lua('evil', `local bridge = exports.sonoran_bridge
      for i = 1, 400 do
        bridge:call('create911Call', { isEmergency = true, caller = 'E', location = 'E', description = ('e'):rep(1000) })
        bridge:call('setUnitPanic', { roblox = i, isPanic = true })
        bridge:call('setUnitStatus', { roblox = i, status = 1 })
        bridge:call('getCalls', { closedLimit = i })
        bridge:call('addCallNote', { callId = i, note = ('e'):rep(10000) })
        bridge:setStatus('evil-' .. i, 1)
        bridge:pushPositions({ unit = 'evil-' .. i, x = 1.0, y = 2.0, z = 3.0 })
      end
      for i = -10, 3000 do bridge:cancel(i) end`);
    const mine = s.call('status')[0].resources;
    assert.ok(mine.evil.refused > 1000, JSON.stringify(mine.evil));
    assert.equal(mine.script_author.refused, 0);
    await s.press();
    assert.equal(s.lua('script_author', 'return ended')[0] ?? null, null, 'its call waits still');
    assert.equal(s.lua('script_author', "return (exports.sonoran_bridge:call('getServers', {}, function(answer) got = answer.ok end))")[0], true);
    await s.until('an answer for another', () => s.lua('script_author', 'return got')[0]);
    assert.equal(s.lua('script_author', `return (exports.sonoran_bridge:cancel(${own}))`)[0], true);
    await s.until('its end', () => s.lua('script_author', 'return ended')[0] === 'cancelled');
    // No growth: what it holds is within its share, and goes when it stops asking.
    assert.ok(s.call('status')[0].held_bytes < 4 * 1048576);
    s.noKey();
  });

  test('an export of the vendor’s name that errors, lies or never answers holds up no press', async (t) => {
    for (const body of ["error('no')", 'while true do Wait(1000) end', "return ('x'):rep(100000)", "return { '\\0' }", 'return -1']) {
      const folder = writeResources(t, { sonorancad: { 'server.lua': `exports('getPlayerCommunityUserId', function() ${body} end)` } });
      const s = await serverOf(t, {
        resources: [RESOURCE, ...(DOOR.mono ? [MONO_RESOURCE] : []), path.join(FIXTURES, 'script_author'), path.join(folder, 'sonorancad')],
        ensure: ['sonorancad', 'sonoran_bridge', 'script_author'],
      });
      const player = s.host.addPlayer(officer(1));
      await s.said('runs:');
      s.call('setPanic', player.source, true);
      await s.seen(`the press beside ${body}`, (now) => now.units.officer1 && now.units.officer1.panic);
    }
  });

  test('the environment of the process decides nothing: not whom to trust, not which way to go', async (t) => {
    const file = authorityFile(t);
    const s = await attacked(t, { options: ['--ca-file', file], url: (cad) => cad.https_url });
    const other = await foreign(t);
    await s.said('runs:');
    const names = ['SSL_CERT_FILE', 'SSL_CERT_DIR', 'NODE_EXTRA_CA_CERTS', 'OPENSSL_CONF', 'HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'ALL_PROXY', 'NODE_TLS_REJECT_UNAUTHORIZED'];
    const kept = Object.fromEntries(names.map((name) => [name, process.env[name]]));
    t.after(() => {
      for (const [name, value] of Object.entries(kept)) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    });
    s.host.evaluate('evil', 'js', `
      Object.assign(process.env, { SSL_CERT_FILE: ${JSON.stringify(file)}, SSL_CERT_DIR: ${JSON.stringify(path.dirname(file))},
        NODE_EXTRA_CA_CERTS: ${JSON.stringify(file)}, OPENSSL_CONF: '/nonexistent', HTTPS_PROXY: '${other.url}', https_proxy: '${other.url}',
        HTTP_PROXY: '${other.url}', ALL_PROXY: '${other.url}', NODE_TLS_REJECT_UNAUTHORIZED: '0' })`);
    s.host.console.clear();
    s.host.restart('sonoran_bridge');
    await s.until('the refusal of its certificate', () => s.host.console.entries.some((entry) => /certificate/i.test(entry.text)));
    assert.deepEqual(await s.cad.requests(), []);
    assert.deepEqual(other.requests, []);
    s.noKey();
  });

  test('no file outside the allowed folders is sent, whatever its path is called', async (t) => {
    const folder = authorityFile(t).replace(/[^/]+$/, '');
    fs.mkdirSync(path.join(folder, 'clips'));
    fs.writeFileSync(path.join(folder, 'secret.webm'), Buffer.from([0x1a, 0x45, 0xdf, 0xa3, ...Buffer.from('SECRET')]));
    fs.symlinkSync(path.join(folder, 'secret.webm'), path.join(folder, 'clips', 'link.webm'));
    fs.symlinkSync(folder, path.join(folder, 'clips', 'up'));
    const s = await attacked(t, { cfg: `set sonoran_bridge_upload_folders "${path.join(folder, 'clips')}"` });
    await s.said('runs:');
    for (const file of ['/etc/passwd', '../secret.webm', 'link.webm', 'up/secret.webm', '/proc/self/environ', '/dev/zero', '\\\\host\\share\\x.webm',
      '//host/share/x.webm', 'CON', 'clip.webm:stream', 'a\\0b', '', '.', `${folder}secret.webm`, 'x'.repeat(5000)]) {
      const text = JSON.stringify(JSON.stringify({ file, durationMs: 1000, communityUserId: 'u' }).replaceAll('\\\\0', '\\u0000'));
      const given = s.lua('evil', `return exports.sonoran_bridge:call('uploadBodycamRecording', ${text}, function(answer) end)`);
      s.hear(given);
      assert.equal(given[0], false, `${file} was taken`);
    }
    await s.press();
    const requests = await s.cad.requests();
    assert.equal(requests.filter((one) => one.operation === 'uploadBodycamRecording').length, 0);
    assert.ok(!JSON.stringify(requests).includes('SECRET'));
    s.noKey();
  });
});

describe('the network', () => {
  test('a man in the middle with another certificate, or weaker TLS, gets no request; the press arrives once the CAD itself answers', async (t) => {
    const file = authorityFile(t);
    const s = await attacked(t, { options: ['--ca-file', file, '--fault', '{"certificate":"OTHER_NAME"}'], url: (cad) => cad.https_url, cfg: `set sonoran_bridge_ca_file "${file}"` });
    await s.said('runs:');
    s.lua('script_author', "exports.sonoran_bridge:setPanic('caught', true)");
    await s.until('a line on the console', () => s.host.console.entries.some((entry) => /certificate/i.test(entry.text)));
    for (const fault of [{ certificate: 'OTHER_NAME' }, { certificate: 'EXPIRED' }, { certificate: 'SELF_SIGNED' }, { certificate: 'MISSING_INTERMEDIATE' },
      { certificate: 'WEAK_RSA' }, { tls_max: '1.1' }, { tls_max: '1.2', ciphers: 'AES128-SHA' }, { garbage: true, at: '127.0.0.1', stall: 'ACCEPT' }]) {
      await s.cad.faults(fault);
      await s.host.run(0.4);
      assert.deepEqual(await s.cad.requests(), [], JSON.stringify(fault));
    }
    await s.cad.faults({});
    await s.seen('the press', (now) => now.units.caught && now.units.caught.panic);
    s.noKey();
  });

  test('nothing goes out in clear but to this machine', async (t) => {
    for (const url of ['http://192.0.2.1', 'http://api.sonorancad.com', 'ftp://127.0.0.1', 'http://user:pass@127.0.0.1', 'http://127.0.0.1.example.invalid']) {
      const s = await attacked(t, { url: () => url });
      await s.said('does not run: sonoran_bridge_url');
      assert.deepEqual(await s.cad.requests(), []);
      s.noKey();
    }
  });
});

describe('what answers in the CAD’s place', () => {
  // Queries without arguments, in turn: none has a budget for all that is asked here.
  const GETS = ['getServers', 'getInfo', 'getTemplates', 'getDispatchTemplates', 'getVersion', 'getTurnCredentials'];
  const nextOf = (list) => {
    list.push(list.shift());
    return list.at(-1);
  };
  // All but base64, which docs/security.md names as what does not hold.
  const echoed = spellings(ODD_KEY).slice(0, 5);

  test('the key that comes back, in whatever spelling, is shown to nobody', async (t) => {
    const s = await attacked(t, { cfg: 'set sonoran_bridge_log_level "debug"' });
    await s.said('runs:');
    for (const status of [200, 400, 401, 404, 500, 502]) {
      for (const spelling of [200, 401].includes(status) ? echoed : [ODD_KEY]) {
        const text = JSON.stringify(ODD_KEY).slice(1, -1);
        const body = spelling === ODD_KEY ? `<html>Authorization: Bearer ${spelling}</html>` : `{"message":"Bearer ${spelling}","detail":"${text}"}`;
        await s.cad.faults({ status, stray: status !== 200, body, content_type: spelling === ODD_KEY ? 'text/html' : 'application/json' });
        s.lua('evil', `told = nil exports.sonoran_bridge:call('${nextOf(GETS)}', {}, function(answer) told = json.encode(answer) end, { deadline_ms = 1000 })`);
        await s.until('an answer', () => s.lua('evil', 'return told')[0]);
        s.hear(s.lua('evil', 'return told')[0]);
        s.hear(JSON.parse(s.lua('evil', 'return told')[0]));
      }
    }
    s.noKey();
    await s.cad.faults({ status: 401, echo_key: true, only: 'setUnitPanic', times: 1 });
    await s.press();
    s.noKey();
  });

  test('a deep answer reaches scripts as text, an endless one ends and takes no memory: the press after each arrives', async (t) => {
    const s = await attacked(t);
    await s.said('runs:');
    const ask = async (operation, deadline) => {
      s.lua('evil', `told = nil exports.sonoran_bridge:call('${operation}', {}, function(answer)
        told = json.encode({ ok = answer.ok, body = type(answer.body) }) end, { deadline_ms = ${deadline} })`);
      await s.until('an answer', () => s.lua('evil', 'return told')[0]);
      return JSON.parse(s.lua('evil', 'return told')[0]);
    };
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    for (const [status, content_type] of [[200, 'text/plain'], [200, 'application/json'], [404, 'text/plain'], [404, 'application/json']]) {
      await s.cad.faults({ status, stray: status !== 200, body: deep, content_type, only: 'getServers' });
      // The CAD's own word comes whenever the machine lets it; what is not is asked for again until its time is over.
      const answer = await ask('getServers', status === 200 ? LIMIT_MS : 1500);
      assert.equal(answer.ok, status === 200, `${status} ${content_type}`);
      if (answer.ok) assert.equal(answer.body, 'string', `${status} ${content_type}`);
      await s.press();
    }
    const resident = process.memoryUsage().rss;
    for (const endless of ['HEADER', 'FIELDS', 'INTERIM', 'BODY', 'CHUNKS', 'CHUNK_SIZE', 'EXTENSION', 'EXTENSIONS', 'TRAILER', 'TRAILERS']) {
      const operation = nextOf(GETS);
      const requests = async () => (await s.cad.stats()).operations[operation].requests;
      const before = await requests();
      await s.cad.faults({ endless, only: operation });
      // A query that finds the CAD away ends without being sent; another follows.
      const end = Date.now() + LIMIT_MS;
      for (;;) {
        assert.equal((await ask(operation, 2000)).ok, false, endless);
        if ((await requests()) > before) break;
        assert.ok(Date.now() < end, `${endless} was not played`);
        await s.host.run(0.2);
      }
      await s.press();
    }
    // Each of them would have taken up to 512 MiB.
    const grown = process.memoryUsage().rss - resident;
    assert.ok(grown < 128 * 2 ** 20, `${Math.round(grown / 2 ** 20)} MiB more`);
    assert.deepEqual(s.host.scriptErrors, []);
    s.noKey();
  });

  test('pages, interim answers, stray bytes and redirects lead nowhere: a press outlasts each of them', async (t) => {
    const s = await attacked(t);
    const other = await foreign(t);
    await s.said('runs:');
    const forms = [
      { status: 302, headers: [`Location: ${other.url}/v2`], stray: true },
      { status: 307, headers: [`Location: ${other.url}/v2`], stray: true },
      { status: 200, form: 'HTML', stray: true },
      { status: 502, form: 'GATEWAY', stray: true },
      { status: 403, form: 'HTML', stray: true },
      { interim: Array(200).fill(103) },
      { interim: [101] },
      { bad_http: true },
      { truncate: true },
      { reset: 'BODY' },
    ];
    let n = 0;
    for (const form of forms) {
      await s.cad.faults({ ...form, only: 'setUnitPanic', times: 1 });
      const unit = `outlasts-${(n += 1)}`;
      s.lua('script_author', `exports.sonoran_bridge:setPanic('${unit}', true)`);
      await s.seen(`the press through ${JSON.stringify(form)}`, (now) => now.units[unit] && now.units[unit].panic);
    }
    assert.deepEqual(other.requests, []);
    assert.deepEqual(s.host.scriptErrors, []);
    s.noKey();
  });
});
