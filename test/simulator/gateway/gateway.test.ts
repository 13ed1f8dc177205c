import { describe, expect, it } from 'vitest';
import { simulatorKeys } from '../../../lib/config.ts';
import { minute, second } from '../../../lib/domain/time/instant.ts';
import { drive, noon, poolIdOf, type Reply, sendTo } from '../driver.ts';

const pools = `/v2/${simulatorKeys.projectId}/desktop-pools`;

function errorOf({ json }: Reply): { error_code: string; error_msg: string; request_id: string } {
  return json as ReturnType<typeof errorOf>;
}

describe('the gateway and signatures', () => {
  it('answers a wrong secret with its own canonical request', async () => {
    const { call, simulator } = await drive();
    const { host } = new URL(simulator.url);
    const refused = await call('GET', `${pools}?name=b&limit=1`, { secretKey: 'wrong' });
    expect(refused.status).toBe(401);
    expect(errorOf(refused)).toEqual({
      error_code: 'APIGW.0301',
      error_msg:
        'Incorrect IAM authentication information: verify aksk signature fail, canonicalRequest:' +
        `GET|${pools}/|limit=1&name=b|content-type:application/json|host:${host}|x-sdk-date:20261124T120000Z||` +
        'content-type;host;x-sdk-date|e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      request_id: refused.headers['x-request-id'],
    });
  });

  it.each([
    ['no signature', {}, 'x-auth-token not found'],
    ['a token', { 'x-auth-token': 'x' }, 'decrypt token fail'],
    ['another scheme', { authorization: 'Bearer x' }, 'the Authorization header is not SDK-HMAC-SHA256'],
  ])('refuses %s', async (_, headers, reason) => {
    const { send } = await drive();
    const refused = await send('GET', pools, { headers });
    expect(refused.status).toBe(401);
    expect(errorOf(refused).error_msg).toBe(`Incorrect IAM authentication information: ${reason}`);
  });

  it('does not know other keys', async () => {
    const { call } = await drive();
    const refused = await call('GET', pools, { accessKey: 'ANOTHER-AK' });
    expect(errorOf(refused).error_msg).toBe(
      'Incorrect IAM authentication information: Get secretKey failed,ak:ANOTHER-AK,err:ak not exist',
    );
  });

  it('wants X-Sdk-Date among the signed headers', async () => {
    const { send } = await drive();
    const authorization = `SDK-HMAC-SHA256 Access=DESKBELL-SIMULATOR-AK, SignedHeaders=host, Signature=${'0'.repeat(64)}`;
    const refused = await send('GET', pools, {
      headers: { authorization, 'x-sdk-date': '20261124T120000Z' },
    });
    expect(refused.status).toBe(401);
    expect(errorOf(refused).error_msg).toContain('X-Sdk-Date');
  });

  it.each([-900, 900])('takes a signature of %i s from now', async (seconds) => {
    const { call } = await drive();
    expect((await call('GET', pools, { signedAt: noon + seconds * second })).status).toBe(200);
  });

  it.each([
    [-901, '20261124T114459Z'],
    [901, '20261124T121501Z'],
  ])('refuses a signature of %i s from now, and tells both times', async (seconds, signatureTime) => {
    const { call } = await drive();
    const refused = await call('GET', pools, { signedAt: noon + seconds * second });
    expect(refused.status).toBe(401);
    expect(errorOf(refused).error_msg).toBe(
      'Incorrect IAM authentication information: calc aksk signature fail:signature expired, ' +
        `signature time:${signatureTime},server time:20261124T120000Z`,
    );
  });

  it('takes any text as the hash of an unsigned payload', async () => {
    const driven = await drive();
    const path = `/v2/${simulatorKeys.projectId}/desktop-pools/${poolIdOf(driven, 'finance')}/notifications`;
    const headers = { 'x-sdk-content-sha256': 'UNSIGNED-PAYLOAD' };
    expect((await driven.call('POST', path, { body: { notifications: 'a' }, headers })).status).toBe(200);
  });

  it('locks the key for five minutes after five failures in a row, even to the right secret', async () => {
    const { call, clock } = await drive();
    for (let count = 0; count < 5; count += 1) await call('GET', pools, { secretKey: 'wrong' });
    const locked = await call('GET', pools);
    expect(locked.status).toBe(401);
    expect(errorOf(locked).error_msg).toBe(
      'Incorrect IAM authentication information: AK access failed to reach the limit, forbidden',
    );
    clock.now += 5 * minute - 1;
    expect((await call('GET', pools)).status).toBe(401);
    clock.now += 1;
    expect((await call('GET', pools)).status).toBe(200);
  });

  it('is not locked for longer when the clock is set back', async () => {
    const { call, clock } = await drive();
    for (let count = 0; count < 5; count += 1) await call('GET', pools, { secretKey: 'wrong' });
    clock.now -= 60 * minute;
    expect((await call('GET', pools)).status).toBe(200);
  });

  it('forgets failures when a good signature comes between', async () => {
    const { call } = await drive();
    for (const secretKey of ['wrong', 'wrong', 'wrong', 'wrong', undefined, 'wrong', 'wrong']) {
      await call('GET', pools, secretKey === undefined ? {} : { secretKey });
    }
    expect((await call('GET', pools)).status).toBe(200);
  });
});

