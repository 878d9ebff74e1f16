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
    const resource = this.get(name) || this.provider(name);
    return resource ? resource.state : 'missing';
  }

  // A started resource that says it provides `name`.
  provider(name) {
    return this.list().find((one) => one.state === 'started' && one.manifest.all('provide').includes(name));
  }

  // Reads the manifest again, as a restart does after the files have changed.
  refresh(resource) {
    resource.manifest = Manifest.read(this.library, resource.path);
  }
}

module.exports = { Resources };
