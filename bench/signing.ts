import { createHmac, hash } from 'node:crypto';
import { BasicCredentials } from '@huaweicloud/huaweicloud-sdk-core';
import { AKSKSigner } from '@huaweicloud/huaweicloud-sdk-core/auth/AKSKSigner.js';
import { signRequest } from '../lib/huawei/sign.ts';
import type { Line } from './report.ts';
import { median, times, whole } from './statistics.ts';

const rounds = 9;
const roundMs = 300;
const markOfPeer = 3.8;

const keys = { accessKey: 'EXAMPLEACCESSKEY', secretKey: 'example-secret-key' };
const projectId = '0a1b2c3d4e5f60718293a4b5c6d7e8f9';
const host = 'workspace.cn-north-4.myhuaweicloud.com';
const path = `/v2/${projectId}/desktop-pools/6c1f0a52-0000-4000-8000-000000000000/notifications`;
const url = `https://${host}${path}`;
const data = { notifications: 'x'.repeat(200 - '{"notifications":""}'.length) };
const body = JSON.stringify(data);
const headers = { 'content-type': 'application/json', 'x-project-id': projectId };
const credentials = new BasicCredentials().withAk(keys.accessKey).withSk(keys.secretKey);

/** Signatures per second of a notification with a body of 200 bytes. */
export async function measureSigning(): Promise<Line[]> {
  const rates = { floor: [] as number[], official: [] as number[], ours: [] as number[] };
  for (let round = 0; round <= rounds; round += 1) {
    const found = { floor: rateOf(signBare), official: rateOf(signOfficially), ours: rateOf(signOurs) };
    // The first round warms up.
    if (round === 0) continue;
    rates.floor.push(found.floor);
    rates.official.push(found.official);
    rates.ours.push(found.ours);
  }
  const ratio = median(rates.ours.map((rate, i) => rate / (rates.official[i] ?? 0)));
  const ours = median(rates.ours);
  return [
    {
      work: 'signatures a second, 200-byte body',
      floor: `${whole(median(rates.floor))} (text template, two SHA-256, one HMAC)`,
      peers: `official signer ${whole(median(rates.official))}`,
      ours: `${whole(ours)}: ${ratio.toFixed(2)} × official, ${times(ours, median(rates.floor))} the floor`,
      mark: `${markOfPeer} × official`,
      isPassed: ratio >= markOfPeer,
    },
  ];
}

function rateOf(sign: () => unknown): number {
  const startedAt = performance.now();
  let count = 0;
  let elapsedMs = 0;
  while (elapsedMs < roundMs) {
    for (let i = 0; i < 500; i += 1) sign();
    count += 500;
    elapsedMs = performance.now() - startedAt;
  }
  return (count / elapsedMs) * 1_000;
}

function signOurs(): unknown {
  return signRequest({ method: 'POST', url, headers, body }, keys, new Date());
}

function signOfficially(): unknown {
  return AKSKSigner.sign({ method: 'POST', endpoint: url, headers, data }, credentials);
}

function signBare(): unknown {
  const date = '20261124T100000Z';
  const signed = 'content-type;host;x-project-id;x-sdk-date';
  const canonical = `POST\n${path}/\n\ncontent-type:application/json\nhost:${host}\nx-project-id:${projectId}\nx-sdk-date:${date}\n\n${signed}\n${hash('sha256', body)}`;
  const text = `SDK-HMAC-SHA256\n${date}\n${hash('sha256', canonical)}`;
  const signature = createHmac('sha256', keys.secretKey).update(text).digest('hex');
  return `SDK-HMAC-SHA256 Access=${keys.accessKey}, SignedHeaders=${signed}, Signature=${signature}`;
}
