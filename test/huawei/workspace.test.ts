import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import {
  HuaweiRejectedError,
  HuaweiUnavailableError,
  NotStartedError,
  OutcomeUnknownError,
} from '../../lib/domain/codes/errors.ts';
import { createWorkspace } from '../../lib/huawei/workspace.ts';
import { Secret } from '../../lib/secret.ts';
import { httpAnswer, startRawServer } from './raw-server.ts';

const poolId = '2c2be3fb-0013-48d5-a081-0731f3473997';
const yes = () => true;

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

type Answers = (
  target: URL,
  body: string,
) => { status?: number; body: unknown; headers?: Record<string, string> };

/** A workspace whose Huawei answers what `answers` says, and the targets and bodies that it was asked with. */
async function aWorkspace(answers: Answers) {
  const asked: { target: string; body: string }[] = [];
  const server = await startRawServer(({ head, body, socket }) => {
    const target = head.split(' ')[1] ?? '';
    asked.push({ target, body });
    const answer = answers(new URL(target, 'http://huawei.example'), body);
    const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
    socket.write(httpAnswer(answer.status ?? 200, text, answer.headers));
  });
  const workspace = createWorkspace({
    endpoint: server.endpoint,
    projectId: 'p1',
    credentials: async () => ({ accessKey: 'AK', secretKey: new Secret('SK') }),
    now: () => Date.parse('2026-01-15T03:04:05Z'),
  });
  closers.push(server.close, workspace.close);
  return { workspace, asked };
}

describe('sending to a pool', () => {
  it('posts the text and gives the job', async () => {
    const headers = { 'X-Request-Id': 'r-1' };
    const { workspace, asked } = await aWorkspace(() => ({ body: { job_id: 'j-1' }, headers }));
    const accepted = await workspace.sendToPool(poolId, '注销 "5" 分钟\n🕔', yes);
    expect(accepted).toEqual({ jobId: 'j-1', status: 200, requestId: 'r-1' });
    const body = '{"notifications":"注销 \\"5\\" 分钟\\n🕔"}';
    expect(asked).toEqual([{ target: `/v2/p1/desktop-pools/${poolId}/notifications`, body }]);
  });

  it.each([
    '',
    'finance',
    '..',
    `${poolId}/../x`,
    `${poolId}?a`,
    `${poolId} `,
    poolId.slice(1),
    'g'.repeat(32),
    'é'.repeat(32),
    '2c2be3fb-001348d5-a081-0731f3473997',
  ])('refuses the pool id "%s" and asks nothing', async (id) => {
    const { workspace, asked } = await aWorkspace(() => ({ body: { job_id: 'j-1' } }));
    await expect(workspace.sendToPool(id, 'text', yes)).rejects.toThrow(HuaweiRejectedError);
    expect(asked).toEqual([]);
  });

  it.each([poolId.toUpperCase(), poolId.replaceAll('-', '')])('takes the pool id %s', async (id) => {
    const { workspace } = await aWorkspace(() => ({ status: 202, body: { job_id: 'j-1' } }));
    expect(await workspace.sendToPool(id, 'text', yes)).toMatchObject({ jobId: 'j-1', status: 202 });
  });

  it.each(['', 'null', '[]', '{}', '{"job_id":""}', '{"job_id":null}', '<html>ok</html>', '"j-1"'])(
    'ends as unknown when a success says %s',
    async (body) => {
      const { workspace } = await aWorkspace(() => ({ body }));
      await expect(workspace.sendToPool(poolId, 'text', yes)).rejects.toThrow(OutcomeUnknownError);
    },
  );

  it.each(['\u001b[2J', 'a/../b', 'j'.repeat(256), 'j'.repeat(990_000)])(
    'takes an answer for unclear when its job_id is no id of a job (%#)',
    async (job_id) => {
      const { workspace } = await aWorkspace(() => ({ body: { job_id } }));
      const failure = await workspace.sendToPool(poolId, 'text', yes).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(OutcomeUnknownError);
      expect(String(failure).length).toBeLessThan(1000);
    },
  );

  it('asks the caller before it sends', async () => {
    const { workspace, asked } = await aWorkspace(() => ({ body: { job_id: 'j-1' } }));
    await expect(workspace.sendToPool(poolId, 'text', () => false)).rejects.toThrow(NotStartedError);
    expect(asked).toEqual([]);
  });
});

const subJob = (id: string, status: string, more = {}) => ({
  id,
  status,
  desktop_name: `desk-${id}`,
  ...more,
});

