import { describe, expect, it } from 'vitest';
import { second } from '../../../lib/domain/time/instant.ts';
import { type Driven, drive, jobIdOf, poolIdOf, sendTo } from '../driver.ts';

type Job = { status: string; sub_jobs_total: number; sub_jobs: { status: string }[] };

async function jobAfter(driven: Driven, jobId: string, seconds: number): Promise<Job> {
  driven.clock.now += seconds * second;
  return (await driven.workspace('GET', `workspace-jobs/${jobId}`)).json as Job;
}

function countsOf({ sub_jobs: rows }: Job): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status } of rows) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

describe('a job', () => {
  it('waits, runs desktop by desktop, and ends in part when some desktops are off', async () => {
    const driven = await drive();
    const jobId = jobIdOf(await sendTo(driven, 'finance'));
    const atOnce = await jobAfter(driven, jobId, 0);
    expect(atOnce).toMatchObject({ status: 'RUNNING', sub_jobs_total: 8 });
    expect(countsOf(atOnce)).toEqual({ WAITING: 8 });
    expect(countsOf(await jobAfter(driven, jobId, 1))).toEqual({ RUNNING: 8 });
    expect(countsOf(await jobAfter(driven, jobId, 3))).toEqual({ SUCCESS: 2, RUNNING: 6 });
    const ended = await jobAfter(driven, jobId, 3);
    expect(ended.status).toBe('COMPLETE');
    expect(countsOf(ended)).toEqual({ SUCCESS: 6, FAILED: 2 });
  });

  it.each([
    ['engineering', 12],
    ['support', 5],
    ['研发一部', 3],
    ['spare', 0],
  ])('of %s succeeds on all %i desktops within 8 seconds', async (pool, total) => {
    const driven = await drive();
    const jobId = jobIdOf(await sendTo(driven, pool));
    expect((await jobAfter(driven, jobId, 2)).status).toBe('RUNNING');
    const ended = await jobAfter(driven, jobId, 6);
    expect(ended).toMatchObject({ status: 'SUCCESS', sub_jobs_total: total });
    expect(ended.sub_jobs.map(({ status }) => status)).toEqual(Array(total).fill('SUCCESS'));
  });

  it('fails when every desktop is off', async () => {
    const driven = await drive();
    const [finance] = driven.simulator.state.pools;
    if (finance !== undefined) {
      finance.desktops = finance.desktops.map((desktop) => ({ ...desktop, loginStatus: 'UNREGISTER' }));
    }
    const jobId = jobIdOf(await sendTo(driven, 'finance'));
    expect(await jobAfter(driven, jobId, 8)).toMatchObject({
      status: 'FAIL',
      job_error_code: 'WKS.0000FAKE',
      fail_reason: expect.any(String),
    });
  });

  it('tells its times and failures in the words of the service', async () => {
    const driven = await drive();
    const jobId = jobIdOf(await sendTo(driven, 'finance'));
    const job = await jobAfter(driven, jobId, 8);
    expect(job).toMatchObject({
      id: jobId,
      begin_time: '2026-11-24 12:00:00',
      end_time: '2026-11-24 12:00:07',
      job_error_code: null,
    });
    expect(job.sub_jobs.at(-1)).toMatchObject({
      job_id: jobId,
      status: 'FAILED',
      error_code: 'WKS.0000FAKE',
      fail_reason: 'fake: the desktop is off, its agent did not answer',
      process: 100,
      desktop_name: 'FAKE-2C2B-008',
      entities: { desktop_id: '2c2be3fb-0013-48d5-a081-000000000008', user_name: null },
    });
  });

  it('is not found by another id', async () => {
    const driven = await drive();
    expect((await driven.workspace('GET', 'workspace-jobs/nowhere')).status).toBe(404);
  });

  it('of those kept is forgotten when 100,000 came after it', async () => {
    const driven = await drive();
    const oldest = jobIdOf(await sendTo(driven, 'spare'));
    const { byId } = driven.simulator.state.jobs;
    const job = byId.get(oldest);
    if (job === undefined) throw new Error('no job was started');
    for (let count = 1; count < 100_000; count += 1) byId.set(`job ${count}`, job);
    const latest = jobIdOf(await sendTo(driven, 'spare'));
    expect([byId.size, byId.has(oldest), byId.has(latest)]).toEqual([90_001, false, true]);
  });
});

describe('the list of sub-jobs', () => {
  it.each([
    ['', 20],
    ['?status=FAILED', 2],
    ['?status=FAILED&status=SUCCESS', 20],
    ['?status=RUNNING', 0],
    ['?job_id=FINANCE', 8],
    ['?job_id=FINANCE&status=SUCCESS', 6],
    ['?job_id=nowhere', 0],
    ['?desktop_pool_id=ENGINEERING', 12],
    ['?job_type=createDesktops', 0],
    ['?job_type=fakeSendNotifications', 20],
  ])('%s finds %i', async (query, total) => {
    const driven = await drive();
    const jobId = jobIdOf(await sendTo(driven, 'finance'));
    await sendTo(driven, 'engineering');
    driven.clock.now += 8 * second;
    const filled = query.replace('FINANCE', jobId).replace('ENGINEERING', poolIdOf(driven, 'engineering'));
    const { json } = await driven.workspace('GET', `workspace-sub-jobs${filled}`);
    expect(json).toMatchObject({ total_count: total, jobs: { length: total } });
  });

  it('comes in pages', async () => {
    const driven = await drive();
    await sendTo(driven, 'finance');
    const { json } = await driven.workspace('GET', 'workspace-sub-jobs?limit=3&offset=6');
    expect(json).toMatchObject({
      total_count: 8,
      jobs: [{ entity: 'FAKE-2C2B-007' }, { entity: 'FAKE-2C2B-008' }],
    });
  });

  it.each(['limit=1001', 'offset=10001', 'limit=-1', 'limit=x', 'status=FAIL'])(
    'refuses %s',
    async (query) => {
      const driven = await drive();
      expect((await driven.workspace('GET', `workspace-sub-jobs?${query}`)).status).toBe(400);
    },
  );
});
