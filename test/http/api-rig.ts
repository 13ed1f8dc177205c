import { createHash } from 'node:crypto';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { readConfig } from '../../lib/config.ts';
import { createHandler } from '../../lib/http/api.ts';
import type { ApiRuntime } from '../../lib/http/call.ts';
import { createLog } from '../../lib/log.ts';
import { createRig, type RigOptions } from '../rig.ts';

type Role = 'viewer' | 'operator' | 'admin';

/** The token of a role; its holder is called `a-viewer` and so on. */
export function tokenOf(role: Role): string {
  return `token-of-the-${role}`;
}

/** DESKBELL_TOKENS with a holder of each role. */
export const tokensSetting = (['viewer', 'operator', 'admin'] as const)
  .map((role) => {
    const sha256 = createHash('sha256').update(tokenOf(role)).digest('hex');
    return `a-${role}:${role}:${sha256}`;
  })
  .join(',');

export type Sent = {
  as?: Role | 'nobody';
  /** Sent as JSON, unless `headers` name another type and it is a text. */
  body?: unknown;
  headers?: Record<string, string>;
  /** The address of the caller. */
  from?: string;
};

/** An event as API Gateway hands it over (payload 2.0), recorded from an HTTP API. */
export function anEvent(
  method: string,
  target: string,
  { as = 'admin', body, headers, from = '203.0.113.7' }: Sent = {},
) {
  const [rawPath = '', rawQueryString = ''] = target.split('?');
  const content = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  const event: APIGatewayProxyEventV2 = {
    version: '2.0',
    routeKey: '$default',
    rawPath,
    rawQueryString,
    headers: {
      accept: '*/*',
      host: 'k3x9abc123.execute-api.eu-central-1.amazonaws.com',
      'user-agent': 'curl/8.5.0',
      'x-amzn-trace-id': 'Root=1-65a0f0c1-0123456789abcdef01234567',
      'x-forwarded-for': from,
      'x-forwarded-port': '443',
      'x-forwarded-proto': 'https',
      ...(as === 'nobody' ? {} : { authorization: `Bearer ${tokenOf(as)}` }),
      ...(content === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    requestContext: {
      accountId: '123456789012',
      apiId: 'k3x9abc123',
      domainName: 'k3x9abc123.execute-api.eu-central-1.amazonaws.com',
      domainPrefix: 'k3x9abc123',
      http: {
        method,
        path: rawPath,
        protocol: 'HTTP/1.1',
        sourceIp: from,
        userAgent: 'curl/8.5.0',
      },
      requestId: 'JKJaXmPLvHcESHA=',
      routeKey: '$default',
      stage: '$default',
      time: '24/Nov/2026:09:00:00 +0000',
      timeEpoch: 1_795_510_800_000,
    },
    ...(content === undefined ? {} : { body: content }),
    isBase64Encoded: false,
  };
  return event;
}

/** The API over the rig: events in, answers out. */
export function createApi(options: RigOptions = {}) {
  const rig = createRig(options);
  const logged: string[] = [];
  const log = createLog(rig.clock, (line) => logged.push(line));
  const config = readConfig({ DESKBELL_TOKENS: tokensSetting });
  const runtime: ApiRuntime = { ...rig.deps, config, log };
  const handler = createHandler(async () => runtime, log);

  async function send(event: APIGatewayProxyEventV2) {
    const { statusCode, headers = {}, body = '' } = await handler(event, {} as Context);
    return { status: statusCode, headers, body: JSON.parse(body) };
  }

  return {
    ...rig,
    runtime,
    logged,
    handler,
    send,
    call: (method: string, target: string, sent?: Sent) => send(anEvent(method, target, sent)),
  };
}

/** Everything that the store holds of schedules and deliveries, to tell whether a call has changed anything. */
export function storedRows({ database }: Pick<ReturnType<typeof createApi>, 'database'>): string {
  const tables = ['schedules', 'acts', 'gaps', 'deliveries'];
  return JSON.stringify(tables.map((table) => database.sql.prepare(`SELECT * FROM ${table}`).all()));
}

/** A schedule as somebody would write it; a test changes only what it is about. */
export function aSchedule(fields: Record<string, unknown> = {}): Record<string, unknown> {
  return { pools: ['finance'], cron: '0 18 * * *', message: 'Bye at {{eventTime}} UTC.', ...fields };
}
