'use strict';

// What is shipped is what was tested: the zip of tools/package, unpacked into a fresh folder.

const assert = require('node:assert/strict');
const { execFileSync, spawnSync } = require('node:child_process');
const crypto = require('node:crypto');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { before, after, test } = require('node:test');

const root = path.resolve(__dirname, '../..');
const build = process.env.SONORAN_BUILD || path.join(root, 'build/dev');
const sha256 = (file) => crypto.createHash('sha256').update(fs.readFileSync(file)).digest('hex');
const pack = () => execFileSync(path.join(root, 'tools/package'), ['--no-build'], { encoding: 'utf8' });

let zip;
let first;
let folder;
let resource;

before(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'sonoran-package-'));
  pack();
  const found = fs.readdirSync(path.join(root, 'dist')).filter((name) => /^sonoran_bridge-.*\.zip$/.test(name));
  assert.equal(found.length, 1, `dist holds ${found.join(', ')}; remove what is old`);
  zip = path.join(root, 'dist', found[0]);
  first = sha256(zip);
  execFileSync('unzip', ['-q', zip, '-d', folder]);
  resource = path.join(folder, 'sonoran_bridge');
});
after(() => fs.rmSync(folder, { recursive: true, force: true }));

test('packing again gives the same bytes', () => {
  pack();
  assert.equal(sha256(zip), first);
});

test('the zip unpacks into sonoran_bridge and, beside it, its C# door; the checksums are right', () => {
  assert.deepEqual(fs.readdirSync(folder).sort(), ['sonoran_bridge', 'sonoran_bridge_mono']);
  assert.ok(fs.existsSync(path.join(resource, 'fxmanifest.lua')));
  assert.deepEqual(fs.readdirSync(`${resource}_mono`).sort(), ['LICENSE', 'SHA256SUMS', 'bin', 'fxmanifest.lua', 'sonoran_bridge.net.dll']);
  assert.ok(!fs.existsSync(path.join(resource, 'bridge/mono')), 'nothing of C# in the resource itself');
  execFileSync('sha256sum', ['--check', '--quiet', '--strict', 'SHA256SUMS'], { cwd: `${resource}_mono` });
  execFileSync('sha256sum', ['--check', '--quiet', '--strict', 'SHA256SUMS'], { cwd: resource });
  const listed = fs.readFileSync(path.join(resource, 'SHA256SUMS'), 'utf8').trim().split('\n').map((line) => line.slice(66));
  const there = fs.readdirSync(resource, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(resource, path.join(entry.parentPath || entry.path, entry.name)));
  assert.deepEqual([...listed, 'SHA256SUMS'].sort(), there.sort());
});

test('each platform has its file, at most 8 MiB, and it is the one that its own tests loaded', () => {
  for (const [platform, preset] of [['linux-x64', 'musl'], ['win32-x64', 'windows']]) {
    const shipped = path.join(resource, 'bin', platform, 'sonoran_bridge.node');
    assert.ok(fs.statSync(shipped).size <= 8 * 2 ** 20, platform);
    assert.equal(fs.readFileSync(`${shipped}.sum`, 'utf8'), `${sha256(shipped)} ${fs.statSync(shipped).size}\n`, platform);
    assert.equal(sha256(shipped), sha256(path.join(root, 'build', preset, 'lib/sonoran_bridge.node')), platform);
  }
});

test("Mono's library has the name by which the C# script opens it", () => {
  // Texts in an assembly are UTF-16.
  const script = fs.readFileSync(path.join(`${resource}_mono`, 'sonoran_bridge.net.dll'));
  for (const [platform, preset, name] of [['linux-x64', 'musl', 'libsonoran_bridge.so'], ['win32-x64', 'windows', 'sonoran_bridge.dll']]) {
    assert.ok(script.includes(Buffer.from(`/${name}`, 'utf16le')), name);
    const built = ['lib', 'bin'].map((below) => path.join(root, 'build', preset, below, name)).find(fs.existsSync);
    assert.equal(sha256(path.join(`${resource}_mono`, 'bin', platform, name)), sha256(built), platform);
    assert.ok(fs.statSync(built).size <= 8 * 2 ** 20, platform);
  }
});

test('the status page has all its files, and its library of charts its licence', () => {
  const page = fs.readFileSync(path.join(resource, 'lua/server/page.lua'), 'utf8');
  const named = [...page.matchAll(/'(page\/[^']+)'/g)].map((found) => found[1]);
  assert.ok(named.length >= 5);
  for (const file of [...named, 'page/uplot/LICENSE']) assert.ok(fs.statSync(path.join(resource, file)).size > 200, file);
});

test('the manifest names no file that is missing', () => {
  const manifest = fs.readFileSync(path.join(resource, 'fxmanifest.lua'), 'utf8');
  const named = [...manifest.matchAll(/'((?:lua|bridge)\/[^'*]+)'/g)].map((found) => found[1]);
  assert.ok(named.length > 5);
  for (const file of named) assert.ok(fs.existsSync(path.join(resource, file)), file);
});

test("the resource's tests pass on the unpacked copy", () => {
  // The stand-in runs on this machine's libc, the shipped file for Linux on the game server's (musl; its own tests load
  // it there). So this one file is replaced by the same sources built for this machine; everything else is the zip's.
  fs.copyFileSync(path.join(build, 'lib/sonoran_bridge.node'), path.join(resource, 'bin/linux-x64/sonoran_bridge.node'));
  execFileSync(process.execPath, [path.join(root, 'tools/lib/native_sum.js'), path.join(resource, 'bin/linux-x64/sonoran_bridge.node')]);
  const env = { ...process.env, SONORAN_BUILD: build, SONORAN_RESOURCE: resource };
  delete env.NODE_TEST_CONTEXT; // a run of its own, not a part of this one
  const run = spawnSync(process.execPath, ['--test', '--test-concurrency=2', 'resource/resource.test.js', 'resource/calls.test.js'], {
    cwd: path.join(root, 'tests/fxhost'), env, encoding: 'utf8', maxBuffer: 1 << 26,
  });
  assert.equal(run.status, 0, run.stdout.slice(-4000) + run.stderr.slice(-1000));
  assert.match(run.stdout, /# fail 0|ℹ fail 0/);
});

test('a signature counts only for a listed key and for the very bytes', () => {
  const sign = path.join(root, 'tools/lib/sign');
  const key = path.join(folder, 'key');
  const signers = path.join(folder, 'signers');
  const signed = path.join(folder, 'release.zip');
  fs.copyFileSync(zip, signed);
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
  // The list of the repository does not have it.
  const stranger = spawnSync(sign, [signed, key], { encoding: 'utf8' });
  assert.equal(stranger.status, 1);
  assert.match(stranger.stderr, /does not stand in .*signers/);
  assert.ok(!fs.existsSync(`${signed}.sig`));
  fs.writeFileSync(signers, `releases namespaces="sonoran_bridge" ${fs.readFileSync(`${key}.pub`, 'utf8')}`);
  execFileSync(sign, [signed, key, signers]);
  const verify = (input) => spawnSync('ssh-keygen', ['-Y', 'verify', '-f', signers, '-I', 'releases', '-n', 'sonoran_bridge', '-s', `${signed}.sig`], { input });
  const bytes = fs.readFileSync(signed);
  assert.equal(verify(bytes).status, 0);
  bytes[bytes.length >> 1] ^= 1;
  assert.notEqual(verify(bytes).status, 0);
});
