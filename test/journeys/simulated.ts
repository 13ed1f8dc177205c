import { onTestFinished } from 'vitest';
import { simulatorKeys } from '../../lib/config.ts';
import { createWorkspace } from '../../lib/huawei/workspace.ts';
import { Secret } from '../../lib/secret.ts';
import { startSimulator } from '../../local/simulator/server.ts';
import { createTestClock, start } from '../rig.ts';

/** The real client and the simulator, both by one clock that the test moves; closed when the test ends. */
export async function startSimulated({ secretKey = simulatorKeys.secretKey, clockOffBy = 0 } = {}) {
  const clock = createTestClock(start);
  const simulator = await startSimulator({ now: () => clock.now() });
  const workspace = createWorkspace({
    endpoint: simulator.url,
    projectId: simulatorKeys.projectId,
    credentials: async () => ({ accessKey: simulatorKeys.accessKey, secretKey: new Secret(secretKey) }),
    timeoutMs: 500,
    now: () => clock.now() + clockOffBy,
  });
  onTestFinished(async () => {
    await workspace.close();
    await simulator.close();
  });
  const received = async () => {
    const answer = await fetch(`${simulator.url}/_simulator/notifications`);
    const { items } = (await answer.json()) as { items: { pool: string; text: string; at: string }[] };
    return items;
  };
  return { clock, simulator, workspace, received };
}
