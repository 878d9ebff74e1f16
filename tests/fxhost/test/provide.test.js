'use strict';

// A resource that stands for another: `provide` in its manifest, and exports under the other's name.

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { hostOf } = require('./sandbox');

const PLAIN = `fx_version 'cerulean'\nlua54 'yes'\nserver_script 'server.lua'\n`;
const STAND_IN = {
  'fxmanifest.lua': `${PLAIN}provide 'vendor'\nversion '2.0'\nstands_for 'yes'`,
  'server.lua': `
    AddEventHandler('__cfx_export_vendor_who', function(give) give(function() return 'stand-in' end) end)
    exports('who', function() return 'by its own name' end)`,
};
const VENDOR = {
  'fxmanifest.lua': `${PLAIN}version '1.0'`,
  'server.lua': `exports('who', function() return 'vendor' end)`,
};
const USER = { 'fxmanifest.lua': `${PLAIN}dependency 'vendor'`, 'server.lua': '' };
const lua = (host, code) => host.evaluate('user', 'lua', code);

test('what is provided is there: as a dependency, by its state, with the metadata of who provides it', async (t) => {
  const host = await hostOf(t, { stand_in: STAND_IN, user: USER });
  assert.deepEqual(
    lua(
      host,
      `return GetResourceState('vendor'), GetResourceMetadata('vendor', 'version', 0), GetNumResourceMetadata('vendor', 'stands_for')`,
    ),
    ['started', '2.0', 1],
  );
  assert.deepEqual(lua(host, `return GetResourceState('nobody'), GetResourceMetadata('nobody', 'version', 0)`), [
    'missing',
    null,
  ]);
});

test('a dependency on what is provided starts the resource that provides it', async (t) => {
  const host = await hostOf(t, { user: USER, stand_in: STAND_IN });
  assert.deepEqual(host.console.find('Started resource'), ['Started resource stand_in', 'Started resource user']);
});

test('a resource of the very name goes first; the stand-in takes its place when that one is stopped', async (t) => {
  const host = await hostOf(t, { vendor: VENDOR, stand_in: STAND_IN, user: USER });
  const seen = () => lua(host, `return GetResourceState('vendor'), GetResourceMetadata('vendor', 'version', 0)`);
  assert.deepEqual(seen(), ['started', '1.0']);
  host.stop('vendor');
  assert.deepEqual(seen(), ['started', '2.0']);
  host.stop('stand_in');
  assert.deepEqual(seen(), ['stopped', '1.0']);
});

test('any resource may answer for the exports of another name', async (t) => {
  const host = await hostOf(t, {
    stand_in: STAND_IN,
    user: {
      ...USER,
      'server.js': '',
      'fxmanifest.lua': `${USER['fxmanifest.lua']}\nserver_script 'server.js'\nnode_version '22'`,
    },
  });
  assert.deepEqual(lua(host, `return exports.vendor:who(), exports.stand_in:who()`), ['stand-in', 'by its own name']);
  assert.equal(host.evaluate('user', 'js', `exports.vendor.who()`), 'stand-in');
  assert.deepEqual(host.callExport('vendor', 'who'), ['stand-in']);
});

test('what was kept of an export under another name fails once its giver stops, also after that one is back', async (t) => {
  const host = await hostOf(t, { stand_in: STAND_IN, user: USER });
  const who = () =>
    lua(host, `local ok, who = pcall(function() return exports.vendor:who() end) return ok, ok and who or 'fails'`);
  assert.deepEqual(who(), [true, 'stand-in']);
  host.restart('stand_in');
  await host.ticks(2);
  // The scheduler forgets the exports of `stand_in`, not those that it kept under `vendor`.
  assert.deepEqual(who(), [false, 'fails']);
  assert.deepEqual(lua(host, `return exports.stand_in:who()`), ['by its own name']);
});

test('who could not start for want of a dependency starts when that one does', async (t) => {
  const host = await hostOf(
    t,
    {
      user: { 'fxmanifest.lua': `${PLAIN}dependency 'late'`, 'server.lua': '' },
      late: { 'fxmanifest.lua': PLAIN, 'server.lua': '' },
    },
    { cfgText: 'set onesync off' },
  );
  let allowed = false;
  const start = host.startDependencies.bind(host);
  host.startDependencies = (resource) => (resource.name === 'late' ? allowed : start(resource));
  host.command('ensure user');
  assert.equal(host.console.find('Could not start dependency late for resource user.').length, 1);
  assert.equal(host.resources.state('user'), 'stopped');
  allowed = true;
  host.command('ensure late');
  assert.equal(host.resources.state('user'), 'started');
});
