import { describe, expect, it } from 'vitest';
import { second } from '../../lib/domain/time/instant.ts';
import { faultAnswers } from '../../local/simulator/faults.ts';
import { type Driven, drive, jobIdOf, poolIdOf, sendTo } from './driver.ts';

describe('a fault', () => {
  it.each([
    ['400', 400, 'WKS.0001'],
    ['401', 401, 'APIGW.0301'],
    ['403', 403, 'WKS.0000FAKE'],
    ['404', 404, 'APIGW.0101'],
    ['409', 409, 'WKS.00010032'],
    ['429', 429, 'APIGW.0308'],
    ['500', 500, 'WKS.00000003'],
    ['502', 502, 'APIGW.0201'],
    ['503', 503, 'APIGW.0613'],
    ['504', 504, 'APIGW.0201'],
  ])('%s answers once, and nothing takes effect', async (answer, status, code) => {
    const driven = await drive();
    await driven.injectFault({ match: {}, answer });
    const refused = await sendTo(driven, 'finance');
    expect(refused.status).toBe(status);
    expect(refused.json).toMatchObject({ error_code: code, error_msg: expect.stringMatching(/./) });
    expect(refused.headers['x-request-id']).toMatch(/./);
    expect(await driven.received()).toEqual([]);
    expect((await sendTo(driven, 'finance')).status).toBe(200);
  });

  it('429 names the limit and the window', async () => {
    const driven = await drive();
    await driven.injectFault({ match: {}, answer: '429' });
    expect((await sendTo(driven, 'finance')).text).toContain('limit:100,time:1 minute');
  });

  it('401 shows the canonical request and does not lock the key', async () => {
    const driven = await drive();
    await driven.injectFault({ match: {}, answer: '401', times: 6 });
    for (let count = 0; count < 6; count += 1) {
      expect((await sendTo(driven, 'finance')).text).toContain(
        'verify aksk signature fail, canonicalRequest:POST|',
      );
    }
    expect((await sendTo(driven, 'finance')).status).toBe(200);
  });

  it('html answers with a page and no code', async () => {
    const driven = await drive();
    await driven.injectFault({ match: {}, answer: 'html' });
    const refused = await sendTo(driven, 'finance');
    expect(refused).toMatchObject({ status: 502, json: undefined, text: expect.stringContaining('<html>') });
    expect(refused.headers['content-type']).toBe('text/html');
    expect(await driven.received()).toEqual([]);
  });

  it.each([
    ['reset-before-read', []],
    ['reset-after-read', ['Please log off.']],
  ])('%s cuts the connection; received is %j', async (answer, received) => {
    const driven = await drive();
    await driven.injectFault({ match: {}, answer });
    await expect(sendTo(driven, 'finance')).rejects.toThrow();
    expect((await driven.received()).map(({ text }) => text)).toEqual(received);
    expect((await sendTo(driven, 'finance')).status).toBe(200);
  });

  it('reset-after-read cuts the connection of a refused request as well', async () => {
    const driven = await drive();
    await driven.injectFault({ match: {}, answer: 'reset-after-read' });
    await expect(driven.workspace('GET', 'desktop-pools/nowhere')).rejects.toThrow();
  });

  it('no-job-id takes effect and keeps the job id to itself', async () => {
    const driven = await drive();
    await driven.injectFault({ match: {}, answer: 'no-job-id' });
    expect(await sendTo(driven, 'finance')).toMatchObject({ status: 200, json: {} });
    expect(await driven.received()).toMatchObject([{ jobId: expect.stringMatching(/^[0-9a-f-]{36}$/) }]);
  });

  it('late takes effect at once and answers in the end', async () => {
    const waits: { ms: number; end: () => void }[] = [];
    const asked = Promise.withResolvers<void>();
    const wait = (ms: number) =>
      new Promise<void>((end) => {
        waits.push({ ms, end });
        asked.resolve();
      });
    const driven = await drive({ wait });
    await driven.injectFault({ match: {}, answer: 'late' });
    const sent = sendTo(driven, 'finance');
    await asked.promise;
    expect(waits.map(({ ms }) => ms)).toEqual([15 * second]);
    const [received] = await driven.received();
    for (const { end } of waits) end();
    expect(jobIdOf(await sent)).toBe(received?.jobId);
  });

  it('late outlives a caller that gave up', async () => {
    const asked = Promise.withResolvers<void>();
    const over = Promise.withResolvers<void>();
    const wait = () => {
      asked.resolve();
      return over.promise;
    };
    const driven = await drive({ wait });
    await driven.injectFault({ match: {}, answer: 'late' });
    const leaving = new AbortController();
    const outcome = sendTo(driven, 'finance', 'a', leaving.signal).catch(() => 'left');
    await asked.promise;
    leaving.abort();
    expect(await outcome).toBe('left');
    over.resolve();
    expect(await driven.received()).toMatchObject([{ text: 'a' }]);
  });

  it('hang keeps a call waiting until the faults are cleared, and it never takes effect', async () => {
    const driven = await drive();
    await driven.injectFault({ match: {}, answer: 'hang' });
    const outcome = sendTo(driven, 'finance').then(
      () => 'answered',
      () => 'cut',
    );
    while (driven.simulator.state.hanging.size === 0) await driven.received();
    // A second call is answered although the first still waits.
    expect((await sendTo(driven, 'support')).status).toBe(200);
    expect((await driven.send('DELETE', '/_simulator/faults')).status).toBe(204);
    expect(await outcome).toBe('cut');
    expect(await driven.received()).toMatchObject([{ pool: 'support' }]);
  });

  it('hang lets go of a caller that went away', async () => {
    const driven = await drive();
    await driven.injectFault({ match: {}, answer: 'hang' });
    const leaving = new AbortController();
    const outcome = sendTo(driven, 'finance', 'a', leaving.signal).catch(() => 'left');
    while (driven.simulator.state.hanging.size === 0) await driven.received();
    leaving.abort();
    expect(await outcome).toBe('left');
    while (driven.simulator.state.hanging.size > 0) await driven.received();
    expect(await driven.received()).toEqual([]);
  });
});

