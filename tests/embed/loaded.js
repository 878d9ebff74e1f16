'use strict';

// Loads the resource's JavaScript with the natives that it uses while it loads, and prints what its door answers to
// `open`: for Nodes of other versions and with other switches. Argument: the resource's folder.

const fs = require('fs');
const path = require('path');
const vm = require('vm');

const resource = process.argv[2];
Object.assign(globalThis, {
  require,
  GetCurrentResourceName: () => 'sonoran_bridge',
  GetInvokingResource: () => 'sonoran_bridge',
  GetResourcePath: () => resource,
  GetConvar: (_, fallback) => fallback,
  exports: (name, fn) => void (globalThis[name] = fn),
  setTick: () => {},
  on: () => {},
});
const file = path.join(resource, 'bridge', 'node', 'sonoran_bridge.js');
new vm.Script(fs.readFileSync(file, 'utf8'), { filename: file }).runInThisContext();
process.stdout.write(globalThis.door('open', () => {})[1]);
