import { readTickConfig } from '../config/lambda.ts';
import type { TickDeps } from '../usecases/planning/tick.ts';
import { openLambdaStore } from './lambda-store.ts';
import { once } from './once.ts';

/** What the planner works with on AWS, by the environment of its function; it never speaks to Huawei. */
export const getTickRuntime: () => Promise<TickDeps> = once(async () =>
  openLambdaStore(readTickConfig(process.env)),
);
