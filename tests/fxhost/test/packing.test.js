'use strict';

// What becomes of values between resources: as the game server's scheduler and MessagePack carry them, so that nothing
// works here that fails there.

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { hostOf } = require('./sandbox');

const PROVIDER = {
  'server.lua': `
    exports('none', function() end)
    exports('one', function() return true end)
    exports('two', function() return true, 5 end)
    exports('table', function() return true, {} end)
    exports('hole', function() return true, nil, 5 end)
    exports('nilFirst', function() return nil, 'why' end)
    exports('nilLast', function() return true, nil end)
    exports('nilAlone', function() return nil end)
    exports('refusal', function() return false, 'why' end)
    exports('echo', function(...) return select('#', ...), ... end)
    exports('kind', function(...) return ('%d %s'):format(select('#', ...), table.concat({ type((...)), tostring((...)) }, ' ')) end)
    exports('fails', function() error('out of luck') end)
    exports('failsWithNothing', function() error() end)
    exports('waits', function(ms) Wait(ms) return true, 'late' end)
    exports('waitsAndFails', function() Wait(20) error('late bad luck') end)
    exports('waitsWithHole', function() Wait(20) return true, nil, 5 end)
    exports('giveFunction', function() return true, function(a) return a + 1, 'more' end end)`,
  'server.js': `
    exports('jsUndefined', () => undefined);
    exports('jsList', () => [true, 5]);
    exports('jsKinds', (...values) => JSON.stringify(values));
    exports('jsFails', () => { throw new Error('js bad luck'); });
    exports('jsRejects', async () => { throw new Error('js late'); });`,
};
const USERS = { 'server.js': '', 'server.lua': 'seen = {}' };

const both = (t) => hostOf(t, { provider: PROVIDER, user: USERS });
const lua = (host, code) => host.evaluate('user', 'lua', code);
const js = (host, code) => JSON.parse(host.evaluate('user', 'js', `JSON.stringify(${code}) ?? '"undefined"'`));

test('results travel as one table: no value after a nil arrives in Lua', async (t) => {
  const host = await both(t);
  const results = (name) => lua(host, `return select('#', exports.provider:${name}()), exports.provider:${name}()`);
  assert.deepEqual(results('none'), [0]);
  assert.deepEqual(results('one'), [1, true]);
  assert.deepEqual(results('two'), [2, true, 5]);
  assert.deepEqual(results('table'), [2, true, []]);
  assert.deepEqual(results('refusal'), [2, false, 'why']);
  assert.deepEqual(results('hole'), [1, true]);
  assert.deepEqual(results('nilFirst'), [0]);
  assert.deepEqual(results('nilLast'), [1, true]);
  assert.deepEqual(results('nilAlone'), [0]);
  assert.deepEqual(results('jsUndefined'), [0]);
  assert.deepEqual(results('jsList'), [1, [true, 5]]);
});

test('a JavaScript caller gets one value as it is, several as an array, and a map where one of them is nil', async (t) => {
  const host = await both(t);
  const result = (name) => js(host, `exports.provider.${name}()`);
  assert.equal(result('none'), 'undefined');
  assert.equal(result('one'), true);
  assert.deepEqual(result('two'), [true, 5]);
  assert.deepEqual(result('table'), [true, []]);
  assert.deepEqual(result('refusal'), [false, 'why']);
  assert.deepEqual(result('hole'), { 1: true, 3: 5 });
  assert.deepEqual(result('nilFirst'), { 2: 'why' });
  assert.equal(result('nilLast'), true);
  assert.equal(result('nilAlone'), 'undefined');
});

test('the host gives what a caller in Lua would get', async (t) => {
  const host = await both(t);
  assert.deepEqual(host.callExport('provider', 'two'), [true, 5]);
  assert.deepEqual(host.callExport('provider', 'hole'), [true]);
  assert.deepEqual(host.callExport('provider', 'nilFirst'), []);
  assert.throws(() => host.callExport('provider', 'fails'), /out of luck/);
});

test('arguments keep the nils between them, not those at their end', async (t) => {
  const host = await both(t);
  const kind = (args) => lua(host, `return exports.provider:kind(${args})`)[0];
  assert.equal(kind('nil, nil, 3'), '3 nil nil');
  assert.equal(kind('1, nil, 3'), '3 number 1');
  assert.equal(kind('1, nil'), '1 number 1');
  assert.equal(kind('nil'), '0 nil nil');
  assert.equal(js(host, `exports.provider.kind(undefined, null, 3)`), '3 nil nil');
  assert.equal(js(host, `exports.provider.kind(1, undefined)`), '1 number 1');
  assert.deepEqual(lua(host, `return exports.provider:jsKinds(1, nil, 3, nil)`), ['[1,null,3,null]']);
});

test('a table is an array only when its keys are exactly 1..n; an empty one is an array', async (t) => {
  const host = await both(t);
  const packed = (value) => lua(host, `return exports.provider:jsKinds(${value})`)[0];
  assert.equal(packed('{}'), '[[]]');
  assert.equal(packed('{ 1, 2 }'), '[[1,2]]');
  assert.equal(packed('{ [2] = 2, [1] = 1 }'), '[[1,2]]');
  assert.equal(packed('{ 1, nil, 3 }'), '[{"1":1,"3":3}]');
  assert.equal(packed('{ [0] = 0, 1 }'), '[{"0":0,"1":1}]');
  assert.equal(packed('{ [1.5] = 1 }'), '[{"1.5":1}]');
  assert.equal(packed('table.pack(1, 2)'), '[{"1":1,"2":2,"n":2}]');
  assert.equal(packed('{ nil, nil, 3 }'), '[{"3":3}]');
});

