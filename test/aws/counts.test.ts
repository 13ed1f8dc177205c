import { describe, expect, it } from 'vitest';
import { hour, minute } from '../../lib/domain/time/instant.ts';
import { pause, postpone, skip } from '../../lib/usecases/changes/acts.ts';
import { sendNow } from '../../lib/usecases/changes/notify.ts';
import { deleteSchedule } from '../../lib/usecases/changes/schedules.ts';
import { aDefinition, start } from '../rig.ts';
import { createAwsRig } from './aws-rig.ts';

const acting = { who: 'ana', owner: 'console' } as const;

/** A house with so many schedules that have nothing due for hours, and a count of what is asked of DynamoDB. */
async function aHouse(schedules: number) {
  const rig = await createAwsRig();
  await rig.deps.gatekeeper.proved();
  await rig.save(aDefinition({ id: 'idle', cron: '0 20 * * *' }));
  await rig.tick();
  const idle = await rig.store.getSchedule('idle');
  if (idle === undefined) throw new Error('the schedule was not saved');
  for (let i = 1; i < schedules; i += 1) {
    await rig.store.writeSchedule({ ...idle, scheduleId: `idle-${i}`, version: 1 });
  }
  const count = async (work: () => Promise<unknown>) => {
    const before = rig.proxy.seen.length;
    const messages = rig.sentMessages();
    await work();
    const seen = rig.proxy.seen.slice(before).map(({ operation }) => operation);
    const of = (name: string) => seen.filter((operation) => operation === name).length;
    const requests = { Query: of('Query'), GetItem: of('GetItem'), PutItem: of('PutItem') };
    return {
      ...requests,
      others: seen.length - of('Query') - of('GetItem') - of('PutItem'),
      messages: rig.sentMessages() - messages,
    };
  };
  return { ...rig, count };
}

describe('what DynamoDB and SQS are asked for', { timeout: 30_000 }, () => {
  it.each([1, 300])(
    'by a tick with nothing due and %i schedules stored: always the same',
    async (schedules) => {
      const rig = await aHouse(schedules);
      await rig.tick();
      rig.clock.moveTo(start + 2 * minute);
      expect(await rig.count(() => rig.tick())).toEqual({
        Query: 5,
        GetItem: 1,
        PutItem: 1,
        others: 0,
        messages: 0,
      });
    },
  );

  it('by one delivery, from the plan to the end of its job', async () => {
    const rig = await aHouse(1);
    await rig.save(
      aDefinition({ id: 'due', at: '2026-11-24T09:30', cron: undefined, pools: ['engineering'] }),
    );
    await rig.runUntil(start + 27 * minute);
    const idle = await rig.count(() => rig.runUntil(start + hour - 5 * minute));
    const ticks = 28;
    const perDelivery = {
      Query: idle.Query - 5 * ticks,
      GetItem: idle.GetItem - ticks,
      PutItem: idle.PutItem - ticks,
      messages: idle.messages,
    };
    expect(perDelivery).toEqual({ Query: 4, GetItem: 10, PutItem: 8, messages: 2 });
  });

  const event = { scheduleId: 'idle', eventAt: Date.parse('2026-11-24T20:00:00Z'), why: 'late' };
  type House = Awaited<ReturnType<typeof aHouse>>;
  const looked = { Query: 2, GetItem: 4, PutItem: 4, others: 0, messages: 0 };
  const actsOfPeople: [string, (rig: House) => Promise<unknown>, object][] = [
    ['a pause', ({ deps }) => pause(deps, event, acting), looked],
    ['a skip', ({ deps }) => skip(deps, event, acting), looked],
    ['a postponement', ({ deps }) => postpone(deps, { ...event, byMs: hour }, acting), looked],
    [
      'an edit',
      ({ save }) => save(aDefinition({ id: 'idle', cron: '0 21 * * *' })),
      { ...looked, GetItem: 3 },
    ],
    ['a deletion', ({ deps }) => deleteSchedule(deps, 'idle', acting), { ...looked, GetItem: 3 }],
    ['a message now', ({ deps }) => sendNow(deps, event, acting), { ...looked, PutItem: 5, messages: 1 }],
  ];
  it.each(actsOfPeople)('by %s of which nobody was warned before', async (_, act, expected) => {
    const rig = await aHouse(1);
    rig.clock.moveTo(start + minute);
    const asked = await rig.count(() => act(rig));
    expect(asked).toEqual(expected);
  });
});
