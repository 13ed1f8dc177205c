import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, temporaryFolder } from './children.ts';
import type { Line } from './report.ts';
import { timeOf } from './startup.ts';

/** `npm ci` into an empty folder, with what npm's cache holds. */
export async function measureInstall(): Promise<Line[]> {
  const folder = await temporaryFolder();
  for (const name of ['package.json', 'package-lock.json', '.npmrc']) {
    copyFileSync(join(root, name), join(folder, name));
  }
  return [lineOf('npm ci', await timeOf(['npm', 'ci'], networkSettings(), folder))];
}

/** `npm test`: every check and every test. */
export async function measureTests(): Promise<Line[]> {
  return [lineOf('npm test', await timeOf(['npm', 'test']))];
}

/** How npm reaches its registry from here: a proxy, a certificate. */
function networkSettings(): Record<string, string> {
  const isMeant = /^(npm_config_.*|https?_proxy|no_proxy|node_extra_ca_certs|ssl_cert_file)$/i;
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value !== undefined && isMeant.test(name) ? [[name, value]] : [],
    ),
  );
}

function lineOf(command: string, tookMs: number): Line {
  return {
    work: `\`${command}\``,
    floor: '–',
    peers: '–',
    ours: `${(tookMs / 1_000).toFixed(1)} s`,
    mark: '–',
  };
}
