'use strict';

// What the bridge says on the console: one form of line, repeats folded, more of it on demand, and who is meant.

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { serverOf, officer } = require('./server');

const LEVELS = /^(error|warning|info|debug): /;

/** The lines that the bridge said by itself: all of the resource's but answers to a console command. */
const said = (s) => s.host.console.entries.filter((entry) => entry.channel === 'script:sonoran_bridge').map((entry) => entry.text);

test('each line has its level, what happened, whom it is about and what to do', async (t) => {
  const s = await serverOf(t, { options: ['--unknown-unit', 'gone'], cfg: 'set onesync off' });
  await s.said('Connected to');
  s.lua('script_author', "exports.sonoran_bridge:setPanic('gone', true)");
  await s.said(/a panic of unit 'gone'/);
  await s.said(/^warning: .* \[resource script_author, setUnitPanic, unit 'gone', trace [^\], ]+\]$/);
  await s.said(/^warning: The CAD refused a panic of unit 'gone' \(404\): .* \[trace [^\], ]+\]$/);
  await s.said(/^warning: OneSync is off, .* Put set onesync on into server\.cfg/);
  for (const line of said(s)) assert.match(line, LEVELS);
  assert.deepEqual(s.lua('sonoran_bridge', 'return #Log.last()')[0], said(s).length);
});

test('a line that repeats is said once, then with how often it came', async (t) => {
  const s = await serverOf(t);
  await s.said('runs:');
  const lines = (text) => s.host.console.find(text);
  s.lua('sonoran_bridge', `GetGameTimer = function() return now end
    now = 1000
    for _ = 1, 5 do Log.warning('The roof leaks.') Log.warning('The door jams.') end`);
  assert.equal(lines('The roof leaks.').length, 1);
  s.lua('sonoran_bridge', 'now = 60999 Log.fold()');
  assert.equal(lines('The roof leaks.').length, 1, 'its minute is not over');
  s.lua('sonoran_bridge', 'now = 61000 Log.fold()');
  assert.deepEqual(lines('The roof leaks.'), ['warning: The roof leaks.', 'warning: The roof leaks. (4 more in the last 60 s)']);
  s.lua('sonoran_bridge', "Log.warning('The roof leaks.') now = 121000 Log.fold() now = 181000 Log.fold() Log.warning('The roof leaks.')");
  assert.deepEqual(lines('The roof leaks.').slice(2), ['warning: The roof leaks. (1 more in the last 60 s)', 'warning: The roof leaks.']);
  // Counted repeats are printed when the bridge stops, and when too many different lines are watched.
  s.lua('sonoran_bridge', "for n = 1, 300 do Log.warning('Line ' .. n .. '.') end");
  assert.equal(lines('The door jams. (4 more').length, 1);
  s.lua('sonoran_bridge', "Log.warning('Line 300.')");
  s.host.stop('sonoran_bridge');
  assert.equal(lines('Line 300. (1 more').length, 1);
});

test('what a line is made of cannot break, colour or lengthen it beyond its bound, and 500 are kept', async (t) => {
  const s = await serverOf(t);
  await s.said('runs:');
  s.lua('sonoran_bridge', `Log.warning('a\\nb\\27[31m ^1red', { unit = '^2x\\n' }) Log.warning(('é'):rep(3000)) for n = 1, 600 do Log.info('Number ' .. n .. '.') end`);
  assert.equal(s.host.console.find("warning: a b [31m 1red [unit '2x ']").length, 1);
  const [long] = s.host.console.find('éééé');
  assert.ok(Buffer.byteLength(long) <= 2048 + 'warning: '.length && /é\.\.\.$/.test(long), long.slice(-10));
  const kept = s.lua('sonoran_bridge', 'local all = Log.last() return #all, all[1], all[500], #Log.last(200), Log.last(1)[1]');
  assert.deepEqual([kept[0], kept[3]], [500, 200]);
  assert.match(kept[1], /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d info: Number 101\.$/);
  assert.match(kept[2], /Number 600\.$/);
  assert.equal(kept[4], kept[2]);
});

test('sonoran_bridge_log_level counts for the lines of Lua too', async (t) => {
  const s = await serverOf(t, { cfg: 'set sonoran_bridge_log_level "error"\nset onesync off' });
  await s.until('that it runs', () => s.call('status')[0].state === 'running');
  assert.deepEqual(said(s), []);
});
