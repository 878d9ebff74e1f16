'use strict';

// Prints what is written about the CAD's events, from config/events.json: docs (docs/events.md), lua (lua/types/events.lua),
// typescript (lua/types/events.d.ts), or examples: a script in TypeScript that has every example as data of its event.
// `cmake --build --preset dev --target events` writes the first three; the test config_events compares them, and compiles
// the fourth.

const fs = require('node:fs');
const path = require('node:path');

const TABLE = path.resolve(__dirname, '../../config/events.json');
const LINE = 120; // characters of a comment's line

// ------------------------------------------------------------------------------------------------------------- table

const BASE = ['text', 'integer', 'number', 'boolean', 'any', 'object', 'texts'];

/** What a type of the table means: a list of {name, list: how many [] follow it}. Throws a message where it means nothing. */
function alternatives(type, shapes, where) {
  return type.split('|').map((part) => {
    const found = /^\s*(\w+)((?:\[\])*)\s*$/.exec(part);
    if (!found || !(BASE.includes(found[1]) || shapes[found[1]])) throw new Error(`${where}: '${part.trim()}' is no type.`);
    return { name: found[1], list: found[2].length / 2 };
  });
}

/** The fields of an event or a shape, in the file's order. */
const fieldsOf = (row, shapes, where) =>
  Object.entries(row.fields ?? {}).map(([given, [type, about]]) => {
    const name = given.replace(/\?$/, '');
    return { name, optional: given.endsWith('?'), about, type: alternatives(type, shapes, `${where}.${name}`) };
  });

const kindOf = (value) => (Array.isArray(value) ? 'an array' : value === null ? 'null' : `a ${typeof value}`);

/** Throws where `value` is none of `type`. */
function checkValue(value, type, shapes, where) {
  const faults = [];
  for (const one of type) {
    try {
      checkOne(value, one, shapes, where);
      return;
    } catch (error) {
      faults.push(error.message);
    }
  }
  throw new Error(faults[0]);
}

function checkOne(value, { name, list }, shapes, where) {
  const need = (good, what) => {
    if (!good) throw new Error(`${where} must be ${what}; the example has ${kindOf(value)}.`);
  };
  if (list > 0) {
    need(Array.isArray(value), 'an array');
    value.forEach((one, i) => checkOne(one, { name, list: list - 1 }, shapes, `${where}[${i}]`));
  } else if (shapes[name]) {
    need(typeof value === 'object' && value !== null && !Array.isArray(value), 'an object');
    checkFields(value, fieldsOf(shapes[name], shapes, name), shapes, where);
  } else if (name === 'text') need(typeof value === 'string', 'a text');
  else if (name === 'integer') need(Number.isInteger(value), 'an integer');
  else if (name === 'number' || name === 'boolean') need(typeof value === name, `a ${name}`);
  else if (name !== 'any') {
    need(typeof value === 'object' && value !== null && !Array.isArray(value), 'an object');
    if (name === 'texts') Object.entries(value).forEach(([key, one]) => checkOne(one, { name: 'text', list: 0 }, shapes, `${where}.${key}`));
  }
}

function checkFields(value, fields, shapes, where) {
  for (const { name, optional, type } of fields) {
    if (Object.hasOwn(value, name)) checkValue(value[name], type, shapes, `${where}.${name}`);
    else if (!optional) throw new Error(`${where} has no ${name}, which is no optional field.`);
  }
  for (const name of Object.keys(value)) {
    if (!fields.some((field) => field.name === name)) throw new Error(`${where} has ${name}, which is no field.`);
  }
}

