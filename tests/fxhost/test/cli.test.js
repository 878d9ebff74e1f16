'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { spawnSync } = require('node:child_process');
const { test } = require('node:test');
const { createHost } = require('../host');
const { writeResources } = require('./sandbox');

const FXHOST = path.join(__dirname, '..', 'fxhost.js');
const run = (...args) => spawnSync(process.execPath, [FXHOST, ...args], { encoding: 'utf8', timeout: 60000 });

test('a run with a scenario ends with it and writes figures', (t) => {
  const folder = writeResources(t, {
    one: {
      'server.lua': `RegisterCommand('hi', function() print('hi ' .. #GetPlayers() .. GetConvar('who', '')) end)`,
    },
    scenario: { 'scenario.js': `module.exports = async (host) => { host.command('hi'); await host.ticks(2); };` },
  });
  const cfg = path.join(folder, 'server.cfg');
  fs.writeFileSync(cfg, 'set who " players"\nensure one\n');
  const json = path.join(folder, 'out.json');
  const { stdout, stderr, status } = run(
    '--resource',
    path.join(folder, 'one'),
    '--cfg',
    cfg,
    '--players',
    '5',
    '--script',
    path.join(folder, 'scenario', 'scenario.js'),
    '--json',
    json,
  );
  assert.equal(status, 0, stderr);
  assert.match(stdout, /script:one\] hi 5 players/);
  const figures = JSON.parse(fs.readFileSync(json, 'utf8'));
  assert.equal(figures.players, 5);
  assert.equal(figures.resources.one, 'started');
  assert.ok(figures.game_thread.ticks >= 2);
  assert.deepEqual(figures.script_errors, []);
});

test('--seconds ends the run, --quiet hides the console, --json - writes to standard output', (t) => {
  const folder = writeResources(t, { one: { 'server.lua': `print('hidden')` } });
  const { stdout, status } = run('--resource', path.join(folder, 'one'), '--seconds', '0.1', '--quiet', '--json', '-');
  assert.equal(status, 0);
  assert.ok(JSON.parse(stdout).seconds >= 0.1);
});

test('wrong options and a failing scenario end with one message and status 1', (t) => {
  const folder = writeResources(t, {
    one: { 'server.lua': '' },
    scenario: { 'bad.js': `module.exports = async () => { throw new Error('scenario broke'); };` },
  });
  const one = path.join(folder, 'one');
  for (const [args, expected] of [
    [[], 'fxhost: --resource is missing: name at least one folder\n'],
    [['--resource', one, '--players', 'many'], "fxhost: --players is 'many': it must be a number of at least 0\n"],
    [
      ['--resource', path.join(folder, 'none')],
      `fxhost: the resource folder ${path.join(folder, 'none')} does not exist\n`,
    ],
    [['--resource', one, '--quiet', '--script', path.join(folder, 'scenario', 'bad.js')], 'fxhost: scenario broke\n'],
  ]) {
    const { stderr, status } = run(...args);
    assert.equal(stderr, expected);
    assert.equal(status, 1);
  }
});

test('with a real clock the game runs by itself, and until() has a limit', async (t) => {
  const folder = writeResources(t, {
    one: {
      'server.lua': `CreateThread(function() while true do Wait(0) ticks = (ticks or 0) + 1 end end)`,
      'server.js': `setInterval(() => { global.beats = (global.beats || 0) + 1; }, 1);`,
    },
  });
  const host = await createHost({ resources: [path.join(folder, 'one')] });
  t.after(() => host.close());
  await host.until(
    () => host.evaluate('one', 'lua', 'return (ticks or 0)')[0] >= 3 && host.evaluate('one', 'js', 'global.beats') >= 3,
  );
  await assert.rejects(
    host.until(() => false, { limitMs: 20, what: 'the impossible' }),
    /the impossible did not come true within 20 ms/,
  );
});
