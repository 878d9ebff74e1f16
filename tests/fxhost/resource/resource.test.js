'use strict';

// The real resource, as it is staged by the build, in the stand-in, against the CAD simulator: a game script calls an
// export, a request arrives at the CAD, the answer comes back to the script.

const assert = require('node:assert/strict');
const os = require('node:os');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { test, describe } = require('node:test');
const { serverOf, officer, copyOf, FIXTURES, LIMIT_MS, KEY } = require('./server');
const { RESOURCE, MONO_RESOURCE, DOOR } = require('./cad');

for (const runtimeOrder of [['lua', 'js'], ['js', 'lua']]) {
  test(`a panic pressed in Lua reaches the CAD and the answer comes back (${runtimeOrder.join(' before ')})`, async (t) => {
    const s = await serverOf(t, { host: { runtimeOrder } });
    const player = s.host.addPlayer(officer(1));
    await s.said('runs:');
    s.host.command(`panic ${player.source}`);
    const stats = await s.seen('the panic', (now) => now.units.officer1 && now.units.officer1.panic);
    assert.equal(stats.unknown_targets, 0);
    await s.host.until(() => s.results().ok === 1, { limitMs: LIMIT_MS, what: 'the answer' });
    assert.deepEqual(s.host.scriptErrors, []);
  });
}

test('it works over TLS with the authority of a convar', async (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'sonoran-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'ca.pem');
  const s = await serverOf(t, { options: ['--ca-file', file], url: (cad) => cad.https_url, cfg: `set sonoran_bridge_ca_file "${file}"` });
  const player = s.host.addPlayer(officer(1));
  await s.said('runs:');
  s.host.command(`panic ${player.source}`);
  await s.seen('the panic', (now) => now.units.officer1 && now.units.officer1.panic);
});

test('calls made before the module is ready are kept and done, with the identifier of the convar', async (t) => {
  const s = await serverOf(t, { cfg: 'set sonoran_bridge_identifier "discord"\nset sonoran_bridge_identifier_prefix "true"' });
  const player = s.host.addPlayer(officer(3));
  // No tick has passed: the module is not open yet.
  assert.equal(s.host.console.find('runs:').length, 0);
  const [ok] = s.call('setStatus', player.source, 'ENROUTE');
  assert.equal(ok, true);
  await s.seen('the status', (now) => now.units['discord:300'] && now.units['discord:300'].status === 3);
});

test('every export can be called before the module is ready, and is done then', async (t) => {
  const s = await serverOf(t, { cfg: 'set sonoran_bridge_identifier "discord"\nset sonoran_bridge_identifier_prefix "yes"' });
  const [a, b] = [s.host.addPlayer(officer(1)), s.host.addPlayer(officer(2))];
  assert.equal(s.call('status')[0].state, 'starting');
  assert.deepEqual(s.call('getCommunityUserId', a.source), [true, 'discord:100'], 'by the convars, which nobody has checked yet');
  assert.equal(s.call('setCommunityUserId', b.source, 'unit-b')[0], true);
  assert.equal(s.call('setOnDuty', a.source, true)[0], true);
  assert.equal(s.call('setPanic', a.source, true)[0], true);
  assert.equal(s.call('setStatus', b.source, 'ENROUTE')[0], true);
  assert.deepEqual(s.call('pushPositions', [{ unit: 'drone-1', x: 1, y: 2, z: 3 }, { unit: 'drone-2', x: 1, y: 2, z: 3 }]), [true, { taken: 2 }]);
  assert.equal(s.call('removeUnit', 'drone-2')[0], true);
  await s.seen('all of it', ({ units }) =>
    units['discord:100'] && units['discord:100'].panic && units['discord:100'].locations > 0 &&
    units['unit-b'] && units['unit-b'].status === 3 && units['drone-1']);
  // The officer and one drone: the other was sent before it was removed, or never.
  await s.host.until(() => s.call('status')[0].units.known === 2, { limitMs: LIMIT_MS, what: 'that drone-2 is forgotten' });
  assert.deepEqual(s.host.scriptErrors, []);
});

test('a callback that waits holds up no other answer', async (t) => {
  const s = await serverOf(t);
  await s.said('runs:');
  s.host.evaluate('script_author', 'lua', `
    order = {}
    exports.sonoran_bridge:setPanic('unit-1', true, function() Wait(600000) order[#order + 1] = 'first' end)
    exports.sonoran_bridge:setPanic('unit-1', true, function() order[#order + 1] = 'second' end)
    exports.sonoran_bridge:setStatus('unit-1', 2, function() error('the author made a mistake') end)
    exports.sonoran_bridge:setStatus('unit-2', 2, function() order[#order + 1] = 'third' end)`);
  const order = () => s.host.evaluate('script_author', 'lua', "return table.concat(order, ' ')")[0];
  await s.host.until(() => order() === 'second third', { limitMs: LIMIT_MS, what: 'the answers behind the one that waits' });
  assert.ok(s.host.console.find('the author made a mistake').length > 0, 'the error of a callback is seen');
  assert.ok(s.host.console.find(/A callback failed: .* \[resource script_author\]/).length > 0, 'and whose it was');
});

