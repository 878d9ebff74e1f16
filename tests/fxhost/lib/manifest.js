'use strict';

const fs = require('node:fs');
const path = require('node:path');

const READER = fs.readFileSync(path.join(__dirname, 'lua', 'manifest.lua'), 'utf8');
// What fxmanifest.lua finds besides metadata functions.
const KEPT = [
  'assert',
  'error',
  'ipairs',
  'pairs',
  'math',
  'next',
  'print',
  'select',
  'string',
  'table',
  'tonumber',
  'tostring',
  'type',
  'utf8',
  '_VERSION',
];

// A resource's fxmanifest.lua (or __resource.lua), executed; its metadata by name, each a list of texts in order.
class Manifest {
  constructor(folder, metadata) {
    this.folder = folder;
    this.metadata = metadata;
  }

  // Throws with a message when the folder has no manifest, or its Lua fails.
  static read(library, folder) {
    const file = ['fxmanifest.lua', '__resource.lua'].map((name) => path.join(folder, name)).find(fs.existsSync);
    if (!file) throw new Error(`${folder} has no fxmanifest.lua`);
    return new Manifest(folder, execute(library, fs.readFileSync(file, 'utf8'), path.basename(file)));
  }

  all(name) {
    return this.metadata.get(name) || [];
  }

  first(name) {
    return this.all(name)[0];
  }

  flag(name) {
    const value = this.first(name);
    return value !== undefined && value !== '' && !['no', 'false', '0'].includes(value.toLowerCase());
  }

  // 'dependencies' loses its last letter like any other plural.
  dependencies() {
    return [...this.all('dependency'), ...this.all('dependencie')];
  }

  // The files that entries of these names mean, in the manifest's order, each once. `resolve(resource)` gives the
  // folder of another resource, for entries like '@other/shared/lib.lua'.
  files(names, resolve = () => null) {
    const result = [];
    const seen = new Set();
    const missing = [];
    for (const entry of names.flatMap((name) => this.all(name))) {
      const other = entry.match(/^@([^/]+)\/(.*)$/);
      const folder = other ? resolve(other[1]) : this.folder;
      const pattern = other ? other[2] : entry;
      const found = folder === null ? [] : glob(folder, pattern);
      if (found.length === 0) missing.push(entry);
      for (const name of found) {
        const full = path.join(folder, name);
        if (seen.has(full)) continue;
        seen.add(full);
        result.push({ path: full, relative: name, resource: other ? other[1] : null });
      }
    }
    return { files: result, missing };
  }
}

function execute(library, source, name) {
  const { api } = library;
  const metadata = new Map();
  const L = api.luaL_newstate();
  const functions = [];
  const own = (fn) => {
    const index = library.addFunction(fn);
    functions.push(index);
    library.pushFunction(L, index);
  };
  const check = (failed) => {
    if (failed !== 0) throw new Error(`${name} failed: ${library.display(L, -1)}`);
  };
  try {
    api.luaL_openlibs(L);
    const why = library.load(L, READER, '=manifest');
    if (why !== null) throw new Error(why);
    own((state) => {
      const key = library.toText(state, 1);
      if (!metadata.has(key)) metadata.set(key, []);
      metadata.get(key).push(library.toText(state, 2));
      return 0;
    });
    own((state) => {
      library.pushString(state, JSON.stringify(library.toJs(state, 1)));
      return 1;
    });
    library.push(L, KEPT);
    check(api.lua_pcallk(L, 3, 0, 0, 0, 0));
    const chunkWhy = library.load(L, source, `@${name}`);
    if (chunkWhy !== null) throw new Error(`${name} failed: ${chunkWhy}`);
    check(api.lua_pcallk(L, 0, 0, 0, 0, 0));
  } finally {
    api.lua_close(L);
    functions.forEach((index) => library.removeFunction(index));
  }
  return metadata;
}

// The files below `folder` that a pattern means: * within a name, ** across folders, sorted.
function glob(folder, pattern) {
  const clean = path.posix.normalize(pattern.replace(/\\/g, '/')).replace(/^\.\//, '');
  if (clean.startsWith('..') || clean.startsWith('/')) return [];
  if (!/[*?]/.test(clean)) return fs.existsSync(path.join(folder, clean)) ? [clean] : [];
  const expression = new RegExp(
    `^${clean
      .split('/')
      .map((part) =>
        part === '**'
          ? '**'
          : part
              .replace(/[.+^${}()|[\]\\]/g, '\\$&')
              .replace(/\*+/g, '[^/]*')
              .replace(/\?/g, '[^/]'),
      )
      .join('/')
      .replace(/\*\*\//g, '(?:.*/)?')
      .replace(/\*\*/g, '.*')}$`,
  );
  const found = [];
  const walk = (directory) => {
    for (const entry of fs.readdirSync(path.join(folder, directory), { withFileTypes: true })) {
      const name = directory ? `${directory}/${entry.name}` : entry.name;
      if (entry.isDirectory() || (entry.isSymbolicLink() && fs.statSync(path.join(folder, name)).isDirectory())) {
        walk(name);
      } else if (expression.test(name)) {
        found.push(name);
      }
    }
  };
  walk('');
  return found.sort();
}

module.exports = { Manifest, glob };
