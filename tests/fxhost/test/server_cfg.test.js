'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { createHost } = require('../host');
const { parse, tokenize } = require('../lib/server_cfg');
const { writeResources } = require('./sandbox');

test('words, quotes, escapes, comments and semicolons', () => {
  assert.deepEqual(tokenize('set name "two words" # rest'), [['set', 'name', 'two words']]);
  assert.deepEqual(tokenize(String.raw`set name "a \"quoted\" \\ word"`), [['set', 'name', 'a "quoted" \\ word']]);
  assert.deepEqual(tokenize('ensure a; ensure b'), [
    ['ensure', 'a'],
    ['ensure', 'b'],
  ]);
  assert.deepEqual(tokenize('set url https://example.org//x#y'), [['set', 'url', 'https://example.org//x#y']]);
  assert.deepEqual(tokenize('set empty ""'), [['set', 'empty', '']]);
  assert.deepEqual(tokenize('   // only a comment'), []);
  assert.deepEqual(parse('\uFEFFset a 1\r\n\r\n#x\r\nset b 2\n'), [
    ['set', 'a', '1'],
    ['set', 'b', '2'],
  ]);
});

async function serverOf(t, cfg, more = {}) {
  const folder = writeResources(t, {
    one: { 'server.lua': `print('one runs')` },
    two: { 'server.lua': `print('two runs')` },
  });
  fs.writeFileSync(path.join(folder, 'server.cfg'), cfg);
  for (const [name, text] of Object.entries(more)) fs.writeFileSync(path.join(folder, name), text);
  const host = await createHost({ clock: 'virtual', resources: [folder], cfg: path.join(folder, 'server.cfg') });
  t.after(() => host.close());
  return host;
}

test('with a server.cfg only what it names is started, in its order', async (t) => {
  const host = await serverOf(t, 'set before yes\nensure two\nstart one\n');
  assert.deepEqual(
    host.console.lines.filter((line) => line.endsWith('runs')),
    ['two runs', 'one runs'],
  );
  assert.equal(host.convars.get('before'), 'yes');
});

test('set, setr and sets differ in who sees the value', async (t) => {
  const host = await serverOf(t, 'set secret s\nsetr shared r\nsets public p\n');
  assert.deepEqual(
    ['secret', 'shared', 'public'].map((name) => host.convars.replicated(name)),
    [undefined, 'r', undefined],
  );
  const flags = Object.fromEntries(host.convars.list().map((one) => [one.name, one.flag]));
  assert.deepEqual([flags.secret, flags.shared, flags.public], ['set', 'setr', 'sets']);
});

test('exec reads another file, relative to the first', async (t) => {
  const host = await serverOf(t, 'exec secrets.cfg\nensure one\n', { 'secrets.cfg': 'set key "k e y"\n' });
  assert.equal(host.convars.get('KEY'), 'k e y');
});

test('a known convar may be set without set; an unknown word is no command', async (t) => {
  const host = await serverOf(t, 'sv_maxclients 64\nnonsense 1\n');
  assert.equal(host.convars.get('sv_maxclients'), '64');
  assert.equal(host.convars.has('nonsense'), false);
  assert.equal(host.console.find('No such command nonsense.').length, 1);
});

test('a resource that does not exist is said on the console', async (t) => {
  const host = await serverOf(t, 'ensure nobody\n');
  assert.equal(host.console.find("Couldn't find resource nobody.").length, 1);
});

test('add_convar_permission keeps other resources from reading a convar', async (t) => {
  const host = await serverOf(t, 'set secret s\nadd_convar_permission one read secret\nensure one\nensure two\n');
  assert.deepEqual(host.evaluate('one', 'lua', `return GetConvar('secret', 'none')`), ['s']);
  assert.deepEqual(host.evaluate('two', 'lua', `return GetConvar('secret', 'none')`), ['none']);
});

test('a resource that may not read a convar gets the default, of every kind', async (t) => {
  const host = await serverOf(t, 'set n 42\nadd_convar_permission one read n\nensure one\nensure two\n');
  const read = (resource) =>
    host.evaluate(
      resource,
      'lua',
      `return GetConvar('n', 'none'), GetConvarInt('n', 7), GetConvarFloat('n', 0.5), GetConvarBool('n', false)`,
    );
  assert.deepEqual(read('one'), ['42', 42, 42, 1]);
  assert.deepEqual(read('two'), ['none', 7, 0.5, false]);
});

test('add_convar_permission counts for reading only, with the case of the name, and before the configuration is read', async (t) => {
  const host = await serverOf(
    t,
    'set a 1\nset b 2\nadd_convar_permission one write a\nadd_convar_permission one read B\nensure two\n',
  );
  assert.deepEqual(host.evaluate('two', 'lua', `return GetConvar('a', 'none'), GetConvar('b', 'none')`), ['1', '2']);
  assert.deepEqual(host.evaluate('two', 'lua', `return GetConvar('B', 'none')`), ['none']);
  host.command('add_convar_permission two read B');
  assert.equal(host.console.find('counts only before the server has read its configuration').length, 1);
  assert.deepEqual(host.evaluate('two', 'lua', `return GetConvar('B', 'none')`), ['none']);
});

test('permissions that are not enforced here are said', async (t) => {
  const host = await serverOf(t, 'add_filesystem_permission one write two\nensure one\n');
  assert.equal(host.console.find('add_filesystem_permission one write two: fxhost lets resources do this').length, 1);
});

test('convars come as text, integer, number and boolean', async (t) => {
  const host = await serverOf(t, 'set n 42\nset f 2.5\nset b true\nset word abc\nensure one\n');
  assert.deepEqual(
    host.evaluate(
      'one',
      'lua',
      `return GetConvarInt('n', 7), GetConvarInt('word', 7), GetConvarInt('gone', 7),
    GetConvarFloat('f', 0.0), GetConvarBool('b', false), GetConvar('gone', 'default'), GetConvarInt('b', 7),
    GetConvarBool('word', true), GetConvarBool('word', false)`,
    ),
    [42, 7, 7, 2.5, 1, 'default', 1, 1, false],
  );
});
