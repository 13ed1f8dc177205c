import aws4 from 'aws4';
import { messageOf } from '../domain/errors.ts';
import { second } from '../domain/instant.ts';
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
  constructor(name: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = name;
  }
}

const services = {
  dynamodb: { target: 'DynamoDB_20120810', contentType: 'application/x-amz-json-1.0' },
  sqs: { target: 'AmazonSQS', contentType: 'application/x-amz-json-1.0' },
  secretsmanager: { target: 'secretsmanager', contentType: 'application/x-amz-json-1.1' },
} as const;

export type AwsService = keyof typeof services;

/** Far more than AWS ever needs, and far less than a lease. */
const timeoutMs = 4 * second;
const mostAttempts = 4;
const firstPauseMs = 50;
/** What AWS says when it is only too busy: https://docs.aws.amazon.com/general/latest/gr/api-retries.html */
const busy = /Throttl|ThroughputExceeded|RequestLimitExceeded|TooManyRequests|LimitExceeded|SlowDown/;

/**
 * The JSON interface of one service, one signed POST for each call, over connections that are kept alive.
 *
 * What fails for now is repeated, also when it may have taken effect: whoever writes must know its own write again.
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
  if (status === 200) return answer;
  const name =
    String(answer.__type ?? `HTTP${status}`)
      .split('#')
      .at(-1) ?? '';
  throw new AwsError(name, String(answer.message ?? answer.Message ?? `${operation}: ${name}`));
}

function isPassing({ name }: AwsError): boolean {
  return (
    name === 'NoAnswer' ||
    /^(HTTP5|InternalServerError|InternalFailure|ServiceUnavailable)/.test(name) ||
    busy.test(name)
  );
}

function domainOf(region: string): string {
  return region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
}

function fieldsIn(text: string): Record<string, unknown> {
  try {
    const read: unknown = JSON.parse(text);
    return typeof read === 'object' && read !== null ? { ...read } : {};
  } catch {
    return {};
  }
}
