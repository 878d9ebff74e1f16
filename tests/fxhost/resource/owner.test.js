'use strict';

// What an owner types besides: why, debug, support; and what other tools are told of the bridge's state.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test, describe } = require('node:test');
const { serverOf, watchSteps, stepsOf, officer, copyOf, copies } = require('./server');

/** The lines of `sonoran_bridge why <whom>`. */
async function why(s, whom) {
  s.host.console.clear();
  s.host.command(`sonoran_bridge why ${whom}`);
  await s.until('an answer', () => s.host.console.find(/^(The first missing link|No link is missing)/).length > 0);
  return s.host.console.lines;
}
const end = (lines) => lines.find((line) => /^(The first missing link|No link is missing)/.test(line));
const missing = (lines) => /^The first missing link is "([^"]+)"\. .+$/.exec(end(lines))?.[1];
const link = (lines, name) => lines.find((line) => new RegExp(`^ {2}(yes|no|not checked) +${name}: `).test(line));

/** A player whom the CAD lists as active and who is on the map. */
async function onTheMap(t, options = {}) {
  const s = await serverOf(t, options);
  const player = s.host.addPlayer(officer(1));
  await s.said('runs:');
  s.call('setStatus', 'officer1', 'AVAILABLE');
  await s.seen('the unit', (now) => now.units.officer1);
  s.host.command('sonoran_bridge reload');
  await s.seen('the position', (now) => now.units.officer1.locations > 0);
  return { s, player };
}

