import { readSimulatorConfig, simulatorKeys } from '../../lib/config.ts';
import { InvalidConfigError } from '../../lib/domain/codes/errors.ts';
import { type Simulator, startSimulator } from './server.ts';

function introduce({ url, state }: Simulator): string {
  return [
    `Simulator of Huawei Cloud Workspace: ${url} (Ctrl-C stops it)`,
    `  access key   ${simulatorKeys.accessKey}`,
    `  secret key   ${simulatorKeys.secretKey}`,
    `  project      ${simulatorKeys.projectId}`,
    `  pools        ${state.pools.map(({ name, desktops }) => `${name} (${desktops.length})`).join(', ')}`,
    `  rate limit   ${state.gateway.isThrottling ? '100 POST and 200 GET a minute, for each operation' : 'off'}`,
    `  received     ${url}/_simulator/notifications`,
    `  use it       HUAWEICLOUD_WORKSPACE_ENDPOINT=${url} npm start`,
  ].join('\n');
}

async function main(): Promise<void> {
  const simulator = await startSimulator({ now: Date.now, ...readSimulatorConfig(process.env) });
  console.log(introduce(simulator));
  const stop = () => void simulator.close();
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
}

try {
  await main();
} catch (cause) {
  if (!(cause instanceof InvalidConfigError)) throw cause;
  console.error(cause.message);
  process.exitCode = 2;
}
