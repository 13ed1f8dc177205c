import { type Answer, type Call, gatewayError, inventedCode, workspaceError } from './answer.ts';
import { actionOf, type OperationName } from './catalogue.ts';
import { signatureMismatch, throttled } from './gateway/gateway.ts';
import { encodeAuthorizationMessage } from './gateway/iam.ts';

/** What the wire does with a call: answers it, at once or too late, cuts the connection, or falls silent. */
export type Reply = { answer: Answer; isLate?: boolean } | 'reset' | 'hang';

type Play = (call: Call, name: OperationName, operate: () => Answer) => Reply;

function refuse(answerOf: (call: Call, name: OperationName) => Answer): Play {
  return (call, name) => ({ answer: answerOf(call, name) });
}

function forbidden(name: OperationName): Answer {
  const action = actionOf(name);
  const message = `fake: the user is not authorized to perform ${action}`;
  return workspaceError(403, inventedCode, message, encodeAuthorizationMessage(action));
}

/**
 * What each fault does. "Takes effect": a send starts its job and is listed as received.
 *
 * | answer             | takes effect | what the caller sees                                                   |
 * | ------------------ | ------------ | ---------------------------------------------------------------------- |
 * | 400                | no           | WKS.0001, as for a bad body                                            |
 * | 401                | no           | APIGW.0301, a wrong signature with the gateway's canonical request; does not lock the key |
 * | 403                | no           | no permission, with an encoded_authorization_message that STS decodes  |
 * | 404                | no           | APIGW.0101, no such API                                                |
 * | 409                | no           | WKS.00010032, the state of the desktops forbids it                     |
 * | 429                | no           | APIGW.0308, with limit and window                                      |
 * | 500                | no           | WKS.00000003                                                           |
 * | 502                | no           | APIGW.0201 with the gateway's code: the backend was not reached        |
 * | 503                | no           | APIGW.0613                                                             |
 * | 504                | no           | APIGW.0201, the backend timed out; the caller cannot know              |
 * | html               | no           | 502 with a proxy's HTML page and no code; the caller cannot know       |
 * | hang               | no           | nothing, until the faults are cleared: then the connection is cut      |
 * | reset-before-read  | no           | the connection is cut without an answer                                |
 * | reset-after-read   | yes          | the same                                                               |
 * | no-job-id          | yes          | 200 with an empty object                                               |
 * | late               | yes          | the real answer, 15 s late                                             |
 */
const plays = {
  '400': refuse(() => workspaceError(400, 'WKS.0001', 'fake: the request message is empty.')),
  '401': refuse((call) => signatureMismatch(call)),
  '403': refuse((_, name) => forbidden(name)),
  '404': refuse((call) => noSuchApi(call)),
  '409': refuse(() => workspaceError(409, 'WKS.00010032', 'fake: the state of the desktop forbids this.')),
  '429': refuse((call) => throttled(call)),
  '500': refuse(() => workspaceError(500, 'WKS.00000003', 'fake: no database information.')),
  '502': refuse((call) => gatewayError(call, 502, 'APIGW.0201', 'Backend unavailable')),
  '503': refuse((call) => gatewayError(call, 503, 'APIGW.0613', 'The IAM service is unavailable')),
  '504': refuse((call) => gatewayError(call, 504, 'APIGW.0201', 'Backend timeout')),
  html: refuse(() => ({ status: 502, body: '<html><body><h1>502 Bad Gateway</h1></body></html>' })),
  hang: () => 'hang',
  'reset-before-read': () => 'reset',
  'reset-after-read': (_call, _name, operate) => {
    operate();
    return 'reset';
  },
  'no-job-id': (_call, _name, operate) => {
    const { status } = operate();
    return { answer: { status, body: {} } };
  },
  late: (_call, _name, operate) => ({ answer: operate(), isLate: true }),
} as const satisfies Record<string, Play>;

export type FaultAnswer = keyof typeof plays;

/** The closed list of what a fault can do. */
export const faultAnswers = Object.keys(plays) as FaultAnswer[];

/** One thing that will go wrong, `times` more times. */
export type Fault = {
  /** The pool by its id. */
  match: { pool?: string; operation?: OperationName };
  answer: FaultAnswer;
  times: number;
};

/** The gateway's answer to a method and path that it does not have. */
export function noSuchApi(call: Pick<Call, 'requestId'>): Answer {
  const message = 'The API does not exist or has not been published in the environment';
  return gatewayError(call, 404, 'APIGW.0101', message);
}

/** The first waiting fault that is meant for this call, now played once more. */
function takeFault(faults: Fault[], call: Call, name: OperationName): Fault | undefined {
  const fault = faults.find(
    ({ match }) =>
      (match.operation ?? name) === name && (match.pool === undefined || match.pool === call.params.pool),
  );
  if (fault === undefined) return undefined;
  fault.times -= 1;
  if (fault.times === 0) faults.splice(faults.indexOf(fault), 1);
  return fault;
}

/** Answers a call that the gateway let pass: by the operation, or by the fault that waits for it. */
export function replyTo(faults: Fault[], call: Call, name: OperationName, operate: () => Answer): Reply {
  const fault = takeFault(faults, call, name);
  if (fault === undefined) return { answer: operate() };
  const play: Play = plays[fault.answer];
  return play(call, name, operate);
}