describe('why somebody is not on the map', () => {
  test('of who is there no link is missing, by number and by unit; each link says since when', async (t) => {
    const { s, player } = await onTheMap(t);
    for (const whom of [player.source, 'officer1']) {
      const lines = await why(s, whom);
      assert.equal(end(lines), 'No link is missing.', lines.join('\n'));
      for (const [name, text] of [['on this server', `Player ${player.source}`], ['known', "As the unit 'officer1': their identifier license."],
        ['linked in the CAD', 'An account'], ['active', 'lists the unit as active'], ['tracked', 'cad'], ['read', 's ago'], ['sent', 's ago'],
        ['acknowledged', 's ago']]) {
        assert.ok(link(lines, name)?.includes(`yes `) && link(lines, name).includes(text), `${name}: ${link(lines, name)}`);
      }
    }
    assert.deepEqual(s.host.scriptErrors, []);
  });

  test('known: no identifier of that kind', async (t) => {
    const s = await serverOf(t, { cfg: 'set sonoran_bridge_identifier xbl' });
    const player = s.host.addPlayer(officer(1));
    await s.said('runs:');
    const lines = await why(s, player.source);
    assert.equal(missing(lines), 'known');
    assert.match(link(lines, 'known'), /has no xbl identifier/);
  });

  test('linked: no account has the id', async (t) => {
    const { s, player } = await onTheMap(t);
    await s.cad.faults({ only: 'checkCommunityLink', body: '{"communityUserId":"officer1","linked":false}', content_type: 'application/json' });
    assert.equal(missing(await why(s, player.source)), 'linked in the CAD');
    await s.cad.faults({ only: 'checkCommunityLink', status: 403 });
    assert.match(link(await why(s, player.source), 'linked in the CAD'), /^ {2}not checked/);
  });

  test('active, tracked: the CAD does not list them; no script marks them', async (t) => {
    const s = await serverOf(t);
    const player = s.host.addPlayer(officer(2));
    await s.said('runs:');
    await s.until('the list', () => s.lua('sonoran_bridge', "return Duty.is_active('nobody') == false")[0] === true);
    const lines = await why(s, player.source);
    assert.equal(missing(lines), 'active');
    assert.match(link(lines, 'tracked'), /^ {2}no .* no script has put them on duty \(setOnDuty\)\.$/);
    const marked = await serverOf(t, { cfg: 'set sonoran_bridge_tracking marked' });
    const other = marked.host.addPlayer(officer(3));
    await marked.said('runs:');
    marked.call('setStatus', 'license:officer3', 'AVAILABLE');
    await marked.seen('the unit', (now) => now.units['license:officer3']);
    const found = await why(marked, other.source);
    assert.match(link(found, 'active'), /^ {2}yes/, 'the CAD is asked where the list is not kept');
    assert.equal(missing(found), 'tracked');
  });

  test('read: still loading, a place that is none, OneSync off', async (t) => {
    const { s, player } = await onTheMap(t);
    player.unsync('sky');
    assert.match(link(await why(s, player.source), 'read'), /^ {2}no +read: Their place reads as 0, 0, -1700, which is none/);
    player.vanish();
    assert.match(link(await why(s, player.source), 'read'), /^ {2}no +read: (Their ped is gone|The server has no ped)/);
    const off = await onTheMapless(t);
    assert.equal(missing(off), 'read');
  });

  test('sent: the CAD refuses the position; its words and the trace are there', async (t) => {
    const { s, player } = await onTheMap(t);
    await s.cad.faults({ only: 'updateUnitLocations', status: 400 });
    player.move({ kind: 'drive', speed: 30 });
    await s.said(/refused the position of unit 'officer1'/);
    const lines = await why(s, player.source);
    assert.equal(missing(lines), 'sent');
    assert.match(link(lines, 'sent'), /left out for another \d+ s\. The CAD refused updateUnitLocations \d+ s ago \(400\): .+ \[trace \S+\]$/);
  });

  test('acknowledged: by HTTP, and over the live connection while that is up; its refusal is named as such', async (t) => {
    const { s, player } = await onTheMap(t);
    assert.match(link(await why(s, player.source), 'acknowledged'), /^ {2}yes .*The CAD took the last one \d+ s ago, by HTTP\.$/);
    const live = await onTheMap(t, { cfg: 'set sonoran_communityID "simcad"\nset sonoran_bridge_position_interval_ms "250"' });
    await live.s.until('the live connection', () => live.s.call('status')[0].hub.state === 'up');
    live.player.move({ kind: 'drive', speed: 30 });
    await live.s.until('places by it', () => live.s.call('status')[0].hub.positions.acknowledged > 0);
    assert.match(link(await why(live.s, live.player.source), 'acknowledged'), /ago, over the live connection\.$/);
    await live.s.cad.faults({ hub: { locating: 'REFUSED', locating_error: 'Not on this map' } });
    await live.s.until('a refusal', () => live.s.call('status')[0].hub.positions.left_out > 0);
    assert.match((await why(live.s, live.player.source)).join('\n'), /The CAD refused updateUnitLocations \d+ s ago \(over the live connection\): /);
  });

  test('a unit that no player is; a text that names nobody', async (t) => {
    const s = await serverOf(t);
    await s.said('runs:');
    s.call('pushPositions', { unit: 'drone-1', x: 1, y: 2, z: 3 });
    await s.seen('the drone', (now) => now.units['drone-1']?.locations > 0);
    const lines = await why(s, 'drone-1');
    assert.match(link(lines, 'on this server'), /^ {2}not checked .*No player here is the unit 'drone-1'/);
    assert.match(link(lines, 'acknowledged'), /^ {2}yes/);
    assert.match(s.host.command(`sonoran_bridge why ${'x'.repeat(300)}`)[0], /unit id has 300 bytes; at most 256/);
    assert.match(s.host.command('sonoran_bridge why')[0], /takes a player's server id, or a unit/);
  });
});

/** The lines of why about an officer on a server without OneSync whom the CAD lists and a script marks. */
async function onTheMapless(t) {
  const s = await serverOf(t, { cfg: 'set onesync off' });
  const player = s.host.addPlayer(officer(1));
  await s.said('runs:');
  s.call('setStatus', 'officer1', 'AVAILABLE');
  await s.seen('the unit', (now) => now.units.officer1);
  s.host.command('sonoran_bridge reload');
  await s.until('that they are tracked', () => s.lua('sonoran_bridge', `return Duty.is_tracked(${player.source})`)[0] === true);
  return why(s, player.source);
}

test('debug on says every refusal with the resource that called; a reload keeps it; off ends it', async (t) => {
  const s = await serverOf(t, { options: ['--unknown-unit', 'gone'] });
  await s.said('runs:');
  const press = (unit) => s.lua('script_author', `exports.sonoran_bridge:setPanic('${unit}', true, function() end)`);
  press('gone');
  await s.said(/refused a panic of unit 'gone'/);
  assert.equal(s.host.console.find(/^debug: /).length, 0);
  assert.deepEqual(s.host.command('sonoran_bridge debug on'), ['sonoran_bridge: debug is on.']);
  s.host.command('sonoran_bridge reload');
  s.lua('script_author', "exports.sonoran_bridge:setStatus('unit', -1, function() end)");
  await s.said(/^debug: The status is .*\[resource script_author\]$/);
  s.host.console.clear();
  press('gone');
  await s.said(/^debug: .* \[resource script_author, setUnitPanic, unit 'gone', trace \S+\]$/);
  await s.cad.faults({ refuse: true });
  press('other');
  await s.said(/^debug: setUnitPanic: /); // the native module's own
  assert.deepEqual(s.host.command('sonoran_bridge debug off'), ['sonoran_bridge: debug is off.']);
  s.host.console.clear();
  s.lua('script_author', "exports.sonoran_bridge:setStatus('unit', -1, function() end)");
  assert.equal(s.host.console.find(/^debug: /).length, 0);
  assert.match(s.host.command('sonoran_bridge debug')[0], /takes on or off/);
});

test('support writes a file with all that helps, without the key and without a name or an identifier in full', async (t) => {
  const folder = copyOf(t);
  const s = await serverOf(t, { resources: copies(folder), cfg: 'set sonoran_bridge_tracking all', options: ['--unknown-unit', 'license:deadbeef'] });
  const identifiers = ['license:0123456789abcdef0123456789abcdef01234567', 'steam:110000112345678', 'discord:123456789012345678', 'ip:203.0.113.77'];
  const player = s.host.addPlayer({ ...officer(1), name: 'Mara Quinn', identifiers });
  const left = s.host.addPlayer({ ...officer(2), name: 'Short Stay', identifiers: ['license:fedcba9876543210fedcba9876543210fedcba98'] });
  await s.said('runs:');
  await s.seen('a position', (now) => now.units['0123456789abcdef0123456789abcdef01234567']);
  s.lua('sonoran_bridge', `Log.warning('Of Mara Quinn and Short Stay.', { unit = 'fedcba9876543210fedcba9876543210fedcba98' })
    Log.warning("Of unit 'license:deadbeef' and 203.0.113.77 and 123456789012345678.")`);
  s.host.dropPlayer(left.source);
  s.host.command('sonoran_bridge support');
  await s.said(/^sonoran_bridge: resources\/sonoran_bridge\/support\.txt is written \(\d+ bytes\)/);
  const text = fs.readFileSync(path.join(folder, 'support.txt'), 'utf8');
  for (const part of ['== doctor ==', '== settings ==', '== status ==', '== log, the oldest line first ==', 'native file', 'sonoran_bridge_tracking "all"',
    'info: sonoran_bridge', '"classes.panic"', '"state"', 'door ']) {
    assert.ok(text.includes(part), part);
  }
  for (const secret of [s.cad.key, 'Mara Quinn', 'Short Stay', 'deadbeef', '0123456789abcdef', 'fedcba98', '110000112345678', '123456789012345678', '203.0.113.77']) {
    assert.ok(!text.includes(secret), `${secret} is in the file: ${text.slice(Math.max(0, text.indexOf(secret) - 80), text.indexOf(secret) + 80)}`);
  }
  assert.ok(text.includes('license:') === false || /license:\w{1,3}\.\.\./.test(text));
  assert.ok(player.source > 0);
  assert.deepEqual(s.host.scriptErrors, []);
});

test('a long text is masked in pieces, the game goes on between them, and of names that begin alike the longest counts', async (t) => {
  const s = await serverOf(t);
  await s.said('runs:');
  s.host.addPlayer({ ...officer(1), name: 'Marabelle' });
  s.host.addPlayer({ ...officer(2), name: 'Marabelle Quinn' });
  await s.host.ticks(3);
  s.lua('sonoran_bridge', `waits, masked = 0, nil
    local real = Wait
    Wait = function(ms) waits = waits + 1 real(ms) end
    CreateThread(function()
      local lines = {}
      for n = 1, 600 do lines[n] = ('%d: Marabelle, Marabelle Quinn, MarabelleMarabelle and license:officer2 met at the pier.'):format(n) end
      masked = Support.masked(lines)
    end)`);
  await s.until('the text', () => s.lua('sonoran_bridge', 'return masked ~= nil')[0] === true);
  const [text, waits] = s.lua('sonoran_bridge', 'return masked, waits');
  assert.deepEqual(text.split('\n'), Array.from({ length: 600 }, (_, n) => `${n + 1}: Mar..., Mar..., Mar...Mar... and lic... met at the pier.`));
  assert.ok(waits >= 600 * 80 / 1200, `${waits} waits`);
});

test('support does one thing a tick, and little of it', async (t) => {
  const folder = copyOf(t);
  const s = await serverOf(t, { resources: copies(folder) });
  for (let n = 1; n <= 40; n += 1) s.host.addPlayer(officer(n));
  await s.said('runs:');
  await s.host.run(1);
  s.lua('sonoran_bridge', `for n = 1, 300 do Log.info(('Line %d of license:officer%d.'):format(n, n % 40)) end
    masked = {}
    local real = string.gsub
    string.gsub = function(text, pattern, ...)
      if pattern:find('license:', 1, true) then masked[#masked + 1] = #text noted() end
      return real(text, pattern, ...)
    end
    function noted() end`);
  const PARTS = ['Doctor.first_run', 'Doctor.lines', 'Bridge.status', 'Log.last', 'SaveResourceFile', 'Identity.each', 'noted'];
  watchSteps(s, [...PARTS, 'json.encode', 'GetPlayerIdentifierByType', 'utf8.len']);
  s.host.command('sonoran_bridge support');
  await s.said(/support\.txt is written/);
  const ticks = await stepsOf(s);
  for (const tick of ticks) {
    assert.ok(PARTS.reduce((sum, part) => sum + (tick[part] || 0), 0) <= 1, JSON.stringify(tick));
    assert.ok((tick['json.encode'] || 0) <= 16, JSON.stringify(tick));
    assert.ok((tick.GetPlayerIdentifierByType || 0) <= 2 * 16 * 8, JSON.stringify(tick)); // with those that others read
    assert.ok((tick['utf8.len'] || 0) <= 16 * 20, JSON.stringify(tick));
  }
  for (const part of PARTS) assert.ok(ticks.some((tick) => tick[part]), part);
  const bytes = s.lua('sonoran_bridge', 'return masked')[0];
  assert.ok(bytes.length > 20 && Math.max(...bytes) <= 384 + 2048 + 64, `${bytes.length} pieces, the longest of ${Math.max(...bytes)} bytes`);
});

test('what a text is masked for does not depend on how many names begin alike', async (t) => {
  const s = await serverOf(t);
  await s.said('runs:');
  let players = 0;
  /** How many pieces are cut out of a text while it is masked beside so many players, beyond those of their names. */
  const cuts = async (count) => {
    for (; players < count; players += 1) s.host.addPlayer(officer(1001 + players));
    await s.host.ticks(3);
    const of = [];
    for (const text of ['', 'license:officer1001 met license:nobody at the pier.']) {
      s.lua('sonoran_bridge', `cuts, masked = 0, nil
        local real = string.sub
        CreateThread(function()
          string.sub = function(...) cuts = cuts + 1 return real(...) end
          masked = Support.masked({ '${text}' })
          string.sub = real
        end)`);
      await s.until('the text', () => s.lua('sonoran_bridge', 'return masked ~= nil')[0] === true);
      of.push(s.lua('sonoran_bridge', 'return cuts')[0]);
    }
    return of[1] - of[0];
  };
  const few = await cuts(3);
  assert.ok(few > 20, String(few));
  assert.equal(await cuts(60), few);
});

test('support says when the file cannot be written', async (t) => {
  const s = await serverOf(t);
  await s.said('runs:');
  s.lua('sonoran_bridge', 'SaveResourceFile = function() return false end');
  s.host.command('sonoran_bridge support');
  await s.said('support.txt could not be written');
});

test('other tools are told the state when it changes, by an event and by onState', async (t) => {
  const s = await serverOf(t);
  s.lua('script_author', `seen, heard = {}, {}
    AddEventHandler('sonoran_bridge:state', function(now) seen[#seen + 1] = now.state end)
    taken = exports.sonoran_bridge:onState(function(now) heard[#heard + 1] = now.state .. (now.reason ~= '' and '!' or '') end)`);
  const heard = () => s.lua('script_author', "return table.concat(heard, ' '), table.concat(seen, ' '), taken");
  await s.until('running', () => heard()[0].endsWith('running'));
  assert.deepEqual(heard(), ['starting running', 'running', true]);
  await s.cad.faults({ refuse: true });
  s.call('setPanic', 'unit-1', true);
  await s.until('unavailable', () => heard()[0].endsWith('unavailable!'));
  await s.cad.faults({});
  await s.until('running again', () => heard()[0].endsWith('running'));
  s.host.stop('sonoran_bridge');
  assert.equal(heard()[0], 'starting running unavailable! running stopped!');
  assert.equal(heard()[1], 'running unavailable running stopped');
  assert.deepEqual(s.host.scriptErrors, []);
});

test('onState takes functions only, and 16 of one resource', async (t) => {
  const s = await serverOf(t);
  await s.said('runs:');
  assert.match(s.call('onState')[1], /onState takes a function; got nil/);
  assert.match(s.call('onState', 'x')[1], /callback must be a function/);
  const [n, message] = s.lua('script_author', `for n = 1, 20 do
      local ok, message = exports.sonoran_bridge:onState(function() end)
      if not ok then return n, message end
    end`);
  assert.equal(n, 17);
  assert.match(message, /script_author has given onState 16 functions already/);
});

test('the example of a line to Discord does what it says', async (t) => {
  const docs = fs.readFileSync(path.resolve(__dirname, '../../../docs/install.md'), 'utf8');
  const [, example] = /```lua\n(-- A line to Discord[^]*?)```/.exec(docs);
  const s = await serverOf(t);
  s.lua('script_author', `posts = {} PerformHttpRequest = function(url, done, method, body) posts[#posts + 1] = method .. ' ' .. body end
    ${example}`);
  const posts = () => s.lua('script_author', "return table.concat(posts, '\\n')")[0];
  await s.until('a line', () => posts().includes('running'));
  await s.cad.faults({ refuse: true });
  s.call('setPanic', 'unit-1', true);
  await s.until('another line', () => posts().includes('unavailable'));
  for (const line of posts().split('\n')) assert.equal(typeof JSON.parse(line.replace(/^POST /, '')).content, 'string');
  assert.deepEqual(s.host.scriptErrors, []);
});
