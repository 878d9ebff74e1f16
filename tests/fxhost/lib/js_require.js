'use strict';

const fs = require('node:fs');
const path = require('node:path');
const vm = require('node:vm');
const { createRequire, isBuiltin } = require('node:module');
const { createFiles, denied } = require('./js_files');

const FORBIDDEN = ['child_process', 'worker_threads', 'cluster'];

// `require` of one resource: relative to the resource's folder, with a cache of its own, so that a restart loads
// everything anew. A .node file is opened with process.dlopen into a new module: its init runs again, while the library
// itself stays mapped, as in the game server.
function createResourceRequire({ folder, context, process: facade, onAddon }) {
  const cache = new Map();
  const files = createFiles(folder);

  const builtin = (name) => {
    const bare = name.replace(/^node:/, '');
    if (FORBIDDEN.includes(bare)) throw denied(bare === 'worker_threads' ? 'WorkerThreads' : 'ChildProcess', bare);
    if (bare === 'fs') return files;
    if (bare === 'fs/promises') return files.promises;
    if (bare === 'process') return facade;
    return require(name);
  };

  const load = (file) => {
    const known = cache.get(file);
    if (known) return known.exports;
    const module = { exports: {}, filename: file, id: file, loaded: false, children: [], paths: [] };
    cache.set(file, module);
    try {
      if (file.endsWith('.node')) {
        facade.dlopen(module, file);
        onAddon(file);
      } else if (file.endsWith('.json')) {
        module.exports = vm.runInContext(`(${fs.readFileSync(file, 'utf8')})`, context, { filename: file });
      } else {
        const text = fs.readFileSync(file, 'utf8').replace(/^#!.*/, '');
        const names = ['exports', 'require', 'module', '__filename', '__dirname'];
        const body = vm.compileFunction(text, names, { filename: file, parsingContext: context });
        module.require = requireFrom(path.dirname(file));
        body.call(module.exports, module.exports, module.require, module, file, path.dirname(file));
      }
    } catch (error) {
      cache.delete(file);
      throw error;
    }
    module.loaded = true;
    return module.exports;
  };

  function requireFrom(directory) {
    const native = createRequire(path.join(directory, 'x.js'));
    const required = (name) => (isBuiltin(name) ? builtin(name) : load(native.resolve(name)));
    required.resolve = native.resolve;
    required.cache = cache;
    required.main = undefined;
    return required;
  }

  return requireFrom(folder);
}

module.exports = { createResourceRequire };