/** The table, checked: every example is what its event's fields say. Throws a message. */
function readTable(file = TABLE) {
  const { shapes, events } = JSON.parse(fs.readFileSync(file, 'utf8'));
  for (const [name, shape] of Object.entries(shapes)) fieldsOf(shape, shapes, name);
  const seen = new Set();
  for (const event of events) {
    if (!/^[A-Z][A-Z0-9_]*$/.test(event.type) || seen.has(event.type)) throw new Error(`${event.type} is no name of an event, or is there twice.`);
    seen.add(event.type);
    for (const key of ['tag', 'summary', 'fields', 'example']) {
      if (event[key] === undefined) throw new Error(`${event.type} has no ${key}.`);
    }
    if ((event.fields === null) !== (event.example === null)) throw new Error(`${event.type} has data or it has none.`);
    if (event.fields) checkFields(event.example, fieldsOf(event, shapes, event.type), shapes, event.type);
  }
  return { shapes, events };
}

// ------------------------------------------------------------------------------------------------------------- words

/** `text` in lines of at most LINE characters, each behind `margin`. */
function wrapped(text, margin) {
  const lines = [];
  for (const word of text.split(' ')) {
    const last = lines.length - 1;
    if (last >= 0 && `${margin}${lines[last]} ${word}`.length <= LINE) lines[last] += ` ${word}`;
    else lines.push(word);
  }
  return lines.map((line) => margin + line).join('\n');
}

const aboutEvent = (event) =>
  [event.summary, event.remark, event.bridge && `The bridge gives it itself after ${event.bridge.join(', ')}, with what the CAD has answered.`].filter(Boolean).join(' ');

const typeText = (type, of) => type.map(({ name, list }) => of(name) + '[]'.repeat(list)).join(' | ');

// --------------------------------------------------------------------------------------------------------------- Lua

const LUA = { text: 'string', object: 'table', texts: 'table<string, string>' };
const luaType = (type) => typeText(type, (name) => LUA[name] ?? (BASE.includes(name) ? name : `sonoran.cad.${name}`)).replaceAll(' ', '').replaceAll('string,string', 'string, string');

const luaFields = (fields) =>
  fields.map(({ name, optional, type, about }) => `---@field ${name}${optional ? '?' : ''} ${luaType(type)}${about ? ` ${about}` : ''}`);

function lua({ shapes, events }) {
  const lines = [
    '---@meta',
    '-- Types for editors (LuaLS) of the events. Generated from config/events.json; change it there, then build the target',
    '-- `events`. Not loaded by the game server.',
  ];
  for (const [name, shape] of Object.entries(shapes)) {
    lines.push('', `---${shape.about}`, `---@class sonoran.cad.${name}`, ...luaFields(fieldsOf(shape, shapes, name)));
  }
  for (const event of events) {
    const { type } = event;
    if (event.fields) lines.push('', `---@class sonoran.data.${type}`, ...luaFields(fieldsOf(event, shapes, type)));
    lines.push(
      '',
      `---${aboutEvent(event)}`,
      `---@class sonoran.event.${type}`,
      `---@field type '${type}'`,
      "---@field source 'cad'|'bridge'",
      event.fields ? `---@field data sonoran.data.${type}|string` : '---@field data nil',
    );
  }
  lines.push(
    '',
    `---@alias sonoran.EventType ${events.map(({ type }) => `'${type}'`).join('|')}`,
    '',
    '---An event of a type that docs/events.md does not list.',
    '---@class sonoran.OtherEvent',
    '---@field type string',
    "---@field source 'cad'|'bridge'",
    '---@field data any',
    '',
    `---@alias sonoran.Event ${events.map(({ type }) => `sonoran.event.${type}`).join('|')}|sonoran.OtherEvent`,
    '',
    '---CAD.on: a handle for CAD.off; or false and a message.',
    '---@class sonoran.On',
    ...events.map(({ type }) => `---@overload fun(type: '${type}', fn: fun(event: sonoran.event.${type})): (integer|false), string?`),
    '---@overload fun(type: string, fn: fun(event: sonoran.Event)): (integer|false), string?',
  );
  return `${lines.join('\n')}\n`;
}

// -------------------------------------------------------------------------------------------------------- TypeScript

const TYPESCRIPT = { text: 'string', integer: 'number', any: 'unknown', object: 'Record<string, unknown>', texts: 'Record<string, string>' };
const typescriptType = (type) => typeText(type, (name) => TYPESCRIPT[name] ?? (BASE.includes(name) ? name : `SonoranCad${name}`));

