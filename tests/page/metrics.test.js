'use strict';

// The metrics, as other programs read them: promtool of Debian's prometheus, and the reader of OpenMetrics of its client for Python.

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { serverOf } = require('../fxhost/resource/server');
const { TOKEN, cfgOf, addUnits, during } = require('./visit');

const TOOLS = process.env.SONORAN_PROMETHEUS || '';
const root = path.resolve(__dirname, '../..');

/** Runs one of Prometheus' tools on a text; gives its output. */
function run(program, words, input, env = {}) {
  assert.ok(TOOLS !== '' && fs.existsSync(TOOLS), 'SONORAN_PROMETHEUS must name the folder that tools/lib/prometheus prints; tools/test page sets it.');
  const ended = spawnSync(program, words, { input, encoding: 'utf8', env: { ...process.env, ...env } });
  assert.equal(ended.error, undefined, `${program}: ${ended.error}`);
  return ended;
}
const promtool = (text) => run(path.join(TOOLS, 'usr/bin/promtool'), ['check', 'metrics'], text);
const READER = `
import json, sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from prometheus_client.parser import text_string_to_metric_families as text_0_0_4
read = text_string_to_metric_families if sys.argv[1] == 'openmetrics' else text_0_0_4
print(json.dumps([[f.name, f.type, f.unit, [[s.name, s.labels, s.value] for s in f.samples]] for f in read(sys.stdin.read())]))
`;
/** Every family as Python's client reads it: [name, type, unit, [[sample, labels, value]]]. */
function python(form, text) {
  const ended = run('python3', ['-c', READER, form], text, { PYTHONPATH: path.join(TOOLS, 'usr/lib/python3/dist-packages') });
  assert.equal(ended.status, 0, ended.stderr.slice(-2000));
  return JSON.parse(ended.stdout);
}

/** A server with traffic of each kind, and what it gives for its metrics. */
async function scraped(t) {
  const s = await serverOf(t, { cfg: cfgOf('set sonoran_bridge_tracking "marked"'), options: ['--unknown-unit', 'nobody'] });
  const players = addUnits(s.host, 5);
  await s.said('runs:');
  for (const player of players) s.call('setOnDuty', player.source, true);
  s.call('setPanic', players[0].source, true);
  s.call('setStatus', players[1].source, 3);
  s.lua('script_author', "exports.sonoran_bridge:setPanic('nobody', true)");
  await s.seen('all of it', (now) => now.units.unit1?.panic && now.units.unit5);
  await s.until('the refusal', () => (s.call('status')[0].operations.setUnitPanic?.failed?.not_found ?? 0) > 0);
  const url = await s.host.httpUrl();
  const get = async (accept) => {
    const answer = await during(s.host, fetch(`${url}/sonoran_bridge/metrics`, { headers: { authorization: `Bearer ${TOKEN}`, ...(accept ? { accept } : {}) } }));
    assert.equal(answer.status, 200);
    return { type: answer.headers.get('content-type'), text: await during(s.host, answer.text()) };
  };
  return { ...s, get };
}

const OPEN = 'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1';

test('promtool has nothing to say about the text of Prometheus', async (t) => {
  const s = await scraped(t);
  const { type, text } = await s.get('text/plain;version=0.0.4');
  assert.equal(type, 'text/plain; version=0.0.4; charset=utf-8');
  const said = promtool(text);
  assert.equal(said.status, 0, `${said.stdout}${said.stderr}`);
  assert.equal(`${said.stdout}${said.stderr}`.trim(), '');
  assert.notEqual(promtool(text.replace('# TYPE sonoran_bridge_held_bytes gauge', '# TYPE sonoran_bridge_held_bytes counter')).status, 0, 'it would say so');
});

test("OpenMetrics by Accept, as Prometheus' own reader reads it; both forms have the same samples, and those of status()", async (t) => {
  const s = await scraped(t);
  const open = await s.get(OPEN);
  const plain = await s.get();
  assert.equal(open.type, 'application/openmetrics-text; version=1.0.0; charset=utf-8');
  assert.ok(open.text.endsWith('\n# EOF\n'));
  const families = python('openmetrics', open.text);
  const names = (list) => list.flatMap(([, , , samples]) => samples.map(([name, labels]) => `${name} ${JSON.stringify(labels)}`)).sort();
  assert.deepEqual(names(families), names(python('text', plain.text)));
  const value = (name, labels = {}) => families.flatMap(([, , , samples]) => samples)
    .find((one) => one[0] === `sonoran_bridge_${name}` && Object.entries(labels).every(([key, wanted]) => one[1][key] === wanted))?.[2];
  const status = s.call('status')[0];
  assert.equal(value('build_info', { version: status.version, door: status.door }), 1);
  assert.equal(value('state', { state: 'running' }), 1);
  assert.equal(value('players'), 5);
  for (const [operation, one] of Object.entries(status.operations)) {
    assert.equal(value('requests_sent_total', { operation }) <= one.sent, true, operation);
    assert.equal(value('budget_limit_requests', { operation }), one.budget.limit);
  }
  assert.equal(value('requests_failed_total', { operation: 'setUnitPanic', kind: 'not_found' }), status.operations.setUnitPanic.failed.not_found);
  // A histogram's counts grow, and the last is the total.
  const [, type, unit, samples] = families.find(([name]) => name === 'sonoran_bridge_panic_latency_seconds');
  assert.deepEqual([type, unit], ['histogram', 'seconds']);
  const buckets = samples.filter(([name]) => name.endsWith('_bucket'));
  assert.equal(buckets.length, 18);
  assert.ok(buckets.every(([, , n], i) => i === 0 || n >= buckets[i - 1][2]));
  assert.equal(buckets.at(-1)[2], status.classes.panic.latency_ms.count);
  assert.equal(value('panic_latency_seconds_count'), status.classes.panic.latency_ms.count);
  assert.ok(Math.abs(value('panic_latency_seconds_sum') * 1000 - status.classes.panic.latency_ms.sum) < 0.01);
});

test('every metric with a unit has it in its name, and docs/metrics.md names each that is given', async (t) => {
  const s = await scraped(t);
  const families = python('openmetrics', (await s.get(OPEN)).text);
  const listed = new Set([...fs.readFileSync(path.join(root, 'docs/metrics.md'), 'utf8').matchAll(/^\| `(\w+)` \| (\w+) \|/gm)].map((found) => found[1]));
  assert.ok(families.length > 30);
  for (const [name, type, unit] of families) {
    assert.ok(listed.has(type === 'counter' ? `${name}_total` : name), name);
    if (unit) assert.ok(name.endsWith(`_${unit}`), `${name} ${unit}`);
  }
});

test('names of resources that are hostile are escaped', (t) => {
  const program = `dofile('${root}/lua/server/metrics.lua')
    io.write(Metrics.text({ state = 'running', resources = { ['a"} 1\\n# HELP x \\\\'] = { calls = 1 }, ['\\xFF'] = { calls = 2 } } }, arg[1] == 'open'))`;
  for (const form of ['text', 'openmetrics']) {
    const made = spawnSync('lua5.4', ['-', form === 'openmetrics' ? 'open' : 'plain'], { input: program, encoding: 'utf8' });
    assert.equal(made.status, 0, made.stderr);
    const resources = python(form, made.stdout).find(([name]) => name === 'sonoran_bridge_resource_calls')[3].map(([, labels, n]) => [labels.resource, n]);
    assert.deepEqual(resources, [['a"} 1\n# HELP x \\', 1], ['?', 2]]);
    if (form === 'text') assert.equal(promtool(made.stdout).status, 0);
  }
});
