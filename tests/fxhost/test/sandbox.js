'use strict';

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { createHost } = require('../host');

const MANIFEST = `fx_version 'cerulean'
game 'gta5'
lua54 'yes'
node_version '22'
server_scripts { 'server.js', 'server.lua' }
client_script 'client.lua'
`;

// Writes resources, given as {name: {file: text}}, into a folder that goes away with the test. One without a manifest
// gets a plain one, for the files server.js, server.lua, client.lua.
function writeResources(t, resources) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'fxhost-'));
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }));
  for (const [name, given] of Object.entries(resources)) {
    const files = { 'fxmanifest.lua': MANIFEST, ...given };
    for (const [file, text] of Object.entries(files)) {
      const full = path.join(folder, name, file);
      fs.mkdirSync(path.dirname(full), { recursive: true });
      fs.writeFileSync(full, text);
    }
  }
  return folder;
}

// A host with a virtual clock that runs these resources, started in the order given.
async function hostOf(t, resources, options = {}) {
  const folder = writeResources(t, resources);
  const host = await createHost({
    clock: 'virtual',
    resources: Object.keys(resources).map((name) => path.join(folder, name)),
    ...options,
  });
  t.after(() => host.close());
  return host;
}

module.exports = { MANIFEST, writeResources, hostOf };
