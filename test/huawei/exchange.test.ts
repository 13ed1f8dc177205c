import { Pool } from 'undici';
import { expect, it } from 'vitest';
import { HuaweiUnavailableError } from '../../lib/domain/codes/errors.ts';
import { exchange } from '../../lib/huawei/exchange.ts';
import { httpAnswer, type RawRequest, startRawServer } from './raw-server.ts';

it('sends nothing after all when its time ran out while it waited for a connection', async () => {
  const first = Promise.withResolvers<RawRequest>();
  const server = await startRawServer((request, n) => {
    if (n === 1) first.resolve(request);
    else request.socket.write(httpAnswer(200, request.body));
  });
  const pool = new Pool(server.endpoint, { connections: 1, pipelining: 1 });
  const send = (body: string, timeoutMs: number, mayStart = () => true) =>
    exchange(pool, { method: 'POST', path: '/', body, mayStart }, {}, timeoutMs);

  const slow = send('slow', 5000);
  const { socket } = await first.promise;
  let wasAsked = false;
  const late = send('late', 50, () => {
    wasAsked = true;
    return true;
  });
  await expect(late).rejects.toThrow(HuaweiUnavailableError);
  socket.write(httpAnswer(200, 'at last'));
  expect(await slow).toMatchObject({ body: 'at last' });
  expect(await send('next', 5000)).toMatchObject({ body: 'next' });

  expect(wasAsked).toBe(false);
  expect(server.requests.map(({ body }) => body)).toEqual(['slow', 'next']);
  expect(server.connections).toHaveLength(1);
  await pool.close();
  await server.close();
});
