import type { MiddlewareObj } from '@middy/core';
import httpSecurityHeaders from '@middy/http-security-headers';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { createLog } from '../log.ts';
import type { Log } from '../ports.ts';
import { problemAnswer } from './problem-answer.ts';
import { RefusedCallError } from './refusal.ts';
import { createRefusalLog, type RefusedCall } from './refusal-log.ts';
import { resultOf } from './routes.ts';

/** For what goes wrong before there is a runtime with a log of its own, as when the environment is wrong. */
export const ownLog = createLog({ now: () => Date.now() }, (line) => process.stdout.write(`${line}\n`));

/** Answers are data, never pages: nothing in them may run, be framed, or be taken for another type. */
export const securityHeaders = httpSecurityHeaders({
  contentSecurityPolicy: { 'default-src': "'none'", 'report-to': '', 'require-trusted-types-for': '' },
  permissionsPolicy: false,
});

/** Turns whatever is thrown into an answer that its caller may see, and tells in the log of calls that are refused. */
export function problemAnswers(
  log: Log,
): MiddlewareObj<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2> {
  const tellRefused = createRefusalLog(log);
  return {
    onError: (request) => {
      const { error, event } = request;
      if (error instanceof RefusedCallError)
        tellRefused(refusedCallOf(error, event), event.requestContext.timeEpoch);
      request.response = resultOf(problemAnswer(error, log));
    },
  };
}

function refusedCallOf({ code, message }: RefusedCallError, event: APIGatewayProxyEventV2): RefusedCall {
  const { method, path, sourceIp } = event.requestContext.http;
  return { code, method, path, from: sourceIp, reason: message };
}
