'use strict';

// What the resource says when its native file does not open: one message that names what is wrong and what would be
// right, on the console and to every caller. Each case is a real resource folder; where this machine cannot be in the
// case, `process` is changed for the resource.

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const os = require('node:os');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { createHost } = require('../host');
const { RESOURCE, KEY } = require('./cad');

const FIXTURES = path.resolve(__dirname, '../fixtures');
const LIMIT_MS = 120000;
const PLATFORM = `${process.platform}-${process.arch}`;
const FILE = path.join('bin', PLATFORM, 'sonoran_bridge.node');
const OTHER = PLATFORM === 'linux-x64' ? 'win32-x64' : 'linux-x64';

/** A copy of the staged resource, in a folder that goes with the test; `change` is given the folder. */
function resourceOf(t, change) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'sonoran-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const copy = path.join(folder, 'sonoran_bridge');
  fs.cpSync(RESOURCE, copy, { recursive: true });
  // What is put there instead was not recorded, as in a build by hand; resource.test.js has files that are damaged.
  if (change) fs.rmSync(path.join(copy, `${FILE}.sum`));
  if (change) change(copy);
  return copy;
}

/** A shared object that needs a library called `needed` and nothing else, in place of the native file. */
function needing(needed) {
  return (folder) => {
    const source = path.join(folder, 'empty.c');
    const library = path.join(folder, needed);
    fs.writeFileSync(source, 'int sonoran_nothing;\n');
    const compile = (...options) => execFileSync('cc', ['-shared', '-nostdlib', '-fPIC', source, ...options]);
    compile('-o', library, `-Wl,-soname,${needed}`);
    compile('-o', path.join(folder, FILE), '-Wl,--no-as-needed', library);
    fs.rmSync(library);
  };
}

/** A `dlopen` that fails as the system's would. */
const failing = (code, message) => () => {
  throw Object.assign(new Error(message), code && { code });
};

const CASES = [
  {
    name: 'a platform that there is no package for',
    process: { platform: 'darwin', arch: 'arm64' },
    expected: new RegExp(`This machine is darwin-arm64, and the package is for ${PLATFORM} only; the bridge runs on linux-x64 and win32-x64\\.`),
  },
  {
    name: 'the package of another platform',
    change: (folder) => fs.renameSync(path.join(folder, 'bin', PLATFORM), path.join(folder, 'bin', OTHER)),
    expected: new RegExp(`This machine is ${PLATFORM}, and the package is for ${OTHER} only; get the package for this one\\.`),
  },
  {
    name: 'the file is missing',
    change: (folder) => fs.rmSync(path.join(folder, FILE)),
    expected: new RegExp(`The file bin/${PLATFORM}/sonoran_bridge\\.node is missing; unpack the whole package into resources/sonoran_bridge again\\.`),
  },
  {
    name: 'the folder of native files is missing',
    change: (folder) => fs.rmSync(path.join(folder, 'bin'), { recursive: true }),
    expected: new RegExp(`The file bin/${PLATFORM}/sonoran_bridge\\.node is missing; unpack`),
  },
  {
    name: 'the file was cut short while it was copied',
    change: (folder) => fs.truncateSync(path.join(folder, FILE), 100),
    expected: /sonoran_bridge\.node could not be opened \(.+\); unpack the whole package into resources\/sonoran_bridge again\./,
  },
  {
    name: 'a file for musl on a system with glibc',
    change: needing('libc.musl-x86_64.so.1'),
    expected: /sonoran_bridge\.node was built for the C library musl, but this server has glibc; get the package for glibc\./,
  },
  {
    name: 'a file of a toolchain that calls musl libc.so, on a system with glibc',
    change: needing('libc.so'),
    expected: /was built for the C library musl, but this server has glibc; get the package for glibc\./,
  },
  {
    name: 'a file for glibc on a system with musl, in the words of musl\'s loader',
    process: { dlopen: failing('ERR_DLOPEN_FAILED', 'Error loading shared library ld-linux-x86-64.so.2: No such file or directory (needed by x)') },
    expected: /was built for the C library glibc, but this server has musl; get the package for musl\./,
  },
  {
    name: 'a file for a newer glibc',
    process: { dlopen: failing('ERR_DLOPEN_FAILED', "/lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.99' not found (required by x)") },
    expected: /needs GLIBC_2\.99, which is newer than this system has; get the released package, or build it here\./,
  },
  {
    name: 'a library that the file needs is not there',
    change: needing('libnowhere.so.7'),
    expected: /could not be opened \(libnowhere\.so\.7: cannot open shared object file: No such file or directory\); unpack/,
  },
  {
    name: 'Node.js 16, which has the same Node-API',
    process: { versions: { ...process.versions, node: '16.9.1', napi: '8' } },
    expected: /This server runs Node\.js 16\.9\.1, which is too old; update the server artifact to one with Node\.js 22\./,
  },
  {
    name: 'an older Node-API',
    process: { versions: { ...process.versions, napi: '7' } },
    expected: /This server runs Node\.js .+, which is too old; update the server artifact/,
  },
  {
    name: 'the addon refuses',
    process: { dlopen: failing(undefined, 'This Node.js has no napi_detach_arraybuffer; the addon needs Node-API 8.') },
    expected: /does not run: Node\.js: This Node\.js has no napi_detach_arraybuffer; the addon needs Node-API 8\./,
  },
  {
    name: 'the addon could not even say why',
    process: { dlopen: () => {} },
    expected: /The native file found no Node-API functions in this server; update the server artifact\./,
  },
  {
    name: 'native files are switched off',
    process: { dlopen: failing('ERR_DLOPEN_DISABLED', 'Cannot load native addon because loading addons is disabled.') },
    expected: /This build of the server does not let resources open native files \(ERR_DLOPEN_DISABLED\); update the server artifact, or use the folder sonoran_bridge_mono/,
  },
];

for (const { name, change, process: changed, expected } of CASES) {
  test(`${name}: one message, to the console and to every caller`, async (t) => {
    const host = await createHost({
      resources: [resourceOf(t, change), FIXTURES],
      cfgText: `set sonoran_apiKey "${KEY}"\nensure sonoran_bridge\nensure script_author`,
      clock: 'real',
      process: changed || {},
    });
    t.after(() => host.close());
    const player = host.addPlayer({ identifiers: ['license:officer1'] });
    // One call before the module has failed, as it may happen: it is answered as well.
    host.command(`panic ${player.source}`);
    await host.until(() => host.console.find(expected).length > 0, { limitMs: LIMIT_MS, what: String(expected) });
    for (const [exported, ...args] of [
      ['setPanic', 'unit', true],
      ['setStatus', 'unit', 'ENROUTE'],
      ['pushPositions', [{ unit: 'unit', x: 0, y: 0, z: 0 }]],
      ['removeUnit', 'unit'],
    ]) {
      const [ok, message] = host.callExport('sonoran_bridge', exported, ...args);
      assert.equal(ok, false, exported);
      assert.match(`does not run: ${message}`, expected, exported);
    }
    const [status] = host.callExport('sonoran_bridge', 'status');
    assert.equal(status.state, 'failed');
    assert.match(`does not run: ${status.reason}`, expected);
    assert.equal(host.callExport('script_author', 'results')[0].failed, 1, 'the early call was answered');
    assert.deepEqual(host.scriptErrors, []);
  });
}
