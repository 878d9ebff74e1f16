'use strict';

// The builds that the tests of the resource and the demo use, and the CAD simulator among them.

const fs = require('node:fs');
const path = require('node:path');
const { startSimulator } = require('../../simulator/start');

const BUILD = process.env.SONORAN_BUILD || path.resolve(__dirname, '../../../build/dev');
// SONORAN_RESOURCE: the folder of another copy, as unpacked from the zip.
const RESOURCE = process.env.SONORAN_RESOURCE || path.join(BUILD, 'resource', 'sonoran_bridge');
// The C# door, a resource beside it.
const MONO_RESOURCE = `${RESOURCE}_mono`;
// Each simulator also takes a key of its own, whose budgets no test before has spent.
const KEY = 'sim-key-0123456789';
let simulators = 0;
// Through which script runtime the resource opens its module: SONORAN_DOOR=mono for the C# one, which Debian's mono runs.
const DOOR =
  process.env.SONORAN_DOOR === 'mono'
    ? { mono: path.join(BUILD, 'mono', 'mono_host.exe'), convars: { sonoran_bridge_host: 'mono' } }
    : {};

/** Makes the native library forget everything, as in a new server process. */
function newProcess() {
  const file = path.join(RESOURCE, 'bin', `${process.platform}-${process.arch}`, 'sonoran_bridge.node');
  if (!fs.existsSync(file) || !fs.readFileSync('/proc/self/maps', 'latin1').includes(fs.realpathSync(file))) return;
  const addon = { exports: {} };
  process.dlopen(addon, file);
  addon.exports.forget();
}

/**
 * Starts the simulator, which stands for a new server process, with these options; it ends with stop(), or with this
 * process. `key` is its own, whose budgets no test before has spent.
 */
async function startCad(options = []) {
  newProcess();
  const key = `${KEY}.cad${(simulators += 1)}`;
  return { ...(await startSimulator(path.join(BUILD, 'bin', 'cad_simulator'), KEY, ['--key', key, ...options])), key };
}

module.exports = { startCad, BUILD, RESOURCE, MONO_RESOURCE, KEY, DOOR };
