import { expect, it } from 'vitest';
import { readConfig } from '../../lib/config.ts';
import { createHandler } from '../../lib/http/api.ts';
import { anEvent, createApi } from '../http/api-rig.ts';

it('lets in whoever holds the admin token of the environment, as an admin', async () => {
  const { runtime } = createApi();
  const config = readConfig({ DESKBELL_ADMIN_TOKEN: 'a-long-admin-token' });
  const handler = createHandler(async () => ({ ...runtime, config }));
  const headers = { authorization: 'Bearer a-long-admin-token' };
  const event = anEvent('DELETE', '/v1/schedules/nowhere', { as: 'nobody', headers });
  expect((await handler(event, {} as never)).statusCode).toBe(404);
});
