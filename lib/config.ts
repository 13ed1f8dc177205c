import { createHash } from 'node:crypto';
import { defaultMessageLimit } from './domain/definition.ts';
import { InvalidConfigError } from './domain/errors.ts';
import { Secret } from './secret.ts';

export type Role = 'viewer' | 'operator' | 'admin';
export type TokenHolder = { name: string; role: Role; sha256: string };

export type Config = {
  huawei: {
    /** `simulator`: nothing leaves this machine. */
    mode: 'simulator' | 'huawei';
    /** Whether this process starts the simulator itself. */
    startsSimulator: boolean;
    endpoint: string;
    region: string;
    projectId: string;
    accessKey: string;
    secretKey: Secret;
    securityToken?: Secret;
    requestTimeoutMs: number;
  };
  simulator: SimulatorConfig;
  /** Requests in any 62 s; Infinity for `off`. */
  limits: { send: number; read: number };
  messageLimit: number;
  /** How long deliveries and acts are kept. */
  keptDays: number;
  dataDir: string;
  /** The schedule file for an empty store. */
  table?: string;
  host: string;
  port: number;
  /** When absent, one is made and kept in the data folder. */
  adminToken?: Secret;
  /** Who may call; whoever holds the admin token is among them. */
  tokens: TokenHolder[];
};

export type SimulatorConfig = { port: number; throttle: boolean; delayMs: number };

export type Environment = Readonly<Record<string, string | undefined>>;

/** What the simulator accepts; as obviously fake as it looks, and printed, because it protects nothing. */
export const simulatorKeys = {
  accessKey: 'DESKBELL-SIMULATOR-AK',
  secretKey: 'deskbell-simulator-secret',
  projectId: '0a1b2c3d4e5f60718293a4b5c6d7e8f9',
};

/**
 * Reads the whole environment and checks it.
 *
 * @throws InvalidConfigError with every problem at once; values of secrets are never in it.
 */
export function readConfig(environment: Environment): Config {
  const reader = createReader(environment);
  const simulator = readSimulator(reader);
  const adminToken = reader.text('DESKBELL_ADMIN_TOKEN');
  const table = reader.text('DESKBELL_TABLE');
  if (adminToken !== undefined && adminToken.length < 16)
    reader.refuse('DESKBELL_ADMIN_TOKEN must have at least 16 characters');
  const config: Config = {
    huawei: readHuawei(reader, simulator),
    simulator,
    limits: {
      send: reader.limit('DESKBELL_SENDS_PER_MINUTE', 90),
      read: reader.limit('DESKBELL_READS_PER_MINUTE', 180),
    },
    messageLimit: reader.wholeNumber('DESKBELL_MESSAGE_LIMIT', defaultMessageLimit, [1, 10_000]),
    keptDays: reader.wholeNumber('DESKBELL_KEPT_DAYS', 400, [30, 36_500]),
    dataDir: reader.text('DESKBELL_DATA_DIR') ?? '.deskbell',
    ...(table === undefined ? {} : { table }),
    host: reader.text('DESKBELL_HOST') ?? '127.0.0.1',
    port: reader.wholeNumber('PORT', 3000, [0, 65_535]),
    ...(adminToken === undefined ? {} : { adminToken: new Secret(adminToken) }),
    tokens: [...(adminToken === undefined ? [] : [adminHolder(adminToken)]), ...readTokens(reader)],
  };
  reader.finish();
  return config;
}

/** The part that the simulator alone needs. @throws InvalidConfigError */
export function readSimulatorConfig(environment: Environment): SimulatorConfig {
  const reader = createReader(environment);
  const simulator = readSimulator(reader);
  reader.finish();
  return simulator;
}

function readSimulator(reader: Reader): SimulatorConfig {
  const throttle = reader.text('SIMULATOR_THROTTLE') ?? 'on';
  if (throttle !== 'on' && throttle !== 'off')
    reader.refuse(`SIMULATOR_THROTTLE must be on or off, not "${throttle}"`);
  return {
    port: reader.wholeNumber('SIMULATOR_PORT', 4000, [0, 65_535]),
    throttle: throttle === 'on',
    delayMs: reader.wholeNumber('SIMULATOR_DELAY_MS', 0, [0, 60_000]),
  };
}

