'use strict';

// `sonoran_bridge doctor`: each check says ok where all is well, and is made to fail here; one that did not run says so.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test, describe } = require('node:test');
const { serverOf, officer, copyOf, copies, watchSteps, stepsOf, KEY } = require('./server');
const { DOOR } = require('./cad');

const BUILD = 'set version "FXServer-master v1.0.0.31689 linux"';
const WELL = `${BUILD}\nset sonoran_communityID "simcad"`;
const NAMES = ['native file', 'versions', 'server artifact', 'OneSync', 'API key', 'server id', 'community id', 'name resolution',
  'connection', 'clock', 'plan', 'server in the CAD', 'hub', 'budgets', 'resource sonorancad'];

/** The findings of the doctor, by the name of the check; of several connections the first. */
async function examined(s) {
  s.host.console.clear();
  s.host.command('sonoran_bridge doctor json');
  const line = () => s.host.console.lines.find((one) => one.startsWith('{') && one.includes('"checks"'));
  await s.until('what the doctor finds', line);
  const found = JSON.parse(line());
  for (const { verdict, remedy, name, found: text } of found.checks) {
    assert.ok(['ok', 'warning', 'failed', 'not checked'].includes(verdict), verdict);
    assert.match(text, /[.\]]$/, name);
    if (verdict === 'warning' || verdict === 'failed') assert.ok(remedy, `${name} says what to do`);
  }
  return new Map(found.checks.map((one) => [one.name.replace(/^connection .*/, 'connection'), one]).reverse());
}

const failed = new Set(); // the checks that a test has made fail
const is = (found, name, verdict, text) => {
  if (verdict === 'failed' || verdict === 'warning') failed.add(name);
  assert.equal(found.get(name).verdict, verdict, JSON.stringify(found.get(name)));
  if (text) assert.match(found.get(name).found, text);
};

/** A server that runs and has heard of the CAD. */
async function running(t, options = {}) {
  const s = await serverOf(t, { ...options, cfg: `${WELL}\n${options.cfg || ''}` });
  await s.said('runs:');
  return s;
}

test('where all is well each check says so, or that it did not run; the key and no secret is shown', async (t) => {
  const s = await running(t, { options: ['--fault', JSON.stringify({ headers: [`Date: ${new Date().toUTCString()}`] })] });
  await s.said('Connected to');
  await s.until('the hub', () => s.call('status')[0].hub.state === 'up');
  const found = await examined(s);
  assert.deepEqual([...found.keys()].sort(), [...NAMES].sort());
  const not = [...found.values()].filter((one) => one.verdict !== 'ok').map((one) => `${one.name}: ${one.verdict}`);
  assert.deepEqual(not, []);
  is(found, 'hub', 'ok', /^The CAD has taken the key at its hub/);
  is(found, 'name resolution', 'ok', /127\.0\.0\.1|has an address; nothing is looked up/);
  is(found, 'plan', 'ok', /^The community has the plan PLUS, level 2 of the API\.$/);
  is(found, 'server in the CAD', 'ok', /Server 1/);
  assert.equal(s.host.console.find(KEY).length, 0);
  // As lines, the first of which counts them.
  s.host.command('sonoran_bridge doctor');
  await s.said(/^sonoran_bridge doctor: 15 ok, 0 warnings, 0 failed, 0 not checked \(\d+\.\d s\)$/);
  assert.equal(s.host.console.find(/^ {2}(ok|not checked) +[^:]+: ./).length, 15);
  assert.deepEqual(s.host.scriptErrors, []);
});

