import { describe, expect, it } from 'vitest';
import { simulatorKeys } from '../../../lib/config.ts';
import { drive, type Reply, sendTo } from '../driver.ts';

describe('IAM', () => {
  it.each(['cn-north-4', 'ap-southeast-1', 'eu-west-101'])(
    'finds the project of region %s',
    async (region) => {
      const { call } = await drive();
      const { status, json } = await call('GET', `/v3/projects?name=${region}`);
      expect(status).toBe(200);
      expect(json).toMatchObject({
        projects: [{ id: simulatorKeys.projectId, name: region, enabled: true }],
      });
    },
  );

  it('finds nothing under what is no region', async () => {
    const { call } = await drive();
    expect((await call('GET', '/v3/projects?name=cn-north-4_team')).json).toEqual({ projects: [] });
  });

  it('wants a signature', async () => {
    const { send } = await drive();
    expect((await send('GET', '/v3/projects?name=cn-north-4')).status).toBe(401);
  });
});

describe('STS', () => {
  const decode = (driven: Awaited<ReturnType<typeof drive>>, body: object): Promise<Reply> =>
    driven.call('POST', '/v5/decode-authorization-message', { body });

  it('decodes what a refusal carried', async () => {
    const driven = await drive();
    await driven.injectFault({ match: {}, answer: '403' });
    const refused = await sendTo(driven, 'finance');
    const { encoded_authorization_message: encoded } = refused.json as {
      encoded_authorization_message: string;
    };
    const { json } = await decode(driven, { encoded_message: encoded });
    expect(JSON.parse((json as { decoded_message: string }).decoded_message)).toMatchObject({
      allowed: false,
      context: { action: 'workspace:desktopPools:sendNotifications' },
    });
  });

  it.each([
    {},
    { encoded_message: '' },
    { encoded_message: 'a'.repeat(10_241) },
    { encoded_message: 'unknown' },
  ])('refuses what it cannot decode', async (body) => {
    const driven = await drive();
    const refused = await decode(driven, body);
    expect(refused.status).toBe(400);
    expect(refused.json).toMatchObject({ error_code: expect.stringMatching(/^STS5\./) });
  });
});
