'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { hostOf } = require('./sandbox');

const COUNTER = {
  'server.lua': `
    count = (count or 0) + 1
    exports('count', function() return count end)
    AddEventHandler('onResourceStop', function(name) print('lua hears stop of ' .. name) end)
    AddEventHandler('onServerResourceStart', function(name) print('lua hears server start of ' .. name) end)
    CreateThread(function() while true do Wait(0) ticks = (ticks or 0) + 1 end end)`,
  'server.js': `
    global.count = (global.count || 0) + 1;
    const other = require('./lib/other.js');
    exports('jsCount', () => count * 10 + other.next());
    on('onResourceStop', (name) => console.log('js hears stop of ' + name));
    process.on('beforeExit', () => console.log('js beforeExit'));
    process.on('exit', () => console.log('js exit'));
    setInterval(() => { global.beats = (global.beats || 0) + 1; }, 20);
    setTick(() => { global.ticks = (global.ticks || 0) + 1; });`,
  'lib/other.js': `let n = 0; exports.next = () => ++n;`,
};

test('states are those of the game server', async (t) => {
  const host = await hostOf(t, {
    one: COUNTER,
    watcher: {
      'server.lua': `
    function state(name) return GetResourceState(name) end
    for _, event in ipairs({ 'onResourceStarting', 'onResourceStart', 'onResourceStop' }) do
      AddEventHandler(event, function(name) print(('%s %s %s'):format(event, name, GetResourceState(name))) end)
    end`,
    },
  });
  const state = (name) => host.evaluate('watcher', 'lua', `return state('${name}')`)[0];
  assert.equal(state('one'), 'started');
  assert.equal(state('nobody'), 'missing');
  host.stop('one');
  assert.equal(state('one'), 'stopped');
  host.start('one');
  assert.deepEqual(
    host.console.lines.filter((line) => /^on\w+ one/.test(line)),
    ['onResourceStop one stopping', 'onResourceStarting one starting', 'onResourceStart one started'],
  );
});

test('a restart gives new runtimes: globals, modules, timers, handlers and exports begin anew', async (t) => {
  const host = await hostOf(t, {
    one: COUNTER,
    user: {
      'server.lua': `
    function counts() return exports.one:count(), exports.one:jsCount() end`,
    },
  });
  await host.ticks(5);
  const first = host.runtime('one', 'js');
  assert.deepEqual(host.evaluate('user', 'lua', 'return counts()'), [1, 11]);
  assert.deepEqual(host.evaluate('user', 'lua', 'return counts()'), [1, 12]);
  host.command('restart one');
  await host.ticks(2);
  assert.notEqual(host.runtime('one', 'js'), first);
  assert.equal(first.alive, false);
  assert.deepEqual(host.evaluate('user', 'lua', 'return counts()'), [1, 11]);
  assert.equal(host.evaluate('one', 'js', 'ticks'), 2);
  assert.equal(host.evaluate('one', 'js', 'beats'), 1);
  assert.equal(host.events.resources.size, 2);
});

test('stopping tells both languages, then ends the Node environment', async (t) => {
  const host = await hostOf(t, { one: COUNTER });
  host.stop('one');
  const lines = host.console.lines.filter((line) => /^(js|lua) /.test(line));
  assert.deepEqual(lines, ['lua hears stop of one', 'js hears stop of one', 'js beforeExit', 'js exit']);
  const ticks = host.console.lines.length;
  await host.ticks(10);
  assert.equal(host.console.lines.length, ticks);
});

test('onServerResourceStart comes with the tick after the start', async (t) => {
  const host = await hostOf(t, { one: COUNTER });
  assert.equal(host.console.find('server start of one').length, 0);
  await host.ticks(1);
  assert.equal(host.console.find('server start of one').length, 1);
});

test('an export of a stopped resource is an error for who kept it', async (t) => {
  const host = await hostOf(t, {
    one: COUNTER,
    user: { 'server.lua': `function ask() return exports.one:count() end` },
  });
  assert.deepEqual(host.evaluate('user', 'lua', 'return ask()'), [1]);
  host.stop('one');
  assert.throws(() => host.evaluate('user', 'lua', 'return ask()'), /calling export `count` in resource `one`/);
  await host.ticks(1);
  assert.throws(() => host.evaluate('user', 'lua', 'return ask()'), /No such export count in resource one/);
});

test('a callback into a stopped resource is an error for the caller only', async (t) => {
  const host = await hostOf(t, {
    one: {
      'server.lua': `exports('keep', function(callback) kept = callback end)
      exports('use', function() return pcall(kept, 1) end)`,
      'server.js': `exports('jsKeep', (callback) => { global.kept = callback; });
      exports('jsUse', () => { try { return kept(1); } catch (error) { return error.message; } });`,
    },
    user: { 'server.lua': `exports.one:keep(function() end) exports.one:jsKeep(function() end)` },
  });
  host.stop('user');
  // Lua is not told why: pcall gives false and nil.
  assert.deepEqual(host.callExport('one', 'use'), [false]);
  assert.match(host.callExport('one', 'jsUse')[0], /Error in nested ref call for one/);
  assert.deepEqual(host.scriptErrors, []);
});

test('a resource may stop itself, or another, from its own code', async (t) => {
  const host = await hostOf(t, {
    one: { 'server.lua': `RegisterCommand('enough', function() ExecuteCommand('stop one') end)` },
  });
  host.command('enough');
  assert.equal(host.resources.state('one'), 'started');
  await host.ticks(1);
  assert.equal(host.resources.state('one'), 'stopped');
  assert.equal(host.scriptErrors.length, 0);
});

test('onResourceStarting may be cancelled', async (t) => {
  const host = await hostOf(t, {
    guard: {
      'server.lua': `AddEventHandler('onResourceStarting', function(name)
    if name == 'one' then CancelEvent() end end)`,
    },
    one: COUNTER,
  });
  assert.equal(host.resources.state('one'), 'stopped');
});

test('a restart reads changed files and the changed manifest', async (t) => {
  const host = await hostOf(t, { one: { 'server.lua': `print('old')` } });
  const { path: folder } = host.resources.get('one');
  fs.writeFileSync(path.join(folder, 'server.lua'), `print('new ' .. GetResourceMetadata('one', 'version', 0))`);
  fs.appendFileSync(path.join(folder, 'fxmanifest.lua'), `\nversion '2'\n`);
  host.restart('one');
  assert.equal(host.console.find('new 2').length, 1);
});

test('a script that fails to load is said, and the rest of the resource runs', async (t) => {
  const host = await hostOf(t, {
    one: { 'server.lua': `this is not Lua`, 'server.js': `exports('alive', () => true);` },
    two: { 'server.lua': `print('two') error('at load')`, 'server.js': `throw new Error('js at load');` },
  });
  assert.deepEqual(host.callExport('one', 'alive'), [true]);
  assert.match(host.resources.get('one').errors[0], /Error loading script @one\/server.lua/);
  assert.deepEqual(
    host.resources.get('two').errors.map((one) => /at load/.test(one)),
    [true, true],
  );
});

test('fifty restarts leave nothing behind', async (t) => {
  const host = await hostOf(t, { one: COUNTER });
  await host.ticks(1);
  const functions = () => host.library.functions.filter((one) => one !== null).length;
  const before = { functions: functions(), references: host.references.count() };
  for (let i = 0; i < 50; i += 1) {
    host.restart('one');
    await host.ticks(2);
  }
  assert.deepEqual({ functions: functions(), references: host.references.count() }, before);
  assert.equal(host.references.runtimes.size, 3, 'the host itself and two');
  assert.equal(host.scriptErrors.length, 0);
});
