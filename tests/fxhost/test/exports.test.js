'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { hostOf } = require('./sandbox');

const PROVIDER = {
  'server.js': `
    exports('jsAdd', (a, b) => a + b);
    exports('jsEcho', (value) => value);
    exports('jsMany', () => [1, 2]);
    exports('jsFail', () => { throw new Error('out of luck'); });
    exports('jsCallback', (value, callback) => { setTimeout(() => callback({ value, from: 'js' }), 30); return true; });
    exports('jsAsync', async (value) => { await new Promise((resolve) => setTimeout(resolve, 20)); return value * 2; });
    exports('jsKinds', (value) => Object.prototype.toString.call(value));
    exports('jsKeep', (list) => { list.push('mine'); return list.length; });
    exports('caller', () => GetInvokingResource());`,
  'server.lua': `
    exports('luaAdd', function(a, b) return a + b end)
    exports('luaEcho', function(value) return value end)
    exports('luaMany', function() return 1, 'two', true, { 4 } end)
    exports('luaFail', function() error('out of luck') end)
    exports('luaCallback', function(value, callback)
      SetTimeout(30, function() callback({ value = value, from = 'lua' }) end)
      return true
    end)
    exports('luaWaits', function(value) Wait(20) return value * 2 end)
    exports('luaKeep', function(list) table.insert(list, 'mine') return #list end)`,
};
const USERS = { 'server.js': `globalThis.seen = [];`, 'server.lua': `seen = {}` };

const both = (t) => hostOf(t, { provider: PROVIDER, user: USERS });
const lua = (host, code) => host.evaluate('user', 'lua', code);
const js = (host, code) => host.evaluate('user', 'js', code);

test('exports of JavaScript and of Lua are called from both, also inside one resource', async (t) => {
  const host = await both(t);
  assert.deepEqual(lua(host, `return exports.provider:jsAdd(1, 2), exports.provider:luaAdd(3, 4)`), [3, 7]);
  assert.equal(js(host, `exports.provider.jsAdd(1, 2) + exports.provider.luaAdd(3, 4)`), 10);
  assert.deepEqual(host.evaluate('provider', 'lua', `return exports.provider:jsAdd(5, 6)`), [11]);
  assert.equal(host.evaluate('provider', 'js', `exports.provider.luaAdd(5, 6)`), 11);
});

test('a function of Lua is called from JavaScript with bytes, and gives bytes, until its runtime is gone', async (t) => {
  const host = await both(t);
  assert.deepEqual(lua(host, `return Citizen.GetFunctionReference('none')`), [null]);
  const [reference] = lua(host, `kept = function(...) seen[#seen + 1] = { ... } return '\\255\\0\\254', #seen end
    return Citizen.GetFunctionReference(kept)`);
  js(host, `call = Citizen.makeFunctionReference('${reference}')`);
  const bytes = () => js(host, `Array.from(call(Uint8Array.of(0x92, 0xd2, 255, 255, 255, 254, 0xdc, 0, 1, 7))).join()`);
  assert.equal(bytes(), [0x92, 0xa3, 255, 0, 254, 1].join());
  assert.deepEqual(lua(host, 'return seen[1]'), [[-2, [7]]]);
  const inBytes = js(host, `Array.from(Citizen.makeFunctionReference(new TextEncoder().encode('${reference}'))(Uint8Array.of(0x90))).join()`);
  assert.equal(inBytes, [0x92, 0xa3, 255, 0, 254, 2].join());
  lua(host, `kept = Citizen.GetFunctionReference(function() error('out of luck') end)`);
  assert.equal(js(host, `Array.from(Citizen.makeFunctionReference('${lua(host, 'return kept')[0]}')(Uint8Array.of(0x90))).join()`), '192');
  assert.match(host.scriptErrors[0].message, /out of luck/);
  const [away] = host.evaluate('provider', 'lua', 'return Citizen.GetFunctionReference(function() end)');
  js(host, `call = Citizen.makeFunctionReference('${away}')`);
  host.stop('provider');
  assert.equal(js(host, 'call(Uint8Array.of(0x90)).length'), 0);
});

