import { systemClock } from '../clock.ts';
import { stageOf } from '../config/lambda.ts';
import { createJsonLog } from '../lambda/json-log.ts';

/** The log of a Lambda function: lines of its standard output, which CloudWatch keeps. */
export const lambdaLog = createJsonLog(systemClock, stageOf(process.env), (line) =>
  process.stdout.write(`${line}\n`),
);
