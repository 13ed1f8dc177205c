import { request } from 'undici';
import { onTestFinished } from 'vitest';
import { simulatorKeys } from '../../lib/config.ts';
import { signRequest } from '../../lib/huawei/sign.ts';
import { type Simulator, type SimulatorOptions, startSimulator } from '../../local/simulator/server.ts';

/** What came back; `json` is whatever the body spells, `text` the body itself. */
export type Reply = {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
  json: unknown;
};

type Content = { body?: string | object; headers?: Record<string, string>; signal?: AbortSignal };

/** A simulator of its own port and clock, closed when the test ends. */
export type Driven = {
  simulator: Simulator;
  /** Set it to move the clock. */
  clock: { now: number };
  /** An unsigned call, for drills and for what the gateway refuses. */
  send(method: string, path: string, content?: Content): Promise<Reply>;
  /** A call signed at the simulator's own time, unless said otherwise. */
  call(method: string, path: string, content?: Content & Partial<Signing>): Promise<Reply>;
  /** The same below `/v2/PROJECT/`. */
  workspace(method: string, path: string, content?: Content): Promise<Reply>;
  /** Asks for a fault; fails when it is refused. */
  injectFault(fault: object): Promise<void>;
  /** What was received so far. */
  received(): Promise<{ pool: string | null; text: string; jobId: string; [field: string]: unknown }[]>;
};

type Signing = { accessKey: string; secretKey: string; signedAt: number };

/** 2026-11-24, a Tuesday. */
export const noon = Date.UTC(2026, 10, 24, 12);

function textOf(body: string | object | undefined): string | undefined {
  return typeof body === 'object' ? JSON.stringify(body) : body;
}

export async function drive(options: Partial<SimulatorOptions> = {}): Promise<Driven> {
  const clock = { now: noon };
  const simulator = await startSimulator({ now: () => clock.now, ...options });
  onTestFinished(() => simulator.close());

  const send: Driven['send'] = async (method, path, { body, headers = {}, signal } = {}) => {
    const sent = await request(`${simulator.url}${path}`, {
      method,
      headers,
      body: textOf(body) ?? null,
      ...(signal === undefined ? {} : { signal }),
    });
    const text = await sent.body.text();
    const isJson = String(sent.headers['content-type']).startsWith('application/json');
    return {
      status: sent.statusCode,
      headers: sent.headers,
      text,
      json: isJson ? JSON.parse(text) : undefined,
    };
  };
  const call: Driven['call'] = (method, path, { body, headers, signal, ...signing } = {}) => {
    const text = textOf(body);
    const {
      accessKey = simulatorKeys.accessKey,
      secretKey = simulatorKeys.secretKey,
      signedAt = clock.now,
    } = signing;
    const given = { 'content-type': 'application/json', ...headers };
    const unsigned = { method, url: `${simulator.url}${path}`, headers: given, body: text };
    const signed = signRequest(unsigned, { accessKey, secretKey }, new Date(signedAt));
    return send(method, path, {
      headers: signed,
      ...(text === undefined ? {} : { body: text }),
      ...(signal === undefined ? {} : { signal }),
    });
  };
  return {
    simulator,
    clock,
    send,
    call,
    workspace: (method, path, content) => call(method, `/v2/${simulatorKeys.projectId}/${path}`, content),
    injectFault: async (fault) => {
      const { status, text } = await send('POST', '/_simulator/faults', { body: fault });
      if (status !== 204) throw new Error(text);
    },
    received: async () => {
      const { json } = await send('GET', '/_simulator/notifications');
      return (json as { items: Awaited<ReturnType<Driven['received']>> }).items;
    },
  };
}

/** The fixed id of a pool. */
export function poolIdOf({ simulator }: Pick<Driven, 'simulator'>, name: string): string {
  const pool = simulator.state.pools.find((candidate) => candidate.name === name);
  if (pool === undefined) throw new Error(`no pool ${name}`);
  return pool.id;
}

/** Sends a text to a pool by its name. */
export function sendTo(
  driven: Driven,
  pool: string,
  text = 'Please log off.',
  signal?: AbortSignal,
): Promise<Reply> {
  const path = `desktop-pools/${poolIdOf(driven, pool)}/notifications`;
  return driven.workspace('POST', path, {
    body: { notifications: text },
    ...(signal === undefined ? {} : { signal }),
  });
}

/** The id of the job that an accepted notification started. */
export function jobIdOf({ json }: Reply): string {
  return (json as { job_id: string }).job_id;
}
