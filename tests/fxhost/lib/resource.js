'use strict';

const fs = require('node:fs');
const path = require('node:path');

// One resource: a folder with a manifest, and while it runs, its runtimes.
class Resource {
  constructor(name, folder, manifest) {
    this.name = name;
    this.path = fs.realpathSync(folder);
    this.manifest = manifest;
    this.state = 'stopped';
    this.runtimes = [];
    this.handles = new Set();
    this.errors = [];
  }

  runtime(kind) {
    return this.runtimes.find((one) => one.kind === kind) || null;
  }

  // The bytes of a file of the resource; null when there is none, or it is outside.
  readFile(name) {
    const full = path.resolve(this.path, name);
    if (!full.startsWith(this.path + path.sep) || !fs.existsSync(full) || !fs.statSync(full).isFile()) return null;
    return fs.readFileSync(full);
  }
}

module.exports = { Resource };
