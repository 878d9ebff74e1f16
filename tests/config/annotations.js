'use strict';

// Checks the annotations for editors (lua/types/*.lua, bridge/lua/*.d.lua) as a language server would, which Debian and
// npm do not have: every class and alias is defined exactly once, every one that is named is defined, every annotated
// function has the parameters that its annotation names, every export of lua/server/exports.lua is annotated with the
// parameters that it takes, here and in the types for TypeScript, and so is every member of CAD (lua/cad.lua,
// config/operations.json).
//
//   node tests/config/annotations.js [folder of the sources]

const fs = require('node:fs');
const path = require('node:path');

const ROOT = path.resolve(process.argv[2] || path.join(__dirname, '../..'));
const BUILTIN = new Set([
  'any',
  'nil',
  'boolean',
  'true',
  'false',
  'number',
  'integer',
  'string',
  'table',
  'function',
  'thread',
  'userdata',
  'lightuserdata',
  'unknown',
  'self',
]);

const faults = [];
const fault = (file, line, message) => faults.push(`${file}:${line}: ${message}`);

// The names of types in the type expression at the beginning of `text`; `rest` is what follows it. Throws where it is none.
function typeAt(text) {
  let at = 0;
  const names = [];
  const spaces = () => {
    while (text[at] === ' ') at += 1;
  };
  const expect = (what) => {
    if (!text.startsWith(what, at)) throw new Error(`'${what}' is missing in '${text}' at ${at}`);
    at += what.length;
  };
  const name = () => {
    const found = /^[A-Za-z_][\w.]*/.exec(text.slice(at));
    if (!found) throw new Error(`no type in '${text}' at ${at}`);
    at += found[0].length;
    return found[0];
  };
  const list = (end, element) => {
    spaces();
    while (text[at] !== end) {
      element();
      spaces();
      if (text[at] === ',') at += 1;
      else if (text[at] !== end) throw new Error(`'${end}' is missing in '${text}' at ${at}`);
      spaces();
    }
    at += 1;
  };
  // A member's name, then its type: `answer: sonoran.Answer`, `wait_s?: number`, `[string]: any`.
  const member = () => {
    if (text[at] === '[') {
      at += 1;
      union();
      expect(']');
    } else if (text.startsWith('...', at)) {
      at += 3;
    } else {
      name();
    }
    if (text[at] === '?') at += 1;
    spaces();
    if (text[at] === ':') {
      at += 1;
      spaces();
      union();
    }
  };
  function primary() {
    spaces();
    if (text[at] === "'" || text[at] === '"') {
      const end = text.indexOf(text[at], at + 1);
      if (end < 0) throw new Error(`a text without end in '${text}'`);
      at = end + 1;
    } else if (text[at] === '{') {
      at += 1;
      list('}', member);
    } else if (text[at] === '(') {
      at += 1;
      union();
      expect(')');
    } else if (/^\d/.test(text[at] || '')) {
      at += /^\d+/.exec(text.slice(at))[0].length;
    } else {
      const found = name();
      if (found === 'fun') {
        expect('(');
        list(')', member);
        if (text[at] === ':') {
          do {
            at += 1;
            spaces();
            union();
          } while (text[at] === ',');
        }
      } else {
        names.push(found);
        if (text[at] === '<') {
          at += 1;
          list('>', union);
        }
      }
    }
    while (text.startsWith('[]', at) || text[at] === '?') at += text[at] === '?' ? 1 : 2;
  }
  function union() {
    primary();
    while (text[at] === '|') {
      at += 1;
      primary();
    }
  }
  union();
  return { names, rest: text.slice(at) };
}

const defined = new Map(); // by name: where
const used = []; // {file, line, name}
const functions = new Map(); // 'exports:setPanic' -> {file, line, parameters}

