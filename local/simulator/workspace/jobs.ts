import { createHash } from 'node:crypto';
import { type Instant, second } from '../../../lib/domain/time/instant.ts';
import { type Answer, type Call, inventedCode, workspaceError } from '../answer.ts';
import type { Desktop } from './pools.ts';
import { oneOf, pageOf } from './query.ts';

/** One asynchronous job: a text on its way to desktops. What became of it follows from the clock. */
export type Job = {
  readonly id: string;
  readonly startedAt: Instant;
  /** Null when the text went to desktops by their ids. */
  readonly poolId: string | null;
  readonly desktops: readonly Desktop[];
};

/** All jobs, the oldest first. */
export type Jobs = { byId: Map<string, Job>; started: number; createdAt: Instant };

// Jobs are asked about for at most a day; at the rate that the gateway lets through, this is most of one.
const jobsKept = 100_000;
const jobType = 'fakeSendNotifications';
const waitingMs = second;

export function createJobs(createdAt: Instant): Jobs {
  return { byId: new Map(), started: 0, createdAt };
}

/** Made from a seed, so that a run with a set clock repeats itself and a restart makes other ids. */
function uuidOf(seed: string): string {
  const hex = createHash('sha256').update(seed).digest('hex');
  return [8, 12, 16, 20, 32].map((end, index, ends) => hex.slice(ends[index - 1] ?? 0, end)).join('-');
}

/** Starts the job of a notification to these desktops. */
export function startJob(jobs: Jobs, startedAt: Instant, target: Pick<Job, 'poolId' | 'desktops'>): Job {
  jobs.started += 1;
  const job = { id: uuidOf(`${jobs.createdAt}/${jobs.started}`), startedAt, ...target };
  if (jobs.byId.size >= jobsKept) forgetOldest(jobs);
  jobs.byId.set(job.id, job);
  return job;
}

/** A tenth at a time: finding the oldest entry of a map from which others were just taken is slow. */
function forgetOldest({ byId }: Jobs): void {
  for (const id of [...byId.keys()].slice(0, jobsKept / 10)) byId.delete(id);
}

/** Desktops answer one after the other, 3.5 s after the start and later; none takes longer than 8 s. */
function endsAfterMs(index: number): number {
  return 3 * second + Math.min(index + 1, 10) * 500;
}

type SubJobStatus = 'WAITING' | 'RUNNING' | 'SUCCESS' | 'FAILED';
const subJobStatuses: readonly SubJobStatus[] = ['SUCCESS', 'RUNNING', 'FAILED', 'WAITING'];

function subJobStatus(job: Job, index: number, now: Instant): SubJobStatus {
  const elapsedMs = now - job.startedAt;
  if (elapsedMs >= endsAfterMs(index)) {
    return job.desktops[index]?.loginStatus === 'UNREGISTER' ? 'FAILED' : 'SUCCESS';
  }
  return elapsedMs < waitingMs ? 'WAITING' : 'RUNNING';
}

/** Huawei's form of a job's times: no zone, to the second, UTC. */
function jobTime(at: Instant): string {
  return new Date(at).toISOString().slice(0, 19).replace('T', ' ');
}

function subJobRow(job: Job, desktop: Desktop, index: number, now: Instant): object {
  const status = subJobStatus(job, index, now);
  const hasEnded = status === 'SUCCESS' || status === 'FAILED';
  return {
    id: `${job.id.slice(0, 24)}${String(index + 1).padStart(12, '0')}`,
    job_id: job.id,
    job_type: jobType,
    status,
    begin_time: jobTime(job.startedAt),
    end_time: hasEnded ? jobTime(job.startedAt + endsAfterMs(index)) : null,
    error_code: status === 'FAILED' ? inventedCode : null,
    fail_reason: status === 'FAILED' ? 'fake: the desktop is off, its agent did not answer' : null,
    process: hasEnded ? 100 : 0,
    desktop_name: desktop.name,
    entity: desktop.name,
    entities: {
      desktop_id: desktop.id,
      desktop_name: desktop.name,
      user_name: desktop.userName,
      product_id: null,
    },
  };
}

/** A job with failed desktops says COMPLETE, unless all failed: only its sub-jobs tell, as with the service. */
function jobStatus(job: Job, now: Instant): 'RUNNING' | 'SUCCESS' | 'COMPLETE' | 'FAIL' {
  if (now - job.startedAt < endsAfterMs(job.desktops.length - 1)) return 'RUNNING';
  const failed = job.desktops.filter((_, index) => subJobStatus(job, index, now) === 'FAILED').length;
  if (failed === 0) return 'SUCCESS';
  return failed === job.desktops.length ? 'FAIL' : 'COMPLETE';
}

function subJobRows(job: Job, now: Instant): object[] {
  return job.desktops.map((desktop, index) => subJobRow(job, desktop, index, now));
}

/** GET workspace-jobs/{job}. */
export function showJob(jobs: Jobs, { params, receivedAt }: Call): Answer {
  const job = jobs.byId.get(params.job ?? '');
  if (job === undefined) return workspaceError(404, inventedCode, 'The job does not exist.');
  const status = jobStatus(job, receivedAt);
  const body = {
    id: job.id,
    job_type: jobType,
    begin_time: jobTime(job.startedAt),
    end_time: status === 'RUNNING' ? null : jobTime(job.startedAt + endsAfterMs(job.desktops.length - 1)),
    status,
    job_error_code: status === 'FAIL' ? inventedCode : null,
    fail_reason: status === 'FAIL' ? 'fake: no desktop answered' : null,
    sub_jobs_total: job.desktops.length,
    sub_jobs: subJobRows(job, receivedAt),
  };
  return { status: 200, body };
}

/** GET workspace-sub-jobs: of one job, of one pool, or of all, the oldest first. */
export function listSubJobs(jobs: Jobs, { query, receivedAt }: Call): Answer {
  const statuses = oneOf(query, 'status', subJobStatuses);
  const jobId = query.get('job_id');
  const poolId = query.get('desktop_pool_id');
  const candidates = jobId === null ? [...jobs.byId.values()] : [jobs.byId.get(jobId) ?? []].flat();
  const found = candidates
    .filter((job) => poolId === null || job.poolId === poolId)
    .filter(() => (query.get('job_type') ?? jobType) === jobType)
    .flatMap((job) => job.desktops.map((desktop, index) => ({ job, desktop, index })))
    .filter(({ job, index }) => statuses?.includes(subJobStatus(job, index, receivedAt)) ?? true);
  const page = pageOf(found, query, {
    limit: { max: 1000, byDefault: 1000 },
    offset: { max: 10_000, byDefault: 0 },
  });
  const rows = page.map(({ job, desktop, index }) => subJobRow(job, desktop, index, receivedAt));
  return { status: 200, body: { total_count: found.length, jobs: rows } };
}
