import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { offsetTime, zonedTime } from '../../../cli/output/times.ts';
import { day, isoOf } from '../../../lib/domain/time/instant.ts';
import { parseInstant } from '../../../lib/domain/time/iso-time.ts';
import { start } from '../../rig.ts';

describe('a time by the clocks of a zone', () => {
  it.each([
    ['2026-11-24T10:00:00Z', 'Asia/Shanghai', '2026-11-24T18:00:00+08:00 (Asia/Shanghai)'],
    ['2026-11-24T18:00:00+08:00', 'America/Sao_Paulo', '2026-11-24T07:00:00-03:00 (America/Sao_Paulo)'],
    ['2026-11-24T10:00:00.250Z', 'UTC', '2026-11-24T10:00:00.250+00:00 (UTC)'],
    ['2026-10-25T00:30:00Z', 'Europe/Berlin', '2026-10-25T02:30:00+02:00 (Europe/Berlin)'],
    ['2026-10-25T01:30:00Z', 'Europe/Berlin', '2026-10-25T02:30:00+01:00 (Europe/Berlin)'],
    ['2026-11-24T10:00:00Z', 'Mars/Base', '2026-11-24T10:00:00Z'],
    ['soon\u0007', 'UTC', 'soon\ufffd (UTC)'],
  ])('%s in %s is %s', (written, timeZone, expected) => {
    expect(zonedTime(written, timeZone)).toBe(expected);
  });

  it('is read back as the same instant, whatever the zone', () => {
    const instant = fc.integer({ min: start, max: start + 3_660 * day });
    const zone = fc.constantFrom(...Intl.supportedValuesOf('timeZone'));
    fc.assert(
      fc.property(instant, zone, (at, timeZone) => {
        expect(parseInstant(offsetTime(isoOf(at), timeZone))).toBe(at);
      }),
      { numRuns: 1_000 },
    );
  });
});
