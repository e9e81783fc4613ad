import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Deadlines } from '../../src/core/deadlines.js';

test('nothing is due in an empty table', () => {
  const deadlines = new Deadlines(3);
  assert.equal(deadlines.next(), Number.POSITIVE_INFINITY);
  assert.equal(deadlines.pop(1e300), -1);
  assert.equal(deadlines.get(2), Number.POSITIVE_INFINITY);
  deadlines.clear(1);
  assert.equal(deadlines.size, 0);
});

test('deadlines come out earliest first, and not before their time', () => {
  const deadlines = new Deadlines(4);
  deadlines.set(3, 10.5);
  deadlines.set(0, 30);
  deadlines.set(1, 20);
  assert.equal(deadlines.next(), 10.5);
  assert.equal(deadlines.pop(10.4), -1);
  assert.equal(deadlines.pop(10.5), 3);
  assert.equal(deadlines.pop(15), -1);
  assert.equal(deadlines.pop(100), 1);
  assert.equal(deadlines.pop(100), 0);
  assert.equal(deadlines.pop(100), -1);
});

test('a deadline is moved both ways', () => {
  const deadlines = new Deadlines(3);
  for (let id = 0; id < 3; id++) deadlines.set(id, 10 + id);
  deadlines.set(0, 50);
  assert.equal(deadlines.next(), 11);
  deadlines.set(2, 5);
  assert.equal(deadlines.next(), 5);
  assert.equal(deadlines.get(0), 50);
  assert.equal(deadlines.size, 3);
});

test('Infinity takes a deadline away', () => {
  const deadlines = new Deadlines(2);
  deadlines.set(0, 1);
  deadlines.set(1, 2);
  deadlines.set(0, Number.POSITIVE_INFINITY);
  deadlines.set(0, Number.POSITIVE_INFINITY);
  assert.equal(deadlines.size, 1);
  assert.equal(deadlines.pop(10), 1);
});