test('values survive the border as the game server would carry them', async (t) => {
  const host = await both(t);
  const values = `{ true, false, 0, -1, 127, 128, -128, -129, 65535, 65536, -32769, 2147483648,
    4294967296, 9007199254740991,
    0.5, -2.25, 1e300, '', 'ä€🚓', ('x'):rep(40), ('y'):rep(70000), {}, { 1, 2, { 3 } }, { a = 1, b = { c = 'd' } } }`;
  const [fromJs, fromLua, given] = lua(
    host,
    `local v = ${values} return exports.provider:jsEcho(v), exports.provider:luaEcho(v), v`,
  );
  assert.deepEqual(fromJs, given);
  assert.deepEqual(fromLua, given);
  assert.deepEqual(
    lua(
      host,
      `return math.type(exports.provider:jsEcho(3)), math.type(exports.provider:luaEcho(3.0)),
    exports.provider:luaEcho('\\255\\0\\254') == '\\255\\0\\254'`,
    ),
    ['integer', 'float', true],
  );
  assert.deepEqual(
    lua(
      host,
      `return exports.provider:jsKinds({}), exports.provider:jsKinds({1, 2}), exports.provider:jsKinds({a = 1}),
    exports.provider:jsKinds({1, nil, 3})`,
    ),
    ['[object Array]', '[object Array]', '[object Object]', '[object Object]'],
  );
});

test('a sequence filled backwards, and one with booleans among numbers, are arrays', async (t) => {
  const host = await both(t);
  assert.deepEqual(
    lua(host, `local t = {} for i = 5, 1, -1 do t[i] = i * 1000000 end return exports.provider:jsEcho(t)`),
    [[1000000, 2000000, 3000000, 4000000, 5000000]],
  );
  assert.deepEqual(
    lua(host, `local t = { 1, true, 2.5, false, -7 } t[6] = 6 t[6] = nil return exports.provider:jsEcho(t)`),
    [[1, true, 2.5, false, -7]],
  );
});

test('vectors arrive as vectors in Lua and as arrays in JavaScript', async (t) => {
  const host = await both(t);
  assert.deepEqual(
    lua(host, `local v = exports.provider:luaEcho(vector3(1.5, 2.5, -3.5)) return type(v), v.x, v.y, v.z`),
    ['vector3', 1.5, 2.5, -3.5],
  );
  assert.deepEqual(lua(host, `return exports.provider:jsEcho(vector3(1.5, 2.5, -3.5))`), [[1.5, 2.5, -3.5]]);
});

test('Lua returns several values, JavaScript one: an array comes as one table', async (t) => {
  const host = await both(t);
  assert.deepEqual(lua(host, `return exports.provider:luaMany()`), [1, 'two', true, [4]]);
  assert.deepEqual(lua(host, `local one, two = exports.provider:jsMany() return type(one), #one, two`), [
    'table',
    2,
    null,
  ]);
});

test('arguments and results are copied, never shared', async (t) => {
  const host = await both(t);
  for (const name of ['jsKeep', 'luaKeep']) {
    assert.deepEqual(lua(host, `local list = { 'a' } return exports.provider:${name}(list), #list`), [2, 1]);
    assert.equal(js(host, `{ const list = ['a']; exports.provider.${name}(list) * 10 + list.length; }`), 21);
  }
});

test('a function given to an export is called later, across languages', async (t) => {
  const host = await both(t);
  lua(
    host,
    `exports.provider:jsCallback(1, function(r) seen[#seen + 1] = r end)
    exports.provider:luaCallback(2, function(r) seen[#seen + 1] = r end)`,
  );
  js(
    host,
    `exports.provider.jsCallback(3, (r) => seen.push(r)); exports.provider.luaCallback(4, (r) => seen.push(r));`,
  );
  await host.run(0.2);
  const sorted = (list) => list.sort((a, b) => a.value - b.value);
  assert.deepEqual(sorted(lua(host, `return seen`)[0]), [
    { value: 1, from: 'js' },
    { value: 2, from: 'lua' },
  ]);
  assert.deepEqual(sorted(JSON.parse(js(host, `JSON.stringify(seen)`))), [
    { value: 3, from: 'js' },
    { value: 4, from: 'lua' },
  ]);
});

test('a function that came across the border is a table that can be called, in Lua', async (t) => {
  const host = await both(t);
  lua(host, `exports('look', function(callback) return type(callback), callback(20, 3) end)`);
  assert.deepEqual(lua(host, `return exports.user:look(function(a, b) return a + b end)`), ['table', 23]);
  assert.equal(js(host, `exports.user.look((a, b) => a - b)[1]`), 17);
});

