import middy from '@middy/core';
import httpRouter from '@middy/http-router';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { second } from '../domain/time/instant.ts';
import type { Log } from '../ports.ts';
import { checkBodySize } from './body.ts';
import type { ApiRuntime } from './call.ts';
import { ownLog, problemAnswers, securityHeaders } from './chain.ts';
import { refuseRoute, routesOf } from './routes.ts';

/**
 * The HTTP API, for events of API Gateway (payload 2.0).
 *
 * @param build gives the runtime; asked at each call, so that a failed start is tried again.
 * @param log for what the caller must not see.
 * @param longestDelay the longest wait of a caller that tries one wrong token after the other, in
 * milliseconds.
 */
export function createHandler(
  build: () => Promise<ApiRuntime>,
  log: Log = ownLog,
  longestDelay = 10 * second,
) {
  return middy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>()
    .use(securityHeaders)
    .use(problemAnswers(log))
    .before(({ event }) => checkBodySize(event))
    .handler(
      httpRouter<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>({
        routes: routesOf(build, longestDelay),
        notFoundResponse: refuseRoute,
      }),
    );
}
