import { describe, expect, it } from 'vitest';
import type { AwsApi } from '../../lib/aws/api.ts';
import { AwsError } from '../../lib/aws/api.ts';
import { createSecretReader } from '../../lib/aws/secrets.ts';
import { minute } from '../../lib/domain/time/instant.ts';
import { start } from '../rig.ts';

/** A reader of a secret that holds `texts`, one after the other; an Error is thrown. */
function aReader(...texts: (string | Error)[]) {
  let asked = 0;
  let now = start;
  const client: AwsApi = async () => {
    const text = texts[Math.min(asked, texts.length - 1)];
    asked += 1;
    if (text instanceof Error) throw text;
    return { SecretString: text };
  };
  const reader = createSecretReader({ client, secretId: 'deskbell-huawei', now: () => now });
  return {
    ...reader,
    asked: () => asked,
    wait: (ms: number) => {
      now += ms;
    },
  };
}

const keysOf = (name: string) => JSON.stringify({ accessKey: `AK-${name}`, secretKey: `sk-${name}` });

describe('the keys from Secrets Manager', () => {
  it('are read once, and again after five minutes', async () => {
    const reader = aReader(keysOf('one'), keysOf('two'));
    const first = await reader.read();
    expect([first.accessKey, first.secretKey.reveal()]).toEqual(['AK-one', 'sk-one']);
    reader.wait(5 * minute - 1);
    expect((await reader.read()).accessKey).toBe('AK-one');
    reader.wait(1);
    expect((await reader.read()).accessKey).toBe('AK-two');
  });

  it('are read again when the clock was set back for as long', async () => {
    const reader = aReader(keysOf('one'), keysOf('two'));
    await reader.read();
    reader.wait(-5 * minute);
    expect((await reader.read()).accessKey).toBe('AK-two');
  });

  it('are taken without the blanks and line ends around them, and a blank token is none', async () => {
    const text = JSON.stringify({ accessKey: ' AK\n', secretKey: 'sk\r\n', securityToken: ' \n' });
    const keys = await aReader(text).read();
    expect([keys.accessKey, keys.secretKey.reveal(), keys.securityToken]).toEqual(['AK', 'sk', undefined]);
    await expect(aReader('{"accessKey":" ","secretKey":"sk"}').read()).rejects.toThrow('must be JSON');
  });

  it('come with a security token when there is one, and hide it', async () => {
    const text = JSON.stringify({ accessKey: 'AK', secretKey: 'sk', securityToken: 'st-hidden' });
    const keys = await aReader(text).read();
    expect(keys.securityToken?.reveal()).toBe('st-hidden');
    expect(JSON.stringify(keys)).not.toContain('hidden');
  });

  it('are read again at once after they were refused', async () => {
    const reader = aReader(keysOf('one'), keysOf('two'));
    await reader.read();
    reader.forget();
    expect((await reader.read()).accessKey).toBe('AK-two');
  });

  it('stay good while the secret cannot be read again, but not once they were refused', async () => {
    const away = new AwsError('InternalServiceError', 'away');
    const reader = aReader(keysOf('one'), away, away, away);
    await reader.read();
    for (const _ of ['first', 'second']) {
      reader.wait(5 * minute);
      expect((await reader.read()).accessKey).toBe('AK-one');
    }
    expect(reader.asked()).toBe(3);
    reader.forget();
    await expect(reader.read()).rejects.toThrow('cannot be read: InternalServiceError');
  });

  it('are no longer good when the secret is gone, or may no longer be read', async () => {
    const reader = aReader(keysOf('one'), new AwsError('AccessDeniedException', 'no', { status: 400 }));
    await reader.read();
    reader.wait(5 * minute);
    await expect(reader.read()).rejects.toThrow('cannot be read: AccessDeniedException');
  });

  it('are no longer good when others that cannot be used have taken their place', async () => {
    const reader = aReader(keysOf('one'), 'no JSON');
    await reader.read();
    reader.wait(5 * minute);
    await expect(reader.read()).rejects.toThrow('must be JSON');
  });

  it('are asked for once by all who wait for them', async () => {
    const reader = aReader(keysOf('one'));
    await Promise.all(Array.from({ length: 10 }, () => reader.read()));
    expect(reader.asked()).toBe(1);
  });

  it('are asked for again after a failure', async () => {
    const reader = aReader(new AwsError('AccessDeniedException', 'no'), keysOf('one'));
    await expect(reader.read()).rejects.toThrow('deskbell-huawei cannot be read: AccessDeniedException');
    expect((await reader.read()).accessKey).toBe('AK-one');
  });

  it.each(['', 'sk-hidden', '{"accessKey":"AK","secretKey":7,"x":"sk-hidden"}', '["sk-hidden"]'])(
    'are refused when the secret is none, and it is not repeated: %s',
    async (text) => {
      const error: unknown = await aReader(text)
        .read()
        .catch((cause: unknown) => cause);
      expect(String(error)).toContain('must be JSON with the texts accessKey and secretKey');
      expect(JSON.stringify([error, String(error)])).not.toContain('hidden');
    },
  );
});
