/** A link that has become much longer than another keeps its doubt for a while, and is passed over then. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Lateness } from '../../src/core/link/lateness.js';

const USUAL = 25;
const FASTEST = 2;

test('a pong that is on time, or hardly later than on another link, takes a doubt back', () => {
  const lateness = new Lateness();
  assert.equal(lateness.outlasts(USUAL, USUAL, FASTEST, 0), false);
  assert.equal(lateness.outlasts(300, USUAL, 290, 0), false, 'all are late: a busy machine');
  assert.equal(lateness.outlasts(300, USUAL, Number.POSITIVE_INFINITY, 0), false, 'there is no other');
  assert.equal(lateness.longer, false);
});

test('ten pongs in a row that are late take it back, and the link is longer from then on', () => {
  const lateness = new Lateness();
  for (let n = 1; n < 10; n++) assert.equal(lateness.outlasts(300, USUAL, FASTEST, n * 100), true);
  assert.equal(lateness.longer, false);
  assert.equal(lateness.outlasts(300, USUAL, FASTEST, 1000), false);
  assert.equal(lateness.longer, true);
});

test('one that is on time between them begins the count anew', () => {
  const lateness = new Lateness();
  for (let n = 0; n < 9; n++) lateness.outlasts(300, USUAL, FASTEST, n);
  lateness.outlasts(10, USUAL, FASTEST, 10);
  assert.equal(lateness.outlasts(300, USUAL, FASTEST, 11), true);
});

test('half a minute without a late pong forgives', () => {
  const lateness = new Lateness();
  lateness.risen(300, USUAL, FASTEST, 0);
  assert.equal(lateness.longer, true, 'it was down, and is longer than before');
  lateness.pong(10, FASTEST, 20_000);
  lateness.pong(300, FASTEST, 25_000);
  lateness.pong(10, FASTEST, 54_999);
  assert.equal(lateness.longer, true);
  lateness.pong(10, FASTEST, 55_000);
  assert.equal(lateness.longer, false);
});

test('a link that never was in doubt is as long as it is', () => {
  const lateness = new Lateness();
  lateness.risen(300, 0, FASTEST, 0);
  assert.equal(lateness.longer, false);
});