describe('the match of a fault', () => {
  const statuses = async (driven: Driven) => [
    (await sendTo(driven, 'finance')).status,
    (await sendTo(driven, 'support')).status,
    (await driven.workspace('GET', `desktop-pools/${poolIdOf(driven, 'finance')}`)).status,
    (await driven.workspace('GET', 'desktop-pools')).status,
  ];

  it.each([
    ['nothing', undefined, [500, 500, 500, 500]],
    ['a pool by name', { pool: 'finance' }, [500, 200, 500, 200]],
    ['a pool by id', { pool: '2c2be3fb-0013-48d5-a081-0731f3473997' }, [500, 200, 500, 200]],
    ['an operation', { operation: 'listPools' }, [200, 200, 200, 500]],
    ['an operation on a pool', { operation: 'sendToPool', pool: 'support' }, [200, 500, 200, 200]],
  ])('by %s', async (_, match, expected) => {
    const driven = await drive();
    await driven.injectFault({ ...(match === undefined ? {} : { match }), answer: '500', times: 9 });
    expect(await statuses(driven)).toEqual(expected);
  });

  it('plays faults in the order in which they were asked for, each as often as it says', async () => {
    const driven = await drive();
    await driven.injectFault({ match: { pool: 'finance' }, answer: '500', times: 2 });
    await driven.injectFault({ match: { operation: 'sendToPool' }, answer: '409' });
    const seen = [];
    for (let count = 0; count < 4; count += 1) seen.push((await sendTo(driven, 'finance')).status);
    expect(seen).toEqual([500, 500, 409, 200]);
  });

  it('leaves calls alone that the gateway refuses', async () => {
    const driven = await drive();
    await driven.injectFault({ match: {}, answer: '500' });
    await driven.call('GET', '/v3/projects', { secretKey: 'wrong' });
    await driven.call('GET', '/nowhere');
    expect((await sendTo(driven, 'finance')).status).toBe(500);
  });

  it('is listed while it waits, and cleared', async () => {
    const driven = await drive();
    await driven.injectFault({
      match: { pool: 'finance', operation: 'sendToPool' },
      answer: '500',
      times: 3,
    });
    await sendTo(driven, 'finance');
    expect((await driven.send('GET', '/_simulator/faults')).json).toEqual({
      items: [
        { match: { pool: poolIdOf(driven, 'finance'), operation: 'sendToPool' }, answer: '500', times: 2 },
      ],
    });
    await driven.send('DELETE', '/_simulator/faults');
    expect((await sendTo(driven, 'finance')).status).toBe(200);
  });
});

