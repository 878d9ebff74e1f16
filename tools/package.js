'use strict';

// Puts the resource together from what presets musl and windows staged, adds documents, licences, a bill of materials
// and checksums, and zips it. Nothing in it depends on the machine, the folder or the time: entries are sorted, their
// times are the commit's, and a file that names this folder ends the run. Started by tools/package.

const { execFileSync } = require('node:child_process');
const crypto = require('node:crypto');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const root = path.join(__dirname, '..');
const NAME = 'sonoran_bridge';
const PRESETS = ['musl', 'windows'];
const stage = path.join(root, 'build/package', NAME);
const cache = path.join(process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache'), NAME);

const git = (...words) => execFileSync('git', ['-C', root, ...words], { encoding: 'utf8' }).trim();
const sha256 = (data) => crypto.createHash('sha256').update(data).digest('hex');

function versionOf() {
  const found = /^project\(\S+ VERSION (\S+)/m.exec(fs.readFileSync(path.join(root, 'CMakeLists.txt'), 'utf8'));
  if (!found) throw new Error('CMakeLists.txt names no version in project(... VERSION ...).');
  return found[1];
}

/** {zig_version, zig_sha256, openssl_version, ...} */
function pinsOf() {
  const pins = {};
  for (const line of fs.readFileSync(path.join(root, 'cmake/toolchains/pins'), 'utf8').split('\n')) {
    const found = /^(\w+)=(\S+)$/.exec(line);
    if (found) pins[found[1]] = found[2];
  }
  return pins;
}

function boostVersion() {
  const found = /#define BOOST_LIB_VERSION "(\w+)"/.exec(fs.readFileSync('/usr/include/boost/version.hpp', 'utf8'));
  const [major, minor, patch = '0'] = found[1].split('_');
  return `${major}.${minor}.${patch}`;
}

/** Boost's own licence; Debian's file also has those of parts that are not linked in. */
function boostLicense() {
  const found = /^License: BSL-1\.0\n((?: .*\n)+)/m.exec(fs.readFileSync('/usr/share/doc/libboost1.81-dev/copyright', 'utf8').replaceAll('\r', ''));
  if (!found) throw new Error("Debian's copyright file of Boost holds no text of BSL-1.0.");
  return found[1].replace(/^ \.?/gm, '');
}

/** A file of a source archive as it was fetched, by the end of its name. */
function fromArchive(archive, name) {
  const list = execFileSync('tar', ['-tf', archive], { encoding: 'utf8', maxBuffer: 1 << 26 }).split('\n');
  const entry = list.find((one) => one.split('/').length === 2 && one.endsWith(`/${name}`));
  if (!entry) throw new Error(`${archive} holds no ${name}.`);
  return execFileSync('tar', ['-xOf', archive, entry], { maxBuffer: 1 << 26 });
}

/** What is linked into the native files: the bill of materials and the licence texts come from this one list. */
function parts() {
  const pins = pinsOf();
  const zig = path.join(cache, `zig-${pins.zig_version}-${pins.zig_sha256.slice(0, 12)}`);
  const inZig = (file) => () => fs.readFileSync(path.join(zig, file));
  const source = (name) => path.join(cache, 'sources', `${name}-${pins[`${name}_version`]}.tar`);
  return [
    { name: 'openssl', version: pins.openssl_version, license: 'Apache-2.0', purl: `pkg:generic/openssl@${pins.openssl_version}`,
      sha256: pins.openssl_sha256, what: 'TLS', text: () => fromArchive(source('openssl'), 'LICENSE.txt') },
    { name: 'simdjson', version: pins.simdjson_version, license: 'Apache-2.0', purl: `pkg:github/simdjson/simdjson@v${pins.simdjson_version}`,
      sha256: pins.simdjson_sha256, what: 'reading JSON', text: () => fromArchive(source('simdjson'), 'LICENSE') },
    { name: 'boost', version: boostVersion(), license: 'BSL-1.0', purl: `pkg:generic/boost@${boostVersion()}`,
      what: 'Asio, Beast, JSON, URL and their like', text: () => boostLicense() },
    { name: 'libcxx', version: `zig-${pins.zig_version}`, license: 'Apache-2.0 WITH LLVM-exception', purl: `pkg:npm/%40oven/zig-linux-x64@${pins.zig_version}`,
      sha256: pins.zig_sha256, what: "the C++ library, libc++abi and libunwind of LLVM, from the compiler's package", text: inZig('lib/libcxx/LICENSE.TXT') },
    { name: 'compiler-rt', version: `zig-${pins.zig_version}`, license: 'MIT', purl: `pkg:npm/%40oven/zig-linux-x64@${pins.zig_version}`,
      sha256: pins.zig_sha256, what: "the compiler's own helpers", text: inZig('LICENSE') },
    { name: 'musl', version: `zig-${pins.zig_version}`, license: 'MIT', purl: `pkg:npm/%40oven/zig-linux-x64@${pins.zig_version}`,
      sha256: pins.zig_sha256, what: 'Linux: start-up code and headers; the C library itself is the game server\'s', text: inZig('lib/libc/musl/COPYRIGHT') },
    { name: 'mingw-w64', version: `zig-${pins.zig_version}`, license: 'ZPL-2.1', purl: `pkg:npm/%40oven/zig-linux-x64@${pins.zig_version}`,
      sha256: pins.zig_sha256, what: 'Windows: start-up code and import libraries', text: inZig('lib/libc/mingw/COPYING') },
  ];
}

function billOfMaterials(version, commit, time, list) {
  // A version 5 UUID from the commit: the same commit, the same document.
  const digest = crypto.createHash('sha1').update(`${NAME} ${version} ${commit}`).digest();
  digest[6] = (digest[6] & 0x0f) | 0x50;
  digest[8] = (digest[8] & 0x3f) | 0x80;
  const hex = digest.toString('hex');
  const uuid = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
  const own = `pkg:generic/${NAME}@${version}`;
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    serialNumber: `urn:uuid:${uuid}`,
    version: 1,
    metadata: {
      timestamp: new Date(time * 1000).toISOString().replace('.000', ''),
      component: { type: 'library', 'bom-ref': own, name: NAME, version, purl: own, licenses: [{ license: { id: 'MIT' } }],
        properties: [{ name: `${NAME}:commit`, value: commit }] },
    },
    components: list.map((part) => ({
      type: 'library',
      'bom-ref': part.name,
      name: part.name,
      version: part.version,
      description: part.what,
      purl: part.purl,
      ...(part.sha256 ? { hashes: [{ alg: 'SHA-256', content: part.sha256 }] } : {}),
      licenses: part.license.includes(' WITH ') ? [{ expression: part.license }] : [{ license: { id: part.license } }],
    })),
    dependencies: [{ ref: own, dependsOn: list.map((part) => part.name) }],
  };
}

function files(folder, below = '') {
  return fs.readdirSync(path.join(folder, below), { withFileTypes: true })
    .flatMap((entry) => {
      const name = path.posix.join(below, entry.name);
      return entry.isDirectory() ? files(folder, name) : [name];
    })
    .sort((a, b) => (a < b ? -1 : 1));
}

function main() {
  const version = versionOf();
  const commit = git('rev-parse', 'HEAD');
  const time = Number(process.env.SOURCE_DATE_EPOCH || git('log', '-1', '--format=%ct'));
  if (git('status', '--porcelain', '--untracked-files=no') !== '') {
    console.log('package: there are changes that are not committed; what is packed is not what the commit says');
  }

  fs.rmSync(path.dirname(stage), { recursive: true, force: true });
  fs.mkdirSync(stage, { recursive: true });
  for (const preset of PRESETS) {
    const staged = path.join(root, 'build', preset, 'resource', NAME);
    if (!fs.existsSync(path.join(staged, 'bin'))) throw new Error(`Preset ${preset} has staged no resource in ${staged}; run tools/package without --no-build.`);
    fs.cpSync(staged, stage, { recursive: true });
  }
  const documents = fs.readdirSync(path.join(root, 'docs')).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`);
  for (const document of ['CHANGELOG.md', ...documents]) {
    fs.mkdirSync(path.dirname(path.join(stage, document)), { recursive: true });
    fs.copyFileSync(path.join(root, document), path.join(stage, document));
  }
  const list = parts();
  fs.mkdirSync(path.join(stage, 'licenses'));
  for (const part of list) fs.writeFileSync(path.join(stage, 'licenses', `${part.name}.txt`), part.text());
  fs.writeFileSync(path.join(stage, 'sbom.cdx.json'), `${JSON.stringify(billOfMaterials(version, commit, time, list), null, 2)}\n`);

  const home = Buffer.from(os.homedir() + path.sep);
  for (const file of files(stage)) {
    const content = fs.readFileSync(path.join(stage, file));
    for (const local of [Buffer.from(root + path.sep), Buffer.from(cache), ...(home.length > 2 ? [home] : [])]) {
      const at = content.indexOf(local);
      if (at !== -1) throw new Error(`${file} names a path of this machine ('${content.subarray(at, at + 80).toString('latin1').replace(/[^ -~].*/s, '')}'); another machine would make other bytes.`);
    }
  }
  const sums = files(stage).map((file) => `${sha256(fs.readFileSync(path.join(stage, file)))}  ${file}\n`);
  fs.writeFileSync(path.join(stage, 'SHA256SUMS'), sums.join(''));

  // zip notes times, owners and the order in which it meets files: all are set here.
  const packed = files(stage);
  for (const file of packed) {
    fs.utimesSync(path.join(stage, file), time, time);
    fs.chmodSync(path.join(stage, file), 0o644);
  }
  const zip = path.join(root, 'dist', `${NAME}-${version}.zip`);
  fs.mkdirSync(path.dirname(zip), { recursive: true });
  fs.rmSync(zip, { force: true });
  execFileSync('zip', ['-X', '-9', '-q', '-D', zip, '-@'], {
    cwd: path.dirname(stage),
    input: packed.map((file) => `${NAME}/${file}\n`).join(''),
    env: { PATH: process.env.PATH, TZ: 'UTC' },
  });
  const sum = sha256(fs.readFileSync(zip));
  fs.writeFileSync(`${zip}.sha256`, `${sum}  ${path.basename(zip)}\n`);
  console.log(`package: ${path.relative(root, zip)}, ${packed.length} files, ${(fs.statSync(zip).size / 2 ** 20).toFixed(1)} MiB`);
  console.log(`package: SHA-256 ${sum}`);
}

try {
  main();
} catch (error) {
  console.error(`package: ${error.message}`);
  process.exitCode = 1;
}
