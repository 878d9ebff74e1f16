'use strict';

// Where the API key goes: another resource that sets convars sends it nowhere; the console does.

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { serverOf, foreign, KEY } = require('./server');

const lines = (s, text) => s.host.console.find(text).length;

test('a resource that sets the URL and restarts the bridge gets nothing; the console confirms, and then it is followed', async (t) => {
  const s = await serverOf(t);
  const other = await foreign(t);
  await s.seen('a heartbeat', (now) => now.operations.heartbeat.requests > 0);
  assert.ok(lines(s, `The API key goes to ${new URL(s.cad.http_url).host.split(':')[0]}, which is not a host of Sonoran CAD`) > 0);

  s.lua('script_author', `SetConvar('sonoran_bridge_url', '${other.url}')`);
  s.host.restart('sonoran_bridge');
  const refusal = `sonoran_bridge does not run: sonoran_bridge_url names the host ${other.host} now, and this server sent the API key to `
    + `${new URL(s.cad.http_url).host} before; if you changed it, type  sonoran_bridge trust ${other.host}  at the server's console.`;
  await s.said(refusal);
  const [ok, message] = s.call('setPanic', 'unit-1', true);
  assert.equal(ok, false);
  assert.match(message, /sonoran_bridge trust/);

  // Neither a script nor a player is the console.
  s.lua('script_author', `ExecuteCommand('sonoran_bridge trust ${other.host}')`);
  assert.equal(lines(s, "sonoran_bridge trust is for a person at the server's console"), 1);
  const player = s.host.addPlayer({ identifiers: ['license:admin'] });
  s.host.command('add_ace identifier.license:admin command.sonoran_bridge allow');
  s.host.playerCommand(player.source, `sonoran_bridge trust ${other.host}`);
  assert.equal(lines(s, "sonoran_bridge trust is for a person at the server's console"), 2);
  s.host.command('sonoran_bridge trust another.example');
  await s.said('Nothing waits for being trusted under the name another.example');
  await s.host.run(1);
  assert.deepEqual(other.requests, []);

  s.host.command(`sonoran_bridge trust ${other.host}`);
  await s.until('a request at the new host', () => other.requests.length > 0);
  assert.ok(other.requests[0].includes(`${s.cad.key}"`));
  assert.equal(lines(s, KEY), 0, 'the key is not shown');
});

test('a reload does not follow either, and what ran goes on', async (t) => {
  const s = await serverOf(t);
  const other = await foreign(t);
  await s.said('runs:');
  s.lua('script_author', `SetConvar('sonoran_bridge_url', '${other.url}')`);
  s.host.command('sonoran_bridge reload');
  await s.said(`sonoran_bridge goes on as it was: sonoran_bridge_url names the host ${other.host} now`);
  const before = (await s.cad.stats()).operations.setUnitPanic.requests;
  s.call('setPanic', 'unit-2', true);
  await s.seen('the panic at the old host', (now) => now.operations.setUnitPanic.requests > before);
  assert.deepEqual(other.requests, []);
});

test('files of authorities, folders for uploads and who may call what are guarded like the host', async (t) => {
  const s = await serverOf(t);
  await s.said('runs:');
  for (const [name, value] of [['ca_file', '/etc/passwd'], ['ca_bundle', '/etc/passwd'], ['upload_folders', '/etc'], ['allow', '*: all']]) {
    const convar = `sonoran_bridge_${name}`;
    s.lua('script_author', `SetConvar('${convar}', '${value}')`);
    s.host.command('sonoran_bridge reload');
    await s.said(`goes on as it was: ${convar} is '${value}' now, which is new since this server started; if you changed it, type  `
      + `sonoran_bridge trust ${convar}  at the server's console.`);
    s.host.command(`set ${convar} ""`);
  }
  s.host.command('set sonoran_bridge_upload_folders "/videos"');
  s.host.command('sonoran_bridge reload');
  s.host.command('sonoran_bridge trust sonoran_bridge_upload_folders');
  await s.said('the convars were read again');
});

test('another script runtime opens nothing new: the memory is one', { skip: !process.env.SONORAN_DOOR }, async (t) => {
  const s = await serverOf(t);
  const other = await foreign(t);
  await s.said('runs:');
  s.lua('script_author', `SetConvar('sonoran_bridge_url', '${other.url}') SetConvar('sonoran_bridge_host', 'node')`);
  s.host.restart('sonoran_bridge');
  await s.said(`sonoran_bridge_url names the host ${other.host} now`);
  assert.deepEqual(other.requests, []);
});
