import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { createDynamoStore } from '../../lib/aws/dynamo-store.ts';
import { openGate } from '../../lib/domain/delivery/gate.ts';
import { change } from '../../lib/usecases/change.ts';
import { start } from '../rig.ts';
import { clientOf, createTestTable, tableName } from './table.ts';

const program = join(import.meta.dirname, '../../node_modules/dynalite/cli.js');
const patience = { timeout: 20_000, interval: 20 };

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** DynamoDB's stand-in as a process of its own, on the disk, which can be killed and started again. */
async function aTableOnDisk() {
  const folder = await mkdtemp(join(tmpdir(), 'deskbell-dynamo-'));
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const begin = () =>
    fork(program, ['--port', String(port), '--path', folder, '--createTableMs', '0'], {
      execArgv: ['--import', join(import.meta.dirname, '../end-with-parent.ts')],
    });
  let process_ = begin();
  const kill = async () => {
    process_.kill('SIGKILL');
    await once(process_, 'exit');
  };
  onTestFinished(async () => {
    await kill();
    await rm(folder, { recursive: true });
  });
  await vi.waitFor(() => fetch(endpoint), patience);
  await createTestTable(endpoint);
  return {
    store: createDynamoStore({ client: clientOf(endpoint), tableName, now: () => start, keptDays: 400 }),
    kill,
    async restart() {
      process_ = begin();
      await vi.waitFor(() => fetch(endpoint), patience);
    },
  };
}

it('loses nothing that it answered for, and believes nothing else, when the table is killed amid writes', async () => {
  const { store, kill, restart } = await aTableOnDisk();
  const writes = async (name: string): Promise<number> => {
    for (let count = 0; ; count += 1) {
      try {
        const { isMine } = await change(
          { read: () => store.getGate(name), write: (gate) => store.writeGate(gate) },
          (seen) => {
            const { version, ...gate } = seen ?? { ...openGate(name), version: 0 };
            return { ...gate, version: version + 1, writeId: `${name}-${version + 1}` };
          },
        );
        expect(isMine).toBe(true);
      } catch {
        return count;
      }
    }
  };
  for (const round of [1, 2, 3]) {
    const names = Array.from({ length: 8 }, (_, i) => `round-${round}-${i}`);
    const counting = names.map(writes);
    await vi.waitFor(
      async () => expect((await store.getGate(names[0] ?? ''))?.version).toBeGreaterThan(5),
      patience,
    );
    await kill();
    const answered = await Promise.all(counting);
    await restart();
    for (const [i, name] of names.entries()) {
      const version = (await store.getGate(name))?.version ?? 0;
      // The last one may have taken effect though its answer was lost.
      expect([answered[i], (answered[i] ?? 0) + 1]).toContain(version);
    }
  }
});
