import { describe, expect, it } from 'vitest';
import { HuaweiUnavailableError } from '../../../lib/domain/codes/errors.ts';
import { minute, second } from '../../../lib/domain/time/instant.ts';
import { financeId, start } from '../../rig.ts';
import { createApi } from '../api-rig.ts';

const unknownId = '99999999-9999-4999-8999-999999999999';

function notifying(api: ReturnType<typeof createApi>) {
  return (pools: string[], key?: string) =>
    api.call('POST', '/v1/notifications', {
      as: 'operator',
      body: { pools, message: 'Save your work.' },
      ...(key === undefined ? {} : { headers: { 'idempotency-key': key } }),
    });
}

describe('a notification to the id of a pool', () => {
  it('that a whole list lacks is refused, with each place, and sends nothing', async () => {
    const api = createApi();
    const { status, body } = await notifying(api)([
      financeId,
      unknownId,
      'support',
      unknownId.replaceAll('9', '8'),
    ]);
    expect(status).toBe(400);
    expect(body.problems).toMatchObject([
      { path: 'pools[1]', code: 'no_such_pool', params: { pool: unknownId } },
      { path: 'pools[3]', code: 'no_such_pool' },
    ]);
    await api.runUntil(start + minute);
    expect(api.workspace.sent).toEqual([]);
  });

  it('that is listed goes out, however the id is written', async () => {
    const api = createApi();
    expect((await notifying(api)([financeId.replaceAll('-', '')])).status).toBe(201);
    expect((await notifying(api)([financeId.toUpperCase()])).status).toBe(201);
  });

  it.each<[string, (api: ReturnType<typeof createApi>) => void]>([
    ['the list could not be read whole', ({ workspace }) => Object.assign(workspace, { isWhole: false })],
    [
      'Huawei lists nothing, as without the right',
      ({ workspace }) => Object.assign(workspace, { pools: [] }),
    ],
    [
      'Huawei cannot be asked',
      ({ workspace }) => {
        workspace.listPools = () => Promise.reject(new HuaweiUnavailableError('away'));
      },
    ],
  ])('goes out while %s', async (_, prepare) => {
    const api = createApi();
    prepare(api);
    expect((await notifying(api)([unknownId])).status).toBe(201);
    await api.runUntil(start + minute);
    expect(api.workspace.sent).toMatchObject([{ poolId: unknownId }]);
  });

  it('that was made a minute ago is known', async () => {
    const api = createApi();
    expect((await notifying(api)([unknownId])).status).toBe(400);
    api.workspace.pools.push({ id: unknownId, name: 'new' });
    api.clock.moveTo(start + 60 * second);
    expect((await notifying(api)([unknownId])).status).toBe(201);
  });

  it('is answered again as before, although the pool is gone by then', async () => {
    const api = createApi();
    const first = await notifying(api)([financeId], 'key-1');
    api.workspace.pools.splice(0, 1);
    api.clock.moveTo(start + 2 * minute);
    const again = await notifying(api)([financeId], 'key-1');
    expect([first.status, again.status]).toEqual([201, 200]);
  });
});