test('a table more than 16 deep, with the list that carries it, arrives as nil', async (t) => {
  const host = await both(t);
  const nested = (n) =>
    lua(host, `local t = 'end' for _ = 1, ${n} do t = { t } end return exports.provider:jsKinds(t)`)[0];
  const wrapped = (n, inside) => '['.repeat(n) + inside + ']'.repeat(n);
  assert.equal(nested(15), `[${wrapped(15, '"end"')}]`);
  assert.equal(nested(16), `[${wrapped(15, 'null')}]`);
  assert.equal(nested(40), `[${wrapped(15, 'null')}]`);
  assert.equal(lua(host, `local t = {} t[1] = t return exports.provider:jsKinds(t)`)[0], `[${wrapped(15, 'null')}]`);
  assert.deepEqual(host.scriptErrors, []);
});

test('integers are packed as unsigned where they are not negative', async (t) => {
  const host = await both(t);
  const bytes = (value) =>
    lua(host, `return (msgpack.pack(${value}):gsub('.', function(c) return ('%02x'):format(c:byte()) end))`)[0];
  assert.equal(bytes('127'), '7f');
  assert.equal(bytes('128'), 'cc80');
  assert.equal(bytes('256'), 'cd0100');
  assert.equal(bytes('65536'), 'ce00010000');
  assert.equal(bytes('4294967296'), 'cf0000000100000000');
  assert.equal(bytes('-1'), 'ff');
  assert.equal(bytes('-33'), 'd0df');
  assert.equal(bytes('1.0'), 'cb3ff0000000000000');
  assert.equal(bytes("('x'):rep(40)").slice(0, 6), 'da0028', 'text has no form with a length of 8 bits');
});

test('why an export failed is printed where it failed; pcall learns nothing', async (t) => {
  const host = await both(t);
  assert.deepEqual(
    lua(
      host,
      `seen = nil
      TriggerEvent('__cfx_export_provider_fails', function(fn) seen = fn end)
      local ok, why = pcall(seen)
      return ok, type(why)`,
    ),
    [false, 'nil'],
  );
  assert.match(host.scriptErrors[0].message, /out of luck/);
  for (const name of ['fails', 'failsWithNothing', 'jsFails']) {
    host.scriptErrors.length = 0;
    assert.deepEqual(
      lua(
        host,
        `return select(2, pcall(exports.provider.${name})):match('export \`(%w+)\` in resource \`(%w+)\`:\\n%s*(%w+)')`,
      ),
      [name, 'provider', 'nil'],
    );
    assert.equal(host.scriptErrors.length, 1, name);
    assert.equal(host.scriptErrors[0].resource, 'provider');
  }
});

test('an export that waits answers later, with what would have crossed at once; its error is told then', async (t) => {
  const host = await both(t);
  lua(
    host,
    `CreateThread(function() seen[1] = table.pack(exports.provider:waits(20)) end)
    CreateThread(function() seen[2] = table.pack(exports.provider:waitsWithHole()) end)
    CreateThread(function() seen[3] = table.pack(pcall(exports.provider.waitsAndFails)) end)
    CreateThread(function() seen[4] = table.pack(pcall(exports.provider.jsRejects)) end)`,
  );
  await host.run(0.2);
  const [waits, hole, fails, rejects] = ['1', '2', '3', '4'].map((i) =>
    lua(host, `return table.unpack(seen[${i}], 1, seen[${i}].n)`),
  );
  assert.deepEqual(waits, [true, 'late']);
  assert.deepEqual(hole, [true]);
  assert.equal(fails[0], false);
  assert.match(fails[1], /late bad luck/);
  assert.equal(rejects[0], false);
  assert.match(rejects[1], /js late/);
});

test('who waits for an export whose resource stops meanwhile waits for ever', async (t) => {
  const host = await both(t);
  lua(host, `CreateThread(function() seen[1] = 'waiting' exports.provider:waits(1000) seen[1] = 'answered' end)`);
  await host.run(0.1);
  host.stop('provider');
  await host.run(5);
  assert.deepEqual(lua(host, 'return seen'), [['waiting']]);
  assert.deepEqual(host.scriptErrors, []);
});

test('an export that waits cannot be called where nothing may wait', async (t) => {
  const host = await both(t);
  assert.throws(() => lua(host, `return exports.provider:waits(20)`), /calling export `waits`/);
});

test('a function crosses as a reference: it gives what an export would, until its giver stops', async (t) => {
  const host = await both(t);
  lua(host, `_, given = exports.provider:giveFunction()`);
  assert.deepEqual(lua(host, `return type(given), given(4)`), ['table', 5, 'more']);
  assert.throws(() => lua(host, `return given.name`), /Cannot index a funcref/);
  host.stop('provider');
  assert.deepEqual(lua(host, `return pcall(given, 4)`), [false, null]);
});
