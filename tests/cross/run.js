'use strict';

// run.js SCENARIO --simulator FILE --host FILE [--wine FILE] [--prefix FOLDER] FILE...
//
// Runs one scenario of host.c (its description is there) against a CAD simulator of this machine's own build, over TLS on
// the loopback interface, and looks at what reached the simulator. Ends with 0 when all held; prints why when not.

const { spawn } = require('child_process');
const fs = require('fs');
const os = require('os');
const { join } = require('path');
const { startSimulator } = require('../simulator/start');

const KEY = 'secret-key-4711';
const LIMIT_MS = 240000; // generous: wine on a busy machine takes its time

const [scenario, ...rest] = process.argv.slice(2);
const options = {};
while (rest.length > 0 && rest[0].startsWith('--')) options[rest.shift().slice(2)] = rest.shift();
const files = rest;

function fail(message) {
  console.error(`run.js: ${message}`);
  process.exit(1);
}

/** Starts a simulator of this machine's own build; it ends with this process. */
async function simulator(...extra) {
  try {
    return await startSimulator(options.simulator, KEY, ['--unknown-unit', 'nobody', ...extra]);
  } catch (error) {
    return fail(`${error.message}; preset dev has it.`);
  }
}

const requests = (seen, operation) => (seen.operations[operation] || { requests: 0 }).requests;
const total = (seen) => Object.values(seen.operations).reduce((sum, row) => sum + row.requests, 0);

/** Wine sees this machine's files as drive Z. */
const path = (file) => (options.wine && file ? `Z:${file}` : file);

/** Runs the host; answers what it printed. Fails when it did not end well. */
function host(url, environment, named = scenario) {
  const command = options.wine ? [options.wine, options.host] : [options.host];
  const args = [...command.slice(1), named, ...files.map(path), ...(url ? [url] : [])];
  const env = { ...process.env, ...environment };
  for (const name of ['SSL_CERT_FILE', 'SSL_CERT_DIR']) if (!(name in environment)) delete env[name];
  if (options.wine) Object.assign(env, { WINEPREFIX: options.prefix, WINEDEBUG: '-all', WINEDLLOVERRIDES: 'mscoree,mshtml=' });
  const child = spawn(command[0], args, { stdio: ['ignore', 'pipe', 'inherit'], env });
  const timer = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
  let text = '';
  child.stdout.on('data', (part) => {
    text += part;
    process.stdout.write(part);
  });
  return new Promise((resolve) => {
    child.once('error', (error) => fail(`${command[0]} does not start (${error.message}).`));
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      if (code !== 0) fail(`the host ended with ${code === null ? signal : code}.`);
      if (text.includes(KEY)) fail('the API key is in the output.');
      resolve(text);
    });
  });
}

const expect = (good, what) => { if (!good) fail(what); };

/** A key of 1,024 bits; no forward secrecy; no AEAD: the shipped file sends nothing to any of them. */
async function refusesWeak(environment) {
  for (const [how, ...words] of [['refused', '--certificate', 'WEAK_RSA'],
    ['strange', '--certificate', 'RSA', '--tls-max', '1.2', '--ciphers', 'AES128-GCM-SHA256'],
    ['strange', '--tls-max', '1.2', '--ciphers', 'ECDHE-ECDSA-AES128-SHA']]) {
    const cad = await simulator(...words);
    await host(cad.https_url, { ...environment, SB_CA_FILE: path(cad.ca_file) }, how);
    expect(total(await cad.stats()) === 0, `a request reached a server with ${words.join(' ')}.`);
  }
  // The server of that test is trusted otherwise: what is refused is the weakness.
  const good = await simulator('--certificate', 'RSA', '--tls-max', '1.2', '--ciphers', 'ECDHE-RSA-AES128-GCM-SHA256');
  await host(good.https_url, { ...environment, SB_CA_FILE: path(good.ca_file) }, 'abi');
  expect(requests(await good.stats(), 'setUnitPanic') > 0, 'nothing reached a server that is strong enough.');
}

