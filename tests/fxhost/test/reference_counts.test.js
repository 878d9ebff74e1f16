'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { ReferenceCounts } = require('../lib/reference_counts');

test('a function is released when the last who holds it lets go, once', () => {
  const released = [];
  const counts = new ReferenceCounts((id) => released.push(id));
  counts.made(1);
  assert.ok(counts.has(1));
  counts.add(1);
  counts.add(1);
  counts.remove(1);
  assert.deepEqual(released, []);
  counts.remove(1);
  assert.deepEqual(released, [1]);
  assert.equal(counts.size, 0);
  counts.remove(1);
  assert.deepEqual(released, [1], 'one that is unknown is nobody\'s');
});

test('one that nobody came to hold is released when it is let go, and one that is forgotten whoever holds it', () => {
  const released = [];
  const counts = new ReferenceCounts((id) => released.push(id));
  counts.made(1);
  counts.remove(1);
  counts.made(2);
  counts.add(2);
  counts.forget(2);
  assert.deepEqual(released, [1, 2]);
  assert.ok(!counts.has(2));
});

test('with its runtime all are gone, and none is released one by one', () => {
  const released = [];
  const counts = new ReferenceCounts((id) => released.push(id));
  counts.made(1);
  counts.clear();
  assert.equal(counts.size, 0);
  assert.deepEqual(released, []);
});
