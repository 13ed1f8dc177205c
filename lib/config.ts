import {
  type Limits,
  readKeptDays,
  readLimits,
  readMessageLimit,
  readRequestTimeout,
} from './config/limits.ts';
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
  /** Who may call; whoever holds the admin token is among them. */
  tokens: TokenHolder[];
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
  const config: Config = {
    huawei: readHuawei(reader, simulator),
    simulator,
    limits: readLimits(reader),
    messageLimit: readMessageLimit(reader),
    keptDays: readKeptDays(reader),
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
  const region = readRegion(reader);
  const requireText = (name: string, value: string | undefined, fallback: string | undefined) => {
    if (value === undefined && fallback === undefined) reader.refuse(`${name} is not set`);
    return value ?? fallback ?? '';
  };
  if (!isOnThisMachine && override === undefined && region === undefined)
    reader.refuse('HUAWEICLOUD_REGION is not set: it says which Workspace to call, as in cn-north-4');
  return {
    mode: isOnThisMachine ? 'simulator' : 'huawei',
    startsSimulator: override === undefined && !hasKeys,
    endpoint:
      override?.origin ?? (isOnThisMachine ? `http://127.0.0.1:${simulator.port}` : endpointOf(region ?? '')),
    region: region ?? 'simulator',
    projectId: readProjectId(reader, isOnThisMachine ? simulatorKeys.projectId : undefined),
    accessKey: requireText('HUAWEICLOUD_SDK_AK', accessKey, defaults?.accessKey),
    secretKey: new Secret(requireText('HUAWEICLOUD_SDK_SK', secretKey, defaults?.secretKey)),
    ...(securityToken === undefined ? {} : { securityToken: new Secret(securityToken) }),
    requestTimeoutMs: readRequestTimeout(reader),
  };
}
