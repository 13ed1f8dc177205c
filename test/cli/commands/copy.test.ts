import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createDynamoStore } from '../../../lib/aws/dynamo-store.ts';
import { openDatabase } from '../../../lib/sqlite/database.ts';
import { createStore } from '../../../lib/sqlite/store.ts';
import { openTable } from '../../aws/open-table.ts';
import { tableName, testAccess } from '../../aws/table.ts';
import { aDefinition, createRig, start } from '../../rig.ts';
import { run } from '../run.ts';

async function aFolder() {
  const folder = await mkdtemp(join(tmpdir(), 'deskbell-copy-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

/** A data folder with one schedule and one delivery that was sent. */
async function aDataFolder() {
  const folder = await aFolder();
  const rig = createRig();
  await rig.prove();
  await rig.save(aDefinition({ at: '2026-11-24T09:05', cron: undefined }));
  await rig.runUntil(start + 10 * 60_000);
  const database = openDatabase(join(folder, 'deskbell.db'));
  const store = createStore(database);
  const schedule = await rig.store.getSchedule('maintenance');
  const [delivery] = await rig.deliveries();
  if (schedule === undefined || delivery === undefined) throw new Error('nothing to copy');
  await store.stamp('https://workspace.example.com project p');
  await store.writeSchedule({ ...schedule, version: 1 });
  await store.writeDelivery({ ...delivery, version: 1 });
  await store.putAct(schedule.lastAct);
  database.close();
  return { folder, delivery };
}

it('moves from the file to the table, and back into another file', async () => {
  const { folder, delivery } = await aDataFolder();
  const dynamo = await openTable();
  const onTable = {
    DESKBELL_TABLE_NAME: tableName,
    AWS_REGION: testAccess.region,
    AWS_ACCESS_KEY_ID: testAccess.accessKeyId,
    AWS_SECRET_ACCESS_KEY: testAccess.secretAccessKey,
    AWS_ENDPOINT_URL_DYNAMODB: dynamo.endpoint,
  };
  const exported = await run(['export'], { environment: { DESKBELL_DATA_DIR: folder } });
  const file = join(folder, 'export.jsonl');
  await writeFile(file, exported.out);
  const imported = await run(['import', file], { environment: onTable });
  expect(imported).toMatchObject({
    exitCode: 0,
    out: `5 records are in the table ${tableName}; 0 of them were there before`,
  });
  const store = createDynamoStore({ client: dynamo.client, tableName, now: () => start, keptDays: 400 });
  expect(await store.getDelivery(delivery.deliveryId)).toEqual({ ...delivery, version: 1 });

  const back = await run(['export'], { environment: onTable });
  expect(back.out.split('\n').toSorted()).toEqual(exported.out.split('\n').toSorted());
  const other = await aFolder();
  await writeFile(file, back.out);
  const again = await run(['import', file, '--json'], { environment: { DESKBELL_DATA_DIR: other } });
  expect(JSON.parse(again.out)).toMatchObject({ records: 5, alreadyThere: 0 });
});

it('says what is wrong with a file: the line, a missing end, or that it is not there', async () => {
  const folder = await aFolder();
  const environment = { DESKBELL_DATA_DIR: folder };
  const file = join(folder, 'export.jsonl');
  await writeFile(file, '{"kind":"calendars","item":{}}\nnonsense\n');
  const broken = await run(['import', file], { environment });
  expect([broken.exitCode, broken.err]).toEqual([2, `${file}:2: is not what deskbell export writes`]);
  await writeFile(file, '{"kind":"calendars","item":{}}\n');
  expect((await run(['import', file], { environment })).err).toContain('the file ends too early');
  const missing = await run(['import', join(folder, 'none')], { environment });
  expect([missing.exitCode, missing.err]).toEqual([2, expect.stringContaining('cannot be read')]);
});

it('takes a folder without a store for a mistake, and makes none there', async () => {
  const folder = await aFolder();
  const { exitCode, out, err } = await run(['export'], { environment: { DESKBELL_DATA_DIR: folder } });
  expect([exitCode, out]).toEqual([1, '']);
  expect(err).toContain(`there is no ${join(folder, 'deskbell.db')}: set DESKBELL_DATA_DIR`);
  expect(await readdir(folder)).toEqual([]);
});

it('says what is wrong with the store', async () => {
  const environment = { DESKBELL_TABLE_NAME: tableName };
  const { exitCode, err } = await run(['export'], { environment });
  expect([exitCode, err]).toEqual([1, expect.stringContaining('AWS_REGION is not set')]);
});
