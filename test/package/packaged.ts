import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const root = join(import.meta.dirname, '../..');
/** All that a deployment is made of. */
const sources = { folders: ['functions', 'lib', 'node_modules'], files: ['package.json', 'serverless.yml'] };

export type Resource = {
  Type: string;
  Condition?: string;
  DeletionPolicy?: string;
  // biome-ignore lint/suspicious/noExplicitAny: CloudFormation's own shapes, which the tests compare with literals.
  Properties: Record<string, any>;
};

export type Packaged = {
  folder: string;
  resources: Record<string, Resource>;
  conditions: Record<string, unknown>;
  parameters: Record<string, unknown>;
  zipOf(name: string): Buffer;
  remove(): void;
};

/**
 * Packages as `npx serverless package` does, in a folder that holds the sources alone: without an account, without
 * credentials and without a way to the network.
 */
export async function packageService(): Promise<Packaged> {
  const folder = mkdtempSync(join(tmpdir(), 'deskbell-package-'));
  for (const name of sources.folders) symlinkSync(join(root, name), join(folder, name));
  // Not linked: the framework looks for plain files.
  for (const name of sources.files) copyFileSync(join(root, name), join(folder, name));
  const nowhere = 'http://127.0.0.1:9';
  const env = {
    PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH}`,
    HOME: folder,
    HTTP_PROXY: nowhere,
    HTTPS_PROXY: nowhere,
    SLS_TELEMETRY_DISABLED: '1',
  };
  const program = join(root, 'node_modules/.bin/serverless');
  const options = { cwd: folder, env, timeout: 90_000 };
  await promisify(execFile)(program, ['package', '--stage', 'test'], options).catch((cause) => {
    rmSync(folder, { recursive: true, force: true });
    throw new Error(`packaging failed:\n${cause.stdout}${cause.stderr}`, { cause });
  });
  const built = join(folder, '.serverless');
  const template = JSON.parse(
    readFileSync(join(built, 'cloudformation-template-update-stack.json'), 'utf8'),
  ) as {
    Resources: Record<string, Resource>;
    Conditions: Record<string, unknown>;
    Parameters: Record<string, unknown>;
  };
  return {
    folder,
    resources: template.Resources,
    conditions: template.Conditions,
    parameters: template.Parameters,
    zipOf: (name) => readFileSync(join(built, `${name}.zip`)),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
