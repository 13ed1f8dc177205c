import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { second } from '../../lib/domain/time/instant.ts';
import { start } from '../rig.ts';
import { anEvent, aSchedule, createApi, storedRows } from './api-rig.ts';

const methods = fc.constantFrom('GET', 'PUT', 'POST', 'DELETE', 'PATCH');
const odd = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '__proto__',
    'constructor',
    '%',
    '%00',
    '..',
    '\u0000',
    '💣',
    '"',
    "'; DROP TABLE schedules;--",
  ),
);
const segment = fc.oneof(
  fc.constantFrom('v1', 'health', 'tick', 'schedules', 'apply', 'preview', 'deliveries', 'pools', 'eod', ''),
  fc.constantFrom('pause', 'resume', 'skip', 'postpone', 'send', 'notifications', 'audit'),
  odd,
);
const anyPath = fc
  .array(segment, { maxLength: 4 })
  .map((segments) => `/${segments.join('/').replaceAll('?', '')}`);
const known = ['/v1/health', '/v1/tick', '/v1/schedules', '/v1/schedules/eod', '/v1/apply', '/v1/preview'];
const actPaths = ['pause', 'resume', 'skip', 'postpone', 'send'].map((what) => `/v1/schedules/eod/${what}`);
const lists = ['/v1/deliveries', '/v1/deliveries/x', '/v1/pools', '/v1/audit'];
const path = fc.oneof(fc.constantFrom(...known, ...lists, ...actPaths, '/v1/notifications'), anyPath);
const parameter = fc.tuple(
  fc.oneof(fc.constantFrom('schedule', 'pool', 'state', 'from', 'to', 'limit', 'cursor'), odd),
  fc.oneof(
    fc.constantFrom('trouble', 'pending', '2026-11-24T09:00:00Z', '1', '0', '200', '1~a', '-1', '1e9', 'NaN'),
    odd,
  ),
);
const query = fc
  .array(parameter, { maxLength: 4 })
  .map((pairs) => pairs.map((pair) => pair.join('=')).join('&'));
const field = fc.constantFrom(
  ...['id', 'pools', 'cron', 'at', 'timeZone', 'leadTimes', 'message', 'locale', 'startAt', 'endAt'],
  ...['calendars', 'maxLateness', 'enabled', 'status', 'connection', 'description', '__proto__'],
);
const value = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom(
    '* * * * *',
    '0 0 30 2 *',
    '@daily',
    '15m',
    'Asia/Shanghai',
    '2026-12-05T22:00',
    '{{timeLeft}}',
  ),
);
const schedule = fc
  .dictionary(field, value, { maxKeys: 1 })
  .map((fields) => ({ ...aSchedule({ id: 'eod' }), ...fields }));
const event = fc.constantFrom('2026-11-24T18:00:00Z', '2026-11-25T18:00:00Z', '2026-11-24T18:00:00.5Z');
const actValue = fc.oneof(event, fc.constantFrom('1h', '1d', '{{eventTime}}', 'Wait.', true, false), value);
/** What an act may be asked with: mostly right, with one field that may be anything. */
const actBody = fc
  .tuple(
    fc.record({ reason: fc.constant('Wait.'), eventAt: event, by: fc.constant('1h') }, { requiredKeys: [] }),
    fc.dictionary(
      fc.constantFrom('reason', 'until', 'eventAt', 'to', 'by', 'notify', 'dryRun', 'message', '__proto__'),
      actValue,
      { maxKeys: 1 },
    ),
  )
  .map(([right, anything]) => ({ ...right, ...anything }));
const notificationField = fc.constantFrom('pools', 'message', 'locale', 'timeZone', 'eventAt', 'leadTimes');
const notificationBody = fc
  .dictionary(notificationField, actValue, { maxKeys: 2 })
  .map((fields) => ({ pools: ['finance'], message: 'Now.', ...fields }));