test('an export that waits is awaited inside a thread', async (t) => {
  const host = await both(t);
  lua(
    host,
    `CreateThread(function()
    seen[1] = exports.provider:jsAsync(21)
    seen[2] = exports.provider:luaWaits(4)
  end)`,
  );
  js(host, `(async () => { seen.push(await exports.provider.luaWaits(5)); })()`);
  await host.run(0.3);
  assert.deepEqual(lua(host, `return seen`), [[42, 8]]);
  assert.deepEqual([...js(host, `seen`)], [10]);
});

test('a missing export or resource is an error that names both', async (t) => {
  const host = await both(t);
  assert.throws(() => lua(host, `exports.provider:nothing()`), /No such export nothing in resource provider/);
  assert.throws(() => lua(host, `exports.nobody:jsAdd()`), /No such export jsAdd in resource nobody/);
  assert.throws(() => js(host, `exports.nobody.jsAdd()`), /No such export jsAdd in resource nobody/);
});

test('an error inside an export reaches the caller as one that names the export; what was wrong is printed there', async (t) => {
  const host = await both(t);
  for (const name of ['jsFail', 'luaFail']) {
    assert.throws(
      () => lua(host, `exports.provider:${name}()`),
      (error) =>
        error.message.includes(`calling export \`${name}\` in resource \`provider\``) &&
        !/out of luck/.test(error.message),
    );
    const printed = host.console.entries.find((entry) => /out of luck/.test(entry.text));
    assert.equal(printed.channel, 'script:provider');
    assert.equal(host.scriptErrors.pop().resource, 'provider');
    host.console.clear();
    assert.throws(
      () => js(host, `exports.provider.${name}()`),
      new RegExp(`calling export ${name} of resource provider`),
    );
  }
});

test('GetInvokingResource names who calls', async (t) => {
  const host = await both(t);
  assert.deepEqual(lua(host, `return exports.provider:caller()`), ['user']);
});

test('callbacks are let go of when nobody holds them any more', async (t) => {
  const host = await both(t);
  const before = host.references.count();
  lua(host, `for i = 1, 500 do exports.provider:luaCallback(i, function() end) end`);
  await host.run(0.2);
  host.evaluate('provider', 'lua', `collectgarbage() collectgarbage()`);
  assert.ok(host.references.count() <= before + 10, `${host.references.count()} functions are held, ${before} before`);
});

test('the host itself calls exports', async (t) => {
  const host = await both(t);
  assert.deepEqual(host.callExport('provider', 'luaMany'), [1, 'two', true, [4]]);
  assert.throws(() => host.callExport('provider', 'jsFail'), /out of luck/);
  assert.throws(() => host.callExport('provider', 'gone'), /No such export gone/);
});

test('Lua may send text as binary: JavaScript gets an ArrayBuffer', async (t) => {
  const host = await both(t);
  assert.deepEqual(
    lua(
      host,
      `msgpack.set_string('binary') local kind = exports.provider:jsKinds('\\1\\2') msgpack.set_string('string_compat')
    return kind, exports.provider:jsKinds('text')`,
    ),
    ['[object ArrayBuffer]', '[object String]'],
  );
});

test('exports that the manifest names are global functions', async (t) => {
  const host = await hostOf(t, {
    one: {
      'fxmanifest.lua': `fx_version 'cerulean'\nlua54 'yes'\nserver_script 'a.lua'\nserver_exports { 'old', 'none' }`,
      'a.lua': `function old(n) return n + 1 end`,
    },
  });
  assert.deepEqual(host.callExport('one', 'old', 1), [2]);
  assert.throws(() => host.callExport('one', 'none'), /No such export none/);
});

test('files load in the order of the manifest, whatever their language, unless told otherwise', async (t) => {
  const order = async (runtimeOrder) => {
    const files = {
      'fxmanifest.lua': `fx_version 'cerulean'\nlua54 'yes'\nnode_version '22'\nserver_scripts { 'a.lua', 'b.js', 'c.lua' }`,
      'a.lua': `print('a loads')`,
      'b.js': `console.log('b loads');`,
      'c.lua': `print('c loads')`,
    };
    const host = await hostOf(t, { one: files }, runtimeOrder ? { runtimeOrder } : {});
    return host.console.find(' loads');
  };
  assert.deepEqual(await order(), ['a loads', 'b loads', 'c loads']);
  assert.deepEqual(await order(['js', 'lua']), ['b loads', 'a loads', 'c loads']);
  assert.deepEqual(await order(['lua', 'js']), ['a loads', 'c loads', 'b loads']);
});