describe('showing a job', () => {
  it.each([
    ['RUNNING', false, 1],
    ['WAITING', false, 1],
    ['anything', false, 1],
    ['COMPLETE', true, 2],
    ['SUCCESS', true, 2],
    ['success', true, 2],
    ['FAIL', true, 2],
    ['FAILED', true, 2],
    ['ABNORMAL', true, 2],
    ['ROLLBACK', true, 2],
    ['ABORTING', true, 2],
  ])('that is %s tells whether it has ended: %s', async (status, hasEnded, failed) => {
    const sub_jobs = [subJob('1', 'SUCCESS'), subJob('2', 'RUNNING'), subJob('3', 'FAILED')];
    const { workspace, asked } = await aWorkspace(() => ({ body: { status, sub_jobs, sub_jobs_total: 3 } }));
    expect(await workspace.showJob('j-1')).toMatchObject({
      status,
      hasEnded,
      desktops: { total: 3, succeeded: 1, failed },
    });
    expect(asked.map(({ target }) => target)).toEqual(['/v2/p1/workspace-jobs/j-1']);
  });

  it('says which desktops failed, and why', async () => {
    const sub_jobs = [
      subJob('1', 'SUCCESS'),
      subJob('2', 'FAILED', { error_code: 'WKS.9', fail_reason: 'agent\nsilent', message: 'unused' }),
      { status: 'FAIL', entities: { desktop_id: 'd-3' }, message: 'off' },
      { id: 's-4' },
    ];
    const { workspace } = await aWorkspace(() => ({ body: { status: 'COMPLETE', sub_jobs } }));
    expect((await workspace.showJob('j-1')).failures).toEqual([
      { desktopName: 'desk-2', status: 'FAILED', errorCode: 'WKS.9', reason: 'agent silent' },
      { desktopName: 'd-3', status: 'FAIL', reason: 'off' },
      { desktopName: 's-4', status: '' },
    ]);
  });

  it('pages through the sub-jobs when the job lists only some, and names 50 failures at most', async () => {
    const all = Array.from({ length: 2300 }, (_, i) => subJob(`${i}`, i % 2 === 0 ? 'SUCCESS' : 'FAILED'));
    const { workspace, asked } = await aWorkspace(({ pathname, searchParams }) => {
      if (pathname.includes('/workspace-jobs/'))
        return { body: { status: 'COMPLETE', sub_jobs: all.slice(0, 10), sub_jobs_total: all.length } };
      const offset = Number(searchParams.get('offset'));
      return { body: { total_count: all.length, jobs: all.slice(offset, offset + 1000) } };
    });
    const job = await workspace.showJob('j-1');
    expect(job.desktops).toEqual({ total: 2300, succeeded: 1150, failed: 1150 });
    expect(job.failures).toHaveLength(50);
    expect(asked.slice(1).map(({ target }) => target)).toEqual(
      [0, 1000, 2000].map((offset) => `/v2/p1/workspace-sub-jobs?job_id=j-1&limit=1000&offset=${offset}`),
    );
  });

  it('counts desktops that no list names in the total only', async () => {
    const { workspace } = await aWorkspace(({ pathname }) =>
      pathname.includes('/workspace-jobs/')
        ? { body: { status: 'SUCCESS', sub_jobs_total: 3 } }
        : { body: { jobs: [subJob('1', 'SUCCESS')] } },
    );
    expect((await workspace.showJob('j-1')).desktops).toEqual({ total: 3, succeeded: 1, failed: 0 });
  });

  it('keeps what the job says of itself when its sub-jobs may not be read', async () => {
    const own = {
      status: 'SUCCESS',
      sub_jobs_total: 30,
      fail_reason: 'two\nagents',
      job_error_code: 'WKS.9',
    };
    const { workspace } = await aWorkspace(({ pathname }) =>
      pathname.includes('/workspace-jobs/')
        ? { body: own }
        : { status: 403, body: { error_code: 'WKS.403', error_msg: 'not authorized' } },
    );
    expect(await workspace.showJob('j-1')).toMatchObject({
      status: 'SUCCESS',
      hasEnded: true,
      failReason: 'WKS.9: two agents',
      desktopsUnreadable: expect.stringMatching(/WKS\.403.*workspace:jobs:listSubJobs/),
    });
  });

  it('may be read later when Huawei cannot list its sub-jobs just now', async () => {
    const { workspace } = await aWorkspace(({ pathname }) =>
      pathname.includes('/workspace-jobs/')
        ? { body: { status: 'SUCCESS', sub_jobs_total: 30 } }
        : { status: 503, body: '' },
    );
    await expect(workspace.showJob('j-1')).rejects.toThrow(HuaweiUnavailableError);
  });

  it.each([
    [{ entities: { desktop_name: 'DESK-7', desktop_id: 'd-7' }, desktop_name: 'old' }, 'DESK-7'],
    [{ entities: { desktop_id: 'd-7' }, desktop_name: 'DESK-7' }, 'DESK-7'],
    [{ entities: { desktop_id: 'd-7' }, entity: 'DESK-7' }, 'DESK-7'],
    [{ entities: { desktop_id: 'd-7' } }, 'd-7'],
  ])('names a failed desktop of %o', async (names, desktopName) => {
    const sub_jobs = [{ id: 's-7', status: 'FAILED', ...names }];
    const { workspace } = await aWorkspace(() => ({ body: { status: 'COMPLETE', sub_jobs } }));
    expect((await workspace.showJob('j-1')).failures).toEqual([{ desktopName, status: 'FAILED' }]);
  });

  it('may find no desktop at all', async () => {
    const { workspace } = await aWorkspace(() => ({ body: { status: 'SUCCESS', sub_jobs: null } }));
    expect(await workspace.showJob('j-1')).toMatchObject({
      hasEnded: true,
      desktops: { total: 0 },
      failures: [],
    });
  });

  it.each(['', 'null', '7', '[]', '{}', '{"status":""}', '{"status":null}', '<html>'])(
    'that is answered with %s can be tried again',
    async (body) => {
      const { workspace } = await aWorkspace(() => ({ body }));
      await expect(workspace.showJob('j-1')).rejects.toThrow(HuaweiUnavailableError);
    },
  );

  it.each(['', '..', 'a/b', 'a?b', 'a b'])('refuses the job id "%s"', async (jobId) => {
    const { workspace, asked } = await aWorkspace(() => ({ body: {} }));
    await expect(workspace.showJob(jobId)).rejects.toThrow(HuaweiRejectedError);
    expect(asked).toEqual([]);
  });
});

