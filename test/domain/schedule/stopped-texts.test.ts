import { describe, expect, it } from 'vitest';
import { reason } from '../../../lib/domain/codes/reasons.ts';
import type { Notice } from '../../../lib/domain/schedule/notice.ts';
import type { Schedule } from '../../../lib/domain/schedule/schedule.ts';
import {
  isRelated,
  type Stopping,
  stopChanged,
  stopTexts,
} from '../../../lib/domain/schedule/stopped-texts.ts';
import { hour, minute } from '../../../lib/domain/time/instant.ts';
import { aDefinition, at, now } from '../table/a-definition.ts';
import { aNotice, aSchedule } from './a-schedule.ts';

const why = reason('deleted', {});
const event = at('2026-09-01T18:00:00Z');

/** The stops of a text after an act. */
function stopsAfter(notice: Notice, act: Partial<Stopping>, fields: Partial<Schedule> = {}) {
  const before = aSchedule({ ...fields, notices: [notice] });
  return stopTexts(before, { why, before, ...act }, now).notices[0]?.stops;
}

describe('an act about all events', () => {
  it('stops the text about an event that was moved and is still to come', () => {
    const about = [event - 24 * hour];
    const movedTo = (to: number) => ({ exceptions: [{ eventAt: event - 24 * hour, movedTo: to }] });
    expect(stopsAfter(aNotice({ about }), {}, movedTo(event - hour))).toEqual([{ why }]);
    expect(stopsAfter(aNotice({ about }), {}, movedTo(now - hour))).toBeUndefined();
  });

  it('stops a text that was sent by hand, whatever it is about', () => {
    const past = { about: [now - hour] };
    expect(stopsAfter(aNotice({ ...past, kind: 'message' }), {})).toEqual([{ why }]);
    expect(stopsAfter(aNotice({ ...past, kind: 'all-clear' }), {})).toBeUndefined();
  });
});

describe('an act about one event', () => {
  const toAll = aNotice({ isAboutAll: true, about: [event] });

  it('stops a text about all events whose readers were warned of that event alone', () => {
    expect(stopsAfter(toAll, { eventTimes: [event] })).toEqual([{ why }]);
    const ofTwo = aNotice({ isAboutAll: true, about: [event, event + 24 * hour] });
    expect(stopsAfter(ofTwo, { eventTimes: [event] })).toBeUndefined();
  });

  it('stops no text about all events where it concerns some pools only', () => {
    expect(stopsAfter(toAll, { eventTimes: [event], pools: ['finance'] })).toBeUndefined();
  });
});

describe('an edit', () => {
  const message = aNotice({ kind: 'message', about: [event] });
  const before = aSchedule({ definition: aDefinition({ pools: ['finance', 'support'] }) });
  const stopsOf = (notice: Notice, changes: Record<string, unknown>) => {
    const after = { ...before, definition: aDefinition({ pools: ['finance', 'support'], ...changes }) };
    return stopChanged(aSchedule({ notices: [notice] }), { before, after, why }, now).notices[0]?.stops;
  };

  it('that disables the schedule stops the text that was sent by hand', () => {
    expect(stopsOf(message, { enabled: false })).toEqual([{ why }]);
  });

  it('that takes a pool away stops the text that was sent by hand, there alone', () => {
    expect(stopsOf(message, { pools: ['support'] })).toEqual([{ why, pools: ['finance'] }]);
  });

  it('that takes the event away stops what is about it', () => {
    expect(stopsOf(aNotice({ about: [event] }), { cron: '0 19 * * *' })).toEqual([{ why }]);
    expect(stopsOf(aNotice({ about: [event] }), { message: 'other' })).toBeUndefined();
  });
});

it('takes two texts for related when one is about all events, whichever it is', () => {
  const one = aNotice({ about: [event] });
  const toAll = aNotice({ isAboutAll: true, about: [event + minute] });
  expect([isRelated(one, toAll), isRelated(toAll, one)]).toEqual([true, true]);
  expect(isRelated(one, aNotice({ about: [event + minute] }))).toBe(false);
});
