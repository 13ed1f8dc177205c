import { describe, expect, it } from 'vitest';
import { createPools } from '../../../local/simulator/workspace/pools.ts';
import { drive, poolIdOf } from '../driver.ts';

describe('the pools', () => {
  it('are the same in every run', () => {
    expect(createPools()).toEqual(createPools());
    expect(Object.fromEntries(createPools().map(({ name, id }) => [name, id]))).toMatchObject({
      finance: '2c2be3fb-0013-48d5-a081-0731f3473997',
      engineering: '6c1f0a52-7d3e-4b08-9c41-5e2a80b7d914',
      support: '91d4e7c0-52ab-4f6e-8b17-c3d09a6f2e58',
    });
  });

  it('have desktops in several login states, and no desktop twice', () => {
    const pools = createPools();
    for (const { desktops } of pools.slice(0, 3)) {
      expect(new Set(desktops.map(({ loginStatus }) => loginStatus)).size).toBeGreaterThanOrEqual(3);
    }
    const ids = pools.flatMap(({ desktops }) => desktops.map(({ id }) => id));
    expect(new Set(ids).size).toBe(ids.length);
  });

  it.each([
    ['', ['finance', 'engineering', 'support', '研发一部', 'spare']],
    ['?name=n', ['finance', 'engineering']],
    ['?name=%E7%A0%94', ['研发一部']],
    ['?type=STATIC', ['finance', '研发一部']],
    ['?in_maintenance_mode=true', ['support']],
    ['?limit=2&offset=1', ['engineering', 'support']],
    ['?limit=0', []],
  ])('listed with %j are %j', async (query, names) => {
    const driven = await drive();
    const support = driven.simulator.state.pools[2];
    if (support !== undefined) support.isInMaintenanceMode = true;
    const { status, json } = await driven.workspace('GET', `desktop-pools${query}`);
    expect(status).toBe(200);
    expect((json as { desktop_pools: { name: string }[] }).desktop_pools.map(({ name }) => name)).toEqual(
      names,
    );
  });

  it('are counted over all pages', async () => {
    const driven = await drive();
    expect((await driven.workspace('GET', 'desktop-pools?limit=1')).json).toMatchObject({ total_count: 5 });
  });

  it.each(['limit=1001', 'offset=20001', 'type=FLUID', 'in_maintenance_mode=yes', `name=${'a'.repeat(256)}`])(
    'cannot be listed with %s',
    async (query) => {
      const driven = await drive();
      const refused = await driven.workspace('GET', `desktop-pools?${query}`);
      expect(refused.status).toBe(400);
      expect(refused.json).toMatchObject({ error_code: 'WKS.0001' });
    },
  );

  it('are shown one by one', async () => {
    const driven = await drive();
    const id = poolIdOf(driven, 'engineering');
    const { json } = await driven.workspace('GET', `desktop-pools/${id}`);
    expect(json).toMatchObject({
      id,
      name: 'engineering',
      type: 'DYNAMIC',
      status: 'STEADY',
      desktop_count: 12,
      desktop_used: 9,
      in_maintenance_mode: false,
    });
  });

  it.each(['desktop-pools/nowhere', 'desktop-pools/nowhere/desktops'])(
    'that do not exist: %s',
    async (path) => {
      const driven = await drive();
      const refused = await driven.workspace('GET', path);
      expect(refused.status).toBe(400);
      expect(refused.json).toMatchObject({ error_code: 'WKS.0001' });
    },
  );
});

describe('the desktops of a pool', () => {
  it.each([
    ['', 12, 10],
    ['?limit=100', 12, 12],
    ['?offset=10', 12, 2],
    ['?status=SHUTOFF', 0, 0],
  ])('listed with %j are %i, on the page %i', async (query, total, onPage) => {
    const driven = await drive();
    const path = `desktop-pools/${poolIdOf(driven, 'engineering')}/desktops${query}`;
    const { json } = await driven.workspace('GET', path);
    expect(json).toMatchObject({ total_count: total, pool_desktops: { length: onPage } });
  });

  it('that are off say so', async () => {
    const driven = await drive();
    const path = `desktop-pools/${poolIdOf(driven, 'finance')}/desktops?status=SHUTOFF`;
    const { json } = await driven.workspace('GET', path);
    expect(json).toMatchObject({
      pool_desktops: [
        { computer_name: 'FAKE-2C2B-007', status: 'SHUTOFF', login_status: 'UNREGISTER', user_name: null },
        { computer_name: 'FAKE-2C2B-008', status: 'SHUTOFF', login_status: 'UNREGISTER', user_name: null },
      ],
    });
  });

  it.each(['limit=101', 'offset=10001', 'status=ON'])('cannot be listed with %s', async (query) => {
    const driven = await drive();
    const path = `desktop-pools/${poolIdOf(driven, 'finance')}/desktops?${query}`;
    expect((await driven.workspace('GET', path)).status).toBe(400);
  });
});
