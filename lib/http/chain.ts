import type { MiddlewareObj } from '@middy/core';
import httpSecurityHeaders from '@middy/http-security-headers';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { createLog } from '../log.ts';
import type { Log } from '../ports.ts';
import { problemAnswer } from './problem-answer.ts';
import { resultOf } from './routes.ts';

/** For what goes wrong before there is a runtime with a log of its own, as when the environment is wrong. */
export const ownLog = createLog({ now: () => Date.now() }, (line) => process.stdout.write(`${line}\n`));

/** Answers are data, never pages: nothing in them may run, be framed, or be taken for another type. */
export const securityHeaders = httpSecurityHeaders({
  contentSecurityPolicy: { 'default-src': "'none'", 'report-to': '', 'require-trusted-types-for': '' },
  permissionsPolicy: false,
});

/** Turns whatever is thrown into an answer that its caller may see. */
export function problemAnswers(
  log: Log,
): MiddlewareObj<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2> {
  return {
    onError: (request) => {
      request.response = resultOf(problemAnswer(request.error, log));
    },
  };
}
