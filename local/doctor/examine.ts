import type { Environment } from '../../lib/config/reader.ts';
import { type Config, readConfig } from '../../lib/config.ts';
import { InvalidConfigError } from '../../lib/domain/codes/errors.ts';
import type { Instant } from '../../lib/domain/time/instant.ts';
import { type Finding, ok, trouble, warning } from './finding.ts';
import { checkHuawei } from './huawei.ts';
import { checkData, checkTimeZones } from './machine.ts';

/** What only a notification to real people could show. */
export const untested = [
  'the right to send (workspace:desktopPools:sendNotifications)',
  'how a notification looks on a desktop, and how long a text may be',
];

/** Looks at everything that `npm start` with this environment would use. Sends nothing and changes nothing. */
export async function examine(environment: Environment, now: () => Instant): Promise<Finding[]> {
  const config = readConfiguration(environment);
  const zones = checkTimeZones(process.versions.tz ?? 'unknown', now());
  if (Array.isArray(config)) return [...config, zones];
  return [...describeConfig(config), zones, ...checkData(config), ...(await checkHuawei(config, now))];
}

function readConfiguration(environment: Environment): Config | Finding[] {
  try {
    return readConfig(environment);
  } catch (cause) {
    if (!(cause instanceof InvalidConfigError)) throw cause;
    return cause.problems.map((problem) =>
      trouble('configuration', problem, 'correct the variable, then run this again for the rest'),
    );
  }
}

function describeConfig({ huawei, warnings }: Config): Finding[] {
  const target =
    huawei.mode === 'simulator'
      ? `the simulator at ${huawei.endpoint}; nothing reaches real people`
      : `${huawei.endpoint}, project ${huawei.projectId}: real desktops`;
  return [
    ok('configuration', `complete; target: ${target}`),
    ...warnings.map((found) => warning('configuration', found, 'correct the name, or remove it')),
  ];
}
