import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { simulatorKeys } from '../lib/config.ts';
import { tableName } from '../test/aws/table.ts';
import { packageService } from '../test/package/packaged.ts';
import { startStandIns } from '../test/package/stand-ins.ts';
import { codeLoadedWith, filesIn, unpackInto } from '../test/package/zip-file.ts';
import { root, temporaryFolder } from './children.ts';
import type { Line } from './report.ts';
import { timeOf } from './startup.ts';
import { median, times, whole } from './statistics.ts';

const rounds = 11;
const mark = 2;
const kb = 1000;

const message = { messageId: 'm', body: JSON.stringify({ deliveryId: 's.0tp0000.ab', hops: 0 }) };
/** The first event of each: a tick with nothing due, a delivery that is not there, a look at the health. */
const events = {
  tick: {},
  send: { Records: [message] },
  track: { Records: [message] },
  api: { rawPath: '/v1/health', rawQueryString: '', headers: {}, isBase64Encoded: false },
} as const;

/** From the start of a process to its first answer, each beside a handler that does nothing. */
export async function measureLambda(): Promise<Line[]> {
  const folder = await temporaryFolder();
  const packaged = await packageService();
  const standIns = await startStandIns();
  try {
    const programs = await unpack(folder, packaged.zipOf);
    const env = environmentOf(standIns);
    const found = new Map(programs.map(({ name }) => [name, [] as number[]]));
    for (let round = 0; round < rounds; round += 1) {
      for (const { name, file, event } of programs) {
        const command = ['node', join(root, 'bench/invoke.ts'), file, event] as const;
        found.get(name)?.push(await timeOf(command, env));
      }
    }
    const empty = median(found.get('empty') ?? []);
    return programs
      .filter(({ name }) => name !== 'empty')
      .map(({ name, bytes }) => lineOf(name, bytes, { ms: median(found.get(name) ?? []), empty }));
  } finally {
    await standIns.close();
    packaged.remove();
  }
}

function lineOf(name: string, bytes: number, { ms, empty }: { ms: number; empty: number }): Line {
  return {
    work: `start of the function ${name} and its first answer`,
    floor: `${whole(empty)} ms (an empty handler)`,
    peers: '–',
    ours: `${whole(ms)} ms: ${times(ms, empty)}; ${whole(bytes / kb)} kB of code loaded`,
    mark: `${mark} × the empty one`,
    isPassed: ms <= mark * empty,
  };
}

async function unpack(folder: string, zipOf: (name: string) => Buffer) {
  const empty = join(folder, 'empty.mjs');
  await writeFile(empty, 'export const handler = async () => ({});\n');
  const programs = [{ name: 'empty', file: empty, event: '{}', bytes: 0 }];
  for (const [name, event] of Object.entries(events)) {
    const inside = `functions/${name}.mjs`;
    unpackInto(join(folder, name), zipOf(name));
    const { length: bytes } = codeLoadedWith(inside, filesIn(zipOf(name)));
    programs.push({ name, file: join(folder, name, inside), event: JSON.stringify(eventOf(event)), bytes });
  }
  return programs;
}

function eventOf(event: object): object {
  if (!('rawPath' in event)) return event;
  const http = {
    method: 'GET',
    path: event.rawPath,
    sourceIp: '127.0.0.1',
    protocol: 'HTTP/1.1',
    userAgent: '',
  };
  return { ...event, version: '2.0', routeKey: '$default', requestContext: { http, stage: '$default' } };
}

function environmentOf({
  environment,
  sendQueueUrl,
  trackQueueUrl,
  workspaceEndpoint,
}: Awaited<ReturnType<typeof startStandIns>>): Record<string, string> {
  return {
    ...environment,
    DESKBELL_TABLE_NAME: tableName,
    DESKBELL_SEND_QUEUE_URL: sendQueueUrl,
    DESKBELL_TRACK_QUEUE_URL: trackQueueUrl,
    DESKBELL_SECRET_ID: 'bench',
    HUAWEICLOUD_REGION: 'simulator',
    HUAWEICLOUD_SDK_PROJECT_ID: simulatorKeys.projectId,
    HUAWEICLOUD_WORKSPACE_ENDPOINT: workspaceEndpoint,
  };
}
