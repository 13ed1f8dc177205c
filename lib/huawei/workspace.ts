import { HuaweiRejectedError, HuaweiUnavailableError, OutcomeUnknownError } from '../domain/codes/errors.ts';
import { looksLikePoolId } from '../domain/input/pool-names.ts';
import type { Accepted, Job, Pool, PoolListing, Workspace } from '../ports.ts';
import { cleanText, type HuaweiAnswer, readRefusal, requestIdOf } from './answer.ts';
import { readJob } from './job.ts';
import { isJsonObject, type JsonObject, numberIn, objectsIn, parseJson, textIn } from './json.ts';
import { createSignedRequest, type SignedRequest, type SignedRequestOptions } from './signed-request.ts';

/** What can stand in a path; Huawei's are UUIDs. */
const jobPattern = /^[\w-]{1,255}$/;
const namePattern = /^[^\p{Cc}]{1,255}$/u;
const pageLength = 1000;
const mostPages = 50;

/**
 * The Workspace of one project in one region.
 *
 * `close` lets the calls under way end.
 */
export function createWorkspace(options: SignedRequestOptions): Workspace & { close(): Promise<void> } {
  const client = createSignedRequest(options);
  return { ...workspaceOver(client, options.projectId), close: () => client.close() };
}

/** The same over any way of making a call: what a rehearsal asks never leaves its process. */
export function workspaceOver(client: Client, projectId: string): Workspace {
  const root = `/v2/${projectId}`;
  return {
    sendToPool: (poolId, text, mayStart) => sendToPool(client, root, { poolId, text, mayStart }),
    showJob: (jobId) => showJob(client, root, jobId),
    listPools: () => listPools(client, root),
  };
}

type Client = Pick<SignedRequest, 'request'>;

type Notification = { poolId: string; text: string; mayStart: () => boolean };

async function sendToPool(
  client: Client,
  root: string,
  { poolId, text, mayStart }: Notification,
): Promise<Accepted> {
  if (!looksLikePoolId(poolId)) {
    throw new HuaweiRejectedError(`"${cleanText(poolId)}" is not the id of a pool; nothing was sent`);
  }
  const path = `${root}/desktop-pools/${poolId}/notifications`;
  const body = JSON.stringify({ notifications: text });
  const answer = await client.request({ method: 'POST', path, body, mayStart });
  const accepted = parseJson(answer.body);
  const jobId = isJsonObject(accepted) ? textIn(accepted, 'job_id') : undefined;
  if (jobId === undefined || !jobPattern.test(jobId)) throw withoutJob(answer);
  const requestId = requestIdOf(answer, accepted);
  return { jobId, status: answer.status, ...(requestId === undefined ? {} : { requestId }) };
}

function withoutJob(answer: HuaweiAnswer): OutcomeUnknownError {
  const { failure, text } = readRefusal(answer);
  return new OutcomeUnknownError(
    `Huawei answered ${answer.status}, but without a usable job_id: ${text}`,
    failure,
  );
}

async function showJob(client: Client, root: string, jobId: string): Promise<Job> {
  if (!jobPattern.test(jobId)) throw new HuaweiRejectedError(`"${cleanText(jobId)}" is not the id of a job`);
  const { object, answer } = await readObject(client, `${root}/workspace-jobs/${jobId}`);
  const status = textIn(object, 'status');
  if (status === undefined) throw unreadable(answer, 'a job');
  const listed = objectsIn(object, 'sub_jobs') ?? [];
  const total = numberIn(object, 'sub_jobs_total') ?? listed.length;
  const failure = failureOf(object);
  if (listed.length >= total) return { ...readJob(status, listed, total), ...failure };
  try {
    const { rows } = await readPages(client, `${root}/workspace-sub-jobs?job_id=${jobId}&`, 'jobs');
    return { ...readJob(status, rows, total), ...failure };
  } catch (cause) {
    // What the job itself says is worth more than nothing.
    if (!(cause instanceof HuaweiRejectedError)) throw cause;
    const desktopsUnreadable = `${cause.message} The right is workspace:jobs:listSubJobs`;
    return { ...readJob(status, listed, total), ...failure, desktopsUnreadable };
  }
}

/** Why a job failed as a whole: its code, its reason, or both. */
function failureOf(job: JsonObject): Pick<Job, 'failReason'> {
  const parts = [textIn(job, 'job_error_code'), textIn(job, 'fail_reason')].flatMap((part) => part ?? []);
  return parts.length === 0 ? {} : { failReason: cleanText(parts.join(': ')) };
}

async function listPools(client: Client, root: string): Promise<PoolListing> {
  const { rows, total } = await readPages(client, `${root}/desktop-pools?`, 'desktop_pools');
  const pools = rows.flatMap((row) => readPool(row) ?? []);
  return { pools, isWhole: pools.length === total };
}

function readPool(row: JsonObject): Pool | undefined {
  const id = textIn(row, 'id');
  const name = textIn(row, 'name');
  // Longer than Huawei lets them be, or with characters that it refuses: nobody can have written such a name.
  if (id === undefined || name === undefined || !namePattern.test(id) || !namePattern.test(name))
    return undefined;
  const status = textIn(row, 'status')?.slice(0, 100);
  const desktopCount = numberIn(row, 'desktop_count');
  const { in_maintenance_mode: isInMaintenanceMode } = row;
  return {
    id,
    name,
    ...(status === undefined ? {} : { status }),
    ...(desktopCount === undefined ? {} : { desktopCount }),
    ...(typeof isInMaintenanceMode === 'boolean' ? { isInMaintenanceMode } : {}),
  };
}

/** The rows of a list, and how many Huawei says there are. */
type Rows = { rows: JsonObject[]; total: number | undefined };

/** All rows of a list, each id once: rows move from page to page when the list changes meanwhile. */
async function readPages(client: Client, path: string, listName: string): Promise<Rows> {
  const rows = new Map<string, JsonObject>();
  let offset = 0;
  let total: number | undefined;
  for (let page = 0; page < mostPages; page += 1) {
    const { object, answer } = await readObject(client, `${path}limit=${pageLength}&offset=${offset}`);
    const found = objectsIn(object, listName);
    if (found === undefined) throw unreadable(answer, `a list of ${listName}`);
    for (const [i, row] of found.entries()) rows.set(textIn(row, 'id') ?? `row ${offset + i}`, row);
    offset += found.length;
    total = numberIn(object, 'total_count');
    const isLast = total === undefined ? found.length < pageLength : offset >= total;
    if (isLast || found.length === 0) break;
  }
  return { rows: [...rows.values()], total };
}

async function readObject(
  client: Client,
  path: string,
): Promise<{ object: JsonObject; answer: HuaweiAnswer }> {
  const answer = await client.request({ method: 'GET', path });
  const object = parseJson(answer.body);
  if (!isJsonObject(object)) throw unreadable(answer, 'JSON');
  return { object, answer };
}

function unreadable(answer: HuaweiAnswer, expected: string): HuaweiUnavailableError {
  const { failure, text } = readRefusal(answer);
  return new HuaweiUnavailableError(
    `Huawei answered ${answer.status}, but not with ${expected}: ${text}`,
    failure,
  );
}
