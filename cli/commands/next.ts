import type { Problem } from '../../lib/domain/codes/problems.ts';
import { readWholeNumber } from '../../lib/domain/input/whole-number.ts';
import { fireTimes, parseCron } from '../../lib/domain/time/cron.ts';
import { type Instant, isoOf } from '../../lib/domain/time/instant.ts';
import { parseTimeZone, wallOf } from '../../lib/domain/time/zone.ts';
import { inputError } from '../failure.ts';
import { readOptions, single, singleInstant } from '../options.ts';
import { offsetOf } from '../output/times.ts';
import type { Command } from '../terminal.ts';

const counts = { min: 1, max: 1_000 };

/** `deskbell next CRON`: the instants at which it fires after `--from`, in UTC. */
export const next: Command = async (args, { print, now }) => {
  const { words, json, values } = readOptions(args, ['tz', 'from', 'count'], ['the cron expression']);
  const problems: Problem[] = [];
  const cron = parseCron(words[0] ?? '', 'cron');
  if ('problem' in cron) problems.push(cron.problem);
  const zone = parseTimeZone(single(values.tz, 'tz', problems) ?? 'UTC', 'tz');
  if ('problem' in zone) problems.push(zone.problem);
  const from = singleInstant(values.from, 'from', problems) ?? now();
  const count = readWholeNumber(single(values.count, 'count', problems) ?? 5, 'count', counts, problems);
  if ('problem' in cron || 'problem' in zone || problems.length > 0) throw inputError(problems);
  const times = firstOf(fireTimes(cron.cron, zone.timeZone, from), count);
  if (json) print(JSON.stringify({ fireTimes: times.map(isoOf) }));
  else print(times.length === 0 ? 'never' : times.map((at) => describe(at, zone.timeZone)).join('\n'));
  return 0;
};

function firstOf(times: Iterable<Instant>, count: number): Instant[] {
  const first: Instant[] = [];
  for (const at of times) {
    first.push(at);
    if (first.length === count) break;
  }
  return first;
}

/** UTC, and beside it what the clocks of the zone show; the offset tells a repeated hour from the first. */
function describe(at: Instant, timeZone: string): string {
  const local = new Date(wallOf(at, timeZone)).toUTCString().slice(0, 22);
  return `${isoOf(at)}  ${local} ${offsetOf(at, timeZone)} ${timeZone}`;
}