test('positions of many units cross at once; the good ones are taken and the first bad one is named', async (t) => {
  const s = await serverOf(t);
  await s.said('runs:');
  const [ok, message] = s.call('pushPositions', [
    { unit: 'a', x: 1, y: 2, z: 3, heading: 90, location: 'Roof', vehicle: 'MAVERICK' },
    { unit: 'b', x: 2e6, y: 2, z: 3 },
    { unit: 'c', x: 'east', y: 2, z: 3 },
    { unit: 99, x: 1, y: 2, z: 3 },
    { unit: 'd', x: 1, y: 2, z: 3 },
  ]);
  assert.equal(ok, false);
  assert.match(message, /^The x of a position must be a number; got 'east'\. 2 of 5 were taken\.$/);
  await s.seen('both', (now) => now.units.a && now.units.d);
  const updates = (await s.cad.requests('updateUnitLocations')).flatMap((one) => JSON.parse(one.body).updates);
  const roof = updates.find((update) => update.communityUserId === 'a');
  assert.equal(roof.location, 'Roof');
  assert.equal(roof.coordinates.w, 90);
});

test('button mashing is one request', async (t) => {
  const s = await serverOf(t);
  const player = s.host.addPlayer(officer(1));
  await s.said('runs:');
  for (let i = 0; i < 5; i += 1) s.host.command(`panic ${player.source}`);
  await s.host.until(() => s.results().answered === 5, { limitMs: LIMIT_MS, what: 'five answers' });
  assert.equal(s.results().ok, 5);
  assert.equal(s.results().deduplicated, 4);
  assert.equal((await s.cad.requests('setUnitPanic')).length, 1);
});

test('only players on duty are sent, with heartbeat and place; a dropped one is forgotten', async (t) => {
  const s = await serverOf(t, { host: { clients: 2 } });
  const [on, off] = [s.host.addPlayer(officer(1)), s.host.addPlayer(officer(2))];
  await s.said('runs:');
  s.host.command(`duty ${on.source}`);
  on.move({ kind: 'drive', speed: 30 });
  const stats = await s.seen('two locations', (now) => now.units.officer1 && now.units.officer1.locations >= 2);
  assert.equal(stats.units.officer2, undefined, `player ${off.source} was not marked`);
  assert.equal(stats.operations.heartbeat.requests, 1);
  const updates = (await s.cad.requests('updateUnitLocations')).map((one) => JSON.parse(one.body).updates[0]);
  assert.ok(updates.some((update) => update.location !== ''), 'the street of the client');
  s.host.dropPlayer(on.source, 'Timed out');
  await s.host.until(() => s.call('status')[0].units.known === 0, { limitMs: LIMIT_MS, what: 'that he is forgotten' });
});

test('tracking all sends everybody', async (t) => {
  const s = await serverOf(t, { cfg: 'set sonoran_bridge_tracking "all"' });
  s.host.addPlayer(officer(1));
  s.host.addPlayer(officer(2));
  await s.said('runs:');
  await s.seen('both', (now) => now.units.officer1 && now.units.officer2);
});

test('whom the CAD lists as an active unit is tracked without a script, with or without a prefix, until it lists him no more', async (t) => {
  const s = await serverOf(t);
  const [on] = [s.host.addPlayer(officer(1)), s.host.addPlayer(officer(2))];
  await s.said('runs:');
  const tracked = () => s.lua('sonoran_bridge', 'local n = 0 for _ in pairs(Tracker.units()) do n = n + 1 end return n')[0];
  // The simulator lists the units that it has heard of, and offline ones no more. A reload reads the list at once.
  s.call('setStatus', 'license:officer1', 'AVAILABLE');
  await s.seen('the unit', (now) => now.units['license:officer1']);
  assert.equal(tracked(), 0);
  s.host.command('sonoran_bridge reload');
  await s.seen('the position', (now) => now.units.officer1 && now.units.officer1.locations > 0);
  assert.equal(tracked(), 1);
  assert.deepEqual(s.host.command('sonoran_bridge units').slice(0, 2), ['1 player tracked', `  ${String(on.source).padStart(5)}  officer1`]);
  await s.until('it in status()', () => s.call('status')[0].active_units.listed >= 1);
  s.call('setStatus', 'license:officer1', 'OFFLINE');
  s.call('setStatus', 'officer1', 'OFFLINE');
  await s.seen('that he went', (now) => now.units.officer1.status === 100 && now.units['license:officer1'].status === 100);
  s.host.command('sonoran_bridge reload');
  await s.until('that nobody is tracked', () => tracked() === 0);
  assert.ok((await s.cad.stats()).operations.getActiveUnits.requests >= 2);
  assert.deepEqual(s.host.scriptErrors, []);
});

