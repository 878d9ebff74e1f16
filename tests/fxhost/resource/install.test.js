'use strict';

// docs/install.md as an owner follows it: its lines of server.cfg, its commands, and what it says that the console shows.
// What differs from server to server (numbers, addresses, versions, the CAD's host) is compared by its form.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { serverOf, officer, KEY } = require('./server');
const { DOOR } = require('./cad');

const PAGE = fs.readFileSync(path.resolve(__dirname, '../../../docs/install.md'), 'utf8');
/** The lines of the block of the page that begins so. */
function block(begin) {
  const found = [...PAGE.matchAll(/^```(\w*)\n([^]*?)^```$/gm)].filter((one) => !one[1]).map((one) => one[2]).find((text) => text.startsWith(begin));
  assert.ok(found, `docs/install.md has a block that begins with: ${begin}`);
  return found.trimEnd().split('\n');
}
const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
/** A line of the page as a pattern. */
function form(line) {
  const pattern = escaped(line)
    .replaceAll('https://api\\.sonorancad\\.com', 'https?://[^ ,]+')
    .replace(/(api\\\.sonorancad\\\.com|\d+(\\\.\d+){3})/g, '[\\w.:]+')
    .replace(/\d+(\\\.\d+)*/g, '[\\d.-]+')
    .replace('musl', '(musl|glibc)')
    .replace('\\(missing\\)', '\\(\\w+\\)')
    .replace('is the same as the CAD', 'is .+ the CAD'); // of a busy machine
  return new RegExp(`^${pattern}$`);
}

/** The server of the page: its lines of server.cfg, with the key and the place of the simulated CAD. */
async function installed(t, { options = [], cfg = '' } = {}) {
  const lines = block('set sonoran_apiKey').filter((line) => !/apiKey|ensure/.test(line)).join('\n');
  const [community] = block('set sonoran_communityID').map((line) => line.replace(/"[^"]*"/, '"simcad"'));
  const s = await serverOf(t, { cfg: `${lines}\n${community}\n${cfg}`, options, ensure: ['sonoran_bridge'] });
  await s.said('runs:');
  await s.until('the hub', () => s.call('status')[0].hub?.state === 'up');
  return s;
}

test('the console shows what the page says at the start, and status has its lines', { skip: DOOR.mono && 'the page shows Node.js' }, async (t) => {
  // "To see everybody on the map in a first test, add ..."
  const [, everybody] = /`(set sonoran_bridge_tracking "all")` before the `ensure` line/.exec(PAGE);
  const s = await installed(t, { cfg: everybody });
  s.host.addPlayer({ ...officer(1), movement: { kind: 'drive', speed: 20 } });
  await s.said('Connected to');
  const lines = s.host.console.lines;
  let at = -1;
  for (const line of block('Started resource sonoran_bridge')) {
    const found = lines.findIndex((one, n) => form(line).test(one) && (n > at || line.startsWith('Started')));
    assert.ok(found >= 0, `${line}\nis not among\n${lines.join('\n')}`);
    if (!line.startsWith('Started')) at = found; // the server says that when the files have run, before the first tick
  }
  await s.seen('a position', (now) => now.units.officer1?.locations > 0);
  await s.until('its answer', () => s.call('status')[0].hub.positions.acknowledged > 0);
  await s.cad.hub_push([{ type: 'EVENT_UNIT_LOGIN', data: {} }]);
  await s.until('an event', () => s.call('status')[0].hub.last_event_s != null);
  const status = s.host.command('sonoran_bridge status');
  for (const line of block('sonoran_bridge 0').filter((one) => one.trim() !== '...')) {
    assert.ok(status.some((one) => form(line).test(one)), `${line}\nis not among\n${status.join('\n')}`);
  }
  assert.equal(s.host.console.find(KEY).length, 0);
});

test('the doctor has the lines of the page, each check once, and the table names every check', { skip: DOOR.mono && 'the page shows Node.js' }, async (t) => {
  const s = await installed(t, { cfg: 'set version "FXServer-master v1.0.0.31689 linux"', options: ['--fault', JSON.stringify({ headers: [`Date: ${new Date().toUTCString()}`] })] });
  await s.said('Connected to');
  s.host.command('sonoran_bridge doctor');
  await s.said(/^ {2}\S.* resource sonorancad: /);
  const lines = s.host.console.lines.filter((line) => /^(sonoran_bridge doctor:| {2}(ok|warning|failed|not checked) )/.test(line));
  const shown = block('sonoran_bridge doctor: ');
  assert.equal(lines.length, shown.length, lines.join('\n'));
  shown.forEach((line, n) => {
    // The simulated CAD is an address, and has no TLS.
    if (/ (name resolution|connection \S+): /.test(line)) assert.match(lines[n], new RegExp(`^ {2}ok +${line.includes(' name resolution: ') ? 'name resolution: .+ has an address' : 'connection 127\\.0\\.0\\.1: Connected in [\\d.]+ ms'}`));
    else assert.match(lines[n], form(line));
  });
  const table = PAGE.slice(PAGE.indexOf('| check |'), PAGE.indexOf('`sonoran_bridge doctor json` gives'));
  for (const line of shown.slice(1)) {
    const [, name] = /^ {2}(?:ok|warning|failed|not checked) +([^:]+?)(?: \d[\d.]*)?: /.exec(line);
    assert.ok(table.includes(`\`${name}\``), `the table has no row for ${name}`);
  }
});

test('why has the lines of the page for somebody who is off duty', async (t) => {
  const s = await installed(t);
  s.host.addPlayer({ ...officer(1), name: 'Mara Quinn' });
  await s.said('Connected to');
  await s.until('the list', () => s.lua('sonoran_bridge', "return Duty.is_active('nobody') == false")[0] === true);
  const [command] = block('sonoran_bridge why');
  s.host.command(command.replaceAll("'", ''));
  await s.said(/^The first missing link/);
  const lines = s.host.console.lines.slice(s.host.console.lines.findIndex((line) => line.startsWith('sonoran_bridge why')));
  const shown = block('sonoran_bridge why').map((line) => line.replace(/^ {2}The first/, 'The first'));
  for (const line of shown) assert.ok(lines.some((one) => form(line).test(one)), `${line}\nis not among\n${lines.join('\n')}`);
});

test('every command of the page is one', async (t) => {
  const s = await installed(t);
  await s.said('Connected to');
  const commands = new Set([...PAGE.matchAll(/`sonoran_bridge ([a-z]+)[^`]*`/g)].map((one) => one[1]));
  assert.ok(commands.size >= 7, [...commands].join(' '));
  const help = s.host.command('sonoran_bridge help').join('\n');
  for (const name of commands) assert.match(help, new RegExp(`^sonoran_bridge ${name} `, 'm'));
});
