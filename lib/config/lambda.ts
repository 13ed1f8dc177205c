import { type Limits, readKeptDays, readLimits, readMessageLimit, readRequestTimeout } from './limits.ts';
import { createReader, type Environment, type Reader } from './reader.ts';
import { endpointOf, readEndpoint, readProjectId, readRegion } from './target.ts';
import { readTokens, type TokenHolder } from './tokens.ts';

/** What the planner needs on AWS. */
export type TickConfig = {
  tableName: string;
  sendQueueUrl: string;
  trackQueueUrl: string;
  /** How long the record of a delivery is kept. */
  keptDays: number;
};

/** What senders and trackers need on AWS. */
export type WorkerConfig = TickConfig & {
  /** In Secrets Manager; the keys are nowhere else. */
  secretId: string;
  huawei: { endpoint: string; region: string; projectId: string; requestTimeoutMs: number };
  limits: Limits;
};

/** What the HTTP API needs on AWS. */
export type ApiConfig = WorkerConfig & { tokens: TokenHolder[]; messageLimit: number };

/** The name of the deployment; it stands in each line of the log. */
export function stageOf(environment: Environment): string {
  return createReader(environment).text('DESKBELL_STAGE') ?? 'dev';
}

/** @throws InvalidConfigError with every problem at once. */
export function readTickConfig(environment: Environment): TickConfig {
  return read(environment, readTick);
}

/** @throws InvalidConfigError with every problem at once. */
export function readWorkerConfig(environment: Environment): WorkerConfig {
  return read(environment, readWorker);
}

/** @throws InvalidConfigError with every problem at once. */
export function readApiConfig(environment: Environment): ApiConfig {
  return read(environment, (reader) => ({
    ...readWorker(reader),
    tokens: readTokens(reader),
    messageLimit: readMessageLimit(reader),
  }));
}

function read<T>(environment: Environment, readAll: (reader: Reader) => T): T {
  const reader = createReader(environment);
  refuseSecrets(reader);
  const config = readAll(reader);
  reader.finish();
  return config;
}

function readTick(reader: Reader): TickConfig {
  return {
    tableName: required(reader, 'DESKBELL_TABLE_NAME'),
    sendQueueUrl: readUrl(reader, 'DESKBELL_SEND_QUEUE_URL'),
    trackQueueUrl: readUrl(reader, 'DESKBELL_TRACK_QUEUE_URL'),
    keptDays: readKeptDays(reader),
  };
}

function readWorker(reader: Reader): WorkerConfig {
  const region = readRegion(reader);
  if (region === undefined)
    reader.refuse('HUAWEICLOUD_REGION is not set: it says which Workspace to call, as in cn-north-4');
  return {
    ...readTick(reader),
    secretId: required(reader, 'DESKBELL_SECRET_ID'),
    huawei: {
      endpoint: readEndpoint(reader)?.origin ?? endpointOf(region ?? ''),
      region: region ?? '',
      projectId: readProjectId(reader),
      requestTimeoutMs: readRequestTimeout(reader),
    },
    limits: readLimits(reader),
  };
}

/** Everybody who may look at a function sees its environment, and every deployment keeps a copy. */
function refuseSecrets(reader: Reader): void {
  const names = ['HUAWEICLOUD_SDK_AK', 'HUAWEICLOUD_SDK_SK', 'HUAWEICLOUD_SDK_SECURITY_TOKEN'];
  for (const name of names.filter((other) => reader.text(other) !== undefined))
    reader.refuse(`${name} must not be set here: the keys are read from the secret DESKBELL_SECRET_ID`);
  if (reader.text('DESKBELL_ADMIN_TOKEN') !== undefined)
    reader.refuse('DESKBELL_ADMIN_TOKEN must not be set here: DESKBELL_TOKENS takes the hash of a token');
}

function required(reader: Reader, name: string): string {
  const value = reader.text(name);
  if (value === undefined) reader.refuse(`${name} is not set`);
  return value ?? '';
}

function readUrl(reader: Reader, name: string): string {
  const value = required(reader, name);
  if (value !== '' && !/^https?:$/.test(URL.parse(value)?.protocol ?? ''))
    reader.refuse(`${name} is not a URL: "${value}"`);
  return value;
}