test('every export but status and isReady gives two values, and neither is nil', async (t) => {
  const s = await serverOf(t);
  const player = s.host.addPlayer(officer(1));
  const CALLS = [
    ['setPanic', [player.source, true], {}],
    ['setStatus', ['unit-1', 'BUSY'], {}],
    ['pushPositions', [{ unit: 'unit-1', x: 1, y: 2, z: 3 }], { taken: 1 }],
    ['pushPositions', [[]], { taken: 0 }],
    ['removeUnit', ['unit-1'], {}],
    ['setOnDuty', [player.source, true], {}],
    ['setCommunityUserId', [player.source, 'unit-2'], {}],
    ['getCommunityUserId', [player.source], 'unit-2'],
    ['setCommunityUserId', [player.source, null], {}],
    ['call', ['getServers', {}], 1],
  ];
  const plain = (value) => (Array.isArray(value) && value.length === 0 ? {} : value);
  const ask = (when, expected) => {
    for (const [name, args, value] of CALLS) {
      const given = s.call(name, ...args);
      assert.equal(given.length, 2, `${name} ${when}`);
      assert.equal(given[0], true, `${name} ${when}: ${given[1]}`);
      assert.deepEqual(plain(given[1]), expected(name, value), `${name} ${when}`);
    }
  };
  // The press is kept, and its wait is not known yet.
  ask('before the start', (name, value) => (name === 'setPanic' ? { wait_s: false } : value));
  await s.said('runs:');
  ask('while it runs', (name, value) => (name === 'call' ? 2 : value));
  // With its budget spent a press says for how long it waits.
  for (let n = 0; n < 20; n += 1) {
    s.call('setPanic', `unit-${n}`, true);
    await s.seen('the request', (now) => now.operations.setUnitPanic.requests > n);
  }
  await s.until('a wait', () => s.call('setPanic', 'unit-late', true)[1].wait_s > 0);
  const [ok] = s.call('cancel', 2);
  assert.equal(typeof ok, 'boolean');
  assert.deepEqual(s.host.scriptErrors, []);
});

describe('bad calls get one message and change nothing', () => {
  const CASES = [
    ['setPanic', ['x'.repeat(10000), true], /unit id has 10000 bytes; at most 256/],
    ['setPanic', [99, true], /no player 99/],
    ['setPanic', [null, true], /server id or a community user id/],
    ['setPanic', ['a', 'yes'], /true or false/],
    ['setStatus', ['a', 'banana'], /'banana'; it must be a whole number/],
    ['setStatus', ['a', 1.5], /whole number/],
    ['setStatus', ['a', -1], /from 0 to 1000/],
    ['pushPositions', ['here'], /list of positions/],
    ['pushPositions', [{ patrol: { unit: 'a', x: 0, y: 0, z: 0 } }], /one position or a list of positions; got a table with the key 'patrol'/],
    ['pushPositions', [{ 1: { unit: 'a', x: 0, y: 0, z: 0 }, n: 1 }], /got a table with the key '(1|n)'/],
    ['pushPositions', [[{ unit: 'a', x: 0, y: 0, z: 0 }, null, { unit: 'b', x: 0, y: 0, z: 0 }]], /without holes; of 3 places in this one 1 is empty/],
    ['pushPositions', [[{ unit: 'a', x: 0, y: 0, z: 0, speed: 3 }]], /no field 'speed'; it has unit, x, y, z, heading, location, peer, vehicle, kind and siren\. 0 of 1 were taken/],
    ['pushPositions', [{ id: 'a', x: 0, y: 0, z: 0 }], /no field 'id'/],
    ['pushPositions', [{ x: 0, y: 0, z: 0 }], /A unit is/],
    ['pushPositions', [[{ unit: 'a', x: 0, y: 0, z: 0, location: 'a\u0000b' }]], /location of a position has the control character U\+0000/],
    ['pushPositions', [[{ unit: 'a', x: 0, y: 0, z: 0, vehicle: '\u202eECILOP' }]], /vehicle of a position has the control character U\+202E/],
    ['pushPositions', [[{ unit: 'a\u2028b', x: 0, y: 0, z: 0 }]], /unit id has the control character U\+2028/],
    ['setPanic', ['a\u0000', true], /unit id has the control character U\+0000/],
    ['setPanic', ['a\u0085', true], /unit id has the control character U\+0085/],
    ['setStatus', ['a\nb', 1], /unit id has the control character U\+000A/],
    ['removeUnit', ['\u007f'], /unit id has the control character U\+007F/],
    ['call', ['getServers', {}, null, { deadline_ms: -5 }], /deadline_ms must be a whole number of milliseconds from 100 to 600000; got -5\./],
    ['call', ['getServers', {}, null, { deadline_ms: 0 }], /got 0\./],
    ['call', ['getServers', {}, null, { deadline_ms: 600001 }], /got 600001\./],
    ['call', ['getServers', {}, null, { deadline_ms: 'soon' }], /got a string\./],
    ['call', ['getServers', 'x'.repeat(1048577)], /arguments have 1048577 bytes of JSON; at most 1048576 are taken/],
    ['call', ['getServers', { text: 'x'.repeat(1048577) }], /makes more than 1048576 bytes of JSON/],
    ['call', ['uploadBodycamRecording', {}, null, { attachment: 'A'.repeat(8400001) }], /attachment has 8400001 bytes of base64; at most 8400000/],
    ['cancel', [{}], /named by the number/],
    ['pushPositions', [[{ unit: 'a', x: Number.NaN, y: 0, z: 0 }]], /The x of unit 'a' is not a finite number/],
    ['pushPositions', [[{ unit: 'a', x: 0, y: 0, z: 0, location: 'x'.repeat(200) }]], /The location has 200 bytes; at most 160 are taken/],
    ['removeUnit', [''], /empty/],
    ['setOnDuty', ['nobody', true], /whole number from 1 to 65535/],
    ['setCommunityUserId', [1, 'x'], /no player 1/],
  ];
  test('each of them', async (t) => {
    const s = await serverOf(t);
    await s.said('runs:');
    for (const [name, args, expected] of CASES) {
      const values = s.call(name, ...args);
      assert.equal(values.length, 2, `${name} gives two values`);
      assert.equal(values[0], false, `${name}(${JSON.stringify(args).slice(0, 60)})`);
      assert.match(values[1], expected);
    }
    // A function of another resource is a table there; it is never taken for one.
    for (const [call, expected] of [
      ['pushPositions(print)', /list of positions; got function/],
      ['pushPositions({ print })', /position is a table with unit, x, y, z and heading; got function/],
      ["pushPositions({ { unit = print, x = 0, y = 0, z = 0 } })", /unit/i],
      ["pushPositions({ { unit = 'a', x = print, y = 0, z = 0 } })", /x of a position/],
      ["pushPositions({ { unit = 'a', x = 0, y = 0, z = 0, location = print } })", /location of a position must be a text/],
      ['setPanic(print, true)', /unit/i],
      ['setPanic(1, print)', /true or false/],
      ["setStatus('a', print)", /status is/],
      ['removeUnit(print)', /unit/i],
      ['setOnDuty(print, true)', /player/],
      ['setCommunityUserId(1, print)', /player|text/],
      ["call('getServers', print)", /arguments must be a table, or JSON as a text; got a function/],
      ["call('getServers', {}, nil, print)", /options must be a table; got a function/],
      ["call('getServers', {}, nil, { deadline_ms = print })", /deadline_ms must be .*; got a function/],
      ["call('getServers', {}, nil, { attachment = print })", /attachment is a text: base64 of the bytes; got a function/],
      ['call(print)', /operation is named by a text, like getCalls; got a function/],
      ['cancel(print)', /named by the number/],
    ]) {
      const [ok, message] = s.lua('script_author', `return exports.sonoran_bridge:${call}`);
      assert.equal(ok, false, call);
      assert.match(message, expected, call);
    }
    const [ok, message] = s.host.evaluate('script_author', 'lua', "return exports.sonoran_bridge:setPanic('\\xff\\xfe', true)");
    assert.equal(ok, false);
    assert.match(message, /not valid UTF-8/);
    assert.deepEqual(s.host.scriptErrors, []);
    const stats = await s.cad.stats();
    assert.equal(stats.operations.setUnitPanic.requests, 0);
  });
});

