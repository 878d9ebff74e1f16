'use strict';

// How tools/lib/again handles failed tests, in a folder with a build whose tests are made up.

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { test } = require('node:test');

const AGAIN = path.resolve(__dirname, '../../tools/lib/again');
const PRESETS = {
  version: 6,
  configurePresets: [{ name: 'dev', generator: 'Ninja', binaryDir: '${sourceDir}/build/dev' }],
  testPresets: [{ name: 'dev', configurePreset: 'dev', output: { outputOnFailure: true } }],
};

/**
 * Runs `tests`, shell commands by name, and then again what failed, as part `part`: {code, said, left, kept}. A test whose
 * name has the word "property" gets this label.
 */
function play(t, tests, part = 'dev') {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'sonoran-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const at = (...names) => path.join(folder, ...names);
  fs.mkdirSync(at('build/dev'), { recursive: true });
  fs.mkdirSync(at('build/logs'));
  fs.writeFileSync(at('CMakePresets.json'), JSON.stringify(PRESETS));
  const rows = Object.entries(tests).map(([name, command]) => `add_test([=[${name}]=] sh -c [=[${command}]=])`);
  rows.push(...Object.keys(tests).filter((name) => /property/.test(name)).map((name) => `set_tests_properties([=[${name}]=] PROPERTIES LABELS property)`));
  fs.writeFileSync(at('build/dev/CTestTestfile.cmake'), rows.join('\n'));
  const { SONORAN_SEED, ...env } = process.env;
  const options = { cwd: folder, encoding: 'utf8', env };
  fs.writeFileSync(at(`build/logs/ctest-${part}.log`), spawnSync('ctest', ['--preset', 'dev'], options).stdout);
  const failed = fs.readFileSync(at('build/dev/Testing/Temporary/LastTestsFailed.log'), 'utf8').trim().split('\n');
  fs.writeFileSync(at('list'), failed.map((line) => `${part} dev ${line}\n`).join(''));
  const ran = spawnSync(AGAIN, ['list'], options);
  assert.equal(ran.stderr, '');
  const kept = Object.fromEntries(fs.readdirSync(at('build/logs')).map((name) => [name, fs.readFileSync(at('build/logs', name), 'utf8')]));
  return { code: ran.status, said: ran.stdout.trim().split('\n'), left: fs.readFileSync(at('list'), 'utf8'), kept };
}

// Fails the first time.
const ONCE = (name, output) => `test -e ${name} || { touch ${name}; echo ${output}; exit 1; }`;

test('a test that passes the second time is named, and its first output kept', (t) => {
  const { code, said, left, kept } = play(t, { good: 'true', 'Row/Weather.Holds/3  # GetParam() = (1)': ONCE('a', 'unlucky'), other: 'echo fine' });
  assert.deepEqual(said, ['passed only when run again: Row/Weather.Holds/3  # GetParam() = (1) (part dev; its first output: build/logs/first-dev-Row-Weather.Holds-3-GetParam-1-.log)']);
  assert.equal(left, '');
  assert.equal(code, 0);
  assert.match(kept['first-dev-Row-Weather.Holds-3-GetParam-1-.log'], /unlucky/);
  assert.doesNotMatch(kept['first-dev-Row-Weather.Holds-3-GetParam-1-.log'], /other/);
});

test('a test that fails twice stays failed, beside one that does not', (t) => {
  const { code, said, left } = play(t, { once: ONCE('a', 'unlucky'), broken: 'echo no; exit 1' });
  assert.deepEqual(said.map((line) => line.split(' (')[0]), ['passed only when run again: once', 'failed twice: broken']);
  assert.equal(left, 'dev dev 2:broken\n');
  assert.equal(code, 1);
});

test('what a sanitizer or a fuzz target reports is not run again', (t) => {
  for (const report of ['==1==ERROR: AddressSanitizer: heap-use-after-free', 'WARNING: ThreadSanitizer: data race', 'a.cpp:1:2: runtime error: overflow']) {
    const { code, said, left } = play(t, { once: ONCE('a', `"${report}"`) });
    assert.match(said[0], /^failed, and is not run again: once/);
    assert.equal(left, 'dev dev 1:once\n');
    assert.equal(code, 1);
  }
  assert.equal(play(t, { once: ONCE('a', 'x') }, 'fuzz').code, 1);
});

// Fails with seed 77, which it draws where it is given none; passes with any other.
const SEEDED = 'seed=${SONORAN_SEED:-77}; echo SONORAN_SEED=$seed; test $seed != 77';

test('a random test is run again with the seed that it failed with', (t) => {
  const { code, said, left } = play(t, { random: SEEDED });
  assert.match(said[0], /^failed twice: random \(part dev; SONORAN_SEED=77; /);
  assert.equal(left, 'dev dev 1:random\n');
  assert.equal(code, 1);
});

// As the property tests do: one test plays many seeds, and names the one that failed and the test that plays it alone.
const MANY = (seed) => `echo "seeds from SONORAN_SEED=5"; echo "many: to play it again: SONORAN_SEED=${seed} build/dev/bin/property_tests --gtest_filter=Replay.Hour"; exit 1`;
const ALONE = 'test -n "$SONORAN_SEED" || exit 0; echo plays $SONORAN_SEED; test $SONORAN_SEED != 77';

test('of a test of many seeds the one that failed is played, and nothing forgives it', (t) => {
  const tests = { 'property Swarm/1': MANY(77), 'Replay.Hour': ALONE, 'Replay.HourOfAnother': 'exit 0' };
  const { code, said, left, kept } = play(t, tests);
  assert.match(said[0], /^failed twice: property Swarm\/1 \(part dev; SONORAN_SEED=77 plays Replay\.Hour; /);
  assert.equal(said.length, 1);
  assert.match(kept['again-dev-property-Swarm-1.log'], /plays 77\n/);
  assert.match(kept['again-dev-property-Swarm-1.log'], /1 tests failed out of 1/);
  assert.equal(left, 'dev dev 1:property Swarm/1\n');
  assert.equal(code, 1);
});

test('a test in virtual time stays failed, whatever a second run says', (t) => {
  for (const [tests, said] of [
    [{ 'property Swarm/1': MANY(78), 'Replay.Hour': ALONE }, /^failed, although it passes with the seed that it named: property Swarm\/1 \(part dev; SONORAN_SEED=78 plays/],
    [{ 'property day': ONCE('a', 'SONORAN_SEED=5') }, /^failed, although it passes with the seed that it named: property day \(part dev; SONORAN_SEED=5;/],
    [{ 'property row': ONCE('a', 'no seed') }, /^failed, and is not run again: property row \(part dev; /],
    [{ 'property crash': MANY(77), other: 'true' }, /^failed twice: property crash/], // the test that it names is not there
  ]) {
    const ran = play(t, tests);
    assert.match(ran.said[0], said);
    assert.equal(ran.left, `dev dev 1:${Object.keys(tests)[0]}\n`);
    assert.equal(ran.code, 1);
  }
});

test('more than five are not run again, but their seeds are named', (t) => {
  const many = Object.fromEntries([1, 2, 3, 4, 5].map((n) => [`t${n}`, ONCE(`f${n}`, 'x')]));
  const { code, said, left } = play(t, { ...many, 'property Swarm/1': MANY(77) });
  assert.deepEqual(said, ['again: 6 tests failed; at most 5 are run again.', 'failed: property Swarm/1 (part dev; SONORAN_SEED=77 plays Replay.Hour)']);
  assert.equal(left.trim().split('\n').length, 6);
  assert.equal(code, 1);
});
