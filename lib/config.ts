import { defaultDataDir } from './config/data-folder.ts';
import {
  type Limits,
  readKeptDays,
  readLimits,
  readMessageLimit,
  readRequestTimeout,
} from './config/limits.ts';
import { checkNames } from './config/names.ts';
import { createReader, type Environment, type Reader } from './config/reader.ts';
import { endpointOf, readEndpoint, readProjectId, readRegion } from './config/target.ts';
import { adminHolder, readTokens, type TokenHolder } from './config/tokens.ts';
import { isLoopback } from './domain/loopback.ts';
import { Secret } from './secret.ts';

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
  limits: Limits;
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
  /** Who may call, the holder of the admin token among them. */
  tokens: TokenHolder[];
  /** What is odd in the environment, but does no harm. */
  warnings: string[];
};

export type SimulatorConfig = { port: number; throttle: boolean; delayMs: number };

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
  // A header cannot carry others, and ends a token at a space.
  if (/[^\x21-\x7e]/.test(adminToken ?? ''))
    reader.refuse(
      'DESKBELL_ADMIN_TOKEN must have letters, digits and punctuation of ASCII only, and no space',
    );
  if (reader.text('NODE_TLS_REJECT_UNAUTHORIZED') === '0')
    reader.refuse(
      'NODE_TLS_REJECT_UNAUTHORIZED=0 lets anybody pose as Huawei: remove it, and name your own authority in NODE_EXTRA_CA_CERTS',
    );
  const config: Config = {
    huawei: readHuawei(reader, simulator),
    simulator,
    limits: readLimits(reader),
    messageLimit: readMessageLimit(reader),
    keptDays: readKeptDays(reader),
    dataDir: reader.text('DESKBELL_DATA_DIR') ?? defaultDataDir,
    ...(table === undefined ? {} : { table }),
    host: reader.text('DESKBELL_HOST') ?? '127.0.0.1',
    port: reader.wholeNumber('PORT', 3000, [0, 65_535]),
    ...(adminToken === undefined ? {} : { adminToken: new Secret(adminToken) }),
    tokens: [...(adminToken === undefined ? [] : [adminHolder(adminToken)]), ...readTokens(reader)],
    warnings: checkNames(environment, reader),
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
  const region = readRegion(reader);
  const hasKeys = accessKey !== undefined || secretKey !== undefined;
  const requestTimeoutMs = readRequestTimeout(reader);
  if (isForSimulator(reader, { accessKey, hasKeys, override })) {
    return {
      mode: 'simulator',
      startsSimulator: override === undefined,
      endpoint: override?.origin ?? `http://127.0.0.1:${simulator.port}`,
      region: 'simulator',
      projectId: readProjectId(reader, simulatorKeys.projectId),
      accessKey: simulatorKeys.accessKey,
      // Real keys that DESKBELL_MODE sets aside are not used.
      secretKey: new Secret((isSimulatorKey(accessKey) ? secretKey : undefined) ?? simulatorKeys.secretKey),
      requestTimeoutMs,
    };
  }
  const required = (name: string, value: string | undefined) => {
    if (value === undefined) reader.refuse(`${name} is not set`);
    return value ?? '';
  };
  if (override === undefined && region === undefined)
    reader.refuse('HUAWEICLOUD_REGION is not set: it says which Workspace to call, as in cn-north-4');
  return {
    mode: 'huawei',
    startsSimulator: false,
    endpoint: override?.origin ?? endpointOf(region ?? ''),
    region: region ?? 'unknown',
    projectId: readProjectId(reader),
    accessKey: required('HUAWEICLOUD_SDK_AK', accessKey),
    secretKey: new Secret(required('HUAWEICLOUD_SDK_SK', secretKey)),
    ...(securityToken === undefined ? {} : { securityToken: new Secret(securityToken) }),
    requestTimeoutMs,
  };
}

type Wish = { accessKey: string | undefined; hasKeys: boolean; override: URL | undefined };

/** The simulator is used where nothing says that Huawei is meant: real keys say so, whatever the address. */
function isForSimulator(reader: Reader, { accessKey, hasKeys, override }: Wish): boolean {
  const mode = reader.text('DESKBELL_MODE');
  const isLocal = override === undefined || isLoopback(override);
  if (mode !== undefined && mode !== 'simulator')
    reader.refuse(`DESKBELL_MODE must be simulator, or not be set, not "${mode}"`);
  if (mode === 'simulator' && !isLocal)
    reader.refuse('DESKBELL_MODE=simulator does not go with a HUAWEICLOUD_WORKSPACE_ENDPOINT elsewhere');
  if (mode === 'simulator') return true;
  if (hasKeys) return isLocal && isSimulatorKey(accessKey);
  if (!isLocal) return false;
  const ofHuawei = ['HUAWEICLOUD_REGION', 'HUAWEICLOUD_SDK_PROJECT_ID', 'HUAWEICLOUD_SDK_SECURITY_TOKEN'];
  for (const name of ofHuawei.filter((other) => reader.text(other) !== undefined))
    reader.refuse(
      `${name} is set, but HUAWEICLOUD_SDK_AK is not: set the keys, or DESKBELL_MODE=simulator for the simulator`,
    );
  return true;
}

function isSimulatorKey(accessKey: string | undefined): boolean {
  return accessKey === simulatorKeys.accessKey;
}
