import { BasicCredentials } from '@huaweicloud/huaweicloud-sdk-core';
import { ClientBuilder } from '@huaweicloud/huaweicloud-sdk-core/ClientBuilder.js';
import { Pool } from 'undici';
import { signRequest } from '../lib/huawei/sign.ts';
import { createWorkspace } from '../lib/huawei/workspace.ts';
import { Secret } from '../lib/secret.ts';
import { poolIdAt } from './pools.ts';

/** Sends one notification, and fails unless it was accepted. */
export type Send = () => Promise<unknown>;
type Sender = { send: Send; close(): Promise<void> };

const projectId = '0a1b2c3d4e5f60718293a4b5c6d7e8f9';
const keys = { accessKey: 'EXAMPLEACCESSKEY', secretKey: 'example-secret-key' };
const poolId = poolIdAt(0);
const path = `/v2/${projectId}/desktop-pools/${poolId}/notifications`;
const text = 'Maintenance starts in 30 minutes. Please save your work and log off.';
const body = JSON.stringify({ notifications: text });
const connections = 64;

/** Ours, what a user would write instead, and the least that a send can cost. */
export const senders = {
  ours(endpoint: string): Sender {
    const credentials = { accessKey: keys.accessKey, secretKey: new Secret(keys.secretKey) };
    const workspace = createWorkspace({
      endpoint,
      projectId,
      credentials: async () => credentials,
      now: Date.now,
    });
    return { send: () => workspace.sendToPool(poolId, text, () => true), close: () => workspace.close() };
  },
  floor(endpoint: string): Sender {
    const pool = new Pool(endpoint, { connections });
    const headers = { 'Content-Type': 'application/json' };
    return { send: () => sendWith(pool, headers), close: () => pool.close() };
  },
  undici(endpoint: string): Sender {
    const pool = new Pool(endpoint, { connections });
    return { send: () => sendWith(pool, signed(endpoint)), close: () => pool.close() };
  },
  fetch(endpoint: string): Sender {
    const send = async () => {
      const response = await fetch(`${endpoint}${path}`, { method: 'POST', headers: signed(endpoint), body });
      checkAccepted(await response.json());
    };
    return { send, close: async () => undefined };
  },
  official(endpoint: string): Sender {
    const credentials = new BasicCredentials()
      .withAk(keys.accessKey)
      .withSk(keys.secretKey)
      .withProjectId(projectId);
    const client = new ClientBuilder((built) => built)
      .withEndpoint(endpoint)
      .withCredential(credentials)
      .build();
    const send = async () => {
      const accepted = await client.sendRequest({
        url: '/v2/{project_id}/desktop-pools/{desktop_pool_id}/notifications',
        method: 'POST',
        contentType: 'application/json',
        pathParams: { project_id: projectId, desktop_pool_id: poolId },
        queryParams: {},
        headers: {},
        data: { notifications: text },
      });
      checkAccepted(accepted);
    };
    return { send, close: async () => undefined };
  },
};

async function sendWith(pool: Pool, headers: Record<string, string>): Promise<void> {
  const answer = await pool.request({ method: 'POST', path, headers, body });
  checkAccepted(await answer.body.json());
}

function signed(endpoint: string): Record<string, string> {
  const headers = { 'Content-Type': 'application/json', 'X-Project-Id': projectId };
  return signRequest({ method: 'POST', url: `${endpoint}${path}`, headers, body }, keys, new Date());
}

function checkAccepted(answer: unknown): void {
  const { job_id } = answer as { job_id?: string };
  if (job_id === undefined) throw new Error('a notification was not accepted');
}
