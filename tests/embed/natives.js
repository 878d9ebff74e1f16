'use strict';

// The handful of the game server's natives that the resource's JavaScript uses, for a context of its own or this one.

const fs = require('fs');
const path = require('path');
const vm = require('vm');

/**
 * Loads the JavaScript of the resource in the folder `resource` into `context`, this realm's by default, and gives what
 * it offers: {door(verb, ...args), tick()}. `convar(name, fallback)` reads a setting. `more` is set before the file runs:
 * at least `require`.
 */
function loadResource(resource, { convar = (_, fallback) => fallback, more = {}, context = null }) {
  const exported = {};
  const ticks = [];
  Object.assign(context || globalThis, {
    GetCurrentResourceName: () => 'sonoran_bridge',
    GetInvokingResource: () => 'sonoran_bridge',
    GetResourcePath: () => resource,
    GetConvar: convar,
    exports: (name, fn) => void (exported[name] = fn),
    setTick: (fn) => ticks.push(fn),
    ...more,
  });
  const file = path.join(resource, 'bridge', 'node', 'sonoran_bridge.js');
  const script = new vm.Script(fs.readFileSync(file, 'utf8'), { filename: file });
  if (context) script.runInContext(context);
  else script.runInThisContext();
  return { door: exported.door, tick: () => ticks.forEach((fn) => fn()) };
}

module.exports = { loadResource };