test('the report is made for pasting: door, build, C library, what opening gave, and the checks', async (t) => {
  const s = await running(t);
  s.host.command('sonoran_bridge doctor report');
  await s.until('its end', () => s.host.console.find(/^```$/).length === 2);
  for (const line of [/^resource +\d+\.\d+\.\d+, folder sonoran_bridge$/, /^door +(Node\.js|Mono) /, /^runtime +(Node\.js|Mono) \S+, linux-x64$/,
    /^native file bin\/linux-x64\/\S+, version \d+\.\d+\.\d+, interface 1/, /^opening +it opened$/, /^state +ready$/, /^ {2}ok +native file: /]) {
    assert.equal(s.host.console.find(line).length, 1, String(line));
  }
  if (!DOOR.mono) assert.equal(s.host.console.find(/^C library +(glibc|musl)$/).length, 1);
  assert.equal(s.host.console.find(KEY).length, 0);
});

test('one at a time; a word that is none is said', async (t) => {
  const s = await running(t);
  s.host.command('sonoran_bridge doctor');
  assert.deepEqual(s.host.command('sonoran_bridge doctor'), ['The doctor is already examining; wait for its lines.']);
  assert.deepEqual(s.host.command('sonoran_bridge doctor please'), ['sonoran_bridge doctor takes nothing, json or report.']);
});

describe('each check fails where there is reason', () => {
  test('native file: it is missing; what needs it is not checked', async (t) => {
    const folder = copyOf(t, 'sonoran_bridge', (copy) => fs.rmSync(path.join(copy, 'bin'), { recursive: true }));
    const s = await serverOf(t, { cfg: WELL, ensure: ['sonoran_bridge'], resources: [folder], host: { mono: undefined, convars: {} } });
    await s.said('does not run:');
    const found = await examined(s);
    is(found, 'native file', 'failed', /bin\/linux-x64\/sonoran_bridge\.node is missing/);
    for (const name of ['versions', 'server id', 'name resolution', 'connection', 'clock', 'plan', 'server in the CAD', 'hub', 'budgets']) {
      is(found, name, 'not checked');
    }
    s.host.command('sonoran_bridge doctor report');
    await s.said(/^opening +(\w+\.?\w*: )?The file bin\/linux-x64\/sonoran_bridge\.node is missing/);
  });

  test('versions: the files do not belong together', async (t) => {
    const folder = copyOf(t, 'sonoran_bridge', (copy) => {
      const manifest = path.join(copy, 'fxmanifest.lua');
      fs.writeFileSync(manifest, fs.readFileSync(manifest, 'utf8').replace(/^version '.*'$/m, "version '9.9.9'"));
    });
    const s = await running(t, { ensure: ['sonoran_bridge'], resources: copies(folder) });
    is(await examined(s), 'versions', 'failed', /^Resource 9\.9\.9, native file \d.* They do not belong together\.$/);
  });

  test('server artifact: builds that are too old, or known to crash', async (t) => {
    const s = await running(t);
    for (const [version, verdict, text] of [['v1.0.0.12912', 'failed', /no Node\.js 22/], ['v1.0.0.13227', 'warning', /crash under load/],
      ['v1.0.0.27938', 'warning', /refuses a script to read/], ['v1.0.0.28954', 'ok', /recommended/], ['fxhost', 'not checked', /'fxhost'/]]) {
      s.host.command(`set version "${version}"`);
      is(await examined(s), 'server artifact', verdict, text);
    }
  });

  test('OneSync: it is off', async (t) => {
    is(await examined(await running(t, { cfg: 'set onesync off' })), 'OneSync', 'failed', /no position is sent/);
  });

  test('API key: not set, not readable, or the word in its place', async (t) => {
    for (const options of [{ key: '' }, { key: 'protection_initialized' }, { cfg: 'add_convar_permission sonorancad read sonoran_apiKey' }]) {
      const s = await serverOf(t, options);
      await s.said('does not run:');
      const found = await examined(s);
      is(found, 'API key', 'failed', /^sonoran_apiKey is .*\.$/);
      assert.match(found.get('API key').remedy, /^Put {2}set sonoran_apiKey/);
      is(found, 'plan', 'not checked', /does not run/);
    }
  });

  test('server id and community id', async (t) => {
    const s = await serverOf(t, { cfg: 'set sonoran_serverId "one"' });
    await s.said('does not run:');
    const found = await examined(s);
    is(found, 'server id', 'failed', /'one'/);
    is(found, 'community id', 'warning', /not set/);
  });

  test('name resolution: the host has no address', async (t) => {
    const s = await running(t, { url: () => 'https://cad.invalid' });
    const found = await examined(s);
    is(found, 'name resolution', 'failed', /'cad\.invalid' cannot be found/);
    is(found, 'connection', 'not checked', /no address/);
    is(found, 'plan', 'failed', /cad\.invalid/);
  });

  test('connection: refused, mute, or with a certificate that is not trusted, whose end is told', async (t) => {
    const refuses = await running(t, { options: ['--refuse'] });
    is(await examined(refuses), 'connection', 'failed', /cannot be connected to/);
    const mute = await running(t, { options: ['--stall', 'ACCEPT'], url: (cad) => cad.https_url,
      cfg: 'set sonoran_bridge_handshake_timeout_ms 200' });
    is(await examined(mute), 'connection', 'failed', /did not finish the TLS handshake within 200 ms/);
    const stranger = await running(t, { options: ['--certificate', 'EXPIRED'], url: (cad) => cad.https_url });
    is(await examined(stranger), 'connection', 'failed', /is not trusted: .* Its certificate ended on \d{4}-\d\d-\d\d/);
  });

  describe('connection: of several addresses, and of certificates', () => {
    const DAY_S = 86400;
    const good = { address: '192.0.2.1', family: 'IPv4', error: '', connect_ms: 3, handshake_ms: 9, tls: 'TLSv1.3', certificate_left_s: 80 * DAY_S };
    const refused = { address: '192.0.2.2', family: 'IPv4', error: "'cad.example' cannot be connected to; look at the firewall." };
    /** What the doctor says of connections when the module's look finds these addresses; `untried` more were not looked at. */
    const examinedWith = async (t, addresses, untried = 0) => {
      const s = await running(t);
      const look = { name: 'cad.example', endpoint: 'https://cad.example', lookup_ms: 1, error: '', addresses, untried };
      s.lua('sonoran_bridge', `local look = json.decode('${JSON.stringify(look).replace(/'/g, "\\'")}')
        Bridge.inspect = function(tell) tell({ ok = true, body = look }) return true end`);
      s.host.console.clear();
      s.host.command('sonoran_bridge doctor json');
      const line = () => s.host.console.lines.find((one) => one.startsWith('{') && one.includes('"checks"'));
      await s.until('what the doctor finds', line);
      return JSON.parse(line()).checks.filter(({ name }) => name.startsWith('connection'));
    };

    test('one does not work, another does, and is used', async (t) => {
      const [works, not] = await examinedWith(t, [good, refused]);
      assert.deepEqual([works.name, works.verdict], ['connection 192.0.2.1', 'ok']);
      assert.deepEqual([not.name, not.verdict], ['connection 192.0.2.2', 'warning']);
      assert.equal(not.found, "'cad.example' cannot be connected to. Another address works, and is used.");
      assert.equal(not.remedy, 'Look at the firewall.');
    });

    test('none works', async (t) => {
      for (const one of await examinedWith(t, [refused, { ...refused, address: '192.0.2.3' }])) {
        assert.equal(one.verdict, 'failed');
        assert.doesNotMatch(one.found, /Another address/);
      }
    });

    test('more than are looked at', async (t) => {
      const checks = await examinedWith(t, Array.from({ length: 8 }, (_, i) => ({ ...good, address: `192.0.2.${i + 1}` })), 3);
      assert.equal(checks.length, 9);
      assert.deepEqual(checks[8], { name: 'connection', verdict: 'not checked', found: '3 further addresses were not tried.' });
    });

    test('a certificate that ends within 14 days is a warning, and not before', async (t) => {
      const left = (days) => ({ ...good, certificate_left_s: days * DAY_S });
      const [near, far, gone, refusedToo] = await examinedWith(t, [left(13.99), left(14), left(0.5), { ...left(2), ...refused }]);
      assert.equal(near.verdict, 'warning');
      assert.match(near.found, /^Connected in 3\.0 ms, TLSv1\.3 in 9\.0 ms\. Its certificate ends on \d{4}-\d\d-\d\d \(14 days\)\.$/);
      assert.equal(near.remedy, 'Whoever runs that server has to renew its certificate.');
      assert.deepEqual([far.verdict, far.remedy], ['ok', undefined]);
      assert.equal(gone.verdict, 'warning');
      assert.match(refusedToo.found, /^'cad\.example' cannot be connected to\. Its certificate ends on .* \(2 days\)\. Another address works/);
    });
  });

  test('clock: the CAD tells another time', async (t) => {
    const s = await running(t);
    is(await examined(s), 'clock', 'not checked');
    for (const [off_s, verdict, text] of [[120, 'warning', /^This machine's clock is \d+ s behind the CAD's\.$/], [-4000, 'failed', /\d+ s ahead of/], [0, 'ok', /the same as|s ahead of/]]) {
      await s.cad.faults({ headers: [`Date: ${new Date(Date.now() + 1000 * off_s).toUTCString()}`] });
      is(await examined(s), 'clock', verdict, text);
    }
  });

  test('plan and server: the CAD refuses, answers something else, or knows another server', async (t) => {
    const s = await running(t, { cfg: 'set sonoran_serverId "77"' });
    const found = await examined(s);
    is(found, 'server in the CAD', 'failed', /^The CAD has no server 77 for this key; it has 1\.$/);
    is(found, 'plan', 'ok');
    await s.cad.faults({ only: 'getVersion', body: '{"version":0,"name":"FREE"}', content_type: 'application/json' });
    is(await examined(s), 'plan', 'warning', /FREE, level 0/);
    await s.cad.faults({ only: 'getVersion', body: '{}', content_type: 'application/json' });
    is(await examined(s), 'plan', 'warning', /names no plan/);
    const wrong = await running(t, { key: 'another-key-0123456789' });
    const refused = await examined(wrong);
    is(refused, 'plan', 'failed', /key is missing or wrong\. \[trace \S+\]$|^The CAD refuses the API key \(401\)/);
    assert.match(refused.get('plan').remedy, /Copy the API key again/);
  });

  test('hub: its authentication is refused, or it is not used', async (t) => {
    const s = await running(t, { options: ['--hub', '{"authentication":"REFUSED"}'] });
    await s.until('a refusal', () => (s.call('status')[0].hub.ends?.refused || 0) > 0);
    const found = await examined(s);
    is(found, 'hub', 'failed', /; it ended last with: /);
    const off = await running(t, { cfg: 'set sonoran_bridge_live off' });
    is(await examined(off), 'hub', 'not checked', /sonoran_bridge_live is off/);
  });

  test('budgets: one is spent; a check whose own is spent does not run', async (t) => {
    const s = await running(t);
    for (let n = 0; n < 10; n += 1) {
      s.lua('script_author', "done = nil exports.sonoran_bridge:call('getVersion', {}, function() done = true end)");
      await s.until('an answer', () => s.lua('script_author', 'return done')[0] === true);
    }
    const found = await examined(s);
    is(found, 'budgets', 'warning', /getVersion has 0 of 10 left/);
    is(found, 'plan', 'not checked', /^The budget of getVersion is spent; a request may leave in \d+ s\.$/);
    is(found, 'server in the CAD', 'ok');
  });

  test('budgets: the CAD refused for its own (429), which counts more than one that is near its end', async (t) => {
    const s = await running(t);
    await s.cad.faults({ only: 'getCalls', status: 429, times: 1 });
    s.lua('script_author', "exports.sonoran_bridge:call('getCalls', {}, function() end)");
    await s.until('the refusal', () => (s.call('status')[0].operations?.getCalls?.rate_limited || 0) === 1);
    const found = await examined(s);
    is(found, 'budgets', 'warning', /^getCalls was refused 1 time \(429\)\.$/);
    assert.match(found.get('budgets').remedy, /set sonoran_bridge_rate_share/);
  });

  test('resource sonorancad: it runs and never answers', async (t) => {
    const s = await running(t, { ensure: ['sonorancad', 'sonoran_bridge'] });
    is(await examined(s), 'resource sonorancad', 'ok', /runs beside/);
    s.host.command('sonorancad_delay -1');
    s.host.addPlayer(officer(1));
    await s.until('a question without an answer', () => s.call('status')[0].lookups.abandoned > 0);
    is(await examined(s), 'resource sonorancad', 'warning', /has not answered 1 question about players/);
  });
});

test('no tick has two parts of an examination, and a tick asks one question at most', async (t) => {
  const s = await running(t);
  watchSteps(s, ['Door.about', 'Bridge.inspect', 'Bridge.ask', 'Bridge.status', 'Doctor.lines']);
  s.host.command('sonoran_bridge doctor');
  await s.said(/^sonoran_bridge doctor: /);
  const ticks = await stepsOf(s);
  for (const tick of ticks) assert.ok(Object.values(tick).reduce((sum, times) => sum + times, 0) <= 1, JSON.stringify(tick));
  const all = (name) => ticks.reduce((sum, tick) => sum + (tick[name] || 0), 0);
  assert.deepEqual(['Door.about', 'Bridge.inspect', 'Bridge.ask', 'Bridge.status', 'Doctor.lines'].map(all), [1, 1, 2, 1, 1]);
});

test('each check was made to fail above', () => {
  assert.deepEqual([...failed].sort(), [...NAMES].sort());
});

test('the game goes on while the doctor waits for a CAD that says nothing', async (t) => {
  const s = await running(t, { options: ['--stall', 'BEFORE'], cfg: 'set sonoran_bridge_read_timeout_ms 500' });
  s.host.command('sonoran_bridge doctor json');
  let ticks = 0;
  s.host.on('tick', () => (ticks += 1));
  await s.until('what the doctor finds', () => s.host.console.find('"checks"').length > 0);
  assert.ok(ticks > 10, `${ticks} ticks`);
  assert.deepEqual(s.host.scriptErrors, []);
});