const scenarios = {
  async abi() {
    const cad = await simulator();
    // localhost stands in /etc/hosts, as the simulator's certificate has it: looked up there, verified by name.
    expect(cad.https_url.includes('//localhost:'), `the simulator's URL is ${cad.https_url}.`);
    await host(cad.https_url, { SB_CA_FILE: path(cad.ca_file) });
    const seen = await cad.stats();
    for (const operation of ['updateUnitLocations', 'setUnitPanic', 'setUnitStatus', 'heartbeat', 'getActiveUnits']) {
      expect(requests(seen, operation) > 0, `${operation} did not reach the CAD.`);
    }
  },
  // Every resource of a game server can write into the environment: it decides nothing. The authority that would make the
  // simulator trusted is named there, and a configuration of OpenSSL that would lower what is negotiated.
  async environment() {
    const folder = fs.mkdtempSync(join(os.tmpdir(), 'sonoran-environment-'));
    const configuration = join(folder, 'openssl.cnf');
    fs.writeFileSync(configuration, 'openssl_conf = all\n[all]\nssl_conf = modules\n[modules]\nsystem_default = weak\n'
      + '[weak]\nCipherString = ALL:@SECLEVEL=0\nMinProtocol = TLSv1\n');
    try {
      const environment = { OPENSSL_CONF: path(configuration) };
      const cad = await simulator();
      await host(cad.https_url, { ...environment, SSL_CERT_FILE: path(cad.ca_file), SSL_CERT_DIR: path(folder) }, 'refused');
      expect(total(await cad.stats()) === 0, 'the environment made a server trusted.');
      await refusesWeak(environment);
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  },
  // What OpenSSL would take at a lower level of security.
  weak: () => refusesWeak({}),
  // Beside the store of a fresh Windows, which is small.
  async bundle() {
    const cad = await simulator();
    await host(cad.https_url, { SB_CA_BUNDLE: path(cad.ca_file) }, 'abi');
    expect(requests(await cad.stats(), 'setUnitPanic') > 0, 'nothing reached the CAD.');
  },
  // Another authority of the same name: nothing may be sent.
  async refused() {
    const [cad, other] = [await simulator(), await simulator()];
    await host(cad.https_url, { SB_CA_FILE: path(other.ca_file) });
    expect(total(await cad.stats()) === 0, 'a request reached a server that is not trusted.');
  },
  // The system's own authorities know nothing of it either.
  async stranger() {
    const cad = await simulator();
    await host(cad.https_url, {}, 'refused');
    expect(total(await cad.stats()) === 0, 'a request reached a server that is not trusted.');
  },
  // Whose time is over by the clock of the process.
  async expired() {
    const cad = await simulator('--certificate', 'EXPIRED');
    await host(cad.https_url, { SB_CA_FILE: path(cad.ca_file) }, 'refused');
    expect(total(await cad.stats()) === 0, 'a request reached a server whose certificate has expired.');
  },
  async misnamed() {
    const cad = await simulator('--certificate', 'OTHER_NAME');
    await host(cad.https_url, { SB_CA_FILE: path(cad.ca_file) }, 'refused');
    expect(total(await cad.stats()) === 0, 'a request reached a server of another name.');
  },
  unresolved: () => host('https://no-such-host.invalid', {}),
  memory: () => host('http://127.0.0.1:1', {}),
  probe: () => host('', {}),
  alone: () => host('', {}),
  async addon() {
    const cad = await simulator();
    await host(cad.https_url, { SB_CA_FILE: path(cad.ca_file) });
    const seen = await cad.stats();
    for (const operation of ['updateUnitLocations', 'setUnitPanic', 'setUnitStatus']) {
      expect(requests(seen, operation) > 0, `${operation} did not reach the CAD.`);
    }
  },
};

if (!scenarios[scenario]) fail(`there is no scenario '${scenario}'.`);
if (!fs.existsSync(options.simulator)) fail(`${options.simulator} is missing; build preset dev first.`);
scenarios[scenario]().then(() => process.exit(0), (error) => fail(error.stack));
