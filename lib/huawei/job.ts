import type { Job } from '../ports.ts';
import { cleanText } from './answer.ts';
import { isJsonObject, type JsonObject, textIn } from './json.ts';

/** Huawei publishes no list: the words that its Terraform provider, its filters and a sibling API use. */
const failureWords = new Set(['FAIL', 'FAILED', 'ABNORMAL', 'ROLLBACK', 'ABORTING']);
const endWords = new Set(['COMPLETE', 'SUCCESS', ...failureWords]);

const mostFailures = 50;

/**
 * What a job and its sub-jobs, one for each desktop, say.
 *
 * Only SUCCESS is success. Any other word is a failure once the job has ended, whatever the job itself claims.
 *
 * @param totalDesktops as the job gives it; sub-jobs that were not listed count in the total only.
 */
export function readJob(status: string, subJobs: readonly JsonObject[], totalDesktops: number): Job {
  const hasEnded = endWords.has(status.toUpperCase());
  const words = subJobs.map((subJob) => (textIn(subJob, 'status') ?? '').toUpperCase());
  const failed = subJobs.filter((_, i) => hasFailed(words[i] ?? '', hasEnded));
  return {
    status: cleanText(status),
    hasEnded,
    desktops: {
      total: Math.max(totalDesktops, subJobs.length),
      succeeded: words.filter((word) => word === 'SUCCESS').length,
      failed: failed.length,
    },
    failures: failed.slice(0, mostFailures).map(readFailure),
  };
}

function hasFailed(word: string, jobHasEnded: boolean): boolean {
  return jobHasEnded ? word !== 'SUCCESS' : failureWords.has(word);
}

function readFailure(subJob: JsonObject): Job['failures'][number] {
  const errorCode = textIn(subJob, 'error_code');
  const why = textIn(subJob, 'fail_reason') ?? textIn(subJob, 'message');
  return {
    desktopName: cleanText(desktopNameOf(subJob)),
    status: cleanText(textIn(subJob, 'status') ?? ''),
    ...(errorCode === undefined ? {} : { errorCode: cleanText(errorCode) }),
    ...(why === undefined ? {} : { reason: cleanText(why) }),
  };
}

/** Today's clients have the name among the entities; definitions of 2024 have it in the sub-job itself. */
function desktopNameOf(subJob: JsonObject): string {
  const entities = isJsonObject(subJob.entities) ? subJob.entities : {};
  const names = [
    textIn(entities, 'desktop_name'),
    textIn(subJob, 'desktop_name'),
    textIn(subJob, 'entity'),
    textIn(entities, 'desktop_id'),
    textIn(subJob, 'id'),
  ];
  return names.find((name) => name !== undefined) ?? '';
}
