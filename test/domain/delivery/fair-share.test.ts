import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shareOut } from '../../../lib/domain/delivery/fair-share.ts';
import { askGate, type Gate, openGate, proveKey } from '../../../lib/domain/delivery/gate.ts';
import { minute, second } from '../../../lib/domain/time/instant.ts';

const now = Date.parse('2026-11-24T10:00:00Z');
const proven = proveKey(openGate('default'), 'key-1', 'w');

/**
 * A gate that is asked again and again; `ask` gives how many were let through, and when the others come back.
 *
 * @param together how many ask at once: those of one process, or one after the other, as from many functions of AWS.
 */
function aGate(limit = 90, together = Number.POSITIVE_INFINITY) {
  let gate: Gate = proven;
  const askOnce = (sharer: string, count: number, at: number, deadline: number) => {
    const askers = Array.from({ length: count }, () => ({ sharer, deadline }));
    const { next, refusals } = askGate(gate, { api: 'send', askers, limit, fingerprint: 'key-1' }, at, 'w');
    gate = next ?? gate;
    return refusals.flatMap((refusal) => refusal?.until ?? []);
  };
  const ask = (sharer: string, count: number, at: number, deadline = now + 10 * minute) => {
    const untils: number[] = [];
    for (let left = count; left > 0; left -= together)
      untils.push(...askOnce(sharer, Math.min(left, together), at, deadline));
    return { granted: count - untils.length, untils };
  };
  return { ask, gateNow: () => gate };
}

describe.each([
  ['together', Number.POSITIVE_INFINITY],
  ['one after the other', 1],
])('a gate that is short, and is asked by all %s,', (_, together) => {
  /** One schedule has asked for 300 at ten, and another one for some ten seconds later, when nothing was left. */
  function aShortGate(count: number) {
    const { ask, gateNow } = aGate(90, together);
    ask('large', 300, now);
    ask('small', count, now + 10 * second);
    return { ask, gateNow, back: now + 62 * second };
  }

  it('shares evenly between those who come back, in whatever order they ask', () => {
    const { ask, back } = aShortGate(60);
    expect(ask('large', 90, back).granted).toBe(45);
    expect(ask('small', 60, back).granted).toBe(45);
  });

  it('gives the rest to the one who wants more', () => {
    const { ask, back } = aShortGate(3);
    expect(ask('large', 90, back).granted).toBe(87);
    expect(ask('small', 3, back).granted).toBe(3);
  });

  it('keeps a slot for five seconds for somebody who does not come back', () => {
    const { ask, back } = aShortGate(30);
    const { granted, untils } = ask('large', 90, back);
    expect(granted).toBe(60);
    expect(untils.filter((until) => until === back + 5 * second)).toHaveLength(30);
    expect(ask('large', 1, back + 5 * second - 1).granted).toBe(0);
    expect(ask('large', 30, back + 5 * second).granted).toBe(30);
  });

  it('sends the others away for a window when every slot is kept for somebody else', () => {
    const { ask } = aGate(2, together);
    ask('first', 2, now);
    for (const sharer of ['a', 'b']) ask(sharer, 1, now + second, now + 100 * second);
    const back = now + 62 * second;
    const { granted, untils } = ask('other', 3, back);
    expect([granted, ...untils.map((until) => (until - back) / second)]).toEqual([0, 5, 5, 62]);
  });

  it('keeps nothing for those who come back later', () => {
    const { ask } = aGate(90, together);
    ask('large', 300, now);
    expect(ask('small', 90, now + 70 * second).granted).toBe(90);
  });

  it('keeps nothing for those who can only come back too late', () => {
    const { ask } = aGate(90, together);
    ask('short', 180, now, now + 50 * second);
    expect(ask('other', 90, now + 63 * second).granted).toBe(90);
  });

  it('lets those go first whose deadline passes before grants run out again', () => {
    const { ask } = aGate(90, together);
    const later = now + 240 * minute;
    ask('patient', 300, now, later);
    ask('calm', 90, now + second, later);
    ask('urgent', 40, now + second, now + 100 * second);
    const back = now + 62 * second;
    expect(ask('patient', 90, back, later).granted).toBe(25);
    expect(ask('calm', 90, back, later).granted).toBe(25);
    expect(ask('urgent', 40, back, now + 100 * second).granted).toBe(40);
  });

  it('gives half of the limit at most to one whose deadlines are always near', () => {
    const { ask } = aGate(90, together);
    ask('patient', 300, now);
    ask('hasty', 90, now + second, now + 100 * second);
    const back = now + 62 * second;
    expect(ask('hasty', 90, back, now + 100 * second).granted).toBe(45);
    expect(ask('patient', 90, back).granted).toBe(45);
  });

  it('counts what each has had in the window', () => {
    const { ask } = aGate(90, together);
    ask('large', 60, now);
    ask('large', 60, now + 10 * second);
    ask('small', 60, now + 20 * second);
    const back = now + 62 * second;
    expect(ask('large', 30, back).granted).toBe(15);
    expect(ask('small', 60, back).granted).toBe(45);
  });

  it('sends those of one schedule back as grants run out, not all at once', () => {
    const { ask } = aGate(90, together);
    const { untils } = ask('large', 300, now);
    const counts = Map.groupBy(untils, (until) => (until - now) / second);
    expect([...counts].map(([seconds, all]) => [seconds, all.length])).toEqual([
      [62, 90],
      [124, 90],
      [186, 30],
    ]);
  });

  it('sends nobody away for longer because the clock was an hour ahead and was set back', () => {
    const { ask } = aGate(90, together);
    ask('large', 300, now + 60 * minute, now + 120 * minute);
    const { granted, untils } = ask('large', 180, now);
    expect(granted).toBe(90);
    expect(new Set(untils)).toEqual(new Set([now + 62 * second]));
  });

  it('keeps nothing for others while there is enough', () => {
    const { ask } = aGate(90, together);
    expect(ask('large', 90, now).granted).toBe(90);
    expect(ask('large', 90, now + 70 * second).granted).toBe(90);
  });

  it('forgets nobody, however many of another one wait', () => {
    const { ask, gateNow } = aGate(3, together);
    for (let i = 0; i < 300; i += 1) ask('hog', 1, now + i * 100, now + 60 * minute);
    ask('small', 2, now + 31 * second, now + 60 * minute);
    expect(gateNow().sharing?.waiting.length).toBeLessThanOrEqual(100);
    expect(gateNow().sharing?.waiting.some(({ sharer }) => sharer === 'small')).toBe(true);
  });

  it('stays small, however many wait', () => {
    const { ask, gateNow } = aGate(10, together);
    for (let i = 0; i < 1_000; i += 1) ask(`schedule-${i}`, 1, now);
    expect(JSON.stringify(gateNow()).length).toBeLessThan(20_000);
  });
});

