'use strict';

const fs = require('node:fs');
const path = require('node:path');

// `fs` as a resource sees it: reading inside its own folder is allowed, everything else needs the server owner's word.

const READERS = [
  'access',
  'createReadStream',
  'exists',
  'existsSync',
  'accessSync',
  'lstat',
  'lstatSync',
  'open',
  'openSync',
  'opendir',
  'opendirSync',
  'readFile',
  'readFileSync',
  'readdir',
  'readdirSync',
  'readlink',
  'readlinkSync',
  'realpath',
  'realpathSync',
  'stat',
  'statSync',
  'watch',
  'watchFile',
];
const HARMLESS = [
  'close',
  'closeSync',
  'read',
  'readSync',
  'fstat',
  'fstatSync',
  'constants',
  'Stats',
  'Dirent',
  'unwatchFile',
  'ReadStream',
  'F_OK',
  'R_OK',
  'W_OK',
  'X_OK',
];

function denied(permission, resource) {
  const error = new Error('Access to this API has been restricted');
  error.code = 'ERR_ACCESS_DENIED';
  error.permission = permission;
  error.resource = resource;
  return error;
}

function createFiles(folder) {
  const root = fs.realpathSync(folder);
  const inside = (file) => {
    const asked = file instanceof URL || /^file:/.test(String(file)) ? new URL(String(file)).pathname : String(file);
    const full = path.resolve(asked);
    return full === root || full.startsWith(root + path.sep) || full === folder || full.startsWith(folder + path.sep);
  };
  const facade = {};
  for (const name of HARMLESS) facade[name] = fs[name];
  for (const [name, value] of Object.entries(fs)) {
    if (name in facade || name === 'promises') continue;
    if (typeof value !== 'function') facade[name] = value;
    else if (!READERS.includes(name))
      facade[name] = (target) => {
        throw denied('FileSystemWrite', String(target));
      };
    else
      facade[name] = (target, ...rest) => {
        const writes = /^open(Sync)?$/.test(name) && typeof rest[0] === 'string' && /[wa+]/.test(rest[0]);
        if (!inside(target) || writes) throw denied(writes ? 'FileSystemWrite' : 'FileSystemRead', String(target));
        return value.call(fs, target, ...rest);
      };
  }
  facade.promises = {};
  for (const [name, value] of Object.entries(fs.promises)) {
    facade.promises[name] =
      typeof value !== 'function'
        ? value
        : async (target, ...rest) => {
            if (!READERS.includes(name) || !inside(target)) throw denied('FileSystem', String(target));
            return value.call(fs.promises, target, ...rest);
          };
  }
  return facade;
}

module.exports = { createFiles, denied };
