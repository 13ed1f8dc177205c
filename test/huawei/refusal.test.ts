import { describe, expect, it } from 'vitest';
import {
  HuaweiClockError,
  HuaweiCredentialsError,
  type HuaweiError,
  HuaweiRejectedError,
  HuaweiUnavailableError,
  OutcomeUnknownError,
} from '../../lib/domain/codes/errors.ts';
import { errorOf } from '../../lib/huawei/refusal.ts';

const now = Date.parse('2026-01-15T03:04:05Z');

type Parts = {
  status: number;
  code?: string;
  text?: string;
  headers?: Record<string, string>;
  isWrite?: boolean;
};

function anError({ status, code, text = 'said', headers = {}, isWrite = true }: Parts): HuaweiError {
  const body = code === undefined ? '' : JSON.stringify({ error_code: code, error_msg: text });
  return errorOf({ status, headers, body }, { isWrite, now });
}

const incorrect = 'Incorrect IAM authentication information: ';
const locked = `${incorrect}AK access failed to reach the limit, forbidden`;

describe('an answer to a write', () => {
  it.each([
    [301, '', '', HuaweiRejectedError],
    [400, 'WKS.0001', 'empty message', HuaweiRejectedError],
    [400, 'WKS.0407', 'disks are being added', HuaweiUnavailableError],
    [400, 'APIGW.0201', 'bad request', HuaweiRejectedError],
    [401, 'APIGW.0301', `${incorrect}verify aksk signature fail`, HuaweiCredentialsError],
    [401, 'APIGW.0301', `${incorrect}Get secretKey failed`, HuaweiCredentialsError],
    [401, 'APIGW.0301', locked, HuaweiCredentialsError],
    [401, 'APIGW.0301', `${incorrect}calc aksk signature fail:signature expired`, HuaweiClockError],
    [401, 'APIGW.0307', 'the token must be updated', HuaweiCredentialsError],
    [401, '', '', HuaweiCredentialsError],
    [403, 'APIGW.0301', locked, HuaweiCredentialsError],
    [403, 'APIGW.0302', 'not allowed', HuaweiRejectedError],
    [403, 'WKS.00010099', 'not opened', HuaweiRejectedError],
    [404, 'APIGW.0101', 'no such API', HuaweiRejectedError],
    [405, 'APIGW.0501', 'quota', HuaweiRejectedError],
    [408, '', '', HuaweiUnavailableError],
    [409, 'WKS.00010032', 'conflict', HuaweiUnavailableError],
    [413, 'APIGW.0201', 'too large', HuaweiRejectedError],
    [429, 'APIGW.0308', 'throttled', HuaweiUnavailableError],
    [500, 'WKS.00000003', 'no database', HuaweiUnavailableError],
    [500, '', '', HuaweiUnavailableError],
    [500, 'WKS.0202', 'not found', HuaweiRejectedError],
    [502, 'APIGW.0201', 'backend unavailable', HuaweiUnavailableError],
    [502, 'APIG.0610', 'no backend', HuaweiUnavailableError],
    [502, 'WKS.1', 'said', OutcomeUnknownError],
    [502, '', '', OutcomeUnknownError],
    [503, 'APIGW.0613', 'IAM down', HuaweiUnavailableError],
    [504, 'APIGW.0201', 'timed out', OutcomeUnknownError],
    [520, '', '', OutcomeUnknownError],
  ])('with %i %s "%s" is a %o', (status, code, text, kind) => {
    expect(anError({ status, text, ...(code === '' ? {} : { code }) })).toBeInstanceOf(kind);
  });
});

it.each([502, 504, 520])('a read that is answered %i can be tried again', (status) => {
  expect(anError({ status, isWrite: false })).toBeInstanceOf(HuaweiUnavailableError);
});

describe('throttling', () => {
  const threshold = 'The throttling threshold has been reached: policy user over ratelimit';
  it.each([
    ['the window in seconds', `${threshold},limit:100,time:5 second`, {}, 5],
    ['the window in minutes', `${threshold},limit:100,time:1 minute`, {}, 60],
    ['the window in hours', `${threshold},limit:9,time:2 hour`, {}, 7200],
    ['a minute when nothing is said', 'slow down', {}, 60],
    ['Retry-After before the text', `${threshold},limit:100,time:1 minute`, { 'retry-after': '7' }, 7],
    ['Retry-After as a date', threshold, { 'retry-after': 'Thu, 15 Jan 2026 03:05:00 GMT' }, 55],
    ['at least a second', threshold, { 'retry-after': '0' }, 1],
    [
      'the window when Retry-After is odd',
      `${threshold},limit:1,time:3 second`,
      { 'retry-after': 'soon' },
      3,
    ],
  ])('is waited out for %s', (_, text, headers, seconds) => {
    const error = anError({
      status: 429,
      code: 'APIGW.0308',
      text,
      headers: headers as Record<string, string>,
    });
    expect(error).toMatchObject({ throttledForSeconds: seconds });
  });

  it('is not what other answers mean', () => {
    expect(anError({ status: 503, headers: { 'retry-after': '7' } })).toMatchObject({
      throttledForSeconds: undefined,
    });
  });
});

