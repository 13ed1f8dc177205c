import { closest } from '../domain/input/spelling.ts';
import type { Environment, Reader } from './reader.ts';

/** What some part of Deskbell reads, on one machine, on AWS or on the command line. */
const known = [
  'DESKBELL_ADMIN_TOKEN',
  'DESKBELL_ALARM_EMAIL',
  'DESKBELL_ALARM_EXPIRED',
  'DESKBELL_ALARM_REFUSED',
  'DESKBELL_ALARM_REJECTED',
  'DESKBELL_ALARM_UNDELIVERED',
  'DESKBELL_ALARM_UNKNOWN',
  'DESKBELL_API_CLOSED',
  'DESKBELL_DATA_DIR',
  'DESKBELL_HOST',
  'DESKBELL_KEPT_DAYS',
  'DESKBELL_MESSAGE_LIMIT',
  'DESKBELL_MODE',
  'DESKBELL_READS_PER_MINUTE',
  'DESKBELL_REQUEST_TIMEOUT_MS',
  'DESKBELL_SECRET_ID',
  'DESKBELL_SENDS_PER_MINUTE',
  'DESKBELL_SEND_QUEUE_URL',
  'DESKBELL_STAGE',
  'DESKBELL_TABLE',
  'DESKBELL_TABLE_NAME',
  'DESKBELL_TOKEN',
  'DESKBELL_TOKENS',
  'DESKBELL_TRACK_QUEUE_URL',
  'DESKBELL_URL',
  'HUAWEICLOUD_REGION',
  'HUAWEICLOUD_SDK_AK',
  'HUAWEICLOUD_SDK_PROJECT_ID',
  'HUAWEICLOUD_SDK_SECURITY_TOKEN',
  'HUAWEICLOUD_SDK_SK',
  'HUAWEICLOUD_WORKSPACE_ENDPOINT',
];

/**
 * Refuses names that are nearly those of variables: a key whose name is misspelt must not be overlooked.
 *
 * @returns a warning for each other name that looks like one of Deskbell's.
 */
export function checkNames(environment: Environment, reader: Reader): string[] {
  const names = Object.keys(environment).filter(
    (name) => !known.includes(name) && reader.text(name) !== undefined,
  );
  return names.flatMap((name) => {
    const meant = closest(name, known);
    if (meant !== undefined) {
      reader.refuse(`${name} is no variable of Deskbell: write ${meant}, or remove it`);
      return [];
    }
    return /^(deskbell|huawei_?cloud)_/i.test(name)
      ? [`${name} is no variable of Deskbell, and is ignored`]
      : [];
  });
}
