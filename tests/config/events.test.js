'use strict';

// config/events.json: what is generated from it and checked in is current, and each example is what its types say, to the
// generator and to the compiler of TypeScript.

const assert = require('node:assert/strict');
const { execFileSync, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { test } = require('node:test');
const reference = require('../../tools/lib/events_reference');

const ROOT = path.resolve(__dirname, '../..');
const TSC = path.join(ROOT, 'tests/fxhost/node_modules/typescript/bin/tsc');
const FILES = { docs: 'docs/events.md', lua: 'lua/types/events.lua', typescript: 'lua/types/events.d.ts' };

function folder(t) {
  const made = fs.mkdtempSync(path.join(os.tmpdir(), 'sonoran-'));
  t.after(() => fs.rmSync(made, { recursive: true }));
  return made;
}

/** The table with a change, in a file of its own. */
function changed(t, change) {
  const table = JSON.parse(fs.readFileSync(path.join(ROOT, 'config/events.json'), 'utf8'));
  change(table, (type) => table.events.find((event) => event.type === type));
  const file = path.join(folder(t), 'events.json');
  fs.writeFileSync(file, JSON.stringify(table));
  return file;
}

for (const [what, file] of Object.entries(FILES)) {
  test(`${file} is what the table says`, () => {
    const printed = execFileSync(process.execPath, [path.join(ROOT, 'tools/lib/events_reference.js'), what], { encoding: 'utf8' });
    assert.equal(fs.readFileSync(path.join(ROOT, file), 'utf8'), printed, `${file} is stale; build the target events and commit it`);
  });
}

test('an example that is not of its types is named: a wrong type, a missing field, an unknown field, a type that is none', (t) => {
  const says = (pattern, change) => assert.throws(() => reference.readTable(changed(t, change)), pattern);
  says(/EVENT_UNIT_STATUS\.status must be an integer/, (_, event) => { event('EVENT_UNIT_STATUS').example.status = '3'; });
  says(/EVENT_UNIT_STATUS\.status must be an integer/, (_, event) => { event('EVENT_UNIT_STATUS').example.status = 3.5; });
  says(/EVENT_911\.call has no caller/, (_, event) => { delete event('EVENT_911').example.call.caller; });
  says(/EVENT_911\.call\.metaData\.x must be a text/, (_, event) => { event('EVENT_911').example.call.metaData.x = 1.5; });
  says(/EVENT_TONE has volume, which is no field/, (_, event) => { event('EVENT_TONE').example.volume = 3; });
  says(/EVENT_TONE\.playTonesTo must be an array/, (_, event) => { event('EVENT_TONE').example.playTonesTo = {}; });
  says(/'Colour' is no type/, (table) => { table.shapes.Unit.fields.id[0] = 'Colour'; });
  says(/is there twice/, (table) => table.events.push(table.events[0]));
  says(/has no summary/, (_, event) => { delete event('EVENT_TONE').summary; });
});

test('the events that the bridge gives itself are those of the module', () => {
  const source = fs.readFileSync(path.join(ROOT, 'plugin/api/own_event.cpp'), 'utf8');
  const rows = [...source.matchAll(/Row\{"(\w+)", "(\w+)", Form::/g)].map(([, operation, type]) => `${type} ${operation}`);
  const { events } = reference.readTable();
  assert.deepEqual(events.flatMap(({ type, bridge = [] }) => bridge.map((operation) => `${type} ${operation}`)).sort(), rows.sort());
});

test('the compiler takes every example as data of its event, and no other', (t) => {
  const file = path.join(folder(t), 'examples.ts');
  const text = reference.examples(reference.readTable(), path.join(ROOT, 'lua/types/events'));
  fs.writeFileSync(file, `${text}
// @ts-expect-error: a status is a number
export const wrong: SonoranEventData['EVENT_UNIT_STATUS'] = { identIds: [41], status: true };
`);
  const compiled = spawnSync(process.execPath, [TSC, '--noEmit', '--strict', '--target', 'es2022', file], { encoding: 'utf8' });
  assert.equal(compiled.status, 0, compiled.stdout);
});