describe('whatever is asked', () => {
  const step = fc.record({
    sharer: fc.constantFrom('a', 'b', 'c'),
    count: fc.integer({ min: 1, max: 8 }),
    waitMs: fc.nat(20_000),
    livesMs: fc.integer({ min: 1, max: 200_000 }),
  });

  it('no more than the limit goes out, and all who are refused come back later than now', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.integer({ min: 1, max: 6 }), (steps, limit) => {
        const { ask, gateNow } = aGate(limit);
        let at = now;
        for (const { sharer, count, waitMs, livesMs } of steps) {
          at += waitMs;
          const { untils } = ask(sharer, count, at, at + livesMs);
          for (const until of untils) expect(until).toBeGreaterThan(at);
          expect(gateNow().grants.send.length).toBeLessThanOrEqual(limit);
        }
      }),
    );
  });
});

describe('slots', () => {
  const wants = fc.array(fc.record({ count: fc.nat(50), had: fc.nat(50) }), { maxLength: 8 });

  it('are given out evenly, never more than there are or than one wants, and none is left that somebody wants', () => {
    fc.assert(
      fc.property(wants, fc.nat(120), (entries, slots) => {
        const counts = new Map(entries.map(({ count }, i) => [`${i}`, count]));
        const had = new Map(entries.map((entry, i) => [`${i}`, entry.had]));
        const given = shareOut(slots, counts, had);
        const total = [...given.values()].reduce((sum, count) => sum + count, 0);
        const wanted = entries.reduce((sum, { count }) => sum + count, 0);
        expect(total).toBe(Math.min(slots, wanted));
        for (const [i, entry] of entries.entries()) {
          const own = given.get(`${i}`) ?? 0;
          expect(own).toBeLessThanOrEqual(entry.count);
          if (own === 0) continue;
          for (const [j, other] of entries.entries())
            if ((given.get(`${j}`) ?? 0) < other.count)
              expect(own + entry.had).toBeLessThanOrEqual((given.get(`${j}`) ?? 0) + other.had + 1);
        }
      }),
    );
  });
});
