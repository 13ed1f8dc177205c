import { readApiConfig } from '../config/lambda.ts';
import type { TableContext } from '../domain/table/table.ts';
import type { ApiRuntime } from '../http/call.ts';
import type { SignedRequestOptions } from '../huawei/signed-request.ts';
import type { Workspace } from '../ports.ts';
import { openLambdaHuawei } from './lambda-huawei.ts';
import { once } from './once.ts';

const open = once(async () => {
  const config = readApiConfig(process.env);
  const opened = await openLambdaHuawei(config, createPoolReader);
  return {
    ...opened,
    config,
    messageLimit: config.messageLimit,
    // An instance answers one call at a time. YAML is a quarter of the code, and few calls need it.
    readTable: async (text: string, context: TableContext) =>
      (await import('../domain/table/table.ts')).parseTable(text, context),
  };
});

/** What the HTTP API works with on AWS; asked once at each call. */
export async function getApiRuntime(): Promise<ApiRuntime> {
  const runtime = await open();
  runtime.keys.renew();
  return runtime;
}

/** Few calls ask Huawei anything: its client, more than a third of the code, is loaded by the first that does. */
function createPoolReader(options: SignedRequestOptions): Pick<Workspace, 'listPools'> {
  const load = once(async () => (await import('../huawei/workspace.ts')).createWorkspace(options));
  return { listPools: async () => (await load()).listPools() };
}