const typescriptFields = (fields, margin) =>
  fields.flatMap(({ name, optional, type, about }) => [
    ...(about ? [`${margin}/** ${about} */`] : []),
    `${margin}${name}${optional ? '?' : ''}: ${typescriptType(type)};`,
  ]);

function typescript({ shapes, events }) {
  const lines = [
    '// Types for editors (TypeScript) of the events. Generated from config/events.json; change it there, then build the target',
    '// `events`. Not loaded by the game server.',
  ];
  for (const [name, shape] of Object.entries(shapes)) {
    lines.push('', `/** ${shape.about} */`, `export interface SonoranCad${name} {`, ...typescriptFields(fieldsOf(shape, shapes, name), '  '), '}');
  }
  lines.push('', '/** What each event says. The CAD may add fields. */', 'export interface SonoranEventData {');
  for (const event of events) {
    lines.push('  /**', wrapped(aboutEvent(event), '   * '), '   */');
    if (event.fields) lines.push(`  ${event.type}: {`, ...typescriptFields(fieldsOf(event, shapes, event.type), '    '), '  };');
    else lines.push(`  ${event.type}: null;`);
  }
  lines.push(
    '}',
    '',
    'export type SonoranEventType = keyof SonoranEventData;',
    '',
    "/** 'bridge': the bridge did it itself through the API, and the CAD says nothing of it. */",
    "export type SonoranEventSource = 'cad' | 'bridge';",
    '',
    '/** `data` is a text where its JSON is longer than 64 KiB or nests deeper than 64. */',
    'export interface SonoranEventOf<Type extends SonoranEventType> {',
    '  readonly type: Type;',
    '  readonly source: SonoranEventSource;',
    '  readonly data: SonoranEventData[Type] | string;',
    '}',
    '',
    '/** Any event that is listed; `type` tells which. */',
    'export type SonoranEvent = { [Type in SonoranEventType]: SonoranEventOf<Type> }[SonoranEventType];',
    '',
    '/** An event of a type that docs/events.md does not list. */',
    'export interface SonoranOtherEvent {',
    '  readonly type: string;',
    '  readonly source: SonoranEventSource;',
    '  readonly data: unknown;',
    '}',
  );
  return `${lines.join('\n')}\n`;
}

/** Every example, as a value of its type: the compiler is the second judge of them. `types` is where events.d.ts is imported from. */
function examples({ events }, types = '../../lua/types/events') {
  const lines = [`import type { SonoranEventData } from '${types}';`, '', 'export const examples: SonoranEventData = {'];
  for (const { type, example } of events) lines.push(`  ${type}: ${JSON.stringify(example)},`);
  return `${lines.join('\n')}\n};\n`;
}

// ---------------------------------------------------------------------------------------------------------- Markdown

const MARKDOWN = { texts: 'object of texts' };
const PLURAL = { text: 'texts', integer: 'integers', number: 'numbers', boolean: 'booleans', object: 'objects', any: 'anything' };
const plainType = (type, link) =>
  type
    .map(({ name, list }) => {
      const one = BASE.includes(name) ? (MARKDOWN[name] ?? name) : link(name);
      return list === 0 ? one : `${'list of '.repeat(list)}${PLURAL[name] ?? one}`;
    })
    .join(' or ');

const fieldRows = (fields) => [
  '| field | type | |',
  '|---|---|---|',
  ...fields.map(({ name, optional, type, about }) => {
    const linked = plainType(type, (shape) => `[${shape}](#${shape.toLowerCase()})`);
    return `| \`${name}\` | ${linked}${optional ? ', optional' : ''} | ${about} |`;
  }),
];

