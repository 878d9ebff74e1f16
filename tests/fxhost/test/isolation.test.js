'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { hostOf, MANIFEST } = require('./sandbox');

test('resources share no globals, neither in Lua nor in JavaScript', async (t) => {
  const host = await hostOf(t, {
    one: {
      'server.lua': `shared = 1 string.mine = true`,
      'server.js': `global.shared = 1; Array.prototype.mine = true;`,
    },
    two: { 'server.lua': '', 'server.js': '' },
  });
  assert.deepEqual(host.evaluate('two', 'lua', 'return shared, string.mine'), [null, null]);
  assert.deepEqual(JSON.parse(host.evaluate('two', 'js', 'JSON.stringify([typeof shared, typeof [].mine])')), [
    'undefined',
    'undefined',
  ]);
  assert.equal([].mine, undefined);
});

test('Lua has no way to load native code, and no files but its own for reading', async (t) => {
  const host = await hostOf(t, { one: { 'server.lua': '', 'data/text.txt': 'first\nsecond\n' } });
  const lua = (code) => host.evaluate('one', 'lua', code);
  assert.deepEqual(
    lua('return package, loadlib, dofile, loadfile, os.execute, os.remove, os.getenv, io.popen'),
    Array(8).fill(null),
  );
  assert.throws(() => lua(`require('socket')`), /module 'socket' not found/);
  assert.deepEqual(
    lua(`local f = io.open('data/text.txt') local a, b, c = f:read('l'), f:read('*l'), f:read('l') return a, b, c`),
    ['first', 'second', null],
  );
  assert.deepEqual(lua(`return io.open('/etc/hostname'), io.open('../../x')`), [
    null,
    null,
    '../../x: No such file or directory',
    2,
  ]);
  assert.equal(lua(`return select(2, io.open('data/text.txt', 'w'))`)[0], 'data/text.txt: Permission denied');
  assert.deepEqual(
    lua(`return LoadResourceFile('one', 'data/text.txt'), LoadResourceFile('one', '../x'), type(os.time())`),
    ['first\nsecond\n', null, 'number'],
  );
});

test('JavaScript reads inside its folder; writing, child processes and workers are refused', async (t) => {
  const host = await hostOf(t, {
    one: {
      'server.js': `
      const fs = require('fs');
      const path = require('node:path');
      const at = GetResourcePath(GetCurrentResourceName());
      const attempt = (fn) => { try { return fn(); } catch (error) { return error.code; } };
      global.results = [
        attempt(() => fs.readFileSync(path.join(at, 'data.json'), 'utf8')),
        attempt(() => fs.readFileSync('/etc/hostname', 'utf8')),
        attempt(() => fs.readFileSync(path.join(at, '..', 'x'), 'utf8')),
        attempt(() => fs.writeFileSync(path.join(at, 'new.txt'), 'x')),
        attempt(() => fs.openSync(path.join(at, 'new.txt'), 'w')),
        attempt(() => require('child_process')),
        attempt(() => require('node:worker_threads')),
        attempt(() => require('./data.json').value),
        attempt(() => require('./missing.js')),
      ];`,
      'data.json': '{"value": 7}',
    },
  });
  const results = JSON.parse(host.evaluate('one', 'js', 'JSON.stringify(results)'));
  assert.deepEqual(results, [
    '{"value": 7}',
    'ERR_ACCESS_DENIED',
    'ERR_ACCESS_DENIED',
    'ERR_ACCESS_DENIED',
    'ERR_ACCESS_DENIED',
    'ERR_ACCESS_DENIED',
    'ERR_ACCESS_DENIED',
    7,
    'MODULE_NOT_FOUND',
  ]);
  assert.equal(fs.existsSync(path.join(host.resources.get('one').path, 'new.txt')), false);
});

test('require is CommonJS: modules have their own exports, __dirname, cycles and cache', async (t) => {
  const host = await hostOf(t, {
    one: {
      'server.js': `
      const a = require('./lib/a');
      global.results = [a.name, a.b.name, require('./lib/a.js') === a, a.dir.endsWith('/lib'), typeof module,
        typeof exports, a.global];`,
      'lib/a.js': `
      exports.name = 'a';
      exports.b = require('./b');
      exports.dir = __dirname;
      exports.global = typeof GetConvar;
      global.exports('fromModule', () => 'm');`,
      'lib/b.js': `module.exports = { name: 'b', seen: require('./a').name };`,
    },
  });
  assert.deepEqual(JSON.parse(host.evaluate('one', 'js', 'JSON.stringify(results)')), [
    'a',
    'b',
    true,
    true,
    'undefined',
    'function',
    'function',
  ]);
  assert.deepEqual(host.callExport('one', 'fromModule'), ['m']);
});

test('a native addon is opened anew in each environment, through a module of its own', async (t) => {
  const host = await hostOf(t, {
    one: {
      'fxmanifest.lua': MANIFEST,
      'server.js': `try { require('./bin/none.node'); } catch (error) { console.log('addon: ' + error.code); }`,
      'bin/none.node': 'this is no library',
    },
  });
  assert.equal(host.console.find('addon: ERR_DLOPEN_FAILED').length, 1);
  assert.equal(host.scriptErrors.length, 0);
});

test('scripts of one resource share their top-level names, as scripts do', async (t) => {
  const host = await hostOf(t, {
    one: {
      'fxmanifest.lua': `fx_version 'cerulean'\nnode_version '22'\nlua54 'yes'
        server_scripts { 'a.js', 'b.js', 'a.lua', 'b.lua' }`,
      'a.js': `const first = 1;`,
      'b.js': `console.log('b sees ' + first);`,
      'a.lua': `local hidden = 1 visible = 2`,
      'b.lua': `print('b.lua sees', hidden, visible)`,
    },
  });
  assert.ok(host.console.lines.includes('b sees 1'));
  assert.ok(host.console.lines.includes('b.lua sees\tnil\t2'));
});
