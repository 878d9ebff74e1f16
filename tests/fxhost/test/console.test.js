'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { hostOf } = require('./sandbox');

const COMMANDS = {
  'server.lua': `
    RegisterCommand('greet', function(source, args, raw)
      print(('lua %d %s | %s'):format(source, table.concat(args, ','), raw))
    end)
    RegisterCommand('secret', function(source) print('secret for ' .. source) end, true)
    RegisterCommand('breaks', function() error('broken') end)`,
  'server.js': `
    RegisterCommand('salute', (source, args, raw) => console.log('js', source, args.join(','), '|', raw), false);`,
};

test('commands of both languages run with source 0, words and the raw line', async (t) => {
  const host = await hostOf(t, { one: COMMANDS });
  assert.deepEqual(host.command('greet a "b c"'), ['lua 0 a,b c | greet a "b c"']);
  assert.deepEqual(host.command('SALUTE x y'), ['js 0 x,y | SALUTE x y']);
});

test('a restricted command needs the right, a player without it is refused', async (t) => {
  const host = await hostOf(t, { one: COMMANDS });
  const one = host.addPlayer({ identifiers: ['license:aa'] });
  const two = host.addPlayer({ identifiers: ['license:bb'] });
  host.command('add_principal identifier.license:bb group.admin; add_ace group.admin command.secret allow');
  host.playerCommand(one.source, 'secret');
  host.playerCommand(two.source, 'secret');
  host.playerCommand(one.source, 'greet hi');
  assert.equal(host.console.find('Access denied for command secret.').length, 1);
  assert.deepEqual(host.console.find(/^secret for/), [`secret for ${two.source}`]);
  assert.equal(host.console.find(`lua ${one.source} hi`).length, 1);
  assert.deepEqual(host.command('secret'), ['secret for 0']);
});

test('a command that fails is an error on the console, on the channel of its resource', async (t) => {
  const host = await hostOf(t, { one: COMMANDS });
  assert.match(host.command('breaks').join('\n'), /SCRIPT ERROR: ref call: @one\/server\.lua:\d+: broken/);
  assert.equal(host.console.entries.find((entry) => /broken/.test(entry.text)).channel, 'script:one');
  assert.deepEqual(
    host.scriptErrors.map((error) => error.resource),
    ['one'],
  );
});

test('unknown commands are said, convars are shown and set', async (t) => {
  const host = await hostOf(t, { one: COMMANDS });
  assert.deepEqual(host.command('gibberish'), ['No such command gibberish.']);
  host.command('set answer 41');
  host.command('answer 42');
  assert.deepEqual(host.command('answer'), ['"answer" is "42"']);
});

test('commands go away with their resource', async (t) => {
  const host = await hostOf(t, { one: COMMANDS });
  host.command('stop one');
  assert.deepEqual(host.command('greet'), ['No such command greet.']);
});

test('print writes lines without colour codes; the raw line and the channel are kept', async (t) => {
  const host = await hostOf(t, {
    one: {
      'server.lua': `print('^1red^7', 1, nil, true, 2.5) Citizen.Trace('part ') Citizen.Trace('whole\\n')`,
      'server.js': `console.log('a %s', 'b', { c: 1 });`,
    },
  });
  assert.ok(host.console.lines.includes('red\t1\tnil\ttrue\t2.5'));
  assert.ok(host.console.lines.includes('part whole'));
  assert.ok(host.console.lines.includes('a b { c: 1 }'));
  const entry = host.console.entries.find((one) => one.text.startsWith('red'));
  assert.deepEqual([entry.channel, entry.raw.slice(0, 5)], ['script:one', '^1red']);
});

test('changes of a convar are heard by who asked', async (t) => {
  const host = await hostOf(t, {
    one: {
      'server.lua': `AddConvarChangeListener('my_*', function(name)
        print(name .. ' is now ' .. GetConvar(name, ''))
      end)`,
    },
  });
  host.command('set my_value 5; set other 6');
  assert.deepEqual(host.console.find('is now'), ['my_value is now 5']);
});
