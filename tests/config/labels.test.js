'use strict';

// A label is a folder below tests/: tools/test picks its parts by them, and CONTRIBUTING.md says so.

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');

test('each test has the label of its folder', () => {
  const listed = execFileSync('ctest', ['--show-only=json-v1'], { cwd: process.env.SONORAN_BUILD, encoding: 'utf8', maxBuffer: 1 << 28 });
  const { tests } = JSON.parse(listed);
  assert.ok(tests.length > 100, `${tests.length} tests are listed`);
  const folders = new Set(fs.readdirSync(path.join(__dirname, '..')));
  const labels = (one) => (one.properties || []).filter(({ name }) => name === 'LABELS').flatMap(({ value }) => value);
  const without = tests.filter((one) => labels(one).filter((label) => folders.has(label)).length !== 1).map(({ name }) => name);
  assert.deepEqual(without, []);
});