describe('a folder of another name', () => {
  for (const name of ['sonoran_bridge-0.2.0', 'sonoran_bridge-main', 'Sonoran_Bridge']) {
    test(`${name}: the exports answer for sonoran_bridge too, and one line says what does not work`, async (t) => {
      const folder = copyOf(t, name);
      const s = await serverOf(t, { ensure: [`${name}_mono`, name].slice(DOOR.mono ? 0 : 1), resources: [folder, ...(DOOR.mono ? [`${folder}_mono`] : []), FIXTURES] });
      await s.said('runs:');
      assert.equal(s.host.console.find(`The folder of sonoran_bridge is named ${name}.`).length, 1);
      assert.match(s.host.console.find('Rename the folder to sonoran_bridge')[0], /dependency 'sonoran_bridge' or '@sonoran_bridge\/lua\/cad\.lua'/);
      assert.equal(s.host.callExport('sonoran_bridge', 'setPanic', 'unit-1', true)[0], true);
      assert.equal(s.host.callExport(name, 'setStatus', 'unit-1', 2)[0], true);
      await s.seen('both', (now) => now.units['unit-1']?.panic && now.units['unit-1'].status === 2);
      assert.deepEqual(s.host.scriptErrors, []);
    });
  }

  test('lua/cad.lua works by that name', async (t) => {
    const folder = copyOf(t, 'other');
    const author = path.join(path.dirname(folder), 'author');
    fs.mkdirSync(author);
    fs.writeFileSync(path.join(author, 'fxmanifest.lua'), "fx_version 'cerulean'\ngame 'gta5'\nlua54 'yes'\nserver_scripts { '@other/lua/cad.lua', 'server.lua' }\n");
    fs.writeFileSync(path.join(author, 'server.lua'), "CAD.getServers({}, function(answer) got = answer.ok end)\n");
    const s = await serverOf(t, { ensure: [...(DOOR.mono ? ['other_mono'] : []), 'other', 'author'], resources: [folder, ...(DOOR.mono ? [`${folder}_mono`] : []), author] });
    await s.until('the answer', () => s.lua('author', 'return got')[0] === true);
    assert.deepEqual(s.host.scriptErrors, []);
  });

  test('beside one of the right name it leaves that name alone, and says that there are two', async (t) => {
    const folder = copyOf(t, 'second');
    const s = await serverOf(t, { ensure: ['sonoran_bridge', ...(DOOR.mono ? ['second_mono'] : []), 'second'], resources: [RESOURCE, folder, ...(DOOR.mono ? [MONO_RESOURCE, `${folder}_mono`] : [])] });
    await s.said('sonoran_bridge runs twice, in the folders sonoran_bridge and second. Remove one of them');
    await s.until('both', () => s.host.console.find('runs:').length === 2);
    s.host.stop('second');
    assert.equal(s.host.callExport('sonoran_bridge', 'setPanic', 'unit-1', true)[0], true);
  });
});