function readAnnotations(file) {
  const lines = fs.readFileSync(path.join(ROOT, file), 'utf8').split('\n');
  let parameters = [];
  const use = (line, text) => {
    try {
      const { names, rest } = typeAt(text);
      names.forEach((name) => used.push({ file, line, name }));
      if (rest !== '' && !/^[ ,]/.test(rest)) throw new Error(`'${rest}' follows a type`);
      return rest;
    } catch (error) {
      fault(file, line, error.message);
      return '';
    }
  };
  lines.forEach((text, i) => {
    const line = i + 1;
    const tag = /^---@(\w+)\s*(.*)$/.exec(text);
    if (tag) {
      const [, what, rest] = tag;
      if (what === 'class' || what === 'alias') {
        const [, name, more] = /^([\w.]+)\s*:?\s*(.*)$/.exec(rest) || [null, rest, ''];
        if (defined.has(name)) fault(file, line, `${name} is defined a second time; first in ${defined.get(name)}`);
        else defined.set(name, `${file}:${line}`);
        if (more) use(line, more);
      } else if (what === 'param') {
        const [, name, , type] = /^([\w.]+|\.\.\.)(\??)\s+(.*)$/.exec(rest) || [];
        if (!name) fault(file, line, '@param has no name and type');
        else {
          parameters.push(name);
          use(line, type);
        }
      } else if (what === 'field') {
        const [, , type] = /^(\[[^\]]+\]|[\w.]+\??)\s+(.*)$/.exec(rest) || [];
        if (!type) fault(file, line, '@field has no name and type');
        else use(line, type);
      } else if (what === 'return' || what === 'type' || what === 'overload') {
        use(line, rest);
      } else if (what !== 'meta' && what !== 'async') {
        fault(file, line, `@${what} is not known to this check`);
      }
      return;
    }
    const fn = /^(?:local )?function ([\w.:]+)\(([^)]*)\)/.exec(text);
    if (fn) {
      const given = fn[2]
        .split(',')
        .map((one) => one.trim())
        .filter(Boolean);
      if (given.join(', ') !== parameters.join(', ')) {
        fault(file, line, `${fn[1]} takes (${given.join(', ')}) and is annotated with (${parameters.join(', ')})`);
      }
      functions.set(fn[1], { file, line, parameters: given });
    }
    if (!text.startsWith('---')) parameters = [];
  });
}

// What the resource offers: offer('name', function(...)), with the signature in the comment above it.
function compareExports(file) {
  const lines = fs.readFileSync(path.join(ROOT, file), 'utf8').split('\n');
  const offered = new Set();
  lines.forEach((text, i) => {
    const offer = /^(?:Bridge\.)?offer\('(\w+)', (?:function\(([^)]*)\)|\w+\))/.exec(text);
    if (!offer) return;
    const [, name, code] = offer;
    offered.add(name);
    const annotated = functions.get(`exports:${name}`);
    if (!annotated) {
      fault(file, i + 1, `the export ${name} has no annotation (function exports:${name} in lua/types)`);
      return;
    }
    const count = (code || '').split(',').filter((one) => one.trim()).length;
    if (count !== annotated.parameters.length) {
      fault(
        file,
        i + 1,
        `the export ${name} takes ${count} arguments and is annotated with (${annotated.parameters.join(', ')})`,
      );
    }
    let above = i - 1;
    let signature = null;
    for (
      ;
      above >= 0 && (lines[above].startsWith('--') || lines[above].startsWith('local function')) && !signature;
      above -= 1
    ) {
      signature = new RegExp(`^-- ${name}\\(([^)]*)\\)`).exec(lines[above]);
    }
    const names =
      signature &&
      signature[1]
        .replace(/[[\]]/g, '')
        .split(',')
        .map((one) => one.trim())
        .filter(Boolean);
    // Some comments show a value instead of a name.
    if (names && names.every((one) => /^\w+$/.test(one))) {
      if (names.join() !== annotated.parameters.join()) {
        fault(
          file,
          i + 1,
          `the comment of ${name} names (${names.join(', ')}), its annotation (${annotated.parameters.join(', ')})`,
        );
      }
    }
  });
  if (offered.size === 0) fault(file, 1, 'no export was found');
  for (const name of functions.keys()) {
    const own = /^exports:(\w+)$/.exec(name);
    if (own && !offered.has(own[1]))
      fault(functions.get(name).file, functions.get(name).line, `${own[1]} is annotated and is no export`);
  }
}