describe('the gateway and limits', () => {
  it.each([
    ['100 POST', 100, (driven: Awaited<ReturnType<typeof drive>>) => sendTo(driven, 'finance')],
    ['200 GET', 200, (driven: Awaited<ReturnType<typeof drive>>) => driven.call('GET', pools)],
  ])('lets %s calls of one operation pass in any minute', async (_, limit, callOnce) => {
    const driven = await drive();
    for (let count = 0; count < limit; count += 1) {
      expect((await callOnce(driven)).status).toBe(200);
      driven.clock.now += 10;
    }
    const refused = await callOnce(driven);
    expect(refused.status).toBe(429);
    expect(errorOf(refused)).toMatchObject({
      error_code: 'APIGW.0308',
      error_msg: `The throttling threshold has been reached: policy user over ratelimit,limit:${limit},time:1 minute`,
    });
  });

  it('counts refused calls too', async () => {
    const driven = await drive();
    for (let count = 0; count < 101; count += 1) await sendTo(driven, 'finance');
    driven.clock.now += 30 * second;
    for (let count = 0; count < 100; count += 1) await sendTo(driven, 'finance');
    driven.clock.now += 30 * second;
    expect((await sendTo(driven, 'finance')).status).toBe(429);
    driven.clock.now += 30 * second;
    expect((await sendTo(driven, 'finance')).status).toBe(200);
  });

  it('does not bar the door when the clock is set back', async () => {
    const driven = await drive();
    for (let count = 0; count < 101; count += 1) await sendTo(driven, 'finance');
    driven.clock.now -= 60 * minute;
    expect((await sendTo(driven, 'finance')).status).toBe(200);
  });

  it('counts each operation by itself', async () => {
    const driven = await drive();
    for (let count = 0; count < 101; count += 1) await sendTo(driven, 'finance');
    expect((await driven.call('GET', pools)).status).toBe(200);
  });

  it('has no limit when it is told so', async () => {
    const driven = await drive({ throttle: false });
    const replies = [];
    for (let count = 0; count < 101; count += 1) replies.push(await sendTo(driven, 'finance'));
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]));
  });
});

describe('the gateway and paths', () => {
  it.each([
    ['GET', '/nowhere'],
    ['DELETE', pools],
    ['POST', `/v2/${simulatorKeys.projectId}/desktops-pools/x/notifications`],
  ])('has no %s %s', async (method, path) => {
    const { call } = await drive();
    const refused = await call(method, path);
    expect(refused.status).toBe(404);
    expect(errorOf(refused).error_code).toBe('APIGW.0101');
  });

  it('does not mind a slash at the end', async () => {
    const { call } = await drive();
    expect((await call('GET', `${pools}/`)).status).toBe(200);
  });

  it('has one project', async () => {
    const { call } = await drive();
    const refused = await call('GET', '/v2/ffffffffffffffffffffffffffffffff/desktop-pools');
    expect(refused.status).toBe(403);
    expect(errorOf(refused).error_code).toBe('APIGW.0310');
  });

  it('takes 12 MB and no more', async () => {
    const driven = await drive();
    const limit = 12 * 1024 * 1024;
    const envelope = '{"notifications":""}'.length;
    expect((await sendTo(driven, 'finance', 'a'.repeat(limit - envelope))).status).toBe(200);
    const refused = await sendTo(driven, 'finance', 'a'.repeat(limit - envelope + 1));
    expect(refused.status).toBe(413);
    expect(errorOf(refused).error_code).toBe('APIGW.0201');
  });

  it('gives each answer a request id and the date of its own clock', async () => {
    const { call } = await drive();
    const [first, second] = [await call('GET', pools), await call('GET', pools)];
    expect(first.headers['x-request-id']).toMatch(/^[0-9a-f]{32}$/);
    expect(second.headers['x-request-id']).not.toBe(first.headers['x-request-id']);
    expect(first.headers.date).toBe('Tue, 24 Nov 2026 12:00:00 GMT');
  });
});
