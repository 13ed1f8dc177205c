import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shareOut } from '../../lib/domain/fair-share.ts';
import { askGate, type Gate, openGate, proveKey } from '../../lib/domain/gate.ts';
import { minute, second } from '../../lib/domain/instant.ts';

const now = Date.parse('2026-11-24T10:00:00Z');
const proven = proveKey(openGate('default'), 'key-1', 'w');

/** A gate that is asked again and again; `ask` gives how many were let through, and when the others come back. */
function aGate(limit = 90) {
  let gate: Gate = proven;
  return (sharer: string, count: number, at: number, deadline = now + 5 * minute) => {
    const askers = Array.from({ length: count }, () => ({ sharer, deadline }));
    const { next, refusals } = askGate(gate, { api: 'send', askers, limit, fingerprint: 'key-1' }, at, 'w');
    gate = next ?? gate;
    const untils = refusals.flatMap((refusal) => refusal?.until ?? []);
    return { granted: count - untils.length, untils };
  };
}

/** One schedule has asked for 300 at ten, and another one for some ten seconds later, when nothing was left. */
function aShortGate(count: number) {
  const ask = aGate();
  ask('large', 300, now);
  ask('small', count, now + 10 * second);
  return { ask, back: now + 62 * second };
}

describe('a gate that is short', () => {
  it('shares evenly between those who come back, whoever asks first', () => {
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

  it('keeps nothing for those who come back later', () => {
    const ask = aGate();
    ask('large', 300, now);
    expect(ask('small', 90, now + 70 * second).granted).toBe(90);
  });

  it('lets those go first whose deadline passes before grants run out again', () => {
    const ask = aGate();
    ask('patient', 300, now, now + 240 * minute);
    ask('urgent', 80, now + second, now + 100 * second);
    const back = now + 62 * second;
    expect(ask('patient', 90, back, now + 240 * minute).granted).toBe(10);
    expect(ask('urgent', 80, back, now + 100 * second).granted).toBe(80);
  });

  it('counts what each has had in the window', () => {
    const ask = aGate();
    ask('large', 60, now);
    ask('large', 60, now + 10 * second);
    ask('small', 60, now + 20 * second);
    const back = now + 62 * second;
    expect(ask('large', 30, back).granted).toBe(15);
    expect(ask('small', 60, back).granted).toBe(45);
  });

  it('keeps nothing for others while there is enough', () => {
    const ask = aGate();
    expect(ask('large', 90, now).granted).toBe(90);
    expect(ask('large', 90, now + 70 * second).granted).toBe(90);
  });

  it('stays small, however many wait', () => {
    let gate: Gate = proven;
    for (let i = 0; i < 1_000; i += 1) {
      const askers = [{ sharer: `schedule-${i}`, deadline: now + minute }];
      gate = askGate(gate, { api: 'send', askers, limit: 10, fingerprint: 'key-1' }, now, 'w').next ?? gate;
    }
    expect(JSON.stringify(gate).length).toBeLessThan(20_000);
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