// The methods of SonoranBridge in the types for TypeScript, beside the annotations for Lua.
function compareTypeScript(file) {
  const text = fs.readFileSync(path.join(ROOT, file), 'utf8');
  const at = text.indexOf('export interface SonoranBridge {');
  const line = text.slice(0, at).split('\n').length;
  const body = text.slice(at, text.indexOf('\n}', at)).replace(/\/\*[\s\S]*?\*\//g, '');
  const methods = new Map();
  for (const [, name, parameters] of body.matchAll(/^ {2}(\w+)(?:<[^>]*>)?\(([\s\S]*?)\): /gm)) {
    const names = [...parameters.matchAll(/(?:^|, |,\s+)(\w+)\??:/g)].map((one) =>
      one[1] === 'args' ? 'arguments' : one[1],
    );
    methods.set(name, names);
  }
  for (const [name, { parameters }] of functions) {
    const own = /^exports:(\w+)$/.exec(name);
    if (!own) continue;
    const names = methods.get(own[1]);
    if (!names) fault(file, line, `SonoranBridge has no ${own[1]}`);
    else if (names.join() !== parameters.join()) {
      fault(file, line, `${own[1]} takes (${names.join(', ')}) here and (${parameters.join(', ')}) in Lua`);
    }
    methods.delete(own[1]);
  }
  for (const name of methods.keys()) fault(file, line, `SonoranBridge has ${name}, which is no export`);
}

// What lua/cad.lua puts into CAD, and the operations, are the fields of sonoran.CAD and nothing else is.
function compareCad(file, operations, types) {
  const lines = fs.readFileSync(path.join(ROOT, file), 'utf8').split('\n');
  const begin = lines.indexOf('CAD = {');
  if (begin < 0) fault(file, 1, 'there is no table CAD');
  const members = new Set(
    JSON.parse(fs.readFileSync(path.join(ROOT, operations), 'utf8')).map((row) => row.operationId),
  );
  for (let i = begin + 1; i > 0 && lines[i] !== '}'; i += 1) {
    const key = /^ {2}(\w+) = /.exec(lines[i]);
    if (key) members.add(key[1]);
  }
  for (const text of lines) {
    const fn = /^function CAD\.(\w+)\(/.exec(text);
    if (fn) members.add(fn[1]);
  }
  const typed = fs.readFileSync(path.join(ROOT, types), 'utf8').split('\n');
  const from = typed.indexOf('---@class sonoran.CAD');
  for (let i = from + 1; typed[i].startsWith('---@field '); i += 1) {
    const name = /^---@field (\w+)/.exec(typed[i])[1];
    if (!members.delete(name)) fault(types, i + 1, `CAD.${name} is annotated and does not exist`);
  }
  for (const name of members) fault(types, from + 1, `CAD.${name} has no annotation`);
}

const folder = 'lua/types';
const files = fs.readdirSync(path.join(ROOT, folder)).filter((one) => one.endsWith('.lua'));
for (const name of files.sort()) readAnnotations(`${folder}/${name}`);
readAnnotations('bridge/lua/sonoran_bridge.d.lua');
compareExports('lua/server/exports.lua');
compareTypeScript('lua/types/sonoran_bridge.d.ts');
compareCad('lua/cad.lua', 'config/operations.json', 'lua/types/operations.lua');
for (const { file, line, name } of used) {
  if (!BUILTIN.has(name) && !defined.has(name)) fault(file, line, `${name} is named and nowhere defined`);
}
if (faults.length > 0) {
  console.error(faults.join('\n'));
  process.exitCode = 1;
} else {
  console.log(
    `${defined.size} classes and aliases, ${used.length} uses of types, ${functions.size} functions: all agree`,
  );
}
