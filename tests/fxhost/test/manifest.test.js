'use strict';

const assert = require('node:assert/strict');
const path = require('node:path');
const { test } = require('node:test');
const { loadLua } = require('../lib/lua_library');
const { Manifest } = require('../lib/manifest');
const { writeResources, hostOf } = require('./sandbox');

async function read(t, text, files = {}) {
  const folder = writeResources(t, { one: { 'fxmanifest.lua': text, ...files } });
  return Manifest.read(await loadLua(), path.join(folder, 'one'));
}

test('a plural with a table and a singular with a text add to the same metadata', async (t) => {
  const manifest = await read(
    t,
    `
    server_script 'a.lua'
    server_scripts { 'b.lua', 'c.js' }
    dependencies { 'ox', '/server:7290' }
    dependency 'core'`,
  );
  assert.deepEqual(manifest.all('server_script'), ['a.lua', 'b.lua', 'c.js']);
  assert.deepEqual(manifest.dependencies().sort(), ['/server:7290', 'core', 'ox']);
});

test('a second argument is kept as JSON under _extra', async (t) => {
  const manifest = await read(
    t,
    `convar_category 'Bridge' { 'What it does', { { 'API key', '$key', 'CV_STRING', '' } } }`,
  );
  assert.deepEqual(manifest.all('convar_category'), ['Bridge']);
  assert.deepEqual(JSON.parse(manifest.first('convar_category_extra')), [
    'What it does',
    [['API key', '$key', 'CV_STRING', '']],
  ]);
});

test('the manifest is Lua: it may compute, but not reach the system', async (t) => {
  const manifest = await read(
    t,
    `
    for i = 1, 3 do file(('data/%d.json'):format(i)) end
    version(tostring(6 * 7))`,
  );
  assert.deepEqual(manifest.all('file'), ['data/1.json', 'data/2.json', 'data/3.json']);
  assert.equal(manifest.first('version'), '42');
  // os and io are metadata names like any other here, so indexing what they give fails.
  await assert.rejects(read(t, `os.execute('true')`), /fxmanifest.lua failed/);
});

test('a manifest that does not parse is refused with its line', async (t) => {
  await assert.rejects(read(t, `\nfx_version = = 1`), /fxmanifest.lua failed: fxmanifest.lua:2/);
});

test('globs give sorted files, ** goes through folders, and no file comes twice', async (t) => {
  const manifest = await read(t, `server_scripts { 'lua/server/*.lua', 'lua/server/a.lua', 'deep/**/*.js' }`, {
    'lua/server/b.lua': '',
    'lua/server/a.lua': '',
    'lua/server/no.txt': '',
    'lua/server/sub/c.lua': '',
    'deep/x.js': '',
    'deep/y/z/w.js': '',
  });
  const { files, missing } = manifest.files(['server_script']);
  assert.deepEqual(
    files.map((file) => file.relative),
    ['lua/server/a.lua', 'lua/server/b.lua', 'deep/x.js', 'deep/y/z/w.js'],
  );
  assert.deepEqual(missing, []);
});

test('a pattern that matches nothing is said on the console', async (t) => {
  const host = await hostOf(t, { one: { 'fxmanifest.lua': `fx_version 'cerulean'\nserver_script 'nothing.lua'` } });
  assert.equal(host.console.find("no file matches 'nothing.lua'").length, 1);
});

test('@other/file runs the file of another resource in the importing one', async (t) => {
  const host = await hostOf(t, {
    lib: { 'fxmanifest.lua': `fx_version 'cerulean'`, 'shared/lib.lua': `Lib = { who = GetCurrentResourceName() }` },
    user: {
      'fxmanifest.lua': `fx_version 'cerulean'\nlua54 'yes'
        shared_script '@lib/shared/lib.lua'\nserver_script 'main.lua'`,
      'main.lua': `print('lib is of ' .. Lib.who)`,
    },
  });
  assert.equal(host.console.find('lib is of user').length, 1);
});

test('shared scripts run before server scripts, whatever their order in the manifest', async (t) => {
  const host = await hostOf(t, {
    one: {
      'fxmanifest.lua': `fx_version 'cerulean'\nlua54 'yes'\nserver_script 'b.lua'\nshared_script 'a.lua'`,
      'a.lua': `print('shared')`,
      'b.lua': `print('server')`,
    },
  });
  const lines = host.console.lines.filter((line) => line === 'shared' || line === 'server');
  assert.deepEqual(lines, ['shared', 'server']);
});

test('dependencies are started first; a missing one and an older server keep the resource from starting', async (t) => {
  const plain = `fx_version 'cerulean'\n`;
  const host = await hostOf(t, {
    top: { 'fxmanifest.lua': `${plain}dependency 'base'` },
    base: { 'fxmanifest.lua': plain },
    lonely: { 'fxmanifest.lua': `${plain}dependencies { 'nobody' }` },
    modern: { 'fxmanifest.lua': `${plain}dependencies { '/server:99999' }` },
    provider: { 'fxmanifest.lua': `${plain}provide 'something'` },
    consumer: { 'fxmanifest.lua': `${plain}dependency 'something'` },
  });
  const started = host.console.find('Started resource').map((line) => line.split(' ').pop());
  assert.deepEqual(started, ['base', 'top', 'provider', 'consumer']);
  assert.equal(host.console.find('Could not find dependency nobody for resource lonely.').length, 1);
  assert.equal(host.console.find('Resource modern needs /server:99999').length, 1);
});

test('scripts read their manifest through natives', async (t) => {
  const host = await hostOf(t, { one: { 'server.lua': `` } });
  const count = host.evaluate('one', 'lua', `return GetNumResourceMetadata('one', 'server_script')`);
  assert.deepEqual(count, [2]);
  assert.deepEqual(
    host.evaluate(
      'one',
      'lua',
      `return GetResourceMetadata('one', 'server_script', 1),
    GetResourceMetadata('one', 'nothing', 0)`,
    ),
    ['server.lua', null],
  );
});