const usual = fc.oneof(
  schedule,
  actBody,
  notificationBody,
  fc.record({ schedule, from: value, to: value, count: value }, { requiredKeys: ['schedule'] }),
  fc.record({ schedules: fc.array(schedule, { maxLength: 2 }) }),
);
const body = fc.oneof(
  { arbitrary: usual, weight: 3 },
  { arbitrary: fc.oneof(fc.constant(undefined), odd, fc.json()), weight: 1 },
);
const headers = fc.dictionary(
  fc.constantFrom('if-match', 'content-type', 'authorization', 'accept', 'idempotency-key'),
  fc.oneof(fc.constantFrom('*', '"1"', 'W/"1"', 'application/json', 'application/yaml', 'text/plain'), odd),
  { maxKeys: 2 },
);

let callers = 0;

/** Another address each time: the clock stands still here, and who shows wrong tokens waits for it. */
function anAddress(): string {
  callers += 1;
  return `2001:db8::${callers.toString(16)}`;
}

describe('whatever is sent', () => {
  it('is answered, and never with 500', async () => {
    const api = createApi();
    await api.tick();
    await api.call('PUT', '/v1/schedules/eod', { body: aSchedule() });
    await fc.assert(
      fc.asyncProperty(methods, path, query, body, headers, async (method, where, asked, content, sent) => {
        const event = anEvent(method, `${where}?${asked}`, {
          body: content,
          headers: sent,
          from: anAddress(),
        });
        const answer = await api.send(event);
        expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(500);
        expect(answer.headers['Content-Type']).toMatch(/^application\/(problem\+)?json$/);
      }),
      { numRuns: 400 },
    );
    expect(api.logged.filter((line) => !line.includes(' call-refused '))).toEqual([]);
  });

  it('to a call that exists is answered, and never with 500', async () => {
    const api = createApi();
    await api.tick();
    const calls = fc.constantFrom(
      ['PUT', '/v1/schedules/eod', 'application/json'],
      ['POST', '/v1/preview', 'application/json'],
      ['POST', '/v1/apply', 'application/yaml'],
      ['POST', '/v1/tick', 'application/json'],
      ['GET', '/v1/deliveries', 'application/json'],
      ['GET', '/v1/schedules', 'application/json'],
      ['GET', '/v1/audit', 'application/json'],
    );
    await fc.assert(
      fc.asyncProperty(calls, query, body, async ([method = '', where = '', type = ''], asked, content) => {
        const target = method === 'GET' ? `${where}?${asked}` : where;
        const answer = await api.call(method, target, { body: content, headers: { 'content-type': type } });
        expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(500);
      }),
      { numRuns: 600 },
    );
    expect(api.logged.filter((line) => !line.includes(' call-refused '))).toEqual([]);
  });

  it('as an act is answered, never with 500, and changes nothing when it is refused', async () => {
    const api = createApi();
    await api.prove();
    await api.call('PUT', '/v1/schedules/eod', { body: aSchedule({ leadTimes: ['9h', '1h'] }) });
    const calls = fc.oneof(
      fc.tuple(fc.constantFrom(...actPaths), fc.oneof({ arbitrary: actBody, weight: 4 }, body)),
      fc.tuple(fc.constant('/v1/notifications'), fc.oneof({ arbitrary: notificationBody, weight: 4 }, body)),
    );
    const key = fc.constantFrom(undefined, 'a', 'b', 'no key');
    const statuses = new Set<number>();
    let seconds = 0;
    await fc.assert(
      fc.asyncProperty(calls, key, headers, async ([where, content], idempotencyKey, sent) => {
        seconds += 1;
        api.clock.moveTo(start + seconds * second);
        const before = storedRows(api);
        const keyed = idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey };
        const asked = { body: content, headers: { ...sent, ...keyed }, from: anAddress() };
        const answer = await api.call('POST', where, asked);
        const told = `${where} ${JSON.stringify(content)} ${JSON.stringify(answer.body)}`;
        const { status = 500 } = answer;
        expect(status, told).toBeLessThan(500);
        if (status >= 400) expect(storedRows(api), told).toBe(before);
        statuses.add(status);
      }),
      { numRuns: 600 },
    );
    expect(api.logged.filter((line) => !line.includes(' call-refused '))).toEqual([]);
    // A fuzz that is always refused, or never, proves little.
    expect([...statuses]).toEqual(expect.arrayContaining([200, 201, 400, 401, 422]));
  });
});