describe('a native file that is not the one of the package', { skip: DOOR.mono && 'is what Node opens' }, () => {
  const NATIVE = `bin/${process.platform}-${process.arch}/sonoran_bridge.node`;
  const CASES = [
    ['cut', (file) => fs.truncateSync(file, 1000), /has 1000 bytes, and the package's has \d+: it was damaged on its way here \(FTP must transfer it as binary, not as text\); unpack/],
    ['with line ends of Windows', (file) => fs.writeFileSync(file, Buffer.from(fs.readFileSync(file).toString('latin1').replaceAll('\n', '\r\n'), 'latin1')), /has \d+ bytes, and the package's has \d+: it was damaged/],
    ['with another byte', (file) => {
      const bytes = fs.readFileSync(file);
      bytes[bytes.length >> 1] ^= 0x80;
      fs.writeFileSync(file, bytes);
    }, /has other bytes than the package's \(its SHA-256 differs\): it was damaged/],
    ['whose record is damaged', (file) => fs.writeFileSync(`${file}.sum`, 'x'), /sonoran_bridge\.node\.sum is not as it was packed/],
  ];
  for (const [name, damage, expected] of CASES) {
    test(name, async (t) => {
      const folder = copyOf(t, 'sonoran_bridge', (copy) => damage(path.join(copy, NATIVE)));
      const s = await serverOf(t, { ensure: ['sonoran_bridge'], resources: [folder] });
      await s.said(expected);
      assert.deepEqual(s.host.scriptErrors, []);
    });
  }
  test('the record may have been transferred as text, and may be missing', async (t) => {
    for (const change of [(file) => fs.writeFileSync(`${file}.sum`, fs.readFileSync(`${file}.sum`, 'latin1').replace('\n', '\r\n')), (file) => fs.rmSync(`${file}.sum`)]) {
      const folder = copyOf(t, 'sonoran_bridge', (copy) => change(path.join(copy, NATIVE)));
      const s = await serverOf(t, { ensure: ['sonoran_bridge'], resources: [folder] });
      await s.said('runs:');
    }
  });
});

test('base64 is looked at in a time that grows with its length only: 2,000,000 blanks', async (t) => {
  const s = await serverOf(t);
  await s.said('runs:');
  // A check that tries again from each blank would need 2 * 10^12 steps here, and end with the test's own limit.
  const [ok, message] = s.lua('script_author', "return exports.sonoran_bridge:call('uploadBodycamRecording', { durationMs = 1000, communityUserId = 'u' }, nil, { attachment = (' '):rep(2000000) .. '!' })");
  assert.equal(ok, false);
  assert.match(message, /base64/);
});

describe('settings that are wrong are one message, and the resource goes on', () => {
  const CASES = [
    ['no key', { key: '' }, /sonoran_apiKey is not set, or sonoran_bridge may not read it; put {2}set sonoran_apiKey/],
    ["the word of sonorancad's configuration in place of the key", { key: 'protection_initialized' },
      /sonoran_apiKey is the word protection_initialized, .* add_convar_permission sonoran_bridge read sonoran_apiKey {2}before the first ensure; then restart the whole server/],
    ['a key that is set and may not be read', { cfg: 'add_convar_permission sonorancad read sonoran_apiKey' },
      /sonoran_bridge may not read it; .* add_convar_permission sonoran_bridge read sonoran_apiKey {2}before the first ensure; then restart the whole server/],
    ['a URL with the version of the API', { url: (cad) => `${cad.http_url}/v2` }, /sonoran_bridge_url is '.*\/v2', but it must end before the version of the API/],
    ['a number that is none', { cfg: 'set sonoran_bridge_moved_m "far"' }, /sonoran_bridge_moved_m is 'far', but it must be a number from 0 to 1000/],
    ['http to another machine', { url: () => 'http://192.0.2.1' }, /loopback addresses only/],
  ];
  for (const [name, options, expected] of CASES) {
    test(name, async (t) => {
      const s = await serverOf(t, options);
      const player = s.host.addPlayer(officer(1));
      await s.said(expected);
      const [ok, message] = s.call('setPanic', player.source, true);
      assert.equal(ok, false);
      assert.match(message, expected);
      assert.equal(s.call('status')[0].state, 'failed');
      assert.deepEqual(s.host.scriptErrors, []);
    });
  }

  test('a wrong one at a reload changes nothing', async (t) => {
    const s = await serverOf(t);
    await s.said('runs:');
    s.host.command('set sonoran_bridge_moved_m "far"');
    s.host.command('sonoran_bridge reload');
    await s.said(/goes on as it was: sonoran_bridge_moved_m is 'far'/);
    const player = s.host.addPlayer(officer(1));
    s.host.command(`panic ${player.source}`);
    await s.seen('the panic', (now) => now.units.officer1 && now.units.officer1.panic);
  });

  test('mended and reloaded, it runs', async (t) => {
    const s = await serverOf(t, { cfg: 'set sonoran_bridge_moved_m "far"' });
    await s.said(/does not run/);
    s.host.command('set sonoran_bridge_moved_m "3"');
    s.host.command('sonoran_bridge reload');
    await s.said('were read again');
    await s.seen('a heartbeat', (now) => now.operations.heartbeat.requests > 0);
  });
});

describe('what the CAD or the way to it refuses is one message on the console', () => {
  const CASES = [
    ['a wrong key', { key: 'another-key' }, /API key/i],
    ['a server id that the CAD does not know', { cfg: 'set sonoran_serverId "77"' }, /77/],
    ['a host that does not resolve', { url: () => 'https://cad.invalid' }, /cad\.invalid/],
    ['a port that refuses', { options: ['--refuse'] }, /refused/i],
    ['a host that hangs', { options: ['--stall', 'BEFORE'], cfg: 'set sonoran_bridge_read_timeout_ms "300"' }, /did not answer within 300 ms/],
    ['a certificate of an unknown authority', { url: (cad) => cad.https_url }, /certificate/i],
  ];
  for (const [name, options, expected] of CASES) {
    test(name, async (t) => {
      const s = await serverOf(t, options);
      await s.said('runs:');
      await s.host.until(() => s.host.console.entries.some((entry) => expected.test(entry.text) && /warning|error/.test(entry.text)), {
        limitMs: LIMIT_MS,
        what: String(expected),
      });
      assert.equal(s.host.console.find(options.key || KEY).length, 0, 'the key is not shown');
    });
  }
});

test('a CAD that is away and comes back gets the last status of everybody', async (t) => {
  const s = await serverOf(t);
  const players = [1, 2, 3, 4].map((n) => s.host.addPlayer(officer(n)));
  await s.said('runs:');
  await s.seen('a heartbeat', (now) => now.operations.heartbeat.requests > 0);
  await s.cad.faults({ refuse: true });
  for (const player of players) {
    s.host.command(`unitstatus ${player.source} 1`);
    s.host.command(`unitstatus ${player.source} 4`);
  }
  s.host.command(`panic ${players[0].source}`);
  await s.host.run(1.5);
  await s.cad.faults({});
  await s.seen('all statuses and the panic', (now) =>
    [1, 2, 3, 4].every((n) => now.units[`officer${n}`] && now.units[`officer${n}`].status === 4) && now.units.officer1.panic);
});

test('a panic and a status that wait survive a reload, and their callbacks are answered', async (t) => {
  const s = await serverOf(t);
  const player = s.host.addPlayer(officer(1));
  await s.said('runs:');
  await s.seen('a heartbeat', (now) => now.operations.heartbeat.requests > 0);
  await s.cad.faults({ refuse: true });
  s.host.command(`panic ${player.source}`);
  s.host.command(`unitstatus ${player.source} 4`);
  await s.host.run(0.3);
  s.host.command('sonoran_bridge reload');
  await s.said('were read again');
  await s.cad.faults({});
  await s.seen('both', (now) => now.units.officer1 && now.units.officer1.panic && now.units.officer1.status === 4);
  await s.host.until(() => s.results().ok === 2, { limitMs: LIMIT_MS, what: 'both answers' });
  assert.equal(s.results().failed, 0);
});

/** In script_author: `out` is told the answers of setPanic, setStatus and call. */
const ASK_ALL = `out = {}
  local bridge = exports.sonoran_bridge
  local function into(name) return function(answer) out[#out + 1] = name .. ' ' .. (answer.ok and 'ok' or answer.error.kind) end end
  assert(bridge:setPanic('unit-1', true, into('panic')))
  assert(bridge:setStatus('unit-1', 2, into('status')))
  assert(bridge:call('getServers', {}, into('call')))`;
const answersOf = (s) => s.lua('script_author', "table.sort(out) return table.concat(out, ', ')")[0];

test('whoever waits for an answer has one before the stop is over, with every callback', async (t) => {
  const s = await serverOf(t);
  await s.said('runs:');
  await s.seen('a heartbeat', (now) => now.operations.heartbeat.requests > 0);
  await s.cad.faults({ stall: 'BEFORE' });
  s.lua('script_author', ASK_ALL);
  await s.host.run(0.1);
  s.host.stop('sonoran_bridge');
  // No tick has passed.
  assert.equal(answersOf(s), 'call shutting_down, panic shutting_down, status shutting_down');
  assert.ok(s.host.console.find('stopped with 1 panic, 1 status, 1 call not delivered to the CAD').length > 0, s.host.console.lines.slice(-3).join('\n'));
  assert.deepEqual(s.host.scriptErrors, []);
});

test('an answer that is there when the bridge stops is told, and what was called before the start is too', async (t) => {
  const s = await serverOf(t);
  s.lua('script_author', ASK_ALL);
  s.host.stop('sonoran_bridge'); // no tick has passed: nothing is open
  assert.equal(answersOf(s), 'call shutting_down, panic shutting_down, status shutting_down');
  s.host.start('sonoran_bridge');
  await s.said('runs:');
  await s.host.run(0.1);
  s.lua('script_author', ASK_ALL);
  for (let n = 0; (await s.cad.stats()).operations.getServers.executed < 1; n += 1) assert.ok(n < 1000);
  // The answers are in the bridge, and were not polled yet.
  s.host.stop('sonoran_bridge');
  assert.match(answersOf(s), /panic ok, status ok/);
  assert.deepEqual(s.host.scriptErrors, []);
});

test('a door that is gone when the bridge stops keeps nobody without an answer', async (t) => {
  const s = await serverOf(t);
  await s.said('runs:');
  await s.seen('a heartbeat', (now) => now.operations.heartbeat.requests > 0);
  await s.cad.faults({ stall: 'BEFORE' });
  s.lua('script_author', ASK_ALL);
  s.lua('sonoran_bridge', "exports = setmetatable({}, { __index = function() error('No such export') end })");
  s.host.stop('sonoran_bridge');
  assert.equal(answersOf(s), 'call shutting_down, panic shutting_down, status shutting_down');
});

test('what is kept before the start is bounded in bytes, by the bridge and by lua/cad.lua', async (t) => {
  const s = await serverOf(t, { ensure: ['sonoran_bridge', 'script_author', 'dispatch_author'] });
  const ask = (call, resource = 'dispatch_author') => s.lua(resource, `local text = '{"note":"' .. ('x'):rep(1000000) .. '"}'
    for n = 1, 40 do
      local taken, message = ${call}
      if not taken then return n, message end
    end`);
  const [bridgeTook, message] = ask("exports.sonoran_bridge:call('addCallNote', text)");
  assert.equal(bridgeTook, 9, '8 MiB are the share of one resource');
  assert.match(message, /^8 calls of \d+ bytes by the resource dispatch_author wait for the bridge to start, and its share is 2048 and 8 MiB; this one was not taken\.$/);
  const [rest, full] = ask("exports.sonoran_bridge:call('addCallNote', text)", 'script_author');
  assert.equal(rest, 7, '14 MiB, but for the reserve');
  assert.match(full, /^14 calls of \d+ bytes wait for the bridge to start; this one was not taken\.$/);
  s.host.stop('sonoran_bridge');
  const [importTook, reason] = ask('CAD.addCallNote(text)');
  assert.equal(importTook, 17, '16 MiB');
  assert.match(reason, /^1[0-9] calls of \d+ bytes wait for .*; this one was not taken\.$/);
});

test('an answer of before a reload reaches its own call, also when a callback reloads and calls again', async (t) => {
  const s = await serverOf(t);
  await s.said('runs:');
  s.lua('script_author', `out = {}
    for n = 1, 6 do
      exports.sonoran_bridge:call('getServers', {}, function(answer)
        out[#out + 1] = ('call %d %s'):format(n, answer.ok and type(answer.body) or answer.error.kind)
        if n == 1 then
          ExecuteCommand('sonoran_bridge reload')
          for k = 1, 6 do
            exports.sonoran_bridge:setStatus('unit-' .. k, 2, function(given)
              out[#out + 1] = ('status %d %s'):format(k, given.body and type(given.body) == 'table' and #given.body > 0 and 'SERVERS' or given.ok and 'ok' or given.error.kind)
            end)
          end
        end
      end)
    end`);
  const out = () => s.lua('script_author', "table.sort(out) return table.concat(out, ', ')")[0];
  const wanted = [...[1, 2, 3, 4, 5, 6].map((n) => `call ${n} table`), ...[1, 2, 3, 4, 5, 6].map((n) => `status ${n} ok`)].join(', ');
  await s.host.until(() => s.lua('script_author', 'return #out')[0] === 12, { limitMs: LIMIT_MS, what: 'twelve answers' });
  assert.equal(out(), wanted);
  assert.deepEqual(s.host.scriptErrors, []);
});

test('a reload presses nothing again that a newer press has overtaken', async (t) => {
  const s = await serverOf(t);
  await s.said('runs:');
  await s.seen('a heartbeat', (now) => now.operations.heartbeat.requests > 0);
  await s.cad.faults({ status: 503, only: 'setUnitStatus' });
  s.lua('script_author', `told = {}
    exports.sonoran_bridge:setStatus('unit-1', 2, function(answer) told[#told + 1] = answer.ok and (answer.deduplicated and 'overtaken' or 'ok') or answer.error.kind end)
    exports.sonoran_bridge:setStatus('unit-2', 1)
    exports.sonoran_bridge:setStatus('unit-2', 3)
    exports.sonoran_bridge:call('getServers', {}, function() exports.sonoran_bridge:setStatus('unit-1', 4) end)`);
  // The answer to the call is in the old bridge, and its callback runs while the reload ends it.
  for (let n = 0; !((await s.cad.stats()).operations.getServers?.executed >= 1); n += 1) assert.ok(n < 10000);
  s.host.command('sonoran_bridge reload');
  await s.said('were read again');
  await s.cad.faults({});
  await s.seen('the newest', (now) => now.units['unit-1']?.status === 4 && now.units['unit-2']?.status === 3);
  await s.until('an answer', () => s.lua('script_author', 'return #told')[0] === 1);
  assert.equal(s.lua('script_author', 'return told[1]')[0], 'overtaken');
  const values = (await s.cad.requests('setUnitStatus')).map((one) => one.body);
  assert.ok(values.slice(-2).every((body) => !/"status":2[,}]/.test(body)), values.join('\n'));
});

// The sanitizers need descriptors of their own where an exception is thrown.
const SANITIZED = process.env.SONORAN_SANITIZE && 'leaves a sanitizer no descriptor';
test('a reload that does not open changes nothing: the old bridge goes on', { skip: SANITIZED }, async (t) => {
  const s = await serverOf(t);
  await s.said('runs:');
  await s.seen('a heartbeat', (now) => now.operations.heartbeat.requests > 0);
  // The process that has the bridge is given no further descriptor: the limit is what it holds, and that is filled.
  const { pid } = s.host.mono ? s.host.mono.child : process;
  const limit = (most) => execFileSync('prlimit', ['--pid', String(pid), `--nofile=${most}:`]);
  const before = execFileSync('prlimit', ['--pid', String(pid), '--nofile', '--noheadings', '--output', 'SOFT'], { encoding: 'utf8' }).trim();
  limit(s.host.mono ? 0 : fs.readdirSync('/proc/self/fd').length + 32);
  const filled = [];
  try {
    while (!s.host.mono) filled.push(fs.openSync('/dev/null', 'r'));
  } catch (error) {
    assert.equal(error.code, 'EMFILE');
  }
  s.host.command('sonoran_bridge reload');
  for (const file of filled) fs.closeSync(file);
  limit(before);
  await s.said(/goes on as it was: sonoran_bridge cannot start: .*open files/);
  assert.equal(s.call('setPanic', 'unit-1', true)[0], true);
  await s.seen('the panic', (now) => now.units['unit-1']?.panic);
  await s.until('that it runs', () => s.call('status')[0].state === 'running');
  s.host.command('sonoran_bridge reload');
  await s.said('were read again');
});

test('nobody else opens the door of the resource', async (t) => {
  const s = await serverOf(t);
  await s.said('runs:');
  const [answer] = s.host.evaluate('script_author', 'lua', "local a = exports.sonoran_bridge:door('close') return a[2]");
  assert.match(answer, /for sonoran_bridge alone/);
  await s.host.until(() => s.call('status')[0].state === 'running', { limitMs: LIMIT_MS, what: 'that it goes on' });
});

test('a unit that the CAD does not know keeps no other from arriving', async (t) => {
  const s = await serverOf(t, { options: ['--unknown-unit', 'officer2'] });
  const players = [1, 2, 3, 4].map((n) => s.host.addPlayer(officer(n)));
  await s.said('runs:');
  for (const player of players) s.host.command(`panic ${player.source}`);
  await s.seen('the other three', (now) => [1, 3, 4].every((n) => now.units[`officer${n}`] && now.units[`officer${n}`].panic));
  await s.host.until(() => s.results().answered === 4, { limitMs: LIMIT_MS, what: 'four answers' });
  assert.equal(s.results().failed, 1);
});

test('what a client claims is checked: type, length, rate and whose it is', async (t) => {
  const s = await serverOf(t);
  const [on, off] = [s.host.addPlayer(officer(1)), s.host.addPlayer(officer(2))];
  await s.said('runs:');
  s.host.command(`duty ${on.source}`);
  s.host.clientEvent(on.source, 'sonoran_bridge:report', 'x'.repeat(5000), '');
  s.host.clientEvent(on.source, 'sonoran_bridge:report', { evil: true }, '');
  s.host.clientEvent(off.source, 'sonoran_bridge:report', 'Vinewood', '', 'foot', false);
  for (let i = 0; i < 20; i += 1) s.host.clientEvent(on.source, 'sonoran_bridge:report', 'Main Street', 'POLICE', 'police', true);
  await s.host.run(0.3);
  const refused = s.call('status')[0].reports_refused;
  assert.equal(refused.malformed, 2);
  assert.equal(refused.not_tracked, 1);
  assert.ok(refused.too_many >= 15, JSON.stringify(refused));
  await s.seen('the street', (now) => now.units.officer1 && now.units.officer1.locations > 0);
  const [first] = await s.cad.requests('updateUnitLocations');
  assert.equal(JSON.parse(first.body).updates[0].location, 'Main Street');
  assert.deepEqual(s.host.scriptErrors, []);
});

test('stopped and started again and again, it goes on, and a panic pressed just before a stop arrives', async (t) => {
  const s = await serverOf(t);
  const player = s.host.addPlayer(officer(1));
  await s.said('runs:');
  for (let i = 0; i < 5; i += 1) {
    assert.ok(s.host.restart('sonoran_bridge'));
    await s.host.run(0.1);
  }
  s.host.start('script_author');
  await s.host.run(0.2);
  s.host.command(`panic ${player.source}`);
  s.host.stop('sonoran_bridge');
  const stats = await s.cad.stats();
  assert.equal(stats.units.officer1.panic, true);
  const answered = Object.values(stats.operations).map((operation) => operation.answered['429'] || 0);
  assert.ok(answered.every((count) => count === 0), 'no request was one too many');
});
