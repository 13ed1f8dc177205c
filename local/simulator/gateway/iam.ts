import { simulatorKeys } from '../../../lib/config.ts';
import { type Answer, type Call, RefusedError } from '../answer.ts';
import { parseJsonObject } from '../json.ts';

/** GET /v3/projects of IAM: the one project, under the name of whatever region is asked for. */
export function listProjects({ query }: Call): Answer {
  const name = query.get('name') ?? 'cn-north-4';
  const isRegion = /^[a-z]{2}-[a-z]+-\d{1,3}$/.test(name);
  const project = {
    id: simulatorKeys.projectId,
    name,
    domain_id: 'fa4e0000000040008000000000000001',
    parent_id: 'fa4e0000000040008000000000000001',
    is_domain: false,
    enabled: true,
    description: 'fake',
  };
  return { status: 200, body: { projects: isRegion ? [project] : [] } };
}

const prefix = 'fake-';

/** What a refused caller is given instead of the reason; {@link decodeAuthorizationMessage} opens it. */
export function encodeAuthorizationMessage(action: string): string {
  const reason = {
    allowed: false,
    explicitDeny: false,
    failure: 'implicit deny by identity-based policy',
    context: { action, principal: 'fake-user', resource: '*' },
  };
  return `${prefix}${Buffer.from(JSON.stringify(reason)).toString('base64url')}`;
}

function refusedBySts(message: string): RefusedError {
  return new RefusedError({ status: 400, body: { error_code: 'STS5.0000FAKE', error_msg: message } });
}

function encodedMessageOf(body: Buffer): string {
  const message = parseJsonObject(body)?.encoded_message;
  if (typeof message === 'string' && message.length >= 1 && message.length <= 10_240) return message;
  throw refusedBySts('The field encoded_message must be a text of 1 to 10240 characters.');
}

/** POST /v5/decode-authorization-message of STS: opens what this simulator encoded, and nothing else. */
export function decodeAuthorizationMessage({ body }: Call): Answer {
  const message = encodedMessageOf(body);
  if (!message.startsWith(prefix)) throw refusedBySts('The encoded message is invalid.');
  const decoded = Buffer.from(message.slice(prefix.length), 'base64url').toString();
  return { status: 200, body: { decoded_message: decoded } };
}
