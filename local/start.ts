import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { examineFolder } from '../lib/config/data-folder.ts';
import { type Config, readConfig } from '../lib/config.ts';
import {
  BusyError,
  DeskbellError,
  InvalidConfigError,
  InvalidInputError,
  messageOf,
} from '../lib/domain/codes/errors.ts';
import { describeWarning } from '../lib/domain/codes/problems.ts';
import { day, hour, type Instant } from '../lib/domain/time/instant.ts';
import { createHandler } from '../lib/http/api.ts';
import { isKnownCaller } from '../lib/http/authentication.ts';
import { type LocalRuntime, openLocalRuntime } from '../lib/runtime/local.ts';
import { apply, differs } from '../lib/usecases/changes/apply.ts';
import { type TickResult, tick } from '../lib/usecases/planning/tick.ts';
import { send } from '../lib/usecases/sending/send.ts';
import { track } from '../lib/usecases/sending/track.ts';
import { startHttpServer } from './http-server.ts';
import { startPump } from './pump.ts';
import { startSimulator } from './simulator/server.ts';
import { startTicker } from './ticker.ts';
import { adminHolders } from './token.ts';

const sampleTable = 'deskbell.yml';
/** Where the command line looks for Deskbell unless it is told otherwise. */
const usualUrl = 'http://localhost:3000';

async function main(): Promise<void> {
  const stops: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const each of stops.splice(0).reverse()) await each();
  };
  try {
    const introduction = await start(readConfig(process.env), stops);
    onSignal(stop);
    console.log(introduction.join('\n'));
  } catch (cause) {
    await stop();
    if (!(cause instanceof DeskbellError)) throw cause;
    console.error(cause.message);
    process.exitCode = 1;
  }
}

/**
 * Brings everything up, and leaves in `stops` how to take it down again, last first.
 *
 * @returns what to print when it can be stopped.
 */
async function start(wanted: Config, stops: (() => Promise<void>)[]): Promise<string[]> {
  const warnings = [...wanted.warnings, ...warningsOfFolder(wanted)];
  const tokens = [...wanted.tokens, ...adminHolders(wanted)];
  const config = await withSimulator({ ...wanted, warnings, tokens }, stops);
  const runtime = await openLocalRuntime(config);
  stops.push(() => runtime.close());
  const table = await loadTable(runtime);
  const server = await startHttpServer(
    createHandler(async () => runtime, runtime.log),
    {
      ...config,
      log: runtime.log,
      isKnownCaller: (authorization) => isKnownCaller(authorization, config.tokens),
    },
  );
  stops.push(() => server.close());
  const pump = startPump({
    ...runtime,
    send: (message) => send(runtime, message),
    track: (message) => track(runtime, message),
    warm: () => runtime.pools.warm(),
  });
  stops.push(() => pump.stop());
  const ticker = startTicker(runtime, tickAndForget(runtime));
  stops.push(() => ticker.stop());
  const tried = tryKey(runtime);
  stops.push(() => tried);
  return [...introduce(config, server.url), ...table];
}

/** @throws InvalidConfigError when somebody else could put a token or data of their own into the folder. */
function warningsOfFolder({ dataDir }: Config): string[] {
  const { danger, oddity } = examineFolder(dataDir);
  if (danger !== undefined) throw new InvalidConfigError([danger]);
  return oddity === undefined ? [] : [oddity];
}

async function withSimulator(config: Config, stops: (() => Promise<void>)[]): Promise<Config> {
  if (!config.huawei.startsSimulator) return config;
  const simulator = await startSimulator({ now: Date.now, ...config.simulator });
  stops.push(() => simulator.close());
  return { ...config, huawei: { ...config.huawei, endpoint: simulator.url } };
}

