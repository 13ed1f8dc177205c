import { writeFileSync } from 'node:fs';

type OneOff = { id: string; eventAt: number; pool?: string; leadTime?: string; maxLateness?: string };

/** Writes a table of one-off schedules, each to one pool and with its own id as its text; gives its path. */
export function writeTable(path: string, oneOffs: readonly OneOff[]): string {
  const schedules = oneOffs.map(({ id, eventAt, pool = 'engineering', leadTime = '0m', ...rest }) => ({
    id,
    pools: [pool],
    at: new Date(eventAt).toISOString().slice(0, 19),
    leadTimes: [leadTime],
    message: '{{schedule}}',
    ...rest,
  }));
  writeFileSync(path, JSON.stringify({ schedules }));
  return path;
}
