import { expect, it } from 'vitest';
import { HuaweiUnavailableError } from '../../lib/domain/codes/errors.ts';
import { second } from '../../lib/domain/time/instant.ts';
import { health } from '../../lib/usecases/health.ts';
import { createRig, start } from '../rig.ts';

it.each([
  ['send', 'degraded'],
  ['read', 'ok'],
] as const)('while Huawei throttles each %s, Deskbell is %s', async (api, status) => {
  const { deps, gatekeeper, prove, tick } = createRig();
  await prove();
  await tick();
  await gatekeeper.failed(api, new HuaweiUnavailableError('many', {}, { throttledForSeconds: 30 }));
  expect(await health(deps, start + second)).toMatchObject({ status });
});

it.each([
  [{ failedWrites: 3, reason: 'database or disk is full' }, 'degraded'],
  [undefined, 'ok'],
])('with the trouble %j of its store Deskbell is %s', async (storeTrouble, status) => {
  const { deps, prove, tick } = createRig();
  await prove();
  await tick();
  const storeWatch = { trouble: () => storeTrouble };
  expect(await health({ ...deps, storeWatch }, start + second)).toMatchObject({ status, storeTrouble });
});
