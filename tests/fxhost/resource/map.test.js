'use strict';

// What the map shows of a unit, from a player's game to the CAD: the text of its place, the postal, a script's text, the
// vehicle's model and lights.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { test } = require('node:test');
const { serverOf, officer } = require('./server');

const ALL = 'set sonoran_bridge_tracking "all"\nset sonoran_bridge_position_interval_ms "250"';
const HUB = 'set sonoran_communityID "simcad"';

/** Files in a folder that is gone after the test: their paths, by name. */
function filesOf(t, contents) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'sonoran-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  return Object.fromEntries(Object.entries(contents).map(([name, content]) => {
    const file = path.join(folder, `${name}.json`);
    fs.writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
    return [name, file];
  }));
}

const shows = (s, unit, what, condition) => s.seen(what, ({ units }) => units[unit] && units[unit].locations > 0 && condition(units[unit]));

test('without a street the place is its coordinates; with a list the nearest postal stands before either', async (t) => {
  const files = filesOf(t, { postals: [{ code: '8040', x: 0, y: 0 }, { code: 12, x: 1000, y: 0 }] });
  const s = await serverOf(t, { cfg: `${ALL}\nset sonoran_bridge_postals "${files.postals}"` });
  const one = s.host.addPlayer({ ...officer(1), x: 441, y: -20 });
  await s.said('the nearest of 2 postals');
  await s.said('runs:');
  await shows(s, 'officer1', 'the coordinates', (unit) => unit.location === '[8040] 441, -20');
  s.host.clientEvent(one.source, 'sonoran_bridge:report', 'Elm St', 'POLICE', 'police', true);
  await shows(s, 'officer1', 'the street', (unit) => unit.location === '[8040] Elm St');
  one.x = 900;
  await shows(s, 'officer1', 'the other postal', (unit) => unit.location === '[12] Elm St');
  // A bad file is one sentence, and the list from before stays, also after a reload.
  fs.writeFileSync(files.postals, '[{');
  s.host.command('sonoran_bridge reload');
  await s.said(/The list of postals is not taken, because sonoran_bridge_postals is '.*', which is not valid JSON in UTF-8; the list from before stays\./);
  s.call('pushPositions', { unit: 'drone-1', x: 990, y: 0, z: 3 });
  await shows(s, 'drone-1', 'the list from before', (unit) => unit.location === '[12] 990, 0');
  fs.writeFileSync(files.postals, JSON.stringify([{ code: 'new', x: 0, y: 0 }]));
  s.host.command('sonoran_bridge reload');
  await s.said('the nearest of 1 postals');
  s.call('pushPositions', { unit: 'drone-1', x: 991, y: 0, z: 3 });
  await shows(s, 'drone-1', 'the new list', (unit) => unit.location === '[new] 991, 0');
  assert.deepEqual(s.host.scriptErrors, []);
});

test("a script's text is shown as it is, follows the player's unit over a reload, and ends with nil, the player or the script", async (t) => {
  const s = await serverOf(t, { cfg: `${ALL}\n${HUB}`, ensure: ['sonoran_bridge', 'script_author', 'js_dispatch_author'] });
  const one = s.host.addPlayer({ ...officer(1), x: 1, y: 2 });
  await s.said('runs:');
  await shows(s, 'officer1', 'the coordinates', (unit) => unit.location === '1, 2');
  const set = (unit, text) => s.lua('script_author', `return exports.sonoran_bridge:setLocation(${unit}, ${text})`);
  assert.equal(set(one.source, "'Training ground'")[0], true);
  await shows(s, 'officer1', 'the text', (unit) => unit.location === 'Training ground');
  s.host.clientEvent(one.source, 'sonoran_bridge:report', 'Elm St', '', 'foot', false);
  s.host.command(`linkunit ${one.source} unit-7`);
  await shows(s, 'unit-7', 'the text at the other unit', (unit) => unit.location === 'Training ground');
  s.host.command('sonoran_bridge reload');
  await s.said('were read again');
  one.x = 50;
  await shows(s, 'unit-7', 'the text after a reload', (unit) => unit.coordinates.x === 50 && unit.location === 'Training ground');
  assert.equal(set(one.source, 'nil')[0], true);
  await shows(s, 'unit-7', 'the street', (unit) => unit.location === 'Elm St');
  // A unit by its id, before it has a place.
  assert.equal(set("'drone-1'", "'Roof'")[0], true);
  s.call('pushPositions', { unit: 'drone-1', x: 5, y: 6, z: 7, location: 'Alta St' });
  await shows(s, 'drone-1', 'the text', (unit) => unit.location === 'Roof');
  // The same from JavaScript, where a refusal is thrown.
  const js = (...values) => {
    s.host.triggerEvent('js_dispatch_author:do', 'locate', ...values);
    return s.host.callExport('js_dispatch_author', 'log')[0].filter((one) => one.step === 'locate').pop();
  };
  assert.equal(js('drone-2', 'Bank').threw, undefined);
  s.call('pushPositions', { unit: 'drone-2', x: 5, y: 6, z: 7 });
  await shows(s, 'drone-2', 'the text', (unit) => unit.location === 'Bank');
  assert.equal(js('drone-2', null).threw, undefined);
  await shows(s, 'drone-2', 'the coordinates', (unit) => unit.location === '5, 6');
  assert.match(js('drone-2', 7).threw, /The location must be a text; got number/);
  s.host.stop('script_author');
  await shows(s, 'drone-1', 'what was pushed', (unit) => unit.location === 'Alta St');
  for (const [unit, text, message] of [
    ['unit', '', /The location is empty/],
    ['unit', 'x'.repeat(161), /has 161 bytes; at most 160/],
    ['unit', 'a\nb', /control character/],
    ['unit', 7, /must be a text; got number/],
    [999, 'x', /no player 999/],
  ]) {
    const [ok, said] = s.call('setLocation', unit, text);
    assert.equal(ok, false);
    assert.match(said, message);
  }
  assert.deepEqual(s.host.scriptErrors, []);
});

