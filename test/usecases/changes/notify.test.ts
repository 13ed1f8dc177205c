import { describe, expect, it } from 'vitest';
import { KeyReusedError } from '../../../lib/domain/codes/errors.ts';
import { day, minute } from '../../../lib/domain/time/instant.ts';
import { pause, resume } from '../../../lib/usecases/changes/acts.ts';
import { notify, sendNow } from '../../../lib/usecases/changes/notify.ts';
import { aDefinition, createRig, start } from '../../rig.ts';

const acting = { who: 'ana', owner: 'console' } as const;
const id = { scheduleId: 'maintenance', why: 'drill' };
const keyed = { ...acting, idempotencyKey: 'k' };

async function aRig() {
  const rig = createRig();
  await rig.prove();
  await rig.save(aDefinition());
  return rig;
}

describe('a key', () => {
  it('of a text about one event is refused for one about another event', async () => {
    const { deps } = await aRig();
    const eventAt = Date.parse('2026-11-24T10:00:00Z');
    await sendNow(deps, { ...id, eventAt }, keyed);
    await expect(sendNow(deps, { ...id, eventAt: eventAt + day }, keyed)).rejects.toThrow(KeyReusedError);
  });

  it('of two people stands for two single notifications', async () => {
    const { deps, workspace, runUntil } = await aRig();
    const input = { pools: ['finance'], message: 'The network fails.' };
    await notify(deps, input, keyed);
    await notify(deps, input, { ...keyed, who: 'ben' });
    await runUntil(start + minute);
    expect(workspace.sent).toHaveLength(2);
  });

  it('is remembered as the latest one after a hundred others', async () => {
    const { deps } = await aRig();
    const as = (key: number) => ({ ...acting, idempotencyKey: `k${key}` });
    for (let i = 0; i <= 100; i += 1) await pause(deps, { ...id, why: `${i}` }, as(i));
    await resume(deps, id, acting);
    const again = await pause(deps, { ...id, why: '100' }, as(100));
    expect(again).toMatchObject({ isDone: false, rev: 102 });
    expect(again.schedule.pause).toBeUndefined();
  });
});
