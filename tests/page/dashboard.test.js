'use strict';

// The dashboard for Grafana asks for metrics that there are, by labels that they have, in words that Prometheus reads.

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { test } = require('node:test');

const TOOLS = process.env.SONORAN_PROMETHEUS || '';
const root = path.resolve(__dirname, '../..');
const dashboard = JSON.parse(fs.readFileSync(path.join(root, 'docs/grafana.json'), 'utf8'));
const queries = dashboard.panels.flatMap((panel) => panel.targets.map((target) => ({ panel: panel.title, expr: target.expr, legend: target.legendFormat })));

/** name -> {type, labels}: of every sample that a full report gives. */
function samples() {
  const full = path.join(__dirname, 'full_report.lua');
  const made = spawnSync('lua5.4', [full, root], { encoding: 'utf8' });
  assert.equal(made.status, 0, made.stderr);
  const found = new Map();
  for (const line of made.stdout.split('\n')) {
    const [, name, labels] = /^(\w+)(?:\{(.*)\})? /.exec(line) || [];
    if (name) found.set(name, new Set([...(found.get(name) || []), ...[...(labels || '').matchAll(/(\w+)="/g)].map((one) => one[1])]));
  }
  return found;
}

test('every query names metrics that there are, and labels that they have', () => {
  const there = samples();
  assert.ok(queries.length >= 14);
  for (const { panel, expr, legend } of queries) {
    const names = [...expr.matchAll(/sonoran_bridge_\w+/g)].map((found) => found[0]);
    assert.ok(names.length > 0, `${panel}: ${expr}`);
    const known = new Set(['job', 'instance']);
    for (const name of names) {
      assert.ok(there.has(name), `${panel}: there is no metric ${name}`);
      there.get(name).forEach((label) => known.add(label));
    }
    const labels = [...expr.matchAll(/(\w+)\s*=~?"/g), ...expr.matchAll(/by \(([^)]*)\)/g), ...legend.matchAll(/\{\{(\w+)\}\}/g)].flatMap((found) => found[1].split(/,\s*/));
    for (const label of labels) assert.ok(known.has(label), `${panel}: ${names} has no label ${label}`);
  }
  for (const variable of dashboard.templating.list.filter((one) => one.type === 'query')) {
    assert.ok(there.has(/\((\w+),/.exec(variable.query)[1]), variable.query);
  }
});

test('every metric of docs/metrics.md is in the full report', () => {
  const there = samples();
  for (const [, name, type] of fs.readFileSync(path.join(root, 'docs/metrics.md'), 'utf8').matchAll(/^\| `(\w+)` \| (\w+) \|/gm)) {
    assert.ok(there.has(type === 'histogram' ? `${name}_bucket` : name), name);
  }
});

test('Prometheus reads every query', () => {
  assert.ok(TOOLS !== '' && fs.existsSync(TOOLS), 'SONORAN_PROMETHEUS must name the folder that tools/lib/prometheus prints; tools/test page sets it.');
  const rules = { groups: [{ name: 'dashboard', rules: queries.map(({ expr }, i) => ({ record: `query:${i}`, expr: expr.replaceAll('$__rate_interval', '5m') })) }] };
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'sonoran-rules-'));
  try {
    const file = path.join(folder, 'rules.yml');
    fs.writeFileSync(file, JSON.stringify(rules));
    const said = spawnSync(path.join(TOOLS, 'usr/bin/promtool'), ['check', 'rules', file], { encoding: 'utf8' });
    assert.equal(said.status, 0, `${said.stdout}${said.stderr}`);
    assert.match(said.stdout, new RegExp(`${queries.length} rules found`));
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});
