import { describe, expect, it } from 'vitest';
import { preview } from '../../../lib/domain/schedule/preview.ts';
import { day, minute } from '../../../lib/domain/time/instant.ts';
import { aDefinition, at, told } from '../table/a-definition.ts';

const event = at('2026-10-12T18:00:00Z');
const unlimited = Number.POSITIVE_INFINITY;

describe('a preview', () => {
  it('shows only what is still to come of its first event', () => {
    const definition = aDefinition({ leadTimes: ['1h', '10m'] });
    const { notifications } = preview(definition, { from: event - 30 * minute, count: 2 }, unlimited);
    expect(notifications.map(({ leadTime, eventAt }) => [leadTime, eventAt])).toEqual([
      ['10m', event],
      ['1h', event + day],
      ['10m', event + day],
    ]);
  });

  it('that ends where it was asked to end is complete, however few events it has', () => {
    const { fireTimes, warnings } = preview(
      aDefinition(),
      { from: event - 1, to: event + 1, count: 10 },
      unlimited,
    );
    expect([fireTimes, warnings]).toEqual([[event], []]);
  });

  it.each([
    [50, []],
    [51, ['undefined over_limit']],
  ])('of %i pools at once warns of %j, where five times ten may go in five minutes', (count, warnings) => {
    const pools = Array.from({ length: count }, (_, i) => `pool ${i}`);
    const shown = preview(aDefinition({ pools, message: 'Bye' }), { from: event - 1, count: 1 }, 10);
    expect(told(shown.warnings)).toEqual(warnings);
  });

  it('puts 20,000 values into texts at most, whatever the number of texts', () => {
    const message = '{{eventTime}} {{minutesLeft}} '.repeat(20);
    const definition = aDefinition({ message, leadTimes: ['4h', '3h', '2h', '1h', '0m'] });
    const asked = (count: number) => preview(definition, { from: event - day, count }, unlimited);
    expect(asked(100).notifications).toHaveLength(500);
    expect(() => asked(101)).toThrow('at most 100');
  });
});