function readHuawei(reader: Reader, simulator: SimulatorConfig): Config['huawei'] {
  const accessKey = reader.text('HUAWEICLOUD_SDK_AK');
  const secretKey = reader.text('HUAWEICLOUD_SDK_SK');
  const securityToken = reader.text('HUAWEICLOUD_SDK_SECURITY_TOKEN');
  const override = readEndpoint(reader);
  const hasKeys = accessKey !== undefined || secretKey !== undefined;
  const isOnThisMachine = override === undefined ? !hasKeys : isLoopback(override);
  const defaults = isOnThisMachine && !hasKeys ? simulatorKeys : undefined;
  const region = reader.text('HUAWEICLOUD_REGION');
  const requireText = (name: string, value: string | undefined, fallback: string | undefined) => {
    if (value === undefined && fallback === undefined) reader.refuse(`${name} is not set`);
    return value ?? fallback ?? '';
  };
  if (!isOnThisMachine && override === undefined && region === undefined)
    reader.refuse('HUAWEICLOUD_REGION is not set: it says which Workspace to call, as in cn-north-4');
  if (region !== undefined && !/^[a-z0-9-]{1,40}$/.test(region))
    reader.refuse(`HUAWEICLOUD_REGION is not the name of a region: "${region}"`);
  return {
    mode: isOnThisMachine ? 'simulator' : 'huawei',
    startsSimulator: override === undefined && !hasKeys,
    endpoint:
      override?.origin ??
      (isOnThisMachine
        ? `http://127.0.0.1:${simulator.port}`
        : `https://workspace.${region}.myhuaweicloud.com`),
    region: region ?? 'simulator',
    projectId: readProjectId(reader, requireText, isOnThisMachine),
    accessKey: requireText('HUAWEICLOUD_SDK_AK', accessKey, defaults?.accessKey),
    secretKey: new Secret(requireText('HUAWEICLOUD_SDK_SK', secretKey, defaults?.secretKey)),
    ...(securityToken === undefined ? {} : { securityToken: new Secret(securityToken) }),
    requestTimeoutMs: reader.wholeNumber('DESKBELL_REQUEST_TIMEOUT_MS', 10_000, [500, 10_000]),
  };
}

function readProjectId(
  reader: Reader,
  requireText: (name: string, value: string | undefined, fallback: string | undefined) => string,
  isOnThisMachine: boolean,
): string {
  const fallback = isOnThisMachine ? simulatorKeys.projectId : undefined;
  const projectId = requireText(
    'HUAWEICLOUD_SDK_PROJECT_ID',
    reader.text('HUAWEICLOUD_SDK_PROJECT_ID'),
    fallback,
  );
  if (projectId !== '' && !/^[0-9a-f]{32}$/i.test(projectId))
    // Not repeated: the key stands beside it, and is easily pasted into its place.
    reader.refuse(
      `HUAWEICLOUD_SDK_PROJECT_ID must be 32 hexadecimal digits; it has ${projectId.length} characters`,
    );
  return projectId;
}

function readEndpoint(reader: Reader): URL | undefined {
  const name = 'HUAWEICLOUD_WORKSPACE_ENDPOINT';
  const text = reader.text(name);
  if (text === undefined) return undefined;
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.search !== '') {
    const shown = text.replace(/\S*@/, '…@');
    reader.refuse(`${name} must be like https://workspace.cn-north-4.myhuaweicloud.com, not "${shown}"`);
    return undefined;
  }
  if (url.username !== '' || url.password !== '') reader.refuse(`${name} must not hold a user or a password`);
  if (url.protocol === 'http:' && !isLoopback(url)) reader.refuse(`${name} must begin with https://`);
  return url;
}

function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
}

function readTokens(reader: Reader): TokenHolder[] {
  const text = reader.text('DESKBELL_TOKENS');
  if (text === undefined) return [];
  return text.split(',').flatMap((entry, i) => {
    const [, name, role, sha256] =
      /^\s*([\w.@-]{1,64}):(viewer|operator|admin):([0-9a-f]{64})\s*$/i.exec(entry) ?? [];
    if (name !== undefined && isRole(role) && sha256 !== undefined)
      return [{ name, role, sha256: sha256.toLowerCase() }];
    reader.refuse(
      `DESKBELL_TOKENS, entry ${i + 1}, must be name:role:sha256 with role viewer, operator or admin and 64 hexadecimal digits`,
    );
    return [];
  });
}

/** The holder of the admin token. */
export function adminHolder(token: string): TokenHolder {
  return { name: 'admin', role: 'admin', sha256: createHash('sha256').update(token).digest('hex') };
}

function isRole(text: string | undefined): text is Role {
  return text === 'viewer' || text === 'operator' || text === 'admin';
}

/** Tells keys apart without telling them. */
export function fingerprintOf({ accessKey, secretKey }: Config['huawei']): string {
  return createHash('sha256').update(`${accessKey}\n${secretKey.reveal()}`).digest('hex').slice(0, 16);
}

type Reader = {
  text(name: string): string | undefined;
  wholeNumber(name: string, fallback: number, range: [number, number]): number;
  /** A number per minute, or `off`. */
  limit(name: string, fallback: number): number;
  refuse(problem: string): void;
  finish(): void;
};

function createReader(environment: Environment): Reader {
  const problems: string[] = [];
  const text = (name: string) => environment[name]?.trim() || undefined;
  const wholeNumber = (name: string, fallback: number, [least, most]: [number, number], or = '') => {
    const value = text(name);
    if (value === undefined) return fallback;
    const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
    if (number >= least && number <= most) return number;
    problems.push(`${name} must be a whole number from ${least} to ${most}${or}, not "${value}"`);
    return fallback;
  };
  return {
    text,
    wholeNumber,
    limit: (name, fallback) =>
      text(name) === 'off' ? Number.POSITIVE_INFINITY : wholeNumber(name, fallback, [1, 100_000], ', or off'),
    refuse: (problem) => problems.push(problem),
    finish() {
      if (problems.length > 0) throw new InvalidConfigError(problems);
    },
  };
}
