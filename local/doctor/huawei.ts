import type { Config } from '../../lib/config.ts';
import {
  HuaweiClockError,
  HuaweiCredentialsError,
  HuaweiRejectedError,
  messageOf,
} from '../../lib/domain/codes/errors.ts';
import { type Instant, minute, second } from '../../lib/domain/time/instant.ts';
import { createSignedRequest, type SignedRequest } from '../../lib/huawei/signed-request.ts';
import { workspaceOver } from '../../lib/huawei/workspace.ts';
import type { Pool } from '../../lib/ports.ts';
import { type Finding, ok, trouble, warning } from './finding.ts';

/** Huawei has no job of this id. */
const noJob = '00000000-0000-0000-0000-000000000000';
/** From here on people notice; texts name minutes. */
const noticeable = 5 * second;
/** A signature is good for 15 minutes before and after Huawei's time. */
const dangerous = 10 * minute;
const poolsNamed = 20;

/** Asks Huawei for what changes nothing; one wrong signature at most, since Huawei locks a key after some. */
export async function checkHuawei(
  { huawei }: Pick<Config, 'huawei'>,
  now: () => Instant,
): Promise<Finding[]> {
  const { endpoint, projectId, accessKey, secretKey, securityToken } = huawei;
  const keys = { accessKey, secretKey };
  const credentials = async () => (securityToken === undefined ? keys : { ...keys, securityToken });
  const timeoutMs = huawei.requestTimeoutMs;
  const client = createSignedRequest({ endpoint, projectId, credentials, timeoutMs, now });
  const clock = watchClock(client, now);
  const workspace = workspaceOver(clock, projectId);
  try {
    const { pools } = await workspace.listPools();
    return [
      ok('key', `Huawei takes the key for project ${projectId}`),
      ...clock.findings(),
      ok('right to list pools', 'the key has it'),
      ...describePools(pools),
      await checkJobs(() => workspace.showJob(noJob)),
    ];
  } catch (cause) {
    return [refusedPools(cause, huawei), ...clock.findings()];
  } finally {
    await client.close();
  }
}

/** Compares the clocks by the Date header of each answer, which is cut to the second. */
function watchClock(client: SignedRequest, now: () => Instant) {
  let aheadMs: number | undefined;
  return {
    async request(call: Parameters<SignedRequest['request']>[0]) {
      const askedAt = now();
      const answer = await client.request(call);
      const serverAt = Date.parse(String(answer.headers.date));
      if (!Number.isNaN(serverAt)) aheadMs = (askedAt + now()) / 2 - (serverAt + second / 2);
      return answer;
    },
    findings: () => (aheadMs === undefined ? [] : [describeClock(aheadMs)]),
  };
}

function describeClock(aheadMs: number): Finding {
  const seconds = Math.round(Math.abs(aheadMs) / second);
  const side = aheadMs > 0 ? 'ahead of' : 'behind';
  if (Math.abs(aheadMs) < noticeable) return ok('clock', "this machine's clock agrees with Huawei's");
  const message = `this machine's clock is ${seconds} s ${side} Huawei's: notifications go out by this clock, and from 900 s on Huawei refuses it`;
  const advice = 'set the clock, and let a time service (NTP) keep it';
  return Math.abs(aheadMs) < dangerous
    ? warning('clock', message, advice)
    : trouble('clock', message, advice);
}

function refusedPools(cause: unknown, { mode, endpoint }: Config['huawei']): Finding {
  const message = messageOf(cause);
  if (cause instanceof HuaweiCredentialsError)
    return trouble(
      'key',
      message,
      'correct the key before anything else: this was the only try that was made',
    );
  if (cause instanceof HuaweiClockError) return trouble('clock', message, 'set the clock');
  if (cause instanceof HuaweiRejectedError)
    return trouble(
      'right to list pools',
      message,
      'give the user of the key the right workspace:desktopPools:list in this project',
    );
  if (mode === 'simulator')
    return warning(
      'endpoint',
      `no simulator answers at ${endpoint}: ${message}`,
      'start Deskbell: npm start',
    );
  return trouble(
    'endpoint',
    `${endpoint} cannot be used: ${message}`,
    'check the network, a proxy in between, HUAWEICLOUD_REGION and HUAWEICLOUD_WORKSPACE_ENDPOINT',
  );
}

function describePools(pools: readonly Pool[]): Finding[] {
  if (pools.length === 0)
    return [
      warning(
        'pools',
        'Huawei lists no pools: nothing can be sent',
        'check project and region, and whether the user of the key may see the pools',
      ),
    ];
  const names = pools.slice(0, poolsNamed).map(({ name }) => name);
  const more = pools.length > poolsNamed ? ` and ${pools.length - poolsNamed} more` : '';
  return [
    ok('pools', `${pools.length} pools: ${names.join(', ')}${more}`),
    ...pools.flatMap(oddityOf),
    ...repeatedNames(pools),
  ];
}

function oddityOf({ name, status = '', desktopCount, isInMaintenanceMode = false }: Pool): Finding[] {
  const odd = [
    isInMaintenanceMode ? 'is in maintenance mode' : '',
    desktopCount === 0 ? 'has no desktops, so that nobody can be told' : '',
    /FROZEN|UNKNOWN/.test(status) ? `has the status ${status}` : '',
  ].filter((text) => text !== '');
  if (odd.length === 0) return [];
  const advice = 'leave it out of the schedules, or look into it in the Workspace console';
  return [warning('pools', `${name} ${odd.join(', and ')}`, advice)];
}

function repeatedNames(pools: readonly Pool[]): Finding[] {
  return [...Map.groupBy(pools, ({ name }) => name)]
    .filter(([, same]) => same.length > 1)
    .map(([name, same]) =>
      warning('pools', `${same.length} pools are called ${name}`, 'name them by their ids in the schedules'),
    );
}

/** A job that does not exist is told only to those who may read jobs. */
async function checkJobs(showJob: () => Promise<unknown>): Promise<Finding> {
  const check = 'right to read jobs';
  try {
    await showJob();
  } catch (cause) {
    const status = cause instanceof HuaweiRejectedError ? cause.failure.status : undefined;
    if (status === 403)
      return trouble(check, messageOf(cause), 'give the user of the key the right workspace:jobs:get');
    if (status !== 400 && status !== 404)
      return warning(check, `it could not be tested: ${messageOf(cause)}`, 'try again');
  }
  return ok(check, 'the key has it');
}