describe('listing pools', () => {
  const pool = (i: number, more = {}) => ({ id: `id-${i}`, name: `pool-${i}`, ...more });

  it('gives what is known of each', async () => {
    const desktop_pools = [
      pool(1, { status: 'STEADY', desktop_count: 7, in_maintenance_mode: false, type: 'DYNAMIC' }),
      pool(2, { status: null, desktop_count: '7', in_maintenance_mode: 'no' }),
      { id: 'nameless' },
      null,
      'odd',
    ];
    const { workspace } = await aWorkspace(() => ({ body: { total_count: 5, desktop_pools } }));
    const { pools } = await workspace.listPools();
    expect(pools).toEqual([
      { id: 'id-1', name: 'pool-1', status: 'STEADY', desktopCount: 7, isInMaintenanceMode: false },
      { id: 'id-2', name: 'pool-2' },
    ]);
  });

  it.each([
    ['a full last page', 2000, 1000, true, 2],
    ['a short last page', 2001, 1000, true, 3],
    ['pages shorter than asked for', 250, 100, true, 3],
    ['no count and a short page', 1500, 1000, false, 2],
    ['no pool', 0, 1000, true, 1],
  ])('reads every page with %s', async (_, count, pageLength, tellsCount, pages) => {
    const all = Array.from({ length: count }, (_row, i) => pool(i));
    const { workspace, asked } = await aWorkspace(({ searchParams }) => {
      const offset = Number(searchParams.get('offset'));
      const desktop_pools = all.slice(offset, offset + pageLength);
      return { body: { ...(tellsCount ? { total_count: count } : {}), desktop_pools } };
    });
    const { pools: found, isWhole } = await workspace.listPools();
    expect(found.map(({ id }) => id)).toEqual(all.map(({ id }) => id));
    // Without a count nobody knows whether a short page is the last one.
    expect(isWhole).toBe(tellsCount);
    expect(asked).toHaveLength(pages);
    expect(asked[0]?.target).toBe('/v2/p1/desktop-pools?limit=1000&offset=0');
  });

  it('gives a pool that moved to the next page meanwhile once', async () => {
    const pages = [[pool(1), pool(2)], [pool(2), pool(3)], []];
    const { workspace, asked } = await aWorkspace(({ searchParams }) => ({
      body: { total_count: 5, desktop_pools: pages[Number(searchParams.get('offset')) / 2] },
    }));
    const { pools: found, isWhole } = await workspace.listPools();
    expect(found.map(({ id }) => id)).toEqual(['id-1', 'id-2', 'id-3']);
    expect(isWhole).toBe(false);
    expect(asked).toHaveLength(3);
  });

  it('leaves out what nobody can have written', async () => {
    const desktop_pools = [
      { ...pool(1), name: '\u001b]0;owned\u0007' },
      { ...pool(2), name: 'n'.repeat(256) },
      { ...pool(3), id: 'i'.repeat(256) },
      { ...pool(4), status: 's'.repeat(1000) },
    ];
    const { workspace } = await aWorkspace(() => ({ body: { total_count: 4, desktop_pools } }));
    const { pools, isWhole } = await workspace.listPools();
    expect(isWhole).toBe(false);
    expect(pools.map(({ id, status }) => [id, status?.length])).toEqual([['id-4', 100]]);
  });

  it('ends though the list never does', async () => {
    const { workspace, asked } = await aWorkspace(() => ({
      body: { total_count: 1e9, desktop_pools: [pool(1)] },
    }));
    expect(await workspace.listPools()).toMatchObject({ pools: [pool(1)], isWhole: false });
    expect(asked.length).toBeLessThanOrEqual(50);
  });

  it('never fails with anything but an error of Huawei, whatever the answer', async () => {
    let body = '';
    const { workspace } = await aWorkspace(() => ({ body }));
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.json(), fc.string(), anyList()), async (text) => {
        body = text;
        const listed = await workspace.listPools().catch((error: unknown) => error);
        if (listed instanceof Error) expect(listed).toBeInstanceOf(HuaweiUnavailableError);
      }),
    );
  });
});

function anyList() {
  return fc
    .jsonValue()
    .map((value) => JSON.stringify({ total_count: value, desktop_pools: [value, { id: value }] }));
}