describe('a wrong clock', () => {
  const expired = 'calc aksk signature fail:signature expired';
  it.each([
    [
      'behind',
      `${expired},signature time:20211217T064303Z,server time:20211217T065804Z`,
      {},
      -901,
      '901 s behind',
    ],
    [
      'ahead',
      `${expired},signature time:20211217T070000Z,server time:20211217T064000Z`,
      {},
      1200,
      '1200 s ahead of',
    ],
    ['by the Date header', expired, { date: 'Thu, 15 Jan 2026 03:24:05 GMT' }, -1200, '1200 s behind'],
    ['not told', expired, {}, undefined, "Set this machine's clock"],
    [
      'told in nonsense',
      `${expired},signature time:20219917T064303Z,server time:x`,
      {},
      undefined,
      'Set this',
    ],
  ])('is told: %s', (_, text, headers, aheadBySeconds, words) => {
    const error = anError({
      status: 401,
      code: 'APIGW.0301',
      text,
      headers: headers as Record<string, string>,
    });
    expect(error).toBeInstanceOf(HuaweiClockError);
    expect(error).toMatchObject({ aheadBySeconds });
    expect(error.message).toContain(words);
  });

  it('is suspected when a 401 of another kind carries a far-off date', () => {
    const at = (date: string) => anError({ status: 401, headers: { date } }).message;
    expect(at('Thu, 15 Jan 2026 02:54:05 GMT')).toContain("clock is 600 s ahead of Huawei's");
    expect(at('Thu, 15 Jan 2026 03:03:05 GMT')).not.toContain('clock');
  });
});

describe('the message', () => {
  it('says what was answered, by which request, and what to do', () => {
    const { message } = anError({
      status: 400,
      code: 'WKS.0001',
      text: 'The request message is empty.',
      headers: { 'x-request-id': 'r-1' },
    });
    expect(message).toBe(
      'Huawei answered 400 WKS.0001 (request r-1): The request message is empty. ' +
        'Check that the pool still exists: Huawei answers this for an unknown pool too.',
    );
  });

  it.each([
    [{ status: 301 }, 'HUAWEICLOUD_WORKSPACE_ENDPOINT'],
    [{ status: 403, code: 'WKS.1' }, 'permission'],
    [{ status: 403, code: 'WKS.00010099' }, 'Open the Workspace service'],
    [{ status: 404, code: 'APIG.0101' }, 'HUAWEICLOUD_REGION'],
    [{ status: 401, code: 'APIGW.0301' }, 'HUAWEICLOUD_SDK_SK'],
    [{ status: 401, code: 'APIGW.0301', text: locked }, 'five minutes'],
    [{ status: 502 }, 'with an empty body'],
  ])('for %o names %s', (parts, words) => {
    expect(anError(parts).message).toContain(words);
  });

  it('has a code though its message is null', () => {
    const body = JSON.stringify({ error_code: 'WKS.0407', error_msg: null });
    const error = errorOf({ status: 400, headers: {}, body }, { isWrite: true, now });
    expect(error.failure).toMatchObject({ status: 400, errorCode: 'WKS.0407' });
    expect(error.message).toContain('WKS.0407');
    expect(error.message).not.toContain('null');
  });

  it('names the token when the key is a temporary one', () => {
    const body = JSON.stringify({ error_code: 'APIGW.0301', error_msg: 'no' });
    const error = errorOf({ status: 401, headers: {}, body }, { isWrite: true, hasToken: true, now });
    expect(error.message).toContain('HUAWEICLOUD_SDK_SECURITY_TOKEN');
  });

  it('says how an encoded refusal is decoded, and keeps it', () => {
    const body = JSON.stringify({
      error_code: 'W.1',
      error_msg: 'no',
      encoded_authorization_message: 'AQID',
    });
    const error = errorOf({ status: 403, headers: {}, body }, { isWrite: true, now });
    expect(error.message).toContain('decode-authorization-message');
    expect(error.failure.encodedAuthorizationMessage).toBe('AQID');
  });
});
