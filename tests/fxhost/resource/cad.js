'use strict';

// Runs the CAD simulator (tests/simulator) for a test or the demo, and asks it what it saw.

const { spawn } = require('node:child_process');
const http = require('node:http');
const path = require('node:path');

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
const START_MS = 20000;

function request(url, method, body) {
  return new Promise((resolve, reject) => {
    const sent = http.request(url, { method, agent: false }, (answer) => {
      const parts = [];
      answer.on('data', (part) => parts.push(part));
      answer.on('end', () => {
        const text = Buffer.concat(parts).toString();
        if (answer.statusCode !== 200) reject(new Error(`${url} answered ${answer.statusCode}: ${text}`));
        else resolve(JSON.parse(text));
      });
    });
    sent.on('error', reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** Starts the simulator with these options; it ends with stop(), or with this process. */
async function startCad(options = []) {
  const child = spawn(path.join(BUILD, 'bin', 'cad_simulator'), ['--with-parent', '--key', KEY, ...options], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ready = await new Promise((resolve, reject) => {
    let text = '';
    const timer = setTimeout(() => reject(new Error(`cad_simulator did not start within ${START_MS} ms`)), START_MS);
    child.stdout.on('data', (part) => {
      text += part;
      if (!text.includes('\n')) return;
      clearTimeout(timer);
      resolve(JSON.parse(text.split('\n')[0]));
    });
    child.on('error', reject);
    child.on('exit', (code) => reject(new Error(`cad_simulator ended with ${code}`)));
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  return {
    ...ready,
    stats: () => request(`${ready.admin_url}/_sim/stats`, 'GET'),
    requests: async (operation) =>
      (await request(`${ready.admin_url}/_sim/requests?since=0`, 'GET')).filter(
        (one) => operation === undefined || one.operation === operation,
      ),
    faults: (faults) => request(`${ready.admin_url}/_sim/faults`, 'POST', faults),
    stop: () => {
      child.stdin.end();
      return ended;
    },
  };
}

module.exports = { startCad, BUILD, RESOURCE, MONO_RESOURCE, KEY, DOOR };
