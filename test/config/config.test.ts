import { describe, expect, it } from 'vitest';
import { readConfig, simulatorKeys } from '../../lib/config.ts';

const projectId = '0123456789abcdef0123456789abcdef';
const keys = { HUAWEICLOUD_SDK_AK: 'HST3WJKLEXAMPLEKEY01', HUAWEICLOUD_SDK_SK: 'a-secret-of-somebody' };
const loopback = { HUAWEICLOUD_WORKSPACE_ENDPOINT: 'http://127.0.0.1:4000' };
const real = { ...keys, HUAWEICLOUD_REGION: 'cn-north-4', HUAWEICLOUD_SDK_PROJECT_ID: projectId };

describe('which Workspace is meant', () => {
  it.each([
    ['nothing is set', {}, 'http://127.0.0.1:4000', true],
    ['all is empty', { HUAWEICLOUD_SDK_AK: '', HUAWEICLOUD_REGION: ' ' }, 'http://127.0.0.1:4000', true],
    ['only a loopback address is', loopback, 'http://127.0.0.1:4000', false],
    [
      "the simulator's keys are set",
      {
        ...loopback,
        HUAWEICLOUD_SDK_AK: simulatorKeys.accessKey,
        HUAWEICLOUD_SDK_SK: simulatorKeys.secretKey,
      },
      'http://127.0.0.1:4000',
      false,
    ],
    ['it is asked for', { ...real, DESKBELL_MODE: 'simulator' }, 'http://127.0.0.1:4000', true],
  ])('is the simulator when %s', (_, environment, endpoint, startsSimulator) => {
    const { huawei } = readConfig(environment);
    expect(huawei).toMatchObject({ mode: 'simulator', endpoint, startsSimulator });
    expect([huawei.accessKey, huawei.secretKey.reveal()]).toEqual([
      simulatorKeys.accessKey,
      simulatorKeys.secretKey,
    ]);
  });

  it.each([
    ['by its region', real, 'https://workspace.cn-north-4.myhuaweicloud.com'],
    ['behind a loopback address', { ...real, ...loopback }, 'http://127.0.0.1:4000'],
    [
      'behind one, without a region',
      { ...keys, ...loopback, HUAWEICLOUD_SDK_PROJECT_ID: projectId },
      'http://127.0.0.1:4000',
    ],
  ])('is Huawei with keys of its own, %s', (_, environment, endpoint) => {
    const { huawei } = readConfig(environment);
    expect(huawei).toMatchObject({ mode: 'huawei', startsSimulator: false, endpoint, ...{ projectId } });
  });

  it.each([
    [{ HUAWEICLOUD_REGION: 'cn-north-4' }, 'HUAWEICLOUD_REGION is set, but HUAWEICLOUD_SDK_AK is not'],
    [{ HUAWEICLOUD_SDK_PROJECT_ID: projectId }, 'HUAWEICLOUD_SDK_AK is not'],
    [{ HUAWEICLOUD_SDK_SECURITY_TOKEN: 't' }, 'HUAWEICLOUD_SDK_AK is not'],
    [{ HUAWEICLOUD_SDK_AK: 'HST3' }, 'HUAWEICLOUD_SDK_SK is not set'],
    [{ DESKBELL_MODE: 'simulation' }, 'DESKBELL_MODE must be simulator'],
    [
      { DESKBELL_MODE: 'simulator', HUAWEICLOUD_WORKSPACE_ENDPOINT: 'https://workspace.example.com' },
      'DESKBELL_MODE=simulator does not go with',
    ],
  ])('is not guessed from %o', (environment, words) => {
    expect(() => readConfig(environment)).toThrow(words);
  });
});

it.each(['a token with spaces in it', 'a-token-with-ü-in-it', 'short'])(
  'refuses the admin token "%s", which would never work or be safe',
  (DESKBELL_ADMIN_TOKEN) => {
    expect(() => readConfig({ DESKBELL_ADMIN_TOKEN })).toThrow('DESKBELL_ADMIN_TOKEN must have');
  },
);

it('refuses to trust just anybody', () => {
  expect(() => readConfig({ NODE_TLS_REJECT_UNAUTHORIZED: '0' })).toThrow('NODE_EXTRA_CA_CERTS');
  expect(readConfig({ NODE_TLS_REJECT_UNAUTHORIZED: '1' }).huawei.mode).toBe('simulator');
});

describe('the name of a variable', () => {
  it.each([
    ['HUAWEICLOUD_SDK_KA', 'HUAWEICLOUD_SDK_AK'],
    ['HUAWEICLOUD_AK', undefined],
    ['HUAWEI_CLOUD_SDK_AK', 'HUAWEICLOUD_SDK_AK'],
    ['HUAWEICLOUD_SDK_PROJECTID', 'HUAWEICLOUD_SDK_PROJECT_ID'],
    ['DESKBELL_TOKEN5', 'DESKBELL_TOKEN'],
    ['DESKBEL_DATA_DIR', 'DESKBELL_DATA_DIR'],
    ['huaweicloud_region', 'HUAWEICLOUD_REGION'],
  ])('%s is refused, with what was meant, or told', (name, meant) => {
    const environment = { [name]: 'a-secret-value' };
    if (meant === undefined) {
      expect(readConfig(environment).warnings).toEqual([
        `${name} is no variable of Deskbell, and is ignored`,
      ]);
      return;
    }
    expect(() => readConfig(environment)).toThrow(`${name} is no variable of Deskbell: write ${meant}`);
    expect(() => readConfig(environment)).not.toThrow('a-secret-value');
  });

  it('may be anything when it is empty, or of another program', () => {
    expect(
      readConfig({ HUAWEICLOUD_SDK_KA: '', PATH: '/bin', DESK: 'oak', AWS_REGION: 'x' }).warnings,
    ).toEqual([]);
  });
});