/** Fills an empty store from the schedule file; later says whether the two differ. */
async function loadTable(runtime: LocalRuntime): Promise<string[]> {
  const { config, store } = runtime;
  const file = config.table ?? (config.huawei.mode === 'simulator' ? sampleTable : undefined);
  if (file === undefined) return [];
  const text = readTable(file);
  if (!store.isEmpty()) return describeDifference(runtime, file, text);
  try {
    const { created, warnings } = await apply(runtime, text, { who: `start (${file})` });
    return [
      `  schedules     ${created.length <= 10 ? created.join(', ') : created.length}, from ${file}`,
      ...warnings.map((found) => `  warning       ${describeWarning(found, file)}`),
    ];
  } catch (cause) {
    if (cause instanceof BusyError) return [`  schedules     from ${file}, which another run is loading now`];
    throw cause instanceof InvalidInputError ? unusableTable(file, cause) : cause;
  }
}

function readTable(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new InvalidConfigError([`DESKBELL_TABLE: ${file} cannot be read: ${messageOf(cause)}`]);
  }
}

function unusableTable(file: string, { problems }: InvalidInputError): InvalidConfigError {
  return new InvalidConfigError(
    problems.map(({ path, line, message }) =>
      [file, line, ` ${path}`, ` ${message}`].filter((part) => part !== undefined && part !== ' ').join(':'),
    ),
  );
}

async function describeDifference(runtime: LocalRuntime, file: string, text: string): Promise<string[]> {
  const command = `npx deskbell apply ${file}`;
  try {
    return (await differs(runtime, text, runtime.clock.now()))
      ? [
          `  schedules     as stored, and not as in ${file}; "${command}" would replace what an earlier file brought`,
        ]
      : [`  schedules     as in ${file}`];
  } catch (cause) {
    if (!(cause instanceof InvalidInputError)) throw cause;
    return [`  schedules     as stored; ${file} cannot be used, "${command}" says why`];
  }
}

function introduce({ huawei, dataDir, adminToken, warnings }: Config, url: string): string[] {
  const target =
    huawei.mode === 'simulator'
      ? `simulator at ${huawei.endpoint}; nothing reaches real people`
      : `${huawei.endpoint}, project ${huawei.projectId}: REAL desktops`;
  return [
    `Deskbell is ready. Ctrl-C stops it.`,
    `  API           ${url}`,
    ...(url === usualUrl ? [] : [`  command line  export DESKBELL_URL=${url}`]),
    `  Workspace     ${target}`,
    `  data          ${join(dataDir, 'deskbell.db')}`,
    `  admin token   ${adminToken === undefined ? `in ${join(dataDir, 'token')}` : 'as DESKBELL_ADMIN_TOKEN has it'}`,
    ...warnings.map((found) => `  warning       ${found}`),
  ];
}

/** Ticks, and once an hour deletes what is older than it is kept; a failure of that must not stop the tick. */
function tickAndForget({ store, log, config, ...runtime }: LocalRuntime) {
  let forgottenAt = Number.NEGATIVE_INFINITY;
  return async (now: Instant): Promise<TickResult> => {
    const result = await tick({ ...runtime, log }, now);
    if (Math.abs(now - forgottenAt) < hour) return result;
    forgottenAt = now;
    try {
      const rows = await store.forget(now - config.keptDays * day);
      if (rows > 0) log.info('forgotten', { rows });
    } catch (cause) {
      log.error('not-forgotten', { message: messageOf(cause) });
    }
    return result;
  };
}

/** One harmless request tells at once whether key, clock and endpoint work, not at the first warning. */
async function tryKey({ pools, log }: LocalRuntime): Promise<void> {
  try {
    await pools.list();
  } catch (cause) {
    log.error('huawei-not-usable', { message: messageOf(cause) });
  }
}

function onSignal(stop: () => Promise<void>): void {
  let isStopping = false;
  const stopOnce = () => {
    // Ctrl-C comes twice: the terminal sends it to all that run in it, and npm passes its own one on.
    if (isStopping) return;
    isStopping = true;
    console.log('Stopping; requests under way are finished first.');
    void stop();
  };
  process.on('SIGINT', stopOnce);
  process.on('SIGTERM', stopOnce);
}

await main();