describe('the drill calls', () => {
  it.each([
    ['{', 'the body must be a JSON object'],
    ['[]', 'the body must be a JSON object'],
    [{ match: {} }, `use one of ${faultAnswers.join(', ')}`],
    [{ match: {}, answer: '418' }, `answer: "418" is not known; use one of ${faultAnswers.join(', ')}`],
    [{ match: [], answer: '500', extra: 1 }, 'fault: "extra" is not known; use one of match, answer, times'],
    [{ match: 'finance', answer: '500' }, 'match: must be an object'],
    [{ match: null, answer: '500' }, 'match: must be an object'],
    [
      { match: { pools: 'finance' }, answer: '500' },
      'match: "pools" is not known; use one of pool, operation',
    ],
    [
      { match: { pool: 'sales' }, answer: '500' },
      'match.pool: "sales" is not known; use one of finance, engineering',
    ],
    [
      { match: { operation: 'send' }, answer: '500' },
      'match.operation: "send" is not known; use one of sendToPool,',
    ],
    [
      { match: { operation: 'showJob', pool: 'finance' }, answer: '500' },
      'showJob names no pool in its path',
    ],
    [{ match: {}, answer: '500', times: 0 }, 'times: must be a whole number from 1'],
    [{ match: {}, answer: '500', times: '2' }, 'times: must be a whole number from 1'],
  ])('refuse the fault %j', async (body, sentence) => {
    const driven = await drive();
    const refused = await driven.send('POST', '/_simulator/faults', { body });
    expect(refused.status).toBe(400);
    expect((refused.json as { error: string }).error).toContain(sentence);
    expect(driven.simulator.state.faults).toEqual([]);
  });

  it('are named when another one is asked for', async () => {
    const { send } = await drive();
    const missing = await send('GET', '/_simulator/nothing');
    expect(missing.status).toBe(404);
    expect(missing.text).toContain('POST /_simulator/faults');
  });

  it('forget what was received, and leave the jobs', async () => {
    const driven = await drive();
    const jobId = jobIdOf(await sendTo(driven, 'finance'));
    expect((await driven.send('DELETE', '/_simulator/notifications')).status).toBe(204);
    expect(await driven.received()).toEqual([]);
    expect((await driven.workspace('GET', `workspace-jobs/${jobId}`)).status).toBe(200);
  });

  it('are not slowed, as other answers are', async () => {
    const waits: number[] = [];
    const driven = await drive({ delayMs: 300, wait: async (ms) => void waits.push(ms) });
    await sendTo(driven, 'finance');
    await driven.received();
    expect(waits).toEqual([300]);
  });
});

describe('a call for drills', () => {
  it.each([
    [{}, 204],
    [{ origin: 'http://localhost:3000' }, 204],
    [{ host: 'localhost:4000' }, 204],
    [{ origin: 'https://evil.example' }, 403],
    [{ origin: 'null' }, 403],
    [{ origin: 'http://localhost.evil.example' }, 403],
    [{ host: 'evil.example' }, 403],
    [{ host: '127.0.0.1.evil.example:4000' }, 403],
  ])('with the headers %j is answered %i', async (headers, status) => {
    const { send, received } = await drive();
    const body = { match: {}, answer: '500' };
    expect((await send('POST', '/_simulator/faults', { body, headers })).status).toBe(status);
    const faults = (await send('GET', '/_simulator/faults')).json as { items: unknown[] };
    expect(faults.items).toHaveLength(status === 204 ? 1 : 0);
    expect(await received()).toEqual([]);
  });
});
