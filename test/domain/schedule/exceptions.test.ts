import { describe, expect, it } from 'vitest';
import { namedEvent } from '../../../lib/domain/schedule/named-event.ts';
import { endBefore, endOf, eventsOf, unwantedReason } from '../../../lib/domain/schedule/notifications.ts';
import { hour, minute, second } from '../../../lib/domain/time/instant.ts';
import { aDefinition, at } from '../table/a-definition.ts';

const definition = aDefinition({ cron: '0 10,18 * * *' });
const morning = at('2026-10-12T10:00:00Z');
const evening = at('2026-10-12T18:00:00Z');
const ofTheDay = (exceptions: { eventAt: number; movedTo?: number }[], changed = definition) => [
  ...eventsOf({ definition: changed, exceptions }, morning - hour, evening + hour),
];

describe('an event that was moved', () => {
  it('happens at its new time, and says so at the old one', () => {
    expect(ofTheDay([{ eventAt: morning, movedTo: morning + hour }])).toEqual([
      { eventAt: morning, unwanted: { code: 'postponed', to: morning + hour } },
      { eventAt: morning + hour },
      { eventAt: evening },
    ]);
  });

  it('happens at the time of another one, though that was skipped', () => {
    expect(ofTheDay([{ eventAt: morning, movedTo: evening }, { eventAt: evening }])).toEqual([
      { eventAt: morning, unwanted: { code: 'postponed', to: evening } },
      { eventAt: evening },
    ]);
  });

  it('is one event with that which has its new time anyway, so that both are skipped together', () => {
    const exceptions = [{ eventAt: morning, movedTo: evening }];
    for (const named of [morning, evening])
      expect(namedEvent({ definition, exceptions }, named)).toEqual({
        writtenTimes: [morning, evening],
        happensAt: evening,
      });
  });

  it('does not happen when the schedule no longer has it', () => {
    const changed = aDefinition({ cron: '0 18 * * *' });
    expect(ofTheDay([{ eventAt: morning, movedTo: morning + hour }], changed)).toEqual([
      { eventAt: evening },
    ]);
  });

  it('is waited for beyond the end of its schedule', () => {
    const ending = aDefinition({ cron: '0 10,18 * * *', endAt: '2026-10-12T19:00:00Z' });
    const exceptions = [{ eventAt: evening, movedTo: evening + 48 * hour }];
    expect(endOf({ definition: ending, exceptions })).toBe(evening + 48 * hour);
  });
});

it.each([
  ['skipped', { eventAt: evening }, { code: 'skipped' }],
  ['moved', { eventAt: evening, movedTo: evening + hour }, { code: 'postponed', to: evening + hour }],
])('a notification is not wanted when its event was %s', (_, exception, why) => {
  const key = { eventAt: evening, leadSeconds: 0 };
  expect(unwantedReason({ definition, exceptions: [exception] }, key, 'finance')).toEqual(why);
});

describe('a text that somebody asked for right before an event', () => {
  it('ends halfway to the event when it tells the time, and has a minute when it does not', () => {
    expect(endBefore(evening - 10 * second, evening, true)).toBe(evening - 5 * second);
    expect(endBefore(evening - 10 * second, evening, false)).toBe(evening + 50 * second);
  });

  it('ends half a minute before an event that is far enough', () => {
    for (const isTold of [true, false])
      expect(endBefore(evening - 10 * minute, evening, isTold)).toBe(evening - 30 * second);
  });
});
