'use strict';

const fs = require('node:fs');
const path = require('node:path');
const { Manifest } = require('./manifest');
const { Resource } = require('./resource');

// The resources that the server knows, by name: the folder's name.
class Resources {
  constructor(library) {
    this.library = library;
    this.byName = new Map();
  }

  // A resource's folder, or a folder of resources (also of [categories]). Throws when there is none.
  add(folder) {
    const full = path.resolve(folder);
    if (!fs.existsSync(full)) throw new Error(`the resource folder ${folder} does not exist`);
    if (['fxmanifest.lua', '__resource.lua'].some((name) => fs.existsSync(path.join(full, name)))) {
      const name = path.basename(full);
      this.byName.set(name, new Resource(name, full, Manifest.read(this.library, full)));
      return [name];
    }
    const found = fs
      .readdirSync(full, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && entry.name !== 'node_modules' && !entry.name.startsWith('.'))
      .flatMap((entry) => {
        const inner = path.join(full, entry.name);
        const resource = fs.existsSync(path.join(inner, 'fxmanifest.lua'));
        return resource || /^\[.*\]$/.test(entry.name) ? this.add(inner) : [];
      });
    if (found.length === 0) throw new Error(`${folder} is no resource (it has no fxmanifest.lua) and holds none`);
    return found;
  }

  get(name) {
    return this.byName.get(String(name));
  }

  list() {
    return [...this.byName.values()];
  }

  state(name) {
    const resource = this.find(name);
    return resource ? resource.state : 'missing';
  }

  // The resource of this name; where there is none, or it is stopped, one that says it provides the name: a started one
  // in place of a stopped resource, any in place of none.
  find(name) {
    const own = this.get(name);
    if (own && own.state !== 'stopped') return own;
    const providers = this.list().filter((one) => one.manifest.all('provide').includes(String(name)));
    return providers.find((one) => !own || one.state === 'started') || own;
  }

  // Reads the manifest again, as a restart does after the files have changed.
  refresh(resource) {
    resource.manifest = Manifest.read(this.library, resource.path);
  }
}

module.exports = { Resources };
