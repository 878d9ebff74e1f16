'use strict';

// The bill of materials names every part of others that is in the shipped files: all that the compiler read, and all that the
// linker put together, belongs to one of its components or is ours.

const assert = require('node:assert/strict');
const { execFileSync, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { test } = require('node:test');

const root = path.resolve(__dirname, '../..');
const bill = () => JSON.parse(fs.readFileSync(path.join(root, 'build/package/sonoran_bridge/sbom.cdx.json'), 'utf8'));

/** Whose a file is, by its place: [component, what its path matches]. The first that matches. */
const PLACES = [
  ['boost', /\/include\/boost\//],
  ['openssl', /\/include\/openssl\/|\/lib(ssl|crypto)\.a$/],
  ['simdjson', /\/include\/simdjson\.h$|\/libsimdjson\.a$/],
  ['node-api-headers', /\/node-api-headers\//],
  ['libcxx', /\/lib\/(libcxx|libcxxabi|libunwind)\/|\/lib(c\+\+|c\+\+abi|unwind)\.a$|\/(c\+\+|c\+\+abi|unwind)\.lib$/],
  ['compiler-rt', /\/zig-[^/]*\/lib\/(include|compiler_rt)\/|\/(lib)?compiler_rt\.(a|lib|obj|o)$/],
  ['musl', /\/lib\/libc\/(musl|include\/(generic|x86_64-linux|any-linux|x86-linux)[^/]*)\/|\/(crti|crtn|Scrt1|crt1|rcrt1)\.o$|\/libc\.(so|a)$/],
  ['mingw-w64', /\/lib\/libc\/(mingw|include\/(any-windows|x86_64-windows)[^/]*)\/|\/(mingw32|[a-z0-9_-]+)\.lib$|\/(crt2|dllcrt2)\.(obj|o)$/],
];
const ours = (file, build) => file.startsWith(`${root}/`) && !file.includes('/node_modules/') || file.startsWith(`${build}/`);

function ownerOf(file, build) {
  const found = PLACES.find(([, place]) => place.test(file));
  if (found) return found[0];
  return ours(file, build) ? 'ours' : null;
}

/** All that the compiler read, by the notes of ninja. */
function readFiles(build) {
  const notes = execFileSync('ninja', ['-C', build, '-t', 'deps'], { encoding: 'utf8', maxBuffer: 1 << 30 });
  return [...new Set([...notes.matchAll(/^ {4}(.+)$/gm)].map((found) => path.resolve(build, found[1])))];
}

/** All that the linker was given, by its own words while it links this target once more, elsewhere. */
function linkedFiles(build, target, folder) {
  const commands = execFileSync('ninja', ['-C', build, '-t', 'commands', target], { encoding: 'utf8', maxBuffer: 1 << 28 }).trim().split('\n');
  const link = commands.reverse().find((command) => / -shared /.test(command) && command.includes(path.basename(target)));
  assert.ok(link, `${target} has no command that links it`);
  const elsewhere = link.split(' && ').filter((part) => / -shared /.test(part)).join(' && ')
    .replace(/ -o \S+/, ` -o ${path.join(folder, path.basename(target))}`);
  const run = spawnSync('sh', ['-c', elsewhere], { cwd: build, env: { ...process.env, ZIG_VERBOSE_LINK: '1' }, encoding: 'utf8', maxBuffer: 1 << 28 });
  assert.equal(run.status, 0, run.stderr.slice(-2000));
  const line = (run.stdout + run.stderr).split('\n').find((one) => /^(ld\.lld|lld-link|lld) /.test(one));
  assert.ok(line, `the linker did not say what it links: ${(run.stdout + run.stderr).slice(0, 500)}`);
  return line.split(' ').filter((word) => /\.(a|o|obj|lib|so)$/.test(word) && !/^(--?|\/)(o|out|soname|implib)/i.test(word))
    .map((word) => path.resolve(build, word))
    .filter((file) => !file.startsWith(folder)); // what it writes
}

for (const [preset, targets] of [['musl', ['lib/sonoran_bridge.node', 'lib/libsonoran_bridge.so']], ['windows', ['lib/sonoran_bridge.node', 'bin/sonoran_bridge.dll']]]) {
  test(`${preset}: whatever was compiled or linked is in the bill of materials`, () => {
    const build = path.join(root, 'build', preset);
    const named = new Set(bill().components.map((component) => component.name));
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'sonoran-bill-'));
    try {
      const files = [...readFiles(build), ...targets.flatMap((target) => linkedFiles(build, target, folder))];
      const found = new Set();
      for (const file of files) {
        const owner = ownerOf(file, build);
        assert.ok(owner, `${file} belongs to no component of the bill of materials`);
        found.add(owner);
      }
      found.delete('ours');
      for (const owner of found) assert.ok(named.has(owner), `${owner} is linked in, and not in the bill of materials`);
      for (const owner of ['boost', 'openssl', 'simdjson', 'libcxx', 'compiler-rt']) assert.ok(found.has(owner), `${owner} was not seen: is the list read?`);
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });
}

test('each component has its version, its checksums and its licence text, and each checksum is the pinned one', () => {
  const pins = Object.fromEntries([...fs.readFileSync(path.join(root, 'cmake/toolchains/pins'), 'utf8').matchAll(/^(\w+)=(\S+)$/gm)].map((found) => [found[1], found[2]]));
  const { components } = bill();
  for (const { name, version, hashes, licenses } of components) {
    assert.ok(version && licenses.length === 1 && hashes.length > 0, name);
    assert.ok(fs.statSync(path.join(root, 'build/package/sonoran_bridge/licenses', `${name}.txt`)).size > 500, name);
  }
  const hashesOf = (name) => components.find((component) => component.name === name).hashes.map((hash) => hash.content);
  assert.deepEqual(hashesOf('openssl'), [pins.openssl_sha256, pins.openssl_patches_sha256]);
  assert.deepEqual(hashesOf('boost'), [pins.boost_sha256]);
  assert.deepEqual(hashesOf('libcxx'), [pins.zig_sha256]);
  const charts = JSON.parse(fs.readFileSync(path.join(root, 'page/package-lock.json'), 'utf8')).packages['node_modules/uplot'];
  assert.equal(Buffer.from(hashesOf('uplot')[0], 'hex').toString('base64'), charts.integrity.replace(/^sha512-/, ''));
  assert.ok(components.some((component) => component.name === 'mozilla-ca-list' && component.licenses[0].license.id === 'MPL-2.0'));
});
