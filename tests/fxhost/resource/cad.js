'use strict';

// The builds that the tests of the resource and the demo use, and the CAD simulator among them.

const path = require('node:path');
const { startSimulator } = require('../../simulator/start');

const BUILD = process.env.SONORAN_BUILD || path.resolve(__dirname, '../../../build/dev');
// SONORAN_RESOURCE: the folder of another copy, as unpacked from the zip.
const RESOURCE = process.env.SONORAN_RESOURCE || path.join(BUILD, 'resource', 'sonoran_bridge');
// The C# door, a resource beside it.
const MONO_RESOURCE = `${RESOURCE}_mono`;
const KEY = 'sim-key-0123456789';
// Through which script runtime the resource opens its module: SONORAN_DOOR=mono for the C# one, which Debian's mono runs.
const DOOR =
  process.env.SONORAN_DOOR === 'mono'
    ? { mono: path.join(BUILD, 'mono', 'mono_host.exe'), convars: { sonoran_bridge_host: 'mono' } }
    : {};

/** Starts the simulator with these options; it ends with stop(), or with this process. */
const startCad = (options = []) => startSimulator(path.join(BUILD, 'bin', 'cad_simulator'), KEY, options);

module.exports = { startCad, BUILD, RESOURCE, MONO_RESOURCE, KEY, DOOR };
