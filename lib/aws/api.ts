import aws4 from 'aws4';
import { messageOf } from '../domain/codes/errors.ts';
import { second } from '../domain/time/instant.ts';
import { fieldsIn } from './json.ts';
import { post } from './post.ts';

/** Where and as whom to call AWS. */
export type AwsAccess = {
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
  /** Instead of the service's own address. */
  endpoint?: string;
};

/** Calls one operation of one AWS service. @throws AwsError */
export type AwsApi = (operation: string, input: object) => Promise<Record<string, unknown>>;

/** AWS refused a request, or gave no answer to it; `name` is what AWS calls it. */
export class AwsError extends Error {
  /** Of the answer; undefined when there was none. */
  readonly status: number | undefined;

  constructor(
    name: string,
    message: string,
    { status, ...options }: ErrorOptions & { status?: number } = {},
  ) {
    super(message, options);
    this.name = name;
    this.status = status;
  }
}

const services = {
  dynamodb: { target: 'DynamoDB_20120810', contentType: 'application/x-amz-json-1.0' },
  sqs: { target: 'AmazonSQS', contentType: 'application/x-amz-json-1.0' },
  secretsmanager: { target: 'secretsmanager', contentType: 'application/x-amz-json-1.1' },
} as const;

export type AwsService = keyof typeof services;

/**
 * Far more than AWS ever needs; all attempts together take less than what is left of a lease when its send may begin,
 * since few calls wait for a turn there.
 */
const timeoutMs = 3 * second;
const mostAttempts = 3;
const firstPauseMs = 50;
/** What AWS says when it is only too busy: https://docs.aws.amazon.com/general/latest/gr/api-retries.html */
const busy = /Throttl|ThroughputExceeded|RequestLimitExceeded|TooManyRequests|LimitExceeded|SlowDown/;

/**
 * The JSON interface of one service, one signed POST for each call, over connections that are kept alive.
 *
 * What fails for now is repeated, also when it may have taken effect: so a writer must recognise its own write.
 */
export function createAwsApi(service: AwsService, access: AwsAccess): AwsApi {
  return async (operation, input) => {
    const body = JSON.stringify(input);
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await callOnce(service, operation, body, access);
      } catch (cause) {
        if (!(cause instanceof AwsError && isPassing(cause)) || attempt === mostAttempts) throw cause;
        const pauseMs = firstPauseMs * 2 ** attempt * (0.5 + Math.random() / 2);
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
    }
  };
}

async function callOnce(
  service: AwsService,
  operation: string,
  body: string,
  access: AwsAccess,
): Promise<Record<string, unknown>> {
  const url = new URL(access.endpoint ?? `https://${service}.${access.region}.${domainOf(access.region)}`);
  const { target, contentType } = services[service];
  const headers = { 'Content-Type': contentType, 'X-Amz-Target': `${target}.${operation}` };
  const request = {
    service,
    region: access.region,
    host: url.host,
    method: 'POST',
    path: '/',
    headers,
    body,
  };
  const signed = aws4.sign(request, access).headers as Record<string, string>;
  const { status, text } = await post(url, signed, body, timeoutMs).catch((cause: unknown) => {
    throw new AwsError('NoAnswer', `no answer from ${url.host}: ${messageOf(cause)}`, { cause });
  });
  const answer = fieldsIn(text);
  if (status !== 200) throw refusal(operation, status, answer ?? {}, access);
  // Every operation in use answers with an object; without one nobody knows whether a write took effect.
  if (answer === undefined) throw new AwsError('NoAnswer', `${url.host} answered ${operation} without JSON`);
  return answer;
}

function refusal(
  operation: string,
  status: number,
  { __type, message, Message }: Record<string, unknown>,
  { sessionToken }: AwsAccess,
): AwsError {
  const name =
    String(__type ?? `HTTP${status}`)
      .split('#')
      .at(-1) ?? '';
  const text = String(message ?? Message ?? `${operation}: ${name}`);
  // AWS may quote the headers of a signature that it refuses, and the token is one of them.
  return new AwsError(name, sessionToken ? text.replaceAll(sessionToken, '[secret]') : text, { status });
}

/** Whether AWS failed by itself, or was only too busy, so that it may do the same a little later. */
export function isPassing({ name, status = 0 }: AwsError): boolean {
  return (
    name === 'NoAnswer' || status >= 500 || /^Internal|^ServiceUnavailable/.test(name) || busy.test(name)
  );
}

function domainOf(region: string): string {
  return region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
}
