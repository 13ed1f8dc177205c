import type { ChildProcess } from 'node:child_process';
import { messageOf, startChild, stopChild } from './children.ts';
import type { Order } from './peers/program.ts';
import { postgres, redis, type Server, type ServerKind } from './servers.ts';

type Kind = { program: string; args: string[]; server?: ServerKind };

const kinds = {
  'node-cron': { program: 'timers', args: ['node-cron'] },
  croner: { program: 'timers', args: ['croner'] },
  BullMQ: { program: 'bullmq', args: [], server: redis },
  'pg-boss': { program: 'pg-boss', args: [], server: postgres },
} satisfies Record<string, Kind>;

export type PeerName = keyof typeof kinds;

/** A peer's process, and the server that it needs. */
export type Peer = {
  process: ChildProcess;
  server?: Server;
  /** @throws Error when it takes longer than two minutes. */
  order(order: Order): Promise<number>;
  /** A process over the same server once more, after the first one was killed. */
  again(): Promise<Peer>;
  stop(): Promise<void>;
};

const longestOrderMs = 120_000;

/** All that can be measured here. */
export function presentPeers(): PeerName[] {
  return (Object.keys(kinds) as PeerName[]).filter((name) => missingFor(name) === undefined);
}

/** Those that cannot, and why. */
export function absentPeers(): string[] {
  return (Object.keys(kinds) as PeerName[]).flatMap((name) => {
    const missing = missingFor(name);
    return missing === undefined ? [] : [`${name}, because ${missing} is not installed here`];
  });
}

/** Starts it with nothing set up. */
export async function startPeer(name: PeerName, endpoint: string): Promise<Peer> {
  const { server: kind }: Kind = kinds[name];
  const server = await kind?.start();
  return startOver(name, endpoint, server);
}

async function startOver(name: PeerName, endpoint: string, server: Server | undefined): Promise<Peer> {
  const { program, args }: Kind = kinds[name];
  const child = startChild(`bench/peers/${program}.ts`, {
    args: [...args, endpoint, ...(server === undefined ? [] : [server.url])],
  });
  await messageOf(child);
  return {
    process: child,
    ...(server === undefined ? {} : { server }),
    async order(order) {
      child.send(order);
      return Number(await messageOf(child, longestOrderMs));
    },
    again: () => startOver(name, endpoint, server),
    async stop() {
      await stopChild(child);
      await server?.close();
    },
  };
}

function missingFor(name: PeerName): string | undefined {
  const { server }: Kind = kinds[name];
  return server !== undefined && server.program() === undefined ? server.name : undefined;
}
