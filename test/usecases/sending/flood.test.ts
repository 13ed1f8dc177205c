import { expect, it } from 'vitest';
import { minute, second } from '../../../lib/domain/time/instant.ts';
import { notify } from '../../../lib/usecases/changes/notify.ts';
import { aDefinition, createRig, start } from '../../rig.ts';

it('a schedule gets its share of the limit, however much one person sends', async () => {
  const rig = createRig();
  await rig.prove();
  const pools = Array.from({ length: 100 }, (_, i) => `large-${i}`);
  for (const [i, name] of pools.entries())
    rig.workspace.pools.push({ id: `44444444-4444-4444-8444-${String(i).padStart(12, '0')}`, name });
  await rig.save(aDefinition({ pools: ['finance', 'engineering', 'support'], cron: '1 9 * * *' }));
  await rig.tick();
  await rig.runUntil(start + 50 * second);
  for (let i = 0; i < 5; i += 1)
    await notify(rig.deps, { pools, message: `Text ${i}` }, { who: 'ops', owner: 'adhoc' });
  await rig.runUntil(start + 10 * minute);
  const scheduled = rig.workspace.sent.filter(({ text }) => text === 'Save your work.');
  const texts = rig.workspace.sent.filter(({ text }) => text.startsWith('Text'));
  // The limit was used up at 50 s; the next grants are there 62 s later.
  expect(scheduled.map(({ at }) => (at - start) / second)).toEqual([112, 112, 112]);
  expect(texts.length).toBeGreaterThan(440);
});