test("over the hub the vehicle is the model of its kind with the siren's lights, or the kind's name", async (t) => {
  const files = filesOf(t, { vehicles: {
    police: { model: 'https://example.com/police.glb', zOffset: 1.5, lightZOffset: 2, sizeOffset: 1, headingOffset: 90, lights: false },
    helicoper: { model: 'https://example.com/heli.glb', zOffset: 0, sizeOffset: 1, headingOffset: 0, lights: false },
  } });
  const s = await serverOf(t, { cfg: `${ALL}\n${HUB}\nset sonoran_bridge_vehicles "${files.vehicles}"`, host: { clients: 1 } });
  const one = s.host.addPlayer(officer(1));
  await s.said('models for 2 kinds of vehicle');
  const vehicle = (what, expected) => shows(s, 'officer1', what, (unit) => JSON.stringify(unit.vehicle) === JSON.stringify(expected));
  await vehicle('on foot', { type: 'foot' });
  one.enter('POLICE');
  const model = { model: 'https://example.com/police.glb', zOffset: 1.5, lightZOffset: 2, sizeOffset: 1, headingOffset: 90 };
  await vehicle('the police car', { ...model, lights: false });
  one.siren = true;
  await vehicle('its lights', { ...model, lights: true });
  for (const [name, type] of [['AMBULAN', 'ems'], ['FIRETRUK', 'fire'], ['BMX', 'bicycle'], ['BATI', 'motorcycle'], ['DINGHY', 'boat'], ['LUXOR', 'plane'], ['SULTAN', 'car']]) {
    one.leave();
    one.enter(name);
    await vehicle(name, { type });
  }
  one.leave();
  one.enter('MAVERICK');
  await vehicle('the helicopter, which the file misspells', { model: 'https://example.com/heli.glb', zOffset: 0, sizeOffset: 1, headingOffset: 0, lights: false });
  assert.deepEqual(s.host.scriptErrors, []);
});

test("a game cannot show a file of its own, nor a kind that there is not", async (t) => {
  const s = await serverOf(t, { cfg: `${ALL}\n${HUB}` });
  const one = s.host.addPlayer(officer(1));
  await s.said('runs:');
  const report = (...args) => s.host.clientEvent(one.source, 'sonoran_bridge:report', ...args);
  const bad = [
    ['Elm St', 'https://example.com/evil.glb', 'car', false], ['Elm St', 'x'.repeat(65), 'car', false], ['Elm St', 'SULTAN', 'tank', false],
    ['Elm St', 'SULTAN', { car: true }, false], ['Elm St', 'SULTAN', 'car', 1], ['Elm St', 'SULTAN', 'car'], ['Elm St', 'SULTAN'],
  ];
  for (const args of bad) {
    const before = s.call('status')[0].reports_refused.malformed;
    report(...args);
    await s.until('the refusal', () => s.call('status')[0].reports_refused.malformed === before + 1);
    await s.host.run(0.6);
  }
  report('Good St', 'SULTAN', 'car', false);
  const { units } = await shows(s, 'officer1', 'the good one', (unit) => unit.location === 'Good St');
  assert.deepEqual(units.officer1.vehicle, { type: 'car' });
  assert.deepEqual(s.host.scriptErrors, []);
});
