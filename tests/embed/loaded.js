'use strict';

// Loads the resource's JavaScript with the natives that it uses while it loads, and prints what its door answers to
// `open`: for Nodes of other versions and with other switches. Arguments: the resource's folder; and, for a bridge that
// opens, an API key and the CAD's URL.

const { loadResource } = require('./natives');

// Node's own symbols are in the global scope here; a game server hides them.
const { RTLD_NOW, RTLD_DEEPBIND = 0 } = require('os').constants.dlopen;
function opened(file) {
  const module = { exports: {} };
  process.dlopen(module, file, RTLD_NOW | RTLD_DEEPBIND);
  return module.exports;
}

const [, , resource, key = '', url = ''] = process.argv;
const convars = { sonoran_apiKey: key, sonoran_bridge_url: url };
const { door } = loadResource(resource, {
  convar: (name, fallback) => convars[name] || fallback,
  more: { require: (name) => (name.endsWith('.node') ? opened(name) : require(name)) },
});
const [ok, answer] = door('open', () => {});
if (!ok) {
  process.stdout.write(answer);
} else {
  const [closed, message] = door('close', 0);
  process.stdout.write(`opened ${answer.version}, ${closed ? 'closed' : message}`);
}
