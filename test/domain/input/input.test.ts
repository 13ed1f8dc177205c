import { expect, it } from 'vitest';
import type { Problem } from '../../../lib/domain/codes/problems.ts';
import { readWholeNumber } from '../../../lib/domain/input/whole-number.ts';
import { isLoopback } from '../../../lib/domain/loopback.ts';
import { told } from '../table/a-definition.ts';

it.each([
  [1, 1, []],
  ['200', 200, []],
  ['0', 1, ['limit whole_number']],
  [201, 1, ['limit whole_number']],
  [1.5, 1, ['limit whole_number']],
  ['1e2', 1, ['limit whole_number']],
])('reads %j as a number from 1 to 200', (input, number, expected) => {
  const problems: Problem[] = [];
  expect(readWholeNumber(input, 'limit', { min: 1, max: 200 }, problems)).toBe(number);
  expect(told(problems)).toEqual(expected);
});

it.each([
  ['http://localhost:8080', true],
  ['http://127.0.0.53', true],
  ['http://[::1]:8080', true],
  ['http://127.0.0.1.example.com', false],
  ['http://127.example', false],
  ['http://localhost.example.com', false],
])('what is sent to %s stays on this machine: %s', (url, isHere) => {
  expect(isLoopback(new URL(url))).toBe(isHere);
});
