import { expect, it } from 'vitest';
import { HuaweiUnavailableError } from '../../lib/domain/errors.ts';
import { second } from '../../lib/domain/instant.ts';
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
