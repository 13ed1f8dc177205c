import { describe, expect, it } from 'vitest';
import { minute, second } from '../../lib/domain/time/instant.ts';
import { createRefusalLog } from '../../lib/http/refusal-log.ts';
import { countRefusals } from '../../lib/http/slow-down.ts';
import { start } from '../rig.ts';
import { createApi } from './api-rig.ts';

const wrong = { authorization: 'Bearer wrong' };

/** An API, and callers of whom it is known whether they have been answered yet. */
function aDoor() {
  const api = createApi();
  let now = start;
  return {
    api,
    passes(ms: number) {
      now += ms;
      api.clock.moveTo(now);
    },
    knock(from = '203.0.113.7') {
      const knocked = { status: 0 };
      const answered = api.call('GET', '/v1/schedules', { headers: wrong, from }).then(({ status = 0 }) => {
        knocked.status = status;
      });
      return { knocked, answered };
    },
  };
}

/** Long enough for every answer that waits for nothing. */
async function aMoment(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

async function refusedFiveTimes(from?: string) {
  const door = aDoor();
  for (let n = 0; n < 5; n += 1) await door.knock(from).answered;
  return door;
}

describe('a caller without a known token', () => {
  it('is told so at once five times, and then later each time, by 10 s at most', async () => {
    const { knock, passes } = await refusedFiveTimes();
    for (const seconds of [1, 2, 4, 8, 10, 10]) {
      const { knocked, answered } = knock();
      await aMoment();
      passes(seconds * second - 1);
      await aMoment();
      expect({ seconds, ...knocked }).toEqual({ seconds, status: 0 });
      passes(1);
      await answered;
      expect({ seconds, ...knocked }).toEqual({ seconds, status: 401 });
    }
  });

  it('holds up nobody else, and no right token from its own address', async () => {
    const { api, knock } = await refusedFiveTimes('198.51.100.1');
    const { knocked } = knock('198.51.100.1');
    await knock('198.51.100.2').answered;
    for (const as of ['viewer', 'admin'] as const)
      expect((await api.call('GET', '/v1/schedules', { as, from: '198.51.100.1' })).status).toBe(200);
    expect((await api.call('GET', '/v1/health', { as: 'nobody', from: '198.51.100.1' })).status).toBe(503);
    expect(knocked.status).toBe(0);
  });

  it('waits for a missing token as for a wrong one', async () => {
    const { api } = await refusedFiveTimes();
    let isAnswered = false;
    void api.call('GET', '/v1/schedules', { as: 'nobody' }).then(() => {
      isAnswered = true;
    });
    await aMoment();
    expect(isAnswered).toBe(false);
  });

  it('begins anew after a minute without a refusal', async () => {
    const { knock, passes } = await refusedFiveTimes();
    passes(minute);
    await knock().answered;
  });
});

describe('many callers without a known token', () => {
  it('wait like one, when together they are refused a hundred times within a minute', async () => {
    const door = aDoor();
    for (let n = 0; n < 100; n += 1) await door.knock(`198.51.100.${n}`).answered;
    const { knocked, answered } = door.knock('203.0.113.1');
    await aMoment();
    expect(knocked.status).toBe(0);
    door.passes(second);
    await answered;
    expect(knocked.status).toBe(401);
  });

  it('are told to come later when a hundred wait already, and right tokens are not', async () => {
    const door = aDoor();
    for (let n = 0; n < 100; n += 1) await door.knock(`198.51.100.${n}`).answered;
    for (let n = 0; n < 100; n += 1) door.knock(`192.0.2.${n}`);
    const { knocked, answered } = door.knock('203.0.113.1');
    await answered;
    expect(knocked.status).toBe(429);
    expect((await door.api.call('GET', '/v1/schedules', { from: '192.0.2.1' })).status).toBe(200);
    door.passes(10 * second);
    await aMoment();
    const later = door.knock('203.0.113.1');
    await aMoment();
    door.passes(10 * second);
    await later.answered;
    expect(later.knocked.status).toBe(401);
  });
});

describe('a refused call', () => {
  const refusedOf = (api: ReturnType<typeof createApi>) =>
    api.logged.filter((line) => line.includes(' call-refused ') || line.includes(' calls-refused '));

  it.each([
    ['GET', '/v1/schedules?token=in-the-query', { headers: wrong }, 'UNAUTHENTICATED', '/v1/schedules'],
    ['POST', '/v1/tick', { as: 'viewer', body: {} }, 'FORBIDDEN', '/v1/tick'],
    ['GET', '/v1/no\u001bthing', {}, 'NOT_FOUND', '/v1/no\\u001bthing'],
    ['PATCH', '/v1/schedules', {}, 'METHOD_NOT_ALLOWED', '/v1/schedules'],
    ['POST', '/v1/apply', { body: 'x'.repeat(300_000) }, 'TOO_LARGE', '/v1/apply'],
  ] as const)('stands in the log: %s %s', async (method, target, sent, code, path) => {
    const { api } = aDoor();
    await api.call(method, target, sent);
    const [line = ''] = refusedOf(api);
    expect(line).toContain(`code=${code} method=${method} path=`);
    expect(line).toContain(path);
    expect(line).toContain('from=203.0.113.7');
    expect(line).not.toMatch(/wrong|in-the-query/);
  });

  it('that is one of very many is counted', () => {
    const told: unknown[] = [];
    const warn = (event: string, fields = {}) => told.push({ event, ...fields });
    const tell = createRefusalLog({ info() {}, warn, error() {} });
    const refused = { code: 'FORBIDDEN', method: 'GET', path: '/x', from: 'a', reason: 'no' };
    for (let n = 0; n < 5_000; n += 1) tell(refused, start + n);
    tell(refused, start + minute);
    expect(told).toHaveLength(22);
    expect(told.slice(-2)).toMatchObject([
      { event: 'calls-refused', count: 4_980 },
      { event: 'call-refused' },
    ]);
  });
});

describe('the count of refusals', () => {
  it('does not mind five refusals in more than a minute', () => {
    const refuse = countRefusals(5, 10 * second);
    for (let n = 0; n < 20; n += 1) {
      const now = start + n * 13 * second;
      expect(refuse('a', now)).toBe(now);
    }
  });

  it('lets nobody wait for longer than it is told to', () => {
    const refuse = countRefusals(5, second);
    const delays = Array.from({ length: 10 }, () => refuse('a', start) - start);
    expect(Math.max(...delays)).toBe(second);
  });

  it('lets nobody wait longer because the clock was set back', () => {
    const refuse = countRefusals(5, 10 * second);
    for (let n = 0; n < 20; n += 1) refuse('a', start);
    const earlier = start - 2 * minute;
    expect(refuse('a', earlier)).toBe(earlier);
  });

  it('remembers a thousand addresses, and forgets those that were refused longest ago', () => {
    const count = countRefusals(5, 10 * second);
    const refuse = (address: string) => count(address, start);
    for (let n = 0; n < 6; n += 1) for (const address of ['first', 'second']) refuse(address);
    for (let n = 0; n < 998; n += 1) refuse(`other-${n}`);
    expect(refuse('first')).toBeGreaterThan(start);
    refuse('one-more');
    expect(refuse('second')).toBe(start);
    expect(refuse('first')).toBeGreaterThan(start);
  });
});
