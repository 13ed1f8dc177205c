import { describe, expect, it } from 'vitest';
import { KeyReusedError } from '../../../lib/domain/codes/errors.ts';
import { day, hour } from '../../../lib/domain/time/instant.ts';
import { pause, resume } from '../../../lib/usecases/changes/acts.ts';
import { aDefinition, createRig, start } from '../../rig.ts';

const acting = { who: 'ana', owner: 'console' } as const;
const withKey = { ...acting, idempotencyKey: 'key-1' };
const freeze = { scheduleId: 'maintenance', why: 'a freeze' };

async function aRig() {
  const rig = createRig();
  await rig.save(aDefinition());
  return rig;
}

describe('a pause that is said again', () => {
  it('until another time is a new one', async () => {
    const { deps } = await aRig();
    await pause(deps, { ...freeze, until: start + hour }, acting);
    const { rev, schedule } = await pause(deps, { ...freeze, until: start + 2 * hour }, acting);
    expect([rev, schedule.pause?.until]).toEqual([3, start + 2 * hour]);
  });

  it('until another time under the same key is refused', async () => {
    const { deps } = await aRig();
    await pause(deps, { ...freeze, until: start + hour }, withKey);
    await expect(pause(deps, { ...freeze, until: start + 2 * hour }, withKey)).rejects.toThrow(
      KeyReusedError,
    );
  });

  it.each([
    ['is known by its key for a day, though it was ended meanwhile', day - 1, 2],
    ['after a day is a new one, whatever its key', day, 4],
  ])('%s', async (_, laterMs, rev) => {
    const { deps, clock } = await aRig();
    await pause(deps, freeze, withKey);
    await resume(deps, { scheduleId: 'maintenance' }, acting);
    clock.moveTo(start + laterMs);
    expect((await pause(deps, freeze, withKey)).rev).toBe(rev);
  });
});