const HEAD = `# Events

Generated from \`config/events.json\`; change it there, then build the target \`events\`.

What happens in the CAD reaches your scripts. The bridge opens the connection, so no port has to be open. The owner sets \`sonoran_communityID\` in server.cfg.

\`\`\`lua
-- fxmanifest.lua: server_scripts { '@sonoran_bridge/lua/cad.lua', 'server.lua' }
local handle = CAD.on('EVENT_UNIT_PANIC', function(event)
  if event.data.isPanic then print('panic', json.encode(event.data.identIds), event.source) end
end)
CAD.off(handle)
\`\`\`

\`\`\`js
// fxmanifest.lua: server_scripts { '@sonoran_bridge/js/cad.js', 'server.js' }
const handle = CAD.on('EVENT_UNIT_PANIC', (event) => {
  if (event.data.isPanic) console.log('panic', event.data.identIds, event.source);
});
CAD.off(handle);
\`\`\`

- \`type\` is a type below, any other that the CAD may have, or \`'*'\` for all. Case does not count.
- \`event.type\` is the type, \`event.data\` what the CAD says. \`event.source\` is \`'cad'\`, or \`'bridge'\` where a script caused it through the bridge: the CAD sends no event for changes that come over its API, so the bridge makes one.
- \`event.data\` is a text where its JSON is longer than 64 KiB or nests deeper than 64 levels: look at its type before you index it. The CAD may add fields, and leave out what it has nothing for.
- Events come in the CAD's order. A handler that fails or waits does not delay the others. While a handler waits, it is called again for the next event.
- \`CAD.on\` holds over a restart of the bridge. It gives a number for \`CAD.off\`, or \`false\` and a message; in JavaScript it throws instead.

Without the import, \`exports.sonoran_bridge:on(type, fn)\` gives \`true\` and a number for \`off\`, or \`false\` and a message. It ends with your resource and with the bridge; after a restart of the bridge (\`onServerResourceStart\`) call it again. The console names a failing handler once. While 64 calls of a handler wait, it gets no further event; \`sonoran_bridge status\` counts the events that it missed. As with all exports, the game drops tables that are more than 15 deep in between. With \`{ raw = true }\` as third argument \`event.data\` stays a text and \`event.json\` says whether it may be decoded.

A resource that cannot pass a function can use a server event. It asks for the event in its manifest:

\`\`\`lua
-- fxmanifest.lua
sonoran_bridge_event 'EVENT_911' -- or several: sonoran_bridge_events { 'EVENT_911', 'EVENT_UNIT_PANIC' }; or '*'

-- server.lua
AddEventHandler('sonoran_bridge:event', function(type, data, source) print(type, data.call.caller) end)
\`\`\`

Every resource hears a server event. So once \`sonoran_bridge_allow\` is set, the event is fired only where the entry \`*\` gives the group \`events\`. \`on\` requires that the calling resource has that group.

What happens while the connection is down does not reach scripts. \`sonoran_bridge status\` shows for how long it has been up and how many times it was reconnected.
`;

function docs({ shapes, events }) {
  const lines = [HEAD.trimEnd()];
  const tags = [...new Set(events.map(({ tag }) => tag))];
  for (const tag of tags) {
    lines.push('', `## ${tag}`);
    for (const event of events.filter((one) => one.tag === tag)) {
      lines.push('', `### ${event.type}`, '', aboutEvent(event), '');
      if (!event.fields) continue;
      lines.push(...fieldRows(fieldsOf(event, shapes, event.type)), '', '```json', JSON.stringify(event.example), '```');
    }
  }
  lines.push('', '## What they are made of');
  for (const [name, shape] of Object.entries(shapes)) {
    lines.push('', `### ${name}`, '', shape.about, '', ...fieldRows(fieldsOf(shape, shapes, name)));
  }
  return `${lines.join('\n').replace(/\n{3,}/g, '\n\n')}\n`;
}

module.exports = { readTable, docs, lua, typescript, examples };

if (require.main === module) {
  const write = { docs, lua, typescript, examples }[process.argv[2]];
  if (!write) {
    console.error('events_reference takes docs, lua, typescript or examples.');
    process.exitCode = 2;
  } else {
    try {
      process.stdout.write(write(readTable()));
    } catch (error) {
      console.error(`events_reference: ${error.message}`);
      process.exitCode = 1;
    }
  }
}
